//! Commands that work on the store, beside a running server or without one.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::cli::CliError;
use super::home;
use crate::base::Instant;
use crate::config::Settings;
use crate::net::clock::Clock;
use crate::store::center::{self, CenterModel, Password, Plan};
use crate::store::{Store, StoreError, StoreSettings, private};

/// A password shorter than this is refused.
const PASSWORD_MIN: usize = 8;

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

/// The store of the settings, with its folder.
pub async fn open(settings: &Settings) -> Result<Store, CliError> {
    private::make_folder(&settings.folders.data)
        .map_err(|error| anyhow::anyhow!("{}: {error}", settings.folders.data.display()))?;
    let store = Store::open(&StoreSettings::new(&settings.store_url())).await;
    store.map(|store| store.patient()).map_err(|error| CliError::Failed(error.into()))
}

/// A center file, or every mistake in it with its line.
pub fn read_center(path: &Path) -> Result<CenterModel, Vec<String>> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| vec![unread(&name, &error)])?;
    center::read(&text).map_err(|mistakes| mistakes.iter().map(|mistake| mistake.in_file(&name)).collect())
}

fn unread(name: &str, error: &std::io::Error) -> String {
    let example = home::find().map(|home| home.join("config/demo-center.toml").display().to_string());
    match (error.kind(), example) {
        (std::io::ErrorKind::NotFound, Ok(example)) => {
            format!("{name}: there is no such file; {example} is an example")
        }
        _ => format!("{name}: {error}"),
    }
}

/// What a center without anybody wants.
pub const EMPTY: &str = "nothing is set up yet. A center file says who works and which numbers lead where: \
    `carillon apply FILE` (config/demo-center.toml is an example), then `carillon user password NAME` for whoever \
    signs in, then `carillon serve`. `carillon demo` shows a complete center without any of this";

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

/// Gives the version the center has now.
pub async fn apply_plan(store: &Store, plan: &Plan) -> Result<u32, CliError> {
    let ids = store.apply(plan, &author(), now()).await.map_err(refused)?;
    Ok(ids.version)
}

/// Who works on the command line, for the record.
pub fn author() -> String {
    std::env::var("USER").unwrap_or_else(|_| "command line".to_owned())
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
    if password.chars().count() < PASSWORD_MIN {
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

pub fn refused(error: StoreError) -> CliError {
    match error {
        StoreError::Invalid(why) => CliError::Mistakes(why),
        StoreError::Outdated { .. } | StoreError::Changed { .. } => CliError::Mistakes(error.to_string()),
        other => CliError::Failed(other.into()),
    }
}

pub fn now() -> Instant {
    Clock::start().now()
}
