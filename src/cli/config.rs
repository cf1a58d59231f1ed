//! `vncdoctor config`: what nova sees, every effective option with file:line and where it came from.

use super::args::{Config as Args, Format, Inputs, Target};
use super::exit::Exit;
use super::inputs::request;
use super::output;
use super::problem::Problem;
use crate::evidence::process::Service;
use crate::evidence::site::releases::Releases;
use crate::evidence::site::roles::{Basis, roles};
use crate::observe::examine;
use crate::report::config::{self, Row};

pub(super) fn run(args: &Args) -> Result<Exit, Problem> {
    let mut inputs = Inputs {
        config: args.paths.clone(),
        log: args.inputs.log.clone(),
        bundle: Vec::new(),
        release: args.inputs.release.clone(),
    };
    inputs.config.extend(args.inputs.config.iter().cloned());
    let evidence = examine(&request(&inputs, &Target::default(), None)?)?;
    let releases = Releases::of(&evidence);
    let release = releases.newest().max(15);
    let json = args.output.format == Format::Json;
    let mut rows: Vec<Row> = Vec::new();
    for (host, roles) in evidence.hosts.iter().zip(roles(&evidence)) {
        for service in services(host, &roles, &releases) {
            let Some(config) = host.config(service, release) else { continue };
            rows.extend(config::rows(host, service, &config, args.all || json));
        }
    }
    let text = match args.output.format {
        Format::Json => config::json(&rows).map_err(|error| Problem::Defect(error.to_string()))?,
        Format::Human | Format::Short => config::human(&rows, releases.exact, release, output::palette(&args.output)),
    };
    output::write(&text, args.output.output.as_deref())?;
    Ok(Exit::Healthy)
}

/// The services whose view is printed: those that were told; else those that the files speak of, and of services that
/// read the same files the first alone.
fn services(
    host: &crate::evidence::host::Host,
    roles: &[(Service, Basis)],
    releases: &Releases,
) -> Vec<Service> {
    let mut seen: Vec<&crate::evidence::host::ServiceConfig> = Vec::new();
    let mut services = Vec::new();
    let order = [Service::Novncproxy, Service::Consoleauth, Service::Compute, Service::Api, Service::Conductor];
    for service in order {
        let told = host.configs.iter().any(|config| config.service == Some(service));
        let known = roles.iter().any(|(role, basis)| *role == service && *basis > Basis::Maybe);
        let gone = service == Service::Consoleauth && releases.candidates.iter().all(|release| *release >= 20);
        let Some(config) = host.files_of(service) else { continue };
        let fresh = config.service.is_some() || !seen.iter().any(|other| std::ptr::eq(*other, config));
        if (told || known) && !gone && fresh {
            seen.push(config);
            services.push(service);
        }
    }
    services
}
