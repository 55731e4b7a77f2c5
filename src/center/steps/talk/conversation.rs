//! The conversation with an agent: connected, held, resumed, over.

use crate::acd;
use crate::base::{AgentId, CallId, Instant, LegId, QueueId, ReservationId};
use crate::call::{self, Mode, Party, Role};
use crate::center::desk::{CallState, CallView, DeskEvent};
use crate::center::event::Event;
use crate::center::output::{Observed, Output};
use crate::center::seat::{Closed, Form};
use crate::center::visit::{Phase, Queued, Talking, Visit};
use crate::center::{Center, Due};
use crate::crm::{EndedBy, Interaction};
use crate::media::{PlayId, Sound};

impl Center {
    /// The agent took the call.
    pub(in crate::center) fn connect(&mut self, now: Instant, call: CallId, talk: Talking, out: &mut Vec<Output>) {
        let (agent, leg, queue) = (talk.agent, talk.leg, talk.queue);
        let recording = self.records(queue);
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let (waits, waited) = (visit.record.queued.is_some(), now.since(visit.record.queued.unwrap_or(now)));
        visit.record.agent = Some(agent);
        visit.record.answered.get_or_insert(now);
        visit.playing = None;
        let before = visit.enter(now, Phase::Talking(talk));
        if recording && visit.record.recording.is_none() {
            visit.record.recording = Some(recording_path(&visit.record));
        }
        let (interaction, path) = (visit.record.id, visit.record.recording.clone());
        visit.log(now, Event::CallConnected { agent, waited_ms: Some(waited.as_millis() as u64) }, out);
        visit.save(out);
        self.deadlines.clear(&Due::Listen(call));
        if let Phase::Queued(Queued { booked: Some(id), .. }) = before {
            self.booked_call_left(now, id, true, out);
        }
        self.join(call, Party { leg, role: Role::Agent, mode: Mode::Talk });
        if let Some(path) = path {
            self.to_calls(call::Command::Record { call, interaction, path });
        }
        if let Some(queue) = queue.filter(|_| waits) {
            self.count_answered(queue, waited, out);
        }
        self.push_call(call, CallState::Talking, now, None, out);
    }

    /// The agent wants a call on record that is not. `false`: it is.
    pub(in crate::center) fn start_recording(
        &mut self,
        now: Instant,
        call: CallId,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(visit) = self.visits.get_mut(&call) else { return false };
        if visit.record.recording.is_some() || !matches!(visit.phase, Phase::Talking(_)) {
            return false;
        }
        let path = recording_path(&visit.record);
        visit.record.recording = Some(path.clone());
        let interaction = visit.record.id;
        visit.log(now, Event::RecordingStarted { agent }, out);
        visit.save(out);
        self.to_calls(call::Command::Record { call, interaction, path });
        self.push_call_again(call, out);
        true
    }

    /// `false`: it is so already, or there is none.
    pub(in crate::center) fn pause_recording(
        &mut self,
        now: Instant,
        call: CallId,
        paused: bool,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(visit) = self.visits.get_mut(&call) else { return false };
        if visit.record.recording.is_none() || visit.recording_paused == paused {
            return false;
        }
        visit.recording_paused = paused;
        let agent = visit.record.agent;
        let event = if paused { Event::RecordingPaused { agent } } else { Event::RecordingResumed { agent } };
        visit.log(now, event, out);
        self.to_calls(call::Command::PauseRecording { call, paused });
        self.push_call_again(call, out);
        true
    }

    /// A party enters the call and talks with the customer.
    pub(in crate::center) fn join(&mut self, call: CallId, party: Party) {
        self.to_calls(call::Command::Enter { call, party });
        self.set_customer_mode(call, Mode::Talk);
    }

    /// The customer hears music and nobody else.
    pub(in crate::center) fn part(&mut self, call: CallId, music: Sound) {
        self.set_customer_mode(call, Mode::Apart);
        if let Some(leg) = self.visits.get(&call).and_then(|visit| visit.caller_leg) {
            let play = PlayId(self.ids.take());
            self.to_calls(call::Command::Play { leg, play, sounds: vec![music], repeat: true });
        }
    }

    pub(in crate::center) fn set_customer_mode(&mut self, call: CallId, mode: Mode) {
        if let Some(leg) = self.visits.get(&call).and_then(|visit| visit.caller_leg) {
            self.to_calls(call::Command::SetMode { call, leg, mode });
        }
    }

