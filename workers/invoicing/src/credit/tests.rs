//! What a credit note says, for invoices and wishes of all kinds.

use proptest::prelude::*;
use schemas::types::Timestamp;

use super::*;
use crate::testing::{credit_invoice, line, totals_of};

const AT: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// A line of so many units, sold within the state or to another.
fn sold(sku: usize, quantity: i32, price: i64, rate: i32, within: bool) -> OrderLine {
    let line = line(&format!("PART-{sku}"), quantity, price, rate);
    if within {
        return line;
    }
    let (tax, none) = (line.taxable.minor * i64::from(rate), Money::inr(0));
    let igst = Money::inr((tax + 5_000) / 10_000);
    let total = Money::inr(line.taxable.minor + igst.minor);
    OrderLine { cgst: none, sgst: none, igst, total, ..line }
}

fn invoice(lines: Vec<OrderLine>, shipping: i64, cod_fee: i64) -> Left {
    let totals = totals_of(&lines, shipping, cod_fee);
    Left::whole(lines, &totals)
}

fn two_pads_and_a_filter() -> Left {
    invoice(vec![sold(1, 2, 120_000, 2_800, true), sold(2, 3, 33_333, 1_800, true)], 8_000, 3_000)
}

fn lines(wanted: &[(usize, i32, i64)]) -> CreditInvoice {
    let line = |(sku, quantity, amount): &(usize, i32, i64)| CreditedLine {
        sku: format!("PART-{sku}").parse().unwrap(),
        quantity: *quantity,
        amount: Money::inr(*amount),
    };
    CreditInvoice { lines: wanted.iter().map(line).collect(), ..credit_invoice("INV2627-00000001", 0, 0, 0, AT) }
}

fn amount(paise: i64) -> CreditInvoice {
    credit_invoice("INV2627-00000001", 0, 0, paise, AT)
}

fn code(left: Left, wanted: &CreditInvoice) -> String {
    credit(left, wanted).unwrap_err().code.into_owned()
}

#[test]
fn one_of_two_units_is_half_of_the_line() {
    let (lines, totals) = credit(two_pads_and_a_filter(), &lines(&[(1, 1, 0)])).unwrap();
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((line.quantity, line.taxable.minor, line.cgst.minor), (1, 120_000, 16_800));
    assert_eq!((totals.grand_total.minor, totals.shipping.minor), (153_600, 0));
}

#[test]
fn a_lower_price_takes_its_tax_along_and_no_units() {
    let (lines, totals) = credit(two_pads_and_a_filter(), &lines(&[(1, 0, 12_800)])).unwrap();
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((line.quantity, line.taxable.minor, line.cgst.minor, line.sgst.minor), (0, 10_000, 1_400, 1_400));
    assert_eq!(totals.grand_total.minor, 12_800);
}

#[test]
fn units_are_credited_at_what_was_paid_back_for_them() {
    let (lines, totals) = credit(two_pads_and_a_filter(), &lines(&[(2, 1, 39_332)])).unwrap();
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((line.quantity, line.total.minor, line.cgst), (1, 39_332, line.sgst));
    assert_eq!(totals.grand_total.minor, 39_332);
}

#[test]
fn what_is_not_there_cannot_be_credited() {
    let left = two_pads_and_a_filter;
    let all = left().total().unwrap().minor;
    assert_eq!(code(left(), &lines(&[(1, 3, 0)])), "more_than_left");
    assert_eq!(code(left(), &lines(&[(1, 1, 0), (1, 2, 0)])), "more_than_left");
    assert_eq!(code(left(), &lines(&[(1, -1, 0)])), "more_than_left");
    assert_eq!(code(left(), &lines(&[(1, 0, 307_201)])), "more_than_left");
    assert_eq!(code(left(), &lines(&[(9, 1, 0)])), "unknown_line");
    assert_eq!(code(left(), &lines(&[(1, 3, 5)])), "more_than_left");
    assert_eq!(code(left(), &lines(&[(1, 1, 307_201)])), "more_than_left");
    assert_eq!(code(left(), &lines(&[(1, 0, 0)])), "nothing_to_credit");
    for (paise, refused) in [(all + 1, "more_than_left"), (-1, "more_than_left"), (0, "nothing_to_credit")] {
        assert_eq!(code(left(), &amount(paise)), refused);
    }
    let both = CreditInvoice { amount: Money::inr(1), ..lines(&[(1, 1, 0)]) };
    assert_eq!(code(left(), &both), "lines_and_amount");
}

#[test]
fn the_whole_amount_is_the_whole_invoice_with_its_units() {
    let left = two_pads_and_a_filter();
    let (lines, totals) = credit(left.clone(), &amount(left.total().unwrap().minor)).unwrap();
    assert_eq!(lines, left.lines);
    assert_eq!(totals, totals_of(&left.lines, 8_000, 3_000));
}

