//! Customers from files as people have them.

use carillon::base::Number;
use carillon::crm::CustomerCard;
use carillon::store::{
    Duplicates, Encoding, Import, ImportError, ImportKind, ImportOptions, ImportReport, Known, SLICE, Store,
    StoreSettings,
};

use crate::{World, at, on_both};

on_both!(
    a_file_in_chinese_is_read,
    a_file_in_gb18030_with_semicolons_is_read,
    rows_with_mistakes_are_told_and_the_others_taken,
    the_same_file_twice_changes_nothing,
    a_dry_run_tells_the_same_and_writes_nothing,
    a_household_stays_two_people,
    a_file_that_cannot_be_taken_says_why,
    many_rows_go_in_slices,
    tables_as_programs_write_them,
    an_open_quote_costs_one_row,
    columns_of_one_meaning_lose_nothing,
    the_encoding_is_found_and_told,
    orders_go_to_the_customer_whose_number_they_tell,
    numbers_as_people_and_spreadsheets_write_them,
);

const FILE: &str = "姓名,手机号码,家庭电话,电子邮箱,公司,会员等级,语言,标签,生日,结婚纪念日,备注,鞋码\n\
    欧阳明珠,138 0013 8001,021-5550 0101,Ming@Example.com,东方珠宝,VIP,中文,珍珠;翡翠,5月17日,2014年10月2日,\"喜欢, 玫瑰金\",37\n\
    Jane Smith,+44 7700 900123,,,,gold,English,,,,,\n";

fn options() -> ImportOptions {
    ImportOptions { region: "CN".into(), duplicates: Duplicates::Merge, dry_run: false, encoding: None, currency: None }
}

async fn import_as(store: &Store, bytes: &[u8], options: &ImportOptions) -> Result<ImportReport, ImportError> {
    carillon::store::import(store, ImportKind::Customers, bytes, options, at(0)).await
}

async fn import_orders(store: &Store, text: &str) -> ImportReport {
    carillon::store::import(store, ImportKind::Orders, text.as_bytes(), &options(), at(0)).await.unwrap()
}

async fn import(store: &Store, text: &str) -> ImportReport {
    import_as(store, text.as_bytes(), &options()).await.unwrap()
}

async fn only(store: &Store, number: &str) -> CustomerCard {
    let found = store.find_by_number(&Number::parse(number, "CN").unwrap()).await.unwrap();
    assert_eq!(found.len(), 1, "{number}");
    found.into_iter().next().unwrap()
}

async fn a_file_in_chinese_is_read(w: World) {
    let report = import(&w.store, FILE).await;
    assert_eq!((report.rows, report.created, report.refused), (2, 2, 0), "{report}");
    assert_eq!(
        (report.encoding, report.unread_columns.as_slice()),
        (Encoding::named("utf-8").unwrap(), ["鞋码".to_owned()].as_slice())
    );
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
    let report = import_as(&w.store, &bytes, &options()).await.unwrap();
    assert_eq!((report.encoding, report.created), (Encoding::named("gbk").unwrap(), 1));
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
    let report = import_as(&w.store, FILE.as_bytes(), &skip).await.unwrap();
    assert_eq!((report.skipped, report.merged, report.created), (2, 0, 0));
    assert_eq!(only(&w.store, "13800138001").await.tier.as_deref(), Some("platinum"));
}

