//! The router judged from outside: golden traces, scenarios against an independent oracle, exact tables.

mod properties;
mod scenarios;
mod tables;
mod traces;
