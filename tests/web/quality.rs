//! Quality through the API: a contact is judged by a scorecard, its agent sees that and disputes it, somebody answers.

use std::time::Duration;

use carillon::base::{AgentId, CallDirection, InteractionId, QueueId, Rng};
use carillon::crm::{Interaction, Outcome};
use carillon::door::Role;
use carillon::setup::{self, UserModel, read};
use serde_json::{Value, json};

use crate::client::Client;
use crate::world::{ANA, BEN, NOW, World};

const CENTER: &str = "[center]\n[queue.sales]\n[agent.ana]\n[agent.ben]\n[user.sue]\nrole = \"supervisor\"\n\
    [user.tom]\nrole = \"supervisor\"\n[scorecard.care]\nname = { en = \"Care\", zh = \"关怀\" }\nqueues = [\"sales\"]\n\
    pick = { raters = [\"sue\", \"tom\"], share_percent = 100 }\n\
    [[scorecard.care.sections]]\nname = { en = \"Talk\", zh = \"沟通\" }\nweight = 40\n\
    items = [{ key = \"greet\" }, { key = \"calm\", points = 5, weight = 3, optional = true }]\n\
    [[scorecard.care.sections]]\nname = { en = \"Work\", zh = \"处理\" }\nweight = 60\n\
    items = [{ key = \"solved\", points = 10 }, { key = \"secret\", fatal = true }]\n";

/// A center with one scorecard, and supervisors to judge by it.
pub fn with_scorecard(world: &World) {
    let listed = world.directory.now();
    let mut model = listed.model.clone();
    model.scorecards = read(CENTER).unwrap().scorecards;
    for user in ["sue", "tom"] {
        let role = setup::Role::Supervisor;
        model.users.insert(user.to_owned(), UserModel { role, ..UserModel::default() });
    }
    world.directory.replace(model, listed.ids.clone());
}

async fn contact(world: &World, nth: u64, agent: AgentId) -> InteractionId {
    let at = NOW - Duration::from_secs(600 + nth);
    let row = Interaction {
        queue: Some(QueueId(1)),
        agent: Some(agent),
        answered: Some(at),
        ended: Some(at + Duration::from_secs(60)),
        outcome: Some(Outcome::Handled),
        ..Interaction::call(InteractionId::new(at, &mut Rng::new(nth)), CallDirection::Inbound, at)
    };
    world.store.save_interactions(std::slice::from_ref(&row)).await.unwrap();
    row.id
}

struct House {
    world: World,
    sue: Client,
    tom: Client,
    ana: Client,
    ben: Client,
}

async fn house() -> House {
    let world = World::start().await;
    with_scorecard(&world);
    let supervisor = |user: &str| world.bearer(user, Role::Supervisor, None);
    let (sue, tom) = (supervisor("sue"), supervisor("tom"));
    let ana = world.bearer("ana", Role::Agent, Some((ANA, "ana")));
    let ben = world.bearer("ben", Role::Agent, Some((BEN, "ben")));
    House { world, sue, tom, ana, ben }
}

impl House {
    /// Begun by Sue, of a contact of Ana's.
    async fn begun(&self, nth: u64) -> String {
        let of = contact(&self.world, nth, ANA).await;
        let answer = self.sue.post("/api/v1/evaluations", json!({"interaction": of, "scorecard": "care"})).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        format!("/api/v1/evaluations/{}", answer.json()["items"][0]["id"])
    }
}

fn answers(points: [Value; 4]) -> Value {
    let pairs = ["greet", "calm", "solved", "secret"].into_iter().zip(points);
    pairs.map(|(key, points)| (key.to_owned(), json!({"points": points}))).collect::<serde_json::Map<_, _>>().into()
}

async fn put(client: &Client, path: &str, body: Value) -> crate::client::Answer {
    client.send("PUT", path, Some(body.to_string())).await
}

