//! Bad input: each is answered with a clear problem, and nothing of it is in any store, topic or cache.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use e2e::{Answer, Basket, Customer, QuietGuest, catalog::PADS, quiet_shop, run, store::Counts};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

/// A customer of the quiet shop, and how much it had stored before the test's bad input.
struct Scene {
    shop: QuietGuest,
    customer: Customer,
    before: Counts,
}

impl Scene {
    async fn set() -> Self {
        let shop = quiet_shop().await;
        let customer = shop.customer().await;
        let before = shop.store().counts().await;
        Self { shop, customer, before }
    }

    fn good(&self) -> Value {
        Basket::of(&self.shop.catalog, &[(PADS, 1)]).body()
    }

    async fn order(&self, body: &Value) -> Answer {
        self.customer.post_order(&Uuid::now_v7().to_string(), body.clone()).await
    }

    fn raw(&self, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.customer.request(Method::POST, "/orders").header("content-type", "application/json").body(body)
    }

    async fn left_no_trace(self) {
        assert_eq!(self.shop.store().counts().await, self.before);
    }
}

#[test]
fn a_body_that_is_not_json_or_of_another_shape_is_refused() {
    run(async {
        let scene = Scene::set().await;
        for body in ["", "{", "nonsense", "\u{0}", "{\"items\": ["] {
            Answer::of(scene.raw(body.to_owned())).await.expect_problem(400, "malformed_json");
        }
        let deep = Answer::of(scene.raw("[".repeat(50_000))).await;
        assert!([400, 422].contains(&deep.status), "{}", deep.text());
        Answer::of(scene.raw(vec![0xff, 0xfe])).await.expect_problem(400, "malformed_json");
        for body in ["[]", "1", "null", "{}", r#"{"items":1}"#] {
            Answer::of(scene.raw(body)).await.expect_problem(422, "invalid_body");
        }
        let text = scene.customer.request(Method::POST, "/orders").header("content-type", "text/plain");
        Answer::of(text.body(scene.good().to_string())).await.expect_problem(415, "unsupported_media_type");
        scene.left_no_trace().await;
    });
}

#[test]
fn unknown_fields_and_what_is_the_shops_to_say_are_refused() {
    run(async {
        let scene = Scene::set().await;
        let places = [
            ("", "total"),
            ("", "user_id"),
            ("", "status"),
            ("", "role"),
            ("/items/0", "unit_price"),
            ("/address", "x"),
        ];
        for (place, field) in places {
            let mut body = scene.good();
            body.pointer_mut(place).unwrap()[field] = json!(1);
            scene.order(&body).await.expect_problem(422, "invalid_body");
        }
        let account =
            json!({ "email": e2e::client::unused_email(), "password": "correct horse", "name": "A", "role": "admin" });
        let register = scene.customer.anonymous(Method::POST, "/auth/register").json(&account);
        Answer::of(register).await.expect_problem(422, "invalid_body");
        scene.left_no_trace().await;
    });
}

#[test]
fn a_quantity_below_one_or_huge_is_refused() {
    run(async {
        let scene = Scene::set().await;
        for quantity in [json!(0), json!(-1), json!(1_001), json!(i64::MAX), json!(i64::MIN)] {
            let mut body = scene.good();
            body["items"][0]["quantity"] = quantity;
            let problem = scene.order(&body).await.expect_problem(422, "validation_failed").json();
            assert_eq!(problem["errors"][0]["field"], "items[0].quantity", "{problem}");
        }
        for quantity in [json!(1.5), json!("1"), json!(null), json!(1e300), json!(u64::MAX)] {
            let mut body = scene.good();
            body["items"][0]["quantity"] = quantity;
            scene.order(&body).await.expect_problem(422, "invalid_body");
        }
        scene.left_no_trace().await;
    });
}

