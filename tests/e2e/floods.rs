//! Floods from inside a trunk's network, over real sockets of the loopback: never acknowledged, at a few hundred a
//! second, for seconds. What they may cost is a matter of the endpoint's own tests, which run them at full rate under
//! a virtual clock; here the whole server keeps its good calls and its records.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::http;
use crate::server::Server;

/// Answered at once by the flow of the line test.
const REAL: &str = "4200";
const UNKNOWN: &str = "9999";
const PER_SECOND: u64 = 400;
const CALLS: usize = 20;

fn request(method: &str, called: &str, id: &str, from: SocketAddr, server: SocketAddr, tag: &str) -> String {
    let body = match method {
        "INVITE" => format!(
            "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n",
            ip = from.ip()
        ),
        _ => String::new(),
    };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let to_tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
    let number = if method == "BYE" { 2 } else { 1 };
    format!(
        "{method} sip:{called}@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{id}{method}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:13800138000@{from}>;tag=f{id}\r\nTo: <sip:{called}@{server}>{to_tag}\r\n\
         Call-ID: {id}\r\nCSeq: {number} {method}\r\nContact: <sip:a@{from}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// INVITEs from these sockets in turn, until it is dropped; nothing that comes back is read.
struct Flood {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Flood {
    fn start(server: SocketAddr, addresses: Vec<String>, called: &'static str) -> Self {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, count) = (stop.clone(), sent.clone());
        let thread = std::thread::spawn(move || {
            let sockets: Vec<UdpSocket> =
                addresses.iter().map(|address| UdpSocket::bind((address.as_str(), 0)).expect("a socket")).collect();
            let begun = Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                let due = begun.elapsed().as_millis() as u64 * PER_SECOND / 1_000;
                while count.load(Ordering::Relaxed) < due {
                    let number = count.fetch_add(1, Ordering::Relaxed);
                    let socket = &sockets[number as usize % sockets.len()];
                    let from = socket.local_addr().expect("an address");
                    let invite = request("INVITE", called, &format!("flood{number}"), from, server, "");
                    let _ = socket.send_to(invite.as_bytes(), server);
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        Self { stop, sent, thread: Some(thread) }
    }

    fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One good call; the time until its 200, which it acknowledges. Then it hangs up.
fn call(socket: &UdpSocket, server: SocketAddr, id: &str) -> Result<Duration, String> {
    let from = socket.local_addr().expect("an address");
    socket.set_read_timeout(Some(Duration::from_millis(500))).expect("a time-out");
    let begun = Instant::now();
    let mut buffer = [0; 4096];
    while begun.elapsed() < Duration::from_secs(4) {
        socket.send_to(request("INVITE", REAL, id, from, server, "").as_bytes(), server).expect("it is sent");
        while let Ok((length, _)) = socket.recv_from(&mut buffer) {
            let answer = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if !answer.contains(&format!("Call-ID: {id}\r\n")) || answer.starts_with("SIP/2.0 1") {
                continue;
            }
            if !answer.starts_with("SIP/2.0 200") {
                return Err(answer);
            }
            let took = begun.elapsed();
            let tag = answer.lines().find(|line| line.starts_with("To:")).and_then(|line| line.split(";tag=").nth(1));
            for method in ["ACK", "BYE"] {
                let text = request(method, REAL, id, from, server, tag.unwrap_or_default());
                socket.send_to(text.as_bytes(), server).expect("it is sent");
            }
            return Ok(took);
        }
    }
    Err("no answer".to_owned())
}

fn refused(server: &Server) -> f64 {
    let page = http::request(server.http(), "GET", "/metrics", None, None).body;
    let lines = page.lines().filter(|line| line.starts_with("carillon_trunk_refused_total{"));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

#[test]
fn good_calls_go_through_beside_floods_from_the_trunks_own_network() {
    let server = Server::demo();
    let sip = server.sip();
    let ten = || (0..10).map(|host| format!("127.0.2.{}", 10 + host)).collect();
    for (name, addresses, called) in [
        ("ten addresses", ten(), REAL),
        ("ten addresses, no such number", ten(), UNKNOWN),
        ("the trunk's own address", vec!["127.0.0.1".to_owned(); 10], REAL),
    ] {
        let flood = Flood::start(sip, addresses, called);
        let until = Instant::now() + Duration::from_secs(10);
        while flood.sent() < PER_SECOND {
            assert!(Instant::now() < until, "the flood does not flow");
            std::thread::sleep(Duration::from_millis(20));
        }
        let good = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let mut times: Vec<Duration> = (0..CALLS)
            .map(|n| {
                std::thread::sleep(Duration::from_millis(50));
                let id = format!("good-{n}-{}", good.local_addr().expect("an address").port());
                call(&good, sip, &id).unwrap_or_else(|why| panic!("{name}: call {n} of {CALLS}: {why}"))
            })
            .collect();
        times.sort();
        println!("{name}: {} INVITEs in the flood, slowest good call {:?}", flood.sent(), times[CALLS - 1]);
        assert!(times[CALLS * 9 / 10] < Duration::from_millis(450), "{name}: {times:?}");
        drop(flood);
        let fresh = UdpSocket::bind("127.0.3.1:0").expect("a socket");
        let healed = (0..20).any(|n| {
            std::thread::sleep(Duration::from_millis(250));
            call(&fresh, sip, &format!("fresh-{n}-{name}").replace([' ', ',', '\''], "-"))
                .is_ok_and(|took| took < Duration::from_millis(200))
        });
        assert!(healed, "{name}: healed within five seconds");
    }
    assert!(refused(&server) > 1_000.0, "what is refused is counted");
    let of_unknown = server.get("/api/v1/interactions?limit=100&outcome=refused");
    let rows = of_unknown["items"].as_array().expect("items").iter().filter(|row| row["called"] == UNKNOWN).count();
    assert!((1..=40).contains(&rows), "{rows} rows of calls for nobody");
}

#[test]
fn over_tcp_the_answer_to_a_request_is_written_before_the_end() {
    let server = Server::demo();
    for behind in ["", "\0\0 nonsense\r\n\r\n", &"y".repeat(200_000)] {
        let mut stream = TcpStream::connect(server.sip()).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a time-out");
        let from = stream.local_addr().expect("an address");
        let options = request("OPTIONS", REAL, "last-word", from, server.sip(), "").replace("/UDP", "/TCP");
        let _ = stream.write_all(format!("{options}{behind}").as_bytes());
        if behind.is_empty() {
            stream.shutdown(Shutdown::Write).expect("half a close");
        }
        let mut heard = String::new();
        let read = stream.read_to_string(&mut heard);
        assert!(heard.starts_with("SIP/2.0 200 OK"), "behind {} bytes: {read:?} {heard:?}", behind.len());
    }
}
