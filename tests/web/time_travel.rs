use std::time::Duration;

use carillon::acd::{AgentRule, Arrival, Author, Checkpoint, Input, QueueRule, Router, Rules, Settings, digest};
use carillon::base::{ContactId, Instant, QueueId};
use carillon::center::output::Write;
use carillon::door::Role;
use carillon::store::{Writer, WriterSettings};
use serde_json::{Value, json};

use crate::client::Client;
use crate::world::{ANA, NOW, World};

fn before(seconds: u64) -> Instant {
    NOW - Duration::from_secs(seconds)
}

/// The last hour: Ana is ready from 3000 s ago on, one contact rings her, two wait.
async fn last_hour(world: &World) -> Router {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::start(world.store.clone(), WriterSettings::new(folder.path().join("spool"))).await.unwrap();
    let start = Checkpoint::start(Settings::default(), 1, before(3_600));
    writer.try_send(Write::Checkpoint(Box::new(start.clone()))).unwrap();
    let mut router = start.restore();
    let mut tell = |ago, input: Input| {
        let mut out = Vec::new();
        router.handle(before(ago), input.clone(), &mut out);
        let digest = Some(digest(&out));
        writer.try_send(Write::Router { at: before(ago), input: Box::new(input), digest }).unwrap();
    };
    let queue = QueueRule { id: QueueId(1), key: "sales".into(), ring_s: 600, ..QueueRule::default() };
    let agent = AgentRule { id: ANA, key: "ana".into(), ..AgentRule::default() };
    let rules = Rules { queues: vec![queue], agents: vec![agent], ..Rules::default() };
    tell(3_600, Input::Configure(Box::new(rules)));
    tell(3_000, Input::SignIn { agent: ANA });
    tell(3_000, Input::Ready { agent: ANA, author: Author::Agent });
    for (contact, ago) in [(1, 2_000), (2, 1_990), (3, 1_980)] {
        tell(ago, Input::Arrive(Arrival::new(ContactId(contact), QueueId(1), before(ago))));
    }
    writer.close().await;
    router
}

fn admin(world: &World) -> Client {
    world.bearer("root", Role::Admin, None)
}

