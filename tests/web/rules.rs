//! The center's rules: read, tried, changed, taken back.

use carillon::door::Role;
use carillon::setup::read;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::world::{NOW, World};

const CENTER: &str = r#"
[center]
company = "Aurelia"
languages = ["en", "zh"]
[skill.gems]
name = { en = "Gems", zh = "宝石" }
[queue.sales]
name = "Sales"
skills = { gems = 3 }
relax = [{ after_ms = 20000, min_level = 1 }]
[queue.vip]
priority = 2
[agent.ana]
skills = { gems = 7 }
[agent.bo]
skills = { gems = 1 }
[user.ana]
agent = "ana"
password = { argon2 = "$argon2id$today" }
"#;

/// With a stored center (version 1), and an administrator.
async fn world() -> (World, Client) {
    let world = World::start().await;
    let plan = world.store.plan(read(CENTER).unwrap()).await.unwrap();
    world.store.apply(&plan, "setup", NOW).await.unwrap();
    let admin = world.bearer("root", Role::Admin, None);
    (world, admin)
}

async fn patch(client: &Client, path: &str, version: Option<u32>, body: Value) -> Answer {
    let client = version.map_or(client.clone(), |version| client.with("If-Match", &format!("\"{version}\"")));
    client.send("PATCH", &format!("/api/v1/center/queues/{path}"), Some(body.to_string())).await
}

#[tokio::test]
async fn a_queue_is_shown_with_what_it_may_name() {
    let (world, admin) = world().await;
    let answer = world.bearer("sue", Role::Supervisor, None).get("/api/v1/center/queues/sales").await;
    assert_eq!((answer.status, answer.header("etag")), (200, Some("\"1\"")));
    let shown = answer.json();
    assert_eq!((&shown["rules"]["ring_s"], &shown["rules"]["skills"]["gems"]), (&json!(20), &json!(3)));
    assert_eq!(shown["choices"]["skills"], json!([{"key": "gems", "en": "Gems", "zh": "宝石"}]));
    assert_eq!(shown["overtaking_bound_s"], json!(600.0), "the largest head start");
    assert_eq!(shown["findings"], json!([]));
    assert_eq!(admin.get("/api/v1/center/queues/none").await.code(), "not_found");
    assert_eq!(world.bearer("ana", Role::Agent, None).get("/api/v1/center/queues/sales").await.code(), "not_allowed");
}

/// Agents and skills, but no queue yet.
#[tokio::test]
async fn the_first_queue_is_made_by_what_is_told_without_any() {
    let world = World::start().await;
    let text = "[center]\n[skill.gems]\nname = { en = \"Gems\", zh = \"宝石\" }\n[agent.ana]\nskills = { gems = 7 }\n";
    let plan = world.store.plan(read(text).unwrap()).await.unwrap();
    world.store.apply(&plan, "setup", NOW).await.unwrap();
    let told = world.bearer("sue", Role::Supervisor, None).get("/api/v1/center/queues").await;
    assert_eq!((told.status, told.header("etag")), (200, Some("\"1\"")));
    let told = told.json();
    assert_eq!((&told["items"], &told["choices"]["queues"]), (&json!([]), &json!([])));
    assert_eq!(told["choices"]["skills"], json!([{"key": "gems", "en": "Gems", "zh": "宝石"}]));
    assert_eq!((&told["defaults"]["ring_s"], &told["contact_selection"]), (&json!(20), &json!("score")));
    let admin = world.bearer("root", Role::Admin, None).with("If-Match", "\"1\"");
    let body = json!({"name": {"en": "Sales"}, "skills": {"gems": 3}}).to_string();
    let made = admin.send("PUT", "/api/v1/center/queues/sales?accept_warnings=true", Some(body)).await;
    assert_eq!((made.status, &made.json()["version"]), (200, &json!(2)));
    let now = admin.get("/api/v1/center/queues").await.json();
    assert_eq!(now["items"], json!([{"key": "sales", "en": "Sales", "zh": "Sales"}]));
    assert_eq!(world.bearer("ana", Role::Agent, None).get("/api/v1/center/queues").await.code(), "not_allowed");
}

