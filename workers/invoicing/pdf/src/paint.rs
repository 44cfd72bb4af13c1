//! From laid-out pages to the bytes of a PDF.

use krilla::{
    Document, SerializeSettings,
    color::rgb,
    configure::{Archival, ConfigurationBuilder},
    geom::{Path, PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    page::PageSettings,
    paint::Fill,
    surface::Surface,
};

use crate::{
    DocumentKind, Invoice, RenderError,
    canvas::{Area, Colour, Op, Page},
    font::Fonts,
    layout::{
        document_title,
        style::{PAGE_HEIGHT, PAGE_WIDTH},
    },
};

/// Writes `pages` as PDF/A-2b. All metadata comes from the document, so equal input gives equal bytes.
pub(crate) fn paint(invoice: &Invoice, pages: &[Page], fonts: &Fonts) -> Result<Vec<u8>, RenderError> {
    let settings = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT)
        .ok_or_else(|| RenderError::Pdf("the page has no size".to_owned()))?;
    let mut document = Document::new_with(archival()?);
    document.set_metadata(metadata(invoice));
    for ops in pages {
        let mut page = document.start_page_with(settings.clone());
        let mut surface = page.surface();
        for op in ops {
            draw(&mut surface, op, fonts);
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| RenderError::Pdf(error.to_string()))
}

fn archival() -> Result<SerializeSettings, RenderError> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_B)
        .finish()
        .map_err(|error| RenderError::Pdf(format!("{error:?}")))?;
    Ok(SerializeSettings { configuration, ..SerializeSettings::default() })
}

fn metadata(invoice: &Invoice) -> Metadata {
    let date = DateTime::new(invoice.date.year())
        .month(invoice.date.month())
        .day(invoice.date.day())
        .hour(0)
        .minute(0)
        .second(0)
        .utc_offset_hour(5)
        .utc_offset_minute(30);
    let description = match &invoice.kind {
        DocumentKind::TaxInvoice => format!("Tax invoice for order {}", invoice.order),
        DocumentKind::CreditNote { cites, .. } => format!("Credit note against invoice {cites}"),
    };
    Metadata::new()
        .title(document_title(invoice))
        .description(description)
        .authors(vec![invoice.seller.legal_name.clone()])
        .producer("SpareParts invoicing".to_owned())
        .language("en-IN".to_owned())
        .creation_date(date)
        .document_id(format!("{} {}", invoice.seller.gstin, invoice.number))
}

fn draw(surface: &mut Surface<'_>, op: &Op, fonts: &Fonts) {
    match op {
        Op::Text { x, baseline, text, style } => {
            surface.set_fill(Some(fill(style.colour)));
            surface.draw_glyphs(
                Point::from_xy(*x, *baseline),
                &fonts.glyphs(text, style.weight),
                fonts.pdf(style.weight),
                text,
                style.size,
                false,
            );
        }
        Op::Fill { areas, colour } => {
            if let Some(path) = path(areas) {
                surface.set_fill(Some(fill(*colour)));
                surface.draw_path(&path);
            }
        }
    }
}

fn path(areas: &[Area]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for area in areas {
        builder.push_rect(Rect::from_xywh(area.x, area.y, area.width, area.height)?);
    }
    builder.finish()
}

fn fill(colour: Colour) -> Fill {
    let colour = match colour {
        Colour::Ink => rgb::Color::new(0x1c, 0x23, 0x2b),
        Colour::Muted => rgb::Color::new(0x5d, 0x68, 0x74),
        Colour::Accent => rgb::Color::new(0x0b, 0x54, 0x7c),
        Colour::Hairline => rgb::Color::new(0xd3, 0xda, 0xe0),
        Colour::Tint => rgb::Color::new(0xee, 0xf4, 0xf8),
        Colour::Paper => rgb::Color::white(),
    };
    Fill { paint: colour.into(), ..Fill::default() }
}
