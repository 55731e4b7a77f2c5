//! We register: at another endpoint, and at a registrar that has wishes.

use std::time::Duration;

use super::super::{Counter, Input, Output};
use super::lone::{Lone, TRUNK};
use super::pair::{Pair, Side};
use super::phones::invite_to;
use crate::sip::wire::{Name, Request};
use crate::sip::{
    Account, Command, Destination, Event, RegistrationView, Target, Transport, Trunk, TrunkRegister, User, ha1,
};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn trunk(addr: &str, password: &str) -> Trunk {
    Trunk {
        name: "carrier".to_owned(),
        networks: vec!["192.0.2.0/24".to_owned()],
        destination: Some(Destination { transport: Transport::Udp, addr: addr.parse().unwrap(), flow: None }),
        account: Some(Account::new("4711", "carillon", password)),
        register: Some(TrunkRegister { domain: "sip.example.net".to_owned(), ..TrunkRegister::default() }),
        ..Trunk::default()
    }
}

fn configure(trunks: &[Trunk]) -> Input {
    Input::Configure { users: Vec::new(), trunks: trunks.to_vec() }
}

/// A registers at B.
fn joined(mut pair: Pair, password: &str) -> Pair {
    let (ha1_md5, ha1_sha256) = ha1("4711", "carillon", "secret");
    let user = User { name: "4711".to_owned(), agent: None, ha1_md5, ha1_sha256 };
    pair.input(Side::B, Input::Configure { users: vec![user], trunks: Vec::new() });
    pair.input(Side::A, configure(&[trunk("192.0.2.2:5060", password)]));
    pair
}

fn view(pair: &Pair) -> RegistrationView {
    pair.endpoint(Side::A).trunks(pair.now)[0].registration.clone().expect("a registration")
}

/// Contacts at the registrar, as it told them last.
fn contacts(pair: &Pair) -> usize {
    let told = pair.events.iter().rev().find_map(|(side, event)| match event {
        Event::Registered { contacts, .. } if *side == Side::B => Some(contacts.len()),
        _ => None,
    });
    told.unwrap_or_default()
}

#[test]
fn we_are_registered_as_long_as_we_want() {
    let mut pair = joined(Pair::new(1), "secret");
    pair.run_for(secs(1));
    assert!(view(&pair).registered && contacts(&pair) == 1);
    for _ in 0..30 {
        pair.run_for(secs(100));
        assert!(view(&pair).registered && contacts(&pair) == 1);
    }
    pair.input(Side::A, Input::Leave);
    pair.run_for(secs(1));
    assert!(pair.endpoint(Side::A).has_left() && contacts(&pair) == 0);
    pair.input(Side::A, configure(&[trunk("192.0.2.2:5060", "secret")]));
    pair.run_for(secs(60));
    assert_eq!(contacts(&pair), 0, "who leaves does not come back");
}

#[test]
fn a_bad_network_only_takes_longer() {
    for seed in 0..20 {
        let mut pair = joined(Pair::new(seed).bad_network(0.3, 0.2, Duration::from_millis(400)), "secret");
        pair.run_for(secs(120));
        assert!(view(&pair).registered && contacts(&pair) == 1, "seed {seed}");
    }
}

#[test]
fn a_trunk_that_is_no_more_is_left() {
    let mut pair = joined(Pair::new(3), "secret");
    pair.run_for(secs(1));
    let mut without = trunk("192.0.2.2:5060", "secret");
    without.register = None;
    pair.input(Side::A, configure(&[without]));
    pair.run_for(secs(1));
    assert!(pair.endpoint(Side::A).has_left() && contacts(&pair) == 0);
}