#[tokio::test]
async fn a_dry_run_tells_the_plan_and_the_findings_and_changes_nothing() {
    let (world, admin) = world().await;
    let answer = patch(&admin, "sales?dry_run=true", None, json!({"ring_s": 9, "max_wait_s": 10})).await;
    let told = answer.json();
    assert_eq!((answer.status, &told["version"], &told["applied"]), (200, &json!(1), &json!(false)));
    let fields = told["changes"][0]["fields"].as_array().unwrap();
    assert!(fields.contains(&json!({"field": "ring_s", "from": null, "to": "9"})), "{told}");
    let finding = &told["findings"][0];
    assert_eq!((&finding["code"], &finding["new"]), (&json!("relaxation_never_widens"), &json!(true)));
    assert_eq!(finding["object"], json!({"kind": "queue", "key": "sales"}));
    assert_eq!(world.store.center().await.unwrap().1.version, 1);
    assert_eq!(world.heard(), "");
}

#[tokio::test]
async fn a_change_is_stored_taken_over_and_known_by_its_author() {
    let (world, admin) = world().await;
    let answer = patch(&admin, "sales", Some(1), json!({"ring_s": 9})).await;
    let told = answer.json();
    assert_eq!((answer.status, &told["version"], &told["applied"]), (200, &json!(2), &json!(true)));
    assert_eq!((answer.header("etag"), world.heard().as_str()), (Some("\"2\""), "taken over"));
    let (model, _) = world.store.center().await.unwrap();
    assert_eq!(model.queues.get("sales").unwrap().ring_s, 9);
    let same = patch(&admin, "sales", Some(2), json!({"ring_s": 9})).await.json();
    assert_eq!((&same["version"], &same["applied"]), (&json!(2), &json!(false)), "nothing to change");

    let versions = admin.get("/api/v1/center/versions").await.json();
    let told: Vec<_> = versions["items"].as_array().unwrap().iter().map(|it| (&it["version"], &it["author"])).collect();
    assert_eq!(told, [(&json!(2), &json!("root")), (&json!(1), &json!("setup"))]);
    assert_eq!(versions["next"], Value::Null);
    let one = admin.get("/api/v1/center/versions/2").await.json();
    assert_eq!(one["changes"][0]["fields"], json!([{"field": "ring_s", "from": null, "to": "9"}]));
    assert!(!one["file"].as_str().unwrap().contains("argon2"), "{one}");
    assert_eq!(admin.get("/api/v1/center/versions/3").await.code(), "not_found");
    assert_eq!(admin.get("/api/v1/center/versions?limit=1").await.json()["next"], json!(2));
}

#[tokio::test]
async fn a_change_of_something_that_has_changed_is_refused() {
    let (world, admin) = world().await;
    assert_eq!(patch(&admin, "sales", None, json!({"ring_s": 9})).await.code(), "version_required");
    assert_eq!(patch(&admin, "sales", Some(1), json!({"ring_s": 9})).await.status, 200);
    let late = patch(&admin, "sales", Some(1), json!({"ring_s": 8})).await;
    assert_eq!((late.status, late.code(), &late.json()["version"]), (412, "version_changed".into(), &json!(2)));
    assert_eq!(world.store.center().await.unwrap().0.queues.get("sales").unwrap().ring_s, 9);
    let supervisor = world.bearer("sue", Role::Supervisor, None);
    assert_eq!(patch(&supervisor, "sales", Some(2), json!({"ring_s": 7})).await.code(), "not_allowed");
}

#[tokio::test]
async fn errors_refuse_and_new_warnings_want_to_be_accepted() {
    let (world, admin) = world().await;
    let mistake = patch(&admin, "sales", Some(1), json!({"priority": 11, "skills": {"gold": 3}})).await;
    assert_eq!((mistake.status, mistake.code()), (422, "mistakes".into()));
    assert_eq!(mistake.json()["mistakes"].as_array().unwrap().len(), 2, "all of them: {}", mistake.json());
    assert_eq!(patch(&admin, "sales", Some(1), json!({"ring": 3})).await.code(), "mistakes");

    let step = json!({"after_ms": 1, "min_level": 1});
    let steps: Vec<_> = std::iter::repeat_n(step, 31).collect();
    let error = patch(&admin, "sales?accept_warnings=true", Some(1), json!({ "relax": steps })).await;
    assert_eq!((error.status, error.code()), (422, "rules_refused".into()));

    let warned = patch(&admin, "sales", Some(1), json!({"max_wait_s": 10})).await;
    assert_eq!((warned.status, warned.code()), (422, "warnings_not_accepted".into()));
    assert_eq!(warned.json()["findings"][0]["severity"], "warning");
    assert_eq!(world.heard(), "", "nothing was taken over");
    let taken = patch(&admin, "sales?accept_warnings=true", Some(1), json!({"max_wait_s": 10})).await;
    assert_eq!((taken.status, &taken.json()["applied"]), (200, &json!(true)));
    // What is there already stands in nobody's way.
    assert_eq!(patch(&admin, "vip", Some(2), json!({"ring_s": 9})).await.status, 200);
    let found = admin.get("/api/v1/center/findings").await.json();
    assert_eq!(found["findings"][0]["code"], "relaxation_never_widens");
}

