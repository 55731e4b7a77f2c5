//! The table of flows: who is connected, and the door for everything that goes out.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::budget::Budget;
use super::tls::Tls;
use super::{FlowEvent, FlowSettings, tcp, udp};
use crate::base::network_of;
use crate::sip::{Destination, FlowId, Received, Transport};

/// The longest wait for the answers to the last messages of a connection.
const SETTLE: Duration = Duration::from_secs(2);

/// Every SIP socket and connection of the server. Clones are the same thing.
#[derive(Clone)]
pub struct Flows(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub settings: FlowSettings,
    pub events: mpsc::Sender<FlowEvent>,
    pub counters: Counters,
    pub stop: CancellationToken,
    pub tasks: TaskTracker,
    next_flow: AtomicU64,
    table: Mutex<Table>,
    budget: Mutex<Budget>,
    tcp: Vec<SocketAddr>,
    tls_listeners: Vec<SocketAddr>,
    pub tls: Arc<Tls>,
}

#[derive(Default)]
struct Table {
    sockets: Vec<(FlowId, SocketAddr, Arc<UdpSocket>)>,
    connections: HashMap<FlowId, Connection>,
    /// TCP and TLS connections by peer, for messages that name no flow.
    by_peer: HashMap<(Transport, SocketAddr), FlowId>,
    per_source: HashMap<IpAddr, usize>,
}

struct Connection {
    transport: Transport,
    peer: SocketAddr,
    queue: mpsc::Sender<Bytes>,
    stop: CancellationToken,
}

/// Why bytes did not go out. The caller treats them as lost on the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SendError {
    #[error("the flow is gone, and there is no other way")]
    NoFlow,
    #[error("the peer reads too slowly; its connection is closed")]
    Slow,
    #[error("no socket of this address family")]
    NoSocket,
    #[error("too many connections")]
    Full,
    #[error("the socket refused")]
    Refused,
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        #[derive(Default)]
        pub(super) struct Counters { $(pub $name: AtomicU64),+ }

        /// Totals since the start, for the metrics.
        #[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
        pub struct Counts {
            $($(#[$doc])* pub $name: u64,)+
            /// TCP and WebSocket connections open now.
            pub connections: u64,
        }

        impl Counters {
            fn read(&self, connections: usize) -> Counts {
                Counts { $($name: self.$name.load(Ordering::Relaxed),)+ connections: connections as u64 }
            }
        }
    };
}

counters! {
    /// Messages handed to the control task.
    received,
    /// Messages given to a socket or a connection's queue.
    sent,
    /// Datagrams dropped because the control task was behind.
    dropped_events,
    /// Datagrams dropped because their source was over its budget.
    dropped_budget,
    /// Datagrams the kernel would not take.
    dropped_send,
    /// Connections refused because there were too many.
    refused_connections,
    /// Connections closed because the peer read too slowly.
    closed_slow_readers,
    /// Connections closed because the peer was silent, or sent too slowly.
    closed_idle,
    /// Connections closed because what came was no SIP stream or no valid WebSocket.
    closed_malformed,
}

impl Counters {
    pub fn add(&self, counter: impl Fn(&Self) -> &AtomicU64) {
        counter(self).fetch_add(1, Ordering::Relaxed);
    }
}

impl Flows {
    /// Binds every socket, or says which one it could not bind. The receiver belongs to the control task.
    pub async fn open(settings: FlowSettings) -> io::Result<(Self, mpsc::Receiver<FlowEvent>)> {
        let (events, receiver) = mpsc::channel(settings.events.max(1));
        let named =
            |address: SocketAddr| move |error: io::Error| io::Error::new(error.kind(), format!("{address}: {error}"));
        let mut sockets = Vec::new();
        for address in &settings.udp {
            sockets.push(udp::bind(*address, settings.receive_buffer).map_err(named(*address))?);
        }
        let mut listeners = Vec::new();
        for address in &settings.tcp {
            listeners.push(tcp::bind(*address).map_err(named(*address))?);
        }
        let mut secure = Vec::new();
        for address in &settings.tls {
            secure.push(tcp::bind(*address).map_err(named(*address))?);
        }
        let bound = |all: &[TcpListener]| all.iter().map(TcpListener::local_addr).collect::<io::Result<Vec<_>>>();
        let (tcp, tls_listeners) = (bound(&listeners)?, bound(&secure)?);
        let tls = Arc::new(Tls::load(settings.tls_files.clone()).map_err(io::Error::other)?);
        let budget = Budget::new(settings.source_rate, settings.source_burst, settings.sources, Instant::now());
        let flows = Self(Arc::new(Inner {
            settings,
            events,
            counters: Counters::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            next_flow: AtomicU64::new(1),
            table: Mutex::default(),
            budget: Mutex::new(budget),
            tcp,
            tls_listeners,
            tls: tls.clone(),
        }));
        for socket in sockets {
            let (flow, local, socket) = (flows.next_flow(), socket.local_addr()?, Arc::new(socket));
            flows.table().sockets.push((flow, local, socket.clone()));
            flows.0.tasks.spawn(udp::receive(flows.clone(), flow, local, socket));
        }
        for listener in listeners {
            flows.0.tasks.spawn(tcp::accept(flows.clone(), listener, Transport::Tcp));
        }
        for listener in secure {
            flows.0.tasks.spawn(tcp::accept(flows.clone(), listener, Transport::Tls));
        }
        flows.0.tasks.spawn(tls.watch(flows.0.stop.clone()));
        Ok((flows, receiver))
    }

