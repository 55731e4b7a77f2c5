//! The talk with the caller: a digit asks, the number is read out, a digit confirms. The place in the
//! line stays all the while; an agent who becomes free goes before it.
//!
//! | asking | input | next | heard |
//! | --- | --- | --- | --- |
//! | - | the queue's digit | `Confirm`, or `Number` when the caller's own cannot be called | the number, or the wish for one |
//! | `Confirm` | `1` | booked | that the place is kept; then the call ends |
//! | `Confirm` | `2` | `Number` | the wish for a number |
//! | `Number` | digits, `#` | `Confirm`; after one that is not called, `Number` again | why it is not |
//! | any | `*`, nothing for eight seconds, a third bad number | - | music; a flow's own step goes on |

use crate::acd::{self, Left};
use crate::base::{CallId, Instant, InteractionId, Number, NumberError};
use crate::center::Center;
use crate::center::call_back::{Asking, Open, Stage, Uncallable};
use crate::center::desk::RingEnd;
use crate::center::event::Event;
use crate::center::output::{Output, Write};
use crate::center::turn::{Due, seconds, sip_reason};
use crate::center::visit::Phase;
use crate::crm::{CallBack, EndedBy, HowEnded};
use crate::dialplan::{Event as FlowEvent, Prompt, QueueLeft, say};

/// A caller who says nothing wants to wait.
const SILENCE_S: u32 = 8;

const DIGITS_MAX: usize = 20;

const NUMBERS_MAX: u8 = 3;

impl Center {
    /// Whether the digit that asks for a call-back may be told to this caller.
    pub(in crate::center) fn call_back_digit(&self, call: CallId) -> Option<char> {
        let visit = self.visits.get(&call)?;
        let Phase::Queued(queued) = &visit.phase else { return None };
        let rule = self.rules.queue_settings(queued.queue)?.call_back.as_ref()?;
        let room = self.call_backs.in_queue(queued.queue) < rule.max_open as usize;
        let trunk = self.rules.trunk_out(queued.queue, visit.trunk()).is_some();
        (visit.inbound().is_some() && queued.booked.is_none() && room && trunk).then_some(rule.digit)
    }

    /// A digit pressed in the line.
    pub(in crate::center) fn queue_digit(&mut self, now: Instant, call: CallId, digit: char, out: &mut Vec<Output>) {
        let asks = self.call_back_digit(call) == Some(digit);
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Queued(queued) = &mut visit.phase else { return };
        if queued.booked.is_some() {
            return;
        }
        match (queued.asking.take(), digit) {
            (None, _) if asks => self.ask_for_call_back(now, call, out),
            (None, _) => {}
            (Some(Asking::Confirm { number }), '1') => self.book(now, call, number, out),
            (Some(Asking::Confirm { .. }), '2') => self.ask_for_number(now, call, 0, Vec::new(), out),
            (Some(_), '*') => self.asked_in_vain(now, call, out),
            (Some(Asking::Number { digits, wrong }), '#') => self.number_entered(now, call, &digits, wrong, out),
            (Some(Asking::Number { mut digits, wrong }), digit) if digit.is_ascii_digit() => {
                if digits.len() < DIGITS_MAX {
                    digits.push(digit);
                }
                queued.asking = Some(Asking::Number { digits, wrong });
                visit.playing = None;
                if let Some(leg) = visit.caller_leg {
                    self.todo.to_calls(crate::call::Command::Stop { leg });
                }
                self.todo.deadlines.set(Due::Listen(call), now + seconds(SILENCE_S));
            }
            (asking, _) => queued.asking = asking,
        }
    }

    /// The digit was pressed, or the flow asks by itself.
    pub(in crate::center) fn ask_for_call_back(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        visit.log(now, Event::CallBackAsked {}, out);
        match visit.record.caller.clone() {
            Some(number) => self.ask_to_confirm(now, call, number, 0, out),
            None => {
                let shown = Number::parse(&visit.record.caller_text, &self.rules.configuration.region);
                // A name, or no number at all, is no mistake of the caller.
                let short = shown.is_err_and(|error| error == NumberError::Short);
                self.ask_for_number(now, call, 0, if short { say::call_back_short() } else { Vec::new() }, out);
            }
        }
    }

