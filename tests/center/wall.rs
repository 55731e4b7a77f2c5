//! A page with the wallboard: told the whole once and then what differs, it must show what the center would
//! tell it anew, all along every story.

use std::collections::BTreeMap;

use carillon::acd::{AgentRule, QueueRule, Rules};
use carillon::base::{AgentId, Instant};
use carillon::center::Center;
use carillon::center::board::{Board, QueueTile};
use carillon::cti::{Feed, News};
use serde_json::{Map, Value};

#[derive(Default)]
pub struct Wall {
    rules: Rules,
    feed: Feed,
    page: Value,
    change: u64,
    followed: u32,
}

/// Every difference is laid over the page; every so many of them it is held against the whole.
const EVERY: u32 = 8;

impl Wall {
    pub fn configure(&mut self, rules: &Rules) {
        self.rules = rules.clone();
    }

    /// The center says that its board has changed.
    pub fn follow(&mut self, center: &mut Center, now: Instant) {
        match self.feed.take(center.board_changes(now)) {
            News::Nothing => {}
            News::Whole => {
                let whole = self.feed.whole();
                (self.page, self.change) = (value(&*whole.board), whole.change);
            }
            News::Changed(difference) => {
                assert_eq!(difference.change, self.change + 1, "a difference is missing");
                self.change = difference.change;
                merge(&mut self.page, &value(&difference));
            }
        }
        self.followed += 1;
        if self.followed % EVERY == 1 {
            self.compare(center, now);
        }
    }

    fn compare(&mut self, center: &mut Center, now: Instant) {
        let board = center.board(now);
        self.page["at"] = value(&board.at);
        if let Some(page) = self.page.as_object_mut() {
            page.remove("change");
        }
        assert_eq!(self.page, value(&board), "the page shows something else than the center");
        self.recount(&board);
    }

    /// Who is there for a queue, counted the slow way.
    fn recount(&self, board: &Board) {
        let rules: BTreeMap<AgentId, &AgentRule> = self.rules.agents.iter().map(|rule| (rule.id, rule)).collect();
        for (queue, tile) in self.rules.queues.iter().zip(&board.queues) {
            let mut counts = BTreeMap::new();
            for row in board.agents.iter().filter(|row| serves(rules[&row.id], queue)) {
                let state = value(&row.state)["state"].as_str().expect("a name").to_owned();
                *counts.entry(state).or_insert(0) += 1;
            }
            counts.remove("signed_out");
            assert_eq!(counts, present(tile), "{}", queue.key);
        }
    }
}

fn present(tile: &QueueTile) -> BTreeMap<String, u32> {
    let counts = [
        ("ready", tile.ready),
        ("reserved", tile.reserved),
        ("busy", tile.busy),
        ("wrap_up", tile.wrap_up),
        ("not_ready", tile.not_ready),
    ];
    counts.into_iter().filter(|(_, count)| *count > 0).map(|(state, count)| (state.to_owned(), count)).collect()
}

fn serves(agent: &AgentRule, queue: &QueueRule) -> bool {
    let level = |wanted| agent.skills.iter().find(|(skill, _)| *skill == wanted).map_or(0, |(_, level)| *level);
    let listed = agent.queues.is_empty() || agent.queues.contains(&queue.id);
    let all = queue.requirement.all.iter().all(|need| level(need.skill) >= need.min.max(1));
    let any = &queue.requirement.any;
    listed && all && (any.is_empty() || any.iter().any(|need| level(need.skill) >= need.min.max(1)))
}

fn value(told: &impl serde::Serialize) -> Value {
    serde_json::to_value(told).expect("a plain value")
}

/// As a page does it: rows by `id`, fields over fields, a service level too; `null` takes `by` and `help` away.
fn merge(page: &mut Value, difference: &Value) {
    page["calls_active"] = difference["calls_active"].clone();
    if let Some(alerts) = difference.get("alerts") {
        page["alerts"] = alerts.clone();
    }
    for list in ["queues", "agents"] {
        for change in difference[list].as_array().into_iter().flatten() {
            let rows = page[list].as_array_mut().expect("rows");
            let row = rows.iter_mut().find(|row| row["id"] == change["id"]).expect("a known row");
            lay_over(row, change.as_object().expect("fields"));
        }
    }
}

fn lay_over(row: &mut Value, fields: &Map<String, Value>) {
    for (key, value) in fields {
        match (key.as_str(), value) {
            ("service_level", Value::Object(level)) => lay_over(&mut row["service_level"], level),
            (key @ ("by" | "help"), Value::Null) => drop(row.as_object_mut().expect("a row").remove(key)),
            _ => row[key] = value.clone(),
        }
    }
}