    /// Sends through the flow, or, if none is named or that of a stream is gone, to the address: from a UDP
    /// socket of its family, or over a connection that is opened when there is none. Never waits;
    /// what cannot be sent now is lost and counted.
    pub fn send(&self, to: Destination, bytes: Bytes) -> Result<(), SendError> {
        let result = match to.transport {
            Transport::Udp => self.send_datagram(to, &bytes),
            Transport::Tcp | Transport::Tls | Transport::Ws => self.send_stream(to, bytes),
        };
        match result {
            Ok(()) => self.0.counters.add(|c| &c.sent),
            Err(SendError::Slow) => self.0.counters.add(|c| &c.closed_slow_readers),
            Err(SendError::Full) => self.0.counters.add(|c| &c.refused_connections),
            Err(_) => self.0.counters.add(|c| &c.dropped_send),
        }
        result
    }

    fn send_datagram(&self, to: Destination, bytes: &Bytes) -> Result<(), SendError> {
        let socket = {
            let table = self.table();
            let by_flow = table.sockets.iter().find(|(flow, ..)| Some(*flow) == to.flow);
            let by_family = || table.sockets.iter().find(|(_, local, _)| local.is_ipv4() == to.addr.is_ipv4());
            by_flow.or_else(by_family).map(|(_, _, socket)| socket.clone()).ok_or(SendError::NoSocket)?
        };
        // Straight to the kernel: the reactor's idea of readiness lags behind a socket that was just bound.
        let sent = socket2::SockRef::from(&*socket).send_to(bytes, &to.addr.into());
        sent.map(|_| ()).map_err(|_| SendError::Refused)
    }

    fn send_stream(&self, to: Destination, bytes: Bytes) -> Result<(), SendError> {
        let queue = {
            let mut table = self.table();
            let by_peer = || table.by_peer.get(&(to.transport, to.addr)).copied();
            let flow = to.flow.filter(|flow| table.connections.contains_key(flow)).or_else(by_peer);
            match flow.and_then(|flow| table.connections.get(&flow)) {
                Some(connection) => match connection.queue.try_send(bytes) {
                    Ok(()) => return Ok(()),
                    Err(_) => {
                        connection.stop.cancel();
                        return Err(SendError::Slow);
                    }
                },
                None if to.transport == Transport::Ws => return Err(SendError::NoFlow),
                None => self.insert(&mut table, to.transport, to.addr).ok_or(SendError::Full)?,
            }
        };
        let first = queue.sender.try_send(bytes);
        self.0.tasks.spawn(tcp::connect(self.clone(), queue, to));
        first.map_err(|_| SendError::Slow)
    }

    /// Bound UDP addresses, in the order of the settings.
    pub fn udp_addresses(&self) -> Vec<SocketAddr> {
        self.table().sockets.iter().map(|(_, local, _)| *local).collect()
    }

    /// Bound TCP addresses, in the order of the settings.
    pub fn tcp_addresses(&self) -> Vec<SocketAddr> {
        self.0.tcp.clone()
    }

    /// Bound TLS addresses, in the order of the settings.
    pub fn tls_addresses(&self) -> Vec<SocketAddr> {
        self.0.tls_listeners.clone()
    }

    /// The names that the certificates of trunks must be for, by address; the address itself for the others.
    pub fn expect_names(&self, names: impl IntoIterator<Item = (SocketAddr, String)>) {
        self.0.tls.expect(names);
    }

    pub fn counts(&self) -> Counts {
        let connections = self.table().connections.len();
        self.0.counters.read(connections)
    }

