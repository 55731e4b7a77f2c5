//! The record of one contact and what happened in it.

use serde::{Deserialize, Serialize};

use super::segment::{self, Handover, HandoverHow, Holder, Segment};
use super::{Task, task};
use crate::base::{AgentId, CallDirection, Channel, CustomerId, Instant, InteractionId, Number, QueueId};

/// How a contact ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An agent spoke with the customer.
    Handled,
    /// The caller hung up before an agent answered: in the menu, in the queue, or while it rang.
    Abandoned,
    /// The flow ended it without an agent: self-service, closed, announcement.
    SelfService,
    /// We refused it: unknown number, over capacity, not allowed.
    Refused,
    /// It broke: media lost, no codec, internal error.
    Failed,
    /// The server died with the call up, or was told to stop and could not wait for its end.
    Interrupted,
    /// The caller asked to be called back and keeps the place: the call back has its own record.
    CallBack,
    /// We called, and the customer was not reached.
    NotReached,
    /// The caller left a message, to which an answer is owed.
    Voicemail,
}

/// Who ended a call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    Customer,
    Agent,
    Supervisor,
    /// Somebody outside to whom the customer was passed on.
    Guest,
    Flow,
    Network,
    System,
}

/// The business record of one contact. Written when it opens, when it changes and when it ends.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = InteractionRecord)]
pub struct Interaction {
    pub id: InteractionId,
    pub channel: Channel,
    pub direction: CallDirection,
    /// The earlier contact that this one goes on from: the call in which a call-back was asked for.
    pub linked: Option<InteractionId>,
    /// The customer's number in both directions. `None`: anonymous or not a number (a user, a broken From).
    pub caller: Option<Number>,
    /// The caller as the network told it.
    pub caller_text: String,
    /// Our number in both directions: called by the customer, or shown to the customer.
    pub called: String,
    pub customer: Option<CustomerId>,
    pub queue: Option<QueueId>,
    pub agent: Option<AgentId>,
    pub started: Instant,
    /// First entry into a queue.
    pub queued: Option<Instant>,
    /// An agent answered.
    pub answered: Option<Instant>,
    pub ended: Option<Instant>,
    pub wrap_up_ended: Option<Instant>,
    pub hold_ms: u64,
    pub outcome: Option<Outcome>,
    pub ended_by: Option<EndedBy>,
    /// Cause in words of the network: `486 Busy Here`, `media lost`.
    pub end_reason: Option<String>,
    /// File below the recordings folder.
    pub recording: Option<String>,
    pub disposition: Option<String>,
    pub notes: String,
    /// Steps chosen in the menu, for the pop.
    pub menu_path: Vec<String>,
    /// Digits entered in the flow, for the pop; the last ones of each kind.
    #[serde(default)]
    #[schema(required = true)]
    pub entered: Vec<Entered>,
    /// Who had it, from when to when.
    #[serde(default)]
    #[schema(required = true)]
    pub segments: Vec<Segment>,
}

/// What a caller typed in, such as an order number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Entered {
    /// What it is, for people.
    pub label: String,
    /// `None`: it was typed, and is nobody's business.
    pub digits: Option<String>,
}

/// What networks write for a caller who shows no number: RFC 3323 and RFC 3325, and what is in use besides.
const WITHHELD: [&str; 6] = ["anonymous", "unavailable", "restricted", "withheld", "private", "unknown"];

impl Interaction {
    /// How people in `region` read the caller; empty: the number is withheld.
    pub fn caller_shown(&self, region: &str) -> String {
        match &self.caller {
            Some(number) => number.shown(region),
            None if WITHHELD.iter().any(|word| self.caller_text.eq_ignore_ascii_case(word)) => String::new(),
            None => self.caller_text.clone(),
        }
    }

    /// A call that has just begun, of nobody known yet.
    pub fn call(id: InteractionId, direction: CallDirection, started: Instant) -> Self {
        Self {
            id,
            channel: Channel::Voice,
            direction,
            linked: None,
            caller: None,
            caller_text: String::new(),
            called: String::new(),
            customer: None,
            queue: None,
            agent: None,
            started,
            queued: None,
            answered: None,
            ended: None,
            wrap_up_ended: None,
            hold_ms: 0,
            outcome: None,
            ended_by: None,
            end_reason: None,
            recording: None,
            disposition: None,
            notes: String::new(),
            menu_path: Vec::new(),
            entered: Vec::new(),
            segments: Vec::new(),
        }
    }

    /// It is over.
    pub fn close(&mut self, now: Instant) {
        self.ended = Some(now);
        segment::end(&mut self.segments, now);
    }

    /// Somebody else has it from now on.
    pub fn pass(&mut self, now: Instant, holder: Holder) {
        segment::pass(&mut self.segments, now, holder);
    }

    /// Whoever has it now got it from this agent.
    pub fn handed(&mut self, by: AgentId, how: HandoverHow) {
        segment::handed(&mut self.segments, Handover { by, how });
    }

    /// From the answer of an agent to the end, holds included; zero before the end and without answer.
    pub fn talk_ms(&self) -> u64 {
        match (self.answered, self.ended) {
            (Some(answered), Some(ended)) => u64::try_from(ended.since(answered).as_millis()).unwrap_or(u64::MAX),
            _ => 0,
        }
    }

