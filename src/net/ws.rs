//! SIP over WebSocket (RFC 7118) on a path of the HTTP server. The upgrade and the frames are axum's
//! (tungstenite underneath: unmasked frames, reserved bits, long or fragmented control frames, stray
//! continuations and bad UTF-8 are errors there); the limits and the life of the connection are ours.

use std::net::SocketAddr;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval_at, sleep_until, timeout};

use super::Flows;
use super::flow::Admitted;
use crate::sip::Transport;
use crate::sip::wire::limits;

/// One read; a telephone of a browser sends messages of one to three of these.
const READ_BUFFER: usize = 4 * 1024;

/// Answers the handshake and hands the connection to the flows. `source` is the peer of the HTTP
/// connection, `local` the address of the HTTP listener. Without the subprotocol `sip` it is 400, with
/// another version than 13 it is 426, over the limits 503.
pub async fn serve_sip_ws(flows: &Flows, source: SocketAddr, local: SocketAddr, request: Request) -> Response {
    if let Some(refusal) = refuse_handshake(request.headers()) {
        return refusal;
    }
    let upgrade = match WebSocketUpgrade::from_request(request, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let upgrade = upgrade
        .protocols(["sip"])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * limits::MESSAGE)
        .max_message_size(limits::MESSAGE)
        .max_frame_size(limits::MESSAGE);
    if upgrade.selected_protocol().is_none() {
        return (StatusCode::BAD_REQUEST, "the subprotocol sip is required\n").into_response();
    }
    let Some(admitted) = flows.admit(Transport::Ws, source) else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")]).into_response();
    };
    let tasks = flows.0.tasks.clone();
    upgrade.on_upgrade(move |socket| async move {
        // Tracked, so that closing the flows waits for this connection too.
        let _ = tasks.spawn(run(admitted, socket, local)).await;
    })
}

/// What axum leaves open: the version answered as RFC 6455 §4.4 says, and the key.
fn refuse_handshake(headers: &HeaderMap) -> Option<Response> {
    let all = |name: &str| headers.get_all(name).iter().collect::<Vec<_>>();
    if all("sec-websocket-version") != [&HeaderValue::from_static("13")] {
        let version = [("sec-websocket-version", "13")];
        return Some((StatusCode::UPGRADE_REQUIRED, version, "WebSocket version 13 is required\n").into_response());
    }
    let key = match all("sec-websocket-key").as_slice() {
        [key] => base64::engine::general_purpose::STANDARD.decode(key.as_bytes()).ok(),
        _ => None,
    };
    match key {
        Some(key) if key.len() == 16 => None,
        _ => Some((StatusCode::BAD_REQUEST, "Sec-WebSocket-Key must be 16 bytes, once\n").into_response()),
    }
}

enum End {
    /// The peer, or we, closed it; nothing more to say.
    Done,
    /// Silent for too long, or too slow.
    Idle,
    /// Not the protocol.
    Malformed(u16),
}

async fn run(mut admitted: Admitted, mut socket: WebSocket, local: SocketAddr) {
    let counters = &admitted.flows.0.counters;
    // The loop needs the rest of `admitted` while it drains the queue.
    let (_, empty) = mpsc::channel(1);
    let mut queue = std::mem::replace(&mut admitted.queue, empty);
    let code = match talk(&admitted, &mut queue, &mut socket, local).await {
        End::Done => None,
        End::Idle => {
            counters.add(|c| &c.closed_idle);
            Some(close_code::AWAY)
        }
        End::Malformed(code) => {
            counters.add(|c| &c.closed_malformed);
            Some(code)
        }
    };
    if !matches!(code, Some(close_code::AWAY)) {
        admitted.settled().await;
    }
    let goodbye = async {
        queue.close();
        while let Some(bytes) = queue.recv().await {
            socket.send(frame(bytes)).await?;
        }
        let code = code.unwrap_or(close_code::NORMAL);
        socket.send(Message::Close(Some(CloseFrame { code, reason: "".into() }))).await
    };
    let _ = timeout(std::time::Duration::from_millis(500), goodbye).await;
    drop(socket);
    admitted.closed().await;
}

async fn talk(
    admitted: &Admitted,
    queue: &mut mpsc::Receiver<Bytes>,
    socket: &mut WebSocket,
    local: SocketAddr,
) -> End {
    let settings = &admitted.flows.0.settings;
    let mut ping = interval_at(Instant::now() + settings.ping_time, settings.ping_time);
    let mut unanswered = 0u32;
    // Until the first message there is less patience than with somebody who has spoken.
    let first_by = Instant::now() + settings.message_time;
    let mut has_spoken = false;
    loop {
        let event = tokio::select! {
            () = admitted.stop.cancelled() => return End::Done,
            bytes = queue.recv() => Event::Send(bytes),
            _ = ping.tick() => Event::Ping,
            message = socket.recv() => Event::Received(message),
            () = sleep_until(first_by), if !has_spoken => return End::Idle,
        };
        let outgoing = match event {
            Event::Send(Some(bytes)) => frame(bytes),
            Event::Send(None) => return End::Done,
            Event::Ping if unanswered >= 2 => return End::Idle,
            Event::Ping => {
                unanswered = unanswered.saturating_add(1);
                Message::Ping(Bytes::from_static(b"carillon"))
            }
            Event::Received(None | Some(Ok(Message::Close(_)))) => return End::Done,
            Event::Received(Some(Err(_))) => return End::Malformed(close_code::PROTOCOL),
            Event::Received(Some(Ok(message))) => {
                unanswered = 0;
                let Some(bytes) = payload(message) else { continue };
                has_spoken = true;
                match take(admitted, local, bytes).await {
                    Some(pong) => pong,
                    None => continue,
                }
            }
        };
        match timeout(settings.write_time, socket.send(outgoing)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return End::Done,
            Err(_) => return End::Idle,
        }
    }
}

enum Event {
    Send(Option<Bytes>),
    Ping,
    Received(Option<Result<Message, axum::Error>>),
}

/// What a message carries; pings are answered below us.
fn payload(message: Message) -> Option<Bytes> {
    match message {
        Message::Text(text) => Some(Bytes::from(text)),
        Message::Binary(bytes) => Some(bytes),
        _ => None,
    }
}

/// Hands a SIP message in, or answers the keep-alive of RFC 5626 §3.5.1.
async fn take(admitted: &Admitted, local: SocketAddr, bytes: Bytes) -> Option<Message> {
    if !bytes.iter().all(|b| matches!(b, b'\r' | b'\n')) {
        admitted.deliver(local, bytes).await;
        return None;
    }
    (bytes.len() >= 4).then(|| Message::Text("\r\n".into()))
}

/// SIP is text unless its body is not (RFC 7118 §4.2).
fn frame(bytes: Bytes) -> Message {
    match bytes.clone().try_into() {
        Ok(text) => Message::Text(text),
        Err(_) => Message::Binary(bytes),
    }
}
