//! The payments worker with its gateway and the customers, simulated.

use std::collections::{BTreeMap, BTreeSet};

use schemas::{
    cash::{BookCash, CashMovement},
    ids::OrderId,
    orders::{
        OrdersMessage, PaymentCaptured, PaymentDeclined, PaymentFailed, PaymentPartlyRefunded, PaymentReady,
        PaymentRefunded, RefundRefused,
    },
    payments::{PaymentsMessage, RefundPayment},
    types::Money,
};

use super::{super::START, Chance};

#[derive(Debug, Default)]
pub(in crate::testing) struct Payment {
    asked: i64,
    pub(super) captured: i64,
    pub(super) refunded: i64,
    cancelled: bool,
    /// The refunds that were asked for, made or not.
    refunds: BTreeSet<String>,
    declined: bool,
    /// The customer has paid or gone away.
    decided: bool,
}

#[derive(Debug, Default)]
pub(in crate::testing) struct Gateway {
    pub(super) payments: BTreeMap<OrderId, Payment>,
    /// What was booked in cash, by order, way and name.
    cash: BTreeMap<(OrderId, &'static str, String), i64>,
}

type Reports = Vec<(OrderId, OrdersMessage)>;

impl Gateway {
    pub(super) fn obey(&mut self, message: &PaymentsMessage, chance: &mut Chance, troubled: bool) -> Reports {
        match message {
            PaymentsMessage::RequestPayment(request) => {
                self.request(request.order_id, request.amount.minor, troubled && chance.one_in(10))
            }
            PaymentsMessage::CancelPayment(cancel) => {
                let payment = self.payments.get_mut(&cancel.order_id).expect("only what was asked for is cancelled");
                payment.cancelled = true;
                vec![refund(cancel.order_id, payment)]
            }
            PaymentsMessage::RefundPayment(command) => {
                let payment = self.payments.get_mut(&command.order_id).expect("only what was paid is paid back");
                refund_part(payment, command)
            }
            PaymentsMessage::BookCash(command) => self.book(command),
            PaymentsMessage::GatewayReported(_)
            | PaymentsMessage::DisputeReported(_)
            | PaymentsMessage::SettlementReported(_)
            | PaymentsMessage::GatewayAnswered(_)
            | PaymentsMessage::PaymentDeadlineReached(_) => unreachable!("orders do not send this"),
        }
    }

    fn book(&mut self, command: &BookCash) -> Reports {
        let way = match command.movement {
            CashMovement::Received => "received",
            CashMovement::PaidOut => "paid out",
        };
        self.cash.insert((command.order_id, way, command.cash_id.clone()), command.amount.minor);
        let (received, paid_out) = self.cash_of(command.order_id);
        assert!(paid_out <= received, "{paid_out} paid out of {received}");
        Vec::new()
    }

    /// What was received in cash for an order, and paid out.
    pub(super) fn cash_of(&self, order: OrderId) -> (i64, i64) {
        let booked = |way| self.cash.iter().filter(move |((of, kind, _), _)| *of == order && *kind == way);
        (booked("received").map(|(_, minor)| minor).sum(), booked("paid out").map(|(_, minor)| minor).sum())
    }

    fn request(&mut self, order_id: OrderId, asked: i64, refused: bool) -> Reports {
        if self.payments.contains_key(&order_id) {
            return Vec::new();
        }
        self.payments.insert(order_id, Payment { asked, decided: refused, ..Payment::default() });
        let report = if refused {
            PaymentFailed { order_id, code: "gateway_refused".to_owned(), attempt: 1 }.into()
        } else {
            let (gateway_ref, client_secret) = ("pi_1".to_owned(), String::new());
            PaymentReady { order_id, gateway_ref, client_secret, attempt: 1, gateway: None }.into()
        };
        vec![(order_id, report)]
    }

    /// Some customer pays, or in troubled times is declined, goes away, pays another amount, or pays after the end.
    pub(super) fn customer_acts(&mut self, chance: &mut Chance, troubled: bool) -> Reports {
        let may = |payment: &Payment| !payment.decided && (troubled || !payment.cancelled);
        let mut open: Vec<_> = self.payments.iter_mut().filter(|(_, payment)| may(payment)).collect();
        if open.is_empty() {
            return Vec::new();
        }
        let (order_id, payment) = open.swap_remove(chance.pick(open.len()));
        let order_id = *order_id;
        match if troubled { chance.pick(6) } else { 0 } {
            5 if !payment.declined => {
                payment.declined = true; // and may try again
                let code = "card_declined".to_owned();
                vec![(order_id, PaymentDeclined { order_id, attempt: 1, code, declined_at: START }.into())]
            }
            4 => {
                payment.decided = true;
                Vec::new()
            }
            3 => capture(order_id, payment, 100, chance),
            _ => capture(order_id, payment, payment.asked, chance),
        }
    }
}

/// Money that comes after the end goes back at once, reported or not; or it is reported, and the order must say so.
fn capture(order_id: OrderId, payment: &mut Payment, minor: i64, chance: &mut Chance) -> Reports {
    payment.decided = true;
    payment.captured = minor;
    let gateway_ref = "pi_1".to_owned();
    let captured = PaymentCaptured { order_id, amount: Money::inr(minor), gateway_ref, attempt: 1, gateway: None };
    match if payment.cancelled { chance.pick(3) } else { 0 } {
        0 => vec![(order_id, captured.into())],
        1 => vec![(order_id, captured.into()), refund(order_id, payment)],
        _ => vec![refund(order_id, payment)],
    }
}

/// As much as is still there, once for each refund.
fn refund_part(payment: &mut Payment, command: &RefundPayment) -> Reports {
    let RefundPayment { order_id, refund_id, amount } = command.clone();
    if !payment.refunds.insert(refund_id.clone()) {
        return Vec::new();
    }
    let room = if payment.cancelled { 0 } else { payment.captured - payment.refunded };
    if amount.minor > room {
        return vec![(order_id, RefundRefused { order_id, refund_id, code: "exceeds_payment".to_owned() }.into())];
    }
    payment.refunded += amount.minor;
    let amount = Money::inr(payment.refunded);
    let mut reports = vec![(order_id, PaymentPartlyRefunded { order_id, amount, refund_id }.into())];
    if payment.refunded == payment.captured {
        reports.push((order_id, PaymentRefunded { order_id, amount }.into()));
    }
    reports
}

fn refund(order_id: OrderId, payment: &mut Payment) -> (OrderId, OrdersMessage) {
    payment.refunded = payment.captured;
    (order_id, PaymentRefunded { order_id, amount: Money::inr(payment.refunded) }.into())
}
