use carillon::base::{Instant, InteractionId, QueueId, Rng};
use carillon::crm::{CallDirection, Channel, Interaction, InteractionEvent, Outcome};
use carillon::door::Role;
use serde_json::{Value, json};

use crate::client::Client;
use crate::world::{ANA, BEN, NOW, World};

fn supervisor(world: &World) -> Client {
    world.bearer("sue", Role::Supervisor, None)
}

fn agent(world: &World) -> Client {
    world.bearer("ana", Role::Agent, Some((ANA, "ana")))
}

async fn interaction(
    world: &World,
    nth: u64,
    agent: carillon::base::AgentId,
    recording: Option<&str>,
) -> InteractionId {
    let at = Instant::from_micros(NOW.as_micros() + nth * 1_000_000);
    let id = InteractionId::new(at, &mut Rng::new(nth));
    let interaction = Interaction {
        id,
        channel: Channel::Voice,
        direction: CallDirection::Inbound,
        caller: None,
        caller_text: "anonymous".into(),
        called: "4000".into(),
        customer: None,
        queue: Some(QueueId(1)),
        agent: Some(agent),
        started: at,
        queued: Some(at),
        answered: Some(at),
        ended: None,
        wrap_up_ended: None,
        hold_ms: 0,
        outcome: Some(Outcome::Handled),
        ended_by: None,
        end_reason: None,
        recording: recording.map(str::to_owned),
        disposition: None,
        notes: String::new(),
        menu_path: Vec::new(),
    };
    world.store.save_interactions(&[interaction]).await.unwrap();
    let why = json!({"en": "longest idle", "zh": "空闲最久"});
    let event =
        InteractionEvent { interaction: id, seq: 1, at, kind: "agent.reserved".into(), detail: json!({"words": why}) };
    world.store.append_events(&[event]).await.unwrap();
    id
}

#[tokio::test]
async fn the_center_is_shown_to_whoever_is_signed_in() {
    let world = World::start().await;
    assert_eq!(world.client.get("/api/v1/center").await.code(), "not_signed_in");
    let center = agent(&world).get("/api/v1/center").await.json();
    assert_eq!(center["queues"][0]["key"], "sales");
    assert_eq!(center["agents"], json!([{"id": 7, "key": "ana", "name": "Ana Lindqvist"}]));
}

#[tokio::test]
async fn records_are_paged_and_agents_see_only_their_own() {
    let world = World::start().await;
    let own = interaction(&world, 1, ANA, None).await;
    let foreign = interaction(&world, 2, BEN, None).await;
    interaction(&world, 3, ANA, None).await;

    let page = supervisor(&world).get("/api/v1/interactions?limit=2&queue=sales").await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    assert_eq!(page["items"][0]["queue_name"], "Sales");
    let next = page["next"].as_str().unwrap();
    let rest = supervisor(&world).get(&format!("/api/v1/interactions?limit=2&cursor={next}")).await.json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next"], Value::Null);

    let ana = agent(&world);
    assert_eq!(ana.get("/api/v1/interactions").await.json()["items"].as_array().unwrap().len(), 2);
    assert_eq!(ana.get("/api/v1/interactions?agent=8").await.code(), "not_allowed");
    let one = ana.get(&format!("/api/v1/interactions/{own}")).await.json();
    assert_eq!((one["agent_name"].as_str(), one["why"]["en"].as_str()), (Some("Ana Lindqvist"), Some("longest idle")));
    assert_eq!(one["events"][0]["kind"], "agent.reserved");
    assert_eq!(ana.get(&format!("/api/v1/interactions/{foreign}")).await.code(), "not_found");
    for bad in ["?cursor=x", "?from=yesterday", "?outcome=nice", "?queue=none", "?what=1"] {
        assert_eq!(supervisor(&world).get(&format!("/api/v1/interactions{bad}")).await.code(), "bad_request", "{bad}");
    }
    assert_eq!(ana.get("/api/v1/interactions/not-an-id").await.code(), "not_found");
}

#[tokio::test]
async fn a_recording_is_served_whole_and_in_parts() {
    let world = World::start().await;
    std::fs::write(world.recordings.join("a.wav"), b"0123456789").unwrap();
    let id = interaction(&world, 1, ANA, Some("a.wav")).await;
    let path = format!("/api/v1/interactions/{id}/recording");
    let whole = agent(&world).get(&path).await;
    assert_eq!((whole.status, whole.body.as_slice()), (200, b"0123456789".as_slice()));
    assert_eq!(whole.header("content-type"), Some("audio/wav"));
    let part = agent(&world).with("Range", "bytes=2-4").get(&path).await;
    assert_eq!((part.status, part.body.as_slice()), (206, b"234".as_slice()));
    assert_eq!(part.header("content-range"), Some("bytes 2-4/10"));
    assert_eq!(agent(&world).with("Range", "bytes=10-").get(&path).await.code(), "bad_range");
    let escaping = interaction(&world, 2, ANA, Some("../test.db")).await;
    assert_eq!(agent(&world).get(&format!("/api/v1/interactions/{escaping}/recording")).await.code(), "not_found");
}

#[tokio::test]
async fn commands_go_to_the_center_under_the_right_name() {
    let world = World::start().await;
    let (ana, sue) = (agent(&world), supervisor(&world));
    let not_ready = json!({"state": "not_ready", "reason": "break"});
    assert_eq!(ana.post("/api/v1/agents/7/presence", not_ready.clone()).await.json(), json!({"result": "done"}));
    assert_eq!(ana.post("/api/v1/agents/8/presence", not_ready.clone()).await.code(), "not_allowed");
    assert_eq!(sue.post("/api/v1/agents/7/presence", not_ready).await.status, 200);
    assert_eq!(ana.post("/api/v1/agents/7/commands", json!({"type": "call.hang_up"})).await.status, 200);
    let refused = ana.post("/api/v1/agents/7/commands", json!({"type": "call.hold"})).await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "no_call"));
    let heard = world.heard();
    assert!(heard.contains(r#"AgentId(7) NotReady { reason: "break" }"#), "{heard}");
    assert!(heard.contains("sue SetNotReady"), "{heard}");

    assert_eq!(ana.get("/api/v1/board").await.code(), "not_allowed");
    assert_eq!(sue.get("/api/v1/board").await.json()["calls_active"], 3);
    assert_eq!(sue.get("/api/v1/queues").await.json(), json!({"items": []}));
}

#[tokio::test]
async fn pages_carry_a_strict_policy() {
    let world = World::start().await;
    let page = world.client.get("/").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self';") && policy.contains("style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    let docs = world.client.get("/docs").await;
    assert!(String::from_utf8(docs.body).unwrap().contains("/docs/api.md"));
    assert_eq!(world.client.get("/docs/api.md").await.status, 200);
    for bad in ["/docs/../Cargo.toml", "/docs/%2e%2e/Cargo.toml", "/docs//etc/passwd"] {
        assert_ne!(world.client.get(bad).await.status, 200, "{bad}");
    }
}
