//! Is the server alive, is it ready, and the pages that say so.
//!
//! | state | `/healthz` | `/readyz` |
//! | --- | --- | --- |
//! | starting | 200 | 503 |
//! | ready | 200 | 200, or 503 when a part is down |
//! | draining, stopped | 200 | 503 |

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, json};

use crate::config::Folders;
use crate::cti::Hub;
use crate::door::Door;
use crate::net::Flows;
use crate::server::metrics::Metrics;
use crate::sip::TrunkState;
use crate::store::{Cause, Store, StoreError, Writer, trial};

/// A part that says nothing for so long is down.
const PATIENCE: Duration = Duration::from_secs(1);
const TRIAL_GOOD_FOR: Duration = Duration::from_millis(500);

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
    /// Where the spool and the recordings are: they must take writes.
    pub folders: Folders,
    /// The last trial writes, by part, and when they were made.
    trials: tokio::sync::Mutex<Option<(Instant, [Option<Cause>; 2])>>,
}

impl Health {
    pub fn new(
        metrics: Arc<Metrics>,
        door: Door,
        store: Store,
        writer: Writer,
        hub: Arc<Hub>,
        flows: Flows,
        folders: Folders,
    ) -> Self {
        let (phase, trials) = (AtomicU8::new(Phase::Starting as u8), tokio::sync::Mutex::default());
        Self { phase, metrics, door, store, writer, hub, flows, folders, trials }
    }

    /// What spool and recordings can not be written for. However often it is asked, few trials are made.
    async fn disks(&self) -> [Option<Cause>; 2] {
        let mut trials = self.trials.lock().await;
        if let Some((_, found)) = trials.filter(|(at, _)| at.elapsed() < TRIAL_GOOD_FOR) {
            return found;
        }
        let (spool, recordings) =
            tokio::join!(trial(self.folders.data.clone()), trial(self.folders.recordings.clone()));
        let found = [spool.err(), recordings.err()];
        *trials = Some((Instant::now(), found));
        found
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
    let (center, trunks, store, [spool, recordings]) = tokio::join!(
        tokio::time::timeout(PATIENCE, health.door.board()),
        tokio::time::timeout(PATIENCE, health.door.trunks()),
        tokio::time::timeout(PATIENCE, health.store.ping()),
        health.disks()
    );
    let center = matches!(center, Ok(Ok(_)));
    let store = health.store.cause().or(match store {
        Ok(Ok(())) => None,
        Ok(Err(StoreError::Unavailable(cause, _))) => Some(cause),
        Ok(Err(_)) => Some(Cause::DatabaseDamaged),
        Err(_) => Some(Cause::DatabaseBusy),
    });
    let writer = health.writer.health();
    let behind = writer.trouble.is_some().then(|| store.or(spool).unwrap_or(Cause::DatabaseBusy));
    let phase = health.phase();
    // Calls go on without the store (from memory and spool), so a store that is down does not make it unready.
    let ready = phase == Phase::Ready && center && writer.lost == 0;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let phase = match phase {
        Phase::Starting => "starting",
        Phase::Ready => "ready",
        Phase::Draining => "draining",
    };
    let (mut parts, mut causes) = (Map::new(), Map::new());
    let mut tell = |part: &str, cause: Option<&'static str>| {
        parts.insert(part.to_owned(), json!(if cause.is_none() { "up" } else { "down" }));
        if let Some(cause) = cause {
            causes.insert(part.to_owned(), json!(cause));
        }
    };
    tell("center", (!center).then_some("center_silent"));
    // One of several that is down costs no call, so it does not make the server unready either.
    let trunk_down = matches!(trunks, Ok(Ok(trunks)) if trunks.iter().any(|trunk| trunk.state == TrunkState::Down));
    tell("trunks", trunk_down.then_some("trunk_down"));
    for (part, cause) in [("store", store), ("writer", behind), ("spool", spool), ("recordings", recordings)] {
        tell(part, cause.map(Cause::word));
    }
    (status, Json(json!({"ready": ready, "phase": phase, "parts": parts, "causes": causes}))).into_response()
}

async fn metrics(State(health): State<Arc<Health>>) -> Response {
    let figures = &health.metrics;
    if let Ok(Ok(board)) = tokio::time::timeout(PATIENCE, health.door.board()).await {
        figures.set_board(&board);
    }
    if let Ok(Ok(trunks)) = tokio::time::timeout(PATIENCE, health.door.trunks()).await {
        figures.set_trunks(&trunks);
    }
    let (clients, dropped) = health.hub.counts();
    figures.set_sockets(clients, dropped);
    figures.set_flows(&health.flows.counts());
    figures.set_store(&health.writer.health(), health.store.statements());
    figures.inlet_waiting.set(i64::try_from(health.door.waiting()).unwrap_or(i64::MAX));
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], figures.render()).into_response()
}
