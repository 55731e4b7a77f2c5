//! The set-up object by object: who may do it, what is refused and where, two at once, the way back, and the way out
//! and in as a file.

use std::collections::BTreeSet;

use carillon::door::Role;
use carillon::setup::form::{Field, Form, form};
use carillon::setup::{Kind, Step, read};
use carillon::store::StoreSettings;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::postgres;
use crate::world::{NOW, World};

const CENTER: &str = r#"
[center]
company = "Aurelia"
languages = ["en", "zh"]
[skill.gems]
name = { en = "Gems", zh = "宝石" }
[group.shop]
[hours.office]
week = { mon = ["09:00-18:00"] }
[queue.sales]
name = "Sales"
skills = { gems = 3 }
[agent.ana]
name = "Ana"
skills = { gems = 7 }
[agent.bo]
skills = { gems = 4 }
[user.ana]
agent = "ana"
password = { argon2 = "$argon2id$today" }
[trunk.main]
networks = ["192.0.2.0/24"]
[number.4000]
flow = "sales"
[reason.break]
[reason.lunch]
[disposition.solved]
"#;

async fn stored(world: World) -> (World, Client) {
    let plan = world.store.plan(read(CENTER).unwrap()).await.unwrap();
    world.store.apply(&plan, "setup", NOW).await.unwrap();
    let admin = world.bearer("root", Role::Admin, None);
    (world, admin)
}

async fn world() -> (World, Client) {
    stored(World::start().await).await
}

fn at(kind: &str, key: &str) -> String {
    format!("/api/v1/center/objects/{kind}/{key}")
}

async fn get(client: &Client, kind: &str, key: &str) -> Value {
    let answer = client.get(&at(kind, key)).await;
    assert_eq!(answer.status, 200, "{kind} {key}: {}", answer.json());
    let told = answer.json();
    assert_eq!(answer.header("etag"), Some(format!("\"{}\"", told["version"]).as_str()));
    told
}

async fn put(client: &Client, kind: &str, key: &str, version: Option<&Value>, fields: &Value) -> Answer {
    let client = match version {
        Some(version) => client.with("If-Match", &format!("\"{version}\"")),
        None => client.with("If-None-Match", "*"),
    };
    let path = format!("{}?accept_warnings=true", at(kind, key));
    client.send("PUT", &path, Some(json!({ "fields": fields }).to_string())).await
}

/// Fields as they are shown, one of them another.
fn with(shown: &Value, field: &str, value: Value) -> Value {
    let mut fields = shown["fields"].clone();
    fields[field] = value;
    fields
}

#[tokio::test]
async fn only_administrators_set_up() {
    let (world, admin) = world().await;
    let (agent, supervisor) = (world.bearer("ana", Role::Agent, None), world.bearer("sue", Role::Supervisor, None));
    let hours = json!({"hours": {}, "at": "2026-09-28T10:00"});
    for (method, path, body) in [
        ("GET", "/center/forms", None),
        ("GET", "/center/first-steps", None),
        ("GET", "/center/objects/queue", None),
        ("GET", "/center/objects/queue/sales", None),
        ("GET", "/center/objects/queue/sales/history", None),
        ("PUT", "/center/objects/queue/sales?dry_run=true", Some(json!({"fields": {"ring_s": 9}}))),
        ("DELETE", "/center/objects/reason/lunch?dry_run=true", None),
        ("POST", "/center/objects/queue/sales/restore?dry_run=true", Some(json!({"version": 1}))),
        ("PATCH", "/center/objects?dry_run=true", Some(json!({"objects": {"reason": {"new": {}}}}))),
        ("PUT", "/center/order/reason?dry_run=true", Some(json!({"keys": ["lunch"]}))),
        ("POST", "/center/opening", Some(hours)),
        ("GET", "/center/flows", None),
        ("GET", "/center/flows/file", None),
        ("GET", "/center/flow-forms", None),
        ("POST", "/center/flow-check", Some(json!({"key": "new", "text": ""}))),
        (
            "POST",
            "/center/flow-rehearsal",
            Some(json!({"key": "new", "text": "start = \"a\"\n[step.a]\ndo = \"hangup\"\n", "at": "2026-09-28T10:00"})),
        ),
        ("POST", "/center/users/ana/invitation", None),
        ("POST", "/center/test-phone", None),
    ] {
        let ask = async |client: &Client| {
            client.send(method, &format!("/api/v1{path}"), body.as_ref().map(Value::to_string)).await
        };
        assert_eq!(ask(&world.client).await.code(), "not_signed_in", "{method} {path}");
        assert_eq!(ask(&agent).await.code(), "not_allowed", "{method} {path}");
        assert_eq!(ask(&supervisor).await.code(), "not_allowed", "{method} {path}");
        let done = ask(&admin).await;
        assert!(done.status < 300, "{method} {path}: {}", done.json());
    }
    assert_eq!(world.store.version().await.unwrap(), 1, "all of that was only tried");
    for path in ["/center/objects/pearl", "/center/objects/queue/none", "/center/objects/pearl/x/history"] {
        assert_eq!(admin.get(&format!("/api/v1{path}")).await.code(), "not_found", "{path}");
    }
    let invited = admin.send("POST", "/api/v1/center/users/nobody/invitation", None).await;
    assert_eq!(invited.code(), "not_found");
}

