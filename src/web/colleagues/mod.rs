//! `GET /api/v1/colleagues`: where an agent's call can go: who is there and free, and how long the lines are. Less
//! than the board, which is for supervisors: no figures of anybody's day.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Signed;
use super::{ApiError, WebState};
use crate::acd::AgentState;
use crate::base::{AgentId, Instant, QueueId};
use crate::center::board::{AgentRow, QueueTile};

pub fn routes() -> OpenApiRouter<Arc<WebState>> {
    OpenApiRouter::new().routes(routes!(colleagues))
}

/// Where a call can go.
#[derive(Serialize, ToSchema)]
struct Colleagues {
    at: Instant,
    agents: Vec<Colleague>,
    queues: Vec<Line>,
}

#[derive(Serialize, ToSchema)]
struct Colleague {
    id: AgentId,
    key: String,
    name: String,
    state: ColleagueState,
    /// Why not ready.
    reason: Option<String>,
    /// In this state since then.
    since: Instant,
    /// Can be rung for somebody's call now.
    free: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ColleagueState {
    SignedOut,
    NotReady,
    Ready,
    Reserved,
    Busy,
    WrapUp,
}

/// A queue and who waits there.
#[derive(Serialize, ToSchema)]
#[schema(as = ColleagueQueue)]
struct Line {
    id: QueueId,
    key: String,
    name: String,
    waiting: u32,
    /// When the longest waiting contact arrived.
    longest_since: Option<Instant>,
    /// Mean wait until the answer, today.
    asa_ms: u64,
    /// Agents.
    ready: u32,
}

/// Where a call can go: the agents and the queues of the center.
#[utoipa::path(
    get, path = "/colleagues", tag = "agents",
    responses((status = 200, description = "All of them", body = Colleagues))
)]
async fn colleagues(State(state): State<Arc<WebState>>, Signed(_): Signed) -> Result<Json<Colleagues>, ApiError> {
    let board = state.door.board().await?;
    let agents = board.agents.iter().map(agent).collect();
    let queues = board.queues.iter().map(queue).collect();
    Ok(Json(Colleagues { at: board.at, agents, queues }))
}

fn agent(row: &AgentRow) -> Colleague {
    let (state, reason) = match &row.state {
        AgentState::SignedOut => (ColleagueState::SignedOut, None),
        AgentState::NotReady { reason } => (ColleagueState::NotReady, Some(reason.clone())),
        AgentState::Ready => (ColleagueState::Ready, None),
        AgentState::Reserved { .. } => (ColleagueState::Reserved, None),
        AgentState::Busy { .. } => (ColleagueState::Busy, None),
        AgentState::WrapUp { .. } => (ColleagueState::WrapUp, None),
    };
    let can_be_rung = matches!(state, ColleagueState::NotReady | ColleagueState::Ready | ColleagueState::WrapUp);
    Colleague {
        id: row.id,
        key: row.key.clone(),
        name: row.name.clone(),
        state,
        reason,
        since: row.since,
        free: row.phone_reachable && can_be_rung,
    }
}

fn queue(tile: &QueueTile) -> Line {
    Line {
        id: tile.id,
        key: tile.key.clone(),
        name: tile.name.clone(),
        waiting: tile.waiting,
        longest_since: tile.longest_since,
        asa_ms: tile.asa_ms,
        ready: tile.ready,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::ContactId;

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
            let told = json!(agent(&row));
            assert_eq!((&told["state"], &told["free"]), (&json!(name), &json!(free)));
            assert_eq!(told["reason"].as_str(), (name == "not_ready").then_some("break"));
        }
    }
}
