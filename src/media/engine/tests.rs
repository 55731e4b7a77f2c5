//! Commands and packets, by what phones hear.

use std::time::Duration;

use super::phones::{EVENTS, World, session};
use crate::base::{InteractionId, LegId, Rng};
use crate::media::keys::KeySender;
use crate::media::outbox::{Secure, Via};
use crate::media::recorder::Recording;
use crate::media::rtc::{Received, RtcError};
use crate::media::stream::Stream;
use crate::media::tone::share;
use crate::media::{
    Codec, Command, Direction, Event, IceCredentials, MAX_SPEAKERS, PlayId, PortLease, Rtc, Session, Side, Sound,
    WorkerId,
};
use crate::rtp::{TelephoneEvent, is_rtcp};

fn play(leg: LegId, play: u64, sounds: &[&str], repeat: bool) -> Command {
    let sounds = sounds.iter().map(|s| Sound((*s).to_owned())).collect();
    Command::Play { leg, play: PlayId(play), sounds, repeat }
}

#[test]
fn two_legs_hear_each_other_and_only_while_bridged_across_codecs() {
    let spoken = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];
    for one in spoken {
        for other in spoken {
            hear_each_other((one, other));
        }
    }
}

fn hear_each_other((one, other): (Codec, Codec)) {
    let mut w = World::new();
    let (a, b) = (w.phone(1, one, 440.0), w.phone(2, other, 1_000.0));
    w.run(500);
    assert_eq!((w.heard(a, 1_000.0).0, w.heard(b, 440.0).0), (0, 0));
    w.bridge(a, b);
    // What is decoded waits for its time at first.
    w.run(200);
    [a, b].into_iter().for_each(|leg| w.phone_mut(leg).heard.clear());
    w.run(1_000);
    for (leg, tone) in [(a, 1_000.0), (b, 440.0)] {
        let (samples, found) = w.heard(leg, tone);
        assert_eq!(samples, 8_000);
        assert!(found > 0.9, "{leg} hears {tone}: {found} ({one:?}, {other:?})");
    }
    w.hear(a, &[]);
    w.hear(b, &[]);
    w.run(200);
    assert_eq!((w.heard(a, 1_000.0).0, w.heard(b, 440.0).0), (0, 0));
    assert_eq!(w.events.iter().filter(|e| matches!(e, Event::Connected { .. })).count(), 2);
}

/// A tone of 6 kHz, which 8 kHz cannot carry.
fn high(frame: u64) -> [i16; 320] {
    let angle = |n: usize| (frame as usize * 320 + n) as f64 * 6_000.0 * std::f64::consts::TAU / 16_000.0;
    std::array::from_fn(|n| (angle(n).sin() * 8_000.0) as i16)
}

/// Its share: [`share`] counts 8,000 a second, so half of it.
fn share_of_high(heard: &[i16]) -> f64 {
    share(heard, 3_000.0)
}

#[test]
fn what_is_wide_stays_wide_for_all_who_can_hear_it() {
    for (speaker, listener) in
        [(Codec::G722, Codec::Opus), (Codec::Opus, Codec::G722), (Codec::Opus, Codec::Opus), (Codec::G722, Codec::G722)]
    {
        let mut w = World::new();
        let (a, b, third) = (w.phone(1, speaker, 0.0), w.phone(2, listener, 440.0), w.phone(3, Codec::Pcma, 1_000.0));
        w.phone_mut(a).says = Some(high);
        w.phone_mut(b).talks = false;
        w.bridge(a, b);
        w.run(1_000);
        let heard = std::mem::take(&mut w.phone_mut(b).heard_wide);
        assert!(
            share_of_high(&heard[4_000..]) > 0.7,
            "{speaker:?} to {listener:?}: {}",
            share_of_high(&heard[4_000..])
        );
        // In a conference of one who cannot: still, and with the others.
        w.hear(b, &[a, third]);
        w.hear(third, &[a, b]);
        w.run(1_000);
        let heard = std::mem::take(&mut w.phone_mut(b).heard_wide);
        let (wide, narrow) = (share_of_high(&heard[4_000..]), share(&heard[4_000..], 500.0));
        assert!(wide > 0.1 && narrow > 0.1, "{speaker:?} to {listener:?}: {wide} and {narrow}");
    }
}

