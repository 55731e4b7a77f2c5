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
//! | broken | `Block` after [`RETRY`] | repaired and writing again, if the disk lets it |
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
use crate::wav;

/// Messages that may wait for the disk: about 5 s of 200 recordings.
pub const QUEUE: usize = 4_096;
/// Between two flushes of a file.
const FLUSH: Duration = Duration::from_secs(1);
/// Before a file that could not be written is tried again.
const RETRY: Duration = Duration::from_secs(2);
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
        fs::create_dir_all(&folder)?;
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
    path: PathBuf,
    state: State,
    /// Nothing is missing so far.
    complete: bool,
}

enum State {
    Writing { writer: WavWriter<BufWriter<File>>, frames: u64, flushed: Monotonic },
    Broken { since: Monotonic, frames: u64 },
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
        let path = inside(folder, &name);
        let opened = path.as_ref().ok_or_else(|| io::ErrorKind::InvalidInput.into()).and_then(|path| create(path));
        let (state, complete) = match opened {
            Ok(writer) => (State::Writing { writer, frames: 0, flushed: Monotonic::now() }, true),
            Err(error) => {
                tracing::warn!(%error, recording = name, "recording cannot be made");
                (State::Broken { since: Monotonic::now(), frames: 0 }, false)
            }
        };
        Self { name, path: path.unwrap_or_default(), state, complete }
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
        let (State::Writing { frames, .. } | State::Broken { frames, .. }) = self.state;
        self.state = State::Broken { since: Monotonic::now(), frames };
        self.complete = false;
    }

    /// Tries a broken file again: what is on the disk is made whole and written on.
    fn mend(&mut self) {
        let State::Broken { since, .. } = &mut self.state else { return };
        if since.elapsed() < RETRY || self.path.as_os_str().is_empty() {
            return;
        }
        *since = Monotonic::now();
        let again = match repair_file(&self.path) {
            Ok(_) => WavWriter::append(&self.path).map_err(io_error),
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(&self.path),
            Err(error) => Err(error),
        };
        if let Ok(writer) = again {
            let frames = u64::from(writer.duration());
            self.state = State::Writing { writer, frames, flushed: Monotonic::now() };
        }
    }

    /// Frames written, and whether nothing is missing.
    fn close(self) -> (u64, bool) {
        match self.state {
            State::Writing { writer, frames, .. } => {
                let closed = writer.finalize();
                (frames, self.complete && closed.is_ok())
            }
            State::Broken { frames, .. } => {
                let repaired = repair_file(&self.path).ok().flatten();
                (repaired.map_or(frames, |r| r.duration_ms * u64::from(SAMPLE_RATE) / 1_000), false)
            }
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
        fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
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
