//! `carillon simulate` and `carillon erlang`: files and threads around the pure simulator and calculators.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::outbound::{self, OutboundArgs};
use crate::acd::erlang::{Input, Output, erlang_b, fill_table, solve, staff};
use crate::acd::simulate::{Replication, Scenario, replicate, run_trace, summarise};

/// Run a scenario, or a trace of calls, through the router under a virtual clock.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct SimulateArgs {
    #[command(subcommand)]
    pub side: Option<SimulatedSide>,
    /// The scenario (JSON).
    #[arg(required_unless_present = "trace", conflicts_with = "trace")]
    pub scenario: Option<PathBuf>,
    /// A trace (JSON lines): print the decision for each call.
    #[arg(long)]
    pub trace: Option<PathBuf>,
    /// Independent runs; the scenario's own number unless given.
    #[arg(long)]
    pub replications: Option<u32>,
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Write here instead of to standard output.
    #[arg(short, long)]
    pub output: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
pub enum SimulatedSide {
    /// Days of a campaign that calls out: the pacer beside other diallers, on the same seeds
    Outbound(OutboundArgs),
}

pub fn simulate(args: &SimulateArgs) -> anyhow::Result<()> {
    if let Some(SimulatedSide::Outbound(args)) = &args.side {
        return outbound::simulate(args);
    }
    if let Some(path) = &args.trace {
        let decisions = run_trace(&read(path)?).with_context(|| path.display().to_string())?;
        let mut text = String::new();
        for decision in decisions {
            text.push_str(&serde_json::to_string(&decision)?);
            text.push('\n');
        }
        return write(args.output.as_deref(), &text);
    }
    let path = args.scenario.as_deref().context("a scenario or --trace is needed")?;
    let scenario = Scenario::parse(&read(path)?).with_context(|| path.display().to_string())?;
    let count = args.replications.unwrap_or(scenario.run.replications).max(1);
    let runs = replicate_all(&scenario, args.seed, count);
    let summary = serde_json::to_string_pretty(&summarise(&scenario, args.seed, &runs))?;
    write(args.output.as_deref(), &format!("{summary}\n"))
}

/// Spreads the replications over the cores; the result does not depend on how.
fn replicate_all(scenario: &Scenario, seed: u64, count: u32) -> Vec<Replication> {
    let next = AtomicU64::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(count as usize);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= u64::from(count) {
                return done;
            }
            // Seeds far apart, so that neighbouring `--seed` values share no replication.
            done.push((at, replicate(scenario, seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(at))));
        }
    };
    let mut runs: Vec<(u64, Replication)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        handles.into_iter().flat_map(|handle| handle.join().unwrap_or_default()).collect()
    });
    runs.sort_by_key(|(at, _)| *at);
    runs.into_iter().map(|(_, run)| run).collect()
}

/// Erlang B, C and A.
#[derive(Args, Debug)]
pub struct ErlangArgs {
    #[command(subcommand)]
    pub command: ErlangCommand,
}

#[derive(Subcommand, Debug)]
pub enum ErlangCommand {
    /// Loss: nobody waits.
    B(Case),
    /// Everybody waits as long as it takes.
    C(Case),
    /// Callers give up (exponential patience).
    A(Case),
    /// The agents that a target needs.
    Staff(Case),
    /// Fill in the computed columns of a table.
    Table {
        input: PathBuf,
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
}

#[derive(Args, Debug)]
pub struct Case {
    #[arg(long)]
    pub agents: Option<u32>,
    /// Offered load in erlangs.
    #[arg(long)]
    pub load: f64,
    /// Mean conversation in seconds.
    #[arg(long, default_value_t = 180.0)]
    pub aht: f64,
    /// Mean patience in seconds.
    #[arg(long)]
    pub patience: Option<f64>,
    /// Waiting lines beyond the agents; without it as many as wanted.
    #[arg(long)]
    pub lines: Option<u32>,
    /// Threshold of the service level in seconds.
    #[arg(long, default_value_t = 20.0)]
    pub within: f64,
    /// Service level to reach (staff).
    #[arg(long, default_value_t = 0.8)]
    pub target: f64,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

impl Case {
    fn input(&self, patience: Option<f64>) -> anyhow::Result<Input> {
        let agents = self.agents.context("--agents is needed")?;
        Ok(Input { agents, load: self.load, aht: self.aht, patience, lines: self.lines, within: self.within })
    }
}

pub fn erlang(args: &ErlangArgs) -> anyhow::Result<()> {
    match &args.command {
        ErlangCommand::B(case) => {
            let agents = case.agents.context("--agents is needed")?;
            let solved = solve(&Input { lines: Some(0), ..case.input(None)? })?;
            let p_block = erlang_b(agents, case.load);
            show(case, json!({ "p_block": p_block, "occupancy": solved.occupancy }))
        }
        ErlangCommand::C(case) => show(case, with_level(&solve(&case.input(None)?)?)?),
        ErlangCommand::A(case) => {
            let patience = case.patience.context("--patience is needed")?;
            show(case, with_level(&solve(&case.input(Some(patience))?)?)?)
        }
        ErlangCommand::Staff(case) => show_staff(case),
        ErlangCommand::Table { input, output } => {
            let filled = fill_table(&read(input)?).with_context(|| input.display().to_string())?;
            write(output.as_deref(), &filled)
        }
    }
}

fn show_staff(case: &Case) -> anyhow::Result<()> {
    let input = Case { agents: Some(1), ..*case }.input(None)?;
    let (agents, reached) = staff(&input, case.target)?;
    let mut value = json!({ "n_erlang_c": agents, "sl_erlang_c": reached.sl_offered });
    if let Some(patience) = case.patience {
        let (agents, reached) = staff(&Input { patience: Some(patience), ..input }, case.target)?;
        value["n_erlang_a"] = json!(agents);
        value["sl_offered_erlang_a"] = json!(reached.sl_offered);
        value["p_abandon_erlang_a"] = json!(reached.p_abandon);
    }
    show(case, value)
}

/// `sl` is the usual name where nobody gives up. What is infinite has no number in JSON: `stable` tells it from
/// what is not known.
fn with_level(output: &Output) -> anyhow::Result<Value> {
    let mut value = serde_json::to_value(output)?;
    value["sl"] = value["sl_offered"].clone();
    value["stable"] = json!(output.mean_wait_s.is_finite());
    Ok(value)
}

fn show(case: &Case, value: Value) -> anyhow::Result<()> {
    if case.json {
        return write(None, &format!("{value}\n"));
    }
    let mut text = String::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        text.push_str(&format!("{name:<20} {value}\n"));
    }
    write(None, &text)
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn write(path: Option<&Path>, text: &str) -> anyhow::Result<()> {
    match path {
        Some(path) => fs::write(path, text).with_context(|| path.display().to_string()),
        None => Ok(std::io::stdout().write_all(text.as_bytes())?),
    }
}
