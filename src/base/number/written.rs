//! What people, phones and spreadsheets write for a number, taken apart before any country's rules: the
//! digits that are dialled, and what stands beside them.
//!
//! | written | read as |
//! | --- | --- |
//! | blanks, dashes, dots, slashes, brackets of any script | nothing |
//! | digits and signs in full width, digits of other scripts | the same in ASCII |
//! | `tel:`, `Tel.:`, `手机:` before it | nothing |
//! | `ext 12`, `x12`, `#12`, `,12`, `;ext=12` (RFC 3966), `转12`, `分机 12`, `(ext. 12)` behind it | extension |
//! | other words behind it, `(office 2)` | note |
//! | `1-800-FLOWERS` | the keys of a phone (ITU-T E.161), when nothing else fits |
//! | `13800138000.0`, `13,800,138,000` | a spreadsheet's number |
//! | `1.38E+10` | refused: digits are lost |

use super::NumberError;

/// More than any number with its extension and a few words.
const TEXT_MAX: usize = 200;
/// A longer one behind a mark is a second number.
const EXTENSION_MAX: usize = 6;
/// A spreadsheet shows at least this much of a number before `.0`; shorter is a price or a piece.
const FLOAT_MIN: usize = 7;
/// So many digits stand before an extension in brackets, and make a second number in a cell.
const MAIN_MIN: usize = 7;
/// More digits than that are two numbers.
const DIGITS_MAX: usize = 17;

/// Words before a number, in lower case.
const LABELS: [&str; 36] = [
    "tel",
    "telephone",
    "telefon",
    "teléfono",
    "tél",
    "phone",
    "ph",
    "mobile",
    "mobil",
    "mob",
    "cell",
    "handy",
    "home",
    "work",
    "office",
    "fax",
    "fon",
    "t",
    "m",
    "p",
    "h",
    "w",
    "f",
    "no",
    "nr",
    "number",
    "电话",
    "手机",
    "座机",
    "传真",
    "电话号码",
    "手机号",
    "手机号码",
    "電話",
    "電話番号",
    "携帯",
];
/// Words before an extension, in lower case.
const EXTENSIONS: [&str; 34] = [
    "x",
    "ex",
    "ext",
    "extn",
    "xtn",
    "extension",
    "e",
    "int",
    "interno",
    "intern",
    "anexo",
    "ramal",
    "poste",
    "durchwahl",
    "dw",
    "nebenstelle",
    "nst",
    "app",
    "apparat",
    "доб",
    "вн",
    "p",
    "w",
    "pause",
    "转",
    "轉",
    "转接",
    "转分机",
    "分机",
    "分機",
    "分机号",
    "内线",
    "内線",
    "內線",
];
/// Zeros of scripts whose ten digits follow each other.
const ZEROS: [char; 18] = [
    '\u{660}', '\u{6F0}', '\u{7C0}', '\u{966}', '\u{9E6}', '\u{A66}', '\u{AE6}', '\u{B66}', '\u{BE6}', '\u{C66}',
    '\u{CE6}', '\u{D66}', '\u{E50}', '\u{ED0}', '\u{F20}', '\u{1040}', '\u{17E0}', '\u{1810}',
];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// A country code comes first.
    pub plus: bool,
    pub digits: String,
    /// Where in `digits` the zero of a `(0)` stands.
    pub bracketed: Option<usize>,
    pub extension: Option<String>,
    pub note: Option<String>,
    /// The digits with the letters behind them as keys of a phone.
    pub lettered: Option<String>,
}

impl Written {
    pub fn read(text: &str) -> Result<Self, NumberError> {
        if text.len() > TEXT_MAX {
            return Err(NumberError::NotANumber);
        }
        let folded = fold(text);
        let text = unquoted(&folded);
        if text.is_empty() {
            return Err(NumberError::Empty);
        }
        let unsigned = text.trim_start_matches('+');
        if let Some(digits) = of_spreadsheet(unsigned)? {
            return Ok(Self { plus: unsigned.len() < text.len(), digits, ..Self::default() });
        }
        let (text, parameters) = parameters(uri_body(text)?);
        let mut written = Self::default();
        let beside = written.dialled(unlabelled(text));
        if written.digits.is_empty() {
            return Err(NumberError::NotANumber);
        }
        written.beside(beside)?;
        written.extension = parameters.extension.or(written.extension);
        if let Some(context) = parameters.context.filter(|_| !written.plus) {
            written.plus = true;
            written.digits.insert_str(0, &context);
            written.bracketed = None;
        }
        Ok(written)
    }

