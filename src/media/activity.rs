//! Who speaks: from the level of what a party sends, and how the time of its conversations divides by it.
//!
//! | frame of 20 ms | is |
//! | --- | --- |
//! | louder than [`ABOVE`] times the quietest of late, and than [`QUIETEST`] | loud |
//! | the second loud one in a row, and whatever follows a loud one within [`HANG`] | speech |
//! | anything else, and nothing at all | silence |
//!
//! The quietest of late is the noise of the room: it falls at once, rises by [`RISE`] a frame, and is never more than
//! [`LOUDEST_ROOM`] nor less than [`QUIETEST_ROOM`], so what is louder than -28 dBFS is speech wherever somebody is.

use std::time::Duration;

use super::TalkTime;
use crate::base::Instant;
use crate::codec::Law;

/// Of amplitude: 12 dB.
const ABOVE: f32 = 4.0;
/// Root mean square of the quietest speech: -50 dBFS.
const QUIETEST: f32 = 104.0;
/// -40 and -62 dBFS.
const LOUDEST_ROOM: f32 = 328.0;
const QUIETEST_ROOM: f32 = 26.0;
/// A third louder in a second.
const RISE: f32 = 1.006;
/// Between two words it is still the same speech.
const HANG: Duration = Duration::from_millis(200);

/// Of codes, one of three: enough for a level, and no multiple of the pitch of a telephone's tones.
const EVERY: usize = 3;

#[derive(Clone, Copy, Debug)]
pub(super) struct Activity {
    room: f32,
    /// The frame before was loud.
    was_loud: bool,
    until: Option<Instant>,
}

impl Default for Activity {
    fn default() -> Self {
        Self { room: LOUDEST_ROOM, was_loud: false, until: None }
    }
}

impl Activity {
    pub fn hear_codes(&mut self, now: Instant, law: Law, codes: &[u8]) {
        let some = codes.iter().step_by(EVERY);
        self.frame(now, some.clone().map(|code| law.square(*code)).sum(), some.len());
    }

    /// About 20 ms of it, at any rate.
    pub fn hear(&mut self, now: Instant, samples: impl ExactSizeIterator<Item = i16>) {
        let count = samples.len();
        self.frame(now, samples.map(|sample| u64::from(sample.unsigned_abs()).pow(2)).sum(), count);
    }

    /// A frame of so many samples whose squares make this sum.
    fn frame(&mut self, now: Instant, energy: u64, count: usize) {
        if count == 0 {
            return;
        }
        let level = (energy as f32 / count as f32).sqrt();
        self.room = (self.room * RISE).min(level).clamp(QUIETEST_ROOM, LOUDEST_ROOM);
        let is_loud = level > QUIETEST && level > self.room * ABOVE;
        if is_loud && (self.was_loud || self.speaks(now)) {
            self.until = Some(now + HANG);
        }
        self.was_loud = is_loud;
    }

    pub fn speaks(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

impl TalkTime {
    /// A tick of a conversation.
    pub(super) fn count(&mut self, tick: Duration, speaks: bool, others_speak: bool) {
        let ms = u64::try_from(tick.as_millis()).unwrap_or(0);
        self.of_ms = self.of_ms.saturating_add(ms);
        let part = match (speaks, others_speak) {
            (true, true) => &mut self.both_ms,
            (true, false) => &mut self.own_ms,
            (false, true) => &mut self.others_ms,
            (false, false) => &mut self.silent_ms,
        };
        *part = part.saturating_add(ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use crate::media::tone::Tone;

    /// Of so many ms of each sound in turn, when it speaks: the first and the last 20 ms frame, per sound.
    fn spoken(sounds: &[(u64, f64, f64)]) -> Vec<usize> {
        let (mut activity, mut now, mut rng) = (Activity::default(), Instant::from_micros(1_000_000), Rng::new(1));
        let mut counts = Vec::new();
        for (ms, amplitude, noise) in sounds {
            let mut tone = Tone::new(300.0, *amplitude);
            let mut count = 0;
            for _ in 0..ms / 20 {
                let hiss = |rng: &mut Rng| ((rng.unit() * 2.0 - 1.0) * noise * 32_767.0) as i16;
                let frame: Vec<i16> =
                    tone.by_ref().take(160).map(|sample| sample.saturating_add(hiss(&mut rng))).collect();
                activity.hear(now, frame.into_iter());
                count += usize::from(activity.speaks(now));
                now = now + Duration::from_millis(20);
            }
            counts.push(count);
        }
        counts
    }

    #[test]
    fn speech_is_told_from_the_room() {
        // After a second of silence, in frames of 20 ms: the first of a word is not told yet, 200 ms after it are.
        for (what, sounds, expected) in [
            ("a word", vec![(1_000, 0.0, 0.0), (500, 0.2, 0.0), (1_000, 0.0, 0.0)], vec![0, 24, 9]),
            ("a click", vec![(1_000, 0.0, 0.0), (20, 0.9, 0.0), (1_000, 0.0, 0.0)], vec![0, 0, 0]),
            ("too quiet", vec![(1_000, 0.0, 0.0), (500, 0.003, 0.0)], vec![0, 0]),
            ("a quiet word", vec![(1_000, 0.0, 0.0005), (500, 0.01, 0.0005)], vec![0, 24]),
            ("a word in a noisy room", vec![(2_000, 0.0, 0.012), (500, 0.15, 0.012)], vec![0, 24]),
            ("a tone for ever", vec![(1_000, 0.0, 0.0), (60_000, 0.2, 0.0)], vec![0, 2_999]),
            ("two words as one", vec![(500, 0.2, 0.0), (160, 0.0, 0.0), (500, 0.2, 0.0)], vec![24, 8, 25]),
        ] {
            assert_eq!(spoken(&sounds), expected, "{what}");
        }
        let fan = spoken(&[(1_000, 0.0, 0.0), (3_000, 0.0, 0.01), (60_000, 0.0, 0.01)]);
        assert_eq!((fan[0], fan[2]), (0, 0), "a fan is the room after three seconds: {fan:?}");
    }

    #[test]
    fn a_conversation_divides_into_four() {
        let mut talk = TalkTime::default();
        for (speaks, others) in [(true, false), (true, true), (false, true), (false, true), (false, false)] {
            talk.count(Duration::from_millis(20), speaks, others);
        }
        assert_eq!(talk, TalkTime { of_ms: 100, own_ms: 20, others_ms: 40, both_ms: 20, silent_ms: 20 });
    }
}
