//! What strangers write, by the country that it is written in.

use super::*;

fn e164(text: &str, region: &str) -> String {
    Number::parse(text, region).map_or_else(|error| format!("{error:?}"), |number| number.to_string())
}

/// Region, spelling, number.
const READ: [(&str, &str, &str); 104] = [
    ("CN", "021-55500188", "+862155500188"),
    ("CN", "(021) 5550 0188", "+862155500188"),
    ("CN", "0086 21 5550 0188", "+862155500188"),
    ("CN", "0086-021-55500188", "+862155500188"),
    ("CN", "86 21 5550 0188", "+862155500188"),
    ("CN", "8602155500188", "+862155500188"),
    ("CN", "+86 (0)21 5550 0188", "+862155500188"),
    ("CN", "+86 (021) 5550 0188", "+862155500188"),
    ("CN", "+86-021-55500188", "+862155500188"),
    ("CN", "+8621-55500188", "+862155500188"),
    ("CN", "０２１－５５５００１８８", "+862155500188"),
    ("CN", "tel:+8621-55500188", "+862155500188"),
    ("CN", "021-55500188 转 12", "+862155500188"),
    ("CN", "021-55500188-12", "NotInRegion(\"CN\")"),
    ("CN", "010-88888888", "+861088888888"),
    ("CN", "0755 8888 8888", "+8675588888888"),
    ("CN", "13800138000", "+8613800138000"),
    ("CN", "138 0013 8000", "+8613800138000"),
    ("CN", "8613800138000", "+8613800138000"),
    ("CN", "+86 013800138000", "+8613800138000"),
    ("CN", "013800138000", "+8613800138000"),
    ("CN", "13800138000.0", "+8613800138000"),
    ("CN", "13,800,138,000", "+8613800138000"),
    ("CN", "138001380000", "NotInRegion(\"CN\")"),
    ("CN", "8.61E+12", "Rounded"),
    ("CN", "1.38001E+10", "Rounded"),
    ("CN", "400-820-8820", "+864008208820"),
    ("CN", "800-820-8820", "+868008208820"),
    ("CN", "55500188", "Short"),
    ("CN", "1000", "Short"),
    ("CN", "12", "NotANumber"),
    ("CN", "110", "Short"),
    ("CN", "110#", "Short"),
    ("CN", "120", "Short"),
    ("CN", "10086", "Short"),
    ("CN", "95588", "Short"),
    ("CN", "12345", "Short"),
    ("CN", "0110", "Short"),
    ("CN", "+86 110", "Short"),
    ("CN", "+8695588", "Short"),
    ("CN", "user1000", "NotANumber"),
    ("CN", "anonymous", "NotANumber"),
    ("CN", "", "Empty"),
    ("CN", "+0049 30 123456", "NotANumber"),
    ("CN", "+00 86 21 5550 0188", "NotANumber"),
    ("CN", "+999 123456", "NotANumber"),
    ("CN", "13800138000,13900139000", "Several"),
    ("CN", "4930123456", "NotInRegion(\"CN\")"),
    ("CN", "+49 30 123456 x12", "+4930123456"),
    ("CN", "+1 415 555 0100 #22", "+14155550100"),
    ("CN", "+1415-555-0100", "+14155550100"),
    ("CN", "+4930123456 (office 2)", "+4930123456"),
    ("CN", "+49(0)30-123456", "+4930123456"),
    ("CN", "+49 (030) 123456", "+4930123456"),
    ("CN", "+44 020 7946 0100", "+442079460100"),
    ("CN", "00442079460100", "+442079460100"),
    ("CN", "+852 2123 4567", "+85221234567"),
    ("CN", "+852 (0)2123 4567", "+85221234567"),
    // Outside its plan: 120 00 must not be taken for a carrier's code.
    ("CN", "+86 120 0000 0168", "+8612000000168"),
    ("CN", "+86 120 0000 0197", "+8612000000197"),
    ("DE", "030/12345678", "+493012345678"),
    ("DE", "030 1234-5678", "+493012345678"),
    ("DE", "030 123456", "+4930123456"),
    ("DE", "+49 (0)30 1234 5678", "+493012345678"),
    ("DE", "+49 (0) 30 / 1234 56-0", "+49301234560"),
    ("DE", "0049 30 12345678", "+493012345678"),
    ("DE", "0049 (0)30 12345678", "+493012345678"),
    ("DE", "0171 1234567", "+491711234567"),
    ("DE", "+49 0171 1234567", "+491711234567"),
    ("DE", "112", "Short"),
    ("DE", "115", "Short"),
    ("DE", "116117", "Short"),
    ("DE", "+49 110", "Short"),
    ("DE", "12345678", "Short"),
    ("US", "(415) 555-0100", "+14155550100"),
    ("US", "415.555.0100", "+14155550100"),
    ("US", "1-415-555-0100", "+14155550100"),
    ("US", "+1 (415) 555-0100 ext. 22", "+14155550100"),
    ("US", "+1 1 415 555 0100", "+14155550100"),
    ("US", "+1 (0)415 555 0100", "+14155550100"),
    ("US", "011 86 21 5550 0188", "+862155500188"),
    ("US", "0086 21 5550 0188", "+862155500188"),
    ("US", "1-800-FLOWERS", "+18003569377"),
    ("US", "911", "Short"),
    ("US", "+1 911", "Short"),
    ("US", "5550100", "NotInRegion(\"US\")"),
    ("GB", "020 7946 0100", "+442079460100"),
    ("GB", "+44 (0)20 7946 0100", "+442079460100"),
    ("GB", "07911 123456", "+447911123456"),
    ("GB", "7911123456", "+447911123456"),
    ("GB", "999", "Short"),
    ("IT", "06 698 12345", "+390669812345"),
    ("IT", "+39 06 698 12345", "+390669812345"),
    ("IT", "+39 (0)6 698 12345", "+390669812345"),
    ("IT", "340 123 4567", "+393401234567"),
    ("IT", "112", "Short"),
    ("FR", "01 42 68 53 00", "+33142685300"),
    ("FR", "+33 (0)1 42 68 53 00", "+33142685300"),
    ("FR", "142685300", "+33142685300"),
    ("FR", "3631", "Short"),
    ("JP", "03-1234-5678", "+81312345678"),
    ("JP", "010 86 21 5550 0188", "+862155500188"),
    ("HK", "2123 4567", "+85221234567"),
    ("HK", "0086 21 5550 0188", "+862155500188"),
];

