//! Statistics folded from the stored journal, as the API tells them.

use std::time::Duration;

use carillon::acd::{
    AgentRule, Arrival, Author, Checkpoint, Input, Left, Output, QueueRule, Requirement, Rules, Settings, SkillNeed,
    SkillRule, WrapUp, digest,
};
use carillon::base::{ContactId, Instant, QueueId, SkillId};
use carillon::center::output::Write;
use carillon::door::Role;
use carillon::store::{Writer, WriterSettings};
use serde_json::{Value, json};

use crate::client::Client;
use crate::world::{ANA, NOW, World};

fn before(seconds: u64) -> Instant {
    NOW - Duration::from_secs(seconds)
}

/// Two hours ago Ana came. Four contacts: answered after 10 s, answered after 30 s, gone after 3 s, gone after 60 s.
async fn two_hours(world: &World) {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::start(world.store.clone(), WriterSettings::new(folder.path().join("spool"))).await.unwrap();
    let start = Checkpoint::start(Settings::default(), 1, before(7_200));
    writer.try_send(Write::Checkpoint(Box::new(start.clone()))).unwrap();
    let mut router = start.restore();
    let mut tell = |ago: u64, input: Input| {
        let mut out = Vec::new();
        router.handle(before(ago), input.clone(), &mut out);
        let made = Some(digest(&out));
        writer.try_send(Write::Router { at: before(ago), input: Box::new(input), digest: made }).unwrap();
        out
    };
    let gems = SkillId(4);
    let queue = QueueRule {
        id: QueueId(1),
        key: "sales".into(),
        ring_s: 600,
        wrap_up: WrapUp { mode: carillon::acd::WrapUpMode::Discretionary, seconds: 0 },
        requirement: Requirement { all: vec![SkillNeed { skill: gems, min: 1, weight: 1 }], any: vec![] },
        ..QueueRule::default()
    };
    let agent = AgentRule { id: ANA, key: "ana".into(), skills: vec![(gems, 5)], ..AgentRule::default() };
    let skills = vec![SkillRule { id: gems, key: "gems".into(), name: String::new() }];
    let rules = Rules { skills, queues: vec![queue], agents: vec![agent], ..Rules::default() };
    tell(7_200, Input::Configure(Box::new(rules)));
    tell(7_100, Input::SignIn { agent: ANA });
    tell(7_100, Input::Ready { agent: ANA, author: Author::Agent });
    for (contact, ago, wait) in [(1, 6_000, 10), (2, 3_000, 30)] {
        let out = tell(ago, Input::Arrive(Arrival::new(ContactId(contact), QueueId(1), before(ago))));
        let ring = out.iter().find_map(|it| match it {
            Output::Reserve { reservation, .. } => Some(*reservation),
            _ => None,
        });
        tell(ago - wait, Input::Accepted { reservation: ring.unwrap() });
        tell(ago - wait - 200, Input::Ended { contact: ContactId(contact) });
        tell(ago - wait - 240, Input::WrapUpDone { agent: ANA });
    }
    tell(1_000, Input::NotReady { agent: ANA, reason: "break".into(), author: Author::Agent });
    for (contact, ago, wait) in [(3, 900, 3), (4, 800, 60)] {
        tell(ago, Input::Arrive(Arrival::new(ContactId(contact), QueueId(1), before(ago))));
        tell(ago - wait, Input::Leave { contact: ContactId(contact), why: Left::Abandoned });
    }
    writer.close().await;
}

fn supervisor(world: &World) -> Client {
    world.bearer("sue", Role::Supervisor, None)
}

fn figure<'a>(list: &'a Value, name: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|it| it["name"] == name).unwrap()
}

#[tokio::test]
async fn every_service_level_stands_beside_its_formula() {
    let world = World::start().await;
    two_hours(&world).await;
    let told = supervisor(&world).get("/api/v1/statistics?from=-2h&by=queue&interval=all").await.json();
    assert_eq!((&told["interval_s"], told["items"].as_array().unwrap().len()), (&Value::Null, 1), "{told}");
    let row = &told["items"][0];
    assert_eq!((&row["id"], &row["key"], &row["name"]), (&json!(1), &json!("sales"), &json!("Sales")));
    let counts = &row["counts"];
    let expected = json!([4, 1, 1, 1, 0, 1, 2]);
    let names = [
        "offered",
        "answered_in_time",
        "answered_late",
        "abandoned_short",
        "abandoned_in_time",
        "abandoned_late",
        "rings",
    ];
    assert_eq!(json!(names.map(|name| &counts[name])), expected, "{counts}");
    let levels = &row["service_levels"];
    assert_eq!(levels.as_array().unwrap().len(), 8);
    for (name, value) in [("v1_answered", 0.5), ("v5_abandoned_negative", 0.25), ("v8_short_abandoned_out", 1.0 / 3.0)]
    {
        let level = figure(levels, name);
        assert!((level["value"].as_f64().unwrap() - value).abs() < 1e-12, "{level}");
        assert!(level["formula"].as_str().unwrap().starts_with("A_T / "));
    }
    let seconds = |name: &str| figure(&row["figures"], name)["value"].as_f64().unwrap();
    assert_eq!((seconds("asa_s"), seconds("talk_s"), seconds("wrap_up_s")), (20.0, 200.0, 40.0));
    assert_eq!(seconds("handling_s"), 240.0);
}

