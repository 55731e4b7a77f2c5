//! Tables of calculations as CSV: the inputs stand in named columns, the computed columns are filled in.
//! Lines that start with `#` and columns of other names are handed on as they are.

use std::collections::BTreeMap;

use super::queue::{ErlangError, Input, Output, erlang_b, solve};
use super::staffing::staff;

#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("no header line")]
    Empty,
    #[error("the columns name no calculation: load, agents or target and threshold are missing")]
    UnknownColumns,
    #[error("line {line}: {column} is missing or no number")]
    Cell { line: usize, column: &'static str },
    #[error("line {line}: {error}")]
    Row { line: usize, error: ErlangError },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Loss,
    Patient,
    Impatient,
    Staffing,
}

const LOSS: [&str; 2] = ["p_block", "occupancy"];
const PATIENT: [&str; 6] = ["p_wait", "asa_s", "sl", "mean_queue", "occupancy", "p90_wait_s"];
const IMPATIENT: [&str; 12] = [
    "p_wait",
    "p_abandon",
    "p_block",
    "mean_wait_s",
    "asa_s",
    "mean_wait_ab_s",
    "sl_offered",
    "sl_answered",
    "sl_excl_short",
    "p_wait_gt_t",
    "mean_queue",
    "occupancy",
];
const STAFFING: [&str; 2] = ["n_erlang_c", "sl_erlang_c"];
/// Names under which a patience stands in a staffing column.
const STAFFED_WITH_PATIENCE: &str = "n_erlang_a_patience";

/// Fills in a whole table.
pub fn fill_table(text: &str) -> Result<String, TableError> {
    let mut out = String::new();
    let mut head: Option<Head> = None;
    for (text, line) in text.lines().zip(1..) {
        if text.trim_start().starts_with('#') || text.trim().is_empty() {
            out.push_str(text);
        } else if let Some(head) = &head {
            out.push_str(&head.row(text, line)?);
        } else {
            let read = Head::new(text)?;
            out.push_str(&read.columns.join(","));
            head = Some(read);
        }
        out.push('\n');
    }
    head.map(|_| out).ok_or(TableError::Empty)
}

struct Head {
    columns: Vec<String>,
    kind: Kind,
}

impl Head {
    fn new(text: &str) -> Result<Self, TableError> {
        let mut columns: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        let has = |name: &str| columns.iter().any(|column| column == name);
        let kind = match () {
            () if has("sl_target") => Kind::Staffing,
            () if has("mean_patience_s") => Kind::Impatient,
            () if has("t_s") && has("n") => Kind::Patient,
            () if has("n") && has("offered_load") => Kind::Loss,
            () => return Err(TableError::UnknownColumns),
        };
        let computed: &[&str] = match kind {
            Kind::Loss => &LOSS,
            Kind::Patient => &PATIENT,
            Kind::Impatient => &IMPATIENT,
            Kind::Staffing => &STAFFING,
        };
        let none_named = !columns.iter().any(|column| is_computed(kind, column, computed));
        if none_named {
            columns.extend(computed.iter().map(|name| (*name).to_owned()));
        }
        Ok(Self { columns, kind })
    }

    fn row(&self, text: &str, line: usize) -> Result<String, TableError> {
        let cells: Vec<&str> = text.split(',').map(str::trim).collect();
        let given: BTreeMap<&str, &str> = self.columns.iter().map(String::as_str).zip(cells.iter().copied()).collect();
        let computed = Row { given: &given, line }.compute(self.kind, &self.columns)?;
        let filled = self.columns.iter().enumerate().map(|(at, name)| match computed.get(name.as_str()) {
            Some(value) => number(*value),
            None => cells.get(at).copied().unwrap_or_default().to_owned(),
        });
        Ok(filled.collect::<Vec<_>>().join(","))
    }
}

fn is_computed(kind: Kind, column: &str, names: &[&str]) -> bool {
    names.contains(&column) || (kind == Kind::Staffing && column.starts_with(STAFFED_WITH_PATIENCE))
}

struct Row<'a> {
    given: &'a BTreeMap<&'a str, &'a str>,
    line: usize,
}

