//! Rules of arithmetic. Sums are taken in 128 bits, where no document can overflow.

use crate::{DocumentKind, Invoice, Line, RenderError, Totals};

pub(super) fn check(invoice: &Invoice) -> Result<(), RenderError> {
    for (index, line) in invoice.lines.iter().enumerate() {
        check_line(&format!("lines[{index}]"), line, invoice.is_intra_state(), slack(&invoice.kind))?;
    }
    check_totals(&invoice.lines, &invoice.totals)
}

/// By how many paise each tax must be nearer to the rate of the taxable value. A credit note over a part of a line takes
/// shares of what is left of amounts that were rounded before, and the last of them takes what roundings left.
const fn slack(kind: &DocumentKind) -> i128 {
    match kind {
        DocumentKind::TaxInvoice => 1,
        DocumentKind::CreditNote { .. } => 6,
    }
}

fn check_line(path: &str, line: &Line, intra_state: bool, slack: i128) -> Result<(), RenderError> {
    for (name, paise) in [
        ("unit_price", line.unit_price),
        ("discount", line.discount),
        ("taxable", line.taxable),
        ("cgst", line.cgst),
        ("sgst", line.sgst),
        ("igst", line.igst),
        ("cess", line.cess),
    ] {
        not_negative(&format!("{path}.{name}"), paise)?;
    }
    check_taxable(path, line)?;
    check_tax(path, line, intra_state, slack)?;
    let total = sum([line.taxable, line.cgst, line.sgst, line.igst, line.cess]);
    equal(format!("{path}.total"), line.total, total)
}

/// The taxable value follows from price, quantity and discount, up to rounding: when a shop's prices
/// include tax, the printed price before tax is rounded to the paisa and each unit may be off by half.
fn check_taxable(path: &str, line: &Line) -> Result<(), RenderError> {
    let quantity = i128::from(line.quantity);
    let computed = quantity * i128::from(line.unit_price) - i128::from(line.discount);
    let tolerance = (quantity + 1) / 2;
    if (computed - i128::from(line.taxable)).abs() <= tolerance {
        return Ok(());
    }
    equal(format!("{path}.taxable"), line.taxable, computed)
}

fn check_tax(path: &str, line: &Line, intra_state: bool, slack: i128) -> Result<(), RenderError> {
    let breach = |rule| Err(RenderError::Tax { field: path.to_owned(), rule });
    if intra_state && line.igst != 0 {
        return breach("IGST is not due within the seller's state");
    }
    // A last paisa that is credited cannot be halved.
    if intra_state && i128::from(line.cgst.abs_diff(line.sgst)) >= slack.min(2) {
        return breach("CGST and SGST are equal halves of the GST");
    }
    if !intra_state && (line.cgst != 0 || line.sgst != 0) {
        return breach("CGST and SGST are not due outside the seller's state");
    }
    if !follows_from_rate(line, intra_state, slack) {
        return breach("the tax is not the GST rate of the taxable value");
    }
    if !is_of_rate(line.cess, line.taxable, line.cess_rate, slack) {
        return breach("the cess is not its rate of the taxable value");
    }
    Ok(())
}

/// Whether the tax is the rate of the taxable value, each part rounded to the paisa in
/// either direction (section 170 of the CGST Act does not bind amounts below the invoice total).
fn follows_from_rate(line: &Line, intra_state: bool, slack: i128) -> bool {
    let exact = i128::from(line.taxable) * i128::from(line.gst_rate);
    let stated = sum([line.cgst, line.sgst, line.igst]) * 10_000;
    let paisa = 10_000;
    let parts = if intra_state { 2 } else { 1 };
    (exact - stated).abs() < slack * parts * paisa
}

/// Whether the cess follows from a taxable value that may be a paisa off, where the price includes its taxes.
fn is_of_rate(cess: i64, taxable: i64, rate: u32, slack: i128) -> bool {
    let exact = i128::from(taxable) * i128::from(rate);
    (exact - i128::from(cess) * 10_000).abs() < slack * (10_000 + 2 * i128::from(rate))
}

