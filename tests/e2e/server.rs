//! A real server for a test: `carillon demo` in a folder of its own on free ports.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::http;

pub struct Server {
    process: Child,
    pub ready: Ready,
    pub data: PathBuf,
    _folder: Option<TempDir>,
}

/// The first line of `carillon demo --json`.
#[derive(Clone, Deserialize, Debug)]
pub struct Ready {
    pub http: String,
    pub sip: String,
    pub tokens: Tokens,
    pub numbers: Numbers,
    pub phone: Phone,
}

#[derive(Clone, Deserialize, Debug)]
pub struct Tokens {
    pub admin: String,
}

#[derive(Clone, Deserialize, Debug)]
pub struct Numbers {
    pub hotline: String,
    pub queue: String,
}

#[derive(Clone, Deserialize, Debug)]
pub struct Phone {
    pub user: String,
    pub password: String,
}

impl Server {
    pub fn demo() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let mut server = Self::start(&data);
        server._folder = Some(folder);
        server
    }

    /// The demo with a center of its own, see [`center_of_its_own`].
    pub fn demo_with(changes: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = center_of_its_own(folder.path(), changes);
        let mut server = Self::start_in(&home, &folder.path().join("data"));
        server._folder = Some(folder);
        server
    }

    /// A second center beside [`Server::demo_with`]: by chance of its own, or both gave their dialogs and streams the
    /// same names.
    pub fn second_with(changes: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (home, data) = (center_of_its_own(folder.path(), changes), folder.path().join("data"));
        let mut server = Self::start_seeded(&home, &data, ("off", "8"), [free_address(), free_address()], &[]);
        server._folder = Some(folder);
        server
    }

    /// The demo with settings of the server (`key=value`).
    pub fn demo_set(settings: &[String]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (home, data) = (Path::new(env!("CARGO_MANIFEST_DIR")), folder.path().join("data"));
        let mut server = Self::start_at(home, &data, "off", [free_address(), free_address()], settings);
        server._folder = Some(folder);
        server
    }

    /// The same, with the demo's own agents at work, and nobody who calls.
    pub fn staffed_with(changes: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = center_of_its_own(folder.path(), changes);
        let mut server = Self::start_with(&home, &folder.path().join("data"), "agents");
        server._folder = Some(folder);
        server
    }

    /// Starts on the data that is there, if any.
    pub fn start(data: &Path) -> Self {
        Self::start_in(Path::new(env!("CARGO_MANIFEST_DIR")), data)
    }

    pub fn start_in(home: &Path, data: &Path) -> Self {
        Self::start_with(home, data, "off")
    }

    /// The next process on the data and the addresses of this one, which was killed.
    pub fn again(&self) -> Self {
        let at = [self.ready.http.trim_start_matches("http://"), &self.ready.sip].map(str::to_owned);
        Self::start_at(Path::new(env!("CARGO_MANIFEST_DIR")), &self.data, "off", at, &[])
    }

    fn start_with(home: &Path, data: &Path, traffic: &str) -> Self {
        Self::start_at(home, data, traffic, [free_address(), free_address()], &[])
    }

    fn start_at(home: &Path, data: &Path, traffic: &str, at: [String; 2], settings: &[String]) -> Self {
        Self::start_seeded(home, data, (traffic, "7"), at, settings)
    }

    fn start_seeded(
        home: &Path,
        data: &Path,
        (traffic, seed): (&str, &str),
        [http, sip]: [String; 2],
        settings: &[String],
    ) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_carillon"))
            .current_dir(home)
            .args(["demo", "--traffic", traffic, "--seed", seed, "--json", "--data"])
            .arg(data)
            .args(["--http", &http, "--sip", &sip])
            .args(settings.iter().flat_map(|setting| ["--set", setting]))
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the server starts");
        let stdout = process.stdout.take().expect("its output");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in the first line: {line}"));
        Self { process, ready, data: data.to_owned(), _folder: None }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    pub fn sip(&self) -> SocketAddr {
        address(&self.ready.sip)
    }

    pub fn http(&self) -> SocketAddr {
        address(&self.ready.http)
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
    }

    pub fn get(&self, path: &str) -> Value {
        let answer = http::request(self.http(), "GET", path, Some(&self.ready.tokens.admin), None);
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap_or(Value::Null)
    }

    pub fn post(&self, token: &str, path: &str, body: &Value) -> Value {
        let answer = http::request(self.http(), "POST", path, Some(token), Some(&body.to_string()));
        assert!(answer.status < 300, "POST {path} {body}: {} {}", answer.status, answer.body);
        serde_json::from_str(&answer.body).unwrap_or(Value::Null)
    }

    /// Asks until `done` says yes.
    pub fn wait(&self, limit: Duration, what: &str, done: impl Fn(&Self) -> bool) {
        let until = Instant::now() + limit;
        while !done(self) {
            assert!(
                Instant::now() < until,
                "not within {limit:?}: {what}; queues: {}",
                self.get("/api/v1/board")["queues"]
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// State of an agent on the board, by key.
    pub fn agent(&self, key: &str) -> Value {
        let board = self.get("/api/v1/board");
        let agents = board["agents"].as_array().expect("agents").clone();
        agents.into_iter().find(|agent| agent["key"] == key).unwrap_or_else(|| panic!("no agent {key} in {board}"))
    }

    /// Ends the talk of an agent, as its desktop would.
    pub fn agent_hangs_up(&self, key: &str) {
        let path = format!("/api/v1/agents/{}/commands", self.agent(key)["id"]);
        self.post(&self.ready.tokens.admin, &path, &serde_json::json!({ "type": "call.hang_up" }));
    }

    pub fn interactions(&self) -> Vec<Value> {
        self.get("/api/v1/interactions?limit=100")["items"].as_array().expect("items").clone()
    }

    pub fn recording(&self, row: &Value) -> PathBuf {
        self.data.join("recordings").join(row["recording"].as_str().expect("a recording"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A folder to start the demo in: as the repository, but its center has these lines in `[section]` too, for
/// each `(section, lines)`, instead of those with the same keys.
pub fn center_of_its_own(folder: &Path, changes: &[(&str, &str)]) -> PathBuf {
    let (repository, home) = (Path::new(env!("CARGO_MANIFEST_DIR")), folder.join("home"));
    std::fs::create_dir_all(home.join("config")).expect("a folder");
    for part in ["dialplans", "sounds"] {
        std::os::unix::fs::symlink(repository.join(part), home.join(part)).expect("a link");
    }
    let text = std::fs::read_to_string(repository.join("config/demo-center.toml")).expect("the demo's center");
    let text = changes.iter().fold(text, |text, (section, lines)| changed(&text, section, lines));
    std::fs::write(home.join("config/demo-center.toml"), text).expect("the center");
    home
}

fn changed(text: &str, section: &str, lines: &str) -> String {
    let header = format!("[{section}]\n");
    let at = text.find(&header).unwrap_or_else(|| panic!("{header} in {text}")) + header.len();
    let end = text[at..].find("\n[").map_or(text.len(), |end| at + end + 1);
    let keys: Vec<&str> = lines.lines().filter_map(|line| line.split(" = ").next()).collect();
    let kept = text[at..end].lines().filter(|line| !keys.contains(&line.split(" = ").next().unwrap_or_default()));
    let kept: String = kept.map(|line| format!("{line}\n")).collect();
    format!("{}{lines}\n{kept}{}", &text[..at], &text[end..])
}

fn address(text: &str) -> SocketAddr {
    let host = text.rsplit("//").next().unwrap_or(text).trim_start_matches("sip:").trim_end_matches('/');
    host.split(';').next().unwrap_or(host).parse().unwrap_or_else(|_| panic!("{text} is an address"))
}

pub fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").to_string()
}
