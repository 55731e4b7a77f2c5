//! The people: some hundred and twenty, the same for the same seed and day.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use super::words::{EN_FIRST, EN_LAST, ITEMS, ORGANISATIONS, REMARKS, STATUSES, TAGS, ZH_FAMILY, ZH_GIVEN};
use crate::base::Rng;
use crate::crm::{ContactPoint, CustomerDraft, Order};

/// Customers in Chinese, and in English.
const ZH: usize = 78;
const EN: usize = 42;

/// What one yuan is worth in the currencies of the sample, and the currency.
const CURRENCIES: [(&str, i64); 4] = [("CNY", 1), ("GBP", 9), ("USD", 7), ("EUR", 8)];

/// The sample customers as of `today`: purchases lie before it, some anniversaries soon after.
/// The first two share a number, as do three of one company.
pub fn sample_customers(seed: u64, today: Date) -> Vec<CustomerDraft> {
    let mut rng = Rng::new(seed);
    let mut all: Vec<CustomerDraft> = Vec::with_capacity(ZH + EN);
    for index in 0..ZH + EN {
        let chinese = index < ZH;
        let mut draft = person(&mut rng, index, chinese, &all);
        let currency = match chinese {
            true => CURRENCIES[0],
            false => CURRENCIES[1 + index % 3],
        };
        let spent = orders(&mut rng, &mut draft, index, today, currency);
        draft.tier = Some(String::from(match spent {
            300_000.. => "vip",
            100_000.. => "gold",
            30_000.. => "silver",
            _ => "standard",
        }));
        dates(&mut rng, &mut draft, index, today);
        all.push(draft);
    }
    all
}

fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> Option<&'a T> {
    from.get(usize::try_from(rng.below(from.len() as u64)).unwrap_or(0))
}

fn person(rng: &mut Rng, index: usize, chinese: bool, others: &[CustomerDraft]) -> CustomerDraft {
    let choose = |pair: &(&str, &str)| String::from(if chinese { pair.0 } else { pair.1 });
    let mut name = new_name(rng, index, chinese);
    while others.iter().any(|other| other.name == name) {
        name = new_name(rng, index, chinese);
    }
    let mut draft = CustomerDraft {
        name,
        language: Some(String::from(if chinese { "zh" } else { "en" })),
        contact_points: phones(index, chinese),
        ..CustomerDraft::default()
    };
    if rng.chance(0.3) {
        let value =
            if chinese { format!("kehu{index:03}@example.cn") } else { format!("customer{index:03}@example.com") };
        draft.contact_points.push(ContactPoint {
            kind: "email".into(),
            value,
            label: String::new(),
            extension: None,
            shown: None,
        });
    }
    if rng.chance(0.5) {
        draft.tags.extend(pick(rng, TAGS).map(choose));
    }
    if rng.chance(0.4) {
        draft.notes = pick(rng, REMARKS).map(choose).unwrap_or_default();
    }
    if (ZH..ZH + 3).contains(&index) {
        draft.organisation = ORGANISATIONS.first().map(choose);
    } else if rng.chance(0.1) {
        draft.organisation = pick(rng, ORGANISATIONS).map(choose);
    }
    draft
}

