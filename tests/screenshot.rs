//! `check --screenshot`: the picture that comes of real QEMUs and of servers with odd pixels, decoded and compared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

mod cli;
#[path = "parts/mod.rs"]
mod parts;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use flate2::write::ZlibEncoder;
use parts::qemu::Qemu;
use parts::websockify::Websockify;

type Rgb = [u8; 3];

/// A picture as a PNG decoder reads it.
struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<Rgb>,
}

fn decoded(file: &Path) -> Picture {
    let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(file).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
    let pixels = bytes.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    Picture { width: info.width, height: info.height, pixels }
}

/// Asks for a picture of the server at `port`, which the proxy's log names.
fn asked(port: u16, more: &[&str]) -> (tempfile::TempDir, cli::Ran) {
    let dir = tempfile::tempdir().unwrap();
    cli::write(dir.path(), "ctl1.conf", "[vnc]\nnovncproxy_host = 0.0.0.0\n");
    let line = |rest: &str| format!("2026-11-22 11:02:00.100 200 INFO nova.console.websocketproxy [-] {rest}\n");
    let opened = line("10.0.0.9 - - [22/Nov/2026 11:02:00] 10.0.0.9: Plain non-SSL (ws://) WebSocket connection");
    let path = line(&format!("10.0.0.9 - - [22/Nov/2026 11:02:00] 10.0.0.9: Path: '/?token={}'", cli::TOKEN));
    cli::write(
        dir.path(),
        "proxy.log",
        &[opened, path, line(&format!("  2: connecting to: 127.0.0.1:{port}"))].concat(),
    );
    let args = [
        &[
            "check",
            "--release",
            "29",
            "--timeout",
            "1",
            "--config",
            "ctl1:novncproxy=ctl1.conf",
            "--log",
            "ctl1=proxy.log",
        ][..],
        &["--token", cli::TOKEN, "--screenshot", "console.png"],
        more,
    ];
    let ran = cli::run(dir.path(), &args.concat());
    (dir, ran)
}

