//! Credit notes over parts of an invoice.

use schemas::invoicing::CreditInvoice;
use schemas::orders::InvoiceCredited;

use super::*;
use crate::testing::credit_invoice;

/// Rs 2 x 1,200 with 28 % and Rs 80 for carriage.
const TOTAL: i64 = 315_200;
const ONE_UNIT: i64 = 153_600;

fn credited(books: &mut Books, command: CreditInvoice) -> Result<(String, i64), Refusal> {
    let key = series_key(CREDIT_NOTES, command.issued_at);
    match books.handle(&key, command)?.as_slice() {
        [OrdersMessage::InvoiceCredited(InvoiceCredited { number, total, .. })] => Ok((number.clone(), total.minor)),
        other => panic!("{other:?}"),
    }
}

fn sold() -> (Books, String) {
    let mut books = Books::default();
    let number = invoice_for(&mut books, 1, LAST_SECOND).unwrap();
    (books, number)
}

#[test]
fn parts_of_an_invoice_are_credited_one_after_another_across_the_new_year() {
    let (mut books, invoice) = sold();
    let first = credit_invoice(&invoice, 0, 1, 0, LAST_SECOND);
    let second = credit_invoice(&invoice, 1, 0, 50_000, new_year());
    let rest = credit_invoice(&invoice, 2, 0, TOTAL - ONE_UNIT - 50_000, new_year());
    for _ in 0..2 {
        // The second time is a repetition of each: same numbers, nothing new.
        assert_eq!(credited(&mut books, first.clone()), Ok(("CRN2627-00000001".to_owned(), ONE_UNIT)));
        assert_eq!(credited(&mut books, second.clone()), Ok(("CRN2728-00000001".to_owned(), 50_000)));
        assert_eq!(credited(&mut books, rest.clone()).unwrap().0, "CRN2728-00000002");
    }
    assert_eq!(books.numbers(document::CREDIT_NOTES).len(), 3);
    let more = credit_invoice(&invoice, 3, 0, 1, new_year());
    assert_eq!(code(credited(&mut books, more)), "more_than_left");
}

#[test]
fn a_part_cites_the_invoice_and_says_why() {
    let (mut books, invoice) = sold();
    credited(&mut books, credit_invoice(&invoice, 0, 1, 0, new_year())).unwrap();
    let document::Document::CreditNote(note) = &books.rows[&document::credit_note_of(order(1), 0)] else {
        panic!("no credit note")
    };
    assert_eq!((&note.invoice_number, note.invoice_issued_at), (&invoice, LAST_SECOND));
    assert_eq!((note.reason.as_str(), note.invoice_total.unwrap().minor), ("returned", TOTAL));
}

#[test]
fn a_credit_note_whose_predecessor_is_missing_or_that_says_something_else_is_refused() {
    let (mut books, invoice) = sold();
    let mut refused = |command| code(credited(&mut books, command));
    assert_eq!(refused(credit_invoice(&invoice, 1, 1, 0, new_year())), "missing_credit_note");
    assert_eq!(refused(credit_invoice("INV2627-00000009", 0, 1, 0, new_year())), "unknown_invoice");
    for earlier in [-1, 100, i32::MIN, i32::MAX] {
        assert_eq!(refused(credit_invoice(&invoice, earlier, 1, 0, new_year())), "too_many_credit_notes");
    }
    credited(&mut books, credit_invoice(&invoice, 0, 1, 0, new_year())).unwrap();
    let other = credited(&mut books, credit_invoice(&invoice, 0, 2, 0, new_year()));
    assert_eq!(code(other), "another_credit_note");
}

#[test]
fn an_invoice_of_which_a_part_is_credited_is_not_taken_back_as_a_whole() {
    let (mut books, invoice) = sold();
    credited(&mut books, credit_invoice(&invoice, 0, 1, 0, new_year())).unwrap();
    assert_eq!(code(credit_note_for(&mut books, 1, &invoice, new_year())), "partly_credited");
    let (mut books, invoice) = sold();
    credit_note_for(&mut books, 1, &invoice, new_year()).unwrap();
    assert_eq!(code(credited(&mut books, credit_invoice(&invoice, 1, 1, 0, new_year()))), "more_than_left");
}
