//! Mail through a real mail server: TLS, name and password, what it refuses and what it puts off; and programs that are
//! told of alerts.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::http;
use crate::server::Server;

const SOON: Duration = Duration::from_secs(20);

struct MailServer {
    process: Child,
    port: u64,
    mails: Receiver<Value>,
}

impl MailServer {
    /// Debian's own Python has the server.
    fn start(certificate: &Path, key: &Path) -> Self {
        let mut process = Command::new("/usr/bin/python3")
            .args([concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/smtpd.py"), "0"])
            .args([certificate, key])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the mail server starts");
        let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let (told, mails) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let Ok(value) = serde_json::from_str(&line) else { continue };
                if told.send(value).is_err() {
                    return;
                }
            }
        });
        let first: Value = mails.recv_timeout(SOON).expect("it listens");
        Self { process, port: first["port"].as_u64().expect("a port"), mails }
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn settings(port: u64, roots: &Path, password: &str) -> Vec<String> {
    vec![
        "mail.host=127.0.0.1".into(),
        format!("mail.port={port}"),
        format!("mail.tls_roots={}", roots.display()),
        "mail.user=care".into(),
        format!("mail.password={password}"),
        "mail.from=客户服务 <care@example.com>".into(),
        "mail.per_minute=6000".into(),
    ]
}

/// A customer with these addresses.
fn customer(server: &Server, addresses: &[&str]) -> Value {
    let points: Vec<_> = addresses.iter().map(|address| json!({ "kind": "email", "value": address })).collect();
    let draft = json!({ "name": "李丽", "contact_points": points });
    server.post(&server.ready.tokens.admin, "/api/v1/customers", &draft)["id"].clone()
}

fn write(server: &Server, customer: &Value, to: &str) -> Value {
    let mail =
        json!({ "channel": "mail", "to": to, "subject": "您的维修单 R-0007", "body": "尊敬的李女士：\n.\n已修好。\n" });
    server.post(&server.ready.tokens.admin, &format!("/api/v1/customers/{customer}/messages"), &mail)
}

fn messages(server: &Server, customer: &Value) -> Vec<Value> {
    server.get(&format!("/api/v1/customers/{customer}/messages"))["items"].as_array().expect("messages").clone()
}

fn certificate(folder: &Path) -> [std::path::PathBuf; 2] {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let paths = ["mail.pem", "mail.key"].map(|name| folder.join(name));
    std::fs::write(&paths[0], made.cert.pem()).expect("written");
    std::fs::write(&paths[1], made.signing_key.serialize_pem()).expect("written");
    paths
}

#[test]
fn a_mail_arrives_once_and_what_the_server_says_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let [pem, key] = certificate(folder.path());
    let mails = MailServer::start(&pem, &key);
    let server = Server::demo_set(&settings(mails.port, &pem, "hush"));
    let li = customer(&server, &["li@example.com", "never@example.com", "later@example.com"]);
    let [sent, never, later] = ["li", "never", "later"].map(|name| write(&server, &li, &format!("{name}@example.com")));
    let mail = mails.mails.recv_timeout(SOON).expect("a mail");
    assert_eq!((&mail["subject"], &mail["to"]), (&json!("您的维修单 R-0007"), &json!(["li@example.com"])), "{mail}");
    assert_eq!((&mail["tls"], &mail["user"]), (&json!(true), &json!("care")));
    assert!(mail["from"].as_str().is_some_and(|from| from.contains("care@example.com")), "{mail}");
    assert_eq!(
        mail["body"].as_str().map(|body| body.replace("\r\n", "\n")),
        Some("尊敬的李女士：\n.\n已修好。\n".into())
    );
    let state = |of: &Value| {
        let found = messages(&server, &li).into_iter().find(|message| message["id"] == of["id"]);
        found.unwrap_or_else(|| panic!("{of} is not there"))
    };
    server.wait(SOON, "the first is sent", |_| state(&sent)["state"] == "sent");
    server.wait(SOON, "the second is refused", |_| state(&never)["state"] == "failed");
    assert!(state(&never)["trouble"].as_str().is_some_and(|why| why.contains("no such mailbox")), "{}", state(&never));
    server.wait(SOON, "the third is put off", |_| state(&later)["trouble"].is_string());
    let waits = state(&later);
    assert_eq!((&waits["state"], &waits["tries"]), (&json!("waiting"), &json!(1)), "{waits}");
    assert!(waits["next"].as_u64() > waits["at"].as_u64(), "{waits}");
    assert!(mails.mails.try_recv().is_err(), "no mail more");

    let elsewhere = json!({ "channel": "mail", "to": "wang@example.com", "subject": "Hello", "body": "Hello" });
    let path = format!("/api/v1/customers/{li}/messages");
    let token = Some(server.ready.tokens.admin.as_str());
    let answer = http::request(server.http(), "POST", &path, token, Some(&elsewhere.to_string()));
    assert_eq!(answer.status, 400, "not to somebody else: {}", answer.body);
}

