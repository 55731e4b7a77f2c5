//! Where the files that come with the program are: `config/`, `dialplans/`, `sounds/`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

const PARTS: [&str; 3] = ["config/demo-center.toml", "dialplans", "sounds"];

/// The working directory, or the nearest folder above the program that has them all: a clone is found from
/// `target/debug/`, an unpacked archive from `bin/` or its top.
pub fn find() -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir().ok();
    let program = std::env::current_exe().ok();
    let above = program.iter().flat_map(|program| program.ancestors().skip(1).map(Path::to_owned));
    let found = here.into_iter().chain(above).find(|folder| is_home(folder));
    found.context("config/, dialplans/ and sounds/ are neither here nor above the program: run it in its folder")
}

/// Leads a relative path that is not here, but comes with the program, to where the program is: `carillon` is
/// run in any folder.
pub fn found(path: &mut PathBuf) {
    if path.is_relative()
        && !path.exists()
        && let Ok(home) = find()
        && home.join(&path).exists()
    {
        *path = home.join(&path);
    }
}

fn is_home(folder: &Path) -> bool {
    PARTS.iter().all(|part| folder.join(part).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_with_the_program_is_found_and_all_else_stays() {
        for (path, leads) in [("/nothing/sounds", false), ("nothing/at/all", false), ("sounds", false)] {
            let mut found = PathBuf::from(path);
            super::found(&mut found);
            assert_eq!(found != Path::new(path), leads, "{path}: here already, or nowhere");
        }
    }

    #[test]
    fn a_folder_is_the_home_when_it_has_everything() {
        assert!(is_home(Path::new(env!("CARGO_MANIFEST_DIR"))));
        assert!(!is_home(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")));
        assert!(is_home(&find().unwrap()), "from the folder of the tests");
    }
}
