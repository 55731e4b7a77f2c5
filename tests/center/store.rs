//! A store in memory that answers late, or not at all, and checks what is written.

use std::collections::BTreeMap;

use carillon::acd::{AgentState, Checkpoint, Entry};
use carillon::base::{AgentId, AlertId, Instant, InteractionId, Number};
use carillon::call::{KeptLeg, Role};
use carillon::center::alert::{Alert, AlertNews};
use carillon::center::{AgentWas, CallWas, MessageWas, OpenWork, Write};
use carillon::crm::{CallBack, CustomerCard, HowEnded, Interaction, InteractionEvent, OF_AGENT, Task, VOICEMAIL};
use carillon::dialplan::Mailbox;

use crate::lists::Lists;

#[derive(Default)]
pub struct Store {
    pub customers: BTreeMap<Number, Vec<CustomerCard>>,
    pub interactions: BTreeMap<InteractionId, Interaction>,
    pub events: BTreeMap<InteractionId, Vec<InteractionEvent>>,
    pub agents: BTreeMap<AgentId, Vec<(Instant, AgentState)>>,
    pub call_backs: BTreeMap<InteractionId, CallBack>,
    pub alerts: BTreeMap<AlertId, Alert>,
    pub alert_news: Vec<AlertNews>,
    pub tasks: Vec<Task>,
    pub lists: Lists,
    /// Of calls that are up.
    pub legs: BTreeMap<(InteractionId, Role), KeptLeg>,
    pub journal: Vec<Entry>,
    /// With the place in the journal where what comes after them begins.
    pub checkpoints: Vec<(usize, Checkpoint)>,
}

impl Store {
    pub fn write(&mut self, write: Write) {
        match write {
            Write::Interaction(row) => self.row(*row),
            Write::Event(event) => self.event(event),
            Write::AgentState { agent, at, state, .. } => self.agents.entry(agent).or_default().push((at, state)),
            Write::CallBack(call_back) => self.call_back(*call_back),
            Write::Alert(news) => {
                let events = self.alerts.get(&news.alert.id).map_or(0, |known| known.events);
                assert!(news.alert.events > events, "events of an alert in another order: {news:?}");
                self.alerts.insert(news.alert.id, news.alert.clone());
                self.alert_news.push(*news);
            }
            Write::Pace(pace) => self.lists.pace(&pace),
            Write::AttemptOver(over) => self.lists.over(&over),
            Write::DoNotCall(row) => self.lists.forbid(*row),
            Write::Leg { interaction, role, leg } => self.leg((interaction, role), leg),
            Write::Task(task) => self.tasks.push(task),
            Write::Router { at, input, digest } => self.journal.push(Entry::Input { at, input: *input, digest }),
            Write::Checkpoint(checkpoint) => {
                let (at, inputs, state_hash) = (checkpoint.at, checkpoint.inputs, checkpoint.state.hash());
                self.journal.push(Entry::Mark { at, inputs, state_hash });
                self.checkpoints.push((self.journal.len(), *checkpoint));
            }
        }
    }

    fn row(&mut self, row: Interaction) {
        if let Some(old) = self.interactions.get(&row.id) {
            assert_eq!(old.started, row.started, "a row changed its start: {row:?}");
            if old.ended.is_some() {
                assert_eq!((old.ended, old.outcome), (row.ended, row.outcome), "a call ended twice: {row:?}");
            }
        }
        if row.ended.is_some() {
            self.legs.retain(|(of, _), _| *of != row.id);
        }
        self.interactions.insert(row.id, row);
    }

    fn leg(&mut self, key: (InteractionId, Role), leg: Option<Box<KeptLeg>>) {
        match leg {
            // As it would be read again.
            Some(leg) => {
                let text = serde_json::to_string(&leg).unwrap();
                self.legs.insert(key, serde_json::from_str(&text).unwrap());
            }
            None => drop(self.legs.remove(&key)),
        }
    }

    /// The calls that may go on in the next process, which takes over a moment after `now`.
    pub fn calls_kept(&self, now: Instant) -> Vec<CallWas> {
        let open = self.interactions.values().filter(|row| row.ended.is_none());
        let kept = |row: &Interaction| {
            let leg = |role| self.legs.get(&(row.id, role)).cloned();
            let next_seq = self.events[&row.id].len() as u32 + 1;
            Some(CallWas {
                record: row.clone(),
                next_seq,
                alive: now,
                customer: leg(Role::Customer)?,
                agent: leg(Role::Agent),
            })
        };
        open.filter_map(kept).collect()
    }

