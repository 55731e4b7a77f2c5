//! The whole center in a simulated world: fake phones that speak real SIP, a bad network, a slow
//! store, agents and callers who vanish; all from one printed seed, in virtual time.
//!
//! `CARILLON_SEED=7 CARILLON_CALLS=10000 cargo test --test center day` runs another day.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests and benches have clocks and tasks")]

mod alerts;
mod asked;
mod call_backs;
mod campaigns;
mod caps;
mod day;
mod desks;
mod direct;
mod help;
mod kept;
mod lamps;
mod line;
mod lists;
mod loose;
mod media;
mod microphone;
mod moves;
mod moving_day;
mod network;
mod no_media;
mod others;
mod outbound;
mod parked;
mod phone;
mod placed;
mod recordings;
mod register;
mod restart;
mod rules;
mod scene;
mod scenery;
mod store;
mod stories;
mod take_over;
mod trunks;
mod voicemail;
mod waiting;
mod wall;
mod week;
mod world;
