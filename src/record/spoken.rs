//! Numbers and money as people read them on paper. No digit is lost, none is made.

use super::decimal::Decimal;

/// With its thousands apart: `1,234,567.5`.
pub fn grouped(number: Decimal) -> String {
    let text = number.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let mut told = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            told.push(',');
        }
        told.push(digit);
    }
    let point = if behind.is_empty() { "" } else { "." };
    format!("{sign}{told}{point}{behind}")
}

/// An amount with the sign or the code of its currency, and as many digits as that has: `¥1,234.50`.
pub fn spoken_money(amount: Decimal, currency: &str) -> String {
    let text = grouped(amount);
    let (whole, behind) = text.split_once('.').unwrap_or((&text, ""));
    let digits = Decimal::digits_of(currency);
    let behind = format!("{behind:0<digits$}");
    let point = if behind.is_empty() { "" } else { "." };
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |rest| ("-", rest));
    let mark = match currency {
        "CNY" => "¥",
        "EUR" => "€",
        "GBP" => "£",
        "USD" => "$",
        "" => "",
        code => return format!("{code} {sign}{whole}{point}{behind}"),
    };
    format!("{sign}{mark}{whole}{point}{behind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_is_told() {
        for (amount, currency, told) in [
            ("0", "CNY", "¥0.00"),
            ("1234.5", "CNY", "¥1,234.50"),
            ("-1234567.89", "EUR", "-€1,234,567.89"),
            ("999999999999.99", "USD", "$999,999,999,999.99"),
            ("0.005", "GBP", "£0.005"),
            ("1500", "JPY", "JPY 1,500"),
            ("-12.5", "KWD", "KWD -12.500"),
            ("100", "CHF", "CHF 100.00"),
            ("7", "", "7.00"),
        ] {
            assert_eq!(spoken_money(amount.parse().unwrap(), currency), told);
        }
        for (number, told) in
            [("0", "0"), ("-0.25", "-0.25"), ("123", "123"), ("1234", "1,234"), ("-123456.7", "-123,456.7")]
        {
            assert_eq!(grouped(number.parse().unwrap()), told);
        }
    }
}
