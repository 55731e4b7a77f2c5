//! The steps of single calls: the table at the head of the room.

use std::time::Duration;

use crate::base::{AgentId, Instant};
use crate::campaign::{
    Answerer, Class, Counted, Counting, DialEnd, DialId, Input, Kept, Law, Mode, NotNow, Output, Pacer, Presence,
    Settings, TakenBack, Tally, What,
};

struct Story {
    pacer: Pacer,
    settings: Settings,
    now: Instant,
    out: Vec<Output>,
}

const A: AgentId = AgentId(1);
const B: AgentId = AgentId(2);

impl Story {
    fn new(mode: Mode) -> Self {
        let law = Law { counting: Counting::Ofcom, cap: 30_000, begin: Instant::ZERO, mistaken: 10_000 };
        let settings = Settings { law, mode, ring: Duration::from_secs(20), lines: 50 };
        let now = Instant::from_micros(1_000_000_000);
        Self { pacer: Pacer::new(settings), settings, now, out: Vec::new() }
    }

    fn served(mut self, people: u64) -> Self {
        self.pacer.carry_over(self.now, people);
        self
    }

    fn tell(&mut self, input: Input) -> &mut Self {
        self.pacer.handle(self.now, input, &mut self.out);
        self
    }

    fn agent(&mut self, agent: AgentId, is: Presence) -> &mut Self {
        self.tell(Input::Agent { agent, is })
    }

    fn next(&mut self) -> &mut Self {
        self.tell(Input::Next(Some(Class::default())))
    }

    fn answered(&mut self, dial: u64, by: Answerer) -> &mut Self {
        let greeted = self.now;
        self.tell(Input::Answered { dial: DialId(dial), by, greeted })
    }

    fn pass(&mut self, ms: u64) -> &mut Self {
        self.now = self.now + Duration::from_millis(ms);
        self.tell(Input::Wake)
    }

    /// What was ordered since the last look, without the certificate; and how calls were counted.
    fn orders(&mut self) -> (Vec<Output>, Vec<Counted>) {
        let (mut orders, mut counted) = (Vec::new(), Vec::new());
        for output in std::mem::take(&mut self.out) {
            match output {
                Output::Record(line) => counted.extend(match line.what {
                    What::Ended { counted, .. } => Some(counted),
                    _ => None,
                }),
                order => orders.push(order),
            }
        }
        (orders, counted)
    }

    fn tally(&self) -> Tally {
        self.pacer.ledger().tally(0)
    }
}

#[test]
fn without_budget_each_call_holds_an_agent() {
    let mut story = Story::new(Mode::Predictive);
    story.next().agent(A, Presence::Ready);
    assert_eq!(story.orders().0, [Output::Dial(DialId(0))]);
    story.next();
    assert_eq!(story.orders().0, []);
    assert_eq!(story.pacer.not_now(), Some(NotNow::NoBudget));
    assert_eq!(story.pacer.spare(), 0, "the agent is held");
    story.agent(B, Presence::Ready);
    assert_eq!(story.orders().0, [Output::Dial(DialId(1))]);
    story.answered(1, Answerer::Person);
    assert_eq!(story.orders().0, [Output::Connect { dial: DialId(1), agent: A }], "ready for longest");
    story.tell(Input::Served { dial: DialId(1), person: true });
    assert_eq!(story.tally().served, 1);
}

#[test]
fn an_agent_who_goes_leaves_a_call_to_the_budget_or_to_be_taken_back() {
    let mut story = Story::new(Mode::Progressive).served(40);
    story.agent(A, Presence::Ready).agent(B, Presence::Ready).next().next();
    story.agent(A, Presence::Gone);
    assert!(!story.orders().0.iter().any(|order| matches!(order, Output::Cancel { .. })), "the budget carries one");
    story.agent(B, Presence::Talking { frees_in: None });
    assert_eq!(story.orders().0, [Output::Cancel { dial: DialId(1), why: TakenBack::Uncovered }]);
    // The network was faster: both are answered, one is paid, one is lost.
    story.answered(0, Answerer::Person).answered(1, Answerer::Person).pass(2_000);
    let (orders, counted) = story.orders();
    assert_eq!(orders, [Output::SafeMessage(DialId(0)), Output::SafeMessage(DialId(1))]);
    assert_eq!(counted, [Counted::Abandoned, Counted::Lost]);
    assert!(story.tally().spent(&story.settings.law) <= story.tally().earned(&story.settings.law));
}

