//! Recordings on the disk: the writer's thread, and the repair of what a killed process left.
//!
//! The packet path never waits for the disk. Blocks come over a bounded channel; one that did not
//! fit, or could not be written, becomes silence, and the recording is reported as not complete.
//!
//! | state of a file | input | next |
//! | --- | --- | --- |
//! | - | `Begin` | writing, its header on the disk; cannot be made: broken |
//! | writing | `Block` | writing; silence first where blocks are missing; error: broken |
//! | writing | a second has passed | header and samples flushed: a kill leaves a playable file |
//! | - | `Begin` with a path that exists or leads outside | refused: nothing is ever written |
//! | broken | `Block` two seconds later or more | repaired and writing again, if the disk lets it |
//! | any | `End` | closed, [`Event::RecordingEnded`] |

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Monotonic};

use hound::{SampleFormat, WavSpec, WavWriter};
use tokio::sync::mpsc::Sender;

use crate::base::InteractionId;
use crate::codec::SAMPLE_RATE;
use crate::media::Event;
use crate::media::recorder::Recording;
use crate::store::private;
use crate::wav;

/// Messages that may wait for the disk: about 5 s of 200 recordings.
pub const QUEUE: usize = 4_096;
/// Between two flushes of a file.
const FLUSH: Duration = Duration::from_secs(1);
/// Before a file that could not be written is tried again.
const RETRY: Duration = if cfg!(test) { Duration::from_millis(20) } else { Duration::from_secs(2) };
/// Silence written at once where blocks are missing, in frames; longer holes are written in pieces.
const SILENCE: usize = 8_000;
/// Folders below the folder of recordings that a repair looks into.
const DEPTH: usize = 8;

const SPEC: WavSpec =
    WavSpec { channels: 2, sample_rate: SAMPLE_RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };

/// The thread that writes. Ends, and closes its files, when every [`SyncSender`] is gone.
pub struct RecordingWriter {
    pub sender: SyncSender<Recording>,
    pub thread: JoinHandle<()>,
}

impl RecordingWriter {
    /// Paths of recordings are taken below `folder`.
    pub fn start(folder: PathBuf, events: Sender<Event>) -> io::Result<Self> {
        private::make_folder(&folder)?;
        let (sender, receiver) = sync_channel(QUEUE);
        let writer = Writer { folder, events, files: BTreeMap::new() };
        let thread = std::thread::Builder::new().name("recordings".to_owned()).spawn(move || writer.run(&receiver))?;
        Ok(Self { sender, thread })
    }
}

struct Writer {
    folder: PathBuf,
    events: Sender<Event>,
    files: BTreeMap<InteractionId, Wav>,
}

struct Wav {
    /// As it was named to us, for the event.
    name: String,
    state: State,
    /// Nothing is missing so far.
    complete: bool,
}

enum State {
    Writing {
        path: PathBuf,
        writer: WavWriter<BufWriter<File>>,
        frames: u64,
        flushed: Monotonic,
    },
    Broken {
        path: PathBuf,
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
                let wav = Wav::create(&self.folder, path);
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
                    let name = wav.name.clone();
                    let (written, complete) = wav.close();
                    let duration_ms = written.saturating_mul(1_000) / u64::from(SAMPLE_RATE);
                    let event = Event::RecordingEnded { interaction, path: name, duration_ms, complete };
                    // This thread may wait; the receiver is gone only when the process ends.
                    drop(self.events.blocking_send(event));
                }
            }
        }
    }
}

impl Wav {
    fn create(folder: &Path, name: String) -> Self {
        let Some(path) = inside(folder, &name) else {
            tracing::warn!(recording = name, "recording refused: its path leads outside of the folder");
            return Self { name, state: State::Refused, complete: false };
        };
        let (state, complete) = match create(&path) {
            Ok(writer) => (State::Writing { path, writer, frames: 0, flushed: Monotonic::now() }, true),
            Err(error) => {
                tracing::warn!(%error, recording = name, "recording cannot be made");
                let another = path.exists();
                let broken = State::Broken { path, since: Monotonic::now(), frames: 0 };
                (if another { State::Refused } else { broken }, false)
            }
        };
        Self { name, state, complete }
    }

    /// Writes `samples` at frame `at`, after silence for what is missing before it.
    fn block(&mut self, at: u64, samples: &[i16]) {
        self.mend();
        let State::Writing { writer, frames, .. } = &mut self.state else { return };
        let missing = at.saturating_sub(*frames);
        self.complete &= missing == 0;
        let written = write(writer, missing, samples);
        match written {
            Ok(()) => *frames = frames.saturating_add(missing).saturating_add(samples.len() as u64 / 2),
            Err(error) => self.broke(&error),
        }
    }

    fn flush_if_due(&mut self) {
        let State::Writing { writer, flushed, .. } = &mut self.state else { return };
        if flushed.elapsed() >= FLUSH {
            *flushed = Monotonic::now();
            if let Err(error) = writer.flush() {
                self.broke(&error);
            }
        }
    }

    fn broke(&mut self, error: &hound::Error) {
        tracing::warn!(%error, recording = self.name, "recording is cut");
        self.complete = false;
        if let State::Writing { path, frames, .. } = &mut self.state {
            let (path, frames) = (std::mem::take(path), *frames);
            self.state = State::Broken { path, since: Monotonic::now(), frames };
        }
    }

