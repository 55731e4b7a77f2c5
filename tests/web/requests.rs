use carillon::base::{CallDirection, Channel, Instant, InteractionId, QueueId, Rng};
use carillon::crm::{Interaction, InteractionEvent, Outcome};
use carillon::door::Role;
use carillon::store::recordings::{Made, Recorded, Tape};
use serde_json::{Value, json};
use sha2::Digest as _;

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
        linked: None,
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
        entered: Vec::new(),
        segments: Vec::new(),
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
    assert_eq!(center["agents"], json!([{"id": 7, "key": "ana", "name": "Ana Lindqvist", "group": null}]));
    assert_eq!(center["groups"], json!([]));
}

#[tokio::test]
async fn agents_see_where_a_call_can_go() {
    let world = World::start().await;
    assert_eq!(world.client.get("/api/v1/colleagues").await.code(), "not_signed_in");
    let told = agent(&world).get("/api/v1/colleagues").await.json();
    assert_eq!(told, json!({"at": NOW.as_micros(), "agents": [], "queues": [], "flows": []}));
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
    assert_eq!(page["items"][0]["caller_shown"], "", "the number is withheld");
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
    assert!(world.heard().contains("MessageHeard"), "a message is not new any more");
    assert_eq!(whole.header("content-type"), Some("audio/wav"));
    let part = agent(&world).with("Range", "bytes=2-4").get(&path).await;
    assert_eq!((part.status, part.body.as_slice()), (206, b"234".as_slice()));
    assert_eq!(part.header("content-range"), Some("bytes 2-4/10"));
    assert_eq!(agent(&world).with("Range", "bytes=10-").get(&path).await.code(), "bad_range");
    let escaping = interaction(&world, 2, ANA, Some("../test.db")).await;
    assert_eq!(agent(&world).get(&format!("/api/v1/interactions/{escaping}/recording")).await.code(), "not_found");
}

/// A sealed recording of three seconds and a bit, summed up.
async fn sealed(world: &World, nth: u64) -> (InteractionId, Recorded) {
    let name = format!("d/{nth}.wav");
    let id = interaction(world, nth, ANA, Some(&name)).await;
    let shelf = &world.state.recordings;
    let made = Made { interaction: id, channels: 2, sample_rate: 8_000 };
    let mut tape = Tape::create(&shelf.folder.join(&name), made, shelf.keys().as_deref()).unwrap();
    let samples: Vec<i16> = (0..50_000).map(|i| (i % 20_000) as i16).collect();
    tape.write(0, &samples).unwrap();
    tape.finish().unwrap();
    let recorded = shelf.sum_up(&name, id).unwrap();
    world.store.keep_recording(&recorded, NOW).await.unwrap();
    (id, recorded)
}

#[tokio::test]
async fn a_sealed_recording_is_heard_by_right_and_every_use_is_noted() {
    let world = World::start().await;
    let (id, recorded) = sealed(&world, 1).await;
    let path = format!("/api/v1/interactions/{id}/recording");
    let sum = |bytes: &[u8]| format!("{:x}", sha2::Sha256::digest(bytes));
    let whole = agent(&world).get(&path).await;
    assert_eq!((whole.status, sum(&whole.body)), (200, recorded.sha256.clone()));
    assert_eq!(whole.body[..4], *b"RIFF");
    for (range, part) in [("bytes=0-9", 0..10), ("bytes=16000-48100", 16_000..48_101), ("bytes=-5", 100_039..100_044)] {
        let answer = agent(&world).with("Range", range).get(&path).await;
        assert_eq!((answer.status, answer.body), (206, whole.body[part].to_vec()), "{range}");
    }
    let file = supervisor(&world).get(&format!("{path}?download=true")).await;
    assert_eq!((file.status, file.body == whole.body), (200, true));
    assert!(file.header("content-disposition").unwrap().contains(&format!("{id}.wav")));
    let stranger = world.bearer("ben", Role::Agent, Some((BEN, "ben")));
    assert_eq!(stranger.get(&path).await.code(), "not_found");

    let shown = agent(&world).get(&format!("/api/v1/interactions/{id}")).await.json();
    assert_eq!(shown["recorded"]["sha256"], recorded.sha256);
    assert_eq!((&shown["recorded"]["key"], &shown["recorded"]["complete"]), (&json!("first"), &json!(true)));
    assert_eq!((&shown["recorded"]["duration_ms"], &shown["hold"]), (&json!(3_125), &json!(null)));
    let verified = supervisor(&world).post(&format!("{path}/verify"), Value::Null).await.json();
    assert_eq!((&verified["same"], &verified["sha256"]), (&json!(true), &json!(recorded.sha256)));

    assert_eq!(agent(&world).get(&format!("{path}/log")).await.code(), "not_allowed");
    let log = supervisor(&world).get(&format!("{path}/log")).await.json();
    let lines: Vec<_> = log["items"].as_array().unwrap().iter().map(|line| (&line["user"], &line["what"])).collect();
    let line = |user: &str, what: &str| (json!(user), json!(what));
    let wanted = [line("sue", "verified"), line("sue", "downloaded"), line("ana", "played")];
    assert_eq!(lines, wanted.iter().map(|(a, b)| (a, b)).collect::<Vec<_>>(), "parts of one hearing are one");
}

