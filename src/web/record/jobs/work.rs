//! Jobs on records in the background, one after the other, slice by slice.

use std::sync::Arc;
use std::time::Duration;

use crate::record::Who;
use crate::store::record::{Job, RecordError, Worker};
use crate::web::WebState;
use crate::web::record::house::House;

/// Without being woken, it looks so often.
const LOOK: Duration = Duration::from_secs(15);
/// The store is away: it is tried again after so long.
const AGAIN: Duration = Duration::from_secs(1);

/// Does whatever is to do, for as long as the server runs. What the process before left goes on first.
pub async fn work(state: Arc<WebState>) {
    loop {
        match state.records.job_at_work().await {
            Ok(Some(job)) => do_job(&state, job).await,
            Ok(None) => drop(tokio::time::timeout(LOOK, state.records.work_waits()).await),
            Err(error) => {
                tracing::warn!(%error, "jobs on records wait");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

async fn do_job(state: &WebState, job: Job) {
    let Err(error) = slices(state, job.clone()).await else { return };
    match error {
        RecordError::Store(error) if error.is_transient() => {
            tracing::warn!(%error, job = job.id, "a job on records waits");
            tokio::time::sleep(AGAIN).await;
        }
        error => {
            tracing::warn!(%error, job = job.id, "a job on records failed");
            if let Err(error) = state.records.job_failed(&job, &error.to_string(), (state.clock)()).await {
                tracing::warn!(%error, job = job.id, "and that was not written down");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

async fn slices(state: &WebState, job: Job) -> Result<(), RecordError> {
    let region = state.directory.now().model.center.region.clone();
    let mut worker = Worker::open(job, &state.files, &region).await?;
    loop {
        let began = tokio::time::Instant::now();
        let house = House::new(state.directory.now());
        let (author, team) = (worker.job.author.clone(), worker.job.team.clone());
        let who = Who { user: &author, role: worker.job.role, team: team.as_deref() };
        let asking = house.asking_as(who, (state.clock)());
        if !worker.step(&state.records, &asking).await? {
            return Ok(());
        }
        if state.store.kind() == "sqlite" && !worker.job.dry {
            // Who waits for the lock of SQLite asks again now and then: the gaps must be as long as the work.
            tokio::time::sleep(began.elapsed()).await;
        }
    }
}
