//! Every read that the daemons make uses an index. Not a list of queries copied from the code, which would rot: the
//! database itself reports every one that had to look through a whole collection, whichever daemon made it.

mod operators;

use e2e::{
    Answer, Basket, Customer, Setup, Stack,
    catalog::PADS,
    coupons, eventually,
    gateways::Bank,
    run,
    stack::DAEMONS,
    store::client,
    webhook::{Sender, now},
};
use futures::TryStreamExt;
use mongodb::{
    Client, Database,
    bson::{Bson, Document, doc},
    options::ClientOptions,
};
use reqwest::Method;
use schemas::types::OrderStatus as S;
use serde_json::json;
use uuid::Uuid;

use self::operators::{bring_files, report_the_month, work_through_findings};

/// Has the database note every operation of a daemon that looks through a whole collection.
async fn watch_for_scans(database: &Database) {
    let daemons: Vec<Bson> = DAEMONS.iter().map(|daemon| Bson::from(*daemon)).collect();
    let filter = doc! { "planSummary": { "$regex": "COLLSCAN" }, "appName": { "$in": daemons } };
    database.run_command(doc! { "profile": 1, "filter": filter }).await.unwrap();
}

async fn scans(database: &Database) -> Vec<Document> {
    let found = database.collection::<Document>("system.profile").find(doc! {}).await.unwrap();
    let found: Vec<Document> = found.try_collect().await.unwrap();
    let brief = |seen: Document| {
        let part = |key: &str| seen.get(key).cloned().unwrap_or(Bson::Null);
        doc! { "appName": part("appName"), "ns": part("ns"), "command": part("command"), "planSummary": part("planSummary") }
    };
    found.into_iter().map(brief).collect()
}

/// A watch is evidence only once it has caught something.
#[test]
fn a_read_without_an_index_is_noticed() {
    run(async {
        let mut options = ClientOptions::parse(&e2e::Environment::get().mongo_uri).await.unwrap();
        options.app_name = Some("orders".to_owned());
        let name = format!("e2e-{}-scan", std::process::id());
        let (daemon, database) = (Client::with_options(options).unwrap(), client().await.database(&name));
        let collection = daemon.database(&name).collection::<Document>("orders");
        collection
            .insert_many((0..10).map(|number| doc! { "_id": number, "state": { "user": number } }))
            .await
            .unwrap();
        watch_for_scans(&database).await;
        collection.find_one(doc! { "_id": 1 }).await.unwrap();
        assert!(scans(&database).await.is_empty());
        collection.find_one(doc! { "state.user": 1 }).await.unwrap();
        assert_eq!(scans(&database).await.len(), 1);
        database.drop().await.unwrap();
    });
}

#[test]
fn no_daemon_ever_looks_through_a_whole_collection() {
    run(async {
        let shop = Setup::new("indexes")
            .set("SPAREPARTS_PAYMENTS__RECONCILIATION__INTERVAL_SECONDS", "1")
            .set("SPAREPARTS_PAYMENTS__RECONCILIATION__GRACE_SECONDS", "1")
            .start()
            .await;
        let database = client().await.database(shop.store().database.name());
        let filled = shop.customer().await;
        for method in ["stripe", "razorpay", "cod"].repeat(5) {
            filled.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by(method)).await;
        }
        watch_for_scans(&database).await;
        ask_everything(&shop).await;
        live_through_everything(&shop).await;
        // Started again under the watch: what daemons read when they start is read by index, too.
        for daemon in DAEMONS {
            shop.kill(daemon);
            shop.start_again(daemon);
            shop.ready(daemon).await;
        }
        live_through_everything(&shop).await;
        let scans = scans(&database).await;
        assert!(scans.is_empty(), "{scans:#?}");
    });
}

