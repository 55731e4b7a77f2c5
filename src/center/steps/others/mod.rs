//! Others in a call, beside the customer and the agent who has it: colleagues and people outside who are asked,
//! supervisors.
//!
//! | part | input | next | who hears whom |
//! | --- | --- | --- | --- |
//! | - | `call.consult` | `Consulted`, rings | the customer hears music, the agent ringback |
//! | `Consulted` | answers | same | agent and consulted hear each other |
//! | `Consulted` | `call.swap`, `call.resume` | `Waiting` | agent and customer; the consulted hears music |
//! | `Waiting` | `call.swap`, `call.hold` | `Consulted` | the other way round |
//! | `Consulted`, `Waiting` | `call.merge` | `Joined` | all |
//! | any of these | `call.complete`, the agent's phone hangs up | has the call, or talks with the customer | those who are left |
//! | `Joined` | `call.mute_other` | same | hears all, nobody hears it; or as before |
//! | any of these | not reached, hangs up, `call.drop_other` | - | as if they had not been there |
//! | - | `agent.supervise` | `Supervisor`, rings | by the mode: see `call::party` |
//!
//! Out of the call:
//!
//! | phase | input | next | the customer |
//! | --- | --- | --- | --- |
//! | `Talking` | `call.transfer` to an agent or a number | `Handing` | hears music |
//! | `Talking` | `call.transfer` to a line | `Queued` | hears its music |
//! | `Talking` | `call.transfer` to a flow or a mailbox | `Flow` | is led by it |
//! | `Talking` | `call.park` | `InSlot` | hears the music of the lot |
//! | `InSlot` | `call.pick_up`, the slot is dialled | `Handing` | as before |
//! | `InSlot` | nobody picked it up in time | `Parked`, `Queued` | returns to the agent, or into the agent's line |
//! | `Handing` | answered | `Talking`, `PassedOn` | talks |
//! | `Handing` | not answered | as out of `InSlot` in time; out of a slot back into it | hears music |
//!
//! An agent who is asked is occupied for the router from the first ring on. Limits: [`MAX`] others in a call, one
//! of them at a time not joined.

mod consult;
mod park;
mod pick_up;
mod refer;
mod supervise;
mod transfer;

use std::collections::VecDeque;

use crate::base::{AgentId, CallId, Instant, InteractionId, LegId, Number, QueueId, ReservationId};
use crate::call::{self, Branch, Cause, Mode, Party, Role};
use crate::center::Center;
use crate::center::answer::Refused;
use crate::center::desk::{CallState, Handed, Refusal, RingEnd, Target};
use crate::center::event::Event;
use crate::center::outbound::route::{OutboundAttempt, Route, Shown, told};
use crate::center::output::Output;
use crate::center::steps::line::pop::Showing;
use crate::center::turn::sip_reason;
use crate::center::visit::{Other, Part, Phase, Stage, Who, watch_mode};
use crate::crm::EndedBy;
use crate::dialplan::Mailbox;
use crate::{acd, sip};

/// Others in one call.
const MAX: usize = 8;

/// How long somebody who is asked is rung.
const RING_MS: u64 = 30_000;

/// Where a call may go, looked up.
enum Aim {
    Agent {
        agent: AgentId,
        branches: Vec<Branch>,
    },
    Queue {
        queue: QueueId,
        priority: Option<u8>,
    },
    Number {
        number: Number,
        routes: VecDeque<Route>,
    },
    /// Of the dialplan, by name.
    Flow(String),
}

/// Somebody who is being rung for a call.
struct Rung {
    who: Who,
    going: OutboundAttempt,
    pop: ReservationId,
}

