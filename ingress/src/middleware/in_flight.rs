//! No more requests at once than this process can carry: the rest are told at once to come back, so that those which
//! were taken keep their latency and memory stays bounded.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::sync::Semaphore;

use crate::problem::{OVERLOADED, Problem};

/// Runs the request if there is a place for it.
pub async fn in_flight(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => {
            metrics::counter!("http_requests_shed_total").increment(1);
            Problem::new(OVERLOADED).retry_after(1).into_response()
        }
    }
}
