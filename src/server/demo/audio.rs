//! The sound of one call of a phone: a voice, silence, an echo or digits go out as G.711 every 20 ms; what
//! comes in is measured. One socket and one task a call.
//!
//! What it is not: a jitter buffer. Nobody listens, so what comes in is taken as it comes.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::base::{Instant, Rng};
use crate::codec::Law;
use crate::media::keys::{KeyFrame, KeyReceiver, KeySender};
use crate::media::sound::Encoded;
use crate::media::stream::Stream;
use crate::media::{Session, tone};
use crate::net::clock::Clock;
use crate::rtp::{Header, Packet, TelephoneEvent, is_rtcp};

const FRAME: Duration = Duration::from_millis(20);
const SAMPLES: usize = 160;
/// Packets read in one frame; the rest waits for the next.
const READ: usize = 64;
/// Frames of the other side that wait to be sent back.
const ECHO: usize = 10;
/// Samples remembered: half a second.
const MEMORY: usize = 4_000;
/// Digits remembered.
const DIGITS: usize = 64;
/// A frame whose samples are smaller than this on average is quiet: -40 dBFS. The hold music never is.
const QUIET: u32 = 300;

/// What was heard, and whether we still speak.
#[derive(Clone, Default, Debug)]
pub struct Heard {
    /// Packets of sound.
    pub packets: u64,
    /// How long the other side has been quiet, or has sent nothing.
    pub quiet: Duration,
    /// What it pressed.
    pub digits: String,
    /// Something that was to be said or pressed is not through yet.
    pub speaking: bool,
    recent: VecDeque<i16>,
}

impl Heard {
    /// How much of the last half second lies at this frequency, 0 to 1.
    pub fn share(&self, hertz: f64) -> f64 {
        let recent: Vec<i16> = self.recent.iter().copied().collect();
        if recent.len() < MEMORY { 0.0 } else { tone::share(&recent, hertz) }
    }
}

/// What the call says.
#[derive(Default)]
struct Say {
    voice: Option<(Arc<Encoded>, usize)>,
    keys: KeySender,
    echo: bool,
}

#[derive(Default)]
struct Shared {
    heard: Mutex<Heard>,
    say: Mutex<Say>,
}

/// The call's end of it. The sound ends with the call, or when the last clone is dropped.
#[derive(Clone)]
pub struct Audio {
    shared: Arc<Shared>,
    _alive: Arc<watch::Sender<()>>,
}

/// Where the phone says what was agreed.
pub type Agreed = watch::Sender<Option<Session>>;

impl Audio {
    /// Binds a port for a call and starts its task: the port, and where to tell it what was agreed.
    pub async fn open(bind: IpAddr, clock: Clock, mut rng: Rng) -> io::Result<(Self, SocketAddr, Agreed)> {
        let socket = UdpSocket::bind((bind, 0)).await?;
        let address = socket.local_addr()?;
        let (agreed, session) = watch::channel(None);
        let (held, alive) = watch::channel(());
        let shared = Arc::<Shared>::default();
        let task = Task {
            stream: Stream::new(&mut rng),
            shared: shared.clone(),
            socket,
            session,
            alive,
            clock,
            keys: KeyReceiver::default(),
            event_at: 0,
            echo: VecDeque::new(),
        };
        tokio::spawn(task.run());
        Ok((Self { shared, _alive: Arc::new(held) }, address, agreed))
    }

    pub fn heard(&self) -> Heard {
        lock(&self.shared.heard).clone()
    }

    /// How long the other side has been quiet, and whether we still speak; cheaper than [`Audio::heard`].
    pub fn turn(&self) -> (Duration, bool) {
        let heard = lock(&self.shared.heard);
        (heard.quiet, heard.speaking)
    }

    /// Says this now, in place of what was being said.
    pub fn say(&self, voice: Arc<Encoded>) {
        lock(&self.shared.say).voice = Some((voice, 0));
        lock(&self.shared.heard).speaking = true;
    }

    /// Presses keys; `false` if one of them is none.
    pub fn press(&self, keys: &str) -> bool {
        let pressed = lock(&self.shared.say).keys.push(keys);
        if pressed {
            lock(&self.shared.heard).speaking = true;
        }
        pressed
    }

    /// Sends back what it hears, from now on.
    pub fn echo(&self) {
        lock(&self.shared.say).echo = true;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Task {
    shared: Arc<Shared>,
    socket: UdpSocket,
    session: watch::Receiver<Option<Session>>,
    alive: watch::Receiver<()>,
    clock: Clock,
    stream: Stream,
    keys: KeyReceiver,
    /// Timestamp of the event that is being sent.
    event_at: u32,
    echo: VecDeque<Vec<u8>>,
}

impl Task {
    async fn run(mut self) {
        let mut tick = interval(FRAME);
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut buffer = [0u8; 2_048];
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                _ = self.alive.changed() => return,
            }
            // The phone drops its end when the call is over.
            if self.session.has_changed().is_err() {
                return;
            }
            let Some(session) = self.session.borrow_and_update().clone() else { continue };
            self.receive(&session, &mut buffer);
            self.send(&session, self.clock.now());
        }
    }

