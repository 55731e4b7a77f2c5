//! Records from tables: dirty files, looked at and taken, stopped by a crash and gone on with, taken back.

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use carillon::base::Instant;
use carillon::record::{Asking, People, Role, Value, Who};
use carillon::store::record::{
    About, Counts, Duplicates, EditSpec, ImportSpec, Job, JobState, Query, RecordError, Records, RowHow, Spec, Worker,
};
use carillon::store::{Files, Store, StoreSettings};
use serde_json::{Map, Value as Json, json};

use crate::{World, at, customer, on_both};

on_both!(
    a_dirty_table_is_looked_at_taken_and_taken_back,
    oddities_of_files,
    what_is_there_is_left_updated_or_doubled,
    a_mapping_is_remembered,
    a_job_that_is_dropped_goes_on,
    a_long_dirty_table_in_both_forms,
    what_somebody_changed_since_stays,
    many_are_changed_at_once_and_back
);

const GEAR: &str = r#"
kind = "gear"
number = "A-{seq:4}"
title = "{serial}"
of = "customer"
[field]
serial = { type = "text", required = true, search = true, match = true, name = { en = "Serial number", zh = "序列号" } }
model = { type = "text" }
price = { type = "money", currency = "CNY", name = { en = "Price", zh = "价格" } }
bought = { type = "date", name = { en = "Bought", zh = "购买日期" } }
checked = { type = "time" }
colour = { type = "choice", choices = [{ key = "red", en = "Red", zh = "红" }, "blue"] }
tags = { type = "choices", choices = ["a", "b", "c"] }
ok = { type = "flag" }
owner = { type = "person" }
phone = { type = "phone" }
part_of = { type = "ref", kind = "gear" }
[life]
start = "new"
step.use = { from = "new", to = "used", needs = ["model"] }
step.back = { from = "used", to = "new" }
"#;

struct Everybody;

impl People for Everybody {
    fn is_person(&self, name: &str) -> bool {
        name == "ana" || name == "sam"
    }

    fn is_team(&self, _: &str) -> bool {
        true
    }

    fn person_called(&self, name: &str) -> Option<String> {
        (name == "安娜").then(|| "ana".to_owned()).or_else(|| self.is_person(name).then(|| name.to_owned()))
    }
}

struct Place {
    records: Records,
    files: Files,
    zone: jiff::tz::TimeZone,
}

impl Place {
    async fn new(w: &World) -> Self {
        let records = Records::open(&w.store, at(0)).await.unwrap();
        let place = Self::on(records, w.dir.path());
        place.records.publish_kind(KIND, GEAR, 0, "root", at(0)).await.unwrap();
        place
    }

    fn on(records: Records, folder: &std::path::Path) -> Self {
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        Self { records, files: Files::new(&folder.join("files")), zone }
    }

    fn asking(&self, now: Instant) -> Asking<'_> {
        let who = Who { user: "sam", role: Role::Supervisor, team: None };
        Asking { who, now, zone: &self.zone, region: "CN", people: &Everybody }
    }

    async fn begin(&self, name: &str, bytes: &[u8]) -> Job {
        let stored = self.records.kind(KIND).unwrap();
        let asking = self.asking(at(10));
        self.records.begin_import(&stored, name, bytes.to_vec(), None, &self.files, &asking).await.unwrap()
    }

    async fn run(&self, job: &Job, dry: bool, change: impl FnOnce(&mut ImportSpec)) -> Job {
        let mut spec = import_of(job);
        change(&mut spec);
        let asking = self.asking(at(20));
        let job = self.records.run_import(job, spec, dry, &asking).await.unwrap();
        self.drive(job, usize::MAX).await
    }

    /// So many slices.
    async fn drive(&self, job: Job, slices: usize) -> Job {
        let (kind, id) = (job.kind.clone(), job.id);
        let mut worker = Worker::open(job, &self.files, "CN").await.unwrap();
        for _ in 0..slices {
            if !worker.step(&self.records, &self.asking(at(30))).await.unwrap() {
                break;
            }
        }
        self.records.job(&kind, id).await.unwrap()
    }

    async fn undo(&self, job: &Job) -> Job {
        let job = self.records.undo_job(job, &self.asking(at(40))).await.unwrap();
        self.drive(job, usize::MAX).await
    }

    /// Line, code and column of what is refused.
    async fn refused(&self, job: &Job) -> Vec<(u64, String, String)> {
        let mut found = Vec::new();
        let mut after = 0;
        loop {
            let rows = self.records.job_rows(job, Some(RowHow::Refused), after, 200).await.unwrap();
            for row in rows.rows {
                found.extend(row.mistakes.into_iter().map(|it| (row.line, it.code, it.column)));
            }
            let Some(next) = rows.next else { return found };
            after = next;
        }
    }

    async fn count(&self) -> u32 {
        let stored = self.records.kind(KIND).unwrap();
        let listed = self.records.list(&stored, &Query { limit: 1, ..Query::default() }, &self.asking(at(50))).await;
        listed.unwrap().total
    }

    async fn serials(&self) -> Vec<String> {
        let stored = self.records.kind(KIND).unwrap();
        let query = Query { limit: 200, sort: "id".into(), ..Query::default() };
        let listed = self.records.list(&stored, &query, &self.asking(at(50))).await.unwrap();
        listed.records.into_iter().map(|it| it.title).collect()
    }
}

