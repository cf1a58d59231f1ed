//! The order of the questions: which answer each one waits for, and what is told to other eyes as soon as it is known.

use super::compute::{Nova, versioned, versions_at};
use super::identity::{Login, below, login};
use super::wire::Wire;
use super::{Cloud, CloudProblem, catalogue};
use crate::console::access_url::AccessUrl;
use crate::console::microversion::Microversion;
use crate::console::token::Token;
use crate::evidence::api::{
    Afterwards, Api, Endpoint, HttpAnswer, KnownToken, Login as Asked, Microversions, Question, Server,
};
use crate::evidence::target::TargetKind;
use crate::observe::limits::Limits;
use crate::observe::request::TargetInput;
use reqwest::Url;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

/// Most ids that are listed where a name is not unique.
const MOST_IDS: usize = 8;

/// What the questions are for, and who waits for answers.
pub(in crate::observe) struct Walk<'r> {
    pub(in crate::observe) limits: &'r Limits,
    /// The machine that asks.
    pub(in crate::observe) from: &'r str,
    /// The token that the user has, where no server is named.
    pub(in crate::observe) token: Option<&'r Token>,
    /// Is told the console that nova hands out, or is dropped.
    pub(in crate::observe) console: Box<dyn FnOnce(TargetInput) + Send + 'r>,
    /// Is told where the VNC server of the token is.
    pub(in crate::observe) vnc: Box<dyn Fn(String, u16) + Send + Sync + 'r>,
}

/// Asks everything that the credentials permit.
///
/// # Errors
/// What is wrong with credentials, region or server, by the APIs' own answers.
pub(in crate::observe) async fn walk(cloud: &Cloud, walk: Walk<'_>) -> Result<Api, CloudProblem> {
    let credentials = &cloud.credentials;
    let wire = Wire {
        trust: &credentials.trust,
        limits: walk.limits,
        from: walk.from,
        secrets: Mutex::new(credentials.secrets().into_iter().map(str::to_owned).collect()),
        seen: Mutex::new(Vec::new()),
    };
    let mut api = Api { login: asked(cloud), ..Api::default() };
    if let Some(login) = login(&wire, credentials).await? {
        api.login.project.clone_from(&login.project);
        api.login.roles.clone_from(&login.roles);
        let (endpoint, url) = catalogue::compute(credentials, &login)?;
        api.endpoint = Some(endpoint);
        if let Some(url) = url {
            compute(&wire, &login, &url, cloud, walk, &mut api).await?;
        }
    }
    api.exchanges = wire.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    api.exchanges.sort_by(|a, b| a.began.total_cmp(&b.began));
    Ok(api)
}

fn asked(cloud: &Cloud) -> Asked {
    let credentials = &cloud.credentials;
    Asked {
        cloud: credentials.cloud.clone(),
        by: credentials.by().to_owned(),
        identity: credentials.identity.to_string().trim_end_matches('/').to_owned(),
        region: credentials.region.clone(),
        interface: credentials.interface.clone(),
        insecure: credentials.insecure,
        ..Asked::default()
    }
}

async fn compute(
    wire: &Wire<'_>,
    login: &Login,
    url: &Url,
    cloud: &Cloud,
    walk: Walk<'_>,
    api: &mut Api,
) -> Result<(), CloudProblem> {
    let at = wire.peer(url).await;
    let (base, known) = if versioned(url).is_some() {
        (url.clone(), None)
    } else {
        // the path of v2.1 hangs on what is there
        let Some(versions) = versions_at(wire, &at, &login.token, &below(url, "")).await else { return Ok(()) };
        let Some(version) = versions.into_iter().next() else { return Ok(()) };
        (below(url, &version.id), Some(version))
    };
    let nova = Nova { wire, at, token: &login.token, base };
    if let Some(server) = &cloud.server {
        return with_server(&nova, known, cloud, server, walk, api).await;
    }
    with_token(&nova, known, walk, api).await;
    Ok(())
}

/// A server is named: its state and the microversions first, then its console.
async fn with_server(
    nova: &Nova<'_>,
    known: Option<Microversions>,
    cloud: &Cloud,
    name: &str,
    walk: Walk<'_>,
    api: &mut Api,
) -> Result<(), CloudProblem> {
    let console = async {
        let (versions, found) = tokio::join!(versions(nova, known), find(nova, name));
        let server =
            found.map_err(|missed| missed.problem(name, cloud, api.endpoint.as_ref(), api.login.project.as_deref()))?;
        let newest = newest(versions.as_ref());
        let Some(server) = server else { return Ok(Brought { versions, ..Brought::default() }) };
        let url = nova.console(&server.id, newest).await;
        let mut asked = Brought { versions, server: Some(server), ..Brought::default() };
        match url.as_deref().map(AccessUrl::parse) {
            Some(Ok((url, token))) => {
                let (token, not_a_token) = match token {
                    Some(Ok(token)) => (Some(token), None),
                    Some(Err(error)) => (None, Some(error.to_string())),
                    None => (None, None),
                };
                let target =
                    TargetInput { kind: TargetKind::Server, token: token.clone(), url: Some(url), not_a_token };
                (walk.console)(target);
                if let Some(token) = token {
                    asked.token = look_up(nova, &token, newest, &walk.vnc).await;
                }
            }
            Some(Err(problem)) => asked.url_problem = Some(problem),
            None => {
                // nobody is to wait for it any longer
                drop(walk.console);
                asked.afterwards = afterwards(nova, asked.server.as_ref()).await;
            }
        }
        Ok::<_, CloudProblem>(asked)
    };
    let (services, asked) = tokio::join!(nova.services(), console);
    let asked = asked?;
    api.services = services;
    api.microversions = asked.versions;
    api.server = asked.server;
    api.afterwards = asked.afterwards;
    api.url_problem = asked.url_problem;
    api.token = asked.token;
    Ok(())
}

