//! One WebSocket: `hello`, then events out and commands in until one side ends it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use super::hub::{Attached, Hub, Watcher};
use super::message::{self, Answer, ClientMessage, Hello, Topic};
use crate::base;
use crate::center::SuperviseCommand;
use crate::door::{Door, DoorError, Identity, RateLimit, Role, Sessions};
use crate::record;
use crate::store::record::{News, Records, Told};

const MESSAGE_LIMIT: usize = 16 * 1024;
const COMMANDS: usize = 20;
const HELLO: Duration = Duration::from_secs(10);
/// Sent when nothing else was for so long: a desktop in a call must know soon that the line is dead.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// A peer that takes nothing for so long is gone.
const WRITE: Duration = Duration::from_secs(10);

mod close {
    pub const BROKEN: u16 = 4001;
    pub const SLOW: u16 = 4008;
    pub const SIGNED_OUT: u16 = 4401;
    pub const CROWDED: u16 = 4429;
    pub const TOO_LARGE: u16 = 1009;
    pub const RESTART: u16 = 1012;
}

/// What every socket shares.
pub struct SocketState {
    pub hub: Arc<Hub>,
    pub door: Door,
    pub sessions: Arc<Sessions>,
    pub records: Records,
    pub rate: RateLimit,
    /// The center's clock.
    pub clock: Arc<dyn Fn() -> base::Instant + Send + Sync>,
    pub stop: CancellationToken,
}

#[derive(Deserialize)]
pub struct Pass {
    #[serde(default)]
    ticket: String,
}

/// `GET /ws?ticket=…`
pub async fn socket(
    State(shared): State<Arc<SocketState>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Query(ticket): Query<Pass>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let now = Instant::now();
    if !shared.rate.take(peer.ip(), now) {
        return refuse(StatusCode::TOO_MANY_REQUESTS, "too_many_requests");
    }
    let known = shared.sessions.use_ticket(&ticket.ticket, (shared.clock)());
    let Some(identity) = known.ok().filter(|identity| Session { shared: &shared, identity }.stands()) else {
        return refuse(StatusCode::UNAUTHORIZED, "not_signed_in");
    };
    upgrade
        .max_message_size(MESSAGE_LIMIT)
        .max_frame_size(MESSAGE_LIMIT)
        .on_upgrade(move |socket| run(socket, identity, shared))
}

fn refuse(status: StatusCode, code: &str) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    let problem = serde_json::json!({"type": "about:blank", "title": title, "status": status.as_u16(), "code": code});
    (status, [(header::CONTENT_TYPE, "application/problem+json")], problem.to_string()).into_response()
}

/// Why the socket ends, as a close code; `None`: the peer is gone already.
type End = Option<u16>;

async fn run(mut socket: WebSocket, identity: Identity, shared: Arc<SocketState>) {
    let session = Session { shared: &shared, identity: &identity };
    // Whatever the conversation is at, a session that is over ends it, and nothing more is sent.
    let end = tokio::select! {
        biased;
        code = session.ended() => Some(code),
        () = shared.stop.cancelled() => Some(close::RESTART),
        end = converse(&mut socket, &session) => end,
    };
    if let Some(code) = end {
        let frame = CloseFrame { code, reason: Utf8Bytes::from_static("") };
        let _ = tokio::time::timeout(Duration::from_secs(1), socket.send(Message::Close(Some(frame)))).await;
    }
}

async fn converse(socket: &mut WebSocket, session: &Session<'_>) -> End {
    match tokio::time::timeout(HELLO, hello(socket)).await {
        Ok(Ok(hello)) => Conversation::open(session.identity, session.shared, hello, socket).await,
        Ok(Err(end)) => end,
        Err(_) => Some(close::BROKEN),
    }
}

/// The session behind a socket.
struct Session<'a> {
    shared: &'a Arc<SocketState>,
    identity: &'a Identity,
}

impl Session<'_> {
    fn stands(&self) -> bool {
        self.left().is_ok()
    }

    /// How long it goes on if nobody uses it; else why the socket is to be closed.
    fn left(&self) -> Result<Duration, u16> {
        let standing = self.shared.sessions.standing(self.identity.session, (self.shared.clock)());
        match standing {
            None => Err(close::SIGNED_OUT),
            // What the socket may see was settled by the role: it begins anew.
            Some(standing) if standing.role != self.identity.role => Err(close::RESTART),
            Some(standing) => Ok(standing.left),
        }
    }

    /// Returns at the moment in which the session ends: by sign-out, expiry, another password, revocation.
    async fn ended(&self) -> u16 {
        let mut endings = self.shared.sessions.endings();
        loop {
            let left = match self.left() {
                Ok(left) => left.min(HEARTBEAT),
                Err(code) => return code,
            };
            tokio::select! {
                Ok(()) = endings.changed() => {}
                () = tokio::time::sleep(left) => {}
            }
        }
    }
}

