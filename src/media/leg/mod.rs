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

mod speak;

use super::activity::Activity;
use super::dtmf::KeyDetector;
use super::keys::{KeyReceiver, KeySender};
use super::latch::Latch;
use super::negotiate::offer::EVENT_PAYLOAD_TYPE;
use super::outbox::{Outbox, Via};
use super::player::Player;
use super::report::Reports;
use super::stream::{Origin, Stream};
use super::voice::{Stamp, Voice};
use super::{Codec, Direction, Event, LegStats, PortLease, Session, Srtp, TalkTime};
use crate::base::{Instant, InteractionId, LegId, Rng};
use crate::codec::Encoder;
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
    /// `secured`: the handshake is done. `port`: a phone's, whose handshake is on its leased port.
    Secure {
        secured: bool,
        port: Option<PortLease>,
    },
}

impl Transport {
    pub fn port(&self) -> Option<PortLease> {
        match self {
            Self::Plain { port, .. } => Some(*port),
            Self::Secure { port, .. } => *port,
        }
    }
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
    /// The codec of what it says.
    pub speaks: Codec,
    /// It says nothing, and told so (RFC 3389).
    pub is_quiet: bool,
    /// Nobody hears its keys.
    pub is_hushed: bool,
    /// What those hear who do not get its packets as they are.
    pub voice: Option<Box<Voice>>,
    /// What it hears of others is made anew: several, or another codec.
    pub is_remade: bool,
    /// Whether its peer speaks.
    pub activity: Activity,
    pub talk: TalkTime,
    /// Its voice is recorded there.
    pub tap: Option<InteractionId>,
    pub keys: KeySender,
    pub refused: u64,
    event_timestamp: u32,
    /// Made when something is said to the peer that was not said in its codec.
    encoder: Option<Box<Encoder>>,
    payload: Vec<u8>,
    stream: Stream,
    reception: Reception,
    received_keys: KeyReceiver,
    /// Of a peer without events.
    heard_keys: KeyDetector,
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
    Speech {
        origin: Origin,
        codec: Codec,
        payload: &'p [u8],
    },
    /// `begins`: the key that this packet is the first of.
    Event {
        origin: Origin,
        payload: &'p [u8],
        begins: Option<char>,
    },
    /// Comfort noise: it falls silent.
    Noise {
        payload: &'p [u8],
    },
}

impl Leg {
    pub fn new(now: Instant, id: LegId, port: Option<PortLease>, session: Session, rng: &mut Rng) -> Self {
        let transport = match (port, &session.srtp) {
            (None, _) | (_, Some(Srtp::Handshake(_))) => Transport::Secure { secured: false, port },
            (Some(port), Some(Srtp::Keys(_)) | None) => {
                Transport::Plain { port, latch: Latch::new(now, session.remote, session.latch_from) }
            }
        };
        let mut stream = Stream::new(rng);
        stream.set_clock(session.codec.clock());
        Self {
            id,
            transport,
            encoder: None,
            payload: Vec::new(),
            speaks: session.codec,
            is_quiet: false,
            is_hushed: false,
            is_remade: false,
            session,
            hears: Hears::Nothing,
            speakers: Speakers::Nobody,
            listeners: Vec::new(),
            voice: None,
            activity: Activity::default(),
            talk: TalkTime::default(),
            tap: None,
            keys: KeySender::default(),
            refused: 0,
            event_timestamp: 0,
            stream,
            reception: Reception::default(),
            received_keys: KeyReceiver::default(),
            heard_keys: KeyDetector::default(),
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
        if (self.session.codec, self.session.opus) != (session.codec, session.opus) {
            self.encoder = None;
            self.speaks = session.codec;
            self.stream.set_clock(session.codec.clock());
        }
        self.session = session;
        self.watch = Watch::Since(now);
    }

    /// Reads a packet from the peer; a plain one must also come from the peer's address.
    pub fn hear<'p>(
        &mut self,
        now: Instant,
        from: Option<SocketAddr>,
        bytes: &'p [u8],
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
        let per_ms = u64::from(self.session.codec.clock() / 1_000);
        self.reception.packet(ssrc, sequence, timestamp, (now.as_micros() / 125 * per_ms / 8) as u32);
        if !std::mem::replace(&mut self.connected, true) {
            out.events.push(Event::Connected { leg: self.id });
        }
        let payload = packet.payload;
        let origin = Origin { ssrc, sequence, timestamp, marker, samples: 0 };
        Some(match kind {
            Payload::Speech(codec) => {
                let samples = codec.span(payload) * (codec.clock() / 8_000);
                Heard::Speech { origin: Origin { samples, ..origin }, codec, payload }
            }
            Payload::Event => Heard::Event { origin, payload, begins: self.hear_event(now, packet, out) },
            Payload::Noise => Heard::Noise { payload },
        })
    }