async fn lives((world, admin): (World, Client)) {
    // The least that an object of each kind needs, and what is then changed of it.
    for (kind, key, fields, changed) in [
        ("skill", "pearls", json!({}), ("name", json!({"en": "Pearls", "zh": "珍珠"}))),
        ("group", "night", json!({"name": "Night"}), ("own_wrap_up", json!({"mode": "timed", "seconds": 20}))),
        ("hours", "weekend", json!({"week": {"sat": ["10:00-14:00"]}}), ("special", json!({"2026-10-01": []}))),
        ("queue", "vip", json!({"skills": {"gems": 5}}), ("ring_s", json!(12))),
        ("agent", "cy", json!({"name": "Cy"}), ("skills", json!({"gems": 2}))),
        (
            "flow",
            "line",
            json!({"text": "start = \"a\"\n[step.a]\ndo = \"hangup\"\n"}),
            ("text", json!("# No more.\nstart = \"a\"\n[step.a]\ndo = \"hangup\"\n")),
        ),
        ("user", "cy", json!({"agent": "bo", "password": {"plain": "long enough"}}), ("language", json!("zh"))),
        ("trunk", "other", json!({"networks": ["198.51.100.0/24"]}), ("srtp", json!("required"))),
        ("number", "+862155500100", json!({"flow": "sales"}), ("language", json!("en"))),
        ("reason", "coffee", json!({"limit_s": 600}), ("max_agents", json!(2))),
        ("disposition", "lost", json!({}), ("note_required", json!(true))),
    ] {
        let made = put(&admin, kind, key, None, &fields).await;
        assert_eq!((made.status, &made.json()["applied"]), (200, &json!(true)), "{kind}: {}", made.json());
        assert_eq!(put(&admin, kind, key, None, &fields).await.code(), "version_changed", "{kind}: there is one");
        let shown = get(&admin, kind, key).await;
        assert!(!shown.to_string().contains("argon2"), "{shown}");
        let (field, value) = changed;
        assert_eq!(put(&admin, kind, key, Some(&json!(999)), &json!({})).await.code(), "version_changed", "{kind}");
        let done = put(&admin, kind, key, Some(&shown["version"]), &with(&shown, field, value.clone())).await;
        assert_eq!(done.status, 200, "{kind}: {}", done.json());
        let now = get(&admin, kind, key).await;
        assert_eq!(now["fields"][field], value, "{kind}");
        assert_eq!(now["secrets"], shown["secrets"], "{kind}: a password that is not named stays");

        let history = admin.get(&format!("{}/history", at(kind, key))).await.json();
        let told: Vec<_> =
            history["items"].as_array().unwrap().iter().map(|it| (&it["change"], &it["author"])).collect();
        assert_eq!(told, [(&json!("changed"), &json!("root")), (&json!("created"), &json!("root"))], "{kind}");
        assert_eq!(history["items"][0]["fields"][0]["field"], field, "{kind}");

        let matched = |version: &Value| admin.with("If-Match", &format!("\"{version}\""));
        let path = format!("{}/restore?accept_warnings=true", at(kind, key));
        let body = json!({"version": shown["version"]}).to_string();
        let back = matched(&now["version"]).send("POST", &path, Some(body.clone())).await;
        assert_eq!(back.status, 200, "{kind}: {}", back.json());
        assert_eq!(get(&admin, kind, key).await["fields"], shown["fields"], "{kind}");

        let path = format!("{}?accept_warnings=true", at(kind, key));
        let version = get(&admin, kind, key).await["version"].clone();
        assert_eq!(admin.send("DELETE", &path, None).await.code(), "version_required", "{kind}");
        assert_eq!(matched(&version).send("DELETE", &path, None).await.status, 200, "{kind}");
        assert_eq!(admin.get(&at(kind, key)).await.code(), "not_found", "{kind}");
        // What is gone has its history, and can come back.
        let again = admin.with("If-None-Match", "*");
        let path = format!("{}/restore?accept_warnings=true", at(kind, key));
        assert_eq!(again.send("POST", &path, Some(body)).await.status, 200, "{kind}");
        let history = admin.get(&format!("{}/history?limit=2", at(kind, key))).await.json();
        assert_eq!(history["items"][1]["change"], "removed", "{kind}: {history}");
        assert_eq!(history["next"], history["items"][1]["version"], "{kind}: there is more");
    }
    assert!(world.heard().matches("taken over").count() >= 50, "the running center has each of them at once");
}

