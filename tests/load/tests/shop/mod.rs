//! A shop that sells without doing anything, and that can be told to fail: what the generator must notice.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::sleep};
use uuid::Uuid;

/// How the shop behaves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manners {
    /// How long after its acceptance an order is confirmed.
    pub confirms_after: Duration,
    /// Every so manieth order is never confirmed.
    pub forgets_every: Option<u64>,
    /// Every so manieth order is rejected.
    pub rejects_every: Option<u64>,
    /// Every so manieth order is turned away.
    pub turns_away_every: Option<u64>,
    /// Whoever is turned away is told when to come again.
    pub tells_when_to_come_again: bool,
    /// No status read may wait.
    pub has_no_waiting_room: bool,
    /// For so long after its start the shop answers no new order.
    pub sleeps_in: Duration,
    /// Seconds that a token lasts.
    pub token_seconds: u64,
}

/// What happened to the shop.
#[derive(Debug, Default)]
pub struct Shop {
    manners: Manners,
    opened: Mutex<Option<Instant>>,
    orders: Mutex<HashMap<Uuid, (u64, Instant)>>,
    placed: AtomicU64,
    /// What was put into carts.
    pub in_carts: AtomicU64,
    /// How often somebody logged in.
    pub log_ins: AtomicU64,
    /// Status reads that wanted to wait.
    pub waits: AtomicU64,
}

impl Shop {
    /// Opens a shop; its address and its books.
    pub async fn open(manners: Manners) -> (String, Arc<Self>) {
        let shop = Arc::new(Self { manners, ..Self::default() });
        let router = Router::new()
            .route("/api/v1/auth/register", post(token))
            .route("/api/v1/auth/login", post(log_in))
            .route("/api/v1/products", get(products))
            .route("/api/v1/products/{slug}", get(product))
            .route("/api/v1/cart", get(cart))
            .route("/api/v1/cart/items", post(put_in_cart))
            .route("/api/v1/orders", post(place))
            .route("/api/v1/orders/{id}/status", get(status))
            .with_state(Arc::clone(&shop));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (address, shop)
    }

    fn status_of(&self, order: Uuid) -> &'static str {
        let (number, accepted) = self.orders.lock().unwrap()[&order];
        let falls_on = |every: Option<u64>| every.is_some_and(|every| number % every == 0);
        if falls_on(self.manners.rejects_every) {
            "rejected"
        } else if falls_on(self.manners.forgets_every) || accepted.elapsed() < self.manners.confirms_after {
            "awaiting_payment"
        } else {
            "packed"
        }
    }
}

async fn token(State(shop): State<Arc<Shop>>) -> (StatusCode, Json<Value>) {
    let lifetime = shop.manners.token_seconds.max(1);
    (StatusCode::CREATED, Json(json!({"access_token": "secret", "token_type": "Bearer", "expires_in": lifetime})))
}

async fn log_in(State(shop): State<Arc<Shop>>) -> (StatusCode, Json<Value>) {
    shop.log_ins.fetch_add(1, Ordering::Relaxed);
    token(State(shop)).await
}

/// Two pages of two products each.
async fn products(Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    let first = query.get("cursor").map_or(0, |cursor| cursor.parse::<u128>().unwrap());
    let product = |number: u128| {
        json!({"product_id": Uuid::from_u128(number), "sku": format!("SKU-{number}"), "name": "a part",
            "slug": format!("sku-{number}"), "category": "Brakes", "price": {"minor": 100, "currency": "INR"}})
    };
    let next = (first == 0).then_some("2");
    Json(json!({"items": [product(first), product(first + 1)], "next_cursor": next}))
}

/// Product 3 has no page.
async fn product(Path(slug): Path<String>) -> Response {
    assert!(slug.starts_with("sku-"));
    if slug == "sku-3" { StatusCode::NOT_FOUND.into_response() } else { Json(json!({"slug": slug})).into_response() }
}

async fn put_in_cart(State(shop): State<Arc<Shop>>, Json(item): Json<Value>) -> (StatusCode, Json<Value>) {
    assert_eq!(item["quantity"], 1);
    shop.in_carts.fetch_add(1, Ordering::Relaxed);
    (StatusCode::CREATED, Json(json!({})))
}

/// Too many look at once.
async fn cart(headers: HeaderMap) -> Response {
    assert_eq!(headers["authorization"], "Bearer secret");
    busy()
}

async fn place(State(shop): State<Arc<Shop>>, headers: HeaderMap, Json(_order): Json<Value>) -> Response {
    assert_eq!(headers["authorization"], "Bearer secret");
    assert!(headers.contains_key("idempotency-key"));
    let opened = *shop.opened.lock().unwrap().get_or_insert_with(Instant::now);
    sleep(shop.manners.sleeps_in.saturating_sub(opened.elapsed())).await;
    let number = 1 + shop.placed.fetch_add(1, Ordering::Relaxed);
    if shop.manners.turns_away_every.is_some_and(|every| number % every == 0) {
        let seconds = shop.manners.tells_when_to_come_again.then_some([(header::RETRY_AFTER, "1")]);
        return (seconds.unwrap_or([(header::SERVER, "shop")]), busy()).into_response();
    }
    let order = Uuid::from_u128(number.into());
    shop.orders.lock().unwrap().insert(order, (number, Instant::now()));
    (StatusCode::ACCEPTED, Json(json!({"order_id": order, "status_url": ""}))).into_response()
}

async fn status(
    State(shop): State<Arc<Shop>>,
    Path(order): Path<Uuid>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if let Some(wanted) = query.get("wait_for") {
        assert_eq!(wanted, "confirmed");
        shop.waits.fetch_add(1, Ordering::Relaxed);
        if shop.manners.has_no_waiting_room {
            return busy();
        }
        let until = Instant::now() + Duration::from_secs(query["timeout"].parse().unwrap());
        while shop.status_of(order) == "awaiting_payment" && Instant::now() < until {
            sleep(Duration::from_millis(5)).await;
        }
    }
    Json(json!({"order_id": order, "status": shop.status_of(order), "version": 1})).into_response()
}

fn busy() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"code": "overloaded", "title": "Too many"}))).into_response()
}
