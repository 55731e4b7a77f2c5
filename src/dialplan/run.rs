//! The run of one call through a flow: events in, verbs out. The table of what may come when is in
//! the module's head.

use serde::{Deserialize, Serialize};

use super::flow::{Action, Collect, First, Flow, Menu, Settings, Voicemail};
use crate::written::expression::Moment;
use crate::written::schedule::Local;

use super::{Event, Facts, FirstAgent, Language, QueueLeft, QueueRequest, Verb};
use crate::base::Instant;

mod asking;
mod message;
mod speak;

const MAX_STEPS: u32 = 1_000;
const MAX_STEPS_WITHOUT_WAITING: u32 = 64;
const MAX_FACTS: usize = 64;
const MAX_FACT_CHARS: usize = 256;
const MAX_TYPED: usize = 32;
const MAX_PATH: usize = 32;

/// A choice the caller made in a menu: the menu path on the screen pop.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Choice {
    pub step: String,
    pub digit: char,
    /// For people: `Sales`; the choice's `label`, or the name of the step it leads to.
    pub label: String,
}

/// Digits the caller entered in a `collect` step: shown on the screen pop.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The fact that they became.
    pub into: String,
    /// For people: `Order number`; the step's `label`, or the name of the variable.
    pub label: String,
    /// `None`: the step keeps them secret.
    pub digits: Option<String>,
}

/// The run of one call: plain values, resumable after a restart.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Run {
    flow: String,
    /// Of the flow when the run began; `var.language` goes before it.
    language: Language,
    facts: Facts,
    path: Vec<Choice>,
    #[serde(default)]
    entries: Vec<Entry>,
    /// Digits pressed ahead of the menu they are meant for.
    typed: String,
    /// Steps entered so far.
    steps: u32,
    state: State,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
enum State {
    Fresh,
    In { step: String, phase: Phase },
    Over,
}

/// How far the step is. `tries`: those that failed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
enum Phase {
    /// The step's one verb is in force.
    Only,
    MenuPlay {
        tries: u8,
    },
    MenuListen {
        tries: u8,
    },
    CollectPlay {
        tries: u8,
    },
    CollectListen {
        tries: u8,
        digits: String,
    },
    Greeting,
    Message,
}

/// What comes of an event, or of entering a step.
enum Turn {
    Stay,
    Do(Verb, Phase),
    Go(String),
}

impl Run {
    /// `facts`: what is known when the call arrives (`caller`, `called`, perhaps the customer).
    pub fn new(flow: &Flow, facts: Facts) -> Self {
        let mut run = Self {
            flow: flow.name.clone(),
            language: flow.language,
            facts: Facts::new(),
            path: Vec::new(),
            entries: Vec::new(),
            typed: String::new(),
            steps: 0,
            state: State::Fresh,
        };
        run.merge(facts);
        run
    }

    /// Tells the run what happened and returns what it wants next. `flow` is the one named
    /// [`Run::flow`]; when it is another than before, the run goes on in the new one if its step is
    /// still there and does the same, and else hangs up (`flow_changed`). `now` decides conditions
    /// on the time.
    pub fn step(&mut self, flow: &Flow, now: Instant, event: Event) -> Verb {
        self.step_seen(flow, now, event, &mut |_| {})
    }

    /// The same; `seen` is told each step that is entered on the way.
    pub(super) fn step_seen(&mut self, flow: &Flow, now: Instant, event: Event, seen: &mut dyn FnMut(&str)) -> Verb {
        let local = flow.zone.as_ref().map(|zone| Local::at(now, zone));
        let (name, phase) = match std::mem::replace(&mut self.state, State::Over) {
            State::In { step, phase } => (step, phase),
            State::Fresh if event == Event::Start => return self.walk(flow, local, flow.start.clone(), seen),
            state => {
                self.state = state;
                return Verb::Wait;
            }
        };
        let Some(action) = flow.steps.get(&name).map(|step| &step.action).filter(|action| phase.fits(action)) else {
            return hangup("flow_changed");
        };
        if let Event::Found(facts) = &event {
            self.merge(facts.clone());
        }
        match self.event(&name, action, &phase, event, local) {
            Turn::Stay => {
                self.state = State::In { step: name, phase };
                Verb::Wait
            }
            Turn::Do(verb, phase) => self.wait(name, verb, phase),
            Turn::Go(next) => self.walk(flow, local, next, seen),
        }
    }

