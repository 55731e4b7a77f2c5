//! The control task: the one owner of the [`Center`].
//!
//! One thread with its own small runtime. It takes inputs in batches, gives each to the center, and hands the
//! outputs out in their order: bytes to the flows, commands to the media workers, look-ups to tasks with a
//! time limit, writes to the writer, pushes to the hub. It waits for nothing but its inputs and its next
//! deadline; whoever is full is told so, or counted.
//!
//! | output | carried to | when that is full |
//! | --- | --- | --- |
//! | `Transmit` | the flows | the center is told `TransmitFailed` |
//! | `Media` | the worker's queue | counted; a leg that could not open fails |
//! | `Query` | a task with `limits.query_ms` | answered `Unavailable` |
//! | `Write` | the writer, its overflow file | counted by the writer |
//! | `Push` | the hub | the slow reader is dropped |
//! | `Reply` | whoever asked | - |
//! | `BoardChanged` | the hub, four times a second at most, when somebody looks | - |

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::look_up;
use super::recorder::Recorder;
use super::refusals::Refusals;
use crate::base::{CommandId, IdSource, Instant};
use crate::center::desk::CommandOutcome;
use crate::center::{Center, Input, Observed, Output, Query, QueryId, Write};
use crate::cti::Hub;
use crate::door::{Door, DoorError, Inlet, Request, Sampled, Tap};
use crate::media::{self, WorkerId};
use crate::net::FlowEvent;
use crate::server::metrics::Metrics;
use crate::sip::{Destination, Trunk, TrunkState, TrunkTrouble};
use crate::store::{Store, Writer};

/// Inputs of one source taken at once, so that no source keeps the others waiting.
const BATCH: usize = 256;
/// Deadlines served before the inputs get their turn.
const DEADLINES: usize = 64;
const BOARD_EVERY: Duration = Duration::from_millis(250);
/// An answer that must wait for its write waits so long.
const DURABLE: Duration = Duration::from_secs(3);
/// And this long when the writer knows that neither database nor spool take anything.
const DURABLE_IN_TROUBLE: Duration = Duration::from_millis(1_500);
/// Questions that wait for their answer.
const REPLIES: usize = 10_000;

/// Tells the center's time; the same one for the whole process.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// Where inputs come from.
pub struct Sources {
    pub inlet: Inlet,
    pub flows: mpsc::Receiver<FlowEvent>,
    pub media: mpsc::Receiver<media::Event>,
}

/// Takes the names that TLS peers must prove, by address.
pub type TellNames = Box<dyn FnMut(Vec<(SocketAddr, String)>) + Send>;

/// Where outputs go.
pub struct Outlets {
    /// `false`: there is no way there.
    pub transmit: Box<dyn FnMut(Destination, Bytes) -> bool + Send>,
    /// The names that trunks prove by their certificates, by address.
    pub names: TellNames,
    /// `false`: the worker does not take it.
    pub media: Box<dyn FnMut(WorkerId, media::Command) -> bool + Send>,
    pub store: Store,
    pub writer: Writer,
    pub hub: Arc<Hub>,
    /// Keeps SIP messages to be looked at, if anybody does.
    pub recorder: Option<Recorder>,
    /// A shadow hears the router's inputs here.
    pub tap: Arc<Tap>,
    pub metrics: Arc<Metrics>,
    /// For the answers of look-ups.
    pub door: Door,
    /// Runs the look-ups.
    pub runtime: Handle,
    pub query_limit: Duration,
    /// Cancelled when the last call is over after `Input::Drain`.
    pub drained: CancellationToken,
}

type Reply = oneshot::Sender<Result<CommandOutcome, DoorError>>;

pub struct Control {
    center: Center,
    clock: Clock,
    to: Outlets,
    replies: BTreeMap<CommandId, Reply>,
    commands: IdSource,
    outputs: Vec<Output>,
    /// Inputs that outputs made.
    again: VecDeque<Input>,
    board: BoardTimer,
    refusals: Refusals,
    failed_look_ups: Arc<Sampled>,
    lost_writes: Sampled,
}

#[derive(Default)]
struct BoardTimer {
    changed: bool,
    /// Somebody began to look.
    wanted: bool,
    next: Instant,
}

impl Control {
    pub fn new(center: Center, clock: Clock, to: Outlets) -> Self {
        // Lane 7: commands never share an id with what the center numbers.
        let commands = IdSource::new(clock(), 7);
        Self {
            center,
            clock,
            to,
            replies: BTreeMap::new(),
            commands,
            outputs: Vec::new(),
            again: VecDeque::new(),
            board: BoardTimer::default(),
            refusals: Refusals::default(),
            failed_look_ups: Arc::default(),
            lost_writes: Sampled::default(),
        }
    }