#[test]
fn one_codec_is_passed_on_untouched_and_one_that_is_not_ours_only_so() {
    for codec in [Codec::Opus, Codec::G729] {
        let mut w = World::new();
        let (a, b) = (w.phone(1, codec, 440.0), w.phone(2, codec, 440.0));
        (w.phone_mut(a).talks, w.phone_mut(b).talks) = (false, false);
        w.bridge(a, b);
        let payload = if codec == Codec::Opus { vec![0x48; 40] } else { vec![7; 20] };
        for n in 0..50u32 {
            let header = crate::rtp::Header {
                payload_type: codec.payload_type(),
                sequence: n as u16,
                timestamp: n * 20 * codec.clock() / 1_000,
                ssrc: 5,
                marker: false,
            };
            let packet = [&header.to_bytes()[..], &payload].concat();
            w.now = w.now + Duration::from_millis(20);
            w.engine.rtp(w.now, 20_002, "10.0.0.1:4000".parse().unwrap(), &packet, &mut w.out);
            w.engine.handle_timeout(w.now, &mut w.out);
            let sent: Vec<_> = w
                .out
                .packets()
                .filter(|(_, packet)| !is_rtcp(packet))
                .map(|(_, packet)| packet[12..].to_vec())
                .collect();
            assert_eq!(sent, std::slice::from_ref(&payload), "{codec:?}");
            w.out.clear_packets();
        }
    }
    // Music to one that cannot be played to ends in time and sends nothing.
    let mut w = World::new();
    let a = w.phone(1, Codec::G729, 440.0);
    w.phone_mut(a).talks = false;
    w.command(play(a, 1, &["en/bye"], false));
    w.run(1_000);
    assert!(w.phone_mut(a).packets.is_empty() && w.events.contains(&Event::PlayEnded { leg: a, play: PlayId(1) }));
}

#[test]
fn keys_and_comfort_noise_go_across_codecs() {
    for (one, other) in [(Codec::Pcmu, Codec::Opus), (Codec::Opus, Codec::G722), (Codec::Opus, Codec::Opus)] {
        let mut w = World::new();
        let (a, b) = (w.phone(1, one, 440.0), w.phone(2, other, 1_000.0));
        w.bridge(a, b);
        w.run(200);
        assert!(w.phone_mut(a).keys.push("12#"));
        w.run(1_500);
        assert_eq!((w.digits(a).as_str(), w.digits(b).as_str()), ("12#", ""), "{one:?} {other:?}");
        let heard = std::mem::take(&mut w.phone_mut(b).heard_keys);
        let keys: String = heard.iter().filter(|key| key.end).filter_map(|key| key.key()).collect();
        assert_eq!(keys, "111222###");
        let longest = heard.iter().map(|key| key.duration).max();
        assert!(longest.is_some_and(|ticks| ticks >= 800 * (other.clock() / 8_000) as u16), "{longest:?}");
    }
    // A peer without events hears it.
    let mut w = World::new();
    let (a, b) = (w.phone(1, Codec::Pcmu, 440.0), w.phone(2, Codec::Pcma, 1_000.0));
    let deaf = Session { event_payload_type: None, ..session(Codec::Pcma, "10.0.0.2:4000".parse().unwrap()) };
    w.command(Command::Update { leg: b, session: deaf });
    w.bridge(a, b);
    w.phone_mut(a).talks = false;
    assert!(w.phone_mut(a).keys.push("5"));
    w.run(400);
    let heard = std::mem::take(&mut w.phone_mut(b).heard);
    assert!(share(&heard[..800], 770.0) > 0.3 && share(&heard[..800], 1_336.0) > 0.3);
    // Who falls silent and says so is a hiss, not a hole.
    w.run(200);
    w.phone_mut(b).heard.clear();
    let header = crate::rtp::Header { payload_type: 13, sequence: 900, timestamp: 90_000, ssrc: 77, marker: false };
    let noise = [&header.to_bytes()[..], &[45]].concat();
    w.engine.rtp(w.now, 20_002, "10.0.0.1:4000".parse().unwrap(), &noise, &mut w.out);
    w.run(1_000);
    let heard = std::mem::take(&mut w.phone_mut(b).heard);
    let level = heard.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / heard.len() as f64;
    assert!(heard.len() == 8_000 && (20_000.0..60_000.0).contains(&level), "{} {level}", heard.len());
    w.phone_mut(a).talks = true;
    w.run(1_000);
    assert!(w.heard(b, 440.0).1 > 0.9);
}

