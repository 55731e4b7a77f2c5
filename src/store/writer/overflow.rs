//! The last resort of the sender: a file for writes that the queue could not take.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;

use super::{Entry, spool};
use crate::store::private;

pub(super) struct Spill {
    path: PathBuf,
    max_bytes: u64,
    /// Open while there is something in it.
    file: Option<(File, u64)>,
    /// The last entry in it.
    last_id: Option<i64>,
}

impl Spill {
    pub fn new(path: PathBuf, max_bytes: u64) -> Self {
        Self { path, max_bytes, file: None, last_id: None }
    }

    pub fn is_empty(&self) -> bool {
        self.last_id.is_none()
    }

    pub fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = Vec::new();
        spool::write_line(&mut line, entry)?;
        let (mut file, length) = match self.file.take() {
            Some(open) => open,
            None => (private::options().create(true).append(true).open(&self.path)?, 0),
        };
        let grown = length.saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX));
        let written = match grown > self.max_bytes {
            true => Err(io::Error::other("the overflow file has reached its limit")),
            false => file.write_all(&line),
        };
        match written {
            Ok(()) => {
                self.file = Some((file, grown));
                self.last_id = Some(entry.id);
            }
            Err(_) => {
                // Half a line would spoil the next one.
                file.set_len(length)?;
                self.file = Some((file, length));
            }
        }
        written
    }

    /// Hands the file over: what comes next begins a new one. Gives the last id in it.
    pub fn hand_over(&mut self) -> Option<i64> {
        self.file = None;
        self.last_id.take()
    }
}
