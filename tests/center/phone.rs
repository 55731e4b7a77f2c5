//! A fake phone: the real SIP endpoint with a person's habits in front of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use carillon::base::{IdSource, Instant, LegId, Rng};
use carillon::media::negotiate::{Kind, Local, Negotiation};
use carillon::media::{Codec, Direction};
use carillon::sip::endpoint::{Endpoint, Input, Output, Settings};
use carillon::sip::{
    Account, CallerId, Command, Destination, Event, FlowId, Invite, Reason, Received, Target, Transport, Trunk,
};

use crate::media::fingerprint;
use crate::register::{self, Register};

/// What the person at the phone does when it rings.
#[derive(Clone, Copy, Debug)]
pub enum Habit {
    /// Answers after so long; hangs up after `talk`, or leaves that to the other side.
    Answer {
        after: Duration,
        talk: Option<Duration>,
    },
    Ignore,
    Decline {
        after: Duration,
    },
    /// Answers with this status at once, without a ring.
    Refuse(u16),
    /// Anything of this, by the dice.
    Human,
    /// The same, by somebody who hangs up at some time.
    Customer,
}

/// Something the phone will do at its time.
#[derive(Clone, Debug)]
pub enum Act {
    Dial {
        number: String,
        patience: Duration,
    },
    /// The same by the phone's own account, in the place of this dialog, if one is given.
    DialAsUser {
        number: String,
        replaces: Option<String>,
    },
    /// REFER of the call that came in, to this URI, or in the place of the call that the phone has made.
    Refer {
        to: String,
        replaces: bool,
    },
    Answer(LegId),
    Decline(LegId),
    HangUp(LegId),
    HangUpAll,
    Register,
    /// Asks for the lamp of this box.
    Watch {
        mailbox: String,
    },
    /// Power cut: no message in or out from now on.
    Vanish,
    /// Back with a new start of everything; registers if it is that kind.
    Return,
    /// The browser reloads: the connection closes, all state is gone, it registers anew.
    Reload,
}

pub enum Effect {
    Send(Bytes),
    Later(Duration, Act),
    /// The connection of a WebSocket phone closed.
    FlowClosed(FlowId),
}

pub struct Phone {
    pub addr: SocketAddr,
    pub transport: Transport,
    pub flow: FlowId,
    pub vanished: bool,
    pub habit: Habit,
    /// The deadline the world knows of.
    pub scheduled: Option<Instant>,
    pub register: Option<Register>,
    /// The box whose lamp it wants, and what it was told of it: the answer to its wish, then what waits.
    pub watches: Option<String>,
    pub lamp: Vec<String>,
    /// Legs that ended; a call must end exactly once.
    pub ended: u32,
    pub dialled: u32,
    /// Legs that were answered, on this phone or by the other side.
    pub connected: u32,
    /// What it was told of its last REFER, in order.
    pub told: Vec<u16>,
    /// What it answers to a REFER: at once, then how that went.
    pub refer: (u16, Option<u16>),
    /// The numbers it was referred to.
    pub referred: Vec<String>,
    /// What its own calls carry besides.
    pub headers: Vec<(String, String)>,
    /// Whom it names in its refusals: a Contact.
    pub redirect: Option<String>,
    /// The dialog of the last call it answered, as a third names it.
    pub dialog: Option<String>,
    number: String,
    server: SocketAddr,
    endpoint: Endpoint,
    legs: BTreeMap<LegId, Option<Negotiation>>,
    /// Offers of incoming calls not answered yet.
    offers: BTreeMap<LegId, Bytes>,
    ids: IdSource,
    rng: Rng,
    starts: u64,
}

impl Phone {
    pub fn new(addr: SocketAddr, transport: Transport, number: &str, server: SocketAddr, seed: u64) -> Self {
        Self {
            addr,
            transport,
            flow: FlowId(1),
            vanished: false,
            habit: Habit::Human,
            scheduled: None,
            register: None,
            watches: None,
            lamp: Vec::new(),
            ended: 0,
            dialled: 0,
            connected: 0,
            told: Vec::new(),
            refer: (603, None),
            referred: Vec::new(),
            headers: Vec::new(),
            redirect: None,
            dialog: None,
            number: number.to_owned(),
            server,
            endpoint: fresh_endpoint(addr, number, seed),
            legs: BTreeMap::new(),
            offers: BTreeMap::new(),
            ids: IdSource::new(Instant::from_micros(1_000), 5),
            rng: Rng::new(seed),
            starts: 0,
        }
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        if self.vanished { None } else { self.endpoint.next_deadline() }
    }

    pub fn is_idle(&self) -> bool {
        self.legs.is_empty()
    }

    /// Calls it is in.
    pub fn legs(&self) -> usize {
        self.legs.len()
    }

