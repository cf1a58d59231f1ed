//! Which upgrade is tried next: a pure function of what came of those before.
//!
//! Each upgrade makes the proxy fork a process and may hold an RPC for a minute. So there are [`MOST`] in a run, none without
//! a question that its answer settles, and none once all is settled. A site where one try opens the console gets that
//! one, and one more for each other way in that is known.

use crate::evidence::websocket::WebsocketAnswer;

/// Most upgrades in a run.
pub(super) const MOST: usize = 12;
/// How often a fast end is tried in all, to see whether it alternates: of three consoleauths with a store each, one in three
/// tries opens, so six tell with nine in ten.
const ATTEMPTS: usize = 6;
/// Most other ways in that are tried.
const MOST_DOORS: usize = 3;

/// What is known beforehand, as counts: what a number stands for is the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// Ways in: the URL's own, then backends and single addresses.
    pub doors: usize,
    /// Paths of the WebSocket: the page's own, then those that a balancer may route in its place.
    pub paths: usize,
    /// Hosts that the Host header may have become on the way.
    pub hosts: usize,
    /// Repeating can tell something: tokens may be kept apart, or several proxies answer.
    pub may_alternate: bool,
    /// The release may be one that reads `X-Forwarded-Proto` (18.2.0 and newer).
    pub may_forward: bool,
    /// The page sends the token as a cookie too, or there is none.
    pub sends_cookie: bool,
    /// The page asks for the subprotocol `binary`.
    pub sends_binary: bool,
    /// Upgrades made before those that count.
    pub spent: usize,
}

/// One upgrade to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    /// Which way in.
    pub door: usize,
    /// Which path.
    pub path: usize,
    /// Which Origin.
    pub origin: Origin,
    /// How the token travels.
    pub token: Carrier,
    /// `Sec-WebSocket-Protocol: binary`, whatever the page sends.
    pub binary: bool,
    /// `X-Forwarded-Proto` with the scheme that is not the page's.
    pub forwarded: bool,
}

/// The Origin of an upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The page's, as a browser sends it.
    Page,
    /// None, as a script.
    None,
    /// The page's host with the other scheme.
    OtherScheme,
    /// Another host with the page's scheme.
    OtherHost(usize),
}

/// How the token travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// As the page sends it.
    Page,
    /// As a cookie only.
    Cookie,
    /// Not at all: asked is the path alone.
    Nothing,
}

/// What came of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The VNC server answered.
    Opened,
    /// 101 and a bare end at once.
    HungUp,
    /// 101 and silence.
    Waits,
    /// Another status than 101.
    Refused(By),
    /// Anything else.
    Else,
}

/// Who refuses an upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// websockify, for a header that it does not take.
    Header,
    /// websockify, which has not seen that it is an upgrade.
    Proxy,
    /// Another server.
    Stranger,
}

/// One upgrade and what came of it.
pub(super) type Knock = (Ask, Fate);

impl Ask {
    /// What a browser sends that has loaded the page.
    pub(super) const PAGE: Self =
        Self { door: 0, path: 0, origin: Origin::Page, token: Carrier::Page, binary: false, forwarded: false };

    fn with(origin: Origin) -> Self {
        Self { origin, ..Self::PAGE }
    }
}

impl Fate {
    pub(super) fn of(answer: &WebsocketAnswer) -> Self {
        match () {
            () if answer.opened() => Self::Opened,
            () if answer.hung_up() => Self::HungUp,
            () if answer.waited() => Self::Waits,
            () => match answer.refused() {
                Some(http) if !http.is_websockify() => Self::Refused(By::Stranger),
                Some(http) => Self::Refused(if http.status == 400 { By::Header } else { By::Proxy }),
                None => Self::Else,
            },
        }
    }
}

/// The upgrades to try next, all at once; none when all is settled.
pub(super) fn next(known: &Known, knocks: &[Knock]) -> Vec<Ask> {
    let Some((_, first)) = knocks.first() else { return vec![Ask::PAGE] };
    let more = match first {
        Fate::Refused(by) => another_form(known, knocks, *by),
        Fate::HungUp => another_origin(known, knocks),
        _ => None,
    };
    let mut asks = more.map_or_else(|| other_doors(known, knocks), |ask| vec![ask]);
    asks.truncate(MOST.saturating_sub(known.spent + knocks.len()));
    asks
}

