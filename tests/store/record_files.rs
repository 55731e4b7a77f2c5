//! Files beside records: brought, listed, taken away, told in the history; what nothing needs is forgotten.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use carillon::base::Instant;
use carillon::record::{Asking, People, Role, Who};
use carillon::store::Files;
use carillon::store::record::{About, FILES_MAX, RecordError, Records};
use serde_json::json;

use crate::{World, at, on_both};

on_both!(a_file_is_brought_and_taken_away, what_nothing_needs_is_forgotten);

const CASE: &str = "kind = \"case\"\n[field]\nsubject = { type = \"text\" }\nowner = { type = \"person\" }\n\
    [access]\nread = \"agent\"\nwrite = \"owner\"\n";

struct Everybody;

impl People for Everybody {
    fn is_person(&self, _: &str) -> bool {
        true
    }

    fn is_team(&self, _: &str) -> bool {
        true
    }
}

fn asking<'a>(user: &'a str, now: Instant, zone: &'a jiff::tz::TimeZone) -> Asking<'a> {
    Asking { who: Who { user, role: Role::Agent, team: None }, now, zone, region: "CN", people: &Everybody }
}

async fn case(records: &Records, zone: &jiff::tz::TimeZone) -> i64 {
    records.publish_kind("case", CASE, 0, "root", at(0)).await.unwrap();
    let body = json!({"subject": "a", "owner": "ana"}).as_object().unwrap().clone();
    records.create("case", &body, About::default(), &asking("ana", at(1), zone)).await.unwrap().id
}

async fn a_file_is_brought_and_taken_away(w: World) {
    let records = Records::open(&w.store, at(0)).await.unwrap();
    let files = Files::new(&w.dir.path().join("files"));
    let zone = jiff::tz::TimeZone::UTC;
    let (ana, ben) = (asking("ana", at(10), &zone), asking("ben", at(20), &zone));
    let id = case(&records, &zone).await;
    let stored = records.kind("case").unwrap();
    let photo = |name: &'static str| (name, b"%PDF-1.7 photo".to_vec());
    let one = records.attach(&stored, id, photo("../one.pdf"), &files, &ana).await.unwrap();
    assert_eq!((one.name.as_str(), one.size, one.by.as_str(), one.at), ("one.pdf", 14, "ana", at(10)));
    let two = records.attach(&stored, id, photo("two.pdf"), &files, &ana).await.unwrap();
    assert_eq!(records.files(&stored, id, &ben).await.unwrap(), [one.clone(), two.clone()]);
    let (file, digest) = records.attached(&stored, (id, two.id), &ben).await.unwrap();
    assert_eq!((file, files.read(&digest).await.unwrap()), (two.clone(), b"%PDF-1.7 photo".to_vec()));
    // Who may read may not write, and of another record it is nobody's.
    for refused in [
        records.attach(&stored, id, photo("three.pdf"), &files, &ben).await.map(|_| ()),
        records.detach(&stored, (id, one.id), &ben).await,
    ] {
        assert!(matches!(refused, Err(RecordError::NotAllowed)), "{refused:?}");
    }
    let other = records.attached(&stored, (id + 1, one.id), &ana).await;
    assert!(matches!(other, Err(RecordError::NotFound)), "{other:?}");
    let refused = records.attach(&stored, id, ("run.html", b"<script>".to_vec()), &files, &ana).await;
    assert!(matches!(refused, Err(RecordError::Fields(fields)) if fields[0].code == "file_type"));
    records.detach(&stored, (id, one.id), &ana).await.unwrap();
    for gone in [
        records.detach(&stored, (id, one.id), &ana).await,
        records.attached(&stored, (id, one.id), &ana).await.map(|_| ()),
    ] {
        assert!(matches!(gone, Err(RecordError::NotFound)), "{gone:?}");
    }
    let (changes, _) = records.history(&stored, id, None, 10, &ben).await.unwrap();
    let told: Vec<_> = changes.iter().map(|it| (it.kind.as_str(), it.text.as_deref(), it.version)).collect();
    let file = |kind, name| (kind, Some(name), 1);
    let expected =
        [file("detached", "one.pdf"), file("attached", "two.pdf"), file("attached", "one.pdf"), ("made", None, 1)];
    assert_eq!(told, expected);
    for nth in 1..FILES_MAX {
        let name = format!("{nth}.txt");
        records.attach(&stored, id, (&name, b"x".to_vec()), &files, &ana).await.unwrap();
    }
    let full = records.attach(&stored, id, photo("more.pdf"), &files, &ana).await;
    assert!(matches!(full, Err(RecordError::Fields(fields)) if fields[0].code == "too_many_files"));
    // Of a deleted record nothing is told.
    let root = Asking { who: Who { user: "root", role: Role::Admin, team: None }, ..ana };
    records.delete("case", id, &root).await.unwrap();
    assert!(matches!(records.attached(&stored, (id, two.id), &ana).await, Err(RecordError::NotFound)));
}

/// Every file of the folder as if it had been put there then.
fn aged(folder: &Path, then: Instant) {
    for room in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(room.unwrap().path()).unwrap() {
            let file = File::options().append(true).open(file.unwrap().path()).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_micros(then.as_micros())).unwrap();
        }
    }
}

async fn what_nothing_needs_is_forgotten(w: World) {
    let records = Records::open(&w.store, at(0)).await.unwrap();
    let folder = w.dir.path().join("files");
    let files = Files::new(&folder);
    let zone = jiff::tz::TimeZone::UTC;
    let id = case(&records, &zone).await;
    let stored = records.kind("case").unwrap();
    let attach = async |name: &str, content: &[u8]| {
        records.attach(&stored, id, (name, content.to_vec()), &files, &asking("ana", at(10), &zone)).await.unwrap()
    };
    let (kept, gone, twice) =
        (attach("a.txt", b"kept").await, attach("b.txt", b"gone").await, attach("c.txt", b"kept").await);
    for file in [&gone, &twice] {
        records.detach(&stored, (id, file.id), &asking("ana", at(100), &zone)).await.unwrap();
    }
    let sam = Asking { who: Who { user: "sam", role: Role::Supervisor, team: None }, ..asking("sam", at(50), &zone) };
    let job = records.begin_import(&stored, "t.csv", b"subject\nx\n".to_vec(), None, &files, &sam).await.unwrap();
    let forget = async |now: u64| records.forget_files(&files, at(now)).await.unwrap();
    aged(&folder, at(10));
    assert_eq!(forget(5).await, 0, "nothing is so old");
    assert_eq!(forget(40).await, 0, "the import was begun since, and what was taken away was so since");
    assert_eq!(forget(60).await, 1, "the file of the import");
    assert_eq!(forget(100).await, 0, "taken away since");
    assert_eq!(forget(101).await, 1);
    let (_, digest) = records.attached(&stored, (id, kept.id), &sam).await.unwrap();
    assert_eq!(files.read(&digest).await.unwrap(), b"kept", "somebody has it still");
    assert_eq!(forget(1_000).await, 0);
    // The import tells so.
    let opened = carillon::store::record::Worker::open(job, &files, "CN").await;
    assert!(matches!(opened, Err(RecordError::File(_))));
}
