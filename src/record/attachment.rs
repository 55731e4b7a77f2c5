//! Which files may be kept beside a record: those that are looked at or listened to. Nothing that a browser or a system
//! runs is among them, whatever it is called; what is in one is never opened here.

use super::words::Words;

/// Characters of a name.
const NAME_MAX: usize = 150;

const ZIP: &[&[u8]] = &[b"PK\x03\x04", b"PK\x05\x06"];
const OFFICE: &[&[u8]] = &[b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"];
const ANY: &[&[u8]] = &[];

/// The ending of a name, and how such a file begins.
const KINDS: &[(&str, &[&[u8]])] = &[
    ("pdf", &[b"%PDF-"]),
    ("png", &[b"\x89PNG\r\n\x1a\n"]),
    ("jpg", &[b"\xff\xd8\xff"]),
    ("jpeg", &[b"\xff\xd8\xff"]),
    ("gif", &[b"GIF87a", b"GIF89a"]),
    ("webp", &[b"RIFF"]),
    ("bmp", &[b"BM"]),
    ("tif", &[b"II*\0", b"MM\0*"]),
    ("tiff", &[b"II*\0", b"MM\0*"]),
    ("heic", ANY),
    ("txt", ANY),
    ("md", ANY),
    ("csv", ANY),
    ("tsv", ANY),
    ("log", ANY),
    ("ics", ANY),
    ("vcf", ANY),
    ("eml", ANY),
    ("msg", OFFICE),
    ("rtf", &[b"{\\rtf"]),
    ("doc", OFFICE),
    ("xls", OFFICE),
    ("ppt", OFFICE),
    ("wps", OFFICE),
    ("docx", ZIP),
    ("xlsx", ZIP),
    ("pptx", ZIP),
    ("odt", ZIP),
    ("ods", ZIP),
    ("odp", ZIP),
    ("zip", ZIP),
    ("ofd", ZIP),
    ("wav", &[b"RIFF"]),
    ("mp3", ANY),
    ("m4a", ANY),
    ("ogg", &[b"OggS"]),
    ("opus", &[b"OggS"]),
    ("mp4", ANY),
    ("mov", ANY),
];

/// How programs begin.
const PROGRAMS: &[&[u8]] = &[b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf"];

/// The name under which a file is kept: of its last part, without what nobody sees; `Err`: why it is not taken, as a
/// word and in words.
pub fn attachable(name: &str, content: &[u8]) -> Result<String, (&'static str, Words)> {
    let name = plain(name);
    let Some((stem, ending)) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) else {
        return Err(("file_type", Words::new("the name says no kind of file", "文件名没有扩展名")));
    };
    let ending = ending.to_ascii_lowercase();
    let Some((_, beginnings)) = KINDS.iter().find(|(known, _)| *known == ending) else {
        return Err(("file_type", Words::new("files of this kind are not kept", "不支持此类文件")));
    };
    if content.is_empty() {
        return Err(("file_empty", Words::new("the file is empty", "文件为空")));
    }
    let is_program = PROGRAMS.iter().any(|begin| content.starts_with(begin))
        || content.starts_with(b"MZ") && content.iter().take(128).any(|byte| *byte == 0);
    let begins = beginnings.is_empty() || beginnings.iter().any(|begin| content.starts_with(begin));
    if is_program || !begins {
        return Err(("file_type", Words::new("the file is not what its name says", "文件内容与扩展名不符")));
    }
    let stem: String = stem.chars().take(NAME_MAX).collect();
    Ok(format!("{stem}.{ending}"))
}

/// Without folders, and without characters that turn or hide what is written.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let hides =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let kept: String = last.chars().filter(|c| !c.is_control() && !hides(*c)).collect();
    kept.trim_matches(|c: char| c == '.' || c.is_whitespace()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_is_kept_under_a_plain_name() {
        let long = format!("{}.pdf", "长".repeat(300));
        for (name, content, expected) in [
            ("a.pdf", &b"%PDF-1.7"[..], "a.pdf"),
            ("发票 2026.PDF", b"%PDF-1.4", "发票 2026.pdf"),
            ("C:\\temp\\..\\photo.JPG", b"\xff\xd8\xff\xe0", "photo.jpg"),
            ("../../etc/passwd.txt", b"root", "passwd.txt"),
            ("tape\u{202e}gpj.txt", b"x", "tapegpj.txt"),
            ("a\r\nSet-Cookie: x.txt", b"x", "aSet-Cookie: x.txt"),
            ("<img src=x onerror=alert(1)>.txt", b"<script>", "<img src=x onerror=alert(1)>.txt"),
            ("'; DROP TABLE record_files; --.csv", b"=1+1", "'; DROP TABLE record_files; --.csv"),
            ("book.xlsx", b"PK\x03\x04rest", "book.xlsx"),
            ("MZ is how it begins.txt", b"MZ is how it begins", "MZ is how it begins.txt"),
            (long.as_str(), b"%PDF-", &format!("{}.pdf", "长".repeat(NAME_MAX))),
        ] {
            assert_eq!(attachable(name, content).as_deref(), Ok(expected), "{name}");
        }
    }

    #[test]
    fn what_runs_or_lies_is_not() {
        for (name, content, expected) in [
            ("", &b"x"[..], "file_type"),
            ("name", b"x", "file_type"),
            (".pdf", b"%PDF-", "file_type"),
            ("a.pdf/", b"%PDF-", "file_type"),
            ("page.html", b"<script>alert(1)</script>", "file_type"),
            ("drawing.svg", b"<svg onload=alert(1)/>", "file_type"),
            ("feed.xml", b"<!DOCTYPE x [<!ENTITY a \"a\">]>", "file_type"),
            ("run.exe", b"MZ\x90\0", "file_type"),
            ("run.pdf.exe", b"%PDF-", "file_type"),
            ("page.xhtml", b"x", "file_type"),
            ("a.js", b"x", "file_type"),
            ("a.svgz", b"x", "file_type"),
            ("picture.png", b"<svg onload=alert(1)/>", "file_type"),
            ("letter.pdf", b"MZ\x90\0", "file_type"),
            ("notes.txt", b"MZ\x90\0\x03", "file_type"),
            ("notes.txt", b"\x7fELF\x02", "file_type"),
            ("notes.txt", b"#!/bin/sh", "file_type"),
            ("nothing.txt", b"", "file_empty"),
        ] {
            assert_eq!(attachable(name, content).map_err(|(code, _)| code), Err(expected), "{name}");
        }
    }
}
