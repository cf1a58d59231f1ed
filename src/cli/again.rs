//! The command that the user typed, to be typed again: complete, but for secrets, and without what shapes the output only.

use super::args::{FailOn, Inputs, Network, Selection, Target};
use super::exit::Exit;
use crate::report::Around;

/// A command line in the making.
pub(super) struct Again(String);

impl Again {
    /// The verb, positional paths and inputs.
    pub(super) fn new(verb: &str, paths: &[String], inputs: &Inputs) -> Self {
        let mut again = Self(format!("vncdoctor {verb}"));
        for path in paths {
            again.word(path);
        }
        for config in &inputs.config {
            again.pair("--config", config);
        }
        for log in &inputs.log {
            again.pair("--log", log);
        }
        for bundle in &inputs.bundle {
            again.pair("--bundle", &bundle.display().to_string());
        }
        if let Some(release) = &inputs.release {
            again.pair("--release", release);
        }
        again
    }

    /// What `check` has besides.
    pub(super) fn network(mut self, network: &Network) -> Self {
        if network.offline {
            self.0.push_str(" --offline");
        }
        let cloud = &network.cloud;
        for (flag, value) in [("--server", &cloud.server), ("--os-cloud", &cloud.os_cloud)] {
            if let Some(value) = value {
                self.pair(flag, value);
            }
        }
        if cloud.insecure {
            self.0.push_str(" --insecure");
        }
        if let Some(seconds) = network.idle {
            self.pair("--idle", &seconds.to_string());
        }
        self
    }

    /// The console asked about; its URL and token are secrets and stay out.
    pub(super) fn target(mut self, target: &Target) -> Self {
        if target.url.is_some() {
            self.0.push_str(" --url 'URL'");
        }
        if target.token.is_some() {
            self.0.push_str(" --token TOKEN");
        }
        self
    }

    /// Which settings count, where that was said.
    pub(super) fn settings(mut self, selection: &Selection) -> Self {
        if let Some(path) = &selection.settings {
            self.pair("--settings", &path.display().to_string());
        }
        if selection.no_settings {
            self.0.push_str(" --no-settings");
        }
        self
    }

    /// The whole line.
    pub(super) fn line(self) -> String {
        self.0
    }

    /// For a report of `check`: a mended site is seen best through a console that nobody opened yet.
    pub(super) fn checked(
        self,
        inputs: &Inputs,
        target: &Target,
        network: &Network,
        exit: Exit,
        fail_on: FailOn,
    ) -> Around {
        let again = self.network(network).target(target).line();
        let live = network.cloud.server.is_some()
            || !inputs.config.is_empty()
            || !inputs.log.is_empty()
            || target.url.is_some();
        let mended = if !live && !inputs.bundle.is_empty() {
            ("when mended, on the hosts", "vncdoctor collect --output BUNDLE".to_owned())
        } else if network.offline || network.cloud.server.is_some() {
            ("when mended", again.clone())
        } else if target.url.is_some() {
            ("when mended, with a fresh console url as URL", again.clone())
        } else {
            ("when mended, with a fresh console url as URL", format!("{again} --url 'URL'"))
        };
        Around { again, mended, exit: exit.code(), fails: fail_on.limit() }
    }

    /// For a report of the other verbs.
    pub(super) fn read(self, mended: &'static str, exit: Exit, fail_on: FailOn) -> Around {
        Around { again: self.0.clone(), mended: (mended, self.0), exit: exit.code(), fails: fail_on.limit() }
    }

    fn pair(&mut self, flag: &str, value: &str) {
        self.0.push(' ');
        self.0.push_str(flag);
        self.word(value);
    }

    /// A word as a shell reads it back.
    fn word(&mut self, text: &str) {
        let plain = |c: char| c.is_alphanumeric() || "/._-@+:,=".contains(c);
        self.0.push(' ');
        if !text.is_empty() && text.chars().all(plain) {
            self.0.push_str(text);
        } else {
            self.0.push('\'');
            self.0.push_str(&text.replace('\'', r"'\''"));
            self.0.push('\'');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Again;
    use crate::cli::args::{Inputs, Target};

    #[test]
    fn the_command_is_complete_and_keeps_no_secret() {
        let inputs = Inputs {
            config: vec!["ctl1:api=/etc/nova".into(), "my host's.conf".into()],
            release: Some("queens".into()),
            ..Inputs::default()
        };
        let url = Some("http://vip:6080/vnc_auto.html?token=2d5a9f04-9c0e-4f6e-8e3a-0f2f8b7c1a11".to_owned());
        let target = Target { url, token: None };
        let line = Again::new("check", &[], &inputs).target(&target).line();
        assert_eq!(
            line,
            r"vncdoctor check --config ctl1:api=/etc/nova --config 'my host'\''s.conf' --release queens --url 'URL'"
        );
    }
}
