//! What a step says, with the facts as they are now.

use super::Run;
use crate::dialplan::Prompt;
use crate::dialplan::flow::{Source, Spoken, Template};
use crate::written::schedule::{self, Local};

impl Run {
    /// What cannot be said (a fact that is not there or has another form) is left out.
    pub(super) fn spoken(&self, spoken: &[Spoken], local: Option<Local>) -> Vec<Prompt> {
        spoken.iter().filter_map(|one| self.prompt(one, local)).collect()
    }

    fn prompt(&self, spoken: &Spoken, local: Option<Local>) -> Option<Prompt> {
        match spoken {
            Spoken::Sound(name) => Some(Prompt::Sound(name.clone())),
            Spoken::Number(source) => self.value(source).trim().parse().ok().map(Prompt::Number),
            Spoken::Amount(source) => self.value(source).trim().parse().ok().map(Prompt::Amount),
            Spoken::Digits(source) => {
                let digits: String = self.value(source).chars().filter(char::is_ascii_digit).collect();
                (!digits.is_empty()).then_some(Prompt::Digits(digits))
            }
            Spoken::Today => local.and_then(|local| day(local.date())),
            Spoken::Date(fact) => schedule::date(self.fact(fact)).and_then(day),
            Spoken::Now => local.map(|local| Prompt::Time { hour: local.time().hour(), minute: local.time().minute() }),
        }
    }

    pub(super) fn fill(&self, template: &Template) -> String {
        template.0.iter().map(|part| self.value(part)).collect()
    }

    fn value<'r>(&'r self, source: &'r Source) -> &'r str {
        match source {
            Source::Literal(text) => text,
            Source::Fact(name) => self.fact(name),
        }
    }

    fn fact(&self, name: &str) -> &str {
        self.facts.get(name).map(String::as_str).unwrap_or_default()
    }
}

fn day(date: jiff::civil::Date) -> Option<Prompt> {
    Some(Prompt::Date { month: u8::try_from(date.month()).ok()?, day: u8::try_from(date.day()).ok()? })
}
