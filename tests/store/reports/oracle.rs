//! Every figure of every report a second time, in plain loops over the log: nothing here knows SQL.

use std::collections::{BTreeMap, BTreeSet};

use carillon::base::{AgentId, CallDirection, Instant, QueueId};
use carillon::crm::{Holder, Interaction, Outcome};
use carillon::store::Cell;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::log::{AGENTS, Happened, Judged, Log, QUEUES};

pub struct Asked {
    pub from: Instant,
    pub to: Instant,
    pub now: Instant,
    pub queue: Option<&'static str>,
    pub agent: Option<&'static str>,
    pub zone: TimeZone,
    /// Of the report: minutes, seconds, days.
    pub number: i64,
}

type Rows = Vec<Vec<Cell>>;

pub fn answer(report: &str, log: &Log, asked: &Asked) -> Rows {
    match report {
        "intraday" => intraday(log, asked),
        "queues" => queues(log, asked),
        "agents" => agents(log, asked),
        "states" => states(log, asked),
        "contacts" => contacts(log, asked),
        "dispositions" => dispositions(log, asked),
        "transfers" => transfers(log, asked),
        "waits" => waits(log, asked),
        "week" => week(log, asked),
        "quality" => quality(log, asked),
        "campaigns" => campaigns(log, asked),
        "resolution" => resolution(log, asked),
        "records" => records(log, asked),
        "evaluations" => evaluations(log, asked),
        other => panic!("nothing is known of `{other}`"),
    }
}

fn int(value: impl TryInto<i64>) -> Cell {
    value.try_into().map_or(Cell::None, Cell::Int)
}

fn text(value: Option<&str>) -> Cell {
    value.map_or(Cell::None, |value| Cell::Text(value.to_owned()))
}

fn ratio(part: usize, whole: usize) -> Cell {
    if whole == 0 { Cell::None } else { Cell::Real(part as f64 / whole as f64) }
}

fn mean(values: &[u64]) -> Cell {
    if values.is_empty() { Cell::None } else { Cell::Real(values.iter().sum::<u64>() as f64 / values.len() as f64) }
}

fn mean_of(values: &[f64]) -> Cell {
    if values.is_empty() { Cell::None } else { Cell::Real(values.iter().sum::<f64>() / values.len() as f64) }
}

fn micros(at: Instant) -> u64 {
    at.as_micros()
}

fn queue(id: QueueId) -> &'static str {
    QUEUES.iter().find(|(_, known, _)| *known == id.0).unwrap().0
}

fn agent(id: AgentId) -> &'static str {
    AGENTS.iter().find(|(_, known)| *known == id.0).unwrap().0
}

fn agent_of(detail: &Value, field: &str) -> Option<&'static str> {
    detail[field].as_u64().map(|id| agent(AgentId(u32::try_from(id).unwrap())))
}

fn within(asked: &Asked, at: Instant) -> bool {
    at >= asked.from && at < asked.to
}

fn is(wanted: Option<&str>, found: Option<&str>) -> bool {
    wanted.is_none() || wanted == found
}

#[derive(PartialEq, Clone, Copy)]
enum Ended {
    Not,
    Answered,
    Abandoned,
    FlowedOut,
    Removed,
}

struct Stay {
    queue: &'static str,
    entered: u64,
    wait: Option<u64>,
    ended: Ended,
    within: u64,
    short: u64,
}

impl Stay {
    fn in_time(&self) -> bool {
        self.ended == Ended::Answered && self.wait.unwrap() <= self.within
    }

    fn is_short(&self) -> bool {
        self.ended == Ended::Abandoned && self.wait.unwrap() <= self.short
    }
}

fn stays(log: &Log, asked: &Asked) -> Vec<Stay> {
    let mut found = Vec::new();
    for contact in &log.contacts {
        for (at, segment) in contact.segments.iter().enumerate() {
            let Holder::Queue { queue: id } = segment.holder else { continue };
            let ended = match (segment.until, contact.segments.get(at + 1).map(|next| next.holder)) {
                (None, _) => Ended::Not,
                (_, Some(Holder::Agent { .. } | Holder::Dialling { .. })) => Ended::Answered,
                (_, Some(Holder::Queue { .. } | Holder::Flow)) => Ended::FlowedOut,
                (_, None) if contact.outcome == Some(Outcome::Abandoned) => Ended::Abandoned,
                _ => Ended::Removed,
            };
            let (within_s, short_s) = QUEUES.iter().find(|(_, known, _)| *known == id.0).unwrap().2.unwrap_or((20, 5));
            let stay = Stay {
                queue: queue(id),
                entered: micros(segment.from),
                wait: segment.until.map(|until| micros(until) - micros(segment.from)),
                ended,
                within: within_s * 1_000_000,
                short: short_s * 1_000_000,
            };
            if within(asked, segment.from) && is(asked.queue, Some(stay.queue)) {
                found.push(stay);
            }
        }
    }
    found
}

