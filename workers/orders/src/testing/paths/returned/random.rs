//! Whatever is told of an order's returns, in whatever order and how often: stock once, money once, never more than was
//! bought and paid.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, prelude::*, sample::select};
use schemas::{
    cash::CashMovement,
    inventory::InventoryMessage,
    invoicing::InvoicingMessage,
    orders::OrdersMessage,
    payments::PaymentsMessage,
    refunds::RefundState,
    returns::{ReturnDecision, ReturnState},
    types::PaymentMethod,
};
use shared::engine::State;

use crate::{
    Command,
    testing::{
        Journey, TOTAL, deadline_reached, decide_return, partly_refunded, receive_return, record_cash, record_payout,
        refund_order, refund_refused, request_return, withdraw_return,
    },
};

const PARTS: [(&str, i32); 2] = [("BRAKE-PAD", 1), ("OIL-FILTER", 3)];

/// What may be told. What went back by a refund is known only when it is told.
#[derive(Debug, Clone)]
enum Event {
    Told(Box<OrdersMessage>),
    Made(&'static str),
    TimeRunsOut,
}

fn told(message: impl Into<OrdersMessage>) -> Event {
    Event::Told(Box::new(message.into()))
}

fn name() -> impl Strategy<Value = &'static str> {
    select(vec!["r1", "r2", "r3"])
}

fn part() -> impl Strategy<Value = &'static str> {
    select(PARTS.map(|(part, _)| part).to_vec())
}

fn event() -> impl Strategy<Value = Event> {
    let decision = select(vec![ReturnDecision::Approve, ReturnDecision::Approve, ReturnDecision::Refuse]);
    prop_oneof![
        4 => (name(), vec((part(), 0..4), 1..3)).prop_map(|(name, units)| told(request_return(name, &units))),
        4 => (name(), decision).prop_map(|(name, decision)| told(decide_return(name, decision))),
        4 => (name(), vec((part(), 0..3, 0..2), 1..3)).prop_map(|(name, units)| told(receive_return(name, &units))),
        1 => name().prop_map(|name| told(withdraw_return(name))),
        3 => select(vec!["r1", "r2", "r3", "m1", "m2"]).prop_map(Event::Made),
        1 => name().prop_map(|name| told(refund_refused(name))),
        2 => ("c[1-4]", 1..TOTAL.minor, prop_oneof![Just(1), Just(100_000)])
            .prop_map(|(name, paise, taken_after)| told(record_cash(&name, paise, taken_after))),
        2 => select(vec!["r1", "r2", "r3", "m1", "m2"]).prop_map(|name| told(record_payout(name))),
        1 => Just(told(refund_order("m1", Some(200_000)))),
        1 => Just(told(refund_order("m2", None))),
        1 => Just(Event::TimeRunsOut),
    ]
}

/// Everything that was told to others.
#[derive(Default)]
struct Told {
    /// Units by return and part.
    stock: BTreeMap<(String, String), i64>,
    refunds: BTreeSet<String>,
    asked_back: i64,
    cash: BTreeMap<(CashMovement, String), i64>,
    credited: i64,
}

impl Told {
    fn note(&mut self, commands: &[Command]) {
        for command in commands {
            match command {
                Command::Inventory(sku, InventoryMessage::ReturnStock(back)) => {
                    let twin =
                        self.stock.insert((back.return_id.clone(), sku.to_string()), back.restock + back.write_off);
                    assert_eq!(twin, None, "the stock was told twice");
                }
                Command::Payments(PaymentsMessage::RefundPayment(refund)) => {
                    assert!(self.refunds.insert(refund.refund_id.clone()), "asked for twice");
                    self.asked_back += refund.amount.minor;
                }
                Command::Payments(PaymentsMessage::BookCash(cash)) => {
                    let twin = self.cash.insert((cash.movement, cash.cash_id.clone()), cash.amount.minor);
                    assert_eq!(twin, None, "booked twice");
                }
                Command::Invoicing(_, InvoicingMessage::CreditInvoice(credit)) => {
                    let of_lines: i64 = credit.lines.iter().map(|line| line.amount.minor).sum();
                    self.credited += credit.amount.minor + of_lines;
                }
                other => panic!("{other}"),
            }
        }
    }

    fn units_of(&self, part: &str) -> i64 {
        self.stock.iter().filter(|((_, sku), _)| sku == part).map(|(_, units)| units).sum()
    }
}

