//! `GET /api/v1/colleagues`: where an agent's call can go: who is there and free, and how long the lines are. Less
//! than the board, which is for supervisors: no figures of anybody's day.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::access::Signed;
use super::{ApiError, WebState};
use crate::acd::AgentState;
use crate::center::board::{AgentRow, QueueTile};

pub async fn colleagues(State(state): State<Arc<WebState>>, Signed(_): Signed) -> Result<Json<Value>, ApiError> {
    let board = state.door.board().await?;
    let agents: Vec<Value> = board.agents.iter().map(agent).collect();
    let queues: Vec<Value> = board.queues.iter().map(queue).collect();
    Ok(Json(json!({"at": board.at, "agents": agents, "queues": queues})))
}

/// `free`: can be rung for somebody's call now.
fn agent(row: &AgentRow) -> Value {
    let (name, reason) = match &row.state {
        AgentState::SignedOut => ("signed_out", None),
        AgentState::NotReady { reason } => ("not_ready", Some(reason)),
        AgentState::Ready => ("ready", None),
        AgentState::Reserved { .. } => ("reserved", None),
        AgentState::Busy { .. } => ("busy", None),
        AgentState::WrapUp { .. } => ("wrap_up", None),
    };
    let free = row.phone_reachable && matches!(name, "not_ready" | "ready" | "wrap_up");
    json!({"id": row.id, "key": row.key, "name": row.name, "state": name, "reason": reason, "since": row.since, "free": free})
}

fn queue(tile: &QueueTile) -> Value {
    json!({"id": tile.id, "key": tile.key, "name": tile.name, "waiting": tile.waiting, "longest_since": tile.longest_since,
        "asa_ms": tile.asa_ms, "ready": tile.ready})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{AgentId, ContactId, Instant};

    #[test]
    fn who_can_be_rung_for_a_call() {
        let break_ = || AgentState::NotReady { reason: "break".to_owned() };
        let busy = || AgentState::Busy { contact: ContactId(3) };
        for (state, phone_reachable, name, free) in [
            (AgentState::Ready, true, "ready", true),
            (AgentState::Ready, false, "ready", false),
            (break_(), true, "not_ready", true),
            (busy(), true, "busy", false),
            (AgentState::SignedOut, true, "signed_out", false),
        ] {
            let row = AgentRow {
                id: AgentId(7),
                key: "ana".to_owned(),
                name: "Ana".to_owned(),
                state,
                since: Instant::default(),
                next: None,
                by: None,
                queue: None,
                phone_reachable,
            };
            let told = agent(&row);
            assert_eq!((&told["state"], &told["free"]), (&json!(name), &json!(free)));
            assert_eq!(told["reason"].as_str(), (name == "not_ready").then_some("break"));
        }
    }
}
