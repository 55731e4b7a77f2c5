//! What an agent's phone does by itself: REFER moves its call, a second call asks somebody, a call with Replaces takes
//! its call over. And REFER of ours, towards a trunk that connects a transferred call itself.
//!
//! | asked | by | becomes |
//! | --- | --- | --- |
//! | REFER to a user, an agent, a line, a number of ours (its flow) or outside | the phone of the agent who has the call | `call.transfer` |
//! | REFER to a lot or a slot | the same | `call.park` |
//! | a call to a slot, or to the code of picking up | the phone of an agent | `call.pick_up`, by this phone |
//! | a second call to one of these but a line | the same | `call.consult`; the second line hears whoever is asked |
//! | the second line is hung up | the same | `call.drop_other` |
//! | REFER with Replaces of the second line, or of the first by the second | the same | `call.complete`; while it rings, `call.transfer` |
//! | INVITE with Replaces | another phone of the same agent | the call taken over |
//! | any of these | anybody else | 603, 403 |
//!
//! The phone is told by NOTIFY how it goes on: 200, or why not. Its leg waits with its BYE until then.
//!
//! A call by a trunk with `refer` that is transferred to a number outside is first given back to that trunk by REFER;
//! a trunk that refuses is passed over like one that does not work, and the call is bridged.

use crate::base::{AgentId, CallId, Instant, LegId, ReservationId};
use crate::call::{self, AttemptId, Cause, Mode, Party, Referred, Role, Started};
use crate::center::Center;
use crate::center::answer::Refused;
use crate::center::desk::{Refusal, Target};
use crate::center::event::Event;
use crate::center::outbound::route::{OutboundAttempt, Shown, told};
use crate::center::output::{Observed, Output};
use crate::center::parking::Spot;
use crate::center::rules::Rules;
use crate::center::seat::Phones;
use crate::center::steps::others::{Aim, RING_MS, Rung};
use crate::center::turn::{Todo, sip_reason};
use crate::center::visit::{Handing, Other, Phase, RINGBACK, Stage, Taken, Talking, Visit, Who};
use crate::crm::{EndedBy, HandoverHow};
use crate::sip::{self, Origin};

impl Center {
    pub(in crate::center) fn referred(&mut self, now: Instant, referred: &Referred, out: &mut Vec<Output>) {
        let (call, leg) = (referred.call, referred.leg);
        let status = match self.refer(now, referred, out) {
            Ok(()) => 202,
            Err((refusal, _)) => status(refusal),
        };
        self.todo.to_calls(call::Command::AnswerRefer { leg, status });
        if status != 202 {
            return;
        }
        match self.visits.get_mut(&call) {
            Some(visit) if matches!(visit.phase, Phase::Handing(_)) => visit.referral = Some(leg),
            _ => self.todo.to_calls(call::Command::TellReferral { leg, status: 200 }),
        }
    }

    fn refer(&mut self, now: Instant, referred: &Referred, out: &mut Vec<Output>) -> Result<(), Refused> {
        const NOT_THEIRS: Refused = (Refusal::NotAllowed, "not the phone of the agent who has the call");
        let call = referred.call;
        let visit = self.visits.get(&call).ok_or(NOT_THEIRS)?;
        let second = visit.second_line;
        let talk = match &visit.phase {
            Phase::Talking(talk) if talk.leg == referred.leg || Some(referred.leg) == second => talk,
            _ => return Err(NOT_THEIRS),
        };
        let (agent, lines) = (talk.agent, [Some(talk.leg), second]);
        match referred.other {
            None => {
                let (called, whole) = (&referred.called, referred.called_whole.as_deref());
                match meant_by(&self.rules, &self.phones, called, whole) {
                    Meant::To(to) => drop(self.transfer(now, agent, call, (&to, ""), out)?),
                    Meant::Spot(Spot::Slot(slot)) => drop(self.park_in_slot(now, call, (Some(slot), None), out)?),
                    Meant::Spot(Spot::Anywhere(lot)) => drop(self.park_in_slot(now, call, (None, Some(&lot)), out)?),
                }
            }
            Some((_, leg)) if leg != referred.leg && lines.contains(&Some(leg)) => match visit.rings_for_asked() {
                Some(at) => self.send_on_asked(now, call, at, out),
                None => drop(self.complete(now, call, out)?),
            },
            Some(_) => return Err((Refusal::WrongState, "that is another call")),
        }
        Ok(())
    }

    /// The agent leaves while whoever was asked still rings: for the customer from now on.
    fn send_on_asked(&mut self, now: Instant, call: CallId, at: usize, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Some(talk) = visit.phase.talk().cloned() else { return };
        let Other { who, stage: Stage::Rings(going), pop, .. } = visit.others.remove(at) else { return };
        if talk.held.is_none() {
            self.with(now, call, out, |visit, turn| visit.part(turn));
        }
        self.leave_to(now, call, &talk, None, out);
        let Some(visit) = self.visits.get_mut(&call) else { return };
        visit.log(now, Event::CallSentOn { from: talk.agent, to: who.agent(), note: String::new() }, out);
        let from = Talking { held: None, ..talk };
        visit.enter(now, Phase::Handing(Handing { from, to: who, going, pop, slot: None }));
        visit.save(out);
    }

