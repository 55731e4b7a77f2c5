//! What it costs to write rows: a place for every value beside one argument for all rows, on both databases, and
//! the writer as it is. See README.md here.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a bench reads the clock")]

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/store/postgres.rs"]
mod postgres;
mod shapes;
mod writer;

use std::time::{Duration, Instant};

use carillon::store::StoreSettings;

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    let whole = std::env::args().any(|argument| argument == "--bench");
    let rounds = if whole { 40 } else { 1 };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = StoreSettings::sqlite(&folder.path().join("bench.db"));
    runtime.block_on(shapes::sqlite(&sqlite, rounds));
    runtime.block_on(writer::run(&sqlite, folder.path(), rounds));
    if whole {
        let settings = StoreSettings::new(&postgres::new_database());
        runtime.block_on(shapes::postgres(&settings, rounds));
        runtime.block_on(writer::run(&settings, folder.path(), rounds));
    }
}

/// Time on the clock and on the processor.
#[derive(Clone, Copy, Default)]
struct Cost {
    clock: Duration,
    cpu: Duration,
}

impl Cost {
    async fn of<T>(work: impl Future<Output = T>) -> Self {
        let (begin, cpu) = (Instant::now(), cpu());
        work.await;
        Self { clock: begin.elapsed(), cpu: self::cpu() - cpu }
    }

    fn add(&mut self, other: Self) {
        self.clock += other.clock;
        self.cpu += other.cpu;
    }
}

/// Of this process, all threads.
fn cpu() -> Duration {
    let mut at = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a place for the answer is handed over, and nothing else.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut at) };
    Duration::new(at.tv_sec.unsigned_abs(), u32::try_from(at.tv_nsec).unwrap_or(0))
}

fn row(what: &str, rows: usize, cost: Cost, first: Cost) {
    let rows = rows as f64;
    println!(
        "{what:<52} {:>9.0} rows/s {:>7.2} us of CPU a row   {:>5.2} x, CPU {:>5.2} x",
        rows / cost.clock.as_secs_f64(),
        cost.cpu.as_secs_f64() * 1e6 / rows,
        first.clock.as_secs_f64() / cost.clock.as_secs_f64(),
        first.cpu.as_secs_f64() / cost.cpu.as_secs_f64(),
    );
}
