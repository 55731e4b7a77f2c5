//! What records cost: tables taken in, lists, searches, single writes and many at once, with as many tickets as
//! `CARILLON_BENCH_RECORDS` says, on both databases; reads beside the plain statement. See README.md here.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a bench reads the clock")]

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/store/postgres.rs"]
mod postgres;

use std::fmt::Write as _;
use std::str::FromStr as _;
use std::time::{Duration, Instant};

use carillon::base;
use carillon::crm::query_terms;
use carillon::record::{Asking, People, Role, Who, condition};
use carillon::store::record::{About, EditSpec, Job, Query, Records, Spec, Worker};
use carillon::store::{Files, Store, StoreSettings};
use serde_json::{Map, Value as Json, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, SqliteConnection};

/// Tickets unless something else is said.
const TICKETS: usize = 100_000;
const SUBJECTS: [&str; 8] = [
    "手表走时慢 Watch runs slow",
    "项链搭扣松动 Clasp of the necklace is loose",
    "退款未到账 Refund has not arrived",
    "戒指改号 Ring to be resized",
    "发票抬头有误 Wrong name on the invoice",
    "送货改期 Delivery on another day",
    "证书遗失 Certificate lost",
    "手镯有裂纹 Crack in the bangle",
];

struct Everybody;

impl People for Everybody {
    fn is_person(&self, _: &str) -> bool {
        true
    }

    fn is_team(&self, _: &str) -> bool {
        true
    }
}

static ZONE: jiff::tz::TimeZone = jiff::tz::TimeZone::UTC;

fn now() -> base::Instant {
    base::Instant::from_micros(1_795_399_200_000_000)
}

fn asking() -> Asking<'static> {
    let who = Who { user: "sam", role: Role::Supervisor, team: None };
    Asking { who, now: now(), zone: &ZONE, region: "CN", people: &Everybody }
}

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    let whole = std::env::args().any(|argument| argument == "--bench");
    let said = std::env::var("CARILLON_BENCH_RECORDS").ok().and_then(|count| count.parse().ok());
    let tickets = said.unwrap_or(if whole { TICKETS } else { 400 });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    runtime.block_on(run("SQLite", &StoreSettings::sqlite(&folder.path().join("bench.db")), folder.path(), tickets));
    if whole {
        let settings = StoreSettings::new(&postgres::new_database());
        runtime.block_on(run("PostgreSQL", &settings, folder.path(), tickets));
    }
}

/// The same questions, asked by hand.
enum Plain {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Plain {
    async fn open(settings: &StoreSettings) -> Self {
        if settings.url.starts_with("postgres") {
            let options = PgConnectOptions::from_str(&settings.url).expect("its address");
            return Self::Postgres(options.connect().await.expect("a connection"));
        }
        let options = SqliteConnectOptions::from_str(&settings.url).expect("its address");
        Self::Sqlite(options.connect().await.expect("a connection"))
    }

    /// How many rows there are.
    async fn ask(&mut self, sql: &str) -> usize {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(connection) => sqlx::query(sql).fetch_all(connection).await.expect("rows").len(),
            Self::Postgres(connection) => sqlx::query(sql).fetch_all(connection).await.expect("rows").len(),
        }
    }
}

/// Median and the slowest of a hundred.
fn spread(mut all: Vec<Duration>) -> (Duration, Duration) {
    all.sort_unstable();
    let at = |share: usize| all.get((all.len() * share / 100).min(all.len() - 1)).copied().unwrap_or_default();
    (at(50), at(99))
}

fn told(database: &str, what: &str, all: Vec<Duration>, plain: Option<Vec<Duration>>) {
    let (median, late) = spread(all);
    let beside = plain.map_or_else(String::new, |plain| {
        let (plain, _) = spread(plain);
        format!("   plain {plain:>10.2?}   {:>5.2} x", median.as_secs_f64() / plain.as_secs_f64())
    });
    println!("{database:<11} {what:<44} median {median:>10.2?}   p99 {late:>10.2?}{beside}");
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let begin = Instant::now();
    let done = work.await;
    (done, begin.elapsed())
}

async fn run(database: &str, settings: &StoreSettings, folder: &std::path::Path, tickets: usize) {
    let store = Store::open(settings).await.expect("a store");
    let records = Records::open(&store, now()).await.expect("records");
    let files = Files::new(&folder.join("files"));
    taken_in(database, &records, &files, tickets).await;
    let mut plain = Plain::open(settings).await;
    reads(database, &records, &mut plain, tickets).await;
    writes(database, &records).await;
    edited(database, &records, &files).await;
    store.close().await;
}