#[test]
fn whoever_answered_what_was_taken_back_is_abandoned() {
    let mut story = Story::new(Mode::Progressive).served(40);
    story.agent(A, Presence::Ready).agent(B, Presence::Ready).next().next();
    story.agent(A, Presence::Gone).agent(B, Presence::Gone).orders();
    story.tell(Input::Ended { dial: DialId(1), end: DialEnd::Crossed });
    assert_eq!(story.orders().1, [Counted::Abandoned], "the budget of a call in the air is kept to its end");
    story.tell(Input::Ended { dial: DialId(0), end: DialEnd::Crossed });
    assert_eq!(story.orders().1, [Counted::Lost]);
    let mut story = Story::new(Mode::Agentless { lines: 1 });
    story.next().tell(Input::Ended { dial: DialId(0), end: DialEnd::Crossed });
    assert_eq!(story.orders().1, [Counted::Lost], "no message was heard");
}

#[test]
fn whoever_waits_is_connected_within_two_seconds_or_hears_the_message() {
    let mut story = Story::new(Mode::Power { ratio_percent: 300 }).served(400);
    story.agent(A, Presence::Ready).next().next().next();
    story.answered(0, Answerer::Person).answered(1, Answerer::Person).answered(2, Answerer::Person);
    story.orders();
    story.pass(1_900).agent(B, Presence::Ready);
    assert_eq!(story.orders().0, [Output::Connect { dial: DialId(1), agent: B }]);
    story.pass(100);
    assert_eq!(story.orders(), (vec![Output::SafeMessage(DialId(2))], vec![Counted::Abandoned]));
    story.answered(2, Answerer::Person).tell(Input::Ended { dial: DialId(2), end: DialEnd::HungUp });
    assert_eq!(story.orders(), (vec![], vec![]), "what is over is over");
}

#[test]
fn a_verdict_that_comes_after_the_grace_is_abandoned_at_once() {
    let mut story = Story::new(Mode::Progressive).served(40);
    story.agent(A, Presence::Ready).next().orders();
    let greeted = story.now;
    story.now = story.now + Duration::from_secs(10);
    story.tell(Input::Answered { dial: DialId(0), by: Answerer::Person, greeted });
    assert_eq!(story.orders(), (vec![Output::SafeMessage(DialId(0))], vec![Counted::Abandoned]));
}

#[test]
fn a_bridge_that_fails_goes_on_with_what_is_left_of_the_grace() {
    let mut story = Story::new(Mode::Progressive).served(40);
    story.agent(A, Presence::Ready).next().answered(0, Answerer::Person).orders();
    story.agent(A, Presence::Gone).tell(Input::Unbridged(DialId(0))).pass(1_000).agent(B, Presence::Ready);
    assert_eq!(story.orders().0, [Output::Connect { dial: DialId(0), agent: B }]);
    story.agent(B, Presence::Gone).tell(Input::Unbridged(DialId(0))).pass(1_000);
    assert_eq!(story.orders(), (vec![Output::SafeMessage(DialId(0))], vec![Counted::Abandoned]));
}

#[test]
fn a_machine_is_left_to_the_agent_where_the_budget_has_no_room_for_a_mistake() {
    let mut story = Story::new(Mode::Progressive);
    story.agent(A, Presence::Ready).next().answered(0, Answerer::Machine);
    assert_eq!(story.orders().0.last(), Some(&Output::Connect { dial: DialId(0), agent: A }));
    let mut story = Story::new(Mode::Progressive).served(1);
    story.agent(A, Presence::Ready).next().answered(0, Answerer::Machine);
    assert_eq!(story.orders().0.last(), Some(&Output::Machine(DialId(0))));
    assert_eq!(story.tally().machines, 1);
}

#[test]
fn before_the_end_of_a_window_no_call_is_made_on_its_budget() {
    let mut story = Story::new(Mode::Power { ratio_percent: 300 }).served(400);
    story.now = Instant::from_micros((86_400 - 40) * 1_000_000);
    story.agent(A, Presence::Ready).next().next();
    assert_eq!(story.orders().0, [Output::Dial(DialId(0))], "the one that holds the agent");
    assert_eq!(story.pacer.not_now(), Some(NotNow::WindowEnds));
    // Answered after midnight, it belongs to the day on which it was dialled.
    story.agent(A, Presence::Gone);
    story.now = Instant::from_micros(86_401 * 1_000_000);
    story.answered(0, Answerer::Person).pass(2_000);
    assert_eq!((story.tally().abandoned, story.pacer.ledger().tally(1)), (1, Tally::default()));
}

