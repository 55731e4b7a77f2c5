//! Stories told to the router in virtual time.

mod estimates;
mod policies;
mod records;
mod stories;
mod world;
