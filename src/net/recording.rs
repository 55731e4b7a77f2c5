//! Recordings on their way to the disk: the writer's thread, and the one that sums up what is written.
//!
//! The packet path never waits for the disk. Blocks come over a bounded channel; one that did not
//! fit, or could not be written, becomes silence, and the recording is reported as not complete.
//!
//! | state of a file | input | next |
//! | --- | --- | --- |
//! | - | `Begin` | writing, its header on the disk; cannot be made: broken |
//! | writing | `Block` | writing; silence first where blocks are missing; error: broken |
//! | writing | a second has passed | header and samples flushed: a kill leaves a playable file (a sealed one is written by the half second) |
//! | - | `Begin` with a path that exists or leads outside | refused: nothing is ever written |
//! | broken | `Block` two seconds later or more | repaired and writing again, if the disk lets it |
//! | any | `End` | closed, [`Event::RecordingEnded`]; then summed up beside: [`Recorded`] |
//!
//! Files are sealed here, with the newest of the master keys, where there are some: not on the packet path.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Monotonic};

use tokio::sync::mpsc::Sender;

use crate::base::InteractionId;
use crate::codec::SAMPLE_RATE;
use crate::media::Event;
use crate::media::recorder::Recording;
use crate::store::private;
use crate::store::recordings::{Made, Recorded, Shelf, Tape, exists, place};

/// Messages that may wait for the disk: about 5 s of 200 recordings.
pub const QUEUE: usize = 4_096;
/// Ended recordings that may wait to be summed up; more are found by the store's own look.
const SUMS: usize = 4_096;
/// Between two flushes of a file.
const FLUSH: Duration = Duration::from_secs(1);
/// Before a file that could not be written is tried again.
const RETRY: Duration = if cfg!(test) { Duration::from_millis(20) } else { Duration::from_secs(2) };
const CHANNELS: u8 = 2;

/// The thread that writes. Ends, and closes its files, when every [`SyncSender`] is gone.
pub struct RecordingWriter {
    pub sender: SyncSender<Recording>,
    pub thread: JoinHandle<()>,
}

/// Where the writer's words go.
pub struct Told {
    pub events: Sender<Event>,
    /// What is known of each recording when it is summed up.
    pub recorded: Sender<Recorded>,
}

impl RecordingWriter {
    pub fn start(shelf: Shelf, told: Told) -> io::Result<Self> {
        private::make_folder(&shelf.folder)?;
        let (sums, ended) = sync_channel(SUMS);
        let summing = Summing { shelf: shelf.clone(), recorded: told.recorded };
        std::thread::Builder::new().name("recorded".to_owned()).spawn(move || summing.run(&ended))?;
        let (sender, receiver) = sync_channel(QUEUE);
        let writer = Writer { shelf, events: told.events, sums, files: BTreeMap::new() };
        let thread = std::thread::Builder::new().name("recordings".to_owned()).spawn(move || writer.run(&receiver))?;
        Ok(Self { sender, thread })
    }
}

/// A recording whose file is closed.
struct Ended {
    interaction: InteractionId,
    name: String,
    complete: bool,
}

struct Summing {
    shelf: Shelf,
    recorded: Sender<Recorded>,
}

impl Summing {
    fn run(self, ended: &Receiver<Ended>) {
        while let Ok(Ended { interaction, name, complete }) = ended.recv() {
            match self.shelf.sum_up(&name, interaction) {
                Ok(recorded) => {
                    let recorded = Recorded { complete: complete && recorded.complete, ..recorded };
                    // This thread may wait; the receiver is gone only when the process ends.
                    drop(self.recorded.blocking_send(recorded));
                }
                Err(error) => tracing::warn!(%error, recording = name, "recording cannot be summed up"),
            }
        }
    }
}

struct Writer {
    shelf: Shelf,
    events: Sender<Event>,
    sums: SyncSender<Ended>,
    files: BTreeMap<InteractionId, Wav>,
}

