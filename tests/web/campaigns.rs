//! Campaigns through the API: set up, loaded, started, and who is not to be called.

use std::time::Duration;

use carillon::base::AgentId;
use carillon::campaign::{
    Answerer, Class, Counting, DialId, Input, Law, Line, Mode, Output, Pacer, PersonKey, Presence, Settings, What,
};
use carillon::center::calling::{KeptPace, NewAttempt};
use carillon::door::Role;
use carillon::setup::read;
use serde_json::{Value, json};

use crate::client::Client;
use crate::world::World;

const CENTER: &str = "[center]\nregion = \"CN\"\ntimezone = \"Asia/Shanghai\"\n[queue.sales]\n[agent.ana]\n[disposition.no]\n\
    [campaign.care]\nname = { en = \"After the warranty\", zh = \"保修回访\" }\npurpose = \"care\"\nqueue = \"sales\"\n\
    mode = { mode = \"preview\", limit_s = 60 }\n";

/// A center with one campaign.
pub fn with_campaign(world: &World) {
    let listed = world.directory.now();
    let mut model = listed.model.clone();
    model.campaigns = read(CENTER).unwrap().campaigns;
    world.directory.replace(model, listed.ids.clone());
}

fn supervisor(world: &World) -> Client {
    world.bearer("sue", Role::Supervisor, None)
}

