//! One leg's media: what comes in from its peer, what goes out to it.
//!
//! | heard by the leg | set by | until |
//! | --- | --- | --- |
//! | nothing | start, `Stop`, `Hear` of nobody | - |
//! | a playback | `Play` | its end; then the music it came between, else the others if there are any, else nothing |
//! | others | `Hear` | `Hear` of nobody, `Play`, `Echo` |
//! | itself | `Echo` | anything else |
//!
//! Keys that are sent (RFC 4733) go before anything that is heard. A playback waits until the leg
//! can be sent to, so its beginning is not lost in a handshake.

use std::net::SocketAddr;
use std::time::Duration;

use super::FRAME;
use super::keys::{KeyFrame, KeyReceiver, KeySender};
use super::latch::Latch;
use super::mixer::{Sum, Voice};
use super::negotiate::offer::EVENT_PAYLOAD_TYPE;
use super::outbox::{Outbox, Via};
use super::player::Player;
use super::report::Reports;
use super::stream::{Origin, Stream};
use super::{Codec, Direction, Event, LegStats, PortLease, Session};
use crate::base::{Instant, InteractionId, LegId, Rng};
use crate::codec::{G722, Law};
use crate::rtp::{Header, Packet, Reception, TelephoneEvent};

/// The static payload types of comfort noise (RFC 3389, and 19 from before it); sent by phones that
/// suppress silence.
const COMFORT_NOISE: [u8; 2] = [13, 19];

#[derive(Debug)]
pub(super) enum Transport {
    Plain {
        port: PortLease,
        latch: Latch,
    },
    /// `secured`: the handshake is done.
    Secure {
        secured: bool,
    },
}

#[derive(Debug)]
pub(super) enum Hears {
    Nothing,
    /// `under`: the music that this one came between; it goes on where it stood.
    Playback {
        player: Player,
        under: Option<Box<Player>>,
    },
    /// Its speakers.
    Others,
    Itself,
}

/// Whom a leg hears, as places in the engine's table.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) enum Speakers {
    #[default]
    Nobody,
    /// Relayed packet by packet.
    One(usize),
    /// Mixed frame by frame.
    Several(Vec<usize>),
}

impl Speakers {
    pub fn of(mut places: Vec<usize>) -> Self {
        places.sort_unstable();
        places.dedup();
        match places[..] {
            [] => Self::Nobody,
            [one] => Self::One(one),
            _ => Self::Several(places),
        }
    }

    pub fn without(&self, place: usize) -> Self {
        Self::of(self.places().iter().copied().filter(|other| *other != place).collect())
    }

    pub fn places(&self) -> &[usize] {
        match self {
            Self::Nobody => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(places) => places,
        }
    }
}

#[derive(Debug)]
pub(super) struct Leg {
    pub id: LegId,
    pub session: Session,
    pub transport: Transport,
    pub hears: Hears,
    pub speakers: Speakers,
    /// Who hears this leg, as places in the engine's table.
    pub listeners: Vec<usize>,
    /// What those hear who hear it mixed with others.
    pub voice: Option<Box<Voice>>,
    /// Its voice is recorded there.
    pub tap: Option<InteractionId>,
    pub keys: KeySender,
    pub refused: u64,
    event_timestamp: u32,
    /// Between a peer that speaks G.722 and the house.
    g722: Option<Box<G722>>,
    stream: Stream,
    reception: Reception,
    received_keys: KeyReceiver,
    reports: Reports,
    /// Where the peer's reports come from.
    reporter: Option<SocketAddr>,
    watch: Watch,
    connected: bool,
}

/// Whether the peer is still there.
#[derive(Clone, Copy, Debug)]
enum Watch {
    /// Something came, or came to be expected, at that time.
    Since(Instant),
    Lost,
}

/// What a packet of the peer turned out to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Heard<'p> {
    /// A code of `law` a sample.
    Speech {
        origin: Origin,
        law: Law,
        payload: &'p [u8],
    },
    Event {
        origin: Origin,
        payload: &'p [u8],
    },
}

