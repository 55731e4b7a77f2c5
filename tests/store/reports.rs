//! Reports: every figure of every one agrees with a plain count on random logs, on both databases; and what people write
//! reads what it may, takes what it may, and changes nothing.

mod log;
mod oracle;

use std::collections::BTreeMap;
use std::time::{Duration, Instant as Clock};

use carillon::base::Instant;
use carillon::report::{Filling, Scope, Shift, read_sql};
use carillon::store::{Cell, OwnDraft, ReportError, ReportLimits, ReportRows, StoreError, reports};
use jiff::tz::TimeZone;

use crate::{World, at, on_both};
use log::{AGENTS, DAY, Log, SPAN};
use oracle::{Asked, answer};

on_both!(
    every_report_agrees_with_a_plain_count,
    an_agent_sees_the_own_rows_only,
    every_view_has_the_columns_that_are_told,
    nothing_but_a_question_reaches_the_database,
    what_got_past_the_guard_would_change_nothing,
    what_takes_too_long_is_stopped,
    of_many_rows_the_first_are_read,
    own_reports_are_kept_and_shared,
);

fn micros(at: Instant) -> i64 {
    i64::try_from(at.as_micros()).unwrap()
}

fn filling(asked: &Asked, numbers: &[(&str, i64)], scope: Scope) -> Filling {
    let mut filled: BTreeMap<String, i64> = numbers.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    for (name, at) in [("from", asked.from), ("to", asked.to), ("now", asked.now)] {
        filled.insert(name.to_owned(), micros(at));
    }
    Filling {
        numbers: filled,
        queue: asked.queue.map(str::to_owned),
        agent: asked.agent.map(str::to_owned),
        clock: Shift::all(&asked.zone, asked.from - Duration::from_secs(DAY), asked.to + Duration::from_secs(DAY)),
        scope,
        rows: 100_000,
    }
}

fn limits() -> ReportLimits {
    ReportLimits { time: Duration::from_secs(20), rows: 100_000 }
}

fn everything() -> Asked {
    let (from, to) = (at(0), at(SPAN + DAY));
    Asked { from, to, now: to, queue: None, agent: None, zone: TimeZone::UTC, number: 0 }
}

/// A text as somebody with this scope asks it.
async fn ask(w: &World, sql: &str, scope: Scope) -> Result<ReportRows, ReportError> {
    let statement = read_sql(sql).unwrap().statement(&filling(&everything(), &[], scope)).unwrap();
    w.store.run_report(&statement, limits()).await
}

fn told(cell: &Cell) -> String {
    match cell {
        Cell::None => "-".into(),
        Cell::Int(value) => value.to_string(),
        Cell::Real(value) => format!("{value:.3}"),
        Cell::Text(text) => text.clone(),
    }
}

fn is_close(a: &Cell, b: &Cell) -> bool {
    let number = |cell: &Cell| match cell {
        Cell::Int(value) => Some(*value as f64),
        Cell::Real(value) => Some(*value),
        Cell::None | Cell::Text(_) => None,
    };
    match (number(a), number(b)) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
        _ => a == b,
    }
}

/// Order is for the eye: where two rows are as good, databases differ.
fn sorted(mut rows: Vec<Vec<Cell>>) -> Vec<Vec<Cell>> {
    let key = |row: &Vec<Cell>| row.iter().filter(|cell| !matches!(cell, Cell::Real(_))).map(told).collect::<Vec<_>>();
    rows.sort_by_key(key);
    rows
}

