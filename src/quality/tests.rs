//! Tables, reckoned by hand.

use std::time::Duration;

use super::*;
use crate::base::{AgentId, Instant, InteractionId, Rng};

/// `key weight points flags`, a section a line: `40: greet 1 1, name 3 5?`; `!` is fatal, `?` may be not applicable.
fn card(text: &str) -> Card {
    let item = |text: &str| {
        let mut words = text.split_whitespace();
        let mut next = || words.next().unwrap().to_owned();
        let (key, weight, points) = (next(), next().parse().unwrap(), next());
        let digits: String = points.chars().filter(char::is_ascii_digit).collect();
        let (fatal, optional) = (points.contains('!'), points.contains('?'));
        Item { key, weight, points: digits.parse().unwrap(), fatal, optional }
    };
    let section = |line: &str| {
        let (weight, items) = line.trim().split_once(':').unwrap();
        Section { weight: weight.parse().unwrap(), items: items.split(',').map(item).collect() }
    };
    Card { sections: text.lines().map(section).collect() }
}

/// `greet 1, name -`.
fn answers(text: &str) -> Answers {
    let pairs = text.split(',').filter_map(|pair| pair.trim().split_once(' '));
    pairs.map(|(key, said)| (key.to_owned(), Answer { points: said.parse().ok(), ..Answer::default() })).collect()
}

const CARD: &str = "40: greet 1 1, name 3 5?\n60: solve 2 10, secret 1 1!, offer 1 3?";

#[test]
fn a_score_is_what_somebody_reckons_by_hand() {
    for (said, sections, total) in [
        // (1 * 1/1 + 3 * 5/5) / 4; (2 * 10/10 + 1 + 1) / 4.
        ("greet 1, name 5, solve 10, secret 1, offer 3", [Some(10_000), Some(10_000)], Some(10_000)),
        // (0 + 3 * 2/5) / 4 = 0.3; (2 * 0.7 + 1 + 1/3) / 4 = 2.7333/4 = 0.68333; 0.4 * 0.3 + 0.6 * 0.6833.
        ("greet 0, name 2, solve 7, secret 1, offer 1", [Some(3_000), Some(6_833)], Some(5_300)),
        // Half up: 0.4 * 0.25 + 0.6 * 0.91665...: (2 + 1 + 2/3) / 4 = 0.916666 -> 91.67; 10 + 55.002 -> 65.00.
        ("greet 1, name 0, solve 10, secret 1, offer 2", [Some(2_500), Some(9_167)], Some(6_500)),
        // What is not applicable leaves the weight of its section: 1/1; (2 * 0.5 + 1) / 3.
        ("greet 1, name -, solve 5, secret 1, offer -", [Some(10_000), Some(6_667)], Some(8_000)),
        // A section of which nothing is said leaves the whole.
        ("solve 5, secret 1, offer -", [None, Some(6_667)], Some(6_667)),
        // Fatal, whatever else is said; the sections tell how it would have been.
        ("greet 1, name 5, solve 10, secret 0, offer 3", [Some(10_000), Some(7_500)], Some(0)),
        ("name -", [None, None], None),
        ("", [None, None], None),
    ] {
        let found = score(&card(CARD), &answers(said));
        assert_eq!((found.sections.as_slice(), found.total), (sections.as_slice(), total), "{said}");
        assert_eq!(found.fatal.is_empty(), total != Some(0), "{said}");
    }
}

#[test]
fn a_fatal_item_that_is_not_applicable_kills_nothing() {
    let card = card("1: safe 1 1!?, kind 1 4");
    assert_eq!(score(&card, &answers("safe -, kind 3")).total, Some(7_500));
    assert_eq!(
        score(&card, &answers("safe 0, kind 3")),
        Score { total: Some(0), sections: vec![Some(3_750)], fatal: vec!["safe".into()] }
    );
}

#[test]
fn the_largest_card_is_reckoned_exactly() {
    let item = |at: u32| format!("i{at} {WEIGHT_MAX} {}", 1 + at % POINTS_MAX);
    let items: Vec<String> = (0..ITEMS_MAX as u32).map(item).collect();
    let line = format!("{WEIGHT_MAX}: {}", items.join(", "));
    let card = card(&vec![line; SECTIONS_MAX].join("\n"));
    let full: Vec<String> = card.items().map(|item| format!("{} {}", item.key, item.points)).collect();
    assert_eq!(score(&card, &answers(&full.join(","))).total, Some(10_000));
}

#[test]
fn what_cannot_be_said_is_told_item_by_item() {
    let told = |said: &str, whole| {
        let found = faults(&card(CARD), &answers(said), whole);
        found.into_iter().map(|faulty| (faulty.item, faulty.fault)).collect::<Vec<_>>()
    };
    let of = |item: &str, fault| (item.to_owned(), fault);
    assert_eq!(told("greet 1", false), []);
    assert_eq!(
        told("greet 2, solve -, smile 1", false),
        [of("greet", Fault::TooMany), of("solve", Fault::NotOptional), of("smile", Fault::Unknown),]
    );
    assert_eq!(told("greet 1, name -, solve 4, secret 1", true), [of("offer", Fault::Missing)]);
    assert_eq!(told("greet 1, name -, solve 4, secret 1, offer -", true), []);
}

/// Counts of (left, right).
fn said(counts: &[(char, char, usize)]) -> Vec<(char, char)> {
    counts.iter().flat_map(|(one, other, times)| vec![(*one, *other); *times]).collect()
}

