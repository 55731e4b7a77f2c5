//! What commands have in common: flags that lead to settings, the store of these settings, and an error that
//! leads to an exit code.

use std::path::PathBuf;

use clap::Args;

use super::home;
use crate::base::Instant;
use crate::config::{self, Layers, Mistakes, Settings};
use crate::net::clock::Clock;
use crate::setup::Plan;
use crate::store::{Store, StoreError, StoreSettings, private};

pub const FAILED: u8 = 1;
pub const MISTAKES: u8 = 3;

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
    pub fn code(&self) -> u8 {
        match self {
            Self::Settings(_) | Self::Mistakes(_) => MISTAKES,
            Self::Failed(_) => FAILED,
        }
    }
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

/// The store of the settings, with its folder.
pub async fn open(settings: &Settings) -> Result<Store, CliError> {
    private::make_folder(&settings.folders.data)
        .map_err(|error| anyhow::anyhow!("{}: {error}", settings.folders.data.display()))?;
    let store = Store::open(&StoreSettings::new(&settings.store_url())).await;
    store.map(|store| store.patient()).map_err(|error| CliError::Failed(error.into()))
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
