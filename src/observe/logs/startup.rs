//! Why a service does not start: errors at the socket, in the configuration, of missing modules.
//!
//! They come as an INFO line of websockify, as `CRITICAL nova [-] Unhandled error: …`, or as the last line of a traceback
//! on standard error. Limit: an option's value is never kept, so the text says which option, not what is in it.

use super::clean;
use crate::evidence::log::StartFailure;

/// What websockify and nova's proxies print before they exit; raw text as well as logged.
pub(super) fn proxy(text: &str) -> Option<StartFailure> {
    if let Some(rest) = text.strip_prefix("SSL only and ") {
        return Some(StartFailure::CertificateMissing { path: clean::name(rest.strip_suffix(" not found")?) });
    }
    if let Some(dir) = text.strip_prefix("Can not find html/js files at ") {
        return Some(StartFailure::WebRootMissing { dir: clean::name(dir.trim_end_matches('.')) });
    }
    // websockify 0.13 writes it so.
    let error =
        text.strip_prefix("Openening socket failed: ").or_else(|| text.strip_prefix("Opening socket failed: "))?;
    Some(socket(error).unwrap_or_else(|| StartFailure::Other { text: clean::text(error) }))
}

/// The last line of an unhandled exception: `oslo_config.cfg.ConfigFileValueError: …`, on Python 2 without the module.
pub(super) fn unhandled(text: &str) -> Option<StartFailure> {
    let text = text.strip_prefix("Unhandled error: ").unwrap_or(text);
    let (class, rest) = text.split_once(": ").unwrap_or((text, ""));
    let name = class.rsplit('.').next().unwrap_or_default();
    if class.is_empty() || !class.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_')) {
        return None;
    }
    Some(match name {
        "ConfigFileValueError" | "ValueError" if rest.starts_with("Value for option ") => {
            StartFailure::ConfigValue { option: option(rest) }
        }
        "ConfigFileValueError" => StartFailure::ConfigValue { option: option(rest) },
        "ConfigFileParseError" => parse_error(rest),
        "ConfigFilesNotFoundError" | "ConfigDirNotFoundError" => {
            StartFailure::ConfigFiles { files: after_colon(rest), denied: false }
        }
        "ConfigFilesPermissionDeniedError" => StartFailure::ConfigFiles { files: after_colon(rest), denied: true },
        "RequiredOptError"
        | "NoSuchOptError"
        | "NoSuchGroupError"
        | "TemplateSubstitutionError"
        | "DuplicateOptError" => StartFailure::Config { error: name.to_owned() },
        "ImportError" | "ModuleNotFoundError" => {
            let module = rest.strip_prefix("No module named ")?;
            StartFailure::ModuleMissing { module: clean::name(module.trim_matches(['\'', '"'])) }
        }
        "CantStartEngineError" | "DBConnectionError" | "DBNonExistentTable" => {
            StartFailure::Database { text: clean::text(database(rest)) }
        }
        "OSError" | "IOError" | "error" | "PermissionError" | "gaierror" | "socket.error" => socket(rest)?,
        _ => return None,
    })
}

/// As [`unhandled`]; an error of no known kind is kept too, because the line says that it ended the service.
pub(super) fn critical(text: &str) -> StartFailure {
    unhandled(text).unwrap_or_else(|| StartFailure::Other {
        text: clean::text(text.strip_prefix("Unhandled error: ").unwrap_or(text)),
    })
}

fn database(text: &str) -> &str {
    text.split("[SQL:").next().unwrap_or_default().split("(Background on").next().unwrap_or_default()
}

fn socket(error: &str) -> Option<StartFailure> {
    if let Some(path) = denied(error) {
        return Some(StartFailure::FileDenied { path });
    }
    let text = error.to_ascii_lowercase();
    let number = text.split_once("[errno ").and_then(|(_, rest)| rest.split_once(']')?.0.parse::<i32>().ok());
    Some(match number {
        Some(98) => StartFailure::AddressInUse,
        Some(99) => StartFailure::AddressNotHere,
        Some(13) => StartFailure::AddressDenied,
        Some(-2 | -3 | -5) => StartFailure::AddressUnknown,
        _ if text.contains("address already in use") => StartFailure::AddressInUse,
        _ if text.contains("cannot assign requested address") => StartFailure::AddressNotHere,
        _ => return None,
    })
}

/// `[Errno 13] Permission denied: '/etc/nova/ssl/key.pem'`: a path makes it a file; a socket's error has none.
fn denied(error: &str) -> Option<String> {
    let path = super::fields::quoted(error.strip_prefix("[Errno 13] Permission denied: ")?)?;
    path.starts_with(['/', '.']).then(|| clean::name(&path))
}

