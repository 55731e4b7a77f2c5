//! The center as a value: what `config/demo-center.toml` says and what the store holds.
//!
//! Objects are known by key (`[a-z0-9_-]`, at most 40 characters), which is what flows, rules and
//! reports mention. Numeric ids belong to the store, see [`super::CenterIds`]. Passwords stand here
//! only as hashes once the model comes from the store.

mod alert;
mod scorecard;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Objects;
use crate::acd::{
    AgentSelection, Condition, ContactSelection, Holiday, OverflowWhen, QueueRule, Reserve, Score, WrapUp,
};
use crate::base::{Channel, Instant};
use crate::campaign::{AttemptRules, Counting, FollowUp, Mode};
use crate::center::input::{
    Announced, CallBackRule, CenterRecording, NumberLimits, NumberRecording, Outbound, RecordingRule, Supervision,
    VipBonus,
};
use crate::center::parking::{Parking, Voicemail};
use crate::dialplan::Language;
use crate::sdp::SrtpRule;
use crate::sip::{TrunkCaps, TrunkHealth, TrunkIdentity, TrunkLimits, TrunkRegister};
pub use alert::AlertModel;
pub use scorecard::{ItemModel, PickModel, ScorecardModel, SectionModel};

/// Everything that makes one center, apart from the server's own settings and the flows that come as files.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CenterModel {
    pub center: CenterSettings,
    pub skills: Objects<SkillModel>,
    pub groups: Objects<GroupModel>,
    pub hours: Objects<HoursModel>,
    pub queues: Objects<QueueModel>,
    pub agents: Objects<AgentModel>,
    pub users: Objects<UserModel>,
    /// Flows of the dialplan; one goes before the file of its name.
    pub flows: Objects<FlowModel>,
    pub trunks: Objects<TrunkModel>,
    /// By the called number as it arrives in the request: `4000`, `+862155500100`.
    pub numbers: Objects<NumberModel>,
    /// Not-ready reasons, in the order of the desktop's menu.
    pub reasons: Objects<ReasonModel>,
    /// Wrap-up codes, in the order of the desktop's digit keys.
    pub dispositions: Objects<DispositionModel>,
    /// Campaigns that call out.
    pub campaigns: Objects<CampaignModel>,
    /// Figures of queues that are watched.
    pub alerts: Objects<AlertModel>,
    /// Forms by which contacts are judged.
    pub scorecards: Objects<ScorecardModel>,
}

