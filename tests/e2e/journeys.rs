//! Calls with real SIP peers: SIPp dials, baresip answers, the record tells the truth.

use std::time::Duration;

use carillon::media::tone::share;
use serde_json::{Value, json};

use crate::baresip::{Answers, DeskPhone};
use crate::server::Server;
use crate::sipp::{Caller, Ends};

const CALLER_HERTZ: f64 = 440.0;
const AGENT_HERTZ: u32 = 880;
const SOON: Duration = Duration::from_secs(20);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The seat whose desk phone the demo names, made ready through the API.
fn ready_agent(server: &Server) -> (String, u64) {
    let (key, id) = on_duty(server);
    server.wait(SOON, "the agent is ready", |server| server.agent(&key)["state"]["state"] == "ready");
    (key, id)
}

/// The same seat, told to be ready: whoever waits is given to it at once.
pub fn on_duty(server: &Server) -> (String, u64) {
    let phone = &server.ready.phone.user;
    server.wait(SOON, "the phone is registered", |server| {
        seat(server, phone).is_some_and(|seat| seat["phone_reachable"] == true)
    });
    let seat = seat(server, phone).expect("a seat");
    let (key, id) = (seat["key"].as_str().expect("a key").to_owned(), seat["id"].as_u64().expect("an id"));
    let path = format!("/api/v1/agents/{id}/presence");
    server.post(&server.ready.tokens.admin, &path, &json!({ "state": "ready" }));
    (key, id)
}

/// The agent that became reachable: the phone's user is its key or belongs to it.
fn seat(server: &Server, user: &str) -> Option<Value> {
    let board = server.get("/api/v1/board");
    let agents = board["agents"].as_array()?.clone();
    agents
        .iter()
        .find(|agent| agent["key"] == user)
        .or_else(|| agents.iter().find(|agent| agent["phone_reachable"] == true))
        .cloned()
}

/// Both channels of a recording as samples.
pub fn channels(server: &Server, row: &Value) -> (Vec<i16>, Vec<i16>) {
    let path = server.recording(row);
    let mut reader = hound::WavReader::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(reader.spec().channels, 2);
    let samples: Vec<i16> = reader.samples().map(|sample| sample.expect("a sample")).collect();
    let side = |side: usize| samples.iter().skip(side).step_by(2).copied().collect();
    (side(0), side(1))
}

/// The second half of a channel, where the conversation is in full swing.
fn tone_share(channel: &[i16], hertz: f64) -> f64 {
    share(&channel[channel.len() / 2..], hertz)
}

fn desk_phone_journey(transport: &str, ends: Ends) {
    let server = Server::demo();
    let phone = server.ready.phone.clone();
    let _desk =
        DeskPhone::register(server.sip(), &phone.user, &phone.password, transport, AGENT_HERTZ, Answers::AtOnce);
    let (key, id) = ready_agent(&server);
    let caller =
        Caller { from: "13800138000", number: &server.ready.numbers.queue, hertz: CALLER_HERTZ, keys: &[], ends };
    let mut call = caller.dial(server.sip());
    server.wait(SOON, "the agent talks", |server| server.agent(&key)["state"]["state"] == "busy");
    let board = server.get("/api/v1/board");
    assert_eq!(board["calls_active"], 1);
    std::thread::sleep(secs(3));
    if let Ends::ByPeer = ends {
        let path = format!("/api/v1/agents/{id}/commands");
        server.post(&server.ready.tokens.admin, &path, &json!({ "type": "call.hang_up" }));
    }
    assert!(call.ended_well(secs(30)), "the caller's side went as written");
    server.wait(SOON, "wrap-up begins", |server| server.agent(&key)["state"]["state"] == "wrap_up");
    let row = server.interactions().remove(0);
    let disposition = server.get("/api/v1/center")["dispositions"][0]["key"].clone();
    let save = json!({
        "type": "wrap_up.save", "interaction": row["id"], "disposition": disposition, "notes": "done", "done": true,
    });
    server.post(&server.ready.tokens.admin, &format!("/api/v1/agents/{id}/commands"), &save);
    server.wait(SOON, "the agent is ready again", |server| server.agent(&key)["state"]["state"] == "ready");
    let row = server.interactions().remove(0);
    assert_eq!((&row["outcome"], &row["notes"]), (&json!("handled"), &json!("done")), "{row}");
    let by = if let Ends::ByPeer = ends { "supervisor" } else { "customer" };
    assert_eq!(row["ended_by"], by, "{row}");
    let (left, right) = channels(&server, &row);
    assert!(left.len() > 16_000, "at least two seconds: {}", left.len());
    let heard = (tone_share(&left, CALLER_HERTZ), tone_share(&right, f64::from(AGENT_HERTZ)));
    assert!(heard.0 > 0.8 && heard.1 > 0.8, "caller left, agent right: {heard:?}");
    let tile =
        server.get("/api/v1/board")["queues"].as_array().expect("queues").iter().find(|q| q["offered"] == 1).cloned();
    assert_eq!(tile.expect("a queue that was called")["answered"], 1);
}

#[test]
fn a_desk_phone_over_udp_takes_a_call_and_the_caller_hangs_up() {
    desk_phone_journey("udp", Ends::After(secs(6)));
}

#[test]
fn a_desk_phone_over_tcp_takes_a_call_and_a_supervisor_hangs_up() {
    desk_phone_journey("tcp", Ends::ByPeer);
}

