//! One endpoint, spoken to in text.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use super::super::{Counter, Endpoint, Input, Output, Settings};
use crate::base::{Instant, LegId};
use crate::sip::wire::{Message, Name, Request, Response};
use crate::sip::{Command, Destination, Event, FlowId, Received, Transport};

/// Time, an endpoint, and everything it put out since it was last asked.
pub struct Lone {
    pub endpoint: Endpoint,
    pub now: Instant,
    pub transport: Transport,
    pub flow: FlowId,
    pub source: SocketAddr,
    pub out: Vec<Output>,
}

/// A trunk's address.
pub const TRUNK: &str = "192.0.2.10:5060";
/// Nobody's address.
pub const STRANGER: &str = "198.51.100.9:40000";

impl Lone {
    /// Speaks UDP from the trunk.
    pub fn new() -> Self {
        Self::with(Settings::default())
    }

    pub fn with(settings: Settings) -> Self {
        let mut lone = Self {
            endpoint: Endpoint::new(settings, 7),
            now: Instant::from_micros(1_700_000_000_000_000),
            transport: Transport::Udp,
            flow: FlowId(1),
            source: TRUNK.parse().unwrap(),
            out: Vec::new(),
        };
        lone.input(super::configuration());
        lone
    }

    pub fn from(mut self, source: &str) -> Self {
        self.source = source.parse().unwrap();
        self
    }

    pub fn over(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    pub fn input(&mut self, input: Input) {
        self.endpoint.handle(self.now, input, &mut self.out);
    }

    pub fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    /// Receives a message; lines are given without CR, Content-Length is added.
    pub fn says(&mut self, text: &str) {
        let (head, body) = text.trim_start().split_once("\n\n").unwrap_or((text.trim(), ""));
        let head: Vec<&str> = head.lines().map(str::trim).collect();
        let message = format!("{}\r\nContent-Length: {}\r\n\r\n{body}", head.join("\r\n"), body.len());
        self.says_bytes(message.into_bytes());
    }

    pub fn says_bytes(&mut self, bytes: Vec<u8>) {
        self.input(Input::Received(Received {
            flow: self.flow,
            transport: self.transport,
            source: self.source,
            local: "203.0.113.1:5060".parse().unwrap(),
            bytes: Bytes::from(bytes),
        }));
    }

    /// A request with everything it needs; `more`: further header lines, then perhaps a body.
    pub fn request(&mut self, method: &str, uri: &str, branch: &str, cseq: u32, to_tag: &str, more: &str) {
        let via = match self.transport {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
        };
        let source = self.source;
        let to_tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
        let forwards = if more.contains("Max-Forwards") { "" } else { "Max-Forwards: 70\n" };
        self.says(&format!(
            "{method} {uri} SIP/2.0\nVia: SIP/2.0/{via} {source};rport;branch=z9hG4bK{branch}\n{forwards}\
             From: \"Li\" <sip:ana@carillon>;tag=theirs\nTo: <sip:4000@carillon>{to_tag}\n\
             Call-ID: call-1\nCSeq: {cseq} {method}\nContact: <sip:ana@{source}>\n{more}"
        ));
    }

    /// An INVITE with an offer from the trunk or a stranger.
    pub fn invite(&mut self, branch: &str) {
        self.request("INVITE", "sip:4000@carillon", branch, 1, "", "Content-Type: application/sdp\n\nv=0\n");
    }

    /// An incoming leg that rings.
    pub fn invited(&mut self) -> LegId {
        self.invite("first");
        let Some(Event::Invited(invited)) = self.events().pop() else { panic!("no Invited") };
        invited.leg
    }

    /// An incoming leg that is up, and our tag.
    pub fn up(&mut self) -> (LegId, String) {
        let leg = self.invited();
        self.sent();
        self.command(Command::Accept { leg, answer: Bytes::from_static(super::SDP) });
        let tag = self.sent_response().to_tag().unwrap().to_owned();
        self.request("ACK", "sip:carillon@203.0.113.1", "ack", 1, &tag, "");
        assert_eq!(self.events(), [Event::Confirmed { leg, answer: None }]);
        (leg, tag)
    }

    /// Lets time pass, firing deadlines when they are due.
    pub fn wait(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.endpoint.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.input(Input::Deadline);
        }
        self.now = end;
    }

    /// What was sent, taken out.
    pub fn sent(&mut self) -> Vec<(Destination, Bytes)> {
        let mut sent = Vec::new();
        self.out.retain(|output| match output {
            Output::Transmit { to, bytes } => {
                sent.push((*to, bytes.clone()));
                false
            }
            _ => true,
        });
        sent
    }

    /// The requests that were sent, in order; everything sent is taken out.
    pub fn requests(&mut self) -> Vec<Request> {
        let read = |(_, bytes): (Destination, Bytes)| match Message::parse(bytes).unwrap() {
            Message::Request(request) => Some(request),
            Message::Response(_) => None,
        };
        self.sent().into_iter().filter_map(read).collect()
    }

    /// Status codes and methods of what was sent, in order.
    pub fn shown(&mut self) -> Vec<String> {
        let show = |(_, bytes): (Destination, Bytes)| match Message::parse(bytes).unwrap() {
            Message::Request(request) => request.method.to_string(),
            Message::Response(response) => response.status.to_string(),
        };
        self.sent().into_iter().map(show).collect()
    }

    /// The last response that was sent.
    pub fn sent_response(&mut self) -> Response {
        let last = self.sent().into_iter().rev().find_map(|(_, bytes)| match Message::parse(bytes).unwrap() {
            Message::Response(response) => Some(response),
            Message::Request(_) => None,
        });
        last.expect("a response")
    }

    /// The last request that was sent.
    pub fn sent_request(&mut self) -> (Destination, Request) {
        let last = self.sent().into_iter().rev().find_map(|(to, bytes)| match Message::parse(bytes).unwrap() {
            Message::Request(request) => Some((to, request)),
            Message::Response(_) => None,
        });
        last.expect("a request")
    }

    /// Answers a request of the endpoint as its peer would.
    pub fn answers(&mut self, request: &Request, status: u16, tag: &str, more: &str) {
        let line = |name: Name| request.header(name).unwrap_or_default().to_owned();
        let to = line(Name::To);
        let to = if to.contains("tag=") { to } else { format!("{to};tag={tag}") };
        self.says(&format!(
            "SIP/2.0 {status} Whatever\nVia: {}\nFrom: {}\nTo: {to}\nCall-ID: {}\nCSeq: {}\n{more}",
            line(Name::Via),
            line(Name::From),
            line(Name::CallId),
            line(Name::CSeq)
        ));
    }

    /// Events so far, taken out.
    pub fn events(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        self.out.retain(|output| match output {
            Output::Event(event) => {
                events.push(event.clone());
                false
            }
            _ => true,
        });
        events
    }

    /// What was counted, taken out.
    pub fn counted(&mut self) -> Vec<Counter> {
        let mut counted = Vec::new();
        self.out.retain(|output| match output {
            Output::Counted(counter) => {
                counted.push(*counter);
                false
            }
            _ => true,
        });
        counted
    }
}
