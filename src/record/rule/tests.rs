//! Rules and due times of a ticket: which act, what they do, by when something is due.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::super::{Asking, Kind, Mistake, People, Record, Role, Share, Value, Who, read};
use super::{Answer, Happened, pick};
use crate::base::Instant;
use crate::written::hours::Hours;
use crate::written::schedule::zone;

const CASE: &str = r#"
kind = "case"
title = "{subject}"
[field]
subject = { type = "text" }
priority = { type = "choice", choices = ["low", "high"], default = "low" }
owner = { type = "person" }
team = { type = "team" }
contract = { type = "ref", kind = "contract" }
due = { type = "time" }
note = { type = "text" }
[life]
start = "open"
[life.state.open]
kind = "open"
[life.state.waiting]
kind = "waiting"
[life.state.late]
kind = "open"
[life.state.closed]
kind = "done"
[life.step.wait]
from = ["open", "late"]
to = "waiting"
[life.step.resume]
from = "waiting"
to = "open"
[life.step.close]
from = ["open", "late", "waiting"]
to = "closed"
[life.step.escalate]
from = "open"
to = "late"
[due]
by = "priority"
within = { low = "8h", high = "2h" }
promise = "contract.solve"
hours = "office"
always = "contract.clock"
"#;

/// Monday 2026-11-23, 10:00 in Shanghai.
const MONDAY: &str = "2026-11-23T10:00:00+08:00";

fn moment(text: &str) -> Instant {
    let stamp: jiff::Timestamp = text.parse().unwrap();
    Instant::from_micros(stamp.as_microsecond() as u64)
}

struct Few;

impl People for Few {
    fn is_person(&self, name: &str) -> bool {
        ["ana", "ben", "sam"].contains(&name)
    }

    fn is_team(&self, key: &str) -> bool {
        key == "east"
    }

    fn members(&self, team: &str) -> Vec<String> {
        if team == "east" { ["ana", "ben"].map(str::to_owned).into() } else { Vec::new() }
    }

    fn of_role(&self, role: Role) -> Vec<String> {
        if role == Role::Supervisor { vec!["sam".to_owned()] } else { Vec::new() }
    }

    fn hours(&self, key: &str) -> Option<Hours> {
        let mut hours = Hours::new(zone("Asia/Shanghai").unwrap());
        (0..5).for_each(|day| hours.open(day, 9 * 60, 18 * 60));
        (key == "office").then_some(hours)
    }
}

fn asked<T>(now: &str, then: impl FnOnce(&Asking) -> T) -> T {
    let zone = zone("Asia/Shanghai").unwrap();
    let who = Who { user: "ana", role: Role::Agent, team: None };
    then(&Asking { who, now: moment(now), zone: &zone, region: "CN", people: &Few })
}

fn mistakes(text: &str) -> Vec<String> {
    let kinds: BTreeSet<String> = ["contract", "task"].map(str::to_owned).into();
    let near = |mistake: &Mistake| mistake.nearest.as_ref().map(|near| format!(" {near}")).unwrap_or_default();
    let found = read(text, &kinds).err().unwrap_or_default();
    found.iter().map(|it| format!("{}{}", it.code, near(it))).collect()
}

