//! The eyes: every byte that crosses a wire or a disk. What they see is evidence, never an opinion.
//!
//! [`gather`] opens what a [`request::Request`] names, then dials what the files name; [`plan`] decides which probe comes
//! next from what was seen so far.

pub mod dial;
pub mod discover;
mod excerpt;
mod files;
pub mod limits;
pub mod listeners;
pub mod logs;
mod machine;
pub mod memcached;
pub mod packages;
mod plan;
pub mod process;
pub mod request;
mod resolve;

use crate::console::token::Token;
use crate::evidence::host::Host;
use crate::evidence::target::Target;
use crate::evidence::{Evidence, SCHEMA};
use discover::PathProblem;
use request::{Request, TargetInput};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Longest time spent on reading logs.
const LOG_TIME: Duration = Duration::from_secs(30);

/// Looks at everything the request names, and at the peers that its files name.
///
/// # Errors
/// A named input cannot be opened or is not what it claims.
pub async fn gather(request: &Request) -> Result<Evidence, PathProblem> {
    let began = now();
    let mut evidence = Evidence {
        schema: SCHEMA,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        vantage: machine::vantage(),
        began,
        ended: began,
        target: target(&request.target),
        release: request.release,
        offline: request.offline,
        hosts: hosts(request)?,
        memcached: Vec::new(),
        spared: Vec::new(),
    };
    // logs tell the release, so they come before the probes; and again afterwards, when our own upgrade has left its line
    read_logs(request, &mut evidence.hosts)?;
    if !request.offline {
        plan::probe(&mut evidence, &request.target, &request.limits).await;
    }
    evidence.ended = now();
    Ok(evidence)
}

/// Unix seconds by this machine's clock.
pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs_f64()).unwrap_or_default()
}

fn target(input: &TargetInput) -> Target {
    Target {
        kind: input.kind,
        token: input.token.as_ref().map(Token::fingerprint),
        url: input.url.clone(),
        not_a_token: input.not_a_token.clone(),
    }
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
    machine::recognise(&mut hosts);
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
    let reading = logs::Reading::until(Instant::now() + LOG_TIME);
    for input in &request.logs {
        for path in logs::look(&input.path)? {
            let log = logs::read(&path, &reading)?;
            host(hosts, &input.name).logs.push(log);
        }
    }
    Ok(())
}
