//! Spans of time as people write them: `90s`, `30m`, `2h30m`, `14d`, `2w`.

const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Seconds; `None`: it is no span, or one longer than a century.
pub fn read_span(text: &str) -> Option<u64> {
    const CENTURY: u64 = 100 * 366 * 86_400;
    let (mut total, mut digits) = (0_u64, String::new());
    for c in text.trim().chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let (_, seconds) = UNITS.iter().find(|(unit, _)| *unit == c)?;
        total = total.checked_add(digits.parse::<u64>().ok()?.checked_mul(*seconds)?)?;
        digits.clear();
    }
    (digits.is_empty() && !text.trim().is_empty() && total <= CENTURY).then_some(total)
}

/// `9000` as `2h30m`; nothing as `0s`.
pub fn spoken_span(mut seconds: u64) -> String {
    let mut text = String::new();
    for (unit, size) in UNITS.into_iter().skip(1) {
        let count = seconds / size;
        seconds %= size;
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_told() {
        for (text, seconds) in
            [("90s", 90), ("30m", 1_800), ("2h30m", 9_000), ("14d", 1_209_600), ("1w", 604_800), ("0s", 0)]
        {
            assert_eq!(read_span(text), Some(seconds), "{text}");
            assert_eq!(read_span(&spoken_span(seconds)), Some(seconds));
        }
        assert_eq!(spoken_span(9_000), "2h30m");
        for text in ["", "5", "h", "2 h", "-2h", "2x", "99999999999999999999s", "40000d", "2h5"] {
            assert_eq!(read_span(text), None, "{text}");
        }
    }
}
