//! SIP on one core: an INVITE of 1,075 bytes read and answered, beside rsip reading the same bytes, and
//! whole transactions through the endpoint.
//!
//! ```text
//! cargo bench --bench sip
//! ```
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests and benches have clocks and tasks")]

use bytes::Bytes;
use carillon::base::Instant;
use carillon::sip::endpoint::{Endpoint, Input, Output, Settings};
use carillon::sip::wire::{Draft, Message, Request};
use carillon::sip::{Command, Event, FlowId, Reason, Received, Transport, Trunk};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// What a telephone behind one proxy sends: 1,075 bytes.
fn invite() -> String {
    let sdp = "v=0\r\no=alice 2890844526 2890844526 IN IP4 192.0.2.101\r\ns=-\r\nc=IN IP4 192.0.2.101\r\nt=0 0\r\n\
        m=audio 49172 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\na=ptime:20\r\n";
    let head = format!(
        "INVITE sip:4000@center.example:5060 SIP/2.0\r\n\
        Via: SIP/2.0/UDP proxy.example.com:5060;branch=z9hG4bK2d4790.1;rport\r\n\
        Via: SIP/2.0/UDP client.example.com:5060;branch=z9hG4bK74bf9;received=192.0.2.101\r\n\
        Max-Forwards: 69\r\n\
        Record-Route: <sip:proxy.example.com;lr>\r\n\
        From: \"Alice Example\" <sip:+493012345678@example.com;user=phone>;tag=9fxced76sl\r\n\
        To: \"Hotline\" <sip:4000@center.example>\r\n\
        Call-ID: 3848276298220188511@client.example.com\r\n\
        CSeq: 2 INVITE\r\n\
        Contact: <sip:alice@client.example.com:5060;transport=udp>\r\n\
        Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO, PRACK, REFER\r\n\
        Supported: timer, 100rel, replaces\r\n\
        User-Agent: Example Phone 5.1\r\n\
        Content-Type: application/sdp\r\n\
        Content-Length: {}\r\nSubject: ",
        sdp.len()
    );
    let pad = 1_075 - head.len() - 4 - sdp.len();
    format!("{head}{}\r\n\r\n{sdp}", "x".repeat(pad))
}

