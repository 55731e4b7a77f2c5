//! Statements for many rows in several shapes, each in a transaction of its own, in turn.

use std::str::FromStr as _;

use carillon::store::{Store, StoreSettings};
use sqlx::postgres::{PgArguments, PgConnectOptions};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions};
use sqlx::{Arguments as _, AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, SqliteConnection};

use crate::{Cost, row};

/// Rows of one transaction, as of a busy writer.
const BATCH: usize = 512;
/// Columns of a table: numbers, then texts.
const TABLES: [(&str, usize, usize); 2] = [("narrow", 2, 3), ("wide", 10, 14)];
/// Rows of one statement with a place for every value.
const PIECES: [usize; 4] = [64, 16, 4, 1];

/// Numbers and texts of one row.
type Cells = (Vec<i64>, Vec<String>);

fn rows(from: usize, ints: usize, texts: usize) -> Vec<Cells> {
    let text = |nth: usize, column: usize| match column {
        0 => format!("018f2f3a-7c1e-7d8a-8a53-{nth:012x}"),
        1 => format!("{{\"agent\":{column},\"words\":\"so \\\"far\\\" {nth}\"}}"),
        _ => format!("text {column} 中文"),
    };
    let row = |nth: usize| {
        let ints = (0..ints).map(|column| i64::try_from(nth * 100 + column).unwrap_or(0) + (1 << 50)).collect();
        (ints, (0..texts).map(|column| text(nth, column)).collect())
    };
    (from..from + BATCH).map(row).collect()
}

fn names(ints: usize, texts: usize) -> Vec<String> {
    let ints = (0..ints).map(|column| format!("i{column}"));
    ints.chain((0..texts).map(|column| format!("t{column}"))).collect()
}

fn table(name: &str, ints: usize, texts: usize) -> String {
    let ints = (0..ints).map(|column| format!("i{column} BIGINT"));
    let columns: Vec<_> = ints.chain((0..texts).map(|column| format!("t{column} TEXT"))).collect();
    format!("CREATE TABLE {name} ({}, PRIMARY KEY (i0))", columns.join(", "))
}

/// `($1, $2), ($3, $4)`, or without the numbers.
fn places(rows: usize, columns: usize, numbered: bool) -> String {
    let place = |at: usize| if numbered { format!("${at}") } else { "?".to_owned() };
    let row = |row: usize| (1..=columns).map(|column| place(row * columns + column)).collect::<Vec<_>>().join(", ");
    (0..rows).map(|at| format!("({})", row(at))).collect::<Vec<_>>().join(", ")
}

fn pieces(rows: &[Cells]) -> Vec<&[Cells]> {
    let (mut left, mut pieces) = (rows, Vec::new());
    while !left.is_empty() {
        let count = PIECES.into_iter().find(|count| *count <= left.len()).unwrap_or(1);
        let (now, later) = left.split_at(count);
        pieces.push(now);
        left = later;
    }
    pieces
}

fn told(database: &str, table: &str, shapes: &[&str], costs: &[Cost], rounds: usize) {
    for (shape, cost) in shapes.iter().zip(costs) {
        row(&format!("{database}, {table}: {shape}"), rounds * BATCH, *cost, costs[0]);
    }
}

pub async fn sqlite(settings: &StoreSettings, rounds: usize) {
    Store::open(settings).await.expect("a database").close().await;
    let options = SqliteConnectOptions::from_str(&settings.url).expect("a url");
    let mut link = options.connect().await.expect("a connection");
    for (name, ints, texts) in TABLES {
        sqlx::query(AssertSqlSafe(table(name, ints, texts))).execute(&mut link).await.expect("a table");
        let shapes = ["$1, $2 …", "?, ? …", "one argument, json_each", "one argument, jsonb_each"];
        let mut costs = [Cost::default(); 4];
        for round in 0..rounds {
            for (shape, cost) in costs.iter_mut().enumerate() {
                let rows = rows((round * shapes.len() + shape) * BATCH, ints, texts);
                let columns = (ints, texts);
                cost.add(match shape {
                    0 => Cost::of(sqlite_places(&mut link, name, columns, &rows, true)).await,
                    1 => Cost::of(sqlite_places(&mut link, name, columns, &rows, false)).await,
                    2 => Cost::of(sqlite_json(&mut link, name, columns, &rows, "json_each")).await,
                    _ => Cost::of(sqlite_json(&mut link, name, columns, &rows, "jsonb_each")).await,
                });
            }
        }
        told("SQLite", name, &shapes, &costs, rounds);
    }
}

