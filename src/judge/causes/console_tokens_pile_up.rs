//! Expired console tokens are not cleared away.

use super::Cause;
use crate::evidence::process::Service;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity};
use crate::judge::case::{Case, label};
use crate::judge::find::Draft;
use crate::judge::words::age;

const META: CauseMeta = CauseMeta {
    id: "console-tokens-pile-up",
    home: 10,
    releases: "18-34",
    severity: Severity::Warning,
    field: &["B3"],
    title: "expired console tokens pile up in the cell database",
    needs: &[Need::Database],
    symptoms: &[],
    explanation: "\
Every nova-compute deletes expired tokens each `[DEFAULT] instance_delete_interval` (300 s): in Rocky (18) and Stein (19) only rows
whose host is its own CONF.host, which is seldom the console's address, so that rows stay for ever; from Train (20) on all of the
cell (nova/compute/manager.py, _cleanup_expired_console_auth_tokens). Old rows break no console. Where they are many from Train on,
no nova-compute of the cell has run for as long, or the interval is negative.

Delete them by hand where the release does not: `DELETE FROM console_auth_tokens WHERE expires < UNIX_TIMESTAMP()`.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

/// Fewer are told to nobody.
const FEW: u64 = 1000;
/// From here on they are worth a warning.
const MANY: u64 = 20_000;
/// A cell that is cleared has none that ended longer ago, in seconds.
const OLD: f64 = 3600.0;

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let mut found = Vec::new();
    for seen in &case.evidence.databases {
        let Some(tokens) = &seen.saw.tokens else { continue };
        let Some(oldest) = tokens.oldest_expires else { continue };
        let since = case.evidence.ended - oldest as f64;
        if tokens.expired < FEW || since < OLD {
            continue;
        }
        let more = if tokens.more { "more than " } else { "" };
        let severity = if tokens.expired >= MANY { Severity::Warning } else { Severity::Note };
        let message = format!(
            "{} keeps {more}{} expired console tokens, the oldest ended {} ago: nothing clears them away",
            label(seen),
            tokens.expired,
            age(since)
        );
        let mut draft = Draft::new(&META, severity, message).service(Service::Compute).remedy(
            Remedy::new("see that nova-compute runs in this cell; up to stein (19) delete the rows by hand")
                .command(
                    "DELETE FROM console_auth_tokens WHERE expires < UNIX_TIMESTAMP() LIMIT 10000 (in the database)",
                )
                .verify("vncdoctor check again after ten minutes"),
        );
        if let Some(host) = case.hosts.iter().find(|host| seen.for_host.as_deref() == Some(host.host.name.as_str())) {
            draft = draft.host(host.host);
        }
        found.push(draft.done());
    }
    found
}
