//! First contact resolution, as the API tells it.

use std::time::Duration;

use carillon::base::{CallDirection, InteractionId, QueueId, Rng};
use carillon::crm::{Interaction, Outcome};
use carillon::door::Role;
use serde_json::{Value, json};

use crate::client::Client;
use crate::world::{ANA, BEN, NOW, World};

/// A call of so many days ago that Ana answered.
fn answered(seed: u64, days_ago: u64, phone: u64) -> Interaction {
    let started = NOW - Duration::from_secs(days_ago * 86_400);
    Interaction {
        caller: Some(format!("+86138001380{phone:02}").try_into().unwrap()),
        queue: Some(QueueId(1)),
        agent: Some(ANA),
        queued: Some(started),
        answered: Some(started),
        ended: Some(started + Duration::from_secs(90)),
        outcome: Some(Outcome::Handled),
        ..Interaction::call(InteractionId::new(started, &mut Rng::new(seed)), CallDirection::Inbound, started)
    }
}

/// Four that were enough, one that was not (Ben had it), and one of yesterday.
async fn some_days(world: &World) {
    let mut log: Vec<_> = (1..=4).map(|nth| answered(nth, 20 + nth, nth)).collect();
    let ben = Interaction { agent: Some(BEN), ..answered(5, 20, 5) };
    log.extend([ben, answered(6, 15, 5), answered(7, 1, 6)]);
    world.store.save_interactions(&log).await.unwrap();
}

fn supervisor(world: &World) -> Client {
    world.bearer("sue", Role::Supervisor, None)
}

#[tokio::test]
async fn who_was_served_at_once() {
    let world = World::start().await;
    some_days(&world).await;
    let sue = supervisor(&world);
    let told = sue.get("/api/v1/resolution?from=-30d").await.json();
    assert_eq!((&told["by"], &told["days"]), (&json!("queue"), &json!(7)));
    let row = &told["items"][0];
    assert_eq!((&row["id"], &row["key"], &row["name"]), (&json!(1), &json!("sales"), &json!("Sales")));
    let counts = json!({
        "contacts": 7, "unknown_customer": 0, "still_open": 1, "still_open_repeated": 0,
        "decided": 6, "repeated": 1, "first": 5, "resolved_at_first": 4,
    });
    assert_eq!((&row["counts"], &told["total"]["counts"]), (&counts, &counts));
    let first = &row["figures"][0];
    assert_eq!((&first["name"], &first["value"]), (&json!("first_contact_resolution"), &json!(0.8)));
    let formula = "first contacts not repeated within 7 days / first contacts whose 7 days are over";
    assert_eq!(first["formula"], json!(formula));
    let short = sue.get("/api/v1/resolution?from=-30d&days=4").await.json();
    assert_eq!(short["items"][0]["figures"][0]["value"], json!(1.0), "five days lie between the two");
}

#[tokio::test]
async fn by_agent_by_day_and_as_a_table() {
    let world = World::start().await;
    some_days(&world).await;
    let sue = supervisor(&world);
    let agents = sue.get("/api/v1/resolution?from=-30d&by=agent").await.json()["items"].clone();
    let told: Vec<_> = agents.as_array().unwrap().iter().map(|row| (&row["id"], &row["counts"]["repeated"])).collect();
    assert_eq!(told, [(&json!(7), &json!(0)), (&json!(8), &json!(1))]);
    assert_eq!((&agents[0]["name"], &agents[1]["name"]), (&json!("Ana Lindqvist"), &json!("")), "Ben is gone");
    let days = sue.get("/api/v1/resolution?from=-30d&by=day").await.json()["items"].clone();
    assert_eq!(days.as_array().unwrap().len(), 7);
    assert_eq!((&days[6]["key"], days[6].get("id")), (&json!("2026-01-04"), None));
    assert_eq!(days[6]["at"], json!(1_767_484_800_000_000_u64));
    let answer = sue.with("Accept", "text/csv").get("/api/v1/resolution?from=-30d").await;
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let text = String::from_utf8(answer.body).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("key,name,days,") && lines[0].contains(",first_contact_resolution,"), "{text}");
    assert!(lines[1].starts_with("sales,Sales,7,") && lines[1].contains(",0.8,"), "{text}");
}

#[tokio::test]
async fn nothing_happened_is_an_answer() {
    let world = World::start().await;
    let told = supervisor(&world).get("/api/v1/resolution?from=-30d").await.json();
    assert_eq!((&told["items"], &told["total"]["figures"][0]["value"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let world = World::start().await;
    let sue = supervisor(&world);
    for bad in ["", "?from=soon", "?from=-1h&to=-2h", "?from=-1h&days=0", "?from=-1h&days=91", "?from=-1h&by=skill"] {
        assert_eq!(sue.get(&format!("/api/v1/resolution{bad}")).await.code(), "bad_request", "{bad}");
    }
    assert_eq!(sue.get("/api/v1/resolution?from=-401d").await.code(), "too_much");
    let agent = world.bearer("ana", Role::Agent, None);
    assert_eq!(agent.get("/api/v1/resolution?from=-1h").await.code(), "not_allowed");
}
