//! `GET /api/v1/resolution`: first contact resolution of any time, by queue, agent or day. It is read from the
//! interactions, not from the journal: the same customer is known by record or number, over days. What its
//! words mean stands in [`crate::crm`].
//!
//! | what | limit | beyond |
//! | --- | --- | --- |
//! | days | 1 to [`DAYS_MAX`] | 400 |
//! | time asked for | [`SPAN_MAX`] | 422 `too_much` |
//! | contacts | [`CONTACTS_MAX`] | 422 `too_much` |

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Signed;
use super::describe::problems;
use super::directory::Listed;
use super::payload::Asked;
use super::statistics::quoted;
use super::{ApiError, WebState};
use crate::base::{AgentId, Instant, QueueId};
use crate::crm::{ResolutionBy, ResolutionCounts, ResolutionFigure, ResolutionRows, ResolutionSpan};
use crate::door::Role;
use crate::store::ResolutionError;

const DAYS_MAX: u32 = 90;
const DAYS_USUAL: u32 = 7;
const SPAN_MAX: Duration = Duration::from_secs(400 * 86_400);
const CONTACTS_MAX: u64 = 100_000;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(resolution))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    from: String,
    to: Option<String>,
    #[serde(default)]
    #[param(inline)]
    by: By,
    /// Within which a second contact is a repetition: 1 to 90; 7 without it.
    #[param(minimum = 1, maximum = 90)]
    days: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ResolutionBy)]
enum By {
    #[default]
    Queue,
    Agent,
    Day,
}

/// Counts with what is computed from them.
#[derive(Serialize, ToSchema)]
#[schema(as = ResolutionSheet)]
struct Sheet {
    counts: ResolutionCounts,
    figures: [ResolutionFigure; 3],
}

impl Sheet {
    fn of(counts: ResolutionCounts, days: u32) -> Self {
        Self { figures: counts.figures(days), counts }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = ResolutionRow)]
struct Row {
    /// Of a day: its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    id: Option<u32>,
    /// Of a day: its date.
    key: String,
    name: String,
    #[serde(flatten)]
    sheet: Sheet,
}

/// First contact resolution of a time.
#[derive(Serialize, ToSchema)]
struct Resolution {
    from: Instant,
    to: Instant,
    by: By,
    days: u32,
    total: Sheet,
    items: Vec<Row>,
}

impl From<ResolutionError> for ApiError {
    fn from(error: ResolutionError) -> Self {
        match error {
            ResolutionError::TooMuch(_) => Self::TooMuch(error.to_string()),
            ResolutionError::Store(error) => error.into(),
        }
    }
}

