//! The hub: numbers events for each agent and hands them to every open tab.
//!
//! | reader | what happens | next |
//! | --- | --- | --- |
//! | - | attaches with a known place | live: gets the gap, then everything |
//! | - | attaches without, or the gap is forgotten | waits for a snapshot; gets nothing before it |
//! | waits | [`Hub::resync`] | live from the snapshot's number on |
//! | live | its queue is full | dropped: closed with 4008 |
//!
//! The first reader of an agent and the loss of the last one are told to the center by [`Hub::announce`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{Notify, mpsc, watch};

use super::history::History;
use super::message::{self, Since};
use crate::base::{AgentId, Instant};
use crate::center::board::Board;
use crate::center::desk::{DeskEvent, Snapshot};
use crate::center::input::Input;
use crate::door::Door;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HubSettings {
    /// Events kept for each agent.
    pub ring: usize,
    /// And their size in bytes.
    pub ring_bytes: usize,
    /// Messages that may wait for one reader.
    pub queue: usize,
    /// Readers of one agent.
    pub readers: usize,
}

impl Default for HubSettings {
    fn default() -> Self {
        Self { ring: 1_000, ring_bytes: 256 * 1024, queue: 256, readers: 16 }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ReaderId(u64);

/// A reader's end.
pub struct Attached {
    pub reader: ReaderId,
    /// Ends when the reader is dropped by the hub.
    pub queue: mpsc::Receiver<Utf8Bytes>,
    /// The gap is on its way; otherwise ask for a snapshot.
    pub resumed: bool,
}

struct Reader {
    queue: mpsc::Sender<Utf8Bytes>,
    live: bool,
}

struct Seat {
    history: History,
    readers: BTreeMap<ReaderId, Reader>,
    /// What the center was told last.
    announced: bool,
}

#[derive(Default)]
struct State {
    next_reader: u64,
    seats: BTreeMap<AgentId, Seat>,
    /// Seats whose readers came or went since the last announcement.
    changed: BTreeSet<AgentId>,
    dropped: u64,
}

pub struct Hub {
    epoch: String,
    settings: HubSettings,
    state: Mutex<State>,
    changed: Notify,
    board: watch::Sender<Option<Utf8Bytes>>,
}

impl Hub {
    /// `epoch`: names this run of the server.
    pub fn new(epoch: String, settings: HubSettings) -> Self {
        let (board, _) = watch::channel(None);
        Self { epoch, settings, state: Mutex::default(), changed: Notify::new(), board }
    }

    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Numbers, keeps and hands out an event. Called by the control task only, and never waits.
    pub fn push(&self, now: Instant, agent: AgentId, event: &DeskEvent) {
        let mut state = self.lock();
        let seat = self.seat(&mut state, agent);
        let text = message::event(&self.epoch, seat.history.next(), now, event);
        seat.history.add(text.clone());
        let slow = seat.send(|reader| reader.live, &text);
        self.note_dropped(&mut state, agent, slow);
    }

    /// The board as it is now; readers who are slow miss some and get the newest.
    pub fn publish_board(&self, now: Instant, board: &Board) {
        self.board.send_replace(Some(message::board(&self.epoch, now, board)));
    }

    pub fn watch_board(&self) -> watch::Receiver<Option<Utf8Bytes>> {
        self.board.subscribe()
    }

    /// Does anybody look at the board?
    pub fn board_is_watched(&self) -> bool {
        self.board.receiver_count() > 0
    }

    /// A tab opens. `None`: this agent has too many.
    pub fn attach(&self, agent: AgentId, since: Option<&Since>) -> Option<Attached> {
        let mut state = self.lock();
        state.next_reader += 1;
        let reader = ReaderId(state.next_reader);
        let (limit, epoch) = (self.settings, &self.epoch);
        let seat = self.seat(&mut state, agent);
        if seat.readers.len() >= limit.readers {
            return None;
        }
        let (sender, queue) = mpsc::channel(limit.queue);
        let gap = since
            .filter(|since| since.epoch == *epoch)
            .and_then(|since| seat.history.after(since.seq))
            .filter(|gap| gap.len() <= limit.queue / 2);
        let resumed = gap.is_some();
        for event in gap.into_iter().flatten() {
            // Half of an empty queue: there is room.
            let _ = sender.try_send(event.clone());
        }
        seat.readers.insert(reader, Reader { queue: sender, live: resumed });
        state.changed.insert(agent);
        self.changed.notify_one();
        Some(Attached { reader, queue, resumed })
    }

    /// The snapshot a reader waits for; runs on the control task between two pushes, so the snapshot and
    /// the number it carries belong together. `None`: the center does not know the agent.
    pub fn resync(&self, now: Instant, agent: AgentId, reader: ReaderId, snapshot: Option<Snapshot>) {
        let mut state = self.lock();
        let Some(snapshot) = snapshot else { return self.remove(&mut state, agent, reader) };
        let seat = self.seat(&mut state, agent);
        let event = DeskEvent::Snapshot(Box::new(snapshot));
        let text = message::event(&self.epoch, seat.history.seq(), now, &event);
        if let Some(waiting) = seat.readers.get_mut(&reader) {
            waiting.live = waiting.queue.try_send(text).is_ok();
        }
    }

    /// A tab closed.
    pub fn detach(&self, agent: AgentId, reader: ReaderId) {
        self.remove(&mut self.lock(), agent, reader);
    }

    /// Tells the center which desktops came and went, as long as the center lives. What counts is the
    /// newest state, so a change that was undone meanwhile is not told.
    pub async fn announce(&self, door: &Door) {
        loop {
            self.changed.notified().await;
            while let Some((agent, input)) = self.next_announcement() {
                if door.send(input).await.is_err() {
                    return tracing::debug!(%agent, "the center has stopped");
                }
            }
        }
    }

    /// Sockets of agents that are open now, and readers dropped since the start.
    pub fn counts(&self) -> (usize, u64) {
        let state = self.lock();
        (state.seats.values().map(|seat| seat.readers.len()).sum(), state.dropped)
    }

    fn next_announcement(&self) -> Option<(AgentId, Input)> {
        let mut state = self.lock();
        while let Some(agent) = state.changed.pop_first() {
            let Some(seat) = state.seats.get_mut(&agent) else { continue };
            let connected = !seat.readers.is_empty();
            if connected != seat.announced {
                seat.announced = connected;
                let input = if connected { Input::DeskConnected { agent } } else { Input::DeskLost { agent } };
                return Some((agent, input));
            }
        }
        None
    }

    fn seat<'a>(&self, state: &'a mut State, agent: AgentId) -> &'a mut Seat {
        state.seats.entry(agent).or_insert_with(|| Seat {
            history: History::new(self.settings.ring, self.settings.ring_bytes),
            readers: BTreeMap::new(),
            announced: false,
        })
    }

