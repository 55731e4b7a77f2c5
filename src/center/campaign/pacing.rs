//! What the pacers want done.

use std::collections::VecDeque;
use std::time::Duration;

use super::campaigns::{Campaigns, Order, SHED_AFTER};
use super::running::{OnTheWay, Reading, Running, Stage};
use crate::acd;
use crate::base::{ContactId, Instant};
use crate::call::Cause;
use crate::campaign::{CampaignId, Class, Cover, DialEnd, DialId, Input, Output, Presence, Taken, TakenBack, What};
use crate::center::calling::{CampaignState, NewAttempt};
use crate::center::desk::DeskEvent;
use crate::center::output::{self, Write};
use crate::center::turn::{Due, Turn};

/// So often it is looked whether somebody may be called again, where nobody may at present.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// Whom an agent would not call is offered again after so long.
const SKIPPED: Duration = Duration::from_secs(300);

/// The pacers.
impl Campaigns {
    /// Tells a pacer something and does what it wants; whoever else hears of it is told, too.
    pub(super) fn tell(&mut self, id: CampaignId, input: Input, turn: &mut Turn<'_>) {
        let mut inputs = VecDeque::from([(id, input)]);
        while let Some((id, input)) = inputs.pop_front() {
            let Some(running) = self.all.get_mut(&id) else { continue };
            self.stirred = true;
            let mut outputs = Vec::new();
            running.hour.spent(turn.now, running.pacer.staff());
            running.pacer.handle(turn.now, input, &mut outputs);
            let mut cover = None;
            for output in outputs {
                if let Output::Record(line) = output {
                    if let What::Dialled { why, .. } = &line.what {
                        cover = Some(why.cover);
                    }
                    if let Some(running) = self.all.get_mut(&id) {
                        running.lines.push(line);
                    }
                } else {
                    self.obey(id, output, cover, turn, &mut inputs);
                }
            }
            if let Some(class) = self.refill(id, turn.now) {
                inputs.push_back((id, Input::Next(Some(class))));
            }
            self.write_down(id, turn);
        }
    }

    fn obey(
        &mut self,
        id: CampaignId,
        output: Output,
        cover: Option<Cover>,
        turn: &mut Turn<'_>,
        inputs: &mut VecDeque<(CampaignId, Input)>,
    ) {
        let Some(running) = self.all.get_mut(&id) else { return };
        match output {
            Output::Dial(dial) => self.dial(id, dial, cover, turn, inputs),
            Output::Cancel { dial, why } => {
                let Some(on) = running.dials.get_mut(&dial) else { return };
                on.taken_back = true;
                if let Stage::Calling(call) = on.stage {
                    let cause = Some(Cause::NoAnswer).filter(|_| why == TakenBack::RangOut);
                    self.orders.push_back(Order::Stop(call, cause));
                }
            }
            Output::Preview { agent, until } => {
                let row = running.next.and_then(|taken| self.rows.get(&taken.entry)).copied();
                running.reading = Some(Reading { agent, until, called: None });
                self.orders.extend(row.map(|row| Order::Read { campaign: id, agent, row }));
            }
            Output::PutBack { agent } => {
                running.reading = None;
                if let Some(taken) = running.next.take() {
                    self.hopper.put_back(&taken, turn.now + SKIPPED);
                }
                turn.push(agent, DeskEvent::PreviewChanged { preview: None });
            }
            Output::Connect { dial, agent } => self.connect(id, dial, agent, turn),
            Output::SafeMessage(dial) => self.say_sorry(id, dial),
            Output::Message(dial) => self.lead(id, dial),
            // Machines are told by agents; what is recorded is taken where it is made.
            Output::Machine(_) | Output::Record(_) => {}
        }
    }

    /// The next one is called. Where each call is one agent's, the agent is held, and all others are told that this one
    /// is.
    fn dial(
        &mut self,
        id: CampaignId,
        dial: DialId,
        cover: Option<Cover>,
        turn: &mut Turn<'_>,
        inputs: &mut VecDeque<(CampaignId, Input)>,
    ) {
        let Some(running) = self.all.get_mut(&id) else { return };
        let binds = running.rule.as_ref().is_some_and(|rule| rule.mode.binds());
        let bound = match cover {
            Some(Cover::Agent(agent)) if binds => Some(agent),
            _ => None,
        };
        let taken = running.next.take();
        let row = taken.and_then(|taken| self.rows.get(&taken.entry)).copied();
        let (Some(taken), Some(row), true) = (taken, row, bound.is_some() || !binds) else {
            taken.iter().for_each(|taken| self.hopper.put_back(taken, turn.now + SKIPPED));
            return inputs.push_back((id, Input::Ended { dial, end: DialEnd::Failed }));
        };
        let pace = running.pace(id, turn.now);
        running.made += 1;
        let agent = bound.map(|agent| (agent, ContactId(turn.todo.ids.take())));
        let on = OnTheWay {
            taken,
            agent,
            stage: Stage::Asked(Box::new(pace.clone())),
            taken_back: false,
            rings: false,
            interaction: None,
            disposition: None,
        };
        running.dials.insert(dial, on);
        let (person, at) = (taken.person, turn.now);
        self.orders.push_back(Order::Write(Box::new(NewAttempt { dial, row, person, agent: bound, at, pace })));
        let Some((agent, contact)) = agent else { return };
        if self.all.get_mut(&id).is_some_and(|running| running.reading.take().is_some()) {
            turn.push(agent, DeskEvent::PreviewChanged { preview: None });
        }
        turn.todo.to_router(acd::Input::Occupy { agent, contact, queue: None, own: false });
        self.held.insert(agent, id);
        let others = self.all.keys().copied().filter(|other| *other != id);
        inputs.extend(others.map(|other| (other, Input::Agent { agent, is: Presence::Gone })));
    }

    fn refill(&mut self, id: CampaignId, now: Instant) -> Option<Class> {
        let rests = |running: &Running| running.rests_until.is_some_and(|until| now < until);
        let runs = |running: &&mut Running| running.next.is_none() && running.runs() && !rests(running);
        let running = self.all.get_mut(&id).filter(|running| !self.draining && runs(running))?;
        let Taken { list, kind, .. } = *running.next.insert(self.hopper.take(id, now)?);
        Some(Class { list, kind })
    }

    fn write_down(&mut self, id: CampaignId, turn: &mut Turn<'_>) {
        let Some(running) = self.all.get_mut(&id) else { return };
        if !running.lines.is_empty() {
            let pace = running.pace(id, turn.now);
            turn.out.push(output::Output::Write(Write::Pace(Box::new(pace))));
        }
        let waits = running.next.is_none() && running.runs() && !self.draining;
        let finished = running.state == CampaignState::Finished && running.dials.is_empty();
        let look = (waits || finished).then(|| turn.now + if finished { SHED_AFTER } else { LOOK_AGAIN });
        match [running.pacer.next_deadline(), look].into_iter().flatten().min() {
            Some(at) => turn.todo.deadlines.set(Due::Campaign(id), at),
            None => drop(turn.todo.deadlines.clear(&Due::Campaign(id))),
        }
    }
}
