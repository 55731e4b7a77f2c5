//! Prompts -> names of sounds, in the grammar of each language: numbers, digits, days, times, and
//! what a waiting caller is told about the line. Pure tables and rules; the sounds themselves are
//! made by `sounds/make`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Prompt;

mod en;
mod zh;

/// What prompts are spoken in.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = SpokenLanguage)]
pub enum Language {
    #[default]
    Zh,
    En,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// `zh`, `en`: the folder of its sounds and the value of `var.language`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == text)
    }
}

/// From here on numbers are said digit by digit.
const TOO_LARGE: u64 = 1_000_000_000_000;

/// What waiting callers hear around the numbers.
const LINE: [&str; 7] = [
    "queue-next",
    "queue-position-before",
    "queue-position-after",
    "wait-about",
    "wait-minutes",
    "wait-under-a-minute",
    "wait-over-half-an-hour",
];

/// What is said about being called back.
const CALL_BACK: [&str; 8] = [
    "call-back-offer",
    "call-back-number",
    "call-back-confirm",
    "call-back-enter",
    "call-back-impossible",
    "call-back-short",
    "call-back-dear",
    "call-back-booked",
];

/// Names of the sounds to be played one after another, as the media plane knows them: `zh/welcome`.
pub fn sounds(language: Language, prompts: &[Prompt]) -> Vec<String> {
    let mut names = Vec::new();
    for prompt in prompts {
        match prompt {
            Prompt::Sound(name) if name.contains('/') => names.push(name.clone()),
            prompt => {
                names.extend(words(language, prompt).into_iter().map(|word| format!("{}/{word}", language.as_str())))
            }
        }
    }
    names
}

fn words(language: Language, prompt: &Prompt) -> Vec<String> {
    match (language, prompt) {
        (_, Prompt::Sound(name)) => vec![name.clone()],
        (_, Prompt::Number(n) | Prompt::Amount(n)) if *n >= TOO_LARGE => digits(language, &n.to_string()),
        (Language::Zh, Prompt::Amount(2)) => vec!["number-liang".to_owned()],
        (Language::Zh, Prompt::Number(n) | Prompt::Amount(n)) => zh::number(*n),
        (Language::En, Prompt::Number(n) | Prompt::Amount(n)) => en::number(*n),
        (_, Prompt::Digits(text)) => digits(language, text),
        // Whole sounds in both languages: "March", 三月; "the fifth", 五日.
        (_, Prompt::Date { month, day }) if (1..=12).contains(month) && (1..=31).contains(day) => {
            vec![format!("month-{month}"), format!("day-{day}")]
        }
        (Language::Zh, Prompt::Time { hour, minute }) if *hour < 24 && *minute < 60 => zh::time(*hour, *minute),
        (Language::En, Prompt::Time { hour, minute }) if *hour < 24 && *minute < 60 => en::time(*hour, *minute),
        (_, Prompt::Date { .. } | Prompt::Time { .. }) => Vec::new(),
    }
}

/// One by one. On the telephone a Chinese 1 is 幺, which is not mistaken for 7.
fn digits(language: Language, text: &str) -> Vec<String> {
    let word = |digit: char| match (language, digit) {
        (Language::Zh, '1') => "digit-1".to_owned(),
        (_, digit) => format!("number-{digit}"),
    };
    text.chars().filter(char::is_ascii_digit).map(word).collect()
}

/// What a waiting caller is told: the place in the line (1 is next) and about how long, each if there is any.
pub fn position(place: Option<u32>, estimate_s: Option<u32>) -> Vec<Prompt> {
    let sound = |name: &str| Prompt::Sound(name.to_owned());
    let mut prompts = match place {
        None => Vec::new(),
        Some(0 | 1) => vec![sound("queue-next")],
        Some(place) => {
            vec![sound("queue-position-before"), Prompt::Number(place.into()), sound("queue-position-after")]
        }
    };
    match estimate_s.map(|seconds| seconds.div_ceil(60)) {
        None => {}
        Some(0 | 1) => prompts.push(sound("wait-under-a-minute")),
        Some(minutes @ 2..=30) => {
            prompts.extend([sound("wait-about"), Prompt::Amount(minutes.into()), sound("wait-minutes")]);
        }
        Some(_) => prompts.push(sound("wait-over-half-an-hour")),
    }
    prompts
}

