//! The center as a value: what `config/demo-center.toml` says and what the store holds.
//!
//! Objects are known by key (`[a-z0-9_-]`, at most 40 characters), which is what flows, rules and
//! reports mention. Numeric ids belong to the store, see [`super::CenterIds`]. Passwords stand here
//! only as hashes once the model comes from the store.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything that makes one center, apart from the server's own settings and the dialplans.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct CenterModel {
    pub center: CenterSettings,
    pub skills: BTreeMap<String, SkillModel>,
    pub hours: BTreeMap<String, HoursModel>,
    pub queues: BTreeMap<String, QueueModel>,
    pub agents: BTreeMap<String, AgentModel>,
    pub users: BTreeMap<String, UserModel>,
    pub trunks: BTreeMap<String, TrunkModel>,
    /// By the called number as it arrives in the request: `4000`, `+862155500100`.
    pub numbers: BTreeMap<String, NumberModel>,
    /// Not-ready reasons, in the order of the desktop's menu.
    pub reasons: Vec<ReasonModel>,
    /// Wrap-up codes, in the order of the desktop's digit keys.
    pub dispositions: Vec<DispositionModel>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CenterSettings {
    /// Shown on the desktop.
    pub company: String,
    /// How national numbers are read: ISO 3166 alpha-2, such as `CN`.
    pub region: String,
    /// IANA, such as `Asia/Shanghai`: the zone of hours that name none.
    pub timezone: String,
    /// BCP 47; the first is the center's own.
    pub languages: Vec<String>,
    /// Digest realm of phones and desktops. Changing it makes every SIP password invalid.
    pub realm: String,
}

impl Default for CenterSettings {
    fn default() -> Self {
        Self {
            company: String::from("Carillon"),
            region: String::from("CN"),
            timezone: String::from("UTC"),
            languages: vec![String::from("en")],
            realm: String::from("carillon"),
        }
    }
}

/// Text for people: one for everybody, or one per language.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
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
                texts
                    .get(language)
                    .or_else(|| texts.get(base))
                    .or_else(|| texts.values().next())
                    .map_or("", String::as_str)
            }
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SkillModel {
    pub name: Label,
}

/// Opening hours. A day without entry is closed; a date of `special` replaces its weekday.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct HoursModel {
    pub name: Label,
    /// IANA; `None`: the center's.
    pub timezone: Option<String>,
    /// `mon` … `sun` to spans of local time.
    pub week: BTreeMap<String, Vec<Span>>,
    /// `2026-10-01` to spans; no span: closed all day.
    pub special: BTreeMap<String, Vec<Span>>,
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

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct QueueModel {
    pub name: Label,
    /// Skill to minimum level (1-10): who may serve the queue must have all of them.
    pub skills: BTreeMap<String, u8>,
    /// How one of several fit agents is chosen.
    pub select: Select,
    /// 1 is the most urgent, 10 the least.
    pub priority: u8,
    /// How long an agent is rung before the contact goes to the next.
    pub ring_s: u32,
    pub wrap_up: WrapUpMode,
    /// Length of a timed wrap-up; 0: none at all.
    pub wrap_up_s: u32,
    /// Contacts that may wait; the next is told `full`.
    pub max_waiting: u32,
    /// Longest wait; 0: no limit.
    pub max_wait_s: u32,
    /// Service level: answered within so long.
    pub service_level_s: u32,
    /// Largest head start (VIP) that counts here, in seconds of waiting.
    pub bonus_cap_s: u32,
    /// Key of the opening hours; `None`: always open.
    pub hours: Option<String>,
    /// Name of the hold music, below `sounds/`.
    pub music: String,
    /// Record the conversations of this queue.
    pub record: bool,
}

impl Default for QueueModel {
    fn default() -> Self {
        Self {
            name: Label::default(),
            skills: BTreeMap::new(),
            select: Select::LongestIdle,
            priority: 5,
            ring_s: 15,
            wrap_up: WrapUpMode::Timed,
            wrap_up_s: 30,
            max_waiting: 200,
            max_wait_s: 0,
            service_level_s: 20,
            bonus_cap_s: 120,
            hours: None,
            music: String::from("music"),
            record: true,
        }
    }
}

/// Agent selection among those who are fit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Select {
    LongestIdle,
    MostSkilled,
    LeastSkilled,
    FewestContacts,
    LowestOccupancy,
    RoundRobin,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrapUpMode {
    /// Only when the agent asks for it.
    Optional,
    /// The agent ends it.
    Discretionary,
    /// Ends after `wrap_up_s`, or earlier by the agent.
    Timed,
    /// Ends after `wrap_up_s` and not before.
    TimedFixed,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AgentModel {
    pub name: String,
    /// Skill to level (1-10).
    pub skills: BTreeMap<String, u8>,
    /// Number by which colleagues dial the agent.
    pub extension: Option<String>,
    pub phone: PhoneModel,
}

/// Where the agent's leg rings.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneModel {
    /// Wherever the agent's user is registered: browser or desk phone.
    #[default]
    Registered,
    /// Always this SIP URI, such as `sip:ana@127.0.0.1:6070`; the agent counts as reachable.
    Static(String),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    #[default]
    Agent,
    Supervisor,
    Admin,
}

/// Somebody who signs in. The key is the user name at the desktop and of the SIP registration.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct UserModel {
    pub name: String,
    pub role: Role,
    /// Key of the agent this user works as.
    pub agent: Option<String>,
    pub language: Option<String>,
    pub password: Secret,
    /// Password of the SIP registration; `None`: this user has no phone.
    pub sip: Option<SipSecret>,
}

/// A sign-in password: as written by a person, or as kept.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// Cannot sign in with a password.
    #[default]
    None,
    /// Only in files and requests; hashed on the way in.
    Plain(String),
    /// Argon2id in PHC form.
    Hash(String),
}

/// What SIP digest needs: as written, or as kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SipSecret {
    Plain(String),
    /// Lower-case hex of H(user:realm:password), see [`crate::sip::ha1`].
    Ha1 {
        md5: String,
        sha256: String,
    },
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Self::None { "Secret::None" } else { "Secret(…)" })
    }
}

impl std::fmt::Debug for SipSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SipSecret(…)")
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct TrunkModel {
    pub name: Label,
    /// CIDR blocks whose calls are taken without digest, such as `192.0.2.0/24`.
    pub networks: Vec<String>,
    /// Where calls out are sent, `host:port`; `None`: takes none.
    pub destination: Option<String>,
    /// How national caller numbers of this trunk are read; `None`: the center's region.
    pub region: Option<String>,
    /// Calls up at once; 0: no limit of its own.
    pub max_calls: u32,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct NumberModel {
    pub name: Label,
    /// Dialplan flow, by the name of its file.
    pub flow: String,
    /// Language of the first prompts; `None`: the center's.
    pub language: Option<String>,
    /// Only calls of this trunk; `None`: of every trunk.
    pub trunk: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ReasonModel {
    pub key: String,
    pub name: Label,
    /// Shown red on the wallboard after so long; 0: never.
    pub limit_s: u32,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DispositionModel {
    pub key: String,
    pub name: Label,
    /// Queues that offer it; none: all.
    pub queues: Vec<String>,
    /// Cannot be saved without a note.
    pub note_required: bool,
}
