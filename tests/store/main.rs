//! The store on both its databases: every test below runs on SQLite and on a real PostgreSQL.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests and benches have clocks and tasks")]

mod access;
mod alerts;
mod call_backs;
mod campaigns;
mod center;
mod customers;
mod figures;
mod import;
mod interactions;
mod messages;
mod postgres;
mod quality;
mod record;
mod record_files;
mod record_import;
mod record_join;
mod record_kill;
mod recovery;
mod replay;
mod reports;
mod resolution;
mod rules;
mod sample;
mod standing;
mod statements;
mod trades;
mod writer;

use std::future::Future;
use std::str::FromStr as _;
use std::time::Duration;

use carillon::base::{CallDirection, Instant, InteractionId, Rng};
use carillon::crm::{CustomerDraft, Interaction};
use carillon::store::{Store, StoreSettings, WriterSettings};
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// A fresh database and a folder of its own.
pub struct World {
    pub kind: Kind,
    pub settings: StoreSettings,
    pub store: Store,
    pub dir: tempfile::TempDir,
}

impl World {
    /// Takes the database away: another process holds the lock (SQLite), or no connection is let in.
    pub async fn break_database(&self) -> Broken {
        match self.kind {
            Kind::Sqlite => {
                let options = SqliteConnectOptions::from_str(&self.settings.url).unwrap();
                let mut connection = options.connect().await.unwrap();
                sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
                Broken::Locked(connection)
            }
            Kind::Postgres => {
                let name = postgres::database_name(&self.settings.url);
                postgres::sql(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
                postgres::sql(&format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
                ));
                Broken::Shut(name.to_owned())
            }
        }
    }

    /// Runs a statement past the store.
    pub async fn execute(&self, statement: &'static str) {
        match self.kind {
            Kind::Sqlite => {
                let mut connection =
                    SqliteConnectOptions::from_str(&self.settings.url).unwrap().connect().await.unwrap();
                sqlx::query(statement).execute(&mut connection).await.unwrap();
            }
            Kind::Postgres => {
                let mut connection = PgConnectOptions::from_str(&self.settings.url).unwrap().connect().await.unwrap();
                sqlx::query(statement).execute(&mut connection).await.unwrap();
            }
        }
    }

    pub fn writer_settings(&self) -> WriterSettings {
        WriterSettings { retry: Duration::from_millis(50), ..WriterSettings::new(self.dir.path().join("spool")) }
    }
}

/// A database that is not available; see [`World::break_database`].
pub enum Broken {
    Locked(SqliteConnection),
    Shut(String),
}

impl Broken {
    pub async fn repair(self) {
        match self {
            Self::Locked(mut connection) => {
                sqlx::query("ROLLBACK").execute(&mut connection).await.unwrap();
            }
            Self::Shut(name) => postgres::sql(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")),
        }
    }
}

/// Waits for something that other tasks bring about; fails after ten seconds.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begin = std::time::Instant::now();
    while !holds().await {
        assert!(begin.elapsed() < Duration::from_secs(10), "it never came to pass: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Runs one story on one database.
pub fn run<F: Future<Output = ()>>(kind: Kind, story: impl FnOnce(World) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let settings = match kind {
            Kind::Sqlite => StoreSettings::sqlite(&dir.path().join("carillon.db")),
            Kind::Postgres => StoreSettings::new(&postgres::new_database()),
        };
        let settings =
            StoreSettings { busy_timeout: Duration::from_millis(100), limit: Duration::from_secs(2), ..settings };
        let store = Store::open(&settings).await.unwrap();
        story(World { kind, settings, store, dir }).await;
    });
}

/// Names each story once for every database.
#[macro_export]
macro_rules! on_both {
    ($($story:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $story() { $crate::run($crate::Kind::Sqlite, super::$story); })*
        }
        mod on_postgres {
            $(#[test] fn $story() { $crate::run($crate::Kind::Postgres, super::$story); })*
        }
    };
}

/// Seconds after an arbitrary start in 2026.
pub fn at(seconds: u64) -> Instant {
    Instant::from_micros((1_780_000_000 + seconds) * 1_000_000)
}

/// A call that just began.
pub fn call(seed: u64, started: Instant) -> Interaction {
    Interaction {
        caller: Some("+8613800138000".to_owned().try_into().unwrap()),
        caller_text: "13800138000".into(),
        called: "4000".into(),
        ..Interaction::call(InteractionId::new(started, &mut Rng::new(seed)), CallDirection::Inbound, started)
    }
}

pub fn customer(name: &str, phones: &[&str]) -> CustomerDraft {
    let point = |phone: &&str| carillon::crm::ContactPoint::new("phone", phone, "", "CN").unwrap();
    CustomerDraft { name: name.into(), contact_points: phones.iter().map(point).collect(), ..CustomerDraft::default() }
}
