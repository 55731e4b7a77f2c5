//! Opening the store: which database, its pools, its tables, and the claim that keeps a second
//! server off the same data.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};

use super::{Asking, Conn, Counted, Pools};
use crate::store::{Cause, Store, StoreError, private};

/// One statement of [`Store::patient`].
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the data is and how long to wait for it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// `sqlite:/var/lib/carillon/carillon.db` or `postgres://user:password@host/database`.
    pub url: String,
    /// Connections for reading (SQLite), or in all (PostgreSQL). 1-64.
    pub connections: u32,
    /// How long a lock of another process is waited for (SQLite).
    pub busy_timeout: Duration,
    /// Longest wait for a connection and for one statement: an API call is then refused instead of
    /// hanging with the database.
    pub limit: Duration,
}

impl StoreSettings {
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            connections: 4,
            busy_timeout: Duration::from_millis(1_500),
            limit: Duration::from_secs(2),
        }
    }

    /// A SQLite file.
    pub fn sqlite(file: &Path) -> Self {
        Self::new(&format!("sqlite:{}", file.display()))
    }
}

impl std::fmt::Debug for StoreSettings {
    /// The url may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = self.url.split(':').next().unwrap_or("");
        f.debug_struct("StoreSettings").field("kind", &kind).field("connections", &self.connections).finish()
    }
}

impl Store {
    /// Connects, and creates or updates the tables.
    pub async fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        let pools = match settings.url.split_once(':') {
            Some(("sqlite", file)) => open_sqlite(file, settings).await?,
            Some(("postgres" | "postgresql", _)) => open_postgres(settings).await?,
            _ => return Err(StoreError::Invalid("the store's url must begin with `sqlite:` or `postgres:`".into())),
        };
        Self::of(pools, settings)
    }

    /// For reading only, beside a running server: makes no file, no table and no change.
    pub async fn open_read_only(settings: &StoreSettings) -> Result<Self, StoreError> {
        let pools = match settings.url.split_once(':') {
            Some(("sqlite", _)) => {
                let options = SqliteConnectOptions::from_str(&settings.url)?
                    .read_only(true)
                    .create_if_missing(false)
                    .busy_timeout(settings.busy_timeout);
                let pool = SqlitePoolOptions::new().acquire_timeout(settings.limit).connect_with(options).await?;
                Pools::Sqlite { writer: pool.clone(), readers: pool }
            }
            Some(("postgres" | "postgresql", _)) => {
                let options = PgConnectOptions::from_str(&settings.url)?
                    .application_name("carillon")
                    .options([("default_transaction_read_only", "on")]);
                let pool = PgPoolOptions::new().acquire_timeout(settings.limit).connect_with(options).await?;
                Pools::Postgres(pool)
            }
            _ => return Err(StoreError::Invalid("the store's url must begin with `sqlite:` or `postgres:`".into())),
        };
        Self::of(pools, settings)
    }

    fn of(pools: Pools, settings: &StoreSettings) -> Result<Self, StoreError> {
        let (asking, settings) = (Asking::of(&settings.url, settings.busy_timeout)?, settings.clone());
        let (standing, counted) = (Arc::default(), Counted::default());
        Ok(Self { pools, settings, standing, asking, counted, heeds: true, stubborn: false })
    }

    /// Waits for the connections in use and closes them all.
    pub async fn close(&self) {
        self.asking.close().await;
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut conn = self.read().await?;
        conn.one::<(i64,)>("SELECT CAST(1 AS BIGINT)", &[]).await.map(|_| ())
    }

    /// `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        match &self.pools {
            Pools::Sqlite { .. } => "sqlite",
            Pools::Postgres(_) => "postgres",
        }
    }

    /// Statements sent to the database since it was opened, by all who share its connections.
    pub fn statements(&self) -> u64 {
        self.counted.get()
    }

    /// Claims the data for one running server; the claim ends when it is dropped or the process dies.
    /// Tools such as the import need none: they work beside a server.
    pub async fn claim(&self) -> Result<Claim, StoreError> {
        let environment =
            |error: &dyn std::fmt::Display| StoreError::Unavailable(Cause::DiskFailing, error.to_string());
        if let Pools::Sqlite { .. } = &self.pools {
            let path = lock_path(&self.settings.url);
            let file = private::options().create(true).truncate(false).write(true).open(&path);
            let file = file.map_err(|error| environment(&error))?;
            return match file.try_lock() {
                Ok(()) => Ok(Claim::File(file)),
                Err(TryLockError::WouldBlock) => Err(StoreError::InUse(path.display().to_string())),
                Err(TryLockError::Error(error)) => Err(environment(&error)),
            };
        }
        let options = PgConnectOptions::from_str(&self.settings.url)?;
        let mut connection = options.connect().await?;
        let (taken,): (bool,) =
            sqlx::query_as("SELECT pg_try_advisory_lock($1)").bind(CLAIM_LOCK).fetch_one(&mut connection).await?;
        match taken {
            true => Ok(Claim::Connection(Box::new(connection))),
            false => Err(StoreError::InUse("the database is claimed by another connection".into())),
        }
    }

    /// The same store for work that nobody on a call waits for: the start, an import, the command line. A
    /// disk that is busy for a while only makes it slower.
    #[must_use]
    pub fn patient(&self) -> Self {
        let mut patient = self.clone();
        patient.settings.limit = PATIENCE;
        (patient.heeds, patient.stubborn) = (false, true);
        patient
    }

    /// The same store for the writer: what has no room in the spool may still have some in the database.
    #[must_use]
    pub(in crate::store) fn stubborn(&self) -> Self {
        Self { stubborn: true, ..self.clone() }
    }

    pub(in crate::store) async fn read(&self) -> Result<Conn, StoreError> {
        self.lent(Conn::lend(&self.pools, self.settings.limit, self.counted.clone())).await
    }

    pub(in crate::store) async fn begin(&self) -> Result<Conn, StoreError> {
        if let Some(cause) = self.cause().filter(|_| !self.stubborn) {
            return Err(StoreError::Unavailable(cause, cause.told().to_owned()));
        }
        self.lent(Conn::begin(&self.pools, self.settings.limit, self.counted.clone())).await
    }

    async fn lent(&self, lending: impl Future<Output = Result<Conn, StoreError>>) -> Result<Conn, StoreError> {
        let lent = self.unless_away(lending).await;
        lent.map(|conn| conn.heeding(self.heeds.then(|| self.standing.subscribe())))
    }
}

