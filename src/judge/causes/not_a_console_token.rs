//! What stands in the URL is no console token.

use super::Cause;
use crate::console::access_url::{ConsoleType, Damage, TokenIn};
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::Case;
use crate::judge::find::Draft;

const META: CauseMeta = CauseMeta {
    id: "not-a-console-token",
    home: 7,
    releases: "15-34",
    severity: Severity::Error,
    field: &["A10"],
    title: "the URL carries something else in place of a console token",
    needs: &[Need::Token],
    symptoms: &[Symptom::HangsUp],
    explanation: "\
A console token is a uuid of 36 characters that nova makes for one instance and hands out in the console's URL. A Keystone
token (gAAAA... or 32 hex digits), a server's id put in by hand or no token at all opens nothing: the proxy answers 101
and hangs up, which the browser shows as code 1006.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let target = &case.evidence.target;
    let Some(url) = &target.url else { return Vec::new() };
    if !matches!(url.console_type, ConsoleType::Novnc | ConsoleType::Unknown) {
        return Vec::new();
    }
    // a token that was cut off is a damaged url, which has a cause of its own
    if url.damages.contains(&Damage::TruncatedToken) {
        return Vec::new();
    }
    let what = match (&target.not_a_token, url.token_in) {
        (Some(what), _) => format!("the token in the url is none of nova's: {what}"),
        (None, TokenIn::Nowhere) if target.token.is_none() => "the url carries no token".to_owned(),
        _ => return Vec::new(),
    };
    vec![
        Draft::error(&META, what)
            .remedy(
                Remedy::new(
                    "ask nova for a URL: openstack console url show --novnc SERVER, or the dashboard's Console tab",
                )
                .verify("vncdoctor check --url 'THE NEW URL'"),
            )
            .done(),
    ]
}
