//! The embedded fonts: glyphs, widths and lines of text that fit.

use std::sync::LazyLock;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{
    FontRef, MetadataProvider,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
};

use crate::RenderError;

/// Drawn for a character that the font lacks, so that the reader sees that something is missing.
const REPLACEMENT: char = '\u{FFFD}';

/// Parsed once per process: parsing and hashing a megabyte of font for each document would cost more
/// than drawing it.
static FONTS: LazyLock<Option<Fonts>> = LazyLock::new(Fonts::load);

/// The fonts that are compiled into this library.
pub(crate) fn fonts() -> Result<&'static Fonts, RenderError> {
    FONTS.as_ref().ok_or(RenderError::Font)
}

/// Which of the two faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// Noto Sans in both weights (SIL Open Font License, see `fonts/OFL.txt`).
pub(crate) struct Fonts {
    regular: Face,
    bold: Face,
}

struct Face {
    pdf: Font,
    characters: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f32,
    replacement: skrifa::GlyphId,
}

impl Fonts {
    fn load() -> Option<Self> {
        Some(Self {
            regular: Face::load(include_bytes!("../fonts/NotoSans-Regular.ttf"))?,
            bold: Face::load(include_bytes!("../fonts/NotoSans-Bold.ttf"))?,
        })
    }

    fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// The face in the form that the PDF writer embeds.
    pub(crate) fn pdf(&self, weight: Weight) -> Font {
        self.face(weight).pdf.clone()
    }

    /// Width of `text` in points at `size` points.
    pub(crate) fn width(&self, text: &str, weight: Weight, size: f32) -> f32 {
        let face = self.face(weight);
        text.chars().map(|c| face.glyph(c).1).sum::<f32>() * size
    }

    /// The glyphs of `text`, one for each character.
    pub(crate) fn glyphs(&self, text: &str, weight: Weight) -> Vec<KrillaGlyph> {
        let face = self.face(weight);
        text.char_indices()
            .map(|(start, c)| {
                let (id, advance) = face.glyph(c);
                let range = start..start + c.len_utf8();
                KrillaGlyph::new(GlyphId::new(id.to_u32()), advance, 0.0, 0.0, 0.0, range, None)
            })
            .collect()
    }

    /// Whether both faces can draw `c`.
    #[cfg(test)]
    pub(crate) fn has(&self, c: char) -> bool {
        [&self.regular, &self.bold].iter().all(|face| face.lookup(c).is_some())
    }
}

impl Face {
    fn load(bytes: &'static [u8]) -> Option<Self> {
        let font = FontRef::new(bytes).ok()?;
        let characters = font.charmap();
        let present = |id: &skrifa::GlyphId| id.to_u32() != 0;
        let replacement = characters.map(REPLACEMENT).filter(present)?;
        Some(Self {
            pdf: Font::new(bytes.into(), 0)?,
            metrics: font.glyph_metrics(Size::unscaled(), LocationRef::default()),
            units_per_em: f32::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em),
            characters,
            replacement,
        })
    }

    /// The glyph of `c` and its advance as a fraction of the font size.
    fn glyph(&self, c: char) -> (skrifa::GlyphId, f32) {
        let id = self.lookup(c).unwrap_or(self.replacement);
        let advance = self.metrics.advance_width(id).unwrap_or(0.0);
        (id, advance / self.units_per_em)
    }

    fn lookup(&self, c: char) -> Option<skrifa::GlyphId> {
        self.characters.map(c).filter(|id| id.to_u32() != 0)
    }
}

/// `text` without what cannot be drawn at all: control characters become spaces, invisible format
/// characters (joiners, direction marks, variation selectors) go, since text is set unshaped.
pub(crate) fn drawable(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_faces_have_the_rupee_sign_and_the_replacement_mark() {
        let fonts = fonts().unwrap();
        assert!(fonts.has('₹'));
        assert!(fonts.has(REPLACEMENT));
        assert!(!fonts.has('字'));
    }

    #[test]
    fn digits_are_all_equally_wide_so_that_columns_align() {
        let fonts = fonts().unwrap();
        for weight in [Weight::Regular, Weight::Bold] {
            let zero = fonts.width("0", weight, 10.0);
            assert!(('1'..='9').all(|digit| fonts.width(&digit.to_string(), weight, 10.0) == zero));
        }
    }

    #[test]
    fn a_missing_character_takes_the_glyph_of_the_replacement_mark() {
        let fonts = fonts().unwrap();
        let glyphs = fonts.glyphs("A字", Weight::Regular);
        let replacement = fonts.glyphs("\u{FFFD}", Weight::Regular);
        assert_eq!(glyphs.len(), 2);
        assert_eq!(glyphs[1].glyph_id, replacement[0].glyph_id);
        assert_eq!(glyphs[1].text_range, 1..4);
    }

    #[test]
    fn control_and_invisible_characters_are_not_drawn() {
        assert_eq!(drawable("a\tb\n\u{200D}c\u{FE0F}"), "a b c");
    }
}
