//! The thread that carries packets: its sockets, its clock and its [`Engine`].
//!
//! What it is: one poll loop over the leased RTP ports, the port all WebRTC legs share
//! ([`RtcDriver`]), a waker for commands, and the engine's 20 ms tick. It shares nothing with other
//! workers, takes no lock and allocates nothing a packet. What it is not: a decision; all of those
//! are the engine's.
//!
//! | channel | bound | when full |
//! | --- | --- | --- |
//! | commands in | [`COMMANDS`] | [`MediaWorker::send`] refuses |
//! | events out | the caller's | kept here up to [`BACKLOG`], then dropped and counted |
//! | sound to the disk | `net::recording::QUEUE` | blocks dropped and counted (silence in the file), begin and end kept |

mod dtls_ports;

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use mio::{Events, Interest, Poll, Token, Waker};
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError as EventError;

use self::dtls_ports::{DtlsPorts, Outgoing};
use super::batch::Batch;
use super::clock::Clock;
use super::rtc_driver::{HOST_ADDRESSES_MAX, RtcDriver};
use super::rtp_port::{PortRange, RtpPorts};
use crate::base::{Instant, LegId, Rng};
use crate::media::engine::{self, Engine};
use crate::media::outbox::{Outbox, Secure, Via};
use crate::media::recorder::Recording;
use crate::media::rtc::{Certificate, Clear, Guards, Opened, Received};
use crate::media::sound::Sounds;
use crate::media::{Command, Event, RtcFace, WorkerId};
use crate::rtp::is_rtcp;

/// Commands that may wait.
pub const COMMANDS: usize = 8_192;
/// Events kept while the control plane does not take them.
pub const BACKLOG: usize = 65_536;

const WAKER: Token = Token(0);
/// Of the first WebRTC socket; the others follow.
const RTC: Token = Token(1);
const FIRST_PORT: usize = RTC.0 + HOST_ADDRESSES_MAX;
/// With something left over for another channel, look again so soon.
const AGAIN: Duration = Duration::from_millis(5);

/// The shared port of the WebRTC legs.
#[derive(Clone, Debug)]
pub struct RtcSettings {
    /// Where to listen, the address browsers shall like best first; of one port. Not empty.
    pub addresses: Vec<SocketAddr>,
    /// Only who sends from one of these is listened to; `None`: everybody.
    pub only_from: Option<Vec<IpAddr>>,
    /// Told to browsers before the bound ones: what the machine is called outside. Its port is the first bound one.
    pub advertise: Option<IpAddr>,
    pub certificate: Arc<Certificate>,
}

#[derive(Clone, Debug)]
pub struct Settings {
    pub worker: WorkerId,
    pub ports: PortRange,
    /// `None`: no WebRTC.
    pub rtc: Option<RtcSettings>,
    pub engine: engine::Settings,
    pub seed: u64,
}

/// What a worker has done, for the metrics; counted by the worker, read by anyone.
#[derive(Debug, Default)]
pub struct Counters {
    pub received: AtomicU64,
    pub sent: AtomicU64,
    /// The network or its buffer did not take a packet.
    pub unsent: AtomicU64,
    /// Packets for no leg.
    pub strays: AtomicU64,
    pub events_dropped: AtomicU64,
    pub blocks_dropped: AtomicU64,
    pub legs: AtomicU64,
}

/// The door to a running worker. Dropping it stops the thread.
#[derive(Debug)]
pub struct MediaWorker {
    pub id: WorkerId,
    pub counters: Arc<Counters>,
    commands: SyncSender<Command>,
    waker: Arc<Waker>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// The worker takes no command now: it is overwhelmed, or gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the media worker takes no command")]
pub struct Busy;

impl MediaWorker {
    /// Binds the worker's sockets and starts its thread. The first event is [`Event::Ready`], the
    /// second [`Event::Lent`].
    pub fn start(
        settings: Settings,
        sounds: Arc<Sounds>,
        clock: Clock,
        events: Sender<Event>,
        recordings: SyncSender<Recording>,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let (commands, receiver) = sync_channel(COMMANDS);
        let (counters, stop) = (Arc::<Counters>::default(), Arc::<AtomicBool>::default());
        let id = settings.worker;
        let shared = Shared { commands: receiver, counters: counters.clone(), stop: stop.clone() };
        let outlets = Outlets { events, backlog: VecDeque::new(), recordings, waiting: VecDeque::new() };
        let worker = Worker::new(settings, sounds, clock, poll, shared, outlets)?;
        let name = format!("media-{}", id.0);
        let thread = std::thread::Builder::new().name(name).spawn(move || worker.run())?;
        Ok(Self { id, counters, commands, waker, stop, thread: Some(thread) })
    }