#[tokio::test]
async fn a_recording_that_cannot_be_heard_says_why() {
    let world = World::start().await;
    let (id, _) = sealed(&world, 1).await;
    let path = format!("/api/v1/interactions/{id}/recording");
    let file = world.recordings.join("d/1.wav.sealed");
    let good = std::fs::read(&file).unwrap();
    let mut bad = good.clone();
    bad[20_000] ^= 1;
    std::fs::write(&file, &bad).unwrap();
    let whole = agent(&world).get(&path).await;
    assert_eq!((whole.status, whole.code().as_str()), (409, "recording_damaged"));
    assert_eq!(agent(&world).with("Range", "bytes=0-99").get(&path).await.status, 206, "before the fault");
    assert_eq!(supervisor(&world).post(&format!("{path}/verify"), Value::Null).await.code(), "recording_damaged");
    // Sealed by a center whose key is not here.
    let other = World::start().await;
    let (strange, _) = sealed(&other, 1).await;
    assert_eq!(strange, id);
    let text = std::fs::read_to_string(other.recordings.parent().unwrap().join("keys")).unwrap();
    let mut theirs = std::fs::read(other.recordings.join("d/1.wav.sealed")).unwrap();
    assert!(text.contains("first"));
    std::fs::write(&file, &theirs).unwrap();
    assert_eq!(agent(&world).get(&path).await.code(), "recording_damaged", "a key of the same name");
    theirs[65..70].copy_from_slice(b"lost!");
    std::fs::write(&file, &theirs).unwrap();
    let locked = agent(&world).get(&path).await;
    assert_eq!((locked.status, locked.code().as_str()), (409, "recording_locked"));
    assert!(locked.json()["detail"].as_str().unwrap().contains("lost!"));
}