impl CenterModel {
    /// Nobody works here, and no number leads anywhere.
    pub fn is_blank(&self) -> bool {
        let counts = [self.queues.len(), self.agents.len(), self.users.len(), self.numbers.len()];
        counts == [0; 4]
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CenterSettings {
    /// Shown on the desktop.
    pub company: String,
    /// How national numbers are read: ISO 3166 alpha-2, such as `CN`.
    pub region: String,
    /// IANA, such as `Asia/Shanghai`: the zone of hours that name none.
    pub timezone: String,
    /// `zh`, `en`; the first is the center's own.
    pub languages: Vec<String>,
    /// Digest realm of phones. Changing it makes every kept SIP password invalid.
    pub realm: String,
    /// Which of the waiting contacts an agent who becomes free gets, over all queues.
    pub contact_selection: ContactSelection,
    /// Contacts waiting and in conversation together; one more is turned away.
    pub max_contacts: Option<u32>,
    /// What comes after an agent's own call that is for no queue; `None`: nothing.
    pub own_wrap_up: Option<WrapUp>,
    /// What agents may call.
    pub outbound: Outbound,
    pub supervision: Supervision,
    pub recording: CenterRecording,
    /// The sound of registered phones over SIP: `off`, `offered`, `offered_in_clear`, `required` or `dtls`.
    pub srtp: SrtpRule,
    /// Where calls are parked.
    pub parking: Parking,
    /// What callers hear who leave a message for a queue or an agent.
    pub voicemail: Voicemail,
}

impl Default for CenterSettings {
    fn default() -> Self {
        Self {
            company: String::from("Carillon"),
            region: String::from("CN"),
            timezone: String::from("UTC"),
            languages: vec![String::from("en")],
            realm: String::from("carillon"),
            contact_selection: ContactSelection::default(),
            max_contacts: None,
            own_wrap_up: None,
            outbound: Outbound::default(),
            supervision: Supervision::default(),
            recording: CenterRecording::default(),
            srtp: SrtpRule::default(),
            parking: Parking::default(),
            voicemail: Voicemail::default(),
        }
    }
}

/// Text for people: one for everybody, or one per language.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged, expecting = "expected a text, or a table of texts by language")]
pub enum Label {
    Same(String),
    PerLanguage(BTreeMap<String, String>),
}

impl Default for Label {
    fn default() -> Self {
        Self::Same(String::new())
    }
}

impl Label {
    /// The text in `language`, else in its base language (`zh` for `zh-CN`), else the first there is.
    pub fn in_language(&self, language: &str) -> &str {
        match self {
            Self::Same(text) => text,
            Self::PerLanguage(texts) => {
                let base = language.split('-').next().unwrap_or(language);
                let text = texts.get(language).or_else(|| texts.get(base)).or_else(|| texts.values().next());
                text.map_or("", String::as_str)
            }
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SkillModel {
    pub name: Label,
}

/// A team of agents: for reserves and relaxation steps, and for picking up each other's calls.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GroupModel {
    pub name: Label,
    /// What comes after an own call of its agents that is for no queue; `None`: as the center has it.
    pub own_wrap_up: Option<WrapUp>,
}

/// Opening hours. A day without entry is closed; a date of `special` replaces its weekday.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HoursModel {
    pub name: Label,
    /// IANA; `None`: the center's.
    pub timezone: Option<String>,
    /// `mon` … `sun` to spans of local time.
    pub week: BTreeMap<String, Vec<Span>>,
    /// `2026-10-01` to spans; no span: closed all day.
    pub special: BTreeMap<String, Vec<Span>>,
}

impl HoursModel {
    /// These days are closed, but for those that are named already. Gives how many are new.
    pub fn close_on(&mut self, days: &[Holiday]) -> usize {
        let before = self.special.len();
        for day in days {
            self.special.entry(day.date.to_string()).or_default();
        }
        self.special.len() - before
    }
}

impl CenterModel {
    /// Days that the recording of a call is kept: as its queue says, else the number called, else the center; `None`:
    /// for ever.
    pub fn keep_days(&self, queue: Option<&str>, called: &str) -> Option<u32> {
        let queue = queue.and_then(|key| self.queues.get(key)).and_then(|queue| queue.recording.keep_days);
        let number = || self.numbers.get(called).and_then(|number| number.recording.keep_days);
        queue.or_else(number).or(self.center.recording.keep_days)
    }

    /// Where opening hours tell the time; `None`: there are no such hours.
    pub fn zone_of(&self, hours: &str) -> Option<String> {
        let hours = self.hours.get(hours)?;
        Some(hours.timezone.clone().unwrap_or_else(|| self.center.timezone.clone()))
    }
}

/// Years that a holiday file is read for: this one, as it is there, and the four after it.
pub fn holiday_years(now: Instant, zone: &str) -> RangeInclusive<i16> {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let at = jiff::Timestamp::from_microsecond(i64::try_from(now.as_micros()).unwrap_or(0)).unwrap_or_default();
    let year = zone.to_datetime(at).year();
    year..=year.saturating_add(4)
}

/// Local time of day, minutes since midnight, `from` < `to` <= 1440. Written `09:00-18:30`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    pub from_min: u16,
    pub to_min: u16,
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let minutes = |part: &str| -> Option<u16> {
            let (hours, minutes) = part.trim().split_once(':')?;
            let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
            (hours <= 24 && minutes < 60).then_some(hours.checked_mul(60)?.checked_add(minutes)?)
        };
        let span = text.split_once('-').and_then(|(from, to)| {
            let span = Self { from_min: minutes(from)?, to_min: minutes(to)? };
            (span.from_min < span.to_min && span.to_min <= 1440).then_some(span)
        });
        span.ok_or_else(|| format!("`{text}` is not a span of time such as `09:00-18:30`"))
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        let (from, to) = (span.from_min, span.to_min);
        format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

/// A queue: the router's rule for it ([`QueueRule`], which explains the fields) with keys for ids, and
/// what only the call needs.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct QueueModel {
    pub name: Label,
    pub channel: Channel,
    /// An agent must have all of these skills,
    pub skills: BTreeMap<String, Need>,
    /// and, when there are any, at least one of these.
    pub any_skill: BTreeMap<String, Need>,
    pub agent_selection: AgentSelection,
    pub priority: u8,
    pub priority_step_s: u32,
    pub score: Score,
    pub share_ppm: u32,
    pub relax: Vec<RelaxModel>,
    pub reserve: Vec<Reserve>,
    pub ring_s: u32,
    pub ring_several: u8,
    pub wrap_up: WrapUp,
    pub answer_within_s: u32,
    pub short_abandon_s: u32,
    pub max_waiting: Option<u32>,
    pub max_wait_s: Option<u32>,
    pub overflow: Vec<OverflowModel>,
    pub hours: Option<String>,
    pub leave_without_agents: bool,
    #[serde(rename = "recall_s")]
    pub redial_s: u32,
    pub announce_s: u32,
    pub announce_first_s: Option<u32>,
    /// What an announcement tells.
    pub announce: Vec<Announced>,
    /// Who does not want to hold the line is called back: `call_back = { digit = "1" }`.
    pub call_back: Option<CallBackRule>,
    /// Head start by tier and value: `vip_bonus = { tiers = { gold = 60 } }`.
    pub vip_bonus: VipBonus,
    /// Sound that waiting callers hear.
    pub music: String,
    /// Record the conversations.
    pub record: bool,
    /// Of what is recorded: how much, by whose leave, and how long it is kept.
    pub recording: RecordingRule,
    /// Wrap-up ends only with a disposition, or by its own deadline.
    pub disposition_required: bool,
    /// Wanted share of contacts answered within `answer_within_s`, in per cent.
    pub service_level_percent: u8,
}

impl Default for QueueModel {
    fn default() -> Self {
        let rule = QueueRule::default();
        Self {
            name: Label::default(),
            channel: rule.channel,
            skills: BTreeMap::new(),
            any_skill: BTreeMap::new(),
            agent_selection: rule.agent_selection,
            priority: rule.priority,
            priority_step_s: rule.priority_step_s,
            score: rule.score,
            share_ppm: rule.share_ppm,
            relax: Vec::new(),
            reserve: Vec::new(),
            ring_s: rule.ring_s,
            ring_several: rule.ring_several,
            wrap_up: rule.wrap_up,
            answer_within_s: rule.answer_within_s,
            short_abandon_s: rule.short_abandon_s,
            max_waiting: rule.max_waiting,
            max_wait_s: rule.max_wait_s,
            overflow: Vec::new(),
            hours: None,
            leave_without_agents: rule.leave_without_agents,
            redial_s: rule.redial_s,
            announce_s: rule.announce_s,
            announce_first_s: rule.announce_first_s,
            announce: Announced::ALL.to_vec(),
            call_back: None,
            vip_bonus: VipBonus::default(),
            music: String::from("music/hold"),
            record: true,
            recording: RecordingRule::default(),
            disposition_required: false,
            service_level_percent: 80,
        }
    }
}

/// A skill asked for: `3`, or `{ min = 3, weight = 2 }`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Need {
    Level(u8),
    Weighted(WeightedNeed),
}

impl<'de> Deserialize<'de> for Need {
    /// By hand, so that a wrong key of the table is told as such.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NeedVisitor)
    }
}

