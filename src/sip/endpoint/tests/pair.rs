//! Two endpoints and the network between them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use super::super::{Counter, Endpoint, Input, Output, Settings};
use crate::base::{Instant, LegId, Rng};
use crate::sip::{CallerId, Command, Destination, Event, FlowId, Invite, Received, Target, Transport, Trunk};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Side {
    A,
    B,
}

impl Side {
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    fn address(self) -> SocketAddr {
        match self {
            Self::A => SocketAddr::from(([192, 0, 2, 1], 5060)),
            Self::B => SocketAddr::from(([192, 0, 2, 2], 5060)),
        }
    }
}

/// A packet on its way, or one that the test may look at.
type Packet = (Side, Bytes);

pub struct Pair {
    a: Endpoint,
    b: Endpoint,
    pub now: Instant,
    rng: Rng,
    seed: u64,
    /// Probability that a packet is lost, and that it comes twice.
    pub loss: f64,
    pub double: f64,
    /// Longest way; packets overtake each other within it.
    pub delay: Duration,
    flying: BTreeMap<(Instant, u64), Packet>,
    sent: u64,
    /// Everything that happened, in order.
    pub events: Vec<(Side, Event)>,
    pub counted: Vec<(Side, Counter)>,
    /// Packets a test wants lost: how many more whose first line contains the text, going to the side.
    pub drop_next: Vec<(Side, &'static str, usize)>,
}

impl Pair {
    pub fn new(seed: u64) -> Self {
        let endpoint = |n: u64| Endpoint::new(Settings::default(), seed.wrapping_mul(2).wrapping_add(n));
        let mut pair = Self {
            a: endpoint(0),
            b: endpoint(1),
            now: Instant::from_micros(1_700_000_000_000_000),
            rng: Rng::new(seed),
            seed,
            loss: 0.0,
            double: 0.0,
            delay: Duration::from_millis(20),
            flying: BTreeMap::new(),
            sent: 0,
            events: Vec::new(),
            counted: Vec::new(),
            drop_next: Vec::new(),
        };
        let trunk = Trunk {
            name: "peer".to_owned(),
            networks: vec!["192.0.2.0/24".to_owned()],
            destination: None,
            ..Trunk::default()
        };
        for side in [Side::A, Side::B] {
            pair.input(side, Input::Configure { users: vec![], trunks: vec![trunk.clone()] });
        }
        pair
    }

    pub fn bad_network(mut self, loss: f64, double: f64, delay: Duration) -> Self {
        (self.loss, self.double, self.delay) = (loss, double, delay);
        self
    }

