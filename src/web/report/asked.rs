//! What somebody wants of a report, as the values that its text asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::base::Instant;
use crate::door::{Identity, Role};
use crate::report::{Filling, Number, Scope, Shift};
use crate::store::ReportLimits;
use crate::web::ApiError;

const SPAN_MAX: Duration = Duration::from_secs(400 * 86_400);
/// Clocks are told for so long before and after the time asked for, too.
const AROUND: Duration = Duration::from_secs(400 * 86_400);

/// How it is answered.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReportFormat)]
pub enum Format {
    #[default]
    Json,
    Csv,
    Xlsx,
    Pdf,
}

/// As it was asked.
#[derive(Default, Debug)]
pub struct Wanted {
    pub from: Option<String>,
    pub to: Option<String>,
    pub queue: Option<String>,
    pub agent: Option<String>,
    pub zone: Option<String>,
    pub numbers: BTreeMap<String, i64>,
}

/// The time that was asked for.
pub struct Time {
    pub from: Instant,
    pub to: Instant,
    pub now: Instant,
    pub zone: String,
    clock: Vec<Shift>,
}

impl Wanted {
    /// Of the query of an address.
    pub fn of(asked: Vec<(String, String)>) -> Result<(Self, Format), ApiError> {
        let (mut wanted, mut format) = (Self::default(), Format::Json);
        for (name, value) in asked.into_iter().filter(|(_, value)| !value.is_empty()) {
            match name.as_str() {
                "from" => wanted.from = Some(value),
                "to" => wanted.to = Some(value),
                "queue" => wanted.queue = Some(value),
                "agent" => wanted.agent = Some(value),
                "zone" => wanted.zone = Some(value),
                "format" => {
                    format = match value.as_str() {
                        "json" => Format::Json,
                        "csv" => Format::Csv,
                        "xlsx" => Format::Xlsx,
                        "pdf" => Format::Pdf,
                        _ => return Err(ApiError::BadRequest("`format` is `json`, `csv`, `xlsx` or `pdf`".into())),
                    }
                }
                _ => {
                    let number = value.parse().map_err(|_| ApiError::BadRequest(format!("`{name}` is a number")))?;
                    wanted.numbers.insert(name, number);
                }
            }
        }
        Ok((wanted, format))
    }

    pub fn time(&self, now: Instant, zone: &str) -> Result<Time, ApiError> {
        let read =
            |text: &str| Instant::read(text, now).ok_or_else(|| ApiError::BadRequest(format!("`{text}` is no time")));
        let from = read(self.from.as_deref().unwrap_or("-1d"))?;
        let to = read(self.to.as_deref().unwrap_or("now"))?.min(now);
        if from >= to {
            return Err(ApiError::BadRequest("the time ends before it begins".into()));
        }
        if to.since(from) > SPAN_MAX {
            return Err(ApiError::TooMuch("a report is about 400 days at most".into()));
        }
        let zone = self.zone.as_deref().filter(|zone| !zone.is_empty()).unwrap_or(zone);
        let clock =
            jiff::tz::TimeZone::get(zone).map_err(|_| ApiError::BadRequest("`zone` names no time zone".into()))?;
        let clock = Shift::all(&clock, from - AROUND, to + AROUND);
        Ok(Time { from, to, now, zone: zone.to_owned(), clock })
    }

    /// The values for a text that asks for these; `numbers`: what is known of them.
    pub fn filling(
        &self,
        time: &Time,
        numbers: &[Number],
        asks: &BTreeSet<&str>,
        identity: &Identity,
    ) -> Result<Filling, ApiError> {
        if let Some(name) = self.numbers.keys().find(|name| !asks.contains(name.as_str())) {
            return Err(ApiError::BadRequest(format!("this report does not ask for `{name}`")));
        }
        let mut filled = self.numbers.clone();
        for number in numbers {
            let value = *filled.entry(number.key.clone()).or_insert(number.usual);
            if value < number.least || value > number.most {
                let Number { key, least, most, .. } = number;
                return Err(ApiError::BadRequest(format!("`{key}` is {least} to {most}")));
            }
        }
        for (name, at) in [("from", time.from), ("to", time.to), ("now", time.now)] {
            filled.insert(name.to_owned(), i64::try_from(at.as_micros()).unwrap_or(i64::MAX));
        }
        let scope = match (identity.role, &identity.agent) {
            (Role::Agent, Some((_, key))) => Scope::Agent(key.clone()),
            (Role::Agent, None) => return Err(ApiError::NotAllowed("agents only, and supervisors")),
            _ => Scope::All,
        };
        let (queue, agent, clock) = (self.queue.clone(), self.agent.clone(), time.clock.clone());
        Ok(Filling { numbers: filled, queue, agent, clock, scope, rows: ReportLimits::default().rows })
    }
}
