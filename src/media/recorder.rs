//! A stereo recording: whom the call is for left, everybody else right, silence where nobody spoke.
//!
//! | input | what happens |
//! | --- | --- |
//! | the voices | a track each; one that left is kept until what it said went out |
//! | speech of a leg | placed on its track by time |
//! | tick | whole blocks older than [`DELAY_MS`] go out; none while there is nobody to record |
//! | stop | the rest goes out, then [`Recording::End`]: where nobody was recorded any more, it has ended before |
//!
//! A block says where it stands, so one that was dropped on the way to the disk becomes silence and
//! nothing behind it moves. What it is not: a file; the writer of the shell owns that.

use serde::{Deserialize, Serialize};

use crate::base::{Instant, InteractionId, LegId};
use crate::codec::Law;

use super::stream::Origin;
use super::track::Track;

/// How late a packet may come and still be heard in the recording.
pub const DELAY_MS: u64 = 250;
/// Frames of a block (250 ms at 8 kHz): little is lost with one, and few are made.
pub const BLOCK_FRAMES: usize = 2_000;
/// Samples by which speech may be placed apart from its arrival (200 ms).
const TOLERANCE: u64 = 1_600;

/// The side of a leg.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
struct Voice {
    leg: LegId,
    side: Side,
    track: Track,
    /// It left when the recording was so long; what it said before is still to go out.
    left_at: Option<u64>,
}

#[derive(Debug)]
pub struct Recorder {
    interaction: InteractionId,
    began: Instant,
    tracks: Vec<Voice>,
    /// Frames that went out.
    written: u64,
}

impl Recorder {
    pub fn new(now: Instant, interaction: InteractionId) -> Self {
        Self { interaction, began: now, tracks: Vec::new(), written: 0 }
    }

    /// Whose voices are recorded from `now` on.
    pub fn voices(&mut self, now: Instant, voices: &[(LegId, Side)]) {
        let frames = self.frames(now);
        if self.tracks.is_empty() {
            // What lies between is silence.
            self.written = self.written.max(frames.saturating_sub(DELAY_MS * 8));
        }
        for voice in &mut self.tracks {
            let stays = voices.contains(&(voice.leg, voice.side));
            voice.left_at = if stays { None } else { voice.left_at.or(Some(frames)) };
        }
        for (leg, side) in voices.iter().copied() {
            if !self.tracks.iter().any(|voice| (voice.leg, voice.side) == (leg, side)) {
                let track = Track::new(self.written, TOLERANCE);
                self.tracks.push(Voice { leg, side, track, left_at: None });
            }
        }
    }

    /// Speech of a leg that arrived at `now`.
    pub fn write(&mut self, now: Instant, leg: LegId, origin: Origin, law: Law, payload: &[u8]) {
        let at = self.frames(now);
        if let Some(voice) = self.tracks.iter_mut().find(|voice| voice.leg == leg && voice.left_at.is_none()) {
            voice.track.write(at, origin.ssrc, origin.timestamp, law, payload);
        }
    }

    /// 20 ms of a leg that was decoded, up to `now`.
    pub fn frame(&mut self, now: Instant, leg: LegId, frame: &[i16]) {
        let at = self.frames(now);
        if let Some(voice) = self.tracks.iter_mut().find(|voice| voice.leg == leg && voice.left_at.is_none()) {
            voice.track.write_samples(at, frame);
        }
    }

    pub fn tick(&mut self, now: Instant, out: &mut Vec<Recording>) {
        let settled = self.frames(now).saturating_sub(DELAY_MS * 8);
        while !self.tracks.is_empty() && settled.saturating_sub(self.written) >= BLOCK_FRAMES as u64 {
            self.block(BLOCK_FRAMES, out);
        }
    }

    pub fn stop(mut self, now: Instant, out: &mut Vec<Recording>) {
        let ends = if self.tracks.is_empty() { self.written } else { self.frames(now) };
        let frames = ends.max(self.written);
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
        for voice in &mut self.tracks {
            voice.track.take(self.written, samples.iter_mut().skip(voice.side as usize).step_by(2));
        }
        self.tracks.retain(|voice| voice.left_at.is_none_or(|left| left > at));
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

    fn origin(ssrc: u32, packet: u64) -> Origin {
        Origin { ssrc, sequence: packet as u16, timestamp: packet as u32 * 160, marker: false, samples: 160 }
    }

    #[test]
    fn both_sides_stand_in_their_channel_and_time() {
        let interaction = InteractionId::new(at(0), &mut Rng::new(1));
        let mut recorder = Recorder::new(at(0), interaction);
        let (caller, agent) = (LegId(1), LegId(2));
        recorder.voices(at(0), &[(caller, Side::Left), (agent, Side::Right)]);
        let (mut left, mut right) = (Tone::new(440.0, 0.5), Tone::new(1_000.0, 0.5));
        let mut out = Vec::new();
        for packet in 1..=100u64 {
            let frame = |tone: &mut Tone| tone.take(160).map(|s| Law::Mu.encode(s)).collect::<Vec<_>>();
            let now = at(packet * 20 + packet % 3);
            let origin = |ssrc| origin(ssrc, packet);
            recorder.write(now, caller, origin(1), Law::Mu, &frame(&mut left));
            if packet > 50 {
                recorder.write(now, agent, origin(2), Law::Mu, &frame(&mut right));
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

    #[test]
    fn voices_of_one_side_are_added_and_one_that_left_is_heard_to_its_last_word() {
        let mut recorder = Recorder::new(at(0), InteractionId::new(at(0), &mut Rng::new(1)));
        let (one, other) = (LegId(1), LegId(2));
        recorder.voices(at(0), &[(one, Side::Right), (other, Side::Right)]);
        let code = [Law::A.encode(1_000); 160];
        for packet in 1..=50u64 {
            recorder.write(at(packet * 20), one, origin(1, packet), Law::A, &code);
            if packet <= 25 {
                recorder.write(at(packet * 20), other, origin(2, packet), Law::A, &code);
            } else if packet == 26 {
                recorder.voices(at(510), &[(one, Side::Right)]);
            }
        }
        let mut out = Vec::new();
        recorder.stop(at(1_000), &mut out);
        let samples: Vec<i16> = out
            .iter()
            .flat_map(|recording| match recording {
                Recording::Block { samples, .. } => samples.to_vec(),
                _ => Vec::new(),
            })
            .collect();
        let right = |ms: usize| samples[ms * 16 + 1];
        assert!(right(100) > 1_900 && right(490) > 1_900, "{} {}", right(100), right(490));
        assert!((900..1_100).contains(&right(520)) && (900..1_100).contains(&right(990)));
        assert!(samples.iter().step_by(2).all(|left| *left == 0));
    }
}
