//! What the center is told.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::alert::{Alert, AlertRule};
use super::calling::{Called, CampaignRule, Told};
use super::desk::{Addressees, AgentDay, DeskCommand, PlaceKept, Target, Words};
use super::parking::{Parking, Voicemail};
use crate::acd;
use crate::acd::statistics::QueueCounts;
use crate::base::{AgentId, AlertId, CommandId, Instant, InteractionId, QueueId};
use crate::call::KeptLeg;
use crate::crm::{CallBack, CustomerCard, Interaction};
use crate::dialplan::{Language, Mailbox};
use crate::media;
use crate::sdp::SrtpRule;
use crate::sip;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Input {
    /// Bytes from the network.
    Sip(sip::Received),
    FlowClosed(sip::FlowId),
    /// The shell could not deliver to this destination (connect failed, unreachable).
    TransmitFailed(sip::Destination),
    Media(media::Event),
    /// The store's answer to `Output::Query` with this id.
    Answer {
        query: QueryId,
        answer: Answer,
    },
    /// From a desktop or the API. Answered by `Output::Reply` with the same id.
    Desk {
        command: CommandId,
        agent: AgentId,
        ask: DeskCommand,
    },
    /// From a supervisor or administrator. Answered by `Output::Reply`.
    Supervise {
        command: CommandId,
        user: String,
        ask: SuperviseCommand,
    },
    /// A desktop of this agent connected (first tab) or the last one went away. The agent signs in
    /// with it, and is not ready until it says so.
    DeskConnected {
        agent: AgentId,
    },
    DeskLost {
        agent: AgentId,
    },
    /// What agents were when the last process ended. Told once, after the first `Configure`.
    AgentsWere(Vec<AgentWas>),
    /// Alerts that went on when the last process ended. After the first `Configure`.
    AlertsWere(Vec<Alert>),
    /// Calls that were up when the last process ended, and may go on. After the first `Configure`, before `AgentsWere`.
    CallsWere(Vec<CallWas>),
    /// What the queues counted from `since`, a midnight, until the start: a restart does not begin the day anew.
    DayWas {
        since: Instant,
        counts: Vec<(QueueId, QueueCounts)>,
    },
    /// What agents did from `since`, a midnight, until the start.
    AgentDays {
        since: Instant,
        days: Vec<(AgentId, AgentDay)>,
    },
    /// Customers who keep a place since before the start: back into the line. After the first `Configure`.
    CallBacks(Vec<CallBack>),
    /// Messages that are not done, since before the start. After the first `Configure`.
    Messages(Vec<MessageWas>),
    /// Somebody who may has heard what was recorded of this contact.
    MessageHeard {
        interaction: InteractionId,
    },
    /// The task of this contact's message is done.
    MessageDone {
        interaction: InteractionId,
    },
    /// New configuration; calls in progress go on.
    Configure(Box<Configuration>),
    /// Of a campaign: its state, entries of its lists, who is not to be called. After the first `Configure`.
    Campaign(Box<Told>),
    /// A phone credential of one desktop session: may register and call until it is taken back.
    PhoneUser(sip::User),
    PhoneUserGone {
        user: String,
    },
    /// No new calls; when the last one is over, `Output::Drained`.
    Drain,
    /// Ends every call that is up, as interrupted: the drain took too long.
    EndCalls,
    /// A deadline is due.
    Deadline,
}

/// An agent as the store knows it from before a restart.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AgentWas {
    pub agent: AgentId,
    pub state: acd::AgentState,
    pub since: Instant,
    /// The last contact, while its form may still be filled in.
    pub work: Option<Box<OpenWork>>,
}

/// A contact that is over, with what the agent's desktop shows of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OpenWork {
    pub record: Interaction,
    /// Number of its next event.
    pub next_seq: u32,
    pub customer: Option<CustomerCard>,
    /// Who shares the caller's number, where nobody was chosen.
    pub candidates: Vec<CustomerCard>,
    /// Why it was this agent.
    pub why: Words,
    pub place_kept: Option<PlaceKept>,
}

/// A call of the last process that may go on: its record is open.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CallWas {
    pub record: Interaction,
    /// Number of its next event.
    pub next_seq: u32,
    /// The last sign of life of the process that had it.
    pub alive: Instant,
    pub customer: KeptLeg,
    /// Of the agent who had the customer; `None`: there was none, or it was a browser's.
    pub agent: Option<KeptLeg>,
}

/// A message that is not done, as the store has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MessageWas {
    pub interaction: InteractionId,
    pub mailbox: Mailbox,
    pub heard: bool,
}

