//! The demo's data: the center file applies, the people and their past calls are there.

use std::path::Path;

use carillon::base::Number;
use carillon::crm::Outcome;
use carillon::setup::read;
use carillon::store::{InteractionFilter, load_sample};

use crate::{World, at, on_both};

on_both!(the_demo_has_people_with_a_past);

async fn the_demo_has_people_with_a_past(w: World) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/demo-center.toml");
    let model = read(&std::fs::read_to_string(file).unwrap()).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
    let plan = w.store.plan(model).await.unwrap();
    w.store.apply(&plan, "demo", at(0)).await.unwrap();

    let people = load_sample(&w.store, 7, at(0)).await.unwrap();
    assert_eq!(w.store.customer_count().await.unwrap(), 120);
    // Both of a household, and a past that ended before now.
    let home = Number::try_from("+862100000108".to_owned()).unwrap();
    let found = w.store.find_by_number(&home).await.unwrap();
    let mut names: Vec<_> = found.iter().map(|card| card.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["李秀英", "王建国"]);

    let page = w.store.interactions(&InteractionFilter::default(), None, 200).await.unwrap();
    assert_eq!(page.rows.len(), 200);
    assert!(page.rows.iter().all(|record| record.ended.is_some_and(|ended| ended < at(0))));
    for outcome in [Outcome::Handled, Outcome::Abandoned, Outcome::SelfService] {
        assert!(page.rows.iter().any(|record| record.outcome == Some(outcome)), "{outcome:?}");
    }
    let handled = page.rows.iter().find(|record| record.disposition.is_some()).unwrap();
    assert!(w.store.events(handled.id, 0, 10).await.unwrap().len() >= 4);
    let card = w.store.customer(handled.customer.unwrap()).await.unwrap();
    let entry = card.timeline.iter().find(|entry| entry.interaction == handled.id).unwrap();
    assert!(entry.queue.is_some() && entry.agent.is_some() && entry.talk_ms > 0, "{entry:?}");
    assert!(w.store.close_interrupted(at(1), &[]).await.unwrap().is_empty(), "nothing of it is open");

    // Again: the same people, and nothing written.
    assert_eq!(load_sample(&w.store, 7, at(0)).await.unwrap(), people);
    assert_eq!(w.store.customer_count().await.unwrap(), 120);
}