async fn load(client: &Client, kind: &str, body: &str) -> (u16, Value) {
    let client = client.with("Content-Type", kind);
    let answer = client.send_raw("POST", "/api/v1/campaigns/care/entries", body).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn a_campaign_is_loaded_started_watched_and_finished() {
    let world = World::start().await;
    with_campaign(&world);
    let sue = supervisor(&world);
    let agent = world.bearer("ana", Role::Agent, None);
    assert_eq!(agent.get("/api/v1/campaigns").await.code(), "not_allowed");
    let listed = async || sue.get("/api/v1/campaigns").await.json()["items"][0].clone();
    let draft = listed().await;
    assert_eq!(
        (&draft["key"], &draft["state"], &draft["entries"]["all"]),
        (&json!("care"), &json!("draft"), &json!(0))
    );
    assert_eq!(draft["name"]["zh"], "保修回访");
    assert_eq!(draft["mode"], json!({"mode": "preview", "limit_s": 60}));

    sue.post("/api/v1/do-not-call", json!({"number": "138 0013 8009", "why": "asked us"})).await;
    let csv = "姓名,电话,合同\n王芳,13800138001,A-1\n李雷,13800138001,A-2\n韩梅,13800138009,A-3\n无名,x,\n";
    let (status, report) = load(&sue, "text/csv", csv).await;
    assert_eq!(status, 200, "{report}");
    let counts = ["rows", "taken", "twice", "do_not_call", "refused"].map(|key| report[key].as_u64().unwrap());
    assert_eq!(counts, [4, 1, 1, 1, 1]);
    assert_eq!(report["refusals"], json!([{"line": 5, "why": "bad_number"}]));
    let rows = json!({"rows": [{"number": "+8613800138002", "name": "Ben", "zone": "Europe/Berlin", "fields": {"plan": "gold"}}]});
    assert_eq!(load(&sue, "application/json", &rows.to_string()).await.1["taken"], 1);
    assert_eq!(load(&sue, "application/json", "{\"rows\":[{\"phone\":\"1\"}]}").await.0, 400);
    assert_eq!(load(&sue, "text/csv", "name\nAna\n").await.0, 400);
    assert_eq!(load(&sue, "text/plain", csv).await.0, 415);
    assert_eq!(sue.post("/api/v1/campaigns/none/state", json!({"state": "running"})).await.status, 404);

    let become_ = async |state: &str| sue.post("/api/v1/campaigns/care/state", json!({"state": state})).await.status;
    assert_eq!(become_("paused").await, 409);
    assert_eq!(become_("running").await, 204);
    let runs = listed().await;
    assert_eq!(
        (&runs["state"], &runs["changed_by"], &runs["entries"]["open"]),
        (&json!("running"), &json!("sue"), &json!(2))
    );
    world.until_heard("Entries").await;
    let board = sue.get("/api/v1/campaigns/care").await.json();
    assert_eq!((&board["campaign"]["state"], &board["campaign"]["entries"]["open"]), (&json!("running"), &json!(2)));
    assert_eq!((&board["conversations"], &board["agents"]), (&json!(0), &json!([])));
    assert_eq!(agent.get("/api/v1/campaigns/care").await.code(), "not_allowed");
    assert_eq!(sue.get("/api/v1/campaigns/none").await.status, 404);
    assert_eq!(become_("finished").await, 204);
    assert_eq!(become_("running").await, 409);
    assert_eq!(load(&sue, "application/json", &rows.to_string()).await.0, 409);
}

#[tokio::test]
async fn anybody_may_say_that_somebody_is_not_to_be_called() {
    let world = World::start().await;
    with_campaign(&world);
    let agent = world.bearer("ana", Role::Agent, None);
    let look = async |number: &str| agent.get(&format!("/api/v1/do-not-call?number={number}")).await.json();
    assert_eq!(look("13800138009").await["listed"], false);
    let said = agent.post("/api/v1/do-not-call", json!({"number": "138 0013 8009", "why": "asked"})).await;
    assert_eq!(said.status, 204);
    world.until_heard("DoNotCall").await;
    let found = look("13800138009").await;
    assert_eq!((&found["listed"], &found["by"], &found["why"]), (&json!(true), &json!("ana"), &json!("asked")));
    assert_eq!(found["number"], "+8613800138009");
    assert_eq!(agent.post("/api/v1/do-not-call", json!({"number": "none"})).await.status, 400);
    assert_eq!(agent.get("/api/v1/do-not-call?number=none").await.status, 400);
}

#[tokio::test]
async fn a_list_has_a_name_and_is_told_by_it() {
    let world = World::start().await;
    with_campaign(&world);
    let sue = supervisor(&world);
    let csv = sue.with("Content-Type", "text/csv");
    for (list, body, taken) in [
        ("autumn", "phone\n13800138001\n13800138002\n", 2),
        ("winter", "phone\n13800138002\n13800138003\n", 1),
        ("autumn", "phone\n13800138004\n", 1),
    ] {
        let answer = csv.send_raw("POST", &format!("/api/v1/campaigns/care/entries?list={list}"), body).await;
        assert_eq!((answer.status, &answer.json()["taken"]), (200, &json!(taken)), "{list}");
    }
    let lists = sue.get("/api/v1/campaigns/care").await.json()["lists"].clone();
    let told = |nth: usize| (lists[nth]["name"].clone(), lists[nth]["all"].clone(), lists[nth]["open"].clone());
    assert_eq!(told(0), (json!("autumn"), json!(3), json!(3)));
    assert_eq!(told(1), (json!("winter"), json!(1), json!(1)));
    let long = "x".repeat(81);
    let refused = csv.send_raw("POST", &format!("/api/v1/campaigns/care/entries?list={long}"), "phone\n1\n").await;
    assert_eq!(refused.status, 400);
}

/// What the pacer said of a day, as the server writes it down, and what one who reads it says.
#[tokio::test]
async fn the_certificate_of_a_day_is_counted_again() {
    let world = World::start().await;
    with_campaign(&world);
    let sue = supervisor(&world);
    let path = "/api/v1/campaigns/care/certificate";
    assert_eq!(sue.get(path).await.status, 404, "it was never started");
    sue.post("/api/v1/campaigns/care/state", json!({"state": "running"})).await;
    let now = (world.state.clock)();
    let campaign = world.store.campaigns().await.unwrap()["care"].id;
    let law = Law { counting: Counting::Ofcom, cap: 30_000, begin: now, mistaken: 0 };
    let settings = Settings { law, mode: Mode::Progressive, ring: Duration::from_secs(20), lines: 10 };
    let (mut pacer, mut out) = (Pacer::new(settings), Vec::new());
    pacer.handle(now, Input::Agent { agent: AgentId(1), is: Presence::Ready }, &mut out);
    pacer.handle(now, Input::Next(Some(Class::default())), &mut out);
    let answered = now + Duration::from_secs(5);
    let dial = DialId(0);
    pacer.handle(answered, Input::Answered { dial, by: Answerer::Person, greeted: answered }, &mut out);
    pacer.handle(answered, Input::Served { dial, person: true }, &mut out);
    let mut lines: Vec<Line> = out.iter().filter_map(line_of).collect();
    let kept = Box::new(pacer.keep().clone());
    let written = async |seq: u64, lines: &[Line]| {
        let pace = KeptPace { campaign, seq, at: now, kept: kept.clone(), lines: lines.to_vec() };
        // Of an entry that is not there: what the pacer says is written down all the same.
        let (dial, row, person, agent) = (DialId(seq), 999, PersonKey(seq), None);
        world.store.begin_attempt(&NewAttempt { dial, row, person, agent, at: now, pace }).await.unwrap();
    };
    written(1, &lines).await;
    let told = sue.get(path).await.json();
    assert_eq!((&told["holds"], &told["dials"], &told["held"]), (&json!(true), &json!(1), &json!(1)), "{told}");
    let call = &told["items"][0];
    assert_eq!((&call["cover"], &call["ready"], &call["counted"]), (&json!("agent"), &json!(1), &json!("served")));
    assert_eq!(told["windows"][0]["served"], 1);
    assert_eq!(sue.get(&format!("{path}?day=1999-01-01")).await.json()["dials"], 0);
    assert_eq!(sue.get(&format!("{path}?day=yesterday")).await.status, 400);
    assert_eq!(sue.get(&format!("{path}?before=0")).await.json()["items"], json!([]));
    // A call that nothing carried: said again, as if the agent had been free.
    lines.retain(|line| matches!(line.what, What::Dialled { .. }));
    written(2, &lines).await;
    let told = sue.get(path).await.json();
    assert_eq!(told["holds"], false);
    assert!(told["flaw"].as_str().unwrap().contains("line"), "{told}");
}

fn line_of(output: &Output) -> Option<Line> {
    match output {
        Output::Record(line) => Some(line.clone()),
        _ => None,
    }
}

#[tokio::test]
async fn days_are_simulated_with_the_campaigns_own_figures() {
    let world = World::start().await;
    with_campaign(&world);
    let sue = supervisor(&world);
    let path = "/api/v1/campaigns/care/simulate";
    let trial = json!({"agents": 5, "mode": {"mode": "predictive"}});
    let told = sue.post(path, trial).await.json();
    assert_eq!((&told["assumed"]["agents"], &told["assumed"]["learned_from"]), (&json!(5), &json!(0)), "{told}");
    assert!(told["ours"]["talk_share"].as_f64() > Some(0.3) && told["days"].as_u64() >= Some(1), "{told}");
    assert!(told["ours"]["worst_rate"].as_f64().unwrap() <= 0.03, "{told}");
    assert_eq!(sue.post(path, json!({"agents": 101})).await.status, 400);
    let message = json!({"mode": {"mode": "agentless", "lines": 5}});
    assert_eq!(sue.post(path, message).await.status, 400);
}
