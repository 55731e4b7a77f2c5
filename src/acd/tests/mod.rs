//! Stories told to the router in virtual time.

mod estimates;
mod policies;
mod reach;
mod records;
mod stories;
mod world;
