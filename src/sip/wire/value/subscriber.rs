//! The user part of a URI as telephone networks fill it (RFC 3966 §3, RFC 3261 §19.1.6, RFC 4694):
//! a number with parameters behind it, in `tel:` and `sip:` alike.

use super::params::at_semicolon;
use super::{Scheme, Uri};
use crate::base::Number;

/// Who, or which line, a URI names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subscriber {
    /// Decoded, without parameters (`npdi`, `rn`, `cpc`, `isub` …): a number as written, or a name. May be
    /// empty.
    pub user: String,
    /// The area a local number is of (`phone-context`), if it is given as a number: `+8621`.
    area: Option<String>,
    scheme_is_tel: bool,
}

impl Uri {
    pub fn subscriber(&self) -> Subscriber {
        let decoded = self.user_decoded();
        let (user, params) = at_semicolon(&decoded);
        let named = |param: &str| {
            let (name, value) = param.split_once('=')?;
            name.trim().eq_ignore_ascii_case("phone-context").then(|| value.to_owned())
        };
        // Behind the user, where it belongs, or behind the host, where some write it.
        let context = params.split(';').find_map(named).or_else(|| self.params.get("phone-context").map(str::to_owned));
        Subscriber {
            user: user.trim().to_owned(),
            area: context.map(|context| without_separators(context.trim_matches('"'))).filter(|area| is_global(area)),
            scheme_is_tel: self.scheme == Scheme::Tel,
        }
    }
}

impl Subscriber {
    /// Only what a telephone number is written with.
    pub fn is_number(&self) -> bool {
        let is_visual = |c: char| matches!(c, '-' | '.' | '(' | ')' | ' ' | '/');
        let digits = self.user.strip_prefix('+').unwrap_or(&self.user);
        digits.contains(|c: char| c.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_digit() || is_visual(c))
    }

    /// A local number with its area in front; everything else as it is.
    pub fn whole(&self) -> String {
        match &self.area {
            Some(area) if self.is_number() && !self.user.starts_with('+') && !self.user.starts_with("00") => {
                in_area(area, &without_separators(&self.user))
            }
            _ => self.user.clone(),
        }
    }

    /// The digits as a telephone would dial them, where it is certain that separators are none; a name as
    /// it is. Whether a zero in brackets is dialled from abroad depends on the country: Italy keeps it.
    pub fn dialled(&self) -> String {
        let is_certain = self.scheme_is_tel || self.user.starts_with('+');
        if !is_certain || !self.is_number() {
            return self.user.clone();
        }
        let has_zero = self.user.split('(').skip(1).any(|behind| behind.split(')').next().map(str::trim) == Some("0"));
        let whole = if has_zero { Number::global(&self.user).ok() } else { None };
        whole.map_or_else(|| without_separators(&self.user), |number| number.to_string())
    }
}

fn without_separators(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')' | ' ' | '/')).collect()
}

fn is_global(area: &str) -> bool {
    area.strip_prefix('+').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// A national number (its zero, then the end of the area once more) has the area in it already.
fn in_area(area: &str, number: &str) -> String {
    let national = number.strip_prefix('0').unwrap_or_default();
    let shared = (1..=national.len().min(area.len().saturating_sub(2))).rev();
    let shared = shared.filter_map(|len| national.get(..len)).find(|front| front.len() > 1 && area.ends_with(front));
    match shared.and_then(|shared| area.strip_suffix(shared)) {
        Some(country) => format!("{country}{national}"),
        None => format!("{area}{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_what_stands_before_the_parameters() {
        for (uri, user, whole, dialled) in [
            ("sip:+8613800138000@h", "+8613800138000", "+8613800138000", "+8613800138000"),
            ("sip:+8613800138000;npdi;rn=+86139000@h;user=phone", "+8613800138000", "+8613800138000", "+8613800138000"),
            ("sip:13800138000;cpc=ordinary;oli=00@h", "13800138000", "13800138000", "13800138000"),
            ("sip:55500100;phone-context=+8621@h;user=phone", "55500100", "+862155500100", "55500100"),
            ("sip:55500100@h;phone-context=+86-21", "55500100", "+862155500100", "55500100"),
            ("sip:5550-0100;ext=5;phone-context=%2B8621@h", "5550-0100", "+862155500100", "5550-0100"),
            ("sip:02155500100;phone-context=+8621@h", "02155500100", "+862155500100", "02155500100"),
            ("sip:02155500100;phone-context=+86@h", "02155500100", "+8602155500100", "02155500100"),
            ("sip:55500100;phone-context=ims.example@h", "55500100", "55500100", "55500100"),
            ("sip:+8621;phone-context=+49@h", "+8621", "+8621", "+8621"),
            ("sip:008621;phone-context=+49@h", "008621", "008621", "008621"),
            ("sip:ana;phone-context=+8621@h", "ana", "ana", "ana"),
            ("tel:+8621-55500100;isub=1411", "+8621-55500100", "+8621-55500100", "+862155500100"),
            ("tel:5550-0100;phone-context=+8621;ext=7", "5550-0100", "+862155500100", "55500100"),
            ("tel:+49(0)30-123456", "+49(0)30-123456", "+49(0)30-123456", "+4930123456"),
            ("tel:+44-(0)20-7946-0100", "+44-(0)20-7946-0100", "+44-(0)20-7946-0100", "+442079460100"),
            ("tel:+39(0)6-12345678", "+39(0)6-12345678", "+39(0)6-12345678", "+390612345678"),
            ("sip:+39(0)2.7602.3456@h", "+39(0)2.7602.3456", "+39(0)2.7602.3456", "+390276023456"),
            ("tel:+378(0)549-882914", "+378(0)549-882914", "+378(0)549-882914", "+3780549882914"),
            ("tel:(0)6-12345678;phone-context=+39", "(0)6-12345678", "+390612345678", "0612345678"),
            ("tel:+1-415-555(0)", "+1-415-555(0)", "+1-415-555(0)", "+14155550"),
            ("sip:+1(415)555-0100@h", "+1(415)555-0100", "+1(415)555-0100", "+14155550100"),
            ("sip:10.20@h", "10.20", "10.20", "10.20"),
            ("sip:%2b8613800138000%3bcpc=pay@h", "+8613800138000", "+8613800138000", "+8613800138000"),
            ("sip:%2331%2313800138000@h", "#31#13800138000", "#31#13800138000", "#31#13800138000"),
            ("sip:#31#13800138000@h", "#31#13800138000", "#31#13800138000", "#31#13800138000"),
            ("sip:;cpc=ordinary@h", "", "", ""),
            ("sip:h", "", "", ""),
        ] {
            let subscriber = Uri::parse(uri).unwrap_or_else(|error| panic!("{uri}: {error}")).subscriber();
            assert_eq!(
                (subscriber.user.as_str(), &*subscriber.whole(), &*subscriber.dialled()),
                (user, whole, dialled),
                "{uri}"
            );
        }
    }
}
