//! What people and spreadsheets write in a cell, as the value that a field takes.

use jiff::civil::{DateTime, Time};
use serde_json::{Value as Json, json};

use super::find::Hit;
use crate::record::{Asking, Choice, Field, FieldType, Words};
use crate::store::import::{currency_in, date, is_blank};

pub(super) type Wrong = (&'static str, Words);

/// What a cell says of a field; what it refers to is looked up by `find`. What the field takes is judged by
/// [`crate::record::Kind::draft`]; here a cell is only read.
///
/// | type | written |
/// | --- | --- |
/// | choice | its key, or its name in either language |
/// | several | with `,` `;` `、` `|` or a line end between them |
/// | flag | `yes` `no` `true` `false` `1` `0` `x` `是` `否` `√` |
/// | number, money | `1,234.50`, `1.234,50`, `¥ 12`, `12 EUR` |
/// | date, time | as in [`mod@crate::store::import`]; a time of day behind it |
/// | person, team | sign-in name or key, or what it is called |
/// | record, customer | number or title; phone number, e-mail address or name |
pub(super) fn read(
    field: &Field,
    cell: &str,
    asking: &Asking,
    find: &dyn Fn(&str, &str) -> Hit,
) -> Result<Json, Wrong> {
    let cell = plain(cell);
    if cell.is_empty() {
        return Ok(Json::Null);
    }
    if field.of_type != FieldType::LongText {
        whole(cell)?;
    }
    Ok(match field.of_type {
        FieldType::Choice => json!(choice(field, cell)?),
        FieldType::Choices => parts(cell).map(|part| choice(field, part)).collect::<Result<Json, _>>()?,
        FieldType::Flag => json!(flag(cell)?),
        FieldType::Number => json!(number(cell).ok_or_else(not_a_number)?),
        FieldType::Money => money(field, cell, asking)?,
        FieldType::Date => json!(day(cell)?),
        FieldType::Time => json!(time(cell, asking)?),
        FieldType::Span => span(cell),
        FieldType::Person => json!(asking.people.person_called(cell).unwrap_or_else(|| cell.to_owned())),
        FieldType::Team => json!(asking.people.team_called(cell).unwrap_or_else(|| cell.to_owned())),
        FieldType::Ref => json!(reference(field, cell, find)?),
        FieldType::Refs => parts(cell).map(|part| reference(field, part, find)).collect::<Result<Json, _>>()?,
        _ => json!(cell),
    })
}

/// Without blanks, and without the mark that keeps a spreadsheet from calculating what we exported.
pub(super) fn plain(cell: &str) -> &str {
    let cell = cell.trim_matches(is_blank);
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

/// A number that a spreadsheet has shortened has lost its digits; what it could not calculate is nothing.
pub(super) fn whole(cell: &str) -> Result<(), Wrong> {
    if is_shortened(cell) {
        return Err((
            "shortened",
            Words::new(
                format!(
                    "a spreadsheet has shortened this number to `{cell}`: its digits are lost; make the column a text and export again"
                ),
                format!("表格软件已把此数字缩写为“{cell}”，原有数位已丢失；请将该列设为文本格式后重新导出"),
            ),
        ));
    }
    if ["#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"].contains(&cell) || is_covered(cell) {
        return Err((
            "not_calculated",
            Words::new(
                format!("a spreadsheet could not show this: `{cell}`"),
                format!("表格软件未能显示此单元格：“{cell}”"),
            ),
        ));
    }
    Ok(())
}

/// `8.61E+12`, `8,61E+12`
fn is_shortened(cell: &str) -> bool {
    let Some((digits, exponent)) = cell.split_once(['E', 'e']) else { return false };
    let digits = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let (first, rest) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
    let only = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    first.len() == 1 && only(first) && only(rest) && only(exponent) && exponent.len() <= 3
}

/// `########`: the column was too narrow.
fn is_covered(cell: &str) -> bool {
    cell.len() >= 3 && cell.bytes().all(|byte| byte == b'#')
}

pub(super) fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([',', ';', '、', '，', '；', '|', '\n']).map(plain).filter(|part| !part.is_empty())
}

fn choice(field: &Field, cell: &str) -> Result<String, Wrong> {
    let same = |text: &str| text.to_lowercase() == cell.to_lowercase();
    let by = |test: &dyn Fn(&Choice) -> bool| field.choices.iter().find(|choice| test(choice));
    let found = by(&|it| it.key == cell).or_else(|| by(&|it| same(&it.key) || same(&it.name.en) || same(&it.name.zh)));
    found.map(|choice| choice.key.clone()).ok_or_else(|| {
        ("unknown_choice", Words::new(format!("there is no choice `{cell}`"), format!("没有选项“{cell}”")))
    })
}

fn flag(cell: &str) -> Result<bool, Wrong> {
    match cell.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "x" | "on" | "是" | "√" | "✓" | "对" | "有" => Ok(true),
        "no" | "n" | "false" | "0" | "off" | "否" | "×" | "无" => Ok(false),
        _ => Err((
            "not_a_flag",
            Words::new(format!("`{cell}` is neither yes nor no"), format!("“{cell}”既不是“是”也不是“否”")),
        )),
    }
}