#[test]
fn kappa_is_as_reckoned_by_hand() {
    for (counts, items, agreed, kappa) in [
        // 0.7 observed, 0.5 * 0.6 + 0.5 * 0.4 = 0.5 by chance: 0.4.
        (vec![('y', 'y', 20), ('y', 'n', 5), ('n', 'y', 10), ('n', 'n', 15)], 50, 35, Some(400)),
        // The same share, but words are said otherwise: 0.54 and 0.46 by chance.
        (vec![('y', 'y', 45), ('y', 'n', 15), ('n', 'y', 25), ('n', 'n', 15)], 100, 60, Some(130)),
        (vec![('y', 'y', 25), ('y', 'n', 35), ('n', 'y', 5), ('n', 'n', 35)], 100, 60, Some(259)),
        // Three words: 9 * 6 - (4 * 4 + 3 * 4 + 2 * 1) = 24 of 81 - 30 = 51.
        (
            vec![('a', 'a', 3), ('a', 'b', 1), ('b', 'b', 2), ('b', 'a', 1), ('c', 'c', 1), ('c', 'b', 1)],
            9,
            6,
            Some(471),
        ),
        // Never the same: (0 - 2 * 1 * 1) / (4 - 2).
        (vec![('y', 'n', 1), ('n', 'y', 1)], 2, 0, Some(-1_000)),
        (vec![('y', 'y', 2), ('n', 'n', 2)], 4, 4, Some(1_000)),
        // All one word: nothing can be said.
        (vec![('y', 'y', 5)], 5, 5, None),
        (vec![], 0, 0, None),
    ] {
        assert_eq!(agreement(said(&counts)), Agreement { items, agreed, kappa }, "{counts:?}");
    }
    let of = |kappa| Agreement { items: 1, agreed: 1, kappa };
    assert_eq!(mean(&[of(Some(400)), of(None), of(Some(-101))]), Some(150));
    assert_eq!(mean(&[of(None)]), None);
}

fn contact(nth: u64) -> InteractionId {
    InteractionId::new(Instant::from_micros(1_000_000 * nth), &mut Rng::new(nth))
}

fn candidate(nth: u64, agent: u32) -> Candidate {
    let days = |days: u64| Duration::from_secs(days * 86_400);
    Candidate { contact: contact(nth), agent: AgentId(agent), agent_for: days(400), held: Duration::ZERO, survey: None }
}

fn rater(user: &str, agent: Option<u32>, open: u32) -> Rater {
    Rater { user: user.into(), agent: agent.map(AgentId), open }
}

fn rule() -> PickRule {
    PickRule {
        new_agent: Some(Duration::from_secs(30 * 86_400)),
        held: Some(Duration::from_secs(180)),
        survey_most: Some(2),
        ..PickRule::default()
    }
}

#[test]
fn the_gravest_reason_is_told() {
    let new = Candidate { agent_for: Duration::from_secs(30 * 86_400), ..candidate(1, 1) };
    let held = Candidate { held: Duration::from_secs(180), ..new.clone() };
    let unhappy = Candidate { survey: Some(2), ..held.clone() };
    let happy = Candidate { survey: Some(3), ..candidate(1, 1) };
    for (one, why) in [
        (new, Some(Why::NewAgent)),
        (held, Some(Why::LongHold)),
        (unhappy, Some(Why::BadSurvey)),
        (happy, None),
        (candidate(1, 1), None),
    ] {
        let picked = pick(&rule(), std::slice::from_ref(&one), &[rater("sue", None, 0)], 7);
        assert_eq!(picked.first().map(|it| it.why), why, "{one:?}");
    }
    let all = PickRule { share_percent: 100, ..PickRule::default() };
    assert_eq!(pick(&all, &[candidate(1, 1)], &[rater("sue", None, 0)], 7)[0].why, Why::Random);
}

#[test]
fn chance_takes_its_share_and_the_same_of_the_same_seed() {
    let rule = PickRule { share_percent: 20, ..PickRule::default() };
    let mut all: Vec<Candidate> = (0..5_000).map(|nth| candidate(nth, 1)).collect();
    let raters = [rater("sue", None, 0)];
    let picked = pick(&rule, &all, &raters, 1);
    assert!((900..1_100).contains(&picked.len()), "{}", picked.len());
    all.reverse();
    assert_eq!(pick(&rule, &all, &raters, 1), picked);
    let other = pick(&rule, &all, &raters, 2);
    let both = other.iter().filter(|one| picked.iter().any(|it| it.contact == one.contact)).count();
    assert!((100..320).contains(&both), "another seed picks others: {both}");
    assert!(pick(&PickRule::default(), &all, &raters, 1).is_empty());
}

#[test]
fn work_goes_to_whoever_has_least_and_nobody_judges_themselves() {
    let all = PickRule { share_percent: 100, ..PickRule::default() };
    let raters = [rater("sue", Some(1), 2), rater("tom", None, 0)];
    let candidates: Vec<Candidate> = (0..6).map(|nth| candidate(nth, 1 + nth as u32 % 2)).collect();
    let picked = pick(&all, &candidates, &raters, 1);
    // Contacts of agent 1 are Tom's alone; those of agent 2 go where less waits.
    let told: Vec<(u32, &str)> = picked.iter().map(|it| (it.agent.0, it.rater.as_str())).collect();
    assert_eq!(told, [(1, "tom"), (2, "tom"), (1, "tom"), (2, "sue"), (1, "tom"), (2, "sue")]);
    let alone = pick(&all, &candidates, &raters[..1], 1);
    assert!(alone.iter().all(|it| it.agent == AgentId(2)), "{alone:?}");
    assert!(pick(&all, &candidates, &[], 1).is_empty());
    let few = PickRule { most_per_agent: Some(1), ..all };
    assert_eq!(pick(&few, &candidates, &raters, 1).len(), 2);
}
