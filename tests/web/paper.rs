//! What is printed: read back from the PDF as whoever gets it reads it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use carillon::base::{CallDirection, InteractionId, Rng};
use carillon::crm::{Interaction, Outcome};
use carillon::door::Role;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::world::{NOW, World};

/// The text of a PDF, page by page, as poppler reads it; the file stays to be looked at.
fn read(answer: &Answer, name: &str) -> Vec<String> {
    let said = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 200, "{said}");
    assert_eq!(answer.header("content-type"), Some("application/pdf"));
    assert!(answer.header("content-disposition").unwrap().starts_with("attachment; filename=\""));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pdf"));
    std::fs::write(&file, &answer.body).unwrap();
    let told = Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(&file).arg("-").output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let text = String::from_utf8(told.stdout).unwrap();
    text.trim_end_matches('\u{c}').split('\u{c}').map(str::to_owned).collect()
}

/// One blank between any two words: what stands beside each other is in one line.
fn squeezed(pages: &[String]) -> String {
    pages.concat().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in: {}", text.chars().take(3_000).collect::<String>());
    }
}

async fn made(client: &Client, path: &str, body: Value) -> Value {
    let answer = client.post(&format!("/api/v1{path}"), body).await;
    assert_eq!(answer.status, 201, "{path}: {}", answer.json());
    answer.json()
}

struct Shop {
    world: World,
    root: Client,
    customer: Value,
}

async fn shop() -> Shop {
    let world = World::start().await;
    let root = world.bearer("root", Role::Admin, None);
    let body = json!({"name": "林晓梅 Lin Xiaomei", "organisation": "海棠珠宝（上海）有限公司", "contact_points": []});
    let customer = made(&root, "/customers", body).await["id"].clone();
    Shop { world, root, customer }
}

impl Shop {
    async fn product(&self, label: &str, amount: &str) -> Value {
        let price = json!({"amount": amount, "currency": "CNY"});
        let body = json!({"fields": {"label": label, "code": label, "price": price}});
        let answer = self.root.post("/api/v1/records/product", body).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()["id"].clone()
    }

    async fn quote(&self) -> String {
        let necklace = self.product("Akoya 珍珠项链 45 cm, 7.0–7.5 mm", "12800").await;
        let ring = self.product("Platinum ring 铂金戒指 PT950", "8650.5").await;
        let case = self.product("Display case 展示盒", "0.07").await;
        let items = json!([
            {"item": necklace, "amount": 12, "discount": "5"},
            {"item": ring, "amount": 3},
            {"item": case, "amount": 15},
        ]);
        let terms = "Delivery within 30 days of the order. 订单确认后三十天内交货。\nPayment 30 days net; 款到发货可享 2% 折扣。";
        let body = json!({"customer": self.customer, "fields": {
            "subject": "Spring collection 春季系列 <script>alert(1)</script> {{7*7}}", "items": items, "terms": terms,
            "reason": "a good customer, between us",
        }});
        made(&self.root, "/records/quote", body).await["id"].to_string()
    }
}

#[tokio::test]
async fn a_quote_is_printed_in_both_languages_to_the_last_digit() {
    let shop = shop().await;
    let id = shop.quote().await;
    let path = format!("/api/v1/records/quote/{id}/pdf");
    let pages = read(&shop.root.get(&format!("{path}?language=en")).await, "quote-en");
    assert_eq!(pages.len(), 1, "{pages:?}");
    let text = squeezed(&pages);
    holds(
        &text,
        &[
            "Quote",
            "Spring collection 春季系列 <script>alert(1)</script> {{7*7}}",
            "海棠珠宝（上海）有限公司",
            "林晓梅 Lin Xiaomei",
            "Valid until",
            "Akoya 珍珠项链 45 cm, 7.0–7.5 mm",
            "¥12,800.00",
            "¥145,920.00",
            "¥25,951.50",
            "¥1.05",
            "List price ¥179,552.55",
            "Price ¥171,872.55",
            "VAT 13 %",
            "Tax ¥22,343.43",
            "Total ¥194,215.98",
            "订单确认后三十天内交货。",
            "Accepted: place, date, signature",
            "Page 1 of 1",
        ],
    );
    for inside in ["between us", "Below list", "Draft", "Approval", "Discount on all"] {
        assert!(!text.contains(inside), "{inside} is nothing for a customer: {text}");
    }
    let text = squeezed(&read(&shop.root.get(&format!("{path}?language=zh")).await, "quote-zh"));
    holds(
        &text,
        &[
            "报价单",
            "有效期至",
            "标价合计 ¥179,552.55",
            "增值税率 13%",
            "价税合计 ¥194,215.98",
            "客户签字",
            "第 1 页，共 1 页",
        ],
    );
    assert!(text.contains("2026年"), "{text}");
}

