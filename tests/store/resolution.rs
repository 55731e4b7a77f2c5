//! First contact resolution: told by hand, and counted a second time in a plainer way.

use std::collections::BTreeMap;
use std::time::Duration;

use carillon::base::{AgentId, CallDirection, CustomerId, Instant, InteractionId, QueueId, Rng};
use carillon::crm::{Interaction, Outcome, ResolutionBy, ResolutionCounts, ResolutionSpan};
use carillon::store::ResolutionError;

use crate::{World, at, call, on_both};

on_both!(
    who_comes_again_for_the_same_was_not_served,
    what_is_young_or_nameless_stands_apart,
    it_agrees_with_a_plain_count,
    too_much_is_refused
);

const DAY: u64 = 86_400;
const NOW: u64 = 60 * DAY;

fn span(from: u64, to: u64, days: u32) -> ResolutionSpan {
    ResolutionSpan { from: at(from), to: at(to), days, now: at(NOW), most: 10_000 }
}

/// A call that an agent answered.
fn answered(seed: u64, started: u64, queue: u32, about: Option<&str>) -> Interaction {
    Interaction {
        queue: Some(QueueId(queue)),
        queued: Some(at(started)),
        agent: Some(AgentId(4)),
        answered: Some(at(started + 5)),
        ended: Some(at(started + 60)),
        outcome: Some(Outcome::Handled),
        disposition: about.map(str::to_owned),
        ..call(seed, at(started))
    }
}

fn abandoned(seed: u64, started: u64, queue: u32) -> Interaction {
    let lost = answered(seed, started, queue, None);
    Interaction { agent: None, answered: None, outcome: Some(Outcome::Abandoned), ..lost }
}

fn number(interaction: Interaction, number: &str) -> Interaction {
    Interaction { caller: Some(number.to_owned().try_into().unwrap()), ..interaction }
}

async fn of_queue_1(w: &World, days: u32) -> ResolutionCounts {
    let rows = w.store.resolution(span(0, NOW, days), ResolutionBy::Queue).await.unwrap();
    rows.get(&1).copied().unwrap_or_default()
}

async fn who_comes_again_for_the_same_was_not_served(w: World) {
    // Each pair has a number of its own: what came later, and whether it repeats a contact for "repair".
    let later = |index: u64, started: u64| -> [Option<(Interaction, bool)>; 12] {
        let seed = 100 + index;
        let again = |queue, about| answered(seed, started + 3 * DAY, queue, about);
        let call_back = Interaction { direction: CallDirection::Outbound, ..again(1, Some("repair")) };
        let linked = call(seed, at(started)).id;
        [
            None,
            Some((again(1, Some("repair")), true)),
            Some((again(2, Some("repair")), true)),
            Some((again(1, Some("order")), false)),
            Some((again(1, None), true)),
            Some((again(2, None), false)),
            Some((abandoned(seed, started + 3 * DAY, 1), true)),
            Some((Interaction { queue: None, queued: None, ..abandoned(seed, started + 3 * DAY, 1) }, false)),
            Some((answered(seed, started + 7 * DAY, 1, Some("repair")), true)),
            Some((answered(seed, started + 7 * DAY + 1, 1, Some("repair")), false)),
            Some((Interaction { linked: Some(linked), ..call_back.clone() }, false)),
            Some((call_back, false)),
        ]
    };
    let mut expected = ResolutionCounts::default();
    for index in 0..12u64 {
        let started = index * 100;
        let phone = format!("+86138001380{index:02}");
        let mut all = vec![answered(1 + index, started, 1, Some("repair"))];
        let repeats = later(index, started)[index as usize].take().is_some_and(|(other, repeats)| {
            all.push(other);
            repeats
        });
        let all: Vec<_> = all.into_iter().map(|it| number(it, &phone)).collect();
        w.store.save_interactions(&all).await.unwrap();
        expected.repeated += u64::from(repeats);
    }
    // Only the first of each pair lies in this time.
    let rows = w.store.resolution(span(0, DAY, 7), ResolutionBy::Queue).await.unwrap();
    assert_eq!(rows.keys().collect::<Vec<_>>(), [&1]);
    let counts = rows[&1];
    assert_eq!((counts.contacts, counts.decided, counts.first, counts.repeated), (12, 12, 12, expected.repeated));
    assert_eq!((expected.repeated, counts.resolved_at_first), (5, 7));
    let shorter = w.store.resolution(span(0, DAY, 2), ResolutionBy::Queue).await.unwrap();
    assert_eq!(shorter[&1].repeated, 0, "nobody came again within two days");
    // The second of a pair is a contact, too, but no first one.
    let second = w.store.resolution(span(3 * DAY, 4 * DAY, 7), ResolutionBy::Queue).await.unwrap();
    assert_eq!((second[&1].contacts, second[&1].first), (4, 1), "of repair, order, unknown, call-back");
}

