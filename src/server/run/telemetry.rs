//! Logs: structured, to standard error, pretty for people and JSON for machines. Personal data is kept out
//! by type (`base::Redacted`, `Number`'s `Debug`), not by care at each line.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// What every browser's handshake would be warned of otherwise: extensions that the library does not know.
/// The level that is set comes after it, and may name this target itself.
const HUSHED: &str = "rtc_dtls=error";

/// Starts logging; a second start (tests) changes nothing. A level that cannot be read is an error.
pub fn start(log: &Log) -> Result<(), String> {
    let filter = filter(&log.level).map_err(|error| format!("`log.level` is `{}`: {error}", log.level))?;
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

fn filter(level: &str) -> Result<EnvFilter, tracing_subscriber::filter::ParseError> {
    EnvFilter::try_new(format!("{HUSHED},{level}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_stands_beside_what_is_hushed() {
        let hints = |level: &str| filter(level).unwrap().to_string();
        assert!(hints("info").contains("rtc_dtls=error") && hints("info").contains("info"));
        assert!(hints("warn,rtc_dtls=debug").contains("rtc_dtls=debug"));
        assert!(!hints("warn,rtc_dtls=debug").contains("rtc_dtls=error"), "one's own word counts");
        assert!(filter("loud=very").is_err());
    }
}
