//! An answer on paper: what was asked, its rows in words, and what its figures are.

use super::answer::{Answer, Text, Writing};
use super::asked::Wanted;
use crate::base::Instant;
use crate::paper::{Block, Column as Head, Pair, Sheet, Table};
use crate::report::{Column, Filter, Unit};
use crate::store::Cell;
use crate::web::Listed;
use crate::web::press::PaperLanguage;

/// More columns want a page that is wider than high.
const UPRIGHT: usize = 7;
/// The words of the desktop for what the views say in theirs.
const WORDS: [(&str, &str); 2] = [
    ("en", include_str!("../../../web/src/text/en/reports.ftl")),
    ("zh", include_str!("../../../web/src/text/zh/reports.ftl")),
];

pub fn sheet(answer: &Answer, text: &Text<'_>, wanted: &Wanted, listed: &Listed, language: &str) -> Sheet {
    let zone = answer.zone();
    let writing = Writing { answer, listed, language, zone: &zone };
    let said = Saying { writing: &writing, language: PaperLanguage::of(language) };
    let (company, title) = (listed.model.center.company.clone(), said.title(text));
    let mut blocks = vec![Block::Pairs(said.asked(text, wanted)), Block::Table(said.table())];
    if answer.more {
        let most = answer.rows.len();
        blocks.push(Block::Small(said.language.say(
            &format!("There are more rows than the first {most}: ask for less time, or for less."),
            &format!("结果超过前 {most} 行：请缩短时间范围或缩小条件。"),
        )));
    }
    blocks.extend(said.definition());
    Sheet {
        language: said.language.as_str().to_owned(),
        house: company,
        name: title.clone(),
        about: text.about.in_language(language).to_owned(),
        foot: format!("{title}  {} – {}", writing.time_of(answer.from), writing.time_of(answer.to)),
        title,
        turned: answer.columns.len() > UPRIGHT,
        blocks,
    }
}

struct Saying<'a> {
    writing: &'a Writing<'a>,
    language: PaperLanguage,
}

