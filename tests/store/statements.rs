//! How many statements the store's own work takes: as many for fifty rows as for one. What the API asks is
//! counted where the API is tested.

use std::time::Duration;

use carillon::acd::{AgentState, Author, Checkpoint, Input, Settings};
use carillon::base::{AgentId, Number};
use carillon::center::output::Write;
use carillon::crm::{CustomerDraft, Interaction, InteractionEvent, Order, Task};
use carillon::store::{
    Duplicates, Import, ImportKind, ImportOptions, SLICE, SessionRow, Store, StoreSettings, Writer, WriterSettings,
};
use serde_json::json;

use crate::{Kind, World, at, call, customer, on_both, until};

const MANY: u32 = 50;

on_both![
    many_rows_cost_what_one_costs,
    what_was_spooled_is_written_back_in_few_statements,
    only_what_differs_is_written,
    values_of_every_kind_come_back,
    rows_of_a_file,
];

type Counts = Vec<(&'static str, u64)>;

/// Another database of the same kind.
async fn fresh(w: &World, name: &str) -> Store {
    let settings = match w.kind {
        Kind::Sqlite => StoreSettings::sqlite(&w.dir.path().join(name)),
        Kind::Postgres => StoreSettings::new(&crate::postgres::new_database()),
    };
    Store::open(&settings).await.unwrap()
}

async fn many_rows_cost_what_one_costs(w: World) {
    let one = counts(&fresh(&w, "one.db").await, 1).await;
    let many = counts(&fresh(&w, "many.db").await, MANY).await;
    assert_eq!(one, many);
}

async fn counts(store: &Store, n: u32) -> Counts {
    let mut counts = Counts::new();
    macro_rules! counted {
        ($what:literal, $work:expr) => {{
            let before = store.statements();
            let done = $work.await.unwrap();
            counts.push(($what, store.statements() - before));
            done
        }};
    }
    // As many customers as are told for one number; of each one as many orders and calls as there are.
    let mut ids = Vec::new();
    for nth in 0..n.min(8) {
        let order = |order| Order {
            number: format!("{nth}-{order}"),
            placed: "2026-01-01".into(),
            item: String::new(),
            amount_minor: 1,
            currency: "CNY".into(),
            status: String::new(),
        };
        let person = customer(&format!("Pearl {nth}"), &["02155500100"]);
        let draft = CustomerDraft { orders: (0..n).map(order).collect(), ..person };
        ids.push(counted!("a new customer", store.save_customer(None, &draft, at(0))));
    }
    counts.truncate(1);
    let open: Vec<_> =
        (0..n).map(|nth| Interaction { customer: Some(ids[0]), ..call(u64::from(nth), at(u64::from(nth))) }).collect();
    counted!("records", store.save_interactions(&open));
    let event = |record: &Interaction| InteractionEvent {
        interaction: record.id,
        seq: 1,
        at: record.started,
        kind: "x.y".into(),
        detail: json!({}),
    };
    counted!("events", store.append_events(&open.iter().map(event).collect::<Vec<_>>()));
    let number: Number = "+862155500100".to_owned().try_into().unwrap();
    let found = counted!("by number", store.find_by_number(&number));
    assert_eq!(
        (found.len(), found[0].timeline.len(), found[0].orders.len()),
        (ids.len(), n.min(10) as usize, n as usize)
    );
    let interrupted = counted!("records that a crash left open", store.close_interrupted(at(9_000), &[]));
    assert_eq!(interrupted.len(), n as usize);
    counted!("open call-backs", store.open_call_backs());
    let session = |nth: u32| SessionRow {
        digest: format!("d{nth}"),
        user: "ana".into(),
        stamp: String::new(),
        phone: None,
        opened: at(0),
        used: at(0),
    };
    for nth in 0..n {
        store.save_session(&session(nth)).await.unwrap();
    }
    let digests: Vec<String> = (0..n).map(|nth| format!("d{nth}")).collect();
    counted!("sessions", store.sessions(200));
    counted!("uses", store.sessions_used(&digests.iter().map(|it| (it.clone(), at(5))).collect::<Vec<_>>()));
    counted!("sessions that end", store.forget_sessions(&digests));
    counted!("names", store.customer_names(ids.clone()));
    counted!("states", store.last_agent_states());
    counts
}

/// One transaction, and in it one statement of each kind of row.
async fn what_was_spooled_is_written_back_in_few_statements(w: World) {
    let settings = w.writer_settings();
    let costs = async |from: u32, to: u32| {
        let broken = w.break_database().await;
        // Without an attempt in between all of it lies in one piece.
        let once = WriterSettings { retry: Duration::from_secs(60), ..settings.clone() };
        let writer = Writer::start(w.store.clone(), once).await.unwrap();
        for nth in from..to {
            writes(nth).into_iter().for_each(|write| writer.try_send(write).unwrap());
        }
        writer.close().await;
        assert!(writer.health().spooled_bytes > 0, "{:?}", writer.health());
        broken.repair().await;
        until("it is back", async || w.store.ping().await.is_ok()).await;
        let before = w.store.statements();
        let writer = Writer::start(w.store.clone(), settings.clone()).await.unwrap();
        let taken = w.store.statements() - before;
        assert_eq!((writer.health().committed, writer.health().put_aside), (u64::from(to - from) * KINDS, 0));
        writer.close().await;
        taken
    };
    let (one, many) = (costs(0, 1).await, costs(1, 1 + MANY).await);
    assert_eq!(one, many);
    // An alert has a row, an event and letters.
    assert!(one <= KINDS + 2 + 5, "{one}");
}

/// Kinds of rows that a writer writes.
const KINDS: u64 = 8;

fn writes(nth: u32) -> [Write; KINDS as usize] {
    let (now, agent) = (at(u64::from(nth)), AgentId(nth));
    let record = call(u64::from(nth), now);
    let (interaction, number) = (record.id, record.caller.clone());
    [
        Write::Event(InteractionEvent { interaction, seq: 1, at: now, kind: "x.y".into(), detail: json!({}) }),
        Write::Task(Task {
            interaction,
            customer: None,
            number,
            kind: "callback".into(),
            due: now,
            note: String::new(),
        }),
        Write::CallBack(Box::new(crate::call_backs::asked(u64::from(nth), u64::from(nth)))),
        Write::Alert(Box::new(crate::alerts::raised(u64::from(nth)))),
        Write::AgentState { agent, at: now, state: AgentState::Ready, author: Author::Agent },
        Write::Router { at: now, input: Box::new(Input::SignIn { agent }), digest: Some(u64::MAX) },
        Write::Checkpoint(Box::new(Checkpoint::start(Settings::default(), 1, now))),
        Write::Interaction(Box::new(record)),
    ]
}

/// What stays as it was costs nothing: neither terms nor orders are written again.
async fn only_what_differs_is_written(w: World) {
    let mut draft = customer("Pearl", &["02155500100"]);
    let order = |nth: u32| Order {
        number: format!("A-{nth}"),
        placed: "2026-01-01".into(),
        item: String::new(),
        amount_minor: 1,
        currency: "CNY".into(),
        status: String::new(),
    };
    draft.orders = (0..MANY).map(order).collect();
    let id = w.store.save_customer(None, &draft, at(0)).await.unwrap();
    // Whoever deletes a row that should stay is stopped.
    let statements: &[&str] = match w.kind {
        Kind::Sqlite => &[
            "CREATE TRIGGER kept BEFORE DELETE ON orders WHEN old.number <> 'A-1' BEGIN SELECT RAISE(ABORT, 'no'); END",
            "CREATE TRIGGER known BEFORE DELETE ON customer_terms WHEN old.term NOT IN ('pearl', '1')
             BEGIN SELECT RAISE(ABORT, 'no'); END",
        ],
        Kind::Postgres => &[
            "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'",
            "CREATE TRIGGER kept BEFORE DELETE ON orders FOR EACH ROW WHEN (old.number <> 'A-1')
             EXECUTE FUNCTION stop()",
            "CREATE TRIGGER known BEFORE DELETE ON customer_terms FOR EACH ROW
             WHEN (old.term NOT IN ('pearl', '1')) EXECUTE FUNCTION stop()",
        ],
    };
    for statement in statements {
        w.execute(statement).await;
    }
    draft.name = "Ruby".into();
    draft.orders.retain(|order| order.number != "A-1");
    draft.orders[0].status = "shipped".into();
    w.store.save_customer(Some(id), &draft, at(1)).await.unwrap();
    let card = w.store.customer(id).await.unwrap();
    assert_eq!((card.name.as_str(), card.orders.len()), ("Ruby", MANY as usize - 1));
    let shipped: Vec<_> = card.orders.iter().filter(|order| order.status == "shipped").collect();
    assert_eq!(shipped.iter().map(|order| order.number.as_str()).collect::<Vec<_>>(), ["A-0"]);
    let found = async |query: &str| w.store.search(query, "CN", 9).await.unwrap().len();
    assert_eq!((found("ruby").await, found("pearl").await, found("A-0").await), (1, 0, 1));
    let before = w.store.statements();
    w.store.save_customer(Some(id), &draft, at(2)).await.unwrap();
    assert!(w.store.statements() - before <= 10, "nothing differs");
}

/// Quotes, controls, other planes, the ends of numbers, nothing at all.
async fn values_of_every_kind_come_back(w: World) {
    let texts = ["", "\"'\\/\n\r\t\u{1}\u{7f}", "中文 \u{1f600} \u{2028}", "{1,2}", "null", "[1]", "a\0b", "$1 {rows}"];
    let mut records: Vec<_> = (0..)
        .zip(texts)
        .map(|(nth, notes)| {
            let (notes, disposition) = (notes.to_owned(), (nth % 2 == 0).then(|| notes.to_owned()));
            Interaction { notes, disposition, hold_ms: nth, ..call(nth, at(nth)) }
        })
        .collect();
    records[0].hold_ms = i64::MAX.unsigned_abs();
    records[1].caller = None;
    w.store.save_interactions(&records).await.unwrap();
    for mut record in records {
        record.notes = record.notes.replace('\0', "");
        record.disposition = record.disposition.map(|text| text.replace('\0', ""));
        assert_eq!(w.store.interaction(record.id).await.unwrap(), record);
    }
    let writer = Writer::start(w.store.clone(), w.writer_settings()).await.unwrap();
    let digests = [0, 1, u64::MAX, 1 << 63, (1 << 63) - 1, (1 << 53) + 1];
    for digest in digests {
        let input = Box::new(Input::SignIn { agent: AgentId(1) });
        writer.try_send(Write::Router { at: at(1), input, digest: Some(digest) }).unwrap();
    }
    writer.close().await;
    let rows = w.store.journal(0, 100).await.unwrap();
    let read = rows.iter().map(|row| match row.entry().unwrap() {
        carillon::acd::Entry::Input { digest, .. } => digest,
        _ => None,
    });
    assert_eq!(read.collect::<Vec<_>>(), digests.map(Some));
    // Of one record twice in a batch the later state counts, and an end stays an end.
    let open = call(77, at(77));
    let ended = Interaction { ended: Some(at(78)), notes: "over".into(), ..open.clone() };
    w.store.save_interactions(&[open.clone(), ended.clone(), open.clone()]).await.unwrap();
    assert_eq!(w.store.interaction(open.id).await.unwrap(), ended);
}

/// A row takes as many statements whatever it holds, and a slice as many as its rows.
async fn rows_of_a_file(w: World) {
    let options = ImportOptions {
        region: "CN".into(),
        duplicates: Duplicates::Merge,
        dry_run: false,
        encoding: None,
        currency: None,
    };
    let file = |tags: usize| {
        let tags: Vec<_> = (0..tags).map(|nth| format!("word{nth}")).collect();
        let row = |nth: usize| format!("Pearl {nth},0215550{nth:04},{}\n", tags.join(" "));
        format!("name,phone,notes\n{}", (0..SLICE).map(row).collect::<String>())
    };
    let mut taken = Vec::new();
    for words in [1, 50] {
        let store = fresh(&w, &format!("{words}.db")).await;
        let text = file(words);
        let mut import = Import::open(ImportKind::Customers, text.as_bytes(), options.clone(), at(0)).unwrap();
        let before = store.statements();
        while import.step(&store).await.unwrap() {}
        assert_eq!(import.report().created, SLICE as u64);
        taken.push(store.statements() - before);
    }
    assert_eq!(taken[0], taken[1]);
    assert!(taken[0] <= 8 * SLICE as u64, "{taken:?}");
}
