//! The messages of RFC 4475, and messages after RFC 5118 (IPv6). The table says for each which layer must
//! object and what is answered: first `sip::wire` alone, then the endpoint as a server that has a
//! registrar, a trunk at the sender's network, and no transaction of its own.

use std::collections::BTreeSet;

use bytes::Bytes;
use carillon::base::Instant;
use carillon::sip::endpoint::{Endpoint, Input, Output, Settings};
use carillon::sip::wire::{Contacts, Message, Name};
use carillon::sip::{Event, FlowId, Received, Transport, Trunk};

use crate::notation;

/// What the wire layer makes of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wire {
    Takes,
    /// Refuses with this status.
    Status(u16),
    /// Refuses, and nothing may be answered.
    Silence,
}
use Wire::{Silence, Status, Takes};

/// What the endpoint answers, provisional responses left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Answer {
    /// The call is offered upwards.
    Rings,
    /// One of these statuses, the first being ours.
    Final(&'static [u16]),
    Nothing,
}
use Answer::{Final, Nothing, Rings};

#[rustfmt::skip]
const RFC_4475: [(&str, Wire, Answer); 49] = [
    // §3.1.1 valid, however it looks
    ("wsinv", Takes, Final(&[481])), // it has a To tag: a dialog we do not know
    ("intmeth", Takes, Final(&[501])),
    ("esc01", Takes, Rings),
    ("escnull", Takes, Final(&[401])),
    ("esc02", Takes, Final(&[501])),
    ("lwsdisp", Takes, Final(&[200])),
    ("longreq", Takes, Rings),
    ("dblreq", Takes, Final(&[401])),
    ("semiuri", Takes, Final(&[200])),
    ("transports", Takes, Final(&[200])),
    ("mpart01", Takes, Final(&[405])),
    ("unreason", Takes, Nothing),
    ("noreason", Takes, Nothing),
    // §3.1.2 invalid
    ("badinv01", Status(400), Final(&[400])),
    ("clerr", Status(400), Final(&[400])),
    ("ncl", Status(400), Final(&[400])),
    ("scalar02", Status(400), Final(&[400])),
    ("scalarlg", Silence, Nothing),
    ("quotbal", Status(400), Final(&[400])),
    ("ltgtruri", Status(400), Final(&[400])),
    ("lwsruri", Status(400), Final(&[400])),
    ("lwsstart", Status(400), Final(&[400])),
    ("trws", Status(400), Final(&[400])),
    ("escruri", Status(400), Final(&[400])),
    ("baddate", Takes, Rings), // whoever does not use Date need not object to it
    ("regbadct", Status(400), Final(&[400])),
    ("badaspec", Status(400), Final(&[400])),
    ("baddn", Status(400), Final(&[400])),
    ("badvers", Status(505), Final(&[505])),
    ("mismatch01", Status(400), Final(&[400])),
    ("mismatch02", Status(400), Final(&[400, 501])),
    ("bigcode", Silence, Nothing),
    // §3.2 transaction layer
    ("badbranch", Takes, Final(&[200, 400])),
    // §3.3 application layer
    ("insuf", Status(400), Final(&[400])),
    ("unkscm", Takes, Final(&[416])),
    ("novelsc", Takes, Final(&[416])),
    ("unksm2", Takes, Final(&[400, 401])),
    ("bext01", Takes, Final(&[420])),
    ("invut", Takes, Final(&[415])),
    ("regaut01", Takes, Final(&[401])),
    ("multi01", Status(400), Final(&[400])),
    ("mcl01", Status(400), Final(&[400])),
    ("bcast", Takes, Nothing),
    ("zeromf", Takes, Final(&[200])),
    ("cparam01", Takes, Final(&[401])),
    ("cparam02", Takes, Final(&[401])),
    ("regescrt", Takes, Final(&[401])),
    ("sdp01", Takes, Final(&[406])),
    // §3.4 backward compatibility
    ("inv2543", Takes, Final(&[400])), // RFC 3261 §8.1.1.8: no Contact, no dialog
];

#[rustfmt::skip]
const RFC_5118: [(&str, Wire, Answer); 11] = [
    ("ipv6-good", Takes, Final(&[401])),
    ("ipv6-bad", Status(400), Final(&[400])),
    ("port-ambiguous", Takes, Final(&[401])),
    ("port-unambiguous", Takes, Final(&[401])),
    ("via-received-param-with-delim", Takes, Final(&[200])),
    ("via-received-param-no-delim", Takes, Final(&[200])),
    ("ipv6-in-sdp", Takes, Rings),
    ("mult-ip-in-header", Takes, Final(&[481])),
    ("mult-ip-in-sdp", Takes, Rings),
    ("ipv4-mapped-ipv6", Takes, Rings),
    ("ipv6-bug-abnf-3-colons", Status(400), Final(&[400])),
];

fn all() -> impl Iterator<Item = (&'static str, Wire, Answer)> {
    RFC_4475.into_iter().chain(RFC_5118)
}

#[test]
fn every_message_is_in_the_table_once() {
    let files: BTreeSet<String> = std::fs::read_dir(notation::folder())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let rows: BTreeSet<String> = all().map(|(name, ..)| name.to_owned()).collect();
    assert_eq!(files, rows);
    assert_eq!(rows.len(), RFC_4475.len() + RFC_5118.len());
}

#[test]
fn the_wire_layer_takes_the_valid_and_objects_to_the_broken() {
    for (name, expected, _) in all() {
        let found = match Message::parse(Bytes::from(notation::read(name))) {
            Ok(_) => Takes,
            Err(rejected) => {
                println!("{name}: {}", rejected.error);
                rejected.status().map_or(Silence, Status)
            }
        };
        assert_eq!(found, expected, "{name}");
    }
}

