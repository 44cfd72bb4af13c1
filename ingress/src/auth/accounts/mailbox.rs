//! Whose the address of an account is.

use mongodb::{bson::doc, options::ReturnDocument};
use schemas::ids::UserId;

use super::{Accounts, Standing};
use crate::problem::Problem;

impl Accounts {
    /// Whoever is logged in has shown that the account's address is theirs, too.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn confirm_email(&self, user: UserId) -> Result<(), Problem> {
        let change = doc! { "$set": { "email_verified": true } };
        self.all.update_one(doc! { "_id": user.to_string() }, change).await?;
        Ok(())
    }

    /// Makes an account that of whoever has just shown that its address is theirs, unless somebody had shown so before: one
    /// update, after which nothing opens the account that was set before, neither its password nor a telephone nor a
    /// session. Returns how it stands then; `None` if nothing was to be done.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn hand_over(&self, user: UserId) -> Result<Option<Standing>, Problem> {
        let unproven = doc! { "_id": user.to_string(), "email_verified": { "$ne": true } };
        let change = doc! {
            "$set": { "email_verified": true, "password_hash": "" },
            "$unset": { "verified_phone": 1 },
            "$inc": { "epoch": 1_i64 },
        };
        let accounts = self.all.clone_with_type::<Standing>();
        let changed = accounts.find_one_and_update(unproven, change).projection(doc! { "role": 1, "epoch": 1 });
        Ok(changed.return_document(ReturnDocument::After).await?)
    }
}
