//! Extensions of SIP against SIPp: reliable provisional responses in both roles, session timers, UPDATE, 3xx; and the
//! messages of all that, as they are kept.

use std::net::UdpSocket;
use std::time::Duration;

use serde_json::Value;

use crate::ear::Ear;
use crate::http;
use crate::line::{event, row, waits};
use crate::server::Server;
use crate::sipp::{Ends, requires_and_refreshes, sends_on, speaks_early};

fn port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port()
}

/// What was kept of a contact, first lines in order.
fn lines(server: &Server, row: &Value) -> Vec<String> {
    let told = server.get(&format!("/api/v1/interactions/{}/sip", row["id"].as_str().expect("an id")));
    let line = |message: &Value| message["line"].as_str().expect("a line").to_owned();
    told["items"].as_array().expect("messages").iter().map(line).collect()
}

#[test]
fn a_caller_requires_100rel_and_refreshes_the_session_by_update() {
    let server = Server::demo_with(&[]);
    let mut call = requires_and_refreshes(server.sip(), &server.ready.numbers.queue, "13800138007");
    assert!(call.ended_well(Duration::from_secs(40)), "SIPp saw what it wanted");
    let row = row(&server, "+8613800138007");
    let kept = || {
        let lines = lines(&server, &row);
        let count = |begin: &str| lines.iter().filter(|line| line.starts_with(begin)).count();
        ["INVITE", "PRACK", "UPDATE", "BYE"].map(count)
    };
    server.wait(Duration::from_secs(10), "all of it is kept", |_| kept() == [1, 1, 1, 1]);
    let path = format!("/api/v1/interactions/{}/sip.pcap", row["id"].as_str().expect("an id"));
    let file = http::request(server.http(), "GET", &path, Some(&server.ready.tokens.admin), None);
    assert_eq!(file.status, 200);
    assert!(file.body.contains("UPDATE sip:"), "the file has the messages");
}

#[test]
fn a_trunk_sends_the_call_on_to_a_gateway_that_answers_in_a_reliable_183() {
    let (first, second) = (port(), port());
    let rules = "announce_s = 0\nskills = { jewellery = 3, service = 10 }\n\
                 relax = [{ after_ms = 20000, drop = [\"service\"] }]\ncall_back = { digit = \"3\" }";
    let trunk = format!(
        "name = \"First\"\nnetworks = [\"127.0.0.0/8\"]\ndestination = \"udp:127.0.0.1:{first}\"\nprefixes = [\"+86\"]\n\
         redirects = true\nhealth = {{ probe_s = 0 }}"
    );
    let server = Server::staffed_with(&[("queue.sales", rules), ("trunk.demo", &trunk)]);
    let mut gateway = sends_on(first, &format!("sip:+8613800138001@127.0.0.1:{second}"));
    let mut early = speaks_early(second);
    let ear = Ear::open();
    let mut asks = waits(&server, "13800138001", &ear, Ends::ByPeer);
    std::thread::sleep(Duration::from_secs(1));
    ear.press('3');
    ear.hears("zh/call-back-confirm", 0.0, Duration::from_secs(20));
    ear.press('1');
    assert!(asks.ended_well(Duration::from_secs(30)), "booked");
    server.wait(Duration::from_secs(90), "agent and customer talk", |server| {
        let row = row(server, "+8613800138001");
        row["direction"] == "outbound" && row["answered"].is_u64()
    });
    let back = row(&server, "+8613800138001");
    assert!(event(&server, &back, "trunk.redirected").is_some() && event(&server, &back, "trunk.failed").is_none());
    assert!(gateway.ended_well(Duration::from_secs(20)), "its 302 had its ACK");
    assert!(early.ended_well(Duration::from_secs(60)), "the 183 had its PRACK, and its answer held");
    let lines = lines(&server, &back);
    assert!(lines.iter().any(|line| line.starts_with("SIP/2.0 302")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("PRACK")), "{lines:?}");
}
