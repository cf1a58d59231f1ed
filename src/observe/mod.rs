//! The eyes: every byte that crosses a wire or a disk. What they see is evidence, never an opinion.
//!
//! [`gather`] opens what a [`request::Request`] names, then dials what the files name; `plan` decides which probe comes
//! next from what was seen so far.

mod addresses;
pub mod amqp;
mod balancers;
mod database;
pub mod dial;
pub mod discover;
mod excerpt;
pub mod files;
mod keys;
pub mod libvirt;
pub mod limits;
pub mod listeners;
pub mod logs;
mod machine;
pub mod memcached;
pub mod openstack;
pub mod packages;
pub mod page;
mod plan;
pub mod process;
mod program;
pub mod request;
mod resolve;
pub mod rfb;
mod sealed;
pub mod tls;
pub mod websocket;
mod wire;

use crate::evidence::host::Host;
use crate::evidence::{Evidence, SCHEMA};
use discover::PathProblem;
use openstack::CloudProblem;
use request::Request;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use thiserror::Error;

/// Why what the user named cannot be looked at.
#[derive(Debug, Error)]
pub enum Unable {
    /// A named input cannot be opened or is not what it claims.
    #[error(transparent)]
    Input(#[from] PathProblem),
    /// Credentials, region or server are not what the APIs know.
    #[error(transparent)]
    Cloud(#[from] CloudProblem),
}

/// Longest time spent on reading logs.
const LOG_TIME: Duration = Duration::from_secs(30);

/// Opens what the request names; nobody is dialled.
///
/// # Errors
/// A named input cannot be opened or is not what it claims.
pub fn examine(request: &Request) -> Result<Evidence, PathProblem> {
    let began = now();
    let mut evidence = Evidence {
        vantage: machine::vantage(),
        began,
        target: request.target_evidence(),
        release: request.release,
        offline: request.offline,
        hosts: hosts(request)?,
        ..Evidence::empty(SCHEMA)
    };
    read_logs(request, &mut evidence.hosts)?;
    rfb::papers::survey(&mut evidence);
    evidence.ended = now();
    Ok(evidence)
}

/// Time a proxy takes to write a line that it has just thought of.
const LOG_LAG: Duration = Duration::from_millis(250);

/// Looks at everything the request names, and at the peers that its files name.
///
/// # Errors
/// A named input cannot be opened or is not what it claims; or an API does not take the user's word.
pub async fn gather(request: &Request) -> Result<Evidence, Unable> {
    let mut evidence = examine(request)?;
    if !request.offline {
        // only hosts of this run: what a bundle names lies on another machine
        let sealed = sealed::Sealed::of(&evidence.hosts);
        Box::pin(plan::probe(&mut evidence, &sealed, request)).await?;
        if !evidence.upgrades.is_empty() && !request.logs.is_empty() {
            // the proxy has written how our own upgrade ended
            tokio::time::sleep(LOG_LAG).await;
            for host in &mut evidence.hosts {
                host.logs.clear();
            }
            read_logs(request, &mut evidence.hosts)?;
        }
        evidence.ended = now();
    }
    Ok(evidence)
}

/// Unix seconds by this machine's clock.
pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs_f64()).unwrap_or_default()
}

/// The hosts that files stand for, in the order named.
fn hosts(request: &Request) -> Result<Vec<Host>, PathProblem> {
    if request.this_machine {
        return Ok(vec![machine::examine(request.limits.timeout)]);
    }
    let mut hosts: Vec<Host> = Vec::new();
    for input in &request.configs {
        files::add(host(&mut hosts, &input.name), input)?;
    }
    if request.processes {
        machine::recognise(&mut hosts, request.limits.timeout);
    }
    Ok(hosts)
}

/// The host of a name, made if it is new.
fn host<'h>(hosts: &'h mut Vec<Host>, name: &str) -> &'h mut Host {
    let index = hosts.iter().position(|host| host.name == name).unwrap_or_else(|| {
        hosts.push(Host { name: name.to_owned(), named: !name.is_empty(), ..Host::default() });
        hosts.len() - 1
    });
    &mut hosts[index]
}

fn read_logs(request: &Request, hosts: &mut Vec<Host>) -> Result<(), PathProblem> {
    if request.logs.is_empty() {
        return Ok(());
    }
    let reading = logs::Reading::until(Instant::now() + LOG_TIME);
    for input in &request.logs {
        for path in logs::look(&input.path)? {
            let log = logs::read(&path, &reading)?;
            host(hosts, &input.name).logs.push(log);
        }
    }
    Ok(())
}