/// Every question that a client or a gateway can put to the ingress.
async fn ask_everything(shop: &Stack) {
    let customer = shop.customer().await;
    let basket = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod");
    let first = customer.place(&basket).await;
    for order in [&first, &customer.place(&basket).await] {
        order.reaches(S::Packed).await;
    }
    let wear = json!({ "name": "Wear", "children": [{ "name": "Brakes" }, { "name": "Filters" }] });
    let plant = shop.admin().await.request(Method::PUT, "/admin/categories");
    Answer::of(plant.json(&json!({ "revision": 0, "categories": [wear] }))).await.expect(200);
    let filters = [
        "",
        "?category=Brakes",
        "?category=Wear",
        "?brand=Bosch",
        "?sku=BRK-PAD-F-SWIFT",
        "?make=Hyundai",
        "?make=Hyundai&model=Creta",
        "?category=Brakes&brand=Bosch&make=Maruti%20Suzuki",
        "?limit=2",
        "?q=brake&facets=true&limit=1",
        "?vehicle=Hyundai/Creta/2020&sort=price&limit=1",
    ];
    for filter in filters {
        let page = customer.get(&format!("/products{filter}")).await.expect(200).json();
        if let Some(cursor) = page["next_cursor"].as_str() {
            let and = if filter.is_empty() { "?" } else { "&" };
            customer.get(&format!("/products{filter}{and}cursor={cursor}")).await.expect(200);
        }
    }
    let slug =
        customer.get("/products?limit=1").await.json()["items"][0]["slug"].as_str().unwrap_or_default().to_owned();
    customer.get(&format!("/products/{slug}")).await.expect(200);
    ask_about_the_catalog(&customer, &slug).await;
    let page = customer.get("/orders?limit=1").await.expect(200).json();
    let cursor = page["next_cursor"].as_str().expect("a second page");
    customer.get(&format!("/orders?limit=1&cursor={cursor}")).await.expect(200);
    shop.store().flush_cache().await;
    for part in ["", "/status", "/invoice", "/invoices", "/invoices/none", "/credit-notes", "/returns", "/returns/none"]
    {
        customer.get(&first.path(part)).await;
    }
    let login = json!({ "email": e2e::client::unused_email(), "password": "wrong horse" });
    Answer::of(customer.anonymous(Method::POST, "/auth/login").json(&login)).await.expect(401);
    ask_about_sessions(&customer).await;
    fill_a_cart_and_order_it(shop).await;
    post_events_without_an_order(shop).await;
    work_through_findings(shop).await;
    ask_as_admin(shop).await;
}

/// What leads on from a product, and what the catalog comes to.
async fn ask_about_the_catalog(customer: &Customer, slug: &str) {
    let product = customer.get(&format!("/products/{slug}")).await.json();
    let id = product["product_id"].as_str().unwrap_or_default();
    for part in ["alternatives", "fitment", "reviews"] {
        customer.get(&format!("/products/{id}/{part}")).await.expect(200);
    }
    customer.get(&format!("/products/{id}/reviews/mine")).await.expect(404);
    customer.get("/products/a-slug-that-nobody-has").await.expect(404);
    customer.get("/products/suggest?q=brake").await.expect(200);
    let review = customer.request(Method::PUT, &format!("/products/{id}/reviews/mine"));
    Answer::of(review.json(&json!({ "stars": 5, "title": "Fits" }))).await.expect(403);
    let taken_back = Answer::of(customer.request(Method::DELETE, &format!("/products/{id}/reviews/mine"))).await;
    taken_back.expect(404);
    for sum in ["categories", "brands", "vehicles", "vehicles/makes"] {
        customer.get(&format!("/{sum}")).await.expect(200);
    }
    let wish = format!("/users/me/wishlist/{id}");
    Answer::of(customer.request(Method::PUT, &wish)).await.expect(204);
    customer.get("/users/me/wishlist").await.expect(200);
    Answer::of(customer.request(Method::DELETE, &wish)).await.expect(204);
}

/// A customer who looks at their devices and logs out everywhere.
async fn ask_about_sessions(customer: &Customer) {
    let account = json!({ "email": e2e::client::unused_email(), "password": "correct horse", "name": "Ravi" });
    let post = |path: &str, body: &serde_json::Value| customer.anonymous(Method::POST, path).json(body);
    let session = Answer::of(post("/auth/register", &account)).await.expect(201).json();
    let renewal = json!({ "refresh_token": session["refresh_token"] });
    let session = Answer::of(post("/auth/refresh", &renewal)).await.expect(200).json();
    let ravi = customer.with_token(session["access_token"].as_str().unwrap_or_default());
    for path in ["/users/me", "/users/me/addresses", "/users/me/sessions"] {
        ravi.get(path).await.expect(200);
    }
    Answer::of(ravi.request(Method::DELETE, &format!("/users/me/sessions/{}", Uuid::now_v7()))).await.expect(404);
    for (path, body) in [
        ("/auth/otp/send", json!({ "phone": "+919812345678" })),
        ("/auth/otp/send", json!({ "email": account["email"] })),
        ("/auth/password/forgot", json!({ "email": account["email"] })),
    ] {
        Answer::of(post(path, &body)).await.expect(202);
    }
    Answer::of(ravi.request(Method::POST, "/users/me/email/send")).await.expect(202);
    let wrong = json!({ "code": "000000" });
    Answer::of(ravi.request(Method::POST, "/users/me/email/verify").json(&wrong)).await.expect(401);
    let wrong = json!({ "email": account["email"], "code": "000000" });
    Answer::of(post("/auth/otp/verify", &wrong)).await.expect(401);
    Answer::of(ravi.request(Method::POST, "/auth/logout-all")).await.expect(204);
    Answer::of(post("/auth/refresh", &renewal)).await.expect(401);
}

