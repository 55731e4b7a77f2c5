//! Keys pressed (RFC 4733): what a leg receives, and what is sent to it.

use std::collections::VecDeque;
use std::time::Duration;

use super::tone::Tone;
use crate::base::Instant;
use crate::codec::Law;
use crate::rtp::TelephoneEvent;

/// An event that says nothing for so long (8 kHz) is over, whatever became of its end.
const LOST_END: u32 = 8_000;
/// An older packet than this (8 kHz) is no latecomer: the sender began to count anew.
const LATE: u32 = 40_000;
/// One packet's time (8 kHz), by which a timestamp may be ahead of the duration.
const PACKET: u32 = 160;
/// The packets of one event come at most so far apart.
const TOGETHER: Duration = Duration::from_millis(150);

/// Turns the packets of events into keys, each once, however often its packets are repeated, and
/// also if any of them is lost: the first that arrives counts.
///
/// | packet, beside the event before | is |
/// | --- | --- |
/// | the same timestamp and key | the same key |
/// | the same timestamp, another key | a new key |
/// | somewhat older | a latecomer: nothing |
/// | newer or much older | a new key, unless it is one of the following |
/// | the same key, where the event before is full (RFC 4733 §2.5.1.3) | the same key, held longer |
/// | the same key, no end yet, timestamp moved on with the duration | the same key of a careless sender |
/// | an end of the same key, no end yet, at once or moved with the duration | the end of that key |
/// | an end of the same key from within its duration | the end once more |
///
/// The marker is not looked at: it is missing, or on every packet, as often as it is right.
#[derive(Clone, Debug, Default)]
pub struct KeyReceiver {
    last: Option<Last>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    ssrc: u32,
    event: u8,
    timestamp: u32,
    duration: u16,
    heard: Instant,
    ended: bool,
}

impl KeyReceiver {
    /// The key that begins with this packet, if one does. `timestamp`: of the packet, 8 kHz.
    pub fn packet(&mut self, now: Instant, ssrc: u32, timestamp: u32, event: TelephoneEvent) -> Option<char> {
        let fresh =
            Last { ssrc, event: event.event, timestamp, duration: event.duration, heard: now, ended: event.end };
        let Some(last) = self.last.filter(|last| last.ssrc == ssrc) else {
            self.last = Some(fresh);
            return event.key();
        };
        let step = timestamp.wrapping_sub(last.timestamp);
        if step >= 0x8000_0000 && step.wrapping_neg() < LATE {
            return None;
        }
        let is_same = last.event == event.event && (step == 0 || last.is_continued_by(now, event, step));
        self.last = Some(match is_same && step == 0 {
            true => Last { duration: last.duration.max(event.duration), ended: last.ended || event.end, ..fresh },
            false => fresh,
        });
        if is_same { None } else { event.key() }
    }
}

impl Last {
    /// Whether a packet of the same key with a later timestamp belongs to it; see the table above.
    fn is_continued_by(&self, now: Instant, event: TelephoneEvent, step: u32) -> bool {
        let (before, full) = (u32::from(self.duration), u32::from(event.duration));
        if self.ended {
            return event.end && step < before;
        }
        let goes_on = before > 0xf000 && step.abs_diff(before) < LOST_END;
        let moves = full > before && step <= full.saturating_sub(before).saturating_add(PACKET);
        let ends = event.end && (now.since(self.heard) < TOGETHER || step <= full.saturating_add(PACKET));
        goes_on || moves || ends
    }
}

/// Frames (20 ms) a key is held, and frames of quiet after it.
const HELD: u16 = 5;
const QUIET: u16 = 3;
/// The end of an event is said so often (RFC 4733 §2.5.1.4).
const ENDS: u16 = 3;
/// Keys that may wait; more are refused.
pub const MAX_KEYS: usize = 64;
/// Samples of one frame.
const FRAME: u16 = 160;

/// What a leg is to be sent in this frame instead of sound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyFrame {
    /// The first packet of an event fixes its timestamp.
    Event { event: TelephoneEvent, first: bool },
    /// The key as sound, of a peer that takes no events.
    Sound([u8; FRAME as usize]),
    /// Between two keys.
    Quiet,
}

/// Sends keys one after another, as events or as sound.
#[derive(Clone, Debug, Default)]
pub struct KeySender {
    waiting: VecDeque<char>,
    pressing: Option<Pressing>,
}

#[derive(Clone, Debug)]
struct Pressing {
    event: u8,
    frame: u16,
    tone: Tone,
}

