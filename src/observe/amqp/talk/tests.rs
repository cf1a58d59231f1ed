#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::oslo::transport_url::TransportUrl;
use proptest::prelude::*;

/// What is heard of a peer that says `bytes` and closes.
fn hear(bytes: &[u8]) -> Heard {
    let url = TransportUrl::parse("rabbit://nova:hunter2@h/v", 34).unwrap();
    let broker = url.brokers(None).remove(0).unwrap();
    let queues = ["consoleauth".to_owned(), "compute.cmp1".to_owned()];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let stream = tokio::io::join(bytes, tokio::io::sink());
    runtime.block_on(talk(stream, &Login::of(&broker), &queues, Deadline::after(Duration::from_secs(5))))
}

fn greeting() -> Vec<u8> {
    let about = Method::default().text("product", b"RabbitMQ").text("cluster_name", b"rabbit@ctl1");
    Method::default()
        .octet(0)
        .octet(9)
        .long_string(about.bytes())
        .long_string(b"AMQPLAIN PLAIN")
        .long_string(b"en_US")
        .frame(0, START)
}

fn tune() -> Vec<u8> {
    Method::default().short(2047).long(131_072).short(60).frame(0, TUNE)
}

fn close(code: u16, text: &str) -> Vec<u8> {
    Method::default().short(code).short_string(text).short(0).short(0).frame(0, CLOSE)
}

fn no(channel: u16, code: u16, text: &str) -> Vec<u8> {
    Method::default().short(code).short_string(text).short(50).short(10).frame(channel, CHANNEL_CLOSE)
}

fn yes(channel: u16, consumers: u32) -> Vec<u8> {
    Method::default().short_string("q").long(3).long(consumers).frame(channel, QUEUE_DECLARE_OK)
}

fn open_ok() -> Vec<u8> {
    Method::default().short_string("").frame(0, OPEN_OK)
}

#[test]
fn a_well_told_answer_is_heard_whole() {
    let blocked = Method::default().short_string("low on disk").frame(0, BLOCKED);
    let heard = hear(&[greeting(), tune(), open_ok(), blocked, yes(2, 0), no(1, 404, "NOT_FOUND - no queue")].concat());
    assert_eq!(heard.conduct, BusConduct::Opened);
    let broker = heard.broker.unwrap();
    assert_eq!((broker.product.as_deref(), broker.cluster.as_deref()), (Some("RabbitMQ"), Some("rabbit@ctl1")));
    assert_eq!(broker.mechanisms, ["AMQPLAIN", "PLAIN"]);
    assert_eq!(heard.blocked.as_deref(), Some("low on disk"));
    let found: Vec<_> = heard.queues.iter().map(|queue| (queue.name.as_str(), &queue.found)).collect();
    let there = QueueFound::Present { messages: 3, consumers: 0 };
    assert_eq!(found, [("consoleauth", &QueueFound::Absent), ("compute.cmp1", &there)]);
}

#[test]
fn refusals_are_told_apart() {
    let login = |tail: Vec<u8>| hear(&[greeting(), tail].concat()).conduct;
    let vhost = |text: &str| hear(&[greeting(), tune(), close(530, text)].concat()).conduct;
    assert!(matches!(login(close(403, "ACCESS_REFUSED")), BusConduct::LoginRefused { text: Some(_) }));
    assert_eq!(login(Vec::new()), BusConduct::LoginRefused { text: None });
    assert!(matches!(login(close(320, "going")), BusConduct::Refused { code: 320, .. }));
    assert!(matches!(vhost("NOT_ALLOWED - vhost v not found"), BusConduct::NoVirtualHost { .. }));
    let BusConduct::VirtualHostRefused { text } = vhost("NOT_ALLOWED - access to vhost 'v' refused for user 'nova'")
    else {
        panic!("refused")
    };
    assert!(!text.contains("nova"), "{text}");
    let limit = "NOT_ALLOWED - access to vhost 'v' refused for user 'nova': connection limit (1) is reached";
    assert!(matches!(vhost(limit), BusConduct::Refused { code: 530, .. }));
    assert_eq!(hear(b"AMQP\x00\x01\x00\x00").conduct, BusConduct::OtherVersion { version: "1.0.0".to_owned() });
    let stranger = hear(b"HTTP/1.1 400 Bad Request\r\n").conduct;
    assert!(matches!(stranger, BusConduct::Stranger { protocol: Stranger::Http, .. }));
    let down = "NOT_FOUND - home node 'rabbit@ctl2' of durable queue 'q' in vhost '/' is down or inaccessible";
    let heard = hear(&[greeting(), tune(), open_ok(), no(1, 404, down), no(2, 403, "ACCESS_REFUSED")].concat());
    assert!(matches!(heard.queues[0].found, QueueFound::NodeDown { .. }));
    assert_eq!(heard.queues[1].found, QueueFound::Forbidden);
}

/// Pieces of real answers, so that random bytes get past the greeting.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(greeting()),
        Just(tune()),
        Just(open_ok()),
        any::<u16>().prop_map(|channel| yes(channel % 4, 1)),
        any::<u16>().prop_map(|code| close(code, "for nova with hunter2")),
        any::<u16>().prop_map(|code| no(code % 4, code, "hunter2")),
        proptest::collection::vec(any::<u8>(), 0..60),
    ]
}

proptest! {
    #[test]
    fn no_answer_panics_or_leaks_the_password(pieces in proptest::collection::vec(piece(), 0..10), good in any::<bool>()) {
        let start = if good { [greeting(), tune(), open_ok()].concat() } else { Vec::new() };
        let heard = hear(&[start, pieces.concat()].concat());
        let shown = format!("{:?} {:?} {:?} {:?}", heard.conduct, heard.broker, heard.blocked, heard.queues);
        prop_assert!(!shown.contains("hunter2"), "{shown}");
    }
}
