//! The running server: its start in order, the control task, what it keeps and lets go, its stop.
//!
//! | file | holds |
//! | --- | --- |
//! | `serve` | `carillon serve` and the signals |
//! | `start` | the start, step by step, and the stop |
//! | `control` | the one task that owns the center; `look_up`: what it asks the store; `refusals`: its log lines for calls turned away |
//! | `plane` | media workers and the recordings' writer |
//! | `recorder` | SIP messages that are kept to be looked at |
//! | `files`, `center_file`, `reload`, `watch` | what the center runs by, read, checked, and read again |
//! | `returning` | what the last process left behind |
//! | `keep` | what is known of recordings, and what is forgotten in time |
//! | `lock`, `open_files`, `telemetry` | the process: its folder, limits and log |
//!
//! It is not: what is served over HTTP (`http`), what a command does without a running server (`cli`).

pub mod center_file;
pub mod control;
pub mod files;
mod keep;
mod lock;
mod look_up;
mod open_files;
mod plane;
mod post;
mod recorder;
mod refusals;
mod reload;
mod returning;
pub mod serve;
pub mod start;
pub mod telemetry;
mod watch;
