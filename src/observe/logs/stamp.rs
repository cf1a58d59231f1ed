//! Times in logs, with and without zone.
//!
//! oslo.log prints local time without a zone; journald and JSON lines know theirs; syslog's old stamps even lack the year.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A stamp as it stands in the line; turned into seconds only for the lines that tell something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stamp<'a> {
    /// `2026-11-22 11:34:15.112` or with a comma, local time.
    Civil(&'a str),
    /// `2026-11-22T11:34:15.112345+00:00`, `…Z`, `…+0000`.
    Zoned(&'a str),
    /// `Nov 22 11:34:15`, local time of some year.
    Yearless(&'a str),
    /// Unix seconds.
    Unix(f64),
}

/// What a stamp means where it does not say so itself.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The zone of stamps without one.
    pub zone: TimeZone,
    /// Unix seconds that no line is later than: when the file was last written. Gives the year to stamps without one.
    pub latest: Option<f64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { zone: TimeZone::system(), latest: None }
    }
}

impl Clock {
    /// Unix seconds, and whether the stamp knew its zone.
    pub(super) fn seconds(&self, stamp: Stamp<'_>) -> Option<(f64, bool)> {
        match stamp {
            Stamp::Unix(seconds) => Some((seconds, true)),
            Stamp::Zoned(text) => Some((zoned(text)?, true)),
            Stamp::Civil(text) => Some((self.local(civil(text)?)?, false)),
            Stamp::Yearless(text) => Some((self.yearless(text)?, false)),
        }
    }

    fn local(&self, when: DateTime) -> Option<f64> {
        let stamp = self.zone.to_ambiguous_timestamp(when).compatible().ok()?;
        Some(stamp.as_nanosecond() as f64 / 1e9)
    }

    /// The last such day and time that is not after [`Clock::latest`] by more than a day.
    fn yearless(&self, text: &str) -> Option<f64> {
        let latest = self.latest?;
        let newest = jiff::Timestamp::from_second(latest as i64).ok()?.to_zoned(self.zone.clone()).year();
        let (month, rest) = text.split_at_checked(3)?;
        let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            .iter()
            .position(|name| *name == month)?
            + 1;
        let mut parts = rest.split_ascii_whitespace();
        let day = parts.next()?.parse().ok()?;
        let mut time = parts.next()?.splitn(3, ':').map(|part| part.parse::<i8>().ok());
        let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
        let at = |year: i16| self.local(DateTime::new(year, month as i8, day, hour, minute, second, 0).ok()?);
        // 29 February needs up to eight years.
        (0..=8).filter_map(|back| at(newest + 1 - back)).find(|seconds| *seconds <= latest + 86_400.0)
    }
}

/// Length of a civil stamp at the start of a line, fraction included; 0 if there is none.
pub(super) fn civil_length(bytes: &[u8]) -> usize {
    const SHAPE: &[u8] = b"dddd-dd-dd dd:dd:dd";
    let Some(head) = bytes.get(..SHAPE.len()) else {
        return 0;
    };
    let fits = head.iter().zip(SHAPE).all(|(byte, shape)| match shape {
        b'd' => byte.is_ascii_digit(),
        b' ' => matches!(byte, b' ' | b'T'),
        _ => byte == shape,
    });
    if !fits {
        return 0;
    }
    let fraction = match bytes.get(SHAPE.len()) {
        Some(b'.' | b',') => 1 + bytes[SHAPE.len() + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    SHAPE.len() + fraction
}

/// Length of the zone that follows a civil stamp: `Z`, `+00:00`, `+0000`; 0 if there is none.
pub(super) fn zone_length(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(b'Z') => 1,
        Some(b'+' | b'-') => {
            let length = 1 + bytes[1..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b':').count();
            if length >= 5 { length } else { 0 }
        }
        _ => 0,
    }
}

fn civil(text: &str) -> Option<DateTime> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i16>().ok();
    let part = |range| i8::try_from(number(range)?).ok();
    let mut nanos = 0;
    let mut unit = 100_000_000;
    for digit in text.get(20..).unwrap_or_default().bytes().take(9) {
        nanos += i32::from(digit.wrapping_sub(b'0').min(9)) * unit;
        unit /= 10;
    }
    DateTime::new(number(0..4)?, part(5..7)?, part(8..10)?, part(11..13)?, part(14..16)?, part(17..19)?, nanos).ok()
}

fn zoned(text: &str) -> Option<f64> {
    let length = civil_length(text.as_bytes());
    let when = civil(text.get(..length)?)?;
    let utc = TimeZone::UTC.to_timestamp(when).ok()?.as_nanosecond() as f64 / 1e9;
    let zone = text.get(length..)?;
    if zone == "Z" {
        return Some(utc);
    }
    let (sign, digits) = (if zone.starts_with('-') { -1.0 } else { 1.0 }, zone.get(1..)?.replace(':', ""));
    let hours: f64 = digits.get(..2)?.parse().ok()?;
    let minutes: f64 = digits.get(2..4)?.parse().ok()?;
    Some(utc - sign * (hours * 3600.0 + minutes * 60.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Clock {
        // Rule-based, so that the test does not need a zone database: CET with summer time.
        Clock {
            zone: TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap_or(TimeZone::UTC),
            latest: Some(1_795_347_255.0),
        }
    }

    #[test]
    fn each_kind_of_stamp() {
        let noon = 1_795_347_255.0;
        assert_eq!(berlin().seconds(Stamp::Civil("2026-11-22 12:34:15")), Some((noon, false)));
        assert_eq!(berlin().seconds(Stamp::Civil("2026-11-22 12:34:15,500")), Some((noon + 0.5, false)));
        assert_eq!(berlin().seconds(Stamp::Zoned("2026-11-22T11:34:15Z")), Some((noon, true)));
        assert_eq!(berlin().seconds(Stamp::Zoned("2026-11-22T06:34:15.5-0500")), Some((noon + 0.5, true)));
        assert_eq!(berlin().seconds(Stamp::Yearless("Nov 22 12:34:15")), Some((noon, false)));
        assert_eq!(berlin().seconds(Stamp::Unix(noon)), Some((noon, true)));
    }

    #[test]
    fn a_december_line_read_in_january_is_last_years() {
        let clock = Clock { zone: TimeZone::UTC, latest: Some(1_767_225_700.0) };
        assert_eq!(clock.seconds(Stamp::Yearless("Dec 31 23:59:59")).map(|at| at.0), Some(1_767_225_599.0));
    }

    #[test]
    fn what_is_no_time() {
        let clock = Clock { zone: TimeZone::UTC, latest: None };
        for stamp in [
            Stamp::Civil("2026-13-22 11:34:15"),
            Stamp::Civil("2026-02-30 11:34:15"),
            Stamp::Yearless("Nov 22 11:34:15"),
            Stamp::Zoned("2026-11-22T11:34:15+"),
        ] {
            assert_eq!(clock.seconds(stamp), None, "{stamp:?}");
        }
        assert_eq!(civil_length(b"2026-11-22 11:34:1"), 0);
        assert_eq!(civil_length(b"2026-11-22 11:34:15.112 14161"), 23);
    }
}
