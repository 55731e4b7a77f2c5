//! Telephone numbers, parsed once at the edge and trusted afterwards (ITU-T E.164).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A number in E.164 form with its plus sign, such as `+493012345678`; at most 15 digits.
/// It prints whole: log it only through [`Number::masked`] or [`super::Redacted`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Number(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("the number is empty or withheld")]
    Empty,
    #[error("not a telephone number")]
    NotANumber,
    #[error("not a valid number in region {0}")]
    NotInRegion(String),
}

impl Number {
    /// Reads any spelling of a number: international, or national as dialled in `region`
    /// (ISO 3166 alpha-2, such as `DE` or `CN`). `0049 30 …`, `+49 (0)30 …` and `030 …` give one value.
    pub fn parse(text: &str, region: &str) -> Result<Self, NumberError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NumberError::Empty);
        }
        if text.len() > 64 || !text.bytes().any(|b| b.is_ascii_digit()) {
            return Err(NumberError::NotANumber);
        }
        let country =
            phonenumber::country::Id::from_str(region).map_err(|_| NumberError::NotInRegion(region.to_owned()))?;
        let compact = text.replace("(0)", "");
        let compact = match compact.strip_prefix("00") {
            Some(rest) => format!("+{rest}"),
            None => compact,
        };
        let parsed = phonenumber::parse(Some(country), &compact).map_err(|_| NumberError::NotANumber)?;
        // What is international already stays as it is: the library would take national carrier codes out of it.
        if compact.starts_with('+') {
            return Self::try_from(format!("+{}", digits(&compact)));
        }
        let e164 = parsed.format().mode(phonenumber::Mode::E164).to_string();
        Self::try_from(e164)
    }

    /// Has the library read its tables, tens of milliseconds of work that the first caller would wait for otherwise.
    pub fn prepare(region: &str) {
        if let Ok(number) = Self::parse("2025550123", region) {
            let _ = (number.international(), number.national(region));
        }
    }

    /// `+493012345678`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For people: `+49 30 12345678`.
    pub fn international(&self) -> String {
        let parsed = phonenumber::parse(None, &self.0).ok();
        let shown = parsed.map(|parsed| parsed.format().mode(phonenumber::Mode::International).to_string());
        shown.filter(|shown| digits(shown) == digits(&self.0)).unwrap_or_else(|| self.0.clone())
    }

    /// The digits that people in `region` dial: without the country's where it is theirs.
    pub fn national(&self, region: &str) -> String {
        let parsed = phonenumber::parse(None, &self.0).ok();
        let home = phonenumber::country::Id::from_str(region).ok();
        match parsed.filter(|parsed| home.is_some() && parsed.country().id() == home) {
            Some(parsed) => digits(&parsed.format().mode(phonenumber::Mode::National).to_string()),
            None => digits(&self.0),
        }
    }

    /// The number as a number: its digits, at most 15 of them.
    pub fn digits(&self) -> u64 {
        self.0.get(1..).and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }

    /// For logs: all but the last three digits hidden.
    pub fn masked(&self) -> String {
        let shown = self.0.len().saturating_sub(3);
        format!("…{}", &self.0[shown..])
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
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
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_one_number() {
        for text in ["+493012345678", "0049 30 12345678", "+49 (0)30 1234 5678", "030/12345678", "030 1234-5678"] {
            assert_eq!(Number::parse(text, "DE").unwrap().as_str(), "+493012345678", "{text}");
        }
        assert_eq!(Number::parse("138 0013 8000", "CN").unwrap().as_str(), "+8613800138000");
        // Not in the plan of its country: 120 00 must not be taken for a carrier's prefix.
        assert_eq!(Number::parse("+86 120 0000 0168", "CN").unwrap().as_str(), "+8612000000168");
        assert_eq!(Number::parse("", "CN"), Err(NumberError::Empty));
        assert_eq!(Number::parse("anonymous", "CN"), Err(NumberError::NotANumber));
        assert!(Number::parse("030 1", "ZZ").is_err());
    }

    #[test]
    fn an_international_number_loses_no_digit() {
        // 120 00 looks like a Chinese carrier code.
        let number = Number::parse("+86 120 0000 0197", "CN").unwrap();
        assert_eq!(number.as_str(), "+8612000000197");
        assert_eq!(number.international(), "+8612000000197");
        assert_eq!(Number::parse("+39 06 698 1234", "DE").unwrap().as_str(), "+39066981234");
        assert_eq!(Number::parse("+4930123456", "DE").unwrap().international(), "+49 30 123456");
        assert!(Number::parse("+999", "DE").is_err());
    }

    #[test]
    fn debug_hides_the_number() {
        let number = Number::parse("+8613800138000", "CN").unwrap();
        assert_eq!(format!("{number:?}"), "Number(…000)");
        assert!(serde_json::from_str::<Number>("\"12\"").is_err());
    }
}
