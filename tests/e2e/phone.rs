//! A plain RTP peer: speaks one tone, keeps what it last heard.

use std::collections::VecDeque;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use carillon::codec::Codec;
use carillon::media::tone::{Tone, share};
use carillon::rtp::{Header, Packet};

/// Samples kept: half a second.
const MEMORY: usize = 4_000;
const FRAME: Duration = Duration::from_millis(20);

pub struct Phone {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    heard: Mutex<VecDeque<i16>>,
    stop: AtomicBool,
}

impl Phone {
    /// Speaks to `to` at once and until it is dropped.
    pub fn speak(hertz: f64, codec: Codec, to: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket.set_read_timeout(Some(FRAME)).expect("a time-out");
        let address = socket.local_addr().expect("an address");
        let shared = Arc::<Shared>::default();
        let mouth = (socket.try_clone().expect("a socket"), shared.clone());
        let ear = (socket, shared.clone());
        let threads = vec![
            std::thread::spawn(move || speak(&mouth.0, &mouth.1, Tone::new(hertz, 0.4), codec, to)),
            std::thread::spawn(move || listen(&ear.0, &ear.1, codec)),
        ];
        Self { address, shared, threads }
    }

    pub fn forget(&self) {
        self.shared.heard.lock().expect("the ear runs").clear();
    }

    /// How much of what was last heard lies at `hertz`, 0 to 1; 0 before half a second was heard.
    pub fn share(&self, hertz: f64) -> f64 {
        let heard = self.shared.heard.lock().expect("the ear runs");
        if heard.len() < MEMORY {
            return 0.0;
        }
        let (a, b) = heard.as_slices();
        share(&[a, b].concat(), hertz)
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A panic in it was printed; the test fails by what it missed.
            drop(thread.join());
        }
    }
}

fn speak(socket: &UdpSocket, shared: &Shared, mut tone: Tone, codec: Codec, to: SocketAddr) {
    let mut due = Instant::now();
    let mut header =
        Header { marker: true, payload_type: codec.payload_type(), sequence: 1, timestamp: 1, ssrc: 0x5048_4f4e };
    while !shared.stop.load(Ordering::Relaxed) {
        let mut packet = header.to_bytes().to_vec();
        packet.extend(tone.by_ref().take(160).map(|sample| codec.law().encode(sample)));
        // Before the other end is bound the network refuses; as with a real phone, it is tried again.
        let _ = socket.send_to(&packet, to);
        header.marker = false;
        header.sequence = header.sequence.wrapping_add(1);
        header.timestamp = header.timestamp.wrapping_add(160);
        due += FRAME;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}

fn listen(socket: &UdpSocket, shared: &Shared, codec: Codec) {
    let mut buffer = [0; 2_048];
    while !shared.stop.load(Ordering::Relaxed) {
        let Ok((length, _)) = socket.recv_from(&mut buffer) else { continue };
        let Ok(packet) = Packet::parse(&buffer[..length]) else { continue };
        if packet.header.payload_type == codec.payload_type() {
            let mut heard = shared.heard.lock().expect("nobody panics with it");
            heard.extend(packet.payload.iter().map(|code| codec.law().decode(*code)));
            let excess = heard.len().saturating_sub(MEMORY);
            heard.drain(..excess);
        }
    }
}
