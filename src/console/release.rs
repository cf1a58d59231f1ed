//! Nova's releases: number, name and point version, as operators and packages write them.
//!
//! Known are 12 (Liberty) to 34 (2026.2 Hibiscus); 12 to 14 are known for token store and key only, see
//! [`Release::knows_options`]. Older ones and newer ones are refused by name, not guessed at.

use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// Number, code name and, from 2023.1 on, the year-based name of the series.
const KNOWN: [(u16, &str, Option<&str>); 23] = [
    (12, "liberty", None),
    (13, "mitaka", None),
    (14, "newton", None),
    (15, "ocata", None),
    (16, "pike", None),
    (17, "queens", None),
    (18, "rocky", None),
    (19, "stein", None),
    (20, "train", None),
    (21, "ussuri", None),
    (22, "victoria", None),
    (23, "wallaby", None),
    (24, "xena", None),
    (25, "yoga", None),
    (26, "zed", None),
    (27, "antelope", Some("2023.1")),
    (28, "bobcat", Some("2023.2")),
    (29, "caracal", Some("2024.1")),
    (30, "dalmatian", Some("2024.2")),
    (31, "epoxy", Some("2025.1")),
    (32, "flamingo", Some("2025.2")),
    (33, "gazpacho", Some("2026.1")),
    (34, "hibiscus", Some("2026.2")),
];

/// Code names before Liberty; nova then counted by year, up to 2015.1 (Kilo).
const OLDER: [&str; 11] =
    ["austin", "bexar", "cactus", "diablo", "essex", "folsom", "grizzly", "havana", "icehouse", "juno", "kilo"];

/// One release of nova, with its point version where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Release {
    /// Major number, 12 to 34.
    pub number: u16,
    /// The two numbers after the major one: `17.0.13` has `(0, 13)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<(u16, u16)>,
}

/// Why a text names no release this tool knows.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum UnknownRelease {
    /// Kilo (2015.1) or earlier.
    #[error("release {given:?} is older than 12 (liberty), the oldest known here")]
    TooOld {
        /// The text as given.
        given: String,
    },
    /// A number above the newest.
    #[error("release {given:?} is newer than 34 (2026.2 hibiscus), the newest known here")]
    TooNew {
        /// The text as given.
        given: String,
    },
    /// No name, number or version.
    #[error("no release is called {given:?}{}", did_you_mean(.suggestion.as_deref()))]
    Unknown {
        /// The text as given.
        given: String,
        /// The nearest name, when one is near.
        suggestion: Option<String>,
    },
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(
        || " (a name like queens or 2024.1, a number from 12 to 34, or a version like 17.0.13)".to_owned(),
        |name| format!("; did you mean {name:?}?"),
    )
}

impl Release {
    /// Oldest release known.
    pub const OLDEST: u16 = 12;
    /// Newest release known.
    pub const NEWEST: u16 = 34;

    /// The release of this number, without a point version; `None` outside 12 to 34.
    pub fn from_number(number: u16) -> Option<Self> {
        (Self::OLDEST..=Self::NEWEST).contains(&number).then_some(Self { number, point: None })
    }

    /// Reads a name (`queens`, `2024.1`, `Caracal`), a number (`17`) or a version as packages write it
    /// (`17.0.13`, `17.0.13-1.el7`, `2:17.0.13-0ubuntu1`).
    ///
    /// # Errors
    /// [`UnknownRelease`] when the text is older, newer or no release; the last carries the nearest name.
    pub fn parse(text: &str) -> Result<Self, UnknownRelease> {
        let given = || text.trim().chars().take(60).collect::<String>();
        let word = text.trim().to_ascii_lowercase();
        for (number, name, series) in KNOWN {
            let both = series.is_some_and(|series| word.strip_prefix(series).is_some_and(|rest| rest.trim() == name));
            if word == name || Some(word.as_str()) == series || both {
                return Ok(Self { number, point: None });
            }
        }
        if OLDER.contains(&word.as_str()) {
            return Err(UnknownRelease::TooOld { given: given() });
        }
        match version_numbers(&word) {
            Some((major, _)) if major < u32::from(Self::OLDEST) || (2010..=2015).contains(&major) => {
                Err(UnknownRelease::TooOld { given: given() })
            }
            // a year and a number that no series has: 2024.3
            Some((2016..=2026, _)) | None => {
                Err(UnknownRelease::Unknown { given: given(), suggestion: nearest(&word) })
            }
            Some((major, point)) if major <= u32::from(Self::NEWEST) => {
                Ok(Self { number: u16::try_from(major).unwrap_or(Self::NEWEST), point })
            }
            Some(_) => Err(UnknownRelease::TooNew { given: given() }),
        }
    }

