//! Rules of form: numbers, codes and names.

use crate::{Buyer, DocumentKind, Invoice, Line, RenderError, Seller, State};

const NUMBER: &str = "a document number has 1 to 16 of A-Z, a-z, 0-9, / and - (Rule 46(b))";
const GSTIN: &str = "a GSTIN has 15 characters of A-Z and 0-9";
const GSTIN_STATE: &str = "the seller's GSTIN begins with the code of the seller's state";
const STATE: &str = "a state code has two digits";
const HSN: &str = "an HSN code has 4, 6 or 8 digits";
const IRN: &str = "an IRN or hash has at most 64 letters and digits";
const PRESENT: &str = "it must not be empty (Rule 46)";

pub(super) fn check(invoice: &Invoice) -> Result<(), RenderError> {
    require("number", &invoice.number, is_number, NUMBER)?;
    if let DocumentKind::CreditNote { cites, .. } = &invoice.kind {
        require("kind.cites", cites, is_number, NUMBER)?;
    }
    for (field, other) in [("replaces", &invoice.replaces), ("replaced_by", &invoice.replaced_by)] {
        other.iter().try_for_each(|number| require(field, number, is_number, NUMBER))?;
    }
    check_seller(&invoice.seller)?;
    check_buyer(&invoice.buyer)?;
    check_state("place_of_supply", &invoice.place_of_supply)?;
    if let Some(delivery) = &invoice.delivery {
        require("delivery.name", &delivery.name, is_present, PRESENT)?;
        check_state("delivery.state", &delivery.state)?;
    }
    if let Some(irn) = &invoice.irn {
        require("irn", irn, is_irn, IRN)?;
    }
    if invoice.lines.is_empty() {
        return Err(breach("lines", "", "a document has at least one line"));
    }
    for (index, line) in invoice.lines.iter().enumerate() {
        check_line(index, line)?;
    }
    Ok(())
}

fn check_seller(seller: &Seller) -> Result<(), RenderError> {
    require("seller.legal_name", &seller.legal_name, is_present, PRESENT)?;
    require("seller.address", &seller.address.join(" "), is_present, PRESENT)?;
    check_state("seller.state", &seller.state)?;
    require("seller.gstin", &seller.gstin, is_gstin, GSTIN)?;
    let in_state = |gstin: &str| gstin.starts_with(&seller.state.code);
    require("seller.gstin", &seller.gstin, in_state, GSTIN_STATE)
}

fn check_buyer(buyer: &Buyer) -> Result<(), RenderError> {
    require("buyer.name", &buyer.name, is_present, PRESENT)?;
    check_state("buyer.state", &buyer.state)?;
    // Not tied to the buyer's state: a company may have goods billed outside its state of registration,
    // and a UIN does not follow the pattern of a GSTIN.
    match &buyer.gstin {
        Some(gstin) => require("buyer.gstin", gstin, is_gstin, GSTIN),
        None => Ok(()),
    }
}

fn check_line(index: usize, line: &Line) -> Result<(), RenderError> {
    let field = |name: &str| format!("lines[{index}].{name}");
    require(&field("description"), &line.description, is_present, PRESENT)?;
    require(&field("unit"), &line.unit, is_present, PRESENT)?;
    require(&field("hsn"), &line.hsn, is_hsn, HSN)?;
    if line.quantity == 0 {
        return Err(breach(&field("quantity"), "0", "a line has at least one"));
    }
    if line.gst_rate > 10_000 {
        let rate = line.gst_rate.to_string();
        let rule = "a rate is in basis points, at most 10000";
        return Err(breach(&field("gst_rate"), &rate, rule));
    }
    Ok(())
}

fn check_state(field: &str, state: &State) -> Result<(), RenderError> {
    require(&format!("{field}.name"), &state.name, is_present, PRESENT)?;
    let two_digits = |code: &str| code.len() == 2 && is_digits(code);
    require(&format!("{field}.code"), &state.code, two_digits, STATE)
}

fn require(field: &str, value: &str, holds: impl Fn(&str) -> bool, rule: &'static str) -> Result<(), RenderError> {
    if holds(value) { Ok(()) } else { Err(breach(field, value, rule)) }
}

fn breach(field: &str, value: &str, rule: &'static str) -> RenderError {
    RenderError::Field { field: field.to_owned(), value: value.to_owned(), rule }
}

fn is_present(text: &str) -> bool {
    !text.trim().is_empty()
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hsn(code: &str) -> bool {
    matches!(code.len(), 4 | 6 | 8) && is_digits(code)
}

fn is_number(number: &str) -> bool {
    (1..=16).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-'))
}

/// Bounded, so that the QR code stays coarse enough for a telephone to read.
fn is_irn(irn: &str) -> bool {
    (1..=64).contains(&irn.len()) && irn.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_gstin(gstin: &str) -> bool {
    gstin.len() == 15 && gstin.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn refused_field(change: impl Fn(&mut Invoice)) -> String {
        let mut invoice = samples::intra_state();
        change(&mut invoice);
        match check(&invoice) {
            Err(RenderError::Field { field, .. }) => field,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_number_longer_than_sixteen_is_refused() {
        let field = refused_field(|invoice| invoice.number = "SP/26-27/00000001".to_owned());
        assert_eq!(field, "number");
        let field = refused_field(|invoice| invoice.number = "SP_26".to_owned());
        assert_eq!(field, "number");
    }

    #[test]
    fn a_gstin_of_another_state_is_refused() {
        let field = refused_field(|invoice| invoice.seller.gstin.replace_range(..2, "29"));
        assert_eq!(field, "seller.gstin");
    }

    #[test]
    fn a_buyers_lower_case_gstin_is_refused() {
        let field = refused_field(|invoice| invoice.buyer.gstin = Some("27aaacr5055k1z7".to_owned()));
        assert_eq!(field, "buyer.gstin");
    }

    #[test]
    fn a_credit_note_must_cite_a_number() {
        let field = refused_field(|invoice| {
            invoice.kind = DocumentKind::CreditNote { cites: String::new(), cites_date: invoice.date };
        });
        assert_eq!(field, "kind.cites");
    }

    #[test]
    fn a_hash_that_would_swell_the_code_is_refused() {
        assert_eq!(refused_field(|invoice| invoice.irn = Some("f".repeat(65))), "irn");
    }

    #[test]
    fn lines_need_a_code_a_quantity_and_a_name() {
        assert_eq!(refused_field(|invoice| invoice.lines.clear()), "lines");
        let field = refused_field(|invoice| invoice.lines[1].hsn = "870".to_owned());
        assert_eq!(field, "lines[1].hsn");
        let field = refused_field(|invoice| invoice.lines[0].quantity = 0);
        assert_eq!(field, "lines[0].quantity");
        let field = refused_field(|invoice| invoice.lines[2].description = " ".to_owned());
        assert_eq!(field, "lines[2].description");
        let field = refused_field(|invoice| invoice.lines[0].gst_rate = 10_001);
        assert_eq!(field, "lines[0].gst_rate");
    }
}
