//! First contact resolution out of the interactions: whether the same customer came again for the same
//! reason. What these words mean stands in `crm::resolution`.
//!
//! Each contact looks for others of its customer and of its number around its own time, in the indexes of
//! both, so a question costs what its contacts cost, however large the log is. It is read a day at a time:
//! no statement is long.

use std::time::Duration;

use crate::base::Instant;
use crate::crm::{Judged, ResolutionBy, ResolutionRows, ResolutionSpan};
use crate::store::db::{Arg, Conn, args};
use crate::store::{Store, StoreError};

const DAY: Duration = Duration::from_secs(86_400);

/// Sorted by blame.
#[derive(Debug, thiserror::Error)]
pub enum ResolutionError {
    // Whoever asks.
    #[error("more than {0} contacts lie in that time: ask for less")]
    TooMuch(u64),
    // The environment.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// `o` is of the same reason as the contact `c`.
const SAME_REASON: &str = "CASE WHEN o.disposition IS NOT NULL AND c.disposition IS NOT NULL
    THEN o.disposition = c.disposition ELSE o.queue = c.queue END";

impl Store {
    /// The contacts of a time, judged and counted.
    pub async fn resolution(&self, span: ResolutionSpan, by: ResolutionBy) -> Result<ResolutionRows, ResolutionError> {
        let mut conn = self.read().await?;
        let (mut rows, mut seen) = (ResolutionRows::new(), 0u64);
        let mut from = span.from;
        while from < span.to {
            let to = span.to.min(from + DAY);
            seen = seen.saturating_add(count(&mut conn, from, to).await?);
            if seen > span.most {
                return Err(ResolutionError::TooMuch(span.most));
            }
            judge(&mut conn, ResolutionSpan { from, to, ..span }, by, &mut rows).await?;
            from = to;
        }
        Ok(rows)
    }
}

async fn count(conn: &mut Conn, from: Instant, to: Instant) -> Result<u64, StoreError> {
    let contact = contact("c");
    let sql = format!("SELECT COUNT(*) FROM interactions c WHERE c.started >= $1 AND c.started < $2 AND {contact}");
    let counted: Vec<(i64,)> = conn.all_of(sql, args![from, to]).await?;
    Ok(counted.first().map_or(0, |(count,)| u64::try_from(*count).unwrap_or(0)))
}

async fn judge(
    conn: &mut Conn,
    span: ResolutionSpan,
    by: ResolutionBy,
    rows: &mut ResolutionRows,
) -> Result<(), StoreError> {
    let around = i64::from(span.days).saturating_mul(86_400_000_000);
    let args: &[Arg] = args![span.from, span.to, around, span.now];
    let kinds: Vec<(i64, i64, i64, i64, i64, i64)> = conn.all_of(judging(by), args).await?;
    for (key, known, over, earlier, later, count) in kinds {
        let judged = Judged { known_customer: known != 0, over: over != 0, first: earlier == 0, repeated: later != 0 };
        let key = u64::try_from(key).unwrap_or(0);
        rows.entry(key).or_default().add(judged, u64::try_from(count).unwrap_or(0));
    }
    Ok(())
}

fn judging(by: ResolutionBy) -> String {
    let key = match by {
        ResolutionBy::Queue => "c.queue",
        ResolutionBy::Agent => "COALESCE(c.agent, 0)",
        ResolutionBy::Quarter => "c.started - c.started % 900000000",
    };
    let earlier = others("o.started < c.started AND o.started >= c.started - $3", &contact("o"));
    let later = others(
        "o.started > c.started AND o.started <= c.started + $3",
        "o.queue IS NOT NULL AND o.direction = 'inbound'",
    );
    format!(
        "SELECT kind, known, past, earlier, later, COUNT(*) FROM (
            SELECT {key} AS kind, {known} AS known, {past} AS past, {earlier} AS earlier, {later} AS later
            FROM interactions c WHERE c.started >= $1 AND c.started < $2 AND {contact}
         ) judged GROUP BY kind, known, past, earlier, later",
        known = flag("c.customer IS NOT NULL OR c.caller IS NOT NULL"),
        past = flag("c.started + $3 < $4"),
        contact = contact("c"),
    )
}

/// Somebody talked with the customer, who called or had asked to be called.
fn contact(row: &str) -> String {
    format!(
        "{row}.answered IS NOT NULL AND {row}.queue IS NOT NULL
         AND ({row}.direction = 'inbound' OR {row}.linked IS NOT NULL)"
    )
}

/// Whether there are others of the same customer and reason. Two questions, since each has an index.
fn others(when: &str, which: &str) -> String {
    let exists = |who: &str| {
        format!("EXISTS (SELECT 1 FROM interactions o WHERE {who} AND {when} AND {which} AND {SAME_REASON})")
    };
    let by_record = exists("o.customer = c.customer");
    let by_number = exists("o.caller = c.caller AND (o.customer IS NULL OR c.customer IS NULL)");
    flag(&format!("{by_record} OR {by_number}"))
}

/// A condition as a number that both databases read alike.
fn flag(condition: &str) -> String {
    format!("CAST(CASE WHEN {condition} THEN 1 ELSE 0 END AS BIGINT)")
}
