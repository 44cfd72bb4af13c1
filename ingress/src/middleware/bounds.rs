//! How much a group of routes may take: so many requests at once, and so long for each.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::sync::Semaphore;

use crate::{
    admission,
    problem::{OVERLOADED, Problem, TIMED_OUT},
};

/// The bounds of a group of routes.
#[derive(Clone)]
pub struct Bounds {
    /// Places for requests at once; none where something else bounds them.
    pub places: Option<Arc<Semaphore>>,
    /// How long one may take.
    pub time: Duration,
}

impl Bounds {
    /// Room for so many requests at once, each for so long.
    #[must_use]
    pub fn new(places: usize, time: Duration) -> Self {
        Self { places: Some(Arc::new(Semaphore::new(places))), time }
    }
}

/// No more requests at once than this process can carry: the rest are told at once to come back, so that those which
/// were taken keep their latency and memory stays bounded. None holds its place for longer than its time.
pub async fn bounds(State(bounds): State<Bounds>, request: Request, next: Next) -> Response {
    let place = bounds.places.as_deref().map(Semaphore::try_acquire);
    if matches!(place, Some(Err(_))) {
        admission::count_shed(admission::REQUESTS_IN_FLIGHT, 1);
        return Problem::new(OVERLOADED).retry_after(1).into_response();
    }
    match tokio::time::timeout(bounds.time, next.run(request)).await {
        Ok(response) => response,
        // What the handler had begun may still take effect.
        Err(_) => Problem::new(TIMED_OUT)
            .detail("the request may have taken effect: retry with the same Idempotency-Key")
            .retry_after(1)
            .into_response(),
    }
}
