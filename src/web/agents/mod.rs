//! The queues, and commands in an agent's name by third parties: the same words as on the event socket.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Signed;
use super::answer::Items;
use super::describe::problems;
use super::directory::Listed;
use super::error::done;
use super::payload::{Id, Payload};
use super::{ApiError, WebState};
use crate::base::{AgentId, foreign_field, with_nearest};
use crate::center::board::QueueTile;
use crate::center::desk::{CommandOutcome, DeskCommand, LeftOut};
use crate::center::input::SuperviseCommand;
use crate::door::{Identity, Role};

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new()
        .routes(routes!(queues))
        .routes(routes!(presences))
        .routes(routes!(presence))
        .routes(routes!(command))
}

/// The queues of the board. Supervisors.
#[utoipa::path(
    get, path = "/queues", tag = "board",
    responses((status = 200, description = "The queues", body = Items<QueueTile>))
)]
async fn queues(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Json<Items<QueueTile>>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    Ok(Json(Items { items: state.door.board().await?.queues }))
}

#[derive(Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub enum Presence {
    Ready {},
    NotReady { reason: String },
    SignedOut {},
}

/// The agent's own wish, or a supervisor's, who is named as its author.
#[utoipa::path(
    post, path = "/agents/{id}/presence", tag = "agents", params(("id" = u32, Path)), request_body = Presence,
    responses((status = 200, description = "Done", body = CommandOutcome), problems::Conflict)
)]
async fn presence(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<u32>,
    Payload(wanted): Payload<Presence>,
) -> Result<Json<CommandOutcome>, ApiError> {
    let agent = allowed(&identity, AgentId(id))?;
    let outcome = if identity.agent_id() == Some(agent) {
        let ask = match wanted {
            Presence::Ready {} => DeskCommand::Ready,
            Presence::NotReady { reason } => DeskCommand::NotReady { reason },
            Presence::SignedOut {} => DeskCommand::SignOut,
        };
        state.door.desk(agent, ask).await.map_err(|error| ApiError::of_center(error, &state.store))?
    } else {
        let ask = match wanted {
            Presence::Ready {} => SuperviseCommand::SetReady { agent },
            Presence::NotReady { reason } => SuperviseCommand::SetNotReady { agent, reason },
            Presence::SignedOut {} => SuperviseCommand::SignOut { agent },
        };
        state.door.supervise(identity.user, ask).await.map_err(|error| ApiError::of_center(error, &state.store))?
    };
    done(outcome)
}

/// A state for several agents.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PresenceOfMany)]
pub struct Many {
    #[serde(default)]
    agents: Vec<u32>,
    /// Everybody in it, besides.
    group: Option<String>,
    state: Wished,
    reason: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PresenceState)]
enum Wished {
    Ready,
    NotReady,
    SignedOut,
}

/// A supervisor's wish for several agents. Ready is one board: as many waiting contacts as possible find one
/// of them.
#[utoipa::path(
    post, path = "/agents/presence", tag = "agents", request_body = Many,
    responses((status = 200, description = "Done, for all but those who are named", body = CommandOutcome), problems::Conflict)
)]
async fn presences(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Payload(many): Payload<Many>,
) -> Result<Json<CommandOutcome>, ApiError> {
    let identity = signed.at_least(Role::Supervisor)?;
    let agents = many.members(&state.directory.now())?;
    let user = identity.user;
    match (many.state, many.reason) {
        (Wished::Ready, None) => done(
            state
                .door
                .supervise(user, SuperviseCommand::SetReadyTogether { agents })
                .await
                .map_err(|error| ApiError::of_center(error, &state.store))?,
        ),
        (Wished::NotReady, Some(reason)) => {
            let ask = |agent| SuperviseCommand::SetNotReady { agent, reason: reason.clone() };
            one_by_one(&state, &user, &agents, ask).await
        }
        (Wished::SignedOut, None) => {
            one_by_one(&state, &user, &agents, |agent| SuperviseCommand::SignOut { agent }).await
        }
        (Wished::NotReady, None) => Err(ApiError::BadRequest("not_ready wants a reason".into())),
        (_, Some(_)) => Err(ApiError::BadRequest("only not_ready has a reason".into())),
    }
}

async fn one_by_one(
    state: &WebState,
    user: &str,
    agents: &[AgentId],
    ask: impl Fn(AgentId) -> SuperviseCommand,
) -> Result<Json<CommandOutcome>, ApiError> {
    let mut left_out = Vec::new();
    for agent in agents.iter().copied() {
        if let CommandOutcome::Refused { code, message } = state
            .door
            .supervise(user.to_owned(), ask(agent))
            .await
            .map_err(|error| ApiError::of_center(error, &state.store))?
        {
            left_out.push(LeftOut { agent, code, message });
        }
    }
    done(if left_out.is_empty() { CommandOutcome::Done } else { CommandOutcome::Partly { left_out } })
}

impl Many {
    fn members(&self, listed: &Listed) -> Result<Vec<AgentId>, ApiError> {
        let mut agents: BTreeSet<AgentId> = self.agents.iter().copied().map(AgentId).collect();
        if let Some(group) = &self.group {
            if !listed.model.groups.contains(group) {
                return Err(ApiError::BadRequest(format!("there is no group `{group}`")));
            }
            let members = listed.model.agents.iter().filter(|(_, agent)| agent.group.as_ref() == Some(group));
            agents.extend(members.filter_map(|(key, _)| listed.ids.agents.get(key).copied()));
        }
        match agents.is_empty() {
            true => Err(ApiError::BadRequest("name agents, or a group that has some".into())),
            false => Ok(agents.into_iter().collect()),
        }
    }
}

/// A command of the event socket, in the name of the agent.
#[utoipa::path(
    post, path = "/agents/{id}/commands", tag = "agents", params(("id" = u32, Path)), request_body = DeskCommand,
    responses((status = 200, description = "Done", body = CommandOutcome), problems::Conflict)
)]
async fn command(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<u32>,
    Payload(body): Payload<Value>,
) -> Result<Json<CommandOutcome>, ApiError> {
    let agent = allowed(&identity, AgentId(id))?;
    let ask =
        DeskCommand::deserialize(&body).map_err(|error| ApiError::BadRequest(with_nearest(&error.to_string())))?;
    if let Some(why) = foreign_field(&body, &ask) {
        return Err(ApiError::BadRequest(why));
    }
    let outcome = match supervised(agent, &ask).filter(|_| identity.agent_id() != Some(agent)) {
        Some(ask) => state.door.supervise(identity.user, ask).await,
        None => state.door.desk(agent, ask).await,
    };
    done(outcome.map_err(|error| ApiError::of_center(error, &state.store))?)
}

/// What is written down as a supervisor's doing, where one asks it for an agent.
fn supervised(agent: AgentId, ask: &DeskCommand) -> Option<SuperviseCommand> {
    match ask {
        DeskCommand::Ready => Some(SuperviseCommand::SetReady { agent }),
        DeskCommand::NotReady { reason } => Some(SuperviseCommand::SetNotReady { agent, reason: reason.clone() }),
        DeskCommand::SignOut => Some(SuperviseCommand::SignOut { agent }),
        DeskCommand::HangUp { interaction } => Some(SuperviseCommand::HangUp { agent, interaction: *interaction }),
        _ => None,
    }
}

fn allowed(identity: &Identity, agent: AgentId) -> Result<AgentId, ApiError> {
    if identity.may_act_for(agent) { Ok(agent) } else { Err(ApiError::NotAllowed("only your own seat")) }
}
