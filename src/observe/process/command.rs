//! Command lines: which service, with which files.
//!
//! A service is known by the name of its program, run by itself or by a Python or shell interpreter: `vim nova-compute.conf`
//! and `sudo nova-compute` are none. WSGI servers are known by the application that they name.

use crate::evidence::process::{CommandOption, ConfigArgument, Service};

/// Options of nova's programs that are kept: they beat every file and hold no secret.
const HARMLESS: [&str; 14] = [
    "web",
    "ssl-only",
    "nossl-only",
    "cert",
    "key",
    "source-is-ipv6",
    "record",
    "daemon",
    "vnc-novncproxy-host",
    "vnc-novncproxy-port",
    "novncproxy-host",
    "novncproxy-port",
    "log-file",
    "log-dir",
];
/// Those of them that take no value.
const SWITCHES: [&str; 4] = ["ssl-only", "nossl-only", "source-is-ipv6", "daemon"];

/// A command line of a nova service.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Command {
    pub service: Service,
    pub program: String,
    pub interpreter: Option<String>,
    pub script: String,
    pub wsgi: bool,
    rest: Vec<String>,
}

impl Command {
    /// The service that a command line of `/proc` runs; none for anything else.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(line);
        let mut words: Vec<String> = text.split('\0').map(str::to_owned).collect();
        while words.last().is_some_and(|word| word.trim().is_empty()) {
            words.pop();
        }
        // A process that renamed itself: `nova-conductor: master process [/usr/bin/nova-conductor --config-file …]`.
        if let [title] = words.as_slice()
            && let Some((_, inner)) = title.split_once(" [")
            && title.starts_with("nova-")
        {
            words = inner.trim_end().trim_end_matches(']').split_whitespace().map(str::to_owned).collect();
        }
        Self::program(&words).or_else(|| Self::web_server(&words))
    }

    fn program(words: &[String]) -> Option<Self> {
        let first = words.first()?.trim();
        let name = base(first);
        let python = name.starts_with("python") || name.starts_with("pypy");
        let shell = matches!(name, "sh" | "bash" | "dash");
        if !python && !shell {
            return Self::new(first, None, words.get(1..)?.to_vec());
        }
        // Python's own switches come first; -c and -m run something else. A shell is taken only without any.
        let switches = words.iter().skip(1).take_while(|word| python && word.starts_with('-')).count();
        if words.iter().skip(1).take(switches).any(|word| word.starts_with("-c") || word.starts_with("-m")) {
            return None;
        }
        let script = words.get(1 + switches)?;
        Self::new(script, Some(first.to_owned()), words.get(2 + switches..)?.to_vec())
    }

    fn new(script: &str, interpreter: Option<String>, rest: Vec<String>) -> Option<Self> {
        let program = base(script);
        let service = Service::from_program(program)?;
        let wsgi = program == "nova-api-wsgi";
        Some(Self { service, program: program.to_owned(), interpreter, script: script.to_owned(), wsgi, rest })
    }

    /// nova-api under Apache, uWSGI or gunicorn, as far as the command line shows it.
    fn web_server(words: &[String]) -> Option<Self> {
        let first = words.first()?.trim();
        let title = first.trim_start_matches("(wsgi:").trim_end_matches(')').replace('_', "-");
        let renamed = title == "nova-api"
            || title == "nova-api-wsgi"
            || (title.starts_with("nova-api") && title.contains("uWSGI"));
        let server = ["uwsgi", "gunicorn", "apache2", "httpd"].iter().any(|server| base(first).starts_with(server));
        let names_nova = |word: &String| {
            let word = word.replace('_', "-");
            (word.contains("nova-api") || word.contains("nova.wsgi.osapi-compute")) && !word.contains("metadata")
        };
        let names_it = server && words.iter().skip(1).any(names_nova);
        if !renamed && !names_it {
            return None;
        }
        let (program, script) = ("nova-api-wsgi".to_owned(), first.to_owned());
        Some(Self { service: Service::Api, program, interpreter: None, script, wsgi: true, rest: Vec::new() })
    }

    /// `--config-file` and `--config-dir`, made absolute as oslo.config does.
    pub(super) fn config(&self, cwd: Option<&str>, home: Option<&str>) -> Vec<ConfigArgument> {
        let mut found = Vec::new();
        for (name, value) in self.arguments() {
            let dir = match name.as_str() {
                "config-file" => false,
                "config-dir" => true,
                _ => continue,
            };
            let Some(given) = value else { continue };
            let path = match (given.strip_prefix("~/"), given.starts_with('/')) {
                (Some(rest), _) => format!("{}/{rest}", home.unwrap_or("~").trim_end_matches('/')),
                (None, true) => given.clone(),
                (None, false) => format!("{}/{given}", cwd.unwrap_or(".").trim_end_matches('/')),
            };
            found.push(ConfigArgument { dir, given, path });
        }
        found
    }

    /// The harmless options.
    pub(super) fn options(&self) -> Vec<CommandOption> {
        let harmless = |name: &String| HARMLESS.contains(&name.as_str());
        self.arguments()
            .into_iter()
            .filter(|(name, _)| harmless(name))
            .map(|(name, value)| CommandOption { value: value.filter(|_| !SWITCHES.contains(&name.as_str())), name })
            .collect()
    }

    /// Options with their values, `--name=value` or `--name value`; `_` in a name is as good as `-`.
    fn arguments(&self) -> Vec<(String, Option<String>)> {
        let mut found = Vec::new();
        for (at, word) in self.rest.iter().enumerate() {
            let Some(option) = word.strip_prefix("--") else {
                continue;
            };
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (option, self.rest.get(at + 1).filter(|next| !next.starts_with("--")).cloned()),
            };
            found.push((name.replace('_', "-"), value));
        }
        found
    }
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(words: &[&str]) -> Option<Command> {
        Command::parse(format!("{}\0", words.join("\0")).as_bytes())
    }

    #[test]
    fn services_of_every_deployment() {
        let cases: [(&[&str], Service); 12] = [
            (
                &["/usr/bin/python3", "/usr/bin/nova-novncproxy", "--config-file=/etc/nova/nova.conf"],
                Service::Novncproxy,
            ),
            (&["/usr/bin/python2", "-s", "/usr/bin/nova-consoleauth"], Service::Consoleauth),
            (
                &["/openstack/venvs/nova-17.0.0/bin/python", "/openstack/venvs/nova-17.0.0/bin/nova-compute"],
                Service::Compute,
            ),
            (
                &["nova-conductor: master process [/usr/bin/nova-conductor --config-file /etc/nova/nova.conf]"],
                Service::Conductor,
            ),
            (&["/usr/bin/nova-scheduler"], Service::Scheduler),
            (&["/bin/sh", "/opt/nova-consoleauth", "--config-file", "x"], Service::Consoleauth),
            (&["(wsgi:nova-api)   ", "-k", "start"], Service::Api),
            (&["nova_api_wsgi", "-DFOREGROUND"], Service::Api),
            (&["nova-apiuWSGI worker 1"], Service::Api),
            (&["/usr/bin/uwsgi", "--ini", "/etc/nova/nova-api-uwsgi.ini"], Service::Api),
            (&["/usr/bin/python3", "/usr/bin/nova-api-wsgi", "--port", "8774"], Service::Api),
            (&["/usr/bin/nova-spicehtml5proxy"], Service::SpiceProxy),
        ];
        for (words, service) in cases {
            assert_eq!(parse(words).map(|command| command.service), Some(service), "{words:?}");
        }
    }

    #[test]
    fn what_only_speaks_of_a_service() {
        let cases: [&[&str]; 10] = [
            &["vim", "/etc/nova/nova-compute.conf"],
            &["tail", "-f", "/var/log/nova/nova-novncproxy.log"],
            &["sudo", "nova-novncproxy"],
            &["bash", "-c", "nova-novncproxy"],
            &["python3", "-c", "nova-novncproxy"],
            &["python3", "-m", "nova.cmd.novncproxy"],
            &["dumb-init", "--single-child", "--", "nova-compute"],
            &["uwsgi", "--ini", "/etc/nova/nova-metadata-uwsgi.ini"],
            &["apache2", "-k", "start"],
            &[""],
        ];
        for words in cases {
            assert_eq!(parse(words), None, "{words:?}");
        }
    }

    #[test]
    fn files_in_their_order_and_absolute() {
        let command = parse(&[
            "nova-compute",
            "--config-file",
            "a.conf",
            "--config_dir=/d",
            "--config-file=~/b.conf",
            "--config-file",
        ])
        .unwrap();
        let paths: Vec<_> = command
            .config(Some("/run/x"), Some("/var/lib/nova"))
            .into_iter()
            .map(|argument| (argument.dir, argument.path))
            .collect();
        assert_eq!(
            paths,
            [(false, "/run/x/a.conf".into()), (true, "/d".into()), (false, "/var/lib/nova/b.conf".into())]
        );
    }

    #[test]
    fn harmless_options_and_no_others() {
        let command = parse(&[
            "nova-novncproxy",
            "--web",
            "/usr/share/novnc/",
            "--ssl_only",
            "--cert=/c.pem",
            "--database-connection",
            "mysql://u:p@h/x",
        ])
        .unwrap();
        let told: Vec<_> = command.options().into_iter().map(|option| (option.name, option.value)).collect();
        assert_eq!(
            told,
            [
                ("web".into(), Some("/usr/share/novnc/".to_owned())),
                ("ssl-only".into(), None),
                ("cert".into(), Some("/c.pem".to_owned()))
            ]
        );
    }
}
