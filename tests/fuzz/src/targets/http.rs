//! Requests on every public route, through the router as it is served, on the real database.
//!
//! An input is a request as text: the line with method and path, headers, an empty line, the body. In its head `{token}`
//! stands for a good access token, `{admin}` for an admin's, `{stripe}`, `{razorpay}` and `{carrier}` for the good signature of whatever the body
//! is, so that mutation reaches what lies behind them.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, Uri},
};
use ingress::{
    auth::{RefreshToken, Role},
    webhooks::signature::digest,
};
use schemas::{
    ids::{ProductId, UserId},
    types::Timestamp,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    Samples, Target, Try,
    samples::{body, product, put_product, serve},
    testing::{Bench, described::Operation},
};

const PRODUCT: &str = "0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e7f";
const ORDER: &str = "0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e70";

/// Each with samples of its own: a mutation leads wherever it leads.
pub(super) fn targets() -> Vec<Target> {
    let all: [(&'static str, Samples); 12] = [
        ("described", described),
        ("order-form", order_forms),
        ("product-form", product_forms),
        ("register", registrations),
        ("login", logins),
        ("tokens-and-codes", tokens_and_codes),
        ("account", accounts),
        ("query", queries),
        ("stripe", stripe),
        ("razorpay", razorpay),
        ("carrier", carrier),
        ("request-head", heads),
    ];
    all.map(|(name, samples)| Target { name, samples, prepare: || Box::new(Shop::open()) }).into()
}

fn post(path: &str, headers: &str, body: &Value) -> Vec<u8> {
    format!("POST /api/v1{path}\ncontent-type: application/json\n{headers}\n{body}").into_bytes()
}

fn get(path: &str) -> Vec<u8> {
    format!("GET /api/v1{path}\nauthorization: Bearer {{token}}\n\n").into_bytes()
}

/// Every operation, as its examples show it: a new route is tried without anybody thinking of it.
fn described() -> Vec<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let description = runtime.block_on(async { Bench::new().await.description() });
    Operation::all(&description).iter().map(shown).collect()
}

/// Whatever its examples are about is the one product that is there.
fn shown(operation: &Operation) -> Vec<u8> {
    let bearer = if operation.template.starts_with("/admin") { "{admin}" } else { "{token}" };
    let takes_file = !operation.told["requestBody"]["content"]["text/csv"].is_null();
    let (media_type, body) = match takes_file {
        true => ("text/csv", "sku,quantity,receipt\nBRK-PAD,1,note-1\n".to_owned()),
        false => ("application/json", operation.body().map(ToString::to_string).unwrap_or_default()),
    };
    let (method, address) = (&operation.method, operation.address());
    let mut request =
        format!("{method} /api/v1{address}\nauthorization: Bearer {bearer}\ncontent-type: {media_type}\n");
    for (name, value) in operation.parameters("header").into_iter().filter(|(_, value)| !value.is_empty()) {
        request += &format!("{}: {value}\n", name.to_lowercase());
    }
    request += &format!("\n{body}");
    let ids = operation.parameters("path").into_iter().map(|(_, value)| value);
    let ids = ids.filter(|value| value.parse::<ProductId>().is_ok());
    ids.fold(request, |request, id| request.replace(&id, PRODUCT)).into_bytes()
}

fn order_form() -> Value {
    let mut part = product("BRK-PAD", 120_000);
    part.product_id = PRODUCT.parse().unwrap();
    body(&part, 2)
}

fn order_forms() -> Vec<Vec<u8>> {
    let mut full = order_form();
    full["address"]["line2"] = json!("near the park");
    full["address"]["phone"] = json!("+919876543210");
    full["payment_method"] = json!("razorpay");
    let headers = "authorization: Bearer {token}\nidempotency-key: a-key\n";
    let cancel = post(&format!("/orders/{ORDER}/cancel"), headers, &json!({ "reason": "changed my mind" }));
    let quote = post("/checkout/quote", "authorization: Bearer {token}\n", &order_form());
    let placed = post("/orders", "authorization: Bearer {token}\n", &full);
    vec![post("/orders", headers, &order_form()), placed, quote, cancel]
}

