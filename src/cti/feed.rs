//! What pages are told of the wallboard: the whole of it once, then what is different.
//!
//! The center names rows that may have changed; here they are laid over the board as it was told last, and
//! only the fields that differ go on. Every difference has a number, one more than the one before. A page that
//! misses one takes the whole again, which carries the number of the last difference in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::base::{AgentId, Instant, QueueId};
use crate::center::alert::Alert;
use crate::center::board::{AgentRow, Board, BoardChanges, QueueTile};

/// A row is its `id` and the fields that differ.
fn row_change() -> utoipa::openapi::schema::Array {
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
    let id = ObjectBuilder::new().schema_type(Type::Integer);
    let row = ObjectBuilder::new().schema_type(Type::Object).property("id", id).required("id");
    let any = utoipa::openapi::schema::AdditionalProperties::FreeForm(true);
    ArrayBuilder::new().items(row.additional_properties(Some(any))).build()
}

/// The board as it was told last.
#[derive(Debug)]
pub struct Feed {
    change: u64,
    board: Arc<Board>,
    queues: BTreeMap<QueueId, usize>,
    agents: BTreeMap<AgentId, usize>,
}

/// What follows from changes.
#[derive(Debug)]
pub enum News {
    /// All is as it was.
    Nothing,
    /// Who follows takes the whole anew: rows have come, gone or moved.
    Whole,
    Changed(Difference),
}

/// `data` of `board.changed`. A row is its `id` and the fields that differ; `null` where there is none now.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = BoardChange)]
pub struct Difference {
    pub change: u64,
    pub at: Instant,
    pub calls_active: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = row_change)]
    pub queues: Vec<Map<String, Value>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = row_change)]
    pub agents: Vec<Map<String, Value>>,
    /// All that go on, where one began, changed or is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub alerts: Option<Vec<Alert>>,
}

/// `data` of `board`.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = WholeBoard)]
pub struct Whole {
    pub change: u64,
    #[serde(flatten)]
    pub board: Arc<Board>,
}

impl Default for Feed {
    fn default() -> Self {
        let board = Board {
            at: Instant::default(),
            queues: Vec::new(),
            agents: Vec::new(),
            calls_active: 0,
            alerts: Vec::new(),
        };
        Self { change: 0, board: Arc::new(board), queues: BTreeMap::new(), agents: BTreeMap::new() }
    }
}

impl Feed {
    /// The board with the number of the last difference that is in it. Number 0: nothing was told yet.
    pub fn whole(&self) -> Whole {
        Whole { change: self.change, board: self.board.clone() }
    }

    pub fn take(&mut self, changes: BoardChanges) -> News {
        if changes.whole {
            return self.begin(changes);
        }
        // Copied only while a page is being told the whole.
        let board = Arc::make_mut(&mut self.board);
        let queues = overlay(&mut board.queues, changes.queues, |tile| self.queues.get(&tile.id).copied());
        let agents = overlay(&mut board.agents, changes.agents, |row| self.agents.get(&row.id).copied());
        let calls = std::mem::replace(&mut board.calls_active, changes.calls_active) != changes.calls_active;
        board.at = changes.at;
        let alerts = changes.alerts.filter(|alerts| *alerts != board.alerts);
        if let Some(alerts) = &alerts {
            board.alerts.clone_from(alerts);
        }
        if queues.is_empty() && agents.is_empty() && alerts.is_none() && !calls {
            return News::Nothing;
        }
        self.change += 1;
        let (change, at, calls_active) = (self.change, changes.at, changes.calls_active);
        News::Changed(Difference { change, at, calls_active, queues, agents, alerts })
    }

    fn begin(&mut self, changes: BoardChanges) -> News {
        let BoardChanges { at, queues, agents, calls_active, alerts, .. } = changes;
        self.queues = queues.iter().enumerate().map(|(place, tile)| (tile.id, place)).collect();
        self.agents = agents.iter().enumerate().map(|(place, row)| (row.id, place)).collect();
        let alerts = alerts.unwrap_or_default();
        self.board = Arc::new(Board { at, queues, agents, calls_active, alerts });
        self.change += 1;
        News::Whole
    }
}

/// Puts rows in their places; what differed comes back. A row without a place belongs to other rules.
fn overlay<Row: Told>(
    rows: &mut [Row],
    news: Vec<Row>,
    place: impl Fn(&Row) -> Option<usize>,
) -> Vec<Map<String, Value>> {
    let mut differ = Vec::new();
    for new in news {
        let Some(old) = place(&new).and_then(|place| rows.get_mut(place)) else { continue };
        if *old != new {
            differ.push(difference(&fields(old), fields(&new)));
            *old = new;
        }
    }
    differ
}

trait Told: PartialEq + Serialize {}
impl Told for QueueTile {}
impl Told for AgentRow {}