/// That this digit asks for a call-back.
pub fn call_back_offer(digit: char) -> Vec<Prompt> {
    let digit = digit.to_digit(10).unwrap_or_default();
    vec![Prompt::Sound("call-back-offer".to_owned()), Prompt::Number(digit.into())]
}

/// The number that would be called, and what to press.
pub fn call_back_confirm(digits: &str) -> Vec<Prompt> {
    let sound = |name: &str| Prompt::Sound(name.to_owned());
    vec![sound("call-back-number"), Prompt::Digits(digits.to_owned()), sound("call-back-confirm")]
}

/// Asks for another number.
pub fn call_back_enter() -> Vec<Prompt> {
    vec![Prompt::Sound("call-back-enter".to_owned())]
}

/// That the number cannot be called.
pub fn call_back_impossible() -> Vec<Prompt> {
    vec![Prompt::Sound("call-back-impossible".to_owned())]
}

/// That short numbers, emergency numbers and numbers without an area code are not called.
pub fn call_back_short() -> Vec<Prompt> {
    vec![Prompt::Sound("call-back-short".to_owned())]
}

/// That numbers at a higher price are not called.
pub fn call_back_dear() -> Vec<Prompt> {
    vec![Prompt::Sound("call-back-dear".to_owned())]
}

/// That the place is kept; the last word of the call.
pub fn call_back_booked() -> Vec<Prompt> {
    vec![Prompt::Sound("call-back-booked".to_owned())]
}

