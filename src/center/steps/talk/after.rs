//! The agent hangs up and the caller stays: a flow may have something to ask afterwards.

use crate::base::{CallId, Instant};
use crate::call::Mode;
use crate::center::Center;
use crate::center::output::Output;
use crate::center::visit::{Phase, Talking};
use crate::crm::EndedBy;
use crate::dialplan::Event as FlowEvent;
use crate::sip::Reason;

impl Center {
    /// The caller goes on in the flow where it says how (`on_finished`); else the call is over.
    pub(in crate::center) fn agent_hangs_up(
        &mut self,
        now: Instant,
        call: CallId,
        why: Option<Reason>,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get(&call) else { return };
        let flow = visit.led.as_ref().and_then(|led| self.rules.flow(led.run.flow()).zip(Some(&led.run)));
        let goes_on = flow.is_some_and(|(flow, run)| run.goes_on_after_talk(&flow));
        match visit.phase.talk().filter(|_| goes_on).cloned() {
            Some(talk) => self.back_to_flow(now, call, &talk, out),
            None => self.finish(now, call, EndedBy::Agent, why, out),
        }
    }

    /// Everybody but the caller leaves; what is said to a flow is no conversation to be recorded.
    fn back_to_flow(&mut self, now: Instant, call: CallId, talk: &Talking, out: &mut Vec<Output>) {
        self.leave_to(now, call, talk, Some(EndedBy::Agent), out);
        self.release_all(now, call, out);
        self.with(now, call, out, |visit, turn| {
            visit.go_off_record(turn);
            visit.set_customer_mode(Mode::Apart, turn);
            visit.enter(now, Phase::Flow);
        });
        self.todo.board_changed = true;
        self.drive(now, call, FlowEvent::Finished, out);
    }
}
