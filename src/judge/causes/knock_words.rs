//! What the upgrades of a run say together: which of them open the console, which do not, and by what they differ.

use crate::evidence::probe::Seen;
use crate::evidence::site::host_of;
use crate::evidence::websocket::{Asked, WebsocketAnswer};
use crate::judge::case::{Case, same_request};

/// Repeats after which an Origin that is minded is told from proxies that take turns.
const ENOUGH: usize = 2;

type Knock = Seen<WebsocketAnswer>;

/// One and the same request opens the console at times.
pub(super) struct Turns {
    pub(super) peer: String,
    pub(super) opened: usize,
    pub(super) of: usize,
}

/// The same request at the URL both opens and fails.
pub(super) fn by_turns(case: &Case) -> Option<Turns> {
    let first = case.upgrades().find(|seen| seen.saw.asked.carries_token())?;
    let tries: Vec<&Knock> = case.upgrades().filter(|seen| same_request(&seen.saw.asked, &first.saw.asked)).collect();
    let of = |origin: Option<&String>| {
        let same = tries.iter().filter(|seen| seen.saw.asked.origin.as_ref() == origin);
        same.fold((0, 0), |(opened, failed), seen| {
            (opened + usize::from(seen.saw.opened()), failed + usize::from(failed_there(&seen.saw)))
        })
    };
    let mixed = |(opened, failed): (usize, usize)| opened > 0 && failed > 0;
    let (with, without) = (of(first.saw.asked.origin.as_ref()), of(None));
    let alternates = mixed(with) || mixed(without) && first.saw.asked.origin.is_some();
    alternates.then(|| Turns {
        peer: first.peer.clone(),
        opened: tries.iter().filter(|seen| seen.saw.opened()).count(),
        of: tries.len(),
    })
}

/// It was answered, and the console did not open: hung up on at once, or refused by a balancer.
fn failed_there(answer: &WebsocketAnswer) -> bool {
    answer.hung_up() || answer.refused().is_some_and(|http| http.status >= 500)
}

/// Two ways in that treat the same request differently.
pub(super) struct Apart<'c> {
    pub(super) opens: &'c Knock,
    pub(super) fails: &'c Knock,
}

/// One way in opens the console and another hangs up on the same request, each on every try.
pub(super) fn apart<'c>(case: &Case<'c>) -> Option<Apart<'c>> {
    if by_turns(case).is_some() {
        return None;
    }
    let side = case.side_upgrades().find(|seen| seen.saw.opened() || seen.saw.hung_up())?;
    let asked = &side.saw.asked;
    let same = |seen: &&Knock| {
        let other = &seen.saw.asked;
        other.origin == asked.origin && other.path == asked.path && other.token == asked.token
    };
    let tries: Vec<&'c Knock> = case.upgrades().chain(case.side_upgrades()).filter(same).collect();
    let opens = tries.iter().copied().find(|seen| seen.saw.opened())?;
    let fails = tries.iter().copied().find(|seen| seen.saw.hung_up())?;
    (opens.peer != fails.peer).then_some(Apart { opens, fails })
}

/// Which part of the Origin the proxy minds, as far as the upgrades tell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Minds {
    /// Its host.
    Host,
    /// Its scheme.
    Scheme,
    /// One of them.
    Either,
}

/// The same request with Origin ends at once after the 101, without it the VNC server answers.
pub(super) struct OriginSplit {
    pub(super) peer: String,
    pub(super) origin: String,
    pub(super) minds: Minds,
    /// How often each was tried; all tries of one kind end alike.
    pub(super) with: usize,
    pub(super) without: usize,
    /// The proxy takes the page's Origin with the other scheme in `X-Forwarded-Proto`.
    pub(super) reads_forwarded: Option<bool>,
    /// A host in place of the page's that the proxy takes.
    pub(super) known_as: Option<String>,
    /// A backend that takes the page's Origin when it is asked directly, with the same Host header.
    pub(super) backend: Option<String>,
}

impl OriginSplit {
    /// Tried often enough that proxies taking turns do not look the same.
    pub(super) fn is_sure(&self) -> bool {
        self.with >= ENOUGH && self.without >= ENOUGH
    }

