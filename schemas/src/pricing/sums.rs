//! Whether lines come to their totals: what an invoice or a credit note is held to before it gets a number.

use shared::money::MoneyError;

use super::carriage::taxes;
use crate::types::{ChargeTax, Money, OrderLine, Totals};

/// An amount that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DoesNotAddUp(pub String);

type Fault = Option<&'static str>;

/// Checks every line and every total, to the paisa; that the halves of GST are equal and stand where no IGST does; and that
/// each tax is that of its rate, but for rounding.
///
/// # Errors
/// [`DoesNotAddUp`], with the amount that is wrong.
pub fn check(lines: &[OrderLine], totals: &Totals) -> Result<(), DoesNotAddUp> {
    match first_fault(lines, totals) {
        Ok(None) => Ok(()),
        Ok(Some(fault)) => Err(DoesNotAddUp(fault)),
        Err(error) => Err(DoesNotAddUp(error.to_string())),
    }
}

fn first_fault(lines: &[OrderLine], totals: &Totals) -> Result<Option<String>, MoneyError> {
    if lines.is_empty() {
        return Ok(Some("there is no line".to_owned()));
    }
    for line in lines {
        if let Some(fault) = line_fault(line)? {
            return Ok(Some(format!("{fault} of {}", line.sku)));
        }
    }
    let fault = kind_fault(lines, totals).or(charge_fault(totals)).or(totals_fault(lines, totals)?);
    Ok(fault.map(|fault| format!("{fault} of the document")))
}

fn line_fault(line: &OrderLine) -> Result<Fault, MoneyError> {
    let Some(quantity) = u32::try_from(line.quantity).ok().filter(|quantity| *quantity > 0) else {
        return Ok(Some("quantity"));
    };
    let net = if line.tax_inclusive { line.total } else { line.taxable };
    let listed = line.unit_price.times(quantity)?;
    let total = Money::sum([line.taxable, line.cgst, line.sgst, line.igst, line.cess])?;
    let amounts = [line.unit_price, line.discount, line.taxable, line.cgst, line.sgst, line.igst, line.cess];
    let sums = [("taxable value", net.plus(line.discount)?, listed), ("total", line.total, total)];
    let gst = gst_fault(line.taxable, line.gst_basis_points, [line.cgst, line.sgst, line.igst]);
    let cess = is_of_rate(line.cess, line.taxable, line.cess_basis_points, 1);
    Ok(negative(&amounts).or(first_difference(&sums)).or(gst).or((!cess).then_some("cess")))
}

/// What is wrong with the GST on a value.
fn gst_fault(taxable: Money, basis_points: i32, [cgst, sgst, igst]: [Money; 3]) -> Fault {
    let (tax, parts) = if igst.minor > 0 { (igst, 1) } else { (cgst, 2) };
    if cgst != sgst {
        return Some("SGST");
    }
    if (igst.minor > 0 && cgst.minor > 0) || !is_of_rate(tax, taxable, basis_points, parts) {
        return Some("GST");
    }
    None
}

/// Whether a tax is that of one of so many equal parts of a rate, to two paise. The value may be three paise off: that of a
/// part of a line whose price includes its taxes is what their roundings leave.
fn is_of_rate(tax: Money, taxable: Money, basis_points: i32, parts: i128) -> bool {
    let (rate, whole) = (i128::from(basis_points), 10_000 * parts);
    let exact = i128::from(taxable.minor) * rate;
    rate >= 0 && (i128::from(tax.minor) * whole - exact).abs() <= 2 * whole + 3 * rate
}

/// A document has one place of supply.
fn kind_fault(lines: &[OrderLine], totals: &Totals) -> Fault {
    let charges = [&totals.shipping_tax, &totals.cod_fee_tax].into_iter().flatten();
    let taxes: Vec<_> = lines
        .iter()
        .map(|line| (line.cgst, line.igst))
        .chain(charges.map(|charge| (charge.cgst, charge.igst)))
        .collect();
    let both = taxes.iter().any(|(cgst, _)| cgst.minor > 0) && taxes.iter().any(|(_, igst)| igst.minor > 0);
    both.then_some("IGST beside CGST")
}

fn charge_fault(totals: &Totals) -> Fault {
    let fault = |charge: Money, tax: &Option<Box<ChargeTax>>| {
        let tax = tax.as_ref()?;
        let parts = [tax.cgst, tax.sgst, tax.igst];
        negative(&parts).or_else(|| gst_fault(charge, tax.gst_basis_points, parts))
    };
    fault(totals.shipping, &totals.shipping_tax).or_else(|| fault(totals.cod_fee, &totals.cod_fee_tax))
}

