//! Console connections, put together from the proxy's lines.
//!
//! Each connection is a forked child of the proxy, so its lines share a process id; ids are used again, so a new
//! connection line, or a long silence, begins another session. Limits: lines without a process id are put together by
//! their request's, or belong to no session; requests for files of the page are none. The SPICE and serial proxies write the same words about other consoles.

use std::collections::HashMap;

use super::{Event, LogEvent, Session};
use crate::evidence::process::Service;

/// Seconds of silence after which a line of the same process id is another process. Longer than any wait of the proxy
/// (about 134 s for a host that drops packets), shorter than ids take to come round.
const SILENCE: f64 = 3600.0;

/// The sessions of one log file, in the order of their first lines.
pub fn sessions(events: &[LogEvent]) -> Vec<Session> {
    let mut found: Vec<Session> = Vec::new();
    let mut open: HashMap<Whose, (usize, Option<f64>)> = HashMap::new();
    for event in events {
        if matches!(event.service, Some(Service::SpiceProxy | Service::SerialProxy)) {
            continue;
        }
        let Some(whose) = Whose::of(event) else { continue };
        let current = open.get(&whose).filter(|(_, last)| !silent(*last, event.at)).map(|(index, _)| *index);
        let index = match (&event.event, current) {
            (Event::Opened { .. }, _) => None,
            (_, Some(index)) if belongs(&event.event) => Some(index),
            (_, None) if begins(&event.event) => None,
            _ => continue,
        };
        let index = index.unwrap_or_else(|| {
            found.push(Session {
                pid: event.pid.unwrap_or_default(),
                line: event.line,
                started: event.at,
                ..Session::default()
            });
            found.len() - 1
        });
        open.insert(whose, (index, event.at));
        if let Some(session) = found.get_mut(index) {
            add(session, event);
        }
    }
    found
}

/// What the lines of one connection share.
#[derive(PartialEq, Eq, Hash)]
enum Whose<'e> {
    Process(u32),
    /// Where no process id is printed: the child's request, which the lines before the token's check do not name.
    Request(&'e str),
    /// Neither: an end that stands for itself.
    Line(u32),
}

impl<'e> Whose<'e> {
    fn of(line: &'e LogEvent) -> Option<Self> {
        match (line.pid, &line.request_id) {
            (Some(pid), _) => Some(Self::Process(pid)),
            (None, Some(id)) => Some(Self::Request(id)),
            (None, None) => matches!(line.event, Event::HandlerException { .. }).then_some(Self::Line(line.line)),
        }
    }
}

fn silent(last: Option<f64>, now: Option<f64>) -> bool {
    matches!((last, now), (Some(last), Some(now)) if now - last > SILENCE)
}

/// Lines of a session that is under way.
fn belongs(event: &Event) -> bool {
    begins(event)
        || waits(event)
        || matches!(
            event,
            Event::SecurityFinished | Event::VencryptAccepted | Event::MalformedCookie | Event::SessionLimit { .. }
        )
}

/// Lines of a connection that waits for its database or its bus: its end, as long as none comes after.
fn waits(event: &Event) -> bool {
    matches!(event, Event::DatabaseRetry { .. } | Event::DatabaseError { .. } | Event::BusUnreachable { .. })
}

/// Lines that only a console connection writes, whether or not its opening line was seen: a refused handshake has none.
fn begins(event: &Event) -> bool {
    matches!(
        event,
        Event::Path { .. }
            | Event::ConnectInfo { .. }
            | Event::Connecting { .. }
            | Event::HandlerException { .. }
            | Event::SecurityProxyFailed { .. }
            | Event::HttpError { code: 400, .. }
            | Event::NoCertificate { .. }
            | Event::PlainRefused
    )
}

fn add(session: &mut Session, line: &LogEvent) {
    if session.token.is_none() {
        session.token.clone_from(&line.token);
    }
    match &line.event {
        Event::Opened { client, tls } => {
            session.client = Some(client.clone());
            session.tls = Some(*tls);
        }
        Event::Path { path, carried } => {
            session.path = Some(path.clone());
            session.carried = Some(*carried);
        }
        Event::ConnectInfo { target } => session.target = Some(target.clone()),
        Event::Connecting { host, port } => {
            session.host = Some(host.clone());
            session.port = Some(*port);
        }
        Event::SecurityFinished => {
            session.worked = true;
            end(session, line);
        }
        // What comes after a finished handshake is how a working console ended.
        Event::HandlerException { .. }
        | Event::HttpError { .. }
        | Event::NoCertificate { .. }
        | Event::PlainRefused
            if !session.worked =>
        {
            end(session, line);
        }
        waiting if waits(waiting) && session.end.as_ref().is_none_or(waits) => end(session, line),
        _ => {}
    }
}

fn end(session: &mut Session, line: &LogEvent) {
    session.end = Some(line.event.clone());
    session.end_line = Some(line.line);
    session.seconds = session.started.zip(line.at).map(|(started, ended)| (ended - started).max(0.0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::log::{Carried, Failure};

    fn line(pid: u32, at: f64, event: Event) -> LogEvent {
        LogEvent {
            line: 1,
            at: Some(at),
            zone_known: false,
            pid: Some(pid),
            service: None,
            request_id: None,
            event,
            token: None,
        }
    }

    fn opened() -> Event {
        Event::Opened { client: "10.0.0.9".to_owned(), tls: false }
    }

    fn refused() -> Event {
        Event::HandlerException { failure: Failure::ConnRefused }
    }

    #[test]
    fn two_children_interleaved_are_two_sessions() {
        let path = Event::Path { path: "/".to_owned(), carried: Carried::Token };
        let dial = Event::Connecting { host: "10.0.0.21".to_owned(), port: 5901 };
        let all = [
            line(1, 0.0, opened()),
            line(2, 0.1, opened()),
            line(1, 0.2, path),
            line(2, 0.3, refused()),
            line(1, 0.4, dial),
            line(1, 2.0, Event::SecurityFinished),
            line(1, 99.0, refused()),
        ];
        let found = sessions(&all);
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].worked, &found[0].end, found[0].seconds, found[0].port),
            (true, &Some(Event::SecurityFinished), Some(2.0), Some(5901))
        );
        assert_eq!((found[1].worked, &found[1].end), (false, &Some(refused())));
    }

    #[test]
    fn a_process_id_that_comes_back_is_another_session() {
        assert_eq!(sessions(&[line(1, 0.0, opened()), line(1, 1.0, refused()), line(1, 2.0, opened())]).len(), 2);
        assert_eq!(sessions(&[line(1, 0.0, opened()), line(1, 9000.0, refused())]).len(), 2);
        assert_eq!(sessions(&[line(1, 0.0, opened()), line(1, 134.0, refused())]).len(), 1);
    }

    #[test]
    fn a_refused_handshake_is_a_session_and_a_missing_picture_is_none() {
        let http = |code| line(1, 0.0, Event::HttpError { code, message: "x".to_owned() });
        assert_eq!(sessions(&[http(400)]).len(), 1);
        assert_eq!(
            sessions(&[http(404), line(1, 0.0, Event::EmptyHandshake), line(1, 0.0, Event::SecurityFinished)]).len(),
            0
        );
        let nobody = LogEvent { pid: None, ..line(1, 0.0, opened()) };
        assert_eq!(sessions(&[nobody]).len(), 0);
    }
}