fn parsed(bytes: &Bytes) -> Request {
    match Message::parse(bytes.clone()) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

#[divan::bench(sample_count = 50, sample_size = 500)]
fn parse(bencher: Bencher) {
    let bytes = Bytes::from(invite());
    bencher.counter(ItemsCount::new(1usize)).bench(|| drop(black_box(Message::parse(black_box(bytes.clone())))));
}

/// The response to it, into bytes.
#[divan::bench(sample_count = 50, sample_size = 500)]
fn print(bencher: Bencher) {
    let request = parsed(&Bytes::from(invite()));
    bencher
        .counter(ItemsCount::new(1usize))
        .bench(|| drop(black_box(Draft::response(black_box(&request), 200).to_tag("a1b2c3").to_bytes())));
}

#[divan::bench(sample_count = 50, sample_size = 500)]
fn parse_and_print(bencher: Bencher) {
    let bytes = Bytes::from(invite());
    bencher
        .counter(ItemsCount::new(1usize))
        .bench(|| drop(black_box(Draft::response(&parsed(black_box(&bytes)), 200).to_tag("a1b2c3").to_bytes())));
}

/// rsip reads the same bytes, with From, To, Via, CSeq and Call-ID typed, which [`parse`] does too.
#[divan::bench(sample_count = 50, sample_size = 500)]
fn rsip_parse(bencher: Bencher) {
    use rsip::prelude::{HeadersExt as _, ToTypedHeader as _, UntypedHeader as _};
    let text = invite();
    bencher.counter(ItemsCount::new(1usize)).bench(|| {
        let request = rsip::Request::try_from(black_box(text.as_bytes())).expect("a request");
        let typed = (
            request.from_header().expect("From").typed().expect("From"),
            request.to_header().expect("To").typed().expect("To"),
            request.via_header().expect("Via").typed().expect("Via"),
            request.cseq_header().expect("CSeq").typed().expect("CSeq"),
            request.call_id_header().expect("Call-ID").value().to_owned(),
        );
        drop(black_box((request, typed)));
    });
}

/// An endpoint and a trunk that calls it.
struct World {
    endpoint: Endpoint,
    now: Instant,
    out: Vec<Output>,
    count: u64,
}

impl World {
    fn new() -> Self {
        let mut endpoint = Endpoint::new(Settings::default(), 1);
        let trunk = Trunk {
            name: "trunk".into(),
            networks: vec!["192.0.2.0/24".into()],
            destination: None,
            ..Trunk::default()
        };
        let now = Instant::from_micros(1_000_000);
        endpoint.handle(now, Input::Configure { users: Vec::new(), trunks: vec![trunk] }, &mut Vec::new());
        Self { endpoint, now, out: Vec::new(), count: 0 }
    }

    fn send(&mut self, text: &str) {
        let received = Received {
            flow: FlowId(1),
            transport: Transport::Udp,
            source: "192.0.2.101:5060".parse().expect("an address"),
            local: "192.0.2.1:5060".parse().expect("an address"),
            bytes: Bytes::copy_from_slice(text.as_bytes()),
        };
        self.handle(Input::Received(received));
    }

    fn handle(&mut self, input: Input) {
        self.endpoint.handle(self.now, input, &mut self.out);
    }

    /// A request of this method with everything new in it.
    fn request(&mut self, method: &str) -> String {
        self.count += 1;
        let n = self.count;
        invite()
            .replace("INVITE sip", &format!("{method} sip"))
            .replace("2 INVITE", &format!("2 {method}"))
            .replace("z9hG4bK2d4790.1", &format!("z9hG4bKb{n}"))
            .replace("3848276298220188511", &format!("c{n}"))
    }

    /// Time goes on and every deadline that is due fires: old transactions leave their tables.
    fn pass(&mut self) {
        self.now = self.now + std::time::Duration::from_millis(2);
        while self.endpoint.next_deadline().is_some_and(|at| at <= self.now) {
            self.handle(Input::Deadline);
        }
        self.out.clear();
    }
}

/// OPTIONS answered with 200.
#[divan::bench(sample_count = 50, sample_size = 500)]
fn options_transaction(bencher: Bencher) {
    let mut world = World::new();
    bencher.counter(ItemsCount::new(1usize)).bench_local(|| {
        let request = world.request("OPTIONS");
        world.send(&request);
        assert!(world.out.iter().any(|output| matches!(output, Output::Transmit { .. })));
        world.pass();
    });
}

/// INVITE, 100, `Invited`, refused with 486, ACK: the INVITE server transaction from end to end, and the
/// waits of the ones before it.
#[divan::bench(sample_count = 50, sample_size = 500)]
fn invite_transaction(bencher: Bencher) {
    let mut world = World::new();
    bencher.counter(ItemsCount::new(1usize)).bench_local(|| {
        let request = world.request("INVITE");
        world.send(&request);
        let leg = world.out.iter().find_map(|output| match output {
            Output::Event(Event::Invited(invited)) => Some(invited.leg),
            _ => None,
        });
        let reason = Reason { status: 486, text: "Busy Here".into() };
        let leg = leg.expect("a new leg");
        world.handle(Input::Command(Command::Refuse { leg, reason, retry_after_s: None }));
        let to = world.out.iter().rev().find_map(|output| match output {
            Output::Transmit { bytes, .. } => {
                let text = std::str::from_utf8(bytes).ok()?;
                text.lines().find(|line| line.starts_with("To: ")).map(str::to_owned)
            }
            _ => None,
        });
        let ack = request
            .replace("INVITE sip", "ACK sip")
            .replace("2 INVITE", "2 ACK")
            .replace("To: \"Hotline\" <sip:4000@center.example>", &to.expect("a final answer"));
        world.send(&ack);
        world.pass();
    });
}
