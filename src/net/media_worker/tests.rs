//! A real worker on the loopback interface, and phones that are sockets.

use std::net::UdpSocket;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant as Monotonic};

use tokio::sync::mpsc::{Receiver, channel};

use super::*;
use crate::base::InteractionId;
use crate::media::keys::{KeyFrame, KeySender};
use crate::media::sound::Encoded;
use crate::media::stream::Stream;
use crate::media::tone::{Tone, share};
use crate::media::{Codec, Direction, OpusFormat, PlayId, PortLease, Session, Side, Sound};
use crate::net::recording::{RecordingWriter, Told};
use crate::rtp::Packet;
use crate::store::recordings::Shelf;

const EVENTS: u8 = 101;
/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

struct Bench {
    worker: MediaWorker,
    events: Receiver<Event>,
    seen: Vec<Event>,
    ports: Vec<PortLease>,
    folder: tempfile::TempDir,
    clock: Clock,
}

struct Phone {
    leg: LegId,
    socket: UdpSocket,
    to: SocketAddr,
    codec: Codec,
    tone: Tone,
    stream: Stream,
    keys: KeySender,
    key_timestamp: u32,
    heard: Vec<i16>,
}

impl Bench {
    fn start(ports: Range<u16>) -> Self {
        let host = crate::net::tests::own_host();
        let settings = Settings {
            worker: WorkerId(3),
            ports: PortRange { bind: host, advertise: host, first: ports.start, last: ports.end },
            rtc: None,
            engine: engine::Settings::default(),
            seed: 1,
        };
        let mut sounds = Sounds::new();
        sounds.insert("en/welcome", Encoded::new(&Tone::new(700.0, 0.4).take(4_000).collect::<Vec<_>>()));
        let folder = tempfile::tempdir().unwrap();
        let (sender, events) = channel(1_024);
        let clock = Clock::start();
        let writer = RecordingWriter::start(
            Shelf { folder: folder.path().to_owned(), keys: None },
            Told { events: sender.clone(), recorded: channel(1).0 },
        )
        .unwrap();
        let worker = MediaWorker::start(settings, Arc::new(sounds), clock, sender, writer.sender).unwrap();
        let mut bench = Self { worker, events, seen: Vec::new(), ports: Vec::new(), folder, clock };
        bench.wait(|event| matches!(event, Event::Ready { worker: WorkerId(3), rtc: None }));
        bench.wait(|event| matches!(event, Event::Lent { .. }));
        bench
    }

