//! Users: digest, registration, calls to and from their phones.

use std::time::Duration;

use bytes::Bytes;

use super::super::{Counter, Input};
use super::lone::{Lone, STRANGER};
use crate::base::{AgentId, LegId};
use crate::sip::wire::{Challenge, Message, Method, Name, Request};
use crate::sip::{
    CallerId, Command, Contact, Destination, Event, FlowId, Invite, LegEnd, Origin, Reason, Target, Transport,
};

pub(super) fn invite_to(leg: u64, target: Target) -> Invite {
    Invite {
        leg: LegId(leg),
        target,
        from: CallerId { name: "Li \"Q\" Wei".to_owned(), user: "+8613800138000".to_owned(), host: String::new() },
        offer: Bytes::from_static(b"v=0"),
        headers: Vec::new(),
        give_up_after_ms: 20_000,
        unheard_after_ms: None,
    }
}

pub(super) fn invite_to_trunk(leg: u64) -> Invite {
    let destination = Destination { transport: Transport::Udp, addr: super::lone::TRUNK.parse().unwrap(), flow: None };
    invite_to(leg, Target::Uri { uri: "sip:0301234@192.0.2.10".to_owned(), destination })
}

/// A phone that can compute digests.
pub(super) struct Phone {
    pub lone: Lone,
    user: &'static str,
    password: &'static str,
    sha256: bool,
    cseq: u32,
    count: u32,
    nonce: String,
    /// Our tag, inside a dialog.
    pub to_tag: String,
}

impl Phone {
    pub fn new(user: &'static str, password: &'static str) -> Self {
        let lone = Lone::new().from(STRANGER);
        Self { lone, user, password, sha256: true, cseq: 0, count: 0, nonce: String::new(), to_tag: String::new() }
    }

    fn digest(&self, method: &str, uri: &str) -> String {
        use md5::Digest as _;
        let hash = |text: String| match self.sha256 {
            true => crate::sip::hex(&sha2::Sha256::digest(text)),
            false => crate::sip::hex(&md5::Md5::digest(text)),
        };
        let (ha1, ha2) = (hash(format!("{}:carillon:{}", self.user, self.password)), hash(format!("{method}:{uri}")));
        let response = hash(format!("{ha1}:{}:{:08x}:c0:auth:{ha2}", self.nonce, self.count));
        let algorithm = if self.sha256 { "SHA-256" } else { "MD5" };
        format!(
            "Authorization: Digest username=\"{}\", realm=\"carillon\", nonce=\"{}\", uri=\"{uri}\", \
             response=\"{response}\", algorithm={algorithm}, cnonce=\"c0\", qop=auth, nc={:08x}\n",
            self.user, self.nonce, self.count
        )
    }

    fn send(&mut self, method: &str, uri: &str, more: &str) -> crate::sip::wire::Response {
        self.say(method, uri, more);
        self.lone.sent_response()
    }

    fn say(&mut self, method: &str, uri: &str, more: &str) {
        self.cseq += 1;
        let (via, source) = match self.lone.transport {
            Transport::Udp => ("UDP", self.lone.source.to_string()),
            Transport::Tcp => ("TCP", self.lone.source.to_string()),
            Transport::Tls => ("TLS", self.lone.source.to_string()),
            Transport::Ws => ("WS", "df7jal23ls0d.invalid".to_owned()),
        };
        let to = if method == "REGISTER" { self.user } else { "4000" };
        let tag = if self.to_tag.is_empty() { String::new() } else { format!(";tag={}", self.to_tag) };
        self.lone.says(&format!(
            "{method} {uri} SIP/2.0\nVia: SIP/2.0/{via} {source};rport;branch=z9hG4bKp{}\nMax-Forwards: 70\n\
             From: <sip:{}@carillon>;tag=phone\nTo: <sip:{to}@carillon>{tag}\nCall-ID: phone-{}\nCSeq: {} {method}\n{more}",
            self.cseq, self.user, self.user, self.cseq
        ));
    }

