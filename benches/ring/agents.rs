//! Desk phones that ring, decline, and become ready again: each one an agent who becomes free.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use carillon::base::{AgentId, Instant};
use carillon::center::desk::DeskCommand;
use carillon::door::Door;
use carillon::net::clock::Clock;
use tokio::runtime::Handle;

use super::{header, send};

/// Between declining one ring and being ready for the next.
const PAUSE: Duration = Duration::from_millis(150);

/// One INVITE.
#[derive(Clone, Copy, Debug)]
pub struct Ring {
    /// Place in the file.
    pub agent: usize,
    /// `ready` was said.
    pub asked: Instant,
    /// It was read from the socket.
    pub at: Instant,
}

pub struct Agents {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    rings: Mutex<Vec<Ring>>,
    go: AtomicBool,
    stop: AtomicBool,
    server: SocketAddr,
    clock: Clock,
    door: Door,
    runtime: Handle,
}

impl Agents {
    pub fn start(phones: Vec<UdpSocket>, server: SocketAddr, clock: Clock, door: Door, runtime: Handle) -> Self {
        let (go, stop) = (AtomicBool::new(false), AtomicBool::new(false));
        let shared = Arc::new(Shared { rings: Mutex::default(), go, stop, server, clock, door, runtime });
        let start = |(agent, phone): (usize, UdpSocket)| {
            let shared = shared.clone();
            std::thread::spawn(move || shared.live(agent, &phone))
        };
        let threads = phones.into_iter().enumerate().map(start).collect();
        Self { shared, threads }
    }

    /// From now on everybody becomes ready after each ring.
    pub fn go(&self) {
        self.shared.go.store(true, Ordering::Relaxed);
    }

    pub fn rings(&self) -> Vec<Ring> {
        self.shared.rings.lock().expect("nobody panics with it").clone()
    }

    pub fn stop(self) -> Vec<Ring> {
        self.shared.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().expect("a phone");
        }
        self.shared.rings.lock().expect("nobody panics with it").clone()
    }
}

impl Shared {
    fn live(&self, agent: usize, phone: &UdpSocket) {
        phone.set_read_timeout(Some(Duration::from_millis(50))).expect("a time-out");
        let id = self.id_of(agent);
        let (mut buffer, mut asked) = ([0; 4_096], None);
        let mut free = true;
        while !self.stop.load(Ordering::Relaxed) {
            let read = phone.recv_from(&mut buffer);
            let at = self.clock.now();
            match read.map(|(length, _)| String::from_utf8_lossy(&buffer[..length]).into_owned()) {
                Ok(message) if message.starts_with("INVITE") => {
                    if let Some(asked) = asked.take() {
                        self.rings.lock().expect("nobody panics with it").push(Ring { agent, asked, at });
                    }
                    free = false;
                    for status in ["180 Ringing", "486 Busy Here"] {
                        send(phone, self.server, &answer(&message, status));
                    }
                }
                Ok(message) if message.starts_with("ACK") => free = true,
                _ => {}
            }
            if free && asked.is_none() && self.go.load(Ordering::Relaxed) {
                std::thread::sleep(PAUSE + Duration::from_millis(agent as u64 * 7 % 50));
                asked = Some(self.clock.now());
                let said = self.runtime.block_on(self.door.desk(id, DeskCommand::Ready));
                said.expect("the center answers");
            }
        }
    }

    fn id_of(&self, agent: usize) -> AgentId {
        let key = format!("a{agent}");
        loop {
            let board = self.runtime.block_on(self.door.board()).expect("the board");
            if let Some(row) = board.agents.iter().find(|row| row.key == key) {
                return row.id;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn answer(invite: &str, status: &str) -> String {
    let vias: String =
        invite.lines().filter(|line| line.starts_with("Via:")).map(|line| format!("{line}\r\n")).collect();
    let [from, to, call, cseq] = ["From:", "To:", "Call-ID:", "CSeq:"].map(|name| header(invite, name));
    format!(
        "SIP/2.0 {status}\r\n{vias}From: {from}\r\nTo: {to};tag=agent\r\nCall-ID: {call}\r\nCSeq: {cseq}\r\n\
         Content-Length: 0\r\n\r\n"
    )
}