/// Names one query; answers may come in any order, or never.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct QueryId(pub u64);

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// Customers with the asked number or id: one, several, none.
    Customers(Vec<CustomerCard>),
    /// Whom an attempt calls, now that it is written down; `None`: nobody is to be called by it.
    Attempt(Option<Box<Called>>),
    /// The store could not answer in time: the call goes on without.
    Unavailable,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type")]
pub enum SuperviseCommand {
    /// The agent becomes ready.
    #[serde(rename = "agent.set_ready")]
    SetReady { agent: AgentId },
    /// All at one time: as many waiting contacts as possible find one of them. Who cannot is left out.
    #[serde(rename = "agent.set_ready_together")]
    SetReadyTogether { agents: Vec<AgentId> },
    /// The agent becomes not ready, for a reason of the center.
    #[serde(rename = "agent.set_not_ready")]
    SetNotReady { agent: AgentId, reason: String },
    /// The agent is signed out.
    #[serde(rename = "agent.sign_out")]
    SignOut { agent: AgentId },
    /// Ends the call that this agent has on hand, for both.
    #[serde(rename = "agent.hang_up")]
    HangUp {
        agent: AgentId,
        /// Of several contacts on hand, the one that is meant.
        #[serde(default)]
        interaction: Option<InteractionId>,
    },
    /// The supervisor's phone rings, and joins the call that this agent has on hand; in it already, the
    /// supervisor hears or is heard in another way from now on.
    #[serde(rename = "agent.supervise")]
    Supervise {
        agent: AgentId,
        watch: Watch,
        /// SIP user of the supervisor's own phone; a desktop's server fills in its own.
        #[serde(default)]
        phone: Option<String>,
    },
    /// The supervisor leaves the call of this agent.
    #[serde(rename = "agent.supervise_end")]
    SuperviseEnd { agent: AgentId },
    /// The supervisor who is in the call of this agent has it from now on, and the agent leaves.
    #[serde(rename = "agent.take_call")]
    TakeCall { agent: AgentId },
    /// A supervisor has seen this alert, and sees to it.
    #[serde(rename = "alert.acknowledge")]
    AcknowledgeAlert { alert: AlertId },
    /// Somebody has seen to what this agent asked help for.
    #[serde(rename = "agent.help_end")]
    EndHelp { agent: AgentId },
    /// A message to these agents; each one has it on the desktop until it is read.
    #[serde(rename = "agent.notify")]
    Notify {
        to: Addressees,
        /// 1 to 500 characters.
        words: String,
    },
    /// Another place in the line that this contact waits in.
    #[serde(rename = "contact.raise")]
    RaiseContact {
        interaction: InteractionId,
        /// 1 is the most urgent, 255 the least.
        priority: u8,
    },
    /// Out of its line into this one; it waits on since the same time.
    #[serde(rename = "contact.move")]
    MoveContact {
        interaction: InteractionId,
        /// Its key.
        queue: String,
        /// 1 is the most urgent; `None`: the queue's own.
        #[serde(default)]
        priority: Option<u8>,
    },
    /// Out of its line to this agent, who is ready: the phone rings for it at once.
    #[serde(rename = "contact.give")]
    GiveContact { interaction: InteractionId, agent: AgentId },
    /// The caller need not hold the line: hears that the place is kept, and is called back at the own number.
    #[serde(rename = "contact.call_back")]
    CallBackContact { interaction: InteractionId },
    /// Ends a call that no agent has; of a customer who waits to be called back, the call-back.
    #[serde(rename = "contact.hang_up")]
    HangUpContact { interaction: InteractionId },
    /// Calls somebody: an agent's own phone rings first, or, for a queue or a flow, the customer's, and whoever
    /// answers waits in the line or is led by the flow.
    #[serde(rename = "call.place")]
    PlaceCall {
        /// As people write it.
        number: String,
        with: Target,
        /// Key of the queue for which it is: its caller id holds. Left out: the one that is named by `with`, or none.
        #[serde(default)]
        queue: Option<String>,
        /// Spoken with whoever answers; left out: the center's.
        #[serde(default)]
        language: Option<Language>,
    },
    /// Takes a customer who waits to be called back out of the line; named by the call in which it was asked for.
    #[serde(rename = "call_back.cancel")]
    CancelCallBack { call_back: InteractionId },
}

/// How a supervisor takes part in a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// Hears all, is heard by nobody.
    Listen,
    /// Hears all, is heard by the agent.
    Whisper,
    /// Hears all and is heard by all.
    Barge,
}

