//! The catalogue names no compute API that could be asked.

use super::Cause;
use super::api_words::severity;
use crate::evidence::api::Endpoint;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;
use crate::judge::words::list;

const META: CauseMeta = CauseMeta {
    id: "compute-endpoint-missing",
    home: 2,
    releases: "12-34",
    severity: Severity::Error,
    field: &[],
    title: "the catalogue has no compute endpoint",
    needs: &[Need::Credentials],
    symptoms: &[],
    explanation: "\
With the token the identity API hands out its catalogue: which service is where, by region and interface. Without an endpoint of type
`compute` for the interface and region asked for, neither the dashboard nor a client knows whom to ask for a console. Often there
is one, for another interface or in another region.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let Some(api) = case.api() else { return Vec::new() };
    let region = api.login.region.as_ref().map(|region| format!(" in region {region}")).unwrap_or_default();
    let wanted = format!("{}{region}", api.login.interface);
    let (message, seen) = match &api.endpoint {
        Some(Endpoint::Missing { compute, .. }) if !compute.is_empty() => {
            (format!("the catalogue has no compute endpoint for {wanted}"), format!("it has one for {}", list(compute)))
        }
        Some(Endpoint::Missing { services, .. }) if services.is_empty() => {
            ("the catalogue is empty: no compute endpoint".to_owned(), "it lists no service at all".to_owned())
        }
        Some(Endpoint::Missing { services, .. }) => {
            ("the catalogue has no compute endpoint".to_owned(), format!("it lists {}", list(services)))
        }
        Some(Endpoint::Misspelt { url }) => {
            ("the catalogue's compute endpoint is no url".to_owned(), format!("it is {url:?}"))
        }
        _ => return Vec::new(),
    };
    vec![
        Draft::new(&META, severity(case), message)
            .seen(seen)
            .remedy(
                Remedy::new(
                    "register the endpoint in the identity API, or ask for the interface and region that there is",
                )
                .command("openstack endpoint list --service compute")
                .verify("openstack catalog show compute"),
            )
            .done(),
    ]
}
