//! Rules of records: they act with the write that they follow and when their time comes, each once, whenever the
//! program is cut off.

use std::time::Duration;

use carillon::base::Instant;
use carillon::record::{Asking, People, Record, Role, Value, Who};
use carillon::store::record::{About, Query, RecordError, Records, Step, Told};
use carillon::written::hours::Hours;
use serde_json::{Map, Value as Json, json};

use crate::{World, at, on_both};

on_both!(
    a_rule_acts_with_the_write,
    what_a_rule_made_of_a_change_is_taken_back_with_it,
    a_rule_waits_for_its_time,
    work_is_shared,
    records_are_made_out_of_records,
    rules_that_go_round_are_stopped,
    every_record_at_its_time,
    a_new_rule_knows_the_records_of_before,
    what_records_say_of_others_is_right,
    cut_off_fifty_times_nothing_is_lost_or_done_twice
);

/// Nobody reads it but through its rules.
const TASK: &str = "kind = \"job\"\ntitle = \"{subject}\"\n[field]\nsubject = { type = \"text\", required = true }\n\
    owner = { type = \"person\" }\nday = { type = \"date\" }\ncase = { type = \"ref\", kind = \"case\" }\n";

const CASE: &str = r#"
kind = "case"
title = "{subject}"
[field]
subject = { type = "text", required = true }
priority = { type = "choice", choices = ["low", "high"], default = "low" }
owner = { type = "person" }
due = { type = "time" }
seen = { type = "date" }
promise = { type = "ref", kind = "promise" }
[life]
start = "open"
state.open = { kind = "open" }
state.waiting = { kind = "waiting" }
state.late = { kind = "open" }
state.closed = { kind = "done" }
step.wait = { from = ["open", "late"], to = "waiting" }
step.resume = { from = "waiting", to = "open" }
step.close = { from = ["open", "late", "waiting"], to = "closed" }
step.escalate = { from = "open", to = "late" }
[due]
by = "priority"
within = { low = "8h", high = "2h" }
promise = "promise.solve"
always = "promise.clock"
hours = "office"
[[rule]]
key = "shared"
on = "created"
when = "owner == ''"
do = [{ assign = "team east" }]
[[rule]]
key = "late"
on = "due"
do = [{ set = { priority = "high" } }, { tell = ["owner", "supervisor"] }]
[[rule]]
key = "later"
on = "due + 1h"
do = [{ state = "late" }, { tell = "supervisor" }]
[[rule]]
key = "call"
on = "entered(closed)"
do = [{ create = "job", set = { subject = "Verify: {subject}", owner = "{owner}", day = "today + 1d" }, link = "case" }]
"#;

const PROMISE: &str = "kind = \"promise\"\n[field]\nname = { type = \"text\" }\nsolve = { type = \"span\" }\n\
    clock = { type = \"choice\", choices = [\"business\", \"always\"] }\n";

struct House;

impl People for House {
    fn is_person(&self, name: &str) -> bool {
        ["ana", "ben", "sam", "root"].contains(&name)
    }

    fn is_team(&self, _: &str) -> bool {
        true
    }

    fn members(&self, team: &str) -> Vec<String> {
        if team == "east" { vec!["ana".to_owned(), "ben".to_owned()] } else { Vec::new() }
    }

    fn of_role(&self, role: Role) -> Vec<String> {
        match role {
            Role::Agent => Vec::new(),
            Role::Supervisor => vec!["sam".to_owned()],
            Role::Admin => vec!["root".to_owned()],
        }
    }

    fn hours(&self, key: &str) -> Option<Hours> {
        let mut hours = Hours::new(zone());
        (0..7).for_each(|day| hours.open(day, 9 * 60, 17 * 60));
        (key == "office").then_some(hours)
    }
}

fn zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get("Asia/Shanghai").unwrap()
}

/// Monday 2026-11-23, 10:00 in Shanghai, so many seconds later.
fn monday(seconds: u64) -> Instant {
    Instant::from_micros(1_795_399_200_000_000) + Duration::from_secs(seconds)
}

