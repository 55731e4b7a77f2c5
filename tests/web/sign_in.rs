use carillon::door::Role;
use serde_json::{Value, json};

use crate::world::{ANA, NOW, World};

#[tokio::test]
async fn a_browser_signs_in_uses_its_session_and_signs_out() {
    let world = World::start().await;
    assert_eq!(world.client.get("/api/v1/me").await.code(), "not_signed_in");
    let answer = world.client.post("/api/v1/sign-in", json!({"user": "ana", "password": "secret"})).await;
    let cookie = answer.header("set-cookie").unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");

    let ana = world.client.signed_in("ana", "secret").await;
    let me = ana.get("/api/v1/me").await.json();
    assert_eq!(me["role"], "agent");
    assert_eq!(me["agent"], json!({"id": 7, "key": "ana", "name": "Ana Lindqvist"}));
    assert_eq!(me["phone"]["uri"], format!("sip:{}@127.0.0.1", me["phone"]["user"].as_str().unwrap()));
    assert_eq!(me["phone"]["ws_path"], "/sip");
    let server = serde_json::json!({"urls": ["turn:turn.example.com"], "username": "agents", "credential": "hush"});
    assert_eq!(me["phone"]["ice_servers"], serde_json::json!([server]));
    let phone = me["phone"]["user"].as_str().unwrap().to_owned();
    assert!(world.heard().contains(&format!("phone {phone}")));

    assert_eq!(ana.send("POST", "/api/v1/sign-out", None).await.status, 204);
    assert_eq!(ana.get("/api/v1/me").await.code(), "not_signed_in");
    assert!(world.heard().contains(&format!("phone gone {phone}")));
}

