//! Customers from files as people have them.

use carillon::base::Number;
use carillon::crm::CustomerCard;
use carillon::store::{Duplicates, Encoding, ImportError, ImportOptions, ImportReport, Store, import_customers};

use crate::{World, at, on_both};

on_both!(
    a_file_in_chinese_is_read,
    a_file_in_gb18030_with_semicolons_is_read,
    rows_with_mistakes_are_told_and_the_others_taken,
    the_same_file_twice_changes_nothing,
    a_dry_run_tells_the_same_and_writes_nothing,
    a_household_stays_two_people,
    a_file_that_cannot_be_taken_says_why,
    many_rows_go_in_groups,
    numbers_as_people_and_spreadsheets_write_them,
);

const FILE: &str = "姓名,手机号码,家庭电话,电子邮箱,公司,会员等级,语言,标签,生日,结婚纪念日,备注,鞋码\n\
    欧阳明珠,138 0013 8001,021-5550 0101,Ming@Example.com,东方珠宝,VIP,中文,珍珠;翡翠,5月17日,2014年10月2日,\"喜欢, 玫瑰金\",37\n\
    Jane Smith,+44 7700 900123,,,,gold,English,,,,,\n";

fn options() -> ImportOptions {
    ImportOptions { region: "CN".into(), duplicates: Duplicates::Merge, dry_run: false }
}

async fn import(store: &Store, text: &str) -> ImportReport {
    import_customers(store, text.as_bytes(), &options(), at(0)).await.unwrap()
}

async fn only(store: &Store, number: &str) -> CustomerCard {
    let found = store.find_by_number(&Number::parse(number, "CN").unwrap()).await.unwrap();
    assert_eq!(found.len(), 1, "{number}");
    found.into_iter().next().unwrap()
}

async fn a_file_in_chinese_is_read(w: World) {
    let report = import(&w.store, FILE).await;
    assert_eq!((report.rows, report.created, report.refused), (2, 2, 0), "{report}");
    assert_eq!((report.encoding, report.unread_columns.as_slice()), (Encoding::Utf8, ["鞋码".to_owned()].as_slice()));
    let card = only(&w.store, "13800138001").await;
    assert_eq!(
        (card.name.as_str(), card.organisation.as_deref(), card.tier.as_deref()),
        ("欧阳明珠", Some("东方珠宝"), Some("vip"))
    );
    assert_eq!((card.language.as_deref(), card.notes.as_str()), (Some("zh"), "喜欢, 玫瑰金"));
    assert_eq!(card.tags, ["珍珠", "翡翠"]);
    let points: Vec<_> = card.contact_points.iter().map(|point| (point.value.as_str(), point.label.as_str())).collect();
    assert_eq!(points, [("+8613800138001", "mobile"), ("+862155500101", "home"), ("ming@example.com", "")]);
    assert_eq!(card.dates, [("birthday".into(), "05-17".into()), ("wedding anniversary".into(), "2014-10-02".into())]);
    assert_eq!(only(&w.store, "+44 7700 900123").await.language.as_deref(), Some("en"));
    assert_eq!(w.store.search("明珠", "CN", 5).await.unwrap().len(), 1);
}

async fn a_file_in_gb18030_with_semicolons_is_read(w: World) {
    let text = "姓名;电话\n王丽;13800138002\n";
    let bytes = encoding_rs::GB18030.encode(text).0.into_owned();
    let report = import_customers(&w.store, bytes.as_slice(), &options(), at(0)).await.unwrap();
    assert_eq!((report.encoding, report.created), (Encoding::Gb18030, 1));
    assert_eq!(only(&w.store, "13800138002").await.name, "王丽");
}

async fn rows_with_mistakes_are_told_and_the_others_taken(w: World) {
    let text = "name,phone,email,birthday\n\
        Anna,12,anna@example,1980\n\
        ,13800138003,,\n\
        \n\
        Bert,,,\n\
        \"Carl\nthe Great\",13800138004,,\n\
        Dora,13800138005,,,extra\n\
        Emil,13800138006,,02-30\n";
    let report = import(&w.store, text).await;
    assert_eq!((report.rows, report.created, report.refused), (6, 1, 5), "{report}");
    let told: Vec<_> = report.mistakes.iter().map(|it| (it.line, it.column.as_deref().unwrap_or(""))).collect();
    assert_eq!(
        told,
        [(2, "phone"), (2, "email"), (2, "birthday"), (3, ""), (5, ""), (8, ""), (9, "birthday")],
        "{report}"
    );
    assert_eq!(only(&w.store, "13800138004").await.name, "Carl\nthe Great");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((&json["refused"], &json["mistakes"][0]["line"]), (&5.into(), &2.into()));
}

async fn the_same_file_twice_changes_nothing(w: World) {
    import(&w.store, FILE).await;
    let before = only(&w.store, "13800138001").await;
    let report = import(&w.store, FILE).await;
    assert_eq!((report.created, report.merged), (0, 2), "{report}");
    assert_eq!(only(&w.store, "13800138001").await, before);

    // A newer file adds and corrects; what it does not say stays.
    let newer = "name,phone,mobile,tier\n 欧阳明珠 ,13800138001,13900000009,platinum\n";
    import(&w.store, newer).await;
    let card = only(&w.store, "13900000009").await;
    assert_eq!(
        (card.id, card.tier.as_deref(), card.organisation.as_deref()),
        (before.id, Some("platinum"), Some("东方珠宝"))
    );
    let skip = ImportOptions { duplicates: Duplicates::Skip, ..options() };
    let report = import_customers(&w.store, FILE.as_bytes(), &skip, at(0)).await.unwrap();
    assert_eq!((report.skipped, report.merged, report.created), (2, 0, 0));
    assert_eq!(only(&w.store, "13800138001").await.tier.as_deref(), Some("platinum"));
}

