//! Campaigns that run are handed to the center with the entries that are not over, some at a time.

use std::sync::Arc;
use std::time::Duration;

use crate::campaign::CampaignId;
use crate::center::Input;
use crate::center::calling::Told;
use crate::door::DoorError;
use crate::store::StoreError;
use crate::web::WebState;

/// Entries handed over at once: the center looks at them between two calls.
const AT_ONCE: u32 = 500;
/// The store is asked again after so long.
const AGAIN: Duration = Duration::from_secs(5);

/// Why the center does not have them all.
#[derive(Debug, thiserror::Error)]
pub enum NotHanded {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Center(#[from] DoorError),
}

/// At the start of the server: what ran goes on. Begins anew where the store is away.
pub async fn hand_over_all(state: Arc<WebState>) {
    while let Err(error) = hand_over_runs(&state).await {
        match error {
            NotHanded::Center(DoorError::Closed) => return,
            error => tracing::error!(%error, "campaigns do not go on"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn hand_over_runs(state: &WebState) -> Result<(), NotHanded> {
    for run in state.store.campaign_runs().await? {
        let (id, key) = (run.id, run.key.clone());
        state.door.send(Input::Campaign(Box::new(Told::Run(Box::new(run))))).await?;
        hand_over(state, id, &key, 0).await?;
    }
    Ok(())
}

/// The entries after this row.
pub async fn hand_over(state: &WebState, campaign: CampaignId, key: &str, after: i64) -> Result<(), NotHanded> {
    let zone = {
        let model = &state.directory.now().model;
        let zone = model.campaigns.get(key).and_then(|campaign| campaign.timezone.clone());
        zone.unwrap_or_else(|| model.center.timezone.clone())
    };
    let mut last = after;
    loop {
        let entries = state.store.open_entries(campaign, last, &zone, AT_ONCE).await?;
        let Some(row) = entries.last().map(|entry| entry.row) else { return Ok(()) };
        last = row;
        state.door.send(Input::Campaign(Box::new(Told::Entries { campaign, entries }))).await?;
    }
}
