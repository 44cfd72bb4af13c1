//! What must not come to rest anywhere: card numbers in no store, topic or log; people and secrets in no log.

mod everywhere;
mod files;

use e2e::{
    Answer, Basket, Customer, Setup, Stack,
    catalog::PADS,
    client::{PASSWORD, unused_email},
    eventually,
    gateways::Bank,
    kafka, run,
    stack::DAEMONS,
    store::blocking,
};
use futures::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use rdkafka::Message;
use reqwest::Method;
use schemas::types::OrderStatus as S;
use serde_json::{Value, json};

use self::{
    everywhere::{Real, send_cards_everywhere},
    files::bring_cards,
};

/// Test numbers of two schemes, as people write them.
const CARDS: [&str; 2] = ["4242424242424242", "5555 5555 5555 4444"];

/// Everything that the shop has written down: documents, records, cached entries and logs, by where they are.
async fn written_down(shop: &Stack) -> Vec<(String, String)> {
    let store = shop.store();
    let mut all = logs(shop);
    for name in store.database.list_collection_names().await.expect("the collections") {
        let found = store.database.collection::<Document>(&name).find(doc! {}).await.expect("documents");
        let documents: Vec<Document> = found.try_collect().await.expect("documents");
        let text = |document: Document| format!("{document} {}", binaries(&Bson::Document(document.clone())));
        all.extend(documents.into_iter().map(|document| (format!("collection {name}"), text(document))));
    }
    let prefix = store.prefix().to_owned();
    all.extend(blocking(move || records(&prefix)).await);
    let mut cache = store.cache().await;
    let pattern = format!("{}*", store.prefix());
    let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query_async(&mut cache).await.expect("the keys");
    for key in keys {
        let value: Vec<u8> = redis::cmd("GET").arg(&key).query_async(&mut cache).await.unwrap_or_default();
        all.push(("cache".to_owned(), format!("{key} {}", String::from_utf8_lossy(&value))));
    }
    all
}

/// Bytes as the text that they may be: a document shows them in another alphabet.
fn binaries(value: &Bson) -> String {
    match value {
        Bson::Binary(binary) => String::from_utf8_lossy(&binary.bytes).into_owned(),
        Bson::Document(fields) => fields.iter().map(|(_, value)| binaries(value)).collect(),
        Bson::Array(values) => values.iter().map(binaries).collect(),
        _ => String::new(),
    }
}

fn records(prefix: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for topic in kafka::topic_names(prefix) {
        kafka::each(&topic, |record| {
            let text = format!("{} {}", kafka::text(record.key()), kafka::text(record.payload()));
            all.push((format!("topic {topic}"), text));
        });
    }
    all
}

fn logs(shop: &Stack) -> Vec<(String, String)> {
    let log = |name: &&str| {
        let text = std::fs::read_to_string(shop.file(&format!("{name}.log"))).expect("a log");
        (format!("log of {name}"), text)
    };
    DAEMONS.iter().map(log).collect()
}

/// Each of the texts with where it was found.
fn found<'a>(all: &'a [(String, String)], texts: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let places = |text: &&'a str| {
        let text = *text;
        all.iter().filter(move |(_, kept)| kept.contains(text)).map(move |(place, _)| (text, place.as_str()))
    };
    texts.iter().flat_map(places).collect()
}

/// The body once for each text in it, with that text replaced.
fn with_each_text_replaced(body: &Value, by: &str) -> Vec<Value> {
    let mut places = Vec::new();
    texts_of(body, String::new(), &mut places);
    let replaced = places.into_iter().map(|place| {
        let mut body = body.clone();
        *body.pointer_mut(&place).expect("a text") = json!(by);
        body
    });
    replaced.collect()
}

fn texts_of(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::String(_) => places.push(at),
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| texts_of(value, format!("{at}/{name}"), places))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, value)| texts_of(value, format!("{at}/{n}"), places));
        }
        _ => {}
    }
}

/// What a customer, and an admin, may send about an order of this shop: further than examples get.
fn bodies(order: &str, basket: &Value) -> Vec<(Method, String, Value)> {
    let email = "zebulon@example.in";
    let post = |path: &str, body: Value| (Method::POST, path.to_owned(), body);
    let mut placed = basket.clone();
    (placed["coupon"], placed["buyer_gstin"]) = (json!("DIWALI"), json!("27AAPFU0939F1ZV"));
    vec![
        post("/auth/register", json!({ "email": email, "password": PASSWORD, "name": "Z", "phone": "+919811100022" })),
        post("/auth/login", json!({ "email": email, "password": PASSWORD })),
        post("/auth/google", json!({ "id_token": "a.b.c", "nonce": "n" })),
        post("/auth/refresh", json!({ "refresh_token": "x" })),
        post("/auth/otp/send", json!({ "email": email })),
        post("/auth/otp/send", json!({ "phone": "+919811100022" })),
        post("/auth/otp/verify", json!({ "email": email, "code": "123456" })),
        post("/auth/password/forgot", json!({ "email": email })),
        post("/auth/password/reset", json!({ "email": email, "code": "123456", "new_password": PASSWORD })),
        (Method::PATCH, "/users/me".to_owned(), json!({ "name": "Z", "phone": "+919811100022" })),
        post("/users/me/addresses", basket["address"].clone()),
        post("/users/me/email/verify", json!({ "code": "123456" })),
        post("/users/me/phone/send", json!({ "phone": "+919811100022" })),
        post("/orders", basket.clone()),
        post("/orders", placed.clone()),
        post("/checkout/quote", placed),
        post(&format!("/orders/{order}/payments"), json!({ "payment_method": "razorpay" })),
        post(
            &format!("/orders/{order}/returns"),
            json!({ "items": [{ "sku": PADS, "quantity": 1 }],
            "reason": "damaged", "comment": "broken" }),
        ),
        post(&format!("/admin/orders/{order}/refunds"), json!({ "amount_minor": 100, "reason": "scratched" })),
        (Method::PUT, "/admin/staff/zebulon@example.in".to_owned(), json!({ "role": "staff" })),
    ]
}

