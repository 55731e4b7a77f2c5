//! Fonts: which glyph is a character, and how wide it is.

use std::sync::Arc;

use krilla::text::Font;
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::raw::{FileRef, TableProvider as _};
use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider as _};

use super::line::{Face, Ruler};

/// Letters that every document needs.
const NEEDED: [char; 4] = ['A', '0', '中', '，'];

/// Why bytes are no font for us.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FontFault {
    #[error("it is no OpenType font")]
    NotAFont,
    #[error("it has no `{0}`: a font with Chinese and Latin letters is needed")]
    Lacks(char),
}

/// What everything is set in.
pub struct Fonts {
    plain: Cut,
    bold: Cut,
}

#[derive(Clone)]
struct Cut {
    bytes: Arc<Vec<u8>>,
    /// Of several in one file.
    index: u32,
    font: Font,
}

impl Fonts {
    /// OpenType files or collections; of a collection the one for simplified Chinese. Without a bold one, headings are in
    /// the plain one.
    pub fn read(plain: Vec<u8>, bold: Option<Vec<u8>>) -> Result<Self, FontFault> {
        let plain = Cut::read(plain)?;
        let bold = bold.map(Cut::read).transpose()?.unwrap_or_else(|| plain.clone());
        Ok(Self { plain, bold })
    }

    pub(super) fn of(&self, face: Face) -> &Font {
        match face {
            Face::Plain => &self.plain.font,
            Face::Bold => &self.bold.font,
        }
    }

    pub(super) fn metrics(&self) -> Result<Metrics<'_>, FontFault> {
        Ok(Metrics { plain: self.plain.metrics()?, bold: self.bold.metrics()? })
    }
}

impl Cut {
    fn read(bytes: Vec<u8>) -> Result<Self, FontFault> {
        let bytes = Arc::new(bytes);
        let index = chinese(&bytes)?;
        let font = Font::new(bytes.clone().into(), index).ok_or(FontFault::NotAFont)?;
        let cut = Self { bytes, index, font };
        let metrics = cut.metrics()?;
        match NEEDED.into_iter().find(|letter| metrics.letters.map(*letter).is_none()) {
            Some(letter) => Err(FontFault::Lacks(letter)),
            None => Ok(cut),
        }
    }

    fn metrics(&self) -> Result<CutMetrics<'_>, FontFault> {
        let font = FontRef::from_index(&self.bytes, self.index).map_err(|_| FontFault::NotAFont)?;
        let em = font.head().map_err(|_| FontFault::NotAFont)?.units_per_em();
        Ok(CutMetrics {
            letters: font.charmap(),
            widths: font.glyph_metrics(Size::unscaled(), LocationRef::default()),
            em: f32::from(em.max(1)),
        })
    }
}

/// The one for simplified Chinese, by the end of its name; else the first.
fn chinese(bytes: &[u8]) -> Result<u32, FontFault> {
    match FileRef::new(bytes).map_err(|_| FontFault::NotAFont)? {
        FileRef::Font(_) => Ok(0),
        FileRef::Collection(several) => {
            let is_ours = |index: &u32| {
                let Ok(font) = several.get(*index) else { return false };
                let name = font.localized_strings(StringId::FAMILY_NAME).english_or_first();
                name.is_some_and(|name| name.to_string().ends_with(" SC"))
            };
            Ok((0..several.len()).find(is_ours).unwrap_or(0))
        }
    }
}

/// Of both.
pub struct Metrics<'a> {
    plain: CutMetrics<'a>,
    bold: CutMetrics<'a>,
}

struct CutMetrics<'a> {
    letters: Charmap<'a>,
    widths: GlyphMetrics<'a>,
    em: f32,
}

impl Metrics<'_> {
    /// Its number in the font, and how wide it is, of the size of the letters.
    pub fn glyph(&self, letter: char, face: Face) -> (u32, f32) {
        let of = match face {
            Face::Plain => &self.plain,
            Face::Bold => &self.bold,
        };
        let glyph = of.letters.map(letter).unwrap_or_default();
        (glyph.to_u32(), of.widths.advance_width(glyph).unwrap_or(of.em) / of.em)
    }
}

impl Ruler for Metrics<'_> {
    fn advance(&self, letter: char, face: Face) -> f32 {
        self.glyph(letter, face).1
    }
}
