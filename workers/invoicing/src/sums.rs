//! Whether a document's lines come to its totals. A document with a number cannot be corrected, only taken back, so it is
//! checked once more before it gets one.

use schemas::types::{Money, OrderLine, Totals};
use shared::{engine::Refusal, money::MoneyError};

/// Checks every line and every total, to the paisa.
///
/// # Errors
/// `lines_do_not_add_up`, with the amount that is wrong.
pub fn check(lines: &[OrderLine], totals: &Totals) -> Result<(), Refusal> {
    match first_fault(lines, totals) {
        Ok(None) => Ok(()),
        Ok(Some(fault)) => Err(Refusal::new("lines_do_not_add_up", fault)),
        Err(error) => Err(Refusal::new("lines_do_not_add_up", error.to_string())),
    }
}

fn first_fault(lines: &[OrderLine], totals: &Totals) -> Result<Option<String>, MoneyError> {
    if lines.is_empty() {
        return Ok(Some("there is no line".to_owned()));
    }
    for line in lines {
        if let Some(fault) = line_fault(line)? {
            return Ok(Some(format!("{} of {}", fault, line.sku)));
        }
    }
    Ok(totals_fault(lines, totals)?.map(|fault| format!("{fault} of the document")))
}

fn line_fault(line: &OrderLine) -> Result<Option<&'static str>, MoneyError> {
    let Some(quantity) = u32::try_from(line.quantity).ok().filter(|quantity| *quantity > 0) else {
        return Ok(Some("quantity"));
    };
    Ok(first_difference(&[
        ("taxable value", line.taxable, line.unit_price.times(quantity)?),
        ("total", line.total, Money::sum([line.taxable, line.cgst, line.sgst, line.igst])?),
    ]))
}

fn totals_fault(lines: &[OrderLine], totals: &Totals) -> Result<Option<&'static str>, MoneyError> {
    let sum = |amount: fn(&OrderLine) -> Money| Money::sum(lines.iter().map(amount));
    Ok(first_difference(&[
        ("taxable value", totals.taxable, sum(|line| line.taxable)?),
        ("CGST", totals.cgst, sum(|line| line.cgst)?),
        ("SGST", totals.sgst, sum(|line| line.sgst)?),
        ("IGST", totals.igst, sum(|line| line.igst)?),
        ("total", totals.grand_total, Money::sum([sum(|line| line.total)?, totals.shipping, totals.cod_fee])?),
    ]))
}

/// The first amount that is negative or not what it should be.
fn first_difference(amounts: &[(&'static str, Money, Money)]) -> Option<&'static str> {
    amounts.iter().find(|(_, stated, computed)| stated != computed || stated.minor < 0).map(|(name, ..)| *name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{line, totals_of};

    fn fault(lines: &[OrderLine], totals: &Totals) -> Option<String> {
        check(lines, totals).err().map(|refusal| refusal.detail)
    }

    #[test]
    fn lines_that_come_to_their_totals_are_accepted() {
        let lines = [line("BRK-PAD-001", 2, 120_000, 2_800), line("OIL-FLT-002", 1, 33_333, 1_800)];
        assert_eq!(fault(&lines, &totals_of(&lines, 8_000, 3_000)), None);
    }

    #[test]
    fn one_paisa_too_much_is_named() {
        let lines = [line("BRK-PAD-001", 2, 120_000, 2_800)];
        let mut totals = totals_of(&lines, 0, 0);
        totals.grand_total.minor += 1;
        assert_eq!(fault(&lines, &totals).as_deref(), Some("total of the document"));
        let mut wrong = lines.clone();
        wrong[0].taxable.minor += 1;
        assert_eq!(fault(&wrong, &totals_of(&wrong, 0, 0)).as_deref(), Some("taxable value of BRK-PAD-001"));
    }

    #[test]
    fn nothing_bought_and_nothing_of_something_are_refused() {
        assert_eq!(fault(&[], &totals_of(&[], 0, 0)).as_deref(), Some("there is no line"));
        let none = [line("BRK-PAD-001", 0, 120_000, 2_800)];
        assert_eq!(fault(&none, &totals_of(&none, 0, 0)).as_deref(), Some("quantity of BRK-PAD-001"));
    }

    #[test]
    fn an_overflow_is_a_refusal() {
        let mut lines = [line("BRK-PAD-001", 2, 120_000, 2_800)];
        lines[0].unit_price = Money::inr(i64::MAX);
        assert_eq!(fault(&lines, &totals_of(&[], 0, 0)).as_deref(), Some("the amount is too large"));
    }

    proptest! {
        #[test]
        fn any_amount_changed_by_any_sum_is_noticed(which in 0usize..8, by in prop_oneof![-1_000i64..0, 1i64..1_000]) {
            let lines = [line("BRK-PAD-001", 2, 120_000, 2_800), line("OIL-FLT-002", 3, 45_000, 1_800)];
            let (mut lines, mut totals) = (lines.clone(), totals_of(&lines, 8_000, 3_000));
            let amount = [
                &mut totals.taxable, &mut totals.cgst, &mut totals.sgst, &mut totals.igst, &mut totals.shipping,
                &mut totals.cod_fee, &mut totals.grand_total, &mut lines[1].total,
            ].into_iter().nth(which).unwrap();
            amount.minor += by;
            prop_assert!(check(&lines, &totals).is_err());
        }
    }
}