/// Of the router's inputs, how many are run for a question; not how long it takes.
#[tokio::test]
async fn what_was_folded_is_not_folded_again() {
    let world = World::start().await;
    two_hours(&world).await;
    let sue = supervisor(&world);
    let ask = async |query: &str| {
        let before = world.state.figures.inputs_run();
        let told = sue.get(&format!("/api/v1/statistics?{query}")).await.json();
        (told, world.state.figures.inputs_run() - before)
    };
    let (first, all) = ask("from=-2h&interval=all").await;
    assert!(all > 10, "{all}");
    assert_eq!(ask("from=-2h&interval=all").await, (first.clone(), 0));
    for other in ["from=-2h", "from=-90m&by=agent", "from=-1h&by=skill&interval=900", "from=-100m&to=-10m"] {
        assert_eq!(ask(other).await.1, 0, "the same fold has it: {other}");
    }
    assert_eq!(ask("from=-2h&interval=1800").await.1, 0, "made of the same quarters of an hour");
    let (minutes, again) = ask("from=-2h&interval=60").await;
    assert_eq!((again, &minutes["items"][0]["key"]), (all, &json!("sales")), "other intervals are another fold");
    one_more(&world, 5).await;
    let (later, new) = ask("from=-2h&interval=all").await;
    assert_eq!(new, 2, "only what came since");
    let offered = |told: &Value| told["items"][0]["counts"]["offered"].as_u64().unwrap();
    assert_eq!((offered(&first), offered(&later)), (4, 5));
    assert_eq!(ask("from=-2h&interval=60").await.1, 2);
    let fresh = World::start().await;
    two_hours(&fresh).await;
    one_more(&fresh, 5).await;
    let at_once = supervisor(&fresh).get("/api/v1/statistics?from=-2h&interval=all").await.json();
    assert_eq!(later, at_once, "in pieces as in one");
}

/// A contact that comes half a minute ago and leaves at once.
async fn one_more(world: &World, contact: u64) {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::start(world.store.clone(), WriterSettings::new(folder.path().join("spool"))).await.unwrap();
    let contact = ContactId(contact);
    for input in
        [Input::Arrive(Arrival::new(contact, QueueId(1), before(30))), Input::Leave { contact, why: Left::Abandoned }]
    {
        writer.try_send(Write::Router { at: before(30), input: Box::new(input), digest: None }).unwrap();
    }
    writer.close().await;
}

#[tokio::test]
async fn by_interval_agent_skill_and_channel() {
    let world = World::start().await;
    two_hours(&world).await;
    let sue = supervisor(&world);
    let rows =
        async |query: &str| sue.get(&format!("/api/v1/statistics?from=-2h&{query}")).await.json()["items"].clone();
    let hours = rows("interval=3600").await;
    let offered: Vec<_> = hours.as_array().unwrap().iter().map(|row| row["counts"]["offered"].clone()).collect();
    assert_eq!(offered.iter().map(|it| it.as_u64().unwrap()).sum::<u64>(), 4);
    assert!(offered.len() > 1, "each in the hour in which it came");
    let skill = rows("by=skill&interval=all").await;
    assert_eq!((&skill[0]["id"], &skill[0]["counts"]["offered"]), (&json!(4), &json!(4)));
    let channel = rows("by=channel&interval=all").await;
    assert_eq!((&channel[0]["key"], channel[0].get("id")), (&json!("voice"), None));
    assert_eq!(rows("by=channel&interval=all&key=voice").await, channel);
    assert_eq!(rows("by=channel&interval=all&key=chat").await, json!([]), "only the one asked for");
    let agent = rows("by=agent&interval=all").await;
    let ana = &agent[0];
    assert_eq!((&ana["key"], &ana["counts"]["answered"]), (&json!("ana"), &json!(2)));
    assert_eq!(ana["counts"]["not_ready_us"], json!(1_000_000_000_u64), "the break goes on");
    assert_eq!(ana["counts"]["busy_us"], json!(400_000_000_u64));
    let occupancy = figure(&ana["figures"], "occupancy");
    assert!((occupancy["value"].as_f64().unwrap() - 480.0 / 6_100.0).abs() < 1e-9, "{occupancy}");
    // Only the part of the time that is asked for.
    let late = sue.get("/api/v1/statistics?from=-20m&by=agent&interval=60").await.json()["items"].clone();
    let sum: u64 = late.as_array().unwrap().iter().map(|row| row["counts"]["not_ready_us"].as_u64().unwrap()).sum();
    assert_eq!(sum, 1_000_000_000);
}

