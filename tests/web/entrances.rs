//! What stands beside the API: the page, its files, odd targets and methods, and how answers are coded.

use std::io::Read as _;

use carillon::door::Role;

use crate::world::World;

const METHODS: [&str; 9] = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "X", "CONNECT"];

/// Any file of the desktop whose coded twins are there.
fn asset() -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist/assets");
    let names = std::fs::read_dir(folder).expect("the desktop is built (make web)");
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let coded = names.iter().find_map(|name| name.strip_suffix(".br").filter(|name| name.starts_with("first-")));
    format!("/assets/{}", coded.expect("the build makes coded twins"))
}

#[tokio::test]
async fn only_get_and_head_find_something_outside_of_the_api() {
    let world = World::start().await;
    let asset = asset();
    for path in ["/", "/index.html", &asset, "/board", "/docs", "/docs/style.css", "/docs/api.md"] {
        for method in METHODS {
            let answer = world.client.send(method, path, None).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            let allow = answer.header("allow").unwrap_or_default().replace(' ', "");
            assert!(allow.split(',').any(|known| known == "GET"), "{method} {path}: {allow}");
            assert_eq!(answer.code(), "method_not_allowed", "{method} {path}");
        }
    }
    for method in METHODS.into_iter().filter(|method| *method != "CONNECT").chain(["GET"]) {
        for path in
            ["/nothing", "/nothing/at/all", "/assets/nothing.js", "/assets/", "/api", "/api/v2/me", "/API/V1/me"]
        {
            let answer = world.client.send(method, path, None).await;
            assert_eq!((answer.status, answer.code()), (404, "not_found".to_owned()), "{method} {path}");
        }
    }
    assert_eq!(world.client.send("CONNECT", "example.org:443", None).await.status, 405);
}

#[tokio::test]
async fn the_page_and_its_views_are_found() {
    let world = World::start().await;
    for path in ["/", "/index.html", "/?x=1"] {
        let answer = world.client.get(path).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-cache")), "{path}");
        assert!(String::from_utf8_lossy(&answer.body).contains("<!doctype html>"), "{path}");
        let head = world.client.send("HEAD", path, None).await;
        assert_eq!((head.status, head.body.len()), (200, 0), "HEAD {path}");
        assert_eq!(head.header("content-type"), answer.header("content-type"));
        assert_eq!(head.header("content-length"), answer.header("content-length"));
    }
    for view in ["board", "wall", "contacts", "customers", "setup", "tasks", "tokens", "rules", "figures"] {
        let answer = world.client.get(&format!("/{view}")).await;
        assert_eq!((answer.status, answer.header("location")), (302, Some(format!("/#/{view}").as_str())));
    }
}

#[tokio::test]
async fn odd_targets_are_one_thing_or_nothing() {
    let world = World::start().await;
    for (method, target, status) in [
        ("GET", "http://127.0.0.1/", 200),
        ("GET", "http://elsewhere.example/nothing", 404),
        ("GET", "http://elsewhere.example/api/v1/me", 401),
        ("OPTIONS", "*", 404),
        ("GET", "//", 404),
        ("GET", "//evil.example/%2f..", 404),
        ("GET", "/../Cargo.toml", 404),
        ("GET", "/assets/../../Cargo.toml", 404),
        ("GET", "/%2e%2e/Cargo.toml", 404),
        ("GET", "/..%2fCargo.toml", 404),
        ("GET", "/assets%2findex.html", 404),
        ("GET", "/index.html%00.js", 404),
        ("GET", "/docs/../Cargo.toml", 404),
        ("GET", "/docs/%2e%2e/Cargo.toml", 404),
        ("GET", "/docs/%2e%2e%2fCargo.toml", 404),
        ("GET", "/index.html.br", 404),
        ("GET", "/%ff", 404),
    ] {
        let answer = world.client.send(method, target, None).await;
        assert_eq!(answer.status, status, "{method} {target}");
    }
}

#[tokio::test]
async fn files_are_coded_as_the_browser_takes_them_and_kept() {
    let world = World::start().await;
    let asset = asset();
    let plain = world.client.get(&asset).await;
    assert_eq!(
        (plain.status, plain.header("content-encoding"), plain.header("vary")),
        (200, None, Some("accept-encoding"))
    );
    assert_eq!(plain.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let mut tags = vec![plain.header("etag").unwrap().to_owned()];
    for (said, coding) in [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.1", "gzip")] {
        let browser = world.client.with("Accept-Encoding", said);
        let coded = browser.get(&asset).await;
        assert_eq!((coded.status, coded.header("content-encoding")), (200, Some(coding)), "{said}");
        assert_eq!(coded.header("content-type"), plain.header("content-type"));
        assert!(coded.body.len() < plain.body.len() * 2 / 3);
        if coding == "gzip" {
            assert_eq!(gunzip(&coded.body), plain.body);
        }
        let tag = coded.header("etag").unwrap().to_owned();
        let again = browser.with("If-None-Match", &tag).get(&asset).await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag.as_str())));
        tags.push(tag);
    }
    assert!(tags[0] != tags[1] && tags[1] != tags[2], "one tag for each coding: {tags:?}");
    let page = world.client.get("/").await;
    let again = world.client.with("If-None-Match", page.header("etag").unwrap()).get("/").await;
    assert_eq!((again.status, again.header("cache-control")), (304, Some("no-cache")));
}

#[tokio::test]
async fn long_texts_are_compressed_and_secrets_are_not() {
    let world = World::start().await;
    let browser = world.client.with("Accept-Encoding", "gzip, br");
    let (coded, plain) = (browser.get("/docs/api.md").await, world.client.get("/docs/api.md").await);
    assert_eq!((coded.header("content-encoding"), coded.header("vary")), (Some("gzip"), Some("accept-encoding")));
    assert_eq!((plain.header("content-encoding"), gunzip(&coded.body) == plain.body), (None, true));
    let admin = world.bearer("root", Role::Admin, None).with("Accept-Encoding", "gzip");
    for n in 0..20 {
        admin.post("/api/v1/tokens", serde_json::json!({"name": format!("program {n}"), "role": "agent"})).await;
    }
    let tokens = admin.get("/api/v1/tokens").await;
    assert_eq!(tokens.header("content-encoding"), Some("gzip"));
    let listed: serde_json::Value = serde_json::from_slice(&gunzip(&tokens.body)).unwrap();
    assert_eq!(listed["items"].as_array().unwrap().len(), 20);
    assert_eq!(admin.get("/api/v1/me").await.header("content-encoding"), None, "short, and secret");
    let sound = world.client.with("Accept-Encoding", "gzip").get("/docs/screens/ringing-en.png").await;
    assert_eq!((sound.status, sound.header("content-encoding")), (200, None));
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}