#[test]
fn the_hotline_greets_and_a_digit_leads_to_the_queue() {
    let server = Server::demo();
    let keys = [(secs(2), '2'), (secs(5), '1')];
    let number = server.ready.numbers.hotline.clone();
    let caller =
        Caller { from: "4930999999", number: &number, hertz: CALLER_HERTZ, keys: &keys, ends: Ends::After(secs(14)) };
    let mut call = caller.dial(server.sip());
    server.wait(secs(14), "the caller waits in a queue", |server| {
        let board = server.get("/api/v1/board");
        board["queues"].as_array().is_some_and(|queues| queues.iter().any(|queue| queue["waiting"] == 1))
    });
    assert!(call.ended_well(secs(30)), "the caller's side went as written");
    server.wait(SOON, "the row is complete", |server| server.interactions()[0]["outcome"] == "abandoned");
    let row = server.interactions().remove(0);
    assert_eq!(row["menu_path"].as_array().map(Vec::len), Some(2), "{row}");
}

#[test]
fn an_agent_who_does_not_answer_is_set_aside_and_the_caller_keeps_waiting() {
    let server = Server::demo();
    let phone = server.ready.phone.clone();
    let _desk = DeskPhone::register(server.sip(), &phone.user, &phone.password, "udp", AGENT_HERTZ, Answers::Never);
    let (key, _) = ready_agent(&server);
    let number = server.ready.numbers.queue.clone();
    let caller =
        Caller { from: "13800138000", number: &number, hertz: CALLER_HERTZ, keys: &[], ends: Ends::After(secs(40)) };
    let _call = caller.dial(server.sip());
    server.wait(SOON, "the agent is rung", |server| server.agent(&key)["state"]["state"] == "reserved");
    server.wait(secs(40), "the agent is set aside", |server| {
        server.agent(&key)["state"] == json!({ "state": "not_ready", "reason": "no-answer" })
    });
    let board = server.get("/api/v1/board");
    assert!(
        board["queues"].as_array().is_some_and(|queues| queues.iter().any(|queue| queue["waiting"] == 1)),
        "{board}"
    );
}

#[test]
fn after_a_kill_twenty_callers_whose_phones_let_them_go_on_within_seconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = Server::start(&folder.path().join("data"));
    let number = server.ready.numbers.queue.clone();
    let callers: Vec<_> = (0..20).map(|n| format!("138001380{n:02}")).collect();
    let _calls: Vec<_> = callers
        .iter()
        .map(|from| {
            Caller { from, number: &number, hertz: CALLER_HERTZ, keys: &[], ends: Ends::AfterOffer }.dial(server.sip())
        })
        .collect();
    let waiting = |server: &Server| {
        let rows = server.interactions();
        rows.iter().filter(|row| !row["queued"].is_null() && row["ended"].is_null()).count()
    };
    server.wait(SOON, "20 calls wait", |server| waiting(server) == 20);
    server.kill();
    let server = server.again();
    let taken_up = |server: &Server| {
        let rows = server.interactions();
        let ids = rows.iter().filter_map(|row| row["id"].as_str());
        let events = ids.flat_map(|id| server.get(&format!("/api/v1/interactions/{id}"))["events"].as_array().cloned());
        events.flatten().filter(|event| event["kind"] == "call.taken_up").count()
    };
    server.wait(secs(5), "20 calls go on", |server| taken_up(server) == 20);
    assert_eq!(waiting(&server), 20, "in the line as before");
    assert_eq!(server.get("/api/v1/board")["queues"][0]["offered"], 20, "counted once");
}

#[test]
fn after_a_kill_every_call_is_closed_with_its_recording_and_a_call_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = Server::start(&folder.path().join("data"));
    let phone = server.ready.phone.clone();
    let _desk = DeskPhone::register(server.sip(), &phone.user, &phone.password, "udp", AGENT_HERTZ, Answers::AtOnce);
    let (key, _) = ready_agent(&server);
    let number = server.ready.numbers.queue.clone();
    let callers: Vec<_> = (0..20).map(|n| format!("138001380{n:02}")).collect();
    let calls: Vec<_> = callers
        .iter()
        .map(|from| {
            Caller { from, number: &number, hertz: CALLER_HERTZ, keys: &[], ends: Ends::After(secs(90)) }
                .dial(server.sip())
        })
        .collect();
    server.wait(SOON, "20 calls are up", |server| server.get("/api/v1/board")["calls_active"] == 20);
    server.wait(SOON, "the agent talks", |server| server.agent(&key)["state"]["state"] == "busy");
    std::thread::sleep(secs(4));
    server.kill();
    drop((_desk, calls));
    let server = Server::start(&folder.path().join("data"));
    let cut_off = |server: &Server| -> Vec<_> {
        server.interactions().into_iter().filter(|row| row["outcome"] == "interrupted").collect()
    };
    server.wait(secs(20), "nobody is there any more", |server| cut_off(server).len() == 20);
    let interrupted = cut_off(&server);
    let tasks = server.get("/api/v1/tasks?limit=100");
    let owed = tasks["items"].as_array().expect("tasks").iter().filter(|task| task["kind"] == "callback").count();
    assert_eq!(owed, 20, "{tasks}");
    let recorded = interrupted.iter().find(|row| row["recording"].is_string()).expect("the talk was recorded");
    let (left, _) = channels(&server, recorded);
    assert!(left.len() > 8_000, "all but the last two seconds: {} samples", left.len());
    assert!(tone_share(&left, CALLER_HERTZ) > 0.8);
}
