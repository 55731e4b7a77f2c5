//! Pages that fill from top to bottom.

use super::line::{Face, Ink, Ruler, Style, clean, lines};
use super::sheet::Sheet;
use super::{PAGES_MAX, PaperError};

/// A4, in points.
const SHORT: f32 = 595.0;
const LONG: f32 = 842.0;
const SIDE: f32 = 54.0;
/// Below the head of the page.
const TOP: f32 = 78.0;
/// Above its foot.
const BOTTOM: f32 = 62.0;

const HOUSE: Style = Style::new(Face::Bold, 10.0, Ink::Brand);
const RUNNING: Style = Style::new(Face::Plain, 8.5, Ink::Grey);

/// Something on a page: from its left edge, from its top.
#[derive(Clone, PartialEq, Debug)]
pub enum Mark {
    /// `y`: where the letters stand.
    Text {
        x: f32,
        y: f32,
        style: Style,
        text: String,
    },
    Bar {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        ink: Ink,
    },
}

#[derive(Clone, PartialEq, Debug)]
pub struct Pages {
    pub width: f32,
    pub height: f32,
    pub marks: Vec<Vec<Mark>>,
}

/// The page that is being filled, and those before.
pub struct Flow<'r, R> {
    pub ruler: &'r R,
    /// Where the next block begins.
    pub y: f32,
    width: f32,
    height: f32,
    marks: Vec<Vec<Mark>>,
}

impl<'r, R: Ruler> Flow<'r, R> {
    pub fn new(ruler: &'r R, turned: bool) -> Self {
        let (width, height) = if turned { (LONG, SHORT) } else { (SHORT, LONG) };
        Self { ruler, y: TOP, width, height, marks: vec![Vec::new()] }
    }

    /// With the heads and feet of the pages: nothing more comes.
    pub fn done(mut self, sheet: &Sheet) -> Pages {
        self.frame(sheet);
        Pages { width: self.width, height: self.height, marks: self.marks }
    }

    pub fn left(&self) -> f32 {
        SIDE
    }

    /// Between the margins.
    pub fn measure(&self) -> f32 {
        self.width - 2.0 * SIDE
    }

    /// What is left of the page.
    pub fn rest(&self) -> f32 {
        self.height - BOTTOM - self.y
    }

    /// Of a page with nothing on it.
    pub fn whole(&self) -> f32 {
        self.height - BOTTOM - TOP
    }

    pub fn turn(&mut self) -> Result<(), PaperError> {
        if self.marks.len() >= PAGES_MAX {
            return Err(PaperError::TooLong);
        }
        self.marks.push(Vec::new());
        self.y = TOP;
        Ok(())
    }

    /// On the next page where there is no room for so much.
    pub fn room(&mut self, height: f32) -> Result<(), PaperError> {
        if height > self.rest() && self.y > TOP { self.turn() } else { Ok(()) }
    }

    pub fn put(&mut self, mark: Mark) {
        if let Some(page) = self.marks.last_mut() {
            page.push(mark);
        }
    }

    /// A line whose top is at `y`.
    pub fn text(&mut self, x: f32, y: f32, style: Style, text: &str) {
        if !text.is_empty() {
            self.put(Mark::Text { x, y: y + style.rise(), style, text: text.to_owned() });
        }
    }

    /// A line that ends at `x`.
    pub fn text_to(&mut self, x: f32, y: f32, style: Style, text: &str) {
        let width = self.ruler.width(text, style);
        self.text(x - width, y, style, text);
    }

    pub fn rule(&mut self, x: f32, y: f32, width: f32) {
        self.put(Mark::Bar { x, y, width, height: 0.6, ink: Ink::Pale });
    }

    /// Lines from margin to margin, on as many pages as they need.
    pub fn paragraph(&mut self, text: &str, style: Style) -> Result<(), PaperError> {
        for line in lines(text, self.measure(), style, self.ruler) {
            self.room(style.lead())?;
            self.text(SIDE, self.y, style, &line);
            self.y += style.lead();
        }
        Ok(())
    }

    /// The head and the foot of every page, now that it is known how many there are.
    fn frame(&mut self, sheet: &Sheet) {
        let (count, right, measure) = (self.marks.len(), self.width - SIDE, self.measure());
        let one = |text: &str, width: f32, style: Style| {
            lines(&text.replace('\n', " "), width, style, self.ruler).into_iter().next().unwrap_or_default()
        };
        let house = one(&sheet.house, measure * 0.6, HOUSE);
        let (name, foot) = (one(&sheet.name, measure * 0.38, RUNNING), one(&sheet.foot, measure * 0.75, RUNNING));
        let mut pages = std::mem::take(&mut self.marks);
        for (at, page) in pages.iter_mut().enumerate() {
            self.marks.push(std::mem::take(page));
            self.text(SIDE, 34.0, HOUSE, &house);
            if at > 0 {
                self.text_to(right, 35.5, RUNNING, &name);
            }
            self.put(Mark::Bar { x: SIDE, y: 54.0, width: measure, height: 1.0, ink: Ink::Brand });
            self.rule(SIDE, self.height - 44.0, measure);
            self.text(SIDE, self.height - 38.0, RUNNING, &foot);
            let number = numbered(at + 1, count, &sheet.language);
            self.text_to(right, self.height - 38.0, RUNNING, &clean(&number));
        }
    }
}

fn numbered(page: usize, of: usize, language: &str) -> String {
    if language == "zh" { format!("第 {page} 页，共 {of} 页") } else { format!("Page {page} of {of}") }
}
