//! What was seen of a VNC server and of the proxy's agreement with it, sorted as the causes around RFB need it.

pub(super) use super::session_words::at_session;
use super::session_words::{Told, ended_with, opened_there, told};
use super::wire_words::vnc_looks;
use crate::evidence::log::Failure;
use crate::evidence::probe::Seen;
use crate::evidence::rfb::{Greeting, RfbAnswer};
use crate::finding::{Confidence, Severity};
use crate::judge::case::{Case, last_upgrade};

/// First release whose proxy speaks the security handshake itself.
pub(super) const SECURITY_PROXY: u16 = 17;
/// Security type None.
pub(super) const NONE: u32 = 1;
/// Security type VeNCrypt.
pub(super) const VENCRYPT: u32 = 19;

/// A console opened through the proxy: the security result was good, or a picture came.
pub(super) fn works(case: &Case) -> bool {
    let good = |greeting: &Greeting| greeting.result.as_ref().is_some_and(|result| result.code == 0);
    case.evidence.upgrades.iter().any(|seen| seen.saw.rfb.as_ref().is_some_and(good))
        || case.evidence.picture.as_ref().is_some_and(|seen| seen.saw.through_proxy && seen.saw.width.is_some())
}

/// The proxy reached a VNC server for this token and did not come to terms with it.
pub(super) fn refused_through(case: &Case) -> bool {
    last_upgrade(case).is_some_and(|seen| {
        let result = seen.saw.rfb.as_ref().and_then(|greeting| greeting.result.as_ref());
        result.is_some_and(|result| result.code != 0)
    })
}

/// A direct look at a VNC server of the token, where no console opened.
pub(super) struct Look<'e> {
    pub(super) seen: &'e Seen<RfbAnswer>,
    /// The proxy meets the same.
    pub(super) of_proxy: bool,
}

/// Every direct look; none where a console opened, for then nothing is wrong with it.
pub(super) fn looks<'e>(case: &Case<'e>) -> Vec<Look<'e>> {
    if works(case) {
        return Vec::new();
    }
    let views = vnc_looks(case);
    case.evidence.vnc.iter().zip(views).map(|(seen, view)| Look { seen, of_proxy: view.of_proxy }).collect()
}

impl Look<'_> {
    /// The security types that were offered, where any were.
    pub(super) fn offered(&self) -> Option<Vec<u32>> {
        self.seen.saw.greeting.as_ref()?.offered().filter(|types| !types.is_empty())
    }

    /// How sure a server's own words make a finding: what it says it says to all, unless something stands between.
    pub(super) fn confidence(&self, case: &Case) -> Confidence {
        if self.of_proxy || refused_through(case) { Confidence::Certain } else { Confidence::Likely }
    }

    /// `looked at from ctl1`.
    pub(super) fn from(&self) -> String {
        format!("looked at from {}", self.seen.from)
    }
}

/// An error if every release that the evidence fits has a proxy of the newer kind.
pub(super) fn severity(case: &Case) -> Severity {
    let newer = case.releases.candidates.iter().all(|release| *release >= SECURITY_PROXY);
    if newer { Severity::Error } else { Severity::Warning }
}

/// What a proxy logged of a negotiation that failed: why, what it would do and what the server offers.
pub(super) struct Negotiation<'c> {
    pub(super) reason: &'c str,
    pub(super) allowed: &'c [u32],
    pub(super) offered: &'c [u32],
}

/// The newest session that failed so in the negotiation, unless a later one of the same VNC host opened.
pub(super) fn negotiated<'c, 'e>(
    case: &'c Case<'e>,
    is: impl Fn(&Negotiation) -> bool,
) -> Option<(Told<'c, 'e>, Negotiation<'c>)> {
    let told = told(
        case,
        |view| ended_with(view, |failure| negotiation(failure).is_some_and(|seen| is(&seen))),
        |failed, later| opened_there(case, failed, later),
    )?;
    let seen = negotiation(told.view.failure()?)?;
    Some((told, seen))
}

fn negotiation(failure: &Failure) -> Option<Negotiation<'_>> {
    match failure {
        Failure::SecurityNegotiation { reason, allowed, offered } => Some(Negotiation { reason, allowed, offered }),
        _ => None,
    }
}

/// `2 (VNC Authentication)`.
pub(super) fn names(types: &[u32]) -> String {
    let types: Vec<_> = types.iter().map(|number| crate::evidence::rfb::SecurityType::of(*number)).collect();
    crate::evidence::rfb::names(&types)
}

/// `the VNC server at 10.0.0.31:5901`, as a session names it.
pub(super) fn server(told: &Told) -> String {
    let session = &told.view.session;
    match (&session.host, session.port) {
        (Some(host), Some(port)) => format!("the VNC server at {}", super::console_words::authority(host, port)),
        _ => "the VNC server".to_owned(),
    }
}
