//! A campaign through real sockets: loaded and started through the API, an agent with a desk phone, a customer outside.

use std::net::UdpSocket;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::ear::Ear;
use crate::http;
use crate::journeys::on_duty;
use crate::line::{desk, row};
use crate::server::Server;
use crate::sipp::customer_answers_with;

const SOON: Duration = Duration::from_secs(20);

/// A zone in which it is noon, or nearly, whenever this runs.
fn noon() -> String {
    let hour = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() / 3_600 % 24;
    let ahead = 12 - i64::try_from(hour).expect("an hour");
    // POSIX counts to the west.
    if ahead >= 0 { format!("Etc/GMT-{ahead}") } else { format!("Etc/GMT+{}", -ahead) }
}

fn campaign(server: &Server) -> Value {
    let items = server.get("/api/v1/campaigns")["items"].as_array().expect("campaigns").clone();
    items.into_iter().find(|campaign| campaign["key"] == "warranty").expect("the campaign")
}

fn post(server: &Server, path: &str, body: &Value) -> u16 {
    let token = Some(server.ready.tokens.admin.as_str());
    http::request(server.http(), "POST", path, token, Some(&body.to_string())).status
}

#[test]
fn a_customer_is_called_talks_and_is_never_called_again() {
    let port = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
    let trunk = format!("destination = \"udp:127.0.0.1:{port}\"\nprefixes = [\"+86\"]");
    let rules = "mode = { mode = \"progressive\" }\nqueue = \"sales\"";
    let server = Server::demo_with(&[("trunk.demo", &trunk), ("campaign.warranty", rules)]);
    let _phone = desk(&server);
    let (key, id) = on_duty(&server);
    let ear = Ear::open();
    let mut customer = customer_answers_with(ear.port, port, "\\+8613800138001", "\\+862155500100");
    let listed =
        json!({ "number": "138 0013 8001", "name": "Wang Fang", "zone": noon(), "fields": { "piece": "ring" } });
    let twice = json!({ "rows": [listed, listed] });
    let path = "/api/v1/campaigns/warranty";
    let loaded = server.post(&server.ready.tokens.admin, &format!("{path}/entries"), &twice);
    assert_eq!((&loaded["taken"], &loaded["twice"]), (&json!(1), &json!(1)), "{loaded}");
    assert_eq!(post(&server, &format!("{path}/state"), &json!({ "state": "running" })), 204);

    let limit = std::time::Instant::now() + SOON;
    while ear.share(880.0) < 0.8 {
        assert!(std::time::Instant::now() < limit, "the customer hears the agent");
        std::thread::sleep(Duration::from_millis(50));
    }
    let now = campaign(&server);
    assert_eq!((&now["live"]["talking"], &now["entries"]["called"]), (&json!(1), &json!(1)), "{now}");
    let row = row(&server, "+8613800138001");
    let asked = json!({ "type": "wrap_up.save", "interaction": row["id"], "disposition": "wrong-number", "notes": "", "done": true });
    server.agent_hangs_up(&key);
    assert!(customer.ended_well(SOON), "the right number was called, and from the campaign's");
    server.wait(SOON, "wrap-up", |server| server.agent(&key)["state"]["state"] == "wrap_up");
    server.post(&server.ready.tokens.admin, &format!("/api/v1/agents/{id}/commands"), &asked);
    server.wait(SOON, "not to be called", |server| {
        server.get("/api/v1/do-not-call?number=13800138001")["listed"] == true
            && campaign(server)["entries"]["open"] == 0
    });
    let more = server.post(&server.ready.tokens.admin, &format!("{path}/entries"), &twice);
    assert_eq!((&more["taken"], &more["do_not_call"]), (&json!(0), &json!(2)), "{more}");
    assert_eq!(post(&server, &format!("{path}/state"), &json!({ "state": "finished" })), 204);
    assert_eq!(campaign(&server)["state"], "finished");
}
