//! What the processes that keep a search index and the tool that has it made anew tell each other, in the collection
//! [`SearchReport::COLLECTION`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ids::ProductId, types::Timestamp};

/// What a process says of its search index; under its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchReport {
    /// The order to make it anew that it was made by.
    pub generation: i64,
    /// Its products, as a [`Fingerprint`] shows them.
    pub products: String,
    /// When this was true.
    pub at: Timestamp,
}

/// The last order to make all indexes anew, in the document [`SearchOrder::ID`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchOrder {
    /// Counts the orders. An index of a smaller generation is made anew.
    pub generation: i64,
}

impl SearchReport {
    /// Where reports and orders are.
    pub const COLLECTION: &'static str = "search_indexes";
    /// What the ids of reports begin with.
    pub const PREFIX: &'static str = "of-";
    /// How often a process reports.
    pub const EVERY: std::time::Duration = std::time::Duration::from_secs(2);
    /// Whoever has not reported for so long is gone.
    pub const GONE_AFTER: std::time::Duration = std::time::Duration::from_secs(20);
}

impl SearchOrder {
    /// The document's id.
    pub const ID: &'static str = "order";
}

/// The number of some products, and a sum over them and their revisions that does not depend on their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// How many.
    pub products: u64,
    sum: u64,
}

impl Fingerprint {
    /// Counts one more product.
    pub fn add(&mut self, id: ProductId, revision: i64) {
        let (high, low) = id.as_uuid().as_u64_pair();
        let mixed =
            [high, low, u64::from_ne_bytes(revision.to_ne_bytes())].into_iter().fold(0, |sum, part| mix(sum ^ part));
        self.products += 1;
        self.sum = self.sum.wrapping_add(mixed);
    }
}

/// The finaliser of SplitMix64: every bit of the answer depends on every bit of the question.
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} products, {:016x}", self.products, self.sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(products: &[(ProductId, i64)]) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        products.iter().for_each(|(id, revision)| fingerprint.add(*id, *revision));
        fingerprint
    }

    #[test]
    fn order_does_not_count_and_every_revision_does() {
        let (one, two) = (ProductId::generate(), ProductId::generate());
        assert_eq!(of(&[(one, 1), (two, 2)]), of(&[(two, 2), (one, 1)]));
        assert_ne!(of(&[(one, 1), (two, 2)]), of(&[(one, 2), (two, 1)]));
        assert_ne!(of(&[(one, 1)]), of(&[(one, 1), (two, 1)]));
    }
}
