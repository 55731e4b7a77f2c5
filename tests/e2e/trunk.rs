//! Calls out through real trunks: one that is dead, and one that wants an account.

use std::net::UdpSocket;
use std::time::Duration;

use crate::ear::Ear;
use crate::http;
use crate::line::{event, row, waits};
use crate::server::Server;
use crate::sipp::{Ends, carrier_asks};

#[test]
fn a_dead_trunk_is_passed_over_and_the_next_one_gets_its_credentials() {
    let port = || UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
    let (dead, alive) = (port(), port());
    // The call-back is asked for before any agent fits.
    let rules = "announce_s = 0\nskills = { jewellery = 3, service = 10 }\n\
                 relax = [{ after_ms = 20000, drop = [\"service\"] }]\ncall_back = { digit = \"3\" }";
    let trunks = format!(
        "name = \"First\"\nnetworks = [\"127.0.0.0/8\"]\ndestination = \"udp:127.0.0.1:{dead}\"\nprefixes = [\"+86\"]\n\
         fallback = [\"second\"]\n[trunk.second]\ndestination = \"udp:127.0.0.1:{alive}\"\nprefixes = [\"+86\"]\n\
         health = {{ probe_s = 0 }}\n\
         account = {{ user = \"4711\", realm = \"carrier.example\", password = {{ plain = \"secret\" }} }}"
    );
    let server = Server::staffed_with(&[("queue.sales", rules), ("trunk.demo", &trunks)]);
    let mut carrier = carrier_asks(alive, "4711", "secret", "carrier.example");
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
    let at = |kind: &str| event(&server, &back, kind).unwrap_or_else(|| panic!("{kind} is not there"));
    let (failed, talks) = (at("trunk.failed") - at("call_back.dialled"), at("call.connected") - at("trunk.failed"));
    println!(
        "the dead trunk cost {:.1} ms, the one that challenged {:.1} ms until the answer",
        failed as f64 / 1e3,
        talks as f64 / 1e3
    );
    assert!(carrier.ended_well(Duration::from_secs(60)), "the carrier took the credentials");
    let file = http::request(server.http(), "GET", "/api/v1/center/file", Some(&server.ready.tokens.admin), None).body;
    assert!(file.contains("4711") && !file.contains("secret") && !file.contains("ha1"), "no secret is shown: {file}");
}
