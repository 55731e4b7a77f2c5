//! Who would get a contact that came now: the router's own decision, on a copy of it that is thrown away.

use std::sync::Arc;

use crate::acd::engine::router::Router;
use crate::acd::why::Rejection;
use crate::acd::why::Why;
use crate::acd::{Arrival, Input, Left, Output, Rules, Standstill, WaitEstimate};
use crate::base::{AgentId, Instant, QueueId};

/// What a contact would meet with.
#[derive(Clone, PartialEq, Debug)]
pub struct Rehearsal {
    /// Queues that handed it on: from, to, why.
    pub moved: Vec<(QueueId, QueueId, Left)>,
    /// The queue that has it in the end.
    pub queue: QueueId,
    pub end: RehearsedEnd,
}

#[derive(Clone, PartialEq, Debug)]
pub enum RehearsedEnd {
    /// It rings these at once, for these reasons.
    Rings(Vec<(AgentId, Arc<Why>)>),
    /// `estimate`: of its whole wait, as a newcomer would hear it.
    Waits {
        standstill: Box<Standstill>,
        estimate: Option<WaitEstimate>,
    },
    Leaves(Left),
    /// No queue or rule knows such a contact.
    Refused(Rejection),
    /// It is in no line.
    Nowhere,
}

impl Router {
    /// `rules`: others than those in force; people and contacts stay as they are.
    pub fn rehearse(mut self, now: Instant, rules: Option<Rules>, arrival: Arrival) -> Rehearsal {
        let mut out = Vec::new();
        self.handle(now, Input::Deadline, &mut out);
        if let Some(rules) = rules {
            self.handle(now, Input::Configure(Box::new(rules)), &mut out);
        }
        out.clear();
        let (contact, asked) = (arrival.contact, arrival.queue);
        let before = self.estimate(asked, now);
        self.handle(now, Input::Arrive(arrival), &mut out);
        let (mut moved, mut rings, mut end) = (Vec::new(), Vec::new(), None);
        for output in out {
            match output {
                Output::Moved { contact: it, from, to, why } if it == contact => moved.push((from, to, why)),
                Output::Reserve { contact: it, agent, why, .. } if it == contact => rings.push((agent, why)),
                Output::LeftQueue { contact: it, why, .. } if it == contact => end = Some(RehearsedEnd::Leaves(why)),
                Output::Rejected { why, .. } => end = Some(RehearsedEnd::Refused(why)),
                _ => {}
            }
        }
        let queue = moved.last().map_or(asked, |(_, to, _)| *to);
        let end = end.unwrap_or_else(|| match rings.is_empty() {
            false => RehearsedEnd::Rings(rings),
            true => {
                let line = self.waiting(queue, now).into_iter().find(|view| view.contact == contact);
                let estimate = if queue == asked { before } else { None };
                match line.and_then(|view| self.standstill(view, now)) {
                    Some(standstill) => RehearsedEnd::Waits { standstill: Box::new(standstill), estimate },
                    None => RehearsedEnd::Nowhere,
                }
            }
        });
        Rehearsal { moved, queue, end }
    }
}
