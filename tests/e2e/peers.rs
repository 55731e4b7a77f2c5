//! Other people's servers around a center, and a second center: a Kamailio in front of it as an edge, and two centers
//! that are each other's trunk. Both ends are heard.

use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use carillon::media::tone::share;
use serde_json::json;
use tempfile::NamedTempFile;

use crate::baresip::{DeskPhone, Sound};
use crate::ear::Ear;
use crate::journeys::on_duty;
use crate::line::ended;
use crate::server::Server;
use crate::sipp::{Ends, Signalling, customer_answers_with};

const SOON: Duration = Duration::from_secs(20);
const AGENT_HERTZ: u32 = 880;
const OTHER_HERTZ: u32 = 660;
const CUSTOMER_HERTZ: f64 = 620.0;

pub fn until(what: &str, done: impl Fn() -> bool) {
    let limit = std::time::Instant::now() + SOON;
    while !done() {
        assert!(std::time::Instant::now() < limit, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn hears(desk: &DeskPhone, hertz: f64) -> bool {
    let heard = desk.heard();
    share(&heard[heard.len().saturating_sub(4_000)..], hertz) > 0.8
}

/// As [`until`], of what a phone hears; says what it heard if it does not.
fn until_hears(who: &str, desk: &DeskPhone, hertz: f64) {
    let limit = std::time::Instant::now() + SOON;
    while !hears(desk, hertz) {
        let heard = desk.heard();
        let last = &heard[heard.len().saturating_sub(4_000)..];
        let tones = [AGENT_HERTZ, OTHER_HERTZ].map(|tone| (tone, share(last, f64::from(tone))));
        let all = heard.len();
        assert!(
            std::time::Instant::now() < limit,
            "{who} does not hear {hertz} Hz: {all} samples, {tones:?} at the end"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port()
}

/// An edge proxy: all that phones and callers say comes by it, and it stays on the way (RFC 3327, RFC 3261 §16).
struct Edge {
    process: Child,
    at: SocketAddr,
    _configuration: NamedTempFile,
}

const EDGE: &str = r#"#!KAMAILIO
debug=0
log_stderror=yes
fork=yes
children=2
disable_tcp=yes
listen=udp:@EDGE@
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "path.so"
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) { t_relay(); } exit; }
  if (is_method("REGISTER")) { add_path(); }
  loose_route();
  remove_hf("Route");
  if ($sp != @PORT@) { $du = "sip:@CENTER@"; }
  if (is_method("INVITE") && !has_totag()) { record_route(); }
  t_relay();
}
"#;

impl Edge {
    fn before(server: &Server) -> Self {
        let at = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let text = EDGE.replace("@EDGE@", &at.to_string()).replace("@CENTER@", &server.sip().to_string());
        let text = text.replace("@PORT@", &server.sip().port().to_string());
        let mut configuration = NamedTempFile::new().expect("a file");
        configuration.write_all(text.as_bytes()).expect("the configuration");
        let process = Command::new("kamailio")
            .args(["-DD", "-E", "-m", "32", "-M", "8", "-f"])
            .arg(configuration.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("kamailio is installed");
        Self { process, at, _configuration: configuration }
    }
}

impl Drop for Edge {
    /// By a signal that its workers hear of, too.
    fn drop(&mut self) {
        drop(Command::new("kill").arg(self.process.id().to_string()).status());
        drop(self.process.wait());
    }
}

#[test]
fn an_edge_in_front_carries_phones_and_callers() {
    let port = free_port();
    let trunk = format!("destination = \"udp:127.0.0.1:{port}\"\nprefixes = [\"+86\"]");
    let server = Server::demo_with(&[("trunk.demo", &trunk)]);
    let edge = Edge::before(&server);
    let phone = server.ready.phone.clone();
    let desk = DeskPhone::register_by(edge.at, server.sip(), (&phone.user, &phone.password), AGENT_HERTZ);
    let (_, agent) = on_duty(&server);

    let caller = Ear::open();
    caller.speak(CUSTOMER_HERTZ);
    let (number, ends) = (&server.ready.numbers.queue, Ends::ByPeer);
    let mut call = Signalling { from: "13800138001", number, media: caller.port, ends }.dial(edge.at);
    until("the caller hears the agent", || caller.share(f64::from(AGENT_HERTZ)) > 0.8);
    until("the agent hears the caller", || hears(&desk, CUSTOMER_HERTZ));
    let ask = |command| server.post(&server.ready.tokens.admin, &format!("/api/v1/agents/{agent}/commands"), &command);
    ask(json!({ "type": "call.hold" }));
    until("on hold the caller hears the agent no more", || caller.share(f64::from(AGENT_HERTZ)) < 0.1);
    ask(json!({ "type": "call.resume" }));
    until("the agent again", || caller.share(f64::from(AGENT_HERTZ)) > 0.8);
    ask(json!({ "type": "call.hang_up" }));
    assert!(call.ended_well(SOON), "the BYE came by the edge");
    assert_eq!(ended(&server, "+8613800138001")["ended_by"], "supervisor", "that is how the command was given");

    let customer = Ear::open();
    let mut outside = customer_answers_with(customer.port, port, "\\+8613800138002", "\\+862155500100");
    ask(json!({ "type": "call.dial", "number": "138 0013 8002", "queue": "sales" }));
    until("the customer hears the agent", || customer.share(f64::from(AGENT_HERTZ)) > 0.8);
    ask(json!({ "type": "call.hang_up" }));
    assert!(outside.ended_well(SOON));
}

#[test]
fn two_centers_are_each_others_trunk() {
    let number = "name = { en = \"Line test\", zh = \"线路测试\" }\nflow = \"echo\"\n[number.\"+8613800138001\"]\n\
                  name = { en = \"The other center\", zh = \"另一个中心\" }\nflow = \"queue\"";
    let other = Server::second_with(&[("number.4200", number)]);
    let trunk = format!("destination = \"udp:{}\"\nprefixes = [\"+86\"]", other.sip());
    let server = Server::demo_with(&[("trunk.demo", &trunk)]);
    let [desk, far] = [(&server, AGENT_HERTZ), (&other, OTHER_HERTZ)].map(|(server, hertz)| {
        let phone = &server.ready.phone;
        DeskPhone::register_with(server.sip(), (&phone.user, &phone.password), Sound::Clear, hertz)
    });
    let (key, agent) = on_duty(&server);
    let (colleague, _) = on_duty(&other);
    let ask = |command| server.post(&server.ready.tokens.admin, &format!("/api/v1/agents/{agent}/commands"), &command);
    ask(json!({ "type": "call.dial", "number": "138 0013 8001", "queue": "sales" }));
    server.wait(SOON, "the agent's phone is up", |server| server.agent(&key)["state"]["state"] == "busy");
    other.wait(SOON, "the call is with the colleague", |other| other.agent(&colleague)["state"]["state"] == "busy");
    until_hears("the colleague", &far, f64::from(AGENT_HERTZ));
    until_hears("the agent", &desk, f64::from(OTHER_HERTZ));
    ask(json!({ "type": "call.hold" }));
    until("on hold the other hears music", || !hears(&far, f64::from(AGENT_HERTZ)));
    ask(json!({ "type": "call.resume" }));
    until_hears("the colleague, after the hold,", &far, f64::from(AGENT_HERTZ));
    ask(json!({ "type": "call.hang_up" }));
    other.wait(SOON, "the other center wraps up", |other| other.agent(&colleague)["state"]["state"] == "wrap_up");
    let (ours, theirs) = (ended(&server, "+8613800138001"), ended(&other, "+862155500100"));
    assert_eq!((&ours["direction"], &ours["outcome"]), (&json!("outbound"), &json!("handled")), "{ours}");
    assert_eq!((&theirs["direction"], &theirs["ended_by"]), (&json!("inbound"), &json!("customer")), "{theirs}");
}
