//! The accounts of customers and of those who operate the shop.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    ids::UserId,
    types::{PriceList, Timestamp},
};

/// An account, in the collection [`Account::COLLECTION`]: written by the ingress, and by the imports worker for files of
/// customers. What staff may do is the ingress' to name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "P: Ord + Serialize", deserialize = "P: Ord + Deserialize<'de>"))]
pub struct Account<P: Ord> {
    /// The account.
    #[serde(rename = "_id")]
    pub user_id: UserId,
    /// In lower case; unique.
    pub email: String,
    /// The customer's name.
    pub name: String,
    /// `+91` and ten digits; empty if not given.
    pub phone: String,
    /// An argon2id PHC string; empty where there is no password.
    pub password_hash: String,
    /// Whether somebody has shown that the address is theirs. Until then whoever opened the account may be anybody.
    #[serde(default)]
    pub email_verified: bool,
    /// Google's name for the Google account that opens it, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub google_subject: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// What its owner may do. An account from before there were roles is a customer's.
    #[serde(default)]
    pub role: Role,
    /// What its owner may do as staff.
    #[serde(default = "BTreeSet::new", skip_serializing_if = "BTreeSet::is_empty")]
    pub permissions: BTreeSet<P>,
    /// How often all its sessions were ended at once. A session goes on only while this is what it was when the session
    /// began, so that one update ends all of them, one that is just being opened with the old password among them.
    #[serde(default)]
    pub epoch: i64,
}

/// What decides whether a session goes on, and as whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Standing {
    /// What the owner may do now.
    #[serde(default)]
    pub role: Role,
    /// How often all sessions of the account were ended at once.
    #[serde(default)]
    pub epoch: i64,
}

impl<P: Ord> Account<P> {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "accounts";

    /// A customer's new account.
    #[must_use]
    pub fn new(email: String, name: String, phone: String, password_hash: String) -> Self {
        Self {
            user_id: UserId::generate(),
            email,
            name,
            phone,
            password_hash,
            email_verified: false,
            google_subject: None,
            created_at: Timestamp::now(),
            role: Role::Customer,
            permissions: BTreeSet::new(),
            epoch: 0,
        }
    }

    /// The hash of its password, if it has one.
    #[must_use]
    pub fn password(&self) -> Option<String> {
        Some(self.password_hash.clone()).filter(|hash| !hash.is_empty())
    }

    /// What decides whether its sessions go on.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        Standing { role: self.role, epoch: self.epoch }
    }
}

/// What the owner of an account may do. Whoever registers is a customer; `make-admin` makes admins, and they appoint
/// staff and approve wholesale customers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Buys.
    #[default]
    Customer,
    /// Buys at wholesale prices.
    Wholesale,
    /// Operates the shop, as far as their permissions go.
    Staff,
    /// Operates the shop: everything below `/admin` is open.
    Admin,
}

impl Role {
    /// The role of a customer who buys at these prices.
    #[must_use]
    pub const fn of_customer(prices: PriceList) -> Self {
        match prices {
            PriceList::Retail => Self::Customer,
            PriceList::Wholesale => Self::Wholesale,
        }
    }

    /// At which prices its owner buys.
    #[must_use]
    pub const fn prices(self) -> PriceList {
        match self {
            Self::Wholesale => PriceList::Wholesale,
            Self::Customer | Self::Staff | Self::Admin => PriceList::Retail,
        }
    }

    /// Whether its owner operates the shop.
    #[must_use]
    pub const fn is_operators(self) -> bool {
        matches!(self, Self::Staff | Self::Admin)
    }
}
