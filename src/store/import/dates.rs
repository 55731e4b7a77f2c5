//! Dates as people and their programs write them.

use jiff::civil::{Date, DateTime};

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// `1980-05-17`, or `05-17` where no year is told. `Err`: why it cannot be taken.
///
/// | written | read |
/// | --- | --- |
/// | `2014-10-02`, `2014/10/2`, `2014.10.2`, `2014年10月2日`, `20141002`, with or without a time behind it | year first |
/// | `17.05.1980`, `17.5.1980` | the day first: with dots nobody writes the month first |
/// | `17/05/1980`, `05-17-1980` | by the number above 12; refused where both could be the month |
/// | `17 May 1980`, `May 17, 1980`, `17-May-1980` | by the name |
/// | `5月17日`, `5-17`, `5/17`, `--05-17` | no year: the month first, unless it cannot be one |
/// | `17.05.` | no year, the day first |
pub(in crate::store) fn date(text: &str) -> Result<String, String> {
    let plain: String = text.trim().chars().map(narrow).collect();
    read(&plain).ok_or_else(|| match is_ambiguous(&plain) {
        true => format!("`{text}` could be two dates: write it as 2014-10-02"),
        false => format!("`{text}` is not a date such as 2014-10-02"),
    })
}

/// Full-width digits and marks as narrow ones.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        '。' => '.',
        other => other,
    }
}

fn read(text: &str) -> Option<String> {
    let parts: Vec<&str> = numbers(text);
    if let Some(named) = with_month_name(text, &parts) {
        return named;
    }
    match parts.as_slice() {
        [all] if all.len() == 8 => full(all.get(..4)?, all.get(4..6)?, all.get(6..)?),
        [year, month, day, time @ ..] if year.len() == 4 && is_time(text, time) => full(year, month, day),
        [day, month, year, time @ ..] if year.len() == 4 && is_time(text, time) => match text.contains('.') {
            true => full(year, month, day),
            false if is_ambiguous(text) => None,
            false => full(year, month, day).or_else(|| full(year, day, month)),
        },
        [day, month] if text.ends_with('.') => yearless(month, day),
        [month, day] => yearless(month, day).or_else(|| yearless(day, month)),
        _ => None,
    }
}

fn numbers(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect()
}

/// Nothing follows the date but a time of day.
fn is_time(text: &str, rest: &[&str]) -> bool {
    let follows = text.trim_start_matches(|c: char| !matches!(c, ' ' | 'T')).trim_start_matches([' ', 'T']);
    rest.is_empty() || follows.contains(':') || follows.parse::<DateTime>().is_ok()
}

/// Day and month could change places.
fn is_ambiguous(text: &str) -> bool {
    let parts = numbers(text);
    let small = |part: &&str| part.parse::<u8>().is_ok_and(|number| (1..=12).contains(&number));
    match parts.as_slice() {
        [a, b, year, ..] => year.len() == 4 && !text.contains('.') && a != b && small(a) && small(b),
        _ => false,
    }
}

/// `Some(None)`: a month is named, but it makes no date.
fn with_month_name(text: &str, parts: &[&str]) -> Option<Option<String>> {
    let number = |word: &str| {
        let begins = word.get(..3)?.to_ascii_lowercase();
        (1..).zip(MONTHS).find(|(_, known)| *known == begins).map(|(number, _): (i8, _)| number.to_string())
    };
    let month = text.split(|c: char| !c.is_ascii_alphabetic()).find_map(number)?;
    Some(match parts {
        [day, year] if year.len() == 4 => full(year, &month, day),
        [day] => yearless(&month, day),
        _ => None,
    })
}

fn full(year: &str, month: &str, day: &str) -> Option<String> {
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok().map(|date| date.to_string())
}

fn yearless(month: &str, day: &str) -> Option<String> {
    // Any leap year will do: 29 February is a birthday too.
    let date = Date::new(2000, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(format!("{:02}-{:02}", date.month(), date.day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_people_write_them() {
        for (text, expected) in [
            ("2014-10-02", "2014-10-02"),
            ("2014/10/2", "2014-10-02"),
            ("2014.10.2", "2014-10-02"),
            ("2014年10月2日", "2014-10-02"),
            ("２０１４年１０月２日", "2014-10-02"),
            ("20141002", "2014-10-02"),
            ("2014-10-02 00:00:00", "2014-10-02"),
            ("2014-10-02T08:30:00Z", "2014-10-02"),
            ("2014/10/2 0:00", "2014-10-02"),
            ("17.05.1980", "1980-05-17"),
            ("17.5.1980", "1980-05-17"),
            ("05.06.1980", "1980-06-05"),
            ("17/05/1980", "1980-05-17"),
            ("05/17/1980", "1980-05-17"),
            ("5-17-1980", "1980-05-17"),
            ("05/05/1980", "1980-05-05"),
            ("17 May 1980", "1980-05-17"),
            ("May 17, 1980", "1980-05-17"),
            ("17-May-1980", "1980-05-17"),
            ("17th September 1980", "1980-09-17"),
            ("5月17日", "05-17"),
            ("5-17", "05-17"),
            ("17/5", "05-17"),
            ("--05-17", "05-17"),
            ("17.05.", "05-17"),
            ("2-29", "02-29"),
            ("17 May", "05-17"),
        ] {
            assert_eq!(date(text).as_deref(), Ok(expected), "{text}");
        }
        for text in ["2014-13-02", "2014-02-30", "soon", "1980", "17-May-80", "5/17/80", "29358", "30.02.1980", ""] {
            assert!(date(text).unwrap_err().contains("is not a date"), "{text}");
        }
        for text in ["05/06/1980", "5-6-1980", "05/06/1980 10:00"] {
            assert!(date(text).unwrap_err().contains("two dates"), "{text}");
        }
    }
}
