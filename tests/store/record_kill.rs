//! A process that is killed (SIGKILL) fifty times in the middle of writes, rules and an import: what it said was done is
//! done, what rules do is done once, the import goes on where it stood.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use carillon::base::Instant;
use carillon::record::{Asking, People, Record, Role, Who};
use carillon::store::record::{About, Job, JobState, Query, Records, Spec, Step, Worker};
use carillon::store::{Files, PAGE_MAX, Store, StoreSettings};
use serde_json::{Map, Value as Json, json};

use crate::{at, postgres};

const KILLS: u64 = 50;
const KILLS_ON_POSTGRES: u64 = 20;
/// Rows of the table that is taken in meanwhile.
const ROWS: usize = 30_000;
const FOLDER: &str = "CARILLON_TEST_KILL";
const STORE: &str = "CARILLON_TEST_KILL_STORE";
const SAID: &str = "said";

const CASE: &str = r#"
kind = "case"
number = "C-{seq:6}"
title = "{subject}"
[field]
subject = { type = "text", required = true }
owner = { type = "person" }
due = { type = "time" }
[life]
start = "open"
state.open = { kind = "open" }
state.closed = { kind = "done" }
step.close = { from = "open", to = "closed" }
[due]
within = "1h"
[[rule]]
key = "late"
on = "due"
do = [{ tell = "owner" }]
[[rule]]
key = "verify"
on = "entered(closed)"
do = [{ create = "job", set = { subject = "Verify {number}" }, link = "case" }]
"#;
const JOB: &str = "kind = \"job\"\ntitle = \"{subject}\"\n[field]\nsubject = { type = \"text\" }\n\
    case = { type = \"ref\", kind = \"case\" }\n";
const GEAR: &str = "kind = \"gear\"\nnumber = \"G-{seq:6}\"\n[field]\nserial = { type = \"text\", match = true }\n";

struct Everybody;

impl People for Everybody {
    fn is_person(&self, _: &str) -> bool {
        true
    }

    fn is_team(&self, _: &str) -> bool {
        true
    }
}

fn asking(now: Instant) -> Asking<'static> {
    static ZONE: jiff::tz::TimeZone = jiff::tz::TimeZone::UTC;
    Asking {
        who: Who { user: "sam", role: Role::Admin, team: None },
        now,
        zone: &ZONE,
        region: "CN",
        people: &Everybody,
    }
}

fn map(value: Json) -> Map<String, Json> {
    value.as_object().unwrap().clone()
}

#[test]
fn killed_fifty_times_it_did_what_it_said() {
    let folder = tempfile::tempdir().unwrap();
    let settings = StoreSettings::sqlite(&folder.path().join("carillon.db"));
    killed(folder.path(), &settings, KILLS);
}

#[test]
fn killed_it_did_what_it_said_on_postgres() {
    let folder = tempfile::tempdir().unwrap();
    killed(folder.path(), &StoreSettings::new(&postgres::new_database()), KILLS_ON_POSTGRES);
}

fn killed(folder: &Path, settings: &StoreSettings, kills: u64) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let import = runtime.block_on(begun(folder, settings));
    for kill in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "record_kill::the_one_who_is_killed", "--nocapture"])
            .env(FOLDER, folder)
            .env(STORE, &settings.url)
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        // It is at work, and then it dies at another moment each time.
        let before = said(folder).len();
        let begin = std::time::Instant::now();
        while said(folder).len() == before {
            assert!(
                begin.elapsed() < Duration::from_secs(30) && child.try_wait().unwrap().is_none(),
                "it does nothing"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_micros((kill * 7_919) % 60_000));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    runtime.block_on(judged(folder, settings, import, kills));
}

async fn begun(folder: &Path, settings: &StoreSettings) -> i64 {
    let store = Store::open(settings).await.unwrap();
    let records = Records::open(&store, at(0)).await.unwrap();
    let plain = "kind = \"case\"\n[field]\nsubject = { type = \"text\" }\n";
    for (kind, text, over) in [("case", plain, 0), ("job", JOB, 0), ("case", CASE, 1), ("gear", GEAR, 0)] {
        records.publish_kind(kind, text, over, "root", at(0)).await.unwrap();
    }
    let mut table = "serial\n".to_owned();
    (0..ROWS).for_each(|row| writeln!(table, "S-{row:06}").unwrap());
    let (gear, asking) = (records.kind("gear").unwrap(), asking(at(10)));
    let files = Files::new(&folder.join("files"));
    let job = records.begin_import(&gear, "a.csv", table.into_bytes(), None, &files, &asking).await.unwrap();
    let Spec::Import(spec) = job.spec.clone() else { panic!("no import") };
    records.run_import(&job, spec, false, &asking).await.unwrap();
    store.close().await;
    job.id
}

/// What it said was done: `made 17`, `closed 17`.
fn said(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(SAID)).unwrap_or_default();
    // The last line may be half.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(str::to_owned).collect()
}

