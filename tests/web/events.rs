use carillon::center::board::BoardChanges;
use carillon::door::Role;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::world::{ANA, World, board_changes};

fn hello(since: serde_json::Value, topics: &[&str]) -> serde_json::Value {
    json!({"type": "hello", "since": since, "topics": topics})
}

#[tokio::test]
async fn a_tab_gets_a_snapshot_then_events_and_after_a_break_the_gap() {
    let world = World::start().await;
    let ana = world.client.signed_in("ana", "secret").await;
    let mut tab = ana.socket().await;
    tab.say(hello(json!(null), &["agent", "board"])).await;
    let welcome = tab.hear_type("welcome").await;
    assert_eq!(welcome["data"], json!({"resumed": false, "topics": ["agent"], "heartbeat_s": 2}));
    let snapshot = tab.hear_type("snapshot").await;
    assert_eq!((&snapshot["data"]["agent"], &snapshot["seq"]), (&json!(7), &json!(0)));
    world.push(true);
    let event = tab.hear_type("phone.state_changed").await;
    assert_eq!((&event["seq"], &event["epoch"]), (&json!(1), &json!("e1")));
    drop(tab);
    world.push(false);

    let mut tab = ana.socket().await;
    tab.say(hello(json!({"epoch": "e1", "seq": 1}), &["agent"])).await;
    assert_eq!(tab.hear_type("welcome").await["data"]["resumed"], true);
    let missed = tab.hear().await.unwrap();
    assert_eq!((&missed["seq"], &missed["data"]["reachable"]), (&json!(2), &json!(false)));
}

#[tokio::test]
async fn commands_are_answered_with_their_id() {
    let world = World::start().await;
    let mut tab = world.client.signed_in("ana", "secret").await.socket().await;
    tab.say(hello(json!(null), &["agent"])).await;
    tab.hear_type("snapshot").await;
    let mut ask = async |message: serde_json::Value| {
        tab.say(message).await;
        let reply = tab.hear_type("reply").await;
        (reply["id"].clone(), reply["data"]["result"].clone(), reply["data"]["code"].clone())
    };
    assert_eq!(ask(json!({"id": "1", "type": "presence.ready"})).await, (json!("1"), json!("done"), json!(null)));
    assert_eq!(ask(json!({"id": "2", "type": "call.hold"})).await, (json!("2"), json!("refused"), json!("no_call")));
    assert_eq!(ask(json!({"id": "3", "type": "no.such"})).await, (json!("3"), json!("refused"), json!("bad_message")));
    assert_eq!(ask(json!([1])).await, (json!(null), json!("refused"), json!("bad_message")));
    let supervise = json!({"id": "4", "type": "agent.sign_out", "agent": 7});
    assert_eq!(ask(supervise).await, (json!("4"), json!("refused"), json!("not_allowed")));
    assert!(world.heard().contains("DeskConnected"));
}

#[tokio::test]
async fn a_supervisor_sees_the_board_and_commands_agents() {
    let world = World::start().await;
    let mut tab = world.client.signed_in("sue", "secret").await.socket().await;
    tab.say(hello(json!(null), &["agent", "board"])).await;
    assert_eq!(tab.hear_type("welcome").await["data"]["topics"], json!(["board"]));
    world.hub.publish_board(board_changes());
    let shown = tab.hear_type("board").await;
    assert_eq!((&shown["seq"], &shown["data"]["calls_active"]), (&json!(0), &json!(3)));
    assert_eq!(shown["data"]["change"], 1);
    world.hub.publish_board(BoardChanges { whole: false, calls_active: 4, ..board_changes() });
    let changed = tab.hear_type("board.changed").await;
    assert_eq!((&changed["data"]["change"], &changed["data"]["calls_active"]), (&json!(2), &json!(4)));
    tab.say(json!({"id": "1", "type": "agent.set_ready", "agent": 7})).await;
    assert_eq!(tab.hear_type("reply").await["data"], json!({"result": "done"}));
    tab.say(json!({"id": "2", "type": "presence.ready"})).await;
    assert_eq!(tab.hear_type("reply").await["data"]["code"], "not_allowed");
    assert!(world.heard().contains("sue SetReady"));

    let mut late = world.client.signed_in("sue", "secret").await.socket().await;
    late.say(hello(json!(null), &["board"])).await;
    assert_eq!(late.hear_type("board").await["data"]["calls_active"], 4, "the board is shown at once");
}

