//! The eyes for the message bus against a real RabbitMQ and against hostile peers, alone and as `vncdoctor check` has them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

#[path = "fakes/mod.rs"]
mod fakes;
#[path = "parts/mod.rs"]
mod parts;

use fakes::{Fake, Script};
use parts::certificate::Authority;
use parts::free_port;
use parts::rabbitmq::{Consumer, PASSWORD, RabbitMq};
use serde_json::Value;
use std::process::Command;
use std::time::{Duration, Instant};
use vncdoctor::evidence::bus::{BusAnswer, BusConduct, QueueFound, Seat};
use vncdoctor::evidence::dial::DialOutcome;
use vncdoctor::evidence::probe::Behalf;
use vncdoctor::evidence::process::Service;
use vncdoctor::evidence::stranger::Stranger;
use vncdoctor::evidence::tls::TlsProblem;
use vncdoctor::observe::amqp::{Bus, Tls, ask};
use vncdoctor::observe::limits::Limits;
use vncdoctor::oslo::transport_url::TransportUrl;

const QUEUES: [&str; 4] = ["consoleauth", "conductor", "compute.cmp1", "compute.cmp9"];

async fn look_by(url: &str, tls: Option<Tls>, timeout: Duration) -> BusAnswer {
    let broker = TransportUrl::parse(url, 34).unwrap().brokers(None).remove(0).unwrap();
    let bus = Bus { broker, tls };
    let seats = [Seat { host: "ctl1".to_owned(), service: Service::Novncproxy }];
    let queues: Vec<String> = QUEUES.iter().map(|&name| name.to_owned()).collect();
    let limits = Limits { timeout, ..Limits::default() };
    let behalf = Behalf { from: "here".to_owned(), for_host: Some("ctl1".to_owned()), because: None };
    let before = Instant::now();
    let seen = ask(&bus, &seats, &queues, &limits, &behalf).await;
    assert!(before.elapsed() < timeout * 2 + Duration::from_secs(1), "{url}: {:?}", before.elapsed());
    let saved = serde_json::to_string(&seen).unwrap();
    assert!(!saved.contains("S3CRET"), "{saved}");
    assert_eq!(serde_json::from_str::<vncdoctor::evidence::probe::Seen<BusAnswer>>(&saved).unwrap(), seen);
    seen.saw
}

async fn look(url: &str) -> BusAnswer {
    look_by(url, None, Duration::from_secs(10)).await
}

async fn hostile(script: Script) -> BusConduct {
    let fake = Fake::start(script).await;
    let url = format!("rabbit://nova:S3CRET@{}/", fake.address);
    look_by(&url, None, Duration::from_secs(1)).await.conduct.unwrap()
}

fn queue<'a>(answer: &'a BusAnswer, name: &str) -> &'a QueueFound {
    answer.queue(name).unwrap_or_else(|| panic!("{name} in {answer:?}"))
}

/// Files of a site on this machine, and what `check` says of it: exit code, report, everything printed.
fn check(files: &[(&str, String)], more: &[&str]) -> (i32, Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vncdoctor"));
    command.args(["check", "--format", "json", "--timeout", "10"]).args(more);
    for (label, text) in files {
        let path = folder.path().join(format!("{}.conf", label.replace(':', "-")));
        std::fs::write(&path, text).unwrap();
        command.arg("--config").arg(format!("{label}={}", path.display()));
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!text.contains("S3CRET"), "{text}");
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{text}"));
    (output.status.code().unwrap(), report, text)
}

/// `STEP SEVERITY CONFIDENCE` of each finding of a cause.
fn findings(report: &Value, cause: &str) -> Vec<String> {
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let all = report["findings"].as_array().unwrap().iter().filter(|finding| finding["cause"] == cause);
    all.map(|one| format!("{} {} {}", one["step"], text(one, "severity"), text(one, "confidence"))).collect()
}

