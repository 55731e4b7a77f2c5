//! The call back: the agent's phone first, then the customer through a trunk, then both together.

use serde_json::json;

use super::super::choosing::Asker;
use super::super::desk::{CallState, PlaceKept};
use super::super::output::{Observed, Output, Query};
use super::super::queueing::Reserved;
use super::super::visit::{Calling, Customers, Phase, Queued, Ringing, Talking, Visit};
use super::super::work::Work;
use super::super::{Center, Due};
use super::Stage;
use crate::acd::{self, Kept};
use crate::base::{AgentId, CallId, ContactId, Instant, InteractionId, LegId, Number, QueueId, ReservationId};
use crate::call::{self, AttemptId, Branch, Ring};
use crate::crm::{CallBack, CallDirection, EndedBy, Interaction};
use crate::dialplan::{Language, Verb};
use crate::media::{PlayId, Sound};
use crate::sip::{Party, Reason};

/// What the agent hears while the customer's phone rings.
const RINGBACK: &str = "tone/ringback";

impl Center {
    /// The trunk's way to this number, if the trunk lets such numbers out.
    pub(in crate::center) fn way_out(&self, queue: QueueId, trunk: Option<&str>, number: &Number) -> Option<Branch> {
        self.rules.way_through(&self.rules.trunk_out(queue, trunk)?.name, number)
    }

    /// An agent is reserved for a seat that nobody holds: a visit of its own.
    pub(in crate::center) fn open_call_back(
        &mut self,
        now: Instant,
        contact: ContactId,
        out: &mut Vec<Output>,
    ) -> Option<CallId> {
        let id = self.call_backs.waits(contact)?;
        let record = self.call_backs.open.get(&id)?.record.clone();
        let call = CallId(self.ids.take());
        let interaction = InteractionId::new(now, &mut self.rng);
        let mut visit = visit_for(now, call, interaction, contact, &record);
        out.push(Output::Observed(Observed::CallStarted));
        visit.save(out);
        let detail = json!({ "called": record.called, "linked": record.interaction, "direction": "outbound" });
        visit.log(now, "call.started", detail, out);
        self.visits.insert(call, visit);
        self.contacts.insert(contact, call);
        self.call_backs.set(id, Stage::Under(call));
        self.to_calls(call::Command::Open { call });
        self.ask_for(now, Asker::Call(call), Query::ByNumber(record.number), out);
        self.board_changed = true;
        Some(call)
    }

    /// The same reservation, for the call-back instead of the caller who has hung up.
    pub(super) fn ring_anew(
        &mut self,
        now: Instant,
        contact: ContactId,
        reservation: ReservationId,
        ring: Ringing,
        out: &mut Vec<Output>,
    ) {
        let id = self.call_backs.waits(contact);
        let call = self.contacts.get(&contact).and_then(|call| self.visits.get(call));
        let id = id.or_else(|| call.and_then(|visit| visit.call_back));
        let Some(queue) = id.and_then(|id| self.call_backs.open.get(&id)).map(|open| open.record.queue) else { return };
        let Ringing { agent, until, why, .. } = ring;
        self.reserve(now, Reserved { reservation, contact, agent, queue, until, why }, out);
    }

