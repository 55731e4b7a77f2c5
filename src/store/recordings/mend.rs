//! What a killed process left: files without their end, and keys that are wrapped anew.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::clear::mend_clear;
use super::keys::Keys;
use super::sound::read_chunk;
use super::tape::{end_after, random, read_head};
use super::{SEALED, SoundError};
use crate::base::InteractionId;
use crate::sealed::{CHUNK_FRAMES, Slot};

/// Folders below the folder of recordings that are looked into.
const DEPTH: usize = 8;

/// A recording that had no end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repaired {
    pub path: PathBuf,
    /// 0: there was no sound in it, and it was removed.
    pub duration_ms: u64,
}

/// Mends every recording below `folder` that needs it; to be called before the writer starts. A file that cannot
/// be mended is left as it is, with a line in the log.
pub fn repair_recordings(folder: &Path, keys: Option<&Keys>) -> io::Result<Vec<Repaired>> {
    let mut repaired = Vec::new();
    each_file(folder, &mut |path| {
        let done = if is_sealed(path) { mend_sealed(path, keys) } else { mend_clear(path).map_err(SoundError::Io) };
        match done {
            Ok(None) => {}
            Ok(Some(duration_ms)) => {
                if duration_ms == 0 {
                    fs::remove_file(path)?;
                }
                repaired.push(Repaired { path: path.to_owned(), duration_ms });
            }
            Err(error) => tracing::warn!(%error, path = %path.display(), "recording cannot be repaired"),
        }
        Ok(())
    })?;
    repaired.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(repaired)
}

/// Every recording below `folder`; links are not followed.
pub fn each_file(folder: &Path, with: &mut impl FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
    if folder.is_dir() { below(folder, DEPTH, with) } else { Ok(()) }
}

fn below(folder: &Path, depth: usize, with: &mut impl FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() && depth > 0 {
            below(&path, depth - 1, with)?;
        } else if kind.is_file() && (is_sealed(&path) || path.extension().is_some_and(|e| e == "wav")) {
            with(&path)?;
        }
    }
    Ok(())
}

pub fn is_sealed(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == SEALED)
}

/// Its length in milliseconds; `None` if it was whole.
fn mend_sealed(path: &Path, keys: Option<&Keys>) -> Result<Option<u64>, SoundError> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(Some(0));
    }
    let head = read_head(&mut file)??;
    let data = head.open(&keys.ok_or_else(|| SoundError::NoKey(head.key().to_owned()))?.now())?;
    let (lead, extent) = (head.lead, head.lead.extent(file.metadata()?.len()));
    if extent.tail.is_some_and(|tail| read_chunk(&mut file, &lead, &data, extent.chunks, tail, true).is_ok()) {
        return Ok(None);
    }
    end_after(&mut file, &lead, &data, extent.chunks)?;
    Ok(Some(u64::from(extent.chunks) * u64::from(CHUNK_FRAMES) * 1_000 / u64::from(lead.sample_rate)))
}

/// Wraps the key of a sealed file anew, with the newest of the master keys; its sound is not touched. Gives whose
/// it is; `None`: it is so already. A kill in between leaves a file that either key opens.
pub fn rewrap(path: &Path, keys: &Keys) -> Result<Option<InteractionId>, SoundError> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut head = read_head(&mut file)??;
    let keys = keys.now();
    let newest = keys.newest();
    let fresh = |slot: &Option<Slot>| slot.as_ref().is_some_and(|slot| slot.key == newest.id());
    if head.slots.iter().flatten().count() == 1 && head.slots.iter().any(fresh) {
        return Ok(None);
    }
    let data = head.open(&keys)?;
    let place = |wanted: fn(&Option<Slot>) -> bool| head.slots.iter().position(wanted);
    let new = head.slots.iter().position(fresh).or_else(|| place(Option::is_none)).unwrap_or(1);
    let old = 1 - new.min(1);
    let slot = Some(Slot::wrap(&head.lead, &data, newest, random())?);
    for (at, slot) in [(new, slot), (old, None)] {
        if let Some(place) = head.slots.get_mut(at) {
            *place = slot;
        }
        write_slot(&mut file, head.slot(at))?;
    }
    Ok(Some(InteractionId(uuid::Uuid::from_bytes(head.lead.interaction))))
}

fn write_slot<const BYTES: usize>(file: &mut File, (at, bytes): (u64, [u8; BYTES])) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.write_all(&bytes)?;
    file.sync_all()
}