fn group<K: Ord, T>(all: impl IntoIterator<Item = T>, key: impl Fn(&T) -> K) -> BTreeMap<K, Vec<T>> {
    let mut groups: BTreeMap<K, Vec<T>> = BTreeMap::new();
    for one in all {
        groups.entry(key(&one)).or_default().push(one);
    }
    groups
}

fn count<T>(all: &[T], which: impl Fn(&T) -> bool) -> usize {
    all.iter().filter(|one| which(one)).count()
}

/// Microseconds that the clocks of the zone show, as if they were UTC's.
fn local(at: u64, zone: &TimeZone) -> i64 {
    let at = i64::try_from(at).unwrap();
    let stamp = jiff::Timestamp::from_microsecond(at).unwrap();
    at + i64::from(zone.to_offset(stamp).seconds()) * 1_000_000
}

fn waits_of(stays: &[Stay], ended: Ended) -> Vec<u64> {
    stays.iter().filter(|stay| stay.ended == ended).filter_map(|stay| stay.wait).collect()
}

fn intraday(log: &Log, asked: &Asked) -> Rows {
    let length = asked.number * 60_000_000;
    let begin = |stay: &Stay| {
        let shown = local(stay.entered, &asked.zone);
        i64::try_from(stay.entered).unwrap() - shown.rem_euclid(length)
    };
    let row = |(begins, stays): (i64, Vec<Stay>)| {
        let (answered, abandoned) =
            (count(&stays, |it| it.ended == Ended::Answered), count(&stays, |it| it.ended == Ended::Abandoned));
        let (in_time, short) = (count(&stays, Stay::in_time), count(&stays, Stay::is_short));
        let longest = stays.iter().filter_map(|it| it.wait).max().map_or(Cell::None, int);
        vec![
            int(begins),
            int(stays.len()),
            int(answered),
            int(in_time),
            int(abandoned),
            int(short),
            ratio(in_time, answered + abandoned - short),
            mean(&waits_of(&stays, Ended::Answered)),
            longest,
        ]
    };
    group(stays(log, asked), begin).into_iter().map(row).collect()
}

fn queues(log: &Log, asked: &Asked) -> Rows {
    let row = |(key, stays): (&'static str, Vec<Stay>)| {
        let of = |ended| count(&stays, |it: &Stay| it.ended == ended);
        let (answered, abandoned) = (of(Ended::Answered), of(Ended::Abandoned));
        let (in_time, short) = (count(&stays, Stay::in_time), count(&stays, Stay::is_short));
        let talks: Vec<&Interaction> = log
            .contacts
            .iter()
            .filter(|it| {
                within(asked, it.started)
                    && it.queue.map(queue) == Some(key)
                    && it.answered.is_some()
                    && it.ended.is_some()
            })
            .collect();
        let talk = |it: &Interaction| micros(it.ended.unwrap()) - micros(it.answered.unwrap());
        let wrap = |it: &Interaction| it.wrap_up_ended.map(|until| micros(until) - micros(it.ended.unwrap()));
        let each =
            |of: &dyn Fn(&Interaction) -> Option<u64>| mean(&talks.iter().filter_map(|it| of(it)).collect::<Vec<_>>());
        vec![
            text(Some(key)),
            int(stays.len()),
            int(answered),
            int(in_time),
            int(abandoned),
            int(short),
            int(of(Ended::FlowedOut)),
            int(of(Ended::Removed)),
            ratio(in_time, answered + abandoned - short),
            ratio(abandoned - short, stays.len() - short),
            mean(&waits_of(&stays, Ended::Answered)),
            mean(&waits_of(&stays, Ended::Abandoned)),
            stays.iter().filter_map(|it| it.wait).max().map_or(Cell::None, int),
            int(talks.len()),
            each(&|it| Some(talk(it))),
            each(&|it| Some(it.hold_ms * 1_000)),
            each(&wrap),
            each(&|it| Some(talk(it) + wrap(it).unwrap_or(0))),
        ]
    };
    group(stays(log, asked), |stay| stay.queue).into_iter().map(row).collect()
}

