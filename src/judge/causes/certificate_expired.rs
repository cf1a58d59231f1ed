//! The certificate of the console URL is past its time, or before it.

use super::Cause;
use super::certificate_words::{Handshake, date, handshakes, own, remedy, shown};
use crate::evidence::tls::TlsProblem;
use crate::evidence::tls::certificate::Certificate;
use crate::finding::{CauseMeta, Confidence, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "certificate-expired",
    home: 12,
    releases: "15-34",
    severity: Severity::Error,
    field: &["D6"],
    title: "the console URL's certificate is expired or not valid yet",
    needs: &[Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
A browser refuses a certificate outside its dates. On a page of its own it shows a warning that a user can pass; in the dashboard's
frame nothing can be clicked, and the console stays blank. The WebSocket goes to the same port and fails with 1006. A certificate that
is not valid yet is as often a clock that is wrong, of the machine that signed or of the one that looks.

Renew it where TLS ends: the balancer, or `[DEFAULT] cert` of nova-novncproxy. Both read it at start: reload them. An intermediate or
an authority above it can expire too.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// A certificate that ended this lately may owe it to a clock, in seconds.
const LATELY: f64 = 86_400.0;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    handshakes(case).iter().find_map(outdated).into_iter().collect()
}

fn outdated(one: &Handshake) -> Option<Finding> {
    let own = own(one.tls)?;
    let verified = one.tls.problem.is_none() && one.tls.version.is_some();
    if !own.valid_at(one.at) {
        return Some(finding(one, own, true));
    }
    // what was verified may have gone by another chain than the one that was sent
    let above = one.tls.chain.iter().skip(1).find(|certificate| !certificate.valid_at(one.at))?;
    let said = matches!(one.tls.problem, Some(TlsProblem::Expired | TlsProblem::NotYetValid));
    (!verified && said).then(|| finding(one, above, false))
}

fn finding(one: &Handshake, certificate: &Certificate, own: bool) -> Finding {
    let early = one.at < certificate.not_before as f64;
    let whose = if own {
        "its certificate".to_owned()
    } else {
        format!("the certificate of {:?} in its chain", certificate.subject)
    };
    let what = if early {
        format!("is not valid before {}", date(certificate.not_before))
    } else {
        format!("is expired since {}", date(certificate.not_after))
    };
    let surely = own && !early && one.at - certificate.not_after as f64 > LATELY;
    let confidence = if surely { Confidence::Certain } else { Confidence::Likely };
    let draft = Draft::error(&META, format!("browsers refuse {}: {whose} {what}", one.peer))
        .confidence(confidence)
        .seen(format!("the clock of {} says {}", one.from, date(one.at as i64)));
    shown(draft, one)
        .remedy(remedy(
            "renew the certificate where TLS ends for the console URL, at the balancer or in [DEFAULT] cert of nova-novncproxy, and reload it there",
        ))
        .done()
}