    /// Gives a call that goes to a number outside back to the trunk it came by, if that connects calls itself.
    pub(super) fn give_back(&mut self, now: Instant, call: CallId, aim: &Aim) -> Option<Rung> {
        let Aim::Number { number, routes } = aim else { return None };
        let visit = self.visits.get(&call)?;
        let (leg, queue, interaction) = (visit.caller_leg?, visit.record.queue, visit.record.id);
        let trunk = self.rules.trunk(visit.inbound()?.trunk.as_deref()?).filter(|trunk| trunk.refer)?;
        let to = match trunk.destination {
            Some(destination) => format!("sip:{}@{}", number.as_str(), destination.addr),
            None => format!("tel:{}", number.as_str()),
        };
        let from = sip::CallerId { name: String::new(), user: self.rules.shown_outside(queue), host: String::new() };
        let shown = Shown { from, headers: told(interaction), ring_ms: RING_MS };
        let attempt = AttemptId(self.todo.ids.take());
        let going = OutboundAttempt::referred(attempt, trunk.name.clone(), routes.clone(), shown, now);
        self.todo.to_calls(call::Command::Refer { leg, to, replaces: None });
        Some(Rung { who: Who::Number(number.clone()), going, pop: ReservationId(attempt.0) })
    }

    /// What the trunk says of it.
    pub(in crate::center) fn refer_progressed(
        &mut self,
        now: Instant,
        call: CallId,
        leg: LegId,
        status: u16,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call).filter(|visit| visit.caller_leg == Some(leg)) else { return };
        let Phase::Handing(handing) = &visit.phase else { return };
        let (from, attempt) = (handing.from.agent, handing.going.attempt);
        match status {
            ..200 => {}
            200..300 => {
                let how = HandoverHow::Refer;
                visit.log(now, Event::transferred(from, None, how), out);
                self.with(now, call, out, |visit, turn| visit.tell_referral(200, turn));
                self.finish(now, call, EndedBy::Agent, Some(sip_reason(200, "transferred")), out);
            }
            status => {
                let why = sip_reason(status, "REFER refused");
                self.out_failed(now, call, attempt, (Cause::TrunkFault, &why), out);
            }
        }
    }

    /// A caller who wants to take the place of a leg: another phone of the agent whose it is. `false`: it is an
    /// ordinary call.
    pub(in crate::center) fn replaces(&mut self, started: &Started, out: &mut Vec<Output>) -> bool {
        let Some((call, leg)) = started.replaces else { return false };
        let phase = self.visits.get(&call).map(|visit| &visit.phase);
        match (&started.origin, phase) {
            (Origin::User { agent: Some(agent), user }, Some(Phase::Talking(talk)))
                if talk.agent == *agent && talk.leg == leg =>
            {
                self.taken_in.insert(started.leg, Taken::Over(user.clone()));
                self.todo.to_calls(call::Command::TakeIn { leg: started.leg, call });
            }
            _ => {
                out.push(Output::Observed(Observed::Dropped { what: "replaces_refused".to_owned() }));
                turn_away(&mut self.todo, started, 403, "not a call of this user");
            }
        }
        true
    }

    /// An agent's phone, in a call, calls somebody else: whoever it is is asked into the call. `false`: an ordinary
    /// call.
    pub(in crate::center) fn asks_by_phone(
        &mut self,
        now: Instant,
        started: &Started,
        agent: AgentId,
        out: &mut Vec<Output>,
    ) -> bool {
        let talks = |call: &CallId| {
            let phase = self.visits.get(call).map(|visit| &visit.phase);
            matches!(phase, Some(Phase::Talking(talk)) if talk.agent == agent)
        };
        let call = self.seats.get(&agent).and_then(|seat| seat.hand.meant(None).find(talks));
        let Some(call) = call else { return false };
        let asked = match meant_by(&self.rules, &self.phones, &started.called, started.called_whole.as_deref()) {
            Meant::To(to) => self.consult(now, agent, call, &to, out),
            Meant::Spot(_) => Err((Refusal::WrongState, "a call is on hand")),
        };
        match asked {
            Ok(_) => {
                self.taken_in.insert(started.leg, Taken::Second);
                if let Some(visit) = self.visits.get_mut(&call) {
                    visit.second_line = Some(started.leg);
                }
                self.todo.to_calls(call::Command::TakeIn { leg: started.leg, call });
            }
            Err((refusal, why)) => turn_away(&mut self.todo, started, status(refusal), why),
        }
        true
    }

    /// A leg is up that was taken into the call. `false`: it is the customer's.
    pub(in crate::center) fn taken_in(
        &mut self,
        now: Instant,
        call: CallId,
        leg: LegId,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(taken) = self.taken_in.remove(&leg) else { return false };
        let visit = self.visits.get(&call);
        match (taken, visit.map(|visit| &visit.phase)) {
            (Taken::Over(user), Some(Phase::Talking(_) | Phase::Parked(_))) => {
                self.rejoined(now, call, leg, Some(user), out);
            }
            // Whatever it would have been rung for.
            (Taken::Reached(attempt, user), Some(_)) => self.reached(now, call, attempt, (leg, Some(user)), out),
            (Taken::Second, Some(Phase::Talking(_))) if visit.and_then(|visit| visit.second_line) == Some(leg) => {
                let party = Party { leg, role: Role::Agent, mode: Mode::Apart };
                self.todo.to_calls(call::Command::Enter { call, party });
                self.with(now, call, out, |visit, turn| {
                    visit.face_second_line(true, turn);
                    if visit.rings_for_asked().is_some() {
                        turn.todo.play(leg, vec![RINGBACK.to_owned()], true);
                    }
                });
            }
            _ => self.todo.to_calls(call::Command::Hangup { leg, reason: sip_reason(480, "the call went elsewhere") }),
        }
        true
    }

    /// A leg that was taken in is gone. `false`: it is none.
    pub(in crate::center) fn phone_line_ended(
        &mut self,
        now: Instant,
        call: CallId,
        leg: LegId,
        out: &mut Vec<Output>,
    ) -> bool {
        let of_second = |visit: &&mut Visit| visit.second_line == Some(leg);
        let Some(visit) = self.visits.get_mut(&call).filter(of_second) else {
            let taken = self.taken_in.remove(&leg);
            if let Some(Taken::Reached(attempt, _)) = taken {
                let why = sip_reason(487, "the phone has hung up");
                self.not_reached(now, call, attempt, (Cause::Declined, &why), out);
            }
            return taken.is_some();
        };
        visit.second_line = None;
        // Whoever was asked may be in the call already.
        let asks = visit.asks();
        self.taken_in.remove(&leg);
        if asks {
            let _ = self.drop_other(now, call, None, out);
        }
        self.with(now, call, out, |visit, turn| visit.first_line_talks(turn));
        true
    }
}

