//! Phones that speak tones, in virtual time.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{Engine, Settings};
use crate::base::{Instant, InteractionId, LegId, Rng};
use crate::codec::G722;
use crate::media::keys::{KeyFrame, KeySender};
use crate::media::outbox::{Outbox, Secure, Via};
use crate::media::recorder::Recording;
use crate::media::rtc::{Received, RtcError};
use crate::media::sound::{Encoded, Sounds};
use crate::media::stream::Stream;
use crate::media::tone::{Tone, share};
use crate::media::{
    Codec, Command, Direction, Event, IceCredentials, LegStats, PlayId, PortLease, Rtc, Session, Sound, WorkerId,
};
use crate::rtp::{Packet, TelephoneEvent, is_rtcp};

const EVENTS: u8 = 101;

/// A peer of the engine: says a tone, keeps what it hears.
struct Phone {
    leg: LegId,
    address: SocketAddr,
    port: u16,
    codec: Codec,
    g722: G722,
    tone: Tone,
    stream: Stream,
    keys: KeySender,
    key_timestamp: u32,
    talks: bool,
    heard: Vec<i16>,
    heard_keys: Vec<TelephoneEvent>,
    packets: Vec<(u16, u32)>,
    reports: usize,
}

struct World {
    now: Instant,
    engine: Engine,
    out: Outbox,
    phones: BTreeMap<LegId, Phone>,
    events: Vec<Event>,
    recordings: Vec<Recording>,
    freed: Vec<PortLease>,
    secure: Vec<Secure>,
    /// Packets that went to nobody we know.
    bled: Vec<SocketAddr>,
    rng: Rng,
}

fn session(codec: Codec, remote: SocketAddr) -> Session {
    Session {
        codec,
        payload_type: codec.payload_type(),
        event_payload_type: Some(EVENTS),
        ptime_ms: 20,
        direction: Direction::SendRecv,
        remote: Some(remote),
        latch_from: Some(remote.ip()),
        rtc: None,
        rtcp_mux: false,
    }
}

fn sounds() -> Arc<Sounds> {
    let mut sounds = Sounds::new();
    sounds.insert("en/welcome", Encoded::new(&Tone::new(700.0, 0.4).take(8_000).collect::<Vec<_>>()));
    sounds.insert("en/bye", Encoded::new(&Tone::new(1_500.0, 0.4).take(4_000).collect::<Vec<_>>()));
    let rising: Vec<i16> = (0..16_000).map(|n| (n - 8_000) as i16).collect();
    sounds.insert("music/rising", Encoded::new(&rising));
    sounds.insert("music/hold", Encoded::new(&Tone::new(350.0, 0.4).take(1_600).collect::<Vec<_>>()));
    Arc::new(sounds)
}

