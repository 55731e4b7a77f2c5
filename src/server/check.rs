//! `carillon check`: settings, sounds, flows and a center file, all mistakes at once.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::cli::{CliError, Common};
use super::files::{self, FilesError};
use crate::config::Settings;

#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Center file whose queues the flows must know
    #[arg(value_name = "CENTER.toml", default_value = "config/demo-center.toml")]
    pub center: PathBuf,
    /// Print one JSON object instead of lines
    #[arg(long)]
    pub json: bool,
}

pub fn check(args: &CheckArgs, common: &Common) -> Result<(), CliError> {
    let mut mistakes = Vec::new();
    let settings = common.settings().map_err(|found| {
        mistakes.extend(found.0.iter().map(|mistake| format!("{}: {}", mistake.source, mistake.message)));
    });
    if let Ok(settings) = settings {
        check_files(args, &settings, &mut mistakes);
    }
    if args.json {
        println!("{}", json!({"ok": mistakes.is_empty(), "mistakes": mistakes}));
    } else {
        mistakes.iter().for_each(|mistake| println!("{mistake}"));
    }
    match mistakes.len() {
        0 if args.json => Ok(()),
        0 => {
            println!("no mistakes");
            Ok(())
        }
        1 => Err(CliError::Mistakes("1 mistake".to_owned())),
        count => Err(CliError::Mistakes(format!("{count} mistakes"))),
    }
}

fn check_files(args: &CheckArgs, settings: &Settings, mistakes: &mut Vec<String>) {
    let sounds = match files::load_sounds(&settings.folders.sounds) {
        Ok(sounds) => files::names(&sounds),
        Err(error) => {
            mistakes.push(error.to_string());
            Vec::new()
        }
    };
    let queues = match super::admin::read_center(&args.center) {
        Ok(model) => model.queues.keys().map(|key| key.to_string()).collect(),
        Err(found) => {
            mistakes.extend(found);
            Vec::new()
        }
    };
    let folders = &settings.folders;
    match files::load_flows(&folders.dialplans, &folders.sounds, &sounds, queues) {
        Ok(_) => {}
        Err(FilesError::Flows(found)) => mistakes.extend(found.iter().map(ToString::to_string)),
        Err(error) => mistakes.push(error.to_string()),
    }
}
