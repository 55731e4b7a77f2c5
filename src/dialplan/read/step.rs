//! One `[step.<name>]`: its kind, its keys, and the names it mentions.

use std::collections::BTreeMap;

use super::values::{self, Mentions};
use super::{DraftStep, Fields, Mention};
use crate::dialplan::error::{Mistakes, Problem};
use crate::dialplan::flow::{
    Action, Asking, Case, Collect, First, Menu, MenuChoice, QueueWays, Settings, Spoken, Step, Template, Voicemail,
};
use crate::dialplan::keys::{self, Kind, Shape};
use crate::dialplan::{Mailbox, QueueRequest};
use crate::written::source::{Entry, Node, Span, Table, Value};

const TIMEOUT_MS: u64 = 5_000;
const DIGIT_TIMEOUT_MS: u64 = 3_000;
const RING_MS: u64 = 20_000;
const AGENT_WAIT_MS: u64 = 20_000;
const TRIES: u8 = 3;
const MESSAGE_MS: u64 = 120_000;

pub(super) fn read(entry: &Entry, mistakes: &mut Mistakes) -> DraftStep {
    let mut draft = DraftStep {
        name: entry.key.clone(),
        name_span: entry.key_span.clone(),
        kind: None,
        step: None,
        links: Vec::new(),
        mentions: Vec::new(),
        sets: Vec::new(),
        may_end: false,
    };
    if !values::is_name(&entry.key) {
        mistakes.add(entry.key_span.clone(), Problem::BadName(entry.key.clone()));
    }
    let Value::Table(table) = &entry.node.value else {
        mistakes.add(entry.node.span.clone(), Shape::Table.wrong());
        return draft;
    };
    draft.kind = kind(table, entry, mistakes);
    if let Some(kind) = draft.kind {
        let place = format!("the {} step `{}`", kind.as_str(), entry.key);
        let fields = Fields::new(table, entry.key_span.clone(), &place, kind.keys(), mistakes);
        let mut reader = Reader { fields, place, mistakes, draft: &mut draft };
        let set = reader.settings();
        let action = reader.action(kind);
        draft.step = action.map(|action| Step { set, action });
    }
    draft
}

fn kind(table: &Table, entry: &Entry, mistakes: &mut Mistakes) -> Option<Kind> {
    let Some(node) = table.get("do") else {
        let place = format!("the step `{}`", entry.key);
        mistakes.add(entry.key_span.clone(), Problem::MissingKey { key: "do", place });
        return None;
    };
    let kind = values::text(node, Shape::Kind).and_then(|text| Kind::parse(&text));
    if kind.is_none() {
        mistakes.add(node.span.clone(), Shape::Kind.wrong());
    }
    kind
}

struct Reader<'r, 't, 'm> {
    fields: Fields<'t>,
    place: String,
    mistakes: &'r mut Mistakes<'m>,
    draft: &'r mut DraftStep,
}

/// `None` from any of these: the step has a mistake, which is reported.
impl<'t> Reader<'_, 't, '_> {
    fn action(&mut self, kind: Kind) -> Option<Action> {
        match kind {
            Kind::Answer => Some(Action::Answer { next: self.next()? }),
            Kind::Play => self.play(),
            Kind::Menu => self.menu().map(Action::Menu),
            Kind::Collect => self.collect().map(Action::Collect),
            Kind::Lookup => self.lookup(),
            Kind::OptOut => Some(Action::OptOut { next: self.next()? }),
            Kind::Queue => self.queue(),
            Kind::CallBack => self.call_back(),
            Kind::Dial => self.dial(),
            Kind::Voicemail => self.voicemail(),
            Kind::Echo => {
                self.draft.may_end = true;
                Some(Action::Echo)
            }
            Kind::Hangup => {
                self.draft.may_end = true;
                let reason = self.take("reason", values::name).unwrap_or_else(|| "completed".to_owned());
                Some(Action::Hangup { reason })
            }
            Kind::Goto => self.goto(),
        }
    }

