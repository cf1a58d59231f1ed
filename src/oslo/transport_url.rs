//! `[DEFAULT] transport_url` as oslo.messaging reads it (oslo_messaging/transport.py, TransportURL.parse), and the brokers that
//! kombu makes of it (oslo_messaging/_drivers/impl_rabbit.py, Connection; kombu/utils/url.py).
//!
//! `rabbit://user:password@host:port,user:password@host:port/virtual_host?option=value`. Each member has credentials of its
//! own: one without them inherits nothing, it logs in as guest. What oslo.messaging unquotes, kombu takes apart once more, so a
//! slash in a credential can be written in no way. Options of the query stand for those of `[oslo_messaging_rabbit]`, and an
//! option that is none ends the service.
//!
//! Nothing here is serialisable, and no error and no debug form shows a word of the text.

mod broker;
mod misfit;
mod split;

pub use broker::{Broker, Unusable, legacy_brokers};

use super::secret::Secret;
use split::{Pieces, integer, query, unquote};

/// First release whose oslo.messaging takes the last `@` of a member for the end of its credentials (5.30, Pike); 5.17
/// (Ocata) takes the first.
const LAST_AT_FROM: u16 = 16;
/// First release whose oslo.messaging reads host and port by oslo.utils (16.1, 2025.1): no empty port, bare IPv6 addresses.
const HOST_PORT_FROM: u16 = 31;

/// A transport URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportUrl {
    /// The driver in lower case: `rabbit`, `kombu+amqp`, `amqp` (AMQP 1.0), `fake`.
    pub driver: String,
    /// What follows the first slash, unquoted; `None` without a slash.
    pub virtual_host: Option<String>,
    /// The members, in order.
    pub members: Vec<Member>,
    /// Options that override those of `[oslo_messaging_rabbit]`, in order.
    pub query: Vec<(String, String)>,
}

/// One member of a transport URL, unquoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// A name or an address, without brackets.
    pub host: Option<String>,
    /// The port, of any size.
    pub port: Option<i64>,
    /// The user.
    pub username: Option<Secret>,
    /// The password.
    pub password: Option<Secret>,
}

/// Why a text is no transport URL: oslo.messaging raises, and the service does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportUrlError {
    /// No driver in front.
    #[error("names no driver before `://`")]
    NoDriver,
    /// A bracket of an IPv6 address is missing, or one too many.
    #[error("has an IPv6 address without both of its brackets")]
    Bracket,
    /// A port that is no number.
    #[error("has a port that is no number (an unescaped `/`, `?` or `#` in a password ends the hosts early)")]
    Port,
}

impl TransportUrl {
    /// Reads a transport URL as the oslo.messaging of a release does.
    ///
    /// Limits: characters beyond ASCII in the hosts are taken as they are.
    ///
    /// # Errors
    /// oslo.messaging of that release raises.
    pub fn parse(text: &str, release: u16) -> Result<Self, TransportUrlError> {
        let pieces = Pieces::of(text)?;
        let driver = pieces.scheme.ok_or(TransportUrlError::NoDriver)?;
        let members = pieces.netloc.split(',').filter(|member| !member.is_empty());
        Ok(Self {
            driver,
            virtual_host: pieces.path.strip_prefix('/').map(unquote),
            members: members.map(|text| member(text, release)).collect::<Result<_, _>>()?,
            query: query(&pieces.query),
        })
    }

    /// An option of the query.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether RabbitMQ is meant: by oslo.messaging's own name for it or by kombu's.
    pub fn is_rabbit(&self) -> bool {
        matches!(self.driver.as_str(), "rabbit" | "kombu" | "kombu+rabbit" | "kombu+amqp" | "kombu+pyamqp")
    }
}

fn member(text: &str, release: u16) -> Result<Member, TransportUrlError> {
    let parted = if release >= LAST_AT_FROM { text.rsplit_once('@') } else { text.split_once('@') };
    let (credentials, address) = parted.map_or((None, text), |(credentials, address)| (Some(credentials), address));
    let (username, password) = match credentials.map(|text| text.split_once(':').ok_or(text)) {
        None => (None, None),
        Some(Ok((user, password))) => (Some(user), Some(password)),
        Some(Err(user)) => (Some(user), None),
    };
    let (host, port) = if release >= HOST_PORT_FROM { host_port(address)? } else { old_host_port(address)? };
    let secret = |text: &str| Secret::new(unquote(text));
    Ok(Member { host, port, username: username.map(secret), password: password.map(secret) })
}

type HostPort = (Option<String>, Option<i64>);

/// oslo.utils' parse_host_port.
pub(crate) fn host_port(address: &str) -> Result<HostPort, TransportUrlError> {
    if address.is_empty() {
        return Ok((None, None));
    }
    let (host, port) = if let Some(inside) = address.strip_prefix('[') {
        let (host, rest) = inside.split_once(']').ok_or(TransportUrlError::Bracket)?;
        if rest.contains(']') {
            return Err(TransportUrlError::Bracket);
        }
        (host, rest.split(':').nth(1))
    } else {
        match address.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (address, None),
        }
    };
    Ok((Some(host.to_owned()), port.map(number).transpose()?))
}

/// The same as older releases have it.
fn old_host_port(address: &str) -> Result<HostPort, TransportUrlError> {
    if address.is_empty() {
        return Ok((None, None));
    }
    let (host, port) = if let Some(inside) = address.strip_prefix('[') {
        let (host, rest) = inside.split_once(']').ok_or(TransportUrlError::Bracket)?;
        (host, rest.split_once(':').map(|(_, port)| port))
    } else {
        address.split_once(':').map_or((address, None), |(host, port)| (host, Some(port)))
    };
    let port = port.filter(|port| !port.is_empty()).map(number).transpose()?;
    Ok((Some(host.to_owned()), port))
}

fn number(text: &str) -> Result<i64, TransportUrlError> {
    integer(text).ok_or(TransportUrlError::Port)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_debug_form_shows_a_credential() {
        let url = TransportUrl::parse("rabbit://nova:hunter2@h1:5672/v", 34).unwrap();
        let shown = format!("{url:?} {:?}", url.brokers(None));
        assert!(!shown.contains("hunter2") && !shown.contains("nova"), "{shown}");
        assert_eq!(url.members[0].password.as_ref().unwrap().reveal(), "hunter2");
    }

    #[test]
    fn what_cannot_be_read_says_why_without_a_word_of_it() {
        for (text, error) in [
            ("hunter2", TransportUrlError::NoDriver),
            ("://nova:hunter2@h", TransportUrlError::NoDriver),
            ("rabbit://nova:hun/ter2@h1:5672/", TransportUrlError::Port),
            ("rabbit://nova:hunter2@[::1/", TransportUrlError::Bracket),
        ] {
            let found = TransportUrl::parse(text, 34).unwrap_err();
            assert_eq!(found, error, "{text}");
            assert!(!format!("{found:?} {found}").contains("hun"), "{found}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(rabbit|kombu\\+amqp)?:?/?/?[a-z:@,/?#\\[\\]%0-9&=\u{e9} ]{0,40}", release in 15u16..35) {
            if let Ok(url) = TransportUrl::parse(&text, release) {
                let _ = url.brokers(Some("/"));
            }
        }
    }
}
