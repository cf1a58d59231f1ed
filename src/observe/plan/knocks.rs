//! Tries the upgrades that `upgrades` asks for, one after the other, at the URL and at every other way in.
//!
//! The first does not wait for the page. What it asked for is a guess then, and where the page asks otherwise and that may
//! matter, it is made again as the page makes it; the guess stays in the evidence, marked as one.

use super::doors::Backend;
use super::later::Later;
use super::upgrades::{Ask, Carrier, Fate, Knock, Known, Origin, next};
use crate::console::access_url::{AccessUrl, NoVnc, TokenIn};
use crate::console::token::Token;
use crate::evidence::dial::DialOutcome;
use crate::evidence::page::Novnc;
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::websocket::WebsocketAnswer;
use crate::observe::limits::{Deadline, Limits};
use crate::observe::tls::Trust;
use crate::observe::websocket::{Era, Upgrade, knock};
use futures_util::future::join_all;
use std::time::Duration;

/// Most hosts tried in the Origin's place.
const MOST_HOSTS: usize = 4;
/// Most paths tried in the page's place.
const MOST_PATHS: usize = 3;

/// What the page teaches.
#[derive(Clone, Default)]
pub(super) struct Learned {
    /// What it was recognised as.
    pub(super) novnc: Option<Novnc>,
    /// The port speaks no HTTP: the token is not for it.
    pub(super) stranger: bool,
    /// websockify served it, and whatever stands between lets that be seen.
    pub(super) websockify: bool,
}

/// What is known of the page.
pub(super) enum Page {
    /// It was looked at: what it was recognised as, if anything.
    Seen(Option<Novnc>),
    /// It has not answered yet.
    Awaited(Later<Learned>),
}

/// What the upgrades go by.
pub(super) struct Site<'u> {
    /// The URL as the browser has it.
    pub(super) url: &'u AccessUrl,
    /// The token; none for a port that is known to be no proxy.
    pub(super) token: Option<&'u Token>,
    /// The page.
    pub(super) page: Page,
    /// Proxies of the configuration that answered as such; the first upgrade does not wait for them.
    pub(super) backends: Later<Vec<Backend>>,
    /// Hosts that nova or a balancer may know the proxy by, the likeliest first.
    pub(super) hosts: Vec<String>,
    /// Tokens may be kept apart, or several proxies answer.
    pub(super) may_alternate: bool,
    /// The release may be one that reads `X-Forwarded-Proto`.
    pub(super) may_forward: bool,
}

/// One way in: where to dial in place of the URL's host, in TLS or not, on whose word.
struct Way {
    at: Option<(String, u16)>,
    secure: bool,
    behalf: Behalf,
    /// It did not answer while another address of the name did.
    late: bool,
}

/// Everything that was tried, in order.
pub(super) async fn knocks(mut site: Site<'_>, limits: &Limits, behalf: &Behalf) -> Vec<Seen<WebsocketAnswer>> {
    let trust = Trust::system();
    let (mut seen, mut knocks): (Vec<Seen<WebsocketAnswer>>, Vec<Knock>) = (Vec::new(), Vec::new());
    loop {
        let backends = if seen.is_empty() { None } else { site.backends.wait().await };
        let ways = site.ways(behalf, seen.first(), &backends.unwrap_or_default());
        if let [guess] = seen.as_mut_slice()
            && site.learns_otherwise(&ways[0], &guess.saw, limits).await
        {
            guess.saw.asked.guess = true;
            knocks.clear();
        }
        let spent = seen.len() - knocks.len();
        let asks = next(&Known { spent, ..site.known(&ways) }, &knocks);
        if asks.is_empty() {
            return seen;
        }
        let tries = asks.iter().map(|ask| {
            let (way, trust) = (&ways[ask.door], &trust);
            let upgrade = site.upgrade(*ask, way);
            async move { knock(&upgrade, trust, limits, &way.behalf).await }
        });
        for (ask, answer) in asks.iter().zip(join_all(tries).await) {
            knocks.push((*ask, Fate::of(&answer.saw)));
            seen.push(answer);
        }
    }
}