#[tokio::test]
async fn a_visit_is_a_sheet_to_be_filled_in() {
    let shop = shop().await;
    let body = json!({"customer": shop.customer, "fields": {
        "subject": "展柜门锁维修 Showcase lock", "type": "repair", "skills": ["display", "polish"], "start": "2026-01-06T09:30:00Z",
        "length": "1h30m", "place": "上海市静安区南京西路 1266 号恒隆广场 3 层", "phone": "13800138000",
        "checks": [{"what": "门锁开合 Lock opens and closes", "done": true, "value": "12 N"}, {"what": "玻璃无划痕 Glass without scratches"}],
        "work": {"amount": "300", "currency": "CNY"},
    }});
    let id = made(&shop.root, "/records/visit", body).await["id"].clone();
    let path = format!("/api/v1/records/visit/{id}/pdf");
    let text = squeezed(&read(&shop.root.get(&format!("{path}?language=zh")).await, "visit-zh"));
    holds(
        &text,
        &[
            "上门服务",
            "展柜门锁维修",
            "2026年1月6日 09:30",
            "1小时30分钟",
            "展柜与锁具、抛光清洗",
            "南京西路 1266 号",
            "√",
            "□",
            "检查情况",
            "处理结果",
            "技师签字",
            "¥300.00",
        ],
    );
    let text = squeezed(&read(&shop.root.get(&format!("{path}?language=en")).await, "visit-en"));
    holds(
        &text,
        &[
            "Visit",
            "1 h 30 min",
            "6 January 2026 09:30",
            "Showcases and locks, Polishing",
            "What was found",
            "Technician",
        ],
    );
}

const KIND: &str = "kind = \"case\"\nnumber = \"C-{seq:4}\"\n[field]\nsubject = { type = \"text\", required = true }\n\
    notes = { type = \"longtext\" }\nagreed = { type = \"flag\" }\n\
    margin = { type = \"number\", access = { read = \"supervisor\", write = \"supervisor\" } }\n\
    [lines.part.field]\nwhat = { type = \"text\" }\ncost = { type = \"money\", currency = \"CNY\", access = { read = \"supervisor\", write = \"supervisor\" } }\n\
    [access]\nread = \"owner or supervisor\"\ncreate = \"agent\"\n[field.owner]\ntype = \"person\"\ndefault = \"me\"\n";

