//! A scene: nova.conf files of several hosts on disk, tokens in real memcacheds, the built program run on them as an
//! operator would, and its JSON report taken apart.
#![allow(dead_code, reason = "each test program uses some of these")]

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tempfile::TempDir;
use vncdoctor::console::memcached_ring::{probe_order, start_hash};

use crate::parts::memcached::Memcached;

/// The token of every scene.
pub const TOKEN: &str = "0c3b1a52-6f0e-4a7f-9d6b-2f1f6f0a1d11";
/// Its sha1 in hex: the key from Mitaka's `[cache]` on.
pub const SHA1: &str = "aecfa2aff668b967d07ea86794e0b97fcd0a8e32";
/// The proxy's host and the URL before the token, where no proxy is meant to answer.
pub const ACCESS_URL: &str = "http://ctl.example:6080/vnc_auto.html";

/// Unix seconds.
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

/// A nova.conf of a controller of Queens with this in `[cache]`.
pub fn controller(cache: &str) -> String {
    format!("[DEFAULT]\ntransport_url = rabbit://nova:secret@127.0.0.1:5672/\n\n[cache]\n{cache}\n")
}

/// The usual `[cache]` with these servers.
pub fn pool(servers: &[&str]) -> String {
    controller(&format!("enabled = True\nbackend = oslo_cache.memcache_pool\nmemcache_servers = {}", servers.join(",")))
}

/// Several controllers named ctl1, ctl2, ... with one nova.conf each.
#[derive(Default)]
pub struct Scene {
    dir: Option<TempDir>,
    args: Vec<String>,
    release: &'static str,
    timeout: &'static str,
}

impl Scene {
    pub fn of(confs: &[String]) -> Self {
        let mut scene = Self { dir: Some(tempfile::tempdir().unwrap()), args: Vec::new(), release: "17", timeout: "2" };
        for (index, conf) in confs.iter().enumerate() {
            scene.host(&format!("ctl{}", index + 1), conf);
        }
        scene
    }

    /// Three controllers with the same lines.
    pub fn three(conf: &str) -> Self {
        Self::of(&[conf.to_owned(), conf.to_owned(), conf.to_owned()])
    }

    /// One host more.
    pub fn host(&mut self, label: &str, conf: &str) {
        let name = label.split(':').next().unwrap();
        let file = self.path(name).join("nova.conf");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, conf).unwrap();
        self.args.extend(["--config".to_owned(), format!("{label}={}", file.display())]);
    }

    /// A file or folder of the scene.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.as_ref().unwrap().path().join(name)
    }

    /// Another release than Queens.
    pub fn release(mut self, release: &'static str) -> Self {
        self.release = release;
        self
    }

    /// Another time-out than two seconds.
    pub fn timeout(mut self, seconds: &'static str) -> Self {
        self.timeout = seconds;
        self
    }

    /// Runs `vncdoctor check` on it, with more arguments.
    pub fn check(&self, more: &[&str]) -> Report {
        let mut args: Vec<&str> = vec!["check", "--format", "json"];
        if !self.release.is_empty() {
            args.extend(["--release", self.release]);
        }
        if !self.timeout.is_empty() {
            args.extend(["--timeout", self.timeout]);
        }
        args.extend(self.args.iter().map(String::as_str));
        args.extend(more);
        run(&args)
    }

    /// Saves what `check` with the scene's token would see.
    pub fn collect(&self, file: &str) {
        let mut args: Vec<&str> = vec!["collect", "--token", TOKEN, "--output", file, "--release", self.release];
        args.extend(self.args.iter().map(String::as_str));
        let done = Command::new(env!("CARGO_BIN_EXE_vncdoctor")).args(args).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// The same with the scene's token.
    pub fn check_token(&self) -> Report {
        self.check(&["--token", TOKEN])
    }
}

/// Runs the built program; its report must be JSON and its stderr silent.
pub fn run(args: &[&str]) -> Report {
    run_by(Command::new(env!("CARGO_BIN_EXE_vncdoctor")), args)
}