#[tokio::test]
async fn a_contact_is_held_by_supervisors_and_freed_by_administrators() {
    let world = World::start().await;
    let (id, _) = sealed(&world, 1).await;
    let path = format!("/api/v1/interactions/{id}/hold");
    let put = |client: Client, reason: &str| {
        let (path, body) = (path.clone(), json!({"reason": reason}).to_string());
        async move { client.send("PUT", &path, Some(body)).await }
    };
    assert_eq!(put(agent(&world), "court").await.code(), "not_allowed");
    assert_eq!(put(supervisor(&world), " ").await.code(), "bad_request");
    assert_eq!(put(supervisor(&world), "court 12/26").await.json()["reason"], "court 12/26");
    let shown = agent(&world).get(&format!("/api/v1/interactions/{id}")).await.json();
    assert_eq!((&shown["hold"]["user"], &shown["hold"]["reason"]), (&json!("sue"), &json!("court 12/26")));
    assert_eq!(supervisor(&world).send("DELETE", &path, None).await.code(), "not_allowed");
    let admin = world.bearer("root", Role::Admin, None);
    let recording = format!("/api/v1/interactions/{id}/recording");
    let delete = format!("{recording}?reason=law");
    assert_eq!(admin.send("DELETE", &delete, None).await.code(), "conflict", "it is held");
    assert_eq!(admin.send("DELETE", &path, None).await.status, 204);
    assert_eq!(admin.send("DELETE", &path, None).await.code(), "not_found");
    let log = supervisor(&world).get(&format!("/api/v1/interactions/{id}/recording/log")).await.json();
    assert_eq!((&log["items"][0]["what"], &log["items"][1]["detail"]), (&json!("freed"), &json!("court 12/26")));
    assert_eq!(supervisor(&world).send("DELETE", &delete, None).await.code(), "not_allowed");
    assert_eq!(admin.send("DELETE", &recording, None).await.code(), "bad_request", "why?");
    assert_eq!(admin.send("DELETE", &delete, None).await.status, 204);
    let gone = agent(&world).get(&recording).await;
    assert_eq!((gone.status, gone.code().as_str()), (410, "recording_deleted"));
    assert!(!world.recordings.join("d/1.wav.sealed").exists());
    let shown = agent(&world).get(&format!("/api/v1/interactions/{id}")).await.json();
    assert_eq!((&shown["recorded"]["deleted_by"], shown["recorded"]["deleted"].is_u64()), (&json!("root"), true));
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

    let team = async |body: Value| sue.post("/api/v1/agents/presence", body).await;
    assert_eq!(team(json!({"agents": [8, 7, 7], "state": "ready"})).await.json(), json!({"result": "done"}));
    assert_eq!(team(json!({"agents": [7], "state": "not_ready", "reason": "break"})).await.status, 200);
    let heard = world.heard();
    assert!(heard.contains("sue SetReadyTogether { agents: [AgentId(7), AgentId(8)] }"), "{heard}");
    for bad in [
        json!({"agents": [], "state": "ready"}),
        json!({"agents": [7], "state": "not_ready"}),
        json!({"agents": [7], "state": "ready", "reason": "break"}),
        json!({"group": "nowhere", "state": "ready"}),
    ] {
        assert_eq!(team(bad.clone()).await.code(), "bad_request", "{bad}");
    }
    let refused = ana.post("/api/v1/agents/presence", json!({"agents": [7], "state": "ready"})).await;
    assert_eq!(refused.code(), "not_allowed");

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
    let page = world.client.get("/docs/api.md").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(String::from_utf8(page.body).unwrap().contains("<h1"), "read as a page, not as Markdown");
    assert_eq!(world.client.get("/docs/style.css").await.header("content-type"), Some("text/css; charset=utf-8"));
    assert_eq!(world.client.get("/docs/screens/sign-in-en.png").await.header("content-type"), Some("image/png"));
    assert_eq!(world.client.get("/docs/../Cargo.toml").await.status, 404);
    for bad in ["/docs/../Cargo.toml", "/docs/%2e%2e/Cargo.toml", "/docs//etc/passwd"] {
        assert_ne!(world.client.get(bad).await.status, 200, "{bad}");
    }
}