/// Every sound the rules of a language may ask for.
pub fn vocabulary(language: Language) -> BTreeSet<String> {
    let of_language = match language {
        Language::Zh => zh::vocabulary(),
        Language::En => en::vocabulary(),
    };
    let months = (1..=12).map(|month| format!("month-{month}"));
    let days = (1..=31).map(|day| format!("day-{day}"));
    of_language
        .into_iter()
        .chain(months)
        .chain(days)
        .chain(LINE.into_iter().chain(CALL_BACK).map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(language: Language, prompt: Prompt) -> String {
        let prefix = format!("{}/", language.as_str());
        let names = sounds(language, &[prompt]);
        names
            .iter()
            .map(|name| name.strip_prefix(&prefix).unwrap())
            .map(|word| word.strip_prefix("number-").unwrap_or(word))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn numbers_in_chinese() {
        for (number, words) in [
            (0, "0"),
            (2, "2"),
            (10, "10"),
            (12, "10 2"),
            (20, "2 10"),
            (99, "9 10 9"),
            (100, "1 hundred"),
            (101, "1 hundred 0 1"),
            (110, "1 hundred 1 10"),
            (212, "2 hundred 1 10 2"),
            (1_000, "1 thousand"),
            (2_000, "liang thousand"),
            (1_005, "1 thousand 0 5"),
            (1_050, "1 thousand 0 5 10"),
            (10_000, "1 wan"),
            (12_000, "1 wan liang thousand"),
            (20_300, "liang wan 0 3 hundred"),
            (100_000, "10 wan"),
            (1_000_010, "1 hundred wan 0 1 10"),
            (100_000_000, "1 yi"),
            (100_001_000, "1 yi 0 1 thousand"),
            (205_000_007, "liang yi 0 5 hundred wan 0 7"),
        ] {
            assert_eq!(said(Language::Zh, Prompt::Number(number)), words, "{number}");
        }
        assert_eq!(said(Language::Zh, Prompt::Amount(2)), "liang");
        assert_eq!(said(Language::Zh, Prompt::Amount(12)), "10 2");
    }

    #[test]
    fn numbers_in_english() {
        for (number, words) in [
            (0, "0"),
            (13, "13"),
            (20, "20"),
            (21, "20 1"),
            (100, "1 hundred"),
            (342, "3 hundred 40 2"),
            (1_000, "1 thousand"),
            (12_005, "12 thousand 5"),
            (1_000_000, "1 million"),
            (2_001_000_300, "2 billion 1 million 3 hundred"),
        ] {
            assert_eq!(said(Language::En, Prompt::Number(number)), words, "{number}");
        }
        assert_eq!(said(Language::En, Prompt::Amount(2)), "2");
    }

    #[test]
    fn digits_days_and_times() {
        assert_eq!(said(Language::Zh, Prompt::Digits("+1 07".into())), "digit-1 0 7");
        assert_eq!(said(Language::En, Prompt::Digits("107".into())), "1 0 7");
        assert_eq!(said(Language::En, Prompt::Number(1_000_000_000_000)), "1 0 0 0 0 0 0 0 0 0 0 0 0");
        assert_eq!(said(Language::Zh, Prompt::Date { month: 3, day: 31 }), "month-3 day-31");
        assert_eq!(said(Language::En, Prompt::Date { month: 13, day: 1 }), "");
        for (hour, minute, zh, en) in [
            (0, 0, "time-night 0 time-hour", "12 time-am"),
            (2, 5, "time-night liang time-hour 0 5 time-minute", "2 time-oh 5 time-am"),
            (9, 30, "time-morning 9 time-hour time-half", "9 30 time-am"),
            (12, 0, "time-noon 10 2 time-hour", "12 time-pm"),
            (14, 15, "time-afternoon liang time-hour 10 5 time-minute", "2 15 time-pm"),
            (20, 45, "time-evening 8 time-hour 4 10 5 time-minute", "8 40 5 time-pm"),
        ] {
            assert_eq!(said(Language::Zh, Prompt::Time { hour, minute }), zh);
            assert_eq!(said(Language::En, Prompt::Time { hour, minute }), en);
        }
        assert_eq!(said(Language::Zh, Prompt::Time { hour: 24, minute: 0 }), "");
    }

    #[test]
    fn the_place_in_the_line() {
        let said =
            |place, estimate| sounds(Language::En, &position(Some(place), estimate)).join(" ").replace("en/", "");
        assert_eq!(said(1, None), "queue-next");
        assert_eq!(said(1, Some(30)), "queue-next wait-under-a-minute");
        assert_eq!(
            said(3, Some(61)),
            "queue-position-before number-3 queue-position-after wait-about number-2 wait-minutes"
        );
        assert_eq!(said(2, Some(4_000)), "queue-position-before number-2 queue-position-after wait-over-half-an-hour");
    }

    #[test]
    fn the_vocabulary_is_all_that_is_ever_said() {
        for language in Language::ALL {
            let known = vocabulary(language);
            let mut prompts: Vec<Prompt> = (0..=1_200).map(Prompt::Number).collect();
            prompts.extend([9_876_543, 120_305_070_020, u64::MAX].map(Prompt::Number));
            prompts.extend((0..=2).map(Prompt::Amount));
            prompts.push(Prompt::Digits("0123456789".into()));
            prompts.extend((0..24).flat_map(|hour| (0..60).map(move |minute| Prompt::Time { hour, minute })));
            prompts.extend((1..=12).flat_map(|month| (1..=31).map(move |day| Prompt::Date { month, day })));
            prompts.extend((0..40).flat_map(|place| position(Some(place), Some(place * 60))));
            prompts.extend([call_back_offer('1'), call_back_confirm("138"), call_back_enter()].concat());
            prompts.extend([call_back_impossible(), call_back_short(), call_back_dear(), call_back_booked()].concat());
            let said: BTreeSet<String> = prompts.iter().flat_map(|prompt| words(language, prompt)).collect();
            assert_eq!(said, known, "{language:?}");
        }
    }

    #[test]
    fn sounds_of_no_language_stand_as_they_are() {
        let prompts = [Prompt::Sound("tone/beep".into()), Prompt::Sound("welcome".into())];
        assert_eq!(sounds(Language::Zh, &prompts), ["tone/beep", "zh/welcome"]);
    }
}
