//! The end of every contact, and what comes after it.

use crate::acd::{self, Left};
use crate::base::{CallId, Instant, InteractionId, LegId};
use crate::call::{self, LegEnded};
use crate::center::Center;
use crate::center::desk::RingEnd;
use crate::center::event::Event;
use crate::center::output::{Observed, Output, Write};
use crate::center::rules::Rules;
use crate::center::seat::Form;
use crate::center::turn::{Due, at_hand, millis, sip_reason};
use crate::center::visit::{Errand, Phase, Queued, Visit};
use crate::crm::{EndedBy, Outcome};
use crate::dialplan::{Event as FlowEvent, Verb};
use crate::media::LegStats;
use crate::sip::Reason;

impl Center {
    pub(in crate::center) fn leg_ended(
        &mut self,
        now: Instant,
        call: CallId,
        leg: LegId,
        ended: LegEnded,
        out: &mut Vec<Output>,
    ) {
        if self.phone_line_ended(now, call, leg, out) {
            return;
        }
        let Some(visit) = self.visits.get_mut(&call) else { return };
        if Some(leg) == visit.caller_leg {
            let (by, why) = match ended {
                LegEnded::Peer(reason) => (EndedBy::Customer, reason),
                LegEnded::Local => (EndedBy::System, None),
                LegEnded::Lost(reason) => (EndedBy::Network, Some(reason)),
            };
            if visit.kept.taking_up.is_some() && by != EndedBy::Customer {
                return self.cut_off(now, call, by, why, out);
            }
            return self.finish(now, call, by, why, out);
        }
        if let Some(other) = visit.other_with(leg) {
            return self.other_left(now, call, other, out);
        }
        match &visit.phase {
            Phase::Talking(talk) if talk.leg == leg => match ended {
                // On the hook with somebody else in the call: that is how a phone hands over.
                LegEnded::Peer(_) if self.complete(now, call, out).is_ok() => {}
                LegEnded::Peer(reason) => self.agent_hangs_up(now, call, reason, out),
                LegEnded::Lost(reason) => self.park(now, call, &reason, out),
                LegEnded::Local => {}
            },
            Phase::Calling(calling) if calling.talk.leg == leg => match ended {
                LegEnded::Peer(reason) => self.finish(now, call, EndedBy::Agent, reason, out),
                LegEnded::Lost(reason) => self.finish(now, call, EndedBy::Network, Some(reason), out),
                LegEnded::Local => {}
            },
            // Of an earlier process, and not taken up: another phone of the agent may be there.
            Phase::Parked(parked) if parked.talk.leg == leg => {
                let agent = parked.talk.agent;
                self.ring_again(call, agent);
            }
            Phase::PassedOn(guest) if *guest == leg => {
                let (by, reason) = match ended {
                    LegEnded::Peer(reason) => (EndedBy::Guest, reason),
                    LegEnded::Local => (EndedBy::System, None),
                    LegEnded::Lost(reason) => (EndedBy::Network, Some(reason)),
                };
                self.finish(now, call, by, reason, out);
            }
            Phase::Dialled(dialled) if *dialled == leg => {
                visit.enter(now, Phase::Flow);
                self.drive(now, call, FlowEvent::Finished, out);
            }
            _ => {}
        }
    }

    /// The server stops and cannot wait any longer: every call is cut off, and its caller owed a call-back.
    pub(in crate::center) fn end_calls(&mut self, now: Instant, out: &mut Vec<Output>) {
        for call in self.visits.calls() {
            self.cut_off(now, call, EndedBy::System, Some(sip_reason(503, "server stopped")), out);
        }
    }

