//! Properties that hold whatever an order is told, in whatever order and how often: senseless sequences included.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::select};
use schemas::{
    attempts::AttemptState,
    documents::{CouponState, Order},
    invoicing::InvoicingMessage,
    orders::{OrdersMessage, PaymentCaptured, PaymentDeclined, PaymentFailed, PaymentReady},
    returns::ReturnDecision,
    types::{GatewayName, Money, OrderStatus, PaymentMethod},
};

use super::{
    Journey, ORDER, START, TOTAL, cancel_order, cancel_refused, correct_invoice, coupon_redeemed, coupon_refused,
    credit_note_issued, deadline_reached, decide_return, delivered, invoice_issued, invoice_replaced, partly_refunded,
    pay_by_card, pay_order, payment_captured, payment_declined, payment_delayed, payment_failed, payment_ready,
    payment_refunded, picked_up, place, receive_return, record_cash, record_payout, refund_order, refund_refused,
    refused, replacement_refused, request_return, reserved, shipment_booked, shipment_cancelled, shipment_refused,
};
use crate::{Command, table};

const INVOICE: &str = "INV/26-27/000001";

/// What may happen next. The order's own deadline is known only when it happens.
#[derive(Debug, Clone)]
enum Event {
    Told(Box<OrdersMessage>),
    TimeRunsOut,
}

fn event() -> impl Strategy<Value = Event> {
    let told = |message: OrdersMessage| Event::Told(Box::new(message));
    let expected = vec![
        told(coupon_redeemed().into()),
        told(reserved("BRAKE-PAD").into()),
        told(reserved("OIL-FILTER").into()),
        told(payment_ready().into()),
        told(payment_captured(TOTAL).into()),
        told(payment_refunded(TOTAL).into()),
        told(invoice_issued().into()),
        told(credit_note_issued().into()),
        told(shipment_booked().into()),
        told(picked_up().into()),
        told(shipment_cancelled().into()),
    ];
    let disturbing = vec![
        told(place(PaymentMethod::Stripe).into()),
        told(coupon_refused("used_up").into()),
        told(refused("OIL-FILTER").into()),
        told(refused("BRAKE-PAD").into()),
        told(payment_captured(Money::inr(100)).into()),
        told(payment_declined().into()),
        told(pay_order("a", PaymentMethod::Razorpay).into()),
        told(pay_order("b", PaymentMethod::Stripe).into()),
        told(pay_order("c", PaymentMethod::Cod).into()),
        told(pay_by_card("d").into()),
        told(payment_delayed(1, GatewayName::Stripe).into()),
        told(payment_delayed(2, GatewayName::Razorpay).into()),
        told(PaymentReady { gateway: Some(GatewayName::Razorpay), ..payment_ready() }.into()),
        told(PaymentReady { attempt: 2, ..payment_ready() }.into()),
        told(PaymentCaptured { attempt: 2, ..payment_captured(TOTAL) }.into()),
        told(PaymentDeclined { attempt: 2, ..payment_declined() }.into()),
        told(PaymentFailed { attempt: 2, ..payment_failed() }.into()),
        told(payment_failed().into()),
        told(payment_refunded(Money::inr(0)).into()),
        told(refund_order("r1", Some(100_000)).into()),
        told(refund_order("r2", None).into()),
        told(partly_refunded("r1", 100_000).into()),
        told(partly_refunded("", 150_000).into()),
        told(refund_refused("r2").into()),
        told(correct_invoice("i1", INVOICE).into()),
        told(correct_invoice("i2", INVOICE).into()),
        told(invoice_replaced("i1", "INV/26-27/000002").into()),
        told(replacement_refused("i2", "month_over").into()),
        told(record_cash("c1", 200_000, 5).into()),
        told(record_cash("c2", 200_000, 500).into()),
        told(record_cash("c3", 118_200, 500).into()),
        told(record_payout("r1").into()),
        told(record_payout("b1").into()),
        told(record_payout(&format!("cancelled-{ORDER}")).into()),
        told(delivered().into()),
        told(request_return("b1", &[("OIL-FILTER", 2)]).into()),
        told(decide_return("b1", ReturnDecision::Approve).into()),
        told(receive_return("b1", &[("OIL-FILTER", 1, 1)]).into()),
        told(shipment_refused().into()),
        told(cancel_refused().into()),
        told(cancel_order().into()),
        told(deadline_reached(START).into()),
        Event::TimeRunsOut,
    ];
    prop_oneof![3 => select(expected), 1 => select(disturbing)]
}

