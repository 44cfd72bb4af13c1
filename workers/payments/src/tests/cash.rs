//! Cash, which passes no gateway.

use proptest::{collection::vec, prelude::*};
use schemas::{
    cash::{BookCash, CashMovement},
    ledger::{Account, Occasion, balances},
    payments::CancelPayment,
    types::Money,
};

use super::bench::{AMOUNT, Bench};
use crate::PaymentStatus;

fn cash(bench: &Bench, name: &str, movement: CashMovement, paise: i64) -> BookCash {
    let (order_id, amount) = (bench.order, Money::inr(paise));
    BookCash { order_id, cash_id: name.to_owned(), movement, amount, reference: format!("receipt {name}") }
}

fn balance(bench: &Bench, account: Account) -> i64 {
    balances(bench.ledger.iter().map(Into::into)).get(&(account, "INR")).map_or(0, |sides| sides.balance_minor())
}

#[test]
fn cash_is_booked_for_an_order_that_no_gateway_knows_and_nothing_else_follows() {
    let mut bench = Bench::new();
    for _ in 0..2 {
        bench.give(cash(&bench, "c1", CashMovement::Received, 700)).unwrap();
    }
    bench.give(cash(&bench, "c2", CashMovement::Received, 300)).unwrap();
    bench.give(cash(&bench, "r1", CashMovement::PaidOut, 400)).unwrap();
    assert_eq!((balance(&bench, Account::Cash), balance(&bench, Account::Customers)), (600, -600));
    let booked: Vec<_> = bench.ledger.iter().map(|entry| (entry.occasion, entry.payment_ref.as_str())).collect();
    let received = Occasion::CashReceived;
    assert_eq!(booked, [(received, "receipt c1"), (received, "receipt c2"), (Occasion::CashPaidOut, "receipt r1")]);
    assert_eq!((bench.told_names(), bench.asked()), (vec![], vec![]), "neither the order nor a gateway hears of it");
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Voided, None));
}

#[test]
fn more_is_not_paid_out_than_came_in() {
    let mut bench = Bench::new();
    assert_eq!(bench.give(cash(&bench, "r1", CashMovement::PaidOut, 1)).unwrap_err().code, "exceeds_cash");
    bench.give(cash(&bench, "c1", CashMovement::Received, 700)).unwrap();
    bench.give(cash(&bench, "r1", CashMovement::PaidOut, 500)).unwrap();
    assert_eq!(bench.give(cash(&bench, "r2", CashMovement::PaidOut, 201)).unwrap_err().code, "exceeds_cash");
    assert_eq!(bench.give(cash(&bench, "c2", CashMovement::Received, 0)).unwrap_err().code, "amount_not_positive");
    assert_eq!(balance(&bench, Account::Cash), 200);
}

#[test]
fn what_a_gateway_took_for_an_attempt_before_goes_back_beside_the_cash() {
    let mut bench = Bench::awaiting_customer();
    bench.give(CancelPayment { order_id: bench.order }).unwrap();
    bench.give(cash(&bench, "c1", CashMovement::Received, AMOUNT)).unwrap();
    bench.done(1, bench.seen(schemas::payments::GatewayState::Voided));
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentRefunded"]);
    assert_eq!((balance(&bench, Account::Cash), balance(&bench, Account::StripeClearing)), (AMOUNT, 0));
}

proptest! {
    /// The account of cash is what came in less what went out, whatever is told twice, and is never overdrawn.
    #[test]
    fn each_movement_is_booked_once(told in vec((0..6_usize, any::<bool>(), 1..1_000_i64), 0..40)) {
        let mut bench = Bench::new();
        let (mut sum, mut known) = (0, Vec::new());
        for (name, comes_in, paise) in told {
            let movement = if comes_in { CashMovement::Received } else { CashMovement::PaidOut };
            let signed = if comes_in { paise } else { -paise };
            let (is_news, fits) = (!known.contains(&(name, comes_in)), sum + signed >= 0);
            let outcome = bench.give(cash(&bench, &name.to_string(), movement, paise));
            prop_assert_eq!(outcome.is_ok(), !is_news || fits);
            if is_news && fits {
                known.push((name, comes_in));
                sum += signed;
            }
            prop_assert_eq!((balance(&bench, Account::Cash), bench.ledger.len()), (sum, known.len()));
        }
    }
}