#[test]
fn an_unknown_product_no_item_and_one_product_twice_are_refused() {
    run(async {
        let scene = Scene::set().await;
        let mut body = scene.good();
        body["items"][0]["product_id"] = json!(Uuid::now_v7());
        scene.order(&body).await.expect_problem(422, "unknown_product");
        let mut body = scene.good();
        body["items"] = json!([body["items"][0], body["items"][0]]);
        scene.order(&body).await.expect_problem(422, "validation_failed");
        body["items"] = json!([]);
        scene.order(&body).await.expect_problem(422, "validation_failed");
        for bad in ["not-an-id", "' OR 1=1", "../../etc/passwd"] {
            body["items"] = json!([{ "product_id": bad, "quantity": 1 }]);
            scene.order(&body).await.expect_problem(422, "invalid_body");
        }
        scene.left_no_trace().await;
    });
}

#[test]
fn an_address_that_no_parcel_finds_and_a_cards_number_in_it_are_refused() {
    run(async {
        let scene = Scene::set().await;
        let faults = [
            ("pincode", "4110"),
            ("pincode", "011001"),
            ("state_code", "99"),
            ("phone", "12"),
            ("name", ""),
            ("line1", "4242 4242 4242 4242"),
            ("city", "a\nb"),
            ("line2", &"x".repeat(5_000)),
        ];
        for (field, value) in faults {
            let mut body = scene.good();
            body["address"][field] = json!(value);
            let problem = scene.order(&body).await.expect_problem(422, "validation_failed").json();
            assert_eq!(problem["errors"][0]["field"], format!("address.{field}"), "{problem}");
        }
        let mut body = scene.good();
        body["payment_method"] = json!("barter");
        scene.order(&body).await.expect_problem(422, "invalid_body");
        scene.left_no_trace().await;
    });
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    run(async {
        let scene = Scene::set().await;
        let mut body = scene.good();
        body["address"]["line2"] = json!("x".repeat(70_000));
        scene.order(&body).await.expect_problem(413, "body_too_large");
        scene.left_no_trace().await;
    });
}

#[test]
fn an_idempotency_key_that_is_none_is_refused() {
    run(async {
        let scene = Scene::set().await;
        for key in ["", "a b", &"x".repeat(129)] {
            scene.customer.post_order(key, scene.good()).await.expect_problem(400, "invalid_idempotency_key");
        }
        scene.left_no_trace().await;
    });
}

#[test]
fn a_token_that_is_missing_forged_expired_or_unsigned_is_refused() {
    run(async {
        let scene = Scene::set().await;
        let token = scene.customer.token();
        let parts: Vec<&str> = token.split('.').collect();
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        let unsigned = format!("{}.{}.", part(&json!({ "alg": "none", "typ": "JWT" })), parts[1]);
        claims["sub"] = json!(Uuid::now_v7());
        let of_another_user = format!("{}.{}.{}", parts[0], part(&claims), parts[2]);
        let expired = expired_token();
        let bad = [
            String::new(),
            "x".to_owned(),
            unsigned,
            of_another_user,
            expired,
            format!("{token}x"),
            "a.b.c".to_owned(),
        ];
        for token in bad {
            let stranger = scene.customer.with_token(&token);
            stranger.post_order("key", scene.good()).await.expect_problem(401, "unauthenticated");
            stranger.get("/orders").await.expect_problem(401, "unauthenticated");
        }
        let anonymous = scene.customer.anonymous(Method::POST, "/orders").json(&scene.good());
        let refused = Answer::of(anonymous).await;
        assert!(refused.expect_problem(401, "unauthenticated").header("www-authenticate").starts_with("Bearer"));
        scene.left_no_trace().await;
    });
}