#[tokio::test]
async fn a_whole_queue_is_put_and_a_new_key_is_a_new_queue() {
    let (world, admin) = world().await;
    let put = async |key: &str, version: u32, body: Value| {
        let client = admin.with("If-Match", &version.to_string());
        client.send("PUT", &format!("/api/v1/center/queues/{key}"), Some(body.to_string())).await
    };
    assert_eq!(put("sales", 1, json!({"ring_s": 7})).await.status, 200);
    let (model, _) = world.store.center().await.unwrap();
    let sales = model.queues.get("sales").unwrap();
    assert!(sales.ring_s == 7 && sales.skills.is_empty(), "what is not named has its default");
    assert_eq!(put("repair", 2, json!({"name": {"en": "Repair", "zh": "维修"}})).await.status, 200);
    assert!(world.store.center().await.unwrap().1.queues.contains_key("repair"));
    assert_eq!(put("Bad Key", 3, json!({})).await.status, 400, "no path has a blank");
    assert_eq!(put("BAD", 3, json!({})).await.code(), "mistakes");
}

#[tokio::test]
async fn the_way_back_is_a_new_version_with_the_passwords_of_today() {
    let (world, admin) = world().await;
    patch(&admin, "sales", Some(1), json!({"ring_s": 9})).await;
    let back = admin.with("If-Match", "2");
    let dry = back.send("POST", "/api/v1/center/versions/1/restore?dry_run=true", None).await.json();
    assert_eq!(dry["changes"][0]["fields"], json!([{"field": "ring_s", "from": "9", "to": null}]));
    let done = back.send("POST", "/api/v1/center/versions/1/restore", None).await.json();
    assert_eq!((&done["version"], &done["applied"]), (&json!(3), &json!(true)));
    let (model, _) = world.store.center().await.unwrap();
    assert_eq!(model.queues.get("sales").unwrap().ring_s, 20);
    assert!(model.users.get("ana").unwrap().password.is_some(), "it was not taken away");
    assert_eq!(back.send("POST", "/api/v1/center/versions/9/restore", None).await.code(), "not_found");
    assert_eq!(back.send("POST", "/api/v1/center/versions/1/restore", None).await.code(), "version_changed");
}

#[tokio::test]
async fn the_center_is_code() {
    let (world, admin) = world().await;
    let answer = admin.get("/api/v1/center/file").await;
    let file = String::from_utf8(answer.body.clone()).unwrap();
    assert_eq!((answer.header("content-type"), answer.header("etag")), (Some("application/toml"), Some("\"1\"")));
    assert!(file.contains("[queue.sales]") && !file.contains("argon2"), "{file}");

    let toml = admin.with("If-Match", "\"1\"").with("Content-Type", "application/toml");
    let put = async |client: &Client, text: &str| client.send_raw("PUT", "/api/v1/center/file", text.to_owned()).await;
    let same = put(&toml, &file).await.json();
    assert_eq!((&same["changes"], &same["applied"]), (&json!([]), &json!(false)), "passwords stay: {same}");
    let wrong = put(&toml, "[queue.a]\nring = 3\n[queue.sales]\npriority = 20\n").await;
    assert_eq!((wrong.status, wrong.code()), (422, "mistakes".into()));
    let first = wrong.json()["mistakes"][0].as_str().unwrap().to_owned();
    assert!(first.starts_with("2:1: queue.a: unknown field `ring`"), "{first}");
    let without = file.replace("[queue.sales]", "[queue.shop]");
    assert_eq!(put(&toml, &without).await.json()["mistakes"][0], "hotline.toml:3: there is no queue `sales`");
    assert_eq!(put(&admin.with("If-Match", "1"), &file).await.code(), "not_toml");
    let done = put(&toml, &file.replace("company = \"Aurelia\"", "company = \"Aurora\"")).await.json();
    assert_eq!((&done["version"], &done["applied"]), (&json!(2), &json!(true)));
    assert!(world.store.center().await.unwrap().0.users.get("ana").unwrap().password.is_some());
}

