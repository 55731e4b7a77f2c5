//! English: numbers in groups of three, times on the twelve-hour clock.

fn word(name: &str) -> String {
    format!("number-{name}")
}

/// Below 10^12.
pub(super) fn number(number: u64) -> Vec<String> {
    if number == 0 {
        return vec![word("0")];
    }
    let mut words = Vec::new();
    for (size, unit) in
        [(1_000_000_000, Some("billion")), (1_000_000, Some("million")), (1_000, Some("thousand")), (1, None)]
    {
        let group = number / size % 1_000;
        if group > 0 {
            words.extend(below_thousand(group));
            words.extend(unit.map(word));
        }
    }
    words
}

fn below_thousand(number: u64) -> Vec<String> {
    let mut words = Vec::new();
    if number >= 100 {
        words.extend([word(&(number / 100).to_string()), word("hundred")]);
    }
    match number % 100 {
        0 => {}
        small @ 1..=20 => words.push(word(&small.to_string())),
        rest => {
            words.push(word(&(rest / 10 * 10).to_string()));
            if rest % 10 > 0 {
                words.push(word(&(rest % 10).to_string()));
            }
        }
    }
    words
}

/// "nine thirty a.m.", "two oh five p.m."
pub(super) fn time(hour: u8, minute: u8) -> Vec<String> {
    let mut words = match hour % 12 {
        0 => number(12),
        of_twelve => number(of_twelve.into()),
    };
    match minute {
        0 => {}
        1..=9 => words.extend(["time-oh".to_owned(), word(&minute.to_string())]),
        _ => words.extend(number(minute.into())),
    }
    words.push(if hour < 12 { "time-am" } else { "time-pm" }.to_owned());
    words
}

pub(super) fn vocabulary() -> Vec<String> {
    let numbers = (0..=20).chain((30..=90).step_by(10)).map(|n| word(&n.to_string()));
    let units = ["hundred", "thousand", "million", "billion"].map(word);
    numbers.chain(units).chain(["time-am", "time-pm", "time-oh"].map(str::to_owned)).collect()
}