async fn what_is_young_or_nameless_stands_apart(w: World) {
    let nameless = |seed, started| Interaction { caller: None, ..answered(seed, started, 1, None) };
    let known =
        |seed, started, customer| Interaction { customer: Some(CustomerId(customer)), ..nameless(seed, started) };
    let phone = |it: Interaction| number(it, "+8613800138000");
    let young = NOW - 3 * DAY;
    w.store
        .save_interactions(&[
            // Nobody knows whether these are one or two people.
            nameless(1, 0),
            nameless(2, 100),
            // Two people of a household, at one telephone; nobody knows which of them rings the third time.
            phone(known(3, 200, 31)),
            phone(known(4, 300, 32)),
            phone(answered(5, 400, 1, None)),
            // One person with two numbers.
            number(known(6, 500, 33), "+8613800138001"),
            number(known(7, 600, 33), "+8613800138002"),
            // Days that are not over.
            number(answered(8, young, 1, None), "+8613800138003"),
            number(answered(9, young + 100, 1, None), "+8613800138003"),
        ])
        .await
        .unwrap();
    let counts = of_queue_1(&w, 7).await;
    let expected = ResolutionCounts {
        contacts: 9,
        unknown_customer: 2,
        still_open: 2,
        still_open_repeated: 1,
        decided: 5,
        repeated: 3,
        first: 3,
        resolved_at_first: 0,
    };
    assert_eq!(counts, expected);
    assert_eq!(of_queue_1(&w, 1).await.still_open, 0);
}

/// A log of people who ring often, with everything that a row may lack.
fn log(rng: &mut Rng, size: u64) -> Vec<Interaction> {
    let row = |seed: u64, rng: &mut Rng| {
        let customer = rng.below(12);
        let about = ["repair", "order", "advice"].get(usize::try_from(rng.below(5)).unwrap()).copied();
        let mut row = answered(seed, rng.below(NOW / 600) * 600, 1 + u32::try_from(rng.below(3)).unwrap(), about);
        row.caller = (rng.below(10) > 0).then(|| format!("+86138001380{:02}", customer / 2).try_into().unwrap());
        row.customer = (rng.below(3) > 0).then_some(CustomerId(1 + i64::try_from(customer).unwrap()));
        row.agent = (rng.below(20) > 0).then(|| AgentId(1 + u32::try_from(rng.below(4)).unwrap()));
        if rng.below(4) == 0 {
            row = Interaction { answered: None, agent: None, outcome: Some(Outcome::Abandoned), ..row };
        }
        if rng.below(8) == 0 {
            row = Interaction { queue: None, queued: None, ..row };
        }
        if rng.below(6) == 0 {
            row.direction = CallDirection::Outbound;
            row.linked = (rng.below(2) == 0).then(|| InteractionId::new(row.started, &mut Rng::new(seed)));
        }
        row
    };
    (0..size).map(|nth| row(nth + 1, rng)).collect()
}

fn is_contact(row: &Interaction) -> bool {
    let wanted = row.direction == CallDirection::Inbound || row.linked.is_some();
    wanted && row.answered.is_some() && row.queue.is_some()
}