impl World {
    fn new() -> Self {
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

    fn phone(&mut self, id: u64, codec: Codec, hertz: f64) -> LegId {
        let (leg, port) = (LegId(id), 20_000 + 2 * id as u16);
        let address = SocketAddr::from(([10, 0, 0, id as u8], 4_000));
        let lease = PortLease { worker: WorkerId(0), rtp: SocketAddr::from(([127, 0, 0, 1], port)) };
        self.command(Command::Open { leg, port: Some(lease), session: session(codec, address) });
        let phone = Phone {
            leg,
            address,
            port,
            codec,
            g722: G722::new(),
            tone: Tone::new(hertz, 0.5),
            stream: Stream::new(&mut self.rng),
            keys: KeySender::default(),
            key_timestamp: 0,
            talks: true,
            heard: Vec::new(),
            heard_keys: Vec::new(),
            packets: Vec::new(),
            reports: 0,
        };
        self.phones.insert(leg, phone);
        leg
    }

    fn command(&mut self, command: Command) {
        self.engine.command(self.now, command, &mut self.out);
        self.deliver();
    }

    /// Carries what the engine sent to the phones.
    fn deliver(&mut self) {
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

    fn run(&mut self, ms: u64) {
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

    fn phone_mut(&mut self, leg: LegId) -> &mut Phone {
        self.phones.get_mut(&leg).unwrap()
    }

    /// What the leg heard since the last time, and the share of `hertz` in it.
    fn heard(&mut self, leg: LegId, hertz: f64) -> (usize, f64) {
        let heard = std::mem::take(&mut self.phone_mut(leg).heard);
        (heard.len(), share(&heard, hertz))
    }

    fn digits(&self, leg: LegId) -> String {
        let digit = |e: &Event| match e {
            Event::Digit { leg: of, digit } if *of == leg => Some(*digit),
            _ => None,
        };
        self.events.iter().filter_map(digit).collect()
    }

    fn close(&mut self, leg: LegId) -> LegStats {
        self.command(Command::Close { leg });
        let closed = self.events.iter().find_map(|e| match e {
            Event::Closed { leg: of, stats } if *of == leg => Some(*stats),
            _ => None,
        });
        closed.unwrap()
    }

    fn failed(&self) -> Vec<&str> {
        let failed = |e: &'_ Event| matches!(e, Event::Failed { .. });
        self.events
            .iter()
            .filter(|e| failed(e))
            .map(|e| if let Event::Failed { why, .. } = e { why } else { "" })
            .collect()
    }
}

impl Phone {
    fn next_packet(&mut self, now: Instant) -> Option<Vec<u8>> {
        match self.keys.next(true, self.codec.law()) {
            Some(KeyFrame::Event { event, first }) => {
                if first {
                    self.key_timestamp = self.stream.begin_event(now);
                }
                let header = self.stream.event(EVENTS, self.key_timestamp, first);
                return Some([&header.to_bytes()[..], &event.to_bytes()].concat());
            }
            Some(_) => return None,
            None => {}
        }
        if !self.talks {
            return None;
        }
        let codes: Vec<u8> = self.tone.by_ref().take(160).map(|s| self.codec.law().encode(s)).collect();
        let header = self.stream.own(now, self.codec.payload_type(), 160);
        let mut packet = header.to_bytes().to_vec();
        match self.codec.g711() {
            Some(_) => packet.extend(codes),
            None => self.g722.encode(&codes, self.codec.law(), &mut packet),
        }
        Some(packet)
    }

    fn receive(&mut self, bytes: &[u8]) {
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
            let (law, mut codes) = (self.codec.law(), packet.payload.to_vec());
            if self.codec.g711().is_none() {
                codes.clear();
                self.g722.decode(packet.payload, law, &mut codes);
            }
            self.heard.extend(codes.iter().map(|c| law.decode(*c)));
        }
    }
}

fn play(leg: LegId, play: u64, sounds: &[&str], repeat: bool) -> Command {
    let sounds = sounds.iter().map(|s| Sound((*s).to_owned())).collect();
    Command::Play { leg, play: PlayId(play), sounds, repeat }
}

#[test]
fn two_legs_hear_each_other_and_only_while_bridged_across_codecs() {
    for pair in [(Codec::Pcmu, Codec::Pcma), (Codec::Pcma, Codec::G722), (Codec::G722, Codec::G722)] {
        hear_each_other(pair);
    }
}

fn hear_each_other((one, other): (Codec, Codec)) {
    let mut w = World::new();
    let (a, b) = (w.phone(1, one, 440.0), w.phone(2, other, 1_000.0));
    w.run(500);
    assert_eq!((w.heard(a, 1_000.0).0, w.heard(b, 440.0).0), (0, 0));
    w.command(Command::Bridge { a, b });
    w.run(1_000);
    for (leg, tone) in [(a, 1_000.0), (b, 440.0)] {
        let (samples, found) = w.heard(leg, tone);
        assert_eq!(samples, 8_000);
        assert!(found > 0.95, "{leg} hears {tone}: {found}");
    }
    w.command(Command::Unbridge { leg: b });
    w.run(200);
    assert_eq!((w.heard(a, 1_000.0).0, w.heard(b, 440.0).0), (0, 0));
    assert_eq!(w.events.iter().filter(|e| matches!(e, Event::Connected { .. })).count(), 2);
}

#[test]
fn a_playback_is_heard_ends_and_is_followed_by_music() {
    let mut w = World::new();
    let a = w.phone(1, Codec::Pcmu, 440.0);
    w.command(play(a, 7, &["en/welcome", "en/bye"], false));
    w.run(1_000);
    assert!(w.heard(a, 700.0).1 > 0.95);
    w.run(800);
    assert!(w.heard(a, 1_500.0).1 > 0.8);
    assert!(w.events.contains(&Event::PlayEnded { leg: a, play: PlayId(7) }));
    w.command(play(a, 8, &["music/hold"], true));
    w.run(5_000);
    let (samples, found) = w.heard(a, 350.0);
    assert_eq!(samples, 40_000);
    assert!(found > 0.95, "{found}");
    w.command(Command::Stop { leg: a });
    w.run(200);
    assert_eq!(w.heard(a, 350.0).0, 0);
    let ended = w.events.iter().filter(|e| matches!(e, Event::PlayEnded { .. })).count();
    assert_eq!(ended, 1, "a stopped playback does not end by itself");
    let sequences: Vec<u16> = w.phone_mut(a).packets.iter().map(|(s, _)| *s).collect();
    assert!(sequences.windows(2).all(|w| w[1] == w[0].wrapping_add(1)), "one row of numbers");
}

#[test]
fn music_goes_on_where_an_announcement_came_between() {
    let mut w = World::new();
    let a = w.phone(1, Codec::Pcmu, 440.0);
    w.command(play(a, 1, &["music/rising"], true));
    w.run(500);
    w.command(play(a, 2, &["en/bye"], false));
    w.run(600);
    assert!(w.events.contains(&Event::PlayEnded { leg: a, play: PlayId(2) }));
    // The control plane asks for the music again, a little late: it is not begun anew.
    w.command(play(a, 3, &["music/rising"], true));
    w.run(400);
    let heard = std::mem::take(&mut w.phone_mut(a).heard);
    let (before, after) = (heard[..4_000].last().copied().unwrap(), heard[8_000..].to_vec());
    assert!((i32::from(after[0]) - i32::from(before)).abs() < 300, "{before} then {}", after[0]);
    assert!(after.windows(2).all(|two| two[1] >= two[0]), "it rises without a step");
    w.command(play(a, 4, &["en/bye"], false));
    w.run(100);
    w.command(Command::Stop { leg: a });
    w.phone_mut(a).heard.clear();
    w.run(200);
    assert!(w.phone_mut(a).heard.is_empty(), "a stop ends both");
}

#[test]
fn the_echo_number_sends_back_sound_and_keys() {
    let mut w = World::new();
    let a = w.phone(1, Codec::Pcma, 620.0);
    w.command(Command::Echo { leg: a });
    w.run(1_000);
    let (samples, found) = w.heard(a, 620.0);
    assert!(samples == 8_000 && found > 0.95, "{samples} {found}");
    assert!(w.phone_mut(a).keys.push("5"));
    w.run(400);
    assert_eq!(w.digits(a), "5");
    assert!(w.phone_mut(a).heard_keys.iter().all(|k| k.key() == Some('5')));
    assert_eq!(w.phone_mut(a).heard_keys.len(), 8);
}

#[test]
fn keys_are_reported_once_and_reach_the_other_leg() {
    let mut w = World::new();
    let (a, b) = (w.phone(1, Codec::Pcmu, 440.0), w.phone(2, Codec::Pcmu, 1_000.0));
    w.command(Command::Bridge { a, b });
    assert!(w.phone_mut(a).keys.push("12#"));
    w.run(1_500);
    assert_eq!((w.digits(a).as_str(), w.digits(b).as_str()), ("12#", ""));
    let ends = w.phone_mut(b).heard_keys.iter().filter(|k| k.end).count();
    assert_eq!(ends, 9);
    w.command(Command::SendDigits { leg: b, digits: "90".to_owned() });
    w.phone_mut(b).heard_keys.clear();
    w.run(1_000);
    let keys: Vec<_> = w.phone_mut(b).heard_keys.iter().filter_map(|k| k.key()).collect();
    assert_eq!((keys.iter().filter(|k| **k == '9').count(), keys.iter().filter(|k| **k == '0').count()), (8, 8));
    w.heard(b, 440.0);
    w.run(500);
    assert!(w.heard(b, 440.0).1 > 0.95, "the bridge goes on afterwards");
}

#[test]
fn a_recording_has_caller_left_agent_right_and_ends_with_its_legs() {
    recorded(Codec::Pcmu, Codec::Pcma);
    recorded(Codec::G722, Codec::Pcmu);
}

fn recorded(caller: Codec, agent: Codec) {
    let mut w = World::new();
    let interaction = InteractionId::new(w.now, &mut Rng::new(1));
    let (a, b) = (w.phone(1, caller, 440.0), w.phone(2, agent, 1_000.0));
    let record = |right| Command::Record { interaction, left: a, right, path: "x.wav".to_owned() };
    w.command(record(None));
    w.run(1_000);
    w.command(Command::Bridge { a, b });
    w.command(record(Some(b)));
    w.run(1_000);
    w.close(a);
    w.run(500);
    w.close(b);
    let begins = w.recordings.iter().filter(|r| matches!(r, Recording::Begin { .. })).count();
    assert_eq!((begins, w.recordings.last()), (1, Some(&Recording::End { interaction, frames: 20_000 })));
    let mut samples = Vec::new();
    for recording in &w.recordings {
        if let Recording::Block { samples: block, .. } = recording {
            samples.extend_from_slice(block);
        }
    }
    let side = |side: usize, from: usize, to: usize| -> Vec<i16> {
        samples[from * 16..to * 16].iter().skip(side).step_by(2).copied().collect()
    };
    assert!(share(&side(0, 50, 1_950), 440.0) > 0.95);
    assert!(side(1, 0, 950).iter().all(|s| *s == 0));
    assert!(share(&side(1, 1_050, 2_400), 1_000.0) > 0.95);
    assert!(side(0, 2_050, 2_400).iter().all(|s| *s == 0), "the caller hung up");
}

#[test]
fn strangers_are_neither_heard_nor_sent_anything() {
    let mut w = World::new();
    let (a, b) = (w.phone(1, Codec::Pcmu, 440.0), w.phone(2, Codec::Pcmu, 1_000.0));
    w.command(Command::Bridge { a, b });
    w.phone_mut(a).talks = false;
    let mut rng = Rng::new(9);
    let mut attacker = Stream::new(&mut rng);
    let mut keys = KeySender::default();
    for round in 0..300 {
        if keys.is_idle() {
            keys.push("666");
        }
        let header = attacker.own(w.now, 0, 160).to_bytes();
        let speech = [&header[..], &[0x10; 160]].concat();
        let event = TelephoneEvent { event: 6, end: false, volume: 10, duration: 160 };
        let key = [&attacker.event(EVENTS, round, true).to_bytes()[..], &event.to_bytes()].concat();
        // From elsewhere, from elsewhere with the right port, from the right host with another port.
        for from in ["66.6.6.6:4000", "66.6.6.6:1", "10.0.0.1:4002"] {
            for packet in [&speech, &key] {
                w.engine.rtp(w.now, 20_002, from.parse().unwrap(), packet, &mut w.out);
            }
            w.engine.rtcp(w.now, 20_002, from.parse().unwrap(), &[0x80, 201, 0, 1, 0, 0, 0, 1]);
        }
        w.deliver();
        w.phone_mut(a).talks = round > 20;
        w.run(20);
        // Before the caller speaks nobody is heard; afterwards only the caller.
        if round == 20 {
            assert_eq!(w.heard(b, 440.0).0, 0);
        }
    }
    assert!(w.heard(b, 440.0).1 > 0.95);
    assert!(w.heard(a, 1_000.0).1 > 0.95);
    assert_eq!(w.digits(a), "");
    let stats = w.close(a);
    assert_eq!((stats.refused, stats.received, stats.lost), (300 * 8, 279, 0));
}

#[test]
fn a_silent_peer_is_reported_once_and_a_report_is_a_sign_of_life() {
    let mut w = World::new();
    let a = w.phone(1, Codec::Pcmu, 440.0);
    w.run(1_000);
    w.phone_mut(a).talks = false;
    w.run(29_000);
    let lost = |w: &World| w.events.iter().filter(|e| matches!(e, Event::MediaLost { .. })).count();
    assert_eq!(lost(&w), 0);
    w.engine.rtcp(w.now, 20_002, "10.0.0.1:4001".parse().unwrap(), &[0x80, 201, 0, 1, 0, 0, 0, 1]);
    w.run(29_000);
    assert_eq!(lost(&w), 0);
    w.run(60_000);
    assert_eq!(lost(&w), 1);
    let hold = Session { direction: Direction::SendOnly, ..session(Codec::Pcmu, "10.0.0.1:4000".parse().unwrap()) };
    w.command(Command::Update { leg: a, session: hold });
    w.run(120_000);
    assert_eq!(lost(&w), 1, "on hold nothing is expected");
    let reports = w.phone_mut(a).reports;
    assert!((40..=56).contains(&reports), "{reports} in four minutes");
}

#[test]
fn on_hold_nothing_flows_and_resume_brings_it_back() {
    let mut w = World::new();
    let (a, b) = (w.phone(1, Codec::Pcmu, 440.0), w.phone(2, Codec::Pcmu, 1_000.0));
    w.command(Command::Bridge { a, b });
    w.run(200);
    let with = |direction| Session { direction, ..session(Codec::Pcmu, "10.0.0.2:4000".parse().unwrap()) };
    w.command(Command::Update { leg: b, session: with(Direction::Inactive) });
    w.heard(a, 1_000.0);
    w.heard(b, 440.0);
    w.run(500);
    assert_eq!((w.heard(a, 1_000.0).0, w.heard(b, 440.0).0), (0, 0));
    w.command(Command::Update { leg: b, session: with(Direction::SendRecv) });
    w.run(500);
    assert!(w.heard(a, 1_000.0).1 > 0.95 && w.heard(b, 440.0).1 > 0.95);
}

#[test]
fn a_secured_leg_waits_for_its_handshake_and_hears_the_beginning() {
    let mut w = World::new();
    let leg = LegId(9);
    let credentials = IceCredentials { ufrag: "abcd".to_owned(), pwd: "x".repeat(24) };
    let rtc = Rtc { local: credentials, remote: None, remote_fingerprint: None, dtls_client: false };
    let secured = Session {
        rtc: Some(rtc.clone()),
        remote: None,
        rtcp_mux: true,
        ..session(Codec::Pcmu, "1.1.1.1:1".parse().unwrap())
    };
    w.command(Command::Open { leg, port: None, session: secured });
    assert_eq!(w.secure, [Secure::Open { leg, rtc }]);
    w.command(play(leg, 1, &["en/welcome"], false));
    let mut sent = 0;
    let mut tick = |w: &mut World, ticks: u64| {
        for _ in 0..ticks {
            w.now = w.now + Duration::from_millis(20);
            w.engine.handle_timeout(w.now, &mut w.out);
            sent += w.out.packets().filter(|(via, p)| *via == Via::Secure(leg) && !is_rtcp(p)).count();
            w.deliver();
        }
        sent
    };
    assert_eq!(tick(&mut w, 50), 0, "nothing before the handshake");
    w.engine.secure(w.now, leg, &Received::Secured, &mut w.out);
    assert_eq!(tick(&mut w, 60), 50, "all of it afterwards");
    assert!(w.events.contains(&Event::PlayEnded { leg, play: PlayId(1) }));
    // Heard by a plain leg.
    let b = w.phone(2, Codec::Pcma, 1_000.0);
    w.command(Command::Bridge { a: leg, b });
    let mut stream = Stream::new(&mut Rng::new(3));
    for _ in 0..50 {
        let packet = [&stream.own(w.now, 0, 160).to_bytes()[..], &[0x20; 160]].concat();
        w.engine.secure(w.now, leg, &Received::Rtp(packet[..].into()), &mut w.out);
        w.deliver();
        w.run(20);
    }
    assert_eq!(w.heard(b, 0.0).0, 8_000);
    w.engine.secure(w.now, leg, &Received::Lost, &mut w.out);
    w.engine.secure(w.now, leg, &Received::Failed(RtcError::PeerClosed), &mut w.out);
    w.deliver();
    assert!(w.events.contains(&Event::MediaLost { leg }));
    assert_eq!(w.failed().len(), 1);
    w.close(leg);
    assert!(w.secure.contains(&Secure::Close { leg }));
}

#[test]
fn bad_commands_are_refused_with_a_reason_and_a_closed_port_comes_back() {
    let mut w = World::new();
    let (a, b) = (w.phone(1, Codec::Pcmu, 440.0), LegId(77));
    let lease = PortLease { worker: WorkerId(0), rtp: "127.0.0.1:20002".parse().unwrap() };
    let fresh = session(Codec::Pcmu, "10.0.0.1:4000".parse().unwrap());
    w.command(Command::Open { leg: a, port: Some(lease), session: fresh.clone() });
    w.command(Command::Open { leg: b, port: Some(lease), session: fresh.clone() });
    w.command(Command::Open { leg: b, port: None, session: fresh });
    w.command(Command::Bridge { a, b });
    w.command(Command::Bridge { a, b: a });
    w.command(play(a, 1, &["en/none"], false));
    w.command(play(b, 1, &["en/welcome"], false));
    w.command(Command::SendDigits { leg: a, digits: "1 2".to_owned() });
    w.command(Command::Close { leg: b });
    let expected = [
        "the leg is open already",
        "the port is in use by another leg",
        "a leg without WebRTC needs a port, one with it needs none",
        "unknown leg",
        "a leg cannot be bridged with itself",
        "no such sound: en/none",
        "unknown leg",
        "not keys, or too many of them",
        "unknown leg",
    ];
    assert_eq!(w.failed(), expected);
    w.run(100);
    w.close(a);
    assert_eq!(w.freed, [lease]);
    w.run(100);
    assert_eq!((w.engine.legs(), w.engine.next_deadline()), (0, None), "an idle engine sleeps");
}

#[test]
fn after_a_pause_of_the_machine_playback_goes_on() {
    let mut w = World::new();
    let a = w.phone(1, Codec::Pcmu, 440.0);
    w.command(play(a, 1, &["music/hold"], true));
    w.run(200);
    w.heard(a, 350.0);
    w.now = w.now + Duration::from_secs(3);
    w.engine.handle_timeout(w.now, &mut w.out);
    w.deliver();
    assert_eq!(w.heard(a, 350.0).0, 10 * 160, "a little is made good, three seconds are not");
    w.run(200);
    assert_eq!(w.heard(a, 350.0).0, 1_600);
}