async fn sqlite_places(
    link: &mut SqliteConnection,
    table: &str,
    columns: (usize, usize),
    rows: &[Cells],
    numbered: bool,
) {
    let mut transaction = link.begin().await.expect("a transaction");
    let names = names(columns.0, columns.1);
    for piece in pieces(rows) {
        let places = places(piece.len(), names.len(), numbered);
        let sql = format!("INSERT INTO {table} ({}) VALUES {places} ON CONFLICT (i0) DO NOTHING", names.join(", "));
        let mut bound = SqliteArguments::default();
        for (ints, texts) in piece {
            ints.iter().for_each(|value| bound.add(*value).expect("a number"));
            texts.iter().for_each(|value| bound.add(value.as_str()).expect("a text"));
        }
        sqlx::query_with(AssertSqlSafe(sql), bound).execute(&mut *transaction).await.expect("rows");
    }
    transaction.commit().await.expect("a commit");
}

async fn sqlite_json(link: &mut SqliteConnection, table: &str, columns: (usize, usize), rows: &[Cells], each: &str) {
    let mut transaction = link.begin().await.expect("a transaction");
    let names = names(columns.0, columns.1);
    let values: Vec<_> = (0..names.len()).map(|at| format!("value ->> {at}")).collect();
    let sql = format!(
        "INSERT INTO {table} ({}) SELECT {} FROM {each}($1) WHERE true ON CONFLICT (i0) DO NOTHING",
        names.join(", "),
        values.join(", ")
    );
    let mut json = Vec::from(*b"[");
    for (nth, (ints, texts)) in rows.iter().enumerate() {
        json.extend_from_slice(if nth == 0 { b"[" } else { b",[" });
        for (at, value) in ints.iter().enumerate() {
            if at > 0 {
                json.push(b',');
            }
            serde_json::to_writer(&mut json, value).expect("into memory");
        }
        for value in texts {
            json.push(b',');
            serde_json::to_writer(&mut json, value).expect("into memory");
        }
        json.push(b']');
    }
    json.push(b']');
    let mut bound = SqliteArguments::default();
    bound.add(String::from_utf8(json).expect("text")).expect("a text");
    sqlx::query_with(AssertSqlSafe(sql), bound).execute(&mut *transaction).await.expect("rows");
    transaction.commit().await.expect("a commit");
}

pub async fn postgres(settings: &StoreSettings, rounds: usize) {
    let options = PgConnectOptions::from_str(&settings.url).expect("a url");
    let mut link = options.connect().await.expect("a connection");
    for (name, ints, texts) in TABLES {
        sqlx::query(AssertSqlSafe(table(name, ints, texts))).execute(&mut link).await.expect("a table");
        let shapes = ["$1, $2 …", "one array a column, UNNEST"];
        let mut costs = [Cost::default(); 2];
        for round in 0..rounds {
            for (shape, cost) in costs.iter_mut().enumerate() {
                let rows = rows((round * shapes.len() + shape) * BATCH, ints, texts);
                cost.add(match shape {
                    0 => Cost::of(postgres_places(&mut link, name, (ints, texts), &rows)).await,
                    _ => Cost::of(postgres_arrays(&mut link, name, (ints, texts), &rows)).await,
                });
            }
        }
        told("PostgreSQL", name, &shapes, &costs, rounds);
    }
}

async fn postgres_places(link: &mut PgConnection, table: &str, columns: (usize, usize), rows: &[Cells]) {
    let mut transaction = link.begin().await.expect("a transaction");
    let names = names(columns.0, columns.1);
    for piece in pieces(rows) {
        let places = places(piece.len(), names.len(), true);
        let sql = format!("INSERT INTO {table} ({}) VALUES {places} ON CONFLICT (i0) DO NOTHING", names.join(", "));
        let mut bound = PgArguments::default();
        for (ints, texts) in piece {
            ints.iter().for_each(|value| bound.add(*value).expect("a number"));
            texts.iter().for_each(|value| bound.add(value.as_str()).expect("a text"));
        }
        sqlx::query_with(AssertSqlSafe(sql), bound).execute(&mut *transaction).await.expect("rows");
    }
    transaction.commit().await.expect("a commit");
}

async fn postgres_arrays(link: &mut PgConnection, table: &str, columns: (usize, usize), rows: &[Cells]) {
    let mut transaction = link.begin().await.expect("a transaction");
    let names = names(columns.0, columns.1);
    let kind = |at: usize| if at < columns.0 { "BIGINT" } else { "TEXT" };
    let arrays: Vec<_> = (0..names.len()).map(|at| format!("${}::{}[]", at + 1, kind(at))).collect();
    let sql = format!(
        "INSERT INTO {table} ({}) SELECT * FROM UNNEST({}) ON CONFLICT (i0) DO NOTHING",
        names.join(", "),
        arrays.join(", ")
    );
    let mut bound = PgArguments::default();
    for at in 0..columns.0 {
        bound.add(rows.iter().map(|(ints, _)| ints[at]).collect::<Vec<_>>()).expect("numbers");
    }
    for at in 0..columns.1 {
        bound.add(rows.iter().map(|(_, texts)| texts[at].clone()).collect::<Vec<_>>()).expect("texts");
    }
    sqlx::query_with(AssertSqlSafe(sql), bound).execute(&mut *transaction).await.expect("rows");
    transaction.commit().await.expect("a commit");
}
