//! Certificates as they came over the wire, into evidence.
//!
//! Limits: what cannot be parsed is kept by its fingerprint alone; ten certificates of a chain, 32 names of each.

use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use std::net::{Ipv4Addr, Ipv6Addr};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;

use crate::console::token::hex;
use crate::evidence::tls::certificate::Certificate;

/// The most certificates of a chain that are kept.
const MOST: usize = 10;
/// The most names of a certificate that are kept.
const MOST_NAMES: usize = 32;
/// The most characters of a text that are kept.
const LONGEST: usize = 200;

/// A chain as the peer sent it, its own certificate first.
pub(super) fn chain(own: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Vec<Certificate> {
    std::iter::once(own).chain(others).take(MOST).map(|der| certificate(der)).collect()
}

fn certificate(der: &[u8]) -> Certificate {
    let sha256 = hex(&Sha256::digest(der));
    let Ok((_, parsed)) = X509Certificate::from_der(der) else {
        return Certificate { sha256, ..Certificate::default() };
    };
    Certificate {
        subject: printable(&parsed.subject().to_string()),
        issuer: printable(&parsed.issuer().to_string()),
        names: names(&parsed),
        not_before: parsed.validity().not_before.timestamp(),
        not_after: parsed.validity().not_after.timestamp(),
        self_signed: parsed.subject().as_raw() == parsed.issuer().as_raw(),
        authority: parsed.is_ca(),
        key: key(&parsed),
        signature: signature(&parsed.signature_algorithm.algorithm),
        issuer_at: issuer_at(&parsed),
        sha256,
    }
}

/// Whether a certificate's issuer is its subject. A damaged certificate is not said to be.
pub(super) fn issued_by_itself(der: &[u8]) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(_, parsed)| parsed.subject().as_raw() == parsed.issuer().as_raw())
}

fn names(parsed: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(alternatives)) = parsed.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(printable(name)),
        GeneralName::IPAddress(bytes) => address(bytes),
        _ => None,
    };
    alternatives.value.general_names.iter().filter_map(name).take(MOST_NAMES).collect()
}

fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(four).to_string());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|sixteen| Ipv6Addr::from(sixteen).to_string())
}

fn key(parsed: &X509Certificate<'_>) -> String {
    match parsed.public_key().parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA {}", rsa.key_size()),
        Ok(PublicKey::EC(point)) => format!("EC {}", point.key_size()),
        Ok(PublicKey::DSA(_)) => "DSA".to_owned(),
        _ if parsed.public_key().algorithm.algorithm.to_id_string() == "1.3.101.112" => "Ed25519".to_owned(),
        _ => String::new(),
    }
}

/// The name of a signature's algorithm (RFC 8017, RFC 5758, RFC 8410); its number where it is another.
fn signature(algorithm: &Oid<'_>) -> String {
    let number = algorithm.to_id_string();
    let name = match number.as_str() {
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.3.101.112" => "Ed25519",
        _ => return number,
    };
    name.to_owned()
}

/// The first place where the issuer's certificate can be had.
fn issuer_at(parsed: &X509Certificate<'_>) -> Option<String> {
    const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
    parsed.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityInfoAccess(access) => {
            access.accessdescs.iter().filter(|one| one.access_method.to_id_string() == CA_ISSUERS).find_map(|one| {
                match one.access_location {
                    GeneralName::URI(uri) => Some(printable(uri)),
                    _ => None,
                }
            })
        }
        _ => None,
    })
}

fn printable(text: &str) -> String {
    text.chars().take(LONGEST).map(|c| if c.is_control() { '.' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let seen = certificate(&bytes);
            prop_assert_eq!(seen.sha256.len(), 64);
            issued_by_itself(&bytes);
        }
    }

    #[test]
    fn what_is_no_address_is_no_name() {
        assert_eq!(address(&[127, 0, 0, 1]).as_deref(), Some("127.0.0.1"));
        assert_eq!(address(&[0; 16]).as_deref(), Some("::"));
        assert_eq!(address(&[1, 2, 3]), None);
    }
}
