//! The writer under load and under faults: nothing lost, nothing twice, nobody waits.

use std::time::{Duration, Instant};

use carillon::acd::{AgentState, Author, Entry, Input};
use carillon::base::{AgentId, InteractionId};
use carillon::center::output::Write;
use carillon::crm::{InteractionEvent, Outcome};
use carillon::store::{InteractionFilter, Store, WriteRefused, Writer, WriterSettings};
use serde_json::json;

use crate::{World, at, call, on_both, until};

on_both!(
    writes_arrive_in_order,
    a_database_that_is_away_costs_nothing,
    what_is_spooled_survives_the_process,
    a_full_queue_overflows_and_keeps_order,
    what_the_database_refuses_is_put_aside,
    a_closed_writer_has_written_everything,
);

fn event(interaction: InteractionId, seq: u32) -> Write {
    Write::Event(InteractionEvent {
        interaction,
        seq,
        at: at(u64::from(seq)),
        kind: "step".into(),
        detail: json!({ "n": seq }),
    })
}

async fn count_events(store: &Store, interaction: InteractionId) -> usize {
    store.events(interaction, 0, 2_000).await.map_or(0, |events| events.len())
}

async fn flushed(writer: &Writer) {
    tokio::time::timeout(Duration::from_secs(10), writer.flushed()).await.expect("flushed in time").unwrap();
}

async fn writes_arrive_in_order(w: World) {
    let writer = Writer::start(w.store.clone(), w.writer_settings()).await.unwrap();
    let open = call(1, at(0));
    let mut closed = open.clone();
    closed.ended = Some(at(9));
    closed.outcome = Some(Outcome::Handled);
    writer.try_send(Write::Interaction(Box::new(open.clone()))).unwrap();
    for seq in 1..=50 {
        writer.try_send(event(open.id, seq)).unwrap();
    }
    writer.try_send(Write::Interaction(Box::new(closed.clone()))).unwrap();
    let agent = AgentId(7);
    for (second, state) in [(1, AgentState::Ready), (2, AgentState::SignedOut)] {
        writer.try_send(Write::AgentState { agent, at: at(second), state, author: Author::Agent }).unwrap();
    }
    let input = Input::SignIn { agent };
    writer.try_send(Write::Router { at: at(5), input: Box::new(input.clone()), digest: Some(u64::MAX) }).unwrap();
    flushed(&writer).await;

    assert_eq!(w.store.interaction(open.id).await.unwrap(), closed);
    assert_eq!(count_events(&w.store, open.id).await, 50);
    let states = w.store.agent_states(agent, at(0), at(100)).await.unwrap();
    assert_eq!(
        states.iter().map(|entry| &entry.state).collect::<Vec<_>>(),
        [&AgentState::Ready, &AgentState::SignedOut]
    );
    assert_eq!(w.store.last_agent_states().await.unwrap(), states[1..]);
    let journal = w.store.journal(0, 10).await.unwrap();
    let entries: Vec<Entry> = journal.iter().map(|row| row.entry().unwrap()).collect();
    assert_eq!(entries, [Entry::Input { at: at(5), input, digest: Some(u64::MAX) }]);
    let health = writer.health();
    assert_eq!((health.committed, health.spooled, health.lost, health.queued), (55, 0, 0, 0), "{health:?}");
    writer.close().await;
    assert_eq!(writer.try_send(event(open.id, 99)), Err(WriteRefused));
}

async fn a_database_that_is_away_costs_nothing(w: World) {
    let writer = Writer::start(w.store.clone(), w.writer_settings()).await.unwrap();
    let record = call(1, at(0));
    writer.try_send(Write::Interaction(Box::new(record.clone()))).unwrap();
    flushed(&writer).await;

    let broken = w.break_database().await;
    let begin = Instant::now();
    for seq in 1..=200 {
        writer.try_send(event(record.id, seq)).unwrap();
    }
    assert!(begin.elapsed() < Duration::from_millis(500), "the sender never waits");
    flushed(&writer).await;
    let health = writer.health();
    assert!(health.spooled >= 200 && health.spooled_bytes > 0 && health.trouble.is_some(), "{health:?}");

    // More of it while it is away, then it comes back.
    for seq in 201..=300 {
        writer.try_send(event(record.id, seq)).unwrap();
    }
    broken.repair().await;
    until("the spool is written back", async || writer.health().spooled_bytes == 0 && writer.health().queued == 0)
        .await;
    flushed(&writer).await;
    assert_eq!(count_events(&w.store, record.id).await, 300);
    until("no trouble is left", async || writer.health().trouble.is_none()).await;
    writer.try_send(event(record.id, 301)).unwrap();
    flushed(&writer).await;
    assert_eq!(count_events(&w.store, record.id).await, 301);
    assert_eq!((writer.health().lost, writer.health().put_aside), (0, 0));
}

