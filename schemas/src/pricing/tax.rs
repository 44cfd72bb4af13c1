//! The taxes on a value.

use super::{Unpriceable, paise, rounded};
use crate::types::{Money, OrderLine};

/// The rates of a line in basis points: 2800 is 28 %, and 100 is 1 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// GST, both halves together.
    pub gst: i32,
    /// The compensation cess.
    pub cess: i32,
}

/// A value with its taxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taxed {
    /// What is taxed.
    pub taxable: Money,
    /// Central GST.
    pub cgst: Money,
    /// State GST.
    pub sgst: Money,
    /// Integrated GST.
    pub igst: Money,
    /// The compensation cess (GST (Compensation to States) Act, 2017, section 8): of the taxable value as GST is.
    pub cess: Money,
}

/// The taxes on a price, or in it.
///
/// Each is rounded half up to the paisa, so that both halves of GST stay equal. Where they are in the price, the taxable value
/// is what remains: it is never off by more than the roundings, and the customer pays what the list says.
///
/// # Errors
/// [`Unpriceable::TooLarge`].
pub fn tax(net: Money, is_included: bool, rates: Rates, within_state: bool) -> Result<Taxed, Unpriceable> {
    let (gst, cess) = (i128::from(rates.gst), i128::from(rates.cess));
    let whole = if is_included { 10_000 + gst + cess } else { 10_000 };
    let part = |rate: i128, of: i128| paise(rounded(i128::from(net.minor) * rate, of));
    let cess = part(cess, whole)?;
    let none = net.zero();
    let (half, integrated) = if within_state { (part(gst, 2 * whole)?, none) } else { (none, part(gst, whole)?) };
    let taxes = Money::sum([half, half, integrated, cess])?;
    let taxable = if is_included { net.minus(taxes)? } else { net };
    Ok(Taxed { taxable, cgst: half, sgst: half, igst: integrated, cess })
}

/// Price and discount of a line without tax, as an invoice shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WithoutTax {
    /// The price of one, to the paisa.
    pub unit_price: Money,
    /// What was taken off the line.
    pub discount: Money,
}

/// What an invoice shows of a line's price and discount. Where they include tax, it is taken out of them; then price times
/// quantity less discount is the taxable value but for half a paisa a unit.
///
/// # Errors
/// [`Unpriceable::TooLarge`].
pub fn without_tax(line: &OrderLine) -> Result<WithoutTax, Unpriceable> {
    if !line.tax_inclusive {
        return Ok(WithoutTax { unit_price: line.unit_price, discount: line.discount });
    }
    let whole = 10_000 + i128::from(line.gst_basis_points) + i128::from(line.cess_basis_points);
    let discount = paise(rounded(i128::from(line.discount.minor) * 10_000, whole))?;
    let before = i128::from(line.taxable.plus(discount)?.minor);
    Ok(WithoutTax { unit_price: paise(rounded(before, i128::from(line.quantity.max(1))))?, discount })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(net: i64, is_included: bool, gst: i32, cess: i32, within_state: bool) -> [i64; 5] {
        let taxed = tax(Money::inr(net), is_included, Rates { gst, cess }, within_state).unwrap();
        [taxed.taxable, taxed.cgst, taxed.sgst, taxed.igst, taxed.cess].map(|money| money.minor)
    }

    #[test]
    fn within_the_state_each_half_is_rounded_alike_and_half_a_paisa_goes_up() {
        // 9 % of 50 paise is 4.5 paise.
        assert_eq!(parts(50, false, 1_800, 0, true), [50, 5, 5, 0, 0]);
        assert_eq!(parts(50, false, 1_800, 0, false), [50, 0, 0, 9, 0]);
    }

    #[test]
    fn a_rate_of_one_per_cent_is_one_per_cent() {
        assert_eq!(parts(100_000, false, 100, 0, false), [100_000, 0, 0, 1_000, 0]);
    }

    #[test]
    fn tax_is_taken_out_of_a_price_that_includes_it() {
        // V4: tax = base - base / (1 + r).
        assert_eq!(parts(118_000, true, 1_800, 0, false), [100_000, 0, 0, 18_000, 0]);
        assert_eq!(parts(118_000, true, 1_800, 0, true), [100_000, 9_000, 9_000, 0, 0]);
        assert_eq!(parts(10_000, true, 1_800, 0, true), [8_474, 763, 763, 0, 0]);
    }

    #[test]
    fn cess_is_of_the_taxable_value_and_not_of_the_tax() {
        assert_eq!(parts(100_000, false, 2_800, 2_200, true), [100_000, 14_000, 14_000, 0, 22_000]);
        assert_eq!(parts(150_000, true, 2_800, 2_200, false), [100_000, 0, 0, 28_000, 22_000]);
    }

    proptest! {
        #[test]
        fn no_part_is_negative_and_all_are_what_the_rate_says(
            net in prop_oneof![0i64..100, 0i64..100_000_000_000], included: bool, gst in 0i32..=10_000,
            cess in prop_oneof![Just(0), 0i32..=100_000], within: bool,
        ) {
            let [taxable, cgst, sgst, igst, cess_paise] = parts(net, included, gst, cess, within);
            prop_assert!([taxable, cgst, igst, cess_paise].iter().all(|part| *part >= 0));
            prop_assert_eq!(cgst, sgst);
            prop_assert_eq!(if within { igst } else { cgst }, 0);
            let together = taxable + cgst + sgst + igst + cess_paise;
            prop_assert_eq!(if included { together } else { taxable }, net);
            // Against the exact value, in parts of a paisa: each tax is off by at most a half.
            let whole = if included { 10_000 + i128::from(gst + cess) } else { 10_000 };
            let off = |paise: i64, rate: i32| (i128::from(paise) * whole - i128::from(net) * i128::from(rate)).abs();
            let allowed = if within { whole } else { whole / 2 };
            prop_assert!(off(cgst + sgst + igst, gst) <= allowed);
            prop_assert!(off(cess_paise, cess) <= whole / 2);
        }
    }
}
