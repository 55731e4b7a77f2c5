//! The line with real phones and the demo's own people: SIPp callers, simulated agents, and simulated customers
//! at the end of the demo's trunk.

use std::time::Duration;

use serde_json::json;

use crate::ear::{Ear, find, sound};
use crate::journeys::channels;
use crate::line::{event, row, waiting, waits};
use crate::server::Server;
use crate::sipp::Ends;

/// The only one of the demo's agents at work who has both skills of the queue.
const AGENT: &str = "james-walker";
const ONE_AGENT: &str = "skills = { jewellery = 6, service = 8 }";
const SOON: Duration = Duration::from_secs(20);
/// A ring that the agent does not hear, a pause, and a wrap-up may lie before.
const LATER: Duration = Duration::from_secs(90);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn state(server: &Server) -> String {
    server.agent(AGENT)["state"]["state"].as_str().unwrap_or_default().to_owned()
}

fn answered(server: &Server, caller: &str) -> bool {
    row(server, caller)["answered"].is_u64()
}

fn since(from: &serde_json::Value, to: &serde_json::Value) -> f64 {
    (to.as_u64().unwrap_or_default() as f64 - from.as_u64().unwrap_or_default() as f64) / 1e6
}

/// Mean size of the samples.
fn loudness(samples: &[i16]) -> f64 {
    samples.iter().map(|sample| f64::from(sample.unsigned_abs())).sum::<f64>() / samples.len().max(1) as f64
}

#[test]
fn places_are_kept_by_call_back_and_by_ringing_again() {
    let rules =
        format!("{ONE_AGENT}\nannounce_first_s = 2\nannounce_s = 10\nannounce = [\"call_back\"]\nrecall_s = 60");
    let server = Server::staffed_with(&[("queue.sales", &rules)]);
    server.wait(SOON, "the agent is ready", |server| state(server) == "ready");
    let [first, asks, again, patient] = [(); 4].map(|()| Ear::open());
    let _first = waits(&server, "13800138000", &first, Ends::After(secs(120)));
    server.wait(LATER, "the agent talks", |server| state(server) == "busy");

    // One asks to be called back, one gives up, one waits, and the one who gave up rings again.
    let mut books = waits(&server, "13800138001", &asks, Ends::ByPeer);
    let offered = asks.hears("zh/call-back-offer", 0.0, secs(15));
    asks.press('9');
    let mut gives_up = waits(&server, "13800138003", &again, Ends::After(secs(2)));
    let asked = asks.hears("zh/call-back-confirm", offered, secs(20));
    asks.press('1');
    assert!(gives_up.ended_well(secs(10)));
    let _patient = waits(&server, "13800138002", &patient, Ends::After(secs(150)));
    let _again = waits(&server, "13800138003", &again, Ends::After(secs(150)));
    asks.hears("zh/call-back-booked", asked, secs(20));
    assert!(books.ended_well(secs(20)), "we hang up after the last word");
    assert_eq!((waiting(&server), state(&server).as_str()), (3, "busy"), "three seats, and nobody was served yet");
    let listed = server.get("/api/v1/callbacks");
    let one = &listed["items"][0];
    assert_eq!(
        (&one["number"], &one["state"], &one["place"]),
        (&json!("+8613800138001"), &json!("waiting"), &json!(1))
    );

    // Between the music the one who waits hears announcements.
    let told = patient.hears("zh/call-back-offer", 0.0, secs(20));
    std::thread::sleep(secs(3));
    let (heard, music, spoken) = (patient.heard(), sound("music/hold"), sound("zh/call-back-offer").len());
    let piece = |from: f64| &heard[(from * 8_000.0) as usize..((from + 1.0) * 8_000.0) as usize];
    let before = find(&music, piece(0.5), 0).expect("music before the announcement");
    let after = find(&music, piece(told + spoken as f64 / 8_000.0 + 1.0), 0).expect("music after it");
    println!(
        "music at {:.2} s, the announcement ends at {:.2} s of what the caller hears, music again",
        0.5,
        told + spoken as f64 / 8_000.0
    );
    assert!(after > before, "the music goes on and does not begin anew");

    server.agent_hangs_up(AGENT);
    server.wait(LATER, "agent and customer talk", |server| {
        row(server, "+8613800138001")["direction"] == "outbound" && answered(server, "+8613800138001")
    });
    assert!(!answered(&server, "+8613800138002") && !answered(&server, "+8613800138003"), "who came later waits");
    let back = row(&server, "+8613800138001");
    let booked = server.get(&format!("/api/v1/interactions/{}", back["linked"].as_str().expect("linked")));
    assert_eq!(back["queued"], booked["queued"], "the place is that of the first call");
    println!(
        "call-back: arrived at 0 s, asked at {:.1} s, spoken with at {:.1} s; place kept to the microsecond",
        since(&booked["queued"], &one["asked"]),
        since(&back["queued"], &back["answered"])
    );
    std::thread::sleep(secs(8));
    if state(&server) == "busy" {
        server.agent_hangs_up(AGENT);
    }
    server.wait(SOON, "the talk is over", |server| row(server, "+8613800138001")["ended"].is_u64());
    let (customer, agent) = channels(&server, &row(&server, "+8613800138001"));
    println!("call-back: loudness of customer {:.0}, of agent {:.0}", loudness(&customer), loudness(&agent));
    assert!(loudness(&customer) > 100.0 && loudness(&agent) > 100.0, "both were heard");

    server.wait(LATER, "who rang again is served", |server| answered(server, "+8613800138003"));
    assert!(!answered(&server, "+8613800138002"), "before who came in between");
    let again = row(&server, "+8613800138003");
    assert!(event(&server, &again, "queue.place_kept").is_some());
    let others = server.interactions();
    let gone = others
        .iter()
        .find(|row| row["caller"] == "+8613800138003" && row["outcome"] == "abandoned")
        .expect("the first try");
    println!(
        "rang again {:.1} s after the first try came, and was served before who came in between",
        since(&gone["queued"], &again["started"])
    );
    server.agent_hangs_up(AGENT);
    server.wait(LATER, "who came last is served last", |server| answered(server, "+8613800138002"));
}

#[test]
fn the_demand_widens_on_time_to_agents_of_the_demo() {
    let rules =
        "announce_s = 0\nskills = { jewellery = 3, service = 10 }\nrelax = [{ after_ms = 5000, drop = [\"service\"] }]";
    let server = Server::staffed_with(&[("queue.sales", rules)]);
    server.wait(SOON, "agents are ready", |server| state(server) == "ready");
    std::thread::sleep(secs(3));
    // A machine with other work wakes late now and then: one of five has to be on time, none may be early.
    let mut late = Vec::new();
    while late.len() < 5 && !late.iter().any(|late| *late < 20.0) {
        let caller = format!("1380013801{}", late.len());
        let ear = Ear::open();
        let _call = waits(&server, &caller, &ear, Ends::After(secs(12)));
        let number = format!("+86{caller}");
        let reserved = |server: &Server| event(server, &row(server, &number), "agent.reserved");
        server.wait(SOON, "an agent is chosen", |server| reserved(server).is_some());
        let entered = event(&server, &row(&server, &number), "queue.entered").expect("in the line");
        late.push((reserved(&server).expect("chosen") as f64 - entered as f64) / 1e3 - 5_000.0);
        println!("widened after 5 s: an agent is chosen {:.2} ms late", late[late.len() - 1]);
    }
    assert!(late.iter().all(|late| *late >= 0.0) && late.iter().any(|late| *late < 20.0), "{late:?}");
}
