//! A room has a handful of files; more are put together by noun.

use std::collections::BTreeMap;

use super::source::{Source, hold, sources};

/// Beside `mod.rs` and tests.
const FLAT: usize = 15;

/// Room and why it has more.
const EXCEPTED: &[(&str, &str)] = &[];

fn crowded(sources: &[Source]) -> Vec<(String, String)> {
    let mut rooms: BTreeMap<&str, usize> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        if let Some((room, file)) = source.path.rsplit_once('/')
            && file != "mod.rs"
        {
            *rooms.entry(room).or_default() += 1;
        }
    }
    rooms.retain(|_, files| *files > FLAT);
    rooms.into_iter().map(|(room, files)| (room.to_owned(), format!("{files} files"))).collect()
}

#[test]
fn no_room_is_crowded() {
    hold("a room has at most 15 files; put them together by noun", &crowded(&sources()), EXCEPTED);
}

#[test]
fn a_crowded_room_is_found() {
    let room = |files: usize| -> Vec<Source> {
        let beside = ["a/mod.rs", "a/tests.rs", "a/b/c.rs", "main.rs"].map(|path| Source::of(path, ""));
        (0..files).map(|at| Source::of(&format!("a/f{at}.rs"), "")).chain(beside).collect()
    };
    assert!(crowded(&room(15)).is_empty());
    assert_eq!(crowded(&room(16)), [("a".to_owned(), "16 files".to_owned())]);
}