/// A guest's cart, taken in and ordered.
async fn fill_a_cart_and_order_it(shop: &Stack) {
    let customer = shop.customer().await;
    let item = json!({ "product_id": shop.catalog.product_id(PADS), "quantity": 1 });
    let begun = Answer::of(customer.anonymous(Method::POST, "/cart/items").json(&item)).await;
    let token = json!({ "cart_token": begun.expect(201).header("cart-token") });
    let cart = Answer::of(customer.request(Method::POST, "/cart/merge").json(&token)).await.expect(200).json();
    let mut body = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod").body();
    body.as_object_mut().expect("an object").remove("items");
    body["cart_version"] = cart["version"].clone();
    let quote = Answer::of(customer.request(Method::POST, "/checkout/quote").json(&body)).await.expect(200).json();
    body["expected_total_minor"] = quote["totals"]["grand_total"]["minor"].clone();
    customer.post_order(&Uuid::now_v7().to_string(), body.clone()).await.expect(202);
    customer.post_order(&Uuid::now_v7().to_string(), body).await.expect(202);
}

async fn ask_as_admin(shop: &Stack) {
    let admin = shop.admin().await;
    admin.get("/admin/stuck?grace_seconds=0").await.expect(200);
    for kind in ["products", "prices", "stock", "fitments", "customers"] {
        admin.get(&format!("/admin/exports/{kind}")).await.expect(200);
    }
    report_the_month(&admin).await;
    work_on_products(&admin).await;
    bring_files(shop, &admin).await;
    for filter in ["", "?open=true", "?open=false&limit=1"] {
        admin.get(&format!("/admin/returns{filter}")).await.expect(200);
    }
    for filter in ["", "?inbox=orders.inbox", "?code=undecodable", "?key=a", "?state=replayed&code=undecodable"] {
        admin.get(&format!("/admin/dead-letters{filter}")).await.expect(200);
    }
    admin.get("/admin/ledger/balances").await.expect(200);
    admin.get("/admin/ledger/balances?at=2026-04-01T00:00:00%2B05:30").await.expect(200);
    admin.get("/admin/disputes").await.expect(200);
    admin.get("/admin/disputes?state=open&limit=1").await.expect(200);
    for filter in ["", "?owed=true", "?owed=false&limit=1"] {
        admin.get(&format!("/admin/refunds{filter}")).await.expect(200);
    }
    for part in ["ledger", "refunds", "disputes", "returns", "invoice/replacements", "cash"] {
        admin.get(&format!("/admin/orders/{}/{part}", Uuid::now_v7())).await.expect(404);
    }
    admin.get("/admin/dead-letters/orders.inbox-0-0").await.expect(404);
    coupons::make(&admin, "INDEXED", &json!({ "user_limit": 100 })).await;
    coupons::make(&admin, "INDEXED-TOO", &json!({})).await;
    let page = admin.get("/admin/coupons?limit=1").await.expect(200).json();
    let cursor = page["next_cursor"].as_str().unwrap_or_default();
    admin.get(&format!("/admin/coupons?limit=1&cursor={cursor}")).await.expect(200);
    let slabs = json!({ "slabs": [{ "gst_basis_points": 500 }] });
    Answer::of(admin.request(Method::PUT, "/admin/tax-slabs/99").json(&slabs)).await.expect(200);
    admin.get("/admin/tax-slabs").await.expect(200);
    Answer::of(admin.request(Method::DELETE, "/admin/tax-slabs/99")).await.expect(204);
    let wholesale = admin.request(Method::PUT, "/admin/customers/nobody@example.in/price-list");
    Answer::of(wholesale.json(&json!({ "price_list": "wholesale" }))).await.expect(404);
    for filter in ["", "&actor=make-admin", "&subject=99", "&actor=make-admin&subject=99"] {
        let page = admin.get(&format!("/admin/audit?limit=1{filter}")).await.expect(200).json();
        if let Some(cursor) = page["next_cursor"].as_str() {
            admin.get(&format!("/admin/audit?limit=1{filter}&cursor={cursor}")).await.expect(200);
        }
    }
    let first = admin.get("/admin/staff?limit=1").await.expect(200).json();
    if let Some(cursor) = first["next_cursor"].as_str() {
        admin.get(&format!("/admin/staff?cursor={cursor}")).await.expect(200);
    }
    let staff = admin.request(Method::PUT, "/admin/staff/nobody@example.in");
    Answer::of(staff.json(&json!({ "role": "staff" }))).await.expect(404);
    let none = json!({ "code": "no_such_code" });
    Answer::of(admin.request(Method::POST, "/admin/dead-letters/replay").json(&none)).await.expect(200);
}

