//! Between the router and everybody else: arrivals, rings, answers, and who is told.

use std::sync::Arc;

use super::desk::{DeskEvent, PlaceKept, RingEnd};
use super::event::Event;
use super::flow::caller_party;
use super::input::Announced;
use super::output::{Observed, Output, Write};
use super::pop::Showing;
use super::routes::told;
use super::seat::Became;
use super::visit::{Phase, Queued, Ringing, Talking, Visit, Wish};
use super::work::Work;
use super::{Center, Due, desk};
use crate::acd::{self, Arrival, Author, Kept, Left, RefusedWhy, Why, Withdrawn};
use crate::base::{AgentId, CallId, ContactId, Instant, LegId, Number, QueueId, ReservationId};
use crate::call::{self, AttemptId, Cause, Mode, Party, Ring, Role};
use crate::crm::{EndedBy, Holder};
use crate::dialplan::{Event as FlowEvent, QueueLeft, QueueRequest, say};
use crate::sip::Reason;

/// The phone is told to give up this much after the router has: the router decides. Milliseconds.
const RING_SLACK_MS: u64 = 5_000;

impl Center {
    /// Puts the caller into the line. `only_call_back`: to be called back, and for nothing else.
    pub(super) fn enqueue(
        &mut self,
        now: Instant,
        call: CallId,
        request: &QueueRequest,
        only_call_back: bool,
        out: &mut Vec<Output>,
    ) -> Option<FlowEvent> {
        let Some(queue) = self.rules.queue_id(&request.queue) else {
            return Some(FlowEvent::QueueLeft(QueueLeft::Closed));
        };
        let contact = ContactId(self.ids.take());
        let skills = request.skills.iter().filter_map(|(key, level)| Some((self.rules.skill_id(key)?, *level)));
        let skills = skills.collect();
        let bonus_s = self.bonus(call, queue, request.bonus_s);
        let wish = Wish { priority: request.priority, skills, bonus_s, first: self.first_agent(request) };
        let visit = self.visits.get_mut(&call)?;
        // Who comes back from a line to be called back keeps the first place.
        let since = visit.record.queued.filter(|_| only_call_back).unwrap_or(now);
        visit.enter(now, Phase::Queued(Queued { wish, only_call_back, ..Queued::new(contact, queue, now, since) }));
        if only_call_back && self.call_back_digit(call).is_none() {
            self.visits.get_mut(&call)?.enter(now, Phase::Flow);
            return Some(FlowEvent::QueueLeft(QueueLeft::Impossible));
        }
        self.contacts.insert(contact, call);
        // The router says nothing of somebody who only waits.
        self.board_changed = true;
        let visit = self.visits.get_mut(&call)?;
        visit.record.queue = Some(queue);
        visit.record.queued.get_or_insert(now);
        let entered = Event::QueueEntered {
            queue: request.queue.clone(),
            priority: request.priority,
            bonus_s,
            agent_first: request.first.as_ref().map(|first| first.agent.clone()),
        };
        visit.log(now, entered, out);
        visit.save(out);
        self.arrive(now, call, request.timeout_ms, out);
        match only_call_back {
            true => self.ask_for_call_back(now, call, out),
            false => self.play_queue_music(call),
        }
        None
    }

    /// What the flow gives and what the customer has by tier and value.
    fn bonus(&self, call: CallId, queue: QueueId, given_s: u32) -> u32 {
        let card = self.visits.get(&call).and_then(Visit::only_customer);
        let settings = self.rules.queue_settings(queue);
        let vip = card.zip(settings).map_or(0, |(card, settings)| settings.vip_bonus.of(card));
        given_s.saturating_add(vip)
    }

    /// An agent whom nobody knows is asked for in vain: then everybody may be asked.
    fn first_agent(&self, request: &QueueRequest) -> Option<(AgentId, u64)> {
        let first = request.first.as_ref()?;
        let agents = &self.rules.configuration.rules.agents;
        let agent = agents.iter().find(|agent| agent.key == first.agent)?;
        Some((agent.id, first.wait_ms.unwrap_or(u64::MAX)))
    }