    /// Code name in lower case: `queens`, `caracal`.
    pub fn name(&self) -> &'static str {
        KNOWN.iter().find(|(number, ..)| *number == self.number).map_or("unknown", |(_, name, _)| name)
    }

    /// Year-based name of the series, from 27 on: `2024.1`.
    pub fn series(&self) -> Option<&'static str> {
        KNOWN.iter().find(|(number, ..)| *number == self.number).and_then(|(.., series)| *series)
    }

    /// `17.0.13`, or `17` when the point version is unknown.
    pub fn version(&self) -> String {
        match self.point {
            Some((minor, patch)) => format!("{}.{minor}.{patch}", self.number),
            None => self.number.to_string(),
        }
    }

    /// Are this release's options known (15 and newer)? Before, only token store and key are.
    pub fn knows_options(&self) -> bool {
        self.number >= 15
    }

    /// Is this release at `number.minor.patch` or later? `None` when that hangs on an unknown point version.
    pub fn is_at_least(&self, number: u16, point: (u16, u16)) -> Option<bool> {
        if self.number != number || point == (0, 0) {
            return Some(self.number >= number);
        }
        self.point.map(|own| own >= point)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.series() {
            Some(series) => write!(f, "{} ({series} {})", self.version(), self.name()),
            None => write!(f, "{} ({})", self.version(), self.name()),
        }
    }
}

/// Major number and, when two more numbers follow, the point version; the epoch of a package is skipped, and so is all
/// that follows the version.
fn version_numbers(word: &str) -> Option<(u32, Option<(u16, u16)>)> {
    let without_epoch = match word.split_once(':') {
        Some((epoch, rest)) if !epoch.is_empty() && epoch.bytes().all(|b| b.is_ascii_digit()) => rest,
        Some(_) => return None,
        None => word,
    };
    let end = without_epoch.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(without_epoch.len());
    let (version, rest) = without_epoch.split_at(end);
    // `17queens` is no version; `17.0.13-1.el7`, `17.0.13+git`, `17.0.0~rc1`, `17.0.0rc1` and `17.0.13.dev4` are
    let suffix_fits = rest.is_empty()
        || rest.starts_with(['-', '+', '~', '_'])
        || (version.contains('.') && rest.starts_with(|c: char| c.is_ascii_lowercase()));
    if !suffix_fits {
        return None;
    }
    let mut parts = version.split('.').filter(|part| !part.is_empty());
    let major = parts.next()?.parse().ok()?;
    let point = match (parts.next(), parts.next()) {
        (Some(minor), Some(patch)) => minor.parse().ok().zip(patch.parse().ok()),
        _ => None,
    };
    Some((major, point))
}

fn nearest(word: &str) -> Option<String> {
    KNOWN
        .iter()
        .flat_map(|(_, name, series)| [Some(*name), *series])
        .flatten()
        .map(|name| (strsim::damerau_levenshtein(word, name), name))
        .filter(|(distance, name)| *distance <= 2 && *distance * 2 < name.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.to_owned())
}

/// Releases from `min` to `max`, both included; shown as `14-17` or `17`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReleaseRange {
    /// First release.
    pub min: u16,
    /// Last release.
    pub max: u16,
}

impl ReleaseRange {
    /// All releases known.
    pub const ALL: Self = Self { min: Release::OLDEST, max: Release::NEWEST };

    /// Releases `min` to `max`.
    pub const fn new(min: u16, max: u16) -> Self {
        Self { min, max }
    }

    /// Does this release lie in the range?
    pub fn contains(&self, release: Release) -> bool {
        (self.min..=self.max).contains(&release.number)
    }
}

impl fmt::Display for ReleaseRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min == self.max { write!(f, "{}", self.min) } else { write!(f, "{}-{}", self.min, self.max) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn number_of(text: &str) -> u16 {
        Release::parse(text).unwrap().number
    }