/// One start of RabbitMQ for all of it: it takes a while.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_broker_in_every_state() {
    let authority = Authority::new();
    let rabbit = RabbitMq::start(&authority.sign("bus", "IP:127.0.0.1", None), &authority.file());
    let (port, tls_port) = (rabbit.port, rabbit.tls_port);
    let url = |login: &str, vhost: &str| format!("rabbit://{login}@127.0.0.1:{port}/{vhost}");
    let good = format!("nova:{PASSWORD}");

    let consumer = Consumer::of(port, "consoleauth");
    let answer = look(&url(&good, "")).await;
    assert_eq!(answer.conduct, Some(BusConduct::Opened), "{answer:?}");
    let broker = answer.broker.as_ref().unwrap();
    assert_eq!(broker.product.as_deref(), Some("RabbitMQ"));
    assert!(broker.version.as_ref().unwrap().starts_with("3."), "{broker:?}");
    assert!(broker.cluster.as_ref().unwrap().contains('@'), "{broker:?}");
    assert_eq!(queue(&answer, "consoleauth"), &QueueFound::Present { messages: 0, consumers: 1 });
    assert_eq!(queue(&answer, "compute.cmp1"), &QueueFound::Present { messages: 0, consumers: 0 });
    assert_eq!(queue(&answer, "compute.cmp9"), &QueueFound::Absent);
    // a look makes no queue
    assert_eq!(queue(&look(&url(&good, "")).await, "compute.cmp9"), &QueueFound::Absent);
    assert_eq!(queue(&look(&url(&good, "cell1")).await, "consoleauth"), &QueueFound::Absent);

    let refused = look(&url("nova:S3CRET-wrong", "")).await.conduct.unwrap();
    assert!(
        matches!(&refused, BusConduct::LoginRefused { text: Some(text) } if text.contains("ACCESS_REFUSED")),
        "{refused:?}"
    );
    assert!(matches!(look(&url("nobody:S3CRET", "")).await.conduct, Some(BusConduct::LoginRefused { .. })));
    let missing = look(&url(&good, "nope")).await.conduct;
    assert!(matches!(missing, Some(BusConduct::NoVirtualHost { .. })), "{missing:?}");
    let denied = look(&url(&good, "private")).await.conduct;
    assert!(matches!(denied, Some(BusConduct::VirtualHostRefused { .. })), "{denied:?}");

    // an IPv6 address in brackets is dialled as it is
    let six = look(&format!("rabbit://{good}@[::1]:{port}/")).await;
    assert_eq!(
        (&six.conduct, &six.dial.outcome),
        (&Some(BusConduct::Opened), &DialOutcome::Connected { ip: "::1".to_owned() })
    );

    let tls = format!("rabbit://{good}@127.0.0.1:{tls_port}/");
    let own = Some(Tls { authorities: Some(authority.file()) });
    let answer = look_by(&tls, own.clone(), Duration::from_secs(10)).await;
    assert_eq!(answer.conduct, Some(BusConduct::Opened), "{answer:?}");
    let answer = look_by(&tls, Some(Tls { authorities: None }), Duration::from_secs(10)).await;
    assert_eq!(answer.tls.unwrap().problem, Some(TlsProblem::UnknownIssuer));
    let plain = look(&tls).await.conduct;
    assert!(
        matches!(plain, Some(BusConduct::Stranger { protocol: Stranger::Tls, .. } | BusConduct::Closed { .. })),
        "{plain:?}"
    );
    let answer = look_by(&url(&good, ""), own, Duration::from_secs(10)).await;
    assert_eq!(answer.tls.unwrap().problem, Some(TlsProblem::NotTls));
    assert_eq!(look(&format!("rabbit://{good}@127.0.0.1:{}/", free_port())).await.dial.outcome, DialOutcome::Refused);

    as_check_has_it(port, consumer);
}

/// The same broker through the command line.
fn as_check_has_it(port: u16, consumer: Consumer) {
    let member = |login: &str, port: u16| format!("{login}@127.0.0.1:{port}");
    let good = member(&format!("nova:{PASSWORD}"), port);
    let controller =
        |url: String| format!("[DEFAULT]\ntransport_url = rabbit://{url}\n[database]\nconnection = sqlite://\n");
    let ctl = |url: String, release: &str| check(&[("ctl1:controller", controller(url))], &["--release", release]);

    // a dead member beside one that lives breaks no console
    let dead = member(&format!("nova:{PASSWORD}"), free_port());
    let (_, report, text) = ctl(format!("{dead},{good}/"), "queens");
    assert_eq!(findings(&report, "message-bus-down"), ["3 warning likely"], "{text}");
    let (code, report, text) = ctl(format!("{dead}/"), "queens");
    assert_eq!((code, findings(&report, "message-bus-down")), (1, vec!["3 error likely".to_owned()]), "{text}");
    for url in [format!("{}/", member("nova:S3CRET-wrong", port)), format!("{good}/nope"), format!("{good}/private")] {
        let (code, report, text) = ctl(url, "yoga");
        assert_eq!((code, findings(&report, "message-bus-down")), (1, vec!["3 error likely".to_owned()]), "{text}");
        assert_eq!(report["verdict"]["cause"], "message-bus-down", "{text}");
    }
    let (_, report, text) = ctl(format!("{good}/"), "queens");
    assert!(findings(&report, "consoleauth-down").is_empty(), "{text}");
    drop(consumer);
    std::thread::sleep(Duration::from_millis(500));
    let (code, report, text) = ctl(format!("{good}/"), "queens");
    assert_eq!((code, findings(&report, "consoleauth-down")), (1, vec!["9 error certain".to_owned()]), "{text}");

    let compute =
        format!("[DEFAULT]\nhost = cmp1\ncompute_driver = libvirt.LibvirtDriver\ntransport_url = rabbit://{good}/\n");
    let site = [("ctl1:controller", controller(format!("{good}/"))), ("cmp1:compute", compute)];
    let (code, report, text) = check(&site, &["--release", "yoga"]);
    assert_eq!((code, findings(&report, "compute-silent")), (1, vec!["3 error certain".to_owned()]), "{text}");
    assert_eq!(findings(&report, "conductor-down"), ["9 error likely"], "{text}");
    let listens = [Consumer::of(port, "compute.cmp1"), Consumer::of(port, "conductor")];
    let (_, report, text) = check(&site, &["--release", "yoga"]);
    assert!(findings(&report, "compute-silent").is_empty() && findings(&report, "conductor-down").is_empty(), "{text}");
    assert_eq!(report["steps"][2]["status"], "pass", "{text}");
    drop(listens);
}