fn new_name(rng: &mut Rng, index: usize, chinese: bool) -> String {
    let mut word = |from: &[&'static str]| pick(rng, from).copied().unwrap_or_default();
    match (index, chinese) {
        (0, _) => String::from("王建国"),
        (1, _) => String::from("李秀英"),
        (2, _) => String::from("欧阳明珠"),
        (_, true) => format!("{}{}", word(ZH_FAMILY), word(ZH_GIVEN)),
        (_, false) => format!("{} {}", word(EN_FIRST), word(EN_LAST)),
    }
}

fn phones(index: usize, chinese: bool) -> Vec<ContactPoint> {
    let phone = |value: String, label: &str| ContactPoint {
        kind: "phone".into(),
        value,
        label: label.into(),
        extension: None,
        shown: None,
    };
    let mut points = vec![match (chinese, index % 3) {
        (true, _) => phone(format!("+86120{:08}", 5_550_000 + index), "mobile"),
        (false, 0) => phone(format!("+447700900{:03}", 100 + index), "mobile"),
        (false, 1) => phone(format!("+1415555{:04}", 100 + index % 100), "mobile"),
        (false, _) => phone(format!("+493023125{index:03}"), "mobile"),
    }];
    if index < 2 {
        points.push(phone(String::from("+862100000108"), "home"));
    } else if (ZH..ZH + 3).contains(&index) {
        points.push(phone(String::from("+442079460100"), "work"));
    }
    points
}

/// Purchases of the last three years, the newest first; gives what was spent, in yuan.
fn orders(rng: &mut Rng, draft: &mut CustomerDraft, index: usize, today: Date, currency: (&str, i64)) -> i64 {
    let (code, rate) = currency;
    let chinese = code == "CNY";
    // One in eight buys much, one in eight has only asked so far.
    let count = match index % 8 {
        2 => 4 + rng.below(4),
        7 => 0,
        _ => 1 + rng.below(3),
    };
    let mut spent = 0i64;
    for n in 0..count {
        let Some((zh, en, price)) = pick(rng, ITEMS) else { continue };
        let days = Span::new().days(i64::try_from(3 + rng.below(1_000)).unwrap_or(3));
        let placed = today.checked_sub(days).unwrap_or(today);
        spent = spent.saturating_add(*price);
        draft.orders.push(Order {
            number: format!("MA-{}-{:05}", placed.year(), 10_000 + index * 10 + usize::try_from(n).unwrap_or(0)),
            placed: placed.to_string(),
            item: String::from(if chinese { *zh } else { *en }),
            // Foreign prices are round too.
            amount_minor: (price / rate / 10).saturating_mul(1_000),
            currency: String::from(code),
            status: String::from(match today.since(placed).is_ok_and(|age| age.get_days() < 30) {
                true => pick(rng, STATUSES).copied().unwrap_or("delivered"),
                false => "delivered",
            }),
        });
    }
    draft.orders.sort_by(|a, b| (&b.placed, &b.number).cmp(&(&a.placed, &a.number)));
    spent
}

fn dates(rng: &mut Rng, draft: &mut CustomerDraft, index: usize, today: Date) {
    let mut day =
        |within: u64| today.checked_add(i64::try_from(rng.below(within)).unwrap_or(0).days()).unwrap_or(today);
    if index.is_multiple_of(2) {
        let birthday = day(365);
        draft.dates.push((String::from("birthday"), format!("{:02}-{:02}", birthday.month(), birthday.day())));
    }
    if index % 5 < 2 {
        // Every tenth anniversary is within the next fortnight.
        let wedding = day(if index.is_multiple_of(10) { 14 } else { 365 });
        let years = i16::try_from(1 + index % 30).unwrap_or(1);
        let year = wedding.year().saturating_sub(years);
        let day = wedding.day().min(28);
        draft.dates.push((String::from("wedding anniversary"), format!("{year:04}-{:02}-{day:02}", wedding.month())));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::base::Number;

    #[test]
    fn the_same_seed_gives_the_same_people() {
        let today = Date::constant(2026, 5, 20);
        let people = sample_customers(7, today);
        assert_eq!(people, sample_customers(7, today));
        assert_ne!(people, sample_customers(8, today));
        assert_eq!(people.len(), 120);
        assert_eq!(people.iter().map(|it| &it.name).collect::<BTreeSet<_>>().len(), 120, "no name twice");
    }

    #[test]
    fn every_kind_of_customer_is_among_them() {
        let today = Date::constant(2026, 5, 20);
        let people = sample_customers(1, today);
        let mut tiers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for person in &people {
            *tiers.entry(person.tier.as_deref().unwrap()).or_default() += 1;
            for point in person.contact_points.iter().filter(|point| point.kind == "phone") {
                assert!(Number::try_from(point.value.clone()).is_ok(), "{}", point.value);
                *numbers.entry(&point.value).or_default() += 1;
            }
            for order in &person.orders {
                let placed: Date = order.placed.parse().unwrap();
                assert!(placed < today && order.amount_minor > 0, "{order:?}");
            }
            for (_, date) in &person.dates {
                assert!(date.len() == 5 || date.parse::<Date>().is_ok(), "{date}");
            }
        }
        for tier in ["vip", "gold", "silver", "standard"] {
            assert!(tiers.get(tier).is_some_and(|count| *count >= 5), "{tiers:?}");
        }
        let shared: Vec<_> = numbers.iter().filter(|(_, count)| **count > 1).collect();
        assert_eq!(shared, [(&"+442079460100", &3), (&"+862100000108", &2)]);
        assert!(people.iter().any(|it| it.language.as_deref() == Some("en")));
    }
}
