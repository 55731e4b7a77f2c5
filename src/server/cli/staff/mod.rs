//! `carillon staff`: from a forecast to agents, by the calculators and by simulation of the real rules.

mod forecast;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::acd::Rules;
use crate::acd::erlang::{Input, staff as calculate};
use crate::acd::simulate::{Load, QueueReached, simulate_staff};
use crate::base::QueueId;
use crate::server::command::CliError;
use crate::server::run::center_file::read_center;
use crate::setup::{CenterIds, CenterModel, to_rules};
use forecast::Row;

#[derive(Args, Debug)]
pub struct StaffArgs {
    /// Table of periods: start, queue, calls, aht_s and, if known, patience_s
    #[arg(value_name = "FORECAST.csv")]
    pub forecast: PathBuf,
    /// Simulate these rules besides; their queues then say target and threshold
    #[arg(long, value_name = "CENTER.toml")]
    pub rules: Option<PathBuf>,
    /// Share to be answered in time, 0 to 1; 0.8 unless the rules say another
    #[arg(long, value_parser = share)]
    pub target: Option<f64>,
    /// Seconds within which an answer is in time; 20 unless the rules say otherwise
    #[arg(long, value_parser = seconds)]
    pub within: Option<f64>,
    /// Mean patience in seconds where the table says none; without either nobody gives up
    #[arg(long, value_parser = seconds)]
    pub patience: Option<f64>,
    /// Length of a period in minutes
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(5..=1_440))]
    pub period: u32,
    /// Part of the paid time that is not worked (breaks, training): added to the totals
    #[arg(long, default_value_t = 0.0, value_parser = shrinkage)]
    pub shrinkage: f64,
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

fn number(text: &str, what: &str, good: impl Fn(f64) -> bool) -> Result<f64, String> {
    text.parse::<f64>().ok().filter(|number| good(*number)).ok_or_else(|| what.to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    number(text, "a share lies between 0 and 1, such as 0.8", |it| it > 0.0 && it < 1.0)
}

fn seconds(text: &str) -> Result<f64, String> {
    number(text, "a positive number of seconds", |it| it.is_finite() && it > 0.0)
}

fn shrinkage(text: &str) -> Result<f64, String> {
    number(text, "a part lies between 0 and 0.9", |it| (0.0..=0.9).contains(&it))
}

/// One period with all its queues.
#[derive(Serialize)]
struct Period {
    start: String,
    queues: Vec<QueueNeed>,
    /// Sums over the queues, each staffed alone.
    erlang_c: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    erlang_a: Option<u32>,
    /// Agents for all queues together, under the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    simulated: Option<Simulated>,
}

#[derive(Serialize)]
struct QueueNeed {
    queue: String,
    calls: f64,
    aht_s: f64,
    patience_s: Option<f64>,
    erlangs: f64,
    target: f64,
    within_s: f64,
    erlang_c: Option<Need>,
    /// Where callers have a patience.
    erlang_a: Option<Need>,
    /// With the agents of the whole period.
    #[serde(skip_serializing_if = "Option::is_none")]
    simulated: Option<QueueReached>,
}

#[derive(Serialize)]
struct Need {
    agents: u32,
    service_level: f64,
    occupancy: f64,
}

#[derive(Serialize)]
struct Simulated {
    /// `None`: no number of agents of this mix reaches every target.
    agents: Option<u32>,
}

pub fn staff(args: &StaffArgs) -> Result<(), CliError> {
    let name = args.forecast.display();
    let text = std::fs::read_to_string(&args.forecast).map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
    let in_file = |mistakes: Vec<String>| {
        CliError::Mistakes(mistakes.iter().map(|it| format!("{name}:{it}")).collect::<Vec<_>>().join("\n"))
    };
    let rows = forecast::read(&text).map_err(in_file)?;
    let center = match &args.rules {
        Some(path) => Some(StaffedCenter::read(path)?),
        None => None,
    };
    if let Some(center) = &center {
        let unknown = rows.iter().filter(|row| !center.model.queues.contains(&row.queue));
        let mistakes: Vec<_> =
            unknown.map(|row| format!("{}: the rules have no queue `{}`", row.line, row.queue)).collect();
        if !mistakes.is_empty() {
            return Err(in_file(mistakes));
        }
    }
    let periods = periods(args, &rows, center.as_ref());
    if args.json {
        println!("{}", json!({"period_minutes": args.period, "shrinkage": args.shrinkage, "periods": periods}));
    } else {
        print!("{}", table(args, &periods));
    }
    Ok(())
}

struct StaffedCenter {
    model: CenterModel,
    ids: CenterIds,
    rules: Rules,
}

impl StaffedCenter {
    fn read(path: &std::path::Path) -> Result<Self, CliError> {
        let model = read_center(path).map_err(|mistakes| CliError::Mistakes(mistakes.join("\n")))?;
        let ids = CenterIds::default().completed(&model);
        let rules = to_rules(&model, &ids);
        if rules.agents.is_empty() {
            return Err(CliError::Mistakes(format!("{}: there are no agents to take as a model", path.display())));
        }
        Ok(Self { model, ids, rules })
    }

    fn queue(&self, key: &str) -> Option<QueueId> {
        self.ids.queues.get(key).copied()
    }
}

/// Spread over the cores; the result does not depend on how.
fn periods(args: &StaffArgs, rows: &[Row], center: Option<&StaffedCenter>) -> Vec<Period> {
    let mut groups: Vec<(&str, Vec<&Row>)> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|(start, _)| *start == row.start) {
            Some((_, of_period)) => of_period.push(row),
            None => groups.push((&row.start, vec![row])),
        }
    }
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(groups.len().max(1));
    let work = || {
        let mut done = Vec::new();
        while let Some((start, rows)) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((*start, period(args, start, rows, center)));
        }
        done
    };
    let mut done: Vec<(&str, Period)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        handles.into_iter().flat_map(|handle| handle.join().unwrap_or_default()).collect()
    });
    let place = |start: &str| groups.iter().position(|(known, _)| *known == start);
    done.sort_by_key(|(start, _)| place(start));
    done.into_iter().map(|(_, period)| period).collect()
}

