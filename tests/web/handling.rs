//! Who handled what, as the API tells it.

use std::time::Duration;

use carillon::base::{CallDirection, InteractionId, QueueId, Rng};
use carillon::crm::{HandoverHow, Holder, Interaction, Outcome};
use carillon::door::Role;
use serde_json::json;

use crate::world::{ANA, BEN, NOW, World};

/// Ana had it for half a minute and sent it into a line, out of which Ben got it for ten seconds.
fn handed_over(seed: u64) -> Interaction {
    let started = NOW - Duration::from_secs(3_600 + seed);
    let after = |s| started + Duration::from_secs(s);
    let queue = QueueId(1);
    let mut call = Interaction::call(InteractionId::new(started, &mut Rng::new(seed)), CallDirection::Inbound, started);
    call.pass(started, Holder::Queue { queue });
    call.pass(after(5), Holder::Agent { agent: ANA, queue: Some(queue) });
    call.pass(after(35), Holder::Queue { queue });
    call.handed(ANA, HandoverHow::Queue);
    call.pass(after(40), Holder::Agent { agent: BEN, queue: Some(queue) });
    call.close(after(50));
    (call.answered, call.outcome) = (Some(after(5)), Some(Outcome::Handled));
    call
}

#[tokio::test]
async fn who_handled_what_and_who_handed_it_to_whom() {
    let world = World::start().await;
    let still_on = Interaction { ended: None, ..handed_over(9) };
    world.store.save_interactions(&[handed_over(1), handed_over(2), still_on]).await.unwrap();
    let sue = world.bearer("sue", Role::Supervisor, None);
    let told = sue.get("/api/v1/handling?from=-1d").await.json();
    assert_eq!(
        told["agents"],
        json!([
            {"agent": ANA, "name": "Ana Lindqvist", "contacts": 2, "talk_ms": 60_000, "handed_on": 2, "received": 0},
            {"agent": BEN, "name": "", "contacts": 2, "talk_ms": 20_000, "handed_on": 0, "received": 2},
        ])
    );
    assert_eq!(told["handovers"], json!([{"from": ANA, "to": "queue", "queue": 1, "name": "Sales", "count": 2}]));
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let world = World::start().await;
    let sue = world.bearer("sue", Role::Supervisor, None);
    for bad in ["", "?from=soon", "?from=-1h&to=-2h", "?from=-1h&by=agent"] {
        assert_eq!(sue.get(&format!("/api/v1/handling{bad}")).await.code(), "bad_request", "{bad}");
    }
    assert_eq!(sue.get("/api/v1/handling?from=-93d").await.code(), "too_much");
    let agent = world.bearer("ana", Role::Agent, None);
    assert_eq!(agent.get("/api/v1/handling?from=-1h").await.code(), "not_allowed");
}
