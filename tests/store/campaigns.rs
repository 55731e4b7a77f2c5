//! Campaigns: lists without doubles and without whoever is not to be called; a call is written before it is made, once.

use std::collections::BTreeMap;
use std::time::Duration;

use carillon::base::{AgentId, Instant, Number};
use carillon::campaign::{
    AttemptRules, Attempted, CampaignId, Class, Counting, DialId, Input, Kept, Law, Line, Mode, Output, Pacer,
    PersonKey, Presence, Settings, Tries,
};
use carillon::center::calling::{AttemptOver, CampaignState, KeptPace, ListEntry, NewAttempt, NotToBeCalled};
use carillon::center::output::Write;
use carillon::store::{NewRow, StateRefused, Writer};

use crate::{World, at, on_both};

on_both!(
    a_list_has_nobody_twice_and_nobody_who_is_not_to_be_called,
    a_call_is_written_once_and_nobody_is_in_two,
    calls_of_a_process_that_died_are_found_and_count,
    a_campaign_goes_from_state_to_state,
    what_a_pacer_remembers_is_the_last_whatever_comes_first,
    twenty_thousand_rows_are_loaded_in_one_go,
);

fn number(nth: u32) -> Number {
    Number::parse(&format!("+86138001{nth:05}"), "CN").unwrap()
}

fn row(nth: u32) -> NewRow {
    let fields = BTreeMap::from([("plan".to_owned(), "gold".to_owned())]);
    NewRow { number: number(nth), name: format!("Person {nth}"), zone: String::new(), kind: 0, fields }
}

async fn started(w: &World) -> CampaignId {
    let id = w.store.campaign("care", "root", at(0)).await.unwrap().id;
    w.store.load_entries(id, 0, &[row(1), row(2), row(3)], at(0)).await.unwrap();
    w.store.set_campaign("care", CampaignState::Running, "sue", at(1)).await.unwrap();
    id
}

async fn entries(w: &World, id: CampaignId) -> Vec<ListEntry> {
    w.store.open_entries(id, 0, "Asia/Shanghai", 100).await.unwrap()
}

/// What a pacer has to remember after a first call.
fn kept(calls: usize) -> (Box<Kept>, Vec<Line>) {
    let law = Law { counting: Counting::Ofcom, cap: 30_000, begin: Instant::ZERO, mistaken: 0 };
    let mut pacer = Pacer::new(Settings { law, mode: Mode::Progressive, ring: Duration::from_secs(20), lines: 9 });
    let mut outputs = Vec::new();
    for agent in 0..calls as u32 {
        pacer.handle(at(1), Input::Agent { agent: AgentId(agent), is: Presence::Ready }, &mut outputs);
        pacer.handle(at(1), Input::Next(Some(Class::default())), &mut outputs);
    }
    let lines =
        outputs.into_iter().filter_map(|output| if let Output::Record(line) = output { Some(line) } else { None });
    (Box::new(pacer.keep().clone()), lines.collect())
}

fn attempt(campaign: CampaignId, dial: u64, entry: &ListEntry) -> NewAttempt {
    let (kept, lines) = kept(1);
    NewAttempt {
        dial: DialId(dial),
        row: entry.row,
        person: entry.person,
        agent: Some(AgentId(7)),
        at: at(2),
        pace: KeptPace { campaign, seq: dial + 1, at: at(2), kept, lines },
    }
}

async fn written(w: &World, writes: impl IntoIterator<Item = Write>) {
    let writer = Writer::start(w.store.clone(), w.writer_settings()).await.unwrap();
    writes.into_iter().for_each(|write| writer.try_send(write).unwrap());
    tokio::time::timeout(Duration::from_secs(10), writer.flushed()).await.expect("flushed in time").unwrap();
    writer.close().await;
}

fn over(of: &NewAttempt, ended: Attempted, due: Option<Instant>) -> Write {
    let mut tries = Tries::default();
    AttemptRules::default().after(&mut tries, ended);
    let (campaign, dial, row) = (of.pace.campaign, of.dial, of.row);
    Write::AttemptOver(Box::new(AttemptOver { campaign, dial, row, at: at(30), ended, interaction: None, tries, due }))
}