#[tokio::test]
async fn a_contact_is_judged_disputed_and_settled() {
    let house = house().await;
    let cards = house.ana.get("/api/v1/scorecards").await.json();
    assert_eq!(cards["items"][0]["card"]["sections"][1]["items"][1]["fatal"], true);
    assert_eq!(cards["items"][0]["name"]["zh"], "关怀");
    let path = house.begun(1).await;
    let one = house.sue.get(&path).await.json();
    assert_eq!((&one["stage"], &one["may"], &one["agent"]), (&json!("open"), &json!(["fill", "forget"]), &json!(7)));
    assert_eq!(house.ana.get(&path).await.status, 404, "it is not handed in");

    let half = json!({"answers": {"greet": {"points": 1, "note": "warm", "at_ms": 2_000}}});
    let filled = put(&house.sue, &path, half).await.json();
    assert_eq!((&filled["score"]["total"], &filled["stage"]), (&json!(10_000), &json!("open")));
    assert_eq!(filled["answers"]["greet"], json!({"points": 1, "note": "warm", "at_ms": 2_000}));
    let early = put(&house.sue, &path, json!({"answers": {"greet": {"points": 1}}, "submit": true})).await;
    assert_eq!(early.status, 400);
    let fields = early.json()["fields"].as_array().unwrap().clone();
    let told: Vec<_> = fields.iter().map(|it| (it["field"].as_str().unwrap(), it["code"].as_str().unwrap())).collect();
    assert_eq!(told, [("answers.calm", "required"), ("answers.solved", "required"), ("answers.secret", "required")]);
    let whole = answers([json!(1), Value::Null, json!(5), json!(1)]);
    let body = json!({"answers": whole, "coaching": "Say how long it takes.", "submit": true});
    let handed = put(&house.sue, &path, body).await;
    assert_eq!(handed.status, 200, "{}", handed.json());
    // Talk: 1 of 1, what is not applicable aside; work: (0.5 + 1) / 2.
    assert_eq!(handed.json()["score"], json!({"total": 8_500, "sections": [10_000, 7_500], "fatal": []}));

    let own = house.ana.get("/api/v1/evaluations").await.json()["items"].clone();
    assert_eq!((own.as_array().unwrap().len(), &own[0]["score"]), (1, &json!(8_500)));
    let seen = house.ana.get(&path).await.json();
    assert_eq!((&seen["may"], &seen["coaching"]), (&json!(["dispute"]), &json!("Say how long it takes.")));
    let dispute = format!("{path}/dispute");
    assert_eq!(house.ana.post(&dispute, json!({"text": "  "})).await.status, 400);
    assert_eq!(house.ana.post(&dispute, json!({"text": "It was solved."})).await.status, 204);
    assert_eq!(house.ana.post(&dispute, json!({"text": "It was."})).await.status, 409);
    let body = json!({"text": "You are right.", "answers": answers([json!(1), Value::Null, json!(10), json!(1)])});
    assert_eq!(house.tom.post(&format!("{path}/reply"), body.clone()).await.status, 204);
    assert_eq!(house.sue.post(&format!("{path}/reply"), body).await.status, 409);
    let end = house.ana.get(&path).await.json();
    assert_eq!((&end["stage"], &end["score"]["total"]), (&json!("settled"), &json!(10_000)));
    assert_eq!((&end["objection"]["score"], &end["reply"]["by"]), (&json!(8_500), &json!("tom")));
    assert_eq!((&end["coaching"], &end["may"]), (&json!("Say how long it takes."), &json!([])));
}

