//! INVITEs without end, from inside the network of a trunk, and what becomes of its good calls meanwhile.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use super::lone::Lone;
use crate::base::Instant;
use crate::sip::output::{Output, TurnedAway};
use crate::sip::wire::{Message, Response};
use crate::sip::{Command, Event, Reason, Transport, Trunk, TrunkLimits};

/// Who sends the flood, by the count of its INVITEs.
type Senders = fn(u64) -> SocketAddr;

const PER_SECOND: u64 = 1_500;
const GOOD: &str = "192.0.2.10:5060";
/// T1: when a phone repeats what was not answered.
const T1: Duration = Duration::from_millis(500);

fn at(host: u64, port: u64) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, host as u8], port as u16))
}

/// Any port but the good one, as forged ones come.
fn any_port(count: u64) -> u64 {
    10_000 + count * 7_919 % 50_000
}

/// A good caller: one call, and when it was tried and taken.
struct Call {
    number: usize,
    sender: SocketAddr,
    tried: Instant,
    again: Option<Instant>,
    /// What it was answered with in the end, and after how long.
    ended: Option<(u16, Duration)>,
}

struct Crowd {
    lone: Lone,
    calls: Vec<Call>,
    flooded: u64,
    /// Calls that the flood was let in for.
    let_in: usize,
    turned_away: Vec<TurnedAway>,
    answered: u64,
}

impl Crowd {
    fn new() -> Self {
        Self::over(Transport::Udp)
    }

    fn over(transport: Transport) -> Self {
        let lone = Lone::new().over(transport);
        Self { lone, calls: Vec::new(), flooded: 0, let_in: 0, turned_away: Vec::new(), answered: 0 }
    }

    fn say(&mut self, sender: SocketAddr, id: &str, called: &str, method: &str, tag: &str) {
        self.lone.source = sender;
        let transport = if self.lone.transport == Transport::Udp { "UDP" } else { "TCP" };
        let branch = if method == "ACK" && !tag.is_empty() { "ack" } else { "" };
        let to_tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
        self.lone.says(&format!(
            "{method} sip:{called}@carillon SIP/2.0\nVia: SIP/2.0/{transport} {sender};branch=z9hG4bK{id}{branch}\n\
             Max-Forwards: 70\nFrom: <sip:li@x>;tag=t{id}\nTo: <sip:{called}@carillon>{to_tag}\nCall-ID: {id}\n\
             CSeq: 1 {method}\nContact: <sip:li@{sender}>"
        ));
    }

    /// What the floors above and the good callers do with what came out.
    fn settle(&mut self) {
        while !self.lone.out.is_empty() {
            for output in std::mem::take(&mut self.lone.out) {
                match output {
                    Output::Event(Event::Invited(invited)) => {
                        self.let_in += usize::from(invited.call_id.starts_with("flood"));
                        let leg = invited.leg;
                        self.lone.command(match invited.called.as_str() {
                            "4000" => Command::Accept { leg, answer: Bytes::from_static(super::SDP) },
                            _ => {
                                let reason = Reason { status: 404, text: String::new() };
                                Command::Refuse { leg, reason, retry_after_s: None }
                            }
                        });
                    }
                    Output::TurnedAway { why, .. } => self.turned_away.push(why),
                    Output::Transmit { bytes, .. } => {
                        if let Ok(Message::Response(response)) = Message::parse(bytes) {
                            self.hears(&response);
                        }
                    }
                    Output::Event(_) | Output::Counted(_) | Output::Refused(_) => {}
                    Output::Trunk { .. } | Output::Registration { .. } => {}
                }
            }
        }
    }

    fn hears(&mut self, response: &Response) {
        if response.status < 200 {
            return;
        }
        self.answered += 1;
        let now = self.lone.now;
        let Some(number) = response.call_id().strip_prefix("good").and_then(|number| number.parse::<usize>().ok())
        else {
            return;
        };
        let Some(call) = self.calls.iter_mut().find(|call| call.number == number && call.ended.is_none()) else {
            return;
        };
        call.ended = Some((response.status, now.since(call.tried)));
        let sender = call.sender;
        let tag = response.to_tag().unwrap_or_default().to_owned();
        self.say(sender, &format!("good{number}"), "4000", "ACK", &tag);
    }

    fn call(&mut self, sender: SocketAddr) {
        let (number, now) = (self.calls.len(), self.lone.now);
        self.calls.push(Call { number, sender, tried: now, again: Some(now + T1), ended: None });
        self.say(sender, &format!("good{number}"), "4000", "INVITE", "");
        self.settle();
    }

    fn repeat_what_is_unanswered(&mut self) {
        let now = self.lone.now;
        let due = self.calls.iter_mut().filter(|call| call.ended.is_none() && call.again.is_some_and(|at| at <= now));
        let due: Vec<(usize, SocketAddr)> = due
            .map(|call| {
                call.again = Some(now + 2 * T1);
                (call.number, call.sender)
            })
            .collect();
        for (number, sender) in due {
            self.say(sender, &format!("good{number}"), "4000", "INVITE", "");
            self.settle();
        }
    }

    /// Ten milliseconds of the flood.
    fn flood(&mut self, senders: Senders, called: &str) {
        for _ in 0..PER_SECOND / 100 {
            self.flooded += 1;
            let id = format!("flood{}", self.flooded);
            self.say(senders(self.flooded), &id, called, "INVITE", "");
            self.settle();
        }
        self.lone.wait(Duration::from_millis(10));
        self.settle();
        self.repeat_what_is_unanswered();
    }

