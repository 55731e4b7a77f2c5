//! From nothing to an administrator and the people they invite: what links open, and that nothing else is open.

use std::time::Duration;

use carillon::base::Instant;
use carillon::door::{INVITATION_FOR, LINK_FOR, Token};
use carillon::store::{LinkRow, Opens};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::world::{NOW, World};

fn later(by: Duration) -> Instant {
    NOW + by
}

/// As the start of a server makes it.
async fn first_link(world: &World) -> String {
    let token = Token::random();
    let row = LinkRow { digest: token.digest().to_string(), opens: Opens::SetUp, made: NOW, expires: later(LINK_FOR) };
    world.store.add_link(&row, NOW).await.unwrap();
    token.reveal().to_owned()
}

fn beginning(token: &str, more: &Value) -> Value {
    let mut body = json!({
        "token": token, "user": "wei", "name": "Wei Chen", "password": "long enough", "company": "Aurelia",
        "timezone": "Asia/Shanghai", "region": "CN", "languages": ["zh", "en"],
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

async fn look(world: &World, token: &str) -> Answer {
    world.client.post("/api/v1/sign-in/link/look", json!({"token": token})).await
}

async fn set_up(world: &World, token: &str, more: &Value) -> Answer {
    world.client.post("/api/v1/set-up", beginning(token, more)).await
}

async fn wait(world: &World, time: Duration) {
    let ahead = u64::try_from(time.as_micros()).unwrap();
    world.ahead.fetch_add(ahead, std::sync::atomic::Ordering::Relaxed);
}

#[tokio::test]
async fn a_blank_center_is_open_to_nobody_but_the_link() {
    let world = World::blank().await;
    let (mut asked, open) = (
        0,
        [
            "/openapi.json",
            "/asyncapi.json",
            "/sign-in",
            "/sign-in/link",
            "/sign-in/link/look",
            "/sign-in/invitation",
            "/set-up",
        ],
    );
    for (path, operations) in carillon::web::describe::api()["paths"].as_object().unwrap() {
        let path = path.replace(['{', '}'], "");
        for method in operations.as_object().unwrap().keys() {
            if open.iter().any(|known| path == format!("/api/v1{known}")) {
                continue;
            }
            let answer = world.client.send(&method.to_uppercase(), &path, Some("{}".to_owned())).await;
            assert!(matches!(answer.status, 401 | 415), "{method} {path}: {}", answer.status);
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
    let by_name = world.client.post("/api/v1/sign-in", json!({"user": "admin", "password": ""})).await;
    assert_eq!(by_name.code(), "bad_credentials");
    let without = set_up(&world, "", &json!({})).await;
    assert_eq!((without.status, without.code()), (401, "bad_link".to_owned()));
    assert_eq!(world.store.version().await.unwrap(), 0);
}

#[tokio::test]
async fn the_first_link_makes_one_administrator_and_is_spent() {
    let world = World::blank().await;
    let link = first_link(&world).await;
    let told = look(&world, &link).await.json();
    assert_eq!(told, json!({"opens": "set_up", "user": null, "name": null, "center": null}));
    // What is refused does not spend it, and stands at its field.
    for (more, field) in [
        (json!({"password": "short"}), "password"),
        (json!({"user": "Wei Chen"}), "agent.Wei Chen"),
        (json!({"timezone": "Shanghai"}), "center.timezone"),
        (json!({"region": "China"}), "center.region"),
        (json!({"languages": []}), "center.languages"),
    ] {
        let refused = set_up(&world, &link, &more).await;
        assert!(matches!(refused.status, 400 | 422), "{more}: {}", refused.json());
        assert_eq!(refused.json()["fields"][0]["field"], field, "{more}: {}", refused.json());
    }
    assert_eq!(world.store.version().await.unwrap(), 0);

    let made = set_up(&world, &link, &json!({})).await;
    let me = made.json();
    assert_eq!((made.status, &me["role"], &me["language"]), (200, &json!("admin"), &json!("zh")), "{me}");
    assert_eq!((&me["agent"]["key"], me["phone"].is_object()), (&json!("wei"), true), "who can hear a call alone");
    assert!(made.header("set-cookie").unwrap().contains("HttpOnly"));
    assert!(!String::from_utf8_lossy(&made.body).contains("long enough"));
    let versions = world.store.center_versions(None, 9).await.unwrap();
    assert_eq!(versions.iter().map(|version| version.author.as_str()).collect::<Vec<_>>(), ["wei"], "one, as all are");

    let wei = world.client.signed_in("wei", "long enough").await;
    assert_eq!(wei.get("/api/v1/center/first-steps").await.status, 200);
    for again in [set_up(&world, &link, &json!({"user": "eva"})).await, look(&world, &link).await] {
        assert_eq!((again.status, again.code()), (401, "bad_link".to_owned()), "once");
    }
    // Whatever made it: there is an administrator.
    let late = first_link(&world).await;
    let answers = [look(&world, &late).await, set_up(&world, &late, &json!({"user": "eva"})).await];
    assert!(answers.iter().all(|answer| answer.code() == "bad_link"));
    assert!(world.store.center().await.unwrap().0.users.get("eva").is_none());
}

#[tokio::test]
async fn a_first_link_expires_and_the_next_takes_its_place() {
    let world = World::blank().await;
    let (before, link) = (first_link(&world).await, first_link(&world).await);
    assert_eq!(set_up(&world, &before, &json!({})).await.code(), "bad_link", "another was printed since");
    assert_eq!(look(&world, &link).await.status, 200);
    wait(&world, LINK_FOR).await;
    for late in [look(&world, &link).await, set_up(&world, &link, &json!({})).await] {
        assert_eq!((late.status, late.code()), (401, "bad_link".to_owned()), "expired");
    }
}

#[tokio::test]
async fn of_two_who_have_the_link_one_is_administrator() {
    let world = World::blank().await;
    let link = first_link(&world).await;
    let users: Vec<_> = ["wei", "eva", "ana", "bo"].map(|user| json!({"user": user})).into();
    let made = futures_util::future::join_all(users.iter().map(|user| set_up(&world, &link, user))).await;
    let mut statuses: Vec<_> = made.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401, 401]);
    assert_eq!(world.store.center().await.unwrap().0.users.len(), 1);
}

#[tokio::test]
async fn guessing_links_is_paused_and_the_log_of_answers_tells_nothing() {
    let world = World::blank().await;
    let link = first_link(&world).await;
    let mut codes = Vec::new();
    for guess in 0..7 {
        codes.push(look(&world, &format!("guess{guess}")).await.code());
    }
    assert_eq!(codes.first().map(String::as_str), Some("bad_link"));
    assert_eq!(codes.last().map(String::as_str), Some("too_many_attempts"), "{codes:?}");
    assert_eq!(set_up(&world, &link, &json!({})).await.code(), "too_many_attempts", "from there, for a while");
}

#[tokio::test]
async fn who_is_invited_chooses_a_password_once() {
    let world = World::blank().await;
    let link = first_link(&world).await;
    assert_eq!(set_up(&world, &link, &json!({})).await.status, 200);
    let wei = world.client.signed_in("wei", "long enough").await;
    let version = world.store.version().await.unwrap();
    let people =
        json!({"objects": {"agent": {"ana": {"name": "Ana"}}, "user": {"ana": {"name": "Ana", "agent": "ana"}}}});
    let matched = wei.with("If-Match", &format!("\"{version}\""));
    let path = "/api/v1/center/objects?accept_warnings=true";
    let made = matched.send("PATCH", path, Some(people.to_string())).await;
    assert_eq!(made.status, 200, "{}", made.json());
    let invite = async || {
        let told = wei.send("POST", "/api/v1/center/users/ana/invitation", None).await;
        assert_eq!(told.status, 201, "{}", told.json());
        told.json()["link"].as_str().unwrap().trim_start_matches("/#/link/").to_owned()
    };
    let accept = async |token: &str, password: &str| {
        world.client.post("/api/v1/sign-in/invitation", json!({"token": token, "password": password})).await
    };
    let (first, second) = (invite().await, invite().await);
    assert_eq!(accept(&first, "my own words").await.code(), "bad_link", "another was made since");
    let told = look(&world, &second).await.json();
    assert_eq!(told, json!({"opens": "own_password", "user": "ana", "name": "Ana", "center": null}));
    assert_eq!(accept(&second, "short").await.json()["fields"][0]["code"], "not_a_password");
    assert_eq!(set_up(&world, &second, &json!({})).await.code(), "bad_link", "it opens nothing else");
    assert_eq!(world.client.post("/api/v1/sign-in/link", json!({"token": second})).await.code(), "bad_link");
    let me = accept(&second, "my own words").await;
    assert_eq!((me.status, me.json()["user"].clone()), (200, json!("ana")), "{}", me.json());
    assert_eq!(accept(&second, "another one").await.code(), "bad_link", "once");
    let ana = world.client.signed_in("ana", "my own words").await;
    assert_eq!(ana.get("/api/v1/me").await.json()["role"], "agent");

    // Who forgot theirs.
    let third = invite().await;
    assert_eq!(accept(&third, "new words now").await.status, 200);
    let old = world.client.post("/api/v1/sign-in", json!({"user": "ana", "password": "my own words"})).await;
    assert_eq!(old.code(), "bad_credentials");
    let fourth = invite().await;
    wait(&world, INVITATION_FOR).await;
    assert_eq!(accept(&fourth, "far too late").await.code(), "bad_link", "expired");
}

#[tokio::test]
async fn a_test_phone_is_nobodys_seat_and_they_are_few() {
    let world = World::blank().await;
    let link = first_link(&world).await;
    assert_eq!(set_up(&world, &link, &json!({})).await.status, 200);
    let wei = world.client.signed_in("wei", "long enough").await;
    for _ in 0..carillon::web::TEST_PHONES {
        let phone = wei.send("POST", "/api/v1/center/test-phone", None).await;
        let told = phone.json();
        assert_eq!((phone.status, &told["ws_path"]), (201, &json!("/sip")), "{told}");
        let user = told["user"].as_str().unwrap();
        assert!(user.starts_with("test.") && told["password"].as_str().unwrap().len() > 20, "{told}");
        assert!(world.heard().contains(&format!("phone {user}")));
    }
    assert_eq!(wei.send("POST", "/api/v1/center/test-phone", None).await.code(), "conflict");
}
