//! Draft -> [`Flow`]: every name leads somewhere, every step can be reached, and no call goes round
//! for ever. Graph rules are only applied where the names are right, so that one mistake is told once.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{Mistakes, Problem, nearest};
use super::flow::Flow;
use super::keys::Kind;
use super::read::{Draft, DraftStep, Mention};
use super::{Language, Surroundings, facts};
use crate::written::source::Span;

mod graph;

/// `None` when anything is wrong, here or before.
pub(super) fn check(name: &str, draft: Draft, around: &Surroundings, mistakes: &mut Mistakes) -> Option<Flow> {
    let checker = Checker { draft: &draft, around };
    checker.names(mistakes);
    if mistakes.is_empty() {
        graph::check(&draft, mistakes);
    }
    if !mistakes.is_empty() {
        return None;
    }
    let (start, _) = draft.start?;
    Some(Flow {
        name: name.to_owned(),
        title: draft.title.unwrap_or_else(|| name.to_owned()),
        start,
        language: draft.language,
        zone: draft.zone,
        hours: draft.hours,
        steps: draft.steps.into_iter().map(|step| Some((step.name, step.step?))).collect::<Option<_>>()?,
    })
}

struct Checker<'c> {
    draft: &'c Draft,
    around: &'c Surroundings,
}

impl Checker<'_> {
    fn names(&self, mistakes: &mut Mistakes) {
        let steps: BTreeSet<&str> = self.draft.steps.iter().map(|step| step.name.as_str()).collect();
        let links = self.draft.steps.iter().flat_map(|step| &step.links).chain(&self.draft.start);
        for (target, span) in links.filter(|(target, _)| !steps.contains(target.as_str())) {
            let near = nearest(target, steps.iter().copied());
            mistakes.add(span.clone(), Problem::UnknownStep { name: target.clone(), near });
        }
        for (mention, span) in self.draft.steps.iter().flat_map(|step| &step.mentions) {
            if let Some(problem) = self.mention(mention) {
                mistakes.add(span.clone(), problem);
            }
        }
    }

    fn mention(&self, mention: &Mention) -> Option<Problem> {
        match mention {
            Mention::Sound(name) => self.sound(name),
            Mention::Queue(key) => (!self.around.queues.contains(key)).then(|| Problem::UnknownQueue {
                name: key.clone(),
                near: nearest(key, self.around.queues.iter().map(String::as_str)),
            }),
            Mention::Agent(key) => (!self.around.agents.contains(key)).then(|| Problem::UnknownAgent {
                name: key.clone(),
                near: nearest(key, self.around.agents.iter().map(String::as_str)),
            }),
            Mention::Fact(name) => self.fact(name),
            Mention::Hours(name) => (!self.draft.hours.contains_key(name)).then(|| Problem::UnknownHours {
                name: name.clone(),
                near: nearest(name, self.draft.hours.keys().map(String::as_str)),
            }),
            Mention::Clock => (!self.draft.names_zone).then_some(Problem::ZoneMissing),
        }
    }

    fn sound(&self, name: &str) -> Option<Problem> {
        let empty = BTreeSet::new();
        let sounds_of = |language: Option<Language>| self.around.sounds.get(&language).unwrap_or(&empty);
        if name.contains('/') {
            let near = nearest(name, sounds_of(None).iter().map(String::as_str));
            let missing = !sounds_of(None).contains(name);
            return missing.then(|| Problem::UnknownSound {
                name: name.to_owned(),
                missing_in: "any language".to_owned(),
                near,
            });
        }
        let missing: Vec<Language> =
            Language::ALL.into_iter().filter(|language| !sounds_of(Some(*language)).contains(name)).collect();
        if missing.is_empty() {
            return None;
        }
        let near = nearest(name, Language::ALL.into_iter().flat_map(|l| sounds_of(Some(l))).map(String::as_str));
        let missing_in = missing.into_iter().map(Language::as_str).collect::<Vec<_>>().join(" and ");
        // A name that is there in the other language is meant; only its sound is missing.
        Some(Problem::UnknownSound { name: name.to_owned(), missing_in, near: near.filter(|near| near != name) })
    }

    fn fact(&self, name: &str) -> Option<Problem> {
        if facts::FACTS.contains(&name) || name == "var.language" {
            return None;
        }
        let variables = || self.draft.steps.iter().flat_map(|step| &step.sets).map(String::as_str);
        if variables().any(|known| known == name) {
            return None;
        }
        let near = nearest(name, facts::FACTS.into_iter().chain(variables()));
        Some(Problem::UnknownVariable { name: name.to_owned(), near })
    }
}

/// The steps as numbers, with the places of the names.
struct Graph<'d> {
    steps: &'d [DraftStep],
    links: Vec<BTreeSet<usize>>,
    start: usize,
}

impl<'d> Graph<'d> {
    fn new(draft: &'d Draft) -> Option<Self> {
        let index: BTreeMap<&str, usize> =
            draft.steps.iter().enumerate().map(|(at, s)| (s.name.as_str(), at)).collect();
        let links = draft
            .steps
            .iter()
            .map(|step| step.links.iter().filter_map(|(target, _)| index.get(target.as_str()).copied()).collect());
        let start = *index.get(draft.start.as_ref()?.0.as_str())?;
        Some(Self { steps: &draft.steps, links: links.collect(), start })
    }

    /// The steps that can be reached from `from` (itself included) by steps that may be left so.
    fn reach(&self, from: usize, passable: impl Fn(&DraftStep) -> bool) -> BTreeSet<usize> {
        let mut seen = BTreeSet::from([from]);
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            if self.step(at).is_some_and(&passable) {
                open.extend(self.next(at).filter(|next| seen.insert(*next)));
            }
        }
        seen
    }

    fn step(&self, at: usize) -> Option<&'d DraftStep> {
        self.steps.get(at)
    }

    fn next(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        self.links.get(at).into_iter().flatten().copied()
    }

    fn place(&self, at: usize) -> Span {
        self.step(at).map(|step| step.name_span.clone()).unwrap_or_default()
    }
}

impl DraftStep {
    /// It may be over at once, without any time passing for the caller.
    fn may_be_instant(&self) -> bool {
        use Kind::{Answer, CallBack, Dial, Goto, Lookup, Queue};
        matches!(self.kind, Some(Answer | Lookup | Queue | CallBack | Dial | Goto))
    }

    /// The caller can do something here, or an agent comes.
    fn waits(&self) -> bool {
        matches!(
            self.kind,
            Some(Kind::Menu | Kind::Collect | Kind::Queue | Kind::CallBack | Kind::Dial | Kind::Voicemail)
        )
    }

    /// It makes no sense before the call is answered.
    fn needs_answer(&self) -> bool {
        use Kind::{CallBack, Collect, Echo, Menu, Play, Queue, Voicemail};
        matches!(self.kind, Some(Play | Menu | Collect | Queue | CallBack | Voicemail | Echo))
    }
}