#[test]
fn every_spelling_is_one_number_or_says_what_is_wrong() {
    let wrong: Vec<String> = READ
        .iter()
        .map(|(region, text, expected)| (region, text, *expected, e164(text, region)))
        .filter(|(_, _, expected, read)| expected != read)
        .map(|(region, text, expected, read)| format!("{region} `{text}`: {read}, not {expected}"))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
    assert!(Number::parse("030 1", "ZZ").is_err());
}

#[test]
fn every_country_reads_its_own_number_in_every_style() {
    // National digits with the trunk prefix, and the number.
    for (region, national, number) in [
        ("CN", "02155500188", "+862155500188"),
        ("CN", "13800138000", "+8613800138000"),
        ("DE", "03012345678", "+493012345678"),
        ("US", "4155550100", "+14155550100"),
        ("GB", "02079460100", "+442079460100"),
        ("IT", "0669812345", "+390669812345"),
        ("FR", "0142685300", "+33142685300"),
        ("JP", "0312345678", "+81312345678"),
        ("HK", "21234567", "+85221234567"),
        ("AU", "0212345678", "+61212345678"),
        ("CH", "0446681800", "+41446681800"),
        ("AT", "01514440", "+431514440"),
        ("NL", "0201234567", "+31201234567"),
        ("ES", "912345678", "+34912345678"),
        ("SG", "61234567", "+6561234567"),
        ("KR", "0212345678", "+82212345678"),
        ("TW", "0221234567", "+886221234567"),
        ("IN", "07410410123", "+917410410123"),
        ("BR", "01123456789", "+551123456789"),
        ("RU", "83011234567", "+73011234567"),
    ] {
        let digits = number.trim_start_matches('+');
        let parsed = Number::parse(number, region).unwrap();
        for text in [
            national.to_owned(),
            format!("{} ext 7", parsed.shown(region)),
            parsed.international(),
            parsed.international().replace(' ', "\u{A0}"),
            parsed.international().replace(' ', "‑"),
            parsed.international().replace(' ', "."),
            number.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect(),
            format!("tel:{number}"),
            format!("00{digits}"),
            format!("{number},7"),
            format!("{number} (office 2)"),
            format!("{national}.0"),
        ] {
            assert_eq!(e164(&text, region), number, "{region} `{text}`");
        }
    }
}