async fn send_cards(customer: &Customer, order: &str, basket: &Value, card: &str) {
    let compact = compact(card);
    for (method, path, body) in bodies(order, basket) {
        for body in with_each_text_replaced(&body, card) {
            let request = customer.request(method.clone(), &path).header("idempotency-key", format!("k-{compact}"));
            let request = request.header("x-request-id", &compact).header("user-agent", card);
            let answer = Answer::of(request.json(&body)).await;
            assert!(answer.status < 500, "{method} {path} {body}: {}", answer.text());
        }
    }
}

fn compact(card: &str) -> String {
    card.chars().filter(char::is_ascii_digit).collect()
}

#[test]
fn a_card_number_in_any_field_is_in_no_store_topic_or_log() {
    run(async {
        let shop = Setup::new("cards").start().await;
        let basket = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod");
        let description = Answer::of(shop.http().get(format!("{}/openapi.json", shop.api()))).await.expect(200).json();
        for card in CARDS {
            // Whoever sends all of it has no session left, and no order that is as it was.
            let (customer, admin) = (shop.customer().await, shop.admin().await);
            let order = customer.place(&basket).await;
            order.reaches(S::Packed).await;
            let real = Real { order: order.id.clone(), product: shop.catalog.product_id(PADS) };
            bring_cards(&admin, card).await;
            for who in [&customer, &admin] {
                send_cards(who, &order.id, &basket.body(), card).await;
                send_cards_everywhere(who, &description, &real, card).await;
            }
        }
        eventually("all messages are done", async || match shop.store().lag().await {
            0 => Ok(()),
            behind => Err(format!("{behind} are not")),
        })
        .await;
        let all = written_down(&shop).await;
        let compact: Vec<String> = CARDS.iter().map(|card| compact(card)).collect();
        let spellings: Vec<&str> = CARDS.into_iter().chain(compact.iter().map(String::as_str)).collect();
        assert_eq!(found(&all, &spellings), []);
        // The search finds what is there.
        assert!(!found(&all, &["Fergusson College Road"]).is_empty());
    });
}

#[test]
fn no_log_names_a_person_or_holds_a_secret() {
    run(async {
        let shop = Setup::new("logs").start().await;
        let (email, phone, mailbox) = (unused_email(), "+919811100022", shop.mailbox());
        let post = async |path: &str, body: Value| {
            Answer::of(shop.http().post(format!("{}/api/v1{path}", shop.api())).json(&body)).await
        };
        let account = json!({ "email": email, "password": "zebulons first secret", "name": "Zebulon Quizzical" });
        let first = post("/auth/register", account).await.expect(201).json();
        post("/auth/login", json!({ "email": email, "password": "zebulons wrong guess" })).await.expect(401);
        post("/auth/otp/send", json!({ "email": email })).await.expect(202);
        let code = mailbox.code(&email, 1).await;
        let session = post("/auth/otp/verify", json!({ "email": email, "code": code })).await.expect(200).json();
        let renewal = json!({ "refresh_token": session["refresh_token"] });
        let session = post("/auth/refresh", renewal.clone()).await.expect(200).json();
        let zebulon = shop.customer().await.with_token(session["access_token"].as_str().unwrap_or_default());
        let sent = zebulon.request(Method::POST, "/users/me/phone/send").json(&json!({ "phone": phone }));
        Answer::of(sent).await.expect(202);
        let by_phone = mailbox.code(phone, 1).await;
        let mut body = Basket::of(&shop.catalog, &[(PADS, 1)]).body();
        for (field, value) in [("name", "Zebulon Quizzical"), ("phone", phone), ("line1", "77 Xylophone Lane")] {
            body["address"][field] = json!(value);
        }
        let placed = zebulon.post_order("zebulons-order", body).await.expect(202).json();
        let order = zebulon.order(placed["order_id"].as_str().unwrap_or_default());
        shop.gateways().pay(&order.payment_prompt().await, Bank::Approves).await;
        shop.gateways().deliver(&order.id).await;
        order.reaches(S::Delivered).await;
        let reused = post("/auth/refresh", renewal).await;
        reused.expect_problem(401, "invalid_refresh_token");

        let text = |session: &Value, name: &str| session[name].as_str().unwrap_or_default().to_owned();
        let tokens = [&first, &session].map(|of| [text(of, "access_token"), text(of, "refresh_token")]).concat();
        let codes = [code, by_phone].map(|code| format!("{code} is your"));
        let fixed = [
            "Zebulon",
            "Quizzical",
            "Xylophone",
            "9811100022",
            "zebulons first secret",
            "zebulons wrong guess",
            "a development secret that signs nothing real",
            "whsec_demo",
            "sk_test_demo",
            "rzp_demo_secret",
            "carrier_demo_token",
            "messages_demo_token",
            "$argon2id$",
            email.as_str(),
        ];
        let secrets: Vec<&str> = fixed.into_iter().chain(tokens.iter().chain(&codes).map(String::as_str)).collect();
        let logs = logs(&shop);
        assert_eq!(found(&logs, &secrets), []);
        assert!(!found(&logs, &["serving the public API"]).is_empty(), "the logs are where they were looked for");
    });
}
