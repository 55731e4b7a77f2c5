//! Whole files: the mistakes they are refused for, the flows that come with Carillon, the manual.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

fn around() -> Surroundings {
    let names = ["welcome", "menu"].into_iter().flat_map(|name| [format!("zh/{name}"), format!("en/{name}")]);
    let sounds = names.chain(["zh/chinese".to_owned(), "tone/beep".to_owned()]);
    Surroundings::new(sounds, ["sales", "service"].map(str::to_owned), ["ana", "ben"].map(str::to_owned))
}

/// `line: message` of each mistake, in order.
fn mistakes(text: &str) -> Vec<String> {
    let found = Flow::parse("f.toml", text, &around()).err().unwrap_or_default();
    found.iter().map(|mistake| format!("{}: {}", mistake.line, mistake.problem)).collect()
}

/// A file with these steps after an `answer` step that leads to `a`.
fn steps(steps: &str) -> String {
    format!("start = \"s\"\n[step.s]\ndo = \"answer\"\nnext = \"a\"\n{steps}")
}

#[test]
fn every_mistake_is_reported_at_once() {
    let text = r#"start = "begin"
languge = "en"
[hours.office]
open = ["mon-fri 9-18", "sat 10:00-14:00"]
[step.greet]
do = "play"
prompts = ["welcom", "chinese", "tone/bep"]
[step.sales]
do = "queue"
queue = "slaes"
timeout = "soon"
next = "greeet"
[step.what]
do = "dance"
[step.if]
do = "goto"
cases = [{ when = 'customer.teir == "vip"', next = "sales" }, { when = 'hours.offce', next = "nowhere-at-all" }]
next = "greet"
[step.menu]
do = "menu"
prompts = { nummer = 3 }
choices = { 12 = "greet", 2 = { label = "x" }, 3 = 4 }
next = 7
"#;
    let expected = [
        "1: no step is named `begin`",
        "2: `languge` is no key of the flow; did you mean `language`?",
        "4: `mon-fri 9-18` is not like `mon-fri 09:00-18:00` or `daily 00:00-24:00`",
        "5: the play step `greet` needs the key `next`",
        "7: no sound `welcom` for zh and en; did you mean `welcome`?",
        "7: no sound `chinese` for en",
        "7: no sound `tone/bep` for any language; did you mean `tone/beep`?",
        "10: no queue has the key `slaes`; did you mean `sales`?",
        "11: expected a span of time such as",
        "12: no step is named `greeet`; did you mean `greet`?",
        "14: expected what the step does: one of answer, play, menu",
        "17: the condition is wrong here: nothing is called `customer.teir`; did you mean `customer.tier`?",
        "17: no `[hours.offce]` is in this flow; did you mean `office`?",
        "17: this asks for the time of day, so the flow needs `zone`",
        "17: no step is named `nowhere-at-all`",
        "21: expected a sound in quotes, or a list",
        "22: `12` is no key of a telephone: 0-9, * or #",
        "22: choice 2 of the menu step `menu` needs the key `next`",
        "22: expected the name of a step in quotes",
        "23: expected the name of a step in quotes",
    ];
    let found = mistakes(text);
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\nis not\n{expected}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn the_agent_asked_first_is_one_of_the_center() {
    let queue = |keys: &str| {
        steps(&format!("[step.a]\ndo = \"queue\"\nqueue = \"sales\"\n{keys}\nnext = \"b\"\n[step.b]\ndo = \"echo\"\n"))
    };
    for (keys, expected) in [
        ("agent = \"bne\"", &["8: no agent has the key `bne`; did you mean `ben`?"][..]),
        ("agent = \"nobody\"\nagent_wait = \"9s\"", &["8: no agent has the key `nobody`"]),
        ("agent_wait = \"9s\"", &["8: `agent_wait` needs the key `agent`"]),
        (
            "agent_only = true\nagent_wait = \"9s\"",
            &["8: `agent_only` needs the key `agent`", "9: `agent_wait` needs the key `agent`"],
        ),
        // Wrong, and told once.
        (
            "agent = 7\nagent_wait = \"9s\"",
            &["8: expected a text in quotes, with facts in braces where wanted, such as \"{caller}\""],
        ),
        ("agent = \"ben\"\nagent_only = true", &[]),
        // Facts are told when the caller is there.
        ("agent = \"{customer.last_agent}\"", &[]),
        ("agent = \"b{customer.last_agent}\"", &[]),
    ] {
        assert_eq!(mistakes(&queue(keys)), expected, "{keys}");
    }
}

#[test]
fn the_caret_stands_in_the_condition() {
    let text = steps("[step.a]\ndo = \"goto\"\ncases = [{ when = 'caller == 12 or called == x', next = \"a\" }]\n");
    let found = Flow::parse("dialplans/f.toml", &text, &around()).unwrap_err();
    let shown = found.iter().map(Mistake::to_string).find(|shown| shown.contains("condition")).unwrap();
    let expected = "dialplans/f.toml:7:46: the condition is wrong here: `x` is no number; a text stands in quotes: 'x'\n  \
                    |\n7 | cases = [{ when = 'caller == 12 or called == x', next = \"a\" }]\n  \
                    |                                              ^";
    assert_eq!(shown, expected);
}

#[test]
fn mistakes_of_toml_come_alone() {
    let found = mistakes("start = \n[step.a\ndo = \"play\"\n");
    assert!(found.len() >= 2 && found.iter().all(|mistake| !mistake.contains("key `")), "{found:#?}");
}

#[test]
fn unreachable_steps_are_mistakes() {
    let text = steps("[step.a]\ndo = \"echo\"\n[step.b]\ndo = \"goto\"\nnext = \"c\"\n[step.c]\ndo = \"hangup\"\n");
    assert_eq!(
        mistakes(&text),
        ["7: no way leads from `start` to the step `b`", "10: no way leads from `start` to the step `c`"]
    );
}

#[test]
fn what_is_played_is_answered_first() {
    let text = "start = \"a\"\n[step.a]\ndo = \"play\"\nprompts = \"welcome\"\nnext = \"b\"\n[step.b]\ndo = \"answer\"\n\
                next = \"c\"\n[step.c]\ndo = \"echo\"\n";
    assert_eq!(
        mistakes(text),
        ["2: a call can come to `a` before it is answered: lead it through an `answer` step first"]
    );
    assert!(mistakes("start = \"a\"\n[step.a]\ndo = \"hangup\"\nreason = \"busy\"\n").is_empty());
}

#[test]
fn loops_need_an_exit() {
    let play =
        |name: &str, next: &str| format!("[step.{name}]\ndo = \"play\"\nprompts = \"welcome\"\nnext = \"{next}\"\n");
    let goto = |name: &str, next: &str| format!("[step.{name}]\ndo = \"goto\"\nnext = \"{next}\"\n");
    let queue = |next: &str| format!("[step.a]\ndo = \"queue\"\nqueue = \"sales\"\nnext = \"{next}\"\n");
    let menu = "[step.a]\ndo = \"menu\"\nprompts = \"menu\"\nchoices.1 = \"b\"\nnext = \"a\"\n";
    let hot = |way: &str| format!("goes round without waiting for anybody: {way}");
    let stuck = |way: &str| format!("never ends and never waits for the caller: {way}");
    for (text, expected) in [
        (goto("a", "b") + &goto("b", "a"), Some(hot("a -> b -> a"))),
        (goto("a", "a"), Some(hot("a -> a"))),
        (queue("a"), Some(hot("a -> a"))),
        (queue("b") + &goto("b", "a"), Some(hot("a -> b -> a"))),
        (play("a", "b") + &play("b", "a"), Some(stuck("a -> b -> a"))),
        (play("a", "b") + &goto("b", "b"), Some(hot("b -> b"))),
        (play("a", "b") + &play("b", "c") + &goto("c", "b"), Some(stuck("b -> c -> b"))),
        // Good: an agent may come, or the caller may choose.
        (queue("b") + &play("b", "a"), None),
        (menu.to_owned() + &play("b", "a"), None),
    ] {
        let found = mistakes(&steps(&text));
        match expected {
            Some(expected) => assert!(found.len() == 1 && found[0].ends_with(&expected), "{text}\n{found:#?}"),
            None => assert!(found.is_empty(), "{text}\n{found:#?}"),
        }
    }
}

#[test]
fn variables_must_be_set_somewhere() {
    let text = steps(
        "[step.a]\ndo = \"lookup\"\nby = \"{var.oder}\"\nnext = \"b\"\n[step.b]\ndo = \"echo\"\nset = { order = 1 }\n",
    );
    assert_eq!(mistakes(&text), ["7: no variable `var.oder` is set anywhere in this flow; did you mean `var.order`?"]);
}

#[test]
fn sizes_are_bounded() {
    assert!(mistakes(&" ".repeat(300_000))[0].contains("262,144"));
    let many: String = (0..201).map(|n| format!("[step.a{n}]\ndo = \"echo\"\n")).collect();
    assert!(mistakes(&format!("start = \"a0\"\n{many}")).iter().any(|mistake| mistake.contains("201 steps")));
}

#[test]
fn a_folder_is_checked_at_once() {
    let good = steps("[step.a]\ndo = \"echo\"\n");
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let flows = check_all(&[file("d/one.toml", &good), file("d/two.toml", &good)], &around()).unwrap();
    assert_eq!(flows.keys().collect::<Vec<_>>(), ["one", "two"]);
    let files = [file("d/one.toml", &good), file("e/one.toml", &good), file("d/bad.toml", "start = 1\n")];
    let found = check_all(&files, &around()).unwrap_err();
    assert_eq!(found[0].problem, Problem::TwoFlows("one".into()));
    assert_eq!(found.iter().filter(|mistake| mistake.file == "d/bad.toml").count(), 2);
}

/// Bytes changed, cut and doubled at random: whatever comes of it, it is an answer and not a panic.
#[test]
fn damaged_files_are_refused_and_never_panic() {
    let whole = text_of("dialplans/hotline.toml");
    let around = shipped();
    let mut rng = crate::base::Rng::new(20_261_122);
    let mut refused = 0;
    for _ in 0..1_500 {
        let mut bytes = whole.clone().into_bytes();
        for _ in 0..=rng.below(6) {
            let at = rng.below(bytes.len() as u64) as usize;
            let to = (at + rng.below(30) as usize).min(bytes.len());
            match rng.below(4) {
                0 => bytes[at] = rng.below(256) as u8,
                1 => drop(bytes.drain(at..to)),
                2 => bytes.extend_from_within(at..to),
                _ => bytes[at] = b"\"'[]{}=.,\n#-0"[rng.below(13) as usize],
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Err(mistakes) = Flow::parse("f.toml", &text, &around) {
            refused += 1;
            assert!(!mistakes.is_empty() && mistakes.iter().all(|mistake| !mistake.to_string().is_empty()));
        }
    }
    assert!(refused > 700, "{refused}");
}

/// Any event at any time: the run answers, stays within its limits and, told for long enough, ends.
#[test]
fn random_events_never_break_a_run() {
    let flow = Flow::parse("hotline.toml", &text_of("dialplans/hotline.toml"), &shipped()).unwrap();
    let mut rng = crate::base::Rng::new(7);
    let (mut ended, mut echoes) = (0, 0);
    for _ in 0..300 {
        let mut run = Run::new(&flow, Facts::new());
        let mut last = run.step(&flow, crate::base::Instant::ZERO, Event::Start);
        for _ in 0..3_000 {
            let event = match rng.below(9) {
                0 => Event::Answered,
                1 | 2 => Event::PlayEnded,
                3 => Event::Digit(b"0123456789*#A"[rng.below(13) as usize] as char),
                4 => Event::Timeout,
                5 => Event::Found(Facts::from([(
                    "customer.tier".to_owned(),
                    ["timeout", "full", "busy", "?"][rng.below(4) as usize].to_owned(),
                )])),
                6 => Event::QueueLeft(QueueLeft::ALL[rng.below(6) as usize]),
                7 => Event::DialFailed(DialFailed::ALL[rng.below(4) as usize]),
                _ => Event::Finished,
            };
            match run.step(&flow, crate::base::Instant::ZERO, event) {
                Verb::Wait => {}
                verb => {
                    assert!(!matches!(last, Verb::Hangup { .. }), "a verb after the end");
                    last = verb;
                }
            }
        }
        ended += u32::from(matches!(last, Verb::Hangup { .. }));
        echoes += u32::from(last == Verb::Echo);
    }
    assert_eq!(ended + echoes, 300);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text_of(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn files_below(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path.strip_prefix(root()).unwrap().to_string_lossy().into_owned());
        }
    }
}

/// What this repository ships.
fn shipped() -> Surroundings {
    let mut files = Vec::new();
    files_below(&root().join("sounds"), &mut files);
    let names = files.iter().filter_map(|file| file.strip_prefix("sounds/")?.strip_suffix(".wav"));
    Surroundings::new(names, ["sales", "service", "vip"].map(str::to_owned), ["ana".to_owned()])
}

fn show(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn the_flows_we_ship_are_right() {
    let mut names = Vec::new();
    files_below(&root().join("dialplans"), &mut names);
    let files: Vec<(String, String)> = names.into_iter().map(|name| (name.clone(), text_of(&name))).collect();
    let flows = check_all(&files, &shipped()).unwrap_or_else(|mistakes| panic!("{}", show(&mistakes)));
    let names: Vec<&str> = flows.keys().map(String::as_str).collect();
    assert_eq!(names, ["echo", "hotline", "queue", "reminder"]);
}

#[test]
fn every_text_we_ship_has_its_sound() {
    let found = check_texts("sounds/texts.toml", &text_of("sounds/texts.toml"), &shipped());
    assert!(found.is_empty(), "{}", show(&found));
    let bare = Surroundings::default();
    let found = check_texts("t.toml", "[a]\nzh = \"一\"\nen = \"\"\n", &bare);
    let shown: Vec<String> = found.iter().map(|mistake| mistake.problem.to_string()).collect();
    assert!(shown.contains(&"no sound `a` for zh".to_owned()), "{shown:?}");
    assert!(shown.contains(&"the text `a` needs the key `en`".to_owned()), "{shown:?}");
    assert!(shown.iter().any(|problem| problem.contains("`number-7`")), "{shown:?}");
}

/// Names in backquotes at the beginning of table rows, by the heading above them.
fn documented(manual: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut sections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut heading = String::new();
    for line in manual.lines() {
        if let Some(title) = line.strip_prefix("### ") {
            heading = title.split('`').nth(1).unwrap_or_default().to_owned();
        } else if line.starts_with('#') {
            heading.clear();
        } else if let Some(row) = line.strip_prefix("| `") {
            let key = row.split('`').next().unwrap_or_default();
            sections.entry(heading.clone()).or_default().insert(key.to_owned());
        }
    }
    sections
}

#[test]
fn the_manual_has_every_key_and_no_other() {
    let common = BTreeSet::from(["do", "next", "set"]);
    for path in ["docs/dialplan.md", "docs/dialplan.zh.md"] {
        let sections = documented(&text_of(path));
        let section = |name: &str| sections.get(name).cloned().unwrap_or_default();
        let names = |keys: &[keys::Key]| keys.iter().map(|key| key.name.to_owned()).collect::<BTreeSet<_>>();
        for kind in keys::Kind::ALL {
            let expected: BTreeSet<String> =
                names(kind.keys()).into_iter().filter(|name| !common.contains(name.as_str())).collect();
            assert!(text_of(path).contains(&format!("### `{}`", kind.as_str())), "{path}: {kind:?}");
            assert_eq!(section(kind.as_str()), expected, "{path}: {kind:?}");
        }
        for (heading, keys) in
            [("flow", keys::FLOW), ("hours", keys::HOURS), ("choices", keys::CHOICE), ("cases", keys::CASE)]
        {
            assert_eq!(section(heading), names(keys), "{path}: {heading}");
        }
        assert_eq!(section("step"), common.iter().map(|key| (*key).to_owned()).collect(), "{path}");
        let facts = section("facts");
        assert!(facts::FACTS.iter().all(|fact| facts.contains(*fact)), "{path}: {facts:?}");
    }
}

#[test]
fn the_examples_of_the_manual_are_right() {
    for path in ["docs/dialplan.md", "docs/dialplan.zh.md"] {
        let manual = text_of(path);
        let examples: Vec<&str> =
            manual.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(examples.len() >= 2, "{path}");
        for example in examples {
            let parsed = Flow::parse(path, example, &shipped());
            assert!(parsed.is_ok(), "{path}:\n{example}\n{}", show(&parsed.unwrap_err()));
        }
    }
}

/// A condition may be about everything that a step can come to.
#[test]
fn conditions_know_every_result() {
    let words = QueueLeft::ALL.map(QueueLeft::as_str).into_iter().chain(DialFailed::ALL.map(DialFailed::as_str));
    for word in words.chain(["finished"]) {
        let text = steps(&format!(
            "[step.a]\ndo = \"goto\"\nnext = \"b\"\ncases = [{{ when = \"result == '{word}'\", next = \"b\" }}]\n\n[step.b]\ndo = \"hangup\"\n"
        ));
        assert_eq!(mistakes(&text), Vec::<String>::new(), "{word}");
    }
}