    /// Runs on a thread of its own until `stop`; the handle tells when it has ended, and whether by a panic.
    /// `first` comes before everything that the sources bring.
    pub fn spawn(
        mut self,
        first: Vec<Input>,
        sources: Sources,
        stop: CancellationToken,
    ) -> std::io::Result<oneshot::Receiver<()>> {
        let (ended, has_ended) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("control".to_owned()).spawn(move || {
            // Dropped on a panic too.
            let _ended = ended;
            runtime.block_on(async move {
                first.into_iter().for_each(|input| self.input(input));
                self.run(sources, stop).await;
            });
        })?;
        Ok(has_ended)
    }

    pub async fn run(mut self, mut from: Sources, stop: CancellationToken) {
        let mut requests = Vec::with_capacity(BATCH);
        let mut packets = Vec::with_capacity(BATCH);
        let mut events = Vec::with_capacity(BATCH);
        loop {
            let wake = self.sleep_until_due();
            tokio::select! {
                () = stop.cancelled() => return,
                taken = from.inlet.recv_many(&mut requests, BATCH) => {
                    if taken == 0 {
                        return;
                    }
                }
                Some(packet) = from.flows.recv() => {
                    packets.push(packet);
                    while packets.len() < BATCH && let Ok(packet) = from.flows.try_recv() {
                        packets.push(packet);
                    }
                }
                Some(event) = from.media.recv() => {
                    events.push(event);
                    while events.len() < BATCH && let Ok(event) = from.media.try_recv() {
                        events.push(event);
                    }
                }
                () = wake => {}
            }
            let begin = (self.clock)();
            packets.drain(..).for_each(|packet| self.packet(packet));
            events.drain(..).for_each(|event| self.input(Input::Media(event)));
            requests.drain(..).for_each(|request| self.request(request));
            self.deadlines();
            self.show_board();
            self.to.metrics.step.observe((self.clock)().since(begin).as_secs_f64());
        }
    }

