//! Host names and addresses, as `IPAddress`, `Hostname`, `HostAddress` and `HostDomain` of `oslo_config/types.py` take them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether the text is an address that `inet_pton` takes: no leading zeros, no scope.
pub(super) fn is_ip(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok() || text.parse::<Ipv6Addr>().is_ok()
}

/// A host name, without the dot that may end it. `underscore` allows `_` (`HostDomain`).
///
/// The last label needs a letter or a hyphen, which is what keeps a mistyped address from passing as a name.
pub(super) fn name(text: &str, underscore: bool) -> Option<String> {
    if text.is_empty() || text.chars().count() > 253 {
        return None;
    }
    let text = text.strip_suffix('.').unwrap_or(text);
    let last = text.rsplit('.').next().unwrap_or(text);
    if !last.contains(|c: char| c.is_ascii_alphabetic() || c == '-') {
        return None;
    }
    text.split('.').all(|l| is_label(l, underscore)).then(|| text.to_owned())
}

fn is_label(label: &str, underscore: bool) -> bool {
    // the expression ends in `$`, which also matches before a last newline
    let label = label.strip_suffix('\n').unwrap_or(label);
    let fits = |c: char| {
        c.is_ascii_alphanumeric()
            || c == '-'
            || (underscore && c == '_')
            // what `[A-Z]` matches besides when case is ignored
            || matches!(c, '\u{130}' | '\u{131}' | '\u{17f}' | '\u{212a}')
    };
    (1..=63).contains(&label.chars().count())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(fits)
}

/// A host name or an address.
pub(super) fn address(text: &str) -> Option<String> {
    if is_ip(text) { Some(text.to_owned()) } else { name(text, false) }
}

/// As [`address`], and `_` in names.
pub(super) fn domain(text: &str) -> Option<String> {
    address(text).or_else(|| name(text, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names() {
        for good in ["10.0.0.1", "::", "fe80::1", "ctl1", "ctl-1.example", "1host", "a.b-"] {
            assert_eq!(address(good).is_some(), good != "a.b-", "{good}");
        }
        for bad in
            ["", ".", "10.0.0.300", "10.0.0", "010.0.0.1", "fe80::1%eth0", "my_host", "-a", "a b", "a..b", "127.1"]
        {
            assert_eq!(address(bad), None, "{bad}");
        }
        assert_eq!(address("ctl1.").as_deref(), Some("ctl1"));
        assert_eq!(domain("my_host").as_deref(), Some("my_host"));
        assert_eq!(name(&"a".repeat(64), false), None);
    }
}
