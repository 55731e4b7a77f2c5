//! The queues, and commands in an agent's name by third parties: the same words as on the event socket.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Signed;
use super::error::done;
use super::payload::{Id, Payload};
use super::{ApiError, WebState};
use crate::base::AgentId;
use crate::center::desk::{DeskCommand, Outcome};
use crate::center::input::SuperviseCommand;
use crate::door::{Identity, Role};

pub async fn queues(State(state): State<Arc<WebState>>, signed: Signed) -> Result<Json<Value>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    Ok(Json(json!({"items": state.door.board().await?.queues})))
}

#[derive(Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub enum Presence {
    Ready {},
    NotReady { reason: String },
    SignedOut {},
}

/// The agent's own wish, or a supervisor's, who is named as its author.
pub async fn presence(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<u32>,
    Payload(wanted): Payload<Presence>,
) -> Result<Json<Outcome>, ApiError> {
    let agent = allowed(&identity, AgentId(id))?;
    let outcome = if identity.agent_id() == Some(agent) {
        let ask = match wanted {
            Presence::Ready {} => DeskCommand::Ready,
            Presence::NotReady { reason } => DeskCommand::NotReady { reason },
            Presence::SignedOut {} => DeskCommand::SignOut,
        };
        state.door.desk(agent, ask).await?
    } else {
        let ask = match wanted {
            Presence::Ready {} => SuperviseCommand::SetReady { agent },
            Presence::NotReady { reason } => SuperviseCommand::SetNotReady { agent, reason },
            Presence::SignedOut {} => SuperviseCommand::SignOut { agent },
        };
        state.door.supervise(identity.user, ask).await?
    };
    done(outcome)
}

pub async fn command(
    State(state): State<Arc<WebState>>,
    Signed(identity): Signed,
    Id(id): Id<u32>,
    Payload(ask): Payload<DeskCommand>,
) -> Result<Json<Outcome>, ApiError> {
    let agent = allowed(&identity, AgentId(id))?;
    done(state.door.desk(agent, ask).await?)
}

fn allowed(identity: &Identity, agent: AgentId) -> Result<AgentId, ApiError> {
    if identity.may_act_for(agent) { Ok(agent) } else { Err(ApiError::NotAllowed("only your own seat")) }
}