    fn sleep_until_due(&self) -> impl Future<Output = ()> + use<> {
        let board = self.board_is_due().then_some(self.board.next);
        let due = [self.center.next_deadline(), board].into_iter().flatten().min();
        let pause = due.map(|due| due.since((self.clock)()));
        async move {
            match pause {
                Some(Duration::ZERO) => {}
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
        }
    }

    fn packet(&mut self, event: FlowEvent) {
        let input = match event {
            FlowEvent::Received(received) => {
                if let Some(recorder) = &mut self.to.recorder {
                    recorder.received((self.clock)(), &received);
                }
                Input::Sip(received)
            }
            FlowEvent::Closed(flow) => Input::FlowClosed(flow),
            FlowEvent::Failed(destination) => Input::TransmitFailed(destination),
            FlowEvent::Settle(taken) => return taken.cancel(),
        };
        self.input(input);
    }

    fn request(&mut self, request: Request) {
        match request {
            Request::Input(input) => self.input(input),
            Request::Desk { agent, ask, reply } => {
                let command = self.expect_reply(reply);
                self.input(Input::Desk { command, agent, ask });
            }
            Request::Supervise { user, ask, reply } => {
                let command = self.expect_reply(reply);
                self.input(Input::Supervise { command, user, ask });
            }
            Request::Snapshot { agent, then } => then(self.center.snapshot(agent)),
            Request::Tapped { then, reply } => {
                then();
                drop(reply.send(self.center.checkpoint((self.clock)())));
            }
            Request::Board { reply } => drop(reply.send(self.center.board((self.clock)()))),
            Request::CallBacks { page, reply } => {
                drop(reply.send(self.center.open_call_backs((self.clock)(), &page)));
            }
            Request::Campaigns { reply } => drop(reply.send(self.center.campaigns((self.clock)()))),
            Request::Trunks { reply } => drop(reply.send(self.center.trunks((self.clock)()))),
            Request::Callers { contacts, reply } => drop(reply.send(self.center.callers(&contacts))),
            Request::Checkpoint { reply } => drop(reply.send(self.center.checkpoint((self.clock)()))),
            Request::ShowBoard => {
                self.board.wanted = true;
            }
        }
    }

    fn expect_reply(&mut self, reply: Reply) -> CommandId {
        if self.replies.len() >= REPLIES {
            self.replies.retain(|_, waiting| !waiting.is_closed());
        }
        let command = CommandId(self.commands.take());
        self.replies.insert(command, reply);
        command
    }

    /// One input and everything that follows from it.
    fn input(&mut self, input: Input) {
        if let Input::Configure(configuration) = &input {
            (self.to.names)(tls_names(&configuration.trunks));
        }
        self.again.push_back(input);
        while let Some(input) = self.again.pop_front() {
            let now = (self.clock)();
            let mut outputs = std::mem::take(&mut self.outputs);
            self.center.handle(now, input, &mut outputs);
            for output in outputs.drain(..) {
                self.carry(now, output);
            }
            self.outputs = outputs;
        }
    }

    fn deadlines(&mut self) {
        for _ in 0..DEADLINES {
            match self.center.next_deadline() {
                Some(due) if due <= (self.clock)() => self.input(Input::Deadline),
                _ => return,
            }
        }
    }

    fn carry(&mut self, now: Instant, output: Output) {
        match output {
            Output::Transmit { to, bytes } => {
                let kept = self.to.recorder.is_some().then(|| bytes.clone());
                if !(self.to.transmit)(to, bytes) {
                    self.again.push_back(Input::TransmitFailed(to));
                }
                // After it is under way.
                if let (Some(recorder), Some(bytes)) = (&mut self.to.recorder, kept) {
                    recorder.sent(now, to, bytes);
                }
            }
            Output::Media { worker, command } => self.media(worker, command),
            Output::Query { query, ask } => self.query(query, ask),
            Output::Push { agent, event } => self.to.hub.push(now, agent, &event),
            Output::Reply { command, outcome, after_write } => self.reply(command, outcome, after_write),
            Output::Write(write) => {
                if let Write::Router { at, input, .. } = &write {
                    self.to.tap.note(*at, input);
                }
                if self.to.writer.try_send(write).is_err()
                    && let Some(left_out) = self.lost_writes.say(std::time::Instant::now())
                {
                    tracing::error!(left_out, "a write was lost: the store and the spool take nothing");
                }
            }
            Output::BoardChanged => self.board.changed = true,
            Output::Observed(observed) => self.observe(now, &observed),
            Output::Drained => self.to.drained.cancel(),
        }
    }

    fn observe(&mut self, now: Instant, observed: &Observed) {
        match observed {
            Observed::CallRefused(refused) => self.refusals.log(now, refused),
            Observed::TrunkRefused { trunk, why } => self.refusals.log_full(now, trunk, why),
            Observed::NoMedia { agent, why } => {
                tracing::warn!(%agent, %why, "an agent picked up, and nothing was heard of the browser");
            }
            Observed::TrunkState { trunk, state: TrunkState::Down, why } => {
                let why = why.map_or("", TrunkTrouble::word);
                tracing::warn!(%trunk, why, "a trunk does not carry calls");
            }
            Observed::TrunkState { trunk, state: TrunkState::Up, .. } => {
                tracing::info!(%trunk, "a trunk carries calls")
            }
            Observed::Registration { trunk, registered: true, .. } => tracing::info!(%trunk, "registered"),
            Observed::Registration { trunk, registered: false, status } => {
                tracing::warn!(%trunk, ?status, "not registered at a trunk");
            }
            _ => {}
        }
        self.to.metrics.observe(observed);
    }

    fn media(&mut self, worker: WorkerId, command: media::Command) {
        let opens = match &command {
            media::Command::Open { leg, .. } => Some(*leg),
            _ => None,
        };
        if (self.to.media)(worker, command) {
            return;
        }
        self.to.metrics.media_refused.inc();
        if let Some(leg) = opens {
            let why = "the media worker takes no command".to_owned();
            self.again.push_back(Input::Media(media::Event::Failed { leg, why }));
        }
    }

    /// The center has gone on long before the answer comes.
    fn query(&self, query: QueryId, ask: Query) {
        let (store, door, metrics, limit) =
            (self.to.store.clone(), self.to.door.clone(), self.to.metrics.clone(), self.to.query_limit);
        let failures = self.failed_look_ups.clone();
        self.to.runtime.spawn(async move {
            let begin = std::time::Instant::now();
            let answer = look_up::answer(&store, &ask, limit, &failures).await;
            metrics.db_query.with_label_values(&[look_up::name(&ask)]).observe(begin.elapsed().as_secs_f64());
            let _ = door.send(Input::Answer { query, answer }).await;
        });
    }

    fn reply(&mut self, command: CommandId, outcome: CommandOutcome, after_write: bool) {
        let Some(reply) = self.replies.remove(&command) else { return };
        if !after_write {
            return drop(reply.send(Ok(outcome)));
        }
        let writer = self.to.writer.clone();
        self.to.runtime.spawn(async move {
            let durable = match tokio::time::timeout(DURABLE_IN_TROUBLE, writer.flushed()).await {
                Ok(flushed) => flushed.is_ok(),
                Err(_) if writer.health().trouble.is_some() => false,
                Err(_) => {
                    matches!(tokio::time::timeout(DURABLE - DURABLE_IN_TROUBLE, writer.flushed()).await, Ok(Ok(())))
                }
            };
            let _ = reply.send(if durable { Ok(outcome) } else { Err(DoorError::NotDurable) });
        });
    }

    fn board_is_due(&self) -> bool {
        self.board.wanted || (self.board.changed && self.to.hub.board_is_watched())
    }

    fn show_board(&mut self) {
        let now = (self.clock)();
        if self.board_is_due() && now >= self.board.next {
            self.board = BoardTimer { changed: false, wanted: false, next: now + BOARD_EVERY };
            self.to.hub.publish_board(self.center.board_changes(now));
        }
    }
}

fn tls_names(trunks: &[Trunk]) -> Vec<(SocketAddr, String)> {
    trunks.iter().filter_map(|trunk| Some((trunk.destination?.addr, trunk.tls_name.clone()?))).collect()
}
