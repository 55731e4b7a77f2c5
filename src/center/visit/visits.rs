//! All contacts with a call: by call, and by the contact of the router.

use std::collections::{BTreeMap, BTreeSet};

use crate::acd;
use crate::base::{AgentId, CallDirection, CallId, ContactId, Instant, InteractionId, LegId};
use crate::call;
use crate::center::answer::Refused;
use crate::center::desk::{ParkedCall, Refusal};
use crate::center::event::Event;
use crate::center::log::written;
use crate::center::output::{Observed, Output};
use crate::center::parking::Lot;
use crate::center::rules::Rules;
use crate::center::turn::{Due, Turn, seconds};
use crate::center::visit::{Contacts, Errand, Handing, InSlot, Outbound, Phase, Placed, Visit};

/// Calls that are gone and may still be measured; beyond it the oldest are given up.
const LATE_MAX: usize = 1_024;

/// A call that is gone, while the counters of its media may still come.
#[derive(Debug)]
pub(in crate::center) struct Late {
    pub interaction: InteractionId,
    pub caller_leg: Option<LegId>,
    pub next_seq: u32,
}

#[derive(Debug, Default)]
pub(in crate::center) struct Visits {
    all: BTreeMap<CallId, Visit>,
    /// What the router calls them, and what occupies agents.
    pub contacts: Contacts,
    late: BTreeMap<CallId, Late>,
}

impl Visits {
    pub fn get(&self, call: &CallId) -> Option<&Visit> {
        self.all.get(call)
    }

    pub fn get_mut(&mut self, call: &CallId) -> Option<&mut Visit> {
        self.all.get_mut(call)
    }

    /// One, and how the router knows it.
    pub fn one(&mut self, call: CallId) -> Option<(&mut Visit, &mut Contacts)> {
        Some((self.all.get_mut(&call)?, &mut self.contacts))
    }

    pub fn values(&self) -> impl Iterator<Item = &Visit> {
        self.all.values()
    }

    pub fn calls(&self) -> Vec<CallId> {
        self.all.keys().copied().collect()
    }

    /// Calls that are up to this number of ours.
    pub fn up_to(&self, called: &str) -> usize {
        self.all.values().filter(|visit| visit.caller_leg.is_some() && visit.record.called == called).count()
    }

    pub fn insert(&mut self, visit: Visit) {
        self.all.insert(visit.call, visit);
    }

    /// An agent calls somebody.
    pub fn open_outbound(&mut self, mut visit: Visit, turn: &mut Turn<'_>) {
        let Errand::Outbound(Outbound { agent, contact, .. }) = visit.errand else { return };
        let (call, held) = (visit.call, visit.campaign().is_some());
        turn.out.push(Output::Observed(Observed::CallStarted));
        visit.save(turn.out);
        let started = Event::CallStarted {
            called: visit.record.called.clone(),
            sip_call_id: None,
            linked: None,
            direction: Some(CallDirection::Outbound),
            agent: Some(agent),
        };
        visit.log(turn.now, started, turn.out);
        self.insert(visit);
        self.contacts.name(contact, call);
        turn.todo.to_calls(call::Command::Open { call });
        // Nothing is owed for it until the own phone is up. For a campaign's call the agent is held already.
        if !held {
            turn.todo.to_router(acd::Input::Occupy { agent, contact, queue: None, own: false });
        }
        turn.todo.deadlines.set(Due::MaxCall(call), turn.now + seconds(turn.times.max_call_s));
        turn.todo.board_changed = true;
    }