    fn call_back(&mut self, call_back: CallBack) {
        if let Some(old) = self.call_backs.get(&call_back.interaction) {
            assert_eq!(old.ended, None, "a call-back ended twice: {call_back:?}");
            assert_eq!((old.arrived, &old.number), (call_back.arrived, &call_back.number), "the place was lost");
        }
        self.call_backs.insert(call_back.interaction, call_back);
    }

    /// Those that are not over.
    pub fn open_call_backs(&self) -> Vec<CallBack> {
        let open = self.call_backs.values().filter(|call_back| call_back.ended.is_none()).cloned();
        let events = |of: &InteractionId| self.events.get(of).map_or(0, Vec::len) as u32;
        open.map(|one| CallBack { next_seq: events(&one.interaction) + 1, ..one }).collect()
    }

    pub fn open_alerts(&self) -> Vec<Alert> {
        self.alerts.values().filter(|alert| alert.ended.is_none()).cloned().collect()
    }

    /// Messages whose tasks are open; none of them was heard.
    pub fn open_messages(&self) -> Vec<MessageWas> {
        let messages = self.tasks.iter().filter(|task| task.kind == VOICEMAIL);
        let mailbox = |note: &str| match note.strip_prefix(OF_AGENT) {
            Some(agent) => Mailbox::Agent(agent.to_owned()),
            None => Mailbox::Queue(note.to_owned()),
        };
        messages
            .map(|task| MessageWas { interaction: task.interaction, mailbox: mailbox(&task.note), heard: false })
            .collect()
    }

    /// Each ended once, none was spoken with twice, and each place was the one of the first call.
    pub fn check_call_backs(&self) {
        for call_back in self.call_backs.values() {
            let made = || self.interactions.values().filter(|row| row.linked == Some(call_back.interaction));
            assert!(made().all(|row| row.queued == Some(call_back.arrived)), "{call_back:?} lost its place");
            let spoken = made().filter(|row| row.answered.is_some()).count();
            let served = call_back.ended.is_some_and(|ended| ended.how == HowEnded::Served);
            assert_eq!(spoken, usize::from(served), "{call_back:?} was called twice, or not at all");
            let task = self.tasks.iter().filter(|task| task.interaction == call_back.interaction).count();
            let given_up = call_back.ended.is_some_and(|ended| ended.how == HowEnded::GivenUp);
            assert_eq!(task, usize::from(given_up), "{call_back:?}");
        }
    }

    fn event(&mut self, event: InteractionEvent) {
        let events = self.events.entry(event.interaction).or_default();
        assert_eq!(event.seq as usize, events.len() + 1, "a gap or a double in the events: {event:?} after {events:?}");
        events.push(event);
    }

    /// The start of the next process: what was up is closed, but for what goes on. Gives what the agents were.
    pub fn restart(&mut self, now: Instant, kept: &[CallWas]) -> Vec<AgentWas> {
        let goes_on = |row: &Interaction| kept.iter().any(|call| call.record.id == row.id);
        for row in self.interactions.values_mut().filter(|row| row.ended.is_none() && !goes_on(row)) {
            self.legs.retain(|(of, _), _| *of != row.id);
            self.tasks.extend(row.interrupt(Some(now), now));
            let events = self.events.entry(row.id).or_default();
            let (seq, kind, detail) = (events.len() as u32 + 1, "call.interrupted".to_owned(), serde_json::json!({}));
            events.push(InteractionEvent { interaction: row.id, seq, at: now, kind, detail });
        }
        let last = |agent: &AgentId| {
            self.interactions.values().filter(|row| row.agent == Some(*agent)).max_by_key(|row| row.started)
        };
        let was = |(agent, states): (&AgentId, &Vec<(Instant, AgentState)>)| {
            let (since, state) = states.last()?.clone();
            let work = last(agent).map(|row| {
                let cards = match (row.customer, &row.caller) {
                    (Some(id), _) => self.customers.values().flatten().filter(|card| card.id == id).cloned().collect(),
                    (None, Some(caller)) => self.customers.get(caller).cloned().unwrap_or_default(),
                    (None, None) => Vec::new(),
                };
                Box::new(OpenWork::of(*agent, row.clone(), &self.events[&row.id], cards))
            });
            Some(AgentWas { agent: *agent, state, since, work })
        };
        self.agents.iter().filter_map(was).collect()
    }

    /// Kinds of events of one interaction, in order.
    pub fn kinds(&self, interaction: InteractionId) -> Vec<&str> {
        self.events
            .get(&interaction)
            .map(|events| events.iter().map(|event| event.kind.as_str()).collect())
            .unwrap_or_default()
    }
}
