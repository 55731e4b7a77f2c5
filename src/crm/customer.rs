//! Who calls: the customer's card, ways to reach them, what they bought.

use serde::{Deserialize, Serialize};

use super::TimelineEntry;
use crate::base::{CustomerId, Number};

/// What the pop shows of one customer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CustomerCard {
    pub id: CustomerId,
    pub name: String,
    pub organisation: Option<String>,
    /// `platinum`, `gold`, `silver`, `standard`: free text of the center.
    pub tier: Option<String>,
    /// BCP 47, such as `zh` or `en`.
    pub language: Option<String>,
    pub tags: Vec<String>,
    pub notes: String,
    pub contact_points: Vec<ContactPoint>,
    pub orders: Vec<Order>,
    /// Important dates: `("birthday", "05-17")`, `("wedding anniversary", "2014-10-02")`.
    pub dates: Vec<(String, String)>,
    /// The newest first, at most ten.
    pub timeline: Vec<TimelineEntry>,
}

impl CustomerCard {
    /// What the orders on the card add up to, in the smallest unit of their currency.
    pub fn value_minor(&self) -> i64 {
        self.orders.iter().fold(0, |sum, order| sum.saturating_add(order.amount_minor.max(0)))
    }

    /// Its numbers as people in `region` read them.
    pub fn show_numbers(&mut self, region: &str) {
        for point in self.contact_points.iter_mut().filter(|point| point.kind == "phone") {
            point.shown = Number::try_from(point.value.clone()).ok().map(|number| number.shown(region));
        }
    }

    /// Key of the agent who served the customer last.
    pub fn last_agent(&self) -> Option<&str> {
        self.timeline.iter().find_map(|entry| entry.agent_key.as_deref())
    }
}

/// A number or address of a customer. Build it with [`ContactPoint::new`], so that one number has
/// one spelling.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ContactPoint {
    /// `phone`, `email`.
    pub kind: String,
    /// `phone`: E.164; `email`: lower case.
    pub value: String,
    pub label: String,
    /// `phone`: what is dialled when the number has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub extension: Option<String>,
    /// `phone`: as people read it, where somebody reads it; never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub shown: Option<String>,
}

impl ContactPoint {
    /// The same number or address, with the same extension.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.kind, &self.value, &self.extension) == (&other.kind, &other.value, &other.extension)
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Order {
    pub number: String,
    /// `2026-05-20`.
    pub placed: String,
    pub item: String,
    /// In the smallest unit of the currency.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    pub status: String,
}

/// A customer as written: by the import, the API, the sample data.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct CustomerDraft {
    pub name: String,
    pub organisation: Option<String>,
    pub tier: Option<String>,
    pub language: Option<String>,
    pub tags: Vec<String>,
    pub notes: String,
    pub contact_points: Vec<ContactPoint>,
    pub orders: Vec<Order>,
    pub dates: Vec<(String, String)>,
}

impl CustomerDraft {
    /// Joins what `newer` says into what is known. Filled single fields of `newer` win, empty ones
    /// keep the old value; tags, contact points, orders (by number) and dates (by label) are united;
    /// a note that is new is added below.
    pub fn merge(&mut self, newer: Self) {
        if !newer.name.is_empty() {
            self.name = newer.name;
        }
        self.organisation = newer.organisation.or(self.organisation.take());
        self.tier = newer.tier.or(self.tier.take());
        self.language = newer.language.or(self.language.take());
        for tag in newer.tags {
            if !self.tags.contains(&tag) {
                self.tags.push(tag);
            }
        }
        if !newer.notes.is_empty() && !self.notes.contains(&newer.notes) {
            if !self.notes.is_empty() {
                self.notes.push('\n');
            }
            self.notes.push_str(&newer.notes);
        }
        for point in newer.contact_points {
            if !self.contact_points.iter().any(|known| known.is_same(&point)) {
                self.contact_points.push(point);
            }
        }
        for order in newer.orders {
            self.orders.retain(|known| known.number != order.number);
            self.orders.push(order);
        }
        for (label, date) in newer.dates {
            self.dates.retain(|(known, _)| *known != label);
            self.dates.push((label, date));
        }
    }
}

impl From<CustomerCard> for CustomerDraft {
    fn from(card: CustomerCard) -> Self {
        Self {
            name: card.name,
            organisation: card.organisation,
            tier: card.tier,
            language: card.language,
            tags: card.tags,
            notes: card.notes,
            contact_points: card.contact_points,
            orders: card.orders,
            dates: card.dates,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_keeps_what_the_newer_does_not_say() {
        let phone = |value: &str| ContactPoint::new("phone", value, "", "CN").unwrap();
        let mut known = CustomerDraft {
            name: "王丽".into(),
            tier: Some("gold".into()),
            tags: vec!["ring".into()],
            notes: "prefers mornings".into(),
            contact_points: vec![phone("+8613800138000")],
            dates: vec![("birthday".into(), "05-17".into())],
            ..CustomerDraft::default()
        };
        known.merge(CustomerDraft {
            name: "王丽丽".into(),
            language: Some("zh".into()),
            tags: vec!["ring".into(), "pearl".into()],
            notes: "moved to Shanghai".into(),
            contact_points: vec![phone("+8613800138000"), phone("+862155500100")],
            dates: vec![("birthday".into(), "05-18".into())],
            ..CustomerDraft::default()
        });
        assert_eq!((known.name.as_str(), known.tier.as_deref()), ("王丽丽", Some("gold")));
        assert_eq!(known.tags, ["ring", "pearl"]);
        assert_eq!(known.notes, "prefers mornings\nmoved to Shanghai");
        assert_eq!(known.contact_points.len(), 2);
        assert_eq!(known.dates, [("birthday".to_owned(), "05-18".to_owned())]);
        let again = known.clone();
        known.merge(again.clone());
        assert_eq!(known, again, "merging the same changes nothing");
    }
}