/// What each of five hears of the others' tones.
#[test]
fn several_are_heard_together_across_codecs_and_nobody_hears_themselves() {
    const TONES: [f64; 5] = [440.0, 700.0, 1_000.0, 1_500.0, 2_200.0];
    let mut w = World::new();
    let codecs = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Pcmu, Codec::Opus];
    let legs: Vec<LegId> = (1..).zip(codecs).zip(TONES).map(|((id, codec), hertz)| w.phone(id, codec, hertz)).collect();
    for leg in &legs {
        let others: Vec<LegId> = legs.iter().copied().filter(|other| other != leg).collect();
        w.hear(*leg, &others);
    }
    w.run(200);
    legs.iter().for_each(|leg| w.phone_mut(*leg).heard.clear());
    w.run(1_000);
    for (leg, own) in legs.iter().zip(TONES) {
        assert_eq!(w.phone_mut(*leg).heard.len(), 8_000, "a frame every 20 ms, without a gap");
        let others: Vec<f64> = TONES.into_iter().filter(|hertz| *hertz != own).collect();
        assert_eq!(w.tones(*leg, &TONES), others);
        let numbers: Vec<u16> = w.phone_mut(*leg).packets.iter().map(|(number, _)| *number).collect();
        assert!(numbers.windows(2).all(|two| two[1] == two[0].wrapping_add(1)), "one row of numbers");
    }
    // Two of them go on alone: their packets are relayed again.
    w.bridge(legs[0], legs[3]);
    w.run(200);
    legs.iter().for_each(|leg| w.phone_mut(*leg).heard.clear());
    w.run(500);
    assert_eq!((w.tones(legs[0], &TONES), w.tones(legs[3], &TONES)), (vec![TONES[3]], vec![TONES[0]]));
    // One hangs up: the others hear the rest.
    w.close(legs[4]);
    w.run(200);
    legs[..4].iter().for_each(|leg| w.phone_mut(*leg).heard.clear());
    w.run(500);
    assert_eq!(w.tones(legs[1], &TONES), [TONES[0], TONES[2], TONES[3]]);
    assert_eq!(w.failed(), Vec::<&str>::new());
}

