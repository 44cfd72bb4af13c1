//! The GST rate of a position: the product's own slabs, else those of its HSN code, else the product's rate, else the
//! shop's.

use std::collections::HashMap;

use crate::{catalog::GstSlab, documents::Product, types::Money};

/// The GST rates in basis points: the slabs of the CGST rate notifications that goods are or were sold under (0, 5, 12,
/// 18, 28 and, since 22 September 2025, 40 %).
pub const GST_RATES: [i32; 6] = [0, 500, 1_200, 1_800, 2_800, 4_000];

/// The most slabs of one code or product.
const MOST_SLABS: usize = 8;

/// What is wrong with some slabs, if anything.
#[must_use]
pub fn fault(slabs: &[GstSlab]) -> Option<&'static str> {
    let bounds: Vec<_> = slabs.iter().map(|slab| slab.up_to.map(|most| most.minor)).collect();
    let rises = bounds.windows(2).all(|pair| pair[0].is_some_and(|low| pair[1].is_none_or(|high| low < high)));
    if slabs.len() > MOST_SLABS {
        Some("at most 8 slabs")
    } else if !rises || bounds.first().is_some_and(|lowest| lowest.is_some_and(|lowest| lowest < 1)) {
        Some("slabs up to rising values; only the last may be without one")
    } else if slabs.iter().any(|slab| !GST_RATES.contains(&slab.gst_basis_points)) {
        Some("slabs at rates of 0, 500, 1200, 1800, 2800 or 4000")
    } else {
        None
    }
}

/// The slabs of HSN codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GstRates(HashMap<String, Vec<GstSlab>>);

impl FromIterator<(String, Vec<GstSlab>)> for GstRates {
    fn from_iter<T: IntoIterator<Item = (String, Vec<GstSlab>)>>(slabs: T) -> Self {
        Self(slabs.into_iter().collect())
    }
}

impl GstRates {
    /// The slabs of a code: its own, or else those of the group it belongs to, which is called by its first digits.
    fn of(&self, hsn: &str) -> &[GstSlab] {
        let groups = (2..=hsn.len()).rev().filter_map(|digits| hsn.get(..digits));
        groups.filter_map(|group| self.0.get(group)).next().map_or(&[], Vec::as_slice)
    }
}

/// The rate in basis points of so many units that come to this much less the discount.
#[must_use]
pub fn of(product: &Product, net: Money, quantity: u32, rates: &GstRates, default: i32) -> i32 {
    let slab = |slabs: &[GstSlab]| {
        let fits = |slab: &&GstSlab| reaches(slab, product, net, quantity);
        slabs.iter().find(fits).map(|slab| slab.gst_basis_points)
    };
    slab(&product.terms.gst_slabs)
        .or_else(|| slab(rates.of(&product.hsn)))
        .or(product.gst_basis_points)
        .unwrap_or(default)
}

/// Whether the value of one, taxed at the slab's rate, is within the slab: the notifications' "sale value not exceeding".
fn reaches(slab: &GstSlab, product: &Product, net: Money, quantity: u32) -> bool {
    let Some(up_to) = slab.up_to else { return true };
    let terms = &product.terms;
    let included = if terms.tax_inclusive { slab.gst_basis_points + terms.cess_basis_points } else { 0 };
    let highest = i128::from(up_to.minor) * i128::from(quantity) * i128::from(10_000 + included);
    i128::from(net.minor) * 10_000 <= highest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::testing::{part, slabs};

    type Slabs<'a> = &'a [(Option<i64>, i32)];

    fn rate(product: &Product, net: i64, quantity: u32, by_hsn: &[(&str, Slabs<'_>)]) -> i32 {
        let rates = by_hsn.iter().map(|(hsn, of)| ((*hsn).to_owned(), slabs(of))).collect();
        of(product, Money::inr(net), quantity, &rates, 1_800)
    }

    #[test]
    fn the_first_that_says_a_rate_decides() {
        let mut part = part("PAD", 100_000);
        let heading = [("8708", [(None, 500)].as_slice())];
        part.gst_basis_points = None;
        assert_eq!(rate(&part, 100_000, 1, &[]), 1_800, "the shop's");
        part.gst_basis_points = Some(2_800);
        assert_eq!(rate(&part, 100_000, 1, &[]), 2_800, "the product's");
        assert_eq!(rate(&part, 100_000, 1, &heading), 500, "the HSN code's");
        part.terms.gst_slabs = slabs(&[(None, 1_200)]);
        assert_eq!(rate(&part, 100_000, 1, &heading), 1_200, "the product's slab");
    }

    #[test]
    fn slabs_rise_and_have_rates_that_exist() {
        for sound in [&[][..], &[(None, 0)], &[(Some(1), 500), (Some(2), 1_200), (None, 1_800)]] {
            assert_eq!(fault(&slabs(sound)), None, "{sound:?}");
        }
        let many = [(Some(1), 500); 9];
        for broken in
            [&[(None, 1)][..], &[(Some(0), 500)], &[(Some(2), 0), (Some(2), 500)], &[(None, 0), (None, 0)], &many]
        {
            assert!(fault(&slabs(broken)).is_some(), "{broken:?}");
        }
    }

    #[test]
    fn a_code_counts_before_its_heading() {
        let part = part("PAD", 100_000);
        let of = [("87", [(None, 0)].as_slice()), ("87083000", &[(None, 500)]), ("8708", &[(None, 1_200)])];
        assert_eq!(rate(&part, 100_000, 1, &of), 500);
        assert_eq!(rate(&part, 100_000, 1, &of[..1]), 0);
        assert_eq!(rate(&part, 100_000, 1, &[("8709", &[(None, 500)])]), 2_800);
    }

    #[test]
    fn a_slab_is_for_a_value_of_one_that_does_not_exceed_it() {
        let mut part = part("HELMET", 100_000);
        part.terms.gst_slabs = slabs(&[(Some(100_000), 500), (Some(250_000), 1_800)]);
        for (net, quantity, expected) in
            [(100_000, 1, 500), (100_001, 1, 1_800), (200_000, 2, 500), (250_000, 1, 1_800), (250_001, 1, 2_800)]
        {
            assert_eq!(rate(&part, net, quantity, &[]), expected, "{net} for {quantity}");
        }
    }

    #[test]
    fn the_value_is_without_the_tax_that_the_price_includes() {
        let mut part = part("HELMET", 105_000);
        part.terms.tax_inclusive = true;
        part.terms.gst_slabs = slabs(&[(Some(100_000), 500), (None, 1_800)]);
        assert_eq!(rate(&part, 105_000, 1, &[]), 500);
        assert_eq!(rate(&part, 105_001, 1, &[]), 1_800);
    }
}