    /// The call it has made, if it is in one that came in as well.
    pub fn first_leg(&self) -> LegId {
        *self.legs.keys().next().expect("a call")
    }

    /// Where this phone hears RTP.
    pub fn rtp(&self) -> SocketAddr {
        SocketAddr::new(self.addr.ip(), 40_000)
    }

    pub fn deadline(&mut self, now: Instant) -> Vec<Effect> {
        self.feed(now, Input::Deadline)
    }

    pub fn receive(&mut self, now: Instant, bytes: Bytes) -> Vec<Effect> {
        if self.vanished {
            return Vec::new();
        }
        if let Ok(text) = std::str::from_utf8(&bytes)
            && text.starts_with("SIP/2.0")
            && text.lines().any(|line| line.starts_with("CSeq:") && line.ends_with("REGISTER"))
        {
            let challenge = register::challenge(text).map(str::to_owned);
            let request = challenge.and_then(|challenge| Some(self.register.as_mut()?.request(Some(&challenge))));
            return request.map(Effect::Send).into_iter().collect();
        }
        if let Some(effects) = self.lamp_heard(&bytes) {
            return effects;
        }
        // To its own stack a WebSocket is a stream like TCP.
        let transport = if self.transport == Transport::Udp { Transport::Udp } else { Transport::Tcp };
        let received = Received { flow: FlowId(1), transport, source: self.server, local: self.addr, bytes };
        self.feed(now, Input::Received(received))
    }