async fn hello(socket: &mut WebSocket) -> Result<Hello, End> {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) => match message::parse(&text) {
                Ok(ClientMessage::Hello(hello)) => return Ok(hello),
                _ => return Err(Some(close::BROKEN)),
            },
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Binary(_))) => return Err(Some(close::BROKEN)),
            Some(Ok(Message::Close(_))) | None => return Err(None),
            Some(Err(_)) => return Err(Some(close::TOO_LARGE)),
        }
    }
}

struct Conversation<'a> {
    identity: &'a Identity,
    shared: &'a Arc<SocketState>,
    replies: mpsc::Sender<Utf8Bytes>,
    in_flight: Arc<tokio::sync::Semaphore>,
}

/// Detaches the reader however the conversation ends.
struct Attachment<'a> {
    hub: &'a Hub,
    agent: base::AgentId,
    attached: Attached,
}

impl Drop for Attachment<'_> {
    fn drop(&mut self) {
        self.hub.detach(self.agent, self.attached.reader);
    }
}

impl<'a> Conversation<'a> {
    async fn open(identity: &'a Identity, shared: &'a Arc<SocketState>, hello: Hello, socket: &mut WebSocket) -> End {
        let wants = |topic| hello.topics.contains(&topic);
        let agent = identity.agent_id().filter(|_| wants(Topic::Agent));
        let board = (wants(Topic::Board) && identity.role >= Role::Supervisor).then(|| shared.hub.watch_board());
        let seat = match agent {
            Some(agent) => match shared.hub.attach(agent, hello.since.as_ref()) {
                Some(attached) => Some(Attachment { hub: &shared.hub, agent, attached }),
                None => return Some(close::CROWDED),
            },
            None => None,
        };
        let records = wants(Topic::Records).then(|| shared.records.news());
        let topics = [
            seat.as_ref().map(|_| Topic::Agent),
            board.as_ref().map(|_| Topic::Board),
            records.as_ref().map(|_| Topic::Records),
        ];
        let topics: Vec<_> = topics.into_iter().flatten().collect();
        let resumed = seat.as_ref().is_some_and(|seat| seat.attached.resumed);
        let now = (shared.clock)();
        let welcome = message::welcome(shared.hub.epoch(), now, resumed, &topics, HEARTBEAT.as_secs());
        if socket.send(Message::Text(welcome)).await.is_err() {
            return None;
        }
        if let Some(seat) = seat.as_ref().filter(|seat| !seat.attached.resumed) {
            Self::ask_for_snapshot(shared, seat);
        }
        let (replies, answers) = mpsc::channel(COMMANDS + 1);
        let in_flight = Arc::new(tokio::sync::Semaphore::new(COMMANDS));
        Self { identity, shared, replies, in_flight }.talk(socket, seat, board, records, answers).await
    }

    fn ask_for_snapshot(shared: &Arc<SocketState>, seat: &Attachment<'_>) {
        let (agent, reader, for_answer) = (seat.agent, seat.attached.reader, shared.clone());
        let asked = shared.door.snapshot(agent, move |snapshot| {
            for_answer.hub.resync((for_answer.clock)(), agent, reader, snapshot);
        });
        if asked.is_err() {
            // The queue ends with the reader: the client comes back and asks again.
            shared.hub.detach(agent, reader);
        }
    }

    async fn talk(
        &self,
        socket: &mut WebSocket,
        mut seat: Option<Attachment<'_>>,
        mut board: Option<Watcher>,
        mut records: Option<broadcast::Receiver<News>>,
        mut answers: mpsc::Receiver<Utf8Bytes>,
    ) -> End {
        let mut beat = tokio::time::interval(HEARTBEAT);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        beat.tick().await;
        if board.is_some() {
            self.shared.door.show_board();
        }
        loop {
            let text = tokio::select! {
                biased;
                event = next_event(&mut seat) => match event {
                    Some(event) => event,
                    None => return Some(close::SLOW),
                },
                Some(answer) = answers.recv() => answer,
                text = next_board(&mut board, &self.shared.hub) => text,
                told = next_news(&mut records, role(self.identity.role)) => match told {
                    Some(told) => message::news(self.shared.hub.epoch(), (self.shared.clock)(), &told),
                    // It looks at everything again when it comes back.
                    None => return Some(close::SLOW),
                },
                _ = beat.tick() => message::heartbeat(self.shared.hub.epoch(), (self.shared.clock)()),
                received = socket.recv() => match self.receive(received) {
                    Ok(Some(answer)) => answer,
                    Ok(None) => continue,
                    Err(end) => return end,
                },
            };
            match tokio::time::timeout(WRITE, socket.send(Message::Text(text))).await {
                Ok(Ok(())) => beat.reset(),
                Ok(Err(_)) => return None,
                Err(_) => return Some(close::SLOW),
            }
        }
    }

