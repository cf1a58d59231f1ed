//! `vncdoctor config`: what nova sees, every effective option with file:line and where it came from.
//!
//! It is done in the time that a runtime takes to start, and so has none: an interrupt ends the process as it ends any other.

use super::args::{Config as Args, Inputs, ListFormat, Target};
use super::exit::Exit;
use super::looked::examined;
use super::output;
use super::problem::Problem;
use crate::evidence::host::{Host, ServiceConfig};
use crate::evidence::process::Service;
use crate::evidence::site::releases::Releases;
use crate::evidence::site::roles::{Basis, roles};
use crate::oslo::config::{Origin, Outcome, Setting};
use crate::report::config::{self, Row};

pub(super) fn run(args: &Args) -> Result<Exit, Problem> {
    let mut inputs = Inputs {
        config: args.paths.clone(),
        log: args.inputs.log.clone(),
        bundle: args.inputs.bundle.clone(),
        release: args.inputs.release.clone(),
    };
    inputs.config.extend(args.inputs.config.iter().cloned());
    let evidence = examined(&inputs, &Target::default())?;
    let releases = Releases::of(&evidence);
    let release = releases.newest().max(15);
    let json = args.output.format == ListFormat::Json;
    let mut rows: Vec<Row> = Vec::new();
    let mut configs = Vec::new();
    for (host, roles) in evidence.hosts.iter().zip(roles(&evidence)) {
        for service in services(host, &roles, &releases) {
            let Some(config) = host.config(service, release) else { continue };
            let settings = config.all().into_iter().filter(|setting| args.all || json || setting.is_set());
            rows.extend(settings.map(|setting| row(host, service, setting)));
            configs.push(config);
        }
    }
    let text = match args.output.format {
        ListFormat::Json => config::json(&rows).map_err(|error| Problem::Defect(error.to_string()))?,
        ListFormat::Human | ListFormat::Short => {
            let by = match releases.exact {
                Some(release) => format!("read as {} ({})", release.name(), release.version()),
                None => format!("read as release {release}; give --release for another"),
            };
            config::human(&rows, &by, output::palette(&args.output.to))
        }
    };
    output::write(&text, args.output.to.output.as_deref())?;
    // the program ends here: giving back thousands of small texts one by one is a tenth of its time
    std::mem::forget((evidence, configs, rows));
    Ok(Exit::Healthy)
}

/// One setting as one service of one host sees it; a value that is not harmless was taken out before.
fn row(host: &Host, service: Service, setting: Setting) -> Row {
    let (file, line, from) = match setting.origin {
        Origin::File { path, span, .. } => (Some(path), Some(span.line), "file"),
        Origin::Environment { .. } => (None, None, "env"),
        Origin::Default => (None, None, "default"),
    };
    let (value, problem) = match (&setting.value, setting.redacted) {
        (_, true) => (setting.raw.clone().map(serde_json::Value::from), None),
        (Outcome::Value(value), false) => (serde_json::to_value(value).ok(), None),
        (Outcome::Refused(refusal), false) => (None, Some(refusal.to_string())),
        (Outcome::Unknown(why), false) => (None, Some(why.clone())),
    };
    let program = service.program();
    Row {
        host: host.name.clone(),
        service: program.strip_prefix("nova-").unwrap_or(program),
        section: setting.section.into_owned(),
        option: setting.name.into_owned(),
        value,
        raw: setting.raw,
        file,
        line,
        from,
        known: setting.known,
        problem,
    }
}

/// The services whose view is printed: those that were told; else those that the files speak of, and of services that
/// read the same files the first alone.
fn services(host: &Host, roles: &[(Service, Basis)], releases: &Releases) -> Vec<Service> {
    let mut seen: Vec<&ServiceConfig> = Vec::new();
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
