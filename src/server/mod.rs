//! The server: the command line, the start and the stop, the control task, figures and health.

pub mod acd_cli;
mod admin;
mod check;
pub mod cli;
pub mod control;
pub mod demo;
mod files;
pub mod health;
mod home;
mod http;
mod import;
mod lock;
pub mod metrics;
mod open_files;
mod plane;
mod port;
mod proxies;
mod reload;
mod replay_cli;
mod retention;
mod returning;
mod serve;
mod staff;
pub mod start;
mod telemetry;
mod token;
mod watch;
