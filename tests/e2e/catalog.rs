//! Products as operators change them and customers see them: every change by a command, none twice, each with its author.

use e2e::{
    Answer, Basket, Customer, Setup, Stack,
    catalog::{OIL_FILTER, PADS},
    eventually, run,
};
use reqwest::Method;
use schemas::types::OrderStatus as S;
use serde_json::{Value, json};

async fn change(admin: &Customer, method: Method, path: &str, key: &str, body: &Value) -> Answer {
    Answer::of(admin.request(method, path).header("idempotency-key", key).json(body)).await
}

/// Waits until the history tells what came of a change.
async fn settled(admin: &Customer, asked: &Value) -> Value {
    let path = format!("/admin/products/{}/history", asked["product_id"].as_str().unwrap());
    eventually("a change stands in the history", async || {
        let answer = admin.get(&path).await;
        let page = answer.json();
        let items = page["items"].as_array().cloned().unwrap_or_default();
        items.into_iter().find(|item| item["change_id"] == asked["change_id"]).ok_or_else(|| answer.text())
    })
    .await
}

async fn shows(customer: &Customer, path: &str, what: &str, is_so: impl Fn(&Value) -> bool) {
    eventually(what, async || {
        let answer = customer.get(path).await;
        if answer.status == 200 && is_so(&answer.json()) { Ok(()) } else { Err(answer.text()) }
    })
    .await;
}

fn clutch() -> Value {
    json!({ "sku": "E2E-CLUTCH", "slug": "e2e-clutch", "name": "Clutch plate", "category": "Transmission", "brand": "Valeo",
            "kind": "aftermarket", "hsn": "87089300", "price": { "minor": 450_000, "currency": "INR" }, "weight_grams": 3_000,
            "cross_references": ["3000 951 210"], "status": "draft",
            "fitment": [{ "make": "Skoda", "model": "Yeti", "year_from": 2011, "year_to": 2013 }] })
}

#[test]
fn a_product_is_written_sold_renamed_and_replaced_and_its_history_tells_who_did_it() {
    run(async {
        let shop = Setup::new("catalog").start().await;
        let (admin, customer) = (shop.admin().await, shop.customer().await);
        let asked = change(&admin, Method::POST, "/admin/products", "new", &clutch()).await.expect(202).json();
        let made = settled(&admin, &asked).await;
        assert_eq!((&made["state"], &made["revision"]), (&json!("made"), &json!(1)), "{made}");
        let again = change(&admin, Method::POST, "/admin/products", "new", &clutch()).await.expect(202).json();
        assert_eq!((&again["change_id"], &again["state"]), (&asked["change_id"], &json!("made")));
        customer.get("/products/e2e-clutch").await.expect_problem(404, "product_not_found");

        let id = asked["product_id"].as_str().unwrap().to_owned();
        let path = format!("/admin/products/{id}");
        let sell = json!({ "revision": 1, "status": "active", "slug": "clutch-plate" });
        let asked = change(&admin, Method::PATCH, &path, "sell", &sell).await.expect(202).json();
        settled(&admin, &asked).await;
        let late = json!({ "revision": 1, "name": "Other" });
        change(&admin, Method::PATCH, &path, "late", &late).await.expect_problem(409, "product_changed");
        shows(&customer, "/products?q=3000951210", "it is found", |page| page["total"] == 1).await;
        // The client follows the redirect.
        shows(&customer, "/products/e2e-clutch", "its old slug leads to it", |it| it["slug"] == "clutch-plate").await;
        let has = |make: &str| {
            let make = make.to_owned();
            move |page: &Value| page["items"].as_array().is_some_and(|items| items.iter().any(|it| it["name"] == make))
        };
        shows(&customer, "/vehicles/makes", "its vehicles are in the list", has("Skoda")).await;
        shows(&customer, "/categories", "its category is", has("Transmission")).await;

        let filter = shop.catalog.product_id(OIL_FILTER);
        let replace = json!({ "revision": 2, "status": "archived", "replaced_by": filter });
        let asked = change(&admin, Method::PATCH, &path, "replace", &replace).await.expect(202).json();
        settled(&admin, &asked).await;
        shows(&customer, "/products/clutch-plate", "it leads to what is sold", |it| it["sku"] == OIL_FILTER).await;
        let by_number = "/products?q=3000951210";
        shows(&customer, by_number, "its number does", |page| page["items"][0]["sku"] == OIL_FILTER).await;
        let circle = json!({ "revision": 1, "replaced_by": id });
        let refused = change(&admin, Method::PATCH, &format!("/admin/products/{filter}"), "circle", &circle).await;
        refused.expect_problem(422, "validation_failed");
    });
}

async fn delivered(shop: &Stack, customer: &Customer) {
    let order = customer.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod")).await;
    order.reaches(S::Packed).await;
    shop.gateways().deliver(&order.id).await;
    order.reaches(S::Delivered).await;
}

#[test]
fn who_was_delivered_a_part_says_what_they_think_of_it_and_it_counts_once() {
    run(async {
        let shop = Setup::new("reviews").start().await;
        let (admin, customer) = (shop.admin().await, shop.customer().await);
        let reviews = format!("/products/{}/reviews", shop.catalog.product_id(PADS));
        let mine = format!("{reviews}/mine");
        let says = |stars: i32| json!({ "stars": stars, "title": "Fits" });
        let put = async |stars: i32| Answer::of(customer.request(Method::PUT, &mine).json(&says(stars))).await;
        put(5).await.expect_problem(403, "not_bought");
        delivered(&shop, &customer).await;
        for stars in [5, 5, 2] {
            put(stars).await.expect(202);
        }
        let counts = |count: i64, average: Value| {
            move |page: &Value| page["rating"] == json!({ "count": count, "average_hundredths": average })
        };
        shows(&customer, &reviews, "the last one counts", counts(1, json!(200))).await;
        let take_back = async || Answer::of(customer.request(Method::DELETE, &mine)).await;
        take_back().await.expect(202);
        shows(&customer, &reviews, "what was taken back does not count", counts(0, Value::Null)).await;
        take_back().await.expect(202);
        customer.get(&mine).await.expect_problem(404, "review_not_found");
        assert_eq!(admin.get("/admin/reviews").await.expect(200).json()["items"], json!([]));
        put(2).await.expect(202);
        shows(&customer, &reviews, "it is written again", counts(1, json!(200))).await;
        let listed = admin.get("/admin/reviews").await.expect(200).json();
        let user = listed["items"][0]["user_id"].as_str().unwrap();
        let moderation = format!("/admin/products/{}/reviews/{user}", shop.catalog.product_id(PADS));
        let hide = json!({ "shown": false, "reason": "not about the part" });
        Answer::of(admin.request(Method::PUT, &moderation).json(&hide)).await.expect(202);
        shows(&customer, &reviews, "what is hidden does not count", counts(0, Value::Null)).await;
    });
}
