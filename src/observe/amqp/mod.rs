//! Asks a RabbitMQ whether it lets a service of nova in, and who consumes the queues that a console needs.
//!
//! One connection a broker, login and virtual host: greeting, login, virtual host, then every queue on a channel of its own by
//! a passive declare, which makes nothing; at the end a close in the protocol's way. Nothing is declared, published or consumed.
//! One `timeout` for the dial, one for all that follows.
//!
//! Limits: logins by PLAIN or AMQPLAIN; no client certificates. With TLS the broker's certificate is verified, by the file that
//! `ssl_ca_file` names or by the system's authorities; oslo.messaging itself verifies only with `ssl_ca_file`, so what fails
//! without it is no fault of the bus and only ends the look.

mod codec;
mod talk;
mod wire;

use super::dial::{dial, peer};
use super::limits::{Limits, Watch};
use super::tls::{Trust, wrap};
use crate::evidence::bus::{BusAnswer, BusConduct, Seat};
use crate::evidence::probe::{Behalf, Seen};
use crate::oslo::transport_url::Broker;
use std::path::PathBuf;

/// Most queues asked of one broker.
const MOST_QUEUES: usize = 200;

/// One broker to be asked, as a service's configuration has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bus {
    /// The broker and the login.
    pub broker: Broker,
    /// How to speak TLS with it; `None` for plain.
    pub tls: Option<Tls>,
}

/// TLS as `[oslo_messaging_rabbit]` has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// `ssl_ca_file`, where it is set and on this machine.
    pub authorities: Option<PathBuf>,
}

/// Asks one broker, on behalf of the services in `seats`, for `queues` too.
pub async fn ask(bus: &Bus, seats: &[Seat], queues: &[String], limits: &Limits, behalf: &Behalf) -> Seen<BusAnswer> {
    let watch = Watch::start();
    let broker = &bus.broker;
    let mut answer = BusAnswer {
        dial: crate::evidence::dial::Dial::not_tried(),
        tls: None,
        own_authorities: false,
        virtual_host: broker.virtual_host.clone(),
        guest: broker.username.reveal() == "guest",
        seats: seats.to_vec(),
        conduct: None,
        broker: None,
        blocked: None,
        queues: Vec::new(),
    };
    let (dial, stream) = dial(&broker.host, broker.port, limits).await;
    answer.dial = dial;
    if let Some(stream) = stream {
        let deadline = limits.deadline();
        let queues = &queues[..queues.len().min(MOST_QUEUES)];
        let login = talk::Login::of(broker);
        let heard = match &bus.tls {
            None => Some(talk::talk(stream, &login, queues, deadline).await),
            Some(tls) => match trust(tls) {
                Err(what) => {
                    answer.conduct = Some(BusConduct::NotAskable { what });
                    None
                }
                Ok((trust, own)) => {
                    let (seen, stream) = wrap(stream, &broker.host, &trust, deadline).await;
                    answer.tls = Some(seen);
                    answer.own_authorities = own;
                    match stream {
                        Some(stream) => Some(talk::talk(stream, &login, queues, deadline).await),
                        None => None,
                    }
                }
            },
        };
        if let Some(heard) = heard {
            answer.conduct = Some(heard.conduct);
            answer.broker = heard.broker;
            answer.blocked = heard.blocked;
            answer.queues = heard.queues;
        }
    }
    watch.seen(behalf, peer(&broker.host, broker.port), answer)
}

/// Whom to trust, and whether the configuration says so.
fn trust(tls: &Tls) -> Result<(Trust, bool), String> {
    match &tls.authorities {
        None => Ok((Trust::system(), false)),
        Some(path) => match Trust::with_file(path) {
            Ok(trust) => Ok((trust, true)),
            Err(error) => Err(format!("ssl_ca_file {}: {error}", path.display())),
        },
    }
}
