//! Campaigns through the API: set up, loaded, started, and who is not to be called.

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
