//! Seeded bad rules, all found; good rules, none.

use carillon::acd::lint::{Fault, lint};
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
        groups: vec![GroupRule { key: "team".into(), name: String::new() }],
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
    assert_eq!(lint(&good()), []);
}

#[test]
fn every_seeded_fault_is_found() {
    let seeded: [(Fault, Seed); 14] = [
        (Fault::DuplicateId, |r| r.agents[1].id = AgentId(1)),
        (Fault::DuplicateId, |r| r.queues[1].key = "repair".into()),
        (Fault::UnknownReference, |r| r.queues[0].hours = Some("nowhere".into())),
        (Fault::UnknownReference, |r| r.agents[0].skills.push((SkillId(9), 3))),
        (Fault::OutOfRange, |r| r.queues[0].priority = 0),
        (Fault::UnreachableQueue, |r| r.agents.iter_mut().for_each(|a| a.queues = vec![QueueId(1)])),
        (Fault::SkillNobodyHas, |r| r.agents.iter_mut().for_each(|a| a.skills.retain(|(s, _)| *s != SkillId(2)))),
        (Fault::RelaxationNeverWidens, |r| r.queues[0].relax[0].min_level = Some(5)),
        (Fault::RelaxationNeverWidens, |r| r.queues[0].max_wait_s = Some(10)),
        (Fault::Starvation, |r| {
            r.contact_selection = ContactSelection::Priority;
            r.queues[0].priority = 1;
        }),
        (Fault::Starvation, |r| r.queues[0].score.ageing_ppm = 0),
        (Fault::OverflowLoop, |r| {
            r.queues[0].overflow = vec![Overflow { when: OverflowWhen::Full, to: QueueId(2) }];
            r.queues[1].overflow = vec![Overflow { when: OverflowWhen::Full, to: QueueId(1) }];
        }),
        (Fault::CalendarHole, |r| r.calendars[0].zone = "Asia/Atlantis".into()),
        (Fault::ReserveTakesAll, |r| r.queues[0].reserve = vec![Reserve { group: "team".into(), agents: 2 }]),
    ];
    for (fault, spoil) in seeded {
        let mut rules = good();
        spoil(&mut rules);
        let found = lint(&rules);
        assert!(found.iter().any(|finding| finding.fault == fault), "{fault:?}: {found:?}");
    }
}