/// How much a line's taxes may differ from its rate of its value: both are rounded, and shares of what was rounded.
fn follows_from_rate(line: &OrderLine) -> bool {
    let parts = if line.igst.minor == 0 { 2 } else { 1 };
    let tax = line.cgst.minor + line.sgst.minor + line.igst.minor;
    (line.taxable.minor * i64::from(line.gst_basis_points) - tax * 10_000).abs() <= 5 * parts * 10_000
}

/// The same of its cess, whose rate may be so high that a paisa of the value is several of the cess.
fn cess_follows_from_rate(line: &OrderLine) -> bool {
    let rate = i64::from(line.cess_basis_points);
    (line.taxable.minor * rate - line.cess.minor * 10_000).abs() <= 5 * (10_000 + 2 * rate)
}

fn with_cess(line: OrderLine, rate: i32) -> OrderLine {
    let cess = Money::inr((line.taxable.minor * i64::from(rate) + 5_000) / 10_000);
    OrderLine { cess_basis_points: rate, cess, total: Money::inr(line.total.minor + cess.minor), ..line }
}

/// Of GST and of the compensation cess, which for vehicles and their parts has been up to 22 %, for others up to 290 %.
fn rates() -> impl Strategy<Value = (i32, i32)> {
    (prop::sample::select(vec![0, 500, 1_800, 2_800]), prop::sample::select(vec![0, 0, 100, 2_200, 29_000]))
}

prop_compose! {
    fn invoices()(
        within in any::<bool>(),
        lines in prop::collection::vec((1..30i32, 1..500_000i64, rates()), 1..5),
        shipping in 0..20_000i64,
        cod_fee in prop_oneof![Just(0), Just(3_000)],
    ) -> Left {
        let line = |(sku, (quantity, price, (gst, cess))): (usize, (i32, i64, (i32, i32)))| {
            with_cess(sold(sku, quantity, price, gst, within), cess)
        };
        invoice(lines.into_iter().enumerate().map(line).collect(), shipping, cod_fee)
    }
}

/// Units of a line, a lower price of a line, units at a price, or an amount out of everything, as shares of what may be left.
fn wishes() -> impl Strategy<Value = Vec<(u8, usize, i64)>> {
    prop::collection::vec((0..4u8, 0..5usize, 0..=100i64), 0..25)
}

fn wish(left: &Left, (kind, line, percent): (u8, usize, i64)) -> CreditInvoice {
    let index = line % left.lines.len();
    let line = &left.lines[index];
    match kind {
        0 => lines(&[(index, i32::try_from(i64::from(line.quantity) * percent / 100).unwrap(), 0)]),
        1 => lines(&[(index, 0, line.total.minor * percent / 100)]),
        2 => {
            let units = i32::try_from(i64::from(line.quantity) * percent / 100).unwrap();
            lines(&[(index, units, line.total.minor * percent / 100)])
        }
        _ => amount(left.total().unwrap().minor * percent / 100),
    }
}

proptest! {
    #[test]
    fn credit_notes_never_exceed_their_invoice_and_end_at_it_exactly(invoice in invoices(), wishes in wishes()) {
        let mut left = invoice.clone();
        let mut sum = 0;
        for wanted in wishes {
            let Ok((lines, totals)) = credit(left.clone(), &wish(&left, wanted)) else { continue };
            for line in &lines {
                prop_assert!(amounts(line).iter().all(|amount| amount.minor >= 0), "{line:?}");
                let halves = (line.cgst.minor - line.sgst.minor).abs();
                prop_assert!(halves == 0 || (halves == 1 && line.taxable.minor < 10), "{line:?}");
                prop_assert_eq!(total(line).unwrap(), line.total);
                prop_assert!(follows_from_rate(line) && cess_follows_from_rate(line), "{:?}", line);
            }
            prop_assert_eq!(&totals, &totals_of(&lines, totals.shipping.minor, totals.cod_fee.minor));
            sum += totals.grand_total.minor;
            left.take(&lines, &totals).unwrap();
        }
        let rest = left.total().unwrap().minor;
        prop_assert_eq!(sum + rest, invoice.total().unwrap().minor);
        if rest > 0 {
            let (lines, totals) = credit(left.clone(), &amount(rest)).unwrap();
            left.take(&lines, &totals).unwrap();
        }
        let nothing_is_left = left.lines.iter().all(|line| amounts(line).iter().all(|amount| amount.minor == 0));
        prop_assert!(nothing_is_left && left.total().unwrap().minor == 0, "{left:?}");
    }

    #[test]
    fn what_was_asked_for_is_what_is_credited(invoice in invoices(), percent in 1..=100i64) {
        let paise = invoice.total().unwrap().minor * percent / 100;
        prop_assume!(paise > 0);
        let (_, totals) = credit(invoice, &amount(paise)).unwrap();
        prop_assert_eq!(totals.grand_total.minor, paise);
    }
}
