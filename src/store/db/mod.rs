//! One body of code for two databases: a connection that takes one SQL text and plain arguments.
//!
//! Nothing here knows a table. A transaction that is dropped before its commit is undone by closing
//! its connection, so no half transaction ever returns to the pool.

mod asking;
mod bulk;
mod pool;
mod standing;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Encode, FromRow, PgPool, Postgres, Sqlite, SqlitePool, Type};
use tokio::sync::watch;
use tokio::time::timeout;

pub(super) use asking::{Asking, TURN};
pub(super) use bulk::keys;
pub use pool::{Claim, StoreSettings};
pub use standing::trial;

use super::{Cause, StoreError};
use crate::base::{AgentId, CustomerId, Instant, InteractionId, Number, QueueId};

/// A row type that reads from both databases; `derive(FromRow)` and tuples give it.
pub(super) trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// One argument of a statement. An empty one keeps its type, which PostgreSQL wants to know.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Arg {
    Int(Option<i64>),
    Text(Option<String>),
    /// A column of many rows; PostgreSQL only, see [`bulk`].
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
}

macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::store::db::Arg::from($value)),*] };
}
pub(super) use args;

macro_rules! int_args {
    ($($from:ty => |$value:ident| $int:expr;)*) => {$(
        impl From<$from> for Arg {
            fn from($value: $from) -> Self {
                Self::Int(Some($int))
            }
        }
        impl From<Option<$from>> for Arg {
            fn from(value: Option<$from>) -> Self {
                Self::Int(value.map(|$value| $int))
            }
        }
    )*};
}

macro_rules! text_args {
    ($($from:ty => |$value:ident| $text:expr;)*) => {$(
        impl From<$from> for Arg {
            fn from($value: $from) -> Self {
                Self::Text(Some($text))
            }
        }
        impl From<Option<$from>> for Arg {
            fn from(value: Option<$from>) -> Self {
                Self::Text(value.map(|$value| $text))
            }
        }
    )*};
}

int_args! {
    i64 => |value| value;
    u32 => |value| i64::from(value);
    u64 => |value| i64::try_from(value).unwrap_or(i64::MAX);
    Instant => |value| micros(value);
    AgentId => |value| i64::from(value.0);
    QueueId => |value| i64::from(value.0);
    CustomerId => |value| value.0;
}

/// PostgreSQL holds no NUL; SQLite would. Neither is asked to.
pub(super) fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}

text_args! {
    &str => |value| value.to_owned();
    String => |value| value;
    &String => |value| value.clone();
    &Number => |value| value.as_str().to_owned();
    InteractionId => |value| value.0.to_string();
}

/// Microseconds UTC as kept in a row.
pub(super) fn micros(at: Instant) -> i64 {
    i64::try_from(at.as_micros()).unwrap_or(i64::MAX)
}

/// A time read from a row.
pub(super) fn instant(micros: i64) -> Instant {
    Instant::from_micros(u64::try_from(micros).unwrap_or(0))
}

