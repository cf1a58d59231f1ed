//! `--config`, `--log`, `--url`, `--token` and `--release` as typed by the user into what is to be looked at.

use super::args::{Cloud as CloudArgs, Inputs, Network, Target};
use super::problem::Problem;
use crate::console::access_url::{AccessUrl, ConsoleType};
use crate::console::release::Release;
use crate::console::token::Token;
use crate::evidence::process::Service;
use crate::evidence::target::TargetKind;
use crate::observe::limits::Limits;
use crate::observe::openstack::{Cloud, Credentials};
use crate::observe::request::{ConfigInput, LogInput, Request, TargetInput};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a verb's arguments ask for. `paths` are positional configuration files.
pub(super) fn request(inputs: &Inputs, target: &Target, network: Option<&Network>) -> Result<Request, Problem> {
    let configs = inputs.config.iter().map(|text| config_input(text)).collect::<Result<Vec<_>, _>>()?;
    two_services(&configs)?;
    let logs = inputs.log.iter().map(|text| log_input(text)).collect::<Result<Vec<_>, _>>()?;
    let release = inputs
        .release
        .as_deref()
        .map(Release::parse)
        .transpose()
        .map_err(|error| Problem::Usage(format!("--release: {error}")))?;
    let cloud = network.map(|network| cloud(&network.cloud)).transpose()?.flatten();
    let mut target = target_input(target)?;
    if cloud.as_ref().is_some_and(|cloud| cloud.server.is_some()) {
        target.kind = TargetKind::Server;
    }
    let nothing = configs.is_empty() && logs.is_empty() && inputs.bundle.is_empty();
    Ok(Request {
        this_machine: nothing && target.url.is_none() && cloud.is_none(),
        configs,
        logs,
        target: target.into(),
        cloud,
        release,
        limits: limits(network),
        idle: network.and_then(|network| network.idle).map(Duration::from_secs_f64),
        offline: network.is_none_or(|network| network.offline),
        processes: network.is_some(),
        screenshot: None,
    })
}

/// The cloud that `--server` or `--os-cloud` means.
fn cloud(args: &CloudArgs) -> Result<Option<Cloud>, Problem> {
    if args.server.is_none() && args.os_cloud.is_none() {
        let alone = "--insecure: no API is asked; give --server NAME-OR-ID or --os-cloud NAME".to_owned();
        return if args.insecure { Err(Problem::Usage(alone)) } else { Ok(None) };
    }
    if args.server.as_ref().is_some_and(|server| server.trim().is_empty()) {
        return Err(Problem::Usage("--server: the name is empty".to_owned()));
    }
    let credentials = Credentials::find(args.os_cloud.as_deref(), args.insecure)?;
    Ok(Some(Cloud { credentials, server: args.server.clone() }))
}

fn limits(network: Option<&Network>) -> Limits {
    network.map_or_else(Limits::default, |network| Limits {
        timeout: Duration::from_secs_f64(network.timeout),
        patience: Duration::from_secs_f64(network.patience),
    })
}

/// `[NAME[:SERVICE]=]PATH`. A path with `=` in it is a path if the part before cannot be a host name.
pub(super) fn config_input(text: &str) -> Result<ConfigInput, Problem> {
    let (label, path) = labelled(text);
    let (name, service) = label.split_once(':').map_or((label, None), |(name, service)| (name, Some(service)));
    let (services, group) = service.map_or(Ok((Vec::new(), false)), services)?;
    named("--config", text, &path)?;
    Ok(ConfigInput { name: name.to_owned(), services, group, path })
}

/// `[NAME=]PATH`
pub(super) fn log_input(text: &str) -> Result<LogInput, Problem> {
    let (name, path) = labelled(text);
    named("--log", text, &path)?;
    Ok(LogInput { name: name.to_owned(), path })
}

/// `ctl1=` names no path.
fn named(flag: &str, text: &str, path: &Path) -> Result<(), Problem> {
    if path.as_os_str().is_empty() {
        return Err(Problem::Usage(format!("{flag}: {text:?} names no path")));
    }
    Ok(())
}

/// The label before `=`, if it can be one, and the path.
fn labelled(text: &str) -> (&str, PathBuf) {
    match text.split_once('=') {
        Some((label, path)) if is_label(label) && !Path::new(text).exists() => (label, PathBuf::from(path)),
        _ => ("", PathBuf::from(text)),
    }
}

/// A host name, perhaps with a service: no slash, so that a path is never taken for one.
fn is_label(label: &str) -> bool {
    !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'))
}

