//! The top of a document: who sells, who buys, which document this is, and its QR code.

use crate::{
    Buyer, Delivery, DocumentKind, Invoice, Payment, RenderError, Seller, State,
    canvas::{Block, Colour, Op, Style},
    font::Fonts,
    qr,
    text::wrap,
};

use super::style::{
    BODY, CANCELLED, COMPANY, LABEL, LEADING, LEFT, MUTED, RIGHT, RULE, SMALL, SMALL_LEADING, STRONG, TITLE, WIDTH,
};

/// A party's name or one line of its address takes at most this many printed lines, and an address at
/// most this many altogether, so that the head of a document always fits its page.
const MAX_WRAP: usize = 3;
const MAX_ADDRESS: usize = 7;
const QR_SIDE: f32 = 88.0;
/// Left edge and width of the details between buyer and QR code, and of their values.
const DETAILS: f32 = LEFT + 192.0;
const VALUES: f32 = DETAILS + 76.0;
const VALUES_WIDTH: f32 = RIGHT - QR_SIDE - 16.0 - VALUES;
const BUYER_WIDTH: f32 = DETAILS - LEFT - 16.0;

/// The name of the document.
pub(super) fn title(kind: &DocumentKind) -> &'static str {
    match kind {
        DocumentKind::TaxInvoice => "TAX INVOICE",
        DocumentKind::CreditNote { .. } => "CREDIT NOTE",
    }
}

/// Name and address of the seller, and the title.
pub(super) fn letterhead(invoice: &Invoice, fonts: &'static Fonts) -> Block {
    let mut block = Block::new(fonts);
    block.right(RIGHT, 16.0, title(&invoice.kind), TITLE);
    // Rule 48 asks for the marking; the copies for transporter and supplier are the same file.
    block.right(RIGHT, 28.0, "Original for recipient", SMALL);
    let seller = &invoice.seller;
    let width = WIDTH - 190.0;
    let name = wrap(fonts, &seller.legal_name, COMPANY, width, 2);
    let mut y = block.lines(LEFT, 13.0, &name, COMPANY, 16.0) - 2.0;
    let address = address_lines(&seller.address, &seller.state, MUTED, width, fonts);
    y = block.lines(LEFT, y, &address, MUTED, LEADING);
    y = block.lines(LEFT, y, &contact(seller), MUTED, LEADING);
    block.left(LEFT, y, &format!("GSTIN {}", seller.gstin), STRONG);
    y = y.max(cancelled(&mut block, invoice));
    block.rule(LEFT, y + 9.0, WIDTH, RULE, Colour::Accent);
    block.reach(y + 9.0 + RULE);
    block
}

/// Draws that the document is cancelled, if it is; returns how far down.
fn cancelled(block: &mut Block, invoice: &Invoice) -> f32 {
    let Some(number) = &invoice.replaced_by else { return 0.0 };
    block.right(RIGHT, 46.0, "CANCELLED", CANCELLED);
    block.right(RIGHT, 58.0, &format!("Replaced by {number}"), STRONG);
    58.0
}

fn contact(seller: &Seller) -> Vec<String> {
    let parts: Vec<&str> = [&seller.email, &seller.phone].into_iter().filter_map(|part| part.as_deref()).collect();
    match parts.is_empty() {
        true => Vec::new(),
        false => vec![parts.join("  ·  ")],
    }
}

/// Buyer, details and QR code side by side.
pub(super) fn parties(invoice: &Invoice, fonts: &'static Fonts) -> Result<Block, RenderError> {
    let mut block = Block::new(fonts);
    let bought = buyer(&mut block, invoice, fonts);
    let detailed = details(&mut block, invoice, fonts);
    let areas = qr::squares(&qr::payload(invoice)?, RIGHT - QR_SIDE, 2.0, QR_SIDE)?;
    block.ops.push(Op::Fill { areas, colour: Colour::Ink });
    block.reach(bought.max(detailed).max(QR_SIDE + 4.0));
    Ok(block)
}

/// Draws whom the document bills and where the goods go; returns how far down.
fn buyer(block: &mut Block, invoice: &Invoice, fonts: &'static Fonts) -> f32 {
    let Buyer { name, address, state, gstin, phone } = &invoice.buyer;
    let mut y = party(block, 7.0, "BILLED TO", name, address, state, fonts);
    let registration = match gstin {
        Some(gstin) => format!("GSTIN {gstin}"),
        None => "Unregistered (no GSTIN)".to_owned(),
    };
    let style = if gstin.is_some() { STRONG } else { BODY };
    block.left(LEFT, y, &registration, style);
    y += LEADING;
    if let Some(phone) = phone {
        block.left(LEFT, y, phone, MUTED);
        y += LEADING;
    }
    if let Some(Delivery { name, address, state }) = &invoice.delivery {
        y = party(block, y + 6.0, "DELIVERED TO", name, address, state, fonts);
    }
    y - LEADING + 4.0
}

