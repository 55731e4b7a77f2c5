//! Calls that the house makes with nobody on the line yet, as a supervisor or a program asks: whoever answers waits in
//! a line, where agents see the customer first, or is led by a flow.
//!
//! | phase | input | next | outputs, in order |
//! | --- | --- | --- | --- |
//! | - | `call.place` with a queue or a flow | `Placing` | row; journal `call.started`, `call.placed`; query the customer; INVITE |
//! | `Placing` | answered, for a queue | `Queued` | journal `call.answered`, `queue.entered`; music; `Arrive` |
//! | `Placing` | answered, for a flow | `Flow` | journal `call.answered`; first verb |
//! | `Placing` | not reached | `Ended` | journal `call.not_reached`; row |
//! | `Queued` | nobody may take it any more | `Ended` | BYE: no flow says what else |
//!
//! With an agent it is the agent's own call, see `dial`. Limits: those of agents (`outbound`), for each user who asks.

use crate::base::{CallId, Instant, InteractionId};
use crate::center::Center;
use crate::center::answer::{Done, Obeyed, Refused};
use crate::center::desk::{Refusal, Target};
use crate::center::lookup::Asker;
use crate::center::outbound::placing::{Onward, Placing};
use crate::center::outbound::route::CAPPED;
use crate::center::outbound::spending::Payer;
use crate::center::output::{Output, Query};
use crate::center::rules::Rules;
use crate::center::turn::at_hand;
use crate::center::visit::Visit;
use crate::dialplan::{Language, QueueRequest};

/// What a user asks for, beside the number.
pub(in crate::center) struct Wanted {
    pub with: Target,
    pub queue: Option<String>,
    pub language: Option<Language>,
}

impl Center {
    /// A supervisor, or a program, has somebody called.
    pub(in crate::center) fn place_for(
        &mut self,
        now: Instant,
        user: String,
        number: &str,
        asked: Wanted,
        out: &mut Vec<Output>,
    ) -> Done {
        let Wanted { with, queue, language } = asked;
        if let Target::Agent { agent } = with {
            let dialled = self.dial_out(now, agent, (number, queue.as_deref()), None, out)?;
            return Ok(Obeyed::Placed(dialled));
        }
        let onward = onward(with, &self.rules)?;
        let key = queue.as_deref().or(onward.queue());
        let known = |key| self.rules.queue_id(key).ok_or((Refusal::UnknownQueue, "there is no such queue"));
        let shown = self.rules.shown_outside(key.map(known).transpose()?);
        let to = self.rules.reachable_outside(number)?;
        if to.is_emergency() {
            return Err((Refusal::NoRoute, "nobody would be on the line when help answers"));
        }
        if self.draining {
            return Err((Refusal::Unavailable, "the server is about to stop"));
        }
        to.has_room(at_hand!(self, now, out))?;
        let payer = Payer::User(user.clone());
        self.seats.spending.may_call(now, &payer, &to, &self.rules)?;
        let ring_ms = u64::from(self.rules.configuration.outbound.ring_s).saturating_mul(1_000);
        let language = language.unwrap_or_else(|| self.rules.language());
        let (_, interaction) = self.place(now, Placing { to, shown, ring_ms, onward, language, by: user }, out)?;
        self.seats.spending.begin(payer, now);
        Ok(Obeyed::Placed(interaction))
    }

    /// Calls somebody with nobody on the line. Whoever asks has seen to whether it may.
    pub(in crate::center) fn place(
        &mut self,
        now: Instant,
        placing: Placing,
        out: &mut Vec<Output>,
    ) -> Result<(CallId, InteractionId), Refused> {
        let number = placing.to.number.clone();
        let turn = at_hand!(self, now, out);
        let visit = Visit::placed(placing, turn).ok_or(CAPPED)?;
        let (call, interaction) = (visit.call, visit.record.id);
        self.visits.open_placed(visit, turn);
        if let Some(number) = number {
            self.lookups.ask(now, Asker::Call(call), Query::ByNumber(number), turn.todo, turn.out);
        }
        Ok((call, interaction))
    }
}

fn onward(with: Target, rules: &Rules) -> Result<Onward, Refused> {
    match with {
        Target::Queue { queue, priority } => match rules.queue_id(&queue) {
            Some(_) => Ok(Onward::Line(QueueRequest { queue, priority, ..QueueRequest::default() })),
            None => Err((Refusal::UnknownQueue, "there is no such queue")),
        },
        Target::Flow { flow } => match rules.flow(&flow) {
            Some(_) => Ok(Onward::Flow(flow)),
            None => Err((Refusal::UnknownFlow, "there is no such flow")),
        },
        Target::Agent { .. }
        | Target::Number { .. }
        | Target::QueueVoicemail { .. }
        | Target::AgentVoicemail { .. } => {
            Err((Refusal::NotAllowed, "an agent, a queue or a flow has whoever answers"))
        }
    }
}
