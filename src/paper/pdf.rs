//! Pages as a PDF.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};

use super::fonts::{Fonts, Metrics};
use super::layout::pages;
use super::line::{Ink, Style};
use super::page::Mark;
use super::sheet::Sheet;
use super::{FontFault, PaperError};

impl From<FontFault> for PaperError {
    fn from(fault: FontFault) -> Self {
        Self::Unwritten(fault.to_string())
    }
}

/// The document as the bytes of a PDF.
pub fn draw(sheet: &Sheet, fonts: &Fonts) -> Result<Vec<u8>, PaperError> {
    let metrics = fonts.metrics()?;
    let laid = pages(sheet, &metrics)?;
    let mut document = Document::new();
    let language = if sheet.language == "zh" { "zh-CN" } else { "en" };
    let about = Metadata::new().title(sheet.name.clone()).creator("Carillon".to_owned()).language(language.to_owned());
    document.set_metadata(about);
    for marks in &laid.marks {
        let settings = PageSettings::from_wh(laid.width, laid.height)
            .ok_or_else(|| PaperError::Unwritten("a page of no size".to_owned()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        marks.iter().for_each(|mark| put(&mut surface, mark, fonts, &metrics));
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| PaperError::Unwritten(format!("{error:?}")))
}

fn put(surface: &mut Surface<'_>, mark: &Mark, fonts: &Fonts, metrics: &Metrics<'_>) {
    match mark {
        Mark::Text { x, y, style, text } => {
            surface.set_fill(Some(fill(style.ink)));
            let glyphs = glyphs(text, *style, metrics);
            let font = fonts.of(style.face).clone();
            surface.draw_glyphs(Point::from_xy(*x, *y), &glyphs, font, text, style.size, false);
        }
        Mark::Bar { x, y, width, height, ink } => {
            let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) else { return };
            let mut path = PathBuilder::new();
            path.push_rect(rect);
            if let Some(path) = path.finish() {
                surface.set_fill(Some(fill(*ink)));
                surface.draw_path(&path);
            }
        }
    }
}

fn glyphs(text: &str, style: Style, metrics: &Metrics<'_>) -> Vec<KrillaGlyph> {
    let one = |(at, letter): (usize, char)| {
        let (glyph, width) = metrics.glyph(letter, style.face);
        KrillaGlyph::new(GlyphId::new(glyph), width, 0.0, 0.0, 0.0, at..at + letter.len_utf8(), None)
    };
    text.char_indices().map(one).collect()
}

fn fill(ink: Ink) -> Fill {
    let (red, green, blue) = match ink {
        Ink::Black => (24, 28, 36),
        Ink::Grey => (98, 106, 120),
        Ink::Pale => (203, 209, 218),
        Ink::Wash => (238, 241, 246),
        Ink::Brand => (35, 74, 140),
    };
    Fill { paint: rgb::Color::new(red, green, blue).into(), opacity: NormalizedF32::ONE, ..Fill::default() }
}