    /// Tells the router of a caller in the line; one who waited to be called back has that place.
    fn arrive(&mut self, now: Instant, call: CallId, timeout_ms: Option<u64>, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get(&call) else { return };
        let Phase::Queued(queued) = &visit.phase else { return };
        let (queue, caller) = (queued.queue, visit.record.caller.clone());
        let mut arrival = Arrival::new(queued.contact, queue, queued.arrived);
        (arrival.priority, arrival.skills) = (queued.wish.priority, queued.wish.skills.clone());
        (arrival.bonus_s, arrival.call_back) = (queued.wish.bonus_s, queued.only_call_back);
        arrival.preferred = queued.wish.first;
        (arrival.timeout_ms, arrival.caller) = (timeout_ms, caller.as_ref().map(Number::digits));
        let taken = caller.and_then(|number| self.take_over(now, &number, queue, out));
        if let (Some(taken), Some(visit)) = (&taken, self.visits.get_mut(&call)) {
            arrival.arrived = taken.arrived.min(arrival.arrived);
            place_kept(visit, now, PlaceKept { by: Kept::CallBack, since: arrival.arrived }, out);
        }
        self.work.push_back(Work::Router(acd::Input::Arrive(arrival)));
        if let Some(taken) = taken {
            self.let_go(now, taken, out);
        }
    }

    pub(super) fn play_queue_music(&mut self, call: CallId) {
        let Some(visit) = self.visits.get(&call) else { return };
        let Phase::Queued(queued) = &visit.phase else { return };
        let music = self.music(Some(queued.queue));
        if let Some(leg) = visit.caller_leg {
            self.play(call, leg, vec![music], true);
        }
    }

    /// The line is left: what the flow says next has no music under it.
    pub(super) fn stop_music(&mut self, call: CallId) {
        if let Some(leg) = self.visits.get(&call).filter(|visit| visit.answered).and_then(|visit| visit.caller_leg) {
            self.to_calls(call::Command::Stop { leg });
        }
    }

    /// What somebody hears who waits, in this line or for an agent who was found by it.
    pub(super) fn music(&self, queue: Option<QueueId>) -> String {
        let settings = queue.and_then(|queue| self.rules.queue_settings(queue));
        settings.map_or_else(|| "music/hold".to_owned(), |queue| queue.music.clone())
    }

    pub(super) fn router_output(&mut self, now: Instant, output: acd::Output, author: &Author, out: &mut Vec<Output>) {
        use acd::Output as Routed;
        match output {
            Routed::Reserve { reservation, contact, agent, queue, until, why } => {
                self.reserve(now, Reserved { reservation, contact, agent, queue, until, why }, out);
            }
            Routed::Withdraw { reservation, contact, agent, because } => {
                self.withdraw(now, reservation, contact, agent, because, out);
            }
            Routed::AgentState { agent, state, since, next } => {
                let (author, at) = (author.clone(), self.state_from(now, agent, since));
                out.push(Output::Write(Write::AgentState { agent, at, state: state.clone(), author: author.clone() }));
                self.agent_state(now, agent, Became { state, since, next, author }, out);
            }
            Routed::LeftQueue { contact, queue, why } => self.left_queue(now, contact, queue, why, out),
            Routed::Moved { contact, to, .. } => self.moved(now, contact, to, out),
            Routed::PlaceKept { contact, arrived, .. } => {
                let kept = PlaceKept { by: Kept::Redial, since: arrived };
                let call = self.contacts.get(&contact).copied();
                if let Some(visit) = call.and_then(|call| self.visits.get_mut(&call)) {
                    place_kept(visit, now, kept, out);
                }
            }
            Routed::Position { contact, position, estimate_s } => self.announce(contact, position, estimate_s),
            // Whoever handed the input in has seen to it.
            Routed::Rejected { .. } => {}
        }
    }

    pub(super) fn reserve(&mut self, now: Instant, reserved: Reserved, out: &mut Vec<Output>) {
        let Reserved { reservation, contact, agent, queue, until, why } = reserved;
        let call = self.contacts.get(&contact).copied().or_else(|| self.open_call_back(now, contact, out));
        let branches = self.seat_of(agent).map(super::Seat::branches).unwrap_or_default();
        let attempt = AttemptId(self.ids.take());
        let words = self.words(&why);
        let Some(visit) = call.and_then(|call| self.visits.get_mut(&call)) else { return };
        let call = visit.call;
        visit.log(now, Event::AgentReserved { agent, queue, until, why: why.clone(), words: words.clone() }, out);
        let Phase::Queued(queued) = &mut visit.phase else { return };
        queued.rings.insert(
            reservation,
            Ringing { agent, attempt, since: now, until, why: why.clone(), waits: None, answering: false },
        );
        if branches.is_empty() {
            let why = RefusedWhy::Unreachable;
            return self.to_router(acd::Input::Refused { reservation, why });
        }
        let (from, interaction) = (caller_party(visit), visit.record.id);
        let showing = Showing { agent, pop: reservation, queue: Some(queue), why: words, handed: None };
        self.show_pop(now, call, showing, out);
        let headers = told(interaction);
        let ring_ms = u64::try_from(until.since(now).as_millis()).unwrap_or(u64::MAX);
        let give_up_after_ms = ring_ms.saturating_add(RING_SLACK_MS);
        let ring = Ring { call, attempt, branches, from, headers, give_up_after_ms, unheard_after_ms: None };
        self.ring_after_pop(now, reservation, agent, ring);
    }