fn period(args: &StaffArgs, start: &str, rows: &[&Row], center: Option<&StaffedCenter>) -> Period {
    let mut queues: Vec<QueueNeed> = rows.iter().map(|row| need(args, row, center)).collect();
    let sum = |needs: Vec<Option<u32>>| needs.into_iter().flatten().fold(0, u32::saturating_add);
    let erlang_c = sum(queues.iter().map(|it| it.erlang_c.as_ref().map(|need| need.agents)).collect());
    let with_patience = queues.iter().any(|it| it.erlang_a.is_some());
    // Where one queue's callers never give up, Erlang C is what the other model says too.
    let best = |it: &QueueNeed| it.erlang_a.as_ref().or(it.erlang_c.as_ref()).map(|need| need.agents);
    let erlang_a = with_patience.then(|| sum(queues.iter().map(best).collect()));
    let simulated = center.map(|center| {
        let loads: Vec<(usize, Load)> =
            queues.iter().enumerate().filter_map(|(ix, it)| Some((ix, load(args, it, center)?))).collect();
        if loads.is_empty() {
            return Simulated { agents: Some(0) };
        }
        let only: Vec<Load> = loads.iter().map(|(_, load)| *load).collect();
        let Some(reached) = simulate_staff(&center.rules, &only, args.seed) else { return Simulated { agents: None } };
        for ((ix, _), of_queue) in loads.iter().zip(&reached.queues) {
            if let Some(queue) = queues.get_mut(*ix) {
                queue.simulated = Some(*of_queue);
            }
        }
        Simulated { agents: Some(reached.agents) }
    });
    Period { start: start.to_owned(), queues, erlang_c, erlang_a, simulated }
}

fn need(args: &StaffArgs, row: &Row, center: Option<&StaffedCenter>) -> QueueNeed {
    let rule = center.and_then(|center| center.model.queues.get(&row.queue));
    let target = args.target.or(rule.map(|it| f64::from(it.service_level_percent) / 100.0)).unwrap_or(0.8);
    let within_s = args.within.or(rule.map(|it| f64::from(it.answer_within_s))).unwrap_or(20.0);
    let patience_s = row.patience_s.or(args.patience);
    let erlangs = row.calls * row.handling_s / (f64::from(args.period) * 60.0);
    let by = |patience: Option<f64>| {
        if row.calls <= 0.0 {
            return Some(Need { agents: 0, service_level: 1.0, occupancy: 0.0 });
        }
        let input = Input { agents: 1, load: erlangs, aht: row.handling_s, patience, lines: None, within: within_s };
        let (agents, output) = calculate(&input, target.clamp(1e-6, 1.0 - 1e-6)).ok()?;
        Some(Need { agents, service_level: output.sl_offered, occupancy: output.occupancy })
    };
    QueueNeed {
        queue: row.queue.clone(),
        calls: row.calls,
        aht_s: row.handling_s,
        patience_s,
        erlangs,
        target,
        within_s,
        erlang_c: by(None),
        erlang_a: patience_s.and_then(|patience| by(Some(patience))),
        simulated: None,
    }
}

fn load(args: &StaffArgs, need: &QueueNeed, center: &StaffedCenter) -> Option<Load> {
    (need.calls > 0.0).then_some(())?;
    Some(Load {
        queue: center.queue(&need.queue)?,
        calls_per_hour: need.calls * 60.0 / f64::from(args.period),
        handling_s: need.aht_s,
        patience_s: need.patience_s,
        target: need.target,
        within_s: need.within_s,
    })
}

