//! A customer as the API takes it: every field that cannot be taken is named at once, with the reason as a word.
//!
//! | field | limit | beyond |
//! | --- | --- | --- |
//! | name, organisation, tier, a tag, a label | 200 characters | `too_long` |
//! | notes | 16 KiB | `too_long` |
//! | tags, contact points, dates | 20 each | `too_many` |
//! | orders | 200 in one request; number, item and status 200 characters | `too_many`, `too_long` |
//! | amount of an order | 10^15 of its smallest unit, either way | `out_of_range` |

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::crm::{ContactPoint, ContactPointError, CustomerDraft, Order};
use crate::store::KeptFields;
use crate::web::ApiError;
use crate::web::error::FieldRefused;

const NAME_MAX: usize = 200;
const NOTES_MAX: usize = 16_384;
const LIST_MAX: usize = 20;
const LANGUAGE_MAX: usize = 35;
const ORDERS_MAX: usize = 200;
const AMOUNT_MAX: u64 = 1_000_000_000_000_000;

/// What is written of a customer.
#[derive(Deserialize, Default, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = NewCustomer)]
pub struct Draft {
    name: String,
    organisation: Option<String>,
    tier: Option<String>,
    language: Option<String>,
    tags: Vec<String>,
    notes: String,
    contact_points: Vec<Point>,
    orders: Option<Vec<GivenOrder>>,
    /// Label and date: `["birthday", "05-17"]`.
    dates: Option<Vec<(String, String)>>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GivenOrder {
    number: String,
    placed: String,
    #[serde(default)]
    item: String,
    amount_minor: i64,
    currency: String,
    #[serde(default)]
    status: String,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GivenContactPoint)]
struct Point {
    kind: String,
    value: String,
    #[serde(default)]
    label: String,
    /// Of a phone number; one that stands in `value` says the same.
    #[serde(default)]
    extension: Option<String>,
    /// As a card shows the number: told by the server, passed over when it comes back.
    #[serde(default)]
    shown: Option<String>,
}

impl Draft {
    /// All of a customer, who has a name then; national numbers as dialled in `region`.
    pub fn whole(self, region: &str) -> Result<CustomerDraft, ApiError> {
        let mut refused = Refused::default();
        if self.name.trim().is_empty() {
            refused.add("name".into(), "required", "a customer needs a name");
        }
        self.checked(region, refused)
    }

    /// What this says nothing of.
    pub fn kept(&self) -> KeptFields {
        KeptFields { orders: self.orders.is_none(), dates: self.dates.is_none() }
    }

    /// What is to be joined into a known customer.
    pub fn part(self, region: &str) -> Result<CustomerDraft, ApiError> {
        self.checked(region, Refused::default())
    }

    /// Trimmed, with contact points in their one spelling.
    fn checked(self, region: &str, mut refused: Refused) -> Result<CustomerDraft, ApiError> {
        let (name, notes) = (self.name.trim().to_owned(), self.notes);
        refused.length("name".into(), &name);
        let organisation = refused.filled("organisation", self.organisation);
        let tier = refused.filled("tier", self.tier);
        let language = refused.filled("language", self.language);
        if language.as_deref().is_some_and(|tag| !is_language(tag)) {
            refused.add("language".into(), "not_a_language", "a language is a tag such as `zh` or `en-GB`");
        }
        if notes.len() > NOTES_MAX {
            refused.add("notes".into(), "too_long", "at most 16 KiB");
        }
        let tags = refused.tags(self.tags);
        let contact_points = refused.points(self.contact_points, region);
        let orders = refused.orders(self.orders.unwrap_or_default());
        let dates = refused.dates(self.dates.unwrap_or_default());
        match refused.0.is_empty() {
            false => Err(ApiError::Fields(refused.0)),
            true => {
                Ok(CustomerDraft { name, organisation, tier, language, tags, notes, contact_points, orders, dates })
            }
        }
    }
}

#[derive(Default)]
struct Refused(Vec<FieldRefused>);

impl Refused {
    fn add(&mut self, field: String, code: &'static str, detail: impl ToString) {
        self.0.push(FieldRefused { field, code, detail: detail.to_string() });
    }

    fn length(&mut self, field: String, text: &str) {
        if text.chars().count() > NAME_MAX {
            self.add(field, "too_long", format!("at most {NAME_MAX} characters"));
        }
    }

    /// What is only blanks is nothing.
    fn filled(&mut self, field: &str, text: Option<String>) -> Option<String> {
        let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        self.length(field.to_owned(), text.as_deref().unwrap_or_default());
        text
    }

