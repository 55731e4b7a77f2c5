//! The lamps of phones: who may watch which box, and what is told when.

use std::time::Duration;

use super::super::Input;
use super::phones::Phone;
use crate::base::AgentId;
use crate::sip::wire::{Name, Request};
use crate::sip::{FlowId, Mailbox, Transport};

const ANA: &str = "sip:ana@carillon";
const EVENT: &str = "Event: message-summary\nAccept: application/simple-message-summary\n";

fn mailbox(name: &str, readers: &[u32], new: u32, old: u32) -> Mailbox {
    let readers = readers.iter().copied().map(AgentId).collect();
    Mailbox { name: name.to_owned(), readers, new, old }
}

/// Ana's box, Bo's, and that of a line both serve.
fn boxes(new: u32, old: u32) -> Input {
    let line = mailbox("queue-sales", &[7, 8], 1, 0);
    Input::Mailboxes(vec![mailbox("ana", &[7], new, old), mailbox("bo", &[8], 0, 0), line])
}

/// A phone of Ana's that knows the nonce.
fn phone() -> Phone {
    let mut phone = Phone::new("ana", "secret");
    phone.lone.input(boxes(0, 0));
    phone.challenged("SUBSCRIBE", ANA, &format!("Contact: <sip:ana@10.0.0.5>\n{EVENT}"));
    phone
}

fn more(expires: u32) -> String {
    format!("Contact: <sip:ana@10.0.0.5>\nExpires: {expires}\n{EVENT}")
}

/// Watches Ana's box for an hour.
fn watching() -> (Phone, Request) {
    let mut phone = phone();
    let (response, mut told) = phone.asks("SUBSCRIBE", ANA, &more(3_600));
    assert_eq!((response.status, response.header(Name::Expires)), (200, Some("3600")));
    phone.to_tag = response.to_tag().expect("a dialog").to_owned();
    let first = told.pop().expect("told at once");
    assert!(told.is_empty());
    (phone, first)
}

fn told(request: &Request) -> (String, String) {
    assert_eq!(request.method.to_string(), "NOTIFY");
    assert_eq!(request.header(Name::Event), Some("message-summary"));
    assert_eq!(request.header(Name::ContentType), Some("application/simple-message-summary"));
    let state = request.header(Name::SubscriptionState).unwrap_or_default().to_owned();
    (state, String::from_utf8(request.body().to_vec()).unwrap())
}

fn is(waiting: &str, counts: &str) -> String {
    format!("Messages-Waiting: {waiting}\r\nMessage-Account: {ANA}\r\nVoice-Message: {counts} (0/0)\r\n")
}

#[test]
fn the_lamp_goes_on_and_off() {
    let (mut phone, first) = watching();
    assert_eq!(told(&first), ("active;expires=3600".to_owned(), is("no", "0/0")));
    assert_eq!((first.call_id(), first.to_tag(), first.from_tag()), ("phone-ana", Some("phone"), Some(&*phone.to_tag)));
    phone.lone.answers(&first, 200, "", "");
    phone.lone.wait(Duration::from_secs(100));
    phone.lone.input(boxes(1, 0));
    let (to, second) = phone.lone.sent_request();
    assert_eq!(told(&second), ("active;expires=3500".to_owned(), is("yes", "1/0")));
    assert_eq!(to.addr, phone.lone.source, "where it spoke from, not where its Contact points");
    assert!(second.cseq().number > first.cseq().number);
    phone.lone.answers(&second, 200, "", "");
    phone.lone.input(boxes(1, 0));
    assert_eq!(phone.lone.requests().len(), 0, "nothing new");
    phone.lone.input(boxes(0, 1));
    let (_, third) = phone.lone.sent_request();
    assert_eq!(told(&third).1, is("no", "0/1"));
}

/// However much happens while an answer is on its way: one NOTIFY at a time, and the last state is told.
#[test]
fn one_thing_at_a_time_is_told() {
    let (mut phone, first) = watching();
    for new in 1..=5 {
        phone.lone.input(boxes(new, 0));
    }
    assert_eq!(phone.lone.requests().len(), 0);
    phone.lone.answers(&first, 200, "", "");
    let (_, next) = phone.lone.sent_request();
    assert_eq!(told(&next).1, is("yes", "5/0"));
    phone.lone.answers(&next, 200, "", "");
    assert_eq!(phone.lone.requests().len(), 0);
}

#[test]
fn it_lasts_as_long_as_it_is_asked_for() {
    let (mut phone, first) = watching();
    phone.lone.answers(&first, 200, "", "");
    phone.lone.wait(Duration::from_secs(3_000));
    // The nonce is an old one by now.
    phone.challenged("SUBSCRIBE", ANA, &more(600));
    let (response, again) = phone.asks("SUBSCRIBE", ANA, &more(600));
    assert_eq!((response.status, response.header(Name::Expires)), (200, Some("600")));
    assert_eq!(again.iter().map(|one| told(one).0).collect::<Vec<_>>(), ["active;expires=600"]);
    phone.lone.answers(&again[0], 200, "", "");
    phone.lone.wait(Duration::from_secs(599));
    assert_eq!(phone.lone.requests().len(), 0);
    phone.lone.wait(Duration::from_secs(2));
    let (_, last) = phone.lone.sent_request();
    assert_eq!(told(&last).0, "terminated;reason=timeout");
    phone.lone.answers(&last, 200, "", "");
    phone.lone.input(boxes(9, 0));
    assert_eq!(phone.lone.requests().len(), 0, "forgotten");
    assert_eq!(phone.asks("SUBSCRIBE", ANA, &more(600)).0.status, 481);
}

