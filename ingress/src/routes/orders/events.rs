//! `GET /orders/{id}/events`: server-sent events, <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, stream};
use tokio::time::Instant;

use super::{own::Claimed, waiting::Waiting};
use crate::{
    app::App,
    problem::{OVERLOADED, Problem},
    read_models::Snapshot,
    views::StatusBody,
};

/// Between two comments that keep proxies from closing a quiet connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Streams where an order stands: at once, then at each change. An event's id is the order's version. Ends after a
/// terminal status; a client that is cut off connects again and sees the current status.
#[utoipa::path(get, path = "/orders/{id}/events", tag = "orders", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses(
        (status = 200, body = StatusBody, content_type = "text/event-stream"),
        (status = 404, description = "order_not_found"),
    ))]
pub async fn events(State(app): State<Arc<App>>, claimed: Claimed) -> Result<Response, Problem> {
    let full = || Problem::new(OVERLOADED).detail("too many clients are listening: poll the status").retry_after(2);
    let watch = app.watchers.watch(claimed.order).ok_or_else(full)?;
    let until = Instant::now() + Duration::from_secs(app.settings.limits.stream_seconds);
    let waiting = Waiting { app, claimed, watch, until, at_least: 0 };
    let next = waiting.first().await?;
    let listener = Listener { waiting, shown: None, next };
    Ok(Sse::new(changes(listener)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

struct Listener {
    waiting: Waiting,
    /// The version shown last.
    shown: Option<i64>,
    /// What is to be shown next, if it is known already.
    next: Option<Snapshot>,
}

fn changes(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(Some(listener), |listener| async {
        let mut listener = listener?;
        let snapshot = listener.change().await?;
        let over = snapshot.view.status.is_terminal();
        listener.shown = Some(snapshot.version);
        Some((Ok(event(snapshot)), (!over).then_some(listener)))
    })
}

impl Listener {
    /// The next change; `None` when the stream's time is over, the process stops, or the order cannot be read any more.
    async fn change(&mut self) -> Option<Snapshot> {
        match self.next.take() {
            Some(known) => Some(known),
            None => self.waiting.newer(self.shown).await.ok()?,
        }
    }
}

fn event(snapshot: Snapshot) -> Event {
    let event = Event::default().event("status").id(snapshot.version.to_string());
    // Strings and integers always have a JSON form.
    let data = serde_json::to_string(&StatusBody::from(snapshot)).unwrap_or_default();
    event.data(data)
}