async fn a_dry_run_tells_the_same_and_writes_nothing(w: World) {
    let text = format!("{FILE}欧阳明珠,138 0013 8001,,,,,,,,,,\n,138,,,,,,,,,,\n");
    let dry = ImportOptions { dry_run: true, ..options() };
    let told = import_customers(&w.store, text.as_bytes(), &dry, at(0)).await.unwrap();
    assert_eq!(w.store.customer_count().await.unwrap(), 0);
    let done = import(&w.store, &text).await;
    assert_eq!((told.created, told.merged, told.refused), (2, 1, 1));
    assert_eq!(ImportReport { dry_run: false, ..told.clone() }, done);
    assert!(told.to_string().contains("nothing was written"));
}

async fn a_household_stays_two_people(w: World) {
    let text = "姓名,电话\n王建国,021 5550 0108\n李秀英,021 5550 0108\n";
    let report = import(&w.store, text).await;
    assert_eq!((report.created, report.shared.len()), (2, 1), "{report}");
    assert_eq!(report.shared[0].line, 3);
    let number = Number::parse("02155500108", "CN").unwrap();
    assert_eq!(w.store.find_by_number(&number).await.unwrap().len(), 2);
    assert_eq!(import(&w.store, text).await.merged, 2);

    // Two of the same name, and a row that could be either.
    let text = "name,phone\nLi Wei,13800138010\n";
    import(&w.store, text).await;
    import(&w.store, "name,phone\nLi Wei,13800138011\n").await;
    let report = import(&w.store, "name,phone,mobile\nLi Wei,13800138010,13800138011\n").await;
    assert_eq!((report.refused, report.created), (1, 0), "{report}");
}

async fn a_file_that_cannot_be_taken_says_why(w: World) {
    let import = async |bytes: &[u8]| import_customers(&w.store, bytes, &options(), at(0)).await;
    assert!(matches!(import(b"phone\n138\n").await, Err(ImportError::NoColumn("the name", _))));
    assert!(matches!(import("姓名\n王\n".as_bytes()).await, Err(ImportError::NoColumn(_, _))));
    assert!(matches!(import(b"\xff\xff\xff").await, Err(ImportError::Encoding)));
    assert!(matches!(import(b"").await, Err(ImportError::NoColumn(_, _))));
}

async fn many_rows_go_in_groups(w: World) {
    let rows: String = (0..250).map(|n| format!("Customer {n},+4477009{:05}\n", n)).collect();
    let report = import(&w.store, &format!("name,phone\n{rows}")).await;
    assert_eq!((report.created, w.store.customer_count().await.unwrap()), (250, 250));
}

/// Number, extension, label.
type Had = (&'static str, &'static str, &'static str);

/// Cell, and what is had of it; nothing: the row is refused with these words.
const CELLS: [(&str, &[Had], &str); 20] = [
    ("021-55500188", &[("+862155500188", "", "")], ""),
    ("+8621-55500100", &[("+862155500100", "", "")], ""),
    ("+86 (0)21 5550 0100 ext 12", &[("+862155500100", "12", "")], ""),
    ("021-55500100,12", &[("+862155500100", "12", "")], ""),
    ("021-55500100 转 12", &[("+862155500100", "12", "")], ""),
    ("021-55500100;ext=12", &[("+862155500100", "12", "")], ""),
    ("+49 30 123456 x12", &[("+4930123456", "12", "")], ""),
    ("+1 415 555 0100 #22", &[("+14155550100", "22", "")], ""),
    ("+4930123456 (office 2)", &[("+4930123456", "", "office 2")], ""),
    ("021-55500100,12; 021-55500100,13", &[("+862155500100", "12", ""), ("+862155500100", "13", "")], ""),
    ("13800138000.0", &[("+8613800138000", "", "")], ""),
    ("13,800,138,000", &[("+8613800138000", "", "")], ""),
    ("１３８００１３８０００", &[("+8613800138000", "", "")], ""),
    ("13800138000，13900139000", &[("+8613800138000", "", ""), ("+8613900139000", "", "")], ""),
    ("13800138000 / 13900139000", &[("+8613800138000", "", ""), ("+8613900139000", "", "")], ""),
    ("+49 (030) 123456", &[("+4930123456", "", "")], ""),
    ("8.61E+12", &[], "a spreadsheet has rounded"),
    ("1000", &[], "a short number"),
    ("55500188", &[], "a short number"),
    ("+0049 30 123456", &[], "not a telephone number"),
];

async fn numbers_as_people_and_spreadsheets_write_them(w: World) {
    for (row, (cell, expected, refused)) in CELLS.iter().enumerate() {
        let name = format!("Row {row}");
        let report = import(&w.store, &format!("name,phone\n{name},\"{cell}\"\n")).await;
        let told = report.to_string();
        let found = w.store.search(&name, "CN", 50).await.unwrap();
        let points = found.iter().find(|card| card.name == name).map(|card| card.contact_points.clone());
        let points = points.unwrap_or_default();
        let read: Vec<_> = points
            .iter()
            .map(|point| (point.value.as_str(), point.extension.as_deref().unwrap_or_default(), point.label.as_str()))
            .collect();
        assert_eq!(read, *expected, "{cell}: {told}");
        assert_eq!(report.refused > 0, expected.is_empty(), "{cell}: {told}");
        assert!(told.contains(refused), "{cell}: {told}");
    }
    // Each customer once, also with several extensions.
    let number = Number::parse("021-55500100", "CN").unwrap();
    let found = w.store.find_by_number(&number).await.unwrap();
    let mut names: Vec<_> = found.iter().map(|card| card.name.as_str()).collect();
    names.dedup();
    assert_eq!(names.len(), found.len(), "{names:?}");
}
