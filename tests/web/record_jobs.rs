//! Many records through the API: a table taken in, what a list shows changed and taken out, who may, and the way back.

use std::io::Read as _;
use std::time::Duration;

use carillon::door::Role;
use serde_json::{Value, json};

use crate::client::Client;
use crate::world::{ANA, World};

const KIND: &str = "kind = \"gear\"\nname = { en = \"Gear\", zh = \"器材\" }\nnumber = \"G-{seq:4}\"\ntitle = \"{serial}\"\nof = \"customer\"\n\
    [field]\nserial = { type = \"text\", required = true, match = true, search = true, name = { en = \"Serial\", zh = \"序列号\" } }\n\
    note = { type = \"longtext\" }\namount = { type = \"number\" }\nphone = { type = \"phone\" }\n\
    secret = { type = \"text\", access = \"admin\" }\n[list]\ncolumns = [\"number\", \"serial\", \"note\"]\n";

async fn gear() -> (World, Client, Client) {
    let world = World::start().await;
    let (sam, root) = (world.bearer("sam", Role::Supervisor, None), world.bearer("root", Role::Admin, None));
    let body = json!({"source": KIND, "over": 0}).to_string();
    assert_eq!(root.send("PUT", "/api/v1/kinds/gear", Some(body)).await.status, 200);
    (world, sam, root)
}

async fn ask(client: &Client, method: &str, path: &str, body: Value) -> (u16, Value) {
    let body = (!body.is_null()).then(|| body.to_string());
    let answer = client.send(method, &format!("/api/v1/records/gear{path}"), body).await;
    (answer.status, answer.json())
}

async fn settled(client: &Client, id: &Value) -> Value {
    for _ in 0..1_000 {
        let (_, job) = ask(client, "GET", &format!("/jobs/{id}"), Value::Null).await;
        if !["checking", "running", "undoing"].iter().any(|state| job["state"] == *state) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it never ends");
}

#[tokio::test]
async fn a_table_is_taken_in_and_taken_back() {
    let (_world, sam, root) = gear().await;
    let table = "序列号;note;phone;secret\nS1;=1+1;8.61E+12;x\nS2;\"-2+3\nbelow\";138 0013 8000;\n";
    let answer = sam.send_raw("POST", "/api/v1/records/gear/imports?name=a.csv", table).await;
    let job = answer.json();
    assert_eq!((answer.status, job["state"].clone()), (201, json!("new")), "{job}");
    assert_eq!(
        job["import"]["mapping"],
        json!(["serial", "note", "phone", null]),
        "what one may not write is not proposed"
    );
    let run = format!("/jobs/{}/run", job["id"]);
    assert_eq!(ask(&sam, "POST", &run, json!({"dry": true})).await.0, 200);
    let looked = settled(&sam, &job["id"]).await;
    assert_eq!((looked["state"].clone(), looked["counts"]["made"].clone()), (json!("checked"), json!(1)), "{looked}");
    let (_, rows) = ask(&sam, "GET", &format!("/jobs/{}/rows?how=refused", job["id"]), Value::Null).await;
    assert_eq!(
        (rows["rows"][0]["line"].clone(), rows["rows"][0]["mistakes"][0]["code"].clone()),
        (json!(2), json!("shortened"))
    );
    let mapping = json!({"mapping": ["serial", "note", null, null]});
    assert_eq!(ask(&sam, "POST", &run, mapping).await.0, 200);
    let done = settled(&sam, &job["id"]).await;
    assert_eq!((done["state"].clone(), done["counts"]["made"].clone()), (json!("done"), json!(2)), "{done}");
    assert_eq!(ask(&sam, "POST", &run, json!({})).await.0, 409);
    let csv = sam.send("GET", "/api/v1/records/gear/export?sort=number", None).await;
    assert!(csv.header("content-disposition").unwrap().starts_with("attachment; filename=\"gear-"));
    let text = String::from_utf8(csv.body.clone()).unwrap();
    assert_eq!(text, "\u{feff}Number,Serial,Note\r\nG-0001,S1,'=1+1\r\nG-0002,S2,\"'-2+3\nbelow\"\r\n");
    let again = sam.send_raw("POST", "/api/v1/records/gear/imports?name=b.csv", &csv.body).await.json();
    assert_eq!(again["import"]["mapping"], json!(["number", "serial", "note"]), "what was taken out comes in again");
    ask(&sam, "POST", &format!("/jobs/{}/run", again["id"]), json!({"dry": true, "duplicates": "update"})).await;
    let again = settled(&sam, &again["id"]).await;
    assert_eq!(
        (again["counts"]["skipped"].clone(), again["counts"]["changed"].clone()),
        (json!(2), json!(0)),
        "{again}"
    );
    assert_eq!(ask(&root, "POST", &format!("/jobs/{}/undo", job["id"]), Value::Null).await.0, 200);
    assert_eq!(settled(&sam, &job["id"]).await["counts"]["back"], json!(2));
    assert_eq!(ask(&sam, "GET", "", Value::Null).await.1["total"], json!(0));
}

#[tokio::test]
async fn a_workbook_goes_out_without_formulas() {
    let (_world, sam, _) = gear().await;
    for (serial, amount) in [("=HYPERLINK(\"http://evil\")", 5), ("S2", -7)] {
        let body = json!({"fields": {"serial": serial, "amount": amount, "phone": "138 0013 8000"}});
        assert_eq!(ask(&sam, "POST", "", body).await.0, 201);
    }
    let answer =
        sam.send("GET", "/api/v1/records/gear/export?format=xlsx&columns=serial,amount,phone,created", None).await;
    assert_eq!(answer.status, 200);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(answer.body.as_slice())).unwrap();
    let mut text = String::new();
    archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut text).unwrap();
    assert!(!text.contains("<f>") && text.contains("<v>-7</v>"), "{text}");
    let job = sam.send_raw("POST", "/api/v1/records/gear/imports?name=a.xlsx", &answer.body).await.json();
    assert_eq!(job["import"]["mapping"], json!(["serial", "amount", "phone", null]));
    assert_eq!(job["import"]["sample"].as_array().unwrap().len(), 2);
    for query in ["?format=pdf", "?columns=nothing", "?columns=secret", "?field.nothing=1"] {
        assert_eq!(ask(&sam, "GET", &format!("/export{query}"), Value::Null).await.0, 400, "{query}");
    }
}

