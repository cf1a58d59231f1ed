//! Nobody vouches for the certificate of the console URL, as far as the machine that looked can tell.

use super::Cause;
use super::certificate_words::{Handshake, handshakes, own, remedy, shown};
use crate::evidence::tls::TlsProblem;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "certificate-untrusted",
    home: 12,
    releases: "15-34",
    severity: Severity::Error,
    field: &["D6"],
    title: "no authority that is known vouches for the console URL's certificate",
    needs: &[Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
A browser takes a certificate that leads to an authority it knows. A self-signed one does not, and a user who passed the warning for
the dashboard has not passed it for the console's port: in the dashboard's frame there is nothing to click, and the WebSocket fails
with 1006. Open the console's page by itself once to see the warning.

A private authority may well be known to the users' browsers and not to the machine that looked: give its file in the environment
variable SSL_CERT_FILE and look again. A server that leaves the intermediate certificate out is taken by browsers that fetch it or
know it already, and refused by others: the file of certificates has to hold the server's own first, then each issuer.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    handshakes(case).iter().find_map(untrusted).into_iter().collect()
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
