//! The lamp of a phone, through real sockets: off, on when a caller has left a message, off when it was heard.

use std::time::Duration;

use serde_json::json;

use crate::http;
use crate::line::ended;
use crate::server::Server;
use crate::sipp::{Caller, Ends, watches};

const SOON: Duration = Duration::from_secs(30);

#[test]
fn a_message_lights_the_lamp_until_it_is_heard() {
    let server = Server::demo();
    let phone = &server.ready.phone;
    let mut lamp = watches(server.sip(), (&phone.user, &phone.password), "queue-sales");
    let secs = Duration::from_secs;
    // Chinese, then: leave a message.
    let caller = Caller {
        from: "13800138009",
        number: &server.ready.numbers.hotline,
        hertz: 440.0,
        keys: &[(secs(2), '1'), (secs(5), '4')],
        ends: Ends::After(secs(22)),
    };
    let mut call = caller.dial(server.sip());
    assert!(call.ended_well(secs(60)), "the message is left");
    let row = ended(&server, "+8613800138009");
    assert_eq!(row["outcome"], json!("voicemail"), "{row}");
    let path = format!("/api/v1/interactions/{}/recording", row["id"].as_str().expect("an id"));
    let token = Some(server.ready.tokens.admin.as_str());
    server.wait(SOON, "it is heard", |server| http::request(server.http(), "GET", &path, token, None).status == 200);
    assert!(lamp.ended_well(SOON), "off, on, off");
}