    fn uncallable(&self, call: CallId, number: &Number) -> Option<Uncallable> {
        let visit = self.visits.get(&call)?;
        let Phase::Queued(queued) = &visit.phase else { return None };
        if number.is_dear() {
            return Some(Uncallable::Dear);
        }
        let trunk = visit.trunk();
        if self.rules.number(number.as_str(), trunk).is_some() {
            return Some(Uncallable::Own);
        }
        self.routes_out(queued.queue, trunk, number).is_empty().then_some(Uncallable::NoWay)
    }

    fn refuse_number(&mut self, now: Instant, call: CallId, why: Uncallable, wrong: u8, out: &mut Vec<Output>) {
        if let Some(visit) = self.visits.get_mut(&call) {
            visit.log(now, Event::CallBackNumberRefused { why }, out);
        }
        if wrong < NUMBERS_MAX {
            self.ask_for_number(now, call, wrong, why.prompts(), out);
        } else {
            self.asked_in_vain(now, call, out);
        }
    }

    fn ask_to_confirm(&mut self, now: Instant, call: CallId, number: Number, wrong: u8, out: &mut Vec<Output>) {
        if let Some(why) = self.uncallable(call, &number) {
            return self.refuse_number(now, call, why, wrong, out);
        }
        let prompts = say::call_back_confirm(&number.national(&self.rules.configuration.region));
        self.go_on_asking(now, call, Asking::Confirm { number }, &prompts, out);
    }

    fn ask_for_number(&mut self, now: Instant, call: CallId, wrong: u8, first: Vec<Prompt>, out: &mut Vec<Output>) {
        let prompts = [first, say::call_back_enter()].concat();
        self.go_on_asking(now, call, Asking::Number { digits: String::new(), wrong }, &prompts, out);
    }

    fn go_on_asking(&mut self, now: Instant, call: CallId, next: Asking, prompts: &[Prompt], out: &mut Vec<Output>) {
        self.todo.deadlines.clear(&Due::Listen(call));
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Queued(queued) = &mut visit.phase else { return };
        queued.asking = Some(next);
        self.with(now, call, out, |visit, turn| visit.say(prompts, turn));
    }

    fn number_entered(&mut self, now: Instant, call: CallId, digits: &str, wrong: u8, out: &mut Vec<Output>) {
        let wrong = wrong.saturating_add(1);
        match Number::parse(digits, &self.rules.configuration.region) {
            Ok(number) => self.ask_to_confirm(now, call, number, wrong, out),
            Err(error) => self.refuse_number(now, call, error.into(), wrong, out),
        }
    }

    /// What plays to a caller in the line has ended.
    pub(in crate::center) fn queue_sound_ended(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get(&call) else { return };
        let Phase::Queued(queued) = &visit.phase else { return };
        if queued.booked.is_some() {
            let why = sip_reason(200, "called back later");
            return self.finish(now, call, EndedBy::Flow, Some(why), out);
        }
        match queued.asking {
            Some(_) => self.todo.deadlines.set(Due::Listen(call), now + seconds(SILENCE_S)),
            None => self.with(now, call, out, |visit, turn| visit.play_queue_music(turn)),
        }
    }

    /// The caller would rather wait, or says nothing.
    pub(in crate::center) fn asked_in_vain(&mut self, now: Instant, call: CallId, out: &mut Vec<Output>) {
        self.todo.deadlines.clear(&Due::Listen(call));
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let Phase::Queued(queued) = &mut visit.phase else { return };
        queued.asking = None;
        if !queued.only_call_back {
            return self.with(now, call, out, |visit, turn| visit.play_queue_music(turn));
        }
        let contact = queued.contact;
        visit.enter(now, Phase::Flow);
        visit.log(now, Event::QueueLeft { queue: visit.record.queue, why: QueueLeft::Declined }, out);
        self.with(now, call, out, |visit, turn| visit.stop_music(turn));
        self.visits.unname(contact);
        self.todo.to_router(acd::Input::Leave { contact, why: Left::Removed });
        self.drive(now, call, FlowEvent::QueueLeft(QueueLeft::Declined), out);
    }

    /// The caller confirmed: from now on the place is the call-back's, whatever happens to this call.
    fn book(&mut self, now: Instant, call: CallId, number: Number, out: &mut Vec<Output>) {
        self.todo.deadlines.clear(&Due::Listen(call));
        let Some((queue, arrived)) = self.visits.get(&call).and_then(|visit| match &visit.phase {
            Phase::Queued(queued) => Some((queued.queue, queued.arrived)),
            _ => None,
        }) else {
            return;
        };
        match self.call_back_of(&number, queue) {
            Some(older) if self.stands_before(older, arrived) => self.ask_again(now, call, older, out),
            Some(_) => {
                if let Some(taken) = self.take_over(now, &number, queue, out) {
                    self.let_go(now, taken, out);
                }
                self.open_call_back_for(now, call, number, out);
            }
            None => self.open_call_back_for(now, call, number, out),
        }
        self.with(now, call, out, |visit, turn| visit.say(&say::call_back_booked(), turn));
    }

