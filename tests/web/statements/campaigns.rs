//! What calling out costs.

use serde_json::{Value, json};

use super::Life;

/// A campaign with many entries; and what is said of one.
pub async fn asked(life: &mut Life) {
    crate::campaigns::with_campaign(&life.world);
    let row = |nth: u32| json!({"number": format!("138001{nth:05}"), "name": format!("Pearl {nth}")});
    let rows: Vec<_> = (0..life.n).map(row).collect();
    let path = "/campaigns/care/entries";
    let loaded = life.done("POST /api/v1/campaigns/{key}/entries", path, json!({"rows": rows})).await.json();
    assert_eq!(loaded["taken"], life.n, "{loaded}");
    life.done("GET /api/v1/campaigns", "/campaigns", Value::Null).await;
    life.done("GET /api/v1/campaigns/{key}", "/campaigns/care", Value::Null).await;
    let trial = json!({"agents": 1});
    life.done("POST /api/v1/campaigns/{key}/simulate", "/campaigns/care/simulate", trial).await;
    let admin = life.admin.clone();
    life.ask(&admin, "GET /api/v1/campaigns/{key}/certificate", "/campaigns/care/certificate", None).await;
    let view = json!({"name": "Called", "query": "sort=-updated&show=board"});
    let view = admin.post("/api/v1/records/thing/views", view).await.json()["id"].clone();
    let search = json!({"kind": "thing", "view": view});
    life.done("POST /api/v1/campaigns/{key}/lists", "/campaigns/care/lists", search).await;
    // What is handed to the center costs statements beside the request: nothing is, as it ends.
    let state = "POST /api/v1/campaigns/{key}/state";
    life.done(state, "/campaigns/care/state", json!({"state": "finished"})).await;
    life.done("POST /api/v1/do-not-call", "/do-not-call", json!({"number": "13800100000"})).await;
    life.done("GET /api/v1/do-not-call", "/do-not-call?number=13800100000", Value::Null).await;
}
