//! `carillon recordings`: master keys, and whether recordings are what they were; beside a running server or
//! without one.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::base::InteractionId;
use crate::config::Settings;
use crate::server::command::{CliError, now, open};
use crate::store::Store;
use crate::store::recordings::{Keys, Shelf, SoundError, each_file, is_sealed, rewrap};

#[derive(Subcommand, Debug)]
pub enum RecordingsCommand {
    /// Make a master key: new recordings are sealed with it from now on, those of before stay readable
    NewKey(NewKeyArgs),
    /// Seal the keys of all recordings with the newest master key, so that older ones can be taken out of the file
    Rewrap(RewrapArgs),
    /// Read recordings again and compare them with the sums that were written down
    Verify(VerifyArgs),
}

#[derive(Args, Debug)]
pub struct NewKeyArgs {
    /// What it is called in recordings, such as 2026-11; without it the day of today
    pub id: Option<String>,
}

#[derive(Args, Debug)]
pub struct RewrapArgs {
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// One contact; without it all recordings that are known
    pub interaction: Option<uuid::Uuid>,
    #[arg(long)]
    pub json: bool,
}

pub async fn recordings(command: RecordingsCommand, settings: Settings) -> Result<(), CliError> {
    match command {
        RecordingsCommand::NewKey(args) => new_key(args, &settings),
        RecordingsCommand::Rewrap(args) => rewrap_all(&args, settings).await,
        RecordingsCommand::Verify(args) => verify(args, settings).await,
    }
}

fn new_key(args: NewKeyArgs, settings: &Settings) -> Result<(), CliError> {
    let path = settings.recordings.key_file.as_deref();
    let path =
        path.ok_or_else(|| CliError::Mistakes("recordings.key_file is empty: say where keys are kept".to_owned()))?;
    let today = || jiff::Timestamp::from_microsecond(now().as_micros() as i64).unwrap_or_default();
    let id = args.id.unwrap_or_else(|| today().strftime("%Y-%m-%d").to_string());
    Keys::add(path, &id).map_err(|error| CliError::Mistakes(error.to_string()))?;
    println!(
        "{}: key `{id}` is the newest. Keep a copy of this file in another place: without it nobody hears its recordings.",
        path.display()
    );
    Ok(())
}

fn shelf(settings: &Settings) -> Result<Shelf, CliError> {
    let keys = settings.recordings.key_file.as_deref().map(Keys::open).transpose();
    let keys = keys.map_err(|error| CliError::Mistakes(error.to_string()))?;
    Ok(Shelf { folder: settings.folders.recordings.clone(), keys: keys.map(std::sync::Arc::new) })
}

async fn rewrap_all(args: &RewrapArgs, settings: Settings) -> Result<(), CliError> {
    let (shelf, store) = (shelf(&settings)?, open(&settings).await?);
    let keys = shelf.keys.as_deref();
    let keys = keys.ok_or_else(|| CliError::Mistakes("recordings.key_file is empty: nothing is sealed".to_owned()))?;
    let (mut done, mut before, mut failed) = (Vec::new(), 0u64, Vec::new());
    each_file(&shelf.folder, &mut |path| {
        match if is_sealed(path) { rewrap(path, keys) } else { return Ok(()) } {
            Ok(Some(interaction)) => done.push(interaction),
            Ok(None) => before += 1,
            Err(error) => failed.push(format!("{}: {error}", path.display())),
        }
        Ok(())
    })
    .map_err(|error| CliError::Failed(error.into()))?;
    let (newest, rewrapped) = (keys.now().newest().id().to_owned(), done.len());
    for some in done.chunks(1_000) {
        store.recordings_rewrapped(some, &newest).await.map_err(|error| CliError::Failed(error.into()))?;
    }
    if args.json {
        println!("{}", json!({"key": newest, "rewrapped": rewrapped, "unchanged": before, "failed": failed}));
    } else {
        failed.iter().for_each(|line| println!("{line}"));
        println!("sealed with `{newest}`: {rewrapped} now, {before} before, {} could not be", failed.len());
    }
    match failed.len() {
        0 => Ok(()),
        count => {
            Err(CliError::Failed(anyhow::anyhow!("{count} recordings need a key that is not here, or are damaged")))
        }
    }
}

/// What became of the comparison of one recording.
struct Verdict {
    interaction: InteractionId,
    what: String,
    good: bool,
}

async fn verify(args: VerifyArgs, settings: Settings) -> Result<(), CliError> {
    let (shelf, store) = (shelf(&settings)?, open(&settings).await?);
    let (mut good, mut bad) = (0u64, Vec::new());
    let mut after = None;
    loop {
        let rows = match args.interaction.map(InteractionId) {
            Some(id) => one(&store, id).await?,
            None => page(&store, after).await?,
        };
        for (interaction, path, sha256) in &rows {
            match compare(&shelf, *interaction, path, sha256) {
                Verdict { good: true, .. } => good += 1,
                verdict => bad.push(verdict),
            }
        }
        after = rows.last().map(|(id, ..)| *id);
        if after.is_none() || args.interaction.is_some() {
            break;
        }
    }
    if args.json {
        let told = |it: &Verdict| json!({"interaction": it.interaction.to_string(), "why": it.what});
        println!("{}", json!({"good": good, "bad": bad.iter().map(told).collect::<Vec<_>>()}));
    } else {
        bad.iter().for_each(|it| println!("{}: {}", it.interaction, it.what));
        println!("{good} as they were written, {} not", bad.len());
    }
    if bad.is_empty() {
        Ok(())
    } else {
        Err(CliError::Failed(anyhow::anyhow!("{} recordings are not what was written", bad.len())))
    }
}

type Known = (InteractionId, String, String);

async fn one(store: &Store, id: InteractionId) -> Result<Vec<Known>, CliError> {
    let row = store.recording(id).await.map_err(|error| CliError::Failed(error.into()))?;
    let row = row.filter(|row| row.deleted.is_none());
    let row = row.ok_or_else(|| CliError::Mistakes(format!("no recording is known of {id}")))?;
    Ok(vec![(id, row.path, row.sha256)])
}

async fn page(store: &Store, after: Option<InteractionId>) -> Result<Vec<Known>, CliError> {
    store.kept_recordings(after).await.map_err(|error| CliError::Failed(error.into()))
}

fn compare(shelf: &Shelf, interaction: InteractionId, path: &str, sha256: &str) -> Verdict {
    let found = shelf.open(path, interaction).and_then(|mut sound| sound.sum());
    let (good, what) = match found {
        Ok(sum) if sum == sha256 => (true, String::new()),
        Ok(_) => (false, SoundError::Changed.to_string()),
        Err(error) => (false, error.to_string()),
    };
    Verdict { interaction, what, good }
}