fn same(one: &Interaction, other: &Interaction) -> bool {
    let person = match (one.customer, other.customer) {
        (Some(one), Some(other)) => one == other,
        _ => one.caller.is_some() && one.caller == other.caller,
    };
    let reason = match (&one.disposition, &other.disposition) {
        (Some(one), Some(other)) => one == other,
        _ => one.queue == other.queue,
    };
    person && reason
}

/// Everybody with everybody.
fn plain(
    log: &[Interaction],
    span: ResolutionSpan,
    key: impl Fn(&Interaction) -> u64,
) -> BTreeMap<u64, ResolutionCounts> {
    let window = Duration::from_secs(u64::from(span.days) * DAY);
    let mut rows: BTreeMap<u64, ResolutionCounts> = BTreeMap::new();
    for it in log.iter().filter(|it| is_contact(it) && it.started >= span.from && it.started < span.to) {
        let others = || log.iter().filter(|other| other.id != it.id && same(it, other));
        let after = |a: Instant, b: Instant| a > b && a.since(b) <= window;
        let inbound = |other: &&Interaction| other.direction == CallDirection::Inbound && other.queue.is_some();
        let repeated = others().filter(inbound).any(|other| after(other.started, it.started));
        let first = !others().filter(|other| is_contact(other)).any(|other| after(it.started, other.started));
        let row = rows.entry(key(it)).or_default();
        row.contacts += 1;
        if it.customer.is_none() && it.caller.is_none() {
            row.unknown_customer += 1;
        } else if span.now.since(it.started) <= window {
            row.still_open += 1;
            row.still_open_repeated += u64::from(repeated);
        } else {
            row.decided += 1;
            row.repeated += u64::from(repeated);
            row.first += u64::from(first);
            row.resolved_at_first += u64::from(first && !repeated);
        }
    }
    rows
}

async fn it_agrees_with_a_plain_count(w: World) {
    let mut log = log(&mut Rng::new(5), 900);
    w.store.save_interactions(&log).await.unwrap();
    log.sort_by_key(|it| it.id);
    let mut resolved = 0;
    for (from, to, days) in [(0, NOW, 7), (0, NOW, 1), (10 * DAY + 7, 31 * DAY + 4_321, 3), (40 * DAY, NOW, 30)] {
        let span = span(from, to, days);
        let queues = w.store.resolution(span, ResolutionBy::Queue).await.unwrap();
        assert_eq!(queues, plain(&log, span, |it| u64::from(it.queue.unwrap().0)), "by queue, {span:?}");
        let agents = w.store.resolution(span, ResolutionBy::Agent).await.unwrap();
        assert_eq!(agents, plain(&log, span, |it| it.agent.map_or(0, |agent| u64::from(agent.0))), "{span:?}");
        let quarters = w.store.resolution(span, ResolutionBy::Quarter).await.unwrap();
        let quarter = |it: &Interaction| it.started.as_micros() / 900_000_000 * 900_000_000;
        assert_eq!(quarters, plain(&log, span, quarter), "by quarter, {span:?}");
        resolved += queues.values().map(|counts| counts.resolved_at_first * counts.repeated).sum::<u64>();
    }
    assert!(resolved > 0, "a log in which everything is the same shows nothing");
}

async fn too_much_is_refused(w: World) {
    let rows: Vec<_> = (0..300).map(|nth| answered(nth + 1, nth, 1, None)).collect();
    w.store.save_interactions(&rows).await.unwrap();
    let at_most = |most| ResolutionSpan { most, ..span(0, NOW, 7) };
    let fits = w.store.resolution(at_most(300), ResolutionBy::Queue).await.unwrap();
    assert_eq!(fits[&1].contacts, 300);
    let refused = w.store.resolution(at_most(299), ResolutionBy::Queue).await;
    assert!(matches!(refused, Err(ResolutionError::TooMuch(299))));
}