impl Site<'_> {
    /// The URL, the backends, and the further addresses of the URL's name once it is resolved.
    fn ways(&self, behalf: &Behalf, first: Option<&Seen<WebsocketAnswer>>, backends: &[Backend]) -> Vec<Way> {
        let secure = self.url.scheme.is_secure();
        let mut ways = vec![Way { at: None, secure, behalf: behalf.clone(), late: false }];
        ways.extend(backends.iter().map(|backend| Way {
            at: Some((backend.host.clone(), backend.port)),
            secure: backend.secure,
            behalf: backend.behalf.clone(),
            late: false,
        }));
        let Some(dial) = first.map(|seen| &seen.saw.dial) else { return ways };
        let DialOutcome::Connected { ip: taken } = &dial.outcome else { return ways };
        ways.retain(|way| !way.at.as_ref().is_some_and(|(host, port)| host == taken && *port == self.url.port));
        // The other addresses of the name are other machines, or the other family of the same. One that has not answered is
        // dialled once more, with all the time there is: of the same family only, as browsers do not wait for the other.
        let family = |ip: &str| dial.addresses.iter().find(|one| one.ip == ip).map(|one| one.family);
        let others = dial.addresses.iter().filter(|address| {
            let connected = matches!(address.outcome, DialOutcome::Connected { .. });
            let late = matches!(address.outcome, DialOutcome::NotWaitedFor { .. });
            let asked = connected || late && Some(address.family) == family(taken);
            asked && address.ip != *taken && !backends.iter().any(|backend| backend.host == address.ip)
        });
        ways.extend(others.map(|address| Way {
            at: Some((address.ip.clone(), self.url.port)),
            secure,
            behalf: Behalf { because: Some(format!("an address of {}", self.url.host)), ..behalf.clone() },
            late: matches!(address.outcome, DialOutcome::NotWaitedFor { .. }),
        }));
        ways.sort_by_key(|way| way.late);
        ways
    }

    fn known(&self, ways: &[Way]) -> Known {
        Known {
            doors: ways.len(),
            paths: self.paths().len(),
            hosts: self.other_hosts().len(),
            may_alternate: self.may_alternate || ways.iter().filter(|way| !way.late).count() > 1,
            may_forward: self.may_forward,
            spent: 0,
            sends_cookie: self.token.is_none() || self.url.sets_cookie(self.generation()),
            sends_binary: self.era() != Era::From12,
        }
    }

    /// Hosts for an Origin in place of the page's.
    fn other_hosts(&self) -> Vec<&str> {
        let mut hosts: Vec<&str> = Vec::new();
        for host in self.hosts.iter().map(String::as_str).chain(["127.0.0.1", "localhost"]) {
            if !host.eq_ignore_ascii_case(&self.url.host) && !hosts.contains(&host) && hosts.len() < MOST_HOSTS {
                hosts.push(host);
            }
        }
        hosts
    }

    /// The page's WebSocket path, then those that a balancer is likely to route: noVNC's own, and those below the page.
    fn paths(&self) -> Vec<String> {
        let own = self.url.websocket_place(self.generation());
        let folder = self.url.page.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut paths = vec![own];
        for path in ["/websockify".to_owned(), format!("{folder}/websockify"), format!("{folder}/"), "/".to_owned()] {
            if !paths.contains(&path) && paths.len() < MOST_PATHS {
                paths.push(path);
            }
        }
        paths
    }

    fn upgrade(&self, ask: Ask, way: &Way) -> Upgrade {
        let page_secure = self.url.scheme.is_secure();
        let (page, other) = if page_secure { ("https", "http") } else { ("http", "https") };
        let path = self.paths().swap_remove(ask.path);
        let mut upgrade = Upgrade::of_era(self.era(), page_secure, &self.url.host, self.url.port, &path, None);
        let token = || self.token.map(|token| token.raw_key().to_owned());
        let by_cookie = self.url.token_in == TokenIn::Query && self.generation() == NoVnc::UpTo05;
        (upgrade.token, upgrade.cookie) = match ask.token {
            Carrier::Nothing => (None, None),
            Carrier::Cookie => (None, token()),
            Carrier::Page if by_cookie => (None, token()),
            Carrier::Page => (token(), self.url.sets_cookie(self.generation()).then(token).flatten()),
        };
        let authority = self.url.authority();
        upgrade.origin = match ask.origin {
            Origin::Page => Some(self.url.origin()),
            Origin::None => None,
            Origin::OtherScheme => Some(format!("{other}://{authority}")),
            Origin::OtherHost(index) => Some(format!("{page}://{}", bracketed(self.other_hosts()[index]))),
        };
        upgrade.host_header = Some(authority);
        upgrade.secure = way.secure;
        upgrade.at.clone_from(&way.at);
        upgrade.forwarded_proto = ask.forwarded.then_some(other);
        if ask.binary {
            upgrade.subprotocol = Some("binary".to_owned());
        }
        upgrade
    }

    /// How the page asks; what is not known asks as noVNC 1.1, which every websockify takes.
    fn era(&self) -> Era {
        match self.span() {
            Some((_, newest)) if newest <= 5 => Era::UpTo05,
            Some((oldest, _)) if oldest >= 12 => Era::From12,
            Some((oldest, newest)) if oldest >= 6 && newest <= 10 => Era::From06,
            _ => Era::V11,
        }
    }

    /// Oldest and newest noVNC that the page may be, in tenths.
    fn span(&self) -> Option<(u16, u16)> {
        match &self.page {
            Page::Seen(novnc) => novnc.as_ref()?.span(),
            Page::Awaited(_) => None,
        }
    }

    /// Waits for the page after the first upgrade was sent without it: does the page ask otherwise, so that its own upgrade may
    /// end otherwise than this one did?
    async fn learns_otherwise(&mut self, way: &Way, guess: &WebsocketAnswer, limits: &Limits) -> bool {
        let Page::Awaited(learned) = &self.page else { return false };
        // no answer, and a token that is being checked, do not hang on how it was asked
        let may_matter = matches!(Fate::of(guess), Fate::Opened | Fate::HungUp | Fate::Refused(_));
        let patience = if may_matter { limits.timeout } else { Duration::ZERO };
        let learned = Deadline::after(patience).bound(learned.wait()).await.flatten().unwrap_or_default();
        let guessed = self.upgrade(Ask::PAGE, way);
        self.page = Page::Seen(learned.novnc);
        let page = self.upgrade(Ask::PAGE, way);
        // 0.8 names itself in the 101 (`send_response`), 0.9 and newer do not and take any subprotocol or none
        let names_itself = guess.http.as_ref().is_some_and(|http| http.status != 101 || http.server.is_some());
        let takes_any = page.subprotocol.is_some() || learned.websockify && !names_itself;
        let same = if takes_any { Upgrade { subprotocol: guessed.subprotocol.clone(), ..page } } else { page };
        may_matter && same != guessed
    }

    /// How the page turns its address into the WebSocket's. A token in the query is sent whether or not the page reads it: what
    /// is asked is whether the token is good.
    fn generation(&self) -> NoVnc {
        match (self.span(), self.url.token_in) {
            (Some((_, newest)), _) if newest <= 5 => NoVnc::UpTo05,
            (Some((oldest, _)), TokenIn::Path | TokenIn::Nowhere) if oldest >= 16 => NoVnc::From16,
            (Some((oldest, _)), TokenIn::Path | TokenIn::Nowhere) if oldest >= 11 => NoVnc::From11To15,
            _ => NoVnc::From06To10,
        }
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}
