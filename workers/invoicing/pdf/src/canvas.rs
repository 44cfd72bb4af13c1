//! What is drawn where, before any PDF exists: layout is decided and tested on these values.
//!
//! Points (1/72 inch), the origin at the top left, y downwards.

use crate::font::{Fonts, Weight, drawable};

/// The few colours of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    /// Text.
    Ink,
    /// Labels and secondary text.
    Muted,
    /// The one accent: headings, the grand total.
    Accent,
    /// Rules between rows.
    Hairline,
    /// Ground of table headings.
    Tint,
    /// Text on the accent.
    Paper,
}

/// Face, size in points and colour of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) weight: Weight,
    pub(crate) size: f32,
    pub(crate) colour: Colour,
}

impl Style {
    pub(crate) const fn regular(size: f32, colour: Colour) -> Self {
        Self { weight: Weight::Regular, size, colour }
    }

    pub(crate) const fn bold(size: f32, colour: Colour) -> Self {
        Self { weight: Weight::Bold, size, colour }
    }
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

/// One thing drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Op {
    /// Text with its left end at `x`.
    Text { x: f32, baseline: f32, text: String, style: Style },
    /// Filled rectangles, as one shape.
    Fill { areas: Vec<Area>, colour: Colour },
}

/// Everything drawn on one page.
pub(crate) type Page = Vec<Op>;

/// A piece of a page that is never split. Its y runs from 0 at its own top.
#[derive(Clone)]
pub(crate) struct Block {
    pub(crate) height: f32,
    pub(crate) ops: Vec<Op>,
    fonts: &'static Fonts,
}

impl Block {
    pub(crate) fn new(fonts: &'static Fonts) -> Self {
        Self { height: 0.0, ops: Vec::new(), fonts }
    }

    /// Makes the block reach at least down to `y`.
    pub(crate) fn reach(&mut self, y: f32) {
        self.height = self.height.max(y);
    }

    pub(crate) fn left(&mut self, x: f32, baseline: f32, text: &str, style: Style) {
        let text = drawable(text);
        if !text.trim().is_empty() {
            self.ops.push(Op::Text { x, baseline, text, style });
        }
    }

    /// Text with its right end at `right`.
    pub(crate) fn right(&mut self, right: f32, baseline: f32, text: &str, style: Style) {
        let width = self.fonts.width(&drawable(text), style.weight, style.size);
        self.left(right - width, baseline, text, style);
    }

    /// Lines of text below each other, the first baseline at `baseline`; returns the next baseline.
    pub(crate) fn lines(&mut self, x: f32, baseline: f32, lines: &[String], style: Style, leading: f32) -> f32 {
        lines.iter().fold(baseline, |baseline, line| {
            self.left(x, baseline, line, style);
            baseline + leading
        })
    }

    pub(crate) fn fill(&mut self, area: Area, colour: Colour) {
        self.ops.push(Op::Fill { areas: vec![area], colour });
    }

    /// A horizontal rule with its top at `y`.
    pub(crate) fn rule(&mut self, x: f32, y: f32, width: f32, thickness: f32, colour: Colour) {
        let area = Area { x, y, width, height: thickness };
        self.fill(area, colour);
    }

    /// Draws the block onto `page`, its top at `y`.
    pub(crate) fn place(&self, page: &mut Page, y: f32) {
        page.extend(self.ops.iter().map(|op| op.moved_down(y)));
    }
}

impl Op {
    fn moved_down(&self, by: f32) -> Self {
        let mut moved = self.clone();
        match &mut moved {
            Self::Text { baseline, .. } => *baseline += by,
            Self::Fill { areas, .. } => areas.iter_mut().for_each(|area| area.y += by),
        }
        moved
    }
}
