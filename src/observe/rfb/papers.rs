//! The proxy's side of VeNCrypt: the certificate files that `[vnc] vencrypt_*` of nova-novncproxy names.
//!
//! What is told of them is evidence; what stands in them stays in [`Papers`], which cannot be saved and does not show itself.
//! Limits: a megabyte of each file; only of hosts that are this machine, where a path means what the proxy sees.

use std::fmt;
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::certificate;
use crate::evidence::Evidence;
use crate::evidence::host::Host;
use crate::evidence::process::{Process, Service};
use crate::evidence::site::releases::Releases;
use crate::evidence::site::roles::{Basis, roles};
use crate::evidence::vencrypt::{Paper, PaperState};

/// The largest file read, in bytes.
const LARGEST: u64 = 1024 * 1024;
/// First release whose proxy speaks VeNCrypt.
const FIRST: u16 = 17;

const CA: &str = "vencrypt_ca_certs";
const KEY: &str = "vencrypt_client_key";
const CERT: &str = "vencrypt_client_cert";

/// What a proxy shows to VNC servers, and whom it believes.
pub(crate) struct Papers {
    /// The host whose proxy they are of.
    pub(crate) host: String,
    /// The authorities.
    pub(crate) authorities: Vec<CertificateDer<'static>>,
    /// Its own certificate, with the key.
    pub(crate) identity: Option<Arc<CertifiedKey>>,
}

impl fmt::Debug for Papers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client = self.identity.is_some();
        write!(out, "Papers of {} ({} authorities, client certificate: {client})", self.host, self.authorities.len())
    }
}

/// Looks at the files of every proxy that is this machine's, and keeps what is told of them.
pub(crate) fn survey(evidence: &mut Evidence) {
    let seen: Vec<Vec<Paper>> = proxies(evidence).map(|one| one.map(|one| open(&one).0).unwrap_or_default()).collect();
    for (host, papers) in evidence.hosts.iter_mut().zip(seen) {
        host.papers = papers;
    }
}

/// The papers of the first proxy of this machine that has any to verify a VNC server by.
pub(crate) fn of_this_machine(evidence: &Evidence) -> Option<Papers> {
    proxies(evidence).flatten().map(|one| open(&one).1).find(|papers| !papers.authorities.is_empty())
}

/// A proxy that takes VeNCrypt, with the paths of its files as its configuration has them.
struct Proxy<'e> {
    host: &'e Host,
    process: Option<&'e Process>,
    paths: [Option<String>; 3],
}

/// For each host: its proxy, if it is this machine's and takes VeNCrypt.
fn proxies(evidence: &Evidence) -> impl Iterator<Item = Option<Proxy<'_>>> {
    let any = evidence.hosts.iter().any(may_take);
    let release = if any { Releases::of(evidence).newest().max(FIRST) } else { FIRST };
    let roles = if any { roles(evidence) } else { vec![Vec::new(); evidence.hosts.len()] };
    evidence.hosts.iter().zip(roles).map(move |(host, roles)| {
        let runs = roles.iter().any(|(role, basis)| *role == Service::Novncproxy && *basis >= Basis::Guessed);
        let config = host.config(Service::Novncproxy, release).filter(|_| runs)?;
        if !config.list("vnc", "auth_schemes")?.iter().any(|scheme| scheme == "vencrypt") {
            return None;
        }
        let path = |name| config.string("vnc", name).filter(|path| !path.trim().is_empty());
        let proxy = Proxy {
            host,
            process: host.processes.iter().find(|process| process.service == Service::Novncproxy),
            paths: [path(CA), path(KEY), path(CERT)],
        };
        let there = || proxy.paths.iter().flatten().all(|path| Path::new(path).is_file());
        // of another machine the same path would be another file
        (host.local || evidence.may_dial_loopback(host) && there()).then_some(proxy)
    })
}

/// Whether anything sets `auth_schemes`, which by default is `none` alone.
fn may_take(host: &Host) -> bool {
    host.configs.iter().any(|config| !config.env.is_empty())
        || host.files.iter().flat_map(|file| &file.parsed.entries).any(|entry| entry.key == "auth_schemes")
}

