//! What customers say of products, and what they wish for.

use mongodb::bson::{Document, doc, serialize_to_document};
use schemas::{
    catalog::{CatalogMessage, Review},
    ids::{OrderId, ProductId, UserId},
    types::OrderStatus,
};
use serde_json::{Value, json};
use shared::{
    message::{Delivery, Position},
    time::Timestamp,
};

use crate::{
    samples::{drop_record, order, place, product, put_order, put_product},
    testing::{Bench, request},
};

async fn put_review(bench: &Bench, review: &Review) {
    let id = Review::document_id(review.product_id, review.user_id);
    let mut row = serialize_to_document(review).unwrap();
    row.insert("kind", "review");
    let reviews = bench.mongo.collection::<Document>(Review::COLLECTION);
    reviews.insert_one(doc! { "_id": id, "version": 1, "row": row }).await.unwrap();
}

fn review(product_id: ProductId, stars: i32, shown: bool) -> Review {
    Review {
        product_id,
        user_id: UserId::generate(),
        order_id: OrderId::generate(),
        stars,
        title: "Fits".to_owned(),
        text: String::new(),
        at: Timestamp::from_millis(1_000),
        shown,
        withdrawn: false,
        moderation: None,
    }
}

fn last_sent(bench: &Bench) -> CatalogMessage {
    let taken = bench.broker.taken.lock().unwrap();
    let place = Position { partition: 0, offset: 0 };
    Delivery::<CatalogMessage>::decode(&taken.last().unwrap().payload, place, Timestamp::now(), None).unwrap().message
}

#[tokio::test]
async fn only_who_was_delivered_a_product_reviews_it() {
    let bench = Bench::on_record().await;
    let (asha, ravi) = (UserId::generate(), UserId::generate());
    let bought = place(&bench, asha).await;
    let part = bought.lines[0].product_id;
    let path = format!("/products/{part}/reviews/mine");
    let says = json!({ "stars": 4, "title": "Fits well" });
    for status in [OrderStatus::Shipped, OrderStatus::Refunded] {
        put_order(&bench, &order(&bought, status), 2).await;
        let (status, answer) = bench.asked_by(asha, "PUT", &path, &[], &says).await;
        assert_eq!((status, answer["code"].as_str()), (403, Some("not_bought")));
    }
    put_order(&bench, &order(&bought, OrderStatus::Delivered), 3).await;
    assert_eq!(bench.asked_by(ravi, "PUT", &path, &[], &says).await.0, 403);
    assert_eq!(bench.asked_by(asha, "PUT", &path, &[], &json!({ "stars": 6, "title": "Fits" })).await.0, 422);
    let elsewhere = format!("/products/{}/reviews/mine", ProductId::generate());
    assert_eq!(bench.asked_by(asha, "PUT", &elsewhere, &[], &says).await.0, 404);
    let (status, answer) = bench.asked_by(asha, "PUT", &path, &[], &says).await;
    assert_eq!((status, &answer["shown"]), (202, &json!(true)), "{answer}");
    let CatalogMessage::ReviewProduct(command) = last_sent(&bench) else { panic!("{answer}") };
    assert_eq!((command.user_id, command.order_id, command.stars), (asha, bought.order_id, 4));
    drop_record(&bench).await;
}

