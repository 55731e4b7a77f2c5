//! What an engine wants done, in a buffer that is used again and again: no allocation a packet.

use std::net::{IpAddr, SocketAddr};

use super::recorder::Recording;
use super::{Event, Handshake, PortLease, Rtc, SrtpKeys};
use crate::base::LegId;

/// How a packet leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Via {
    /// From the leased port with that number.
    Rtp { port: u16, to: SocketAddr },
    /// From the port above the leased one.
    Rtcp { port: u16, to: SocketAddr },
    /// A clear packet for the leg's secured transport.
    Secure(LegId),
}

/// What the secured transports must be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Secure {
    Open {
        leg: LegId,
        rtc: Rtc,
    },
    Update {
        leg: LegId,
        rtc: Rtc,
    },
    Close {
        leg: LegId,
    },
    /// What the leg on this leased port encrypts with from now on; `None`: it speaks in clear.
    Guard {
        leg: LegId,
        port: u16,
        srtp: Option<SrtpKeys>,
    },
    /// The leg on this leased port comes to its keys by a handshake, with whoever sends from there.
    Shake {
        leg: LegId,
        port: u16,
        with: Handshake,
        peer: Peer,
    },
}

/// Where the peer of a plain leg is, as the signalling says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    /// As in [`super::Session::remote`].
    pub remote: Option<SocketAddr>,
    /// As in [`super::Session::latch_from`].
    pub latch_from: Option<IpAddr>,
}

/// Outputs of one or more inputs, each list in the order in which it must happen. `secure` comes
/// before the packets when it opens a leg and after them when it closes one.
#[derive(Debug, Default)]
pub struct Outbox {
    pub secure: Vec<Secure>,
    pub events: Vec<Event>,
    pub recordings: Vec<Recording>,
    /// Ports that are nobody's any more.
    pub freed: Vec<PortLease>,
    bytes: Vec<u8>,
    packets: Vec<(Via, usize)>,
}

impl Outbox {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a packet that `write` appends to the buffer.
    pub fn packet(&mut self, via: Via, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.packets.push((via, self.bytes.len()));
    }

    pub fn packets(&self) -> impl Iterator<Item = (Via, &[u8])> {
        let mut from = 0usize;
        self.packets.iter().filter_map(move |(via, to)| {
            let bytes = self.bytes.get(from..*to)?;
            from = *to;
            Some((*via, bytes))
        })
    }

    pub fn clear_packets(&mut self) {
        self.packets.clear();
        self.bytes.clear();
    }
}