    /// Never waits.
    pub fn send(&self, command: Command) -> Result<(), Busy> {
        self.commands.try_send(command).map_err(|_| Busy)?;
        self.waker.wake().map_err(|_| Busy)
    }
}

impl Drop for MediaWorker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if self.waker.wake().is_ok()
            && let Some(thread) = self.thread.take()
        {
            // A panic of the worker was reported when it happened.
            drop(thread.join());
        }
    }
}

/// What the thread has from its door.
struct Shared {
    commands: Receiver<Command>,
    counters: Arc<Counters>,
    stop: Arc<AtomicBool>,
}

/// Sockets that may hold more than was read, each once.
#[derive(Default)]
struct Unread {
    tokens: VecDeque<Token>,
    /// By token.
    queued: Vec<bool>,
}

impl Unread {
    fn push(&mut self, token: Token) {
        if self.queued.len() <= token.0 {
            self.queued.resize(token.0.saturating_add(1), false);
        }
        if let Some(queued) = self.queued.get_mut(token.0)
            && !std::mem::replace(queued, true)
        {
            self.tokens.push_back(token);
        }
    }

    fn pop(&mut self) -> Option<Token> {
        let token = self.tokens.pop_front()?;
        if let Some(queued) = self.queued.get_mut(token.0) {
            *queued = false;
        }
        Some(token)
    }
}

/// Where the worker's words and sounds go.
struct Outlets {
    events: Sender<Event>,
    backlog: VecDeque<Event>,
    recordings: SyncSender<Recording>,
    /// Beginnings and ends that found the channel full.
    waiting: VecDeque<Recording>,
}

struct Worker {
    clock: Clock,
    poll: Poll,
    engine: Engine,
    ports: RtpPorts,
    driver: Option<RtcDriver>,
    guards: Guards,
    /// `None`: without WebRTC there is no certificate.
    dtls: Option<DtlsPorts>,
    shaken: Outgoing,
    shared: Shared,
    outlets: Outlets,
    outbox: Outbox,
    batch: Batch,
    received: Vec<(LegId, Received)>,
    unread: Unread,
}

impl Worker {
    fn new(
        settings: Settings,
        sounds: Arc<Sounds>,
        clock: Clock,
        poll: Poll,
        shared: Shared,
        mut outlets: Outlets,
    ) -> io::Result<Self> {
        let mut rng = Rng::new(settings.seed);
        let ports = RtpPorts::new(settings.worker, settings.ports, FIRST_PORT, &mut rng);
        let (mut driver, mut face) = (None, None);
        if let Some(rtc) = &settings.rtc {
            let mut bound = RtcDriver::bind(&rtc.addresses, rtc.only_from.clone(), rtc.certificate.clone())?;
            for (token, socket) in (RTC.0..).zip(bound.sockets()) {
                poll.registry().register(socket, Token(token), Interest::READABLE)?;
            }
            let addresses = faces(rtc.advertise, &bound.local_addresses());
            face = Some(RtcFace { addresses, fingerprint: rtc.certificate.fingerprint() });
            driver = Some(bound);
        }
        outlets.backlog.push_back(Event::Ready { worker: settings.worker, rtc: face });
        Ok(Self {
            clock,
            poll,
            engine: Engine::new(settings.engine, sounds, rng.next_u64()),
            ports,
            driver,
            guards: Guards::new().map_err(io::Error::other)?,
            dtls: settings.rtc.as_ref().map(|rtc| DtlsPorts::new(rtc.certificate.clone())),
            shaken: Outgoing::default(),
            shared,
            outlets,
            outbox: Outbox::new(),
            batch: Batch::default(),
            received: Vec::new(),
            unread: Unread::default(),
        })
    }

