//! Conditions and access as SQL. Every leaf is true or false, never nothing, so that `not` means what it says.

use jiff::tz::TimeZone;

use super::catalogue::{Column, Stored};
use super::sql::Sql;
use crate::base::Instant;
use crate::record::{Class, FieldType, Scope, Who};
use crate::store::db::Arg;
use crate::written::expression::{Asker, Condition, Day, Order, micros_after};

/// What a name stands for in a statement about `r`.
enum Operand<'s> {
    Text(String),
    Int(String),
    Decimal(String),
    Day(String),
    /// Microseconds.
    Time(String),
    Many(&'s Column),
}

pub(super) struct Filter<'a> {
    pub stored: &'a Stored,
    pub asker: Asker<'a>,
    pub postgres: bool,
}

impl Filter<'_> {
    /// Appends a condition.
    pub fn condition(&self, condition: &Condition, sql: &mut Sql) {
        let text = self.of(condition, sql);
        sql.push(&text);
    }

    fn of(&self, condition: &Condition, sql: &mut Sql) -> String {
        match condition {
            Condition::All(parts) => self.joined(parts, " AND ", sql),
            Condition::Any(parts) => self.joined(parts, " OR ", sql),
            Condition::Not(part) => format!("(NOT {})", self.of(part, sql)),
            Condition::Text { fact, negated, among } => self.among(fact, *negated, among, sql),
            Condition::Has { fact, negated, among } => self.has(fact, *negated, among, sql),
            Condition::Number { fact, order, number } => self.number(fact, *order, *number, sql),
            Condition::Starts { fact, with } => self.starts(fact, with, sql),
            Condition::Contains { fact, text } => self.contains(fact, text, sql),
            Condition::Flag { fact } => match self.place(fact) {
                Some(Operand::Int(column)) => format!("(COALESCE({column}, 0) = 1)"),
                _ => NEVER.to_owned(),
            },
            Condition::Me { fact, negated } => self.among(fact, *negated, &[self.asker.me.to_owned()], sql),
            Condition::Now { fact, order, seconds } => {
                match (self.place(fact), micros_after(self.asker.now, *seconds)) {
                    (Some(Operand::Time(column)), Some(at)) => {
                        let place = sql.arg(at);
                        compared(&column, *order, &place)
                    }
                    _ => NEVER.to_owned(),
                }
            }
            Condition::Day { fact, order, day } => self.day(fact, *order, *day, sql),
            // The clock is not asked for records.
            Condition::Hours(_)
            | Condition::Time { .. }
            | Condition::TimeIn(_)
            | Condition::Weekday { .. }
            | Condition::Date { .. }
            | Condition::DateIn(_) => NEVER.to_owned(),
        }
    }

    fn joined(&self, parts: &[Condition], word: &str, sql: &mut Sql) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.of(part, sql)).collect();
        format!("({})", parts.join(word))
    }

    fn place(&self, fact: &str) -> Option<Operand<'_>> {
        let column = |name: &str| format!("r.{name}");
        match fact {
            "number" | "title" | "state" | "created_by" | "updated_by" => return Some(Operand::Text(column(fact))),
            "created" | "updated" => return Some(Operand::Time(column(fact))),
            "customer" => return Some(Operand::Int(column(fact))),
            _ => {}
        }
        let (field, stands) = (self.stored.kind.field(fact)?, self.stored.columns.fields.get(fact)?);
        let name = column(&stands.quoted());
        Some(match stands.class() {
            Class::Text => Operand::Text(name),
            Class::Int if field.of_type == FieldType::Time => Operand::Time(name),
            Class::Int => Operand::Int(name),
            Class::Decimal | Class::Money => Operand::Decimal(name),
            Class::Day => Operand::Day(name),
            Class::Many => Operand::Many(stands),
        })
    }

    fn among(&self, fact: &str, negated: bool, among: &[String], sql: &mut Sql) -> String {
        let column = match self.place(fact) {
            Some(Operand::Many(_)) => return self.has(fact, negated, among, sql),
            Some(
                Operand::Text(column)
                | Operand::Int(column)
                | Operand::Decimal(column)
                | Operand::Day(column)
                | Operand::Time(column),
            ) => column,
            None => return NEVER.to_owned(),
        };
        let places: Vec<String> = among.iter().filter(|text| !text.is_empty()).map(|text| sql.arg(text)).collect();
        let mut tests = Vec::new();
        if among.iter().any(String::is_empty) {
            tests.push(format!("{column} IS NULL"));
        }
        if !places.is_empty() {
            tests.push(format!("({column} IS NOT NULL AND {column} IN ({}))", places.join(", ")));
        }
        let negation = if negated { "NOT " } else { "" };
        format!("({negation}({}))", tests.join(" OR "))
    }

    fn has(&self, fact: &str, negated: bool, among: &[String], sql: &mut Sql) -> String {
        let Some(Operand::Many(column)) = self.place(fact) else { return NEVER.to_owned() };
        let name = sql.arg(&column.name);
        let rows = format!("SELECT m.record FROM {} m WHERE m.field = {name}", self.stored.many_table());
        let places: Vec<String> = among.iter().filter(|text| !text.is_empty()).map(|text| sql.arg(text)).collect();
        let mut tests = Vec::new();
        if among.iter().any(String::is_empty) {
            tests.push(format!("r.id NOT IN ({rows})"));
        }
        if !places.is_empty() {
            tests.push(format!("r.id IN ({rows} AND m.value IN ({}))", places.join(", ")));
        }
        let negation = if negated { "NOT " } else { "" };
        format!("({negation}({}))", tests.join(" OR "))
    }

    fn number(&self, fact: &str, order: Order, number: f64, sql: &mut Sql) -> String {
        match self.place(fact) {
            Some(Operand::Many(_)) => self.has(fact, order == Order::NotEqual, &[number.to_string()], sql),
            Some(Operand::Int(column) | Operand::Decimal(column) | Operand::Time(column)) => {
                let place = sql.arg(number.to_string());
                compared(&column, order, &format!("CAST({place} AS NUMERIC)"))
            }
            _ => NEVER.to_owned(),
        }
    }

    fn starts(&self, fact: &str, with: &str, sql: &mut Sql) -> String {
        let Some(Operand::Text(column)) = self.place(fact) else { return NEVER.to_owned() };
        let (length, text) = (sql.arg(i64::try_from(with.chars().count()).unwrap_or(i64::MAX)), sql.arg(with));
        let length = if self.postgres { format!("CAST({length} AS INTEGER)") } else { length };
        format!("(substr(COALESCE({column}, ''), 1, {length}) = {text})")
    }

    fn contains(&self, fact: &str, text: &str, sql: &mut Sql) -> String {
        let Some(Operand::Text(column)) = self.place(fact) else { return NEVER.to_owned() };
        let place = sql.arg(text.to_lowercase());
        let function = if self.postgres { "strpos" } else { "instr" };
        format!("({function}(lower(COALESCE({column}, '')), {place}) > 0)")
    }

    fn day(&self, fact: &str, order: Order, day: Day, sql: &mut Sql) -> String {
        let Asker { now, zone, .. } = self.asker;
        let Some(date) = now.date_in(zone).and_then(|today| day.date(today)) else { return NEVER.to_owned() };
        match self.place(fact) {
            Some(Operand::Day(column)) => {
                let place = sql.arg(date.to_string());
                compared(&column, order, &if self.postgres { format!("CAST({place} AS DATE)") } else { place })
            }
            Some(Operand::Time(column)) => {
                match (begin(date, zone), date.tomorrow().ok().and_then(|next| begin(next, zone))) {
                    (Some(from), Some(to)) => within_day(&column, order, from, to, sql),
                    _ => NEVER.to_owned(),
                }
            }
            _ => NEVER.to_owned(),
        }
    }

    /// Appends which records somebody reaches.
    pub fn scope(&self, scope: Scope, who: &Who, sql: &mut Sql) {
        let Scope::Own { owner, team } = scope else {
            sql.push(if scope == Scope::All { ALWAYS } else { NEVER });
            return;
        };
        let column = |key: &str| self.stored.columns.fields.get(key).map(|it| format!("r.{}", it.quoted()));
        let (owners, teams) = (column("owner"), column("team"));
        let mut tests = Vec::new();
        let nobody: Vec<String> =
            [&owners, &teams].into_iter().flatten().map(|column| format!("{column} IS NULL")).collect();
        tests.push(if nobody.is_empty() { ALWAYS.to_owned() } else { format!("({})", nobody.join(" AND ")) });
        if let Some(column) = owners.filter(|_| owner) {
            let me = sql.arg(who.user);
            tests.push(format!("{column} = {me}"));
        }
        if let (Some(column), Some(own)) = (teams.filter(|_| team), who.team) {
            let own = sql.arg(own);
            tests.push(format!("{column} = {own}"));
        }
        sql.push(&format!("({})", tests.join(" OR ")));
    }
}

