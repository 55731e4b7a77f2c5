//! A recording that is read: as WAV, whatever its form on the disk.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::keys::Keys;
use super::tape::read_head;
use super::{place, sealed_path};
use crate::base::InteractionId;
use crate::sealed::{self, CHUNK_FRAMES, DataKey, Lead, SealError};
use crate::wav;

/// Why a recording cannot be heard.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    #[error("there is no such recording")]
    Missing,
    /// The id of its master key.
    #[error("it is sealed with the key `{0}`, which is not here")]
    NoKey(String),
    /// Not what was written.
    #[error("it was changed after it was written")]
    Changed,
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<SealError> for SoundError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::NoKey(ids) => Self::NoKey(ids.join(", ")),
            SealError::NotSealed | SealError::Changed => Self::Changed,
        }
    }
}

/// An open recording. While it is being written, it is as long as it was when it was opened.
#[derive(Debug)]
pub struct Sound {
    file: File,
    form: Form,
    /// Of the WAV.
    len: u64,
    /// The end is there: nothing was cut off. Of a file in clear nobody knows.
    whole: bool,
}

#[derive(Debug)]
enum Form {
    Clear,
    Sealed { lead: Lead, data: DataKey, frames: u64, key: String },
}

impl Sound {
    /// The recording `name` below `folder`, if it is that of the interaction.
    pub fn open(folder: &Path, name: &str, of: InteractionId, keys: Option<&Keys>) -> Result<Self, SoundError> {
        let path = place(folder, name).ok_or(SoundError::Missing)?;
        match File::open(sealed_path(&path)) {
            Ok(file) => Self::sealed(file, of, keys),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match File::open(&path) {
                Ok(file) => {
                    let len = file.metadata()?.len();
                    Ok(Self { file, form: Form::Clear, len, whole: true })
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => Err(SoundError::Missing),
                Err(error) => Err(error.into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    fn sealed(mut file: File, of: InteractionId, keys: Option<&Keys>) -> Result<Self, SoundError> {
        let head = read_head(&mut file)??;
        if head.lead.interaction != of.0.into_bytes() {
            return Err(SoundError::Changed);
        }
        let keys = keys.ok_or_else(|| SoundError::NoKey(head.key().to_owned()))?.now();
        let (lead, data, key) = (head.lead, head.open(&keys)?, head.key().to_owned());
        let extent = lead.extent(file.metadata()?.len());
        let tail = extent.tail.filter(|tail| read_chunk(&mut file, &lead, &data, extent.chunks, *tail, true).is_ok());
        let last = tail.unwrap_or(0) / lead.frame_bytes().max(1);
        let frames = u64::from(extent.chunks) * u64::from(CHUNK_FRAMES) + last as u64;
        let len = wav::HEADER_BYTES as u64 + frames * lead.frame_bytes() as u64;
        Ok(Self { file, form: Form::Sealed { lead, data, frames, key }, len, whole: tail.is_some() })
    }

    /// Bytes of the WAV.
    #[allow(clippy::len_without_is_empty, reason = "there is a header at least")]
    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn whole(&self) -> bool {
        self.whole
    }

    /// The id of the master key; `None`: it is in clear.
    pub fn key(&self) -> Option<&str> {
        match &self.form {
            Form::Clear => None,
            Form::Sealed { key, .. } => Some(key),
        }
    }

    /// Bytes of the WAV from `at` on: at least one, unless that is the end, and `most` at most.
    pub fn read(&mut self, at: u64, most: usize) -> Result<Vec<u8>, SoundError> {
        let left = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX);
        let most = most.min(left);
        let Form::Sealed { lead, data, frames, .. } = &self.form else {
            let mut bytes = Vec::with_capacity(most);
            self.file.seek(SeekFrom::Start(at))?;
            Read::by_ref(&mut self.file).take(most as u64).read_to_end(&mut bytes)?;
            return Ok(bytes);
        };
        let mut bytes = Vec::with_capacity(most);
        let header = header(lead, *frames);
        bytes.extend(header.iter().skip(usize::try_from(at).unwrap_or(usize::MAX)).take(most));
        while bytes.len() < most {
            let sound = at.saturating_add(bytes.len() as u64).saturating_sub(wav::HEADER_BYTES as u64);
            let index = u32::try_from(sound / lead.chunk_bytes() as u64).map_err(|_| SoundError::Changed)?;
            let from = (sound % lead.chunk_bytes() as u64) as usize;
            let before = u64::from(index) * lead.chunk_bytes() as u64;
            let length = frames.saturating_mul(lead.frame_bytes() as u64).saturating_sub(before);
            let length = length.min(lead.chunk_bytes() as u64) as usize;
            let chunk = read_chunk(&mut self.file, lead, data, index, length, length < lead.chunk_bytes())?;
            let room = most - bytes.len();
            let part = chunk.get(from..).filter(|part| !part.is_empty()).ok_or(SoundError::Changed)?;
            bytes.extend(part.iter().take(room));
        }
        Ok(bytes)
    }

    /// Channels, and the length in milliseconds.
    pub fn extent(&mut self) -> Result<(u8, u64), SoundError> {
        let head = self.read(0, wav::HEAD_BYTES)?;
        let head = wav::Head::parse(&head).map_err(io::Error::other)?;
        Ok((u8::try_from(head.channels).unwrap_or(u8::MAX), head.duration_ms()))
    }

    /// SHA-256 of the WAV, in hexadecimal: what `sha256sum` says of the downloaded file.
    pub fn sum(&mut self) -> Result<String, SoundError> {
        let (mut sum, mut at) = (Sha256::new(), 0);
        while at < self.len {
            let bytes = self.read(at, 256 * 1024)?;
            if bytes.is_empty() {
                return Err(SoundError::Changed);
            }
            sum.update(&bytes);
            at += bytes.len() as u64;
        }
        Ok(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

fn header(lead: &Lead, frames: u64) -> [u8; wav::HEADER_BYTES] {
    let data = frames.saturating_mul(lead.frame_bytes() as u64);
    wav::header(u16::from(lead.channels), lead.sample_rate, u32::try_from(data).unwrap_or(u32::MAX))
}

/// The sound of chunk `index`, which has `length` bytes of it.
pub(super) fn read_chunk(
    file: &mut File,
    lead: &Lead,
    data: &DataKey,
    index: u32,
    length: usize,
    last: bool,
) -> Result<Vec<u8>, SoundError> {
    let mut chunk = vec![0; length.saturating_add(sealed::OVERHEAD)];
    file.seek(SeekFrom::Start(lead.chunk_at(index)))?;
    file.read_exact(&mut chunk)?;
    let sound = data.open(index, last, &mut chunk)?;
    Ok(sound.to_vec())
}
