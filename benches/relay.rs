//! How much of a core one relayed RTP packet costs, beside a bare UDP forwarder in the same run.
//!
//! `cargo bench --bench relay`. Both run in one thread of their own and are charged the CPU time of
//! that thread, so the load generator beside them and a busy machine change the figures little.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests and benches have clocks and tasks")]

use std::collections::VecDeque;
use std::fs;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use carillon::base::{InteractionId, LegId, Rng};
use carillon::media::engine;
use carillon::media::sound::Sounds;
use carillon::media::stream::Stream;
use carillon::media::{Codec, Command, Direction, Event, PortLease, Session, Side, WorkerId};
use carillon::net::clock::Clock;
use carillon::net::media_worker::{MediaWorker, Settings};
use carillon::net::recording::{RecordingWriter, Told};
use carillon::net::rtp_port::PortRange;
use carillon::store::recordings::Shelf;
use mio::{Events, Interest, Poll, Token};
use tokio::sync::mpsc::{Receiver, channel};

const PACKETS: usize = 200_000;

/// How the load is spread.
#[derive(Clone, Copy)]
struct Load {
    name: &'static str,
    calls: usize,
    /// Packets sent to one socket at once.
    burst: usize,
}

const LOADS: [Load; 2] = [
    Load { name: "one stream, bursts of 32", calls: 1, burst: 32 },
    Load { name: "200 calls, packet by packet", calls: 200, burst: 1 },
];

struct Measured {
    packets: usize,
    lost: usize,
    cpu: Duration,
}

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    let packets = if std::env::args().any(|a| a == "--bench") { PACKETS } else { 2_000 };
    println!(
        "{:<30} {:<26} {:>8} {:>6} {:>10} {:>14} {:>7}",
        "load", "relay", "packets", "lost", "us/packet", "packets/s/core", "ratio"
    );
    for load in LOADS {
        let bare = forwarder(load, packets);
        row(load, "bare UDP forwarder", &bare, &bare);
        for (name, codec, record) in [
            ("carillon", Codec::Pcmu, false),
            ("carillon, transcoding", Codec::Pcma, false),
            ("carillon, recording", Codec::Pcmu, true),
        ] {
            row(load, name, &worker(load, packets, codec, record), &bare);
        }
    }
}

fn row(load: Load, name: &str, measured: &Measured, bare: &Measured) {
    let cost = |m: &Measured| m.cpu.as_secs_f64() / m.packets.max(1) as f64;
    let (own, other) = (cost(measured), cost(bare));
    println!(
        "{:<30} {:<26} {:>8} {:>6} {:>10.2} {:>14.0} {:>7.2}",
        load.name,
        name,
        measured.packets,
        measured.lost,
        own * 1e6,
        1.0 / own,
        other / own
    );
}

/// Sends speech from each caller and waits until what comes out matches.
fn drive(callers: &[(UdpSocket, SocketAddr)], agents: &[UdpSocket], burst: usize, packets: usize) -> (usize, usize) {
    let (clock, mut rng) = (Clock::start(), Rng::new(1));
    let mut streams: Vec<Stream> = callers.iter().map(|_| Stream::new(&mut rng)).collect();
    let (mut sent, mut received, mut buffer) = (0usize, 0usize, [0u8; 2_048]);
    let mut lost = 0;
    while sent < packets {
        for ((socket, to), stream) in callers.iter().zip(&mut streams) {
            for _ in 0..burst {
                let packet = [&stream.own(clock.now(), 0, 160).to_bytes()[..], &[0x55; 160]].concat();
                socket.send_to(&packet, to).unwrap();
                sent += 1;
            }
        }
        let until = Instant::now() + Duration::from_millis(200);
        while received + lost < sent {
            for agent in agents {
                while agent.recv_from(&mut buffer).is_ok_and(|(length, _)| length == 172) {
                    received += 1;
                }
            }
            if Instant::now() > until {
                lost = sent - received;
            }
        }
    }
    (received, lost)
}

fn phone() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

/// CPU time so far of the thread of that name (Linux).
fn cpu_of(name: &str) -> Duration {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten().map(|task| task.path());
    let of_name =
        |path: &std::path::PathBuf| fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm.trim() == name);
    let task = tasks.into_iter().find(of_name).unwrap();
    let schedule = fs::read_to_string(task.join("schedstat")).unwrap();
    Duration::from_nanos(schedule.split(' ').next().unwrap().parse().unwrap())
}