#[tokio::test]
async fn who_waited_and_why_at_any_moment() {
    let world = World::start().await;
    last_hour(&world).await;
    let sue = world.bearer("sue", Role::Supervisor, None);
    let told = sue.get(&format!("/api/v1/waiting?queue=sales&at={}", before(1_900).as_micros())).await.json();
    let items = told["items"].as_array().unwrap();
    assert_eq!(items.iter().map(|it| it["contact"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3], "{told}");
    assert_eq!(
        (&items[0]["ringing"], &items[0]["why"]["en"]),
        (
            &json!([7]),
            &json!(
                "Waited 100 s; rings ana.\nNobody who comes more than 450 s later is served before it by an agent who could serve both."
            )
        )
    );
    assert_eq!((&items[1]["position"], &items[1]["overtaking_bound_s"]), (&json!(2), &json!(450.0)));
    assert!(items[1]["why"]["zh"].as_str().unwrap().starts_with("排第2，已等待90秒，目前没有可接待的坐席。"), "{told}");
    assert_eq!(sue.get("/api/v1/waiting").await.json()["items"], json!([]), "now nobody does");
    assert_eq!(sue.get("/api/v1/waiting?queue=nowhere").await.code(), "not_found");
    assert_eq!(world.bearer("ana", Role::Agent, None).get("/api/v1/waiting").await.code(), "not_allowed");
}

#[tokio::test]
async fn who_would_get_a_contact_then() {
    let world = World::start().await;
    last_hour(&world).await;
    let sue = world.bearer("sue", Role::Supervisor, None);
    let ask = async |body: Value| sue.post("/api/v1/rehearsal", body).await;
    let then = |ago: u64| before(ago).as_micros().to_string();
    let rings = ask(json!({"queue": "sales", "at": then(2_500)})).await.json();
    assert_eq!((&rings["outcome"], &rings["queue"], &rings["moved"]), (&json!("rings"), &json!("sales"), &json!([])));
    assert_eq!(rings["rings"][0]["agent_key"], json!("ana"), "{rings}");
    assert_eq!(
        rings["rings"][0]["why"]["en"].as_str().unwrap().lines().next(),
        Some("ana was the only idle, eligible agent.")
    );
    let waits = ask(json!({"queue": "sales", "at": then(1_900)})).await.json();
    assert_eq!((&waits["outcome"], &waits["waits"]["position"]), (&json!("waits"), &json!(4)), "{waits}");
    let urgent = ask(json!({"queue": "sales", "at": then(1_900), "priority": 1, "bonus_s": 300})).await.json();
    assert_eq!(urgent["waits"]["position"], json!(1), "{urgent}");
    assert!(urgent["waits"]["why"]["zh"].as_str().unwrap().starts_with("排第1"), "{urgent}");
    let full = ask(json!({"queue": "sales", "at": then(1_900), "queues": {"sales": {"max_waiting": 2}}})).await.json();
    assert_eq!((&full["outcome"], &full["leaves"]), (&json!("leaves"), &json!("full")), "{full}");
    for bad in [
        json!({"queue": "nowhere"}),
        json!({"queue": "sales", "priority": 11}),
        json!({"queue": "sales", "skills": {"juggling": 1}}),
        json!({"queue": "sales", "agent": "nobody"}),
        json!({"queue": "sales", "colour": "red"}),
    ] {
        assert_eq!(ask(bad.clone()).await.code(), "bad_request", "{bad}");
    }
    let agent = world.bearer("ana", Role::Agent, None);
    assert_eq!(agent.post("/api/v1/rehearsal", json!({"queue": "sales"})).await.code(), "not_allowed");
}

#[tokio::test]
async fn the_board_of_any_moment() {
    let world = World::start().await;
    last_hour(&world).await;
    let sue = world.bearer("sue", Role::Supervisor, None);
    let board = async |at: Instant| sue.get(&format!("/api/v1/board?at={}", at.as_micros())).await;
    let empty = board(before(2_500)).await.json();
    assert_eq!((&empty["queues"][0]["waiting"], &empty["queues"][0]["ready"]), (&json!(0), &json!(1)), "{empty}");
    let full = board(before(1_900)).await.json();
    let queue = &full["queues"][0];
    assert_eq!((&queue["key"], &queue["waiting"], &queue["ringing"]), (&json!("sales"), &json!(3), &json!(1)));
    assert_eq!((&queue["longest_ms"], &queue["reserved"]), (&json!(100_000), &json!(1)));
    assert_eq!((&full["agents"][0]["key"], &full["agents"][0]["state"]["state"]), (&json!("ana"), &json!("reserved")));
    assert_eq!(full["last_input"], json!(before(1_980).as_micros()));
    let relative = sue.get("/api/v1/board?at=-2500s").await.json();
    assert_eq!(relative["queues"], empty["queues"]);

    assert_eq!(sue.get("/api/v1/board").await.json()["calls_active"], 3, "now");
    let early = board(before(4_000)).await;
    assert_eq!((early.status, early.code()), (404, "no_journal".to_owned()));
    let later = board(NOW + Duration::from_secs(60)).await;
    assert_eq!((later.status, later.code()), (404, "no_journal".to_owned()));
    assert_eq!(sue.get("/api/v1/board?at=soon").await.code(), "bad_request");
    assert_eq!(world.bearer("ana", Role::Agent, None).get("/api/v1/board?at=now").await.code(), "not_allowed");
}

#[tokio::test]
async fn a_replay_comes_to_the_same_hash() {
    let world = World::start().await;
    let router = last_hour(&world).await;
    let report = admin(&world).post("/api/v1/replay", json!({"from": "-50m", "to": "now"})).await.json();
    assert_eq!((&report["mismatches"], &report["starts"]), (&json!(0), &json!(1)), "{report}");
    assert_eq!((&report["inputs"], &report["warm_up"], &report["decisions"]), (&json!(5), &json!(1), &json!(1)));
    assert_eq!(report["state_hash"], format!("{:016x}", router.state_hash()));

    let sue = world.bearer("sue", Role::Supervisor, None);
    assert_eq!(sue.post("/api/v1/replay", json!({"from": "-1h", "to": "now"})).await.code(), "not_allowed");
    let backwards = admin(&world).post("/api/v1/replay", json!({"from": "now", "to": "-1m"})).await;
    assert_eq!(backwards.code(), "bad_request");
    let hash = sue.get("/api/v1/center/hash").await.json();
    let played = Checkpoint::start(Settings::default(), 1, NOW).state.hash();
    assert_eq!(hash, json!({"at": NOW.as_micros(), "inputs": 0, "state_hash": format!("{played:016x}")}));
}

const ONE_MORE: &str = r#"
    [queue.sales]
    name = "Sales"
    [agent.ana]
    name = "Ana"
    [agent.bo]
    name = "Bo"
"#;

#[tokio::test]
async fn the_last_hour_under_other_rules() {
    let world = World::start().await;
    last_hour(&world).await;
    let ask = async |rules: &str| {
        admin(&world).post("/api/v1/what-if", json!({"from": "-1h", "to": "now", "rules": rules, "top": 1})).await
    };
    let result = ask(ONE_MORE).await.json();
    assert_eq!((&result["then"]["offered"], &result["now"]["offered"]), (&json!(3), &json!(3)), "{result}");
    let count = |name: &str| result[name].as_u64().unwrap();
    assert_eq!(count("winners") + count("losers") + count("unchanged"), 3);
    assert_eq!((&result["queues"][0]["key"], result["queues"].as_array().unwrap().len()), (&json!("sales"), 1));
    // Bo was not there in that hour, so nobody is served sooner.
    assert_eq!((count("unchanged"), &result["top_winners"]), (3, &json!([])));
    assert!(result["patience"]["mean_s"].is_null() && result["patience"]["censored"] == 3);
    let bad = ask("[queue.sales]\nskills = { nobody = 5 }").await;
    assert_eq!((bad.status, bad.code()), (422, "mistakes".to_owned()));
    // The present center, with one queue patched.
    let patched = async |queue: &str| {
        let body = json!({"from": "-1h", "to": "now", "queues": {queue: {"ring_s": 9}}});
        admin(&world).post("/api/v1/what-if", body).await
    };
    let shorter = patched("sales").await;
    assert_eq!((shorter.status, &shorter.json()["queues"][0]["key"]), (200, &json!("sales")), "{}", shorter.json());
    assert_eq!(patched("none").await.code(), "not_found");
    let sue = world.bearer("sue", Role::Supervisor, None);
    let refused = sue.post("/api/v1/what-if", json!({"from": "-1h", "to": "now", "rules": ONE_MORE})).await;
    assert_eq!(refused.code(), "not_allowed");
}