const HOUR: u64 = 3_600;

fn asking(now: Instant, zone: &jiff::tz::TimeZone) -> Asking<'_> {
    Asking { who: Who { user: "carillon", role: Role::Admin, team: None }, now, zone, region: "CN", people: &House }
}

fn map(value: Json) -> Map<String, Json> {
    value.as_object().unwrap().clone()
}

async fn cases(w: &World) -> Records {
    let records = Records::open(&w.store, at(0)).await.unwrap();
    records.publish_kind("promise", PROMISE, 0, "root", at(0)).await.unwrap();
    let plain = "kind = \"case\"\n[field]\nsubject = { type = \"text\" }\n";
    records.publish_kind("case", plain, 0, "root", at(0)).await.unwrap();
    records.publish_kind("job", TASK, 0, "root", at(0)).await.unwrap();
    records.publish_kind("case", CASE, 1, "root", at(0)).await.unwrap();
    records
}

async fn made(records: &Records, kind: &str, body: Json, now: Instant) -> Record {
    records.create(kind, &map(body), About::default(), &asking(now, &zone())).await.unwrap()
}

async fn read(records: &Records, kind: &str, id: i64) -> Record {
    records.record(&records.kind(kind).unwrap(), id, &asking(monday(0), &zone())).await.unwrap()
}

async fn all(records: &Records, kind: &str) -> Vec<Record> {
    let query = Query { sort: "id".into(), limit: 200, ..Query::default() };
    records.list(&records.kind(kind).unwrap(), &query, &asking(monday(0), &zone())).await.unwrap().records
}

/// Until nothing is left to do.
async fn followed(records: &Records, now: Instant) {
    for _ in 0..1_000 {
        if records.follow_rules(&asking(now, &zone())).await.unwrap() == 0 {
            return;
        }
    }
    panic!("it never ends");
}

/// Rules that told somebody, the oldest first.
async fn told(records: &Records, person: &str) -> Vec<String> {
    let (notices, _, _) = records.notices(person, None, 200).await.unwrap();
    notices.into_iter().rev().map(|notice| notice.rule).collect()
}

fn due(record: &Record) -> Option<Instant> {
    match record.fields.get("due") {
        Some(Value::Time(at)) => Some(*at),
        _ => None,
    }
}

async fn a_rule_acts_with_the_write(w: World) {
    let records = cases(&w).await;
    let mut owners = Vec::new();
    for _ in 0..3 {
        let case = made(&records, "case", json!({"subject": "a"}), monday(0)).await;
        assert_eq!(read(&records, "case", case.id).await, case, "what is answered is what is kept");
        owners.push(case.owner().unwrap().to_owned());
    }
    assert_eq!(owners, ["ana", "ben", "ana"], "by turns");
    let case = made(&records, "case", json!({"subject": "b", "owner": "sam"}), monday(0)).await;
    assert_eq!(case.owner(), Some("sam"));
    let stored = records.kind("case").unwrap();
    let (changes, _) = records.history(&stored, 1, None, 10, &asking(monday(0), &zone())).await.unwrap();
    assert_eq!((changes.len(), changes[0].rules.clone()), (1, vec!["shared".to_owned()]));
    assert!(changes[0].fields.iter().any(|it| it.field == "owner"));
    // What somebody takes back no rule does again.
    let zone = zone();
    let asking = asking(monday(10), &zone);
    let urgent = records.change("case", case.id, None, &map(json!({"priority": "high"})), &asking).await.unwrap();
    assert_eq!(due(&urgent), Some(monday(2 * HOUR)));
    let (changes, _) = records.history(&stored, case.id, None, 10, &asking).await.unwrap();
    let undone = records.undo("case", case.id, changes[0].id, &asking).await.unwrap();
    assert_eq!(due(&undone), due(&case));
}

