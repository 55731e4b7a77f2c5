//! What came of a campaign: list by list, by what agents said, and by agent.

use std::collections::BTreeMap;

use crate::base::{AgentId, Instant};
use crate::campaign::CampaignId;
use crate::store::db::{args, instant};
use crate::store::{Store, StoreError};

/// A list of a campaign, and how far it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListProgress {
    pub list: u16,
    /// Empty: entries of before there were lists.
    pub name: String,
    /// The saved search that it was taken from.
    pub view: Option<i64>,
    pub loaded: Option<Instant>,
    pub open: u64,
    /// How those ended that are over.
    pub over: BTreeMap<String, u64>,
    /// Called at least once.
    pub called: u64,
}

/// What an agent said that conversations came to; the key is empty where nothing was said.
pub type Said = BTreeMap<String, u64>;

/// What came of the calls of a campaign.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Results {
    /// Calls by how they ended; `open`: those that are not over.
    pub calls: BTreeMap<String, u64>,
    pub agents: BTreeMap<AgentId, Said>,
}

fn count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

fn number(list: i64) -> u16 {
    u16::try_from(list).unwrap_or(u16::MAX)
}

impl Store {
    /// The lists of a campaign, in their order.
    pub async fn campaign_lists(&self, campaign: CampaignId) -> Result<Vec<ListProgress>, StoreError> {
        let id = i64::from(campaign.0);
        let mut conn = self.read().await?;
        let named: Vec<(i64, String, Option<i64>, i64)> = conn
            .all("SELECT list, name, view, loaded FROM campaign_lists WHERE campaign = $1 ORDER BY list", args![id])
            .await?;
        let standing: Vec<(i64, Option<String>, i64)> = conn
            .all(
                "SELECT list, ended_as, COUNT(*) FROM campaign_entries WHERE campaign = $1 GROUP BY list, ended_as",
                args![id],
            )
            .await?;
        let called: Vec<(i64, i64)> = conn
            .all(
                "SELECT e.list, COUNT(DISTINCT a.entry) FROM campaign_attempts a
                 JOIN campaign_entries e ON e.id = a.entry WHERE a.campaign = $1 GROUP BY e.list",
                args![id],
            )
            .await?;
        let mut lists: BTreeMap<u16, ListProgress> = BTreeMap::new();
        for (list, name, view, loaded) in named {
            let (list, loaded) = (number(list), Some(instant(loaded)));
            lists.insert(list, ListProgress { list, name, view, loaded, ..ListProgress::default() });
        }
        let mut of = |list: i64, tell: &mut dyn FnMut(&mut ListProgress)| {
            let list = number(list);
            tell(lists.entry(list).or_insert_with(|| ListProgress { list, ..ListProgress::default() }));
        };
        for (list, over, entries) in standing {
            of(list, &mut |progress| match &over {
                None => progress.open = count(entries),
                Some(over) => drop(progress.over.insert(over.clone(), count(entries))),
            });
        }
        for (list, entries) in called {
            of(list, &mut |progress| progress.called = count(entries));
        }
        Ok(lists.into_values().collect())
    }

    /// What came of its calls so far.
    pub async fn campaign_results(&self, campaign: CampaignId) -> Result<Results, StoreError> {
        let id = i64::from(campaign.0);
        let mut conn = self.read().await?;
        let ended: Vec<(Option<String>, i64)> = conn
            .all("SELECT outcome, COUNT(*) FROM campaign_attempts WHERE campaign = $1 GROUP BY outcome", args![id])
            .await?;
        let said: Vec<(i64, Option<String>, i64)> = conn
            .all(
                "SELECT i.agent, i.disposition, COUNT(*) FROM campaign_attempts a
                 JOIN interactions i ON i.id = a.interaction
                 WHERE a.campaign = $1 AND i.agent IS NOT NULL AND i.answered IS NOT NULL
                 GROUP BY i.agent, i.disposition",
                args![id],
            )
            .await?;
        let mut results = Results::default();
        for (outcome, calls) in ended {
            *results.calls.entry(outcome.unwrap_or_else(|| "open".to_owned())).or_default() += count(calls);
        }
        for (agent, disposition, calls) in said {
            let Ok(agent) = u32::try_from(agent) else { continue };
            let said = results.agents.entry(AgentId(agent)).or_default();
            *said.entry(disposition.unwrap_or_default()).or_default() += count(calls);
        }
        Ok(results)
    }
}
