//! Measures and styles that all parts of a document share. A4, in points.

use crate::canvas::{Colour, Style};

pub(crate) const PAGE_WIDTH: f32 = 595.28;
pub(crate) const PAGE_HEIGHT: f32 = 841.89;
pub(crate) const LEFT: f32 = 36.0;
pub(crate) const RIGHT: f32 = PAGE_WIDTH - 36.0;
pub(crate) const WIDTH: f32 = RIGHT - LEFT;
pub(crate) const TOP: f32 = 36.0;
/// Content ends here; the footer lies below.
pub(crate) const BOTTOM: f32 = PAGE_HEIGHT - 58.0;
/// Baseline of the footer.
pub(crate) const FOOTER: f32 = PAGE_HEIGHT - 32.0;

pub(crate) const HAIRLINE: f32 = 0.5;
pub(crate) const RULE: f32 = 1.0;

pub(crate) const TITLE: Style = Style::bold(19.0, Colour::Accent);
/// What a cancelled document says of itself.
pub(crate) const CANCELLED: Style = Style::bold(16.0, Colour::Ink);
pub(crate) const COMPANY: Style = Style::bold(13.0, Colour::Ink);
pub(crate) const LABEL: Style = Style::bold(7.0, Colour::Accent);
pub(crate) const STRONG: Style = Style::bold(8.5, Colour::Ink);
pub(crate) const BODY: Style = Style::regular(8.5, Colour::Ink);
pub(crate) const MUTED: Style = Style::regular(8.5, Colour::Muted);
pub(crate) const SMALL: Style = Style::regular(7.0, Colour::Muted);

/// Distance between the baselines of body text.
pub(crate) const LEADING: f32 = 11.5;
/// The same of small text.
pub(crate) const SMALL_LEADING: f32 = 9.5;
