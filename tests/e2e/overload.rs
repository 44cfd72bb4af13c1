//! More than can be done: the shop turns new orders away early, says when to come again, and loses none that it took.

use e2e::{
    Answer, Basket, Customer, Setup,
    catalog::{Catalog, PADS},
    eventually, run,
    webhook::Sender,
};
use futures::future::join_all;
use schemas::types::OrderStatus as S;
use serde_json::json;
use uuid::Uuid;

/// Orders sent at once.
const AT_ONCE: usize = 40;

/// Each order's key with its answer.
async fn place_many(customer: &Customer, basket: &Basket) -> Vec<(String, Answer)> {
    let place = async || {
        let key = Uuid::now_v7().to_string();
        let answer = customer.post_order(&key, basket.body()).await;
        (key, answer)
    };
    join_all((0..AT_ONCE).map(|_| place())).await
}

#[test]
fn while_a_pool_stands_still_new_orders_are_turned_away_and_none_that_was_taken_is_lost() {
    run(async {
        let shop = Setup::new("overload").catalog(Catalog::demo().stocked(100_000)).start().await;
        let customer = shop.customer().await;
        let basket = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod");
        customer.place(&basket).await.reaches(S::Packed).await;

        shop.kill("orders");
        let mut taken = Vec::new();
        eventually("every order is turned away", async || {
            let (accepted, refused): (Vec<_>, Vec<_>) =
                place_many(&customer, &basket).await.into_iter().partition(|(_, answer)| answer.status == 202);
            for (_, answer) in &refused {
                answer.expect_problem(503, "overloaded");
                let seconds: u64 = answer.header("retry-after").parse().expect("a Retry-After in seconds");
                assert!((1..=60).contains(&seconds), "{seconds}");
            }
            taken.extend(accepted);
            if refused.len() == AT_ONCE { Ok(()) } else { Err(format!("{} of {AT_ONCE}", refused.len())) }
        })
        .await;

        let (key, first) = &taken[0];
        let order = |answer: &Answer| customer.order(answer.json()["order_id"].as_str().unwrap_or_default());
        assert_eq!(order(first).status().await["status"], "accepted", "reads go on");
        order(&taken[1].1).try_cancel().await.expect(202);
        let foreign = json!({"id": "evt_of_somebody_else", "type": "payment_intent.succeeded", "data": {"object": {
            "id": "pi_of_somebody_else", "amount": 100, "amount_received": 100, "currency": "inr",
            "status": "succeeded", "metadata": {},
        }}});
        Answer::of(Sender::Stripe.signed(&shop, &foreign)).await.expect(200);
        let again = customer.post_order(key, basket.body()).await;
        again.expect(202);
        assert_eq!(again.json(), first.json(), "whoever repeats learns what became of the order");
        let numbers = Answer::of(shop.http().get(format!("{}/metrics", shop.url("ingress")))).await.text();
        assert!(
            numbers.lines().any(|line| line.starts_with("ingress_shed_total{") && line.contains("backlog")),
            "{numbers}"
        );

        shop.start_again("orders");
        shop.ready("orders").await;
        eventually("orders are taken again", async || {
            let (accepted, refused): (Vec<_>, Vec<_>) =
                place_many(&customer, &basket).await.into_iter().partition(|(_, answer)| answer.status == 202);
            taken.extend(accepted);
            if refused.is_empty() { Ok(()) } else { Err(format!("{} of {AT_ONCE} refused", refused.len())) }
        })
        .await;
        taken.swap_remove(1);
        for (_, answer) in &taken {
            order(answer).reaches(S::Packed).await;
        }
    });
}