    /// A number has one call-back: the one with the better place stays, and one that an agent makes already.
    fn stands_before(&self, older: InteractionId, arrived: Instant) -> bool {
        self.call_backs.open.get(&older).is_some_and(|open| {
            let made = match open.stage {
                Stage::Under(call) => self.visits.get(&call).is_some_and(|visit| visit.phase.talk().is_some()),
                _ => false,
            };
            made || open.record.arrived <= arrived
        })
    }

    /// The same wish once more: this caller leaves the line, the call-back stays where it is.
    fn ask_again(&mut self, now: Instant, call: CallId, older: InteractionId, out: &mut Vec<Output>) {
        let Some(open) = self.call_backs.open.get(&older) else { return };
        let record = &open.record;
        let booked = Event::CallBackBooked {
            queue: record.queue,
            number: record.number.clone(),
            since: record.arrived,
            call_back: older,
        };
        let Some(visit) = self.visits.get_mut(&call) else { return };
        visit.log(now, booked, out);
        let Phase::Queued(queued) = &mut visit.phase else { return };
        queued.booked = Some(older);
        let contact = queued.contact;
        self.leave_line(Some(contact));
    }

    fn open_call_back_for(&mut self, now: Instant, call: CallId, number: Number, out: &mut Vec<Output>) {
        let Some(visit) = self.visits.get_mut(&call) else { return };
        let id = visit.record.id;
        let Phase::Queued(queued) = &mut visit.phase else { return };
        queued.booked = Some(id);
        let (contact, queue) = (queued.contact, queued.queue);
        let mut record = CallBack {
            interaction: id,
            customer: visit.record.customer,
            number,
            queue,
            asked: now,
            arrived: queued.arrived,
            priority: queued.wish.priority,
            skills: queued.wish.skills.clone(),
            bonus_s: queued.wish.bonus_s,
            trunk: visit.trunk().map(str::to_owned),
            called: visit.record.called.clone(),
            language: visit.language().as_str().to_owned(),
            menu_path: visit.record.menu_path.clone(),
            entered: visit.record.entered.clone(),
            tries: 0,
            due: now,
            ended: None,
            cancelled_by: None,
            next_seq: 0,
        };
        let number = record.number.clone();
        let booked = Event::CallBackBooked { queue, number, since: record.arrived, call_back: id };
        visit.log(now, booked, out);
        record.next_seq = visit.next_seq;
        out.push(Output::Write(Write::CallBack(Box::new(record.clone()))));
        self.call_backs.open.insert(id, Open { record, stage: Stage::OnLine });
        self.todo.board_changed = true;
        self.todo.to_router(acd::Input::KeepPlace { contact });
    }

    /// The place stays while the caller goes: an agent who rings is rung anew, for the call-back.
    pub(in crate::center) fn hand_over(
        &mut self,
        now: Instant,
        call: CallId,
        id: InteractionId,
        queued: crate::center::visit::Queued,
        out: &mut Vec<Output>,
    ) {
        if self.visits.get(&call).is_some_and(|visit| visit.record.id != id) {
            // Asked for what was asked already: this caller's place is left.
            return;
        }
        let contact = queued.contact;
        self.visits.unname(contact);
        if !self.call_backs.open.contains_key(&id) {
            return self.leave_line(Some(contact));
        }
        self.call_backs.set(id, Stage::Waits(contact));
        for (reservation, ring) in queued.rings {
            self.stop_ring(call, reservation, &ring, RingEnd::CallerGone);
            self.withdraw_pop(now, ring.agent, reservation, id, RingEnd::CallerGone, out);
            self.ring_anew(now, contact, reservation, ring, out);
        }
        if self.draining {
            self.drain_call_backs();
        }
    }

    /// A caller who has booked got an agent, or its place was taken away.
    pub(in crate::center) fn booked_call_left(
        &mut self,
        now: Instant,
        id: InteractionId,
        served: bool,
        out: &mut Vec<Output>,
    ) {
        if served {
            self.end_call_back(now, id, HowEnded::TakenOver, out);
        } else {
            self.give_up(now, id, "the queue takes it no more", out);
        }
    }
}
