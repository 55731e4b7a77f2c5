//! Mutations of valid SIP, SDP and RTP, from a printed seed: nothing panics, nothing grows, and what was
//! taken is printed and read back as the same thing.
//!
//! `CARILLON_FUZZ_ITERATIONS` (default 60,000: seconds in a debug build) and `CARILLON_FUZZ_SEED` choose
//! how many and which. Ten million, optimised:
//!
//! ```text
//! CARILLON_FUZZ_ITERATIONS=10000000 cargo test --release --test sip -- --nocapture mutations
//! ```
//!
//! A failure prints the seed, the iteration and the input.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant as Clock};

use bytes::Bytes;
use carillon::base::{Instant, Rng};
use carillon::rtp::{Header, Packet, RtcpPackets, SenderReport, TelephoneEvent};
use carillon::sdp::Description;
use carillon::sip::endpoint::{Endpoint, Input, Output, Settings};
use carillon::sip::wire::{Credentials, Draft, Framed, Framer, Message, Name, limits};
use carillon::sip::{FlowId, Received, Transport, Trunk};

use crate::notation;

const ITERATIONS: u64 = 60_000;
/// One input in so many also goes through a whole endpoint.
const ENDPOINT_EVERY: u64 = 8;
/// No single input may take longer to read, optimised; ten times that in a debug build. What seems to is
/// timed again, and the best of five counts: the machine has other things to do.
const SLOWEST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 100 } else { 10 });

const PLAIN: [&str; 3] = [
    "INVITE sip:4000@center.example;user=phone SIP/2.0\r\n\
     Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa1;rport, SIP/2.0/TCP [2001:db8::1]:5061;received=2001:db8::2\r\n\
     Max-Forwards: 69\r\nRecord-Route: <sip:p1.example;lr>, <sip:p2.example>\r\n\
     From: \"Ann \\\"A\\\" Ä\" <sip:ann@example.com>;tag=f1\r\nTo: <sip:4000@center.example>\r\n\
     Call-ID: c1@example.com\r\nCSeq: 7 INVITE\r\nContact: <sip:ann@192.0.2.1>;q=0.5;expires=60\r\n\
     Supported: timer, 100rel\r\nReason: SIP;cause=200;text=\"x\"\r\nContent-Type: application/sdp\r\n\
     Content-Length: 5\r\n\r\nv=0\r\n",
    "REGISTER sip:center.example SIP/2.0\r\nVia: SIP/2.0/WS h.invalid;branch=z9hG4bKb2\r\nMax-Forwards: 70\r\n\
     From: <sip:ana@center.example>;tag=9\r\nTo: <sip:ana@center.example>\r\nCall-ID: r1\r\nCSeq: 2 REGISTER\r\n\
     Authorization: Digest username=\"ana\", realm=\"carillon\", nonce=\"n\", uri=\"sip:center.example\", \
     response=\"0\", algorithm=SHA-256, qop=auth, nc=00000001, cnonce=\"c\"\r\n\
     Contact: *\r\nExpires: 0\r\nContent-Length: 0\r\n\r\n",
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa1;received=192.0.2.7;rport=5060\r\n\
     From: <sip:ann@example.com>;tag=f1\r\nTo: <sip:4000@center.example>;tag=t1\r\nCall-ID: c1@example.com\r\n\
     CSeq: 7 INVITE\r\nContact: <sip:c@192.0.2.9;transport=tcp>\r\nContent-Length: 0\r\n\r\n",
];

const OFFER: &str = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
    a=group:BUNDLE 0\r\na=ice-lite\r\nm=audio 49170 UDP/TLS/RTP/SAVPF 111 0 8 101\r\nc=IN IP6 2001:db8::1\r\n\
    a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:101 telephone-event/8000\r\n\
    a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n\
    a=setup:actpass\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=ptime:20\r\na=ice-ufrag:F7gI\r\na=ice-pwd:x9cml\r\n\
    a=candidate:1 1 udp 2130706431 192.0.2.1 49170 typ host\r\nm=video 0 RTP/AVP 31\r\n";

