//! What a scenario file says: agents with shifts, lists, times, detection, drift, hostile hours.

use serde::Deserialize;

use crate::base::{Instant, Rng, with_nearest};
use crate::campaign::pace::{Counting, Mode};

/// 2026-01-05T09:00:00Z, a Monday: when the day begins.
pub(super) const MORNING: Instant = Instant::from_micros(1_767_603_600_000_000);

/// A day of one campaign. Times are seconds or minutes from the beginning of the day, as the names say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    #[serde(default)]
    pub name: String,
    /// For people.
    #[serde(default, rename = "description")]
    pub about: serde::de::IgnoredAny,
    #[serde(default = "eight")]
    pub hours: f64,
    #[serde(default = "forty")]
    pub seeds: u32,
    #[serde(default)]
    pub law: LawOf,
    /// How ours calls.
    #[serde(default = "predictive")]
    pub mode: Mode,
    pub agents: Vec<Group>,
    pub talk: Time,
    pub wrap: Time,
    pub lists: Vec<List>,
    /// Share of the people spoken to who ask not to be called again.
    #[serde(default)]
    pub do_not_call: f64,
    #[serde(default)]
    pub ring: Ring,
    #[serde(default)]
    pub detection: Detection,
    #[serde(default)]
    pub inbound: Option<Inbound>,
    #[serde(default)]
    pub drift: Vec<Drift>,
    #[serde(default)]
    pub hostile: Vec<Hostile>,
    /// Side by side on the same seeds.
    #[serde(default = "all")]
    pub policies: Vec<Policy>,
}

/// The law that binds the campaign.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LawOf {
    pub counting: Counting,
    pub cap_percent: f64,
    /// People served in the same window before this day.
    pub served_before: u64,
}

impl Default for LawOf {
    fn default() -> Self {
        Self { counting: Counting::Ofcom, cap_percent: 3.0, served_before: 0 }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub count: u32,
    #[serde(default)]
    pub from_min: f64,
    /// The end of the day unless given.
    #[serde(default)]
    pub to_min: Option<f64>,
}

/// A time that varies.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    pub mean_s: f64,
    /// Standard deviation by mean, of a lognormal law; 0: always the mean.
    #[serde(default = "one")]
    pub cv: f64,
}

impl Time {
    pub(super) fn draw(self, rng: &mut Rng) -> f64 {
        if self.cv == 0.0 {
            return self.mean_s;
        }
        let variance = (self.cv * self.cv).ln_1p();
        let radius = (-2.0 * (1.0 - rng.unit()).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * rng.unit()).cos();
        self.mean_s * (variance.sqrt() * normal - variance / 2.0).exp()
    }

    fn is_sound(self) -> bool {
        (0.0..=36_000.0).contains(&self.mean_s) && (0.0..=5.0).contains(&self.cv)
    }
}

/// Entries alike. What is left of 1 by the shares does not answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    pub entries: u32,
    pub person: f64,
    #[serde(default)]
    pub machine: f64,
    #[serde(default)]
    pub busy: f64,
    #[serde(default)]
    pub failed: f64,
    #[serde(default)]
    pub kind: u8,
    /// IANA names; all of them must allow a call. The day begins at 9:00 UTC on a Monday.
    #[serde(default = "utc")]
    pub zones: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ring {
    pub person: Time,
    pub machine: Time,
    /// A call is taken back that has rung so long.
    pub at_most_s: f64,
    /// The time of the network until busy or failed is known.
    pub refused: Time,
}

impl Default for Ring {
    fn default() -> Self {
        Self {
            person: Time { mean_s: 9.0, cv: 0.6 },
            machine: Time { mean_s: 18.0, cv: 0.2 },
            at_most_s: 25.0,
            refused: Time { mean_s: 2.0, cv: 0.5 },
        }
    }
}

/// Machine detection.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Detection {
    /// After the answer.
    pub takes: Time,
    /// Machines that pass for people.
    pub missed: f64,
    /// People who are taken for machines: really, and as the campaign allows for.
    pub mistaken: f64,
    pub allowed: f64,
}

impl Default for Detection {
    fn default() -> Self {
        Self { takes: Time { mean_s: 1.2, cv: 0.3 }, missed: 0.1, mistaken: 0.005, allowed: 0.005 }
    }
}

/// Callers whom the same agents serve.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbound {
    pub per_hour: f64,
    pub talk: Time,
    /// Whether they take an agent who is held for a call in the air; else only one who is to spare.
    #[serde(default)]
    pub first: bool,
}

/// From then on the chance that a person answers is that of the list times this.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    pub at_min: f64,
    pub person_factor: f64,
}

/// Something bad, for a while.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hostile {
    pub at_min: f64,
    #[serde(default = "one")]
    pub for_min: f64,
    pub what: Harm,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// Whatever rings is answered by a person in the same instant, and so is every call of this time.
    AllAnswer,
    /// Half of the agents are gone, those in conversation and those held for calls too.
    AgentsVanish,
    /// Every call fails.
    TrunkFails,
    /// Whoever is called back from ringing answers in that moment.
    LateAnswers,
    /// The same, and they are hung up.
    CrossedAnswers,
    /// The server sees nothing for a while; then all of it at once.
    ClockJumps,
    /// The server is killed and started again.
    Kill,
}

