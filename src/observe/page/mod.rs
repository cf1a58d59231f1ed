//! Asks for the console page as a browser does, short of following it anywhere.
//!
//! reqwest speaks HTTP; the name is resolved, and a failed connection looked into, by `dial`. Redirects are recorded and
//! not followed, no proxy of our environment is used, and the query with the token is not sent.
//!
//! Limits: one `timeout` for the dial with TLS and the answer's head, one for the body, of which 64 KiB are read. HTTP/1 only.

mod novnc;

use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Url, header};

use super::dial::{connected, dial, peer};
use super::excerpt::{excerpt, hide};
use super::limits::{Deadline, Limits, Watch};
use super::resolve::resolve;
use super::tls::{self, Heard, Trust};
use crate::evidence::dial::{Dial, DialOutcome};
use crate::evidence::page::{Page, PageAnswer, PageEnd, is_script};
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::tls::{TlsProblem, TlsSeen};

/// The most of a body that is read, in bytes; noVNC's pages are under 20 KiB.
const LARGEST_BODY: usize = 64 * 1024;

/// Asks for `path` of `host:port`; `path` is sent without its query. The same call fetches a sibling: `/vnc_lite.html`,
/// `/package.json`.
pub async fn look(
    secure: bool,
    host: &str,
    port: u16,
    path: &str,
    trust: &Trust,
    limits: &Limits,
    behalf: &Behalf,
) -> Seen<PageAnswer> {
    let watch = Watch::start();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let peer = peer(host, port);
    let answer = |dial, end| PageAnswer { secure, path: hide(&path, &[]), dial, tls: None, page: None, end };
    let scheme = if secure { "https" } else { "http" };
    let Ok(url) = Url::parse(&format!("{scheme}://{peer}{path}")) else {
        let dial =
            Dial { addresses: Vec::new(), outcome: DialOutcome::NotAnAddress, error: None, resolve_millis: None };
        return watch.seen(behalf, peer, answer(dial, Some(PageEnd::NotAsked)));
    };
    let deadline = limits.deadline();
    let addresses = match resolve(host, port, deadline).await {
        Ok(addresses) => addresses,
        Err((outcome, error)) => {
            let dial = Dial { addresses: Vec::new(), outcome, error, resolve_millis: Some(watch.millis()) };
            return watch.seen(behalf, peer, answer(dial, None));
        }
    };
    let (met, heard) = match client(url.host_str().unwrap_or(host), &addresses, trust, limits) {
        Ok((client, heard)) => (get(&client, url, &path, &heard, deadline, limits).await, heard),
        Err(problem) => (Met::NoTls(problem, None, None), Arc::default()),
    };
    let mut seen = match met {
        Met::Page(from, page) => {
            let mut answer = answer(connected(from.unwrap_or(addresses[0])), Some(PageEnd::Answered));
            answer.page = Some(*page);
            answer
        }
        Met::NoTls(problem, error, alert) => {
            let mut answer = answer(connected(addresses[0]), Some(PageEnd::TlsFailed));
            answer.tls = Some(TlsSeen { problem: Some(problem), error, alert, ..heard.seen(host) });
            answer
        }
        Met::End(end) => answer(connected(addresses[0]), Some(end)),
        // Nothing, or too late: each address is asked by itself, and a peer that takes the connection was silent.
        Met::NoConnection => {
            let (dial, stream) = dial(host, port, limits).await;
            drop(stream);
            let end = dial.connected().then_some(PageEnd::NoAnswer { after_millis: deadline.millis });
            answer(dial, end)
        }
    };
    if secure && seen.tls.is_none() {
        // the library keeps version and cipher to itself
        seen.tls = Some(heard.seen(host)).filter(|tls| !tls.chain.is_empty());
    }
    watch.seen(behalf, peer, seen)
}

/// What a request met.
pub(super) enum Met {
    Page(Option<SocketAddr>, Box<Page>),
    NoTls(TlsProblem, Option<String>, Option<String>),
    NoConnection,
    End(PageEnd),
}

/// A client for one host at known addresses, that follows nobody and takes no proxy of the environment.
pub(super) fn client(
    host: &str,
    addresses: &[SocketAddr],
    trust: &Trust,
    limits: &Limits,
) -> Result<(Client, Arc<Heard>), TlsProblem> {
    let (config, heard) = trust.config()?;
    let agent = concat!("Mozilla/5.0 (compatible; vncdoctor/", env!("CARGO_PKG_VERSION"), ")");
    let client = Client::builder()
        .tls_backend_preconfigured(config)
        .redirect(Policy::none())
        .no_proxy()
        .resolve_to_addrs(host, addresses)
        .connect_timeout(limits.timeout)
        .pool_max_idle_per_host(0)
        .http1_only()
        .user_agent(HeaderValue::from_static(agent))
        .build();
    Ok((client.map_err(|_| TlsProblem::Other)?, heard))
}

