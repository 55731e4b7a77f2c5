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
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Signed;
use super::answer::both;
use super::past::{apart, moment, past};
use super::payload::Asked;
use super::{ApiError, WebState};
use crate::acd::{Router, Standstill};
use crate::base::Instant;
use crate::center::Caller;
use crate::center::desk::Words;
use crate::door::Role;

const MOST: usize = 100;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(waiting))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Key of a queue; all of them without it.
    queue: Option<String>,
    /// A moment of the journal; now without it.
    at: Option<String>,
}

/// Who waits, and why nobody has been given to them. Supervisors.
#[utoipa::path(
    get, path = "/waiting", tag = "board", params(Wanted),
    responses((status = 200, description = "In the order in which they are served", body = Told))
)]
async fn waiting(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Told>, ApiError> {
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
    Ok(Json(told))
}

#[derive(Serialize, ToSchema)]
#[schema(as = Waiting)]
struct Told {
    at: Instant,
    items: Vec<Waits>,
}

/// A contact in the line.
#[derive(Serialize, ToSchema)]
#[schema(as = WaitingContact)]
struct Waits {
    #[serde(flatten)]
    standstill: Standstill,
    queue_key: String,
    /// Place and state, then a reason a line.
    why: Words,
    /// Who it is; `null`: has just left. Of the past it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Caller>, required = false)]
    caller: Option<Option<Caller>>,
}

/// Who they are; one who has left meanwhile stays without a name.
async fn name(state: &WebState, told: &mut Told) -> Result<(), ApiError> {
    let contacts: Vec<_> = told.items.iter().map(|item| item.standstill.line.contact).collect();
    let callers = if contacts.is_empty() { Vec::new() } else { state.door.callers(contacts).await? };
    let mut callers: BTreeMap<_, _> = callers.into_iter().map(|caller| (caller.contact, caller)).collect();
    for item in &mut told.items {
        item.caller = Some(callers.remove(&item.standstill.line.contact));
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
            let why = both(|language| standstill.explain(at, rules, language));
            items.push(Waits { standstill, queue_key: queue.key.clone(), why, caller: None });
        }
    }
    Some(Told { at, items })
}
