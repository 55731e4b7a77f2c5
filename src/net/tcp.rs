//! TCP, bare or under TLS: listeners, outgoing connections, and the life of one connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{BufMut, Bytes};
use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::flow::Admitted;
use super::{FlowEvent, Flows};
use crate::sip::wire::{Framed, Framer, Rejected, WireError};
use crate::sip::{Destination, Transport};

const BACKLOG: i32 = 1_024;
/// Read at a time.
const CHUNK: usize = 8 * 1024;
/// What a peer gets to take our last words before the socket is closed.
const LINGER: Duration = Duration::from_millis(500);

pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Accepts until the server stops. A connection beyond the limits is closed at once.
pub async fn accept(flows: Flows, listener: TcpListener, transport: Transport) {
    loop {
        let accepted = tokio::select! {
            () = flows.0.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Some(admitted) = flows.admit(transport, peer) {
                    flows.0.tasks.spawn(welcome(admitted, stream));
                }
            }
            // Out of file descriptors, or a peer that was gone already: not a reason to spin.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}

/// A connection that somebody opened. Of one whose handshake fails nobody hears.
async fn welcome(admitted: Admitted, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let local = contact(&admitted, &stream);
    let patience = admitted.flows.0.settings.message_time;
    if admitted.transport != Transport::Tls {
        return run(admitted, stream, local, patience).await;
    }
    let tls = admitted.flows.0.tls.clone();
    let shaken = tokio::select! {
        () = admitted.stop.cancelled() => return,
        shaken = timeout(patience, tls.accept(stream)) => shaken,
    };
    match shaken {
        Ok(Ok(stream)) => run(admitted, stream, local, patience).await,
        Ok(Err(_)) => admitted.flows.0.counters.add(|c| &c.closed_malformed),
        Err(_) => admitted.flows.0.counters.add(|c| &c.closed_idle),
    }
}

/// Opens a connection for messages that wait in its queue already.
pub async fn connect(flows: Flows, admitted: Admitted, to: Destination) {
    let connected = tokio::select! {
        () = admitted.stop.cancelled() => None,
        connected = timeout(flows.0.settings.connect_time, TcpStream::connect(to.addr)) => connected.ok().and_then(Result::ok),
    };
    let Some(stream) = connected else { return failed(flows, admitted, to).await };
    let _ = stream.set_nodelay(true);
    let local = contact(&admitted, &stream);
    // We speak first here: the peer may take its time.
    let patience = flows.0.settings.idle_time;
    if to.transport != Transport::Tls {
        return run(admitted, stream, local, patience).await;
    }
    let shaken = tokio::select! {
        () = admitted.stop.cancelled() => None,
        shaken = timeout(flows.0.settings.connect_time, flows.0.tls.connect(to.addr, stream)) => shaken.ok(),
    };
    match shaken {
        Some(Ok(stream)) => run(admitted, stream, local, patience).await,
        Some(Err(error)) => {
            tracing::warn!(to = %to.addr, %error, "TLS to a trunk failed");
            failed(flows, admitted, to).await;
        }
        None => failed(flows, admitted, to).await,
    }
}

async fn failed(flows: Flows, admitted: Admitted, to: Destination) {
    drop(admitted);
    flows.tell(FlowEvent::Failed(to)).await;
}

/// Our address as the peer of this connection should see it.
fn contact(admitted: &Admitted, stream: &TcpStream) -> SocketAddr {
    let local = stream.local_addr().unwrap_or(admitted.peer);
    admitted.flows.stream_contact(admitted.transport, local)
}

/// The life of one connection: reading and writing go on side by side until one of them ends. The
/// first message must be there within `patience`.
async fn run<S: AsyncRead + AsyncWrite + Send>(
    mut admitted: Admitted,
    stream: S,
    local: SocketAddr,
    patience: Duration,
) {
    let write_time = admitted.flows.0.settings.write_time;
    let (mut reader, mut writer) = tokio::io::split(stream);
    // The reader needs the rest of `admitted` while the writer drains the queue.
    let (_, empty) = mpsc::channel(1);
    let mut queue = std::mem::replace(&mut admitted.queue, empty);
    let stop = admitted.stop.clone();
    tokio::select! {
        () = listen(&admitted, &mut reader, local, patience) => {}
        () = write(&mut queue, &mut writer, write_time) => {}
        () = stop.cancelled() => {}
    }
    let _ = timeout(LINGER, async {
        drain(&mut queue, &mut writer).await;
        discard(&mut reader).await;
    })
    .await;
    admitted.closed().await;
}

/// Reads until there is nothing more to read, or nothing that can be read. What was handed in before has its
/// answers in the queue then: a peer that says its last word hears ours.
async fn listen<S: AsyncRead>(admitted: &Admitted, reader: &mut ReadHalf<S>, local: SocketAddr, patience: Duration) {
    match read(admitted, reader, local, patience).await {
        End::Closed => admitted.settled().await,
        End::Idle => admitted.flows.0.counters.add(|c| &c.closed_idle),
        End::Malformed(error, head) => {
            admitted.flows.0.counters.add(|c| &c.closed_malformed);
            admitted.settled().await;
            refuse(admitted, error, &head);
        }
    }
}

/// Why nothing more is read.
enum End {
    /// The peer sends nothing more; it may still hear.
    Closed,
    Idle,
    /// No SIP stream; the bytes of the bad head.
    Malformed(WireError, Bytes),
}

async fn write<S: AsyncWrite>(queue: &mut mpsc::Receiver<Bytes>, writer: &mut WriteHalf<S>, write_time: Duration) {
    while let Some(bytes) = queue.recv().await {
        // TLS keeps what it has sealed until it is told to send it.
        let sent = async {
            writer.write_all(&bytes).await?;
            writer.flush().await
        };
        if !matches!(timeout(write_time, sent).await, Ok(Ok(()))) {
            return;
        }
    }
}

/// What is still queued goes out, then the end of the stream.
async fn drain<S: AsyncWrite>(queue: &mut mpsc::Receiver<Bytes>, writer: &mut WriteHalf<S>) {
    queue.close();
    while let Some(bytes) = queue.recv().await {
        if writer.write_all(&bytes).await.is_err() {
            return;
        }
    }
    let _ = writer.shutdown().await;
}

/// Takes what the peer still sends out of the way: a socket that is closed over unread bytes resets the
/// connection, and what we wrote last is lost with it.
async fn discard<S: AsyncRead>(reader: &mut ReadHalf<S>) {
    let mut rest = [0; CHUNK];
    while matches!(reader.read(&mut rest).await, Ok(1..)) {}
}

async fn read<S: AsyncRead>(
    admitted: &Admitted,
    reader: &mut ReadHalf<S>,
    local: SocketAddr,
    patience: Duration,
) -> End {
    let settings = &admitted.flows.0.settings;
    let mut framer = Framer::new();
    let mut deadline = Instant::now() + patience;
    loop {
        let was_begun = framer.is_mid_message();
        match timeout_at(deadline, fill(reader, &mut framer)).await {
            Ok(Ok(1..)) => {}
            Ok(_) => return End::Closed,
            Err(_) => return End::Idle,
        }
        let mut has_delivered = false;
        loop {
            match framer.take() {
                Ok(Some(Framed::Message(bytes))) => {
                    admitted.deliver(local, bytes).await;
                    has_delivered = true;
                }
                Ok(Some(Framed::Ping)) => drop(admitted.sender.try_send(Bytes::from_static(b"\r\n"))),
                Ok(Some(Framed::Pong)) => {}
                Ok(None) => break,
                Err((error, head)) => return End::Malformed(error, head),
            }
        }
        framer.take_pong();
        if !framer.is_mid_message() {
            deadline = Instant::now() + settings.idle_time;
        } else if !was_begun || has_delivered {
            // However slowly the rest comes, it does not get more time than this.
            deadline = Instant::now() + settings.message_time;
        }
    }
}

async fn fill<S: AsyncRead>(reader: &mut ReadHalf<S>, framer: &mut Framer) -> io::Result<usize> {
    let room = framer.room().min(CHUNK);
    framer.buffer().reserve(room);
    reader.read_buf(&mut framer.buffer().limit(room)).await
}

/// A stream that cannot be framed is answered here, because nobody above could know where the message
/// ends. The tag only has to be there: no transaction and no dialog comes of it.
fn refuse(admitted: &Admitted, error: WireError, head: &[u8]) {
    let answer = Rejected::read(head, error).response(admitted.peer);
    if let Some(answer) = answer {
        let _ = admitted.sender.try_send(answer.to_tag(&format!("f{}", admitted.flow.0)).to_bytes());
    }
}
