//! The command line.
//!
//! | exit code | meaning |
//! | --- | --- |
//! | 0 | done |
//! | 1 | it failed: an address in use, the store away, an internal error; a replay came to something else |
//! | 2 | the command line is wrong |
//! | 3 | mistakes in settings, flows, center or table; all of them are told |

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use super::import::{self, ImportCommand};
use super::token::{self, TokenCommand};
use super::{acd_cli, admin, check, demo, home, replay_cli, serve, staff};
use crate::config::{self, Layers, Mistakes, Settings};

pub const FAILED: u8 = 1;
pub const MISTAKES: u8 = 3;

#[derive(Parser, Debug)]
#[command(name = "carillon", version, about = "A contact-center server", max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// Known to every command.
#[derive(Args, Debug, Clone)]
pub struct Common {
    /// Settings file; without it config/carillon.toml if it is there
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One setting, such as --set http.listen=127.0.0.1:8090 (may be repeated)
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = pair)]
    pub set: Vec<(String, String)>,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run the server
    Serve,
    /// Run a complete center with sample customers and simulated callers, in a temporary folder
    Demo(demo::DemoArgs),
    /// Check settings, flows, sounds and a center file; tells every mistake
    Check(check::CheckArgs),
    /// Make the stored center what a file says: shows the plan, then applies it
    Apply(admin::ApplyArgs),
    /// Print the stored center as a file for `apply`
    Export(admin::ExportArgs),
    /// Take records over from files
    #[command(subcommand)]
    Import(ImportCommand),
    /// Run a scenario or a trace through the router under a virtual clock
    Simulate(acd_cli::SimulateArgs),
    /// From a forecast to agents needed, by the calculators and by simulation of the real rules
    Staff(staff::StaffArgs),
    /// Erlang B, C and A: waiting, service level, staffing
    Erlang(acd_cli::ErlangArgs),
    /// Run a time of the journal again and compare it with what really happened
    Replay(replay_cli::ReplayArgs),
    /// A time of the journal under other rules: winners, losers, service level
    #[command(name = "whatif")]
    WhatIf(replay_cli::WhatIfArgs),
    /// Users who sign in
    #[command(subcommand)]
    User(UserCommand),
    /// Tokens of programs that use the API
    #[command(subcommand)]
    Token(TokenCommand),
}

#[derive(Subcommand, Debug)]
pub enum UserCommand {
    /// Set the password of a user; it is read from standard input
    Password(admin::PasswordArgs),
    /// List the users
    List(admin::ListArgs),
}

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error(transparent)]
    Settings(#[from] Mistakes),
    /// Told already, or in the text.
    #[error("{0}")]
    Mistakes(String),
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

impl CliError {
    fn code(&self) -> u8 {
        match self {
            Self::Settings(_) | Self::Mistakes(_) => MISTAKES,
            Self::Failed(_) => FAILED,
        }
    }
}

pub fn run(cli: Cli) -> ExitCode {
    super::memory::give_back();
    match execute(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.code())
        }
    }
}

fn execute(cli: Cli) -> Result<(), CliError> {
    let common = cli.common;
    match cli.command {
        Command::Serve => {
            let settings = common.settings()?;
            with_runtime(serve::serve(settings))
        }
        Command::Demo(args) => with_runtime(demo::demo(args, common)),
        Command::Check(args) => check::check(args, &common),
        Command::Apply(args) => with_runtime(admin::apply(args, common.settings()?)),
        Command::Export(args) => with_runtime(admin::export(args, common.settings()?)),
        Command::Import(command) => with_runtime(import::import(command, common.settings()?)),
        Command::Simulate(args) => Ok(acd_cli::simulate(&args)?),
        Command::Staff(args) => staff::staff(&args),
        Command::Erlang(args) => Ok(acd_cli::erlang(&args)?),
        Command::Token(command) => with_runtime(token::token(command, common.settings()?)),
        Command::Replay(args) => with_runtime(replay_cli::replay(args, common.settings()?)),
        Command::WhatIf(args) => with_runtime(replay_cli::compare(args, common.settings()?)),
        Command::User(UserCommand::Password(args)) => with_runtime(admin::password(args, common.settings()?)),
        Command::User(UserCommand::List(args)) => with_runtime(admin::list(args, common.settings()?)),
    }
}

fn with_runtime(work: impl Future<Output = Result<(), CliError>>) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| CliError::Failed(error.into()))?;
    let result = runtime.block_on(work);
    // A thread that hangs in the system must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    result
}

impl Common {
    /// Defaults, `under`, and the flags of the user: neither file nor environment.
    pub fn only_flags(&self, under: Vec<(String, String)>) -> Result<Settings, Mistakes> {
        let flags = under.into_iter().chain(self.set.iter().cloned()).collect();
        config::load(&Layers { flags, ..Layers::default() })
    }

    /// All layers.
    pub fn settings(&self) -> Result<Settings, Mistakes> {
        let usual = PathBuf::from("config/carillon.toml");
        let file = self.config.clone().or_else(|| usual.is_file().then_some(usual));
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let flags = self.set.clone();
        let mut settings = config::load(&Layers { file: file.as_deref(), environment, flags })?;
        for folder in [&mut settings.folders.sounds, &mut settings.folders.dialplans] {
            home::found(folder);
        }
        Ok(settings)
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn settings_can_be_set_on_the_command_line() {
        let cli = Cli::try_parse_from(["carillon", "serve", "--set", "limits.calls=7"]).unwrap();
        assert_eq!(cli.common.set, [("limits.calls".to_owned(), "7".to_owned())]);
        assert!(Cli::try_parse_from(["carillon", "serve", "--set", "limits.calls"]).is_err());
    }
}