    fn run(mut self) {
        let mut ready = Events::with_capacity(1_024);
        self.lend(self.clock.now());
        while !self.shared.stop.load(Ordering::Relaxed) {
            self.outlets.flush(&self.shared.counters);
            match self.poll.poll(&mut ready, self.timeout()) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                    tracing::error!(%error, "media worker cannot poll");
                    return;
                }
                _ => {}
            }
            ready.iter().map(|event| event.token()).filter(|token| *token != WAKER).for_each(|t| self.unread.push(t));
            self.run_commands();
            self.read_sockets();
            self.run_timers();
        }
    }

    /// How long nothing will be due.
    fn timeout(&self) -> Option<Duration> {
        if !self.unread.tokens.is_empty() {
            return Some(Duration::ZERO);
        }
        let now = self.clock.now();
        let driver = self.driver.as_ref().and_then(RtcDriver::next_deadline);
        let dtls = self.dtls.as_ref().and_then(DtlsPorts::next_deadline);
        let due = [self.engine.next_deadline(), self.ports.next_deadline(), driver, dtls].into_iter().flatten().min();
        let again = (!self.outlets.is_empty()).then_some(AGAIN);
        due.map(|due| due.since(now)).into_iter().chain(again).min()
    }

    fn run_commands(&mut self) {
        // The budget keeps packets moving whatever the control plane does.
        for _ in 0..1_024 {
            match self.shared.commands.try_recv() {
                Ok(command) => {
                    let now = self.clock.now();
                    if let Command::Open { port: Some(port), .. } = &command {
                        self.ports.open(*port);
                    }
                    self.engine.command(now, command, &mut self.outbox);
                    self.settle(now);
                    self.lend(now);
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
    }

    /// One batch of each socket that has something; those that may have more come again.
    fn read_sockets(&mut self) {
        for _ in 0..self.unread.tokens.len() {
            let Some(token) = self.unread.pop() else { break };
            let more = match token.0.checked_sub(FIRST_PORT) {
                None => self.read_rtc(token.0.saturating_sub(RTC.0)),
                Some(_) => self.read_port(token),
            };
            if more {
                self.unread.push(token);
            }
        }
    }

    fn read_port(&mut self, token: Token) -> bool {
        let Some((port, rtcp)) = self.ports.by_token(token) else { return false };
        let Some(pair) = self.ports.pair(port) else { return false };
        let read = self.batch.receive(if rtcp { &pair.rtcp } else { &pair.rtp });
        let now = self.clock.now();
        let mut count = 0;
        for (from, datagram) in self.batch.datagrams() {
            count += 1;
            if let Some(dtls) = self.dtls.as_mut().filter(|dtls| dtls.owns(port)) {
                if !rtcp {
                    dtls.receive(now, port, from, datagram, &mut self.shaken);
                }
                continue;
            }
            let opened = self.guards.open(port, datagram);
            let datagram = match &opened {
                Opened::AsItCame => datagram,
                Opened::Clear(clear) => clear,
                Opened::Refused => continue,
            };
            match rtcp {
                true => self.engine.rtcp(now, port, from, datagram),
                false => self.engine.rtp(now, port, from, datagram, &mut self.outbox),
            }
        }
        self.shared.counters.received.fetch_add(count, Ordering::Relaxed);
        self.take_shaken(now);
        self.settle(now);
        // An error (an ICMP message of an earlier packet) says nothing about what is behind it.
        read.unwrap_or_else(|error| error.kind() != io::ErrorKind::WouldBlock)
    }

    fn read_rtc(&mut self, place: usize) -> bool {
        let Some(driver) = &mut self.driver else { return false };
        let now = self.clock.now();
        let more = driver.receive(now, place, &mut self.received);
        self.take_received(now);
        more
    }

    fn run_timers(&mut self) {
        let now = self.clock.now();
        if let Some(driver) = &mut self.driver {
            driver.handle_timeouts(now, &mut self.received);
            self.take_received(now);
        }
        if let Some(dtls) = &mut self.dtls {
            dtls.handle_timeouts(now, &mut self.shaken);
            self.take_shaken(now);
        }
        self.engine.handle_timeout(now, &mut self.outbox);
        self.settle(now);
        if self.ports.next_deadline().is_some_and(|due| due <= now) {
            self.lend(now);
        }
        let counters = &self.shared.counters;
        let rtc_strays = self.driver.as_ref().map_or(0, RtcDriver::strays);
        counters.strays.store(self.engine.strays().saturating_add(rtc_strays), Ordering::Relaxed);
        counters.legs.store(self.engine.legs() as u64, Ordering::Relaxed);
    }

    /// Sends what the handshakes of phones want sent, and hands what they brought to the engine.
    fn take_shaken(&mut self, now: Instant) {
        for (port, to, datagram) in self.shaken.transmits.drain(..) {
            let sent = self.ports.pair(port).is_some_and(|pair| pair.rtp.send_to(&datagram, to).is_ok());
            let counter = if sent { &self.shared.counters.sent } else { &self.shared.counters.unsent };
            counter.fetch_add(1, Ordering::Relaxed);
        }
        for (leg, received) in std::mem::take(&mut self.shaken.received) {
            self.engine.secure(now, leg, &received, &mut self.outbox);
        }
    }

    /// Hands what the secured transports brought to the engine.
    fn take_received(&mut self, now: Instant) {
        let mut received = std::mem::take(&mut self.received);
        let packets = received.iter().filter(|(_, r)| matches!(r, Received::Rtp(_) | Received::Rtcp(_))).count();
        self.shared.counters.received.fetch_add(packets as u64, Ordering::Relaxed);
        for (leg, received) in received.drain(..) {
            self.engine.secure(now, leg, &received, &mut self.outbox);
        }
        self.received = received;
        self.settle(now);
    }

    /// Does what the engine wants, until nothing comes of it any more.
    fn settle(&mut self, now: Instant) {
        let mut closing = Vec::new();
        for secure in std::mem::take(&mut self.outbox.secure) {
            match (secure, &mut self.driver) {
                (Secure::Guard { leg, port, srtp }, _) => self.guards.set(leg, port, srtp),
                (Secure::Shake { leg, port, with, peer }, _) => {
                    if let Some(dtls) = &mut self.dtls {
                        dtls.set(now, leg, port, (with, peer), &mut self.shaken);
                    }
                }
                (Secure::Open { leg, rtc }, Some(driver)) => driver.open(now, leg, &rtc, &mut self.received),
                (Secure::Update { leg, rtc }, Some(driver)) => driver.update(now, leg, &rtc, &mut self.received),
                (Secure::Close { leg }, _) => closing.push(leg),
                (Secure::Open { .. } | Secure::Update { .. }, None) => {}
            }
        }
        self.send_packets(now);
        for leg in closing {
            let of_phone = self.dtls.as_mut().and_then(|dtls| dtls.close(now, leg, &mut self.shaken));
            let counters = of_phone.or_else(|| self.driver.as_mut()?.close(now, leg));
            let refused = counters.map_or(0, |counters| counters.refused);
            add_refused(&mut self.outbox.events, leg, refused);
        }
        self.take_shaken(now);
        for lease in self.outbox.freed.drain(..) {
            if let Some((leg, refused)) = self.guards.remove(lease.rtp.port()) {
                add_refused(&mut self.outbox.events, leg, refused);
            }
            self.ports.free(now, lease);
        }
        for event in self.outbox.events.drain(..) {
            self.outlets.event(event, &self.shared.counters);
        }
        for recording in self.outbox.recordings.drain(..) {
            self.outlets.recording(recording, &self.shared.counters);
        }
        if !self.received.is_empty() {
            self.take_received(now);
        }
    }

    fn send_packets(&mut self, now: Instant) {
        let (mut sent, mut unsent) = (0u64, 0u64);
        for (via, packet) in self.outbox.packets() {
            let done = match via {
                Via::Secure(leg) => {
                    let dtls = self.dtls.as_mut();
                    match dtls.is_some_and(|dtls| dtls.write(now, leg, clear(packet), &mut self.shaken)) {
                        true => continue,
                        false => self.driver.as_mut().map(|driver| driver.write(now, leg, clear(packet))),
                    }
                }
                Via::Rtp { port, to } | Via::Rtcp { port, to } => {
                    let pair = self.ports.pair(port);
                    let socket = pair.map(|pair| if matches!(via, Via::Rtp { .. }) { &pair.rtp } else { &pair.rtcp });
                    let sealed = self.guards.protect(port, clear(packet));
                    let packet = match &sealed {
                        Opened::AsItCame => Some(packet),
                        Opened::Clear(sealed) => Some(&sealed[..]),
                        Opened::Refused => None,
                    };
                    socket.zip(packet).and_then(|(socket, packet)| socket.send_to(packet, to).ok()).map(drop)
                }
            };
            match done {
                Some(()) => sent += 1,
                None => unsent += 1,
            }
        }
        self.outbox.clear_packets();
        self.shared.counters.sent.fetch_add(sent, Ordering::Relaxed);
        self.shared.counters.unsent.fetch_add(unsent, Ordering::Relaxed);
    }

    fn lend(&mut self, now: Instant) {
        let ports = self.ports.lend(now, self.poll.registry());
        if !ports.is_empty() {
            self.outlets.event(Event::Lent { ports }, &self.shared.counters);
        }
    }
}

/// What browsers are told: the address of outside, then the bound ones.
fn faces(advertise: Option<IpAddr>, bound: &[SocketAddr]) -> Vec<SocketAddr> {
    let outside = advertise.zip(bound.first()).map(|(ip, first)| SocketAddr::new(ip, first.port()));
    let rest = bound.iter().copied().filter(|address| Some(*address) != outside);
    outside.into_iter().chain(rest).collect()
}

fn clear(packet: &[u8]) -> Clear<'_> {
    if is_rtcp(packet) { Clear::Rtcp(packet) } else { Clear::Rtp(packet) }
}

/// The secured transport refused packets before the engine saw them.
fn add_refused(events: &mut [Event], closed: LegId, refused: u64) {
    for event in events {
        if let Event::Closed { leg, stats } = event
            && *leg == closed
        {
            stats.refused = stats.refused.saturating_add(refused);
        }
    }
}

impl Outlets {
    fn is_empty(&self) -> bool {
        self.backlog.is_empty() && self.waiting.is_empty()
    }

    fn event(&mut self, event: Event, counters: &Counters) {
        if self.backlog.len() < BACKLOG {
            self.backlog.push_back(event);
        } else {
            counters.events_dropped.fetch_add(1, Ordering::Relaxed);
        }
        self.flush(counters);
    }

    fn recording(&mut self, recording: Recording, counters: &Counters) {
        let block = matches!(recording, Recording::Block { .. });
        if !block || self.waiting.is_empty() {
            self.waiting.push_back(recording);
            self.flush(counters);
        } else {
            counters.blocks_dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sends what waits, as far as it is taken. Only beginnings and ends are left waiting.
    fn flush(&mut self, counters: &Counters) {
        while let Some(event) = self.backlog.pop_front() {
            if let Err(EventError::Full(event)) = self.events.try_send(event) {
                self.backlog.push_front(event);
                break;
            }
        }
        while let Some(recording) = self.waiting.pop_front() {
            match self.recordings.try_send(recording) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => {}
                Err(TrySendError::Full(Recording::Block { .. })) => {
                    counters.blocks_dropped.fetch_add(1, Ordering::Relaxed);
                }
                Err(TrySendError::Full(recording)) => {
                    self.waiting.push_front(recording);
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
