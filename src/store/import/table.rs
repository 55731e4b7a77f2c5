//! Rows of a CSV file (RFC 4180), strict where a mistake would swallow the rows behind it.
//!
//! A quote that never closes, or text behind a closing one, is a mistake of the row it stands in; reading goes on
//! in the next line. Lines end with CR LF, LF or CR. Limits: [`CELLS_MAX`] cells.

use super::tidy::tidy;

/// More cells in one row are no table of customers.
const CELLS_MAX: usize = 1_000;

/// Where reading stands in a text.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    at: usize,
    /// From 1.
    line: u64,
    delimiter: u8,
}

/// A row with the line it begins in, or why it is none.
pub(in crate::store) type Row = (u64, Result<Vec<String>, &'static str>);

const UNCLOSED: &str = "a quote (\") is opened in this row and never closed";
const AFTER_QUOTE: &str = "text behind a closing quote (\"): a quote within quotes is written twice (\"\")";
const TOO_MANY: &str = "more than 1000 cells";
const NUL: &str = "it holds a character that is no text (NUL)";

impl Rows {
    pub fn new(delimiter: u8) -> Self {
        Self { at: 0, line: 1, delimiter }
    }

    /// The next row, empty ones too; `None` at the end.
    pub fn next(&mut self, text: &str) -> Option<Row> {
        let bytes = text.as_bytes();
        if self.at >= bytes.len() {
            return None;
        }
        let (begin, line) = (self.at, self.line);
        let row = self.row(text);
        if row.is_err() {
            (self.at, self.line) = (line_end(bytes, begin), line.saturating_add(1));
        }
        Some((line, row))
    }

    fn row(&mut self, text: &str) -> Result<Vec<String>, &'static str> {
        let bytes = text.as_bytes();
        let mut cells = Vec::new();
        loop {
            let cell = self.cell(text)?;
            if cell.contains('\0') {
                return Err(NUL);
            }
            cells.push(tidy(&cell));
            match bytes.get(self.at) {
                Some(byte) if *byte == self.delimiter => self.at += 1,
                _ => break,
            }
            if cells.len() >= CELLS_MAX {
                return Err(TOO_MANY);
            }
        }
        self.at = line_end(bytes, self.at);
        self.line = self.line.saturating_add(1);
        Ok(cells)
    }

    /// Up to the delimiter or the end of the line.
    fn cell(&mut self, text: &str) -> Result<String, &'static str> {
        let bytes = text.as_bytes();
        let start = self.at + bytes.iter().skip(self.at).take_while(|byte| **byte == b' ').count();
        if bytes.get(start) == Some(&b'"') {
            return self.quoted(text, start + 1);
        }
        let ends = |byte: &u8| *byte == self.delimiter || matches!(byte, b'\r' | b'\n');
        let length = bytes.iter().skip(self.at).take_while(|byte| !ends(byte)).count();
        let end = self.at + length;
        let cell = text.get(self.at..end).unwrap_or_default().to_owned();
        self.at = end;
        Ok(cell)
    }

    fn quoted(&mut self, text: &str, start: usize) -> Result<String, &'static str> {
        let bytes = text.as_bytes();
        let mut cell = String::new();
        let mut from = start;
        loop {
            let rest = text.get(from..).unwrap_or_default();
            let (inside, _) = rest.split_once('"').ok_or(UNCLOSED)?;
            cell.push_str(inside);
            from += inside.len() + 1;
            if bytes.get(from) != Some(&b'"') {
                break;
            }
            cell.push('"');
            from += 1;
        }
        let blanks = bytes.iter().skip(from).take_while(|byte| **byte == b' ').count();
        self.at = from + blanks;
        match bytes.get(self.at) {
            None | Some(b'\r' | b'\n') => {}
            Some(byte) if *byte == self.delimiter => {}
            Some(_) => return Err(AFTER_QUOTE),
        }
        let inside = text.get(start..from).unwrap_or_default();
        self.line = self.line.saturating_add(u64::try_from(line_ends(inside)).unwrap_or(0));
        Ok(cell)
    }
}

/// Behind the line end that comes next.
fn line_end(bytes: &[u8], from: usize) -> usize {
    let end = from + bytes.iter().skip(from).take_while(|byte| !matches!(byte, b'\r' | b'\n')).count();
    match (bytes.get(end), bytes.get(end + 1)) {
        (Some(b'\r'), Some(b'\n')) => end + 2,
        (Some(_), _) => end + 1,
        (None, _) => end,
    }
}

fn line_ends(text: &str) -> usize {
    text.matches('\n').count() + text.matches('\r').count() - text.matches("\r\n").count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<String> {
        let mut rows = Rows::new(b',');
        std::iter::from_fn(|| rows.next(text))
            .map(|(line, row)| match row {
                Ok(cells) => format!("{line}: {}", cells.join("|")),
                Err(why) => format!("{line}! {}", why.split(':').next().unwrap_or_default()),
            })
            .collect()
    }

    #[test]
    fn rows_as_programs_write_them() {
        for (text, read) in [
            ("a,b\n1,2\n", vec!["1: a|b", "2: 1|2"]),
            ("a,b\r\n1,2", vec!["1: a|b", "2: 1|2"]),
            ("a,b\r1,2\r", vec!["1: a|b", "2: 1|2"]),
            ("a,,\n,\n\nx", vec!["1: a||", "2: |", "3: ", "4: x"]),
            ("\"x\",\"say \"\"hi\"\"\", \"y\" \n", vec!["1: x|say \"hi\"|y"]),
            ("\"two\nlines\",1\r\n\"a\r\nb\rc\",2\nd", vec!["1: two\nlines|1", "3: a\r\nb\rc|2", "6: d"]),
            ("a\u{a0},\u{feff}b\u{200b}, 5\" ring ,=\"0138\",'x", vec!["1: a|b|5\" ring|0138|'x"]),
        ] {
            assert_eq!(rows(text), read, "{text:?}");
        }
    }

    #[test]
    fn a_mistake_does_not_swallow_the_rows_behind_it() {
        let open = "1! a quote (\") is opened in this row and never closed";
        let behind = |line: u8| format!("{line}! text behind a closing quote (\")");
        assert_eq!(rows("\"Anna,1\nBert,2\nCarl,3"), [open, "2: Bert|2", "3: Carl|3"]);
        assert_eq!(rows("Anna,\"1\n\"Bert\",2\nCarl,3"), [behind(1), "2: Bert|2".into(), "3: Carl|3".into()]);
        assert_eq!(rows("a,\"b\"c,d\ne,f"), [behind(1), "2: e|f".into()]);
        assert_eq!(rows("a,\0b\nc,d"), ["1! it holds a character that is no text (NUL)", "2: c|d"]);
        let wide = format!("{}\nb,c", "a,".repeat(1_000_000));
        assert_eq!(rows(&wide), ["1! more than 1000 cells", "2: b|c"]);
    }
}
