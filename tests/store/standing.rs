//! A database that goes away is known at once, and nobody waits for it.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use carillon::store::{Cause, Store, StoreError, StoreSettings};

use crate::{Kind, World, on_both, until};

on_both!(a_database_that_goes_away_is_known_and_asked_nothing);

async fn a_database_that_goes_away_is_known_and_asked_nothing(w: World) {
    let watch = tokio::spawn(w.store.clone().watch());
    w.store.ping().await.unwrap();
    let broken = w.break_database().await;
    if w.kind == Kind::Postgres {
        let begin = Instant::now();
        until("it is known", async || w.store.cause() == Some(Cause::DatabaseAway)).await;
        assert!(begin.elapsed() < Duration::from_secs(2), "known after {:?}", begin.elapsed());
        let asked = Instant::now();
        assert!(matches!(w.store.ping().await, Err(StoreError::Unavailable(Cause::DatabaseAway, _))));
        assert!(asked.elapsed() < Duration::from_millis(200), "refused after {:?}", asked.elapsed());
    }
    broken.repair().await;
    until("it is back", async || w.store.cause().is_none() && w.store.ping().await.is_ok()).await;
    watch.abort();
}

#[tokio::test]
async fn the_files_of_a_database_are_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let settings = StoreSettings::sqlite(&folder.path().join("a.db"));
    let rights = || {
        let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
        files.map(|file| (file.file_name(), file.metadata().unwrap().permissions().mode() & 0o777)).collect::<Vec<_>>()
    };
    let store = Store::open(&settings).await.unwrap();
    let _claim = store.claim().await.unwrap();
    store.ping().await.unwrap();
    assert!(rights().len() >= 4, "{:?}", rights());
    assert!(rights().iter().all(|(_, mode)| *mode == 0o600), "{:?}", rights());
    for (name, _) in rights() {
        std::fs::set_permissions(folder.path().join(name), std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    Store::open(&settings).await.unwrap();
    assert!(rights().iter().all(|(_, mode)| *mode == 0o600), "{:?}", rights());
}