async fn every_report_agrees_with_a_plain_count(w: World) {
    let log = Log::of(7, 600);
    log.write(&w).await;
    let zones = ["UTC", "Asia/Shanghai", "America/St_Johns", "Europe/Berlin"];
    let (mut compared, mut figures) = (0, 0);
    for (turn, (from, to)) in [(0, SPAN + DAY), (DAY, 9 * DAY), (5 * DAY + 4_000, 6 * DAY + 50)].into_iter().enumerate()
    {
        for report in reports() {
            for (queue, agent) in [(None, None), (Some("support"), None), (None, Some("ben"))] {
                let zone = TimeZone::get(zones[(turn + report.key.len()) % zones.len()]).unwrap();
                let numbers: Vec<(&str, i64)> = report
                    .asked
                    .iter()
                    .map(|it| (it.key.as_str(), if turn == 1 { it.least.max(2) } else { it.usual }))
                    .collect();
                let number = numbers.first().map_or(0, |(_, value)| *value);
                let takes = |name| report.filters.iter().any(|it| serde_json::to_value(it).unwrap() == name);
                let (queue, agent) = (queue.filter(|_| takes("queue")), agent.filter(|_| takes("agent")));
                let asked = Asked { from: at(from), to: at(to), now: at(SPAN), queue, agent, zone, number };
                let question = read_sql(&report.sql).unwrap();
                let statement = question.statement(&filling(&asked, &numbers, Scope::All)).unwrap();
                let read = w.store.run_report(&statement, limits()).await;
                let read = read.unwrap_or_else(|error| panic!("{}: {error}\n{statement}", report.key));
                let (found, expected) = (sorted(read.rows), sorted(answer(&report.key, &log, &asked)));
                assert_eq!(found.len(), expected.len(), "{} {queue:?} {agent:?}: rows", report.key);
                for (found, expected) in found.iter().zip(&expected) {
                    assert_eq!(found.len(), report.columns.len(), "{}", report.key);
                    for (at, (a, b)) in found.iter().zip(expected).enumerate() {
                        let column = &report.columns[at].key;
                        assert!(
                            is_close(a, b),
                            "{} {queue:?} {agent:?} {column}: {a:?}, not {b:?} in {expected:?}",
                            report.key
                        );
                        figures += 1;
                    }
                }
                if !found.is_empty() {
                    let columns: Vec<&str> = report.columns.iter().map(|column| column.key.as_str()).collect();
                    assert_eq!(read.columns, columns, "{}", report.key);
                }
                compared += usize::from(!found.is_empty());
            }
        }
    }
    assert!(compared > 80 && figures > 10_000, "{compared} {figures}");
}

async fn an_agent_sees_the_own_rows_only(w: World) {
    let log = Log::of(8, 150);
    log.write(&w).await;
    let ben = || Scope::Agent("ben".into());
    for (sql, whose) in [
        ("SELECT agent FROM contacts", "ben"),
        ("SELECT agent FROM stays", "ben"),
        ("SELECT agent FROM segments", "ben"),
        ("SELECT agent FROM rings", "ben"),
        ("SELECT agent FROM agent_states", "ben"),
        ("SELECT agent FROM transfers", "ben"),
        ("SELECT agent FROM legs", "ben"),
        ("SELECT agent FROM attempts", "ben"),
        ("SELECT agent FROM agents", "ben"),
        ("SELECT o.agent FROM (SELECT * FROM contacts) o WHERE o.agent IN (SELECT agent FROM contacts)", "ben"),
        ("WITH them AS (SELECT agent FROM contacts UNION ALL SELECT agent FROM rings) SELECT agent FROM them", "ben"),
    ] {
        let read = ask(&w, sql, ben()).await.unwrap();
        assert!(!read.rows.is_empty(), "{sql}");
        assert!(read.rows.iter().all(|row| row == &[Cell::Text(whose.into())]), "{sql}: {:?}", read.rows);
    }
    assert_eq!(ask(&w, "SELECT kind FROM record_steps", ben()).await.unwrap().rows.len(), 0);
    assert_eq!(ask(&w, "SELECT queue FROM queues", ben()).await.unwrap().rows.len(), 3);
    let all = ask(&w, "SELECT DISTINCT agent FROM agents", Scope::All).await.unwrap();
    assert_eq!(all.rows.len(), AGENTS.len());
}