const CLAIM: &str = r#"
kind = "claim"
[field]
subject = { type = "text", required = true }
urgent = { type = "flag" }
place = { type = "text" }
[life]
start = "open"
state.open = { kind = "open" }
state.escalated = { kind = "open" }
state.taken = { kind = "open" }
step.raise = { from = "open", to = "escalated" }
step.take = { from = "escalated", to = "taken" }
[[rule]]
key = "up"
on = "changed(urgent)"
when = "urgent"
do = [{ state = "escalated" }, { set = { place = "desk" } }]
"#;

async fn what_a_rule_made_of_a_change_is_taken_back_with_it(w: World) {
    let records = Records::open(&w.store, at(0)).await.unwrap();
    records.publish_kind("claim", CLAIM, 0, "root", at(0)).await.unwrap();
    let zone = zone();
    let asking = asking(monday(10), &zone);
    let state = |record: &Record| record.state.clone().unwrap();
    let newest = async || {
        let stored = records.kind("claim").unwrap();
        records.history(&stored, 1, None, 10, &asking).await.unwrap().0[0].id
    };
    let claim = made(&records, "claim", json!({"subject": "a"}), monday(0)).await;
    let urgent = records.change("claim", claim.id, None, &map(json!({"urgent": true})), &asking).await.unwrap();
    assert_eq!((state(&urgent), urgent.fields.contains_key("place")), ("escalated".to_owned(), true));
    let change = newest().await;
    let undone = records.undo("claim", claim.id, change, &asking).await.unwrap();
    assert_eq!((state(&undone), &undone.fields), ("open".to_owned(), &claim.fields));
    assert_eq!(read(&records, "claim", claim.id).await, undone, "what is answered is what is kept");
    // That is a change like any other, and so is this one.
    let again = records.undo("claim", claim.id, newest().await, &asking).await.unwrap();
    assert_eq!((state(&again), &again.fields), ("escalated".to_owned(), &urgent.fields));
    // What somebody led on since stays where it is.
    let step = Step { key: "take", version: None };
    records.step("claim", claim.id, step, &Map::new(), &asking).await.unwrap();
    let overwritten = records.undo("claim", claim.id, change, &asking).await;
    assert!(matches!(&overwritten, Err(RecordError::Overwritten(field)) if field == "state"), "{overwritten:?}");
    // Nothing is brought back that the kind no longer knows.
    let place = records.change("claim", claim.id, None, &map(json!({"place": null})), &asking).await.unwrap();
    assert!(!place.fields.contains_key("place"));
    let fewer = CLAIM.replace("place = { type = \"text\" }\n", "").replace(", { set = { place = \"desk\" } }", "");
    records.publish_kind("claim", &fewer, 1, "root", at(1)).await.unwrap();
    let gone = records.undo("claim", claim.id, newest().await, &asking).await;
    assert!(matches!(&gone, Err(RecordError::Overwritten(field)) if field == "place"), "{gone:?}");
}