impl Leg {
    pub fn new(now: Instant, id: LegId, port: Option<PortLease>, session: Session, rng: &mut Rng) -> Self {
        let latch = |port| Transport::Plain { port, latch: Latch::new(now, session.remote, session.latch_from) };
        Self {
            id,
            transport: port.map_or(Transport::Secure { secured: false }, latch),
            g722: g722_for(&session),
            session,
            hears: Hears::Nothing,
            speakers: Speakers::Nobody,
            listeners: Vec::new(),
            voice: None,
            tap: None,
            keys: KeySender::default(),
            refused: 0,
            event_timestamp: 0,
            stream: Stream::new(rng),
            reception: Reception::default(),
            received_keys: KeyReceiver::default(),
            reports: Reports::new(now, rng),
            reporter: None,
            watch: Watch::Since(now),
            connected: false,
        }
    }

    pub fn update(&mut self, now: Instant, session: Session) {
        if let Transport::Plain { latch, .. } = &mut self.transport {
            latch.update(now, session.remote, session.latch_from);
        }
        if self.session.codec != session.codec {
            self.g722 = g722_for(&session);
        }
        self.session = session;
        self.watch = Watch::Since(now);
    }

    /// Reads a packet from the peer; a plain one must also come from the peer's address. `room` holds what
    /// had to be decoded.
    pub fn hear<'p>(
        &mut self,
        now: Instant,
        from: Option<SocketAddr>,
        bytes: &'p [u8],
        room: &'p mut Vec<u8>,
        out: &mut Outbox,
    ) -> Option<Heard<'p>> {
        let Ok(packet) = Packet::parse(bytes) else {
            self.hear_nothing(now, from);
            return None;
        };
        // On hold nobody is listened to, and so nobody can take the peer's place.
        if !self.session.direction.receives() {
            return None;
        }
        if let (Transport::Plain { latch, .. }, Some(from)) = (&mut self.transport, from)
            && !latch.accept(now, from)
        {
            self.refused += 1;
            return None;
        }
        self.alive(now);
        // A payload type of nobody keeps the way open (RFC 6263 §4.6) and says no more.
        let kind = self.kind_of(packet.header.payload_type)?;
        let Header { ssrc, sequence, timestamp, marker, .. } = packet.header;
        self.reception.packet(ssrc, sequence, timestamp, (now.as_micros() / 125) as u32);
        if !std::mem::replace(&mut self.connected, true) {
            out.events.push(Event::Connected { leg: self.id });
        }
        let samples = packet.payload.len() as u32;
        let origin = Origin { ssrc, sequence, timestamp, marker, samples };
        match kind {
            Payload::Speech(law) => Some(Heard::Speech { origin, law, payload: packet.payload }),
            Payload::G722 => {
                let law = self.session.codec.law();
                self.g722.as_mut()?.decode(packet.payload, law, room);
                Some(Heard::Speech { origin, law, payload: room })
            }
            Payload::Event => {
                self.hear_event(now, packet, out);
                Some(Heard::Event { origin: Origin { samples: 0, ..origin }, payload: packet.payload })
            }
            Payload::Noise => None,
        }
    }

    /// What is no RTP: an empty datagram or a STUN indication of the peer keeps the way open (RFC 6263 §4).
    fn hear_nothing(&mut self, now: Instant, from: Option<SocketAddr>) {
        match (&self.transport, from) {
            (Transport::Plain { latch, .. }, Some(from)) if latch.is_source(from) => self.alive(now),
            _ => self.refused += 1,
        }
    }

    fn hear_event(&mut self, now: Instant, packet: Packet<'_>, out: &mut Outbox) {
        let Header { ssrc, timestamp, .. } = packet.header;
        if let Some(event) = TelephoneEvent::parse(packet.payload)
            && let Some(digit) = self.received_keys.packet(now, ssrc, timestamp, event)
        {
            out.events.push(Event::Digit { leg: self.id, digit });
        }
    }

    /// Takes RTCP of the peer.
    pub fn hear_report(&mut self, now: Instant, from: Option<SocketAddr>, bytes: &[u8]) {
        let known = match (&self.transport, from) {
            (Transport::Plain { latch, .. }, Some(from)) => {
                let is_named = self.session.rtcp.is_some_and(|named| named.ip() == from.ip().to_canonical());
                is_named || latch.accept_report(from)
            }
            (Transport::Plain { .. }, None) => false,
            (Transport::Secure { secured }, _) => *secured,
        };
        if known && self.reports.receive(now, self.stream.ssrc(), bytes) {
            self.reporter = from;
            self.alive(now);
        } else {
            self.refused += 1;
        }
    }

    /// Sends what the peer, or the leg itself, said.
    pub fn relay(&mut self, now: Instant, heard: Heard<'_>, out: &mut Outbox) {
        let (Some(via), true) = (self.via(), self.keys.is_idle()) else { return };
        match heard {
            Heard::Speech { origin, law, payload } => {
                if let Some(header) = self.stream.relayed(now, self.session.payload_type, origin) {
                    self.speak(via, header, law, payload, out);
                }
            }
            Heard::Event { origin, payload } => {
                let Some(payload_type) = self.session.event_payload_type else { return };
                if let Some(header) = self.stream.relayed(now, payload_type, origin) {
                    out.packet(via, |bytes| write(bytes, header, payload));
                }
            }
        }
    }

    /// One packet of speech, in the peer's codec.
    fn speak(&mut self, via: Via, header: Header, law: Law, codes: &[u8], out: &mut Outbox) {
        self.stream.count(codes.len());
        out.packet(via, |bytes| {
            bytes.extend_from_slice(&header.to_bytes());
            match (&mut self.g722, law.table_to(self.session.codec.law())) {
                (Some(g722), _) => g722.encode(codes, law, bytes),
                (None, None) => bytes.extend_from_slice(codes),
                (None, Some(table)) => bytes.extend(codes.iter().map(|code| table[usize::from(*code)])),
            }
        });
    }

    /// The 20 ms that the leg is sent by ourselves, if any.
    pub fn tick(&mut self, now: Instant, out: &mut Outbox) {
        if let Some(via) = self.via_when_ready() {
            if self.keys.is_idle() {
                self.tick_playback(now, via, out);
            } else {
                self.tick_keys(now, via, out);
            }
        }
        if self.reports.is_due(now)
            && let Some(via) = self.via_report()
        {
            out.packet(via, |bytes| self.reports.write(now, &self.stream, &mut self.reception, bytes));
        }
    }

    fn tick_playback(&mut self, now: Instant, via: Via, out: &mut Outbox) {
        let Hears::Playback { player, .. } = &mut self.hears else { return };
        let mut frame = [0u8; FRAME];
        let law = self.session.codec.law();
        if !player.fill(law, &mut frame) {
            out.events.push(Event::PlayEnded { leg: self.id, play: player.play() });
            self.end_playback();
            return;
        }
        if self.session.direction.sends() {
            let header = self.stream.own(now, self.session.payload_type, FRAME as u32);
            self.speak(via, header, law, &frame, out);
        }
    }

    fn tick_keys(&mut self, now: Instant, via: Via, out: &mut Outbox) {
        let event_type = self.session.event_payload_type;
        let law = self.session.codec.law();
        match self.keys.next(event_type.is_some(), law) {
            None | Some(KeyFrame::Quiet) => {}
            Some(KeyFrame::Event { event, first }) => {
                if first {
                    self.event_timestamp = self.stream.begin_event(now);
                }
                let header = self.stream.event(event_type.unwrap_or_default(), self.event_timestamp, first);
                let payload = event.to_bytes();
                self.stream.count(payload.len());
                out.packet(via, |bytes| write(bytes, header, &payload));
            }
            Some(KeyFrame::Sound(codes)) => {
                let header = self.stream.own(now, self.session.payload_type, FRAME as u32);
                self.speak(via, header, law, &codes, out);
            }
        }
    }

    /// Something that ends is heard between music that repeats, which then goes on; music that is heard
    /// already is not begun anew.
    pub fn play(&mut self, new: Player) {
        let (now, under) = match std::mem::replace(&mut self.hears, Hears::Nothing) {
            Hears::Playback { player, under } => (Some(player), under),
            _ => (None, None),
        };
        let music = if now.as_ref().is_some_and(Player::repeats) { now } else { under.map(|under| *under) };
        self.hears = match music {
            Some(music) if new.repeats() && new.is_like(&music) => {
                Hears::Playback { player: music.renamed(new.play()), under: None }
            }
            Some(music) if !new.repeats() => Hears::Playback { player: new, under: Some(Box::new(music)) },
            _ => Hears::Playback { player: new, under: None },
        };
    }

    fn end_playback(&mut self) {
        match std::mem::replace(&mut self.hears, Hears::Nothing) {
            Hears::Playback { under: Some(music), .. } => {
                self.hears = Hears::Playback { player: *music, under: None };
            }
            _ => self.stop(),
        }
    }

    /// Ends a playback or an echo: the others are heard again, if there are any.
    pub fn stop(&mut self) {
        self.hears = match self.speakers {
            Speakers::Nobody => Hears::Nothing,
            Speakers::One(_) | Speakers::Several(_) => Hears::Others,
        };
    }

    /// Whom the leg hears from now on.
    pub fn listen(&mut self, speakers: Speakers) {
        let silent = speakers == Speakers::Nobody;
        self.speakers = speakers;
        if !silent || matches!(self.hears, Hears::Others) {
            self.stop();
        }
    }

    /// Is sent the packets of another as they come?
    pub fn is_relayed(&self) -> bool {
        matches!((&self.hears, &self.speakers), (Hears::Others, Speakers::One(_)))
    }

    /// Is sent a frame of the mix at every tick?
    pub fn is_mixed(&self) -> bool {
        matches!((&self.hears, &self.speakers), (Hears::Others, Speakers::Several(_)))
    }

    /// 20 ms of several voices; keys that are being sent go before.
    pub fn tick_mix(&mut self, now: Instant, sum: &Sum, out: &mut Outbox) {
        let (Some(via), true) = (self.via(), self.keys.is_idle()) else { return };
        let law = self.session.codec.law();
        let header = self.stream.own(now, self.session.payload_type, FRAME as u32);
        self.speak(via, header, law, &sum.encode(law), out);
    }

    /// Tells, once, that the peer has been silent for too long. Its time begins when it should speak.
    /// `first_packet`: the limit of a secured leg that was never heard, in a conversation or not.
    pub fn watch(&mut self, now: Instant, timeout: Option<Duration>, first_packet: Duration, out: &mut Outbox) {
        let Watch::Since(since) = self.watch else { return };
        let secured = matches!(self.transport, Transport::Secure { secured: true });
        let never_heard = secured && !self.connected && self.session.direction.receives();
        let limit = if never_heard { Some(first_packet) } else { timeout };
        if !never_heard && !self.should_speak() {
            self.watch = Watch::Since(now);
        } else if limit.is_some_and(|timeout| now.since(since) >= timeout) {
            self.lose(out);
        }
    }

    /// The peer is gone (a secured leg knows by itself).
    pub fn lose(&mut self, out: &mut Outbox) {
        if let Watch::Since(_) = self.watch {
            self.watch = Watch::Lost;
            out.events.push(Event::MediaLost { leg: self.id });
        }
    }

    /// Says goodbye and sums up.
    pub fn close(&mut self, out: &mut Outbox) {
        if let Some(via) = self.via_report() {
            out.packet(via, |bytes| self.reports.write_bye(&self.stream, bytes));
        }
        let stats = LegStats {
            received: self.reception.received(),
            sent: self.stream.packets(),
            lost: self.reception.lost(),
            refused: self.refused,
            jitter_us: u64::from(self.reception.jitter()) * 125,
            round_trip_us: u64::try_from(self.reports.round_trip().as_micros()).unwrap_or(u64::MAX),
        };
        out.events.push(Event::Closed { leg: self.id, stats });
    }

    pub fn alive(&mut self, now: Instant) {
        self.watch = Watch::Since(now);
    }

    /// Only who talks with somebody: who listens to music, to a menu or to nothing may be silent for as long
    /// as that lasts, and so may whom nobody hears, and who is on hold, by either side. A plain leg without an address has no answer
    /// yet, or is on hold the old way.
    fn should_speak(&self) -> bool {
        let is_reachable = match &self.transport {
            Transport::Plain { .. } => self.session.remote.is_some(),
            Transport::Secure { secured } => *secured,
        };
        let is_talking = match self.hears {
            Hears::Others => !self.listeners.is_empty(),
            Hears::Itself => true,
            Hears::Nothing | Hears::Playback { .. } => false,
        };
        is_reachable && is_talking && self.session.direction == Direction::SendRecv
    }

    /// What a payload type means. Peers that were offered both laws may use the other one's static
    /// number, whatever they answered.
    fn kind_of(&self, payload_type: u8) -> Option<Payload> {
        match payload_type {
            pt if pt == self.session.payload_type => {
                Some(self.session.codec.g711().map_or(Payload::G722, Payload::Speech))
            }
            pt if Some(pt) == self.session.event_payload_type => Some(Payload::Event),
            // Ours, to a peer whose answer has another: it may send either.
            EVENT_PAYLOAD_TYPE if self.session.event_payload_type.is_some() => Some(Payload::Event),
            pt if COMFORT_NOISE.contains(&pt) => Some(Payload::Noise),
            pt => Codec::ALL.into_iter().find(|c| c.payload_type() == pt).and_then(Codec::g711).map(Payload::Speech),
        }
    }

    /// Where packets go now; `None` on hold or before there is an address.
    fn via(&self) -> Option<Via> {
        self.via_when_ready().filter(|_| self.session.direction.sends())
    }

    fn via_when_ready(&self) -> Option<Via> {
        match &self.transport {
            Transport::Plain { port, latch } => latch.target().map(|to| Via::Rtp { port: port.rtp.port(), to }),
            Transport::Secure { secured } => secured.then_some(Via::Secure(self.id)),
        }
    }

    fn via_report(&self) -> Option<Via> {
        match self.via_when_ready()? {
            Via::Rtp { port, to } if !self.session.rtcp_mux => Some(Via::Rtcp { port, to: self.report_to(to)? }),
            via => Some(via),
        }
    }

    /// Where the description wants the reports, unless the media turned out to come from elsewhere (NAT); then
    /// back where those of the peer come from; else to the next port.
    fn report_to(&self, mut media: SocketAddr) -> Option<SocketAddr> {
        if let Some(named) = self.session.rtcp.filter(|_| self.session.remote == Some(media)) {
            return Some(named);
        }
        if let Some(reporter) = self.reporter.filter(|reporter| reporter.ip().to_canonical() == media.ip()) {
            return Some(reporter);
        }
        media.set_port(media.port().checked_add(1)?);
        Some(media)
    }
}

#[derive(Clone, Copy)]
enum Payload {
    Speech(Law),
    G722,
    Event,
    /// Says that the peer is there, and nothing more.
    Noise,
}

fn g722_for(session: &Session) -> Option<Box<G722>> {
    (session.codec == Codec::G722).then(Box::default)
}

fn write(bytes: &mut Vec<u8>, header: Header, payload: &[u8]) {
    bytes.extend_from_slice(&header.to_bytes());
    bytes.extend_from_slice(payload);
}
