//! Finding customers: contact points in one spelling, and the terms under which a customer is found
//! by search.
//!
//! Search terms are made here and not by the database, so that both databases find the same and
//! two-character Chinese words are found: a run of CJK characters gives all its pairs. What is asked
//! for may also be a number as people write it where the center is.

use std::collections::BTreeSet;

use super::{ContactPoint, CustomerDraft};
use crate::base::{Number, NumberError, Spelled, plain};

/// Customers told for one number at most.
pub const MATCHES_MAX: usize = 8;
/// Terms kept for one customer.
const TERMS_MAX: usize = 400;
/// Terms used of one query.
const QUERY_TERMS_MAX: usize = 8;
/// Characters of a note behind a number that become the label.
const LABEL_MAX: usize = 60;
/// Digits from which a piece of a phone number is searched for.
const PHONE_PIECE_MIN: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContactPointError {
    #[error("{0}")]
    Number(#[from] NumberError),
    #[error("not an e-mail address")]
    Email,
    #[error("`{0}` is no kind of contact point (phone, email)")]
    Kind(String),
}

impl ContactPoint {
    /// Reads a contact point as people write it; national numbers as dialled in `region`. What stands behind
    /// a number is kept beside it: the extension, and words as the label if there is none.
    pub fn new(kind: &str, value: &str, label: &str, region: &str) -> Result<Self, ContactPointError> {
        let kind = kind.to_owned();
        let label = label.trim().to_owned();
        match kind.as_str() {
            "phone" => {
                let Spelled { number, extension, note } = Number::read(value, region)?;
                let noted = || note.unwrap_or_default().chars().take(LABEL_MAX).collect();
                let label = if label.is_empty() { noted() } else { label };
                Ok(Self { kind, value: number.into(), label, extension, shown: None })
            }
            "email" => Ok(Self { kind, value: email(value)?, label, extension: None, shown: None }),
            _ => Err(ContactPointError::Kind(kind)),
        }
    }
}

fn email(text: &str) -> Result<String, ContactPointError> {
    let text = text.trim().to_lowercase();
    let good = text.len() <= 254
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && matches!(text.split_once('@'), Some((user, host))
            if !user.is_empty() && !host.contains('@') && host.contains('.') && !host.starts_with('.') && !host.ends_with('.'));
    good.then_some(text).ok_or(ContactPointError::Email)
}

/// The terms under which this customer is found, sorted.
pub fn search_terms(customer: &CustomerDraft) -> Vec<String> {
    let mut terms = BTreeSet::new();
    let texts = [Some(customer.name.as_str()), customer.organisation.as_deref()];
    for text in texts.into_iter().flatten().chain(customer.tags.iter().map(String::as_str)) {
        terms.extend(text_terms(text, true));
    }
    for point in &customer.contact_points {
        match point.kind.as_str() {
            "phone" => terms.extend(suffixes(point.value.trim_start_matches('+'))),
            _ => terms.extend(text_terms(&point.value, true)),
        }
    }
    for order in &customer.orders {
        // A query is taken apart at hyphens, so the number is too.
        terms.extend(text_terms(&order.number, true));
    }
    terms.into_iter().filter(|term| term.len() <= 64).take(TERMS_MAX).collect()
}

/// What a query asks for: of each group, one term must be the beginning of one of the customer's terms.
/// Numbers are read as dialled in `region`.
pub fn query_terms(query: &str, region: &str) -> Vec<Vec<String>> {
    let mut numbers = Number::search_digits(query, region);
    numbers.retain(|digits| digits.len() >= PHONE_PIECE_MIN);
    if !numbers.is_empty() {
        return vec![numbers];
    }
    let mut groups: Vec<Vec<String>> = Vec::new();
    for term in text_terms(query, false) {
        if groups.len() < QUERY_TERMS_MAX && !groups.iter().any(|group| group.contains(&term)) {
            groups.push(vec![term]);
        }
    }
    groups
}

/// What something is found by under a number: its digits from each of them on.
pub fn piece_terms(digits: &str) -> impl Iterator<Item = String> {
    suffixes(digits)
}

/// Words in lower case; of CJK runs all pairs. `single_ends`: also the last character alone, so that
/// a query of one character finds it wherever it stands.
pub fn text_terms(text: &str, single_ends: bool) -> Vec<String> {
    let mut terms = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let characters: Vec<char> = word.chars().map(plain).flat_map(char::to_lowercase).collect();
        for run in characters.chunk_by(|a, b| is_cjk(*a) == is_cjk(*b)) {
            if !run.first().is_some_and(|c| is_cjk(*c)) {
                terms.push(run.iter().collect());
                continue;
            }
            terms.extend(run.windows(2).map(|pair| pair.iter().collect::<String>()));
            if run.len() == 1 || single_ends {
                terms.extend(run.last().map(char::to_string));
            }
        }
    }
    terms.retain(|term| !term.is_empty());
    terms
}

fn suffixes(digits: &str) -> impl Iterator<Item = String> {
    let last = digits.len().saturating_sub(PHONE_PIECE_MIN);
    (0..=last).filter_map(|from| digits.get(from..).map(str::to_owned))
}

