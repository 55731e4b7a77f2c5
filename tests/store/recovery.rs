//! After a crash: calls that were up are closed, and what was acknowledged is there.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use carillon::base::Instant;
use carillon::center::MessageWas;
use carillon::center::output::Write;
use carillon::crm::{InteractionEvent, Outcome, Task, VOICEMAIL};
use carillon::dialplan::Mailbox;
use carillon::store::recordings::RecordingUse;
use carillon::store::{InteractionFilter, Store, StoreError, StoreSettings, Writer, WriterSettings};
use serde_json::json;

use crate::{World, at, call, on_both, until};

on_both!(
    open_records_are_closed_once,
    the_sign_of_life_dates_the_end,
    tasks_are_done_once,
    messages_wait_until_they_are_done,
    a_second_server_is_kept_out,
    a_killed_writer_loses_nothing_acknowledged,
);

async fn open_records_are_closed_once(w: World) {
    let up = call(1, at(0));
    let mut anonymous = call(2, at(1));
    anonymous.caller = None;
    let mut ended = call(3, at(2));
    ended.ended = Some(at(3));
    ended.outcome = Some(Outcome::Abandoned);
    w.store.save_interactions(&[up.clone(), anonymous.clone(), ended.clone()]).await.unwrap();
    let event = |seq, second| InteractionEvent {
        interaction: up.id,
        seq,
        at: at(second),
        kind: "queue.entered".into(),
        detail: json!({}),
    };
    w.store.append_events(&[event(1, 10), event(2, 40)]).await.unwrap();

    let closed = w.store.close_interrupted(at(100), &[]).await.unwrap();
    assert_eq!(closed.iter().map(|record| record.id).collect::<Vec<_>>(), [up.id, anonymous.id]);
    let record = w.store.interaction(up.id).await.unwrap();
    assert_eq!((record.outcome, record.ended), (Some(Outcome::Interrupted), Some(at(40))));
    assert_eq!(w.store.interaction(ended.id).await.unwrap(), ended);
    let events = w.store.events(up.id, 2, 10).await.unwrap();
    assert_eq!((events.len(), events[0].seq, events[0].kind.as_str()), (1, 3, "call.interrupted"));

    let tasks = w.store.open_tasks(10).await.unwrap();
    assert_eq!(tasks.len(), 1, "nobody can call the anonymous back");
    assert_eq!((tasks[0].task.interaction, tasks[0].task.number.clone()), (up.id, up.caller.clone()));

    assert!(w.store.close_interrupted(at(200), &[]).await.unwrap().is_empty());
    assert_eq!(w.store.open_tasks(10).await.unwrap().len(), 1);
    assert_eq!(w.store.events(up.id, 0, 10).await.unwrap().len(), 3);
}

async fn the_sign_of_life_dates_the_end(w: World) {
    let settings = WriterSettings { alive: Duration::from_millis(20), ..w.writer_settings() };
    let writer = Writer::start(w.store.clone(), settings).await.unwrap();
    let clock = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Instant::from_micros(u64::try_from(since.as_micros()).unwrap())
    };
    let begin = clock();
    let record = call(1, begin - Duration::from_secs(3_600));
    writer.try_send(Write::Interaction(Box::new(record.clone()))).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    writer.close().await;
    w.store.close_interrupted(clock() + Duration::from_secs(60), &[]).await.unwrap();
    let ended = w.store.interaction(record.id).await.unwrap().ended.unwrap();
    assert!(begin <= ended && ended <= clock(), "an hour of silence, but the server lived: {ended:?}");
}

async fn tasks_are_done_once(w: World) {
    let task = |seed, due| Task {
        interaction: call(seed, at(0)).id,
        customer: None,
        number: call(seed, at(0)).caller,
        kind: "callback".into(),
        due: at(due),
        note: "请回电".into(),
    };
    let writer = Writer::start(w.store.clone(), w.writer_settings()).await.unwrap();
    for write in [task(1, 20), task(2, 10), task(1, 30)] {
        writer.try_send(Write::Task(write)).unwrap();
    }
    writer.flushed().await.unwrap();
    let open = w.store.open_tasks(10).await.unwrap();
    assert_eq!(open.iter().map(|open| open.task.clone()).collect::<Vec<_>>(), [task(2, 10), task(1, 20)]);
    assert_eq!(w.store.complete_task(open[0].id, "ana", at(50)).await.unwrap(), None, "no message");
    assert!(matches!(w.store.complete_task(open[0].id, "bo", at(51)).await, Err(StoreError::NotFound(_))));
    assert_eq!(w.store.open_tasks(10).await.unwrap().len(), 1);
}