#[test]
fn what_stands_beside_a_number_is_kept_beside_it() {
    let read = |text| Number::read(text, "CN").unwrap();
    let spelled = read("+86 21 5550 0100 ext 12 (王先生)");
    assert_eq!((spelled.number.as_str(), spelled.extension.as_deref()), ("+862155500100", Some("12")));
    assert_eq!(spelled.note.as_deref(), Some("王先生"));
    assert_eq!(read("+4930123456 (office 2)").note.as_deref(), Some("office 2"));
    assert_eq!(read("13800138000").extension, None);
}

#[test]
fn a_number_that_is_looked_for_may_be_a_piece() {
    let asked = |text| Number::search_digits(text, "CN");
    for text in
        ["021-55500188", "0086 21 5550 0188", "+86 (0)21 5550 0188", "０２１－５５５００１８８", "tel:+862155500188"]
    {
        assert_eq!(asked(text).first().map(String::as_str), Some("862155500188"), "{text}");
    }
    assert_eq!(asked("021-5550"), ["0215550", "215550"]);
    assert_eq!(asked("+86 (0)21 5550"), ["860215550", "86215550"]);
    assert_eq!(asked("0188"), ["0188", "188"]);
    assert_eq!(asked("00862155"), ["00862155", "862155", "0862155"]);
    assert!(asked("MA-2026-10007").is_empty());
    assert!(asked("王 138").is_empty());
    assert!(asked("138 王").is_empty());
}

#[test]
fn one_form_for_people() {
    for (region, number, shown) in [
        ("CN", "+862155500188", "021 5550 0188"),
        ("CN", "+8613800138000", "138 0013 8000"),
        ("CN", "+4930123456", "+49 30 123456"),
        ("DE", "+493012345678", "030 12345678"),
        ("DE", "+862155500188", "+86 21 5550 0188"),
        ("US", "+14155550100", "(415) 555-0100"),
        ("GB", "+442079460100", "020 7946 0100"),
        ("IT", "+390669812345", "06 6981 2345"),
        ("FR", "+33142685300", "01 42 68 53 00"),
        ("JP", "+81312345678", "03-1234-5678"),
        ("HK", "+85221234567", "2123 4567"),
        ("CN", "+8612000000197", "+86 12000000197"),
        ("ZZ", "+4930123456", "+49 30 123456"),
    ] {
        let number = Number::try_from(number.to_owned()).unwrap();
        assert_eq!(number.shown(region), shown, "{region}");
        assert_eq!(number.national(region), plan::digits(shown), "{region}");
    }
    assert_eq!(Number::parse("+4930123456", "DE").unwrap().international(), "+49 30 123456");
}

#[test]
fn a_dear_number_is_known() {
    for (text, region) in [
        ("0900 1234567", "DE"),
        ("1-900-555-0123", "US"),
        ("0909 879 0123", "GB"),
        ("0899 12 34 56", "FR"),
        ("899 123456", "IT"),
        ("0990-123-456", "JP"),
        ("+870 773 111 632", "CN"),
        ("+979 123 456 789", "CN"),
        ("+881 612 345 678", "CN"),
    ] {
        let number = Number::parse(text, region).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(number.is_dear(), "{number}");
    }
    for (text, region) in
        [("13800138000", "CN"), ("030 123456", "DE"), ("1-800-356-9377", "US"), ("020 7946 0100", "GB")]
    {
        assert!(!Number::parse(text, region).unwrap().is_dear(), "{text}");
    }
}

#[test]
fn debug_hides_the_number() {
    let number = Number::parse("+8613800138000", "CN").unwrap();
    assert_eq!(format!("{number:?}"), "Number(…000)");
    assert!(serde_json::from_str::<Number>("\"12\"").is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_reading(text in "[+0-9０-９()\\-–. ,;#xeE転转a-z（）=\"']{0,40}", region in "CN|DE|IT|US|HK|RU|BR") {
        if let Ok(number) = Number::parse(&text, &region) {
            let again = Number::parse(number.as_str(), &region);
            proptest::prop_assert_eq!(again, Ok(number.clone()));
            let _ = (number.shown(&region), number.is_dear(), Number::search_digits(&text, &region));
        }
    }
}
