//! All campaigns: who is free for which, and whom they call.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::ENTRIES_MAX;
use super::running::{OnTheWay, Reading, Running, Stage};
use crate::acd::{self, AgentState};
use crate::base::{AgentId, CallId, ContactId, Instant, InteractionId, Number};
use crate::call::Cause;
use crate::campaign::{
    Answerer, Attempted, CampaignId, Class, Cover, DialEnd, DialId, EntryId, FollowUp, Hopper, Input, NewEntry,
    NotAdded, Output, PersonKey, Presence, Taken, TakenBack, What,
};
use crate::center::calling::{
    AttemptOver, CampaignFigures, CampaignRule, CampaignRun, CampaignState, ListEntry, NewAttempt, NotToBeCalled,
};
use crate::center::desk::DeskEvent;
use crate::center::output::{self, Write};
use crate::center::rules::Rules;
use crate::center::turn::{Due, Turn};
use crate::center::visit::{Phase, Visits};

/// So often it is looked whether somebody may be called again, where nobody may at present.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// Whom an agent would not call is offered again after so long.
const SKIPPED: Duration = Duration::from_secs(300);
/// Entries of a campaign that is over go by so many at once.
const SHED: usize = 4_096;
const SHED_AFTER: Duration = Duration::from_millis(50);

/// What only the steps can do, who see all parts.
#[derive(Debug)]
pub(in crate::center) enum Order {
    /// Has the attempt written down, and asks whom it calls.
    Write(Box<NewAttempt>),
    /// Asks whom an entry would call, for this agent to read.
    Read { campaign: CampaignId, agent: AgentId, row: i64 },
    /// This call is not to be answered any more; `None`: we would not have it.
    Stop(CallId, Option<Cause>),
}

/// How a call out ended.
pub(in crate::center) struct Over {
    pub interaction: InteractionId,
    /// Somebody spoke with the agent.
    pub answered: bool,
    /// Why nobody was reached; `None`: the agent, or we, gave up.
    pub cause: Option<Cause>,
}

/// Every campaign that was started and is not over.
#[derive(Debug)]
pub(in crate::center) struct Campaigns {
    pub(super) all: BTreeMap<CampaignId, Running>,
    hopper: Hopper,
    /// As the store numbers the entries.
    rows: BTreeMap<EntryId, i64>,
    /// Who is held for a call, and by which campaign.
    held: BTreeMap<AgentId, CampaignId>,
    calls: BTreeMap<CallId, (CampaignId, DialId)>,
    /// What agents have become, and calls that ended without one: not told yet.
    noted: BTreeMap<AgentId, AgentState>,
    vain: Vec<(CampaignId, Input)>,
    orders: VecDeque<Order>,
    draining: bool,
}

impl Default for Campaigns {
    fn default() -> Self {
        Self {
            all: BTreeMap::new(),
            hopper: Hopper::new(ENTRIES_MAX),
            rows: BTreeMap::new(),
            held: BTreeMap::new(),
            calls: BTreeMap::new(),
            noted: BTreeMap::new(),
            vain: Vec::new(),
            orders: VecDeque::new(),
            draining: false,
        }
    }
}

/// What the center is told of campaigns.
impl Campaigns {
    /// A campaign is started, paused or finished.
    pub fn run(&mut self, run: CampaignRun, turn: &mut Turn<'_>) {
        let (id, state) = (run.id, run.state);
        if !self.all.contains_key(&id) {
            if matches!(state, CampaignState::Draft | CampaignState::Finished) {
                return;
            }
            let Some(rule) = rule_of(turn.rules, &run.key) else { return };
            self.hopper.campaign(id, rule.hours.clone(), rule.attempts.clone());
            self.all.insert(id, Running::new(run, rule, turn.now));
        }
        if let Some(running) = self.all.get_mut(&id) {
            running.state = state;
        }
        self.hold_back(id, turn);
    }

