//! Calls out through a trunk that wants to know who calls, or says nothing.

use std::time::Duration;

use bytes::Bytes;

use super::super::Input;
use super::lone::{Lone, TRUNK};
use super::phones::invite_to;
use crate::base::LegId;
use crate::sip::wire::{Credentials, Message, Name, Request};
use crate::sip::{Account, Command, Destination, Event, Invite, LegEnd, Reason, Target, Transport, Trunk, ha1, hex};

const URI: &str = "sip:+4930123@192.0.2.10";
const SHA: &str = "Digest realm=\"carrier\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth\"";
const CONTACT: &str = "Contact: <sip:c@192.0.2.10>\n";

fn with_account(password: &str) -> Lone {
    let mut lone = Lone::new();
    let trunk = Trunk {
        name: "carrier".to_owned(),
        networks: vec!["192.0.2.0/24".to_owned()],
        account: Some(Account::new("4711", "carrier", password)),
        ..Trunk::default()
    };
    lone.input(Input::Configure { users: Vec::new(), trunks: vec![trunk] });
    lone
}

fn call(lone: &mut Lone, unheard_after_ms: Option<u64>) -> Request {
    let destination = Destination { transport: Transport::Udp, addr: TRUNK.parse().unwrap(), flow: None };
    let target = Target::Trunk { trunk: "carrier".to_owned(), uri: URI.to_owned(), destination };
    let headers = vec![("X-Carillon-Interaction".to_owned(), "one".to_owned())];
    lone.command(Command::Invite(Box::new(Invite { unheard_after_ms, headers, ..invite_to(1, target) })));
    lone.sent_request().1
}

fn hang_up(lone: &mut Lone) {
    lone.command(Command::Hangup { leg: LegId(1), reason: Reason { status: 200, text: String::new() } });
}

/// Does the request prove the account? Its nonce count.
fn proof(request: &Request, name: Name, nonce: &str, password: &str) -> String {
    use sha2::Digest as _;
    let given = Credentials::parse(request.header(name).expect("credentials")).unwrap();
    let field = |name: &str| given.field(name).unwrap_or_default().to_owned();
    let hash = |text: String| hex(&sha2::Sha256::digest(text));
    let (_, ha1) = ha1("4711", "carrier", password);
    let ha2 = hash(format!("{}:{}", request.method, field("uri")));
    let wanted = hash(format!("{ha1}:{nonce}:{}:{}:auth:{ha2}", field("nc"), field("cnonce")));
    assert_eq!((field("response"), field("uri"), field("nonce")), (wanted, request.uri.to_string(), nonce.to_owned()));
    field("nc")
}

#[test]
fn a_challenged_call_goes_out_once_more_and_the_rest_of_it_proves_itself() {
    let mut lone = with_account("secret");
    let first = call(&mut lone, None);
    assert!(first.header(Name::ProxyAuthorization).is_none());
    lone.answers(&first, 407, "gone", &format!("Proxy-Authenticate: {SHA}\n"));
    let sent = lone.sent();
    assert!(sent[0].1.starts_with(b"ACK"), "the refusal has its ACK");
    let Message::Request(second) = Message::parse(sent[1].1.clone()).unwrap() else { panic!("no request") };
    assert_eq!(proof(&second, Name::ProxyAuthorization, "n1", "secret"), "00000001");
    assert_eq!((second.call_id(), second.cseq().number), (first.call_id(), first.cseq().number + 1));
    assert_eq!((second.to_tag(), second.from_tag()), (None, first.from_tag()));
    assert_eq!((second.body(), second.header(Name::Contact)), (first.body(), first.header(Name::Contact)));
    assert!(String::from_utf8_lossy(&second.to_bytes()).contains("X-Carillon-Interaction: one"));
    lone.answers(&second, 180, "t", CONTACT);
    lone.answers(&second, 200, "t", CONTACT);
    let (_, ack) = lone.sent_request();
    assert_eq!(ack.header(Name::ProxyAuthorization), second.header(Name::ProxyAuthorization));
    assert!(matches!(lone.events()[..], [Event::Progressed { .. }, Event::Accepted { .. }]));
    hang_up(&mut lone);
    let (_, bye) = lone.sent_request();
    assert_eq!(proof(&bye, Name::ProxyAuthorization, "n1", "secret"), "00000002");
    let stale = SHA.replace("n1", "n2");
    lone.answers(&bye, 407, "t", &format!("Proxy-Authenticate: {stale}, stale=true\n"));
    let (_, bye) = lone.sent_request();
    assert_eq!(proof(&bye, Name::ProxyAuthorization, "n2", "secret"), "00000001");
    lone.answers(&bye, 200, "t", "");
    assert_eq!(lone.events(), [Event::Ended { leg: LegId(1), end: LegEnd::Local }]);
}

