//! Every prefix that was met, and what is none.

use super::*;

const LOGGER: &str = "nova.console.websocketproxy";

/// (logger, pid, request id, message) of a line.
fn parts(line: &str) -> (&str, Option<u32>, Option<&str>, &str) {
    let head = split(line);
    (head.logger, head.pid, head.request_id, head.message)
}

#[test]
fn both_default_formats() {
    let old = "2026-11-22 11:34:15.112 14161 INFO nova.console.websocketproxy [req-59e9179e-42aa-4eb9-8be4-46e90369a7ea - - - - -] handler exception: x";
    assert_eq!(
        parts(old),
        (LOGGER, Some(14161), Some("req-59e9179e-42aa-4eb9-8be4-46e90369a7ea"), "handler exception: x")
    );
    let new = "2026-11-22 11:34:14.447 14157 INFO nova.console.websocketproxy [None req-19d67736-a824-48ed-85d1-f7cff37cacc8 - - - - - -]   2: x";
    assert_eq!(parts(new), (LOGGER, Some(14157), Some("req-19d67736-a824-48ed-85d1-f7cff37cacc8"), "  2: x"));
    let none = "2026-11-22 11:34:14.447 14157 INFO nova.console.websocketproxy [-]   - Listen on h:1";
    assert_eq!(parts(none), (LOGGER, Some(14157), None, "  - Listen on h:1"));
}

#[test]
fn a_global_request_id_comes_first() {
    let line = "2026-11-22 11:34:14.447 1 INFO nova.service [req-aaaa req-bbbb - - - - -] m";
    assert_eq!(parts(line).2, Some("req-bbbb"));
}

#[test]
fn what_others_put_in_front() {
    let inner = "2026-11-22 11:34:15.112 14161 INFO nova.console.websocketproxy [-] m";
    for outer in [
        "2026-11-22T10:34:15.112345678Z ",
        "2026-11-22T10:34:15.112345678Z stderr F ",
        "2026-11-22T11:34:15+0100 ctl1 nova-novncproxy[99]: ",
        "<134>1 2026-11-22T10:34:15.1Z ctl1 nova-novncproxy 99 - - ",
    ] {
        let line = format!("{outer}{inner}");
        let head = split(&line);
        assert_eq!((head.logger, head.pid, head.message), (LOGGER, Some(14161), "m"), "{line}");
        assert!(matches!(head.stamp, Some(Stamp::Zoned(_))), "{line}");
    }
    let line = format!("Nov 22 11:34:15 ctl1 nova-novncproxy[99]: {inner}");
    assert_eq!(split(&line).stamp, Some(Stamp::Civil("2026-11-22 11:34:15.112")));
    assert_eq!(split(&line).tag, Some("nova-novncproxy"));
    let line = format!("[pod/nova-novncproxy-5/nova-novncproxy] {inner}");
    assert_eq!(parts(&line), (LOGGER, Some(14161), None, "m"));
}

#[test]
fn devstack_has_colours_and_no_time() {
    let line = "Nov 22 11:34:15 stack devstack@n-novnc-cell1.service[77]: \u{1b}[00;36mINFO nova.console.websocketproxy [\u{1b}[00;36m-\u{1b}[00;36m] \u{1b}[01;35m\u{1b}[00;36mm\u{1b}[00m\r\n";
    let line = plain(line);
    let head = split(&line);
    assert_eq!(
        (head.logger, head.pid, head.tag, head.message),
        (LOGGER, Some(77), Some("devstack@n-novnc-cell1.service"), "m")
    );
}

#[test]
fn json_of_oslo_and_of_docker() {
    let oslo = r#"{"message": "m", "asctime": "2026-11-22 11:34:15", "name": "nova.console.websocketproxy", "process": 14161, "created": 1795347255.5, "context": {"request_id": "req-1"}, "error_summary": ""}"#;
    let unpacked = unpack(oslo);
    let head = unpacked.as_ref().map(Unpacked::head).unwrap_or_default();
    assert_eq!(
        (head.logger, head.pid, head.request_id, head.message, head.stamp),
        (LOGGER, Some(14161), Some("req-1"), "m", Some(Stamp::Unix(1_795_347_255.5)))
    );
    let docker = r#"{"log": "2026-11-22 11:34:15.112 14161 INFO nova.console.websocketproxy [-] m\n", "stream": "stderr", "time": "x"}"#;
    let unpacked = unpack(docker);
    let head = unpacked.as_ref().map(Unpacked::head).unwrap_or_default();
    assert_eq!((head.logger, head.message), (LOGGER, "m"));
    assert!(unpack("{not json").is_none() && unpack("{}").is_none() && unpack("[1]").is_none());
}

#[test]
fn tracebacks_and_raw_text() {
    let line = "2026-11-22 11:34:15.112 14161 ERROR nova.console.websocketproxy Traceback (most recent call last):";
    assert!(split(line).traceback);
    assert_eq!(split("Can not find html/js files at /x.").message, "Can not find html/js files at /x.");
    assert_eq!(split("Can not find html/js files at /x.").logger, "");
    assert_eq!(
        split("Nov 22 11:34:15 ctl1 nova-novncproxy[99]: SSL only and /x not found").message,
        "SSL only and /x not found"
    );
    assert_eq!(split(""), Head::default());
}
