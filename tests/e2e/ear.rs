//! The ear, the mouth and the keys of a caller: everything that is heard is kept, and searched for the
//! sounds of `sounds/`, sample by sample.

use std::net::UdpSocket;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use carillon::codec::{Codec, Law};
use carillon::media::tone::Tone;
use carillon::rtp::{Header, Packet};

const FRAME: Duration = Duration::from_millis(20);
const SAMPLES: u32 = 160;
const EVENTS: u8 = 101;
/// A key is pressed for so many frames; its end is told three times.
const KEY_FRAMES: u32 = 8;

pub struct Ear {
    pub port: u16,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    heard: Mutex<Vec<i16>>,
    keys: Mutex<Vec<char>>,
    /// What it says; `None`: nothing.
    voice: Mutex<Option<Tone>>,
    stop: AtomicBool,
}

impl Ear {
    pub fn open() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket.set_read_timeout(Some(Duration::from_millis(5))).expect("a time-out");
        let port = socket.local_addr().expect("an address").port();
        let shared = Arc::<Shared>::default();
        let inside = shared.clone();
        Self { port, shared, thread: Some(std::thread::spawn(move || live(&socket, &inside))) }
    }

    pub fn press(&self, key: char) {
        self.shared.keys.lock().expect("nobody panics with it").push(key);
    }

    /// Says this tone from now on.
    pub fn speak(&self, hertz: f64) {
        *self.shared.voice.lock().expect("nobody panics with it") = Some(Tone::new(hertz, 0.4));
    }

    pub fn heard(&self) -> Vec<i16> {
        self.shared.heard.lock().expect("nobody panics with it").clone()
    }

    /// How much of the last half second lies at `hertz`, 0 to 1.
    pub fn share(&self, hertz: f64) -> f64 {
        let heard = self.heard();
        carillon::media::tone::share(&heard[heard.len().saturating_sub(4_000)..], hertz)
    }

    /// Waits until this sound was heard from its beginning to its end; seconds at which it began.
    pub fn hears(&self, name: &str, after: f64, limit: Duration) -> f64 {
        let until = Instant::now() + limit;
        loop {
            let heard = self.heard();
            if let Some(at) = find(&heard, &sound(name), (after * 8_000.0) as usize) {
                return at as f64 / 8_000.0;
            }
            let seconds = heard.len() / 8_000;
            assert!(Instant::now() < until, "{name} was not heard within {limit:?}, in {seconds} s of sound");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// The sound as the line carries it.
pub fn sound(name: &str) -> Vec<i16> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sounds").join(format!("{name}.wav"));
    let mut reader = hound::WavReader::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let samples = reader.samples::<i16>().map(|sample| sample.expect("a sample"));
    samples.map(|sample| Law::Mu.decode(Law::Mu.encode(sample))).collect()
}

/// Where a whole sound stands in what was heard: found by its loudest tenth of a second, then compared whole.
pub fn find(heard: &[i16], sound: &[i16], from: usize) -> Option<usize> {
    const PIECE: usize = 800;
    let energy = |piece: &[i16]| piece.iter().map(|sample| i64::from(*sample).pow(2)).sum::<i64>();
    let starts = (0..sound.len().saturating_sub(PIECE)).step_by(PIECE / 4);
    let loudest = starts.max_by_key(|at| energy(&sound[*at..*at + PIECE]))?;
    let piece = &sound[loudest..loudest + PIECE];
    let first = from + loudest;
    (first..(heard.len() + 1).saturating_sub(sound.len() - loudest)).map(|at| at - loudest).find(|at| {
        let there = &heard[*at + loudest..];
        there[..8] == piece[..8]
            && there[..PIECE] == *piece
            && heard[*at..*at + sound.len()].iter().zip(sound).filter(|(a, b)| a == b).count() * 100 >= sound.len() * 98
    })
}

fn live(socket: &UdpSocket, shared: &Shared) {
    let mut buffer = [0; 2_048];
    let mut to = None;
    let mut due = Instant::now();
    let mut header = Header { marker: false, payload_type: 0, sequence: 1, timestamp: 0, ssrc: 0x00EA_4000 };
    let mut key: Option<(char, u32, u32)> = None;
    while !shared.stop.load(Ordering::Relaxed) {
        if let Ok((length, from)) = socket.recv_from(&mut buffer)
            && let Ok(packet) = Packet::parse(&buffer[..length])
            && packet.header.payload_type == Codec::Pcmu.payload_type()
        {
            to = Some(from);
            let mut heard = shared.heard.lock().expect("nobody panics with it");
            heard.extend(packet.payload.iter().map(|code| Law::Mu.decode(*code)));
        }
        if Instant::now() < due {
            continue;
        }
        due += FRAME;
        let Some(to) = to else { continue };
        if key.is_none() {
            let mut keys = shared.keys.lock().expect("nobody panics with it");
            key = (!keys.is_empty()).then(|| (keys.remove(0), 0, header.timestamp));
        }
        let (this, payload) = match &mut key {
            Some((pressed, age, start)) => {
                let event = event(*pressed, *age);
                let this = Header { payload_type: EVENTS, marker: *age == 0, timestamp: *start, ..header };
                *age += 1;
                (this, event.to_vec())
            }
            None => (header, said(shared)),
        };
        // As with a real phone, what the network refuses is sent again as something newer.
        let _ = socket.send_to(&[&this.to_bytes()[..], &payload].concat(), to);
        if key.is_some_and(|(_, age, _)| age >= KEY_FRAMES + 3) {
            key = None;
        }
        header.sequence = header.sequence.wrapping_add(1);
        header.timestamp = header.timestamp.wrapping_add(SAMPLES);
    }
}

fn said(shared: &Shared) -> Vec<u8> {
    let mut voice = shared.voice.lock().expect("nobody panics with it");
    match &mut *voice {
        Some(tone) => tone.take(SAMPLES as usize).map(|sample| Law::Mu.encode(sample)).collect(),
        None => vec![Law::Mu.silence(); SAMPLES as usize],
    }
}

fn event(key: char, age: u32) -> [u8; 4] {
    let code = "0123456789*#".find(key).expect("a key") as u8;
    let end = if age >= KEY_FRAMES { 0x80 } else { 0 };
    let [high, low] = ((age.min(KEY_FRAMES - 1) + 1) as u16 * SAMPLES as u16).to_be_bytes();
    [code, end | 10, high, low]
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic in it was printed; the test fails by what it missed.
            drop(thread.join());
        }
    }
}