/// The proxy minds the subprotocol, or whatever stands before it the path: a path is asked for without the token first.
fn another_form(known: &Known, knocks: &[Knock], by: By) -> Option<Ask> {
    let [.., (last, fate)] = knocks else { return None };
    if last.door != 0 {
        return None;
    }
    let refused = matches!(fate, Fate::Refused(_));
    match last.token {
        _ if by == By::Proxy => None,
        _ if by == By::Header => {
            (refused && !last.binary && !known.sends_binary).then_some(Ask { binary: true, ..Ask::PAGE })
        }
        _ if refused => {
            let path = last.path + 1;
            (path < known.paths).then_some(Ask { path, token: Carrier::Nothing, ..Ask::PAGE })
        }
        Carrier::Nothing => Some(Ask { path: last.path, ..Ask::PAGE }),
        _ => None,
    }
}

/// The browser was hung up on: is it its Origin, and what of it; else, does it open at times; else, is the query lost.
fn another_origin(known: &Known, knocks: &[Knock]) -> Option<Ask> {
    let fates = |origin: Origin| knocks.iter().filter(move |(ask, _)| *ask == Ask::with(origin)).map(|(_, fate)| *fate);
    let tried = |ask: Ask| knocks.iter().find(|(other, _)| *other == ask).map(|(_, fate)| *fate);
    let (with, bare) = (fates(Origin::Page).count(), fates(Origin::None).count());
    let opened = fates(Origin::None).filter(|fate| *fate == Fate::Opened).count();
    if bare == 0 {
        return Some(Ask::with(Origin::None));
    }
    if fates(Origin::None).any(|fate| !matches!(fate, Fate::Opened | Fate::HungUp)) {
        return None;
    }
    let browser_opened = fates(Origin::Page).any(|fate| fate == Fate::Opened);
    if browser_opened || (opened > 0 && opened < bare) {
        // it alternates: how often
        return (with + bare < ATTEMPTS).then_some(Ask::with(Origin::None));
    }
    if opened == bare {
        // Not by turns: a balancer that takes two proxies by turns would look just like an Origin that is minded.
        return match (with, bare) {
            (..3, 1) => Some(Ask::PAGE),
            (_, ..3) => Some(Ask::with(Origin::None)),
            _ => what_of_it(known, tried),
        };
    }
    if known.may_alternate && with + bare < ATTEMPTS {
        return Some(Ask::with(Origin::None));
    }
    let cookie = Ask { token: Carrier::Cookie, ..Ask::with(Origin::None) };
    (!known.sends_cookie && tried(cookie).is_none()).then_some(cookie)
}

/// The Origin is minded: its scheme or its host.
fn what_of_it(known: &Known, tried: impl Fn(Ask) -> Option<Fate>) -> Option<Ask> {
    let scheme = Ask::with(Origin::OtherScheme);
    match tried(scheme) {
        None => Some(scheme),
        Some(Fate::Opened) => {
            let forwarded = Ask { forwarded: true, ..Ask::PAGE };
            (known.may_forward && tried(forwarded).is_none()).then_some(forwarded)
        }
        Some(_) => {
            let host = |index| Ask::with(Origin::OtherHost(index));
            let found = (0..known.hosts).any(|index| tried(host(index)) == Some(Fate::Opened));
            (0..known.hosts).map(host).find(|ask| !found && tried(*ask).is_none())
        }
    }
}