/// Everything the center runs by, made by the shell from the store and the files.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Configuration {
    pub rules: acd::Rules,
    pub trunks: Vec<sip::Trunk>,
    pub users: Vec<sip::User>,
    /// Phones with a fixed address instead of a registration: agent -> SIP URI and where to send.
    pub static_phones: Vec<StaticPhone>,
    pub numbers: Vec<NumberRule>,
    /// What a queue means beyond routing; one for each of `rules.queues`.
    pub queues: Vec<QueueSettings>,
    /// Checked flows, as `(name, TOML text)`; the center parses them again (it has been checked).
    pub flows: Vec<(String, String)>,
    /// Sounds that exist, `zh/welcome`, for checks.
    pub sounds: Vec<String>,
    /// Region for national numbers, ISO 3166 alpha-2.
    pub region: String,
    /// Language of callers until they choose: `zh` or `en`.
    pub language: String,
    /// IANA zone of the center.
    pub zone: String,
    /// Reasons an agent may give for being not ready: key and names.
    pub reasons: Vec<Named>,
    pub dispositions: Vec<Disposition>,
    /// What agents may call.
    #[serde(default)]
    pub outbound: Outbound,
    #[serde(default)]
    pub supervision: Supervision,
    /// The sound of registered phones.
    #[serde(default)]
    pub srtp: SrtpRule,
    #[serde(default)]
    pub parking: Parking,
    #[serde(default)]
    pub voicemail: Voicemail,
    /// Campaigns that call out, in the order of their turns.
    #[serde(default)]
    pub campaigns: Vec<CampaignRule>,
    /// Figures that are watched.
    #[serde(default)]
    pub alerts: Vec<AlertRule>,
}

/// What agents know of supervisors in their calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Supervision {
    /// The agent's desktop shows who listens.
    pub shown: bool,
}

impl Default for Supervision {
    fn default() -> Self {
        Self { shown: true }
    }
}

/// Calls that agents make by themselves.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outbound {
    /// The number that is shown where the queue has none; empty: the trunk's own.
    pub caller_id: String,
    /// First digits of numbers that nobody may call, with the plus sign: `+1900`.
    pub forbidden: Vec<String>,
    /// Numbers that may be called whatever else is said here, by every trunk that takes calls: `110`, `112`.
    pub emergency: Vec<String>,
    /// Numbers at a higher price than a call may be called.
    pub premium: bool,
    /// How long the customer's phone rings, seconds. 5-180.
    pub ring_s: u32,
    /// Record what is for no queue.
    pub record: bool,
    /// Calls of one agent in any minute. 1-1,000.
    pub calls_per_minute: u32,
    /// Minutes of one agent's calls in a day of the center's zone, those rung in vain counted too. 1-1,440.
    pub minutes_per_day: u32,
    /// What all calls to some numbers together may take up.
    pub destinations: Vec<DestinationCap>,
}

/// What calls to some numbers may take up, whoever makes them and by whichever trunk.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DestinationCap {
    /// First digits of the numbers, with the plus sign: `+44`.
    pub prefixes: Vec<String>,
    /// As [`sip::TrunkCaps`] has them.
    pub calls: Option<u32>,
    pub calls_per_minute: Option<u32>,
    pub minutes_per_day: Option<u32>,
}

impl DestinationCap {
    pub fn caps(&self) -> sip::TrunkCaps {
        sip::TrunkCaps {
            calls: self.calls,
            calls_per_minute: self.calls_per_minute,
            minutes_per_day: self.minutes_per_day,
        }
    }
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            caller_id: String::new(),
            forbidden: Vec::new(),
            emergency: Vec::new(),
            premium: false,
            ring_s: 45,
            record: true,
            calls_per_minute: 12,
            minutes_per_day: 480,
            destinations: Vec::new(),
        }
    }
}

/// What of a queue's conversations is recorded, and how long that is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RecordingRule {
    /// Of a hundred conversations so many. 1-100.
    pub share_percent: u8,
    /// Only of callers who have said yes.
    pub consent: bool,
    /// Days until it is deleted; `None`: as the number has it, else the center.
    pub keep_days: Option<u32>,
}

impl RecordingRule {
    /// Whether this contact is one of the share. By its id alone: asked again, the answer is the same.
    pub fn takes(&self, contact: InteractionId) -> bool {
        // Of a UUID v7 the last eight bytes are random.
        let (_, random) = contact.0.as_u64_pair();
        random.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32 < (u64::from(self.share_percent) << 32) / 100
    }
}

impl Default for RecordingRule {
    fn default() -> Self {
        Self { share_percent: 100, consent: false, keep_days: None }
    }
}

/// What the number has to say about recordings of calls to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NumberRecording {
    /// `false`: never; `true`: also where the queue does not; `None`: as the queue has it.
    pub record: Option<bool>,
    /// Where the queue says nothing of it.
    pub keep_days: Option<u32>,
}

