//! All campaigns: who is free for which, and whom they call.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::ENTRIES_MAX;
use super::running::{OnTheWay, Running, Stage};
use crate::acd::{self, AgentState};
use crate::base::{AgentId, CallId, ContactId, Instant, InteractionId, Number};
use crate::call::Cause;
use crate::campaign::{
    Answerer, Attempted, CampaignId, DialEnd, DialId, EntryId, FollowUp, Hopper, Input, NewEntry, NotAdded, PersonKey,
    Presence,
};
use crate::center::calling::{
    AttemptOver, CampaignFigures, CampaignRule, CampaignRun, CampaignState, ListEntry, NewAttempt, NotToBeCalled,
};
use crate::center::desk::DeskEvent;
use crate::center::output::{self, Write};
use crate::center::rules::Rules;
use crate::center::turn::{Due, Turn};
use crate::center::visit::{Phase, Visits};

/// A campaign whose trunks are full calls nobody for so long.
const REST: Duration = Duration::from_secs(5);
/// Entries of a campaign that is over go by so many at once.
const SHED: usize = 4_096;
pub(super) const SHED_AFTER: Duration = Duration::from_millis(50);

/// What only the steps can do, who see all parts.
#[derive(Debug)]
pub(in crate::center) enum Order {
    /// Has the attempt written down, and asks whom it calls.
    Write(Box<NewAttempt>),
    /// Asks whom an entry would call, for this agent to read.
    Read { campaign: CampaignId, agent: AgentId, row: i64 },
    /// This call is not to be answered any more; `None`: we would not have it.
    Stop(CallId, Option<Cause>),
    /// Somebody answered: this agent speaks with them, who is occupied by that contact already, or is free.
    Connect { call: CallId, agent: AgentId, contact: Option<ContactId>, until: Instant },
    /// Whoever answered, at `since`, is led by this flow; `None`: is told that nobody can speak with them.
    Lead { call: CallId, flow: Option<String>, since: Instant },
}

/// How a call out ended.
pub(in crate::center) struct Over {
    pub interaction: InteractionId,
    /// Somebody spoke with the agent.
    pub answered: bool,
    /// Why nobody was reached; `None`: the agent, or we, gave up.
    pub cause: Option<Cause>,
    /// What the flow that led them says that it came to: a disposition.
    pub said: Option<String>,
    pub number: Option<Number>,
}

/// Every campaign that was started and is not over.
#[derive(Debug)]
pub(in crate::center) struct Campaigns {
    pub(super) all: BTreeMap<CampaignId, Running>,
    pub(super) hopper: Hopper,
    /// As the store numbers the entries.
    pub(super) rows: BTreeMap<EntryId, i64>,
    /// Who is held for a call, and by which campaign.
    pub(super) held: BTreeMap<AgentId, CampaignId>,
    pub(super) calls: BTreeMap<CallId, (CampaignId, DialId)>,
    /// What agents have become, and calls that ended without one: not told yet.
    noted: BTreeMap<AgentId, AgentState>,
    pub(super) vain: Vec<(CampaignId, Input)>,
    pub(super) orders: VecDeque<Order>,
    pub(super) draining: bool,
    /// A pacer was told something since it was last looked who is held.
    pub(super) stirred: bool,
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
            stirred: false,
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
            let ListEntry { row, list, person, kind, zones, tries, due } = entry;
            let new = NewEntry { campaign, list, kind, person, zones: &zones, tries };
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
        let pools = self.all.values().map(|running| running.pool.len()).sum::<usize>();
        let told = self.orders.len() + self.noted.len() + self.vain.len();
        self.held.len() + pools + self.calls.len() + self.rows.len() + told
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
        self.stirred || !self.noted.is_empty() || !self.vain.is_empty() || !self.orders.is_empty()
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
                for running in self.all.values_mut() {
                    running.pool.remove(&agent);
                }
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
            let is_over = |on: &OnTheWay| on.is_with(agent) && matches!(on.stage, Stage::After);
            let after = running.dials.iter().filter(|(_, on)| is_over(on));
            for dial in after.map(|(dial, _)| *dial).collect::<Vec<_>>() {
                let Some(running) = self.all.get(&id) else { continue };
                let (ended, again, person) = running.came_to(dial, Attempted::Spoken);
                self.over(id, dial, ended, again, turn);
                self.tell(id, Input::Served { dial, person }, turn);
            }
        }
    }
}

impl Running {
    /// How a conversation counts, when its entry is called again, and whether it was with a person. Who says nothing
    /// has said nothing of a person: nothing is earned by it.
    pub(super) fn came_to(&self, dial: DialId, spoken: Attempted) -> (Attempted, Option<Duration>, bool) {
        let disposition = self.dials.get(&dial).and_then(|on| on.disposition.as_ref());
        let follow_up = |key| self.rule.as_ref().and_then(|rule| rule.after.get(key)).copied();
        match disposition.map(|key| follow_up(key).unwrap_or(FollowUp::Done)) {
            None => (spoken, None, false),
            Some(FollowUp::Done | FollowUp::DoNotCall) => (spoken, None, true),
            Some(FollowUp::Machine) => (Attempted::Machine, None, false),
            Some(FollowUp::Again { after_min }) => (spoken, Some(Duration::from_secs(u64::from(after_min) * 60)), true),
        }
    }
}

