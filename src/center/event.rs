//! The vocabulary of a contact's record: every event that an interaction may have, once. The reference
//! (`docs/reference/events.md`), the description of the API and the desktop's types are made from it.
//!
//! Names and fields are frozen once released: an event may get further fields, never lose or rename one.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::desk::{RingEnd, Words};
use super::input::Watch;
use super::uncallable::Uncallable;
use crate::acd::Why;
use crate::base::{AgentId, CallDirection, CustomerId, Instant, InteractionId, Number, QueueId};
use crate::call::Cause;
use crate::crm::{EndedBy, HandoverHow, InteractionEvent, Outcome};
use crate::dialplan::QueueLeft;
use crate::media::LegStats;

/// What is said of a kind of event in the reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct About {
    pub kind: EventKind,
    /// Dotted, past tense.
    pub name: &'static str,
    /// The version that told it first.
    pub since: &'static str,
    /// What happened, in a sentence.
    pub told: &'static str,
    /// Of its detail, in this order.
    pub fields: &'static [&'static str],
}

macro_rules! events {
    ($(
        #[doc = $told:tt]
        $name:tt since $since:literal => $kind:ident { $($(#[$of:meta])* $field:ident: $type:ty),* $(,)? }
    )*) => {
        /// The name of an event, as a value.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum EventKind { $(#[doc = $told] $kind,)* }

        /// What happened in a contact, with its detail.
        #[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
        #[serde(tag = "kind", content = "detail")]
        #[schema(as = ContactEvent)]
        pub enum Event {
            $(
                #[doc = $told]
                #[serde(rename = $name)]
                $kind { $($(#[$of])* $field: $type,)* },
            )*
        }

        impl EventKind {
            /// All of them, as the reference lists them.
            pub const ABOUT: &[About] = &[$(About {
                kind: Self::$kind,
                name: $name,
                since: $since,
                told: $told,
                fields: &[$(stringify!($field)),*],
            },)*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }
        }

        impl Event {
            pub const fn kind(&self) -> EventKind {
                match self { $(Self::$kind { .. } => EventKind::$kind,)* }
            }
        }
    };
}

events! {
    /// A call began: it came in, or an agent calls (`direction`, `linked`: the contact it goes on from).
    "call.started" since "0.1" => CallStarted {
        called: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        sip_call_id: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        linked: Option<InteractionId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        direction: Option<CallDirection>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        agent: Option<AgentId>,
    }
    /// The flow answered the caller, or whom the house calls has answered.
    "call.answered" since "0.1" => CallAnswered {}
    /// The customers with the caller's number are known.
    "customer.looked_up" since "0.1" => CustomerLookedUp { matches: usize, customer: Option<CustomerId> }
    /// An agent linked the contact with a customer.
    "customer.chosen" since "0.1" => CustomerChosen { customer: CustomerId, agent: AgentId }
    /// The caller took a way in a menu.
    "menu.chosen" since "0.1" => MenuChosen { step: String, digit: char, label: String }
    /// The caller typed digits; `digits` is `null` where they are secret.
    "digits.entered" since "0.1" => DigitsEntered { label: String, digits: Option<String> }
    /// The contact waits in a queue (by key).
    "queue.entered" since "0.1" => QueueEntered {
        queue: String,
        priority: Option<u8>,
        bonus_s: u32,
        agent_first: Option<String>,
    }
    /// The caller gave up before, rang again in time, and keeps the place.
    "queue.place_kept" since "0.1" => QueuePlaceKept { since: Instant, waited_ms: u64 }
    /// The contact waits in another queue: overflow, or a supervisor (`by`) wanted it.
    "queue.moved" since "0.1" => QueueMoved {
        queue: QueueId,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        by: Option<String>,
    }
    /// A supervisor (`by`) gave the contact another priority in its line; 1 is the most urgent.
    "queue.raised" since "0.2" => QueueRaised { priority: u8, by: String }
    /// A supervisor (`by`) gave the waiting contact to this agent.
    "queue.given" since "0.2" => QueueGiven { agent: AgentId, by: String }
    /// Out of the queue without an agent: the reason as the flow reads it.
    "queue.left" since "0.1" => QueueLeft { queue: Option<QueueId>, why: QueueLeft }
    /// The agent's phone was lost: the caller waits again, ahead of the others.
    "queue.reentered" since "0.1" => QueueReentered { queue: QueueId, agent_lost: AgentId }
    /// The router chose an agent: why, as the router counts it and in words.
    "agent.reserved" since "0.1" => AgentReserved {
        agent: AgentId,
        queue: QueueId,
        until: Instant,
        why: Arc<Why>,
        words: Words,
    }
    /// The agent's phone rings.
    "agent.rang" since "0.1" => AgentRang { agent: AgentId }
    /// The ring is over without this agent: `no_answer`, `declined`, `no_media`, `caller_gone`, `unreachable`.
    "agent.withdrawn" since "0.1" => AgentWithdrawn { agent: AgentId, because: RingEnd }
    /// The agent picked up, and nothing was heard of the browser.
    "agent.no_media" since "0.1" => AgentNoMedia { agent: AgentId, reason: String }
    /// Agent and customer hear each other.
    "call.connected" since "0.1" => CallConnected {
        agent: AgentId,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        waited_ms: Option<u64>,
    }
    /// The customer hears music.
    "call.held" since "0.1" => CallHeld { agent: AgentId }
    /// The end of a hold.
    "call.resumed" since "0.1" => CallResumed { agent: AgentId, held_ms: u64 }
    /// The agent's phone was lost; the caller is kept.
    "call.parked" since "0.1" => CallParked { agent: AgentId, reason: String }
    /// The server had ended in the middle of the call; the customer is heard again after so long.
    "call.taken_up" since "0.1" => CallTakenUp { away_ms: u64 }
    /// The agent's phone came back.
    "call.rejoined" since "0.1" => CallRejoined { agent: AgentId }
    /// The audio went to another phone of the agent.
    "call.taken_over" since "0.1" => CallTakenOver { agent: AgentId }
    /// The other phone did not answer: the audio stays where it was.
    "call.not_taken_over" since "0.1" => CallNotTakenOver { agent: AgentId, reason: String }
    /// The agent's own phone is up, and the customer is called; `trunk` is `null` where there is no way out.
    "call.dialled" since "0.1" => CallDialled { agent: AgentId, number: Option<Number>, trunk: Option<String> }
    /// Somebody is called with nobody on the line yet, as `by` asked: the queue (by key), or the flow, has who answers.
    "call.placed" since "0.1" => CallPlaced {
        by: String,
        number: Option<Number>,
        trunk: Option<String>,
        queue: Option<String>,
        flow: Option<String>,
    }
    /// Whom a campaign reached waited for `waited_ms`, and no agent came in time: they hear the message that says so.
    "campaign.abandoned" since "0.1" => CampaignAbandoned { campaign: String, waited_ms: u64 }
    /// Whoever is on the line does not want to be called by campaigns any more (`number`: the one that is not called).
    "campaign.opted_out" since "0.1" => CampaignOptedOut { number: Number }
    /// Whom the agent, or the house, called was not reached; `status` and `text`: as the network said it.
    "call.not_reached" since "0.1" => CallNotReached { why: Cause, status: u16, text: String, trunk: Option<String> }
    /// The agent asks somebody else (`to`: an agent) while the customer waits.
    "call.consulted" since "0.1" => CallConsulted { agent: AgentId, to: Option<AgentId> }
    /// Whom the agent asked has answered.
    "call.consult_answered" since "0.1" => CallConsultAnswered { agent: Option<AgentId> }
    /// Whom the agent asked was not reached.
    "call.consult_failed" since "0.1" => CallConsultFailed { to: Option<AgentId>, why: Cause }
    /// All hear each other.
    "call.merged" since "0.1" => CallMerged { agent: Option<AgentId> }
    /// The agent let go of whom was asked.
    "call.other_dropped" since "0.1" => CallOtherDropped { agent: Option<AgentId> }
    /// One who talks with all is heard by nobody, or again by all.
    "call.other_muted" since "0.1" => CallOtherMuted { agent: Option<AgentId>, muted: bool }
    /// One of the others hung up.
    "call.other_left" since "0.1" => CallOtherLeft { agent: Option<AgentId> }
    /// The agent sends the customer on; nobody has taken it yet.
    "call.sent_on" since "0.1" => CallSentOn { from: AgentId, to: Option<AgentId>, note: String }
    /// The customer is with somebody else, in the line of a queue, or led by a flow; `how` it was handed over.
    "call.transferred" since "0.1" => CallTransferred {
        from: AgentId,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        to: Option<AgentId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        queue: Option<QueueId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        flow: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        note: Option<String>,
        how: HandoverHow,
    }
    /// Nobody took whom the agent sent on.
    "call.transfer_failed" since "0.1" => CallTransferFailed { from: AgentId, to: Option<AgentId>, why: Cause }
    /// The customer came back to the agent who sent it on.
    "call.returned" since "0.1" => CallReturned { agent: AgentId }
    /// The agent parked the call in this slot: the customer hears music until somebody picks it up.
    "slot.entered" since "0.1" => SlotEntered { agent: AgentId, slot: u16 }
    /// Out of the slot: an agent (`by`) picked it up, or (`null`) its time is over.
    "slot.left" since "0.1" => SlotLeft { slot: u16, by: Option<AgentId> }
    /// An agent took what rang at a colleague.
    "call.picked_up" since "0.1" => CallPickedUp { agent: AgentId }
    /// A supervisor (`user`) takes part in the call.
    "call.supervised" since "0.1" => CallSupervised { user: String, watch: Watch }
    /// The supervisor left it.
    "call.supervise_ended" since "0.1" => CallSuperviseEnded { user: String }
    /// The agent asked for a supervisor, in these words.
    "help.asked" since "0.2" => HelpAsked { agent: AgentId, words: String }
    /// A supervisor (`by`) saw to it, or (`null`) the agent needs no help any more.
    "help.ended" since "0.2" => HelpEnded { agent: AgentId, by: Option<String> }
    /// A supervisor (`by`) ended the call of the agent, or (`agent` is `null`) of somebody who waited.
    "call.hung_up" since "0.1" => CallHungUp { agent: Option<AgentId>, by: String }
    /// The call is over; `reason`: the cause in words of the network.
    "call.ended" since "0.1" => CallEnded { by: EndedBy, outcome: Option<Outcome>, reason: Option<String> }
    /// The server stopped with the call up; written at the next start. `callback`: a task is owed for it.
    "call.interrupted" since "0.1" => CallInterrupted { found: Instant, callback: bool }
    /// A trunk could not carry the call out; `next`: the one tried after it.
    "trunk.failed" since "0.1" => TrunkFailed { trunk: String, status: u16, text: String, next: Option<String> }
    /// A trunk sent the call elsewhere, and it was allowed to: it goes on to `number`.
    "trunk.redirected" since "0.1" => TrunkRedirected { trunk: String, status: u16, number: Number }
    /// The caller wants to be called back, or a supervisor (`by`) wants it so.
    "call_back.asked" since "0.1" => CallBackAsked {
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        by: Option<String>,
    }
    /// Nobody is called back at that number: `short`, `dear`, `own`, `no_way`, `not_a_number`.
    "call_back.number_refused" since "0.1" => CallBackNumberRefused { why: Uncallable }
    /// The caller is called back, and keeps the place of `since`; `call_back` is the contact that stands for it.
    "call_back.booked" since "0.1" => CallBackBooked {
        queue: QueueId,
        number: Number,
        since: Instant,
        call_back: InteractionId,
    }
    /// The customer is called; `trunk` is `null` where there is no way out.
    "call_back.dialled" since "0.1" => CallBackDialled { agent: AgentId, number: Option<Number>, trunk: Option<String> }
    /// The customer was not reached; `status` and `text`: as the network said it.
    "call_back.not_reached" since "0.1" => CallBackNotReached {
        why: Cause,
        status: u16,
        text: String,
        trunk: Option<String>,
    }
    /// The customer rang before being called back: this call has the place of the call-back.
    "call_back.taken_over" since "0.1" => CallBackTakenOver { since: Instant, waited_ms: u64 }
    /// A supervisor (`by`) cancelled the call-back.
    "call_back.cancelled" since "0.1" => CallBackCancelled { by: String }
    /// Disposition and notes were saved.
    "wrap_up.saved" since "0.1" => WrapUpSaved { agent: AgentId, disposition: Option<String> }
    /// The agent is done with the contact.
    "wrap_up.ended" since "0.1" => WrapUpEnded { agent: AgentId }
    /// What came of a leg (`caller`, `agent`): counters, and opinion scores of 1 to 4.5 of what it said and what it heard.
    "leg.measured" since "0.1" => LegMeasured { party: &'static str, media: LegStats, mos: Option<f64>, mos_heard: Option<f64> }
    /// The caller left a message for the people of this queue, or for this agent (by key); a task asks for the answer.
    "message.left" since "0.1" => MessageLeft {
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        queue: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        agent: Option<String>,
        duration_ms: u64,
    }
    /// The agent wanted the call on record, which was not.
    "recording.started" since "0.1" => RecordingStarted { agent: AgentId }
    /// The caller was asked whether the call may be recorded (the flow set `var.recording`).
    "recording.consent" since "0.1" => RecordingConsent { given: bool }
    /// From here on the recording has silence: the agent wants it, or (`agent` is `null`) the caller keys in a secret.
    "recording.paused" since "0.1" => RecordingPaused { agent: Option<AgentId> }
    /// The recording goes on.
    "recording.resumed" since "0.1" => RecordingResumed { agent: Option<AgentId> }
    /// The recording is a file; `complete`: nothing of it was lost.
    "recording.ended" since "0.1" => RecordingEnded { duration_ms: u64, complete: bool }
}

impl EventKind {
    /// `None`: of a version that is not this one.
    pub fn of(name: &str) -> Option<Self> {
        Self::ABOUT.iter().find(|about| about.name == name).map(|about| about.kind)
    }
}

impl Event {
    /// To an agent, or to somebody outside.
    pub(in crate::center) fn transferred(from: AgentId, to: Option<AgentId>, how: HandoverHow) -> Self {
        Self::CallTransferred { from, to, queue: None, flow: None, note: None, how }
    }

    /// As it is written down: step `seq` of an interaction.
    pub fn written(&self, interaction: InteractionId, seq: u32, at: Instant) -> InteractionEvent {
        // Plain values with text keys: serialising them cannot fail.
        let mut whole = serde_json::to_value(self).unwrap_or_default();
        let detail = whole.get_mut("detail").map_or_else(|| json!({}), Value::take);
        InteractionEvent { interaction, seq, at, kind: self.kind().name().to_owned(), detail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    #[test]
    fn an_event_is_written_under_its_name_with_its_fields() {
        let id = InteractionId::new(Instant::from_micros(1), &mut Rng::new(1));
        let written = |event: Event| event.written(id, 3, Instant::from_micros(9));
        let held = written(Event::CallHeld { agent: AgentId(7) });
        assert_eq!((held.kind.as_str(), held.seq, held.detail), ("call.held", 3, json!({"agent": 7})));
        let answered = written(Event::CallAnswered {});
        assert_eq!((answered.kind.as_str(), answered.detail), ("call.answered", json!({})));
        let direction = None;
        let started =
            Event::CallStarted { called: "4000".into(), sip_call_id: None, linked: None, direction, agent: None };
        assert_eq!(written(started).detail, json!({"called": "4000"}));
    }

    #[test]
    fn names_are_dotted_and_stand_once() {
        let mut names: Vec<_> = EventKind::ABOUT.iter().map(|about| about.name).collect();
        for about in EventKind::ABOUT {
            assert_eq!(about.kind.name(), about.name);
            assert_eq!(EventKind::of(about.name), Some(about.kind));
            let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c == '_' || c.is_ascii_lowercase());
            assert!(
                about.name.split_once('.').is_some_and(|(noun, verb)| plain(noun) && plain(verb)),
                "{}",
                about.name
            );
            assert!(about.told.trim().ends_with('.'), "{}", about.name);
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), EventKind::ABOUT.len());
        assert_eq!(EventKind::of("call.exploded"), None);
    }
}
