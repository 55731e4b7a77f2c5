//! The task of a phone: its socket, its endpoint, its registration, and the ends of its calls.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::audio::Agreed;
use super::phone::{Ends, Line, LineEvent, Order, PhoneSettings, line_events};
use super::register::{Answer, Register};
use crate::base::{Instant, LegId, Rng};
use crate::media::negotiate::{Kind, Local, Negotiation};
use crate::media::{Codec, Direction};
use crate::net::clock::Clock;
use crate::sip::endpoint::{Endpoint, Input, Output, Settings};
use crate::sip::wire::Message;
use crate::sip::{
    CallerId, Command, Destination, Event, FlowId, Invite, Invited, Reason, Received, Target, Transport, Trunk,
};

/// Calls of one phone at a time; one more is busy.
const LINES: usize = 500;
/// How long a registration is asked for.
const EXPIRES_S: u32 = 120;
/// First and longest gap between two tries of a REGISTER (RFC 3261 timer E).
const TRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(4));
/// After a refusal.
const RETRY: Duration = Duration::from_secs(10);
/// What the end of a phone may take: BYEs and the last REGISTER on their way.
const FAREWELL: Duration = Duration::from_millis(1_500);
/// The server decides how long it rings.
const GIVE_UP_MS: u64 = 180_000;
/// The one flow: the socket.
const FLOW: FlowId = FlowId(1);

pub(super) struct Exchange {
    server: SocketAddr,
    address: SocketAddr,
    socket: UdpSocket,
    endpoint: Endpoint,
    clock: Clock,
    rng: Rng,
    lines: BTreeMap<LegId, Entry>,
    registration: Option<Registration>,
    orders: mpsc::WeakSender<Order>,
    rings: mpsc::Sender<Line>,
    told: watch::Sender<bool>,
    stop: CancellationToken,
    /// Bytes to send.
    out: Vec<Bytes>,
}

/// One call.
struct Entry {
    events: mpsc::Sender<LineEvent>,
    state: State,
}

enum State {
    /// It rings; the caller's offer.
    Offered(Bytes),
    Agreeing {
        negotiation: Box<Negotiation>,
        agreed: Agreed,
    },
}

struct Registration {
    register: Register,
    /// The request without an answer.
    pending: Option<Bytes>,
    gap: Duration,
    /// When to send `pending` again, or to register anew.
    next: Instant,
    leaving: bool,
}

impl Exchange {
    pub fn new(
        settings: PhoneSettings,
        socket: UdpSocket,
        address: SocketAddr,
        orders: mpsc::WeakSender<Order>,
        rings: mpsc::Sender<Line>,
        told: watch::Sender<bool>,
    ) -> Self {
        let PhoneSettings { server, account, seed, clock, stop, .. } = settings;
        let mut rng = Rng::new(seed);
        let registration = account.map(|account| Registration {
            register: Register::new(account, address, rng.fork()),
            pending: None,
            gap: TRY.0,
            next: clock.now(),
            leaving: false,
        });
        let endpoint = user_agent(server, address, rng.next_u64(), clock.now());
        let (lines, out) = (BTreeMap::new(), Vec::new());
        Self { server, address, socket, endpoint, clock, rng, lines, registration, orders, rings, told, stop, out }
    }