impl Center {
    /// Looks up where `by` wants a call to go.
    fn aim(&mut self, now: Instant, by: AgentId, to: &Target) -> Result<Aim, Refused> {
        match to {
            Target::Agent { agent } => {
                let seat = self.seats.known(*agent)?;
                match seat.takes_calls_of_colleagues() && *agent != by {
                    true => Ok(Aim::Agent { agent: *agent, branches: seat.branches() }),
                    false => Err((Refusal::TargetUnavailable, "this agent talks already, or is not there")),
                }
            }
            Target::Queue { queue, priority } => match self.rules.queue_id(queue) {
                Some(queue) => Ok(Aim::Queue { queue, priority: *priority }),
                None => Err((Refusal::UnknownQueue, "there is no such queue")),
            },
            Target::Number { number } => {
                let (number, routes) = self.rules.reachable_outside(number)?;
                self.spending.may_spend(now, by, &self.rules)?;
                Ok(Aim::Number { number, routes })
            }
            Target::Flow { flow } => match self.rules.flow(flow) {
                Some(_) => Ok(Aim::Flow(flow.clone())),
                None => Err((Refusal::UnknownFlow, "there is no such flow")),
            },
            Target::QueueVoicemail { queue } => self.rules.mailbox(&Mailbox::Queue(queue.clone())).map(Aim::Flow),
            Target::AgentVoicemail { agent } => {
                let rule = self.rules.agent(*agent).ok_or((Refusal::UnknownAgent, "there is no such agent"))?;
                self.rules.mailbox(&Mailbox::Agent(rule.key.clone())).map(Aim::Flow)
            }
        }
    }

    /// Rings an agent or a number; an agent sees the customer first. `None`: a line or a flow cannot be rung.
    fn ring_aim(
        &mut self,
        now: Instant,
        call: CallId,
        aim: Aim,
        handed: Handed,
        out: &mut Vec<Output>,
    ) -> Option<Rung> {
        let visit = self.visits.get(&call)?;
        let (queue, interaction) = (visit.record.queue, visit.record.id);
        let headers = told(interaction);
        let from = crate::center::visit::caller_party(visit);
        match aim {
            Aim::Queue { .. } | Aim::Flow(_) => None,
            Aim::Number { number, routes } => {
                let from =
                    sip::CallerId { name: String::new(), user: self.rules.shown_outside(queue), host: String::new() };
                let going = self.go_out(now, call, routes, Shown { from, headers, ring_ms: RING_MS })?;
                let pop = ReservationId(going.attempt.0);
                Some(Rung { who: Who::Number(number), going, pop })
            }
            Aim::Agent { agent, branches } => {
                let going = self.go_to_phones(now, call, branches, Shown { from, headers, ring_ms: RING_MS })?;
                Some(self.rung_agent(now, call, (agent, going), handed, out))
            }
        }
    }

    /// The phones of an agent ring, or one of them calls already: nobody else gets the agent, who sees the customer.
    fn rung_agent(
        &mut self,
        now: Instant,
        call: CallId,
        (agent, going): (AgentId, OutboundAttempt),
        handed: Handed,
        out: &mut Vec<Output>,
    ) -> Rung {
        let queue = self.visits.get(&call).and_then(|visit| visit.record.queue);
        let (pop, contact) = (ReservationId(going.attempt.0), self.visits.occupy(agent, call, &mut self.todo));
        let handed = Some(handed);
        self.show_pop(now, call, Showing { agent, contact, pop, queue, why: Default::default(), handed }, out);
        self.with(now, call, out, |visit, turn| visit.tell(agent, CallState::Ringing, turn));
        Rung { who: Who::Agent { agent, contact: Some(contact) }, going, pop }
    }

