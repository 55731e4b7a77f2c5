//! Flows over the API: read, checked, tried, kept as drafts, published, and two at once.

use carillon::door::Role;
use carillon::setup::read;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::world::{NOW, World};

const CENTER: &str =
    "[center]\nlanguages = [\"en\", \"zh\"]\n[queue.sales]\n[agent.ana]\n[number.4000]\nflow = \"sales\"\n";
const FLOW: &str = "# Ours.\ntitle = \"Line\"\nstart = \"in\"\n[step.in]\ndo = \"answer\"\nnext = \"hello\"\n[step.hello]\n\
                    do = \"play\"\nprompts = \"welcome\"\nnext = \"sales\"\n[step.sales]\ndo = \"queue\"\nqueue = \"sales\"\n\
                    next = \"bye\"\n[step.bye]\ndo = \"hangup\"\n";

async fn world() -> (World, Client) {
    let world = World::start().await;
    let plan = world.store.plan(read(CENTER).unwrap()).await.unwrap();
    world.store.apply(&plan, "setup", NOW).await.unwrap();
    let admin = world.bearer("root", Role::Admin, None);
    (world, admin)
}

async fn draft(client: &Client, key: &str, version: u32, text: &str, base: &Value) -> Answer {
    let client = client.with("If-Match", &format!("\"{version}\""));
    let body = json!({"text": text, "base": base}).to_string();
    client.send("PUT", &format!("/api/v1/center/flows/{key}/draft"), Some(body)).await
}

async fn publish(client: &Client, key: &str, version: u32) -> Answer {
    let client = client.with("If-Match", &format!("\"{version}\""));
    client.send("POST", &format!("/api/v1/center/flows/{key}/publish?accept_warnings=true"), None).await
}

