//! Seeded bad rules, all found; good rules, none.

use carillon::acd::lint::{Code, Doors, Severity, lint, lint_change};
use carillon::acd::*;
use carillon::base::{AgentId, QueueId, SkillId};

fn good() -> Rules {
    let need = |skill, min| SkillNeed { skill: SkillId(skill), min, weight: 1 };
    let queue = |id, key: &str, skill| QueueRule {
        id: QueueId(id),
        key: key.into(),
        requirement: Requirement { all: vec![need(skill, 5)], any: vec![] },
        relax: vec![RelaxStep { after_ms: 20_000, min_level: Some(1), ..RelaxStep::default() }],
        hours: Some("office".into()),
        ..QueueRule::default()
    };
    let agent = |id, key: &str, skills: &[(u32, u8)]| AgentRule {
        id: AgentId(id),
        key: key.into(),
        group: Some("team".into()),
        skills: skills.iter().map(|(skill, level)| (SkillId(*skill), *level)).collect(),
        ..AgentRule::default()
    };
    let skill = |id, key: &str| SkillRule { id: SkillId(id), key: key.into(), name: String::new() };
    let weekly = (1..=5).map(|day| Hours { day, from_min: 540, to_min: 1_080 }).collect();
    Rules {
        skills: vec![skill(1, "repair"), skill(2, "sales")],
        groups: vec![GroupRule { key: "team".into(), name: String::new(), own_wrap_up: None }],
        queues: vec![queue(1, "repair", 1), queue(2, "sales", 2)],
        agents: vec![agent(1, "ana", &[(1, 7), (2, 2)]), agent(2, "bo", &[(1, 2), (2, 8)])],
        calendars: vec![Calendar { key: "office".into(), zone: "Asia/Shanghai".into(), weekly, ..Calendar::default() }],
        ..Rules::default()
    }
}

/// Puts one fault into faultless rules.
type Seed = fn(&mut Rules);

#[test]
fn good_rules_have_no_findings() {
    assert_eq!(lint(&good(), None), []);
}

#[test]
fn every_seeded_fault_is_found() {
    use Code::*;
    let seeded: [(Code, Seed); 20] = [
        (DuplicateId, |r| r.agents[1].id = AgentId(1)),
        (DuplicateId, |r| r.queues[1].key = "repair".into()),
        (UnknownReference, |r| r.queues[0].hours = Some("nowhere".into())),
        (UnknownReference, |r| r.agents[0].skills.push((SkillId(9), 3))),
        (OutOfRange, |r| r.queues[0].priority = 0),
        (OutOfRange, |r| r.queues[0].short_abandon_s = 60),
        (UnreachableQueue, |r| r.agents.iter_mut().for_each(|a| a.queues = vec![QueueId(1)])),
        (SkillNobodyHas, |r| r.agents.iter_mut().for_each(|a| a.skills.retain(|(s, _)| *s != SkillId(2)))),
        (RelaxationNeverWidens, |r| r.queues[0].relax[0].min_level = Some(5)),
        (RelaxationNeverWidens, |r| r.queues[0].max_wait_s = Some(10)),
        (Starvation, |r| {
            r.contact_selection = ContactSelection::Priority;
            r.queues[0].priority = 1;
        }),
        (Starvation, |r| r.queues[0].score.ageing_ppm = 0),
        (NoEffect, |r| r.queues[0].score.max_bonus_s = 0),
        (NoEffect, |r| r.contact_selection = ContactSelection::FixedRatio),
        (NoEffect, |r| r.queues[0].relax[0].when = Some(Condition::ServiceLevelBelow(120))),
        (OverflowLoop, |r| {
            r.queues[0].overflow = vec![Overflow { when: OverflowWhen::Full, to: QueueId(2) }];
            r.queues[1].overflow = vec![Overflow { when: OverflowWhen::Full, to: QueueId(1) }];
        }),
        (CalendarHole, |r| r.calendars[0].zone = "Asia/Atlantis".into()),
        (CalendarHole, |r| r.calendars[0].weekly.push(Hours { day: 1, from_min: 1_000, to_min: 1_200 })),
        (ReserveTakesAll, |r| r.queues[0].reserve = vec![Reserve { group: "team".into(), agents: 2 }]),
        (AgentWithoutQueue, |r| r.agents.push(AgentRule { id: AgentId(3), key: "cy".into(), ..AgentRule::default() })),
    ];
    let mut met: Vec<Code> = Vec::new();
    for (code, spoil) in seeded {
        let mut rules = good();
        spoil(&mut rules);
        let found = lint(&rules, None);
        assert!(found.iter().any(|finding| finding.code() == code), "{code:?}: {found:?}");
        for finding in found {
            let (en, zh) = (finding.words(Language::En), finding.words(Language::Zh));
            assert!(!en.is_empty() && zh.chars().any(|c| c as u32 > 0x3000), "{en} / {zh}");
        }
        met.push(code);
    }
    met.push(QueueWithoutDoor);
    assert!(Code::ALL.iter().all(|code| met.contains(code)), "every code has a rule that shows it");
}