async fn a_rule_waits_for_its_time(w: World) {
    let records = cases(&w).await;
    let case = made(&records, "case", json!({"subject": "a", "owner": "ana"}), monday(0)).await;
    // Seven hours are left of the day, one of the next.
    let expected = monday(24 * HOUR);
    assert_eq!(due(&case), Some(expected));
    followed(&records, monday(24 * HOUR - 1)).await;
    assert_eq!(told(&records, "ana").await, [""; 0]);
    followed(&records, monday(24 * HOUR)).await;
    followed(&records, monday(24 * HOUR + 5)).await;
    assert_eq!((told(&records, "ana").await, told(&records, "sam").await), (vec!["late".into()], vec!["late".into()]));
    let late = read(&records, "case", case.id).await;
    assert_eq!((late.fields["priority"].clone(), due(&late)), (Value::Text("high".into()), Some(expected)));
    assert_eq!(late.updated_by, "carillon");
    // While somebody else's turn it is nothing goes on; the same due time is not told twice.
    let zone = zone();
    let step = |key| Step { key, version: None };
    let (wait, none) = (asking(monday(24 * HOUR + 600), &zone), Map::new());
    records.step("case", case.id, step("wait"), &none, &wait).await.unwrap();
    followed(&records, monday(30 * HOUR)).await;
    assert_eq!(told(&records, "sam").await, ["late"]);
    records.step("case", case.id, step("resume"), &none, &asking(monday(30 * HOUR), &zone)).await.unwrap();
    followed(&records, monday(30 * HOUR)).await;
    assert_eq!(told(&records, "sam").await, ["late", "later"]);
    assert_eq!(read(&records, "case", case.id).await.state.as_deref(), Some("late"));
    let (changes, _) = records.history(&records.kind("case").unwrap(), case.id, None, 20, &wait).await.unwrap();
    let kinds: Vec<_> = changes.iter().map(|it| (it.kind.as_str(), it.rules.join(" "))).collect();
    let rule = |key: &str| ("rule", key.to_owned());
    let plain = |kind| (kind, String::new());
    assert_eq!(kinds, [rule("later"), plain("step"), plain("step"), rule("late"), plain("made")]);
    // What is promised by a contract goes before; day and night.
    let promise =
        made(&records, "promise", json!({"name": "gold", "solve": "20h", "clock": "always"}), monday(0)).await;
    let body = json!({"subject": "b", "owner": "ana", "promise": promise.id});
    let case = made(&records, "case", body, monday(0)).await;
    assert_eq!(due(&case), Some(monday(20 * HOUR)));
    records.delete("case", case.id, &asking(monday(1), &zone)).await.unwrap();
    followed(&records, monday(99 * HOUR)).await;
    assert_eq!(told(&records, "ana").await, ["late"], "what is deleted is not late");
}

async fn work_is_shared(w: World) {
    let records = cases(&w).await;
    let by_load = CASE.replace("assign = \"team east\"", "assign = [\"team east\", \"person sam\"], by = \"load\"");
    records.publish_kind("case", &by_load, 2, "root", at(0)).await.unwrap();
    for (owner, closed) in [("ana", false), ("ana", false), ("ben", true), ("ben", true), ("ben", true), ("sam", false)]
    {
        let case = made(&records, "case", json!({"subject": "a", "owner": owner}), monday(0)).await;
        if closed {
            let step = Step { key: "close", version: None };
            records.step("case", case.id, step, &Map::new(), &asking(monday(0), &zone())).await.unwrap();
        }
    }
    let mut owners = Vec::new();
    for _ in 0..4 {
        owners.push(made(&records, "case", json!({"subject": "b"}), monday(0)).await.owner().unwrap().to_owned());
    }
    assert_eq!(owners, ["ben", "ben", "sam", "ana"], "what is done weighs nothing");
}

async fn records_are_made_out_of_records(w: World) {
    let records = cases(&w).await;
    let case = made(&records, "case", json!({"subject": "Pump", "owner": "ana"}), monday(0)).await;
    let step = Step { key: "close", version: None };
    records.step("case", case.id, step, &Map::new(), &asking(monday(60), &zone())).await.unwrap();
    assert_eq!(all(&records, "job").await.len(), 0);
    followed(&records, monday(61)).await;
    followed(&records, monday(62)).await;
    let jobs = all(&records, "job").await;
    assert_eq!(jobs.len(), 1);
    assert_eq!((jobs[0].title.as_str(), jobs[0].owner()), ("Verify: Pump", Some("ana")));
    assert_eq!(jobs[0].fields["case"], Value::Ref(case.id));
    assert_eq!(jobs[0].fields["day"].json(), json!("2026-11-24"));
    // One that can never be made is told where it comes from, and holds up nothing.
    let asked = TASK.replace("owner = {", "place = { type = \"place\", required = true }\nowner = {");
    records.publish_kind("job", &asked, 1, "root", at(0)).await.unwrap();
    let case = made(&records, "case", json!({"subject": "Valve", "owner": "ana"}), monday(0)).await;
    records.step("case", case.id, step, &Map::new(), &asking(monday(60), &zone())).await.unwrap();
    followed(&records, monday(61)).await;
    let zone = zone();
    let (changes, _) =
        records.history(&records.kind("case").unwrap(), case.id, None, 9, &asking(monday(70), &zone)).await.unwrap();
    assert_eq!((changes[0].kind.as_str(), changes[0].text.as_deref()), ("rule", Some("job: place: required")));
    assert_eq!(all(&records, "job").await.len(), 1);
}

