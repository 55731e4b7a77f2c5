//! Two who talk: how their time divides, and keys that one of them must not hear.

use super::phones::World;
use crate::media::dtmf::KeyDetector;
use crate::media::keys::{KeyFrame, KeySender};
use crate::media::{Codec, Command, TalkTime};

/// Rounded to tenths of a second.
fn tenths(talk: TalkTime) -> [u64; 5] {
    [talk.of_ms, talk.own_ms, talk.others_ms, talk.both_ms, talk.silent_ms].map(|ms| (ms + 50) / 100)
}

#[test]
fn the_time_of_a_talk_divides_by_who_speaks() {
    for (caller, agent) in [(Codec::Pcma, Codec::Pcma), (Codec::Pcmu, Codec::Opus), (Codec::G722, Codec::Pcma)] {
        let mut w = World::new();
        let (a, b) = (w.phone(1, caller, 440.0), w.phone(2, agent, 1_000.0));
        w.run(1_000);
        w.bridge(a, b);
        for (a_talks, b_talks, ms) in
            [(true, false, 2_000), (true, true, 1_000), (false, true, 3_000), (false, false, 4_000)]
        {
            w.phone_mut(a).talks = a_talks;
            w.phone_mut(b).talks = b_talks;
            w.run(ms);
        }
        w.hear(a, &[]);
        w.hear(b, &[]);
        w.phone_mut(a).talks = true;
        w.run(1_000);
        let [of, own, others, both, silent] = tenths(w.close(a).talk);
        // What was said before is over 200 ms later, and by the wait of what is decoded.
        let is_about = |found: u64, wanted: u64| found.abs_diff(wanted) <= 4;
        let parts = [(own, 20), (others, 30), (both, 12), (silent, 38)];
        assert_eq!(of, 100, "{caller:?} {agent:?}: neither before nor after");
        assert!(parts.iter().all(|(found, wanted)| is_about(*found, *wanted)), "{caller:?} {agent:?}: {parts:?}");
        let theirs = tenths(w.close(b).talk);
        assert!(is_about(theirs[1], others) && is_about(theirs[2], own) && is_about(theirs[3], both), "{theirs:?}");
    }
}

#[test]
fn what_nobody_decodes_is_not_counted() {
    let mut w = World::new();
    let (a, b) = (w.phone(1, Codec::Opus, 440.0), w.phone(2, Codec::Opus, 1_000.0));
    w.bridge(a, b);
    w.run(2_000);
    assert_eq!(w.close(a).talk, TalkTime::default());
}

/// The keys that somebody would read out of what a phone heard.
fn keys_in(heard: &[i16]) -> String {
    let mut detector = KeyDetector::default();
    heard.chunks_exact(160).filter_map(|frame| detector.hear(frame)).collect()
}

/// The caller speaks, then presses these as sound, then speaks again.
fn press_aloud(w: &mut World, leg: crate::base::LegId, keys: &str) {
    let mut sender = KeySender::default();
    assert!(sender.push(keys));
    let law = Codec::Pcma.law();
    let mut codes = Vec::new();
    while let Some(frame) = sender.next(false, law) {
        match frame {
            KeyFrame::Sound(frame) => codes.extend(frame),
            _ => codes.extend([law.silence(); 160]),
        }
    }
    let samples: Vec<i16> = codes.into_iter().map(|code| law.decode(code)).collect();
    // Out of step with the frames.
    let samples: Vec<i16> = [vec![0; 70], samples, vec![0; 250]].concat();
    for frame in samples.chunks_exact(160) {
        w.phone_mut(leg).aloud = Some(frame.to_vec());
        w.run(20);
    }
    w.phone_mut(leg).aloud = None;
}

#[test]
fn keys_of_a_secret_reach_nobodys_ear_and_the_voice_does() {
    for (caller, agent) in [(Codec::Pcma, Codec::Pcma), (Codec::Pcma, Codec::Opus), (Codec::Pcma, Codec::G722)] {
        let mut w = World::new();
        let (a, b) = (w.phone(1, caller, 300.0), w.phone(2, agent, 1_000.0));
        w.bridge(a, b);
        w.run(500);
        w.phone_mut(b).heard.clear();
        press_aloud(&mut w, a, "4711");
        w.run(300);
        let heard = std::mem::take(&mut w.phone_mut(b).heard);
        assert_eq!(keys_in(&heard), "4711", "{agent:?}: no secret, so they are heard");
        w.command(Command::HushKeys { leg: a, hushed: true });
        w.run(500);
        w.phone_mut(b).heard.clear();
        w.phone_mut(b).heard_keys.clear();
        press_aloud(&mut w, a, "0815#");
        w.phone_mut(a).keys.push("77");
        w.run(1_000);
        let heard = std::mem::take(&mut w.phone_mut(b).heard);
        assert_eq!((keys_in(&heard).as_str(), w.phone_mut(b).heard_keys.len()), ("", 0), "{agent:?}");
        assert_eq!(w.digits(a), "77", "they are told all the same");
        w.run(500);
        assert!(w.heard(b, 300.0).1 > 0.9, "{agent:?}: the voice passes");
        assert!(w.heard(a, 1_000.0).1 > 0.9, "and nothing else is changed");
        w.command(Command::HushKeys { leg: a, hushed: false });
        w.phone_mut(a).keys.push("5");
        w.run(500);
        assert!(!w.phone_mut(b).heard_keys.is_empty() || agent == Codec::Opus, "{agent:?}: again as ever");
    }
}
