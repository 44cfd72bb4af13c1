//! `GET /admin/imports/{id}/events`: server-sent events, <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, stream};
use tokio::{sync::OwnedSemaphorePermit, time::Instant};

use super::{of_id, view::ImportView};
use crate::{
    app::App,
    auth::permit,
    extract::Path,
    problem::{OVERLOADED, Problem},
    read_models::ImportDocument,
};

/// Between two comments that keep proxies from closing a quiet connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Between two looks at the record: operators are few, and a file is under way for minutes.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Streams how a file stands: at once, then at each change, once a second at most. Ends with the file; a client that is cut
/// off connects again and sees how it stands.
#[utoipa::path(get, path = "/admin/imports/{id}/events", tag = "admin", params(("id" = String, Path)),
    security(("bearer" = ["imports_read"])), responses(
    (status = 200, body = ImportView, content_type = "text/event-stream"),
    (status = 404, description = "import_not_found"),
))]
pub async fn events(
    State(app): State<Arc<App>>,
    _: permit::ImportsRead,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let full = || Problem::new(OVERLOADED).detail("too many are listening: poll the file").retry_after(2);
    let place = Arc::clone(&app.import_listeners).try_acquire_owned().map_err(|_| full())?;
    let next = Some(of_id(&app, &id).await?);
    let until = Instant::now() + Duration::from_secs(app.settings.limits.stream_seconds);
    let listener = Listener { app, id, until, next, shown: None, _place: place };
    Ok(Sse::new(changes(listener)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

struct Listener {
    app: Arc<App>,
    id: String,
    until: Instant,
    /// What is to be shown next, if it is known already.
    next: Option<ImportDocument>,
    /// The version shown last.
    shown: Option<i64>,
    _place: OwnedSemaphorePermit,
}

fn changes(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(Some(listener), |listener| async {
        let mut listener = listener?;
        let change = listener.change().await?;
        let over = change.state.status.is_end();
        listener.shown = Some(change.version);
        Some((Ok(event(&change)), (!over).then_some(listener)))
    })
}

impl Listener {
    /// The next change; `None` when the stream's time is over, the process stops, or the record does not answer.
    async fn change(&mut self) -> Option<ImportDocument> {
        if let Some(known) = self.next.take() {
            return Some(known);
        }
        while Instant::now() < self.until {
            self.app.shutdown.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await?;
            let now = of_id(&self.app, &self.id).await.ok()?;
            if Some(now.version) != self.shown {
                return Some(now);
            }
        }
        None
    }
}

fn event(change: &ImportDocument) -> Event {
    let event = Event::default().event("status").id(change.version.to_string());
    // Strings and integers always have a JSON form.
    event.data(serde_json::to_string(&ImportView::from(&change.state)).unwrap_or_default())
}
