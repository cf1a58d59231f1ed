//! The databases: those that the services' files name, then the cells that an API database names. Each is asked for the token
//! as soon as both are there, and the VNC server that a row names is told at once.

use super::back::VncServer;
use super::later::Later;
use crate::evidence::database::{DatabaseAnswer, Naming};
use crate::evidence::host::Host;
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::process::Service;
use crate::evidence::site::is_loopback;
use crate::evidence::site::releases::Releases;
use crate::evidence::site::roles::{Basis, roles};
use crate::evidence::{Evidence, Spared};
use crate::observe::database::{Session, Target};
use crate::observe::limits::Limits;
use crate::observe::request::TargetInput;
use crate::observe::sealed::Sealed;
use crate::oslo::db_url::DbUrl;
use crate::oslo::db_url::driver::Place;
use crate::oslo::secret::Secret;
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// First release with tokens in the cell database.
const FIRST: u16 = 18;
/// Most databases asked in one run.
const MOST: usize = 128;

/// Who reads which database: nova-compute has none.
const READERS: [(Service, &str); 5] = [
    (Service::Novncproxy, "database"),
    (Service::Conductor, "database"),
    (Service::Api, "database"),
    (Service::Api, "api_database"),
    (Service::Conductor, "api_database"),
];

/// What was seen of databases, and whom nobody dialled.
#[derive(Default)]
pub(super) struct Databases {
    pub(super) seen: Vec<Seen<DatabaseAnswer>>,
    pub(super) spared: Vec<Spared>,
}

/// Asks every database that the evidence leads to.
pub(super) async fn ask(
    evidence: &Evidence,
    sealed: &Sealed,
    target: Later<Arc<TargetInput>>,
    limits: &Limits,
    tell: mpsc::UnboundedSender<VncServer>,
) -> Databases {
    let releases = Releases::of(evidence);
    if !releases.candidates.iter().any(|release| *release >= FIRST) {
        return Databases::default();
    }
    let release = releases.newest().max(FIRST);
    let mut list = List { evidence, known: Vec::new(), spared: Vec::new() };
    let (more, mut cells) = mpsc::unbounded_channel();
    let ask = |index: usize, one: Target, more: mpsc::UnboundedSender<Vec<Target>>| {
        let behalf = behalf(evidence, &one);
        let (target, tell) = (target.clone(), tell.clone());
        async move {
            let mut session = Session::open(one, behalf, limits).await;
            // nobody listens only where the run is over
            let _ = more.send(mapped(evidence, sealed, release, &mut session));
            drop(more);
            let token = target.wait().await.and_then(|target| Some(target.token.as_ref()?.fingerprint().sha256));
            if let Some(sha256) = token
                && let Some(server) = session.token(&sha256).await
            {
                let _ = tell.send(server);
            }
            (index, session)
        }
    };
    let mut running = FuturesUnordered::new();
    for one in named(evidence, sealed, release) {
        if let Some((index, one)) = list.numbered(one) {
            running.push(ask(index, one, more.clone()));
        }
    }
    let mut sessions: Vec<(usize, Session)> = Vec::new();
    while !running.is_empty() {
        tokio::select! {
            Some(found) = cells.recv() => running.extend(found.into_iter().filter_map(|one| {
                list.numbered(one).map(|(index, one)| ask(index, one, more.clone()))
            })),
            Some(done) = running.next() => {
                sessions.push(done);
                // told before it was done, and perhaps not heard yet
                while let Ok(found) = cells.try_recv() {
                    for one in found {
                        running.extend(list.numbered(one).map(|(index, one)| ask(index, one, more.clone())));
                    }
                }
            }
        }
    }
    sessions.sort_by_key(|(index, _)| *index);
    let instance = sessions.iter().find_map(|(_, session)| session.instance_of_token()).map(str::to_owned);
    if let Some(uuid) = instance {
        join_all(sessions.iter_mut().map(|(_, session)| session.instance(&uuid))).await;
    }
    let mut seen = join_all(sessions.into_iter().map(|(_, session)| session.done())).await;
    for (one, known) in seen.iter_mut().zip(list.known) {
        one.saw.named_by = known.named_by;
    }
    Databases { seen, spared: list.spared }
}

/// The databases that are asked, each once.
struct List<'e> {
    evidence: &'e Evidence,
    known: Vec<Known>,
    spared: Vec<Spared>,
}

struct Known {
    url: Option<DbUrl>,
    named_by: Vec<Naming>,
}