fn product_forms() -> Vec<Vec<u8>> {
    let headers = "authorization: Bearer {admin}\nidempotency-key: a-key\n";
    let of = |method: &str, path: &str, body: &Value| {
        format!("{method} /api/v1{path}\ncontent-type: application/json\n{headers}\n{body}").into_bytes()
    };
    let full = json!({
        "revision": 1, "sku": "BRK-PAD", "slug": "brk-pad", "name": "Pads", "category": "Brakes", "brand": "Bosch",
        "kind": "oem", "oem_number": "1K0-698-151 A", "cross_references": ["P 79 030"], "hsn": "87083000",
        "price": { "minor": 100, "currency": "INR" }, "retail_tiers": [{ "from_quantity": 2, "price": { "minor": 90, "currency": "INR" } }],
        "size": { "length_mm": 1, "width_mm": 1, "height_mm": 1 }, "weight_grams": 10, "status": "active",
        "fitment": [{ "make": "Skoda", "model": "Yeti", "year_from": 2011, "year_to": 2013 }],
        "images": [{ "url": "https://cdn.example.in/1.webp" }], "attributes": [{ "name": "Bore", "number": "12.5", "unit": "mm" }],
        "group": "pads", "varies_by": ["Bore"], "alternatives": [ORDER] });
    let path = format!("/admin/products/{PRODUCT}");
    let attributes = json!([
        { "key": "bore", "label": "Bore", "type": "number", "unit": "mm", "required": true },
        { "key": "colour", "label": "Colour", "type": "choice", "values": ["Red", "Blue"] }]);
    let brakes = json!({ "name": "Brakes", "children": [{ "name": "Pads" }], "attributes": attributes });
    let tree = json!({ "revision": 0, "categories": [brakes] });
    vec![
        of("PUT", &path, &full),
        of("PATCH", &path, &json!({ "revision": 1, "title": null, "price": { "minor": 200 } })),
        of("PUT", "/admin/categories", &tree),
    ]
}

fn registrations() -> Vec<Vec<u8>> {
    let full = json!({ "email": "asha@example.in", "password": "correct horse battery", "name": "Asha Rao",
                       "phone": "+919812345678" });
    vec![post("/auth/register", "", &full)]
}

fn logins() -> Vec<Vec<u8>> {
    vec![post("/auth/login", "", &json!({ "email": "asha@example.in", "password": "correct horse battery" }))]
}

fn accounts() -> Vec<Vec<u8>> {
    let headers = "authorization: Bearer {token}\nidempotency-key: a-key\n";
    let mut address = order_form()["address"].clone();
    address["line2"] = json!("near the park");
    let password = json!({ "current_password": "correct horse battery", "new_password": "incorrect horse" });
    let of = |method: &str, path: &str, body: &Value| {
        format!("{method} /api/v1{path}\ncontent-type: application/json\n{headers}\n{body}").into_bytes()
    };
    vec![
        of("POST", "/users/me/addresses", &address),
        of("PUT", &format!("/users/me/addresses/{ORDER}"), &address),
        of("PATCH", "/users/me", &json!({ "name": "Asha Rao", "phone": "+919812345678" })),
        of("POST", "/users/me/password", &password),
        of("PUT", &format!("/products/{PRODUCT}/reviews/mine"), &json!({ "stars": 5, "title": "Fits" })),
        of("DELETE", &format!("/products/{PRODUCT}/reviews/mine"), &json!({})),
        of("PUT", &format!("/users/me/wishlist/{PRODUCT}"), &json!({})),
    ]
}

fn tokens_and_codes() -> Vec<Vec<u8>> {
    let token = RefreshToken::first(ORDER.parse().unwrap()).unwrap().to_text();
    let body = json!({ "refresh_token": token });
    let code = json!({ "email": "asha@example.in", "code": "123456" });
    let reset = json!({ "email": "asha@example.in", "code": "123456", "new_password": "correct horse battery" });
    let codes = [
        post("/users/me/email/send", "authorization: Bearer {token}\n", &json!({})),
        post("/users/me/email/verify", "authorization: Bearer {token}\n", &json!({ "code": "123456" })),
        post("/auth/google", "", &json!({ "id_token": "a.b.c", "nonce": "n" })),
        post("/auth/otp/send", "", &json!({ "phone": "+919812345678" })),
        post("/auth/otp/verify", "", &code),
        post("/auth/password/forgot", "", &json!({ "email": "asha@example.in" })),
        post("/auth/password/reset", "", &reset),
    ];
    let mut all = codes.to_vec();
    all.extend([post("/auth/refresh", "user-agent: SpareParts/3\n", &body), post("/auth/logout", "", &body)]);
    all
}