    pub fn endpoint(&self, side: Side) -> &Endpoint {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    pub fn input(&mut self, side: Side, input: Input) {
        let mut out = Vec::new();
        let endpoint = match side {
            Side::A => &mut self.a,
            Side::B => &mut self.b,
        };
        endpoint.handle(self.now, input, &mut out);
        for output in out {
            match output {
                Output::Transmit { to, bytes } => self.send(side.other(), to, bytes),
                Output::Event(event) => self.events.push((side, event)),
                Output::Counted(counter) => self.counted.push((side, counter)),
                Output::Refused(_) | Output::TurnedAway { .. } | Output::Trunk { .. } | Output::Registration { .. } => {
                }
            }
        }
    }

    pub fn command(&mut self, side: Side, command: Command) {
        self.input(side, Input::Command(command));
    }

    /// A calls B; the leg of A.
    pub fn call(&mut self, leg: u64) -> LegId {
        let leg = LegId(leg);
        let destination = Destination { transport: Transport::Udp, addr: Side::B.address(), flow: None };
        self.command(
            Side::A,
            Command::Invite(Box::new(Invite {
                leg,
                target: Target::Uri { uri: "sip:4000@192.0.2.2".to_owned(), destination },
                from: CallerId { name: "Li".to_owned(), user: "+8613800138000".to_owned(), host: String::new() },
                offer: Bytes::from_static(super::SDP),
                headers: vec![("X-Carillon-Interaction".to_owned(), "i-1".to_owned())],
                give_up_after_ms: 60_000,
                unheard_after_ms: None,
            })),
        );
        leg
    }

    fn send(&mut self, to: Side, destination: Destination, bytes: Bytes) {
        assert_eq!(destination.addr, to.address(), "seed {}: to a stranger", self.seed);
        let line = bytes.split(|b| *b == b'\r').next().map(String::from_utf8_lossy).unwrap_or_default().into_owned();
        if let Some(rule) = self.drop_next.iter_mut().find(|r| r.0 == to && r.2 > 0 && line.contains(r.1)) {
            rule.2 -= 1;
            return;
        }
        if self.rng.chance(self.loss) {
            return;
        }
        let copies = if self.rng.chance(self.double) { 2 } else { 1 };
        for _ in 0..copies {
            let way = self.rng.below(u64::try_from(self.delay.as_micros()).unwrap() + 1);
            self.sent += 1;
            self.flying.insert((self.now + Duration::from_micros(way), self.sent), (to, bytes.clone()));
        }
    }

    /// The next thing that happens: a packet arrives or a deadline is due. False: nothing before `end`.
    pub fn step(&mut self, end: Instant) -> bool {
        let packet = self.flying.first_key_value().map(|((at, _), _)| *at);
        let wake = |side: Side| self.endpoint(side).next_deadline();
        let (a, b) = (wake(Side::A), wake(Side::B));
        let Some(next) = [packet, a, b].into_iter().flatten().min().filter(|at| *at <= end) else {
            self.now = end;
            return false;
        };
        self.now = self.now.max(next);
        if packet == Some(next) {
            let Some((_, (to, bytes))) = self.flying.pop_first() else { return true };
            let received = Received {
                flow: FlowId(1),
                transport: Transport::Udp,
                source: to.other().address(),
                local: to.address(),
                bytes,
            };
            self.input(to, Input::Received(received));
        } else {
            self.input(if a == Some(next) { Side::A } else { Side::B }, Input::Deadline);
        }
        true
    }

    pub fn run_for(&mut self, span: Duration) {
        let end = self.now + span;
        while self.step(end) {}
    }

    /// Runs until an event of this side is as asked, and gives it; panics with the seed if it never is.
    pub fn until<T>(&mut self, side: Side, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let end = self.now + Duration::from_secs(120);
        let mut looked_at = 0;
        loop {
            while let Some((of, event)) = self.events.get(looked_at) {
                looked_at += 1;
                if *of == side
                    && let Some(found) = wanted(event)
                {
                    return found;
                }
            }
            assert!(self.step(end), "seed {}: it never came; {:#?}", self.seed, self.events);
        }
    }

    /// Runs until B is called, and gives its leg.
    pub fn until_invited(&mut self) -> LegId {
        self.until(Side::B, |event| match event {
            Event::Invited(invited) => Some(invited.leg),
            _ => None,
        })
    }

    /// Runs until a leg has ended.
    pub fn until_ended(&mut self, side: Side, leg: LegId) -> crate::sip::LegEnd {
        self.until(side, |event| match event {
            Event::Ended { leg: of, end } if *of == leg => Some(end.clone()),
            _ => None,
        })
    }

    /// What must hold whatever happened: every leg ended at most once and nothing came after it.
    pub fn check_invariants(&self) {
        let mut ended = Vec::new();
        for (side, event) in &self.events {
            let Some(leg) = leg_of(event) else { continue };
            assert!(!ended.contains(&(*side, leg)), "seed {}: {event:?} after the end", self.seed);
            if matches!(event, Event::Ended { .. }) {
                ended.push((*side, leg));
            }
        }
    }

    /// After all calls: nothing is left of them.
    pub fn check_empty(&mut self) {
        self.loss = 0.0;
        self.run_for(Duration::from_secs(200));
        self.check_invariants();
        for side in [Side::A, Side::B] {
            let load = self.endpoint(side).load();
            assert_eq!((load.legs, load.transactions, load.pending_invites), (0, 0, 0), "seed {}", self.seed);
            assert_eq!(self.endpoint(side).next_deadline(), None, "seed {}", self.seed);
        }
    }
}

fn leg_of(event: &Event) -> Option<LegId> {
    match event {
        Event::Invited(invited) => Some(invited.leg),
        Event::Referred(referred) => Some(referred.leg),
        Event::Progressed { leg, .. }
        | Event::Unheard { leg }
        | Event::Accepted { leg, .. }
        | Event::Confirmed { leg, .. }
        | Event::Offered { leg, .. }
        | Event::OfferAnswered { leg, .. }
        | Event::OfferRefused { leg, .. }
        | Event::RefreshDue { leg }
        | Event::ReferProgressed { leg, .. }
        | Event::Digit { leg, .. }
        | Event::Ended { leg, .. } => Some(*leg),
        Event::Registered { .. } => None,
    }
}
