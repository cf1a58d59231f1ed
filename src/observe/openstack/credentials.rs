//! Settings of a cloud into credentials: how to prove who asks, for which project, and which endpoint to ask.
//!
//! Known are the identity API v3 with a password, a token or an application credential. Others (OpenID, SAML, Kerberos) are
//! refused by name; `openstack token issue` makes a token of them.

use super::clouds;
use super::problem::CloudProblem;
use super::settings::{Places, Settings};
use crate::observe::tls::Trust;
use crate::oslo::secret::Secret;
use reqwest::Url;
use std::path::{Path, PathBuf};

/// The word for `OS_*` where an entry of clouds.yaml could stand, as openstacksdk has it.
const VARIABLES: &str = "envvars";

/// One user's credentials for one cloud.
#[derive(Debug)]
pub struct Credentials {
    /// The entry of clouds.yaml.
    pub(super) cloud: Option<String>,
    /// The identity API as the user has it, without a trailing slash.
    pub(super) identity: Url,
    pub(super) proof: Proof,
    pub(super) scope: Scope,
    pub(super) region: Option<String>,
    /// `public`, `internal` or `admin`.
    pub(super) interface: String,
    /// The compute API, where the user does not want the catalogue's.
    pub(super) compute: Option<Url>,
    pub(super) trust: Trust,
    /// Certificates are not verified.
    pub(super) insecure: bool,
}

/// What proves who asks.
#[derive(Debug)]
pub(super) enum Proof {
    Password { user: Named, password: Secret },
    Token(Secret),
    ApplicationCredential { id: Option<String>, name: Option<String>, user: Option<Named>, secret: Secret },
}

/// Something of the identity API, by its id or by its name in a domain.
#[derive(Debug, Clone)]
pub(super) enum Named {
    Id(String),
    Name { name: String, domain: Domain },
}

/// A domain, by id or name.
#[derive(Debug, Clone)]
pub(super) enum Domain {
    Id(String),
    Name(String),
}

/// What the token is to be good for.
#[derive(Debug)]
pub(super) enum Scope {
    Project(Named),
    Domain(Domain),
    System,
    Trust(String),
    /// What the identity API gives by itself.
    Unsaid,
}

impl Credentials {
    /// The credentials that the user means: the entry of clouds.yaml named, else the one of `OS_CLOUD`, else `OS_*`.
    ///
    /// # Errors
    /// There are none, or they are not whole.
    pub fn find(os_cloud: Option<&str>, insecure: bool) -> Result<Self, CloudProblem> {
        Self::among(&Places::here(), os_cloud, insecure)
    }

    pub(super) fn among(places: &Places, os_cloud: Option<&str>, insecure: bool) -> Result<Self, CloudProblem> {
        let variables = &places.variables;
        match os_cloud.or_else(|| variables.get("cloud")) {
            Some(name) if name != VARIABLES => {
                let settings = clouds::cloud(name, places)?;
                let from = Source { place: format!("cloud {name}"), variables: false };
                Self::of(&settings, Some(name), &from, insecure)
            }
            _ if variables.get("auth_url").is_none() => {
                Err(CloudProblem::NoCredentials { clouds: clouds::all(places) })
            }
            _ => {
                let from = Source { place: "OS_*".to_owned(), variables: true };
                Self::of(variables, None, &from, insecure)
            }
        }
    }

    fn of(settings: &Settings, cloud: Option<&str>, from: &Source, insecure: bool) -> Result<Self, CloudProblem> {
        let identity = settings.get("auth_url").ok_or_else(|| from.missing("auth_url"))?;
        let interface = settings.first(&["interface", "endpoint_type"]).unwrap_or("public");
        let interface = interface.strip_suffix("URL").unwrap_or(interface).to_ascii_lowercase();
        if !["public", "internal", "admin"].contains(&interface.as_str()) {
            let what = format!("{} is none of public, internal, admin", from.word("interface"));
            return Err(from.problem(what));
        }
        let compute = settings.first(&["compute_endpoint_override", "endpoint_override"]);
        let insecure = insecure || settings.is_on("insecure") || settings.is_off("verify");
        Ok(Self {
            cloud: cloud.map(str::to_owned),
            identity: identity_url(identity, from)?,
            proof: proof(settings, from)?,
            scope: scope(settings),
            region: settings.get("region_name").map(str::to_owned),
            interface,
            compute: compute.map(|url| http_url(url, "compute_endpoint_override", from)).transpose()?,
            trust: trust(settings, from, insecure)?,
            insecure,
        })
    }

    /// Where they come from, for sentences.
    pub(super) fn place(&self) -> String {
        self.cloud.as_ref().map_or_else(|| "OS_*".to_owned(), |cloud| format!("cloud {cloud}"))
    }

    /// The kind of proof, in words.
    pub(super) const fn by(&self) -> &'static str {
        match self.proof {
            Proof::Password { .. } => "password",
            Proof::Token(_) => "token",
            Proof::ApplicationCredential { .. } => "application credential",
        }
    }

    /// Every secret, to be cut out of what comes back.
    pub(super) fn secrets(&self) -> Vec<&str> {
        vec![match &self.proof {
            Proof::Password { password, .. } => password.reveal(),
            Proof::Token(token) => token.reveal(),
            Proof::ApplicationCredential { secret, .. } => secret.reveal(),
        }]
    }
}