async fn get(client: &Client, url: Url, path: &str, heard: &Heard, deadline: Deadline, limits: &Limits) -> Met {
    let request = client.get(url).header(header::ACCEPT, "text/html,*/*").header(header::CONNECTION, "close");
    let mut response = match deadline.bound(request.send()).await {
        None => return Met::NoConnection,
        Some(Err(error)) => return failed(&error.without_url(), heard),
        Some(Ok(response)) => response,
    };
    let mut page = page_of(response.status().as_u16(), response.headers());
    let mut body = Vec::new();
    let whole = limits.deadline();
    while body.len() < LARGEST_BODY {
        match whole.bound(response.chunk()).await {
            Some(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
            Some(Ok(None)) => break,
            // Cut short by the peer or by us: what came is judged as it is, and said to be cut.
            Some(Err(_)) | None => {
                page.cut = true;
                break;
            }
        }
    }
    page.cut |= body.len() > LARGEST_BODY;
    body.truncate(LARGEST_BODY);
    read(&mut page, path, &body);
    Met::Page(response.remote_addr(), Box::new(page))
}

fn page_of(status: u16, headers: &HeaderMap) -> Page {
    let shown = |name: HeaderName| {
        let value = headers.get(name)?;
        let text = hide(&String::from_utf8_lossy(value.as_bytes()), &[]);
        Some(text.chars().take(200).collect::<String>())
    };
    let policy = headers.get(header::CONTENT_SECURITY_POLICY).and_then(|value| value.to_str().ok());
    let ancestors = policy.into_iter().flat_map(|policy| policy.split(';')).map(str::trim);
    Page {
        status,
        server: shown(header::SERVER),
        via: shown(header::VIA),
        content_type: shown(header::CONTENT_TYPE),
        location: shown(header::LOCATION).map(|to| to.split(['?', '#']).next().unwrap_or_default().to_owned()),
        x_frame_options: shown(header::X_FRAME_OPTIONS),
        frame_ancestors: ancestors
            .filter_map(|rule| rule.strip_prefix("frame-ancestors"))
            .map(|rule| rule.trim().chars().take(200).collect())
            .next(),
        ..Page::default()
    }
}

fn read(page: &mut Page, path: &str, body: &[u8]) {
    let text = String::from_utf8_lossy(body);
    page.bytes = body.len() as u64;
    page.title = novnc::title(&text).map(|title| hide(&title, &[]));
    page.novnc = if is_script(path) { novnc::recognise_script(path, &text) } else { novnc::recognise(&text) };
    page.package_version = novnc::package_version(&text);
    if page.novnc.is_none() && page.package_version.is_none() && !body.is_empty() {
        page.first = Some(excerpt(body, &[]));
    }
}

/// A failed request: the cause lies somewhere in the chain of errors.
pub(super) fn failed(error: &reqwest::Error, heard: &Heard) -> Met {
    let mut words = error.to_string();
    let mut reset = None;
    let mut cause = error.source();
    while let Some(each) = cause {
        words = each.to_string();
        if let Some(error) = each.downcast_ref::<io::Error>() {
            let error = tls::innermost(error);
            if tls::is_librarys(error) {
                return Met::NoTls(tls::problem_of(error, heard), Some(error.to_string()), tls::alert_of(error));
            }
            words = error.to_string();
            reset = Some(error);
        }
        cause = each.source();
    }
    if error.is_connect() {
        // An interrupted TLS handshake is a connection that was made and closed.
        return match reset.map(io::Error::kind) {
            Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => {
                Met::NoTls(TlsProblem::Closed, Some(words), None)
            }
            _ => Met::NoConnection,
        };
    }
    if error.is_timeout() {
        return Met::NoConnection;
    }
    if reset.is_some() || words.contains("before message completed") {
        return Met::End(PageEnd::Closed { error: words });
    }
    // A web server does not speak before it is asked.
    if words.contains("invalid HTTP") || words.contains("unexpected message") {
        return Met::End(PageEnd::NotHttp { error: words });
    }
    Met::End(PageEnd::Other { error: words })
}