#[test]
fn who_is_not_taken_tries_again_later_and_later() {
    let mut pair = joined(Pair::new(4), "wrong");
    pair.run_for(secs(1));
    assert_eq!((view(&pair).registered, view(&pair).status), (false, Some(401)));
    pair.run_for(secs(3_000));
    let refused = |counter: &Counter| matches!(counter, Counter::WrongCredentials | Counter::Throttled);
    let tries = pair.counted.iter().filter(|(side, counter)| *side == Side::B && refused(counter)).count();
    assert!((5..40).contains(&tries), "{tries} tries in 50 minutes");
    assert_eq!(contacts(&pair), 0);
}

fn register(lone: &mut Lone) -> Request {
    let (to, request) = lone.sent_request();
    assert_eq!((to.addr, request.method.to_string().as_str()), (TRUNK.parse().unwrap(), "REGISTER"));
    request
}

fn begun() -> (Lone, Request) {
    let mut lone = Lone::new();
    lone.input(configure(&[trunk(TRUNK, "secret")]));
    lone.wait(Duration::from_millis(1));
    let request = register(&mut lone);
    (lone, request)
}

#[test]
fn the_request_names_the_account_at_its_domain() {
    let (_, request) = begun();
    assert_eq!(request.uri.to_string(), "sip:sip.example.net");
    let from = (request.from().uri.to_string(), request.to().uri.to_string());
    assert_eq!(from, ("sip:4711@sip.example.net".to_owned(), "sip:4711@sip.example.net".to_owned()));
    let contact = request.contact().unwrap().unwrap();
    assert_eq!((contact.uri.user_decoded().as_str(), request.expires()), ("4711", Some(600)));
    assert!(request.supports("path") && request.to_tag().is_none());
}

#[test]
fn a_registrar_has_wishes() {
    let (mut lone, first) = begun();
    lone.answers(&first, 423, "t", "Min-Expires: 1800\n");
    let second = register(&mut lone);
    assert_eq!((second.expires(), second.call_id()), (Some(1_800), first.call_id()));
    assert!(second.cseq().number > first.cseq().number);
    lone.answers(&second, 503, "t", "Retry-After: 40\n");
    lone.wait(secs(39));
    assert!(lone.sent().is_empty());
    lone.wait(secs(2));
    let third = register(&mut lone);
    let contact = third.header(Name::Contact).unwrap().to_owned();
    lone.answers(&third, 200, "t", &format!("Contact: {contact};expires=120\nPath: <sip:edge.example;lr>\n"));
    assert!(lone.out.iter().any(|out| matches!(out, Output::Registration { registered: true, .. })));
    lone.wait(secs(24));
    assert!(lone.sent().is_empty());
    lone.wait(secs(34));
    let kept_open = lone.sent().iter().filter(|(_, bytes)| bytes.as_ref() == b"\r\n\r\n").count();
    assert_eq!(kept_open, 2, "the way back stays open");
    lone.wait(secs(3));
    register(&mut lone);
    let known = lone.endpoint.trunks(lone.now)[0].registration.clone().unwrap();
    assert!(known.registered);
    assert_eq!(known.path, ["<sip:edge.example;lr>"]);
    lone.wait(secs(62));
    assert!(
        lone.out.iter().any(|out| matches!(out, Output::Registration { registered: false, .. })),
        "nobody renewed it"
    );
}

#[test]
fn calls_pass_the_proxies_that_the_registrar_names() {
    let (mut lone, request) = begun();
    lone.answers(&request, 200, "t", "Expires: 600\nService-Route: <sip:p1.example;lr>, <sip:p2.example;lr>\n");
    let destination = Destination { transport: Transport::Udp, addr: TRUNK.parse().unwrap(), flow: None };
    let uri = "sip:+4930123@192.0.2.10".to_owned();
    let target = Target::Trunk { trunk: "carrier".to_owned(), uri: uri.clone(), destination };
    lone.command(Command::Invite(Box::new(invite_to(1, target))));
    let (to, invite) = lone.sent_request();
    let routes: Vec<String> = invite.route().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(routes, ["<sip:p1.example;lr>", "<sip:p2.example;lr>"]);
    assert_eq!((invite.uri.to_string(), to), (uri, destination));
}