/// What is at the paths, and what may be used of it.
fn open(proxy: &Proxy) -> (Vec<Paper>, Papers) {
    let mut papers = Papers { host: proxy.host.name.clone(), authorities: Vec::new(), identity: None };
    let mut told = Vec::new();
    let [ca, key, cert] = &proxy.paths;
    let mut tell = |option: &str, path: &str, state| {
        told.push(Paper { option: option.to_owned(), path: path.to_owned(), state });
    };
    if let Some(path) = ca {
        let (state, certificates) = certificates(proxy, path);
        papers.authorities = certificates;
        tell(CA, path, state);
    }
    let mut chain = Vec::new();
    if let Some(path) = cert {
        let (state, certificates) = certificates(proxy, path);
        chain = certificates;
        tell(CERT, path, state);
    }
    if let Some(path) = key {
        let (state, identity) = match private_key(proxy, path) {
            Ok(key) => identity(chain, key),
            Err(state) => (state, None),
        };
        papers.identity = identity;
        tell(KEY, path, state);
    }
    (told, papers)
}

fn certificates(proxy: &Proxy, path: &str) -> (PaperState, Vec<CertificateDer<'static>>) {
    let text = match read(proxy, path) {
        Ok(text) => text,
        Err(state) => return (state, Vec::new()),
    };
    let all: Vec<CertificateDer> = CertificateDer::pem_slice_iter(&text).filter_map(Result::ok).collect();
    match all.first().and_then(|first| certificate::facts(first)) {
        Some(facts) => (PaperState::Certificate(facts), all),
        None => (PaperState::NoCertificate, Vec::new()),
    }
}

fn private_key(proxy: &Proxy, path: &str) -> Result<PrivateKeyDer<'static>, PaperState> {
    let text = read(proxy, path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        let encrypted = text.windows(9).any(|window| window == b"ENCRYPTED");
        if encrypted { PaperState::Encrypted } else { PaperState::NoKey }
    })
}

/// The proxy's identity, if key and certificate are of one another.
fn identity(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> (PaperState, Option<Arc<CertifiedKey>>) {
    if chain.is_empty() {
        return (PaperState::Key { fits: None }, None);
    }
    let provider = rustls::crypto::ring::default_provider();
    match CertifiedKey::from_der(chain, key, &provider) {
        Ok(both) => (PaperState::Key { fits: Some(true) }, Some(Arc::new(both))),
        Err(rustls::Error::InconsistentKeys(_)) => (PaperState::Key { fits: Some(false) }, None),
        // a kind of key that the library does not know says nothing of whether it fits
        Err(_) => (PaperState::Key { fits: None }, None),
    }
}

fn read(proxy: &Proxy, path: &str) -> Result<Vec<u8>, PaperState> {
    let path = seen_from_here(proxy, path);
    let file = fs::File::open(&path).map_err(|error| failed(&error))?;
    let mut text = Vec::new();
    file.take(LARGEST).read_to_end(&mut text).map_err(|error| failed(&error))?;
    match proxy.process.and_then(|process| process.uid) {
        Some(uid) if uid != 0 && closed_to(&path, uid) => Err(PaperState::DeniedToProxy { uid }),
        _ => Ok(text),
    }
}

/// The path as this machine sees it: a proxy in a container has another root, and a relative path begins where it runs.
fn seen_from_here(proxy: &Proxy, path: &str) -> PathBuf {
    let within = match proxy.process.and_then(|process| process.cwd.as_ref()) {
        Some(cwd) if !path.starts_with('/') => Path::new(cwd).join(path),
        _ => PathBuf::from(path),
    };
    match proxy.process.and_then(|process| process.root.as_ref()) {
        Some(root) => Path::new(root).join(within.strip_prefix("/").unwrap_or(&within)),
        None => within,
    }
}

/// Its owner alone may read the file, and is somebody else. What a group or a list of rights adds is not known here, so
/// any right of those counts as one of the proxy's.
fn closed_to(path: &Path, uid: u32) -> bool {
    fs::metadata(path).is_ok_and(|file| file.uid() != uid && file.mode() & 0o044 == 0)
}

fn failed(error: &std::io::Error) -> PaperState {
    match error.kind() {
        std::io::ErrorKind::NotFound => PaperState::Missing,
        std::io::ErrorKind::PermissionDenied => PaperState::Denied,
        _ => PaperState::Unreadable { error: error.to_string() },
    }
}