fn not_a_number() -> Wrong {
    ("not_a_number", Words::new("this is no number, or could be two", "不是数字，或有歧义"))
}

/// `1,234.50`, `1.234,50`, `1 234,5`, `-12`, `(12)`. A single comma with three digits behind it parts thousands; a
/// single point never does.
fn number(text: &str) -> Option<String> {
    let kept: String = text.chars().filter(|c| c.is_ascii_digit() || ".,-".contains(*c)).collect();
    let (sign, kept) = match kept.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None if text.starts_with('(') && text.ends_with(')') => ("-", kept.as_str()),
        None => ("", kept.as_str()),
    };
    if kept.contains('-') || !kept.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count = |mark| kept.matches(mark).count();
    let last = kept.rfind(['.', ',']);
    let (whole, fraction) = match last {
        None => (kept, ""),
        Some(at) => {
            let (whole, fraction) = (kept.get(..at)?, kept.get(at.saturating_add(1)..)?);
            let is_comma = kept.get(at..)?.starts_with(',');
            let both = count('.') > 0 && count(',') > 0;
            let thousands = !both && ((is_comma && fraction.len() == 3) || count('.').max(count(',')) > 1);
            if thousands { (kept, "") } else { (whole, fraction) }
        }
    };
    if fraction.contains(['.', ',']) || !is_grouped(whole) {
        return None;
    }
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let digits = if digits.is_empty() { "0" } else { &digits };
    Some(if fraction.is_empty() { format!("{sign}{digits}") } else { format!("{sign}{digits}.{fraction}") })
}

/// Marks between thousands stand where thousands are parted.
fn is_grouped(whole: &str) -> bool {
    let mut groups = whole.split(['.', ',']);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    rest.is_empty() || ((1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3))
}

/// Nothing but a number and what belongs to money may stand in it.
fn money(field: &Field, cell: &str, asking: &Asking) -> Result<Json, Wrong> {
    let amount = number(cell).ok_or_else(not_a_number)?;
    let said = currency_in(cell, asking.region).or_else(|| field.currency.clone());
    Ok(json!({"amount": amount, "currency": said}))
}

fn not_a_date(cell: &str, why: &str) -> Wrong {
    ("not_a_date", Words::new(why.to_owned(), format!("“{cell}”不是明确的日期，请写作 2026-11-30")))
}

fn day(cell: &str) -> Result<String, Wrong> {
    let read = date(cell).map_err(|why| not_a_date(cell, &why))?;
    match read.len() {
        10 => Ok(read),
        _ => Err(not_a_date(cell, &format!("`{cell}` has no year"))),
    }
}

/// RFC 3339, or a day and a time of day where the center is.
fn time(cell: &str, asking: &Asking) -> Result<String, Wrong> {
    if cell.parse::<jiff::Timestamp>().is_ok() {
        return Ok(cell.to_owned());
    }
    let wrong = || {
        let en = format!("`{cell}` is not a time such as 2026-11-30 09:00");
        ("not_a_time", Words::new(en, format!("“{cell}”不是时间，请写作 2026-11-30 09:00")))
    };
    let date: jiff::civil::Date = day(cell)?.parse().map_err(|_| wrong())?;
    let clock = match cell.find(':') {
        None => Time::midnight(),
        Some(at) => {
            let head = cell.get(..at).unwrap_or_default();
            let begin = head.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |place| place.saturating_add(1));
            let begin = (begin..=at).find(|place| cell.is_char_boundary(*place)).unwrap_or(at);
            clock(cell.get(begin..).unwrap_or_default()).ok_or_else(wrong)?
        }
    };
    let at = DateTime::from_parts(date, clock).to_zoned(asking.zone.clone()).map_err(|_| wrong())?;
    Ok(at.timestamp().to_string())
}