/// Of the whole center.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CenterRecording {
    /// Where neither queue nor number says anything of it; `None`: for ever.
    pub keep_days: Option<u32>,
}

/// A called number and where its calls go.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NumberRule {
    /// As it arrives in the request URI: `4000`, `+862155500100`.
    pub number: String,
    pub flow: String,
    /// Language of the first prompts, `zh` or `en`; `None`: the center's.
    pub language: Option<String>,
    /// Only calls of this trunk; `None`: of every trunk and user.
    pub trunk: Option<String>,
    /// What calls to this number may take up.
    #[serde(default)]
    pub limits: NumberLimits,
    /// `None`: as the queue has it.
    #[serde(default)]
    pub record: Option<bool>,
}

/// What the calls to one number may take up, so that there is room left for other numbers; beyond it they are
/// refused with 503.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NumberLimits {
    /// Calls at once. 1-100,000.
    pub calls: u32,
    /// Calls a second, as many at once after a pause. 1-10,000.
    pub attempts_per_s: u32,
}

impl Default for NumberLimits {
    fn default() -> Self {
        Self { calls: 1_500, attempts_per_s: 750 }
    }
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct QueueSettings {
    pub id: QueueId,
    pub name: Named,
    /// Sound that waiting callers hear: `music/hold`.
    pub music: String,
    /// What an announcement tells; when it does is the router's rule.
    pub announce: Vec<Announced>,
    /// `None`: nobody is called back.
    pub call_back: Option<CallBackRule>,
    /// Head start of customers by who they are.
    #[serde(default)]
    pub vip_bonus: VipBonus,
    /// Record the conversations.
    pub record: bool,
    /// Of what is recorded.
    #[serde(default)]
    pub recording: RecordingRule,
    /// Wrap-up ends only with a disposition (or by its own deadline).
    pub disposition_required: bool,
    /// Wanted share of calls answered in time, 0..=1.
    pub service_level_target: f64,
}

/// Head start of a customer by tier and by value, added to what the flow gives; `score.max_bonus_s` caps it
/// together with all other reasons. Who is not known for certain when the line begins has none.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VipBonus {
    /// The customer's tier to seconds.
    pub tiers: BTreeMap<String, u32>,
    /// The highest step that the customer reaches counts.
    pub values: Vec<ValueStep>,
}

/// From orders of so much on: so many seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueStep {
    /// In the smallest unit of the currency ([`CustomerCard::value_minor`]).
    pub from_minor: i64,
    pub bonus_s: u32,
}

impl VipBonus {
    /// In seconds.
    pub fn of(&self, card: &CustomerCard) -> u32 {
        let by_tier = card.tier.as_ref().and_then(|tier| self.tiers.get(tier)).copied().unwrap_or(0);
        let value = card.value_minor();
        let reached = self.values.iter().filter(|step| step.from_minor <= value);
        let by_value = reached.max_by_key(|step| step.from_minor).map_or(0, |step| step.bonus_s);
        by_tier.saturating_add(by_value)
    }
}

/// Something a waiting caller is told between the music.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Announced {
    /// The place in the line.
    Position,
    /// About how long it will take; never more than the same caller heard before.
    Wait,
    /// That a digit asks for a call-back, where the queue has them.
    CallBack,
}

impl Announced {
    pub const ALL: [Self; 3] = [Self::Position, Self::Wait, Self::CallBack];
}

/// How a queue calls back those who do not want to hold the line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CallBackRule {
    /// Pressed while waiting, it asks for a call-back: `0` to `9`.
    pub digit: char,
    /// The trunk that customers are called through; `None`: the one their call came from.
    pub trunk: Option<String>,
    /// The number they are shown; `None`: the one they called.
    pub caller_id: Option<String>,
    /// How long the customer's phone rings, seconds.
    pub ring_s: u32,
    /// How often a customer is rung in vain until it becomes a task.
    pub tries: u8,
    /// Between two tries, seconds.
    pub retry_s: u32,
    /// Open ones at once; one more is not taken.
    pub max_open: u32,
}

impl Default for CallBackRule {
    fn default() -> Self {
        Self { digit: '1', trunk: None, caller_id: None, ring_s: 30, tries: 3, retry_s: 600, max_open: 200 }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StaticPhone {
    pub agent: AgentId,
    pub uri: String,
    pub addr: SocketAddr,
}

/// What a contact may have come to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Disposition {
    pub label: Named,
    /// Keys of the queues that offer it; none: all.
    pub queues: Vec<String>,
    /// Cannot be saved without a note.
    pub note_required: bool,
}

/// A key with its names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Named {
    pub key: String,
    pub en: String,
    pub zh: String,
}