#[tokio::test]
async fn many_are_changed_who_may_and_who_may_not() {
    let (world, sam, root) = gear().await;
    for serial in ["S1", "S2", "T1"] {
        ask(&sam, "POST", "", json!({"fields": {"serial": serial}})).await;
    }
    let edit = json!({"query": "q=s", "fields": {"note": "seen"}});
    let (status, job) = ask(&sam, "POST", "/edits", edit.clone()).await;
    assert_eq!((status, job["total"].clone()), (201, json!(2)), "{job}");
    let run = format!("/jobs/{}/run", job["id"]);
    ask(&sam, "POST", &run, json!({"dry": true})).await;
    assert_eq!(settled(&sam, &job["id"]).await["counts"]["changed"], json!(2));
    ask(&sam, "POST", &run, json!({})).await;
    let done = settled(&sam, &job["id"]).await;
    assert_eq!((done["state"].clone(), done["counts"]["changed"].clone()), (json!("done"), json!(2)), "{done}");
    assert_eq!(ask(&sam, "GET", "?where=note%20%3D%3D%20%27seen%27", Value::Null).await.1["total"], json!(2));
    for (body, status) in [
        (json!({"query": "nothing=1", "fields": {"note": "x"}}), 400),
        (json!({"query": "", "fields": {"secret": "x"}}), 400),
        (json!({"query": "", "fields": {}}), 400),
        (json!({"query": "", "step": "fly"}), 404),
    ] {
        assert_eq!(ask(&sam, "POST", "/edits", body.clone()).await.0, status, "{body}");
    }
    let ana = world.bearer("ana", Role::Agent, Some((ANA, "ana")));
    let other = world.bearer("tom", Role::Supervisor, None);
    for (client, expected) in [(&ana, 403), (&other, 403), (&root, 200)] {
        assert_eq!(ask(client, "POST", &format!("/jobs/{}/undo", job["id"]), Value::Null).await.0, expected);
    }
    assert_eq!(settled(&sam, &job["id"]).await["counts"]["back"], json!(2));
    assert_eq!(ask(&ana, "POST", "/edits", edit).await.0, 403);
    assert_eq!(ask(&ana, "GET", "/jobs", Value::Null).await.0, 403);
    assert_eq!(ana.send_raw("POST", "/api/v1/records/gear/imports", "serial\nS9\n").await.status, 403);
    assert_eq!(ask(&ana, "GET", "/export", Value::Null).await.0, 200, "what one may read one may take out");
    assert_eq!(ask(&sam, "GET", "/jobs/999", Value::Null).await.0, 404);
}