    /// Whether the caller goes on here when the agent has hung up ([`Event::Finished`]).
    pub fn goes_on_after_talk(&self, flow: &Flow) -> bool {
        let State::In { step, .. } = &self.state else { return false };
        let action = flow.steps.get(step).map(|step| &step.action);
        match action {
            Some(Action::Queue { ways, .. }) => ways.on_finished.is_some(),
            Some(Action::Dial { on_finished, .. }) => on_finished.is_some(),
            _ => false,
        }
    }

    /// Name of the flow.
    pub fn flow(&self) -> &str {
        &self.flow
    }

    /// The language prompts are played in now.
    pub fn language(&self) -> Language {
        self.facts.get("var.language").and_then(|text| Language::parse(text)).unwrap_or(self.language)
    }

    /// What the caller said to being recorded: `var.recording`, `yes` or anything else; `None`: nobody asked.
    pub fn recording_consent(&self) -> Option<bool> {
        self.facts.get("var.recording").map(|said| said == "yes")
    }

    /// The caller is keying in what nobody may know.
    pub fn keeps_secret(&self, flow: &Flow) -> bool {
        let State::In { step, .. } = &self.state else { return false };
        let action = flow.steps.get(step).map(|step| &step.action);
        matches!(action, Some(Action::Collect(Collect { secret: true, .. })))
    }

    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The choices made in menus so far, oldest first.
    pub fn path(&self) -> &[Choice] {
        &self.path
    }

    /// What was entered so far, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Enters steps until one waits.
    fn walk(&mut self, flow: &Flow, local: Option<Local>, start: String, seen: &mut dyn FnMut(&str)) -> Verb {
        let mut name = start;
        for _ in 0..MAX_STEPS_WITHOUT_WAITING {
            let Some(step) = flow.steps.get(&name) else { return hangup("flow_changed") };
            self.steps = self.steps.saturating_add(1);
            if self.steps > MAX_STEPS {
                break;
            }
            seen(&name);
            self.set(&step.set);
            match self.enter(flow, &name, &step.action, local) {
                Turn::Do(verb, phase) => return self.wait(name, verb, phase),
                Turn::Go(next) => name = next,
                Turn::Stay => break,
            }
        }
        hangup("step_limit")
    }

    fn wait(&mut self, step: String, verb: Verb, phase: Phase) -> Verb {
        self.state = match verb {
            Verb::Hangup { .. } => State::Over,
            _ => State::In { step, phase },
        };
        verb
    }

    fn enter(&mut self, flow: &Flow, name: &str, action: &Action, local: Option<Local>) -> Turn {
        match action {
            Action::Answer { .. } => Turn::Do(Verb::Answer, Phase::Only),
            Action::Play { prompts, next, .. } => match self.spoken(prompts, local) {
                // Only facts that are not there were to be said.
                prompts if prompts.is_empty() => Turn::Go(next.clone()),
                prompts => Turn::Do(Verb::Play { prompts }, Phase::Only),
            },
            Action::Menu(menu) => self.enter_menu(name, menu, local),
            Action::Collect(collect) => self.enter_collect(collect, local),
            Action::Lookup { by, .. } => Turn::Do(Verb::Lookup { by: self.fill(by) }, Phase::Only),
            Action::OptOut { .. } => Turn::Do(Verb::OptOut, Phase::Only),
            Action::Queue { request, first, .. } => {
                self.typed.clear();
                let first = first.as_ref().and_then(|first| self.first_agent(first));
                Turn::Do(Verb::Queue(QueueRequest { first, ..request.clone() }), Phase::Only)
            }
            Action::CallBack { request, .. } => {
                self.typed.clear();
                Turn::Do(Verb::CallBack(request.clone()), Phase::Only)
            }
            Action::Dial { target, ring_ms, .. } => {
                self.typed.clear();
                Turn::Do(Verb::Dial { target: self.fill(target), ring_ms: *ring_ms }, Phase::Only)
            }
            Action::Voicemail(voicemail) => self.enter_voicemail(voicemail, local),
            Action::Echo => Turn::Do(Verb::Echo, Phase::Only),
            Action::Hangup { reason } => Turn::Do(hangup(reason), Phase::Only),
            Action::Goto { cases, next } => {
                let moment = Moment { facts: &self.facts, local, hours: &flow.hours, asker: None };
                let Some(case) = cases.iter().find(|case| case.when.holds(&moment)) else {
                    return Turn::Go(next.clone());
                };
                self.set(&case.set);
                Turn::Go(case.next.clone())
            }
        }
    }

