//! What a successful registration, login or refresh answers.

use schemas::ids::UserId;
use serde::Serialize;
use shared::time::Timestamp;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{Bearer, DeviceSession, LIFETIME_SECONDS, REFRESH_LIFETIME, RefreshToken, SessionId, Standing},
    extract::Device,
    problem::{INTERNAL, Problem},
};

/// An access token and whose it is, and what gets the next one.
#[derive(Serialize, ToSchema)]
pub struct Session {
    /// The account.
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token expires.
    expires_in: i64,
    /// Good once: send it to `/auth/refresh` for the next session answer, and keep the one that comes with it. A second
    /// time ends the session.
    refresh_token: String,
    /// Seconds until the refresh token expires.
    refresh_expires_in: u64,
}

impl Session {
    /// Opens a session on this device.
    ///
    /// # Errors
    /// A problem when the store does not answer, or the token cannot be made.
    pub async fn open(app: &App, user: UserId, standing: Standing, device: Device) -> Result<Self, Problem> {
        let (token, Device(device)) = (RefreshToken::first(SessionId::generate())?, device);
        let session = DeviceSession::new(&token, user, standing.epoch, device, Timestamp::now());
        app.sessions.open(&session).await?;
        Self::of(app, user, standing, &token)
    }

    /// The answer to who holds this refresh token from now on.
    ///
    /// # Errors
    /// A problem when the access token cannot be signed.
    pub fn of(app: &App, user: UserId, standing: Standing, refresh: &RefreshToken) -> Result<Self, Problem> {
        let bearer = Bearer { user, role: standing.role, session: refresh.session(), epoch: standing.epoch };
        let token = app.tokens.issue(bearer, Timestamp::now());
        Ok(Self {
            user_id: user,
            access_token: token.ok_or_else(|| Problem::new(INTERNAL).because("the token cannot be signed"))?,
            token_type: "Bearer",
            expires_in: LIFETIME_SECONDS,
            refresh_token: refresh.to_text(),
            refresh_expires_in: REFRESH_LIFETIME.as_secs(),
        })
    }
}
