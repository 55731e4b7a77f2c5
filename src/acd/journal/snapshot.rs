//! The router's whole state as one plain value: what a journal keeps from time to time, what a second
//! node starts from, and what the state hash is taken of. Nothing derived stands in it.

use serde::{Deserialize, Serialize};

use crate::acd::engine::router::{Router, Settings};
use crate::acd::engine::tables::contacts::{Contact, Whereabouts};
use crate::acd::engine::tables::demand::Demand;
use crate::acd::engine::tables::idle::IdleWord;
use crate::acd::engine::tables::index::{AgentIx, ContactIx, DemandIx, ReservationIx};
use crate::acd::engine::tables::line::Urgency;
use crate::acd::engine::tables::model::{CHANNELS, Model};
use crate::acd::engine::tables::pace::{Pace, Predicted, Remembered};
use crate::acd::engine::tables::recent::Recent;
use crate::acd::engine::tables::redial::Redials;
use crate::acd::engine::tables::reservations::Reservation;
use crate::acd::engine::tables::roster::{Agent, Duty, Tally};
use crate::acd::why::Kept;
use crate::acd::{NextState, Rules};
use crate::base::{
    AgentId, CallDirection, Channel, ContactId, IdSource, Instant, QueueId, ReservationId, Rng, SkillId,
};

/// Written by one version of the program and read by the next: fields are only added.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    rules: Rules,
    rng: Rng,
    ids: Option<IdSource>,
    seq: u64,
    stamp: u64,
    agents: Vec<AgentState>,
    contacts: Vec<ContactState>,
    reservations: Vec<ReservationState>,
    /// Free slots in the order in which they are given out: equal deadlines go by slot.
    free_contacts: Vec<ContactIx>,
    free_reservations: Vec<ReservationIx>,
    demands: Vec<DemandState>,
    last_agent: Vec<Option<AgentId>>,
    recent: Vec<Recent>,
    pace: Vec<Pace>,
    #[serde(rename = "recalls")]
    redials: Redials,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct AgentState {
    id: AgentId,
    duty: DutyState,
    since: Instant,
    #[serde(default, skip_serializing_if = "is_usual")]
    next: Option<NextState>,
    #[serde(default, skip_serializing_if = "is_usual")]
    wants_wrap_up: bool,
    #[serde(default, skip_serializing_if = "is_usual")]
    holds: Vec<ContactId>,
    #[serde(default, skip_serializing_if = "is_usual")]
    wanted_by: Vec<ContactId>,
    #[serde(default, skip_serializing_if = "is_usual")]
    load: Loads,
    #[serde(default, skip_serializing_if = "is_usual")]
    tally: Tally,
    #[serde(default, skip_serializing_if = "is_usual")]
    last_contact: Option<u64>,
    #[serde(default, skip_serializing_if = "is_usual")]
    last_queue: Option<QueueId>,
    idle_stamp: u64,
}

/// Most agents need only a line of the journal's space.
fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
enum DutyState {
    SignedOut,
    NotReady(String),
    Ready,
    Reserved(ReservationId),
    Busy,
    WrapUp { contact: u64, until: Option<Instant>, extended: bool },
}

/// A demand and the stage that conditions give it, in the order in which demands came up.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct DemandState {
    queue: QueueId,
    extra: Vec<(SkillId, u8)>,
    floor: u8,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct ContactState {
    id: ContactId,
    slot: ContactIx,
    queue: Option<QueueId>,
    #[serde(rename = "place")]
    whereabouts: WhereaboutsState,
    arrived: Instant,
    seq: u64,
    priority: u8,
    bonus_s: u32,
    extra: Vec<(SkillId, u8)>,
    timeout_at: Instant,
    announce_at: Instant,
    /// The deadline that runs; one that is due already is still to come.
    due_at: Option<Instant>,
    caller: Option<u64>,
    #[serde(default)]
    kept: Option<Kept>,
    spoken_s: Option<u32>,
    hops: u8,
    #[serde(default, skip_serializing_if = "is_usual")]
    channel: ChannelState,
    #[serde(default, skip_serializing_if = "is_usual")]
    own: bool,
    predicted: Predicted,
    answered_at: Instant,
}

/// Channel and direction in one word. The journal knew five of them before the two stood apart, and its hashes
/// are taken of these.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ChannelState {
    #[default]
    Voice,
    Chat,
    Email,
    /// Of a queue of call-backs: read, no longer written.
    Callback,
    /// An agent's own call.
    Outbound,
}

/// Contacts in conversation, by the words of [`ChannelState`] in their order.
type Loads = [u8; 5];

