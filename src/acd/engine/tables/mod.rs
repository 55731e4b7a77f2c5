//! What the router keeps, in dense tables found by index: contacts, agents, reservations, demands with their
//! lines and idle lists, timers, and the rules made ready for deciding (`model`).
//!
//! Nothing here knows the router or decides anything. Every table is bounded: contacts by
//! `Settings::max_contacts`, demands by `demand::MAX_DEMANDS`, places kept for callers by their own limit.

pub mod contacts;
pub mod demand;
pub mod eligibility;
pub mod id_map;
pub mod idle;
pub mod index;
pub mod line;
pub mod model;
pub mod pace;
pub mod recent;
pub mod redial;
pub mod reservations;
pub mod roster;
pub mod scratch;
pub mod timers;
