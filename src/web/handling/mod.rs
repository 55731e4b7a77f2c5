//! `GET /api/v1/handling`: who handled the contacts of a time, for how long, and who handed them to whom. What its
//! words mean stands in `crm::handling`.
//!
//! | what | limit | beyond |
//! | --- | --- | --- |
//! | time asked for | [`SPAN_MAX`] | 422 `too_much` |
//! | contacts | [`CONTACTS_MAX`] | 422 `too_much` |

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Signed;
use super::describe::problems;
use super::directory::Listed;
use super::payload::Asked;
use super::{ApiError, WebState};
use crate::base::{AgentId, Instant};
use crate::crm::{Handled, Receiver};
use crate::door::Role;

const SPAN_MAX: Duration = Duration::from_secs(92 * 86_400);
const CONTACTS_MAX: u32 = 100_000;

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(handling))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Span {
    from: String,
    to: Option<String>,
}

/// What an agent had of the contacts.
#[derive(Serialize, ToSchema)]
struct HandledBy {
    agent: AgentId,
    /// Empty: the agent was removed.
    name: String,
    #[serde(flatten)]
    handled: Handled,
}

/// How often contacts went this way.
#[derive(Serialize, ToSchema)]
struct HandedOn {
    from: AgentId,
    #[serde(flatten)]
    receiver: Receiver,
    /// Of the agent or queue; empty: somebody outside, or removed.
    name: String,
    count: u64,
}

/// Who handled what, and who handed it to whom.
#[derive(Serialize, ToSchema)]
#[schema(as = Handling)]
struct Shown {
    from: Instant,
    to: Instant,
    agents: Vec<HandledBy>,
    handovers: Vec<HandedOn>,
}

/// Who handled the contacts of a time, for how long, and who handed them to whom. Supervisors.
#[utoipa::path(
    get, path = "/handling", tag = "statistics", params(Span),
    responses((status = 200, description = "By agent, and from whom to whom", body = Shown), problems::Past)
)]
async fn handling(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Asked(wanted): Asked<Span>,
) -> Result<Json<Shown>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let (from, to) = wanted.read((state.clock)())?;
    let found = state.store.handling(from, to, CONTACTS_MAX).await?;
    let listed = state.directory.now();
    let by = |(agent, handled)| HandledBy { agent, name: of_agent(&listed, agent), handled };
    let on = |((from, receiver), count)| {
        let name = match receiver {
            Receiver::Agent { agent } => of_agent(&listed, agent),
            Receiver::Queue { queue } => listed.queue_name(queue, &identity.language).unwrap_or_default().to_owned(),
            Receiver::Flow | Receiver::Outside => String::new(),
        };
        HandedOn { from, receiver, name, count }
    };
    let agents = found.agents.into_iter().map(by).collect();
    Ok(Json(Shown { from, to, agents, handovers: found.handovers.into_iter().map(on).collect() }))
}

fn of_agent(listed: &Listed, agent: AgentId) -> String {
    listed.agent_name(agent).unwrap_or_default().to_owned()
}

impl Span {
    fn read(&self, now: Instant) -> Result<(Instant, Instant), ApiError> {
        let read =
            |text: &str| Instant::read(text, now).ok_or_else(|| ApiError::BadRequest(format!("`{text}` is no time")));
        let (from, to) = (read(&self.from)?, read(self.to.as_deref().unwrap_or("now"))?.min(now));
        if from >= to {
            return Err(ApiError::BadRequest("the time ends before it begins".into()));
        }
        if to.since(from) > SPAN_MAX {
            return Err(ApiError::TooMuch("more than 92 days: ask for less".into()));
        }
        Ok((from, to))
    }
}