#[tokio::test]
async fn a_customer_is_written_to_at_an_address_of_his_own_and_once() {
    let world = World::start().await;
    let ana = agent(&world);
    let draft = json!({"name": "王丽华", "contact_points": [{"kind": "email", "value": "Li@Example.com"}]});
    let path = format!("/api/v1/customers/{}/messages", ana.post("/api/v1/customers", draft).await.json()["id"]);
    let mail = |to: &str, subject: &str| json!({"channel": "mail", "to": to, "subject": subject, "body": "您好"});
    for (bad, fields) in [
        (mail("wang@example.com", "您的戒指"), &["to"][..]),
        (mail("li@example.com", "a\r\nBcc: all@example.com"), &["subject"]),
        (json!({"channel": "mail", "to": "", "subject": "", "body": ""}), &["to", "subject", "body"]),
    ] {
        let answer = ana.post(&path, bad).await.json();
        let told: Vec<_> = answer["fields"].as_array().unwrap().iter().map(|field| field["field"].clone()).collect();
        assert_eq!((&answer["code"], json!(told)), (&json!("bad_request"), json!(fields)), "{answer}");
    }
    let other = interaction(&world, 1, BEN, None).await;
    let mut about = mail("li@example.com", "您的戒指");
    about["interaction"] = json!(other);
    assert_eq!(ana.post(&path, about.clone()).await.status, 404, "not her contact");
    about["interaction"] = json!(interaction(&world, 2, ANA, None).await);
    let keyed = ana.with("Idempotency-Key", "m1");
    let sent = keyed.post(&path, about.clone()).await;
    assert_eq!(sent.status, 201, "{}", sent.json());
    let sent = sent.json();
    assert_eq!(
        (&sent["state"], &sent["by"], &sent["to"]),
        (&json!("waiting"), &json!("ana"), &json!("li@example.com"))
    );
    assert_eq!(keyed.post(&path, about).await.json()["id"], sent["id"], "sent twice, written once");
    let told = ana.get(&path).await.json();
    assert_eq!((&told["items"], &told["channels"], &told["next"]), (&json!([sent]), &json!(["mail"]), &Value::Null));
    assert_eq!(ana.post("/api/v1/customers/999/messages", mail("li@example.com", "a")).await.status, 404);
}

#[tokio::test]
async fn customers_are_made_once_joined_and_found() {
    let world = World::start().await;
    let ana = agent(&world);
    let draft = json!({"name": " 王丽华 ", "language": "zh", "notes": "prefers mornings",
        "contact_points": [{"kind": "phone", "value": "138 0013 8000"}, {"kind": "email", "value": "Li@Example.com"}]});
    let keyed = ana.with("Idempotency-Key", "k1");
    let made = keyed.post("/api/v1/customers", draft.clone()).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let made = made.json();
    assert_eq!((&made["name"], &made["contact_points"][0]["value"]), (&json!("王丽华"), &json!("+8613800138000")));
    assert_eq!(keyed.post("/api/v1/customers", draft.clone()).await.json()["id"], made["id"], "sent twice, made once");
    let sue = supervisor(&world).with("Idempotency-Key", "k1");
    assert_ne!(sue.post("/api/v1/customers", draft).await.json()["id"], made["id"], "another user's key is another");

    let path = format!("/api/v1/customers/{}", made["id"]);
    let more =
        json!({"notes": "moved", "contact_points": [{"kind": "phone", "value": "+33142685300", "label": "Paris"}]});
    let joined = ana.send("PATCH", &path, Some(more.to_string())).await.json();
    assert_eq!(joined["notes"], "prefers mornings\nmoved");
    assert_eq!(joined["contact_points"].as_array().unwrap().len(), 3);
    for query in ["5300", "li@example", "%E7%8E%8B%E4%B8%BD"] {
        let found = ana.get(&format!("/api/v1/customers?q={query}")).await.json();
        assert!(found["items"].as_array().unwrap().iter().any(|card| card["id"] == made["id"]), "{query}: {found}");
    }
    for bad in [
        json!({"name": ""}),
        json!({"name": "x", "contact_points": [{"kind": "phone", "value": "12"}]}),
        json!({"name": "x", "contact_points": [{"kind": "fax", "value": "1"}]}),
        json!({"name": "x".repeat(201)}),
        json!({"name": "x", "tags": vec!["t"; 21]}),
        json!({"name": "x", "vip": true}),
    ] {
        assert_eq!(ana.post("/api/v1/customers", bad.clone()).await.code(), "bad_request", "{bad}");
    }
    assert_eq!(ana.send("PATCH", "/api/v1/customers/999", Some("{}".into())).await.code(), "not_found");
    let ring = json!({"number": "A-1", "placed": "2026-05-20", "item": "Ring", "amount_minor": 128_000, "currency": "CNY", "status": "paid"});
    let chain = json!({"number": "A-2", "placed": "2026-06-01", "amount_minor": 9_900, "currency": "CNY"});
    let buyer = json!({"name": "Buyer", "orders": [ring], "dates": [["birthday", "05-17"]]});
    let made = ana.post("/api/v1/customers", buyer).await.json();
    assert_eq!((&made["orders"], &made["dates"]), (&json!([ring]), &json!([["birthday", "05-17"]])), "{made}");
    let path = format!("/api/v1/customers/{}", made["id"]);
    let mut sent = ring.clone();
    sent["status"] = json!("delivered");
    let more = json!({"orders": [chain, sent], "dates": [["wedding", "2014-10-02"]]});
    let joined = ana.send("PATCH", &path, Some(more.to_string())).await.json();
    assert_eq!((joined["orders"].as_array().unwrap().len(), &joined["orders"][1]), (2, &sent), "known by its number");
    assert_eq!(joined["dates"], json!([["birthday", "05-17"], ["wedding", "2014-10-02"]]));
    let put = async |version: u32, body: Value| {
        ana.with("If-Match", &version.to_string()).send("PUT", &path, Some(body.to_string())).await
    };
    let version = u32::try_from(joined["version"].as_u64().unwrap()).unwrap();
    let kept = put(version, json!({"name": "Buyer"})).await.json();
    assert_eq!((&kept["orders"], &kept["dates"]), (&joined["orders"], &joined["dates"]), "what is not named stays");
    assert_eq!(put(version, json!({"name": "Buyer", "orders": []})).await.code(), "version_changed");
    let replaced = put(version + 1, json!({"name": "Buyer", "orders": [ring], "dates": []})).await.json();
    assert_eq!((&replaced["orders"], &replaced["dates"]), (&json!([ring]), &json!([])));
    assert_eq!(ana.get("/api/v1/customers?q=A-1").await.json()["items"][0]["name"], "Buyer");
    let wrong = put(
        version + 2,
        json!({"name": "Buyer", "orders": [{"number": "A-3", "placed": "today", "amount_minor": 1, "currency": "CNY"}]}),
    );
    assert_eq!(wrong.await.json()["fields"][0]["code"], "not_a_date");
    assert_eq!(ana.get("/api/v1/customers/999/timeline").await.code(), "not_found");
    assert_eq!(ana.get(&format!("{path}/timeline")).await.json(), json!({"items": []}));
}

