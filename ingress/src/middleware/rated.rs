//! Limits on how often a client or an account may do something.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    auth,
    extract::Client,
    rates::{self, Class, Counted, changes_something},
};

/// Lets a request on for which there is a token. What is not let on is not read any further.
pub async fn rated(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if !request.method().is_safe() {
        let counted = counted(&app, &request);
        if let Err(exhausted) = app.rates.take(&counted.takes(&app.settings.rates)).await {
            return counted.refusal(exhausted).into_response();
        }
    }
    next.run(request).await
}

fn counted(app: &App, request: &Request) -> Counted {
    let (extensions, headers) = (request.extensions(), request.headers());
    let path = extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let route = path.strip_prefix("/api/v1").unwrap_or(path);
    let client = || Client::of(extensions, headers, app.settings.rates.trusted_proxies);
    let counts = changes_something(request.method(), route);
    let account = auth::bearer(headers, app).ok().filter(|_| counts).map(|bearer| bearer.user);
    rates::counted(Class::of_route(route), client, account)
}