impl Saying<'_> {
    fn title(&self, text: &Text<'_>) -> String {
        let name = text.name.in_language(self.language.as_str());
        if name.is_empty() { self.language.say("Report", "报表") } else { name.to_owned() }
    }

    /// The filters as they were set.
    fn asked(&self, text: &Text<'_>, wanted: &Wanted) -> Vec<Pair> {
        let (answer, all) = (self.writing.answer, self.language.say("all", "全部"));
        let time =
            format!("{} – {} ({})", self.writing.time_of(answer.from), self.writing.time_of(answer.to), answer.zone);
        let mut said = vec![Pair::new(self.language.say("Time", "时间范围"), time)];
        for (filter, unit, key, en, zh) in [
            (Filter::Queue, Unit::Queue, &wanted.queue, "Queue", "队列"),
            (Filter::Agent, Unit::Agent, &wanted.agent, "Agent", "坐席"),
        ] {
            if key.is_none() && !text.filters.contains(&filter) {
                continue;
            }
            let name = key.as_deref().map(|key| self.writing.name(unit, key).unwrap_or_else(|| key.to_owned()));
            said.push(Pair::new(self.language.say(en, zh), name.unwrap_or_else(|| all.clone())));
        }
        for number in text.asked {
            let value = wanted.numbers.get(&number.key).copied().unwrap_or(number.usual);
            said.push(Pair::new(number.name.in_language(self.language.as_str()), value.to_string()));
        }
        let rows = self.writing.answer.rows.len();
        said.push(Pair::new(self.language.say("Rows", "行数"), rows.to_string()));
        said
    }

    fn table(&self) -> Table {
        let head = |column: &Column| Head {
            head: column.name.in_language(self.language.as_str()).to_owned(),
            number: matches!(column.unit, Unit::Count | Unit::Ratio | Unit::Span | Unit::Fine | Unit::Score),
        };
        let answer = self.writing.answer;
        let row =
            |row: &Vec<Cell>| row.iter().zip(&answer.columns).map(|(cell, of)| self.cell(cell, of.unit)).collect();
        Table { columns: answer.columns.iter().map(head).collect(), rows: answer.rows.iter().map(row).collect() }
    }

    /// What the figures are: in words of the views, and as the report says it.
    fn definition(&self) -> Vec<Block> {
        let answer = self.writing.answer;
        let name = |column: &Column| column.name.in_language(self.language.as_str()).to_owned();
        let formulas = answer.columns.iter().filter(|column| !column.formula.is_empty());
        let formulas: Vec<String> = formulas.map(|column| format!("{} = {}", name(column), column.formula)).collect();
        let mut blocks = vec![Block::Heading(self.language.say("What the figures are", "指标定义"))];
        blocks.extend(Some(formulas.join("\n")).filter(|text| !text.is_empty()).map(Block::Small));
        blocks.push(Block::Small(format!("SQL: {}", answer.sql.trim())));
        blocks
    }

    /// A value as people read it.
    fn cell(&self, cell: &Cell, unit: Unit) -> String {
        let number = match cell {
            Cell::None => return "–".to_owned(),
            Cell::Text(key) => return self.named(unit, key),
            Cell::Int(value) => *value as f64,
            Cell::Real(value) => *value,
        };
        match unit {
            Unit::Ratio => format!("{:.1}%", number * 100.0),
            Unit::Span => clock(number),
            Unit::Fine => format!("{:.1} ms", number / 1e3),
            Unit::Score => format!("{number:.2}"),
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "not below zero, and a cast saturates"
            )]
            Unit::Time => {
                let told = self.writing.time_of(Instant::from_micros(number.max(0.0) as u64));
                // Not broken between the day and the hour.
                told.replace(' ', "\u{a0}")
            }
            Unit::Weekday => self.weekday(number),
            Unit::Hour => format!("{number:02.0}:00"),
            _ if number.fract() == 0.0 => whole(number),
            _ => format!("{number:.3}"),
        }
    }

    fn named(&self, unit: Unit, key: &str) -> String {
        let told = match unit {
            Unit::State => word(self.language.as_str(), &format!("report-state-{key}")),
            Unit::Word => word(self.language.as_str(), &format!("report-word-{key}")),
            unit => return self.writing.name(unit, key).unwrap_or_else(|| key.to_owned()),
        };
        told.map_or_else(|| key.replace('_', " "), str::to_owned)
    }

    /// 1 is Monday.
    fn weekday(&self, day: f64) -> String {
        const DAYS: [(&str, &str); 7] = [
            ("Mon", "周一"),
            ("Tue", "周二"),
            ("Wed", "周三"),
            ("Thu", "周四"),
            ("Fri", "周五"),
            ("Sat", "周六"),
            ("Sun", "周日"),
        ];
        let known = DAYS.iter().zip(1_u8..).find(|(_, at)| f64::from(*at) == day);
        known.map_or_else(|| whole(day), |((en, zh), _)| self.language.say(en, zh))
    }
}

/// A line of the desktop's texts.
fn word(language: &str, key: &str) -> Option<&'static str> {
    let (_, text) = WORDS.iter().find(|(known, _)| *known == language)?;
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))
}

/// Microseconds as `1:02:03`, `02:03`.
fn clock(micros: f64) -> String {
    let seconds = (micros.max(0.0) / 1e6).floor();
    let (hours, rest) = ((seconds / 3600.0).floor(), seconds % 3600.0);
    let (minutes, seconds) = ((rest / 60.0).floor(), rest % 60.0);
    if hours > 0.0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes:02}:{seconds:02}") }
}

/// With its thousands apart.
fn whole(number: f64) -> String {
    format!("{number:.0}").parse().map_or_else(|()| format!("{number:.0}"), crate::record::grouped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_as_on_the_screen() {
        for (micros, told) in
            [(0.0, "00:00"), (61e6, "01:01"), (3_723e6, "1:02:03"), (-5.0, "00:00"), (360_000e6, "100:00:00")]
        {
            assert_eq!(clock(micros), told);
        }
        assert_eq!(
            (whole(1_234_567.0), whole(-3.0), whole(1e15)),
            ("1,234,567".into(), "-3".into(), "1000000000000000".into())
        );
        assert_eq!(word("zh", "report-word-voicemail"), Some("留言"));
        assert_eq!((word("en", "report-state-ready"), word("en", "report-state-rea")), (Some("Ready"), None));
    }
}
