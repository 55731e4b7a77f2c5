//! Calls made and moved with real phones: an agent's baresip, SIPp as the carrier, an ear at each end.

use std::net::UdpSocket;
use std::time::Duration;

use serde_json::{Value, json};

use crate::baresip::DeskPhone;
use crate::ear::Ear;
use crate::journeys::on_duty;
use crate::line::{desk, ended, event, row};
use crate::server::Server;
use crate::sipp::{Ends, Signalling, customer_answers_with};

const SOON: Duration = Duration::from_secs(20);
/// What the agent's phone says: see [`desk`].
const AGENT_HERTZ: f64 = 880.0;

struct Center {
    server: Server,
    /// Where the trunk leads.
    port: u16,
    _desk: DeskPhone,
    key: String,
    id: u64,
}

fn center() -> Center {
    let port = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
    let trunk = format!("destination = \"udp:127.0.0.1:{port}\"\nprefixes = [\"+86\"]");
    let server = Server::demo_with(&[("trunk.demo", &trunk)]);
    let phone = desk(&server);
    let (key, id) = on_duty(&server);
    Center { server, port, _desk: phone, key, id }
}

impl Center {
    fn ask(&self, command: &Value) -> Value {
        self.server.post(&self.server.ready.tokens.admin, &format!("/api/v1/agents/{}/commands", self.id), command)
    }

    fn wait_for_event(&self, caller: &str, kind: &str) {
        self.server.wait(SOON, kind, |server| {
            let mine = server.interactions().into_iter().any(|row| row["caller"] == caller);
            mine && event(server, &row(server, caller), kind).is_some()
        });
    }

    fn is(&self, state: &str) {
        self.server.wait(SOON, state, |server| server.agent(&self.key)["state"]["state"] == state);
    }
}

fn until(what: &str, done: impl Fn() -> bool) {
    let limit = std::time::Instant::now() + SOON;
    while !done() {
        assert!(std::time::Instant::now() < limit, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_agent_calls_a_customer() {
    let center = center();
    let ear = Ear::open();
    let mut customer = customer_answers_with(ear.port, center.port, "\\+8613800138001", "\\+862155500100");
    center.ask(&json!({ "type": "call.dial", "number": "138 0013 8001", "queue": "sales" }));
    until("the customer hears the agent", || ear.share(AGENT_HERTZ) > 0.8);
    center.is("busy");
    center.ask(&json!({ "type": "call.hold" }));
    until("on hold the customer hears the agent no more", || ear.share(AGENT_HERTZ) < 0.1);
    center.ask(&json!({ "type": "call.resume" }));
    until("the agent again", || ear.share(AGENT_HERTZ) > 0.8);
    center.ask(&json!({ "type": "call.hang_up" }));
    assert!(customer.ended_well(SOON), "the right number was called, and from the center's");
    center.is("wrap_up");
    let row = ended(&center.server, "+8613800138001");
    assert_eq!((&row["direction"], &row["outcome"]), (&json!("outbound"), &json!("handled")), "{row}");
    assert!(center.server.recording(&row).metadata().is_ok_and(|file| file.len() > 8_000), "it was recorded");
}

#[test]
fn somebody_outside_is_asked_joins_and_keeps_the_customer() {
    let center = center();
    let (caller, guest) = (Ear::open(), Ear::open());
    let (number, ends) = (&center.server.ready.numbers.queue, Ends::After(Duration::from_secs(25)));
    let mut call = Signalling { from: "13800138002", number, media: caller.port, ends }.dial(center.server.sip());
    until("the caller hears the agent", || caller.share(AGENT_HERTZ) > 0.8);
    let mut outside = customer_answers_with(guest.port, center.port, "\\+8613800138003", "\\+862155500100");
    let to = json!({ "kind": "number", "number": "138 0013 8003" });
    center.ask(&json!({ "type": "call.consult", "to": to }));
    until("the guest hears the agent", || guest.share(AGENT_HERTZ) > 0.8);
    until("the caller hears music", || caller.share(AGENT_HERTZ) < 0.1);
    center.ask(&json!({ "type": "call.swap" }));
    until("the caller hears the agent", || caller.share(AGENT_HERTZ) > 0.8);
    until("the guest does not", || guest.share(AGENT_HERTZ) < 0.1);
    center.ask(&json!({ "type": "call.merge" }));
    until("both hear the agent", || caller.share(AGENT_HERTZ) > 0.5 && guest.share(AGENT_HERTZ) > 0.5);
    center.ask(&json!({ "type": "call.complete" }));
    center.is("wrap_up");
    until("neither hears the agent", || caller.share(AGENT_HERTZ) < 0.1 && guest.share(AGENT_HERTZ) < 0.1);
    center.wait_for_event("+8613800138002", "call.transferred");
    assert!(call.ended_well(SOON * 2) && outside.ended_well(SOON), "the caller hangs up, and the guest is let go");
    let row = ended(&center.server, "+8613800138002");
    assert_eq!((&row["outcome"], &row["ended_by"]), (&json!("handled"), &json!("customer")), "{row}");
}
