//! The notation of the `.dat` files, which is that of RFC 4475 §2: a line end is CRLF, `<hex>0a0b</hex>`
//! stands for octets (line ends inside do not count), `<repeat count=3>ab</repeat>` for `ababab`.

use std::path::PathBuf;

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/sip/torture")
}

/// The octets of one message.
pub fn read(name: &str) -> Vec<u8> {
    let path = folder().join(format!("{name}.dat"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    expand(&text)
}

fn expand(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        plain(before, &mut out);
        rest = if let Some(tag) = tag.strip_prefix("<hex>") {
            let (digits, rest) = tag.split_once("</hex>").expect("the end of <hex>");
            hex(digits, &mut out);
            rest
        } else if let Some(tag) = tag.strip_prefix("<repeat count=") {
            let (count, tag) = tag.split_once('>').expect("a count");
            let (part, rest) = tag.split_once("</repeat>").expect("the end of <repeat>");
            plain(&part.repeat(count.parse().expect("a number")), &mut out);
            rest
        } else {
            out.push(b'<');
            &tag[1..]
        };
    }
    plain(rest, &mut out);
    out
}

fn plain(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        if byte == b'\n' {
            out.push(b'\r');
        }
        out.push(byte);
    }
}

fn hex(digits: &str, out: &mut Vec<u8>) {
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
    for pair in digits.chunks(2) {
        let pair = std::str::from_utf8(pair).expect("ASCII");
        out.push(u8::from_str_radix(pair, 16).expect("two hexadecimal digits"));
    }
}

#[test]
fn the_notation_is_expanded() {
    assert_eq!(expand("a<b>\n<hex>00\nFF</hex><repeat count=2>xy</repeat>\n"), b"a<b>\r\n\x00\xffxyxy\r\n");
}
