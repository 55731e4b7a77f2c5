//! A media worker between a plain RTP phone and a real Chromium: the agent's leg of every call.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant as StdInstant};

use carillon::base::{LegId, Rng};
use carillon::codec::Codec;
use carillon::media::engine;
use carillon::media::negotiate::{Kind, Local, Negotiation};
use carillon::media::rtc::Certificate;
use carillon::media::sound::Sounds;
use carillon::media::{Command, Direction, Event, PortLease, RtcFace, Session, WorkerId};
use carillon::net::clock::Clock;
use carillon::net::media_worker::{MediaWorker, RtcSettings, Settings};
use carillon::net::rtp_port::PortRange;
use serde_json::json;
use tokio::sync::mpsc;

use crate::browser::Browser;
use crate::phone::Phone;

const PHONE_HERTZ: f64 = 1_000.0;
const MICROPHONE_HERTZ: f64 = 440.0;
const LOCALHOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const CALLER: LegId = LegId(1);

struct World {
    worker: MediaWorker,
    events: mpsc::Receiver<Event>,
    face: RtcFace,
    phone: Phone,
    rng: Rng,
}

impl World {
    /// A worker with a caller on it who speaks already.
    async fn with_caller() -> Self {
        let certificate = Certificate::generate(StdInstant::now()).expect("a certificate");
        let rtc = RtcSettings { addresses: vec![(LOCALHOST, 0).into()], only_from: None, advertise: None, certificate };
        let settings = Settings {
            worker: WorkerId(0),
            ports: PortRange { bind: LOCALHOST, advertise: LOCALHOST, first: 41_000, last: 41_199 },
            rtc: Some(rtc),
            engine: engine::Settings::default(),
            seed: 1,
        };
        let (sender, mut events) = mpsc::channel(1_024);
        let (recordings, _) = sync_channel(16);
        let worker = MediaWorker::start(settings, Arc::new(Sounds::new()), Clock::start(), sender, recordings)
            .expect("a worker");
        let (mut face, mut port) = (None, None);
        while face.is_none() || port.is_none() {
            match events.recv().await.expect("the worker runs") {
                Event::Ready { rtc, .. } => face = rtc,
                Event::Lent { ports } => port = ports.first().copied(),
                _ => {}
            }
        }
        let port: PortLease = port.expect("a port");
        let phone = Phone::speak(PHONE_HERTZ, Codec::Pcma, port.rtp);
        let session = plain(&phone);
        worker.send(Command::Open { leg: CALLER, port: Some(port), session }).expect("taken");
        Self { worker, events, face: face.expect("WebRTC"), phone, rng: Rng::new(7) }
    }

    fn negotiation(&mut self) -> Negotiation {
        let local = Local {
            address: self.face.addresses[0],
            kind: Kind::WebRtc { fingerprint: self.face.fingerprint.clone(), candidates: self.face.addresses.clone() },
            codecs: vec![Codec::Pcmu, Codec::Pcma],
            latch_from: None,
        };
        Negotiation::new(local, &mut self.rng)
    }

    fn send(&self, command: Command) {
        self.worker.send(command).expect("the worker takes it");
    }

    /// Opens the agent's leg and connects it with the caller.
    fn bridge(&self, leg: LegId, session: Session) {
        self.send(Command::Open { leg, port: None, session });
        self.send(Command::Hear { leg: CALLER, from: vec![leg] });
        self.send(Command::Hear { leg, from: vec![CALLER] });
    }

    /// Waits for an event; what comes before it is dropped.
    async fn expect(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        loop {
            let event = tokio::time::timeout(Duration::from_secs(20), self.events.recv()).await;
            let event = event.expect("an event in time").expect("the worker runs");
            if wanted(&event) {
                return event;
            }
        }
    }

