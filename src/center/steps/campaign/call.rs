//! One call of a campaign.

use crate::base::Instant;
use crate::call::{self, AttemptId};
use crate::campaign::{Attempted, CampaignId, DialId};
use crate::center::Center;
use crate::center::calling::Called;
use crate::center::campaign::Over;
use crate::center::circle::RING_MAX_S;
use crate::center::desk::CampaignPop;
use crate::center::input::Answer;
use crate::center::lookup::Asker;
use crate::center::outbound::placing::{Campaigned, Onward, Placing};
use crate::center::output::{Output, Query};
use crate::center::rules::Rules;
use crate::center::turn::at_hand;
use crate::center::visit::{Errand, Visit};

/// How long the agent's own phone rings before the agent is set aside.
const OWN_RING_MS: u64 = 20_000;

impl Center {
    /// The store has the attempt, and says whom it calls; or it does not.
    pub(in crate::center) fn attempt_written(
        &mut self,
        now: Instant,
        of: (CampaignId, DialId),
        answer: Answer,
        out: &mut Vec<Output>,
    ) {
        let written = !matches!(answer, Answer::Unavailable);
        let why = match answer {
            Answer::Attempt(Some(called)) => self.call_entry(now, of, &called, out).err(),
            _ => Some(Attempted::TakenBack),
        };
        if let Some(why) = why {
            self.campaigns.not_made(of, why, written, at_hand!(self, now, out));
        }
    }

    /// The last look at everything that may have changed since the decision, and the agent's phone rings, or the called
    /// one's where no agent is held for this call.
    fn call_entry(
        &mut self,
        now: Instant,
        (campaign, dial): (CampaignId, DialId),
        called: &Called,
        out: &mut Vec<Output>,
    ) -> Result<(), Attempted> {
        let held = self.campaigns.confirm(campaign, dial, now).ok_or(Attempted::TakenBack)?;
        let rule = self.campaigns.rule(campaign).ok_or(Attempted::TakenBack)?;
        // A number that no trunk lets out is not called later either, and one for emergencies never.
        let to = self.rules.reachable_outside(called.number.as_str()).map_err(|_| Attempted::Failed)?;
        let number = to.number.clone().ok_or(Attempted::Failed)?;
        if to.has_room(at_hand!(self, now, out)).is_err() {
            self.campaigns.rest(campaign, now);
            return Err(Attempted::TakenBack);
        }
        let (queue, language) = (Some(rule.queue), rule.language);
        let shown = rule.caller_id(&number, dial).map(str::to_owned);
        let pop = CampaignPop::of(rule, called);
        let Some((agent, contact)) = held else {
            let by = format!("campaign:{}", rule.key);
            let key = self.rules.queue(rule.queue).map(|queue| queue.key.clone()).unwrap_or_default();
            let campaigned = Campaigned { pop, queue: key, given_up: false };
            let placing = Placing {
                to,
                shown: shown.unwrap_or_else(|| self.rules.shown_outside(queue)),
                ring_ms: u64::from(RING_MAX_S).saturating_mul(1_000),
                onward: Onward::Campaign(Box::new(campaigned)),
                language: language.unwrap_or_else(|| self.rules.language()),
                by,
            };
            let (call, interaction) = self.place(now, placing, out).map_err(|_| Attempted::TakenBack)?;
            self.campaigns.begun((campaign, dial), call, interaction);
            return Ok(());
        };
        let branches = self.seats.phones_of(agent).map_err(|_| Attempted::TakenBack)?;
        let attempt = AttemptId(self.todo.ids.take());
        let turn = at_hand!(self, now, out);
        let mut visit = Visit::outbound((agent, queue), to, attempt, turn);
        if let Errand::Outbound(outbound) = &mut visit.errand {
            // The agent is held for it already.
            (outbound.contact, outbound.campaign) = (contact, Some(Box::new(pop)));
        }
        visit.record.called = shown.unwrap_or(visit.record.called);
        let (call, ring) = (visit.call, visit.own_ring(attempt, branches, OWN_RING_MS));
        self.campaigns.begun((campaign, dial), call, visit.record.id);
        self.seats.begin_outbound(visit, attempt, &mut self.visits, turn);
        self.lookups.ask(now, Asker::Call(call), Query::ByNumber(number), turn.todo, turn.out);
        turn.todo.to_calls(call::Command::Ring(ring));
        Ok(())
    }
}

impl Over {
    pub(in crate::center) fn of(visit: &Visit, rules: &Rules) -> Self {
        let said = visit.said_by_flow(rules);
        let (answered, number) = (visit.record.answered.is_some(), visit.record.caller.clone());
        Self { interaction: visit.record.id, answered, cause: visit.cause, said, number }
    }
}
