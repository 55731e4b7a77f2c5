//! A call of five, from the control plane to the ear: what each hears of the others' tones.

use std::net::SocketAddr;

use super::{AttemptId, Branch, Calls, Command, Event, Input, Mode, Output, Party, Ring, Role, Settings, hears};
use crate::base::{CallId, InteractionId, LegId, Rng};
use crate::media::engine::phones::World;
use crate::media::recorder::Recording;
use crate::media::tone::share;
use crate::media::{self, Codec, PlayId, PortLease, Sound, WorkerId};
use crate::sip::{self, Target, Transport};

const CALL: CallId = CallId(1);
const CUSTOMER: usize = 0;
const AGENT: usize = 1;
const OTHER: usize = 2;
const GUEST: usize = 3;
const SUPERVISOR: usize = 4;
/// What each of them says.
const TONES: [f64; 5] = [440.0, 700.0, 1_000.0, 1_500.0, 2_200.0];
/// What `music/hold` sounds like.
const MUSIC: f64 = 350.0;

/// Five phones on one call, none of them heard by anybody yet.
struct Five {
    calls: Calls,
    world: World,
    legs: Vec<LegId>,
    parties: Vec<Party>,
}

impl Five {
    fn new() -> Self {
        let world = World::new();
        let calls = Calls::new(Settings::default(), 1, world.now);
        let mut five = Self { calls, world, legs: Vec::new(), parties: Vec::new() };
        let lease = |n: u16| PortLease { worker: WorkerId(0), rtp: SocketAddr::from(([127, 0, 0, 1], 20_000 + 2 * n)) };
        five.media(media::Event::Ready { worker: WorkerId(0), rtc: None });
        five.media(media::Event::Lent { ports: (1..=5).map(lease).collect() });
        five.command(Command::Open { call: CALL });
        let roles = [Role::Customer, Role::Agent, Role::Agent, Role::Guest, Role::Supervisor];
        for (nth, role) in roles.into_iter().enumerate() {
            let leg = five.reach(nth, if nth % 2 == 0 { Codec::Pcmu } else { Codec::Pcma });
            let party = Party { leg, role, mode: Mode::Apart };
            five.legs.push(leg);
            five.parties.push(party);
            five.command(Command::Enter { call: CALL, party });
        }
        five
    }

    /// Rings a phone that answers with this codec.
    fn reach(&mut self, nth: usize, codec: Codec) -> LegId {
        let address = SocketAddr::from(([10, 0, 0, nth as u8 + 1], 4_000));
        let branch = Branch {
            target: Target::Contact { user: nth.to_string(), contact: 1 },
            webrtc: false,
            addr: address,
            transport: Transport::Udp,
        };
        let ring = Ring {
            call: CALL,
            attempt: AttemptId(nth as u64),
            branches: vec![branch],
            from: sip::CallerId { name: String::new(), user: "hotline".to_owned(), host: String::new() },
            headers: Vec::new(),
            give_up_after_ms: 20_000,
            unheard_after_ms: None,
        };
        let invited = self.command(Command::Ring(ring)).into_iter().find_map(|output| match output {
            Output::Sip(sip::Command::Invite(invite)) => Some(invite.leg),
            _ => None,
        });
        let leg = invited.unwrap();
        let (host, port, payload) = (address.ip(), address.port(), codec.payload_type());
        let answer = format!(
            "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP {payload} 101\r\n\
             a=rtpmap:101 telephone-event/8000\r\n"
        );
        let outputs = self.input(Input::Sip(sip::Event::Accepted { leg, answer: Some(answer.into()) }));
        let lease = outputs.iter().find_map(|output| match output {
            Output::Media { command: media::Command::Open { port, .. }, .. } => *port,
            _ => None,
        });
        assert!(outputs.iter().any(|output| matches!(output, Output::Event(Event::Reached { .. }))));
        self.world.attach(leg, lease.unwrap(), address, codec, TONES[nth]);
        leg
    }

    fn input(&mut self, input: Input) -> Vec<Output> {
        let mut outputs = Vec::new();
        self.calls.handle(self.world.now, input, &mut outputs);
        for output in &outputs {
            if let Output::Media { command, .. } = output {
                self.world.command(command.clone());
            }
        }
        outputs
    }

