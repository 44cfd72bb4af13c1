//! Who operates the shop, and what they may do: accounts by their role.

use futures::TryStreamExt;
use mongodb::{
    Collection, Database, IndexModel,
    bson::{Bson, doc, serialize_to_bson},
    error::Error,
    options::ReturnDocument,
};
use schemas::ids::UserId;
use serde::{Deserialize, Serialize};

use super::{Permissions, Role};
use crate::{problem::Problem, read_models::settled};

/// What an account may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Its role.
    #[serde(default)]
    pub role: Role,
    /// What staff may do; of no meaning for any other role.
    #[serde(default)]
    pub permissions: Permissions,
}

/// An operator's account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StaffMember {
    /// The account.
    #[serde(rename = "_id")]
    pub user_id: UserId,
    /// The address they log in with.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    #[serde(flatten)]
    pub rights: Rights,
    /// How often all their sessions were ended.
    #[serde(default)]
    pub epoch: i64,
}

/// How a change of an account's rights ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appointment {
    /// The account has these rights.
    Made(StaffMember),
    /// It is an admin's, whose rights are changed on the command line alone.
    IsAdmin,
    /// There is no such account.
    Nobody,
}

/// All operators: the collection `accounts`, by role.
#[derive(Clone)]
pub struct Staff(Collection<StaffMember>);

impl Staff {
    /// The operators in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection_with_options("accounts", settled()))
    }

    /// Creates the index by which they are listed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create_indexes(&self) -> Result<(), Error> {
        self.0.create_index(IndexModel::builder().keys(doc! { "role": 1, "_id": 1 }).build()).await.map(drop)
    }

    /// Up to `limit` operators, in the order in which their accounts were opened, from behind `after` on.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn page(&self, after: Option<UserId>, limit: i64) -> Result<Vec<StaffMember>, Problem> {
        let mut condition = doc! { "role": { "$in": [bson(&Role::Staff)?, bson(&Role::Admin)?] } };
        if let Some(after) = after {
            condition.insert("_id", doc! { "$gt": after.to_string() });
        }
        Ok(self.0.find(condition).sort(doc! { "_id": 1 }).limit(limit).await?.try_collect().await?)
    }

    /// Gives an account other rights and begins its next epoch, so that nobody goes on under the old ones; an account that
    /// has these rights stays as it is.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn appoint(&self, email: &str, rights: &Rights) -> Result<Appointment, Problem> {
        let (role, permissions) = (bson(&rights.role)?, bson(&rights.permissions)?);
        let other = doc! {
            "email": email, "role": { "$ne": bson(&Role::Admin)? },
            "$or": [{ "role": { "$ne": &role } }, { "permissions": { "$ne": &permissions } }],
        };
        let change = doc! { "$set": { "role": role, "permissions": permissions }, "$inc": { "epoch": 1_i64 } };
        let changed = self.0.find_one_and_update(other, change).return_document(ReturnDocument::After).await?;
        let found = match changed {
            Some(member) => Some(member),
            None => self.0.find_one(doc! { "email": email }).await?,
        };
        Ok(match found {
            None => Appointment::Nobody,
            Some(member) if member.rights.role == Role::Admin => Appointment::IsAdmin,
            Some(member) => Appointment::Made(member),
        })
    }
}

fn bson<T: Serialize>(value: &T) -> Result<Bson, Problem> {
    serialize_to_bson(value).map_err(|error| Error::from(error).into())
}