async fn what_is_spooled_survives_the_process(w: World) {
    let record = call(1, at(0));
    let broken = w.break_database().await;
    let first = Writer::start(w.store.clone(), w.writer_settings()).await.unwrap();
    first.try_send(Write::Interaction(Box::new(record.clone()))).unwrap();
    for seq in 1..=20 {
        first.try_send(event(record.id, seq)).unwrap();
    }
    first.try_send(Write::Router { at: at(1), input: Box::new(Input::Deadline), digest: None }).unwrap();
    flushed(&first).await;
    first.close().await;
    broken.repair().await;
    assert!(w.store.interaction(record.id).await.is_err());

    let second = Writer::start(w.store.clone(), w.writer_settings()).await.unwrap();
    // Written back before the start is over, so that closing interrupted calls sees it.
    assert_eq!(w.store.interaction(record.id).await.unwrap(), record);
    assert_eq!(count_events(&w.store, record.id).await, 20);
    assert_eq!(second.health().spooled_bytes, 0);
    second.try_send(Write::Router { at: at(2), input: Box::new(Input::Deadline), digest: None }).unwrap();
    flushed(&second).await;
    assert_eq!(w.store.journal(0, 10).await.unwrap().len(), 2);
}

async fn a_full_queue_overflows_and_keeps_order(w: World) {
    let settings = WriterSettings { queue: 4, batch: 3, ..w.writer_settings() };
    let writer = Writer::start(w.store.clone(), settings).await.unwrap();
    let mut record = call(1, at(0));
    for n in 1..=300 {
        record.hold_ms = u64::from(n);
        writer.try_send(Write::Interaction(Box::new(record.clone()))).unwrap();
        writer.try_send(event(record.id, n)).unwrap();
    }
    flushed(&writer).await;
    let spooled = async || writer.health().spooled_bytes == 0;
    until("all is written back", spooled).await;
    let health = writer.health();
    assert!(health.overflowed > 0, "{health:?}");
    assert_eq!((health.lost, health.put_aside), (0, 0), "{health:?}");
    assert_eq!(count_events(&w.store, record.id).await, 300);
    assert_eq!(w.store.interaction(record.id).await.unwrap().hold_ms, 300, "the last state won");
}

async fn what_the_database_refuses_is_put_aside(w: World) {
    let writer = Writer::start(w.store.clone(), w.writer_settings()).await.unwrap();
    w.execute("DROP TABLE tasks").await;
    let record = call(1, at(0));
    let task = carillon::crm::Task {
        interaction: record.id,
        customer: None,
        number: None,
        kind: "callback".into(),
        due: at(0),
        note: "no table for it".into(),
    };
    writer.try_send(event(record.id, 1)).unwrap();
    writer.try_send(Write::Task(task)).unwrap();
    writer.try_send(event(record.id, 2)).unwrap();
    flushed(&writer).await;
    assert_eq!(count_events(&w.store, record.id).await, 2, "the others are not held up");
    assert_eq!((writer.health().put_aside, writer.health().spooled_bytes), (1, 0));
    let kept = std::fs::read_to_string(w.dir.path().join("spool/refused.jsonl")).unwrap();
    assert!(kept.contains("no table for it"), "{kept}");
}

async fn a_closed_writer_has_written_everything(w: World) {
    let writer = Writer::start(w.store.clone(), WriterSettings { queue: 64, ..w.writer_settings() }).await.unwrap();
    for seed in 1..=500 {
        writer.try_send(Write::Interaction(Box::new(call(seed, at(seed))))).unwrap();
    }
    writer.close().await;
    let mut found = 0;
    let mut cursor = None;
    loop {
        let page = w.store.interactions(&InteractionFilter::default(), cursor, 200).await.unwrap();
        found += page.rows.len();
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, 500);
}
