//! Files that are nobody else's: the database holds numbers and the hashes of passwords, recordings hold what
//! people said. Folders are made 0700 and files 0600, whatever the umask; what is found open to others is mended,
//! and where it cannot be, that is an error: the server does not start on it.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;
/// Rights of the group and of all others.
const OTHERS: u32 = 0o077;
/// A folder in which everybody may make files, such as `/tmp`.
const STICKY: u32 = 0o1000;
/// Folders below the one that is looked through.
const DEPTH: usize = 8;

/// Makes a folder, and those above it, if they are not there.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER).create(folder)
}

/// For files that are made: add how they are opened.
pub fn options() -> OpenOptions {
    let mut options = File::options();
    options.mode(FILE);
    options
}

/// Something that others may read, and it stays so.
#[derive(Debug, thiserror::Error)]
pub enum NotPrivate {
    #[error("{}: others on this machine may read it, and that cannot be changed: {error}", .path.display())]
    Stays { path: PathBuf, error: io::Error },
    #[error("{} is everybody's folder: name one that is nobody else's", .0.display())]
    Everybodys(PathBuf),
}

/// Takes the rights of others off a file, if it is there. `true`: there were some.
pub fn mend_file(path: &Path) -> Result<bool, NotPrivate> {
    mend(path)
}

/// Makes a folder, or takes the rights of others off it, not off what is in it. `true`: there were some.
pub fn mend_folder(folder: &Path) -> Result<bool, NotPrivate> {
    let failed = |error| NotPrivate::Stays { path: folder.to_owned(), error };
    make_folder(folder).map_err(failed)?;
    if fs::metadata(folder).map_err(failed)?.mode() & STICKY != 0 {
        return Err(NotPrivate::Everybodys(folder.to_owned()));
    }
    mend(folder)
}

/// The same, and with everything in it; links are not followed. Gives how many were open to others.
pub fn mend_all(folder: &Path) -> Result<usize, NotPrivate> {
    Ok(usize::from(mend_folder(folder)?) + mend_inside(folder, DEPTH)?)
}

fn mend_inside(folder: &Path, depth: usize) -> Result<usize, NotPrivate> {
    let failed = |error| NotPrivate::Stays { path: folder.to_owned(), error };
    let mut mended = 0;
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        if kind.is_dir() {
            mended += usize::from(mend(&path)?);
            mended += if depth > 0 { mend_inside(&path, depth - 1)? } else { 0 };
        } else if kind.is_file() {
            mended += usize::from(mend(&path)?);
        }
    }
    Ok(mended)
}

fn mend(path: &Path) -> Result<bool, NotPrivate> {
    let failed = |error| NotPrivate::Stays { path: path.to_owned(), error };
    let mode = match fs::metadata(path) {
        Ok(found) if found.mode() & OTHERS == 0 => return Ok(false),
        Ok(found) => found.mode() & !OTHERS & 0o7777,
        // Gone meanwhile, or never there.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed(error)),
    };
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(failed)?;
    // There are file systems that say yes and change nothing.
    match fs::metadata(path).map_err(failed)?.mode() & OTHERS {
        0 => Ok(true),
        _ => Err(failed(io::Error::other("its file system keeps no rights"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn what_is_made_is_private_and_what_was_open_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("a/b");
        make_folder(&data).unwrap();
        assert_eq!((mode(&data), mode(&folder.path().join("a"))), (0o700, 0o700));
        let made = data.join("made");
        options().create_new(true).write(true).open(&made).unwrap();
        assert_eq!((mode(&made), mend_all(&data).unwrap()), (0o600, 0));

        let (deep, open) = (data.join("deep"), data.join("deep/open"));
        fs::create_dir(&deep).unwrap();
        fs::write(&open, "x").unwrap();
        let outside = folder.path().join("outside");
        fs::write(&outside, "x").unwrap();
        std::os::unix::fs::symlink(&outside, data.join("link")).unwrap();
        for (path, rights) in [(&data, 0o755), (&deep, 0o750), (&open, 0o644), (&outside, 0o644)] {
            fs::set_permissions(path, Permissions::from_mode(rights)).unwrap();
        }
        assert_eq!(mend_all(&data).unwrap(), 3);
        assert_eq!((mode(&data), mode(&deep), mode(&open)), (0o700, 0o700, 0o600));
        assert_eq!(mode(&outside), 0o644, "links are not followed");
        assert!(!mend_file(&data.join("never")).unwrap());
    }

    #[test]
    fn a_folder_of_everybody_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let shared = folder.path().join("tmp");
        fs::create_dir(&shared).unwrap();
        fs::set_permissions(&shared, Permissions::from_mode(0o1777)).unwrap();
        assert!(matches!(mend_folder(&shared), Err(NotPrivate::Everybodys(_))));
        assert_eq!(mode(&shared), 0o1777);
    }
}
