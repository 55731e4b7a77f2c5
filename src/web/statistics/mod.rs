//! `GET /api/v1/statistics`: any time, by queue, agent, skill or channel, folded from the journal beside the
//! running center. Every service level stands beside its formula.
//!
//! A contact counts in the interval in which it came, whatever becomes of it later, so the journal is read
//! beyond the end of the time asked for. What was folded is kept ([`mod@figures`]); intervals that are made
//! of quarters of an hour reach back beyond the journal, to what is settled in the store.
//!
//! | what | limit | beyond |
//! | --- | --- | --- |
//! | at once | 1; a fold that begins anew waits for replays too | they wait their turn |
//! | inputs | [`figures::INPUTS_MAX`] that were not folded or settled before | 422 `too_much` |
//! | rows | [`ROWS_MAX`] | 422 `too_much` |

mod figures;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use figures::Figures as Folded;
use figures::Folding;

use super::access::Signed;
use super::describe::problems;
use super::directory::Listed;
use super::payload::Asked;
use super::{ApiError, WebState};
use crate::acd::statistics::{AgentTimes, Figure, QUARTER_S, QueueCounts, Rows, Sheet};
use crate::base::Instant;
use crate::door::Role;

const ROWS_MAX: usize = 10_000;
const INTERVALS_S: std::ops::RangeInclusive<u32> = 60..=86_400;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(statistics))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Microseconds, RFC 3339, `now`, or before now: `-10m` (s, m, h, d).
    from: String,
    #[serde(default = "now")]
    to: String,
    #[serde(default)]
    #[param(inline)]
    by: By,
    /// Only this queue, agent, skill or channel.
    key: Option<String>,
    /// Seconds; `day`, `week`, `month`; or `all`: one row for the whole time.
    interval: Option<String>,
    /// Of days, weeks and months; the center's own where none is named.
    zone: Option<String>,
}

fn now() -> String {
    "now".to_owned()
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StatisticsBy)]
pub enum By {
    #[default]
    Queue,
    Agent,
    Skill,
    Channel,
}

/// One row: an interval of one queue, skill, channel or agent.
#[derive(Serialize, ToSchema)]
#[schema(as = StatisticsRow)]
struct Row {
    /// Beginning of the interval.
    at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    id: Option<u32>,
    key: String,
    name: String,
    #[serde(flatten)]
    figures: Figures,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = StatisticsFigures)]
enum Figures {
    Stays(Box<Sheet>),
    Agent(Box<AgentSheet>),
}

#[derive(Serialize, ToSchema)]
struct AgentSheet {
    counts: AgentTimes,
    figures: [Figure; 4],
}

/// The figures of a time.
#[derive(Serialize, ToSchema)]
struct Statistics {
    from: Instant,
    to: Instant,
    by: By,
    /// `all`, `seconds`, `day`, `week`, `month`.
    interval: &'static str,
    /// Of intervals in seconds.
    interval_s: Option<u32>,
    items: Vec<Row>,
}

/// What a time was asked for.
struct Time {
    from: Instant,
    to: Instant,
    interval: Interval,
}

enum Interval {
    /// The whole time is one.
    All,
    Seconds(u32),
    Dates(Dates, jiff::tz::TimeZone),
}

#[derive(Clone, Copy)]
enum Dates {
    Day,
    /// From Monday on.
    Week,
    Month,
}

impl Interval {
    fn read(text: Option<&str>, zone: &str) -> Result<Self, ApiError> {
        let dates = match text {
            None | Some("") => return Ok(Self::Seconds(QUARTER_S)),
            Some("all") => return Ok(Self::All),
            Some("day") => Dates::Day,
            Some("week") => Dates::Week,
            Some("month") => Dates::Month,
            Some(text) => {
                let seconds = text.parse().ok().filter(|seconds| INTERVALS_S.contains(seconds));
                return seconds.map(Self::Seconds).ok_or_else(|| {
                    ApiError::BadRequest("an interval is 60 to 86400 seconds, `day`, `week`, `month` or `all`".into())
                });
            }
        };
        let zone = jiff::tz::TimeZone::get(zone);
        Ok(Self::Dates(dates, zone.map_err(|_| ApiError::BadRequest("`zone` names no time zone".into()))?))
    }

    /// Length of the intervals that are folded.
    fn folded_s(&self) -> u32 {
        match self {
            Self::Seconds(seconds) if !seconds.is_multiple_of(QUARTER_S) => *seconds,
            _ => QUARTER_S,
        }
    }

    /// Beginning of the interval that has this moment.
    fn begin(&self, at: Instant, from: Instant) -> Instant {
        match self {
            Self::All => from,
            Self::Seconds(seconds) => {
                let length = u64::from(*seconds).saturating_mul(1_000_000);
                Instant::from_micros(at.as_micros() / length.max(1) * length)
            }
            Self::Dates(dates, zone) => dates.begin(at, zone).unwrap_or(at),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Seconds(_) => "seconds",
            Self::Dates(Dates::Day, _) => "day",
            Self::Dates(Dates::Week, _) => "week",
            Self::Dates(Dates::Month, _) => "month",
        }
    }