/// What bites parsers: numbers at their ends, separators, escapes, odd octets.
const SPICE: [&[u8]; 40] = [
    b"\r\n",
    b"\r\n ",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"\x7f",
    b"\xff\xfe",
    b"\xc3\xa4",
    b"\xc3",
    b"\"",
    b"\\",
    b"\\\"",
    b"<",
    b">",
    b"<>",
    b",",
    b";",
    b";;",
    b":",
    b"::",
    b"@",
    b"%",
    b"%00",
    b"%zz",
    b"[",
    b"]",
    b"[::1]",
    b"=",
    b"?",
    b"*",
    b"-1",
    b"0",
    b"65536",
    b"4294967296",
    b"99999999999999999999",
    b"Content-Length: 9\r\n",
    b"Via: ",
    b" ",
    b"\t",
];

struct Corpus {
    sip: Vec<Vec<u8>>,
    sdp: Vec<Vec<u8>>,
    rtp: Vec<Vec<u8>>,
}

impl Corpus {
    fn new() -> Self {
        let mut names: Vec<_> =
            std::fs::read_dir(notation::folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        let torture = names.iter().map(|path| notation::read(path.file_stem().unwrap().to_str().unwrap()));
        let header = Header { marker: true, payload_type: 101, sequence: 65_535, timestamp: 7, ssrc: 9 };
        let event = TelephoneEvent { event: 5, end: true, volume: 10, duration: 800 };
        let mut with_extension = header.to_bytes().to_vec();
        with_extension[0] = 0x80 | 0x10 | 0x20 | 2;
        with_extension.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 2, 0xbe, 0xde, 0, 1, 1, 2, 3, 4, 9, 9, 9, 3]);
        let mut reports = Vec::new();
        let report = SenderReport { ntp: 1 << 40, rtp_timestamp: 160, packets: 3, octets: 480 };
        carillon::rtp::write_report(&mut reports, 9, Some(&report), None, "fuzz");
        carillon::rtp::write_bye(&mut reports, 9);
        Self {
            sip: PLAIN.iter().map(|text| text.as_bytes().to_vec()).chain(torture).collect(),
            sdp: vec![OFFER.as_bytes().to_vec()],
            rtp: vec![[&header.to_bytes()[..], &event.to_bytes()].concat(), with_extension, reports],
        }
    }
}

/// One to eight changes of one input, or of two spliced; half of the inputs get one change only, so that
/// enough of them is still taken.
fn mutate(rng: &mut Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = pick(rng, corpus).clone();
    let changes = if rng.chance(0.5) { 1 } else { 1 + rng.below(8) };
    for _ in 0..changes {
        let at = below(rng, bytes.len() + 1);
        let span = below(rng, 24).min(bytes.len() - at);
        match rng.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
            1 if at < bytes.len() => bytes[at] = rng.below(256) as u8,
            2 => drop(bytes.drain(at..at + span)),
            3 => bytes.truncate(at),
            4 => {
                let piece = bytes[at..at + span].repeat(1 + below(rng, 40));
                drop(bytes.splice(at..at, piece));
            }
            5 => {
                let other = pick(rng, corpus);
                let cut = below(rng, other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[cut..]);
            }
            6 => {
                let piece = bytes[at..at + span].to_vec();
                let to = below(rng, bytes.len() + 1);
                drop(bytes.splice(to..to, piece));
            }
            _ => {
                let spice = SPICE[below(rng, SPICE.len())];
                drop(bytes.splice(at..at + span.min(2), spice.iter().copied()));
            }
        }
    }
    bytes.truncate(limits::MESSAGE);
    bytes
}

fn below(rng: &mut Rng, bound: usize) -> usize {
    rng.below(bound as u64) as usize
}

fn pick<'a>(rng: &mut Rng, corpus: &'a [Vec<u8>]) -> &'a Vec<u8> {
    &corpus[below(rng, corpus.len())]
}