async fn a_list_has_nobody_twice_and_nobody_who_is_not_to_be_called(w: World) {
    let id = w.store.campaign("care", "root", at(0)).await.unwrap().id;
    let listed = NotToBeCalled { number: number(2), at: at(0), by: "sue".into(), why: "asked".into() };
    w.store.forbid_number(&listed).await.unwrap();
    let loaded = w.store.load_entries(id, 0, &[row(1), row(2), row(3), row(1)], at(1)).await.unwrap();
    assert_eq!((loaded.taken, loaded.do_not_call, loaded.twice), (2, 1, 1));
    let again = w.store.load_entries(id, 0, &[row(3), row(4)], at(2)).await.unwrap();
    assert_eq!((again.taken, again.twice), (1, 1));
    let open = entries(&w, id).await;
    let persons: Vec<_> = open.iter().map(|entry| entry.person).collect();
    assert_eq!(persons, [1, 3, 4].map(|nth| PersonKey::of_number(number(nth).as_str())));
    assert_eq!(open[0].zones, ["Asia/Shanghai"]);
    let called = w.store.entry_called(open[0].row).await.unwrap().unwrap();
    assert_eq!((called.number, called.name.as_str(), called.fields["plan"].as_str()), (number(1), "Person 1", "gold"));
    // Said later, it takes them off every list; said twice, the first word stays.
    let later = NotToBeCalled { number: number(4), at: at(5), by: "agent:7".into(), why: String::new() };
    written(&w, [Write::DoNotCall(Box::new(later.clone()))]).await;
    w.store.forbid_number(&NotToBeCalled { by: "sue".into(), ..later }).await.unwrap();
    assert_eq!(w.store.forbidden(&number(4)).await.unwrap().unwrap().by, "agent:7");
    assert_eq!(w.store.forbidden(&number(1)).await.unwrap(), None);
    assert_eq!(entries(&w, id).await.len(), 2);
    assert_eq!(w.store.entry_called(open[2].row).await.unwrap(), None);
    let counts = w.store.entry_counts().await.unwrap().remove(&id).unwrap();
    assert_eq!((counts.open, counts.called, counts.over), (2, 0, BTreeMap::from([("do_not_call".to_owned(), 1)])));
}

async fn a_call_is_written_once_and_nobody_is_in_two(w: World) {
    let id = started(&w).await;
    let open = entries(&w, id).await;
    let first = attempt(id, 0, &open[0]);
    assert_eq!(w.store.begin_attempt(&first).await.unwrap().unwrap().number, number(1));
    assert_eq!(w.store.begin_attempt(&first).await.unwrap(), None, "the same once more");
    assert_eq!(w.store.begin_attempt(&attempt(id, 1, &open[0])).await.unwrap(), None, "the same person");
    // Of another campaign, too.
    let other = w.store.campaign("news", "root", at(0)).await.unwrap().id;
    w.store.load_entries(other, 0, &[row(1)], at(0)).await.unwrap();
    let elsewhere = entries(&w, other).await.remove(0);
    assert_eq!(w.store.begin_attempt(&attempt(other, 0, &elsewhere)).await.unwrap(), None, "it does not run");
    w.store.set_campaign("news", CampaignState::Running, "sue", at(1)).await.unwrap();
    assert_eq!(w.store.begin_attempt(&attempt(other, 1, &elsewhere)).await.unwrap(), None, "in a call");
    written(&w, [over(&first, Attempted::Busy, Some(at(900)))]).await;
    assert!(w.store.begin_attempt(&attempt(other, 2, &elsewhere)).await.unwrap().is_some());
    let waits = entries(&w, id).await.remove(0);
    assert_eq!((waits.due, waits.tries.of(Attempted::Busy)), (Some(at(900)), 1));
    // What is over stays over, also when an older state comes from a spool.
    let second = attempt(id, 5, &open[1]);
    w.store.begin_attempt(&second).await.unwrap();
    written(&w, [over(&second, Attempted::Spoken, None)]).await;
    written(&w, [over(&second, Attempted::Busy, Some(at(900)))]).await;
    assert_eq!(entries(&w, id).await.len(), 2);
    let counts = w.store.entry_counts().await.unwrap().remove(&id).unwrap();
    assert_eq!((counts.open, counts.called, counts.over["spoken"]), (2, 2, 1));
}

