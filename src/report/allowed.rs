//! The words that a report may use.

/// Functions, aggregates and those of windows. None makes a text longer than what it is given.
pub const FUNCTIONS: &[&str] = &[
    "abs",
    "avg",
    "coalesce",
    "count",
    "cume_dist",
    "dense_rank",
    "first_value",
    "lag",
    "last_value",
    "lead",
    "length",
    "lower",
    "max",
    "min",
    "ntile",
    "nullif",
    "percent_rank",
    "rank",
    "round",
    "row_number",
    "substr",
    "sum",
    "trim",
    "upper",
];

/// Types that something can be cast to, as they are printed.
pub(super) const TYPES: &[&str] =
    &["BIGINT", "INTEGER", "INT", "REAL", "DOUBLE PRECISION", "NUMERIC", "TEXT", "BOOLEAN"];