/// The services that a word stands for (`compute`, `nova-compute`), and whether it is a group.
fn services(word: &str) -> Result<(Vec<Service>, bool), Problem> {
    const WORDS: [&str; 7] = ["consoleauth", "novncproxy", "compute", "api", "conductor", "controller", "all"];
    let controller = [Service::Consoleauth, Service::Novncproxy, Service::Api, Service::Conductor];
    Ok(match word.strip_prefix("nova-").unwrap_or(word) {
        "consoleauth" => (vec![Service::Consoleauth], false),
        "novncproxy" => (vec![Service::Novncproxy], false),
        "compute" => (vec![Service::Compute], false),
        "api" => (vec![Service::Api], false),
        "conductor" => (vec![Service::Conductor], false),
        "controller" => (controller.to_vec(), true),
        "all" => (controller.into_iter().chain([Service::Compute]).collect(), true),
        _ => {
            let near = super::select::nearest(word, WORDS.into_iter());
            let hint =
                near.map_or_else(|| format!("one of {}", WORDS.join(", ")), |near| format!("did you mean {near:?}?"));
            return Err(Problem::Usage(format!("--config: unknown service {word:?}; {hint}")));
        }
    })
}

/// One path cannot be two services' own file on one host.
fn two_services(configs: &[ConfigInput]) -> Result<(), Problem> {
    for (index, one) in configs.iter().enumerate() {
        for other in &configs[..index] {
            let clash = one.name == other.name && one.path == other.path && one.services != other.services;
            if clash {
                let name = if one.name.is_empty() { "one host" } else { &one.name };
                return Err(Problem::Usage(format!(
                    "--config: {} is given to {name} for two services; name it once, without a service or as controller or all",
                    one.path.display()
                )));
            }
        }
    }
    Ok(())
}

/// The console asked about. A token that is none is bad usage; a URL with something else in its place is a finding.
fn target_input(target: &Target) -> Result<TargetInput, Problem> {
    if let Some(text) = &target.token {
        let token = Token::parse(text).map_err(|error| Problem::Usage(format!("--token: {error}")))?;
        return Ok(TargetInput { kind: TargetKind::Token, token: Some(token), ..TargetInput::default() });
    }
    let Some(text) = &target.url else { return Ok(TargetInput::default()) };
    if !text.trim().is_empty() && !text.contains(['/', '?']) {
        let problem = "this is no url; paste the whole of it from the browser, token included";
        return Err(Problem::Usage(format!("--url: {problem}")));
    }
    let (url, token) = AccessUrl::parse(text).map_err(|error| Problem::Usage(format!("--url: {error}")))?;
    if !matches!(url.console_type, ConsoleType::Novnc | ConsoleType::Unknown) {
        return Err(Problem::Usage(format!(
            "--url: this is the url of a {} console; only novnc consoles are judged",
            url.console_type
        )));
    }
    let (token, not_a_token) = match token {
        Some(Ok(token)) => (Some(token), None),
        Some(Err(error)) => (None, Some(error.to_string())),
        None => (None, None),
    };
    Ok(TargetInput { kind: TargetKind::Url, token, url: Some(url), not_a_token })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{config_input, services, two_services};
    use crate::evidence::process::Service;

    #[test]
    fn labels_are_told_from_paths() {
        let named = config_input("ctl1:novncproxy=/etc/nova").unwrap();
        assert_eq!((named.name.as_str(), named.services), ("ctl1", vec![Service::Novncproxy]));
        for path in ["./a=b/nova.conf", "/etc/x=y", "nova.conf"] {
            let plain = config_input(path).unwrap();
            assert_eq!((plain.name.as_str(), plain.path.to_str().unwrap()), ("", path));
        }
        assert!(config_input("ctl1:novncproxi=/x").unwrap_err().to_string().contains("novncproxy"));
    }

    #[test]
    fn a_service_may_be_named_as_its_program() {
        for (word, program) in [("compute", "nova-compute"), ("novncproxy", "nova-novncproxy"), ("all", "nova-all")] {
            assert_eq!(services(word).unwrap(), services(program).unwrap(), "{word}");
        }
        assert!(services("novacompute").is_err());
    }

    #[test]
    fn one_path_for_two_services_of_a_host_is_refused() {
        let all = |texts: &[&str]| texts.iter().map(|text| config_input(text).unwrap()).collect::<Vec<_>>();
        assert!(two_services(&all(&["a:api=/x", "a:compute=/x"])).is_err());
        assert!(two_services(&all(&["a:api=/x", "b:compute=/x", "a:compute=/y"])).is_ok());
    }
}