/// The same by a command that runs it elsewhere.
pub fn run_by(mut command: Command, args: &[&str]) -> Report {
    let began = Instant::now();
    let done = command.args(args).env("NO_COLOR", "1").output().unwrap();
    let took = began.elapsed();
    let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
    assert!(err.is_empty(), "{args:?}: {err}");
    let json: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"));
    assert!(!out.contains(TOKEN) && !out.contains("secret"), "a secret in {out}");
    let report = Report { code: done.status.code().unwrap(), json, took };
    let numbers: Vec<u64> = report.steps().iter().map(|step| step["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=15).collect::<Vec<_>>());
    for failed in report.steps().iter().filter(|step| step["status"] == "fail") {
        let found = report.findings().iter().any(|f| f["step"] == failed["number"] && f["severity"] == "error");
        assert!(found, "a failed step without a finding: {failed}");
    }
    report
}

/// What one run said.
pub struct Report {
    pub code: i32,
    pub json: Value,
    pub took: Duration,
}

impl Report {
    pub fn findings(&self) -> &Vec<Value> {
        self.json["findings"].as_array().unwrap()
    }

    pub fn steps(&self) -> &Vec<Value> {
        self.json["steps"].as_array().unwrap()
    }

    /// The status of a step.
    pub fn status(&self, number: usize) -> &str {
        self.steps()[number - 1]["status"].as_str().unwrap()
    }

    /// The one finding of a cause.
    pub fn finding(&self, cause: &str) -> &Value {
        let found: Vec<&Value> = self.findings().iter().filter(|finding| finding["cause"] == cause).collect();
        assert_eq!(found.len(), 1, "{cause} in {self}");
        found[0]
    }

    /// Causes of findings of this severity, in order.
    pub fn causes(&self, severity: &str) -> Vec<&str> {
        let of = self.findings().iter().filter(|finding| finding["severity"] == severity);
        of.map(|finding| finding["cause"].as_str().unwrap()).collect()
    }

    /// Nothing above a note, exit 0.
    pub fn is_silent(&self) -> &Self {
        assert_eq!(self.causes("error"), Vec::<&str>::new(), "{self}");
        assert_eq!(self.causes("warning"), Vec::<&str>::new(), "{self}");
        assert_eq!(self.code, 0, "{self}");
        assert!(self.json["verdict"].get("step").is_none(), "{self}");
        self
    }

    /// Exit 1, the verdict at this step with a cause that detects this row of the public cases (`""` for none), and no
    /// other error.
    pub fn is(&self, step: u64, field: &str) -> &Self {
        self.leads_to(step, field);
        let cause = self.json["verdict"]["cause"].as_str().unwrap();
        let errors = self.causes("error");
        assert!(errors.iter().all(|error| *error == cause), "{errors:?} in {self}");
        self
    }

    /// The same, where other errors may stand beside it.
    pub fn leads_to(&self, step: u64, field: &str) -> &Self {
        let verdict = &self.json["verdict"];
        assert_eq!((self.code, verdict["status"].as_str()), (1, Some("fail")), "{self}");
        assert_eq!(verdict["step"].as_u64(), Some(step), "{self}");
        assert_eq!(rows(verdict["cause"].as_str().unwrap()), field.split_whitespace().collect::<Vec<_>>(), "{self}");
        assert_eq!(self.status(step as usize), "fail", "{self}");
        self
    }

    /// Exit 1, no step and no cause chosen, these `step cause` as candidates, and something to provide.
    pub fn is_open(&self, candidates: &[(u64, &str)]) -> &Self {
        assert_eq!(self.candidates(), candidates, "{self}");
        self
    }

    /// The same, of a symptom that many causes share: these are among the candidates, and those are not.
    pub fn leaves_open(&self, these: &[(u64, &str)], not: &[&str]) -> &Self {
        let named = self.candidates();
        assert!(these.iter().all(|one| named.contains(one)), "{these:?} {self}");
        assert!(named.iter().all(|(_, cause)| !not.contains(cause)), "{not:?} {self}");
        self
    }

    /// The candidates of a report that chooses none of them, by step.
    fn candidates(&self) -> Vec<(u64, &str)> {
        let verdict = &self.json["verdict"];
        assert_eq!((self.code, verdict["status"].as_str()), (1, Some("fail")), "{self}");
        assert!(verdict.get("step").is_none() && verdict.get("cause").is_none(), "{self}");
        assert!(!verdict["provide"].as_array().unwrap().is_empty(), "{self}");
        let candidates = verdict["candidates"].as_array().unwrap();
        let mut named: Vec<(u64, &str)> =
            candidates.iter().map(|seen| (seen["step"].as_u64().unwrap(), seen["cause"].as_str().unwrap())).collect();
        named.sort_unstable();
        named
    }

    /// The whole report holds these words.
    pub fn says(&self, words: &[&str]) -> &Self {
        let text = self.json["findings"].to_string();
        for word in words {
            assert!(text.contains(word), "{word:?} is not in {self}");
        }
        self
    }

    /// The run took no longer than so many time-outs of two seconds; half a second is a busy machine's.
    pub fn within(&self, timeouts: f64) -> &Self {
        let millis = self.json["duration_ms"].as_f64().unwrap();
        assert!(millis <= timeouts * 2000.0 + 500.0, "{millis} ms: {self}");
        self
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "exit {} {}", self.code, serde_json::to_string_pretty(&self.json).unwrap())
    }
}

/// The rows of the public cases that a cause detects, as `explain` lists them.
pub fn rows(cause: &str) -> Vec<&'static str> {
    static LIST: LazyLock<Value> = LazyLock::new(|| {
        let done =
            Command::new(env!("CARGO_BIN_EXE_vncdoctor")).args(["explain", "--format", "json"]).output().unwrap();
        serde_json::from_slice(&done.stdout).unwrap()
    });
    let causes = LIST["causes"].as_array().unwrap();
    let one = causes.iter().find(|one| one["id"] == cause).unwrap_or_else(|| panic!("explain knows no {cause}"));
    one["field"].as_array().unwrap().iter().map(|row| row.as_str().unwrap()).collect()
}

