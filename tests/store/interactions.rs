//! Interactions and their events: written, read by page, never written twice.

use carillon::base::{AgentId, QueueId};
use carillon::crm::{EndedBy, Interaction, InteractionEvent, Outcome};
use carillon::store::{Cursor, InteractionFilter, StoreError};
use serde_json::json;

use crate::{World, at, call, customer, on_both};

on_both!(
    a_record_comes_back_whole,
    a_closed_record_stays_closed,
    pages_by_time,
    events_are_appended_once,
    the_timeline_is_newest_first,
    what_each_agent_did_in_a_day
);

async fn a_record_comes_back_whole(w: World) {
    let mut record = call(1, at(0));
    w.store.save_interactions(&[record.clone()]).await.unwrap();
    assert_eq!(w.store.interaction(record.id).await.unwrap(), record);

    record.queue = Some(QueueId(3));
    record.agent = Some(AgentId(4));
    record.queued = Some(at(3));
    record.answered = Some(at(9));
    record.ended = Some(at(60));
    record.wrap_up_ended = Some(at(80));
    record.hold_ms = 5_000;
    record.linked = Some(call(9, at(0)).id);
    record.outcome = Some(Outcome::Handled);
    record.ended_by = Some(EndedBy::Customer);
    record.end_reason = Some("BYE".into());
    record.recording = Some("2026/05/a.wav".into());
    record.disposition = Some("solved".into());
    record.notes = "谢谢 'quoted' \u{1F48D}".into();
    record.menu_path = vec!["language=zh".into(), "1".into()];
    record.pass(record.started, carillon::crm::Holder::Flow);
    record.pass(at(4_000), carillon::crm::Holder::Agent { agent: AgentId(7), queue: Some(QueueId(1)) });
    w.store.save_interactions(&[record.clone(), record.clone()]).await.unwrap();
    assert_eq!(w.store.interaction(record.id).await.unwrap(), record);
    let missing = w.store.interaction(call(2, at(0)).id).await;
    assert!(matches!(missing, Err(StoreError::NotFound("interaction"))));
}

async fn a_closed_record_stays_closed(w: World) {
    let open = call(1, at(0));
    let mut closed = open.clone();
    closed.ended = Some(at(5));
    closed.outcome = Some(Outcome::Abandoned);
    w.store.save_interactions(&[open.clone(), closed.clone()]).await.unwrap();
    w.store.save_interactions(&[open]).await.unwrap();
    assert_eq!(w.store.interaction(closed.id).await.unwrap(), closed);

    // Who the caller was, once known, is not forgotten by a later write that does not say it.
    let id = w.store.save_customer(None, &customer("Anna", &[]), at(0)).await.unwrap();
    w.store.identify(closed.id, id).await.unwrap();
    w.store.save_interactions(&[closed.clone()]).await.unwrap();
    assert_eq!(w.store.interaction(closed.id).await.unwrap().customer, Some(id));
    assert!(w.store.identify(call(9, at(0)).id, id).await.is_err());
}

async fn pages_by_time(w: World) {
    // Three of them at the same time: the cursor must not lose or repeat one.
    let records: Vec<_> = [0u64, 1, 1, 1, 2, 3, 4]
        .iter()
        .zip(1..)
        .map(|(second, seed)| {
            let mut record = call(seed, at(*second));
            record.agent = Some(AgentId(if seed % 2 == 0 { 7 } else { 8 }));
            record
        })
        .collect();
    w.store.save_interactions(&records).await.unwrap();
    let mut expected = records.clone();
    expected.sort_by_key(|record| std::cmp::Reverse((record.started, record.id.to_string())));

    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = w.store.interactions(&InteractionFilter::default(), cursor, 2).await.unwrap();
        assert!(page.rows.len() <= 2);
        seen.extend(page.rows);
        match page.next {
            Some(next) => cursor = Some(next.to_string().parse::<Cursor>().unwrap()),
            None => break,
        }
    }
    assert_eq!(seen, expected);

    let filter =
        InteractionFilter { agent: Some(AgentId(7)), from: Some(at(1)), to: Some(at(3)), ..Default::default() };
    let page = w.store.interactions(&filter, None, 50).await.unwrap();
    assert_eq!(page.rows.len(), 2);
    assert_eq!(page.next, None);
    let none = InteractionFilter { outcome: Some(Outcome::Failed), ..Default::default() };
    assert!(w.store.interactions(&none, None, 50).await.unwrap().rows.is_empty());
    assert!("x".parse::<Cursor>().is_err());
}

