//! From the bytes of a file to text: as it is said, as its mark says, as UTF-8 where that is valid, else as the
//! crate `chardetng` guesses, with how sure that is.
//!
//! What is no text at all (a workbook, a web page) is told by name, so that nobody has to guess why "the file
//! has no column for the name".

use std::fmt;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{GBK, UTF_8, UTF_16BE, UTF_16LE};
use serde::{Serialize, Serializer};

/// What a file was written in, by its name of the Encoding Standard (whatwg.org).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Encoding(&'static encoding_rs::Encoding);

impl Encoding {
    /// By one of its names, such as `gb18030`, `windows-1252`, `shift_jis`, `utf-8`.
    pub fn named(name: &str) -> Option<Self> {
        encoding_rs::Encoding::for_label(name.trim().as_bytes()).map(Self)
    }

    fn name(self) -> &'static str {
        match self.0 {
            it if it == UTF_16LE || it == UTF_16BE => "UTF-16",
            // The same decoder; GB18030 has all of it.
            it if it == GBK || it == encoding_rs::GB18030 => "GB18030",
            it => it.name(),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Encoding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// How the encoding is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// Somebody said so.
    Said,
    /// A mark at the beginning, or text that is valid UTF-8.
    Certain,
    /// By what the text looks like, and it looks like nothing else.
    Guessed,
    /// It could as well be another one: a person must look.
    Unsure,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    pub text: String,
    pub encoding: Encoding,
    pub known: Known,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("this is {0}, not text: save it as CSV (UTF-8) or as a calendar (.ics)")]
    Foreign(&'static str),
    #[error("this is not {0}")]
    NotAsSaid(Encoding),
    #[error("line {line}: not UTF-8 here, though nearly all of the file is")]
    Broken { line: usize },
    #[error("the encoding of the file cannot be found out")]
    Unknown,
}

/// `region`: where the file comes from, ISO 3166 alpha-2; it decides between encodings that fit equally well.
pub fn decode(bytes: &[u8], said: Option<Encoding>, region: &str) -> Result<Text, DecodeError> {
    if let Some(foreign) = foreign(bytes) {
        return Err(DecodeError::Foreign(foreign));
    }
    if let Some(Encoding(said)) = said {
        return whole(said, bytes, Known::Said).ok_or(DecodeError::NotAsSaid(Encoding(said)));
    }
    if let Some((marked, _)) = encoding_rs::Encoding::for_bom(bytes) {
        return whole(marked, bytes, Known::Certain).ok_or(DecodeError::NotAsSaid(Encoding(marked)));
    }
    if let Some(unmarked) = utf16(bytes) {
        return whole(unmarked, bytes, Known::Guessed).ok_or(DecodeError::Unknown);
    }
    if let Some(text) = whole(UTF_8, bytes, Known::Certain) {
        return Ok(text);
    }
    if let Some(line) = broken_utf8(bytes) {
        return Err(DecodeError::Broken { line });
    }
    let (guessed, known) = guess(bytes, region);
    whole(guessed, bytes, known).ok_or(DecodeError::Unknown)
}

/// As [`decode`], for a calendar (RFC 5545): its lines may be folded within a character. What is `said` by a
/// header that programs fill in blindly counts only where it fits.
pub fn decode_calendar(bytes: &[u8], said: Option<Encoding>, region: &str) -> Result<Text, DecodeError> {
    let is_wide = utf16(bytes).is_some() || encoding_rs::Encoding::for_bom(bytes).is_some_and(|(it, _)| it != UTF_8);
    let unfolded = if is_wide || std::str::from_utf8(bytes).is_ok() { None } else { Some(unfolded(bytes)) };
    let bytes = unfolded.as_deref().unwrap_or(bytes);
    let said = said.and_then(|said| decode(bytes, Some(said), region).ok());
    said.map_or_else(|| decode(bytes, None, region), Ok)
}

fn whole(encoding: &'static encoding_rs::Encoding, bytes: &[u8], known: Known) -> Option<Text> {
    let (text, wrong) = encoding.decode_with_bom_removal(bytes);
    (!wrong).then(|| Text { text: text.into_owned(), encoding: Encoding(encoding), known })
}

/// What begins like something that is no text.
fn foreign(bytes: &[u8]) -> Option<&'static str> {
    let begins = |mark: &[u8]| bytes.starts_with(mark);
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let says = |mark: &str| text.get(..mark.len()).is_some_and(|it| it.eq_ignore_ascii_case(mark.as_bytes()));
    match () {
        () if begins(b"PK\x03\x04") => Some("a zip archive, such as an Excel workbook (.xlsx)"),
        () if begins(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") => Some("an old Excel workbook (.xls)"),
        () if begins(b"\x1f\x8b") => Some("a gzip archive"),
        () if begins(b"%PDF") => Some("a PDF"),
        () if begins(b"SQLite format 3") => Some("a database"),
        () if says("{\\rtf") => Some("a word processor's document (RTF)"),
        () if ["<!doctype", "<html", "<?xml", "<table"].into_iter().any(says) => {
            Some("a web page or XML, which some programs give the name .xls or .csv")
        }
        () => None,
    }
}

/// UTF-16 without its mark: every other byte of what is ASCII in it is zero.
fn utf16(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let sample = bytes.get(..bytes.len().min(4_096))?;
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let many = sample.len() / 20;
    match (zeros(0), zeros(1)) {
        (0, odd) if odd > many => Some(UTF_16LE),
        (even, 0) if even > many => Some(UTF_16BE),
        _ => None,
    }
}

/// Line of the first byte that is wrong in what is UTF-8 otherwise.
fn broken_utf8(bytes: &[u8]) -> Option<usize> {
    let (mut good, mut wrong, mut line, mut first) = (0usize, 0usize, 1usize, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        line += chunk.valid().matches('\n').count();
        if !chunk.invalid().is_empty() {
            wrong += 1;
            first = if first == 0 { line } else { first };
        }
    }
    (wrong > 0 && good >= 20 && wrong <= good / 10).then_some(first)
}

/// What the text looks like by itself, and what it looks like to somebody who expects files of that region.
fn guess(bytes: &[u8], region: &str) -> (&'static encoding_rs::Encoding, Known) {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let plain = detector.guess(None, Utf8Detection::Deny);
    let home = region.to_ascii_lowercase().replace("gb", "uk");
    let is_region = home.len() == 2 && home.bytes().all(|byte| byte.is_ascii_lowercase());
    let home = if is_region { detector.guess(Some(home.as_bytes()), Utf8Detection::Deny) } else { plain };
    match (plain == home, in_pairs(bytes)) {
        (true, _) => (plain, Known::Guessed),
        // Chinese and Korean take two high bytes for a character; other texts hardly ever have them in pairs only.
        (false, false) => (plain, Known::Guessed),
        (false, true) if plain.is_single_byte() => (home, Known::Guessed),
        (false, true) => (home, Known::Unsure),
    }
}

/// Bytes above ASCII come in runs of even length only.
fn in_pairs(bytes: &[u8]) -> bool {
    bytes.split(u8::is_ascii).all(|run| run.len() % 2 == 0)
}

/// Without line ends that the next line's white space undoes.
fn unfolded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let fold =
            [b"\r\n ".as_slice(), b"\r\n\t", b"\n ", b"\n\t"].into_iter().find_map(|fold| rest.strip_prefix(fold));
        match fold {
            Some(after) => rest = after,
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_(name: &str, text: &str) -> Vec<u8> {
        encoding_rs::Encoding::for_label(name.as_bytes()).unwrap().encode(text).0.into_owned()
    }

    fn utf16le(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn texts_of_many_encodings_are_read_in_a_chinese_center() {
        let chinese = "姓名,电话\n欧阳,138\n王丽,139";
        let german = "name,phone,notes\nMüller,13800138000,Grüße aus Köln\n";
        let japanese = "氏名,電話\n山田太郎,13800138000\n佐藤花子,2\n";
        for (bytes, text, encoding, known) in [
            (chinese.as_bytes().to_vec(), chinese, "UTF-8", Known::Certain),
            ([b"\xef\xbb\xbf".as_slice(), chinese.as_bytes()].concat(), chinese, "UTF-8", Known::Certain),
            ([vec![0xff, 0xfe], utf16le(chinese)].concat(), chinese, "UTF-16", Known::Certain),
            (utf16le(chinese), chinese, "UTF-16", Known::Guessed),
            (in_("gb18030", chinese), chinese, "GB18030", Known::Guessed),
            (in_("gb18030", "name,phone\n王,138\n"), "name,phone\n王,138\n", "GB18030", Known::Guessed),
            (in_("windows-1252", german), german, "windows-1252", Known::Guessed),
            (in_("shift_jis", japanese), japanese, "Shift_JIS", Known::Guessed),
            (in_("big5", "姓名,電話\n陳大文,138\n李小明,1"), "姓名,電話\n陳大文,138\n李小明,1", "Big5", Known::Guessed),
            (in_("windows-1251", "имя,тел\nИван Петров,1"), "имя,тел\nИван Петров,1", "windows-1251", Known::Guessed),
        ] {
            let read = decode(&bytes, None, "CN").unwrap();
            assert_eq!((read.text.as_str(), read.encoding.to_string().as_str(), read.known), (text, encoding, known));
        }
        let korean = in_("euc-kr", "이름,전화\n김철수,138\n");
        assert_eq!(decode(&korean, None, "CN").unwrap().known, Known::Unsure, "as likely Chinese");
        let said = decode(&korean, Encoding::named("EUC-KR"), "CN").unwrap();
        assert!(said.text.contains("김철수") && said.known == Known::Said);
        assert!(decode(&korean, None, "KR").unwrap().text.contains("김철수"));
        assert!(decode(&in_("windows-1252", german), None, "").unwrap().text.contains("Köln"));
    }

    #[test]
    fn what_is_no_text_is_told_by_name() {
        for (bytes, told) in [
            (b"PK\x03\x04\x14\0".as_slice(), "an Excel workbook (.xlsx)"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "an old Excel workbook"),
            (b"\n <!DOCTYPE html><table>", "a web page"),
            (b"%PDF-1.7", "a PDF"),
            (b"\x1f\x8b\x08", "gzip"),
        ] {
            let error = decode(bytes, None, "CN").unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        let mut broken = "姓名,电话\n欧阳明珠欧阳明珠欧阳明珠,138\n王丽华王丽华王丽华,139\n".as_bytes().to_vec();
        broken.extend(b"\xe7\x8e");
        assert_eq!(decode(&broken, None, "CN"), Err(DecodeError::Broken { line: 4 }), "cut within a character");
        assert!(matches!(decode(b"\xff\xfe\xff", Encoding::named("utf-8"), "CN"), Err(DecodeError::NotAsSaid(_))));
    }

    #[test]
    fn a_calendar_may_be_folded_within_a_character() {
        let of = |bytes: &[u8]| decode_calendar(bytes, Encoding::named("utf-8"), "CN").unwrap().text;
        let holiday = "BEGIN:VCALENDAR\r\nSUMMARY:国庆节\r\nEND:VCALENDAR\r\n";
        assert_eq!(of(holiday.as_bytes()), holiday);
        for name in ["utf-8", "gb18030"] {
            let mut bytes = in_(name, holiday);
            let at = bytes.iter().position(|byte| !byte.is_ascii()).unwrap() + 1;
            bytes.splice(at..at, *b"\r\n ");
            assert_eq!(of(&bytes), holiday, "{name}");
        }
        assert_eq!(of(&[vec![0xff, 0xfe], utf16le(holiday)].concat()), holiday);
        assert_eq!(of(&in_("gb18030", "BEGIN:VCALENDAR\r\nSUMMARY:补班\r\n")), "BEGIN:VCALENDAR\r\nSUMMARY:补班\r\n");
    }
}
