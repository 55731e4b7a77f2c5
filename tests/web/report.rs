//! Reports, as the API tells them.

use std::time::Duration;

use carillon::base::{CallDirection, InteractionId, QueueId, Rng};
use carillon::crm::{Holder, Interaction, Outcome, Segment};
use carillon::door::Role;
use carillon::store::StoreSettings;
use serde_json::{Value, json};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::client::{Answer, Client};
use crate::world::{ANA, BEN, NOW, World};

/// A call of so many hours ago that somebody answered after ten seconds.
fn answered(seed: u64, hours_ago: u64, by: carillon::base::AgentId) -> Interaction {
    let started = NOW - Duration::from_secs(hours_ago * 3_600);
    let at = |s: u64| started + Duration::from_secs(s);
    let queue = QueueId(1);
    let segment = |holder, from, until| Segment { holder, from: at(from), until: Some(at(until)), handed: None };
    Interaction {
        caller: Some("+8613800138001".to_owned().try_into().unwrap()),
        queue: Some(queue),
        agent: Some(by),
        queued: Some(started),
        answered: Some(at(10)),
        ended: Some(at(100)),
        outcome: Some(Outcome::Handled),
        segments: vec![
            segment(Holder::Queue { queue }, 0, 10),
            segment(Holder::Agent { agent: by, queue: Some(queue) }, 10, 100),
        ],
        ..Interaction::call(InteractionId::new(started, &mut Rng::new(seed)), CallDirection::Inbound, started)
    }
}

