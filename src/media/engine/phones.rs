//! Phones that speak tones to an engine, in virtual time: what every test of sound stands on.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{Engine, Settings};
use crate::base::{Instant, LegId, Rng};
use crate::codec::{Decoder, Downsampler, Encoder, Frame, OpusFormat};
use crate::media::keys::{KeyFrame, KeySender};
use crate::media::outbox::{Outbox, Secure, Via};
use crate::media::recorder::Recording;
use crate::media::sound::{Encoded, Sounds};
use crate::media::stream::Stream;
use crate::media::tone::{Tone, share};
use crate::media::{Codec, Command, Direction, Event, LegStats, PortLease, Session, WorkerId};
use crate::rtp::{Packet, TelephoneEvent, is_rtcp};

pub(crate) const EVENTS: u8 = 101;

/// A peer of the engine: says a tone, keeps what it hears.
pub(crate) struct Phone {
    pub(crate) leg: LegId,
    pub(crate) address: SocketAddr,
    pub(crate) port: u16,
    pub(crate) codec: Codec,
    pub(crate) encoder: Option<Encoder>,
    pub(crate) decoder: Option<Decoder>,
    down: Downsampler,
    /// What was heard at 16 kHz, of a codec that is wide.
    pub(crate) heard_wide: Vec<i16>,
    /// Says this instead of its tone, at 16 kHz.
    pub(crate) says: Option<fn(u64) -> [i16; 320]>,
    /// Says this in the next packet instead, at 8 kHz.
    pub(crate) aloud: Option<Vec<i16>>,
    said: u64,
    pub(crate) tone: Tone,
    pub(crate) stream: Stream,
    pub(crate) keys: KeySender,
    pub(crate) key_timestamp: u32,
    pub(crate) talks: bool,
    pub(crate) heard: Vec<i16>,
    pub(crate) heard_keys: Vec<TelephoneEvent>,
    pub(crate) packets: Vec<(u16, u32)>,
    pub(crate) reports: usize,
}

pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) engine: Engine,
    pub(crate) out: Outbox,
    pub(crate) phones: BTreeMap<LegId, Phone>,
    pub(crate) events: Vec<Event>,
    pub(crate) recordings: Vec<Recording>,
    pub(crate) freed: Vec<PortLease>,
    pub(crate) secure: Vec<Secure>,
    /// Packets that went to nobody we know.
    pub(crate) bled: Vec<SocketAddr>,
    pub(crate) rng: Rng,
}

pub(crate) fn session(codec: Codec, remote: SocketAddr) -> Session {
    Session {
        codec,
        payload_type: codec.payload_type(),
        event_payload_type: Some(EVENTS),
        event_clock: codec.clock(),
        opus: OpusFormat::default(),
        ptime_ms: 20,
        direction: Direction::SendRecv,
        remote: Some(remote),
        rtcp: None,
        latch_from: Some(remote.ip()),
        rtc: None,
        rtcp_mux: false,
        srtp: None,
    }
}