fn method() -> impl Strategy<Value = PaymentMethod> {
    select(vec![PaymentMethod::Stripe, PaymentMethod::Razorpay, PaymentMethod::Cod])
}

fn placed() -> impl Strategy<Value = fn(PaymentMethod) -> Journey> {
    select(vec![Journey::placed as fn(PaymentMethod) -> Journey, Journey::with_coupon, |_| Journey::by_card()])
}

fn happen(journey: &mut Journey, event: &Event) {
    let message = match event {
        Event::Told(message) => message.as_ref().clone(),
        Event::TimeRunsOut => match journey.order.deadline {
            Some(due_at) => deadline_reached(due_at).into(),
            None => return,
        },
    };
    let due_at = journey.order.deadline.filter(|_| matches!(event, Event::TimeRunsOut));
    match journey.try_tell(message) {
        Ok(_) => assert!(due_at.is_none() || journey.order.deadline != due_at, "a deadline that was reached is over"),
        Err(refusal) => assert!(
            ["cash_order", "payment_not_requested", "unknown_return", "unknown_refund"]
                .contains(&refusal.code.as_ref()),
            "{refusal}"
        ),
    }
}

/// Where in the story something was told; `None` if never.
fn first(journey: &Journey, told: &str) -> Option<usize> {
    journey.commands.iter().position(|command| command.starts_with(told))
}

fn times(journey: &Journey, told: &str) -> usize {
    journey.commands.iter().filter(|command| command.starts_with(told)).count()
}

fn was(journey: &Journey, status: OrderStatus) -> bool {
    journey.order.history.iter().any(|step| step.status == status)
}

fn the_history_is_legal(journey: &Journey) {
    let order = &journey.order;
    assert_eq!(order.history[0].status, OrderStatus::Accepted);
    for moved in order.history.windows(2) {
        assert!(table::is_legal(moved[0].status, moved[1].status), "{}", journey.path());
        assert!(moved[0].at <= moved[1].at);
    }
    assert_eq!(order.history.last().unwrap().status, order.status);
    assert_eq!(order.deadline.is_none(), order.status.is_terminal());
    let told: Vec<_> = journey.events.iter().map(|event| event.to).collect();
    assert_eq!(told, order.history.iter().map(|step| step.status).collect::<Vec<_>>());
}

fn nothing_is_done_twice(journey: &Journey) {
    for once in ["IssueInvoice", "IssueCreditNote", "BookShipment", "CancelShipment"] {
        assert!(times(journey, once) <= 1, "{once}: {:?}", journey.commands);
    }
}

/// One attempt counts at most, each is asked for at most once, and of those that can be paid none is beside it.
fn one_attempt_counts(journey: &Journey) {
    let attempts = &journey.order.attempts;
    let numbers: Vec<i32> = attempts.iter().map(|attempt| attempt.number).collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len() as i32), "{numbers:?}");
    let made = attempts.iter().filter(|attempt| attempt.state != AttemptState::Refused).count();
    assert!(times(journey, "RequestPayment") <= made, "{:?}", journey.commands);
    let open: Vec<_> = attempts.iter().filter(|attempt| attempt.state.is_open()).collect();
    assert!(open.len() <= 1, "{attempts:?}");
    assert!(attempts.iter().filter(|attempt| attempt.state == AttemptState::Paid).count() <= 1, "{attempts:?}");
    let ended = journey.order.status.is_terminal() && !was(journey, OrderStatus::Confirmed);
    assert!(!ended || open.is_empty() || journey.order.status == OrderStatus::Rejected, "{attempts:?}");
    if was(journey, OrderStatus::Paid) {
        let paid = attempts.iter().find(|attempt| attempt.state == AttemptState::Paid).unwrap();
        assert_eq!(paid.method, journey.order.payment_method);
    }
}

