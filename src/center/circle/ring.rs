//! Somebody is rung for a call: a colleague, or somebody outside.

use crate::base::{AgentId, QueueId, ReservationId};
use crate::call::{AttemptId, Branch};
use crate::center::answer::Refused;
use crate::center::circle::{Circle, RING_MS};
use crate::center::desk::{CallState, Handed, Refusal, Target};
use crate::center::outbound::attempt::{OutboundAttempt, Shown, own_call, told};
use crate::center::outbound::route::Outside;
use crate::center::outbound::spending::Payer;
use crate::center::seat::Showing;
use crate::center::visit::{Picked, Taken, Who, caller_party};
use crate::dialplan::Mailbox;

/// Where a call may go, looked up.
pub(super) enum Aim {
    Agent {
        agent: AgentId,
        branches: Vec<Branch>,
    },
    Queue {
        queue: QueueId,
        priority: Option<u8>,
    },
    Outside(Outside),
    /// Of the dialplan, by name.
    Flow(String),
}

/// Somebody who is being rung for a call.
pub(super) struct Rung {
    pub who: Who,
    pub going: OutboundAttempt,
    pub pop: ReservationId,
}

impl Circle<'_> {
    /// Looks up where `by` wants a call to go.
    pub(super) fn aim(&mut self, by: AgentId, to: &Target) -> Result<Aim, Refused> {
        let rules = self.turn.rules;
        match to {
            Target::Agent { agent } => {
                let seat = self.seats.known(*agent)?;
                match seat.takes_calls_of_colleagues() && *agent != by {
                    true => Ok(Aim::Agent { agent: *agent, branches: seat.branches() }),
                    false => Err((Refusal::TargetUnavailable, "this agent talks already, or is not there")),
                }
            }
            Target::Queue { queue, priority } => match rules.queue_id(queue) {
                Some(queue) => Ok(Aim::Queue { queue, priority: *priority }),
                None => Err((Refusal::UnknownQueue, "there is no such queue")),
            },
            Target::Number { number } => {
                let outside = rules.reachable_outside(number)?;
                outside.has_room(&mut self.turn)?;
                self.seats.spending.may_call(self.turn.now, &Payer::Agent(by), &outside, rules)?;
                Ok(Aim::Outside(outside))
            }
            Target::Flow { flow } => match rules.flow(flow) {
                Some(_) => Ok(Aim::Flow(flow.clone())),
                None => Err((Refusal::UnknownFlow, "there is no such flow")),
            },
            Target::QueueVoicemail { queue } => rules.mailbox(&Mailbox::Queue(queue.clone())).map(Aim::Flow),
            Target::AgentVoicemail { agent } => {
                let rule = rules.agent(*agent).ok_or((Refusal::UnknownAgent, "there is no such agent"))?;
                rules.mailbox(&Mailbox::Agent(rule.key.clone())).map(Aim::Flow)
            }
        }
    }

    /// Rings an agent or a number; an agent sees the customer first. `None`: a line or a flow cannot be rung.
    pub(super) fn ring_aim(&mut self, aim: Aim, handed: Handed) -> Option<Rung> {
        let (call, queue, interaction) = (self.visit.call, self.visit.record.queue, self.visit.record.id);
        match aim {
            Aim::Queue { .. } | Aim::Flow(_) => None,
            Aim::Outside(Outside { dialled, routes, .. }) => {
                let shown = Shown::outside(queue, interaction, RING_MS, self.turn.rules);
                let going = OutboundAttempt::through(call, routes, shown, &mut self.turn)?;
                let pop = ReservationId(going.attempt.0);
                Some(Rung { who: Who::Outside(dialled), going, pop })
            }
            Aim::Agent { agent, branches } => {
                let from = caller_party(self.visit);
                let shown = Shown { from, headers: told(interaction), ring_ms: RING_MS };
                let going = OutboundAttempt::to_phones(call, branches, shown, &mut self.turn)?;
                Some(self.rung_agent(agent, going, queue, Some(handed)))
            }
        }
    }

    /// The phones of an agent ring, or one of them calls already: nobody else gets the agent, who sees the customer.
    pub(super) fn rung_agent(
        &mut self,
        agent: AgentId,
        going: OutboundAttempt,
        queue: Option<QueueId>,
        handed: Option<Handed>,
    ) -> Rung {
        let contact = self.contacts.occupy(agent, self.visit.call, self.turn.todo);
        let pop = ReservationId(going.attempt.0);
        let showing = Showing { agent, contact, pop, queue, why: Default::default(), handed };
        self.seats.show_pop(self.visit, showing, &mut self.turn);
        self.visit.tell(agent, CallState::Ringing, &mut self.turn);
        Rung { who: Who::Agent { agent, contact: Some(contact) }, going, pop }
    }

    /// Rings the phones of who picks up, or takes the one in that has called.
    pub(super) fn fetch(&mut self, by: Picked) -> Option<OutboundAttempt> {
        let Picked { agent, by } = by;
        let headers = own_call(self.visit.record.id);
        let shown = Shown { from: caller_party(self.visit), headers, ring_ms: RING_MS };
        let Some((leg, user)) = by else {
            let branches = self.seats.get(&agent)?.branches();
            return OutboundAttempt::to_phones(self.visit.call, branches, shown, &mut self.turn);
        };
        let attempt = AttemptId(self.turn.todo.ids.take());
        self.visit.take_in(leg, Taken::Reached(attempt, user), self.turn.todo);
        Some(OutboundAttempt::taken_in(attempt, shown, self.turn.now))
    }
}