pub(crate) fn sounds() -> Arc<Sounds> {
    let mut sounds = Sounds::new();
    sounds.insert("en/welcome", Encoded::new(&Tone::new(700.0, 0.4).take(8_000).collect::<Vec<_>>()));
    sounds.insert("en/bye", Encoded::new(&Tone::new(1_500.0, 0.4).take(4_000).collect::<Vec<_>>()));
    let rising: Vec<i16> = (0..16_000).map(|n| (n - 8_000) as i16).collect();
    sounds.insert("music/rising", Encoded::new(&rising));
    sounds.insert("music/hold", Encoded::new(&Tone::new(350.0, 0.4).take(1_600).collect::<Vec<_>>()));
    Arc::new(sounds)
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            now: Instant::from_micros(1_700_000_000_000_000),
            engine: Engine::new(Settings::default(), sounds(), 1),
            out: Outbox::new(),
            phones: BTreeMap::new(),
            events: Vec::new(),
            recordings: Vec::new(),
            freed: Vec::new(),
            secure: Vec::new(),
            bled: Vec::new(),
            rng: Rng::new(2),
        }
    }

    /// A phone with a leg of its own.
    pub(crate) fn phone(&mut self, id: u64, codec: Codec, hertz: f64) -> LegId {
        let (leg, port) = (LegId(id), 20_000 + 2 * id as u16);
        let address = SocketAddr::from(([10, 0, 0, id as u8], 4_000));
        let lease = PortLease { worker: WorkerId(0), rtp: SocketAddr::from(([127, 0, 0, 1], port)) };
        self.command(Command::Open { leg, port: Some(lease), session: session(codec, address) });
        self.attach(leg, lease, address, codec, hertz);
        leg
    }

    /// A phone at `address` for a leg that is open.
    pub(crate) fn attach(&mut self, leg: LegId, lease: PortLease, address: SocketAddr, codec: Codec, hertz: f64) {
        let phone = Phone {
            leg,
            address,
            port: lease.rtp.port(),
            codec,
            encoder: Encoder::new(codec, OpusFormat::default()),
            decoder: Decoder::new(codec),
            down: Downsampler::default(),
            heard_wide: Vec::new(),
            says: None,
            aloud: None,
            said: 0,
            tone: Tone::new(hertz, 0.5),
            stream: {
                let mut stream = Stream::new(&mut self.rng);
                stream.set_clock(codec.clock());
                stream
            },
            keys: KeySender::default(),
            key_timestamp: 0,
            talks: true,
            heard: Vec::new(),
            heard_keys: Vec::new(),
            packets: Vec::new(),
            reports: 0,
        };
        self.phones.insert(leg, phone);
    }

    pub(crate) fn hear(&mut self, leg: LegId, from: &[LegId]) {
        self.command(Command::Hear { leg, from: from.into() });
    }

    /// Two who hear each other.
    pub(crate) fn bridge(&mut self, a: LegId, b: LegId) {
        self.hear(a, &[b]);
        self.hear(b, &[a]);
    }

    /// Which of these tones the leg heard since the last time: each at least a tenth of the sound.
    pub(crate) fn tones(&mut self, leg: LegId, tones: &[f64]) -> Vec<f64> {
        let heard = std::mem::take(&mut self.phone_mut(leg).heard);
        tones.iter().copied().filter(|hertz| share(&heard, *hertz) > 0.1).collect()
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.engine.command(self.now, command, &mut self.out);
        self.deliver();
    }

    /// Carries what the engine sent to the phones.
    pub(crate) fn deliver(&mut self) {
        for (via, packet) in self.out.packets() {
            let (port, to) = match via {
                Via::Rtp { port, to } | Via::Rtcp { port, to } => (port, to),
                Via::Secure(_) => continue,
            };
            let phone = self.phones.values_mut().find(|p| p.port == port && p.address.ip() == to.ip());
            match phone {
                Some(phone) => phone.receive(packet),
                None => self.bled.push(to),
            }
        }
        self.out.clear_packets();
        self.events.append(&mut self.out.events);
        self.recordings.append(&mut self.out.recordings);
        self.freed.append(&mut self.out.freed);
        self.secure.append(&mut self.out.secure);
    }

    pub(crate) fn run(&mut self, ms: u64) {
        for _ in 0..ms / 20 {
            self.now = self.now + Duration::from_millis(20);
            for leg in self.phones.keys().copied().collect::<Vec<_>>() {
                let Some(phone) = self.phones.get_mut(&leg) else { continue };
                if let Some(packet) = phone.next_packet(self.now) {
                    let (port, from) = (phone.port, phone.address);
                    self.engine.rtp(self.now, port, from, &packet, &mut self.out);
                    self.deliver();
                }
            }
            self.engine.handle_timeout(self.now, &mut self.out);
            self.deliver();
        }
        assert!(self.bled.is_empty(), "sent to strangers: {:?}", self.bled);
    }

    pub(crate) fn phone_mut(&mut self, leg: LegId) -> &mut Phone {
        self.phones.get_mut(&leg).unwrap()
    }

    /// What the leg heard since the last time, and the share of `hertz` in it.
    pub(crate) fn heard(&mut self, leg: LegId, hertz: f64) -> (usize, f64) {
        let heard = std::mem::take(&mut self.phone_mut(leg).heard);
        (heard.len(), share(&heard, hertz))
    }

    pub(crate) fn digits(&self, leg: LegId) -> String {
        let digit = |e: &Event| match e {
            Event::Digit { leg: of, digit } if *of == leg => Some(*digit),
            _ => None,
        };
        self.events.iter().filter_map(digit).collect()
    }

    pub(crate) fn close(&mut self, leg: LegId) -> LegStats {
        self.command(Command::Close { leg });
        let closed = self.events.iter().find_map(|e| match e {
            Event::Closed { leg: of, stats } if *of == leg => Some(*stats),
            _ => None,
        });
        closed.unwrap()
    }

    pub(crate) fn failed(&self) -> Vec<&str> {
        let failed = |e: &'_ Event| matches!(e, Event::Failed { .. });
        self.events
            .iter()
            .filter(|e| failed(e))
            .map(|e| if let Event::Failed { why, .. } = e { why } else { "" })
            .collect()
    }
}

impl Phone {
    pub(crate) fn next_packet(&mut self, now: Instant) -> Option<Vec<u8>> {
        match self.keys.next(true, self.codec.law()) {
            Some(KeyFrame::Event { event, first }) => {
                if first {
                    self.key_timestamp = self.stream.begin_event(now);
                }
                let header = self.stream.event(EVENTS, self.key_timestamp, first);
                let duration = event.duration * (self.codec.clock() / 8_000) as u16;
                let event = TelephoneEvent { duration, ..event };
                return Some([&header.to_bytes()[..], &event.to_bytes()].concat());
            }
            Some(_) => return None,
            None => {}
        }
        if !self.talks {
            return None;
        }
        let header = self.stream.own(now, self.codec.payload_type(), self.stream.frame());
        let mut packet = header.to_bytes().to_vec();
        let encoder = self.encoder.as_mut().unwrap();
        if let Some(says) = self.says {
            encoder.encode(Frame::Wide(&says(self.said)), &mut packet);
            self.said += 1;
        } else {
            let samples = match &self.aloud {
                Some(aloud) => std::array::from_fn(|n| aloud[n]),
                None => std::array::from_fn(|_| self.tone.next().unwrap()),
            };
            encoder.encode(Frame::Narrow(&samples), &mut packet);
        }
        Some(packet)
    }

    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        if is_rtcp(bytes) {
            self.reports += 1;
            return;
        }
        let packet = Packet::parse(bytes).unwrap();
        self.packets.push((packet.header.sequence, packet.header.payload_type.into()));
        if packet.header.payload_type == EVENTS {
            self.heard_keys.extend(TelephoneEvent::parse(packet.payload));
        } else {
            assert_eq!(packet.header.payload_type, self.codec.payload_type(), "{} hears its own codec", self.leg);
            let decoder = self.decoder.as_mut().unwrap();
            let mut samples = Vec::new();
            decoder.decode(self.codec, packet.payload, &mut samples);
            if decoder.is_wide() {
                self.heard_wide.extend_from_slice(&samples);
                let mut narrow = vec![0; samples.len() / 2];
                self.down.run(&samples, &mut narrow);
                samples = narrow;
            }
            self.heard.append(&mut samples);
        }
    }
}
