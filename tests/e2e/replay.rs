//! `carillon replay` and `carillon whatif` beside a running server.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};

use crate::server::Server;

fn carillon(data: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_carillon"));
    let command = command.current_dir(env!("CARGO_MANIFEST_DIR")).args(args).arg("--data").arg(data);
    command.output().expect("it runs")
}

fn json_of(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text} {}", told(output)))
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Every agent begins a shift with a break. Gives how many.
fn begin_shift(server: &Server) -> u64 {
    let board = server.get("/api/v1/board");
    let agents: Vec<u64> = board["agents"].as_array().unwrap().iter().filter_map(|row| row["id"].as_u64()).collect();
    for agent in &agents {
        let state = json!({"state": "not_ready", "reason": "break"});
        server.post(&server.ready.tokens.admin, &format!("/api/v1/agents/{agent}/presence"), &state);
    }
    agents.len() as u64
}

#[test]
fn the_last_ten_minutes_come_to_the_same_hash() {
    let server = Server::demo();
    let agents = begin_shift(&server);
    let live = server.get("/api/v1/center/hash");
    assert!(live["inputs"].as_u64().unwrap() > agents, "{live}");
    let to = live["at"].as_u64().unwrap().to_string();
    // The writer is a moment behind the center.
    let written = |server: &Server| {
        let output = carillon(&server.data, &["replay", "--from", "-10m", "--to", &to, "--json"]);
        assert!(output.status.success(), "{}", told(&output));
        let report = json_of(&output);
        assert_eq!(report["mismatches"], 0, "{report}");
        (report["inputs_since_start"] == live["inputs"]).then_some(report)
    };
    server.wait(Duration::from_secs(10), "the journal is written", |server| written(server).is_some());
    let report = written(&server).unwrap();
    assert_eq!(report["state_hash"], live["state_hash"]);
    let in_words = carillon(&server.data, &["replay", "--from", "-10m"]);
    let text = String::from_utf8_lossy(&in_words.stdout).into_owned();
    assert!(in_words.status.success() && text.contains("mismatches   0"), "{text}");
    let asked = json!({"from": "-10m", "to": live["at"].to_string()});
    let same = server.post(&server.ready.tokens.admin, "/api/v1/replay", &asked);
    assert_eq!((&same["state_hash"], &same["mismatches"]), (&live["state_hash"], &json!(0)));

    let past = server.get(&format!("/api/v1/board?at={to}"));
    let (now, states) = (server.get("/api/v1/board"), |board: &Value| -> Vec<Value> {
        board["agents"].as_array().unwrap().iter().map(|row| row["state"].clone()).collect()
    });
    assert_eq!(states(&past), states(&now));

    let rules = ["whatif", "--from", "-10m", "--rules", "config/demo-center.toml", "--json"];
    let output = carillon(&server.data, &rules);
    assert!(output.status.success(), "{}", told(&output));
    let result = json_of(&output);
    assert_eq!((&result["winners"], &result["losers"]), (&json!(0), &json!(0)));
    assert!(result["queues"].as_array().is_some_and(|queues| queues.len() > 2), "{result}");
}

#[test]
fn what_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = carillon(folder.path(), &["replay", "--from", "-10m"]);
    assert_eq!(nothing.status.code(), Some(1), "{}", told(&nothing));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no database was made");
    let no_time = carillon(folder.path(), &["replay", "--from", "yesterday"]);
    assert!(no_time.status.code() == Some(3) && told(&no_time).contains("yesterday"), "{}", told(&no_time));
}