    /// Nothing but a number was written.
    pub fn is_bare(&self) -> bool {
        self.note.is_none() && self.lettered.is_none()
    }

    /// Takes the digits in.
    fn dialled<'a>(&mut self, text: &'a str) -> Beside<'a> {
        let (mut rest, mut apart) = (text, true);
        while let Some(c) = rest.chars().next() {
            let mut after = rest.get(c.len_utf8()..).unwrap_or_default();
            apart = !c.is_ascii_digit();
            match c {
                '0'..='9' => self.digits.push(c),
                '+' if self.digits.is_empty() && !self.plus => self.plus = true,
                '(' | '[' => match self.bracket(after) {
                    Bracket::Digits => {}
                    Bracket::Zero(behind) => {
                        self.bracketed = Some(self.digits.len());
                        self.digits.push('0');
                        after = behind;
                    }
                    Bracket::Beside => return Beside { text: rest, apart: true },
                },
                c if is_separator(c) => {}
                _ => {
                    let before = text.len().checked_sub(rest.len()).and_then(|at| text.get(..at));
                    let apart = before.and_then(|before| before.chars().last()).is_none_or(is_separator);
                    return Beside { text: rest, apart };
                }
            }
            rest = after;
        }
        Beside { text: "", apart }
    }

    fn bracket<'a>(&self, after: &'a str) -> Bracket<'a> {
        let (inside, behind) = after.split_once([')', ']']).unwrap_or((after, ""));
        let digits = inside.chars().filter(char::is_ascii_digit).count();
        if inside.chars().any(char::is_alphabetic) {
            return Bracket::Beside;
        }
        if inside.trim() == "0" && (self.plus || !self.digits.is_empty()) {
            return Bracket::Zero(behind);
        }
        let last = behind.chars().all(is_separator) && (1..=EXTENSION_MAX).contains(&digits);
        if last && self.digits.len() >= MAIN_MIN { Bracket::Beside } else { Bracket::Digits }
    }

    /// What stands behind the digits: an extension, words, letters for digits, or what no number has.
    fn beside(&mut self, Beside { text, apart }: Beside) -> Result<(), NumberError> {
        if text.chars().all(is_mark) {
            return Ok(());
        }
        let bare = text.trim_start_matches(['(', '[']);
        let in_brackets = bare.len() < text.len();
        if let Some(rest) = after_mark(bare).or(in_brackets.then_some(bare)) {
            let (digits, rest) = extension(rest)?;
            if !digits.is_empty() {
                self.extension = Some(digits);
                self.note = noted(rest)?;
                return Ok(());
            }
        }
        let words = text.trim_start_matches(is_mark);
        if !words.starts_with(char::is_alphabetic) {
            return Err(NumberError::NotANumber);
        }
        self.lettered = lettered(&self.digits, words);
        // A name such as `1000abc` is no number with a word behind it.
        self.note = noted(words)?.filter(|note| apart || in_brackets || !note.starts_with(|c: char| c.is_ascii()));
        if self.is_bare() { Err(NumberError::NotANumber) } else { Ok(()) }
    }
}