fn goods_leave_only_when_sold(journey: &Journey) {
    if let Some(booked) = first(journey, "BookShipment") {
        let cash = journey.order.payment_method == PaymentMethod::Cod;
        assert!(was(journey, OrderStatus::Paid) || cash, "{}", journey.path());
        assert!(first(journey, "CommitStock").unwrap() < booked);
        assert!(first(journey, "IssueInvoice").unwrap() < booked);
        assert!(cash || first(journey, "CancelPayment").is_none_or(|cancelled| booked < cancelled));
    } else {
        assert!(!was(journey, OrderStatus::Packed), "{}", journey.path());
    }
}

fn stock_is_held_sold_or_free(journey: &Journey) {
    let refused = journey.order.status == OrderStatus::Rejected;
    let asked = journey.commands.iter().filter_map(|told| told.strip_prefix("ReserveStock "));
    let asked: BTreeSet<_> = asked.flat_map(|parts| parts.split(" then ")).collect();
    for sku in asked {
        let (sold, freed) = (format!("CommitStock {sku}"), format!("ReleaseStock {sku}"));
        assert!(times(journey, &sold) <= 1 && times(journey, &freed) <= 1);
        if let (Some(sold), Some(freed)) = (first(journey, &sold), first(journey, &freed)) {
            assert!(sold < freed, "sold after it was freed");
        }
        let ended = journey.order.status.is_terminal() && journey.order.status != OrderStatus::Delivered;
        assert!(!ended || refused || times(journey, &freed) == 1, "{sku}: {:?}", journey.commands);
        assert!(!was(journey, OrderStatus::Delivered) || times(journey, &freed) == 0, "{:?}", journey.commands);
    }
    assert!(was(journey, OrderStatus::Paid) || was(journey, OrderStatus::Confirmed) || times(journey, "Commit") == 0);
}

fn money_and_papers_agree(journey: &Journey) {
    let order = &journey.order;
    if order.status == OrderStatus::Refunded {
        assert!(order.payment.as_ref().is_none_or(|payment| payment.captured == payment.refunded));
        assert!(order.payment.is_some() || order.cash_received().minor > 0, "{}", journey.path());
    }
    cash_adds_up(order);
    if was(journey, OrderStatus::Cancelling) && matches!(order.status, OrderStatus::Refunded | OrderStatus::Cancelled) {
        assert!(order.invoice.is_some() && order.credit_note.is_some());
    }
    assert!(order.credit_note.is_none() || order.invoice.is_some());
    if order.status.is_terminal() && order.status != OrderStatus::Delivered {
        let open = times(journey, "RequestPayment") > 0 && times(journey, "CancelPayment") == 0;
        assert!(!open, "{}", journey.path());
    }
}

/// No more was received than was due, and no more goes back than was received: all of it where the sale was taken back.
fn cash_adds_up(order: &Order) {
    let (received, owed, paid_out) = (order.cash_received(), order.cash_owed(), order.cash_paid_out());
    let set_off: i64 = order.refunds.iter().filter_map(|refund| refund.set_off).map(|set_off| set_off.minor).sum();
    assert!(received.minor + set_off <= order.totals.grand_total.minor, "{:?}", order.cash);
    assert!(owed.minor + paid_out.minor <= received.minor, "{:?}", order.refunds);
    assert!(order.is_cash() || (received.minor, set_off) == (0, 0), "{:?}", order.cash);
    if matches!(order.status, OrderStatus::Cancelled | OrderStatus::Refunded) {
        assert_eq!(received, paid_out, "{:?}", order.refunds);
    } else if order.status != OrderStatus::Cancelling {
        assert!(order.cash_kept().minor <= order.cash_due().minor, "{:?}", order.refunds);
    }
}