    fn play(&mut self) -> Option<Action> {
        let prompts = self.prompts("prompts");
        let barge_in = self.take("barge_in", values::flag).unwrap_or(false);
        let next = self.next();
        Some(Action::Play { prompts: prompts?, barge_in, next: next? })
    }

    fn asking(&mut self) -> Option<Asking> {
        let prompts = self.prompts("prompts");
        let invalid_prompts = self.prompts("invalid_prompts").unwrap_or_default();
        let timeout_prompts = self.prompts("timeout_prompts").unwrap_or_default();
        let tries = self.take("tries", values::whole).unwrap_or(TRIES);
        let timeout_ms = self.take("timeout", values::span).unwrap_or(TIMEOUT_MS);
        Some(Asking { prompts: prompts?, tries, timeout_ms, invalid_prompts, timeout_prompts })
    }

    fn menu(&mut self) -> Option<Menu> {
        let asking = self.asking();
        let choices = self.choices();
        let on_invalid = self.link("on_invalid");
        let on_timeout = self.link("on_timeout");
        // Where both have their own way, `next` is still asked for: it says where the flow goes on.
        let next = self.next()?;
        Some(Menu {
            asking: asking?,
            choices: choices?,
            on_invalid: on_invalid.unwrap_or_else(|| next.clone()),
            on_timeout: on_timeout.unwrap_or(next),
        })
    }

    fn choices(&mut self) -> Option<BTreeMap<char, MenuChoice>> {
        let (table, span) = self.fields.read("choices", values::table, self.mistakes)?;
        if table.entries.is_empty() {
            self.mistakes.add(span, Problem::MissingKey { key: "1", place: "`choices`".to_owned() });
        }
        let mut all = BTreeMap::new();
        for entry in &table.entries {
            let mut digits = entry.key.chars();
            match (digits.next().filter(|c| values::is_digit(*c)), digits.next()) {
                (Some(digit), None) => {
                    if let Some(choice) = self.choice(entry) {
                        all.insert(digit, choice);
                    }
                }
                _ => self.mistakes.add(entry.key_span.clone(), Problem::BadDigit { digit: entry.key.clone() }),
            }
        }
        Some(all)
    }

    /// `1 = "sales"` or `1 = { next = "sales", label = "Sales", set = { … } }`
    fn choice(&mut self, entry: &'t Entry) -> Option<MenuChoice> {
        let Value::Table(table) = &entry.node.value else {
            let Some(next) = values::text(&entry.node, Shape::Step) else {
                self.mistakes.add(entry.node.span.clone(), Shape::Step.wrong());
                return None;
            };
            self.draft.links.push((next.clone(), entry.node.span.clone()));
            return Some(MenuChoice { label: next.clone(), set: Settings::new(), next });
        };
        let place = format!("choice {} of {}", entry.key, self.place);
        self.inside(table, entry.key_span.clone(), place, keys::CHOICE, |inner| {
            let label = inner.take("label", values::text);
            let set = inner.settings();
            let next = inner.next()?;
            Some(MenuChoice { label: label.unwrap_or_else(|| next.clone()), set, next })
        })
    }

    fn collect(&mut self) -> Option<Collect> {
        let asking = self.asking();
        let name = self.take("into", values::name);
        let label = self.take("label", values::text).or_else(|| name.clone()).unwrap_or_default();
        let secret = self.take("secret", values::flag).unwrap_or(false);
        let into = name.map(|name| format!("var.{name}"));
        self.draft.sets.extend(into.clone());
        let min = self.take("min", values::whole).unwrap_or(1);
        let max = self.take("max", values::whole);
        if max.is_some_and(|max| max < min) {
            let span = self.fields.table.get("max").map(|node| node.span.clone()).unwrap_or_default();
            self.mistakes.add(span, Shape::Whole { from: min.into(), to: 32 }.wrong());
        }
        let terminator = self.take("terminator", values::digit).unwrap_or(Some('#'));
        let digit_timeout_ms = self.take("digit_timeout", values::span).unwrap_or(DIGIT_TIMEOUT_MS);
        let on_failed = self.link("on_failed");
        let next = self.next();
        Some(Collect {
            asking: asking?,
            into: into?,
            label,
            secret,
            min: min.into(),
            max: max?.into(),
            terminator,
            digit_timeout_ms,
            on_failed: on_failed?,
            next: next?,
        })
    }

