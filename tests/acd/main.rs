//! The router judged from outside: golden traces, scenarios against an independent oracle, exact tables.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests and benches have clocks and tasks")]

mod estimates;
mod naive;
mod oracle;
mod properties;
mod replay;
mod rules;
mod scenarios;
mod schema;
mod shadow;
mod statistics;
mod tables;
mod together;
mod traces;
mod what_if;

/// Of a property; more by hand with `PROPTEST_CASES`.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}
