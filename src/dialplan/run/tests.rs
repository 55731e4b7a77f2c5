//! Calls walked through flows, event by event.

use super::*;
use crate::dialplan::{FirstAgent, Mailbox, Prompt, QueueRequest, Surroundings};

/// Monday 2026-11-23, 10:15 in Shanghai.
const MONDAY: Instant = Instant::from_micros(1_795_400_100_000_000);

const FLOW: &str = r#"
start = "pick-up"
language = "en"
zone = "Asia/Shanghai"
hours.office.open = ["mon-fri 09:00-18:00"]

[step.pick-up]
do = "answer"
next = "who"

[step.who]
do = "lookup"
next = "branch"

[step.branch]
do = "goto"
cases = [
    { when = "not hours.office", next = "closed" },
    { when = "customer.tier == 'vip'", next = "vip", set = { language = "zh" } },
]
next = "greet"

[step.greet]
do = "play"
prompts = ["welcome", { time = "now" }]
barge_in = true
next = "menu"

[step.menu]
do = "menu"
prompts = "main-menu"
tries = 2
timeout = "4s"
choices.1 = { next = "order", label = "Orders", set = { topic = "order" } }
choices.9 = "line-test"
invalid_prompts = "choice-invalid"
timeout_prompts = "choice-missing"
on_invalid = "bye"
next = "vip"

[step.order]
do = "collect"
prompts = "enter-order"
into = "order"
min = 3
max = 5
tries = 2
timeout = "6s"
digit_timeout = "2s"
invalid_prompts = "order-invalid"
on_failed = "bye"
next = "read-back"

[step.read-back]
do = "play"
prompts = ["order-is", { digits = "var.order" }]
next = "expert"

[step.expert]
do = "dial"
target = "sip:{var.order}@example.com"
ring = "15s"
on_finished = "bye"
next = "vip"

[step.vip]
do = "queue"
queue = "vip"
priority = 1
skills = { jewellery = 5 }
bonus = "1m"
timeout = "30s"
on_full = "closed"
next = "bye"

[step.line-test]
do = "echo"

[step.closed]
do = "play"
prompts = "closed"
next = "bye"

[step.bye]
do = "hangup"
reason = "completed"
"#;

fn flow(text: &str) -> Flow {
    let names =
        ["welcome", "main-menu", "choice-invalid", "choice-missing", "enter-order", "order-invalid", "order-is"];
    let names = names.into_iter().chain(["closed"]);
    let sounds = names.flat_map(|name| [format!("zh/{name}"), format!("en/{name}")]);
    let around = Surroundings::new(sounds, ["vip".to_owned()], ["ana".to_owned()]);
    Flow::parse("dialplans/test.toml", text, &around).unwrap_or_else(|mistakes| panic!("{}", mistakes[0]))
}

