//! Which products a product leads to.

use schemas::ids::ProductId;

use super::Products;
use crate::problem::Problem;

/// No chain of replacements is followed any further.
const LONGEST_CHAIN: usize = 20;

/// A chain of replacements while it is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain(Vec<ProductId>);

/// Where a product would lead if it were replaced by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leads {
    /// To a product that is not replaced.
    Somewhere,
    /// To one that does not exist.
    Nowhere,
    /// Back to itself.
    Back,
    /// To more products than anybody follows.
    TooFar,
}

/// What comes of one more step along a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Onwards,
    Back,
    TooFar,
}

impl Chain {
    /// One that begins here.
    pub fn from(start: ProductId) -> Self {
        Self(vec![start])
    }

    /// Goes on to a product, unless that leads back or too far.
    pub fn goes_on_to(&mut self, to: ProductId) -> bool {
        self.step(to) == Step::Onwards
    }

    /// Goes on to a product, unless it was there before.
    fn step(&mut self, to: ProductId) -> Step {
        if self.0.contains(&to) {
            return Step::Back;
        }
        self.0.push(to);
        if self.0.len() > LONGEST_CHAIN { Step::TooFar } else { Step::Onwards }
    }
}

impl Products {
    /// Where a product would lead if it were replaced by another.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn leads(&self, product: ProductId, by: ProductId) -> Result<Leads, Problem> {
        let (mut chain, mut next) = (Chain::from(product), by);
        loop {
            match chain.step(next) {
                Step::Back => return Ok(Leads::Back),
                Step::TooFar => return Ok(Leads::TooFar),
                Step::Onwards => {}
            }
            match self.by_id(next).await? {
                None => return Ok(Leads::Nowhere),
                Some(found) => match found.state.relations.replaced_by {
                    None => return Ok(Leads::Somewhere),
                    Some(onwards) => next = onwards,
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use shared::id::Uuid;

    use super::*;

    fn id(number: usize) -> ProductId {
        ProductId::from_uuid(Uuid::from_u128(number as u128))
    }

    proptest! {
        #[test]
        fn every_walk_along_replacements_ends_whether_they_lead_back_or_not(
            links in proptest::collection::hash_map(0..30_usize, 0..30_usize, 0..30),
            start in 0..30_usize,
        ) {
            let (mut chain, mut at, mut walked) = (Chain::from(id(start)), start, vec![start]);
            let links: HashMap<usize, usize> = links;
            while let Some(next) = links.get(&at) {
                match chain.step(id(*next)) {
                    Step::Back => {
                        prop_assert!(walked.contains(next));
                        break;
                    }
                    Step::TooFar => {
                        prop_assert_eq!(walked.len(), LONGEST_CHAIN);
                        break;
                    }
                    Step::Onwards => prop_assert!(!walked.contains(next)),
                }
                walked.push(*next);
                at = *next;
            }
            prop_assert!(walked.len() <= LONGEST_CHAIN);
        }
    }
}