    /// 40 good calls of one sender in eight seconds, beside a flood that begins a second before.
    fn go_through(&mut self, senders: Senders, called: &str, good: &str) {
        for step in 0..1_000 {
            self.flood(senders, called);
            if step >= 100 && step % 20 == 0 && self.calls.len() < 40 {
                self.call(good.parse().unwrap());
            }
        }
    }

    fn taken(&self) -> Vec<Duration> {
        let mut times: Vec<_> = self
            .calls
            .iter()
            .filter_map(|call| call.ended)
            .filter(|(status, _)| *status == 200)
            .map(|it| it.1)
            .collect();
        times.sort();
        times
    }
}

#[test]
fn good_calls_of_a_trunk_go_through_beside_a_flood_that_acknowledges_nothing() {
    let ten: Senders = |count| at(100 + count % 10, 5060);
    let own: Senders = |_| at(10, 6000);
    let own_ports: Senders = |count| at(10, 6000 + count % 10);
    let ten_forged: Senders = |count| at(100 + count % 10, any_port(count));
    let own_forged: Senders = |count| at(10, any_port(count));
    let itself: Senders = |_| GOOD.parse().unwrap();
    // How many of the 40 may take more than a moment: those of a sender that cannot be told from the flood until
    // its first INVITE comes again, or at all.
    for (name, senders, called, slow) in [
        ("ten addresses", ten, "4000", 0),
        ("ten addresses, no such number", ten, "9999", 0),
        ("its own address", own, "4000", 0),
        ("ten ports of its own address", own_ports, "4000", 0),
        ("forged ports of ten addresses", ten_forged, "4000", 0),
        ("forged ports of its own address", own_forged, "4000", 3),
        ("forged ports of its own address, no such number", own_forged, "9999", 3),
        ("its own address and port", itself, "4000", 40),
    ] {
        let mut crowd = Crowd::new();
        crowd.go_through(senders, called, GOOD);
        let times = crowd.taken();
        assert_eq!(times.len(), 40, "{name}: calls that were taken");
        let quick = times.iter().filter(|time| **time < Duration::from_millis(20)).count();
        assert!(quick + slow >= 40, "{name}: {times:?}");
        assert!(times.iter().all(|time| *time < 2 * T1), "{name}: {times:?}");
        let (load, most) = (crowd.lone.endpoint.load(), TrunkLimits::default().pending as usize);
        assert!(load.pending_invites <= most && load.transactions < 4_000, "{name}: {load:?}");
        assert!(load.remembered < 25_000, "{name}: {load:?}");
        assert!(crowd.let_in < 800, "{name}: {} of {} made a call", crowd.let_in, crowd.flooded);
        let told = crowd.turned_away.len() + crowd.let_in;
        assert_eq!(told as u64, crowd.flooded + 40 - times.len() as u64 + waited(&crowd), "{name}: each is counted");
        // Four seconds later nothing is left of it: a crowd of new senders finds room at once.
        crowd.lone.wait(Duration::from_secs(4));
        crowd.settle();
        for host in 50..70 {
            crowd.call(at(host, 5060));
        }
        assert_eq!(crowd.taken().len(), 60, "{name}: healed");
    }
}

/// Good INVITEs that were counted as turned away before they were taken.
fn waited(crowd: &Crowd) -> u64 {
    crowd.calls.iter().filter(|call| call.ended.is_some_and(|(_, after)| after >= T1)).count() as u64
}

#[test]
fn over_a_connection_who_is_too_much_hears_so() {
    let mut crowd = Crowd::over(Transport::Tcp);
    for _ in 0..100 {
        crowd.flood(|count| at(10, any_port(count)), "4000");
    }
    assert!(!crowd.turned_away.contains(&TurnedAway::Unrepeated));
    assert_eq!((crowd.turned_away.len() + crowd.let_in) as u64, crowd.flooded);
    assert!(crowd.answered >= crowd.flooded, "each has its 200 or its 503");
}

/// The configuration of the tests with other limits of the trunk.
fn limited(limits: TrunkLimits) -> Crowd {
    let mut crowd = Crowd::new();
    let trunk =
        Trunk { name: "carrier".to_owned(), networks: vec!["192.0.2.0/24".to_owned()], limits, ..Trunk::default() };
    crowd.lone.input(super::super::Input::Configure { users: Vec::new(), trunks: vec![trunk] });
    crowd
}

#[test]
fn a_trunk_has_its_calls_and_its_attempts_and_no_more() {
    let mut crowd = limited(TrunkLimits { calls: 10, ..TrunkLimits::default() });
    for _ in 0..12 {
        crowd.call(GOOD.parse().unwrap());
    }
    assert_eq!((crowd.taken().len(), crowd.turned_away.as_slice()), (10, [TurnedAway::Calls; 2].as_slice()));

    let mut crowd = limited(TrunkLimits { attempts_per_s: 40, ..TrunkLimits::default() });
    crowd.call(GOOD.parse().unwrap());
    crowd.lone.wait(Duration::from_secs(2));
    for _ in 0..100 {
        crowd.call(GOOD.parse().unwrap());
    }
    let heavy = crowd.taken().len();
    assert!((20..40).contains(&heavy), "{heavy} of 100 at once");
    for _ in 0..5 {
        crowd.call(at(20, 5060));
    }
    assert_eq!(crowd.taken().len(), heavy + 5, "another sender has its share");
}

#[test]
fn a_trunk_that_behaves_is_not_held_up() {
    let mut crowd = Crowd::new();
    for step in 0..1_000 {
        crowd.call(at(10 + step % 5, 5060));
        crowd.lone.wait(Duration::from_millis(4));
    }
    assert_eq!((crowd.taken().len(), crowd.turned_away.len()), (1_000, 0));
}