/// What one console was asked for brought.
#[derive(Default)]
struct Brought {
    versions: Option<Microversions>,
    server: Option<Server>,
    afterwards: Option<Afterwards>,
    url_problem: Option<crate::console::access_url::UrlProblem>,
    token: Option<KnownToken>,
}

/// No server is named: the services, and what the user's token stands for.
async fn with_token(nova: &Nova<'_>, known: Option<Microversions>, walk: Walk<'_>, api: &mut Api) {
    let look = async {
        let versions = versions(nova, known).await;
        let Some(token) = walk.token else { return (versions, None, None) };
        let known = look_up(nova, token, newest(versions.as_ref()), &walk.vnc).await;
        let server = match &known {
            Some(KnownToken::Known { instance: Some(id), .. }) => nova.server(id, "the console token").await,
            _ => None,
        };
        (versions, known, server)
    };
    let (services, (versions, known, server)) = tokio::join!(nova.services(), look);
    api.services = services;
    api.microversions = versions;
    api.token = known;
    api.server = server;
}

async fn versions(nova: &Nova<'_>, known: Option<Microversions>) -> Option<Microversions> {
    match known {
        Some(known) => Some(known),
        None => nova.versions().await,
    }
}

fn newest(versions: Option<&Microversions>) -> Option<Microversion> {
    versions?.newest.parse().ok()
}

/// Asks what a token stands for, where nova-api tells that of VNC consoles.
async fn look_up(
    nova: &Nova<'_>,
    token: &Token,
    newest: Option<Microversion>,
    vnc: &(dyn Fn(String, u16) + Send + Sync),
) -> Option<KnownToken> {
    newest.filter(|newest| *newest >= Microversion::ANY_CONSOLE_TOKEN)?;
    let known = nova.console_token(token.raw_key()).await;
    if let Some(KnownToken::Known { host: Some(host), port: Some(port), .. }) = &known {
        vnc(host.clone(), *port);
    }
    known
}

/// The server after its console was refused; `None` where that is not told.
async fn afterwards(nova: &Nova<'_>, server: Option<&Server>) -> Option<Afterwards> {
    let server = nova.server(&server?.id, "its console was refused").await;
    match server {
        Some(server) => Some(Afterwards::There { server: Box::new(server) }),
        None => unknown_by(nova, Question::Server).then_some(Afterwards::Gone),
    }
}

/// Why no one server was found.
enum Missed {
    None,
    Many(Vec<String>),
}

impl Missed {
    fn problem(self, name: &str, cloud: &Cloud, endpoint: Option<&Endpoint>, project: Option<&str>) -> CloudProblem {
        match self {
            Self::Many(ids) => CloudProblem::ManyServers {
                name: name.to_owned(),
                count: ids.len(),
                ids: ids.into_iter().take(MOST_IDS).collect(),
            },
            Self::None => {
                let mut seen = project.map(|project| format!("in project {project}")).unwrap_or_default();
                if let Some(Endpoint::Found { region, others, .. }) = endpoint {
                    if let Some(region) = region {
                        let _ = write!(seen, " of region {region}");
                    }
                    if !others.is_empty() && cloud.credentials.region.is_none() {
                        let word = if cloud.credentials.cloud.is_some() { "region_name" } else { "OS_REGION_NAME" };
                        let _ = write!(seen, "; there is {} too: set {word}", others.join(", "));
                    }
                }
                CloudProblem::NoServer { name: name.to_owned(), seen: seen.trim_start().to_owned() }
            }
        }
    }
}

/// The server that the user means; `Ok(None)` where nova-api does not answer.
async fn find(nova: &Nova<'_>, name: &str) -> Result<Option<Server>, Missed> {
    if is_uuid(name) {
        let server = nova.server(&name.to_ascii_lowercase(), "--server").await;
        let unknown = server.is_none() && unknown_by(nova, Question::Server);
        return if unknown { Err(Missed::None) } else { Ok(server) };
    }
    // only an administrator may look everywhere; who is none is told so by 403, and nothing is lost
    let (own, everywhere) = tokio::join!(nova.servers(name, false), nova.servers(name, true));
    let answered = own.is_some();
    let own = own.unwrap_or_default();
    let all = if own.is_empty() { everywhere.unwrap_or_default() } else { own };
    match <[Server; 1]>::try_from(all) {
        Ok([one]) => Ok(Some(one)),
        Err(none) if none.is_empty() => {
            if answered {
                Err(Missed::None)
            } else {
                Ok(None)
            }
        }
        Err(many) => Err(Missed::Many(many.into_iter().map(|one| one.id).collect())),
    }
}

/// nova-api itself says that there is no such thing.
fn unknown_by(nova: &Nova<'_>, question: Question) -> bool {
    let seen = nova.wire.seen.lock().unwrap_or_else(PoisonError::into_inner);
    let last = seen.iter().rev().find(|seen| seen.saw.question == question);
    let own = |answer: &HttpAnswer| answer.status == 404 && answer.message.is_some();
    last.and_then(|seen| seen.saw.answer.as_ref()).is_some_and(own)
}

fn is_uuid(text: &str) -> bool {
    Token::parse(&text.to_ascii_lowercase()).is_ok()
}