    /// Takes a message in; what is refused here is answered at once.
    fn receive(&self, received: Option<Result<Message, axum::Error>>) -> Result<Option<Utf8Bytes>, End> {
        let text = match received {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(None),
            Some(Ok(Message::Binary(_))) => return Err(Some(close::BROKEN)),
            Some(Ok(Message::Close(_))) | None => return Err(None),
            Some(Err(_)) => return Err(Some(close::TOO_LARGE)),
        };
        Session { shared: self.shared, identity: self.identity }.left().map_err(Some)?;
        match message::parse(&text) {
            Ok(ClientMessage::Hello(_)) => Err(Some(close::BROKEN)),
            Ok(ClientMessage::Desk { id, ask }) => match self.identity.agent_id() {
                Some(agent) => {
                    let door = self.shared.door.clone();
                    Ok(self.start(id, async move { door.desk(agent, ask).await }))
                }
                None => Ok(Some(self.reply(Some(&id), &Answer::refused("not_allowed", "you have no seat")))),
            },
            Ok(ClientMessage::Supervise { id, ask }) => {
                if self.identity.role < Role::Supervisor {
                    return Ok(Some(self.reply(Some(&id), &Answer::refused("not_allowed", "supervisors only"))));
                }
                let (door, user) = (self.shared.door.clone(), self.identity.user.clone());
                let ask = self.at_own_phone(ask);
                Ok(self.start(id, async move { door.supervise(user, ask).await }))
            }
            Err(bad) => Ok(Some(self.reply(bad.id.as_deref(), &Answer::refused("bad_message", bad.message)))),
        }
    }

    /// A supervisor joins a call by the phone of this desktop, and by no phone of anybody else.
    fn at_own_phone(&self, ask: SuperviseCommand) -> SuperviseCommand {
        match ask {
            SuperviseCommand::Supervise { agent, watch, phone } => {
                let own = self.identity.phone.as_ref().map(|account| account.user.clone());
                let desk_phone = self.identity.agent.as_ref().map(|(_, key)| key);
                let phone = phone.filter(|phone| Some(phone) == desk_phone).or(own);
                SuperviseCommand::Supervise { agent, watch, phone }
            }
            ask => ask,
        }
    }

    /// Runs a command beside the conversation: a slow answer holds up no event.
    fn start(
        &self,
        id: String,
        command: impl Future<Output = Result<crate::center::desk::CommandOutcome, DoorError>> + Send + 'static,
    ) -> Option<Utf8Bytes> {
        let Ok(permit) = self.in_flight.clone().try_acquire_owned() else {
            return Some(self.reply(Some(&id), &Answer::refused("overloaded", "too many commands wait")));
        };
        let (shared, replies) = (self.shared.clone(), self.replies.clone());
        tokio::spawn(async move {
            let answer = match command.await {
                Ok(outcome) => Answer::Center(outcome),
                Err(DoorError::NotDurable) => Answer::refused("not_saved", DoorError::NotDurable.to_string()),
                Err(error) => Answer::refused("overloaded", error.to_string()),
            };
            let text = message::reply(shared.hub.epoch(), (shared.clock)(), Some(&id), &answer);
            let _ = replies.send(text).await;
            drop(permit);
        });
        None
    }

    fn reply(&self, id: Option<&str>, answer: &Answer) -> Utf8Bytes {
        message::reply(self.shared.hub.epoch(), (self.shared.clock)(), id, answer)
    }
}

/// `None`: the hub dropped the reader. Without a seat: never.
async fn next_event(seat: &mut Option<Attachment<'_>>) -> Option<Utf8Bytes> {
    match seat {
        Some(seat) => seat.attached.queue.recv().await,
        None => std::future::pending().await,
    }
}

/// What somebody of this role may hear; `None`: more was told than is kept. Without interest: never.
async fn next_news(records: &mut Option<broadcast::Receiver<News>>, role: record::Role) -> Option<Told> {
    let Some(records) = records else { return std::future::pending().await };
    loop {
        match records.recv().await {
            Ok(news) if news.least <= role => return Some(news.told),
            Ok(_) => {}
            Err(broadcast::error::RecvError::Lagged(_)) => return None,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

fn role(of: Role) -> record::Role {
    match of {
        Role::Agent => record::Role::Agent,
        Role::Supervisor => record::Role::Supervisor,
        Role::Admin => record::Role::Admin,
    }
}

async fn next_board(board: &mut Option<Watcher>, hub: &Hub) -> Utf8Bytes {
    match board {
        Some(board) => board.next(hub).await,
        None => std::future::pending().await,
    }
}
