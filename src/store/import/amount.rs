//! Amounts of money as people write them, in the smallest unit of their currency.

/// Currencies whose smallest unit is not the hundredth (ISO 4217).
const WHOLE: [&str; 16] =
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XPF"];
const THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

fn decimals(currency: &str) -> u32 {
    match currency {
        it if WHOLE.contains(&it) => 0,
        it if THOUSANDTHS.contains(&it) => 3,
        _ => 2,
    }
}

/// An ISO 4217 code by its shape, in capitals.
pub(super) fn currency(text: &str) -> Option<String> {
    let code = text.trim().to_ascii_uppercase();
    (code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(code)
}

/// The currency that an amount names itself: `€ 12`, `12 CNY`, `12元`. `¥` is that of the region.
pub(in crate::store) fn named_in(text: &str, region: &str) -> Option<String> {
    let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
    let sign = |c: char| match c {
        '€' => Some("EUR"),
        '£' => Some("GBP"),
        '元' => Some("CNY"),
        '円' => Some("JPY"),
        '₩' => Some("KRW"),
        '₹' => Some("INR"),
        '¥' | '￥' if region == "JP" => Some("JPY"),
        '¥' | '￥' => Some("CNY"),
        '$' if region == "US" => Some("USD"),
        _ => None,
    };
    currency(&letters).or_else(|| text.chars().find_map(sign).map(str::to_owned))
}

/// `1,234.50`, `1.234,50`, `1 234,5`, `¥99`, `-12`. A single mark with three digits behind it could part thousands
/// or decimals: only a comma is taken, for thousands.
pub(super) fn minor(text: &str, currency: &str) -> Option<i64> {
    let kept: String = text.chars().filter(|c| c.is_ascii_digit() || ".,-".contains(*c)).collect();
    let (is_negative, kept) = match kept.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (text.trim_start().starts_with('(') && text.trim_end().ends_with(')'), kept.as_str()),
    };
    if kept.is_empty() || kept.contains('-') {
        return None;
    }
    let (whole, fraction) = match kept.rfind(['.', ',']) {
        None => (kept, ""),
        Some(at) => {
            let (whole, fraction) = (kept.get(..at)?, kept.get(at + 1..)?);
            let mark = kept.get(at..at + 1)?;
            let parts_thousands =
                fraction.len() == 3 && (whole.contains(mark) || (mark == "," && !whole.contains('.')));
            match parts_thousands {
                true => (kept, ""),
                false if fraction.len() == 3 && decimals(currency) != 3 => return None,
                false => (whole, fraction),
            }
        }
    };
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let places = usize::try_from(decimals(currency)).ok()?;
    let (counted, rest) = fraction.split_at_checked(places.min(fraction.len()))?;
    if digits.is_empty() || !rest.bytes().all(|byte| byte == b'0') {
        return None;
    }
    let minor: i64 = format!("{digits}{counted:0<places$}").parse().ok()?;
    Some(if is_negative { minor.checked_neg()? } else { minor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_people_write_them() {
        for (text, currency, read) in [
            ("1234.5", "CNY", Some(123_450)),
            ("1,234.50", "CNY", Some(123_450)),
            ("1.234,50", "EUR", Some(123_450)),
            ("1 234,5 €", "EUR", Some(123_450)),
            ("¥1,234", "CNY", Some(123_400)),
            ("1,234,567", "CNY", Some(123_456_700)),
            ("99元", "CNY", Some(9_900)),
            ("-12", "CNY", Some(-1_200)),
            ("(12.00)", "USD", Some(-1_200)),
            ("1234", "JPY", Some(1_234)),
            ("1234.00", "JPY", Some(1_234)),
            ("1.234", "KWD", Some(1_234)),
            ("0", "CNY", Some(0)),
            ("1.234", "EUR", None),
            ("12.345", "CNY", None),
            ("12.5", "JPY", None),
            ("free", "CNY", None),
            ("1-2", "CNY", None),
            ("99999999999999999999", "CNY", None),
        ] {
            assert_eq!(minor(text, currency), read, "{text} {currency}");
        }
        for (text, region, read) in [
            ("€ 5", "DE", Some("EUR")),
            ("5 usd", "CN", Some("USD")),
            ("¥5", "CN", Some("CNY")),
            ("￥5", "JP", Some("JPY")),
            ("5", "CN", None),
        ] {
            assert_eq!(named_in(text, region).as_deref(), read, "{text}");
        }
    }
}
