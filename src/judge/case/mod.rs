//! Evidence seen as a case: hosts with their roles, the releases it fits, the stores, the token, the sessions. Everything
//! here is derived; causes and steps read it.

pub(crate) mod api;
mod databases;
mod nodes;
mod sessions;
mod stores;
mod stories;
mod token;
mod unread;

pub(crate) use databases::{DatabaseView, conduct_words, label, said};
pub(crate) use nodes::{NodeUrl, VncNode};
pub(crate) use sessions::{SessionView, lines};
pub(crate) use stores::StoreView;
pub(crate) use stories::{Fate, Story};
pub(crate) use token::{TokenView, answer_of, answers, ttl};
pub(crate) use unread::{Unread, What, is_plugins, is_strict};

use crate::console::memcached_ring::{Machines, Names};
use crate::evidence::Evidence;
use crate::evidence::host::{ConfigFile, Host};
use crate::evidence::page::PageAnswer;
use crate::evidence::probe::Seen;
use crate::evidence::process::Service;
use crate::evidence::site::program;
use crate::evidence::site::releases::{Releases, span};
use crate::evidence::site::roles::{Basis, Role, roles};
use crate::evidence::websocket::{Asked, WebsocketAnswer};
use crate::finding::Severity;
use crate::judge::words::named;
use crate::oslo::config::{Config, Origin, Setting};
use crate::oslo::ini::Entry;
use crate::oslo::options::is_section;
use crate::oslo::redact::swallowed;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

/// The whole of it.
pub(crate) struct Case<'e> {
    pub(crate) evidence: &'e Evidence,
    pub(crate) releases: Releases,
    pub(crate) hosts: Vec<HostView<'e>>,
    /// Addresses of names, as far as a dial resolved them.
    pub(crate) names: Names,
    /// The store of every host that is taken to run nova-consoleauth.
    pub(crate) stores: Vec<StoreView>,
    /// What is known of the token that was asked about.
    pub(crate) token: Option<TokenView>,
    /// Console sessions in the logs that tell about the target, or the newest ones, oldest first.
    pub(crate) sessions: Vec<SessionView<'e>>,
    /// What became of the tokens in the logs, oldest first.
    pub(crate) stories: Vec<Story<'e>>,
    /// Assignments that some release which the evidence fits does not read, in the order of hosts, files and lines.
    pub(crate) unread: Vec<Unread<'e>>,
    /// See [`Case::vnc_nodes`].
    nodes: OnceCell<Vec<VncNode>>,
    /// See [`Case::node_urls`].
    urls: OnceCell<Vec<NodeUrl>>,
}

/// A host and what it is taken to run.
pub(crate) struct HostView<'e> {
    pub(crate) host: &'e Host,
    pub(crate) roles: Vec<Role>,
    /// See [`Host::own_names`].
    pub(crate) own_names: Vec<String>,
    /// Peers in its files that are other machines; see [`Host::other_machines`].
    pub(crate) other_machines: Vec<String>,
    /// Why its loopback addresses are no other host's, if they are not; see [`Evidence::loopback_is_private`].
    pub(crate) loopback_is_private: Option<String>,
    /// What services read, once it was asked for.
    configs: RefCell<Vec<Read>>,
}

/// What programs of one kind read from one list of files, by the rules of a release.
struct Read {
    /// its address tells one list of a host from another
    list: usize,
    config: Rc<Config>,
}

impl<'e> HostView<'e> {
    /// How sure it is that the host runs a service; `None` if nothing says so.
    pub(crate) fn runs(&self, service: Service) -> Option<Basis> {
        self.roles.iter().filter(|(role, _)| *role == service).map(|(_, basis)| *basis).max()
    }

    /// Where a setting stands in the files.
    pub(crate) fn entry(&self, setting: &Setting) -> Option<(&'e ConfigFile, &'e Entry)> {
        let Origin::File { path, entry, .. } = &setting.origin else { return None };
        let file = self.host.files.iter().find(|file| file.path == *path)?;
        Some((file, file.parsed.entries.get(*entry)?))
    }

