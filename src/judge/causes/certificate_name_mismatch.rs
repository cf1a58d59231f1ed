//! The certificate of the console URL is for other names.

use super::Cause;
use super::certificate_words::{handshakes, own, remedy, shown};
use crate::evidence::tls::TlsProblem;
use crate::finding::{CauseMeta, Finding, Need, Severity};
use crate::judge::case::Case;
use crate::judge::find::Draft;
use crate::judge::words::list;

const META: CauseMeta = CauseMeta {
    id: "certificate-name-mismatch",
    home: 12,
    releases: "15-34",
    severity: Severity::Error,
    field: &["D6"],
    title: "the console URL's certificate is for another name",
    needs: &[Need::Token, Need::Probe],
    symptoms: &[],
    explanation: "\
A browser compares the host of the URL with the alternative names of the certificate; the common name counts no more, and an address
in the URL needs an address among the names. `[vnc] novncproxy_base_url` of the compute nodes decides that host: an address or an
internal name there, and a certificate for the public name, do not fit. In the dashboard's frame the warning cannot be passed.

Write the certificate's name in novncproxy_base_url of every compute node, or have a certificate made with the URL's host among its
names.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let handshakes = handshakes(case);
    let other = handshakes.iter().find(|one| {
        let stranger = own(one.tls).is_some_and(|own| !own.covers(one.name) && !own.self_signed);
        match &one.tls.problem {
            Some(TlsProblem::NameMismatch { .. }) => true,
            Some(_) => stranger,
            None => false,
        }
    });
    let Some(one) = other else { return Vec::new() };
    let names = own(one.tls).map(|own| own.names.as_slice()).unwrap_or_default();
    let what = match (&one.tls.problem, names) {
        (_, [_, ..]) => format!("is for {}", list(&names[..names.len().min(4)])),
        (Some(TlsProblem::NameMismatch { names }), []) if !names.is_empty() => format!("is for {}", list(names)),
        _ => "has no alternative name, and browsers go by those alone".to_owned(),
    };
    let given = case.evidence.target.url.is_some();
    let draft = Draft::error(
        &META,
        format!("browsers refuse {}: they ask for {}, and its certificate {what}", one.peer, one.name),
    );
    // what only a compute node's file names may be reached by another name
    let draft = if given { draft } else { draft.likely() };
    let remedy = remedy(
        "in nova.conf of every compute node let [vnc] novncproxy_base_url name the host that the certificate is for and restart nova-compute, or have a certificate made for the URL's host",
    );
    vec![shown(draft, one).remedy(remedy).done()]
}