#[test]
fn one_who_is_heard_alone_and_among_others_is_relayed_to_the_one_and_mixed_for_the_other() {
    let mut w = World::new();
    let (customer, agent) = (w.phone(1, Codec::Pcmu, 440.0), w.phone(2, Codec::Pcmu, 1_000.0));
    let supervisor = w.phone(3, Codec::Pcma, 1_700.0);
    w.bridge(customer, agent);
    w.hear(supervisor, &[customer, agent]);
    w.run(200);
    [customer, agent, supervisor].into_iter().for_each(|leg| w.phone_mut(leg).heard.clear());
    w.run(1_000);
    assert!(w.heard(customer, 1_000.0).1 > 0.95 && w.heard(agent, 440.0).1 > 0.95);
    assert_eq!(w.tones(supervisor, &[440.0, 1_000.0, 1_700.0]), [440.0, 1_000.0]);
    // Loss to one who listens costs the two nothing, and a key goes through between them.
    w.close(supervisor);
    assert!(w.phone_mut(customer).keys.push("7"));
    w.run(500);
    assert!(w.phone_mut(agent).heard_keys.iter().any(|key| key.key() == Some('7')));
    let nobody = vec![LegId(77); MAX_SPEAKERS + 1];
    w.hear(agent, &nobody);
    w.hear(agent, &nobody[1..]);
    assert_eq!(w.failed(), ["more than 64 to be heard", "unknown leg"]);
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
    w.bridge(a, b);
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
fn a_peer_without_events_is_understood_by_its_tones() {
    for codec in [Codec::Pcmu, Codec::G722] {
        let mut w = World::new();
        let a = w.phone(1, codec, 440.0);
        let deaf = Session { event_payload_type: None, ..session(codec, "10.0.0.1:4000".parse().unwrap()) };
        w.command(Command::Update { leg: a, session: deaf });
        w.command(play(a, 1, &["music/hold"], true));
        w.run(500);
        for key in "159#".chars() {
            w.phone_mut(a).tone = crate::media::tone::Tone::key(key).unwrap();
            w.run(100);
            w.phone_mut(a).talks = false;
            w.run(100);
            w.phone_mut(a).talks = true;
        }
        assert_eq!(w.digits(a), "159#", "{codec:?}");
    }
}

#[test]
fn a_recording_has_caller_left_agent_right_and_ends_with_its_legs() {
    recorded(Codec::Pcmu, Codec::Pcma);
    recorded(Codec::G722, Codec::Pcmu);
    recorded(Codec::Opus, Codec::Opus);
}

fn recorded(caller: Codec, agent: Codec) {
    let mut w = World::new();
    let interaction = InteractionId::new(w.now, &mut Rng::new(1));
    let (a, b) = (w.phone(1, caller, 440.0), w.phone(2, agent, 1_000.0));
    let record =
        |voices: &[(LegId, Side)]| Command::Record { interaction, voices: voices.into(), path: "x.wav".to_owned() };
    w.command(record(&[(a, Side::Left)]));
    w.run(1_000);
    w.bridge(a, b);
    w.command(record(&[(a, Side::Left), (b, Side::Right)]));
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
    assert!(share(&side(0, 50, 1_950), 440.0) > 0.85);
    assert!(side(1, 0, 950).iter().all(|s| *s == 0));
    assert!(share(&side(1, 1_050, 2_400), 1_000.0) > 0.85);
    assert!(side(0, 2_050, 2_400).iter().all(|s| *s == 0), "the caller hung up");
}

#[test]
fn while_a_recording_is_paused_both_channels_are_silent() {
    let mut w = World::new();
    let interaction = InteractionId::new(w.now, &mut Rng::new(1));
    let (a, b) = (w.phone(1, Codec::Pcmu, 440.0), w.phone(2, Codec::Pcmu, 1_000.0));
    let record =
        |voices: &[(LegId, Side)]| Command::Record { interaction, voices: voices.into(), path: "x.wav".to_owned() };
    let both = [(a, Side::Left), (b, Side::Right)];
    w.bridge(a, b);
    w.command(record(&both));
    w.run(1_000);
    w.command(record(&[]));
    w.run(1_000);
    w.command(record(&both));
    w.run(1_000);
    w.command(Command::StopRecording { interaction });
    // As the file has it: what no block says is silence.
    let mut samples: Vec<i16> = Vec::new();
    for recording in &w.recordings {
        if let Recording::Block { at, samples: block, .. } = recording {
            samples.resize(*at as usize * 2, 0);
            samples.extend(block.iter());
        }
    }
    let side = |side: usize, from: usize, to: usize| -> Vec<i16> {
        samples[from * 16..to * 16].iter().skip(side).step_by(2).copied().collect()
    };
    for (which, hertz) in [(0, 440.0), (1, 1_000.0)] {
        assert!(share(&side(which, 50, 950), hertz) > 0.95 && share(&side(which, 2_050, 2_950), hertz) > 0.95);
        let heard = side(which, 1_030, 1_990).iter().filter(|sample| **sample != 0).count();
        assert_eq!(heard, 0, "not a sample of {hertz} Hz");
    }
}

#[test]
fn strangers_are_neither_heard_nor_sent_anything() {
    let mut w = World::new();
    let (a, b) = (w.phone(1, Codec::Pcmu, 440.0), w.phone(2, Codec::Pcmu, 1_000.0));
    w.bridge(a, b);
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
fn on_hold_nothing_flows_and_resume_brings_it_back() {
    let mut w = World::new();
    let (a, b) = (w.phone(1, Codec::Pcmu, 440.0), w.phone(2, Codec::Pcmu, 1_000.0));
    w.bridge(a, b);
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
        srtp: None,
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
    w.bridge(leg, b);
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
    w.hear(a, &[b]);
    w.hear(a, &[a]);
    w.command(play(a, 1, &["en/none"], false));
    w.command(play(b, 1, &["en/welcome"], false));
    w.command(Command::SendDigits { leg: a, digits: "1 2".to_owned() });
    w.command(Command::Close { leg: b });
    let expected = [
        "the leg is open already",
        "the port is in use by another leg",
        "a leg without WebRTC needs a port, one with it needs none",
        "unknown leg",
        "a leg does not hear itself among others",
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