async fn calls_of_a_process_that_died_are_found_and_count(w: World) {
    let id = started(&w).await;
    let open = entries(&w, id).await;
    for (dial, entry) in (0..).zip(&open[..2]) {
        assert!(w.store.begin_attempt(&attempt(id, dial, entry)).await.unwrap().is_some());
    }
    let strict = AttemptRules { most: 1, ..AttemptRules::default() };
    assert_eq!(w.store.end_open_attempts(&BTreeMap::new(), at(60)).await.unwrap(), 2);
    assert_eq!(w.store.end_open_attempts(&BTreeMap::new(), at(61)).await.unwrap(), 0, "once");
    let after = entries(&w, id).await;
    let late = at(60) + Duration::from_secs(72 * 3_600);
    assert_eq!(after.iter().map(|entry| entry.due).collect::<Vec<_>>(), [Some(late), Some(late), None]);
    assert_eq!(after[0].tries.of(Attempted::Abandoned), 1);
    // By the rules of the campaign it may have been the last.
    assert!(w.store.begin_attempt(&attempt(id, 9, &open[2])).await.unwrap().is_some());
    assert_eq!(w.store.end_open_attempts(&BTreeMap::from([("care".to_owned(), strict)]), at(70)).await.unwrap(), 1);
    assert_eq!(entries(&w, id).await.len(), 2);
}

async fn a_campaign_goes_from_state_to_state(w: World) {
    let refused = async |state| w.store.set_campaign("care", state, "sue", at(3)).await.err();
    assert!(matches!(refused(CampaignState::Paused).await, Some(StateRefused::State(CampaignState::Draft, _))));
    let run = w.store.set_campaign("care", CampaignState::Running, "sue", at(1)).await.unwrap();
    assert_eq!((run.state, run.began, run.seq), (CampaignState::Running, at(1), 0));
    let run = w.store.set_campaign("care", CampaignState::Paused, "sue", at(2)).await.unwrap();
    assert_eq!((run.state, run.began), (CampaignState::Paused, at(1)));
    assert_eq!(w.store.campaign_runs().await.unwrap(), [run]);
    w.store.set_campaign("care", CampaignState::Finished, "root", at(4)).await.unwrap();
    assert!(matches!(refused(CampaignState::Running).await, Some(StateRefused::State(CampaignState::Finished, _))));
    let row = w.store.campaigns().await.unwrap().remove("care").unwrap();
    assert_eq!((row.changed_by.as_str(), row.changed), ("root", at(4)));
    assert_eq!(w.store.campaign_runs().await.unwrap(), []);
}

async fn what_a_pacer_remembers_is_the_last_whatever_comes_first(w: World) {
    let id = started(&w).await;
    let pace = |seq, calls| {
        let (kept, lines) = kept(calls);
        Write::Pace(Box::new(KeptPace { campaign: id, seq, at: at(2), kept, lines }))
    };
    written(&w, [pace(3, 3), pace(2, 2)]).await;
    written(&w, [pace(1, 1)]).await;
    let run = w.store.campaign_runs().await.unwrap().remove(0);
    // Shares and spans of time are floats: what is told apart is the calls.
    let calls = |kept: &Kept| serde_json::to_value(kept).unwrap()["dials"].clone();
    assert_eq!((run.seq, calls(&run.kept.unwrap())), (3, calls(&kept(3).0)));
}

async fn twenty_thousand_rows_are_loaded_in_one_go(w: World) {
    let id = w.store.campaign("care", "root", at(0)).await.unwrap().id;
    let before = w.store.statements();
    let rows: Vec<_> = (0..20_000).map(row).collect();
    assert_eq!(w.store.load_entries(id, 0, &rows, at(0)).await.unwrap().taken, 20_000);
    assert!(w.store.statements() - before <= 12);
    assert_eq!(w.store.last_entry(id).await.unwrap(), 20_000);
    assert_eq!(w.store.open_entries(id, 19_990, "UTC", 100).await.unwrap().len(), 10);
}
