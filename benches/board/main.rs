//! The wallboard at 200 queues and 2,000 agents: what it costs the control task, and what a page is sent. See
//! README.md here.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a bench reads the clock")]

mod anew;
mod center;
mod day;

use std::time::Duration;

use carillon::base;
use carillon::center::board::{Board, BoardChanges};
use carillon::center::past::PastBoard;
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
        let begin = cpu();
        drop(site.center.board_changes(site.now));
        cpu() - begin
    };
    let spans: Vec<_> = (0..rounds).map(|_| six()).collect();
    row("what six agents changed", &spans);
    let whole = timed(rounds, || drop(site.center.board(site.now)));
    row("the whole board, when asked for by REST", &whole);
    let (rules, board) = (center::rules(), site.center.board(site.now));
    let anew = timed(rounds.min(5), || assert_eq!(anew::ready(&rules, &board)[0], board.queues[0].ready));
    row("every queue looks for every agent in two lists", &anew);
    ratio("of that, what six agents changed", &anew, &spans);
    ratio("of that, the whole board", &anew, &whole);
    let router = center::router(&rules, START);
    let past = timed(rounds, || drop(PastBoard::of(&router, START, START)));
    row("the board of the past", &past);
    let anew = timed(rounds.min(5), || assert_eq!(anew::past(&rules, &router).len(), rules.queues.len()));
    row("every queue asks every agent", &anew);
    ratio("of that, the board of the past", &anew, &past);
}

/// What goes over the wire, and what laying changes over the board costs.
fn bytes(ticks: u32) {
    let mut day = Day::new(START);
    let hub = Hub::new("0f4b7c1e-5d8a-4a53-9a3e-2f9f7d2f6c11".to_owned(), HubSettings::default());
    let mut watcher = hub.watch_board();
    let Board { at, queues, agents, calls_active, .. } = day.board.clone();
    let first = BoardChanges { at, whole: true, queues, agents, calls_active, alerts: Some(Vec::new()) };
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
        let begin = cpu();
        hub.publish_board(changes);
        spans.push(cpu() - begin);
        if let News::Changed(difference) = differs {
            rows += difference.queues.len() + difference.agents.len();
            told += next();
        }
    }
    row("laid over the board and told", &spans);
    let text = serde_json::to_string(&Whole { change: 1, ..feed.whole() }).expect("a board").len() as u64;
    let minute = |bytes: u64| bytes as f64 * f64::from(MINUTE) / f64::from(ticks) / 1e6;
    println!("{:<48} {:>10.1} MB", "a minute of whole boards", text as f64 * f64::from(MINUTE) / 1e6);
    println!("{:<48} {:>10.2} MB", "a minute of differences", minute(told));
    println!("{:<48} {:>10.2} MB", "the whole, once", joined as f64 / 1e6);
    println!("{:<48} {:>10.1}", "rows in a difference", rows as f64 / f64::from(ticks));
}

fn timed(rounds: usize, mut work: impl FnMut()) -> Vec<Duration> {
    let mut span = || {
        let begin = cpu();
        work();
        cpu() - begin
    };
    (0..rounds).map(|_| span()).collect()
}

/// Of this thread.
fn cpu() -> Duration {
    let mut at = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a place for the answer is handed over, and nothing else.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut at) };
    Duration::new(at.tv_sec.unsigned_abs(), u32::try_from(at.tv_nsec).unwrap_or(0))
}

fn middle(spans: &[Duration]) -> f64 {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    spans.get(spans.len() / 2).map_or(0.0, Duration::as_secs_f64)
}

fn ratio(what: &str, before: &[Duration], after: &[Duration]) {
    println!("{what:<48} {:>10.5}", middle(after) / middle(before));
}

fn row(what: &str, spans: &[Duration]) {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    let ms = |at: usize| spans.get(at).map_or(0.0, |span| span.as_secs_f64() * 1e3);
    println!("{what:<48} p50 {:>8.3} ms   max {:>8.3} ms", ms(spans.len() / 2), ms(spans.len().saturating_sub(1)));
}