    #[test]
    fn names_in_any_case() {
        assert_eq!(number_of("queens"), 17);
        assert_eq!(number_of(" Queens "), 17);
        assert_eq!(number_of("LIBERTY"), 12);
        assert_eq!(number_of("2024.1"), 29);
        assert_eq!(number_of("Caracal"), 29);
        assert_eq!(number_of("2024.1 Caracal"), 29);
        assert_eq!(number_of("epoxy"), 31);
        assert_eq!(number_of("2026.2"), 34);
        for (number, name, series) in KNOWN {
            assert_eq!(number_of(name), number);
            assert_eq!(number_of(&number.to_string()), number);
            if let Some(series) = series {
                assert_eq!(number_of(series), number);
            }
        }
    }

    #[test]
    fn versions_of_packages() {
        for text in ["17.0.13", "17.0.13-1.el7", "2:17.0.13-0ubuntu1", "17.0.13.dev4", "17.0.13+git2019", "17.0.13~rc1"]
        {
            let release = Release::parse(text).unwrap();
            assert_eq!((release.number, release.point), (17, Some((0, 13))), "{text}");
        }
        assert_eq!(Release::parse("18.0.0rc1").unwrap().point, Some((0, 0)));
        assert_eq!(Release::parse("17").unwrap().point, None);
        assert_eq!(Release::parse("17.1").unwrap().point, None);
    }

    #[test]
    fn what_is_too_old_or_too_new_is_said() {
        for text in ["2015.1", "2015.1.4", "kilo", "Juno", "11", "2014.2.3", "1:2015.1.0-0ubuntu1"] {
            assert!(matches!(Release::parse(text), Err(UnknownRelease::TooOld { .. })), "{text}");
        }
        for text in ["35", "35.0.0", "2027.1"] {
            assert!(matches!(Release::parse(text), Err(UnknownRelease::TooNew { .. })), "{text}");
        }
        assert_eq!(
            Release::parse("kilo").unwrap_err().to_string(),
            "release \"kilo\" is older than 12 (liberty), the oldest known here"
        );
    }

    #[test]
    fn near_misses_are_offered() {
        let suggestion = |text: &str| match Release::parse(text).unwrap_err() {
            UnknownRelease::Unknown { suggestion, .. } => suggestion,
            other => Some(format!("{other:?}")),
        };
        assert_eq!(suggestion("quens").as_deref(), Some("queens"));
        assert_eq!(suggestion("rokcy").as_deref(), Some("rocky"));
        assert_eq!(suggestion("2024.3").as_deref(), Some("2024.1"));
        assert_eq!(suggestion("fedora"), None);
        assert_eq!(suggestion(""), None);
        assert_eq!(suggestion("17queens").as_deref(), Some("queens"));
        assert_eq!(suggestion("a:17.0.13"), None);
        assert_eq!(
            Release::parse("quens").unwrap_err().to_string(),
            "no release is called \"quens\"; did you mean \"queens\"?"
        );
    }

    #[test]
    fn point_versions_decide_only_where_known() {
        let known = Release::parse("18.2.2").unwrap();
        assert_eq!(known.is_at_least(18, (2, 3)), Some(false));
        assert_eq!(known.is_at_least(18, (2, 2)), Some(true));
        let unknown = Release::parse("rocky").unwrap();
        assert_eq!(unknown.is_at_least(18, (2, 3)), None);
        assert_eq!(unknown.is_at_least(18, (0, 0)), Some(true));
        assert_eq!(unknown.is_at_least(19, (0, 2)), Some(false));
        assert_eq!(unknown.is_at_least(17, (0, 5)), Some(true));
    }

    #[test]
    fn words_for_reports() {
        assert_eq!(Release::parse("17.0.13").unwrap().to_string(), "17.0.13 (queens)");
        assert_eq!(Release::parse("29").unwrap().to_string(), "29 (2024.1 caracal)");
        assert_eq!(ReleaseRange::new(14, 17).to_string(), "14-17");
        assert_eq!(ReleaseRange::new(17, 17).to_string(), "17");
        assert!(ReleaseRange::new(14, 17).contains(Release::parse("queens").unwrap()));
        assert!(!Release::parse("newton").unwrap().knows_options());
    }
}
