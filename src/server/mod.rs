//! The server: the command line, the running process, its HTTP port, the demo.
//!
//! | room | holds |
//! | --- | --- |
//! | [`cli`] | the command line; one file a command |
//! | [`run`] | start, control task, reload, retention, stop |
//! | [`http`] | the HTTP port: what is served where, its bounds, health |
//! | [`demo`] | a complete center with simulated callers |
//! | [`metrics`], `command`, `home` | figures; settings and error of every command; where the program's files are |
//!
//! Limits: those of the settings (`limits`, `http`); a start that fails tells all mistakes at once.

pub mod cli;
mod command;
pub mod demo;
pub mod description;
mod home;
pub mod http;
pub mod metrics;
pub mod run;
