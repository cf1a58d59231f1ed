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
use crate::evidence::websocket::{WebsocketAnswer, WebsocketEnd};
use crate::judge::case::Case;

/// A bare close within this many milliseconds is a refusal, not a time-out.
const AT_ONCE: u64 = 3000;

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
    let evidence = case.evidence;
    let pages = evidence.pages.iter().map(|seen| (seen.peer.as_str(), seen.from.as_str(), &seen.saw.dial.outcome));
    let upgrades =
        evidence.upgrades.iter().map(|seen| (seen.peer.as_str(), seen.from.as_str(), &seen.saw.dial.outcome));
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
    let given = target.kind == TargetKind::Url && target.url.as_ref().is_some_and(same);
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
    let evidence = case.evidence;
    let by_page = evidence.pages.iter().find_map(|seen| {
        let answer = &seen.saw;
        let clash = match &answer.end {
            _ if answer.secure => refused_tls(answer.tls.as_ref())?,
            Some(PageEnd::Closed { .. }) => TlsClash::TlsBehindHttp { certain: false },
            _ => return None,
        };
        Some((seen.peer.clone(), clash, format!("GET {} from {}: {}", answer.path, seen.from, page_words(seen))))
    });
    let by_upgrade = || {
        evidence.upgrades.iter().find_map(|seen| {
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
    let pages = &case.evidence.pages;
    let status = |seen: &Seen<crate::evidence::page::PageAnswer>| seen.saw.page.as_ref().map(|page| page.status);
    let asked = case.evidence.target.url.as_ref().map(|url| url.page.as_str());
    let missing =
        pages.iter().find(|seen| status(seen) == Some(404) && asked.is_none_or(|page| path(&seen.saw.path) == page))?;
    let named = |wanted: &str| {
        pages
            .iter()
            .find(|seen| seen.peer == missing.peer && status(seen) == Some(200) && seen.saw.path.ends_with(wanted))
    };
    let instead = ["/vnc_lite.html", "/vnc_auto.html", "/vnc.html"].into_iter().find_map(named);
    Some(MissingPage {
        peer: missing.peer.clone(),
        from: missing.from.clone(),
        page: path(&missing.saw.path).to_owned(),
        instead: instead.map(|seen| path(&seen.saw.path).to_owned()),
    })
}

fn path(text: &str) -> &str {
    text.split('?').next().unwrap_or_default()
}

/// Which part of the Origin the proxy minds, as far as two upgrades tell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Minds {
    /// Its scheme is that of nova's URL, so its host.
    Host,
    /// Its scheme is not that of nova's URL.
    Scheme,
    /// The scheme of nova's URL is not known.
    Either,
}

/// The same request with Origin ends at once after the 101, without it the VNC server answers.
pub(super) struct OriginSplit {
    pub(super) peer: String,
    pub(super) origin: String,
    pub(super) minds: Minds,
}

/// The proxy refuses the Origin and nothing else.
pub(super) fn origin_split(case: &Case) -> Option<OriginSplit> {
    let upgrades = &case.evidence.upgrades;
    let refused = upgrades.iter().rev().find(|seen| seen.saw.asked.origin.is_some() && hung_up(&seen.saw))?;
    let origin = refused.saw.asked.origin.clone()?;
    let asked = &refused.saw.asked;
    let opened = |seen: &&Seen<WebsocketAnswer>| {
        let other = &seen.saw.asked;
        seen.peer == refused.peer && other.path == asked.path && other.cookie == asked.cookie && has_banner(&seen.saw)
    };
    upgrades.iter().find(|seen| seen.saw.asked.origin.is_none() && opened(seen))?;
    if upgrades.iter().any(|seen| seen.saw.asked.origin.as_ref() == Some(&origin) && opened(&seen)) {
        return None;
    }
    Some(OriginSplit { peer: refused.peer.clone(), minds: minds(case, &origin), origin })
}

fn minds(case: &Case, origin: &str) -> Minds {
    let kept = case.token.as_ref().and_then(|token| token.connect_info()).and_then(|info| info.access_url.as_ref());
    let Some(url) = kept.or(case.evidence.target.url.as_ref()) else { return Minds::Either };
    if origin.starts_with("https:") == url.scheme.is_secure() { Minds::Host } else { Minds::Scheme }
}

/// 101, then a bare end before any byte of RFB: what a browser calls 1006.
fn hung_up(answer: &WebsocketAnswer) -> bool {
    matches!(answer.end, Some(WebsocketEnd::Closed { millis, .. }) if millis <= AT_ONCE) && !has_banner(answer)
}

fn has_banner(answer: &WebsocketAnswer) -> bool {
    answer.rfb.as_ref().is_some_and(|greeting| greeting.banner.is_some())
}

/// The last upgrade with the token ended right after the 101.
pub(super) fn ended_at_once(case: &Case) -> bool {
    case.evidence.upgrades.iter().rev().find(|seen| seen.saw.asked.token).is_some_and(|seen| hung_up(&seen.saw))
}

/// After how many milliseconds the last upgrade with the token ended, where it was not at once.
pub(super) fn ended_late(case: &Case) -> Option<u64> {
    let last = case.evidence.upgrades.iter().rev().find(|seen| seen.saw.asked.token)?;
    match last.saw.end {
        Some(WebsocketEnd::Closed { millis, .. }) if millis > AT_ONCE && !has_banner(&last.saw) => Some(millis),
        _ => None,
    }
}

/// The same request without Origin ended right after the 101 too.
pub(super) fn hung_up_without_origin(case: &Case) -> bool {
    case.evidence
        .upgrades
        .iter()
        .any(|seen| seen.saw.asked.token && seen.saw.asked.origin.is_none() && hung_up(&seen.saw))
}

/// The last upgrade with the token is still without an answer after all our patience.
pub(super) fn kept_silent(case: &Case) -> bool {
    let last = case.evidence.upgrades.iter().rev().find(|seen| seen.saw.asked.token);
    last.is_some_and(|seen| matches!(seen.saw.end, Some(WebsocketEnd::Silent { .. })) && !has_banner(&seen.saw))
}

/// An upgrade of this run reached the VNC server.
pub(super) fn opened(case: &Case) -> bool {
    case.evidence.upgrades.iter().any(|seen| has_banner(&seen.saw))
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