/// New until somebody plays it, there until its task is done.
async fn messages_wait_until_they_are_done(w: World) {
    let message = |seed, note: &str| Task {
        interaction: call(seed, at(0)).id,
        customer: None,
        number: None,
        kind: VOICEMAIL.to_owned(),
        due: at(10),
        note: note.to_owned(),
    };
    let writer = Writer::start(w.store.clone(), w.writer_settings()).await.unwrap();
    for seed in [1, 2] {
        writer.try_send(Write::Interaction(Box::new(call(seed, at(0))))).unwrap();
    }
    for task in [message(1, "sales"), message(2, "agent:ana")] {
        writer.try_send(Write::Task(task)).unwrap();
    }
    writer.flushed().await.unwrap();
    let (for_queue, for_agent) = (call(1, at(0)).id, call(2, at(0)).id);
    w.store.note_recording_use(for_agent, "ana", RecordingUse::Verified, at(20)).await.unwrap();
    w.store.note_recording_use(for_queue, "ana", RecordingUse::Played, at(20)).await.unwrap();
    let is = |interaction, mailbox, heard| MessageWas { interaction, mailbox, heard };
    let waiting = w.store.open_messages().await.unwrap();
    let (queue, agent) = (Mailbox::Queue("sales".to_owned()), Mailbox::Agent("ana".to_owned()));
    assert_eq!(waiting, [is(for_agent, agent, false), is(for_queue, queue.clone(), true)]);
    let tasks = w.store.open_tasks(10).await.unwrap();
    let task = tasks.iter().find(|open| open.task.interaction == for_agent).unwrap();
    assert_eq!(w.store.complete_task(task.id, "ana", at(50)).await.unwrap(), Some(for_agent));
    assert_eq!(w.store.open_messages().await.unwrap(), [is(for_queue, queue, true)]);
}

async fn a_second_server_is_kept_out(w: World) {
    let mut claim = w.store.claim().await.unwrap();
    assert!(claim.holds().await);
    let second = Store::open(&w.settings).await.unwrap();
    assert!(matches!(second.claim().await, Err(StoreError::InUse(_))));
    second.ping().await.expect("tools may look beside it");
    drop(claim);
    until("the claim is free", async || second.claim().await.is_ok()).await;
}

const CHILD: &str = "CARILLON_TEST_WRITER";

/// Not a test of its own: the process that [`a_killed_writer_loses_nothing_acknowledged`] kills.
/// It says each number once that write is durable.
#[test]
fn writer_process() {
    let Ok(arguments) = std::env::var(CHILD) else { return };
    let [url, spool, first] = arguments.split('|').collect::<Vec<_>>().try_into().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&StoreSettings::new(url)).await.unwrap();
        let writer = Writer::start(store, WriterSettings::new(spool.into())).await.unwrap();
        let first: u64 = first.parse().unwrap();
        for n in first..first + 100_000 {
            let record = call(n, at(n));
            writer.try_send(Write::Interaction(Box::new(record.clone()))).unwrap();
            let event = |seq| InteractionEvent {
                interaction: record.id,
                seq,
                at: at(n),
                kind: "step".into(),
                detail: json!({}),
            };
            writer.try_send(Write::Event(event(1))).unwrap();
            writer.try_send(Write::Event(event(2))).unwrap();
            writer.flushed().await.unwrap();
            eprintln!("safe {n}");
        }
    });
}

async fn a_killed_writer_loses_nothing_acknowledged(w: World) {
    let spool = w.dir.path().join("spool");
    let mut safe = Vec::new();
    for round in 0..4u64 {
        let first = round * 100_000 + 1;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "recovery::writer_process", "--nocapture"])
            .env(CHILD, format!("{}|{}|{first}", w.settings.url, spool.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut wanted = 5 + round * 7;
        while wanted > 0 {
            let line = lines.next().expect("the child runs").unwrap();
            if let Some(n) = line.strip_prefix("safe ") {
                safe.push(n.parse::<u64>().unwrap());
                wanted -= 1;
            }
        }
        // In the middle of the next write.
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            safe.extend(line.strip_prefix("safe ").and_then(|n| n.parse::<u64>().ok()));
        }
    }
    // The next server: the spool is written back, the rest is closed.
    let writer = Writer::start(w.store.clone(), WriterSettings::new(spool)).await.unwrap();
    let closed = w.store.close_interrupted(at(1_000_000), &[]).await.unwrap();
    assert_eq!(writer.health().put_aside, 0);
    for n in &safe {
        let record = call(*n, at(*n));
        assert_eq!(w.store.interaction(record.id).await.unwrap().outcome, Some(Outcome::Interrupted), "{n}");
        assert_eq!(w.store.events(record.id, 0, 10).await.unwrap().len(), 3, "{n}");
    }
    assert!(closed.len() >= safe.len());
    let page = w.store.interactions(&InteractionFilter::default(), None, 200).await.unwrap();
    assert_eq!(page.rows.len(), closed.len(), "no row twice, none half");
}