    /// The call is over in the middle, and nobody in it meant it.
    pub(in crate::center) fn cut_off(
        &mut self,
        now: Instant,
        call: CallId,
        by: EndedBy,
        why: Option<Reason>,
        out: &mut Vec<Output>,
    ) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        // Who has booked a call-back is called by the next process.
        visit.cut_off = !matches!(&visit.phase, Phase::Queued(queued) if queued.booked.is_some());
        let owed = visit.record.clone().interrupt(Some(now), now);
        out.extend(owed.filter(|_| visit.cut_off).map(|task| Output::Write(Write::Task(task))));
        self.finish(now, call, by, why, out);
    }

    /// The visit is over, whoever ended it: every machine hears of it, the row is complete. Once.
    pub(in crate::center) fn finish(
        &mut self,
        now: Instant,
        call: CallId,
        by: EndedBy,
        why: Option<Reason>,
        out: &mut Vec<Output>,
    ) {
        if self.visits.get(&call).is_none_or(|visit| matches!(visit.phase, Phase::Ended)) {
            return;
        }
        self.with(now, call, out, Visit::message_is_over);
        let Some(visit) = self.visits.get_mut(&call) else { return };
        self.todo.deadlines.clear(&Due::Listen(call));
        self.todo.deadlines.clear(&Due::Rejoin(call));
        self.todo.deadlines.clear(&Due::MaxCall(call));
        self.todo.deadlines.clear(&Due::TakeUp(call));
        self.todo.deadlines.clear(&Due::Slot(call));
        let phase = std::mem::replace(&mut visit.phase, Phase::Ended);
        close_record(now, visit, &phase, by, why.as_ref());
        let record = &visit.record;
        let ended = Event::CallEnded { by, outcome: record.outcome, reason: record.end_reason.clone() };
        visit.log(now, ended, out);
        visit.save(out);
        let outcome = visit.record.outcome.map_or_else(String::new, outcome_key);
        out.push(Output::Observed(Observed::CallEnded { direction: visit.record.direction, outcome }));
        self.leave_router(now, call, &phase, by, out);
        self.call_backs.settle(call, &phase, by, &self.visits, at_hand!(self, now, out));
        // Agents who had the call may still fill in its form.
        if let Some(visit) = self.visits.get(&call) {
            self.seats.file(Form { record: visit.record.clone(), next_seq: visit.next_seq });
        }
        self.with(now, call, out, |visit, turn| visit.tell_referral(487, turn));
        let reason = why.unwrap_or_else(|| sip_reason(200, "normal clearing"));
        self.todo.to_calls(call::Command::End { call, reason });
        self.todo.board_changed = true;
    }

    /// What the router, and the agent who had the caller, must know.
    fn leave_router(&mut self, now: Instant, call: CallId, phase: &Phase, by: EndedBy, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get(&call) else { return };
        let unheld = visit.call_back().filter(|_| visit.is_unheld());
        let occupied = visit.inbound().and_then(|inbound| inbound.occupied);
        match phase {
            Phase::Queued(queued) if queued.booked.is_some() => {
                if let Some(id) = queued.booked {
                    self.hand_over(now, call, id, queued.clone(), out);
                }
            }
            Phase::Queued(queued) if unheld.is_some() => {
                if let Some(id) = unheld {
                    self.visits.unname(queued.contact);
                    self.call_backs.keep_place(id, queued.contact);
                    self.call_backs.rest_if_draining(&mut self.todo);
                }
            }
            Phase::Queued(queued) => {
                // Who was spoken with, and then sent into another line, was not left waiting.
                let abandoned = by == EndedBy::Customer && visit.record.answered.is_none();
                let why = if abandoned { Left::Abandoned } else { Left::Removed };
                if abandoned {
                    out.extend(count_abandoned(&self.rules, now, queued));
                }
                self.todo.to_router(acd::Input::Leave { contact: queued.contact, why });
            }
            Phase::Talking(talk) => self.part_ended(now, call, talk, Some(by), out),
            Phase::Parked(parked) => self.part_ended(now, call, &parked.talk, Some(by), out),
            Phase::Calling(calling) => self.part_ended(now, call, &calling.talk, Some(by), out),
            Phase::Fetching(fetching) => self.fetch_ended(now, call, fetching, by, out),
            Phase::Handing(handing) => {
                self.withdraw_handed(now, call, &handing.to, handing.pop, RingEnd::CallerGone, out);
            }
            Phase::InSlot(_) => self.tell_parked(out),
            Phase::Dialling(dialling) => self.withdraw_dialled(now, call, dialling, RingEnd::CallerGone, out),
            Phase::Flow | Phase::Dialled(_) | Phase::PassedOn(_) | Phase::Ended => {}
        }
        self.release_all(now, call, out);
        if let Some(Visit { errand: Errand::Outbound(outbound), record, .. }) = self.visits.get(&call) {
            self.spending.spend(now, self.rules.day(now), outbound.agent, record.started);
        }
        if let Some((_, contact)) = occupied {
            self.todo.to_router(acd::Input::Ended { contact });
        }
    }

    /// Counters of a leg: part of the record even after the end.
    pub(in crate::center) fn measured(
        &mut self,
        now: Instant,
        call: CallId,
        leg: LegId,
        stats: LegStats,
        out: &mut Vec<Output>,
    ) {
        let Some((caller_leg, interaction)) = self.visits.measured(call) else { return };
        let party = if Some(leg) == caller_leg { "caller" } else { "agent" };
        let measured = Event::LegMeasured { party, media: stats, mos: stats.mos(), mos_heard: stats.mos_heard() };
        self.log_late(now, interaction, measured, out);
        out.push(Output::Observed(Observed::Media { party: party.to_owned(), stats }));
    }

    /// What may come after the end of the call: the agent's open form numbers the events then. `false`: the
    /// call is forgotten.
    pub(in crate::center) fn log_late(
        &mut self,
        now: Instant,
        interaction: InteractionId,
        event: Event,
        out: &mut Vec<Output>,
    ) -> bool {
        match self.seats.form_mut(interaction) {
            Some(form) => form.log(now, event, out),
            None => return self.visits.log(now, interaction, event, out),
        }
        true
    }

    /// The last leg is gone.
    pub(in crate::center) fn call_gone(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) {
        self.finish(now, call, EndedBy::System, Some(sip_reason(500, "call lost")), out);
        self.lookups.forget(call);
        // While an agent's form is open it numbers the events of its interaction; for all others this does.
        if let Some(gone) = self.visits.gone(call) {
            self.call_backs.number_events_from(gone.interaction, gone.next_seq);
        }
        self.todo.board_changed = true;
    }

    /// An event of an interaction that may be long over; `seq`: its number where nobody here knows better.
    pub(in crate::center) fn log_of(
        &mut self,
        now: Instant,
        interaction: InteractionId,
        seq: u32,
        event: Event,
        out: &mut Vec<Output>,
    ) {
        if !self.log_late(now, interaction, event.clone(), out) {
            let mut seq = seq;
            out.push(crate::center::log::written(interaction, &mut seq, now, &event));
        }
    }
}

