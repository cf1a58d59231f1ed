//! A certificate as a peer presented it: what an operator compares with what should be there.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// One certificate of a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Whom it is for: `CN=console.example`.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Subject alternative names: host names, and addresses as text. Browsers go by these alone. At most 32 are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// From when it is valid, in Unix seconds.
    pub not_before: i64,
    /// Until when it is valid, in Unix seconds.
    pub not_after: i64,
    /// Its issuer is its subject.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_signed: bool,
    /// It may sign others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub authority: bool,
    /// Its key: `RSA 2048`, `EC 256`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// How it is signed: `sha256WithRSAEncryption`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
    /// Where its issuer's certificate can be had (authority information access): public authorities say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer_at: Option<String>,
    /// Its sha256, in hex.
    pub sha256: String,
}

impl Certificate {
    /// Whether it is for a host, as browsers judge it: by its alternative names alone, `*` for one whole first label
    /// (RFC 6125 section 6.4).
    pub fn covers(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
        if let Ok(address) = host.parse::<IpAddr>() {
            return self.names.iter().any(|name| name.parse() == Ok(address));
        }
        self.names.iter().any(|name| {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            match name.strip_prefix("*.") {
                Some(domain) => host.split_once('.').is_some_and(|(first, rest)| !first.is_empty() && rest == domain),
                None => name == host,
            }
        })
    }

    /// Whether a time, in Unix seconds, lies within its dates.
    pub fn valid_at(&self, time: f64) -> bool {
        self.not_before as f64 <= time && time <= self.not_after as f64
    }
}

#[cfg(test)]
mod tests {
    use super::Certificate;

    #[test]
    fn names_are_compared_as_browsers_do() {
        let names = ["console.example", "*.cloud.example", "203.0.113.10", "2001:db8::1"].map(str::to_owned).to_vec();
        let certificate = Certificate { names, ..Certificate::default() };
        for host in ["console.example", "Console.Example.", "a.cloud.example", "203.0.113.10", "[2001:db8:0::1]"] {
            assert!(certificate.covers(host), "{host}");
        }
        for host in ["example", "a.b.cloud.example", "cloud.example", ".cloud.example", "203.0.113.11", "ctl1"] {
            assert!(!certificate.covers(host), "{host}");
        }
        let old = Certificate { subject: "CN=console.example".to_owned(), ..Certificate::default() };
        assert!(!old.covers("console.example"));
    }
}
