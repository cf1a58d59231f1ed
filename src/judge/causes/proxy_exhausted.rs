//! nova-novncproxy's machine has no more files, processes, memory or disk to give it.

use super::Cause;
use super::session_words::{accepted, ended_with, told};
use super::vnc_words::at_session;
use crate::evidence::log::Failure;
use crate::finding::{CauseMeta, Finding, Need, Remedy, Severity, Symptom};
use crate::judge::case::Case;
use crate::judge::words::on;

const META: CauseMeta = CauseMeta {
    id: "proxy-exhausted",
    home: 13,
    releases: "15-34",
    severity: Severity::Error,
    field: &["F7"],
    title: "the proxy has run out of files, processes, memory or disk",
    needs: &[Need::Logs],
    symptoms: &[Symptom::HangsUp],
    explanation: "\
nova-novncproxy forks a process for every console and every file of the page (websockify, start_server), and keeps two
sockets open for each session. Children that are not reaped, sessions that are never closed, health checks that connect all day: in the
end the kernel refuses, and each new console ends with `handler exception: [Errno 24] Too many open files`, `[Errno 11] Resource temporarily
unavailable`, `[Errno 12] Cannot allocate memory` or `[Errno 28] No space left on device`. Restarting the service helps until it is full again.

Count its processes and files, see which of them grow, and raise LimitNOFILE and TasksMax of its unit above what full load needs.",
};

pub(super) const CAUSE: Cause = Cause { meta: META, detect };

fn detect(case: &Case, _: &[Finding]) -> Vec<Finding> {
    let is = |failure: &Failure| lacks(failure).is_some();
    // any console that the same proxy served later shows that there is room again
    let told = told(
        case,
        |view| ended_with(view, is),
        |failed, later| std::ptr::eq(failed.host, later.host) && later.session.worked && accepted(later),
    );
    let Some(told) = told else { return Vec::new() };
    let view = told.view;
    let Some((number, what)) = view.failure().and_then(lacks) else { return Vec::new() };
    let on = on(&view.host.name);
    let draft = at_session(&META, &told, format!("nova-novncproxy{on} has no more {what}: consoles end at once"))
        .seen(format!("{}: handler exception: [Errno {number}]", view.at()))
        .remedy(
            Remedy::new(
                "find out what of the proxy's grows (zombies, sessions, log files), raise LimitNOFILE and TasksMax of its unit or free the disk",
            )
            .command("ps -o pid,stat,etime,args -C nova-novncproxy")
            .command("systemctl show -p TasksCurrent,TasksMax,LimitNOFILE nova-novncproxy")
            .restart("nova-novncproxy")
            .verify("open a console, and look at the same numbers a day later"),
        );
    vec![draft.done()]
}

/// What an error of the operating system says is lacking (errno.h of Linux).
fn lacks(failure: &Failure) -> Option<(u32, &'static str)> {
    let Failure::Other { text } = failure else { return None };
    let number = text.strip_prefix("[Errno ")?.split_once(']')?.0.trim().parse().ok()?;
    let what = match number {
        11 => "processes",
        12 => "memory",
        23 | 24 => "files to open",
        28 => "disk",
        _ => return None,
    };
    Some((number, what))
}