fn case(rules: &str) -> Kind {
    let kinds = ["contract", "task"].map(str::to_owned).into();
    read(&format!("{CASE}{rules}"), &kinds).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

fn record(kind: &Kind, fields: &[(&str, Value)]) -> Record {
    let at = moment(MONDAY);
    let fields = fields.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let mut record = Record {
        id: 7,
        number: Some("C-1".into()),
        title: String::new(),
        state: Some("open".into()),
        since: at,
        version: 1,
        created: at,
        created_by: "ana".into(),
        updated: at,
        updated_by: "ana".into(),
        customer: None,
        interaction: None,
        fields,
        lines: BTreeMap::new(),
    };
    record.title = record.titled(kind);
    record
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// Lets all rules act on the record alone; those that did.
fn follow(kind: &Kind, before: Option<&Record>, record: &mut Record, happened: Happened<'_>) -> Vec<String> {
    let mut acted = Vec::new();
    asked(MONDAY, |asking| {
        while let Some(rule) = kind.next_rule(before, record, happened, &acted, asking) {
            acted.push(rule.key.clone());
            rule.effects.iter().for_each(|effect| kind.act(effect, record, asking));
        }
    });
    acted
}

#[test]
fn rules_act_on_what_happens() {
    let rule = |key: &str, on: &str, what: &str| format!("[[rule]]\nkey = \"{key}\"\non = \"{on}\"\n{what}\n");
    let set = |field: &str, value: &str| format!("do = [{{ set = {{ {field} = \"{value}\" }} }}]");
    let kind = case(
        &[
            rule("greet", "created", &set("note", "new")),
            rule(
                "urgent",
                "changed(subject)",
                &format!("when = \"subject contains 'fire'\"\n{}", set("priority", "high")),
            ),
            rule("hot", "changed(priority)", &set("note", "hot")),
            rule("shut", "entered(closed)", &set("owner", "")),
            rule("begun", "entered(open)", &set("team", "east")),
            rule("late", "due", "do = [{ state = \"late\" }]"),
            rule("seen", "entered(late)", &set("note", "late")),
            rule("nobody", "due + 1h", &set("owner", "zoe")),
        ]
        .concat(),
    );
    let fresh = record(&kind, &[("subject", text("fire")), ("priority", text("low")), ("owner", text("ana"))]);
    let with = |change: &dyn Fn(&mut Record)| {
        let mut record = fresh.clone();
        change(&mut record);
        record
    };
    for (happened, before, mut after, expected) in [
        (Happened::Created, None, fresh.clone(), vec!["greet", "begun"]),
        (Happened::Changed, Some(&fresh), fresh.clone(), vec![]),
        (
            Happened::Changed,
            Some(&fresh),
            with(&|it| drop(it.fields.insert("subject".into(), text("fire!")))),
            // The one that another sets off comes after it.
            vec!["urgent", "hot"],
        ),
        (Happened::Changed, Some(&fresh), with(&|it| it.state = Some("closed".into())), vec!["shut"]),
        (Happened::Time("late"), Some(&fresh), fresh.clone(), vec!["late", "seen"]),
        (Happened::Time("nobody"), Some(&fresh), fresh.clone(), vec!["nobody"]),
        (Happened::Time("gone"), Some(&fresh), fresh.clone(), vec![]),
        (Happened::Quietly, Some(&fresh), with(&|it| it.state = Some("closed".into())), vec![]),
    ] {
        assert_eq!(follow(&kind, before, &mut after, happened), expected, "{happened:?}");
        match expected.first() {
            Some(&"shut") => assert_eq!(after.owner(), None, "the empty text empties"),
            Some(&"late") => assert_eq!((after.state.as_deref(), after.since), (Some("late"), moment(MONDAY))),
            Some(&"nobody") => assert_eq!(after.owner(), Some("ana"), "nobody is called zoe: it stays"),
            _ => {}
        }
    }
}

#[test]
fn in_one_write_a_rule_acts_once() {
    let kind = case(
        "[[rule]]\nkey = \"up\"\non = \"changed\"\nwhen = \"priority == 'low'\"\ndo = [{ set = { priority = \"high\" } }]\n\
         [[rule]]\nkey = \"down\"\non = \"changed\"\nwhen = \"priority == 'high'\"\ndo = [{ set = { priority = \"low\" } }]\n",
    );
    let before = record(&kind, &[("priority", text("low"))]);
    let mut after = record(&kind, &[("priority", text("low")), ("subject", text("a"))]);
    assert_eq!(follow(&kind, Some(&before), &mut after, Happened::Changed), ["up", "down"]);
}

#[test]
fn who_is_meant_and_whose_turn_it_is() {
    let kind = case(
        "[[rule]]\nkey = \"a\"\non = \"created\"\ndo = [{ tell = [\"owner\", \"team\", \"supervisor\", \"person zoe\", \"team east\", \"created_by\"] }]\n",
    );
    let super::Effect::Tell { whom } = &kind.rules[0].effects[0] else { panic!() };
    let record = record(&kind, &[("owner", text("ben")), ("team", text("east"))]);
    assert_eq!(asked(MONDAY, |asking| kind.people(whom, &record, asking)), ["ben", "ana", "sam"]);
    let names = ["ben", "ana", "sam"].map(str::to_owned);
    for (last, next) in [(None, "ana"), (Some("ana"), "ben"), (Some("bob"), "sam"), (Some("sam"), "ana")] {
        assert_eq!(pick(Share::Turn, &names, last, &BTreeMap::new()).unwrap(), next, "{last:?}");
    }
    for (loads, next) in
        [(vec![], "ana"), (vec![("ana", 2), ("ben", 1), ("sam", 1)], "ben"), (vec![("ana", 2), ("ben", 1)], "sam")]
    {
        let loads = loads.into_iter().map(|(name, load)| (name.to_owned(), load)).collect();
        assert_eq!(pick(Share::Load, &names, None, &loads).unwrap(), next);
    }
    assert_eq!(pick(Share::Turn, &[], None, &BTreeMap::new()), None);
}

#[test]
fn what_a_record_that_is_made_holds() {
    let kind = case(
        "[[rule]]\nkey = \"a\"\non = \"created\"\ndo = [{ create = \"task\", set = { subject = \"Call: {subject} ({number})\", \
         owner = \"{owner}\", what = \"{contract}\", day = \"today + 2d\", at = \"now + 1h\", note = \"{note}\" }, link = \"case\" }]\n",
    );
    let super::Effect::Create { set, .. } = &kind.rules[0].effects[0] else { panic!() };
    let record = record(&kind, &[("subject", text("a {b}")), ("owner", text("ben")), ("contract", Value::Ref(5))]);
    let made = asked(MONDAY, |asking| kind.made(set, &record, asking));
    let expected = json!({
        "subject": "Call: a {b} (C-1)", "owner": "ben", "what": 5, "day": "2026-11-25",
        "at": "2026-11-23T03:00:00.000000Z", "note": "",
    });
    assert_eq!(json!(made.fields), expected);
}

#[test]
fn by_when_it_is_due() {
    let kind = case("[[rule]]\nkey = \"late\"\non = \"due + 2h\"\ndo = [{ tell = \"owner\" }]\n");
    let low = record(&kind, &[("priority", text("low"))]);
    let set = |before: Option<&Record>, after: &Record, answers: (Answer, Answer), now: &str| {
        let mut after = after.clone();
        asked(now, |asking| kind.set_due(before, &mut after, false, answers, asking));
        after
    };
    let (none, always) = (Answer::default(), Answer { within: Some(3_600), always: true });
    let due = |record: &Record| record.fields.get("due").map(Value::json).unwrap_or_default();
    let at = |text: &str| json!(moment(text).utc());
    let fresh = set(None, &low, (none, none), MONDAY);
    assert_eq!(due(&fresh), at("2026-11-23T18:00:00+08:00"), "eight hours of work");
    let with = |record: &Record, change: &dyn Fn(&mut Record)| {
        let mut record = record.clone();
        change(&mut record);
        record
    };
    let high = with(&fresh, &|it| drop(it.fields.insert("priority".into(), text("high"))));
    assert_eq!(due(&set(Some(&fresh), &high, (none, none), MONDAY)), at("2026-11-23T12:00:00+08:00"));
    let promised = with(&fresh, &|it| drop(it.fields.insert("contract".into(), Value::Ref(5))));
    assert_eq!(due(&set(Some(&fresh), &promised, (none, always), MONDAY)), at("2026-11-23T11:00:00+08:00"));
    // An hour of work before the end of Monday it begins to wait, until Tuesday at three.
    let waits = with(&fresh, &|it| {
        (it.state, it.since) = (Some("waiting".into()), moment("2026-11-23T17:00:00+08:00"));
    });
    let waits = set(Some(&fresh), &waits, (none, none), "2026-11-23T17:00:00+08:00");
    assert_eq!(due(&waits), due(&fresh));
    let resumed = with(&waits, &|it| it.state = Some("open".into()));
    let resumed = set(Some(&waits), &resumed, (none, none), "2026-11-24T15:00:00+08:00");
    assert_eq!(due(&resumed), at("2026-11-24T16:00:00+08:00"));
    // What it waited stays waited, whatever the priority becomes.
    let high = with(&resumed, &|it| drop(it.fields.insert("priority".into(), text("high"))));
    let high = set(Some(&resumed), &high, (none, none), "2026-11-24T15:30:00+08:00");
    assert_eq!(due(&high), at("2026-11-24T10:00:00+08:00"), "seven hours of work after twelve o'clock on Monday");
    let own = with(&fresh, &|it| drop(it.fields.insert("due".into(), Value::Time(moment(MONDAY)))));
    let high = with(&own, &|it| drop(it.fields.insert("priority".into(), text("high"))));
    assert_eq!(due(&set(Some(&own), &high, (none, none), MONDAY)), at(MONDAY), "sooner than it must be: it stays");
    let late = "2026-11-23T18:00:01+08:00";
    let high = with(&fresh, &|it| drop(it.fields.insert("priority".into(), text("high"))));
    assert_eq!(due(&set(Some(&fresh), &high, (none, none), late)), due(&fresh), "late is late");
    let timers = |record: &Record| asked(MONDAY, |asking| kind.timers(record, none, asking));
    assert_eq!(timers(&fresh)[0].at, moment("2026-11-24T11:00:00+08:00"), "two hours of work later");
    assert_eq!(timers(&waits), [], "somebody else's turn");
    assert_eq!(timers(&low), [], "nothing is due");
}

#[test]
fn mistakes_in_rules_are_told() {
    let rule = |text: &str| mistakes(&format!("{CASE}[[rule]]\nkey = \"a\"\n{text}\n"));
    for (text, expected) in [
        ("on = \"created\"\ndo = [{ tell = \"owner\" }]", vec![]),
        ("on = \"creatd\"\ndo = [{ tell = \"owner\" }]", vec!["unknown created"]),
        ("on = \"changed(ownr)\"\ndo = [{ tell = \"owner\" }]", vec!["unknown owner"]),
        ("on = \"entered(opn)\"\ndo = [{ tell = \"owner\" }]", vec!["unknown open"]),
        ("on = \"due + soon\"\ndo = [{ tell = \"owner\" }]", vec!["shape"]),
        ("on = \"due-1h\"\ndo = [{ tell = \"owner\" }]", vec![]),
        ("on = \"time(mon 25:00)\"\ndo = [{ tell = \"owner\" }]", vec!["shape"]),
        ("on = \"created\"\nwhen = \"stat == 'open'\"\ndo = [{ tell = \"owner\" }]", vec!["condition"]),
        ("on = \"created\"\ndo = [{ tell = \"ownr\" }]", vec!["unknown owner"]),
        ("on = \"created\"\ndo = [{ tell = [] }]", vec!["too_many"]),
        ("on = \"created\"\ndo = [{ set = { prioriti = \"low\" } }]", vec!["unknown priority"]),
        ("on = \"created\"\ndo = [{ set = { priority = \"huge\" } }]", vec!["shape"]),
        ("on = \"created\"\ndo = [{ state = \"opn\" }]", vec!["unknown open"]),
        ("on = \"created\"\ndo = [{ assign = \"team east\", field = \"team\" }]", vec!["unknown"]),
        ("on = \"created\"\ndo = [{ assign = \"team east\", by = \"lot\" }]", vec!["unknown load"]),
        ("on = \"created\"\ndo = [{ create = \"taks\" }]", vec!["unknown task"]),
        ("on = \"created\"\ndo = [{ create = \"task\", set = { a = \"{subjct}\" } }]", vec!["unknown subject"]),
        ("on = \"created\"\ndo = [{ sett = {} }]", vec!["shape", "unknown set"]),
        ("on = \"created\"\ndo = { tell = \"owner\" }", vec!["shape"]),
        ("on = \"created\"", vec!["missing"]),
        ("do = [{ tell = \"owner\" }]", vec!["missing"]),
    ] {
        assert_eq!(rule(text), expected, "{text}");
    }
    for (from, to, expected) in [
        ("by = \"priority\"", "", vec!["shape"]),
        ("low = \"8h\"", "lw = \"8h\"", vec!["unknown low"]),
        ("low = \"8h\"", "low = \"soon\"", vec!["shape"]),
        ("\"contract.solve\"", "\"contrat.solve\"", vec!["unknown contract"]),
        ("\"contract.solve\"", "\"contract\"", vec!["shape"]),
        ("due = { type = \"time\" }", "due = { type = \"date\" }", vec!["unknown"]),
    ] {
        assert_eq!(mistakes(&CASE.replace(from, to)), expected, "{to}");
    }
    let twice = "[[rule]]\nkey = \"a\"\non = \"created\"\ndo = [{ tell = \"owner\" }]\n".repeat(2);
    assert_eq!(mistakes(&format!("{CASE}{twice}")), ["bad_name"]);
    let many: String = (0..51)
        .map(|n| format!("[[rule]]\nkey = \"r{n}\"\non = \"created\"\ndo = [{{ tell = \"owner\" }}]\n"))
        .collect();
    assert_eq!(mistakes(&format!("{CASE}{many}")), ["too_many"]);
}