    /// Sends without credentials and takes the nonce of the challenge.
    pub fn challenged(&mut self, method: &str, uri: &str, more: &str) {
        let contact = format!("Contact: <sip:{}@{}>\n", self.user, self.lone.source);
        let more = if more.is_empty() { &contact } else { more };
        let response = self.send(method, uri, more);
        assert_eq!(response.status, 401);
        self.take_nonce(&response);
    }

    fn take_nonce(&mut self, response: &crate::sip::wire::Response) {
        let challenges: Vec<Challenge> =
            response.headers(Name::WwwAuthenticate).map(|text| Challenge::parse(text).unwrap()).collect();
        let algorithms: Vec<&str> = challenges.iter().filter_map(|c| c.algorithm.as_deref()).collect();
        assert_eq!(algorithms, ["SHA-256", "MD5"]);
        assert!(challenges.iter().all(|c| c.qop == ["auth"]));
        self.nonce = challenges[0].nonce.clone();
        self.count = 0;
    }

    pub fn authorized(&mut self, method: &str, uri: &str, more: &str) -> crate::sip::wire::Response {
        self.count += 1;
        let credentials = self.digest(method, uri);
        self.send(method, uri, &format!("{credentials}{more}"))
    }

    /// The same: the response, and the requests that followed it.
    pub fn asks(&mut self, method: &str, uri: &str, more: &str) -> (crate::sip::wire::Response, Vec<Request>) {
        self.count += 1;
        let credentials = self.digest(method, uri);
        self.say(method, uri, &format!("{credentials}{more}"));
        let (mut response, mut requests) = (None, Vec::new());
        for (_, bytes) in self.lone.sent() {
            match Message::parse(bytes).unwrap() {
                Message::Response(one) => response = Some(one),
                Message::Request(one) => requests.push(one),
            }
        }
        (response.expect("a response"), requests)
    }

    pub fn register(&mut self, contact: &str, more: &str) -> crate::sip::wire::Response {
        if self.nonce.is_empty() {
            self.challenged("REGISTER", "sip:carillon", "");
        }
        self.authorized("REGISTER", "sip:carillon", &format!("Contact: {contact}\n{more}"))
    }
}