    fn tags(&mut self, given: Vec<String>) -> Vec<String> {
        if given.len() > LIST_MAX {
            self.add("tags".into(), "too_many", format!("at most {LIST_MAX} tags"));
        }
        let mut tags: Vec<String> = Vec::new();
        for (place, tag) in given.into_iter().take(LIST_MAX).enumerate() {
            let tag = tag.trim().to_owned();
            self.length(format!("tags.{place}"), &tag);
            if !tag.is_empty() && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        tags
    }

    fn points(&mut self, given: Vec<Point>, region: &str) -> Vec<ContactPoint> {
        if given.len() > LIST_MAX {
            self.add("contact_points".into(), "too_many", format!("at most {LIST_MAX} contact points"));
        }
        let mut points: Vec<ContactPoint> = Vec::new();
        for (place, Point { kind, value, label, extension, .. }) in given.into_iter().take(LIST_MAX).enumerate() {
            self.length(format!("contact_points.{place}.label"), &label);
            let extension = extension.map(|digits| digits.trim().to_owned()).filter(|digits| !digits.is_empty());
            if extension.as_deref().is_some_and(|digits| kind != "phone" || !is_extension(digits)) {
                self.add(
                    format!("contact_points.{place}.extension"),
                    "not_an_extension",
                    "1 to 6 digits of a phone number",
                );
            }
            match ContactPoint::new(&kind, &value, &label, region) {
                Ok(point) => points.push(ContactPoint { extension: extension.or(point.extension.clone()), ..point }),
                Err(error) => {
                    let (part, code) = blame(&error);
                    self.add(format!("contact_points.{place}.{part}"), code, format!("`{value}`: {error}"));
                }
            }
        }
        points
    }
}

impl Refused {
    /// In the shape in which cards show them, each number once.
    fn orders(&mut self, given: Vec<GivenOrder>) -> Vec<Order> {
        if given.len() > ORDERS_MAX {
            self.add("orders".into(), "too_many", format!("at most {ORDERS_MAX} orders"));
        }
        let mut orders: Vec<Order> = Vec::new();
        for (place, order) in given.into_iter().take(ORDERS_MAX).enumerate() {
            let GivenOrder { number, placed, item, amount_minor, currency, status } = order;
            let field = |name: &str| format!("orders.{place}.{name}");
            let number = number.trim().to_owned();
            if number.is_empty() {
                self.add(field("number"), "required", "an order needs a number");
            } else if orders.iter().any(|other| other.number == number) {
                self.add(field("number"), "twice", format!("order `{number}` stands there already"));
            }
            for (name, text) in [("number", &number), ("item", &item), ("status", &status)] {
                self.length(field(name), text);
            }
            if !is_date(&placed) {
                self.add(field("placed"), "not_a_date", "a date is written as 2026-05-20");
            }
            if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
                self.add(field("currency"), "not_a_currency", "a currency is a code of ISO 4217 such as CNY");
            }
            if amount_minor.unsigned_abs() > AMOUNT_MAX {
                self.add(field("amount_minor"), "out_of_range", format!("at most {AMOUNT_MAX} either way"));
            }
            orders.push(Order { number, placed, item, amount_minor, currency, status });
        }
        orders
    }

    fn dates(&mut self, given: Vec<(String, String)>) -> Vec<(String, String)> {
        if given.len() > LIST_MAX {
            self.add("dates".into(), "too_many", format!("at most {LIST_MAX} dates"));
        }
        let mut dates: Vec<(String, String)> = Vec::new();
        for (place, (label, date)) in given.into_iter().take(LIST_MAX).enumerate() {
            let label = label.trim().to_owned();
            let known = dates.iter().any(|(other, _)| *other == label);
            match (label.is_empty(), known) {
                (true, _) => self.add(format!("dates.{place}.0"), "required", "a date needs a label"),
                (_, true) => self.add(format!("dates.{place}.0"), "twice", format!("`{label}` stands there already")),
                _ => self.length(format!("dates.{place}.0"), &label),
            }
            // Any leap year will do for a day without one.
            if !is_date(&date) && !is_date(&format!("2000-{date}")) {
                self.add(format!("dates.{place}.1"), "not_a_date", "a date is written as 1980-05-17, or 05-17");
            }
            dates.push((label, date));
        }
        dates
    }
}

/// `2026-05-20`, no other spelling.
fn is_date(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok_and(|date| date.to_string() == text)
}

/// Which part of a contact point is wrong, and the word for it.
fn blame(error: &ContactPointError) -> (&'static str, &'static str) {
    match error {
        ContactPointError::Number(error) => ("value", error.code()),
        ContactPointError::Email => ("value", "not_an_email"),
        ContactPointError::Kind(_) => ("kind", "unknown_kind"),
    }
}

