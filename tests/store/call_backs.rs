//! Call-backs: kept while they are open, never opened again, and no second debt to the same customer.

use std::time::Duration;

use carillon::base::{Number, QueueId, SkillId};
use carillon::center::output::Write;
use carillon::crm::{CallBack, Ended, HowEnded};
use carillon::store::Writer;

use crate::{World, at, call, on_both};

on_both!(open_ones_come_back_and_ended_ones_stay_ended, who_is_called_back_is_owed_no_task);

pub fn asked(seed: u64, second: u64) -> CallBack {
    CallBack {
        interaction: call(seed, at(second)).id,
        customer: None,
        number: Number::parse("+8613800138001", "CN").unwrap(),
        queue: QueueId(3),
        asked: at(second + 30),
        arrived: at(second),
        priority: Some(2),
        skills: vec![(SkillId(4), 7)],
        bonus_s: 60,
        trunk: Some("main".into()),
        called: "4000".into(),
        language: "zh".into(),
        menu_path: vec!["Sales".into()],
        entered: Vec::new(),
        tries: 0,
        due: at(second),
        ended: None,
        cancelled_by: None,
        next_seq: 1,
    }
}

async fn written(w: &World, writes: impl IntoIterator<Item = Write>) {
    let writer = Writer::start(w.store.clone(), w.writer_settings()).await.unwrap();
    writes.into_iter().for_each(|write| writer.try_send(write).unwrap());
    tokio::time::timeout(Duration::from_secs(10), writer.flushed()).await.expect("flushed in time").unwrap();
    writer.close().await;
}

fn row(call_back: &CallBack) -> Write {
    Write::CallBack(Box::new(call_back.clone()))
}

async fn open_ones_come_back_and_ended_ones_stay_ended(w: World) {
    let (late, early) = (asked(1, 20), asked(2, 10));
    written(&w, [row(&late), row(&early)]).await;
    assert_eq!(w.store.open_call_backs().await.unwrap(), [early.clone(), late.clone()], "the longest waiting first");
    let tried = CallBack { tries: 1, due: at(600), ..late.clone() };
    let over = CallBack { ended: Some(Ended { at: at(30), how: HowEnded::Served }), ..early.clone() };
    // The older state of the one that is over comes from a spool.
    written(&w, [row(&tried), row(&over)]).await;
    written(&w, [row(&early)]).await;
    assert_eq!(w.store.open_call_backs().await.unwrap(), [tried]);
}

async fn who_is_called_back_is_owed_no_task(w: World) {
    let (booked, waits) = (call(1, at(0)), call(2, at(1)));
    w.store.save_interactions(&[booked.clone(), waits.clone()]).await.unwrap();
    written(&w, [row(&CallBack { interaction: booked.id, ..asked(1, 0) })]).await;
    assert_eq!(w.store.close_interrupted(at(100), &[]).await.unwrap().len(), 2);
    let owed = w.store.open_tasks(10).await.unwrap();
    assert_eq!(owed.iter().map(|task| task.task.interaction).collect::<Vec<_>>(), [waits.id]);
}