    /// Makes no call, or may again.
    fn hold_back(&mut self, id: CampaignId, turn: &mut Turn<'_>) {
        let Some(running) = self.all.get_mut(&id) else { return };
        let stands = !running.runs() || self.draining;
        if stands && let Some(taken) = running.next.take() {
            self.hopper.put_back(&taken, turn.now);
        }
        if let Some(reading) = running.reading.take_if(|_| stands) {
            turn.push(reading.agent, DeskEvent::PreviewChanged { preview: None });
            self.tell(id, Input::Skip(reading.agent), turn);
        }
        if stands {
            self.tell(id, Input::Next(None), turn);
        }
        self.tell(id, Input::Pause(stands), turn);
    }

    /// Entries of its lists; one that is known, or not to be called, is passed over.
    pub fn entries(&mut self, campaign: CampaignId, entries: Vec<ListEntry>, turn: &mut Turn<'_>) {
        for entry in entries {
            let ListEntry { row, person, kind, zones, tries, due } = entry;
            let new = NewEntry { campaign, list: 0, kind, person, zones: &zones, tries };
            match self.hopper.add_due(&new, due) {
                Ok(id) => drop(self.rows.insert(id, row)),
                // It was told before.
                Err(NotAdded::Twice) => {}
                Err(why) => {
                    let what = format!("campaign entry: {why}");
                    turn.out.push(output::Output::Observed(output::Observed::Dropped { what }));
                }
            }
        }
        self.tell(campaign, Input::Wake, turn);
    }

    /// Nobody calls this number any more, from this moment on.
    pub fn do_not_call(&mut self, number: &Number, turn: &mut Turn<'_>) {
        let person = PersonKey::of_number(number.as_str());
        if !self.hopper.forbid(person) {
            return;
        }
        for id in self.all.keys().copied().collect::<Vec<_>>() {
            let Some(running) = self.all.get_mut(&id) else { continue };
            if let Some(taken) = running.next.take_if(|taken| taken.person == person) {
                self.hopper.over(&taken, Attempted::TakenBack, None, turn.now);
                self.rows.remove(&taken.entry);
                if let Some(reading) = running.reading.take() {
                    turn.push(reading.agent, DeskEvent::PreviewChanged { preview: None });
                    self.tell(id, Input::Skip(reading.agent), turn);
                }
                self.tell(id, Input::Next(None), turn);
            }
            let Some(running) = self.all.get(&id) else { continue };
            let rings = running.dials.values().filter(|dial| dial.taken.person == person);
            let stops = rings.filter_map(|dial| match dial.stage {
                Stage::Calling(call) => Some(Order::Stop(call, None)),
                _ => None,
            });
            self.orders.extend(stops);
        }
    }

    /// Other rules.
    pub fn configure(&mut self, turn: &mut Turn<'_>) {
        for id in self.all.keys().copied().collect::<Vec<_>>() {
            let Some(running) = self.all.get_mut(&id) else { continue };
            running.rule = rule_of(turn.rules, &running.key);
            if let Some(rule) = &running.rule {
                self.hopper.campaign(id, rule.hours.clone(), rule.attempts.clone());
                let law = *running.pacer.keep().law();
                running.pacer.set(rule.pace(running.began, Some(&law)));
            }
            self.hold_back(id, turn);
        }
    }

    /// The server stops: no new calls.
    pub fn drain(&mut self, turn: &mut Turn<'_>) {
        self.draining = true;
        self.all.keys().copied().collect::<Vec<_>>().into_iter().for_each(|id| self.hold_back(id, turn));
    }

    /// A deadline of its pacer, or time to look again.
    pub fn wake(&mut self, id: CampaignId, turn: &mut Turn<'_>) {
        let over = |running: &Running| running.state == CampaignState::Finished && running.dials.is_empty();
        if self.all.get(&id).is_some_and(over) {
            if self.hopper.shed(id, SHED) {
                return turn.todo.deadlines.set(Due::Campaign(id), turn.now + SHED_AFTER);
            }
            return drop(self.all.remove(&id));
        }
        self.tell(id, Input::Wake, turn);
    }

    pub fn figures(&self, now: Instant) -> Vec<(String, CampaignFigures)> {
        let held = |id| u32::try_from(self.held.values().filter(|by| **by == id).count()).unwrap_or(u32::MAX);
        self.all.iter().map(|(id, running)| (running.key.clone(), running.figures(now, held(*id)))).collect()
    }

