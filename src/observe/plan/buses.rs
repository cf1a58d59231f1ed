//! The message bus: every RabbitMQ that a service's configuration names, with the service's own login, and the queues of the
//! services that a console needs.

use crate::evidence::bus::{BusAnswer, BusUnasked, Seat, Unasked};
use crate::evidence::host::Host;
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::process::Service;
use crate::evidence::site::queues::queues;
use crate::evidence::site::releases::Releases;
use crate::evidence::site::roles::{Basis, roles};
use crate::evidence::site::{is_loopback, is_wildcard};
use crate::evidence::{Evidence, Spared};
use crate::observe::amqp::{Bus, Tls, ask};
use crate::observe::limits::Limits;
use crate::observe::sealed::{Sealed, SealedConfig};
use crate::oslo::config::Config;
use crate::oslo::secret::Secret;
use crate::oslo::transport_url::{Broker, TransportUrl, Unusable, legacy_brokers};
use futures_util::future::join_all;
use std::path::PathBuf;

/// Most conversations with brokers in one run.
const MOST_BROKERS: usize = 64;
/// Last release that reads `rabbit_hosts` where transport_url names no host (oslo.messaging 8, Rocky).
const LAST_LEGACY: u16 = 18;
/// Section of the driver's options.
const RABBIT: &str = "oslo_messaging_rabbit";

/// What is asked, and what is not.
#[derive(Default)]
pub(super) struct Buses {
    asked: Vec<(Bus, Vec<Seat>)>,
    pub(super) unasked: Vec<BusUnasked>,
    pub(super) spared: Vec<Spared>,
    queues: Vec<String>,
    vantage: String,
}

/// Every broker of every service that sits on a bus, once for each login and virtual host.
pub(super) fn buses(evidence: &Evidence, sealed: &Sealed) -> Buses {
    let releases = Releases::of(evidence);
    let release = releases.newest().max(15);
    let mut buses = Buses {
        queues: queues(evidence, &releases).into_iter().map(|queue| queue.name).collect(),
        vantage: evidence.vantage.machine.clone(),
        ..Buses::default()
    };
    for (host, roles) in evidence.hosts.iter().zip(roles(evidence)) {
        let on_a_bus = |service: Service| match service {
            Service::Consoleauth => releases.candidates.iter().any(|release| *release <= 19),
            Service::Novncproxy | Service::Api | Service::Conductor | Service::Compute => true,
            _ => false,
        };
        for (service, _) in roles.into_iter().filter(|(service, basis)| *basis >= Basis::Guessed && on_a_bus(*service))
        {
            buses.add(evidence, host, service, release, sealed);
        }
    }
    buses
}

impl Buses {
    /// Asks them all at once.
    pub(super) async fn ask(&self, limits: &Limits) -> Vec<Seen<BusAnswer>> {
        let one = |(bus, seats): &'_ (Bus, Vec<Seat>)| {
            let behalf = Behalf {
                from: self.vantage.clone(),
                for_host: seats.first().map(|seat| seat.host.clone()),
                because: Some("transport_url".to_owned()),
            };
            let (bus, seats) = (bus.clone(), seats.clone());
            async move { ask(&bus, &seats, &self.queues, limits, &behalf).await }
        };
        join_all(self.asked.iter().map(one)).await
    }

    fn add(&mut self, evidence: &Evidence, host: &Host, service: Service, release: u16, sealed: &Sealed) {
        let Some(config) = host.config(service, release) else { return };
        let seat = Seat { host: host.name.clone(), service };
        let Some(secrets) = sealed.config(&host.name, service, release) else {
            if config.get("DEFAULT", "transport_url").is_set() {
                self.unasked.push(BusUnasked { seat, why: Unasked::Unknown });
            }
            return;
        };
        let (brokers, tls) = match read(&config, &secrets, release) {
            Ok(Some(read)) => read,
            Ok(None) => return,
            Err(why) => {
                self.unasked.push(BusUnasked { seat, why });
                return;
            }
        };
        // a file of another machine is not this machine's of the same name
        let here = host.local || evidence.may_dial_loopback(host);
        let tls = tls.map(|tls| Tls { authorities: tls.authorities.filter(|file| here && file.is_file()) });
        for (index, broker) in brokers.into_iter().enumerate() {
            let broker = match broker {
                Ok(broker) => broker,
                Err(error) => {
                    let why = Unasked::Unusable { member: index as u32 + 1, what: error.to_string() };
                    self.unasked.push(BusUnasked { seat: seat.clone(), why });
                    continue;
                }
            };
            if is_wildcard(&broker.host) {
                continue;
            }
            if is_loopback(&broker.host) && !evidence.may_dial_loopback(host) {
                self.spare(host, &broker);
                continue;
            }
            self.seat(Bus { broker, tls: tls.clone() }, &seat);
        }
    }

    fn seat(&mut self, bus: Bus, seat: &Seat) {
        let room = self.asked.len() < MOST_BROKERS;
        match self.asked.iter().position(|(known, _)| *known == bus) {
            Some(index) => self.asked[index].1.push(seat.clone()),
            None if room => self.asked.push((bus, vec![seat.clone()])),
            None => {}
        }
    }

    fn spare(&mut self, host: &Host, broker: &Broker) {
        let peer = crate::observe::dial::peer(&broker.host, broker.port);
        let why = "loopback of another machine".to_owned();
        let spared = Spared { for_host: Some(host.name.clone()), peer, why };
        if !self.spared.contains(&spared) {
            self.spared.push(spared);
        }
    }
}

