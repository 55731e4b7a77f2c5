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

use crate::base::{LegId, ReservationId};
use crate::call::{self, AttemptId, Cause, Mode, Party, Referred, Role, Started};
use crate::center::answer::Refused;
use crate::center::circle::ring::{Aim, Rung};
use crate::center::circle::{Circle, RING_MS};
use crate::center::desk::{Refusal, Target};
use crate::center::event::Event;
use crate::center::outbound::attempt::{OutboundAttempt, Shown};
use crate::center::outbound::route::Outside;
use crate::center::turn::{Todo, sip_reason};
use crate::center::visit::{Other, Phase, RINGBACK, Stage, Taken, Then, Who};
use crate::crm::{EndedBy, HandoverHow};

/// What the agent's phone wants its call to become.
pub(in crate::center) enum Move {
    To(Target),
    /// Into a slot; see [`Circle::park`].
    Park(Result<(u16, u32), Refused>),
}

impl Circle<'_> {
    /// The phone is answered. `to`: what it means by whom it has named.
    pub fn referred(&mut self, referred: &Referred, to: Move) -> Then {
        let leg = referred.leg;
        let (status, then) = match self.refer(referred, to) {
            Ok(then) => (202, then),
            Err((refusal, _)) => (status(refusal), Then::GoesOn),
        };
        self.turn.todo.to_calls(call::Command::AnswerRefer { leg, status });
        if status == 202 {
            match self.visit.phase {
                Phase::Handing(_) => self.visit.referral = Some(leg),
                _ => self.turn.todo.to_calls(call::Command::TellReferral { leg, status: 200 }),
            }
        }
        then
    }

    fn refer(&mut self, referred: &Referred, to: Move) -> Result<Then, Refused> {
        const NOT_THEIRS: Refused = (Refusal::NotAllowed, "not the phone of the agent who has the call");
        let second = self.visit.second_line;
        let first = match &self.visit.phase {
            Phase::Talking(talk) if talk.leg == referred.leg || Some(referred.leg) == second => talk.leg,
            _ => return Err(NOT_THEIRS),
        };
        match (referred.other, to) {
            (None, Move::To(to)) => self.transfer(&to, ""),
            (None, Move::Park(free)) => self.park(free).map(Then::from),
            (Some((_, leg)), _) if leg != referred.leg && [Some(first), second].contains(&Some(leg)) => {
                match self.visit.rings_for_asked() {
                    Some(at) => {
                        self.send_on_asked(at);
                        Ok(Then::GoesOn)
                    }
                    None => self.complete().map(Then::from),
                }
            }
            (Some(_), _) => Err((Refusal::WrongState, "that is another call")),
        }
    }

    /// The agent's phone calls somebody by a line of its own.
    pub fn ask_by_second_line(&mut self, line: LegId, to: &Target) -> Result<(), Refused> {
        self.consult(to)?;
        self.visit.second_line = Some(line);
        self.visit.take_in(line, Taken::Second, self.turn.todo);
        Ok(())
    }

    /// The agent leaves while whoever was asked still rings: for the customer from now on.
    fn send_on_asked(&mut self, at: usize) {
        let Some(talk) = self.visit.phase.talk().cloned() else { return };
        let Some(Other { who, stage: Stage::Rings(going), pop, .. }) = self.take_other(at) else { return };
        self.send_on(talk, Rung { who, going, pop }, "");
    }

    /// Gives a call that goes to a number outside back to the trunk it came by, if that connects calls itself.
    pub(super) fn give_back(&mut self, aim: &Aim) -> Option<Rung> {
        let Aim::Outside(Outside { dialled, routes, .. }) = aim else { return None };
        let (rules, record) = (self.turn.rules, &self.visit.record);
        let leg = self.visit.caller_leg?;
        let trunk = rules.trunk(self.visit.inbound()?.trunk.as_deref()?).filter(|trunk| trunk.refer)?;
        let to = match trunk.destination {
            Some(destination) => format!("sip:{dialled}@{}", destination.addr),
            None => format!("tel:{dialled}"),
        };
        let shown = Shown::outside(record.queue, record.id, RING_MS, rules);
        let attempt = AttemptId(self.turn.todo.ids.take());
        let going = OutboundAttempt::referred(attempt, trunk.name.clone(), routes.clone(), shown, self.turn.now);
        self.turn.todo.to_calls(call::Command::Refer { leg, to, replaces: None });
        Some(Rung { who: Who::Outside(dialled.clone()), going, pop: ReservationId(attempt.0) })
    }

    /// What the trunk says of it.
    pub fn refer_progressed(&mut self, leg: LegId, status: u16) -> Then {
        let Phase::Handing(handing) = &self.visit.phase else { return Then::GoesOn };
        let (from, attempt) = (handing.from.agent, handing.going.attempt);
        if self.visit.caller_leg != Some(leg) {
            return Then::GoesOn;
        }
        match status {
            ..200 => Then::GoesOn,
            200..300 => {
                let transferred = Event::transferred(from, None, HandoverHow::Refer);
                self.visit.log(self.turn.now, transferred, self.turn.out);
                self.visit.tell_referral(200, &mut self.turn);
                Then::Over(EndedBy::Agent, Some(sip_reason(200, "transferred")))
            }
            status => self.out_failed(attempt, (Cause::TrunkFault, &sip_reason(status, "REFER refused"))),
        }
    }

    /// A leg is up that was taken into the call. `None`: it is the customer's.
    pub fn taken_in(&mut self, leg: LegId) -> Option<Then> {
        let taken = self.visit.taken_in.remove(&leg)?;
        match (taken, &self.visit.phase) {
            (Taken::Over(user), Phase::Talking(_) | Phase::Parked(_)) => return Some(self.rejoined(leg, Some(user))),
            // Whatever it would have been rung for.
            (Taken::Reached(attempt, user), _) => return Some(self.reached(attempt, (leg, Some(user)))),
            (Taken::Second, Phase::Talking(_)) if self.visit.second_line == Some(leg) => {
                let party = Party { leg, role: Role::Agent, mode: Mode::Apart };
                self.turn.todo.to_calls(call::Command::Enter { call: self.visit.call, party });
                self.visit.face_second_line(true, &mut self.turn);
                if self.visit.rings_for_asked().is_some() {
                    self.turn.todo.play(leg, vec![RINGBACK.to_owned()], true);
                }
            }
            _ => {
                let reason = sip_reason(480, "the call went elsewhere");
                self.turn.todo.to_calls(call::Command::Hangup { leg, reason });
            }
        }
        Some(Then::GoesOn)
    }

    /// A leg that was taken in is gone. `None`: it is none.
    pub(super) fn phone_line_ended(&mut self, leg: LegId) -> Option<Then> {
        let taken = self.visit.taken_in.remove(&leg);
        if self.visit.second_line != Some(leg) {
            return taken.map(|taken| match taken {
                Taken::Reached(attempt, _) => {
                    let why = sip_reason(487, "the phone has hung up");
                    self.not_reached(attempt, (Cause::Declined, &why), &[])
                }
                Taken::Over(_) | Taken::Second => Then::GoesOn,
            });
        }
        self.visit.second_line = None;
        // Whoever was asked may be in the call already.
        if self.visit.asks() {
            let _ = self.drop_other(None);
        }
        self.visit.first_line_talks(&mut self.turn);
        Some(Then::GoesOn)
    }
}

pub(in crate::center) fn turn_away(todo: &mut Todo, started: &Started, status: u16, why: &str) {
    let (leg, reason) = (started.leg, sip_reason(status, why));
    todo.to_calls(call::Command::Refuse { leg, reason, retry_after_s: None });
}

/// What a phone is told of a refusal.
pub(in crate::center) fn status(refusal: Refusal) -> u16 {
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
pub(super) fn status_of(cause: Cause) -> u16 {
    match cause {
        Cause::Busy => 486,
        Cause::NoAnswer | Cause::Unreachable => 480,
        Cause::Declined => 603,
        Cause::NoSuchNumber => 404,
        Cause::NotAllowed => 403,
        Cause::TrunkFault => 503,
    }
}
