//! The end of sessions: no refresh token of theirs is good any more, and no access token.
//!
//! The record comes first and each step may be repeated, so who is told that something did not answer asks again.

use schemas::ids::UserId;
use shared::time::Timestamp;

use super::{SessionId, Why};
use crate::{app::App, problem::Problem};

/// Ends one session of a user. Returns whether the user has such a session.
///
/// # Errors
/// A problem when the store does not answer.
pub async fn end_session(app: &App, user: UserId, session: SessionId, why: Why) -> Result<bool, Problem> {
    let is_theirs = app.sessions.end(user, session, why, Timestamp::now()).await?;
    if is_theirs {
        app.revocations.revoke_session(session).await?;
    }
    Ok(is_theirs)
}

/// Ends all sessions of a user, those that are being opened at this moment among them.
///
/// # Errors
/// A problem when the store does not answer.
pub async fn end_all_sessions(app: &App, user: UserId) -> Result<(), Problem> {
    match app.accounts.begin_epoch(user).await? {
        Some(epoch) => app.revocations.revoke_account(user, epoch).await,
        None => Ok(()),
    }
}