type Brokers = Vec<Result<Broker, Unusable>>;
/// Brokers, and `ssl_ca_file` (or none) where TLS is wanted.
type Read = (Brokers, Option<Tls>);

/// The brokers that a service connects to; `None` where nothing of its files says.
fn read(config: &Config, secrets: &SealedConfig, release: u16) -> Result<Option<Read>, Unasked> {
    let url = match secrets.text("DEFAULT", "transport_url") {
        None => None,
        Some(text) => match TransportUrl::parse(text.reveal(), release) {
            Ok(url) => Some(url),
            Err(error) => return Err(Unasked::Unreadable { what: error.to_string() }),
        },
    };
    if let Some(url) = url.as_ref().filter(|url| !url.is_rabbit()) {
        return Err(Unasked::Driver { name: known_driver(&url.driver) });
    }
    if let Some(what) = url.as_ref().and_then(|url| url.misfit(release)) {
        return Err(Unasked::Misfit { what });
    }
    let names_hosts = url.as_ref().is_some_and(|url| !url.members.is_empty());
    let brokers = match &url {
        _ if !names_hosts && release <= LAST_LEGACY => legacy(config, secrets, url.as_ref()),
        Some(url) => {
            let fallback = (release <= LAST_LEGACY).then(|| config.string(RABBIT, "rabbit_virtual_host")).flatten();
            Some(url.brokers(fallback.as_deref()))
        }
        None => None,
    };
    Ok(brokers.map(|brokers| (brokers, tls(config, url.as_ref(), release))))
}

/// What can be said of a driver: one that is none may be a piece of a password.
fn known_driver(name: &str) -> String {
    let known = ["amqp", "amqps", "fake", "kafka", "zmq", "pika", "kombu+memory", "zmq+redis", "rabbitmq"];
    if known.contains(&name) { name.to_owned() } else { "another driver".to_owned() }
}

/// `rabbit_hosts` and what belongs to it, where one of them is set.
fn legacy(config: &Config, secrets: &SealedConfig, url: Option<&TransportUrl>) -> Option<Brokers> {
    let set = |name| config.get(RABBIT, name).is_set();
    if url.is_none() && !["rabbit_hosts", "rabbit_host", "rabbit_password"].into_iter().any(set) {
        return None;
    }
    let text =
        |name| secrets.text(RABBIT, name).map_or_else(|| "guest".to_owned(), |secret| secret.reveal().to_owned());
    let port = config.int(RABBIT, "rabbit_port").and_then(|port| u16::try_from(port).ok()).unwrap_or(5672);
    let hosts = match set("rabbit_hosts").then(|| config.list(RABBIT, "rabbit_hosts")).flatten() {
        Some(hosts) => hosts,
        None => vec![config.string(RABBIT, "rabbit_host").unwrap_or_else(|| "localhost".to_owned())],
    };
    let vhost = config.string(RABBIT, "rabbit_virtual_host").unwrap_or_else(|| "/".to_owned());
    let vhost = url.and_then(|url| url.virtual_host.clone()).unwrap_or(vhost);
    let (user, password) = (Secret::new(text("rabbit_userid")), Secret::new(text("rabbit_password")));
    Some(legacy_brokers(&hosts, port, &user, &password, &vhost))
}

/// Whether TLS is wanted, and by which authorities the broker is then judged; an option of the query comes first.
fn tls(config: &Config, url: Option<&TransportUrl>, release: u16) -> Option<Tls> {
    // the names before Pike
    let (ssl, file) = if release <= 15 { ("rabbit_use_ssl", "kombu_ssl_ca_certs") } else { ("ssl", "ssl_ca_file") };
    let option = |name| url.and_then(|url| url.option(name));
    let wanted = match option(ssl) {
        Some(text) => matches!(text.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on"),
        None => config.bool(RABBIT, ssl) == Some(true),
    };
    let file = option(file).map(str::to_owned).or_else(|| config.string(RABBIT, file)).filter(|file| !file.is_empty());
    wanted.then(|| Tls { authorities: file.map(PathBuf::from) })
}