/// `Value for option backend from … is not valid: …`.
fn option(text: &str) -> Option<String> {
    let name = text.strip_prefix("Value for option ")?.split(' ').next()?;
    (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')))
        .then(|| clean::name(name))
}

/// `Failed to parse /etc/nova/nova.conf: at /etc/nova/nova.conf:4, No ':' or '=' found in assignment: '…'`.
fn parse_error(text: &str) -> StartFailure {
    let place = text.split_once(": at ").map(|(_, rest)| rest.split(", ").next().unwrap_or_default());
    let line = place.and_then(|place| place.rsplit_once(':')).and_then(|(_, line)| line.parse().ok());
    let named = text.strip_prefix("Failed to parse ").unwrap_or_default();
    let file = named.split(": ").next().unwrap_or_default();
    StartFailure::ConfigParse { file: clean::name(file), line }
}

fn after_colon(text: &str) -> String {
    clean::name(text.split_once(": ").map_or(text, |(_, files)| files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxys_own_words() {
        assert_eq!(
            proxy("SSL only and /etc/nova/self.pem not found"),
            Some(StartFailure::CertificateMissing { path: "/etc/nova/self.pem".to_owned() })
        );
        assert_eq!(
            proxy("Can not find html/js files at /usr/share/novnc."),
            Some(StartFailure::WebRootMissing { dir: "/usr/share/novnc".to_owned() })
        );
        assert_eq!(
            proxy("Openening socket failed: [Errno 98] Address already in use"),
            Some(StartFailure::AddressInUse)
        );
        for other in [
            "SSL only and so on",
            "Can find html/js files",
            "  - Listen on 0.0.0.0:6080",
            "Address already in use, said somebody",
        ] {
            assert_eq!(proxy(other), None, "{other}");
        }
    }

    #[test]
    fn exceptions_of_both_pythons() {
        let cases = [
            (
                "Unhandled error: oslo_config.cfg.ConfigFileValueError: Value for option enabled is not valid: Unexpected boolean value 's3cret'",
                StartFailure::ConfigValue { option: Some("enabled".to_owned()) },
            ),
            (
                "ConfigFileValueError: Value for option backend from LocationInfo(...) is not valid: Valid values are [a, b], but found 'memcached'",
                StartFailure::ConfigValue { option: Some("backend".to_owned()) },
            ),
            (
                "oslo_config.cfg.ConfigFileParseError: Failed to parse /etc/nova/nova.conf: at /etc/nova/nova.conf:4, No ':' or '=' found in assignment: 's3cret'",
                StartFailure::ConfigParse { file: "/etc/nova/nova.conf".to_owned(), line: Some(4) },
            ),
            (
                "oslo_config.cfg.ConfigFilesNotFoundError: Failed to find some config files: /etc/nova/x.conf",
                StartFailure::ConfigFiles { files: "/etc/nova/x.conf".to_owned(), denied: false },
            ),
            (
                "oslo_config.cfg.ConfigFilesPermissionDeniedError: Failed to open some config files: /etc/nova/x.conf",
                StartFailure::ConfigFiles { files: "/etc/nova/x.conf".to_owned(), denied: true },
            ),
            (
                "oslo_config.cfg.RequiredOptError: value required for option x",
                StartFailure::Config { error: "RequiredOptError".to_owned() },
            ),
            ("ImportError: No module named memcache", StartFailure::ModuleMissing { module: "memcache".to_owned() }),
            (
                "ModuleNotFoundError: No module named 'memcache'",
                StartFailure::ModuleMissing { module: "memcache".to_owned() },
            ),
            ("OSError: [Errno 99] Cannot assign requested address", StartFailure::AddressNotHere),
            ("error: [Errno 98] Address already in use", StartFailure::AddressInUse),
            ("PermissionError: [Errno 13] Permission denied", StartFailure::AddressDenied),
            (
                "PermissionError: [Errno 13] Permission denied: '/etc/nova/ssl/key.pem'",
                StartFailure::FileDenied { path: "/etc/nova/ssl/key.pem".to_owned() },
            ),
            (
                "IOError: [Errno 13] Permission denied: u'/var/log/nova/nova-novncproxy.log'",
                StartFailure::FileDenied { path: "/var/log/nova/nova-novncproxy.log".to_owned() },
            ),
            ("socket.gaierror: [Errno -2] Name or service not known", StartFailure::AddressUnknown),
            (
                "oslo_db.exception.CantStartEngineError: No sql_connection parameter is established",
                StartFailure::Database { text: "No sql_connection parameter is established".to_owned() },
            ),
        ];
        for (text, expected) in cases {
            let found = unhandled(text);
            assert_eq!(found, Some(expected), "{text}");
            assert!(!format!("{found:?}").contains("s3cret"));
        }
        for other in [
            "OSError: [Errno 2] No such file",
            "ImportError: cannot import name x",
            "see ConfigFileValueError: x",
            "KeyError: 'x'",
            "",
            "Traceback (most recent call last):",
        ] {
            assert_eq!(unhandled(other), None, "{other}");
        }
        assert_eq!(
            critical("Unhandled error: KeyError: 'x'"),
            StartFailure::Other { text: "KeyError: 'x'".to_owned() }
        );
    }
}