    /// What is no RTP: an empty datagram or a STUN indication of the peer keeps the way open (RFC 6263 §4).
    fn hear_nothing(&mut self, now: Instant, from: Option<SocketAddr>) {
        match (&self.transport, from) {
            (Transport::Plain { latch, .. }, Some(from)) if latch.is_source(from) => self.alive(now),
            _ => self.refused += 1,
        }
    }

    /// The key that begins with a packet.
    fn hear_event(&mut self, now: Instant, packet: Packet<'_>, out: &mut Outbox) -> Option<char> {
        let Header { ssrc, timestamp, .. } = packet.header;
        let event = TelephoneEvent::parse(packet.payload)?;
        let scale = self.event_scale();
        let event = TelephoneEvent { duration: event.duration / scale, ..event };
        let digit = self.received_keys.packet(now, ssrc, timestamp / u32::from(scale), event)?;
        out.events.push(Event::Digit { leg: self.id, digit });
        Some(digit)
    }

    /// Its keys are in its sound, which must be decoded for them: plain telephony without events. Who talks with another
    /// is heard by them.
    pub fn presses_aloud(&self) -> bool {
        let is_talking = matches!(self.hears, Hears::Others);
        self.session.event_payload_type.is_none() && self.session.rtc.is_none() && !is_talking
    }

    /// Whether the frame of this tick is speech, where packets do not tell.
    pub fn hear_speech(&mut self, now: Instant) {
        if let Some(voice) = self.voice.as_deref().filter(|_| self.speaks.g711().is_none()) {
            match voice.is_wide() {
                true => self.activity.hear(now, voice.wide().iter().copied()),
                false => self.activity.hear(now, voice.narrow().iter().copied()),
            }
        }
    }

    /// Looks for the beginning of a key in the frame of this tick.
    pub fn hear_keys(&mut self, out: &mut Outbox) {
        if self.presses_aloud()
            && let Some(voice) = &self.voice
            && let Some(digit) = self.heard_keys.hear(voice.narrow())
        {
            out.events.push(Event::Digit { leg: self.id, digit });
        }
    }

    /// Ticks of the events' clock in one of 8 kHz.
    fn event_scale(&self) -> u16 {
        (self.session.event_clock / 8_000).clamp(1, 6) as u16
    }

