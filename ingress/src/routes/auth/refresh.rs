//! `POST /auth/refresh`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use shared::time::Timestamp;
use utoipa::ToSchema;

use super::session::Session;
use crate::{
    app::App,
    audit::SecurityEvent,
    auth::{RefreshToken, Standing, Why, Worth, end_session},
    extract::Json,
    middleware::request_id::RequestId,
    problem::{INVALID_REFRESH_TOKEN, Problem},
};

/// Who wants to stay logged in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// The last one that was given.
    #[schema(value_type = String)]
    refresh_token: SecretString,
}

/// Gives a new access token, and a new refresh token in the place of the one that is sent.
///
/// A refresh token is good once. That one is sent a second time means that somebody else has it: the session ends, on this
/// device alone, and its owner logs in again.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", request_body = Renewal, responses(
    (status = 200, body = Session), (status = 401, description = "invalid_refresh_token"),
))]
pub async fn refresh(
    State(app): State<Arc<App>>,
    request: RequestId,
    Json(renewal): Json<Renewal>,
) -> Result<Answer<Session>, Problem> {
    let token = RefreshToken::parse(renewal.refresh_token.expose_secret()).ok_or_else(refused)?;
    let session = app.sessions.by_id(token.session()).await?.ok_or_else(refused)?;
    let user = session.user_id;
    let reused = async || {
        app.audit.note(SecurityEvent::RefreshTokenReused, user, request.as_str()).await;
        match end_session(&app, user, session.id, Why::Reuse).await {
            Ok(_) => refused(),
            Err(problem) => problem,
        }
    };
    match session.worth_of(&token, Timestamp::now()) {
        Worth::Good => {}
        Worth::Reused => return Err(reused().await),
        Worth::Nothing => return Err(refused()),
    }
    let standing = app.accounts.standing_of(user).await?;
    let standing = standing.filter(|Standing { epoch, .. }| *epoch == session.epoch).ok_or_else(refused)?;
    let next = token.next()?;
    // All that may fail comes before: once the token is replaced, the answer alone knows the new one.
    let answer = Session::of(&app, user, standing, &next)?;
    if !app.sessions.rotate(&token, &next, Timestamp::now()).await? {
        return Err(reused().await);
    }
    Ok(Answer(answer))
}

/// Why is not told: whoever tries tokens learns nothing from the answers.
fn refused() -> Problem {
    Problem::new(INVALID_REFRESH_TOKEN).challenge("Bearer")
}