/// Number of the advisory lock: "carillon" in ASCII.
const CLAIM_LOCK: i64 = 0x6361_7269_6c6c_6f6e;

/// Held by the one server that works on the data.
#[derive(Debug)]
pub enum Claim {
    File(File),
    Connection(Box<PgConnection>),
}

impl Claim {
    /// Does the claim still stand? (A database that was restarted has forgotten it.)
    pub async fn holds(&mut self) -> bool {
        match self {
            Self::File(_) => true,
            Self::Connection(connection) => connection.ping().await.is_ok(),
        }
    }
}

/// The database itself.
pub(in crate::store) fn file_of(url: &str) -> PathBuf {
    let file = url.trim_start_matches("sqlite:").trim_start_matches("//");
    PathBuf::from(file.split('?').next().unwrap_or(file))
}

fn lock_path(url: &str) -> PathBuf {
    beside(&file_of(url), ".lock")
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(suffix);
    PathBuf::from(path)
}

/// The database is nobody else's, and what SQLite makes beside it gets the rights of it.
fn keep_private(file: &Path) -> Result<(), StoreError> {
    // Where it cannot be made, opening it says why.
    let _ = private::options().create_new(true).write(true).open(file);
    let failed = |error: private::NotPrivate| StoreError::Unavailable(Cause::DiskFailing, error.to_string());
    let mut mended = private::mend_file(file).map_err(failed)?;
    for suffix in ["-wal", "-shm", "-journal", ".lock"] {
        mended |= private::mend_file(&beside(file, suffix)).map_err(failed)?;
    }
    if mended {
        tracing::warn!(file = %file.display(), "others on this machine could read the database: now they cannot");
    }
    Ok(())
}

async fn open_sqlite(file: &str, settings: &StoreSettings) -> Result<Pools, StoreError> {
    if file.contains(":memory:") || file.contains("mode=memory") {
        return Err(StoreError::Invalid(
            "the store needs a file: each connection would have a memory of its own".into(),
        ));
    }
    keep_private(&file_of(&settings.url))?;
    let options = SqliteConnectOptions::from_str(&settings.url)?
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit is on the disk when it is acknowledged, also when the power fails.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(settings.busy_timeout)
        .pragma("cell_size_check", "on");
    let pool = || SqlitePoolOptions::new().acquire_timeout(settings.limit).test_before_acquire(false);
    let writer = pool().max_connections(1).connect_with(options.clone()).await?;
    MIGRATIONS_SQLITE.run(&writer).await.map_err(|error| migration_error(&error))?;
    let readers = pool().max_connections(settings.connections.clamp(1, 64)).connect_lazy_with(options.read_only(true));
    Ok(Pools::Sqlite { writer, readers })
}

async fn open_postgres(settings: &StoreSettings) -> Result<Pools, StoreError> {
    let options = PgConnectOptions::from_str(&settings.url)?.application_name("carillon");
    let pool = PgPoolOptions::new()
        .acquire_timeout(settings.limit)
        .max_connections(settings.connections.clamp(2, 64))
        .connect_with(options)
        .await?;
    MIGRATIONS_POSTGRES.run(&pool).await.map_err(|error| migration_error(&error))?;
    Ok(Pools::Postgres(pool))
}

static MIGRATIONS_SQLITE: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations/sqlite");
static MIGRATIONS_POSTGRES: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations/postgres");

fn migration_error(error: &sqlx::migrate::MigrateError) -> StoreError {
    StoreError::Unavailable(Cause::DatabaseAway, format!("its tables cannot be brought up to date: {error}"))
}