#[tokio::test]
async fn an_object_of_each_kind_is_made_changed_taken_back_and_gone() {
    lives(world().await).await;
}

#[tokio::test]
async fn an_object_of_each_kind_lives_on_postgres_too() {
    let settings = StoreSettings::new(&postgres::new_database());
    lives(stored(World::start_with(|_| settings).await).await).await;
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_field() {
    let (world, admin) = world().await;
    for (kind, key, fields, field, words) in [
        ("queue", "vip", json!({"skills": {"pearls": 3}}), "queue.vip.skills.pearls", "there is no skill `pearls`"),
        ("queue", "vip", json!({"rin_s": 3}), "queue.vip.rin_s", "did you mean `ring_s`?"),
        ("queue", "vip", json!({"priority": 11}), "queue.vip.priority", "1 (most urgent) to 10"),
        ("queue", "VIP", json!({}), "queue.VIP", "a key has 1 to 40"),
        ("agent", "cy", json!({"group": "night"}), "agent.cy.group", "there is no group `night`"),
        ("user", "cy", json!({"agent": "ana"}), "user.cy.agent", "user `ana` works as this agent too"),
        ("number", "4001", json!({}), "number.4001.flow", "name the flow"),
        ("number", "4001", json!({"flow": "sale"}), "number.4001.flow", "no flow `sale`; did you mean `sales`?"),
        ("hours", "night", json!({"week": {"mon": ["18:00-09:00"]}}), "hours.night.week", "not a span of time"),
        ("reason", "declined", json!({}), "reason.declined", "given by the center itself"),
        ("trunk", "x", json!({"destination": "here"}), "trunk.x.destination", "not a destination"),
    ] {
        let refused = put(&admin, kind, key, None, &fields).await;
        assert_eq!((refused.status, refused.code().as_str()), (422, "mistakes"), "{kind} {fields}");
        let told = refused.json();
        assert_eq!(told["fields"][0]["field"], field, "{told}");
        assert!(told["fields"][0]["detail"].as_str().unwrap().contains(words), "{told}");
    }
    let one = get(&admin, "skill", "gems").await;
    assert_eq!(one["used_by"], json!(["queue.sales.skills.gems", "agent.ana.skills.gems", "agent.bo.skills.gems"]));
    let gone = admin.with("If-Match", "\"1\"").send("DELETE", &at("skill", "gems"), None).await;
    assert_eq!(gone.json()["fields"][0]["field"], "queue.sales.skills.gems", "who uses it is told");
    assert_eq!(world.store.version().await.unwrap(), 1);
    let unnamed = admin.send("PUT", &at("skill", "gems"), Some(json!({"fields": {}}).to_string())).await;
    assert_eq!((unnamed.status, unnamed.code().as_str()), (428, "version_required"));
}

/// Both have read before either writes.
#[tokio::test]
async fn two_administrators_lose_nothing() {
    let (world, one) = world().await;
    let other = world.bearer("rita", Role::Admin, None);
    let (ana, bo) = (get(&one, "agent", "ana").await, get(&other, "agent", "bo").await);
    let ana_too = get(&other, "agent", "ana").await;
    assert_eq!(
        put(&one, "agent", "ana", Some(&ana["version"]), &with(&ana, "name", json!("Ana Li"))).await.status,
        200
    );
    let beside = put(&other, "agent", "bo", Some(&bo["version"]), &with(&bo, "name", json!("Bo Li"))).await;
    assert_eq!(beside.status, 200, "another object: {}", beside.json());
    let late = put(&other, "agent", "ana", Some(&ana_too["version"]), &with(&ana_too, "group", json!("shop"))).await;
    assert_eq!((late.status, late.code().as_str(), &late.json()["version"]), (412, "version_changed", &json!(2)));
    // The second looks again, and both changes stand.
    let now = get(&other, "agent", "ana").await;
    assert_eq!(
        put(&other, "agent", "ana", Some(&now["version"]), &with(&now, "group", json!("shop"))).await.status,
        200
    );
    let now = get(&one, "agent", "ana").await;
    assert_eq!((&now["fields"]["name"], &now["fields"]["group"]), (&json!("Ana Li"), &json!("shop")));
    let history = one.get(&format!("{}/history", at("agent", "ana"))).await.json();
    let authors: Vec<_> = history["items"].as_array().unwrap().iter().map(|it| it["author"].clone()).collect();
    assert_eq!(authors, ["rita", "root", "setup"]);

    // At the very same time: one of them is done, the others are told.
    let skills: Vec<_> = (0..8).map(|nth| with(&now, "weight", json!(nth + 2))).collect();
    let done =
        futures_util::future::join_all(skills.iter().map(|it| put(&one, "agent", "ana", Some(&now["version"]), it)));
    let mut statuses: Vec<u16> = done.await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [[200].as_slice(), &[412; 7]].concat());
}