fn is_cjk(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3134F)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::Order;

    fn finds(customer: &CustomerDraft, query: &str) -> bool {
        let (terms, groups) = (search_terms(customer), query_terms(query, "CN"));
        let holds = |group: &Vec<String>| group.iter().any(|asked| terms.iter().any(|term| term.starts_with(asked)));
        !groups.is_empty() && groups.iter().all(holds)
    }

    #[test]
    fn one_spelling_a_contact_point() {
        let phone = |text| ContactPoint::new("phone", text, " home ", "CN").unwrap();
        assert_eq!(phone("138 0013 8000"), phone("+86 138-0013-8000"));
        assert_eq!(phone("13800138000").label, "home");
        assert_eq!(ContactPoint::new("email", " Li@Example.COM ", "", "CN").unwrap().value, "li@example.com");
        for bad in ["", "a@b", "a b@c.de", "@c.de", "a@.de", "a@b@c.de"] {
            assert_eq!(ContactPoint::new("email", bad, "", "CN"), Err(ContactPointError::Email), "{bad}");
        }
        for (text, error) in [
            ("110", NumberError::Short),
            ("1000", NumberError::Short),
            ("8.61E+12", NumberError::Rounded),
            ("+0049 30 123456", NumberError::NotANumber),
        ] {
            assert_eq!(ContactPoint::new("phone", text, "", "CN"), Err(ContactPointError::Number(error)), "{text}");
        }
        assert!(matches!(ContactPoint::new("fax", "1", "", "CN"), Err(ContactPointError::Kind(_))));
        assert!(matches!(ContactPoint::new("phone", "withheld", "", "CN"), Err(ContactPointError::Number(_))));
    }

    #[test]
    fn what_stands_behind_a_number_is_kept() {
        let beside = |text, label| {
            let point = ContactPoint::new("phone", text, label, "CN").unwrap();
            (point.value, point.extension.unwrap_or_default(), point.label)
        };
        let told = |number: &str, extension: &str, label: &str| (number.into(), extension.into(), label.into());
        assert_eq!(beside("+86 21 5550 0100 ext 12", "work"), told("+862155500100", "12", "work"));
        assert_eq!(beside("021-55500100 转 12", ""), told("+862155500100", "12", ""));
        assert_eq!(beside("+4930123456 (office 2)", ""), told("+4930123456", "", "office 2"));
        assert_eq!(beside("+4930123456 (office 2)", "work"), told("+4930123456", "", "work"));
        assert_eq!(beside(&format!("+4930123456 ({})", "字".repeat(50)), "").2, "字".repeat(50));
    }

    #[test]
    fn a_number_is_found_by_every_spelling_of_it() {
        let phone = |text| CustomerDraft {
            contact_points: vec![ContactPoint::new("phone", text, "", "CN").unwrap()],
            ..CustomerDraft::default()
        };
        let customer = phone("021-55500188");
        for query in [
            "021-55500188",
            "02155500188",
            "(021) 5550 0188",
            "0086 21 5550 0188",
            "+86 (0)21 5550 0188",
            "+86 21 5550 0188",
            "86 21 5550 0188",
            "+86-021-55500188",
            "０２１－５５５００１８８",
            "＋８６ ２１ ５５５０ ０１８８",
            "tel:+862155500188",
            "tel:+86-21-5550-0188;ext=7",
            "021‑5550–0188",
            "021\u{A0}5550\u{A0}0188",
            "021-55500188 转 12",
            "电话：021-55500188",
            // Pieces.
            "55500188",
            "5550 0188",
            "0188",
            "021-5550",
            "0086 21 5550",
            "+86 (0)21 5550",
        ] {
            assert!(finds(&customer, query), "{query}");
        }
        for query in ["021-55500189", "+49 21 5550 0188", "022-55500188", "01881"] {
            assert!(!finds(&customer, query), "{query}");
        }
        assert!(finds(&phone("+49 30 123456"), "030 123456"));
        assert!(finds(&phone("+49 30 123456"), "0049 (0)30 123456"));
    }

    #[test]
    fn search_finds_chinese_pairs_latin_beginnings_and_pieces_of_numbers() {
        let customer = CustomerDraft {
            name: "欧阳明珠 Pearl O'Yang".into(),
            organisation: Some("东方珠宝".into()),
            contact_points: vec![ContactPoint::new("phone", "13800138123", "", "CN").unwrap()],
            orders: vec![Order {
                number: "MA-2026-10007".into(),
                placed: String::new(),
                item: String::new(),
                amount_minor: 0,
                currency: String::new(),
                status: String::new(),
            }],
            ..CustomerDraft::default()
        };
        for query in [
            "欧阳",
            "明珠",
            "珠",
            "欧",
            "阳明珠",
            "pea",
            "PEARL yang",
            "珠宝 pearl",
            "8123",
            "138 0013",
            "+86 138",
            "MA-2026-10007",
            "ma-2026",
            "10007",
            "ｐｅａｒｌ",
            "ＭＡ－２０２６",
            "１０００７",
        ] {
            assert!(finds(&customer, query), "{query}");
        }
        for query in ["", "MA-2026-10008", "明阳", "ear", "9123", "欧阳 smith", "   "] {
            assert!(!finds(&customer, query), "{query}");
        }
        assert!(search_terms(&CustomerDraft { name: "字".repeat(9_000), ..customer }).len() <= TERMS_MAX);
    }
}