    /// Takes RTCP of the peer.
    pub fn hear_report(&mut self, now: Instant, from: Option<SocketAddr>, bytes: &[u8]) {
        let known = match (&self.transport, from) {
            (Transport::Plain { latch, .. }, Some(from)) => {
                let is_named = self.session.rtcp.is_some_and(|named| named.ip() == from.ip().to_canonical());
                is_named || latch.accept_report(from)
            }
            (Transport::Plain { .. }, None) => false,
            (Transport::Secure { secured, .. }, _) => *secured,
        };
        if known && self.reports.receive(now, self.stream.ssrc(), bytes) {
            self.reporter = from;
            if let Some(encoder) = &mut self.encoder {
                encoder.set_loss(self.reports.loss());
            }
            self.alive(now);
        } else {
            self.refused += 1;
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
        matches!((&self.hears, &self.speakers), (Hears::Others, Speakers::One(_))) && !self.is_remade
    }

    /// Is sent a frame of its own at every tick: of several, or of one in another codec?
    pub fn is_mixed(&self) -> bool {
        matches!(self.hears, Hears::Others) && self.is_remade
    }

    /// What it says cannot be passed on as it comes: there is noise to be made where it falls silent, or keys to be kept
    /// from others. What nobody here can decode is passed on all the same.
    pub fn is_looked_through(&self) -> bool {
        self.is_quiet || (self.is_hushed && !self.speaks.is_passed_on_only())
    }

    /// It talks with others, who hear it, too.
    pub fn converses(&self) -> bool {
        matches!(self.hears, Hears::Others) && self.speakers != Speakers::Nobody && !self.listeners.is_empty()
    }

    /// Whether its peer speaks; `None`: what it sends is not looked into.
    pub fn speaks_now(&self, now: Instant) -> Option<bool> {
        let is_looked_into = self.speaks.g711().is_some() || self.voice.is_some();
        is_looked_into.then(|| self.activity.speaks(now))
    }

    /// Hears one other.
    pub fn hears_one(&self) -> bool {
        matches!((&self.hears, &self.speakers), (Hears::Others, Speakers::One(_)))
    }

    /// Tells, once, that the peer has been silent for too long. Its time begins when it should speak.
    /// `first_packet`: the limit of a secured leg that was never heard, in a conversation or not.
    pub fn watch(&mut self, now: Instant, timeout: Option<Duration>, first_packet: Duration, out: &mut Outbox) {
        let Watch::Since(since) = self.watch else { return };
        let secured = matches!(self.transport, Transport::Secure { secured: true, .. });
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
        let micros = |ticks: u32| u64::from(ticks) * 1_000_000 / u64::from(self.session.codec.clock());
        let (reports, lost_there, jitter_there) = self.reports.told();
        let stats = LegStats {
            received: self.reception.received(),
            sent: self.stream.packets(),
            lost: self.reception.lost(),
            refused: self.refused,
            jitter_us: micros(self.reception.jitter()),
            round_trip_us: u64::try_from(self.reports.round_trip().as_micros()).unwrap_or(u64::MAX),
            codec: Some(self.session.codec),
            reports,
            lost_there,
            jitter_there_us: micros(jitter_there),
            talk: self.talk,
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
            Transport::Secure { secured, .. } => *secured,
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
            pt if pt == self.session.payload_type => Some(Payload::Speech(self.session.codec)),
            pt if Some(pt) == self.session.event_payload_type => Some(Payload::Event),
            // Ours, to a peer whose answer has another: it may send either.
            EVENT_PAYLOAD_TYPE if self.session.event_payload_type.is_some() => Some(Payload::Event),
            pt if COMFORT_NOISE.contains(&pt) => Some(Payload::Noise),
            pt => [Codec::Pcmu, Codec::Pcma].into_iter().find(|c| c.payload_type() == pt).map(Payload::Speech),
        }
    }

    /// Where packets go now; `None` on hold or before there is an address.
    fn via(&self) -> Option<Via> {
        self.via_when_ready().filter(|_| self.session.direction.sends())
    }

    fn via_when_ready(&self) -> Option<Via> {
        match &self.transport {
            Transport::Plain { port, latch } => latch.target().map(|to| Via::Rtp { port: port.rtp.port(), to }),
            Transport::Secure { secured, .. } => secured.then_some(Via::Secure(self.id)),
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

/// The numbers by which a voice places a packet.
pub(super) fn stamp(origin: &Origin, codec: Codec) -> Stamp {
    Stamp { ssrc: origin.ssrc, timestamp: origin.timestamp, clock: codec.clock() }
}

#[derive(Clone, Copy)]
enum Payload {
    Speech(Codec),
    Event,
    /// Says that the peer is there, and nothing more.
    Noise,
}
