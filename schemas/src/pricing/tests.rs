use proptest::prelude::*;

use super::{
    coupon::Worth,
    testing::{
        coupon, coupons, customers, part, policies, policy, price_of, priced_orders, products, tiers, try_price,
    },
    *,
};

const RETAIL: PriceList = PriceList::Retail;

#[test]
fn two_parts_of_1200_rupees_paid_in_cash_within_the_state_come_to_3182() {
    let part = Product { weight_grams: 1_500, ..part("PAD", 120_000) };
    let totals = price_of(&[(&part, 2)], "27", PaymentMethod::Cod, &policy()).totals;
    assert_eq!((totals.cgst, totals.sgst, totals.igst), (Money::inr(33_600), Money::inr(33_600), Money::inr(0)));
    assert_eq!((totals.shipping, totals.cod_fee), (Money::inr(8_000), Money::inr(3_000)));
    assert_eq!((totals.grand_total, totals.round_off), (Money::inr(318_200), Money::inr(0)));
}

#[test]
fn another_state_pays_igst_and_a_card_pays_no_cash_fee() {
    let part = Product { weight_grams: 1_500, ..part("PAD", 120_000) };
    let totals = price_of(&[(&part, 2)], "29", PaymentMethod::Stripe, &policy()).totals;
    assert_eq!((totals.cgst, totals.sgst, totals.igst), (Money::inr(0), Money::inr(0), Money::inr(67_200)));
    assert_eq!((totals.cod_fee, totals.grand_total), (Money::inr(0), Money::inr(315_200)));
}

#[test]
fn a_coupon_is_spread_over_the_lines_before_tax() {
    let (dear, cheap) = (part("A", 30_000), part("B", 10_000));
    let coupon = coupon(Worth::Flat { amount: Money::inr(4_001) });
    let priced = try_price(&[(&cheap, 1), (&dear, 1)], ("29", PaymentMethod::Stripe, RETAIL, Some(&coupon)), &policy());
    let Priced { lines, totals, coupon_discount } = priced.unwrap();
    assert_eq!(lines.iter().map(|line| line.discount.minor).collect::<Vec<_>>(), [3_000, 1_001]);
    assert_eq!(lines.iter().map(|line| line.igst.minor).collect::<Vec<_>>(), [7_560, 2_520]);
    assert_eq!((totals.discount, coupon_discount), (Money::inr(4_001), Money::inr(4_001)));
}

#[test]
fn a_price_that_includes_tax_is_what_the_customer_pays() {
    let mut helmet = part("HELMET", 128_000);
    helmet.terms.tax_inclusive = true;
    let Priced { lines, totals, .. } = price_of(&[(&helmet, 2)], "27", PaymentMethod::Stripe, &policy());
    assert_eq!(
        (lines[0].taxable, lines[0].cgst, lines[0].total),
        (Money::inr(200_000), Money::inr(28_000), Money::inr(256_000))
    );
    assert_eq!(totals.grand_total, Money::inr(261_000));
}