    /// Agents held, calls, entries: what grows with what happens.
    pub fn size(&self) -> usize {
        let told = self.orders.len() + self.noted.len() + self.vain.len();
        self.held.len() + self.calls.len() + self.rows.len() + told
    }
}

/// Agents.
impl Campaigns {
    /// An agent became something else: told when the router has settled.
    pub fn note(&mut self, agent: AgentId, state: &AgentState) {
        if !self.all.is_empty() {
            self.noted.insert(agent, state.clone());
        }
    }

    /// Whether there is something to tell or to do.
    pub fn is_stirred(&self) -> bool {
        !self.noted.is_empty() || !self.vain.is_empty() || !self.orders.is_empty()
    }

    pub fn next_order(&mut self) -> Option<Order> {
        self.orders.pop_front()
    }

    /// Tells the pacers what has ended and what agents have become. All of it is told before any of them decides: whose
    /// call is over may be ready, or may want a break.
    pub fn settle(&mut self, turn: &mut Turn<'_>) {
        if self.noted.is_empty() && self.vain.is_empty() {
            return;
        }
        let all: Vec<CampaignId> = self.all.keys().copied().collect();
        all.iter().for_each(|id| self.tell(*id, Input::Pause(true), turn));
        for (id, ended) in std::mem::take(&mut self.vain) {
            self.tell(id, ended, turn);
        }
        self.tell_agents(turn);
        for id in all {
            let stands = self.draining || self.all.get(&id).is_none_or(|running| !running.runs());
            self.tell(id, Input::Pause(stands), turn);
        }
    }

    fn tell_agents(&mut self, turn: &mut Turn<'_>) {
        while let Some((agent, state)) = self.noted.pop_first() {
            // Whoever is not busy has no call: a colleague has it, or it was never theirs.
            if !matches!(state, AgentState::Busy { .. }) {
                self.held.remove(&agent);
            }
            if matches!(state, AgentState::Ready | AgentState::NotReady { .. } | AgentState::SignedOut) {
                self.written_up(agent, turn);
            }
            for id in self.all.keys().copied().collect::<Vec<_>>() {
                let serves = |rule: &CampaignRule| turn.rules.serves(agent, rule.queue);
                let wanted = self.all.get(&id).and_then(|running| running.rule.as_ref()).is_some_and(serves);
                let is = match (&state, self.held.get(&agent)) {
                    (AgentState::Busy { .. }, Some(by)) if *by == id => continue,
                    _ if !wanted => Presence::Gone,
                    (AgentState::Ready, None) => Presence::Ready,
                    (AgentState::Busy { .. } | AgentState::Reserved { .. }, None) => {
                        Presence::Talking { frees_in: None }
                    }
                    (AgentState::WrapUp { .. }, None) => Presence::WrapUp { frees_in: None },
                    _ => Presence::Gone,
                };
                self.tell(id, Input::Agent { agent, is }, turn);
            }
        }
    }

    /// The agent is done with what came after conversations.
    fn written_up(&mut self, agent: AgentId, turn: &mut Turn<'_>) {
        for id in self.all.keys().copied().collect::<Vec<_>>() {
            let Some(running) = self.all.get(&id) else { continue };
            let after = running.dials.iter().filter(|(_, on)| on.agent == agent && matches!(on.stage, Stage::After));
            for dial in after.map(|(dial, _)| *dial).collect::<Vec<_>>() {
                let Some(running) = self.all.get(&id) else { continue };
                let (ended, again, person) = running.came_to(dial);
                self.over(id, dial, ended, again, turn);
                self.tell(id, Input::Served { dial, person }, turn);
            }
        }
    }
}