const NEVER: &str = "(1 = 0)";
const ALWAYS: &str = "(1 = 1)";

fn sign(order: Order) -> &'static str {
    match order {
        Order::Equal => "=",
        Order::NotEqual => "<>",
        Order::Less => "<",
        Order::LessEqual => "<=",
        Order::More => ">",
        Order::MoreEqual => ">=",
    }
}

/// An empty field is only unequal.
fn compared(column: &str, order: Order, place: &str) -> String {
    let sign = sign(order);
    match order {
        Order::NotEqual => format!("({column} IS NULL OR {column} {sign} {place})"),
        _ => format!("({column} IS NOT NULL AND {column} {sign} {place})"),
    }
}

fn within_day(column: &str, order: Order, from: Instant, to: Instant, sql: &mut Sql) -> String {
    let mut place = |at: Instant| sql.arg(Arg::from(at));
    match order {
        Order::Equal | Order::NotEqual => {
            let (from, to) = (place(from), place(to));
            let inside = format!("({column} IS NOT NULL AND {column} >= {from} AND {column} < {to})");
            if order == Order::Equal { inside } else { format!("(NOT {inside})") }
        }
        Order::Less => compared(column, Order::Less, &place(from)),
        Order::LessEqual => compared(column, Order::Less, &place(to)),
        Order::More => compared(column, Order::MoreEqual, &place(to)),
        Order::MoreEqual => compared(column, Order::MoreEqual, &place(from)),
    }
}

fn begin(date: jiff::civil::Date, zone: &TimeZone) -> Option<Instant> {
    Instant::midnight(date, zone)
}
