//! The rules on the graph of steps: reached, answered first, no loop without an exit.

use std::collections::BTreeSet;

use super::Graph;
use crate::dialplan::error::{Mistakes, Problem};
use crate::dialplan::keys::Kind;
use crate::dialplan::read::Draft;

pub(super) fn check(draft: &Draft, mistakes: &mut Mistakes) {
    let Some(graph) = Graph::new(draft) else { return };
    let reached = graph.reach(graph.start, |_| true);
    for at in (0..graph.steps.len()).filter(|at| !reached.contains(at)) {
        let name = graph.name(at);
        mistakes.add(graph.place(at), Problem::Unreachable(name));
    }
    for at in graph.reach(graph.start, |step| step.kind != Some(Kind::Answer)) {
        if graph.step(at).is_some_and(|step| step.needs_answer()) {
            mistakes.add(graph.place(at), Problem::NotAnswered(graph.name(at)));
        }
    }
    hot_loops(&graph, mistakes);
    no_exits(&graph, &reached, mistakes);
}

/// Rounds of steps that can all be over at once: they would turn without end and without a pause.
fn hot_loops(graph: &Graph, mistakes: &mut Mistakes) {
    let mut told = BTreeSet::new();
    for at in 0..graph.steps.len() {
        if told.contains(&at) {
            continue;
        }
        if let Some(round) = round(graph, at, |next| graph.step(next).is_some_and(|step| step.may_be_instant())) {
            mistakes.add(graph.place(at), Problem::HotLoop(graph.way(&round)));
            told.extend(round);
        }
    }
}

/// Steps from which no way ends the call, and none comes to a step that waits for anybody.
fn no_exits(graph: &Graph, reached: &BTreeSet<usize>, mistakes: &mut Mistakes) {
    let mut told = BTreeSet::new();
    for &at in reached {
        let beyond = graph.reach(at, |_| true);
        let good = |step: &usize| graph.step(*step).is_some_and(|step| step.may_end || step.waits());
        if beyond.iter().any(good) || beyond.iter().any(|step| told.contains(step)) {
            continue;
        }
        // Told where the round is, not on the way to it. A round of instant steps is told already.
        let Some(round) = round(graph, at, |_| true) else { continue };
        told.extend(beyond);
        if !round.iter().all(|step| graph.step(*step).is_some_and(|step| step.may_be_instant())) {
            mistakes.add(graph.place(at), Problem::NoExit(graph.way(&round)));
        }
    }
}

/// The shortest way from a step back to itself through allowed steps: `[a, b, a]`.
fn round(graph: &Graph, from: usize, allowed: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
    if !allowed(from) {
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut ways = vec![vec![from]];
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let Some(&last) = way.last() else { continue };
            for next in graph.next(last).filter(|next| allowed(*next)) {
                let mut way = way.clone();
                way.push(next);
                if next == from {
                    return Some(way);
                }
                if seen.insert(next) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

impl Graph<'_> {
    fn name(&self, at: usize) -> String {
        self.step(at).map(|step| step.name.clone()).unwrap_or_default()
    }

    fn way(&self, steps: &[usize]) -> String {
        steps.iter().map(|at| self.name(*at)).collect::<Vec<_>>().join(" -> ")
    }
}