#[tokio::test]
async fn holidays_come_from_a_calendar_file() {
    let (world, admin) = world().await;
    let file = String::from_utf8(admin.get("/api/v1/center/file").await.body).unwrap();
    let hours =
        "\n[hours.office]\nweek = { mon = [\"09:00-18:00\"] }\nspecial = { \"2026-05-01\" = [\"10:00-12:00\"] }\n";
    let toml = admin.with("If-Match", "1").with("Content-Type", "application/toml");
    assert_eq!(toml.send_raw("PUT", "/api/v1/center/file", file + hours).await.status, 200);
    let ics = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260501\r\nDTEND;VALUE=DATE:20260504\r\n\
               SUMMARY:劳动节\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let path = "/api/v1/center/hours/office/holidays";
    let calendar = admin.with("If-Match", "2").with("Content-Type", "text/calendar; charset=utf-8");
    let dry = calendar.send_raw("POST", &format!("{path}?dry_run=true"), ics.to_owned()).await.json();
    assert_eq!((&dry["applied"], &dry["changes"][0]["key"]), (&json!(false), &json!("office")), "{dry}");
    let done = calendar.send_raw("POST", path, ics.to_owned()).await.json();
    assert_eq!((&done["version"], &done["applied"]), (&json!(3), &json!(true)), "{done}");
    let special = world.store.center().await.unwrap().0.hours.get("office").unwrap().special.clone();
    let closed: Vec<_> = special.iter().map(|(day, open)| (day.as_str(), open.len())).collect();
    assert_eq!(closed, [("2026-05-01", 1), ("2026-05-02", 0), ("2026-05-03", 0)], "what was named stays");
    let next = admin.with("If-Match", "3").with("Content-Type", "text/calendar");
    let unknown = next.send_raw("POST", "/api/v1/center/hours/x/holidays", ics.to_owned()).await;
    assert_eq!(unknown.code(), "not_found");
    assert_eq!(next.send_raw("POST", path, "what".to_owned()).await.code(), "mistakes");
    assert_eq!(toml.send_raw("POST", path, ics.to_owned()).await.code(), "not_calendar");
}