async fn events_are_appended_once(w: World) {
    let record = call(1, at(0));
    let event = |seq, kind: &str| InteractionEvent {
        interaction: record.id,
        seq,
        at: at(u64::from(seq)),
        kind: kind.into(),
        detail: json!({ "n": seq, "text": "号码" }),
    };
    w.store.append_events(&[event(1, "call.started"), event(2, "queue.entered")]).await.unwrap();
    // The same batch again, with one more: what was there is not touched.
    w.store.append_events(&[event(1, "overwritten"), event(2, "overwritten"), event(3, "call.ended")]).await.unwrap();
    let events = w.store.events(record.id, 0, 100).await.unwrap();
    assert_eq!(
        events.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(),
        ["call.started", "queue.entered", "call.ended"]
    );
    assert_eq!(events[0], event(1, "call.started"));
    assert_eq!(w.store.events(record.id, 1, 1).await.unwrap(), [event(2, "queue.entered")]);
}

async fn the_timeline_is_newest_first(w: World) {
    let id = w.store.save_customer(None, &customer("Anna", &["13800138000"]), at(0)).await.unwrap();
    for n in 0..15u64 {
        let mut record = call(n + 1, at(n * 100));
        record.customer = Some(id);
        record.answered = Some(at(n * 100 + 10));
        record.ended = Some(at(n * 100 + 10 + n));
        record.outcome = Some(Outcome::Handled);
        w.store.save_interactions(&[record]).await.unwrap();
    }
    let card = w.store.customer(id).await.unwrap();
    assert_eq!(card.timeline.len(), 10);
    assert_eq!((card.timeline[0].at, card.timeline[0].talk_ms), (at(1_400), 14_000));
    assert!(card.timeline.is_sorted_by_key(|entry| std::cmp::Reverse(entry.at)));
    assert_eq!(w.store.timeline(id, 3).await.unwrap().len(), 3);
}

async fn what_each_agent_did_in_a_day(w: World) {
    let rang = |row: &Interaction, seq, second, agent: u32, because: &str| InteractionEvent {
        interaction: row.id,
        seq,
        at: at(second),
        kind: "agent.withdrawn".into(),
        detail: json!({ "agent": agent, "because": because }),
    };
    let over = |n, started: u64, agent: Option<u32>, answered: Option<u64>, ended: Option<u64>| {
        let mut record = call(n, at(started));
        record.agent = agent.map(AgentId);
        (record.answered, record.ended) = (answered.map(at), ended.map(at));
        record
    };
    let day = 100_000;
    let rows = [
        over(1, day - 50, Some(3), Some(day - 40), Some(day - 1)),
        over(2, day - 50, Some(3), Some(day - 20), Some(day)),
        over(3, day + 10, Some(3), Some(day + 20), Some(day + 50)),
        over(4, day + 10, Some(4), None, Some(day + 60)),
        over(5, day + 10, None, None, Some(day + 60)),
        over(6, day + 10, Some(4), Some(day + 20), None),
        over(7, day + 10, Some(4), Some(day + 20), Some(day + 100)),
    ];
    w.store.save_interactions(&rows).await.unwrap();
    let [first, second, third, _, fifth, _, seventh] = &rows;
    let events = [
        rang(first, 1, day - 50, 4, "declined"),
        rang(second, 1, day, 4, "no_answer"),
        rang(second, 2, day + 5, 4, "declined"),
        rang(third, 2, day + 15, 5, "declined"),
        rang(third, 1, day + 12, 4, "no_answer"),
        rang(fifth, 1, day + 12, 5, "no_answer"),
        rang(fifth, 2, day + 13, 3, "caller_gone"),
        rang(seventh, 1, day + 100, 4, "no_answer"),
    ];
    w.store.append_events(&events).await.unwrap();
    let sums = w.store.agent_sums(at(day), at(day + 100)).await.unwrap();
    let sums: Vec<_> = sums.into_iter().map(|(agent, s)| (agent.0, s.handled, s.missed, s.talk_ms)).collect();
    assert_eq!(sums, [(3, 2, 0, 50_000), (4, 1, 2, 0), (5, 0, 1, 0)], "who declines has not missed it");
}
