//! Formulas: what a field is reckoned from.
//!
//! ```text
//! formula = product { ( "+" | "-" ) product }
//! product = one { ( "*" | "/" ) one }
//! one     = 12.5 | name | "-" one | "(" formula ")"
//!         | ( "sum" | "min" | "max" ) "(" lines "," formula ")" | "count" "(" lines ")"
//! ```
//!
//! Reckoned exactly, in millionths; only a division rounds. What is missing leaves the whole without a value, but for
//! lines, of which those without one are left out. Dates are days, times and spans are seconds.

use std::collections::BTreeMap;
use std::ops::Range;

const MILLION: i128 = 1_000_000;
const BYTES_MAX: usize = 1_000;
const DEPTH_MAX: usize = 16;

/// A number in millionths.
pub type Millionths = i128;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Formula {
    Number(Millionths),
    Name(String),
    Minus(Box<Formula>),
    Math(Math, Box<Formula>, Box<Formula>),
    /// Over the lines of a table; `None` of `count`.
    Over(Over, String, Option<Box<Formula>>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Math {
    Plus,
    Minus,
    Times,
    Through,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Over {
    Sum,
    Count,
    Min,
    Max,
}

/// What can be reckoned with.
#[derive(Clone, Debug, Default)]
pub struct Names<'a> {
    pub values: Vec<&'a str>,
    /// By table of lines: what stands in one.
    pub lines: BTreeMap<&'a str, Vec<&'a str>>,
}

/// Where and why it is none. Bytes of the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrongFormula {
    pub at: Range<usize>,
    pub why: String,
}

/// Values to reckon with.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    pub values: BTreeMap<String, Millionths>,
    pub lines: BTreeMap<String, Vec<BTreeMap<String, Millionths>>>,
}

impl Formula {
    pub fn parse(text: &str, names: &Names) -> Result<Self, WrongFormula> {
        if text.len() > BYTES_MAX {
            return Err(wrong(0..text.len(), format!("longer than {BYTES_MAX} bytes")));
        }
        let mut reader = Reader { tokens: tokens(text)?, next: 0, end: text.len(), values: &names.values, names };
        let formula = reader.sum(0)?;
        match reader.peek() {
            Some(_) => Err(wrong(reader.place(), "expected an end, or one of + - * /")),
            None => Ok(formula),
        }
    }

    /// Fields of the record that it names, without its lines.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Number(_) | Self::Over(..) => Vec::new(),
            Self::Name(name) => vec![name],
            Self::Minus(inner) => inner.names(),
            Self::Math(_, left, right) => [left.names(), right.names()].concat(),
        }
    }

    /// `None`: something is missing, or it is beyond every number.
    pub fn reckon(&self, sums: &Sums) -> Option<Millionths> {
        match self {
            Self::Over(over, table, inner) => {
                let lines = sums.lines.get(table).map(Vec::as_slice).unwrap_or_default();
                let of_line = |line: &BTreeMap<String, Millionths>| inner.as_ref()?.one(line);
                let mut found = lines.iter().filter_map(of_line);
                match over {
                    Over::Count => i128::try_from(lines.len()).ok()?.checked_mul(MILLION),
                    Over::Sum => found.try_fold(0_i128, i128::checked_add),
                    Over::Min => found.min(),
                    Over::Max => found.max(),
                }
            }
            Self::Minus(inner) => inner.reckon(sums)?.checked_neg(),
            Self::Math(math, left, right) => math.of(left.reckon(sums)?, right.reckon(sums)?),
            Self::Number(_) | Self::Name(_) => self.one(&sums.values),
        }
    }

    fn one(&self, values: &BTreeMap<String, Millionths>) -> Option<Millionths> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Name(name) => values.get(name).copied(),
            Self::Minus(inner) => inner.one(values)?.checked_neg(),
            Self::Math(math, left, right) => math.of(left.one(values)?, right.one(values)?),
            Self::Over(..) => None,
        }
    }
}

impl Math {
    fn of(self, left: Millionths, right: Millionths) -> Option<Millionths> {
        match self {
            Self::Plus => left.checked_add(right),
            Self::Minus => left.checked_sub(right),
            Self::Times => rounded(left.checked_mul(right)?, MILLION),
            Self::Through => rounded(left.checked_mul(MILLION)?, right),
        }
    }
}