    pub async fn run(mut self, mut inlet: mpsc::Receiver<Order>) {
        let mut buffer = vec![0u8; crate::sip::wire::limits::MESSAGE];
        let mut end = None;
        loop {
            self.flush().await;
            if end.is_some_and(|end| self.clock.now() >= end || self.is_done()) {
                return;
            }
            let pause = self.pause(end);
            let stop = self.stop.clone();
            tokio::select! {
                () = stop.cancelled(), if end.is_none() => end = Some(self.leave()),
                order = inlet.recv(), if end.is_none() => match order {
                    Some(order) => self.order(order),
                    // Nobody holds the phone any more.
                    None => end = Some(self.leave()),
                },
                read = self.socket.recv_from(&mut buffer) => {
                    // An error of an earlier send; the socket goes on.
                    if let Ok((length, source)) = read && source == self.server {
                        self.receive(Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default()));
                    }
                }
                () = tokio::time::sleep(pause) => self.wake(),
            }
        }
    }

    async fn flush(&mut self) {
        for bytes in std::mem::take(&mut self.out) {
            // Lost on the way: it is sent again, or the other side asks.
            let _ = self.socket.send_to(&bytes, self.server).await;
        }
    }

    fn pause(&self, end: Option<Instant>) -> Duration {
        let registration = self.registration.as_ref().map(|registration| registration.next);
        let due = [self.endpoint.next_deadline(), registration, end].into_iter().flatten().min();
        due.map_or(Duration::from_secs(3_600), |due| due.since(self.clock.now()))
    }

    /// Hangs up and signs off; gives the time by which it must be through.
    fn leave(&mut self) -> Instant {
        let now = self.clock.now();
        let legs: Vec<LegId> = self.lines.keys().copied().collect();
        legs.into_iter().for_each(|leg| self.hang_up(leg));
        if let Some(registration) = &mut self.registration {
            registration.leaving = true;
            registration.ask(0, now, &mut self.out);
        }
        now + FAREWELL
    }

    fn is_done(&self) -> bool {
        self.lines.is_empty() && self.registration.as_ref().is_none_or(|registration| registration.pending.is_none())
    }

    fn wake(&mut self) {
        let now = self.clock.now();
        if self.endpoint.next_deadline().is_some_and(|due| due <= now) {
            self.feed(Input::Deadline);
        }
        if let Some(registration) = &mut self.registration
            && registration.next <= now
        {
            registration.again(now, &mut self.out);
        }
    }

    fn receive(&mut self, bytes: Bytes) {
        if let Some(registration) = &mut self.registration
            && bytes.starts_with(b"SIP/2.0")
            && let Ok(Message::Response(response)) = Message::parse(bytes.clone())
        {
            let answer = registration.register.response(&response);
            if answer != Answer::Foreign {
                return registration.take(answer, self.clock.now(), &self.told, &mut self.out);
            }
        }
        let (source, local) = (self.server, self.address);
        self.feed(Input::Received(Received { flow: FLOW, transport: Transport::Udp, source, local, bytes }));
    }

    fn order(&mut self, order: Order) {
        match order {
            Order::Dial { leg, from, number, ends } => self.dial(leg, from, &number, ends),
            Order::Answer { leg, rtp, agreed } => self.answer(leg, rtp, agreed),
            Order::Decline { leg } => {
                let reason = Reason { status: 486, text: "Busy Here".to_owned() };
                self.command(Command::Refuse { leg, reason, retry_after_s: None });
            }
            Order::HangUp { leg } => self.hang_up(leg),
        }
    }

    fn dial(&mut self, leg: LegId, from: CallerId, number: &str, ends: Ends) {
        let Ends { rtp, agreed, events } = ends;
        let mut negotiation = self.negotiation(rtp);
        let offer = negotiation.offer(Direction::SendRecv);
        self.lines.insert(leg, Entry { events, state: State::Agreeing { negotiation: Box::new(negotiation), agreed } });
        let destination = Destination { transport: Transport::Udp, addr: self.server, flow: None };
        self.command(Command::Invite(Box::new(Invite {
            leg,
            target: Target::Uri { uri: format!("sip:{number}@{}", self.server), destination },
            from,
            offer,
            headers: Vec::new(),
            give_up_after_ms: GIVE_UP_MS,
            unheard_after_ms: None,
        })));
    }

    fn answer(&mut self, leg: LegId, rtp: SocketAddr, agreed: Agreed) {
        let mut negotiation = self.negotiation(rtp);
        let Some(entry) = self.lines.get_mut(&leg) else { return };
        let State::Offered(offer) = &entry.state else { return };
        match negotiation.answer(offer) {
            Ok((answer, session)) => {
                let _ = agreed.send(Some(session));
                entry.state = State::Agreeing { negotiation: Box::new(negotiation), agreed };
                self.command(Command::Accept { leg, answer });
            }
            Err(error) => {
                tracing::warn!(%error, "a phone of the demo cannot use the offer of the server");
                self.refuse(leg, 488, "Not Acceptable Here");
            }
        }
    }

    fn refuse(&mut self, leg: LegId, status: u16, text: &str) {
        let reason = Reason { status, text: text.to_owned() };
        self.command(Command::Refuse { leg, reason, retry_after_s: None });
    }

    fn hang_up(&mut self, leg: LegId) {
        if self.lines.contains_key(&leg) {
            let reason = Reason { status: 200, text: "Normal".to_owned() };
            self.command(Command::Hangup { leg, reason });
        }
    }

    fn negotiation(&mut self, rtp: SocketAddr) -> Negotiation {
        let codecs = vec![Codec::Pcmu, Codec::Pcma];
        Negotiation::new(Local { address: rtp, kind: Kind::Plain, codecs, latch_from: None }, &mut self.rng)
    }

    fn command(&mut self, command: Command) {
        self.feed(Input::Command(command));
    }

    fn feed(&mut self, input: Input) {
        let mut outputs = Vec::new();
        self.endpoint.handle(self.clock.now(), input, &mut outputs);
        for output in outputs {
            match output {
                Output::Transmit { bytes, .. } => self.out.push(bytes),
                Output::Event(event) => self.event(event),
                Output::Counted(_)
                | Output::Refused(_)
                | Output::TurnedAway { .. }
                | Output::Trunk { .. }
                | Output::Registration { .. } => {}
            }
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Invited(invited) => self.invited(*invited),
            Event::Progressed { leg, .. } => self.tell(leg, LineEvent::Ringing),
            Event::Accepted { leg, answer } => self.accepted(leg, answer),
            Event::Confirmed { leg, .. } => self.tell(leg, LineEvent::Connected),
            Event::Offered { leg, offer } => self.offered(leg, offer),
            Event::OfferAnswered { leg, answer: Some(answer) } => {
                if let Some(Entry { state: State::Agreeing { negotiation, agreed }, .. }) = self.lines.get_mut(&leg)
                    && let Ok(session) = negotiation.accept(&answer)
                {
                    let _ = agreed.send(Some(session));
                }
            }
            Event::Ended { leg, end } => {
                self.tell(leg, LineEvent::Ended(end));
                self.lines.remove(&leg);
            }
            Event::Unheard { .. }
            | Event::OfferAnswered { .. }
            | Event::OfferRefused { .. }
            | Event::RefreshDue { .. }
            | Event::Referred(_)
            | Event::ReferProgressed { .. }
            | Event::Digit { .. }
            | Event::Registered { .. } => {}
        }
    }

    fn tell(&self, leg: LegId, event: LineEvent) {
        if let Some(entry) = self.lines.get(&leg) {
            // Who does not listen hangs up by dropping the line.
            let _ = entry.events.try_send(event);
        }
    }

    fn invited(&mut self, invited: Invited) {
        let Invited { leg, caller, called, offer, .. } = invited;
        let (events, told) = line_events();
        let Some(offer) = offer else { return self.refuse(leg, 488, "Not Acceptable Here") };
        self.lines.insert(leg, Entry { events, state: State::Offered(offer) });
        let line = Line {
            leg,
            from: caller,
            called,
            events: told,
            orders: self.orders.clone(),
            audio: None,
            clock: self.clock,
            bind: self.address.ip(),
        };
        if self.lines.len() > LINES || self.rings.try_send(line).is_err() {
            return self.refuse(leg, 486, "Busy Here");
        }
        self.command(Command::Progress { leg, status: 180, answer: None });
    }

    fn accepted(&mut self, leg: LegId, answer: Option<Bytes>) {
        let Some(Entry { events, state: State::Agreeing { negotiation, agreed } }) = self.lines.get_mut(&leg) else {
            return;
        };
        match answer.map(|answer| negotiation.accept(&answer)) {
            Some(Ok(session)) => {
                let _ = agreed.send(Some(session));
                let _ = events.try_send(LineEvent::Connected);
            }
            other => {
                tracing::warn!(error = ?other, "a phone of the demo cannot use the answer of the server");
                self.hang_up(leg);
            }
        }
    }

    /// The server moves the sound: hold, resume, another port.
    fn offered(&mut self, leg: LegId, offer: Option<Bytes>) {
        let Some(Entry { state: State::Agreeing { negotiation, agreed }, .. }) = self.lines.get_mut(&leg) else {
            return;
        };
        let answer = match offer {
            None => Ok(negotiation.offer(Direction::SendRecv)),
            Some(offer) => negotiation.answer(&offer).map(|(answer, session)| {
                let _ = agreed.send(Some(session));
                answer
            }),
        };
        self.command(match answer {
            Ok(answer) => Command::AnswerOffer { leg, answer },
            Err(_) => Command::RefuseOffer { leg, status: 488 },
        });
    }
}

