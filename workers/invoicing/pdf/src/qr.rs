//! The QR code: what it says and the squares it is made of.
//!
//! The payload is JSON with the keys of the e-invoice QR code that the GST Invoice Registration Portal
//! issues, so that an accountant's scanner finds the fields it knows.

use fast_qr::{ECL, QRBuilder, QRCode};
use serde::Serialize;

use crate::{DocumentKind, Invoice, RenderError, canvas::Area};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Payload<'a> {
    seller_gstin: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer_gstin: Option<&'a str>,
    doc_no: &'a str,
    doc_typ: &'static str,
    doc_dt: String,
    tot_inv_val: String,
    item_cnt: usize,
    main_hsn_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    irn: Option<&'a str>,
}

/// The text in the code.
pub(crate) fn payload(invoice: &Invoice) -> Result<String, RenderError> {
    let total = invoice.totals.grand_total;
    let payload = Payload {
        seller_gstin: &invoice.seller.gstin,
        buyer_gstin: invoice.buyer.gstin.as_deref(),
        doc_no: &invoice.number,
        doc_typ: match invoice.kind {
            DocumentKind::TaxInvoice => "INV",
            DocumentKind::CreditNote { .. } => "CRN",
        },
        doc_dt: invoice.date.slashed(),
        tot_inv_val: format!("{}.{:02}", total / 100, total % 100),
        item_cnt: invoice.lines.len(),
        main_hsn_code: main_hsn(invoice),
        irn: invoice.irn.as_deref(),
    };
    serde_json::to_string(&payload).map_err(|error| RenderError::Qr(error.to_string()))
}

/// The HSN code of the line with the highest taxable value, the first of equals.
fn main_hsn(invoice: &Invoice) -> &str {
    invoice.lines.iter().rev().max_by_key(|line| line.taxable).map_or("", |line| &line.hsn)
}

/// The dark squares of `text` as a QR code `side` points wide, its top left corner at `x`, `y`.
pub(crate) fn squares(text: &str, x: f32, y: f32, side: f32) -> Result<Vec<Area>, RenderError> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(|error| RenderError::Qr(error.to_string()))?;
    let module = side / code.size as f32;
    Ok((0..code.size)
        .flat_map(|row| runs(&code, row).map(move |run| (row, run)))
        .map(|(row, (start, length))| Area {
            x: x + start as f32 * module,
            y: y + row as f32 * module,
            width: length as f32 * module,
            height: module,
        })
        .collect())
}

/// Runs of dark modules in a row as (start, length): a run drawn as one rectangle shows no seams.
fn runs(code: &QRCode, row: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut start = 0;
    code[row].chunk_by(|a, b| a.value() == b.value()).filter_map(move |run| {
        let at = start;
        start += run.len();
        run[0].value().then_some((at, run.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn the_payload_names_what_the_document_says() {
        assert_eq!(
            payload(&samples::worked_example()).unwrap(),
            r#"{"SellerGstin":"27AAACS1234F1Z5","DocNo":"SP/26-27/004711","DocTyp":"INV","DocDt":"22/11/2026","TotInvVal":"3182.00","ItemCnt":1,"MainHsnCode":"84145990"}"#
        );
        let company = payload(&samples::inter_state(5)).unwrap();
        assert!(company.contains(r#""BuyerGstin":"29AABCR5055K1ZK""#));
        assert!(company.contains(r#""MainHsnCode":"87089300""#));
        assert!(company.contains(r#""Irn":"c0f3a1b2"#));
        let note = payload(&samples::credit_note()).unwrap();
        assert!(note.contains(r#""DocTyp":"CRN""#));
    }

    #[test]
    fn squares_stay_inside_and_draw_the_finder_pattern() {
        let squares = squares("https://spareparts.example", 10.0, 20.0, 50.0).unwrap();
        assert!(squares.iter().all(|area| area.x >= 10.0
            && area.x + area.width <= 60.01
            && area.y >= 20.0
            && area.y + area.height <= 70.01));
        // The finder pattern in the corner begins with seven dark modules.
        assert_eq!((squares[0].x, squares[0].y), (10.0, 20.0));
        assert!((squares[0].width - 7.0 * squares[0].height).abs() < 0.01);
    }

    #[test]
    fn a_text_too_long_for_any_code_is_an_error() {
        let result = squares(&"x".repeat(8_000), 0.0, 0.0, 50.0);
        assert!(matches!(result, Err(RenderError::Qr(_))));
    }
}