    fn lookup(&mut self) -> Option<Action> {
        let by = match self.fields.table.get("by") {
            Some(_) => self.template("by"),
            None => Some(Template(vec![crate::dialplan::flow::Source::Fact("caller".to_owned())])),
        };
        let next = self.next();
        Some(Action::Lookup { by: by?, next: next? })
    }

    fn voicemail(&mut self) -> Option<Action> {
        let mailbox = self.mailbox();
        let greeting = self.prompts("prompts");
        let max_ms = self.take("max", values::span).unwrap_or(MESSAGE_MS);
        let terminator = self.take("terminator", values::digit).unwrap_or(Some('#'));
        // Many hang up when they have said it.
        self.draft.may_end = true;
        let next = self.next();
        Some(Action::Voicemail(Voicemail { mailbox: mailbox?, greeting: greeting?, max_ms, terminator, next: next? }))
    }

    /// Of an agent, or of a queue.
    fn mailbox(&mut self) -> Option<Mailbox> {
        if let Some((key, span)) = self.fields.read("agent", values::text, self.mistakes) {
            self.draft.mentions.push((Mention::Agent(key.clone()), span));
            return Some(Mailbox::Agent(key));
        }
        if self.fields.table.get("queue").is_none() && self.fields.table.get("agent").is_none() {
            let (key, place) = ("queue", self.place.clone());
            self.mistakes.add(self.draft.name_span.clone(), Problem::MissingKey { key, place });
        }
        self.queue_key().map(Mailbox::Queue)
    }

    fn queue_key(&mut self) -> Option<String> {
        let (key, span) = self.fields.read("queue", values::text, self.mistakes)?;
        self.draft.mentions.push((Mention::Queue(key.clone()), span));
        Some(key)
    }

    fn line(&mut self) -> Option<QueueRequest> {
        let queue = self.queue_key();
        let priority = self.take("priority", values::whole);
        let skills = self.take("skills", values::levels).unwrap_or_default().into_iter().collect();
        let bonus_ms = self.take("bonus", values::span).unwrap_or(0);
        let bonus_s = u32::try_from(bonus_ms / 1_000).unwrap_or(u32::MAX);
        Some(QueueRequest { queue: queue?, priority, skills, bonus_s, timeout_ms: None, first: None })
    }

    /// An agent asked first: for a while, or alone.
    fn first(&mut self) -> Option<First> {
        let wait_ms = self.take("agent_wait", values::span).unwrap_or(AGENT_WAIT_MS);
        let only = self.take("agent_only", values::flag).unwrap_or(false);
        let table = self.fields.table;
        let Some(node) = table.get("agent") else {
            let idle = table.entries.iter().filter(|entry| ["agent_wait", "agent_only"].contains(&entry.key.as_str()));
            for entry in idle {
                let place = format!("`{}`", entry.key);
                self.mistakes.add(entry.key_span.clone(), Problem::MissingKey { key: "agent", place });
            }
            return None;
        };
        let agent = self.template("agent")?;
        if let Some(key) = agent.literal() {
            self.draft.mentions.push((Mention::Agent(key.to_owned()), node.span.clone()));
        }
        Some(First { agent, wait_ms: (!only).then_some(wait_ms) })
    }

    fn call_back(&mut self) -> Option<Action> {
        let request = self.line();
        // The wish ends the call.
        self.draft.may_end = true;
        let next = self.next();
        Some(Action::CallBack { request: request?, next: next? })
    }