/// The report in one line.
fn said(ran: &cli::Ran) -> String {
    ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn picture_of(port: u16) -> Picture {
    let (dir, ran) = asked(port, &[]);
    assert!(said(&ran).contains("is in console.png"), "{}\n{}", ran.stdout, ran.stderr);
    decoded(&dir.path().join("console.png"))
}

/// A viewer that is connected and shows what it gets.
fn viewer(port: u16) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let read = |count: usize, stream: &mut TcpStream| {
        let mut bytes = vec![0; count];
        stream.read_exact(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(read(12, &mut stream), b"RFB 003.008\n");
    stream.write_all(b"RFB 003.008\n").unwrap();
    assert_eq!(read(2, &mut stream), [1, 1]);
    stream.write_all(&[1]).unwrap();
    assert_eq!(read(4, &mut stream), [0; 4]);
    stream.write_all(&[1]).unwrap();
    let head = read(24, &mut stream);
    let name = u32::from_be_bytes(head[20..24].try_into().unwrap());
    read(name as usize, &mut stream);
    stream
}

#[test]
fn the_bios_is_seen_and_a_viewer_stays() {
    let qemu = Qemu::with_screen("");
    let mut other = viewer(qemu.port);
    // the BIOS draws within a second or two
    let mut colours = 0;
    for _ in 0..20 {
        let picture = picture_of(qemu.port);
        assert!(picture.width >= 640 && picture.height >= 400, "{}x{}", picture.width, picture.height);
        assert_eq!(picture.pixels.len(), (picture.width * picture.height) as usize);
        let mut seen = picture.pixels.clone();
        seen.sort_unstable();
        seen.dedup();
        colours = seen.len();
        if colours > 1 {
            break;
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    assert!(colours > 1, "the BIOS writes light on dark");
    // the viewer asks for a frame, and gets one
    other.write_all(&[3, 0, 0, 0, 0, 0, 0, 8, 0, 8]).unwrap();
    let mut first = [9];
    other.read_exact(&mut first).unwrap();
    assert_eq!(first, [0], "a framebuffer update");
}

#[test]
fn the_picture_comes_through_the_proxy_where_there_is_a_url() {
    let qemu = Qemu::with_screen("");
    let proxy = Websockify::start("0.13.0", qemu.port, &[], None);
    let dir = tempfile::tempdir().unwrap();
    let url = format!("http://127.0.0.1:{}/vnc.html?token={}", proxy.port, cli::TOKEN);
    let ran = cli::run(
        dir.path(),
        &["check", "--release", "16", "--url", &url, "--screenshot", "console.png", "--format", "json"],
    );
    let step = &ran.json()["steps"][14];
    assert_eq!(step["status"], "pass", "{step}\n{}", ran.stderr);
    let reason = step["reason"].as_str().unwrap();
    assert!(reason.contains("through the proxy; a picture of ") && reason.contains(" is in console.png"), "{reason}");
    let picture = decoded(&dir.path().join("console.png"));
    assert!(reason.contains(&format!("{}x{}", picture.width, picture.height)), "{reason}");
}

#[test]
fn a_server_without_a_screen_and_a_password_are_said() {
    let qemu = Qemu::start(",password=on");
    let (dir, ran) = asked(qemu.port, &[]);
    assert!(ran.stderr.contains("no picture: the server offers only the security types 2"), "{}", ran.stderr);
    assert!(!dir.path().join("console.png").exists());
    let (dir, ran) = asked(parts::free_port(), &[]);
    assert!(ran.stderr.contains("no picture: "), "{}", ran.stderr);
    assert!(!dir.path().join("console.png").exists());
}

#[test]
fn usage_is_checked_first() {
    let dir = tempfile::tempdir().unwrap();
    let code = |args: &[&str]| cli::run(dir.path(), &[&["check"], args].concat()).code;
    let url = "http://127.0.0.1:1/vnc.html?token=x";
    assert_eq!(code(&["--url", url, "--screenshot", "no/such/folder/a.png"]), Some(2));
    assert_eq!(code(&["--url", url, "--screenshot", "."]), Some(2));
    assert_eq!(code(&["--url", url, "--screenshot", "a.png", "--offline"]), Some(2));
}

/// A server that says `script` to each client, whatever it hears, and keeps the connection.
fn serving(script: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, script) = (stream.unwrap(), script.clone());
            std::thread::spawn(move || {
                let _ = stream.write_all(&script);
                let mut ear = [0; 256];
                while stream.read(&mut ear).is_ok_and(|count| count > 0) {}
            });
        }
    });
    port
}

/// Handshake and ServerInit of a desktop with this pixel format.
fn desktop(width: u16, height: u16, format: [u8; 13]) -> Vec<u8> {
    let mut out = b"RFB 003.008\n\x01\x01\0\0\0\0".to_vec();
    out.extend(width.to_be_bytes());
    out.extend(height.to_be_bytes());
    out.extend(format);
    out.extend([0, 0, 0]);
    out.extend(4u32.to_be_bytes());
    out.extend(b"odd!");
    out
}

