//! One server to a data folder: database, spool and recordings in it belong together.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::store::private;

/// Held as long as it lives; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct DataLock(#[expect(dead_code, reason = "held, not read")] File);

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("another carillon is running on {}", .0.display())]
    InUse(PathBuf),
    #[error("{}: {error}", .folder.display())]
    Folder { folder: PathBuf, error: io::Error },
}

impl DataLock {
    /// Makes the folder if it is not there.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        let failed = |error| LockError::Folder { folder: folder.to_owned(), error };
        private::make_folder(folder).map_err(failed)?;
        let path = folder.join("carillon.lock");
        let file = private::options().create(true).truncate(false).write(true).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(LockError::InUse(folder.to_owned())),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_is_refused_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let first = DataLock::take(&data).unwrap();
        assert!(matches!(DataLock::take(&data), Err(LockError::InUse(_))));
        drop(first);
        DataLock::take(&data).unwrap();
    }
}
