//! Which reader a line goes to, and which service wrote it.
//!
//! A line is told by its logger first: most lines of a log belong to loggers that part nothing and cost no more than that.

use super::head::Head;
use super::{proxy, services, startup};
use crate::evidence::log::{Event, TokenPrint};
use crate::evidence::process::Service;

/// What a line says; none for lines that part nothing.
pub(super) fn event(head: &Head<'_>) -> Option<(Event, Option<TokenPrint>)> {
    let message = head.message;
    if head.traceback {
        // Of tracebacks only the one that ends a program tells what no other line does.
        return if head.logger == "nova" { services::ended(message, true) } else { None };
    }
    match head.logger {
        "" => raw(message),
        "nova.console.websocketproxy" | "websockify" | "nova.console.websockify" => proxy::event(message),
        "nova.consoleauth.manager" | "nova.consoleauth" => services::consoleauth(message),
        "nova.cache_utils" => services::cache(message),
        "nova.service" => services::start(message),
        "nova.console.securityproxy.rfb" | "nova.console.rfb.authvencrypt" => services::security(message),
        "nova.objects.console_auth_token" => services::database_token(message),
        "nova.compute.manager" => services::compute(message),
        "nova.servicegroup.drivers.db" => services::database(message),
        logger if logger.starts_with("oslo_db.") => services::database(message),
        "oslo.messaging._drivers.impl_rabbit" | "oslo_messaging._drivers.impl_rabbit" | "oslo_messaging.rpc.server" => {
            services::bus(message)
        }
        "nova" => services::ended(message, false),
        logger if logger.starts_with("nova.api.openstack") || logger == "nova.osapi_compute.wsgi.server" => {
            let timeout = message.contains("MessagingTimeout");
            if timeout { Some((Event::RpcTimeout, None)) } else { services::api(message) }
        }
        _ => None,
    }
}

/// Standard error: the proxy's last words, or the end of a traceback.
fn raw(message: &str) -> Option<(Event, Option<TokenPrint>)> {
    let failure = startup::proxy(message).or_else(|| startup::unhandled(message))?;
    Some((Event::StartFailed { failure }, None))
}

/// The service that wrote a line, by syslog's tag, then by its logger. Loggers that several services share say nothing,
/// and of the proxies, which share one, the file's name says which it is.
pub(super) fn service(head: &Head<'_>, named: Option<Service>) -> Option<Service> {
    let other = named.filter(|named| matches!(named, Service::SpiceProxy | Service::SerialProxy));
    let proxy = |service| if service == Service::Novncproxy { other.unwrap_or(service) } else { service };
    head.tag.and_then(by_tag).or_else(|| by_logger(head.logger).map(proxy))
}

/// A line by a program or out of a file that is called after none of nova's services: anybody's, where nothing else says whose.
/// The last words of the proxies are theirs alone.
pub(super) fn is_strange(head: &Head<'_>, event: &Event) -> bool {
    let last_words = matches!(event, Event::StartFailed { .. }) && head.logger.is_empty();
    (head.tag.is_some() || head.file.is_some()) && !(last_words && startup::proxy(head.message).is_some())
}

/// The tag names a program, and none of nova's. An interpreter or a container's id may be anybody.
pub(super) fn is_tagged_as_other(head: &Head<'_>) -> bool {
    let names_none = |tag: &str| {
        let is_id = tag.len() >= 12 && tag.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id || ["python", "docker", "containerd", "podman", "conmon"].iter().any(|other| tag.starts_with(other))
    };
    head.tag.is_some_and(|tag| by_tag(tag).is_none() && !names_none(tag))
}

fn by_logger(logger: &str) -> Option<Service> {
    let rest = logger.strip_prefix("nova.")?;
    let service = match rest {
        "consoleauth" | "consoleauth.manager" => Service::Consoleauth,
        "compute.manager" | "compute.resource_tracker" => Service::Compute,
        "conductor.manager" => Service::Conductor,
        "scheduler.manager" | "scheduler.host_manager" => Service::Scheduler,
        _ if rest.starts_with("console.websocketproxy")
            || rest.starts_with("console.securityproxy")
            || rest.starts_with("console.rfb") =>
        {
            Service::Novncproxy
        }
        _ if rest.starts_with("virt.") => Service::Compute,
        _ if rest.starts_with("api.openstack") || rest.starts_with("osapi_compute.") => Service::Api,
        _ => return None,
    };
    Some(service)
}

/// `nova-novncproxy`; `devstack@n-novnc-cell1.service`; the containers `nova_novncproxy` (Kolla), `nova_vnc_proxy` (TripleO).
pub(super) fn by_tag(tag: &str) -> Option<Service> {
    let name = tag.strip_suffix(".service").unwrap_or(tag);
    if let Some(unit) = name.strip_prefix("devstack@") {
        let units = [
            ("n-novnc", Service::Novncproxy),
            ("n-cauth", Service::Consoleauth),
            ("n-cpu", Service::Compute),
            ("n-cond", Service::Conductor),
            ("n-super-cond", Service::Conductor),
            ("n-api", Service::Api),
        ];
        return units
            .into_iter()
            .find(|(prefix, _)| unit.starts_with(prefix))
            .map(|(_, service)| service)
            .filter(|_| !unit.starts_with("n-api-meta"));
    }
    let name = name.replace('_', "-");
    let name = name.strip_prefix("openstack-").or_else(|| name.strip_prefix("tripleo-")).unwrap_or(&name);
    match name {
        "nova-vnc-proxy" => Some(Service::Novncproxy),
        _ => Service::from_program(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loggers_of_one_service_and_of_many() {
        assert_eq!(by_logger("nova.console.securityproxy.rfb"), Some(Service::Novncproxy));
        assert_eq!(by_logger("nova.consoleauth.manager"), Some(Service::Consoleauth));
        assert_eq!(by_logger("nova.virt.libvirt.driver"), Some(Service::Compute));
        assert_eq!(by_logger("nova.api.openstack.wsgi"), Some(Service::Api));
        for shared in [
            "nova.compute.api",
            "nova.service",
            "nova",
            "oslo_messaging.rpc.server",
            "nova.objects.console_auth_token",
            "",
        ] {
            assert_eq!(by_logger(shared), None, "{shared}");
        }
    }

    #[test]
    fn tags_of_units_and_containers() {
        let cases = [
            ("nova-novncproxy", Some(Service::Novncproxy)),
            ("openstack-nova-consoleauth", Some(Service::Consoleauth)),
            ("devstack@n-novnc-cell1.service", Some(Service::Novncproxy)),
            ("devstack@n-cauth.service", Some(Service::Consoleauth)),
            ("devstack@n-api-meta.service", None),
            ("nova_vnc_proxy", Some(Service::Novncproxy)),
            ("tripleo_nova_compute.service", Some(Service::Compute)),
            ("sshd", None),
        ];
        for (tag, service) in cases {
            assert_eq!(by_tag(tag), service, "{tag}");
        }
    }

    #[test]
    fn the_same_words_from_another_logger_say_nothing() {
        let head =
            Head { logger: "nova.other", message: "handler exception: [Errno 111] ECONNREFUSED", ..Head::default() };
        assert_eq!(event(&head), None);
        let proxy = Head { logger: "nova.console.websocketproxy", ..head };
        assert!(event(&proxy).is_some());
        assert_eq!(event(&Head { traceback: true, ..proxy }), None);
    }
}