#[test]
fn a_restart_keeps_the_claims_of_what_is_in_the_air() {
    let mut story = Story::new(Mode::Power { ratio_percent: 300 }).served(100);
    story.agent(A, Presence::Ready).next().next().next();
    let made = story.orders().0.len();
    assert_eq!(made, 3, "one holds the agent, the budget carries two");
    let written = serde_json::to_string(story.pacer.keep()).unwrap();
    let kept: Kept = serde_json::from_str(&written).unwrap();
    let mut out = Vec::new();
    story.pacer = Pacer::resume(story.settings, kept, story.now, &mut out);
    story.agent(A, Presence::Ready).next();
    assert_eq!(story.orders().0, [], "the agent and the budget are claimed");
    story.tell(Input::Ended { dial: DialId(0), end: DialEnd::NoAnswer });
    assert_eq!(story.orders().0, [Output::Dial(DialId(3))], "no number is used twice");
    story.pass(89_999).orders();
    story.pass(1);
    assert_eq!(story.orders().1.iter().filter(|counted| **counted == Counted::Abandoned).count(), 2);
}

#[test]
fn manual_and_preview_wait_for_the_agent() {
    let mut story = Story::new(Mode::Manual);
    story.agent(A, Presence::Ready).next();
    assert_eq!(story.pacer.not_now(), Some(NotNow::AgentsAsk));
    story.tell(Input::Ask(A));
    assert_eq!(story.orders().0, [Output::Dial(DialId(0))]);
    let mut story = Story::new(Mode::Preview { limit_s: 30 });
    story.agent(A, Presence::Ready).next();
    let until = story.now + Duration::from_secs(30);
    assert_eq!(story.orders().0, [Output::Preview { agent: A, until }]);
    story.tell(Input::Skip(A));
    assert_eq!(story.orders().0, [Output::PutBack { agent: A }]);
    story.next().orders();
    story.pass(30_000);
    assert_eq!(story.orders().0, [Output::Dial(DialId(0))], "the time to read is over");
}

#[test]
fn a_message_wants_no_agent_and_no_budget() {
    let mut story = Story::new(Mode::Agentless { lines: 2 });
    story.next().next().next();
    assert_eq!(story.orders().0, [Output::Dial(DialId(0)), Output::Dial(DialId(1))]);
    story.answered(0, Answerer::Person);
    assert_eq!(story.orders().0, [Output::Message(DialId(0)), Output::Dial(DialId(2))]);
    assert_eq!(story.tally(), Tally::default());
}

#[test]
fn a_pause_makes_no_call_and_a_clock_that_runs_back_changes_nothing() {
    let mut story = Story::new(Mode::Progressive);
    story.tell(Input::Pause(true)).agent(A, Presence::Ready).next();
    assert_eq!((story.orders().0, story.pacer.not_now()), (vec![], Some(NotNow::Paused)));
    story.now = story.now - Duration::from_secs(500);
    story.tell(Input::Pause(false));
    assert_eq!(story.orders().0, [Output::Dial(DialId(0))]);
    story.pass(499_000);
    assert_eq!(story.orders().0, [], "it rings since then, not for 500 s");
}

#[test]
fn both_rules_count_as_their_authors_do() {
    let tally = Tally { served: 970, met: 0, abandoned: 25, lost: 5, machines: 0 };
    assert!((Counting::Ftc.rate(&tally, 0) - 0.03).abs() < 1e-12);
    assert!((Counting::Ofcom.rate(&tally, 0) - 0.03).abs() < 1e-12);
    // Where nothing detects machines, as many of the abandoned calls are machines' as of those that agents met.
    let without = Tally { met: 970, ..tally };
    assert!((Counting::Ofcom.rate(&without, 0) - 15.0 / 985.0).abs() < 1e-12);
    assert!((Counting::Ftc.rate(&without, 0) - 0.03).abs() < 1e-12);
    // One of a hundred verdicts is wrong: ten silent calls more.
    let detected = Tally { machines: 1_000, ..tally };
    assert!((Counting::Ofcom.rate(&detected, 10_000) - 40.0 / 1_010.0).abs() < 1e-12);
}