#[tokio::test]
async fn many_objects_change_as_one_version() {
    let (world, admin) = world().await;
    let body = json!({"objects": {
        "skill": {"pearls": {}},
        "agent": {"ana": {"skills": {"gems": null, "pearls": 9}}, "bo": {"skills": {"pearls": 2}}},
        "reason": {"lunch": null, "coffee": {"limit_s": 600}},
    }});
    let patch = async |client: &Client, body: &Value, query: &str| {
        client.send("PATCH", &format!("/api/v1/center/objects{query}"), Some(body.to_string())).await
    };
    let (first, tried) = (admin.with("If-Match", "\"1\""), "?dry_run=true");
    let told = patch(&first, &body, tried).await.json();
    assert_eq!((told["applied"].as_bool(), told["changes"].as_array().unwrap().len()), (Some(false), 5), "{told}");
    let done = patch(&first, &body, "?accept_warnings=true").await;
    assert_eq!((done.status, &done.json()["version"]), (200, &json!(2)), "{}", done.json());
    assert_eq!(get(&admin, "agent", "ana").await["fields"]["skills"], json!({"pearls": 9}));
    assert_eq!(get(&admin, "agent", "bo").await["fields"]["skills"], json!({"gems": 4, "pearls": 2}));
    assert_eq!(patch(&first, &body, "").await.code(), "version_changed");
    let wrong = json!({"objects": {"agent": {"ana": {"skills": {"gems": 11}}, "bo": {"skills": {"opal": 1}}}}});
    let told = patch(&admin.with("If-Match", "\"2\""), &wrong, "").await.json();
    let places: Vec<_> = told["fields"].as_array().unwrap().iter().map(|it| it["field"].clone()).collect();
    assert_eq!(places, ["agent.ana.skills.gems", "agent.bo.skills.opal"]);
    for wrong in [
        json!({"objects": {"pearl": {"x": {}}}}),
        json!({"objects": {"agent": 3}}),
        json!({"objects": {"agent": {"x": 3}}}),
    ] {
        assert_eq!(patch(&admin.with("If-Match", "\"2\""), &wrong, "").await.code(), "bad_request", "{wrong}");
    }
    let order = json!({"keys": ["coffee"]}).to_string();
    let order = admin.with("If-Match", "\"2\"").send("PUT", "/api/v1/center/order/reason", Some(order)).await;
    assert_eq!(order.status, 200, "{}", order.json());
    let (model, _) = world.store.center().await.unwrap();
    assert_eq!(model.reasons.keys().collect::<Vec<_>>(), ["coffee", "break"]);
}

