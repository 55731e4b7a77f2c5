//! The running of one report.

use std::time::{Duration, Instant};

use futures_util::{Stream, StreamExt as _};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Postgres, Sqlite};
use tokio::time::timeout;

use super::cells::Cells;
use super::{ReportError, ReportLimits, ReportRows};
use crate::store::db::{Asking, TURN};
use crate::store::{Store, StoreError};

/// Steps of SQLite's machine between two looks at the clock: far less than a millisecond.
const STEPS: i32 = 1_000;
/// What the database does not stop by itself is stopped so much later.
const GRACE: Duration = Duration::from_secs(1);

impl Store {
    /// Runs a statement that [`crate::report`] printed.
    pub async fn run_report(&self, statement: &str, limits: ReportLimits) -> Result<ReportRows, ReportError> {
        self.counted.bump();
        let running = async {
            match &self.asking {
                Asking::Sqlite(pool) => on_sqlite(acquired(pool.acquire().await)?, statement, limits).await,
                Asking::Postgres(pool) => on_postgres(acquired(pool.acquire().await)?, statement, limits).await,
            }
        };
        match timeout(TURN + limits.time + GRACE, running).await {
            Ok(done) => done,
            Err(_) => Err(ReportError::TooSlow(limits.time)),
        }
    }
}

fn acquired<T>(lent: Result<T, sqlx::Error>) -> Result<T, ReportError> {
    lent.map_err(|error| StoreError::from(error).into())
}

async fn on_sqlite(
    mut lent: PoolConnection<Sqlite>,
    statement: &str,
    limits: ReportLimits,
) -> Result<ReportRows, ReportError> {
    let until = Instant::now() + limits.time;
    acquired(lent.lock_handle().await)?.set_progress_handler(STEPS, move || Instant::now() < until);
    // The next one sets its own: what is left of this one stops nothing that it should not.
    let rows = sqlx::query(AssertSqlSafe(statement.to_owned())).fetch(&mut *lent);
    let read = taken(rows, limits).await;
    if read.is_err() {
        lent.close_on_drop();
    }
    read
}

async fn on_postgres(
    mut lent: PoolConnection<Postgres>,
    statement: &str,
    limits: ReportLimits,
) -> Result<ReportRows, ReportError> {
    // Whatever comes of it, nothing of it stays with the connection.
    lent.close_on_drop();
    let limit = format!("SET statement_timeout = {}", limits.time.as_millis().max(1));
    for begin in ["BEGIN READ ONLY".to_owned(), limit] {
        acquired(sqlx::query(AssertSqlSafe(begin)).execute(&mut *lent).await)?;
    }
    let rows = sqlx::query(AssertSqlSafe(statement.to_owned())).persistent(false).fetch(&mut *lent);
    taken(rows, limits).await
}

async fn taken<R: Cells>(
    mut rows: impl Stream<Item = Result<R, sqlx::Error>> + Unpin,
    limits: ReportLimits,
) -> Result<ReportRows, ReportError> {
    let mut read = ReportRows { columns: Vec::new(), rows: Vec::new(), more: false };
    while let Some(row) = rows.next().await {
        let row = row.map_err(|error| refused(error, limits.time))?;
        if read.columns.is_empty() {
            read.columns = row.names();
        }
        if read.rows.len() >= limits.rows as usize {
            read.more = true;
            break;
        }
        read.rows.push(row.cells().map_err(|error| refused(error, limits.time))?);
    }
    Ok(read)
}

/// Codes of a statement that was stopped: SQLite's INTERRUPT, PostgreSQL's query_canceled.
const STOPPED: [&str; 2] = ["9", "57014"];

fn refused(error: sqlx::Error, time: Duration) -> ReportError {
    if let sqlx::Error::Database(from) = &error
        && from.code().is_some_and(|code| STOPPED.contains(&code.as_ref()))
    {
        return ReportError::TooSlow(time);
    }
    match StoreError::from(error) {
        StoreError::Refused(told) => ReportError::Refused(told),
        other => ReportError::Store(other),
    }
}
