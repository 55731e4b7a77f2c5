//! Who handled what, for how long, and who handed it to whom: folded from the segments of contacts.
//!
//! | word | what it is |
//! | --- | --- |
//! | handled | an agent had the customer; twice in one contact is once |
//! | talk | all the time in which the agent had the customer, holds included |
//! | handed on | by this agent, to an agent, into a line, or to somebody outside |
//! | received | got from another agent, from the line as well into which that agent had sent it |

use std::collections::BTreeMap;

use serde::Serialize;

use super::segment::{Holder, Segment};
use crate::base::{AgentId, QueueId};

/// What an agent had of contacts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct Handled {
    pub contacts: u64,
    pub talk_ms: u64,
    pub handed_on: u64,
    pub received: u64,
}

/// To whom a contact was handed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, utoipa::ToSchema)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Receiver {
    Agent {
        agent: AgentId,
    },
    Queue {
        queue: QueueId,
    },
    /// The dialplan: a menu, a mailbox.
    Flow,
    Outside,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Handling {
    pub agents: BTreeMap<AgentId, Handled>,
    /// From whom to whom, and how often.
    pub handovers: BTreeMap<(AgentId, Receiver), u64>,
}

impl Handling {
    /// One more contact, by its segments; what is not over yet counts up to its last beginning.
    pub fn note(&mut self, segments: &[Segment]) {
        let mut had = Vec::new();
        // Who sent it into the line that it comes out of.
        let mut sent_by = None;
        for segment in segments {
            let by = segment.handed.map(|handed| handed.by);
            let receiver = match segment.holder {
                Holder::Agent { agent, .. } => Some(Receiver::Agent { agent }),
                Holder::Queue { queue } => Some(Receiver::Queue { queue }),
                Holder::Outside => Some(Receiver::Outside),
                Holder::Flow => Some(Receiver::Flow),
                Holder::Dialling { .. } | Holder::Sent { .. } => None,
            };
            if let Some((by, receiver)) = by.zip(receiver) {
                self.agents.entry(by).or_default().handed_on += 1;
                *self.handovers.entry((by, receiver)).or_default() += 1;
            }
            sent_by = by.or(sent_by);
            let Holder::Agent { agent, .. } = segment.holder else { continue };
            let handled = self.agents.entry(agent).or_default();
            let talked = segment.until.unwrap_or(segment.from).since(segment.from);
            handled.talk_ms = handled.talk_ms.saturating_add(u64::try_from(talked.as_millis()).unwrap_or(u64::MAX));
            handled.received += u64::from(sent_by.take().is_some_and(|by| by != agent));
            if !had.contains(&agent) {
                had.push(agent);
                handled.contacts += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Instant;
    use crate::crm::segment::{Handover, HandoverHow, end, handed, pass};

    #[test]
    fn each_agent_counts_for_what_was_theirs() {
        let at = |s: u64| Instant::from_micros(s * 1_000_000);
        let [ana, ben, cem] = [1, 2, 3].map(AgentId);
        let (sales, service) = (QueueId(1), QueueId(2));
        let with = |agent, queue| Holder::Agent { agent, queue: Some(queue) };
        let mut segments = Vec::new();
        pass(&mut segments, at(0), Holder::Queue { queue: sales });
        pass(&mut segments, at(10), with(ana, sales));
        pass(&mut segments, at(40), Holder::Queue { queue: service });
        handed(&mut segments, Handover { by: ana, how: HandoverHow::Queue });
        pass(&mut segments, at(45), with(cem, service));
        pass(&mut segments, at(60), Holder::Sent { by: cem });
        pass(&mut segments, at(65), with(ben, service));
        handed(&mut segments, Handover { by: cem, how: HandoverHow::Blind });
        pass(&mut segments, at(70), with(ana, service));
        handed(&mut segments, Handover { by: ben, how: HandoverHow::Consult });
        end(&mut segments, at(90));
        let mut handling = Handling::default();
        handling.note(&segments);
        let of = |contacts, talk_s: u64, handed_on, received| Handled {
            contacts,
            talk_ms: talk_s * 1_000,
            handed_on,
            received,
        };
        assert_eq!(
            handling.agents,
            BTreeMap::from([(ana, of(1, 50, 1, 1)), (ben, of(1, 5, 1, 1)), (cem, of(1, 15, 1, 1))])
        );
        let handovers: Vec<_> = handling.handovers.into_iter().collect();
        assert_eq!(
            handovers,
            [
                ((ana, Receiver::Queue { queue: service }), 1),
                ((ben, Receiver::Agent { agent: ana }), 1),
                ((cem, Receiver::Agent { agent: ben }), 1)
            ]
        );
    }
}
