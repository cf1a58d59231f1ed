//! One HTTP exchange with an API: dialled, asked, answered, each within a deadline and a bound, and kept as evidence.
//!
//! A redirect is followed only where a GET is sent elsewhere on the very same host, scheme and port; whatever leads away (to
//! a login page, to https) is told and not followed, so that no secret goes to whom the user did not name. No proxy of our
//! environment is used. Limits: the longer of `timeout` and `patience` for
//! the dial and the answer's head, one `timeout` for the body, of which 8 MiB are read.

use crate::evidence::api::{Exchange, HttpAnswer, Question};
use crate::evidence::dial::{Dial, DialOutcome};
use crate::evidence::page::PageEnd;
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::tls::TlsSeen;
use crate::observe::dial::{connected, dial, peer};
use crate::observe::excerpt::{excerpt, hide};
use crate::observe::limits::{Deadline, Limits, Watch};
use crate::observe::page::{Met, client, failed};
use crate::observe::resolve::resolve;
use crate::observe::tls::{Heard, Trust};
use crate::oslo::secret::Secret;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, Method, Response, Url};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The most of a body that is read, in bytes: a catalogue of many regions, the services of a thousand nodes.
const LARGEST_BODY: usize = 8 * 1024 * 1024;
/// The most of a fault that is read as JSON.
const LARGEST_FAULT: usize = 64 * 1024;
/// The most characters of a header that are kept.
const LONGEST: usize = 200;
/// Redirects that are followed for one question.
const HOPS: usize = 2;

/// What all exchanges of a run share.
pub(super) struct Wire<'r> {
    pub(super) trust: &'r Trust,
    pub(super) limits: &'r Limits,
    pub(super) from: &'r str,
    pub(super) secrets: Mutex<Vec<String>>,
    pub(super) seen: Mutex<Vec<Seen<Exchange>>>,
}

/// A host that is asked: resolved once, with its connections.
pub(super) struct Peer {
    host: String,
    port: u16,
    secure: bool,
    reach: Reach,
}

enum Reach {
    Known(Client, Arc<Heard>, Vec<SocketAddr>),
    Not(Box<(Dial, Option<TlsSeen>)>),
}

/// A question to be asked.
pub(super) struct Ask<'q> {
    pub(super) question: Question,
    pub(super) url: Url,
    pub(super) because: &'q str,
    pub(super) token: Option<&'q Secret>,
    pub(super) microversion: Option<&'q str>,
    /// What is posted; a GET without it.
    pub(super) body: Option<Value>,
}

/// An answer in JSON, whatever its status.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) subject_token: Option<Secret>,
    body: Vec<u8>,
}

impl Reply {
    /// The body, if it has the form that was hoped for and the status is a good one.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        matches!(self.status, 200..=300).then(|| serde_json::from_slice(&self.body).ok())?
    }
}

impl<'q> Ask<'q> {
    pub(super) fn get(question: Question, url: Url, because: &'q str) -> Self {
        Self { question, url, because, token: None, microversion: None, body: None }
    }

    pub(super) fn token(self, token: &'q Secret) -> Self {
        Self { token: Some(token), ..self }
    }

    pub(super) fn microversion(self, microversion: Option<&'q str>) -> Self {
        Self { microversion, ..self }
    }
}

