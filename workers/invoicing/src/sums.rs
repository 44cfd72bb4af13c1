//! Whether a document's lines come to its totals. A document with a number cannot be corrected, only taken back, so it is
//! checked once more before it gets one.

use schemas::{
    pricing::sums,
    types::{OrderLine, Totals},
};
use shared::engine::Refusal;

/// Checks every line and every total, to the paisa, by the rules that made the price.
///
/// # Errors
/// `lines_do_not_add_up`, with the amount that is wrong.
pub fn check(lines: &[OrderLine], totals: &Totals) -> Result<(), Refusal> {
    sums::check(lines, totals).map_err(|fault| Refusal::new("lines_do_not_add_up", fault.to_string()))
}

#[cfg(test)]
mod tests {
    use schemas::types::Money;

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
        wrong[0].taxable = Money::inr(240_001);
        assert_eq!(fault(&wrong, &totals_of(&wrong, 0, 0)).as_deref(), Some("taxable value of BRK-PAD-001"));
    }

    #[test]
    fn nothing_bought_and_nothing_of_something_are_refused() {
        assert_eq!(fault(&[], &totals_of(&[], 0, 0)).as_deref(), Some("there is no line"));
        let none = [line("BRK-PAD-001", 0, 120_000, 2_800)];
        assert_eq!(fault(&none, &totals_of(&none, 0, 0)).as_deref(), Some("quantity of BRK-PAD-001"));
    }
}
