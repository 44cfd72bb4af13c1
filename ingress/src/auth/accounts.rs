//! The accounts, in the collection `accounts`: the one thing besides requests that the ingress itself records.

mod customers;
mod google;
mod mailbox;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mongodb::{
    Collection, Database, IndexModel,
    bson::{doc, serialize_to_bson},
    options::{IndexOptions, ReturnDocument},
};
pub use schemas::accounts::{Role, Standing};
use schemas::{accounts, ids::UserId};
pub use shared::record::is_duplicate;

pub use self::google::{Linking, account_of_google};
use super::{Permission, Rights};
use crate::{
    problem::{Problem, STORE_UNAVAILABLE},
    read_models::settled,
};

/// An account.
pub type Account = accounts::Account<Permission>;

/// How an attempt to create an account ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It exists now.
    Created,
    /// Another account has the address, or is opened by the same Google account.
    EmailTaken,
}

const NO_INDEX_YET: &str = "the index that keeps addresses unique is not there yet";

/// All accounts.
#[derive(Clone)]
pub struct Accounts {
    all: Collection<Account>,
    /// Whether addresses are kept unique. Until then no account can be opened: a second one with the same address would
    /// keep the index from ever being made.
    unique: Arc<AtomicBool>,
}

impl Accounts {
    /// The accounts in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self { all: database.collection_with_options(Account::COLLECTION, settled()), unique: Arc::default() }
    }

    /// Creates the index that keeps addresses unique.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create_indexes(&self) -> Result<(), mongodb::error::Error> {
        let unique = IndexOptions::builder().unique(true).build();
        self.all.create_index(IndexModel::builder().keys(doc! { "email": 1 }).options(unique).build()).await?;
        for name in ["verified_phone", "google_subject"] {
            let partial = doc! { name: { "$exists": true } };
            let unique = IndexOptions::builder().unique(true).partial_filter_expression(partial).build();
            self.all.create_index(IndexModel::builder().keys(doc! { name: 1 }).options(unique).build()).await?;
        }
        self.unique.store(true, Ordering::Release);
        Ok(())
    }

    /// Creates an account unless its address is taken; the unique index decides between two at the same moment.
    ///
    /// # Errors
    /// A problem when the store does not answer, or the unique index is not there yet.
    pub async fn create(&self, account: &Account) -> Result<Creation, Problem> {
        if !self.unique.load(Ordering::Acquire) {
            return Err(Problem::new(STORE_UNAVAILABLE).retry_after(1).because(NO_INDEX_YET));
        }
        match self.all.insert_one(account).await {
            Ok(_) => Ok(Creation::Created),
            Err(error) if is_duplicate(&error) => Ok(Creation::EmailTaken),
            Err(error) => Err(error.into()),
        }
    }

    /// What this user may do now; `None` if there is no such account.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn role_of(&self, user: UserId) -> Result<Option<Role>, Problem> {
        Ok(self.standing_of(user).await?.map(|standing| standing.role))
    }

    /// What this user may do now, in detail; `None` if there is no such account.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn rights_of(&self, user: UserId) -> Result<Option<Rights>, Problem> {
        let accounts = self.all.clone_with_type::<Rights>();
        let fields = doc! { "role": 1, "permissions": 1 };
        Ok(accounts.find_one(doc! { "_id": user.to_string() }).projection(fields).await?)
    }

    /// How this user's account stands now; `None` if there is no such account.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn standing_of(&self, user: UserId) -> Result<Option<Standing>, Problem> {
        let accounts = self.all.clone_with_type::<Standing>();
        let fields = doc! { "role": 1, "epoch": 1 };
        Ok(accounts.find_one(doc! { "_id": user.to_string() }).projection(fields).await?)
    }

    /// Begins the account's next epoch, in which no session of the last goes on. Returns which it is; `None` if there is no
    /// such account.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn begin_epoch(&self, user: UserId) -> Result<Option<i64>, Problem> {
        let accounts = self.all.clone_with_type::<Standing>();
        let next = accounts
            .find_one_and_update(doc! { "_id": user.to_string() }, doc! { "$inc": { "epoch": 1_i64 } })
            .projection(doc! { "role": 1, "epoch": 1 })
            .return_document(ReturnDocument::After);
        Ok(next.await?.map(|standing| standing.epoch))
    }

    /// Gives the account with this address a role, and no permissions. Returns whose it is, if there is one.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn set_role(&self, email: &str, role: Role) -> Result<Option<UserId>, Problem> {
        let role = serialize_to_bson(&role).map_err(mongodb::error::Error::from)?;
        let change = doc! { "$set": { "role": role }, "$unset": { "permissions": 1 } };
        let changed = self.all.find_one_and_update(doc! { "email": email }, change).await?;
        Ok(changed.map(|account| account.user_id))
    }

    /// Gives the customer's account with this address a role; an operator's account keeps its own. Returns whose it is, if
    /// there is such a customer.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn set_customers_role(&self, email: &str, role: Role) -> Result<Option<UserId>, Problem> {
        let text = |role: Role| serialize_to_bson(&role).map_err(mongodb::error::Error::from);
        let customer = doc! { "email": email, "role": { "$nin": [text(Role::Admin)?, text(Role::Staff)?] } };
        let changed = self.all.find_one_and_update(customer, doc! { "$set": { "role": text(role)? } }).await?;
        Ok(changed.map(|account| account.user_id))
    }

    /// Puts a password hash in the place of another, and begins the account's next epoch: one update, so that nobody is let
    /// in any more by what the old password opened. Returns how the account stands then; `None` if the old hash is not its
    /// hash any more.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn change_password(&self, user: UserId, from: &str, to: &str) -> Result<Option<Standing>, Problem> {
        let accounts = self.all.clone_with_type::<Standing>();
        let change = doc! { "$set": { "password_hash": to }, "$inc": { "epoch": 1_i64 } };
        let changed = accounts
            .find_one_and_update(doc! { "_id": user.to_string(), "password_hash": from }, change)
            .projection(doc! { "role": 1, "epoch": 1 })
            .return_document(ReturnDocument::After);
        Ok(changed.await?)
    }

    /// The account whose owner has shown that this telephone is theirs.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_verified_phone(&self, phone: &str) -> Result<Option<Account>, Problem> {
        Ok(self.all.find_one(doc! { "verified_phone": phone }).await?)
    }

    /// The account of this user.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_id(&self, user: UserId) -> Result<Option<Account>, Problem> {
        Ok(self.all.find_one(doc! { "_id": user.to_string() }).await?)
    }

    /// The account with this address.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_email(&self, email: &str) -> Result<Option<Account>, Problem> {
        Ok(self.all.find_one(doc! { "email": email }).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;

    #[tokio::test]
    async fn no_account_is_opened_before_its_address_is_sure_to_be_unique() {
        let account = Account::new("asha@example.in".to_owned(), "Asha".to_owned(), String::new(), String::new());
        let refused = Problem::new(STORE_UNAVAILABLE).retry_after(1).because(NO_INDEX_YET);
        assert_eq!(Bench::new().await.app.accounts.create(&account).await, Err(refused));
    }
}