fn close_record(now: Instant, visit: &mut Visit, phase: &Phase, by: EndedBy, why: Option<&Reason>) {
    if let Phase::Talking(talk) = phase
        && let Some(held) = talk.held
    {
        visit.record.hold_ms += millis(now.since(held));
    }
    let outcome = outcome(visit, phase, by);
    let record = &mut visit.record;
    record.close(now);
    record.ended_by = Some(by);
    record.end_reason = why.map(|why| format!("{} {}", why.status, why.text));
    record.outcome = Some(outcome);
}

fn outcome(visit: &Visit, phase: &Phase, by: EndedBy) -> Outcome {
    let last = visit.led.as_ref().map(|led| &led.verb);
    let flow_done = matches!(last, Some(Verb::Echo | Verb::Hangup { .. })) || by == EndedBy::Flow;
    match by {
        _ if visit.cut_off => Outcome::Interrupted,
        _ if visit.record.answered.is_some() => Outcome::Handled,
        _ if matches!(phase, Phase::Dialled(_)) => Outcome::Handled,
        _ if visit.call_back().is_some() || matches!(visit.errand, Errand::Outbound(_)) => Outcome::NotReached,
        _ if matches!(phase, Phase::Queued(queued) if queued.booked.is_some()) => Outcome::CallBack,
        _ if visit.left_message => Outcome::Voicemail,
        EndedBy::Network | EndedBy::System if !flow_done => Outcome::Failed,
        _ if flow_done => Outcome::SelfService,
        _ => Outcome::Abandoned,
    }
}

/// As the metrics name it.
pub(in crate::center) fn outcome_key(outcome: Outcome) -> String {
    serde_json::to_value(outcome).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn count_abandoned(rules: &Rules, now: Instant, queued: &Queued) -> Option<Output> {
    let queue = rules.queue(queued.queue)?.key.clone();
    let wait_micros = u64::try_from(now.since(queued.since).as_micros()).unwrap_or(u64::MAX);
    Some(Output::Observed(Observed::Abandoned { queue, wait_micros }))
}