async fn every_view_has_the_columns_that_are_told(w: World) {
    Log::of(9, 60).write(&w).await;
    w.execute(
        "INSERT INTO recordings (interaction, path, duration_ms, bytes, sha256, complete, channels, at)
               SELECT id, 'x', 5000, 7, 'x', 1, 2, started FROM interactions",
    )
    .await;
    for view in carillon::report::VIEWS {
        let read = ask(&w, &format!("SELECT * FROM {}", view.name), Scope::All).await.unwrap();
        let columns: Vec<&str> = view.columns.iter().map(|column| column.name).collect();
        assert_eq!(read.columns, columns, "{}", view.name);
    }
}

async fn nothing_but_a_question_reaches_the_database(w: World) {
    Log::of(10, 20).write(&w).await;
    // What is refused names no row, and whoever asks learns why.
    for sql in ATTACKS {
        assert!(read_sql(sql).is_err(), "{sql}");
    }
    let before = ask(&w, "SELECT COUNT(*) FROM contacts", Scope::All).await.unwrap();
    assert_eq!(before.rows, [[Cell::Int(20)]]);
    // A wrong word is told in the database's own words.
    let wrong = ask(&w, "SELECT nothing_such FROM contacts", Scope::All).await;
    assert!(matches!(&wrong, Err(ReportError::Refused(told)) if told.contains("nothing_such")), "{wrong:?}");
    // Keys of filters are texts whatever stands in them, or refused.
    let question = read_sql("SELECT COUNT(*) FROM contacts WHERE queue = :queue").unwrap();
    for key in ["x' OR '1'='1", "\\", "x\\' OR 1=1 --", "\"", ""] {
        let asked = Filling { queue: Some(key.to_owned()), ..filling(&everything(), &[], Scope::All) };
        assert!(question.statement(&asked).is_err(), "{key}");
    }
}