async fn rules_that_go_round_are_stopped(w: World) {
    let records = Records::open(&w.store, at(0)).await.unwrap();
    let round = "kind = \"round\"\ntitle = \"{n}\"\n[field]\nn = { type = \"text\" }\n\
        [[rule]]\nkey = \"again\"\non = \"created\"\ndo = [{ create = \"round\", set = { n = \"{n}x\" } }]\n";
    records.publish_kind("round", round, 0, "root", at(0)).await.unwrap();
    made(&records, "round", json!({"n": "x"}), monday(0)).await;
    followed(&records, monday(1)).await;
    let all = all(&records, "round").await;
    assert_eq!(all.len(), 1 + carillon::record::DEPTH_MAX);
    let (notices, _, unread) = records.notices("root", None, 9).await.unwrap();
    assert_eq!((notices.len(), unread), (1, 1));
    let path = notices[0].path.clone().unwrap();
    assert_eq!((path.matches("round.again").count(), notices[0].record), (6, all.last().unwrap().id));
    records.notices_read("root", notices[0].id, monday(2)).await.unwrap();
    let (notices, _, unread) = records.notices("root", None, 9).await.unwrap();
    assert_eq!((notices[0].read, unread), (Some(monday(2)), 0));
    assert_eq!(records.forget_notices(monday(3)).await.unwrap(), 1);
}

async fn every_record_at_its_time(w: World) {
    let records = cases(&w).await;
    let daily = format!(
        "{CASE}[[rule]]\nkey = \"morning\"\non = \"time(daily 09:00)\"\nwhen = \"priority == 'high'\"\n\
         do = [{{ set = {{ seen = \"today\" }} }}, {{ tell = \"owner\" }}]\n"
    );
    records.publish_kind("case", &daily, 2, "root", at(0)).await.unwrap();
    for n in 0..120 {
        let priority = if n % 2 == 0 { "high" } else { "low" };
        let body =
            json!({"subject": format!("{n}"), "priority": priority, "owner": "ana", "due": "2027-01-01T00:00:00Z"});
        made(&records, "case", body, monday(0)).await;
    }
    followed(&records, monday(0)).await;
    // The next nine o'clock is 23 hours away; three days are missed.
    followed(&records, monday(23 * HOUR - 1)).await;
    assert_eq!(told(&records, "ana").await.len(), 0);
    followed(&records, monday(23 * HOUR)).await;
    followed(&records, monday(23 * HOUR + 1)).await;
    assert_eq!(told(&records, "ana").await.len(), 60);
    let seen = all(&records, "case").await.into_iter().filter(|it| it.fields.contains_key("seen")).count();
    assert_eq!(seen, 60);
    followed(&records, monday(96 * HOUR)).await;
    assert_eq!(told(&records, "ana").await.len(), 120, "what was missed is done once");
}

async fn a_new_rule_knows_the_records_of_before(w: World) {
    let records = cases(&w).await;
    let without = CASE.split("[[rule]]").next().unwrap();
    records.publish_kind("case", without, 2, "root", at(0)).await.unwrap();
    for n in 0..120 {
        made(&records, "case", json!({"subject": format!("{n}"), "owner": "ana"}), monday(0)).await;
    }
    made(&records, "case", json!({"subject": "x", "owner": "ana", "due": "2026-11-01T00:00:00Z"}), monday(0)).await;
    records.publish_kind("case", CASE, 3, "root", at(0)).await.unwrap();
    followed(&records, monday(0)).await;
    assert_eq!(told(&records, "ana").await.len(), 0, "what was late before it stays untold");
    followed(&records, monday(24 * HOUR)).await;
    assert_eq!(told(&records, "ana").await.len(), 120);
}

