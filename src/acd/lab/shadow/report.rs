//! What a shadow has to tell.

use serde::Serialize;

use super::course::{Course, Decisions, Pair};
use super::{Ring, Side};
use crate::acd::figures::statistics::Sheet;
use crate::acd::{Language, explain};
use crate::base::{AgentId, ContactId, Instant, QueueId};

/// What the other side takes for granted, English and Chinese.
pub const ASSUMPTIONS: [(&str, &str); 4] = [
    (
        "Callers come, give up, and agents sign in and pause as in the live center.",
        "来电、放弃、坐席签入和小休与实际相同。",
    ),
    (
        "An agent who rings in both answers alike; another answers after the mean time of live rings.",
        "两边振铃同一坐席时应答相同；振铃其他坐席时，按实际平均应答时间应答。",
    ),
    (
        "A conversation and its wrap-up last as long as the live ones of that contact, the mean where there was none; \
         one that began earlier than live ends with the live one at the latest known moment.",
        "通话和话后整理与该联络的实际时长相同，没有实际通话时取平均值；比实际更早开始的通话，在得知实际时长时结束。",
    ),
    (
        "A caller who was answered live waits on in the shadow for as long as it takes.",
        "实际已被应答的来电者，在影子中会一直等待。",
    ),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ShadowState)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Running,
    /// The live rules changed: what is compared is no longer what is live.
    RulesChanged,
    /// After 24 hours.
    Expired,
    /// Inputs were lost because the shadow was too slow; figures stand as they were then.
    Incomplete,
}

/// How one contact fared on the two sides.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Difference {
    pub contact: ContactId,
    pub queue: QueueId,
    pub came: Instant,
    /// `None`: not answered.
    pub live: Option<Decided>,
    pub shadow: Option<Decided>,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Decided {
    pub agent: AgentId,
    pub waited_ms: u64,
    /// Why this agent, in words.
    pub en: String,
    pub zh: String,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct QueueReport {
    pub queue: QueueId,
    pub live: Sheet,
    pub shadow: Sheet,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    pub state: State,
    pub since: Instant,
    pub until: Instant,
    /// Inputs of the live router that were taken.
    pub inputs: u64,
    pub decisions: Decisions,
    /// Of contacts that came since.
    pub queues: Vec<QueueReport>,
    /// The newest first.
    pub recent: Vec<Difference>,
    pub assumptions: [(&'static str, &'static str); 4],
}

pub(super) fn sheet(side: &Side, queue: QueueId) -> Sheet {
    Sheet::from(side.figures.total_of(queue))
}

pub(super) fn difference(contact: ContactId, pair: &Pair, live: &Side, other: &Side) -> Difference {
    let decided = |side: &Side, course: &Course| {
        let (Ring { agent, why, .. }, _) = course.answered.as_ref()?;
        let say = |language| explain(why, side.router.rules(), language);
        let waited_ms = pair.waited(course).map_or(0, |waited| u64::try_from(waited.as_millis()).unwrap_or(u64::MAX));
        Some(Decided { agent: *agent, waited_ms, en: say(Language::En), zh: say(Language::Zh) })
    };
    Difference {
        contact,
        queue: pair.queue,
        came: pair.came,
        live: decided(live, &pair.live),
        shadow: decided(other, &pair.other),
    }
}