    fn withdraw(
        &mut self,
        now: Instant,
        reservation: ReservationId,
        contact: ContactId,
        agent: AgentId,
        because: Withdrawn,
        out: &mut Vec<Output>,
    ) {
        let why = RingEnd::from(because);
        let call = self.contacts.get(&contact).copied();
        // A caller who was gone before any phone rang has no visit left; the desktop has the pop.
        let Some(visit) = call.and_then(|call| self.visits.get_mut(&call)) else {
            let pop = self.seats.get(&agent).and_then(|seat| seat.pop.as_ref());
            let pop = pop.filter(|pop| pop.reservation == reservation);
            let Some(interaction) = pop.map(|pop| pop.interaction) else { return };
            return self.withdraw_pop(now, agent, reservation, interaction, why, out);
        };
        let (call, interaction) = (visit.call, visit.record.id);
        let ring = match &mut visit.phase {
            Phase::Queued(queued) => queued.rings.remove(&reservation),
            _ => None,
        };
        let withdrawn = Event::AgentWithdrawn { agent, because: why };
        // An agent who had the call before may have its form open.
        match self.seats.form_mut(interaction) {
            Some(form) => form.log(now, withdrawn, out),
            None => visit.log(now, withdrawn, out),
        }
        if let Some(ring) = ring {
            self.stop_ring(call, reservation, &ring, why);
        }
        self.withdraw_pop(now, agent, reservation, interaction, why, out);
        self.end_call_back_without_agent(now, call, out);
    }

    /// The agent's phone is asked to ring no more, or was not asked yet.
    pub(super) fn stop_ring(&mut self, call: CallId, reservation: ReservationId, ring: &Ringing, why: RingEnd) {
        self.deadlines.clear(&Due::Pop(call, reservation));
        if ring.waits.is_none() {
            let reason = Self::reason(if why == RingEnd::NoAnswer { 408 } else { 487 }, why.as_str());
            self.to_calls(call::Command::StopRing { attempt: ring.attempt, reason });
        }
    }

    /// A call back for which nobody rings any more has no legs: its seat waits for the next agent.
    fn end_call_back_without_agent(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) {
        let rings = |visit: &Visit| matches!(&visit.phase, Phase::Queued(queued) if queued.rings.is_empty());
        if self.visits.get(&call).is_some_and(|visit| visit.is_unheld() && rings(visit)) {
            self.finish(now, call, EndedBy::System, Some(Self::reason(480, "no agent answered")), out);
        }
    }

    fn left_queue(&mut self, now: Instant, contact: ContactId, queue: QueueId, why: Left, out: &mut Vec<Output>) {
        let Some(call) = self.contacts.remove(&contact) else {
            return self.call_back_left(now, contact, out);
        };
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let why = match why {
            Left::Abandoned | Left::Removed => return,
            Left::Timeout => QueueLeft::Timeout,
            Left::Full => QueueLeft::Full,
            Left::NoAgents => QueueLeft::NoAgents,
            Left::Closed => QueueLeft::Closed,
        };
        visit.log(now, Event::QueueLeft { queue: Some(queue), why }, out);
        let booked = match visit.enter(now, Phase::Flow) {
            Phase::Queued(queued) => queued.booked.or(visit.call_back().filter(|_| visit.record.answered.is_none())),
            _ => None,
        };
        self.deadlines.clear(&Due::Listen(call));
        self.stop_music(call);
        if let Some(id) = booked {
            self.booked_call_left(now, id, false, out);
        }
        self.drive(now, call, FlowEvent::QueueLeft(why), out);
    }

