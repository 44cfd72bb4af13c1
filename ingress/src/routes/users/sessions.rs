//! `GET /users/me/sessions` and `DELETE /users/me/sessions/{id}`

use std::sync::Arc;

use axum::{Json as Answer, extract::State, http::StatusCode};
use serde::Serialize;
use shared::time::Timestamp;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{Bearer, DeviceSession, SessionId, Why, end_session},
    extract::Path,
    problem::{Problem, SESSION_NOT_FOUND},
    views::rfc3339,
};

/// A device that is logged in.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceView {
    /// The session.
    #[schema(value_type = String, format = Uuid)]
    session_id: SessionId,
    /// What the device calls itself; may be empty.
    device: String,
    /// When it logged in.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    /// When it last refreshed its tokens.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    used_at: Timestamp,
    /// When it is logged out unless it refreshes before.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Whether it is the one that asks.
    current: bool,
}

/// The devices that are logged in.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceList {
    /// The last used first: at most 100.
    items: Vec<DeviceView>,
}

/// Lists the devices on which the account is logged in.
#[utoipa::path(get, path = "/users/me/sessions", tag = "users", security(("bearer" = [])), responses(
    (status = 200, body = DeviceList),
))]
pub async fn list(State(app): State<Arc<App>>, bearer: Bearer) -> Result<Answer<DeviceList>, Problem> {
    let sessions = app.sessions.of_user(bearer.user, bearer.epoch, Timestamp::now()).await?;
    let items = sessions.into_iter().map(|session| DeviceView::of(session, bearer.session)).collect();
    Ok(Answer(DeviceList { items }))
}

/// Logs one of the account's devices out.
#[utoipa::path(delete, path = "/users/me/sessions/{id}", tag = "users", params(("id" = String, Path)),
    security(("bearer" = [])), responses(
        (status = 204),
        (status = 404, description = "session_not_found"),
    ))]
pub async fn end(State(app): State<Arc<App>>, bearer: Bearer, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let unknown = || Problem::new(SESSION_NOT_FOUND);
    let id: SessionId = id.parse().map_err(|_| unknown())?;
    let is_theirs = end_session(&app, bearer.user, id, Why::LoggedOut).await?;
    if is_theirs { Ok(StatusCode::NO_CONTENT) } else { Err(unknown()) }
}

impl DeviceView {
    fn of(session: DeviceSession, asking: SessionId) -> Self {
        Self {
            session_id: session.id,
            opened_at: session.opened_at,
            used_at: session.used_at,
            expires_at: session.expires_at(),
            current: session.id == asking,
            device: session.device,
        }
    }
}