/// The same at every other way in: which of them behaves otherwise. After silence one is enough, as each may hold an RPC.
fn other_doors(known: &Known, knocks: &[Knock]) -> Vec<Ask> {
    let waits = knocks.iter().any(|(_, fate)| *fate == Fate::Waits);
    let bare_failed = knocks.iter().any(|(ask, fate)| ask.origin == Origin::None && *fate != Fate::Opened);
    let origin = if bare_failed { Origin::None } else { Origin::Page };
    let asked = knocks.iter().filter(|(ask, _)| ask.door > 0).count();
    let most = if waits { 1 } else { MOST_DOORS };
    (1..known.doors)
        .filter(|door| !knocks.iter().any(|(ask, _)| ask.door == *door))
        .map(|door| Ask { door, ..Ask::with(origin) })
        .take(most.saturating_sub(asked))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    const URL_ONLY: Known = Known {
        doors: 1,
        paths: 2,
        hosts: 2,
        may_alternate: true,
        may_forward: true,
        sends_cookie: false,
        sends_binary: false,
        spent: 0,
    };

    /// Plays a run against a site: what was asked, in order.
    fn run(known: &Known, mut site: impl FnMut(usize, Ask) -> Fate) -> Vec<Knock> {
        let mut knocks: Vec<Knock> = Vec::new();
        loop {
            let asks = next(known, &knocks);
            if asks.is_empty() {
                return knocks;
            }
            for ask in asks {
                let fate = site(knocks.len(), ask);
                knocks.push((ask, fate));
            }
        }
    }

    fn origins(knocks: &[Knock]) -> Vec<Origin> {
        knocks.iter().map(|(ask, _)| ask.origin).collect()
    }

    #[test]
    fn a_console_that_opens_is_tried_once() {
        assert_eq!(run(&URL_ONLY, |_, _| Fate::Opened).len(), 1);
        let doors = Known { doors: 6, ..URL_ONLY };
        let knocks = run(&doors, |_, _| Fate::Opened);
        assert_eq!(knocks.iter().map(|(ask, _)| ask.door).collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    #[test]
    fn silence_is_not_asked_again() {
        assert_eq!(run(&URL_ONLY, |_, _| Fate::Waits).len(), 1);
        assert_eq!(run(&Known { doors: 4, ..URL_ONLY }, |_, _| Fate::Waits).len(), 2);
    }

    #[test]
    fn a_dead_token_is_tried_six_times_and_once_as_a_cookie() {
        use Origin::{None, Page};
        let knocks = run(&URL_ONLY, |_, _| Fate::HungUp);
        assert_eq!(origins(&knocks), [Page, None, None, None, None, None, None]);
        assert_eq!(knocks.last().unwrap().0.token, Carrier::Cookie);
        // where nothing can alternate, it is not repeated
        let knocks = run(&Known { may_alternate: false, sends_cookie: true, ..URL_ONLY }, |_, _| Fate::HungUp);
        assert_eq!(origins(&knocks), [Page, None]);
    }

    #[test]
    fn an_origin_that_is_minded_is_told_from_two_proxies_by_turns() {
        use Origin::{None, OtherHost, OtherScheme, Page};
        let minded = |_: usize, ask: Ask| if ask.origin == None { Fate::Opened } else { Fate::HungUp };
        let knocks = run(&URL_ONLY, minded);
        let asked = [Page, None, Page, Page, None, None, OtherScheme, OtherHost(0), OtherHost(1)];
        assert_eq!(origins(&knocks), asked);
        for good in [[false, true].as_slice(), &[false, true, true], &[false, false, true], &[false, true, false]] {
            let by_turns = |index: usize, _: Ask| if good[index % good.len()] { Fate::Opened } else { Fate::HungUp };
            let knocks = run(&URL_ONLY, by_turns);
            let of = |origin| {
                let fates = knocks.iter().filter(|(ask, _)| *ask == Ask::with(origin)).map(|(_, fate)| *fate);
                fates.collect::<Vec<_>>()
            };
            let mixed = |fates: &[Fate]| fates.contains(&Fate::Opened) && fates.contains(&Fate::HungUp);
            assert!(mixed(&of(Page)) || mixed(&of(None)), "{good:?}: {knocks:?}");
            assert!(knocks.len() <= ATTEMPTS, "{good:?}: {knocks:?}");
        }
    }

    #[test]
    fn a_scheme_that_is_minded_leads_to_the_forwarded_one() {
        let scheme = |_: usize, ask: Ask| match ask.origin {
            Origin::None | Origin::OtherScheme => Fate::Opened,
            _ if ask.forwarded => Fate::Opened,
            _ => Fate::HungUp,
        };
        let knocks = run(&URL_ONLY, scheme);
        assert_eq!(knocks.len(), 8);
        assert!(knocks[6].0.origin == Origin::OtherScheme && knocks[7].0.forwarded);
        assert_eq!(run(&Known { may_forward: false, ..URL_ONLY }, scheme).len(), 7);
    }

    #[test]
    fn a_host_that_opens_ends_the_search() {
        let host = |_: usize, ask: Ask| match ask.origin {
            Origin::None | Origin::OtherHost(0) => Fate::Opened,
            _ => Fate::HungUp,
        };
        assert_eq!(run(&URL_ONLY, host).last().unwrap().0.origin, Origin::OtherHost(0));
    }

    #[test]
    fn a_stranger_hears_the_token_once() {
        let knocks = run(&URL_ONLY, |_, _| Fate::Refused(By::Stranger));
        let carriers: Vec<Carrier> = knocks.iter().map(|(ask, _)| ask.token).collect();
        assert_eq!(carriers, [Carrier::Page, Carrier::Nothing]);
        // a path that leads to a proxy is then asked with the token
        let routed = |_: usize, ask: Ask| match (ask.path, ask.token) {
            (1, Carrier::Page) => Fate::Opened,
            (1, _) => Fate::HungUp,
            _ => Fate::Refused(By::Stranger),
        };
        let knocks = run(&URL_ONLY, routed);
        assert_eq!((knocks.len(), knocks.last().unwrap().1), (3, Fate::Opened));
    }

    #[test]
    fn a_subprotocol_that_is_wanted_is_sent() {
        let wants = |_: usize, ask: Ask| if ask.binary { Fate::Opened } else { Fate::Refused(By::Header) };
        assert_eq!(run(&URL_ONLY, wants).len(), 2);
        assert_eq!(run(&URL_ONLY, |_, _| Fate::Refused(By::Header)).len(), 2);
        assert_eq!(run(&Known { sends_binary: true, ..URL_ONLY }, wants).len(), 1);
    }

    #[test]
    fn backends_are_asked_as_the_balancer_would_ask_them() {
        let doors = Known { doors: 3, ..URL_ONLY };
        let rewritten = |_: usize, ask: Ask| match (ask.door, ask.origin) {
            (0, Origin::None) | (1.., _) => Fate::Opened,
            _ => Fate::HungUp,
        };
        let knocks = run(&doors, rewritten);
        assert_eq!(knocks.iter().filter(|(ask, _)| ask.door > 0 && ask.origin == Origin::Page).count(), 2);
    }

    proptest! {
        #[test]
        fn no_site_is_asked_more_than_twelve_times(
            fates in proptest::collection::vec(0..5_u8, 12),
            doors in 1..9_usize,
            paths in 1..4_usize,
            hosts in 0..9_usize,
            flags in any::<[bool; 4]>(),
            spent in 0..2_usize,
        ) {
            let [may_alternate, may_forward, sends_cookie, sends_binary] = flags;
            let known = Known { doors, paths, hosts, may_alternate, may_forward, sends_cookie, sends_binary, spent };
            let knocks = run(&known, |index, _| match fates[index] {
                0 => Fate::Opened,
                1 => Fate::HungUp,
                2 => Fate::Waits,
                3 => Fate::Refused([By::Header, By::Proxy, By::Stranger][index % 3]),
                _ => Fate::Else,
            });
            prop_assert!(spent + knocks.len() <= MOST);
            // nothing is asked twice that was settled: only browser's and bare requests are repeated
            for (index, (ask, _)) in knocks.iter().enumerate() {
                let plain = *ask == Ask::PAGE || *ask == Ask::with(Origin::None);
                prop_assert!(plain || !knocks[..index].iter().any(|(other, _)| other == ask));
            }
        }
    }
}