    fn take_events(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            if let Event::Lent { ports } = &event {
                self.ports.extend(ports);
            }
            self.seen.push(event);
        }
    }

    fn wait(&mut self, found: impl Fn(&Event) -> bool) -> Event {
        let until = Monotonic::now() + PATIENCE;
        loop {
            self.take_events();
            if let Some(event) = self.seen.iter().find(|event| found(event)) {
                return event.clone();
            }
            assert!(Monotonic::now() < until, "not among {:?}", self.seen);
            std::thread::yield_now();
        }
    }

    fn phone(&mut self, id: u64, codec: Codec, hertz: f64) -> Phone {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let port = self.ports.pop().unwrap();
        let session = Session {
            codec,
            payload_type: codec.payload_type(),
            event_payload_type: Some(EVENTS),
            event_clock: 8_000,
            opus: OpusFormat::default(),
            ptime_ms: 20,
            direction: Direction::SendRecv,
            remote: socket.local_addr().ok(),
            rtcp: None,
            latch_from: "127.0.0.1".parse().ok(),
            rtc: None,
            rtcp_mux: false,
            srtp: None,
        };
        let leg = LegId(id);
        self.worker.send(Command::Open { leg, port: Some(port), session }).unwrap();
        Phone {
            leg,
            socket,
            to: port.rtp,
            codec,
            tone: Tone::new(hertz, 0.5),
            stream: Stream::new(&mut Rng::new(id)),
            keys: KeySender::default(),
            key_timestamp: 0,
            heard: Vec::new(),
        }
    }

    /// Lets the phones speak and hear for so long, in real time.
    fn run(&mut self, phones: &mut [Phone], ms: u64) {
        let start = Monotonic::now();
        for frame in 0..ms / 20 {
            for phone in phones.iter_mut() {
                phone.send(self.clock.now());
            }
            while start.elapsed() < Duration::from_millis(20 * (frame + 1)) {
                phones.iter_mut().for_each(Phone::receive);
                self.take_events();
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

impl Phone {
    fn send(&mut self, now: Instant) {
        let packet = match self.keys.next(true, self.codec.law()) {
            Some(KeyFrame::Event { event, first }) => {
                if first {
                    self.key_timestamp = self.stream.begin_event(now);
                }
                let header = self.stream.event(EVENTS, self.key_timestamp, first);
                [&header.to_bytes()[..], &event.to_bytes()].concat()
            }
            Some(_) => return,
            None => {
                let codes: Vec<u8> = self.tone.by_ref().take(160).map(|s| self.codec.law().encode(s)).collect();
                [&self.stream.own(now, self.codec.payload_type(), 160).to_bytes()[..], &codes].concat()
            }
        };
        self.socket.send_to(&packet, self.to).unwrap();
    }

    fn receive(&mut self) {
        let mut buffer = [0u8; 2_048];
        while let Ok((length, from)) = self.socket.recv_from(&mut buffer) {
            assert_eq!(from, self.to);
            let packet = Packet::parse(&buffer[..length]).unwrap();
            if packet.header.payload_type != EVENTS {
                self.heard.extend(packet.payload.iter().map(|c| self.codec.law().decode(*c)));
            }
        }
    }

    /// The share of `hertz` in the last quarter of a second heard.
    fn hears(&self, hertz: f64) -> f64 {
        share(self.heard.get(self.heard.len().saturating_sub(2_000)..).unwrap_or_default(), hertz)
    }
}

fn wav(path: &Path) -> [Vec<i16>; 2] {
    let samples: Vec<i16> = hound::WavReader::open(path).unwrap().into_samples().map(Result::unwrap).collect();
    [0, 1].map(|side| samples.iter().skip(side).step_by(2).copied().collect())
}

#[test]
fn a_whole_call_over_real_sockets() {
    let mut bench = Bench::start(24_000..24_099);
    assert!(bench.ports.len() >= 40);
    let mut phones = [bench.phone(1, Codec::Pcmu, 440.0), bench.phone(2, Codec::Pcma, 1_000.0)];
    let (a, b) = (phones[0].leg, phones[1].leg);
    let sounds = vec![Sound("en/welcome".to_owned())];
    bench.worker.send(Command::Play { leg: a, play: PlayId(5), sounds, repeat: false }).unwrap();
    bench.run(&mut phones, 700);
    assert!(phones[0].heard.len() == 4_000 && share(&phones[0].heard, 700.0) > 0.95, "the prompt");
    bench.wait(|event| *event == Event::PlayEnded { leg: a, play: PlayId(5) });

    assert!(phones[0].keys.push("42"));
    bench.run(&mut phones, 500);
    for digit in ['4', '2'] {
        bench.wait(|event| *event == Event::Digit { leg: a, digit });
    }

    let interaction = InteractionId::new(bench.clock.now(), &mut Rng::new(1));
    let path = "2026/11/call.wav".to_owned();
    let began = bench.clock.now();
    bench
        .worker
        .send(Command::Record { interaction, voices: vec![(a, Side::Left), (b, Side::Right)], path: path.clone() })
        .unwrap();
    bench.worker.send(Command::Hear { leg: a, from: vec![b] }).unwrap();
    bench.worker.send(Command::Hear { leg: b, from: vec![a] }).unwrap();

    // A stranger on another host and port sprays speech and keys at both legs.
    let stranger = UdpSocket::bind(("127.0.0.66", 0)).unwrap();
    stranger.set_nonblocking(true).unwrap();
    let mut forged = Stream::new(&mut Rng::new(66));
    for _ in 0..10 {
        for phone in &phones {
            for payload_type in [0, 8, EVENTS] {
                let header = forged.event(payload_type, 1, true);
                stranger.send_to(&[&header.to_bytes()[..], &[9, 0, 3, 32]].concat(), phone.to).unwrap();
            }
        }
        bench.run(&mut phones, 100);
    }
    assert!(phones[0].hears(1_000.0) > 0.95 && phones[1].hears(440.0) > 0.95, "both hear each other");
    assert_eq!(stranger.recv_from(&mut [0; 2_048]).unwrap_err().kind(), io::ErrorKind::WouldBlock, "nothing bled");
    assert!(!bench.seen.iter().any(|event| matches!(event, Event::Digit { digit: '9', .. })), "no key injected");

    bench.worker.send(Command::StopRecording { interaction }).unwrap();
    let ended = bench.wait(|event| matches!(event, Event::RecordingEnded { .. }));
    let Event::RecordingEnded { path: named, duration_ms, complete, .. } = ended else { return };
    assert_eq!((named, complete), (path.clone(), true));
    let took_ms = bench.clock.now().since(began).as_millis() as u64;
    assert!((700..=took_ms).contains(&duration_ms), "{duration_ms} of {took_ms} ms");
    let [left, right] = wav(&bench.folder.path().join(path));
    // On a busy machine the phones of this test speak late, and there are gaps.
    let clear = |side: &[i16], hertz| side.windows(1_600).step_by(400).any(|part| share(part, hertz) > 0.9);
    assert!(clear(&left, 440.0) && clear(&right, 1_000.0), "each side says its own");
    assert!(!clear(&left, 1_000.0) && !clear(&right, 440.0));

    for phone in &phones {
        bench.worker.send(Command::Close { leg: phone.leg }).unwrap();
        let closed = bench.wait(|event| matches!(event, Event::Closed { leg, .. } if *leg == phone.leg));
        let Event::Closed { stats, .. } = closed else { return };
        assert!(stats.refused == 30 && stats.lost == 0 && stats.received > 90, "{stats:?}");
    }
}