/// A world with three contacts; its queue and its agents stand in the store, too, as the views name them.
async fn some_hours() -> World {
    let mut file = std::path::PathBuf::new();
    let world = World::start_with(|folder| {
        file = folder.join("reports.db");
        StoreSettings::sqlite(&file)
    })
    .await;
    let log = [answered(1, 2, ANA), answered(2, 3, ANA), answered(3, 4, BEN)];
    world.store.save_interactions(&log).await.unwrap();
    let mut connection = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    let sql = "INSERT INTO center_objects (id, kind, key, name, position, body) VALUES
        (1, 'queue', 'sales', 'Sales', 0, '{}'), (7, 'agent', 'ana', 'Ana', 0, '{}'), (8, 'agent', 'ben', 'Ben', 0, '{}')";
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    world
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

fn supervisor(world: &World) -> Client {
    world.bearer("sue", Role::Supervisor, None)
}

fn column(answer: &Value, key: &str) -> usize {
    answer["columns"].as_array().unwrap().iter().position(|column| column["key"] == key).unwrap()
}

#[tokio::test]
async fn a_report_answers_with_its_figures_and_the_statement_that_gave_them() {
    let world = some_hours().await;
    let sue = supervisor(&world);
    let listed = sue.get("/api/v1/reports").await.json();
    let keys: Vec<&str> = listed["items"].as_array().unwrap().iter().map(|it| it["key"].as_str().unwrap()).collect();
    assert!(keys.len() >= 13 && keys[0] == "intraday", "{keys:?}");
    for key in &keys {
        let answer = sue.get(&format!("/api/v1/reports/{key}?from=-1d")).await;
        assert_eq!(answer.status, 200, "{key}: {}", text(&answer));
    }
    let told = sue.get("/api/v1/reports/queues?from=-1d").await.json();
    let rows = told["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{told}");
    let value = |key: &str| rows[0][column(&told, key)].clone();
    assert_eq!((value("offered"), value("answered"), value("service_level")), (json!(3), json!(3), json!(1.0)));
    assert_eq!((value("speed_of_answer"), value("talk")), (json!(10_000_000.0), json!(90_000_000.0)));
    assert!(told["statement"].as_str().unwrap().contains("report_stays"), "{told}");
    // The text as it is told, asked by somebody, gives the same.
    let again = sue.post("/api/v1/report-trials", json!({"sql": told["sql"], "from": "-1d"})).await.json();
    assert_eq!(again["rows"], told["rows"]);
    let hours = sue.get("/api/v1/reports/intraday?from=-1d&minutes=60&zone=Asia/Shanghai").await.json();
    assert_eq!((hours["rows"].as_array().unwrap().len(), &hours["zone"]), (3, &json!("Asia/Shanghai")));
}

#[tokio::test]
async fn the_same_as_a_file() {
    let world = some_hours().await;
    let sue = supervisor(&world);
    let csv = sue.get("/api/v1/reports/queues?from=-1d&format=csv").await;
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    let told = text(&csv);
    let lines: Vec<&str> = told.trim_start_matches('\u{feff}').lines().collect();
    assert!(lines[0].starts_with("Queue,Offered,Answered,In time") && lines.len() == 2, "{told}");
    assert!(lines[1].contains(",3,3,3,0,0,0,0,1,0,10,,10,3,90,0,"), "{told}");
    let xlsx = sue.get("/api/v1/reports/queues?from=-1d&format=xlsx").await;
    assert_eq!(xlsx.status, 200);
    assert!(xlsx.header("content-disposition").unwrap().ends_with(".xlsx\""));
}

#[tokio::test]
async fn everybody_sees_the_own_rows_only() {
    let world = some_hours().await;
    let contacts = async |client: &Client| {
        let told = client.get("/api/v1/reports/contacts?from=-1d").await.json();
        told["rows"].as_array().unwrap().len()
    };
    assert_eq!(contacts(&supervisor(&world)).await, 3);
    let ana = world.bearer("ana", Role::Agent, Some((ANA, "ana")));
    assert_eq!(contacts(&ana).await, 2);
    let told = ana.get("/api/v1/reports/contacts?from=-1d&agent=ben").await.json();
    assert_eq!(told["rows"], json!([]), "a filter widens nothing");
    let own = json!({"name": "x", "sql": "SELECT 1"});
    assert_eq!(ana.post("/api/v1/report-trials", json!({"sql": "SELECT 1"})).await.code(), "not_allowed");
    assert_eq!(ana.post("/api/v1/reports", own).await.code(), "not_allowed");
    assert_eq!(ana.get("/api/v1/reports").await.json()["own"], json!([]));
    let nobody = world.bearer("bot", Role::Agent, None);
    assert_eq!(nobody.get("/api/v1/reports/contacts").await.code(), "not_allowed");
}

#[tokio::test]
async fn own_reports_are_tried_kept_changed_and_forgotten() {
    let world = some_hours().await;
    let (sue, tom) = (supervisor(&world), world.bearer("tom", Role::Supervisor, None));
    let sql = "SELECT c.agent AS agent, COUNT(*) AS n FROM contacts c WHERE c.started >= :from GROUP BY c.agent ORDER BY 2 DESC";
    let tried = sue.post("/api/v1/report-trials", json!({"sql": sql, "from": "-1d"})).await.json();
    assert_eq!(tried["rows"].as_array().unwrap().len(), 2, "{tried}");
    assert_eq!((&tried["columns"][0]["unit"], &tried["columns"][1]["unit"]), (&json!("agent"), &json!("plain")));
    for wrong in ["SELECT * FROM sessions", "DELETE FROM contacts", "SELECT nothing FROM contacts", "SELECT :minutes"] {
        let answer = sue.post("/api/v1/report-trials", json!({"sql": wrong})).await;
        assert_eq!(answer.status, 422, "{wrong}: {}", text(&answer));
    }
    assert_eq!(sue.post("/api/v1/reports", json!({"name": "x", "sql": "SELECT * FROM sessions"})).await.status, 422);
    let made = sue.post("/api/v1/reports", json!({"name": "Mine", "sql": sql})).await;
    assert_eq!(made.status, 201);
    let key = made.json()["key"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/reports/{key}");
    assert_eq!(sue.get(&format!("{path}?from=-1d")).await.json()["rows"], tried["rows"]);
    assert_eq!(tom.get(&path).await.status, 404, "not shared");
    let draft = json!({"name": "Ours", "sql": sql, "shared": true});
    assert_eq!(sue.send("PUT", &path, Some(draft.to_string())).await.status, 200);
    assert_eq!(tom.get(&path).await.status, 200);
    assert_eq!(tom.send("PUT", &path, Some(draft.to_string())).await.status, 403);
    assert_eq!(tom.send("DELETE", &path, None).await.status, 403);
    assert_eq!(sue.send("DELETE", &path, None).await.status, 204);
    assert_eq!(sue.get(&path).await.status, 404);
}

#[tokio::test]
async fn wrong_questions_are_refused() {
    let world = World::start().await;
    let sue = supervisor(&world);
    for (query, status) in [
        ("?from=yesterday", 400),
        ("?from=now&to=-1d", 400),
        ("?zone=Mars", 400),
        ("?format=docx", 400),
        ("?minutes=x", 400),
        ("?minutes=0", 400),
        ("?seconds=3", 400),
        ("?queue=x'y", 422),
        ("?from=-500d", 422),
        ("?queue=nobody", 200),
    ] {
        let answer = sue.get(&format!("/api/v1/reports/intraday{query}")).await;
        assert_eq!(answer.status, status, "{query}: {}", text(&answer));
    }
    for key in ["nothing", "own-1", "own-x", "own-"] {
        assert_eq!(sue.get(&format!("/api/v1/reports/{key}")).await.status, 404, "{key}");
    }
}
