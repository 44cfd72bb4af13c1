//! Invoices that are void, and those that stand for them.

use schemas::{
    documents::{CreditNote, Invoice},
    invoicing::ReplaceInvoice,
    orders::{InvoiceReplaced, ReplacementRefused},
};

use super::*;
use crate::testing::{credit_invoice, replace_invoice};

const DAY: u64 = 86_400;

/// The number of the invoice in force, or why there is no other.
fn replaced(books: &mut Books, command: ReplaceInvoice) -> Result<String, String> {
    // All invoices here are of one series.
    let key = series_key(INVOICES, LAST_SECOND);
    match books.handle(&key, command).map_err(|refusal| refusal.code.into_owned())?.as_slice() {
        [OrdersMessage::InvoiceReplaced(InvoiceReplaced { number, .. })] => Ok(number.clone()),
        [OrdersMessage::ReplacementRefused(ReplacementRefused { code, .. })] => Err(code.clone()),
        other => panic!("{other:?}"),
    }
}

fn refusal(books: &mut Books, command: ReplaceInvoice) -> String {
    let numbers = books.numbers(document::INVOICES);
    let why = replaced(books, command).unwrap_err();
    assert_eq!(books.numbers(document::INVOICES), numbers, "a refusal burns no number");
    why
}

fn invoices(books: &Books) -> Vec<&Invoice> {
    let mut invoices: Vec<_> = books.rows.values().filter_map(document::Document::as_invoice).collect();
    invoices.sort_by_key(|invoice| &invoice.number);
    invoices
}

fn sold() -> (Books, String) {
    let mut books = Books::default();
    let number = invoice_for(&mut books, 1, LAST_SECOND).unwrap();
    (books, number)
}

#[test]
fn a_replacement_has_the_next_number_and_each_cites_the_other_however_often_it_is_told() {
    let (mut books, first) = sold();
    for _ in 0..3 {
        let told = replaced(&mut books, replace_invoice(1, "a", &first, LAST_SECOND));
        assert_eq!(told.as_deref(), Ok("INV2627-00000002"));
    }
    let invoices = invoices(&books);
    let [void, valid] = invoices.as_slice() else { panic!("{invoices:?}") };
    assert_eq!((&void.void.as_ref().unwrap().replaced_by, &valid.replaces), (&valid.number, &void.number));
    assert_eq!((valid.void.is_none(), valid.buyer_gstin.as_str()), (true, "27AAPFU0939F1ZV"));
    assert_eq!((&valid.lines, &valid.totals, &valid.seller), (&void.lines, &void.totals, &void.seller));
    assert_eq!((void.buyer_gstin.as_str(), void.address.name.as_str()), ("", "Asha Rao"), "it stays as it was issued");
}

#[test]
fn a_replacement_is_replaced_too_and_the_first_one_is_still_known() {
    let (mut books, first) = sold();
    let second = replaced(&mut books, replace_invoice(1, "a", &first, LAST_SECOND)).unwrap();
    let third = replaced(&mut books, replace_invoice(1, "b", &second, LAST_SECOND)).unwrap();
    assert_eq!(replaced(&mut books, replace_invoice(1, "a", &first, LAST_SECOND)).as_ref(), Ok(&second));
    assert_eq!(invoice_for(&mut books, 1, LAST_SECOND).as_ref(), Ok(&first), "which the order knows to be the first");
    assert_eq!(books.numbers(document::INVOICES), [first, second, third]);
}

#[test]
fn of_two_replacements_of_one_invoice_one_is_made() {
    let (mut books, first) = sold();
    replaced(&mut books, replace_invoice(1, "a", &first, LAST_SECOND)).unwrap();
    assert_eq!(refusal(&mut books, replace_invoice(1, "b", &first, LAST_SECOND)), "not_in_force");
}

#[test]
fn what_is_void_is_not_credited_and_what_stands_for_it_is() {
    let (mut books, first) = sold();
    let second = replaced(&mut books, replace_invoice(1, "a", &first, LAST_SECOND)).unwrap();
    let key = series_key(CREDIT_NOTES, new_year());
    assert_eq!(code(books.handle(&key, credit_invoice(&first, 0, 1, 0, new_year()))), "void_invoice");
    assert_eq!(code(credit_note_for(&mut books, 1, &first, new_year())), "void_invoice");
    books.handle(&key, credit_invoice(&second, 0, 1, 0, new_year())).unwrap();
    let note = books.rows[&document::credit_note_of(order(1), 0)].as_credit_note().unwrap();
    assert_eq!((&note.invoice_number, note.buyer_gstin.as_str()), (&second, "27AAPFU0939F1ZV"));
}

#[test]
fn what_a_credit_note_cites_is_not_replaced() {
    let (mut books, first) = sold();
    books.handle(&series_key(CREDIT_NOTES, LAST_SECOND), credit_invoice(&first, 0, 1, 0, LAST_SECOND)).unwrap();
    assert_eq!(refusal(&mut books, replace_invoice(1, "a", &first, LAST_SECOND)), "credited");
}

