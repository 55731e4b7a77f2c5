//! What waiting callers live through, with real phones: announcements between the music, the place of who
//! rings again, the call back, the demand that widens.

use std::net::UdpSocket;
use std::time::Duration;

use serde_json::{Value, json};

use crate::baresip::{Answers, DeskPhone};
use crate::ear::{Ear, find, sound};
use crate::journeys::on_duty;
use crate::server::{Server, center_of_its_own};
use crate::sipp::{Call, Ends, Signalling, customer_answers};

const SOON: Duration = Duration::from_secs(20);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn desk(server: &Server) -> DeskPhone {
    let phone = server.ready.phone.clone();
    DeskPhone::register(server.sip(), &phone.user, &phone.password, "udp", 880, Answers::AtOnce)
}

pub fn waiting(server: &Server) -> u64 {
    let board = server.get("/api/v1/board");
    board["queues"].as_array().expect("queues").iter().filter_map(|queue| queue["waiting"].as_u64()).sum()
}

/// A caller who waits in the line.
pub fn waits(server: &Server, from: &str, ear: &Ear, ends: Ends) -> Call {
    let before = waiting(server);
    let call = Signalling { from, number: &server.ready.numbers.queue, media: ear.port, ends }.dial(server.sip());
    server.wait(SOON, "the caller waits", |server| waiting(server) > before);
    call
}

/// The newest row of this caller.
pub fn row(server: &Server, caller: &str) -> Value {
    let rows = server.interactions();
    rows.into_iter().find(|row| row["caller"] == caller).unwrap_or_else(|| panic!("no row of {caller}"))
}

/// The same, once the call is over and that is written down.
pub fn ended(server: &Server, caller: &str) -> Value {
    server.wait(SOON, "the call is written down to its end", |server| row(server, caller)["ended"].is_u64());
    row(server, caller)
}

pub fn event(server: &Server, row: &Value, kind: &str) -> Option<u64> {
    let row = server.get(&format!("/api/v1/interactions/{}", row["id"].as_str().expect("an id")));
    row["events"].as_array()?.iter().find(|event| event["kind"] == kind)?["at"].as_u64()
}

#[test]
fn announcements_are_heard_between_music_that_goes_on() {
    let server =
        Server::demo_with(&[("queue.sales", "announce_first_s = 3\nannounce_s = 7\nannounce = [\"position\"]")]);
    let ear = Ear::open();
    let _call = waits(&server, "13800138000", &ear, Ends::After(secs(60)));
    let first = ear.hears("zh/queue-next", 0.0, secs(15));
    let second = ear.hears("zh/queue-next", first + 1.0, secs(15));
    std::thread::sleep(secs(2));
    let (heard, music, spoken) = (ear.heard(), sound("music/hold"), sound("zh/queue-next"));
    let at = |seconds: f64| (seconds * 8_000.0) as usize;
    let length = spoken.len() as f64 / 8_000.0;
    // One second of what is heard before, between and after, each looked for in the music.
    let place = |from: f64| find(&music, &heard[at(from)..at(from + 1.0)], 0).map(|at| at as f64 / 8_000.0);
    let begun = place(first - 1.5).expect("music before");
    let between = place(first + length + 0.5).expect("music between");
    let after = place(second + length + 0.5).expect("music afterwards");
    println!("announced at {first:.2} s and {second:.2} s; the music stood at {begun:.2}, {between:.2}, {after:.2} s");
    let share = |from: f64| carillon::media::tone::share(&heard[at(from)..at(from + 0.5)], 440.0);
    println!("share of 440 Hz in music {:.3}, in speech {:.3}", share(first - 1.0), share(first + 0.2));
    assert!((second - first - 7.0).abs() < 0.5, "every seven seconds: {first} {second}");
    assert!((2.0..5.0).contains(&first), "the first after three seconds: {first}");
    // 2 s of music lie between the first two pieces, and it was not begun anew.
    assert!((between - begun - 2.0).abs() < 0.1, "the music goes on where it stood: {begun} {between}");
    assert!((after - between - (second - first - length)).abs() < 0.1, "{between} {after}");
}

#[test]
fn who_rings_again_is_served_first() {
    let server = Server::demo_with(&[("queue.sales", "recall_s = 60\nannounce_s = 0")]);
    let (ear, other) = (Ear::open(), Ear::open());
    let mut gave_up = waits(&server, "13800138001", &ear, Ends::After(secs(3)));
    assert!(gave_up.ended_well(secs(20)), "the first call went as written");
    server.wait(SOON, "nobody waits", |server| waiting(server) == 0);
    let _patient = waits(&server, "13800138002", &other, Ends::After(secs(60)));
    let _again = waits(&server, "13800138001", &ear, Ends::After(secs(60)));
    let _desk = desk(&server);
    let (key, _) = on_duty(&server);
    server.wait(SOON, "the agent talks", |server| server.agent(&key)["state"]["state"] == "busy");
    server.wait(SOON, "it is written", |server| row(server, "+8613800138001")["answered"].is_u64());
    let (again, patient) = (row(&server, "+8613800138001"), row(&server, "+8613800138002"));
    assert!(patient["answered"].is_null(), "who came meanwhile waits: {patient}");
    assert!(event(&server, &again, "queue.place_kept").is_some());
    let why = server.get(&format!("/api/v1/interactions/{}", again["id"].as_str().expect("an id")))["why"].clone();
    assert!(why["en"].as_str().is_some_and(|why| why.contains("kept the place")), "{why}");
}