    /// Every entry in the files that a service reads, later files last.
    pub(crate) fn entries(&self, service: Service) -> impl Iterator<Item = (&'e ConfigFile, &'e Entry)> {
        let host = self.host;
        host.files_of(service)
            .into_iter()
            .flat_map(|config| &config.files)
            .filter_map(|&index| host.files.get(index))
            .flat_map(|file| file.parsed.entries.iter().map(move |entry| (file, entry)))
    }

    /// What a service reads, by the rules of a release; put together once for all causes.
    pub(crate) fn config(&self, service: Service, release: u16) -> Option<Rc<Config>> {
        let list = std::ptr::from_ref(self.host.files_of(service)?).addr();
        let (program, release) = (program(service), release.max(15));
        let mut configs = self.configs.borrow_mut();
        let same = |read: &&Read| (read.list, read.config.release()) == (list, release);
        if let Some(read) = configs.iter().find(|read| same(read) && read.config.program() == program) {
            return Some(read.config.clone());
        }
        let config = match configs.iter().find(same) {
            Some(read) => read.config.of(program),
            None => self.host.config(service, release)?,
        };
        let config = Rc::new(config);
        configs.push(Read { list, config: config.clone() });
        Some(config)
    }

    /// The name in sentences: files that were given without one stand for `this host`.
    pub(crate) fn name(&self) -> &'e str {
        named(&self.host.name)
    }
}

impl<'e> Case<'e> {
    /// Derives everything.
    pub(crate) fn new(evidence: &'e Evidence) -> Self {
        let mut releases = Releases::of(evidence);
        let view = |(host, roles): (&'e Host, _)| {
            let own_names = host.own_names();
            let other_machines = host.machines_beside(&own_names);
            let loopback_is_private = evidence.is_private_beside(&other_machines);
            HostView { host, roles, own_names, other_machines, loopback_is_private, configs: RefCell::default() }
        };
        let hosts: Vec<HostView<'e>> = evidence.hosts.iter().zip(roles(evidence)).map(view).collect();
        let names = names(evidence);
        let mut stores = stores::stores(&hosts, &releases);
        let mut token = token::token(evidence, &stores);
        if token.as_ref().is_some_and(|token| !token.found.is_empty()) && stores::only_memcached(&stores, &mut releases)
        {
            stores = stores::stores(&hosts, &releases);
            token = token::token(evidence, &stores);
        }
        let sessions = sessions::sessions(evidence);
        let stories = stories::stories(evidence, &sessions);
        let unread = unread::unread(&hosts, &releases);
        Self {
            evidence,
            releases,
            hosts,
            names,
            stores,
            token,
            sessions,
            stories,
            unread,
            nodes: OnceCell::new(),
            urls: OnceCell::new(),
        }
    }

    /// Every host that is taken to run nova-compute with VNC switched on.
    pub(crate) fn vnc_nodes(&self) -> &[VncNode] {
        self.nodes.get_or_init(|| nodes::vnc_nodes(self))
    }

    /// The console URL of every such host that sets one.
    pub(crate) fn node_urls(&self) -> &[NodeUrl] {
        self.urls.get_or_init(|| nodes::node_urls(self))
    }

    /// A URL or token is at hand: steps 1 to 11 lie in the past.
    pub(crate) fn handed_out(&self) -> bool {
        self.evidence.target.token.is_some() || self.evidence.target.url.is_some()
    }

    /// A peer is the place that the URL names; without a URL, every peer is.
    pub(crate) fn at_url(&self, peer: &str) -> bool {
        let Some(url) = &self.evidence.target.url else { return true };
        let port = peer.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let host = crate::evidence::site::host_of(peer).trim_matches(['[', ']']);
        url.host.trim_matches(['[', ']']).eq_ignore_ascii_case(host) && port == Some(url.port)
    }

