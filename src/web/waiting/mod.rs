//! `GET /api/v1/waiting`: who waits, and why nobody has been given to them: now, or at any moment of the
//! journal. Read from a copy of the router's state; of now, the running center is asked who they are.
//!
//! | what | limit | beyond |
//! | --- | --- | --- |
//! | contacts | [`MOST`] of each queue | the first in the line |

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Signed;
use super::past::{apart, moment, past};
use super::payload::Asked;
use super::{ApiError, WebState};
use crate::acd::{Language, Router};
use crate::base::{ContactId, Instant};
use crate::door::Role;

const MOST: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Key of a queue; all of them without it.
    queue: Option<String>,
    at: Option<String>,
}

pub async fn waiting(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Value>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let queue = wanted.queue.filter(|key| !key.is_empty());
    let then = wanted.at.filter(|text| !text.is_empty());
    let told = match &then {
        Some(text) => {
            let at = moment(&state, text)?;
            let replay = past(&state, at).await?;
            apart(move || replay.router().and_then(|router| tell(router, at, queue.as_deref()))).await?
        }
        None => {
            let checkpoint = state.door.checkpoint().await?;
            let at = checkpoint.at;
            apart(move || tell(&checkpoint.restore(), at, queue.as_deref())).await?
        }
    };
    let mut told = told.ok_or(ApiError::NotFound)?;
    if then.is_none() {
        name(&state, &mut told).await?;
    }
    let items: Vec<Value> = told.items.into_iter().map(|(_, item)| item).collect();
    Ok(Json(json!({"at": told.at, "items": items})))
}

struct Told {
    at: Instant,
    items: Vec<(ContactId, Value)>,
}

/// Who they are; one who has left meanwhile stays without a name.
async fn name(state: &WebState, told: &mut Told) -> Result<(), ApiError> {
    let contacts: Vec<ContactId> = told.items.iter().map(|(contact, _)| *contact).collect();
    let callers = if contacts.is_empty() { Vec::new() } else { state.door.callers(contacts).await? };
    let callers: BTreeMap<_, _> = callers.iter().map(|caller| (caller.contact, caller)).collect();
    for (contact, item) in &mut told.items {
        item["caller"] = json!(callers.get(contact));
    }
    Ok(())
}

/// `None`: there is no such queue.
fn tell(router: &Router, at: Instant, wanted: Option<&str>) -> Option<Told> {
    let rules = router.rules();
    let queues: Vec<_> = rules.queues.iter().filter(|queue| wanted.is_none_or(|key| queue.key == key)).collect();
    if queues.is_empty() && wanted.is_some() {
        return None;
    }
    let mut items = Vec::new();
    for queue in queues {
        for standstill in router.standstills(queue.id, at, MOST) {
            let words = |language| standstill.explain(at, rules, language);
            let mut item = json!(standstill);
            item["queue_key"] = json!(queue.key);
            item["why"] = json!({"en": words(Language::En), "zh": words(Language::Zh)});
            items.push((standstill.line.contact, item));
        }
    }
    Some(Told { at, items })
}