#[test]
fn only_within_its_month_and_for_the_same_state_an_invoice_is_replaced() {
    let mut books = Books::default();
    let first_of_march = Timestamp::from_millis(LAST_SECOND.as_millis() - 30 * 86_400_000);
    let number = invoice_for(&mut books, 1, first_of_march).unwrap();
    assert_eq!(refusal(&mut books, replace_invoice(1, "a", &number, new_year())), "month_over");
    let month_before = Timestamp::from_millis(first_of_march.as_millis() - 86_400_000);
    assert_eq!(refusal(&mut books, replace_invoice(1, "a", &number, month_before)), "month_over");
    let mut elsewhere = replace_invoice(1, "a", &number, LAST_SECOND);
    elsewhere.address.state_code = "29".to_owned();
    assert_eq!(refusal(&mut books, elsewhere.clone()), "another_state");
    let mut foreign = replace_invoice(1, "a", &number, LAST_SECOND);
    foreign.buyer_gstin = "29AAGCB7383J1Z4".to_owned();
    assert_eq!(refusal(&mut books, foreign), "another_state");
    assert_eq!(refusal(&mut books, replace_invoice(1, "a", "INV2627-00000009", LAST_SECOND)), "unknown_invoice");
    let next = replaced(&mut books, replace_invoice(1, "a", &number, LAST_SECOND));
    assert_eq!(next.as_deref(), Ok("INV2627-00000002"), "on the last day of its month");
}

#[test]
fn another_series_does_not_replace_an_invoice() {
    let (mut books, first) = sold();
    let key = series_key(INVOICES, new_year());
    assert_eq!(code(books.handle(&key, replace_invoice(1, "a", &first, new_year()))), "wrong_series");
}

/// One thing that happens to an order.
#[derive(Debug, Clone, Copy)]
enum Event {
    Issue,
    /// Under one of two names, of the invoice so many before the newest, so many days later.
    Replace(bool, usize, u64),
    /// A part of the invoice so many before the newest, or all of it.
    Credit(usize, bool),
}

fn event() -> impl Strategy<Value = (u64, Event)> {
    let event = prop_oneof![
        Just(Event::Issue),
        (any::<bool>(), 0..2usize, 0..40u64).prop_map(|(name, back, days)| Event::Replace(name, back, days)),
        (0..2usize, any::<bool>()).prop_map(|(back, whole)| Event::Credit(back, whole)),
    ];
    (1..4u64, event)
}

/// 1 March 2027 in India: a replacement 31 days later is of another month, year and series.
const FIRST_OF_MARCH: Timestamp = Timestamp::from_millis(LAST_SECOND.as_millis() - 30 * 86_400_000);

fn happen(books: &mut Books, n: u64, event: Event) {
    let of_order: Vec<String> =
        invoices(books).iter().filter(|invoice| invoice.order_id == order(n)).map(|i| i.number.clone()).collect();
    let back = |back: usize| of_order.iter().rev().nth(back);
    match event {
        Event::Issue => drop(invoice_for(books, n, FIRST_OF_MARCH)),
        Event::Replace(name, place, days) => {
            let Some(number) = back(place) else { return };
            let at = FIRST_OF_MARCH.plus(Duration::from_secs(days * DAY));
            let name = format!("{name} of {number}");
            drop(replaced(books, replace_invoice(n, &name, number, at)));
        }
        Event::Credit(place, whole) => {
            let Some(number) = back(place) else { return };
            if whole {
                drop(credit_note_for(books, n, number, LAST_SECOND));
            } else if n == 1 {
                let part = credit_invoice(number, 0, 1, 0, LAST_SECOND);
                drop(books.handle(&series_key(CREDIT_NOTES, LAST_SECOND), part));
            }
        }
    }
}

fn check(books: &Books) {
    let all = invoices(books);
    let expected: Vec<_> = (1..=all.len()).map(|count| format!("INV2627-{count:08}")).collect();
    assert_eq!(books.numbers(document::INVOICES), expected);
    for n in 1..4 {
        let of_order: Vec<_> = all.iter().filter(|invoice| invoice.order_id == order(n)).collect();
        let in_force: Vec<_> = of_order.iter().filter(|invoice| invoice.void.is_none()).collect();
        assert_eq!(in_force.len(), usize::from(!of_order.is_empty()), "one in force: {of_order:?}");
        assert_eq!(of_order.first().map(|first| first.replaces.as_str()), of_order.first().map(|_| ""));
        for pair in of_order.windows(2) {
            let void = pair[0].void.as_ref().unwrap();
            assert_eq!((&void.replaced_by, &pair[0].number), (&pair[1].number, &pair[1].replaces));
            assert_eq!((&pair[0].totals, &pair[0].lines), (&pair[1].totals, &pair[1].lines));
            assert_eq!(void.at, pair[1].issued_at);
            assert!(pair[1].issued_at <= LAST_SECOND, "in March");
        }
        let notes: Vec<&CreditNote> = books.rows.values().filter_map(document::Document::as_credit_note).collect();
        for note in notes.iter().filter(|note| note.order_id == order(n)) {
            assert_eq!(note.invoice_number, in_force[0].number, "a credit note cites the invoice in force");
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_replaced_and_credited_one_invoice_of_each_sale_is_in_force(events in prop::collection::vec(event(), 0..40)) {
        let mut books = Books::default();
        for (n, event) in events {
            happen(&mut books, n, event);
            check(&books);
        }
    }
}
