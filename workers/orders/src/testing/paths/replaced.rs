//! Invoices that name the wrong buyer.

use schemas::{
    invoicing::{InvoicingMessage, ReplaceInvoice},
    orders::{InvoiceReplaced, OrdersMessage},
    replacements::ReplacementState as R,
    types::{OrderStatus, PaymentMethod},
};

use crate::{
    draft::Command,
    testing::{
        Journey, START, TOTAL, cancel_order, cancel_refused, correct_invoice, credit_note_issued, invoice_credited,
        invoice_replaced, partly_refunded, payment_refunded, replacement_refused, shipment_cancelled,
    },
};

const FIRST: &str = "INV/26-27/000001";
const SECOND: &str = "INV/26-27/000002";
const ASKED: &str = "ReplaceInvoice INV/26-27";

fn states(journey: &Journey) -> Vec<(R, &str)> {
    journey.order.replacements.iter().map(|of| (of.state, of.code.as_str())).collect()
}

fn asked(journey: &Journey) -> ReplaceInvoice {
    match journey.last.as_slice() {
        [Command::Invoicing(_, InvoicingMessage::ReplaceInvoice(command))] => command.clone(),
        other => panic!("{other:?}"),
    }
}

fn number(journey: &Journey) -> &str {
    &journey.order.invoice.as_ref().unwrap().number
}

#[test]
fn the_invoice_of_a_sale_is_replaced_once_however_often_it_is_asked_for() {
    let mut journey = Journey::delivered(PaymentMethod::Stripe);
    assert_eq!(journey.tell(correct_invoice("a", FIRST)), [ASKED]);
    let command = asked(&journey);
    assert_eq!((command.invoice_number.as_str(), command.issued_at), (FIRST, journey.now));
    assert_eq!(journey.tell(correct_invoice("a", FIRST)), [""; 0]);
    for _ in 0..2 {
        assert_eq!(journey.tell(invoice_replaced("a", SECOND)), [""; 0]);
        assert_eq!((number(&journey), states(&journey)), (SECOND, vec![(R::Made, "")]));
    }
    // Its replacement can be replaced as well.
    assert_eq!(journey.tell(correct_invoice("b", SECOND)), [ASKED]);
    journey.tell(InvoiceReplaced { number: "INV/26-27/000003".to_owned(), ..invoice_replaced("b", "") });
    assert_eq!(number(&journey), "INV/26-27/000003");
}

#[test]
fn what_the_invoicing_worker_refuses_is_shown_and_stays() {
    let mut journey = Journey::delivered(PaymentMethod::Cod);
    journey.tell(correct_invoice("a", FIRST));
    journey.tell(replacement_refused("a", "month_over"));
    journey.tell(invoice_replaced("a", SECOND));
    assert_eq!((number(&journey), states(&journey)), (FIRST, vec![(R::Refused, "month_over")]));
}

#[test]
fn of_two_wishes_at_once_the_second_is_refused_and_shown() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(correct_invoice("a", FIRST));
    assert_eq!(journey.tell(correct_invoice("b", FIRST)), [""; 0]);
    journey.tell(invoice_replaced("a", SECOND));
    assert_eq!(journey.tell(correct_invoice("c", FIRST)), [""; 0]);
    assert_eq!(states(&journey), [(R::Made, ""), (R::Refused, "under_way"), (R::Refused, "not_in_force")]);
}

#[test]
fn what_is_not_invoiced_credited_or_withdrawn_is_not_replaced() {
    let mut unpaid = Journey::placed(PaymentMethod::Stripe);
    unpaid.tell(correct_invoice("a", FIRST));
    let mut credited = Journey::delivered(PaymentMethod::Stripe);
    credited.tell(partly_refunded("", 50_000));
    credited.tell(correct_invoice("a", FIRST));
    credited.tell(invoice_credited("CRN/26-27/000001", 0, 50_000));
    credited.tell(correct_invoice("b", FIRST));
    let mut withdrawn = Journey::packed(PaymentMethod::Stripe);
    withdrawn.tell(cancel_order());
    withdrawn.tell(correct_invoice("a", FIRST));
    let codes = |journey: &Journey| -> Vec<_> { states(journey).iter().map(|(_, code)| (*code).to_owned()).collect() };
    assert_eq!(codes(&unpaid), ["not_in_force"]);
    assert_eq!(codes(&credited), ["credited", "credited"]);
    assert_eq!(codes(&withdrawn), ["withdrawn"]);
    let told = [&unpaid, &credited, &withdrawn].map(|journey| journey.commands.contains(&ASKED.to_owned()));
    assert_eq!(told, [false; 3]);
}

#[test]
fn money_that_goes_back_meanwhile_is_credited_against_the_invoice_in_force() {
    for refused in [false, true] {
        let mut journey = Journey::delivered(PaymentMethod::Stripe);
        journey.tell(correct_invoice("a", FIRST));
        assert_eq!(journey.tell(partly_refunded("", 50_000)), [""; 0]);
        let answer: OrdersMessage =
            if refused { replacement_refused("a", "month_over").into() } else { invoice_replaced("a", SECOND).into() };
        assert_eq!(journey.tell(answer), ["CreditInvoice CRN/26-27"]);
        let [Command::Invoicing(_, InvoicingMessage::CreditInvoice(credit))] = journey.last.as_slice() else {
            panic!("{:?}", journey.last)
        };
        assert_eq!(credit.invoice_number, if refused { FIRST } else { SECOND });
    }
}

#[test]
fn a_sale_that_is_taken_back_meanwhile_is_credited_as_a_whole_afterwards() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(correct_invoice("a", FIRST));
    journey.tell(cancel_order());
    assert_eq!(journey.tell(shipment_cancelled()).iter().filter(|told| told.contains("CreditNote")).count(), 0);
    journey.tell(payment_refunded(TOTAL));
    assert_eq!(journey.tell(invoice_replaced("a", SECOND)), ["IssueCreditNote CRN/26-27"]);
    let [Command::Invoicing(_, InvoicingMessage::IssueCreditNote(note))] = journey.last.as_slice() else {
        panic!("{:?}", journey.last)
    };
    assert_eq!(note.invoice_number, SECOND);
    journey.tell(credit_note_issued());
    assert_eq!(journey.order.status, OrderStatus::Refunded);
}

#[test]
fn the_answer_finds_an_order_whose_parcel_is_still_open() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(correct_invoice("a", FIRST));
    journey.tell(cancel_order());
    assert_eq!(journey.tell(invoice_replaced("a", SECOND)), [""; 0]);
    journey.tell(cancel_refused());
    assert_eq!(number(&journey), SECOND, "and the sale stands");
}

#[test]
fn a_replacement_that_comes_late_keeps_the_series_of_the_invoice() {
    let mut journey = Journey::delivered(PaymentMethod::Stripe);
    // In May of the next financial year.
    journey.now = START.plus(std::time::Duration::from_secs(190 * 86_400));
    assert_eq!(journey.tell(correct_invoice("a", FIRST)), [ASKED]);
    assert_eq!(asked(&journey).issued_at, journey.now, "which its writer will refuse");
}