    /// Overflow: the contact waits in another queue now.
    fn moved(&mut self, now: Instant, contact: ContactId, to: QueueId, out: &mut Vec<Output>) {
        let call = self.contacts.get(&contact).copied();
        let Some(visit) = call.and_then(|call| self.visits.get_mut(&call)) else { return };
        visit.record.queue = Some(to);
        visit.log(now, Event::QueueMoved { queue: to }, out);
        if let Phase::Queued(queued) = &mut visit.phase {
            queued.queue = to;
        }
        visit.record.pass(now, Holder::Queue { queue: to });
        let call = visit.call;
        self.touch_others(call);
    }

    /// Place and estimate between the music; not while the words before are still being said.
    fn announce(&mut self, contact: ContactId, position: u32, estimate_s: Option<u32>) {
        let call = self.contacts.get(&contact).copied();
        let Some(visit) = call.and_then(|call| self.visits.get(&call)) else { return };
        let Phase::Queued(queued) = &visit.phase else { return };
        let silent = queued.asking.is_none() && visit.playing.is_none();
        let Some(queue) = self.rules.queue_settings(queued.queue).filter(|_| silent) else { return };
        let told = |what| queue.announce.contains(&what);
        let place = told(Announced::Position).then_some(position);
        let wait = estimate_s.filter(|_| told(Announced::Wait));
        let mut prompts = say::position(place, wait);
        if let Some(digit) = self.call_back_digit(visit.call).filter(|_| told(Announced::CallBack)) {
            prompts.extend(say::call_back_offer(digit));
        }
        let sounds = say::sounds(visit.language(), &prompts);
        if let (false, call, Some(leg)) = (sounds.is_empty(), visit.call, visit.caller_leg) {
            self.play(call, leg, sounds, false);
        }
    }

    pub(super) fn phone_rings(&mut self, now: Instant, call: CallId, attempt: AttemptId, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Queued(queued) = &visit.phase else { return };
        let ring = queued.rings.values().find(|ring| ring.attempt == attempt).map(|ring| (ring.agent, ring.since));
        if let Some((agent, since)) = ring {
            let micros = u64::try_from(now.since(since).as_micros()).unwrap_or(u64::MAX);
            out.push(Output::Observed(Observed::ReserveToRing { micros }));
            visit.log(now, Event::AgentRang { agent }, out);
        }
    }

    /// A phone answered: the agent's, a dialled party's, or one that comes back.
    pub(super) fn reached(
        &mut self,
        now: Instant,
        call: CallId,
        attempt: AttemptId,
        (leg, phone): (LegId, Option<String>),
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        if let Some(other) = visit.other_rung(attempt) {
            return self.other_reached(now, call, other, (leg, phone), out);
        }
        match &visit.phase {
            phase if phase.rejoining().is_some_and(|ring| ring.attempt == attempt) => {
                return self.rejoined(now, call, leg, phone, out);
            }
            Phase::Queued(queued) => {
                let ring = queued.rings.iter().find(|(_, ring)| ring.attempt == attempt);
                if let Some((reservation, agent)) = ring.map(|(id, ring)| (*id, ring.agent)) {
                    let (contact, queue) = (queued.contact, Some(queued.queue));
                    let (since, held, taking_over) = (now, None, None);
                    let talk = Talking { contact, queue, agent, leg, phone, since, held, taking_over };
                    let unheld = visit.is_unheld();
                    self.accepted(call, reservation);
                    return match unheld {
                        true => self.call_customer(now, call, talk, out),
                        false => self.connect(now, call, talk, out),
                    };
                }
            }
            Phase::Fetching(fetching) if fetching.attempt == attempt => {
                return self.fetched(now, call, (leg, phone), out);
            }
            Phase::Handing(handing) if handing.going.attempt == attempt => {
                return self.handed_over(now, call, (leg, phone), out);
            }
            phase @ Phase::Calling(_) if phase.is_out_as(attempt) => {
                return self.customer_reached(now, call, leg, out);
            }
            phase @ Phase::Dialling(_) if phase.is_out_as(attempt) => {
                visit.enter(now, Phase::Dialled(leg));
                return self.join(call, Party { leg, role: Role::Guest, mode: Mode::Talk });
            }
            _ => {}
        }
        self.to_calls(call::Command::Hangup { leg, reason: Self::reason(487, "too late") });
    }

