//! The hub: numbers events for each agent and hands them to every open tab.
//!
//! | reader | what happens | next |
//! | --- | --- | --- |
//! | - | attaches with a known place | live: gets the gap, then everything |
//! | - | attaches without, or the gap is forgotten | waits for a snapshot; gets nothing before it |
//! | waits | [`Hub::resync`] | live from the snapshot's number on |
//! | live | its queue is full | dropped: closed with 4008 |
//!
//! The wallboard is one for all: [`Hub::publish_board`] takes what changed, a [`Watcher`] gets the whole once and
//! then the differences; one that is [`BACKLOG`] behind gets the whole again.
//!
//! The first reader of an agent and the loss of the last one are told to the center by [`Hub::announce`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{Notify, broadcast, mpsc};

use super::feed::{Feed, News};
use super::history::History;
use super::message::{self, Since};
use crate::base::{AgentId, Instant};
use crate::center::board::BoardChanges;
use crate::center::desk::{DeskEvent, Snapshot};
use crate::center::input::Input;
use crate::door::Door;

/// Differences of the board kept for those who are slow: four seconds.
const BACKLOG: usize = 16;

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

struct Desktop {
    history: History,
    readers: BTreeMap<ReaderId, Reader>,
    /// What the center was told last.
    announced: bool,
}

#[derive(Default)]
struct State {
    next_reader: u64,
    desktops: BTreeMap<AgentId, Desktop>,
    /// Desktops whose readers came or went since the last announcement.
    changed: BTreeSet<AgentId>,
    dropped: u64,
}

pub struct Hub {
    epoch: String,
    settings: HubSettings,
    state: Mutex<State>,
    changed: Notify,
    board: Mutex<Told>,
    news: broadcast::Sender<Numbered>,
}

/// The board as it was told last.
#[derive(Default)]
struct Told {
    feed: Feed,
    /// The whole as text with its number, once made.
    text: Option<(u64, Utf8Bytes)>,
}

#[derive(Clone)]
struct Numbered {
    change: u64,
    /// `None`: the whole has to be taken.
    text: Option<Utf8Bytes>,
}

/// Somebody who looks at the board.
pub struct Watcher {
    news: broadcast::Receiver<Numbered>,
    /// The number of the last difference that was taken; `None`: the whole was not yet.
    change: Option<u64>,
    wants_whole: bool,
}

impl Hub {
    /// `epoch`: names this run of the server.
    pub fn new(epoch: String, settings: HubSettings) -> Self {
        let (news, _) = broadcast::channel(BACKLOG);
        Self { epoch, settings, state: Mutex::default(), changed: Notify::new(), board: Mutex::default(), news }
    }

    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Numbers, keeps and hands out an event. Called by the control task only, and never waits.
    pub fn push(&self, now: Instant, agent: AgentId, event: &DeskEvent) {
        let mut state = self.lock();
        let desktop = self.desktop(&mut state, agent);
        let text = message::event(&self.epoch, desktop.history.next(), now, event);
        desktop.history.add(text.clone());
        let slow = desktop.send(|reader| reader.live, &text);
        self.note_dropped(&mut state, agent, slow);
    }

    /// What of the board may have changed. Called by the control task only: what costs, the text of the whole,
    /// is made by those who want it.
    pub fn publish_board(&self, changes: BoardChanges) {
        let mut told = self.told();
        let news = told.feed.take(changes);
        let text = match &news {
            News::Changed(difference) => Some(message::board_changed(&self.epoch, difference)),
            News::Nothing | News::Whole => None,
        };
        // Nobody there is no error.
        let _ = self.news.send(Numbered { change: told.feed.whole().change, text });
    }

    /// Where others look, the board is there at once; otherwise it comes with the next [`Hub::publish_board`].
    pub fn watch_board(&self) -> Watcher {
        let known = self.board_is_watched() && self.told().feed.whole().change > 0;
        Watcher { news: self.news.subscribe(), change: None, wants_whole: known }
    }