/// Each of them is more than one question over the documented views.
const ATTACKS: &[&str] = &[
    "",
    "DELETE FROM contacts",
    "UPDATE contacts SET queue = 'x'",
    "INSERT INTO contacts (contact) VALUES ('x')",
    "DROP VIEW report_contacts",
    "CREATE TABLE x (y INTEGER)",
    "SELECT 1; DELETE FROM interactions",
    "SELECT 1; SELECT 2",
    "ATTACH DATABASE '/etc/passwd' AS x",
    "PRAGMA query_only = off",
    "VACUUM INTO '/tmp/x'",
    "SET statement_timeout = 0",
    "COPY interactions TO '/tmp/x'",
    "EXPLAIN SELECT 1",
    "BEGIN",
    "COMMIT",
    "TABLE interactions",
    "SELECT 1 UNION ALL TABLE interactions",
    "SELECT * FROM interactions",
    "SELECT * FROM sessions",
    "SELECT * FROM report_contacts",
    "SELECT * FROM main.interactions",
    "SELECT * FROM public.interactions",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_catalog.pg_shadow",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM \"interactions\"",
    "SELECT * FROM \"Contacts\"",
    "SELECT * FROM contacts JOIN interactions ON true",
    "SELECT * FROM contacts, interactions",
    "SELECT (SELECT COUNT(*) FROM sessions) FROM contacts",
    "SELECT * FROM contacts WHERE EXISTS (SELECT 1 FROM sessions)",
    "SELECT * FROM contacts WHERE contact IN (SELECT digest FROM sessions)",
    "SELECT * FROM contacts WHERE contact IN sessions",
    "SELECT * FROM contacts ORDER BY (SELECT COUNT(*) FROM sessions)",
    "SELECT * FROM contacts LIMIT (SELECT COUNT(*) FROM sessions)",
    "SELECT COUNT(*) OVER (ORDER BY (SELECT COUNT(*) FROM sessions)) FROM contacts",
    "WITH x AS (SELECT * FROM sessions) SELECT * FROM x",
    // A name that is made in one place is not a name in another.
    "WITH sessions AS (SELECT * FROM sessions) SELECT * FROM sessions",
    "SELECT * FROM (WITH sessions AS (SELECT 1 AS digest) SELECT * FROM sessions) x JOIN sessions ON true",
    "WITH contacts AS (SELECT 1 AS x) SELECT * FROM contacts",
    "WITH report_contacts AS (SELECT 1 AS x) SELECT * FROM contacts",
    "WITH a AS (SELECT * FROM b), b AS (SELECT 1 AS x) SELECT * FROM a",
    "WITH x AS (DELETE FROM interactions RETURNING *) SELECT * FROM x",
    "WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x) SELECT COUNT(*) FROM x",
    "SELECT * INTO copied FROM contacts",
    "SELECT * FROM contacts FOR UPDATE",
    "SELECT * FROM pragma_table_info('sessions')",
    "SELECT * FROM json_each('[1]')",
    "SELECT * FROM generate_series(1, 1000000000)",
    "SELECT * FROM pg_ls_dir('/')",
    "SELECT * FROM LATERAL (SELECT 1) x",
    "SELECT * FROM ROWS FROM (pg_ls_dir('/'))",
    "SELECT * FROM contacts TABLESAMPLE SYSTEM (1)",
    "SELECT load_extension('/tmp/x')",
    "SELECT readfile('/etc/passwd')",
    "SELECT writefile('/tmp/x', 'y')",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_catalog.pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT dblink('', 'DELETE FROM interactions')",
    "SELECT pg_sleep(1000)",
    "SELECT pg_terminate_backend(1)",
    "SELECT pg_advisory_lock(1)",
    "SELECT set_config('statement_timeout', '0', false)",
    "SELECT nextval('reports_id_seq')",
    "SELECT query_to_xml('SELECT * FROM sessions', true, true, '')",
    "SELECT zeroblob(1000000000)",
    "SELECT randomblob(1000000000)",
    "SELECT printf('%1000000000d', 1)",
    "SELECT repeat('x', 1000000000)",
    "SELECT group_concat(contact) FROM contacts",
    "SELECT string_agg(contact, ',') FROM contacts",
    "SELECT array_agg(contact) FROM contacts",
    "SELECT caller || caller FROM contacts",
    "SELECT * FROM contacts WHERE caller ~ '(a+)+$'",
    "SELECT * FROM contacts WHERE caller SIMILAR TO 'x'",
    "SELECT 'pg_authid'::regclass",
    "SELECT CAST('interactions' AS regclass)",
    "SELECT ARRAY[1, 2]",
    "SELECT contact COLLATE \"C\" FROM contacts",
    "SELECT current_user",
    "SELECT $1",
    "SELECT ?",
    "SELECT @x",
    "SELECT E'\\'' FROM contacts",
    "SELECT 'a\\''; DELETE FROM interactions --' FROM contacts",
    "SELECT 'it''s' FROM contacts",
    "SELECT $$x$$ FROM contacts",
    "SELECT N'x' FROM contacts",
    "SELECT X'00' FROM contacts",
    "SELECT U&'x' FROM contacts",
    "SELECT 1 AS \"a\"\"b\" FROM contacts",
    "SELECT 1 AS \"a\\\"\" FROM contacts",
    "SELECT `contact` FROM contacts",
    "SELECT [contact] FROM contacts",
    "SELECT * FROM contacts FETCH FIRST 1 ROW WITH TIES",
];

/// The second wall: were the guard to let something through, the connection would not do it.
async fn what_got_past_the_guard_would_change_nothing(w: World) {
    Log::of(11, 20).write(&w).await;
    let attacks = [
        "DELETE FROM interactions",
        "UPDATE interactions SET notes = 'x'",
        "INSERT INTO reports (owner, name, text, shared, at) VALUES ('x', 'x', 'x', 1, 1)",
        "CREATE TABLE x (y INTEGER)",
        "DROP VIEW report_contacts",
    ];
    for sql in attacks {
        let done = w.store.run_report(sql, limits()).await;
        assert!(done.is_err(), "{sql}: {done:?}");
    }
    assert_eq!(ask(&w, "SELECT COUNT(*) FROM contacts", Scope::All).await.unwrap().rows, [[Cell::Int(20)]]);
    assert!(w.store.own_reports("x").await.unwrap().is_empty());
}