/// Every reader of a message; what they say does not matter here.
fn read_everything(head: &carillon::sip::wire::Head) {
    let _ = (head.contacts(), head.contact(), head.record_route(), head.route(), head.reasons());
    let _ = (head.content_type(), head.sdp(), head.expires(), head.max_forwards(), head.supports("x"));
    let _ = (head.credentials(Name::Authorization), head.name_addrs(Name::PAssertedIdentity));
    for (name, value) in head.lines() {
        assert!(!name.is_empty());
        assert!(!value.contains(['\r', '\n']), "{value:?}");
        let _ = Credentials::parse(value);
    }
}

fn sip(bytes: &[u8]) -> bool {
    let source = "198.51.100.7:4000".parse().unwrap();
    match Message::parse(Bytes::copy_from_slice(bytes)) {
        Ok(Message::Request(mut request)) => {
            read_everything(&request);
            let again = Message::parse(request.to_bytes());
            assert!(matches!(again, Ok(Message::Request(ref same)) if same.lines().eq(request.lines())));
            assert_eq!(request.uri.to_string().parse().as_ref(), Ok(&request.uri));
            request.stamp(source);
            let draft = Draft::response(&request, 200);
            let answer = draft.to_bytes();
            assert!(answer.len() <= bytes.len() + 512, "{} for {}", answer.len(), bytes.len());
            let Ok(Message::Response(answer)) = Message::parse(answer) else { panic!("our own answer is refused") };
            assert_eq!((answer.call_id(), answer.cseq()), (request.call_id(), request.cseq()));
            assert_eq!((answer.from(), answer.to()), (request.from(), request.to()));
            assert_eq!(answer.via(), request.via());
            assert_eq!(answer.via().response_addr().map(|to| to.ip()), Some(source.ip()));
            assert_eq!(answer.values(Name::Via).count(), request.values(Name::Via).count());
            true
        }
        Ok(Message::Response(response)) => {
            read_everything(&response);
            true
        }
        Err(rejected) => {
            if let Some(answer) = rejected.response(source) {
                let answer = answer.to_tag("t").to_bytes();
                assert!(answer.len() <= bytes.len() + 512, "{} for {}", answer.len(), bytes.len());
                assert!(!answer.windows(2).any(|two| two[0] != b'\r' && two[1] == b'\n'));
            }
            false
        }
    }
}

/// However the stream is cut, the framer gives out no more than it got, in bounded memory.
fn stream(rng: &mut Rng, bytes: &[u8]) {
    let mut framer = Framer::new();
    let mut given = 0;
    let mut rest = bytes;
    while !rest.is_empty() {
        let take = (1 + below(rng, 700)).min(rest.len()).min(framer.room());
        let (piece, after) = rest.split_at(take);
        framer.buffer().extend_from_slice(piece);
        rest = after;
        loop {
            match framer.take() {
                Ok(Some(Framed::Message(message))) => given += message.len(),
                Ok(Some(Framed::Ping | Framed::Pong)) => {}
                Ok(None) => break,
                Err((_, head)) => {
                    assert!(head.len() <= limits::MESSAGE);
                    return assert!(given <= bytes.len());
                }
            }
        }
    }
    assert!(given <= bytes.len());
}

fn sdp(bytes: &[u8]) -> bool {
    let Ok(description) = Description::parse(bytes) else { return false };
    let printed = description.to_string();
    assert!(printed.len() <= 2 * bytes.len() + 256);
    let again = Description::parse(printed.as_bytes()).unwrap_or_else(|error| panic!("{error}: {printed}"));
    assert_eq!(again.to_string(), printed);
    for media in &description.media {
        let _ = (description.direction_of(media), description.fingerprint_of(media), description.setup_of(media));
        let _ = media.rtpmaps().count();
    }
    true
}

fn rtp(bytes: &[u8]) -> bool {
    assert!(RtcpPackets::new(bytes).count() <= 1 + bytes.len() / 4);
    let Ok(packet) = Packet::parse(bytes) else { return false };
    assert!(packet.payload.len() + 12 <= bytes.len());
    let printed = [&packet.header.to_bytes()[..], packet.payload].concat();
    assert_eq!(Packet::parse(&printed), Ok(packet));
    if let Some(event) = TelephoneEvent::parse(packet.payload) {
        assert_eq!(TelephoneEvent::parse(&event.to_bytes()), Some(event));
    }
    true
}