    /// A phone answered: is it one of the others'?
    pub(in crate::center) fn other_reached(
        &mut self,
        now: Instant,
        call: CallId,
        at: usize,
        (leg, phone): (LegId, Option<String>),
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let held = matches!(&visit.phase, Phase::Talking(talk) if talk.held.is_some());
        let agent_leg = visit.phase.talk().map(|talk| talk.leg);
        let Some(other) = visit.others.get_mut(at) else { return };
        (other.stage, other.phone, other.since) = (Stage::Up(leg), phone, now);
        if other.part == Part::Consulted && !held {
            other.part = Part::Waiting;
        }
        let (part, agent, is_agent) = (other.part.clone(), other.who.agent(), other.who.agent().is_some());
        let (role, mode) = match &part {
            Part::Supervisor { watch, .. } => (Role::Supervisor, watch_mode(*watch, agent_leg)),
            Part::Waiting => (if is_agent { Role::Agent } else { Role::Guest }, Mode::Apart),
            Part::Consulted | Part::Joined => (if is_agent { Role::Agent } else { Role::Guest }, Mode::Talk),
        };
        let event = match &part {
            Part::Supervisor { user, watch } => Event::CallSupervised { user: user.clone(), watch: *watch },
            _ => Event::CallConsultAnswered { agent },
        };
        visit.log(now, event, out);
        self.todo.to_calls(call::Command::Enter { call, party: Party { leg, role, mode } });
        if mode == Mode::Apart {
            self.with(now, call, out, |visit, turn| visit.play_music_to(leg, turn));
        }
        if let Some(agent) = agent {
            self.with(now, call, out, |visit, turn| visit.tell(agent, CallState::Talking, turn));
        }
        self.with(now, call, out, |visit, turn| visit.tell_all(turn));
    }

