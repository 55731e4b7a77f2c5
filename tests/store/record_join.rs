//! Two records that are one: joined with everything that hangs on them, and parted again.

use carillon::base::Instant;
use carillon::record::{Asking, People, Record, Role, Value, Who};
use carillon::store::Files;
use carillon::store::record::{About, Query, RecordError, Records};
use serde_json::{Map, Value as Json, json};

use crate::{World, at, customer, on_both};

on_both!(two_records_become_one_and_two_again, what_cannot_be_joined, what_is_alike_is_told);

const DEVICE: &str = r#"
kind = "device"
title = "{serial}"
of = "customer"
[field]
serial = { type = "text", match = true, search = true }
phone = { type = "phone", match = true }
note = { type = "text" }
price = { type = "money", currency = "CNY" }
tags = { type = "choices", choices = ["a", "b", "c"] }
owner = { type = "person" }
part_of = { type = "ref", kind = "device" }
beside = { type = "refs", kind = "device" }
secret = { type = "text", access = "supervisor" }
[lines.parts]
field.name = { type = "text" }
[access]
read = "agent"
write = "owner"
"#;

const CASE: &str = r#"
kind = "case"
[field]
subject = { type = "text" }
device = { type = "ref", kind = "device" }
devices = { type = "refs", kind = "device" }
[lines.rows]
field.device = { type = "ref", kind = "device" }
field.amount = { type = "number" }
"#;

struct Everybody;

impl People for Everybody {
    fn is_person(&self, _: &str) -> bool {
        true
    }

    fn is_team(&self, _: &str) -> bool {
        true
    }
}

struct Place {
    records: Records,
    zone: jiff::tz::TimeZone,
}

impl Place {
    async fn new(w: &World) -> Self {
        let records = Records::open(&w.store, at(0)).await.unwrap();
        records.publish_kind("device", DEVICE, 0, "root", at(0)).await.unwrap();
        records.publish_kind("case", CASE, 0, "root", at(0)).await.unwrap();
        Self { records, zone: jiff::tz::TimeZone::UTC }
    }

    fn asking<'a>(&'a self, user: &'a str, now: Instant) -> Asking<'a> {
        Asking {
            who: Who { user, role: Role::Agent, team: None },
            now,
            zone: &self.zone,
            region: "CN",
            people: &Everybody,
        }
    }

    async fn made(&self, kind: &str, body: Json, about: About) -> Record {
        let root = Asking { who: Who { user: "root", role: Role::Admin, team: None }, ..self.asking("root", at(1)) };
        self.records.create(kind, &map(body), about, &root).await.unwrap()
    }

    async fn read(&self, kind: &str, id: i64) -> Result<Record, RecordError> {
        self.records.record(&self.records.kind(kind).unwrap(), id, &self.asking("ana", at(5))).await
    }
}

fn map(value: Json) -> Map<String, Json> {
    value.as_object().unwrap().clone()
}

/// What stands in a record, without when and by whom.
fn said(record: &Record) -> (Option<i64>, Vec<(String, Json)>, usize) {
    let fields = record.fields.iter().map(|(key, value)| (key.clone(), value.json())).collect();
    (record.customer.map(|id| id.0), fields, record.lines.values().map(Vec::len).sum())
}