    /// One of the agents who rang has it: the others stop.
    pub(in crate::center) fn accepted(&mut self, call: CallId, taken: ReservationId) {
        let Some(Phase::Queued(queued)) = self.visits.get(&call).map(|visit| &visit.phase) else { return };
        let others = queued.rings.iter().filter(|(reservation, _)| **reservation != taken);
        for attempt in others.map(|(_, ring)| ring.attempt).collect::<Vec<_>>() {
            let reason = Self::reason(200, "completed elsewhere");
            self.to_calls(call::Command::StopRing { attempt, reason });
        }
        self.to_router(acd::Input::Accepted { reservation: taken });
    }

    /// Whether what is said after this line is recorded.
    pub(in crate::center) fn records(&self, queue: Option<QueueId>) -> bool {
        match queue.and_then(|queue| self.rules.queue_settings(queue)) {
            Some(queue) => queue.record,
            None => self.rules.configuration.outbound.record,
        }
    }

    fn count_answered(&self, queue: QueueId, waited: std::time::Duration, out: &mut Vec<Output>) {
        let Some(rule) = self.rules.queue(queue) else { return };
        let in_time = waited <= Self::seconds(rule.answer_within_s);
        let wait_micros = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
        let key = rule.key.clone();
        out.push(Output::Observed(Observed::Answered { queue: key, wait_micros, within_service_level: in_time }));
    }

    /// Tells the agent on the call how it stands.
    pub(in crate::center) fn push_call(
        &mut self,
        call: CallId,
        state: CallState,
        since: Instant,
        ended_by: Option<EndedBy>,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get(&call) else { return };
        let Some(agent) = visit.record.agent else { return };
        let mut view = self.view_of(visit, agent, state, since);
        view.ended_by = ended_by.and_then(key_of);
        Self::push(agent, DeskEvent::CallStateChanged(view), out);
    }

    /// Tells one of those in the call how it stands for them.
    pub(in crate::center) fn push_call_to(
        &mut self,
        agent: AgentId,
        call: CallId,
        state: CallState,
        since: Instant,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get(&call) else { return };
        let view = self.view_of(visit, agent, state, since);
        Self::push(agent, DeskEvent::CallStateChanged(view), out);
    }

    /// The others in the call are not what they were: everybody on it is told.
    pub(in crate::center) fn push_call_again(&mut self, call: CallId, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get(&call) else { return };
        let others = visit.others.iter().filter_map(|other| other.who.agent());
        for agent in visit.phase.talk().map(|talk| talk.agent).into_iter().chain(others) {
            let Some((state, since)) = stands(visit, agent) else { continue };
            let view = self.view_of(visit, agent, state, since);
            Self::push(agent, DeskEvent::CallStateChanged(view), out);
        }
    }

    pub(in crate::center) fn hold(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) -> bool {
        let Some(visit) = self.visits.get_mut(&call) else { return false };
        let Phase::Talking(talk) = &mut visit.phase else { return false };
        if talk.held.is_some() {
            return false;
        }
        talk.held = Some(now);
        let (queue, agent) = (talk.queue, talk.agent);
        visit.log(now, Event::CallHeld { agent }, out);
        let music = Sound(self.music(queue));
        self.part(call, music);
        self.face_asked(call, true);
        self.push_call(call, CallState::Held, now, None, out);
        true
    }

    pub(in crate::center) fn resume(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) -> bool {
        let Some(visit) = self.visits.get_mut(&call) else { return false };
        let Phase::Talking(talk) = &mut visit.phase else { return false };
        let Some(held) = talk.held.take() else { return false };
        let agent = talk.agent;
        let held_ms = u64::try_from(now.since(held).as_millis()).unwrap_or(0);
        visit.record.hold_ms += held_ms;
        visit.log(now, Event::CallResumed { agent, held_ms }, out);
        self.face_asked(call, false);
        self.set_customer_mode(call, Mode::Talk);
        self.push_call(call, CallState::Talking, now, None, out);
        true
    }

    /// The agent pressed hold on the phone itself.
    pub(in crate::center) fn held_by_phone(&mut self, now: Instant, call: CallId, leg: LegId, out: &mut Vec<Output>) {
        if self.is_talking_leg(call, leg) {
            self.hold(now, call, out);
        }
    }

    pub(in crate::center) fn resumed_by_phone(
        &mut self,
        now: Instant,
        call: CallId,
        leg: LegId,
        out: &mut Vec<Output>,
    ) {
        if self.is_talking_leg(call, leg) {
            self.resume(now, call, out);
        }
    }

    fn is_talking_leg(&self, call: CallId, leg: LegId) -> bool {
        self.visits.get(&call).is_some_and(|visit| matches!(&visit.phase, Phase::Talking(talk) if talk.leg == leg))
    }

