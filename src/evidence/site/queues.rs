//! The queues that nova's services consume, by name (oslo_messaging/_drivers/amqpdriver.py, listen: `TOPIC` and `TOPIC.SERVER`;
//! nova/service.py: the server is `[DEFAULT] host`). The topics are the same in all releases from 15 to 34; nova-consoleauth ends with
//! Stein (19).

use super::releases::Releases;
use super::roles::{Basis, roles};
use crate::evidence::Evidence;
use crate::evidence::process::Service;

/// A queue, and who is to consume it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub service: Service,
    /// The host, for a queue of one host alone: an index into [`Evidence::hosts`].
    pub host: Option<usize>,
    /// The host's own files give the name (`[DEFAULT] host`); else it is the name by which the user calls the machine, or by
    /// which it calls itself.
    pub sure: bool,
}

/// Every queue that a console needs, as far as names are known.
pub fn queues(evidence: &Evidence, releases: &Releases) -> Vec<Queue> {
    let common = |name: &str, service| Queue { name: name.to_owned(), service, host: None, sure: true };
    let mut queues = Vec::new();
    if releases.candidates.iter().any(|release| *release <= 19) {
        queues.push(common("consoleauth", Service::Consoleauth));
    }
    queues.push(common("conductor", Service::Conductor));
    for (index, (host, roles)) in evidence.hosts.iter().zip(roles(evidence)).enumerate() {
        let compute = roles.iter().any(|(role, basis)| *role == Service::Compute && *basis >= Basis::Guessed);
        if !compute {
            continue;
        }
        let set = host.config(Service::Compute, releases.newest().max(15)).and_then(|config| {
            let is_set = config.get("DEFAULT", "host").is_set();
            is_set.then(|| config.string("DEFAULT", "host")).flatten()
        });
        let called = if host.local { &evidence.vantage.machine } else { &host.name };
        let sure = set.is_some();
        let Some(name) = set.or_else(|| Some(called.clone()).filter(|name| !name.is_empty())) else { continue };
        let queue = Queue { name: format!("compute.{name}"), service: Service::Compute, host: Some(index), sure };
        if queue.name.len() <= 255 && !queues.iter().any(|known| known.name == queue.name) {
            queues.push(queue);
        }
    }
    queues
}