/// The same figures before and after a part of them is put away, and when its journal is gone.
#[tokio::test]
async fn what_is_settled_needs_no_journal() {
    let world = World::start().await;
    two_hours(&world).await;
    let sue = supervisor(&world);
    let rows =
        async |query: &str| sue.get(&format!("/api/v1/statistics?from=-2h&{query}")).await.json()["items"].clone();
    let questions =
        ["interval=900", "interval=3600&by=agent", "interval=all&by=skill", "interval=day", "interval=month"];
    let mut first = Vec::new();
    for question in questions {
        first.push(rows(question).await);
    }
    // As if three and a half hours had passed: what came in the first half hour is over for good.
    assert!(world.store.settle_figures(before(0) + Duration::from_secs(9_000)).await.unwrap());
    let until = world.store.settled_until().await.unwrap().unwrap();
    assert!(until > before(6_000) && until < before(3_000), "{until:?}");
    let inputs = world.state.figures.inputs_run();
    for (question, before) in questions.iter().zip(&first) {
        assert_eq!(rows(question).await, *before, "{question}");
    }
    assert_eq!(world.state.figures.inputs_run(), inputs, "the rest was folded before");
    // From months ago on, and with nothing but what is settled.
    let long = sue.get("/api/v1/statistics?from=-90d&interval=all").await.json();
    assert_eq!(long["items"][0]["counts"]["offered"], json!(4));
    world.store.forget_journal(before(0), before(0)).await.unwrap();
    let kept = sue.get("/api/v1/statistics?from=-90d&to=-1h&interval=1800").await.json();
    let offered = |rows: &Value| {
        rows.as_array().unwrap().iter().map(|row| row["counts"]["offered"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(offered(&kept["items"]), 1, "{kept}");
}

/// Midnight is where the center is, or where one is told.
#[tokio::test]
async fn days_and_months_are_those_of_a_zone() {
    let world = World::start().await;
    two_hours(&world).await;
    let sue = supervisor(&world);
    let begins = async |query: &str| {
        let told = sue.get(&format!("/api/v1/statistics?from=-2h&{query}")).await.json();
        let at = told["items"][0]["at"].as_u64().unwrap_or_else(|| panic!("{told}"));
        (told["interval"].clone(), jiff::Timestamp::from_microsecond(at as i64).unwrap().to_string())
    };
    let zone = |name: &str| jiff::tz::TimeZone::get(name).unwrap();
    let came = jiff::Timestamp::from_microsecond(before(7_100).as_micros() as i64).unwrap();
    for name in ["Asia/Shanghai", "America/New_York", "Asia/Kathmandu"] {
        let date = zone(name).to_datetime(came).date();
        let midnight = |date: jiff::civil::Date| date.to_zoned(zone(name)).unwrap().timestamp().to_string();
        assert_eq!(begins(&format!("interval=day&zone={name}")).await, (json!("day"), midnight(date)), "{name}");
        let (month, first) = begins(&format!("interval=month&zone={name}")).await;
        assert_eq!((month, first), (json!("month"), midnight(date.first_of_month())));
        let (_, monday) = begins(&format!("interval=week&zone={name}")).await;
        let back = i64::from(date.weekday().to_monday_zero_offset());
        assert_eq!(monday, midnight(date.checked_sub(jiff::Span::new().days(back)).unwrap()));
    }
    assert_eq!(sue.get("/api/v1/statistics?from=-2h&interval=day&zone=Mars/Base").await.code(), "bad_request");
}

#[tokio::test]
async fn as_a_table_for_spreadsheets() {
    let world = World::start().await;
    two_hours(&world).await;
    let sue = supervisor(&world).with("Accept", "text/csv");
    let answer = sue.get("/api/v1/statistics?from=-2h&interval=all").await;
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let text = String::from_utf8(answer.body).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("at,key,name,") && lines[0].contains(",v8_short_abandoned_out,"), "{text}");
    assert_eq!(lines[0].split(',').count(), lines[1].split(',').count());
    assert!(lines[1].contains(",sales,Sales,"), "{text}");
}

#[tokio::test]
async fn what_is_no_time_is_refused() {
    let world = World::start().await;
    let sue = supervisor(&world);
    for bad in ["", "?from=soon", "?from=-1h&to=-2h", "?from=-1h&interval=7", "?from=-1h&by=mood", "?from=-1h&x=1"] {
        assert_eq!(sue.get(&format!("/api/v1/statistics{bad}")).await.code(), "bad_request", "{bad}");
    }
    assert_eq!(sue.get("/api/v1/statistics?from=-1h").await.code(), "no_journal");
    let agent = world.bearer("ana", Role::Agent, None);
    assert_eq!(agent.get("/api/v1/statistics?from=-1h").await.code(), "not_allowed");
}