/// Half away from zero.
fn rounded(number: i128, through: i128) -> Option<i128> {
    let (whole, rest) = (number.checked_div(through)?, number.checked_rem(through)?);
    let half = rest.unsigned_abs().checked_mul(2)? >= through.unsigned_abs();
    let away = if (number < 0) == (through < 0) { 1 } else { -1 };
    if half && rest != 0 { whole.checked_add(away) } else { Some(whole) }
}

fn wrong(at: Range<usize>, why: impl Into<String>) -> WrongFormula {
    WrongFormula { at, why: why.into() }
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Number(Millionths),
    Name(String),
    Sign(char),
}

fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, WrongFormula> {
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c.is_whitespace() {
            continue;
        }
        if "+-*/(),".contains(c) {
            found.push((Token::Sign(c), at..at + 1));
            continue;
        }
        if !c.is_ascii_alphanumeric() && c != '_' {
            return Err(wrong(at..at + c.len_utf8(), format!("`{c}` means nothing here")));
        }
        let mut end = at + 1;
        while let Some((next, _)) = chars.next_if(|(_, c)| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')) {
            end = next + 1;
        }
        let word = text.get(at..end).unwrap_or_default();
        let token = match c.is_ascii_digit() {
            true => Token::Number(number(word).ok_or_else(|| wrong(at..end, format!("`{word}` is no number")))?),
            false => Token::Name(word.to_owned()),
        };
        found.push((token, at..end));
    }
    Ok(found)
}

fn number(text: &str) -> Option<Millionths> {
    let (whole, behind) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(behind) || whole.len() > 12 || behind.len() > 6 {
        return None;
    }
    whole.parse::<i128>().ok()?.checked_mul(MILLION)?.checked_add(format!("{behind:0<6}").parse().ok()?)
}