struct Wav {
    /// As it was named to us, for the event.
    name: String,
    shelf: Shelf,
    state: State,
    /// Nothing is missing so far.
    complete: bool,
}

enum State {
    Writing {
        tape: Tape,
        flushed: Monotonic,
    },
    Broken {
        path: PathBuf,
        made: Made,
        since: Monotonic,
        frames: u64,
    },
    /// Never written: it would have overwritten another recording, or left the folder.
    Refused,
}

impl Writer {
    fn run(mut self, receiver: &Receiver<Recording>) {
        let mut flushed = Monotonic::now();
        loop {
            match receiver.recv_timeout(FLUSH) {
                Ok(recording) => self.handle(recording),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if flushed.elapsed() >= FLUSH / 4 {
                self.files.values_mut().for_each(Wav::flush_if_due);
                flushed = Monotonic::now();
            }
        }
        for wav in std::mem::take(&mut self.files).into_values() {
            wav.close();
        }
    }

    fn handle(&mut self, recording: Recording) {
        match recording {
            Recording::Begin { interaction, path } => {
                let wav = Wav::create(&self.shelf, path, interaction);
                self.files.insert(interaction, wav);
            }
            Recording::Block { interaction, at, samples } => {
                if let Some(wav) = self.files.get_mut(&interaction) {
                    wav.block(at, &samples);
                }
            }
            Recording::End { interaction, frames } => {
                if let Some(mut wav) = self.files.remove(&interaction) {
                    wav.block(frames, &[]);
                    self.ended(interaction, wav);
                }
            }
        }
    }

    fn ended(&self, interaction: InteractionId, wav: Wav) {
        let (name, refused) = (wav.name.clone(), matches!(wav.state, State::Refused));
        let (written, complete) = wav.close();
        let duration_ms = written.saturating_mul(1_000) / u64::from(SAMPLE_RATE);
        if !refused {
            // One that finds no room is found later.
            drop(self.sums.try_send(Ended { interaction, name: name.clone(), complete }));
        }
        let event = Event::RecordingEnded { interaction, path: name, duration_ms, complete };
        // This thread may wait; the receiver is gone only when the process ends.
        drop(self.events.blocking_send(event));
    }
}

impl Wav {
    fn create(shelf: &Shelf, name: String, interaction: InteractionId) -> Self {
        let shelf = shelf.clone();
        let Some(path) = place(&shelf.folder, &name) else {
            tracing::warn!(recording = name, "recording refused: its path leads outside of the folder");
            return Self { name, shelf, state: State::Refused, complete: false };
        };
        let made = Made { interaction, channels: CHANNELS, sample_rate: SAMPLE_RATE };
        let (state, complete) = match Tape::create(&path, made, shelf.keys().as_deref()) {
            Ok(tape) => (State::Writing { tape, flushed: Monotonic::now() }, true),
            Err(error) => {
                tracing::warn!(%error, recording = name, "recording cannot be made");
                let another = exists(&path);
                let broken = State::Broken { path, made, since: Monotonic::now(), frames: 0 };
                (if another { State::Refused } else { broken }, false)
            }
        };
        Self { name, shelf, state, complete }
    }

    /// Writes `samples` at frame `at`, after silence for what is missing before it.
    fn block(&mut self, at: u64, samples: &[i16]) {
        self.mend();
        let State::Writing { tape, .. } = &mut self.state else { return };
        let missing = at.saturating_sub(tape.frames());
        self.complete &= missing == 0;
        if let Err(error) = tape.write(missing, samples) {
            self.broke(&error);
        }
    }

    fn flush_if_due(&mut self) {
        let State::Writing { tape, flushed } = &mut self.state else { return };
        if flushed.elapsed() >= FLUSH {
            *flushed = Monotonic::now();
            if let Err(error) = tape.flush() {
                self.broke(&error);
            }
        }
    }

    fn broke(&mut self, error: &io::Error) {
        tracing::warn!(%error, recording = self.name, "recording is cut");
        self.complete = false;
        if let State::Writing { tape, .. } = &self.state {
            let (path, made, frames) = (tape.path().to_owned(), tape.made(), tape.frames());
            self.state = State::Broken { path, made, since: Monotonic::now(), frames };
        }
    }