fn queries() -> Vec<Vec<u8>> {
    let products = ["", "?category=Brakes&brand=Bosch&limit=20", "?make=Maruti%20Suzuki&model=Swift&year=2020"];
    let orders = [
        "/orders?limit=5".to_owned(),
        format!("/orders/{ORDER}"),
        format!("/orders/{ORDER}/status?wait_for=paid&timeout=1"),
        format!("/orders/{ORDER}/events"),
        format!("/orders/{ORDER}/invoice"),
        "/products/brk-pad".to_owned(),
        format!("/products/{PRODUCT}/alternatives"),
        format!("/products/{PRODUCT}/reviews?limit=1&cursor=312f61"),
        "/products/suggest?q=brak".to_owned(),
        "/categories".to_owned(),
        "/vehicles?limit=1&cursor=61".to_owned(),
        "/vehicles/years?make=Maruti%20Suzuki&model=Swift".to_owned(),
        "/vehicles/variants?make=Maruti%20Suzuki&model=Swift&year=2020".to_owned(),
        "/products?sku=BRK-PAD&cursor=abc".to_owned(),
        "/products?q=brake%20pad%20%281K0-698-151%20A%29&sort=name&facets=true&limit=1".to_owned(),
        "/products?q=*&vehicle=Maruti%20Suzuki/Swift/2020/VXi&min_price_minor=1&max_price_minor=9".to_owned(),
        "/products?sort=price_desc&brand=Bosch&cursor=30303030303030303030303030303030302f302f6e30".to_owned(),
    ];
    products.map(|query| format!("/products{query}")).iter().chain(&orders).map(|path| get(path)).collect()
}

fn stripe() -> Vec<Vec<u8>> {
    let intent = json!({ "id": "pi_1", "amount": 100, "amount_received": 100, "currency": "inr", "status": "succeeded",
                         "metadata": { "order_id": ORDER } });
    let paid = json!({ "id": "evt_1", "type": "payment_intent.succeeded", "data": { "object": intent } });
    let other = json!({ "id": "evt_2", "type": "customer.created", "data": { "object": {} } });
    let mut failed = paid.clone();
    failed["type"] = json!("payment_intent.payment_failed");
    failed["data"]["object"]["last_payment_error"] = json!({ "code": "card_declined" });
    let disputed = json!({ "id": "evt_3", "type": "charge.dispute.created", "created": 1_700_000_000, "data": { "object": {
        "id": "dp_1", "amount": 100, "currency": "inr", "status": "needs_response", "reason": "fraudulent",
        "payment_intent": "pi_1", "evidence_details": { "due_by": 1_700_000_000 },
        "balance_transactions": [{ "amount": -100, "fee": 15 }, { "amount": 100, "fee": -15 }] } } });
    [paid, other, failed, disputed]
        .iter()
        .map(|event| post("/webhooks/stripe", "stripe-signature: {stripe}\n", event))
        .collect()
}

fn razorpay() -> Vec<Vec<u8>> {
    let entity = json!({ "id": "pay_1", "order_id": "order_1", "amount": 100, "currency": "INR", "status": "captured",
                         "captured": true, "amount_refunded": 0, "notes": { "order_id": ORDER } });
    let captured = json!({ "event": "payment.captured", "payload": { "payment": { "entity": entity } } });
    let mut without_notes = captured.clone();
    without_notes["payload"]["payment"]["entity"]["notes"] = json!([]);
    let mut disputed = captured.clone();
    disputed["event"] = json!("payment.dispute.created");
    disputed["payload"]["dispute"] = json!({ "entity": {
        "id": "disp_1", "amount": 100, "currency": "INR", "amount_deducted": 100, "reason_code": "fraud",
        "respond_by": 1_700_000_000, "status": "open", "phase": "chargeback" } });
    let headers = "x-razorpay-signature: {razorpay}\nx-razorpay-event-id: ev_1\n";
    [captured, without_notes, disputed].iter().map(|event| post("/webhooks/razorpay", headers, event)).collect()
}

fn carrier() -> Vec<Vec<u8>> {
    let event = json!({ "id": "cev_1", "type": "shipment.delivered", "created": 1, "data": {
        "shipment_id": "shp_1", "reference": ORDER, "status": "delivered", "occurred_at": 1_700_000_000 } });
    vec![post("/webhooks/carriers/swift", "x-carrier-signature: {carrier}\n", &event)]
}