/// Signed with the development secret, good in everything but its time.
fn expired_token() -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let config = std::fs::read_to_string(e2e::environment::root().join("config/development.toml")).unwrap();
    let secret = config.lines().find_map(|line| line.strip_prefix("jwt_secret = ")).unwrap().trim_matches('"');
    let now = e2e::webhook::now();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "iss": "spareparts", "aud": "spareparts-api", "sub": Uuid::now_v7(), "exp": now - 60,
        "nbf": now - 960, "iat": now - 960, "jti": Uuid::now_v7(), "typ": "access", "sid": Uuid::now_v7(), "epoch": 0 });
    let message = format!("{}.{}", part(json!({ "typ": "JWT", "alg": "HS256" })), part(claims));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

#[test]
fn a_foreign_order_is_answered_like_none_on_every_route() {
    run(async {
        let shop = quiet_shop().await;
        let (owner, stranger) = (shop.customer().await, shop.customer().await);
        let order = owner.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod")).await;
        shop.gateways().deliver(&order.id).await;
        order.reaches(schemas::types::OrderStatus::Delivered).await;
        e2e::facts::at_rest(&shop, e2e::wait::PATIENCE).await;
        let before = shop.store().counts().await;
        for id in [order.id.as_str(), &Uuid::now_v7().to_string(), "not-an-id", "0", "%00", "{$ne:1}"] {
            let foreign = stranger.order(id);
            for part in ["", "/status", "/status?wait_for=delivered&timeout=1", "/events", "/invoice"] {
                stranger.get(&foreign.path(part)).await.expect_problem(404, "order_not_found");
            }
            foreign.try_cancel().await.expect_problem(404, "order_not_found");
        }
        assert_eq!(stranger.get("/orders").await.expect(200).json()["items"], json!([]));
        assert_eq!(owner.get("/orders").await.json()["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(shop.store().counts().await, before);
    });
}

#[test]
fn routes_methods_and_queries_that_do_not_exist_are_refused() {
    run(async {
        let scene = Scene::set().await;
        scene.customer.get("/nothing").await.expect_problem(404, "not_found");
        scene.customer.get("/products/no-such-part").await.expect_problem(404, "product_not_found");
        Answer::of(scene.customer.request(Method::DELETE, "/orders")).await.expect_problem(405, "method_not_allowed");
        for query in ["limit=0", "limit=100000", "cursor=%00", "colour=red", "limit=x"] {
            let answer = scene.customer.get(&format!("/products?{query}")).await;
            assert_eq!(answer.status, 422, "{query}: {}", answer.text());
        }
        for brand in ["(", "%7B%22%24ne%22%3A1%7D", "%2A"] {
            let answer = scene.customer.get(&format!("/products?brand={brand}")).await;
            assert_eq!(answer.expect(200).json()["items"], json!([]), "{brand}");
        }
        scene.left_no_trace().await;
    });
}

#[test]
fn a_weak_or_taken_account_and_a_wrong_password_are_refused() {
    run(async {
        let scene = Scene::set().await;
        let email = e2e::client::unused_email();
        let account = |email: &str, password: &str| json!({ "email": email, "password": password, "name": "Asha" });
        let post = |path: &str, body: Value| scene.customer.anonymous(Method::POST, path).json(&body);
        for (address, password) in [("nobody", "correct horse"), (email.as_str(), "short")] {
            let answer = Answer::of(post("/auth/register", account(address, password))).await;
            answer.expect_problem(422, "validation_failed");
        }
        assert_eq!(scene.shop.store().counts().await, scene.before);
        Answer::of(post("/auth/register", account(&email, "correct horse"))).await.expect(201);
        Answer::of(post("/auth/register", account(&email, "other horse"))).await.expect_problem(409, "email_taken");
        let login = |password: &str| post("/auth/login", json!({ "email": email, "password": password }));
        for _ in 0..5 {
            Answer::of(login("wrong horse")).await.expect_problem(401, "invalid_credentials");
        }
        let locked = Answer::of(login("correct horse")).await;
        assert!(!locked.expect_problem(429, "too_many_attempts").header("retry-after").is_empty());
    });
}