impl KeySender {
    /// Adds `keys`; false if one of them is no key or too many wait, and then none is added.
    pub fn push(&mut self, keys: &str) -> bool {
        let fits = keys.len() <= MAX_KEYS.saturating_sub(self.waiting.len());
        let valid = fits && keys.chars().all(|key| TelephoneEvent::of_key(key).is_some());
        if valid {
            self.waiting.extend(keys.chars());
        }
        valid
    }

    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.pressing.is_none()
    }

    /// The next frame; `None` when nothing is left to send.
    pub fn next(&mut self, events: bool, law: Law) -> Option<KeyFrame> {
        if self.pressing.is_none() {
            let key = self.waiting.pop_front()?;
            let (event, tone) = TelephoneEvent::of_key(key).zip(Tone::key(key))?;
            self.pressing = Some(Pressing { event, frame: 0, tone });
        }
        let pressing = self.pressing.as_mut()?;
        let frame = if events { pressing.event_frame() } else { pressing.sound_frame(law) };
        pressing.frame += 1;
        if pressing.frame >= HELD + ENDS + QUIET {
            self.pressing = None;
        }
        Some(frame)
    }
}

impl Pressing {
    fn event_frame(&self) -> KeyFrame {
        if self.frame >= HELD + ENDS {
            return KeyFrame::Quiet;
        }
        let duration = FRAME * (self.frame + 1).min(HELD);
        let event = TelephoneEvent { event: self.event, end: self.frame >= HELD, volume: 10, duration };
        KeyFrame::Event { event, first: self.frame == 0 }
    }

