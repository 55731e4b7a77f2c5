//! The writer with what a call leaves behind.

use std::path::Path;
use std::time::Duration;

use carillon::acd::{Arrival, Input};
use carillon::base::{CallDirection, ContactId, Instant, InteractionId, QueueId, Rng};
use carillon::center::output::Write;
use carillon::crm::{Interaction, InteractionEvent};
use carillon::store::{Store, StoreSettings, Writer, WriterSettings};
use serde_json::json;

use crate::{Cost, row};

const START: u64 = 1_780_000_000_000_000;
/// Calls of one round.
const CALLS: u64 = 500;
/// What is written of each.
const WRITES: usize = 17;

pub async fn run(settings: &StoreSettings, folder: &Path, rounds: usize) {
    let store = Store::open(settings).await.expect("a database");
    let settings = WriterSettings { queue: 65_536, ..WriterSettings::new(folder.join(store.kind())) };
    let writer = Writer::start(store.clone(), settings).await.expect("a writer");
    let mut cost = Cost::default();
    for round in 0..rounds as u64 {
        let writes: Vec<_> = (0..CALLS).flat_map(|nth| call(round * CALLS + nth)).collect();
        cost.add(Cost::of(written(&writer, writes)).await);
    }
    writer.close().await;
    row(&format!("{}: the writer, as it is", store.kind()), rounds * CALLS as usize * WRITES, cost, cost);
    store.close().await;
}

async fn written(writer: &Writer, writes: Vec<Write>) {
    writes.into_iter().for_each(|write| writer.try_send(write).expect("room"));
    writer.flushed().await.expect("durable");
}

/// The record as it began and as it ended, ten events, five inputs of the router.
fn call(nth: u64) -> Vec<Write> {
    let at = Instant::from_micros(START + nth * 1_000);
    let open = Interaction {
        caller_text: "13800138000".into(),
        called: "4000".into(),
        menu_path: vec!["Sales".into()],
        ..Interaction::call(InteractionId::new(at, &mut Rng::new(nth)), CallDirection::Inbound, at)
    };
    let over = Interaction { ended: Some(at + Duration::from_secs(60)), ..open.clone() };
    let event = |seq| InteractionEvent {
        interaction: open.id,
        seq,
        at,
        kind: "agent.reserved".into(),
        detail: json!({"agent": 7, "queue": 3, "words": {"en": "longest idle", "zh": "空闲最久"}}),
    };
    let input = Input::Arrive(Arrival::new(ContactId(nth), QueueId(1), at));
    let router = || Write::Router { at, input: Box::new(input.clone()), digest: Some(nth) };
    let mut writes = vec![Write::Interaction(Box::new(open.clone()))];
    writes.extend((1..=10).map(|seq| Write::Event(event(seq))));
    writes.extend((0..5).map(|_| router()));
    writes.push(Write::Interaction(Box::new(over)));
    writes
}