/// A way of calling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    Ours,
    Progressive,
    /// Lines for each agent, adapted every 15 seconds to the share of calls dropped so far.
    AdaptiveRatio,
    /// Knows every rate, and is as bold as the cap lets it be on average; nothing holds it on a single day.
    Oracle,
}

impl Policy {
    /// As scenarios and reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Progressive => "progressive",
            Self::AdaptiveRatio => "adaptive_ratio",
            Self::Oracle => "oracle",
        }
    }
}

/// Why a scenario cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    #[error("{0}")]
    NotRead(String),
    #[error("{0}")]
    NoSense(&'static str),
}

impl Scenario {
    /// Reads and checks it.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let read: Result<Self, _> = serde_json::from_str(text);
        let scenario = read.map_err(|error| ScenarioError::NotRead(with_nearest(&error.to_string())))?;
        match scenario.mistake() {
            Some(mistake) => Err(ScenarioError::NoSense(mistake)),
            None => Ok(scenario),
        }
    }

    fn mistake(&self) -> Option<&'static str> {
        let share = |share: f64| (0.0..=1.0).contains(&share);
        let list = |list: &List| {
            let shares = [list.person, list.machine, list.busy, list.failed];
            shares.iter().all(|it| share(*it)) && shares.iter().sum::<f64>() <= 1.0 + 1e-9
        };
        let times =
            [self.talk, self.wrap, self.ring.person, self.ring.machine, self.ring.refused, self.detection.takes];
        let detection = [self.detection.missed, self.detection.mistaken, self.detection.allowed];
        let minutes = |minutes: f64| (0.0..=1e5).contains(&minutes);
        let group = |group: &Group| minutes(group.from_min) && group.to_min.is_none_or(minutes);
        let wrong = [
            (!(0.1..=24.0).contains(&self.hours), "`hours` lies between 0.1 and 24"),
            (!(1..=100_000).contains(&self.seeds), "`seeds` lies between 1 and 100,000"),
            (self.policies.is_empty(), "`policies` names one at least"),
            (!(0.0..=50.0).contains(&self.law.cap_percent), "`cap_percent` lies between 0 and 50"),
            (self.law.served_before > 1_000_000_000, "`served_before` is too large"),
            (!(1..=2_000).contains(&self.headcount()), "`agents` count between 1 and 2,000 together"),
            (!self.agents.iter().all(group), "the shifts of `agents` are minutes from the beginning of the day"),
            (!times.iter().all(|time| time.is_sound()), "a time has a `mean_s` up to 36,000 and a `cv` up to 5"),
            (self.talk.mean_s < 1.0, "`talk` lasts a second at least"),
            (self.lists.is_empty() || self.lists.len() > 1_000, "`lists` are 1 to 1,000"),
            (self.entries() > 2_000_000, "`lists` have at most 2,000,000 entries together"),
            (!self.lists.iter().all(list), "the shares of a list lie between 0 and 1, and so does their sum"),
            (!share(self.do_not_call), "`do_not_call` lies between 0 and 1"),
            (!detection.iter().all(|it| share(*it)), "the shares of `detection` lie between 0 and 1"),
            (!(1.0..=120.0).contains(&self.ring.at_most_s), "`at_most_s` lies between 1 and 120"),
            (
                self.inbound.is_some_and(|it| !(0.0..=1e5).contains(&it.per_hour) || !it.talk.is_sound()),
                "`inbound` makes no sense",
            ),
            (
                !self.drift.iter().all(|it| minutes(it.at_min) && (0.0..=100.0).contains(&it.person_factor)),
                "`drift` makes no sense",
            ),
            (!self.hostile.iter().all(|it| minutes(it.at_min) && minutes(it.for_min)), "`hostile` makes no sense"),
        ];
        wrong.into_iter().find_map(|(is, why)| is.then_some(why))
    }

    fn headcount(&self) -> u64 {
        self.agents.iter().map(|group| u64::from(group.count)).sum()
    }

    pub(super) fn entries(&self) -> u64 {
        self.lists.iter().map(|list| u64::from(list.entries)).sum()
    }

    /// The factor of the drift at a time.
    pub(super) fn factor(&self, minute: f64) -> f64 {
        let past = self.drift.iter().filter(|drift| drift.at_min <= minute);
        past.max_by(|a, b| a.at_min.total_cmp(&b.at_min)).map_or(1.0, |drift| drift.person_factor)
    }
}

fn one() -> f64 {
    1.0
}

fn eight() -> f64 {
    8.0
}

fn forty() -> u32 {
    40
}

fn utc() -> Vec<String> {
    vec!["UTC".to_owned()]
}

fn predictive() -> Mode {
    Mode::Predictive
}

fn all() -> Vec<Policy> {
    vec![Policy::Ours, Policy::Progressive, Policy::AdaptiveRatio, Policy::Oracle]
}