#[tokio::test]
async fn what_the_shop_hid_is_shown_to_its_author_and_to_operators_alone() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let part = product("P-1", 100);
    put_product(&bench, &part).await;
    let (shown, hidden) = (review(part.product_id, 5, true), review(part.product_id, 1, false));
    for review in [&shown, &review(part.product_id, 3, true), &hidden] {
        put_review(&bench, review).await;
    }
    let path = format!("/products/{}/reviews", part.product_id);
    let get = async |path: String| bench.ask(request("GET", &path, &[], "")).await.1;
    let first = get(format!("{path}?limit=1")).await;
    let second = get(format!("{path}?limit=1&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    let mut stars = [&first, &second].map(|page| page["items"][0]["stars"].as_i64().unwrap());
    stars.sort_unstable();
    assert_eq!((stars, &second["next_cursor"]), ([3, 5], &Value::Null));
    let mine = bench.asked_by(hidden.user_id, "GET", &format!("{path}/mine"), &[], &Value::Null).await;
    assert_eq!((mine.0, &mine.1["shown"]), (200, &json!(false)));
    assert_eq!(bench.asked_by(UserId::generate(), "GET", &format!("{path}/mine"), &[], &Value::Null).await.0, 404);
    let (_, listed) = bench.asked_by_admin(admin, "GET", "/admin/reviews?shown=false", &Value::Null).await;
    assert_eq!((listed["items"].as_array().unwrap().len(), &listed["items"][0]["stars"]), (1, &json!(1)));
    let moderation = format!("/admin/products/{}/reviews/{}", part.product_id, shown.user_id);
    let form = json!({ "shown": false, "reason": "not about the product" });
    assert_eq!(bench.asked_by_admin(admin, "PUT", &moderation, &form).await.0, 202);
    let CatalogMessage::ModerateReview(command) = last_sent(&bench) else { panic!("not moderated") };
    assert_eq!((command.user_id, command.shown, command.admin_id), (shown.user_id, false, admin));
    let nobodys = format!("/admin/products/{}/reviews/{}", part.product_id, UserId::generate());
    assert_eq!(bench.asked_by_admin(admin, "PUT", &nobodys, &form).await.0, 404);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_customer_takes_their_own_review_back_and_it_is_gone_from_all_lists() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let part = product("P-1", 100);
    put_product(&bench, &part).await;
    let ahead = Timestamp::from_millis(Timestamp::now().as_millis() + 60_000);
    let stands = Review { at: ahead, ..review(part.product_id, 4, true) };
    let gone = Review { withdrawn: true, stars: 0, title: String::new(), ..review(part.product_id, 5, true) };
    for review in [&stands, &gone] {
        put_review(&bench, review).await;
    }
    let path = format!("/products/{}/reviews", part.product_id);
    let mine = format!("{path}/mine");
    let take_back = async |user| bench.asked_by(user, "DELETE", &mine, &[], &Value::Null).await;
    let (status, answer) = take_back(UserId::generate()).await;
    assert_eq!((status, answer["code"].as_str()), (404, Some("review_not_found")));
    assert_eq!(bench.ask(request("DELETE", &mine, &[], "")).await.0, 401);
    assert!(bench.broker.taken.lock().unwrap().is_empty(), "who has not bought it has said nothing of it");
    assert_eq!(take_back(gone.user_id).await.0, 202);
    let CatalogMessage::WithdrawReview(command) = last_sent(&bench) else { panic!("not taken back") };
    assert_eq!(command.user_id, gone.user_id, "what they said last may not be in the record yet");
    assert_eq!(take_back(stands.user_id).await.0, 202);
    let CatalogMessage::WithdrawReview(command) = last_sent(&bench) else { panic!("not taken back") };
    assert_eq!((command.product_id, command.user_id), (part.product_id, stands.user_id));
    assert!(command.withdrawn_at > ahead, "a clock that is behind makes it too late to count");
    let (_, listed) = bench.ask(request("GET", &path, &[], "")).await;
    let stars: Vec<i64> = listed["items"].as_array().unwrap().iter().filter_map(|it| it["stars"].as_i64()).collect();
    assert_eq!(stars, [4]);
    assert_eq!(bench.asked_by(gone.user_id, "GET", &mine, &[], &Value::Null).await.0, 404);
    let (_, listed) = bench.asked_by_admin(admin, "GET", "/admin/reviews", &Value::Null).await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let moderation = format!("/admin/products/{}/reviews/{}", part.product_id, gone.user_id);
    let (status, _) = bench.asked_by_admin(admin, "PUT", &moderation, &json!({ "shown": false })).await;
    assert_eq!(status, 404);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_first_review_that_is_still_on_its_way_is_taken_back_by_who_may_have_sent_it() {
    let bench = Bench::on_record().await;
    let buyer = UserId::generate();
    let bought = place(&bench, buyer).await;
    let part = bought.lines[0].product_id;
    let mine = format!("/products/{part}/reviews/mine");
    let take_back = async || bench.asked_by(buyer, "DELETE", &mine, &[], &Value::Null).await.0;
    assert_eq!(take_back().await, 404, "who was not given it has said nothing of it");
    put_order(&bench, &order(&bought, OrderStatus::Delivered), 2).await;
    assert_eq!(take_back().await, 202);
    let CatalogMessage::WithdrawReview(command) = last_sent(&bench) else { panic!("not taken back") };
    assert_eq!((command.product_id, command.user_id), (part, buyer));
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_wishlist_has_each_product_once_and_has_an_end() {
    let bench = Bench::on_record().await;
    let (asha, ravi) = (UserId::generate(), UserId::generate());
    let mut parts: Vec<_> = (0..101).map(|n| product(&format!("P-{n}"), 100)).collect();
    for part in &parts {
        put_product(&bench, part).await;
    }
    let path = |id: ProductId| format!("/users/me/wishlist/{id}");
    let wish = async |id: ProductId| bench.asked_by(asha, "PUT", &path(id), &[], &Value::Null).await.0;
    for part in [&parts[0], &parts[1], &parts[0]] {
        assert_eq!(wish(part.product_id).await, 204);
    }
    parts[1].active = false;
    put_product(&bench, &parts[1]).await;
    let list =
        async |user| bench.asked_by(user, "GET", "/users/me/wishlist", &[], &Value::Null).await.1["items"].clone();
    let items = list(asha).await;
    assert_eq!((items.as_array().unwrap().len(), &items[0]["product"]), (2, &Value::Null));
    assert_eq!(items[1]["product"]["sku"], "P-0");
    assert_eq!(list(ravi).await, json!([]));
    assert_eq!(wish(parts[1].product_id).await, 404);
    for part in &parts[2..100] {
        assert_eq!(wish(part.product_id).await, 204);
    }
    assert_eq!((wish(parts[100].product_id).await, wish(parts[0].product_id).await), (409, 204));
    assert_eq!(bench.asked_by(asha, "DELETE", &path(parts[0].product_id), &[], &Value::Null).await.0, 204);
    assert_eq!(wish(parts[100].product_id).await, 204);
    drop_record(&bench).await;
}