/// Calls.
impl Campaigns {
    /// The store has the attempt. The last look before the number is dialled; gives who is held, and by what, if
    /// somebody is.
    pub fn confirm(&mut self, id: CampaignId, dial: DialId, now: Instant) -> Option<Option<(AgentId, ContactId)>> {
        let running = self.all.get(&id)?;
        let on = running.dials.get(&dial).filter(|on| matches!(on.stage, Stage::Asked(_)))?;
        let runs = running.runs() && !self.draining && !on.taken_back;
        (runs && self.hopper.confirm(&on.taken, now).is_ok()).then_some(on.agent)
    }

    pub fn rule(&self, id: CampaignId) -> Option<&CampaignRule> {
        self.all.get(&id)?.rule.as_ref()
    }

    /// The trunks carry no further call: the list is not run through in vain.
    pub fn rest(&mut self, id: CampaignId, now: Instant) {
        if let Some(running) = self.all.get_mut(&id) {
            running.rests_until = Some(now + REST);
        }
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
        if let Some((agent, contact)) = on.agent {
            turn.todo.to_router(acd::Input::Ended { contact });
            self.held.remove(&agent);
        }
        self.over(id, dial, why, None, turn);
        self.vain.push((id, Input::Ended { dial, end: DialEnd::Failed }));
    }

    /// A phone answered: the agent's, and the number rings from here on; or the called, who speaks with the agent, or
    /// waits for one.
    pub fn reached(&mut self, call: CallId, visits: &Visits, turn: &mut Turn<'_>) {
        let Some(of) = self.calls.get(&call).copied() else { return };
        match visits.get(&call).map(|visit| &visit.phase) {
            Some(Phase::Calling(_)) => self.tell(of.0, Input::Ringing(of.1), turn),
            Some(Phase::Offered(None)) => self.picked_up(call, of, turn),
            Some(Phase::Talking(talk)) => self.talks(of, (talk.agent, talk.contact), turn),
            _ => {}
        }
    }

    /// An agent speaks with them.
    fn talks(&mut self, (id, dial): (CampaignId, DialId), by: (AgentId, ContactId), turn: &mut Turn<'_>) {
        let Some(running) = self.all.get_mut(&id) else { return };
        let Some(on) = running.dials.get_mut(&dial) else { return };
        // It may go on at another phone, or with a colleague.
        if matches!(on.stage, Stage::Talking | Stage::After) {
            return;
        }
        on.agent = Some(by);
        running.connected += 1;
        running.hour.contact(turn.now);
        if let Stage::Calling(_) = std::mem::replace(&mut on.stage, Stage::Talking) {
            self.tell(id, Input::Answered { dial, by: Answerer::Person, greeted: turn.now }, turn);
        }
    }

    /// The call is over.
    pub fn ended(&mut self, call: CallId, how: &Over, turn: &mut Turn<'_>) {
        let Some((id, dial)) = self.calls.remove(&call) else { return };
        let Some(on) = self.all.get_mut(&id).and_then(|running| running.dials.get_mut(&dial)) else { return };
        if let Some((agent, _)) = on.agent {
            self.held.remove(&agent);
        }
        on.interaction = Some(how.interaction);
        if how.answered {
            on.stage = Stage::After;
            return;
        }
        match on.stage {
            Stage::Answered { .. } => {
                self.over(id, dial, Attempted::Abandoned, None, turn);
                let gone = Input::Ended { dial, end: DialEnd::HungUp };
                return self.vain.extend([(id, Input::Unbridged(dial)), (id, gone)]);
            }
            Stage::Sorry => return self.over(id, dial, Attempted::Abandoned, None, turn),
            Stage::Led => return self.led_to((id, dial), how, turn),
            _ => {}
        }
        let (ended, end) = match how.cause {
            Some(Cause::Busy) => (Attempted::Busy, DialEnd::Busy),
            Some(Cause::NoAnswer | Cause::Declined | Cause::Unreachable) => (Attempted::NoAnswer, DialEnd::NoAnswer),
            Some(Cause::NoSuchNumber | Cause::NotAllowed) => (Attempted::Failed, DialEnd::Failed),
            Some(Cause::TrunkFault) => (Attempted::TakenBack, DialEnd::Failed),
            None => (Attempted::TakenBack, DialEnd::Cancelled),
        };
        on.stage = Stage::Silent { ended, end };
        self.calls.insert(call, (id, dial));
    }

    /// The last leg of a call is gone; `crossed`: somebody answered when it was taken back already, and heard nobody.
    pub fn gone(&mut self, call: CallId, crossed: bool, turn: &mut Turn<'_>) {
        let Some((id, dial)) = self.calls.remove(&call) else { return };
        let stage = self.all.get(&id).and_then(|running| running.dials.get(&dial)).map(|on| &on.stage);
        let Some(Stage::Silent { ended, end }) = stage else { return };
        let (ended, end) = if crossed { (Attempted::Abandoned, DialEnd::Crossed) } else { (*ended, *end) };
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
            self.never_again(&number, format!("agent:{agent}"), interaction, turn);
        }
    }

    /// Somebody has said in this contact that they are not to be called any more.
    pub fn never_again(&mut self, number: &Number, by: String, said_in: InteractionId, turn: &mut Turn<'_>) {
        let row = NotToBeCalled { number: number.clone(), at: turn.now, by, why: said_in.to_string() };
        turn.out.push(output::Output::Write(Write::DoNotCall(Box::new(row))));
        self.do_not_call(number, turn);
    }

    pub(super) fn over(
        &mut self,
        id: CampaignId,
        dial: DialId,
        ended: Attempted,
        again: Option<Duration>,
        turn: &mut Turn<'_>,
    ) {
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

fn rule_of(rules: &Rules, key: &str) -> Option<CampaignRule> {
    rules.configuration.campaigns.iter().find(|rule| rule.key == key).cloned()
}