impl Running {
    /// How a conversation counts, when its entry is called again, and whether it was with a person. Who says nothing
    /// has said nothing of a person: nothing is earned by it.
    fn came_to(&self, dial: DialId) -> (Attempted, Option<Duration>, bool) {
        let disposition = self.dials.get(&dial).and_then(|on| on.disposition.as_ref());
        let follow_up = |key| self.rule.as_ref().and_then(|rule| rule.after.get(key)).copied();
        match disposition.map(|key| follow_up(key).unwrap_or(FollowUp::Done)) {
            None => (Attempted::Spoken, None, false),
            Some(FollowUp::Done | FollowUp::DoNotCall) => (Attempted::Spoken, None, true),
            Some(FollowUp::Machine) => (Attempted::Machine, None, false),
            Some(FollowUp::Again { after_min }) => {
                (Attempted::Spoken, Some(Duration::from_secs(u64::from(after_min) * 60)), true)
            }
        }
    }
}

/// Calls.
impl Campaigns {
    /// The store has the attempt. The last look before the number is dialled; gives who is held, and by what.
    pub fn confirm(&mut self, id: CampaignId, dial: DialId, now: Instant) -> Option<(AgentId, ContactId)> {
        let running = self.all.get(&id)?;
        let on = running.dials.get(&dial).filter(|on| matches!(on.stage, Stage::Asked(_)))?;
        let runs = running.runs() && !self.draining;
        (runs && self.hopper.confirm(&on.taken, now).is_ok()).then_some((on.agent, on.contact))
    }

    pub fn rule(&self, id: CampaignId) -> Option<&CampaignRule> {
        self.all.get(&id)?.rule.as_ref()
    }

    /// The call goes out.
    pub fn begun(&mut self, (id, dial): (CampaignId, DialId), call: CallId, interaction: InteractionId) {
        if let Some(on) = self.all.get_mut(&id).and_then(|running| running.dials.get_mut(&dial)) {
            (on.stage, on.interaction) = (Stage::Calling(call), Some(interaction));
            self.calls.insert(call, (id, dial));
        }
    }

    /// The call is not made after all; `written`: the store has said that it has it.
    pub fn not_made(&mut self, (id, dial): (CampaignId, DialId), why: Attempted, written: bool, turn: &mut Turn<'_>) {
        let Some(running) = self.all.get_mut(&id) else { return };
        let Some(on) = running.dials.get_mut(&dial) else { return };
        if let (Stage::Asked(pace), false) = (&on.stage, written) {
            turn.out.push(output::Output::Write(Write::Pace(pace.clone())));
        }
        turn.todo.to_router(acd::Input::Ended { contact: on.contact });
        self.held.remove(&on.agent);
        self.over(id, dial, why, None, turn);
        self.vain.push((id, Input::Ended { dial, end: DialEnd::Failed }));
    }

    /// A phone answered: the agent's, and the number rings from here on, or the called speaks with the agent.
    pub fn reached(&mut self, call: CallId, visits: &Visits, turn: &mut Turn<'_>) {
        let Some((id, dial)) = self.calls.get(&call).copied() else { return };
        match visits.get(&call).map(|visit| &visit.phase) {
            Some(Phase::Calling(_)) => self.tell(id, Input::Ringing(dial), turn),
            Some(Phase::Talking(_)) => self.answered(call, (id, dial), turn),
            _ => {}
        }
    }

    fn answered(&mut self, call: CallId, (id, dial): (CampaignId, DialId), turn: &mut Turn<'_>) {
        let Some(running) = self.all.get_mut(&id) else { return };
        let rings = |on: &&mut OnTheWay| matches!(on.stage, Stage::Calling(of) if of == call);
        // It may go on at another phone, or with a colleague.
        let Some(on) = running.dials.get_mut(&dial).filter(rings) else { return };
        on.stage = Stage::Talking;
        running.connected += 1;
        self.tell(id, Input::Answered { dial, by: Answerer::Person, greeted: turn.now }, turn);
    }