    /// The house calls somebody.
    pub fn open_placed(&mut self, mut visit: Visit, turn: &mut Turn<'_>) {
        let Errand::Placed(Placed { onward, by, .. }) = &visit.errand else { return };
        let placed = Event::CallPlaced {
            by: by.clone(),
            number: visit.record.caller.clone(),
            trunk: visit.phase.going_out().and_then(|going| going.trunk.clone()),
            queue: onward.queue().map(str::to_owned),
            flow: onward.flow().map(str::to_owned),
        };
        turn.out.push(Output::Observed(Observed::CallStarted));
        visit.save(turn.out);
        let started = Event::CallStarted {
            called: visit.record.called.clone(),
            sip_call_id: None,
            linked: None,
            direction: Some(CallDirection::Outbound),
            agent: None,
        };
        visit.log(turn.now, started, turn.out);
        visit.log(turn.now, placed, turn.out);
        turn.todo.deadlines.set(Due::MaxCall(visit.call), turn.now + seconds(turn.times.max_call_s));
        turn.todo.board_changed = true;
        self.insert(visit);
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Callers who are becoming one of a call that is up.
    pub fn taken_in(&self) -> usize {
        self.all.values().map(|visit| visit.taken_in.len()).sum()
    }

    /// Contacts of the router, and calls that are gone: what is kept beside the calls.
    pub fn held(&self) -> (usize, usize) {
        (self.contacts.len(), self.late.len())
    }

    pub fn of(&self, contact: ContactId) -> Option<&Visit> {
        self.all.get(&self.contacts.call_of(contact)?)
    }

    pub fn with_interaction(&self, interaction: InteractionId) -> Option<&Visit> {
        self.all.values().find(|visit| visit.record.id == interaction)
    }

    pub fn with_interaction_mut(&mut self, interaction: InteractionId) -> Option<&mut Visit> {
        self.all.values_mut().find(|visit| visit.record.id == interaction)
    }

    /// Does this agent have this call (held and parked ones included)?
    pub fn has(&self, call: CallId, agent: AgentId) -> bool {
        let talk = self.get(&call).and_then(|visit| visit.phase.talk());
        talk.is_some_and(|talk| talk.agent == agent)
    }

    /// The call that this agent has, and as what.
    pub fn talk_of(&self, agent: AgentId) -> Option<(CallId, ContactId)> {
        let mut talks = self.all.values().filter_map(|visit| Some((visit.call, visit.phase.talk()?)));
        talks.find(|(_, talk)| talk.agent == agent).map(|(call, talk)| (call, talk.contact))
    }

    /// The customer's leg and the interaction of a call that is up, or was a moment ago.
    pub fn measured(&self, call: CallId) -> Option<(Option<LegId>, InteractionId)> {
        let visit = self.all.get(&call).map(|visit| (visit.caller_leg, visit.record.id));
        visit.or_else(|| self.late.get(&call).map(|late| (late.caller_leg, late.interaction)))
    }

    /// Notes a step of a call that is up, or was a moment ago. `false`: it is forgotten.
    pub fn log(&mut self, now: Instant, interaction: InteractionId, event: Event, out: &mut Vec<Output>) -> bool {
        if let Some(visit) = self.with_interaction_mut(interaction) {
            visit.log(now, event, out);
        } else if let Some(late) = self.late.values_mut().find(|late| late.interaction == interaction) {
            out.push(written(interaction, &mut late.next_seq, now, &event));
        } else {
            return false;
        }
        true
    }

    /// Whoever numbered the events of a call that is gone does it no more. `false`: it is forgotten here, too.
    pub fn number_late(&mut self, interaction: InteractionId, next_seq: u32) -> bool {
        let late = self.late.values_mut().find(|late| late.interaction == interaction);
        late.map(|late| late.next_seq = next_seq).is_some()
    }

    /// The last leg is gone; only counters may come. Gives the one that nobody can measure any more.
    pub fn gone(&mut self, call: CallId) -> Option<Late> {
        let left = self.all.remove(&call).and_then(|visit| {
            let late = Late { interaction: visit.record.id, caller_leg: visit.caller_leg, next_seq: visit.next_seq };
            self.late.insert(visit.call, late);
            if self.late.len() > LATE_MAX { self.late.pop_first() } else { None }
        });
        self.contacts.forget(call);
        left.map(|(_, late)| late)
    }
}

/// What is parked, and what rings at somebody.
impl Visits {
    /// Each slot that is in use: somebody may be on the way to the call.
    fn slots(&self) -> impl Iterator<Item = &InSlot> {
        self.all.values().filter_map(|visit| match &visit.phase {
            Phase::InSlot(parked) | Phase::Handing(Handing { slot: Some(parked), .. }) => Some(parked),
            _ => None,
        })
    }

    /// A slot that is free, and how long a call may stay in it, seconds.
    pub fn free_slot(&self, rules: &Rules, slot: Option<u16>, lot: Option<&str>) -> Result<(u16, u32), Refused> {
        let fits = |lot: &&Lot, key: Option<&str>| key.is_none_or(|key| lot.key == key);
        let lots = rules.configuration.parking.lots.iter().filter(|known| fits(known, lot));
        let numbers = lots.flat_map(|lot| lot.numbers().map(|number| (number, lot.return_s)));
        let mut wanted = numbers.filter(|(number, _)| slot.is_none_or(|slot| slot == *number)).peekable();
        if wanted.peek().is_none() {
            return Err((Refusal::UnknownSlot, "there is no such slot"));
        }
        let taken: BTreeSet<u16> = self.slots().map(|parked| parked.slot).collect();
        wanted.find(|(number, _)| !taken.contains(number)).ok_or((Refusal::SlotTaken, "somebody waits there already"))
    }

    /// The call in this slot.
    pub fn in_slot(&self, slot: u16) -> Option<CallId> {
        let is = |visit: &&Visit| matches!(&visit.phase, Phase::InSlot(parked) if parked.slot == slot);
        self.all.values().find(is).map(|visit| visit.call)
    }

    /// What anybody may pick up, by slot.
    pub fn parked(&self, rules: &Rules) -> Vec<ParkedCall> {
        let mut parked: Vec<_> = self.all.values().filter_map(|visit| visit.parked_call(rules)).collect();
        parked.sort_by_key(|parked| parked.slot);
        parked
    }

    /// What the router has ring longest at one of these, and not in the moment of being answered.
    pub fn rings_at(&self, agents: &BTreeSet<AgentId>) -> Option<(CallId, ContactId)> {
        let longest = |visit: &Visit| match &visit.phase {
            Phase::Queued(queued) if queued.booked.is_none() && !visit.is_unheld() => {
                let rings = || queued.rings.values();
                let since = rings().filter(|ring| agents.contains(&ring.agent)).map(|ring| ring.since).min()?;
                (!rings().any(|ring| ring.answering)).then_some((since, visit.call, queued.contact))
            }
            _ => None,
        };
        self.all.values().filter_map(longest).min().map(|(_, call, contact)| (call, contact))
    }

    /// A call that somebody has sent to one of these, and that rings.
    pub fn handed_to(&self, agents: &BTreeSet<AgentId>) -> Option<CallId> {
        let to = |visit: &&Visit| match &visit.phase {
            Phase::Handing(handing) => handing.to.agent().is_some_and(|agent| agents.contains(&agent)),
            _ => false,
        };
        self.all.values().find(to).map(|visit| visit.call)
    }
}
