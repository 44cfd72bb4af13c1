//! `POST /auth/logout` and `POST /auth/logout-all`

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use shared::time::Timestamp;
use utoipa::ToSchema;

use crate::{
    app::App,
    audit::SecurityEvent,
    auth::{Bearer, RefreshToken, Visitor, Why, Worth, end_all_sessions, end_session},
    extract::OptionalJson,
    middleware::request_id::RequestId,
    problem::{Problem, UNAUTHENTICATED},
};

/// Which session, where the access token has expired.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// Needed only without an access token.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    refresh_token: Option<SecretString>,
}

/// Ends the session of the access token that is sent or, without one, of the refresh token. Neither is good any more: here
/// at once, and within two seconds wherever else the API is served.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", request_body = Option<Leave>, security(("bearer" = []), ()),
    responses(
        (status = 204),
    ))]
pub async fn logout(
    State(app): State<Arc<App>>,
    Visitor(bearer): Visitor,
    OptionalJson(leave): OptionalJson<Leave>,
) -> Result<StatusCode, Problem> {
    match (bearer, leave.refresh_token) {
        (Some(Bearer { user, session, .. }), _) => {
            if !end_session(&app, user, session, Why::LoggedOut).await? {
                // Though there is no such session on record, its token has some minutes left.
                app.revocations.revoke_session(session).await?;
            }
        }
        (None, Some(token)) => end_by_refresh_token(&app, &token).await?,
        (None, None) => return Err(nobody()),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all sessions of the account, this one included.
#[utoipa::path(post, path = "/auth/logout-all", tag = "auth", security(("bearer" = [])), responses(
    (status = 204),
))]
pub async fn logout_all(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    request: RequestId,
) -> Result<StatusCode, Problem> {
    end_all_sessions(&app, bearer.user).await?;
    app.audit.note(SecurityEvent::LoggedOutEverywhere, bearer.user, request.as_str()).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether the token is the current one or an old one makes no difference to who wants the session to end.
async fn end_by_refresh_token(app: &App, token: &SecretString) -> Result<(), Problem> {
    let token = RefreshToken::parse(token.expose_secret()).ok_or_else(nobody)?;
    let session = app.sessions.by_id(token.session()).await?.ok_or_else(nobody)?;
    match session.worth_of(&token, Timestamp::now()) {
        Worth::Nothing => Err(nobody()),
        Worth::Good | Worth::Reused => end_session(app, session.user_id, session.id, Why::LoggedOut).await.map(drop),
    }
}

fn nobody() -> Problem {
    Problem::new(UNAUTHENTICATED).detail("send the access token, or a refresh_token of the session").challenge("Bearer")
}
