//! Does a trunk carry calls? Asked by OPTIONS (RFC 3261 §11), and learned from every call through it.
//!
//! Two things make a trunk bad: it says nothing (or there is no way to it), or it refuses call after call.
//! A call never waits for the answer: whoever chooses a trunk looks at [`Health::state`].
//!
//! | state | input | next | does |
//! | --- | --- | --- | --- |
//! | Up | it is time | Up | OPTIONS |
//! | Up, answers OPTIONS | OPTIONS, or an INVITE, not answered in time | Probing | OPTIONS at once |
//! | Up, never answered OPTIONS | OPTIONS not answered in time | Up | |
//! | Up, never answered OPTIONS | an INVITE not answered in time | Down, silent | back-off |
//! | Probing | anything is heard | Up | |
//! | Probing | the third OPTIONS in a row not answered | Down, silent | back-off |
//! | any | no way there | Down, no way | back-off |
//! | any | OPTIONS answered 503, 408, 504 | Down, busy | back-off, at least Retry-After |
//! | Up, Probing | the n-th call in a row answered 5xx | Down, refusing | back-off |
//! | Down, answers OPTIONS | back-off over | Down | OPTIONS |
//! | Down, never answered OPTIONS | back-off over | Up | the next failure opens the circuit again |
//! | Down, silent or no way or busy | anything else is heard | Up | |
//! | Down, refusing | OPTIONS answered | Up | the next refusal opens the circuit again |
//! | Down, refusing | a call is taken | Up | |
//! | Down | OPTIONS not answered | Down | back-off, doubled |
//!
//! Any answer to OPTIONS but those above says that somebody is there: many carriers answer 404 or 405. Some leave
//! every OPTIONS without answer; that says nothing of them, only of a trunk that has answered one before.
//! Back-off begins at [`FIRST`] and doubles up to [`TrunkHealth::back_off_s`]; a call that is carried, or an answer
//! after silence, begins it anew. Everything is of fixed size.

use std::time::Duration;

use super::{TrunkHealth, TrunkState, TrunkTrouble};
use crate::base::Instant;

/// The first back-off.
const FIRST: Duration = Duration::from_secs(1);
/// Unanswered OPTIONS in a row that make a trunk silent.
const MISSES: u8 = 3;

/// What happens to a trunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Happening {
    /// [`Health::due`] has come.
    Due,
    /// The answer to our OPTIONS.
    Answered { status: u16, retry_after: Option<Duration> },
    /// Nothing can be sent there.
    NoWay,
    /// A call got no response at all in time.
    CallUnheard,
    /// A response to the INVITE of a call.
    CallAnswered { status: u16 },
}

/// One trunk. See the module's head.
#[derive(Clone, Debug)]
pub struct Health {
    settings: TrunkHealth,
    /// Between two OPTIONS; `None`: it is not asked.
    every: Option<Duration>,
    state: TrunkState,
    since: Instant,
    why: Option<TrunkTrouble>,
    /// OPTIONS in a row without answer.
    misses: u8,
    /// Calls in a row that were refused.
    refused: u32,
    back_off: Duration,
    /// An OPTIONS is on its way since then.
    asked: Option<Instant>,
    round_trip: Option<Duration>,
    /// It has answered an OPTIONS.
    answers: bool,
    due: Option<Instant>,
}

impl Health {
    /// `every`: between now and the first OPTIONS, and between two; `None`: only calls tell.
    pub fn new(now: Instant, settings: TrunkHealth, every: Option<Duration>) -> Self {
        Self {
            settings,
            every,
            state: TrunkState::Up,
            since: now,
            why: None,
            misses: 0,
            refused: 0,
            back_off: Duration::ZERO,
            asked: None,
            round_trip: None,
            answers: false,
            due: every.map(|every| now + every),
        }
    }

    /// Takes new settings; what is known of the trunk stays.
    pub fn set(&mut self, now: Instant, settings: TrunkHealth, every: Option<Duration>) {
        if self.every != every && self.state != TrunkState::Down {
            self.asked = None;
            self.due = every.map(|every| now + every);
        }
        (self.settings, self.every) = (settings, every);
    }