#[tokio::test]
async fn silence_closing_and_dripping_end_in_time() {
    assert!(matches!(hostile(Script::Mute).await, BusConduct::Silent { bytes: 0, after_millis: 1000, .. }));
    let BusConduct::Silent { bytes, .. } =
        hostile(Script::Drip([1, 0, 0, 0, 0, 1].repeat(9), Duration::from_millis(90))).await
    else {
        panic!("dripping is not silence");
    };
    assert!((2..=12).contains(&bytes), "{bytes}");
    assert!(matches!(hostile(Script::CloseAtOnce).await, BusConduct::Closed { bytes: 0, .. }));
    assert!(matches!(hostile(Script::Reset).await, BusConduct::Closed { error: Some(_), .. }));
}

#[tokio::test]
async fn garbage_is_told_from_strangers() {
    let endless = hostile(Script::Endless(vec![b'x'; 65536])).await;
    assert!(matches!(&endless, BusConduct::Broken { what, .. } if what == "not a frame of AMQP"), "{endless:?}");
    let huge = hostile(Script::Greet(vec![1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0])).await;
    assert!(matches!(&huge, BusConduct::Broken { what, .. } if what == "a frame of impossible size"), "{huge:?}");
    // heartbeats for ever are no answer
    let idle = hostile(Script::Endless([8, 0, 0, 0, 0, 0, 0, 0xce].repeat(100))).await;
    assert!(matches!(&idle, BusConduct::Broken { what, .. } if what == "an endless answer"), "{idle:?}");
    let web = hostile(Script::Once(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())).await;
    assert!(matches!(web, BusConduct::Stranger { protocol: Stranger::Http, .. }), "{web:?}");
    let other = hostile(Script::Once(b"AMQP\x03\x01\x00\x00".to_vec())).await;
    assert_eq!(other, BusConduct::OtherVersion { version: "1.0.0 with SASL".to_owned() });
}

#[test]
fn what_no_service_can_connect_to_is_told_from_the_file() {
    let dead = free_port();
    let ctl = |url: &str, release: &str| {
        let text = format!("[DEFAULT]\ntransport_url = {url}\n[database]\nconnection = sqlite://\n");
        check(&[("ctl1:controller", text)], &["--release", release])
    };
    for (url, release, found, words) in [
        (
            format!("rabbit://nova:S3CRET%2Fx@127.0.0.1:{dead}/"),
            "yoga",
            "14 error likely",
            "a slash in a user name or password",
        ),
        (
            format!("rabbit://nova:S3CRET@127.0.0.1:{dead}/?rabbit_use_ssl=1"),
            "yoga",
            "14 error certain",
            "option rabbit_use_ssl",
        ),
        (
            format!("rabbit://nova:S3CRET@127.0.0.1:{dead}/?ssl=S3CRET"),
            "queens",
            "14 error certain",
            "gives ssl in its query",
        ),
        (format!("kafka://nova:S3CRET@127.0.0.1:{dead}/"), "yoga", "14 note likely", "no RabbitMQ (kafka)"),
    ] {
        let (_, report, text) = ctl(&url, release);
        assert_eq!(findings(&report, "message-bus-unusable"), [found], "{url}: {text}");
        assert!(text.contains(words), "{url}: {text}");
    }
    let (_, report, text) = ctl(&format!("rabbit://nova:S3CRET@127.0.0.1:{dead}/?heartbeat_rate=3"), "yoga");
    assert!(findings(&report, "message-bus-unusable").is_empty(), "{text}");
    let (_, report, text) = ctl(&format!("rabbitmq://nova:S3CRET@127.0.0.1:{dead}/"), "yoga");
    assert_eq!(findings(&report, "nova-conf-refused"), ["13 error certain"], "{text}");
}