#[tokio::test]
async fn tickets_and_manners_are_enforced() {
    let world = World::start().await;
    let refused = tokio_tungstenite::connect_async(format!("ws://{}/ws?ticket=x", world.client.addr)).await;
    assert!(refused.unwrap_err().to_string().contains("401"));

    let ana = world.client.signed_in("ana", "secret").await;
    let mut rude = ana.socket().await;
    rude.say(json!({"id": "1", "type": "presence.ready"})).await;
    assert_eq!(rude.hear().await, Err(4001));

    let mut loud = ana.socket().await;
    loud.say(hello(json!(null), &["agent"])).await;
    loud.hear_type("snapshot").await;
    futures_util::SinkExt::send(&mut loud.0, Message::text("x".repeat(17 * 1024))).await.unwrap();
    assert_eq!(loud.hear().await, Err(1009));

    let mut gone = ana.socket().await;
    gone.say(hello(json!(null), &["agent"])).await;
    gone.hear_type("snapshot").await;
    ana.send("POST", "/api/v1/sign-out", None).await;
    gone.say(json!({"id": "1", "type": "presence.ready"})).await;
    assert_eq!(gone.hear().await, Err(4401), "each message is authorised, not only the handshake");

    let program = world.bearer("bot", Role::Agent, Some((ANA, "ana")));
    let mut last = program.socket().await;
    last.say(hello(json!(null), &["agent"])).await;
    last.hear_type("snapshot").await;
    world.stop.cancel();
    assert_eq!(last.hear().await, Err(1012));
}

/// What ends a session, and the code its sockets close with.
#[tokio::test]
async fn a_session_that_ends_closes_all_its_sockets_before_and_after_hello() {
    for ending in ["sign-out", "another password", "user removed", "revoked", "expired", "another role"] {
        let world = World::start().await;
        let ana = match ending {
            "revoked" | "expired" => program(&world).await,
            _ => world.client.signed_in("ana", "secret").await,
        };
        let (mut silent, mut talking) = (ana.socket().await, ana.socket().await);
        talking.say(hello(json!(null), &["agent"])).await;
        talking.hear_type("snapshot").await;
        let waiting = ana.post("/api/v1/ws-tickets", json!(null)).await.json();
        let code = end(&world, &ana, ending).await;
        let ended = std::time::Instant::now();
        assert_eq!((silent.hear().await, talking.hear().await), (Err(code), Err(code)), "{ending}");
        assert!(ended.elapsed() < std::time::Duration::from_secs(2), "{ending}: {:?}", ended.elapsed());
        if code == 4401 {
            let url = format!("ws://{}/ws?ticket={}", world.client.addr, waiting["ticket"].as_str().unwrap());
            let refused = tokio_tungstenite::connect_async(url).await.map(drop).unwrap_err();
            assert!(refused.to_string().contains("401"), "{ending}: its tickets are worth nothing");
        }
    }
}

const EXPIRES_S: u64 = 60;

async fn program(world: &World) -> crate::client::Client {
    let admin = world.bearer("root", Role::Admin, None);
    let wanted = json!({"name": "crm", "role": "agent", "agent": "ana", "expires_in_s": EXPIRES_S});
    let made = admin.post("/api/v1/tokens", wanted).await.json();
    world.client.with("Authorization", &format!("Bearer {}", made["token"].as_str().unwrap()))
}

/// Gives the close code that is expected.
async fn end(world: &World, ana: &crate::client::Client, how: &str) -> u16 {
    let listed = |user: &str, via| world.directory.now().session_for(user, via);
    match how {
        "sign-out" => assert_eq!(ana.send("POST", "/api/v1/sign-out", None).await.status, 204),
        "another password" => {
            drop(world.sessions.refresh(|user, via| {
                Some(carillon::door::NewSession { stamp: "another".into(), ..listed(user, via)? })
            }))
        }
        "user removed" => drop(world.sessions.refresh(|_, _| None)),
        "another role" => {
            world
                .sessions
                .refresh(|user, via| Some(carillon::door::NewSession { role: Role::Supervisor, ..listed(user, via)? }));
            return 1012;
        }
        "revoked" => {
            let admin = world.bearer("root", Role::Admin, None);
            let id = admin.get("/api/v1/tokens").await.json()["items"][0]["id"].clone();
            assert_eq!(admin.send("DELETE", &format!("/api/v1/tokens/{id}"), None).await.status, 204);
        }
        "expired" => {
            // The rest of its time passes, and another session ends, which makes sockets look.
            world.ahead.store(EXPIRES_S * 1_000_000, std::sync::atomic::Ordering::Relaxed);
            let other = world.client.signed_in("sue", "secret").await;
            other.send("POST", "/api/v1/sign-out", None).await;
        }
        _ => panic!("{how}"),
    }
    4401
}

#[tokio::test]
async fn a_socket_closes_in_the_moment_in_which_its_session_expires() {
    let world = World::start().await;
    let program = program(&world).await;
    let left = std::time::Duration::from_millis(300);
    world.ahead.store(EXPIRES_S * 1_000_000 - 300_000, std::sync::atomic::Ordering::Relaxed);
    let mut tab = program.socket().await;
    tab.say(hello(json!(null), &["agent"])).await;
    tab.hear_type("snapshot").await;
    world.ahead.store(EXPIRES_S * 1_000_000, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(tokio::time::timeout(left * 10, tab.hear()).await, Ok(Err(4401)));
}
