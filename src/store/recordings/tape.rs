//! A recording that is being written: WAV in clear, or sealed.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use argon2::password_hash::rand_core::{OsRng, RngCore as _};
use hound::{SampleFormat, WavSpec, WavWriter};

use super::clear::mend_clear;
use super::{exists, sealed_path};
use crate::base::InteractionId;
use crate::sealed::{self, CHUNK_FRAMES, DataKey, Head, Lead, MasterKeys, Salt, SealError, Slot};
use crate::store::private;

/// Silence written at once, in samples.
const SILENCE: usize = 8_000;

/// What a recording is, before its first sound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Made {
    pub interaction: InteractionId,
    pub channels: u8,
    pub sample_rate: u32,
}

/// A file that is written. What was handed over half a second ago is with the system, where the death of this
/// process cannot take it; in clear after [`Tape::flush`].
pub struct Tape {
    /// Where it stands in clear; sealed ones have an ending more.
    path: PathBuf,
    made: Made,
    frames: u64,
    form: Form,
}

enum Form {
    Clear(WavWriter<BufWriter<File>>),
    Sealed(Sealed),
}

struct Sealed {
    file: File,
    lead: Lead,
    data: DataKey,
    salt: Salt,
    /// Of the next chunk.
    index: u32,
    /// Less than a chunk.
    sound: Vec<u8>,
    scratch: Vec<u8>,
}

impl Tape {
    /// Makes the file, with its head on the disk. One that exists is never overwritten. `keys`: sealed with the
    /// newest; without: in clear.
    pub fn create(path: &Path, made: Made, keys: Option<&MasterKeys>) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            private::make_folder(folder)?;
        }
        if exists(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let form = match keys {
            None => Form::Clear(clear(path, made)?),
            Some(keys) => Form::Sealed(Sealed::create(&sealed_path(path), made, keys)?),
        };
        Ok(Self { path: path.to_owned(), made, frames: 0, form })
    }

    /// Goes on with a file that could not be written for a while: what is half written is cut off.
    pub fn again(path: &Path, made: Made, keys: Option<&MasterKeys>) -> io::Result<Self> {
        let sealed = sealed_path(path);
        let (form, frames) = match keys {
            _ if !exists(path) => return Self::create(path, made, keys),
            Some(keys) if sealed.exists() => {
                let sealed = Sealed::again(&sealed, keys)?;
                let frames = u64::from(sealed.index) * u64::from(CHUNK_FRAMES);
                (Form::Sealed(sealed), frames)
            }
            _ => {
                mend_clear(path)?;
                let writer = WavWriter::append(path).map_err(io_error)?;
                let frames = u64::from(writer.duration());
                (Form::Clear(writer), frames)
            }
        };
        Ok(Self { path: path.to_owned(), made, frames, form })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn made(&self) -> Made {
        self.made
    }

    /// Written so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// `samples`: those of all channels in turn, after `missing` frames of silence.
    pub fn write(&mut self, missing: u64, samples: &[i16]) -> io::Result<()> {
        let channels = u64::from(self.made.channels).max(1);
        let mut left = missing.saturating_mul(channels);
        while left > 0 {
            let count = left.min(SILENCE as u64);
            self.form.write((0..count).map(|_| 0))?;
            left -= count;
        }
        self.form.write(samples.iter().copied())?;
        self.frames = self.frames.saturating_add(missing).saturating_add(samples.len() as u64 / channels);
        Ok(())
    }

    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.form {
            Form::Clear(writer) => writer.flush().map_err(io_error),
            // Each chunk goes to the system when it is whole.
            Form::Sealed(_) => Ok(()),
        }
    }

    /// Ends the file: it is whole.
    pub fn finish(self) -> io::Result<()> {
        match self.form {
            Form::Clear(writer) => writer.finalize().map_err(io_error),
            Form::Sealed(mut sealed) => sealed.chunk(true),
        }
    }
}

