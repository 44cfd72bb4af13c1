//! Price lists: what so many units cost before coupons.

use super::{Item, Unpriceable};
use crate::{
    catalog::PriceTier,
    documents::Product,
    types::{Money, PriceList},
};

/// What a position costs by the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The list.
    pub list: PriceList,
    /// The price of one.
    pub unit_price: Money,
    /// What all of them cost. Less than price times quantity where a larger quantity would cost less: nobody pays more for
    /// fewer.
    pub amount: Money,
}

/// What a position costs a customer of this list.
///
/// # Errors
/// [`Unpriceable`].
pub fn listed(item: &Item<'_>, list: PriceList) -> Result<Listed, Unpriceable> {
    let Item { product, quantity } = *item;
    let broken = || Unpriceable::Catalog(product.sku.to_string());
    if !is_plausible(product) {
        return Err(broken());
    }
    let offers: Vec<Offer> = offers(product, list).collect();
    let reached = offers.iter().filter(|offer| offer.from <= quantity).min_by_key(|offer| offer.price.minor);
    let Offer { list, price: unit_price, .. } = *reached.ok_or_else(broken)?;
    let amounts = offers.iter().map(|offer| offer.price.times(offer.from.max(quantity)));
    // What a larger quantity costs may be too much to be counted; then it is not the cheapest.
    let amount = amounts.flatten().min_by_key(|amount| amount.minor).ok_or(Unpriceable::TooLarge)?;
    Ok(Listed { list, unit_price, amount })
}

/// A price from a quantity on.
#[derive(Clone, Copy)]
struct Offer {
    list: PriceList,
    from: u32,
    price: Money,
}

/// A wholesale customer buys at retail what is too few for wholesale.
fn offers(product: &Product, list: PriceList) -> impl Iterator<Item = Offer> + '_ {
    let offer = |list| {
        move |tier: &PriceTier| Some(Offer { list, from: u32::try_from(tier.from_quantity).ok()?, price: tier.price })
    };
    let wholesale = if list == PriceList::Wholesale { product.terms.wholesale.as_slice() } else { &[] };
    std::iter::once(Offer { list: PriceList::Retail, from: 1, price: product.price })
        .chain(product.terms.retail_tiers.iter().filter_map(offer(PriceList::Retail)))
        .chain(wholesale.iter().filter_map(offer(PriceList::Wholesale)))
}

fn is_plausible(product: &Product) -> bool {
    let terms = &product.terms;
    let tiers = terms.retail_tiers.iter().chain(&terms.wholesale);
    let slabs = terms.gst_slabs.iter().map(|slab| slab.gst_basis_points);
    let mut rates = slabs.chain(product.gst_basis_points);
    product.price.minor >= 0
        && tiers.clone().all(|tier| tier.price.minor >= 0 && tier.from_quantity >= 1)
        && product.weight_grams >= 0
        && rates.all(|rate| (0..=10_000).contains(&rate))
        && (0..=100_000).contains(&terms.cess_basis_points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::testing::{part, tiers};

    fn cost(product: &Product, quantity: u32, list: PriceList) -> (i64, i64, PriceList) {
        let listed = listed(&Item { product, quantity }, list).unwrap();
        (listed.unit_price.minor, listed.amount.minor, listed.list)
    }

    #[test]
    fn a_larger_quantity_has_its_own_price() {
        let mut part = part("PAD", 1_000);
        part.terms.retail_tiers = tiers(&[(10, 950), (50, 900)]);
        for (quantity, unit, amount) in [(1, 1_000, 1_000), (9, 1_000, 9_000), (10, 950, 9_500), (100, 900, 90_000)] {
            assert_eq!(cost(&part, quantity, PriceList::Retail), (unit, amount, PriceList::Retail), "{quantity}");
        }
    }

    #[test]
    fn nobody_pays_more_for_fewer() {
        let mut part = part("PAD", 1_000);
        part.terms.retail_tiers = tiers(&[(10, 800)]);
        assert_eq!(cost(&part, 8, PriceList::Retail).1, 8_000);
        assert_eq!(cost(&part, 9, PriceList::Retail), (1_000, 8_000, PriceList::Retail));
        assert_eq!(cost(&part, 10, PriceList::Retail), (800, 8_000, PriceList::Retail));
    }

    #[test]
    fn wholesale_prices_are_for_wholesale_customers_who_buy_enough() {
        let mut part = part("PAD", 1_000);
        part.terms.wholesale = tiers(&[(20, 700), (100, 600)]);
        assert_eq!(cost(&part, 20, PriceList::Retail), (1_000, 20_000, PriceList::Retail));
        assert_eq!(cost(&part, 5, PriceList::Wholesale), (1_000, 5_000, PriceList::Retail));
        assert_eq!(cost(&part, 20, PriceList::Wholesale), (700, 14_000, PriceList::Wholesale));
        assert_eq!(cost(&part, 200, PriceList::Wholesale), (600, 120_000, PriceList::Wholesale));
    }
}