#[test]
fn a_line_remembers_whether_its_part_can_be_returned() {
    let (mut bulb, pads) = (part("BULB", 10_000), part("PADS", 120_000));
    bulb.terms.non_returnable = true;
    let lines = price_of(&[(&bulb, 1), (&pads, 1)], "27", PaymentMethod::Stripe, &policy()).lines;
    assert_eq!(lines.iter().map(|line| line.non_returnable).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn the_total_is_rounded_to_the_rupee_in_a_line_of_its_own() {
    for (paise, total, round_off) in [(149, 5_100, -49), (150, 5_200, 50), (200, 5_200, 0)] {
        let mut part = part("BULB", paise);
        part.gst_basis_points = Some(0);
        let totals = price_of(&[(&part, 1)], "27", PaymentMethod::Stripe, &policy()).totals;
        assert_eq!((totals.grand_total, totals.round_off), (Money::inr(total), Money::inr(round_off)), "{paise}");
        let exact = Policy { round_off: RoundOff::None, ..policy() };
        assert_eq!(
            price_of(&[(&part, 1)], "27", PaymentMethod::Stripe, &exact).totals.grand_total,
            Money::inr(5_000 + paise)
        );
    }
}

#[test]
fn lines_stand_in_the_order_of_their_skus() {
    let (a, b) = (part("A", 1), part("B", 1));
    let priced = price_of(&[(&b, 1), (&a, 2)], "27", PaymentMethod::Stripe, &policy());
    assert_eq!(priced.lines.iter().map(|line| line.sku.as_str()).collect::<Vec<_>>(), ["A", "B"]);
}

#[test]
fn an_overflow_a_coupon_that_is_not_good_and_a_senseless_catalog_are_refused() {
    let refusal = |positions: &[(&Product, u32)], coupon: Option<&Offer>| {
        try_price(positions, ("27", PaymentMethod::Stripe, RETAIL, coupon), &policy()).unwrap_err()
    };
    let dear = part("GOLD", i64::MAX / 2);
    assert_eq!(refusal(&[(&dear, 3)], None), Unpriceable::TooLarge);
    assert_eq!(refusal(&[(&dear, 1), (&dear, 1)], None), Unpriceable::TooLarge);
    let heavy = Product { weight_grams: i32::MAX, ..part("ANVIL", 1) };
    assert_eq!(refusal(&[(&heavy, u32::MAX)], None), Unpriceable::TooLarge);
    let late = Offer { valid_until: Timestamp::from_millis(1_500), ..coupon(Worth::Flat { amount: Money::inr(1) }) };
    assert_eq!(refusal(&[(&part("PAD", 100), 1)], Some(&late)), Unpriceable::Coupon(CouponRefusal::Expired));
    let changes: [fn(&mut Product); 6] = [
        |part| part.price.minor = -1,
        |part| part.gst_basis_points = Some(-1),
        |part| part.gst_basis_points = Some(10_001),
        |part| part.weight_grams = -1,
        |part| part.terms.cess_basis_points = -1,
        |part| part.terms.retail_tiers = tiers(&[(0, 1)]),
    ];
    for change in changes {
        let mut broken = part("X", 1);
        change(&mut broken);
        assert_eq!(refusal(&[(&broken, 1)], None), Unpriceable::Catalog("X".to_owned()));
    }
}

proptest! {
    #[test]
    fn lines_sum_to_the_totals_halves_are_equal_and_nothing_is_negative(order in priced_orders(0)) {
        let Priced { lines, totals, coupon_discount } = order;
        // Sums, signs, kinds and rates are what `check` looks at; it has tests of its own.
        prop_assert_eq!(sums::check(&lines, &totals), Ok(()));
        prop_assert_eq!(totals.cgst, totals.sgst);
        prop_assert!(totals.discount.minor >= coupon_discount.minor && coupon_discount.minor >= 0);
        for line in &lines {
            let shown = tax::without_tax(line).unwrap();
            let off = shown.unit_price.minor * i64::from(line.quantity) - shown.discount.minor - line.taxable.minor;
            prop_assert!(2 * off.abs() <= i64::from(line.quantity), "half a paisa a unit: {line:?}");
            prop_assert!(shown.discount.minor >= 0);
        }
    }

    /// Thresholds beside the price list may make more cost less, and are meant to: carriage that is free from some amount
    /// on, the minimum of a coupon, a lower rate for cheaper goods. Nothing else does.
    #[test]
    fn one_more_never_costs_less(
        products in products(0), (state, method, list) in customers(), policy in policies(), which: prop::sample::Index,
    ) {
        let mut positions: Vec<_> = products.iter().map(|(product, quantity)| (product, *quantity)).collect();
        let before = try_price(&positions, (state, method, list, None), &policy).unwrap().totals;
        positions[which.index(products.len())].1 += 1;
        let after = try_price(&positions, (state, method, list, None), &policy).unwrap().totals;
        prop_assert!(after.grand_total.minor >= before.grand_total.minor);
        prop_assert!(after.shipping.minor >= before.shipping.minor);
    }

    #[test]
    fn a_coupon_never_makes_an_order_dearer(
        products in products(0), (state, method, list) in customers(), coupon in coupons(), policy in policies(),
    ) {
        let positions: Vec<_> = products.iter().map(|(product, quantity)| (product, *quantity)).collect();
        let with = try_price(&positions, (state, method, list, coupon.as_ref()), &policy).unwrap();
        let without = try_price(&positions, (state, method, list, None), &policy).unwrap();
        prop_assert!(with.totals.grand_total.minor <= without.totals.grand_total.minor);
        prop_assert!(with.coupon_discount.minor <= with.totals.discount.minor);
    }
}