/// A whole endpoint under the same rain; its state stays within its limits.
struct Server {
    endpoint: Endpoint,
    now: Instant,
    out: Vec<Output>,
}

impl Server {
    fn new() -> Self {
        let mut settings = Settings::default();
        settings.limits.transactions = 1_000;
        settings.limits.legs = 100;
        let mut endpoint = Endpoint::new(settings, 1);
        let trunk = Trunk { name: "t".into(), networks: vec!["192.0.2.0/24".into()], ..Trunk::default() };
        let now = Instant::from_micros(1_000_000);
        endpoint.handle(now, Input::Configure { users: Vec::new(), trunks: vec![trunk] }, &mut Vec::new());
        Self { endpoint, now, out: Vec::new() }
    }

    fn receive(&mut self, rng: &mut Rng, bytes: &[u8]) {
        self.now = self.now + Duration::from_millis(rng.below(200));
        while self.endpoint.next_deadline().is_some_and(|at| at <= self.now) {
            self.endpoint.handle(self.now, Input::Deadline, &mut self.out);
        }
        self.out.clear();
        let source = if rng.chance(0.5) { "192.0.2.1:5060" } else { "198.51.100.7:5060" };
        let received = Received {
            flow: FlowId(rng.below(3)),
            transport: [Transport::Udp, Transport::Tcp, Transport::Ws][below(rng, 3)],
            source: source.parse().unwrap(),
            local: "192.0.2.200:5060".parse().unwrap(),
            bytes: Bytes::copy_from_slice(bytes),
        };
        self.endpoint.handle(self.now, Input::Received(received), &mut self.out);
        assert!(self.out.len() <= 16, "{:?}", self.out);
        let load = self.endpoint.load();
        assert!(load.transactions <= 1_100 && load.legs <= 100, "{load:?}");
    }
}

fn time(kind: usize, bytes: &[u8]) -> Duration {
    let begun = Clock::now();
    read(kind, bytes);
    begun.elapsed()
}

/// The pure readers, by kind of input.
fn read(kind: usize, bytes: &[u8]) -> bool {
    match kind {
        0 => sip(bytes),
        1 => sdp(bytes),
        _ => rtp(bytes),
    }
}

fn from_env(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn mutations_neither_panic_nor_grow_nor_change_their_meaning() {
    let iterations = from_env("CARILLON_FUZZ_ITERATIONS").unwrap_or(ITERATIONS);
    let seed = from_env("CARILLON_FUZZ_SEED").unwrap_or(0xca21_110e);
    let corpus = Corpus::new();
    let mut rng = Rng::new(seed);
    let mut server = Server::new();
    let mut taken = [0u64; 3];
    let started = Clock::now();
    for iteration in 0..iterations {
        let kind = [0, 0, 0, 1, 2][below(&mut rng, 5)];
        let bytes = mutate(&mut rng, [&corpus.sip, &corpus.sdp, &corpus.rtp][kind]);
        let begun = Clock::now();
        let result = catch_unwind(AssertUnwindSafe(|| {
            if kind == 0 {
                stream(&mut rng, &bytes);
            }
            if kind == 0 && iteration % ENDPOINT_EVERY == 0 {
                server.receive(&mut rng, &bytes);
            }
            read(kind, &bytes)
        }));
        match result {
            Ok(was_taken) => {
                taken[kind] += u64::from(was_taken);
                if begun.elapsed() > SLOWEST {
                    let best = (0..5).map(|_| time(kind, &bytes)).min().unwrap_or_default();
                    assert!(best < SLOWEST, "{best:?} for {}", bytes.escape_ascii());
                }
            }
            Err(panic) => {
                println!("seed {seed}, iteration {iteration}, kind {kind}:\n{}", bytes.escape_ascii());
                resume_unwind(panic);
            }
        }
    }
    let [sip, sdp, rtp] = taken;
    println!("seed {seed}: {iterations} inputs in {:.1?}, taken: {sip} SIP, {sdp} SDP, {rtp} RTP", started.elapsed());
    assert!(sip > 0 && sdp > 0 && rtp > 0, "the mutations are too wild to test what is taken");
}
