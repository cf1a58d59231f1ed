//! What the dials of this run say of the console URL and of the VNC server, sorted as the causes need it.
//!
//! A dial is one from the machine that looked. What it proves of users' browsers or of the proxy is for each cause to say.

use crate::console::access_url::AccessUrl;
use crate::evidence::dial::DialOutcome;
use crate::evidence::page::PageEnd;
use crate::evidence::probe::Seen;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::evidence::site::{host_of, is_loopback};
use crate::evidence::stranger::Stranger;
use crate::evidence::target::TargetKind;
use crate::evidence::tls::{TlsProblem, TlsSeen};
use crate::evidence::websocket::WebsocketEnd;
use crate::judge::case::{Case, last_upgrade};

/// A dial of the place where a console URL leads.
pub(super) struct UrlDial {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) from: String,
    pub(super) words: String,
    /// The user gave the URL, so browsers go there; else only files name it.
    pub(super) given: bool,
}

/// Every dial of pages and upgrades: peer, machine, outcome.
fn dials<'c>(case: &'c Case) -> impl Iterator<Item = (&'c str, &'c str, &'c DialOutcome)> {
    let pages = case.pages().map(|seen| (seen.peer.as_str(), seen.from.as_str(), &seen.saw.dial.outcome));
    let upgrades = case.upgrades().map(|seen| (seen.peer.as_str(), seen.from.as_str(), &seen.saw.dial.outcome));
    pages.chain(upgrades)
}

/// The first dial with such an outcome, if no dial of the same peer connected.
fn url_dial(case: &Case, is: impl Fn(&DialOutcome) -> bool) -> Option<UrlDial> {
    let (peer, from, outcome) = dials(case).find(|(_, _, outcome)| is(outcome))?;
    if dials(case).any(|(other, _, outcome)| other == peer && matches!(outcome, DialOutcome::Connected { .. })) {
        return None;
    }
    let host = host_of(peer).to_owned();
    let port = peer.rsplit_once(':').and_then(|(_, port)| port.parse().ok())?;
    let target = &case.evidence.target;
    let same = |url: &AccessUrl| url.host.trim_matches(['[', ']']).eq_ignore_ascii_case(&host) && url.port == port;
    let given = matches!(target.kind, TargetKind::Url | TargetKind::Server) && target.url.as_ref().is_some_and(same);
    Some(UrlDial { host, port, from: from.to_owned(), words: outcome.words(), given })
}

/// The machine answers and nothing listens at the URL's port.
pub(super) fn url_refused(case: &Case) -> Option<UrlDial> {
    url_dial(case, |outcome| matches!(outcome, DialOutcome::Refused))
}

/// The URL's host has no address, no route or no answer.
pub(super) fn url_unreached(case: &Case) -> Option<UrlDial> {
    url_dial(case, |outcome| {
        matches!(
            outcome,
            DialOutcome::TimedOut { .. }
                | DialOutcome::Unreachable { .. }
                | DialOutcome::NameUnknown
                | DialOutcome::NameServerFailed
                | DialOutcome::NameTimedOut { .. }
                | DialOutcome::NotAnAddress
        )
    })
}

/// URL and peer disagree about TLS.
pub(super) enum TlsClash {
    /// An https URL, and the port does not speak TLS.
    PlainBehindHttps {
        /// It said so in plain bytes; else it closed, as a proxy without a certificate does.
        certain: bool,
    },
    /// An http URL, and the port takes only TLS.
    TlsBehindHttp {
        /// It said so in TLS bytes; else it closed, as a proxy with `ssl_only` does.
        certain: bool,
    },
}

/// Peer, clash, and the words of the evidence.
pub(super) fn tls_clash(case: &Case) -> Option<(String, TlsClash, String)> {
    let by_page = case.pages().find_map(|seen| {
        let answer = &seen.saw;
        let clash = match &answer.end {
            _ if answer.secure => refused_tls(answer.tls.as_ref())?,
            Some(PageEnd::Closed { .. }) => TlsClash::TlsBehindHttp { certain: false },
            _ => return None,
        };
        Some((seen.peer.clone(), clash, format!("GET {} from {}: {}", answer.path, seen.from, page_words(seen))))
    });
    let by_upgrade = || {
        case.upgrades().find_map(|seen| {
            let answer = &seen.saw;
            let clash = match &answer.end {
                _ if answer.asked.secure => refused_tls(answer.tls.as_ref())?,
                Some(WebsocketEnd::NotHttp { protocol: Some(Stranger::Tls), .. }) => {
                    TlsClash::TlsBehindHttp { certain: true }
                }
                Some(WebsocketEnd::ClosedBeforeAnswer { bytes: 0, .. }) => TlsClash::TlsBehindHttp { certain: false },
                _ => return None,
            };
            Some((
                seen.peer.clone(),
                clash,
                format!("upgrade of {} from {}: closed without an answer", answer.asked.path, seen.from),
            ))
        })
    };
    by_page.or_else(by_upgrade)
}

