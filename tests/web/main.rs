//! The API and the event socket from outside, as `docs/api.md` says.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests and benches have clocks and tasks")]

mod campaigns;
mod client;
mod described;
mod entrances;
mod events;
mod first;
mod flows;
mod handling;
mod paper;
#[allow(dead_code, reason = "the tests of the store use more of it")]
#[path = "../store/postgres.rs"]
mod postgres;
mod quality;
mod record;
mod record_files;
mod record_jobs;
mod report;
mod requests;
mod resolution;
mod rules;
mod set_up;
mod sign_in;
mod statements;
mod statistics;
mod time_travel;
mod tokens;
mod typescript;
mod world;
