//! How far two raters agree beyond chance: Cohen's kappa (J. Cohen, "A coefficient of agreement for nominal scales", 1960).

use std::collections::BTreeMap;

use serde::Serialize;

/// Of two raters on the same items.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RaterAgreement)]
pub struct Agreement {
    /// Items that both judged.
    pub items: u32,
    /// Items of which both said the same.
    pub agreed: u32,
    /// In thousandths: 1000 is full agreement, 0 is what chance gives, below 0 is less than that. `null`: both said one and
    /// the same of every item, so chance alone would give it, or there is no item.
    pub kappa: Option<i32>,
}

/// (observed - expected) / (1 - expected), where `expected` is the agreement of two who say each word as often as these
/// do, but by chance; reckoned in whole numbers and rounded once, half away from zero.
pub fn agreement<W: Ord>(said: impl IntoIterator<Item = (W, W)>) -> Agreement {
    let (mut left, mut right) = (BTreeMap::<W, i64>::new(), BTreeMap::<W, i64>::new());
    let (mut items, mut agreed) = (0i64, 0i64);
    for (one, other) in said {
        items += 1;
        agreed += i64::from(one == other);
        *left.entry(one).or_default() += 1;
        *right.entry(other).or_default() += 1;
    }
    let by_chance: i64 = left.iter().map(|(word, times)| times * right.get(word).copied().unwrap_or(0)).sum();
    let kappa = ratio(1_000 * (items * agreed - by_chance), items * items - by_chance);
    let count = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    Agreement { items: count(items), agreed: count(agreed), kappa }
}

/// The mean of those that have one, in thousandths.
pub fn mean(all: &[Agreement]) -> Option<i32> {
    let known: Vec<i64> = all.iter().filter_map(|one| one.kappa).map(i64::from).collect();
    ratio(known.iter().sum(), i64::try_from(known.len()).unwrap_or(0))
}

/// Half away from zero; `None`: by nothing.
fn ratio(above: i64, below: i64) -> Option<i32> {
    if below <= 0 {
        return None;
    }
    let rounded = (2 * above.abs() + below) / (2 * below) * above.signum();
    i32::try_from(rounded).ok()
}
