//! Records through the API: kinds told and published, records made and changed, who may what, news on the socket.

use carillon::door::Role;
use carillon::setup::{AgentModel, CenterModel, GroupModel, HoursModel, UserModel};
use serde_json::{Value, json};

use crate::client::Client;
use crate::world::{ANA, BEN, World};

const CASE: &str = include_str!("../kinds/ticket.toml");

/// The ticket of the tests, as a kind of its own.
fn case() -> String {
    CASE.replace("kind = \"ticket\"", "kind = \"case\"")
}

struct Desk {
    world: World,
    ana: Client,
    ben: Client,
    sam: Client,
    root: Client,
}

async fn desk() -> Desk {
    let world = World::start().await;
    let listed = world.directory.now();
    let mut model = CenterModel::clone(&listed.model);
    for (user, name) in [("ana", "Ana Li"), ("ben", "Ben"), ("sam", "Sam")] {
        model.users.insert(user.into(), UserModel { name: name.into(), ..UserModel::default() });
    }
    model.groups.insert("east".into(), GroupModel::default());
    model.agents.insert("ana".into(), AgentModel { group: Some("east".into()), ..AgentModel::default() });
    world.directory.replace(model, listed.ids.clone());
    let client = |user, role, agent| world.bearer(user, role, agent);
    let (ana, ben) = (client("ana", Role::Agent, Some((ANA, "ana"))), client("ben", Role::Agent, Some((BEN, "ben"))));
    let (sam, root) = (client("sam", Role::Supervisor, None), client("root", Role::Admin, None));
    let body = json!({"source": case(), "over": 0});
    let answer = root.send("PUT", "/api/v1/kinds/case", Some(body.to_string())).await;
    assert_eq!((answer.status, answer.json()["version"].clone()), (200, json!(1)), "{}", answer.json());
    Desk { world, ana, ben, sam, root }
}

