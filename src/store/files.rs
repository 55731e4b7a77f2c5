//! Files beside records, in a folder of the server: each under the digest (SHA-256) of what is in it, so that the same
//! content is there once, and a name from outside never becomes a path.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;

use super::private;
use crate::base::Instant;

/// Files being written, each under a name of its own.
static DRAFTS: AtomicU64 = AtomicU64::new(0);

/// The folder of the files.
#[derive(Clone, Debug)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Keeps this, and gives the digest by which it is read.
    pub async fn put(&self, bytes: Vec<u8>) -> io::Result<String> {
        let folder = self.folder.clone();
        run(move || {
            let digest = hex(&Sha256::digest(&bytes));
            let path = place(&folder, &digest);
            if touch(&path) {
                return Ok(digest);
            }
            if let Some(parent) = path.parent() {
                private::make_folder(&folder)?;
                private::make_folder(parent)?;
            }
            // Whole or not at all: a name is there only with what belongs under it.
            let draft = path.with_extension(format!("new{}", DRAFTS.fetch_add(1, Ordering::Relaxed)));
            let mut file = private::options().write(true).create(true).truncate(true).open(&draft)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            std::fs::rename(&draft, &path)?;
            if let Some(parent) = path.parent() {
                File::open(parent)?.sync_all()?;
            }
            Ok(digest)
        })
        .await
    }

    pub async fn read(&self, digest: &str) -> io::Result<Vec<u8>> {
        let path = self.of(digest)?;
        run(move || std::fs::read(path)).await
    }

    /// What was put here before that time for the last time, by its digest; what was never put here whole is removed.
    pub async fn older(&self, before: Instant) -> io::Result<Vec<String>> {
        let folder = self.folder.clone();
        run(move || {
            let mut old = Vec::new();
            for room in rooms(&folder)? {
                for entry in std::fs::read_dir(room)? {
                    let entry = entry?;
                    let name = entry.file_name().to_string_lossy().into_owned();
                    if !is_older(&entry.path(), before) {
                        continue;
                    }
                    match is_digest(&name) {
                        true => old.push(name),
                        false => std::fs::remove_file(entry.path())?,
                    }
                }
            }
            Ok(old)
        })
        .await
    }

    /// Removes what belongs to a digest, unless it was put here again since that time; whether it did.
    pub async fn forget(&self, digest: &str, before: Instant) -> io::Result<bool> {
        let path = self.of(digest)?;
        run(move || {
            let old = is_older(&path, before);
            if old {
                std::fs::remove_file(path)?;
            }
            Ok(old)
        })
        .await
    }

    fn of(&self, digest: &str) -> io::Result<PathBuf> {
        if is_digest(digest) { Ok(place(&self.folder, digest)) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}

fn is_digest(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// It is there, as of now.
fn touch(path: &Path) -> bool {
    File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now())).is_ok()
}

fn is_older(path: &Path, before: Instant) -> bool {
    let before = SystemTime::UNIX_EPOCH + Duration::from_micros(before.as_micros());
    std::fs::metadata(path).and_then(|about| about.modified()).is_ok_and(|at| at < before)
}

/// The folders by the first two digits; none before the first file.
fn rooms(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let rooms = entries.map(|entry| entry.map(|entry| entry.path()));
    Ok(rooms.collect::<io::Result<Vec<_>>>()?.into_iter().filter(|path| path.is_dir()).collect())
}

fn place(folder: &Path, digest: &str) -> PathBuf {
    folder.join(digest.get(..2).unwrap_or_default()).join(digest)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn run<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_old_is_told_and_forgotten_unless_it_came_again() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(&folder.path().join("files"));
        let day = |day: u64| Instant::from_micros(day * 86_400_000_000);
        assert!(files.older(day(40_000)).await.unwrap().is_empty(), "before the first one");
        let (one, two) = (files.put(b"one".to_vec()).await.unwrap(), files.put(b"two".to_vec()).await.unwrap());
        let path = |digest: &str| place(&folder.path().join("files"), digest);
        let age = |path: PathBuf| {
            let then = SystemTime::UNIX_EPOCH + Duration::from_secs(10 * 86_400);
            File::options().append(true).open(path).unwrap().set_modified(then).unwrap();
        };
        let draft = path(&one).with_extension("new7");
        std::fs::write(&draft, b"half").unwrap();
        [path(&one), path(&two), draft.clone()].into_iter().for_each(age);
        assert!(files.older(day(9)).await.unwrap().is_empty());
        let mut old = files.older(day(11)).await.unwrap();
        old.sort();
        let mut both = vec![one.clone(), two.clone()];
        both.sort();
        assert_eq!((old, draft.exists()), (both, false));
        files.put(b"two".to_vec()).await.unwrap();
        assert!(files.forget(&one, day(11)).await.unwrap());
        assert!(!files.forget(&two, day(11)).await.unwrap(), "it came again meanwhile");
        assert!(files.read(&one).await.is_err());
        assert_eq!(files.read(&two).await.unwrap(), b"two");
        assert!(files.forget("../../etc/passwd", day(11)).await.is_err());
    }
}