impl Registration {
    fn ask(&mut self, expires_s: u32, now: Instant, out: &mut Vec<Bytes>) {
        let request = self.register.request(expires_s);
        self.sent(request, now, out);
    }

    fn sent(&mut self, request: Bytes, now: Instant, out: &mut Vec<Bytes>) {
        out.push(request.clone());
        self.pending = Some(request);
        self.gap = TRY.0;
        self.next = now + self.gap;
    }

    /// No answer yet, or time for a new one.
    fn again(&mut self, now: Instant, out: &mut Vec<Bytes>) {
        match &self.pending {
            Some(request) => {
                out.push(request.clone());
                self.gap = self.gap.saturating_mul(2).min(TRY.1);
                self.next = now + self.gap;
            }
            None => self.ask(EXPIRES_S, now, out),
        }
    }

    fn take(&mut self, answer: Answer, now: Instant, told: &watch::Sender<bool>, out: &mut Vec<Bytes>) {
        match answer {
            Answer::Foreign | Answer::Wait => {}
            Answer::Again(request) => self.sent(request, now, out),
            Answer::Done { expires_s } => {
                self.pending = None;
                let registered = expires_s > 0 && !self.leaving;
                let _ = told.send(registered);
                let fresh = Duration::from_secs(u64::from(expires_s) / 2).max(RETRY);
                self.next = if registered { now + fresh } else { Instant::FAR_FUTURE };
            }
            Answer::Refused { status } => {
                tracing::warn!(status, "a phone of the demo may not register");
                self.pending = None;
                let _ = told.send(false);
                self.next = if self.leaving { Instant::FAR_FUTURE } else { now + RETRY };
            }
        }
    }
}

/// An endpoint that takes calls of this server only.
fn user_agent(server: SocketAddr, address: SocketAddr, seed: u64, now: Instant) -> Endpoint {
    let mut settings = Settings { product: "Carillon demo phone".to_owned(), ..Settings::default() };
    settings.addresses.udp = Some(address);
    let mut endpoint = Endpoint::new(settings, seed);
    let trunk = Trunk {
        name: "center".to_owned(),
        networks: vec![server.ip().to_string()],
        destination: None,
        ..Trunk::default()
    };
    endpoint.handle(now, Input::Configure { users: Vec::new(), trunks: vec![trunk] }, &mut Vec::new());
    endpoint
}