#[tokio::test]
async fn a_write_by_cookie_needs_the_csrf_token() {
    let world = World::start().await;
    let mut ana = world.client.signed_in("ana", "secret").await;
    assert_eq!(ana.post("/api/v1/ws-tickets", Value::Null).await.status, 201);
    ana.headers.retain(|(name, _)| name != "X-CSRF-Token");
    assert_eq!(ana.post("/api/v1/ws-tickets", Value::Null).await.code(), "bad_csrf");
    let forged = ana.with("X-CSRF-Token", "x");
    assert_eq!(forged.post("/api/v1/ws-tickets", Value::Null).await.code(), "bad_csrf");
    let program = world.bearer("bot", Role::Agent, Some((ANA, "ana")));
    assert_eq!(program.post("/api/v1/ws-tickets", Value::Null).await.status, 201);
    let me = program.get("/api/v1/me").await.json();
    assert_eq!((&me["csrf"], &me["phone"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn known_and_unknown_names_look_alike_and_guessing_is_paused() {
    let world = World::start().await;
    let sign_in = async |user: &str, password: &str| {
        world.client.post("/api/v1/sign-in", json!({"user": user, "password": password})).await
    };
    let (known, unknown) = (sign_in("ana", "wrong").await, sign_in("nobody", "wrong").await);
    assert_eq!((known.status, known.code()), (unknown.status, unknown.code()));
    assert_eq!(known.code(), "bad_credentials");
    for _ in 0..4 {
        sign_in("ana", "wrong").await;
    }
    let paused = sign_in("ana", "secret").await;
    assert_eq!(paused.code(), "too_many_attempts");
    assert!(paused.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(sign_in("sue", "secret").await.status, 200, "others are not held up");
}

#[tokio::test]
async fn a_link_works_once() {
    let world = World::start().await;
    let link = world.sessions.make_link("sue", NOW).unwrap();
    let body = json!({"token": link.reveal()});
    let first = world.client.post("/api/v1/sign-in/link", body.clone()).await;
    assert_eq!((first.status, first.json()["role"].as_str()), (200, Some("supervisor")));
    assert_eq!(first.json()["agent"], Value::Null);
    assert_eq!(world.client.post("/api/v1/sign-in/link", body).await.code(), "bad_link");
}

#[tokio::test]
async fn bad_bodies_are_problems() {
    let world = World::start().await;
    let post = async |body: &str| world.client.send("POST", "/api/v1/sign-in", Some(body.to_owned())).await.code();
    assert_eq!(post("{").await, "bad_request");
    assert_eq!(post(r#"{"user":"ana"}"#).await, "bad_request");
    assert_eq!(post(r#"{"user":"ana","password":"x","more":1}"#).await, "bad_request");
    assert_eq!(post(&format!(r#"{{"user":"{}"}}"#, "x".repeat(70_000))).await, "too_large");
    assert_eq!(world.client.send("POST", "/api/v1/sign-in", None).await.code(), "not_json");
    assert_eq!(world.client.send("DELETE", "/api/v1/me", None).await.code(), "method_not_allowed");
    assert_eq!(world.client.get("/api/v1/nothing").await.code(), "not_found");
}

#[tokio::test]
async fn many_sign_ins_at_once_wait_in_a_line_that_ends() {
    let world = World::start().await;
    let guess = |n: usize| {
        let client = world.client.clone();
        let body = json!({"user": format!("nobody{n}"), "password": "wrong"});
        tokio::spawn(async move {
            let answer = client.post("/api/v1/sign-in", body).await;
            (answer.code(), answer.header("retry-after").is_some())
        })
    };
    let guesses: Vec<_> = (0..60).map(guess).collect();
    let mut told = std::collections::BTreeMap::new();
    for guess in guesses {
        *told.entry(guess.await.unwrap()).or_insert(0) += 1;
    }
    let of = |code: &str, again| told.get(&(code.to_owned(), again)).copied().unwrap_or(0);
    assert!(of("bad_credentials", false) > 0, "{told:?}");
    assert_eq!(
        of("bad_credentials", false) + of("too_many_requests", true) + of("too_many_attempts", true),
        60,
        "{told:?}"
    );
    let signed_in = world.client.post("/api/v1/sign-in", json!({"user": "sue", "password": "secret"})).await;
    assert!(matches!(signed_in.status, 200 | 429), "the source as a whole may be paused");
}

#[tokio::test]
async fn the_same_right_password_many_times_at_once_is_no_guessing() {
    let world = World::start().await;
    let answers: Vec<_> = (0..12)
        .map(|_| {
            let client = world.client.clone();
            let body = json!({"user": "ana", "password": "secret"});
            tokio::spawn(async move { client.post("/api/v1/sign-in", body).await.status })
        })
        .collect();
    for answer in answers {
        assert_eq!(answer.await.unwrap(), 200);
    }
}

/// A source of its own for each, as proxies tell them; the server of the tests believes nobody, so the guesses
/// come from the addresses of the loopback.
#[tokio::test]
async fn a_name_guessed_from_many_addresses_comes_later_and_its_owner_gets_in() {
    let world = World::start().await;
    let from = |n: u8, password: &'static str| {
        let addr = world.client.addr;
        tokio::spawn(async move {
            let body = json!({"user": "ana", "password": password}).to_string();
            crate::client::from([127, 0, 9, n].into(), addr, "/api/v1/sign-in", &body).await
        })
    };
    assert_eq!(from(200, "secret").await.unwrap().status, 200, "from home");
    let begin = std::time::Instant::now();
    let guesses: Vec<_> = (1..=40).map(|n| from(n, "wrong")).collect();
    let mut refused = 0;
    for guess in guesses {
        refused += usize::from(guess.await.unwrap().status == 429);
    }
    assert!(refused >= 20, "{refused} of 40 told to come back");
    assert!(begin.elapsed() > std::time::Duration::from_secs(4), "those that were looked at came later");
    let begin = std::time::Instant::now();
    assert_eq!(from(200, "secret").await.unwrap().status, 200, "from home");
    assert!(begin.elapsed() < std::time::Duration::from_secs(2), "at once: {:?}", begin.elapsed());
}
