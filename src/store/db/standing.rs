//! Whether the database can be reached just now, looked at all the time, so that nobody has to find it out by
//! waiting: while it cannot, questions are refused at once, with the cause.
//!
//! | database | looked at | can not be |
//! | --- | --- | --- |
//! | PostgreSQL | a question on a connection of its own, four times a second | read and written: [`Cause::DatabaseAway`] |
//! | SQLite | a trial write beside the file, twice a second | written |
//!
//! The writer and whoever is patient ([`Store::patient`]) try all the same.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tokio::time::timeout;

use super::{Pools, away, pool};
use crate::store::{Cause, Store, StoreError, private};

const EVERY: Duration = Duration::from_millis(250);
const EVERY_WRITE: Duration = Duration::from_millis(500);
/// Who gives no answer for so long gives none.
const SILENCE: Duration = Duration::from_millis(1_200);
/// More than a page of the database and its journal take.
const TRIAL: usize = 64 * 1024;

impl Store {
    /// Why it can not be written, or not even read, just now.
    pub fn cause(&self) -> Option<Cause> {
        *self.standing.borrow()
    }

    /// Looks until it is dropped.
    pub async fn watch(self) {
        let mut line = None;
        loop {
            let (found, every) = match &self.pools {
                Pools::Postgres(_) => (self.ask(&mut line).await, EVERY),
                Pools::Sqlite { .. } => {
                    let file = pool::file_of(&self.settings.url);
                    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
                    (trial(folder.unwrap_or(Path::new(".")).to_owned()).await, EVERY_WRITE)
                }
            };
            self.note(found.err());
            tokio::time::sleep(every).await;
        }
    }

    fn note(&self, cause: Option<Cause>) {
        let changed = self.standing.send_if_modified(|known| std::mem::replace(known, cause) != cause);
        match cause.filter(|_| changed) {
            Some(cause) => tracing::error!(cause = cause.word(), "{}", cause.told()),
            None if changed => tracing::info!("the database is available again"),
            None => {}
        }
    }

    /// On the line that is there, else on a new one.
    async fn ask(&self, line: &mut Option<PgConnection>) -> Result<(), Cause> {
        let asked = async {
            if let Some(connection) = line.as_mut()
                && connection.ping().await.is_ok()
            {
                return Ok(());
            }
            let options = PgConnectOptions::from_str(&self.settings.url)?.application_name("carillon watch");
            let mut connection = options.connect().await?;
            connection.ping().await?;
            *line = Some(connection);
            Ok::<_, sqlx::Error>(())
        };
        match timeout(SILENCE, asked).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => {
                *line = None;
                Err(Cause::DatabaseAway)
            }
        }
    }

    /// `work`, unless the database goes away meanwhile.
    pub(in crate::store) async fn unless_away<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut standing = self.heeds.then(|| self.standing.subscribe());
        tokio::select! {
            biased;
            error = away(&mut standing) => Err(error),
            result = work => result,
        }
    }
}

/// Can something be written in this folder? A file is made and removed again, before the disk hears of it.
pub async fn trial(folder: PathBuf) -> Result<(), Cause> {
    let written = tokio::task::spawn_blocking(move || {
        let path = folder.join(".carillon.trial");
        let written = private::options()
            .create(true)
            .truncate(true)
            .write(true)
            .open(&path)
            .and_then(|mut file| file.write_all(&[0; TRIAL]));
        let removed = std::fs::remove_file(&path);
        written.and(removed)
    });
    match timeout(SILENCE, written).await {
        Ok(Ok(Ok(()))) => Ok(()),
        Ok(Ok(Err(error))) => Err(Cause::of_io(&error)),
        Ok(Err(_)) | Err(_) => Err(Cause::DiskFailing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreSettings;

    #[tokio::test]
    async fn a_folder_that_takes_a_file_is_fine_and_nothing_stays() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(trial(folder.path().to_owned()).await, Ok(()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(trial(folder.path().join("none")).await, Err(Cause::DiskFailing));
    }

    #[tokio::test]
    async fn a_full_disk_refuses_writes_at_once_and_reads_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreSettings::sqlite(&folder.path().join("a.db"))).await.unwrap();
        store.note(Some(Cause::DiskFull));
        let refused = store.begin().await.map(drop).unwrap_err();
        assert!(matches!(refused, StoreError::Unavailable(Cause::DiskFull, _)), "{refused}");
        store.ping().await.unwrap();
        store.patient().begin().await.map(drop).unwrap();
        store.note(Some(Cause::DatabaseAway));
        assert!(matches!(store.ping().await, Err(StoreError::Unavailable(Cause::DatabaseAway, _))));
        store.note(None);
        store.begin().await.map(drop).unwrap();
    }
}
