//! What may be asked: one question over documented views, in words that are known. What is not known is refused, and what
//! is run is printed from what was read, so that nothing can be read here in one way and by a database in another.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, CastKind, Distinct, Expr, Function, FunctionArguments, GroupByExpr, Ident, InTarget, LimitClause,
    ObjectName, ObjectNamePart, Query, Select, SelectFlavor, SelectItem, SetExpr, Statement, TableFactor,
    UnaryOperator, Value, ValueWithSpan, Visit as _, VisitMut, Visitor, VisitorMut, With,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::allowed::{FUNCTIONS, TYPES};
use super::statement::{Filling, clock, quoted, sub_question};
use super::view::{CLOCK, VIEWS, view};

/// Bytes of a text.
pub const TEXT_MAX: usize = 20_000;
/// Brackets in brackets.
const DEPTH_MAX: usize = 40;
/// What every report may ask for.
const FILTERS: [&str; 5] = ["from", "to", "now", "queue", "agent"];

/// Why a text is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Forbidden {
    #[error("a report has at most {TEXT_MAX} bytes")]
    TooLong,
    #[error("{0}")]
    Unreadable(String),
    #[error("a report is one SELECT")]
    NotOneSelect,
    #[error("there is no view `{0}`")]
    NoView(String),
    #[error("`{0}` is the name of a view, or stands there twice")]
    NameTaken(String),
    #[error("there is no function `{0}` in reports")]
    NoFunction(String),
    #[error("a report cannot say `{0}`")]
    Word(String),
    #[error("`:{0}` was given no value, or one that cannot be written")]
    NoValue(String),
}

/// A text that was read.
#[derive(Clone, Debug)]
pub struct Question {
    query: Box<Query>,
    /// Views that it reads, by their places among [`VIEWS`].
    views: BTreeSet<usize>,
    reads_clock: bool,
    asks: BTreeSet<String>,
}

/// Reads a text.
pub fn read_sql(text: &str) -> Result<Question, Forbidden> {
    if text.len() > TEXT_MAX {
        return Err(Forbidden::TooLong);
    }
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize();
    let tokens = tokens.map_err(|error| Forbidden::Unreadable(error.to_string()))?;
    tokens.iter().try_for_each(plain)?;
    let mut parser = Parser::new(&PostgreSqlDialect {}).with_recursion_limit(DEPTH_MAX).with_tokens(tokens);
    let statements = parser.parse_statements().map_err(|error| Forbidden::Unreadable(error.to_string()))?;
    let mut statements = statements.into_iter();
    let (Some(Statement::Query(query)), None) = (statements.next(), statements.next()) else {
        return Err(Forbidden::NotOneSelect);
    };
    let mut reading = Reading::default();
    if let Some(with) = &query.with {
        reading.with(with)?;
    }
    let mut body = query.clone();
    body.with = None;
    reading.all(&body)?;
    let Reading { views, reads_clock, asks, .. } = reading;
    Ok(Question { query, views, reads_clock, asks })
}

/// Texts and names that are printed as they were read, whoever prints them.
fn plain(token: &Token) -> Result<(), Forbidden> {
    let is_plain = |text: &str| {
        !text.chars().any(|c| c.is_control() || matches!(c, '\'' | '"' | '\\' | '`' | '\u{200b}'..='\u{200f}'))
    };
    let refuse = || Err(Forbidden::Word(token.to_string()));
    match token {
        Token::Word(word) => match word.quote_style {
            None | Some('"') if is_plain(&word.value) => Ok(()),
            _ => refuse(),
        },
        Token::SingleQuotedString(text) if is_plain(text) => Ok(()),
        Token::SingleQuotedString(_) => refuse(),
        Token::EOF | Token::Number(_, false) | Token::Whitespace(_) => Ok(()),
        Token::Comma | Token::Period | Token::Colon | Token::LParen | Token::RParen | Token::SemiColon => Ok(()),
        Token::Plus | Token::Minus | Token::Mul | Token::Div | Token::Mod => Ok(()),
        Token::Eq | Token::Neq | Token::Lt | Token::Gt | Token::LtEq | Token::GtEq => Ok(()),
        _ => refuse(),
    }
}

#[derive(Default)]
struct Reading {
    /// Names of `WITH` so far.
    named: BTreeSet<String>,
    views: BTreeSet<usize>,
    reads_clock: bool,
    asks: BTreeSet<String>,
}

