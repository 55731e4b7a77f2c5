//! Questions to the store that wait for an answer.

use std::collections::BTreeMap;
use std::time::Duration;

use super::input::QueryId;
use super::output::{Output, Query};
use super::turn::{Due, Todo, Turn};
use super::visit::{Customers, Visit, customer_facts};
use crate::base::{AgentId, CallId, CommandId, CustomerId, Instant, InteractionId, Number};
use crate::campaign::{CampaignId, DialId};
use crate::dialplan::{Event as FlowEvent, Facts};

/// Who waits for an answer of the store.
#[derive(Debug)]
pub(super) enum Asker {
    Call(CallId),
    /// A choice whose record the center has not seen yet; the command is answered with it.
    Desk(Choosing),
    /// A call of a campaign, to be made once it is written down.
    Dial(CampaignId, DialId),
    /// An agent who is to read about somebody.
    Reader(CampaignId, AgentId),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Choosing {
    pub command: CommandId,
    pub agent: AgentId,
    pub interaction: InteractionId,
    pub customer: CustomerId,
}

#[derive(Debug)]
pub(super) struct Lookups {
    /// Whoever asks waits no longer.
    patience: Duration,
    open: BTreeMap<QueryId, Asker>,
}

impl Lookups {
    pub fn new(patience: Duration) -> Self {
        Self { patience, open: BTreeMap::new() }
    }

    pub fn ask(&mut self, now: Instant, asker: Asker, ask: Query, todo: &mut Todo, out: &mut Vec<Output>) {
        let query = QueryId(todo.ids.take());
        self.open.insert(query, asker);
        todo.deadlines.set(Due::Query(query), now + self.patience);
        out.push(Output::Query { query, ask });
    }

    /// What a flow wants to know of somebody, unless it was asked the same when the call came in; who has no
    /// number is found by nobody. Gives the answer, where it is known.
    pub fn ask_for_flow(&mut self, visit: &mut Visit, by: &str, turn: &mut Turn<'_>) -> Option<FlowEvent> {
        let number = Number::parse(by, &turn.rules.configuration.region);
        let ask = match (number, by.parse()) {
            (Ok(number), _) => Query::ByNumber(number),
            (Err(_), Ok(id)) => Query::ById(CustomerId(id)),
            (Err(_), Err(_)) => {
                let none = Facts::from([("customer.known".to_owned(), "none".to_owned())]);
                return Some(FlowEvent::Found(none));
            }
        };
        if visit.looked_up.as_ref() == Some(&ask) {
            match &visit.customers {
                Customers::Found(_) => return Some(FlowEvent::Found(customer_facts(&visit.customers))),
                Customers::Asked => return None,
                Customers::NotAsked | Customers::Unavailable => {}
            }
        }
        visit.customers = Customers::Asked;
        visit.looked_up = Some(ask.clone());
        self.ask(turn.now, Asker::Call(visit.call), ask, turn.todo, turn.out);
        None
    }

    /// Who waits for this answer; too late, nobody does.
    pub fn answered(&mut self, query: QueryId, todo: &mut Todo) -> Option<Asker> {
        let asker = self.open.remove(&query)?;
        todo.deadlines.clear(&Due::Query(query));
        Some(asker)
    }

    /// Nobody waits for what this call has asked.
    pub fn forget(&mut self, call: CallId) {
        self.open.retain(|_, asker| !matches!(asker, Asker::Call(of) if *of == call));
    }

    pub fn len(&self) -> usize {
        self.open.len()
    }
}