#[tokio::test]
async fn an_agent_sees_the_own_and_judges_nobody() {
    let house = house().await;
    let path = house.begun(1).await;
    let body = json!({"answers": answers([json!(1), json!(5), json!(10), json!(0)]), "submit": true});
    let of = contact(&house.world, 2, BEN).await;
    let draft = json!({"interaction": of, "scorecard": "care"});
    for agent in [&house.ana, &house.ben] {
        assert_eq!(agent.post("/api/v1/evaluations", draft.clone()).await.code(), "not_allowed");
        assert_eq!(put(agent, &path, body.clone()).await.status, 404);
        let picks = json!({"from": "-1d", "to": "now"});
        assert_eq!(agent.post("/api/v1/scorecards/care/picks", picks).await.code(), "not_allowed");
        let agreement = format!("/api/v1/scorecards/care/agreement?interaction={of}");
        assert_eq!(agent.get(&agreement).await.code(), "not_allowed");
    }
    assert_eq!(put(&house.tom, &path, body.clone()).await.code(), "not_allowed", "it is Sue's");
    let handed = put(&house.sue, &path, body.clone()).await.json();
    assert_eq!((&handed["score"]["total"], &handed["score"]["fatal"]), (&json!(0), &json!(["secret"])));
    assert_eq!(put(&house.sue, &path, body.clone()).await.status, 409, "what is handed in stands");
    assert_eq!(put(&house.ana, &path, body).await.code(), "not_allowed");
    assert_eq!(house.ben.get(&path).await.status, 404);
    assert_eq!(house.ben.get("/api/v1/evaluations").await.json()["items"], json!([]));
    assert_eq!(house.ben.get("/api/v1/evaluations?agent=7").await.json()["items"], json!([]));
    assert_eq!(house.ben.post(&format!("{path}/dispute"), json!({"text": "x"})).await.status, 404);
    assert_eq!(house.sue.post(&format!("{path}/dispute"), json!({"text": "x"})).await.code(), "not_allowed");
    assert_eq!(house.ana.send("DELETE", &path, None).await.code(), "not_allowed");
    assert_eq!(house.ana.post(&format!("{path}/reply"), json!({"text": "x"})).await.code(), "not_allowed");
    let nobody = house.world.bearer("x", Role::Agent, None);
    assert_eq!(nobody.get("/api/v1/evaluations").await.code(), "not_allowed");
    // A supervisor who takes calls judges neither the own contacts nor the own dispute.
    let kim = house.world.bearer("kim", Role::Supervisor, Some((ANA, "ana")));
    let own = contact(&house.world, 3, ANA).await;
    assert_eq!(kim.post("/api/v1/evaluations", json!({"interaction": own, "scorecard": "care"})).await.status, 409);
    assert_eq!(kim.post(&format!("{path}/dispute"), json!({"text": "No."})).await.status, 204);
    assert_eq!(kim.post(&format!("{path}/reply"), json!({"text": "Yes."})).await.code(), "not_allowed");
}