async fn two_records_become_one_and_two_again(w: World) {
    let place = Place::new(&w).await;
    let (records, none) = (&place.records, About::default());
    let who = w.store.save_customer(None, &customer("王丽", &["13800138000"]), at(0)).await.unwrap();
    let third = place.made("device", json!({"serial": "third"}), none).await;
    let kept = json!({"serial": "A-1", "tags": ["a", "b"], "owner": "ana", "beside": [third.id]});
    let kept = place.made("device", kept, none).await;
    let gone = json!({"serial": "A-1 ", "note": "scratched", "price": "12", "tags": ["b", "c"], "owner": "ana",
        "part_of": kept.id, "beside": [kept.id, third.id], "secret": "s", "parts": [{"name": "strap"}]});
    let gone = place.made("device", gone, About { customer: Some(who), interaction: None }).await;
    let own = json!({"serial": "box", "part_of": gone.id, "beside": [gone.id, kept.id]});
    let own = place.made("device", own, none).await;
    let rows = json!([{"device": gone.id, "amount": 1}, {"device": third.id}]);
    let case = json!({"subject": "a", "device": gone.id, "devices": [third.id, gone.id], "rows": rows});
    let case = place.made("case", case, none).await;
    let files = Files::new(&w.dir.path().join("files"));
    let (device, ana) = (records.kind("device").unwrap(), place.asking("ana", at(20)));
    records.attach(&device, gone.id, ("a.txt", b"x".to_vec()), &files, &ana).await.unwrap();
    records.comment(&device, gone.id, "Broken", &ana).await.unwrap();

    let one = records.join("device", (kept.id, Some(1)), gone.id, &ana).await.unwrap();
    assert_eq!((one.version, one.customer), (2, Some(who)));
    assert_eq!(one.fields["tags"], Value::Texts(vec!["a".into(), "b".into(), "c".into()]));
    assert_eq!((one.fields["serial"].plain(), one.fields["note"].plain()), ("A-1".into(), "scratched".into()));
    assert!(!one.fields.contains_key("part_of"), "no part of itself");
    assert_eq!(one.fields["beside"], Value::Refs(vec![third.id]));
    assert_eq!((one.lines["parts"].len(), one.fields["secret"].plain()), (1, "s".into()));
    assert_eq!(place.read("device", kept.id).await.unwrap(), one, "what is answered is what is kept");
    assert!(matches!(place.read("device", gone.id).await, Err(RecordError::NotFound)));
    let (box_, of_case) = (place.read("device", own.id).await.unwrap(), place.read("case", case.id).await.unwrap());
    assert_eq!((&box_.fields["part_of"], &box_.fields["beside"]), (&Value::Ref(kept.id), &Value::Refs(vec![kept.id])));
    assert_eq!(
        (&of_case.fields["device"], &of_case.lines["rows"][0]["device"]),
        (&Value::Ref(kept.id), &Value::Ref(kept.id))
    );
    assert_eq!((of_case.version, &of_case.fields["devices"]), (2, &Value::Refs(vec![third.id, kept.id])));
    assert_eq!(records.files(&device, kept.id, &ana).await.unwrap().len(), 1);
    assert_eq!(records.comments(&device, kept.id, &ana).await.unwrap()[0].text, "Broken");
    let (changes, _) = records.history(&device, kept.id, None, 10, &ana).await.unwrap();
    let joined = changes.iter().find(|it| it.kind == "joined").unwrap();
    assert_eq!((joined.text.as_deref(), joined.by.as_str()), (Some("A-1"), "ana"));

    // Somebody goes on with what refers to it: that stays.
    records.change("case", case.id, None, &map(json!({"device": third.id})), &ana).await.unwrap();
    let parted = records.undo("device", kept.id, joined.id, &ana).await.unwrap();
    assert_eq!(said(&parted), said(&kept));
    let again = place.read("device", gone.id).await.unwrap();
    assert_eq!(said(&again), said(&gone));
    assert_eq!(said(&place.read("device", own.id).await.unwrap()), said(&own));
    let of_case = place.read("case", case.id).await.unwrap();
    assert_eq!(of_case.fields["device"], Value::Ref(third.id));
    assert_eq!(records.files(&device, gone.id, &ana).await.unwrap().len(), 1);
    assert_eq!(records.comments(&device, gone.id, &ana).await.unwrap().len(), 1);
    assert!(records.files(&device, kept.id, &ana).await.unwrap().is_empty());
    let words = carillon::crm::query_terms("A-1", "CN");
    let query = Query { words, limit: 10, ..Query::default() };
    assert_eq!(records.list(&device, &query, &ana).await.unwrap().records.len(), 2, "it is found again");
    let twice = records.undo("device", kept.id, joined.id, &ana).await;
    assert!(matches!(twice, Err(RecordError::Overwritten(_))), "{twice:?}");
}

