//! I4: who has the goods has paid for them once; who has not has paid nothing, or has it back in full.

use std::collections::BTreeMap;

use schemas::{ledger::Occasion, types::OrderStatus};

use super::{Booked, Facts, GatewayPayment, MoneyMoved, Order, Report, i4_cash, i4_ledger, i4_settlement};

pub(super) fn check(facts: &Facts, report: &mut Report) {
    report.looked_at("payments", facts.payments.len());
    let mut by_order: BTreeMap<&str, Vec<&GatewayPayment>> = BTreeMap::new();
    for payment in &facts.payments {
        by_order.entry(payment.order_id.as_deref().unwrap_or_default()).or_default().push(payment);
        check_payment(payment, report);
    }
    for order in &facts.orders {
        let payments = by_order.remove(order.id.as_str()).unwrap_or_default();
        check_order(order, &payments, report);
    }
    for payment in by_order.into_values().flatten() {
        report.add(&payment.payment_id, format!("a payment of no order: {:?}", payment.order_id));
    }
    check_sums(facts, report);
    i4_ledger::check(facts, report);
    i4_cash::check(facts, report);
    i4_settlement::check(facts.settlement.as_ref(), report);
}

fn check_payment(payment: &GatewayPayment, report: &mut Report) {
    let id = &payment.payment_id;
    report.require(payment.currency.eq_ignore_ascii_case("INR"), id, || format!("in {}", payment.currency));
    let possible = (0..=payment.captured).contains(&payment.refunded);
    report.require(possible, id, || format!("{} went back of {}", payment.refunded, payment.captured));
    report.require(payment.captures.len() <= 1, id, || format!("captured {} times", payment.captures.len()));
    for (what, sum, moved) in
        [("captured", payment.captured, &payment.captures), ("refunded", payment.refunded, &payment.refunds)]
    {
        let listed: i64 = moved.iter().map(|moved: &MoneyMoved| moved.amount).sum();
        report.require(listed == sum, id, || format!("{sum} {what}, {listed} by its movements"));
    }
}

fn check_order(order: &Order, payments: &[&GatewayPayment], report: &mut Report) {
    let captures: Vec<&&GatewayPayment> = payments.iter().filter(|payment| payment.captured > 0).collect();
    // What a bank took of an order that stands is a loss; of one that ended it is the customer's money back.
    let stands = order.status == OrderStatus::Delivered;
    let back_of = |payment: &GatewayPayment| payment.refunded + if stands { 0 } else { payment.lost() };
    let amounts: Vec<(i64, i64)> = captures.iter().map(|payment| (payment.captured, back_of(payment))).collect();
    let total = order.grand_total;
    let (fits, expected) = match order.status {
        _ if !order.is_paid_online() && order.attempts <= 1 => (payments.is_empty(), "nothing at a gateway".to_owned()),
        // Whatever came for an attempt before went back.
        _ if !order.is_paid_online() => (back(&amounts), "no money kept".to_owned()),
        OrderStatus::Delivered => {
            let given = order.given_back;
            let back = if given == 0 { String::new() } else { format!(", of which {given} went back") };
            (counts_once(&amounts, (total, given), order), format!("one capture of {total}{back}"))
        }
        _ if order.was(OrderStatus::Paid) => {
            (counts_once(&amounts, (total, total), order), format!("one capture of {total}, refunded"))
        }
        // Captures that came too late.
        _ => (late(&amounts, order), "no money kept".to_owned()),
    };
    let found = || format!("{}: expected {expected}, found {amounts:?}", order.status.as_str());
    report.require(fits, &order.id, found);
    let (gateway, known): (i64, i64) =
        (captures.iter().map(|payment| payment.kept()).sum(), order.captured - order.back());
    report.require(gateway == known, &order.id, || format!("the gateway holds {gateway}, the order says {known}"));
}

/// Whether all that was captured went back.
fn back(amounts: &[(i64, i64)]) -> bool {
    amounts.iter().all(|(captured, refunded)| captured == refunded)
}

