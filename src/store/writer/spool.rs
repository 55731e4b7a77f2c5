//! The spool: writes the database cannot take yet, on the disk, in order.
//!
//! A folder of segments `spool-00000001.jsonl`, each line a checksum and one entry. A line that was
//! cut off by a crash was never acknowledged and is left out. Blocking: called off the event loop.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::Entry;
use crate::store::private;

/// A segment is closed when it is this long, so that it can be read back and removed in pieces.
const SEGMENT_MAX_BYTES: u64 = 4 << 20;

pub(super) struct Spool {
    dir: PathBuf,
    /// Numbers of the segments, oldest first.
    segments: Vec<u64>,
    /// The last segment, open for more.
    current: Option<(File, u64)>,
    bytes: u64,
    max_bytes: u64,
}

/// A segment as read back.
pub(super) struct Piece {
    number: u64,
    pub entries: Vec<Entry>,
    /// Lines that are not ours any more.
    pub damaged: Vec<String>,
}

impl Spool {
    /// Opens the folder with whatever an earlier process left in it, the overflow file included.
    pub fn open(dir: &Path, max_bytes: u64) -> io::Result<Self> {
        private::make_folder(dir)?;
        let mut spool = Self { dir: dir.to_owned(), segments: Vec::new(), current: None, bytes: 0, max_bytes };
        for file in fs::read_dir(dir)? {
            let file = file?;
            let name = file.file_name();
            let number =
                name.to_str().and_then(|name| name.strip_prefix("spool-")?.strip_suffix(".jsonl")?.parse().ok());
            if let Some(number) = number {
                spool.segments.push(number);
                spool.bytes = spool.bytes.saturating_add(file.metadata()?.len());
            }
        }
        spool.segments.sort_unstable();
        if spool.overflow_path().exists() {
            spool.take_overflow()?;
        }
        Ok(spool)
    }

    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn overflow_path(&self) -> PathBuf {
        self.dir.join("overflow.jsonl")
    }

    /// Adds entries and returns when they are on the disk.
    pub fn append(&mut self, entries: &[Entry]) -> io::Result<()> {
        let mut text = Vec::new();
        for entry in entries {
            write_line(&mut text, entry)?;
        }
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if self.bytes.saturating_add(length) > self.max_bytes {
            return Err(io::Error::other("the spool has reached its limit"));
        }
        if self.current.as_ref().is_none_or(|(_, long)| *long >= SEGMENT_MAX_BYTES) {
            self.current = Some((self.new_segment()?, 0));
        }
        let Some((file, long)) = &mut self.current else { return Err(io::Error::other("no segment")) };
        let written = file.write_all(&text).and_then(|()| file.sync_data());
        if written.is_err() {
            // Half a line may stand there: what comes next begins a segment of its own.
            self.current = None;
            return written;
        }
        *long = long.saturating_add(length);
        self.bytes = self.bytes.saturating_add(length);
        Ok(())
    }

    /// Makes the overflow file the newest segment. The caller holds its lock.
    pub fn take_overflow(&mut self) -> io::Result<()> {
        self.current = None;
        let number = self.next_number();
        let path = self.path(number);
        fs::rename(self.overflow_path(), &path)?;
        let file = File::open(&path)?;
        file.sync_all()?;
        self.segments.push(number);
        self.bytes = self.bytes.saturating_add(file.metadata()?.len());
        self.sync_dir()
    }

    /// Reads the oldest segment. It stays until [`Spool::remove`].
    pub fn oldest(&mut self) -> io::Result<Option<Piece>> {
        let Some(&number) = self.segments.first() else { return Ok(None) };
        if self.segments.len() == 1 {
            self.current = None;
        }
        let mut segment = Piece { number, entries: Vec::new(), damaged: Vec::new() };
        let mut reader = BufReader::new(File::open(self.path(number))?);
        let mut line = Vec::new();
        loop {
            line.clear();
            if reader.read_until(b'\n', &mut line)? == 0 {
                return Ok(Some(segment));
            }
            if line.last() != Some(&b'\n') {
                // Cut off by a crash: its sender never heard that it was safe.
                continue;
            }
            match read_line(&line) {
                Some(entry) => segment.entries.push(entry),
                None => segment.damaged.push(String::from_utf8_lossy(&line).trim_end().to_owned()),
            }
        }
    }

