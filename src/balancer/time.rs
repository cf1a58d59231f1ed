//! Lengths of time as the two programs write them.

/// HAProxy's: a number with `us`, `ms`, `s`, `m`, `h` or `d`; milliseconds without one (configuration manual, 2.4 "Time format").
pub(super) fn haproxy(text: &str) -> Option<f64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: f64 = text[..digits].parse().ok()?;
    let unit = match &text[digits..] {
        "us" => 1e-6,
        "" | "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    Some(number * unit)
}

/// nginx's: numbers with units one after the other, `1h 30m`, seconds without one (nginx.org, "Configuration file measurement
/// units").
pub(super) fn nginx(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        seconds += number
            * match &rest[..letters] {
                "ms" => 1e-3,
                "" | "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                "w" => 7.0 * 86_400.0,
                "M" => 30.0 * 86_400.0,
                "y" => 365.0 * 86_400.0,
                _ => return None,
            };
        rest = rest[letters..].trim_start();
    }
    Some(seconds)
}

#[cfg(test)]
mod tests {
    use super::{haproxy, nginx};

    #[test]
    fn each_has_its_own_unit() {
        let close = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() < 1e-9);
        for (text, seconds) in
            [("50000", 50.0), ("50s", 50.0), ("1h", 3600.0), ("2m", 120.0), ("1d", 86_400.0), ("500ms", 0.5)]
        {
            assert!(close(haproxy(text), seconds), "{text}");
        }
        for (text, seconds) in
            [("60", 60.0), ("60s", 60.0), ("1h 30m", 5400.0), ("1h30m", 5400.0), ("1500ms", 1.5), ("7d", 604_800.0)]
        {
            assert!(close(nginx(text), seconds), "{text}");
        }
        for text in ["", "x", "5x", "-1", "$timeout", "5 s s"] {
            assert_eq!((haproxy(text), nginx(text)), (None, None), "{text}");
        }
    }
}