#[tokio::test]
async fn nobody_prints_what_he_may_not_read() {
    let world = World::start().await;
    let root = world.bearer("root", Role::Admin, None);
    let body = json!({"source": KIND, "over": 0}).to_string();
    let answer = root.send("PUT", "/api/v1/kinds/case", Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let (ana, ben) = (world.bearer("ana", Role::Agent, None), world.bearer("ben", Role::Agent, None));
    let id = made(
        &ana,
        "/records/case",
        json!({"fields": {"subject": "Ring", "notes": "long\nwords", "part": [{"what": "Stone"}]}}),
    )
    .await["id"]
        .clone();
    let secret = json!({"fields": {"margin": "42.5", "part": [{"what": "Stone", "cost": {"amount": "777.25", "currency": "CNY"}}]}});
    let path = format!("/api/v1/records/case/{id}");
    assert_eq!(root.send("PATCH", &path, Some(secret.to_string())).await.status, 200);
    let pdf = format!("{path}/pdf");
    let (own, whole) =
        (squeezed(&read(&ana.get(&pdf).await, "case-agent")), squeezed(&read(&root.get(&pdf).await, "case-admin")));
    holds(&own, &["Ring", "Stone", "C-0001", "long words"]);
    holds(&whole, &["Ring", "Stone", "Margin", "42.5", "Cost", "¥777.25"]);
    for hidden in ["Margin", "42.5", "Cost", "777"] {
        assert!(!own.contains(hidden), "{hidden} in {own}");
    }
    assert_eq!(ben.get(&pdf).await.status, 404);
    assert_eq!(world.client.get(&pdf).await.status, 401);
    for (path, status) in [
        (format!("{pdf}?language=fr"), 400),
        (format!("{pdf}?lang=en"), 400),
        ("/api/v1/records/case/999/pdf".to_owned(), 404),
        ("/api/v1/records/case/x/pdf".to_owned(), 404),
        ("/api/v1/records/nothing/1/pdf".to_owned(), 404),
    ] {
        assert_eq!(root.get(&path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_letter_is_on_the_paper_of_the_house() {
    let shop = shop().await;
    let ana = shop.world.bearer("ana", Role::Agent, None);
    let path = format!("/api/v1/customers/{}/letters", shop.customer);
    let body = "尊敬的林女士：\n\n感谢您来电告知项链搭扣松动一事。我们对此深表歉意，并已安排技师于本周内上门检查；如需更换，费用由我们承担。\n\n\
        若您方便的时间有变，请致电 021-5555-0100。\n\n此致\n敬礼\n\nCarillon 客户服务部\n<b>&amp;</b>";
    let answer = ana.post(&path, json!({"subject": "关于您的珍珠项链", "body": body, "language": "zh"})).await;
    assert_eq!(
        answer.header("content-disposition"),
        Some(&*format!("attachment; filename=\"letter-{}.pdf\"", shop.customer))
    );
    let text = squeezed(&read(&answer, "letter-zh"));
    holds(&text, &["林晓梅 Lin Xiaomei", "2026年1月5日", "关于您的珍珠项链", "尊敬的林女士：", "<b>&amp;</b>"]);
    let body = "Dear Ms Lin,\n\nThank you for telling us that the clasp of your necklace has come loose. We are sorry for the trouble. A technician \
        will look at it this week, at the time that suits you; should the clasp have to be replaced, it is on us.\n\nIf you would rather have another \
        day, please call +86 21 5555 0100.\n\nYours sincerely,\n\nAna\nCustomer care";
    let answer = ana.post(&path, json!({"subject": "Your pearl necklace", "body": body, "language": "en"})).await;
    holds(
        &squeezed(&read(&answer, "letter-en")),
        &["5 January 2026", "Your pearl necklace", "Dear Ms Lin,", "Yours sincerely,"],
    );
    for (letter, status) in [
        (json!({"body": " "}), 400),
        (json!({"body": "x".repeat(20_001)}), 400),
        (json!({"body": "x", "subject": "a\nb"}), 400),
        (json!({"body": "x", "language": "fr"}), 400),
        (json!({"subject": "x"}), 400),
        (json!({"body": "x", "to": "y"}), 400),
    ] {
        assert_eq!(ana.post(&path, letter.clone()).await.status, status, "{letter}");
    }
    assert_eq!(ana.post("/api/v1/customers/999/letters", json!({"body": "x"})).await.status, 404);
    assert_eq!(shop.world.client.post(&path, json!({"body": "x"})).await.status, 401);
    let many = ana.post(&path, json!({"body": "一行\n".repeat(6_600)})).await;
    let pages = read(&many, "letter-long");
    assert_eq!(pages.concat().matches("一行").count(), 6_600, "on as many pages as it takes");
    assert!(pages.len() > 100);
}

fn call(seed: u64, minutes_ago: u64) -> Interaction {
    let started = NOW - Duration::from_secs(minutes_ago * 60);
    Interaction {
        caller: Some("+8613800138001".to_owned().try_into().unwrap()),
        ended: Some(started + Duration::from_secs(95)),
        outcome: Some(Outcome::Abandoned),
        ..Interaction::call(InteractionId::new(started, &mut Rng::new(seed)), CallDirection::Inbound, started)
    }
}

#[tokio::test]
async fn a_report_is_printed_with_what_was_asked_and_what_its_figures_are() {
    let world = World::start().await;
    let log: Vec<Interaction> = (0..300).map(|at| call(at + 1, at + 10)).collect();
    world.store.save_interactions(&log).await.unwrap();
    let sue = world.bearer("sue", Role::Supervisor, None);
    let pages = read(&sue.get("/api/v1/reports/contacts?from=-1d&format=pdf").await, "report-en");
    assert!(pages.len() > 3, "{}", pages.len());
    let text = squeezed(&pages);
    holds(
        &text,
        &["Contacts", "2026-01-04 09:30 – 2026-01-05 09:30 (UTC)", "abandoned", "SQL: SELECT", "What the figures are"],
    );
    assert!(text.contains(&format!("Page 2 of {}", pages.len())));
    for key in ["queues", "week", "intraday", "agents"] {
        let pages =
            read(&sue.get(&format!("/api/v1/reports/{key}?from=-1d&format=pdf")).await, &format!("report-{key}"));
        assert!(!squeezed(&pages).is_empty());
    }
    let own = json!({"sql": "SELECT c.outcome AS outcome, COUNT(*) AS n FROM contacts c GROUP BY 1", "format": "pdf"});
    holds(
        &squeezed(&read(&sue.post("/api/v1/report-trials", own).await, "report-own")),
        &["Report", "abandoned", "300"],
    );
    let csv = sue.get("/api/v1/reports/contacts?from=-1d&format=docx").await;
    assert_eq!(csv.status, 400);
    assert_eq!(world.client.get("/api/v1/reports/contacts?format=pdf").await.status, 401);
}

#[tokio::test]
async fn without_a_font_it_says_so() {
    let world = World::start_with_font("/nowhere/font.ttc").await;
    let root = world.bearer("root", Role::Admin, None);
    let customer = made(&root, "/customers", json!({"name": "Lin", "contact_points": []})).await["id"].clone();
    let answer = root.post(&format!("/api/v1/customers/{customer}/letters"), json!({"body": "x"})).await;
    assert_eq!((answer.status, answer.code()), (409, "conflict".to_owned()));
    let detail = answer.json()["detail"].to_string();
    assert!(detail.contains("paper.font") && detail.contains("/nowhere/font.ttc"), "{detail}");
}
