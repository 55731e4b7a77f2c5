//! Drawings of the flows that come with Carillon: read, changed, written back.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use super::*;
use crate::dialplan::keys::{self, Key, Kind, Shape};

fn shipped(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(root.join("dialplans").join(format!("{name}.toml"))).unwrap()
}

/// Sounds of every name that the shipped flows mention, their queues, one agent.
fn around() -> Surroundings {
    let names = ["hotline", "queue", "echo"].map(shipped).concat();
    let quoted = names.split('"').skip(1).step_by(2).filter(|name| name.len() < 40).map(str::to_owned);
    let sounds = quoted.flat_map(|name| [format!("zh/{name}"), format!("en/{name}"), name]);
    Surroundings::new(sounds, ["sales", "service", "vip"].map(str::to_owned), ["ana".to_owned()])
}

fn drawing(text: &str) -> Drawing {
    look("f", text, &around()).drawing.unwrap()
}

fn step<'d>(drawing: &'d mut Drawing, key: &str) -> &'d mut Part {
    drawing.steps.iter_mut().find(|step| step.key == key).unwrap()
}

#[test]
fn what_is_drawn_and_written_back_is_the_same_text() {
    for name in ["hotline", "queue", "echo"] {
        let text = shipped(name);
        let look = look(name, &text, &around());
        assert_eq!(look.findings, [], "{name}");
        assert_eq!(write(&text, &look.drawing.unwrap()).unwrap(), text, "{name}");
    }
}

#[test]
fn a_flow_drawn_from_nothing_is_the_one_that_was_written() {
    for name in ["hotline", "queue", "echo"] {
        let text = shipped(name);
        let made = write("", &drawing(&text)).unwrap();
        let parsed = |text: &str| Flow::parse(name, text, &around()).unwrap();
        assert_eq!(parsed(&made), parsed(&text), "{made}");
        assert_eq!(drawing(&made), drawing(&text), "{made}");
    }
}

#[test]
fn one_change_changes_its_line_and_comments_stay() {
    let text = shipped("hotline");
    let mut changed = drawing(&text);
    step(&mut changed, "menu").fields.insert("tries".into(), json!(2));
    step(&mut changed, "menu").fields["choices"]["4"]["label"] = json!("Voice message");
    step(&mut changed, "are-we-open").fields["cases"][1]["next"] = json!("vip");
    step(&mut changed, "welcome").fields.remove("barge_in");
    let written = write(&text, &changed).unwrap();
    assert_eq!(drawing(&written), changed);
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let gone: Vec<_> = lines(&text).difference(&lines(&written)).cloned().collect();
    // `barge_in = true` stands in two steps; a list of cases is one value.
    assert!(
        gone.iter().all(|line| ["tries = 3", "choices.4", "    { when"].iter().any(|it| line.starts_with(it))),
        "{gone:#?}"
    );
    assert!(written.contains("# An old telephone may send no digits"), "{written}");
}

#[test]
fn steps_are_renamed_moved_added_and_taken_out() {
    let text = shipped("hotline");
    let mut changed = drawing(&text);
    let vip = step(&mut changed, "welcome-vip");
    (vip.was, vip.key) = (Some("welcome-vip".into()), "dear-guest".into());
    step(&mut changed, "are-we-open").fields["cases"][1]["next"] = json!("dear-guest");
    changed.steps.retain(|step| step.key != "echo-test");
    let last = changed.steps.pop().unwrap();
    changed.steps.insert(0, last);
    let fields = json!({"do": "hangup", "reason": "thanks"});
    changed.steps.push(Part { key: "thanks".into(), fields: fields.as_object().cloned().unwrap(), was: None });
    let written = write(&text, &changed).unwrap();
    for part in changed.steps.iter_mut() {
        part.was = None;
    }
    assert_eq!(drawing(&written), changed, "{written}");
    assert!(written.contains("# Very important customers skip every menu.\n[step.dear-guest]"), "{written}");
    assert!(written.ends_with("[step.thanks]\ndo = \"hangup\"\nreason = \"thanks\"\n"), "{written}");
}

#[test]
fn what_cannot_be_written_says_why() {
    assert_eq!(write("a = ", &Drawing::default()), Err(NotWritten::Broken));
    let twice = Drawing { steps: vec![Part { key: "a".into(), ..Part::default() }; 2], ..Drawing::default() };
    assert_eq!(write("", &twice), Err(NotWritten::Twice("a".into())));
    // Nothing that somebody else wrote is lost where a key takes no such value.
    let odd = "start = 1.5\n[step.a]\ndo = 2026-01-01\n";
    assert_eq!(write(odd, &drawing(odd)).unwrap(), odd);
    assert_eq!(write("step = 3\n", &Drawing::default()).unwrap(), "");
}