/// Where the settings come from, for what is said of them.
struct Source {
    place: String,
    variables: bool,
}

impl Source {
    /// A setting as the user spells it.
    fn word(&self, name: &str) -> String {
        if self.variables { format!("OS_{}", name.to_ascii_uppercase()) } else { name.to_owned() }
    }

    fn problem(&self, what: String) -> CloudProblem {
        CloudProblem::Incomplete { place: self.place.clone(), what }
    }

    fn missing(&self, name: &str) -> CloudProblem {
        self.problem(format!("{} is not set", self.word(name)))
    }
}

fn http_url(text: &str, name: &str, from: &Source) -> Result<Url, CloudProblem> {
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let mut url = url.ok_or_else(|| from.problem(format!("{} is no http or https URL", from.word(name))))?;
    // what stands before the host may be a password, and is sent nowhere
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

fn identity_url(text: &str, from: &Source) -> Result<Url, CloudProblem> {
    let mut url = http_url(text, "auth_url", from)?;
    let path = url.path().trim_end_matches('/').trim_end_matches("/auth/tokens").to_owned();
    if path.ends_with("/v2.0") {
        let what = format!("{} is of the identity API v2.0; only v3 is spoken here", from.word("auth_url"));
        return Err(from.problem(what));
    }
    url.set_path(&path);
    Ok(url)
}

fn proof(settings: &Settings, from: &Source) -> Result<Proof, CloudProblem> {
    let application = ["application_credential_id", "application_credential_name", "application_credential_secret"];
    let guessed = if settings.first(&application).is_some() {
        "v3applicationcredential"
    } else if settings.get("password").is_none() && settings.first(&["token", "auth_token"]).is_some() {
        "v3token"
    } else {
        "v3password"
    };
    match settings.get("auth_type").unwrap_or(guessed) {
        "password" | "v3password" => {
            let user = named(settings, "user", &["username", "user_name"]).ok_or_else(|| from.missing("username"))?;
            let password = settings.get("password").ok_or_else(|| from.missing("password"))?;
            Ok(Proof::Password { user, password: Secret::new(password) })
        }
        "token" | "v3token" => {
            let token = settings.first(&["token", "auth_token"]).ok_or_else(|| from.missing("token"))?;
            Ok(Proof::Token(Secret::new(token)))
        }
        "v3applicationcredential" => {
            let id = settings.get("application_credential_id").map(str::to_owned);
            let name = settings.get("application_credential_name").map(str::to_owned);
            let user = named(settings, "user", &["username", "user_name"]);
            let secret = settings.get("application_credential_secret");
            let secret = Secret::new(secret.ok_or_else(|| from.missing("application_credential_secret"))?);
            match (&id, &name, &user) {
                (None, None, _) => Err(from.missing("application_credential_id")),
                (None, Some(_), None) => Err(from.missing("username")),
                _ => Ok(Proof::ApplicationCredential { id, name, user, secret }),
            }
        }
        other => Err(from.problem(format!(
            "{} {other} is not known here; known are v3password, v3token and v3applicationcredential: \
             give a token of `openstack token issue`",
            from.word("auth_type")
        ))),
    }
}

/// A user or project: by id, else by name in its domain. A domain that nobody names is `default`, as for `openstack`.
fn named(settings: &Settings, what: &str, names: &[&str]) -> Option<Named> {
    let tenant = if what == "project" { "tenant_id" } else { "" };
    if let Some(id) = settings.first(&[&format!("{what}_id"), tenant]) {
        return Some(Named::Id(id.to_owned()));
    }
    let name = settings.first(names)?.to_owned();
    Some(Named::Name {
        name,
        domain: domain(settings, &format!("{what}_domain")).unwrap_or_else(|| by_default(settings)),
    })
}

fn domain(settings: &Settings, prefix: &str) -> Option<Domain> {
    let id = settings.get(&format!("{prefix}_id")).map(|id| Domain::Id(id.to_owned()));
    id.or_else(|| settings.get(&format!("{prefix}_name")).map(|name| Domain::Name(name.to_owned())))
}

fn by_default(settings: &Settings) -> Domain {
    let id = settings.first(&["default_domain", "default_domain_id"]).map(|id| Domain::Id(id.to_owned()));
    let named = || settings.get("default_domain_name").map(|name| Domain::Name(name.to_owned()));
    id.or_else(named).unwrap_or_else(|| Domain::Id("default".to_owned()))
}

fn scope(settings: &Settings) -> Scope {
    if let Some(project) = named(settings, "project", &["project_name", "tenant_name"]) {
        return Scope::Project(project);
    }
    if let Some(trust) = settings.get("trust_id") {
        return Scope::Trust(trust.to_owned());
    }
    if settings.get("system_scope").is_some() {
        return Scope::System;
    }
    domain(settings, "domain").map_or(Scope::Unsaid, Scope::Domain)
}

fn trust(settings: &Settings, from: &Source, insecure: bool) -> Result<Trust, CloudProblem> {
    let file = |name: &str| settings.get(name).map(|path| (from.word(name), home(path)));
    let failed = |word: &str, path: &Path, error: &std::io::Error| {
        let words = error.to_string();
        from.problem(format!("{word} {}: {}", path.display(), words.split(" (os error").next().unwrap_or_default()))
    };
    let trust = match file("cacert") {
        Some((word, path)) if !insecure => Trust::with_file(&path).map_err(|error| failed(&word, &path, &error))?,
        _ => Trust::system(),
    };
    let trust = if insecure { trust.lenient() } else { trust };
    // both may stand in one file
    match (file("cert"), file("key").or_else(|| file("cert"))) {
        (Some((word, cert)), Some((_, key))) => {
            trust.with_own(&cert, &key).map_err(|error| failed(&word, &cert, &error))
        }
        _ => Ok(trust),
    }
}

/// `~/x` as the shell has it; clouds.yaml knows it too.
fn home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::identity::body;
    use super::super::settings::{Places, Settings};
    use super::{CloudProblem, Credentials};
    use proptest::prelude::*;
    use serde_json::json;

    fn find(pairs: &[(&str, &str)]) -> Result<Credentials, CloudProblem> {
        let mut variables = Settings::default();
        variables.set("auth_url", "http://ctl:5000/v3/");
        for (name, value) in pairs {
            variables.set(name, *value);
        }
        Credentials::among(&Places { variables, folders: Vec::new() }, None, false)
    }

    #[test]
    fn a_password_goes_with_names_or_ids() {
        let named =
            find(&[("username", "demo"), ("password", "pw"), ("project_name", "p"), ("project_domain_name", "D")]);
        let named = named.unwrap();
        assert_eq!(named.identity.as_str(), "http://ctl:5000/v3");
        let user = json!({"name": "demo", "domain": {"id": "default"}, "password": "pw"});
        let scope = json!({"project": {"name": "p", "domain": {"name": "D"}}});
        assert_eq!(
            body(&named),
            json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}})
        );
        let ids =
            find(&[("user_id", "u1"), ("password", "pw"), ("tenant_id", "t1"), ("interface", "internalURL")]).unwrap();
        assert_eq!(body(&ids)["auth"]["scope"], json!({"project": {"id": "t1"}}));
        assert_eq!(ids.interface, "internal");
    }

    #[test]
    fn a_token_and_an_application_credential_prove_it_too() {
        let token = find(&[("auth_type", "token"), ("token", "gAAAA"), ("system_scope", "all")]).unwrap();
        let wanted =
            json!({"identity": {"methods": ["token"], "token": {"id": "gAAAA"}}, "scope": {"system": {"all": true}}});
        assert_eq!(body(&token)["auth"], wanted);
        let by_id =
            find(&[("application_credential_id", "a1"), ("application_credential_secret", "s"), ("project_id", "p")]);
        let credential = json!({"id": "a1", "secret": "s"});
        let methods = json!({"methods": ["application_credential"], "application_credential": credential});
        assert_eq!(body(&by_id.unwrap())["auth"], json!({"identity": methods}));
        let by_name = [("application_credential_name", "n"), ("application_credential_secret", "s"), ("user_id", "u1")];
        let body = body(&find(&by_name).unwrap());
        assert_eq!(body["auth"]["identity"]["application_credential"]["user"], json!({"id": "u1"}));
    }

    #[test]
    fn what_is_not_whole_is_told_by_its_name() {
        let what = |pairs: &[(&str, &str)]| find(pairs).unwrap_err().to_string();
        assert_eq!(what(&[("username", "demo")]), "OS_*: OS_PASSWORD is not set");
        assert_eq!(what(&[("password", "pw")]), "OS_*: OS_USERNAME is not set");
        assert!(what(&[("auth_type", "v3oidcpassword")]).contains("v3oidcpassword is not known here"));
        assert!(what(&[("auth_url", "ctl:5000")]).contains("OS_AUTH_URL is no http or https URL"));
        assert!(what(&[("auth_url", "http://ctl:5000/v2.0/")]).contains("only v3"));
        let both = [("username", "u"), ("password", "S3CRET"), ("cacert", "/nonexistent/ca.pem")];
        assert!(what(&both).contains("/nonexistent/ca.pem") && !what(&both).contains("S3CRET"));
        assert!(!format!("{:?}", find(&[("username", "u"), ("password", "S3CRET")]).unwrap()).contains("S3CRET"));
    }

    proptest! {
        #[test]
        fn any_file_is_clouds_or_one_problem(text in "(clouds|auth|password|S3CRET|lab|[:{}\\[\\]&*!|>'\"% \n-]|  ){0,40}") {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("clouds.yaml"), text).unwrap();
            let places = Places { variables: Settings::default(), folders: vec![folder.path().to_owned()] };
            if let Err(problem) = Credentials::among(&places, Some("lab"), false) {
                prop_assert!(!problem.to_string().is_empty());
            }
        }
    }
}