struct Span {
    agent: &'static str,
    begins: u64,
    ends: u64,
    state: String,
    reason: Option<String>,
    author: &'static str,
}

fn spans(log: &Log, asked: &Asked) -> Vec<Span> {
    let mut found = Vec::new();
    for (at, state) in log.states.iter().enumerate() {
        let next = log.states.iter().skip(at + 1).find(|next| next.agent == state.agent);
        let (begins, ends) = (micros(state.at), next.map_or(u64::MAX, |next| micros(next.at)));
        let key = agent(AgentId(state.agent));
        if begins < micros(asked.to) && ends > micros(asked.from) && is(asked.agent, Some(key)) {
            found.push(Span {
                agent: key,
                begins: begins.max(micros(asked.from)),
                ends: ends.min(micros(asked.to)),
                state: state.state["state"].as_str().unwrap().to_owned(),
                reason: state.state["reason"].as_str().map(str::to_owned),
                author: ["agent", "system", "supervisor"][at % 3],
            });
        }
    }
    found
}

fn states(log: &Log, asked: &Asked) -> Rows {
    let row = |it: Span| {
        let (state, reason) = (text(Some(&it.state)), text(it.reason.as_deref()));
        vec![
            text(Some(it.agent)),
            int(it.begins),
            int(it.ends),
            state,
            reason,
            text(Some(it.author)),
            int(it.ends - it.begins),
        ]
    };
    spans(log, asked).into_iter().filter(|it| it.state != "signed_out").map(row).collect()
}

/// Agent, beginning and result of each.
fn rings(log: &Log) -> Vec<(&'static str, Instant, Option<String>)> {
    let mut found = Vec::new();
    for (at, event) in log.events.iter().enumerate().filter(|(_, event)| event.kind == "agent.reserved") {
        let who = agent_of(&event.detail, "agent").unwrap();
        let ends = |later: &&Happened| {
            later.contact == event.contact
                && matches!(later.kind, "call.connected" | "agent.withdrawn")
                && agent_of(&later.detail, "agent") == Some(who)
        };
        let result = log.events.iter().skip(at + 1).find(ends).map(|later| match later.kind {
            "call.connected" => "answered".to_owned(),
            _ => later.detail["because"].as_str().unwrap().to_owned(),
        });
        found.push((who, event.at, result));
    }
    found
}

fn agents(log: &Log, asked: &Asked) -> Rows {
    let mut rows = Vec::new();
    for (key, _) in AGENTS {
        if !is(asked.agent, Some(key)) {
            continue;
        }
        let rung: Vec<_> = rings(log).into_iter().filter(|(who, at, _)| *who == key && within(asked, *at)).collect();
        let with =
            |results: &[&str]| count(&rung, |(_, _, result)| result.as_deref().is_some_and(|it| results.contains(&it)));
        let passed = count(&log.events, |it| {
            it.kind == "call.transferred" && within(asked, it.at) && agent_of(&it.detail, "from") == Some(key)
        });
        let own: Vec<Span> = spans(log, asked).into_iter().filter(|it| it.agent == key).collect();
        let time = |state: &str| own.iter().filter(|it| it.state == state).map(|it| it.ends - it.begins).sum::<u64>();
        let (ready, ringing, busy, wrap) = (time("ready"), time("reserved"), time("busy"), time("wrap_up"));
        let signed_in = ready + ringing + busy + wrap + time("not_ready");
        if signed_in == 0 && rung.is_empty() && passed == 0 {
            continue;
        }
        let (worked, all) = (busy + wrap, ready + ringing + busy + wrap);
        let occupancy = if all == 0 { Cell::None } else { Cell::Real(worked as f64 / all as f64) };
        rows.push(vec![
            text(Some(key)),
            int(rung.len()),
            int(with(&["answered"])),
            int(with(&["no_answer", "declined", "no_media", "unreachable"])),
            int(passed),
            int(signed_in),
            int(ready),
            int(ringing),
            int(busy),
            int(wrap),
            int(time("not_ready")),
            occupancy,
        ]);
    }
    rows
}