/// Reckoned fields and roll-ups after every kind of write, also of many at once, and for records of before.
async fn what_records_say_of_others_is_right(w: World) {
    let records = Records::open(&w.store, at(0)).await.unwrap();
    let head = "kind = \"bargain\"\ntitle = \"{name}\"\n[field]\nname = { type = \"text\" }\nbudget = { type = \"money\", currency = \"CNY\" }\n";
    records.publish_kind("bargain", head, 0, "root", at(0)).await.unwrap();
    let item = "kind = \"item\"\n[field]\ndeal = { type = \"ref\", kind = \"bargain\" }\ndeals = { type = \"refs\", kind = \"bargain\" }\n\
        price = { type = \"money\", currency = \"CNY\" }\namount = { type = \"number\" }\nday = { type = \"date\" }\n\
        worth = { type = \"money\", currency = \"CNY\", value = \"price * amount\" }\n[life]\nstart = \"open\"\n\
        step.drop = { from = \"open\", to = \"dropped\" }\n";
    records.publish_kind("item", item, 0, "root", at(0)).await.unwrap();
    let old = made(&records, "bargain", json!({"name": "old", "budget": "100"}), monday(0)).await;
    made(&records, "item", json!({"deal": old.id, "price": "0.1", "amount": 3}), monday(0)).await;
    let whole = format!(
        "{head}items = {{ type = \"number\", roll = {{ count = \"item.deal\" }} }}\n\
         open = {{ type = \"number\", roll = {{ count = \"item.deal\", when = \"state == 'open' and amount > 1\" }} }}\n\
         worth = {{ type = \"money\", currency = \"CNY\", roll = {{ sum = \"item.deal\", field = \"worth\" }} }}\n\
         first = {{ type = \"date\", roll = {{ min = \"item.deal\", field = \"day\" }} }}\n\
         most = {{ type = \"number\", roll = {{ max = \"item.deal\", field = \"amount\" }} }}\n\
         beside = {{ type = \"number\", roll = {{ count = \"item.deals\" }} }}\n\
         left = {{ type = \"money\", currency = \"CNY\", value = \"budget - worth\" }}\n"
    );
    records.publish_kind("bargain", &whole, 1, "root", at(0)).await.unwrap();
    followed(&records, monday(0)).await;
    let says = async |id: i64| {
        let deal = read(&records, "bargain", id).await;
        let keys = ["items", "open", "worth", "first", "most", "beside", "left"];
        let told = keys.map(|key| deal.fields.get(key).map(Value::plain).unwrap_or_default());
        (told.join(" "), deal.version)
    };
    assert_eq!(says(old.id).await.0, "1 1 0.3  3 0 99.7", "records of before");
    let deal = made(&records, "bargain", json!({"name": "new", "budget": "10"}), monday(0)).await;
    assert_eq!(says(deal.id).await.0, "0 0 0   0 10");
    let body = |price: &str, day: &str| json!({"deal": deal.id, "deals": [deal.id, old.id], "price": price, "amount": 2, "day": day});
    let one = made(&records, "item", body("0.1", "2026-12-02"), monday(0)).await;
    let two = made(&records, "item", body("0.7", "2026-12-01"), monday(0)).await;
    assert_eq!(says(deal.id).await, ("2 2 1.6 2026-12-01 2 2 8.4".into(), 1), "its own version stays");
    assert_eq!(says(old.id).await.0, "1 1 0.3  3 2 99.7");
    let zone = zone();
    let asking = asking(monday(1), &zone);
    let change = map(json!({"deal": old.id, "amount": 5}));
    let changed = records.change("item", two.id, None, &change, &asking).await.unwrap();
    assert_eq!(changed.fields["worth"].plain(), "3.5");
    assert_eq!(
        (says(deal.id).await.0.as_str(), says(old.id).await.0.as_str()),
        ("1 1 0.2 2026-12-02 2 2 9.8", "2 2 3.8 2026-12-01 5 2 96.2")
    );
    let (changes, _) = records.history(&records.kind("item").unwrap(), two.id, None, 9, &asking).await.unwrap();
    let mut news = records.news();
    records.undo("item", two.id, changes[0].id, &asking).await.unwrap();
    // Whoever looks at those that say something else now hears of it.
    let mut heard: Vec<_> = std::iter::from_fn(|| match news.try_recv().ok()?.told {
        Told::Record { kind, id, .. } => Some((kind, id)),
        Told::Kind { kind, .. } => Some((kind, 0)),
    })
    .collect();
    heard.sort();
    let expected = [("bargain", old.id), ("bargain", deal.id), ("item", two.id)];
    assert_eq!(heard, expected.map(|(kind, id)| (kind.to_owned(), id)));
    assert_eq!(says(deal.id).await.0, "2 2 1.6 2026-12-01 2 2 8.4");
    records.step("item", one.id, Step { key: "drop", version: None }, &Map::new(), &asking).await.unwrap();
    assert_eq!(says(deal.id).await.0, "2 1 1.6 2026-12-01 2 2 8.4");
    records.delete("item", two.id, &asking).await.unwrap();
    assert_eq!(says(deal.id).await.0, "1 0 0.2 2026-12-02 2 1 9.8");
    // Many at once: none sees less than is there.
    let mut tasks = Vec::new();
    for _ in 0..24 {
        let (records, body) = (records.clone(), body("1", "2026-12-03"));
        tasks.push(tokio::spawn(async move { made(&records, "item", body, monday(2)).await }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(says(deal.id).await.0, "25 24 48.2 2026-12-02 2 25 -38.2");
}

/// The program dies in the middle of what rules do, again and again, and starts anew.
async fn cut_off_fifty_times_nothing_is_lost_or_done_twice(w: World) {
    const CASES: usize = 60;
    let records = cases(&w).await;
    let mut ids = Vec::new();
    for n in 0..CASES {
        ids.push(made(&records, "case", json!({"subject": format!("{n}"), "owner": "ana"}), monday(0)).await.id);
    }
    let step = Step { key: "close", version: None };
    for id in ids.iter().step_by(3) {
        records.step("case", *id, step, &Map::new(), &asking(monday(60), &zone())).await.unwrap();
    }
    let now = monday(24 * HOUR);
    for n in 0..50_u64 {
        // Each time another process, which sees what is kept and nothing else; two at once after a while.
        let records = Records::open(&w.store, at(0)).await.unwrap();
        let other = records.clone();
        let cut = Duration::from_micros(500 + (n * 7_919) % 15_000);
        let zone = zone();
        let asking = asking(now, &zone);
        let both = async { tokio::join!(records.follow_rules(&asking), other.follow_rules(&asking)) };
        match tokio::time::timeout(cut, both).await {
            Ok((one, two)) => {
                for done in [one, two] {
                    assert!(matches!(done, Ok(_) | Err(RecordError::Store(_))), "{done:?}");
                }
            }
            Err(_cut) => {}
        }
    }
    followed(&records, now).await;
    let open = CASES - CASES.div_ceil(3);
    assert_eq!(told(&records, "ana").await.len(), open, "each once");
    let (notices, ..) = records.notices("ana", None, 200).await.unwrap();
    let mut about: Vec<i64> = notices.into_iter().map(|notice| notice.record).collect();
    about.sort_unstable();
    about.dedup();
    assert_eq!(about.len(), open);
    let jobs = all(&records, "job").await;
    let mut of: Vec<_> = jobs.iter().map(|job| job.fields["case"].plain()).collect();
    of.sort();
    of.dedup();
    assert_eq!((jobs.len(), of.len()), (CASES.div_ceil(3), CASES.div_ceil(3)));
    for id in ids {
        let case = read(&records, "case", id).await;
        let stored = records.kind("case").unwrap();
        let (changes, _) = records.history(&stored, id, None, 20, &asking(now, &zone())).await.unwrap();
        let acted = changes.iter().filter(|it| it.rules.iter().any(|rule| rule == "late")).count();
        assert_eq!(acted, usize::from(case.state.as_deref() == Some("open")), "{id}");
    }
}
