//! The brokers that a service really connects to: what kombu makes of the members of a transport URL.

use super::split::unquote;
use super::{Member, TransportUrl, TransportUrlError, host_port};
use crate::oslo::secret::Secret;
use std::net::Ipv6Addr;

/// AMQP's port, which oslo.messaging gives to a member without one; that of AMQP over TLS (5671) must be written.
const PORT: u16 = 5672;
/// What RabbitMQ has from the start, and kombu where nothing is given (kombu/transport/pyamqp.py).
const GUEST: &str = "guest";
const DEFAULT_VHOST: &str = "/";

/// One RabbitMQ, and who is to log in to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// A name in lower case or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The user.
    pub username: Secret,
    /// The password.
    pub password: Secret,
    /// The virtual host.
    pub virtual_host: String,
}

/// Why kombu makes no connection of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// kombu unquotes credentials once more, and a slash ends them.
    #[error("has a slash in a user name or password, which kombu can read in no spelling")]
    Slash,
    /// No port of TCP, or none that a host is parted from.
    #[error("has no usable port")]
    Port,
    /// Not to be read at all.
    #[error("{0}")]
    Unread(#[from] TransportUrlError),
}

impl TransportUrl {
    /// The brokers, in order. Without members there are none named, and kombu connects to localhost as guest; up to Rocky (18)
    /// what `rabbit_hosts` says counts instead, see [`legacy_brokers`]. `fallback` is `rabbit_virtual_host` of those releases,
    /// for a URL without a slash.
    pub fn brokers(&self, fallback: Option<&str>) -> Vec<Result<Broker, Unusable>> {
        let vhost = self.virtual_host.as_deref().or(fallback).unwrap_or_default();
        if self.members.is_empty() {
            let localhost = Member { host: None, port: None, username: None, password: None };
            return vec![broker(&localhost, vhost)];
        }
        self.members.iter().map(|member| broker(member, vhost)).collect()
    }
}

/// The brokers of `rabbit_hosts` (up to Rocky (18), where transport_url names none): here a slash in a credential is quoted.
pub fn legacy_brokers(
    hosts: &[String],
    port: u16,
    username: &Secret,
    password: &Secret,
    vhost: &str,
) -> Vec<Result<Broker, Unusable>> {
    let one = |text: &String| {
        let (host, own) = host_port(text)?;
        Ok(Broker {
            host: host_of(host.as_deref()),
            port: port_of(own.unwrap_or(i64::from(port)))?,
            username: or_guest(Some(username)),
            password: or_guest(Some(password)),
            virtual_host: virtual_host(vhost),
        })
    };
    hosts.iter().map(one).collect()
}

fn broker(member: &Member, vhost: &str) -> Result<Broker, Unusable> {
    let slash = |text: &Option<Secret>| text.as_ref().is_some_and(|text| text.reveal().contains('/'));
    if slash(&member.username) || slash(&member.password) {
        return Err(Unusable::Slash);
    }
    // Ocata (15) may take a part of the password for one of the host, and kombu puts it back
    let host = member.host.as_deref().unwrap_or_default();
    let (rest, host) = host.rsplit_once('@').map_or((None, host), |(rest, host)| (Some(rest), host));
    if host.contains(':') && host.parse::<Ipv6Addr>().is_err() {
        return Err(Unusable::Port);
    }
    let joined = rest.map(|rest| {
        let password = member.password.as_ref().map_or("", Secret::reveal);
        Secret::new(format!("{password}@{}", unquote(rest)))
    });
    let port = member.port.filter(|port| *port != 0).unwrap_or(i64::from(PORT));
    Ok(Broker {
        host: host_of(Some(host)),
        port: port_of(port)?,
        username: or_guest(member.username.as_ref()),
        password: or_guest(joined.as_ref().or(member.password.as_ref())),
        virtual_host: virtual_host(vhost),
    })
}

/// kombu's URL is read by HTTP's rules: the path ends at a mark of a query, a fragment or parameters, and is unquoted once more.
fn virtual_host(text: &str) -> String {
    let vhost = unquote(text.split(['?', '#', ';']).next().unwrap_or_default());
    if vhost.is_empty() { DEFAULT_VHOST.to_owned() } else { vhost }
}

fn host_of(host: Option<&str>) -> String {
    match host.unwrap_or_default() {
        "" => "localhost".to_owned(),
        address if address.parse::<Ipv6Addr>().is_ok() => address.to_ascii_lowercase(),
        name => unquote(name).to_ascii_lowercase(),
    }
}

fn port_of(port: i64) -> Result<u16, Unusable> {
    u16::try_from(port).map_err(|_| Unusable::Port)
}

fn or_guest(text: Option<&Secret>) -> Secret {
    text.filter(|text| !text.reveal().is_empty()).cloned().unwrap_or_else(|| Secret::new(GUEST))
}
