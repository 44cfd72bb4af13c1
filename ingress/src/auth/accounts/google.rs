//! Accounts that a Google account opens.

use mongodb::bson::{Bson, doc};
use schemas::ids::UserId;

use super::{Account, Accounts, is_duplicate};
use crate::{auth::GoogleUser, problem::Problem};

/// How a Google account came to open an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linking {
    /// It opens it now.
    Linked,
    /// Another Google account opens it.
    Other,
    /// It opens another account since a moment ago.
    Elsewhere,
}

/// A new account that this Google account opens, and no password.
#[must_use]
pub fn account_of_google(user: &GoogleUser) -> Account {
    let account = Account::new(user.email.clone(), user.name.clone(), String::new(), String::new());
    Account { email_verified: true, google_subject: Some(user.subject.clone()), ..account }
}

impl Accounts {
    /// The account that a Google account opens.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_google(&self, subject: &str) -> Result<Option<Account>, Problem> {
        Ok(self.all.find_one(doc! { "google_subject": subject }).await?)
    }

    /// Has a Google account open an account, unless another one does.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn link_google(&self, user: UserId, subject: &str) -> Result<Linking, Problem> {
        let free = doc! { "_id": user.to_string(), "google_subject": { "$in": [Bson::Null, Bson::from(subject)] } };
        match self.all.update_one(free, doc! { "$set": { "google_subject": subject } }).await {
            Ok(update) if update.matched_count == 1 => Ok(Linking::Linked),
            Ok(_) => Ok(Linking::Other),
            Err(error) if is_duplicate(&error) => Ok(Linking::Elsewhere),
            Err(error) => Err(error.into()),
        }
    }
}