/// First contact resolution by queue, agent or day; a table for who accepts `text/csv`. Supervisors.
#[utoipa::path(
    get, path = "/resolution", tag = "statistics", params(Wanted),
    responses(
        (status = 200, description = "The figures", content(
            (Resolution = "application/json"), (String = "text/csv; charset=utf-8; header=present")
        )),
        problems::Past
    )
)]
async fn resolution(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Asked(wanted): Asked<Wanted>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let span = wanted.span((state.clock)())?;
    let by = match wanted.by {
        By::Queue => ResolutionBy::Queue,
        By::Agent => ResolutionBy::Agent,
        By::Day => ResolutionBy::Quarter,
    };
    let found = state.store.resolution(span, by).await?;
    let listed = state.directory.now();
    let total = found.values().fold(ResolutionCounts::default(), |sum, counts| sum.plus(counts));
    let rows = match wanted.by {
        By::Queue => named(&found, span.days, |id| of_queue(&listed, id, &identity.language)),
        By::Agent => named(&found, span.days, |id| of_agent(&listed, id)),
        By::Day => by_day(&found, span.days, &listed.model.center.timezone),
    };
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/csv") {
        let kind = [(header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present")];
        return Ok((kind, csv(&rows, span.days)).into_response());
    }
    let total = Sheet::of(total, span.days);
    let body = Resolution { from: span.from, to: span.to, by: wanted.by, days: span.days, total, items: rows };
    Ok(Json(body).into_response())
}

impl Wanted {
    fn span(&self, now: Instant) -> Result<ResolutionSpan, ApiError> {
        let read =
            |text: &str| Instant::read(text, now).ok_or_else(|| ApiError::BadRequest(format!("`{text}` is no time")));
        let (from, to) = (read(&self.from)?, read(self.to.as_deref().unwrap_or("now"))?.min(now));
        if from >= to {
            return Err(ApiError::BadRequest("the time ends before it begins".into()));
        }
        if to.since(from) > SPAN_MAX {
            return Err(ApiError::TooMuch("more than 400 days: ask for less".into()));
        }
        let days = self.days.unwrap_or(DAYS_USUAL);
        if !(1..=DAYS_MAX).contains(&days) {
            return Err(ApiError::BadRequest(format!("`days` is 1 to {DAYS_MAX}")));
        }
        Ok(ResolutionSpan { from, to, days, now, most: CONTACTS_MAX })
    }
}

/// Key and name; both empty where it is gone for good.
fn of_queue(listed: &Listed, id: u32, language: &str) -> (String, String) {
    let known = listed.ids.queues.iter().find(|(_, known)| **known == QueueId(id));
    let key = known.map(|(key, _)| key.clone()).unwrap_or_default();
    let name = listed.queue_name(QueueId(id), language).unwrap_or_default().to_owned();
    (key, name)
}

fn of_agent(listed: &Listed, id: u32) -> (String, String) {
    let known = listed.ids.agents.iter().find(|(_, known)| **known == AgentId(id));
    let key = known.map(|(key, _)| key.clone()).unwrap_or_default();
    let name = listed.agent_name(AgentId(id)).unwrap_or_default().to_owned();
    (key, name)
}

fn named(found: &ResolutionRows, days: u32, name: impl Fn(u32) -> (String, String)) -> Vec<Row> {
    let row = |(number, counts): (&u64, &ResolutionCounts)| {
        let id = u32::try_from(*number).unwrap_or_default();
        let (key, name) = name(id);
        let name = if name.is_empty() { key.clone() } else { name };
        Row { at: None, id: Some(id), key, name, sheet: Sheet::of(*counts, days) }
    };
    found.iter().map(row).collect()
}

/// Days of the center's own time zone.
fn by_day(found: &ResolutionRows, days: u32, zone: &str) -> Vec<Row> {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let mut by_date: BTreeMap<jiff::civil::Date, ResolutionCounts> = BTreeMap::new();
    for (quarter, counts) in found {
        let Some(date) = Instant::from_micros(*quarter).date_in(&zone) else { continue };
        let sum = by_date.entry(date).or_default();
        *sum = sum.plus(counts);
    }
    let row = |(date, counts): (jiff::civil::Date, ResolutionCounts)| {
        let text = date.to_string();
        Row {
            at: Instant::midnight(date, &zone),
            id: None,
            key: text.clone(),
            name: text,
            sheet: Sheet::of(counts, days),
        }
    };
    by_date.into_iter().map(row).collect()
}

fn csv(rows: &[Row], days: u32) -> String {
    let mut text = String::new();
    for row in rows {
        let mut cells = vec![
            ("key".to_owned(), quoted(&row.key)),
            ("name".to_owned(), quoted(&row.name)),
            ("days".to_owned(), days.to_string()),
        ];
        if let Some(counts) = json!(row.sheet.counts).as_object() {
            cells.extend(counts.iter().map(|(name, value)| (name.clone(), value.to_string())));
        }
        let value = |figure: &ResolutionFigure| figure.value.map(|value| value.to_string()).unwrap_or_default();
        cells.extend(row.sheet.figures.iter().map(|figure| (figure.name.to_owned(), value(figure))));
        let line = |cell: fn(&(String, String)) -> &str| cells.iter().map(cell).collect::<Vec<_>>().join(",");
        if text.is_empty() {
            let _ = writeln!(text, "{}", line(|(name, _)| name));
        }
        let _ = writeln!(text, "{}", line(|(_, value)| value));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The clocks of Berlin went forward on 29 March 2026, and the day began an hour before UTC's.
    #[test]
    fn a_day_is_one_of_the_center() {
        let at = |text: &str| Instant::read(text, Instant::ZERO).unwrap().as_micros();
        let one = ResolutionCounts { contacts: 1, ..ResolutionCounts::default() };
        let times = ["2026-03-28T22:45:00Z", "2026-03-28T23:00:00Z", "2026-03-29T21:45:00Z", "2026-03-29T22:00:00Z"];
        let found = times.iter().map(|text| (at(text), one)).collect();
        let rows = by_day(&found, 7, "Europe/Berlin");
        let told: Vec<_> = rows.iter().map(|row| (row.key.as_str(), row.sheet.counts.contacts)).collect();
        assert_eq!(told, [("2026-03-28", 1), ("2026-03-29", 2), ("2026-03-30", 1)]);
        assert_eq!(rows[1].at.unwrap().as_micros(), at("2026-03-28T23:00:00Z"));
    }
}