    /// Closes everything and waits until every task has ended. What is queued for a connection is
    /// written first, within the write limit.
    pub async fn close(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Registers a connection; `None` when there are too many. It leaves the table when the returned
    /// value is dropped.
    pub(super) fn admit(&self, transport: Transport, peer: SocketAddr) -> Option<Admitted> {
        let admitted = self.insert(&mut self.table(), transport, peer);
        if admitted.is_none() {
            self.0.counters.add(|c| &c.refused_connections);
        }
        admitted
    }

    fn insert(&self, table: &mut Table, transport: Transport, peer: SocketAddr) -> Option<Admitted> {
        let settings = &self.0.settings;
        let source = network_of(peer.ip());
        let of_source = table.per_source.get(&source).copied().unwrap_or(0);
        if table.connections.len() >= settings.connections || of_source >= settings.connections_per_source {
            return None;
        }
        let (sender, queue) = mpsc::channel(settings.queue.max(1));
        let (flow, stop) = (self.next_flow(), self.0.stop.child_token());
        table.connections.insert(flow, Connection { transport, peer, queue: sender.clone(), stop: stop.clone() });
        table.per_source.insert(source, of_source.saturating_add(1));
        if transport != Transport::Ws {
            table.by_peer.insert((transport, peer), flow);
        }
        let delivered = AtomicBool::new(false);
        Some(Admitted { flows: self.clone(), flow, peer, transport, sender, queue, stop, delivered })
    }

    fn forget(&self, flow: FlowId) {
        let mut table = self.table();
        let Some(connection) = table.connections.remove(&flow) else { return };
        let key = (connection.transport, connection.peer);
        if table.by_peer.get(&key) == Some(&flow) {
            table.by_peer.remove(&key);
        }
        let source = network_of(connection.peer.ip());
        match table.per_source.get(&source).copied().unwrap_or(0) {
            0 | 1 => drop(table.per_source.remove(&source)),
            count => drop(table.per_source.insert(source, count.saturating_sub(1))),
        }
    }

    /// An event that must not be lost while somebody listens: only a server that stops gives up on it.
    pub(super) async fn tell(&self, event: FlowEvent) {
        let given_up = async {
            self.0.stop.cancelled().await;
            sleep(Duration::from_secs(1)).await;
        };
        tokio::select! {
            _ = self.0.events.send(event) => {}
            () = given_up => {}
        }
    }

    /// May one more message of this source be parsed?
    pub(super) fn within_budget(&self, source: IpAddr) -> bool {
        lock(&self.0.budget).take(source, Instant::now())
    }

    /// The listener's address as a peer of this connection should see it: its Contact must be reachable,
    /// and the port of an outgoing connection is not.
    pub(super) fn stream_contact(&self, transport: Transport, local: SocketAddr) -> SocketAddr {
        let listeners = if transport == Transport::Tls { &self.0.tls_listeners } else { &self.0.tcp };
        let listener = listeners.iter().find(|listener| listener.is_ipv4() == local.is_ipv4());
        SocketAddr::new(local.ip(), listener.map_or(local.port(), SocketAddr::port))
    }

    fn next_flow(&self) -> FlowId {
        FlowId(self.0.next_flow.fetch_add(1, Ordering::Relaxed))
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        lock(&self.0.table)
    }
}

/// Nothing that holds these locks can panic half way, so a poisoned one is still whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection in the table: what its task needs. Dropping it takes it out of the table.
pub(super) struct Admitted {
    pub flows: Flows,
    pub flow: FlowId,
    pub peer: SocketAddr,
    pub transport: Transport,
    pub sender: mpsc::Sender<Bytes>,
    pub queue: mpsc::Receiver<Bytes>,
    pub stop: CancellationToken,
    /// Has handed something in.
    delivered: AtomicBool,
}

impl Admitted {
    /// Hands one message in, in order, waiting while the control task is behind or the source is over
    /// its budget: on a connection the peer feels that.
    pub async fn deliver(&self, local: SocketAddr, bytes: Bytes) {
        let hand_in = async {
            while !self.flows.within_budget(self.peer.ip()) {
                sleep(Duration::from_millis(20)).await;
            }
            let (flow, transport, source) = (self.flow, self.transport, self.peer);
            let received = Received { flow, transport, source, local, bytes };
            self.delivered.store(true, Ordering::Relaxed);
            if self.flows.0.events.send(FlowEvent::Received(received)).await.is_ok() {
                self.flows.0.counters.add(|c| &c.received);
            }
        };
        tokio::select! {
            () = hand_in => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// Waits until the control task has taken everything that was handed in, and so made the answers it makes
    /// at once.
    pub async fn settled(&self) {
        if !self.delivered.load(Ordering::Relaxed) {
            return;
        }
        let taken = CancellationToken::new();
        let asked = async {
            if self.flows.0.events.send(FlowEvent::Settle(taken.clone())).await.is_ok() {
                taken.cancelled().await;
            }
        };
        let _ = timeout(SETTLE, asked).await;
    }

    /// Takes the connection out of the table, then says that it is gone.
    pub async fn closed(self) {
        let (flows, flow) = (self.flows.clone(), self.flow);
        drop(self);
        flows.tell(FlowEvent::Closed(flow)).await;
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.flows.forget(self.flow);
    }
}
