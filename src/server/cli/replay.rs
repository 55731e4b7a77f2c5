//! `carillon replay` and `carillon whatif`: the journal of a store, read beside a running server or
//! without one, and never written.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::acd::what_if::{Question, Side, WhatIf, what_if};
use crate::base::Instant;
use crate::config::Settings;
use crate::server::command::{CliError, now};
use crate::server::run::center_file::read_center;
use crate::setup::{self, rules_of};
use crate::store::{JournalError, ReplayReport, Span, Store, StoreSettings};

/// Which time of which journal.
#[derive(Args, Debug)]
pub struct Journal {
    /// Beginning: RFC 3339, or so long ago as in -10m (s, m, h, d)
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: String,
    /// End, included
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, default_value = "now")]
    pub to: String,
    /// Data folder of the server; as in the settings unless given
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct ReplayArgs {
    #[command(flatten)]
    pub journal: Journal,
}

#[derive(Args, Debug)]
pub struct WhatIfArgs {
    #[command(flatten)]
    pub journal: Journal,
    /// The center as it might have been
    #[arg(long, value_name = "CENTER.toml")]
    pub rules: PathBuf,
    /// Winners and losers listed
    #[arg(long, default_value_t = 10, value_name = "COUNT")]
    pub top: usize,
    /// Of what is drawn: the same seed, the same day
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl Journal {
    fn span(&self) -> Result<Span, CliError> {
        let now = now();
        let time = |text: &str| {
            Instant::read(text, now).ok_or_else(|| CliError::Mistakes(format!("`{text}` is no time: RFC 3339 or -10m")))
        };
        Ok(Span { from: time(&self.from)?, to: time(&self.to)?, most: u64::MAX })
    }

    async fn open(&self, mut settings: Settings) -> Result<Store, CliError> {
        if let Some(data) = &self.data {
            settings.folders.data = data.clone();
        }
        let url = settings.store_url();
        let mut wanted = StoreSettings::new(&url);
        // Nobody waits for an answer on a telephone here.
        wanted.limit = std::time::Duration::from_secs(30);
        Store::open_read_only(&wanted).await.context("the store cannot be read").map_err(CliError::Failed)
    }
}

fn failed(error: JournalError) -> CliError {
    match error {
        JournalError::Backwards | JournalError::NoJournal | JournalError::TooMuch(_) => {
            CliError::Mistakes(error.to_string())
        }
        other => CliError::Failed(other.into()),
    }
}

pub async fn replay(args: ReplayArgs, settings: Settings) -> Result<(), CliError> {
    let span = args.journal.span()?;
    let store = args.journal.open(settings).await?;
    let replay = store.replay(span).await.map_err(failed)?;
    let written_by = store.written_by(span.from, span.to).await.map_err(anyhow::Error::from)?;
    store.close().await;
    let report = ReplayReport::of(&replay, span, written_by);
    match args.journal.json {
        true => println!("{}", serde_json::to_string(&report).map_err(anyhow::Error::from)?),
        false => print!("{}", in_words(&report)),
    }
    match report.mismatches {
        0 => Ok(()),
        count if report.other_program => Err(CliError::Failed(anyhow::anyhow!(
            "{count} mismatches: version {} decides otherwise than version {}, which wrote this journal",
            report.program,
            report.written_by.join(" and "),
        ))),
        count => Err(CliError::Failed(anyhow::anyhow!("{count} mismatches: this is not what really happened"))),
    }
}

fn in_words(report: &ReplayReport) -> String {
    let mut text = format!(
        "from         {}\nto           {}\ninputs       {} (and {} before, from the checkpoint of {})\n\
         decisions    {}\nstarts       {}\ncompared     {}\nmismatches   {}\n",
        report.from.utc(),
        report.to.utc(),
        report.inputs,
        report.warm_up,
        report.began.utc(),
        report.decisions,
        report.starts,
        report.compared,
        report.mismatches,
    );
    for mismatch in &report.first_mismatches {
        text.push_str(&format!("  {} entry {}: {:?}\n", mismatch.at.utc(), mismatch.entry, mismatch.what));
    }
    let other = if report.other_program { " (another one: it may have decided otherwise)" } else { "" };
    text.push_str(&format!("program      {}, journal by {}{other}\n", report.program, report.written_by.join(", ")));
    text.push_str(&format!(
        "outputs hash {}\nstate hash   {} after {} inputs since the start of the server\n",
        report.outputs_hash, report.state_hash, report.inputs_since_start
    ));
    text
}

pub async fn compare(args: WhatIfArgs, settings: Settings) -> Result<(), CliError> {
    let model = read_center(&args.rules).map_err(|mistakes| CliError::Mistakes(mistakes.join("\n")))?;
    let mistakes = setup::check(&model);
    if !mistakes.is_empty() {
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        return Err(CliError::Mistakes(told.join("\n")));
    }
    let span = args.journal.span()?;
    let store = args.journal.open(settings).await?;
    let (_, ids) = store.center().await.map_err(anyhow::Error::from)?;
    let rules = rules_of(&model, &ids);
    let (begin, entries) = store.recorded(span).await.map_err(failed)?;
    store.close().await;
    let question = Question { begin, entries, to: span.to, rules, seed: args.seed, top: args.top, ranges: true };
    let result = what_if(&question);
    match args.journal.json {
        true => println!("{}", serde_json::to_string(&result).map_err(anyhow::Error::from)?),
        false => print!("{}", side_by_side(&result)),
    }
    Ok(())
}

fn percent(part: Option<f64>) -> String {
    part.map_or("-".to_owned(), |part| format!("{:.1} %", part * 100.0))
}

fn seconds(seconds: Option<f64>) -> String {
    seconds.map_or("-".to_owned(), |seconds| format!("{seconds:.1} s"))
}

fn line(key: &str, side: &Side) -> String {
    format!(
        "{key:<24} {:>8} {:>9} {:>10} {:>9} {:>9} {:>9} {:>9}\n",
        side.offered,
        side.answered,
        side.abandoned,
        percent(side.service_level),
        percent(side.abandonment),
        seconds(side.asa_s),
        seconds(Some(side.longest_wait_s)),
    )
}

fn side_by_side(result: &WhatIf) -> String {
    let mut text = format!("{} to {}: {} inputs\n\n", result.from.utc(), result.to.utc(), result.inputs);
    text.push_str(&format!(
        "{:<24} {:>8} {:>9} {:>10} {:>9} {:>9} {:>9} {:>9}\n",
        "", "offered", "answered", "abandoned", "SL (V8)", "aband.", "ASA", "longest"
    ));
    for queue in &result.queues {
        text.push_str(&line(&format!("{} then", queue.key), &queue.then));
        text.push_str(&line(&format!("{} now", queue.key), &queue.now));
    }
    text.push_str(&line("all then", &result.then.side));
    text.push_str(&line("all now", &result.now.side));
    if let Some([short, long]) = &result.now_by_patience {
        text.push_str(&line("  with shortest patience", &short.side));
        text.push_str(&line("  with longest patience", &long.side));
    }
    text.push_str(
        "SL (V8): answered within T / (answered + abandoned - abandoned within S), T and S of the given rules\n",
    );
    let (then, now) = (percent(result.then.occupancy), percent(result.now.occupancy));
    text.push_str(&format!("\noccupancy  {then} then, {now} now\n"));
    text.push_str(&patience(result));
    text.push_str(&format!(
        "\n{} winners, {} losers, {} unchanged (by at least a second, or answered at all)\n",
        result.winners, result.losers, result.unchanged
    ));
    for (name, fates) in [("winners", &result.top_winners), ("losers", &result.top_losers)] {
        if !fates.is_empty() {
            text.push_str(&format!("\ntop {name}\n"));
        }
        for fate in fates {
            let told = |answered: bool, waited: f64| {
                format!("{} after {waited:.1} s", if answered { "answered" } else { "not answered" })
            };
            text.push_str(&format!(
                "  {} {:<16} then {:<28} now {}\n",
                fate.came.utc(),
                fate.queue,
                told(fate.then.answered, fate.then.waited_s),
                told(fate.now.answered, fate.now.waited_s),
            ));
        }
    }
    text
}

fn patience(result: &WhatIf) -> String {
    let patience = &result.patience;
    let (Some(mean), Some(low), Some(high)) = (patience.mean_s, patience.low_s, patience.high_s) else {
        return "patience   not known: nobody gave up, so nobody does now\n".to_owned();
    };
    let mut text = format!(
        "patience   mean {mean:.0} s, with 95 % between {low:.0} and {high:.0} s: exponential by maximum likelihood \
         from {} who gave up and {} who were answered first\n",
        patience.gave_up, patience.censored
    );
    for point in &patience.staying {
        text.push_str(&format!(
            "           {:>5} s: {} still wait (Kaplan-Meier, 95 % between {} and {}); exponential {}\n",
            point.after_s,
            percent(Some(point.part)),
            percent(Some(point.low)),
            percent(Some(point.high)),
            percent(point.exponential),
        ));
    }
    text.push_str(&format!(
        "           {} answered contacts had no conversation then: they got one of their queue's\n",
        result.borrowed_conversations
    ));
    text
}
