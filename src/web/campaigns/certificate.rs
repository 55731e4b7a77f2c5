//! The certificate of a day: every call with its reason and the budget at that moment, counted again by a reader that
//! knows nothing of the pacer.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::base::{AgentId, Instant};
use crate::campaign::{Counted, Counting, Cover, DialId, DialWhy, Law, Line, Tally, Verified, Verifier, What};
use crate::door::Role;
use crate::web::access::Signed;
use crate::web::payload::{Asked, Id};
use crate::web::{ApiError, WebState};

/// Rows of lines that are read at once.
const ROWS: u32 = 500;
const LIMIT: usize = 100;
const LIMIT_MAX: usize = 1_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// `2026-11-30` in the zone of the campaign; left out: today.
    day: Option<String>,
    /// Calls before this one; left out: the last ones.
    before: Option<u64>,
    /// 1-1,000; left out: 100.
    limit: Option<u32>,
}

/// The certificate of a day.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignCertificate)]
pub struct Certificate {
    day: String,
    /// Every line from the campaign's first one to this day's last says what the lines before it say, every call was
    /// covered, and nothing was spent that was not earned.
    holds: bool,
    /// What is wrong, if something is.
    flaw: Option<String>,
    /// Lines that were read, from the first one on.
    lines: u64,
    counting: Counting,
    cap_ppm: u32,
    /// Calls of this day: all; with an agent who was free for it; on the budget.
    dials: u64,
    held: u64,
    over: u64,
    /// The windows of the law in which the day lies.
    windows: Vec<WindowShown>,
    /// The last calls first.
    items: Vec<DialShown>,
    /// There are calls before the last of `items`.
    more: bool,
}

/// What a window of the law stands at when the day is over.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignWindow)]
struct WindowShown {
    until: Instant,
    served: u64,
    machines: u64,
    abandoned: u64,
    lost: u64,
    /// Millionths of a call.
    earned: i64,
    spent: i64,
    balance: i64,
    /// As the law counts it, 0 to 1.
    rate: f64,
}

#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CampaignCover)]
enum CoverShown {
    Agent,
    Budget,
    Message,
}

/// A call: why it was made, and what came of it.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignDial)]
struct DialShown {
    dial: u64,
    at: Instant,
    /// What carried it, should a person answer; and the agent who was free for it.
    cover: CoverShown,
    agent: Option<AgentId>,
    agent_name: Option<String>,
    list: u16,
    /// Agents who were free, and calls in the air, before it.
    ready: u32,
    in_air: u32,
    /// What was left of the budget, and what all calls without an agent would cost, this one among them; millionths.
    balance: i64,
    reserved: i64,
    /// Chances in thousandths: that a person answers; that no agent is there if so; up to which a call is made.
    person: u16,
    no_agent: u16,
    bold: u16,
    /// The agent who spoke with them.
    connected: Option<AgentId>,
    connected_name: Option<String>,
    ended: Option<Instant>,
    counted: Option<Counted>,
}

