//! What a product's page shows, and which other products it leads to.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};

use crate::ids::ProductId;

/// Where a product stands: being written, sold, or sold no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum ProductStatus {
    Draft,
    Active,
    Archived,
}

impl ProductStatus {
    /// The status of a product that says no more than whether it is sold, as all did before there were drafts.
    #[must_use]
    pub fn of(active: bool, given: Option<Self>) -> Self {
        given.unwrap_or(if active { Self::Active } else { Self::Archived })
    }

    /// The name as answers and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }
}

/// What a product's page shows, besides what the product is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
#[serde(default)]
pub struct Page {
    /// The title for search engines; that of the product if not given.
    pub title: Option<String>,
    /// The description for search engines.
    pub description: Option<String>,
    /// The slug of the page that search engines should show instead, such as that of a group's main variant.
    pub canonical_slug: Option<String>,
    /// Pictures, the main one first.
    pub images: Vec<Image>,
    /// What can be said of it by name: `Bore` is 12.5 mm.
    pub attributes: Vec<Attribute>,
}

/// A picture, by its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct Image {
    /// An `https` address.
    pub url: String,
    /// What it shows, for who does not see it; may be empty.
    #[serde(default)]
    pub alt: String,
}

/// One thing that can be said of a product: exactly one of text, number and flag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
#[serde(default)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// A text.
    pub text: Option<String>,
    /// A decimal number, in one spelling: `12.5`.
    pub number: Option<String>,
    /// The unit of the number.
    pub unit: Option<String>,
    /// Yes or no.
    pub flag: Option<bool>,
}

/// Which other products a product leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
#[serde(default)]
pub struct Relations {
    /// What its variants share, in the spelling of a slug.
    pub group: Option<String>,
    /// The attributes in which the variants of the group differ.
    pub varies_by: Vec<String>,
    /// The product that is sold in its place.
    pub replaced_by: Option<ProductId>,
    /// Products that do as well, besides those with the same numbers.
    pub alternatives: Vec<ProductId>,
}

/// The ratings of a product by who bought it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// How many.
    pub count: i64,
    /// What they add up to, in stars.
    pub stars: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_no_more_than_whether_it_is_sold_is_sold_or_sold_no_more() {
        assert_eq!(ProductStatus::of(true, None), ProductStatus::Active);
        assert_eq!(ProductStatus::of(false, None), ProductStatus::Archived);
        assert_eq!(ProductStatus::of(false, Some(ProductStatus::Draft)), ProductStatus::Draft);
    }
}
