//! What a credit note takes back of an invoice: all of it or a part, such that the parts come to the whole.
//!
//! What is taken back up to some extent is computed from the start each time, and a part is the difference between two
//! extents. So the order and the size of the parts change nothing, no rounding adds up, and the last part takes what is left.

use std::iter::zip;

use shared::money::MoneyError;

use super::{RoundOff, carriage::taxes, paise, rounded, sums};
use crate::types::{Money, OrderLine, Totals};

/// How much of an invoice is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// How many units of each line, in the order of the lines.
    pub units: Vec<u32>,
    /// Whether carriage and the fee for cash are, too.
    pub charges: bool,
}

impl Extent {
    /// Nothing of it.
    #[must_use]
    pub fn nothing(lines: &[OrderLine]) -> Self {
        Self { units: vec![0; lines.len()], charges: false }
    }

    /// All of it.
    #[must_use]
    pub fn everything(lines: &[OrderLine]) -> Self {
        Self { units: lines.iter().map(quantity).collect(), charges: true }
    }
}

/// The content of a credit note. Its amounts are positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The lines of which something is taken back.
    pub lines: Vec<OrderLine>,
    /// What it comes to.
    pub totals: Totals,
}

/// Why something cannot be taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Irreversible {
    /// The invoice itself is wrong.
    #[error(transparent)]
    DoesNotAddUp(#[from] sums::DoesNotAddUp),
    /// It is more than was sold, or less than was taken back before.
    #[error("not an extent that follows the one before")]
    Extent,
    /// The units are worth a few paise, so that a part would have a negative amount; the whole line can be taken back.
    #[error("{0} can only be taken back as a whole")]
    Indivisible(String),
    /// It comes to more than can be counted.
    #[error(transparent)]
    TooLarge(#[from] MoneyError),
}

/// Takes an invoice back from one extent to the next.
///
/// # Errors
/// [`Irreversible`].
pub fn reverse(lines: &[OrderLine], totals: &Totals, before: &Extent, after: &Extent) -> Result<Credit, Irreversible> {
    sums::check(lines, totals)?;
    if !follows(lines, before, after) {
        return Err(Irreversible::Extent);
    }
    let parts = zip(lines, zip(&before.units, &after.units)).filter(|(_, (from, to))| from < to);
    let parts = parts.map(|(line, (from, to))| part(line, *from, *to)).collect::<Result<Vec<_>, _>>()?;
    let grand_total = up_to(lines, totals, after)?.minus(up_to(lines, totals, before)?)?;
    let totals = totals_of(&parts, totals, after.charges && !before.charges, grand_total)?;
    Ok(Credit { lines: parts, totals })
}

fn follows(lines: &[OrderLine], before: &Extent, after: &Extent) -> bool {
    let same_lines = before.units.len() == lines.len() && after.units.len() == lines.len();
    let more =
        zip(lines, zip(&before.units, &after.units)).all(|(line, (from, to))| from <= to && *to <= quantity(line));
    same_lines && more && before.charges <= after.charges
}

fn quantity(line: &OrderLine) -> u32 {
    u32::try_from(line.quantity).unwrap_or_default()
}

/// The units of a line from one to another, as a line of its own.
fn part(line: &OrderLine, from: u32, to: u32) -> Result<OrderLine, Irreversible> {
    let (from_amounts, to_amounts) = (first(line, from)?, first(line, to)?);
    let difference = |of: fn(&OrderLine) -> Money| of(&to_amounts).minus(of(&from_amounts));
    let part = OrderLine {
        quantity: to_amounts.quantity - from_amounts.quantity,
        discount: difference(|line| line.discount)?,
        taxable: difference(|line| line.taxable)?,
        cgst: difference(|line| line.cgst)?,
        sgst: difference(|line| line.sgst)?,
        igst: difference(|line| line.igst)?,
        cess: difference(|line| line.cess)?,
        total: difference(|line| line.total)?,
        ..line.clone()
    };
    let amounts = [part.discount, part.taxable, part.cgst, part.igst, part.cess];
    if amounts.iter().any(|amount| amount.minor < 0) {
        return Err(Irreversible::Indivisible(line.sku.to_string()));
    }
    Ok(part)
}

/// The first units of a line: those amounts in proportion from which the others follow as in its price.
fn first(line: &OrderLine, units: u32) -> Result<OrderLine, MoneyError> {
    if units == quantity(line) {
        return Ok(line.clone());
    }
    let share = |whole: Money| paise(rounded(i128::from(whole.minor) * i128::from(units), i128::from(line.quantity)));
    let listed = line.unit_price.times(units)?;
    let (gst, cess) = (i128::from(line.gst_basis_points), i128::from(line.cess_basis_points));
    let (net, whole) = match line.tax_inclusive {
        true => (listed.minus(share(line.discount)?)?, 10_000 + gst + cess),
        false => (share(line.taxable)?, 10_000),
    };
    // Never more than the whole has, wherever that was rounded.
    let tax = |rate: i128, of: i128, most: Money| {
        paise(rounded(i128::from(net.minor) * rate, of).min(i128::from(most.minor)))
    };
    let (half, igst) = (tax(gst, 2 * whole, line.cgst)?, tax(gst, whole, line.igst)?);
    let cess = tax(cess, whole, line.cess)?;
    let taxes = Money::sum([half, half, igst, cess])?;
    let taxable = if line.tax_inclusive { net.minus(taxes)? } else { net };
    Ok(OrderLine {
        quantity: i32::try_from(units).unwrap_or(i32::MAX),
        discount: listed.minus(net)?,
        taxable,
        cgst: half,
        sgst: half,
        igst,
        cess,
        total: taxable.plus(taxes)?,
        ..line.clone()
    })
}

/// What an invoice comes to up to an extent. One that is in whole rupees is taken back in whole rupees.
fn up_to(lines: &[OrderLine], totals: &Totals, extent: &Extent) -> Result<Money, MoneyError> {
    if *extent == Extent::everything(lines) {
        return Ok(totals.grand_total);
    }
    let first = zip(lines, &extent.units).map(|(line, units)| first(line, *units).map(|line| line.total));
    let goods = Money::sum(first.collect::<Result<Vec<_>, _>>()?)?;
    let exact = if extent.charges { goods.plus(charges(totals)?)? } else { goods };
    let round_off = if totals.grand_total.minor % 100 == 0 { RoundOff::Rupee } else { RoundOff::None };
    let rounded = round_off.round(exact)?;
    Ok(Money { minor: rounded.minor.min(totals.grand_total.minor), ..rounded })
}

fn charges(totals: &Totals) -> Result<Money, MoneyError> {
    let taxes = taxes(totals.shipping_tax.as_deref())?.plus(taxes(totals.cod_fee_tax.as_deref())?)?;
    Money::sum([totals.shipping, totals.cod_fee, taxes])
}

fn totals_of(
    parts: &[OrderLine],
    whole: &Totals,
    with_charges: bool,
    grand_total: Money,
) -> Result<Totals, MoneyError> {
    let sum = |of: fn(&OrderLine) -> Money| Money::sum(parts.iter().map(of));
    let none = grand_total.zero();
    let charge = |amount| if with_charges { amount } else { none };
    let exact = sum(|line| line.total)?.plus(charge(charges(whole)?))?;
    Ok(Totals {
        taxable: sum(|line| line.taxable)?,
        cgst: sum(|line| line.cgst)?,
        sgst: sum(|line| line.sgst)?,
        igst: sum(|line| line.igst)?,
        shipping: charge(whole.shipping),
        cod_fee: charge(whole.cod_fee),
        grand_total,
        discount: sum(|line| line.discount)?,
        cess: sum(|line| line.cess)?,
        shipping_tax: whole.shipping_tax.clone().filter(|_| with_charges),
        cod_fee_tax: whole.cod_fee_tax.clone().filter(|_| with_charges),
        round_off: grand_total.minus(exact)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        pricing::{
            Priced,
            testing::{part, policy, price_of, priced_orders},
        },
        types::PaymentMethod,
    };

    fn three_at_a_discount() -> Priced {
        let mut pads = part("PAD", 10_000);
        pads.terms.retail_tiers = crate::pricing::testing::tiers(&[(4, 7_499)]);
        price_of(&[(&pads, 3)], "27", PaymentMethod::Cod, &policy())
    }

    fn extent(units: &[u32], charges: bool) -> Extent {
        Extent { units: units.to_vec(), charges }
    }

    #[test]
    fn one_of_three_is_taken_back_with_its_share_of_discount_and_tax() {
        let Priced { lines, totals, .. } = three_at_a_discount();
        assert_eq!((lines[0].taxable, lines[0].discount), (Money::inr(29_996), Money::inr(4)));
        let credit = reverse(&lines, &totals, &extent(&[0], false), &extent(&[1], false)).unwrap();
        let line = &credit.lines[0];
        assert_eq!((line.quantity, line.taxable, line.discount), (1, Money::inr(9_999), Money::inr(1)));
        assert_eq!((line.cgst, line.total), (Money::inr(1_400), Money::inr(12_799)));
        assert_eq!((credit.totals.grand_total, credit.totals.round_off), (Money::inr(12_800), Money::inr(1)));
        assert_eq!(credit.totals.shipping, Money::inr(0));
    }

    #[test]
    fn what_was_not_sold_or_was_taken_back_before_cannot_be_taken_back() {
        let Priced { lines, totals, .. } = three_at_a_discount();
        let refused = |before: &Extent, after: &Extent| reverse(&lines, &totals, before, after).unwrap_err();
        for (before, after) in [
            (extent(&[0], false), extent(&[4], false)),
            (extent(&[2], false), extent(&[1], false)),
            (extent(&[0], true), extent(&[1], false)),
            (extent(&[], false), extent(&[1], false)),
            (extent(&[0], false), extent(&[1, 1], false)),
        ] {
            assert_eq!(refused(&before, &after), Irreversible::Extent, "{before:?} {after:?}");
        }
        let mut wrong = totals.clone();
        wrong.grand_total.minor += 1;
        let everything = Extent::everything(&lines);
        assert!(matches!(
            reverse(&lines, &wrong, &Extent::nothing(&lines), &everything),
            Err(Irreversible::DoesNotAddUp(_))
        ));
    }

    /// The whole in steps: each takes back some units of some line, in some step the charges.
    fn steps(lines: &[OrderLine], cuts: &[(prop::sample::Index, u32)], charges_at: usize) -> Vec<Extent> {
        let mut extent = Extent::nothing(lines);
        let mut steps = vec![extent.clone()];
        for (step, (which, units)) in cuts.iter().enumerate() {
            let which = which.index(lines.len());
            extent.units[which] = (extent.units[which] + units).min(quantity(&lines[which]));
            extent.charges |= step == charges_at;
            steps.push(extent.clone());
        }
        steps.push(Extent::everything(lines));
        steps
    }

    const OF_LINES: [fn(&OrderLine) -> i64; 7] = [
        |line| line.quantity.into(),
        |line| line.taxable.minor,
        |line| line.discount.minor,
        |line| line.cgst.minor,
        |line| line.igst.minor,
        |line| line.cess.minor,
        |line| line.total.minor,
    ];
    const OF_TOTALS: [fn(&Totals) -> i64; 11] = [
        |totals| totals.taxable.minor,
        |totals| totals.discount.minor,
        |totals| totals.cgst.minor,
        |totals| totals.sgst.minor,
        |totals| totals.igst.minor,
        |totals| totals.cess.minor,
        |totals| totals.shipping.minor,
        |totals| totals.cod_fee.minor,
        |totals| taxes(totals.shipping_tax.as_deref()).unwrap().minor,
        |totals| totals.round_off.minor,
        |totals| totals.grand_total.minor,
    ];

    proptest! {
        #[test]
        fn the_whole_is_taken_back_exactly(order in priced_orders(0)) {
            let Priced { lines, totals, .. } = order;
            let credit = reverse(&lines, &totals, &Extent::nothing(&lines), &Extent::everything(&lines)).unwrap();
            prop_assert_eq!(credit, Credit { lines, totals });
        }

        #[test]
        fn parts_come_to_the_whole_and_each_is_a_sound_document(
            order in priced_orders(100),
            cuts in proptest::collection::vec((any::<prop::sample::Index>(), 1u32..400), 0..6),
            charges_at in 0usize..8,
        ) {
            let Priced { lines, totals, .. } = order;
            let steps = steps(&lines, &cuts, charges_at);
            let mut credits = Vec::new();
            for pair in steps.windows(2) {
                let credit = reverse(&lines, &totals, &pair[0], &pair[1]).unwrap();
                if !credit.lines.is_empty() {
                    prop_assert_eq!(sums::check(&credit.lines, &credit.totals), Ok(()));
                }
                credits.push(credit);
            }
            for line in &lines {
                let parts: Vec<_> = credits.iter().flat_map(|credit| &credit.lines).filter(|part| part.sku == line.sku).collect();
                for of in OF_LINES {
                    prop_assert_eq!(parts.iter().map(|part| of(part)).sum::<i64>(), of(line));
                    prop_assert!(parts.iter().all(|part| of(part) >= 0));
                }
            }
            for of in OF_TOTALS {
                prop_assert_eq!(credits.iter().map(|credit| of(&credit.totals)).sum::<i64>(), of(&totals));
            }
            prop_assert!(credits.iter().all(|credit| credit.totals.grand_total.minor >= 0));
        }
    }
}