/// The numbers of one cell, each with what belongs to it: `021-55500188,12` is one with its extension,
/// `13800138000 / 13900139000` are two.
pub fn numbers_in(cell: &str) -> Vec<&str> {
    let cell = cell.trim();
    if Written::read(cell).is_ok_and(|written| written.digits.len() <= DIGITS_MAX && written.note.is_none()) {
        return vec![cell];
    }
    let mut found = Vec::new();
    let mut begin = 0_usize;
    for (at, sign) in cell.char_indices().filter(|(_, c)| is_between(*c)) {
        let behind = cell.get(at.saturating_add(sign.len_utf8())..).unwrap_or_default();
        let next = behind.split(is_between).next().unwrap_or_default();
        let digits = next.chars().map(plain).filter(char::is_ascii_digit).count();
        // Too little for a number of its own: a piece of the one before, or its extension.
        let whole = digits >= MAIN_MIN || next.chars().map(plain).collect::<String>().trim_start().starts_with('+');
        if whole {
            found.push(cell.get(begin..at).unwrap_or_default());
            begin = at.saturating_add(sign.len_utf8());
        }
    }
    found.push(cell.get(begin..).unwrap_or_default());
    found.into_iter().map(|part| part.trim().trim_end_matches(is_between)).filter(|part| !part.is_empty()).collect()
}

/// What stands between two numbers of one cell.
fn is_between(c: char) -> bool {
    matches!(c, ';' | ',' | '|' | '/' | '，' | '；' | '、' | '\n' | '\r' | '&')
}

/// What is left behind the digits; `apart`: a blank or a sign stands between.
struct Beside<'a> {
    text: &'a str,
    apart: bool,
}

enum Bracket<'a> {
    /// Digits like any other.
    Digits,
    /// `(0)`, and what follows.
    Zero(&'a str),
    /// Not of the number.
    Beside,
}

/// One spelling of each character; marks of writing direction and the like left out.
fn fold(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).map(plain).collect()
}

/// Full width and other digits in ASCII, every blank a blank, every dash a dash.
pub fn plain(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c).saturating_sub(0xFEE0)).unwrap_or(c),
        '\u{AD}' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => '-',
        '\u{FE62}' => '+',
        '、' => ',',
        '〔' | '【' | '﹙' => '(',
        '〕' | '】' | '﹚' => ')',
        c if c.is_whitespace() => ' ',
        c if c.is_ascii() => c,
        c => digit_of(c).and_then(|digit| char::from_digit(digit, 10)).unwrap_or(c),
    }
}

fn digit_of(c: char) -> Option<u32> {
    ZEROS.iter().find_map(|zero| u32::from(c).checked_sub(u32::from(*zero)).filter(|digit| *digit < 10))
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
        || (c.is_control() && !c.is_whitespace())
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '[' | ']' | '_' | '~' | '\'' | '’' | '·' | '•' | '・' | 'ー')
}

/// A separator, or a sign that ends what is entered.
fn is_mark(c: char) -> bool {
    is_separator(c) || matches!(c, ',' | ';' | '#' | ':')
}

/// Without the signs that make a spreadsheet take a number for text: `'138`, `="138"`.
fn unquoted(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\'' | '`' | '“' | '”' | '‘' | '’'))
}

