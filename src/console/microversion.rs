//! Microversions of nova-api: how they compare, and which releases end with which.
//!
//! Each release raises the newest one, or leaves it (nova/api/openstack/api_version_request.py, `_MAX_API_VERSION`; the
//! points of 12 to 14 are those of nova's own history of microversions).

use std::fmt;
use std::str::FromStr;

/// The newest microversion of each release that has them.
const NEWEST: [(u16, u16); 23] = [
    (12, 12),
    (13, 25),
    (14, 38),
    (15, 42),
    (16, 53),
    (17, 60),
    (18, 65),
    (19, 72),
    (20, 79),
    (21, 87),
    (22, 87),
    (23, 88),
    (24, 90),
    (25, 90),
    (26, 93),
    (27, 95),
    (28, 95),
    (29, 96),
    (30, 96),
    (31, 100),
    (32, 100),
    (33, 103),
    (34, 104),
];

/// `2.N`; nova has had no other major one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Microversion(u16);

impl Microversion {
    /// First with `remote-consoles`; up to the one before it is `os-getVNCConsole`.
    pub const REMOTE_CONSOLES: Self = Self(6);
    /// First in which `os-console-auth-tokens` tells of consoles other than RDP.
    pub const ANY_CONSOLE_TOKEN: Self = Self(31);

    /// The releases of which this is the newest, ascending; none for one in between, as a build of a branch has it.
    pub fn releases(self) -> Vec<u16> {
        NEWEST.iter().filter(|(_, newest)| *newest == self.0).map(|(release, _)| *release).collect()
    }
}

impl FromStr for Microversion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.strip_prefix("2.").and_then(|minor| minor.parse().ok()).map(Self).ok_or(())
    }
}

impl fmt::Display for Microversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "2.{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Microversion;

    #[test]
    fn the_newest_tells_the_releases() {
        let releases = |text: &str| text.parse::<Microversion>().unwrap().releases();
        assert_eq!(releases("2.60"), [17]);
        assert_eq!(releases("2.87"), [21, 22]);
        assert_eq!(releases("2.104"), [34]);
        assert!(releases("2.101").is_empty());
    }

    #[test]
    fn they_compare_as_numbers() {
        let of = |text: &str| text.parse::<Microversion>().unwrap();
        assert!(of("2.9") < of("2.31") && of("2.31") < of("2.104"));
        assert_eq!(of("2.6"), Microversion::REMOTE_CONSOLES);
        for text in ["", "2", "3.1", "2.x", "2.-1", "latest"] {
            assert!(text.parse::<Microversion>().is_err(), "{text}");
        }
    }
}
