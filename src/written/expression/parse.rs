//! Text -> [`Condition`], with the place of what is wrong.

use std::ops::Range;

use super::super::schedule::{self, Clock, Days, Period};
use super::{Condition, Day, Order, Sort, Used, Vocabulary, read_span};

/// Longer or deeper conditions belong into several steps.
const MAX_BYTES: usize = 1_000;
const MAX_DEPTH: usize = 16;

#[derive(Clone, PartialEq, Debug)]
pub struct ParseError {
    /// Bytes of the condition's text.
    pub at: Range<usize>,
    pub why: String,
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    /// Anything without spaces that is no sign and no text: a name, number, time, range.
    Word(String),
    Text(String),
    Order(Order),
    Open,
    Close,
    ListOpen,
    ListClose,
    Comma,
    End,
}

type Placed = (Token, Range<usize>);

pub fn parse(text: &str, words: &Vocabulary) -> Result<(Condition, Vec<Used>), ParseError> {
    if text.len() > MAX_BYTES {
        return Err(ParseError { at: 0..text.len(), why: format!("longer than {MAX_BYTES} bytes") });
    }
    let mut parser = Parser { tokens: tokens(text)?, next: 0, used: Vec::new(), depth: 0, end: text.len(), words };
    let condition = parser.any()?;
    match parser.take() {
        (Token::End, _) => Ok((condition, parser.used)),
        (_, at) => Err(error(at, "expected `and`, `or` or the end")),
    }
}

fn error(at: Range<usize>, why: impl Into<String>) -> ParseError {
    ParseError { at, why: why.into() }
}

fn tokens(text: &str) -> Result<Vec<Placed>, ParseError> {
    let mut found = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let followed_by_equals = rest.peek().is_some_and(|(_, next)| *next == '=');
        let token = match c {
            c if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '[' => Token::ListOpen,
            ']' => Token::ListClose,
            ',' => Token::Comma,
            '=' | '!' | '<' | '>' => {
                if followed_by_equals {
                    rest.next();
                }
                Token::Order(order(c, followed_by_equals).ok_or_else(|| error(at..at + 1, "write `==` or `!=`"))?)
            }
            '\'' | '"' => {
                let inner: String = rest.by_ref().map(|(_, next)| next).take_while(|next| *next != c).collect();
                let end = at + inner.len() + 1;
                if text.as_bytes().get(end) != Some(&(c as u8)) {
                    return Err(error(at..text.len(), format!("this text has no closing {c}")));
                }
                Token::Text(inner)
            }
            c if is_word(c) => {
                let mut word = String::from(c);
                while let Some((_, next)) = rest.next_if(|(_, next)| is_word(*next)) {
                    word.push(next);
                }
                Token::Word(word)
            }
            c => return Err(error(at..at + c.len_utf8(), format!("`{c}` means nothing here"))),
        };
        let end = rest.peek().map_or(text.len(), |(next, _)| *next);
        found.push((token, at..end));
    }
    Ok(found)
}

fn order(sign: char, followed_by_equals: bool) -> Option<Order> {
    Some(match (sign, followed_by_equals) {
        ('=', true) => Order::Equal,
        ('!', true) => Order::NotEqual,
        ('<', true) => Order::LessEqual,
        ('>', true) => Order::MoreEqual,
        ('<', false) => Order::Less,
        ('>', false) => Order::More,
        _ => return None,
    })
}

/// What the clock is asked.
const CLOCK: [&str; 3] = ["time", "weekday", "date"];

fn texts(fact: String, sort: Sort, negated: bool, among: Vec<String>) -> Condition {
    match sort {
        Sort::Many => Condition::Has { fact, negated, among },
        _ => Condition::Text { fact, negated, among },
    }
}

impl Sort {
    fn is_text(self) -> bool {
        matches!(self, Self::Plain | Self::Text | Self::Person | Self::Many)
    }

    /// Which ones may follow.
    fn operators(self) -> &'static str {
        match self {
            Self::Plain => "expected `==`, `!=`, `<`, `<=`, `>`, `>=`, `in` or `starts`",
            Self::Text => "expected `==`, `!=`, `in`, `starts` or `contains`",
            Self::Person | Self::Many => "expected `==`, `!=` or `in`",
            Self::Flag => "expected `==` or `!=`",
            Self::Number | Self::Day | Self::Time => "expected `==`, `!=`, `<`, `<=`, `>` or `>=`",
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '-' | '+')
}

