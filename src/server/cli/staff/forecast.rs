//! A forecast as a table: so many calls of such a length for a queue in each period.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::{DateTime, Time};

use crate::base::nearest;

/// One row, checked.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    pub line: u64,
    /// As written.
    pub start: String,
    pub queue: String,
    pub calls: f64,
    pub handling_s: f64,
    pub patience_s: Option<f64>,
}

const COLUMNS: [&str; 5] = ["start", "queue", "calls", "aht_s", "patience_s"];
const REQUIRED: usize = 4;
const ROWS_MAX: usize = 50_000;
/// Mistakes told of one file.
const MISTAKES_MAX: usize = 50;
/// A mean longer than a day is a wrong unit.
const LONGEST_S: f64 = 86_400.0;

/// All rows in the order of the file, or every mistake with its line.
pub fn read(text: &str) -> Result<Vec<Row>, Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| vec![format!("1: {error}")])?.clone();
    let columns = columns(&header)?;
    let mut reading = Reading { columns, rows: Vec::new(), seen: BTreeMap::new(), mistakes: Vec::new() };
    for record in reader.records() {
        match record {
            Ok(record) => reading.row(&record),
            Err(error) => reading.mistakes.push(error.to_string()),
        }
        if reading.mistakes.len() >= MISTAKES_MAX {
            break;
        }
    }
    if reading.rows.is_empty() && reading.mistakes.is_empty() {
        reading.mistakes.push("1: there are no rows".to_owned());
    }
    if reading.mistakes.is_empty() { Ok(reading.rows) } else { Err(reading.mistakes) }
}

/// Where each column stands; `None`: it is not there (the last one may be missing).
type Columns = [Option<usize>; COLUMNS.len()];

fn columns(header: &csv::StringRecord) -> Result<Columns, Vec<String>> {
    let names: Vec<String> = header.iter().map(|name| name.trim_start_matches('\u{feff}').to_lowercase()).collect();
    let columns = COLUMNS.map(|wanted| names.iter().position(|name| name == wanted));
    let mut mistakes: Vec<String> = COLUMNS
        .iter()
        .zip(&columns)
        .take(REQUIRED)
        .filter(|(_, place)| place.is_none())
        .map(|(name, _)| format!("1: there is no column `{name}`; wanted are start,queue,calls,aht_s[,patience_s]"))
        .collect();
    let unknown = names.iter().filter(|name| !COLUMNS.contains(&name.as_str()));
    mistakes.extend(unknown.map(|name| match nearest(name, COLUMNS) {
        Some(near) => format!("1: unknown column `{name}`; did you mean `{near}`?"),
        None => format!("1: unknown column `{name}`"),
    }));
    if mistakes.is_empty() { Ok(columns) } else { Err(mistakes) }
}

struct Reading {
    columns: Columns,
    rows: Vec<Row>,
    /// Start and queue to the line that had them.
    seen: BTreeMap<(String, String), u64>,
    mistakes: Vec<String>,
}

impl Reading {
    fn row(&mut self, record: &csv::StringRecord) {
        let line = record.position().map_or(0, csv::Position::line);
        let [start, queue, calls, handling, patience] =
            self.columns.map(|place| place.and_then(|place| record.get(place)).unwrap_or_default());
        let before = self.mistakes.len();
        if record.len() > COLUMNS.len() {
            self.mistake(line, "more cells than columns");
        }
        if !is_start(start) {
            self.mistake(line, &format!("start: `{start}` is no time such as 09:30 or 2026-03-02T09:30"));
        }
        if queue.is_empty() {
            self.mistake(line, "queue: a key is missing");
        }
        let calls = self.number(line, "calls", calls, 0.0..=1e6);
        let handling_s = self.number(line, "aht_s", handling, 0.1..=LONGEST_S);
        let patience_s = match patience {
            "" => None,
            text => self.number(line, "patience_s", text, 0.1..=LONGEST_S),
        };
        if let Entry::Occupied(first) = self.seen.entry((start.to_owned(), queue.to_owned())) {
            let first = *first.get();
            self.mistake(line, &format!("{queue} at {start} stands in line {first} already"));
        }
        if self.rows.len() >= ROWS_MAX {
            self.mistake(line, &format!("more than {ROWS_MAX} rows"));
        }
        if let (Some(calls), Some(handling_s), true) = (calls, handling_s, self.mistakes.len() == before) {
            self.seen.insert((start.to_owned(), queue.to_owned()), line);
            let (start, queue) = (start.to_owned(), queue.to_owned());
            self.rows.push(Row { line, start, queue, calls, handling_s, patience_s });
        }
    }

    fn number(&mut self, line: u64, name: &str, text: &str, range: std::ops::RangeInclusive<f64>) -> Option<f64> {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        match number {
            Some(number) if range.contains(&number) => return Some(number),
            Some(number) => {
                self.mistake(line, &format!("{name}: {number} is not between {} and {}", range.start(), range.end()));
            }
            None => self.mistake(line, &format!("{name}: `{text}` is no number")),
        }
        None
    }

    fn mistake(&mut self, line: u64, what: &str) {
        self.mistakes.push(format!("{line}: {what}"));
    }
}

/// A time of day, or a date with one; a zone may follow.
fn is_start(text: &str) -> bool {
    text.parse::<DateTime>().is_ok() && text.contains(':')
        || text.parse::<Time>().is_ok()
        || text.parse::<jiff::Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_table_is_read_whatever_the_order_of_its_columns() {
        let rows = read("\u{feff}queue, start ,aht_s,calls\nsales,09:00,310,42\nvip,09:00,400,3.5\n").unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[1].line, rows[1].queue.as_str(), rows[1].calls, rows[1].patience_s), (3, "vip", 3.5, None));
        let dated =
            "start,queue,calls,aht_s,patience_s\n2026-03-02T09:30,sales,1,2,90\n2026-03-02 10:00:00,sales,0,2,\n";
        let rows = read(dated).unwrap();
        assert_eq!((rows[0].patience_s, rows[1].patience_s), (Some(90.0), None));
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let text = "start,queue,calls,aht_s\n\
                    09:00,sales,42,310\n\
                    9 o'clock,sales,42,310\n\
                    09:30,,many,0\n\
                    09:00,sales,1,310\n\
                    10:00,sales,-1,310,5,6\n";
        let told = read(text).unwrap_err();
        assert_eq!(
            told,
            [
                "3: start: `9 o'clock` is no time such as 09:30 or 2026-03-02T09:30",
                "4: queue: a key is missing",
                "4: calls: `many` is no number",
                "4: aht_s: 0 is not between 0.1 and 86400",
                "5: sales at 09:00 stands in line 2 already",
                "6: more cells than columns",
                "6: calls: -1 is not between 0 and 1000000",
            ]
        );
        assert!(read("start,queue,calls\n").unwrap_err()[0].contains("`aht_s`"));
        assert!(read("start,queue,calls,aht_s,colour\n").unwrap_err()[0].contains("`colour`"));
        assert!(
            read("start,queue,calls,aht\n").unwrap_err()[1].ends_with("unknown column `aht`; did you mean `aht_s`?")
        );
        assert_eq!(read("start,queue,calls,aht_s\n").unwrap_err(), ["1: there are no rows"]);
    }
}
