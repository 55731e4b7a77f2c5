//! The two steps that ask the caller for digits: `menu` and `collect`.
//!
//! | phase | event | next | verb |
//! | --- | --- | --- | --- |
//! | play | prompt ended | listen | `Listen` |
//! | play, listen | digit of a choice | the choice's step | |
//! | play, listen | other digit | play again, or `on_invalid` after the last try | `Play` |
//! | listen | timeout | play again, or `on_timeout` after the last try | `Play` |
//!
//! `collect` is the same, but digits are gathered until the terminator, the maximum, or a pause;
//! too few are a failed try. Digits typed ahead are taken before anything is played.

use super::{Choice, Collect, Entry, MAX_PATH, Menu, Phase, Run, Turn};
use crate::dialplan::flow::{Asking, Spoken};
use crate::dialplan::{Event, Verb};
use crate::written::schedule::Local;

/// What a digit makes of the digits gathered so far.
enum Gathered {
    More(String),
    Whole(String),
    TooFew,
}

impl Run {
    pub(super) fn enter_menu(&mut self, name: &str, menu: &Menu, local: Option<Local>) -> Turn {
        match self.next_typed() {
            Some(digit) => self.choose(name, menu, 0, digit, local),
            None => Turn::Do(self.ask(&menu.asking, &[], local), Phase::MenuPlay { tries: 0 }),
        }
    }

    pub(super) fn menu_event(
        &mut self,
        name: &str,
        menu: &Menu,
        phase: &Phase,
        event: Event,
        at: Option<Local>,
    ) -> Turn {
        match (phase, event) {
            (Phase::MenuPlay { tries }, Event::PlayEnded) => {
                Turn::Do(Verb::Listen { timeout_ms: menu.asking.timeout_ms }, Phase::MenuListen { tries: *tries })
            }
            (Phase::MenuPlay { tries } | Phase::MenuListen { tries }, Event::Digit(digit)) => {
                self.choose(name, menu, *tries, digit, at)
            }
            (Phase::MenuListen { tries }, Event::Timeout) => match next_try(*tries, &menu.asking) {
                Some(tries) => {
                    let verb = self.ask(&menu.asking, &menu.asking.timeout_prompts, at);
                    Turn::Do(verb, Phase::MenuPlay { tries })
                }
                None => Turn::Go(menu.on_timeout.clone()),
            },
            _ => Turn::Stay,
        }
    }

    fn choose(&mut self, name: &str, menu: &Menu, tries: u8, digit: char, at: Option<Local>) -> Turn {
        if let Some(choice) = menu.choices.get(&digit) {
            self.set(&choice.set);
            if self.path.len() < MAX_PATH {
                self.path.push(Choice { step: name.to_owned(), digit, label: choice.label.clone() });
            }
            return Turn::Go(choice.next.clone());
        }
        self.typed.clear();
        match next_try(tries, &menu.asking) {
            Some(tries) => {
                let verb = self.ask(&menu.asking, &menu.asking.invalid_prompts, at);
                Turn::Do(verb, Phase::MenuPlay { tries })
            }
            None => Turn::Go(menu.on_invalid.clone()),
        }
    }

    pub(super) fn enter_collect(&mut self, collect: &Collect, local: Option<Local>) -> Turn {
        let mut digits = String::new();
        while let Some(digit) = self.next_typed() {
            match gather(collect, &digits, digit) {
                Gathered::More(more) => digits = more,
                done => return self.gathered(collect, 0, done, local),
            }
        }
        if digits.is_empty() {
            return Turn::Do(self.ask(&collect.asking, &[], local), Phase::CollectPlay { tries: 0 });
        }
        listen_on(collect, 0, digits)
    }

    pub(super) fn collect_event(&mut self, collect: &Collect, phase: &Phase, event: Event, at: Option<Local>) -> Turn {
        let (tries, digits) = match phase {
            Phase::CollectPlay { tries } => (*tries, ""),
            Phase::CollectListen { tries, digits } => (*tries, digits.as_str()),
            _ => return Turn::Stay,
        };
        match (phase, event) {
            (Phase::CollectPlay { .. }, Event::PlayEnded) => Turn::Do(
                Verb::Listen { timeout_ms: collect.asking.timeout_ms },
                Phase::CollectListen { tries, digits: String::new() },
            ),
            (_, Event::Digit(digit)) => {
                let gathered = gather(collect, digits, digit);
                self.gathered(collect, tries, gathered, at)
            }
            (Phase::CollectListen { .. }, Event::Timeout) if digits.is_empty() => {
                self.ask_again(collect, tries, &collect.asking.timeout_prompts, at)
            }
            (Phase::CollectListen { .. }, Event::Timeout) if digits.len() < collect.min => {
                self.gathered(collect, tries, Gathered::TooFew, at)
            }
            (Phase::CollectListen { .. }, Event::Timeout) => {
                self.gathered(collect, tries, Gathered::Whole(digits.to_owned()), at)
            }
            _ => Turn::Stay,
        }
    }

    fn gathered(&mut self, collect: &Collect, tries: u8, gathered: Gathered, at: Option<Local>) -> Turn {
        match gathered {
            Gathered::More(digits) => listen_on(collect, tries, digits),
            Gathered::Whole(digits) => {
                if self.entries.len() < MAX_PATH {
                    let shown = (!collect.secret).then(|| digits.clone());
                    self.entries.push(Entry {
                        into: collect.into.clone(),
                        label: collect.label.clone(),
                        digits: shown,
                    });
                }
                self.set(&[(collect.into.clone(), digits)].into());
                Turn::Go(collect.next.clone())
            }
            Gathered::TooFew => {
                self.typed.clear();
                self.ask_again(collect, tries, &collect.asking.invalid_prompts, at)
            }
        }
    }

    fn ask_again(&mut self, collect: &Collect, tries: u8, before: &[Spoken], at: Option<Local>) -> Turn {
        match next_try(tries, &collect.asking) {
            Some(tries) => Turn::Do(self.ask(&collect.asking, before, at), Phase::CollectPlay { tries }),
            None => Turn::Go(collect.on_failed.clone()),
        }
    }

    fn ask(&self, asking: &Asking, before: &[Spoken], local: Option<Local>) -> Verb {
        let mut prompts = self.spoken(before, local);
        prompts.extend(self.spoken(&asking.prompts, local));
        Verb::Play { prompts }
    }
}

fn listen_on(collect: &Collect, tries: u8, digits: String) -> Turn {
    Turn::Do(Verb::Listen { timeout_ms: collect.digit_timeout_ms }, Phase::CollectListen { tries, digits })
}

fn next_try(tries: u8, asking: &Asking) -> Option<u8> {
    let failed = tries.saturating_add(1);
    (failed < asking.tries).then_some(failed)
}

fn gather(collect: &Collect, digits: &str, digit: char) -> Gathered {
    if collect.terminator == Some(digit) {
        return if digits.len() < collect.min { Gathered::TooFew } else { Gathered::Whole(digits.to_owned()) };
    }
    let mut more = digits.to_owned();
    if digit.is_ascii_digit() {
        more.push(digit);
    }
    if more.len() >= collect.max { Gathered::Whole(more) } else { Gathered::More(more) }
}
