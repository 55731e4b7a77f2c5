//! The server: the command line, the start and the stop, the control task, figures and health.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a shell: it owns clocks, tasks and sockets")]

pub mod acd_cli;
pub mod configuration;
pub mod control;
pub mod demo;
pub mod health;
pub mod metrics;
pub mod telemetry;
