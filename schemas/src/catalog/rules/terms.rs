//! What makes price lists, slabs and sizes ones that can be sold by.

use super::{Invalid, is_price, rule};
use crate::{
    catalog::{PriceTier, SaleTerms, Size},
    pricing::rate,
    types::Money,
};

/// More units of a part are not sold at once.
const MOST_UNITS: i32 = 1_000;
const MOST_TIERS: usize = 10;
/// The highest rate of the compensation cess ever was 290 %.
const HIGHEST_CESS: i32 = 29_000;
/// Longer parcels are freight, in millimetres.
const LONGEST_SIDE: i32 = 5_000;

/// Checks how a product of this price is sold.
///
/// # Errors
/// [`Invalid`] for the first rule that is broken.
pub(super) fn check(price: Money, terms: &SaleTerms) -> Result<(), Invalid> {
    let tiers = "must be at most 10 tiers of rising quantities up to 1000 and falling prices below the retail price";
    rule(are_tiers(price, &terms.retail_tiers, 2), "invalid_retail_tiers", tiers)?;
    rule(are_tiers(price, &terms.wholesale, 1), "invalid_wholesale", tiers)?;
    if let Some(right) = rate::fault(&terms.gst_slabs) {
        rule(false, "invalid_gst_slabs", &format!("must be {right}"))?;
    }
    let cess = (0..=HIGHEST_CESS).contains(&terms.cess_basis_points);
    rule(cess, "invalid_cess_basis_points", "must be 0 to 29000; 2200 is 22 %")?;
    rule(terms.size.is_none_or(is_size), "invalid_size", "must be three sides of 1 to 5000 millimetres")
}

fn are_tiers(price: Money, tiers: &[PriceTier], least: i32) -> bool {
    let quantities: Vec<i32> = tiers.iter().map(|tier| tier.from_quantity).collect();
    let prices: Vec<i64> = std::iter::once(price.minor).chain(tiers.iter().map(|tier| tier.price.minor)).collect();
    tiers.len() <= MOST_TIERS
        && quantities.iter().all(|quantity| (least..=MOST_UNITS).contains(quantity))
        && quantities.is_sorted_by(|fewer, more| fewer < more)
        && tiers.iter().all(|tier| is_price(tier.price))
        && prices.is_sorted_by(|dearer, cheaper| dearer > cheaper)
}

fn is_size(size: Size) -> bool {
    [size.length_mm, size.width_mm, size.height_mm].iter().all(|side| (1..=LONGEST_SIDE).contains(side))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::GstSlab;

    fn tiers(of: &[(i32, i64)]) -> Vec<PriceTier> {
        let tier = |(from_quantity, paise): &(i32, i64)| PriceTier {
            from_quantity: *from_quantity,
            price: Money::inr(*paise),
        };
        of.iter().map(tier).collect()
    }

    fn broken(terms: SaleTerms) -> &'static str {
        check(Money::inr(1_000), &terms).map_or_else(|invalid| invalid.code, |()| "nothing")
    }

    #[test]
    fn larger_quantities_are_cheaper_and_never_free() {
        let retail = |of: &[(i32, i64)]| broken(SaleTerms { retail_tiers: tiers(of), ..SaleTerms::default() });
        for sound in [&[][..], &[(2, 999)], &[(10, 900), (1_000, 1)]] {
            assert_eq!(retail(sound), "nothing", "{sound:?}");
        }
        for unsound in
            [&[(1, 900)][..], &[(1_001, 900)], &[(5, 1_000)], &[(5, 0)], &[(5, 900), (5, 800)], &[(5, 900), (6, 900)]]
        {
            assert_eq!(retail(unsound), "invalid_retail_tiers", "{unsound:?}");
        }
        let many: Vec<_> = (0..11).map(|n| (n + 2, i64::from(900 - n))).collect();
        assert_eq!(retail(&many), "invalid_retail_tiers");
    }

    #[test]
    fn wholesale_is_below_retail_from_any_quantity_on() {
        let wholesale = |of: &[(i32, i64)]| broken(SaleTerms { wholesale: tiers(of), ..SaleTerms::default() });
        assert_eq!(wholesale(&[(1, 900), (20, 700)]), "nothing");
        assert_eq!(wholesale(&[(0, 900)]), "invalid_wholesale");
        assert_eq!(wholesale(&[(20, 1_001)]), "invalid_wholesale");
    }

    #[test]
    fn slabs_cess_and_sizes_are_within_reason() {
        let slab = GstSlab { up_to: None, gst_basis_points: 28 };
        assert_eq!(broken(SaleTerms { gst_slabs: vec![slab], ..SaleTerms::default() }), "invalid_gst_slabs");
        for cess in [-1, 29_001] {
            let terms = SaleTerms { cess_basis_points: cess, ..SaleTerms::default() };
            assert_eq!(broken(terms), "invalid_cess_basis_points", "{cess}");
        }
        for side in [0, 5_001] {
            let size = Some(Size { length_mm: 100, width_mm: side, height_mm: 100 });
            assert_eq!(broken(SaleTerms { size, ..SaleTerms::default() }), "invalid_size", "{side}");
        }
    }
}