    /// Removes a segment whose entries are all in the database.
    pub fn remove(&mut self, segment: &Piece) -> io::Result<()> {
        let path = self.path(segment.number);
        let length = fs::metadata(&path)?.len();
        fs::remove_file(path)?;
        self.segments.retain(|number| *number != segment.number);
        self.bytes = if self.segments.is_empty() { 0 } else { self.bytes.saturating_sub(length) };
        self.sync_dir()
    }

    /// Keeps what the database refuses for good, for a person to look at.
    pub fn put_aside(&self, lines: &[String]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut file = private::options().create(true).append(true).open(self.dir.join("refused.jsonl"))?;
        for line in lines {
            writeln!(file, "{line}")?;
        }
        file.sync_data()
    }

    fn new_segment(&mut self) -> io::Result<File> {
        let number = self.next_number();
        let file = private::options().create_new(true).append(true).open(self.path(number))?;
        self.segments.push(number);
        self.sync_dir()?;
        Ok(file)
    }

    fn next_number(&self) -> u64 {
        self.segments.last().copied().unwrap_or(0).saturating_add(1)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.dir.join(format!("spool-{number:08}.jsonl"))
    }

    fn sync_dir(&self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }
}

/// `<8 hex digits> <json>\n`.
pub(super) fn write_line(out: &mut impl io::Write, entry: &Entry) -> io::Result<()> {
    let json = serde_json::to_string(entry)?;
    writeln!(out, "{} {json}", checksum(json.as_bytes()))
}

fn read_line(line: &[u8]) -> Option<Entry> {
    let (sum, json) = std::str::from_utf8(line).ok()?.trim_end_matches('\n').split_once(' ')?;
    (checksum(json.as_bytes()) == sum).then(|| serde_json::from_str(json).ok()).flatten()
}

fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Instant, InteractionId, Rng};
    use crate::center::output::Write;
    use crate::crm::Task;

    fn entry(id: i64) -> Entry {
        let now = Instant::from_micros(7);
        let task = Task {
            interaction: InteractionId::new(now, &mut Rng::new(1)),
            customer: None,
            number: None,
            kind: "callback".into(),
            due: now,
            note: "two\nlines, 中文".into(),
        };
        Entry { id, write: Write::Task(task) }
    }

    fn ids(segment: &Piece) -> Vec<i64> {
        segment.entries.iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn what_was_appended_is_read_back_by_the_next_process() {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(dir.path(), 1 << 20).unwrap();
        spool.append(&[entry(1), entry(2)]).unwrap();
        spool.append(&[entry(3)]).unwrap();
        let mut overflow = File::create(spool.overflow_path()).unwrap();
        write_line(&mut overflow, &entry(4)).unwrap();
        drop(spool);

        let mut spool = Spool::open(dir.path(), 1 << 20).unwrap();
        let first = spool.oldest().unwrap().unwrap();
        assert_eq!(ids(&first), [1, 2, 3]);
        assert_eq!(first.entries[0], entry(1));
        spool.remove(&first).unwrap();
        let second = spool.oldest().unwrap().unwrap();
        assert_eq!(ids(&second), [4]);
        spool.remove(&second).unwrap();
        assert!(spool.is_empty() && spool.bytes() == 0);
        assert!(Spool::open(dir.path(), 1 << 20).unwrap().oldest().unwrap().is_none());
    }

    #[test]
    fn damage_costs_the_damaged_line_only() {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(dir.path(), 1 << 20).unwrap();
        spool.append(&[entry(1), entry(2), entry(3)]).unwrap();
        let path = dir.path().join("spool-00000001.jsonl");
        let text = fs::read_to_string(&path).unwrap();
        let damaged = text.replacen("\"id\":2", "\"id\":9", 1);
        let cut = &damaged[..damaged.len() - 20];
        fs::write(&path, cut).unwrap();
        let segment = spool.oldest().unwrap().unwrap();
        assert_eq!((ids(&segment), segment.damaged.len()), (vec![1], 1));
    }

    #[test]
    fn it_has_a_limit_and_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(dir.path(), 500).unwrap();
        spool.append(&[entry(1)]).unwrap();
        assert!(spool.append(&[entry(2), entry(3)]).is_err());
        assert_eq!(ids(&spool.oldest().unwrap().unwrap()), [1]);
    }
}
