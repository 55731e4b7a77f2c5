//! `carillon check`: settings, sounds, flows and a center file, all mistakes at once, and what the linter
//! says to the center's rules. A warning is told and is no mistake.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::acd::lint::{Doors, Finding, Severity, lint};
use crate::config::Settings;
use crate::server::command::{CliError, Common};
use crate::server::home;
use crate::server::run::center_file::read_center;
use crate::server::run::files::{self, FilesError};
use crate::setup::{self, CenterIds, CenterModel};

#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Center file whose queues the flows must know
    #[arg(value_name = "CENTER.toml", default_value = "config/demo-center.toml")]
    pub center: PathBuf,
    /// Print one JSON object instead of lines
    #[arg(long)]
    pub json: bool,
}

pub fn check(mut args: CheckArgs, common: &Common) -> Result<(), CliError> {
    home::found(&mut args.center);
    let (mut mistakes, mut findings) = (Vec::new(), Vec::new());
    let settings = common.settings().map_err(|found| {
        mistakes.extend(found.0.iter().map(|mistake| format!("{}: {}", mistake.source, mistake.message)));
    });
    let mut doubts = Vec::new();
    if let Ok(settings) = settings {
        findings = check_files(&args, &settings, &mut mistakes);
        doubts = settings.doubts();
    }
    let told = |finding: &Finding| in_file(&args.center, finding);
    let refused = findings.iter().filter(|finding| finding.severity() == Severity::Error);
    mistakes.extend(refused.map(told));
    if args.json {
        let doubts: Vec<_> = doubts.iter().map(|it| json!({"key": it.key(), "message": it.to_string()})).collect();
        println!(
            "{}",
            json!({"ok": mistakes.is_empty(), "mistakes": mistakes, "settings": doubts, "findings": findings})
        );
    } else {
        mistakes.iter().for_each(|mistake| println!("{mistake}"));
        doubts.iter().for_each(|doubt| println!("warning {}: {doubt}", doubt.key()));
        let warnings = findings.iter().filter(|finding| finding.severity() == Severity::Warning);
        warnings.for_each(|finding| println!("{}", told(finding)));
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

/// With the line of the object in the center file.
fn in_file(file: &Path, finding: &Finding) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let place = &finding.place;
    let (line, column) = setup::locate(&text, &[place.kind.word(), &place.key]);
    format!("{}:{line}:{column}: {finding}", file.display())
}

/// What the linter says to the rules of a center; `doors`: the queues that calls get into, where flows are known.
pub fn findings(model: &CenterModel, doors: Option<&Doors>) -> Vec<Finding> {
    lint(&setup::rules_of(model, &CenterIds::default()), doors)
}

fn check_files(args: &CheckArgs, settings: &Settings, mistakes: &mut Vec<String>) -> Vec<Finding> {
    let sounds = match files::load_sounds(&settings.folders.sounds) {
        Ok(sounds) => files::names(&sounds),
        Err(error) => {
            mistakes.push(error.to_string());
            Vec::new()
        }
    };
    let model = read_center(&args.center).map_err(|found| mistakes.extend(found)).ok();
    let folders = &settings.folders;
    let center = model.clone().unwrap_or_default();
    let flows = match files::load_flows(&folders.dialplans, &folders.sounds, &sounds, &center) {
        Ok(flows) => {
            mistakes.extend(flows.waiting.iter().map(ToString::to_string));
            Some(flows)
        }
        Err(FilesError::Flows(found)) => {
            mistakes.extend(found.iter().map(ToString::to_string));
            None
        }
        Err(error) => {
            mistakes.push(error.to_string());
            None
        }
    };
    let Some(model) = model else { return Vec::new() };
    findings(&model, flows.map(|flows| flows.doors(&model)).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_the_line_of_its_object() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        let text = "[center]\n\n[skill.gems]\n\n[queue.vip]\nskills = { gems = 5 }\n[agent.ana]\n";
        std::fs::write(&file, text).unwrap();
        let told: Vec<_> = findings(&setup::read(text).unwrap(), None).iter().map(|f| in_file(&file, f)).collect();
        let name = file.display();
        assert_eq!(
            told,
            [
                format!(
                    "{name}:5:8: warning unreachable_queue: queue vip: no agent could ever serve it, not even fully relaxed"
                ),
                format!("{name}:5:8: warning skill_nobody_has: queue vip: no agent has the skill gems"),
                format!(
                    "{name}:7:8: warning agent_without_queue: agent ana: could not be given a contact of any queue"
                ),
            ]
        );
    }

    #[test]
    fn the_shipped_center_has_no_findings() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = root.join("config/demo-center.toml");
        let model = read_center(&file).unwrap();
        let sounds = files::names(&files::load_sounds(&root.join("sounds")).unwrap());
        let flows = files::load_flows(&root.join("dialplans"), &root.join("sounds"), &sounds, &model).unwrap();
        assert_eq!(findings(&model, Some(&flows.doors(&model))), []);
        let without = Doors::from(["sales".to_owned()]);
        let told: Vec<String> = findings(&model, Some(&without)).iter().map(|it| it.place.to_string()).collect();
        assert_eq!(told, ["queue service", "queue vip"], "nothing overflows into them");
    }
}