    /// Pages asked for at the place that the URL names.
    pub(crate) fn pages(&self) -> impl Iterator<Item = &'e Seen<PageAnswer>> {
        let evidence = self.evidence;
        evidence.pages.iter().filter(|seen| self.at_url(&seen.peer))
    }

    /// Upgrades at the place that the URL names, in the order made, the page's own first: without a guess that the page did not
    /// bear out.
    pub(crate) fn upgrades(&self) -> impl Iterator<Item = &'e Seen<WebsocketAnswer>> {
        let evidence = self.evidence;
        evidence.upgrades.iter().filter(|seen| self.at_url(&seen.peer) && !seen.saw.asked.guess)
    }

    /// Upgrades at the other ways in: backends of the configuration, single addresses of the URL's name.
    pub(crate) fn side_upgrades(&self) -> impl Iterator<Item = &'e Seen<WebsocketAnswer>> {
        let evidence = self.evidence;
        evidence.upgrades.iter().filter(|seen| !self.at_url(&seen.peer))
    }

    /// Hosts that are taken to run a service, at least this surely.
    pub(crate) fn running(&self, service: Service, basis: Basis) -> Vec<&HostView<'e>> {
        self.hosts.iter().filter(|host| host.runs(service) >= Some(basis)).collect()
    }

    /// An error only if it holds for every release that the evidence fits.
    pub(crate) fn severity_over(&self, holds: &[u16]) -> Severity {
        if holds.len() == self.releases.candidates.len() { Severity::Error } else { Severity::Warning }
    }

    /// Whatever runs reads the same files, so that no service differs from another.
    pub(crate) fn reads_alike(&self) -> bool {
        matches!(&self.hosts[..], [only] if only.host.configs.len() == 1)
    }

    /// More than one host runs nova-consoleauth, by files or by logs.
    pub(crate) fn several_consoleauths(&self) -> bool {
        self.stores.len() > 1 || self.running(Service::Consoleauth, Basis::Told).len() > 1
    }

    /// How bad a store is that loses tokens in these releases: an error only if no console opens without it.
    pub(crate) fn severity_of_loss(&self, store: &StoreView, holds: &[u16]) -> Severity {
        self.severity_over(&store.without_fallback(holds))
    }

    /// An option is not set on a host because the line that was to set it to something else is misspelt, misplaced, of another
    /// release or indented.
    pub(crate) fn slipped(&self, view: &HostView, section: &str, name: &str) -> bool {
        let host = |unread: &Unread| self.hosts.get(unread.host).is_some_and(|other| std::ptr::eq(other, view));
        let indented = |entry: &Entry| {
            is_section(&entry.section, section) && entry.text.iter().skip(1).any(|line| swallowed(line) == Some(name))
        };
        self.unread.iter().any(|unread| !unread.entry.idle && unread.was_to_set(section, name) && host(unread))
            || view.host.files.iter().flat_map(|file| &file.parsed.entries).any(indented)
    }

    /// The releases for which something holds, as `14-17`.
    pub(crate) fn span(holds: &[u16]) -> String {
        span(holds)
    }

    /// Whether two hosts may be one machine, so that their loopback addresses are one.
    pub(crate) fn machines(a: &HostView, b: &HostView) -> Machines {
        if a.loopback_is_private.is_some() || b.loopback_is_private.is_some() { Machines::Two } else { Machines::One }
    }
}

/// The newest upgrade at the URL that carries the token as the page does, with the page's Origin or none.
pub(crate) fn last_upgrade<'e>(case: &Case<'e>) -> Option<&'e Seen<WebsocketAnswer>> {
    let first = &case.upgrades().find(|seen| seen.saw.asked.carries_token())?.saw.asked;
    case.upgrades()
        .filter(|seen| seen.saw.asked.carries_token())
        .filter(|seen| same_request(&seen.saw.asked, first))
        .last()
}

/// The same request but for an Origin that is left out.
pub(crate) fn same_request(asked: &Asked, first: &Asked) -> bool {
    asked.path == first.path
        && asked.host == first.host
        && (asked.token, asked.cookie) == (first.token, first.cookie)
        && asked.forwarded_proto == first.forwarded_proto
        && (asked.origin == first.origin || asked.origin.is_none())
}

/// What the dials resolved.
fn names(evidence: &Evidence) -> Names {
    let mut names = Names::default();
    let databases = evidence.databases.iter().filter_map(|seen| Some((&seen.peer, seen.saw.dial.as_ref()?)));
    let nodes = evidence.memcached.iter().map(|seen| (&seen.peer, &seen.saw.dial));
    for (peer, dial) in nodes.chain(databases) {
        let host = crate::evidence::site::host_of(peer);
        let addresses = dial.addresses.iter().filter_map(|address| address.ip.parse().ok());
        names.learn(host, addresses);
    }
    names
}
