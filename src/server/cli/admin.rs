//! Commands that work on the store, beside a running server or without one.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::config::Settings;
use crate::server::command::{CliError, apply_plan, open, refused};
use crate::server::run::center_file::{EMPTY, read_center};
use crate::setup::{CenterModel, PASSWORD_MIN, Password, is_password};

#[derive(Args, Debug)]
pub struct ApplyArgs {
    /// What the center shall be
    #[arg(value_name = "CENTER.toml")]
    pub file: PathBuf,
    /// Show the plan and change nothing
    #[arg(long)]
    pub plan: bool,
    /// Print the plan as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct ExportArgs {
    /// Write here instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct PasswordArgs {
    /// Sign-in name
    pub user: String,
}

#[derive(Args, Debug)]
pub struct ListArgs {
    #[arg(long)]
    pub json: bool,
}

fn nobody(model: &CenterModel, user: &str) -> CliError {
    let names: Vec<&str> = model.users.keys().collect();
    CliError::Mistakes(match names.as_slice() {
        [] => format!("there is no user `{user}`: {EMPTY}"),
        names => format!("there is no user `{user}`; there are: {}", names.join(", ")),
    })
}

pub async fn apply(args: ApplyArgs, settings: Settings) -> Result<(), CliError> {
    let wanted = read_center(&args.file).map_err(|mistakes| CliError::Mistakes(mistakes.join("\n")))?;
    let store = open(&settings).await?;
    let plan = store.plan(wanted).await.map_err(refused)?;
    if args.json {
        println!("{}", json!({"changes": plan.changes, "applied": !args.plan}));
    } else {
        println!("{plan}");
    }
    if !args.plan {
        let version = apply_plan(&store, &plan).await?;
        if !args.json {
            println!("applied: this is version {version}; a running server takes it over within a second");
        }
    }
    store.close().await;
    Ok(())
}

pub async fn export(args: ExportArgs, settings: Settings) -> Result<(), CliError> {
    let store = open(&settings).await?;
    let text = store.export().await.map_err(refused)?;
    match args.output {
        Some(path) => {
            std::fs::write(&path, text).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
        }
        None => std::io::stdout().write_all(text.as_bytes()).map_err(anyhow::Error::from)?,
    }
    store.close().await;
    Ok(())
}

pub async fn password(args: PasswordArgs, settings: Settings) -> Result<(), CliError> {
    let password = read_password()?;
    let store = open(&settings).await?;
    let (mut model, _) = store.center().await.map_err(refused)?;
    let Some(user) = model.users.get_mut(&args.user) else { return Err(nobody(&model, &args.user)) };
    user.password = Some(Password::Plain(password));
    let plan = store.plan(model).await.map_err(refused)?;
    apply_plan(&store, &plan).await?;
    println!(
        "the password of {} is set; a running server takes it over within a second and ends the user's sessions",
        args.user
    );
    store.close().await;
    Ok(())
}

fn read_password() -> Result<String, CliError> {
    if std::io::stdin().is_terminal() {
        eprint!("New password (shown while you type): ");
    }
    let mut text = String::new();
    let read = std::io::stdin().take(1_024).read_to_string(&mut text);
    read.map_err(anyhow::Error::from)?;
    let password = text.lines().next().unwrap_or_default().to_owned();
    if !is_password(&password) {
        return Err(CliError::Mistakes(format!("a password has at least {PASSWORD_MIN} characters")));
    }
    Ok(password)
}

pub async fn list(args: ListArgs, settings: Settings) -> Result<(), CliError> {
    let store = open(&settings).await?;
    let (model, _) = store.center().await.map_err(refused)?;
    let users: Vec<_> = model
        .users
        .iter()
        .map(|(name, user)| json!({"user": name, "name": user.name, "role": user.role, "agent": user.agent}))
        .collect();
    if args.json {
        println!("{}", json!({"users": users}));
    } else {
        if users.is_empty() {
            eprintln!("no users: {EMPTY}");
        }
        for (name, user) in model.users.iter() {
            println!("{name}\t{}\t{:?}\t{}", user.name, user.role, user.agent.as_deref().unwrap_or("-"));
        }
    }
    store.close().await;
    Ok(())
}