fn refused_tls(tls: Option<&TlsSeen>) -> Option<TlsClash> {
    match tls?.problem.as_ref()? {
        TlsProblem::NotTls => Some(TlsClash::PlainBehindHttps { certain: true }),
        TlsProblem::Closed => Some(TlsClash::PlainBehindHttps { certain: false }),
        _ => None,
    }
}

fn page_words(seen: &Seen<crate::evidence::page::PageAnswer>) -> String {
    let answer = &seen.saw;
    match (&answer.tls, &answer.end) {
        (Some(TlsSeen { problem: Some(problem), .. }), _) => problem.words(),
        (_, Some(PageEnd::Closed { .. })) => "the peer closed before its answer".to_owned(),
        _ => answer.dial.outcome.words(),
    }
}

/// A page that is not there.
pub(super) struct MissingPage {
    pub(super) peer: String,
    pub(super) from: String,
    pub(super) page: String,
    /// Another page of the same peer that is.
    pub(super) instead: Option<String>,
}

/// The URL's page gives 404.
pub(super) fn page_missing(case: &Case) -> Option<MissingPage> {
    let asked = case.evidence.target.url.as_ref().map(|url| url.page.as_str());
    let missing = case.pages().find(|seen| {
        seen.saw.status() == Some(404) && !seen.saw.is_script() && asked.is_none_or(|page| seen.saw.place() == page)
    })?;
    let named = |wanted: &str| {
        case.pages()
            .find(|seen| seen.peer == missing.peer && seen.saw.status() == Some(200) && seen.saw.path.ends_with(wanted))
    };
    let instead = ["/vnc_lite.html", "/vnc_auto.html", "/vnc.html"].into_iter().find_map(named);
    Some(MissingPage {
        peer: missing.peer.clone(),
        from: missing.from.clone(),
        page: missing.saw.place().to_owned(),
        instead: instead.map(|seen| seen.saw.place().to_owned()),
    })
}

/// The last upgrade with the token ended right after the 101.
pub(super) fn ended_at_once(case: &Case) -> bool {
    last_upgrade(case).is_some_and(|seen| seen.saw.hung_up())
}

/// After how many milliseconds the last upgrade with the token ended, where it was not at once.
pub(super) fn ended_late(case: &Case) -> Option<u64> {
    let last = last_upgrade(case).filter(|last| last.saw.waited())?;
    match last.saw.end {
        Some(WebsocketEnd::Closed { millis, .. }) => Some(millis),
        _ => None,
    }
}

/// The last upgrade with the token is still without an answer after all our patience.
pub(super) fn kept_silent(case: &Case) -> bool {
    last_upgrade(case)
        .is_some_and(|seen| seen.saw.waited() && matches!(seen.saw.end, Some(WebsocketEnd::Silent { .. })))
}

/// An upgrade of this run reached the VNC server.
pub(super) fn opened(case: &Case) -> bool {
    case.evidence.upgrades.iter().any(|seen| seen.saw.opened())
}

/// What became of a direct look.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum VncState {
    /// Nothing listens there.
    Refused,
    /// No answer, or no way.
    Unreachable,
    /// Anything else.
    Other,
}

/// A direct look at the VNC server of the token.
pub(super) struct VncLook {
    pub(super) peer: String,
    pub(super) from: String,
    pub(super) words: String,
    pub(super) state: VncState,
    /// The proxy meets the same: the look was made on a host that runs it, or at a loopback address, which is dialled only
    /// where the site is this machine.
    pub(super) of_proxy: bool,
}

/// Every direct look at a VNC server.
pub(super) fn vnc_looks(case: &Case) -> Vec<VncLook> {
    let is_proxy = |from: &str| {
        case.hosts.iter().any(|host| {
            (host.host.local || host.host.name == from) && host.runs(Service::Novncproxy) >= Some(Basis::Guessed)
        })
    };
    case.evidence
        .vnc
        .iter()
        .map(|seen| {
            let outcome = &seen.saw.dial.outcome;
            let state = match outcome {
                DialOutcome::Refused => VncState::Refused,
                DialOutcome::TimedOut { .. } | DialOutcome::Unreachable { .. } => VncState::Unreachable,
                _ => VncState::Other,
            };
            VncLook {
                peer: seen.peer.clone(),
                from: seen.from.clone(),
                words: outcome.words(),
                state,
                of_proxy: is_proxy(&seen.from) || is_loopback(host_of(&seen.peer)),
            }
        })
        .collect()
}
