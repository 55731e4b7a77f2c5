//! A store in memory that answers late, or not at all, and checks what is written.

use std::collections::BTreeMap;

use carillon::acd::AgentState;
use carillon::base::{AgentId, Instant, InteractionId, Number};
use carillon::center::Write;
use carillon::crm::{CustomerCard, Interaction, InteractionEvent};

#[derive(Default)]
pub struct Store {
    pub customers: BTreeMap<Number, Vec<CustomerCard>>,
    pub interactions: BTreeMap<InteractionId, Interaction>,
    pub events: BTreeMap<InteractionId, Vec<InteractionEvent>>,
    pub agents: BTreeMap<AgentId, Vec<(Instant, AgentState)>>,
}

impl Store {
    pub fn write(&mut self, write: Write) {
        match write {
            Write::Interaction(row) => self.row(*row),
            Write::Event(event) => self.event(event),
            Write::AgentState { agent, at, state, .. } => self.agents.entry(agent).or_default().push((at, state)),
            Write::Task(_) | Write::Router { .. } => {}
        }
    }

    fn row(&mut self, row: Interaction) {
        if let Some(old) = self.interactions.get(&row.id) {
            assert_eq!(old.started, row.started, "a row changed its start: {row:?}");
            if old.ended.is_some() {
                assert_eq!((old.ended, old.outcome), (row.ended, row.outcome), "a call ended twice: {row:?}");
            }
        }
        self.interactions.insert(row.id, row);
    }

    fn event(&mut self, event: InteractionEvent) {
        let events = self.events.entry(event.interaction).or_default();
        assert_eq!(event.seq as usize, events.len() + 1, "a gap or a double in the events: {event:?} after {events:?}");
        events.push(event);
    }

    /// Kinds of events of one interaction, in order.
    pub fn kinds(&self, interaction: InteractionId) -> Vec<&str> {
        self.events
            .get(&interaction)
            .map(|events| events.iter().map(|event| event.kind.as_str()).collect())
            .unwrap_or_default()
    }
}
