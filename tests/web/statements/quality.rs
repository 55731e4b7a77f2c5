//! What judging a contact costs.

use carillon::door::Role;
use serde_json::{Value, json};

use super::Life;

/// Contacts of before, each picked to be judged; one of them all the way.
pub async fn asked(life: &mut Life) {
    crate::quality::with_scorecard(&life.world);
    life.done("GET /api/v1/scorecards", "/scorecards", Value::Null).await;
    let picks = json!({"from": "-1d", "to": "now"});
    let picked = life.done("POST /api/v1/scorecards/{key}/picks", "/scorecards/care/picks", picks).await.json();
    assert!(picked["begun"].as_u64().unwrap() >= u64::from(life.n), "{picked}");
    let listed = life.done("GET /api/v1/evaluations", "/evaluations?limit=200", Value::Null).await.json();
    let of = listed["items"][0]["interaction"].clone();
    // Root has the seat of Ana here, who judges nobody's contact of her own: Sue does.
    let sue = life.world.bearer("sue", Role::Supervisor, None);
    let draft = json!({"interaction": of, "scorecard": "care", "raters": ["sue", "tom"]});
    life.done_by(&sue, "POST /api/v1/evaluations", "/evaluations", draft).await;
    let mine = sue.get("/api/v1/evaluations?rater=sue&stage=open").await.json()["items"].clone();
    let path = format!("/evaluations/{}", mine[0]["id"]);
    life.done("GET /api/v1/evaluations/{id}", &path, Value::Null).await;
    let points = [("greet", 1), ("calm", 5), ("solved", 10), ("secret", 1)];
    let answers: serde_json::Map<String, Value> =
        points.into_iter().map(|(key, points)| (key.to_owned(), json!({"points": points}))).collect();
    let body = json!({"answers": answers, "submit": true});
    life.done_by(&sue, "PUT /api/v1/evaluations/{id}", &path, body).await;
    let dispute = "POST /api/v1/evaluations/{id}/dispute";
    life.done(dispute, &format!("{path}/dispute"), json!({"text": "No."})).await;
    let reply = json!({"text": "Yes.", "answers": answers});
    life.done_by(&sue, "POST /api/v1/evaluations/{id}/reply", &format!("{path}/reply"), reply).await;
    let agreement = format!("/scorecards/care/agreement?interaction={}", of.as_str().unwrap());
    life.done("GET /api/v1/scorecards/{key}/agreement", &agreement, Value::Null).await;
    let open = life.admin.get("/api/v1/evaluations?stage=open").await.json()["items"].clone();
    life.done("DELETE /api/v1/evaluations/{id}", &format!("/evaluations/{}", open[0]["id"]), Value::Null).await;
}
