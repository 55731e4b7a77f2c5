//! Walks the tables in the head of the module, row by row, on both kinds of transport.

use std::time::Duration;

use bytes::Bytes;

use super::{Ack, Arrival, Layer, TableFull, Timers, TransactionId};
use crate::base::Instant;
use crate::sip::output::Output;
use crate::sip::wire::{CSeq, Draft, Message, Method, Name, Request, Response, Uri, Via};
use crate::sip::{Destination, FlowId, Transport};

struct World {
    layer: Layer<u8>,
    now: Instant,
    to: Destination,
    out: Vec<Output>,
    /// Owners told of a timeout.
    timed_out: Vec<u8>,
}

impl World {
    fn new(transport: Transport) -> Self {
        let to = Destination { transport, addr: "192.0.2.1:5060".parse().unwrap(), flow: Some(FlowId(1)) };
        let layer = Layer::new(Timers::default(), 100);
        Self { layer, now: Instant::from_micros(1_000_000), to, out: Vec::new(), timed_out: Vec::new() }
    }

    fn draft(&self, method: Method) -> Draft {
        let via = Via::new(self.to.transport, "192.0.2.9:5060".parse().unwrap(), "b1");
        Draft::request(method.clone(), &Uri::parse("sip:x@192.0.2.1").unwrap())
            .push_via(&via)
            .header(Name::From, "<sip:a@b>;tag=1")
            .header(Name::To, "<sip:x@y>")
            .header(Name::CallId, "c1")
            .header(Name::CSeq, CSeq::new(1, method))
    }

    fn request(&self, method: Method) -> Request {
        match Message::parse(self.draft(method).to_bytes()).unwrap() {
            Message::Request(request) => request,
            Message::Response(_) => panic!("a request"),
        }
    }

    fn start(&mut self, method: Method) -> TransactionId {
        let draft = self.draft(method);
        self.layer.request(self.now, draft, self.to, 7, &mut self.out).unwrap()
    }

    /// The peer answers; is the owner told?
    fn answered(&mut self, method: Method, status: u16) -> bool {
        let bytes = Draft::response(&self.request(method), status).to_tag("t").to_bytes();
        let Message::Response(response) = Message::parse(bytes).unwrap() else { panic!("a response") };
        let response: Response = response;
        self.layer.response(self.now, &response, &mut self.out).is_some()
    }

    fn serve(&mut self, method: Method) -> TransactionId {
        let request = self.request(method);
        assert_eq!(self.layer.arrive(self.now, &request, &mut self.out), Arrival::New);
        self.layer.serve(&request, self.to, 7).unwrap()
    }

    fn arrives(&mut self, method: Method) -> Arrival {
        let request = self.request(method);
        self.layer.arrive(self.now, &request, &mut self.out)
    }

    fn ack(&mut self) -> Ack {
        let ack = self.request(Method::Ack);
        self.layer.ack(self.now, &ack, &mut self.out)
    }

    fn respond(&mut self, id: TransactionId, method: Method, status: u16) {
        let draft = Draft::response(&self.request(method), status);
        self.layer.respond(self.now, id, &draft, &mut self.out);
    }

    /// Lets time pass; milliseconds at which something was sent.
    fn wait(&mut self, seconds: u64) -> Vec<u64> {
        let (start, end) = (self.now, self.now + Duration::from_secs(seconds));
        let mut sent_at = Vec::new();
        self.out.clear();
        while let Some(at) = self.layer.next_deadline().filter(|at| *at <= end) {
            self.now = at;
            while let Some(told) = self.layer.fire(at, &mut self.out) {
                self.timed_out.extend(told.map(|(_, owner)| owner));
            }
            sent_at.extend(self.out.drain(..).map(|_| u64::try_from(at.since(start).as_millis()).unwrap()));
        }
        self.now = end;
        sent_at
    }

    /// First words of what was sent, taken out.
    fn sent(&mut self) -> Vec<String> {
        let word = |bytes: &Bytes| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let mut words = text.split(' ').map(str::to_owned);
            match words.next().unwrap() {
                version if version == "SIP/2.0" => words.next().unwrap(),
                method => method,
            }
        };
        self.out
            .drain(..)
            .map(|output| match output {
                Output::Transmit { bytes, .. } => word(&bytes),
                other => panic!("{other:?}"),
            })
            .collect()
    }
}

const UDP: Transport = Transport::Udp;
const TCP: Transport = Transport::Tcp;
const NOTHING: [u64; 0] = [];

