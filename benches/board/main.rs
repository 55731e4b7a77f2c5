//! The wallboard at 200 queues and 2,000 agents: what it costs the control task, and what a page is sent. See
//! README.md here.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a bench reads the clock")]

mod center;
mod day;

use std::time::{Duration, Instant};

use carillon::base;
use carillon::center::board::{Board, BoardChanges};
use carillon::cti::{Feed, Hub, HubSettings, News, Whole};

use center::Site;
use day::Day;

const START: base::Instant = base::Instant::from_micros(1_790_000_000_000_000);
const TICK: Duration = Duration::from_millis(250);
const MINUTE: u32 = 240;

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    let whole = std::env::args().any(|argument| argument == "--bench");
    cost(if whole { 50 } else { 1 });
    bytes(if whole { 5 * MINUTE } else { 2 });
}

/// What the control task does for the board.
fn cost(rounds: usize) {
    let mut site = Site::new();
    row("who serves what, and the first board", &timed(1, || drop(site.center.board_changes(site.now))));
    let mut away = false;
    let mut six = || {
        away = !away;
        (1..=6).for_each(|agent| site.change(agent, away));
        let begin = Instant::now();
        drop(site.center.board_changes(site.now));
        begin.elapsed()
    };
    let spans: Vec<_> = (0..rounds).map(|_| six()).collect();
    row("what six agents changed", &spans);
    row("the whole board, when asked for by REST", &timed(rounds, || drop(site.center.board(site.now))));
}

/// What goes over the wire, and what laying changes over the board costs.
fn bytes(ticks: u32) {
    let mut day = Day::new(START);
    let hub = Hub::new("0f4b7c1e-5d8a-4a53-9a3e-2f9f7d2f6c11".to_owned(), HubSettings::default());
    let mut watcher = hub.watch_board();
    let Board { at, queues, agents, calls_active } = day.board.clone();
    let first = BoardChanges { at, whole: true, queues, agents, calls_active };
    let mut feed = Feed::default();
    drop(feed.take(first.clone()));
    hub.publish_board(first);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut next = || runtime.block_on(watcher.next(&hub)).len() as u64;
    let joined = next();
    let (mut told, mut spans, mut rows) = (0, Vec::new(), 0);
    for tick in 1..=ticks {
        let changes = day.until(START + TICK * tick);
        let differs = feed.take(changes.clone());
        let begin = Instant::now();
        hub.publish_board(changes);
        spans.push(begin.elapsed());
        if let News::Changed(difference) = differs {
            rows += difference.queues.len() + difference.agents.len();
            told += next();
        }
    }
    row("laid over the board and told", &spans);
    let text = serde_json::to_string(&Whole { change: 1, ..feed.whole() }).expect("a board").len() as u64;
    let minute = |bytes: u64| bytes as f64 * f64::from(MINUTE) / f64::from(ticks) / 1e6;
    println!("{:<44} {:>10.1} MB", "a minute of whole boards", text as f64 * f64::from(MINUTE) / 1e6);
    println!("{:<44} {:>10.2} MB", "a minute of differences", minute(told));
    println!("{:<44} {:>10.2} MB", "the whole, once", joined as f64 / 1e6);
    println!("{:<44} {:>10.1}", "rows in a difference", rows as f64 / f64::from(ticks));
}

fn timed(rounds: usize, mut work: impl FnMut()) -> Vec<Duration> {
    let mut span = || {
        let begin = Instant::now();
        work();
        begin.elapsed()
    };
    (0..rounds).map(|_| span()).collect()
}

fn row(what: &str, spans: &[Duration]) {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    let ms = |at: usize| spans.get(at).map_or(0.0, |span| span.as_secs_f64() * 1e3);
    println!("{what:<44} p50 {:>8.3} ms   max {:>8.3} ms", ms(spans.len() / 2), ms(spans.len().saturating_sub(1)));
}
