//! The file of master keys. A line more in it is taken without a restart.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::rand_core::{OsRng, RngCore as _};

use crate::sealed::{self, KeyMistake, MasterKeys};
use crate::store::private;

/// Rights of the group and of all others.
const OTHERS: u32 = 0o077;
const FILE_MAX: u64 = 64 * 1024;

/// Why a file of keys is not taken. Nothing of a key is told.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("{}: {error}", .path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error("{}: others on this machine may read it: chmod 600", .0.display())]
    Open(PathBuf),
    #[error("{}: {mistake}", .path.display())]
    Mistake { path: PathBuf, mistake: KeyMistake },
    #[error("{}: there is a key `{id}` in it, or `{id}` cannot be one's name", .path.display())]
    Name { path: PathBuf, id: String },
}

#[derive(Debug)]
pub struct Keys {
    path: PathBuf,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    keys: Arc<MasterKeys>,
    seen: Seen,
}

/// By what a change is noticed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Seen {
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl Keys {
    /// Refuses a file that others may read.
    pub fn open(path: &Path) -> Result<Self, KeysError> {
        let (keys, seen) = read(path)?;
        Ok(Self { path: path.to_owned(), held: Mutex::new(Held { keys: Arc::new(keys), seen }) })
    }

    /// As they are now. While the file cannot be read, those of before hold.
    pub fn now(&self) -> Arc<MasterKeys> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = fs::metadata(&self.path).map(|found| Seen::of(&found)).ok();
        if seen.is_some_and(|seen| seen != held.seen) {
            match read(&self.path) {
                Ok((keys, seen)) => {
                    tracing::info!(newest = keys.newest().id(), "keys of recordings read again");
                    *held = Held { keys: Arc::new(keys), seen };
                }
                Err(error) => tracing::warn!(%error, "keys of recordings: those of before are used"),
            }
        }
        held.keys.clone()
    }

    /// Makes a key and puts it behind those that are there; the file is made if it is not there.
    pub fn add(path: &Path, id: &str) -> Result<(), KeysError> {
        let failed = |error| KeysError::Io { path: path.to_owned(), error };
        let name = || KeysError::Name { path: path.to_owned(), id: id.to_owned() };
        let known = if path.exists() { Some(read(path)?.0) } else { None };
        let mut bytes = [0; sealed::KEY_BYTES];
        OsRng.fill_bytes(&mut bytes);
        let line = sealed::key_line(id, bytes).ok_or_else(name)?;
        if known.is_some_and(|keys| keys.get(id).is_some()) {
            return Err(name());
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            private::make_folder(folder).map_err(failed)?;
        }
        let mut file = private::options().append(true).create(true).open(path).map_err(failed)?;
        // An editor may have left the last line without its end.
        file.write_all(format!("\n{line}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
    }
}

impl Seen {
    fn of(found: &fs::Metadata) -> Self {
        Self { inode: found.ino(), length: found.len(), changed: (found.mtime(), found.mtime_nsec()) }
    }
}

fn read(path: &Path) -> Result<(MasterKeys, Seen), KeysError> {
    let failed = |error| KeysError::Io { path: path.to_owned(), error };
    let file = File::open(path).map_err(failed)?;
    let found = file.metadata().map_err(failed)?;
    if found.mode() & OTHERS != 0 {
        return Err(KeysError::Open(path.to_owned()));
    }
    let mut text = String::new();
    file.take(FILE_MAX).read_to_string(&mut text).map_err(failed)?;
    let keys = MasterKeys::parse(&text).map_err(|mistake| KeysError::Mistake { path: path.to_owned(), mistake })?;
    Ok((keys, Seen::of(&found)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_added_and_taken_without_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/recordings");
        assert!(matches!(Keys::open(&path), Err(KeysError::Io { .. })));
        Keys::add(&path, "2026-01").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let keys = Keys::open(&path).unwrap();
        assert_eq!(keys.now().newest().id(), "2026-01");
        Keys::add(&path, "2026-02").unwrap();
        assert_eq!(keys.now().newest().id(), "2026-02");
        assert!(keys.now().get("2026-01").is_some(), "old recordings stay readable");
        assert!(matches!(Keys::add(&path, "2026-02"), Err(KeysError::Name { .. })));
        assert!(matches!(Keys::add(&path, "a b"), Err(KeysError::Name { .. })));
        fs::write(&path, "nonsense").unwrap();
        assert_eq!(keys.now().newest().id(), "2026-02", "what cannot be read changes nothing");
        assert!(matches!(Keys::open(&path), Err(KeysError::Mistake { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Keys::open(&path).unwrap_err();
        assert!(matches!(refused, KeysError::Open(_)) && refused.to_string().contains("chmod 600"));
    }
}