#[test]
fn who_takes_it_back_is_told_once_more() {
    let (mut phone, first) = watching();
    phone.lone.answers(&first, 200, "", "");
    let (response, last) = phone.asks("SUBSCRIBE", ANA, &more(0));
    assert_eq!((response.status, response.header(Name::Expires)), (200, Some("0")));
    assert_eq!(told(&last[0]).0, "terminated;reason=timeout");
    phone.lone.answers(&last[0], 200, "", "");
    phone.lone.input(boxes(1, 0));
    assert_eq!(phone.lone.requests().len(), 0);
    // Asked once, without a subscription.
    let mut once = self::phone();
    let (response, told_once) = once.asks("SUBSCRIBE", ANA, &more(0));
    assert_eq!((response.status, told_once.len()), (200, 1));
    assert_eq!(told(&told_once[0]), ("terminated;reason=timeout".to_owned(), is("no", "0/0")));
}

#[test]
fn only_ones_own_boxes_are_watched() {
    for (uri, more, status) in [
        ("sip:queue-sales@carillon", more(600), 200),
        ("sip:bo@carillon", more(600), 403),
        ("sip:nobody@carillon", more(600), 404),
        (ANA, more(10), 423),
        (ANA, more(90_000), 200),
        (ANA, "Contact: <sip:ana@10.0.0.5>\nEvent: message-summary;id=7\nAccept: */*\n".to_owned(), 200),
        (ANA, EVENT.to_owned(), 400),
        (ANA, "Event: presence\n".to_owned(), 489),
        (ANA, "Event: message-summary\nAccept: application/pidf+xml\n".to_owned(), 406),
    ] {
        let mut phone = phone();
        let (response, told) = phone.asks("SUBSCRIBE", uri, &more);
        assert_eq!(response.status, status, "{uri} {more}");
        assert_eq!(told.len(), usize::from(status == 200), "{uri} {more}");
        match status {
            423 => assert_eq!(response.header(Name::MinExpires), Some("60")),
            489 => assert_eq!(response.header(Name::AllowEvents), Some("message-summary")),
            200 => assert!(response.header(Name::Expires).is_some_and(|expires| expires == "600" || expires == "3600")),
            _ => {}
        }
        if more.contains("id=7") {
            assert_eq!(told[0].header(Name::Event), Some("message-summary;id=7"));
        }
    }
}

#[test]
fn a_box_that_is_gone_is_told_no_more() {
    let gone = || Input::Mailboxes(vec![mailbox("bo", &[8], 0, 0)]);
    let given_away = || Input::Mailboxes(vec![mailbox("ana", &[8], 3, 0)]);
    let without_ana = || Input::Configure { users: Vec::new(), trunks: Vec::new() };
    for lost in [&gone as &dyn Fn() -> Input, &given_away, &without_ana] {
        let (mut phone, first) = watching();
        phone.lone.answers(&first, 200, "", "");
        phone.lone.input(lost());
        let states: Vec<String> = phone.lone.requests().iter().map(|one| told(one).0).collect();
        assert_eq!(states.last().map(String::as_str), Some("terminated;reason=noresource"), "{states:?}");
        phone.lone.input(boxes(4, 0));
        assert_eq!(phone.lone.requests().len(), 0);
    }
}

/// A phone that says no, or nothing, or whose connection is gone, has no lamp of ours any more.
#[test]
fn a_phone_that_is_gone_is_forgotten() {
    for what in ["refused", "silent", "disconnected"] {
        let mut phone = match what {
            "disconnected" => {
                let mut phone = phone();
                phone.lone.transport = Transport::Tcp;
                phone
            }
            _ => phone(),
        };
        let (response, told) = phone.asks("SUBSCRIBE", ANA, &more(3_600));
        assert_eq!(response.status, 200, "{what}");
        match what {
            "refused" => phone.lone.answers(&told[0], 481, "", ""),
            "silent" => phone.lone.wait(Duration::from_secs(40)),
            _ => phone.lone.input(Input::FlowClosed(FlowId(1))),
        }
        phone.lone.sent();
        phone.lone.input(boxes(1, 0));
        assert_eq!(phone.lone.requests().len(), 0, "{what}");
    }
}

/// A user has so many lamps, and no more: the oldest goes out.
#[test]
fn a_user_has_eight_lamps() {
    let mut phone = phone();
    for _ in 0..20 {
        let (response, told) = phone.asks("SUBSCRIBE", ANA, &more(3_600));
        assert_eq!(response.status, 200);
        phone.lone.answers(&told[0], 200, "", "");
    }
    phone.lone.input(boxes(1, 0));
    assert_eq!(phone.lone.requests().len(), 8);
}
