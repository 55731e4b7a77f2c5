//! SIP messages on their way to the ladder and to the capture server: taken aside by the control task, looked after by
//! a thread of its own, so that no call waits for a disk. That thread leaves the core to whoever wants it, and is not
//! woken by each message: while messages come, it looks for them by the clock.
//!
//! | what | limit | when full |
//! | --- | --- | --- |
//! | messages that wait for the thread | [`WAITING`] | dropped, counted |
//! | a datagram to the capture server | what the socket takes | dropped, counted |

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use bytes::Bytes;
use prometheus::IntCounter;

use crate::base::Instant;
use crate::door::Sampled;
use crate::sip::trace::{Packet, hep, redacted};
use crate::sip::{Destination, Received, Transport};
use crate::store::ladder::Ladder;

/// The time of the whole process.
type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

const WAITING: usize = 16_384;
/// Without a message for so long, what was written is pushed to the file, and what is old goes.
const IDLE: Duration = Duration::from_secs(1);
/// While messages come, they are taken together so often.
const TURN: Duration = Duration::from_millis(20);
/// How much the thread stands back behind those that carry calls (`nice`).
const STANDS_BACK: libc::c_int = 10;

/// The end that the control task holds.
pub struct Recorder {
    sender: SyncSender<Packet>,
    dropped: IntCounter,
    /// Our own address, as the last message of each transport came to it, or as it is told to peers.
    local: BTreeMap<Transport, SocketAddr>,
}

impl Recorder {
    /// `None` where there is nobody to keep anything. `local`: our addresses until a message tells better.
    pub fn start(
        (ladder, mirror): (Option<Arc<Ladder>>, Option<Mirror>),
        local: BTreeMap<Transport, SocketAddr>,
        clock: Clock,
        dropped: IntCounter,
    ) -> io::Result<Option<Self>> {
        if ladder.is_none() && mirror.is_none() {
            return Ok(None);
        }
        let (sender, receiver) = sync_channel(WAITING);
        let lost = dropped.clone();
        let keeper = Keeper { ladder, mirror, lost, failures: Sampled::default() };
        std::thread::Builder::new().name("ladder".to_owned()).spawn(move || keeper.run(&receiver, &clock))?;
        Ok(Some(Self { sender, dropped, local }))
    }

    pub fn received(&mut self, now: Instant, received: &Received) {
        let Received { transport, source, local, bytes, .. } = received;
        self.local.insert(*transport, *local);
        self.take(Packet { at: now, transport: *transport, from: *source, to: *local, bytes: bytes.clone() });
    }

    pub fn sent(&mut self, now: Instant, to: Destination, bytes: Bytes) {
        let from = self.local.get(&to.transport).copied().unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)));
        self.take(Packet { at: now, transport: to.transport, from, to: to.addr, bytes });
    }

    fn take(&self, packet: Packet) {
        // Keep-alives are no messages.
        if packet.bytes.len() > 4 && self.sender.try_send(packet).is_err() {
            self.dropped.inc();
        }
    }
}

/// The way to a capture server: every message as one datagram, and no waiting for it.
pub struct Mirror {
    socket: UdpSocket,
    agent: u32,
}

impl Mirror {
    /// `agent`: by what number the capture server knows us.
    pub fn open(to: SocketAddr, agent: u32) -> io::Result<Self> {
        let any = if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
        socket.connect(to)?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, agent })
    }

    /// `false`: it is lost, for the socket is full or nobody is there.
    pub fn send(&self, packet: &Packet) -> bool {
        self.socket.send(&hep::packet(packet, self.agent)).is_ok()
    }
}

/// The other end.
struct Keeper {
    ladder: Option<Arc<Ladder>>,
    mirror: Option<Mirror>,
    lost: IntCounter,
    failures: Sampled,
}

impl Keeper {
    fn run(self, receiver: &Receiver<Packet>, clock: &Clock) {
        stand_back();
        if let Some(Err(error)) = self.ladder.as_ref().map(|ladder| ladder.recall(clock())) {
            tracing::warn!(%error, "the SIP messages kept before cannot all be read");
        }
        loop {
            match receiver.recv_timeout(IDLE) {
                Ok(packet) => self.keep_with_those_that_follow(packet, receiver),
                Err(RecvTimeoutError::Timeout) => self.idle(clock()),
                Err(RecvTimeoutError::Disconnected) => return self.idle(clock()),
            }
        }
    }

    /// Until a turn brings none.
    fn keep_with_those_that_follow(&self, first: Packet, receiver: &Receiver<Packet>) {
        let mut next = Some(first);
        while let Some(packet) = next {
            self.keep(packet);
            receiver.try_iter().for_each(|packet| self.keep(packet));
            std::thread::sleep(TURN);
            next = receiver.try_recv().ok();
        }
    }

    fn keep(&self, packet: Packet) {
        let packet = Packet { bytes: redacted(&packet.bytes).into(), ..packet };
        if self.mirror.as_ref().is_some_and(|mirror| !mirror.send(&packet)) {
            self.lost.inc();
        }
        let kept = self.ladder.as_ref().map_or(Ok(()), |ladder| ladder.keep(&packet));
        self.say(kept);
    }

    fn idle(&self, now: Instant) {
        self.say(self.ladder.as_ref().map_or(Ok(()), |ladder| ladder.age(now)));
    }

    fn say(&self, done: io::Result<()>) {
        if let Err(error) = done {
            self.lost.inc();
            if let Some(left_out) = self.failures.say(std::time::Instant::now()) {
                tracing::warn!(%error, left_out, "SIP messages of calls cannot be kept");
            }
        }
    }
}

/// The calling thread gets a core after those that carry calls.
fn stand_back() {
    // SAFETY: takes numbers only; on Linux a nice value belongs to the thread, and 0 is the calling one. Where it is
    // refused, the thread runs like the others.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, STANDS_BACK) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_goes_out_as_one_datagram() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        server.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mirror = Mirror::open(server.local_addr().unwrap(), 7).unwrap();
        let address = "127.0.0.1:5060".parse().unwrap();
        let bytes = bytes::Bytes::from_static(b"BYE sip:a SIP/2.0\r\n\r\n");
        let packet =
            Packet { at: Instant::from_micros(1), transport: Transport::Udp, from: address, to: address, bytes };
        assert!(mirror.send(&packet));
        let mut buffer = [0; 2_000];
        let length = server.recv(&mut buffer).unwrap();
        assert_eq!(buffer[..length], hep::packet(&packet, 7)[..]);
    }
}