#[test]
fn invite_client_calling() {
    let mut w = World::new(UDP);
    w.start(Method::Invite);
    assert_eq!(w.sent(), ["INVITE"]);
    assert_eq!(w.wait(32), [500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    assert_eq!((w.timed_out.as_slice(), w.layer.len()), ([7].as_slice(), 0));
    let mut w = World::new(TCP);
    w.start(Method::Invite);
    assert_eq!(w.wait(32), NOTHING);
    assert_eq!((w.timed_out.as_slice(), w.layer.len()), ([7].as_slice(), 0));
}

#[test]
fn invite_client_proceeding_waits_as_long_as_it_takes() {
    let mut w = World::new(UDP);
    w.start(Method::Invite);
    assert!(w.answered(Method::Invite, 180));
    assert_eq!(w.wait(600), NOTHING);
    assert!(w.answered(Method::Invite, 183) && w.timed_out.is_empty());
}

#[test]
fn invite_client_refused() {
    for (transport, left) in [(UDP, 1), (TCP, 0)] {
        let mut w = World::new(transport);
        w.start(Method::Invite);
        w.answered(Method::Invite, 180);
        assert!(w.answered(Method::Invite, 486));
        assert_eq!(w.sent(), ["INVITE", "ACK"]);
        assert_eq!(w.layer.len(), left);
        assert!(!w.answered(Method::Invite, 486), "a retransmission");
        assert_eq!(w.sent().len(), left, "gets its ACK while the transaction lives");
        assert!(!w.answered(Method::Invite, 200), "too late");
        w.wait(32);
        assert!(w.layer.is_empty() && w.timed_out.is_empty());
    }
}

#[test]
fn invite_client_accepted_tells_every_2xx() {
    for transport in [UDP, TCP] {
        let mut w = World::new(transport);
        w.start(Method::Invite);
        w.sent();
        assert!(w.answered(Method::Invite, 200));
        assert!(w.answered(Method::Invite, 200) && !w.answered(Method::Invite, 180));
        assert!(!w.answered(Method::Invite, 486));
        assert!(w.sent().is_empty(), "the ACK of a 2xx is the dialog's");
        w.wait(31);
        assert_eq!(w.layer.len(), 1);
        w.wait(1);
        assert!(w.layer.is_empty() && w.timed_out.is_empty());
    }
}

#[test]
fn invite_client_cancel_needs_a_provisional_response() {
    let mut w = World::new(UDP);
    let id = w.start(Method::Invite);
    assert!(!w.layer.cancel(w.now, id, None, 7, &mut w.out));
    w.answered(Method::Invite, 100);
    assert!(w.layer.cancel(w.now, id, Some("SIP;cause=200"), 7, &mut w.out));
    assert_eq!(w.sent(), ["INVITE", "CANCEL"]);
    assert!(w.answered(Method::Cancel, 200));
    assert!(w.answered(Method::Invite, 487));
    assert!(!w.layer.cancel(w.now, id, None, 7, &mut w.out), "it has its final response");
}

#[test]
fn other_client_retransmits_up_to_t2() {
    let mut w = World::new(UDP);
    w.start(Method::Bye);
    assert_eq!(w.wait(32), [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    assert_eq!((w.timed_out.as_slice(), w.layer.len()), ([7].as_slice(), 0));
    let mut w = World::new(UDP);
    w.start(Method::Bye);
    assert!(w.answered(Method::Bye, 100));
    assert_eq!(w.wait(10), [500, 4_500, 8_500], "Proceeding: every T2");
    w.wait(22);
    assert_eq!(w.timed_out, [7]);
    let mut w = World::new(TCP);
    w.start(Method::Bye);
    assert_eq!(w.wait(32), NOTHING);
    assert_eq!(w.timed_out, [7]);
}

#[test]
fn other_client_completed() {
    for (transport, left) in [(UDP, 1), (TCP, 0)] {
        let mut w = World::new(transport);
        w.start(Method::Bye);
        assert!(w.answered(Method::Bye, 200));
        assert_eq!(w.layer.len(), left);
        assert!(!w.answered(Method::Bye, 200));
        w.wait(5);
        assert!(w.layer.is_empty() && w.timed_out.is_empty());
    }
}

#[test]
fn transport_failure_is_told_only_where_an_answer_is_awaited() {
    let mut w = World::new(UDP);
    w.start(Method::Invite);
    w.answered(Method::Invite, 200);
    assert!(w.layer.transport_failed(w.to).is_empty());
    let mut w = World::new(TCP);
    w.start(Method::Bye);
    let elsewhere = Destination { flow: Some(FlowId(2)), ..w.to };
    assert!(w.layer.transport_failed(elsewhere).is_empty());
    assert_eq!(w.layer.flow_closed(FlowId(1)).len(), 1);
    assert!(w.layer.is_empty() && w.layer.next_deadline().is_none());
}

#[test]
fn invite_server_refused() {
    let mut w = World::new(UDP);
    let id = w.serve(Method::Invite);
    assert_eq!((w.arrives(Method::Invite), w.sent().len()), (Arrival::Absorbed, 0));
    w.respond(id, Method::Invite, 180);
    w.arrives(Method::Invite);
    assert_eq!(w.sent(), ["180", "180"]);
    w.respond(id, Method::Invite, 486);
    w.arrives(Method::Invite);
    w.respond(id, Method::Invite, 200);
    assert_eq!(w.sent(), ["486", "486"], "one final response");
    assert_eq!(w.wait(9), [500, 1_500, 3_500, 7_500]);
    assert_eq!(w.ack(), Ack::Absorbed);
    assert_eq!(w.wait(4), NOTHING, "Confirmed");
    assert_eq!((w.ack(), w.arrives(Method::Invite), w.sent().len()), (Ack::Absorbed, Arrival::Absorbed, 0));
    w.wait(1);
    assert!(w.layer.is_empty());
}

#[test]
fn invite_server_without_an_ack_ends_by_itself() {
    for (transport, repeated) in [(UDP, 10), (TCP, 0)] {
        let mut w = World::new(transport);
        let id = w.serve(Method::Invite);
        w.respond(id, Method::Invite, 500);
        assert_eq!(w.wait(32).len(), repeated);
        assert!(w.layer.is_empty() && w.timed_out.is_empty());
    }
    let mut w = World::new(TCP);
    let id = w.serve(Method::Invite);
    w.respond(id, Method::Invite, 500);
    w.ack();
    assert!(w.layer.is_empty(), "Confirmed takes no time");
}

#[test]
fn invite_server_accepted_absorbs_copies_and_passes_the_ack() {
    let mut w = World::new(UDP);
    let id = w.serve(Method::Invite);
    w.respond(id, Method::Invite, 200);
    assert_eq!(w.sent(), ["200"]);
    assert_eq!((w.arrives(Method::Invite), w.sent().len()), (Arrival::Absorbed, 0));
    assert_eq!(w.ack(), Ack::Dialog);
    w.respond(id, Method::Invite, 200);
    w.respond(id, Method::Invite, 486);
    assert_eq!(w.sent(), ["200"]);
    assert_eq!(w.wait(31), NOTHING);
    assert_eq!(w.layer.len(), 1);
    w.wait(1);
    assert!(w.layer.is_empty());
}

#[test]
fn other_server() {
    for (transport, left) in [(UDP, 1), (TCP, 0)] {
        let mut w = World::new(transport);
        let id = w.serve(Method::Bye);
        assert_eq!((w.arrives(Method::Bye), w.sent().len()), (Arrival::Absorbed, 0));
        w.respond(id, Method::Bye, 100);
        w.arrives(Method::Bye);
        assert_eq!(w.sent(), ["100", "100"]);
        w.respond(id, Method::Bye, 200);
        w.respond(id, Method::Bye, 500);
        assert_eq!((w.sent(), w.layer.len()), (vec!["200".to_owned()], left));
        if left == 1 {
            w.arrives(Method::Bye);
            assert_eq!(w.sent(), ["200"]);
        }
        assert_eq!(w.wait(32), NOTHING);
        assert!(w.layer.is_empty());
    }
}

#[test]
fn methods_and_sent_by_keep_transactions_apart() {
    let mut w = World::new(UDP);
    w.serve(Method::Invite);
    assert_eq!(w.arrives(Method::Cancel), Arrival::New);
    assert_eq!(w.layer.cancelled(&w.request(Method::Cancel)), Some(7));
    let other = Via::new(UDP, "192.0.2.10:5060".parse().unwrap(), "b1");
    let bytes = w.draft(Method::Invite).pop_via().push_via(&other).to_bytes();
    let Message::Request(other) = Message::parse(bytes).unwrap() else { panic!("a request") };
    assert_eq!(w.layer.arrive(w.now, &other, &mut w.out), Arrival::New, "another sent-by");
}

#[test]
fn the_table_has_a_limit_and_room_to_end_calls() {
    let mut w = World::new(UDP);
    w.layer = Layer::new(Timers::default(), 10);
    let request = |n: usize| {
        let via = Via::new(UDP, "192.0.2.9:5060".parse().unwrap(), &format!("n{n}"));
        World::new(UDP).draft(Method::Options).pop_via().push_via(&via)
    };
    let parsed = |n: usize| match Message::parse(request(n).to_bytes()).unwrap() {
        Message::Request(request) => request,
        Message::Response(_) => panic!("a request"),
    };
    assert!((0..10).all(|n| w.layer.serve(&parsed(n), w.to, 0).is_ok()));
    assert_eq!(w.layer.serve(&parsed(10), w.to, 0), Err(TableFull));
    assert!(w.layer.request(w.now, request(11), w.to, 0, &mut w.out).is_ok());
    assert!(w.layer.request(w.now, request(12), w.to, 0, &mut w.out).is_err());
}