    /// The agent took it: now the customer is called.
    pub(in crate::center) fn call_customer(
        &mut self,
        now: Instant,
        call: CallId,
        talk: Talking,
        out: &mut Vec<Output>,
    ) {
        let attempt = AttemptId(self.ids.take());
        let (agent, leg, queue, reservation) = (talk.agent, talk.leg, talk.queue, talk.reservation);
        let Some(visit) = self.visits.get_mut(&call) else { return };
        visit.record.agent = Some(agent);
        let before = std::mem::replace(&mut visit.phase, Phase::Calling(Calling { talk, attempt }));
        visit.log(now, "call_back.dialled", json!({ "agent": agent, "number": visit.record.caller }), out);
        visit.save(out);
        let (number, trunk, called) = (visit.record.caller.clone(), visit.trunk.clone(), visit.record.called.clone());
        let interaction = visit.record.id;
        self.stop_other_rings(&before, reservation);
        self.work.push_back(Work::Router(acd::Input::Accepted { reservation }));
        self.deadlines.set(Due::MaxCall(call), now + Self::seconds(self.settings.times.max_call_s));
        self.push_call(call, CallState::Connecting, now, None, out);
        let rule = self.rules.queue_settings(queue).and_then(|queue| queue.call_back.clone()).unwrap_or_default();
        let way = number.and_then(|number| self.way_out(queue, trunk.as_deref(), &number));
        let Some(branch) = way else {
            let why = Self::reason(403, "no trunk lets this number out");
            return self.customer_not_reached(now, call, &why, out);
        };
        let play = PlayId(self.ids.take());
        let sounds = vec![Sound(RINGBACK.to_owned())];
        self.to_calls(call::Command::Play { leg, play, sounds, repeat: true });
        let from = Party { name: String::new(), user: rule.caller_id.unwrap_or(called), host: String::new() };
        let headers = vec![("X-Carillon-Interaction".to_owned(), interaction.to_string())];
        let give_up_after_ms = u64::from(rule.ring_s).saturating_mul(1_000);
        let branches = vec![branch];
        self.to_calls(call::Command::Ring(Ring { call, attempt, branches, from, headers, give_up_after_ms }));
    }

    /// The customer answered: both hear each other.
    pub(in crate::center) fn customer_reached(
        &mut self,
        now: Instant,
        call: CallId,
        leg: LegId,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Calling(calling) = &visit.phase else { return };
        let talk = Talking { since: now, ..calling.talk.clone() };
        (visit.caller_leg, visit.answered) = (Some(leg), true);
        self.to_calls(call::Command::Take { call, leg });
        self.connect(now, call, talk, out);
    }

    /// The customer rings us while we ring the customer: that call goes on, and the agent is free for it.
    pub(super) fn crossed(&mut self, now: Instant, call: CallId, agent: AgentId, out: &mut Vec<Output>) {
        self.customer_not_reached(now, call, &Self::reason(487, "the customer rings us"), out);
        self.work.push_back(Work::Router(acd::Input::WrapUpDone { agent }));
    }

    /// Busy, no answer, refused, or no way: the agent is free of it, and it is tried again later.
    pub(in crate::center) fn customer_not_reached(
        &mut self,
        now: Instant,
        call: CallId,
        why: &Reason,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let detail = json!({ "why": unreached(why.status), "status": why.status, "text": why.text });
        visit.log(now, "call_back.not_reached", detail, out);
        self.finish(now, call, EndedBy::System, Some(why.clone()), out);
    }
}

/// Why a dialled party was not reached, by the status of its refusal.
pub(in crate::center) fn unreached(status: u16) -> &'static str {
    match status {
        486 | 600 => "busy",
        408 | 480 | 487 => "no_answer",
        603 => "rejected",
        _ => "unreachable",
    }
}

fn visit_for(now: Instant, call: CallId, id: InteractionId, contact: ContactId, asked: &CallBack) -> Visit {
    let record = Interaction {
        linked: Some(asked.interaction),
        caller: Some(asked.number.clone()),
        caller_text: asked.number.to_string(),
        called: asked.called.clone(),
        customer: asked.customer,
        queue: Some(asked.queue),
        queued: Some(asked.arrived),
        menu_path: asked.menu_path.clone(),
        ..Interaction::call(id, CallDirection::Outbound, now)
    };
    Visit {
        call,
        caller_leg: None,
        record,
        next_seq: 1,
        run: None,
        spoken: Language::parse(&asked.language).unwrap_or_default(),
        trunk: asked.trunk.clone(),
        verb: Verb::Wait,
        answered: false,
        playing: None,
        customers: Customers::Asked,
        looked_up: None,
        chosen: None,
        place_kept: Some(PlaceKept { by: Kept::CallBack, since: asked.arrived }),
        call_back: Some(asked.interaction),
        phase: Phase::Queued(Queued::new(contact, asked.queue, now, asked.arrived)),
        calling_agent: None,
        cut_off: false,
    }
}
