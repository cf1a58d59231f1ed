//! A cloud's identity and compute APIs on free ports: every answer can be given another body, another status or a delay.
#![allow(dead_code, reason = "each test program uses some of these")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The server of every such cloud.
pub const SERVER: &str = "a1e0c9f2-5a3e-4d0c-8a51-0d9a6c2b7e01";
/// What the identity API hands out.
pub const KEYSTONE_TOKEN: &str = "gAAAAA-s3cret-token";
/// The password it takes.
pub const PASSWORD: &str = "s3cret-passw0rd";

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
    pub delay: Duration,
    pub then: Then,
}

/// What is unusual about an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    Whole,
    /// The connection ends in the middle of the body.
    Half,
    /// The body goes on for ever.
    Endless,
    /// Nothing is answered at all.
    Mute,
}

impl Answer {
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: "Content-Type: application/json\r\nServer: fake/1\r\n".to_owned(),
            body: body.to_string().into_bytes(),
            delay: Duration::ZERO,
            then: Then::Whole,
        }
    }

    pub fn html(status: u16, body: &str) -> Self {
        Self {
            headers: "Content-Type: text/html\r\nServer: HAProxy\r\n".to_owned(),
            body: body.into(),
            ..Self::json(status, &json!({}))
        }
    }

    /// A fault as nova-api writes it.
    pub fn fault(status: u16, name: &str, message: &str) -> Self {
        Self::json(status, &json!({name: {"code": status, "message": message}}))
            .header("x-openstack-request-id: req-1f2e3d4c")
    }

    pub fn header(mut self, line: &str) -> Self {
        self.headers.push_str(line);
        self.headers.push_str("\r\n");
        self
    }

    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }
}

/// Which question: method and the beginning of the path; the longest that fits counts.
pub type Route = (&'static str, &'static str);

type Routes = Arc<Mutex<Vec<(Route, Vec<Answer>)>>>;

