//! The console URL's port speaks TLS and comes to no terms with a client such as a browser.

use super::Cause;
use super::certificate_words::{Handshake, handshakes, remedy};
use crate::evidence::dial::seconds;
use crate::evidence::page::PageEnd;
use crate::evidence::tls::TlsProblem;
use crate::evidence::websocket::WebsocketEnd;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;
use crate::judge::words::offer;

const META: CauseMeta = CauseMeta {
    id: "tls-refused",
    home: 12,
    releases: "15-34",
    severity: Severity::Error,
    field: &["D7"],
    title: "the console URL's port refuses the TLS handshake",
    needs: &[Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
The port answers TLS with an alert. `protocol_version`: it takes neither TLS 1.2 nor 1.3, which are all that browsers speak.
`handshake_failure` or `insufficient_security`: no cipher suite or curve in common, or it wants a certificate of the client.
`unrecognized_name`: it has no site of the URL's name. `certificate_required` or `bad_certificate`: it wants a certificate of the client.
Silence is a server that waits for its own peer, or a firewall that looks into TLS.

Let the balancer, or `[console] ssl_minimum_version` and ssl_ciphers of nova-novncproxy, take TLS 1.2 with ECDHE suites and TLS 1.3, and
ask no certificate of browsers.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    handshakes(case).iter().find_map(|one| refused(case, one)).into_iter().collect()
}

fn refused(case: &Case, one: &Handshake) -> Option<Finding> {
    let (what, confidence, note) = match one.tls.problem.as_ref() {
        Some(TlsProblem::Alert) => by_alert(one),
        Some(TlsProblem::Silent { after_millis }) => (
            format!("does not answer the TLS handshake within {}", seconds(*after_millis)),
            Confidence::Possible,
            "more --timeout tells slow from dead",
        ),
        None if one.tls.wants_certificate && wanted_one(case, one.peer) => (
            "wants a certificate of the client".to_owned(),
            Confidence::Likely,
            "a browser without one sees no console",
        ),
        _ => return None,
    };
    let draft = Draft::error(&META, format!("{} {what}", one.peer)).confidence(confidence).seen(note);
    let draft = match &one.tls.error {
        Some(error) => draft.seen(format!("{} heard: {error}", one.from)),
        None => draft,
    };
    let draft = match versions(case, one.peer) {
        Some(words) => draft.seen(words),
        None => draft,
    };
    let mend = remedy(
        "where TLS ends for the console URL take TLS 1.2 with ECDHE suites and TLS 1.3, for the URL's host, without a certificate of the client",
    );
    Some(draft.remedy(mend).done())
}

fn by_alert(one: &Handshake) -> (String, Confidence, &'static str) {
    let alert = one.tls.alert.as_deref().unwrap_or("unknown");
    let (what, confidence, note) = match alert {
        "protocol_version" => {
            ("takes neither TLS 1.2 nor TLS 1.3", Confidence::Certain, "browsers speak nothing older")
        }
        "unrecognized_name" => (
            "has no site of the URL's name",
            Confidence::Likely,
            "the server chooses the certificate by the name that the client asks for",
        ),
        "certificate_required" | "bad_certificate" | "certificate_unknown" => {
            ("wants a certificate of the client", Confidence::Likely, "a browser without one sees no console")
        }
        "handshake_failure" | "insufficient_security" if one.tls.wants_certificate => {
            ("wants a certificate of the client", Confidence::Likely, "a browser without one sees no console")
        }
        "handshake_failure" | "insufficient_security" => (
            "has no cipher suite, curve or certificate that suits this client",
            Confidence::Possible,
            "suites with RSA key exchange or CBC are not offered from here, and some browsers still have them",
        ),
        _ => ("refuses the TLS handshake", Confidence::Possible, "a browser's handshake may differ in what it offers"),
    };
    (format!("{what} (alert {alert})"), confidence, note)
}

/// The connection ended for want of a certificate, which TLS 1.3 says only after the handshake.
fn wanted_one(case: &Case, peer: &str) -> bool {
    let of_alert = |error: &str| error.contains("CertificateRequired") || error.contains("BadCertificate");
    let by_upgrade = case.evidence.upgrades.iter().filter(|seen| seen.peer == peer).any(|seen| {
        matches!(&seen.saw.end, Some(WebsocketEnd::ClosedBeforeAnswer { error: Some(error), .. }) if of_alert(error))
    });
    let by_page = case.evidence.pages.iter().filter(|seen| seen.peer == peer).any(
        |seen| matches!(&seen.saw.end, Some(PageEnd::Closed { error } | PageEnd::Other { error }) if of_alert(error)),
    );
    by_upgrade || by_page
}

/// What each version met by itself.
fn versions(case: &Case, peer: &str) -> Option<String> {
    let seen = case.evidence.tls.iter().find(|seen| seen.peer == peer)?;
    let words: Vec<String> = seen.saw.offers.iter().map(offer).collect();
    (!words.is_empty()).then(|| format!("asked for each version by itself: {}", words.join(", ")))
}
