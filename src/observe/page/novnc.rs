//! Which noVNC a page belongs to, from its text and from that of the script beside it.
//!
//! The marks are those of `vnc_auto.html`, `vnc_lite.html`, `vnc.html`, `include/rfb.js` and `core/rfb.js` at noVNC's tags v0.4 to
//! v1.7.0. A page tells generations, `core/rfb.js` the release but for 1.6 and 1.7, which begin alike. Files are patched by
//! packagers, so a mark that is missing says nothing.

use crate::evidence::page::Novnc;

/// What shows a page to be noVNC's; `None` where nothing does.
pub(super) fn recognise(text: &str) -> Option<Novnc> {
    let has = |mark: &str| text.contains(mark);
    let lite = has("readQueryVariable('path'") || has("core/rfb.js");
    let full = has("app/ui.js");
    let scripts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    // a packager may have taught the page to read it
    let token = if has("'token'") || has("\"token\"") { None } else { Some(false) };
    let of = |generation: &str, reads_token, names: &[&str]| {
        Some(Novnc { generation: generation.to_owned(), reads_token, scripts: scripts(names) })
    };
    if has("noVNC_canvas") || has("include/rfb.js") {
        let names = ["include/rfb.js"];
        return if has("getQueryVar('token'") {
            of("0.4 to 0.5", Some(true), &names)
        } else if has("getConfigVar('token'") {
            of("0.6", Some(true), &names)
        } else {
            // 0.6's vnc.html reads it in a script of its own (include/ui.js), 0.5's does not.
            of("0.4 to 0.6", None, &names)
        };
    }
    if lite && has("getConfigVar('token'") {
        return of("1.0", Some(true), &["core/rfb.js"]);
    }
    let modules = text.matches("type=\"module\"").count();
    let loader = has("browser-es-module-loader");
    if lite {
        let generation = match (loader, modules) {
            (false, _) => "1.3 or newer",
            (true, 0..=1) => "1.2",
            (true, _) => "1.1",
        };
        return of(generation, token, &["core/rfb.js"]);
    }
    if full {
        let generation = match (loader, modules) {
            (true, 0..=1) => "1.2",
            (true, _) => "1.0 to 1.1",
            (false, 0..=1) => "1.3",
            (false, _) => "1.4 or newer",
        };
        return of(generation, token, &["app/ui.js", "core/rfb.js"]);
    }
    None
}

/// What shows a script to be noVNC's `rfb.js` or `ui.js`; only its beginning is read.
pub(super) fn recognise_script(path: &str, text: &str) -> Option<Novnc> {
    let has = |mark: &str| text.contains(mark);
    let generation = if path.ends_with("/ui.js") {
        has("import RFB from").then_some("1.0 or newer")?
    } else if !path.ends_with("/rfb.js") || !has("noVNC") {
        return None;
    } else if has("wsProtocols': ['binary', 'base64']") {
        "0.5"
    } else if has("wsProtocols': ['binary']") {
        "0.6"
    } else if has("decoders/h264.js") {
        "1.6 or newer"
    } else if has("crypto/crypto.js") {
        "1.5"
    } else if has("ra2.js") {
        "1.4"
    } else if has("gesturehandler.js") {
        if has("polyfill.js") { "1.2" } else { "1.3" }
    } else if has("input/mouse.js") {
        if has("util/cursor.js") { "1.1" } else { "1.0" }
    } else if has("rfb_auth_scheme") {
        "0.4"
    } else {
        return None;
    };
    let reads_token = (path.ends_with("/ui.js") && has("'token'")).then_some(true);
    Some(Novnc { generation: generation.to_owned(), reads_token, scripts: Vec::new() })
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
    fn releases_are_told_by_the_script() {
        let told =
            |marks: &str| recognise_script("/core/rfb.js", &format!("/* noVNC */ {marks}")).map(|n| n.generation);
        let modern = "import 'input/gesturehandler.js'";
        assert_eq!(told("import 'input/mouse.js'").as_deref(), Some("1.0"));
        assert_eq!(told("import 'input/mouse.js' import 'util/cursor.js'").as_deref(), Some("1.1"));
        assert_eq!(told(&format!("{modern} import 'util/polyfill.js'")).as_deref(), Some("1.2"));
        assert_eq!(told(modern).as_deref(), Some("1.3"));
        assert_eq!(told(&format!("{modern} import './ra2.js'")).as_deref(), Some("1.4"));
        assert_eq!(told(&format!("{modern} import './ra2.js' './crypto/crypto.js'")).as_deref(), Some("1.5"));
        assert_eq!(
            told(&format!("{modern} './ra2.js' './crypto/crypto.js' './decoders/h264.js'")).as_deref(),
            Some("1.6 or newer")
        );
        assert_eq!(told("'wsProtocols': ['binary'],").as_deref(), Some("0.6"));
        assert_eq!(told("of another kind"), None);
        assert_eq!(recognise_script("/core/rfb.js", "<html>noVNC is down</html>"), None);
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
            let _ = (title(&text), recognise(&text), recognise_script("/rfb.js", &text), package_version(&text));
        }
    }
}