    /// The latest time this record itself knows of.
    pub fn last_known(&self) -> Instant {
        let passed = self.segments.last().map(|segment| segment.from);
        [Some(self.started), self.queued, self.answered, passed].into_iter().flatten().max().unwrap_or(self.started)
    }

    /// Closes a record whose server died. `last_sign`: the latest event of the contact or sign of
    /// life of that server. Gives the call-back owed to the customer, if there is anybody to call.
    /// A record that has ended is left alone.
    pub fn interrupt(&mut self, last_sign: Option<Instant>, now: Instant) -> Option<Task> {
        if self.ended.is_some() {
            return None;
        }
        let known = self.last_known();
        let ended = last_sign.map_or(known, |sign| sign.max(known)).min(now.max(known));
        self.close(ended);
        self.outcome = Some(Outcome::Interrupted);
        self.ended_by = Some(EndedBy::System);
        self.end_reason = Some(String::from("server stopped"));
        if self.direction == CallDirection::Outbound || (self.caller.is_none() && self.customer.is_none()) {
            return None;
        }
        Some(Task {
            interaction: self.id,
            customer: self.customer,
            number: self.caller.clone(),
            kind: String::from(task::CALLBACK),
            due: now,
            note: String::from("The call was cut off when the server stopped."),
        })
    }
}

/// One step of an interaction, never overwritten.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct InteractionEvent {
    pub interaction: InteractionId,
    /// 1, 2, 3 … within the interaction.
    pub seq: u32,
    pub at: Instant,
    /// Dotted, past tense: `call.started`, `queue.entered`, `agent.reserved`.
    pub kind: String,
    /// JSON object.
    pub detail: serde_json::Value,
}

/// An interaction as the timeline of a customer shows it: the agent by name, queue and disposition by key,
/// so that each reader sees them in the own language.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TimelineEntry {
    pub interaction: InteractionId,
    pub at: Instant,
    pub channel: Channel,
    pub direction: CallDirection,
    pub outcome: Option<Outcome>,
    pub queue: Option<String>,
    /// The agent's name, and the key.
    pub agent: Option<String>,
    #[serde(default)]
    pub agent_key: Option<String>,
    pub disposition: Option<String>,
    pub notes: String,
    pub talk_ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    fn open() -> Interaction {
        let started = Instant::from_micros(1_000_000);
        Interaction {
            caller: Number::parse("+8613800138000", "CN").ok(),
            caller_text: String::from("13800138000"),
            called: String::from("4000"),
            answered: Some(Instant::from_micros(5_000_000)),
            ..Interaction::call(InteractionId::new(started, &mut Rng::new(1)), CallDirection::Inbound, started)
        }
    }

    #[test]
    fn a_withheld_number_is_shown_as_none() {
        let shown = |text: &str| Interaction { caller: None, caller_text: text.into(), ..open() }.caller_shown("CN");
        assert_eq!(["anonymous", "Anonymous", "unavailable", ""].map(shown), [""; 4]);
        assert_eq!(shown("alice"), "alice");
        let known = Interaction { caller: Number::parse("13800138000", "CN").ok(), ..open() };
        assert_eq!(known.caller_shown("CN"), "138 0013 8000");
        assert_eq!(known.caller_shown("DE"), "+86 138 0013 8000");
    }

    #[test]
    fn interruption_ends_at_the_last_sign_of_life_and_owes_a_call_back() {
        let at = Instant::from_micros;
        for (last_sign, now, ended) in [
            (None, 60_000_000, 5_000_000),
            (Some(9_000_000), 60_000_000, 9_000_000),
            (Some(2_000_000), 60_000_000, 5_000_000),
            // A sign from a clock that ran ahead never puts the end into the future,
            (Some(99_000_000), 60_000_000, 60_000_000),
            // and a clock that went back never puts it before what is known.
            (Some(9_000_000), 3_000_000, 5_000_000),
        ] {
            let mut record = open();
            let task = record.interrupt(last_sign.map(at), at(now)).unwrap();
            assert_eq!(record.ended, Some(at(ended)), "{last_sign:?} {now}");
            assert_eq!(record.outcome, Some(Outcome::Interrupted));
            assert_eq!((task.number, task.due), (record.caller.clone(), at(now)));
            assert_eq!(record.interrupt(None, at(now)), None, "once");
        }
    }

    #[test]
    fn nobody_to_call_back_no_task() {
        let mut anonymous = Interaction { caller: None, ..open() };
        assert_eq!(anonymous.interrupt(None, Instant::from_micros(9)), None);
        assert_eq!(anonymous.outcome, Some(Outcome::Interrupted));
        let mut outbound = Interaction { direction: CallDirection::Outbound, ..open() };
        assert_eq!(outbound.interrupt(None, Instant::from_micros(9)), None);
        let mut known = Interaction { caller: None, customer: Some(CustomerId(4)), ..open() };
        assert_eq!(known.interrupt(None, Instant::from_micros(9)).unwrap().customer, Some(CustomerId(4)));
    }

    #[test]
    fn talk_time_needs_both_ends() {
        let mut record = open();
        assert_eq!(record.talk_ms(), 0);
        record.ended = Some(Instant::from_micros(7_500_000));
        assert_eq!(record.talk_ms(), 2_500);
    }
}
