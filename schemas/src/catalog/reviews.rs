//! What customers say of what they bought.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};

use super::Rating;
use crate::{
    ids::{OrderId, ProductId, UserId},
    types::Timestamp,
};

/// A customer says this of a product that was delivered to them; instead of what they said before. Not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReviewProduct {
    /// The product.
    pub product_id: ProductId,
    /// The customer.
    pub user_id: UserId,
    /// The order that it was delivered with.
    pub order_id: OrderId,
    /// One to five.
    pub stars: i32,
    /// In a few words.
    pub title: String,
    /// In more words; may be empty.
    pub text: String,
    /// When: of two reviews of a customer the later one counts.
    pub reviewed_at: Timestamp,
}

/// A customer takes back what they said of a product. Not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct WithdrawReview {
    /// The product.
    pub product_id: ProductId,
    /// The customer.
    pub user_id: UserId,
    /// When: what they say of it later counts.
    pub withdrawn_at: Timestamp,
}

/// Somebody of the shop says whether a review is shown. Not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ModerateReview {
    /// The product.
    pub product_id: ProductId,
    /// Whose review.
    pub user_id: UserId,
    /// Whether it is shown from now on.
    pub shown: bool,
    /// Why; may be empty.
    pub reason: String,
    /// Who says so.
    pub admin_id: UserId,
    /// When: the later one counts.
    pub moderated_at: Timestamp,
}

/// A review, in the collection [`Review::COLLECTION`]: one of a customer and a product, written by the catalog worker alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The product.
    pub product_id: ProductId,
    /// The customer.
    pub user_id: UserId,
    /// The order that it was delivered with.
    pub order_id: OrderId,
    /// One to five.
    pub stars: i32,
    /// In a few words.
    pub title: String,
    /// In more words.
    pub text: String,
    /// When the customer said so last, or took it back.
    pub at: Timestamp,
    /// Whether it is shown, and counts.
    pub shown: bool,
    /// Whether the customer took it back: then nothing is left of what they said, and it is neither shown nor counts. What the
    /// shop said of it stays, so that what was hidden does not come back by being written again.
    #[serde(default)]
    pub withdrawn: bool,
    /// What somebody of the shop said of it last.
    pub moderation: Option<Moderation>,
}

/// What somebody of the shop said of a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moderation {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

impl ReviewProduct {
    /// The stars that there are.
    pub const STARS: std::ops::RangeInclusive<i32> = 1..=5;
}

impl Review {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "product_reviews";

    /// The document's id.
    #[must_use]
    pub fn document_id(product: ProductId, user: UserId) -> String {
        format!("{product}:{user}")
    }

    /// What it adds to the product's rating.
    #[must_use]
    pub fn rating(&self) -> Rating {
        if self.shown && !self.withdrawn { Rating { count: 1, stars: self.stars.into() } } else { Rating::default() }
    }
}

impl Rating {
    /// The rating when a review counts as `after` and not any more as `before`.
    #[must_use]
    pub const fn with(self, before: Self, after: Self) -> Self {
        Self { count: self.count - before.count + after.count, stars: self.stars - before.stars + after.stars }
    }
}
