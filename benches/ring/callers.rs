//! Callers who wait: real calls through one socket, with music sent to another and a sign of life now and then.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use carillon::rtp::Header;

use super::{header, send};

/// Between two calls, so that nobody is refused for coming all at once.
const GAP: Duration = Duration::from_millis(5);
/// Silence for longer would count as a lost phone.
const ALIVE: Duration = Duration::from_secs(5);

pub struct Callers {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Callers {
    pub fn start(server: SocketAddr, count: usize) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let inside = stop.clone();
        Self { stop, thread: Some(std::thread::spawn(move || live(server, count, &inside))) }
    }
}

impl Drop for Callers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // What went wrong in it was printed.
            drop(thread.join());
        }
    }
}

fn live(server: SocketAddr, count: usize, stop: &AtomicBool) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    // Its music is sent and never read: the system drops what is too much.
    let audio = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_read_timeout(Some(Duration::from_millis(1))).expect("a time-out");
    let here = socket.local_addr().expect("an address");
    let port = audio.local_addr().expect("an address").port();
    let mut media: BTreeMap<String, SocketAddr> = BTreeMap::new();
    let (mut begun, mut next, mut alive) = (0, Instant::now(), Instant::now());
    let mut buffer = [0; 4_096];
    while !stop.load(Ordering::Relaxed) {
        if begun < count && Instant::now() >= next {
            send(&socket, server, &invite(begun, server, here, port));
            (begun, next) = (begun + 1, Instant::now() + GAP);
        }
        if let Ok((length, _)) = socket.recv_from(&mut buffer) {
            let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if message.starts_with("SIP/2.0 200") && header(&message, "CSeq:").ends_with("INVITE") {
                send(&socket, server, &ack(&message, here));
                media.insert(header(&message, "Call-ID:").to_owned(), audio_of(&message));
            } else {
                assert!(!message.starts_with("SIP/2.0 5"), "{message}");
            }
        }
        if alive.elapsed() >= ALIVE {
            alive = Instant::now();
            for (n, to) in media.values().enumerate() {
                let sequence = (begun + n) as u16;
                let header = Header { marker: false, payload_type: 0, sequence, timestamp: 0, ssrc: n as u32 + 1 };
                let packet = [&header.to_bytes()[..], &[0xff; 160]].concat();
                let _ = audio.send_to(&packet, to);
            }
        }
    }
}

fn invite(n: usize, server: SocketAddr, here: SocketAddr, port: u16) -> String {
    let body = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
    );
    format!(
        "INVITE sip:4000@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK-{n}\r\nMax-Forwards: 70\r\n\
         From: <sip:1380000{n:04}@{here}>;tag=c{n}\r\nTo: <sip:4000@{server}>\r\nCall-ID: waits-{n}\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:c{n}@{here}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn ack(ok: &str, here: SocketAddr) -> String {
    let [from, to, call, contact] = ["From:", "To:", "Call-ID:", "Contact:"].map(|name| header(ok, name));
    let target = contact.split(['<', '>']).nth(1).unwrap_or(contact);
    format!(
        "ACK {target} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK-ack-{call}\r\nMax-Forwards: 70\r\nFrom: {from}\r\n\
         To: {to}\r\nCall-ID: {call}\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n"
    )
}

fn audio_of(ok: &str) -> SocketAddr {
    let port = header(ok, "m=audio ").split(' ').next().and_then(|port| port.parse().ok());
    SocketAddr::from(([127, 0, 0, 1], port.expect("an answer with audio")))
}