struct Reader<'a> {
    tokens: Vec<(Token, Range<usize>)>,
    next: usize,
    end: usize,
    /// What may be named here: of the record, or of a line.
    values: &'a [&'a str],
    names: &'a Names<'a>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    fn place(&self) -> Range<usize> {
        self.tokens.get(self.next).map_or(self.end..self.end, |(_, at)| at.clone())
    }

    fn sign(&mut self, wanted: &str) -> Option<char> {
        let found = match self.peek() {
            Some(Token::Sign(sign)) if wanted.contains(*sign) => Some(*sign),
            _ => None,
        };
        self.next += usize::from(found.is_some());
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), WrongFormula> {
        self.sign(sign).map(|_| ()).ok_or_else(|| wrong(self.place(), format!("expected `{sign}`")))
    }

    fn sum(&mut self, depth: usize) -> Result<Formula, WrongFormula> {
        let mut left = self.product(depth)?;
        while let Some(sign) = self.sign("+-") {
            let math = if sign == '+' { Math::Plus } else { Math::Minus };
            left = Formula::Math(math, left.into(), self.product(depth)?.into());
        }
        Ok(left)
    }

    fn product(&mut self, depth: usize) -> Result<Formula, WrongFormula> {
        let mut left = self.one(depth)?;
        while let Some(sign) = self.sign("*/") {
            let math = if sign == '*' { Math::Times } else { Math::Through };
            left = Formula::Math(math, left.into(), self.one(depth)?.into());
        }
        Ok(left)
    }

    fn one(&mut self, depth: usize) -> Result<Formula, WrongFormula> {
        let at = self.place();
        if depth > DEPTH_MAX {
            return Err(wrong(at, format!("deeper than {DEPTH_MAX}")));
        }
        let token = self.peek().cloned();
        self.next += 1;
        match token {
            Some(Token::Number(number)) => Ok(Formula::Number(number)),
            Some(Token::Sign('-')) => Ok(Formula::Minus(self.one(depth + 1)?.into())),
            Some(Token::Sign('(')) => {
                let inner = self.sum(depth + 1)?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Name(name)) if self.peek() == Some(&Token::Sign('(')) => self.over(&name, at, depth),
            Some(Token::Name(name)) => {
                if self.values.contains(&name.as_str()) {
                    return Ok(Formula::Name(name));
                }
                let near = crate::base::nearest(&name, self.values.iter().copied());
                let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                Err(wrong(at, format!("nothing to reckon with is called `{name}`{near}")))
            }
            _ => Err(wrong(at, "expected a number or a name")),
        }
    }

    /// `sum(parts, amount * price)`, `count(parts)`
    fn over(&mut self, name: &str, at: Range<usize>, depth: usize) -> Result<Formula, WrongFormula> {
        let over = match name {
            "sum" => Over::Sum,
            "count" => Over::Count,
            "min" => Over::Min,
            "max" => Over::Max,
            _ => return Err(wrong(at, format!("`{name}` is none of sum, count, min, max"))),
        };
        self.expect("(")?;
        let at = self.place();
        let table = match self.peek().cloned() {
            Some(Token::Name(name)) => name,
            _ => return Err(wrong(at, "expected a table of lines")),
        };
        let Some(fields) = self.names.lines.get(table.as_str()) else {
            return Err(wrong(at, format!("there are no lines `{table}`")));
        };
        self.next += 1;
        let mut inner = None;
        if over != Over::Count {
            self.expect(",")?;
            // Lines have no lines.
            let none = Names::default();
            let mut of_line = Reader {
                tokens: std::mem::take(&mut self.tokens),
                next: self.next,
                end: self.end,
                values: fields,
                names: &none,
            };
            let read = of_line.sum(depth + 1);
            (self.tokens, self.next) = (of_line.tokens, of_line.next);
            inner = Some(Box::new(read?));
        }
        self.expect(")")?;
        Ok(Formula::Over(over, table, inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names<'static> {
        let lines = [("parts", vec!["amount", "price"])].into();
        Names { values: vec!["price", "amount", "begins", "ends", "none"], lines }
    }

    fn reckoned(text: &str) -> Option<f64> {
        let value = |text: &str| number(text).unwrap();
        let line = |amount: &str, price: Option<&str>| {
            let cells = [("amount", Some(amount)), ("price", price)].into_iter();
            cells.filter_map(|(key, text)| Some((key.to_owned(), value(text?)))).collect()
        };
        let values = [("price", "12.50"), ("amount", "3"), ("begins", "20000"), ("ends", "20365")];
        let sums = Sums {
            values: values.map(|(key, text)| (key.to_owned(), value(text))).into(),
            lines: [("parts".to_owned(), vec![line("2", Some("0.1")), line("4", Some("0.2")), line("9", None)])].into(),
        };
        let formula = Formula::parse(text, &names()).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        formula.reckon(&sums).map(|found| found as f64 / 1e6)
    }

    #[test]
    fn it_is_reckoned() {
        for (text, expected) in [
            ("price * amount", Some(37.5)),
            ("1 + 2 * 3 - 4 / 2", Some(5.0)),
            ("(1 + 2) * -3", Some(-9.0)),
            ("ends - begins", Some(365.0)),
            ("1 / 3", Some(0.333_333)),
            ("2 / 3", Some(0.666_667)),
            ("-2 / 3", Some(-0.666_667)),
            ("1 / 0", None),
            ("price + none", None),
            ("sum(parts, amount * price)", Some(1.0)),
            ("count(parts) * 10", Some(30.0)),
            ("min(parts, amount) + max(parts, price)", Some(2.2)),
            ("0.1 + 0.2", Some(0.3)),
            ("999999999999 * 999999999999 * 999999999999", None),
        ] {
            assert_eq!(reckoned(text), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_have_their_place() {
        for (text, marked, why) in [
            ("", "", "expected a number or a name"),
            ("pric * 2", "pric", "did you mean `price`?"),
            ("price *", "", "expected a number"),
            ("price price", "price", "expected an end"),
            ("price ^ 2", "^", "means nothing"),
            ("sum(part, 1)", "part", "no lines `part`"),
            ("sum(parts, begins)", "begins", "called `begins`"),
            ("sum(parts)", ")", "expected `,`"),
            ("sum(parts, sum(parts, 1))", "parts", "no lines"),
            ("avg(parts, 1)", "avg", "none of sum"),
            ("1.5.2", "1.5.2", "is no number"),
            ("(1", "", "expected `)`"),
            ("价 + 1", "价", "means nothing"),
        ] {
            let found = Formula::parse(text, &names()).expect_err(text);
            assert_eq!(text.get(found.at.clone()), Some(marked), "{text}: {found:?}");
            assert!(found.why.contains(why), "{text}: {}", found.why);
        }
        assert!(Formula::parse(&"(".repeat(900), &names()).unwrap_err().why.contains("deeper"));
        assert!(Formula::parse(&"1+".repeat(600), &names()).unwrap_err().why.contains("longer"));
    }
}
