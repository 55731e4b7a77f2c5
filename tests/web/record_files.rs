//! Files beside records through the API: who may, how they go out, and that nothing in a name or in a file does anything.

use carillon::door::Role;
use serde_json::json;

use crate::client::{Answer, Client};
use crate::world::World;

const KIND: &str = "kind = \"paper\"\n[field]\nsubject = { type = \"text\", required = true }\n\
    [access]\nread = \"agent\"\nwrite = \"supervisor\"\n";

async fn paper() -> (World, Client, Client, String) {
    let world = World::start().await;
    let (ana, sam) = (world.bearer("ana", Role::Agent, None), world.bearer("sam", Role::Supervisor, None));
    let root = world.bearer("root", Role::Admin, None);
    let body = json!({"source": KIND, "over": 0}).to_string();
    assert_eq!(root.send("PUT", "/api/v1/kinds/paper", Some(body)).await.status, 200);
    let made = root.post("/api/v1/records/paper", json!({"fields": {"subject": "a"}})).await;
    let path = format!("/api/v1/records/paper/{}/files", made.json()["id"]);
    (world, ana, sam, path)
}

async fn brought(client: &Client, path: &str, name: &str, content: &[u8]) -> Answer {
    let name: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    client.send_raw("POST", &format!("{path}?name={name}"), content).await
}

fn is_inert(answer: &Answer) {
    let header = |name| answer.header(name).unwrap_or_default();
    assert_eq!(header("content-type"), "application/octet-stream");
    assert!(header("content-disposition").starts_with("attachment; filename=\""), "{}", header("content-disposition"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    let policy = header("content-security-policy");
    assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"), "{policy}");
    assert_eq!(header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_file_is_brought_and_taken_along_by_those_who_may() {
    let (world, ana, sam, path) = paper().await;
    let answer = brought(&sam, &path, "发票 2026.pdf", b"%PDF-1.7").await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    let file = answer.json();
    assert_eq!((&file["name"], &file["size"], &file["by"]), (&json!("发票 2026.pdf"), &json!(8), &json!("sam")));
    assert_eq!(ana.get(&path).await.json()["items"], json!([file]));
    let one = format!("{path}/{}", file["id"]);
    let taken = ana.get(&one).await;
    assert_eq!((taken.status, taken.body.as_slice()), (200, &b"%PDF-1.7"[..]));
    is_inert(&taken);
    assert_eq!(brought(&ana, &path, "a.txt", b"x").await.status, 403);
    assert_eq!(ana.send("DELETE", &one, None).await.status, 403);
    assert_eq!(world.client.get(&one).await.status, 401);
    for gone in [format!("{path}/999"), format!("{path}/x"), path.replace("/1/", "/77/"), path.replace("paper", "note")]
    {
        assert_eq!(sam.get(&gone).await.status, 404, "{gone}");
    }
    assert_eq!(sam.send("DELETE", &one, None).await.status, 204);
    assert_eq!((sam.get(&one).await.status, ana.get(&path).await.json()["items"].clone()), (404, json!([])));
    let large = vec![b'x'; 25 << 20];
    assert_eq!(brought(&sam, &path, "a.txt", &large).await.status, 201);
    assert_eq!(brought(&sam, &path, "a.txt", &[large, vec![b'x']].concat()).await.status, 413);
}

/// Deflated, a megabyte of nothing is a kilobyte.
fn bomb() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let zeros = vec![0; 1 << 20];
    (0..200).for_each(|_| std::io::Write::write_all(&mut archive, &zeros).unwrap());
    archive.finish().unwrap().into_inner()
}

#[tokio::test]
async fn nothing_in_a_name_or_a_file_does_anything() {
    let (_world, ana, sam, path) = paper().await;
    let entities = format!("<!DOCTYPE a [{}]><a>&i;</a>", "<!ENTITY i \"&h;&h;&h;&h;&h;&h;&h;&h;\">".repeat(50));
    let bomb = bomb();
    for (name, content, kept) in [
        ("<img src=x onerror=alert(1)>.txt", &b"<script>alert(1)</script>"[..], "<img src=x onerror=alert(1)>.txt"),
        ("../../../../etc/cron.d/x.txt", b"* * * * * root id", "x.txt"),
        ("C:\\Windows\\system32\\x.csv", b"=cmd|' /C calc'!A0", "x.csv"),
        ("'; DROP TABLE record_files; --.txt", b"' OR 1=1; --", "'; DROP TABLE record_files; --.txt"),
        ("a\r\nSet-Cookie: sid=1.txt", b"\r\n\r\nHTTP/1.1 200 OK", "aSet-Cookie: sid=1.txt"),
        ("a\"; filename=\"b.html.txt", b"<html>", "a\"; filename=\"b.html.txt"),
        ("photo\u{202e}fdp.txt", b"x", "photofdp.txt"),
        ("${jndi:ldap://127.0.0.1/a}{{7*7}}%s%n.txt", b"${jndi:ldap://127.0.0.1/a}", "a}{{7*7}}%s%n.txt"),
        ("bomb.zip", &bomb, "bomb.zip"),
        ("bomb.xlsx", &bomb, "bomb.xlsx"),
        ("laughs.txt", entities.as_bytes(), "laughs.txt"),
        ("nul\0.txt", b"\0\0\0", "nul.txt"),
        ("bad.txt", b"\xff\xfe\xfd", "bad.txt"),
    ] {
        let answer = brought(&sam, &path, name, content).await;
        assert_eq!((answer.status, &answer.json()["name"]), (201, &json!(kept)), "{name}");
        let taken = ana.get(&format!("{path}/{}", answer.json()["id"])).await;
        assert!(taken.status == 200 && taken.body == content, "{name}");
        is_inert(&taken);
        assert!(taken.headers.iter().all(|(name, _)| name != "set-cookie"), "{name}");
    }
    let before = ana.get(&path).await.json()["items"].as_array().unwrap().len();
    for (name, content) in [
        ("page.html", &b"<script>alert(1)</script>"[..]),
        ("page.htm", b"x"),
        ("page.xhtml", b"x"),
        ("drawing.svg", b"<svg onload='alert(1)'/>"),
        ("feed.xml", entities.as_bytes()),
        ("code.js", b"alert(1)"),
        ("run.exe", b"MZ\x90\0"),
        ("run.sh", b"#!/bin/sh"),
        ("photo.jpg", b"<script>alert(1)</script>"),
        ("letter.pdf", b"MZ\x90\0"),
        ("notes.txt", b"\x7fELF"),
        ("book.xlsx", b"<html>"),
        ("", b"x"),
        ("..", b"x"),
        ("nothing.txt", b""),
    ] {
        let answer = brought(&sam, &path, name, content).await;
        let problem = answer.json();
        assert_eq!((answer.status, &problem["fields"][0]["field"]), (400, &json!("file")), "{name}: {problem}");
    }
    assert_eq!(sam.send_raw("POST", &path, "x").await.status, 400, "without a name");
    let items = ana.get(&path).await.json();
    assert_eq!(items["items"].as_array().map(Vec::len), Some(before), "nothing more");
}
