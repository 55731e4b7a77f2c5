//! A headless Chromium with a known tone at its microphone, told what to do over HTTP by the test.
//!
//! The page asks `/next` for its next order, carries it out (`page.html` has the verbs) and posts the
//! result to `/done`. A reload of the page is an order like any other.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--mute-audio",
];
/// A cold start on a busy machine takes some seconds.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Browser {
    orders: mpsc::Sender<Value>,
    results: mpsc::Receiver<Value>,
    server: JoinHandle<()>,
    process: Child,
    _folder: TempDir,
}

struct Wire {
    orders: Mutex<mpsc::Receiver<Value>>,
    results: mpsc::Sender<Value>,
}

impl Browser {
    /// Opens the page with a tone of so many hertz at the microphone.
    pub async fn open(microphone_hertz: f64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sound = folder.path().join("microphone.wav");
        write_tone(&sound, microphone_hertz);
        let (orders, waiting) = mpsc::channel(16);
        let (done, results) = mpsc::channel(16);
        let wire = Arc::new(Wire { orders: Mutex::new(waiting), results: done });
        let router = Router::new()
            .route("/", get(|| async { Html(include_str!("page.html")) }))
            .route("/favicon.ico", get(|| async {}))
            .route("/next", post(next))
            .route("/done", post(finish))
            .with_state(wire);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let server = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        let process = start(&sound, folder.path(), &url);
        Self { orders, results, server, process, _folder: folder }
    }

    /// Has the page carry out an order. An error in the page fails the test.
    pub async fn order(&mut self, order: Value) -> Value {
        self.orders.send(order.clone()).await.expect("the page's server runs");
        let result = tokio::time::timeout(PATIENCE, self.results.recv()).await;
        let result = result.unwrap_or_else(|_| panic!("the page does not answer {order}")).expect("a result");
        assert!(result.get("error").is_none(), "{order}: {result}");
        result
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.server.abort();
        // It may have ended by itself; then there is nobody to kill or to wait for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn next(State(wire): State<Arc<Wire>>) -> Json<Value> {
    let order = wire.orders.lock().await.recv().await;
    Json(order.unwrap_or(Value::Null))
}

async fn finish(State(wire): State<Arc<Wire>>, Json(result): Json<Value>) {
    drop(wire.results.send(result).await);
}

fn start(sound: &Path, folder: &Path, url: &str) -> Child {
    Command::new(program())
        .args(FLAGS)
        .arg(format!("--use-file-for-fake-audio-capture={}", sound.display()))
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromium starts")
}

fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("CARILLON_CHROMIUM") {
        return named.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|candidate| candidate.is_file())
        .expect("these tests need Chromium: install it or set CARILLON_CHROMIUM")
}

fn write_tone(path: &Path, hertz: f64) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).expect("a file");
    for i in 0..48_000 {
        let sample = 12_000.0 * (std::f64::consts::TAU * hertz * f64::from(i) / 48_000.0).sin();
        writer.write_sample(sample as i16).expect("a sample");
    }
    writer.finalize().expect("a sound");
}
