//! The API and the event socket from outside, as `docs/api.md` says.

mod client;
mod events;
mod requests;
mod sign_in;
mod world;
