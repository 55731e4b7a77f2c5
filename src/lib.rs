//! Carillon, a contact-center server.
//!
//! **One idea.** The whole center is one deterministic value: [`center::Center`] takes
//! `(now, input)` and pushes outputs; it runs in a test without socket, clock, thread or database.
//! Shells carry bytes, time and rows to and from it.
//!
//! **Floors.** A module may use what stands on the floors below it and its own children; never a
//! neighbour on the same floor, never up. `tests/architecture.rs` reads the `use` paths and holds
//! this table.
//!
//! | floor | modules | kind |
//! | --- | --- | --- |
//! | 0 | [`base`]: ids, numbers, time, deadlines, redaction, seeded randomness | pure |
//! | 1 | [`sip::wire`], [`sdp`], [`rtp`], [`codec`], [`wav`]: bytes <-> values | pure |
//! | 2 | [`sip`] machines, [`media`], [`dialplan`], [`acd`], [`crm`] | machine |
//! | 3 | [`call`]: legs, bridges, hold; knows no queue and no customer | machine |
//! | 4 | [`center`]: joins call, dialplan, acd and crm | machine |
//! | 5 | [`setup`]: how a center is set up, as code: model, file, checks, plan | pure |
//! | 6 | [`store`]: sqlx on SQLite or PostgreSQL; [`door`]: the inlet of the running center, and who may ask | shell |
//! | 7 | [`net`], [`cti`], [`web`], [`config`]: sockets, media workers, desktops, API, settings | shell |
//! | 8 | [`server`]: command line, start and stop, loops, metrics, demo | shell |
//!
//! **One shape for every machine.** `new(settings, seed)`, `handle(&mut self, now, Input, &mut
//! Outputs)`, `next_deadline(&self) -> Option<Instant>`. A deadline that fires is just another input.
//! Outputs go into the caller's reused buffer in the order in which they must happen.

pub mod acd;
pub mod base;
pub mod call;
pub mod center;
pub mod codec;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it has clocks, tasks and locks")]
pub mod config;
pub mod crm;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it has clocks, tasks and locks")]
pub mod cti;
pub mod dialplan;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it has clocks, tasks and locks")]
pub mod door;
pub mod media;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it has clocks, tasks and locks")]
pub mod net;
pub mod rtp;
pub mod sdp;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it has clocks, tasks and locks")]
pub mod server;
pub mod setup;
pub mod sip;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it has clocks, tasks and locks")]
pub mod store;
pub mod wav;
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it has clocks, tasks and locks")]
pub mod web;