    /// The caller hears the agent's microphone and nothing else, after some time at most.
    async fn caller_hears_the_agent(&self) {
        self.phone.forget();
        for _ in 0..100 {
            if self.phone.share(MICROPHONE_HERTZ) > 0.9 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the caller hears the agent with a share of {}", self.phone.share(MICROPHONE_HERTZ));
    }
}

fn plain(phone: &Phone) -> Session {
    Session {
        codec: Codec::Pcma,
        payload_type: Codec::Pcma.payload_type(),
        event_payload_type: None,
        event_clock: 8_000,
        opus: carillon::media::OpusFormat::default(),
        ptime_ms: 20,
        direction: Direction::SendRecv,
        remote: Some(phone.address),
        rtcp: None,
        latch_from: None,
        rtc: None,
        rtcp_mux: false,
        srtp: None,
    }
}

async fn agent_hears_the_caller(browser: &mut Browser) {
    let mut heard = json!(null);
    for _ in 0..10 {
        heard = browser.order(json!({ "verb": "listen" })).await;
        if heard["hertz"].as_f64().is_some_and(|hertz| (hertz - PHONE_HERTZ).abs() < 15.0) {
            return;
        }
    }
    panic!("the agent hears {heard}");
}

fn description(result: &serde_json::Value) -> &[u8] {
    result["sdp"].as_str().expect("a description").as_bytes()
}

/// Our offer, the browser's answer, both tones; returns what later offers go on from.
async fn ring(world: &mut World, browser: &mut Browser, leg: LegId) -> Negotiation {
    let mut negotiation = world.negotiation();
    let offer = negotiation.offer(Direction::SendRecv);
    let sdp = std::str::from_utf8(&offer).expect("text");
    let answer = browser.order(json!({ "verb": "answer", "sdp": sdp })).await;
    let session = negotiation.accept(description(&answer)).expect("an answer");
    world.bridge(leg, session);
    browser.order(json!({ "verb": "connected" })).await;
    world.expect(|event| *event == Event::Connected { leg }).await;
    world.caller_hears_the_agent().await;
    agent_hears_the_caller(browser).await;
    negotiation
}

async fn renegotiate(
    world: &World,
    browser: &mut Browser,
    leg: LegId,
    negotiation: &mut Negotiation,
    direction: Direction,
) {
    let offer = negotiation.offer(direction);
    let sdp = std::str::from_utf8(&offer).expect("text");
    let answer = browser.order(json!({ "verb": "answer", "sdp": sdp })).await;
    let session = negotiation.accept(description(&answer)).expect("an answer");
    world.send(Command::Update { leg, session });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_in_chromium_talks_holds_resumes_reloads_and_hangs_up() {
    let mut world = World::with_caller().await;
    let mut browser = Browser::open(MICROPHONE_HERTZ).await;
    let (first, second) = (LegId(2), LegId(3));

    let mut negotiation = ring(&mut world, &mut browser, first).await;
    browser.order(json!({ "verb": "press", "key": "5" })).await;
    world.expect(|event| *event == Event::Digit { leg: first, digit: '5' }).await;

    renegotiate(&world, &mut browser, first, &mut negotiation, Direction::SendOnly).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    world.phone.forget();
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(world.phone.share(MICROPHONE_HERTZ), 0.0, "an agent on hold is heard");
    renegotiate(&world, &mut browser, first, &mut negotiation, Direction::SendRecv).await;
    world.caller_hears_the_agent().await;
    agent_hears_the_caller(&mut browser).await;

    // The page goes away without a word of signalling: its goodbye in DTLS tells at once.
    browser.order(json!({ "verb": "reload" })).await;
    let began = StdInstant::now();
    world.expect(|event| matches!(event, Event::Failed { leg, .. } if *leg == first)).await;
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    world.send(Command::Close { leg: first });
    world.expect(|event| matches!(event, Event::Closed { leg, .. } if *leg == first)).await;

    ring(&mut world, &mut browser, second).await;
    let statistics = browser.order(json!({ "verb": "statistics" })).await;
    assert_eq!(statistics["lost"], 0, "{statistics}");
    assert!(statistics["srtp"].is_string(), "{statistics}");
    world.send(Command::Close { leg: second });
    let closed = world.expect(|event| matches!(event, Event::Closed { leg, .. } if *leg == second)).await;
    assert!(
        matches!(closed, Event::Closed { stats, .. } if stats.received > 20 && stats.sent > 20 && stats.refused == 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_in_chromium_calls_out() {
    let mut world = World::with_caller().await;
    let mut browser = Browser::open(MICROPHONE_HERTZ).await;
    let leg = LegId(2);
    let offer = browser.order(json!({ "verb": "offer" })).await;
    let (answer, session) = world.negotiation().answer(description(&offer)).expect("an offer");
    world.bridge(leg, session);
    let sdp = std::str::from_utf8(&answer).expect("text");
    browser.order(json!({ "verb": "take", "sdp": sdp })).await;
    browser.order(json!({ "verb": "connected" })).await;
    world.caller_hears_the_agent().await;
    agent_hears_the_caller(&mut browser).await;
}
