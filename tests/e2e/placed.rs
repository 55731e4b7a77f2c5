//! Calls that a program has made, through real sockets: what the customer hears, and who has the call.

use std::net::UdpSocket;
use std::time::Duration;

use serde_json::{Value, json};

use crate::ear::Ear;
use crate::http;
use crate::journeys::on_duty;
use crate::line::{desk, ended, event, row};
use crate::server::Server;
use crate::sipp::customer_answers_with;

const SOON: Duration = Duration::from_secs(20);
const CUSTOMER: &str = "+8613800138001";

fn server() -> (Server, u16) {
    let port = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
    let trunk = format!("destination = \"udp:127.0.0.1:{port}\"\nprefixes = [\"+86\"]");
    let server = Server::demo_with(&[("trunk.demo", &trunk), ("queue.sales", "announce_s = 0")]);
    (server, port)
}

fn place(server: &Server, with: &Value) -> (u16, Value) {
    let body = json!({ "number": "138 0013 8001", "with": with, "queue": "sales", "language": "zh" });
    let token = Some(server.ready.tokens.admin.as_str());
    let answer = http::request(server.http(), "POST", "/api/v1/calls", token, Some(&body.to_string()));
    (answer.status, serde_json::from_str(&answer.body).unwrap_or(Value::Null))
}

#[test]
fn a_flow_speaks_to_whoever_answers_and_hears_the_keys() {
    let (server, port) = server();
    let ear = Ear::open();
    let _customer = customer_answers_with(ear.port, port, "\\+8613800138001", ".*");
    let (status, placed) = place(&server, &json!({ "kind": "flow", "flow": "hotline" }));
    assert_eq!((status, &placed["result"]), (201, &json!("placed")), "{placed}");
    let greeted = ear.hears("zh/welcome", 0.0, SOON);
    ear.press('2');
    server.wait(SOON, "the key was heard", |server| event(server, &row(server, CUSTOMER), "menu.chosen").is_some());
    assert!(greeted < 10.0);
    let id = placed["interaction"].as_str().expect("an id").to_owned();
    assert_eq!(row(&server, CUSTOMER)["id"], id.as_str());
}

#[test]
fn the_customer_first_and_an_agent_of_the_queue_then() {
    let (server, port) = server();
    let _phone = desk(&server);
    let (key, _) = on_duty(&server);
    let ear = Ear::open();
    let mut customer = customer_answers_with(ear.port, port, "\\+8613800138001", ".*");
    let (status, _) = place(&server, &json!({ "kind": "queue", "queue": "sales" }));
    assert_eq!(status, 201);
    let limit = std::time::Instant::now() + SOON;
    while ear.share(880.0) < 0.8 {
        assert!(std::time::Instant::now() < limit, "the customer hears the agent");
        std::thread::sleep(Duration::from_millis(50));
    }
    server.agent_hangs_up(&key);
    assert!(customer.ended_well(SOON), "the right number was called, and hung up on");
    let row = ended(&server, CUSTOMER);
    assert_eq!((&row["direction"], &row["outcome"]), (&json!("outbound"), &json!("handled")), "{row}");
    let (status, refused) = place(&server, &json!({ "kind": "queue", "queue": "nowhere" }));
    assert_eq!((status, &refused["code"]), (409, &json!("unknown_queue")));
}
