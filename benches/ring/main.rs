//! From the decision to the ring: an agent becomes free while many callers wait; how long until the INVITE
//! is in the agent's phone, over real sockets and through the whole server. See README.md beside this file.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests and benches have clocks and tasks")]

mod agents;
mod callers;

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::time::Duration;

use carillon::base::{AgentId, Instant};
use carillon::config::{self, Layers};
use carillon::net::clock::Clock;
use carillon::server::run::start::{self, Options, Running};
use carillon::setup;
use carillon::store::{Store, StoreSettings};

use agents::{Agents, Ring};
use callers::Callers;

struct Size {
    callers: usize,
    agents: usize,
    rings: usize,
}

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    let whole = std::env::args().any(|argument| argument == "--bench");
    let size = match whole {
        true => Size { callers: 1_000, agents: 20, rings: 2_000 },
        false => Size { callers: 20, agents: 2, rings: 10 },
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let phones: Vec<UdpSocket> =
        (0..size.agents).map(|_| UdpSocket::bind("127.0.0.1:0").expect("a free port")).collect();
    let running = runtime.block_on(server(folder.path(), &phones));
    let (server, clock, door) = (running.sip.expect("SIP"), running.clock, running.door.clone());
    let agents = Agents::start(phones, server, clock, door, runtime.handle().clone());
    // The media workers say that they are there a moment after the server does.
    std::thread::sleep(Duration::from_millis(500));
    let callers = Callers::start(server, size.callers);
    let waiting = || runtime.block_on(running.door.board()).expect("the board").queues[0].waiting as usize;
    wait_for(Duration::from_secs(60), || waiting() >= size.callers);
    std::thread::sleep(Duration::from_secs(2));
    let from = clock.now();
    agents.go();
    wait_for(Duration::from_secs(300), || agents.rings().len() >= size.rings);
    let still = waiting();
    let rings = agents.stop();
    std::thread::sleep(Duration::from_secs(2));
    let reserved = runtime.block_on(reservations(&running, from, size.agents));
    println!("{} callers waited at the beginning, {still} at the end; {} rings", size.callers, rings.len());
    println!("{:<42} {:>9} {:>9} {:>9} {:>9}", "", "p50 ms", "p99 ms", "p99.9 ms", "max ms");
    row("reserved -> INVITE in the phone's socket", since_reserved(&rings, &reserved));
    row("command `ready` -> INVITE in the socket", rings.iter().map(|ring| ring.at.since(ring.asked)).collect());
    drop(callers);
    runtime.block_on(running.stop(Duration::ZERO, std::future::ready(()))).expect("it stops");
}

/// The whole server in a folder, with a queue and agents at these addresses.
async fn server(folder: &Path, phones: &[UdpSocket]) -> Running {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = |name: &str| root.join(name).display().to_string();
    let data = folder.display().to_string();
    let flags = [
        ("http.listen", "127.0.0.1:0".to_owned()),
        ("sip.udp", "127.0.0.1:0".to_owned()),
        ("sip.tcp", String::new()),
        ("metrics.listen", String::new()),
        ("folders.data", data.clone()),
        ("folders.recordings", format!("{data}/recordings")),
        ("folders.sounds", path("sounds")),
        ("folders.dialplans", format!("{data}/dialplans")),
    ];
    let flags = flags.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let settings = config::load(&Layers { flags, ..Layers::default() }).expect("settings");
    std::fs::create_dir_all(&settings.folders.dialplans).expect("a folder");
    std::fs::write(settings.folders.dialplans.join("line.toml"), FLOW).expect("the flow");
    let store = Store::open(&StoreSettings::new(&settings.store_url())).await.expect("the store");
    let wanted = setup::read(&center_file(phones)).expect("the center");
    let plan = store.plan(wanted).await.expect("a plan");
    store.apply(&plan, "bench", Clock::start().now()).await.expect("applied");
    store.close().await;
    start::start(Options { settings, seed: Some(7), demo: false }).await.expect("the server")
}

const FLOW: &str = r#"
title = "Line"
start = "in"
language = "en"
[step.in]
do = "answer"
next = "line"
[step.line]
do = "queue"
queue = "line"
next = "bye"
[step.bye]
do = "hangup"
"#;

fn center_file(phones: &[UdpSocket]) -> String {
    let address = |phone: &UdpSocket| phone.local_addr().expect("an address");
    let agent = |(n, phone)| format!("[agent.a{n}]\nphone = \"sip:a{n}@{}\"\n", address(phone));
    let agents: String = phones.iter().enumerate().map(agent).collect();
    format!(
        "[center]\ntimezone = \"UTC\"\nlanguages = [\"en\"]\n[queue.line]\nannounce_s = 0\n\
         wrap_up = {{ mode = \"none\", seconds = 0 }}\n[trunk.local]\nnetworks = [\"127.0.0.0/8\"]\n\
         [number.4000]\nflow = \"line\"\n{agents}"
    )
}

/// When each agent was reserved, as the store has it; the first agent of the file is the first here.
async fn reservations(running: &Running, from: Instant, agents: usize) -> Vec<Vec<Instant>> {
    let board = running.door.board().await.expect("the board");
    let mut all = Vec::new();
    for n in 0..agents {
        let key = format!("a{n}");
        let id = board.agents.iter().find(|agent| agent.key == key).map_or(AgentId(0), |agent| agent.id);
        let mut after = from;
        let mut of_agent = Vec::new();
        loop {
            let states = running.store.agent_states(id, after, running.clock.now()).await.expect("states");
            let Some(last) = states.last() else { break };
            after = last.at + Duration::from_micros(1);
            let reserved = |entry: &&carillon::store::AgentStateEntry| {
                matches!(entry.state, carillon::acd::AgentState::Reserved { .. })
            };
            of_agent.extend(states.iter().filter(reserved).map(|entry| entry.at));
        }
        all.push(of_agent);
    }
    all
}

/// Each ring with the last reservation of its agent before it.
fn since_reserved(rings: &[Ring], reserved: &[Vec<Instant>]) -> Vec<Duration> {
    let before =
        |ring: &Ring| reserved[ring.agent].iter().rev().find(|at| **at <= ring.at && **at >= ring.asked).copied();
    rings.iter().filter_map(|ring| Some(ring.at.since(before(ring)?))).collect()
}

fn row(name: &str, mut spans: Vec<Duration>) {
    spans.sort_unstable();
    let at = |share: f64| spans.get(((spans.len() as f64 - 1.0) * share) as usize).copied().unwrap_or_default();
    let ms = |span: Duration| format!("{:.3}", span.as_secs_f64() * 1e3);
    println!("{name:<42} {:>9} {:>9} {:>9} {:>9}", ms(at(0.5)), ms(at(0.99)), ms(at(0.999)), ms(at(1.0)));
}

fn wait_for(limit: Duration, mut done: impl FnMut() -> bool) {
    let until = std::time::Instant::now() + limit;
    while !done() {
        assert!(std::time::Instant::now() < until, "not within {limit:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The value of a header in a message, without its name.
fn header<'m>(message: &'m str, name: &str) -> &'m str {
    message.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim()
}

fn send(socket: &UdpSocket, server: SocketAddr, message: &str) {
    // On the loopback nothing is lost but by full buffers, and then the peer sends again.
    let _ = socket.send_to(message.as_bytes(), server);
}