impl ChannelState {
    fn of(channel: Channel, direction: CallDirection) -> Self {
        match (channel, direction) {
            (Channel::Voice, CallDirection::Outbound) => Self::Outbound,
            (Channel::Voice, CallDirection::Inbound) => Self::Voice,
            (Channel::Chat, _) => Self::Chat,
            (Channel::Email, _) => Self::Email,
        }
    }

    fn channel(self) -> Channel {
        match self {
            Self::Voice | Self::Callback | Self::Outbound => Channel::Voice,
            Self::Chat => Channel::Chat,
            Self::Email => Channel::Email,
        }
    }

    fn direction(self) -> CallDirection {
        if self == Self::Outbound { CallDirection::Outbound } else { CallDirection::Inbound }
    }
}

fn loads_of([voice, chat, email, call_back, own]: Loads) -> [u8; CHANNELS] {
    [voice.saturating_add(call_back).saturating_add(own), chat, email]
}

#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
enum WhereaboutsState {
    Line,
    Wants { agent: AgentId, until: Instant },
    Ringing,
    Served(AgentId),
}

#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
struct ReservationState {
    id: ReservationId,
    slot: ReservationIx,
    contact: ContactId,
    agent: AgentId,
    until: Instant,
    idle_stamp: u64,
    ready_since: Instant,
    was_busy: bool,
}

impl Router {
    pub fn snapshot(&self) -> Snapshot {
        let mut contacts: Vec<ContactState> =
            self.contacts.iter().map(|(slot, c)| self.contact_state(slot, c)).collect();
        contacts.sort_unstable_by_key(|contact| contact.id);
        let slots = self.reservations.slots().filter_map(|at| Some((at, self.reservations.get(at)?)));
        let mut reservations: Vec<ReservationState> = slots.map(|(at, r)| self.reservation_state(at, r)).collect();
        reservations.sort_unstable_by_key(|reservation| reservation.id);
        Snapshot {
            rules: self.model.rules.clone(),
            rng: self.rng.clone(),
            ids: self.ids.clone(),
            seq: self.seq,
            stamp: self.roster.stamp,
            agents: self
                .roster
                .agents
                .iter()
                .zip(&self.roster.idle)
                .map(|(a, word)| self.agent_state(a, *word))
                .collect(),
            contacts,
            reservations,
            free_contacts: self.contacts.free_slots().to_vec(),
            free_reservations: self.reservations.free_slots().to_vec(),
            demands: self.demands.all.iter().map(|demand| self.demand_state(demand)).collect(),
            last_agent: self.last_agent.iter().map(|ix| self.agent_id(*ix)).collect(),
            recent: self.recent.to_vec(),
            pace: self.pace.to_vec(),
            redials: self.redials.clone(),
        }
    }

    /// 64-bit FNV-1a of the snapshot: equal states have equal hashes on every machine.
    pub fn state_hash(&self) -> u64 {
        self.snapshot().hash()
    }

    fn demand_state(&self, demand: &Demand) -> DemandState {
        DemandState { queue: self.model.queue(demand.queue).id, extra: demand.extra.clone(), floor: demand.floor }
    }

    fn agent_id(&self, ix: AgentIx) -> Option<AgentId> {
        self.roster.agents.get(ix).map(|agent| agent.id)
    }

    fn agent_state(&self, agent: &Agent, word: IdleWord) -> AgentState {
        let duty = match &agent.duty {
            Duty::SignedOut => DutyState::SignedOut,
            Duty::NotReady(reason) => DutyState::NotReady(reason.clone()),
            Duty::Ready => DutyState::Ready,
            Duty::Reserved { reservation } => match self.reservations.get(*reservation) {
                Some(reservation) => DutyState::Reserved(reservation.id),
                None => DutyState::Ready,
            },
            Duty::Busy => DutyState::Busy,
            Duty::WrapUp { contact, until, extended } => {
                DutyState::WrapUp { contact: *contact, until: *until, extended: *extended }
            }
        };
        AgentState {
            id: agent.id,
            duty,
            since: agent.since,
            next: agent.next.clone(),
            wants_wrap_up: agent.wants_wrap_up,
            holds: agent.holds.iter().map(|slot| self.contacts[*slot].id).collect(),
            wanted_by: agent.wanted_by.iter().map(|slot| self.contacts[*slot].id).collect(),
            load: self.loads(agent),
            tally: agent.tally,
            last_contact: agent.last_contact,
            last_queue: agent.last_queue,
            idle_stamp: word.stamp(),
        }
    }

