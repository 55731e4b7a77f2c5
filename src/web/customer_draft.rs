//! A customer as the API takes it: every field that cannot be taken is named at once, with the reason as a word.
//!
//! | field | limit | beyond |
//! | --- | --- | --- |
//! | name, organisation, tier, a tag, a label | 200 characters | `too_long` |
//! | notes | 16 KiB | `too_long` |
//! | tags, contact points | 20 each | `too_many` |

use serde::Deserialize;

use super::ApiError;
use super::error::FieldRefused;
use crate::crm::{ContactPoint, ContactPointError, CustomerDraft};

const NAME_MAX: usize = 200;
const NOTES_MAX: usize = 16_384;
const LIST_MAX: usize = 20;
const LANGUAGE_MAX: usize = 35;

/// What is written of a customer. Orders and dates come from elsewhere.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Draft {
    name: String,
    organisation: Option<String>,
    tier: Option<String>,
    language: Option<String>,
    tags: Vec<String>,
    notes: String,
    contact_points: Vec<Point>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
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
    #[expect(dead_code, reason = "a card that comes back whole is taken")]
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
        match refused.0.is_empty() {
            false => Err(ApiError::Fields(refused.0)),
            true => Ok(CustomerDraft {
                name,
                organisation,
                tier,
                language,
                tags,
                notes,
                contact_points,
                ..CustomerDraft::default()
            }),
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
    fn what_is_only_blanks_is_nothing_and_a_tag_stands_once() {
        let body = serde_json::json!({"name": " Wang ", "organisation": " ", "tier": "", "language": "en-GB", "tags": ["vip", " vip ", ""]});
        let draft: Draft = serde_json::from_value(body).unwrap();
        let draft = draft.part("CN").ok().unwrap();
        assert_eq!((draft.name.as_str(), draft.organisation, draft.tier), ("Wang", None, None));
        assert_eq!((draft.language.as_deref(), draft.tags), (Some("en-GB"), vec!["vip".to_owned()]));
    }
}
