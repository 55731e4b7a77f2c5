//! Chinese: numbers in groups of four (万, 亿), 零 where places are skipped, 两 before 千, 万, 亿 and 点.

fn word(name: &str) -> String {
    format!("number-{name}")
}

/// Below 10^12.
pub(super) fn number(number: u64) -> Vec<String> {
    match number {
        0 => return vec![word("0")],
        // 十二, not 一十二, where it begins the number.
        10..=19 => return teens(number),
        _ => {}
    }
    let mut words = Vec::new();
    let mut skipped = false;
    for (size, unit) in [(100_000_000, Some("yi")), (10_000, Some("wan")), (1, None)] {
        let group = number / size % 10_000;
        if group == 0 {
            skipped = !words.is_empty();
            continue;
        }
        if !words.is_empty() && (skipped || group < 1_000) {
            words.push(word("0"));
        }
        skipped = false;
        match (group, unit) {
            (2, Some(_)) => words.push(word("liang")),
            (10..=19, _) if words.is_empty() => words.extend(teens(group)),
            _ => words.extend(below_ten_thousand(group)),
        }
        words.extend(unit.map(word));
    }
    words
}

fn teens(number: u64) -> Vec<String> {
    let mut words = vec![word("10")];
    if number > 10 {
        words.push(word(&(number - 10).to_string()));
    }
    words
}

fn below_ten_thousand(number: u64) -> Vec<String> {
    let mut words = Vec::new();
    let mut skipped = false;
    for (size, unit) in [(1_000, Some("thousand")), (100, Some("hundred")), (10, Some("10")), (1, None)] {
        let digit = number / size % 10;
        if digit == 0 {
            skipped = true;
            continue;
        }
        if skipped && !words.is_empty() {
            words.push(word("0"));
        }
        skipped = false;
        words.push(if digit == 2 && size == 1_000 { word("liang") } else { word(&digit.to_string()) });
        words.extend(unit.map(word));
    }
    words
}

/// 上午九点半, 下午两点十五分.
pub(super) fn time(hour: u8, minute: u8) -> Vec<String> {
    let (part, of_twelve) = match hour {
        0..=5 => ("time-night", hour),
        6..=11 => ("time-morning", hour),
        12 => ("time-noon", 12),
        13..=17 => ("time-afternoon", hour - 12),
        _ => ("time-evening", hour - 12),
    };
    let mut words = vec![part.to_owned()];
    if of_twelve == 2 {
        words.push(word("liang"));
    } else {
        words.extend(number(of_twelve.into()));
    }
    words.push("time-hour".to_owned());
    match minute {
        0 => {}
        30 => words.push("time-half".to_owned()),
        _ => {
            if minute < 10 {
                words.push(word("0"));
            }
            words.extend(number(minute.into()));
            words.push("time-minute".to_owned());
        }
    }
    words
}

pub(super) fn vocabulary() -> Vec<String> {
    const TIMES: [&str; 8] = [
        "time-night",
        "time-morning",
        "time-noon",
        "time-afternoon",
        "time-evening",
        "time-hour",
        "time-half",
        "time-minute",
    ];
    let numbers = (0..=10).map(|n| word(&n.to_string()));
    let units = ["liang", "hundred", "thousand", "wan", "yi"].map(word);
    numbers.chain(units).chain(TIMES.map(str::to_owned)).chain(["digit-1".to_owned()]).collect()
}