#[test]
fn every_mistake_stands_at_its_step_and_field() {
    let text = "start = \"a\"\nzone = \"Mars\"\n[hours.shop]\nopen = [\"never\"]\n[step.a]\ndo = \"answer\"\nnext = \"m\"\n\
                [step.m]\ndo = \"menu\"\nprompts = [\"welcome\", \"welcom\"]\nchoices.1 = { next = \"quue\" }\nnext = \"q\"\n\
                [step.q]\ndo = \"queue\"\nqueue = \"slaes\"\nnext = \"g\"\n[step.g]\ndo = \"goto\"\n\
                cases = [{ when = 'not hours.shp', next = \"q\" }]\n";
    let look = look("f", text, &around());
    let told: Vec<String> = look
        .findings
        .iter()
        .map(|it| {
            format!(
                "{} {}.{} {} {}",
                it.line,
                it.step.as_deref().unwrap_or("-"),
                it.field.as_deref().unwrap_or("-"),
                it.code,
                it.named.get("near").map_or("-", String::as_str)
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "2 -.zone unknown_zone -",
            "4 -.hours schedule -",
            "10 m.prompts unknown_sound welcome",
            "11 m.choices unknown_step -",
            "15 q.queue unknown_queue sales",
            "17 g.- missing_key -",
            "19 g.cases unknown_hours shop",
        ]
    );
    let ways: Vec<String> = look.exits.iter().map(|it| format!("{} {} {}", it.from, it.way, it.to)).collect();
    assert_eq!(ways, ["a next m", "m choices.1 quue", "m next q", "q next g", "g cases.0 q"]);
    let broken = super::look("f", "start = \"a\n", &around());
    assert!(broken.drawing.is_none() && broken.findings[0].code == "toml");
}

/// A whole flow with one step of the kind, with these fields beside those that it needs.
fn flow_of(kind: Kind, more: Option<(&Key, &str)>) -> Result<Flow, Vec<Mistake>> {
    let sample = |key: &Key| match (key.name, key.shape) {
        ("do", _) => json!(kind.as_str()),
        ("choices", _) => json!({"1": "end"}),
        ("max", Shape::Whole { .. }) => json!(5),
        (_, Shape::Step) => json!("end"),
        (_, Shape::Queue) => json!("sales"),
        (_, Shape::Prompts) => json!("welcome"),
        _ => json!("ana"),
    };
    let mut fields: Fields =
        kind.keys().iter().filter(|key| key.needed).map(|key| (key.name.to_owned(), sample(key))).collect();
    if kind == Kind::Voicemail {
        fields.insert("queue".into(), json!("sales"));
    }
    if let Some((key, text)) = more {
        let value = match key.shape {
            Shape::Flag => json!(text == "true"),
            Shape::Whole { .. } => json!(text.parse::<i64>().unwrap()),
            _ => json!(text),
        };
        if key.name.starts_with("agent_") {
            fields.insert("agent".into(), json!("ana"));
        }
        fields.insert(key.name.to_owned(), value);
    }
    let part =
        |key: &str, fields: Value| Part { key: key.into(), fields: fields.as_object().cloned().unwrap(), was: None };
    let first = json!({"do": "answer", "next": if kind == Kind::Hangup { "it" } else { "either" }});
    let either = json!({"do": "goto", "cases": [{"when": "caller == \"1\"", "next": "end"}], "next": "it"});
    let mut steps = vec![part("in", first), part("it", Value::Object(fields))];
    if kind != Kind::Hangup {
        steps.extend([part("either", either), part("end", json!({"do": "hangup"}))]);
    }
    let head = json!({"start": "in"}).as_object().cloned().unwrap();
    let text = write("", &Drawing { head, hours: Vec::new(), steps }).unwrap();
    Flow::parse("f", &text, &around())
}

/// What the forms say holds by itself is what the parser takes where nothing is written.
#[test]
fn the_forms_tell_what_holds_without_a_key() {
    let mut told = 0;
    for kind in Kind::ALL {
        let plain = flow_of(kind, None).unwrap_or_else(|found| panic!("{kind:?}: {found:?}"));
        for key in kind.keys() {
            let Some(default) = key.default else { continue };
            let written = flow_of(kind, Some((key, default))).unwrap_or_else(|found| panic!("{kind:?}: {found:?}"));
            told += 1;
            // Who is asked first is another matter than for how long.
            if !key.name.starts_with("agent_") {
                assert_eq!(written, plain, "{kind:?} {}", key.name);
            }
        }
    }
    assert!(told > 15, "{told}");
    let forms = forms();
    assert_eq!(forms.steps.len(), Kind::ALL.len());
    assert!(forms.steps.iter().all(|step| step.keys.first().is_some_and(|key| key.name == "do")));
    assert_eq!(forms.case, keys::CASE);
}