fn table(args: &StaffArgs, periods: &[Period]) -> String {
    let width = periods.iter().flat_map(|it| &it.queues).map(|it| it.queue.chars().count()).max().unwrap_or(0).max(8);
    let start = periods.iter().map(|it| it.start.chars().count()).max().unwrap_or(0).max(5);
    let mut text = String::new();
    let head = format!(
        "{:<start$}  {:<width$}  {:>7}  {:>6}  {:>8}  {:>8}  {:>8}  {:>9}  {}\n",
        "start", "queue", "calls", "aht_s", "erlangs", "Erlang C", "Erlang A", "simulated", "answered in time"
    );
    text.push_str(&head);
    let agents = |need: &Option<Need>| need.as_ref().map_or("-".to_owned(), |need| need.agents.to_string());
    for period in periods {
        for (queue, row) in period.queues.iter().zip(0..) {
            let first = if row == 0 { period.start.as_str() } else { "" };
            let reached = queue.simulated.map_or(String::new(), |it| {
                format!("{:.1} % ± {:.1}", it.service_level * 100.0, it.half_width * 100.0)
            });
            let _ = writeln!(
                text,
                "{first:<start$}  {:<width$}  {:>7}  {:>6}  {:>8.2}  {:>8}  {:>8}  {:>9}  {reached}",
                queue.queue,
                queue.calls,
                queue.aht_s,
                queue.erlangs,
                agents(&queue.erlang_c),
                agents(&queue.erlang_a),
                "",
            );
        }
        let simulated = period.simulated.as_ref().map_or("-".to_owned(), |it| match it.agents {
            Some(agents) => with_shrinkage(agents, args.shrinkage).to_string(),
            None => "never".to_owned(),
        });
        let _ = writeln!(
            text,
            "{:<start$}  {:<width$}  {:>7}  {:>6}  {:>8}  {:>8}  {:>8}  {simulated:>9}",
            "",
            "together",
            "",
            "",
            "",
            with_shrinkage(period.erlang_c, args.shrinkage),
            period.erlang_a.map_or("-".to_owned(), |agents| with_shrinkage(agents, args.shrinkage).to_string()),
        );
    }
    text
}

/// So many must be paid for so many to work.
fn with_shrinkage(agents: u32, shrinkage: f64) -> u32 {
    // A hair less, so that 8 / 0.8 stays 10.
    (f64::from(agents) / (1.0 - shrinkage) - 1e-9).ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: StaffArgs,
    }

    fn args(more: &[&str]) -> StaffArgs {
        Line::parse_from(["staff", "forecast.csv"].iter().chain(more)).args
    }

    fn rows(text: &str) -> Vec<Row> {
        forecast::read(text).unwrap()
    }

    #[test]
    fn the_calculators_staff_each_queue_and_the_period() {
        let rows = rows("start,queue,calls,aht_s,patience_s\n09:00,a,100,180,60\n09:00,b,0,180,\n09:30,a,20,180,\n");
        let periods = periods(&args(&[]), &rows, None);
        assert_eq!(periods.len(), 2);
        let (a, b) = (&periods[0].queues[0], &periods[0].queues[1]);
        assert_eq!((a.erlangs, a.erlang_c.as_ref().unwrap().agents), (10.0, 14), "the textbook's example");
        assert!(a.erlang_a.as_ref().unwrap().agents < 14);
        assert_eq!(b.erlang_c.as_ref().unwrap().agents, 0);
        assert!(periods[1].queues[0].erlang_a.is_none() && periods[1].erlang_a.is_none());
        let text = table(&args(&["--shrinkage", "0.3"]), &periods);
        assert!(text.contains("together") && text.contains(" 20 "), "14 / 0.7 is 20: {text}");
        assert_eq!(with_shrinkage(8, 0.2), 10);
    }

    #[test]
    fn the_shipped_example_is_staffed_under_the_demo_center() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let center = StaffedCenter::read(&root.join("config/demo-center.toml")).unwrap();
        let text = std::fs::read_to_string(root.join("config/examples/forecast.csv")).unwrap();
        let mut rows = rows(&text);
        assert!(rows.iter().all(|row| center.model.queues.contains(&row.queue)));
        let first = rows[0].start.clone();
        rows.retain(|row| row.start == first);
        let periods = periods(&args(&[]), &rows, Some(&center));
        let simulated = periods[0].simulated.as_ref().unwrap().agents.unwrap();
        assert!(simulated <= periods[0].erlang_c && simulated > 0, "sharing helps: {simulated}");
        let vip = periods[0].queues.iter().find(|it| it.queue == "vip").unwrap();
        assert_eq!(vip.within_s, 10.0, "as the rules say");
        assert!(vip.simulated.unwrap().service_level >= vip.target);
    }
}