    /// What concerns the lamp; `None`: something else.
    fn lamp_heard(&mut self, bytes: &Bytes) -> Option<Vec<Effect>> {
        let text = std::str::from_utf8(bytes).ok()?;
        let is_of = |method: &str| text.lines().any(|line| line.starts_with("CSeq:") && line.ends_with(method));
        if text.starts_with("SIP/2.0") && is_of("SUBSCRIBE") {
            let mailbox = self.watches.clone()?;
            let Some(challenge) = register::challenge(text) else {
                self.lamp.push(text.chars().skip(8).take(3).collect());
                return Some(Vec::new());
            };
            let request = self.register.as_mut()?.subscribe(&mailbox, Some(challenge));
            return Some(vec![Effect::Send(request)]);
        }
        let body = text.strip_prefix("NOTIFY ")?.split_once("\r\n\r\n")?.1;
        let voice = body.lines().find_map(|line| line.strip_prefix("Voice-Message: "))?;
        // Told once more, where the answer was lost.
        if self.lamp.last().map(String::as_str) != Some(voice) {
            self.lamp.push(voice.to_owned());
        }
        let copied = text
            .lines()
            .filter(|line| ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].iter().any(|name| line.starts_with(name)));
        let head: Vec<&str> = std::iter::once("SIP/2.0 200 OK").chain(copied).collect();
        let answer = format!("{}\r\nContent-Length: 0\r\n\r\n", head.join("\r\n"));
        Some(vec![Effect::Send(answer.into())])
    }

    pub fn act(&mut self, now: Instant, act: Act) -> Vec<Effect> {
        match act {
            Act::Return => return self.restart(now),
            Act::Reload => {
                let closed = Effect::FlowClosed(self.flow);
                let mut effects = self.restart(now);
                effects.insert(0, closed);
                return effects;
            }
            _ if self.vanished => return Vec::new(),
            Act::Vanish => self.vanished = true,
            Act::Register => {
                let Some(register) = &mut self.register else { return Vec::new() };
                let again = Duration::from_secs(u64::from(register.expires) / 2);
                let refresh = (!again.is_zero()).then_some(Effect::Later(again, Act::Register));
                return std::iter::once(Effect::Send(register.request(None))).chain(refresh).collect();
            }
            Act::Watch { mailbox } => {
                let Some(register) = &mut self.register else { return Vec::new() };
                let request = register.subscribe(&mailbox, None);
                self.watches = Some(mailbox);
                return vec![Effect::Send(request)];
            }
            Act::Dial { number, patience } => return self.dial(now, &number, patience),
            Act::DialAsUser { number, replaces } => return self.dial_as_user(now, &number, replaces),
            Act::Refer { to, replaces } => {
                let (Some(first), Some(last)) = (self.legs.keys().next(), self.legs.keys().next_back()) else {
                    return Vec::new();
                };
                let (leg, replaces) = (*last, replaces.then_some(*first));
                self.told.clear();
                return self.command(now, Command::Refer { leg, to, replaces });
            }
            Act::Answer(leg) => return self.answer(now, leg),
            Act::Decline(leg) => {
                let reason = Reason { status: 486, text: "Busy Here".to_owned() };
                return self.command(now, Command::Refuse { leg, reason, retry_after_s: None });
            }
            Act::HangUp(leg) => return self.hang_up(now, leg),
            Act::HangUpAll => {
                let legs: Vec<LegId> = self.legs.keys().copied().collect();
                return legs.into_iter().flat_map(|leg| self.hang_up(now, leg)).collect();
            }
        }
        Vec::new()
    }

    fn restart(&mut self, now: Instant) -> Vec<Effect> {
        self.starts += 1;
        self.vanished = false;
        // Calls in progress are forgotten, as by a real reload; the caller of the world counts them as over.
        self.ended += u32::try_from(self.legs.len()).unwrap();
        self.legs.clear();
        self.offers.clear();
        self.endpoint = fresh_endpoint(self.addr, &self.number, self.rng.next_u64());
        self.flow = if self.transport == Transport::Ws { FlowId(self.flow.0 + 100_000) } else { self.flow };
        if let Some(register) = &mut self.register {
            register.instance += 1;
        }
        self.act(now, Act::Register)
    }

    fn dial(&mut self, now: Instant, number: &str, patience: Duration) -> Vec<Effect> {
        let destination = Destination { transport: Transport::Udp, addr: self.server, flow: None };
        let target = Target::Uri { uri: format!("sip:{number}@{}", self.server), destination };
        let (leg, mut effects) = self.invite(now, target, self.headers.clone());
        effects.push(Effect::Later(patience, Act::HangUp(leg)));
        effects
    }

    fn dial_as_user(&mut self, now: Instant, number: &str, replaces: Option<String>) -> Vec<Effect> {
        let destination = Destination { transport: Transport::Udp, addr: self.server, flow: None };
        let uri = format!("sip:{number}@{}", self.server);
        let headers = replaces.map(|dialog| ("Replaces".to_owned(), dialog)).into_iter().collect();
        self.invite(now, Target::Trunk { trunk: "any".to_owned(), uri, destination }, headers).1
    }

    fn invite(&mut self, now: Instant, target: Target, headers: Vec<(String, String)>) -> (LegId, Vec<Effect>) {
        let leg = LegId(self.ids.take());
        let mut negotiation = self.negotiation();
        let offer = negotiation.offer(Direction::SendRecv);
        self.legs.insert(leg, Some(negotiation));
        self.dialled += 1;
        let invite = Invite {
            leg,
            target,
            from: CallerId { name: String::new(), user: self.number.clone(), host: String::new() },
            offer,
            headers,
            give_up_after_ms: 600_000,
            unheard_after_ms: None,
        };
        (leg, self.command(now, Command::Invite(Box::new(invite))))
    }

    fn answer(&mut self, now: Instant, leg: LegId) -> Vec<Effect> {
        let Some(offer) = self.offers.remove(&leg) else { return Vec::new() };
        let mut negotiation = self.negotiation();
        let (answer, _) = negotiation.answer(&offer).expect("our own offers are understood");
        self.legs.insert(leg, Some(negotiation));
        self.connected += 1;
        self.command(now, Command::Accept { leg, answer })
    }

    fn hang_up(&mut self, now: Instant, leg: LegId) -> Vec<Effect> {
        if !self.legs.contains_key(&leg) {
            return Vec::new();
        }
        let reason = Reason { status: 200, text: "Normal".to_owned() };
        self.command(now, Command::Hangup { leg, reason })
    }

    fn negotiation(&mut self) -> Negotiation {
        let kind = match self.transport {
            Transport::Ws => Kind::WebRtc { fingerprint: fingerprint(), candidates: Vec::new() },
            Transport::Udp | Transport::Tcp | Transport::Tls => Kind::Plain,
        };
        let local = Local { address: self.rtp(), kind, codecs: vec![Codec::Pcmu, Codec::Pcma], latch_from: None };
        Negotiation::new(local, &mut self.rng)
    }

    fn command(&mut self, now: Instant, command: Command) -> Vec<Effect> {
        self.feed(now, Input::Command(command))
    }

    fn feed(&mut self, now: Instant, input: Input) -> Vec<Effect> {
        if self.vanished {
            return Vec::new();
        }
        let mut outputs = Vec::new();
        self.endpoint.handle(now, input, &mut outputs);
        let mut effects = Vec::new();
        for output in outputs {
            match output {
                Output::Transmit { bytes, .. } => {
                    self.dialog = answered_dialog(&bytes).or(self.dialog.take());
                    effects.push(Effect::Send(self.with_contact(bytes)));
                }
                Output::Event(event) => effects.extend(self.on_event(now, event)),
                Output::Counted(_)
                | Output::Refused(_)
                | Output::TurnedAway { .. }
                | Output::Trunk { .. }
                | Output::Registration { .. } => {}
            }
        }
        effects
    }

    /// A 3xx names somebody.
    fn with_contact(&self, bytes: Bytes) -> Bytes {
        let text = String::from_utf8_lossy(&bytes);
        match (&self.redirect, text.strip_prefix("SIP/2.0 3").and_then(|text| text.split_once("\r\n"))) {
            (Some(contact), Some((line, rest))) => format!("SIP/2.0 3{line}\r\nContact: {contact}\r\n{rest}").into(),
            _ => bytes,
        }
    }

    fn on_event(&mut self, now: Instant, event: Event) -> Vec<Effect> {
        match event {
            Event::Invited(invited) => {
                let leg = invited.leg;
                self.legs.insert(leg, None);
                if let Some(offer) = invited.offer {
                    self.offers.insert(leg, offer);
                }
                if let Habit::Refuse(status) = self.habit {
                    let reason = Reason { status, text: "As told".to_owned() };
                    return self.command(now, Command::Refuse { leg, reason, retry_after_s: None });
                }
                let mut effects = self.command(now, Command::Progress { leg, status: 180, answer: None });
                effects.extend(self.habits(leg));
                effects
            }
            Event::Accepted { leg, answer } => {
                self.connected += 1;
                if let Some(Some(negotiation)) = self.legs.get_mut(&leg) {
                    negotiation.accept(&answer.expect("a 200 has an answer")).expect("our own answer is understood");
                }
                Vec::new()
            }
            Event::ReferProgressed { status, .. } => {
                self.told.push(status);
                Vec::new()
            }
            Event::Referred(referred) => {
                let (leg, (status, then)) = (referred.leg, self.refer);
                self.referred.push(referred.to.called.clone());
                let mut effects = self.command(now, Command::AnswerRefer { leg, status });
                if let Some(status) = then {
                    effects.extend(self.command(now, Command::TellReferral { leg, status }));
                }
                effects
            }
            Event::Offered { leg, offer } => {
                let negotiation = self.legs.get_mut(&leg).and_then(Option::as_mut);
                let answer = negotiation.zip(offer).and_then(|(known, offer)| known.answer(&offer).ok());
                let answered = answer.map(|(answer, _)| Command::AnswerOffer { leg, answer });
                self.command(now, answered.unwrap_or(Command::RefuseOffer { leg, status: 488 }))
            }
            Event::Ended { leg, .. } => {
                assert!(self.legs.remove(&leg).is_some(), "a leg ended twice at {}", self.addr);
                self.offers.remove(&leg);
                self.ended += 1;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn habits(&mut self, leg: LegId) -> Vec<Effect> {
        let habit = match self.habit {
            Habit::Human => {
                let whose = self.rng.chance(0.5);
                self.roll(whose)
            }
            Habit::Customer => self.roll(true),
            habit => habit,
        };
        match habit {
            Habit::Answer { after, talk } => {
                let talk = talk.map(|talk| Effect::Later(after + talk, Act::HangUp(leg)));
                std::iter::once(Effect::Later(after, Act::Answer(leg))).chain(talk).collect()
            }
            Habit::Decline { after } => vec![Effect::Later(after, Act::Decline(leg))],
            Habit::Ignore | Habit::Refuse(_) | Habit::Human | Habit::Customer => Vec::new(),
        }
    }

    /// `ends`: hangs up at some time, and does not leave it to the other side.
    fn roll(&mut self, ends: bool) -> Habit {
        let mut millis = |from: u64, to: u64| Duration::from_millis(from + self.rng.below(to - from));
        let (after, talk) = (millis(500, 8_000), millis(5_000, 240_000));
        match self.rng.unit() {
            dice if dice < 0.93 => Habit::Answer { after, talk: ends.then_some(talk) },
            dice if dice < 0.96 => Habit::Decline { after },
            _ => Habit::Ignore,
        }
    }
}

/// Of a 200 to an INVITE: `Replaces` as whoever called would be asked by it.
fn answered_dialog(bytes: &Bytes) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.starts_with("SIP/2.0 200"))?;
    let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    line("CSeq: ").filter(|cseq| cseq.ends_with("INVITE"))?;
    let tag = |name| line(name)?.split(";tag=").nth(1);
    Some(format!("{};to-tag={};from-tag={}", line("Call-ID: ")?, tag("From: ")?, tag("To: ")?))
}

fn fresh_endpoint(addr: SocketAddr, user: &str, seed: u64) -> Endpoint {
    let mut settings = Settings::default();
    settings.addresses.udp = Some(addr);
    settings.addresses.tcp = Some(addr);
    let mut endpoint = Endpoint::new(settings, seed);
    let account = Some(Account::new(user, "carillon", "secret"));
    let anywhere = Trunk {
        name: "any".to_owned(),
        networks: vec!["0.0.0.0/0".to_owned()],
        destination: None,
        account,
        ..Trunk::default()
    };
    let configure = Input::Configure { users: Vec::new(), trunks: vec![anywhere] };
    endpoint.handle(Instant::from_micros(1), configure, &mut Vec::new());
    endpoint
}