#[test]
fn an_account_that_is_not_taken_is_a_refusal() {
    for password in [Some("wrong"), None] {
        let mut lone = match password {
            Some(password) => with_account(password),
            None => Lone::new(),
        };
        let mut request = call(&mut lone, None);
        if password.is_some() {
            lone.answers(&request, 401, "a", &format!("WWW-Authenticate: {SHA}\n"));
            request = lone.sent_request().1;
            assert!(request.header(Name::Authorization).is_some() && lone.events().is_empty());
        }
        lone.answers(&request, 401, "b", &format!("WWW-Authenticate: {SHA}\n"));
        assert_eq!(lone.shown(), ["ACK"]);
        assert!(matches!(&lone.events()[..], [Event::Ended { end: LegEnd::Refused(why), .. }] if why.status == 401));
    }
}

#[test]
fn a_call_that_was_challenged_is_taken_back_like_any_other() {
    let mut lone = with_account("secret");
    let first = call(&mut lone, None);
    lone.answers(&first, 401, "a", &format!("WWW-Authenticate: {SHA}\n"));
    let (_, second) = lone.sent_request();
    lone.answers(&second, 180, "t", "");
    hang_up(&mut lone);
    let (_, cancel) = lone.sent_request();
    assert_eq!((cancel.method.to_string().as_str(), cancel.cseq().number), ("CANCEL", second.cseq().number));
    lone.answers(&second, 487, "t", "");
    assert!(matches!(lone.events().last(), Some(Event::Ended { end: LegEnd::Local, .. })));
    let mut lone = with_account("secret");
    let first = call(&mut lone, None);
    hang_up(&mut lone);
    lone.answers(&first, 401, "a", &format!("WWW-Authenticate: {SHA}\n"));
    assert_eq!(lone.shown(), ["ACK"], "nobody wants it any more");
    assert!(matches!(lone.events().last(), Some(Event::Ended { end: LegEnd::Local, .. })));
}

#[test]
fn an_offer_that_is_challenged_goes_out_once_more() {
    let mut lone = with_account("secret");
    let first = call(&mut lone, None);
    lone.answers(&first, 200, "t", CONTACT);
    lone.command(Command::Offer { leg: LegId(1), offer: Bytes::from_static(b"v=1") });
    let (_, offer) = lone.sent_request();
    lone.answers(&offer, 401, "t", &format!("WWW-Authenticate: {SHA}\n"));
    let (_, again) = lone.sent_request();
    assert_eq!((again.body(), again.to_tag()), (offer.body(), Some("t")));
    proof(&again, Name::Authorization, "n1", "secret");
    lone.events();
    lone.answers(&again, 200, "t", CONTACT);
    assert!(matches!(lone.events()[..], [Event::OfferAnswered { .. }]));
}

#[test]
fn whom_a_trunk_names_instead_is_told_with_its_own_addresses_only() {
    let at = |addr: &str| Some(Destination { transport: Transport::Udp, addr: addr.parse().unwrap(), flow: None });
    for (contact, expected) in [
        ("<sip:+4930999@192.0.2.77:5070>", vec![("+4930999", at("192.0.2.77:5070"))]),
        ("<sip:+4930999@198.51.100.66>", vec![("+4930999", None)]),
        ("<sip:a@192.0.2.7>;q=0.1, <tel:+4930999>;q=0.9", vec![("+4930999", None), ("a", at("192.0.2.7:5060"))]),
        ("<mailto:a@b>", Vec::new()),
    ] {
        let mut lone = with_account("secret");
        let mut configured =
            Trunk { destination: at(TRUNK), networks: vec!["192.0.2.0/24".to_owned()], ..Trunk::default() };
        configured.name = "carrier".to_owned();
        lone.input(Input::Configure { users: Vec::new(), trunks: vec![configured] });
        let invite = call(&mut lone, None);
        lone.answers(&invite, 302, "t", &format!("Contact: {contact}\n"));
        assert_eq!(lone.shown(), ["ACK"], "nothing is followed here");
        let events = lone.events();
        match &events[..] {
            [Event::Ended { end: LegEnd::Redirected { why, to }, .. }] => {
                let told: Vec<_> = to.iter().map(|to| (to.called.as_str(), to.destination)).collect();
                assert_eq!((why.status, told), (302, expected), "{contact}");
            }
            [Event::Ended { end: LegEnd::Refused(why), .. }] => {
                assert!(why.status == 302 && expected.is_empty(), "{contact}");
            }
            _ => panic!("{contact}: {events:?}"),
        }
    }
}

#[test]
fn a_trunk_that_says_nothing_is_told_of_and_taken_back() {
    let mut lone = with_account("secret");
    let request = call(&mut lone, Some(5_000));
    lone.wait(Duration::from_millis(4_900));
    assert!(lone.events().is_empty());
    lone.wait(Duration::from_millis(200));
    assert_eq!(lone.events(), [Event::Unheard { leg: LegId(1) }]);
    lone.sent();
    lone.answers(&request, 180, "t", "");
    assert_eq!(lone.shown(), ["CANCEL"], "it must not ring beside another");
    lone.answers(&request, 487, "t", "");
    assert!(matches!(&lone.events()[..], [Event::Ended { end: LegEnd::Lost(why), .. }] if why.status == 503));

    let mut lone = with_account("secret");
    let request = call(&mut lone, Some(5_000));
    lone.answers(&request, 100, "t", "");
    lone.wait(Duration::from_secs(15));
    assert!(lone.events().is_empty(), "somebody is there");
}