#[tokio::test]
async fn of_two_who_edit_a_customer_the_second_is_told() {
    let world = World::start().await;
    let ana = agent(&world);
    let made = ana.post("/api/v1/customers", json!({"name": "Camille", "tags": ["bridal"], "notes": "mornings"})).await;
    let path = format!("/api/v1/customers/{}", made.json()["id"]);
    let read = ana.get(&path).await;
    let version = read.json()["version"].as_u64().unwrap();
    assert_eq!(read.header("etag"), Some(format!("\"{version}\"").as_str()));
    let edited = json!({"name": "Camille Laurent", "tier": "gold", "contact_points": [{"kind": "email", "value": "C@Example.com"}]});
    let put = async |version: Option<u64>, body: &Value| {
        let client = version.map_or(ana.clone(), |version| ana.with("If-Match", &format!("\"{version}\"")));
        client.send("PUT", &path, Some(body.to_string())).await
    };
    assert_eq!(put(None, &edited).await.code(), "version_required");
    let done = put(Some(version), &edited).await;
    assert_eq!(done.status, 200, "{}", done.json());
    let done = done.json();
    assert_eq!((&done["name"], &done["tags"], &done["notes"]), (&json!("Camille Laurent"), &json!([]), &json!("")));
    assert_eq!(done["contact_points"][0]["value"], "c@example.com");

    let late = put(Some(version), &edited).await;
    assert_eq!((late.status, late.code(), &late.json()["version"]), (412, "version_changed".into(), &done["version"]));
    let bad = json!({"name": " ", "contact_points": [{"kind": "phone", "value": "12"}]});
    let refused = put(done["version"].as_u64(), &bad).await;
    assert_eq!((refused.status, refused.code()), (400, "bad_request".into()));
    let fields = refused.json()["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["field"].clone(), it["code"].clone()))
        .collect::<Vec<_>>();
    assert_eq!(fields, [(json!("name"), json!("required")), (json!("contact_points.0.value"), json!("not_a_number"))]);
}

#[tokio::test]
async fn a_contact_is_linked_in_the_center_and_afterwards_in_the_store() {
    let world = World::start().await;
    let (ana, ben) = (interaction(&world, 1, ANA, None).await, interaction(&world, 2, BEN, None).await);
    let customer = agent(&world).post("/api/v1/customers", json!({"name": "Camille"})).await.json()["id"].clone();
    let link = async |client: Client, id: InteractionId, customer: &Value| {
        client.post(&format!("/api/v1/interactions/{id}/customer"), json!({ "customer": customer })).await
    };
    assert_eq!(link(agent(&world), ana, &customer).await.status, 204);
    assert!(world.heard().contains("PopChoose"), "the center is asked first");
    assert_eq!(link(agent(&world), ben, &customer).await.code(), "not_found", "not the own contact");
    world.forgetful.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(link(supervisor(&world), ben, &customer).await.status, 204);
    let shown = supervisor(&world).get(&format!("/api/v1/interactions/{ben}")).await.json();
    assert_eq!(shown["customer_name"], "Camille");
    assert_eq!(link(supervisor(&world), ben, &json!(999)).await.code(), "unknown_customer");
    let timeline = agent(&world).get(&format!("/api/v1/customers/{customer}/timeline")).await.json();
    assert_eq!(timeline["items"][0]["queue"], Value::Null, "the store of this test knows no queue 1");
}

#[tokio::test]
async fn what_is_owed_is_listed_and_done_once() {
    let world = World::start().await;
    let id = interaction(&world, 1, ANA, None).await;
    let at = Instant::from_micros(NOW.as_micros() + 9);
    let open = world.store.interaction(id).await.unwrap();
    let open = Interaction { caller: Some("+8613800138000".to_owned().try_into().unwrap()), outcome: None, ..open };
    world.store.save_interactions(&[open]).await.unwrap();
    world.store.close_interrupted(at, &[]).await.unwrap();
    let ana = agent(&world);
    let tasks = ana.get("/api/v1/tasks").await.json();
    let task = &tasks["items"][0];
    assert_eq!(
        (&task["kind"], &task["number"], &task["outcome"]),
        (&json!("callback"), &json!("+8613800138000"), &json!("interrupted"))
    );
    let contact = format!("/api/v1/interactions/{}", task["interaction"].as_str().unwrap());
    let ben = world.bearer("ben", Role::Agent, Some((BEN, "ben")));
    assert_eq!(ben.get(&contact).await.status, 200, "who may do it sees what it is about");
    let done = format!("/api/v1/tasks/{}/done", task["id"]);
    assert_eq!(ana.send("POST", &done, None).await.status, 204);
    assert_eq!(ben.get(&contact).await.code(), "not_found");
    assert_eq!(ana.send("POST", &done, None).await.code(), "not_found");
    assert_eq!(ana.get("/api/v1/tasks").await.json(), json!({"items": []}));
}

#[tokio::test]
async fn supervisors_see_whether_trunks_work() {
    let world = World::start().await;
    assert_eq!(agent(&world).get("/api/v1/trunks").await.code(), "not_allowed");
    let trunks = supervisor(&world).get("/api/v1/trunks").await.json();
    let known = json!({
        "key": "carrier", "name": null, "destination": null, "state": "down", "since": 9, "why": "silent",
        "round_trip_us": 900, "calls": 2, "registration": null,
    });
    assert_eq!(trunks, json!({"items": [known]}));
}

#[tokio::test]
async fn supervisors_and_programs_have_somebody_called() {
    let world = World::start().await;
    let sue = supervisor(&world);
    let call = |with: Value| json!({"number": "138 0013 8000", "with": with});
    let queue = json!({"kind": "queue", "queue": "sales"});
    assert_eq!(agent(&world).post("/api/v1/calls", call(queue.clone())).await.code(), "not_allowed");
    let placed = sue.post("/api/v1/calls", call(queue)).await;
    assert_eq!((placed.status, placed.json()), (201, json!({"result": "placed", "interaction": uuid::Uuid::nil()})));
    assert!(world.heard().contains("sue PlaceCall"), "{}", world.heard());
    let nowhere = sue.post("/api/v1/calls", call(json!({"kind": "flow", "flow": "nowhere"}))).await;
    assert_eq!((nowhere.status, nowhere.code().as_str()), (409, "unknown_flow"));
    for bad in [call(json!({"kind": "queue"})), call(json!("sales")), json!({"number": "1"}), json!({"what": 1})] {
        assert_eq!(sue.post("/api/v1/calls", bad.clone()).await.code(), "bad_request", "{bad}");
    }
}

#[tokio::test]
async fn call_backs_are_paged_and_cancelled_by_supervisors() {
    let world = World::start().await;
    let sue = supervisor(&world);
    assert_eq!(agent(&world).get("/api/v1/callbacks").await.code(), "not_allowed");
    let page = sue.get("/api/v1/callbacks?limit=2").await.json();
    let [waits, dialled] = &page["items"].as_array().unwrap()[..] else { panic!("{page}") };
    assert_eq!(
        (&waits["state"], &waits["place"], &waits["queue_name"]),
        (&json!("waiting"), &json!(1), &json!("Sales"))
    );
    assert_eq!((&dialled["state"], &dialled["agent_name"]), (&json!("dialling"), &json!("Ana Lindqvist")));
    assert_eq!(waits["number"], "+8613800138001");
    let rest = sue.get(&format!("/api/v1/callbacks?limit=2&cursor={}", page["next"].as_str().unwrap())).await.json();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
    let sales = sue.get("/api/v1/callbacks?queue=sales").await.json();
    assert_eq!(sales["items"].as_array().unwrap().len(), 2);
    for bad in ["?cursor=x", "?queue=none", "?what=1"] {
        assert_eq!(sue.get(&format!("/api/v1/callbacks{bad}")).await.code(), "bad_request", "{bad}");
    }
    let path = |row: &Value| format!("/api/v1/callbacks/{}", row["interaction"].as_str().unwrap());
    assert_eq!(agent(&world).send("DELETE", &path(waits), None).await.code(), "not_allowed");
    assert_eq!(sue.send("DELETE", &path(waits), None).await.status, 204);
    assert!(world.heard().contains("sue CancelCallBack"), "{}", world.heard());
    let refused = sue.send("DELETE", &path(dialled), None).await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "wrong_state"));
    let gone = sue.send("DELETE", &path(&rest["items"][0]), None).await;
    assert_eq!((gone.status, gone.code().as_str()), (404, "unknown_call_back"));
    assert_eq!(sue.send("DELETE", "/api/v1/callbacks/7", None).await.code(), "not_found");
}

#[tokio::test]
async fn alerts_are_read_and_acknowledged_by_supervisors() {
    let world = World::start().await;
    assert_eq!(agent(&world).get("/api/v1/alerts").await.code(), "not_allowed");
    let sue = supervisor(&world);
    assert_eq!(sue.get("/api/v1/alerts").await.json(), json!({"items": [], "next": null}));
    assert_eq!(sue.get("/api/v1/alerts?cursor=x").await.code(), "bad_request");
    assert_eq!(agent(&world).get("/api/v1/alerts/7").await.code(), "not_allowed");
    assert_eq!(sue.get("/api/v1/alerts/7").await.code(), "not_found");
    let seen = sue.post("/api/v1/alerts/7/acknowledge", json!({})).await;
    assert_eq!((seen.status, seen.json()), (200, json!({"result": "done"})));
    assert!(world.heard().contains("sue AcknowledgeAlert { alert: AlertId(7) }"), "{}", world.heard());
    let over = sue.post("/api/v1/alerts/5000/acknowledge", json!({})).await;
    assert_eq!((over.status, over.code().as_str()), (404, "unknown_alert"));
    assert_eq!(sue.post("/api/v1/alerts/x/acknowledge", json!({})).await.code(), "not_found");
}
