//! Tables: columns as wide as they need, rows that break over pages, the head on each of them.

use super::PaperError;
use super::line::{Face, Ink, Ruler, Style, lines, longest};
use super::page::{Flow, Mark};
use super::sheet::{Column, Table};

/// Letters of a table, as large as its columns let them be.
const SIZES: [f32; 3] = [9.0, 8.0, 7.0];
const SMALLEST: f32 = 6.0;
/// Left and right of the text of a cell.
const PAD: f32 = 5.0;
/// Above and below.
const AIR: f32 = 3.0;
/// So many rows say how wide the columns are.
const LOOKED_AT: usize = 300;
/// No column asks for more than this part of the page.
const LARGEST: f32 = 0.5;
/// Nothing of a row is left alone at the end of a page.
const LINES_LEAST: usize = 2;

struct Set {
    widths: Vec<f32>,
    numbers: Vec<bool>,
    head: Style,
    cell: Style,
}

/// A row as the lines of its cells.
type Lines = Vec<Vec<String>>;

pub fn set<R: Ruler>(flow: &mut Flow<'_, R>, table: &Table) -> Result<(), PaperError> {
    if table.columns.is_empty() {
        return Ok(());
    }
    flow.y += 4.0;
    let set = measured(table, flow.measure(), flow.ruler);
    let heads: Vec<&str> = table.columns.iter().map(|column| column.head.as_str()).collect();
    let head = set.row(&heads, set.head, flow.ruler);
    let high = |row: &Lines, style: Style| tall(row) as f32 * style.lead() + 2.0 * AIR;
    let head_high = high(&head, set.head);
    flow.room(head_high + set.cell.lead() * 2.0)?;
    set.head(flow, &head, head_high);
    for cells in &table.rows {
        let texts: Vec<&str> = (0..set.widths.len()).map(|at| cells.get(at).map_or("", String::as_str)).collect();
        let row = set.row(&texts, set.cell, flow.ruler);
        let height = high(&row, set.cell);
        if height > flow.rest() && height + head_high <= flow.whole() {
            flow.turn()?;
            set.head(flow, &head, head_high);
        }
        let mut from = 0;
        loop {
            let fits = ((flow.rest() - 2.0 * AIR) / set.cell.lead()).floor().max(0.0);
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is whole and not below zero"
            )]
            let fits = fits as usize;
            let left = tall(&row) - from;
            if fits >= left {
                set.cells(flow, &row, from..from + left);
                break;
            }
            if fits >= LINES_LEAST {
                set.cells(flow, &row, from..from + fits);
                from += fits;
            }
            flow.turn()?;
            set.head(flow, &head, head_high);
        }
    }
    flow.y += 8.0;
    Ok(())
}

fn tall(row: &Lines) -> usize {
    row.iter().map(Vec::len).max().unwrap_or(1).max(1)
}

/// The largest letters in which no word is torn, else the smallest.
fn measured(table: &Table, measure: f32, ruler: &impl Ruler) -> Set {
    for size in SIZES {
        let (set, fits) = sized(table, measure, size, ruler);
        if fits {
            return set;
        }
    }
    sized(table, measure, SMALLEST, ruler).0
}

/// With letters of a size, and whether no word is torn.
fn sized(table: &Table, measure: f32, size: f32, ruler: &impl Ruler) -> (Set, bool) {
    let head = Style::new(Face::Bold, size - 0.5, Ink::Black);
    let cell = Style::new(Face::Plain, size, Ink::Black);
    let (least, wanted) = asked(table, measure, (head, cell), ruler);
    let numbers: Vec<bool> = table.columns.iter().map(|column| column.number).collect();
    let widths = shared(&least, &wanted, &numbers, measure);
    (Set { widths, numbers, head, cell }, least.iter().sum::<f32>() <= measure)
}

/// What each column needs so that no word is torn, and what it would take.
fn asked(table: &Table, measure: f32, (head, cell): (Style, Style), ruler: &impl Ruler) -> (Vec<f32>, Vec<f32>) {
    let largest = measure * LARGEST;
    let of_column = |(at, column): (usize, &Column)| {
        let (mut least, mut wanted) = (longest(&column.head, head, ruler), ruler.width(&column.head, head));
        for text in table.rows.iter().take(LOOKED_AT).filter_map(|row| row.get(at)) {
            let width = text.split('\n').map(|line| ruler.width(line, cell)).fold(0.0, f32::max);
            wanted = wanted.max(width);
            // Numbers are not broken.
            least = least.max(if column.number { width } else { longest(text, cell, ruler) });
        }
        (least.min(largest) + 2.0 * PAD, wanted.min(largest) + 2.0 * PAD)
    };
    table.columns.iter().enumerate().map(of_column).unzip()
}

/// What is there, shared: everybody what is needed, then what is wanted; what is left goes to the words.
fn shared(least: &[f32], wanted: &[f32], numbers: &[bool], measure: f32) -> Vec<f32> {
    let (needed, all): (f32, f32) = (least.iter().sum(), wanted.iter().sum());
    if needed >= measure {
        return least.iter().map(|width| width * measure / needed).collect();
    }
    if all >= measure {
        let part = (measure - needed) / (all - needed).max(f32::EPSILON);
        return least.iter().zip(wanted).map(|(least, wanted)| least + (wanted - least) * part).collect();
    }
    let takes = |at: usize| numbers.iter().all(|number| *number) || !numbers.get(at).copied().unwrap_or(false);
    let of_takers: f32 = wanted.iter().enumerate().filter(|(at, _)| takes(*at)).map(|(_, width)| width).sum();
    let more = (measure - all) / of_takers.max(f32::EPSILON);
    wanted.iter().enumerate().map(|(at, width)| if takes(at) { width + width * more } else { *width }).collect()
}

impl Set {
    fn row(&self, texts: &[&str], style: Style, ruler: &impl Ruler) -> Lines {
        texts.iter().zip(&self.widths).map(|(text, width)| lines(text, width - 2.0 * PAD, style, ruler)).collect()
    }

    fn head<R: Ruler>(&self, flow: &mut Flow<'_, R>, row: &Lines, height: f32) {
        let (x, y, width) = (flow.left(), flow.y, flow.measure());
        flow.put(Mark::Bar { x, y, width, height, ink: Ink::Wash });
        self.letters(flow, row, self.head, 0..tall(row));
        flow.y += height;
    }

    /// Some lines of a row.
    fn cells<R: Ruler>(&self, flow: &mut Flow<'_, R>, row: &Lines, which: std::ops::Range<usize>) {
        let height = which.len() as f32 * self.cell.lead() + 2.0 * AIR;
        self.letters(flow, row, self.cell, which);
        flow.y += height;
        flow.rule(flow.left(), flow.y - 0.6, flow.measure());
    }

    fn letters<R: Ruler>(&self, flow: &mut Flow<'_, R>, row: &Lines, style: Style, which: std::ops::Range<usize>) {
        let mut x = flow.left();
        for ((cell, width), number) in row.iter().zip(&self.widths).zip(&self.numbers) {
            let mut y = flow.y + AIR;
            for line in cell.get(which.start..which.end.min(cell.len())).unwrap_or_default() {
                if *number {
                    flow.text_to(x + width - PAD, y, style, line);
                } else {
                    flow.text(x + PAD, y, style, line);
                }
                y += style.lead();
            }
            x += width;
        }
    }
}
