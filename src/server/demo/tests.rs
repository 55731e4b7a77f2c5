//! Two phones of the demo at a switchboard made of the real endpoint: it knows one user, sends trunk calls
//! for the echo number to its own sound, and every other one to the user's phone.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use tokio::net::UdpSocket;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::audio::{Agreed, Audio};
use super::phone::{Line, LineEvent, Phone, PhoneSettings, Rings};
use super::register::Account;
use crate::base::{IdSource, LegId, Rng};
use crate::media::Codec;
use crate::media::negotiate::{Kind, Local, Negotiation};
use crate::media::sound::Encoded;
use crate::media::tone::Tone;
use crate::net::clock::Clock;
use crate::sip::endpoint::{Endpoint, Input, Output, Settings};
use crate::sip::{
    CallerId, Command, Contact, Event, FlowId, Invite, LegEnd, Reason, Received, Target, Transport, Trunk, User, ha1,
};

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const SOON: Duration = Duration::from_secs(10);

/// Answers by itself, or connects a caller's leg with the user's: the offer of one goes to the other.
struct Switchboard {
    socket: UdpSocket,
    address: SocketAddr,
    endpoint: Endpoint,
    clock: Clock,
    ids: IdSource,
    contact: Option<Contact>,
    /// The caller's leg and the user's.
    pair: Option<(LegId, LegId)>,
    echo: Option<(Audio, Agreed)>,
    out: Vec<(SocketAddr, Bytes)>,
}

