//! A queue's rules are changed while callers wait in it: linter, shadow, apply, way back, statistics.

use std::time::Duration;

use serde_json::{Value, json};

use crate::http;
use crate::server::Server;
use crate::sipp::{Caller, Ends};

const SOON: Duration = Duration::from_secs(20);

fn ask(server: &Server, method: &str, path: &str, version: Option<u64>, body: &Value) -> (u16, Value) {
    let more = version.map(|version| format!("If-Match: \"{version}\"\r\n")).unwrap_or_default();
    let (token, body) = (Some(server.ready.tokens.admin.as_str()), body.to_string());
    let answer = http::request_with(server.http(), method, &format!("/api/v1{path}"), token, Some(&body), &more);
    (answer.status, serde_json::from_str(&answer.body).unwrap_or(Value::Null))
}

/// The queue in which somebody waits: its key, how many, and since when the first.
fn line(server: &Server) -> Option<(String, u64, u64)> {
    let board = server.get("/api/v1/board");
    let queue = board["queues"].as_array()?.iter().find(|queue| queue["waiting"] != 0)?.clone();
    Some((queue["key"].as_str()?.to_owned(), queue["waiting"].as_u64()?, queue["longest_since"].as_u64()?))
}

#[test]
fn rules_change_under_callers_who_wait() {
    let server = Server::demo();
    let number = server.ready.numbers.queue.clone();
    let caller =
        |from| Caller { from, number: &number, hertz: 440.0, keys: &[], ends: Ends::After(Duration::from_secs(60)) };
    let _first = caller("13800138001").dial(server.sip());
    server.wait(SOON, "one waits", |server| line(server).is_some_and(|line| line.1 == 1));
    let _second = caller("13800138002").dial(server.sip());
    server.wait(SOON, "two wait", |server| line(server).is_some_and(|line| line.1 == 2));
    let (key, _, since) = line(&server).unwrap();
    let path = format!("/center/queues/{key}");
    let version = server.get(&format!("/api/v1{path}"))["version"].as_u64().unwrap();

    // Too short a wait for its own relaxation or announcement is no error; a level nobody has is a warning.
    let wrong = json!({"skills": {"jewellery": 10, "service": 10}, "relax": []});
    let (status, told) = ask(&server, "PATCH", &format!("{path}?dry_run=true"), None, &wrong);
    assert_eq!((status, &told["applied"]), (200, &json!(false)), "{told}");
    assert!(told["findings"].as_array().unwrap().iter().any(|it| it["code"] == "unreachable_queue"), "{told}");
    let (status, told) = ask(&server, "PATCH", &path, Some(version), &wrong);
    assert_eq!((status, &told["code"]), (422, &json!("warnings_not_accepted")));

    let change = json!({"agent_selection": "fewest_contacts", "ring_s": 9, "answer_within_s": 7});
    let (status, told) = ask(&server, "POST", "/shadow", None, &json!({"queues": {key.clone(): change}}));
    assert_eq!(status, 201, "{told}");
    let shadow = server.get("/api/v1/shadow");
    assert_eq!((&shadow["state"], &shadow["version"]), (&json!("running"), &json!(version)));

    let (status, told) = ask(&server, "PATCH", &path, Some(version), &change);
    assert_eq!((status, &told["applied"]), (200, &json!(true)), "{told}");
    let applied = told["version"].as_u64().unwrap();
    assert_eq!(line(&server), Some((key.clone(), 2, since)), "the same callers, the same place");
    let tile = |server: &Server| {
        let board = server.get("/api/v1/board");
        board["queues"].as_array().unwrap().iter().find(|queue| queue["key"] == *key).unwrap().clone()
    };
    assert_eq!(tile(&server)["service_level"]["threshold_s"], 7, "the wallboard has the new threshold");
    server.wait(SOON, "the shadow has heard of it", |server| server.get("/api/v1/shadow")["state"] == "rules_changed");
    assert_eq!(ask(&server, "DELETE", "/shadow", None, &json!({})).0, 204);

    let (status, told) =
        ask(&server, "POST", &format!("/center/versions/{version}/restore"), Some(applied), &json!({}));
    assert_eq!((status, &told["version"]), (200, &json!(applied + 1)), "{told}");
    assert_eq!(line(&server), Some((key.clone(), 2, since)));
    assert_ne!(tile(&server)["service_level"]["threshold_s"], 7);
    let versions = server.get("/api/v1/center/versions");
    assert_eq!(versions["items"][0]["version"], json!(applied + 1));

    let offered = |server: &Server| {
        let told = server.get("/api/v1/statistics?from=-10m&interval=all");
        let rows = told["items"].as_array().cloned().unwrap_or_default();
        rows.iter().find(|row| row["key"] == *key).map(|row| row["counts"]["offered"].clone())
    };
    server.wait(SOON, "both are in the statistics", |server| offered(server) == Some(json!(2)));
}
