//! The end of a document: declaration and signature, and the foot of each page.

use crate::{
    DocumentKind, Invoice,
    canvas::{Block, Colour, Page},
    font::Fonts,
    text::wrap,
};

use super::style::{FOOTER, HAIRLINE, LABEL, LEFT, RIGHT, SMALL, SMALL_LEADING, STRONG, WIDTH};

const SIGNATURE_WIDTH: f32 = 190.0;
const HEIGHT: f32 = 66.0;

/// Declaration on the left, signature on the right (Rule 46(q)).
pub(super) fn closing(invoice: &Invoice, fonts: &'static Fonts) -> Block {
    let mut block = Block::new(fonts);
    let left = RIGHT - SIGNATURE_WIDTH;
    block.left(LEFT, 8.0, "DECLARATION", LABEL);
    let width = left - LEFT - 40.0;
    let text = wrap(fonts, declaration(&invoice.kind), SMALL, width, 5);
    block.lines(LEFT, 19.0, &text, SMALL, SMALL_LEADING);
    let company = format!("For {}", invoice.seller.legal_name);
    for line in wrap(fonts, &company, STRONG, SIGNATURE_WIDTH, 1) {
        block.right(RIGHT, 8.0, &line, STRONG);
    }
    block.rule(left, HEIGHT - 14.0, SIGNATURE_WIDTH, HAIRLINE, Colour::Muted);
    block.right(RIGHT, HEIGHT - 4.0, "Authorised signatory", SMALL);
    block.reach(HEIGHT);
    block
}

fn declaration(kind: &DocumentKind) -> &'static str {
    match kind {
        DocumentKind::TaxInvoice => {
            "We declare that this invoice shows the actual price of the goods and services described \
             and that all particulars are true and correct."
        }
        DocumentKind::CreditNote { .. } => {
            "This credit note reduces the value and tax of the invoice it cites. A registered recipient \
             reverses the input tax credit taken on the amount credited (section 34 of the CGST Act)."
        }
    }
}

/// Draws the foot of page `number` of `count`.
pub(super) fn page_foot(page: &mut Page, invoice: &Invoice, number: usize, count: usize, fonts: &'static Fonts) {
    let mut block = Block::new(fonts);
    block.rule(LEFT, -11.0, WIDTH, HAIRLINE, Colour::Hairline);
    let standing = match &invoice.replaced_by {
        Some(number) => format!("Cancelled, and replaced by {number}."),
        // An electronic invoice needs no signature (proviso to Rule 46, Information Technology Act, 2000).
        None => "Issued electronically; valid without signature.".to_owned(),
    };
    block.left(LEFT, 0.0, &standing, SMALL);
    let place = format!("{}  ·  Page {number} of {count}", invoice.number);
    block.right(RIGHT, 0.0, &place, SMALL);
    block.place(page, FOOTER);
}
