//! The lock of an account against guesses at its password.

use mongodb::bson::DateTime;
use shared::time::Timestamp;

use super::Attempt;
use crate::{
    app::App,
    audit::SecurityEvent,
    middleware::request_id::RequestId,
    problem::{Problem, TOO_MANY_ATTEMPTS},
};

/// Counts an attempt on this address, and refuses it under the lock. Where there is an account, the beginning of a lock is
/// noted, once.
///
/// # Errors
/// A problem under the lock, or when the store does not answer.
pub async fn count_attempt(app: &App, email: &str, request: &RequestId) -> Result<(), Problem> {
    let now = DateTime::from_millis(Timestamp::now().as_millis());
    let Attempt::Locked { seconds, begins } = app.attempts.begin(email, now).await? else { return Ok(()) };
    if begins && let Some(account) = app.accounts.by_email(email).await? {
        app.audit.note(SecurityEvent::LoginLocked, account.user_id, request.as_str()).await;
    }
    Err(Problem::new(TOO_MANY_ATTEMPTS).retry_after(seconds))
}