impl<'a> Row<'a> {
    fn optional(&self, column: &'static str) -> Result<Option<f64>, TableError> {
        match self.given.get(column).copied().unwrap_or_default() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| TableError::Cell { line: self.line, column }),
        }
    }

    fn need(&self, column: &'static str) -> Result<f64, TableError> {
        self.optional(column)?.ok_or(TableError::Cell { line: self.line, column })
    }

    fn optional_count(&self, column: &'static str) -> Result<Option<u32>, TableError> {
        match self.optional(column)? {
            None => Ok(None),
            Some(value) if (0.0..=f64::from(u32::MAX)).contains(&value) && value.fract() == 0.0 => {
                Ok(Some(value as u32))
            }
            Some(_) => Err(TableError::Cell { line: self.line, column }),
        }
    }

    fn count(&self, column: &'static str) -> Result<u32, TableError> {
        self.optional_count(column)?.ok_or(TableError::Cell { line: self.line, column })
    }

    fn compute(&self, kind: Kind, columns: &'a [String]) -> Result<BTreeMap<&'a str, f64>, TableError> {
        let line = self.line;
        let mut input = Input {
            agents: if kind == Kind::Staffing { 1 } else { self.count("n")? },
            load: self.need("offered_load")?,
            aht: self.optional("aht_s")?.unwrap_or(1.0),
            patience: self.optional("mean_patience_s")?,
            lines: self.optional_count("extra_lines")?,
            within: self.optional("t_s")?.unwrap_or(0.0),
        };
        if kind == Kind::Staffing {
            return self.compute_staffing(&input, columns);
        }
        if kind == Kind::Loss {
            input.lines = Some(0);
        }
        let solved = solve(&input).map_err(|error| TableError::Row { line, error })?;
        let mut values = named(&solved);
        if kind == Kind::Loss {
            values.insert("p_block", erlang_b(input.agents, input.load));
        }
        Ok(values)
    }

    fn compute_staffing(&self, input: &Input, columns: &'a [String]) -> Result<BTreeMap<&'a str, f64>, TableError> {
        let (line, target) = (self.line, self.need("sl_target")?);
        let mut values = BTreeMap::new();
        let patient = Input { patience: None, ..*input };
        let (agents, reached) = staff(&patient, target).map_err(|error| TableError::Row { line, error })?;
        values.insert("n_erlang_c", f64::from(agents));
        values.insert("sl_erlang_c", reached.sl_offered);
        let column = columns.iter().find(|column| column.starts_with(STAFFED_WITH_PATIENCE));
        let in_name = column.and_then(|column| column[STAFFED_WITH_PATIENCE.len()..].parse().ok());
        let Some(patience) = input.patience.or(in_name) else { return Ok(values) };
        let impatient = Input { patience: Some(patience), ..*input };
        let (agents, reached) = staff(&impatient, target).map_err(|error| TableError::Row { line, error })?;
        if let Some(column) = column {
            values.insert(column.as_str(), f64::from(agents));
        }
        values.insert("sl_offered_erlang_a", reached.sl_offered);
        values.insert("p_abandon_erlang_a", reached.p_abandon);
        Ok(values)
    }
}

fn named<'a>(solved: &Output) -> BTreeMap<&'a str, f64> {
    BTreeMap::from([
        ("p_wait", solved.p_wait),
        ("p_abandon", solved.p_abandon),
        ("p_block", solved.p_block),
        ("mean_wait_s", solved.mean_wait_s),
        ("asa_s", solved.asa_s),
        ("mean_wait_ab_s", solved.mean_wait_ab_s),
        ("sl", solved.sl_offered),
        ("sl_offered", solved.sl_offered),
        ("sl_answered", solved.sl_answered),
        ("sl_excl_short", solved.sl_excl_short),
        ("p_wait_gt_t", solved.p_wait_gt_t),
        ("mean_queue", solved.mean_queue),
        ("occupancy", solved.occupancy),
        ("p90_wait_s", solved.p90_wait_s.unwrap_or(f64::NAN)),
    ])
}

/// The shortest text that reads back as the same number; empty where there is none.
fn number(value: f64) -> String {
    match value {
        value if value.is_nan() => String::new(),
        value if value.is_infinite() => "inf".to_owned(),
        value if value != 0.0 && !(1e-5..1e15).contains(&value.abs()) => format!("{value:e}"),
        value => format!("{value}"),
    }
}
