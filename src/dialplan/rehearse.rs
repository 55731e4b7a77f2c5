//! A flow tried with a caller who is not there: what such a caller would hear, and where the call ends.
//!
//! The very machine that leads real callers ([`Run`]) is told what the caller does. Nothing rings, nobody is looked up,
//! no time passes: everything happens at the moment that is asked about.

use serde::Serialize;
use utoipa::ToSchema;

use super::{DialFailed, Event, Facts, Flow, Language, Mailbox, QueueLeft, QueueRequest, Run, Verb, say};
use crate::base::Instant;

/// More happenings than this are not told.
const MOST: usize = 300;

/// Who calls, when, and what they do.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Caller {
    /// `caller`, `called`, `var.language`: known when the call comes in.
    pub call: Facts,
    /// `customer.…`: known once the store has answered.
    pub customer: Facts,
    pub at: Instant,
    /// Pressed one by one where the flow asks; a comma: nothing, until the time is over.
    pub digits: String,
    /// How a `queue` or `call_back` step ends; `None`: an agent talks with the caller.
    pub line: Option<QueueLeft>,
    /// How a `dial` step ends; `None`: it is answered.
    pub dial: Option<DialFailed>,
}

/// One thing that happens, and the step in which it does.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
#[schema(as = FlowHappening)]
pub struct Happening {
    pub step: String,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
#[schema(as = FlowHappened)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// The call comes to this step.
    Entered,
    Answered,
    /// The caller hears these sounds: `zh/welcome`.
    Heard {
        #[schema(value_type = String)]
        language: Language,
        sounds: Vec<String>,
    },
    Pressed {
        digit: char,
    },
    /// Nothing was pressed in time.
    Waited,
    LookedUp {
        by: String,
    },
    /// `result`: `finished` after a talk, or why the caller came back.
    Queued {
        queue: String,
        priority: Option<u8>,
        result: &'static str,
    },
    CallBack {
        queue: String,
        result: &'static str,
    },
    Dialled {
        target: String,
        result: &'static str,
    },
    /// A message for a queue or an agent.
    Message {
        queue: Option<String>,
        agent: Option<String>,
    },
    /// The own voice, until the caller hangs up.
    Echo,
    Ended {
        reason: String,
    },
    /// More happens than is told.
    TooLong,
}

/// Plays the whole call.
pub fn rehearse(flow: &Flow, caller: &Caller) -> Vec<Happening> {
    let mut facts = caller.call.clone();
    facts.extend(caller.customer.clone());
    let mut play = Play {
        run: Run::new(flow, facts),
        caller,
        digits: caller.digits.chars(),
        told: Vec::new(),
        step: String::new(),
    };
    let mut event = Some(Event::Start);
    while let Some(now) = event.take() {
        if play.told.len() >= MOST {
            play.tell(What::TooLong);
            break;
        }
        let verb = play.go(flow, now);
        event = play.obey(verb);
    }
    play.told
}

struct Play<'c> {
    run: Run,
    caller: &'c Caller,
    digits: std::str::Chars<'c>,
    told: Vec<Happening>,
    /// In which the call is.
    step: String,
}

