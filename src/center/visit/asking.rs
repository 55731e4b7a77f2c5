//! The talk with a caller in the line about a call-back: a digit asks, the number is read out, a digit confirms.
//! The place in the line stays all the while; an agent who becomes free goes before it.
//!
//! | asking | input | next | heard |
//! | --- | --- | --- | --- |
//! | - | the queue's digit | `Confirm`, or `Number` when the caller's own cannot be called | the number, or the wish for one |
//! | `Confirm` | `1` | booked | that the place is kept; then the call ends |
//! | `Confirm` | `2` | `Number` | the wish for a number |
//! | `Number` | digits, `#` | `Confirm`; after one that is not called, `Number` again | why it is not |
//! | any | `*`, nothing for eight seconds, a third bad number | - | music; a flow's own step goes on |

use crate::base::{Number, NumberError};
use crate::call;
use crate::center::event::Event;
use crate::center::rules::Rules;
use crate::center::turn::{Due, Turn, seconds};
use crate::center::uncallable::Uncallable;
use crate::center::visit::{Asking, Phase, Visit};
use crate::dialplan::{Prompt, say};

/// A caller who says nothing wants to wait.
pub(super) const SILENCE_S: u32 = 8;

const DIGITS_MAX: usize = 20;

const NUMBERS_MAX: u8 = 3;

/// What a digit comes to, beside what the caller hears.
#[derive(Debug, Default)]
pub(in crate::center) enum Asked {
    /// The talk goes on, or there is none.
    #[default]
    GoesOn,
    /// The caller wants to be called back here.
    Book(Number),
    /// The caller would rather wait, or cannot say where.
    InVain,
}

impl Visit {
    /// A digit pressed in the line. `asks`: the one that asks for a call-back, while there may be one.
    pub fn press_in_line(&mut self, digit: char, asks: Option<char>, turn: &mut Turn<'_>) -> Asked {
        let Phase::Queued(queued) = &mut self.phase else { return Asked::GoesOn };
        if queued.booked.is_some() {
            return Asked::GoesOn;
        }
        match (queued.asking.take(), digit) {
            (None, _) if asks == Some(digit) => return self.ask_for_call_back(turn),
            (None, _) => {}
            (Some(Asking::Confirm { number }), '1') => return Asked::Book(number),
            (Some(Asking::Confirm { .. }), '2') => self.ask_for_number(0, Vec::new(), turn),
            (Some(_), '*') => return Asked::InVain,
            (Some(Asking::Number { digits, wrong }), '#') => return self.number_entered(&digits, wrong, turn),
            (Some(Asking::Number { mut digits, wrong }), digit) if digit.is_ascii_digit() => {
                if digits.len() < DIGITS_MAX {
                    digits.push(digit);
                }
                queued.asking = Some(Asking::Number { digits, wrong });
                self.playing = None;
                if let Some(leg) = self.caller_leg {
                    turn.todo.to_calls(call::Command::Stop { leg });
                }
                turn.todo.deadlines.set(Due::Listen(self.call), turn.now + seconds(SILENCE_S));
            }
            (asking, _) => queued.asking = asking,
        }
        Asked::GoesOn
    }

    /// The digit was pressed, or the flow asks by itself.
    pub fn ask_for_call_back(&mut self, turn: &mut Turn<'_>) -> Asked {
        self.log(turn.now, Event::CallBackAsked { by: None }, turn.out);
        match self.record.caller.clone() {
            Some(number) => self.ask_to_confirm(number, 0, turn),
            None => {
                let shown = Number::parse(&self.record.caller_text, &turn.rules.configuration.region);
                // A name, or no number at all, is no mistake of the caller.
                let short = shown.is_err_and(|error| error == NumberError::Short);
                self.ask_for_number(0, if short { say::call_back_short() } else { Vec::new() }, turn);
                Asked::GoesOn
            }
        }
    }

    fn ask_to_confirm(&mut self, number: Number, wrong: u8, turn: &mut Turn<'_>) -> Asked {
        if let Some(why) = self.uncallable(&number, turn.rules) {
            return self.refuse_number(why, wrong, turn);
        }
        let prompts = say::call_back_confirm(&number.national(&turn.rules.configuration.region));
        self.go_on_asking(Asking::Confirm { number }, &prompts, turn);
        Asked::GoesOn
    }

    pub fn uncallable(&self, number: &Number, rules: &Rules) -> Option<Uncallable> {
        let Phase::Queued(queued) = &self.phase else { return None };
        if number.is_dear() {
            return Some(Uncallable::Dear);
        }
        let trunk = self.trunk();
        if rules.number(number.as_str(), trunk).is_some() {
            return Some(Uncallable::Own);
        }
        rules.routes_back(queued.queue, trunk, number).is_empty().then_some(Uncallable::NoWay)
    }

    fn refuse_number(&mut self, why: Uncallable, wrong: u8, turn: &mut Turn<'_>) -> Asked {
        self.log(turn.now, Event::CallBackNumberRefused { why }, turn.out);
        if wrong >= NUMBERS_MAX {
            return Asked::InVain;
        }
        self.ask_for_number(wrong, prompts(why), turn);
        Asked::GoesOn
    }

    fn ask_for_number(&mut self, wrong: u8, first: Vec<Prompt>, turn: &mut Turn<'_>) {
        let prompts = [first, say::call_back_enter()].concat();
        self.go_on_asking(Asking::Number { digits: String::new(), wrong }, &prompts, turn);
    }

    fn go_on_asking(&mut self, next: Asking, prompts: &[Prompt], turn: &mut Turn<'_>) {
        turn.todo.deadlines.clear(&Due::Listen(self.call));
        let Phase::Queued(queued) = &mut self.phase else { return };
        queued.asking = Some(next);
        self.say(prompts, turn);
    }

    fn number_entered(&mut self, digits: &str, wrong: u8, turn: &mut Turn<'_>) -> Asked {
        let wrong = wrong.saturating_add(1);
        match Number::parse(digits, &turn.rules.configuration.region) {
            Ok(number) => self.ask_to_confirm(number, wrong, turn),
            Err(error) => self.refuse_number(error.into(), wrong, turn),
        }
    }
}

fn prompts(why: Uncallable) -> Vec<Prompt> {
    match why {
        Uncallable::Short => say::call_back_short(),
        Uncallable::Dear => say::call_back_dear(),
        Uncallable::Own | Uncallable::NoWay | Uncallable::NotANumber => say::call_back_impossible(),
    }
}