impl Reading {
    /// Each may read the views and what stands before it.
    fn with(&mut self, with: &With) -> Result<(), Forbidden> {
        if with.recursive {
            return Err(Forbidden::Word("WITH RECURSIVE".into()));
        }
        for one in &with.cte_tables {
            if one.from.is_some() {
                return Err(Forbidden::Word(one.to_string()));
            }
            self.all(&one.query)?;
            let name = name_of(&one.alias.name)?;
            if name == CLOCK || view(&name).is_some() || name.starts_with("report_") || !self.named.insert(name.clone())
            {
                return Err(Forbidden::NameTaken(name));
            }
        }
        Ok(())
    }

    fn all(&mut self, query: &Query) -> Result<(), Forbidden> {
        match query.visit(self) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(why) => Err(*why),
        }
    }

    fn relation(&mut self, name: &ObjectName) -> Result<(), Forbidden> {
        let name = one_word(name).ok_or_else(|| Forbidden::NoView(name.to_string()))?;
        if self.named.contains(&name) {
            return Ok(());
        }
        if name == CLOCK {
            self.reads_clock = true;
            return Ok(());
        }
        let place = VIEWS.iter().position(|view| view.name == name).ok_or(Forbidden::NoView(name))?;
        self.views.insert(place);
        Ok(())
    }

    fn expression(expression: &Expr) -> Result<(), Forbidden> {
        let refuse = || Err(Forbidden::Word(expression.to_string()));
        match expression {
            Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::Value(_)
            | Expr::Nested(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..)
            | Expr::Between { .. }
            | Expr::In { target: InTarget::List(_) | InTarget::Subquery(_), global: false, .. }
            | Expr::Exists { .. }
            | Expr::Subquery(_)
            | Expr::Case { .. } => Ok(()),
            Expr::Like { any: false, escape_char: None, .. } => Ok(()),
            Expr::UnaryOp { op: UnaryOperator::Plus | UnaryOperator::Minus | UnaryOperator::Not, .. } => Ok(()),
            Expr::BinaryOp { op, .. } if is_plain_operator(op) => Ok(()),
            Expr::Cast { kind: CastKind::Cast, data_type, format: None, .. }
                if TYPES.contains(&data_type.to_string().to_uppercase().as_str()) =>
            {
                Ok(())
            }
            Expr::Trim { .. } | Expr::Substring { .. } => Ok(()),
            Expr::Function(function) => match one_word(&function.name) {
                Some(name) if FUNCTIONS.contains(&name.as_str()) && is_plain_call(function) => Ok(()),
                _ => Err(Forbidden::NoFunction(function.name.to_string())),
            },
            _ => refuse(),
        }
    }
}

fn is_plain_call(function: &Function) -> bool {
    function.within_group.is_empty()
        && !function.uses_odbc_syntax
        && matches!(function.parameters, FunctionArguments::None)
}

fn is_plain_operator(op: &BinaryOperator) -> bool {
    use BinaryOperator as Op;
    matches!(
        op,
        Op::Plus
            | Op::Minus
            | Op::Multiply
            | Op::Divide
            | Op::Modulo
            | Op::Gt
            | Op::Lt
            | Op::GtEq
            | Op::LtEq
            | Op::Eq
            | Op::NotEq
            | Op::And
            | Op::Or
    )
}

/// As a database folds it: a quoted name must be written small already.
fn name_of(name: &Ident) -> Result<String, Forbidden> {
    let small = name.value.to_lowercase();
    let is_plain = small.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_plain || (name.quote_style.is_some() && small != name.value) {
        return Err(Forbidden::Word(name.to_string()));
    }
    Ok(small)
}

fn one_word(name: &ObjectName) -> Option<String> {
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(one)] => name_of(one).ok(),
        _ => None,
    }
}

fn flow(checked: Result<(), Forbidden>) -> ControlFlow<Box<Forbidden>> {
    match checked {
        Ok(()) => ControlFlow::Continue(()),
        Err(why) => ControlFlow::Break(Box::new(why)),
    }
}

