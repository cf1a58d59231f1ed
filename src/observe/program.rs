//! A program of this machine that is asked something: found by its whole path, run without a shell, within a time and a bound.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a program said.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// What it printed; cut where it took longer or said more than it may.
    pub(super) text: String,
    /// It ended well by itself.
    pub(super) well: bool,
}

/// What a program prints within a time, at most so many bytes of it.
pub(super) fn answer(mut command: Command, time: Duration, most: u64) -> Said {
    let deadline = Instant::now() + time;
    let Ok(mut child) = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn() else {
        return Said::default();
    };
    let (sender, receiver) = std::sync::mpsc::channel();
    if let Some(out) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            // An error ends the answer where it is; a reader that gave up wants none.
            let _ = out.take(most).read_to_end(&mut text);
            let _ = sender.send(text);
        });
    }
    let well = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status.success(),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(10)),
            _ => {
                // It may have ended just now.
                let _ = child.kill();
                let _ = child.wait();
                break false;
            }
        }
    };
    // A grandchild could keep the pipe open.
    let text = receiver.recv_timeout(Duration::from_millis(500)).unwrap_or_default();
    Said { text: String::from_utf8_lossy(&text).into_owned(), well }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        command
    }

    #[test]
    fn a_program_that_hangs_is_given_up() {
        let begun = Instant::now();
        let said = answer(shell("echo here; exec sleep 30"), Duration::from_millis(300), 100);
        assert_eq!((said.text.as_str(), said.well), ("here\n", false));
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_program_that_says_too_much_is_cut() {
        let said = answer(shell("yes"), Duration::from_millis(300), 100);
        assert_eq!((said.text.len(), said.well), (100, false));
    }

    #[test]
    fn how_a_program_ends_is_told() {
        let time = Duration::from_secs(5);
        assert!(answer(shell("true"), time, 1).well);
        assert!(!answer(shell("exit 3"), time, 1).well);
        assert!(!answer(Command::new("/no/such/program"), time, 1).well);
    }
}
