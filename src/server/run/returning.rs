//! What the last process left behind, for [`Input::AgentsWere`], [`Input::DayWas`] and
//! [`Input::AgentDays`].

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::acd::AgentState;
use crate::acd::statistics::{PastFigures, QUARTER_S, QueueCounts};
use crate::base::{AgentId, Instant, QueueId};
use crate::center::desk::AgentDay;
use crate::center::{AgentWas, Input, OpenWork};
use crate::door::Door;
use crate::store::{AgentSums, InteractionFilter, JournalError, Span, Store, StoreError};

/// A contact that ended longer ago is no longer open for notes.
const OPEN: Duration = Duration::from_secs(3_600);

/// Tells the center the day so far. Not waited for: a long day takes seconds, and nobody waits for the sums.
pub async fn tell_day(store: Store, door: Door, zone: String, start: Instant) {
    let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    match agent_days(&store, midnight(&zone, start), start).await {
        Ok(input) => {
            let _ = door.send(input).await;
        }
        Err(error) => tracing::warn!(%error, "agents' days count from the start of the server"),
    }
    match day_was(&store, &zone, start).await {
        Ok(input) => {
            let _ = door.send(input).await;
        }
        Err(error) => tracing::warn!(%error, "the wallboard counts from the start of the server, not of the day"),
    }
}

/// What the agents did since midnight.
async fn agent_days(store: &Store, since: Instant, start: Instant) -> Result<Input, StoreError> {
    let sums = store.agent_sums(since, start).await?;
    let day = |AgentSums { handled, missed, talk_ms }| AgentDay { handled, missed, talk_ms };
    Ok(Input::AgentDays { since, days: sums.into_iter().map(|(agent, sums)| (agent, day(sums))).collect() })
}

/// What the queues counted since midnight: what is settled, and the rest folded from the journal, as the
/// statistics are.
async fn day_was(store: &Store, zone: &TimeZone, start: Instant) -> Result<Input, JournalError> {
    let since = midnight(zone, start);
    let until = store.settled_until().await?.map_or(since, |until| until.clamp(since, start));
    let mut rows = store.settled_figures(since, until).await?;
    let span = Span { from: until, to: start, most: INPUTS_MAX };
    match store.read_journal(span, PastFigures::new(QUARTER_S, until), PastFigures::take).await {
        Ok(figures) => rows.merge(&figures.rows_between(until, start)),
        Err(JournalError::NoJournal) => {}
        Err(error) => return Err(error),
    }
    let mut counts: BTreeMap<QueueId, QueueCounts> = BTreeMap::new();
    for ((_, queue), some) in rows.queues {
        let sum = counts.entry(queue).or_default();
        *sum = sum.plus(&some);
    }
    Ok(Input::DayWas { since, counts: counts.into_iter().collect() })
}

/// Inputs of one day that a start reads at most.
const INPUTS_MAX: u64 = 1_000_000;

fn midnight(zone: &TimeZone, at: Instant) -> Instant {
    at.date_in(zone).and_then(|date| Instant::midnight(date, zone)).unwrap_or(at)
}

/// Everybody who was at work, with the last contact. Ask after interrupted calls were closed: a contact that is open
/// then goes on.
pub async fn agents_were(store: &Store, now: Instant) -> Result<Vec<AgentWas>, StoreError> {
    let mut found = Vec::new();
    for entry in store.last_agent_states().await? {
        if entry.state == AgentState::SignedOut {
            continue;
        }
        let work = open_work(store, entry.agent, now).await?.map(Box::new);
        found.push(AgentWas { agent: entry.agent, state: entry.state, since: entry.at, work });
    }
    Ok(found)
}

async fn open_work(store: &Store, agent: AgentId, now: Instant) -> Result<Option<OpenWork>, StoreError> {
    let filter = InteractionFilter { agent: Some(agent), ..InteractionFilter::default() };
    let Some(record) = store.interactions(&filter, None, 1).await?.rows.pop() else { return Ok(None) };
    if record.ended.is_some_and(|ended| now.since(ended) > OPEN) {
        return Ok(None);
    }
    let cards = match (record.customer, &record.caller) {
        (Some(id), _) => match store.customer(id).await {
            Ok(card) => vec![card],
            Err(StoreError::NotFound(_)) => Vec::new(),
            Err(error) => return Err(error),
        },
        (None, Some(caller)) => store.find_by_number(caller).await?,
        (None, None) => Vec::new(),
    };
    let events = store.events(record.id, 0, u32::MAX).await?;
    let mut work = OpenWork::of(agent, record, &events, cards);
    work.next_seq = store.last_event(work.record.id).await?.saturating_add(1);
    Ok(Some(work))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_begins_where_the_center_is() {
        let at = |text: &str| {
            let stamp: jiff::Timestamp = text.parse().unwrap();
            Instant::from_micros(u64::try_from(stamp.as_microsecond()).unwrap())
        };
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        assert_eq!(midnight(&shanghai, at("2026-11-22T15:30:00Z")), at("2026-11-21T16:00:00Z"));
        assert_eq!(midnight(&shanghai, at("2026-11-22T16:30:00Z")), at("2026-11-22T16:00:00Z"));
        assert_eq!(midnight(&TimeZone::UTC, at("2026-11-22T15:30:00Z")), at("2026-11-22T00:00:00Z"));
    }
}
