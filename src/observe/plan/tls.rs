//! Which versions of TLS the console URL's port takes: looked at beside the page and the upgrade, and without the token.

use super::later::Later;
use crate::evidence::probe::{Behalf, Seen};
use crate::evidence::tls::TlsVersions;
use crate::observe::limits::Limits;
use crate::observe::request::TargetInput;
use crate::observe::tls;
use std::sync::Arc;

/// Both versions of an https URL; nothing of any other.
pub(super) async fn versions(
    target: Later<Arc<TargetInput>>,
    limits: &Limits,
    vantage: &str,
) -> Vec<Seen<TlsVersions>> {
    let Some(target) = target.wait().await else { return Vec::new() };
    let Some(url) = target.url.as_ref().filter(|url| url.scheme.is_secure()) else { return Vec::new() };
    let behalf = Behalf { from: vantage.to_owned(), for_host: None, because: Some("the url".to_owned()) };
    vec![tls::versions(&url.host, url.port, limits, &behalf).await]
}
