//! Messages to customers: written down once, tried, put off, and over.

use std::time::Duration;

use carillon::base::CustomerId;
use carillon::crm::message::wait_after;
use carillon::crm::{MessageChannel, MessageDraft, MessageState};

use crate::{World, at, customer, on_both};

on_both!(
    what_is_sent_twice_under_one_word_is_sent_once,
    one_that_is_tried_is_put_off_whatever_becomes_of_the_server,
    one_that_is_never_taken_fails_in_the_end,
);

async fn draft(w: &World) -> MessageDraft {
    let customer = w.store.save_customer(None, &customer("王丽", &["138 0013 8000"]), at(0)).await.unwrap();
    let [to, subject, body, by] = ["li@example.com", "您的维修单", "您好", "ana"].map(str::to_owned);
    MessageDraft { customer, interaction: None, channel: MessageChannel::Mail, to, subject, body, by }
}

async fn what_is_sent_twice_under_one_word_is_sent_once(w: World) {
    let draft = draft(&w).await;
    let first = w.store.send_message(&draft, Some("ana/1"), at(1)).await.unwrap();
    assert_eq!(w.store.send_message(&draft, Some("ana/1"), at(2)).await.unwrap(), first);
    let second = w.store.send_message(&draft, None, at(3)).await.unwrap();
    let all = w.store.messages(draft.customer, None, 10).await.unwrap();
    assert_eq!(all, [second.clone(), first.clone()], "the newest first");
    assert_eq!(w.store.messages(draft.customer, Some(second.id), 10).await.unwrap(), [first]);
    assert_eq!(w.store.messages(CustomerId(999), None, 10).await.unwrap(), []);
}

async fn one_that_is_tried_is_put_off_whatever_becomes_of_the_server(w: World) {
    let draft = draft(&w).await;
    let sent = w.store.send_message(&draft, None, at(1)).await.unwrap();
    assert_eq!(w.store.next_message(at(0)).await.unwrap(), None, "not before it was written");
    let tried = w.store.next_message(at(2)).await.unwrap().unwrap();
    assert_eq!((tried.id, tried.tries, tried.at), (sent.id, 1, sent.at));
    // Nobody says how it went: it is there again when its time comes, and not before.
    assert_eq!(w.store.next_message(at(61)).await.unwrap(), None);
    let again = w.store.next_message(at(62)).await.unwrap().unwrap();
    assert_eq!((again.id, again.tries), (sent.id, 2));
    w.store.message_sent(again.id, at(63)).await.unwrap();
    let over = w.store.messages(draft.customer, None, 1).await.unwrap().remove(0);
    assert_eq!((over.state, over.done, over.next), (MessageState::Sent, Some(at(63)), None));
    assert_eq!(w.store.next_message(at(1_000_000)).await.unwrap(), None);
}

async fn one_that_is_never_taken_fails_in_the_end(w: World) {
    let draft = draft(&w).await;
    w.store.send_message(&draft, None, at(0)).await.unwrap();
    let mut now = at(0);
    let mut tries = 0;
    while let Some(message) = w.store.next_message(now).await.unwrap() {
        tries += 1;
        w.store.message_not_sent(&message, "450 not now", false, now).await.unwrap();
        now = now + wait_after(tries).unwrap_or(Duration::from_secs(86_400));
    }
    let over = w.store.messages(draft.customer, None, 1).await.unwrap().remove(0);
    assert_eq!((over.state, over.tries, over.trouble.as_deref()), (MessageState::Failed, 10, Some("450 not now")));
    let second = w.store.send_message(&draft, None, now).await.unwrap();
    let tried = w.store.next_message(now).await.unwrap().unwrap();
    w.store.message_not_sent(&tried, "550 nobody", true, now).await.unwrap();
    assert_eq!(w.store.messages(draft.customer, None, 1).await.unwrap()[0].state, MessageState::Failed, "{second:?}");
}
