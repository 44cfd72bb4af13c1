//! The customers among the accounts, as a file lists them: never what opens an account.

use futures::TryStreamExt;
use mongodb::bson::doc;
use schemas::ids::UserId;
use serde::Deserialize;

use super::{Accounts, Role};
use crate::problem::Problem;

/// A customer.
#[derive(Debug, Clone, Deserialize)]
pub struct Customer {
    /// The account.
    #[serde(rename = "_id")]
    pub user_id: UserId,
    /// Its address.
    pub email: String,
    /// The customer's name.
    pub name: String,
    /// `+91` and ten digits; empty if not given.
    pub phone: String,
    /// At which prices they buy.
    #[serde(default)]
    pub role: Role,
}

impl Accounts {
    /// Up to `limit` customers in the order of their ids, from after `after` on.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn customers(&self, after: Option<UserId>, limit: i64) -> Result<Vec<Customer>, Problem> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let condition = doc! { "_id": { "$gt": after }, "role": { "$nin": ["staff", "admin"] } };
        let fields = doc! { "email": 1, "name": 1, "phone": 1, "role": 1 };
        let customers = self.all.clone_with_type::<Customer>();
        let found = customers.find(condition).sort(doc! { "_id": 1 }).limit(limit).projection(fields);
        Ok(found.await?.try_collect().await?)
    }
}
