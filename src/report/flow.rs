//! The fifteen steps as a picture has them: who stands side by side, and who talks to whom.
//!
//! The release decides who keeps tokens: nova-consoleauth in memcached up to Queens (17), nova-conductor in the cell
//! database from Rocky (18) on, and in 18 and 19 both where `[workarounds] enable_consoleauth` is set.

use crate::finding::{Finding, Report, Severity, Status};

/// A party, in the order in which they stand from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// The user's browser.
    Browser,
    /// nova-api.
    Api,
    /// nova-compute.
    Compute,
    /// The hypervisor's driver.
    Libvirt,
    /// Who authorizes tokens.
    Keeper,
    /// Where tokens are kept.
    Store,
    /// nova-novncproxy.
    Proxy,
    /// The guest's VNC server.
    Vnc,
}

/// Who keeps tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Era {
    /// nova-consoleauth, as a rule in memcached.
    Consoleauth,
    /// The cell database.
    Database,
    /// Not known.
    Either,
}

impl Era {
    pub(super) fn of(report: &Report) -> Self {
        match report.release.number {
            Some(..=17) => Self::Consoleauth,
            Some(20..) => Self::Database,
            _ => Self::Either,
        }
    }
}

impl Lane {
    pub(super) const ALL: [Self; 8] =
        [Self::Browser, Self::Api, Self::Compute, Self::Libvirt, Self::Keeper, Self::Store, Self::Proxy, Self::Vnc];

    /// Its name, in two lines at most.
    pub(super) const fn name(self, era: Era) -> [&'static str; 2] {
        match (self, era) {
            (Self::Browser, _) => ["browser", ""],
            (Self::Api, _) => ["nova-api", ""],
            (Self::Compute, _) => ["nova-", "compute"],
            (Self::Libvirt, _) => ["libvirt", ""],
            (Self::Keeper, Era::Consoleauth) => ["nova-", "consoleauth"],
            (Self::Keeper, Era::Database) => ["nova-", "conductor"],
            (Self::Keeper, Era::Either) => ["consoleauth", "or conductor"],
            (Self::Store, Era::Consoleauth) => ["memcached", ""],
            (Self::Store, Era::Database) => ["cell", "database"],
            (Self::Store, Era::Either) => ["memcached", "or database"],
            (Self::Proxy, _) => ["nova-", "novncproxy"],
            (Self::Vnc, _) => ["VNC server", ""],
        }
    }

    /// Its name in one line.
    pub(super) fn label(self, era: Era) -> String {
        let [first, second] = self.name(era);
        let gap = if second.is_empty() || first.ends_with('-') { "" } else { " " };
        format!("{first}{gap}{second}")
    }

    /// The service that stands there, by the name that reports have for it.
    pub(super) const fn service(self, era: Era) -> Option<&'static str> {
        match (self, era) {
            (Self::Api, _) => Some("api"),
            (Self::Compute, _) => Some("compute"),
            (Self::Keeper, Era::Consoleauth) => Some("consoleauth"),
            (Self::Keeper, Era::Database) => Some("conductor"),
            (Self::Proxy, _) => Some("novncproxy"),
            _ => None,
        }
    }
}

/// From whom to whom a step goes; the same party twice where it is done in one place.
pub(super) const fn hop(step: u8, era: Era) -> (Lane, Lane) {
    let old = matches!(era, Era::Consoleauth);
    match step {
        1 => (Lane::Browser, Lane::Browser),
        2 => (Lane::Browser, Lane::Api),
        3 => (Lane::Api, Lane::Compute),
        4 => (Lane::Compute, Lane::Libvirt),
        5 => (Lane::Libvirt, Lane::Libvirt),
        6 => (Lane::Libvirt, Lane::Compute),
        7 => (Lane::Compute, Lane::Compute),
        8 => (Lane::Compute, Lane::Api),
        9 if old => (Lane::Api, Lane::Keeper),
        9 => (Lane::Compute, Lane::Keeper),
        10 => (Lane::Keeper, Lane::Store),
        11 => (Lane::Api, Lane::Browser),
        14 if old => (Lane::Proxy, Lane::Keeper),
        14 => (Lane::Proxy, Lane::Store),
        15 => (Lane::Proxy, Lane::Vnc),
        // 12 is the page, 13 the upgrade
        _ => (Lane::Browser, Lane::Proxy),
    }
}

/// Who talks to whom at a step, in words.
pub(super) fn who(step: u8, era: Era) -> String {
    let (from, to) = hop(step, era);
    match step {
        1 => "user → dashboard".to_owned(),
        5 => "libvirt → domain XML".to_owned(),
        7 => "nova-compute".to_owned(),
        12 => "browser → console page".to_owned(),
        _ => format!("{} → {}", from.label(era), to.label(era)),
    }
}

/// The findings of a step that a picture tells: what is new, and above a note.
pub(super) fn told(report: &Report, step: u8) -> Vec<&Finding> {
    let worth = |finding: &&Finding| !finding.known() && finding.severity > Severity::Note;
    report.findings.iter().filter(|finding| finding.step == step).filter(worth).collect()
}

/// What a step came to; where only findings are known, what the worst of them makes of it.
pub(super) fn status(report: &Report, step: u8) -> Option<Status> {
    if let Some(judged) = report.steps.iter().find(|judged| judged.number == step) {
        return Some(judged.status);
    }
    let worst = told(report, step).iter().map(|finding| finding.severity).max()?;
    Some(if worst == Severity::Error { Status::Fail } else { Status::Warn })
}

#[cfg(test)]
mod tests {
    use super::{Era, Lane, hop, who};

    #[test]
    fn the_release_decides_who_keeps_tokens() {
        assert_eq!(hop(9, Era::Consoleauth), (Lane::Api, Lane::Keeper));
        assert_eq!(who(10, Era::Consoleauth), "nova-consoleauth → memcached");
        assert_eq!(who(14, Era::Database), "nova-novncproxy → cell database");
        assert_eq!(who(9, Era::Either), "nova-compute → consoleauth or conductor");
        assert_eq!(who(15, Era::Either), "nova-novncproxy → VNC server");
    }
}