/// Products, and what customers say of them, as operators go through them.
async fn work_on_products(admin: &Customer) {
    for filter in ["", "?status=draft", "?status=archived&limit=1"] {
        admin.get(&format!("/admin/products{filter}")).await.expect(200);
    }
    let first = admin.get("/admin/products?limit=1").await.expect(200).json();
    let cursor = first["next_cursor"].as_str().unwrap_or_default();
    admin.get(&format!("/admin/products?status=active&limit=1&cursor={cursor}")).await.expect(200);
    let id = first["items"][0]["product_id"].as_str().unwrap_or_default();
    let numbers = json!(["INDEXED 1", "INDEXED 2"]);
    let revision = &first["items"][0]["revision"];
    let changed = json!({ "revision": revision, "group": "indexed", "cross_references": numbers });
    let change = admin.request(Method::PATCH, &format!("/admin/products/{id}")).header("idempotency-key", "indexed");
    Answer::of(change.json(&changed)).await.expect(202);
    eventually("the change is made", async || {
        let history = admin.get(&format!("/admin/products/{id}/history?limit=1")).await.json();
        if history["items"][0]["by"].is_string() { Ok(history) } else { Err(history.to_string()) }
    })
    .await;
    let history = admin.get(&format!("/admin/products/{id}/history?limit=1")).await.json();
    let cursor = history["next_cursor"].as_str().unwrap_or_default();
    admin.get(&format!("/admin/products/{id}/history?cursor={cursor}")).await.expect(200);
    let slug = first["items"][0]["slug"].as_str().unwrap_or_default();
    admin.get(&format!("/products/{slug}")).await.expect(200);
    let behind: String = format!("numbered/{}", Uuid::nil()).bytes().map(|byte| format!("{byte:02x}")).collect();
    for (part, cursor) in [("alternatives", behind), ("variants", Uuid::nil().simple().to_string())] {
        admin.get(&format!("/products/{id}/{part}?limit=1")).await.expect(200);
        admin.get(&format!("/products/{id}/{part}?limit=1&cursor={cursor}")).await.expect(200);
    }
    for filter in ["", "?shown=false"] {
        admin.get(&format!("/admin/reviews{filter}")).await.expect(200);
    }
    let tree = admin.get("/admin/categories").await.expect(200).json();
    let tree = json!({ "revision": tree["revision"], "categories": [{ "name": "Brakes" }] });
    Answer::of(admin.request(Method::PUT, "/admin/categories").json(&tree)).await.expect(200);
}

/// Events that name no order make the ingress look for the gateway's own name.
async fn post_events_without_an_order(shop: &Stack) {
    let id = Uuid::now_v7().simple().to_string();
    let stripe = json!({ "id": format!("evt_{id}"), "type": "payment_intent.succeeded", "data": { "object": {
        "id": "pi_nobody", "amount": 100, "currency": "inr", "status": "succeeded" } } });
    Answer::of(Sender::Stripe.signed(shop, &stripe)).await.expect(200);
    let razorpay = json!({ "event": "payment.captured", "payload": { "payment": { "entity": {
        "id": "pay_nobody", "order_id": "order_nobody", "amount": 100, "currency": "INR", "status": "captured" } } } });
    Answer::of(Sender::Razorpay.signed(shop, &razorpay)).await.expect(200);
    let carrier = json!({ "id": format!("cev_{id}"), "type": "shipment.delivered", "data": {
        "shipment_id": "shp_nobody", "status": "delivered", "occurred_at": now() } });
    Answer::of(Sender::Carrier.signed(shop, &carrier)).await.expect(200);
}

/// An order of each kind through every worker.
async fn live_through_everything(shop: &Stack) {
    let customer = shop.customer().await;
    for method in ["stripe", "razorpay", "cod"] {
        let basket = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by(method);
        let order = customer.place(&basket.with_coupon("INDEXED")).await;
        if method != "cod" {
            shop.gateways().pay(&order.payment_prompt().await, Bank::Approves).await;
        }
        order.reaches(S::Packed).await;
        if method == "razorpay" {
            order.cancel().await;
            order.reaches(S::Refunded).await;
        } else {
            shop.gateways().deliver(&order.id).await;
            order.reaches(S::Delivered).await;
            order.invoice().await.expect(200);
        }
    }
}