    /// Does anybody look at the board?
    pub fn board_is_watched(&self) -> bool {
        self.news.receiver_count() > 0
    }

    fn whole_board(&self) -> (u64, Utf8Bytes) {
        let whole = {
            let told = self.told();
            let whole = told.feed.whole();
            match &told.text {
                Some((change, text)) if *change == whole.change => return (*change, text.clone()),
                _ => whole,
            }
        };
        let made = (whole.change, message::board(&self.epoch, &whole));
        self.told().text = Some(made.clone());
        made
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A tab opens. `None`: this agent has too many.
    pub fn attach(&self, agent: AgentId, since: Option<&Since>) -> Option<Attached> {
        let mut state = self.lock();
        state.next_reader += 1;
        let reader = ReaderId(state.next_reader);
        let (limit, epoch) = (self.settings, &self.epoch);
        let desktop = self.desktop(&mut state, agent);
        if desktop.readers.len() >= limit.readers {
            return None;
        }
        let (sender, queue) = mpsc::channel(limit.queue);
        let gap = since
            .filter(|since| since.epoch == *epoch)
            .and_then(|since| desktop.history.after(since.seq))
            .filter(|gap| gap.len() <= limit.queue / 2);
        let resumed = gap.is_some();
        for event in gap.into_iter().flatten() {
            // Half of an empty queue: there is room.
            let _ = sender.try_send(event.clone());
        }
        desktop.readers.insert(reader, Reader { queue: sender, live: resumed });
        state.changed.insert(agent);
        self.changed.notify_one();
        Some(Attached { reader, queue, resumed })
    }

    /// The snapshot a reader waits for; runs on the control task between two pushes, so the snapshot and
    /// the number it carries belong together. `None`: the center does not know the agent.
    pub fn resync(&self, now: Instant, agent: AgentId, reader: ReaderId, snapshot: Option<Snapshot>) {
        let mut state = self.lock();
        let Some(snapshot) = snapshot else { return self.remove(&mut state, agent, reader) };
        let desktop = self.desktop(&mut state, agent);
        let event = DeskEvent::Snapshot(Box::new(snapshot));
        let text = message::event(&self.epoch, desktop.history.seq(), now, &event);
        if let Some(waiting) = desktop.readers.get_mut(&reader) {
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
        (state.desktops.values().map(|desktop| desktop.readers.len()).sum(), state.dropped)
    }

    fn next_announcement(&self) -> Option<(AgentId, Input)> {
        let mut state = self.lock();
        while let Some(agent) = state.changed.pop_first() {
            let Some(desktop) = state.desktops.get_mut(&agent) else { continue };
            let connected = !desktop.readers.is_empty();
            if connected != desktop.announced {
                desktop.announced = connected;
                let input = if connected { Input::DeskConnected { agent } } else { Input::DeskLost { agent } };
                return Some((agent, input));
            }
        }
        None
    }

    fn desktop<'a>(&self, state: &'a mut State, agent: AgentId) -> &'a mut Desktop {
        state.desktops.entry(agent).or_insert_with(|| Desktop {
            history: History::new(self.settings.ring, self.settings.ring_bytes),
            readers: BTreeMap::new(),
            announced: false,
        })
    }