impl Play<'_> {
    fn tell(&mut self, what: What) {
        self.told.push(Happening { step: self.step.clone(), what });
    }

    fn go(&mut self, flow: &Flow, event: Event) -> Verb {
        let mut entered = Vec::new();
        let verb = self.run.step_seen(flow, self.caller.at, event, &mut |step| entered.push(step.to_owned()));
        for step in entered {
            self.step = step;
            self.tell(What::Entered);
        }
        verb
    }

    /// What comes of it; `None`: the call is over, or nothing more happens by itself.
    fn obey(&mut self, verb: Verb) -> Option<Event> {
        match verb {
            Verb::Answer => {
                self.tell(What::Answered);
                Some(Event::Answered)
            }
            Verb::Play { prompts } => {
                let language = self.run.language();
                self.tell(What::Heard { language, sounds: say::sounds(language, &prompts) });
                Some(Event::PlayEnded)
            }
            Verb::Listen { .. } => Some(self.press()),
            Verb::Lookup { by } => {
                self.tell(What::LookedUp { by });
                Some(Event::Found(self.caller.customer.clone()))
            }
            Verb::OptOut => Some(Event::OptedOut),
            Verb::Queue(request) => Some(self.line_up(request)),
            Verb::CallBack(request) => Some(self.call_back(request)),
            Verb::Dial { target, .. } => Some(self.dial(target)),
            Verb::TakeMessage { mailbox, .. } => {
                let (queue, agent) = match mailbox {
                    Mailbox::Queue(queue) => (Some(queue), None),
                    Mailbox::Agent(agent) => (None, Some(agent)),
                };
                self.tell(What::Message { queue, agent });
                Some(Event::Timeout)
            }
            Verb::Echo => {
                self.tell(What::Echo);
                None
            }
            Verb::Hangup { reason } => {
                self.tell(What::Ended { reason });
                None
            }
            Verb::Wait => None,
        }
    }

    fn press(&mut self) -> Event {
        match self.digits.next().filter(|digit| *digit != ',') {
            Some(digit) => {
                self.tell(What::Pressed { digit });
                Event::Digit(digit)
            }
            None => {
                self.tell(What::Waited);
                Event::Timeout
            }
        }
    }

    fn line_up(&mut self, QueueRequest { queue, priority, .. }: QueueRequest) -> Event {
        let left = self.caller.line;
        self.tell(What::Queued { queue, priority, result: left.map_or("finished", QueueLeft::as_str) });
        left.map_or(Event::Finished, Event::QueueLeft)
    }

    fn call_back(&mut self, QueueRequest { queue, .. }: QueueRequest) -> Event {
        let left = self.caller.line;
        self.tell(What::CallBack { queue, result: left.map_or("finished", QueueLeft::as_str) });
        left.map_or(Event::Finished, Event::QueueLeft)
    }

    fn dial(&mut self, target: String) -> Event {
        let failed = self.caller.dial;
        self.tell(What::Dialled { target, result: failed.map_or("finished", DialFailed::as_str) });
        failed.map_or(Event::Finished, Event::DialFailed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialplan::Surroundings;

    /// Monday 2026-11-23, 10:15 in Shanghai; and Sunday the 22nd.
    const MONDAY: Instant = Instant::from_micros(1_795_400_100_000_000);
    const SUNDAY: Instant = Instant::from_micros(1_795_313_700_000_000);

    const FLOW: &str = r#"
start = "in"
zone = "Asia/Shanghai"
hours.shop.open = ["mon-fri 09:00-18:00"]
[step.in]
do = "answer"
next = "open"
[step.open]
do = "goto"
cases = [{ when = "not hours.shop", next = "closed" }, { when = 'customer.tier == "vip"', next = "vip" }]
next = "menu"
[step.menu]
do = "menu"
prompts = "menu"
tries = 2
choices.1 = "sales"
choices.2 = { next = "menu", set = { language = "en" } }
next = "bye"
[step.sales]
do = "queue"
queue = "sales"
on_full = "message"
next = "bye"
[step.vip]
do = "queue"
queue = "sales"
priority = 1
next = "bye"
[step.message]
do = "voicemail"
queue = "sales"
prompts = "leave"
next = "bye"
[step.closed]
do = "play"
prompts = ["closed", { time = "now" }]
next = "bye"
[step.bye]
do = "hangup"
"#;

    fn flow() -> Flow {
        let names =
            ["menu", "leave", "closed"].into_iter().flat_map(|name| [format!("zh/{name}"), format!("en/{name}")]);
        let around = Surroundings::new(names.chain(["tone/beep".to_owned()]), ["sales".to_owned()], []);
        Flow::parse("f", FLOW, &around).unwrap_or_else(|found| panic!("{found:?}"))
    }

    /// `step: what`, without the steps that were only entered.
    fn told(caller: &Caller) -> Vec<String> {
        let happened = rehearse(&flow(), caller).into_iter().filter(|it| it.what != What::Entered);
        let shown = |it: Happening| match it.what {
            What::Heard { sounds, .. } => format!("{}: {}", it.step, sounds.join(" ")),
            What::Pressed { digit } => format!("{}: {digit}", it.step),
            What::Queued { queue, priority, result } => format!("{}: {queue} {priority:?} {result}", it.step),
            What::Ended { reason } => format!("{}: {reason}", it.step),
            other => format!("{}: {other:?}", it.step),
        };
        happened.map(shown).collect()
    }

    fn known(tier: &str) -> Facts {
        Facts::from([("customer.tier".to_owned(), tier.to_owned())])
    }

    #[test]
    fn who_calls_when_and_what_they_press_decides_what_they_hear() {
        let monday = Caller { at: MONDAY, ..Caller::default() };
        for (name, caller, wanted) in [
            (
                "sales",
                Caller { digits: "1".into(), ..monday.clone() },
                vec!["in: Answered", "menu: zh/menu", "menu: 1", "sales: sales None finished", "sales: finished"],
            ),
            (
                "english",
                Caller { digits: "21".into(), ..monday.clone() },
                vec![
                    "in: Answered",
                    "menu: zh/menu",
                    "menu: 2",
                    "menu: en/menu",
                    "menu: 1",
                    "sales: sales None finished",
                    "sales: finished",
                ],
            ),
            (
                "silent",
                Caller { digits: ",".into(), ..monday.clone() },
                vec![
                    "in: Answered",
                    "menu: zh/menu",
                    "menu: Waited",
                    "menu: zh/menu",
                    "menu: Waited",
                    "bye: completed",
                ],
            ),
            (
                "vip",
                Caller { customer: known("vip"), ..monday.clone() },
                vec!["in: Answered", "vip: sales Some(1) finished", "vip: finished"],
            ),
            (
                "full",
                Caller { digits: "1".into(), line: Some(QueueLeft::Full), ..monday.clone() },
                vec![
                    "in: Answered",
                    "menu: zh/menu",
                    "menu: 1",
                    "sales: sales None full",
                    "message: zh/leave tone/beep",
                    "message: Message { queue: Some(\"sales\"), agent: None }",
                    "bye: completed",
                ],
            ),
        ] {
            assert_eq!(told(&caller), wanted, "{name}");
        }
        let sunday = told(&Caller { at: SUNDAY, customer: known("vip"), ..Caller::default() });
        assert!(sunday[1].starts_with("closed: zh/closed zh/"), "{sunday:?}");
        assert_eq!(sunday.last().unwrap(), "bye: completed");
    }

    #[test]
    fn every_step_on_the_way_is_told_and_the_tale_is_bounded() {
        let way = |caller: &Caller| -> Vec<String> {
            let all = rehearse(&flow(), caller);
            all.into_iter().filter(|it| it.what == What::Entered).map(|it| it.step).collect()
        };
        let monday = Caller { at: MONDAY, digits: "1".into(), ..Caller::default() };
        assert_eq!(way(&monday), ["in", "open", "menu", "sales"]);
        let endless = Caller { at: MONDAY, digits: "2".repeat(5_000), ..Caller::default() };
        let told = rehearse(&flow(), &endless);
        assert!(told.len() <= MOST + 8 && told.last().unwrap().what == What::TooLong, "{}", told.len());
    }
}