#[tokio::test]
async fn what_cannot_be_judged_is_refused() {
    let house = house().await;
    let begin = async |body: Value| house.sue.post("/api/v1/evaluations", body).await.status;
    let of = contact(&house.world, 1, ANA).await;
    assert_eq!(begin(json!({"interaction": of, "scorecard": "none"})).await, 404);
    let unknown = InteractionId::new(NOW, &mut Rng::new(9));
    assert_eq!(begin(json!({"interaction": unknown, "scorecard": "care"})).await, 404);
    assert_eq!(begin(json!({"interaction": of, "scorecard": "care", "raters": ["ana"]})).await, 400);
    let at = NOW - Duration::from_secs(5);
    let rings = Interaction::call(InteractionId::new(at, &mut Rng::new(4)), CallDirection::Inbound, at);
    let talks = Interaction {
        agent: Some(ANA),
        answered: Some(at),
        ..Interaction::call(InteractionId::new(at, &mut Rng::new(5)), CallDirection::Inbound, at)
    };
    house.world.store.save_interactions(&[rings.clone(), talks.clone()]).await.unwrap();
    for id in [rings.id, talks.id] {
        assert_eq!(begin(json!({"interaction": id, "scorecard": "care"})).await, 409);
    }
    let path = house.begun(2).await;
    for (answers, codes) in [
        (json!({"greet": {"points": 2}}), vec!["too_many_points"]),
        (json!({"greet": {"points": null}, "smile": {"points": 1}}), vec!["not_optional", "unknown_item"]),
        (json!({"calm": {"points": 1, "note": "x".repeat(4_001)}}), vec!["too_long"]),
    ] {
        let refused = put(&house.sue, &path, json!({"answers": answers})).await;
        assert_eq!(refused.status, 400);
        let fields = refused.json()["fields"].as_array().unwrap().clone();
        assert_eq!(fields.iter().map(|it| it["code"].as_str().unwrap()).collect::<Vec<_>>(), codes);
    }
    assert_eq!(house.sue.send("DELETE", &path, None).await.status, 204);
    assert_eq!(house.sue.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_rule_picks_and_raters_are_compared() {
    let house = house().await;
    let of = contact(&house.world, 1, ANA).await;
    contact(&house.world, 2, BEN).await;
    let picks = json!({"from": "-1d", "to": "now", "seed": 3});
    let picked = house.sue.post("/api/v1/scorecards/care/picks", picks.clone()).await;
    assert_eq!(picked.json(), json!({"begun": 2}));
    assert_eq!(house.sue.post("/api/v1/scorecards/care/picks", picks.clone()).await.json(), json!({"begun": 0}));
    assert_eq!(house.sue.post("/api/v1/scorecards/none/picks", picks).await.status, 404);
    let mine = house.sue.get("/api/v1/evaluations?rater=sue&stage=open").await.json();
    assert_eq!((mine["items"].as_array().unwrap().len(), &mine["items"][0]["why"]), (1, &json!("random")));

    let other = contact(&house.world, 3, ANA).await;
    let body = json!({"interaction": other, "scorecard": "care", "raters": ["sue", "tom"]});
    let begun = house.sue.post("/api/v1/evaluations", body).await;
    assert_eq!(begun.status, 201);
    assert_eq!(begun.json()["items"].as_array().unwrap().len(), 1, "Tom's is not for Sue's eyes before hers is in");
    let hers = format!("/api/v1/evaluations/{}", begun.json()["items"][0]["id"]);
    let his = house.tom.get("/api/v1/evaluations?rater=tom&stage=open").await.json()["items"][0]["id"].clone();
    let his = format!("/api/v1/evaluations/{his}");
    assert_eq!(house.sue.get(&his).await.status, 404);
    let of_sue = json!({"answers": answers([json!(1), json!(5), json!(10), json!(1)]), "submit": true});
    let of_tom = json!({"answers": answers([json!(1), json!(4), json!(10), json!(1)]), "submit": true});
    assert_eq!(put(&house.sue, &hers, of_sue).await.status, 200);
    assert_eq!(put(&house.tom, &his, of_tom).await.status, 200);
    let agreement = house.sue.get(&format!("/api/v1/scorecards/care/agreement?interaction={other}")).await.json();
    // Said: 1 5 10 1 and 1 4 10 1. 4 * 3 - (2 * 2 + 1 * 1) = 7 of 16 - 5 = 11.
    let pair = json!({"raters": ["sue", "tom"], "items": 4, "agreed": 3, "kappa": 636});
    let sorted = |mut pair: Value| {
        pair["raters"].as_array_mut().unwrap().sort_by_key(|it| it.as_str().unwrap().to_owned());
        pair
    };
    assert_eq!(sorted(agreement["pairs"][0].clone()), pair);
    assert_eq!(agreement["kappa"], 636);
    assert_eq!(house.ana.get("/api/v1/evaluations").await.json()["items"], json!([]), "the agent sees none of it");
    let none = house.sue.get(&format!("/api/v1/scorecards/care/agreement?interaction={of}")).await.json();
    assert_eq!(none, json!({"pairs": [], "kappa": null}));
}
