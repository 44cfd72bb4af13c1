//! The shipments endpoints.

use super::event::CarrierEvent;
use super::shipment::{Booking, Shipment, Status, Terms, Unbookable};
use super::{Carrier, problem};
use crate::clock::unix_millis;
use crate::faults::Fate;
use crate::idempotency::{Claim, fingerprint};
use crate::ids::fresh;
use crate::web::{hang_up, header_text, json, see_through};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

type Shared = State<Arc<Carrier>>;

#[derive(Serialize)]
struct ShipmentObject<'a> {
    id: &'a str,
    tracking_number: &'a str,
    status: Status,
    label_url: String,
    reference: &'a str,
    weight_grams: u32,
    cod_amount_paise: Option<i64>,
    booked_at: i64,
}

fn object<'a>(carrier: &Carrier, shipment: &'a Shipment) -> ShipmentObject<'a> {
    let terms = &*shipment.terms;
    ShipmentObject {
        id: &terms.id,
        tracking_number: &terms.tracking_number,
        status: shipment.status,
        label_url: format!("{}/labels/{}", carrier.setup.base_url, terms.id),
        reference: &terms.booking.reference,
        weight_grams: terms.booking.weight_grams,
        cod_amount_paise: terms.booking.cod_amount_paise,
        booked_at: terms.booked_ms / 1_000,
    }
}

pub(super) fn show(carrier: &Carrier, status: StatusCode, shipment: &Shipment) -> Response {
    json(status, &object(carrier, shipment))
}

pub(super) fn missing() -> Response {
    problem(StatusCode::NOT_FOUND, "not_found", "no such shipment")
}

/// `POST /v1/shipments`
pub(super) async fn book(State(carrier): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let booking = match serde_json::from_slice::<Booking>(&body) {
        Ok(booking) => booking,
        Err(error) => return problem(StatusCode::BAD_REQUEST, "malformed", &error.to_string()),
    };
    if let Err(reason) = booking.check() {
        return refused(reason);
    }
    if carrier.outbox.is_full() {
        return problem(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "webhooks are waiting to be taken");
    }
    let key = header_text(&headers, "idempotency-key").map(str::to_owned);
    if let Some(key) = &key {
        match carrier.keys.claim(key, fingerprint("/v1/shipments", &booking)) {
            Claim::New => {}
            Claim::Replay(first) => return show(&carrier, StatusCode::CREATED, &first),
            Claim::InUse => return problem(StatusCode::CONFLICT, "in_progress", "the first request is under way"),
            Claim::Mismatch => {
                return problem(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "idempotency_key_reused",
                    "the key belongs to another booking",
                );
            }
        }
    }
    see_through(accept(carrier, booking, key)).await
}

fn refused(reason: Unbookable) -> Response {
    let (code, message) = match reason {
        Unbookable::Unserviceable => ("unserviceable", "no vehicle goes to this pincode"),
        Unbookable::MalformedPincode => ("invalid_pincode", "a pincode has six digits"),
        Unbookable::NoWeight => ("invalid_weight", "weight_grams must be at least 1"),
        Unbookable::NoReference => ("invalid_reference", "reference must not be empty"),
        Unbookable::NegativeCod => ("invalid_cod_amount", "cod_amount_paise must not be negative"),
    };
    problem(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}

/// Books a shipment under a claimed key and answers as the fault switches say.
async fn accept(carrier: Arc<Carrier>, booking: Booking, key: Option<String>) -> Response {
    carrier.switches.pause().await;
    if carrier.switches.declines() {
        if let Some(key) = &key {
            carrier.keys.release(key);
        }
        return problem(StatusCode::SERVICE_UNAVAILABLE, "no_capacity", "no vehicle is free; try again later");
    }
    let shipment = open(&carrier, booking, key);
    match carrier.switches.fate() {
        Fate::Answer => show(&carrier, StatusCode::CREATED, &shipment),
        Fate::Error500 => problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong"),
        Fate::HangUp => hang_up(Duration::from_millis(carrier.switches.current().timeout_hold_ms)).await,
    }
}

fn open(carrier: &Arc<Carrier>, booking: Booking, key: Option<String>) -> Shipment {
    let shipment = Shipment::new(Terms {
        id: fresh("shp_", 20),
        tracking_number: fresh("SIM", 12).to_ascii_uppercase(),
        booking,
        booked_ms: unix_millis(),
    });
    carrier.book().open(shipment.clone(), key.clone());
    if let Some(key) = &key {
        carrier.keys.finish(key, shipment.clone());
    }
    carrier.expect_journey(shipment.terms.id.clone());
    shipment
}

/// `GET /v1/shipments/{id}`
pub(super) async fn retrieve(State(carrier): Shared, Path(id): Path<String>) -> Response {
    let found = carrier.book().shipment(&id);
    found.map_or_else(missing, |shipment| show(&carrier, StatusCode::OK, &shipment))
}

/// The query of `GET /v1/shipments`.
#[derive(Deserialize)]
pub(super) struct Filter {
    reference: String,
}

/// `GET /v1/shipments?reference=`
pub(super) async fn list(State(carrier): Shared, Query(filter): Query<Filter>) -> Response {
    let shipments = carrier.book().with_reference(&filter.reference);
    json(StatusCode::OK, &shipments.iter().map(|shipment| object(&carrier, shipment)).collect::<Vec<_>>())
}

/// `POST /v1/shipments/{id}/cancel`
pub(super) async fn cancel(State(carrier): Shared, Path(id): Path<String>) -> Response {
    let mut book = carrier.book();
    let Some(record) = book.record(&id) else { return missing() };
    match record.shipment.cancel() {
        Err(_) => problem(StatusCode::CONFLICT, "already_picked_up", "the shipment is no longer at the shop"),
        Ok(news) => {
            if news {
                let now = unix_millis();
                record.steps.push((Status::Cancelled, now));
                carrier.outbox.post(CarrierEvent::new(record.shipment.clone(), now / 1_000));
            }
            show(&carrier, StatusCode::OK, &record.shipment)
        }
    }
}

/// `GET /labels/{id}`: what would be printed and stuck on the parcel.
pub(super) async fn label(State(carrier): Shared, Path(id): Path<String>) -> Response {
    let Some(shipment) = carrier.book().shipment(&id) else { return missing() };
    let (terms, to) = (&*shipment.terms, &shipment.terms.booking.to);
    let second_line = to.line2.as_deref().map(|line| format!("{line}\n")).unwrap_or_default();
    format!(
        "{}\nRef {}\n\n{}\n{}\n{second_line}{} {}\n{}\n",
        terms.tracking_number, terms.booking.reference, to.name, to.line1, to.city, to.pincode, to.state
    )
    .into_response()
}
