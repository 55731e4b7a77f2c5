use super::layout::pages;
use super::line::{Face, Ink, Ruler, Style, clean, lines, longest};
use super::page::{Mark, Pages};
use super::sheet::{Block, Column, Pair, Sheet, Sum, Table};
use super::{FontFault, Fonts, PAGES_MAX, PaperError, ROWS_MAX, draw};

/// Chinese letters are as wide as high, all others half of it.
struct Even;

impl Ruler for Even {
    fn advance(&self, letter: char, _: Face) -> f32 {
        if letter >= '\u{2e80}' { 1.0 } else { 0.5 }
    }
}

const TEN: Style = Style::new(Face::Plain, 10.0, Ink::Black);

fn said(mark: &Mark) -> Option<&str> {
    match mark {
        Mark::Text { text, .. } => Some(text),
        Mark::Bar { .. } => None,
    }
}

fn texts(pages: &Pages) -> Vec<Vec<&str>> {
    pages.marks.iter().map(|page| page.iter().filter_map(said).collect()).collect()
}

fn table(rows: usize, cell: &str) -> Table {
    let column = |head: &str, number| Column { head: head.to_owned(), number };
    let row = |at: usize| vec![format!("row {at}"), cell.to_owned(), format!("{at}.00")];
    Table {
        columns: vec![column("Item", false), column("名称", false), column("Total", true)],
        rows: (0..rows).map(row).collect(),
    }
}

fn sheet(blocks: Vec<Block>) -> Sheet {
    Sheet {
        language: "en".into(),
        house: "House".into(),
        title: "Quote".into(),
        name: "Quote 1".into(),
        blocks,
        ..Sheet::default()
    }
}

#[test]
fn lines_break_where_chinese_and_latin_may() {
    for (text, width, expected) in [
        ("", 50.0, &[""][..]),
        ("one two three", 35.0, &["one two", "three"]),
        ("one two three", 34.0, &["one", "two", "three"]),
        ("a\n\nb", 50.0, &["a", "", "b"]),
        ("报价单有效期三十天", 40.0, &["报价单有", "效期三十", "天"]),
        // Nothing begins with a comma or ends with a bracket.
        ("报价单有，效期", 40.0, &["报价单", "有，效期"]),
        ("报价单（有效期）", 40.0, &["报价单", "（有效", "期）"]),
        ("珠宝 Pearl 项链", 50.0, &["珠宝 Pearl", "项链"]),
        ("https://example.com/abcdef", 50.0, &["https://", "example.co", "m/abcdef"]),
        ("x\u{202e}y\u{0}z\tw", 50.0, &["xyz w"]),
    ] {
        assert_eq!(lines(text, width, TEN, &Even), expected, "{text:?} in {width}");
    }
    let pieces = lines(&"无尽".repeat(500), 95.0, TEN, &Even);
    assert!(pieces.iter().all(|line| Even.width(line, TEN) <= 95.0) && pieces.concat().chars().count() == 1_000);
    assert!((longest("one three", TEN, &Even) - 25.0).abs() < 0.01);
    // A width of nothing at all ends, too.
    assert_eq!(lines("ab", 0.0, TEN, &Even), ["a", "b"]);
}

#[test]
fn a_table_goes_on_with_its_head() {
    let laid = pages(&sheet(vec![Block::Table(table(200, "一串珍珠"))]), &Even).unwrap();
    let read = texts(&laid);
    assert!(read.len() > 2, "{}", read.len());
    for (at, page) in read.iter().enumerate() {
        assert_eq!(page.iter().filter(|text| **text == "名称").count(), 1, "page {at}");
        assert!(page.contains(&format!("Page {} of {}", at + 1, read.len()).as_str()));
    }
    let rows: Vec<&str> = read.iter().flatten().copied().filter(|text| text.starts_with("row ")).collect();
    assert_eq!(rows, (0..200).map(|at| format!("row {at}")).collect::<Vec<_>>());
    on_the_page(&laid);
}

#[test]
fn a_row_that_is_higher_than_a_page_goes_on() {
    let long = "很长的说明。".repeat(1_500);
    let laid = pages(&sheet(vec![Block::Table(table(2, &long))]), &Even).unwrap();
    let all: String = texts(&laid).concat().concat();
    assert_eq!(all.matches('很').count(), 3_000);
    on_the_page(&laid);
}

