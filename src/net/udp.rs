//! UDP: one socket, one flow.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use socket2::{Domain, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::mpsc::error::TrySendError;

use super::{FlowEvent, Flows, keep_alive};
use crate::sip::{FlowId, Received, Transport};

/// The largest datagram there is.
const DATAGRAM_MAX: usize = 65_535;
/// Peers whose local address is remembered; see [`LocalAddresses`].
const LOCAL_ADDRESSES_MAX: usize = 4_096;

pub fn bind(address: SocketAddr, receive_buffer: usize) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // The kernel gives what it allows; less is no reason not to start.
    let _ = socket.set_recv_buffer_size(receive_buffer);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

/// Reads the socket until the server stops.
pub async fn receive(flows: Flows, flow: FlowId, local: SocketAddr, socket: Arc<UdpSocket>) {
    let mut buffer = vec![0u8; DATAGRAM_MAX];
    let mut locals = LocalAddresses::new(local);
    loop {
        let (length, source) = tokio::select! {
            () = flows.0.stop.cancelled() => return,
            read = socket.recv_from(&mut buffer) => match read {
                Ok(read) => read,
                // An ICMP error of an earlier send; the socket goes on.
                Err(_) => continue,
            },
        };
        let datagram = buffer.get(..length).unwrap_or_default();
        // Keep-alives of NAT bindings: empty, zeros or line ends.
        if datagram.iter().all(|b| matches!(b, 0 | b'\r' | b'\n' | b' ')) {
            continue;
        }
        if !flows.within_budget(source.ip()) {
            flows.0.counters.add(|c| &c.dropped_budget);
            continue;
        }
        if keep_alive::is_stun(datagram) {
            if let Some(answer) = keep_alive::answer(datagram, source) {
                // Lost like any datagram where the kernel does not take it.
                let _ = socket.try_send_to(&answer, source);
            }
            continue;
        }
        let bytes = Bytes::copy_from_slice(datagram);
        let received = Received { flow, transport: Transport::Udp, source, local: locals.towards(source), bytes };
        match flows.0.events.try_send(FlowEvent::Received(received)) {
            Ok(()) => flows.0.counters.add(|c| &c.received),
            Err(TrySendError::Full(_)) => flows.0.counters.add(|c| &c.dropped_events),
            Err(TrySendError::Closed(_)) => return,
        }
    }
}

/// The address a peer reaches us at, when the socket is bound to all of them: the one the kernel would
/// send from. Asked once per peer; a full table starts anew.
struct LocalAddresses {
    bound: SocketAddr,
    known: HashMap<IpAddr, IpAddr>,
}

impl LocalAddresses {
    fn new(bound: SocketAddr) -> Self {
        Self { bound, known: HashMap::new() }
    }

    fn towards(&mut self, peer: SocketAddr) -> SocketAddr {
        if !self.bound.ip().is_unspecified() {
            return self.bound;
        }
        if self.known.len() >= LOCAL_ADDRESSES_MAX {
            self.known.clear();
        }
        let ip = *self.known.entry(peer.ip()).or_insert_with(|| route_to(peer).unwrap_or(self.bound.ip()));
        SocketAddr::new(ip, self.bound.port())
    }
}

/// Connecting a UDP socket sends nothing: it only asks the routing table.
fn route_to(peer: SocketAddr) -> io::Result<IpAddr> {
    let any: IpAddr = if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let probe = std::net::UdpSocket::bind((any, 0))?;
    probe.connect(peer)?;
    Ok(probe.local_addr()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_bound_to_everything_tells_each_peer_its_address() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        let mut locals = LocalAddresses::new(at("0.0.0.0:5060"));
        assert_eq!(locals.towards(at("127.0.0.1:9")), at("127.0.0.1:5060"));
        let mut bound = LocalAddresses::new(at("127.0.0.5:5060"));
        assert_eq!(bound.towards(at("127.0.0.1:9")), at("127.0.0.5:5060"));
    }
}
