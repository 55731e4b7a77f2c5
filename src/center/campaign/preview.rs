//! An agent reads the next entry before the call is made, or not.

use super::campaigns::Campaigns;
use super::running::Reading;
use crate::base::AgentId;
use crate::campaign::{CampaignId, Input, Mode};
use crate::center::answer::Refused;
use crate::center::calling::{Called, CampaignRule};
use crate::center::desk::{CampaignPop, DeskEvent, Preview, Refusal};
use crate::center::turn::Turn;

impl Campaigns {
    /// The store says whom the entry calls: the agent is shown it, if the agent still reads.
    pub fn read(&mut self, campaign: CampaignId, agent: AgentId, called: Option<Called>, turn: &mut Turn<'_>) {
        let Some(reading) = self.all.get_mut(&campaign).and_then(|running| running.reading.as_mut()) else { return };
        if reading.agent != agent {
            return;
        }
        match called {
            Some(called) => {
                reading.called = Some(called);
                let preview = self.preview_of(agent, turn);
                turn.push(agent, DeskEvent::PreviewChanged { preview });
            }
            // It is over, or not to be called any more.
            None => self.tell(campaign, Input::Skip(agent), turn),
        }
    }

    /// What this agent reads now.
    pub fn preview_of(&self, agent: AgentId, turn: &Turn<'_>) -> Option<Preview> {
        self.reads(agent, &turn.rules.configuration.region)
    }

    /// The same, for a snapshot.
    pub fn reads(&self, agent: AgentId, region: &str) -> Option<Preview> {
        let reads = |reading: &&Reading| reading.agent == agent;
        let (running, reading) =
            self.all.values().find_map(|it| Some((it, it.reading.as_ref().filter(|reading| reads(reading))?)))?;
        let called = reading.called.as_ref()?;
        let rule = running.rule.as_ref()?;
        Some(Preview {
            campaign: CampaignPop::of(rule, called),
            number_shown: called.number.shown(region),
            until: reading.until,
        })
    }

    /// The agent wants the call now: of what is read, or, where agents ask for each call, of whoever is next.
    pub fn dial_now(&mut self, agent: AgentId, turn: &mut Turn<'_>) -> Result<(), Refused> {
        let campaign = self.asked_by(agent, turn).ok_or(NOBODY)?;
        let made = |campaigns: &Self| campaigns.all.get(&campaign).map_or(0, |running| running.made);
        let before = made(self);
        self.tell(campaign, Input::Ask(agent), turn);
        if made(self) > before { Ok(()) } else { Err(NOBODY) }
    }

    /// Another one instead.
    pub fn skip(&mut self, agent: AgentId, turn: &mut Turn<'_>) -> Result<(), Refused> {
        let campaign = self.reader(agent).ok_or((Refusal::WrongState, "there is nothing to skip"))?;
        self.tell(campaign, Input::Skip(agent), turn);
        Ok(())
    }

    fn reader(&self, agent: AgentId) -> Option<CampaignId> {
        let reads = |reading: &Reading| reading.agent == agent;
        let mut all = self.all.iter();
        all.find(|(_, running)| running.reading.as_ref().is_some_and(reads)).map(|(id, _)| *id)
    }

    /// The campaign that this agent reads for, or the first that has somebody for who asks.
    fn asked_by(&self, agent: AgentId, turn: &Turn<'_>) -> Option<CampaignId> {
        let asks = |id: &CampaignId| {
            self.all.get(id).is_some_and(|running| {
                let serves = |rule: &CampaignRule| turn.rules.serves(agent, rule.queue);
                let asks = |rule: &CampaignRule| rule.mode == Mode::Manual && serves(rule);
                running.runs() && running.next.is_some() && running.rule.as_ref().is_some_and(asks)
            })
        };
        self.reader(agent).or_else(|| self.all.keys().copied().find(asks))
    }
}

const NOBODY: Refused = (Refusal::WrongState, "no campaign has a call for this agent now");