/// Whether one payment stands so, and of the others, which were earlier attempts, nothing is kept.
fn counts_once(amounts: &[(i64, i64)], one: (i64, i64), order: &Order) -> bool {
    let Some(place) = amounts.iter().position(|amount| *amount == one) else { return false };
    let others: Vec<_> = amounts.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, a)| *a).collect();
    back(&others) && amounts.len() <= order.attempts.max(1)
}

/// Whether no more was captured than once for each attempt, and all of it went back.
fn late(amounts: &[(i64, i64)], order: &Order) -> bool {
    let whole = amounts.iter().all(|amount| *amount == (order.grand_total, order.grand_total));
    whole && amounts.len() <= order.attempts.max(1)
}

/// captured - refunded - lost in disputes at the gateways = paid - refunded - lost in the orders = invoices - credit notes -
/// booked as lost of sales that stand, for what gateways take. What is void counts nothing: another invoice stands for it.
fn check_sums(facts: &Facts, report: &mut Report) {
    let online: BTreeMap<&str, &Order> =
        facts.orders.iter().filter(|order| order.is_paid_online()).map(|order| (order.id.as_str(), order)).collect();
    let gateways: i64 = facts.payments.iter().map(GatewayPayment::kept).sum();
    let orders: i64 = online.values().map(|order| order.captured - order.back()).sum();
    let in_force = facts.invoices.iter().filter(|invoice| invoice.replaced_by.is_none());
    let invoiced = in_force.filter(|invoice| online.contains_key(invoice.order_id.as_str()));
    let credited = facts.credit_notes.iter().filter(|note| online.contains_key(note.order_id.as_str()));
    let papers: i64 =
        invoiced.map(|invoice| invoice.grand_total).sum::<i64>() - credited.map(|note| note.grand_total).sum::<i64>();
    let papers = papers - lost_of_sales(facts, &online);
    let agree = gateways == orders && orders == papers;
    report.require(agree, "sums", || format!("gateways {gateways}, orders {orders}, papers {papers} paise"));
}

/// What was booked as lost of sales that stand: their invoices do, too.
fn lost_of_sales(facts: &Facts, online: &BTreeMap<&str, &Order>) -> i64 {
    let stands = |entry: &&Booked| {
        online.get(entry.order_id.as_str()).is_some_and(|order| order.status == OrderStatus::Delivered)
    };
    let of = |occasion| -> i64 {
        let entries = facts.ledger.iter().filter(stands).filter(|entry| entry.occasion == occasion);
        entries.map(|entry| entry.amount).sum()
    };
    of(Occasion::DisputeLost) - of(Occasion::DisputeRecovered)
}

#[cfg(test)]
mod tests {
    use super::super::{
        Disputed,
        sample::{CASH, DELIVERED, REFUNDED, REJECTED, assert_caught},
    };
    use super::*;

    const TOTAL: i64 = 318_200;

    fn payment_of(facts: &mut Facts, order: usize) -> &mut GatewayPayment {
        let id = facts.orders[order].id.clone();
        facts.payments.iter_mut().find(|payment| payment.order_id.as_deref() == Some(&id)).unwrap()
    }

    #[test]
    fn a_second_capture_is_caught() {
        assert_caught("I4", "expected one capture of 318200, found [(318200, 0), (318200, 0)]", |facts| {
            let twin = payment_of(facts, DELIVERED).clone();
            facts.payments.push(twin);
        });
    }

    #[test]
    fn goods_without_money_are_caught() {
        assert_caught("I4", "expected one capture of 318200, found []", |facts| {
            payment_of(facts, DELIVERED).captured = 0
        });
    }

    #[test]
    fn a_capture_of_another_amount_is_caught() {
        assert_caught("I4", "found [(318100, 0)]", |facts| payment_of(facts, DELIVERED).captured -= 100);
    }

    #[test]
    fn a_refund_that_was_forgotten_is_caught() {
        assert_caught("I4", "expected one capture of 318200, refunded", |facts| {
            payment_of(facts, REFUNDED).refunded = 0
        });
    }

    #[test]
    fn a_refund_of_goods_that_were_delivered_is_caught() {
        assert_caught("I4", "found [(318200, 318200)]", |facts| {
            let payment = payment_of(facts, DELIVERED);
            payment.refunded = payment.captured;
        });
    }

