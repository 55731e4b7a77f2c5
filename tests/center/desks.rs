//! The agents' desktops: a mirror of what each is told, which checks that it makes sense, and the
//! person in front of it.

use std::collections::BTreeMap;
use std::time::Duration;

use carillon::acd::AgentState;
use carillon::base::{AgentId, InteractionId, ReservationId, Rng};
use carillon::call::Cause;
use carillon::center::desk::{CallState, DeskCommand, DeskEvent, OtherState, ScreenPop};
use carillon::center::desk::{Help, Notice, Preview};

/// What the person does by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Person {
    /// Saves each wrap-up after some seconds, and becomes ready again after being set aside.
    Working,
    /// Does nothing of its own.
    Absent,
}

#[derive(Debug)]
pub struct Desk {
    pub person: Person,
    pub state: AgentState,
    pub ring: Option<(ReservationId, InteractionId)>,
    pub call: Option<(InteractionId, CallState)>,
    pub pop: Option<ScreenPop>,
    pub wrap_up: Option<InteractionId>,
    pub phone_reachable: bool,
    pub withdrawn: Vec<String>,
    /// Who else is in the call.
    pub others: Vec<(String, OtherState)>,
    /// Their ids.
    pub other_ids: Vec<ReservationId>,
    pub cause: Option<Cause>,
    /// In a call that is a colleague's.
    pub part: Option<OtherState>,
    /// The slots in use.
    pub parked: Vec<u16>,
    /// Whom the agent is about to call.
    pub preview: Option<Preview>,
    /// Asked of supervisors.
    pub help: Option<Help>,
    /// Of supervisors, not read yet.
    pub notices: Vec<Notice>,
    rng: Rng,
}

pub struct Desks {
    pub desks: BTreeMap<AgentId, Desk>,
}

impl Desks {
    pub fn new(agents: impl Iterator<Item = AgentId>, person: Person, rng: &mut Rng) -> Self {
        let desk = |rng: Rng| Desk {
            person,
            state: AgentState::SignedOut,
            ring: None,
            call: None,
            pop: None,
            wrap_up: None,
            phone_reachable: false,
            withdrawn: Vec::new(),
            others: Vec::new(),
            other_ids: Vec::new(),
            cause: None,
            part: None,
            parked: Vec::new(),
            preview: None,
            help: None,
            notices: Vec::new(),
            rng,
        };
        Self { desks: agents.map(|agent| (agent, desk(rng.fork()))).collect() }
    }

    /// The server is another: what it says now counts.
    pub fn forget(&mut self) {
        for desk in self.desks.values_mut() {
            (desk.state, desk.ring, desk.call) = (AgentState::SignedOut, None, None);
            (desk.pop, desk.wrap_up, desk.phone_reachable) = (None, None, false);
            (desk.preview, desk.help) = (None, None);
            desk.notices.clear();
        }
    }

    /// Takes a push; gives what the person then does, and when.
    pub fn push(&mut self, agent: AgentId, event: DeskEvent) -> Option<(Duration, DeskCommand)> {
        let desk = self.desks.get_mut(&agent).expect("a push is for a known agent");
        desk.take(agent, event)
    }
}

impl Desk {
    fn take(&mut self, agent: AgentId, event: DeskEvent) -> Option<(Duration, DeskCommand)> {
        match event {
            DeskEvent::PopShown(pop) => {
                assert!(self.ring.is_none(), "{agent:?} is rung for two calls at once");
                assert!(!self.talks(), "{agent:?} is rung in the middle of a call");
                self.ring = Some((pop.reservation, pop.interaction));
                self.pop = Some(*pop);
            }
            DeskEvent::PopUpdated(pop) => self.pop = Some(*pop),
            DeskEvent::PopWithdrawn { reservation, why, .. } => {
                let (rang, _) = self.ring.take().or(Some((reservation, InteractionId(uuid()))))?;
                assert_eq!(rang, reservation, "another ring is withdrawn than the one shown");
                self.withdrawn.push(why.as_str().to_owned());
                self.pop = None;
                self.call =
                    self.call.take().filter(|(_, state)| !matches!(state, CallState::Connecting | CallState::Ringing));
            }
            DeskEvent::CallStateChanged(view) => {
                let taken = matches!(view.state, CallState::Talking | CallState::Connecting);
                let rings = |state| matches!(state, CallState::Ended | CallState::Ringing);
                if taken && self.call.is_none_or(|(_, state)| rings(state)) {
                    let (_, rang) = self.ring.take().expect("a call that was never shown");
                    assert_eq!(rang, view.interaction);
                }
                if view.state == CallState::Ended && self.ring.is_some_and(|(_, rang)| rang == view.interaction) {
                    self.ring = None;
                }
                self.other_ids = view.others.iter().map(|other| other.id).collect();
                self.others = view.others.iter().map(|other| (other.name.clone(), other.state)).collect();
                self.cause = view.cause;
                self.part = view.part;
                self.call = Some((view.interaction, view.state));
            }
            DeskEvent::WrapUpStarted { interaction, .. } => {
                self.wrap_up = Some(interaction);
                let after = Duration::from_millis(500 + self.rng.below(20_000));
                let notes = String::from("noted");
                let disposition = Some(String::from("solved"));
                let save = DeskCommand::WrapUpSave { interaction, disposition, notes, done: true };
                return (self.person == Person::Working).then_some((after, save));
            }
            DeskEvent::AgentStateChanged { state, .. } => return self.state(state),
            DeskEvent::PhoneStateChanged { reachable } => {
                self.phone_reachable = reachable;
                return self.state(self.state.clone());
            }
            DeskEvent::ParkedChanged { parked } => self.parked = parked.iter().map(|parked| parked.slot).collect(),
            DeskEvent::PreviewChanged { preview } => self.preview = preview,
            DeskEvent::HelpChanged { help } => self.help = help,
            DeskEvent::NoticeShown(notice) => self.notices.push(notice),
            DeskEvent::NoticeRead { notice } => self.notices.retain(|shown| shown.id != notice),
            DeskEvent::Snapshot(_) => {}
        }
        None
    }

    fn state(&mut self, state: AgentState) -> Option<(Duration, DeskCommand)> {
        if !matches!(state, AgentState::WrapUp { .. }) {
            self.wrap_up = None;
        }
        self.state = state;
        let aside = matches!(self.state, AgentState::NotReady { .. });
        let after = Duration::from_secs(5 + self.rng.below(60));
        (aside && self.person == Person::Working).then_some((after, DeskCommand::Ready))
    }

    pub fn talks(&self) -> bool {
        self.call.is_some_and(|(_, state)| state != CallState::Ended)
    }
}

fn uuid() -> uuid::Uuid {
    uuid::Uuid::nil()
}
