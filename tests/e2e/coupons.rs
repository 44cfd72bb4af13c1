//! Coupons: as many orders use one as may, whoever asks at once, and what is given back another order may use.

use std::time::{Duration, Instant};

use e2e::{
    Answer, Basket, Customer, Guest, PlacedOrder, Setup, Stack, catalog::PADS, client::unused_name, coupons,
    eventually, gateways::Bank, kafka, run, shop, store::blocking,
};
use futures::future::join_all;
use mongodb::bson::Document;
use schemas::{
    coupons::{CouponsMessage, RedeemCoupon},
    ids::{OrderId, UserId},
    types::{OrderStatus as S, Timestamp},
};
use serde_json::json;
use shared::{
    id::{CorrelationId, MessageId},
    message::{Origin, Outgoing},
    trace::TraceContext,
};
use uuid::Uuid;

const CUSTOMERS: usize = 10;
const ORDERS_OF_EACH: usize = 5;

/// A code of this test's own: other tests use the same shop.
fn a_code() -> String {
    format!("T-{}", &unused_name()[..24]).to_uppercase()
}

async fn try_to_order(customer: &Customer, basket: &Basket) -> Option<PlacedOrder> {
    let answer = customer.post_order(&Uuid::now_v7().to_string(), basket.body()).await;
    if answer.status != 202 {
        answer.expect_problem(422, "coupon_refused");
        return None;
    }
    let id = answer.json()["order_id"].as_str().unwrap_or_default().to_owned();
    Some(customer.order(&id))
}

/// Where an order stands once it has its coupon or not, with the reason.
async fn decided(order: &PlacedOrder) -> (String, String) {
    eventually("the order has its coupon or not", async || {
        let seen = order.status().await;
        let text = |field: &str| seen[field].as_str().unwrap_or_default().to_owned();
        let is_open = ["accepted", "reserving"].contains(&text("status").as_str());
        if is_open { Err(seen.to_string()) } else { Ok((text("status"), text("reason"))) }
    })
    .await
}

async fn takes(shop: &Guest, customer: &Customer, code: &str) -> PlacedOrder {
    let basket = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod").with_coupon(code);
    eventually("another order may use it", async || {
        try_to_order(customer, &basket).await.ok_or_else(|| "refused".to_owned())
    })
    .await
}

#[test]
fn of_fifty_orders_at_once_five_use_a_coupon_of_five_and_what_is_given_back_one_more_may_use() {
    run(async {
        let shop = shop().await;
        let (admin, code) = (shop.admin().await, a_code());
        coupons::make(&admin, &code, &json!({ "total_limit": 5 })).await;
        let customers = join_all((0..CUSTOMERS).map(|_| shop.customer())).await;
        let basket = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("stripe").with_coupon(&code);
        let wishes = customers.iter().flat_map(|customer| [customer; ORDERS_OF_EACH]);
        let orders = join_all(wishes.map(|customer| try_to_order(customer, &basket))).await;
        let orders: Vec<PlacedOrder> = orders.into_iter().flatten().collect();
        let ends = join_all(orders.iter().map(decided)).await;
        let won: Vec<&PlacedOrder> = orders
            .iter()
            .zip(&ends)
            .filter(|(_, (status, _))| status == "awaiting_payment")
            .map(|(order, _)| order)
            .collect();
        assert_eq!(won.len(), 5, "{ends:?}");
        let lost = ends.iter().filter(|(status, reason)| status == "rejected" && reason == "coupon_used_up").count();
        assert_eq!(lost, orders.len() - 5, "{ends:?}");
        eprintln!("{} of 50 orders were taken, {lost} of them rejected by the coupons worker", orders.len());
        assert_eq!(coupons::used(&admin, &code).await, 5);
        for order in &won {
            let view = order.view().await;
            assert_eq!((&view["coupon"]["code"], &view["coupon"]["state"]), (&json!(code), &json!("used")));
            assert_eq!(view["totals"]["discount"], view["coupon"]["discount"]);
        }
        won[0].cancel().await;
        won[0].reaches(S::Cancelled).await;
        let next = takes(&shop, &customers[0], &code).await;
        next.reaches(S::Packed).await;
        assert_eq!(coupons::used(&admin, &code).await, 5);
    });
}