    fn loads(&self, agent: &Agent) -> Loads {
        let mut loads = Loads::default();
        for contact in agent.holds.iter().map(|slot| &self.contacts[*slot]) {
            let of = &mut loads[ChannelState::of(contact.channel, contact.direction) as usize];
            *of = of.saturating_add(1);
        }
        loads
    }

    fn contact_state(&self, slot: ContactIx, contact: &Contact) -> ContactState {
        let agent = |ix: AgentIx| self.agent_id(ix).unwrap_or(AgentId(u32::MAX));
        ContactState {
            id: contact.id,
            slot,
            queue: contact.queue.map(|queue| self.model.queue(queue).id),
            whereabouts: match contact.whereabouts {
                Whereabouts::Line(_) | Whereabouts::Moving => WhereaboutsState::Line,
                Whereabouts::Wants { agent: wanted, until } => WhereaboutsState::Wants { agent: agent(wanted), until },
                Whereabouts::Ringing => WhereaboutsState::Ringing,
                Whereabouts::Served(by) => WhereaboutsState::Served(agent(by)),
            },
            arrived: contact.arrived,
            seq: contact.seq,
            priority: contact.urgency.priority,
            bonus_s: contact.urgency.bonus_s,
            extra: contact.extra.clone(),
            timeout_at: contact.timeout_at,
            announce_at: contact.announce_at,
            due_at: (contact.timer != 0).then_some(contact.due_at),
            caller: contact.caller,
            kept: contact.kept,
            spoken_s: contact.spoken_s,
            hops: contact.hops,
            channel: ChannelState::of(contact.channel, contact.direction),
            own: contact.is_own,
            predicted: contact.predicted.predicted(),
            answered_at: contact.answered_at,
        }
    }

    fn reservation_state(&self, slot: ReservationIx, r: &Reservation) -> ReservationState {
        ReservationState {
            id: r.id,
            slot,
            contact: self.contacts[r.contact].id,
            agent: self.roster.agents[r.agent].id,
            until: r.until,
            idle_stamp: r.idle_stamp,
            ready_since: r.ready_since,
            was_busy: r.was_busy,
        }
    }

    /// The router as it was; from here the same inputs give the same outputs.
    pub fn restore(settings: Settings, snapshot: Snapshot, now: Instant) -> Self {
        let mut router = Self::new(settings, 0);
        router.model = Model::new(snapshot.rules);
        (router.rng, router.ids, router.seq) = (snapshot.rng, snapshot.ids, snapshot.seq);
        router.roster.stamp = snapshot.stamp;
        for agent in &snapshot.agents {
            if router.model.agent_ix(agent.id).is_none() {
                router.model.add_orphan(agent.id);
            }
        }
        for contact in &snapshot.contacts {
            router.seat_contact(contact);
        }
        router.contacts.set_free_slots(snapshot.free_contacts);
        let wanted: Vec<Vec<ContactId>> = snapshot.agents.iter().map(|agent| agent.wanted_by.clone()).collect();
        for agent in snapshot.agents {
            router.seat_agent(agent, now);
        }
        for reservation in &snapshot.reservations {
            router.seat_reservation(reservation);
        }
        router.reservations.set_free_slots(snapshot.free_reservations);
        let ix = |agent: Option<AgentId>| agent.and_then(|id| router.model.agent_ix(id)).unwrap_or(AgentIx::NONE);
        router.last_agent = snapshot.last_agent.into_iter().map(ix).collect();
        (router.recent, router.pace, router.redials) = (snapshot.recent.into(), snapshot.pace.into(), snapshot.redials);
        router.reindex_agents();
        router.seat_demands(&snapshot.demands);
        router.index_contacts(now);
        router.seat_deadlines(&snapshot.contacts);
        for (agent, wanted) in router.roster.agents.iter_mut().zip(wanted) {
            agent.wanted_by = wanted.iter().filter_map(|id| router.contacts.find(*id)).collect();
        }
        router
    }

    fn seat_demands(&mut self, demands: &[DemandState]) {
        for state in demands {
            let Some(queue) = self.model.queue_ix(state.queue) else { continue };
            let found = self.demands.find(queue, &state.extra);
            let ix = found.unwrap_or_else(|| self.add_demand(queue, state.extra.clone()));
            self.demands.all[ix].floor = state.floor;
        }
    }

    /// A contact's own deadline may be older than what it would be given now.
    fn seat_deadlines(&mut self, contacts: &[ContactState]) {
        for state in contacts {
            if let Some(slot) = self.contacts.find(state.id) {
                self.start_contact_timer(slot, state.due_at.unwrap_or(Instant::FAR_FUTURE));
            }
        }
    }

