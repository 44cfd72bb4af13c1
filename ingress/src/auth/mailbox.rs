//! Who shows from outside that an account's address is theirs: by a code that came there, or by their Google account.
//!
//! Anybody may have opened the account, with a password of their own, and have waited for its owner to come and use it. So
//! the first who shows so, outside a session of the account, gets it without whatever opened it before. A customer who
//! never confirmed their own address loses their password in this way, and sets a new one by the same mailbox.

use super::{Account, Standing};
use crate::{app::App, audit::SecurityEvent, middleware::request_id::RequestId, problem::Problem};

/// Makes the account that of whoever has its mailbox. Returns it as it stands then.
///
/// # Errors
/// A problem when the store does not answer.
pub async fn own_by_mailbox(app: &App, account: Account, request: &RequestId) -> Result<Account, Problem> {
    if account.email_verified {
        return Ok(account);
    }
    let user = account.user_id;
    // None: somebody else with the same mailbox was faster.
    if let Some(Standing { epoch, .. }) = app.accounts.hand_over(user).await? {
        app.audit.note(SecurityEvent::HandedOver, user, request.as_str()).await;
        app.revocations.revoke_account(user, epoch).await?;
    }
    Ok(app.accounts.by_id(user).await?.unwrap_or(account))
}
