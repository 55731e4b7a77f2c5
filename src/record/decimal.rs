//! Numbers as people write them: up to twelve digits before the point and six behind it, fifteen in all; no rounding.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

const MILLION: i64 = 1_000_000;
/// What both databases keep exactly.
const DIGITS_MAX: usize = 15;

/// Millionths in the smallest unit of a currency (ISO 4217, list one); two digits of one that is not named.
fn unit(currency: &str) -> i128 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 1_000_000,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 1_000,
        _ => 10_000,
    }
}

/// A decimal number, exact: millionths.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Decimal(i64);

impl Decimal {
    fn fits(self) -> bool {
        self.to_string().bytes().filter(u8::is_ascii_digit).count() <= DIGITS_MAX
    }

    pub const fn millionths(self) -> i128 {
        self.0 as i128
    }

    /// `None`: more digits than are kept.
    pub fn from_millionths(millionths: i128) -> Option<Self> {
        i64::try_from(millionths).ok().map(Self).filter(|value| value.fits())
    }

    /// An amount of money to the smallest unit of its currency, half away from zero: what can be paid.
    pub fn of_currency(millionths: i128, currency: &str) -> Option<Self> {
        let unit = unit(currency);
        let (whole, rest) = (millionths / unit, millionths % unit);
        let away = if rest.abs() * 2 >= unit { millionths.signum() } else { 0 };
        Self::from_millionths((whole + away).checked_mul(unit)?)
    }

    /// How many digits behind the point a currency has.
    pub fn digits_of(currency: &str) -> usize {
        match unit(currency) {
            1_000_000 => 0,
            1_000 => 3,
            _ => 2,
        }
    }

    /// As a database tells it: plain, or with an exponent.
    pub fn told(text: &str) -> Option<Self> {
        text.parse().ok().or_else(|| {
            let value = text.trim().parse::<f64>().ok().filter(|value| value.is_finite())?;
            format!("{value:.6}").parse().ok()
        })
    }
}

impl FromStr for Decimal {
    type Err = ();

    /// `-12.50`
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, behind) = digits.split_once('.').unwrap_or((digits, "0"));
        let only_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let behind = behind.trim_end_matches('0');
        if !only_digits(whole) || !(behind.is_empty() || only_digits(behind)) || behind.len() > 6 || whole.len() > 12 {
            return Err(());
        }
        let millionths: i64 = format!("{behind:0<6}").parse().map_err(|_| ())?;
        let whole: i64 = whole.parse().map_err(|_| ())?;
        let value = whole.checked_mul(MILLION).and_then(|value| value.checked_add(millionths)).ok_or(())?;
        Some(Self(value * sign)).filter(|value| value.fits()).ok_or(())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, behind) =
            (self.0.unsigned_abs() / MILLION.unsigned_abs(), self.0.unsigned_abs() % MILLION.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        let behind = format!("{behind:06}");
        match behind.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            behind => write!(f, "{sign}{whole}.{behind}"),
        }
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Decimal {
        text.parse().unwrap_or_else(|()| panic!("{text}"))
    }

    #[test]
    fn numbers_are_exact() {
        for (text, told) in [
            ("0", "0"),
            ("12.50", "12.5"),
            ("-0.000001", "-0.000001"),
            ("007", "7"),
            ("999999999.999999", "999999999.999999"),
            ("1.0000000", "1"),
            ("999999999999", "999999999999"),
        ] {
            assert_eq!(of(text).to_string(), told);
        }
        for text in ["", "-", ".", "1,5", "1e3", "0.0000001", "1 2", "+1", "9999999999999", "1234567890.123456", "٣"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
        assert_eq!(Decimal::told("1.0e-06"), Some(of("0.000001")));
        assert_eq!(Decimal::told("12.3"), Some(of("12.3")));
    }
}