async fn what_takes_too_long_is_stopped(w: World) {
    Log::of(12, 300).write(&w).await;
    let sql = "SELECT COUNT(*) FROM contacts a CROSS JOIN contacts b CROSS JOIN contacts c CROSS JOIN contacts d
               CROSS JOIN contacts e WHERE a.talk_us + b.talk_us + c.talk_us + d.talk_us + e.talk_us = 1";
    let statement = read_sql(sql).unwrap().statement(&filling(&everything(), &[], Scope::All)).unwrap();
    let short = ReportLimits { time: Duration::from_millis(300), rows: 10 };
    let begun = Clock::now();
    let done = w.store.run_report(&statement, short).await;
    assert!(matches!(done, Err(ReportError::TooSlow(_))), "{done:?}");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    // The next one is not stopped with it, and other work of the store is none of its business.
    assert_eq!(ask(&w, "SELECT COUNT(*) FROM contacts", Scope::All).await.unwrap().rows, [[Cell::Int(300)]]);
    let (slow, others) = tokio::join!(w.store.run_report(&statement, short), async {
        for _ in 0..50 {
            w.store.ping().await.unwrap();
            w.store.save_interactions(&[crate::call(1, at(1))]).await.unwrap();
        }
    });
    let () = others;
    assert!(matches!(slow, Err(ReportError::TooSlow(_))), "{slow:?}");
}

async fn of_many_rows_the_first_are_read(w: World) {
    Log::of(13, 50).write(&w).await;
    let statement = |sql: &str| {
        let filling = Filling { rows: 20, ..filling(&everything(), &[], Scope::All) };
        read_sql(sql).unwrap().statement(&filling).unwrap()
    };
    let few = ReportLimits { rows: 20, ..limits() };
    let read = w.store.run_report(&statement("SELECT contact FROM contacts ORDER BY started"), few).await.unwrap();
    assert_eq!((read.rows.len(), read.more), (20, true));
    let read = w.store.run_report(&statement("SELECT contact FROM contacts LIMIT 40"), few).await.unwrap();
    assert_eq!((read.rows.len(), read.more), (20, true), "whoever says another limit gets no more");
    let read = w.store.run_report(&statement("SELECT contact FROM contacts LIMIT 7"), few).await.unwrap();
    assert_eq!((read.rows.len(), read.more), (7, false));
    assert_eq!(ask(&w, "SELECT contact FROM contacts", Scope::All).await.unwrap().rows.len(), 50);
}

async fn own_reports_are_kept_and_shared(w: World) {
    let draft = |name: &str, shared| OwnDraft { name: name.into(), sql: "SELECT 1".into(), shared };
    let own = w.store.make_report(draft(" Mine ", false), "sue", at(1)).await.unwrap();
    let shared = w.store.make_report(draft("Ours", true), "sue", at(2)).await.unwrap();
    let id = |key: &str| key.strip_prefix("own-").unwrap().parse::<i64>().unwrap();
    assert_eq!((own.name.as_str(), own.owner.as_str()), ("Mine", "sue"));
    let names = async |user| w.store.own_reports(user).await.unwrap().into_iter().map(|it| it.name).collect::<Vec<_>>();
    assert_eq!(
        (names("sue").await, names("tom").await),
        (vec!["Mine".to_owned(), "Ours".to_owned()], vec!["Ours".to_owned()])
    );
    assert!(matches!(w.store.own_report(id(&own.key), "tom").await, Err(StoreError::NotFound(_))));
    let refused = w.store.change_report(id(&shared.key), draft("Tom's", true), "tom", at(3)).await;
    assert!(matches!(refused, Err(ReportError::NotYours)), "{refused:?}");
    assert!(matches!(w.store.forget_report(id(&shared.key), "tom", false).await, Err(ReportError::NotYours)));
    assert!(matches!(w.store.make_report(draft(" ", false), "sue", at(4)).await, Err(ReportError::Name(_))));
    let changed = w.store.change_report(id(&own.key), draft("New", true), "sue", at(5)).await.unwrap();
    assert_eq!((changed.key.as_str(), changed.name.as_str(), changed.shared), (own.key.as_str(), "New", true));
    w.store.forget_report(id(&shared.key), "admin", true).await.unwrap();
    assert_eq!(names("tom").await, ["New"]);
}