    pub fn state(&self) -> TrunkState {
        self.state
    }

    pub fn since(&self) -> Instant {
        self.since
    }

    /// Why it is not up.
    pub fn why(&self) -> Option<TrunkTrouble> {
        self.why
    }

    /// From the last OPTIONS to its answer.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// When [`Happening::Due`] is due.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// `true`: an OPTIONS is to be sent now, and an earlier one is not waited for any more.
    pub fn handle(&mut self, now: Instant, happening: Happening) -> bool {
        match happening {
            Happening::Due => self.due_now(now),
            Happening::Answered { status, retry_after } => {
                self.answers = true;
                self.round_trip = self.asked.take().map(|asked| now.since(asked)).or(self.round_trip);
                if matches!(status, 408 | 503 | 504) {
                    self.down(now, TrunkTrouble::Busy, retry_after.unwrap_or_default());
                } else {
                    self.alive(now);
                }
                false
            }
            Happening::NoWay => {
                self.down(now, TrunkTrouble::NoWay, Duration::ZERO);
                false
            }
            Happening::CallUnheard => match self.state {
                TrunkState::Up if self.is_asked() => self.missed(now),
                TrunkState::Up => {
                    self.down(now, TrunkTrouble::Silent, Duration::ZERO);
                    false
                }
                TrunkState::Probing | TrunkState::Down => false,
            },
            Happening::CallAnswered { status } => {
                self.call_answered(now, status);
                false
            }
        }
    }

    fn due_now(&mut self, now: Instant) -> bool {
        if self.asked.is_some() {
            return self.missed(now);
        }
        if self.state == TrunkState::Down && !self.is_asked() {
            self.on_trial(now);
            self.due = self.every.map(|every| now + every);
            return false;
        }
        self.every.is_some() && self.ask(now)
    }

    /// Does it say something that an OPTIONS has no answer?
    fn is_asked(&self) -> bool {
        self.answers && self.every.is_some()
    }

    fn ask(&mut self, now: Instant) -> bool {
        self.asked = Some(now);
        self.due = Some(now + Duration::from_millis(u64::from(self.settings.silence_ms)));
        true
    }

    /// Nothing came back in time.
    fn missed(&mut self, now: Instant) -> bool {
        self.asked = None;
        if !self.answers {
            self.due = self.every.map(|every| now + every);
            return false;
        }
        self.misses = self.misses.saturating_add(1);
        if self.state == TrunkState::Down || self.misses >= MISSES {
            self.down(now, self.why.unwrap_or(TrunkTrouble::Silent), Duration::ZERO);
            return false;
        }
        self.enter(now, TrunkState::Probing, Some(TrunkTrouble::Silent));
        self.ask(now)
    }

    fn down(&mut self, now: Instant, why: TrunkTrouble, at_least: Duration) {
        let longest = Duration::from_secs(u64::from(self.settings.back_off_s)).max(FIRST);
        self.back_off = self.back_off.saturating_mul(2).clamp(FIRST, longest);
        self.asked = None;
        self.due = Some(now + self.back_off.max(at_least.min(longest)));
        self.enter(now, TrunkState::Down, Some(why));
    }

    /// Somebody is there.
    fn alive(&mut self, now: Instant) {
        self.misses = 0;
        match (self.state, self.why) {
            (TrunkState::Down, Some(TrunkTrouble::Refusing)) => self.on_trial(now),
            (TrunkState::Up, _) => {}
            _ => {
                self.back_off = Duration::ZERO;
                self.enter(now, TrunkState::Up, None);
            }
        }
        if self.asked.is_none() {
            self.due = self.every.map(|every| now + every);
        }
    }

    /// Up, but one more refusal is enough.
    fn on_trial(&mut self, now: Instant) {
        self.refused = self.settings.failures.saturating_sub(1);
        self.enter(now, TrunkState::Up, None);
    }

