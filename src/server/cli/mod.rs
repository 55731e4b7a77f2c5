//! The command line.
//!
//! | exit code | meaning |
//! | --- | --- |
//! | 0 | done |
//! | 1 | it failed: an address in use, the store away, an internal error; a replay came to something else |
//! | 2 | the command line is wrong |
//! | 3 | mistakes in settings, flows, center or table; all of them are told |

mod acd;
mod admin;
mod certificate;
mod check;
mod import;
mod memory;
mod outbound;
mod recordings;
mod replay;
mod staff;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::server::command::{CliError, Common};
use crate::server::demo;
use crate::server::run::serve;
use import::ImportCommand;
use recordings::RecordingsCommand;
use token::TokenCommand;

#[derive(Parser, Debug)]
#[command(name = "carillon", version, about = "A contact-center server", max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
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
    Simulate(acd::SimulateArgs),
    /// From a forecast to agents needed, by the calculators and by simulation of the real rules
    Staff(staff::StaffArgs),
    /// Erlang B, C and A: waiting, service level, staffing
    Erlang(acd::ErlangArgs),
    /// Run a time of the journal again and compare it with what really happened
    Replay(replay::ReplayArgs),
    /// A time of the journal under other rules: winners, losers, service level
    #[command(name = "whatif")]
    WhatIf(replay::WhatIfArgs),
    /// Make a self-signed certificate for the local network
    Certificate(certificate::CertificateArgs),
    /// Users who sign in
    #[command(subcommand)]
    User(UserCommand),
    /// Tokens of programs that use the API
    #[command(subcommand)]
    Token(TokenCommand),
    /// Keys that recordings are sealed with, and whether recordings are what they were
    #[command(subcommand)]
    Recordings(RecordingsCommand),
}

#[derive(Subcommand, Debug)]
pub enum UserCommand {
    /// Set the password of a user; it is read from standard input
    Password(admin::PasswordArgs),
    /// List the users
    List(admin::ListArgs),
}

pub fn run(cli: Cli) -> ExitCode {
    memory::give_back();
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
        Command::Simulate(args) => Ok(acd::simulate(&args)?),
        Command::Staff(args) => staff::staff(&args),
        Command::Erlang(args) => Ok(acd::erlang(&args)?),
        Command::Certificate(args) => certificate::certificate(&args, &common.settings()?),
        Command::Token(command) => with_runtime(token::token(command, common.settings()?)),
        Command::Recordings(command) => with_runtime(recordings::recordings(command, common.settings()?)),
        Command::Replay(args) => with_runtime(replay::replay(args, common.settings()?)),
        Command::WhatIf(args) => with_runtime(replay::compare(args, common.settings()?)),
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
