//! Encrypted sound with a real phone: baresip that speaks nothing else.

use std::net::UdpSocket;
use std::time::Duration;

use carillon::media::tone::share;
use serde_json::json;

use crate::baresip::{DeskPhone, Sound};
use crate::ear::Ear;
use crate::journeys::on_duty;
use crate::server::Server;
use crate::sipp::customer_answers_with;

const SOON: Duration = Duration::from_secs(20);
/// What they say.
const AGENT_HERTZ: u32 = 880;
const CUSTOMER_HERTZ: f64 = 620.0;

fn until(what: &str, done: impl Fn() -> bool) {
    let limit = std::time::Instant::now() + SOON;
    while !done() {
        assert!(std::time::Instant::now() < limit, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The agent calls out: each hears the other, and the call ends in order.
fn heard_both_ways(rule: &str, sound: Sound) {
    let port = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
    let trunk = format!("destination = \"udp:127.0.0.1:{port}\"\nprefixes = [\"+86\"]");
    let server = Server::demo_with(&[("trunk.demo", &trunk), ("center", &format!("srtp = \"{rule}\""))]);
    let phone = server.ready.phone.clone();
    let desk = DeskPhone::register_with(server.sip(), (&phone.user, &phone.password), sound, AGENT_HERTZ);
    let (_, agent) = on_duty(&server);
    let ear = Ear::open();
    ear.speak(CUSTOMER_HERTZ);
    let mut customer = customer_answers_with(ear.port, port, "\\+8613800138001", "\\+862155500100");
    let ask = |command| server.post(&server.ready.tokens.admin, &format!("/api/v1/agents/{agent}/commands"), &command);
    ask(json!({ "type": "call.dial", "number": "138 0013 8001", "queue": "sales" }));
    until("the customer hears the agent", || ear.share(f64::from(AGENT_HERTZ)) > 0.8);
    until("the agent hears the customer", || {
        let heard = desk.heard();
        share(&heard[heard.len().saturating_sub(4_000)..], CUSTOMER_HERTZ) > 0.8
    });
    ask(json!({ "type": "call.hang_up" }));
    assert!(customer.ended_well(SOON));
}

#[test]
fn a_phone_that_must_have_keys_is_heard_and_hears() {
    heard_both_ways("required", Sound::Keys);
}

#[test]
fn a_phone_that_shakes_hands_is_heard_and_hears() {
    heard_both_ways("dtls", Sound::Handshake);
}

#[test]
fn keys_are_offered_where_that_is_said() {
    heard_both_ways("offered_in_clear", Sound::KeysIfOffered);
}