    fn queue(&mut self) -> Option<Action> {
        let request = self.line();
        let timeout_ms = self.take("timeout", values::span);
        let first = self.first();
        let on_finished = self.link("on_finished");
        self.draft.may_end = on_finished.is_none();
        let ways = ["on_timeout", "on_full", "on_no_agents", "on_closed"].map(|key| self.link(key));
        let next = self.next()?;
        let [on_timeout, on_full, on_no_agents, on_closed] = ways.map(|way| way.unwrap_or_else(|| next.clone()));
        Some(Action::Queue {
            request: QueueRequest { timeout_ms, ..request? },
            first,
            ways: QueueWays { on_finished, on_timeout, on_full, on_no_agents, on_closed, next },
        })
    }

    fn dial(&mut self) -> Option<Action> {
        let target = self.template("target");
        let ring_ms = self.take("ring", values::span).unwrap_or(RING_MS);
        let on_finished = self.link("on_finished");
        self.draft.may_end = on_finished.is_none();
        let next = self.next();
        Some(Action::Dial { target: target?, ring_ms, on_finished, next: next? })
    }

    fn goto(&mut self) -> Option<Action> {
        let cases = self.fields.read("cases", values::tables, self.mistakes).map(|(cases, _)| cases);
        let cases: Vec<Option<Case>> =
            cases.unwrap_or_default().into_iter().map(|(table, span)| self.case(table, span)).collect();
        let next = self.next();
        Some(Action::Goto { cases: cases.into_iter().collect::<Option<_>>()?, next: next? })
    }

    fn case(&mut self, table: &'t Table, span: Span) -> Option<Case> {
        let place = format!("a case of {}", self.place);
        self.inside(table, span, place, keys::CASE, |inner| {
            let when = table.get("when").and_then(|node| inner.condition(node));
            let set = inner.settings();
            let next = inner.next();
            Some(Case { when: when?, set, next: next? })
        })
    }

    fn condition(&mut self, node: &Node) -> Option<crate::written::expression::Condition> {
        match values::condition(node, self.mistakes.text()) {
            Ok((condition, mentions)) => {
                self.draft.mentions.extend(mentions);
                Some(condition)
            }
            Err((span, why)) => {
                self.mistakes.add(span, Problem::Condition(why));
                None
            }
        }
    }

    /// Reads a table within the step by its own keys.
    fn inside<T>(
        &mut self,
        table: &'t Table,
        at: Span,
        place: String,
        keys: &'static [keys::Key],
        read: impl FnOnce(&mut Reader<'_, 't, '_>) -> Option<T>,
    ) -> Option<T> {
        let fields = Fields::new(table, at, &place, keys, self.mistakes);
        read(&mut Reader { fields, place, mistakes: self.mistakes, draft: self.draft })
    }

    fn take<T>(&mut self, key: &str, convert: impl Fn(&'t Node, Shape) -> Option<T>) -> Option<T> {
        self.fields.read(key, convert, self.mistakes).map(|(value, _)| value)
    }

    fn next(&mut self) -> Option<String> {
        self.link("next")
    }

    fn link(&mut self, key: &str) -> Option<String> {
        let (target, span) = self.fields.read(key, values::text, self.mistakes)?;
        self.draft.links.push((target.clone(), span));
        Some(target)
    }

    fn settings(&mut self) -> Settings {
        let set = self.take("set", values::settings).unwrap_or_default();
        self.draft.sets.extend(set.keys().cloned());
        set
    }

    fn prompts(&mut self, key: &str) -> Option<Vec<Spoken>> {
        let (spoken, mentions): (_, Mentions) = self.take(key, values::prompts)?;
        self.draft.mentions.extend(mentions);
        Some(spoken)
    }

    fn template(&mut self, key: &str) -> Option<Template> {
        let (template, mentions) = self.take(key, values::template)?;
        self.draft.mentions.extend(mentions);
        Some(template)
    }
}