struct NeedVisitor;

impl<'de> Visitor<'de> for NeedVisitor {
    type Value = Need;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a level (1 to 10) or { min = 3, weight = 2 }")
    }

    fn visit_i64<E: de::Error>(self, level: i64) -> Result<Need, E> {
        u8::try_from(level).map(Need::Level).map_err(|_| E::invalid_value(Unexpected::Signed(level), &self))
    }

    fn visit_u64<E: de::Error>(self, level: u64) -> Result<Need, E> {
        u8::try_from(level).map(Need::Level).map_err(|_| E::invalid_value(Unexpected::Unsigned(level), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Need, A::Error> {
        WeightedNeed::deserialize(MapAccessDeserializer::new(map)).map(Need::Weighted)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightedNeed {
    /// Minimum level, 1-10.
    pub min: u8,
    /// How much this skill counts when agents are compared.
    pub weight: u8,
}

impl Need {
    pub fn min(self) -> u8 {
        match self {
            Self::Level(min) | Self::Weighted(WeightedNeed { min, .. }) => min,
        }
    }

    pub fn weight(self) -> u8 {
        match self {
            Self::Level(_) => 1,
            Self::Weighted(WeightedNeed { weight, .. }) => weight,
        }
    }
}

/// [`crate::acd::RelaxStep`] with keys for ids.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RelaxModel {
    pub after_ms: u64,
    pub when: Option<Condition>,
    pub min_level: Option<u8>,
    pub lower: BTreeMap<String, u8>,
    pub drop: Vec<String>,
    pub add_queues: Vec<String>,
    pub add_groups: Vec<String>,
}

/// [`crate::acd::Overflow`] with a key for the id.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverflowModel {
    pub when: OverflowWhen,
    pub to: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AgentModel {
    pub name: String,
    /// Skill to level (1-10).
    pub skills: BTreeMap<String, u8>,
    /// The queues served; none: every queue whose requirement is met.
    pub queues: Vec<String>,
    pub group: Option<String>,
    /// Contacts of each channel at once; none: one of any channel.
    pub capacity: BTreeMap<Channel, u8>,
    /// Mean conversation in milliseconds per queue.
    pub service_ms: BTreeMap<String, u64>,
    pub weight: u16,
    /// A phone with a fixed address, `sip:ana@192.0.2.7:5060`; `None`: wherever the agent's user is
    /// registered, in the browser or with a desk phone.
    pub phone: Option<String>,
}

impl Default for AgentModel {
    fn default() -> Self {
        Self {
            name: String::new(),
            skills: BTreeMap::new(),
            queues: Vec::new(),
            group: None,
            capacity: BTreeMap::new(),
            service_ms: BTreeMap::new(),
            weight: 1,
            phone: None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    #[default]
    Agent,
    Supervisor,
    Admin,
}

impl Role {
    /// As rows and command lines have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Agent, Self::Supervisor, Self::Admin].into_iter().find(|role| role.word() == word)
    }
}

/// Somebody who signs in. The key is the user name at the desktop and of the SIP registration.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserModel {
    pub name: String,
    pub role: Role,
    /// Key of the agent this user works as.
    pub agent: Option<String>,
    pub language: Option<String>,
    /// `None`: cannot sign in with a password.
    pub password: Option<Password>,
    /// `None`: this user has no desk phone.
    pub sip: Option<SipPassword>,
}

/// A sign-in password: `{ plain = "…" }` in files and requests, `{ argon2 = "…" }` as kept (PHC form).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Password {
    Plain(String),
    Argon2(String),
}

/// What SIP digest needs: `{ plain = "…" }`, or as kept, see [`crate::sip::ha1`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SipPassword {
    Plain(String),
    /// Lower-case hex of H(user:realm:password).
    Ha1 {
        md5: String,
        sha256: String,
    },
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl fmt::Debug for SipPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SipPassword(…)")
    }
}