    fn remove(&self, state: &mut State, agent: AgentId, reader: ReaderId) {
        if state.seats.get_mut(&agent).is_some_and(|seat| seat.readers.remove(&reader).is_some()) {
            state.changed.insert(agent);
            self.changed.notify_one();
        }
    }

    fn note_dropped(&self, state: &mut State, agent: AgentId, slow: Vec<ReaderId>) {
        for reader in slow {
            state.dropped += 1;
            self.remove(state, agent, reader);
            tracing::info!(%agent, "a desktop reads too slowly and was dropped");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Gives the text to the readers wanted; those with a full queue are named.
    fn send(&self, wanted: impl Fn(&Reader) -> bool, text: &Utf8Bytes) -> Vec<ReaderId> {
        let failed = |(id, reader): (&ReaderId, &Reader)| reader.queue.try_send(text.clone()).is_err().then_some(*id);
        self.readers.iter().filter(|(_, reader)| wanted(reader)).filter_map(failed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acd::AgentState;
    use crate::center::desk::AgentDay;

    const ANA: AgentId = AgentId(7);
    const NOW: Instant = Instant::from_micros(1_000_000);

    fn hub(queue: usize) -> Hub {
        Hub::new("e1".into(), HubSettings { queue, ..HubSettings::default() })
    }

    fn phone(hub: &Hub, reachable: bool) {
        hub.push(NOW, ANA, &DeskEvent::PhoneStateChanged { reachable });
    }

    fn snapshot() -> Option<Snapshot> {
        Some(Snapshot {
            agent: ANA,
            state: AgentState::Ready,
            since: NOW,
            next: None,
            by: None,
            phone_reachable: true,
            pop: None,
            call: None,
            today: AgentDay::default(),
        })
    }

    /// `(seq, type)` of what waits for the reader.
    fn read(attached: &mut Attached) -> Vec<(u64, String)> {
        let mut seen = Vec::new();
        while let Ok(text) = attached.queue.try_recv() {
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            seen.push((value["seq"].as_u64().unwrap(), value["type"].as_str().unwrap().to_owned()));
        }
        seen
    }

    #[test]
    fn a_new_reader_gets_nothing_before_its_snapshot_and_no_gap_after_it() {
        let hub = hub(16);
        phone(&hub, true);
        let mut tab = hub.attach(ANA, None).unwrap();
        assert!(!tab.resumed);
        phone(&hub, false);
        assert!(read(&mut tab).is_empty());
        hub.resync(NOW, ANA, tab.reader, snapshot());
        phone(&hub, true);
        let seen = read(&mut tab);
        assert_eq!(seen, [(2, "snapshot".to_owned()), (3, "phone.state_changed".to_owned())]);
    }

    #[test]
    fn a_returning_reader_gets_the_gap_and_another_epoch_a_snapshot() {
        let hub = hub(16);
        for reachable in [true, false, true] {
            phone(&hub, reachable);
        }
        let since = |epoch: &str, seq| Since { epoch: epoch.into(), seq };
        let mut tab = hub.attach(ANA, Some(&since("e1", 1))).unwrap();
        assert!(tab.resumed);
        assert_eq!(read(&mut tab).iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [2, 3]);
        assert!(!hub.attach(ANA, Some(&since("e0", 1))).unwrap().resumed);
        assert!(!hub.attach(ANA, Some(&since("e1", 99))).unwrap().resumed);
    }

    #[test]
    fn all_tabs_see_the_same_and_a_slow_one_is_dropped_alone() {
        let hub = hub(4);
        let (mut quick, mut slow) = (hub.attach(ANA, None).unwrap(), hub.attach(ANA, None).unwrap());
        for reader in [quick.reader, slow.reader] {
            hub.resync(NOW, ANA, reader, snapshot());
        }
        for _ in 0..6 {
            phone(&hub, true);
            assert!(!read(&mut quick).is_empty());
        }
        assert_eq!(hub.counts(), (1, 1));
        assert_eq!(read(&mut slow).len(), 4);
        assert!(slow.queue.is_closed());
    }

    #[test]
    fn readers_are_bounded_and_an_unknown_agent_is_cut() {
        let hub = hub(4);
        let tabs: Vec<_> = (0..16).map(|_| hub.attach(ANA, None).unwrap()).collect();
        assert!(hub.attach(ANA, None).is_none());
        hub.resync(NOW, ANA, tabs[0].reader, None);
        assert!(tabs[0].queue.is_closed());
    }

    #[tokio::test]
    async fn only_the_first_and_the_last_tab_are_announced() {
        let hub = std::sync::Arc::new(hub(4));
        let (door, mut inlet) = Door::new(16);
        let announcer = tokio::spawn({
            let hub = hub.clone();
            async move { hub.announce(&door).await }
        });
        let mut told = async || match inlet.recv().await {
            Some(crate::door::Request::Input(input)) => input,
            _ => panic!("an input was expected"),
        };
        let (a, b) = (hub.attach(ANA, None).unwrap(), hub.attach(ANA, None).unwrap());
        assert_eq!(told().await, Input::DeskConnected { agent: ANA });
        hub.detach(ANA, a.reader);
        hub.detach(ANA, b.reader);
        assert_eq!(told().await, Input::DeskLost { agent: ANA });
        announcer.abort();
    }
}