/// What any relay must do at least: poll, receive, send from another socket.
fn forwarder(load: Load, packets: usize) -> Measured {
    let agents: Vec<UdpSocket> = (0..load.calls).map(|_| phone()).collect();
    let mut poll = Poll::new().unwrap();
    let mut legs = Vec::new();
    let mut callers = Vec::new();
    for (index, agent) in agents.iter().enumerate() {
        let mut ends = [(); 2].map(|()| mio::net::UdpSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap());
        poll.registry().register(&mut ends[0], Token(index), Interest::READABLE).unwrap();
        callers.push((phone(), ends[0].local_addr().unwrap()));
        legs.push((ends, agent.local_addr().unwrap()));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let forward = move || {
        let (mut events, mut buffer) = (Events::with_capacity(1_024), [0u8; 2_048]);
        while !stopped.load(Ordering::Relaxed) {
            poll.poll(&mut events, Some(Duration::from_millis(20))).unwrap();
            for event in &events {
                let ([inner, outer], to) = &legs[event.token().0];
                while let Ok((length, _)) = inner.recv_from(&mut buffer) {
                    drop(outer.send_to(&buffer[..length], *to));
                }
            }
        }
    };
    let thread = std::thread::Builder::new().name("forwarder".to_owned()).spawn(forward).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let before = cpu_of("forwarder");
    let (packets, lost) = drive(&callers, &agents, load.burst, packets);
    let cpu = cpu_of("forwarder") - before;
    stop.store(true, Ordering::Relaxed);
    thread.join().unwrap();
    Measured { packets, lost, cpu }
}

/// The agents' legs take `codec`, the callers speak PCMU.
fn worker(load: Load, packets: usize, codec: Codec, record: bool) -> Measured {
    let host: IpAddr = "127.0.0.1".parse().unwrap();
    let settings = Settings {
        worker: WorkerId(0),
        ports: PortRange { bind: host, advertise: host, first: 40_000, last: 41_999 },
        rtc: None,
        engine: engine::Settings::default(),
        seed: 1,
    };
    let folder = tempfile::tempdir().unwrap();
    let (sender, mut events) = channel(65_536);
    let writer = RecordingWriter::start(
        Shelf { folder: folder.path().to_owned(), keys: None },
        Told { events: sender.clone(), recorded: channel(1).0 },
    )
    .unwrap();
    let worker = MediaWorker::start(settings, Arc::new(Sounds::new()), Clock::start(), sender, writer.sender).unwrap();
    let mut ports = VecDeque::new();
    let mut open = |leg: u64, codec: Codec, remote: SocketAddr| {
        let port = next_port(&mut ports, &mut events);
        worker.send(Command::Open { leg: LegId(leg), port: Some(port), session: session(codec, remote) }).unwrap();
        port.rtp
    };
    let (mut callers, mut agents) = (Vec::new(), Vec::new());
    for call in 0..load.calls as u64 {
        let (caller, agent) = (phone(), phone());
        let to = open(2 * call, Codec::Pcmu, caller.local_addr().unwrap());
        open(2 * call + 1, codec, agent.local_addr().unwrap());
        callers.push((caller, to));
        agents.push(agent);
    }
    let mut rng = Rng::new(1);
    for call in 0..load.calls as u64 {
        let (a, b) = (LegId(2 * call), LegId(2 * call + 1));
        if record {
            let interaction = InteractionId::new(Clock::start().now(), &mut rng);
            let path = format!("{call}.wav");
            worker
                .send(Command::Record { interaction, voices: vec![(a, Side::Left), (b, Side::Right)], path })
                .unwrap();
        }
        worker.send(Command::Hear { leg: a, from: vec![b] }).unwrap();
        worker.send(Command::Hear { leg: b, from: vec![a] }).unwrap();
    }
    std::thread::sleep(Duration::from_millis(100));
    let before = cpu_of("media-0");
    let (packets, lost) = drive(&callers, &agents, load.burst, packets);
    Measured { packets, lost, cpu: cpu_of("media-0") - before }
}

fn next_port(ports: &mut VecDeque<PortLease>, events: &mut Receiver<Event>) -> PortLease {
    loop {
        if let Some(port) = ports.pop_front() {
            return port;
        }
        if let Some(Event::Lent { ports: lent }) = events.blocking_recv() {
            ports.extend(lent);
        }
    }
}

fn session(codec: Codec, remote: SocketAddr) -> Session {
    Session {
        codec,
        payload_type: codec.payload_type(),
        event_payload_type: Some(101),
        event_clock: 8_000,
        opus: carillon::media::OpusFormat::default(),
        ptime_ms: 20,
        direction: Direction::SendRecv,
        remote: Some(remote),
        rtcp: None,
        latch_from: None,
        rtc: None,
        rtcp_mux: false,
        srtp: None,
    }
}