    /// It is over for this agent, who keeps the record open for wrap-up. `by`: whoever ended it; `None`: it goes on with others.
    pub(in crate::center) fn part_ended(
        &mut self,
        now: Instant,
        call: CallId,
        talk: &Talking,
        by: Option<EndedBy>,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get(&call) else { return };
        let mut view = self.view_of(visit, talk.agent, CallState::Ended, now);
        view.ended_by = by.and_then(key_of);
        Self::push(talk.agent, DeskEvent::CallStateChanged(view), out);
        let closed = Closed { contact: talk.contact, interaction: visit.record.id };
        let talked = match visit.record.answered {
            Some(_) => u64::try_from(now.since(talk.since).as_millis()).unwrap_or(u64::MAX),
            None => 0,
        };
        self.close_part(talk.agent, closed);
        if let Some(seat) = self.seats.get_mut(&talk.agent) {
            seat.today.handled += 1;
            seat.today.talk_ms += talked;
        }
        self.contacts.remove(&talk.contact);
        self.to_router(acd::Input::Ended { contact: talk.contact });
    }

    pub(in crate::center) fn close_part(&mut self, agent: AgentId, closed: Closed) {
        let Some(Form { record, next_seq }) = self.seats.close(agent, closed) else { return };
        if let Some(visit) = self.visits.values_mut().find(|visit| visit.record.id == record.id) {
            (visit.record, visit.next_seq) = (record, next_seq);
        } else if let Some(late) = self.late.values_mut().find(|late| late.interaction == record.id) {
            late.next_seq = next_seq;
        } else {
            self.call_backs.number_events_from(record.id, next_seq);
        }
    }

    /// The call as this agent sees it.
    fn view_of(&self, visit: &Visit, reader: AgentId, state: CallState, since: Instant) -> CallView {
        CallView {
            interaction: visit.record.id,
            state,
            since,
            caller_shown: visit.record.caller_shown(&self.rules.configuration.region),
            recording: visit.record.recording.is_some(),
            recording_paused: visit.recording_paused,
            ended_by: None,
            direction: visit.record.direction,
            cause: visit.cause,
            part: visit.part_of(reader),
            others: self.others_seen(visit, reader),
        }
    }

    /// What the agent has on the line, for a snapshot.
    pub(in crate::center) fn view_of_agent_call(&self, agent: AgentId) -> Option<CallView> {
        let visit = self.visits.get(&self.seats.get(&agent)?.call?)?;
        let (state, since) = stands(visit, agent)?;
        Some(self.view_of(visit, agent, state, since))
    }
}

/// How the call stands for this agent, and since when.
fn stands(visit: &Visit, agent: AgentId) -> Option<(CallState, Instant)> {
    if let Some(other) = visit.others.iter().find(|other| other.who.agent() == Some(agent)) {
        let state = if other.leg().is_some() { CallState::Talking } else { CallState::Ringing };
        return Some((state, other.since));
    }
    match &visit.phase {
        Phase::Talking(talk) if talk.agent == agent => Some(match talk.held {
            Some(held) => (CallState::Held, held),
            None => (CallState::Talking, talk.since),
        }),
        Phase::Calling(calling) if calling.talk.agent == agent => Some((CallState::Connecting, calling.talk.since)),
        Phase::Fetching(fetching) if fetching.agent == agent => Some((CallState::Ringing, visit.record.started)),
        Phase::Handing(handing) if handing.to.agent() == Some(agent) => Some((CallState::Ringing, handing.from.since)),
        Phase::Parked(parked) if parked.talk.agent == agent => {
            let state = if parked.returned { CallState::Ringing } else { CallState::Parked };
            Some((state, parked.talk.since))
        }
        Phase::Queued(queued) => {
            let ring = queued.rings.values().find(|ring| ring.agent == agent)?;
            let state = if ring.answering { CallState::Connecting } else { CallState::Ringing };
            Some((state, queued.since))
        }
        _ => None,
    }
}

fn key_of(by: EndedBy) -> Option<String> {
    serde_json::to_value(by).ok()?.as_str().map(str::to_owned)
}

/// `2026/11/22/<interaction>.wav`, by the day in UTC.
fn recording_path(record: &Interaction) -> String {
    let micros = i64::try_from(record.started.as_micros()).unwrap_or(i64::MAX);
    let day = jiff::Timestamp::from_microsecond(micros).map(|stamp| stamp.strftime("%Y/%m/%d").to_string());
    format!("{}/{}.wav", day.unwrap_or_default(), record.id)
}