/// Bodies that are short, so that methods, paths and headers are what is mutated.
fn heads() -> Vec<Vec<u8>> {
    let time = Timestamp::now().as_millis() / 1000;
    vec![
        post("/orders", "authorization: Bearer {token}\nidempotency-key: 0192c1de-7a4c-7b6e\n", &json!({})),
        post("/webhooks/stripe", &format!("stripe-signature: t={time},v1=00ff,v0=00\n"), &json!({})),
        post("/webhooks/razorpay", "x-razorpay-signature: 00ff\n", &json!({})),
        post("/webhooks/carriers/swift", &format!("x-carrier-signature: t={time},v1=00ff\n"), &json!({})),
        format!("GET /api/v1/orders/{ORDER}/status\nauthorization: Bearer {{token}}\nif-none-match: \"1\"\nx-request-id: a\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n\n").into_bytes(),
        b"OPTIONS /api/v1/orders\norigin: https://shop.example\naccess-control-request-method: POST\n\n".to_vec(),
        b"GET /openapi.json\n\n".to_vec(),
        b"GET /docs/\n\n".to_vec(),
    ]
}

/// The ingress on a database of its own, with one product.
struct Shop {
    runtime: Runtime,
    bench: Bench,
    token: String,
    admin: String,
}

impl Shop {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let bench = runtime.block_on(async {
            let bench = Bench::on_record().await;
            let mut part = product("BRK-PAD", 120_000);
            part.product_id = PRODUCT.parse().unwrap();
            put_product(&bench, &part).await;
            serve(&bench, &[part]);
            bench
        });
        let token = bench.token(UserId::generate());
        let admin = runtime.block_on(bench.admin());
        let admin = bench.token_of(admin, Role::Admin);
        Self { runtime, bench, token, admin }
    }

    /// `None` for what the server in front of the router refuses: no request at all.
    fn request(&self, input: &[u8]) -> Option<Request<Body>> {
        let split = input.windows(2).position(|pair| pair == b"\n\n");
        let (head, body) = split.map_or((input, &b""[..]), |at| (&input[..at], &input[at + 2..]));
        let mut lines = head.split(|byte| *byte == b'\n');
        let (method, path) = in_two(lines.next()?, b' ')?;
        let mut request = Request::builder().method(Method::from_bytes(method).ok()?).uri(Uri::try_from(path).ok()?);
        for line in lines {
            let (name, value) = in_two(line, b':')?;
            request = request.header(name, self.filled(value.trim_ascii(), body));
        }
        request.body(Body::from(body.to_vec())).ok()
    }

    /// A header's value with what it stands for in the place of a name in braces.
    fn filled(&self, value: &[u8], body: &[u8]) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(value) else { return value.to_vec() };
        let timestamped = |secret: &str| {
            let time = (Timestamp::now().as_millis() / 1000).to_string();
            format!("t={time},v1={}", hex::encode(digest(secret.as_bytes(), &[time.as_bytes(), b".", body])))
        };
        text.replace("{token}", &self.token)
            .replace("{admin}", &self.admin)
            .replace("{stripe}", &timestamped("whsec_demo"))
            .replace("{carrier}", &timestamped("carrier_whsec_demo"))
            .replace("{razorpay}", &hex::encode(digest(b"rzp_whsec_demo", &[body])))
            .into_bytes()
    }

    fn answer(&self, request: Request<Body>) -> (StatusCode, Value) {
        self.runtime.block_on(self.bench.ask(request))
    }
}

impl Try for Shop {
    fn outcome(&self, input: &[u8]) -> String {
        let Some(request) = self.request(input) else { return "no request".to_owned() };
        let (mut status, mut answer) = self.answer(request);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            // A busy machine may keep a store from answering in time, once.
            let again = self.request(input).expect("a request as before");
            (status, answer) = self.answer(again);
        }
        assert!(!status.is_server_error(), "{status}: {answer}");
        let field = answer["errors"][0]["field"].as_str().unwrap_or_default();
        let code = answer["code"].as_str().unwrap_or_default();
        let field: String = field.chars().filter(|letter| !letter.is_ascii_digit()).take(24).collect();
        format!("{} {code} {field}", status.as_u16())
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.runtime.block_on(async { self.bench.mongo.drop().await });
    }
}

fn in_two(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let middle = text.iter().position(|byte| *byte == at)?;
    Some((&text[..middle], &text[middle + 1..]))
}