    fn seconds(&self) -> Option<u32> {
        match self {
            Self::Seconds(seconds) => Some(*seconds),
            Self::All | Self::Dates(..) => None,
        }
    }
}

impl Dates {
    /// Midnight of the first date.
    fn begin(self, at: Instant, zone: &jiff::tz::TimeZone) -> Option<Instant> {
        let date = at.date_in(zone)?;
        let back = match self {
            Self::Day => 0,
            Self::Week => i64::from(date.weekday().to_monday_zero_offset()),
            Self::Month => i64::from(date.day()).saturating_sub(1),
        };
        Instant::midnight(date.checked_sub(jiff::Span::new().try_days(back).ok()?).ok()?, zone)
    }
}

/// Any time by queue, agent, skill or channel; a table for who accepts `text/csv`. Supervisors.
#[utoipa::path(
    get, path = "/statistics", tag = "statistics", params(Wanted),
    responses(
        (status = 200, description = "The figures", content(
            (Statistics = "application/json"), (String = "text/csv; charset=utf-8; header=present")
        )),
        problems::Past
    )
)]
async fn statistics(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Asked(wanted): Asked<Wanted>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let listed = state.directory.now();
    let time = wanted.time((state.clock)(), &listed.model.center.timezone)?;
    let from = time.interval.begin(time.from, time.from);
    let folding = Folding { from, to: time.to, interval_s: time.interval.folded_s() };
    let figures = state.figures.of(&state.store, &state.replays, folding, (state.clock)()).await?;
    let mut rows = rows(&figures, &time, wanted.by, &Names { listed: &listed, language: &identity.language });
    if let Some(key) = wanted.key.as_deref().filter(|key| !key.is_empty()) {
        rows.retain(|row| row.key == key);
    }
    if rows.len() > ROWS_MAX {
        return Err(ApiError::TooMuch(format!("more than {ROWS_MAX} rows: ask for longer intervals or less time")));
    }
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/csv") {
        let kind = [(header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present")];
        return Ok((kind, csv(&rows)).into_response());
    }
    let (interval, interval_s) = (time.interval.name(), time.interval.seconds());
    let body = Statistics { from: time.from, to: time.to, by: wanted.by, interval, interval_s, items: rows };
    Ok(Json(body).into_response())
}

impl Wanted {
    fn time(&self, now: Instant, zone: &str) -> Result<Time, ApiError> {
        let read =
            |text: &str| Instant::read(text, now).ok_or_else(|| ApiError::BadRequest(format!("`{text}` is no time")));
        let (from, to) = (read(&self.from)?, read(&self.to)?.min(now));
        if from >= to {
            return Err(ApiError::BadRequest("the time ends before it begins".into()));
        }
        let zone = self.zone.as_deref().filter(|zone| !zone.is_empty()).unwrap_or(zone);
        let interval = Interval::read(self.interval.as_deref(), zone)?;
        Ok(Time { from, to, interval })
    }
}

/// What people call the things that figures are about.
struct Names<'a> {
    listed: &'a Listed,
    language: &'a str,
}

impl Names<'_> {
    fn of<T: Copy + Eq>(ids: &BTreeMap<String, T>, id: T, name: impl Fn(&str) -> Option<String>) -> (String, String) {
        let key = ids.iter().find(|(_, known)| **known == id).map(|(key, _)| key.clone()).unwrap_or_default();
        let name = name(&key).filter(|name| !name.is_empty()).unwrap_or_else(|| key.clone());
        (key, name)
    }
}

fn rows(figures: &Rows, time: &Time, by: By, names: &Names<'_>) -> Vec<Row> {
    let (model, ids) = (&names.listed.model, &names.listed.ids);
    match by {
        By::Queue => {
            let named = |key: &str| model.queues.get(key).map(|it| it.name.in_language(names.language).to_owned());
            stays(&figures.queues, time, |id| (Some(id.0), Names::of(&ids.queues, id, named)))
        }
        By::Skill => {
            let named = |key: &str| model.skills.get(key).map(|it| it.name.in_language(names.language).to_owned());
            stays(&figures.skills, time, |id| (Some(id.0), Names::of(&ids.skills, id, named)))
        }
        By::Channel => stays(&figures.channels, time, |channel| {
            let word = channel.word().to_owned();
            (None, (word.clone(), word))
        }),
        By::Agent => {
            let named = |key: &str| model.agents.get(key).map(|it| it.name.clone());
            let row = |((at, id), counts): ((Instant, crate::base::AgentId), AgentTimes)| {
                let (key, name) = Names::of(&ids.agents, id, named);
                let figures = Figures::Agent(Box::new(AgentSheet { counts, figures: counts.figures() }));
                Row { at, id: Some(id.0), key, name, figures }
            };
            gathered(&figures.agents, time, AgentTimes::plus).into_iter().map(row).collect()
        }
    }
}