    /// Tries a broken file again: what is on the disk is made whole and written on.
    fn mend(&mut self) {
        let State::Broken { path, made, since, .. } = &mut self.state else { return };
        if since.elapsed() < RETRY {
            return;
        }
        *since = Monotonic::now();
        if let Ok(tape) = Tape::again(path, *made, self.shelf.keys().as_deref()) {
            self.state = State::Writing { tape, flushed: Monotonic::now() };
        }
    }

    /// Frames written, and whether nothing is missing.
    fn close(self) -> (u64, bool) {
        match self.state {
            State::Writing { tape, .. } => {
                let frames = tape.frames();
                (frames, tape.finish().is_ok() && self.complete)
            }
            State::Broken { path, made, frames, .. } => {
                let again = || Tape::again(&path, made, self.shelf.keys().as_deref()).ok();
                let there = exists(&path).then(again).flatten();
                let kept = there.map(|tape| (tape.frames(), tape.finish()));
                (kept.map_or(frames, |(frames, _)| frames), false)
            }
            State::Refused => (0, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::Arc;

    use tokio::sync::mpsc::{Receiver as Channel, channel};

    use super::*;
    use crate::base::{Instant, Rng};
    use crate::store::recordings::{Keys, SoundError, repair_recordings};

    /// Far longer than anything here takes.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn wav(path: &Path) -> [Vec<i16>; 2] {
        let samples: Vec<i16> = hound::WavReader::open(path).unwrap().into_samples().map(Result::unwrap).collect();
        [0, 1].map(|side| samples.iter().skip(side).step_by(2).copied().collect())
    }

    fn shelf(folder: &Path) -> Shelf {
        Shelf { folder: folder.to_owned(), keys: None }
    }

    fn start(shelf: Shelf) -> (RecordingWriter, Channel<Event>, Channel<Recorded>) {
        let ((events, told), (recorded, summed)) = (channel(8), channel(8));
        (RecordingWriter::start(shelf, Told { events, recorded }).unwrap(), told, summed)
    }

    #[test]
    fn a_sealed_recording_is_summed_up_and_opens_with_its_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        Keys::add(&keys, "k1").unwrap();
        let shelf = Shelf { folder: folder.path().join("in"), keys: Some(Arc::new(Keys::open(&keys).unwrap())) };
        let (writer, mut events, mut recorded) = start(shelf.clone());
        let interaction = InteractionId::new(Instant::ZERO, &mut Rng::new(1));
        let send = |recording| writer.sender.send(recording).unwrap();
        send(Recording::Begin { interaction, path: "d/x.wav".to_owned() });
        (0..5).for_each(|i| send(Recording::Block { interaction, at: i * 2_000, samples: vec![7; 4_000].into() }));
        send(Recording::End { interaction, frames: 10_000 });
        let ended = events.blocking_recv().unwrap();
        assert!(matches!(ended, Event::RecordingEnded { duration_ms: 1_250, complete: true, .. }), "{ended:?}");
        let sum = recorded.blocking_recv().unwrap();
        assert_eq!((sum.duration_ms, sum.complete, sum.channels, sum.key.as_deref()), (1_250, true, 2, Some("k1")));
        assert_eq!(sum, shelf.sum_up("d/x.wav", interaction).unwrap());
        let closed = Shelf { keys: None, ..shelf };
        assert!(matches!(closed.open("d/x.wav", interaction), Err(SoundError::NoKey(_))));
        assert!(!folder.path().join("in/d/x.wav").exists(), "nothing is in clear");
    }

    #[test]
    fn a_killed_process_leaves_recordings_that_play_after_repair() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, _events, _recorded) = start(shelf(folder.path()));
        let interaction = InteractionId::new(Instant::ZERO, &mut Rng::new(1));
        let send = |recording| writer.sender.send(recording).unwrap();
        send(Recording::Begin { interaction, path: "a/b.wav".to_owned() });
        let path = folder.path().join("a/b.wav");
        let until = Monotonic::now() + PATIENCE;
        // 250 ms a block, sent in the time they last, until the file on the disk has more than a second.
        for block in 0.. {
            send(Recording::Block { interaction, at: block * 2_000, samples: vec![block as i16 + 1; 4_000].into() });
            std::thread::sleep(Duration::from_millis(250));
            if fs::metadata(&path).is_ok_and(|file| file.len() > 4 * 8_000 + 100) {
                break;
            }
            assert!(Monotonic::now() < until);
        }
        // What a kill would leave: the file as it is, with its last flush in the header.
        let killed = folder.path().join("killed.wav");
        fs::copy(&path, &killed).unwrap();
        fs::write(folder.path().join("empty.wav"), b"").unwrap();
        let repaired = repair_recordings(folder.path(), None).unwrap();
        assert!(!folder.path().join("empty.wav").exists(), "no zero-byte recording stays");
        assert!(repaired.iter().any(|r| r.path.ends_with("empty.wav") && r.duration_ms == 0));
        let [left, right] = wav(&killed);
        assert!(left.len() >= 8_000 && left == right);
        assert!(left.iter().enumerate().all(|(i, s)| *s == (i / 2_000) as i16 + 1));
        assert!(
            repair_recordings(folder.path(), None).unwrap().iter().all(|r| !r.path.ends_with("killed.wav")),
            "once is enough"
        );
    }