    fn receive(&mut self, session: &Session, buffer: &mut [u8]) {
        let mut sound = false;
        for _ in 0..READ {
            // An error of an earlier send (nobody there yet) comes out here; the next read goes on.
            let Ok((length, _)) = self.socket.try_recv_from(buffer) else { break };
            let bytes = buffer.get(..length).unwrap_or_default();
            if is_rtcp(bytes) {
                continue;
            }
            let Ok(packet) = Packet::parse(bytes) else { continue };
            if packet.header.payload_type == session.payload_type {
                sound |= self.hear(session.codec.law(), packet.payload);
            } else if Some(packet.header.payload_type) == session.event_payload_type {
                self.hear_key(&packet);
            }
        }
        let mut heard = lock(&self.shared.heard);
        heard.quiet = if sound { Duration::ZERO } else { heard.quiet.saturating_add(FRAME) };
    }

    /// True: it was not quiet.
    fn hear(&mut self, law: Law, payload: &[u8]) -> bool {
        if lock(&self.shared.say).echo && self.echo.len() < ECHO {
            self.echo.push_back(payload.to_vec());
        }
        let mut heard = lock(&self.shared.heard);
        heard.packets += 1;
        let mut sum = 0u32;
        for code in payload {
            let sample = law.decode(*code);
            sum = sum.saturating_add(u32::from(sample.unsigned_abs()));
            heard.recent.push_back(sample);
        }
        let excess = heard.recent.len().saturating_sub(MEMORY);
        heard.recent.drain(..excess);
        let count = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        sum.checked_div(count).is_some_and(|level| level >= QUIET)
    }

    fn hear_key(&mut self, packet: &Packet<'_>) {
        let Some(event) = TelephoneEvent::parse(packet.payload) else { return };
        let Header { ssrc, timestamp, .. } = packet.header;
        let Some(key) = self.keys.packet(self.clock.now(), ssrc, timestamp, event) else { return };
        let mut heard = lock(&self.shared.heard);
        if heard.digits.len() < DIGITS {
            heard.digits.push(key);
        }
    }

    fn send(&mut self, session: &Session, now: Instant) {
        let Some(to) = session.remote.filter(|_| session.direction.sends()) else { return };
        let shared = self.shared.clone();
        let mut say = lock(&shared.say);
        let key = say.keys.next(session.event_payload_type.is_some(), session.codec.law());
        let (header, payload) = match (key, session.event_payload_type) {
            (Some(KeyFrame::Event { event, first }), Some(payload_type)) => {
                if first {
                    self.event_at = self.stream.begin_event(now);
                }
                (self.stream.event(payload_type, self.event_at, first), event.to_bytes().to_vec())
            }
            (Some(KeyFrame::Sound(codes)), _) => {
                (self.stream.own(now, session.payload_type, SAMPLES as u32), codes.to_vec())
            }
            (Some(KeyFrame::Quiet | KeyFrame::Event { .. }), _) => (
                self.stream.own(now, session.payload_type, SAMPLES as u32),
                vec![session.codec.law().silence(); SAMPLES],
            ),
            (None, _) => {
                let payload = self.frame(&mut say, session.codec.law());
                (self.stream.own(now, session.payload_type, SAMPLES as u32), payload)
            }
        };
        lock(&shared.heard).speaking = say.voice.is_some() || !say.keys.is_idle();
        drop(say);
        let packet = [header.to_bytes().as_slice(), &payload].concat();
        // A full socket buffer loses a packet, as a network does.
        let _ = self.socket.try_send_to(&packet, to);
    }

    /// The next 20 ms of what is said; silence at its end.
    fn frame(&mut self, say: &mut Say, law: Law) -> Vec<u8> {
        let mut payload = match &mut say.voice {
            Some((voice, at)) => {
                let codes = voice.codes(law);
                let end = at.saturating_add(SAMPLES).min(codes.len());
                let frame = codes.get(*at..end).unwrap_or_default().to_vec();
                *at = end;
                if end >= codes.len() {
                    say.voice = None;
                }
                frame
            }
            None if say.echo => self.echo.pop_front().unwrap_or_default(),
            None => Vec::new(),
        };
        payload.resize(payload.len().max(SAMPLES), law.silence());
        payload
    }
}
