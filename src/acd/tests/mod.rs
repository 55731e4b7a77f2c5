//! Stories told to the router in virtual time.

mod corners;
mod estimates;
mod new_rules;
mod order;
mod policies;
mod reach;
mod records;
mod stories;
mod world;
