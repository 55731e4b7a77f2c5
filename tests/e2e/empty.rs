//! The first minute of a stranger: the program in an empty folder says what to do next.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use serde_json::json;

use crate::{http, server};

/// Exit code and everything it said.
fn run(folder: &Path, line: &str) -> (Option<i32>, String) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_carillon"))
        .current_dir(folder)
        .args(line.split(' '))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    process.stdin.take().expect("its input").write_all(b"a good password\n").expect("it reads");
    let output = process.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.code(), said.concat())
}

#[test]
fn every_command_says_what_to_do_next_in_an_empty_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    for (line, code, says) in [
        ("check", 0, "no mistakes"),
        ("check --set http.listen=0.0.0.0:8080", 0, "Set media.rtc to 0.0.0.0:"),
        ("apply mine.toml", 3, "config/demo-center.toml is an example"),
        ("user list", 0, "`carillon serve` prints a link"),
        ("user password ana", 3, "carillon apply FILE"),
        ("token list", 0, "carillon token create NAME"),
        ("import holidays office days.ics", 1, "days.ics"),
        ("import customers none.csv", 1, "none.csv"),
        ("serve --set folders.sounds=nowhere", 1, "folders.sounds"),
        ("serve --set folders.dialplans=nowhere", 1, "folders.dialplans"),
        ("export", 0, "carillon apply FILE"),
    ] {
        let (exit, said) = run(folder.path(), line);
        assert_eq!(exit, Some(code), "{line}: {said}");
        assert!(said.contains(says), "{line}: {said}");
    }
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/config/demo-center.toml");
    assert_eq!(run(folder.path(), &format!("apply {example}")).0, Some(0));
    let (exit, said) = run(folder.path(), "user password nobody");
    assert_eq!(exit, Some(3), "{said}");
    assert!(said.contains("there are:") && said.contains("admin"), "{said}");
    assert_eq!(run(folder.path(), "user password admin").0, Some(0));

    for entry in std::fs::read_dir(folder.path().join("data")).expect("the data folder") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("its rights").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is {mode:o}", entry.path().display());
    }
}

/// `carillon serve`, and the link it printed.
struct Served {
    process: Child,
    link: Option<String>,
    http: String,
    /// Read as it comes: a pipe that is full would hold the server.
    log: JoinHandle<String>,
}

impl Served {
    /// Reads what is printed until the link is there, or the server says that it is ready without one.
    fn start(folder: &Path) -> Self {
        let (http, sip) = (server::free_address(), server::free_address());
        let settings = [format!("http.listen={http}"), format!("sip.udp={sip}"), format!("sip.tcp={sip}")];
        let mut process = Command::new(env!("CARGO_BIN_EXE_carillon"))
            .current_dir(folder)
            .args(["serve", "--set", "metrics.listen=", "--set", "log.level=debug"])
            .args(settings.iter().flat_map(|setting| ["--set", setting]))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut said = process.stderr.take().expect("its log");
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            said.read_to_string(&mut log).expect("text");
            log
        });
        let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let link = lines.map_while(Result::ok).find_map(|line| Some(line.split_once("/#/link/")?.1.to_owned()));
        Self { process, link, http, log }
    }

    /// The status of looking at a link.
    fn look(&self, link: &str) -> u16 {
        let (at, body) = (self.http.parse().expect("an address"), json!({"token": link}).to_string());
        http::request(at, "POST", "/api/v1/sign-in/link/look", None, Some(&body)).status
    }

    /// Stops it, and gives its log.
    fn end(mut self) -> String {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
        self.log.join().expect("its log")
    }
}

#[test]
fn a_server_of_an_empty_folder_prints_a_link_that_is_in_no_log_and_the_next_start_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Served::start(folder.path());
    let link = first.link.clone().expect("a link");
    assert_eq!((first.look(&link), first.look("other")), (200, 401));
    let log = first.end();
    assert!(!log.contains(&link), "{log}");

    let second = Served::start(folder.path());
    let other = second.link.clone().expect("a link");
    assert_ne!(link, other);
    assert_eq!((second.look(&link), second.look(&other)), (401, 200), "only the last one opens something");
    let log = second.end();
    assert!(!log.contains(&link) && !log.contains(&other), "{log}");
    for entry in std::fs::read_dir(folder.path().join("data")).expect("the data folder").flatten() {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        let holds = |link: &str| bytes.windows(link.len()).any(|part| part == link.as_bytes());
        assert!(!holds(&link) && !holds(&other), "{}", entry.path().display());
    }
}