async fn a_dry_run_tells_the_same_and_writes_nothing(w: World) {
    let text = format!("{FILE}欧阳明珠,138 0013 8001,,,,,,,,,,\n欧阳,138 0013 8001,,,,,,,,,,\n,138,,,,,,,,,,\n");
    let dry = ImportOptions { dry_run: true, ..options() };
    let told = import_as(&w.store, text.as_bytes(), &dry).await.unwrap();
    assert_eq!(w.store.customer_count().await.unwrap(), 0);
    let done = import(&w.store, &text).await;
    assert_eq!((told.created, told.merged, told.refused, told.shared.len()), (3, 1, 1, 1));
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
    let import = async |bytes: &[u8]| import_as(&w.store, bytes, &options()).await;
    assert!(matches!(import(b"phone\n138\n").await, Err(ImportError::NoColumn("the name", _))));
    assert!(matches!(import("姓名\n王\n".as_bytes()).await, Err(ImportError::NoColumn(_, _))));
    assert!(matches!(import(b"").await, Err(ImportError::NoColumn(_, _))));
    for (bytes, told) in [
        (b"PK\x03\x04rest".as_slice(), "an Excel workbook (.xlsx)"),
        (b"<html><table><tr><td>name", "a web page"),
        (b"name,phone,emial\nAnna,13800138000,a@example.com\n", "unknown column `emial`; did you mean `email`?"),
        (b"name,\"phone\nAnna,13800138000\n", "line 1: a quote"),
        (b"name,note\nAnna,13800138000\n", "no column for a phone number"),
    ] {
        let error = import(bytes).await.unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
    let wide = format!("{}\nAnna", "name,phone,".repeat(500_000));
    assert!(import(wide.as_bytes()).await.unwrap_err().to_string().contains("more than 1000 cells"));
    let korean = encoding_rs::EUC_KR.encode("name,phone\n김철수,13800138000\n").0.into_owned();
    assert!(matches!(import(&korean).await, Err(ImportError::Unsure(_))), "as likely Chinese");
    let said = ImportOptions { encoding: Encoding::named("euc-kr"), ..options() };
    assert_eq!(import_as(&w.store, &korean, &said).await.unwrap().encoding_known, Known::Said);
    assert_eq!(only(&w.store, "13800138000").await.name, "김철수");
}

/// What every program makes of a table: each of these is one customer, Anna.
async fn tables_as_programs_write_them(w: World) {
    for (nth, (text, why)) in [
        ("name,phone,,\nAnna,NUM,,\n", "empty headers"),
        ("name,phone\nAnna,NUM,,,\n", "empty cells behind the last header"),
        ("sep=;\nname;phone\nAnna;NUM\n", "the separator is said"),
        ("\"sep=;\"\r\nname;phone\r\nAnna;NUM\r\n", "in quotes"),
        ("Customers of May\n\nname,phone\nAnna,NUM\n", "a title"),
        ("Customers, exported 2026-05-01;;\n;;\nname;phone;notes\nAnna;NUM;a, b, c, d\n", "a title with commas"),
        ("name|phone\nAnna|NUM\n", "bars"),
        ("name\tphone\r\nAnna\tNUM", "tabs, no last line end"),
        ("name,phone\rAnna,NUM\r", "line ends of an old Mac"),
        ("\u{feff}name,\u{feff}phone\u{a0}\n\u{a0}Anna\u{200b},\u{202a}NUM\u{202c}\n", "marks that nobody sees"),
        ("name,phone\n\"Anna\",=\"NUM\"\n", "a formula that keeps a text"),
        ("name,phone\n\"Anna\",\"=\"\"NUM\"\"\"\n", "the same in quotes"),
        ("First Name,Last Name,phone\nAnna,,NUM\n", "parts of a name"),
        ("Given Name,Phone 1 - Type,Phone 1 - Value\nAnna,Mobile,NUM\n", "Google"),
        ("Title,First Name,Business Phone 2,E-mail Address\n,Anna,NUM,\n", "Outlook"),
        ("姓名,手机号码\nAnna,NUM\n", "WPS"),
    ]
    .into_iter()
    .enumerate()
    {
        let number = format!("138001382{nth:02}");
        let report = import(&w.store, &text.replace("NUM", &number)).await;
        assert_eq!((report.created, report.refused), (1, 0), "{why}: {report}");
        assert_eq!(only(&w.store, &number).await.name, "Anna", "{why}");
    }
    let text =
        "First Name,Middle Name,Last Name,phone,birthday\nAnna,M.,Berg,13800138300,17.05.1980\n丽,,王,13800138301,\n";
    import(&w.store, text).await;
    let card = only(&w.store, "13800138300").await;
    assert_eq!((card.name.as_str(), card.dates[0].1.as_str()), ("Anna M. Berg", "1980-05-17"));
    assert_eq!(only(&w.store, "13800138301").await.name, "王丽");
}

async fn an_open_quote_costs_one_row(w: World) {
    let text = "name,phone,notes\nAnna,13800138310,\"likes gold\nBert,13800138311,x\nCarl,13800138312,\"a\"b\"\nDora,13800138313,\n";
    let report = import(&w.store, text).await;
    assert_eq!((report.created, report.refused), (2, 2), "{report}");
    assert_eq!(report.mistakes.iter().map(|mistake| mistake.line).collect::<Vec<_>>(), [2, 4], "{report}");
    assert_eq!(only(&w.store, "13800138311").await.notes, "x");
}

async fn columns_of_one_meaning_lose_nothing(w: World) {
    let text = "Name,Contact Name,Phone,Phone,Notes,Remarks,Notes,Tags,Labels,Company,Organization\n\
                东方珠宝,王丽,13800138320,021-55500120,a,b,a,x,y,One,Two\n";
    let report = import(&w.store, text).await;
    assert_eq!(report.joined_columns.len(), 3, "{report}");
    assert!(report.to_string().contains("`Notes`, `Remarks`, `Notes` are all the notes"), "{report}");
    let card = only(&w.store, "13800138320").await;
    assert_eq!(
        (card.name.as_str(), card.organisation.as_deref(), card.contact_points.len()),
        ("东方珠宝", Some("One"), 2)
    );
    assert_eq!(card.notes, "a\nb\nContact Name: 王丽\nOrganization: Two");
    assert_eq!(card.tags, ["x", "y"]);
    assert_eq!(import(&w.store, text).await.merged, 1);
    assert_eq!(only(&w.store, "13800138320").await, card, "and the same again changes nothing");
}

async fn the_encoding_is_found_and_told(w: World) {
    let text = "name,phone,notes\nMüller,13800138330,Grüße aus Köln\n";
    let bytes = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let dry = ImportOptions { dry_run: true, ..options() };
    let report = import_as(&w.store, &bytes, &dry).await.unwrap();
    assert_eq!((report.encoding.to_string().as_str(), report.encoding_known), ("windows-1252", Known::Guessed));
    assert!(report.to_string().contains("Müller") && report.to_string().contains("--encoding"), "{report}");
    import_as(&w.store, &bytes, &options()).await.unwrap();
    assert_eq!(only(&w.store, "13800138330").await.notes, "Grüße aus Köln");
    let bytes = encoding_rs::SHIFT_JIS.encode("氏名,name,phone\n,山田太郎,13800138331\n").0.into_owned();
    import_as(&w.store, &bytes, &options()).await.unwrap();
    assert_eq!(only(&w.store, "13800138331").await.name, "山田太郎");
}

async fn orders_go_to_the_customer_whose_number_they_tell(w: World) {
    import(&w.store, "name,phone\nAnna,13800138340\nBert,13800138341\nBea,13800138341\n").await;
    let text = "Order No.;Date;Customer;Phone;Product;Total;Currency;Status\n\
                A-1;17.05.2026;Anna;138 0013 8340;Ring;1.280,50;EUR;delivered\n\
                A-2;2026/6/1;;13800138340;;99元;;\n\
                B-1;2026-06-01;Bea;13800138341;Chain;10;CNY;\n\
                B-2;2026-06-01;;13800138341;Chain;10;CNY;\n\
                C-1;2026-06-01;;13800138349;Chain;10;CNY;\n\
                D-1;soon;;13800138340;Chain;ten;CNY;\n\
                ;2026-06-01;;13800138340;Chain;10;;\n";
    let report = import_orders(&w.store, text).await;
    assert_eq!((report.created, report.refused), (3, 4), "{report}");
    let told: Vec<_> = report.mistakes.iter().map(|it| (it.line, it.column.as_deref().unwrap_or(""))).collect();
    assert_eq!(told, [(7, "Date"), (7, "Total"), (8, "Order No."), (8, "Total"), (5, ""), (6, "")], "{report}");
    let card = only(&w.store, "13800138340").await;
    let orders: Vec<_> = card
        .orders
        .iter()
        .map(|it| (it.number.as_str(), it.placed.as_str(), it.amount_minor, it.currency.as_str(), it.status.as_str()))
        .collect();
    assert_eq!(orders, [("A-2", "2026-06-01", 9_900, "CNY", ""), ("A-1", "2026-05-17", 128_050, "EUR", "delivered")]);
    assert_eq!(w.store.search("B-1", "CN", 5).await.unwrap()[0].name, "Bea");

    let later = "order,date,phone,amount,currency,status\nA-1,2026-05-17,13800138340,1280.50,EUR,returned\n";
    assert_eq!(import_orders(&w.store, later).await.merged, 1);
    let card = only(&w.store, "13800138340").await;
    assert_eq!((card.orders.len(), card.orders[1].status.as_str()), (2, "returned"));
}

async fn many_rows_go_in_slices(w: World) {
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

/// Between two slices another program, which waits for no lock, can write; and what a slice brought is there.
#[tokio::test]
async fn an_import_lets_others_write_after_every_slice() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = StoreSettings::sqlite(&folder.path().join("c.db"));
    let store = Store::open(&settings).await.unwrap();
    settings.busy_timeout = std::time::Duration::ZERO;
    let server = Store::open(&settings).await.unwrap();
    let rows: String = (0..=3 * SLICE).map(|n| format!("Customer {n},+4477009{n:05}\n")).collect();
    let text = format!("name,phone\n{rows}");
    let mut import = Import::open(ImportKind::Customers, text.as_bytes(), options(), at(0)).unwrap();
    let (mut slices, mut before) = (0, 0);
    while import.step(&store).await.unwrap() {
        slices += 1;
        let count = server.customer_count().await.unwrap();
        assert!(count - before <= u64::try_from(SLICE).unwrap() && count > before, "{before} to {count}");
        let draft = carillon::crm::CustomerDraft { name: format!("live {slices}"), ..Default::default() };
        server.save_customer(None, &draft, at(0)).await.expect("the lock is free");
        before = server.customer_count().await.unwrap();
    }
    assert_eq!((slices, import.report().created), (3, 3 * u64::try_from(SLICE).unwrap() + 1));
}
