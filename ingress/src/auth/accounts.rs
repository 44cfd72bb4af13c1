//! The accounts, in the collection `accounts`: the one thing besides requests that the ingress itself records.

use mongodb::{
    Collection, Database, IndexModel,
    bson::doc,
    error::{ErrorKind, WriteFailure},
    options::IndexOptions,
};
use schemas::ids::UserId;
use serde::{Deserialize, Serialize};
use shared::time::Timestamp;

use crate::problem::Problem;

/// A customer's account. There is no role in it: whoever registers is a customer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// The account.
    #[serde(rename = "_id")]
    pub user_id: UserId,
    /// In lower case; unique.
    pub email: String,
    /// The customer's name.
    pub name: String,
    /// `+91` and ten digits; empty if not given.
    pub phone: String,
    /// An argon2id PHC string.
    pub password_hash: String,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// How an attempt to create an account ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It exists now.
    Created,
    /// Another account has the address.
    EmailTaken,
}

/// All accounts.
#[derive(Clone)]
pub struct Accounts(Collection<Account>);

impl Accounts {
    /// The accounts in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection("accounts"))
    }

    /// Creates the index that keeps addresses unique.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create_indexes(&self) -> Result<(), mongodb::error::Error> {
        let unique = IndexOptions::builder().unique(true).build();
        self.0.create_index(IndexModel::builder().keys(doc! { "email": 1 }).options(unique).build()).await?;
        Ok(())
    }

    /// Creates an account unless its address is taken; the unique index decides between two at the same moment.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn create(&self, account: &Account) -> Result<Creation, Problem> {
        match self.0.insert_one(account).await {
            Ok(_) => Ok(Creation::Created),
            Err(error) if is_duplicate(&error) => Ok(Creation::EmailTaken),
            Err(error) => Err(error.into()),
        }
    }

    /// The account with this address.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_email(&self, email: &str) -> Result<Option<Account>, Problem> {
        Ok(self.0.find_one(doc! { "email": email }).await?)
    }
}

/// Whether a write failed because a unique key exists already.
pub fn is_duplicate(error: &mongodb::error::Error) -> bool {
    const DUPLICATE_KEY: i32 = 11000;
    match &*error.kind {
        ErrorKind::Write(WriteFailure::WriteError(write)) => write.code == DUPLICATE_KEY,
        ErrorKind::Command(command) => command.code == DUPLICATE_KEY,
        _ => false,
    }
}
