//! What holds for every sequence of commands, whatever is repeated and in whichever order.

use std::time::Duration;

use proptest::prelude::*;
use schemas::{
    invoicing::{CREDIT_NOTES, INVOICES, series_key},
    orders::{CreditNoteIssued, InvoiceIssued, OrdersMessage},
    types::Timestamp,
};
use shared::engine::Refusal;

use crate::{
    document,
    testing::{Books, issue_credit_note, issue_invoice, order, seller},
};

mod credits;
mod replacements;

/// 31 March 2027, 23:59:59 in India.
const LAST_SECOND: Timestamp = Timestamp::from_millis(1_806_517_799_000);

fn new_year() -> Timestamp {
    LAST_SECOND.plus(Duration::from_secs(1))
}

fn invoice_for(books: &mut Books, n: u64, at: Timestamp) -> Result<String, Refusal> {
    match books.handle(&series_key(INVOICES, at), issue_invoice(order(n), at))?.as_slice() {
        [OrdersMessage::InvoiceIssued(InvoiceIssued { order_id, number })] if *order_id == order(n) => {
            Ok(number.clone())
        }
        other => panic!("{other:?}"),
    }
}

fn credit_note_for(books: &mut Books, n: u64, number: &str, at: Timestamp) -> Result<String, Refusal> {
    let command = issue_credit_note(&issue_invoice(order(n), LAST_SECOND), number, at);
    match books.handle(&series_key(CREDIT_NOTES, at), command)?.as_slice() {
        [OrdersMessage::CreditNoteIssued(CreditNoteIssued { order_id, number })] if *order_id == order(n) => {
            Ok(number.clone())
        }
        other => panic!("{other:?}"),
    }
}

fn code<T: std::fmt::Debug>(outcome: Result<T, Refusal>) -> String {
    outcome.unwrap_err().code.into_owned()
}

#[test]
fn the_numbers_begin_again_on_the_first_of_april_in_india() {
    let mut books = Books::default();
    assert_eq!(invoice_for(&mut books, 1, LAST_SECOND).as_deref(), Ok("INV2627-00000001"));
    assert_eq!(invoice_for(&mut books, 2, LAST_SECOND).as_deref(), Ok("INV2627-00000002"));
    assert_eq!(invoice_for(&mut books, 3, new_year()).as_deref(), Ok("INV2728-00000001"));
}

#[test]
fn an_order_asked_for_again_in_another_year_keeps_its_invoice() {
    let mut books = Books::default();
    assert_eq!(invoice_for(&mut books, 1, LAST_SECOND).as_deref(), Ok("INV2627-00000001"));
    assert_eq!(invoice_for(&mut books, 1, new_year()).as_deref(), Ok("INV2627-00000001"));
    assert_eq!(books.numbers(document::INVOICES).len(), 1);
}

#[test]
fn a_document_sent_to_another_series_is_refused_and_burns_no_number() {
    let mut books = Books::default();
    for key in ["INV/27-28", "CRN/26-27", "", "INV"] {
        assert_eq!(code(books.handle(key, issue_invoice(order(1), LAST_SECOND))), "wrong_series", "{key}");
    }
    assert!(books.series.is_empty() && books.rows.is_empty());
}

#[test]
fn a_document_that_does_not_add_up_burns_no_number() {
    let mut books = Books::default();
    let mut command = issue_invoice(order(1), LAST_SECOND);
    command.totals.grand_total.minor -= 1;
    let key = series_key(INVOICES, LAST_SECOND);
    assert_eq!(code(books.handle(&key, command)), "lines_do_not_add_up");
    assert_eq!(invoice_for(&mut books, 2, LAST_SECOND).as_deref(), Ok("INV2627-00000001"));
}

#[test]
fn a_credit_note_cites_the_number_and_the_date_of_its_invoice() {
    let mut books = Books::default();
    let invoice = invoice_for(&mut books, 1, LAST_SECOND).unwrap();
    assert_eq!(credit_note_for(&mut books, 1, &invoice, new_year()).as_deref(), Ok("CRN2728-00000001"));
    let document::Document::CreditNote(note) = &books.rows[&document::credit_note_of(order(1), 0)] else {
        panic!("not a credit note")
    };
    assert_eq!((note.invoice_number.as_str(), note.invoice_issued_at), (invoice.as_str(), LAST_SECOND));
}

