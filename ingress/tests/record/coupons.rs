use mongodb::bson::{Document, doc, serialize_to_document};
use schemas::{
    coupons::{Coupon, CouponRevision, CouponUser, CouponsMessage, PercentOff, PutCoupon},
    documents::Product,
    ids::UserId,
    orders::{OrdersMessage, PlaceOrder},
    types::{Money, PriceList, Timestamp},
};
use serde_json::{Value, json};
use shared::{
    engine::State,
    message::{Delivery, Position, Topic},
};

use crate::{
    samples::{body, drop_record, product, put_product},
    testing::{Bench, request},
};

const DAY: i64 = 86_400_000;

/// Ten per cent of Rs 1,000 and more, yesterday and today.
fn monsoon() -> PutCoupon {
    let now = Timestamp::now().as_millis();
    PutCoupon {
        code: "MONSOON".parse().unwrap(),
        revision: 1,
        percent: Some(PercentOff { basis_points: 1_000, at_most: None }),
        flat: None,
        minimum: Money::inr(100_000),
        valid_from: Timestamp::from_millis(now - DAY),
        valid_until: Timestamp::from_millis(now + DAY),
        price_list: None,
        total_limit: Some(5),
        user_limit: Some(2),
        active: true,
        admin_id: UserId::generate(),
        changed_at: Timestamp::from_millis(now - DAY),
    }
}

/// What the coupons worker makes of it.
async fn put_coupon(bench: &Bench, put: &PutCoupon, used: i64) {
    let (code, terms) = (put.code.clone(), put.terms().unwrap());
    let coupon = Coupon { code: code.clone(), terms: Some(terms.clone()), used };
    let state = doc! { "_id": code.as_str(), "version": 1, "state": serialize_to_document(&coupon).unwrap() };
    let coupons = bench.mongo.collection::<Document>(Coupon::COLLECTION);
    coupons.replace_one(doc! { "_id": code.as_str() }, state).upsert(true).await.unwrap();
    let id = CouponRevision::document_id(&code, terms.revision);
    let row = serialize_to_document(&CouponRevision { code, terms }).unwrap();
    let revisions = bench.mongo.collection::<Document>(CouponRevision::COLLECTION);
    revisions.insert_one(doc! { "_id": id, "version": 1, "row": row }).await.unwrap();
}

async fn shop() -> (Bench, Product) {
    let (bench, part) = (Bench::on_record().await, product("BRK-PAD", 120_000));
    put_product(&bench, &part).await;
    (bench, part)
}

fn with_coupon(part: &Product, code: &str) -> Value {
    let mut body = body(part, 1);
    body["coupon"] = json!(code);
    body
}

async fn quote(bench: &Bench, body: &Value) -> (u16, Value) {
    let headers = [("content-type", "application/json")];
    let (status, json) = bench.ask(request("POST", "/checkout/quote", &headers, body.to_string())).await;
    (status.as_u16(), json)
}

