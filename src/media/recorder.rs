//! A stereo recording: caller left, agent right, silence where nobody spoke.
//!
//! | input | what happens |
//! | --- | --- |
//! | speech of a side | placed on its track by time |
//! | tick | whole blocks older than [`DELAY_MS`] go out |
//! | stop | the rest goes out, then [`Recording::End`] |
//!
//! A block says where it stands, so one that was dropped on the way to the disk becomes silence and
//! nothing behind it moves. What it is not: a file; the writer of the shell owns that.

use crate::base::{Instant, InteractionId};
use crate::codec::Law;

use super::track::Track;

/// How late a packet may come and still be heard in the recording.
pub const DELAY_MS: u64 = 250;
/// Frames of a block (250 ms at 8 kHz): little is lost with one, and few are made.
pub const BLOCK_FRAMES: usize = 2_000;

/// The side of a leg.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    Left,
    Right,
}

/// What goes to the writer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recording {
    Begin {
        interaction: InteractionId,
        path: String,
    },
    /// `samples`: left and right in turn; `at`: the frame of the recording they begin with.
    Block {
        interaction: InteractionId,
        at: u64,
        samples: Box<[i16]>,
    },
    /// The recording is `frames` long.
    End {
        interaction: InteractionId,
        frames: u64,
    },
}

#[derive(Debug)]
pub struct Recorder {
    interaction: InteractionId,
    began: Instant,
    tracks: [Track; 2],
    /// Frames that went out.
    written: u64,
}

impl Recorder {
    pub fn new(now: Instant, interaction: InteractionId) -> Self {
        Self { interaction, began: now, tracks: [Track::new(0), Track::new(0)], written: 0 }
    }

    /// Speech of a side that arrived at `now`.
    pub fn write(&mut self, now: Instant, side: Side, ssrc: u32, timestamp: u32, law: Law, payload: &[u8]) {
        let at = self.frames(now);
        let [left, right] = &mut self.tracks;
        let track = match side {
            Side::Left => left,
            Side::Right => right,
        };
        track.write(at, ssrc, timestamp, law, payload);
    }

    pub fn tick(&mut self, now: Instant, out: &mut Vec<Recording>) {
        let settled = self.frames(now).saturating_sub(DELAY_MS * 8);
        while settled.saturating_sub(self.written) >= BLOCK_FRAMES as u64 {
            self.block(BLOCK_FRAMES, out);
        }
    }

    pub fn stop(mut self, now: Instant, out: &mut Vec<Recording>) {
        let frames = self.frames(now).max(self.written);
        while self.written < frames {
            let left = frames.saturating_sub(self.written);
            self.block(left.min(BLOCK_FRAMES as u64) as usize, out);
        }
        out.push(Recording::End { interaction: self.interaction, frames });
    }

    fn block(&mut self, frames: usize, out: &mut Vec<Recording>) {
        let at = self.written;
        self.written = at.saturating_add(frames as u64);
        let mut samples = vec![0i16; frames.saturating_mul(2)].into_boxed_slice();
        for (side, track) in self.tracks.iter_mut().enumerate() {
            track.take(self.written, side, &mut samples);
        }
        out.push(Recording::Block { interaction: self.interaction, at, samples });
    }

    /// The length of the recording at `now`.
    fn frames(&self, now: Instant) -> u64 {
        (now.since(self.began).as_micros() / 125) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use crate::media::tone::{Tone, share};

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1_000)
    }

    #[test]
    fn both_sides_stand_in_their_channel_and_time() {
        let interaction = InteractionId::new(at(0), &mut Rng::new(1));
        let mut recorder = Recorder::new(at(0), interaction);
        let (mut left, mut right) = (Tone::new(440.0, 0.5), Tone::new(1_000.0, 0.5));
        let mut out = Vec::new();
        for packet in 1..=100u64 {
            let frame = |tone: &mut Tone| tone.take(160).map(|s| Law::Mu.encode(s)).collect::<Vec<_>>();
            let now = at(packet * 20 + packet % 3);
            let timestamp = packet as u32 * 160;
            recorder.write(now, Side::Left, 1, timestamp, Law::Mu, &frame(&mut left));
            if packet > 50 {
                recorder.write(now, Side::Right, 2, timestamp, Law::Mu, &frame(&mut right));
            }
            recorder.tick(now, &mut out);
        }
        recorder.stop(at(2_010), &mut out);
        let (mut frames, mut samples) = (0u64, Vec::new());
        for recording in out {
            match recording {
                Recording::Block { at, samples: block, .. } => {
                    assert_eq!(at * 2, samples.len() as u64);
                    samples.extend(block);
                }
                Recording::End { frames: all, .. } => frames = all,
                Recording::Begin { .. } => {}
            }
        }
        assert_eq!((frames, samples.len()), (2_010 * 8, 2_010 * 16));
        let channel = |from: usize, to: usize, side: usize| -> Vec<i16> {
            samples[from * 16..to * 16].iter().skip(side).step_by(2).copied().collect()
        };
        assert!(share(&channel(100, 1_900, 0), 440.0) > 0.9);
        assert!(channel(0, 1_000, 1).iter().all(|s| *s == 0), "the right side came later");
        assert!(share(&channel(1_050, 1_900, 1), 1_000.0) > 0.9);
        assert!(share(&channel(1_050, 1_900, 1), 440.0) < 0.05);
    }
}