/// What nova keeps of a token, as JSON text. A port of -1 is an instance that is off.
pub fn connect_info(host: &str, port: i32) -> String {
    format!(
        "{{\"instance_uuid\": \"a1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e01\", \"access_url\": \"{ACCESS_URL}?token={TOKEN}\", \
         \"token\": \"{TOKEN}\", \"last_activity_at\": {:.6}, \"internal_access_path\": null, \
         \"console_type\": \"novnc\", \"host\": \"{host}\", \"port\": \"{port}\"}}",
        now()
    )
}

/// dogpile's CachedValue as Python 2.7 pickles it: what Newton to Queens write.
pub fn pickled(json: &str, written: f64) -> Vec<u8> {
    format!("cdogpile.cache.api\nCachedValue\np1\n(S'{json}'\np2\n(dp3\nS'v'\nI1\nsS'ct'\np4\nF{written}\nstRp5\n.")
        .into_bytes()
}

/// The places of a list of `n` servers that python-memcached tries for a key, in order, each once.
pub fn order(key: &str, n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::new();
    for place in probe_order(start_hash(key.as_bytes()), n) {
        if !order.contains(&place) {
            order.push(place);
        }
    }
    order
}

/// Puts the token of `host:port` on the node that python-memcached chooses of these; its place in the list.
pub fn store(nodes: &[&Memcached], host: &str, port: i32, age: f64) -> usize {
    let place = order(SHA1, nodes.len())[0];
    nodes[place].set(SHA1, 1, 0, &pickled(&connect_info(host, port), now() - age));
    place
}