fn chosen<'a>(log: &'a Log, asked: &Asked) -> Vec<&'a Interaction> {
    let fits = |it: &&Interaction| {
        within(asked, it.started) && is(asked.queue, it.queue.map(queue)) && is(asked.agent, it.agent.map(agent))
    };
    log.contacts.iter().filter(fits).collect()
}

fn word(value: &impl serde::Serialize) -> Cell {
    text(serde_json::to_value(value).unwrap().as_str())
}

fn contacts(log: &Log, asked: &Asked) -> Rows {
    let between = |from: Option<Instant>, to: Option<Instant>| match (from, to) {
        (Some(from), Some(to)) => int(micros(to) - micros(from)),
        _ => Cell::None,
    };
    let row = |it: &Interaction| {
        vec![
            int(micros(it.started)),
            text(Some(&it.id.0.to_string())),
            word(&it.direction),
            text(it.caller.as_ref().map(|number| number.as_str())),
            text(it.queue.map(queue)),
            text(it.agent.map(agent)),
            between(it.queued, it.answered),
            between(it.answered, it.ended),
            int(it.hold_ms * 1_000),
            between(it.ended, it.wrap_up_ended),
            word(&it.outcome),
            word(&it.ended_by),
            text(it.disposition.as_deref()),
        ]
    };
    chosen(log, asked).into_iter().map(row).collect()
}

fn dispositions(log: &Log, asked: &Asked) -> Rows {
    let answered: Vec<_> = chosen(log, asked).into_iter().filter(|it| it.answered.is_some()).collect();
    let all = answered.len();
    let row = |((said, of), them): ((Option<String>, Option<&str>), Vec<&Interaction>)| {
        let talk: Vec<u64> = them.iter().filter_map(|it| Some(micros(it.ended?) - micros(it.answered?))).collect();
        let wrap: Vec<u64> = them.iter().filter_map(|it| Some(micros(it.wrap_up_ended?) - micros(it.ended?))).collect();
        vec![text(said.as_deref()), text(of), int(them.len()), ratio(them.len(), all), mean(&talk), mean(&wrap)]
    };
    group(answered, |it| (it.disposition.clone(), it.queue.map(queue))).into_iter().map(row).collect()
}

/// From whom, how, and to which agent, queue or flow.
type Way = (Option<&'static str>, Option<String>, Option<&'static str>, Option<&'static str>, Option<String>);

fn transfers(log: &Log, asked: &Asked) -> Rows {
    let of = |it: &&Happened| {
        let to_queue = it.detail["queue"].as_u64().map(|id| queue(QueueId(u32::try_from(id).unwrap())));
        let (how, flow) = (it.detail["how"].as_str().map(str::to_owned), it.detail["flow"].as_str().map(str::to_owned));
        (agent_of(&it.detail, "from"), how, agent_of(&it.detail, "to"), to_queue, flow)
    };
    let fits = |it: &&Happened| {
        let sides = [agent_of(&it.detail, "from"), agent_of(&it.detail, "to")];
        it.kind == "call.transferred" && within(asked, it.at) && sides.iter().any(|side| is(asked.agent, *side))
    };
    let groups = group(log.events.iter().filter(fits), of);
    let row = |((from, how, to, to_queue, flow), them): (Way, Vec<&Happened>)| {
        let contacts: BTreeSet<_> = them.iter().map(|it| it.contact).collect();
        vec![
            text(from),
            text(how.as_deref()),
            text(to),
            text(to_queue),
            text(flow.as_deref()),
            int(them.len()),
            int(contacts.len()),
        ]
    };
    groups.into_iter().map(row).collect()
}

fn waits(log: &Log, asked: &Asked) -> Rows {
    let length = u64::try_from(asked.number).unwrap() * 1_000_000;
    let over: Vec<Stay> =
        stays(log, asked).into_iter().filter(|it| matches!(it.ended, Ended::Answered | Ended::Abandoned)).collect();
    let all = over.len();
    let (mut answered, mut abandoned) = (0, 0);
    let mut rows = Vec::new();
    for (step, them) in group(over, |it| it.wait.unwrap() / length) {
        let now = [Ended::Answered, Ended::Abandoned].map(|ended| count(&them, |it| it.ended == ended));
        (answered, abandoned) = (answered + now[0], abandoned + now[1]);
        let wait = int((step + 1) * length);
        rows.push(vec![wait, int(now[0]), int(now[1]), ratio(answered, all), ratio(abandoned, all)]);
    }
    rows
}

fn week(log: &Log, asked: &Asked) -> Rows {
    let when = |it: &Stay| {
        let stamp = jiff::Timestamp::from_microsecond(i64::try_from(it.entered).unwrap()).unwrap();
        let shown = stamp.to_zoned(asked.zone.clone());
        (shown.weekday().to_monday_one_offset(), shown.hour())
    };
    let row = |((weekday, hour), them): ((i8, i8), Vec<Stay>)| {
        let waits: Vec<u64> = them.iter().filter_map(|it| it.wait).collect();
        let [answered, abandoned] =
            [Ended::Answered, Ended::Abandoned].map(|ended| count(&them, |it| it.ended == ended));
        vec![int(weekday), int(hour), int(them.len()), int(answered), int(abandoned), mean(&waits)]
    };
    group(stays(log, asked), when).into_iter().map(row).collect()
}

/// Trunk, outbound or not, party, what was measured.
type Leg<'a> = (Option<&'a str>, bool, &'a str, &'a Value);