impl List<'_> {
    /// The target with its number, if it is to be asked; a known one is only named once more.
    fn numbered(&mut self, target: Target) -> Option<(usize, Target)> {
        let url = target.url.as_ref().ok().cloned();
        if let Some(known) = self.known.iter_mut().find(|known| known.url.is_some() && known.url == url) {
            known.named_by.extend(target.named_by);
            return None;
        }
        let host = target.named_by.first().map(|naming| naming.host.clone()).unwrap_or_default();
        if !self.may_ask(&host, &target) {
            let why = "loopback of another machine".to_owned();
            self.spared.push(Spared { for_host: Some(host), peer: target.peer(), why });
            return None;
        }
        if self.known.len() >= MOST {
            let why = format!("more than {MOST} databases");
            self.spared.push(Spared { for_host: Some(host), peer: target.peer(), why });
            return None;
        }
        self.known.push(Known { url, named_by: target.named_by.clone() });
        Some((self.known.len() - 1, target))
    }

    /// What is a host's own, loopback, socket or file, only where that host is this machine.
    fn may_ask(&self, host: &str, target: &Target) -> bool {
        let own = match target.place() {
            Some(Place::Tcp { host, .. }) => is_loopback(&host),
            Some(Place::Unix { .. } | Place::File { .. }) => true,
            Some(Place::Memory) | None => false,
        };
        let host = self.evidence.hosts.iter().find(|known| known.name == host);
        !own || host.is_some_and(|host| self.evidence.may_dial_loopback(host))
    }
}

/// What the files of the services name.
fn named(evidence: &Evidence, sealed: &Sealed, release: u16) -> Vec<Target> {
    let mut targets = Vec::new();
    for (host, roles) in evidence.hosts.iter().zip(roles(evidence)) {
        for (service, section) in READERS {
            if !roles.iter().any(|(role, basis)| *role == service && *basis >= Basis::Guessed) {
                continue;
            }
            let config = sealed.config(&host.name, service, release);
            let Some(text) = config.and_then(|config| config.text(section, "connection")) else { continue };
            let naming = Naming { host: host.name.clone(), service, section: section.to_owned(), cell: None };
            if !is_packaged(host, &text) {
                targets.push(target(&text, naming, release, cwd(host, service)));
            }
        }
    }
    targets
}

/// Ubuntu's package sets up a file that nothing has made.
fn is_packaged(host: &Host, text: &Secret) -> bool {
    text.reveal().trim_start().starts_with("sqlite:////var/lib/nova/")
        && !(host.local && Path::new(text.reveal().trim().trim_start_matches("sqlite:///")).exists())
}

/// Where a service of the host was started.
fn cwd(host: &Host, service: Service) -> Option<PathBuf> {
    let process = host.processes.iter().find(|process| process.service == service && process.root.is_none())?;
    process.cwd.as_ref().map(PathBuf::from)
}

fn target(text: &Secret, naming: Naming, release: u16, cwd: Option<PathBuf>) -> Target {
    let url = DbUrl::parse(text.reveal(), release).map_err(|error| error.to_string());
    Target { url, named_by: vec![naming], cwd }
}

/// The cells that an API database names, as the service that named it fills them in.
fn mapped(evidence: &Evidence, sealed: &Sealed, release: u16, session: &mut Session) -> Vec<Target> {
    let by_api = |naming: &&Naming| naming.section == "api_database" && naming.cell.is_none();
    let Some(by) = session.named_by().iter().find(by_api).or(session.named_by().first()).cloned() else {
        return Vec::new();
    };
    let config = sealed.config(&by.host, by.service, release);
    let own = config.as_ref().and_then(|config| config.text("database", "connection"));
    let bus = config.as_ref().and_then(|config| config.text("DEFAULT", "transport_url"));
    let host = evidence.hosts.iter().find(|host| host.name == by.host);
    let mut targets = Vec::new();
    let mut cells = Vec::new();
    for mapping in session.mappings() {
        cells.push(mapping.cell(own.as_ref(), bus.as_ref()));
        if let Ok(text) = mapping.database(own.as_ref()) {
            let naming = Naming { cell: Some(mapping.uuid().to_owned()), ..by.clone() };
            targets.push(target(&text, naming, release, host.and_then(|host| cwd(host, by.service))));
        }
    }
    session.with_cells(cells);
    targets
}

fn behalf(evidence: &Evidence, target: &Target) -> Behalf {
    let naming = target.named_by.first();
    Behalf {
        from: evidence.vantage.machine.clone(),
        for_host: naming.map(|naming| naming.host.clone()),
        because: naming.map(|naming| match naming.cell {
            Some(_) => "cell_mappings".to_owned(),
            None => format!("[{}] connection", naming.section),
        }),
    }
}
