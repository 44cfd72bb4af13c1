//! What customers see and change of their own accounts: name, telephone, addresses.

use mongodb::{
    Collection, Database,
    bson::{Document, doc, serialize_to_bson},
    error::Error,
    options::ReturnDocument,
};
use schemas::{
    ids::UserId,
    types::{Address, Timestamp},
};
use serde::{Deserialize, Serialize};

use super::{Bearer, Role};
use crate::{problem::Problem, read_models::settled};

shared::id_type! {
    /// An address that a customer keeps.
    AddressId;
}

/// The most addresses of an account.
const MOST_ADDRESSES: usize = 20;

/// An account as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Profile {
    /// The account.
    #[serde(rename = "_id")]
    pub user_id: UserId,
    /// The address they log in with.
    pub email: String,
    /// Whether somebody has shown that it is theirs.
    #[serde(default)]
    pub email_verified: bool,
    /// Their name.
    pub name: String,
    /// Their telephone; empty if not given.
    pub phone: String,
    /// The telephone that they have shown to be theirs.
    #[serde(default)]
    pub verified_phone: Option<String>,
    /// What they may do.
    #[serde(default)]
    pub role: Role,
    /// Since when they are customers.
    pub created_at: Timestamp,
    /// Where parcels go to.
    #[serde(default)]
    pub addresses: Vec<KeptAddress>,
}

/// An address that a customer keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAddress {
    /// Its name for requests.
    pub id: AddressId,
    /// The address.
    pub address: Address,
}

/// How keeping an address ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// It is kept, by this request or by one before.
    Kept,
    /// Another one is kept under its id.
    Other,
    /// The account has as many as it may.
    Full,
    /// There is no such account.
    Nobody,
}

/// All profiles: the collection `accounts` without its secrets.
#[derive(Clone)]
pub struct Profiles(Collection<Profile>);

impl Profiles {
    /// The profiles in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection_with_options("accounts", settled()))
    }

    /// A user's profile.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn of(&self, user: UserId) -> Result<Option<Profile>, Problem> {
        Ok(self.0.find_one(of(user)).projection(fields()).await?)
    }

    /// Changes what is given; a telephone that is taken away opens the account no more. Returns the profile as it is then.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn change(
        &self,
        user: UserId,
        name: Option<String>,
        phone: Option<Option<String>>,
    ) -> Result<Option<Profile>, Problem> {
        let mut change = Document::new();
        if phone == Some(None) {
            change.insert("$unset", doc! { "verified_phone": 1 });
        }
        let changes = [("name", name), ("phone", phone.map(Option::unwrap_or_default))];
        let given: Document =
            changes.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?.into()))).collect();
        if given.is_empty() {
            return self.of(user).await;
        }
        change.insert("$set", given);
        let changed = self.0.find_one_and_update(of(user), change).projection(fields());
        Ok(changed.return_document(ReturnDocument::After).await?)
    }

    /// Makes a telephone the account's of whoever is logged in, and nobody else's, unless their session has ended meanwhile: a
    /// process may learn of that a moment late, and a telephone opens the account. Returns the profile as it is then.
    ///
    /// # Errors
    /// A problem when the store does not answer, or when two take it at the same moment: one of them again.
    pub async fn take_phone(&self, bearer: Bearer, phone: &str) -> Result<Option<Profile>, Problem> {
        let Bearer { user, epoch, .. } = bearer;
        let others = doc! { "verified_phone": phone, "_id": { "$ne": user.to_string() } };
        self.0.update_one(others, doc! { "$unset": { "verified_phone": 1 } }).await?;
        let change = doc! { "$set": { "phone": phone, "verified_phone": phone } };
        let mut own = of(user);
        // An account from before there were epochs says none.
        own.insert("$expr", doc! { "$eq": [{ "$ifNull": ["$epoch", 0_i64] }, epoch] });
        let changed = self.0.find_one_and_update(own, change).projection(fields());
        Ok(changed.return_document(ReturnDocument::After).await?)
    }

    /// Keeps an address, once under its id, as long as there is room: one update that tests both.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn keep(&self, user: UserId, kept: &KeptAddress) -> Result<Keeping, Problem> {
        let mut room = of(user);
        room.insert("addresses.id", doc! { "$ne": kept.id.to_string() });
        room.insert(format!("addresses.{}", MOST_ADDRESSES - 1), doc! { "$exists": false });
        let change = doc! { "$push": { "addresses": serialize_to_bson(kept).map_err(Error::from)? } };
        if self.0.update_one(room, change).await?.modified_count == 1 {
            return Ok(Keeping::Kept);
        }
        let Some(profile) = self.of(user).await? else { return Ok(Keeping::Nobody) };
        Ok(match profile.addresses.iter().find(|known| known.id == kept.id) {
            Some(known) if known == kept => Keeping::Kept,
            Some(_) => Keeping::Other,
            None => Keeping::Full,
        })
    }

    /// Puts an address in the place of the one with its id. Returns whether the user has one.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn replace(&self, user: UserId, kept: &KeptAddress) -> Result<bool, Problem> {
        let mut known = of(user);
        known.insert("addresses.id", kept.id.to_string());
        let change = doc! { "$set": { "addresses.$": serialize_to_bson(kept).map_err(Error::from)? } };
        Ok(self.0.update_one(known, change).await?.matched_count == 1)
    }

    /// Forgets an address. Returns whether the user had it.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn forget(&self, user: UserId, id: AddressId) -> Result<bool, Problem> {
        let change = doc! { "$pull": { "addresses": { "id": id.to_string() } } };
        Ok(self.0.update_one(of(user), change).await?.modified_count == 1)
    }
}

fn of(user: UserId) -> Document {
    doc! { "_id": user.to_string() }
}

/// What is not named here is not read, above all the password's hash.
fn fields() -> Document {
    doc! {
        "email": 1, "email_verified": 1, "name": 1, "phone": 1, "verified_phone": 1, "role": 1, "created_at": 1,
        "addresses": 1,
    }
}