    /// Rung in vain.
    pub(in crate::center) fn other_failed(
        &mut self,
        now: Instant,
        call: CallId,
        at: usize,
        cause: Cause,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call).filter(|visit| at < visit.others.len()) else { return };
        let other = visit.others.remove(at);
        if !other.is_supervisor() {
            visit.cause = Some(cause);
            visit.log(now, Event::CallConsultFailed { to: other.who.agent(), why: cause }, out);
        }
        self.with(now, call, out, |visit, turn| {
            visit.stop_ringback(turn);
            visit.end_second_line(turn);
        });
        let why = if cause == Cause::NoAnswer { RingEnd::NoAnswer } else { RingEnd::Declined };
        self.release(now, call, &other, why, out);
        self.with(now, call, out, |visit, turn| visit.tell_all(turn));
    }

    /// The leg of one of the others is gone.
    pub(in crate::center) fn other_left(&mut self, now: Instant, call: CallId, at: usize, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call).filter(|visit| at < visit.others.len()) else { return };
        let other = visit.others.remove(at);
        visit.log(now, Event::CallOtherLeft { agent: other.who.agent() }, out);
        if !other.is_supervisor() {
            self.with(now, call, out, |visit, turn| visit.end_second_line(turn));
        }
        self.release(now, call, &other, RingEnd::CallerGone, out);
        self.with(now, call, out, |visit, turn| visit.tell_all(turn));
    }

    /// An agent who is in a colleague's call leaves it by the desktop; the call goes on. `false`: is in none.
    pub(in crate::center) fn leave_colleague(
        &mut self,
        now: Instant,
        agent: AgentId,
        named: Option<InteractionId>,
        out: &mut Vec<Output>,
    ) -> bool {
        let is = |other: &Other| other.who.agent() == Some(agent) && other.leg().is_some();
        let at = |call: CallId| Some((call, self.visits.get(&call)?.others.iter().position(is)?));
        let found = self.seats.get(&agent).and_then(|seat| seat.hand.meant(named).find_map(at));
        let Some((call, at)) = found else { return false };
        let Some(visit) = self.visits.get_mut(&call) else { return false };
        let other = visit.others.remove(at);
        visit.log(now, Event::CallOtherLeft { agent: Some(agent) }, out);
        self.dismiss(now, call, &other, "left", out);
        self.with(now, call, out, |visit, turn| visit.tell_all(turn));
        true
    }

    /// Ends the part of one of the others: the phone, the router, the desktop.
    fn dismiss(&mut self, now: Instant, call: CallId, other: &Other, why: &str, out: &mut Vec<Output>) {
        let reason = sip_reason(200, why);
        match &other.stage {
            Stage::Up(leg) => self.todo.to_calls(call::Command::Hangup { leg: *leg, reason }),
            Stage::Rings(going) => self.todo.to_calls(call::Command::StopRing { attempt: going.attempt, reason }),
        }
        self.release(now, call, other, RingEnd::CallerGone, out);
    }

    /// Somebody is in the call no more: free for the router, told on the desktop.
    fn release(&mut self, now: Instant, call: CallId, other: &Other, why: RingEnd, out: &mut Vec<Output>) {
        let Who::Agent { agent, contact } = other.who else { return };
        if let Some(seat) = self.seats.get_mut(&agent) {
            seat.hand.put_down_ring(other.pop);
        }
        match other.stage {
            Stage::Up(_) => self.with(now, call, out, |visit, turn| visit.tell(agent, CallState::Ended, turn)),
            Stage::Rings(_) => self.withdraw_direct(now, call, agent, other.pop, why, out),
        }
        self.visits.free(contact, &mut self.todo);
    }

    /// A ring that the router did not ask for is over without this agent.
    fn withdraw_direct(
        &mut self,
        now: Instant,
        call: CallId,
        agent: AgentId,
        pop: ReservationId,
        why: RingEnd,
        out: &mut Vec<Output>,
    ) {
        if let Some(interaction) = self.visits.get(&call).map(|visit| visit.record.id) {
            self.withdraw_pop(now, agent, pop, interaction, why, out);
        }
    }

    /// The call is over: everybody who was asked into it is free.
    pub(in crate::center) fn release_all(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) {
        let others = self.visits.get_mut(&call).map(|visit| std::mem::take(&mut visit.others)).unwrap_or_default();
        for other in others {
            if let Stage::Rings(going) = &other.stage {
                let reason = sip_reason(487, "the call is over");
                self.todo.to_calls(call::Command::StopRing { attempt: going.attempt, reason });
            }
            self.release(now, call, &other, RingEnd::CallerGone, out);
        }
    }

    /// An agent does not want what a colleague sends or asks, or the own call. `false`: nothing rings.
    pub(in crate::center) fn decline_colleague(
        &mut self,
        now: Instant,
        call: CallId,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(visit) = self.visits.get(&call) else { return false };
        let reason = sip_reason(603, "declined");
        let rings = |other: &Other| other.who.agent() == Some(agent) && other.leg().is_none();
        if let Some(at) = visit.others.iter().position(rings) {
            if let Some(Stage::Rings(going)) = visit.others.get(at).map(|other| &other.stage) {
                let attempt = going.attempt;
                self.todo.to_calls(call::Command::StopRing { attempt, reason });
            }
            self.other_failed(now, call, at, Cause::Declined, out);
            return true;
        }
        match &visit.phase {
            Phase::Handing(handing) if handing.to.agent() == Some(agent) => {
                let attempt = handing.going.attempt;
                self.todo.to_calls(call::Command::StopRing { attempt, reason });
                self.not_handed_over(now, call, Cause::Declined, out);
                true
            }
            Phase::Dialling(dialling) if dialling.agent() == Some(agent) => {
                let attempt = dialling.going.attempt;
                self.todo.to_calls(call::Command::StopRing { attempt, reason });
                self.dial_failed(now, call, Cause::Declined, out);
                true
            }
            Phase::Fetching(fetching) if fetching.agent == agent => {
                self.finish(now, call, EndedBy::Agent, Some(reason), out);
                true
            }
            Phase::Parked(parked) if parked.returned && parked.talk.agent == agent => {
                self.rejoin_failed(now, call, acd::DECLINED, out);
                true
            }
            _ => false,
        }
    }

    /// The agent is away for a while, or leaves: nobody waits for an answer any more.
    pub(in crate::center) fn dismiss_asked(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let asked = |other: &Other| matches!(other.part, Part::Consulted | Part::Waiting);
        let (gone, kept) = std::mem::take(&mut visit.others).into_iter().partition(asked);
        visit.others = kept;
        let gone: Vec<Other> = gone;
        self.with(now, call, out, |visit, turn| visit.end_second_line(turn));
        for other in &gone {
            self.dismiss(now, call, other, "the one who asked is gone", out);
        }
    }
}