impl Visitor for Reading {
    type Break = Box<Forbidden>;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        let is_plain = query.with.is_none()
            && query.fetch.is_none()
            && query.locks.is_empty()
            && query.for_clause.is_none()
            && query.settings.is_none()
            && query.format_clause.is_none()
            && query.pipe_operators.is_empty()
            && !matches!(&query.limit_clause, Some(LimitClause::OffsetCommaLimit { .. }))
            && is_plain_body(&query.body);
        flow(if is_plain { Ok(()) } else { Err(Forbidden::Word(shortened(&query.to_string()))) })
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Self::Break> {
        let is_plain = select.into.is_none()
            && select.optimizer_hints.is_empty()
            && select.select_modifiers.is_none()
            && select.exclude.is_none()
            && select.connect_by.is_empty()
            && select.flavor == SelectFlavor::Standard
            && select.top.is_none()
            && select.lateral_views.is_empty()
            && select.prewhere.is_none()
            && select.cluster_by.is_empty()
            && select.distribute_by.is_empty()
            && select.sort_by.is_empty()
            && select.qualify.is_none()
            && select.value_table_mode.is_none()
            && !matches!(&select.distinct, Some(Distinct::On(_)))
            && matches!(&select.group_by, GroupByExpr::Expressions(_, modifiers) if modifiers.is_empty())
            && select.projection.iter().all(|item| !matches!(item, SelectItem::QualifiedWildcard(..)));
        flow(if is_plain { Ok(()) } else { Err(Forbidden::Word(shortened(&select.to_string()))) })
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Self::Break> {
        flow(self.relation(relation))
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Self::Break> {
        let is_plain = match factor {
            TableFactor::Table {
                args: None,
                with_hints,
                version: None,
                with_ordinality: false,
                partitions,
                json_path: None,
                sample: None,
                index_directives,
                inheritance: None,
                ..
            } => with_hints.is_empty() && partitions.is_empty() && index_directives.is_empty(),
            TableFactor::Derived { lateral: false, sample: None, .. } | TableFactor::NestedJoin { .. } => true,
            _ => false,
        };
        flow(if is_plain { Ok(()) } else { Err(Forbidden::Word(shortened(&factor.to_string()))) })
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<Self::Break> {
        flow(Self::expression(expression))
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<Self::Break> {
        flow(match &value.value {
            Value::Number(_, false) | Value::SingleQuotedString(_) | Value::Boolean(_) | Value::Null => Ok(()),
            Value::Placeholder(name) => match name.strip_prefix(':') {
                Some(name) if FILTERS.contains(&name) => Ok(()),
                Some(name) if name_of(&Ident::new(name)).is_ok_and(|small| small == name) => {
                    self.asks.insert(name.to_owned());
                    Ok(())
                }
                _ => Err(Forbidden::Word(name.clone())),
            },
            _ => Err(Forbidden::Word(value.to_string())),
        })
    }
}

/// `TABLE t` and statements that change something are bodies, too.
fn is_plain_body(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) => true,
        SetExpr::SetOperation { left, right, .. } => is_plain_body(left) && is_plain_body(right),
        _ => false,
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST).chain(['…']).collect() }
}

impl Question {
    /// Numbers that it asks for, beside the filters of every report.
    pub fn asks(&self) -> BTreeSet<&str> {
        self.asks.iter().map(String::as_str).collect()
    }

    /// What is run: the question with its values, behind a sub-question for each view that it reads.
    pub fn statement(&self, filling: &Filling) -> Result<String, Forbidden> {
        let mut query = self.query.clone();
        if let ControlFlow::Break(name) = VisitMut::visit(&mut *query, &mut Filler(filling)) {
            return Err(Forbidden::NoValue(*name));
        }
        let mut heads = Vec::new();
        for view in self.views.iter().filter_map(|place| VIEWS.get(*place)) {
            heads.push(sub_question(view, filling).ok_or_else(|| Forbidden::NoValue("agent".into()))?);
        }
        if self.reads_clock {
            heads.push(clock(filling));
        }
        let own = query.with.take();
        heads.extend(own.iter().flat_map(|with| &with.cte_tables).map(|one| format!("{one:#}")));
        let limit = if query.limit_clause.is_none() {
            format!("\nLIMIT {}", u64::from(filling.rows).saturating_add(1))
        } else {
            String::new()
        };
        let with = if heads.is_empty() { String::new() } else { format!("WITH {}\n", heads.join(",\n")) };
        Ok(format!("{with}{query:#}{limit}"))
    }
}

/// Puts values in the places of their names.
struct Filler<'a>(&'a Filling);