impl Wire<'_> {
    /// The host of a URL. A name that cannot be resolved shows in every exchange with it.
    pub(super) async fn peer(&self, url: &Url) -> Peer {
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = url.port_or_known_default().unwrap_or(80);
        let watch = Watch::start();
        let reach = match resolve(&host, port, self.limits.deadline()).await {
            Err((outcome, error)) => {
                let resolve_millis = Some(watch.millis());
                Reach::Not(Box::new((Dial { addresses: Vec::new(), outcome, error, resolve_millis }, None)))
            }
            Ok(addresses) => match client(&host, &addresses, self.trust, self.limits) {
                Ok((client, heard)) => Reach::Known(client, heard, addresses),
                Err(problem) => {
                    let tls = TlsSeen { problem: Some(problem), ..TlsSeen::default() };
                    Reach::Not(Box::new((connected(addresses[0]), Some(tls))))
                }
            },
        };
        Peer { host, port, secure: url.scheme() == "https", reach }
    }

    /// Asks, and keeps what came of it.
    pub(super) async fn ask(&self, peer: &Peer, ask: Ask<'_>) -> Option<Reply> {
        let mut url = ask.url.clone();
        for hop in 0.. {
            let (seen, reply, location) = self.once(peer, &ask, &url).await;
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
            let next = location.filter(|_| ask.body.is_none() && hop < HOPS).and_then(|to| url.join(&to).ok());
            match next.filter(|next| next.origin() == url.origin() && *next != url) {
                Some(next) => url = next,
                None => return reply,
            }
        }
        None
    }

    async fn once(&self, to: &Peer, ask: &Ask<'_>, url: &Url) -> (Seen<Exchange>, Option<Reply>, Option<String>) {
        let watch = Watch::start();
        let mut exchange = Exchange {
            question: ask.question,
            method: if ask.body.is_some() { Method::POST } else { Method::GET }.to_string(),
            path: self.shown(url, ask.question),
            microversion: ask.microversion.map(str::to_owned),
            secure: to.secure,
            dial: Dial { addresses: Vec::new(), outcome: DialOutcome::NotAnAddress, error: None, resolve_millis: None },
            tls: None,
            answer: None,
            end: None,
        };
        let mut reply = None;
        let mut location = None;
        match &to.reach {
            Reach::Not(met) => {
                let (dial, tls) = met.as_ref();
                exchange.dial = dial.clone();
                exchange.end = tls.as_ref().map(|_| PageEnd::TlsFailed);
                exchange.tls.clone_from(tls);
            }
            Reach::Known(client, heard, addresses) => {
                exchange.dial = connected(addresses[0]);
                let deadline = self.deadline();
                match deadline.bound(Self::request(client, ask, url).send()).await {
                    Some(Ok(response)) => {
                        if let Some(from) = response.remote_addr() {
                            exchange.dial = connected(from);
                        }
                        location = header(response.headers(), "location");
                        reply = self.read(response, &mut exchange).await;
                    }
                    Some(Err(error)) => {
                        let met = failed(&error.without_url(), heard);
                        self.fail(met, Some(heard), to, deadline, &mut exchange).await;
                    }
                    None => self.fail(Met::NoConnection, None, to, deadline, &mut exchange).await,
                }
            }
        }
        let behalf = Behalf { from: self.from.to_owned(), for_host: None, because: Some(ask.because.to_owned()) };
        (watch.seen(&behalf, peer(&to.host, to.port), exchange), reply, location)
    }

    /// An API may take its time, with databases and a message bus behind it: the longer of `timeout` and `patience`.
    fn deadline(&self) -> Deadline {
        Deadline::after(self.limits.timeout.max(self.limits.patience))
    }

    fn request(client: &Client, ask: &Ask<'_>, url: &Url) -> reqwest::RequestBuilder {
        let mut request = match &ask.body {
            Some(body) => client.post(url.clone()).header("Content-Type", "application/json").body(body.to_string()),
            None => client.get(url.clone()),
        };
        request = request.header("Accept", "application/json");
        if let Some(mut token) = ask.token.and_then(|token| HeaderValue::from_str(token.reveal()).ok()) {
            token.set_sensitive(true);
            request = request.header("X-Auth-Token", token);
        }
        if let Some(version) = ask.microversion {
            // the second is what nova understands up to 2.26
            request = request.header("OpenStack-API-Version", format!("compute {version}"));
            request = request.header("X-OpenStack-Nova-API-Version", version);
        }
        request
    }

    /// The answer into evidence, and its body where that is JSON.
    async fn read(&self, mut response: Response, exchange: &mut Exchange) -> Option<Reply> {
        let mut answer = self.head(&response);
        let subject_token = header(response.headers(), "x-subject-token").map(Secret::new);
        let deadline = self.limits.deadline();
        let mut body = Vec::new();
        loop {
            match deadline.bound(response.chunk()).await {
                Some(Ok(Some(chunk))) if body.len() + chunk.len() <= LARGEST_BODY => body.extend_from_slice(&chunk),
                Some(Ok(None)) => break,
                // too long, cut short by the peer, or too slow: no answer can be read out of a part
                _ => {
                    answer.cut = true;
                    break;
                }
            }
        }
        answer.bytes = body.len() as u64;
        answer.json = !answer.cut && serde_json::from_slice::<IgnoredAny>(&body).is_ok();
        if answer.json && answer.status >= 400 {
            self.fault(&body, &mut answer);
        } else if !answer.json && !body.is_empty() {
            answer.first = Some(self.quoted(&body));
        }
        let reply = answer.json.then_some(Reply { status: answer.status, subject_token, body });
        exchange.answer = Some(answer);
        exchange.end = Some(PageEnd::Answered);
        reply
    }

    fn head(&self, response: &Response) -> HttpAnswer {
        let headers = response.headers();
        let shown = |name| header(headers, name).map(|text| self.hidden(&text).chars().take(LONGEST).collect());
        let location: Option<String> = shown("location");
        HttpAnswer {
            status: response.status().as_u16(),
            server: shown("server"),
            content_type: shown("content-type"),
            location: location.map(|to| to.split(['?', '#']).next().unwrap_or_default().to_owned()),
            request_id: header(headers, "x-openstack-request-id")
                .or_else(|| header(headers, "x-compute-request-id"))
                .filter(|id| id.starts_with("req-") && id.len() <= 60),
            ..HttpAnswer::default()
        }
    }

    /// `{"badRequest": {"code": 400, "message": "..."}}`, as every OpenStack service has it.
    fn fault(&self, body: &[u8], answer: &mut HttpAnswer) {
        if body.len() > LARGEST_FAULT {
            return;
        }
        let fault: Option<Value> = serde_json::from_slice(body).ok();
        let inner = fault
            .as_ref()
            .and_then(Value::as_object)
            .and_then(|fault| fault.values().find_map(|one| one.get("message")));
        let Some(message) = inner.and_then(Value::as_str) else { return };
        let class = message.split_once("<class '").and_then(|(_, rest)| rest.split_once("'>"));
        answer.class = class.map(|(class, _)| self.hidden(class).chars().take(LONGEST).collect());
        answer.message = Some(self.quoted(message.as_bytes()));
    }

    /// A request without an answer: what the peer did instead.
    async fn fail(&self, met: Met, heard: Option<&Heard>, to: &Peer, deadline: Deadline, exchange: &mut Exchange) {
        match met {
            Met::NoTls(problem, error, alert) => {
                exchange.tls = Some(TlsSeen {
                    problem: Some(problem),
                    error,
                    alert,
                    ..heard.map(|heard| heard.seen(&to.host)).unwrap_or_default()
                });
                exchange.end = Some(PageEnd::TlsFailed);
            }
            Met::End(end) => exchange.end = Some(end),
            Met::Page(..) | Met::NoConnection => {
                let (dial, stream) = dial(&to.host, to.port, self.limits).await;
                drop(stream);
                exchange.end = dial.connected().then_some(PageEnd::NoAnswer { after_millis: deadline.millis });
                exchange.dial = dial;
            }
        }
    }

    /// Path and query; a console token is cut out.
    fn shown(&self, url: &Url, question: Question) -> String {
        let path = match (question, url.path().rsplit_once('/')) {
            (Question::ConsoleToken, Some((before, _))) => format!("{before}/***"),
            _ => url.path().to_owned(),
        };
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        self.secrets().iter().fold(format!("{path}{query}"), |text, secret| text.replace(secret.as_str(), "***"))
    }

    pub(super) fn hidden(&self, text: &str) -> String {
        let secrets = self.secrets();
        hide(text, &secrets.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub(super) fn quoted(&self, bytes: &[u8]) -> String {
        let secrets = self.secrets();
        excerpt(bytes, &secrets.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn secrets(&self) -> Vec<String> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A further secret: a token that was just issued.
    pub(super) fn keep_secret(&self, secret: &Secret) {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).push(secret.reveal().to_owned());
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}