/// What one center exports makes another equal to it.
#[tokio::test]
async fn a_center_set_up_by_forms_goes_to_another_folder_as_a_file() {
    let (world, admin) = world().await;
    let made = put(&admin, "queue", "vip", None, &json!({"name": {"en": "VIP", "zh": "贵宾"}, "skills": {"gems": {"min": 5, "weight": 2}}, "overflow": [{"when": {"estimate_above": 300}, "to": "sales"}]})).await;
    assert_eq!(made.status, 200, "{}", made.json());
    let file = admin.get("/api/v1/center/file").await.body;
    let other = World::start().await;
    let there =
        other.bearer("root", Role::Admin, None).with("If-Match", "\"0\"").with("Content-Type", "application/toml");
    let applied = there.send_raw("PUT", "/api/v1/center/file?accept_warnings=true", &file).await;
    assert_eq!(applied.status, 200, "{}", applied.json());
    assert_eq!(
        other.bearer("root", Role::Admin, None).get("/api/v1/center/file").await.body,
        file,
        "equal to the byte"
    );
    for kind in Kind::ALL {
        let path = format!("/api/v1/center/objects/{}", kind.word());
        let [one, two] =
            [admin.get(&path).await.json(), other.bearer("root", Role::Admin, None).get(&path).await.json()];
        let fields = |of: &Value| {
            of["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| (it["key"].clone(), it["fields"].clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(fields(&one), fields(&two), "{kind}");
    }
    assert!(!other.store.center().await.unwrap().0.users.is_empty());
    drop(world);
}

#[tokio::test]
async fn the_first_steps_are_counted_and_opening_hours_are_asked() {
    let (_world, admin) = world().await;
    let told = admin.get("/api/v1/center/first-steps").await.json();
    let steps: Vec<_> =
        told["items"].as_array().unwrap().iter().map(|it| (it["step"].clone(), it["count"].clone())).collect();
    assert_eq!(
        steps,
        [("queue", 1), ("agents", 1), ("number", 1), ("trunk", 1), ("call", 0)]
            .map(|(step, count)| (json!(step), json!(count)))
    );
    let ask =
        async |at: &str, hours: Value| admin.post("/api/v1/center/opening", json!({"hours": hours, "at": at})).await;
    let told = ask("2026-09-28T10:00", json!({"week": {"mon": ["09:00-18:00"]}})).await.json();
    assert_eq!(told, json!({"open": true, "special": false, "spans": ["09:00-18:00"], "until": "2026-09-28T18:00"}));
    assert_eq!(ask("soon", json!({})).await.code(), "bad_request");
    assert_eq!(ask("2026-09-28T10:00", json!({"week": {"monday": []}})).await.code(), "mistakes");
}

/// Every field, word, unit and kind is called something, in both languages.
#[test]
fn everything_on_a_form_has_its_words() {
    let texts = |language: &str| {
        let read = |name: &str| {
            let path = format!("{}/web/src/text/{language}/{name}.ftl", env!("CARGO_MANIFEST_DIR"));
            std::fs::read_to_string(path).unwrap()
        };
        [read("setup"), read("rules")].concat()
    };
    let mut wanted = Vec::new();
    for kind in Kind::ALL {
        wanted.extend([vec![format!("setup-kind-{kind}")], vec![format!("setup-kinds-{kind}")]]);
        words_of(&kind.to_string(), &form(kind), &mut wanted);
    }
    for step in Step::ALL {
        let step = serde_json::to_value(step).unwrap();
        wanted.push(vec![format!("setup-first-{}-hint", step.as_str().unwrap())]);
    }
    for language in ["en", "zh"] {
        let texts = texts(language);
        let known: BTreeSet<&str> = texts.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
        let left: Vec<_> = wanted.iter().filter(|any| !any.iter().any(|id| known.contains(id.as_str()))).collect();
        assert!(left.is_empty(), "{language}: {left:?}");
    }
}

/// Any of each.
fn words_of(kind: &str, fields: &[Field], wanted: &mut Vec<Vec<String>>) {
    for field in fields {
        wanted.push(vec![format!("setup-field-{}", field.key), format!("setup-in-{kind}-{}", field.key)]);
        match &field.form {
            Form::Choice { words } | Form::Choices { words } => {
                wanted.extend(words.iter().map(|word| vec![format!("setup-word-{word}"), format!("policy-{word}")]));
            }
            Form::Number { unit: Some(unit), .. } => {
                wanted.push(vec![format!("setup-unit-{}", serde_json::to_value(unit).unwrap().as_str().unwrap())]);
            }
            Form::Fields { fields } | Form::Rows { fields } => words_of(kind, fields, wanted),
            _ => {}
        }
    }
}
