//! Is the server alive, is it ready, and the pages that say so.
//!
//! | state | `/healthz` | `/readyz` |
//! | --- | --- | --- |
//! | starting | 200 | 503 |
//! | ready | 200 | 200, or 503 when a part is down |
//! | draining, stopped | 200 | 503 |

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::metrics::Metrics;
use crate::cti::Hub;
use crate::door::Door;
use crate::net::Flows;
use crate::store::{Store, Writer};

/// A part that says nothing for so long is down.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Phase {
    Starting = 0,
    Ready = 1,
    Draining = 2,
}

/// What the pages look at.
pub struct Health {
    phase: AtomicU8,
    pub metrics: Arc<Metrics>,
    pub door: Door,
    pub store: Store,
    pub writer: Writer,
    pub hub: Arc<Hub>,
    pub flows: Flows,
}

impl Health {
    pub fn new(metrics: Arc<Metrics>, door: Door, store: Store, writer: Writer, hub: Arc<Hub>, flows: Flows) -> Self {
        Self { phase: AtomicU8::new(Phase::Starting as u8), metrics, door, store, writer, hub, flows }
    }

    pub fn set(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
        self.metrics.ready.set(i64::from(phase == Phase::Ready));
    }

    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            0 => Phase::Starting,
            1 => Phase::Ready,
            _ => Phase::Draining,
        }
    }
}

/// `/healthz` and `/readyz`.
pub fn pages(health: Arc<Health>) -> Router {
    Router::new().route("/healthz", get(async || "alive\n")).route("/readyz", get(readyz)).with_state(health)
}

/// `/metrics`.
pub fn figures(health: Arc<Health>) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(health)
}

async fn readyz(State(health): State<Arc<Health>>) -> Response {
    let (center, store) = tokio::join!(
        tokio::time::timeout(PATIENCE, health.door.board()),
        tokio::time::timeout(PATIENCE, health.store.ping())
    );
    let up = |fine: bool| if fine { "up" } else { "down" };
    let (center, store) = (matches!(center, Ok(Ok(_))), matches!(store, Ok(Ok(()))));
    let writer = health.writer.health();
    let phase = health.phase();
    // Calls go on without the store (from memory and spool), so a store that is down does not make it unready.
    let ready = phase == Phase::Ready && center && writer.lost == 0;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let phase = match phase {
        Phase::Starting => "starting",
        Phase::Ready => "ready",
        Phase::Draining => "draining",
    };
    let parts = json!({"center": up(center), "store": up(store), "writer": up(writer.trouble.is_none())});
    (status, Json(json!({"ready": ready, "phase": phase, "parts": parts}))).into_response()
}

async fn metrics(State(health): State<Arc<Health>>) -> Response {
    let figures = &health.metrics;
    if let Ok(Ok(board)) = tokio::time::timeout(PATIENCE, health.door.board()).await {
        figures.set_board(&board);
    }
    let (clients, dropped) = health.hub.counts();
    figures.set_sockets(clients, dropped);
    figures.set_flows(&health.flows.counts());
    figures.set_writer(&health.writer.health());
    figures.inlet_waiting.set(i64::try_from(health.door.waiting()).unwrap_or(i64::MAX));
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], figures.render()).into_response()
}
