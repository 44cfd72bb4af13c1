//! The library from outside: bytes in a file.

#![allow(
    clippy::inconsistent_digit_grouping,
    reason = "amounts read as rupees_paise with lakh grouping: 1_23_456_78 is ₹1,23,456.78"
)]
#![allow(clippy::unwrap_used, reason = "a test may stop at what cannot happen")]

use std::io::Read;

use invoice_pdf::{
    Buyer, Date, Delivery, DocumentKind, Invoice, Line, Payment, RenderError, Seller, State, Totals, render,
};

#[path = "../src/samples.rs"]
mod samples;

#[test]
fn the_same_document_gives_the_same_bytes() {
    for invoice in samples::all() {
        let first = render(&invoice).unwrap();
        assert!(first.starts_with(b"%PDF-"));
        assert_eq!(first, render(&invoice).unwrap());
        // Nor does it depend on the thread, or on what was drawn before.
        let elsewhere = std::thread::spawn(move || render(&invoice).unwrap());
        assert_eq!(first, elsewhere.join().unwrap());
    }
}

#[test]
fn a_document_that_does_not_add_up_is_not_drawn() {
    let mut invoice = samples::intra_state();
    invoice.totals.grand_total += 1;
    let error = render(&invoice).unwrap_err();
    assert!(matches!(error, RenderError::Mismatch { ref field, .. } if field == "totals.grand_total"));
    assert!(error.to_string().contains("recompute"));
}

#[test]
fn names_in_any_script_are_drawn() {
    let mut invoice = samples::intra_state();
    for name in ["अंजलि देशपांडे", "王小明", "محمد", "Zoë 🚗 Łukasz", "\u{0}\u{7f}\u{FFFF}x", "e\u{301}"]
    {
        invoice.buyer.name = name.to_owned();
        invoice.lines[0].description = name.repeat(60);
        assert!(render(&invoice).is_ok(), "{name:?}");
    }
}

#[test]
fn a_document_survives_json() {
    for invoice in samples::all() {
        let text = serde_json::to_string(&invoice).unwrap();
        let back: Invoice = serde_json::from_str(&text).unwrap();
        assert_eq!(invoice, back);
    }
}

/// Everything that is compressed in a file, unpacked.
fn unpacked(pdf: &[u8]) -> Vec<Vec<u8>> {
    let after =
        |rest: &[u8], mark: &[u8]| rest.windows(mark.len()).position(|here| here == mark).map(|at| at + mark.len());
    let (mut rest, mut found) = (pdf, Vec::new());
    while let Some(start) = after(rest, b"\nstream\n") {
        rest = &rest[start..];
        let mut stream = Vec::new();
        if flate2::read::ZlibDecoder::new(rest).read_to_end(&mut stream).is_ok() {
            found.push(stream);
        }
        rest = &rest[after(rest, b"endstream").unwrap()..];
    }
    found
}

fn count(text: &[u8], mark: &str) -> usize {
    text.windows(mark.len()).filter(|here| *here == mark.as_bytes()).count()
}

#[test]
fn all_fonts_are_embedded_and_the_rupee_sign_is_one_that_can_be_searched_and_copied() {
    let pdf = render(&samples::intra_state()).unwrap();
    let (fonts, files) = (count(&pdf, "/Type/FontDescriptor"), count(&pdf, "/FontFile"));
    let fonts = fonts.max(count(&pdf, "/Type /FontDescriptor"));
    assert_eq!((fonts, files), (2, 2), "regular and bold, each with its glyphs");
    // Of the maps from glyphs back to characters, both know the sign: amounts are printed in both weights.
    let maps = unpacked(&pdf).into_iter().filter(|stream| count(stream, "begincmap") > 0);
    let with_rupee = maps.filter(|map| count(map, "<20B9>") > 0 || count(map, "<20b9>") > 0).count();
    assert_eq!(with_rupee, 2);
}