#[derive(Clone, Debug)]
pub(super) enum Pools {
    /// SQLite takes one writer at a time, so it gets one: writers wait here in line, not in `BUSY`.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

enum Link {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// A connection lent from the pool, inside a transaction or not.
pub(super) struct Conn {
    link: Link,
    /// A transaction is open, or a statement did not come to its end: not to be lent again.
    unfinished: bool,
    /// A statement got no answer.
    unanswered: bool,
    /// Longest time of one statement.
    limit: Duration,
    /// Whether the database can be reached; `None`: it is tried all the same.
    standing: Option<watch::Receiver<Option<Cause>>>,
    counted: Counted,
}

/// Statements sent since the start.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted(Arc<AtomicU64>);

impl Counted {
    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn bump(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Why the database can not be reached just now, told to all who wait for it.
pub(super) type Standing = watch::Sender<Option<Cause>>;

/// Returns when the database can not even be read; without anything to heed, never.
async fn away(standing: &mut Option<watch::Receiver<Option<Cause>>>) -> StoreError {
    if let Some(standing) = standing
        && let Ok(cause) = standing.wait_for(|cause| cause.is_some_and(Cause::is_of_reads)).await
    {
        let cause = cause.unwrap_or(Cause::DatabaseAway);
        return StoreError::Unavailable(cause, cause.told().to_owned());
    }
    std::future::pending().await
}

/// Runs one expression on the concrete connection of either database, within the limit.
macro_rules! on_link {
    ($conn:ident, $args:ident, |$link:ident, $bound:ident| $run:expr) => {{
        $conn.counted.bump();
        let (limit, standing) = ($conn.limit, &mut $conn.standing);
        let result = match &mut $conn.link {
            Link::Sqlite(lent) => {
                let ($link, $bound) = (&mut **lent, bind::<SqliteArguments>($args)?);
                in_time(limit, standing, Cause::DatabaseBusy, $run).await.map(|result| result.map(Into::into))
            }
            Link::Postgres(lent) => {
                let ($link, $bound) = (&mut **lent, bind::<PgArguments>($args)?);
                in_time(limit, standing, Cause::DatabaseAway, $run).await.map(|result| result.map(Into::into))
            }
        };
        match result {
            Ok(result) => Ok(result?),
            Err(error) => {
                ($conn.unfinished, $conn.unanswered) = (true, true);
                Err(error)
            }
        }
    }};
}

/// `work`, unless it takes too long (for that cause) or the database goes away.
async fn in_time<T>(
    limit: Duration,
    standing: &mut Option<watch::Receiver<Option<Cause>>>,
    silent: Cause,
    work: impl Future<Output = T>,
) -> Result<T, StoreError> {
    let late = |_| StoreError::Unavailable(silent, format!("no answer within {limit:?}"));
    tokio::select! {
        biased;
        error = away(standing) => Err(error),
        result = timeout(limit, work) => result.map_err(late),
    }
}

impl Conn {
    /// For reading.
    pub(super) async fn lend(pools: &Pools, limit: Duration, counted: Counted) -> Result<Self, StoreError> {
        let link = match pools {
            Pools::Sqlite { readers, .. } => Link::Sqlite(readers.acquire().await?),
            Pools::Postgres(pool) => Link::Postgres(pool.acquire().await?),
        };
        Ok(Self { link, unfinished: false, unanswered: false, limit, standing: None, counted })
    }

    /// For writing: a transaction that ends with [`Conn::commit`], or else never was.
    pub(super) async fn begin(pools: &Pools, limit: Duration, counted: Counted) -> Result<Self, StoreError> {
        let (link, begin) = match pools {
            // Takes the write lock at once: a transaction that read first could only fail later.
            Pools::Sqlite { writer, .. } => (Link::Sqlite(writer.acquire().await?), "BEGIN IMMEDIATE"),
            Pools::Postgres(pool) => (Link::Postgres(pool.acquire().await?), "BEGIN"),
        };
        let mut conn = Self { link, unfinished: true, unanswered: false, limit, standing: None, counted };
        match conn.run(begin, &[]).await {
            Ok(_) => Ok(conn),
            Err(error) => {
                // A refused BEGIN leaves nothing open; only one without answer does.
                conn.unfinished = conn.unanswered;
                Err(error)
            }
        }
    }

    /// Gives up when the database goes away.
    pub(super) fn heeding(mut self, standing: Option<watch::Receiver<Option<Cause>>>) -> Self {
        self.standing = standing;
        self
    }

    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        self.run("COMMIT", &[]).await?;
        self.unfinished = false;
        Ok(())
    }

    pub(super) fn is_postgres(&self) -> bool {
        matches!(self.link, Link::Postgres(_))
    }

    /// Gives the number of rows changed.
    pub(super) async fn run(&mut self, sql: &'static str, args: &[Arg]) -> Result<u64, StoreError> {
        let done: Done = on_link!(self, args, |link, bound| sqlx::query_with(sql, bound).execute(link))?;
        Ok(done.0)
    }

    /// As [`Conn::run`], for a text that the program puts together from its own pieces.
    pub(super) async fn run_of(&mut self, sql: String, args: &[Arg]) -> Result<u64, StoreError> {
        let sql = sqlx::AssertSqlSafe(sql);
        let done: Done = on_link!(self, args, |link, bound| sqlx::query_with(sql, bound).execute(link))?;
        Ok(done.0)
    }

    pub(super) async fn all<T: Row>(&mut self, sql: &'static str, args: &[Arg]) -> Result<Vec<T>, StoreError> {
        on_link!(self, args, |link, bound| sqlx::query_as_with::<_, T, _>(sql, bound).fetch_all(link))
    }

    /// As [`Conn::all`], for a text that the program puts together from its own pieces.
    pub(super) async fn all_of<T: Row>(&mut self, sql: String, args: &[Arg]) -> Result<Vec<T>, StoreError> {
        let sql = sqlx::AssertSqlSafe(sql);
        on_link!(self, args, |link, bound| sqlx::query_as_with::<_, T, _>(sql, bound).fetch_all(link))
    }

    pub(super) async fn optional<T: Row>(&mut self, sql: &'static str, args: &[Arg]) -> Result<Option<T>, StoreError> {
        on_link!(self, args, |link, bound| sqlx::query_as_with::<_, T, _>(sql, bound).fetch_optional(link))
    }

    pub(super) async fn one<T: Row>(&mut self, sql: &'static str, args: &[Arg]) -> Result<T, StoreError> {
        on_link!(self, args, |link, bound| sqlx::query_as_with::<_, T, _>(sql, bound).fetch_one(link))
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        if self.unfinished {
            match &mut self.link {
                Link::Sqlite(link) => link.close_on_drop(),
                Link::Postgres(link) => link.close_on_drop(),
            }
        }
    }
}

/// Rows changed, from either database.
struct Done(u64);

impl From<sqlx::sqlite::SqliteQueryResult> for Done {
    fn from(result: sqlx::sqlite::SqliteQueryResult) -> Self {
        Self(result.rows_affected())
    }
}

impl From<sqlx::postgres::PgQueryResult> for Done {
    fn from(result: sqlx::postgres::PgQueryResult) -> Self {
        Self(result.rows_affected())
    }
}

/// What a database binds: a value, or a whole column of them where it knows arrays.
trait Bind: sqlx::Arguments + Sized {
    fn ints(&mut self, column: &[Option<i64>]) -> Result<(), sqlx::error::BoxDynError>;
    fn texts(&mut self, column: &[Option<String>]) -> Result<(), sqlx::error::BoxDynError>;
}

impl Bind for PgArguments {
    fn ints(&mut self, column: &[Option<i64>]) -> Result<(), sqlx::error::BoxDynError> {
        sqlx::Arguments::add(self, column)
    }

    fn texts(&mut self, column: &[Option<String>]) -> Result<(), sqlx::error::BoxDynError> {
        sqlx::Arguments::add(self, column)
    }
}

impl Bind for SqliteArguments {
    fn ints(&mut self, _column: &[Option<i64>]) -> Result<(), sqlx::error::BoxDynError> {
        Err("SQLite has no arrays".into())
    }

    fn texts(&mut self, _column: &[Option<String>]) -> Result<(), sqlx::error::BoxDynError> {
        Err("SQLite has no arrays".into())
    }
}

fn bind<A: Bind>(args: &[Arg]) -> Result<A, StoreError>
where
    for<'t> Option<i64>: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<&'t str>: Encode<'t, A::Database> + Type<A::Database>,
{
    let mut bound = A::default();
    for arg in args {
        match arg {
            Arg::Int(value) => bound.add(*value),
            Arg::Text(value) => bound.add(value.as_deref().map(without_nul).as_deref()),
            Arg::Ints(column) => bound.ints(column),
            Arg::Texts(column) => bound.texts(column),
        }
        .map_err(|error| StoreError::Refused(error.to_string()))?;
    }
    Ok(bound)
}
