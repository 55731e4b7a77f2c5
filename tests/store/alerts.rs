//! Alerts as rows: what comes late or twice changes nothing, and mails are found until they are through.

use std::time::Duration;

use carillon::base::{AlertId, Instant, QueueId};
use carillon::center::alert::{Alert, AlertEnd, AlertEvent, AlertNews, Figure, Letter, Level, Way};
use carillon::center::desk::Words;
use carillon::center::output::Write;
use carillon::crm::MessageState;
use carillon::store::{StoreError, Writer};

use crate::{World, at, on_both};

on_both!(
    the_newest_come_first_and_those_that_are_over_stay_over,
    what_happened_stands_in_order_and_nobody_is_written_to_twice,
    a_mail_is_tried_for_an_hour,
);

fn alert(nth: u64) -> Alert {
    Alert {
        id: AlertId(100 + nth),
        rule: "wait".to_owned(),
        name: Words { en: "Waits".to_owned(), zh: "等待".to_owned() },
        queue: QueueId(1),
        figure: Figure::LongestWait,
        level: Level::Warn,
        since: at(nth),
        worst: 40,
        limit: 30,
        sound: true,
        events: 1,
        seen_by: None,
        seen: None,
        ended: None,
    }
}

fn letter(way: Way, to: &str) -> Letter {
    Letter { way, to: to.to_owned(), subject: "销售：最长等待 40 秒".to_owned(), body: "{}".to_owned() }
}

/// One that begins, with a mail and a webhook.
pub fn raised(nth: u64) -> AlertNews {
    let event = AlertEvent::Raised { level: Level::Warn, value: 40, limit: 30 };
    let hook = letter(Way::Webhook, "https://hooks.example.com/secret?key=1");
    let letters = vec![letter(Way::Mail, "boss@example.com"), hook];
    AlertNews { at: at(nth), alert: alert(nth), event, letters }
}

fn seen(nth: u64) -> AlertNews {
    let alert = Alert { seen_by: Some("sue".to_owned()), seen: Some(at(9)), events: 2, ..alert(nth) };
    let event = AlertEvent::Acknowledged { by: "sue".to_owned() };
    AlertNews { at: at(9), alert, event, letters: Vec::new() }
}

fn over(nth: u64, events: u32) -> AlertNews {
    let alert = Alert { ended: Some(at(30)), events, ..alert(nth) };
    AlertNews { at: at(30), alert, event: AlertEvent::Ended { why: AlertEnd::Within }, letters: Vec::new() }
}

async fn written(w: &World, news: impl IntoIterator<Item = AlertNews>) {
    let writer = Writer::start(w.store.clone(), w.writer_settings()).await.unwrap();
    news.into_iter().for_each(|news| writer.try_send(Write::Alert(Box::new(news))).unwrap());
    tokio::time::timeout(Duration::from_secs(10), writer.flushed()).await.expect("flushed in time").unwrap();
    writer.close().await;
}

async fn the_newest_come_first_and_those_that_are_over_stay_over(w: World) {
    written(&w, [raised(1), raised(2), raised(3), seen(1), over(2, 2)]).await;
    // The older state of the one that is over comes from a spool.
    written(&w, [raised(2)]).await;
    let expected = [alert(3), over(2, 2).alert, seen(1).alert];
    assert_eq!(w.store.alerts(None, 10).await.unwrap(), expected);
    assert_eq!(w.store.alerts(Some(AlertId(103)), 1).await.unwrap(), expected[1..2]);
    assert_eq!(w.store.open_alerts().await.unwrap(), [seen(1).alert, alert(3)], "what the next process takes up");
    assert_eq!(w.store.forget_alerts(at(31)).await.unwrap(), 1);
    assert_eq!(w.store.alerts(None, 10).await.unwrap(), [alert(3), seen(1).alert], "what goes on is not forgotten");
    assert!(matches!(w.store.alert(AlertId(102)).await, Err(StoreError::NotFound(_))));
    assert_eq!(w.store.alert_events(AlertId(102)).await.unwrap(), []);
}

async fn what_happened_stands_in_order_and_nobody_is_written_to_twice(w: World) {
    written(&w, [raised(1), seen(1), over(1, 3)]).await;
    written(&w, [raised(1), seen(1)]).await;
    let events = w.store.alert_events(AlertId(101)).await.unwrap();
    let told: Vec<_> = events.into_iter().map(|entry| (entry.seq, entry.at, entry.event)).collect();
    let expected = [(1, raised(1)), (2, seen(1)), (3, over(1, 3))].map(|(seq, news)| (seq, news.at, news.event));
    assert_eq!(told, expected);
    let letters = w.store.alert_letters(AlertId(101)).await.unwrap();
    let to: Vec<_> = letters.iter().map(|letter| (letter.way, letter.to.as_str(), letter.state)).collect();
    let (mail, hook) = ((Way::Mail, "boss@example.com"), (Way::Webhook, "hooks.example.com"));
    let waiting = MessageState::Waiting;
    assert_eq!(to, [(mail.0, mail.1, waiting), (hook.0, hook.1, waiting)], "no secret of a webhook is shown");
}

async fn a_mail_is_tried_for_an_hour(w: World) {
    let minute = |minutes: u64| at(1) + Duration::from_secs(60 * minutes);
    let next = async |way: Way, now: Instant| w.store.next_alert_letter(way, now).await.unwrap();
    written(&w, [raised(1)]).await;
    assert_eq!(next(Way::Mail, at(0)).await, None, "not before it was written");
    let first = next(Way::Mail, at(2)).await.expect("a mail");
    assert_eq!((first.letter, first.tries), (letter(Way::Mail, "boss@example.com"), 1));
    assert_eq!(next(Way::Mail, at(3)).await, None, "it is being tried");
    w.store.alert_letter_not_sent(first.id, "later", false, at(3)).await.unwrap();
    let second = next(Way::Mail, minute(2)).await.expect("the same again");
    assert_eq!((second.id, second.tries), (first.id, 2));
    let hook = next(Way::Webhook, minute(2)).await.expect("a webhook has a turn of its own");
    w.store.alert_letter_sent(hook.id, minute(2)).await.unwrap();
    assert_eq!(next(Way::Webhook, minute(50)).await, None, "through");
    assert_eq!(next(Way::Mail, minute(62)).await, None, "an hour later it helps nobody");
    let letters = w.store.alert_letters(AlertId(101)).await.unwrap();
    let states: Vec<_> = letters.iter().map(|letter| (letter.state, letter.tries)).collect();
    assert_eq!(states, [(MessageState::Failed, 2), (MessageState::Sent, 1)]);
    assert!(letters[0].trouble.as_deref().is_some_and(|why| why.contains("too late")), "{letters:?}");
}