fn quality(log: &Log, asked: &Asked) -> Rows {
    let mut legs = Vec::new();
    for contact in chosen(log, asked) {
        let of: Vec<&Happened> = log.events.iter().filter(|it| it.contact == contact.id).collect();
        let trunk = of.iter().rev().find(|it| it.kind == "call.dialled").and_then(|it| it.detail["trunk"].as_str());
        let outbound = contact.direction == CallDirection::Outbound;
        for leg in of.into_iter().filter(|it| it.kind == "leg.measured") {
            legs.push((trunk, outbound, leg.detail["party"].as_str().unwrap(), &leg.detail));
        }
    }
    let row = |((trunk, outbound, party), them): ((Option<&str>, bool, &str), Vec<Leg<'_>>)| {
        let scores = |field: &str| them.iter().filter_map(|it| it.3[field].as_f64()).collect::<Vec<_>>();
        let media = |field: &str| them.iter().map(|it| it.3["media"][field].as_u64().unwrap()).collect::<Vec<_>>();
        let mos = scores("mos");
        let (lost, received) = (media("lost").iter().sum::<u64>(), media("received").iter().sum::<u64>());
        vec![
            text(trunk),
            text(Some(if outbound { "outbound" } else { "inbound" })),
            text(Some(party)),
            int(them.len()),
            mean_of(&mos),
            mos.iter().copied().reduce(f64::min).map_or(Cell::None, Cell::Real),
            mean_of(&scores("mos_heard")),
            int(count(&mos, |score| *score < 3.6)),
            if lost + received == 0 { Cell::None } else { Cell::Real(lost as f64 / (lost + received) as f64) },
            mean(&media("jitter_us")),
        ]
    };
    group(legs, |leg| (leg.0, leg.1, leg.2)).into_iter().map(row).collect()
}

fn campaigns(log: &Log, asked: &Asked) -> Rows {
    let made =
        log.attempts.iter().filter(|it| within(asked, it.begun) && is(asked.agent, Some(agent(AgentId(it.agent)))));
    let row = |(key, them): (&str, Vec<&super::log::Attempt>)| {
        let of = |outcomes: &[&str]| count(&them, |it| it.outcome.is_some_and(|outcome| outcomes.contains(&outcome)));
        let people: BTreeSet<_> = them.iter().map(|it| it.entry).collect();
        let (spoken, abandoned) = (of(&["spoken"]), of(&["abandoned"]));
        vec![
            text(Some(key)),
            int(them.len()),
            int(people.len()),
            int(spoken),
            int(of(&["no_answer"])),
            int(of(&["busy"])),
            int(of(&["machine"])),
            int(abandoned),
            int(of(&["failed", "taken_back", "interrupted"])),
            ratio(spoken, them.len()),
            ratio(abandoned, spoken + abandoned),
        ]
    };
    group(made, |it| it.campaign).into_iter().map(row).collect()
}

