//! `GET /orders/{id}/status`

use std::{sync::Arc, time::Duration};

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemas::types::OrderStatus;
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::IntoParams;

use super::{own::Claimed, waiting::Waiting};
use crate::{
    app::App,
    extract::Query,
    problem::{OVERLOADED, Problem, VALIDATION_FAILED},
    read_models::Snapshot,
    views::{OrderStatusDoc, StatusBody},
};

/// Waits for this long unless the client says otherwise.
const USUAL_WAIT_SECONDS: i64 = 20;
/// The longest wait.
pub const LONGEST_WAIT_SECONDS: i64 = 30;
/// Whether to wait.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wait {
    /// Answer once the order is in this status or past it, or can never come to it any more.
    #[param(value_type = Option<OrderStatusDoc>)]
    wait_for: Option<String>,
    /// Answer with the status as it is after so many seconds, 1 to 30; 20 if not given.
    #[param(minimum = 1, maximum = 30)]
    timeout: Option<i64>,
}

/// Reads where an order stands: at once, or as soon as it has come to a status.
#[utoipa::path(get, path = "/orders/{id}/status", tag = "orders", security(("bearer" = [])),
    params(("id" = String, Path), Wait, ("If-None-Match" = Option<String>, Header, description = "The last ETag")),
    responses(
        (status = 200, body = StatusBody),
        (status = 304, description = "The status is the one of the ETag"),
        (status = 404, description = "order_not_found"),
    ))]
pub async fn status(
    State(app): State<Arc<App>>,
    claimed: Claimed,
    Query(wait): Query<Wait>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).and_then(version_of);
    let snapshot = match wait.parse()? {
        None => claimed.status(&app, known.unwrap_or(0)).await?,
        Some((wanted, patience)) => waited(app, claimed, wanted, patience, known.unwrap_or(0)).await?,
    };
    Ok(answer(snapshot, known))
}

impl Wait {
    fn parse(&self) -> Result<Option<(OrderStatus, Duration)>, Problem> {
        let seconds = self.timeout.unwrap_or(USUAL_WAIT_SECONDS);
        if !(1..=LONGEST_WAIT_SECONDS).contains(&seconds) {
            let expected = format!("must be 1 to {LONGEST_WAIT_SECONDS} seconds");
            return Err(Problem::field(VALIDATION_FAILED, "timeout", expected));
        }
        let Some(name) = &self.wait_for else { return Ok(None) };
        let wanted = OrderStatus::ALL.into_iter().find(|status| status.as_str() == name);
        let wanted = wanted.ok_or_else(|| Problem::field(VALIDATION_FAILED, "wait_for", "must be a status"))?;
        Ok(Some((wanted, Duration::from_secs(seconds.unsigned_abs()))))
    }
}

/// Whether waiting is over. Statuses are listed in the order that an order may pass through, those that lead away from
/// delivery last; of these, a cancellation may come too late for the parcel, and the order goes on to be shipped.
fn has_come_to(status: OrderStatus, wanted: OrderStatus) -> bool {
    let may_yet_come =
        status == OrderStatus::Cancelling && matches!(wanted, OrderStatus::Shipped | OrderStatus::Delivered);
    !may_yet_come && (status >= wanted || status.is_terminal())
}

/// Waits where there is room; a full house still answers whose order is there already.
async fn waited(
    app: Arc<App>,
    claimed: Claimed,
    wanted: OrderStatus,
    patience: Duration,
    at_least: i64,
) -> Result<Snapshot, Problem> {
    let until = Instant::now() + patience;
    if let Some(watch) = app.watchers.watch(claimed.order) {
        return come_to(wanted, Waiting { app, claimed, watch, until, at_least }).await;
    }
    let full = || Problem::new(OVERLOADED).detail("too many clients are waiting: poll with the ETag").retry_after(2);
    let snapshot = claimed.status(&app, at_least).await?;
    Some(snapshot).filter(|snapshot| has_come_to(snapshot.view.status, wanted)).ok_or_else(full)
}

/// The status that is wanted, or the one there is at the end.
async fn come_to(wanted: OrderStatus, mut waiting: Waiting) -> Result<Snapshot, Problem> {
    let mut known = waiting.first().await?;
    loop {
        match known {
            Some(snapshot) if has_come_to(snapshot.view.status, wanted) => return Ok(snapshot),
            _ => match waiting.newer(known.as_ref().map(|known| known.version)).await? {
                Some(newer) => known = Some(newer),
                None => return waiting.last(known).await,
            },
        }
    }
}

fn answer(snapshot: Snapshot, known: Option<i64>) -> Response {
    let tag =
        [(header::ETAG, format!("\"{}\"", snapshot.version)), (header::CACHE_CONTROL, "private, no-cache".to_owned())];
    if known == Some(snapshot.version) {
        return (StatusCode::NOT_MODIFIED, tag).into_response();
    }
    (tag, Answer(StatusBody::from(snapshot))).into_response()
}

/// The version behind an ETag of ours; weak comparison, as RFC 9110 asks for here.
fn version_of(tag: &str) -> Option<i64> {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_over_at_the_status_past_it_or_when_it_cannot_come_any_more() {
        use OrderStatus::{AwaitingPayment, Cancelled, Cancelling, Confirmed, Delivered, Expired, Reserving, Shipped};
        assert!(has_come_to(Confirmed, Confirmed));
        assert!(has_come_to(Delivered, Confirmed));
        assert!(has_come_to(Expired, Confirmed));
        assert!(has_come_to(Cancelling, Confirmed));
        assert!(!has_come_to(Reserving, AwaitingPayment));
        assert!(!has_come_to(Cancelling, Cancelled));
        assert!(!has_come_to(Cancelling, Shipped) && !has_come_to(Cancelling, Delivered));
        assert!(has_come_to(Cancelled, Shipped) && has_come_to(Delivered, Shipped));
    }

    #[test]
    fn waits_have_a_known_status_and_a_sane_length() {
        let wait = |wait_for: Option<&str>, timeout| Wait { wait_for: wait_for.map(ToOwned::to_owned), timeout };
        assert_eq!(wait(None, None).parse(), Ok(None));
        let expected = Some((OrderStatus::Confirmed, Duration::from_secs(20)));
        assert_eq!(wait(Some("confirmed"), None).parse(), Ok(expected));
        for (wait_for, timeout) in
            [(Some("Confirmed"), None), (Some(""), None), (Some("paid"), Some(0)), (None, Some(31))]
        {
            assert_eq!(wait(wait_for, timeout).parse().unwrap_err().kind(), VALIDATION_FAILED);
        }
    }

    #[test]
    fn an_etag_of_ours_is_a_version() {
        assert_eq!(version_of("\"12\""), Some(12));
        assert_eq!(version_of("W/\"12\""), Some(12));
        for foreign in ["", "12", "\"\"", "\"x\"", "*", "\"1\", \"2\""] {
            assert_eq!(version_of(foreign), None, "{foreign}");
        }
    }
}