    fn command(&mut self, command: Command) -> Vec<Output> {
        self.input(Input::Command(command))
    }

    fn media(&mut self, event: media::Event) {
        self.input(Input::Media(event));
    }

    fn set(&mut self, nth: usize, mode: Mode) {
        self.parties[nth].mode = mode;
        self.command(Command::SetMode { call: CALL, leg: self.legs[nth], mode });
    }

    fn modes(&mut self, modes: [Mode; 5]) {
        modes.into_iter().enumerate().for_each(|(nth, mode)| self.set(nth, mode));
    }

    /// By ear and by the table: which of the five each of them hears.
    fn heard(&mut self) -> [Vec<usize>; 5] {
        self.world.run(200);
        self.legs.iter().for_each(|leg| self.world.phone_mut(*leg).heard.clear());
        self.world.run(500);
        let by_ear = std::array::from_fn(|nth| {
            let tones = self.world.tones(self.legs[nth], &TONES);
            (0..5).filter(|speaker| tones.contains(&TONES[*speaker])).collect::<Vec<_>>()
        });
        let by_table = hears(&self.parties);
        for ((_, from), ear) in by_table.iter().zip(&by_ear) {
            assert!(from.iter().eq(ear.iter().map(|speaker| &self.legs[*speaker])), "{by_table:?} but {by_ear:?}");
        }
        assert_eq!(self.world.failed(), Vec::<&str>::new());
        by_ear
    }
}

use Mode::{Apart, Listen, Talk};

#[test]
fn every_ear_hears_what_its_mode_says_and_nothing_else() {
    let mut five = Five::new();
    let nobody: [Vec<usize>; 5] = Default::default();
    assert_eq!(five.heard(), nobody);
    let whisper = Mode::Whisper(five.legs[AGENT]);
    type Row = (&'static str, [Mode; 5], [&'static [usize]; 5]);
    let rows: [Row; 8] = [
        ("a talk", [Talk, Talk, Apart, Apart, Apart], [&[1], &[0], &[], &[], &[]]),
        ("consultation", [Apart, Talk, Talk, Apart, Apart], [&[], &[2], &[1], &[], &[]]),
        ("swapped", [Talk, Talk, Apart, Apart, Apart], [&[1], &[0], &[], &[], &[]]),
        ("three", [Talk, Talk, Talk, Apart, Apart], [&[1, 2], &[0, 2], &[0, 1], &[], &[]]),
        ("monitored", [Talk, Talk, Apart, Apart, Listen], [&[1], &[0], &[], &[], &[0, 1]]),
        ("whispered to", [Talk, Talk, Apart, Talk, whisper], [&[1, 3], &[0, 3, 4], &[], &[0, 1], &[0, 1, 3]]),
        ("taken over", [Talk, Apart, Apart, Apart, Talk], [&[4], &[], &[], &[], &[0]]),
        ("a conference", [Talk; 5], [&[1, 2, 3, 4], &[0, 2, 3, 4], &[0, 1, 3, 4], &[0, 1, 2, 4], &[0, 1, 2, 3]]),
    ];
    for (what, modes, expected) in rows {
        five.modes(modes);
        assert_eq!(five.heard(), expected.map(<[usize]>::to_vec), "{what}");
    }
    five.modes([Talk, Talk, Apart, Listen, whisper]);
    assert_eq!(five.heard(), [vec![1], vec![0, 4], vec![], vec![0, 1], vec![0, 1]], "five with every mode");
}