    #[test]
    fn dropped_blocks_become_silence_and_bad_paths_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, mut events, _recorded) = start(shelf(&folder.path().join("in")));
        let mut rng = Rng::new(1);
        let mut id = || InteractionId::new(Instant::ZERO, &mut rng);
        let (holed, outside, twice) = (id(), id(), id());
        let send = |recording| writer.sender.send(recording).unwrap();
        let block = |interaction, at| Recording::Block { interaction, at, samples: vec![7; 4_000].into() };
        for (interaction, path) in [(holed, "x.wav"), (outside, "../y.wav"), (twice, "x.wav")] {
            send(Recording::Begin { interaction, path: path.to_owned() });
            send(block(interaction, 0));
            send(block(interaction, 6_000));
            send(Recording::End { interaction, frames: 8_800 });
        }
        let mut ended = || match events.blocking_recv() {
            Some(Event::RecordingEnded { interaction, duration_ms, complete, .. }) => {
                (interaction, duration_ms, complete)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!([ended(), ended(), ended()], [(holed, 1_100, false), (outside, 0, false), (twice, 0, false)]);
        let [left, _] = wav(&folder.path().join("in/x.wav"));
        assert!(left[..2_000].iter().all(|s| *s == 7) && left[2_000..6_000].iter().all(|s| *s == 0));
        assert!(left[6_000..8_000].iter().all(|s| *s == 7) && left[8_000..].iter().all(|s| *s == 0));
        assert!(!folder.path().join("y.wav").exists());
        drop(writer.sender);
        writer.thread.join().unwrap();
    }

    #[test]
    fn a_disk_that_refuses_for_a_while_costs_only_that_while() {
        let folder = tempfile::tempdir().unwrap();
        let obstacle = folder.path().join("day");
        fs::write(&obstacle, b"not a folder").unwrap();
        let mut wav_file = Wav::create(
            &shelf(folder.path()),
            "day/x.wav".to_owned(),
            InteractionId::new(Instant::ZERO, &mut Rng::new(1)),
        );
        std::thread::sleep(RETRY);
        wav_file.block(0, &[7; 4_000]);
        fs::remove_file(&obstacle).unwrap();
        std::thread::sleep(RETRY);
        wav_file.block(2_000, &[7; 4_000]);
        assert_eq!(wav_file.close(), (4_000, false));
        let [left, _] = wav(&folder.path().join("day/x.wav"));
        assert!(left[..2_000].iter().all(|s| *s == 0) && left[2_000..].iter().all(|s| *s == 7));
    }
}