    #[test]
    fn money_of_a_return_that_did_not_go_back_or_went_back_twice_is_caught() {
        for back in [0, 2_000] {
            assert_caught("I4", &format!("of which 1000 went back, found [(318200, {back})]"), |facts| {
                facts.orders[DELIVERED].given_back = 1_000;
                payment_of(facts, DELIVERED).refunded = back;
            });
        }
    }

    #[test]
    fn a_payment_captured_by_two_movements_is_caught() {
        assert_caught("I4", "captured 2 times", |facts| {
            let payment = payment_of(facts, DELIVERED);
            payment.captures = vec![MoneyMoved { amount: TOTAL / 2, at_ms: 1 }; 2];
        });
    }

    #[test]
    fn a_sum_that_its_movements_do_not_make_is_caught() {
        assert_caught("I4", "refunded, 0 by its movements", |facts| payment_of(facts, REFUNDED).refunds.clear());
    }

    #[test]
    fn money_in_another_currency_is_caught() {
        assert_caught("I4", "in usd", |facts| payment_of(facts, DELIVERED).currency = "usd".to_owned());
    }

    /// A dispute over 500 paise that the shop lost.
    fn lose(facts: &mut Facts, order: usize) {
        let lost = Disputed { standing: "lost".to_owned(), withdrawn: 500, reinstated: 0, fee: 0 };
        payment_of(facts, order).disputes.push(lost);
    }

    #[test]
    fn a_loss_that_the_order_does_not_know_or_that_never_was_is_caught() {
        assert_caught("I4", "the gateway holds 317700, the order says 318200", |facts| lose(facts, DELIVERED));
        assert_caught("I4", "the gateway holds 318200, the order says 317700", |facts| {
            facts.orders[DELIVERED].lost = 500
        });
    }

    #[test]
    fn a_loss_that_was_never_booked_is_caught() {
        assert_caught("I4", "gateways 317700, orders 317700, papers 318200", |facts| {
            lose(facts, DELIVERED);
            facts.orders[DELIVERED].lost = 500;
        });
    }

    #[test]
    fn money_that_went_back_by_a_bank_and_by_the_shop_is_caught() {
        assert_caught("I4", "expected one capture of 318200, refunded, found [(318200, 318700)]", |facts| {
            lose(facts, REFUNDED);
        });
    }

    #[test]
    fn two_orders_whose_mistakes_cancel_out_are_caught() {
        assert_caught("I4", "the order says 318201", |facts| {
            facts.orders[DELIVERED].captured += 1;
            facts.orders[REFUNDED].refunded += 1;
        });
    }

    #[test]
    fn money_kept_of_an_order_that_was_refused_is_caught() {
        assert_caught("I4", "rejected: expected no money kept", |facts| {
            let mut late = payment_of(facts, DELIVERED).clone();
            late.order_id = Some(facts.orders[REJECTED].id.clone());
            facts.payments.push(late);
        });
    }

    #[test]
    fn a_gateway_s_money_for_a_cash_order_is_caught() {
        assert_caught("I4", "expected nothing at a gateway", |facts| {
            let mut stray = payment_of(facts, DELIVERED).clone();
            stray.order_id = Some(facts.orders[CASH].id.clone());
            facts.payments.push(stray);
        });
    }

    #[test]
    fn a_payment_of_no_order_is_caught() {
        assert_caught("I4", "a payment of no order", |facts| payment_of(facts, DELIVERED).order_id = None);
    }

    #[test]
    fn an_order_that_believes_in_another_amount_is_caught() {
        assert_caught("I4", "orders 318201", |facts| facts.orders[DELIVERED].captured += 1);
    }

    #[test]
    fn an_invoice_of_another_amount_is_caught() {
        assert_caught("I4", "papers 318201", |facts| facts.invoices[0].grand_total += 1);
    }

    #[test]
    fn a_sale_whose_only_invoice_is_void_counts_nothing_and_is_caught() {
        assert_caught("I4", "papers 0 paise", |facts| facts.invoices[0].replaced_by = Some("nothing".to_owned()));
    }
}