/// What a phone means by what was dialled.
enum Meant {
    To(Target),
    /// Where calls are parked.
    Spot(Spot),
}

/// A SIP user or the key of an agent, the key of a line, a number of our own (its flow), a lot or a slot, a number.
fn meant_by(rules: &Rules, phones: &Phones, called: &str, whole: Option<&str>) -> Meant {
    let configuration = &rules.configuration;
    let users = configuration.users.iter().chain(phones.users());
    let user = users.filter(|user| user.name == called).find_map(|user| user.agent);
    let key = || configuration.rules.agents.iter().find(|agent| agent.key == called).map(|agent| agent.id);
    if let Some(agent) = user.or_else(key) {
        return Meant::To(Target::Agent { agent });
    }
    if rules.queue_id(called).is_some() {
        return Meant::To(Target::Queue { queue: called.to_owned(), priority: None });
    }
    if let Some(own) = rules.number(called, None) {
        return Meant::To(Target::Flow { flow: own.flow.clone() });
    }
    match configuration.parking.spot(called) {
        Some(spot) => Meant::Spot(spot),
        None => Meant::To(Target::Number { number: whole.unwrap_or(called).to_owned() }),
    }
}

pub(super) fn turn_away(todo: &mut Todo, started: &Started, status: u16, why: &str) {
    let (leg, reason) = (started.leg, sip_reason(status, why));
    todo.to_calls(call::Command::Refuse { leg, reason, retry_after_s: None });
}

/// What a phone is told of a refusal.
pub(super) fn status(refusal: Refusal) -> u16 {
    match refusal {
        Refusal::UnknownAgent
        | Refusal::UnknownQueue
        | Refusal::UnknownFlow
        | Refusal::UnknownSlot
        | Refusal::NoVoicemail
        | Refusal::BadNumber => 404,
        Refusal::SlotTaken => 486,
        Refusal::NoRoute | Refusal::Spent => 403,
        Refusal::TargetUnavailable | Refusal::Unavailable | Refusal::NotSignedIn => 480,
        Refusal::WrongState => 491,
        _ => 603,
    }
}

/// The same of somebody who was not reached.
pub(in crate::center) fn status_of(cause: Cause) -> u16 {
    match cause {
        Cause::Busy => 486,
        Cause::NoAnswer | Cause::Unreachable => 480,
        Cause::Declined => 603,
        Cause::NoSuchNumber => 404,
        Cause::NotAllowed => 403,
        Cause::TrunkFault => 503,
    }
}
