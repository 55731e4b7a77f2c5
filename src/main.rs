//! The program `carillon`: see `carillon --help`, and [`carillon::server::cli`] for what is behind it.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    carillon::server::cli::run(carillon::server::cli::Cli::parse())
}
