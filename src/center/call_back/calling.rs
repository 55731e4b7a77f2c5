//! An agent is reserved for a place that nobody holds: a call of its own.

use crate::acd::Kept;
use crate::base::{CallDirection, CallId, ContactId, InteractionId, QueueId};
use crate::call;
use crate::center::call_back::CallBacks;
use crate::center::desk::PlaceKept;
use crate::center::event::Event;
use crate::center::lookup::{Asker, Lookups};
use crate::center::output::{Observed, Output, Query};
use crate::center::turn::Turn;
use crate::center::visit::{CalledBack, Customers, Errand, Phase, Queued, Visit, Visits};
use crate::crm::{CallBack, Interaction};
use crate::dialplan::Language;

impl CallBacks {
    /// The line of the place that is this contact: nobody holds it, or an agent rings for it.
    pub fn queue_of(&self, contact: ContactId, visits: &Visits) -> Option<QueueId> {
        let under = || visits.of(contact).and_then(Visit::call_back);
        Some(self.get(self.waits(contact).or_else(under)?)?.queue)
    }

    /// The call in which the agent and the customer will talk.
    pub fn open_call(
        &mut self,
        contact: ContactId,
        visits: &mut Visits,
        lookups: &mut Lookups,
        turn: &mut Turn<'_>,
    ) -> Option<CallId> {
        let id = self.waits(contact)?;
        let record = self.get(id)?.clone();
        let call = CallId(turn.todo.ids.take());
        let mut visit = visit_for(call, contact, &record, turn);
        turn.out.push(Output::Observed(Observed::CallStarted));
        visit.save(turn.out);
        let started = Event::CallStarted {
            called: record.called.clone(),
            sip_call_id: None,
            linked: Some(record.interaction),
            direction: Some(CallDirection::Outbound),
            agent: None,
        };
        visit.log(turn.now, started, turn.out);
        visits.insert(visit);
        visits.contacts.name(contact, call);
        self.is_under(id, call);
        turn.todo.to_calls(call::Command::Open { call });
        lookups.ask(turn.now, Asker::Call(call), Query::ByNumber(record.number), turn.todo, turn.out);
        turn.todo.board_changed = true;
        Some(call)
    }
}

fn visit_for(call: CallId, contact: ContactId, asked: &CallBack, turn: &mut Turn<'_>) -> Visit {
    let id: InteractionId = turn.todo.interaction(turn.now);
    let record = Interaction {
        linked: Some(asked.interaction),
        caller: Some(asked.number.clone()),
        caller_text: asked.number.to_string(),
        called: asked.called.clone(),
        customer: asked.customer,
        queue: Some(asked.queue),
        queued: Some(asked.arrived),
        menu_path: asked.menu_path.clone(),
        entered: asked.entered.clone(),
        ..Interaction::call(id, CallDirection::Outbound, turn.now)
    };
    let errand = Errand::CallBack(CalledBack {
        asked_in: asked.interaction,
        trunk: asked.trunk.clone(),
        language: Language::parse(&asked.language).unwrap_or_default(),
    });
    let phase = Phase::Queued(Queued::new(contact, asked.queue, turn.now, asked.arrived));
    let place_kept = Some(PlaceKept { by: Kept::CallBack, since: asked.arrived });
    Visit { customers: Customers::Asked, place_kept, ..Visit::new(call, errand, record, phase) }
}