#[test]
fn a_server_that_nobody_vouches_for_gets_no_mail_and_no_password() {
    let folder = tempfile::tempdir().expect("a folder");
    let [pem, key] = certificate(folder.path());
    let mails = MailServer::start(&pem, &key);
    std::fs::create_dir(folder.path().join("other")).expect("a folder");
    let [other, _] = certificate(&folder.path().join("other"));
    let server = Server::demo_set(&settings(mails.port, &other, "hush"));
    let li = customer(&server, &["li@example.com"]);
    write(&server, &li, "li@example.com");
    server.wait(SOON, "it is put off", |server| messages(server, &li)[0]["trouble"].is_string());
    let waits = messages(&server, &li).remove(0);
    assert_eq!(waits["state"], "waiting", "{waits}");
    assert!(!waits.to_string().contains("hush"), "{waits}");
    assert!(mails.mails.try_recv().is_err(), "no mail");
}

/// A program that is told; answers 204.
fn program() -> (u16, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut lines = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            while lines.read_line(&mut head).is_ok_and(|read| read > 2) {
                let line = head.lines().last().unwrap_or_default().to_lowercase();
                length = line.strip_prefix("content-length: ").map_or(length, |value| value.parse().expect("a length"));
            }
            let mut body = vec![0; length];
            lines.read_exact(&mut body).expect("the whole body");
            lines.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n").expect("it is answered");
            let body: Value = serde_json::from_slice(&body).expect("JSON");
            if tell.send(json!({ "head": head, "body": body })).is_err() {
                return;
            }
        }
    });
    (port, told)
}

/// Sets the alert up; `version`: the one that is changed, a new one without.
fn set_up(server: &Server, version: Option<u64>, fields: &Value) {
    let meant = version.map_or("If-None-Match: *\r\n".to_owned(), |version| format!("If-Match: \"{version}\"\r\n"));
    let (token, body) = (Some(server.ready.tokens.admin.as_str()), json!({ "fields": fields }).to_string());
    let path = "/api/v1/center/objects/alert/floor?accept_warnings=true";
    let answer = http::request_with(server.http(), "PUT", path, token, Some(&body), &meant);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Nobody is at work in the demo.
#[test]
fn an_alert_is_mailed_acknowledged_and_told_to_programs() {
    let folder = tempfile::tempdir().expect("a folder");
    let [pem, key] = certificate(folder.path());
    let mails = MailServer::start(&pem, &key);
    let (port, told) = program();
    let server = Server::demo_set(&settings(mails.port, &pem, "hush"));
    let mut fields = json!({
        "name": { "en": "Nobody there", "zh": "无人值守" }, "figure": "ready", "queues": ["vip"], "act": 1, "hold_s": 0,
        "mail": ["floor@example.com", "never@example.com"], "webhooks": [format!("http://127.0.0.1:{port}/alerts?key=7")],
    });
    set_up(&server, None, &fields);
    let mail = mails.mails.recv_timeout(SOON).expect("a mail");
    let says = "【立即处理】贵宾专线：0 位坐席示闲，少于 1 位";
    assert_eq!((&mail["to"], &mail["subject"]), (&json!(["floor@example.com"]), &json!(says)), "{mail}");
    assert!(mail["body"].as_str().is_some_and(|body| body.contains("告警：无人值守")), "{mail}");
    let next = || told.recv_timeout(SOON).expect("the program is told");
    let raised = next();
    let head = raised["head"].as_str().unwrap_or_default().to_lowercase();
    assert!(head.starts_with("post /alerts?key=7 http/1.1") && head.contains("idempotency-key: "), "{head}");
    let body = &raised["body"];
    assert_eq!(
        (&body["kind"], &body["queue"], &body["seq"]),
        (&json!("alert.raised"), &json!("vip"), &json!(1)),
        "{body}"
    );
    let path = format!("/api/v1/alerts/{}", body["alert"]["id"]);
    server.post(&server.ready.tokens.admin, &format!("{path}/acknowledge"), &json!({}));
    assert_eq!(next()["body"]["kind"], "alert.acknowledged");
    assert!(server.get("/api/v1/board")["alerts"][0]["seen_by"].is_string());
    // Another figure is another alert: this one is over.
    (fields["figure"], fields["act"]) = (json!("waiting"), json!(100));
    let version = server.get("/api/v1/center/objects/alert/floor")["version"].as_u64().expect("a version");
    set_up(&server, Some(version), &fields);
    assert_eq!(next()["body"]["detail"], json!({ "why": "rule" }));
    let letters = || server.get(&path)["letters"].as_array().cloned().unwrap_or_default();
    server.wait(SOON, "all is through", |_| letters().iter().all(|letter| letter["state"] != "waiting"));
    let became: Vec<_> = letters().iter().map(|letter| (letter["to"].clone(), letter["state"].clone())).collect();
    let host = format!("127.0.0.1:{port}");
    let expected = [
        ("floor@example.com", "sent"),
        ("never@example.com", "failed"),
        (host.as_str(), "sent"),
        (host.as_str(), "sent"),
        (host.as_str(), "sent"),
    ];
    assert_eq!(became, expected.map(|(to, state)| (json!(to), json!(state))));
    assert!(mails.mails.try_recv().is_err(), "no mail more");
}