/// A table of tickets, as another system would give it out: looked at, then taken.
async fn taken_in(database: &str, records: &Records, files: &Files, tickets: usize) {
    let mut table = "subject,type,priority,description\n".to_owned();
    for nth in 0..tickets {
        let subject = SUBJECTS[nth % SUBJECTS.len()];
        let (kind, priority) =
            (["request", "complaint", "fault"][nth % 3], ["low", "normal", "high", "urgent"][nth % 4]);
        let _ =
            writeln!(table, "{subject} {nth},{kind},{priority},\"Number {nth}: said on the telephone, 客户来电反映\"");
    }
    let ticket = records.kind("ticket").expect("tickets");
    let job = records.begin_import(&ticket, "a.csv", table.into_bytes(), None, files, &asking()).await.expect("a job");
    let Spec::Import(spec) = job.spec.clone() else { return };
    for (dry, what) in [(true, "import, looked at"), (false, "import, taken")] {
        let job = records.job("ticket", job.id).await.expect("the job");
        let job = records.run_import(&job, spec.clone(), dry, &asking()).await.expect("it begins");
        let ((), took) = timed(drive(records, files, job)).await;
        println!("{database:<11} {what:<44} {:>10.0} rows/s", tickets as f64 / took.as_secs_f64());
    }
}

async fn drive(records: &Records, files: &Files, job: Job) {
    let mut worker = Worker::open(job, files, "CN").await.expect("a worker");
    while worker.step(records, &asking()).await.expect("a slice") {}
}

async fn reads(database: &str, records: &Records, plain: &mut Plain, tickets: usize) {
    let ticket = records.kind("ticket").expect("tickets");
    let of = |text: &str| condition(&ticket.kind, text, &asking().who).expect("a condition");
    let list = |conditions: Vec<_>, sort: &str| Query { conditions, sort: sort.into(), limit: 50, ..Query::default() };
    let two = list(vec![of("state == 'open'"), of("priority in ['high', 'urgent']")], "due");
    let all = "SELECT * FROM record_ticket WHERE deleted IS NULL";
    for (what, query, sql) in [
        (
            "list, two filters and an order",
            two,
            format!("{all} AND state = 'open' AND priority IN ('high', 'urgent') ORDER BY due, id LIMIT 51"),
        ),
        ("list, newest first", list(Vec::new(), "-created"), format!("{all} ORDER BY created DESC, id DESC LIMIT 51")),
    ] {
        let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            let (found, took) = timed(records.list(&ticket, &query, &asking())).await;
            assert!(!found.expect("a page").records.is_empty());
            ours.push(took);
            let (found, took) = timed(plain.ask(&sql)).await;
            assert!(found > 0);
            by_hand.push(took);
        }
        told(database, what, ours, Some(by_hand));
    }
    for (what, words) in [
        ("search, two Chinese letters", "裂纹".to_owned()),
        ("search, a word and a number", format!("slow {}", tickets / 16 * 8)),
    ] {
        let mut ours = Vec::new();
        for _ in 0..20 {
            let query = Query { words: query_terms(&words, "CN"), limit: 50, ..Query::default() };
            let (found, took) = timed(records.list(&ticket, &query, &asking())).await;
            assert!(!found.expect("a page").records.is_empty(), "{words}");
            ours.push(took);
        }
        told(database, what, ours, None);
    }
    let mut ours = Vec::new();
    let mut by_hand = Vec::new();
    for nth in 0..200_usize {
        let id = i64::try_from(nth * tickets / 200 + 1).unwrap_or(1);
        let (found, took) = timed(records.record(&ticket, id, &asking())).await;
        found.expect("a record");
        ours.push(took);
        let (_, took) = timed(plain.ask(&format!("{all} AND id = {id}"))).await;
        by_hand.push(took);
    }
    told(database, "one record with its lines", ours, Some(by_hand));
}

async fn writes(database: &str, records: &Records) {
    let map = |value: Json| -> Map<String, Json> { value.as_object().cloned().unwrap_or_default() };
    let (mut made, mut changed) = (Vec::new(), Vec::new());
    for nth in 0..200 {
        let body = map(json!({"subject": format!("One more {nth}"), "type": "request"}));
        let (record, took) = timed(records.create("ticket", &body, About::default(), &asking())).await;
        made.push(took);
        let id = record.expect("a record").id;
        let body = map(json!({"priority": "high"}));
        changed.push(timed(records.change("ticket", id, None, &body, &asking())).await.1);
    }
    told(database, "one record made", made, None);
    told(database, "one record changed", changed, None);
}

async fn edited(database: &str, records: &Records, files: &Files) {
    let ticket = records.kind("ticket").expect("tickets");
    // Of the first ten thousand.
    let first = condition(&ticket.kind, "number starts 'T-2026-0'", &asking().who).expect("a condition");
    let rest = Query { conditions: vec![first], ..Query::default() };
    let fields = json!({"question": "Asked again"}).as_object().cloned().unwrap_or_default();
    let spec = EditSpec { fields, step: None };
    let begun = records.begin_edit(&ticket, &rest, spec, &asking()).await;
    let Ok(job) = begun else {
        println!("{database:<11} many changed: {begun:?}");
        return;
    };
    let count = job.total.unwrap_or_default();
    let spec = job.spec.clone();
    let job = records.run_job(&job, &spec, false, &asking()).await.expect("it begins");
    let ((), took) = timed(drive(records, files, job)).await;
    println!("{database:<11} {:<44} {took:>10.2?} ({count} records)", "many changed at once");
}