fn registered(events: Vec<Event>) -> Vec<Contact> {
    match events.as_slice() {
        [Event::Registered { contacts, .. }] => contacts.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_phone_registers_with_either_algorithm_and_is_rung_where_it_speaks_from() {
    for sha256 in [true, false] {
        let mut phone = Phone::new("ana", "secret");
        phone.sha256 = sha256;
        let response = phone.register("<sip:ana@10.0.0.5:5062>", "Expires: 120\n");
        assert_eq!(response.status, 200);
        assert_eq!(response.header(Name::Contact), Some("<sip:ana@10.0.0.5:5062>;expires=120"));
        let contacts = registered(phone.lone.events());
        let [contact] = contacts.as_slice() else { panic!("{contacts:?}") };
        assert_eq!((contact.uri.as_str(), contact.webrtc), ("sip:ana@10.0.0.5:5062", false));
        assert_eq!(contact.destination.addr, phone.lone.source);

        let target = Target::Contact { user: "ana".to_owned(), contact: contact.id };
        phone.lone.command(Command::Invite(Box::new(invite_to(5, target))));
        let (to, invite) = phone.lone.sent_request();
        assert_eq!(to, contact.destination);
        assert_eq!((invite.method.clone(), invite.uri.to_string()), (Method::Invite, contact.uri.clone()));
        let from = invite.header(Name::From).unwrap();
        assert!(from.starts_with("\"Li \\\"Q\\\" Wei\" <sip:+8613800138000@carillon>;tag="), "{from}");
    }
}

#[test]
fn refreshing_is_silent_and_expiry_is_told() {
    let mut phone = Phone::new("ana", "secret");
    phone.register("<sip:ana@10.0.0.5>", "Expires: 60\n");
    assert_eq!(registered(phone.lone.events()).len(), 1);
    phone.lone.wait(Duration::from_secs(50));
    assert_eq!(phone.register("<sip:ana@10.0.0.5>", "Expires: 60\n").status, 200);
    phone.lone.wait(Duration::from_secs(50));
    assert_eq!(phone.lone.events(), [], "refreshed, nothing changed");
    phone.lone.wait(Duration::from_secs(11));
    assert_eq!(registered(phone.lone.events()), []);
}

#[test]
fn a_retransmitted_register_is_answered_again_and_a_replayed_one_is_not() {
    let mut phone = Phone::new("ana", "secret");
    phone.challenged("REGISTER", "sip:carillon", "");
    phone.count = 1;
    let credentials = phone.digest("REGISTER", "sip:carillon");
    assert_eq!(phone.send("REGISTER", "sip:carillon", &credentials).status, 200);
    phone.cseq -= 1;
    assert_eq!(phone.send("REGISTER", "sip:carillon", &credentials).status, 200, "the same branch");
    let replay = phone.send("REGISTER", "sip:carillon", &credentials);
    assert_eq!(replay.status, 401);
    assert!(replay.header(Name::WwwAuthenticate).unwrap().contains("stale=true"));
    assert!(phone.lone.counted().contains(&Counter::Replayed));
    assert_eq!(phone.authorized("REGISTER", "sip:carillon", "").status, 200, "the next count is good");
}

#[test]
fn what_is_not_exactly_right_proves_nothing() {
    for (from, to) in [
        ("username=\"ana\"", "username=\"bo\""),
        ("uri=\"sip:carillon\"", "uri=\"sip:elsewhere\""),
        ("qop=auth, ", ""),
        ("nc=00000001", "nc=00000002"),
        ("nc=00000001", "nc=00000000"),
        ("algorithm=SHA-256", "algorithm=MD5"),
        ("algorithm=SHA-256", "algorithm=SHA-256-sess"),
        ("cnonce=\"c0\"", "cnonce=\"\""),
        ("nonce=\"", "nonce=\"0"),
        ("realm=\"carillon\"", "realm=\"other\""),
        ("response=\"", "response=\"0"),
    ] {
        let mut phone = Phone::new("ana", "secret");
        phone.challenged("REGISTER", "sip:carillon", "");
        phone.count = 1;
        let credentials = phone.digest("REGISTER", "sip:carillon").replacen(from, to, 1);
        assert_eq!(phone.send("REGISTER", "sip:carillon", &credentials).status, 401, "{to}");
        assert!(phone.lone.events().is_empty());
    }
}

#[test]
fn a_nonce_is_only_good_for_its_source_and_its_time() {
    let mut phone = Phone::new("ana", "secret");
    phone.challenged("REGISTER", "sip:carillon", "");
    phone.lone.source = "198.51.100.77:5060".parse().unwrap();
    let elsewhere = phone.authorized("REGISTER", "sip:carillon", "");
    assert_eq!(elsewhere.status, 401);
    phone.take_nonce(&elsewhere);
    phone.lone.wait(Duration::from_secs(301));
    let old = phone.authorized("REGISTER", "sip:carillon", "");
    assert!(old.status == 401 && old.header(Name::WwwAuthenticate).unwrap().contains("stale=true"));
    phone.take_nonce(&old);
    assert_eq!(phone.authorized("REGISTER", "sip:carillon", "").status, 200);
}

#[test]
fn an_unknown_user_looks_like_a_wrong_password() {
    let run = |user: &'static str| {
        let mut phone = Phone::new(user, "wrong");
        let mut statuses = Vec::new();
        for _ in 0..12 {
            phone.challenged_or_waits(&mut statuses);
        }
        statuses
    };
    assert_eq!(run("ana"), run("nobody-at-all"));
}

impl Phone {
    fn challenged_or_waits(&mut self, statuses: &mut Vec<(u16, Option<String>)>) {
        if self.nonce.is_empty() {
            self.challenged("REGISTER", "sip:carillon", "");
        }
        let response = self.authorized("REGISTER", "sip:carillon", "");
        statuses.push((response.status, response.header(Name::RetryAfter).map(str::to_owned)));
        if response.status == 401 {
            self.take_nonce(&response);
        }
    }
}

#[test]
fn guessing_is_slowed_and_the_owner_is_not_locked_out() {
    let mut phone = Phone::new("ana", "wrong");
    let mut statuses = Vec::new();
    for _ in 0..60 {
        phone.challenged_or_waits(&mut statuses);
    }
    let looked_at = statuses.iter().filter(|(status, _)| *status == 401).count();
    assert!(looked_at <= 10, "{looked_at} guesses in no time");
    assert_eq!(statuses.last().unwrap().0, 403);

    phone.password = "secret";
    assert_eq!(phone.authorized("REGISTER", "sip:carillon", "").status, 403, "from the guesser's address");
    let guesser = phone.lone.source;
    phone.lone.source = "198.51.100.10:5060".parse().unwrap();
    phone.challenged("REGISTER", "sip:carillon", "");
    assert_eq!(phone.authorized("REGISTER", "sip:carillon", "").status, 200, "the owner elsewhere");

    phone.lone.source = guesser;
    phone.lone.wait(Duration::from_secs(301));
    phone.challenged("REGISTER", "sip:carillon", "");
    assert_eq!(phone.authorized("REGISTER", "sip:carillon", "").status, 200, "after the wait");
}

#[test]
fn a_user_may_only_register_and_call_as_himself() {
    let mut phone = Phone::new("ana", "secret");
    phone.challenged("REGISTER", "sip:carillon", "");
    phone.count = 1;
    let credentials = phone.digest("REGISTER", "sip:carillon");
    phone.lone.says(&format!(
        "REGISTER sip:carillon SIP/2.0\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bKas\nMax-Forwards: 70\n\
         From: <sip:ana@carillon>;tag=p\nTo: <sip:bo@carillon>\nCall-ID: c\nCSeq: 9 REGISTER\n\
         Contact: <sip:x@h>\n{credentials}"
    ));
    assert_eq!(phone.lone.shown(), ["403"]);
    assert!(phone.lone.events().is_empty());
}

#[test]
fn a_user_calls_with_digest_and_is_known_by_it() {
    let mut phone = Phone::new("ana", "secret");
    phone.challenged("INVITE", "sip:4000@carillon", "");
    let body = "Contact: <sip:ana@10.0.0.5>\nContent-Type: application/sdp\n\nv=0";
    assert_eq!(phone.authorized("INVITE", "sip:4000@carillon", body).status, 100);
    let Some(Event::Invited(invited)) = phone.lone.events().pop() else { panic!("no Invited") };
    assert_eq!(invited.origin, Origin::User { user: "ana".to_owned(), agent: Some(AgentId(7)) });
}

#[test]
fn inside_a_trunks_network_a_registered_phone_is_still_a_user() {
    let mut phone = Phone::new("ana", "secret");
    phone.lone.source = "192.0.2.50:5062".parse().unwrap();
    phone.register("<sip:ana@192.0.2.50:5062>", "");
    phone.lone.events();
    let body = "Contact: <sip:ana@192.0.2.50:5062>\nContent-Type: application/sdp\n\nv=0";
    phone.challenged("INVITE", "sip:4000@carillon", body);
    assert_eq!(phone.authorized("INVITE", "sip:4000@carillon", body).status, 100);
    let Some(Event::Invited(invited)) = phone.lone.events().pop() else { panic!("no Invited") };
    assert!(matches!(invited.origin, Origin::User { .. }));
}

#[test]
fn a_browser_is_reached_by_its_flow_and_gone_with_it() {
    let mut phone = Phone::new("bo", "word");
    phone.lone.transport = Transport::Ws;
    phone.lone.flow = FlowId(9);
    phone.lone.source = "192.0.2.60:52000".parse().unwrap();
    let contact = "<sip:k2j3@df7jal23ls0d.invalid;transport=ws>;+sip.ice;reg-id=1;\
                   +sip.instance=\"<urn:uuid:1>\";expires=600";
    let response = phone.register(contact, "");
    assert_eq!(response.status, 200);
    assert!(response.header(Name::Contact).unwrap().contains("expires=600"));
    let contacts = registered(phone.lone.events());
    let [contact] = contacts.as_slice() else { panic!("{contacts:?}") };
    assert!(contact.webrtc);
    assert_eq!(contact.destination.flow, Some(FlowId(9)));

    let target = Target::Contact { user: "bo".to_owned(), contact: contact.id };
    phone.lone.command(Command::Invite(Box::new(invite_to(5, target.clone()))));
    let (to, invite) = phone.lone.sent_request();
    assert_eq!(to.flow, Some(FlowId(9)));
    assert_eq!(invite.uri.to_string(), "sip:k2j3@df7jal23ls0d.invalid;transport=ws");
    assert!(invite.header(Name::Via).unwrap().starts_with("SIP/2.0/WS "));
    assert!(invite.header(Name::Contact).unwrap().contains("transport=ws"));

    phone.lone.input(Input::FlowClosed(FlowId(9)));
    let events = phone.lone.events();
    assert!(matches!(&events[0], Event::Registered { contacts, .. } if contacts.is_empty()));
    assert!(matches!(&events[1], Event::Ended { leg: LegId(5), end: LegEnd::Lost(Reason { status: 503, .. }) }));
    assert_eq!(events.len(), 2);
    phone.lone.command(Command::Invite(Box::new(invite_to(6, target))));
    assert!(matches!(phone.lone.events().as_slice(), [Event::Ended { leg: LegId(6), end: LegEnd::Lost(_) }]));
}

#[test]
fn phones_that_bear_only_md5_get_what_they_bear() {
    let offered = |transport: Transport, agent: &str| {
        let mut lone = Lone::new().from(STRANGER).over(transport);
        lone.request("REGISTER", "sip:carillon", "r", 1, "", &format!("User-Agent: {agent}\n"));
        let response = lone.sent_response();
        let algorithm = |text: &str| Challenge::parse(text).unwrap().algorithm.unwrap();
        response.headers(Name::WwwAuthenticate).map(algorithm).collect::<Vec<String>>()
    };
    assert_eq!(offered(Transport::Udp, "Good Phone 1.0 (a name of some length)"), ["SHA-256", "MD5"]);
    assert_eq!(offered(Transport::Ws, "JsSIP 3.13.8"), ["SHA-256", "MD5"], "it takes the last");
    assert_eq!(offered(Transport::Tcp, "baresip v1.0.0 (x86_64/linux)"), ["MD5"]);
    assert_eq!(offered(Transport::Tcp, "baresip v4.1.0 (x86_64/Linux)"), ["SHA-256", "MD5"]);
}

#[test]
fn over_websocket_everybody_needs_digest() {
    let mut lone = Lone::new().over(Transport::Ws);
    lone.invite("ws");
    assert_eq!(lone.shown(), ["401"]);
}

#[test]
fn a_user_who_is_taken_away_loses_his_contacts() {
    let mut phone = Phone::new("ana", "secret");
    phone.register("<sip:ana@10.0.0.5>", "");
    phone.lone.events();
    phone.lone.input(Input::Configure { users: vec![], trunks: vec![] });
    let events = phone.lone.events();
    assert_eq!(events, [Event::Registered { user: "ana".to_owned(), agent: Some(AgentId(7)), contacts: Vec::new() }]);
    assert!(phone.lone.endpoint.next_deadline().is_some(), "only the transaction is left");
    phone.lone.wait(Duration::from_secs(60));
    assert_eq!(phone.lone.endpoint.next_deadline(), None);
}

#[test]
fn registrations_follow_the_rules() {
    let mut phone = Phone::new("ana", "secret");
    assert_eq!(phone.register("<sip:a@h1>", "Expires: 10\n").header(Name::MinExpires), Some("30"));
    assert_eq!(phone.register("<tel:+49301>", "").status, 400);
    assert_eq!(phone.register("*", "Expires: 60\n").status, 400);
    assert_eq!(phone.lone.events(), []);
    phone.register("<sip:a@h1>;q=0.5, <sip:b@h2>;q=0.9", "Expires: 99999\n");
    let uris: Vec<String> = registered(phone.lone.events()).into_iter().map(|contact| contact.uri).collect();
    assert_eq!(uris, ["sip:b@h2", "sip:a@h1"], "highest q first");
    let all = phone.authorized("REGISTER", "sip:carillon", "");
    let listed: Vec<&str> = all.headers(Name::Contact).collect();
    assert!(listed.len() == 2 && listed.iter().all(|contact| contact.contains("expires=3600")), "{listed:?}");
    phone.register("<sip:a@h1>;expires=0", "");
    assert_eq!(registered(phone.lone.events()).len(), 1);
    phone.register("*", "Expires: 0\n");
    assert_eq!(registered(phone.lone.events()), []);
}

#[test]
fn a_phone_behind_an_edge_is_rung_through_it() {
    for (transport, path, to) in [
        (Transport::Udp, "<sip:198.51.100.9;lr>", STRANGER),
        (Transport::Tcp, "<sip:198.51.100.9:5070;transport=tcp;lr>", "198.51.100.9:5070"),
        (Transport::Tcp, "<sip:198.51.100.9;transport=tcp;lr>", "198.51.100.9:5060"),
        // Another's address: it is where it speaks from.
        (Transport::Tcp, "<sip:203.0.113.66;lr>", STRANGER),
    ] {
        let mut phone = Phone::new("ana", "secret");
        phone.lone.transport = transport;
        let path = format!("Path: {path}, <sip:inner.example;lr>\nRequire: path\nSupported: path\n");
        let response = phone.register("<sip:ana@10.0.0.5:5062>", &path);
        assert_eq!((response.status, response.values(Name::Path).count()), (200, 2), "{path}");
        let contact = registered(phone.lone.events()).remove(0);
        assert_eq!(contact.destination.addr.to_string(), to, "{path}");
        let target = Target::Contact { user: "ana".to_owned(), contact: contact.id };
        phone.lone.command(Command::Invite(Box::new(invite_to(5, target))));
        let (sent_to, invite) = phone.lone.sent_request();
        assert_eq!((sent_to.addr.to_string().as_str(), invite.uri.to_string().as_str()), (to, "sip:ana@10.0.0.5:5062"));
        let routes: Vec<_> = invite.values(Name::Route).map(str::to_owned).collect();
        assert_eq!((routes.len(), routes[1].as_str()), (2, "<sip:inner.example;lr>"), "{path}");
        // The connection to the edge closes: another one can be made.
        let outlives = transport == Transport::Tcp && to != STRANGER;
        let flow = phone.lone.flow;
        phone.lone.input(super::super::Input::FlowClosed(flow));
        let gone = phone
            .lone
            .events()
            .iter()
            .any(|event| matches!(event, Event::Registered { contacts, .. } if contacts.is_empty()));
        assert_eq!(gone, !outlives, "{path}");
    }
}

#[test]
fn a_path_that_cannot_be_gone_is_refused() {
    let many = ["<sip:a;lr>"; 9].join(", ");
    for path in ["<tel:+4930>", "nothing at all", &many] {
        let mut phone = Phone::new("ana", "secret");
        assert_eq!(phone.register("<sip:ana@10.0.0.5>", &format!("Path: {path}\n")).status, 400, "{path}");
    }
}

#[test]
fn a_flow_is_kept_where_everybody_on_the_way_keeps_it() {
    let instance = "<sip:ana@10.0.0.5>;reg-id=1;+sip.instance=\"<urn:uuid:1>\"";
    for (contact, more, keeps) in [
        (instance, "Supported: path, outbound\n", true),
        (instance, "Supported: path, outbound\nPath: <sip:198.51.100.9;lr;ob>\n", true),
        (instance, "", false),
        ("<sip:ana@10.0.0.5>", "Supported: outbound\n", false),
    ] {
        let mut phone = Phone::new("ana", "secret");
        let response = phone.register(contact, more);
        assert_eq!((response.status, response.requires("outbound")), (200, keeps), "{contact} {more}");
    }
}
