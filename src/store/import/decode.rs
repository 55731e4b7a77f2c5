//! From the bytes of a file to text: UTF-8, UTF-16 with its mark, or GB18030.

use encoding_rs::{GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// What a file was written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub enum Encoding {
    #[serde(rename = "UTF-8")]
    Utf8,
    #[serde(rename = "UTF-16")]
    Utf16,
    #[serde(rename = "GB18030")]
    Gb18030,
}

impl std::fmt::Display for Encoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 => "UTF-16",
            Self::Gb18030 => "GB18030",
        })
    }
}

/// A mark at the beginning decides; else what is valid UTF-8 is UTF-8; else it must be GB18030, whose
/// texts are hardly ever valid UTF-8. `None`: none of them.
pub(super) fn decode(bytes: &[u8]) -> Option<(String, Encoding)> {
    if let Some((marked, _)) = encoding_rs::Encoding::for_bom(bytes) {
        let encoding = if marked == UTF_8 { Encoding::Utf8 } else { Encoding::Utf16 };
        debug_assert!([UTF_8, UTF_16LE, UTF_16BE].contains(&marked));
        let (text, wrong) = marked.decode_with_bom_removal(bytes);
        return (!wrong).then(|| (text.into_owned(), encoding));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some((text.to_owned(), Encoding::Utf8));
    }
    let (text, wrong) = GB18030.decode_without_bom_handling(bytes);
    (!wrong).then(|| (text.into_owned(), Encoding::Gb18030))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_in_every_encoding() {
        let text = "姓名,电话\n欧阳,138";
        let gb = GB18030.encode(text).0.into_owned();
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            ([b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat(), Encoding::Utf8),
            (gb, Encoding::Gb18030),
            (utf16, Encoding::Utf16),
        ] {
            assert_eq!(decode(&bytes), Some((text.to_owned(), encoding)));
        }
        assert_eq!(decode(b"\xff\xff\xff"), None);
    }
}
