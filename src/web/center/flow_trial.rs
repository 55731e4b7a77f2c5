//! A flow that is nowhere yet: its mistakes, and what a caller would hear who is not there.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::flows::Dialplan;
use crate::base::Instant;
use crate::dialplan::drawing::{Drawing, Look, look, write};
use crate::dialplan::rehearse::{Caller, Happening, What, rehearse};
use crate::dialplan::{DialFailed, Facts, Flow, Language, QueueLeft};
use crate::door::Role;
use crate::setup::CenterModel;
use crate::web::access::Signed;
use crate::web::answer::Language as Spoken;
use crate::web::describe::problems;
use crate::web::payload::Payload;
use crate::web::{ApiError, WebState};

/// Keys that a caller presses.
const DIGITS_MAX: usize = 64;

/// A flow as somebody has it before them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowChecked)]
pub struct Checked {
    /// Of the flow.
    key: String,
    #[serde(default)]
    text: String,
    /// Written into the text first: what is the same stays as it is written there.
    #[serde(default)]
    drawing: Option<Drawing>,
}

/// Reads a flow, stored or not: what it says, and its mistakes at the steps that have them. Administrators.
#[utoipa::path(
    post, path = "/center/flow-check", tag = "set-up", request_body = Checked,
    responses((status = 200, description = "What it says, and what is wrong with it", body = Look), problems::Judged)
)]
pub async fn check_flow(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Payload(asked): Payload<Checked>,
) -> Result<Json<Look>, ApiError> {
    signed.at_least(Role::Admin)?;
    let (model, _) = state.store.center().await?;
    let text = match &asked.drawing {
        Some(drawing) => {
            write(&asked.text, drawing).map_err(|error| ApiError::Mistakes { mistakes: vec![error.to_string()] })?
        }
        None => asked.text,
    };
    Ok(Json(look(&asked.key, &text, &state.keeper.dialplan().around(&model))))
}

/// A caller who is not there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowRehearsal)]
pub struct Rehearsal {
    key: String,
    text: String,
    /// Of the caller; empty: withheld.
    #[serde(default)]
    number: String,
    #[serde(default)]
    called: String,
    /// When, as clocks in the zone of the flow show it: `2026-10-01T09:30`.
    at: String,
    /// What the number that is called speaks; `null`: as the center does.
    #[serde(default)]
    language: Option<Spoken>,
    #[serde(default)]
    customer: Option<Customer>,
    /// Pressed one by one where the flow asks; a comma: nothing, until the time is over.
    #[serde(default)]
    digits: String,
    /// How a line ends; `null`: an agent talks with the caller.
    #[serde(default)]
    line: Option<QueueLeft>,
    /// How a call to somebody ends; `null`: it is answered.
    #[serde(default)]
    dial: Option<DialFailed>,
}

/// What the store would know of the caller.
#[derive(Deserialize, Default, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = FlowCustomer)]
pub struct Customer {
    tier: String,
    language: Option<Spoken>,
    /// In the smallest unit of the currency.
    value: Option<u64>,
    /// Key of the agent who served them last.
    last_agent: String,
}

/// What happens to the caller, in order.
#[derive(Serialize, ToSchema)]
#[schema(as = FlowRehearsed)]
pub struct Rehearsed {
    items: Vec<Told>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = FlowTold)]
struct Told {
    #[serde(flatten)]
    happening: Happening,
    /// What is spoken, where something is.
    said: Option<String>,
}

/// Leads a caller through a flow who is not there: nothing rings, nobody is looked up. Administrators.
#[utoipa::path(
    post, path = "/center/flow-rehearsal", tag = "set-up", request_body = Rehearsal,
    responses((status = 200, description = "What the caller hears, and where the call ends", body = Rehearsed), problems::Judged)
)]
pub async fn rehearse_flow(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Payload(asked): Payload<Rehearsal>,
) -> Result<Json<Rehearsed>, ApiError> {
    signed.at_least(Role::Admin)?;
    if asked.digits.len() > DIGITS_MAX || !asked.digits.chars().all(|c| c.is_ascii_digit() || "*#,".contains(c)) {
        return Err(ApiError::BadRequest("`digits` are at most 64 of 0-9, `*`, `#` and `,`".into()));
    }
    let (model, _) = state.store.center().await?;
    let plan = state.keeper.dialplan();
    let flow = Flow::parse(&asked.key, &asked.text, &plan.around(&model)).map_err(|found| ApiError::Mistakes {
        mistakes: found.iter().map(|mistake| format!("{}: {}", mistake.line, mistake.problem)).collect(),
    })?;
    let caller = caller(&asked, &flow, &model)?;
    let told = |happening: Happening| Told { said: said(&happening, &plan), happening };
    Ok(Json(Rehearsed { items: rehearse(&flow, &caller).into_iter().map(told).collect() }))
}

fn caller(asked: &Rehearsal, flow: &Flow, model: &CenterModel) -> Result<Caller, ApiError> {
    let wrong = || ApiError::BadRequest("`at` is a date and a time such as 2026-10-01T09:30".into());
    let at: DateTime = asked.at.parse().map_err(|_| wrong())?;
    let at = at.to_zoned(flow.zone().cloned().unwrap_or(TimeZone::UTC)).map_err(|_| wrong())?;
    let at = u64::try_from(at.timestamp().as_microsecond()).map_err(|_| wrong())?;
    let own = model.center.languages.first().and_then(|language| Language::parse(language)).unwrap_or_default();
    let language = asked.language.map_or(own.as_str(), word);
    let mut call = facts([("caller", &asked.number), ("called", &asked.called), ("var.language", language)]);
    call.insert("customer.known".into(), "none".into());
    let customer = asked.customer.as_ref().map(|customer| {
        let value = customer.value.map(|value| value.to_string()).unwrap_or_default();
        let spoken = customer.language.map_or("", word);
        let mut known = facts([
            ("customer.tier", customer.tier.as_str()),
            ("customer.language", spoken),
            ("customer.value", value.as_str()),
            ("customer.last_agent", customer.last_agent.as_str()),
        ]);
        known.insert("customer.known".into(), "one".into());
        known
    });
    let (customer, digits) = (customer.unwrap_or_default(), asked.digits.clone());
    Ok(Caller { call, customer, at: Instant::from_micros(at), digits, line: asked.line, dial: asked.dial })
}

fn word(language: Spoken) -> &'static str {
    match language {
        Spoken::En => "en",
        Spoken::Zh => "zh",
    }
}

/// Without those that are not known.
fn facts<const N: usize>(all: [(&str, &str); N]) -> Facts {
    let known = all.into_iter().filter(|(_, value)| !value.is_empty());
    known.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn said(happening: &Happening, plan: &Dialplan) -> Option<String> {
    let What::Heard { language, sounds } = &happening.what else { return None };
    let none = BTreeMap::new();
    let text = |sound: &String| {
        let name =
            sound.split_once('/').filter(|(folder, _)| *folder == language.as_str()).map_or("", |(_, name)| name);
        plan.texts.get(name).unwrap_or(&none).get(language.as_str()).cloned()
    };
    let words: Vec<String> = sounds.iter().filter_map(text).collect();
    let between = if *language == Language::Zh { "" } else { " " };
    Some(words.join(between)).filter(|text| !text.is_empty())
}
