//! What must be true once everything has come to rest.

use schemas::{
    ledger::{Account, Occasion, Turnover, balances},
    orders::OrdersMessage,
    types::GatewayName,
};

use super::{AMOUNT, Entry, World};

/// Each refund was told to be made or refused, once, and those that were made are those that we promised.
fn check_refunds(world: &World) {
    let parts = &world.bench.state().main.parts;
    for number in 1..=world.refunds {
        let name = format!("refund {number}");
        let told = world.bench.told.iter().filter(|told| match told {
            OrdersMessage::PaymentPartlyRefunded(told) => told.refund_id == name,
            OrdersMessage::RefundRefused(told) => told.refund_id == name,
            _ => false,
        });
        let told: Vec<_> = told.collect();
        assert_eq!(told.len(), 1, "{name}: {told:?}");
        let made = matches!(told[0], OrdersMessage::PaymentPartlyRefunded(_));
        assert_eq!(made, parts.iter().any(|part| part.refund_id == name && part.made), "{name}");
    }
    let sums = world.bench.told.iter().filter_map(|told| match told {
        OrdersMessage::PaymentPartlyRefunded(told) => Some(told.amount.minor),
        _ => None,
    });
    assert!(sums.is_sorted(), "a running total never falls");
}

/// What the ledger says was captured and refunded of it.
fn booked(world: &World, entry: &Entry) -> (i64, i64) {
    let of = |occasion| -> i64 {
        let booked = world.bench.ledger.iter().filter(|booked| booked.payment_ref == entry.gateway_ref);
        booked.filter(|booked| booked.occasion == occasion).map(|booked| booked.amount.minor).sum()
    };
    (of(Occasion::Captured), of(Occasion::Refunded) - of(Occasion::RefundFailed))
}

/// What the books have at each gateway is what that gateway holds.
fn check_the_accounts(world: &World) {
    for gateway in [GatewayName::Stripe, GatewayName::Razorpay] {
        let held = world.books.iter().filter(|entry| entry.gateway == gateway);
        let held: i64 = held.map(|entry| entry.captured - entry.refunded).sum();
        let balances = balances(world.bench.ledger.iter().map(Turnover::from));
        let booked = balances.get(&(Account::clearing(gateway), "INR")).map_or(0, |sides| sides.balance_minor());
        assert_eq!(booked, held, "{gateway:?}");
    }
}

/// What the gateways hold is what the payment and its books say, and the order was answered.
pub(super) fn check_the_books(world: &World) {
    let (payment, told) = (world.bench.state(), world.bench.told_names());
    let held = |entry: &Entry| entry.captured - entry.refunded;
    let wanted = told.contains(&"PaymentCaptured") && !payment.cancel_requested;
    for entry in &world.books {
        assert!(entry.captures <= 1 && held(entry) >= 0);
        assert_eq!(booked(world, entry), (entry.captured, entry.refunded), "the ledger of {entry:?}");
        if !wanted || entry.gateway_ref != payment.main.gateway_ref {
            assert_eq!(held(entry), 0, "money without an order: {entry:?}");
        }
    }
    if wanted {
        let main = world.books.iter().find(|entry| entry.gateway_ref == payment.main.gateway_ref).unwrap();
        let made: i64 = payment.main.parts.iter().map(|part| part.minor).sum();
        // A refund of unknown fate may be taken for one that was made by hand meanwhile: never too much goes back.
        assert!((made..=made + main.by_hand).contains(&main.refunded) || main.refunded == main.by_hand.max(made));
        assert_eq!(held(main), AMOUNT - main.refunded);
        if main.by_hand == 0 {
            assert_eq!(main.refunded, made);
            let made = |name: &String| payment.main.parts.iter().any(|part| part.refund_id == *name);
            assert!(world.fitting.iter().all(made), "refused though there was room");
        }
    }
    let kept = world.books.iter().filter(|entry| held(entry) > 0).count();
    assert!(kept <= 1, "at most one attempt's money is kept");
    check_refunds(world);
    if payment.cancel_requested {
        assert!(told.contains(&"PaymentRefunded"), "the order waits for ever");
    }
    check_the_accounts(world);
    let answered = ["PaymentCaptured", "PaymentFailed", "PaymentRefunded"];
    assert!(told.iter().any(|told| answered.contains(told)), "the order waits for ever");
}
