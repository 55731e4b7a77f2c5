//! Finding customers: contact points in one spelling, and the terms under which a customer is found
//! by search.
//!
//! Search terms are made here and not by the database, so that both databases find the same and
//! two-character Chinese words are found: a run of CJK characters gives all its pairs.

use std::collections::BTreeSet;

use super::{ContactPoint, CustomerDraft};
use crate::base::{Number, NumberError};

/// Customers told for one number at most.
pub const MATCHES_MAX: usize = 8;
/// Terms kept for one customer.
const TERMS_MAX: usize = 400;
/// Terms used of one query.
const QUERY_TERMS_MAX: usize = 8;
/// No subscriber's number is shorter, country code included; service numbers belong to nobody.
const PHONE_DIGITS_MIN: usize = 7;
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
    /// Reads a contact point as people write it; national numbers as dialled in `region`.
    pub fn new(kind: &str, value: &str, label: &str, region: &str) -> Result<Self, ContactPointError> {
        let value = match kind {
            "phone" => match Number::parse(value, region)?.as_str() {
                short if short.len() <= PHONE_DIGITS_MIN => return Err(NumberError::NotANumber.into()),
                number => number.to_owned(),
            },
            "email" => email(value)?,
            other => return Err(ContactPointError::Kind(other.to_owned())),
        };
        Ok(Self { kind: kind.to_owned(), value, label: label.trim().to_owned() })
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

/// What a query asks for: every term must be the beginning of one of the customer's terms.
pub fn query_terms(query: &str) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    let digits: String = query.chars().filter(char::is_ascii_digit).collect();
    let dialled = query.chars().all(|c| c.is_ascii_digit() || " +-()/.".contains(c));
    if dialled && digits.len() >= PHONE_PIECE_MIN {
        terms.push(digits);
        return terms;
    }
    for term in text_terms(query, false) {
        if !terms.contains(&term) && terms.len() < QUERY_TERMS_MAX {
            terms.push(term);
        }
    }
    terms
}

/// Words in lower case; of CJK runs all pairs. `single_ends`: also the last character alone, so that
/// a query of one character finds it wherever it stands.
fn text_terms(text: &str, single_ends: bool) -> Vec<String> {
    let mut terms = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let characters: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
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
        let (terms, asked) = (search_terms(customer), query_terms(query));
        !asked.is_empty() && asked.iter().all(|asked| terms.iter().any(|term| term.starts_with(asked)))
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
        assert!(matches!(ContactPoint::new("phone", "110", "", "CN"), Err(ContactPointError::Number(_))));
        assert!(matches!(ContactPoint::new("fax", "1", "", "CN"), Err(ContactPointError::Kind(_))));
        assert!(matches!(ContactPoint::new("phone", "withheld", "", "CN"), Err(ContactPointError::Number(_))));
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
        ] {
            assert!(finds(&customer, query), "{query}");
        }
        for query in ["", "MA-2026-10008", "明阳", "ear", "9123", "欧阳 smith", "   "] {
            assert!(!finds(&customer, query), "{query}");
        }
        assert!(search_terms(&CustomerDraft { name: "字".repeat(9_000), ..customer }).len() <= TERMS_MAX);
    }
}