fn is_extension(digits: &str) -> bool {
    (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The shape of BCP 47 (RFC 5646), not its registry.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    tag.len() <= LANGUAGE_MAX
        && (2..=8).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: serde_json::Value) -> Vec<(String, &'static str)> {
        let draft: Draft = serde_json::from_value(body).unwrap();
        match draft.whole("CN") {
            Err(ApiError::Fields(fields)) => fields.into_iter().map(|it| (it.field, it.code)).collect(),
            Err(other) => panic!("{other}"),
            Ok(_) => Vec::new(),
        }
    }

    #[test]
    fn every_field_that_cannot_be_taken_is_named() {
        let bad = serde_json::json!({"name": "Wang", "language": "Chinese!", "tier": "t".repeat(201), "tags": ["a", "t".repeat(201)],
            "notes": "n".repeat(16_385), "contact_points": [{"kind": "phone", "value": "13800138000"}, {"kind": "phone", "value": "12"},
            {"kind": "email", "value": "no"}, {"kind": "fax", "value": "1"}]});
        let expected = [
            ("tier", "too_long"),
            ("language", "not_a_language"),
            ("notes", "too_long"),
            ("tags.1", "too_long"),
            ("contact_points.1.value", "not_a_number"),
            ("contact_points.2.value", "not_an_email"),
            ("contact_points.3.kind", "unknown_kind"),
        ];
        assert_eq!(refused(bad), expected.map(|(field, code)| (field.to_owned(), code)));
        assert_eq!(refused(serde_json::json!({"name": "  "})), [("name".to_owned(), "required")]);
        assert_eq!(refused(serde_json::json!({"name": "x", "tags": vec!["t"; 21]})), [("tags".to_owned(), "too_many")]);
    }

    #[test]
    fn a_number_that_cannot_be_taken_says_why() {
        for (value, code) in [
            ("1000", "short_number"),
            ("110", "short_number"),
            ("8.61E+12", "rounded_number"),
            ("13800138000,13900139000", "several_numbers"),
            ("+0049 30 123456", "not_a_number"),
            ("user1000", "not_a_number"),
        ] {
            let body = serde_json::json!({"name": "Wang", "contact_points": [{"kind": "phone", "value": value}]});
            assert_eq!(refused(body), [("contact_points.0.value".to_owned(), code)], "{value}");
        }
        let point = |kind: &str, extension: &str| {
            refused(serde_json::json!({"name": "Wang", "contact_points":
                [{"kind": kind, "value": if kind == "phone" { "13800138000" } else { "a@b.cd" }, "extension": extension}]}))
        };
        assert_eq!(point("phone", " 12 "), []);
        assert_eq!(point("phone", "x"), [("contact_points.0.extension".to_owned(), "not_an_extension")]);
        assert_eq!(point("email", "12"), [("contact_points.0.extension".to_owned(), "not_an_extension")]);
    }

    #[test]
    fn orders_and_dates_are_checked_as_everything_else() {
        let order = serde_json::json!({"number": "A-1", "placed": "2026-05-20", "item": "Ring", "amount_minor": 128_000, "currency": "CNY", "status": "delivered"});
        let with = |field: &str, value: serde_json::Value| {
            let mut order = order.clone();
            order[field] = value;
            refused(serde_json::json!({"name": "x", "orders": [order]}))
        };
        for (field, value, code) in [
            ("number", "".into(), "required"),
            ("number", "n".repeat(201).into(), "too_long"),
            ("placed", "20.05.2026".into(), "not_a_date"),
            ("placed", "2026-02-30".into(), "not_a_date"),
            ("currency", "cny".into(), "not_a_currency"),
            ("amount_minor", i64::MIN.into(), "out_of_range"),
            ("status", "s".repeat(201).into(), "too_long"),
        ] {
            assert_eq!(with(field, value), [(format!("orders.0.{field}"), code)]);
        }
        let twice = serde_json::json!({"name": "x", "orders": [order, order], "dates": [["birthday", "05-17"], ["birthday", "1980-05-17"], ["", "02-29"], ["a", "13-01"]]});
        let expected = [
            ("orders.1.number", "twice"),
            ("dates.1.0", "twice"),
            ("dates.2.0", "required"),
            ("dates.3.1", "not_a_date"),
        ];
        assert_eq!(refused(twice), expected.map(|(field, code)| (field.to_owned(), code)));
        let draft = |body| serde_json::from_value::<Draft>(body).unwrap();
        assert_eq!(draft(serde_json::json!({"name": "x"})).kept(), KeptFields { orders: true, dates: true });
        assert_eq!(
            draft(serde_json::json!({"orders": [], "dates": []})).kept(),
            KeptFields { orders: false, dates: false }
        );
    }

    #[test]
    fn what_is_only_blanks_is_nothing_and_a_tag_stands_once() {
        let body = serde_json::json!({"name": " Wang ", "organisation": " ", "tier": "", "language": "en-GB", "tags": ["vip", " vip ", ""]});
        let draft: Draft = serde_json::from_value(body).unwrap();
        let draft = draft.part("CN").ok().unwrap();
        assert_eq!((draft.name.as_str(), draft.organisation, draft.tier), ("Wang", None, None));
        assert_eq!((draft.language.as_deref(), draft.tags), (Some("en-GB"), vec!["vip".to_owned()]));
    }
}