async fn flow(client: &Client, key: &str) -> Value {
    let answer = client.get(&format!("/api/v1/center/flows/{key}")).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

#[tokio::test]
async fn a_draft_leads_nobody_until_it_is_published_and_comes_back_from_its_history() {
    let (_world, admin) = world().await;
    assert_eq!(admin.get("/api/v1/center/flows/line").await.code(), "not_found");
    assert_eq!(draft(&admin, "Line", 0, FLOW, &json!(0)).await.status, 400, "no key of an object");
    let saved = draft(&admin, "line", 0, FLOW, &json!(0)).await;
    assert_eq!((saved.status, saved.json()["version"].as_u64()), (200, Some(1)));
    let told = flow(&admin, "line").await;
    assert_eq!(
        (&told["published"], &told["origin"], &told["look"]["findings"]),
        (&Value::Null, &Value::Null, &json!([]))
    );
    assert_eq!(told["draft"]["author"], "root");
    assert!(admin.get("/api/v1/center/objects/flow").await.json()["items"].as_array().unwrap().is_empty());
    // Who begins one where there is one is told, and so is who comes second.
    assert_eq!(draft(&admin, "line", 0, FLOW, &json!(0)).await.code(), "version_changed");
    assert_eq!(publish(&admin, "line", 7).await.code(), "version_changed");
    assert_eq!(publish(&admin, "line", 1).await.status, 200);
    let told = flow(&admin, "line").await;
    assert_eq!((told["published"].as_str(), &told["draft"]), (Some(FLOW), &Value::Null));
    let first = told["version"].clone();

    let other = FLOW.replace("welcome", "goodbye");
    assert_eq!(draft(&admin, "line", 0, &other, &first).await.status, 200, "there is none now");
    let version = flow(&admin, "line").await["draft"]["version"].as_u64().unwrap() as u32;
    assert_eq!(publish(&admin, "line", version).await.status, 200);
    let then = admin.get(&format!("/api/v1/center/flows/line/versions/{first}")).await.json();
    assert_eq!(then["text"], FLOW);
    let history = admin.get("/api/v1/center/objects/flow/line/history").await.json();
    assert_eq!(
        (&history["items"][0]["change"], &history["items"][1]["change"]),
        (&json!("changed"), &json!("created"))
    );
    // The draft was made of the flow as it was before.
    assert_eq!(draft(&admin, "line", 0, FLOW, &first).await.status, 200);
    let version = flow(&admin, "line").await["draft"]["version"].as_u64().unwrap() as u32;
    assert_eq!(publish(&admin, "line", version).await.code(), "version_changed");
    let listed = admin.get("/api/v1/center/flows").await.json();
    let line = listed["items"].as_array().unwrap().iter().find(|item| item["key"] == "line").unwrap();
    assert_eq!((&line["title"], &line["origin"], &line["works"]), (&json!("Line"), &json!("center"), &json!(true)));
    let file = listed["items"].as_array().unwrap().iter().find(|item| item["key"] == "file").unwrap();
    assert_eq!((&file["origin"], &file["version"]), (&json!("file"), &json!(0)));
}

#[tokio::test]
async fn a_flow_that_a_number_leads_to_stays() {
    let (_world, admin) = world().await;
    assert_eq!(draft(&admin, "line", 0, FLOW, &json!(0)).await.status, 200);
    assert_eq!(publish(&admin, "line", 1).await.status, 200);
    let number = admin.get("/api/v1/center/objects/number/4000").await.json();
    let put = admin.with("If-Match", &format!("\"{}\"", number["version"]));
    let body = json!({"fields": {"flow": "line"}}).to_string();
    let answer = put.send("PUT", "/api/v1/center/objects/number/4000?accept_warnings=true", Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let version = flow(&admin, "line").await["version"].clone();
    let gone = admin.with("If-Match", &format!("\"{version}\""));
    let refused = gone.send("DELETE", "/api/v1/center/objects/flow/line?accept_warnings=true", None).await;
    assert_eq!((refused.status, refused.code().as_str()), (422, "mistakes"));
    assert_eq!(refused.json()["fields"][0]["field"], "number.4000.flow");
}

#[tokio::test]
async fn what_is_drawn_is_checked_in_its_text_and_tried() {
    let (_world, admin) = world().await;
    let check = async |body: Value| admin.post("/api/v1/center/flow-check", body).await;
    let look = check(json!({"key": "line", "text": FLOW})).await.json();
    let mut drawing = look["drawing"].clone();
    drawing["steps"][2]["fields"]["queue"] = json!("sale");
    let look = check(json!({"key": "line", "text": FLOW, "drawing": drawing})).await.json();
    assert_eq!(look["text"], FLOW.replace("queue = \"sales\"", "queue = \"sale\""), "the comment stays");
    let found = &look["findings"][0];
    assert_eq!(
        (&found["step"], &found["field"], &found["code"], &found["named"]["near"], &found["line"]),
        (&json!("sales"), &json!("queue"), &json!("unknown_queue"), &json!("sales"), &json!(13))
    );
    assert_eq!(check(json!({"key": "line", "text": "a = ", "drawing": drawing})).await.code(), "mistakes");
    assert_eq!(check(json!({"key": "line", "text": "a = "})).await.json()["drawing"], Value::Null);

    let asked = json!({"key": "line", "text": FLOW, "at": "2026-11-30T10:00", "number": "+8613800138000"});
    let told = admin.post("/api/v1/center/flow-rehearsal", asked.clone()).await.json();
    let items = told["items"].as_array().unwrap();
    let heard = items.iter().find(|item| item["what"] == "heard").unwrap();
    assert!(heard["said"].as_str().unwrap().contains("Welcome"), "{heard}");
    assert_eq!(items.last().unwrap()["reason"], "finished");
    for (field, value, code) in [
        ("at", json!("soon"), "bad_request"),
        ("digits", json!("1a"), "bad_request"),
        ("text", json!("start = \"x\""), "mistakes"),
    ] {
        let mut wrong = asked.clone();
        wrong[field] = value;
        assert_eq!(admin.post("/api/v1/center/flow-rehearsal", wrong).await.code(), code, "{field}");
    }
}
