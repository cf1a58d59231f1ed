//! Which noVNC a page belongs to, from its text.
//!
//! The marks are those of `vnc_auto.html`, `vnc_lite.html` and `vnc.html` at noVNC's tags v0.4 to v1.6.0. They tell
//! generations apart, not releases: files are patched by packagers, and a page says nothing of the scripts beside it.

use crate::evidence::page::Novnc;

/// What shows a page to be noVNC's; `None` where nothing does.
pub(super) fn recognise(text: &str) -> Option<Novnc> {
    let has = |mark: &str| text.contains(mark);
    let lite = has("readQueryVariable('path'") || has("core/rfb.js");
    let full = has("app/ui.js");
    let of = |generation: &str, reads_token| Some(Novnc { generation: generation.to_owned(), reads_token });
    if has("noVNC_canvas") || has("include/rfb.js") {
        return if has("getQueryVar('token'") {
            of("0.4 to 0.5", Some(true))
        } else if has("getConfigVar('token'") {
            of("0.6", Some(true))
        } else {
            // 0.6's vnc.html reads it in a script of its own (include/ui.js), 0.5's does not.
            of("0.4 to 0.6", None)
        };
    }
    if lite && has("getConfigVar('token'") {
        return of("1.0", Some(true));
    }
    let modules = text.matches("type=\"module\"").count();
    let loader = has("browser-es-module-loader");
    if lite {
        return of(
            if !loader {
                "1.3 or newer"
            } else if modules > 1 {
                "1.1"
            } else {
                "1.2"
            },
            Some(false),
        );
    }
    if full {
        let generation = match (loader, modules) {
            (true, 0..=1) => "1.2",
            (true, _) => "1.0 to 1.1",
            (false, 0..=1) => "1.3",
            (false, _) => "1.4 or newer",
        };
        return of(generation, Some(false));
    }
    None
}

/// The text of the first `<title>`.
pub(super) fn title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower.get(open..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    let title = text.get(start..end)?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then(|| title.chars().take(120).collect())
}

/// The version in noVNC's `package.json`.
pub(super) fn package_version(text: &str) -> Option<String> {
    let package: serde_json::Value = serde_json::from_str(text).ok()?;
    let name = package.get("name")?.as_str()?;
    let version = package.get("version")?.as_str()?;
    name.to_ascii_lowercase().contains("novnc").then(|| version.chars().take(40).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn generations_are_told_by_their_marks() {
        let told = |text: &str| recognise(text).map(|novnc| (novnc.generation, novnc.reads_token));
        let was = |generation: &str, token| Some((generation.to_owned(), token));
        assert_eq!(told("noVNC_canvas WebUtil.getQueryVar('token', null)"), was("0.4 to 0.5", Some(true)));
        assert_eq!(told("noVNC_canvas WebUtil.getConfigVar('token', null)"), was("0.6", Some(true)));
        assert_eq!(
            told("import RFB from './core/rfb.js'; WebUtil.getConfigVar('token', null)"),
            was("1.0", Some(true))
        );
        let module = "<script type=\"module\">";
        let lite = format!("{module} import './core/rfb.js' readQueryVariable('path', 'websockify')");
        assert_eq!(told(&format!("{lite} {module} browser-es-module-loader")), was("1.1", Some(false)));
        assert_eq!(told(&format!("{lite} browser-es-module-loader")), was("1.2", Some(false)));
        assert_eq!(told(&lite), was("1.3 or newer", Some(false)));
        assert_eq!(told(&format!("{module} {module} app/ui.js")), was("1.4 or newer", Some(false)));
        assert_eq!(told("<html><title>Login</title> we use noVNC here"), None);
    }

    #[test]
    fn a_title_and_a_version_are_found() {
        assert_eq!(title("<HTML><Title lang=en>\n noVNC\t1 </title>").as_deref(), Some("noVNC 1"));
        assert_eq!(title("<title></title>"), None);
        assert_eq!(title("<title>never ends"), None);
        assert_eq!(package_version(r#"{"name": "@novnc/novnc", "version": "1.3.0"}"#).as_deref(), Some("1.3.0"));
        assert_eq!(package_version(r#"{"name": "left-pad", "version": "1.3.0"}"#), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(<title|>|</title|[a-zäß\u{130} ]){0,20}") {
            let _ = (title(&text), recognise(&text), package_version(&text));
        }
    }
}