    fn sound_frame(&mut self, law: Law) -> KeyFrame {
        if self.frame >= HELD {
            return KeyFrame::Quiet;
        }
        let mut codes = [law.silence(); FRAME as usize];
        codes.iter_mut().zip(&mut self.tone).for_each(|(code, sample)| *code = law.encode(sample));
        KeyFrame::Sound(codes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::share;

    fn event(key: char, duration: u16, end: bool) -> TelephoneEvent {
        TelephoneEvent { event: TelephoneEvent::of_key(key).unwrap(), end, volume: 10, duration }
    }

    /// The key that a packet makes, whose arrival is that of its timestamp.
    fn hear(receiver: &mut KeyReceiver, ssrc: u32, timestamp: u32, event: TelephoneEvent) -> Option<char> {
        let samples = u64::from(timestamp) + u64::from(event.duration);
        receiver.packet(Instant::from_micros(1_000_000_000 + samples * 125), ssrc, timestamp, event)
    }

    /// The packets a sender makes of `keys`: `(timestamp, event)`.
    fn packets(keys: &str) -> Vec<(u32, TelephoneEvent)> {
        let mut sender = KeySender::default();
        assert!(sender.push(keys));
        let (mut clock, mut began, mut all) = (0u32, 0u32, Vec::new());
        while let Some(frame) = sender.next(true, Law::Mu) {
            if let KeyFrame::Event { event, first } = frame {
                began = if first { clock } else { began };
                all.push((began, event));
            }
            clock += 160;
        }
        all
    }

    #[test]
    fn each_key_once_whichever_packets_are_lost() {
        let all = packets("1123#D");
        for lost in 0..8u32 {
            let mut receiver = KeyReceiver::default();
            let mut kept = all.iter().enumerate().filter(|(i, _)| (*i as u32) % 8 != lost);
            let keys: String = kept.by_ref().filter_map(|(_, (ts, e))| hear(&mut receiver, 1, *ts, *e)).collect();
            assert_eq!(keys, "1123#D", "without packet {lost} of each");
        }
        for only in 0..8usize {
            let mut receiver = KeyReceiver::default();
            let keys: String =
                all.iter().skip(only).step_by(8).filter_map(|(ts, e)| hear(&mut receiver, 1, *ts, *e)).collect();
            assert_eq!(keys, "1123#D", "with only packet {only} of each");
        }
    }

    #[test]
    fn copies_and_latecomers_make_no_key() {
        let mut receiver = KeyReceiver::default();
        let mut keys = String::new();
        for (timestamp, event) in [
            (100, event('5', 160, false)),
            (100, event('5', 800, true)),
            (2_000, event('5', 160, false)), // the same key again
            (100, event('5', 800, true)),    // late end of the first
            (2_000, event('5', 800, true)),
            (2_000, event('5', 800, true)),
        ] {
            keys.extend(hear(&mut receiver, 1, timestamp, event));
        }
        assert_eq!(keys, "55");
        assert_eq!(hear(&mut receiver, 2, 100, event('6', 160, false)), Some('6'), "another source");
        assert_eq!(
            hear(&mut receiver, 2, 900, TelephoneEvent { event: 16, ..event('0', 1, false) }),
            None,
            "a flash is no key"
        );
    }

    #[test]
    fn a_press_longer_than_an_event_is_one_key() {
        let mut receiver = KeyReceiver::default();
        assert_eq!(hear(&mut receiver, 1, 0, event('9', 160, false)), Some('9'));
        assert_eq!(hear(&mut receiver, 1, 0, event('9', 0xffff, false)), None);
        assert_eq!(hear(&mut receiver, 1, 0xffff, event('9', 160, false)), None);
        assert_eq!(hear(&mut receiver, 1, 0xffff, event('9', 4_000, true)), None);
        assert_eq!(hear(&mut receiver, 1, 0x20000, event('9', 160, false)), Some('9'));
    }

    #[test]
    fn careless_senders_make_no_second_key() {
        let open = |duration| event('5', duration, false);
        let end = |duration| event('5', duration, true);
        for (what, packets, keys) in [
            ("the end is stamped anew", vec![(0, open(160)), (0, open(640)), (800, end(800)), (800, end(800))], "5"),
            (
                "every end is",
                vec![(0, open(160)), (0, open(640)), (640, end(800)), (800, end(800)), (960, end(960))],
                "5",
            ),
            (
                "every packet is",
                vec![(0, open(160)), (160, open(320)), (320, open(480)), (480, end(640)), (640, end(640))],
                "5",
            ),
            ("far away", vec![(0, open(160)), (0, open(640)), (90_000, end(800))], "55"),
            (
                "no end, then the key again",
                vec![(0, open(160)), (0, open(800)), (1_760, open(160)), (1_760, end(800))],
                "55",
            ),
            ("only ends", vec![(0, end(800)), (1_760, end(800)), (1_760, end(800))], "55"),
            ("out of order", vec![(0, open(320)), (0, end(800)), (0, open(480)), (0, open(160)), (0, end(800))], "5"),
            (
                "one stamp for all",
                vec![(7, open(160)), (7, end(800)), (7, event('6', 160, false)), (7, event('6', 800, true))],
                "56",
            ),
            (
                "the clock begins anew",
                vec![(900_000, open(160)), (900_000, end(800)), (4_000, open(160)), (4_000, end(800))],
                "55",
            ),
            (
                "over the end of the stamps",
                vec![(u32::MAX - 80, open(160)), (u32::MAX - 80, end(800)), (1_700, open(160))],
                "55",
            ),
            (
                "a duration that stays full",
                vec![(0, open(160)), (0, open(0xffff)), (0, open(0xffff)), (0, end(0xffff))],
                "5",
            ),
            ("a duration that wraps", vec![(0, open(0xff00)), (0, open(0x0100)), (0, end(0x1000))], "5"),
            (
                "held in pieces",
                vec![(0, open(0xffff)), (0xffff, open(160)), (0xffff, open(0xffff)), (0x1_fffe, end(900))],
                "5",
            ),
        ] {
            let mut receiver = KeyReceiver::default();
            let heard: String = packets.iter().filter_map(|(ts, event)| hear(&mut receiver, 1, *ts, *event)).collect();
            assert_eq!(heard, keys, "{what}");
        }
        let mut receiver = KeyReceiver::default();
        let at = |ms: u64| Instant::from_micros(1_000_000_000 + ms * 1_000);
        assert_eq!(receiver.packet(at(0), 1, 0, open(160)), Some('5'));
        assert_eq!(receiver.packet(at(20), 1, 70_000, end(320)), None, "at once, whatever its stamp");
        assert_eq!(receiver.packet(at(300), 1, 71_500, open(160)), Some('5'));
    }

    #[test]
    fn a_sent_key_ends_three_times_and_is_followed_by_quiet() {
        let mut sender = KeySender::default();
        assert!(!sender.push("12x"));
        assert!(!sender.push(&"1".repeat(MAX_KEYS + 1)));
        assert!(sender.push("7"));
        let frames: Vec<_> = std::iter::from_fn(|| sender.next(true, Law::Mu)).collect();
        let ends = frames.iter().filter(|f| matches!(f, KeyFrame::Event { event, .. } if event.end)).count();
        assert_eq!((frames.len(), ends), (11, 3));
        assert_eq!(frames.last(), Some(&KeyFrame::Quiet));
        assert!(sender.is_idle());
    }

    #[test]
    fn a_peer_without_events_hears_the_key() {
        let mut sender = KeySender::default();
        assert!(sender.push("7"));
        let mut heard = Vec::new();
        while let Some(frame) = sender.next(false, Law::A) {
            if let KeyFrame::Sound(codes) = frame {
                heard.extend(codes.map(|c| Law::A.decode(c)));
            }
        }
        assert_eq!(heard.len(), 800);
        assert!(share(&heard, 852.0) > 0.4 && share(&heard, 1_209.0) > 0.4);
    }
}
