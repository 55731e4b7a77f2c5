//! Real sockets on the loopback, port 0.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest as _};

use super::*;
use crate::sip::Transport;

/// An address that no other process has: no server beside has its ports.
pub(super) fn own_host() -> std::net::IpAddr {
    let [_, _, a, b] = std::process::id().to_be_bytes();
    [127, 100, a, b].into()
}

const OPTIONS: &str = "OPTIONS sip:a@127.0.0.1 SIP/2.0\r\n\
    Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK1\r\n\
    From: <sip:b@h>;tag=1\r\nTo: <sip:a@h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

mod tls;

struct Net {
    flows: Flows,
    events: mpsc::Receiver<FlowEvent>,
}

impl Net {
    async fn open(change: impl FnOnce(&mut FlowSettings)) -> Self {
        let local = "127.0.0.1:0".parse().unwrap();
        let mut settings = FlowSettings { udp: vec![local], tcp: vec![local], ..FlowSettings::default() };
        change(&mut settings);
        let (flows, events) = Flows::open(settings).await.unwrap();
        Self { flows, events }
    }

    async fn next(&mut self) -> FlowEvent {
        loop {
            match timeout(Duration::from_secs(5), self.events.recv()).await.expect("an event in time").unwrap() {
                FlowEvent::Settle(taken) => taken.cancel(),
                event => return event,
            }
        }
    }

    async fn received(&mut self) -> Received {
        match self.next().await {
            FlowEvent::Received(received) => received,
            other => panic!("{other:?}"),
        }
    }

    async fn closed(&mut self) -> FlowId {
        match self.next().await {
            FlowEvent::Closed(flow) => flow,
            other => panic!("{other:?}"),
        }
    }

    fn udp(&self) -> SocketAddr {
        self.flows.udp_addresses()[0]
    }

    fn tcp(&self) -> SocketAddr {
        self.flows.tcp_addresses()[0]
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.tcp()).await.unwrap()
    }
}

fn reply_to(received: &Received) -> Destination {
    Destination { transport: received.transport, addr: received.source, flow: Some(received.flow) }
}

async fn read_exact(stream: &mut TcpStream, text: &str) {
    let mut buffer = vec![0; text.len()];
    timeout(Duration::from_secs(5), stream.read_exact(&mut buffer)).await.unwrap().unwrap();
    assert_eq!(std::str::from_utf8(&buffer).unwrap(), text);
}