#[test]
fn a_queue_to_which_nothing_leads_is_found() {
    let without_door = |rules: &Rules, doors: &[&str]| -> Vec<String> {
        let doors: Doors = doors.iter().map(|key| (*key).to_owned()).collect();
        let found = lint(rules, Some(&doors));
        found.iter().filter(|it| it.code() == Code::QueueWithoutDoor).map(|it| it.place.key.clone()).collect()
    };
    let mut rules = good();
    assert_eq!(without_door(&rules, &["repair", "sales"]), [""; 0]);
    assert_eq!(without_door(&rules, &["repair"]), ["sales"]);
    rules.queues[0].overflow = vec![Overflow { when: OverflowWhen::Full, to: QueueId(2) }];
    assert_eq!(without_door(&rules, &["repair"]), [""; 0]);
    assert_eq!(without_door(&rules, &[]), ["repair", "sales"], "an overflow from nowhere leads nowhere");
    rules.queues[0].overflow.clear();
    rules.queues[0].relax[0].add_queues = vec![QueueId(2)];
    assert_eq!(without_door(&rules, &["repair"]), [""; 0]);
    let doors = Doors::from(["repair".to_owned()]);
    rules.queues[0].relax[0].add_queues.clear();
    let mut before = rules.clone();
    let is_new = |before: &Rules, had: &Doors| {
        let judged = lint_change((before, Some(had)), (&rules, Some(&doors)));
        judged.iter().find(|it| it.finding.code() == Code::QueueWithoutDoor).map(|it| it.is_new)
    };
    assert_eq!(is_new(&before, &doors), Some(false));
    assert_eq!(is_new(&before, &Doors::from(["repair".to_owned(), "sales".to_owned()])), Some(true));
    before.queues.pop();
    assert_eq!(is_new(&before, &doors), None, "no flow could name it yet");
}

#[test]
fn a_finding_is_told_with_code_object_and_words() {
    let mut rules = good();
    rules.queues[0].ring_s = 0;
    rules.queues[1].score.ageing_ppm = 0;
    let told: Vec<_> = lint(&rules, None).iter().map(|finding| serde_json::to_value(finding).unwrap()).collect();
    assert_eq!((told.len(), &told[0]["severity"], &told[1]["severity"]), (2, &"error".into(), &"warning".into()));
    assert_eq!(told[0]["object"], serde_json::json!({"kind": "queue", "key": "repair"}));
    assert_eq!(
        (&told[1]["code"], &told[1]["zh"]),
        (&"starvation".into(), &"等待时间不计入得分：得分低的联络等多久都不会提前".into())
    );
    assert_eq!(lint(&rules, None)[0].severity(), Severity::Error);
}

#[test]
fn what_a_change_brings_in_is_told_apart() {
    let mut before = good();
    before.queues[0].score.ageing_ppm = 0;
    let mut after = before.clone();
    after.queues[1].max_wait_s = Some(10);
    let judged = lint_change((&before, None), (&after, None));
    let new: Vec<_> = judged.iter().filter(|judged| judged.is_new).map(|judged| judged.finding.code()).collect();
    assert_eq!((judged.len(), new), (2, vec![Code::RelaxationNeverWidens]));
}

#[test]
fn the_reference_lists_every_code_and_no_other() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference/findings.md")).unwrap();
    let listed: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(listed, Code::ALL.map(Code::word));
}
