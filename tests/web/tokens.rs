//! Who stays signed in: over a restart, and until a token is revoked.

use carillon::door::Role;
use carillon::web::keeping;
use serde_json::{Value, json};

use crate::client::Client;
use crate::world::World;

fn admin(world: &World) -> Client {
    world.bearer("root", Role::Admin, None)
}

async fn token(world: &World, body: Value) -> (Client, i64) {
    let made = admin(world).post("/api/v1/tokens", body).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let made = made.json();
    let text = made["token"].as_str().unwrap().to_owned();
    assert!(text.starts_with("carillon_"), "{text}");
    (world.client.with("Authorization", &format!("Bearer {text}")), made["id"].as_i64().unwrap())
}

#[tokio::test]
async fn a_program_acts_by_its_token_until_it_is_revoked() {
    let world = World::start().await;
    let (program, id) = token(&world, json!({"name": "crm", "role": "agent", "agent": "ana"})).await;
    let me = program.get("/api/v1/me").await.json();
    assert_eq!((&me["user"], &me["role"], &me["agent"]["id"]), (&json!("token:crm"), &json!("agent"), &json!(7)));
    assert_eq!(program.get("/api/v1/board").await.code(), "not_allowed");
    assert_eq!(program.get("/api/v1/tokens").await.code(), "not_allowed");
    assert_eq!(program.post("/api/v1/agents/7/presence", json!({"state": "ready"})).await.status, 200);
    let mut socket = program.socket().await;
    socket.say(json!({"type": "hello", "since": null, "topics": ["agent"]})).await;
    socket.hear_type("snapshot").await;

    let listed = admin(&world).get("/api/v1/tokens").await.json();
    assert_eq!((&listed["items"][0]["name"], &listed["items"][0]["token"]), (&json!("crm"), &Value::Null));
    assert_eq!(admin(&world).send("DELETE", &format!("/api/v1/tokens/{id}"), None).await.status, 204);
    assert_eq!(program.get("/api/v1/me").await.code(), "not_signed_in");
    assert_eq!(socket.hear().await, Err(4401), "the socket is told at once");
    assert_eq!(admin(&world).send("DELETE", &format!("/api/v1/tokens/{id}"), None).await.code(), "not_found");
}

#[tokio::test]
async fn a_token_revoked_by_another_process_opens_nothing_either() {
    let world = World::start().await;
    let (program, id) = token(&world, json!({"name": "crm", "role": "supervisor", "expires_in_s": 60})).await;
    assert_eq!(program.get("/api/v1/board").await.status, 200);
    world.store.revoke_program(id).await.unwrap();
    assert_eq!(program.get("/api/v1/board").await.code(), "not_signed_in");
}

#[tokio::test]
async fn bad_tokens_are_not_made() {
    let world = World::start().await;
    for body in [
        json!({"name": "", "role": "agent"}),
        json!({"name": "x", "role": "root"}),
        json!({"name": "x", "role": "agent", "agent": "nobody"}),
        json!({"name": "x", "role": "agent", "expires_in_s": 0}),
        json!({"name": "x", "role": "agent", "expires_in_s": u64::MAX}),
    ] {
        assert_eq!(admin(&world).post("/api/v1/tokens", body.clone()).await.code(), "bad_request", "{body}");
    }
    assert_eq!(world.client.get("/api/v1/tokens").await.code(), "not_signed_in");
}

#[tokio::test]
async fn a_browser_stays_signed_in_over_a_restart_with_the_same_phone() {
    let world = World::start().await;
    let ana = world.client.signed_in("ana", "secret").await;
    let before = ana.get("/api/v1/me").await.json();
    let (gone, sue) = (world.client.signed_in("ana", "secret").await, world.client.signed_in("sue", "secret").await);
    gone.send("POST", "/api/v1/sign-out", None).await;

    let after = World::on(&world).await;
    keeping::restore(&after.store, &after.sessions, &after.directory).await.unwrap();
    let (ana, gone, sue) = (after.moved(&ana), after.moved(&gone), after.moved(&sue));
    assert!(!after.heard().contains("phone"), "the phone is asleep");
    assert_eq!(ana.get("/api/v1/me").await.json(), before, "CSRF token and phone are the same");
    let phone = before["phone"]["user"].as_str().unwrap();
    assert!(after.heard().contains(&format!("phone {phone}")), "{}", after.heard());
    assert_eq!(ana.post("/api/v1/ws-tickets", Value::Null).await.status, 201, "the CSRF token is known");
    assert_eq!(gone.get("/api/v1/me").await.code(), "not_signed_in");
    assert_eq!(sue.get("/api/v1/me").await.status, 200);
}
