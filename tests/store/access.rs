use std::time::Duration;

use carillon::setup::Role;
use carillon::store::{LinkRow, NewProgram, Opens, SessionRow, StoreError};

use crate::{World, at, on_both};

on_both![
    sessions_are_kept_and_forgotten,
    a_program_has_a_name_a_role_an_end_and_a_last_use,
    a_link_opens_one_thing_once_and_the_next_takes_its_place
];

fn session(digest: &str, opened: u64, used: u64) -> SessionRow {
    SessionRow {
        digest: digest.into(),
        user: "ana".into(),
        stamp: "s".into(),
        phone: Some("ana.x".into()),
        opened: at(opened),
        used: at(used),
    }
}

async fn sessions_are_kept_and_forgotten(world: World) {
    let store = &world.store;
    for row in [session("a", 1, 1), session("b", 2, 50), session("c", 3, 3), session("d", 4, 60)] {
        store.save_session(&row).await.unwrap();
        store.save_session(&row).await.unwrap();
    }
    store.sessions_used(&[("a".into(), at(70)), ("gone".into(), at(70))]).await.unwrap();
    let digests = async || store.sessions(10).await.unwrap().into_iter().map(|row| row.digest).collect::<Vec<_>>();
    assert_eq!(digests().await, ["a", "d", "b", "c"], "the last used first");
    assert_eq!(store.sessions(1).await.unwrap(), [session("a", 1, 70)]);
    store.forget_sessions(&["d".into()]).await.unwrap();
    store.forget_expired(at(10), at(2), at(0)).await.unwrap();
    assert_eq!(digests().await, ["b"], "a is too old, c was not used, d signed out");
}

async fn a_program_has_a_name_a_role_an_end_and_a_last_use(world: World) {
    let store = &world.store;
    let new = |name: &str, expires| NewProgram {
        name: name.into(),
        role: Role::Supervisor,
        agent: Some("ana".into()),
        created_by: "admin".into(),
        expires,
    };
    let crm = store.add_program("d1", &new(" crm ", Some(at(100))), at(1)).await.unwrap();
    assert_eq!((crm.name.as_str(), crm.role, crm.used), ("crm", Role::Supervisor, None));
    let twice = store.add_program("d2", &new("crm", None), at(1)).await;
    assert!(matches!(twice, Err(StoreError::Invalid(_))), "{twice:?}");
    assert!(matches!(store.add_program("d2", &new(" ", None), at(1)).await, Err(StoreError::Invalid(_))));
    store.add_program("d2", &new("bot", None), at(1)).await.unwrap();

    assert_eq!(store.program("d1", at(99)).await.unwrap(), Some(crm.clone()));
    assert_eq!(store.program("d1", at(100)).await.unwrap(), None, "expired");
    assert_eq!(store.program("other", at(1)).await.unwrap(), None);

    assert!(crm.is_use_due(at(2)));
    store.program_used(crm.id, at(2)).await.unwrap();
    store.program_used(crm.id, at(40)).await.unwrap();
    let used = store.program("d1", at(50)).await.unwrap().unwrap();
    assert_eq!(used.used, Some(at(2)), "noted once a minute");
    assert!(!used.is_use_due(at(40)) && used.is_use_due(at(2) + Duration::from_secs(61)));

    let names = async || store.programs().await.unwrap().into_iter().map(|token| token.name).collect::<Vec<_>>();
    assert_eq!(names().await, ["bot", "crm"]);
    store.revoke_program(crm.id).await.unwrap();
    assert!(matches!(store.revoke_program(crm.id).await, Err(StoreError::NotFound(_))));
    store.forget_expired(at(0), at(0), at(1_000)).await.unwrap();
    assert_eq!(names().await, ["bot"]);
}

async fn a_link_opens_one_thing_once_and_the_next_takes_its_place(world: World) {
    let store = &world.store;
    let row = |digest: &str, opens: &Opens, expires: u64| LinkRow {
        digest: digest.into(),
        opens: opens.clone(),
        made: at(1),
        expires: at(expires),
    };
    let (ana, bo) = (Opens::Invitation("ana".into()), Opens::Invitation("bo".into()));
    for kept in [row("a", &Opens::SetUp, 100), row("b", &ana, 100), row("c", &bo, 50)] {
        store.add_link(&kept, at(1)).await.unwrap();
        assert_eq!(store.link(&kept.digest, at(2)).await.unwrap(), Some(kept));
    }
    store.add_link(&row("d", &ana, 100), at(1)).await.unwrap();
    assert_eq!(store.link("b", at(2)).await.unwrap(), None, "another was made for ana");
    assert_eq!(store.link("c", at(50)).await.unwrap(), None, "expired");
    assert_eq!(store.take_link("c", at(50)).await.unwrap(), None, "expired");

    // Of many at once, one gets it.
    let taken = futures_util::future::join_all((0..8).map(|_| store.take_link("a", at(3)))).await;
    let taken: Vec<_> = taken.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(taken, [row("a", &Opens::SetUp, 100)]);
    store.add_link(&taken[0], at(3)).await.unwrap();
    assert!(store.link("a", at(3)).await.unwrap().is_some(), "given back");
    store.forget_set_up().await.unwrap();
    assert_eq!(store.link("a", at(3)).await.unwrap(), None);
    assert!(store.link("d", at(3)).await.unwrap().is_some(), "invitations stay");
}