/// An update of these rectangles: place, size, encoding, content.
fn update(rectangles: &[([u16; 4], i32, Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![0, 0];
    out.extend(u16::try_from(rectangles.len()).unwrap().to_be_bytes());
    for (area, encoding, content) in rectangles {
        out.extend(area.iter().flat_map(|number| number.to_be_bytes()));
        out.extend(encoding.to_be_bytes());
        out.extend(content);
    }
    out
}

fn zlib(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.flush().unwrap();
    let packed = encoder.get_ref().clone();
    [&u32::try_from(packed.len()).unwrap().to_be_bytes(), packed.as_slice()].concat()
}

/// Thirty-two bits, the least byte first: blue, green, red, nothing.
const FULL: [u8; 13] = [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0];
const RED: [u8; 4] = [0, 0, 255, 0];
const BLUE: [u8; 4] = [255, 0, 0, 0];

fn pixels(script: Vec<u8>) -> Vec<Rgb> {
    picture_of(serving(script)).pixels
}

#[test]
fn every_encoding_paints_the_same() {
    /// Place, encoding, data.
    type Rectangle = ([u16; 4], i32, Vec<u8>);
    const R: Rgb = [255, 0, 0];
    const B: Rgb = [0, 0, 255];
    let wanted = vec![R, B, R, B, R, B, R, B];
    let raw: Vec<u8> = [RED, BLUE, RED, BLUE].concat();
    let both = [raw.clone(), raw.clone()].concat();
    let columns = |head: Vec<u8>, second: Vec<u8>| [head, second].concat();
    let forms: Vec<(&str, Vec<Rectangle>)> = vec![
        ("raw", vec![([0, 0, 4, 2], 0, both.clone())]),
        ("copyrect", vec![([0, 0, 4, 1], 0, raw.clone()), ([0, 1, 4, 1], 1, vec![0, 0, 0, 0])]),
        (
            "rre",
            vec![([0, 0, 4, 2], 2, {
                let part = |x: u16| [&BLUE[..], &[x, 0, 1, 2].map(u16::to_be_bytes).concat()].concat();
                [&2u32.to_be_bytes()[..], &RED, &part(1), &part(3)].concat()
            })],
        ),
        (
            "hextile",
            vec![(
                [0, 0, 4, 2],
                5,
                columns([&[2 | 4 | 8][..], &RED, &BLUE, &[2]].concat(), vec![0x10, 0x01, 0x30, 0x01]),
            )],
        ),
        (
            "hextile, coloured",
            vec![([0, 0, 4, 2], 5, {
                [&[2 | 8 | 16][..], &RED, &[2], &BLUE, &[0x10, 0x01], &BLUE, &[0x30, 0x01]].concat()
            })],
        ),
        ("hextile, raw", vec![([0, 0, 4, 2], 5, [&[1][..], &both].concat())]),
        ("zlib", vec![([0, 0, 4, 2], 6, zlib(&both))]),
        // red and blue as three bytes each
        (
            "zrle, raw",
            vec![([0, 0, 4, 2], 16, {
                let pairs = [[0, 0, 255], [255, 0, 0]].concat().repeat(4);
                zlib(&[&[0][..], &pairs].concat())
            })],
        ),
        ("zrle, palette", vec![([0, 0, 4, 2], 16, zlib(&[2, 0, 0, 255, 255, 0, 0, 0b0101_0000, 0b0101_0000]))]),
        (
            "zrle, palette of three",
            vec![([0, 0, 4, 2], 16, { zlib(&[3, 0, 0, 255, 255, 0, 0, 0, 255, 0, 0b0001_0001, 0b0001_0001]) })],
        ),
        (
            "zrle, runs",
            vec![([0, 0, 4, 2], 16, {
                let one = [[0, 0, 255, 0], [255, 0, 0, 0]].concat().repeat(4);
                zlib(&[&[128][..], &one].concat())
            })],
        ),
        (
            "zrle, palette and runs",
            vec![([0, 0, 4, 2], 16, { zlib(&[130, 0, 0, 255, 255, 0, 0, 0, 1, 0, 1, 0x80, 0, 1, 0, 0x81, 0]) })],
        ),
        (
            "two rectangles of one stream",
            vec![([0, 0, 4, 2], 16, zlib(&[1, 0, 0, 255])), ([0, 0, 4, 2], 0, both.clone())],
        ),
    ];
    for (name, rectangles) in forms {
        let script = [desktop(4, 2, FULL), update(&rectangles)].concat();
        assert_eq!(pixels(script), wanted, "{name}");
    }
}

#[test]
fn any_pixel_format_is_read() {
    const R: Rgb = [255, 0, 0];
    const G: Rgb = [0, 255, 0];
    let wanted = vec![R, G, G, R];
    let area = [0, 0, 2, 2];
    // these do not mind that another form is asked for, except the first, which is not asked
    let big = [32, 24, 1, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0];
    let content = [[0, 255, 0, 0], [0, 0, 255, 0], [0, 0, 255, 0], [0, 255, 0, 0]].concat();
    assert_eq!(pixels([desktop(2, 2, big), update(&[(area, 0, content)])].concat()), wanted, "big endian");
    let sixteen = [16, 16, 0, 1, 0, 31, 0, 63, 0, 31, 11, 5, 0];
    let content = vec![0x00, 0xf8, 0xe0, 0x07, 0xe0, 0x07, 0x00, 0xf8];
    assert_eq!(pixels([desktop(2, 2, sixteen), update(&[(area, 0, content)])].concat()), wanted, "565");
    let eight = [8, 8, 0, 1, 0, 7, 0, 7, 0, 3, 0, 3, 6];
    let content = vec![7, 0b0011_1000, 0b0011_1000, 7];
    assert_eq!(pixels([desktop(2, 2, eight), update(&[(area, 0, content)])].concat()), wanted, "233");
    let mapped = [8, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let map = [&[1, 0][..], &[0, 7, 0, 2], &[255, 255, 0, 0, 0, 0], &[0, 0, 255, 255, 0, 0]].concat();
    let script = [desktop(2, 2, mapped), map, vec![2], update(&[(area, 0, vec![7, 8, 8, 7])])].concat();
    assert_eq!(pixels(script), wanted, "a colour map, and a bell");
    // a server that does as it is asked: the same format, now ours
    let content = [RED, [0, 255, 0, 0], [0, 255, 0, 0], RED].concat();
    assert_eq!(pixels([desktop(2, 2, sixteen), update(&[(area, 0, content)])].concat()), wanted, "as asked");
    // and one that changes its size first
    let resized = update(&[([0, 0, 2, 2], -223, vec![])]);
    let content = [RED, [0, 255, 0, 0], [0, 255, 0, 0], RED].concat();
    assert_eq!(pixels([desktop(9, 9, FULL), resized, update(&[(area, 0, content)])].concat()), wanted, "resized");
}

#[test]
fn one_colour_and_what_is_missing_are_said() {
    let (dir, ran) =
        asked(serving([desktop(2, 2, FULL), update(&[([0, 0, 2, 2], 16, zlib(&[1, 0, 0, 0]))])].concat()), &[]);
    assert!(said(&ran).contains("all black: a blank screen, or a guest that draws nothing"), "{}", ran.stdout);
    assert_eq!(decoded(&dir.path().join("console.png")).pixels, vec![[0; 3]; 4]);
    let half = [desktop(2, 2, FULL), update(&[([0, 0, 2, 1], 0, [RED, RED].concat())])].concat();
    let (dir, ran) = asked(serving(half), &[]);
    let text = said(&ran);
    assert!(text.contains("all of one colour (#ff0000); 2 pixels of it were never sent"), "{text}");
    assert_eq!(decoded(&dir.path().join("console.png")).pixels, [[255, 0, 0], [255, 0, 0], [0; 3], [0; 3]]);
}

#[test]
fn hostile_servers_give_no_picture_and_end_in_time() {
    let huge = desktop(65535, 65535, FULL);
    let beyond = [desktop(2, 2, FULL), update(&[([1, 1, 2, 2], 0, vec![0; 16])])].concat();
    let damaged = [desktop(2, 2, FULL), update(&[([0, 0, 2, 2], 16, vec![0, 0, 0, 4, 1, 2, 3, 4])])].concat();
    let bomb = [desktop(2, 2, FULL), update(&[([0, 0, 2, 2], 6, zlib(&vec![0; 1_000_000]))])].concat();
    let endless = [desktop(2, 2, FULL), vec![2; 3_000_000]].concat();
    let run = [desktop(2, 2, FULL), update(&[([0, 0, 2, 2], 16, zlib(&[128, 0, 0, 0, 255, 255, 9]))])].concat();
    let garbage = [desktop(2, 2, FULL), vec![200; 64]].concat();
    let clipboard = [desktop(2, 2, FULL), vec![3, 0, 0, 0, 255, 255, 255, 255]].concat();
    let odd = desktop(2, 2, [24, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0]);
    for (name, script) in [
        ("huge", huge),
        ("beyond", beyond),
        ("damaged", damaged),
        ("bomb", bomb),
        ("endless", endless),
        ("run", run),
        ("garbage", garbage),
        ("clipboard", clipboard),
        ("odd", odd),
    ] {
        let before = std::time::Instant::now();
        let (dir, ran) = asked(serving(script), &[]);
        assert!(ran.stderr.contains("no picture: "), "{name}: {}\n{}", ran.stdout, ran.stderr);
        assert!(!dir.path().join("console.png").exists(), "{name}");
        assert!(before.elapsed() < Duration::from_secs(15), "{name}: {:?}", before.elapsed());
    }
}