/// Everything until the peer closes.
async fn read_all(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let _ = timeout(Duration::from_secs(5), stream.read_to_end(&mut text)).await.expect("closed in time");
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn datagrams_come_in_and_go_out_by_the_same_socket() {
    let mut net = Net::open(|_| {}).await;
    let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for keep_alive in [&b""[..], b"\r\n\r\n", b"\0\0\0\0"] {
        phone.send_to(keep_alive, net.udp()).await.unwrap();
    }
    phone.send_to(OPTIONS.as_bytes(), net.udp()).await.unwrap();
    let received = net.received().await;
    assert_eq!((received.transport, received.source), (Transport::Udp, phone.local_addr().unwrap()));
    assert_eq!((received.local, received.bytes.as_ref()), (net.udp(), OPTIONS.as_bytes()));
    net.flows.send(reply_to(&received), Bytes::from_static(b"answer")).unwrap();
    let mut buffer = [0; 64];
    let (length, from) = timeout(Duration::from_secs(5), phone.recv_from(&mut buffer)).await.unwrap().unwrap();
    assert_eq!((&buffer[..length], from), (&b"answer"[..], net.udp()));
    let nowhere = Destination { transport: Transport::Udp, addr: "[::1]:9".parse().unwrap(), flow: None };
    assert_eq!(net.flows.send(nowhere, Bytes::new()), Err(SendError::NoSocket));
}

#[tokio::test]
async fn a_flooding_source_is_cut_before_parsing() {
    let mut net = Net::open(|settings| (settings.source_rate, settings.source_burst) = (0, 3)).await;
    let flood = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let other = UdpSocket::bind("127.0.0.2:0").await.unwrap();
    for _ in 0..10 {
        flood.send_to(b"x", net.udp()).await.unwrap();
    }
    other.send_to(b"y", net.udp()).await.unwrap();
    for _ in 0..3 {
        assert_eq!(net.received().await.bytes, "x");
    }
    assert_eq!(net.received().await.bytes, "y");
    assert_eq!(net.flows.counts().dropped_budget, 7);
}

#[tokio::test]
async fn a_full_event_channel_drops_datagrams_and_counts_them() {
    let mut net = Net::open(|settings| settings.events = 1).await;
    let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for _ in 0..5 {
        phone.send_to(b"x", net.udp()).await.unwrap();
    }
    while net.flows.counts().dropped_events < 4 {
        tokio::task::yield_now().await;
    }
    assert_eq!(net.received().await.bytes, "x");
}

#[tokio::test]
async fn a_tcp_stream_is_cut_into_messages_and_answered() {
    let mut net = Net::open(|_| {}).await;
    let mut phone = net.connect().await;
    phone.write_all(format!("\r\n\r\n{OPTIONS}{OPTIONS}").as_bytes()).await.unwrap();
    let first = net.received().await;
    assert_eq!(first.bytes, OPTIONS);
    assert_eq!(net.received().await.flow, first.flow);
    read_exact(&mut phone, "\r\n").await;
    net.flows.send(reply_to(&first), Bytes::from_static(b"answer")).unwrap();
    read_exact(&mut phone, "answer").await;
    // Without the flow the same connection is found by its address.
    net.flows.send(Destination { flow: None, ..reply_to(&first) }, Bytes::from_static(b"more")).unwrap();
    read_exact(&mut phone, "more").await;
    assert_eq!(net.flows.counts().connections, 1);
    drop(phone);
    assert_eq!(net.closed().await, first.flow);
    assert_eq!(net.flows.counts().connections, 0);
}

#[tokio::test]
async fn what_cannot_be_framed_is_answered_and_closed() {
    let mut net = Net::open(|_| {}).await;
    let unframed = OPTIONS.replace("Content-Length: 0\r\n", "");
    let smuggled = OPTIONS.replace("Content-Length: 0", "Content-Length: 0\r\nl: 500");
    let endless = OPTIONS.replace("Content-Length: 0", "Content-Length: 99999999");
    for (bytes, status) in [(unframed, "400"), (smuggled, "400"), (endless, "513")] {
        let mut phone = net.connect().await;
        phone.write_all(bytes.as_bytes()).await.unwrap();
        let answer = read_all(&mut phone).await;
        assert!(answer.starts_with(&format!("SIP/2.0 {status} ")), "{answer}");
        assert!(answer.contains("branch=z9hG4bK1") && answer.contains("CSeq: 1 OPTIONS"), "{answer}");
        net.closed().await;
    }
    let mut noise = net.connect().await;
    noise.write_all("x".repeat(70_000).as_bytes()).await.unwrap();
    let _ = noise.read_to_end(&mut Vec::new()).await;
    net.closed().await;
    assert_eq!(net.flows.counts().closed_malformed, 4);
}

/// What may come right behind a request, or instead of more; the last word of the peer.
#[derive(Clone, Copy, Debug)]
enum Last {
    HalfClose,
    Garbage,
    /// More of it than one read takes: it is still unread when the connection ends.
    MuchGarbage,
    BadHead,
}

/// The control task answers a request only after the end of the stream has been seen.
#[tokio::test]
async fn answers_to_what_came_before_the_end_of_a_stream_are_written() {
    let mut net = Net::open(|_| {}).await;
    for last in [Last::HalfClose, Last::Garbage, Last::MuchGarbage, Last::BadHead] {
        let mut phone = net.connect().await;
        let behind = match last {
            Last::HalfClose => String::new(),
            Last::Garbage => "\0nonsense\r\n\r\n".to_owned(),
            Last::MuchGarbage => "y".repeat(300_000),
            Last::BadHead => OPTIONS.replace("Content-Length: 0", "Content-Length: none"),
        };
        let (mut hear, mut say) = phone.split();
        let said = async {
            let _ = say.write_all(format!("{OPTIONS}{OPTIONS}{behind}").as_bytes()).await;
            if matches!(last, Last::HalfClose) {
                say.shutdown().await.unwrap();
            }
        };
        let answered = async {
            let (first, second) = (net.received().await, net.received().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
            for (received, answer) in [(first, "one"), (second, "two")] {
                net.flows.send(reply_to(&received), Bytes::from_static(answer.as_bytes())).unwrap();
            }
            net.closed().await
        };
        let mut text = String::new();
        let heard = timeout(Duration::from_secs(5), hear.read_to_string(&mut text));
        let (_, _, heard) = tokio::join!(said, answered, heard);
        assert!(matches!(heard, Ok(Ok(_))), "{last:?}: {heard:?} after {text:?}");
        assert!(text.starts_with("onetwo"), "{last:?}: {text:?}");
        assert_eq!(text.contains("SIP/2.0 400 "), matches!(last, Last::BadHead), "{last:?}: {text:?}");
    }
    assert_eq!(net.flows.counts().connections, 0);
}

#[tokio::test]
async fn silent_and_slow_senders_are_closed() {
    let mut net = Net::open(|settings| {
        settings.message_time = Duration::from_millis(150);
        settings.idle_time = Duration::from_millis(400);
    })
    .await;
    let mut silent = net.connect().await;
    assert_eq!(read_all(&mut silent).await, "");
    net.closed().await;
    // A byte every now and then does not help.
    let mut slow = net.connect().await;
    let started = std::time::Instant::now();
    let (mut reader, mut writer) = slow.split();
    let trickle = async {
        for byte in OPTIONS.as_bytes().chunks(1) {
            let _ = writer.write_all(byte).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut byte = [0];
    tokio::select! {
        () = trickle => panic!("the whole message was taken"),
        _ = reader.read(&mut byte) => {}
    }
    assert!(started.elapsed() < Duration::from_millis(1_500));
    net.closed().await;
    let mut idle = net.connect().await;
    idle.write_all(OPTIONS.as_bytes()).await.unwrap();
    net.received().await;
    assert_eq!(read_all(&mut idle).await, "");
    net.closed().await;
    assert_eq!(net.flows.counts().closed_idle, 3);
}

#[tokio::test]
async fn connections_have_a_limit_per_source_and_in_all() {
    let mut net = Net::open(|settings| (settings.connections, settings.connections_per_source) = (3, 2)).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut phone = net.connect().await;
        phone.write_all(OPTIONS.as_bytes()).await.unwrap();
        net.received().await;
        held.push(phone);
    }
    assert_eq!(read_all(&mut net.connect().await).await, "");
    assert_eq!(net.flows.counts().refused_connections, 1);
    held.pop();
    net.closed().await;
    let mut again = net.connect().await;
    again.write_all(OPTIONS.as_bytes()).await.unwrap();
    net.received().await;
}

#[tokio::test]
async fn outgoing_connections_are_opened_and_reused_and_their_failure_is_told() {
    let mut net = Net::open(|_| {}).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = Destination { transport: Transport::Tcp, addr: listener.local_addr().unwrap(), flow: None };
    net.flows.send(to, Bytes::from_static(b"one")).unwrap();
    net.flows.send(to, Bytes::from_static(b"two")).unwrap();
    let (mut peer, _) = listener.accept().await.unwrap();
    read_exact(&mut peer, "onetwo").await;
    peer.write_all(OPTIONS.as_bytes()).await.unwrap();
    let received = net.received().await;
    assert_eq!((received.source, received.local.port()), (to.addr, net.tcp().port()));
    drop((listener, peer));
    net.closed().await;
    net.flows.send(to, Bytes::from_static(b"three")).unwrap();
    assert!(matches!(net.next().await, FlowEvent::Failed(failed) if failed == to));
    assert_eq!(net.flows.counts().connections, 0);
}

#[tokio::test]
async fn a_slow_reader_is_closed_and_counted() {
    let mut net = Net::open(|settings| (settings.queue, settings.write_time) = (4, Duration::from_millis(200))).await;
    let mut phone = net.connect().await;
    phone.write_all(OPTIONS.as_bytes()).await.unwrap();
    let to = reply_to(&net.received().await);
    let big = Bytes::from(vec![b'x'; 60_000]);
    let slow = (0..10_000).any(|_| net.flows.send(to, big.clone()).is_err());
    assert!(slow);
    net.closed().await;
    assert!(net.flows.counts().closed_slow_readers >= 1);
}

#[tokio::test]
async fn closing_ends_every_connection() {
    let net = Net::open(|_| {}).await;
    let mut phone = net.connect().await;
    while net.flows.counts().connections == 0 {
        tokio::task::yield_now().await;
    }
    timeout(Duration::from_secs(5), net.flows.close()).await.expect("every task ends");
    assert_eq!(read_all(&mut phone).await, "");
}

/// An HTTP server with SIP at `/sip`.
async fn serve(flows: &Flows) -> SocketAddr {
    async fn sip(
        State((flows, local)): State<(Flows, SocketAddr)>,
        ConnectInfo(source): ConnectInfo<SocketAddr>,
        request: Request,
    ) -> axum::response::Response {
        serve_sip_ws(&flows, source, local, request).await
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let local = listener.local_addr().unwrap();
    let app = axum::Router::new().route("/sip", axum::routing::any(sip)).with_state((flows.clone(), local));
    tokio::spawn(async move {
        axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await.unwrap();
    });
    local
}

async fn browser(http: SocketAddr) -> tokio_tungstenite::WebSocketStream<TcpStream> {
    let mut request = format!("ws://{http}/sip").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "sip".parse().unwrap());
    let stream = TcpStream::connect(http).await.unwrap();
    tokio_tungstenite::client_async(request, stream).await.unwrap().0
}

#[tokio::test]
async fn a_browser_speaks_sip_over_websocket() {
    let mut net = Net::open(|_| {}).await;
    let http = serve(&net.flows).await;
    let mut browser = browser(http).await;
    browser.send(Message::text(OPTIONS)).await.unwrap();
    let received = net.received().await;
    assert_eq!(
        (received.transport, received.local, received.bytes.as_ref()),
        (Transport::Ws, http, OPTIONS.as_bytes())
    );
    net.flows.send(reply_to(&received), Bytes::from_static(b"answer")).unwrap();
    assert_eq!(browser.next().await.unwrap().unwrap(), Message::text("answer"));
    net.flows.send(reply_to(&received), Bytes::from_static(b"\xff\x00")).unwrap();
    assert_eq!(browser.next().await.unwrap().unwrap(), Message::binary(&b"\xff\x00"[..]));
    browser.send(Message::text("\r\n\r\n")).await.unwrap();
    assert_eq!(browser.next().await.unwrap().unwrap(), Message::text("\r\n"));
    browser.close(None).await.unwrap();
    assert_eq!(net.closed().await, received.flow);
    assert_eq!(net.flows.send(reply_to(&received), Bytes::from_static(b"x")), Err(SendError::NoFlow));
}

#[tokio::test]
async fn a_handshake_that_is_not_right_is_refused() {
    let net = Net::open(|_| {}).await;
    let http = serve(&net.flows).await;
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let usual = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
    let version = "Sec-WebSocket-Version: 13\r\n";
    let sip = "Sec-WebSocket-Protocol: sip\r\n";
    for (headers, status) in [
        (format!("{usual}{version}{key}{sip}"), "101"),
        (format!("{usual}{version}{key}Sec-WebSocket-Protocol: chat, sip\r\n"), "101"),
        (format!("{usual}{version}{key}"), "400"),
        (format!("{usual}{version}{key}Sec-WebSocket-Protocol: chat\r\n"), "400"),
        (format!("{usual}Sec-WebSocket-Version: 8\r\n{key}{sip}"), "426"),
        (format!("{usual}{key}{sip}"), "426"),
        (format!("{usual}{version}{sip}"), "400"),
        (format!("{usual}{version}Sec-WebSocket-Key: c2hvcnQ=\r\n{sip}"), "400"),
        (format!("Upgrade: h2c\r\nConnection: Upgrade\r\n{version}{key}{sip}"), "400"),
        (format!("Upgrade: websocket\r\n{version}{key}{sip}"), "400"),
    ] {
        let mut stream = TcpStream::connect(http).await.unwrap();
        let request = format!("GET /sip HTTP/1.1\r\nHost: h\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(std::str::from_utf8(&answer).unwrap(), format!("HTTP/1.1 {status}"), "{headers}");
    }
}

#[tokio::test]
async fn frames_against_the_rules_close_the_connection() {
    let mut net = Net::open(|_| {}).await;
    let http = serve(&net.flows).await;
    let masked = |first: u8, payload: &[u8]| {
        let mut frame = vec![first, 0x80 | payload.len() as u8, 0, 0, 0, 0];
        frame.extend_from_slice(payload);
        frame
    };
    let mut oversize = vec![0x81, 0xff];
    oversize.extend_from_slice(&70_000u64.to_be_bytes());
    oversize.extend_from_slice(&[0; 4]);
    for (what, frame) in [
        ("unmasked", vec![0x81, 1, b'x']),
        ("reserved bit", masked(0xc1, b"x")),
        ("unknown opcode", masked(0x83, b"x")),
        ("stray continuation", masked(0x80, b"x")),
        ("fragmented ping", masked(0x09, b"x")),
        ("long ping", [&[0x89, 0xfe, 0, 126, 0, 0, 0, 0][..], &[b'x'; 126]].concat()),
        ("no UTF-8", masked(0x81, b"\xff\xfe")),
        ("oversize", oversize),
    ] {
        let mut stream = browser(http).await.into_inner();
        stream.write_all(&frame).await.unwrap();
        let mut rest = Vec::new();
        let ended = timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "{what} was left open");
        net.closed().await;
    }
    assert_eq!(net.flows.counts().closed_malformed, 8);
}

#[tokio::test]
async fn a_browser_that_answers_no_ping_is_closed() {
    let mut net = Net::open(|settings| settings.ping_time = Duration::from_millis(400)).await;
    let http = serve(&net.flows).await;
    // This one answers pings while it is read from, and so lives.
    let mut alive = browser(http).await;
    alive.send(Message::text(OPTIONS)).await.unwrap();
    let flow = net.received().await.flow;
    let keep_reading = tokio::spawn(async move { while let Some(Ok(_)) = alive.next().await {} });
    let mut dead = browser(http).await;
    dead.send(Message::text(OPTIONS)).await.unwrap();
    let gone = net.received().await.flow;
    assert_eq!(net.closed().await, gone);
    assert_ne!(gone, flow);
    keep_reading.abort();
    assert_eq!(net.closed().await, flow);
    assert!(matches!(dead.next().await, Some(Ok(Message::Ping(_)) | Err(tungstenite::Error::Io(_)))));
}