/// Every call of a day with its reason and the budget at that moment, the last ones first. All lines from the campaign's
/// first one on are counted again before it is answered.
#[utoipa::path(
    get, path = "/campaigns/{key}/certificate", tag = "campaigns", params(("key" = String, Path), Wanted),
    responses((status = 200, description = "The certificate", body = Certificate))
)]
pub async fn certificate(
    State(state): State<Arc<WebState>>,
    signed: Signed,
    Id(key): Id<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Certificate>, ApiError> {
    signed.at_least(Role::Supervisor)?;
    let listed = state.directory.now();
    let campaign = listed.model.campaigns.get(&key).ok_or(ApiError::NotFound)?;
    let zone = campaign.timezone.as_ref().unwrap_or(&listed.model.center.timezone);
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let day = match &wanted.day {
        Some(day) => day.parse::<Date>().map_err(|_| ApiError::BadRequest("`day` is a date: 2026-11-30".into()))?,
        None => (state.clock)().date_in(&zone).unwrap_or_default(),
    };
    let midnight = |day: Date| Instant::midnight(day, &zone);
    let ends = day.tomorrow().ok().and_then(midnight);
    let Some((begins, ends)) = midnight(day).zip(ends) else {
        return Err(ApiError::BadRequest("`day` is a date: 2026-11-30".into()));
    };
    let limit = usize::try_from(wanted.limit.unwrap_or(0)).unwrap_or(LIMIT_MAX);
    let limit = if limit == 0 { LIMIT } else { limit.min(LIMIT_MAX) };
    let (id, kept) = state.store.kept_pace(&key).await?.ok_or(ApiError::NotFound)?;
    let mut reader = Reader::new(*kept.law(), (begins, ends), wanted.before, limit);
    let mut after = 0;
    loop {
        let rows = state.store.certificate_lines(id, after, ROWS).await?;
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        let goes_on = rows.iter().flat_map(|(_, lines)| lines).all(|line| reader.read(line));
        if !goes_on {
            break;
        }
    }
    let name = |agent: AgentId| listed.agent_name(agent).map(str::to_owned);
    Ok(Json(reader.told(day, name)))
}

struct Reader {
    law: Law,
    verifier: Verifier,
    flaw: Option<String>,
    lines: u64,
    day: (Instant, Instant),
    before: u64,
    limit: usize,
    dials: BTreeMap<DialId, DialShown>,
    more: bool,
    made: [u64; 3],
}

impl Reader {
    fn new(law: Law, day: (Instant, Instant), before: Option<u64>, limit: usize) -> Self {
        Self {
            law,
            verifier: Verifier::new(law, &BTreeMap::new()),
            flaw: None,
            lines: 0,
            day,
            before: before.unwrap_or(u64::MAX),
            limit,
            dials: BTreeMap::new(),
            more: false,
            made: [0; 3],
        }
    }

    /// `false`: the day is over.
    fn read(&mut self, line: &Line) -> bool {
        if line.at >= self.day.1 {
            return false;
        }
        self.lines += 1;
        if self.flaw.is_none() {
            self.flaw = self.verifier.read(line).err().map(|flaw| flaw.to_string());
        }
        match &line.what {
            What::Dialled { dial, why } if line.at >= self.day.0 => self.dialled(*dial, line.at, why),
            What::Connected { dial, agent } => self.about(*dial, |shown| shown.connected = Some(*agent)),
            What::Ended { dial, counted } => {
                self.about(*dial, |shown| (shown.ended, shown.counted) = (Some(line.at), Some(*counted)));
            }
            _ => {}
        }
        true
    }

    fn about(&mut self, dial: DialId, tell: impl FnOnce(&mut DialShown)) {
        if let Some(shown) = self.dials.get_mut(&dial) {
            tell(shown);
        }
    }

    fn dialled(&mut self, dial: DialId, at: Instant, why: &DialWhy) {
        let (cover, agent) = match why.cover {
            Cover::Agent(agent) => (CoverShown::Agent, Some(agent)),
            Cover::Budget => (CoverShown::Budget, None),
            Cover::Message => (CoverShown::Message, None),
        };
        let [all, held, over] = &mut self.made;
        *all += 1;
        *held += u64::from(matches!(cover, CoverShown::Agent));
        *over += u64::from(matches!(cover, CoverShown::Budget));
        if dial.0 >= self.before {
            return;
        }
        let shown = DialShown {
            dial: dial.0,
            at,
            cover,
            agent,
            agent_name: None,
            list: why.class.list,
            ready: why.ready,
            in_air: why.open,
            balance: why.balance,
            reserved: why.reserved,
            person: why.person,
            no_agent: why.abandoned,
            bold: why.bold,
            connected: None,
            connected_name: None,
            ended: None,
            counted: None,
        };
        self.dials.insert(dial, shown);
        if self.dials.len() > self.limit {
            self.dials.pop_first();
            self.more = true;
        }
    }

    fn told(self, day: Date, name: impl Fn(AgentId) -> Option<String>) -> Certificate {
        let (law, Verified { windows, .. }) = (self.law, self.verifier.verified());
        let first = law.window(self.day.0);
        let windows = windows.range(first..).map(|(window, tally)| shown(&law, *window, tally)).collect();
        let [dials, held, over] = self.made;
        let named = |mut shown: DialShown| {
            shown.agent_name = shown.agent.and_then(&name);
            shown.connected_name = shown.connected.and_then(&name);
            shown
        };
        Certificate {
            day: day.to_string(),
            holds: self.flaw.is_none(),
            flaw: self.flaw,
            lines: self.lines,
            counting: law.counting,
            cap_ppm: law.cap,
            dials,
            held,
            over,
            windows,
            items: self.dials.into_values().rev().map(named).collect(),
            more: self.more,
        }
    }
}

fn shown(law: &Law, window: u32, tally: &Tally) -> WindowShown {
    WindowShown {
        until: law.end_of(window),
        served: tally.served,
        machines: tally.machines.saturating_add(tally.met),
        abandoned: tally.abandoned,
        lost: tally.lost,
        earned: tally.earned(law),
        spent: tally.spent(law),
        balance: tally.balance(law),
        rate: law.counting.rate(tally, law.mistaken),
    }
}