impl Filler<'_> {
    fn value(&self, name: &str) -> Option<Expr> {
        let key = match name {
            "queue" => Some(&self.0.queue),
            "agent" => Some(&self.0.agent),
            _ => None,
        };
        let text = match key {
            Some(None) => "NULL".to_owned(),
            Some(Some(key)) => quoted(key)?,
            None => format!("CAST({} AS BIGINT)", self.0.numbers.get(name)?),
        };
        Parser::new(&PostgreSqlDialect {}).try_with_sql(&text).ok()?.parse_expr().ok()
    }
}

impl VisitorMut for Filler<'_> {
    type Break = Box<String>;

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Self::Break> {
        let Expr::Value(ValueWithSpan { value: Value::Placeholder(name), .. }) = expression else {
            return ControlFlow::Continue(());
        };
        let name = name.trim_start_matches(':').to_owned();
        match self.value(&name) {
            Some(value) => *expression = value,
            None => return ControlFlow::Break(Box::new(name)),
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::report::statement::{Scope, Shift};

    fn filling(scope: Scope) -> Filling {
        let numbers = [("from", 5), ("to", 9), ("minutes", 15)].map(|(name, value)| (name.to_owned(), value));
        let clock = vec![Shift { begins: 0, ends: 9, shift: 3 }];
        Filling { numbers: BTreeMap::from(numbers), queue: Some("vip".into()), agent: None, clock, scope, rows: 10 }
    }

    #[test]
    fn what_is_run_says_all_that_it_means() {
        let statement = |sql: &str, scope| {
            let text = read_sql(sql).unwrap().statement(&filling(scope)).unwrap();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            statement(
                "select c.queue from contacts c where c.started >= :from and c.queue = :queue -- a word",
                Scope::All
            ),
            "WITH contacts AS NOT MATERIALIZED (SELECT * FROM report_contacts) SELECT c.queue FROM contacts c WHERE \
             c.started >= CAST(5 AS BIGINT) AND c.queue = 'vip' LIMIT 11"
        );
        assert_eq!(
            statement(
                "WITH x AS (SELECT agent FROM rings) SELECT COUNT(*) FROM x, clock k WHERE :agent IS NULL LIMIT 2",
                Scope::Agent("ana".into())
            ),
            "WITH rings AS NOT MATERIALIZED (SELECT * FROM report_rings WHERE agent = 'ana'), clock (begins, ends, shift) AS \
             (VALUES (CAST(0 AS BIGINT), CAST(9 AS BIGINT), CAST(3 AS BIGINT))), x AS ( SELECT agent FROM rings ) SELECT \
             COUNT(*) FROM x, clock k WHERE NULL IS NULL LIMIT 2"
        );
        let question = read_sql("SELECT s.wait_us / :seconds FROM stays s WHERE s.entered < :to").unwrap();
        assert_eq!(question.asks(), BTreeSet::from(["seconds"]));
        assert_eq!(question.statement(&filling(Scope::All)), Err(Forbidden::NoValue("seconds".into())));
    }

    #[test]
    fn what_is_refused_says_why() {
        for (sql, why) in [
            ("DELETE FROM contacts", Forbidden::NotOneSelect),
            ("SELECT 1; SELECT 2", Forbidden::NotOneSelect),
            ("SELECT * FROM sessions", Forbidden::NoView("sessions".into())),
            ("SELECT * FROM contacts WHERE contact IN sessions", Forbidden::NoView("sessions".into())),
            ("SELECT pg_sleep(9)", Forbidden::NoFunction("pg_sleep".into())),
            ("SELECT 'it''s'", Forbidden::Word("'it's'".into())),
            ("WITH RECURSIVE x AS (SELECT 1) SELECT * FROM x", Forbidden::Word("WITH RECURSIVE".into())),
            ("WITH stays AS (SELECT 1) SELECT * FROM stays", Forbidden::NameTaken("stays".into())),
        ] {
            let error = read_sql(sql).map(|_| ()).unwrap_err();
            let is_why = error == why
                || (sql.contains("IN sessions") && matches!(error, Forbidden::Word(_) | Forbidden::Unreadable(_)));
            assert!(is_why, "{sql}: {error:?}");
        }
        assert_eq!(read_sql(&"x".repeat(TEXT_MAX + 1)).map(|_| ()), Err(Forbidden::TooLong));
        let deep = format!("SELECT {}1{}", "(".repeat(500), ")".repeat(500));
        assert!(matches!(read_sql(&deep).map(|_| ()), Err(Forbidden::Unreadable(_))));
    }
}