/// Whatever a calendar is written in it is read, and whatever cannot be read is refused with a problem.
#[tokio::test]
async fn calendars_of_every_making_are_read_or_refused_with_a_word() {
    let (_world, admin) = world().await;
    let file = String::from_utf8(admin.get("/api/v1/center/file").await.body).unwrap();
    let toml = admin.with("If-Match", "1").with("Content-Type", "application/toml");
    let hours = "\n[hours.office]\nweek = { mon = [\"09:00-18:00\"] }\n";
    assert_eq!(toml.send_raw("PUT", "/api/v1/center/file", file + hours).await.status, 200);
    let path = "/api/v1/center/hours/office/holidays?dry_run=true";
    let post = async |kind: &str, bytes: &[u8]| admin.with("Content-Type", kind).send_raw("POST", path, bytes).await;
    let ics = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260501\r\nSUMMARY:劳动节\r\nEND:VEVENT\r\n\
               BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260509\r\nSUMMARY:补班\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let gb18030 = encoding_rs::GB18030.encode(ics).0.into_owned();
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(ics.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let at = ics.find('劳').unwrap() + 1;
    let folded = [ics.as_bytes().get(..at).unwrap(), b"\r\n ", ics.as_bytes().get(at..).unwrap()].concat();
    for (kind, bytes) in [
        ("text/calendar", ics.as_bytes().to_vec()),
        ("Text/Calendar; charset=UTF-8", folded),
        ("text/calendar", gb18030.clone()),
        ("text/calendar; charset=gb18030", gb18030.clone()),
        ("text/calendar; charset=utf-8", gb18030),
        ("text/calendar", wide),
        ("text/calendar", ics.to_lowercase().into_bytes()),
    ] {
        let told = post(kind, &bytes).await.json();
        let change = told["changes"][0].to_string();
        assert!(change.contains("2026-05-01") && !change.contains("2026-05-09"), "{kind}: {told}");
    }
    for (kind, bytes, code, word) in [
        ("text/calendar", b"PK\x03\x04".to_vec(), "mistakes", "a zip archive"),
        ("text/calendar", b"\x00\x01\x02\xff\xfe".to_vec(), "mistakes", "the encoding"),
        ("text/calendar", ics.replace("END:VCALENDAR", "").into_bytes(), "mistakes", "cut off"),
        ("text/calendar", ics.replace("20260501", "2026").into_bytes(), "mistakes", "line 3: not a date: 2026"),
        ("text/calendars", ics.as_bytes().to_vec(), "not_calendar", "text/calendar"),
        ("text/calendar", vec![b'x'; 5 << 20], "too_large", "too large"),
    ] {
        let answer = post(kind, &bytes).await;
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{word}");
        assert!(answer.code() == code && answer.json()["detail"].as_str().unwrap().contains(word), "{}", answer.json());
    }
    let wrong = toml.send_raw("PUT", "/api/v1/center/file", b"[center]\ncompany = \"M\xfcller\"\n").await;
    assert_eq!((wrong.code(), wrong.header("content-type")), ("mistakes".into(), Some("application/problem+json")));
}

#[tokio::test]
async fn an_unknown_key_is_refused_with_the_nearest_one() {
    let (_world, admin) = world().await;
    let admin = admin.with("If-Match", "1");
    for (method, path, body, near) in [
        ("POST", "/customers", json!({"name": "x", "note": "y"}), "notes"),
        ("POST", "/customers", json!({"name": "x", "contact_points": [{"kind": "phone", "valeu": "1"}]}), "value"),
        ("POST", "/customers", json!({"name": "x", "orders": [{"numbr": "1"}]}), "number"),
        ("PUT", "/center/queues/sales", json!({"wrapup": {}}), "wrap_up"),
        ("PUT", "/center/queues/sales", json!({"agent_selection": "most_skiled"}), "most_skilled"),
        ("PATCH", "/center/queues/sales", json!({"relax": [{"after": 1}]}), "after_ms"),
        ("POST", "/tokens", json!({"name": "x", "rol": "agent"}), "role"),
        ("POST", "/agents/7/presence", json!({"state": "redy"}), "ready"),
        ("POST", "/agents/7/commands", json!({"type": "call.holt"}), "call.hold"),
        (
            "POST",
            "/agents/7/commands",
            json!({"type": "wrap_up.save", "interaction": "0197f3a0-0000-7000-8000-000000000000",
            "disposition": null, "notes": "", "done": true, "note": "lost"}),
            "notes",
        ),
        ("GET", "/interactions?limt=5", json!(null), "limit"),
    ] {
        let body = (!body.is_null()).then(|| body.to_string());
        let answer = admin.send(method, &format!("/api/v1{path}"), body).await;
        let told = answer.json();
        assert!((400..=422).contains(&answer.status), "{method} {path}: {told}");
        assert!(
            told["detail"].as_str().unwrap().contains(&format!("did you mean `{near}`?")),
            "{method} {path}: {told}"
        );
    }
    let answer =
        admin.send("POST", "/api/v1/agents/7/commands", Some(json!({"type": "call.hold", "x": 1}).to_string()));
    assert!(answer.await.json()["detail"].as_str().unwrap().contains("unknown field `x`"), "also where there is none");
}

#[tokio::test]
async fn changed_rules_run_in_the_shadow_until_they_are_ended() {
    let (world, admin) = world().await;
    assert_eq!(admin.get("/api/v1/shadow").await.json(), json!({"state": "off"}));
    let begun = admin.post("/api/v1/shadow", json!({"queues": {"sales": {"ring_s": 9, "max_wait_s": 10}}})).await;
    assert_eq!((begun.status, &begun.json()["version"]), (201, &json!(1)), "{}", begun.json());
    assert_eq!(begun.json()["findings"][0]["code"], "relaxation_never_widens", "warnings do not stop a trial");
    assert_eq!(admin.post("/api/v1/shadow", json!({"queues": {}})).await.code(), "conflict");
    let told = world.bearer("sue", Role::Supervisor, None).get("/api/v1/shadow").await.json();
    assert_eq!((&told["state"], &told["author"]), (&json!("running"), &json!("root")));
    assert_eq!(told["decisions"]["compared"], 0);
    assert_eq!(told["changes"][0]["key"], "sales");
    assert!(told["assumptions"][0]["zh"].as_str().unwrap().contains("来电"));
    assert_eq!(world.store.center().await.unwrap().1.version, 1, "nothing is stored");
    assert_eq!(world.heard(), "", "and nothing told to the center");
    assert_eq!(admin.send("DELETE", "/api/v1/shadow", None).await.status, 204);
    assert_eq!(admin.get("/api/v1/shadow").await.json()["state"], "off");

    let wrong = admin.post("/api/v1/shadow", json!({"queues": {"sales": {"priority": 20}}})).await;
    assert_eq!(wrong.code(), "mistakes");
    assert_eq!(admin.post("/api/v1/shadow", json!({"queues": {"none": {}}})).await.code(), "not_found");
    assert_eq!(
        world.bearer("sue", Role::Supervisor, None).post("/api/v1/shadow", json!({})).await.code(),
        "not_allowed"
    );
}