fn totals_fault(lines: &[OrderLine], totals: &Totals) -> Result<Fault, MoneyError> {
    let sum = |amount: fn(&OrderLine) -> Money| Money::sum(lines.iter().map(amount));
    let charges = [totals.shipping, taxes(totals.shipping_tax.as_deref())?, totals.cod_fee];
    let charges = Money::sum(charges)?.plus(taxes(totals.cod_fee_tax.as_deref())?)?;
    let sums = [
        ("taxable value", totals.taxable, sum(|line| line.taxable)?),
        ("CGST", totals.cgst, sum(|line| line.cgst)?),
        ("SGST", totals.sgst, sum(|line| line.sgst)?),
        ("IGST", totals.igst, sum(|line| line.igst)?),
        ("cess", totals.cess, sum(|line| line.cess)?),
        ("discount", totals.discount, sum(|line| line.discount)?),
        ("total", totals.grand_total, Money::sum([sum(|line| line.total)?, charges, totals.round_off])?),
    ];
    let round_off = (totals.round_off.minor.abs() >= 100).then_some("round-off");
    Ok(negative(&[totals.shipping, totals.cod_fee, totals.grand_total]).or(round_off).or(first_difference(&sums)))
}

fn negative(amounts: &[Money]) -> Fault {
    amounts.iter().any(|amount| amount.minor < 0).then_some("a negative amount")
}

fn first_difference(amounts: &[(&'static str, Money, Money)]) -> Fault {
    amounts.iter().find(|(_, stated, computed)| stated != computed).map(|(name, ..)| *name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        pricing::{
            Policy, Priced,
            carriage::ChargesTax,
            testing::{part, policy, price_of},
        },
        types::PaymentMethod,
    };

    fn order() -> Priced {
        let (mut helmet, pads) = (part("HELMET", 150_045), part("PAD", 120_000));
        helmet.terms.tax_inclusive = true;
        helmet.terms.cess_basis_points = 100;
        let policy = Policy { charges_tax: ChargesTax::AsGoods, ..policy() };
        price_of(&[(&helmet, 3), (&pads, 2)], "27", PaymentMethod::Cod, &policy)
    }

    fn fault(change: impl FnOnce(&mut Priced)) -> Option<String> {
        let mut order = order();
        change(&mut order);
        check(&order.lines, &order.totals).err().map(|fault| fault.0)
    }

    #[test]
    fn what_was_priced_adds_up_and_one_paisa_too_much_is_named() {
        assert_eq!(fault(|_| ()), None);
        assert_eq!(fault(|order| order.totals.grand_total.minor += 1).as_deref(), Some("total of the document"));
        assert_eq!(fault(|order| order.lines[1].taxable.minor += 1).as_deref(), Some("taxable value of PAD"));
        assert_eq!(fault(|order| order.lines[1].sgst.minor += 1).as_deref(), Some("total of PAD"));
        assert_eq!(fault(|order| order.lines[0].quantity = 0).as_deref(), Some("quantity of HELMET"));
        assert_eq!(fault(|order| order.lines.clear()).as_deref(), Some("there is no line"));
    }

    #[test]
    fn taxes_of_the_wrong_kind_or_rate_are_named_even_if_they_add_up() {
        let moved = |order: &mut Priced| {
            let line = &mut order.lines[1];
            (line.cgst.minor, line.sgst.minor) = (line.cgst.minor + 10, line.sgst.minor - 10);
        };
        assert_eq!(fault(moved).as_deref(), Some("SGST of PAD"));
        let integrated = |order: &mut Priced| {
            let line = &mut order.lines[1];
            (line.igst, line.cgst, line.sgst) = (Money::inr(2 * line.cgst.minor), Money::inr(0), Money::inr(0));
        };
        assert_eq!(fault(integrated).as_deref(), Some("IGST beside CGST of the document"));
        assert_eq!(fault(|order| order.lines[1].gst_basis_points = 1_800).as_deref(), Some("GST of PAD"));
        assert_eq!(fault(|order| order.lines[0].cess_basis_points = 200).as_deref(), Some("cess of HELMET"));
    }

    #[test]
    fn an_overflow_is_a_fault() {
        let fault = fault(|order| order.lines[1].unit_price = Money::inr(i64::MAX));
        assert_eq!(fault.as_deref(), Some("the amount is too large"));
    }

    /// Every amount of a document.
    const AMOUNTS: [fn(&mut Priced) -> &mut Money; 19] = [
        |order| &mut order.lines[0].unit_price,
        |order| &mut order.lines[0].discount,
        |order| &mut order.lines[0].taxable,
        |order| &mut order.lines[0].cgst,
        |order| &mut order.lines[0].sgst,
        |order| &mut order.lines[0].igst,
        |order| &mut order.lines[0].cess,
        |order| &mut order.lines[1].total,
        |order| &mut order.totals.taxable,
        |order| &mut order.totals.cgst,
        |order| &mut order.totals.sgst,
        |order| &mut order.totals.igst,
        |order| &mut order.totals.cess,
        |order| &mut order.totals.discount,
        |order| &mut order.totals.shipping,
        |order| &mut order.totals.cod_fee,
        |order| &mut order.totals.shipping_tax.as_mut().unwrap().cgst,
        |order| &mut order.totals.round_off,
        |order| &mut order.totals.grand_total,
    ];

    proptest! {
        #[test]
        fn any_amount_changed_by_any_sum_is_noticed(
            which in 0..AMOUNTS.len(), by in prop_oneof![-1_000i64..0, 1i64..1_000],
        ) {
            prop_assert!(fault(|order| AMOUNTS[which](order).minor += by).is_some());
        }
    }
}
