//! `carillon import`: records from files, beside a running server or without one.

use std::fs::File;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::acd;
use crate::config::Settings;
use crate::server::command::{CliError, apply_plan, now, open};
use crate::server::run::center_file::EMPTY;
use crate::setup::holiday_years;
use crate::store::{self, Duplicates, Encoding, ImportError, ImportKind, ImportOptions, decode_calendar};

#[derive(Subcommand, Debug)]
pub enum ImportCommand {
    /// Customers from a CSV file with a header line, in Chinese or English
    Customers(CsvArgs),
    /// Orders of customers who are there already, from a CSV file: order number, date, amount, and the customer's
    /// phone number or e-mail address
    Orders(OrdersArgs),
    /// Closed days of opening hours from an iCalendar file: its all-day events of this year and the four after it
    Holidays(HolidaysArgs),
}

#[derive(Args, Debug)]
pub struct HolidaysArgs {
    /// Key of the opening hours
    #[arg(value_name = "HOURS")]
    pub hours: String,
    #[arg(value_name = "FILE.ics")]
    pub file: PathBuf,
    /// Show the plan and change nothing
    #[arg(long)]
    pub plan: bool,
}

#[derive(Args, Debug)]
pub struct OrdersArgs {
    #[command(flatten)]
    pub csv: CsvArgs,
    /// Of amounts that name none: ISO 4217
    #[arg(long, value_name = "CODE")]
    pub currency: Option<String>,
}

#[derive(Args, Debug)]
pub struct CsvArgs {
    #[arg(value_name = "FILE.csv")]
    pub file: PathBuf,
    /// Tell what would happen and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Leave alone what is there already, instead of merging
    #[arg(long)]
    pub skip_duplicates: bool,
    /// How national numbers are read, ISO 3166 alpha-2; the center's region unless given
    #[arg(long, value_name = "CC")]
    pub region: Option<String>,
    /// What the file is written in: utf-8, gb18030, windows-1252, shift_jis, big5 and so on; found out unless given
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    pub encoding: Option<Encoding>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

pub async fn import(command: ImportCommand, settings: Settings) -> Result<(), CliError> {
    match command {
        ImportCommand::Customers(args) => csv(ImportKind::Customers, args, None, settings).await,
        ImportCommand::Orders(OrdersArgs { csv: args, currency }) => {
            csv(ImportKind::Orders, args, currency, settings).await
        }
        ImportCommand::Holidays(args) => holidays(args, settings).await,
    }
}

async fn holidays(args: HolidaysArgs, settings: Settings) -> Result<(), CliError> {
    let bytes = std::fs::read(&args.file).with_context(|| args.file.display().to_string())?;
    let store = open(&settings).await?;
    let (mut model, _) = store.center().await.map_err(anyhow::Error::from)?;
    let known: Vec<_> = model.hours.keys().map(str::to_owned).collect();
    let unknown = || {
        let known = if known.is_empty() { EMPTY.to_owned() } else { format!("there are: {}", known.join(", ")) };
        CliError::Mistakes(format!("there are no opening hours `{}`: {known}", args.hours))
    };
    let zone = model.zone_of(&args.hours).ok_or_else(unknown)?;
    let wrong = |error: &dyn std::fmt::Display| CliError::Mistakes(format!("{}: {error}", args.file.display()));
    let read = decode_calendar(&bytes, None, &model.center.region).map_err(|error| wrong(&error))?;
    let days = acd::holidays(&read.text, holiday_years(now(), &zone)).map_err(|error| wrong(&error))?;
    let added = model.hours.get_mut(&args.hours).ok_or_else(unknown)?.close_on(&days);
    let plan = store.plan(model).await.map_err(anyhow::Error::from)?;
    println!("{plan}");
    if !args.plan && added > 0 {
        let version = apply_plan(&store, &plan).await?;
        println!(
            "{added} closed days are new: this is version {version}; a running server takes it over within a second"
        );
    }
    store.close().await;
    Ok(())
}

fn encoding(name: &str) -> Result<Encoding, String> {
    Encoding::named(name).ok_or_else(|| String::from("no encoding has this name: utf-8, gb18030, windows-1252 …"))
}

async fn csv(kind: ImportKind, args: CsvArgs, currency: Option<String>, settings: Settings) -> Result<(), CliError> {
    let file = File::open(&args.file).with_context(|| args.file.display().to_string())?;
    let opened = open(&settings).await?;
    let region = match &args.region {
        Some(region) => region.to_uppercase(),
        None => opened.center().await.map_err(anyhow::Error::from)?.0.center.region,
    };
    let duplicates = if args.skip_duplicates { Duplicates::Skip } else { Duplicates::Merge };
    let currency = currency.map(|code| code.trim().to_ascii_uppercase());
    let options = ImportOptions { region, duplicates, dry_run: args.dry_run, encoding: args.encoding, currency };
    let report = store::import(&opened, kind, file, &options, now()).await;
    opened.close().await;
    let report = report.map_err(|error| match error {
        ImportError::Store(error) => CliError::Failed(error.into()),
        other => CliError::Mistakes(format!("{}: {other}", args.file.display())),
    })?;
    match args.json {
        true => println!("{}", serde_json::to_string(&report).map_err(anyhow::Error::from)?),
        false => println!("{report}"),
    }
    match report.refused {
        0 => Ok(()),
        refused => Err(CliError::Mistakes(format!("{refused} of {} rows were refused", report.rows))),
    }
}