fn resolution(log: &Log, asked: &Asked) -> Rows {
    let days = u64::try_from(asked.number).unwrap() * 86_400_000_000;
    let counts = |it: &Interaction| {
        it.answered.is_some() && it.queue.is_some() && (it.direction == CallDirection::Inbound || it.linked.is_some())
    };
    let same = |a: &Interaction, b: &Interaction| {
        let customer = a.customer.is_some() && a.customer == b.customer;
        let number = a.caller.is_some() && a.caller == b.caller && (a.customer.is_none() || b.customer.is_none());
        let reason = match (&a.disposition, &b.disposition) {
            (Some(a), Some(b)) => a == b,
            _ => a.queue.is_some() && a.queue == b.queue,
        };
        (customer || number) && reason
    };
    let row = |(key, them): (&str, Vec<&Interaction>)| {
        let known: Vec<&Interaction> =
            them.iter().copied().filter(|it| it.customer.is_some() || it.caller.is_some()).collect();
        let (decided, open): (Vec<&Interaction>, Vec<&Interaction>) =
            known.iter().copied().partition(|it| micros(it.started) + days < micros(asked.now));
        let first = |it: &Interaction| {
            let began = micros(it.started);
            !log.contacts.iter().any(|other| {
                let at = micros(other.started);
                at < began && at + days >= began && counts(other) && same(other, it)
            })
        };
        let again = |it: &Interaction| {
            let began = micros(it.started);
            log.contacts.iter().any(|other| {
                let at = micros(other.started);
                let came = other.queue.is_some() && other.direction == CallDirection::Inbound;
                at > began && at <= began + days && came && same(other, it)
            })
        };
        let firsts = count(&decided, |it| first(it));
        let resolved = count(&decided, |it| first(it) && !again(it));
        vec![
            text(Some(key)),
            int(them.len()),
            int(them.len() - known.len()),
            int(open.len()),
            int(decided.len()),
            int(count(&decided, |it| again(it))),
            int(firsts),
            int(resolved),
            ratio(resolved, firsts),
        ]
    };
    let all = chosen(log, asked).into_iter().filter(|it| counts(it));
    group(all, |it| queue(it.queue.unwrap())).into_iter().map(row).collect()
}

fn records(log: &Log, asked: &Asked) -> Rows {
    let made = log.changes.iter().filter(|it| within(asked, it.at));
    let row = |((kind, verb, step), them): ((&str, &str, Option<&str>), Vec<&super::log::Changed>)| {
        let records: BTreeSet<_> = them.iter().map(|it| it.record).collect();
        let people: BTreeSet<_> = them.iter().map(|it| it.author.as_str()).collect();
        vec![text(Some(kind)), text(Some(verb)), text(step), int(them.len()), int(records.len()), int(people.len())]
    };
    group(made, |it| (it.kind, it.verb, it.step)).into_iter().map(row).collect()
}

/// With when it was.
type HandedIn<'l> = (&'l Judged, Instant);

fn evaluations(log: &Log, asked: &Asked) -> Rows {
    const DAYS: i64 = 86_400_000_000;
    let begins = |at: Instant| {
        let shown = local(micros(at), &asked.zone);
        i64::try_from(micros(at)).unwrap() - (shown + 3 * DAYS).rem_euclid(asked.number * DAYS)
    };
    let handed = log.judged.iter().filter_map(|it| Some((it, it.submitted?)));
    let told = handed.filter(|(it, at)| {
        let of_queue = is(asked.queue, it.queue.map(queue));
        it.why != "calibration" && within(asked, *at) && of_queue && is(asked.agent, Some(agent(AgentId(it.agent))))
    });
    let row = |((begins, card, who), them): ((i64, &str, &str), Vec<HandedIn<'_>>)| {
        let scores: Vec<f64> =
            them.iter().filter_map(|(it, _)| it.score).map(|score| score as f64 / 10_000.0).collect();
        let least = scores.iter().copied().reduce(f64::min).map_or(Cell::None, Cell::Real);
        let revised = |(it, _): &HandedIn<'_>| match it.disputed {
            Some((Some(first), true)) => it.score.is_some_and(|score| score != first),
            _ => false,
        };
        vec![
            int(begins),
            text(Some(card)),
            text(Some(who)),
            int(them.len()),
            mean_of(&scores),
            least,
            int(count(&them, |(it, _)| it.fatal > 0)),
            int(count(&them, |(it, _)| it.disputed.is_some())),
            int(count(&them, revised)),
        ]
    };
    let key = |(it, at): &HandedIn<'_>| (begins(*at), it.scorecard, agent(AgentId(it.agent)));
    group(told, key).into_iter().map(row).collect()
}