/// A number as a spreadsheet writes it: whole with `.0`, in groups of thousands, or rounded, which is refused.
fn of_spreadsheet(text: &str) -> Result<Option<String>, NumberError> {
    let of_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((mantissa, exponent)) = text.split_once(['e', 'E']) {
        let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
        let exponent = exponent.trim_start_matches(['+', '-']);
        if of_digits(whole) && of_digits(fraction) && of_digits(exponent) && exponent.len() <= 3 {
            return Err(NumberError::Rounded);
        }
    }
    // Three zeros behind a comma are thousands.
    let fraction = |zeros: &&str| !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0');
    let point = text.rsplit_once('.').filter(|(_, zeros)| fraction(zeros));
    let comma = text.rsplit_once(',').filter(|(_, zeros)| fraction(zeros) && zeros.len() != 3);
    let whole = point.or(comma).map_or(text, |(whole, _)| whole);
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    let thousands = rest.len() >= 2
        && (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && of_digits(first)
        && rest.iter().all(|group| group.len() == 3 && of_digits(group));
    let float = whole.len() < text.len() && whole.len() >= FLOAT_MIN && of_digits(whole);
    Ok((thousands || float).then(|| whole.replace(',', "")))
}

/// The number of a URI: `tel:+8621…`, `callto:…`, `sip:+8621…@host`.
fn uri_body(text: &str) -> Result<&str, NumberError> {
    let body = ["tel:", "callto:", "sips:", "sip:"].iter().find_map(|scheme| {
        let (head, body) = text.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(body.trim_start_matches('/'))
    });
    match body {
        Some(body) => Ok(body.split('@').next().unwrap_or_default().trim_start()),
        None if text.contains('@') => Err(NumberError::NotANumber),
        None => Ok(text),
    }
}

#[derive(Default)]
struct Parameters {
    extension: Option<String>,
    /// Digits of a global `phone-context`.
    context: Option<String>,
}

/// The parameters of RFC 3966 §5 behind a number; others mean nothing here.
fn parameters(text: &str) -> (&str, Parameters) {
    let Some((body, behind)) = text.split_once(';').filter(|(_, behind)| is_parameter(behind)) else {
        return (text, Parameters::default());
    };
    let mut found = Parameters::default();
    for (name, value) in behind.split(';').filter_map(|one| one.split_once('=')) {
        let digits: String = value.chars().filter(char::is_ascii_digit).collect();
        match name.trim().to_ascii_lowercase().as_str() {
            "ext" if !digits.is_empty() && digits.len() <= EXTENSION_MAX => found.extension = Some(digits),
            "phone-context" if value.trim().starts_with('+') && !digits.is_empty() => found.context = Some(digits),
            _ => {}
        }
    }
    (body, found)
}

/// `name=value` or a name alone, to the next one.
fn is_parameter(text: &str) -> bool {
    let name = text.split([';', '=']).next().unwrap_or_default().trim();
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Without `Tel.:` and the like before the number.
fn unlabelled(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some((word, behind)) = word(rest).filter(|(word, _)| LABELS.contains(&word.as_str())) {
        // One letter is a label only with its colon or dot.
        if word.len() == 1 && !behind.starts_with([':', '.']) {
            break;
        }
        rest = behind.trim_start_matches([' ', '.', ':', '-']);
    }
    rest
}

/// The run of letters at the beginning, in lower case, and what follows it.
fn word(text: &str) -> Option<(String, &str)> {
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let (word, behind) = text.split_at(end);
    (!word.is_empty()).then(|| (word.to_lowercase(), behind))
}

/// What follows the mark of an extension.
fn after_mark(text: &str) -> Option<&str> {
    let bare = text.trim_start_matches(is_mark);
    match word(bare) {
        Some((word, behind)) if EXTENSIONS.contains(&word.as_str()) => Some(behind),
        _ => (bare.len() < text.len()).then_some(bare),
    }
}

/// The digits of an extension, and what follows them.
fn extension(text: &str) -> Result<(String, &str), NumberError> {
    let text = text.trim_start_matches(|c| is_mark(c) || c == '=');
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ' ' && c != '-').unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    if digits.len() > EXTENSION_MAX { Err(NumberError::Several) } else { Ok((digits, rest)) }
}

/// Words behind a number; nothing where there are only signs. No second number is lost among them.
fn noted(text: &str) -> Result<Option<String>, NumberError> {
    let words = text.trim_matches(is_mark);
    if words.chars().filter(char::is_ascii_digit).count() >= MAIN_MIN {
        return Err(NumberError::Several);
    }
    Ok(words.contains(char::is_alphabetic).then(|| words.to_owned()))
}

/// The number that is dialled by letters: at least three of them, behind at least three digits.
fn lettered(digits: &str, letters: &str) -> Option<String> {
    let count = letters.chars().filter(char::is_ascii_alphabetic).count();
    let good = letters.chars().all(|c| c.is_ascii_alphanumeric() || is_separator(c));
    let keys = letters.chars().filter_map(key);
    (good && count >= 3 && digits.len() >= 3).then(|| digits.chars().chain(keys).collect())
}

/// The key of a phone that carries this letter (ITU-T E.161).
fn key(c: char) -> Option<char> {
    Some(match c.to_ascii_lowercase() {
        digit @ '0'..='9' => digit,
        'a'..='c' => '2',
        'd'..='f' => '3',
        'g'..='i' => '4',
        'j'..='l' => '5',
        'm'..='o' => '6',
        'p'..='s' => '7',
        't'..='v' => '8',
        'w'..='z' => '9',
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
