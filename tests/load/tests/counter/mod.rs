//! A shop and its gateways in one, where an order moves as soon as the customer does something.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Form, Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

const OUT_OF_STOCK: u128 = 100;
const SENT: [&str; 4] = ["confirmed", "packed", "shipped", "delivered"];

/// What is wrong with the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Temper {
    /// Nothing.
    Good,
    /// It sells what it has not got.
    SellsEverything,
    /// Its invoices are no PDFs.
    WritesLetters,
    /// Its parcels do not arrive.
    DeliversNothing,
}

/// The shop.
pub struct Counter {
    temper: Temper,
    orders: Mutex<HashMap<Uuid, Vec<&'static str>>>,
}

impl Counter {
    /// Opens it; its address.
    pub async fn open(temper: Temper) -> String {
        let counter = Arc::new(Self { temper, orders: Mutex::default() });
        let router = Router::new()
            .route("/api/v1/auth/register", post(register))
            .route("/api/v1/products", get(products))
            .route("/api/v1/orders", post(place))
            .route("/api/v1/orders/{id}", get(show))
            .route("/api/v1/orders/{id}/status", get(status))
            .route("/api/v1/orders/{id}/cancel", post(cancel))
            .route("/api/v1/orders/{id}/invoice", get(invoice))
            .route("/v1/payment_intents/{id}/confirm", post(stripe))
            .route("/_sim/orders/{id}/pay", post(razorpay))
            .with_state(counter);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    fn extend(&self, order: Uuid, statuses: &[&'static str]) {
        let arrives = self.temper != Temper::DeliversNothing;
        let statuses = statuses.iter().filter(|status| arrives || **status != "delivered");
        self.orders.lock().unwrap().entry(order).or_default().extend(statuses);
    }

    fn history(&self, order: Uuid) -> Vec<&'static str> {
        self.orders.lock().unwrap()[&order].clone()
    }
}

async fn register() -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(json!({"access_token": "secret", "expires_in": 900})))
}

async fn products() -> Json<Value> {
    let product = |number: u128| {
        let sku = if number == OUT_OF_STOCK { "RAD-NEXON-OUT".to_owned() } else { format!("SKU-{number}") };
        json!({"product_id": Uuid::from_u128(number), "sku": sku, "name": "a part",
            "price": {"minor": 100, "currency": "INR"}})
    };
    Json(json!({"items": (OUT_OF_STOCK - 20..=OUT_OF_STOCK).map(product).collect::<Vec<_>>(), "next_cursor": null}))
}

async fn place(State(counter): State<Arc<Counter>>, Json(order): Json<Value>) -> (StatusCode, Json<Value>) {
    let order_id = Uuid::now_v7();
    let scarce = order["items"][1]["product_id"] == Uuid::from_u128(OUT_OF_STOCK).to_string();
    counter.extend(order_id, &["accepted", "reserving"]);
    match order["payment_method"].as_str() {
        _ if scarce && counter.temper == Temper::SellsEverything => counter.extend(order_id, &SENT),
        _ if scarce => counter.extend(order_id, &["rejected"]),
        Some("cod") => counter.extend(order_id, &SENT),
        _ => counter.extend(order_id, &["awaiting_payment"]),
    }
    (StatusCode::ACCEPTED, Json(json!({"order_id": order_id})))
}

async fn status(State(counter): State<Arc<Counter>>, Path(order): Path<Uuid>) -> Json<Value> {
    let history = counter.history(order);
    let payment = json!({"gateway": "any", "gateway_ref": order, "client_secret": "key to the till",
        "amount": {"minor": 100, "currency": "INR"}});
    Json(json!({"status": history.last(), "payment": payment}))
}

async fn show(State(counter): State<Arc<Counter>>, Path(order): Path<Uuid>) -> Json<Value> {
    let history = counter.history(order);
    let step = |(n, status)| json!({"status": status, "at": format!("2026-01-02T03:04:05.{:03}Z", n * 20)});
    let steps: Vec<Value> = history.iter().enumerate().map(step).collect();
    Json(json!({"status": history.last(), "history": steps, "invoice": {"number": format!("SP/{order}")}}))
}

async fn cancel(State(counter): State<Arc<Counter>>, Path(order): Path<Uuid>) -> StatusCode {
    counter.extend(order, &["cancelling", "refunded"]);
    StatusCode::ACCEPTED
}

async fn invoice(State(counter): State<Arc<Counter>>) -> &'static str {
    if counter.temper == Temper::WritesLetters { "Dear customer" } else { "%PDF-1.7" }
}

async fn stripe(
    State(counter): State<Arc<Counter>>,
    Path(order): Path<Uuid>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    assert_eq!(form["client_secret"], "key to the till");
    if form["payment_method"] == "pm_card_chargeDeclined" {
        return (StatusCode::PAYMENT_REQUIRED, Json(json!({"error": {}}))).into_response();
    }
    counter.extend(order, &["paid"]);
    counter.extend(order, &SENT);
    StatusCode::OK.into_response()
}

/// Slow to send, so that there is time to cancel: only the order paid by Stripe needs to be quick.
async fn razorpay(State(counter): State<Arc<Counter>>, Path(order): Path<Uuid>, Json(attempt): Json<Value>) {
    assert_eq!(attempt["outcome"], "authorized");
    counter.extend(order, &["paid"]);
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        if counter.history(order).last() == Some(&"paid") {
            counter.extend(order, &SENT);
        }
    });
}