async fn ask(client: &Client, method: &str, path: &str, body: Value) -> (u16, Value) {
    let body = (!body.is_null()).then(|| body.to_string());
    let answer = client.send(method, &format!("/api/v1{path}"), body).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn a_case_from_its_beginning_to_its_end() {
    let desk = desk().await;
    let (status, made) = ask(
        &desk.ana,
        "POST",
        "/records/case",
        json!({"fields": {"subject": "Pump leaks", "parts": [{"item": "seal"}]}}),
    )
    .await;
    assert_eq!(status, 201, "{made}");
    assert_eq!((made["state"].clone(), made["version"].clone()), (json!("open"), json!(1)));
    assert_eq!(made["fields"]["owner"], json!({"id": "ana", "title": "Ana Li"}));
    assert_eq!(made["fields"]["parts"], json!([{"item": "seal", "amount": null}]));
    assert_eq!(made["may"], json!({"write": true, "delete": false}));
    assert_eq!(made["steps"], json!(["wait", "solve"]));
    assert!(made["fields"].get("cost").is_none(), "for supervisors");
    let path = format!("/records/case/{}", made["id"]);
    let (status, refused) =
        ask(&desk.ana, "PATCH", &path, json!({"fields": {"subject": "", "due": "soon", "cost": 5, "sbject": 1}})).await;
    let codes: Vec<_> = refused["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["field"].as_str().unwrap(), it["code"].as_str().unwrap()))
        .collect();
    assert_eq!(status, 400);
    assert_eq!(
        codes,
        [("cost", "not_allowed"), ("due", "not_a_time"), ("sbject", "unknown_field"), ("subject", "required")]
    );
    let (status, changed) = ask(
        &desk.ana,
        "PATCH",
        &path,
        json!({"version": 1, "fields": {"subject": "Pump leaks again", "team": "east"}}),
    )
    .await;
    assert_eq!((status, changed["version"].clone()), (200, json!(2)), "{changed}");
    let (status, late) = ask(&desk.sam, "PATCH", &path, json!({"version": 1, "fields": {"subject": "Mine"}})).await;
    assert_eq!(
        (status, late["code"].clone(), late["present"]["version"].clone()),
        (409, json!("version_changed"), json!(2))
    );
    assert_eq!(late["changes"][0]["by"], json!("ana"));
    let (status, refused) = ask(&desk.ana, "POST", &format!("{path}/steps/solve"), json!({})).await;
    assert_eq!((status, refused["fields"][0]["field"].clone()), (400, json!("solution")));
    let (_, solved) =
        ask(&desk.ana, "POST", &format!("{path}/steps/solve"), json!({"fields": {"solution": "New seal"}})).await;
    assert_eq!((solved["state"].clone(), solved["steps"].clone()), (json!("solved"), json!(["close", "reopen"])));
    let (status, refused) = ask(&desk.ana, "POST", &format!("{path}/steps/close"), json!({})).await;
    assert_eq!((status, refused["code"].clone()), (409, json!("step_refused")));
    let (_, closed) =
        ask(&desk.ana, "POST", &format!("{path}/steps/close"), json!({"fields": {"verified": true}})).await;
    assert_eq!(closed["state"], json!("closed"));
    let (_, said) = ask(&desk.ben, "POST", &format!("{path}/comments"), json!({"text": " Well done "})).await;
    assert_eq!((said["by"].clone(), said["text"].clone()), (json!("ben"), json!("Well done")));
    let (_, history) = ask(&desk.ana, "GET", &format!("{path}/history"), Value::Null).await;
    let kinds: Vec<_> = history["changes"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["comment", "step", "step", "changed", "made"]);
    let undo = history["changes"][3]["id"].clone();
    let (status, undone) = ask(&desk.ana, "POST", &format!("{path}/undo"), json!({"change": undo})).await;
    assert_eq!((status, undone["fields"]["subject"].clone()), (200, json!("Pump leaks")));
    assert_eq!(ask(&desk.ana, "DELETE", &path, Value::Null).await.0, 403);
    assert_eq!(ask(&desk.root, "DELETE", &path, Value::Null).await.0, 204);
    assert_eq!(ask(&desk.ana, "GET", &path, Value::Null).await.0, 404);
}

/// Kind x role x verb x field.
#[tokio::test]
async fn who_may_what() {
    let desk = desk().await;
    let make = async |owner: &str| {
        let (_, made) =
            ask(&desk.root, "POST", "/records/case", json!({"fields": {"subject": "x", "owner": owner, "cost": 5}}))
                .await;
        format!("/records/case/{}", made["id"])
    };
    let statuses = |expected: [u16; 4]| expected;
    for (method, suffix, body, expected) in [
        ("GET", "", Value::Null, statuses([200, 200, 200, 200])),
        ("GET", "/history", Value::Null, statuses([200, 200, 200, 200])),
        ("POST", "/comments", json!({"text": "a"}), statuses([201, 201, 201, 201])),
        ("PATCH", "", json!({"fields": {"subject": "y"}}), statuses([200, 403, 200, 200])),
        ("PATCH", "", json!({"fields": {"cost": 6}}), statuses([400, 400, 200, 200])),
        ("POST", "/steps/wait", json!({}), statuses([200, 200, 200, 200])),
        ("POST", "/steps/wait", json!({"fields": {"subject": "z"}}), statuses([200, 403, 200, 200])),
        ("DELETE", "", Value::Null, statuses([403, 403, 403, 204])),
    ] {
        for (client, expected) in [&desk.ana, &desk.ben, &desk.sam, &desk.root].into_iter().zip(expected) {
            let path = make("ana").await;
            let (status, answer) = ask(client, method, &format!("{path}{suffix}"), body.clone()).await;
            assert_eq!(status, expected, "{method} {suffix} {body}: {answer}");
        }
    }
    let path = make("ana").await;
    for (client, reads) in [(&desk.ana, false), (&desk.ben, false), (&desk.sam, true), (&desk.root, true)] {
        assert_eq!(ask(client, "GET", &path, Value::Null).await.1["fields"].get("cost").is_some(), reads);
        assert_eq!(
            ask(client, "GET", "/records/case", Value::Null).await.1["records"][0]["fields"].get("cost").is_some(),
            reads
        );
        assert_eq!(ask(client, "GET", "/records/case?where=cost%20%3E%201", Value::Null).await.0 == 200, reads);
        assert_eq!(ask(client, "GET", "/records/case?sort=cost", Value::Null).await.0 == 200, reads);
        assert_eq!(ask(client, "GET", "/records/case?from.cost=1", Value::Null).await.0 == 200, reads);
        let history = ask(client, "GET", &format!("{path}/history"), Value::Null).await.1.to_string();
        assert_eq!(history.contains("\"cost\""), reads);
        let kind = ask(client, "GET", "/kinds/case", Value::Null).await.1.to_string();
        assert_eq!(kind.contains("\"cost\""), reads);
    }
    for (method, suffix, body) in [
        ("GET", "/source", Value::Null),
        ("GET", "/versions", Value::Null),
        ("POST", "/plan", json!({"source": case()})),
        ("PUT", "", json!({"source": case(), "over": 1})),
        ("POST", "/roll-back", json!({"version": 1})),
    ] {
        for client in [&desk.ana, &desk.ben, &desk.sam] {
            assert_eq!(
                ask(client, method, &format!("/kinds/case{suffix}"), body.clone()).await.0,
                403,
                "{method} {suffix}"
            );
        }
        assert_eq!(ask(&desk.root, method, &format!("/kinds/case{suffix}"), body).await.0, 200, "{method} {suffix}");
    }
    let nobody = &desk.world.client;
    assert_eq!(ask(nobody, "GET", "/records/case", Value::Null).await.0, 401);
}

#[tokio::test]
async fn a_kind_is_planned_published_and_gone_back_to() {
    let desk = desk().await;
    let (status, refused) = ask(
        &desk.root,
        "POST",
        "/kinds/case/plan",
        json!({"source": case().replace("type = \"text\"\nrequired", "type = \"txt\"\nrequired")}),
    )
    .await;
    assert_eq!((status, refused["code"].clone()), (422, json!("mistakes")));
    let problem = &refused["problems"][0];
    assert_eq!(
        (problem["nearest"].clone(), problem["line"].clone(), problem["column"].clone()),
        (json!("text"), json!(11), json!(8))
    );
    assert!(problem["message"]["zh"].as_str().unwrap().contains("字段类型"), "{problem}");
    let wider = case()
        .replace("[life]\n", "[field.serial]\ntype = \"text\"\n[life]\n")
        .replace("[list]", "state.escalated = {}\nstep.escalate = { from = \"open\", to = \"escalated\" }\n[list]");
    let (_, plan) = ask(&desk.root, "POST", "/kinds/case/plan", json!({"source": wider})).await;
    let told: Vec<_> = plan["changes"].as_array().unwrap().iter().map(|it| it["change"].as_str().unwrap()).collect();
    assert!(told.contains(&"add_field") && told.contains(&"add_state"), "{plan}");
    let keys =
        |of: &Value| of.as_array().unwrap().iter().map(|it| it["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert!(keys(&plan["kind"]["fields"]).contains(&"serial".to_owned()), "the kind as it would be: {plan}");
    assert!(keys(&plan["kind"]["life"]["states"]).contains(&"escalated".to_owned()), "{plan}");
    let mut tab = desk.ana.socket().await;
    tab.say(json!({"type": "hello", "since": null, "topics": ["records"]})).await;
    assert_eq!(tab.hear_type("welcome").await["data"]["topics"], json!(["records"]));
    let (status, published) = ask(&desk.root, "PUT", "/kinds/case", json!({"source": wider, "over": 1})).await;
    assert_eq!((status, published["version"].clone()), (200, json!(2)), "{published}");
    assert_eq!(tab.hear_type("kind.changed").await["data"], json!({"kind": "case", "version": 2}));
    let (_, made) = ask(&desk.ana, "POST", "/records/case", json!({"fields": {"subject": "x", "serial": "7"}})).await;
    let told = tab.hear_type("record.changed").await;
    assert_eq!(told["data"], json!({"kind": "case", "id": made["id"], "version": 1, "state": "open"}));
    assert_eq!(ask(&desk.root, "PUT", "/kinds/case", json!({"source": wider, "over": 1})).await.0, 412);
    assert_eq!(ask(&desk.root, "POST", "/kinds/case/roll-back", json!({"version": 1})).await.1["version"], json!(3));
    let (_, kinds) = ask(&desk.ana, "GET", "/kinds", Value::Null).await;
    let case = kinds["items"].as_array().unwrap().iter().find(|it| it["kind"] == "case").unwrap();
    assert_eq!((case["version"].clone(), case["may"].clone()), (json!(3), json!({"create": true, "configure": false})));
    assert!(kinds["items"].as_array().unwrap().iter().any(|it| it["kind"] == "ticket"), "what is shipped is there");
}

#[tokio::test]
async fn lists_are_asked_by_field_and_by_condition() {
    let desk = desk().await;
    let customer = ask(&desk.ana, "POST", "/customers", json!({"name": "王丽"})).await.1["id"].clone();
    for (subject, category, priority) in
        [("水泵漏水", "fault", "high"), ("Late", "complaint", "normal"), ("Ring", "return", "normal")]
    {
        let body = json!({"customer": customer, "fields": {"subject": subject, "category": category, "priority": priority, "due": "2026-11-30T09:00:00+08:00"}});
        assert_eq!(ask(&desk.ana, "POST", "/records/case", body).await.0, 201);
    }
    for (query, count) in [
        ("", 3),
        ("?q=%E6%BC%8F%E6%B0%B4", 1),
        ("?field.category=fault,return", 2),
        ("?field.owner=me&state=open,waiting", 3),
        ("?field.team=", 3),
        ("?state=closed", 0),
        ("?from.due=2026-11-30&to.due=2026-11-30", 3),
        ("?to.due=2026-11-29", 0),
        ("?where=priority%20%3D%3D%20%27high%27%20or%20subject%20contains%20%27ring%27", 2),
        (&format!("?customer={customer}&sort=-priority&columns=subject"), 3),
        ("?q=...", 0),
    ] {
        let (status, page) = ask(&desk.ana, "GET", &format!("/records/case{query}"), Value::Null).await;
        assert_eq!((status, page["total"].clone()), (200, json!(count)), "{query}: {page}");
    }
    for query in
        ["?limt=5", "?field.nothing=1", "?where=subjct%20%3D%3D%201", "?sort=nothing", "?from.subject=a", "?limit=x"]
    {
        assert_eq!(ask(&desk.ana, "GET", &format!("/records/case{query}"), Value::Null).await.0, 400, "{query}");
    }
    let (_, page) = ask(&desk.ana, "GET", "/records/case?columns=subject&limit=1", Value::Null).await;
    assert_eq!(page["records"][0]["fields"], json!({"subject": "Ring"}));
    assert_eq!(page["records"][0]["customer"]["title"], json!("王丽"));
    assert!(page["next"].is_string());
    let (_, all) = ask(&desk.ana, "GET", &format!("/customers/{customer}/records"), Value::Null).await;
    let case = all["items"].as_array().unwrap().iter().find(|it| it["kind"] == "case").unwrap();
    assert_eq!(
        (case["total"].clone(), case["records"][0]["fields"].clone()),
        (json!(3), json!({"subject": "Ring", "due": "2026-11-30T01:00:00.000000Z"}))
    );
    assert_eq!(ask(&desk.ana, "GET", "/records/nothing", Value::Null).await.0, 404);
}

/// Rules, due times and what is reckoned, as a page meets them.
#[tokio::test]
async fn what_is_done_by_itself() {
    let desk = desk().await;
    let listed = desk.world.directory.now();
    let mut model = CenterModel::clone(&listed.model);
    let seat = |agent: &str| UserModel { name: agent.into(), agent: Some(agent.into()), ..UserModel::default() };
    for user in ["ana", "ben"] {
        model.users.insert(user.into(), seat(user));
        model.agents.insert(user.into(), AgentModel { group: Some("east".into()), ..AgentModel::default() });
    }
    model.center.timezone = "Asia/Shanghai".into();
    let mut office = HoursModel::default();
    // Monday alone, from nine to five: the clock of the tests stands on a Monday at 17:30 there.
    office.week.insert("mon".into(), vec!["09:00-17:00".to_owned().try_into().unwrap()]);
    model.hours.insert("office".into(), office);
    desk.world.directory.replace(model, listed.ids.clone());
    let text = "kind = \"job\"\ntitle = \"{subject}\"\n[field]\nsubject = { type = \"text\", required = true }\n\
        owner = { type = \"person\" }\nteam = { type = \"team\" }\ndue = { type = \"time\" }\n\
        hours = { type = \"number\" }\n";
    let refused = json!({"source": text, "over": 0});
    let (status, told) = ask(&desk.root, "PUT", "/kinds/job", refused).await;
    assert_eq!((status, told["problems"][0]["code"].clone()), (422, json!("reserved")), "{told}");
    let text = text.replace("hours = {", "length = {")
        + "price = { type = \"number\", value = \"length * 80\" }\n\
        part_of = { type = \"ref\", kind = \"job\" }\nparts = { type = \"number\", roll = { count = \"job.part_of\" } }\n\
        [due]\nwithin = \"1h\"\nhours = \"office\"\n\
        [[rule]]\nkey = \"shared\"\nname = { en = \"Your turn\", zh = \"轮到您\" }\non = \"created\"\n\
        do = [{ assign = \"team\" }, { tell = \"owner\" }]\n\
        [[rule]]\nkey = \"off\"\non = \"changed(owner)\"\nwhen = \"owner == ''\"\ndo = [{ tell = \"team east\" }]\n";
    let wrong = text.replace("job.part_of", "job.partof");
    let (status, told) = ask(&desk.root, "POST", "/kinds/job/plan", json!({"source": wrong})).await;
    assert_eq!((status, told["problems"][0]["nearest"].clone()), (422, json!("part_of")), "{told}");
    assert_eq!(ask(&desk.root, "PUT", "/kinds/job", json!({"source": text, "over": 0})).await.0, 200);
    let make = async |fields: Value| ask(&desk.sam, "POST", "/records/job", json!({"fields": fields})).await.1;
    let one = make(json!({"subject": "a", "team": "east", "length": "1.5"})).await;
    assert_eq!(one["fields"]["owner"]["id"], json!("ana"), "{one}");
    assert_eq!((one["fields"]["price"].clone(), one["fields"]["parts"].clone()), (json!("120"), json!("0")));
    assert_eq!(one["fields"]["due"], json!("2026-01-12T02:00:00.000000Z"), "ten o'clock on the next Monday");
    let two = make(json!({"subject": "b", "team": "east", "part_of": one["id"]})).await;
    assert_eq!(two["fields"]["owner"]["id"], json!("ben"));
    let path = format!("/records/job/{}", one["id"]);
    assert_eq!(ask(&desk.ana, "GET", &path, Value::Null).await.1["fields"]["parts"], json!("1"));
    let (status, refused) = ask(&desk.ana, "PATCH", &path, json!({"fields": {"price": 5, "parts": 7}})).await;
    assert_eq!((status, refused["fields"][0]["code"].clone()), (400, json!("reckoned")));
    let (_, history) = ask(&desk.ana, "GET", &format!("{path}/history"), Value::Null).await;
    assert_eq!(history["changes"][0]["rules"], json!(["shared"]));
    assert_eq!(ask(&desk.sam, "PATCH", &path, json!({"fields": {"owner": null}})).await.0, 200);
    let (_, inbox) = ask(&desk.ana, "GET", "/inbox", Value::Null).await;
    let rules: Vec<_> = inbox["items"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect();
    assert_eq!((rules, inbox["unread"].clone()), (vec!["off", "shared"], json!(2)));
    let first = &inbox["items"][1];
    assert_eq!(
        (first["title"].clone(), first["why"]["zh"].clone(), first["read"].clone()),
        (json!("a"), json!("轮到您"), Value::Null)
    );
    let (status, _) = ask(&desk.ana, "POST", "/inbox/read", json!({"until": first["id"]})).await;
    let (_, inbox) = ask(&desk.ana, "GET", "/inbox?limit=1", Value::Null).await;
    assert_eq!(
        (status, inbox["unread"].clone(), inbox["next"].clone()),
        (204, json!(1), inbox["items"][0]["id"].clone())
    );
    let (_, others) = ask(&desk.sam, "GET", "/inbox", Value::Null).await;
    assert_eq!(others["items"], json!([]));
    let told = async |client: &Client| ask(client, "GET", "/kinds/job", Value::Null).await.1;
    let (sheet, for_agents) = (told(&desk.root).await, told(&desk.ana).await);
    assert_eq!(
        (sheet["rules"][0]["on"].clone(), sheet["rules"][1]["on"].clone()),
        (json!("created"), json!("changed(owner)"))
    );
    assert_eq!(
        sheet["rules"][0]["do"][0],
        json!({"what": "assign", "field": "owner", "among": ["team"], "by": "turn"})
    );
    assert_eq!((for_agents["rules"].clone(), for_agents["due"]["hours"].clone()), (json!([]), json!("office")));
}

/// Neither a note in the inbox nor a reference says what a record is called that one may not read.
#[tokio::test]
async fn a_title_is_told_to_those_who_may_read_the_record() {
    let desk = desk().await;
    let secret = "kind = \"secret\"\ntitle = \"{subject}\"\n[field]\nsubject = { type = \"text\" }\n\
        owner = { type = \"person\" }\n[access]\nread = \"owner or admin\"\n\
        [[rule]]\nkey = \"told\"\non = \"created\"\ndo = [{ tell = [\"person ana\", \"person sam\"] }]\n";
    let paper = "kind = \"paper\"\n[field]\nabout = { type = \"ref\", kind = \"secret\" }\n\
        all = { type = \"refs\", kind = \"secret\" }\n";
    for (kind, source) in [("secret", secret), ("paper", paper)] {
        let (status, told) =
            ask(&desk.root, "PUT", &format!("/kinds/{kind}"), json!({"source": source, "over": 0})).await;
        assert_eq!(status, 200, "{told}");
    }
    let body = json!({"fields": {"subject": "Salary", "owner": "sam"}});
    let id = ask(&desk.root, "POST", "/records/secret", body).await.1["id"].clone();
    let made = ask(&desk.root, "POST", "/records/paper", json!({"fields": {"about": id, "all": [id]}})).await.1;
    let path = format!("/records/paper/{}", made["id"]);
    for (client, title) in [(&desk.ana, Value::Null), (&desk.sam, json!("Salary"))] {
        let (_, inbox) = ask(client, "GET", "/inbox", Value::Null).await;
        assert_eq!((&inbox["items"][0]["record"], &inbox["items"][0]["title"]), (&id, &title));
        let (_, paper) = ask(client, "GET", &path, Value::Null).await;
        let named = json!({"id": id, "title": title});
        assert_eq!((&paper["fields"]["about"], &paper["fields"]["all"]), (&named, &json!([named])));
        let (_, list) = ask(client, "GET", "/records/paper", Value::Null).await;
        assert_eq!(list["records"][0]["fields"]["about"], named);
    }
}

/// Views of a list: one's own, and those that supervisors keep for everybody.
#[tokio::test]
async fn a_view_is_kept_for_oneself_or_for_everybody() {
    let desk = desk().await;
    let views = "/records/case/views";
    let named = async |client: &Client| -> Vec<String> {
        let (_, told) = ask(client, "GET", views, Value::Null).await;
        told["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    let draft =
        |name: &str, shared: bool| json!({"name": name, "query": "state=open&sort=-due&show=board", "shared": shared});
    let (status, mine) = ask(&desk.ana, "POST", views, draft(" Mine ", false)).await;
    assert_eq!((status, &mine["name"], &mine["owner"]), (201, &json!("Mine"), &json!("ana")));
    assert_eq!(ask(&desk.ana, "POST", views, draft("All", true)).await.0, 403, "of supervisors");
    let (_, all) = ask(&desk.sam, "POST", views, draft("All", true)).await;
    assert_eq!(named(&desk.ana).await, ["All", "Mine"]);
    assert_eq!((named(&desk.ben).await, named(&desk.sam).await), (vec!["All".into()], vec!["All".into()]));
    let (of_mine, of_all) = (format!("{views}/{}", mine["id"]), format!("{views}/{}", all["id"]));
    for (client, path, expected) in [
        (&desk.ben, &of_mine, 404),
        (&desk.root, &of_mine, 404),
        (&desk.ben, &of_all, 404),
        (&desk.ana, &of_mine, 200),
        (&desk.root, &of_all, 200),
    ] {
        assert_eq!(ask(client, "PUT", path, draft("Other", false)).await.0, expected, "{path}");
    }
    for body in [draft("", false), draft(&"x".repeat(81), false), json!({"name": "x", "query": "a#b"})] {
        assert_eq!(ask(&desk.ana, "POST", views, body).await.0, 400);
    }
    assert_eq!(ask(&desk.sam, "DELETE", &of_all, Value::Null).await.0, 204, "it is sam's own by now");
    assert_eq!(ask(&desk.ana, "DELETE", &of_mine, Value::Null).await.0, 204);
    assert_eq!(named(&desk.ana).await, [""; 0]);
}

/// A request that is sent again, because its answer was lost, makes nothing more.
#[tokio::test]
async fn the_same_word_makes_a_record_once() {
    let desk = desk().await;
    let body = json!({"fields": {"subject": "Once"}}).to_string();
    let make = async |client: &Client, key: &str| {
        let client = client.with("Idempotency-Key", key);
        let answer = client.send("POST", "/api/v1/records/case", Some(body.clone())).await;
        (answer.status, answer.json()["id"].clone())
    };
    let (status, first) = make(&desk.ana, "k1").await;
    assert_eq!((status, make(&desk.ana, "k1").await), (201, (201, first.clone())));
    let others = [make(&desk.ana, "k2").await, make(&desk.ben, "k1").await];
    assert!(others.iter().all(|(status, id)| *status == 201 && *id != first), "{others:?}");
    let together = futures_util::future::join_all((0..8).map(|_| make(&desk.ana, "k3"))).await;
    assert!(together.iter().all(|made| made == &together[0] && made.0 == 201), "{together:?}");
    assert_eq!(ask(&desk.ana, "GET", "/records/case", Value::Null).await.1["total"], json!(4));
    assert_eq!(make(&desk.ana, &"k".repeat(65)).await.0, 400);
    // What was refused can be said right under the same word.
    let wrong = desk.ana.with("Idempotency-Key", "k4");
    let refused = wrong.send("POST", "/api/v1/records/case", Some(json!({"fields": {}}).to_string())).await;
    assert_eq!((refused.status, make(&desk.ana, "k4").await.0), (400, 201));
}

/// The way of a quote, as programs go it: prices by themselves, approval by somebody else, an order with the answer.
#[tokio::test]
async fn a_quote_is_approved_by_others_and_becomes_an_order() {
    let desk = desk().await;
    let fields = json!({"label": "Ring", "code": "R", "price": {"amount": "1000", "currency": "CNY"}});
    let (_, ring) = ask(&desk.sam, "POST", "/records/product", json!({"fields": fields})).await;
    let items = json!([{"item": ring["id"], "amount": 2, "list": {"amount": "1", "currency": "CNY"}}]);
    let body = json!({"fields": {"subject": "Rings", "rebate": 20, "items": items}});
    let (status, quote) = ask(&desk.ana, "POST", "/records/quote", body).await;
    assert_eq!(status, 201, "{quote}");
    assert_eq!(quote["fields"]["total"], json!({"amount": "1808", "currency": "CNY"}));
    assert_eq!(quote["fields"]["items"][0]["list"], json!({"amount": "1000", "currency": "CNY"}));
    let path = format!("/records/quote/{}", quote["id"]);
    let step = async |who: &Client, key: &str, fields: Value| {
        ask(who, "POST", &format!("{path}/steps/{key}"), json!({"fields": fields})).await
    };
    let nothing = || json!({});
    assert_eq!(step(&desk.ana, "send", nothing()).await.1["code"], json!("step_refused"));
    assert_eq!(step(&desk.ana, "ask", json!({"reason": "A regular"})).await.0, 200);
    for (who, expected) in [(&desk.ana, 403), (&desk.ben, 403)] {
        assert_eq!(step(who, "approve", nothing()).await.0, expected);
    }
    let cheaper = json!({"fields": {"rebate": 90}});
    for who in [&desk.ana, &desk.sam, &desk.root] {
        let (status, refused) = ask(who, "PATCH", &path, cheaper.clone()).await;
        assert_eq!((status, refused["fields"][0]["code"].clone()), (400, json!("fixed")), "{refused}");
    }
    assert_eq!(step(&desk.sam, "approve", nothing()).await.1["state"], json!("approved"));
    assert_eq!(step(&desk.ana, "send", nothing()).await.1["state"], json!("sent"));
    let (_, page) = ask(&desk.ana, "GET", "/records/quote?state=sent&sum=total&limit=1", Value::Null).await;
    assert_eq!(page["sums"], json!([{"currency": "CNY", "amount": "1808"}]));
    assert_eq!(ask(&desk.ana, "GET", "/records/quote?sum=subject", Value::Null).await.0, 400);
    let (_, accepted) = step(&desk.ana, "accept", nothing()).await;
    let (_, order) =
        ask(&desk.ana, "GET", &format!("/records/order/{}", accepted["fields"]["order"]["id"]), Value::Null).await;
    assert_eq!(
        (order["fields"]["total"].clone(), order["state"].clone()),
        (quote["fields"]["total"].clone(), json!("placed"))
    );
}