#[test]
fn a_customer_uses_a_coupon_as_often_as_they_may_and_again_when_the_money_went_back() {
    run(async {
        let shop = shop().await;
        let (admin, code) = (shop.admin().await, a_code());
        coupons::make(&admin, &code, &json!({ "user_limit": 1 })).await;
        let (one, other) = (shop.customer().await, shop.customer().await);
        let basket = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("stripe").with_coupon(&code);
        let orders = join_all((0..4).map(|_| try_to_order(&one, &basket))).await;
        let orders: Vec<PlacedOrder> = orders.into_iter().flatten().collect();
        let ends = join_all(orders.iter().map(decided)).await;
        let has_it = |end: &(String, String)| end.0 == "awaiting_payment";
        assert_eq!(ends.iter().filter(|end| has_it(end)).count(), 1, "{ends:?}");
        assert!(ends.iter().all(|end| has_it(end) || end.1 == "coupon_used_up_by_user"), "{ends:?}");
        takes(&shop, &other, &code).await.reaches(S::Packed).await;
        let paid = &orders[ends.iter().position(has_it).unwrap()];
        shop.gateways().pay(&paid.payment_prompt().await, Bank::Approves).await;
        paid.reaches(S::Packed).await;
        paid.invoice().await.expect(200);
        assert!(try_to_order(&one, &basket).await.is_none(), "as far as is known");
        paid.cancel().await;
        paid.reaches(S::Refunded).await;
        takes(&shop, &one, &code).await.reaches(S::Packed).await;
        assert_eq!(coupons::used(&admin, &code).await, 2);
    });
}

#[test]
fn a_coupon_that_is_taken_back_is_used_by_no_further_order() {
    run(async {
        let shop = shop().await;
        let (admin, code) = (shop.admin().await, a_code());
        coupons::make(&admin, &code, &json!({})).await;
        let customer = shop.customer().await;
        takes(&shop, &customer, &code).await.reaches(S::Packed).await;
        let path = format!("/admin/coupons/{code}");
        Answer::of(admin.request(reqwest::Method::DELETE, &path)).await.expect(202);
        eventually("the coupon is taken back", async || {
            let seen = admin.get(&path).await.json();
            if seen["active"] == false { Ok(()) } else { Err(seen.to_string()) }
        })
        .await;
        let basket = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod").with_coupon(&code);
        eventually("orders are refused", async || match try_to_order(&customer, &basket).await {
            None => Ok(()),
            Some(order) => Err(format!("{:?}", decided(&order).await)),
        })
        .await;
        assert_eq!(coupons::used(&admin, &code).await, 1);
    });
}

const HOT: &str = "HOT-COUPON";
const WANTING: usize = 5_000;

/// An order that wants the hot coupon, as the orders worker asks for it.
fn a_wish() -> Vec<u8> {
    let (order_id, now) = (OrderId::generate(), Timestamp::now());
    let code = HOT.parse().expect("a code");
    let redeem = RedeemCoupon { code, order_id, user_id: UserId::generate(), placed_at: now };
    let origin = Origin::first(MessageId::generate(), CorrelationId::generate(), now, TraceContext::start());
    Outgoing::new(HOT, &CouponsMessage::from(redeem), origin).expect("it fits its schema").payload
}

/// How many orders were told whether they may use a coupon.
async fn answered(shop: &Stack) -> usize {
    let redemptions = shop.store().database.collection::<Document>("coupon_redemptions");
    usize::try_from(redemptions.estimated_document_count().await.unwrap()).unwrap()
}

/// How many of one code a second, from the first batch's end to the last one's.
async fn speed(shop: &Stack) -> f64 {
    let mut first = None;
    loop {
        let now = answered(shop).await;
        let (begin, since) = *first.get_or_insert((now, Instant::now()));
        if begin == 0 {
            first = None;
        } else if now == WANTING {
            return (now - begin) as f64 / since.elapsed().as_secs_f64();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn a_coupon_that_thousands_want_at_once_is_given_to_as_many_as_may() {
    run(async {
        let shop = Setup::new("hot-coupon").start().await;
        let admin = shop.admin().await;
        coupons::make(&admin, HOT, &json!({ "total_limit": WANTING / 2, "user_limit": 1 })).await;
        // The orders are not there, and would be refused the answers.
        shop.kill("orders");
        shop.kill("coupons");
        let topic = format!("{}coupons.inbox", shop.prefix);
        let wishes: Vec<Vec<u8>> = (0..WANTING).map(|_| a_wish()).collect();
        blocking(move || kafka::append_all(&topic, HOT, &wishes)).await;
        shop.start_again("coupons");
        let speed = speed(&shop).await;
        eprintln!("{speed:.0} redemptions of one code a second");
        assert_eq!(coupons::used(&admin, HOT).await, i64::try_from(WANTING / 2).unwrap());
    });
}
