//! A WAV in clear that a killed process left without its sizes.

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::wav;

/// Mends one file in place; its length in milliseconds, `None` if it was whole.
pub(super) fn mend_clear(path: &Path) -> io::Result<Option<u64>> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut head = Vec::with_capacity(wav::HEAD_BYTES);
    Read::by_ref(&mut file).take(wav::HEAD_BYTES as u64).read_to_end(&mut head)?;
    let repair = match wav::repair(&head, length) {
        Ok(Some(repair)) => repair,
        Ok(None) => return Ok(None),
        // Killed before even the header was written.
        Err(_) if length == 0 => return Ok(Some(0)),
        Err(error) => return Err(io::Error::other(error)),
    };
    file.set_len(repair.file_len)?;
    for (at, value) in [(4, repair.riff_len), (repair.data_len_at, repair.data_len)] {
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&value.to_le_bytes())?;
    }
    file.sync_all()?;
    Ok(Some(if repair.data_len == 0 { 0 } else { repair.duration_ms.max(1) }))
}