    /// Tries a broken file again: what is on the disk is made whole and written on.
    fn mend(&mut self) {
        let State::Broken { path, since, .. } = &mut self.state else { return };
        if since.elapsed() < RETRY {
            return;
        }
        *since = Monotonic::now();
        let again = match repair_file(path) {
            Ok(_) => WavWriter::append(&*path).map_err(io_error),
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path),
            Err(error) => Err(error),
        };
        if let Ok(writer) = again {
            let (path, frames) = (std::mem::take(path), u64::from(writer.duration()));
            self.state = State::Writing { path, writer, frames, flushed: Monotonic::now() };
        }
    }

    /// Frames written, and whether nothing is missing.
    fn close(self) -> (u64, bool) {
        match self.state {
            State::Writing { writer, frames, .. } => {
                let closed = writer.finalize();
                (frames, self.complete && closed.is_ok())
            }
            State::Broken { path, frames, .. } => {
                let repaired = repair_file(&path).ok().flatten();
                (repaired.map_or(frames, |r| r.duration_ms * u64::from(SAMPLE_RATE) / 1_000), false)
            }
            State::Refused => (0, false),
        }
    }
}

/// `name` below `folder`; `None` if it would lead anywhere else.
fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let name = Path::new(name);
    let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && name.file_name().is_some()).then(|| folder.join(name))
}

/// Makes a file with its header on the disk. One that exists is never overwritten.
fn create(path: &Path) -> io::Result<WavWriter<BufWriter<File>>> {
    if let Some(folder) = path.parent() {
        private::make_folder(folder)?;
    }
    let file = private::options().write(true).create_new(true).open(path)?;
    let mut writer = WavWriter::new(BufWriter::new(file), SPEC).map_err(io_error)?;
    writer.flush().map_err(io_error)?;
    Ok(writer)
}

fn write(writer: &mut WavWriter<BufWriter<File>>, missing: u64, samples: &[i16]) -> Result<(), hound::Error> {
    let mut left = missing.saturating_mul(2);
    while left > 0 {
        let count = left.min(SILENCE as u64);
        (0..count).try_for_each(|_| writer.write_sample(0i16))?;
        left -= count;
    }
    samples.iter().try_for_each(|sample| writer.write_sample(*sample))
}

fn io_error(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        error => io::Error::other(error),
    }
}

/// A recording that a killed process left without its sizes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repaired {
    pub path: PathBuf,
    /// 0: there was no sound in it, and it was removed.
    pub duration_ms: u64,
}

/// Mends every recording below `folder` that needs it; to be called before the writer starts. A file
/// that cannot be mended is left as it is, with a line in the log.
pub fn repair_recordings(folder: &Path) -> io::Result<Vec<Repaired>> {
    let mut repaired = Vec::new();
    if folder.is_dir() {
        repair_below(folder, DEPTH, &mut repaired)?;
    }
    repaired.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(repaired)
}

fn repair_below(folder: &Path, depth: usize, repaired: &mut Vec<Repaired>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() && depth > 0 {
            repair_below(&path, depth - 1, repaired)?;
        } else if kind.is_file() && path.extension().is_some_and(|e| e == "wav") {
            match repair_file(&path) {
                Ok(None) => {}
                Ok(Some(repair)) => {
                    if repair.data_len == 0 {
                        fs::remove_file(&path)?;
                    }
                    repaired.push(Repaired { path, duration_ms: repair.duration_ms });
                }
                Err(error) => tracing::warn!(%error, path = %path.display(), "recording cannot be repaired"),
            }
        }
    }
    Ok(())
}

/// Mends one file in place; `None` if it was whole.
fn repair_file(path: &Path) -> io::Result<Option<wav::Repair>> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut head = Vec::with_capacity(wav::HEAD_BYTES);
    Read::by_ref(&mut file).take(wav::HEAD_BYTES as u64).read_to_end(&mut head)?;
    let repair = match wav::repair(&head, length) {
        Ok(Some(repair)) => repair,
        Ok(None) => return Ok(None),
        // Killed before even the header was written.
        Err(_) if length == 0 => {
            return Ok(Some(wav::Repair { file_len: 0, riff_len: 0, data_len: 0, data_len_at: 0, duration_ms: 0 }));
        }
        Err(error) => return Err(io::Error::other(error)),
    };
    file.set_len(repair.file_len)?;
    for (at, value) in [(4, repair.riff_len), (repair.data_len_at, repair.data_len)] {
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&value.to_le_bytes())?;
    }
    file.sync_all()?;
    Ok(Some(repair))
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::channel;

    use super::*;
    use crate::base::{Instant, Rng};

    /// Far longer than anything here takes.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn wav(path: &Path) -> [Vec<i16>; 2] {
        let samples: Vec<i16> = hound::WavReader::open(path).unwrap().into_samples().map(Result::unwrap).collect();
        [0, 1].map(|side| samples.iter().skip(side).step_by(2).copied().collect())
    }

    #[test]
    fn a_killed_process_leaves_recordings_that_play_after_repair() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, _events) = channel(8);
        let writer = RecordingWriter::start(folder.path().to_owned(), sender).unwrap();
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
        let repaired = repair_recordings(folder.path()).unwrap();
        assert!(!folder.path().join("empty.wav").exists(), "no zero-byte recording stays");
        assert!(repaired.iter().any(|r| r.path.ends_with("empty.wav") && r.duration_ms == 0));
        let [left, right] = wav(&killed);
        assert!(left.len() >= 8_000 && left == right);
        assert!(left.iter().enumerate().all(|(i, s)| *s == (i / 2_000) as i16 + 1));
        assert!(
            repair_recordings(folder.path()).unwrap().iter().all(|r| !r.path.ends_with("killed.wav")),
            "once is enough"
        );
    }

    #[test]
    fn dropped_blocks_become_silence_and_bad_paths_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, mut events) = channel(8);
        let writer = RecordingWriter::start(folder.path().join("in"), sender).unwrap();
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
        let mut wav_file = Wav::create(folder.path(), "day/x.wav".to_owned());
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
