//! The identity API (Keystone v3): its versions, a token for the credentials, and the catalogue that comes with it.

use super::credentials::{Credentials, Domain, Named, Proof, Scope};
use super::few::Few;
use super::problem::CloudProblem;
use super::wire::{Ask, Peer, Wire};
use crate::evidence::api::Question;
use crate::observe::dial::peer;
use crate::oslo::secret::Secret;
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};

/// A token, and what it is good for.
pub(super) struct Login {
    pub(super) token: Secret,
    /// Name of the project, where it is for one.
    pub(super) project: Option<String>,
    pub(super) roles: Vec<String>,
    pub(super) catalogue: Vec<Service>,
}

/// A service of the catalogue.
#[derive(Deserialize)]
pub(super) struct Service {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) endpoints: Vec<Offered>,
}

/// One endpoint of a service.
#[derive(Deserialize)]
pub(super) struct Offered {
    #[serde(default)]
    pub(super) interface: String,
    #[serde(default)]
    pub(super) region_id: Option<String>,
    #[serde(default)]
    pub(super) region: Option<String>,
    #[serde(default)]
    pub(super) url: String,
}

impl Offered {
    pub(super) fn region(&self) -> Option<&str> {
        self.region_id.as_deref().or(self.region.as_deref())
    }
}

#[derive(Deserialize)]
struct Issued {
    token: Body,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    project: Option<Name>,
    #[serde(default)]
    roles: Few<Name>,
    #[serde(default)]
    catalog: Few<Service>,
}

#[derive(Deserialize)]
struct Name {
    #[serde(default)]
    name: String,
}

/// Asks for a token; `None` where the API gave none for reasons that are not the user's, which the exchanges tell.
///
/// # Errors
/// The credentials are refused.
pub(super) async fn login(wire: &Wire<'_>, credentials: &Credentials) -> Result<Option<Login>, CloudProblem> {
    let at = wire.peer(&credentials.identity).await;
    let Some(base) = v3(wire, &at, credentials).await? else { return Ok(None) };
    let url = below(&base, "auth/tokens");
    let ask = Ask { body: Some(body(credentials)), ..Ask::get(Question::Token, url, "the credentials") };
    let reply = wire.ask(&at, ask).await;
    if let Some(problem) = refused(wire, credentials) {
        return Err(problem);
    }
    let Some(reply) = reply else { return Ok(None) };
    let (Some(token), Some(issued)) = (reply.subject_token.clone(), reply.read::<Issued>()) else { return Ok(None) };
    wire.keep_secret(&token);
    Ok(Some(Login {
        token,
        project: issued.token.project.map(|project| project.name),
        roles: issued.token.roles.0.into_iter().map(|role| role.name).collect(),
        catalogue: issued.token.catalog.0,
    }))
}

/// Where v3 is: below what the user named, never at a host that only an answer names.
async fn v3(wire: &Wire<'_>, at: &Peer, credentials: &Credentials) -> Result<Option<Url>, CloudProblem> {
    let identity = &credentials.identity;
    if identity.path().ends_with("/v3") {
        return Ok(Some(identity.clone()));
    }
    let ask = Ask::get(Question::IdentityVersions, below(identity, ""), "the url of the identity API");
    // what does not speak of versions is no identity API, and is sent no password
    let Some(ids) = wire.ask(at, ask).await.and_then(|reply| reply.read::<Value>()).and_then(|found| ids(&found))
    else {
        return Ok(None);
    };
    if !ids.iter().any(|id| id.starts_with("v3")) {
        let what = format!("the identity API speaks {}; only v3 is spoken here", ids.join(", "));
        return Err(CloudProblem::Incomplete { place: credentials.place(), what });
    }
    Ok(Some(below(identity, "v3")))
}

/// The ids of `{"versions": {"values": [{"id": "v3.14"}]}}`, of which some services leave out a level.
fn ids(found: &Value) -> Option<Vec<String>> {
    let id = |version: &Value| version.get("id").and_then(Value::as_str).map(str::to_owned);
    if let Some(version) = found.get("version") {
        return Some(id(version).into_iter().collect());
    }
    let versions = found.get("versions")?;
    let list = versions.get("values").unwrap_or(versions).as_array()?;
    Some(list.iter().filter_map(id).take(16).collect())
}

/// A path below a URL, joined with one slash.
pub(super) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// What the API says against the credentials: 401 in any form, 400 and 403 in its own words.
fn refused(wire: &Wire<'_>, credentials: &Credentials) -> Option<CloudProblem> {
    let seen = wire.seen.lock().ok()?;
    let answer = seen.last()?.saw.answer.clone()?;
    let own = answer.message.is_some() && matches!(answer.status, 400 | 403);
    (answer.status == 401 || own).then(|| CloudProblem::Refused {
        peer: peer(
            credentials.identity.host_str().unwrap_or_default(),
            credentials.identity.port_or_known_default().unwrap_or(80),
        ),
        place: credentials.place(),
        status: answer.status,
        message: answer.message,
    })
}

/// The request of the identity API v3, POST /v3/auth/tokens.
pub(super) fn body(credentials: &Credentials) -> Value {
    let identity = match &credentials.proof {
        Proof::Password { user, password } => {
            let mut user = named(user);
            user["password"] = json!(password.reveal());
            json!({"methods": ["password"], "password": {"user": user}})
        }
        Proof::Token(token) => json!({"methods": ["token"], "token": {"id": token.reveal()}}),
        Proof::ApplicationCredential { id, name, user, secret } => {
            let mut credential = match (id, name, user) {
                (Some(id), ..) => json!({"id": id}),
                (None, Some(name), Some(user)) => json!({"name": name, "user": self::named(user)}),
                _ => json!({}),
            };
            credential["secret"] = json!(secret.reveal());
            json!({"methods": ["application_credential"], "application_credential": credential})
        }
    };
    let scope = match &credentials.scope {
        _ if matches!(credentials.proof, Proof::ApplicationCredential { .. }) => None,
        Scope::Project(project) => Some(json!({"project": named(project)})),
        Scope::Domain(of) => Some(json!({"domain": domain(of)})),
        Scope::System => Some(json!({"system": {"all": true}})),
        Scope::Trust(id) => Some(json!({"OS-TRUST:trust": {"id": id}})),
        Scope::Unsaid => None,
    };
    let mut auth = json!({"identity": identity});
    if let Some(scope) = scope {
        auth["scope"] = scope;
    }
    json!({"auth": auth})
}

fn named(what: &Named) -> Value {
    match what {
        Named::Id(id) => json!({"id": id}),
        Named::Name { name, domain: of } => json!({"name": name, "domain": domain(of)}),
    }
}

fn domain(of: &Domain) -> Value {
    match of {
        Domain::Id(id) => json!({"id": id}),
        Domain::Name(name) => json!({"name": name}),
    }
}