fn facts(pairs: &[(&str, &str)]) -> Facts {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn play(names: &[&str]) -> Verb {
    Verb::Play { prompts: names.iter().map(|name| Prompt::Sound((*name).to_owned())).collect() }
}

fn listen(timeout_ms: u64) -> Verb {
    Verb::Listen { timeout_ms }
}

struct Caller {
    flow: Flow,
    run: Run,
    now: Instant,
}

impl Caller {
    fn new(now: Instant) -> Self {
        let flow = flow(FLOW);
        let run = Run::new(&flow, facts(&[("caller", "+8613800138000"), ("called", "4000")]));
        Self { flow, run, now }
    }

    /// Each event is told to a run that was written down and read back: every state is resumable.
    fn tell(&mut self, event: Event) -> Verb {
        let written = serde_json::to_string(&self.run).unwrap();
        self.run = serde_json::from_str(&written).unwrap();
        self.run.step(&self.flow, self.now, event)
    }

    /// Answered and looked up as this tier, hearing the greeting or queueing.
    fn greeted(tier: &str) -> Self {
        let mut caller = Self::new(MONDAY);
        assert_eq!(caller.tell(Event::Start), Verb::Answer);
        assert_eq!(caller.tell(Event::Answered), Verb::Lookup { by: "+8613800138000".into() });
        caller.tell(Event::Found(facts(&[("customer.tier", tier)])));
        caller
    }

    fn in_menu() -> Self {
        let mut caller = Self::greeted("");
        assert_eq!(caller.tell(Event::PlayEnded), play(&["main-menu"]));
        caller
    }
}

#[test]
fn a_call_from_greeting_to_dial() {
    let mut caller = Caller::new(MONDAY);
    caller.tell(Event::Start);
    caller.tell(Event::Answered);
    let greeting = caller.tell(Event::Found(facts(&[("customer.known", "none")])));
    let prompts = vec![Prompt::Sound("welcome".into()), Prompt::Time { hour: 10, minute: 15 }];
    assert_eq!(greeting, Verb::Play { prompts });
    assert_eq!(caller.tell(Event::PlayEnded), play(&["main-menu"]));
    assert_eq!(caller.tell(Event::PlayEnded), listen(4_000));
    assert_eq!(caller.tell(Event::Digit('1')), play(&["enter-order"]));
    assert_eq!(caller.tell(Event::PlayEnded), listen(6_000));
    for digit in ['1', '0', '4', '2'] {
        assert_eq!(caller.tell(Event::Digit(digit)), listen(2_000));
    }
    let read_back = vec![Prompt::Sound("order-is".into()), Prompt::Digits("1042".into())];
    assert_eq!(caller.tell(Event::Digit('#')), Verb::Play { prompts: read_back });
    assert_eq!(caller.tell(Event::PlayEnded), Verb::Dial { target: "sip:1042@example.com".into(), ring_ms: 15_000 });
    assert_eq!(caller.tell(Event::Finished), Verb::Hangup { reason: "completed".into() });
    assert_eq!(caller.run.facts().get("var.topic").map(String::as_str), Some("order"));
    assert_eq!(caller.run.path(), [Choice { step: "menu".into(), digit: '1', label: "Orders".into() }]);
    assert_eq!(caller.tell(Event::Digit('1')), Verb::Wait, "it is over");
}

#[test]
fn conditions_lead_by_customer_and_time() {
    let mut vip = Caller::greeted("vip");
    assert_eq!(vip.run.language(), Language::Zh);
    let request = QueueRequest {
        queue: "vip".into(),
        priority: Some(1),
        skills: [("jewellery".to_owned(), 5)].into(),
        bonus_s: 60,
        timeout_ms: Some(30_000),
        first: None,
    };
    assert_eq!(vip.tell(Event::QueueLeft(QueueLeft::Full)), play(&["closed"]));
    let mut late = Caller::new(MONDAY + std::time::Duration::from_secs(10 * 3_600));
    late.tell(Event::Start);
    late.tell(Event::Answered);
    assert_eq!(late.tell(Event::Found(Facts::new())), play(&["closed"]));
    assert_eq!(late.run.language(), Language::En);
    let mut silent = Caller::in_menu();
    silent.tell(Event::PlayEnded);
    silent.tell(Event::Timeout);
    silent.tell(Event::PlayEnded);
    assert_eq!(silent.tell(Event::Timeout), Verb::Queue(request));
}

#[test]
fn a_queue_is_left_its_ways() {
    for (event, verb, result) in [
        (Event::Finished, Verb::Hangup { reason: "finished".into() }, None),
        (Event::QueueLeft(QueueLeft::Full), play(&["closed"]), Some("full")),
        (Event::QueueLeft(QueueLeft::Timeout), Verb::Hangup { reason: "completed".into() }, Some("timeout")),
        (Event::QueueLeft(QueueLeft::Closed), Verb::Hangup { reason: "completed".into() }, Some("closed")),
    ] {
        let mut caller = Caller::greeted("vip");
        assert_eq!(caller.tell(Event::Digit('5')), Verb::Wait);
        assert_eq!(caller.tell(event), verb);
        assert_eq!(caller.run.facts().get("result").map(String::as_str), result);
    }
}

#[test]
fn wrong_and_missing_digits_in_a_menu() {
    let mut caller = Caller::in_menu();
    assert_eq!(caller.tell(Event::Digit('7')), play(&["choice-invalid", "main-menu"]), "the prompt is cut short");
    assert_eq!(caller.tell(Event::PlayEnded), listen(4_000));
    assert_eq!(caller.tell(Event::Digit('7')), Verb::Hangup { reason: "completed".into() }, "on_invalid");
    let mut caller = Caller::in_menu();
    assert_eq!(caller.tell(Event::PlayEnded), listen(4_000));
    assert_eq!(caller.tell(Event::Timeout), play(&["choice-missing", "main-menu"]));
    assert_eq!(caller.tell(Event::Timeout), Verb::Wait, "nobody listens while the prompt plays");
    assert_eq!(caller.tell(Event::PlayEnded), listen(4_000));
    assert!(matches!(caller.tell(Event::Timeout), Verb::Queue(_)), "no on_timeout: next");
}

#[test]
fn digits_typed_ahead_count() {
    let mut caller = Caller::new(MONDAY);
    caller.tell(Event::Start);
    assert_eq!(caller.tell(Event::Digit('x')), Verb::Wait);
    caller.run.typed.clear();
    caller.tell(Event::Answered);
    assert_eq!(caller.tell(Event::Digit('1')), Verb::Wait, "kept while we look the caller up");
    caller.tell(Event::Found(Facts::new()));
    // The greeting is cut short by the next digit: 1 chooses, 5 begins the order number.
    assert_eq!(caller.tell(Event::Digit('5')), listen(2_000));
    assert_eq!(caller.tell(Event::Timeout), play(&["order-invalid", "enter-order"]), "5 alone is too short");
    for digit in "987".chars() {
        assert_eq!(caller.tell(Event::Digit(digit)), listen(2_000));
    }
    assert!(matches!(caller.tell(Event::Timeout), Verb::Play { .. }), "long enough: a pause ends it");
    assert_eq!(caller.run.facts().get("var.order").map(String::as_str), Some("987"));
}

#[test]
fn collecting_ends_at_the_maximum_and_fails_after_the_last_try() {
    let mut caller = Caller::in_menu();
    caller.tell(Event::Digit('1'));
    assert_eq!(caller.tell(Event::Digit('*')), listen(2_000), "no digit of a number");
    for digit in "1234".chars() {
        caller.tell(Event::Digit(digit));
    }
    assert!(matches!(caller.tell(Event::Digit('5')), Verb::Play { .. }));
    let mut caller = Caller::in_menu();
    caller.tell(Event::Digit('1'));
    caller.tell(Event::PlayEnded);
    assert_eq!(caller.tell(Event::Timeout), play(&["enter-order"]), "no timeout_prompts");
    assert_eq!(caller.tell(Event::Digit('#')), Verb::Hangup { reason: "completed".into() }, "on_failed");
}

#[test]
fn late_events_change_nothing() {
    let mut caller = Caller::in_menu();
    caller.tell(Event::PlayEnded);
    let before = caller.run.clone();
    for event in [Event::PlayEnded, Event::Start, Event::Answered, Event::Finished, Event::QueueLeft(QueueLeft::Full)] {
        assert_eq!(caller.tell(event), Verb::Wait);
        assert_eq!(caller.run, before);
    }
    assert_eq!(caller.tell(Event::Found(facts(&[("customer.tier", "vip")]))), Verb::Wait);
    assert_eq!(caller.run.facts().get("customer.tier").map(String::as_str), Some("vip"));
    let mut fresh = Caller::new(MONDAY);
    assert_eq!(fresh.tell(Event::Digit('1')), Verb::Wait);
    assert_eq!(fresh.tell(Event::Start), Verb::Answer);
    assert_eq!(Caller::in_menu().tell(Event::Digit('9')), Verb::Echo);
}

#[test]
fn a_changed_flow_goes_on_where_it_can() {
    let mut caller = Caller::in_menu();
    caller.flow = flow(&FLOW.replace("timeout = \"4s\"", "timeout = \"9s\""));
    assert_eq!(caller.tell(Event::PlayEnded), listen(9_000));
    caller.flow = flow("start = \"a\"\n[step.a]\ndo = \"answer\"\nnext = \"menu\"\n[step.menu]\ndo = \"echo\"\n");
    assert_eq!(caller.tell(Event::Digit('1')), Verb::Hangup { reason: "flow_changed".into() });
}

#[test]
fn a_run_is_bounded() {
    let circle = "start = \"a\"\n[step.a]\ndo = \"answer\"\nnext = \"m\"\n[step.m]\ndo = \"menu\"\n\
                  prompts = \"welcome\"\nchoices.1 = \"m\"\nnext = \"m\"\n";
    let flow = flow(circle);
    let mut run = Run::new(&flow, Facts::new());
    run.step(&flow, MONDAY, Event::Start);
    run.step(&flow, MONDAY, Event::Answered);
    let turns = (0..2_000).take_while(|_| run.step(&flow, MONDAY, Event::Digit('1')) == play(&["welcome"])).count();
    assert_eq!(turns, 998, "after the two steps before");
    assert_eq!(run.path().len(), MAX_PATH);
    let many: Facts = (0..500).map(|n| (format!("customer.{n}"), "x".repeat(9_000))).collect();
    let mut run = Run::new(&flow, many);
    assert_eq!(run.facts().len(), MAX_FACTS);
    assert!(run.facts().values().all(|value| value.len() == MAX_FACT_CHARS));
    run.step(&flow, MONDAY, Event::Start);
    (0..100).for_each(|_| drop(run.step(&flow, MONDAY, Event::Digit('1'))));
    assert_eq!(run.typed.len(), MAX_TYPED);
}

#[test]
fn the_agent_asked_first_is_who_the_facts_say() {
    let wanted = |keys: &str, last: &str| {
        let text = format!(
            "start = \"in\"\n[step.in]\ndo = \"answer\"\nnext = \"line\"\n[step.line]\ndo = \"queue\"\nqueue = \"vip\"\n\
             {keys}\nnext = \"bye\"\n[step.bye]\ndo = \"hangup\"\n"
        );
        let flow = flow(&text);
        let mut run = Run::new(&flow, facts(&[("customer.last_agent", last)]));
        run.step(&flow, MONDAY, Event::Start);
        let Verb::Queue(request) = run.step(&flow, MONDAY, Event::Answered) else { panic!("{text}") };
        request.first
    };
    let ana = |wait_ms| Some(FirstAgent { agent: "ana".into(), wait_ms });
    let last = "agent = \"{customer.last_agent}\"";
    assert_eq!(wanted(last, "ana"), ana(Some(20_000)));
    assert_eq!(wanted(last, ""), None);
    assert_eq!(wanted("agent = \"ana\"\nagent_wait = \"45s\"", ""), ana(Some(45_000)));
    assert_eq!(wanted("agent = \"ana\"\nagent_only = true", ""), ana(None));
    assert_eq!(wanted("", "ana"), None);
}

#[test]
fn a_message_is_taken_after_the_tone() {
    let text = "start = \"in\"\n[step.in]\ndo = \"answer\"\nnext = \"box\"\n[step.box]\ndo = \"voicemail\"\nqueue = \"vip\"\n\
                prompts = \"welcome\"\nmax = \"30s\"\nnext = \"bye\"\n[step.bye]\ndo = \"hangup\"\n";
    let flow = flow(text);
    let begun = || {
        let mut run = Run::new(&flow, Facts::new());
        run.step(&flow, MONDAY, Event::Start);
        assert_eq!(run.step(&flow, MONDAY, Event::Answered), play(&["welcome", "tone/beep"]));
        run
    };
    let take = Verb::TakeMessage { mailbox: Mailbox::Queue("vip".into()), max_ms: 30_000 };
    let over = Verb::Hangup { reason: "completed".into() };
    for (first, last) in [(Event::PlayEnded, Event::Timeout), (Event::Digit('#'), Event::Digit('#'))] {
        let mut run = begun();
        assert_eq!(run.step(&flow, MONDAY, Event::Digit('1')), Verb::Wait);
        assert_eq!(run.step(&flow, MONDAY, first), take);
        assert_eq!(run.step(&flow, MONDAY, Event::Digit('1')), Verb::Wait);
        assert_eq!(run.step(&flow, MONDAY, last), over);
        assert_eq!(run.facts().get("result").map(String::as_str), Some("recorded"));
    }
}
