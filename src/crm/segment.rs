//! Who had a contact, from when to when: the segments of an interaction tile its time.

use serde::{Deserialize, Serialize};

use crate::base::{AgentId, Instant, QueueId};

/// So many are told apart; beyond it the last one goes on.
pub const SEGMENTS_MAX: usize = 64;

/// A stretch of a contact.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Segment {
    #[serde(flatten)]
    pub holder: Holder,
    pub from: Instant,
    /// `None`: it is not over.
    pub until: Option<Instant>,
    /// The agent who handed it to this holder; `None`: no agent did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub handed: Option<Handover>,
}

/// By whom a contact was handed over, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Handover {
    pub by: AgentId,
    pub how: HandoverHow,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandoverHow {
    /// Into the line of a queue.
    Queue,
    /// Into a flow of the dialplan, such as a mailbox.
    Flow,
    /// Parked, and picked up out of the slot.
    Parked,
    /// Sent on without a word.
    Blind,
    /// After asking.
    Consult,
    /// The trunk of the caller connects it at our asking.
    Refer,
    /// A supervisor took it.
    Taken,
    /// The agent's phone was lost, and somebody else was in the call.
    #[serde(rename = "agent lost")]
    AgentLost,
}

/// Who has a contact.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "holder", rename_all = "snake_case")]
pub enum Holder {
    /// The dialplan: greeting, menu, self-service.
    Flow,
    /// A line.
    Queue { queue: QueueId },
    /// An agent rings the customer, or has the own phone rung for it.
    Dialling { agent: AgentId },
    /// An agent; `queue`: the line by which it came to the agent.
    Agent { agent: AgentId, queue: Option<QueueId> },
    /// Sent on by an agent, and not taken yet.
    Sent { by: AgentId },
    /// Somebody outside.
    Outside,
}

/// Passes the contact on at `now`. The same holder once more is no new segment.
pub fn pass(segments: &mut Vec<Segment>, now: Instant, holder: Holder) {
    let full = segments.len() >= SEGMENTS_MAX;
    match segments.last_mut() {
        Some(last) if last.until.is_none() && (last.holder == holder || full) => return,
        // What took no time had nobody.
        Some(last) if last.until.is_none() && last.from >= now => {
            last.holder = holder;
            return;
        }
        Some(last) if last.until.is_none() => last.until = Some(now),
        _ => {}
    }
    segments.push(Segment { holder, from: now, until: None, handed: None });
}

/// Whoever has it now got it from an agent.
pub fn handed(segments: &mut [Segment], handover: Handover) {
    if let Some(last) = segments.last_mut() {
        last.handed = Some(handover);
    }
}

/// The contact is over.
pub fn end(segments: &mut [Segment], now: Instant) {
    if let Some(last) = segments.last_mut().filter(|last| last.until.is_none()) {
        last.until = Some(now.max(last.from));
    }
}

/// They leave no gap, do not overlap, and begin and end with the contact.
pub fn tiles(segments: &[Segment], started: Instant, ended: Instant) -> bool {
    let mut at = started;
    segments.iter().all(|segment| segment.from == std::mem::replace(&mut at, segment.until.unwrap_or(segment.from)))
        && at == ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_tile_the_time() {
        let at = |s: u64| Instant::from_micros(s * 1_000_000);
        let (ana, ben) = (AgentId(1), AgentId(2));
        let queue = Some(QueueId(1));
        let mut segments = Vec::new();
        pass(&mut segments, at(0), Holder::Flow);
        pass(&mut segments, at(5), Holder::Queue { queue: QueueId(1) });
        pass(&mut segments, at(9), Holder::Agent { agent: ana, queue });
        pass(&mut segments, at(12), Holder::Agent { agent: ana, queue });
        pass(&mut segments, at(20), Holder::Sent { by: ana });
        pass(&mut segments, at(20), Holder::Agent { agent: ben, queue });
        assert!(!tiles(&segments, at(0), at(30)), "not over");
        end(&mut segments, at(30));
        end(&mut segments, at(40));
        assert!(tiles(&segments, at(0), at(30)));
        let spans: Vec<_> = segments.iter().map(|one| (one.holder, one.from, one.until)).collect();
        assert_eq!(
            spans[2..],
            [
                (Holder::Agent { agent: ana, queue }, at(9), Some(at(20))),
                (Holder::Agent { agent: ben, queue }, at(20), Some(at(30)))
            ]
        );
        let sent = Segment { holder: Holder::Sent { by: ana }, from: at(1), until: None, handed: None };
        let whole = serde_json::to_string(&[&segments[..], std::slice::from_ref(&sent)].concat()).unwrap();
        let read: Vec<Segment> = serde_json::from_str(&whole).unwrap();
        assert_eq!((read.len(), read.last()), (segments.len() + 1, Some(&sent)));
        let json = serde_json::to_value(&segments[1]).unwrap();
        assert_eq!(json, serde_json::json!({ "holder": "queue", "queue": 1, "from": 5_000_000, "until": 9_000_000 }));
    }

    #[test]
    fn there_is_a_bound() {
        let mut segments = Vec::new();
        for n in 0..1_000 {
            let agent = AgentId(n % 2);
            pass(&mut segments, Instant::from_micros(u64::from(n)), Holder::Agent { agent, queue: None });
        }
        end(&mut segments, Instant::from_micros(1_000));
        assert_eq!(segments.len(), SEGMENTS_MAX);
        assert!(tiles(&segments, Instant::from_micros(0), Instant::from_micros(1_000)));
    }
}