/// Tells it, as far as payments could: nothing goes back that was not asked for.
fn happen(journey: &mut Journey, told: &mut Told, event: &Event) {
    let message: OrdersMessage = match event {
        Event::Told(message) => match message.as_ref() {
            OrdersMessage::RefundRefused(refused) if !told.refunds.contains(&refused.refund_id) => return,
            message => message.clone(),
        },
        Event::Made(id) => {
            let Some(refund) = journey.order.refunds.iter().find(|refund| refund.refund_id == *id) else { return };
            if refund.state != RefundState::Asked {
                return;
            }
            let back = journey.order.payment.as_ref().unwrap().refunded.minor;
            partly_refunded(id, back + refund.amount.minor).into()
        }
        Event::TimeRunsOut => match State::deadline(&journey.order) {
            Some(due_at) => deadline_reached(due_at).into(),
            None => return,
        },
    };
    match journey.try_tell(message) {
        Ok(_) => told.note(&journey.last),
        Err(refusal) => assert!(["unknown_return", "unknown_refund"].contains(&refusal.code.as_ref())),
    }
}

fn check(journey: &Journey, told: &Told) {
    let order = &journey.order;
    for (part, bought) in PARTS {
        assert!(told.units_of(part) <= bought.into(), "{part}: {:?}", told.stock);
        let units = order.refunds.iter().filter(|refund| refund.state != RefundState::Refused);
        let units: i32 =
            units.flat_map(|refund| &refund.lines).filter(|l| l.sku.as_str() == part).map(|l| l.quantity).sum();
        assert!(units <= bought, "{part} paid back {units} times");
    }
    for of in &order.returns {
        let came: i64 = of.lines.iter().map(|line| i64::from(line.received())).sum();
        let stock: i64 = told.stock.iter().filter(|((id, _), _)| *id == of.return_id).map(|(_, units)| units).sum();
        assert_eq!(came, stock);
        assert!(of.lines.iter().all(|line| line.received() <= line.quantity));
        let legal = of.history.windows(2).all(|pair| ReturnState::MOVES.contains(&(pair[0].state, pair[1].state)));
        assert!(legal && of.history.last().map(|step| step.state) == Some(of.state), "{:?}", of.history);
        let told: Vec<_> =
            journey.returns.iter().filter(|moved| moved.return_id == of.return_id).map(|m| m.to).collect();
        assert_eq!(told, of.history.iter().map(|step| step.state).collect::<Vec<_>>());
    }
    let booked = |way| -> i64 { told.cash.iter().filter(|((kind, _), _)| *kind == way).map(|(_, minor)| minor).sum() };
    let (received, paid_out) = (booked(CashMovement::Received), booked(CashMovement::PaidOut));
    assert_eq!((received, paid_out), (order.cash_received().minor, order.cash_paid_out().minor));
    let owed = order.cash_owed().minor;
    assert!(paid_out + owed <= received && received - paid_out - owed <= order.cash_due().minor, "{:?}", order.refunds);
    assert!(owed + paid_out == 0 || order.cash_outstanding().minor == 0, "paid back to who has still to pay");
    let standing = order.refunds.iter().filter(|refund| refund.state != RefundState::Refused);
    let standing: i64 = standing.map(|refund| refund.amount.minor).sum();
    assert!(standing <= TOTAL.minor && told.credited <= TOTAL.minor, "{standing} {}", told.credited);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_is_told_goods_and_money_come_back_once(
        cash in any::<bool>(),
        events in vec(event(), 0..40),
    ) {
        let mut journey = Journey::delivered(if cash { PaymentMethod::Cod } else { PaymentMethod::Stripe });
        let (path, mut told) = (journey.path(), Told::default());
        for event in &events {
            happen(&mut journey, &mut told, event);
            check(&journey, &told);
            // Told once more, it changes nothing.
            if let Event::Told(message) = event && let Ok(again) = journey.try_tell(message.as_ref().clone()) {
                let allowed = matches!(message.as_ref(), OrdersMessage::ReceiveReturn(_) | OrdersMessage::RefundRefused(_));
                prop_assert!(again.is_empty() || allowed, "{:?}", again);
                told.note(&journey.last);
                check(&journey, &told);
            }
        }
        prop_assert_eq!(journey.path(), path, "the order itself stays delivered");
    }
}