fn stays<K: Copy + Ord>(
    all: &BTreeMap<(Instant, K), QueueCounts>,
    time: &Time,
    named: impl Fn(K) -> (Option<u32>, (String, String)),
) -> Vec<Row> {
    let row = |((at, id), counts): ((Instant, K), QueueCounts)| {
        let (id, (key, name)) = named(id);
        Row { at, id, key, name, figures: Figures::Stays(Box::new(Sheet::from(counts))) }
    };
    gathered(all, time, QueueCounts::plus).into_iter().map(row).collect()
}

/// The folded intervals that touch the time, added up to those that were asked for.
fn gathered<K: Copy + Ord, T: Copy + Default>(
    all: &BTreeMap<(Instant, K), T>,
    time: &Time,
    plus: impl Fn(T, &T) -> T,
) -> BTreeMap<(Instant, K), T> {
    let mut gathered: BTreeMap<(Instant, K), T> = BTreeMap::new();
    // Many rows of one interval stand together.
    let mut last: Option<(Instant, Instant)> = None;
    for ((at, key), counts) in all {
        let begin = match last {
            Some((known, begin)) if known == *at => begin,
            _ => time.interval.begin(*at, time.from),
        };
        last = Some((*at, begin));
        let sum = gathered.entry((begin, *key)).or_default();
        *sum = plus(*sum, counts);
    }
    gathered
}

fn csv(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in rows {
        let cells = cells(row);
        if text.is_empty() {
            let names: Vec<&str> = cells.iter().map(|(name, _)| name.as_str()).collect();
            let _ = writeln!(text, "{}", names.join(","));
        }
        let values: Vec<String> = cells.into_iter().map(|(_, value)| value).collect();
        let _ = writeln!(text, "{}", values.join(","));
    }
    text
}

/// Column and value, every row of one request in the same order.
fn cells(row: &Row) -> Vec<(String, String)> {
    let mut cells = vec![
        ("at".to_owned(), row.at.utc()),
        ("key".to_owned(), quoted(&row.key)),
        ("name".to_owned(), quoted(&row.name)),
    ];
    let (counts, figures): (serde_json::Value, Vec<&Figure>) = match &row.figures {
        Figures::Stays(sheet) => (json!(sheet.counts), sheet.service_levels.iter().chain(&sheet.figures).collect()),
        Figures::Agent(sheet) => (json!(sheet.counts), sheet.figures.iter().collect()),
    };
    if let Some(counts) = counts.as_object() {
        cells.extend(counts.iter().map(|(name, value)| (name.clone(), value.to_string())));
    }
    let value = |figure: &Figure| figure.value.map(|value| value.to_string()).unwrap_or_default();
    cells.extend(figures.into_iter().map(|figure| (figure.name.to_owned(), value(figure))));
    cells
}

/// RFC 4180. A cell that a spreadsheet would take for a formula is made a text.
pub fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::QueueId;

    #[test]
    fn names_survive_a_table() {
        for (name, cell) in [("Sales", "Sales"), ("a,\"b\"", "\"a,\"\"b\"\"\""), ("=1+1", "'=1+1")] {
            assert_eq!(quoted(name), cell);
        }
    }

    #[test]
    fn quarters_of_an_hour_add_up() {
        let at = |minutes: u64| Instant::from_micros(minutes * 60_000_000);
        let counts = |offered| QueueCounts { offered, ..QueueCounts::default() };
        let all: BTreeMap<_, _> = (0..4u64).map(|n| ((at(15 * n), QueueId(1)), counts(1 << n))).collect();
        let sums = |interval| {
            let time = Time { from: at(0), to: at(60), interval };
            let rows = gathered(&all, &time, QueueCounts::plus);
            rows.into_iter().map(|((begin, _), counts)| (begin, counts.offered)).collect::<Vec<_>>()
        };
        let of = |text| Interval::read(text, "Asia/Kathmandu").unwrap();
        assert_eq!(sums(of(None)), [(at(0), 1), (at(15), 2), (at(30), 4), (at(45), 8)]);
        assert_eq!(sums(of(Some("1800"))), [(at(0), 3), (at(30), 12)]);
        assert_eq!(sums(of(Some("all"))), [(at(0), 15)]);
        assert_eq!(
            (of(Some("1800")).folded_s(), of(Some("60")).folded_s(), of(Some("week")).folded_s()),
            (900, 60, 900)
        );
        // 1970 began at half past five there: midnight lies before the epoch, which has no number.
        assert_eq!(sums(of(Some("day"))).len(), 4);
        let later = at(60 * 24 * 365 * 40);
        let day = of(Some("day")).begin(later, later);
        assert_eq!(later.since(day), std::time::Duration::from_secs(5 * 3_600 + 45 * 60));
    }
}