fn fields(row: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(row) {
        Ok(Value::Object(fields)) => fields,
        // A row is a plain value with text keys.
        _ => Map::new(),
    }
}

/// The fields of `new` that are not the same in `old`, and `id`. Of a service level likewise.
fn difference(old: &Map<String, Value>, new: Map<String, Value>) -> Map<String, Value> {
    let gone = old.keys().filter(|key| !new.contains_key(*key)).map(|key| (key.clone(), Value::Null));
    let mut differ: Map<String, Value> = gone.collect();
    for (key, value) in new {
        let value = match (old.get(&key), value) {
            (Some(old), value) if *old == value && key != "id" => continue,
            (Some(Value::Object(old)), Value::Object(new)) if key == "service_level" => {
                Value::Object(new.into_iter().filter(|(key, value)| old.get(key) != Some(value)).collect())
            }
            (_, value) => value,
        };
        differ.insert(key, value);
    }
    differ
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::acd::AgentState;
    use crate::center::board::ServiceLevel;

    fn tile(id: u32, waiting: u32, value: Option<f64>) -> QueueTile {
        let service_level =
            ServiceLevel { value, formula: "V8".into(), threshold_s: 20, short_abandon_s: 5, target: 0.8 };
        QueueTile {
            id: QueueId(id),
            key: format!("q{id}"),
            name: format!("Queue {id}"),
            waiting,
            call_backs: 0,
            longest_since: None,
            offered: 0,
            answered: 0,
            abandoned: 0,
            short_abandoned: 0,
            asa_ms: 0,
            service_level,
            estimate_hit_rate: None,
            ready: 0,
            reserved: 0,
            busy: 0,
            wrap_up: 0,
            not_ready: 0,
        }
    }

    fn row(id: u32, state: AgentState, by: Option<&str>) -> AgentRow {
        AgentRow {
            id: AgentId(id),
            key: format!("a{id}"),
            name: format!("Agent {id}"),
            state,
            since: Instant::from_micros(5),
            next: None,
            by: by.map(str::to_owned),
            queue: None,
            phone_reachable: true,
            help: None,
            unread: 0,
        }
    }

    fn changes(whole: bool, queues: Vec<QueueTile>, agents: Vec<AgentRow>) -> BoardChanges {
        BoardChanges { at: Instant::from_micros(9), whole, queues, agents, calls_active: 0, alerts: None }
    }

    #[test]
    fn only_what_differs_is_told_and_every_difference_has_the_next_number() {
        let mut feed = Feed::default();
        let queues = |waiting, level| vec![tile(1, waiting, level), tile(2, 0, None)];
        let agents = vec![row(7, AgentState::Ready, None), row(8, AgentState::SignedOut, None)];
        assert!(matches!(feed.take(changes(true, queues(0, None), agents)), News::Whole));
        assert_eq!(feed.whole().change, 1);
        assert!(matches!(feed.take(changes(false, queues(0, None), Vec::new())), News::Nothing));
        let broke = row(8, AgentState::NotReady { reason: "break".into() }, Some("meng"));
        let News::Changed(told) = feed.take(changes(false, queues(2, Some(0.5)), vec![broke])) else { panic!() };
        let wanted = json!({
            "change": 2, "at": 9, "calls_active": 0,
            "queues": [{"id": 1, "waiting": 2, "service_level": {"value": 0.5}}],
            "agents": [{"id": 8, "state": {"state": "not_ready", "reason": "break"}, "by": "meng"}],
        });
        assert_eq!(serde_json::to_value(&told).unwrap(), wanted);
        let back = row(8, AgentState::NotReady { reason: "break".into() }, None);
        let News::Changed(told) = feed.take(changes(false, Vec::new(), vec![back])) else { panic!() };
        let wanted = json!({"change": 3, "at": 9, "calls_active": 0, "agents": [{"id": 8, "by": null}]});
        assert_eq!(serde_json::to_value(&told).unwrap(), wanted);
        assert_eq!((feed.whole().change, feed.whole().board.queues[0].waiting), (3, 2));
    }

    #[test]
    fn new_rules_are_told_whole_and_a_row_of_others_is_passed_over() {
        let mut feed = Feed::default();
        feed.take(changes(true, vec![tile(1, 0, None)], vec![row(7, AgentState::Ready, None)]));
        assert!(matches!(feed.take(changes(false, Vec::new(), vec![row(9, AgentState::Ready, None)])), News::Nothing));
        assert!(matches!(feed.take(changes(true, vec![tile(2, 0, None)], Vec::new())), News::Whole));
        let whole = feed.whole();
        assert_eq!((whole.change, whole.board.queues.len(), whole.board.agents.len()), (2, 1, 0));
        let told = serde_json::to_value(&whole).unwrap();
        assert_eq!((&told["change"], &told["queues"][0]["id"], &told["agents"]), (&json!(2), &json!(2), &json!([])));
    }
}
