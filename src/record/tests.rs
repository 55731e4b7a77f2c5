//! Definitions with their mistakes; drafts, steps and plans of the ticket that comes with Carillon.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::*;
use crate::base::Instant;
use crate::written::schedule::zone;

const TICKET: &str = include_str!("../../tests/kinds/ticket.toml");
/// Monday 2026-11-23, 10:15 in Shanghai.
const NOW: Instant = Instant::from_micros(1_795_400_100_000_000);

fn kinds() -> BTreeSet<String> {
    ["product", "ticket"].map(str::to_owned).into()
}

fn of(text: &str) -> Kind {
    read(text, &kinds()).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

/// `line:column code near` of every mistake.
fn mistakes(text: &str) -> Vec<String> {
    let found = read(text, &kinds()).err().unwrap_or_default();
    let near = |mistake: &Mistake| mistake.nearest.as_ref().map(|near| format!(" {near}")).unwrap_or_default();
    found.iter().map(|it| format!("{}:{} {}{}", it.line, it.column, it.code, near(it))).collect()
}

fn asked<T>(role: Role, user: &str, team: Option<&str>, then: impl FnOnce(&Asking) -> T) -> T {
    let zone = zone("Asia/Shanghai").unwrap();
    let who = Who { user, role, team };
    then(&Asking { who, now: NOW, zone: &zone, region: "CN", people: &Few })
}

struct Few;

impl People for Few {
    fn is_person(&self, name: &str) -> bool {
        ["ana", "ben", "sam"].contains(&name)
    }

    fn is_team(&self, key: &str) -> bool {
        ["east", "west"].contains(&key)
    }
}

fn drafted(kind: &Kind, role: Role, body: Json) -> Result<Draft, Vec<(String, &'static str)>> {
    let draft = asked(role, "ana", None, |asking| kind.draft(body.as_object().unwrap(), asking));
    draft.map_err(|refused| refused.into_iter().map(|it| (it.field, it.code)).collect())
}

fn record(kind: &Kind, body: Json) -> Record {
    let mut draft = drafted(kind, Role::Admin, body).unwrap();
    asked(Role::Agent, "ana", None, |asking| kind.complete(&mut draft, asking)).unwrap();
    let mut record = Record {
        id: 1,
        number: Some("T-2026-00001".into()),
        title: String::new(),
        state: kind.life.as_ref().map(|life| life.start.clone()),
        since: NOW,
        version: 1,
        created: NOW,
        created_by: "ana".into(),
        updated: NOW,
        updated_by: "ana".into(),
        customer: None,
        interaction: None,
        fields: draft.fields.into_iter().filter_map(|(key, value)| Some((key, value?))).collect(),
        lines: draft.lines,
    };
    record.title = record.titled(kind);
    record
}

#[test]
fn the_ticket_is_right() {
    let kind = of(TICKET);
    assert_eq!((kind.key.as_str(), kind.fields.len(), kind.lines.len()), ("ticket", 11, 1));
    assert_eq!(kind.fields[0].key, "subject");
    let life = kind.life.as_ref().unwrap();
    assert_eq!(
        life.states.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(),
        ["open", "waiting", "solved", "closed"]
    );
    assert_eq!(life.step("reopen").unwrap().within, Some(14 * 86_400));
    assert_eq!(kind.access.write.to_string(), "owner or team");
}

#[test]
fn every_mistake_is_told_with_its_place_and_the_nearest_name() {
    let text = "kind = \"Ticket\"\nnmae = \"x\"\ntitle = \"{subjekt}\"\nnumber = \"T-{yyy}-{seq}\"\n\
        [field.subject]\ntype = \"txt\"\n[field.subject2]\ntype = \"text\"\nrequird = true\n[field.state]\ntype = \"text\"\n\
        [field.ref1]\ntype = \"ref\"\nkind = \"prodct\"\n[field.c]\ntype = \"choice\"\n[field.n]\ntype = \"number\"\nsearch = true\ndefault = \"x\"\n\
        [life]\nstart = \"open\"\nstep.solve = { from = \"opn\", to = \"solved\", needs = [\"subjec2\"], by = \"agnt\", when = \"stat == 'open'\", within = \"2 weeks\" }\n\
        state.open = {}\nstate.solved = { kind = \"don\" }\n\
        [list]\ncolumns = [\"numbr\"]\nboard_by = \"n\"\n\
        [access]\nwrite = \"owner or teem\"\nread = \"owner\"\n";
    assert_eq!(
        mistakes(text),
        [
            "1:8 bad_name",
            "2:1 unknown name",
            "3:9 unknown subject",
            "4:10 unknown yy",
            "6:8 unknown text",
            "9:1 unknown required",
            "10:8 reserved",
            "14:8 unknown product",
            "15:8 missing",
            "19:10 not_here",
            "20:11 shape",
            "23:23 unknown open",
            "23:54 unknown subject",
            "23:71 unknown agent",
            "23:87 condition",
            "23:113 shape",
            "25:25 unknown done",
            "27:12 unknown number",
            "28:12 shape",
            "30:9 unknown team",
            "31:8 missing_field",
        ],
    );
}

#[test]
fn a_broken_text_and_a_flood_are_told() {
    assert_eq!(mistakes("kind = \n"), ["1:8 toml"]);
    assert_eq!(mistakes(&"#".repeat(300_000)), ["1:1 too_large"]);
    let fields: String = (0..201).map(|n| format!("[field.f{n}]\ntype = \"text\"\n")).collect();
    assert_eq!(mistakes(&format!("kind = \"k\"\n{fields}")), ["2:2 too_many"]);
    let unreached = "kind = \"k\"\n[life]\nstart = \"a\"\nstep.go = { from = \"b\", to = \"c\" }\n";
    assert_eq!(mistakes(unreached).len(), 2, "b and c");
    let hidden = "kind = \"k\"\ntitle = \"{a}\"\n[field.a]\ntype = \"text\"\naccess = \"supervisor\"\n";
    assert_eq!(mistakes(hidden), ["3:8 hidden"]);
    for text in ["é", "[a]\n[a]\n", "kind = 5", "", "field = 5\nlife = []\nlist = 1"] {
        assert!(!mistakes(text).is_empty(), "{text}");
    }
}

#[test]
fn values_are_taken_by_their_type() {
    let kind = of(
        "kind = \"k\"\n[field]\nt = { type = \"text\" }\nl = { type = \"longtext\" }\nn = { type = \"number\" }\n\
        m = { type = \"money\", currency = \"CNY\" }\nd = { type = \"date\" }\nz = { type = \"time\" }\ns = { type = \"span\" }\n\
        f = { type = \"flag\" }\nc = { type = \"choice\", choices = [\"a\", \"b\"] }\nx = { type = \"choices\", choices = [\"a\", \"b\"] }\n\
        p = { type = \"person\" }\ng = { type = \"team\" }\nr = { type = \"ref\", kind = \"product\" }\nrr = { type = \"refs\", kind = \"customer\" }\n\
        ph = { type = \"phone\" }\ne = { type = \"email\" }\nu = { type = \"url\" }\n",
    );
    for (key, given, told) in [
        ("t", json!(" a\u{7}b\n"), json!("a b")),
        ("l", json!("a\r\nb\t"), json!("a\nb")),
        ("n", json!("12.50"), json!("12.5")),
        ("n", json!(12.5), json!("12.5")),
        ("m", json!("9.90"), json!({"amount": "9.9", "currency": "CNY"})),
        ("m", json!({"amount": 3, "currency": "EUR"}), json!({"amount": "3", "currency": "EUR"})),
        ("d", json!("2026-11-30"), json!("2026-11-30")),
        ("z", json!("2026-11-30T09:00:00+08:00"), json!("2026-11-30T01:00:00.000000Z")),
        ("s", json!("2h30m"), json!("2h30m")),
        ("s", json!(90), json!("1m30s")),
        ("f", json!(false), json!(false)),
        ("c", json!("a"), json!("a")),
        ("x", json!(["b", "a", "b"]), json!(["b", "a"])),
        ("p", json!({"id": "ana", "title": "Ana"}), json!("ana")),
        ("g", json!("east"), json!("east")),
        ("r", json!({"id": 7, "title": "x"}), json!(7)),
        ("rr", json!([7, "8"]), json!([7, 8])),
        ("ph", json!("138 0013 8000"), json!("+8613800138000")),
        ("e", json!("A@B.cd"), json!("a@b.cd")),
        ("u", json!("https://a.b/c?d"), json!("https://a.b/c?d")),
    ] {
        let draft = drafted(&kind, Role::Agent, json!({key: given})).unwrap_or_else(|why| panic!("{key}: {why:?}"));
        assert_eq!(draft.fields[key].as_ref().unwrap().json(), told, "{key} {given}");
    }
    for (key, given, code) in [
        ("t", json!(5), "shape"),
        ("t", json!("x".repeat(1_001)), "too_long"),
        ("n", json!("1e5"), "not_a_number"),
        ("n", json!("12,5"), "not_a_number"),
        ("m", json!({"amount": "1", "currency": "yuan"}), "not_a_currency"),
        ("d", json!("30.11.2026"), "not_a_date"),
        ("d", json!("2026-02-30"), "not_a_date"),
        ("z", json!("2026-11-30 09:00"), "not_a_time"),
        ("s", json!("soon"), "not_a_span"),
        ("f", json!("yes"), "shape"),
        ("c", json!("z"), "unknown_choice"),
        ("x", json!("a"), "shape"),
        ("p", json!("nobody"), "unknown_person"),
        ("g", json!("north"), "unknown_team"),
        ("r", json!("seven"), "shape"),
        ("rr", json!((1..=101).collect::<Vec<_>>()), "too_many"),
        ("ph", json!("110"), "short_number"),
        ("ph", json!("8.61E+12"), "rounded_number"),
        ("e", json!("a@b"), "not_an_email"),
        ("u", json!("javascript:alert(1)"), "not_a_url"),
        ("u", json!("data:text/html,x"), "not_a_url"),
        ("tt", json!("x"), "unknown_field"),
    ] {
        assert_eq!(
            drafted(&kind, Role::Agent, json!({key: given})),
            Err(vec![(key.to_owned(), code)]),
            "{key} {given}"
        );
    }
    for empty in [json!(null), json!(""), json!("  ")] {
        assert_eq!(drafted(&kind, Role::Agent, json!({"t": empty})).unwrap().fields["t"], None);
    }
}

#[test]
fn what_must_be_there_and_what_it_begins_with() {
    let kind = of(TICKET);
    let whole = |body: Json| {
        let mut draft = drafted(&kind, Role::Agent, body).unwrap();
        asked(Role::Agent, "ana", None, |asking| kind.complete(&mut draft, asking)).map(|()| draft)
    };
    assert_eq!(whole(json!({})).unwrap_err()[0].field, "subject");
    let draft = whole(json!({"subject": "Pump leaks", "parts": [{"item": "seal", "amount": 2}]})).unwrap();
    assert_eq!(draft.fields["owner"], Some(Value::Text("ana".into())));
    let day = std::time::Duration::from_secs(86_400);
    assert_eq!(draft.fields["due"], Some(Value::Time(NOW + day)));
    assert_eq!(draft.fields["priority"], Some(Value::Text("normal".into())));
    assert_eq!(draft.lines["parts"][0]["amount"].json(), json!("2"));
    assert_eq!(drafted(&kind, Role::Agent, json!({"subject": ""})), Err(vec![("subject".into(), "required")]));
    assert_eq!(drafted(&kind, Role::Agent, json!({"cost": "5"})), Err(vec![("cost".into(), "not_allowed")]));
    assert!(drafted(&kind, Role::Supervisor, json!({"cost": "5"})).is_ok());
    let lines = json!({"parts": [{"amount": "x"}, 5, {"item": "a", "colour": 1}]});
    let expected = [
        ("parts.0.amount", "not_a_number"),
        ("parts.0.item", "required"),
        ("parts.1", "shape"),
        ("parts.2.colour", "unknown_field"),
    ];
    assert_eq!(
        drafted(&kind, Role::Agent, lines),
        Err(expected.map(|(field, code)| (field.to_owned(), code)).to_vec())
    );
}

#[test]
fn steps_are_judged() {
    let kind = of(TICKET);
    let life = kind.life.as_ref().unwrap();
    let mut ticket = record(&kind, json!({"subject": "Pump"}));
    assert_eq!(ticket.title, "Pump");
    let judge = |ticket: &Record, step: &str, after_s: u64| {
        asked(Role::Agent, "ana", None, |asking| {
            let later = Asking { now: asking.now + std::time::Duration::from_secs(after_s), ..*asking };
            life.step(step).unwrap().judge(&kind, ticket, &later)
        })
    };
    assert_eq!(judge(&ticket, "close", 0), Err(StepRefused::State { state: "open".into() }));
    assert_eq!(judge(&ticket, "solve", 0), Err(StepRefused::Needs(vec!["solution".into()])));
    ticket.fields.insert("solution".into(), Value::Text("seal".into()));
    assert_eq!(judge(&ticket, "solve", 0), Ok(()));
    ticket.state = Some("solved".into());
    assert_eq!(judge(&ticket, "close", 0), Err(StepRefused::When { condition: "verified or waived".into() }));
    ticket.fields.insert("waived".into(), Value::Flag(true));
    assert_eq!(judge(&ticket, "close", 0), Ok(()));
    assert_eq!(judge(&ticket, "reopen", 14 * 86_400), Ok(()));
    assert_eq!(judge(&ticket, "reopen", 14 * 86_400 + 1), Err(StepRefused::TooLate));
    let open = asked(Role::Agent, "ana", None, |asking| {
        steps_open(&kind, &ticket, asking).into_iter().map(|step| step.key.clone()).collect::<Vec<_>>()
    });
    assert_eq!(open, ["close", "reopen"]);
}

#[test]
fn who_may_what_with_which_field() {
    let kind = of(TICKET);
    let own = record(&kind, json!({"subject": "a", "owner": "ana"}));
    let other = record(&kind, json!({"subject": "a", "owner": "ben"}));
    let teams = record(&kind, json!({"subject": "a", "owner": "ben", "team": "east"}));
    for (role, user, team, reads, writes, deletes, cost) in [
        (Role::Agent, "ana", Some("east"), [true; 3], [true, false, true], [false; 3], false),
        (Role::Agent, "ana", None, [true; 3], [true, false, false], [false; 3], false),
        (Role::Supervisor, "sam", None, [true; 3], [true; 3], [false; 3], true),
        (Role::Admin, "adam", None, [true; 3], [true; 3], [true; 3], true),
    ] {
        let who = Who { user, role, team };
        let each = |verb| [&own, &other, &teams].map(|record| record.is_reached(&kind, verb, &who));
        assert_eq!((each(Verb::Read), each(Verb::Write), each(Verb::Delete)), (reads, writes, deletes), "{user}");
        assert_eq!(kind.field("cost").unwrap().may_read(role), cost);
        assert_eq!(condition(&kind, "cost > 5", &who).is_ok(), cost, "a hidden field is not asked for");
    }
}

#[test]
fn a_new_version_tells_what_it_changes() {
    let old = of(TICKET);
    let told = |text: &str| {
        Plan::between(Some(&old), &of(text)).changes.into_iter().map(|it| (it.change, it.what)).collect::<Vec<_>>()
    };
    assert_eq!(told(TICKET), []);
    let renamed = TICKET
        .replace("[field.details]\n", "[field.report]\nwas = \"details\"\n")
        .replace("\"details\"]", "\"report\"]");
    assert_eq!(told(&renamed), [("rename_field", "report".to_owned()), ("change", "form".to_owned())]);
    let retired = TICKET
        .replace("[field.waived]", "[field.excused]")
        .replace("\"waived\"", "\"excused\"")
        .replace("or waived", "or excused");
    assert_eq!(told(&retired)[..2], [("add_field", "excused".to_owned()), ("retire_field", "waived".to_owned())]);
    let state = TICKET.replace(
        "[list]",
        "state.escalated = { kind = \"open\" }\nstep.escalate = { from = \"open\", to = \"escalated\" }\n[list]",
    );
    assert_eq!(told(&state), [("add_state", "escalated".to_owned())]);
    let typed = TICKET
        .replace(
            "[field.verified]\nname = { en = \"Customer confirmed\", zh = \"客户已确认\" }\ntype = \"flag\"",
            "[field.verified]\ntype = \"text\"",
        )
        .replace("verified or waived", "waived");
    assert!(told(&typed).contains(&("replace_field", "verified".to_owned())));
    let line = TICKET.replace("field.amount = {", "field.colour = { type = \"text\" }\nfield.amount = {");
    assert_eq!(told(&line), [("add_field", "parts.colour".to_owned())]);
    assert_eq!(Plan::between(None, &old).changes[0].change, "new_kind");
}

/// What the desktop does beside a call needs fields that fit.
#[test]
fn a_kind_beside_a_call_says_where_its_words_stand() {
    let kind = |call: &str| {
        format!(
            "kind = \"hint\"\n[field.say]\ntype = \"text\"\n[field.words]\ntype = \"longtext\"\n[field.count]\ntype = \"number\"\n\
             [lines.steps]\nfield.key = {{ type = \"text\" }}\nfield.say = {{ type = \"text\" }}\n\
             [lines.bare]\nfield.key = {{ type = \"text\" }}\n[call]\n{call}"
        )
    };
    let whole = "as = \"script\"\nabout = \"say\"\nbody = \"words\"\nsteps = \"steps\"\nhelped = \"count\"\nwhen = \"count > 1\"";
    let call = of(&kind(whole)).call.unwrap();
    assert_eq!((call.role, call.body.as_str(), call.steps.as_deref()), (Use::Script, "words", Some("steps")));
    assert_eq!(of("kind = \"hint\"\n[field.say]\ntype = \"text\"").call, None);
    for (call, code) in [
        ("as = \"scirpt\"\nbody = \"words\"", "14:6 unknown script"),
        ("as = \"script\"\nbody = \"count\"", "15:8 unknown"),
        ("as = \"script\"", "13:"),
        ("body = \"words\"", "13:"),
        ("as = \"script\"\nbody = \"words\"\nsteps = \"step\"", "16:9 unknown steps"),
        ("as = \"script\"\nbody = \"words\"\nsteps = \"bare\"", "16:9 shape"),
        ("as = \"script\"\nbody = \"words\"\nhelped = \"words\"", "16:10 unknown"),
        ("as = \"script\"\nbody = \"words\"\nwhen = \"gone\"", "16:"),
    ] {
        let told = mistakes(&kind(call));
        assert!(told.len() == 1 && told[0].starts_with(code), "{call}: {told:?}");
    }
}

/// `docs/records.md` has every key, type and word of the grammar, and its examples are right.
#[test]
fn the_manual_is_the_grammar() {
    for path in ["docs/records.md", "docs/records.zh.md"] {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let manual = std::fs::read_to_string(file).unwrap();
        let words = [
            read::KEYS,
            read::FIELD_KEYS,
            read::STATE_KEYS,
            read::STEP_KEYS,
            read::MAKE_KEYS,
            read::CALL_KEYS,
            read::PRINT_KEYS,
            read::PART_KEYS,
            &GRANTS,
        ]
        .concat();
        let words = words.into_iter().chain(FieldType::ALL.map(FieldType::as_str)).chain(SYSTEM.map(|(name, _)| name));
        let missing: Vec<&str> = words.filter(|word| !manual.contains(&format!("`{word}`"))).collect();
        // Those that are tables stand as headings.
        let tables = ["field", "lines", "life", "due", "rule", "list", "form", "pop", "call", "print", "access"];
        let missing: Vec<_> = missing.into_iter().filter(|word| !tables.contains(word)).collect();
        assert_eq!(missing, [""; 0], "{path}");
        let (_, rest) = manual.split_once("[due]").unwrap();
        let words = [read::DUE_KEYS, read::RULE_KEYS].concat();
        let missing: Vec<&str> = words.into_iter().filter(|word| !rest.contains(&format!("| `{word}` |"))).collect();
        assert_eq!(missing, [""; 0], "{path}: keys of due times and rules");
        // Each in a cell of its own or inside of a table: `{ assign = "…", by = "…" }`.
        let named = |word: &&str| !rest.contains(&format!("{word} = ")) && !rest.contains(&format!("`{word}`"));
        let missing: Vec<&str> = read::EFFECT_KEYS.iter().copied().filter(named).collect();
        assert_eq!(missing, [""; 0], "{path}: effects");
        let missing: Vec<&str> = read::ONS.iter().copied().filter(|on| !rest.contains(&format!("`{on}"))).collect();
        assert_eq!(missing, [""; 0], "{path}: events");
        let examples = manual.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
        let whole: Vec<&str> = examples.filter(|example| example.starts_with("kind =")).collect();
        assert!(!whole.is_empty(), "{path}");
        whole.into_iter().for_each(|example| drop(of(example)));
    }
}

#[test]
fn what_is_reckoned() {
    let text = "kind = \"k\"\n[field]\nname = { type = \"text\" }\nprice = { type = \"money\", currency = \"CNY\" }\namount = { type = \"number\" }\n\
        sum = { type = \"money\", currency = \"CNY\", value = \"net + tax\" }\ntax = { type = \"money\", currency = \"CNY\", value = \"net * 0.13\" }\n\
        net = { type = \"money\", currency = \"CNY\", value = \"price * amount + sum(parts, price)\" }\n\
        begins = { type = \"date\" }\nends = { type = \"date\", value = \"begins + 365\" }\ndays = { type = \"number\", value = \"ends - begins\" }\n\
        lasts = { type = \"span\", value = \"amount * 3600\" }\nup = { type = \"ref\", kind = \"k\" }\nof = { type = \"number\", roll = { count = \"k.up\", when = \"amount > 1\" } }\n\
        [lines.parts]\nfield.price = { type = \"money\" }\n";
    let kind = of(text);
    assert_eq!(kind.reckoned, ["net", "ends", "lasts", "tax", "days", "sum"]);
    let reckoned = |body: Json| {
        let mut record = record(&kind, body);
        kind.reckon_none(&mut record);
        kind.reckon(&mut record);
        let keys = ["net", "tax", "sum", "ends", "days", "lasts", "of"];
        keys.map(|key| record.fields.get(key).map(Value::plain).unwrap_or_default())
    };
    let whole = json!({"price": "19.99", "amount": 3, "begins": "2026-11-30", "parts": [{"price": {"amount": "0.03", "currency": "CNY"}}, {"price": {"amount": 9, "currency": "EUR"}}]});
    assert_eq!(reckoned(whole), ["60", "7.8", "67.8", "2027-11-30", "365", "10800", "0"]);
    assert_eq!(reckoned(json!({"price": "19.99"})), ["", "", "", "", "", "", "0"], "what is missing leaves it empty");
    assert_eq!(drafted(&kind, Role::Admin, json!({"sum": 5})), Err(vec![("sum".into(), "reckoned")]));
    for (from, to, expected) in [
        ("net * 0.13", "sum * 0.13", vec!["circle", "circle"]),
        ("net * 0.13", "nett * 0.13", vec!["formula"]),
        ("net * 0.13", "name * 2", vec!["formula"]),
        ("begins + 365\"", "begins + 365\", default = \"today\"", vec!["not_here"]),
        ("sum = { type = \"money\", currency = \"CNY\"", "sum = { type = \"money\"", vec!["missing"]),
        ("name = { type = \"text\"", "name = { type = \"text\", value = \"1\"", vec!["not_here"]),
        ("count = \"k.up\"", "count = \"kk.up\"", vec!["unknown"]),
        ("count = \"k.up\"", "sum = \"k.up\"", vec!["missing"]),
        ("count = \"k.up\"", "count = \"k\"", vec!["shape"]),
        ("field.price = { type", "field.price = { value = \"1\", type", vec!["missing"]),
        (
            "field.price = { type",
            "field.price = { roll = { count = \"k.up\" }, type",
            vec!["missing", "not_here", "shape"],
        ),
        ("amount = { type = \"number\"", "amount = { type = \"number\", least = \"few\"", vec!["shape"]),
        ("name = { type = \"text\"", "name = { type = \"text\", most = 1", vec!["not_here"]),
        ("begins = { type = \"date\"", "begins = { type = \"date\", from = \"name.day\"", vec!["unknown"]),
        ("begins = { type = \"date\"", "begins = { type = \"date\", from = \"up\"", vec!["shape"]),
    ] {
        let found = mistakes(&text.replace(from, to));
        let codes: Vec<&str> = found.iter().filter_map(|it| it.split(' ').nth(1)).collect();
        assert_eq!(codes, expected, "{to}");
    }
    let wrong = |from: &str, to: &str| {
        let text = text.replace(from, to);
        let kind = of(&text);
        across(&text, &kind, |_| None).into_iter().map(|it| it.code).collect::<Vec<_>>()
    };
    assert_eq!(wrong("", ""), [""; 0]);
    for (from, to, expected) in [
        ("\"k.up\"", "\"k.upp\"", ["unknown"]),
        ("amount > 1", "amont > 1", ["condition"]),
        ("amount > 1", "begins > today", ["condition"]),
        ("count = \"k.up\"", "sum = \"k.up\", field = \"price\"", ["shape"]),
        ("count = \"k.up\"", "sum = \"k.up\", field = \"of\"", ["circle"]),
        (
            "[lines.parts]",
            "again = { type = \"number\", value = \"of + 1\" }\nmost = { type = \"number\", roll = { max = \"k.up\", field = \"again\" } }\n[lines.parts]",
            ["circle"],
        ),
        (
            "[lines.parts]",
            "[[rule]]\nkey = \"a\"\non = \"created\"\ndo = [{ create = \"k\", set = { amout = 1 } }]\n[lines.parts]",
            ["unknown"],
        ),
        (
            "[lines.parts]",
            "[[rule]]\nkey = \"a\"\non = \"created\"\ndo = [{ create = \"k\", set = { sum = 1 } }]\n[lines.parts]",
            ["shape"],
        ),
        (
            "[lines.parts]",
            "[[rule]]\nkey = \"a\"\non = \"created\"\ndo = [{ create = \"k\", link = \"name\" }]\n[lines.parts]",
            ["unknown"],
        ),
    ] {
        assert_eq!(wrong(from, to), expected, "{to}");
    }
}

const OFFER: &str = r#"
kind = "offer"
[field]
subject = { type = "text" }
rebate = { type = "number", default = 0, least = 0, most = 100 }
size = { type = "choice", choices = [{ key = "big", points = 30 }, { key = "small", points = 10.5 }, "odd"] }
score = { type = "number", value = "size * 2" }
net = { type = "money", currency = "CNY", value = "sum(items, total)" }
yen = { type = "money", currency = "JPY", value = "rebate / 3" }
dinar = { type = "money", currency = "KWD", value = "0 - rebate / 3" }
owner = { type = "person" }
kept = { type = "ref", kind = "ticket" }
of = { type = "ref", kind = "product" }
code = { type = "text", from = "of.code" }
[lines.items]
field.item = { type = "ref", kind = "product" }
field.list = { type = "money", currency = "CNY", from = "item.price" }
field.amount = { type = "number", required = true, default = 1, least = 0 }
field.off = { type = "number", required = true, default = 0 }
field.total = { type = "money", currency = "CNY", value = "whole * (1 - off / 100)" }
field.whole = { type = "money", currency = "CNY", value = "list * amount" }
[life]
start = "open"
state.open = { kind = "open" }
state.agreed = { kind = "waiting", fixed = ["items", "rebate", "net"] }
state.done = { kind = "done", fixed = "*" }
step.agree = { from = "open", to = "agreed", by = "supervisor", when = "owner != me" }
step.order = { from = "agreed", to = "done", make = [
    { kind = "ticket", set = { subject = "For {subject}", cost = "{net}" }, lines = { parts = "items" }, keep = "kept" },
] }
"#;

/// Lines as the store completes them: with what is taken from others.
fn offer(kind: &Kind, lines: &[(&str, &str, &str)]) -> Record {
    let mut record = record(kind, json!({"subject": "Ring"}));
    let line = |(list, amount, off): &(&str, &str, &str)| {
        let body = json!({"items": [{"item": 7, "amount": amount, "off": off, "list": 1, "total": 99}]});
        let mut line = drafted(kind, Role::Agent, body).unwrap().lines["items"][0].clone();
        assert!(!line.contains_key("list"), "nobody writes a price of his own");
        line.insert("list".into(), Value::Money(list.parse().unwrap(), "CNY".into()));
        line
    };
    record.lines.insert("items".into(), lines.iter().map(line).collect());
    kind.reckon(&mut record);
    record
}

#[test]
fn lines_are_reckoned_and_money_is_what_can_be_paid() {
    let kind = of(OFFER);
    assert_eq!(kind.lines[0].reckoned, ["whole", "total"]);
    let record = offer(&kind, &[("33.33", "1", "33"), ("0.05", "1", "10"), ("-0.05", "1", "10"), ("19.99", "3", "0")]);
    let totals: Vec<String> = record.lines["items"].iter().map(|line| line["total"].plain()).collect();
    assert_eq!(totals, ["22.33", "0.05", "-0.05", "59.97"], "half away from zero, line by line");
    assert_eq!(record.fields["net"].plain(), "82.3", "what stands in the lines, added up");
    for (rebate, yen, dinar) in
        [("1", "0", "-0.333"), ("2", "1", "-0.667"), ("4.5", "2", "-1.5"), ("0.0015", "0", "-0.001")]
    {
        let mut record = self::record(&kind, json!({"rebate": rebate}));
        kind.reckon(&mut record);
        assert_eq!(
            (record.fields["yen"].plain().as_str(), record.fields["dinar"].plain().as_str()),
            (yen, dinar),
            "{rebate}"
        );
    }
    for (size, score) in [("big", Some("60")), ("small", Some("21")), ("odd", None)] {
        let mut record = self::record(&kind, json!({"size": size}));
        kind.reckon(&mut record);
        assert_eq!(record.fields.get("score").map(Value::plain).as_deref(), score, "{size}");
    }
    let bare = drafted(&kind, Role::Agent, json!({"items": [{"item": 7}]})).unwrap();
    assert_eq!(bare.lines["items"][0]["amount"].plain(), "1", "a line begins as its fields say");
}

/// Against whole numbers: no amount is ever off by more than half of the smallest unit, and none is rounded twice.
#[test]
fn rounding_is_right_whatever_the_amount() {
    let kind = of(OFFER);
    let mut rng = crate::base::Rng::new(15);
    for _ in 0..2_000 {
        let draw = |rng: &mut crate::base::Rng, most: u64| i128::from(rng.below(most));
        let (cents, amount, off) = (draw(&mut rng, 9_999_999), draw(&mut rng, 400), draw(&mut rng, 101));
        let cents = if rng.below(2) == 0 { cents } else { -cents };
        let list = Decimal::from_millionths(cents * 10_000).unwrap().to_string();
        let record = offer(&kind, &[(&list, &amount.to_string(), &off.to_string())]);
        let whole = cents * amount * (100 - off);
        let expected = (whole.abs() + 50) / 100 * whole.signum();
        let total = &record.lines["items"][0]["total"];
        assert_eq!(
            total.plain(),
            Decimal::from_millionths(expected * 10_000).unwrap().to_string(),
            "{list} {amount} {off}"
        );
        assert_eq!(record.fields["net"], *total);
    }
}

#[test]
fn what_is_agreed_stays_and_bounds_hold() {
    let kind = of(OFFER);
    let before = offer(&kind, &[("10", "1", "0")]);
    let fixed = |state: &str, change: &dyn Fn(&mut Record)| {
        let before = Record { state: Some(state.into()), ..before.clone() };
        let mut after = before.clone();
        change(&mut after);
        kind.fixed(&before, &after).into_iter().map(|it| it.field).collect::<Vec<_>>()
    };
    let cheaper = |record: &mut Record| {
        record.lines.get_mut("items").unwrap()[0].insert("off".into(), Value::Number("90".parse().unwrap()));
    };
    let renamed = |record: &mut Record| drop(record.fields.insert("subject".into(), Value::Text("Other".into())));
    let reckoned = |record: &mut Record| drop(record.fields.insert("net".into(), Value::Number("1".parse().unwrap())));
    assert_eq!(fixed("open", &cheaper), [""; 0]);
    assert_eq!(fixed("agreed", &cheaper), ["items"]);
    assert_eq!(fixed("agreed", &renamed), [""; 0]);
    assert_eq!(fixed("done", &renamed), ["subject"]);
    assert_eq!(fixed("done", &reckoned), [""; 0], "it follows by itself");
    assert!(kind.fixes(Some("agreed")) && !kind.fixes(Some("open")) && !kind.fixes(None));
    for (body, expected) in [
        (json!({"rebate": "100"}), None),
        (json!({"rebate": "100.01"}), Some(("rebate", "too_much"))),
        (json!({"rebate": -1}), Some(("rebate", "too_little"))),
        (json!({"items": [{"amount": -1}]}), Some(("items.0.amount", "too_little"))),
    ] {
        let refused = drafted(&kind, Role::Admin, body.clone()).err().unwrap_or_default();
        assert_eq!(refused.first().map(|(field, code)| (field.as_str(), *code)), expected, "{body}");
    }
}

#[test]
fn what_a_step_makes() {
    let (kind, ticket) = (of(OFFER), of(TICKET));
    let record = offer(&kind, &[("10", "2", "0")]);
    let make = &kind.life.as_ref().unwrap().step("order").unwrap().make[0];
    let made = asked(Role::Agent, "ana", None, |asking| kind.make(make, Some(&ticket), &record, asking)).fields;
    assert_eq!(made["subject"], "For Ring");
    assert_eq!(made["cost"], json!({"amount": "20", "currency": "CNY"}));
    assert_eq!(made["parts"], json!([{"amount": "2"}]), "fields of the same name and type");
    for (from, to, code) in [
        ("kind = \"ticket\", set", "kind = \"tiket\", set", "unknown ticket"),
        ("keep = \"kept\"", "keep = \"kep\"", "unknown kept"),
        ("parts = \"items\"", "parts = \"item\"", "unknown items"),
        ("{subject}", "{subjekt}", "unknown subject"),
        ("fixed = [\"items\"", "fixed = [\"itemz\"", "unknown items"),
        ("make = [", "makes = [", "unknown make"),
    ] {
        let told = mistakes(&OFFER.replace(from, to));
        assert!(told.iter().any(|it| it.contains(code)), "{to}: {told:?}");
    }
    let wrong = |from: &str, to: &str| {
        let text = OFFER.replace(from, to);
        let product = of("kind = \"product\"\n[field]\nprice = { type = \"money\" }\ncode = { type = \"text\" }\n");
        let find = |key: &str| if key == "ticket" { Some(&ticket) } else { Some(&product) };
        across(&text, &of(&text), find).into_iter().map(|it| it.code).collect::<Vec<_>>()
    };
    assert_eq!(wrong("", ""), [""; 0]);
    for (from, to, code) in [
        ("cost = ", "costs = ", "unknown"),
        ("lines = { parts", "lines = { part", "unknown"),
        ("\"of.code\"", "\"of.price\"", "shape"),
        ("\"item.price\"", "\"item.prize\"", "unknown"),
    ] {
        assert!(wrong(from, to).contains(&code), "{to}: {:?}", wrong(from, to));
    }
    let (before, rest) = OFFER.split_once("{ kind = \"ticket\"").unwrap();
    let (_, after) = rest.split_once("keep = \"kept\" }").unwrap();
    for (customer, expected) in [("name = \"{subject}\"", vec![]), ("nam = \"x\"", vec!["missing", "unknown"])] {
        let text = format!("{before}{{ kind = \"customer\", set = {{ {customer} }} }}{after}");
        let found: Vec<_> = across(&text, &of(&text), |_| None).into_iter().map(|it| it.code).collect();
        assert_eq!(found, expected, "{customer}");
    }
}
