//! A place is booked, asked for once more, or taken over by a call of the same number.

use crate::acd;
use crate::base::{AgentId, CallId, ContactId, Instant, InteractionId, Number, QueueId};
use crate::center::call_back::{CallBacks, Open, Stage};
use crate::center::event::Event;
use crate::center::output::{Output, Write};
use crate::center::rules::Rules;
use crate::center::turn::Turn;
use crate::center::visit::{Phase, Visit, Visits};
use crate::crm::{CallBack, HowEnded};

/// What is left of a call-back whose place a call has now.
pub(in crate::center) struct TakenOver {
    /// Waiting counts from here.
    pub arrived: Instant,
    pub place: Option<ContactId>,
    pub crossed: Option<(CallId, AgentId)>,
}

impl CallBacks {
    /// The digit that asks for a call-back, if it may be told to this caller.
    pub fn digit(&self, visit: &Visit, rules: &Rules) -> Option<char> {
        let Phase::Queued(queued) = &visit.phase else { return None };
        let rule = rules.queue_settings(queued.queue)?.call_back.as_ref()?;
        let room = self.in_queue(queued.queue) < rule.max_open as usize;
        let trunk = rules.trunk_out(queued.queue, visit.trunk()).is_some();
        (visit.inbound().is_some() && queued.booked.is_none() && room && trunk).then_some(rule.digit)
    }

    /// The call-back of a number that is still owed: once both talk, a new wish is a new call-back.
    pub fn of(&self, number: &Number, queue: QueueId, visits: &Visits) -> Option<InteractionId> {
        let owed = |open: &Open| match open.stage {
            Stage::Under(call) => visits.get(&call).is_none_or(|visit| visit.record.answered.is_none()),
            Stage::OnLine | Stage::Waits(_) | Stage::Rests => true,
        };
        let mut open = self.open.iter().filter(|(_, open)| open.record.queue == queue);
        open.find(|(_, open)| open.record.number == *number && owed(open)).map(|(id, _)| *id)
    }

    /// A number has one call-back: the one with the better place stays, and one that an agent makes already.
    pub fn stands_before(&self, older: InteractionId, arrived: Instant, visits: &Visits) -> bool {
        self.open.get(&older).is_some_and(|open| {
            let made = match open.stage {
                Stage::Under(call) => visits.get(&call).is_some_and(|visit| visit.phase.talk().is_some()),
                _ => false,
            };
            made || open.record.arrived <= arrived
        })
    }

    /// Somebody rings from a number that waits to be called back: the call gets the place, and the rest is to be
    /// let go when it has it.
    pub fn take_over(
        &mut self,
        number: &Number,
        queue: QueueId,
        visits: &Visits,
        turn: &mut Turn<'_>,
    ) -> Option<TakenOver> {
        let id = self.of(number, queue, visits)?;
        let (mut place, mut crossed) = (None, None);
        match self.open.get(&id)?.stage {
            Stage::Rests | Stage::OnLine => {}
            Stage::Waits(contact) => place = Some(contact),
            Stage::Under(call) => match &visits.get(&call)?.phase {
                // The customer's phone has not rung yet.
                Phase::Queued(queued) => place = Some(queued.contact),
                Phase::Calling(calling) => crossed = Some((call, calling.talk.agent)),
                _ => return None,
            },
        }
        let record = self.end(id, HowEnded::TakenOver, turn)?;
        Some(TakenOver { arrived: record.arrived, place, crossed })
    }

    /// The same wish once more: this caller leaves the line, the call-back stays where it is.
    pub fn ask_again(&self, older: InteractionId, visit: &mut Visit, turn: &mut Turn<'_>) {
        let Some(open) = self.open.get(&older) else { return };
        let CallBack { queue, number, arrived, .. } = &open.record;
        let (queue, number, since) = (*queue, number.clone(), *arrived);
        visit.log(turn.now, Event::CallBackBooked { queue, number, since, call_back: older }, turn.out);
        let Phase::Queued(queued) = &mut visit.phase else { return };
        queued.booked = Some(older);
        turn.todo.leave_line(Some(queued.contact));
    }

    /// From now on the place of this caller is the call-back's.
    pub fn book(&mut self, visit: &mut Visit, number: &Number, turn: &mut Turn<'_>) {
        let id = visit.record.id;
        let Phase::Queued(queued) = &mut visit.phase else { return };
        queued.booked = Some(id);
        let (contact, queue) = (queued.contact, queued.queue);
        let mut record = CallBack {
            interaction: id,
            customer: visit.record.customer,
            number: number.clone(),
            queue,
            asked: turn.now,
            arrived: queued.arrived,
            priority: queued.wish.priority,
            skills: queued.wish.skills.clone(),
            bonus_s: queued.wish.bonus_s,
            trunk: visit.trunk().map(str::to_owned),
            called: visit.record.called.clone(),
            language: visit.language().as_str().to_owned(),
            menu_path: visit.record.menu_path.clone(),
            entered: visit.record.entered.clone(),
            tries: 0,
            due: turn.now,
            ended: None,
            cancelled_by: None,
            next_seq: 0,
        };
        let booked = Event::CallBackBooked { queue, number: number.clone(), since: record.arrived, call_back: id };
        visit.log(turn.now, booked, turn.out);
        record.next_seq = visit.next_seq;
        turn.out.push(Output::Write(Write::CallBack(Box::new(record.clone()))));
        self.open.insert(id, Open { record, stage: Stage::OnLine });
        turn.todo.board_changed = true;
        turn.todo.to_router(acd::Input::KeepPlace { contact });
    }
}
