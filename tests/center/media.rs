//! A media worker without packets: it keeps the rules a real one would, and says when a sound ends.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use carillon::base::{InteractionId, LegId};
use carillon::media::{Command, Event, LegStats, PlayId, PortLease, RtcFace, Session, Side, WorkerId};

pub const WORKER: WorkerId = WorkerId(0);
pub const PORTS: u16 = 2_000;
const NO_SETUP: &str = "no secured media within the set-up limit";

#[derive(Default)]
pub struct Media {
    pub open: BTreeMap<LegId, (Option<PortLease>, Session)>,
    leased: BTreeSet<PortLease>,
    /// Whom a leg hears, where there is anybody.
    pub hears: BTreeMap<LegId, Vec<LegId>>,
    /// Keys that were sent, in order.
    pub digits: Vec<(LegId, String)>,
    pub recording: BTreeSet<InteractionId>,
    /// Whose keys nobody hears.
    pub hushed: BTreeSet<LegId>,
    /// Whose voices each has now.
    pub voices: BTreeMap<InteractionId, Vec<(LegId, Side)>>,
    pub playing: BTreeMap<LegId, Vec<String>>,
    /// No browser that answers from now on is ever heard.
    pub no_browser_is_heard: bool,
}

impl Media {
    /// What a worker says when it starts.
    pub fn start() -> Vec<Event> {
        let face = RtcFace { addresses: vec!["192.0.2.1:30000".parse().unwrap()], fingerprint: fingerprint() };
        let ports = (0..PORTS).map(|n| lease(20_000 + 2 * n)).collect();
        vec![Event::Ready { worker: WORKER, rtc: Some(face) }, Event::Lent { ports }]
    }

    /// Obeys; gives events and how much later they come.
    pub fn obey(&mut self, command: Command) -> Vec<(Duration, Event)> {
        let soon = Duration::from_millis(1);
        match command {
            Command::Open { leg, port, session } => {
                assert_eq!(port.is_none(), session.rtc.is_some(), "a plain leg has a port, a WebRTC leg none");
                if let Some(port) = port {
                    assert!(self.leased.insert(port), "{port:?} is lent twice");
                }
                let browser = session.rtc.is_some();
                assert!(self.open.insert(leg, (port, session)).is_none(), "{leg:?} is open already");
                match browser {
                    false => Vec::new(),
                    true if self.no_browser_is_heard => {
                        vec![(Duration::from_secs(10), Event::Failed { leg, why: NO_SETUP.to_owned() })]
                    }
                    true => vec![(Duration::from_millis(150), Event::Connected { leg })],
                }
            }
            Command::Update { leg, session } => {
                self.open.get_mut(&leg).expect("an update is of an open leg").1 = session;
                Vec::new()
            }
            Command::Play { leg, play, sounds, repeat } => {
                self.play(leg, sounds.into_iter().map(|sound| sound.0).collect());
                if repeat { Vec::new() } else { vec![(Duration::from_millis(1_500), ended(leg, play))] }
            }
            Command::Stop { leg } | Command::Echo { leg } => {
                assert!(self.open.contains_key(&leg));
                self.playing.remove(&leg);
                Vec::new()
            }
            Command::Hear { leg, from } => {
                assert!([leg].iter().chain(&from).all(|leg| self.open.contains_key(leg)), "open legs hear open legs");
                assert!(!from.contains(&leg), "nobody hears their own voice");
                if from.is_empty() {
                    self.hears.remove(&leg);
                } else {
                    self.playing.remove(&leg);
                    self.hears.insert(leg, from);
                }
                Vec::new()
            }
            Command::SendDigits { leg, digits } => {
                assert!(self.open.contains_key(&leg), "keys for an open leg");
                self.digits.push((leg, digits));
                Vec::new()
            }
            Command::HushKeys { leg, hushed } => {
                assert!(self.open.contains_key(&leg));
                if hushed {
                    self.hushed.insert(leg)
                } else {
                    self.hushed.remove(&leg)
                };
                Vec::new()
            }
            Command::Record { interaction, voices, .. } => {
                self.voices.insert(interaction, voices.clone());
                assert!(voices.iter().all(|(leg, _)| self.open.contains_key(leg)), "recording of open legs");
                self.recording.insert(interaction);
                Vec::new()
            }
            Command::StopRecording { interaction } => {
                self.voices.remove(&interaction);
                self.recording.remove(&interaction).then(|| (soon, recorded(interaction))).into_iter().collect()
            }
            Command::Close { leg } => self.close(leg, soon),
        }
    }

    fn play(&mut self, leg: LegId, sounds: Vec<String>) {
        assert!(self.open.contains_key(&leg), "something is played to a leg that is not open");
        assert!(!self.hears.contains_key(&leg), "something is played into a conversation");
        self.playing.insert(leg, sounds);
    }

    fn close(&mut self, leg: LegId, soon: Duration) -> Vec<(Duration, Event)> {
        let (port, _) = self.open.remove(&leg).expect("only an open leg is closed, and once");
        self.hears.remove(&leg);
        for from in self.hears.values_mut() {
            from.retain(|other| *other != leg);
        }
        self.hears.retain(|_, from| !from.is_empty());
        self.playing.remove(&leg);
        self.hushed.remove(&leg);
        let mut events = vec![(soon, Event::Closed { leg, stats: LegStats::default() })];
        if let Some(port) = port {
            self.leased.remove(&port);
            events.push((Duration::from_secs(2), Event::Lent { ports: vec![port] }));
        }
        events
    }

    /// The leg whose peer receives at this address.
    pub fn leg_towards(&self, remote: SocketAddr) -> Option<LegId> {
        self.open.iter().find(|(_, (_, session))| session.remote == Some(remote)).map(|(leg, _)| *leg)
    }

    /// The leg of the only browser in a call.
    pub fn leg_of_browser(&self) -> Option<LegId> {
        self.open.iter().find(|(_, (port, _))| port.is_none()).map(|(leg, _)| *leg)
    }

    pub fn assert_idle(&self) {
        assert!(self.open.is_empty(), "legs left open: {:?}", self.open.keys());
        assert!(self.leased.is_empty() && self.hears.is_empty() && self.recording.is_empty());
    }
}

pub fn fingerprint() -> String {
    format!("sha-256 {}", vec!["AB"; 32].join(":"))
}

fn lease(port: u16) -> PortLease {
    PortLease { worker: WORKER, rtp: SocketAddr::new("192.0.2.1".parse().unwrap(), port) }
}

fn ended(leg: LegId, play: PlayId) -> Event {
    Event::PlayEnded { leg, play }
}

fn recorded(interaction: InteractionId) -> Event {
    Event::RecordingEnded { interaction, path: String::new(), duration_ms: 1_000, complete: true }
}