/// A running cloud.
pub struct Cloud {
    pub port: u16,
    routes: Routes,
    /// Requests so far: method, path, headers and body.
    pub heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Cloud {
    /// A healthy one of release 34, with one active server; its console is at `url`.
    pub async fn start(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let routes: Routes = Arc::default();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (answers, ear) = (routes.clone(), heard.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answers.clone(), ear.clone()));
            }
        });
        let cloud = Self { port, routes, heard, task };
        cloud.healthy(url);
        cloud
    }

    fn healthy(&self, url: &str) {
        let base = format!("http://127.0.0.1:{}", self.port);
        let versions = json!({"versions": {"values": [{"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": format!("{base}/identity/v3/")}]}]}});
        self.on(("GET", "/identity/"), Answer::json(300, &versions));
        self.on(
            ("POST", "/identity/v3/auth/tokens"),
            Answer::json(201, &token(&base, "RegionOne")).header(&format!("X-Subject-Token: {KEYSTONE_TOKEN}")),
        );
        self.on(("GET", "/compute/v2.1/"), Answer::json(200, &version("2.104")));
        self.on(("GET", "/compute/v2.1/servers/"), Answer::json(200, &json!({"server": server()})));
        self.on(("GET", "/compute/v2.1/servers/detail"), Answer::json(200, &json!({"servers": [server()]})));
        self.on(
            ("GET", "/compute/v2.1/os-services"),
            Answer::json(
                200,
                &json!({"services": [service("nova-compute", "cmp1", "up"), service("nova-conductor", "ctl1", "up")]}),
            ),
        );
        let console = json!({"remote_console": {"protocol": "vnc", "type": "novnc", "url": url}});
        self.on(("POST", "/compute/v2.1/servers/"), Answer::json(200, &console));
        let known = json!({"console": {"instance_uuid": SERVER, "host": "192.0.2.7", "port": 5900, "internal_access_path": null}});
        self.on(("GET", "/compute/v2.1/os-console-auth-tokens/"), Answer::json(200, &known));
    }

    /// Answers a question so from now on.
    pub fn on(&self, route: Route, answer: Answer) {
        self.on_each(route, vec![answer]);
    }

    /// Answers a question with each of these in turn, and with the last one ever after.
    pub fn on_each(&self, route: Route, answers: Vec<Answer>) {
        let mut routes = self.routes.lock().unwrap();
        routes.retain(|(known, _)| *known != route);
        routes.push((route, answers));
    }

    /// Delays every answer.
    pub fn slow(&self, delay: Duration) {
        for (_, answers) in self.routes.lock().unwrap().iter_mut() {
            for answer in answers {
                answer.delay = delay;
            }
        }
    }

    /// `OS_*` for it.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        [
            ("OS_AUTH_URL", format!("http://127.0.0.1:{}/identity", self.port)),
            ("OS_USERNAME", "demo".to_owned()),
            ("OS_PASSWORD", PASSWORD.to_owned()),
            ("OS_PROJECT_NAME", "demo".to_owned()),
            ("OS_USER_DOMAIN_NAME", "Default".to_owned()),
            ("OS_PROJECT_DOMAIN_NAME", "Default".to_owned()),
        ]
        .into()
    }

    /// Requests to a path that begins so.
    pub fn asked(&self, beginning: &str) -> Vec<String> {
        self.heard.lock().unwrap().iter().filter(|request| request.starts_with(beginning)).cloned().collect()
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The body that comes with a token.
pub fn token(base: &str, region: &str) -> Value {
    let offered = |interface: &str, url: String| json!({"interface": interface, "region_id": region, "region": region, "url": url});
    json!({"token": {
        "methods": ["password"],
        "project": {"id": "0123456789abcdef0123456789abcdef", "name": "demo"},
        "roles": [{"id": "1", "name": "admin"}],
        "expires_at": "2099-01-01T00:00:00.000000Z",
        "catalog": [
            {"type": "identity", "name": "keystone", "endpoints": [offered("public", format!("{base}/identity"))]},
            {"type": "compute", "name": "nova", "endpoints": [
                offered("admin", "http://192.0.2.1:8774/v2.1".to_owned()),
                offered("public", format!("{base}/compute/v2.1")),
            ]},
        ],
    }})
}

/// A version document of nova-api.
pub fn version(newest: &str) -> Value {
    json!({"version": {"id": "v2.1", "status": "CURRENT", "version": newest, "min_version": "2.1"}})
}

/// An active server.
pub fn server() -> Value {
    json!({
        "id": SERVER, "name": "web-1", "status": "ACTIVE",
        "OS-EXT-STS:vm_state": "active", "OS-EXT-STS:task_state": null, "OS-EXT-STS:power_state": 1,
        "OS-EXT-SRV-ATTR:host": "cmp1", "OS-EXT-SRV-ATTR:instance_name": "instance-00000001",
    })
}

/// The same in another state.
pub fn server_in(status: &str, vm_state: &str, task_state: Option<&str>, power_state: i64) -> Value {
    let mut server = server();
    server["status"] = json!(status);
    server["OS-EXT-STS:vm_state"] = json!(vm_state);
    server["OS-EXT-STS:task_state"] = json!(task_state);
    server["OS-EXT-STS:power_state"] = json!(power_state);
    server
}

/// A service record.
pub fn service(binary: &str, host: &str, state: &str) -> Value {
    json!({"id": "7", "binary": binary, "host": host, "zone": "nova", "status": "enabled", "state": state,
           "updated_at": "2026-11-25T22:00:00.000000", "disabled_reason": null})
}

async fn serve(mut stream: TcpStream, routes: Routes, ear: Arc<Mutex<Vec<String>>>) {
    let Some(request) = request(&mut stream).await else { return };
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    ear.lock().unwrap().push(request);
    let answer = {
        let mut routes = routes.lock().unwrap();
        let fits = |route: &Route| route.0 == method && path.starts_with(route.1);
        let best = routes.iter_mut().filter(|(route, _)| fits(route)).max_by_key(|(route, _)| route.1.len());
        best.map(|(_, answers)| if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() })
    };
    let answer = answer.unwrap_or_else(|| Answer::fault(404, "itemNotFound", "The resource could not be found."));
    tokio::time::sleep(answer.delay).await;
    let length = match answer.then {
        Then::Whole => answer.body.len(),
        Then::Half => answer.body.len() * 2,
        Then::Endless => 1 << 40,
        Then::Mute => return tokio::time::sleep(Duration::from_mins(10)).await,
    };
    let head = format!(
        "HTTP/1.1 {} X\r\n{}Content-Length: {length}\r\nConnection: close\r\n\r\n",
        answer.status, answer.headers
    );
    let _ = stream.write_all(&[head.as_bytes(), &answer.body].concat()).await;
    if answer.then == Then::Endless {
        while stream.write_all(&[b' '; 8192]).await.is_ok() {}
    }
    let _ = stream.shutdown().await;
}

/// A whole request: head and as much body as it announces.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0usize) {
            return Some(text.into_owned());
        }
    }
}