#[test]
fn a_document_keeps_the_seller_that_issued_it() {
    let mut books = Books::default();
    let issued_by = books.seller.clone();
    let invoice = invoice_for(&mut books, 1, LAST_SECOND).unwrap();
    books.seller = seller("Successor Private Limited");
    assert_eq!(invoice_for(&mut books, 1, LAST_SECOND).as_ref(), Ok(&invoice));
    credit_note_for(&mut books, 1, &invoice, new_year()).unwrap();
    let document::Document::Invoice(invoice) = &books.rows[&document::invoice_of(order(1))] else {
        panic!("no invoice")
    };
    let document::Document::CreditNote(note) = &books.rows[&document::credit_note_of(order(1), 0)] else {
        panic!("no credit note")
    };
    assert_eq!((&invoice.seller, &note.seller), (&issued_by, &issued_by));
    invoice_for(&mut books, 2, LAST_SECOND).unwrap();
    let document::Document::Invoice(next) = &books.rows[&document::invoice_of(order(2))] else { panic!("no invoice") };
    assert_eq!(next.seller, books.seller);
}

#[test]
fn a_registered_buyer_stands_on_the_invoice_and_on_what_takes_it_back() {
    let mut books = Books::default();
    let mut command = issue_invoice(order(1), LAST_SECOND);
    command.buyer_gstin = "27AAPFU0939F1ZV".to_owned();
    books.handle(&series_key(INVOICES, LAST_SECOND), command).unwrap();
    credit_note_for(&mut books, 1, "INV2627-00000001", LAST_SECOND).unwrap();
    let document::Document::Invoice(invoice) = &books.rows[&document::invoice_of(order(1))] else {
        panic!("no invoice")
    };
    let document::Document::CreditNote(note) = &books.rows[&document::credit_note_of(order(1), 0)] else {
        panic!("no credit note")
    };
    assert_eq!((invoice.buyer_gstin.as_str(), note.buyer_gstin.as_str()), ("27AAPFU0939F1ZV", "27AAPFU0939F1ZV"));
}

#[test]
fn a_credit_note_for_another_or_no_invoice_or_for_a_part_of_one_is_refused() {
    let mut books = Books::default();
    assert_eq!(code(credit_note_for(&mut books, 1, "INV2627-00000001", LAST_SECOND)), "unknown_invoice");
    let invoice = invoice_for(&mut books, 1, LAST_SECOND).unwrap();
    assert_eq!(code(credit_note_for(&mut books, 1, "INV2627-00000002", LAST_SECOND)), "unknown_invoice");
    let mut part = issue_credit_note(&issue_invoice(order(1), LAST_SECOND), &invoice, LAST_SECOND);
    part.totals.shipping.minor = 0;
    part.totals.grand_total.minor -= 8_000;
    let key = series_key(CREDIT_NOTES, LAST_SECOND);
    assert_eq!(code(books.handle(&key, part)), "not_the_whole_invoice");
    assert!(books.numbers(document::CREDIT_NOTES).is_empty());
}

/// One command of a random sequence: which order, which document, which side of the new year.
fn command() -> impl Strategy<Value = (u64, bool, bool)> {
    (0u64..12, any::<bool>(), any::<bool>())
}

proptest! {
    #[test]
    fn numbers_are_exactly_one_to_n_and_one_per_order(commands in prop::collection::vec(command(), 0..80)) {
        let mut books = Books::default();
        for (n, is_invoice, late) in commands {
            let at = if late { new_year() } else { LAST_SECOND };
            let invoice = books.rows.get(&document::invoice_of(order(n))).map(|row| row.number().to_owned());
            match invoice {
                Some(number) if !is_invoice => {
                    // The command cites what was issued, so it can only be repeated or new.
                    prop_assert!(credit_note_for(&mut books, n, &number, at).is_ok());
                }
                known => {
                    let number = invoice_for(&mut books, n, at).unwrap();
                    prop_assert!(known.is_none_or(|known| known == number));
                }
            }
        }
        for (key, series) in &books.series {
            let prefix = format!("{}-", key.replace(['/', '-'], ""));
            let collection = if key.starts_with(INVOICES) { document::INVOICES } else { document::CREDIT_NOTES };
            let given: Vec<_> = books.numbers(collection).into_iter().filter(|n| n.starts_with(&prefix)).collect();
            let expected: Vec<_> = (1..=series.last_number).map(|n| format!("{prefix}{n:08}")).collect();
            prop_assert_eq!(given, expected);
        }
    }
}