    fn remove(&self, state: &mut State, agent: AgentId, reader: ReaderId) {
        if state.desktops.get_mut(&agent).is_some_and(|desktop| desktop.readers.remove(&reader).is_some()) {
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

impl Desktop {
    /// Gives the text to the readers wanted; those with a full queue are named.
    fn send(&self, wanted: impl Fn(&Reader) -> bool, text: &Utf8Bytes) -> Vec<ReaderId> {
        let failed = |(id, reader): (&ReaderId, &Reader)| reader.queue.try_send(text.clone()).is_err().then_some(*id);
        self.readers.iter().filter(|(_, reader)| wanted(reader)).filter_map(failed).collect()
    }
}

impl Watcher {
    /// The next message of the board. May be dropped and asked again at any time.
    pub async fn next(&mut self, hub: &Hub) -> Utf8Bytes {
        loop {
            if std::mem::take(&mut self.wants_whole) {
                // What waits is in the whole already.
                self.news = self.news.resubscribe();
                let (change, text) = hub.whole_board();
                self.change = Some(change);
                return text;
            }
            match (self.news.recv().await, self.change) {
                (Ok(news), Some(change)) if news.change <= change => {}
                (Ok(Numbered { change, text: Some(text) }), Some(last)) if change == last + 1 => {
                    self.change = Some(change);
                    return text;
                }
                (Ok(_) | Err(broadcast::error::RecvError::Lagged(_)), _) => self.wants_whole = true,
                (Err(broadcast::error::RecvError::Closed), _) => std::future::pending().await,
            }
        }
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
            on_hand: Vec::new(),
            today: AgentDay::default(),
            parked: Vec::new(),
            preview: None,
            help: None,
            notices: Vec::new(),
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

    fn calls(calls_active: u32, whole: bool) -> BoardChanges {
        BoardChanges { at: NOW, whole, queues: Vec::new(), agents: Vec::new(), calls_active, alerts: None }
    }

    /// `(type, change, calls_active)` of the next message.
    async fn told(hub: &Hub, watcher: &mut Watcher) -> (String, u64, u64) {
        let value: serde_json::Value = serde_json::from_str(&watcher.next(hub).await).unwrap();
        let number = |name: &str| value["data"][name].as_u64().unwrap();
        (value["type"].as_str().unwrap().to_owned(), number("change"), number("calls_active"))
    }

    fn as_told(kind: &str, change: u64, calls: u64) -> (String, u64, u64) {
        (kind.to_owned(), change, calls)
    }

    #[tokio::test]
    async fn who_looks_at_the_board_gets_it_whole_then_each_difference_once() {
        let hub = hub(4);
        let mut first = hub.watch_board();
        hub.publish_board(calls(1, true));
        assert_eq!(told(&hub, &mut first).await, as_told("board", 1, 1));
        hub.publish_board(calls(2, false));
        hub.publish_board(calls(2, false));
        hub.publish_board(calls(3, false));
        let mut second = hub.watch_board();
        assert_eq!(told(&hub, &mut second).await, as_told("board", 3, 3), "at once: somebody looks already");
        assert_eq!(told(&hub, &mut first).await, as_told("board.changed", 2, 2));
        assert_eq!(told(&hub, &mut first).await, as_told("board.changed", 3, 3));
        hub.publish_board(calls(4, false));
        assert_eq!(told(&hub, &mut second).await, as_told("board.changed", 4, 4));
        hub.publish_board(calls(4, true));
        assert_eq!(told(&hub, &mut second).await, as_told("board", 5, 4), "other rules, other rows");
    }

    #[tokio::test]
    async fn after_a_pause_the_board_is_not_told_before_it_is_new() {
        let hub = hub(4);
        let mut first = hub.watch_board();
        hub.publish_board(calls(1, true));
        told(&hub, &mut first).await;
        drop(first);
        let mut later = hub.watch_board();
        let early = tokio::time::timeout(std::time::Duration::ZERO, later.next(&hub)).await;
        assert!(early.is_err(), "it may be hours old");
        hub.publish_board(calls(1, false));
        assert_eq!(told(&hub, &mut later).await, as_told("board", 1, 1));
    }

    #[tokio::test]
    async fn a_slow_watcher_gets_the_whole_again() {
        let hub = hub(4);
        let mut slow = hub.watch_board();
        hub.publish_board(calls(0, true));
        told(&hub, &mut slow).await;
        (1..=40).for_each(|n| hub.publish_board(calls(n, false)));
        assert_eq!(told(&hub, &mut slow).await, as_told("board", 41, 40));
        hub.publish_board(calls(50, false));
        assert_eq!(told(&hub, &mut slow).await, as_told("board.changed", 42, 50));
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