#[test]
fn one_on_hold_hears_the_music_alone_and_a_leg_that_ends_is_heard_by_nobody() {
    let mut five = Five::new();
    five.modes([Apart, Talk, Talk, Apart, Apart]);
    let music = vec![Sound("music/hold".to_owned())];
    five.command(Command::Play { leg: five.legs[CUSTOMER], play: PlayId(1), sounds: music, repeat: true });
    five.heard();
    five.world.run(200);
    assert!(five.world.heard(five.legs[CUSTOMER], MUSIC).1 > 0.9);
    five.set(CUSTOMER, Talk);
    assert_eq!(five.heard()[CUSTOMER], [AGENT, OTHER], "the music ends with the hold");
    let gone = five.legs[OTHER];
    five.command(Command::Hangup { leg: gone, reason: super::reason(200, "bye") });
    five.parties[OTHER].mode = Apart;
    five.world.phones.remove(&gone);
    five.world.run(200);
    five.world.phone_mut(five.legs[CUSTOMER]).heard.clear();
    five.world.run(500);
    assert_eq!(five.world.tones(five.legs[CUSTOMER], &TONES), [TONES[AGENT]]);
}

#[test]
fn the_recording_follows_the_parties() {
    let mut five = Five::new();
    let interaction = InteractionId::new(five.world.now, &mut Rng::new(1));
    five.command(Command::Record { call: CALL, interaction, path: "x.wav".to_owned(), paused: false });
    five.modes([Talk, Talk, Apart, Apart, Listen]);
    five.world.run(1_000);
    five.set(SUPERVISOR, Talk);
    five.set(GUEST, Talk);
    five.world.run(1_000);
    five.command(Command::PauseRecording { call: CALL, paused: true });
    five.world.run(1_000);
    five.command(Command::Record { call: CALL, interaction, path: "y.wav".to_owned(), paused: false });
    five.world.run(1_000);
    five.command(Command::End { call: CALL, reason: super::reason(200, "bye") });
    let files = five.world.recordings.iter().filter(|recording| matches!(recording, Recording::Begin { .. }));
    assert_eq!(files.count(), 1);
    // As the file has it: what no block says is silence.
    let mut samples = Vec::new();
    for recording in &five.world.recordings {
        if let Recording::Block { at, samples: block, .. } = recording {
            samples.resize(*at as usize * 2, 0);
            samples.extend_from_slice(block);
        }
    }
    let side = |side: usize, from_ms: usize, to_ms: usize| -> Vec<i16> {
        samples[from_ms * 16..to_ms * 16].iter().skip(side).step_by(2).copied().collect()
    };
    let right = |from, to| TONES.map(|hertz| share(&side(1, from, to), hertz) > 0.1);
    assert!(share(&side(0, 100, 1_900), TONES[CUSTOMER]) > 0.9);
    // Legs are recorded whatever their mode, supervisors only while all hear them.
    assert_eq!(right(100, 900), [false, true, true, true, false]);
    assert_eq!(right(1_100, 1_900), [false, true, true, true, true]);
    for channel in [side(0, 2_050, 2_950), side(1, 2_050, 2_950)] {
        assert!(channel.iter().all(|sample| *sample == 0), "paused");
    }
    assert!(share(&side(0, 3_100, 3_900), TONES[CUSTOMER]) > 0.9);
    assert_eq!(right(3_100, 3_900), [false, true, true, true, true]);
}

#[test]
fn a_session_is_refreshed_with_the_media_as_they_are() {
    let mut five = Five::new();
    let leg = five.legs[AGENT];
    let mut offers = Vec::new();
    for _ in 0..3 {
        let out = five.input(Input::Sip(sip::Event::RefreshDue { leg }));
        let [Output::Sip(sip::Command::Offer { leg: of, offer })] = &out[..] else { panic!("{out:?}") };
        assert_eq!(*of, leg);
        // While it is on its way there is no other.
        assert!(five.input(Input::Sip(sip::Event::RefreshDue { leg })).is_empty());
        offers.push(offer.clone());
        let answer = "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\n\
                      a=rtpmap:101 telephone-event/8000\r\n";
        five.input(Input::Sip(sip::Event::OfferAnswered { leg, answer: Some(answer.into()) }));
    }
    assert_eq!(offers[1], offers[2], "the same description, the same version");
    five.modes([Mode::Talk, Mode::Talk, Mode::Apart, Mode::Apart, Mode::Apart]);
    assert_eq!(five.heard()[CUSTOMER], [AGENT]);
    assert!(five.input(Input::Sip(sip::Event::RefreshDue { leg: LegId(77) })).is_empty());
}