/// `2:30`, `2:30:15`: hours first; else as it is written.
fn span(cell: &str) -> Json {
    let numbers: Option<Vec<u64>> = cell.split(':').map(|part| part.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some([hours, minutes, rest @ ..]) if *minutes < 60 && rest.len() < 2 && *hours < 1_000_000 => {
            let seconds = rest.first().copied().unwrap_or_default().min(59);
            json!(hours.saturating_mul(3_600).saturating_add(minutes.saturating_mul(60)).saturating_add(seconds))
        }
        _ => json!(cell),
    }
}

/// `9:00`, `09:00:30`, `9:00 PM`, `下午` in front of it is not read.
fn clock(text: &str) -> Option<Time> {
    let lower = text.trim().to_lowercase();
    let (digits, half) = match (lower.strip_suffix("pm"), lower.strip_suffix("am")) {
        (Some(digits), _) => (digits.trim(), Some(12)),
        (_, Some(digits)) => (digits.trim(), Some(0)),
        _ => (lower.as_str(), None),
    };
    let mut numbers = digits.split(':').map(|part| part.split('.').next().unwrap_or_default().parse::<i8>().ok());
    let (hour, minute) = (numbers.next()??, numbers.next()??);
    let second = numbers.next().unwrap_or(Some(0))?;
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour.checked_rem(12)?.checked_add(half)?,
        Some(_) => return None,
        None => hour,
    };
    Time::new(hour, minute, second, 0).ok()
}

fn reference(field: &Field, cell: &str, find: &dyn Fn(&str, &str) -> Hit) -> Result<i64, Wrong> {
    hit(cell, find(field.kind.as_deref().unwrap_or_default(), cell))
}

pub(super) fn hit(cell: &str, hit: Hit) -> Result<i64, Wrong> {
    match hit {
        Hit::One(id) => Ok(id),
        Hit::None => {
            Err(("unknown_record", Words::new(format!("there is no record `{cell}`"), format!("没有记录“{cell}”"))))
        }
        Hit::Several => Err((
            "several_records",
            Words::new(format!("several records are called `{cell}`"), format!("有多条记录叫“{cell}”")),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (text, read) in [
            ("12", Some("12")),
            ("-12.50", Some("-12.50")),
            ("1,234.50", Some("1234.50")),
            ("1.234,50", Some("1234.50")),
            ("1 234,5", Some("1234.5")),
            ("1,234", Some("1234")),
            ("1.234", Some("1.234")),
            ("1,23", Some("1.23")),
            ("1,234,567", Some("1234567")),
            ("1.234.567", Some("1234567")),
            ("(7)", Some("-7")),
            (".5", Some("0.5")),
            ("¥ 99", Some("99")),
            ("1,23,456.7", None),
            ("1-2", None),
            ("none", None),
        ] {
            assert_eq!(number(text).as_deref(), read, "{text}");
        }
    }

    #[test]
    fn what_a_spreadsheet_shortened_is_told() {
        for cell in ["8.61E+12", "8,61E+12", "8.6138E12", "1E+15", "-2.5e+10", "#N/A", "######"] {
            assert!(whole(cell).is_err(), "{cell}");
        }
        for cell in ["8613800138000", "E12", "12E4A", "10E", "A1E5", "E+12", "2E", "#1", "##", "1.2.3E+4", "12.3E+4"] {
            assert!(whole(cell).is_ok(), "{cell}");
        }
    }

    #[test]
    fn times_of_day() {
        for (text, read) in [
            ("9:00", Some((9, 0, 0))),
            ("09:05:30", Some((9, 5, 30))),
            ("12:15 am", Some((0, 15, 0))),
            ("1:15 PM", Some((13, 15, 0))),
            ("13:15 PM", None),
            ("25:00", None),
        ] {
            let found = clock(text).map(|it| (it.hour(), it.minute(), it.second()));
            assert_eq!(found, read, "{text}");
        }
    }

    #[test]
    fn what_we_exported_comes_back() {
        for (cell, read) in [("'=1+1", "=1+1"), ("'+86138", "+86138"), ("'tis", "'tis"), (" a\u{200b}", "a")] {
            assert_eq!(plain(cell), read);
        }
    }
}