    fn seat_contact(&mut self, state: &ContactState) {
        let agent = |id: AgentId| self.model.agent_ix(id).unwrap_or(AgentIx::NONE);
        let whereabouts = match state.whereabouts {
            WhereaboutsState::Line => Whereabouts::Moving,
            WhereaboutsState::Wants { agent: wanted, until } => Whereabouts::Wants { agent: agent(wanted), until },
            WhereaboutsState::Ringing => Whereabouts::Ringing,
            WhereaboutsState::Served(by) => Whereabouts::Served(agent(by)),
        };
        let contact = Contact {
            id: state.id,
            queue: state.queue.and_then(|queue| self.model.queue_ix(queue)),
            demand: DemandIx::NONE,
            whereabouts,
            arrived: state.arrived,
            seq: state.seq,
            urgency: Urgency { priority: state.priority, bonus_s: state.bonus_s },
            extra: state.extra.clone(),
            timeout_at: state.timeout_at,
            announce_at: state.announce_at,
            timer: 0,
            due_at: Instant::FAR_FUTURE,
            caller: state.caller,
            kept: state.kept,
            ringing: ReservationIx::NONE,
            spoken_s: state.spoken_s,
            hops: state.hops,
            channel: state.channel.channel(),
            direction: state.channel.direction(),
            is_own: state.own,
            predicted: Remembered::of(state.predicted),
            answered_at: state.answered_at,
        };
        self.contacts.insert_at(state.slot, contact);
    }

    fn seat_agent(&mut self, state: AgentState, now: Instant) {
        let mut agent = Agent::new(state.id, now);
        agent.duty = match state.duty {
            DutyState::SignedOut => Duty::SignedOut,
            DutyState::NotReady(reason) => Duty::NotReady(reason),
            // The reservation itself says so when it takes its seat.
            DutyState::Ready | DutyState::Reserved(_) => Duty::Ready,
            DutyState::Busy => Duty::Busy,
            DutyState::WrapUp { contact, until, extended } => Duty::WrapUp { contact, until, extended },
        };
        (agent.since, agent.next, agent.wants_wrap_up) = (state.since, state.next, state.wants_wrap_up);
        agent.holds = state.holds.iter().filter_map(|id| self.contacts.find(*id)).collect();
        (agent.load, agent.tally) = (loads_of(state.load), state.tally);
        (agent.last_contact, agent.last_queue) = (state.last_contact, state.last_queue);
        self.roster.agents.push(agent);
        // Which channels it is free for follows from the rest.
        self.roster.idle.push(IdleWord::new(state.idle_stamp, 1));
    }

    fn seat_reservation(&mut self, state: &ReservationState) {
        let seats = (self.contacts.find(state.contact), self.model.agent_ix(state.agent));
        let (Some(contact), Some(agent)) = seats else { return };
        let reservation = Reservation {
            id: state.id,
            contact,
            agent,
            until: state.until,
            timer: 0,
            next: self.contacts[contact].ringing,
            idle_stamp: state.idle_stamp,
            ready_since: state.ready_since,
            was_busy: state.was_busy,
        };
        self.reservations.insert_at(state.slot, reservation);
        self.contacts[contact].ringing = state.slot;
        self.roster.agents[agent].duty = Duty::Reserved { reservation: state.slot };
    }
}

/// The router at one moment, as a journal keeps it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Checkpoint {
    /// After every input up to then.
    pub at: Instant,
    /// The router is new: a server has started, and what went before has nothing to do with it.
    pub start: bool,
    /// Inputs since the start.
    pub inputs: u64,
    pub settings: Settings,
    pub state: Snapshot,
}

impl Checkpoint {
    /// Of a router to which nothing has happened.
    pub fn start(settings: Settings, seed: u64, at: Instant) -> Self {
        let state = Router::new(settings.clone(), seed).snapshot();
        Self { at, start: true, inputs: 0, settings, state }
    }

    pub fn restore(self) -> Router {
        Router::restore(self.settings, self.state, self.at)
    }
}

impl Router {
    /// `inputs`: since the start; none is the start itself.
    pub fn checkpoint(&self, at: Instant, inputs: u64) -> Checkpoint {
        Checkpoint { at, start: inputs == 0, inputs, settings: self.settings.clone(), state: self.snapshot() }
    }
}

impl Snapshot {
    /// See [`Router::state_hash`].
    pub fn hash(&self) -> u64 {
        let mut hash = Fnv::default();
        // A snapshot is a plain value; writing it into a hash cannot fail.
        let _ = serde_json::to_writer(&mut hash, self);
        hash.0
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }
}

/// FNV-1a, 64 bits.
pub(in crate::acd) struct Fnv(pub u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl std::io::Write for Fnv {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