    /// The call is over.
    pub fn ended(&mut self, call: CallId, how: &Over, turn: &mut Turn<'_>) {
        let Some((id, dial)) = self.calls.remove(&call) else { return };
        let Some(on) = self.all.get_mut(&id).and_then(|running| running.dials.get_mut(&dial)) else { return };
        self.held.remove(&on.agent);
        on.interaction = Some(how.interaction);
        if how.answered {
            on.stage = Stage::After;
            return;
        }
        let (ended, end) = match how.cause {
            Some(Cause::Busy) => (Attempted::Busy, DialEnd::Busy),
            Some(Cause::NoAnswer | Cause::Declined | Cause::Unreachable) => (Attempted::NoAnswer, DialEnd::NoAnswer),
            Some(Cause::NoSuchNumber | Cause::NotAllowed) => (Attempted::Failed, DialEnd::Failed),
            Some(Cause::TrunkFault) => (Attempted::TakenBack, DialEnd::Failed),
            None => (Attempted::TakenBack, DialEnd::Cancelled),
        };
        self.over(id, dial, ended, None, turn);
        self.vain.push((id, Input::Ended { dial, end }));
    }

    /// The agent has said what a conversation came to; who is not to be called again is not from now on.
    pub fn disposed(
        &mut self,
        (interaction, number): (InteractionId, Option<Number>),
        disposition: Option<&str>,
        agent: AgentId,
        turn: &mut Turn<'_>,
    ) {
        let mut follow_up = None;
        for running in self.all.values_mut() {
            for on in running.dials.values_mut().filter(|on| on.interaction == Some(interaction)) {
                on.disposition = disposition.map(str::to_owned);
                let rule = running.rule.as_ref();
                follow_up = disposition.and_then(|key| rule.and_then(|rule| rule.after.get(key)).copied());
            }
        }
        if let (Some(FollowUp::DoNotCall), Some(number)) = (follow_up, number) {
            let by = format!("agent:{agent}");
            let row = NotToBeCalled { number: number.clone(), at: turn.now, by, why: interaction.to_string() };
            turn.out.push(output::Output::Write(Write::DoNotCall(Box::new(row))));
            self.do_not_call(&number, turn);
        }
    }

    fn over(&mut self, id: CampaignId, dial: DialId, ended: Attempted, again: Option<Duration>, turn: &mut Turn<'_>) {
        let Some(on) = self.all.get_mut(&id).and_then(|running| running.dials.remove(&dial)) else { return };
        let Some(after) = self.hopper.over(&on.taken, ended, again, turn.now) else { return };
        let Some(row) = self.rows.get(&on.taken.entry).copied() else { return };
        if after.due.is_none() {
            self.rows.remove(&on.taken.entry);
        }
        let (tries, due) = (after.tries, after.due);
        let (at, interaction) = (turn.now, on.interaction);
        let over = AttemptOver { campaign: id, dial, row, at, ended, interaction, tries, due };
        turn.out.push(output::Output::Write(Write::AttemptOver(Box::new(over))));
    }
}

/// The pacers.
impl Campaigns {
    /// Tells a pacer something and does what it wants; whoever else hears of it is told, too.
    pub(super) fn tell(&mut self, id: CampaignId, input: Input, turn: &mut Turn<'_>) {
        let mut inputs = VecDeque::from([(id, input)]);
        while let Some((id, input)) = inputs.pop_front() {
            let Some(running) = self.all.get_mut(&id) else { continue };
            let mut outputs = Vec::new();
            running.pacer.handle(turn.now, input, &mut outputs);
            let mut cover = None;
            for output in outputs {
                if let Output::Record(line) = output {
                    if let What::Dialled { why, .. } = &line.what {
                        cover = Some(why.cover);
                    }
                    if let Some(running) = self.all.get_mut(&id) {
                        running.lines.push(line);
                    }
                } else {
                    self.obey(id, output, cover, turn, &mut inputs);
                }
            }
            if let Some(class) = self.refill(id, turn.now) {
                inputs.push_back((id, Input::Next(Some(class))));
            }
            self.write_down(id, turn);
        }
    }

