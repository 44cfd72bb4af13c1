//! The clock jumps over midnight of 31 March in India, over the end of tokens and over deadlines.

use std::time::Duration;

use e2e::{
    Basket, Customer, PlacedOrder, Setup, Stack,
    calendar::next_financial_year,
    catalog::PADS,
    checker::check,
    eventually,
    facts::{Observed, gather},
    gateways::Bank,
    run,
};
use jiff::Timestamp;
use reqwest::Method;
use schemas::types::OrderStatus as S;

const MINUTE: Duration = Duration::from_secs(60);

/// How far ahead of the machine's clock this moment is.
fn ahead(moment: Timestamp) -> Duration {
    moment.duration_since(Timestamp::now()).unsigned_abs()
}

async fn place(shop: &Stack, customer: &Customer, method: &'static str) -> PlacedOrder {
    customer.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by(method)).await
}

async fn pay(shop: &Stack, order: &PlacedOrder) {
    shop.gateways().pay(&order.payment_prompt().await, Bank::Approves).await;
}

/// The numbers of all invoices, in order.
async fn numbers(shop: &Stack) -> Vec<String> {
    let facts = gather(shop, Vec::new(), Observed::default()).await;
    let mut numbers: Vec<String> = facts.invoices.into_iter().map(|invoice| invoice.number).collect();
    numbers.sort_unstable();
    numbers
}

fn series(year: i16, count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("INV{:02}{:02}-{number:08}", (year - 1) % 100, year % 100)).collect()
}

#[test]
fn over_the_end_of_the_financial_year_numbers_begin_anew_tokens_end_deadlines_fall_due_and_nothing_is_lost() {
    run(async {
        // More than a day away.
        let (turn, year) = next_financial_year(Timestamp::now() + 1_440 * MINUTE);
        let setup = Setup::new("year-end").with_clock().carrier(&["--step-delay-ms", "100"]);
        let shop = setup.set("SPAREPARTS_ORDERS__PAYMENT_WINDOW_SECONDS", "1200").start().await;
        shop.set_clock(ahead(turn) - 10 * MINUTE).await;
        let asha = shop.customer().await;
        let sold = [place(&shop, &asha, "cod").await, place(&shop, &asha, "stripe").await];
        let [late, unpaid] = [place(&shop, &asha, "razorpay").await, place(&shop, &asha, "stripe").await];
        pay(&shop, &sold[1]).await;
        for order in &sold {
            order.reaches(S::Delivered).await;
        }
        assert_eq!(numbers(&shop).await, series(year, 2));
        late.reaches(S::AwaitingPayment).await;
        unpaid.reaches(S::AwaitingPayment).await;

        // Past midnight and past the token; the two that wait for their payment still may.
        shop.set_clock(ahead(turn) + 6 * MINUTE).await;
        assert_eq!(asha.get("/orders").await.status, 401, "the token has expired");
        asha.ask(|| asha.request(Method::GET, "/orders")).await.unwrap().expect(200);
        pay(&shop, &late).await;
        late.reaches(S::Delivered).await;
        for method in ["cod", "razorpay"] {
            let order = place(&shop, &asha, method).await;
            if method != "cod" {
                pay(&shop, &order).await;
            }
            order.reaches(S::Delivered).await;
        }
        assert_eq!(unpaid.status().await["status"], "awaiting_payment");
        assert_eq!(numbers(&shop).await, [series(year, 2), series(year + 1, 3)].concat());

        shop.set_clock(ahead(turn) + 11 * MINUTE).await;
        unpaid.reaches(S::Expired).await;
        eventually("its stock is released", async || {
            let state = shop.store().reservation(&unpaid.id, PADS).await;
            if state == "released" { Ok(()) } else { Err(state) }
        })
        .await;
        judge(&shop).await;
    });
}

/// What the checker says without a client's log.
async fn judge(shop: &Stack) {
    let found = check(&gather(shop, Vec::new(), Observed::default()).await);
    let found: Vec<String> =
        found.iter().filter(|violation| violation.invariant != "I1").map(ToString::to_string).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
