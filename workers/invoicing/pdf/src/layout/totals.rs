//! What the customer pays, in figures and in words.

use crate::{
    DocumentKind, Invoice, Payment,
    canvas::{Area, Block, Colour, Style},
    font::Fonts,
    grouping::rupees,
    text::wrap,
    words::amount_in_words,
};

use super::style::{BODY, HAIRLINE, LABEL, LEADING, LEFT, MUTED, RIGHT, STRONG};

const BOX_WIDTH: f32 = 214.0;
const BOX: f32 = RIGHT - BOX_WIDTH;
const PADDING: f32 = 7.0;
const ROW: f32 = 14.0;
const BAND: f32 = 22.0;
const WORDS_WIDTH: f32 = BOX - LEFT - 24.0;

/// The block of totals.
pub(super) fn totals(invoice: &Invoice, fonts: &'static Fonts) -> Block {
    let mut block = Block::new(fonts);
    let y = figures(&mut block, invoice);
    let y = grand_total(&mut block, invoice, fonts, y);
    block.reach(y);
    words(&mut block, invoice, fonts);
    block
}

fn figures(block: &mut Block, invoice: &Invoice) -> f32 {
    let mut y = 2.0;
    for (label, paise) in rows(invoice) {
        block.left(BOX + PADDING, y + 10.0, label, MUTED);
        block.right(RIGHT - PADDING, y + 10.0, &rupees(paise), BODY);
        y += ROW;
        block.rule(BOX, y, BOX_WIDTH, HAIRLINE, Colour::Hairline);
    }
    y
}

/// The sums to print: taxes by the kind of supply, charges only where there are any.
fn rows(invoice: &Invoice) -> Vec<(&'static str, i64)> {
    let totals = &invoice.totals;
    let mut rows = vec![("Taxable value", totals.taxable)];
    if invoice.is_intra_state() {
        rows.push(("CGST", totals.cgst));
        rows.push((invoice.state_tax_name(), totals.sgst));
    } else {
        rows.push(("IGST", totals.igst));
    }
    let charges = [
        ("Compensation cess", totals.cess),
        ("Shipping", totals.shipping),
        ("Cash on delivery fee", totals.cod_fee),
        ("Round-off", totals.round_off),
    ];
    rows.extend(charges.into_iter().filter(|(_, paise)| *paise != 0));
    rows
}

/// The band with the grand total, and what is left to pay; returns how far down.
fn grand_total(block: &mut Block, invoice: &Invoice, fonts: &'static Fonts, y: f32) -> f32 {
    let band = Area { x: BOX, y: y + 3.0, width: BOX_WIDTH, height: BAND };
    block.fill(band, Colour::Accent);
    let total = rupees(invoice.totals.grand_total);
    let label = match invoice.kind {
        DocumentKind::TaxInvoice => "Grand total",
        DocumentKind::CreditNote { .. } => "Total credited",
    };
    let baseline = y + 3.0 + 15.0;
    block.left(BOX + PADDING, baseline, label, Style::bold(9.5, Colour::Paper));
    let size = fitting_size(&total, fonts);
    block.right(RIGHT - PADDING, baseline, &total, Style::bold(size, Colour::Paper));
    let y = y + 3.0 + BAND;
    let is_collected = invoice.payment == Payment::CashOnDelivery && invoice.replaced_by.is_none();
    if !is_collected || invoice.kind != DocumentKind::TaxInvoice {
        return y;
    }
    block.left(BOX + PADDING, y + 12.0, "To be collected on delivery", STRONG);
    block.right(RIGHT - PADDING, y + 12.0, &total, STRONG);
    y + 16.0
}

/// Large, but never so large that the amount runs into its label.
fn fitting_size(total: &str, fonts: &Fonts) -> f32 {
    let style = Style::bold(12.0, Colour::Paper);
    let width = fonts.width(total, style.weight, style.size);
    let room = BOX_WIDTH - 2.0 * PADDING - 82.0;
    style.size * (room / width).min(1.0)
}

fn words(block: &mut Block, invoice: &Invoice, fonts: &'static Fonts) {
    block.left(LEFT, 12.0, "AMOUNT IN WORDS", LABEL);
    let words = amount_in_words(invoice.totals.grand_total);
    let lines = wrap(fonts, &words, STRONG, WORDS_WIDTH, 8);
    let y = block.lines(LEFT, 24.5, &lines, STRONG, LEADING);
    block.reach(y - LEADING + 4.0);
}