const KIND: &str = "gear";

fn import_of(job: &Job) -> ImportSpec {
    match &job.spec {
        Spec::Import(spec) => spec.clone(),
        Spec::Edit(_) => panic!("no import"),
    }
}

fn counts(made: u64, changed: u64, skipped: u64, refused: u64) -> Counts {
    Counts { made, changed, skipped, refused, ..Counts::default() }
}

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

fn utf16(text: &str) -> Vec<u8> {
    [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

const DIRTY: &str = "出库清单 2026;;;;;;\n\
    序列号;价格;购买日期;Colour;OK;Phone;Serial number\n\
    S1;1.234,50;2026年1月2日;红;是;138 0013 8000;x\n\
    S2;¥ 99;02.03.2026;BLUE;no;8.61E+12;\n\
    ;5;;;;;\n\
    \"S3\n3\";12,5;2026-02-30;green;vielleicht;021-1234;\n\
    S1;7;;;;;\n\
    S4;=1+1;;;;;;zu viel\n\
    S5;;;;;;\n";

async fn a_dirty_table_is_looked_at_taken_and_taken_back(w: World) {
    let place = Place::new(&w).await;
    let job = place.begin("出库.csv", &gb18030(DIRTY)).await;
    let spec = import_of(&job);
    assert_eq!(spec.encoding.as_deref(), Some("GB18030"));
    assert_eq!(spec.headers.len(), 7);
    let mapping: Vec<_> = spec.mapping.iter().map(Option::as_deref).collect();
    let wanted = [Some("serial"), Some("price"), Some("bought"), Some("colour"), Some("ok"), Some("phone"), None];
    assert_eq!(mapping, wanted, "the second column of one header is left");
    assert_eq!(spec.by, ["serial"]);
    assert_eq!(spec.sample[0][0], "S1");
    let looked = place.run(&job, true, |_| ()).await;
    assert_eq!((looked.state, looked.counts), (JobState::Checked, counts(2, 0, 1, 4)));
    assert_eq!(place.count().await, 0, "nothing was written");
    let refused = place.refused(&looked).await;
    let wanted = [
        (4, "shortened", "Phone"),
        (5, "required", "序列号"),
        (6, "not_a_date", "购买日期"),
        (6, "unknown_choice", "Colour"),
        (6, "not_a_flag", "OK"),
        (6, "not_a_number", "Phone"),
        (9, "too_many_cells", ""),
    ];
    let told: Vec<_> = refused.iter().map(|(line, code, column)| (*line, code.as_str(), column.as_str())).collect();
    assert_eq!(told, wanted);
    let taken = place.run(&looked, false, |_| ()).await;
    assert_eq!((taken.state, taken.counts), (JobState::Done, counts(2, 0, 1, 4)), "as it was told");
    assert_eq!(place.refused(&taken).await, refused);
    assert_eq!(place.serials().await, ["S1", "S5"]);
    let skipped = place.records.job_rows(&taken, Some(RowHow::Skipped), 0, 10).await.unwrap();
    assert_eq!((skipped.rows[0].line, skipped.rows[0].title.as_deref()), (8, Some("S1")), "proposed as the same");
    let stored = place.records.kind(KIND).unwrap();
    let first = skipped.rows[0].record.unwrap();
    let record = place.records.record(&stored, first, &place.asking(at(50))).await.unwrap();
    assert_eq!(record.number.as_deref(), Some("A-0001"));
    for (key, value) in [
        ("price", json!({"amount": "1234.5", "currency": "CNY"})),
        ("bought", json!("2026-01-02")),
        ("colour", json!("red")),
        ("ok", json!(true)),
        ("phone", json!("+8613800138000")),
    ] {
        assert_eq!(record.fields.get(key).map(Value::json), Some(value), "{key}");
    }
    let history = place.records.history(&stored, first, None, 5, &place.asking(at(50))).await.unwrap().0;
    assert_eq!((history.len(), history[0].kind.as_str(), history[0].by.as_str()), (1, "made", "sam"));
    let back = place.undo(&taken).await;
    assert_eq!((back.state, back.counts.back, back.counts.kept), (JobState::Undone, 2, 0));
    assert_eq!(place.count().await, 0);
    let again = place.records.undo_job(&back, &place.asking(at(60))).await;
    assert!(matches!(again, Err(RecordError::JobState)));
}

async fn oddities_of_files(w: World) {
    let place = Place::new(&w).await;
    let plain = "serial,model,tags,owner,checked\nA 1,\"two\nlines, \"\"quoted\"\"\",\"a;b\",安娜,2026-03-01 09:30\nA 2,'=cmd,,,\n";
    let files = [
        ("utf-8 with mark", [b"\xef\xbb\xbf".as_slice(), plain.as_bytes()].concat()),
        ("utf-16", utf16(plain)),
        ("gb18030", gb18030(plain)),
        ("tabs", plain.replace(',', "\t").replace("lines\t", "lines,").into_bytes()),
        ("said", format!("sep=|\r\n{}", plain.replace(',', "|").replace("lines|", "lines,")).into_bytes()),
        ("workbook", workbook()),
    ];
    for (name, bytes) in files {
        let job = place.begin(name, &bytes).await;
        let taken = place.run(&job, false, |spec| spec.by = vec!["serial".into()]).await;
        assert_eq!((taken.state, taken.counts.made, taken.counts.refused), (JobState::Done, 2, 0), "{name}");
        let stored = place.records.kind(KIND).unwrap();
        let rows = place.records.job_rows(&taken, Some(RowHow::Made), 0, 10).await.unwrap().rows;
        let first = place.records.record(&stored, rows[0].record.unwrap(), &place.asking(at(50))).await.unwrap();
        let fields: Vec<_> = ["model", "tags", "owner", "checked"].map(|key| first.fields[key].json()).into();
        let wanted =
            [json!("two lines, \"quoted\""), json!(["a", "b"]), json!("ana"), json!("2026-03-01T01:30:00.000000Z")];
        assert_eq!(fields, wanted, "{name}");
        let second = place.records.record(&stored, rows[1].record.unwrap(), &place.asking(at(50))).await.unwrap();
        assert_eq!(second.fields["model"].json(), json!("=cmd"), "{name}: a text, and as it was");
        assert_eq!(place.undo(&taken).await.counts.back, 2, "{name}");
    }
    let stored = place.records.kind(KIND).unwrap();
    let bomb = bomb();
    for (name, bytes) in [
        ("nothing", b"".as_slice()),
        ("no workbook", b"PK\x03\x04rest"),
        ("a page", b"<html><table><tr><td>serial"),
        ("a bomb", &bomb),
    ] {
        let asking = place.asking(at(10));
        let refused = place.records.begin_import(&stored, name, bytes.to_vec(), None, &place.files, &asking).await;
        assert!(matches!(refused, Err(RecordError::Table(_))), "{name}: {refused:?}");
    }
}

/// The table of [`oddities_of_files`], as a spreadsheet keeps it.
fn workbook() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd hh:mm");
    sheet.write_string(0, 0, "Gear of the year").unwrap();
    for (at, header) in (0..).zip(["serial", "model", "tags", "owner", "checked"]) {
        sheet.write_string(2, at, header).unwrap();
    }
    for (at, cell) in (0..).zip(["A 1", "two\nlines, \"quoted\"", "a;b", "安娜"]) {
        sheet.write_string(3, at, cell).unwrap();
    }
    let when = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 3, 1).unwrap().and_hms(9, 30, 0).unwrap();
    sheet.write_datetime_with_format(3, 4, &when, &format).unwrap();
    sheet.write_string(5, 0, "A 2").unwrap();
    sheet.write_string(5, 1, "'=cmd").unwrap();
    book.save_to_buffer().unwrap()
}