fn a_coupon_is_used_first_and_given_back_with_the_sale(journey: &Journey) {
    let Some(coupon) = &journey.order.coupon else { return assert!(first(journey, "RedeemCoupon").is_none()) };
    assert_eq!((first(journey, "RedeemCoupon"), times(journey, "RedeemCoupon")), (Some(0), 1));
    let (released, is_given_back) = (times(journey, "ReleaseCoupon"), coupon.state == CouponState::GivenBack);
    assert_eq!(released, usize::from(is_given_back), "{:?}", journey.commands);
    let ended = journey.order.status.is_terminal() && journey.order.status != OrderStatus::Delivered;
    assert!(!ended || matches!(coupon.state, CouponState::GivenBack | CouponState::Refused), "{}", journey.path());
    let asked = first(journey, "ReserveStock").is_some() || was(journey, OrderStatus::Confirmed);
    assert!(!asked || matches!(coupon.state, CouponState::GivenBack | CouponState::Used), "{}", journey.path());
}

/// Nothing is credited while a replacement is under way, nor replaced while something is credited; and credit notes cite the
/// invoice in force.
fn nothing_cites_a_void_invoice(journey: &Journey) {
    let order = &journey.order;
    let credited = order.to_credit.iter().any(|part| part.is_asked) || !order.credits.is_empty();
    let asked_back = order.cancellation.as_ref().is_some_and(|undone| undone.credit_note_dated.is_some());
    assert!(!order.awaits_replacement() || !(credited || asked_back), "{:?}", order.replacements);
    for command in &journey.last {
        let cited = match command {
            Command::Invoicing(_, InvoicingMessage::CreditInvoice(credit)) => &credit.invoice_number,
            Command::Invoicing(_, InvoicingMessage::IssueCreditNote(note)) => &note.invoice_number,
            _ => continue,
        };
        assert_eq!(order.invoice.as_ref().map(|invoice| &invoice.number), Some(cited));
    }
}

fn check(journey: &Journey) {
    nothing_cites_a_void_invoice(journey);
    a_coupon_is_used_first_and_given_back_with_the_sale(journey);
    the_history_is_legal(journey);
    nothing_is_done_twice(journey);
    one_attempt_counts(journey);
    goods_leave_only_when_sold(journey);
    stock_is_held_sold_or_free(journey);
    money_and_papers_agree(journey);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn whatever_happens_an_order_stays_consistent(
        placed in placed(), method in method(), events in vec(event(), 0..40),
    ) {
        let mut journey = placed(method);
        for event in &events {
            let before = journey.order.clone();
            happen(&mut journey, event);
            if before.status.is_terminal() {
                prop_assert_eq!(before.history, journey.order.history.clone(), "nothing follows a terminal state");
            }
            check(&journey);
        }
    }

    #[test]
    fn money_that_meets_an_ended_order_is_always_sent_back(events in vec(event(), 0..40)) {
        let mut journey = Journey::placed(PaymentMethod::Stripe);
        for event in &events {
            happen(&mut journey, event);
        }
        let ended = journey.order.status.is_terminal() && journey.order.status != OrderStatus::Delivered;
        let path = journey.path();
        if ended {
            prop_assert_eq!(journey.tell(payment_captured(TOTAL)), ["CancelPayment"]);
            prop_assert_eq!(journey.tell(payment_ready()), ["CancelPayment"]);
            prop_assert_eq!(journey.path(), path);
        }
    }

    #[test]
    fn a_message_told_twice_in_a_row_moves_the_order_once(
        placed in placed(), method in method(), events in vec(event(), 0..40),
    ) {
        let mut journey = placed(method);
        for event in &events {
            let Event::Told(message) = event else { continue };
            happen(&mut journey, event);
            let after = journey.order.clone();
            if let Ok(told) = journey.try_tell(message.as_ref().clone()) {
                prop_assert_eq!(&journey.order, &after);
                prop_assert!(told.iter().all(|told| told == "CancelPayment"), "{:?}", told);
            }
        }
    }
}
