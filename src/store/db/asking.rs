//! The connections of those who only ask: reports. They are apart from all others, so that whoever asks long keeps
//! nobody waiting, and they cannot write.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{PgPool, SqlitePool};

use crate::store::StoreError;

/// Longest wait for one of them.
pub(in crate::store) const TURN: Duration = Duration::from_secs(3);

/// Made when the first question comes.
#[derive(Clone, Debug)]
pub(in crate::store) enum Asking {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Asking {
    /// `busy`: how long a lock of another process is waited for (SQLite).
    pub(in crate::store) fn of(url: &str, busy: Duration) -> Result<Self, StoreError> {
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?
                .read_only(true)
                .create_if_missing(false)
                .busy_timeout(busy)
                .pragma("query_only", "on")
                .pragma("trusted_schema", "off")
                .pragma("cell_size_check", "on");
            let pool = SqlitePoolOptions::new().acquire_timeout(TURN).max_connections(1).test_before_acquire(false);
            return Ok(Self::Sqlite(pool.connect_lazy_with(options)));
        }
        let options = PgConnectOptions::from_str(url)?.application_name("carillon reports").options([
            ("default_transaction_read_only", "on"),
            ("lock_timeout", "500"),
            ("max_parallel_workers_per_gather", "0"),
        ]);
        let pool = PgPoolOptions::new().acquire_timeout(TURN).max_connections(2);
        Ok(Self::Postgres(pool.connect_lazy_with(options)))
    }

    pub(in crate::store) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