    /// What was seen, in sentences.
    pub(super) fn words(&self) -> Vec<String> {
        let times = |count: usize| if count == 1 { "once".to_owned() } else { format!("{count} times of {count}") };
        let mut words = vec![format!(
            "with Origin {} the connection ends after the 101 ({}); without Origin the VNC server answers ({})",
            self.origin,
            times(self.with),
            times(self.without)
        )];
        match (self.minds, self.reads_forwarded) {
            (Minds::Scheme, Some(true)) => words.push(
                "with the other scheme it opens, in Origin as in X-Forwarded-Proto, which this proxy reads".to_owned(),
            ),
            (Minds::Scheme, Some(false)) => words.push(
                "with the other scheme in Origin it opens; X-Forwarded-Proto does not help: nova before 18.2.0 does not \
                 read it, or a balancer writes its own"
                    .to_owned(),
            ),
            _ => {}
        }
        if let Some(host) = &self.known_as {
            words.push(format!(
                "with {host} as the Origin's host it opens: that host is in the Host header that reaches the proxy, or in \
                 allowed_origins"
            ));
        }
        if let Some(backend) = &self.backend {
            words.push(format!("{backend} takes the same Origin and Host when it is asked directly"));
        }
        words
    }
}

/// The proxy refuses the Origin and nothing else.
pub(super) fn origin_split(case: &Case) -> Option<OriginSplit> {
    if by_turns(case).is_some() {
        return None;
    }
    let refused = case.upgrades().find(|seen| seen.saw.asked.origin.is_some() && seen.saw.hung_up())?;
    let asked = &refused.saw.asked;
    let origin = asked.origin.clone()?;
    let alike = |other: &Asked| {
        other.path == asked.path
            && (other.token, other.cookie) == (asked.token, asked.cookie)
            && other.host == asked.host
    };
    let tries: Vec<&Knock> = case.upgrades().filter(|seen| alike(&seen.saw.asked)).collect();
    let plain = |seen: &&&Knock| seen.saw.asked.forwarded_proto.is_none();
    let with = || tries.iter().filter(plain).filter(|seen| seen.saw.asked.origin.as_ref() == Some(&origin));
    let without = || tries.iter().filter(plain).filter(|seen| seen.saw.asked.origin.is_none());
    if without().count() == 0 || !without().all(|seen| seen.saw.opened()) || !with().all(|seen| seen.saw.hung_up()) {
        return None;
    }
    let others = || tries.iter().filter(plain).filter_map(|seen| Some((seen.saw.asked.origin.as_ref()?, *seen)));
    let (scheme, host) = origin.split_once("://")?;
    let other_scheme = others()
        .find(|(other, _)| other.split_once("://").is_some_and(|(s, h)| s != scheme && h == host))
        .map(|(_, seen)| seen.saw.opened());
    let known_as = others()
        .filter(|(other, seen)| **other != origin && seen.saw.opened())
        .filter_map(|(other, _)| other.split_once("://").filter(|(s, h)| *s == scheme && *h != host))
        .map(|(_, host)| host_of(host).to_owned())
        .next();
    let minds = match (other_scheme, &known_as) {
        (Some(true), _) => Minds::Scheme,
        (_, Some(_)) => Minds::Host,
        (Some(false), None) if minds(case, &origin) != Minds::Host => Minds::Either,
        _ => minds(case, &origin),
    };
    let forwarded = tries.iter().find(|seen| seen.saw.asked.forwarded_proto.is_some());
    let backend =
        case.side_upgrades().find(|seen| seen.saw.asked.origin.as_ref() == Some(&origin) && seen.saw.opened());
    Some(OriginSplit {
        peer: refused.peer.clone(),
        minds,
        with: with().count(),
        without: without().count(),
        reads_forwarded: forwarded.map(|seen| seen.saw.opened()),
        known_as,
        backend: backend.map(|seen| seen.peer.clone()),
        origin,
    })
}

/// By the URL that nova made, where no upgrade tells.
fn minds(case: &Case, origin: &str) -> Minds {
    let kept = case.token.as_ref().and_then(|token| token.connect_info()).and_then(|info| info.access_url.as_ref());
    let Some(url) = kept.or(case.evidence.target.url.as_ref()) else { return Minds::Either };
    if origin.starts_with("https:") == url.scheme.is_secure() { Minds::Host } else { Minds::Scheme }
}

/// How often the page's request and the one without Origin were hung up on, where that was every time.
pub(super) fn hung_up_always(case: &Case) -> Option<(usize, usize)> {
    let first = case.upgrades().find(|seen| seen.saw.asked.carries_token())?;
    let tries = || case.upgrades().filter(|seen| same_request(&seen.saw.asked, &first.saw.asked));
    let without = tries().filter(|seen| seen.saw.asked.origin.is_none()).count();
    tries().all(|seen| seen.saw.hung_up()).then(|| (tries().count(), without))
}