    fn obey(
        &mut self,
        id: CampaignId,
        output: Output,
        cover: Option<Cover>,
        turn: &mut Turn<'_>,
        inputs: &mut VecDeque<(CampaignId, Input)>,
    ) {
        let Some(running) = self.all.get_mut(&id) else { return };
        match output {
            Output::Dial(dial) => self.dial(id, dial, cover, turn, inputs),
            Output::Cancel { dial, why } => {
                if let Some(Stage::Calling(call)) = running.dials.get(&dial).map(|on| &on.stage) {
                    let cause = Some(Cause::NoAnswer).filter(|_| why == TakenBack::RangOut);
                    self.orders.push_back(Order::Stop(*call, cause));
                }
            }
            Output::Preview { agent, until } => {
                let row = running.next.and_then(|taken| self.rows.get(&taken.entry)).copied();
                running.reading = Some(Reading { agent, until, called: None });
                self.orders.extend(row.map(|row| Order::Read { campaign: id, agent, row }));
            }
            Output::PutBack { agent } => {
                running.reading = None;
                if let Some(taken) = running.next.take() {
                    self.hopper.put_back(&taken, turn.now + SKIPPED);
                }
                turn.push(agent, DeskEvent::PreviewChanged { preview: None });
            }
            // The agent is on the line when the called answers, so nobody is connected, and nobody waits; machines are
            // told by agents; what is recorded is taken where it is made.
            Output::Connect { .. }
            | Output::SafeMessage(_)
            | Output::Machine(_)
            | Output::Message(_)
            | Output::Record(_) => {}
        }
    }

    /// The next one is called: the agent is held, and all others are told that this one is.
    fn dial(
        &mut self,
        id: CampaignId,
        dial: DialId,
        cover: Option<Cover>,
        turn: &mut Turn<'_>,
        inputs: &mut VecDeque<(CampaignId, Input)>,
    ) {
        let Some(running) = self.all.get_mut(&id) else { return };
        let taken = running.next.take();
        let row = taken.and_then(|taken| self.rows.get(&taken.entry)).copied();
        let (Some(taken), Some(row), Some(Cover::Agent(agent))) = (taken, row, cover) else {
            taken.iter().for_each(|taken| self.hopper.put_back(taken, turn.now + SKIPPED));
            return inputs.push_back((id, Input::Ended { dial, end: DialEnd::Failed }));
        };
        if running.reading.take().is_some() {
            turn.push(agent, DeskEvent::PreviewChanged { preview: None });
        }
        let contact = ContactId(turn.todo.ids.take());
        turn.todo.to_router(acd::Input::Occupy { agent, contact, queue: None, own: false });
        let pace = running.pace(id, turn.now);
        running.made += 1;
        let (stage, interaction, disposition) = (Stage::Asked(Box::new(pace.clone())), None, None);
        running.dials.insert(dial, OnTheWay { taken, agent, contact, stage, interaction, disposition });
        let (person, at) = (taken.person, turn.now);
        self.orders.push_back(Order::Write(Box::new(NewAttempt { dial, row, person, agent, at, pace })));
        self.held.insert(agent, id);
        let others = self.all.keys().copied().filter(|other| *other != id);
        inputs.extend(others.map(|other| (other, Input::Agent { agent, is: Presence::Gone })));
    }

    fn refill(&mut self, id: CampaignId, now: Instant) -> Option<Class> {
        let runs = |running: &&mut Running| running.next.is_none() && running.runs();
        let running = self.all.get_mut(&id).filter(|running| !self.draining && runs(running))?;
        let Taken { list, kind, .. } = *running.next.insert(self.hopper.take(id, now)?);
        Some(Class { list, kind })
    }

    fn write_down(&mut self, id: CampaignId, turn: &mut Turn<'_>) {
        let Some(running) = self.all.get_mut(&id) else { return };
        if !running.lines.is_empty() {
            let pace = running.pace(id, turn.now);
            turn.out.push(output::Output::Write(Write::Pace(Box::new(pace))));
        }
        let waits = running.next.is_none() && running.runs() && !self.draining;
        let finished = running.state == CampaignState::Finished && running.dials.is_empty();
        let look = (waits || finished).then(|| turn.now + if finished { SHED_AFTER } else { LOOK_AGAIN });
        match [running.pacer.next_deadline(), look].into_iter().flatten().min() {
            Some(at) => turn.todo.deadlines.set(Due::Campaign(id), at),
            None => drop(turn.todo.deadlines.clear(&Due::Campaign(id))),
        }
    }
}

fn rule_of(rules: &Rules, key: &str) -> Option<CampaignRule> {
    rules.configuration.campaigns.iter().find(|rule| rule.key == key).cloned()
}
