//! Patterns of titles (`{subject}`) and of numbers (`T-{yyyy}-{seq:5}`).

use jiff::civil::Date;

/// A text with places in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern(Vec<Part>);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Literal(String),
    Place(String),
}

impl Pattern {
    /// `None`: a brace without its other one, or nothing between them.
    pub fn read(text: &str) -> Option<Self> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((literal, after)) = rest.split_once('{') {
            let (place, after) = after.split_once('}')?;
            if place.is_empty() || literal.contains('}') {
                return None;
            }
            parts.push(Part::Literal(literal.to_owned()));
            parts.push(Part::Place(place.to_owned()));
            rest = after;
        }
        parts.push(Part::Literal(rest.to_owned()));
        (!rest.contains('}')).then_some(Self(parts))
    }

    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| if let Part::Place(name) = part { Some(name.as_str()) } else { None })
    }

    pub fn fill(&self, with: impl Fn(&str) -> String) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) => text.clone(),
            Part::Place(name) => with(name),
        };
        self.0.iter().map(part).collect()
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Literal(text) => f.write_str(text),
            Part::Place(name) => write!(f, "{{{name}}}"),
        })
    }
}

/// How records are numbered. Numbers count anew in every scope, which the day tells: each year of `T-{yyyy}-{seq:5}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Numbering(Pattern);

/// Places of a number besides `seq` and `seq:5`.
pub const NUMBER_PLACES: [&str; 5] = ["yyyy", "yy", "mm", "dd", "seq"];

impl Numbering {
    /// `Err`: the place that is none; the empty text where the pattern is none, or has no `{seq}`.
    pub fn read(text: &str) -> Result<Self, String> {
        let pattern = Pattern::read(text).ok_or_else(String::new)?;
        let seq = |name: &str| width(name).is_some();
        if let Some(bad) = pattern.places().find(|name| !NUMBER_PLACES.contains(name) && !seq(name)) {
            return Err(bad.to_owned());
        }
        match pattern.places().filter(|name| seq(name)).count() {
            1 => Ok(Self(pattern)),
            _ => Err(String::new()),
        }
    }

    /// What counts on by itself: `T-2026-{seq}`.
    pub fn scope(&self, day: Date) -> String {
        self.0.fill(|name| if width(name).is_some() { "{seq}".to_owned() } else { dated(name, day) })
    }

    pub fn number(&self, day: Date, seq: u64) -> String {
        self.0.fill(|name| match width(name) {
            Some(width) => format!("{seq:0width$}"),
            None => dated(name, day),
        })
    }
}

impl std::fmt::Display for Numbering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Of `seq` and `seq:5`.
fn width(name: &str) -> Option<usize> {
    match name.strip_prefix("seq")? {
        "" => Some(1),
        rest => rest.strip_prefix(':')?.parse().ok().filter(|width| (1..=12).contains(width)),
    }
}

fn dated(name: &str, day: Date) -> String {
    match name {
        "yyyy" => format!("{:04}", day.year()),
        "yy" => format!("{:02}", day.year().rem_euclid(100)),
        "mm" => format!("{:02}", day.month()),
        _ => format!("{:02}", day.day()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn numbers_count_in_their_scope() {
        let numbering = Numbering::read("T-{yyyy}-{seq:5}").unwrap();
        assert_eq!(numbering.scope(date(2026, 11, 23)), "T-2026-{seq}");
        assert_eq!(numbering.number(date(2026, 11, 23), 42), "T-2026-00042");
        assert_eq!(Numbering::read("{yy}{mm}{dd}{seq}").unwrap().number(date(2026, 1, 2), 123), "260102123");
        assert_eq!(Numbering::read("T-{yyy}-{seq}"), Err("yyy".to_owned()));
        for bad in ["T", "{seq}{seq}", "{seq", "seq}", "{}", "{yyyy}"] {
            assert_eq!(Numbering::read(bad), Err(String::new()), "{bad}");
        }
        assert_eq!(Numbering::read("{seq:99}"), Err("seq:99".to_owned()));
    }

    #[test]
    fn titles_are_filled() {
        let pattern = Pattern::read("{number}: {subject}").unwrap();
        assert_eq!(pattern.places().collect::<Vec<_>>(), ["number", "subject"]);
        assert_eq!(pattern.fill(str::to_uppercase), "NUMBER: SUBJECT");
        assert_eq!(pattern.to_string(), "{number}: {subject}");
        assert!(Pattern::read("{a").is_none() && Pattern::read("a}").is_none() && Pattern::read("} {a}").is_none());
    }
}