/// Nothing is drawn beyond the margins.
fn on_the_page(laid: &Pages) {
    for mark in laid.marks.iter().flatten() {
        match mark {
            Mark::Text { x, y, style, text } => {
                let right = x + Even.width(text, *style);
                assert!(*x >= 50.0 && right <= laid.width - 50.0 && *y > 20.0 && *y < laid.height - 20.0, "{mark:?}");
            }
            Mark::Bar { x, width, .. } => assert!(x + width <= laid.width - 50.0, "{mark:?}"),
        }
    }
}

#[test]
fn much_is_bounded() {
    let laid = pages(&sheet(vec![Block::Table(table(ROWS_MAX, "一串珍珠 a string of pearls"))]), &Even).unwrap();
    assert!(laid.marks.len() > 80 && laid.marks.len() < PAGES_MAX, "{}", laid.marks.len());
    for too_much in [
        Block::Table(table(ROWS_MAX + 1, "x")),
        Block::Text("x".repeat(5_000_000)),
        Block::Text("x\n".repeat(100_000)),
        Block::Table(Table { rows: vec![vec!["行\n".repeat(40_000)]], ..table(0, "") }),
    ] {
        assert_eq!(pages(&sheet(vec![too_much]), &Even), Err(PaperError::TooLong));
    }
}

#[test]
fn odd_documents_are_drawn_too() {
    let many = (0..60).map(|at| Column { head: format!("column {at}"), number: at % 2 == 0 }).collect();
    let wide = Table {
        columns: many,
        rows: vec![vec!["12345678901234567890".to_owned(); 60], vec!["short".to_owned()], Vec::new()],
    };
    for block in [
        Block::Table(wide),
        Block::Table(Table::default()),
        Block::Pairs(Vec::new()),
        Block::Pairs(vec![
            Pair::new("", ""),
            Pair { blank: 3, wide: true, ..Pair::new("a", "") },
            Pair::new("b", "长".repeat(3_000)),
        ]),
        Block::Sums(vec![Sum { name: "和".repeat(300), value: "1".repeat(200) }]),
        Block::Sign(vec!["x".repeat(900); 3]),
        Block::To { lines: vec!["名".repeat(500)], facts: vec![Pair::new("键".repeat(90), "值".repeat(900))] },
        Block::Heading(String::new()),
    ] {
        pages(&sheet(vec![block]), &Even).unwrap();
    }
}

#[test]
fn a_heading_is_not_left_alone() {
    for lead in 0..60 {
        let blocks =
            vec![Block::Text("line\n".repeat(lead)), Block::Heading("Items".into()), Block::Table(table(3, "x"))];
        let laid = pages(&sheet(blocks), &Even).unwrap();
        let read = texts(&laid);
        let page = read.iter().find(|page| page.contains(&"Items")).unwrap();
        assert!(page.contains(&"row 0"), "after {lead} lines");
    }
}

const FONT: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";

fn fonts() -> Fonts {
    Fonts::read(std::fs::read(FONT).expect("the package fonts-noto-cjk"), None).unwrap()
}

#[test]
fn a_font_needs_chinese() {
    assert_eq!(Fonts::read(Vec::new(), None).err(), Some(FontFault::NotAFont));
    assert_eq!(Fonts::read(b"<html>".repeat(100), None).err(), Some(FontFault::NotAFont));
    let fonts = fonts();
    // One of several in the file: letters of all of them are there.
    assert!(fonts.metrics().unwrap().glyph('货', Face::Bold).0 > 0);
}

#[test]
fn a_document_becomes_a_small_pdf_with_its_own_letters() {
    let blocks =
        vec![Block::Text("报价单 Quote <script>alert(1)</script> 🙂 é".into()), Block::Table(table(3, "珍珠"))];
    let bytes = draw(&sheet(blocks), &fonts()).unwrap();
    assert!(bytes.starts_with(b"%PDF-1.") && bytes.len() < 60_000, "{}", bytes.len());
    for acts in ["/JavaScript", "/OpenAction", "/URI", "/Launch", "/EmbeddedFile"] {
        assert!(!bytes.windows(acts.len()).any(|part| part == acts.as_bytes()), "{acts}");
    }
    assert_eq!(clean("a\u{ad}b"), "ab");
}