    pub(super) fn not_reached(
        &mut self,
        now: Instant,
        call: CallId,
        attempt: AttemptId,
        (cause, why): (Cause, &Reason),
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        match &mut visit.phase {
            Phase::Queued(queued) => {
                let ring = queued.rings.iter().find(|(_, ring)| ring.attempt == attempt);
                let Some(reservation) = ring.map(|(reservation, _)| *reservation) else { return };
                self.to_router(acd::Input::Refused { reservation, why: refused(cause) });
            }
            phase if phase.rejoining().is_some_and(|ring| ring.attempt == attempt) => {
                self.not_rejoined(now, call, why, out);
            }
            Phase::Fetching(fetching) if fetching.attempt == attempt => self.not_fetched(now, call, why, out),
            _ => self.out_failed(now, call, attempt, (cause, why), out),
        }
    }

    pub(super) fn count_abandoned(&mut self, now: Instant, queued: &Queued, out: &mut Vec<Output>) {
        let wait = now.since(queued.since);
        let Some(rule) = self.rules.queue(queued.queue) else { return };
        let queue = rule.key.clone();
        let wait_micros = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
        out.push(Output::Observed(Observed::Abandoned { queue, wait_micros }));
    }

    pub(super) fn push(agent: AgentId, event: DeskEvent, out: &mut Vec<Output>) {
        out.push(Output::Push { agent, event });
    }

    pub(super) fn words(&self, why: &Why) -> desk::Words {
        let chosen = match &why.pick {
            acd::Pick::Contact { chosen, .. } => Some(*chosen),
            _ => None,
        };
        let say = |language| acd::explain(why, &Called { center: self, chosen, language }, language);
        desk::Words { en: say(acd::Language::En), zh: say(acd::Language::Zh) }
    }
}

/// What an agent reads: other contacts by the end of the caller's number, the own one as such.
struct Called<'a> {
    center: &'a Center,
    chosen: Option<ContactId>,
    language: acd::Language,
}

impl acd::Names for Called<'_> {
    fn agent(&self, agent: AgentId) -> String {
        acd::Names::agent(&self.center.rules.configuration.rules, agent)
    }

    fn queue(&self, queue: QueueId, language: acd::Language) -> String {
        let label = self.center.rules.queue_settings(queue).map(|settings| &settings.name);
        let name = label.map(|label| if language == acd::Language::Zh { &label.zh } else { &label.en });
        match name.filter(|name| !name.is_empty()) {
            Some(name) => name.clone(),
            None => acd::Names::queue(&self.center.rules.configuration.rules, queue, language),
        }
    }

    fn contact(&self, contact: ContactId) -> String {
        let (center, zh) = (self.center, self.language == acd::Language::Zh);
        if Some(contact) == self.chosen {
            return if zh { "此来电" } else { "this caller" }.to_owned();
        }
        let Some(visit) = center.contacts.get(&contact).and_then(|call| center.visits.get(call)) else {
            return center.call_backs.masked(contact).unwrap_or_else(|| format!("#{contact}"));
        };
        let number = visit.record.caller.as_ref().map(Number::masked);
        number.unwrap_or_else(|| if zh { "无号码来电" } else { "a caller without number" }.to_owned())
    }
}

/// What the router is told of an agent's phones that were rung in vain.
fn refused(cause: Cause) -> RefusedWhy {
    match cause {
        Cause::Busy => RefusedWhy::Busy,
        Cause::NoAnswer | Cause::Declined => RefusedWhy::Declined,
        Cause::NoSuchNumber | Cause::NotAllowed | Cause::TrunkFault | Cause::Unreachable => RefusedWhy::Unreachable,
    }
}

/// Waiting counts from before the call.
fn place_kept(visit: &mut Visit, now: Instant, kept: PlaceKept, out: &mut Vec<Output>) {
    visit.place_kept = Some(kept);
    if let Phase::Queued(queued) = &mut visit.phase {
        queued.arrived = kept.since;
    }
    let waited_ms = u64::try_from(now.since(kept.since).as_millis()).unwrap_or(u64::MAX);
    let since = kept.since;
    let event = match kept.by {
        Kept::Redial => Event::QueuePlaceKept { since, waited_ms },
        Kept::CallBack => Event::CallBackTakenOver { since, waited_ms },
    };
    visit.log(now, event, out);
}

/// The router's `Reserve`.
pub(super) struct Reserved {
    pub reservation: ReservationId,
    pub contact: ContactId,
    pub agent: AgentId,
    pub queue: QueueId,
    pub until: Instant,
    pub why: Arc<Why>,
}
