//! Nobody vouches for the certificate of the console URL, as far as the machine that looked can tell.

use super::Cause;
use super::certificate_words::{Handshake, handshakes, own, remedy, shown};
use super::session_words::accepted;
use crate::evidence::log::{Event, Failure};
use crate::evidence::process::Service;
use crate::evidence::tls::TlsProblem;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::{Case, SessionView, lines};
use crate::judge::find::Draft;
use crate::judge::words::on;

const META: CauseMeta = CauseMeta {
    id: "certificate-untrusted",
    home: 12,
    releases: "15-34",
    severity: Severity::Error,
    field: &["D6"],
    title: "no authority that is known vouches for the console URL's certificate",
    needs: &[Need::Token, Need::Probe, Need::Logs],
    symptoms: &[],
    explanation: "\
A browser takes a certificate that leads to an authority it knows. A self-signed one does not, and a user who passed the warning for
the dashboard has not passed it for the console's port: in the dashboard's frame there is nothing to click, and the WebSocket fails
with 1006. Open the console's page by itself once to see the warning. The proxy's log has a line for each such client: `handler
exception: [SSL: SSLV3_ALERT_CERTIFICATE_UNKNOWN]`.

A private authority may well be known to the users' browsers and not to the machine that looked: give its file in the environment
variable SSL_CERT_FILE and look again. A server that leaves the intermediate certificate out is taken by browsers that fetch it or
know it already, and refused by others: the file of certificates has to hold the server's own first, then each issuer.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let seen = handshakes(case);
    if seen.is_empty() { refused(case) } else { seen.iter().find_map(untrusted) }.into_iter().collect()
}

/// What a client calls it that does not take the proxy's certificate (RFC 8446, section 6.2), as OpenSSL names the alert on the
/// proxy's side.
const ALERTS: [&str; 3] = ["SSLV3_ALERT_CERTIFICATE_UNKNOWN", "SSLV3_ALERT_BAD_CERTIFICATE", "TLSV1_ALERT_UNKNOWN_CA"];

/// Clients that hung up on the proxy's certificate, and nobody who came later and did not. A browser does so before its user
/// passes the warning, a health check for as long as it runs: they alone are no proof.
fn refused(case: &Case) -> Option<Finding> {
    let alerts = || {
        lines(case.evidence).filter_map(|(host, log, line)| match &line.event {
            Event::HandlerException { failure: Failure::Tls { code } } if ALERTS.contains(&code.as_str()) => {
                Some((host, log, line, code))
            }
            _ => None,
        })
    };
    let (host, log, line, code) = alerts().last()?;
    let later = |view: &SessionView| std::ptr::eq(view.host, host) && accepted(view) && view.session.started >= line.at;
    if case.sessions.iter().any(later) {
        return None;
    }
    let count = alerts().filter(|(other, ..)| std::ptr::eq(*other, host)).count();
    let on = on(&host.name);
    let times = if count == 1 { "a client refuses".to_owned() } else { format!("{count} clients refuse") };
    let message = format!("{times} the certificate of nova-novncproxy{on}, and nobody who came later took it");
    Some(
        Draft::warning(&META, message)
            .possible()
            .host(host)
            .service(Service::Novncproxy)
            .at_line(&log.path, line.line)
            .seen(format!("{}:{}: handler exception: [SSL: {code}]", log.path, line.line))
            .seen(
                "browsers of users who have not passed the warning do so, and health checks that look at certificates",
            )
            .remedy(remedy(
                "give the proxy, or the balancer before it, a certificate from an authority that browsers know",
            ))
            .done(),
    )
}

fn untrusted(one: &Handshake) -> Option<Finding> {
    let here = format!(
        "{} may not know what the users' browsers know: with the authority's file in SSL_CERT_FILE it does",
        one.from
    );
    let (what, likely, text, mend) = match one.tls.problem.as_ref()? {
        TlsProblem::SelfSigned => (
            "its certificate is self-signed".to_owned(),
            true,
            stranger(one),
            "give the proxy, or the balancer before it, a certificate from an authority that browsers know",
        ),
        TlsProblem::UnknownIssuer if alone_though_public(one) => (
            "it does not send the intermediate certificate that issued its own".to_owned(),
            false,
            Some("browsers that fetch or know the intermediate do take it".to_owned()),
            "let the file of certificates where TLS ends hold the server's own first and then each intermediate",
        ),
        TlsProblem::UnknownIssuer => (
            "nobody here knows who issued its certificate: a private authority, or a missing intermediate".to_owned(),
            false,
            Some(here),
            "have the users' browsers know the authority, or use a certificate from one that they know; send the intermediates too",
        ),
        TlsProblem::Other if !one.tls.chain.is_empty() => (
            "its certificate cannot be verified".to_owned(),
            false,
            Some(here),
            "use a certificate that a browser takes: for servers, signed with SHA-256 or better, for a key of 2048 bits or more",
        ),
        _ => return None,
    };
    let draft = Draft::error(&META, format!("browsers do not trust {}: {what}", one.peer));
    let draft = if likely { draft.likely() } else { draft.possible() };
    let draft = match text {
        Some(text) => draft.seen(text),
        None => draft,
    };
    Some(shown(draft, one).remedy(remedy(mend)).done())
}

/// The one certificate that was sent says where its issuer's is to be had, which private authorities seldom write.
fn alone_though_public(one: &Handshake) -> bool {
    own(one.tls).is_some_and(|own| one.tls.chain.len() == 1 && own.issuer_at.is_some() && !own.self_signed)
}

/// Whose certificate it is, where that is no console's.
fn stranger(one: &Handshake) -> Option<String> {
    let own = own(one.tls)?;
    if own.subject.contains("Kubernetes Ingress Controller Fake Certificate") {
        return Some(format!(
            "it is what an ingress controller shows where no ingress has a certificate for {}",
            one.name
        ));
    }
    (!own.covers(one.name)).then(|| format!("nor is it for {}", one.name))
}
