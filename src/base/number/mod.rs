//! Telephone numbers, parsed once at the edge and trusted afterwards (ITU-T E.164).
//!
//! What people write goes two ways: [`written`] takes the text apart, whatever the country; [`plan`] knows
//! which digits are a number there. Nothing is invented: a short number, an emergency number, a number
//! without its area code and a mere name stay what they are, and say why.

mod plan;
mod written;

use std::fmt;

use serde::{Deserialize, Serialize};

use written::Written;
pub use written::{numbers_in, plain};

/// A number in E.164 form with its plus sign, such as `+493012345678`; at most 15 digits.
/// It prints whole: log it only through [`Number::masked`] or [`super::Redacted`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Number(String);

/// A number with what was written beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelled {
    pub number: Number,
    /// Digits dialled when the number has answered; at most six.
    pub extension: Option<String>,
    /// Words behind the number, such as whose it is.
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("the number is empty or withheld")]
    Empty,
    #[error("not a telephone number")]
    NotANumber,
    #[error("a spreadsheet has rounded this number: digits are lost; keep such a column as text")]
    Rounded,
    #[error("more than one number")]
    Several,
    #[error(
        "a short number, an emergency number, or a number without its area code: nobody is reached by it from outside"
    )]
    Short,
    #[error("not a valid number in region {0}")]
    NotInRegion(String),
}

impl NumberError {
    /// The word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty | Self::NotANumber | Self::NotInRegion(_) => "not_a_number",
            Self::Rounded => "rounded_number",
            Self::Several => "several_numbers",
            Self::Short => "short_number",
        }
    }
}

impl Number {
    /// Reads any spelling of a number: international, or national as dialled in `region`
    /// (ISO 3166 alpha-2, such as `DE` or `CN`). `0049 30 …`, `+49 (0)30 …` and `030 …` give one value.
    pub fn parse(text: &str, region: &str) -> Result<Self, NumberError> {
        Self::read(text, region).map(|spelled| spelled.number)
    }

    /// As [`Number::parse`], of a number that says its country itself: with its plus.
    pub fn global(text: &str) -> Result<Self, NumberError> {
        // Behind a plus the region is not looked at.
        if text.starts_with('+') { Self::parse(text, "US") } else { Err(NumberError::NotANumber) }
    }

    /// As [`Number::parse`], with the extension and the words that stand behind the number.
    pub fn read(text: &str, region: &str) -> Result<Spelled, NumberError> {
        let written = Written::read(text)?;
        let home = plan::region(region)?;
        let Written { plus, extension, note, lettered, .. } = &written;
        let noted = match note.is_some() || lettered.is_none() {
            true => plan::e164(&written, home),
            false => Err(NumberError::NotANumber),
        };
        let of_letters = || lettered.as_deref().and_then(|digits| plan::of_letters(*plus, digits, home));
        match noted {
            Ok(e164) => Ok(Spelled { number: Self::try_from(e164)?, extension: extension.clone(), note: note.clone() }),
            Err(error) => {
                let number = Self::try_from(of_letters().ok_or(error)?)?;
                Ok(Spelled { number, extension: None, note: None })
            }
        }
    }

    /// The digits by which a number is looked for that is written in this way, whole or in part; none: it is
    /// no number that is looked for. Any of them may be the one.
    pub fn search_digits(text: &str, region: &str) -> Vec<String> {
        let Ok(written) = Written::read(text) else { return Vec::new() };
        let Ok(home) = plan::region(region) else { return Vec::new() };
        if !written.is_bare() {
            return Vec::new();
        }
        let mut found: Vec<String> = plan::e164(&written, home).map(|e164| plan::digits(&e164)).into_iter().collect();
        let mut digits = written.digits.clone();
        if let Some(at) = written.bracketed.filter(|at| *at < digits.len()) {
            digits.remove(at);
        }
        let trunk = plan::trunk(home);
        let abroad = digits.strip_prefix("00").map(str::to_owned);
        let national = digits.strip_prefix(trunk.as_str()).filter(|_| !written.plus && trunk == "0").map(str::to_owned);
        found.extend([Some(written.digits), Some(digits), abroad, national].into_iter().flatten());
        found.retain(|digits| !digits.is_empty());
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|digits| seen.insert(digits.clone()));
        found
    }

    /// Has the library read its tables, so that the first caller does not wait for it.
    pub fn prepare(region: &str) {
        if let Ok(number) = Self::parse("+12025550123", region) {
            let _ = (number.shown(region), number.international());
        }
    }

    /// `+493012345678`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For people in `region`: as they dial it where it is theirs, `030 12345678`, and international
    /// elsewhere, `+49 30 12345678`. The one form of a number in every list and on every page.
    pub fn shown(&self, region: &str) -> String {
        let national = plan::region(region).ok().and_then(|home| plan::national_form(&self.0, home));
        national.unwrap_or_else(|| self.international())
    }

    /// What a network told for a number, as people in `region` read it; a short one or a name as it is.
    pub fn shown_text(text: &str, region: &str) -> String {
        Self::parse(text, region).map_or_else(|_| text.to_owned(), |number| number.shown(region))
    }

    /// `+49 30 12345678`.
    pub fn international(&self) -> String {
        plan::international_form(&self.0).unwrap_or_else(|| self.0.clone())
    }

    /// The digits that people in `region` dial: without the country's where it is theirs.
    pub fn national(&self, region: &str) -> String {
        plan::digits(&self.shown(region))
    }

    /// Who calls it pays more than for a call: premium rate, satellites, networks of no country.
    pub fn is_dear(&self) -> bool {
        plan::is_dear(&self.0)
    }

    /// The number as a number: its digits, at most 15 of them.
    pub fn digits(&self) -> u64 {
        self.0.get(1..).and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }

    /// For logs: all but the last three digits hidden.
    pub fn masked(&self) -> String {
        let shown = self.0.len().saturating_sub(3);
        format!("…{}", self.0.get(shown..).unwrap_or_default())
    }
}

impl TryFrom<String> for Number {
    type Error = NumberError;

    fn try_from(text: String) -> Result<Self, NumberError> {
        let digits = text.strip_prefix('+').ok_or(NumberError::NotANumber)?;
        if !(2..=15).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NumberError::NotANumber);
        }
        Ok(Self(text))
    }
}

impl From<Number> for String {
    fn from(number: Number) -> Self {
        number.0
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({})", self.masked())
    }
}

#[cfg(test)]
mod tests;
