//! A certificate that was touched does not hold.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::{AgentId, Instant};
use crate::campaign::{
    Answerer, Class, Counted, Counting, Cover, DialId, Flaw, Input, Law, Line, Mode, Output, Pacer, Presence, Settings,
    Tally, What, verify,
};

fn law() -> Law {
    Law { counting: Counting::Ofcom, cap: 30_000, begin: Instant::ZERO, mistaken: 0 }
}

/// Some calls of two agents, with a carried-over budget of ten.
fn lines() -> Vec<Line> {
    let settings =
        Settings { law: law(), mode: Mode::Power { ratio_percent: 250 }, ring: Duration::from_secs(20), lines: 50 };
    let mut pacer = Pacer::new(settings);
    let at = |s: u64| Instant::from_micros(s * 1_000_000);
    pacer.carry_over(at(1), 330);
    let mut out = Vec::new();
    let mut told = 0;
    let mut lines = Vec::new();
    for agent in [1, 2] {
        pacer.handle(at(1), Input::Agent { agent: AgentId(agent), is: Presence::Ready }, &mut out);
    }
    for second in 2..40_u64 {
        pacer.handle(at(second), Input::Next(Some(Class::default())), &mut out);
        if second % 4 == 0 {
            let input = Input::Answered { dial: DialId(told), by: Answerer::Person, greeted: at(second) };
            pacer.handle(at(second), input, &mut out);
            told += 1;
        }
    }
    lines
        .extend(out.into_iter().filter_map(|output| if let Output::Record(line) = output { Some(line) } else { None }));
    lines
}

#[test]
fn it_holds_until_a_line_is_changed() {
    let before = BTreeMap::from([(0, Tally { served: 330, ..Tally::default() })]);
    let lines = lines();
    let verified = verify(&law(), &before, &lines).unwrap();
    assert!(
        verified.held >= 2 && verified.over >= 1 && verified.dials == verified.held + verified.over,
        "{verified:?}"
    );
    assert!(verified.windows[&0].abandoned > 0, "{verified:?}");

    let dialled = lines.iter().position(|line| matches!(line.what, What::Dialled { .. })).unwrap();
    let mut changed = lines.clone();
    if let What::Dialled { why, .. } = &mut changed[dialled].what {
        why.balance += 1;
    }
    assert!(matches!(verify(&law(), &before, &changed), Err(Flaw::Wrong { .. })));

    let mut changed = lines.clone();
    changed.remove(dialled);
    assert!(verify(&law(), &before, &changed).is_err(), "a call is missing");

    // Without what was carried over, the budget was never there.
    assert!(verify(&law(), &BTreeMap::new(), &lines).is_err());

    let mut changed = lines.clone();
    changed.swap(0, lines.len() - 1);
    assert!(verify(&law(), &before, &changed).is_err());
}

#[test]
fn a_call_that_nothing_carried_is_found() {
    let mut lines = lines();
    let before = BTreeMap::from([(0, Tally { served: 330, ..Tally::default() })]);
    for line in &mut lines {
        if let What::Dialled { why, .. } = &mut line.what
            && why.cover == Cover::Budget
        {
            why.cover = Cover::Agent(AgentId(1));
        }
    }
    assert!(matches!(verify(&law(), &before, &lines), Err(Flaw::Uncovered { .. })));
    let ended = |counted| {
        let end = Line { at: Instant::from_micros(1), what: What::Ended { dial: DialId(7), counted } };
        verify(&law(), &before, &[end])
    };
    assert_eq!(ended(Counted::Served), Err(Flaw::Unknown { line: 1, dial: DialId(7) }));
}