struct Parser<'w> {
    tokens: Vec<Placed>,
    next: usize,
    used: Vec<Used>,
    depth: usize,
    end: usize,
    words: &'w Vocabulary<'w>,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(token, _)| token)
    }

    fn take(&mut self) -> Placed {
        let taken = self.tokens.get(self.next).cloned().unwrap_or((Token::End, self.end..self.end));
        self.next += 1;
        taken
    }

    fn took_word(&mut self, word: &str) -> bool {
        let same = matches!(self.peek(), Token::Word(next) if next == word);
        self.next += usize::from(same);
        same
    }

    fn any(&mut self) -> Result<Condition, ParseError> {
        let mut parts = vec![self.all()?];
        while self.took_word("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) })
    }

    fn all(&mut self) -> Result<Condition, ParseError> {
        let mut parts = vec![self.one()?];
        while self.took_word("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
    }

    fn one(&mut self) -> Result<Condition, ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let (_, at) = self.take();
            return Err(error(at, format!("nested deeper than {MAX_DEPTH}")));
        }
        let condition = match self.take() {
            (Token::Word(word), _) if word == "not" => Condition::Not(Box::new(self.one()?)),
            (Token::Open, _) => {
                let inner = self.any()?;
                let (close, at) = self.take();
                if close != Token::Close {
                    return Err(error(at, "expected `)`"));
                }
                inner
            }
            (Token::Word(word), at) => self.compare(word, at)?,
            (_, at) => return Err(error(at, format!("expected a name such as {}", self.words.example))),
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn compare(&mut self, name: String, at: Range<usize>) -> Result<Condition, ParseError> {
        if let Some(hours) = name.strip_prefix("hours.").filter(|_| self.words.clock) {
            self.used.push(Used::Hours(hours.to_owned(), at.clone()));
            self.used.push(Used::Clock(at));
            return Ok(Condition::Hours(hours.to_owned()));
        }
        let sort = self.words.facts.get(name.as_str()).copied();
        let free = self.words.free.is_some_and(|start| name.starts_with(start));
        match sort.or(free.then_some(Sort::Plain)) {
            Some(sort) => {
                self.used.push(Used::Fact(name.clone(), at));
                self.fact(name, sort)
            }
            None if self.words.clock && CLOCK.contains(&name.as_str()) => {
                self.used.push(Used::Clock(at));
                match name.as_str() {
                    "time" => self.time(),
                    "weekday" => self.weekday(),
                    _ => self.date(),
                }
            }
            None => {
                let clock = CLOCK.into_iter().filter(|_| self.words.clock);
                let near = crate::base::nearest(&name, self.words.facts.keys().copied().chain(clock));
                let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                Err(error(at, format!("nothing is called `{name}`{near}")))
            }
        }
    }

    fn fact(&mut self, fact: String, sort: Sort) -> Result<Condition, ParseError> {
        // A flag that stands by itself.
        let alone = !matches!(self.peek(), Token::Order(_));
        if sort == Sort::Flag && alone {
            return Ok(Condition::Flag { fact });
        }
        let (operator, at) = self.take();
        match operator {
            Token::Order(order) => match sort {
                Sort::Plain => self.plain(fact, order),
                Sort::Number => self.number(fact, order),
                Sort::Text | Sort::Person | Sort::Many => self.text(fact, sort, order),
                Sort::Flag => self.flag(fact, order),
                Sort::Day | Sort::Time => self.day(fact, sort, order),
            },
            Token::Word(word) if word == "in" && sort.is_text() => self.among(fact, sort),
            Token::Word(word) if word == "starts" && matches!(sort, Sort::Plain | Sort::Text) => {
                Ok(Condition::Starts { fact, with: self.quoted()? })
            }
            Token::Word(word) if word == "contains" && sort == Sort::Text => {
                Ok(Condition::Contains { fact, text: self.quoted()? })
            }
            _ => Err(error(at, sort.operators())),
        }
    }

    fn quoted(&mut self) -> Result<String, ParseError> {
        match self.take() {
            (Token::Text(text), _) => Ok(text),
            (_, at) => Err(error(at, "expected a text in quotes")),
        }
    }

    fn among(&mut self, fact: String, sort: Sort) -> Result<Condition, ParseError> {
        let start = self.next;
        let among = self.list("a text in quotes", |token| match token {
            Token::Text(text) => Some(text),
            _ => None,
        })?;
        for (token, at) in self.tokens.get(start..self.next).unwrap_or_default() {
            if let Token::Text(text) = token {
                self.possible(&fact, text, at.clone())?;
            }
        }
        Ok(texts(fact, sort, false, among))
    }

    fn plain(&mut self, fact: String, order: Order) -> Result<Condition, ParseError> {
        match self.peek() {
            Token::Text(_) => self.text(fact, Sort::Plain, order),
            _ => self.number(fact, order),
        }
    }

    fn text(&mut self, fact: String, sort: Sort, order: Order) -> Result<Condition, ParseError> {
        let negated = order == Order::NotEqual;
        match self.take() {
            (Token::Text(text), at) if matches!(order, Order::Equal | Order::NotEqual) => {
                self.possible(&fact, &text, at)?;
                Ok(texts(fact, sort, negated, vec![text]))
            }
            (Token::Text(_), at) => Err(error(at, "texts are only compared with `==`, `!=`, `in` and `starts`")),
            (Token::Word(word), _)
                if word == "me" && sort == Sort::Person && matches!(order, Order::Equal | Order::NotEqual) =>
            {
                Ok(Condition::Me { fact, negated })
            }
            (Token::Word(word), at) => Err(error(at, format!("a text stands in quotes: '{word}'"))),
            (_, at) => Err(error(at, "expected a text in quotes")),
        }
    }

    fn number(&mut self, fact: String, order: Order) -> Result<Condition, ParseError> {
        match self.take() {
            (Token::Word(word), at) => match word.parse() {
                Ok(number) if f64::is_finite(number) => Ok(Condition::Number { fact, order, number }),
                _ => Err(error(at, format!("`{word}` is no number; a text stands in quotes: '{word}'"))),
            },
            (_, at) => Err(error(at, "expected a text in quotes or a number")),
        }
    }

    fn flag(&mut self, fact: String, order: Order) -> Result<Condition, ParseError> {
        match (self.take(), order) {
            ((Token::Word(word), _), Order::Equal | Order::NotEqual) if word == "true" || word == "false" => {
                let flag = Condition::Flag { fact };
                let wanted = (word == "true") == (order == Order::Equal);
                Ok(if wanted { flag } else { Condition::Not(Box::new(flag)) })
            }
            ((_, at), _) => Err(error(at, "a flag stands by itself, or is `== true` or `== false`")),
        }
    }

    /// `2026-12-24`, `today + 7d`; of times also `now - 2h`.
    fn day(&mut self, fact: String, sort: Sort, order: Order) -> Result<Condition, ParseError> {
        const DAY: &str = "a day such as 2026-12-24 or `today`";
        const TIME: &str = "a day such as 2026-12-24, `today`, or a time such as `now + 2h`";
        let expected = if sort == Sort::Time { TIME } else { DAY };
        let (token, at) = self.take();
        let wrong = || error(at.clone(), format!("expected {expected}"));
        match token {
            Token::Text(text) if text.is_empty() && matches!(order, Order::Equal | Order::NotEqual) => {
                Ok(texts(fact, Sort::Text, order == Order::NotEqual, vec![text]))
            }
            Token::Word(word) => {
                if let Some(rest) = word.strip_prefix("today") {
                    let seconds = self.offset(rest)?;
                    let whole = seconds % 86_400 == 0;
                    let days = whole
                        .then_some(seconds / 86_400)
                        .ok_or_else(|| error(at.clone(), "a day and whole days: `today + 7d`"))?;
                    return Ok(Condition::Day { fact, order, day: Day::Today(days) });
                }
                if let Some(rest) = word.strip_prefix("now").filter(|_| sort == Sort::Time) {
                    return Ok(Condition::Now { fact, order, seconds: self.offset(rest)? });
                }
                let date = schedule::date(&word).ok_or_else(wrong)?;
                Ok(Condition::Day { fact, order, day: Day::On(date) })
            }
            _ => Err(wrong()),
        }
    }

    /// What stands behind `now`: nothing, `+2h` or `- 2h`. Seconds.
    fn offset(&mut self, rest: &str) -> Result<i64, ParseError> {
        let mut text = rest.to_owned();
        if text.is_empty() {
            let signed = matches!(self.peek(), Token::Word(next) if next.starts_with(['+', '-']));
            match self.take_if(signed) {
                Some(Token::Word(word)) => text = word,
                _ => return Ok(0),
            }
        }
        if matches!(text.as_str(), "+" | "-") {
            let span = if let Token::Word(word) = self.peek() { word.clone() } else { String::new() };
            self.next += usize::from(!span.is_empty());
            text.push_str(&span);
        }
        let at = self.tokens.get(self.next.saturating_sub(1)).map_or(self.end..self.end, |(_, at)| at.clone());
        let sign = if text.starts_with('-') { -1 } else { 1 };
        let span = text.strip_prefix(['+', '-']).and_then(read_span).and_then(|span| i64::try_from(span).ok());
        span.map(|span| span.saturating_mul(sign)).ok_or_else(|| error(at, "expected a span such as `+ 2h` or `- 7d`"))
    }

    fn take_if(&mut self, wanted: bool) -> Option<Token> {
        wanted.then(|| self.take().0)
    }

    /// Refuses a text that the fact never is. The empty text stands for "not there".
    fn possible(&self, fact: &str, text: &str, at: Range<usize>) -> Result<(), ParseError> {
        match self.words.values.get(fact) {
            Some(values) if !text.is_empty() && !values.contains(&text) => {
                Err(error(at, format!("`{fact}` is never '{text}', but one of {}", values.join(", "))))
            }
            _ => Ok(()),
        }
    }

    fn time(&mut self) -> Result<Condition, ParseError> {
        match self.take() {
            (Token::Order(order), _) => {
                let time = self.word("a time such as 09:00", Clock::parse)?;
                Ok(Condition::Time { order, time })
            }
            (Token::Word(word), _) if word == "in" => {
                Ok(Condition::TimeIn(self.word("times such as 09:00-18:00", Period::parse)?))
            }
            (_, at) => Err(error(at, "expected `in 09:00-18:00` or a comparison such as `>= 09:00`")),
        }
    }

    fn weekday(&mut self) -> Result<Condition, ParseError> {
        const DAYS: &str = "a weekday: mon tue wed thu fri sat sun";
        let one_day = |text: &str| (!text.contains('-') && text != "daily").then(|| Days::parse(text)).flatten();
        match self.take() {
            (Token::Order(order @ (Order::Equal | Order::NotEqual)), _) => {
                let days = vec![self.word(DAYS, one_day)?];
                Ok(Condition::Weekday { negated: order == Order::NotEqual, days })
            }
            (Token::Word(word), _) if word == "in" => {
                let days = if *self.peek() == Token::ListOpen {
                    self.list(DAYS, |token| match token {
                        Token::Word(word) => Days::parse(&word),
                        _ => None,
                    })?
                } else {
                    vec![self.word("weekdays such as mon-fri", Days::parse)?]
                };
                Ok(Condition::Weekday { negated: false, days })
            }
            (_, at) => Err(error(at, "expected `in mon-fri`, `== mon` or `!= mon`")),
        }
    }

    fn date(&mut self) -> Result<Condition, ParseError> {
        const DATE: &str = "a date such as 2026-12-24";
        match self.take() {
            (Token::Order(order), _) => Ok(Condition::Date { order, date: self.word(DATE, schedule::date)? }),
            (Token::Word(word), _) if word == "in" => Ok(Condition::DateIn(self.list(DATE, |token| match token {
                Token::Word(word) => schedule::date(&word),
                _ => None,
            })?)),
            (_, at) => Err(error(at, "expected `in [2026-12-24, …]` or a comparison such as `== 2026-12-24`")),
        }
    }

    fn word<T>(&mut self, what: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, ParseError> {
        let (token, at) = self.take();
        let value = match token {
            Token::Word(word) => read(&word),
            _ => None,
        };
        value.ok_or_else(|| error(at, format!("expected {what}")))
    }

    fn list<T>(&mut self, what: &str, read: impl Fn(Token) -> Option<T>) -> Result<Vec<T>, ParseError> {
        let (open, at) = self.take();
        if open != Token::ListOpen {
            return Err(error(at, "expected `[`"));
        }
        let mut items = Vec::new();
        loop {
            let (item, at) = self.take();
            items.push(read(item).ok_or_else(|| error(at, format!("expected {what}")))?);
            match self.take() {
                (Token::Comma, _) => {}
                (Token::ListClose, _) => return Ok(items),
                (_, at) => return Err(error(at, "expected `,` or `]`")),
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What may be asked of a call.
    pub fn calls() -> Vocabulary<'static> {
        let facts = ["caller", "called", "result", "customer.known", "customer.tier", "customer.language"];
        Vocabulary {
            facts: facts.into_iter().map(|name| (name, Sort::Plain)).collect(),
            values: [("customer.known", vec!["one", "several", "none"]), ("result", vec!["timeout", "full", "busy"])]
                .into(),
            free: Some("var."),
            clock: true,
            example: "`customer.tier`",
        }
    }

    /// What may be asked of a record.
    pub fn record() -> Vocabulary<'static> {
        let facts = [
            ("subject", Sort::Text),
            ("gone", Sort::Text),
            ("verified", Sort::Flag),
            ("waived", Sort::Flag),
            ("owner", Sort::Person),
            ("day", Sort::Day),
            ("due", Sort::Time),
            ("closed", Sort::Time),
            ("tags", Sort::Many),
            ("cost", Sort::Number),
        ];
        Vocabulary { facts: facts.into(), example: "`state`", ..Vocabulary::default() }
    }

    fn parse(text: &str) -> Result<(Condition, Vec<Used>), ParseError> {
        super::parse(text, &calls())
    }

    #[test]
    fn what_cannot_be_asked_of_a_record_has_its_place() {
        for (text, marked, why) in [
            ("subject < 'a'", "'a'", "only compared with"),
            ("subject == 5", "5", "in quotes"),
            ("cost == 'a'", "'a'", "a number"),
            ("verified == 'yes'", "'yes'", "stands by itself"),
            ("verified > true", "true", "stands by itself"),
            ("due < soon", "soon", "a day such as"),
            ("due < now + soon", "soon", "a span"),
            ("day < now", "now", "a day such as"),
            ("day < today + 2h", "today", "whole days"),
            ("day in ['a']", "in", "expected `==`"),
            ("tags starts 'a'", "starts", "expected `==`"),
            ("subject == me", "me", "in quotes"),
            ("ownr == me", "ownr", "did you mean `owner`?"),
            ("time > 09:00", "time", "nothing is called"),
            ("hours.office", "hours.office", "nothing is called"),
        ] {
            let found = super::parse(text, &record()).expect_err(text);
            assert_eq!(text.get(found.at.clone()), Some(marked), "{text}: {found:?}");
            assert!(found.why.contains(why), "{text}: {}", found.why);
        }
    }

    #[test]
    fn mistakes_have_their_place() {
        for (text, marked, why) in [
            ("", "", "expected a name"),
            ("customer.teir == 'vip'", "customer.teir", "did you mean `customer.tier`?"),
            ("customer.tier = 'vip'", "=", "write `==`"),
            ("customer.tier == vip", "vip", "in quotes: 'vip'"),
            ("customer.tier == 'vip", "'vip", "no closing '"),
            ("customer.tier < 'vip'", "'vip'", "only compared with"),
            ("customer.tier in 'vip'", "'vip'", "expected `[`"),
            ("customer.tier in ['vip' 'gold']", "'gold'", "expected `,` or `]`"),
            ("time in 9-18", "9-18", "expected times such as"),
            ("time == 25:00", "25:00", "expected a time"),
            ("weekday == mon-fri", "mon-fri", "expected a weekday"),
            ("weekday > mon", ">", "expected `in mon-fri`"),
            ("date == 2026-02-30", "2026-02-30", "expected a date"),
            ("(hours.office", "", "expected `)`"),
            ("hours.office hours.night", "hours.night", "expected `and`"),
            ("caller == '1' & called == '2'", "&", "`&` means nothing here"),
            ("caller == '1' or", "", "expected a name"),
            ("result == 'no-answer'", "'no-answer'", "one of timeout, full"),
            ("customer.known in ['one', 'two']", "'two'", "one of one, several, none"),
            ("caller == nan", "nan", "is no number"),
            ("中 == 1", "中", "nothing is called"),
            ("caller == “1”", "“", "means nothing here"),
        ] {
            let found = parse(text).expect_err(text);
            assert_eq!(text.get(found.at.clone()), Some(marked), "{text}: {found:?}");
            assert!(found.why.contains(why), "{text}: {}", found.why);
        }
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let deep = format!("{}hours.a", "not ".repeat(200));
        assert!(parse(&deep).unwrap_err().why.contains("deeper"));
        assert!(parse(&"(".repeat(900)).unwrap_err().why.contains("deeper"));
        assert!(parse(&" ".repeat(1_001)).unwrap_err().why.contains("longer"));
        assert!(parse(&format!("{}hours.a", "hours.a or ".repeat(80))).is_ok());
    }

    #[test]
    fn names_used_are_told() {
        let (_, used) = parse("var.order == '1' and hours.office").unwrap();
        let expected =
            [Used::Fact("var.order".into(), 0..9), Used::Hours("office".into(), 21..33), Used::Clock(21..33)];
        assert_eq!(used, expected);
    }
}
