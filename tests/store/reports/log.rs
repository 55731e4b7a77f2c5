//! A random log of a center: contacts with their stretches, what happened in them, states of agents, calls of campaigns,
//! changes of records; with everything that a row may lack.

use carillon::base::{AgentId, CallDirection, CustomerId, Instant, InteractionId, QueueId, Rng};
use carillon::crm::{EndedBy, Handover, HandoverHow, Holder, Interaction, Outcome, Segment};
use serde_json::{Value, json};

use crate::{World, at};

/// Key, number, and seconds: within which an answer is in time, and a hang-up is not counted.
pub type Line = (&'static str, u32, Option<(u64, u64)>);

/// Of the last one the thresholds are not written down: the usual ones hold.
pub const QUEUES: [Line; 3] = [("sales", 1, Some((30, 10))), ("support", 2, Some((60, 3))), ("vip", 3, None)];
pub const AGENTS: [(&str, u32); 3] = [("ana", 11), ("ben", 12), ("cai", 13)];
pub const DAY: u64 = 86_400;
/// Seconds that the log is about.
pub const SPAN: u64 = 20 * DAY;

pub struct Happened {
    pub contact: InteractionId,
    pub seq: u32,
    pub at: Instant,
    pub kind: &'static str,
    pub detail: Value,
}

pub struct State {
    pub agent: u32,
    pub at: Instant,
    pub state: Value,
}

pub struct Attempt {
    pub campaign: &'static str,
    pub dial: i64,
    pub entry: i64,
    pub agent: u32,
    pub begun: Instant,
    pub outcome: Option<&'static str>,
}

pub struct Changed {
    pub kind: &'static str,
    pub record: i64,
    pub at: Instant,
    pub author: String,
    pub verb: &'static str,
    pub step: Option<&'static str>,
}

pub struct Judged {
    pub contact: InteractionId,
    pub scorecard: &'static str,
    pub agent: u32,
    pub queue: Option<QueueId>,
    pub why: &'static str,
    pub score: Option<i64>,
    pub fatal: i64,
    pub submitted: Option<Instant>,
    /// The score that was disputed, and whether that was answered.
    pub disputed: Option<(Option<i64>, bool)>,
}

#[derive(Default)]
pub struct Log {
    pub contacts: Vec<Interaction>,
    pub events: Vec<Happened>,
    pub states: Vec<State>,
    pub attempts: Vec<Attempt>,
    pub changes: Vec<Changed>,
    pub judged: Vec<Judged>,
}

fn pick<T: Copy>(rng: &mut Rng, of: &[T]) -> T {
    of[usize::try_from(rng.below(of.len() as u64)).unwrap()]
}

fn micros(at: Instant) -> u64 {
    at.as_micros()
}

impl Log {
    pub fn of(seed: u64, size: u64) -> Self {
        let mut rng = Rng::new(seed);
        let mut log = Self::default();
        for number in 0..size {
            log.contact(number, &mut rng);
        }
        for (_, agent) in AGENTS {
            log.day_of(agent, &mut rng);
        }
        for dial in 0..size / 4 {
            log.attempts.push(Attempt {
                campaign: pick(&mut rng, &["spring", "autumn"]),
                dial: i64::try_from(dial).unwrap(),
                entry: i64::try_from(rng.below(20)).unwrap(),
                agent: pick(&mut rng, &AGENTS).1,
                begun: at(rng.below(SPAN)),
                outcome: pick(
                    &mut rng,
                    &[
                        None,
                        Some("spoken"),
                        Some("no_answer"),
                        Some("busy"),
                        Some("machine"),
                        Some("abandoned"),
                        Some("failed"),
                        Some("taken_back"),
                    ],
                ),
            });
        }
        for _ in 0..size / 4 {
            log.changes.push(Changed {
                kind: pick(&mut rng, &["ticket", "lead"]),
                record: i64::try_from(rng.below(9)).unwrap(),
                at: at(rng.below(SPAN)),
                author: format!("user:{}", rng.below(3)),
                verb: pick(&mut rng, &["create", "update", "step"]),
                step: pick(&mut rng, &[None, Some("close"), Some("reopen")]),
            });
        }
        log.judge(size / 2, &mut rng);
        log
    }

    /// Each contact at most once by each scorecard.
    fn judge(&mut self, most: u64, rng: &mut Rng) {
        let contacts = self.contacts.iter().take(usize::try_from(most).unwrap());
        for (contact, queue) in contacts.map(|row| (row.id, row.queue)).collect::<Vec<_>>() {
            let score = rng.chance(0.9).then(|| i64::try_from(rng.below(10_001)).unwrap());
            let first = pick(rng, &[score, Some(0), Some(5_000)]);
            self.judged.push(Judged {
                contact,
                scorecard: pick(rng, &["care", "sales"]),
                agent: pick(rng, &AGENTS).1,
                queue,
                why: pick(rng, &["by_hand", "random", "calibration"]),
                score,
                fatal: i64::try_from(rng.below(3)).unwrap(),
                submitted: rng.chance(0.8).then(|| at(rng.below(SPAN))),
                disputed: rng.chance(0.4).then(|| (first, rng.chance(0.5))),
            });
        }
    }

    fn contact(&mut self, number: u64, rng: &mut Rng) {
        let started = Instant::from_micros(micros(at(rng.below(SPAN))) + rng.below(1_000_000));
        let id = InteractionId::new(started, rng);
        let who = rng.below(size_of_town());
        let mut row = Interaction {
            caller: rng.chance(0.9).then(|| format!("+86138001380{:02}", who / 2).try_into().unwrap()),
            caller_text: "x".into(),
            called: "4000".into(),
            customer: rng.chance(0.6).then(|| CustomerId(1 + i64::try_from(who).unwrap())),
            hold_ms: rng.below(3) * rng.below(90_000),
            ..Interaction::call(id, CallDirection::Inbound, started)
        };
        if rng.chance(0.2) {
            row.direction = CallDirection::Outbound;
            row.linked = rng.chance(0.5).then_some(id);
        }
        let mut seq = 0;
        let mut now = micros(started);
        let mut segments = vec![segment(Holder::Flow, started, None)];
        let mut event = |log: &mut Self, at: u64, kind: &'static str, detail: Value| {
            seq += 1;
            log.events.push(Happened { contact: id, seq, at: Instant::from_micros(at), kind, detail });
        };
        now += 1 + rng.below(20_000_000);
        let mut answered_by = None;
        let stays = if rng.chance(0.9) { 1 + rng.below(3) } else { 0 };
        for _ in 0..stays {
            let queue = pick(rng, &QUEUES).1;
            row.queued = row.queued.or(Some(Instant::from_micros(now)));
            row.queue = Some(QueueId(queue));
            pass(&mut segments, now, Holder::Queue { queue: QueueId(queue) }, None);
            answered_by = None;
            for _ in 0..rng.below(3) {
                let agent = pick(rng, &AGENTS).1;
                event(self, now, "agent.reserved", json!({ "agent": agent, "queue": queue }));
                now += 1 + rng.below(25_000_000);
                match rng.below(4) {
                    0 => {
                        event(self, now, "call.connected", json!({ "agent": agent, "waited_ms": 5 }));
                        answered_by = Some(agent);
                        break;
                    }
                    1 => event(self, now, "agent.withdrawn", json!({ "agent": agent, "because": "no_answer" })),
                    2 => event(
                        self,
                        now,
                        "agent.withdrawn",
                        json!({ "agent": agent, "because": pick(rng, &["declined", "caller_gone"]) }),
                    ),
                    _ => {}
                }
            }
            now += 1 + rng.below(40_000_000);
            if let Some(agent) = answered_by {
                row.answered = row.answered.or(Some(Instant::from_micros(now)));
                row.agent = Some(AgentId(agent));
                let holder = Holder::Agent { agent: AgentId(agent), queue: row.queue };
                pass(&mut segments, now, holder, None);
                now += 1 + rng.below(300_000_000);
                if rng.chance(0.3) {
                    let (to, how) = (pick(rng, &AGENTS).1, pick(rng, &["blind", "consult"]));
                    let told = match rng.below(4) {
                        0 => json!({ "from": agent, "queue": queue, "how": "queue" }),
                        1 => json!({ "from": agent, "flow": "mailbox", "how": "flow" }),
                        2 => json!({ "from": agent, "how": how }),
                        _ => json!({ "from": agent, "to": to, "how": how }),
                    };
                    event(self, now, "call.transferred", told);
                    let handed = Handover { by: AgentId(agent), how: HandoverHow::Blind };
                    pass(&mut segments, now, Holder::Agent { agent: AgentId(to), queue: row.queue }, Some(handed));
                    now += 1 + rng.below(60_000_000);
                }
            } else if rng.chance(0.1) {
                pass(&mut segments, now, Holder::Dialling { agent: AgentId(pick(rng, &AGENTS).1) }, None);
                now += 1 + rng.below(9_000_000);
            } else if rng.chance(0.2) {
                pass(&mut segments, now, pick(rng, &[Holder::Flow, Holder::Outside]), None);
                now += 1 + rng.below(9_000_000);
            }
        }
        let over = rng.chance(0.95);
        if over {
            row.ended = Some(Instant::from_micros(now));
            segments.last_mut().unwrap().until = row.ended;
            row.outcome = Some(match row.answered {
                Some(_) => Outcome::Handled,
                None => pick(rng, &[Outcome::Abandoned, Outcome::Abandoned, Outcome::Voicemail, Outcome::CallBack]),
            });
            row.ended_by = Some(pick(rng, &[EndedBy::Customer, EndedBy::Agent]));
            if answered_by.is_some() {
                row.disposition = pick(rng, &[None, Some("order"), Some("repair")]).map(str::to_owned);
                row.wrap_up_ended = rng.chance(0.8).then(|| Instant::from_micros(now + rng.below(50_000_000)));
            }
            if row.direction == CallDirection::Outbound {
                event(
                    self,
                    now,
                    "call.dialled",
                    json!({ "agent": 11, "number": null, "trunk": pick(rng, &["east", "west"]) }),
                );
            }
            for party in ["caller", "agent"] {
                let score = |rng: &mut Rng| rng.chance(0.8).then(|| 1.0 + 3.5 * rng.unit());
                let media = json!({ "received": rng.below(9_000), "sent": 5, "lost": rng.below(90), "jitter_us": rng.below(9_000), "round_trip_us": 0 });
                let (mos, heard) = (score(rng), score(rng));
                event(
                    self,
                    now,
                    "leg.measured",
                    json!({ "party": party, "media": media, "mos": mos, "mos_heard": heard }),
                );
            }
        }
        row.segments = segments;
        row.notes = format!("{number}");
        self.contacts.push(row);
    }

    fn day_of(&mut self, agent: u32, rng: &mut Rng) {
        let mut now = micros(at(0)) + rng.below(3_600_000_000);
        while now < micros(at(SPAN)) {
            let state = match rng.below(6) {
                0 => json!({ "state": "signed_out" }),
                1 => json!({ "state": "not_ready", "reason": "lunch" }),
                2 => json!({ "state": "ready" }),
                3 => json!({ "state": "reserved", "reservation": 1, "contact": "x", "until": 5 }),
                4 => json!({ "state": "busy", "contact": "x" }),
                _ => json!({ "state": "wrap_up", "contact": "x", "until": null }),
            };
            self.states.push(State { agent, at: Instant::from_micros(now), state });
            now += 1 + rng.below(18_000_000_000);
        }
    }

    /// Writes it down, past the store where the store has no word for it.
    pub async fn write(&self, w: &World) {
        for (key, id, limits) in QUEUES {
            let body = match limits {
                Some((within, short)) => format!(r#"{{"answer_within_s":{within},"short_abandon_s":{short}}}"#),
                None => "{}".to_owned(),
            };
            self.run(w, format!("INSERT INTO center_objects (id, kind, key, name, position, body) VALUES ({id}, 'queue', '{key}', '{key}', 0, '{body}')")).await;
        }
        for (key, id) in AGENTS {
            self.run(w, format!("INSERT INTO center_objects (id, kind, key, name, position, body) VALUES ({id}, 'agent', '{key}', '{key}', 0, '{{}}')")).await;
        }
        w.store.save_interactions(&self.contacts).await.unwrap();
        let text = |text: Option<&str>| text.map_or("NULL".to_owned(), |text| format!("'{text}'"));
        let events = self
            .events
            .iter()
            .map(|it| format!("('{}', {}, {}, '{}', '{}')", it.contact.0, it.seq, micros(it.at), it.kind, it.detail));
        self.rows(w, "interaction_events (interaction, seq, at, kind, detail)", events.collect()).await;
        let states = self.states.iter().enumerate().map(|(seq, it)| {
            let author = ["\"agent\"", "\"system\"", "{\"supervisor\":\"sue\"}"][seq % 3];
            format!("({}, {}, {}, '{}', '{author}')", seq + 1, it.agent, micros(it.at), it.state)
        });
        self.rows(w, "agent_states (seq, agent, at, state, author)", states.collect()).await;
        let campaigns = ["(1, 'spring', 'running', 0, 'x', 0)", "(2, 'autumn', 'running', 0, 'x', 0)"];
        self.rows(w, "campaigns (id, key, state, changed, changed_by, seq)", campaigns.map(str::to_owned).into()).await;
        let attempts = self.attempts.iter().map(|it| {
            let campaign = if it.campaign == "spring" { 1 } else { 2 };
            // Those that go on are of different people.
            let (person, begun) = (it.dial, micros(it.begun));
            let ended = it.outcome.map_or("NULL".to_owned(), |_| (begun + 9).to_string());
            format!(
                "({campaign}, {}, {}, {person}, {}, {begun}, {ended}, {})",
                it.dial,
                it.entry,
                it.agent,
                text(it.outcome)
            )
        });
        self.rows(
            w,
            "campaign_attempts (campaign, dial, entry, person, agent, begun, ended, outcome)",
            attempts.collect(),
        )
        .await;
        let changes = self.changes.iter().map(|it| {
            format!(
                "('{}', {}, 1, {}, '{}', '{}', {}, '{{}}')",
                it.kind,
                it.record,
                micros(it.at),
                it.author,
                it.verb,
                text(it.step)
            )
        });
        self.rows(w, "record_changes (kind, record, version, at, author, verb, step, detail)", changes.collect()).await;
        self.write_judged(w).await;
    }

    async fn write_judged(&self, w: &World) {
        let int = |value: Option<i64>| value.map_or("NULL".to_owned(), |value| value.to_string());
        let rows = self.judged.iter().map(|it| {
            let (submitted, queue) =
                (it.submitted.map(|at| at.as_micros() as i64), it.queue.map(|queue| queue.0.into()));
            let disputed = it.disputed.filter(|_| it.submitted.is_some());
            let settled = disputed.filter(|(_, answered)| *answered).map(|_| 9);
            format!(
                "('{}', '{}', '{{}}', {}, {}, 'sue', '{}', 'x', '{{}}', '{{}}', {}, {}, '', 5, 'sue', {}, {}, {}, {})",
                it.contact.0,
                it.scorecard,
                it.agent,
                int(queue),
                it.why,
                it.fatal,
                int(it.score),
                int(submitted),
                int(disputed.map(|_| 7)),
                int(disputed.and_then(|(score, _)| score)),
                int(settled)
            )
        });
        let columns =
            "evaluations (interaction, scorecard, card, agent, queue, rater, why, stage, answers, reckoned, fatal,
            score, coaching, made, made_by, submitted, disputed, first_score, settled)";
        self.rows(w, columns, rows.collect()).await;
    }

    async fn rows(&self, w: &World, into: &str, rows: Vec<String>) {
        for some in rows.chunks(400) {
            self.run(w, format!("INSERT INTO {into} VALUES {}", some.join(", "))).await;
        }
    }

    async fn run(&self, w: &World, sql: String) {
        w.execute(Box::leak(sql.into_boxed_str())).await;
    }
}

/// People who ring.
fn size_of_town() -> u64 {
    24
}

fn segment(holder: Holder, from: Instant, handed: Option<Handover>) -> Segment {
    Segment { holder, from, until: None, handed }
}

fn pass(segments: &mut Vec<Segment>, now: u64, holder: Holder, handed: Option<Handover>) {
    let now = Instant::from_micros(now);
    segments.last_mut().unwrap().until = Some(now);
    segments.push(segment(holder, now, handed));
}