fn party(
    block: &mut Block,
    y: f32,
    label: &str,
    name: &str,
    address: &[String],
    state: &State,
    fonts: &'static Fonts,
) -> f32 {
    block.left(LEFT, y, label, LABEL);
    let name = wrap(fonts, name, STRONG, BUYER_WIDTH, MAX_WRAP);
    let y = block.lines(LEFT, y + 12.5, &name, STRONG, LEADING);
    let address = address_lines(address, state, BODY, BUYER_WIDTH, fonts);
    block.lines(LEFT, y, &address, BODY, LEADING)
}

fn address_lines(address: &[String], state: &State, style: Style, width: f32, fonts: &Fonts) -> Vec<String> {
    let wrapped = |line: &str| wrap(fonts, line, style, width, MAX_WRAP);
    let mut lines: Vec<String> = address.iter().flat_map(|line| wrapped(line)).collect();
    lines.truncate(MAX_ADDRESS);
    lines.extend(wrapped(&state_with_code(state)));
    lines
}

fn state_with_code(state: &State) -> String {
    format!("{} ({})", state.name, state.code)
}

/// Draws the labelled facts; returns how far down.
fn details(block: &mut Block, invoice: &Invoice, fonts: &'static Fonts) -> f32 {
    let mut y = 7.0;
    for (label, value, style) in facts(invoice) {
        block.left(DETAILS, y, label, MUTED);
        let leading = if style == SMALL { SMALL_LEADING } else { LEADING };
        let lines = wrap(fonts, &value, style, VALUES_WIDTH, MAX_WRAP);
        y = block.lines(VALUES, y, &lines, style, leading) + 1.5;
    }
    y - LEADING + 4.0
}

fn facts(invoice: &Invoice) -> Vec<(&'static str, String, Style)> {
    let mut facts = match &invoice.kind {
        DocumentKind::TaxInvoice => {
            vec![("Invoice no.", invoice.number.clone(), STRONG), ("Invoice date", invoice.date.readable(), STRONG)]
        }
        DocumentKind::CreditNote { cites, cites_date } => vec![
            ("Credit note no.", invoice.number.clone(), STRONG),
            ("Date", invoice.date.readable(), STRONG),
            ("Against invoice", cites.clone(), STRONG),
            ("Invoice date", cites_date.readable(), STRONG),
        ],
    };
    facts.extend(invoice.replaces.iter().map(|number| ("Replaces", number.clone(), STRONG)));
    facts.extend(invoice.replaced_by.iter().map(|number| ("Replaced by", number.clone(), STRONG)));
    let reverse = if invoice.reverse_charge { "Yes" } else { "No" };
    let place = state_with_code(&invoice.place_of_supply);
    facts.extend([
        ("Order", invoice.order.clone(), BODY),
        (payment_label(&invoice.kind), payment(&invoice.payment), BODY),
        ("Place of supply", place, BODY),
        ("Reverse charge", reverse.to_owned(), BODY),
    ]);
    if let Some(irn) = &invoice.irn {
        facts.push(("IRN", irn.clone(), SMALL));
    }
    facts
}

fn payment_label(kind: &DocumentKind) -> &'static str {
    match kind {
        DocumentKind::TaxInvoice => "Payment",
        DocumentKind::CreditNote { .. } => "Refund",
    }
}

fn payment(payment: &Payment) -> String {
    match payment {
        Payment::Settled(line) => line.clone(),
        Payment::CashOnDelivery => "Cash on delivery".to_owned(),
    }
}

/// The heading of every page but the first.
pub(super) fn continuation(invoice: &Invoice, fonts: &'static Fonts) -> Block {
    let mut block = Block::new(fonts);
    let name = wrap(fonts, &invoice.seller.legal_name, STRONG, WIDTH / 2.0, 1);
    block.lines(LEFT, 8.0, &name, STRONG, LEADING);
    let cancelled = if invoice.replaced_by.is_some() { ", CANCELLED" } else { "" };
    let document = format!("{} {}{cancelled}, continued", title(&invoice.kind), invoice.number);
    block.right(RIGHT, 8.0, &document, MUTED);
    block.rule(LEFT, 15.0, WIDTH, RULE, Colour::Accent);
    block.reach(28.0);
    block
}
