//! Stories told to the router in virtual time.

mod policies;
mod stories;
mod world;