async fn what_cannot_be_joined(w: World) {
    let place = Place::new(&w).await;
    let (records, none) = (&place.records, About::default());
    let [one, two, theirs] = [("1", "ana"), ("2", "ana"), ("3", "ben")]
        .map(|(serial, owner)| place.made("device", json!({"serial": serial, "owner": owner}), none));
    let (one, two, theirs) = (one.await, two.await, theirs.await);
    let ana = place.asking("ana", at(20));
    let join =
        async |id: i64, version: Option<u32>, other: i64| records.join("device", (id, version), other, &ana).await;
    assert!(matches!(join(one.id, None, one.id).await, Err(RecordError::Fields(_))));
    assert!(matches!(join(one.id, None, theirs.id).await, Err(RecordError::NotAllowed)));
    assert!(matches!(join(theirs.id, None, one.id).await, Err(RecordError::NotAllowed)));
    assert!(matches!(join(one.id, None, 99).await, Err(RecordError::NotFound)));
    assert!(matches!(join(one.id, Some(7), two.id).await, Err(RecordError::Changed { .. })));
    // What was filled in and written over since is not taken back.
    place.made("device", json!({"serial": "4", "owner": "ana", "note": "x"}), none).await;
    let three = place.made("device", json!({"serial": "5", "owner": "ana", "note": "y"}), none).await;
    join(one.id, None, three.id).await.unwrap();
    let (changes, _) = records.history(&records.kind("device").unwrap(), one.id, None, 1, &ana).await.unwrap();
    records.change("device", one.id, None, &map(json!({"note": "z"})), &ana).await.unwrap();
    let undone = records.undo("device", one.id, changes[0].id, &ana).await;
    assert!(matches!(&undone, Err(RecordError::Overwritten(field)) if field == "note"), "{undone:?}");
    assert!(place.read("device", three.id).await.is_err(), "nothing of it is done");
    // Of two that are joined both ways at once one is there.
    let zone = &place.zone;
    let both = [(one.id, two.id), (two.id, one.id)].map(|(id, other)| {
        let records = records.clone();
        let zone = zone.clone();
        tokio::spawn(async move {
            let who = Who { user: "ana", role: Role::Agent, team: None };
            let asking = Asking { who, now: at(30), zone: &zone, region: "CN", people: &Everybody };
            records.join("device", (id, None), other, &asking).await.is_ok()
        })
    });
    let mut done = 0;
    for task in both {
        done += usize::from(task.await.unwrap());
    }
    let there = [one.id, two.id].map(|id| place.read("device", id));
    let mut left = 0;
    for read in there {
        left += usize::from(read.await.is_ok());
    }
    assert_eq!((done, left), (1, 1));
}

async fn what_is_alike_is_told(w: World) {
    let place = Place::new(&w).await;
    let (records, none) = (&place.records, About::default());
    let one = place.made("device", json!({"serial": "A-1", "phone": "13800138000"}), none).await;
    let same_serial = place.made("device", json!({"serial": "A-1"}), none).await;
    let same_phone = place.made("device", json!({"serial": "B", "phone": "+86 138 0013 8000"}), none).await;
    let other = place.made("device", json!({"note": "A-1"}), none).await;
    let (device, ana) = (records.kind("device").unwrap(), place.asking("ana", at(20)));
    let alike = async |id: i64| -> Vec<i64> {
        records.alike(&device, id, &ana).await.unwrap().into_iter().map(|it| it.id).collect()
    };
    assert_eq!(alike(one.id).await, [same_serial.id, same_phone.id]);
    assert_eq!(alike(same_phone.id).await, [one.id]);
    assert_eq!(alike(other.id).await, [0; 0], "who says nothing is like nobody");
}