    fn call_answered(&mut self, now: Instant, status: u16) {
        if (500..600).contains(&status) {
            self.refused = self.refused.saturating_add(1);
            if self.refused >= self.settings.failures && self.state != TrunkState::Down {
                return self.down(now, TrunkTrouble::Refusing, Duration::ZERO);
            }
        } else if status > 100 {
            self.refused = 0;
            self.back_off = Duration::ZERO;
            if self.why == Some(TrunkTrouble::Refusing) {
                self.enter(now, TrunkState::Up, None);
            }
        }
        if self.why != Some(TrunkTrouble::Refusing) && self.state != TrunkState::Up {
            self.asked = None;
            self.alive(now);
        }
    }

    fn enter(&mut self, now: Instant, state: TrunkState, why: Option<TrunkTrouble>) {
        if self.state != state {
            (self.state, self.since) = (state, now);
        }
        self.why = why;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_micros(1_700_000_000_000_000);

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// A trunk, the time, and when an OPTIONS went out.
    struct Scene {
        health: Health,
        now: Instant,
        asked: Vec<u128>,
    }

    impl Scene {
        fn new(every: Option<Duration>) -> Self {
            let settings = TrunkHealth { failures: 3, back_off_s: 4, ..TrunkHealth::default() };
            Self { health: Health::new(START, settings, every), now: START, asked: Vec::new() }
        }

        fn tell(&mut self, happening: Happening) {
            if self.health.handle(self.now, happening) {
                self.asked.push(self.now.since(START).as_millis());
            }
        }

        /// Lets time go by; `answers`: what every OPTIONS gets at once.
        fn run(&mut self, span: Duration, answers: Option<u16>) {
            let end = self.now + span;
            while let Some(due) = self.health.due().filter(|due| *due <= end) {
                self.now = due.max(self.now);
                let before = self.asked.len();
                self.tell(Happening::Due);
                if let (true, Some(status)) = (self.asked.len() > before, answers) {
                    self.tell(Happening::Answered { status, retry_after: None });
                }
            }
            self.now = end;
        }

        fn is(&self, state: TrunkState, why: Option<TrunkTrouble>) {
            assert_eq!((self.health.state(), self.health.why()), (state, why));
        }
    }

    #[test]
    fn who_answers_is_asked_now_and_then() {
        for status in [200, 404, 405, 401, 500] {
            let mut scene = Scene::new(Some(ms(30_000)));
            scene.run(ms(65_000), Some(status));
            assert_eq!(scene.asked, [30_000, 60_000]);
            scene.is(TrunkState::Up, None);
        }
    }

    #[test]
    fn who_falls_silent_is_passed_over_at_once_and_given_up_after_three_questions() {
        let mut scene = Scene::new(Some(ms(30_000)));
        scene.run(ms(31_000), Some(200));
        scene.tell(Happening::CallUnheard);
        scene.is(TrunkState::Probing, Some(TrunkTrouble::Silent));
        scene.run(ms(999), None);
        scene.is(TrunkState::Probing, Some(TrunkTrouble::Silent));
        scene.run(ms(1), None);
        scene.is(TrunkState::Down, Some(TrunkTrouble::Silent));
        scene.run(ms(20_000), None);
        // Back-offs of 1, 2, 4, 4 seconds, each after the half second that an answer may take.
        assert_eq!(scene.asked, [30_000, 31_000, 31_500, 33_000, 35_500, 40_000, 44_500, 49_000]);
        scene.run(ms(4_000), Some(200));
        scene.is(TrunkState::Up, None);
    }

    /// Has answered once, and is asked again now.
    fn answering() -> Scene {
        let mut scene = Scene::new(Some(ms(30_000)));
        scene.run(ms(59_999), Some(200));
        scene.run(ms(1), None);
        scene
    }

    #[test]
    fn one_lost_packet_is_no_failure() {
        let mut scene = answering();
        scene.run(ms(600), None);
        scene.is(TrunkState::Probing, Some(TrunkTrouble::Silent));
        scene.tell(Happening::Answered { status: 200, retry_after: None });
        scene.is(TrunkState::Up, None);
        assert_eq!(scene.health.round_trip(), Some(ms(100)));
    }

    #[test]
    fn a_call_says_as_much_as_an_answer() {
        let mut scene = answering();
        scene.run(ms(600), None);
        scene.tell(Happening::CallAnswered { status: 100 });
        scene.is(TrunkState::Up, None);
        scene.tell(Happening::NoWay);
        scene.is(TrunkState::Down, Some(TrunkTrouble::NoWay));
        scene.tell(Happening::CallAnswered { status: 503 });
        scene.is(TrunkState::Up, None);
    }

    #[test]
    fn who_refuses_call_after_call_gets_none_for_a_while_and_then_one() {
        let mut scene = Scene::new(Some(ms(30_000)));
        scene.run(ms(30_000), Some(200));
        for status in [503, 500, 404, 503, 100, 503] {
            scene.tell(Happening::CallAnswered { status });
            scene.is(TrunkState::Up, None);
        }
        scene.tell(Happening::CallAnswered { status: 502 });
        scene.is(TrunkState::Down, Some(TrunkTrouble::Refusing));
        scene.tell(Happening::CallAnswered { status: 100 });
        scene.is(TrunkState::Down, Some(TrunkTrouble::Refusing));
        scene.run(ms(1_000), Some(200));
        scene.is(TrunkState::Up, None);
        scene.tell(Happening::CallAnswered { status: 503 });
        scene.is(TrunkState::Down, Some(TrunkTrouble::Refusing));
        scene.run(ms(1_999), Some(200));
        scene.is(TrunkState::Down, Some(TrunkTrouble::Refusing));
        scene.run(ms(1), Some(200));
        scene.tell(Happening::CallAnswered { status: 200 });
        scene.tell(Happening::CallAnswered { status: 503 });
        scene.is(TrunkState::Up, None);
    }

    #[test]
    fn who_is_busy_is_left_alone_for_as_long_as_it_says() {
        let mut scene = Scene::new(Some(ms(30_000)));
        scene.tell(Happening::Due);
        scene.tell(Happening::Answered { status: 503, retry_after: Some(ms(3_000)) });
        scene.is(TrunkState::Down, Some(TrunkTrouble::Busy));
        assert_eq!(scene.health.due(), Some(START + ms(3_000)));
        scene.run(ms(3_000), Some(200));
        scene.is(TrunkState::Up, None);
    }

    #[test]
    fn who_is_not_asked_is_tried_by_a_call() {
        let mut scene = Scene::new(None);
        assert_eq!(scene.health.due(), None);
        scene.tell(Happening::CallUnheard);
        scene.is(TrunkState::Down, Some(TrunkTrouble::Silent));
        scene.run(ms(1_000), None);
        scene.is(TrunkState::Up, None);
        scene.tell(Happening::CallUnheard);
        assert_eq!((scene.health.due(), scene.asked.len()), (Some(START + ms(3_000)), 0));
    }

    #[test]
    fn who_never_answers_questions_is_judged_by_calls() {
        let mut scene = Scene::new(Some(ms(30_000)));
        scene.run(ms(65_000), None);
        scene.is(TrunkState::Up, None);
        assert_eq!(scene.asked, [30_000, 60_500]);
        scene.tell(Happening::CallUnheard);
        scene.is(TrunkState::Down, Some(TrunkTrouble::Silent));
        scene.run(ms(1_000), None);
        scene.is(TrunkState::Up, None);
    }

    #[test]
    fn new_settings_keep_what_is_known() {
        let mut scene = Scene::new(None);
        scene.tell(Happening::NoWay);
        scene.health.set(scene.now, TrunkHealth::default(), Some(ms(5_000)));
        scene.is(TrunkState::Down, Some(TrunkTrouble::NoWay));
        scene.run(ms(6_000), Some(200));
        scene.is(TrunkState::Up, None);
        assert_eq!(scene.asked, [6_000]);
    }
}