fn check_totals(lines: &[Line], totals: &Totals) -> Result<(), RenderError> {
    type Column = (&'static str, i64, fn(&Line) -> i64);
    let columns: [Column; 5] = [
        ("taxable", totals.taxable, |line| line.taxable),
        ("cgst", totals.cgst, |line| line.cgst),
        ("sgst", totals.sgst, |line| line.sgst),
        ("igst", totals.igst, |line| line.igst),
        ("cess", totals.cess, |line| line.cess),
    ];
    for (name, stated, of) in columns {
        equal(format!("totals.{name}"), stated, sum(lines.iter().map(of)))?;
    }
    not_negative("totals.shipping", totals.shipping)?;
    not_negative("totals.cod_fee", totals.cod_fee)?;
    if totals.round_off.abs() >= 100 {
        return Err(RenderError::Field {
            field: "totals.round_off".to_owned(),
            value: totals.round_off.to_string(),
            rule: "rounding to the rupee changes less than 100 paise",
        });
    }
    let grand = sum(lines.iter().map(|line| line.total)) + sum([totals.shipping, totals.cod_fee, totals.round_off]);
    equal("totals.grand_total".to_owned(), totals.grand_total, grand)?;
    not_negative("totals.grand_total", totals.grand_total)
}

fn sum(amounts: impl IntoIterator<Item = i64>) -> i128 {
    amounts.into_iter().map(i128::from).sum()
}

fn equal(field: String, stated: i64, computed: i128) -> Result<(), RenderError> {
    if i128::from(stated) == computed {
        return Ok(());
    }
    Err(RenderError::Mismatch { field, stated, computed })
}

fn not_negative(field: &str, paise: i64) -> Result<(), RenderError> {
    if paise >= 0 {
        return Ok(());
    }
    Err(RenderError::Field { field: field.to_owned(), value: paise.to_string(), rule: "an amount is not negative" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use proptest::prelude::*;

    /// Every amount of a document that takes part in a sum, by name.
    type Amount = (&'static str, fn(&mut Invoice) -> &mut i64);
    const AMOUNTS: [Amount; 14] = [
        ("line taxable", |invoice| &mut invoice.lines[0].taxable),
        ("line cgst", |invoice| &mut invoice.lines[0].cgst),
        ("line sgst", |invoice| &mut invoice.lines[0].sgst),
        ("line igst", |invoice| &mut invoice.lines[0].igst),
        ("line cess", |invoice| &mut invoice.lines[0].cess),
        ("cess", |invoice| &mut invoice.totals.cess),
        ("line total", |invoice| &mut invoice.lines[0].total),
        ("taxable", |invoice| &mut invoice.totals.taxable),
        ("cgst", |invoice| &mut invoice.totals.cgst),
        ("sgst", |invoice| &mut invoice.totals.sgst),
        ("igst", |invoice| &mut invoice.totals.igst),
        ("shipping", |invoice| &mut invoice.totals.shipping),
        ("round off", |invoice| &mut invoice.totals.round_off),
        ("grand total", |invoice| &mut invoice.totals.grand_total),
    ];

    #[test]
    fn documents_that_add_up_pass() {
        for invoice in samples::all() {
            assert_eq!(check(&invoice), Ok(()));
        }
    }

    #[test]
    fn the_worked_example_of_the_replaced_system_passes() {
        // 2 x Rs 1200 at 28 %, same state, shipping 80, COD fee 30: Rs 3182.
        let invoice = samples::worked_example();
        assert_eq!(check(&invoice), Ok(()));
        assert_eq!(invoice.totals.grand_total, 3_182_00);
        assert_eq!(invoice.totals.cgst, 336_00);
    }

    #[test]
    fn tax_of_the_wrong_kind_is_refused() {
        let mut invoice = samples::intra_state();
        invoice.place_of_supply.code = "29".to_owned();
        assert!(matches!(check(&invoice), Err(RenderError::Tax { .. })));

        let mut invoice = samples::inter_state(3);
        invoice.place_of_supply = invoice.seller.state.clone();
        assert!(matches!(check(&invoice), Err(RenderError::Tax { .. })));
    }

    #[test]
    fn a_tax_that_is_not_the_rate_is_refused() {
        let mut invoice = samples::intra_state();
        invoice.lines[0].gst_rate = 500;
        assert!(matches!(check(&invoice), Err(RenderError::Tax { .. })));
    }

    #[test]
    fn cess_is_its_rate_of_the_taxable_value_and_part_of_the_total() {
        let mut invoice = samples::worked_example();
        let line = &mut invoice.lines[0];
        (line.cess_rate, line.cess, line.total) = (2200, 528_00, line.total + 528_00);
        (invoice.totals.cess, invoice.totals.grand_total) = (528_00, invoice.totals.grand_total + 528_00);
        assert_eq!(check(&invoice), Ok(()));
        invoice.lines[0].cess_rate = 100;
        assert!(matches!(check(&invoice), Err(RenderError::Tax { .. })));
    }

    #[test]
    fn a_price_rounded_from_an_inclusive_one_passes() {
        let mut invoice = samples::worked_example();
        // 7 at Rs 100 with 18 % inside: 84.745... each, 593.22 together; 7 x 84.75 would be 593.25.
        let line = &mut invoice.lines[0];
        (line.quantity, line.unit_price, line.gst_rate) = (7, 84_75, 1800);
        (line.taxable, line.cgst, line.sgst, line.total) = (593_22, 53_39, 53_39, 700_00);
        assert_eq!(check_line("line", line, true, 1), Ok(()));
        line.unit_price = 84_85;
        assert!(check_line("line", line, true, 1).is_err());
    }

    #[test]
    fn only_the_tax_of_a_credit_note_may_be_off_by_some_paise() {
        let mut note = samples::credit_note();
        let line = &mut note.lines[0];
        (line.cgst, line.sgst, line.total) = (line.cgst + 5, line.sgst + 4, line.total + 9);
        assert_eq!(check_line("line", line, true, slack(&note.kind)), Ok(()));
        assert!(check_line("line", line, true, slack(&DocumentKind::TaxInvoice)).is_err());
    }

    #[test]
    fn the_cess_of_a_credit_note_may_be_off_by_what_its_taxable_value_is() {
        // Half of 13 paise at 290 %: the value is 6 or 7, the cess 19 of 38.
        let cess = |kind: &DocumentKind, cess| is_of_rate(cess, 7, 29_000, slack(kind));
        let note = samples::credit_note().kind;
        assert!(cess(&note, 19) && cess(&note, 50) && !cess(&note, 90));
        assert!(cess(&DocumentKind::TaxInvoice, 20) && !cess(&DocumentKind::TaxInvoice, 50));
    }

    #[test]
    fn enormous_amounts_are_refused_and_do_not_overflow() {
        let mut invoice = samples::intra_state();
        invoice.lines[0].taxable = i64::MAX;
        invoice.lines[0].total = i64::MAX;
        assert!(check(&invoice).is_err());
    }

    proptest! {
        #[test]
        fn any_single_changed_amount_is_refused(
            which in 0..AMOUNTS.len(),
            by in prop_oneof![-1_000_000i64..0, 1i64..1_000_000],
        ) {
            let mut invoice = samples::intra_state();
            let (name, amount) = AMOUNTS[which];
            *amount(&mut invoice) += by;
            prop_assert!(check(&invoice).is_err(), "{} changed by {} passed", name, by);
        }
    }
}