/// What happens to a call before an agent has it; `crate::dialplan` reads and checks the text.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlowModel {
    /// As in a file of `dialplans/`, with its comments.
    pub text: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrunkModel {
    pub name: Label,
    /// CIDR blocks whose calls are taken without digest, such as `192.0.2.0/24`.
    pub networks: Vec<String>,
    /// Where calls out are sent: `udp:192.0.2.1:5060`, `tcp:…` or `tls:…`, also a name instead of the address, with a
    /// port or without, or `dns:sip.example.net`; `None`: it takes none.
    pub destination: Option<String>,
    /// The name its certificate must be for, over TLS; `None`: the address.
    pub tls_name: Option<String>,
    /// It connects its calls itself where they are transferred outside, when asked by REFER.
    pub refer: bool,
    /// It may send calls elsewhere (3xx): to numbers that may be called through it, or to other addresses of its own.
    pub redirects: bool,
    /// `ignored`: its P-Asserted-Identity, Diversion and the like do not count. `taken`: they do. `exchanged`: and we
    /// assert our callers to it.
    pub identity: TrunkIdentity,
    /// First digits of the numbers that may be called through it, `+49`; none: no number.
    pub prefixes: Vec<String>,
    /// Trunks to try, in this order, when this one does not work.
    pub fallback: Vec<String>,
    /// Answers the digest challenges of the other side to calls out.
    pub account: Option<AccountModel>,
    /// What calls that come in through it may take up: `{ calls = 2000, pending = 800, attempts_per_s = 1000 }`.
    pub limits: TrunkLimits,
    /// What calls out through it may take up: `{ calls = 30, calls_per_minute = 60, minutes_per_day = 3000 }`.
    pub caps: TrunkCaps,
    /// How it is found out whether it works: `{ probe_s = 30, silence_ms = 500, failures = 5, back_off_s = 60 }`.
    pub health: TrunkHealth,
    /// Registers us there with `account`: `{ domain = "sip.example.net", expires_s = 600, keep_alive_s = 25 }`.
    pub register: Option<TrunkRegister>,
    /// The sound of its calls, as [`CenterSettings::srtp`].
    pub srtp: SrtpRule,
}

