//! Logs: structured, to standard error, pretty for people and JSON for machines. Personal data is kept out
//! by type (`base::Redacted`, `Number`'s `Debug`), not by care at each line.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts logging; a second start (tests) changes nothing. A level that cannot be read is an error.
pub fn start(log: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| format!("`log.level` is `{}`: {error}", log.level))?;
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let base = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    let _ = if json { base.json().flatten_event(true).try_init() } else { base.compact().try_init() };
    Ok(())
}