fn message(name: &str) -> Message {
    Message::parse(Bytes::from(notation::read(name))).unwrap_or_else(|rejected| panic!("{name}: {}", rejected.error))
}

fn request(name: &str) -> carillon::sip::wire::Request {
    match message(name) {
        Message::Request(request) => request,
        Message::Response(_) => panic!("{name} is a response"),
    }
}

/// What RFC 4475 says one must find in them.
#[test]
fn the_tortured_values_are_read_right() {
    let wsinv = request("wsinv");
    assert_eq!((wsinv.max_forwards(), wsinv.cseq().number), (Some(68), 9));
    assert_eq!(wsinv.from().display, "J Rosenberg \\\"");
    assert_eq!((wsinv.from_tag(), wsinv.to_tag()), (Some("98asjd8"), Some("1918181833n")));
    assert_eq!(wsinv.header(Name::Subject), Some(""));
    assert_eq!(wsinv.values(Name::Via).count(), 3);
    assert_eq!(wsinv.via().to_string(), "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw");
    assert_eq!(wsinv.other("unknownheaderwithunusualvalue"), Some(";;,,;;,;"));
    let contact = wsinv.contact().unwrap().unwrap();
    assert_eq!((contact.display.as_str(), contact.q()), ("Quoted string \"\"", 330));
    assert!(wsinv.route().unwrap()[0].uri.is_loose_router());
    assert_eq!(wsinv.sdp().unwrap().len(), 150);

    let intmeth = request("intmeth");
    assert_eq!(intmeth.method.as_str(), "!interesting-Method0123456789_*+`.%indeed'~");
    assert_eq!(intmeth.to().display, "BEL:\u{fffd} NUL:\u{fffd} DEL:\u{fffd}");
    assert_eq!(intmeth.from().params.unquoted("fromParam''~+*_!.-%").unwrap(), "работающий");
    assert_eq!(intmeth.call_id(), "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");

    let esc01 = request("esc01");
    assert_eq!(esc01.uri.user_decoded(), "sips:user@example.com");
    assert_eq!(esc01.to().uri.user_decoded(), "user");
    assert_eq!(esc01.from().uri.user_decoded(), "I have spaces");

    let Contacts::List(contacts) = request("esc02").contacts().unwrap() else { panic!("a star") };
    assert_eq!(contacts.len(), 2, "C%6Fntact is another header");

    assert_eq!(request("dblreq").body(), "");
    assert_eq!(request("semiuri").uri.user.as_deref(), Some("user;par=u%40example.net"));
    assert_eq!(request("mpart01").body().len(), 553);
    assert!(!request("badbranch").via().has_cookie());
    assert!(request("cparam01").contact().unwrap().unwrap().params.contains("unknownparam"));
    assert!(request("cparam02").contact().unwrap().unwrap().uri.params.contains("unknownparam"));
    assert_eq!(request("regescrt").contact().unwrap().unwrap().uri.headers.len(), 1);
    assert_eq!(request("via-received-param-no-delim").via().received(), "2001:db8::9:255".parse().ok());
    assert_eq!(request("via-received-param-with-delim").via().received(), "2001:db8::9:255".parse().ok());
    assert_eq!(request("port-ambiguous").uri.port, None);
    assert_eq!(request("port-unambiguous").uri.port, Some(5070));

    let Message::Response(unreason) = message("unreason") else { panic!("a request") };
    assert_eq!(unreason.reason, "= 2**3 * 5**2 но сто девяносто девять - простое");
    let Message::Response(noreason) = message("noreason") else { panic!("a request") };
    assert_eq!((noreason.status, noreason.reason.as_str()), (100, ""));
}

fn endpoint(now: Instant) -> Endpoint {
    let mut endpoint = Endpoint::new(Settings::default(), 7);
    let trunk =
        Trunk { name: "torturer".into(), networks: vec!["192.0.2.0/24".into()], destination: None, ..Trunk::default() };
    endpoint.handle(now, Input::Configure { users: Vec::new(), trunks: vec![trunk] }, &mut Vec::new());
    endpoint
}

#[test]
fn the_messages_of_rfc_4475_get_the_answers_the_rfc_asks_for() {
    let now = Instant::from_micros(1_000_000);
    for (name, _, expected) in all() {
        let bytes = Bytes::from(notation::read(name));
        let received = Received {
            flow: FlowId(1),
            transport: Transport::Udp,
            source: "192.0.2.1:5070".parse().unwrap(),
            local: "192.0.2.200:5060".parse().unwrap(),
            bytes,
        };
        let mut out = Vec::new();
        endpoint(now).handle(now, Input::Received(received), &mut out);
        let rings = out.iter().any(|output| matches!(output, Output::Event(Event::Invited(_))));
        let statuses: Vec<u16> = out.iter().filter_map(status).filter(|status| *status >= 200).collect();
        match expected {
            Rings => assert!(rings && statuses.is_empty(), "{name}: {statuses:?}"),
            Nothing => assert!(!rings && !out.iter().any(|o| matches!(o, Output::Transmit { .. })), "{name}: {out:?}"),
            Final(allowed) => {
                assert!(!rings, "{name} rings");
                assert!(matches!(statuses.as_slice(), [one] if allowed.contains(one)), "{name}: {statuses:?}");
            }
        }
    }
}

fn status(output: &Output) -> Option<u16> {
    let Output::Transmit { bytes, .. } = output else { return None };
    let line = bytes.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    std::str::from_utf8(line).ok()?.parse().ok()
}
