//! The TLS handshakes of this run with the host of the console URL, and certificates in words.

use crate::evidence::tls::TlsSeen;
use crate::evidence::tls::certificate::Certificate;
use crate::finding::Remedy;
use crate::judge::case::Case;
use crate::judge::find::Draft;

/// One handshake: who was asked, from where, and when.
pub(super) struct Handshake<'c> {
    pub(super) peer: &'c str,
    pub(super) from: &'c str,
    /// Unix seconds by the clock of the machine that looked.
    pub(super) at: f64,
    /// The name that the certificate has to be for.
    pub(super) name: &'c str,
    pub(super) tls: &'c TlsSeen,
}

/// Every handshake in which the URL's own name was asked for, upgrades first: they are what a console needs.
pub(super) fn handshakes<'c>(case: &'c Case) -> Vec<Handshake<'c>> {
    let evidence = case.evidence;
    let upgrades = evidence.upgrades.iter().map(|seen| (&seen.peer, &seen.from, seen.began, seen.saw.tls.as_ref()));
    let pages = evidence.pages.iter().map(|seen| (&seen.peer, &seen.from, seen.began, seen.saw.tls.as_ref()));
    let wanted = evidence.target.url.as_ref().map(|url| url.host.trim_matches(['[', ']']).to_ascii_lowercase());
    upgrades
        .chain(pages)
        .filter_map(|(peer, from, at, tls)| {
            let tls = tls?;
            let name = tls.name.as_deref().unwrap_or_else(|| crate::evidence::site::host_of(peer));
            Some(Handshake { peer, from, at, name, tls })
        })
        .filter(|one| wanted.as_ref().is_none_or(|wanted| one.name.eq_ignore_ascii_case(wanted)))
        .collect()
}

/// The peer's own certificate, where it could be read.
pub(super) fn own(tls: &TlsSeen) -> Option<&Certificate> {
    tls.chain.first().filter(|certificate| !certificate.subject.is_empty() || !certificate.names.is_empty())
}

/// What is evidence in every finding about a certificate.
pub(super) fn shown(draft: Draft, one: &Handshake) -> Draft {
    let draft = match own(one.tls) {
        Some(certificate) => draft.seen(format!("{} presents {}", one.peer, certificate_words(certificate))),
        None => draft,
    };
    let draft = match one.tls.chain.len() {
        0 | 1 => draft,
        more => draft.seen(format!("{} certificates were sent: {}", more, chain_words(&one.tls.chain))),
    };
    match &one.tls.error {
        Some(error) => draft.seen(format!("verified on {}: {error}", one.from)),
        None => draft,
    }
}

/// `CN=console.example for console.example, issued by CN=R3, valid 2020-01-01 to 2020-02-01, RSA 2048, sha256With…`.
pub(super) fn certificate_words(certificate: &Certificate) -> String {
    let names = match certificate.names.as_slice() {
        [] => "no alternative name".to_owned(),
        names if names.len() > 6 => format!("{} and {} more", names[..6].join(", "), names.len() - 6),
        names => names.join(", "),
    };
    let issuer = if certificate.self_signed { "itself".to_owned() } else { format!("{:?}", certificate.issuer) };
    let strength = [certificate.key.as_str(), certificate.signature.as_str()].map(str::to_owned);
    let strength: Vec<String> = strength.into_iter().filter(|text| !text.is_empty()).collect();
    format!(
        "a certificate of {:?} for {names}, issued by {issuer}, valid from {} to {} ({})",
        certificate.subject,
        date(certificate.not_before),
        date(certificate.not_after),
        strength.join(", ")
    )
}

fn chain_words(chain: &[Certificate]) -> String {
    chain.iter().map(|one| one.subject.as_str()).collect::<Vec<_>>().join(" < ")
}

/// A day in UTC.
pub(super) fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_| format!("{seconds} s"),
        |stamp| stamp.to_string().split('T').next().unwrap_or_default().to_owned(),
    )
}

/// A change of the certificate, wherever TLS ends.
pub(super) fn remedy(text: impl Into<String>) -> Remedy {
    Remedy::new(text).verify("vncdoctor check --url 'THE URL' again, or look at the certificate in the browser")
}
