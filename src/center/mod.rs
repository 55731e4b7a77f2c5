//! The center: joins calls, dialplan, router and customers into one deterministic value.
//!
//! `Center::handle(now, Input, &mut Vec<Output>)` is the only door. Shells carry the outputs out: bytes to
//! the network, media commands to the workers, queries and writes to the store, pushes to the desktops.

pub mod board;
pub mod desk;
pub mod input;
pub mod output;