    fn event(&mut self, name: &str, action: &Action, phase: &Phase, event: Event, local: Option<Local>) -> Turn {
        match (action, event) {
            (Action::Answer { next }, Event::Answered) => Turn::Go(next.clone()),
            (Action::Play { next, .. }, Event::PlayEnded) => Turn::Go(next.clone()),
            (Action::Play { barge_in: true, next, .. }, Event::Digit(digit)) => {
                self.type_ahead(digit);
                Turn::Go(next.clone())
            }
            (Action::Answer { .. } | Action::Lookup { .. }, Event::Digit(digit)) => {
                self.type_ahead(digit);
                Turn::Stay
            }
            (Action::Menu(menu), event) => self.menu_event(name, menu, phase, event, local),
            (Action::Collect(collect), event) => self.collect_event(collect, phase, event, local),
            (Action::Voicemail(voicemail), event) => self.voicemail_event(voicemail, phase, &event),
            (Action::OptOut { next }, Event::OptedOut) => Turn::Go(next.clone()),
            (Action::Lookup { next, .. }, Event::Found(_)) => Turn::Go(next.clone()),
            (Action::Queue { ways, .. }, Event::QueueLeft(why)) => {
                let next = match why {
                    QueueLeft::Timeout => &ways.on_timeout,
                    QueueLeft::Full => &ways.on_full,
                    QueueLeft::NoAgents => &ways.on_no_agents,
                    QueueLeft::Closed => &ways.on_closed,
                    QueueLeft::Declined | QueueLeft::Impossible => &ways.next,
                };
                self.came_back(why.as_str(), next)
            }
            (Action::CallBack { next, .. }, Event::QueueLeft(why)) => self.came_back(why.as_str(), next),
            (Action::CallBack { .. }, Event::Finished) => self.finished(None),
            (Action::Dial { next, .. }, Event::DialFailed(why)) => self.came_back(why.as_str(), next),
            (Action::Queue { ways, .. }, Event::Finished) => self.finished(ways.on_finished.as_deref()),
            (Action::Dial { on_finished, .. }, Event::Finished) => self.finished(on_finished.as_deref()),
            _ => Turn::Stay,
        }
    }

    /// Nobody where the facts name nobody.
    fn first_agent(&self, first: &First) -> Option<FirstAgent> {
        let agent = self.fill(&first.agent);
        (!agent.is_empty()).then_some(FirstAgent { agent, wait_ms: first.wait_ms })
    }

    fn came_back(&mut self, why: &str, next: &str) -> Turn {
        self.merge(Facts::from([("result".to_owned(), why.to_owned())]));
        Turn::Go(next.to_owned())
    }

    fn finished(&mut self, next: Option<&str>) -> Turn {
        match next {
            Some(next) => self.came_back("finished", next),
            None => Turn::Do(hangup("finished"), Phase::Only),
        }
    }

    fn type_ahead(&mut self, digit: char) {
        if self.typed.len() < MAX_TYPED && digit.is_ascii() {
            self.typed.push(digit);
        }
    }

    fn next_typed(&mut self) -> Option<char> {
        (!self.typed.is_empty()).then(|| self.typed.remove(0))
    }

    fn set(&mut self, settings: &Settings) {
        self.merge(settings.clone());
    }

    /// Past the limit new names are dropped; known ones still change.
    fn merge(&mut self, facts: Facts) {
        for (name, value) in facts {
            if self.facts.len() < MAX_FACTS || self.facts.contains_key(&name) {
                self.facts.insert(name, value.chars().take(MAX_FACT_CHARS).collect());
            }
        }
    }
}

impl Phase {
    /// After a reload the step of this name may do something else.
    fn fits(&self, action: &Action) -> bool {
        match self {
            Self::MenuPlay { .. } | Self::MenuListen { .. } => matches!(action, Action::Menu(_)),
            Self::CollectPlay { .. } | Self::CollectListen { .. } => matches!(action, Action::Collect(_)),
            Self::Greeting | Self::Message => matches!(action, Action::Voicemail(_)),
            Self::Only => !matches!(action, Action::Menu(_) | Action::Collect(_) | Action::Voicemail(_)),
        }
    }
}

fn hangup(reason: &str) -> Verb {
    Verb::Hangup { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests;
