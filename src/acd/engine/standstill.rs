//! Why a waiting contact has no agent now: where it stands, what it waits for, what each agent lacks, and
//! the bound on being overtaken. Asked for, never recorded: nothing was decided.

use serde::Serialize;

use super::record::note;
use super::router::Router;
use super::tables::contacts::Whereabouts;
use super::tables::index::DemandIx;
use crate::acd::why::explain::circumstances;
use crate::acd::why::{Excluded, Who, Why};
use crate::acd::{Language, Names, WaitingView};
use crate::base::{AgentId, Instant, QueueId};

#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
pub struct Standstill {
    #[serde(flatten)]
    pub line: WaitingView,
    /// Offered to this agent alone.
    pub waits_for: Option<AgentId>,
    /// Until then; `None`: for ever, or for nobody.
    pub waits_until: Option<Instant>,
    /// When the demand widens next, by time.
    pub widens_at: Option<Instant>,
    /// Who comes more seconds after it is not served before it by an agent who could serve both; `None`: the
    /// rules promise nothing (docs/fairness.md).
    pub overtaking_bound_s: Option<f64>,
    /// Agents who cannot have it: one entry each until the list is full, then counted.
    pub excluded: Vec<Excluded>,
}

/// Agents listed, and as many more as there are reasons.
const LISTED: usize = 12;

impl Router {
    /// The first `most` contacts of a queue's line, in the order in which they are served.
    pub fn standstills(&self, queue: QueueId, now: Instant, most: usize) -> Vec<Standstill> {
        let line = self.waiting(queue, now).into_iter().take(most);
        line.filter_map(|view| self.standstill(view, now)).collect()
    }

    pub(in crate::acd) fn standstill(&self, line: WaitingView, now: Instant) -> Option<Standstill> {
        let slot = self.contacts.find(line.contact)?;
        let contact = &self.contacts[slot];
        let (waits_for, waits_until) = match contact.whereabouts {
            Whereabouts::Wants { agent, until } => (self.roster.agents.get(agent).map(|agent| agent.id), Some(until)),
            _ => (None, None),
        };
        let mut excluded = Vec::new();
        // What rings needs no reason why nobody does.
        let agents = self.roster.agents.keys(if line.ringing.is_empty() { usize::MAX } else { 0 });
        for agent in agents {
            if let Some(because) = self.agent_lacks(slot, agent, line.stage) {
                note(&mut excluded, LISTED, Who::Agent(self.roster.agents[agent].id), because);
            }
        }
        let demand = (contact.demand != DemandIx::NONE).then(|| &self.demands.all[contact.demand]);
        Some(Standstill {
            waits_for,
            waits_until: waits_until.filter(|until| *until < Instant::FAR_FUTURE),
            widens_at: demand.and_then(|demand| demand.widens_at(contact.arrived, now)),
            overtaking_bound_s: self.overtaking_bound(line.contact).map(|bound| bound.as_secs_f64()),
            excluded,
            line,
        })
    }
}

impl Standstill {
    /// A sentence a line.
    pub fn explain(&self, now: Instant, names: &dyn Names, language: Language) -> String {
        let zh = language == Language::Zh;
        let mut text = self.place(now, names, zh);
        let why = Why { stage: self.line.stage, excluded: self.excluded.clone(), ..Why::default() };
        text.push_str(&circumstances(&why, names, language));
        if let Some(at) = self.widens_at {
            let seconds = at.since(now).as_secs_f64();
            text.push_str(&match zh {
                true => format!("\n再过{seconds:.0}秒放宽技能要求。"),
                false => format!("\nThe demand widens in {seconds:.0} s."),
            });
        }
        if let Some(bound) = self.overtaking_bound_s {
            text.push_str(&match zh {
                true => format!("\n比它晚到超过{bound:.0}秒的联络，不会先于它分配给两者都能接待的坐席。"),
                false => format!(
                    "\nNobody who comes more than {bound:.0} s later is served before it by an agent who could serve both."
                ),
            });
        }
        text
    }

    fn place(&self, now: Instant, names: &dyn Names, zh: bool) -> String {
        let (place, waited) = (self.line.position, now.since(self.line.arrived).as_secs());
        let rings: Vec<String> = self.line.ringing.iter().map(|agent| names.agent(*agent)).collect();
        match (self.waits_for, zh) {
            _ if !rings.is_empty() && zh => format!("已等待{waited}秒，正在向{}振铃。", rings.join("、")),
            _ if !rings.is_empty() => format!("Waited {waited} s; rings {}.", rings.join(", ")),
            (Some(agent), true) => format!("排第{place}，已等待{waited}秒，只等{}。", names.agent(agent)),
            (Some(agent), false) => {
                format!("Place {place}, waited {waited} s; waits for {} alone.", names.agent(agent))
            }
            (None, true) => format!("排第{place}，已等待{waited}秒，目前没有可接待的坐席。"),
            (None, false) => format!("Place {place}, waited {waited} s; no agent can have it now."),
        }
    }
}
