//! The compute API in the catalogue: by type, interface and region, as keystoneauth chooses.

use super::clouds::nearest;
use super::credentials::Credentials;
use super::identity::{Login, Offered};
use super::problem::CloudProblem;
use crate::evidence::api::Endpoint;
use reqwest::Url;

/// Types of service under which clouds list nova, the right one first.
const TYPES: [&str; 3] = ["compute", "computev21", "nova"];

/// The compute endpoint, or what there is in its place.
///
/// # Errors
/// There is no catalogue, or it has no region of that name: the user's own words are wrong.
pub(super) fn compute(credentials: &Credentials, login: &Login) -> Result<(Endpoint, Option<Url>), CloudProblem> {
    if let Some(url) = &credentials.compute {
        let found = Endpoint::Found { url: url.to_string(), region: credentials.region.clone(), others: Vec::new() };
        return Ok((found, Some(url.clone())));
    }
    if login.catalogue.is_empty() && login.project.is_none() {
        let wanted = if credentials.cloud.is_some() { "auth.project_name" } else { "OS_PROJECT_NAME" };
        return Err(CloudProblem::Unscoped { place: credentials.place(), wanted });
    }
    known_region(credentials, login)?;
    let service = TYPES.iter().find_map(|kind| login.catalogue.iter().find(|service| service.kind == *kind));
    let all = || service.into_iter().flat_map(|service| &service.endpoints);
    let interface = |offered: &&Offered| offered.interface.trim_end_matches("URL") == credentials.interface;
    let wanted = |offered: &&Offered| credentials.region.is_none() || offered.region() == credentials.region.as_deref();
    let Some(chosen) = all().filter(interface).find(wanted) else {
        let one = |offered: &Offered| match offered.region() {
            Some(region) => format!("{} in {region}", offered.interface),
            None => offered.interface.clone(),
        };
        let mut services: Vec<String> = login.catalogue.iter().map(|service| service.kind.clone()).collect();
        services.sort();
        services.dedup();
        services.truncate(40);
        return Ok((Endpoint::Missing { services, compute: all().take(20).map(one).collect() }, None));
    };
    let mut others: Vec<String> = all()
        .filter(interface)
        .filter_map(Offered::region)
        .filter(|region| Some(*region) != chosen.region())
        .map(str::to_owned)
        .collect();
    others.sort();
    others.dedup();
    others.truncate(20);
    let url = Url::parse(&chosen.url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    Ok(match url {
        Some(mut url) => {
            let _ = url.set_username("");
            let _ = url.set_password(None);
            let region = chosen.region().map(str::to_owned);
            (Endpoint::Found { url: url.to_string(), region, others }, Some(url))
        }
        None => (Endpoint::Misspelt { url: chosen.url.chars().take(200).collect() }, None),
    })
}

/// A region that nothing in the catalogue is in is a slip of the user's.
fn known_region(credentials: &Credentials, login: &Login) -> Result<(), CloudProblem> {
    let Some(wanted) = &credentials.region else { return Ok(()) };
    let mut known: Vec<String> = login
        .catalogue
        .iter()
        .flat_map(|service| &service.endpoints)
        .filter_map(Offered::region)
        .map(str::to_owned)
        .collect();
    known.sort();
    known.dedup();
    if known.is_empty() || known.contains(wanted) {
        return Ok(());
    }
    Err(CloudProblem::NoRegion { region: wanted.clone(), hint: nearest(wanted, &known) })
}