#[test]
fn a_call_back_by_digit_keeps_its_place() {
    let port = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
    let server = Server::demo_with(&[
        ("queue.sales", "announce_s = 0\nannounce_first_s = 2\ncall_back = { digit = \"3\", ring_s = 20 }"),
        ("trunk.demo", &format!("destination = \"udp:127.0.0.1:{port}\"\nprefixes = [\"+86\"]")),
    ]);
    let (ear, other) = (Ear::open(), Ear::open());
    let mut asks = waits(&server, "13800138001", &ear, Ends::ByPeer);
    let offered = ear.hears("zh/call-back-offer", 0.0, secs(15));
    ear.press('3');
    let asked = ear.hears("zh/call-back-confirm", offered, secs(20));
    ear.press('1');
    ear.hears("zh/call-back-booked", asked, secs(20));
    assert!(asks.ended_well(secs(20)), "we hang up after the last word");
    server.wait(SOON, "the row is complete", |server| row(server, "+8613800138001")["outcome"] == "call_back");
    let first = row(&server, "+8613800138001");
    assert_eq!(waiting(&server), 1, "the seat is in the line");
    let _patient = waits(&server, "13800138002", &other, Ends::After(secs(90)));
    let mut customer = customer_answers(port, "\\+8613800138001", &server.ready.numbers.queue);
    let _desk = desk(&server);
    let (key, id) = on_duty(&server);
    server.wait(SOON, "agent and customer talk", |server| {
        let row = row(server, "+8613800138001");
        row["direction"] == "outbound" && row["answered"].is_u64()
    });
    let patient = row(&server, "+8613800138002");
    assert!(patient["answered"].is_null(), "who came later waits: {patient}");
    let back = row(&server, "+8613800138001");
    assert_eq!((&back["linked"], &back["queued"]), (&first["id"], &first["queued"]), "{back}");
    let (reserved, dialled) = (event(&server, &back, "agent.reserved"), event(&server, &back, "call_back.dialled"));
    assert!(reserved < dialled, "the agent is rung first: {reserved:?} {dialled:?}");
    std::thread::sleep(secs(2));
    let path = format!("/api/v1/agents/{id}/commands");
    server.post(&server.ready.tokens.admin, &path, &json!({ "type": "call.hang_up" }));
    assert!(customer.ended_well(secs(20)), "the right number was called from the hotline's");
    server.wait(SOON, "wrap-up", |server| server.agent(&key)["state"]["state"] == "wrap_up");
    server.wait(SOON, "the row is complete", |server| row(server, "+8613800138001")["outcome"] == "handled");
    let back = row(&server, "+8613800138001");
    assert_eq!(back["ended_by"], "supervisor", "{back}");
    assert!(server.recording(&back).metadata().is_ok_and(|file| file.len() > 8_000), "the talk was recorded");
}

#[test]
fn call_backs_survive_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let changes = [
        ("queue.sales", "announce_s = 0\ncall_back = { digit = \"3\" }"),
        ("trunk.demo", "destination = \"udp:127.0.0.1:9\"\nprefixes = [\"+86\"]"),
    ];
    let (home, data) = (center_of_its_own(folder.path(), &changes), folder.path().join("data"));
    let mut server = Server::start_in(&home, &data);
    let ear = Ear::open();
    let mut asks = waits(&server, "13800138001", &ear, Ends::ByPeer);
    std::thread::sleep(secs(1));
    ear.press('3');
    ear.hears("zh/call-back-confirm", 0.0, secs(20));
    ear.press('1');
    assert!(asks.ended_well(secs(30)), "booked");
    server.wait(SOON, "the row is complete", |server| row(server, "+8613800138001")["outcome"] == "call_back");
    std::thread::sleep(secs(1));
    server.kill();
    let server = Server::start_in(&home, &data);
    server.wait(SOON, "back in the line", |server| waiting(server) == 1);
    let since = server.get("/api/v1/board")["queues"]
        .as_array()
        .expect("queues")
        .iter()
        .find_map(|queue| queue["longest_since"].as_u64());
    assert_eq!(since, row(&server, "+8613800138001")["queued"].as_u64(), "with its first arrival time");
}

#[test]
fn the_demand_widens_on_time() {
    let server = Server::demo_with(&[(
        "queue.sales",
        "announce_s = 0\nskills = { jewellery = 3, service = 9 }\nrelax = [{ after_ms = 6000, drop = [\"service\"] }]",
    )]);
    let _desk = desk(&server);
    let (key, _) = on_duty(&server);
    let ear = Ear::open();
    let _call = waits(&server, "13800138001", &ear, Ends::After(secs(30)));
    server.wait(SOON, "the agent talks", |server| server.agent(&key)["state"]["state"] == "busy");
    server.wait(SOON, "it is written", |server| row(server, "+8613800138001")["answered"].is_u64());
    let row = row(&server, "+8613800138001");
    let at = |kind: &str| event(&server, &row, kind).unwrap_or_else(|| panic!("{kind} is not there"));
    let due = at("queue.entered") + 6_000_000;
    let (reserved, rang) = (at("agent.reserved") as f64 - due as f64, at("agent.rang") as f64 - due as f64);
    println!("due after 6 s: reserved {:.2} ms late, the phone rings {:.2} ms late", reserved / 1e3, rang / 1e3);
    assert!((0.0..250_000.0).contains(&reserved) && (0.0..750_000.0).contains(&rang), "{reserved} {rang}");
}