impl Switchboard {
    async fn open() -> Self {
        let clock = Clock::start();
        let socket = UdpSocket::bind((LOCAL, 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let mut endpoint = Endpoint::new(Settings::default(), 1);
        let (ha1_md5, ha1_sha256) = ha1("ana", "carillon", "secret");
        let users = vec![User { name: "ana".to_owned(), agent: None, ha1_md5, ha1_sha256 }];
        let trunks = vec![Trunk {
            name: "demo".to_owned(),
            networks: vec!["127.0.0.0/8".to_owned()],
            destination: None,
            ..Trunk::default()
        }];
        endpoint.handle(clock.now(), Input::Configure { users, trunks }, &mut Vec::new());
        let ids = IdSource::new(clock.now(), 3);
        Self { socket, address, endpoint, clock, ids, contact: None, pair: None, echo: None, out: Vec::new() }
    }

    async fn run(mut self) {
        let mut buffer = vec![0; 65_536];
        loop {
            for (to, bytes) in std::mem::take(&mut self.out) {
                self.socket.send_to(&bytes, to).await.unwrap();
            }
            let due = self.endpoint.next_deadline().map_or(SOON, |due| due.since(self.clock.now()));
            tokio::select! {
                read = self.socket.recv_from(&mut buffer) => if let Ok((length, source)) = read {
                    let bytes = Bytes::copy_from_slice(&buffer[..length]);
                    let (flow, local) = (FlowId(1), self.address);
                    let received = Received { flow, transport: Transport::Udp, source, local, bytes };
                    self.feed(Input::Received(received)).await;
                },
                () = tokio::time::sleep(due) => self.feed(Input::Deadline).await,
            }
        }
    }

    async fn feed(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let mut outputs = Vec::new();
            self.endpoint.handle(self.clock.now(), input, &mut outputs);
            for output in outputs {
                match output {
                    Output::Transmit { to, bytes } => self.out.push((to.addr, bytes)),
                    Output::Event(event) => inputs.extend(self.event(event).await.map(Input::Command)),
                    Output::Counted(_)
                    | Output::Refused(_)
                    | Output::TurnedAway { .. }
                    | Output::Trunk { .. }
                    | Output::Registration { .. } => {}
                }
            }
        }
    }

    async fn event(&mut self, event: Event) -> Option<Command> {
        let bye = |leg| Command::Hangup { leg, reason: Reason { status: 200, text: "Normal".to_owned() } };
        match event {
            Event::Invited(invited) if invited.called == "echo" => {
                let (audio, address, agreed) = Audio::open(LOCAL, self.clock, Rng::new(2)).await.unwrap();
                audio.echo();
                let local = Local { address, kind: Kind::Plain, codecs: vec![Codec::Pcma], latch_from: None };
                let mut negotiation = Negotiation::new(local, &mut Rng::new(3));
                let (answer, session) = negotiation.answer(&invited.offer.unwrap()).unwrap();
                agreed.send(Some(session)).unwrap();
                self.echo = Some((audio, agreed));
                Some(Command::Accept { leg: invited.leg, answer })
            }
            Event::Invited(invited) => {
                let leg = LegId(self.ids.take());
                self.pair = Some((invited.leg, leg));
                let contact = self.contact.as_ref().expect("ana is registered").id;
                let target = Target::Contact { user: "ana".to_owned(), contact };
                let (from, offer) = (invited.caller, invited.offer.unwrap());
                let headers = Vec::new();
                Some(Command::Invite(Box::new(Invite {
                    leg,
                    target,
                    from,
                    offer,
                    headers,
                    give_up_after_ms: 60_000,
                    unheard_after_ms: None,
                })))
            }
            Event::Registered { contacts, .. } => {
                self.contact = contacts.into_iter().next();
                None
            }
            Event::Progressed { .. } => self.pair.map(|(leg, _)| Command::Progress { leg, status: 180, answer: None }),
            Event::Accepted { answer, .. } => {
                self.pair.map(|(leg, _)| Command::Accept { leg, answer: answer.unwrap() })
            }
            Event::Ended { leg, end } => {
                let (a, b) = self.pair.take()?;
                match end {
                    LegEnd::Refused(reason) => Some(Command::Refuse { leg: a, reason, retry_after_s: None }),
                    _ => Some(bye(if leg == a { b } else { a })),
                }
            }
            _ => None,
        }
    }
}

struct World {
    server: SocketAddr,
    clock: Clock,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl World {
    async fn open() -> Self {
        let board = Switchboard::open().await;
        let (server, clock) = (board.address, board.clock);
        tokio::spawn(board.run());
        Self { server, clock, stop: CancellationToken::new(), tasks: TaskTracker::new() }
    }

    async fn phone(&self, password: Option<&str>, seed: u64) -> (Phone, Rings) {
        let account = password.map(|password| Account {
            user: "ana".to_owned(),
            password: password.to_owned(),
            realm: "carillon".to_owned(),
        });
        let (stop, tasks) = (self.stop.clone(), self.tasks.clone());
        let settings =
            PhoneSettings { server: self.server, bind: LOCAL, account, seed, clock: self.clock, stop, tasks };
        Phone::open(settings).await.unwrap()
    }
}

fn caller() -> CallerId {
    CallerId { name: String::new(), user: "+447700900111".to_owned(), host: String::new() }
}

fn tone(hertz: f64, seconds: usize) -> std::sync::Arc<Encoded> {
    let pcm: Vec<i16> = Tone::new(hertz, 0.4).take(8_000 * seconds).collect();
    std::sync::Arc::new(Encoded::new(&pcm))
}

async fn expect(line: &mut Line, wanted: LineEvent) {
    let waiting = async {
        while let Some(event) = line.event().await {
            if event == wanted {
                return true;
            }
        }
        false
    };
    assert_eq!(timeout(SOON, waiting).await, Ok(true), "{wanted:?}");
}

/// Waits until the audio says so.
async fn hears(audio: &Audio, what: impl Fn(&super::audio::Heard) -> bool) {
    let waiting = async {
        while !what(&audio.heard()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(SOON, waiting).await.is_ok(), "heard {} packets only", audio.heard().packets);
}

#[tokio::test]
async fn a_caller_hears_its_own_tone_from_the_echo() {
    let world = World::open().await;
    let (phone, _rings) = world.phone(None, 1).await;
    let mut line = phone.dial(caller(), "echo").await.unwrap();
    expect(&mut line, LineEvent::Connected).await;
    let audio = line.audio().unwrap();
    audio.say(tone(620.0, 5));
    hears(&audio, |heard| heard.share(620.0) > 0.8 && heard.share(440.0) < 0.1).await;
    assert!(audio.turn().0 < Duration::from_millis(100));
    line.hang_up().await.unwrap();
    expect(&mut line, LineEvent::Ended(LegEnd::Local)).await;
}

#[tokio::test]
async fn a_registered_phone_is_rung_and_both_talk() {
    let world = World::open().await;
    let (agent, mut rings) = world.phone(Some("secret"), 2).await;
    assert!(agent.is_registered_within(SOON).await);
    let (phone, _none) = world.phone(None, 3).await;
    let mut line = phone.dial(caller(), "ana").await.unwrap();
    let mut ring = timeout(SOON, rings.next()).await.unwrap().unwrap();
    assert_eq!(ring.from.user, "+447700900111");
    expect(&mut line, LineEvent::Ringing).await;
    ring.answer().await.unwrap();
    expect(&mut ring, LineEvent::Connected).await;
    expect(&mut line, LineEvent::Connected).await;
    let (near, far) = (line.audio().unwrap(), ring.audio().unwrap());
    near.say(tone(440.0, 5));
    far.say(tone(900.0, 5));
    hears(&far, |heard| heard.share(440.0) > 0.8).await;
    hears(&near, |heard| heard.share(900.0) > 0.8).await;
    assert!(near.press("1#") && !near.press("x"));
    hears(&far, |heard| heard.digits == "1#").await;
    drop(line);
    assert!(matches!(timeout(SOON, ring.ended()).await, Ok(Some(LegEnd::Peer { .. }))));
}

#[tokio::test]
async fn a_busy_agent_and_a_wrong_password() {
    let world = World::open().await;
    let (agent, mut rings) = world.phone(Some("secret"), 4).await;
    let (phone, _none) = world.phone(None, 5).await;
    assert!(agent.is_registered_within(SOON).await);
    let mut line = phone.dial(caller(), "ana").await.unwrap();
    timeout(SOON, rings.next()).await.unwrap().unwrap().decline().await.unwrap();
    let end = timeout(SOON, line.ended()).await.unwrap();
    assert!(matches!(end, Some(LegEnd::Refused(Reason { status: 486, .. }))), "{end:?}");
    let (wrong, _none) = world.phone(Some("guess"), 6).await;
    assert!(!wrong.is_registered_within(Duration::from_millis(300)).await);
}

#[tokio::test]
async fn the_stop_hangs_up_and_signs_off_in_time() {
    let world = World::open().await;
    let (agent, mut rings) = world.phone(Some("secret"), 7).await;
    assert!(agent.is_registered_within(SOON).await);
    let (phone, _none) = world.phone(None, 8).await;
    let mut lines = Vec::new();
    for _ in 0..20 {
        let mut line = phone.dial(caller(), "echo").await.unwrap();
        expect(&mut line, LineEvent::Connected).await;
        lines.push(line);
    }
    world.stop.cancel();
    world.tasks.close();
    assert!(timeout(Duration::from_secs(2), world.tasks.wait()).await.is_ok(), "{} left", world.tasks.len());
    for line in &mut lines {
        assert_eq!(line.ended().await, Some(LegEnd::Local));
    }
    assert!(rings.next().await.is_none());
    assert!(phone.dial(caller(), "echo").await.is_err());
}