#[test]
fn the_one_who_is_killed() {
    let (Ok(folder), Ok(url)) = (std::env::var(FOLDER), std::env::var(STORE)) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&StoreSettings::new(&url)).await.unwrap();
        let records = Records::open(&store, at(0)).await.unwrap();
        let folder = Path::new(&folder);
        tokio::join!(write(&records, folder), follow(&records), import(&records, folder));
    });
}

async fn write(records: &Records, folder: &Path) {
    let mut log = std::fs::File::options().create(true).append(true).open(folder.join(SAID)).unwrap();
    let mut say = |word: &str, id: i64| log.write_all(format!("{word} {id}\n").as_bytes()).unwrap();
    for nth in 0_u32.. {
        let body = map(json!({"subject": format!("case {nth}"), "owner": "ana"}));
        let case = records.create("case", &body, About::default(), &asking(at(10))).await.unwrap();
        say("made", case.id);
        if nth % 3 == 0 {
            let step = Step { key: "close", version: None };
            records.step("case", case.id, step, &Map::new(), &asking(at(20))).await.unwrap();
            say("closed", case.id);
        }
    }
}

/// Two hours later: everything that is open is late.
async fn follow(records: &Records) {
    loop {
        if records.follow_rules(&asking(at(7_300))).await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn import(records: &Records, folder: &Path) {
    if let Some(job) = records.job_at_work().await.unwrap() {
        drive(records, folder, job).await;
    }
}

async fn drive(records: &Records, folder: &Path, job: Job) {
    let mut worker = Worker::open(job, &Files::new(&folder.join("files")), "CN").await.unwrap();
    while worker.step(records, &asking(at(30))).await.unwrap() {}
}

async fn judged(folder: &Path, settings: &StoreSettings, import: i64, kills: u64) {
    let store = Store::open(settings).await.unwrap();
    let records = Records::open(&store, at(0)).await.unwrap();
    self::import(&records, folder).await;
    while records.follow_rules(&asking(at(7_300))).await.unwrap() > 0 {}

    let cases: BTreeMap<i64, Record> = all(&records, "case").await.into_iter().map(|it| (it.id, it)).collect();
    let said = said(folder);
    assert!(said.len() as u64 >= kills, "{}", said.len());
    for line in &said {
        let (word, id) = line.split_once(' ').unwrap();
        let case = cases.get(&id.parse().unwrap()).unwrap_or_else(|| panic!("{line}, and it is not there"));
        assert!(word == "made" || case.state.as_deref() == Some("closed"), "{line}");
    }
    let numbers: BTreeSet<String> = cases.values().map(|it| it.number.clone().unwrap()).collect();
    let expected: BTreeSet<String> = (1..=cases.len()).map(|n| format!("C-{n:06}")).collect();
    assert_eq!(numbers, expected, "no number is left out, none is there twice");

    // Each open one was told once; each closed one has one job, and was told once at most.
    let mut told: BTreeMap<i64, usize> = BTreeMap::new();
    let mut before = None;
    loop {
        let (notices, next, _) = records.notices("ana", before, PAGE_MAX).await.unwrap();
        notices.iter().for_each(|it| *told.entry(it.record).or_default() += 1);
        before = next;
        if before.is_none() {
            break;
        }
    }
    let mut jobs: BTreeMap<i64, usize> = BTreeMap::new();
    for job in all(&records, "job").await {
        *jobs.entry(job.fields["case"].plain().parse().unwrap()).or_default() += 1;
    }
    for (id, case) in &cases {
        let is_closed = case.state.as_deref() == Some("closed");
        let (told, jobs) = (told.get(id).copied().unwrap_or(0), jobs.get(id).copied().unwrap_or(0));
        assert_eq!(jobs, usize::from(is_closed), "{case:?}");
        assert!(told == 1 || is_closed && told == 0, "told {told} times: {case:?}");
    }

    let job = records.job("gear", import).await.unwrap();
    assert_eq!((job.state, job.counts.made), (JobState::Done, ROWS as u64));
    let query = Query { limit: 1, sort: "-id".into(), ..Query::default() };
    let last = records.list(&records.kind("gear").unwrap(), &query, &asking(at(50))).await.unwrap();
    assert_eq!(last.records[0].number, Some(format!("G-{ROWS:06}")), "each row once");
    store.close().await;
}

async fn all(records: &Records, kind: &str) -> Vec<Record> {
    let stored = records.kind(kind).unwrap();
    let mut query = Query { sort: "id".into(), limit: PAGE_MAX, is_uncounted: true, ..Query::default() };
    let mut found = Vec::new();
    loop {
        let page = records.list(&stored, &query, &asking(at(8_000))).await.unwrap();
        found.extend(page.records);
        query.after = page.next;
        if query.after.is_none() {
            return found;
        }
    }
}