/// A workbook that unpacks to more than a machine has.
fn bomb() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..300 {
        std::io::Write::write_all(&mut archive, &zeros).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

async fn what_is_there_is_left_updated_or_doubled(w: World) {
    let place = Place::new(&w).await;
    w.store.save_customer(None, &customer("王丽", &["13800138000"]), at(0)).await.unwrap();
    let first = "serial,model,customer\nS1,old,138 0013 8000\nS2,old,nobody\nS3,old,王丽\n";
    let taken = place.run(&place.begin("a.csv", first.as_bytes()).await, false, |_| ()).await;
    assert_eq!(taken.counts, counts(2, 0, 0, 1));
    assert_eq!(place.refused(&taken).await[0].1, "unknown_customer");
    let second = "serial,model,part_of\nS1,new,S3\nS3,old,\nS4,new,S1\nS4,newer,\n";
    for (duplicates, expected) in [
        (Duplicates::Skip, counts(1, 0, 3, 0)),
        (Duplicates::Update, counts(1, 2, 1, 0)),
        (Duplicates::Make, counts(4, 0, 0, 0)),
    ] {
        let job = place.begin("b.csv", second.as_bytes()).await;
        let looked = place.run(&job, true, |spec| spec.duplicates = duplicates).await;
        assert_eq!(looked.counts, expected, "{duplicates:?}");
        let taken = place.run(&looked, false, |spec| spec.duplicates = duplicates).await;
        assert_eq!(taken.counts, expected, "{duplicates:?}");
        if duplicates == Duplicates::Update {
            let stored = place.records.kind(KIND).unwrap();
            let rows = place.records.job_rows(&taken, Some(RowHow::Changed), 0, 10).await.unwrap().rows;
            let models = rows.iter().map(|row| row.record.unwrap());
            let mut told = Vec::new();
            for id in models {
                let record = place.records.record(&stored, id, &place.asking(at(50))).await.unwrap();
                told.push((record.title.clone(), record.fields["model"].json()));
            }
            assert_eq!(told, [("S1".into(), json!("new")), ("S4".into(), json!("newer"))]);
        }
        let back = place.undo(&taken).await;
        assert_eq!((back.counts.back, back.counts.kept), (expected.made + expected.changed, 0), "{duplicates:?}");
        assert_eq!(place.serials().await, ["S1", "S3"], "{duplicates:?}");
    }
    // Two say the same by now: a person must say which.
    let one = place.records.create(KIND, &map(json!({"serial": "S1"})), About::default(), &place.asking(at(60))).await;
    one.unwrap();
    let job = place.begin("c.csv", b"serial,model\nS1,x\n").await;
    let taken = place.run(&job, false, |_| ()).await;
    assert_eq!((taken.counts.refused, place.refused(&taken).await[0].1.as_str()), (1, "several_records"));
    let number = place.begin("d.csv", b"number,model\nA-0001,by number\n").await;
    assert_eq!(import_of(&number).by, ["number"]);
    let taken = place.run(&number, false, |spec| spec.duplicates = Duplicates::Update).await;
    assert_eq!(taken.counts, counts(0, 1, 0, 0));
}

fn map(value: Json) -> Map<String, Json> {
    value.as_object().unwrap().clone()
}

async fn a_mapping_is_remembered(w: World) {
    let place = Place::new(&w).await;
    let text = "Which,What\nS1,m\n";
    let job = place.begin("a.csv", text.as_bytes()).await;
    assert_eq!(import_of(&job).mapping, [None, None]);
    let run = async |change: &dyn Fn(&mut ImportSpec)| {
        let mut spec = import_of(&job);
        change(&mut spec);
        place.records.run_import(&job, spec, true, &place.asking(at(20))).await.map(|job| job.state)
    };
    for (mapping, by, wrong) in [
        (vec![None, None], vec![], "mapping"),
        (vec![Some("serial"), Some("serial")], vec![], "mapping.serial"),
        (vec![Some("seriel"), None], vec![], "mapping.seriel"),
        (vec![Some("serial")], vec![], "mapping"),
        (vec![Some("serial"), None], vec!["model"], "by.model"),
        (vec![Some("serial"), Some("tags")], vec!["tags"], "by.tags"),
    ] {
        let said = |spec: &mut ImportSpec| {
            spec.mapping = mapping.iter().map(|key| key.map(str::to_owned)).collect();
            spec.by = by.iter().map(|key| (*key).to_owned()).collect();
        };
        match run(&said).await {
            Err(RecordError::Fields(fields)) => assert_eq!(fields[0].field, wrong),
            other => panic!("{wrong}: {other:?}"),
        }
    }
    let mapping = vec![Some("serial".to_owned()), Some("model".to_owned())];
    let taken = place.run(&job, false, |spec| spec.mapping.clone_from(&mapping)).await;
    assert_eq!(taken.counts.made, 1);
    let next = import_of(&place.begin("b.csv", "which,WHAT\nS2,m\n".as_bytes()).await);
    assert_eq!((next.mapping, next.remembered, next.by), (mapping, true, vec!["serial".to_owned()]));
}

/// `count` rows: every tenth without what it needs, every seventh as the one before.
fn table(count: usize) -> String {
    let mut text = String::from("serial,model,price,bought,phone\n");
    for n in 0..count {
        let serial = if n % 7 == 6 { n - 1 } else { n };
        let phone = if n % 10 == 9 { "8.61E+12".to_owned() } else { format!("138{n:08}") };
        let _ = writeln!(text, "S{serial:06},\"model {n}\",\"1,{:03}.5\",2026/1/{},{phone}", n % 1000, n % 28 + 1);
    }
    text
}

/// What [`table`] becomes: a row that says the same as one that was refused is the first of its kind.
fn expected(count: usize) -> Counts {
    let mut found = Counts::default();
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..count {
        let serial = if n % 7 == 6 { n - 1 } else { n };
        if n % 10 == 9 {
            found.refused += 1;
        } else if seen.insert(serial) {
            found.made += 1;
        } else {
            found.skipped += 1;
        }
    }
    found
}

async fn a_job_that_is_dropped_goes_on(w: World) {
    let place = Place::new(&w).await;
    let job = place.begin("a.csv", table(1_500).as_bytes()).await;
    let job = place.records.run_import(&job, import_of(&job), false, &place.asking(at(20))).await.unwrap();
    let (id, mut left) = (job.id, Some(job));
    let mut pieces = 0;
    while let Some(job) = left.take() {
        // Nothing is carried over but what stands in the store.
        let next = Place::on(Records::open(&w.store, at(0)).await.unwrap(), w.dir.path());
        next.drive(job, 7).await;
        left = next.records.job_at_work().await.unwrap();
        pieces += 1;
    }
    let done = place.records.job(KIND, id).await.unwrap();
    assert!(pieces > 3, "{pieces}");
    assert_eq!((done.state, done.counts, done.total), (JobState::Done, expected(1_500), Some(1_500)));
    let stopped = place.begin("a.csv", table(1_500).as_bytes()).await;
    let spec = ImportSpec { duplicates: Duplicates::Make, ..import_of(&stopped) };
    let job = place.records.run_import(&stopped, spec, false, &place.asking(at(20))).await.unwrap();
    let job = place.drive(job, 2).await;
    let job = place.records.stop_job(&job, at(30)).await.unwrap();
    assert_eq!((job.state, job.place < 1_500), (JobState::Stopped, true));
    let mut worker = Worker::open(Job { state: JobState::Running, ..job.clone() }, &place.files, "CN").await.unwrap();
    assert!(!worker.step(&place.records, &place.asking(at(31))).await.unwrap(), "it was stopped");
    assert_eq!(place.records.job(KIND, id).await.unwrap().place, 1_500);
    let job = place.run(&job, false, |_| ()).await;
    assert_eq!((job.state, job.counts.made), (JobState::Done, 1_350));
}

/// [`table`] as another system gives it out (GB18030, semicolons) and as a workbook, with `CARILLON_TEST_ROWS` rows
/// (2,000 unless that is said): looked at, taken, taken again, taken back.
async fn a_long_dirty_table_in_both_forms(w: World) {
    let rows = std::env::var("CARILLON_TEST_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(2_000);
    let place = Place::new(&w).await;
    let semicolons = table(rows).replace(",\"", ";\"").replace("\",", "\";").replace(",2026/", ";2026/");
    let text: String = semicolons.lines().map(|line| last_comma(line) + "\r\n").collect();
    for (name, bytes) in [("a.csv", gb18030(&text)), ("a.xlsx", long_workbook(rows))] {
        let job = place.begin(name, &bytes).await;
        let begin = std::time::Instant::now();
        let looked = place.run(&job, true, |_| ()).await;
        let (looking, begin) = (begin.elapsed(), std::time::Instant::now());
        assert_eq!((looked.state, looked.counts), (JobState::Checked, expected(rows)), "{name}");
        let done = place.run(&looked, false, |_| ()).await;
        println!("{:?} {name}: {rows} rows looked at in {looking:?}, taken in {:?}", w.kind, begin.elapsed());
        assert_eq!((done.state, done.counts), (JobState::Done, expected(rows)), "{name}");
        let codes: std::collections::BTreeSet<_> =
            place.refused(&done).await.into_iter().map(|(_, code, _)| code).collect();
        assert_eq!(codes.len(), 1, "{name}: a number that a spreadsheet has shortened: {codes:?}");
        let again = place.begin(name, &bytes).await;
        let again = place.run(&again, false, |_| ()).await;
        let all_there = Counts { made: 0, skipped: expected(rows).made + expected(rows).skipped, ..expected(rows) };
        assert_eq!(again.counts, all_there, "{name}: duplicates are found");
        assert_eq!(place.undo(&done).await.counts.back, expected(rows).made, "{name}");
    }
}

/// The header, and the row before the telephone number.
fn last_comma(line: &str) -> String {
    match line.strip_prefix("serial,") {
        Some(_) => line.replace(',', ";"),
        None => line.rsplit_once(',').map_or_else(|| line.to_owned(), |(rest, phone)| format!("{rest};{phone}")),
    }
}

fn long_workbook(rows: usize) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (at, line) in (0..).zip(table(rows).lines()) {
        let cells = line.replace("\"1,", "\"1").replace('"', "");
        for (column, cell) in (0..).zip(cells.split(',')) {
            sheet.write_string(at, column, cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

async fn what_somebody_changed_since_stays(w: World) {
    let place = Place::new(&w).await;
    let taken = place.run(&place.begin("a.csv", b"serial,model\nS1,x\nS2,y\n").await, false, |_| ()).await;
    let rows = place.records.job_rows(&taken, None, 0, 10).await.unwrap().rows;
    let asking = place.asking(at(35));
    place.records.change(KIND, rows[0].record.unwrap(), None, &map(json!({"model": "mine"})), &asking).await.unwrap();
    let back = place.undo(&taken).await;
    assert_eq!((back.counts.back, back.counts.kept), (1, 1));
    assert_eq!(place.serials().await, ["S1"]);
}

async fn many_are_changed_at_once_and_back(w: World) {
    let place = Place::new(&w).await;
    let mut text = String::from("serial,model\n");
    for n in 0..450 {
        let _ = writeln!(text, "S{n},{}", if n % 3 == 0 { "" } else { "m" });
    }
    place.run(&place.begin("a.csv", text.as_bytes()).await, false, |_| ()).await;
    let stored = place.records.kind(KIND).unwrap();
    let spec = EditSpec { fields: map(json!({"colour": "red"})), step: Some("use".into()) };
    let asking = place.asking(at(60));
    let job = place.records.begin_edit(&stored, &Query::default(), spec.clone(), &asking).await.unwrap();
    assert_eq!(job.total, Some(450));
    let job = place.records.run_job(&job, &Spec::Edit(spec.clone()), true, &asking).await.unwrap();
    let looked = place.drive(job, usize::MAX).await;
    assert_eq!((looked.state, looked.counts), (JobState::Checked, counts(0, 300, 0, 150)), "who has no model");
    let job = place.records.run_job(&looked, &Spec::Edit(spec), false, &asking).await.unwrap();
    let done = place.drive(job, usize::MAX).await;
    assert_eq!((done.state, done.counts), (JobState::Done, counts(0, 300, 0, 150)));
    assert_eq!(place.refused(&done).await[0].1, "step_refused");
    let used = async |state: &str| {
        let condition = carillon::record::condition(&stored.kind, &format!("state == '{state}'"), &asking.who).unwrap();
        let query = Query { conditions: vec![condition], limit: 1, ..Query::default() };
        place.records.list(&stored, &query, &asking).await.unwrap().total
    };
    assert_eq!((used("used").await, used("new").await), (300, 150));
    let back = place.undo(&done).await;
    assert_eq!((back.state, back.counts.back), (JobState::Undone, 300));
    assert_eq!((used("used").await, used("new").await), (0, 450));
    for (spec, field) in [
        (EditSpec::default(), "fields"),
        (EditSpec { fields: map(json!({"serial": ""})), step: None }, "serial"),
        (EditSpec { fields: map(json!({"sirial": "x"})), step: None }, "sirial"),
    ] {
        match place.records.begin_edit(&stored, &Query::default(), spec, &asking).await {
            Err(RecordError::Fields(fields)) => assert_eq!(fields[0].field, field),
            other => panic!("{other:?}"),
        }
    }
}

const ROWS: usize = 20_000;
const CHILD: &str = "CARILLON_TEST_IMPORT";

/// Killed in the middle again and again, it is there once.
#[test]
fn a_killed_process_goes_on_where_it_stood() {
    if let Ok(folder) = std::env::var(CHILD) {
        return child(std::path::Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let settings = StoreSettings::sqlite(&folder.path().join("carillon.db"));
    let id = runtime.block_on(async {
        let store = Store::open(&settings).await.unwrap();
        let place = Place::on(Records::open(&store, at(0)).await.unwrap(), folder.path());
        place.records.publish_kind(KIND, GEAR, 0, "root", at(0)).await.unwrap();
        let job = place.begin("a.csv", table(ROWS).as_bytes()).await;
        place.records.run_import(&job, import_of(&job), false, &place.asking(at(20))).await.unwrap();
        store.close().await;
        job.id
    });
    let mut kills = 0;
    loop {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "record_import::a_killed_process_goes_on_where_it_stood", "--nocapture"])
            .env(CHILD, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let begin = std::time::Instant::now();
        let patience = Duration::from_millis(700 + 150 * kills);
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if kills < 4 && begin.elapsed() > patience {
                break None;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        match ended {
            Some(status) => {
                assert!(status.success());
                break;
            }
            None => {
                child.kill().unwrap();
                child.wait().unwrap();
                kills += 1;
            }
        }
    }
    runtime.block_on(async {
        let store = Store::open(&settings).await.unwrap();
        let place = Place::on(Records::open(&store, at(0)).await.unwrap(), folder.path());
        let job = place.records.job(KIND, id).await.unwrap();
        assert_eq!((job.state, job.counts), (JobState::Done, expected(ROWS)), "after {kills} kills");
        let rows = place.records.job_rows(&job, Some(RowHow::Made), 0, 200).await.unwrap();
        assert_eq!(rows.rows.len(), 200);
        let stored = place.records.kind(KIND).unwrap();
        let query = Query { limit: 1, sort: "-id".into(), ..Query::default() };
        let last = place.records.list(&stored, &query, &place.asking(at(50))).await.unwrap().records.remove(0);
        let number = format!("A-{:04}", job.counts.made);
        assert_eq!(last.number, Some(number), "no row is there twice, no number is left out");
        store.close().await;
    });
}

fn child(folder: &std::path::Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&StoreSettings::sqlite(&folder.join("carillon.db"))).await.unwrap();
        let place = Place::on(Records::open(&store, at(0)).await.unwrap(), folder);
        if let Some(job) = place.records.job_at_work().await.unwrap() {
            place.drive(job, usize::MAX).await;
        }
        store.close().await;
    });
}
