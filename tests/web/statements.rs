//! What a request costs the database: as many statements for fifty rows as for one, on both databases, for
//! everything that `docs/api.md` names.

mod campaigns;
mod quality;

use std::collections::BTreeSet;
use std::time::Duration;

use carillon::acd::{AgentRule, Arrival, Author, Checkpoint, Input, QueueRule, Rules, Settings};
use carillon::base::{AlertId, CallDirection, ContactId, CustomerId, Instant, InteractionId, QueueId, Rng};
use carillon::center::alert::AlertNews;
use carillon::center::output::Write;
use carillon::crm::{
    ContactPoint, CustomerDraft, Interaction, InteractionEvent, MessageChannel, MessageDraft, Order, Outcome, Task,
};
use carillon::door::Role;
use carillon::setup::read;
use carillon::store::{NewProgram, StoreSettings, Writer, WriterSettings};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::postgres;
use crate::world::{ANA, NOW, World, call_backs};

const MANY: u32 = 50;
/// Lists of a customer hold no more.
const LIST: u32 = 20;
/// No request is dearer, whatever it does.
const DEAREST: u64 = 40;

/// Route and statements, in the order of the requests.
type Counts = Vec<(&'static str, u64)>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_rows_cost_what_one_costs_on_sqlite() {
    compare(async |n| asked(World::start().await, n).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_rows_cost_what_one_costs_on_postgres() {
    compare(async |n| {
        let settings = StoreSettings::new(&postgres::new_database());
        asked(World::start_with(|_| settings).await, n).await
    })
    .await;
}

/// Rows that are read one by one are found out.
#[tokio::test]
async fn a_statement_a_row_is_told() {
    let costs = async |n: u32| {
        let world = World::start().await;
        let ids = customers(&world, n).await;
        let before = world.store.statements();
        for id in ids {
            world.store.customer(id).await.unwrap();
        }
        vec![("GET /one/by/one", world.store.statements() - before)]
    };
    let told = different(&costs(1).await, &costs(MANY).await);
    assert_eq!(told.len(), 1, "{told:?}");
}

async fn compare(asked: impl AsyncFn(u32) -> Counts) {
    let (one, many) = (asked(1).await, asked(MANY).await);
    let told = different(&one, &many);
    assert!(told.is_empty(), "statements grow with the rows:\n{}", told.join("\n"));
    let dear: Vec<_> = many.iter().filter(|(_, count)| *count > DEAREST).collect();
    assert!(dear.is_empty(), "more than {DEAREST} statements: {dear:?}");
    let known: BTreeSet<&str> = one.iter().map(|(route, _)| *route).collect();
    let named = named();
    assert!(named.len() > 40, "{named:?}");
    let left: Vec<_> = named.iter().filter(|route| !known.contains(route.as_str())).collect();
    assert!(left.is_empty(), "docs/api.md names what is not counted here: {left:?}");
}

fn different(one: &Counts, many: &Counts) -> Vec<String> {
    assert_eq!(one.len(), many.len(), "the same requests");
    let pairs = one.iter().zip(many).filter(|(one, many)| one != many);
    pairs.map(|((route, one), (_, many))| format!("{route}: {one} for one row, {many} for {MANY}")).collect()
}

/// `GET /api/v1/customers/{id}`, as the specification of the API names them.
fn named() -> BTreeSet<String> {
    let text = include_str!("../../docs/api.md");
    let route = |piece: &str| {
        let (method, path) = piece.split_once(' ')?;
        let path = path.split(['?', ' ', '`', '\n', '|']).next()?;
        let is_route = ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method) && path.starts_with("/api/v1/");
        is_route.then(|| format!("{method} {path}"))
    };
    text.split(['`']).chain(text.lines().filter_map(|line| line.strip_prefix("### "))).filter_map(route).collect()
}

/// A center in which everything is there `n` times.
struct Life {
    world: World,
    n: u32,
    admin: Client,
    counts: Counts,
}

impl Life {
    async fn ask(&mut self, client: &Client, route: &'static str, path: &str, body: Option<String>) -> Answer {
        let (method, _) = route.split_once(' ').unwrap();
        let before = self.world.store.statements();
        let answer = client.send(method, &format!("/api/v1{path}"), body).await;
        self.counts.push((route, self.world.store.statements() - before));
        answer
    }

    /// Asked by an administrator, and answered well.
    async fn done(&mut self, route: &'static str, path: &str, body: Value) -> Answer {
        let admin = self.admin.clone();
        self.done_by(&admin, route, path, body).await
    }

    async fn done_by(&mut self, client: &Client, route: &'static str, path: &str, body: Value) -> Answer {
        let body = (!body.is_null()).then(|| body.to_string());
        let answer = self.ask(client, route, path, body).await;
        let text = String::from_utf8_lossy(&answer.body);
        assert!((200..300).contains(&answer.status), "{route} for {}: {} {text}", self.n, answer.status);
        answer
    }

    /// Answers with all its rows: a list that shows fewer proves nothing.
    async fn list(&mut self, route: &'static str, path: &str) -> Vec<Value> {
        let items = self.done(route, path, Value::Null).await.json()["items"].as_array().unwrap().clone();
        assert_eq!(items.len(), self.n as usize, "{route}");
        items
    }
}

async fn asked(world: World, n: u32) -> Counts {
    let ids = customers(&world, n).await;
    let first = records(&world, n, &ids).await;
    journal(&world, n, &ids).await;
    center(&world, n).await;
    for at in 0..n {
        let new = NewProgram {
            name: format!("p{at}"),
            role: carillon::setup::Role::Supervisor,
            agent: None,
            created_by: "root".into(),
            expires: None,
        };
        world.store.add_program(&format!("d{at}"), &new, NOW).await.unwrap();
    }
    let admin = world.bearer("root", Role::Admin, Some((ANA, "ana")));
    let mut life = Life { world, n, admin, counts: Vec::new() };
    customers_asked(&mut life, &ids).await;
    contacts_asked(&mut life, first, ids[0]).await;
    past_asked(&mut life).await;
    records_asked(&mut life, ids[0]).await;
    rules_asked(&mut life).await;
    campaigns::asked(&mut life).await;
    quality::asked(&mut life).await;
    seats_asked(&mut life).await;
    life.counts
}

async fn customers_asked(life: &mut Life, ids: &[CustomerId]) {
    let (n, list) = (life.n, life.n.min(LIST));
    let found = life.list("GET /api/v1/customers", "/customers?q=pearl&limit=200").await;
    assert_eq!(found[0]["timeline"], json!([]));
    let path = format!("/customers/{}", ids[0].0);
    let card = life.done("GET /api/v1/customers/{id}", &path, Value::Null).await.json();
    assert_eq!(card["orders"].as_array().unwrap().len(), n as usize);
    life.list("GET /api/v1/customers/{id}/timeline", &format!("{path}/timeline?limit=200")).await;
    let draft = |word: &str| {
        let mail = |at: u32| json!({"kind": "email", "value": format!("{word}{at}@example.org")});
        let order = |at: u32| json!({"number": format!("{word}-{at}"), "placed": "2026-01-02", "amount_minor": 5, "currency": "CNY"});
        json!({
            "name": format!("Ruby {word}"),
            "organisation": word,
            "tags": (0..list).map(|at| format!("{word} {at}")).collect::<Vec<_>>(),
            "contact_points": (0..list).map(mail).collect::<Vec<_>>(),
            "orders": (0..n).map(order).collect::<Vec<_>>(),
            "dates": (0..list).map(|at| json!([format!("{word} {at}"), "05-17"])).collect::<Vec<_>>(),
        })
    };
    life.done("POST /api/v1/customers", "/customers", draft("made")).await;
    let keyed = life.admin.with("Idempotency-Key", "k");
    life.done_by(&keyed, "POST /api/v1/customers", "/customers", draft("keyed")).await;
    let writer = life.admin.with("If-Match", &format!("\"{}\"", card["version"]));
    life.done_by(&writer, "PUT /api/v1/customers/{id}", &path, draft("edited")).await;
    life.done("PATCH /api/v1/customers/{id}", &path, draft("joined")).await;
    let [to, subject, body, by] = ["joined0@example.org", "Pearls", "Dear Ruby", "ana"].map(str::to_owned);
    let mail = json!({"channel": "mail", "to": to, "subject": subject, "body": body});
    let (customer, channel) = (ids[0], MessageChannel::Mail);
    let written = MessageDraft { customer, interaction: None, channel, to, subject, body, by };
    for _ in 1..n {
        life.world.store.send_message(&written, None, NOW).await.unwrap();
    }
    let letter = json!({"subject": "s", "body": "b"});
    life.done("POST /api/v1/customers/{id}/letters", &format!("{path}/letters"), letter).await;
    life.done("POST /api/v1/customers/{id}/messages", &format!("{path}/messages"), mail).await;
    life.list("GET /api/v1/customers/{id}/messages", &format!("{path}/messages?limit=200")).await;
}

async fn contacts_asked(life: &mut Life, first: InteractionId, customer: CustomerId) {
    let one = format!("/interactions/{first}");
    let listed = life.list("GET /api/v1/interactions", "/interactions?limit=200&outcome=handled").await;
    assert!(listed.iter().all(|item| item["customer_name"].is_string()));
    let told = life.done("GET /api/v1/interactions/{id}", &one, Value::Null).await.json();
    assert_eq!(told["events"].as_array().unwrap().len(), life.n as usize);
    let admin = life.admin.clone();
    let path = format!("{one}/recording");
    assert_eq!(life.ask(&admin, "GET /api/v1/interactions/{id}/recording", &path, None).await.status, 404);
    let verify = "POST /api/v1/interactions/{id}/recording/verify";
    assert_eq!(life.ask(&admin, verify, &format!("{path}/verify"), None).await.status, 404);
    let delete = "DELETE /api/v1/interactions/{id}/recording";
    assert_eq!(life.ask(&admin, delete, &format!("{path}?reason=law"), None).await.status, 404);
    let hold = format!("{one}/hold");
    life.done("PUT /api/v1/interactions/{id}/hold", &hold, json!({"reason": "court"})).await;
    life.done("DELETE /api/v1/interactions/{id}/hold", &hold, Value::Null).await;
    life.done("GET /api/v1/interactions/{id}/sip", &format!("{one}/sip"), Value::Null).await;
    life.done("GET /api/v1/interactions/{id}/sip.pcap", &format!("{one}/sip.pcap"), Value::Null).await;
    life.done("GET /api/v1/interactions/{id}/recording/log", &format!("{path}/log"), Value::Null).await;
    life.world.forgetful.store(true, std::sync::atomic::Ordering::Relaxed);
    let path = format!("{one}/customer");
    life.done("POST /api/v1/interactions/{id}/customer", &path, json!({"customer": customer.0})).await;
    let tasks = life.list("GET /api/v1/tasks", "/tasks?limit=200").await;
    life.done("POST /api/v1/tasks/{id}/done", &format!("/tasks/{}/done", tasks[0]["id"]), Value::Null).await;
    let kept = life.list("GET /api/v1/callbacks", "/callbacks?limit=200").await;
    assert!(kept.iter().all(|item| item["customer_name"].is_string()));
    let path = format!("/callbacks/{}", call_backs()[0].interaction);
    life.done("DELETE /api/v1/callbacks/{id}", &path, Value::Null).await;
    life.list("GET /api/v1/alerts", "/alerts?limit=200").await;
    life.done("GET /api/v1/alerts/{id}", "/alerts/1", Value::Null).await;
    life.done("POST /api/v1/alerts/{id}/acknowledge", "/alerts/1/acknowledge", Value::Null).await;
    life.done("GET /api/v1/handling", "/handling?from=-1d&to=now", Value::Null).await;
    life.done("GET /api/v1/resolution", "/resolution?from=-1d&to=now", Value::Null).await;
    reports_asked(life).await;
}

async fn reports_asked(life: &mut Life) {
    life.done("GET /api/v1/reports", "/reports", Value::Null).await;
    life.done("GET /api/v1/reports/{key}", "/reports/contacts?from=-1d", Value::Null).await;
    life.done("POST /api/v1/report-trials", "/report-trials", json!({"sql": "SELECT * FROM contacts"})).await;
    let draft = json!({"name": "x", "sql": "SELECT * FROM contacts"});
    let made = life.done("POST /api/v1/reports", "/reports", draft.clone()).await.json();
    let path = format!("/reports/{}", made["key"].as_str().unwrap());
    life.done("PUT /api/v1/reports/{key}", &path, draft).await;
    life.done("DELETE /api/v1/reports/{key}", &path, Value::Null).await;
}

/// Of a kind in which everything is there that a kind can have, many times.
async fn records_asked(life: &mut Life, customer: CustomerId) {
    const KIND: &str = "kind = \"thing\"\nof = \"customer\"\n[field]\nsubject = { type = \"text\", search = true }\n\
        other = { type = \"ref\", kind = \"thing\" }\nothers = { type = \"refs\", kind = \"thing\" }\n\
        [lines.parts]\nfield.item = { type = \"text\" }\nfield.whose = { type = \"ref\", kind = \"customer\" }\n\
        [life]\nstart = \"open\"\nstep.close = { from = \"open\", to = \"closed\" }\n[pop]\nshow = [\"subject\", \"other\"]\n\
        [[rule]]\nkey = \"made\"\non = \"created\"\ndo = [{ tell = \"person root\" }]\n";
    let listed = life.world.directory.now();
    let mut model = listed.model.clone();
    model.users.insert("root".into(), carillon::setup::UserModel::default());
    life.world.directory.replace(model, listed.ids.clone());
    life.done("PUT /api/v1/kinds/{kind}", "/kinds/thing", json!({"source": KIND, "over": 0})).await;
    let n = life.n;
    let mut last = Value::Null;
    for nth in 0..=n {
        let others: Vec<_> = std::iter::once(&last).filter(|id| !id.is_null()).collect();
        let parts: Vec<_> = (0..n).map(|at| json!({"item": format!("{at}"), "whose": customer})).collect();
        let fields = json!({"subject": format!("Pearl {nth}"), "other": last, "others": others, "parts": parts});
        let body = json!({"customer": customer, "fields": fields}).to_string();
        let answer = life.admin.send("POST", "/api/v1/records/thing", Some(body)).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        last = answer.json()["id"].clone();
    }
    let parts: Vec<_> = (0..n).map(|at| json!({"item": format!("b{at}"), "whose": customer})).collect();
    let fields = json!({"subject": "Ruby", "other": last, "others": [last], "parts": parts});
    let body = json!({"customer": customer, "fields": fields});
    let made = life.done("POST /api/v1/records/{kind}", "/records/thing", body).await.json();
    let path = format!("/records/thing/{}", made["id"]);
    life.done("GET /api/v1/records/{kind}/{id}", &path, Value::Null).await;
    let part = json!({"item": "c", "whose": customer});
    let patch = json!({"fields": {"subject": "Opal", "parts": [part], "others": []}});
    life.done("PATCH /api/v1/records/{kind}/{id}", &path, patch).await;
    let step = format!("{path}/steps/close");
    life.done("POST /api/v1/records/{kind}/{id}/steps/{step}", &step, json!({})).await;
    for _ in 1..n {
        life.admin.send("POST", &format!("/api/v1{path}/comments"), Some(json!({"text": "a"}).to_string())).await;
    }
    life.done("POST /api/v1/records/{kind}/{id}/comments", &format!("{path}/comments"), json!({"text": "a"})).await;
    life.list("GET /api/v1/records/{kind}/{id}/comments", &format!("{path}/comments")).await;
    files_asked(life, &path).await;
    views_asked(life).await;
    let double = life.admin.post("/api/v1/records/thing", json!({"fields": {"subject": "Twice"}})).await.json();
    life.done("GET /api/v1/records/{kind}/{id}/alike", &format!("{path}/alike"), Value::Null).await;
    let other = json!({"other": double["id"]});
    life.done("POST /api/v1/records/{kind}/{id}/join", &format!("{path}/join"), other).await;
    let history =
        life.done("GET /api/v1/records/{kind}/{id}/history", &format!("{path}/history?limit=200"), Value::Null).await;
    let changes = history.json()["changes"].as_array().unwrap().clone();
    let changed = changes.iter().find(|it| it["kind"] == "changed").unwrap();
    life.done("POST /api/v1/records/{kind}/{id}/undo", &format!("{path}/undo"), json!({"change": changed["id"]})).await;
    life.done("DELETE /api/v1/records/{kind}/{id}", &path, Value::Null).await;
    let list = "GET /api/v1/records/{kind}";
    let page = life.done(list, "/records/thing?q=pearl&state=open&sort=-subject&limit=200", Value::Null).await.json();
    assert_eq!(page["records"].as_array().unwrap().len(), n as usize + 1);
    life.done("GET /api/v1/customers/{id}/records", &format!("/customers/{}/records", customer.0), Value::Null).await;
    let inbox = life.done("GET /api/v1/inbox", "/inbox?limit=200", Value::Null).await.json();
    assert_eq!(inbox["items"].as_array().unwrap().len(), n as usize + 3, "a record, a rule, a notice");
    life.done("POST /api/v1/inbox/read", "/inbox/read", json!({"until": inbox["items"][0]["id"]})).await;
    jobs_asked(life).await;
    life.done("GET /api/v1/kinds", "/kinds", Value::Null).await;
    life.done("GET /api/v1/kinds/{kind}", "/kinds/thing", Value::Null).await;
    life.done("GET /api/v1/kinds/{kind}/source", "/kinds/thing/source", Value::Null).await;
    life.done("GET /api/v1/kinds/{kind}/versions", "/kinds/thing/versions", Value::Null).await;
    life.done("POST /api/v1/kinds/{kind}/plan", "/kinds/thing/plan", json!({"source": KIND})).await;
    life.done("POST /api/v1/kinds/{kind}/roll-back", "/kinds/thing/roll-back", json!({"version": 1})).await;
}

async fn views_asked(life: &mut Life) {
    let body = json!({"name": "Mine", "query": "state=open"});
    for _ in 1..life.n {
        let admin = life.admin.clone();
        assert_eq!(admin.post("/api/v1/records/thing/views", body.clone()).await.status, 201);
    }
    let made = life.done("POST /api/v1/records/{kind}/views", "/records/thing/views", body.clone()).await.json();
    life.list("GET /api/v1/records/{kind}/views", "/records/thing/views").await;
    let one = format!("/records/thing/views/{}", made["id"]);
    life.done("PUT /api/v1/records/{kind}/views/{id}", &one, body).await;
    life.done("DELETE /api/v1/records/{kind}/views/{id}", &one, Value::Null).await;
}

async fn files_asked(life: &mut Life, path: &str) {
    let admin = life.admin.clone();
    let to = format!("/api/v1{path}/files?name=a.txt");
    for _ in 1..life.n {
        assert_eq!(admin.send_raw("POST", &to, "some").await.status, 201);
    }
    let before = life.world.store.statements();
    let answer = admin.send_raw("POST", &to, "some").await;
    life.counts.push(("POST /api/v1/records/{kind}/{id}/files", life.world.store.statements() - before));
    assert_eq!(answer.status, 201, "{}", answer.json());
    life.list("GET /api/v1/records/{kind}/{id}/files", &format!("{path}/files")).await;
    life.done("GET /api/v1/records/{kind}/{id}/pdf", &format!("{path}/pdf?language=zh"), Value::Null).await;
    let file = format!("{path}/files/{}", answer.json()["id"]);
    life.done("GET /api/v1/records/{kind}/{id}/files/{file}", &file, Value::Null).await;
    life.done("DELETE /api/v1/records/{kind}/{id}/files/{file}", &file, Value::Null).await;
}

/// A job at work costs statements beside the request: it is waited for in between.
async fn jobs_asked(life: &mut Life) {
    life.done(
        "GET /api/v1/records/{kind}/export",
        "/records/thing/export?q=pearl&columns=subject,other,others",
        Value::Null,
    )
    .await;
    let rows: String = (0..life.n).map(|at| format!("Garnet {at},,\n,,,x\n")).collect();
    let admin = life.admin.clone();
    let table = format!("subject,other,others\n{rows}");
    let before = life.world.store.statements();
    let answer = admin.send_raw("POST", "/api/v1/records/thing/imports?name=a.csv", table).await;
    life.counts.push(("POST /api/v1/records/{kind}/imports", life.world.store.statements() - before));
    assert_eq!(answer.status, 201, "{}", answer.json());
    let path = format!("/records/thing/jobs/{}", answer.json()["id"]);
    let run = "POST /api/v1/records/{kind}/jobs/{id}/run";
    for (dry, state) in [(true, "checked"), (false, "done")] {
        let answer = admin.send("POST", &format!("/api/v1{path}/run"), Some(json!({"dry": dry}).to_string())).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        settled(life, &path, state).await;
    }
    life.done("GET /api/v1/records/{kind}/jobs/{id}", &path, Value::Null).await;
    let rows = format!("{path}/rows?how=refused&limit=200");
    let rows = life.done("GET /api/v1/records/{kind}/jobs/{id}/rows", &rows, Value::Null).await.json();
    assert_eq!(rows["rows"].as_array().unwrap().len(), life.n as usize);
    life.done("GET /api/v1/records/{kind}/jobs", "/records/thing/jobs", Value::Null).await;
    let edit = json!({"query": "q=garnet", "fields": {"subject": "Garnet"}});
    life.done("POST /api/v1/records/{kind}/edits", "/records/thing/edits", edit).await;
    // What is refused does not wake the worker: these are counted as they are.
    assert_eq!(life.ask(&admin, run, &format!("{path}/run"), Some(json!({"dry": true}).to_string())).await.status, 409);
    let stop = "POST /api/v1/records/{kind}/jobs/{id}/stop";
    assert_eq!(life.ask(&admin, stop, &format!("{path}/stop"), None).await.status, 409);
    assert_eq!(admin.send("POST", &format!("/api/v1{path}/undo"), None).await.status, 200);
    settled(life, &path, "undone").await;
    let undo = "POST /api/v1/records/{kind}/jobs/{id}/undo";
    assert_eq!(life.ask(&admin, undo, &format!("{path}/undo"), None).await.status, 409);
}

/// Waits until a job is at its end.
async fn settled(life: &Life, path: &str, state: &str) {
    for _ in 0..500 {
        let job = life.admin.send("GET", &format!("/api/v1{path}"), None).await.json();
        if job["state"] == state {
            return quiet(life).await;
        }
        assert_ne!(job["state"], "failed", "{job}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never {state}");
}

/// Whoever works in the background has looked once more, and waits.
async fn quiet(life: &Life) {
    let mut before = u64::MAX;
    while before != life.world.store.statements() {
        before = life.world.store.statements();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn past_asked(life: &mut Life) {
    let begun = (NOW - Duration::from_secs(5 * 3_600)).as_micros();
    life.done("GET /api/v1/statistics", "/statistics?from=-7h&to=now", Value::Null).await;
    life.done("GET /api/v1/statistics", "/statistics?from=-7h&to=now&interval=60", Value::Null).await;
    life.done("GET /api/v1/board", "/board", Value::Null).await;
    life.done("GET /api/v1/board", &format!("/board?at={begun}"), Value::Null).await;
    let waiting = life.done("GET /api/v1/waiting", &format!("/waiting?at={begun}"), Value::Null).await.json();
    assert_eq!(waiting["items"].as_array().unwrap().len(), life.n as usize);
    life.done("GET /api/v1/center/hash", "/center/hash", Value::Null).await;
    let replay = life.done("POST /api/v1/replay", "/replay", json!({"from": "-7h", "to": "now"})).await.json();
    assert!(replay["compared"].as_u64().unwrap() >= u64::from(life.n), "{replay}");
    life.done("POST /api/v1/rehearsal", "/rehearsal", json!({"queue": "sales", "at": begun.to_string()})).await;
    let rules = "[center]\n[queue.sales]\n[agent.ana]\n";
    life.done("POST /api/v1/what-if", "/what-if", json!({"from": "-7h", "to": "now", "rules": rules})).await;
}

async fn rules_asked(life: &mut Life) {
    let version = life.world.store.version().await.unwrap();
    let named = |version: u32| ("If-Match".to_owned(), format!("\"{version}\""));
    let writer = |life: &Life, version: u32| {
        let (name, value) = named(version);
        life.admin.with(&name, &value)
    };
    life.done("GET /api/v1/center", "/center", Value::Null).await;
    life.done("GET /api/v1/trunks", "/trunks", Value::Null).await;
    life.done("GET /api/v1/center/queues", "/center/queues", Value::Null).await;
    life.done("GET /api/v1/center/queues/{key}", "/center/queues/sales", Value::Null).await;
    life.done("GET /api/v1/center/findings", "/center/findings", Value::Null).await;
    life.list("GET /api/v1/center/versions", "/center/versions?limit=200").await;
    life.done("GET /api/v1/center/versions/{version}", "/center/versions/1", Value::Null).await;
    life.done("GET /api/v1/center/file", "/center/file", Value::Null).await;
    let client = writer(life, version);
    let (path, rules) = ("/center/queues/sales?accept_warnings=true", json!({"ring_s": 9}));
    life.done_by(&client, "PATCH /api/v1/center/queues/{key}", path, rules).await;
    let (client, rules) = (writer(life, version + 1), json!({"name": "Sales", "ring_s": 8}));
    life.done_by(&client, "PUT /api/v1/center/queues/{key}", path, rules).await;
    // Half of the queues go, half are changed, and as many come.
    let (client, route) = (writer(life, version + 2), "PUT /api/v1/center/file");
    let before = life.world.store.statements();
    let text = file(life.n, 7, "other");
    let toml = client.with("Content-Type", "application/toml");
    let answer = toml.send_raw("PUT", "/api/v1/center/file?accept_warnings=true", text).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    life.counts.push((route, life.world.store.statements() - before));
    let (client, route) = (writer(life, version + 3), "POST /api/v1/center/hours/{key}/holidays");
    let days: String = (0..life.n).map(holiday).collect();
    let calendar = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{days}END:VCALENDAR\r\n").into_bytes();
    let before = life.world.store.statements();
    let ics = client.with("Content-Type", "text/calendar");
    let answer = ics.send_raw("POST", "/api/v1/center/hours/office/holidays?accept_warnings=true", calendar).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    life.counts.push((route, life.world.store.statements() - before));
    objects_asked(life).await;
    let client = writer(life, life.world.store.version().await.unwrap());
    let (route, path) =
        ("POST /api/v1/center/versions/{version}/restore", "/center/versions/1/restore?accept_warnings=true");
    life.done_by(&client, route, path, Value::Null).await;
    life.done("POST /api/v1/shadow", "/shadow", json!({"queues": {"sales": {"ring_s": 15}}})).await;
    life.done("GET /api/v1/shadow", "/shadow", Value::Null).await;
    life.done("DELETE /api/v1/shadow", "/shadow", Value::Null).await;
}

async fn flows_asked(life: &mut Life) {
    life.done("GET /api/v1/center/flows", "/center/flows", Value::Null).await;
    life.done("GET /api/v1/center/flow-forms", "/center/flow-forms", Value::Null).await;
    let file = life.done("GET /api/v1/center/flows/{key}", "/center/flows/file", Value::Null).await.json();
    let text = "start = \"a\"\n[step.a]\ndo = \"answer\"\nnext = \"b\"\n[step.b]\ndo = \"echo\"\n";
    life.done("POST /api/v1/center/flow-check", "/center/flow-check", json!({"key": "new", "text": file["published"]}))
        .await;
    let asked = json!({"key": "new", "text": text, "at": "2026-09-28T10:00"});
    life.done("POST /api/v1/center/flow-rehearsal", "/center/flow-rehearsal", asked).await;
    let with = |life: &Life, version: u32| life.admin.with("If-Match", &format!("\"{version}\""));
    let (path, put) = ("/center/flows/new/draft", "PUT /api/v1/center/flows/{key}/draft");
    let body = json!({"text": text, "base": 0});
    life.done_by(&with(life, 0), put, path, body.clone()).await;
    life.done_by(&with(life, 1), "DELETE /api/v1/center/flows/{key}/draft", path, Value::Null).await;
    life.done_by(&with(life, 2), put, path, body).await;
    let publish = "POST /api/v1/center/flows/{key}/publish";
    let done =
        life.done_by(&with(life, 3), publish, "/center/flows/new/publish?accept_warnings=true", Value::Null).await;
    let path = format!("/center/flows/new/versions/{}", done.json()["version"]);
    let then = life.done("GET /api/v1/center/flows/{key}/versions/{version}", &path, Value::Null).await.json();
    assert_eq!(then["text"], text);
}

/// The first of the center's own agents, and all of them.
async fn objects_asked(life: &mut Life) {
    life.done("GET /api/v1/center/forms", "/center/forms", Value::Null).await;
    life.done("GET /api/v1/center/first-steps", "/center/first-steps", Value::Null).await;
    let hours = json!({"hours": {"week": {"mon": ["09:00-18:00"]}}, "at": "2026-09-28T10:00"});
    life.done("POST /api/v1/center/opening", "/center/opening", hours).await;
    flows_asked(life).await;
    let listed = life.done("GET /api/v1/center/objects/{kind}", "/center/objects/queue", Value::Null).await.json();
    let keys: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| item["key"].clone()).collect();
    assert!(keys.len() > life.n as usize, "{keys:?}");
    let (one, many) = ("/center/objects/queue/sales", "/center/objects?accept_warnings=true");
    let shown = life.done("GET /api/v1/center/objects/{kind}/{key}", one, Value::Null).await.json();
    let with = |life: &Life, version: &Value| life.admin.with("If-Match", &format!("\"{version}\""));
    let mut fields = shown["fields"].clone();
    fields["ring_s"] = json!(11);
    let (client, path) = (with(life, &shown["version"]), format!("{one}?accept_warnings=true"));
    let put = "PUT /api/v1/center/objects/{kind}/{key}";
    let version = life.done_by(&client, put, &path, json!({"fields": fields})).await.json()["version"].clone();
    let path = format!("{one}/restore?accept_warnings=true");
    let body = json!({"version": shown["version"]});
    let route = "POST /api/v1/center/objects/{kind}/{key}/restore";
    let version = life.done_by(&with(life, &version), route, &path, body).await.json()["version"].clone();
    life.done("GET /api/v1/center/objects/{kind}/{key}/history", &format!("{one}/history?limit=200"), Value::Null)
        .await;
    let changes: serde_json::Map<String, Value> =
        keys.iter().map(|key| (key.as_str().unwrap().to_owned(), json!({"ring_s": 12}))).collect();
    let body = json!({"objects": {"queue": changes, "reason": {"gone": {"limit_s": 5}}}});
    let patch = "PATCH /api/v1/center/objects";
    let version = life.done_by(&with(life, &version), patch, many, body).await.json()["version"].clone();
    let order = json!({"keys": keys.iter().rev().collect::<Vec<_>>()});
    let path = "/center/order/queue?accept_warnings=true";
    life.done_by(&with(life, &version), "PUT /api/v1/center/order/{kind}", path, order).await;
    let (route, path) =
        ("DELETE /api/v1/center/objects/{kind}/{key}", "/center/objects/reason/gone?accept_warnings=true");
    life.done_by(&with(life, &version), route, path, Value::Null).await;
    let route = "POST /api/v1/center/users/{key}/invitation";
    life.done(route, "/center/users/ana/invitation", Value::Null).await;
    life.done("POST /api/v1/center/test-phone", "/center/test-phone", Value::Null).await;
}

async fn seats_asked(life: &mut Life) {
    life.list("GET /api/v1/tokens", "/tokens").await;
    let made = life.done("POST /api/v1/tokens", "/tokens", json!({"name": "new", "role": "supervisor"})).await.json();
    life.done("DELETE /api/v1/tokens/{id}", &format!("/tokens/{}", made["id"]), Value::Null).await;
    life.done("GET /api/v1/me", "/me", Value::Null).await;
    life.done("GET /api/v1/queues", "/queues", Value::Null).await;
    life.done("GET /api/v1/colleagues", "/colleagues", Value::Null).await;
    let call = json!({"number": "13800138000", "with": {"kind": "queue", "queue": "sales"}});
    life.done("POST /api/v1/calls", "/calls", call).await;
    life.done("POST /api/v1/agents/presence", "/agents/presence", json!({"agents": [7], "state": "ready"})).await;
    life.done("POST /api/v1/agents/{id}/presence", "/agents/7/presence", json!({"state": "ready"})).await;
    life.done("POST /api/v1/agents/{id}/commands", "/agents/7/commands", json!({"type": "presence.ready"})).await;
    let (nobody, route) = (life.world.client.clone(), "POST /api/v1/sign-in");
    let answer = life.done_by(&nobody, route, "/sign-in", json!({"user": "ana", "password": "secret"})).await;
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let csrf = answer.json()["csrf"].as_str().unwrap().to_owned();
    let browser = nobody.with("Cookie", &cookie).with("X-CSRF-Token", &csrf);
    let link = json!({"token": "none"}).to_string();
    let own = json!({"token": "none", "password": "long enough"}).to_string();
    let first = json!({"token": "none", "user": "wei", "name": "Wei", "password": "long enough", "company": "Aurelia",
        "timezone": "UTC", "region": "CN", "languages": ["en"]});
    for (route, path, body) in [
        ("POST /api/v1/sign-in/link", "/sign-in/link", link.clone()),
        ("POST /api/v1/sign-in/link/look", "/sign-in/link/look", link),
        ("POST /api/v1/sign-in/invitation", "/sign-in/invitation", own),
        ("POST /api/v1/set-up", "/set-up", first.to_string()),
    ] {
        assert!(life.ask(&nobody, route, path, Some(body)).await.status >= 400, "{route}");
    }
    life.done_by(&browser, "POST /api/v1/ws-tickets", "/ws-tickets", Value::Null).await;
    life.done_by(&browser, "POST /api/v1/sign-out", "/sign-out", Value::Null).await;
}

async fn customers(world: &World, n: u32) -> Vec<CustomerId> {
    let mut ids = Vec::new();
    for at in 0..n {
        let mail = |nth: u32| ContactPoint::new("email", &format!("p{at}.{nth}@example.org"), "", "CN").unwrap();
        let order = |nth: u32| Order {
            number: format!("A-{at}-{nth}"),
            placed: "2026-01-01".into(),
            item: "ring".into(),
            amount_minor: 1,
            currency: "CNY".into(),
            status: String::new(),
        };
        let draft = CustomerDraft {
            name: format!("Pearl {at}"),
            organisation: Some("Aurelia".into()),
            contact_points: (0..n.min(LIST)).map(mail).collect(),
            orders: (0..n).map(order).collect(),
            dates: (0..n.min(LIST)).map(|nth| (format!("day {nth}"), "05-17".to_owned())).collect(),
            ..CustomerDraft::default()
        };
        ids.push(world.store.save_customer(None, &draft, NOW).await.unwrap());
    }
    ids
}

/// Of each customer a contact, besides many of the first one; those have another outcome.
async fn records(world: &World, n: u32, ids: &[CustomerId]) -> InteractionId {
    let record = |nth: u64, customer, outcome| {
        let at = NOW - Duration::from_secs(60 + nth);
        Interaction {
            customer: Some(customer),
            queue: Some(QueueId(1)),
            agent: Some(ANA),
            queued: Some(at),
            answered: Some(at),
            ended: Some(at),
            outcome: Some(outcome),
            ..Interaction::call(InteractionId::new(at, &mut Rng::new(nth)), CallDirection::Inbound, at)
        }
    };
    let mut all: Vec<_> = (0..).zip(ids).map(|(nth, id)| record(nth, *id, Outcome::Handled)).collect();
    all.extend((1..n).map(|nth| record(1_000 + u64::from(nth), ids[0], Outcome::SelfService)));
    world.store.save_interactions(&all).await.unwrap();
    let interaction = all[0].id;
    let event = |seq| InteractionEvent { interaction, seq, at: NOW, kind: "x.y".into(), detail: json!({}) };
    world.store.append_events(&(1..=n).map(event).collect::<Vec<_>>()).await.unwrap();
    let rows = call_backs().into_iter().cycle().take(n as usize).zip(ids);
    *world.call_backs.lock().unwrap() =
        rows.map(|(row, id)| carillon::center::OpenCallBack { customer: Some(*id), ..row }).collect();
    interaction
}

/// An hour of long ago, in which everybody waits; and tasks.
async fn journal(world: &World, n: u32, ids: &[CustomerId]) {
    let begun = NOW - Duration::from_secs(6 * 3_600);
    let at = |seconds: u32| begun + Duration::from_secs(u64::from(seconds));
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::start(world.store.clone(), WriterSettings::new(folder.path().join("spool"))).await.unwrap();
    let start = Checkpoint::start(Settings::default(), 1, begun);
    writer.try_send(Write::Checkpoint(Box::new(start.clone()))).unwrap();
    let (mut router, mut inputs) = (start.restore(), 0);
    let queue = QueueRule { id: QueueId(1), key: "sales".into(), ..QueueRule::default() };
    let agent = AgentRule { id: ANA, key: "ana".into(), ..AgentRule::default() };
    let rules = Rules { queues: vec![queue], agents: vec![agent], ..Rules::default() };
    let mut tell = |at: Instant, input: Input| {
        let mut out = Vec::new();
        router.handle(at, input.clone(), &mut out);
        let digest = Some(carillon::acd::digest(&out));
        writer.try_send(Write::Router { at, input: Box::new(input), digest }).unwrap();
        inputs += 1;
        let mark = router.checkpoint(at, inputs);
        writer.try_send(Write::Checkpoint(Box::new(mark))).unwrap();
    };
    tell(at(1), Input::Configure(Box::new(rules)));
    tell(at(2), Input::SignIn { agent: ANA });
    for nth in 0..n {
        let now = at(10 + nth * 60);
        tell(now, Input::Arrive(Arrival::new(ContactId(u64::from(nth) + 1), QueueId(1), now)));
    }
    tell(at(3_700), Input::NotReady { agent: ANA, reason: "break".into(), author: Author::Agent });
    for (nth, customer) in (0..).zip(ids) {
        let task = Task {
            interaction: InteractionId::new(begun, &mut Rng::new(9_000 + nth)),
            customer: Some(*customer),
            number: None,
            kind: "callback".into(),
            due: NOW,
            note: String::new(),
        };
        writer.try_send(Write::Task(task)).unwrap();
        let alert = json!({
            "id": nth + 1, "rule": "line", "name": {"en": "", "zh": ""}, "queue": 1, "figure": "waiting", "level": "warn",
            "since": NOW, "worst": 3, "limit": 2, "sound": true, "events": nth + 1,
        });
        let letter = json!({"way": "mail", "to": format!("{nth}@example.com"), "subject": "", "body": ""});
        let event = json!({"kind": "alert.raised", "detail": {"level": "warn", "value": 3, "limit": 2}});
        let news = json!({"at": NOW, "alert": alert, "event": event, "letters": [letter]});
        let mut news: AlertNews = serde_json::from_value(news).unwrap();
        writer.try_send(Write::Alert(Box::new(news.clone()))).unwrap();
        news.alert.id = AlertId(1);
        writer.try_send(Write::Alert(Box::new(news))).unwrap();
    }
    writer.close().await;
    while world.store.settle_figures(NOW).await.unwrap() {}
}

/// As many versions, and as many queues in the last one.
async fn center(world: &World, n: u32) {
    for version in 1..=n {
        let queues = if version == n { n } else { 0 };
        let plan = world.store.plan(read(&file(queues, version + 20, "line")).unwrap()).await.unwrap();
        world.store.apply(&plan, "setup", NOW).await.unwrap();
    }
}

fn file(n: u32, ring_s: u32, word: &str) -> String {
    let mut text = format!(
        "[center]\ncompany = \"{ring_s}\"\nlanguages = [\"en\", \"zh\"]\n[agent.ana]\n[queue.sales]\nname = \"Sales\"\n\
         [hours.office]\nweek = {{ mon = [\"09:00-17:00\"] }}\n",
    );
    (0..n).for_each(|at| text += &format!("[queue.kept{at}]\nring_s = {ring_s}\n[queue.{word}{at}]\n"));
    text
}

fn holiday(nth: u32) -> String {
    let (month, day) = (nth / 28 + 2, nth % 28 + 1);
    format!("BEGIN:VEVENT\r\nUID:{nth}\r\nSUMMARY:Day\r\nDTSTART;VALUE=DATE:2026{month:02}{day:02}\r\nEND:VEVENT\r\n")
}
