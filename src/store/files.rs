//! Files beside records, in a folder of the server: each under the digest (SHA-256) of what is in it, so that the same
//! content is there once, and a name from outside never becomes a path.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;

use super::private;

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
            if path.exists() {
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

    fn of(&self, digest: &str) -> io::Result<PathBuf> {
        let is_one = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_one { Ok(place(&self.folder, digest)) } else { Err(io::ErrorKind::NotFound.into()) }
    }
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
