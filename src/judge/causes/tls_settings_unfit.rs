//! The proxy's TLS settings leave no cipher, so that every TLS client is refused.

use super::Cause;
use super::console_words::{confidence, placed, proxies, proxy_remedy};
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity};
use crate::judge::case::{Case, HostView};
use crate::judge::find::Draft;
use crate::oslo::config::Config;

const META: CauseMeta = CauseMeta {
    id: "tls-settings-unfit",
    home: 13,
    releases: "21-34",
    severity: Severity::Error,
    field: &["D7"],
    title: "the proxy's TLS settings refuse every client",
    needs: &[Need::Config],
    symptoms: &[],
    explanation: "\
From Ussuri (21) on `[console] ssl_ciphers` goes to OpenSSL's set_ciphers for each TLS connection (websockify, do_handshake). That
list rules TLS 1.2 and older alone: suites of TLS 1.3 (TLS_AES_256_GCM_SHA384, ...) are always on and are no members of it. A list
of nothing else, an empty one, one in small letters or in quotes selects no cipher: `handler exception: ('No cipher can be
selected.',)` for every client, and the browser shows a failed connection. A value of ssl_minimum_version that is not
default, tlsv1_1, tlsv1_2 or tlsv1_3 ends the proxy at start; that is told as nova-conf-refused.

Leave ssl_ciphers out, or name suites of TLS 1.2: ECDHE+AESGCM:ECDHE+CHACHA20. For TLS 1.3 alone set ssl_minimum_version = tlsv1_3.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// First release with these options.
const FIRST: u16 = 21;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let holds = case.releases.within(|release| release >= FIRST);
    if holds.is_empty() {
        return Vec::new();
    }
    proxies(case, Basis::Guessed).into_iter().filter_map(|(host, config)| judge(case, host, &config, &holds)).collect()
}

fn judge(case: &Case, host: &HostView, config: &Config, holds: &[u16]) -> Option<Finding> {
    let setting = config.get("console", "ssl_ciphers");
    let list = setting.value().filter(|_| setting.is_set())?.text();
    let why = no_cipher(&list)?;
    let basis = host.runs(Service::Novncproxy)?;
    let message = format!("nova-novncproxy on {} refuses every TLS client: [console] ssl_ciphers {why}", host.name());
    let tls = config.get("DEFAULT", "cert").is_set();
    // without a certificate of its own nobody speaks TLS to it
    let severity = if tls { case.severity_over(holds) } else { Severity::Note };
    let draft = Draft::new(&META, severity, message)
        .releases(Case::span(holds))
        .confidence(if tls { confidence(basis) } else { Confidence::Possible })
        .host(host.host)
        .service(Service::Novncproxy)
        .remedy(proxy_remedy(
            "leave [console] ssl_ciphers out, or name suites of TLS 1.2: ssl_ciphers = ECDHE+AESGCM:ECDHE+CHACHA20",
        ));
    Some(placed(draft, host, Service::Novncproxy, &setting).done())
}

/// Why OpenSSL selects no cipher of a list, where that is certain.
fn no_cipher(list: &str) -> Option<&'static str> {
    let names: Vec<&str> = list.split([':', ',', ' ']).map(str::trim).filter(|name| !name.is_empty()).collect();
    let of_tls13 = |name: &str| {
        let name = name.trim_start_matches('+');
        matches!(name, "TLSv1.3") || ["TLS_AES_", "TLS_CHACHA20_"].iter().any(|start| name.starts_with(start))
    };
    match names.as_slice() {
        [] => Some("is empty"),
        names if names.iter().all(|name| of_tls13(name)) => {
            Some("names only suites of TLS 1.3, which are no members of it")
        }
        names if names.iter().all(|name| name.starts_with(['!', '-'])) => Some("takes suites away and names none"),
        names if names.iter().all(|name| !name.contains(char::is_uppercase) && name.contains(char::is_alphabetic)) => {
            Some("is in small letters, and names are compared by case")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::no_cipher;

    /// What OpenSSL 3 made of each list, by `ssl.SSLContext.set_ciphers` of Python 3.11.
    #[test]
    fn agrees_with_openssl() {
        for list in [
            "TLS_AES_256_GCM_SHA384",
            "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
            "TLSv1.3",
            "",
            "ecdhe-rsa-aes256-gcm-sha384",
            "!aNULL",
        ] {
            assert!(no_cipher(list).is_some(), "{list}");
        }
        for list in [
            "TLSv1.2",
            "HIGH:!aNULL",
            "ECDHE+AESGCM",
            "TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES256-GCM-SHA384",
            "kEECDH+aECDSA+AES",
            "@SECLEVEL=2:DEFAULT",
        ] {
            assert!(no_cipher(list).is_none(), "{list}");
        }
    }
}
