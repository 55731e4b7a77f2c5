//! How far each campaign is.

use std::collections::BTreeMap;

use sqlx::FromRow;

use crate::base::Instant;
use crate::campaign::CampaignId;
use crate::center::calling::{CampaignRun, CampaignState};
use crate::store::db::{Conn, args, instant};
use crate::store::{Store, StoreError};

/// A campaign as a row.
#[derive(Clone, PartialEq, Debug)]
pub struct Campaign {
    pub id: CampaignId,
    pub key: String,
    pub state: CampaignState,
    pub began: Option<Instant>,
    pub changed: Instant,
    /// The user who brought it into this state.
    pub changed_by: String,
}

/// Why a campaign does not become what it should.
#[derive(Debug, thiserror::Error)]
pub enum StateRefused {
    #[error("a campaign that is {} cannot become {}", .0.word(), .1.word())]
    State(CampaignState, CampaignState),
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(FromRow)]
struct CampaignRow {
    id: i64,
    key: String,
    state: String,
    began: Option<i64>,
    changed: i64,
    changed_by: String,
}

impl CampaignRow {
    fn campaign(self) -> Result<Campaign, StoreError> {
        Ok(Campaign {
            id: id_of(self.id)?,
            state: state_of(&self.state)?,
            began: self.began.map(instant),
            changed: instant(self.changed),
            changed_by: self.changed_by,
            key: self.key,
        })
    }
}

pub(super) fn id_of(id: i64) -> Result<CampaignId, StoreError> {
    u16::try_from(id).map(CampaignId).map_err(|_| StoreError::Corrupt(format!("campaign {id}")))
}

fn state_of(word: &str) -> Result<CampaignState, StoreError> {
    let known = CampaignState::ALL.into_iter().find(|state| state.word() == word);
    known.ok_or_else(|| StoreError::Corrupt(format!("state `{word}` of a campaign")))
}

const COLUMNS: &str = "SELECT id, key, state, began, changed, changed_by FROM campaigns";

impl Store {
    /// Those that have a row, by key.
    pub async fn campaigns(&self) -> Result<BTreeMap<String, Campaign>, StoreError> {
        let rows: Vec<CampaignRow> = self.read().await?.all_of(format!("{COLUMNS} ORDER BY key"), &[]).await?;
        rows.into_iter().map(|row| row.campaign().map(|it| (it.key.clone(), it))).collect()
    }

    /// The row of this key; a draft where there was none.
    pub async fn campaign(&self, key: &str, user: &str, now: Instant) -> Result<Campaign, StoreError> {
        let mut conn = self.begin().await?;
        let campaign = row_of(&mut conn, key, user, now).await?;
        conn.commit().await?;
        Ok(campaign)
    }

    /// Starts, pauses or finishes it. Gives what the center is to be told.
    pub async fn set_campaign(
        &self,
        key: &str,
        state: CampaignState,
        user: &str,
        now: Instant,
    ) -> Result<CampaignRun, StateRefused> {
        let mut conn = self.begin().await?;
        let before = row_of(&mut conn, key, user, now).await?;
        if !before.state.may_become(state) {
            return Err(StateRefused::State(before.state, state));
        }
        conn.run(
            "UPDATE campaigns SET state = $2, began = COALESCE(began, $3), changed = $3, changed_by = $4 WHERE id = $1",
            args![i64::from(before.id.0), state.word(), now, user],
        )
        .await?;
        let run = run_of(&mut conn, before.id).await?;
        conn.commit().await?;
        Ok(run)
    }

    /// Those that run or are paused, for a center that begins.
    pub async fn campaign_runs(&self) -> Result<Vec<CampaignRun>, StoreError> {
        let mut conn = self.read().await?;
        let ids: Vec<(i64,)> =
            conn.all("SELECT id FROM campaigns WHERE state IN ('running', 'paused') ORDER BY id", &[]).await?;
        let mut runs = Vec::with_capacity(ids.len());
        for (id,) in ids {
            runs.push(run_of(&mut conn, id_of(id)?).await?);
        }
        Ok(runs)
    }
}

async fn row_of(conn: &mut Conn, key: &str, user: &str, now: Instant) -> Result<Campaign, StoreError> {
    conn.run(
        "INSERT INTO campaigns (key, state, changed, changed_by, seq) VALUES ($1, 'draft', $2, $3, 0)
         ON CONFLICT (key) DO NOTHING",
        args![key, now, user],
    )
    .await?;
    let rows: Vec<CampaignRow> = conn.all_of(format!("{COLUMNS} WHERE key = $1"), args![key]).await?;
    rows.into_iter().next().ok_or(StoreError::NotFound("campaign"))?.campaign()
}

async fn run_of(conn: &mut Conn, id: CampaignId) -> Result<CampaignRun, StoreError> {
    let (key, state, began, seq, kept): (String, String, Option<i64>, i64, Option<String>) =
        conn.one("SELECT key, state, began, seq, kept FROM campaigns WHERE id = $1", args![i64::from(id.0)]).await?;
    let kept = kept.map(|kept| serde_json::from_str(&kept)).transpose();
    let kept = kept.map_err(|error| StoreError::Corrupt(format!("the pacer of campaign `{key}`: {error}")))?;
    Ok(CampaignRun {
        id,
        state: state_of(&state)?,
        began: instant(began.unwrap_or(0)),
        kept,
        seq: u64::try_from(seq).unwrap_or(0),
        key,
    })
}
