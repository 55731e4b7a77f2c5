//! The numbering plans of the countries (ITU-T E.164), as Google's libphonenumber knows them: which digits
//! are a number, and how it is written for people.

use std::str::FromStr;

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL as PLANS, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region,
    ValidationError,
};

use super::NumberError;
use super::written::Written;

/// Digits of E.164 at most.
const DIGITS_MAX: usize = 15;
/// With so many digits it is called a short number, whatever the plan.
const SHORT_MIN: usize = 3;
const SHORT_MAX: usize = 6;
/// Where numbers begin with a trunk zero, one without it has at least so many digits: with fewer it is dialled
/// in its town only.
const WITHOUT_TRUNK_MIN: usize = 9;
/// Country codes whose every call is dear: satellites, networks of no country, premium rate (ITU-T E.164 list).
const DEAR: [i32; 5] = [870, 881, 882, 883, 979];

pub(super) fn region(key: &str) -> Result<Region, NumberError> {
    let known = Region::from_str(key).ok().filter(|region| PLANS.get_country_code_for_region(*region).is_some());
    known.ok_or_else(|| NumberError::NotInRegion(key.to_owned()))
}

/// E.164 with its plus.
struct Reading {
    e164: String,
    /// A range that its country has given out, and not only a length that it uses.
    given_out: bool,
}

/// The number that was written, as dialled in `region`: the first reading that its country has given out, or
/// else the first that may be one and says its country itself.
pub(super) fn e164(written: &Written, region: Region) -> Result<String, NumberError> {
    let mut refused = None;
    let mut possible = None;
    for reading in readings(written, region) {
        match reading {
            Ok(reading) if reading.given_out => return Ok(reading.e164),
            Ok(reading) => possible = possible.or(Some(reading.e164)),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    possible.ok_or_else(|| refused.unwrap_or(NumberError::NotANumber))
}

/// The keys of a number with letters; only one that is given out.
pub(super) fn of_letters(plus: bool, digits: &str, region: Region) -> Option<String> {
    let written = Written { plus, digits: digits.to_owned(), ..Written::default() };
    readings(&written, region).into_iter().flatten().find(|reading| reading.given_out).map(|reading| reading.e164)
}

fn readings(written: &Written, region: Region) -> Vec<Result<Reading, NumberError>> {
    let mut found = Vec::new();
    for digits in spellings(written) {
        if written.plus {
            found.push(international(&digits));
            continue;
        }
        let national = national(&digits, region);
        // `00` is dialled in most countries and written in all of them.
        let abroad = digits.strip_prefix("00").filter(|rest| !rest.starts_with('0'));
        found.extend(abroad.map(international));
        found.push(national);
    }
    found
}

/// As written, and without the zero in brackets.
fn spellings(written: &Written) -> Vec<String> {
    let mut spellings = vec![written.digits.clone()];
    if let Some(at) = written.bracketed.filter(|at| written.digits.is_char_boundary(*at)) {
        let mut without = written.digits.clone();
        without.remove(at);
        spellings.push(without);
    }
    spellings
}

/// Digits with a country code before them.
fn international(digits: &str) -> Result<Reading, NumberError> {
    if digits.starts_with('0') || digits.len() > DIGITS_MAX.saturating_add(2) {
        return Err(NumberError::NotANumber);
    }
    let number = PLANS.parse(format!("+{digits}"), None).map_err(|_| NumberError::NotANumber)?;
    has_length(&number)?;
    let given_out = PLANS.is_valid_number(&number);
    let e164 = written_out(&number, PhoneNumberFormat::E164);
    // Outside its plan nothing is taken out of a number but the trunk zero: what looks like a carrier's code is not.
    let zero = without_country(&number, digits).is_some_and(|rest| rest.starts_with('0'));
    let e164 = if given_out || zero { e164 } else { format!("+{digits}") };
    if e164.len() > DIGITS_MAX.saturating_add(1) {
        return Err(NumberError::NotANumber);
    }
    Ok(Reading { e164, given_out })
}

fn without_country<'a>(number: &PhoneNumber, digits: &'a str) -> Option<&'a str> {
    digits.strip_prefix(number.country_code.to_string().as_str())
}

/// Digits as dialled in `region`, also its codes for calls abroad.
fn national(digits: &str, region: Region) -> Result<Reading, NumberError> {
    let refused = || match digits.len() {
        SHORT_MIN..=SHORT_MAX => NumberError::Short,
        ..SHORT_MIN => NumberError::NotANumber,
        _ => NumberError::NotInRegion(region.to_string()),
    };
    let number = PLANS.parse(digits, Some(region)).map_err(|_| refused())?;
    let abroad = PLANS.get_country_code_for_region(region) != Some(number.country_code);
    let local = trunk(region) == "0" && !digits.starts_with('0') && digits.len() < WITHOUT_TRUNK_MIN;
    let given_out = PLANS.is_valid_number(&number);
    if local && !abroad && digits.len() >= SHORT_MIN {
        return Err(NumberError::Short);
    }
    let may_be_one = given_out || (abroad && has_length(&number).is_ok());
    if !may_be_one {
        return Err(refused());
    }
    Ok(Reading { e164: written_out(&number, PhoneNumberFormat::E164), given_out })
}

fn has_length(number: &PhoneNumber) -> Result<(), NumberError> {
    match PLANS.is_possible_number_with_reason(number) {
        Ok(NumberLengthType::IsPossible) => Ok(()),
        Ok(NumberLengthType::IsPossibleLocalOnly) | Err(ValidationError::TooShort) => Err(NumberError::Short),
        Err(_) => Err(NumberError::NotANumber),
    }
}

fn written_out(number: &PhoneNumber, format: PhoneNumberFormat) -> String {
    PLANS.format(number, format).into_owned()
}

/// The digits before national numbers of this region, mostly `0`; empty: there are none. Read off the form of
/// its example: the library keeps the prefix itself to itself.
pub(super) fn trunk(region: Region) -> String {
    let Ok(example) = PLANS.get_example_number(region) else { return String::new() };
    let (e164, national) = (PhoneNumberFormat::E164, PhoneNumberFormat::National);
    let (own, national) = (digits(&written_out(&example, e164)), digits(&written_out(&example, national)));
    let rest = without_country(&example, &own).unwrap_or_default();
    national.strip_suffix(rest).unwrap_or_default().to_owned()
}

/// Whether a call to this number costs more than a call.
pub(super) fn is_dear(e164: &str) -> bool {
    PLANS.parse(e164, None).is_ok_and(|number| {
        DEAR.contains(&number.country_code) || PLANS.get_number_type(&number) == PhoneNumberType::PremiumRate
    })
}

/// `+49 30 12345678`; `None`: in no known form.
pub(super) fn international_form(e164: &str) -> Option<String> {
    let number = PLANS.parse(e164, None).ok()?;
    Some(written_out(&number, PhoneNumberFormat::International)).filter(|shown| digits(shown) == digits(e164))
}

/// `030 12345678`; `None`: of another country, or in no known form.
pub(super) fn national_form(e164: &str, region: Region) -> Option<String> {
    let number = PLANS.parse(e164, None).ok()?;
    // Only what is read as the same number again.
    if PLANS.get_country_code_for_region(region) != Some(number.country_code) || !PLANS.is_valid_number(&number) {
        return None;
    }
    let own = digits(e164);
    let rest = without_country(&number, &own)?;
    Some(written_out(&number, PhoneNumberFormat::National)).filter(|shown| digits(shown).ends_with(rest))
}

pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
