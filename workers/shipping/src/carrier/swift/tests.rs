//! The carrier's API, against a server that speaks it.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use schemas::types::Money;
use serde_json::{Value, json};

use super::*;
use crate::testing::{order, parcel};

/// What the server was sent: path, key, token and body.
type Seen = Arc<Mutex<Vec<(String, String, String, Value)>>>;

#[derive(Clone)]
struct Stand {
    seen: Seen,
    answer: fn() -> Response,
}

async fn take(State(stand): State<Stand>, path: Option<Path<String>>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let path = path.map(|Path(id)| id).unwrap_or_default();
    let body = serde_json::from_slice(&body).unwrap();
    stand.seen.lock().unwrap().push((path, header("idempotency-key"), header("authorization"), body));
    // A blocking answer would hold up the test's only thread.
    if (stand.answer)().status() == StatusCode::CONTINUE {
        tokio::time::sleep(Duration::from_secs(30)).await;
    }
    (stand.answer)()
}

async fn carrier(answer: fn() -> Response) -> (Swift, Seen) {
    let seen = Seen::default();
    let router = Router::new()
        .route("/api/v1/shipments", post(take))
        .route("/api/v1/shipments/{id}/cancel", post(take))
        .with_state(Stand { seen: seen.clone(), answer });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (swift(&format!("http://{address}/api/")), seen)
}

fn swift(url: &str) -> Swift {
    Swift::new(url, &"token".into(), Duration::from_millis(300)).unwrap()
}

fn booked() -> Response {
    let body = json!({"id": "shp_1", "tracking_number": "SIM1", "status": "booked", "label_url": "http://x"});
    (StatusCode::CREATED, Json(body)).into_response()
}

#[tokio::test]
async fn a_booking_says_what_to_carry_and_where_to() {
    let (swift, seen) = carrier(booked).await;
    let booking = swift.book(order(), &parcel(), "key-1").await.unwrap();
    assert_eq!(booking, Booking { shipment_ref: "shp_1".to_owned(), tracking_number: "SIM1".to_owned() });
    let to = json!({
        "name": "Asha Rao", "phone": "+919800000001", "line1": "12 MG Road", "city": "Pune", "state": "Maharashtra",
        "pincode": "411001",
    });
    let body = json!({"reference": order().to_string(), "to": to, "weight_grams": 1_800});
    let expected = [(String::new(), "key-1".to_owned(), "Bearer token".to_owned(), body)];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn cash_to_collect_is_named_in_paise() {
    let (swift, seen) = carrier(booked).await;
    let parcel = Parcel { collect: Money::inr(318_200), ..parcel() };
    swift.book(order(), &parcel, "key-1").await.unwrap();
    assert_eq!(seen.lock().unwrap()[0].3["cod_amount_paise"], 318_200);
}

#[tokio::test]
async fn a_parcel_that_the_carrier_does_not_take_is_refused_with_its_code() {
    let (swift, _) = carrier(|| {
        let body = json!({"error": {"code": "unserviceable", "message": "no vehicle goes there"}});
        (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
    })
    .await;
    let refused = swift.book(order(), &parcel(), "key-1").await;
    assert_eq!(refused, Err(CallError::Refused("unserviceable".to_owned())));
}

#[tokio::test]
async fn a_cancellation_names_the_shipment() {
    let (swift, seen) = carrier(booked).await;
    swift.cancel("shp/1 ?", "key-2").await.unwrap();
    let (path, key, ..) = seen.lock().unwrap()[0].clone();
    assert_eq!((path.as_str(), key.as_str()), ("shp/1 ?", "key-2"));
}

#[tokio::test]
async fn a_parcel_that_was_fetched_cannot_be_cancelled() {
    let (swift, _) = carrier(|| {
        let body = json!({"error": {"code": "already_picked_up", "message": "too late"}});
        (StatusCode::CONFLICT, Json(body)).into_response()
    })
    .await;
    assert_eq!(swift.cancel("shp_1", "key").await, Err(CallError::Refused("already_picked_up".to_owned())));
}

#[tokio::test]
async fn a_parcel_that_the_carrier_called_off_first_counts_as_cancelled() {
    let (swift, _) = carrier(|| {
        let body = json!({"error": {"code": "already_cancelled", "message": "called off by the depot"}});
        (StatusCode::CONFLICT, Json(body)).into_response()
    })
    .await;
    assert_eq!(swift.cancel("shp_1", "key").await, Ok(()));
}

#[tokio::test]
async fn trouble_at_the_carrier_leaves_the_fate_open() {
    let troubles: [fn() -> Response; 5] = [
        || StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        || StatusCode::TOO_MANY_REQUESTS.into_response(),
        || (StatusCode::CREATED, "not json").into_response(),
        // Stands for no answer at all.
        || StatusCode::CONTINUE.into_response(),
        || (StatusCode::TEMPORARY_REDIRECT, [("location", "http://127.0.0.1:1/")]).into_response(),
    ];
    for trouble in troubles {
        let (swift, seen) = carrier(trouble).await;
        let lost = swift.book(order(), &parcel(), "key-1").await;
        assert!(matches!(lost, Err(CallError::Unanswered(_))), "{lost:?}");
        assert_eq!(seen.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_carrier_that_is_not_there_leaves_the_fate_open() {
    let lost = swift("http://127.0.0.1:1").cancel("shp_1", "key").await;
    assert!(matches!(lost, Err(CallError::Unanswered(why)) if why.starts_with("not reachable")));
}

#[test]
fn settings_that_cannot_work_are_named() {
    for url in ["", "carrier.example", "ftp://carrier.example", "http://"] {
        let error = Swift::new(url, &"token".into(), Duration::from_secs(1)).err();
        assert!(matches!(error, Some(SetupError::Url(_))), "{url}");
    }
    let error = Swift::new("http://127.0.0.1:1", &"to\nken".into(), Duration::from_secs(1)).err();
    assert!(matches!(error, Some(SetupError::Token)));
}
