//! Recordings: their files, the keys that open them, and what is known of each.
//!
//! What it is: files below one folder, each either WAV in clear (`2026/11/22/<interaction>.wav`) or sealed (the same
//! with `.sealed` behind, [`crate::sealed`]); both are read as WAV. What it is not: whose voices are in it, and when.
//!
//! | a file | is read as |
//! | --- | --- |
//! | sealed, with its key here | WAV; what was changed in it is noticed before it is heard |
//! | sealed, without | [`SoundError::NoKey`], which names the key |
//! | sealed, and cut (a kill, a thief) | WAV up to there; [`Sound::whole`] is false |
//! | in clear | as it is |

mod clear;
mod keys;
mod mend;
mod rows;
mod sound;
mod tape;

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::base::InteractionId;
use crate::sealed::MasterKeys;

pub use keys::{Keys, KeysError};
pub use mend::{Repaired, each_file, is_sealed, repair_recordings, rewrap};
pub use rows::{Deletion, Hold, KeptRecording, RecordingLine, RecordingRow, RecordingUse};
pub use sound::{Sound, SoundError};
pub use tape::{Made, Tape};

/// The ending of sealed files.
const SEALED: &str = "sealed";

/// Where recordings are, and what opens them.
#[derive(Clone, Debug)]
pub struct Shelf {
    pub folder: PathBuf,
    /// `None`: new ones are in clear.
    pub keys: Option<Arc<Keys>>,
}

impl Shelf {
    /// The recording `name` of the interaction.
    pub fn open(&self, name: &str, of: InteractionId) -> Result<Sound, SoundError> {
        Sound::open(&self.folder, name, of, self.keys.as_deref())
    }

    /// Takes the file away, in whichever form it is. One that is not there is gone already.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        let Some(path) = place(&self.folder, name) else { return Ok(()) };
        for path in [sealed_path(&path), path] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Those of now.
    pub fn keys(&self) -> Option<Arc<MasterKeys>> {
        self.keys.as_ref().map(|keys| keys.now())
    }

    /// Reads a whole file for what there is to know of it.
    pub fn sum_up(&self, name: &str, of: InteractionId) -> Result<Recorded, SoundError> {
        let mut sound = self.open(name, of)?;
        let (channels, duration_ms) = sound.extent()?;
        Ok(Recorded {
            interaction: of,
            name: name.to_owned(),
            duration_ms,
            bytes: sound.len(),
            sha256: sound.sum()?,
            complete: sound.whole(),
            channels,
            key: sound.key().map(str::to_owned),
        })
    }
}

/// What there is to know of a recording whose file is closed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    pub interaction: InteractionId,
    /// Below the folder, as the interaction has it.
    pub name: String,
    pub duration_ms: u64,
    /// Of the WAV.
    pub bytes: u64,
    /// Of the WAV, in hexadecimal.
    pub sha256: String,
    /// Nothing of it was lost.
    pub complete: bool,
    pub channels: u8,
    /// Id of the master key; `None`: it is in clear.
    pub key: Option<String>,
}

/// `name` below `folder`; `None` if it would lead anywhere else.
pub fn place(folder: &Path, name: &str) -> Option<PathBuf> {
    let name = Path::new(name);
    let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && name.file_name().is_some()).then(|| folder.join(name))
}

/// Is the recording there, in either form?
pub fn exists(path: &Path) -> bool {
    path.exists() || sealed_path(path).exists()
}

fn sealed_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(SEALED);
    name.into()
}

#[cfg(test)]
mod tests;
