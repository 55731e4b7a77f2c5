//! Everything but tables.

use super::PaperError;
use super::line::{Face, Ink, Ruler, Style, clean, lines};
use super::page::Flow;
use super::sheet::{Block, Pair, Sum};

pub const BODY: Style = Style::new(Face::Plain, 10.0, Ink::Black);
const BOLD: Style = Style::new(Face::Bold, 10.0, Ink::Black);
const NAME: Style = Style::new(Face::Plain, 8.0, Ink::Grey);
const SMALL: Style = Style::new(Face::Plain, 8.0, Ink::Grey);
const HEADING: Style = Style::new(Face::Bold, 11.5, Ink::Black);
const TOTAL: Style = Style::new(Face::Bold, 12.0, Ink::Black);
/// Between what stands side by side.
const GUTTER: f32 = 22.0;
/// A value of more lines stands from margin to margin.
const SHORT: usize = 6;
/// One line to write on by hand.
const HAND: f32 = 22.0;

pub fn set<R: Ruler>(flow: &mut Flow<'_, R>, block: &Block) -> Result<(), PaperError> {
    match block {
        Block::To { lines, facts } => to(flow, lines, facts),
        Block::Heading(text) => heading(flow, text),
        Block::Subject(text) => {
            flow.y += 16.0;
            flow.paragraph(text, HEADING)?;
            flow.y += 8.0;
            Ok(())
        }
        Block::Text(text) => {
            flow.paragraph(text, BODY)?;
            flow.y += 6.0;
            Ok(())
        }
        Block::Small(text) => flow.paragraph(text, SMALL),
        Block::Pairs(said) => pairs(flow, said),
        Block::Sums(said) => sums(flow, said),
        Block::Sign(who) => sign(flow, who),
        Block::Table(_) => Ok(()),
    }
}

/// Never alone at the end of a page.
fn heading<R: Ruler>(flow: &mut Flow<'_, R>, text: &str) -> Result<(), PaperError> {
    flow.y += 8.0;
    flow.room(HEADING.lead() + 64.0)?;
    flow.paragraph(text, HEADING)?;
    flow.rule(flow.left(), flow.y + 2.0, flow.measure());
    flow.y += 8.0;
    Ok(())
}

fn to<R: Ruler>(flow: &mut Flow<'_, R>, whom: &[String], facts: &[Pair]) -> Result<(), PaperError> {
    let (half, top) = (flow.measure() * 0.5, flow.y);
    let mut left = top;
    for (at, text) in whom.iter().enumerate() {
        let style = if at == 0 { BOLD } else { BODY };
        for line in lines(text, half - GUTTER, style, flow.ruler) {
            flow.text(flow.left(), left, style, &line);
            left += style.lead();
        }
    }
    let names = facts.iter().map(|fact| flow.ruler.width(&fact.name, NAME)).fold(0.0, f32::max).min(half * 0.5);
    let (x, mut right) = (flow.left() + half, top);
    for fact in facts {
        for line in lines(&fact.name, names + 1.0, NAME, flow.ruler).iter().take(1) {
            flow.text(x, right + 1.6, NAME, line);
        }
        for line in lines(&fact.value, half - names - 14.0, BODY, flow.ruler) {
            flow.text(x + names + 14.0, right, BODY, &line);
            right += BODY.lead();
        }
    }
    flow.y = left.max(right) + 10.0;
    Ok(())
}

/// Two in a row; what is long, or wants to be, from margin to margin.
fn pairs<R: Ruler>(flow: &mut Flow<'_, R>, said: &[Pair]) -> Result<(), PaperError> {
    let half = (flow.measure() - GUTTER) / 2.0;
    let is_wide = |pair: &Pair, ruler: &R| pair.wide || lines(&pair.value, half, BODY, ruler).len() > SHORT;
    let mut rest = said;
    while let Some((first, others)) = rest.split_first() {
        let second = others.first().filter(|second| !is_wide(second, flow.ruler));
        if is_wide(first, flow.ruler) {
            wide(flow, first)?;
            rest = others;
            continue;
        }
        let row: Vec<&Pair> = std::iter::once(first).chain(second).collect();
        let set: Vec<(Vec<String>, Vec<String>)> = row
            .iter()
            .map(|pair| (lines(&pair.name, half, NAME, flow.ruler), lines(&pair.value, half, BODY, flow.ruler)))
            .collect();
        let high = |(names, values): &(Vec<String>, Vec<String>)| {
            names.len() as f32 * NAME.lead() + values.len() as f32 * BODY.lead()
        };
        let height = set.iter().map(high).fold(0.0, f32::max);
        flow.room(height)?;
        for (at, (names, values)) in set.iter().enumerate() {
            let (x, mut y) = (flow.left() + at as f32 * (half + GUTTER), flow.y);
            for (text, style) in names.iter().map(|it| (it, NAME)).chain(values.iter().map(|it| (it, BODY))) {
                flow.text(x, y, style, text);
                y += style.lead();
            }
        }
        flow.y += height + 6.0;
        rest = others.get(row.len() - 1..).unwrap_or_default();
    }
    Ok(())
}

fn wide<R: Ruler>(flow: &mut Flow<'_, R>, pair: &Pair) -> Result<(), PaperError> {
    flow.room(NAME.lead() + BODY.lead() * 2.0)?;
    if !pair.name.is_empty() {
        flow.paragraph(&pair.name, NAME)?;
    }
    if pair.value.is_empty() {
        for _ in 0..pair.blank {
            flow.room(HAND)?;
            flow.y += HAND;
            flow.rule(flow.left(), flow.y - 2.0, flow.measure());
        }
    } else {
        flow.paragraph(&pair.value, BODY)?;
    }
    flow.y += 6.0;
    Ok(())
}

/// All of them on one page.
fn sums<R: Ruler>(flow: &mut Flow<'_, R>, said: &[Sum]) -> Result<(), PaperError> {
    flow.y += 4.0;
    flow.room(said.len() as f32 * BODY.lead() + TOTAL.lead() + 12.0)?;
    let width = flow.measure() * 0.45;
    let (from, right) = (flow.left() + flow.measure() - width, flow.left() + flow.measure());
    for (at, sum) in said.iter().enumerate() {
        let is_last = at + 1 == said.len();
        let style = if is_last { TOTAL } else { BODY };
        if is_last {
            flow.y += 4.0;
            flow.rule(from, flow.y, width);
            flow.y += 5.0;
        }
        let name = lines(&sum.name, width * 0.6, style, flow.ruler).into_iter().next().unwrap_or_default();
        flow.text(from, flow.y, style, &name);
        flow.text_to(right, flow.y, style, &clean(&sum.value).replace('\n', " "));
        flow.y += style.lead();
    }
    flow.y += 10.0;
    Ok(())
}

fn sign<R: Ruler>(flow: &mut Flow<'_, R>, who: &[String]) -> Result<(), PaperError> {
    const ROOM: f32 = 58.0;
    if who.is_empty() {
        return Ok(());
    }
    flow.room(ROOM + NAME.lead())?;
    let y = flow.y + ROOM - 8.0;
    let width = (flow.measure() - GUTTER * (who.len() - 1) as f32) / who.len() as f32;
    for (at, text) in who.iter().enumerate() {
        let x = flow.left() + at as f32 * (width + GUTTER);
        flow.rule(x, y, width);
        for line in lines(text, width, NAME, flow.ruler).iter().take(1) {
            flow.text(x, y + 3.0, NAME, line);
        }
    }
    flow.y = y + NAME.lead() + 8.0;
    Ok(())
}
