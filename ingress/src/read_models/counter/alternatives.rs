//! What does as well as a product: what the shop names, in its order, then what has one of its numbers, in the order of the ids.

use std::{collections::HashSet, fmt, str::FromStr, sync::Arc};

use schemas::{documents::Product, ids::ProductId};

use super::{Counter, Selection};
use crate::{problem::Problem, read_models::ProductDocument};

/// A place in the list of a product's alternatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlternativePlace {
    /// Where the product names this one, whatever is sold in its place.
    Named(ProductId),
    /// Where this one is that has a number of the product's.
    Numbered(ProductId),
}

/// An alternative, and where it stands.
pub type Alternative = (AlternativePlace, Arc<ProductDocument>);

impl Counter {
    /// Up to `limit` products that do as well as this one and can be bought, from behind a place on. Each is there once.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn alternatives(
        &self,
        product: &Product,
        behind: Option<AlternativePlace>,
        limit: i64,
    ) -> Result<Vec<Alternative>, Problem> {
        let names = &product.relations.alternatives;
        let named = self.sold_for(names).await?;
        let mut shown = HashSet::from([product.product_id]);
        shown.extend(named.iter().map(|(_, found)| found.state.product_id));
        let left = &names[named_before(names, behind)..];
        let named = named
            .into_iter()
            .filter(|(name, found)| left.contains(name) && found.state.product_id != product.product_id);
        let mut page: Vec<Alternative> = named.map(|(name, found)| (AlternativePlace::Named(name), found)).collect();
        let most = usize::try_from(limit).unwrap_or_default();
        if page.len() < most && !product.numbers.is_empty() {
            let after = match behind {
                Some(AlternativePlace::Numbered(id)) => Some(id),
                _ => None,
            };
            // As many more as may be there that were named already.
            let enough = limit + i64::try_from(shown.len()).unwrap_or_default();
            let found = self.select(Selection::Numbers(product.numbers.clone(), after, enough)).await?;
            let others = found.into_iter().filter(|found| !shown.contains(&found.state.product_id));
            page.extend(others.map(|found| (AlternativePlace::Numbered(found.state.product_id), found)));
        }
        page.truncate(most);
        Ok(page)
    }
}

/// How many of the names come before what is behind a place. A name that is gone is behind all that are left.
fn named_before(names: &[ProductId], behind: Option<AlternativePlace>) -> usize {
    match behind {
        None => 0,
        Some(AlternativePlace::Numbered(_)) => names.len(),
        Some(AlternativePlace::Named(last)) => {
            names.iter().position(|name| *name == last).map_or(names.len(), |place| place + 1)
        }
    }
}

impl fmt::Display for AlternativePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(id) => write!(f, "named/{id}"),
            Self::Numbered(id) => write!(f, "numbered/{id}"),
        }
    }
}

/// The text is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPlace;

impl FromStr for AlternativePlace {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (kind, id) = text.split_once('/').ok_or(NoPlace)?;
        let id = id.parse().map_err(|_| NoPlace)?;
        match kind {
            "named" => Ok(Self::Named(id)),
            "numbered" => Ok(Self::Numbered(id)),
            _ => Err(NoPlace),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_nothing_else_is_one() {
        let id = ProductId::generate();
        for place in [AlternativePlace::Named(id), AlternativePlace::Numbered(id)] {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for bad in ["", "named", "named/", "named/x", &format!("other/{id}"), &id.to_string()] {
            assert_eq!(bad.parse::<AlternativePlace>(), Err(NoPlace), "{bad}");
        }
    }

    #[test]
    fn what_is_named_goes_on_behind_the_last_name_and_ends_where_that_is_gone() {
        let names: Vec<ProductId> = (0..3).map(|_| ProductId::generate()).collect();
        let before = |behind| named_before(&names, behind);
        assert_eq!((before(None), before(Some(AlternativePlace::Named(names[1])))), (0, 2));
        for over in [AlternativePlace::Named(ProductId::generate()), AlternativePlace::Numbered(names[0])] {
            assert_eq!(before(Some(over)), 3);
        }
    }
}