/// `{ user = "4711", realm = "sip.example.net", password = { plain = "…" } }`; the password is kept as that of
/// a desk phone is.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountModel {
    pub user: String,
    /// As the other side names it in its challenges: no other realm gets an answer.
    pub realm: String,
    /// `None`: challenges are not answered.
    pub password: Option<SipPassword>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NumberModel {
    pub name: Label,
    /// Dialplan flow, by the name of its file.
    pub flow: String,
    /// Language of the first prompts; `None`: the center's.
    pub language: Option<String>,
    /// Only calls of this trunk; `None`: of every trunk and user.
    pub trunk: Option<String>,
    /// What calls to it may take up: `{ calls = 1500, attempts_per_s = 750 }`.
    pub limits: NumberLimits,
    pub recording: NumberRecording,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReasonModel {
    pub name: Label,
    /// Counts as too long after so many seconds; shown, not enforced.
    pub limit_s: Option<u32>,
    /// At most so many agents at once.
    pub max_agents: Option<u32>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DispositionModel {
    pub name: Label,
    /// Keys of the queues that offer it; none: all.
    pub queues: Vec<String>,
    /// Cannot be saved without a note.
    pub note_required: bool,
}

/// What is said of a campaign. Its lists, its state and its figures are rows of the store, by its key.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CampaignModel {
    pub name: Label,
    /// What its calls are for: for people, and for the records of what was done with their data.
    pub purpose: String,
    /// What the agent reads to the called.
    pub script: Label,
    /// How calls are started: `{ mode = "preview", limit_s = 60 }`.
    pub mode: Mode,
    /// Key of the queue whose agents make the calls, and whose recording, wrap-up and dispositions hold for them.
    pub queue: String,
    /// Numbers of ours that the called are shown, in turn; none: as the queue, else the center, has it.
    pub caller_ids: Vec<String>,
    /// Key of the hours in which people may be called, by the clock on their wall; a day of `special` is a holiday.
    /// `None`: 8 a.m. to 9 p.m. on every day.
    pub hours: Option<String>,
    /// IANA zone of the called of whom the list says none; `None`: the center's.
    pub timezone: Option<String>,
    /// How often and when somebody is tried again, by how the last call ended.
    pub attempts: AttemptRules,
    /// What follows a disposition: `{ refused = "do_not_call", later = { again = { after_min = 60 } } }`. One that is
    /// not named ends the entry: a person was spoken with.
    pub after: BTreeMap<String, FollowUp>,
    /// Keys of the dispositions that the campaign is for: the share of conversations that come to one is told.
    pub goal: Vec<String>,
    /// How long the phone of the called rings, seconds. 15-120.
    pub ring_s: u32,
    /// Calls at once. 1-1,000.
    pub lines: u32,
    /// The law by which abandoned calls are counted.
    pub counting: Counting,
    /// Of a million answered calls at most so many are abandoned. 1-500,000.
    pub cap_ppm: u32,
    /// What is spoken where nobody speaks; `None`: the first language of the center.
    pub language: Option<Language>,
    /// Sounds for whoever answered and could not be spoken with in time: who called, and why nobody speaks. The number
    /// that the call shows is said after them.
    pub sorry: Vec<String>,
    /// Flow of the dialplan that leads whoever answers, in the mode `agentless`.
    pub flow: Option<String>,
}

impl Default for CampaignModel {
    fn default() -> Self {
        Self {
            name: Label::default(),
            purpose: String::new(),
            script: Label::default(),
            mode: Mode::Progressive,
            queue: String::new(),
            caller_ids: Vec::new(),
            hours: None,
            timezone: None,
            attempts: AttemptRules::default(),
            after: BTreeMap::new(),
            goal: Vec::new(),
            ring_s: 25,
            lines: 60,
            counting: Counting::default(),
            cap_ppm: 30_000,
            language: None,
            sorry: vec!["outbound-sorry".to_owned()],
            flow: None,
        }
    }
}