fn orders(bench: &Bench) -> Vec<PlaceOrder> {
    let taken = bench.broker.taken.lock().unwrap();
    let orders = taken.iter().filter(|sent| sent.topic == OrdersMessage::TOPIC);
    orders
        .map(|sent| match decoded::<OrdersMessage>(&sent.payload) {
            OrdersMessage::PlaceOrder(place) => place,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn changes(bench: &Bench) -> Vec<CouponsMessage> {
    let taken = bench.broker.taken.lock().unwrap();
    let changes = taken.iter().filter(|sent| sent.topic == CouponsMessage::TOPIC);
    changes.map(|sent| decoded::<CouponsMessage>(&sent.payload)).collect()
}

fn decoded<T: Topic>(payload: &[u8]) -> T {
    let nowhere = Position { partition: 0, offset: 0 };
    Delivery::decode(payload, nowhere, Timestamp::now(), None).unwrap().message
}

#[tokio::test]
async fn a_coupon_lowers_quote_and_order_alike_and_the_order_names_it() {
    let (bench, part) = shop().await;
    put_coupon(&bench, &monsoon(), 0).await;
    let body = with_coupon(&part, "monsoon ");
    let (status, quote) = quote(&bench, &body).await;
    let applied = json!({ "code": "MONSOON", "discount": { "minor": 12_000, "currency": "INR" } });
    assert_eq!((status, &quote["coupon"]), (200, &applied), "{quote}");
    assert_eq!(quote["lines"][0]["taxable"]["minor"], 108_000);
    let user = UserId::generate();
    let key = [("idempotency-key", "k")];
    let (status, accepted) = bench.asked_by(user, "POST", "/orders", &key, &body).await;
    assert_eq!(status, 202, "{accepted}");
    let placed = orders(&bench).pop().unwrap();
    assert_eq!(json!(placed.coupon), applied);
    assert_eq!(json!(placed.totals), quote["totals"]);
    let path = format!("/orders/{}", placed.order_id);
    let (_, shown) = bench.asked_by(user, "GET", &path, &[], &Value::Null).await;
    assert_eq!((&shown["coupon"]["code"], &shown["coupon"]["state"]), (&json!("MONSOON"), &json!("asked")));
    // The coupon is used up by now; a repetition is still the order that it repeats.
    put_coupon(&bench, &PutCoupon { revision: 2, ..monsoon() }, 5).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(bench.asked_by(user, "POST", "/orders", &key, &body).await.1["order_id"], accepted["order_id"]);
    let without = bench.asked_by(user, "POST", "/orders", &key, &crate::samples::body(&part, 1)).await;
    assert_eq!(without.1["code"], "idempotency_key_reused");
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_coupon_that_may_not_be_used_is_refused_with_the_reason_and_nothing_is_placed() {
    let (bench, part) = shop().await;
    let now = Timestamp::now();
    let (early, late) = (Timestamp::from_millis(now.as_millis() + DAY), Timestamp::from_millis(now.as_millis() - DAY));
    let coupon = |code: &str| PutCoupon { code: code.parse().unwrap(), ..monsoon() };
    let far = Timestamp::from_millis(early.as_millis() + DAY);
    put_coupon(&bench, &PutCoupon { valid_from: early, valid_until: far, ..coupon("EARLY") }, 0).await;
    let before = Timestamp::from_millis(late.as_millis() - DAY);
    put_coupon(&bench, &PutCoupon { valid_from: before, valid_until: late, ..coupon("LATE") }, 0).await;
    put_coupon(&bench, &PutCoupon { active: false, ..coupon("TAKEN-BACK") }, 0).await;
    put_coupon(&bench, &PutCoupon { minimum: Money::inr(120_001), ..coupon("DEAR") }, 0).await;
    put_coupon(&bench, &PutCoupon { price_list: Some(PriceList::Wholesale), ..coupon("TRADE") }, 0).await;
    put_coupon(&bench, &coupon("USED-UP"), 5).await;
    for (code, why) in [
        ("NO-SUCH", "no such coupon"),
        ("EARLY", "not good yet"),
        ("LATE", "not good any more"),
        ("TAKEN-BACK", "not good any more"),
        ("DEAR", "goods of INR 1200.01 or more"),
        ("TRADE", "not for this customer"),
        ("USED-UP", "used up"),
    ] {
        let body = with_coupon(&part, code);
        for (status, problem) in
            [quote(&bench, &body).await, bench.asked_by(UserId::generate(), "POST", "/orders", &[], &body).await]
        {
            assert_eq!((status, problem["code"].as_str()), (422, Some("coupon_refused")), "{code}");
            assert_eq!(problem["errors"][0]["field"], "coupon");
            let message = problem["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains(why), "{code}: {message}");
        }
        // Each form calls it by its own name. The price list is nobody's to see here, and what is in the cart comes later.
        if !matches!(code, "DEAR" | "TRADE") {
            let wish = json!({ "code": code });
            let (status, problem) = bench.asked_by(UserId::generate(), "POST", "/cart/coupon", &[], &wish).await;
            let told = (status, problem["code"].as_str(), problem["errors"][0]["field"].as_str());
            assert_eq!(told, (422, Some("coupon_refused"), Some("code")), "{code}: {problem}");
        }
    }
    assert_eq!(orders(&bench), []);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_customer_who_used_it_as_often_as_they_may_is_told_so_and_others_are_not() {
    let (bench, part) = shop().await;
    put_coupon(&bench, &monsoon(), 2).await;
    let (often, other) = (UserId::generate(), UserId::generate());
    let code = monsoon().code;
    let count = CouponUser { code: code.clone(), user_id: often, used: 2 };
    let row = serialize_to_document(&count).unwrap();
    let users = bench.mongo.collection::<Document>(CouponUser::COLLECTION);
    let id = CouponUser::document_id(&code, often);
    users.insert_one(doc! { "_id": id, "version": 1, "row": row }).await.unwrap();
    let body = with_coupon(&part, "MONSOON");
    let (status, problem) = bench.asked_by(often, "POST", "/orders", &[], &body).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("coupon_refused")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("as often as you may"));
    assert_eq!(bench.asked_by(other, "POST", "/orders", &[], &body).await.0, 202);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_coupon_takes_no_more_than_the_goods_and_carriage_is_left_to_pay() {
    let (bench, part) = shop().await;
    let flat = Some(Money::inr(500_000));
    put_coupon(&bench, &PutCoupon { percent: None, flat, ..monsoon() }, 0).await;
    let (status, quote_of_all) = quote(&bench, &with_coupon(&part, "MONSOON")).await;
    assert_eq!((status, &quote_of_all["coupon"]["discount"]["minor"]), (200, &json!(120_000)));
    assert_eq!(quote_of_all["lines"][0]["total"]["minor"], 0);
    assert!(quote_of_all["totals"]["grand_total"]["minor"].as_i64().unwrap() >= 100);
    drop_record(&bench).await;
}

fn form() -> Value {
    json!({
        "percent": { "basis_points": 1_500, "at_most": { "minor": 50_000, "currency": "INR" } },
        "minimum": { "minor": 100_000, "currency": "INR" },
        "valid_from": "2026-04-01T00:00:00+05:30", "valid_until": "2027-04-01T00:00:00+05:30",
        "total_limit": 100, "user_limit": 1,
    })
}

#[tokio::test]
async fn an_admin_makes_a_coupon_once_and_changes_only_what_they_have_seen() {
    let bench = Bench::on_record().await;
    let (admin, other) = (bench.admin().await, bench.admin().await);
    let path = "/admin/coupons/diwali-25";
    let (status, made) = bench.asked_by_admin(admin, "PUT", path, &form()).await;
    assert_eq!(
        (status, &made["code"], &made["revision"], &made["used"]),
        (202, &json!("DIWALI-25"), &json!(1), &json!(0))
    );
    let CouponsMessage::PutCoupon(put) = changes(&bench).pop().unwrap() else { panic!("a put") };
    assert_eq!((put.code.as_str(), put.revision, put.admin_id, put.total_limit), ("DIWALI-25", 1, admin, Some(100)));
    assert_eq!(put.valid_from, Timestamp::parse("2026-03-31T18:30:00Z").unwrap());
    put_coupon(&bench, &put, 7).await;
    let (status, again) = bench.asked_by_admin(admin, "PUT", path, &form()).await;
    assert_eq!((status, &again["used"], &again["changed_at"]), (202, &json!(7), &made["changed_at"]));
    assert_eq!(changes(&bench).len(), 1, "a repetition is no change");
    let mut change = form();
    change["total_limit"] = json!(5);
    for stale in [&change, &form()] {
        let (status, problem) = bench.asked_by_admin(other, "PUT", path, stale).await;
        assert_eq!((status, problem["code"].as_str()), (409, Some("coupon_changed")), "{problem}");
    }
    change["revision"] = json!(1);
    let (status, changed) = bench.asked_by_admin(other, "PUT", path, &change).await;
    assert_eq!((status, &changed["revision"], &changed["total_limit"]), (202, &json!(2), &json!(5)));
    change["revision"] = json!(3);
    assert_eq!(bench.asked_by_admin(admin, "PUT", path, &change).await.0, 409);
    assert_eq!(bench.asked_by_admin(admin, "PUT", "/admin/coupons/NEW", &change).await.0, 422);
    drop_record(&bench).await;
}

#[tokio::test]
async fn terms_that_no_coupon_can_have_are_refused_by_field() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    for (field, value, faulty) in [
        ("percent", Value::Null, "percent"),
        ("flat", json!({ "minor": 1, "currency": "INR" }), "percent"),
        ("percent", json!({ "basis_points": 0 }), "percent.basis_points"),
        ("percent", json!({ "basis_points": 10_001 }), "percent.basis_points"),
        ("valid_from", json!("tomorrow"), "valid_from"),
        ("valid_until", json!("2026-04-01T00:00:00+05:30"), "valid_until"),
        ("total_limit", json!(0), "total_limit"),
        ("user_limit", json!(-1), "user_limit"),
        ("minimum", json!({ "minor": -1, "currency": "INR" }), "minimum"),
        ("revision", json!(-1), "revision"),
        ("revision", json!(i64::MAX), "revision"),
    ] {
        let mut form = form();
        form[field] = value;
        let (status, problem) = bench.asked_by_admin(admin, "PUT", "/admin/coupons/DIWALI", &form).await;
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (422, Some(faulty)), "{problem}");
    }
    for code in ["ab", "4242424242424242", "a%20b"] {
        let (status, problem) = bench.asked_by_admin(admin, "PUT", &format!("/admin/coupons/{code}"), &form()).await;
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (422, Some("code")), "{code}");
    }
    let mut unknown = form();
    unknown["used"] = json!(0);
    assert_eq!(bench.asked_by_admin(admin, "PUT", "/admin/coupons/DIWALI", &unknown).await.1["code"], "invalid_body");
    assert_eq!(changes(&bench), []);
    drop_record(&bench).await;
}

#[tokio::test]
async fn coupons_are_listed_page_by_page_shown_with_their_history_and_taken_back() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let ask = async |method: &str, path: &str| bench.asked_by_admin(admin, method, path, &Value::Null).await;
    for (number, code) in ["CCC", "AAA", "BBB"].into_iter().enumerate() {
        put_coupon(&bench, &PutCoupon { code: code.parse().unwrap(), ..monsoon() }, number as i64).await;
    }
    // A code that an order asked for and that nobody has put.
    let unknown = serialize_to_document(&Coupon::unknown("ABC".parse().unwrap())).unwrap();
    let coupons = bench.mongo.collection::<Document>(Coupon::COLLECTION);
    coupons.insert_one(doc! { "_id": "ABC", "version": 1, "state": unknown }).await.unwrap();
    let (_, page) = ask("GET", "/admin/coupons?limit=2").await;
    let shown = |page: &Value| -> Vec<(String, i64)> {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| (item["code"].as_str().unwrap().to_owned(), item["used"].as_i64().unwrap())).collect()
    };
    assert_eq!(shown(&page), [("AAA".to_owned(), 1), ("BBB".to_owned(), 2)]);
    let cursor = page["next_cursor"].as_str().unwrap();
    let (_, rest) = ask("GET", &format!("/admin/coupons?limit=2&cursor={cursor}")).await;
    assert_eq!((shown(&rest), &rest["next_cursor"]), (vec![("CCC".to_owned(), 0)], &Value::Null));
    let change = PutCoupon { code: "AAA".parse().unwrap(), revision: 2, total_limit: None, ..monsoon() };
    put_coupon(&bench, &change, 1).await;
    let (_, coupon) = ask("GET", "/admin/coupons/aaa").await;
    assert_eq!((&coupon["revision"], &coupon["total_limit"]), (&json!(2), &Value::Null));
    let by: Vec<_> = coupon["history"].as_array().unwrap().iter().map(|one| one["changed_by"].clone()).collect();
    assert_eq!((by.len(), &by[0]), (2, &json!(change.admin_id)));
    assert_eq!(ask("DELETE", "/admin/coupons/AAA").await.0, 202);
    assert!(matches!(changes(&bench).pop(), Some(CouponsMessage::DeactivateCoupon(gone)) if gone.admin_id == admin));
    for path in ["/admin/coupons/ABC", "/admin/coupons/ZZZ", "/admin/coupons/a"] {
        for method in ["GET", "DELETE"] {
            assert_eq!(ask(method, path).await.1["code"], "coupon_not_found", "{method} {path}");
        }
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn coupons_are_closed_to_customers() {
    let bench = Bench::on_record().await;
    for (method, path) in [
        ("GET", "/admin/coupons"),
        ("GET", "/admin/coupons/MONSOON"),
        ("PUT", "/admin/coupons/MONSOON"),
        ("DELETE", "/admin/coupons/MONSOON"),
    ] {
        assert_eq!(bench.asked_by(UserId::generate(), method, path, &[], &form()).await.0, 403, "{method} {path}");
    }
    assert_eq!(changes(&bench), []);
    drop_record(&bench).await;
}
