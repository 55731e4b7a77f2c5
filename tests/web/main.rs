//! The API and the event socket from outside, as `docs/api.md` says.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests and benches have clocks and tasks")]

mod client;
mod entrances;
mod events;
mod requests;
mod resolution;
mod rules;
mod sign_in;
mod statistics;
mod time_travel;
mod tokens;
mod world;