impl Form {
    fn write(&mut self, mut samples: impl Iterator<Item = i16>) -> io::Result<()> {
        match self {
            Self::Clear(writer) => samples.try_for_each(|sample| writer.write_sample(sample)).map_err(io_error),
            Self::Sealed(sealed) => samples.try_for_each(|sample| sealed.sample(sample)),
        }
    }
}

fn clear(path: &Path, made: Made) -> io::Result<WavWriter<BufWriter<File>>> {
    let spec = WavSpec {
        channels: u16::from(made.channels),
        sample_rate: made.sample_rate,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let file = private::options().write(true).create_new(true).open(path)?;
    let mut writer = WavWriter::new(BufWriter::new(file), spec).map_err(io_error)?;
    writer.flush().map_err(io_error)?;
    Ok(writer)
}

impl Sealed {
    fn create(path: &Path, made: Made, keys: &MasterKeys) -> io::Result<Self> {
        let Made { interaction, channels, sample_rate } = made;
        let lead = Lead { channels, sample_rate, interaction: interaction.0.into_bytes() };
        let data = DataKey::new(random()).ok_or(io::ErrorKind::Other)?;
        let slot = Slot::wrap(&lead, &data, keys.newest(), random()).map_err(io::Error::other)?;
        let mut file = private::options().write(true).create_new(true).open(path)?;
        file.write_all(&Head::new(lead, slot).bytes())?;
        Ok(Self::new(file, lead, data, 0))
    }

    fn again(path: &Path, keys: &MasterKeys) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).write(true).open(path)?;
        let head = read_head(&mut file)?.map_err(io::Error::other)?;
        let data = head.open(keys).map_err(io::Error::other)?;
        let chunks = head.lead.extent(file.metadata()?.len()).chunks;
        cut_to(&mut file, &head.lead, chunks)?;
        Ok(Self::new(file, head.lead, data, chunks))
    }

    fn new(file: File, lead: Lead, data: DataKey, index: u32) -> Self {
        let room = lead.chunk_bytes();
        let scratch = Vec::with_capacity(room.saturating_add(sealed::OVERHEAD));
        Self { file, lead, data, salt: random(), index, sound: Vec::with_capacity(room), scratch }
    }

    fn sample(&mut self, sample: i16) -> io::Result<()> {
        self.sound.extend(sample.to_le_bytes());
        if self.sound.len() >= self.lead.chunk_bytes() { self.chunk(false) } else { Ok(()) }
    }

    fn chunk(&mut self, last: bool) -> io::Result<()> {
        self.scratch.clear();
        let sealed = self.data.seal(self.salt, self.index, last, &self.sound, &mut self.scratch);
        sealed.map_err(io::Error::other)?;
        self.file.write_all(&self.scratch)?;
        self.index = self.index.saturating_add(1);
        self.sound.clear();
        Ok(())
    }
}

/// Ends a file behind its whole chunks.
pub(super) fn end_after(file: &mut File, lead: &Lead, data: &DataKey, chunks: u32) -> io::Result<()> {
    cut_to(file, lead, chunks)?;
    let mut end = Vec::new();
    data.seal(random(), chunks, true, &[], &mut end).map_err(io::Error::other)?;
    file.write_all(&end)?;
    file.sync_all()
}

fn cut_to(file: &mut File, lead: &Lead, chunks: u32) -> io::Result<()> {
    let end = lead.chunk_at(chunks);
    file.set_len(end)?;
    file.seek(SeekFrom::Start(end)).map(|_| ())
}

pub(super) fn read_head(file: &mut File) -> io::Result<Result<Head, SealError>> {
    let mut head = Vec::with_capacity(sealed::HEAD_BYTES);
    file.seek(SeekFrom::Start(0))?;
    file.take(sealed::HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(Head::parse(&head))
}

pub(super) fn random<const BYTES: usize>() -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

fn io_error(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        error => io::Error::other(error),
    }
}
