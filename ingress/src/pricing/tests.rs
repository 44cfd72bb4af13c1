use proptest::prelude::*;
use schemas::{catalog::PartKind, ids::ProductId};

use super::*;

fn product(sku: &str, paise: i64, basis_points: i32, grams: i32) -> Product {
    Product {
        product_id: ProductId::generate(),
        sku: sku.parse().unwrap(),
        slug: sku.to_lowercase(),
        name: sku.to_owned(),
        description: String::new(),
        category: "Brakes".to_owned(),
        brand: "Brembo".to_owned(),
        kind: PartKind::Aftermarket,
        oem_number: String::new(),
        hsn: "87083000".to_owned(),
        gst_basis_points: basis_points,
        price: Money::inr(paise),
        weight_grams: grams,
        active: true,
        fitment: Vec::new(),
        revision: 1,
    }
}

fn priced(items: &[(&Product, u32)], buyer: &str, method: PaymentMethod) -> Result<Priced, Unpriceable> {
    let items: Vec<_> = items.iter().map(|(product, quantity)| Item { product, quantity: *quantity }).collect();
    price(&items, "27", buyer, method, &Fees::default())
}

#[test]
fn two_parts_of_1200_rupees_paid_in_cash_within_the_state_come_to_3182() {
    let part = product("PAD", 120_000, 2_800, 1_500);
    let totals = priced(&[(&part, 2)], "27", PaymentMethod::Cod).unwrap().totals;
    assert_eq!((totals.cgst, totals.sgst, totals.igst), (Money::inr(33_600), Money::inr(33_600), Money::inr(0)));
    assert_eq!((totals.shipping, totals.cod_fee), (Money::inr(8_000), Money::inr(3_000)));
    assert_eq!(totals.grand_total, Money::inr(318_200));
}

#[test]
fn another_state_pays_igst_and_a_card_pays_no_cash_fee() {
    let part = product("PAD", 120_000, 2_800, 1_500);
    let totals = priced(&[(&part, 2)], "29", PaymentMethod::Stripe).unwrap().totals;
    assert_eq!((totals.cgst, totals.sgst, totals.igst), (Money::inr(0), Money::inr(0), Money::inr(67_200)));
    assert_eq!((totals.cod_fee, totals.grand_total), (Money::inr(0), Money::inr(315_200)));
}

#[test]
fn a_rate_of_one_per_cent_is_one_per_cent() {
    let part = product("PAD", 100_000, 100, 0);
    assert_eq!(priced(&[(&part, 1)], "29", PaymentMethod::Stripe).unwrap().totals.igst, Money::inr(1_000));
}

#[test]
fn half_a_paisa_is_rounded_up_on_both_halves() {
    // 9 % of 50 paise is 4.5 paise.
    let part = product("BULB", 50, 1_800, 0);
    let line = &priced(&[(&part, 1)], "27", PaymentMethod::Stripe).unwrap().lines[0];
    assert_eq!((line.cgst, line.sgst, line.total), (Money::inr(5), Money::inr(5), Money::inr(60)));
}

#[test]
fn each_kilogram_begun_is_paid_for() {
    for (grams, paise) in [(0, 5_000), (1, 6_000), (1_000, 6_000), (1_001, 7_000)] {
        let part = product("PAD", 100, 0, grams);
        let totals = priced(&[(&part, 1)], "27", PaymentMethod::Stripe).unwrap().totals;
        assert_eq!(totals.shipping, Money::inr(paise), "{grams} g");
    }
}

#[test]
fn lines_stand_in_the_order_of_their_skus() {
    let (a, b) = (product("A", 1, 0, 0), product("B", 1, 0, 0));
    let priced = priced(&[(&b, 1), (&a, 2)], "27", PaymentMethod::Stripe).unwrap();
    assert_eq!(priced.lines.iter().map(|line| line.sku.as_str()).collect::<Vec<_>>(), ["A", "B"]);
}

#[test]
fn an_overflow_and_a_senseless_catalog_are_refused() {
    let dear = product("GOLD", i64::MAX / 2, 2_800, 0);
    assert_eq!(priced(&[(&dear, 3)], "27", PaymentMethod::Stripe), Err(Unpriceable::TooLarge));
    assert_eq!(priced(&[(&dear, 1), (&dear, 1)], "27", PaymentMethod::Stripe), Err(Unpriceable::TooLarge));
    let heavy = product("ANVIL", 1, 0, i32::MAX);
    assert_eq!(priced(&[(&heavy, u32::MAX)], "27", PaymentMethod::Stripe), Err(Unpriceable::TooLarge));
    for broken in [product("X", -1, 0, 0), product("X", 1, -1, 0), product("X", 1, 10_001, 0), product("X", 1, 0, -1)] {
        let refusal = priced(&[(&broken, 1)], "27", PaymentMethod::Stripe);
        assert_eq!(refusal, Err(Unpriceable::Catalog("X".to_owned())));
    }
}

fn products() -> impl Strategy<Value = Vec<(Product, u32)>> {
    let one = (0i64..10_000_000, 0i32..=2_800, 0i32..50_000, 1u32..=1_000);
    proptest::collection::vec(one, 1..8).prop_map(|many| {
        let numbered = many.into_iter().enumerate();
        numbered.map(|(n, (paise, rate, grams, q))| (product(&format!("S{n}"), paise, rate, grams), q)).collect()
    })
}

fn methods() -> impl Strategy<Value = PaymentMethod> {
    prop_oneof![Just(PaymentMethod::Stripe), Just(PaymentMethod::Razorpay), Just(PaymentMethod::Cod)]
}

proptest! {
    #[test]
    fn lines_add_up_to_the_totals_and_halves_are_equal(
        products in products(), within: bool, method in methods(),
    ) {
        let items: Vec<_> = products.iter().map(|(product, quantity)| (product, *quantity)).collect();
        let Priced { lines, totals } = priced(&items, if within { "27" } else { "29" }, method).unwrap();
        let sum = |of: fn(&OrderLine) -> Money| Money::sum(lines.iter().map(of)).unwrap();
        prop_assert_eq!(totals.taxable, sum(|line| line.taxable));
        prop_assert_eq!(totals.cgst, sum(|line| line.cgst));
        prop_assert_eq!(totals.igst, sum(|line| line.igst));
        prop_assert_eq!(totals.cgst, totals.sgst);
        prop_assert!(totals.cgst.minor == 0 || totals.igst.minor == 0);
        let parts = [totals.taxable, totals.cgst, totals.sgst, totals.igst, totals.shipping, totals.cod_fee];
        prop_assert_eq!(totals.grand_total, Money::sum(parts).unwrap());
        for line in &lines {
            prop_assert_eq!(line.cgst, line.sgst);
            // Each rounded part is within half a paisa of the exact one.
            let exact = line.taxable.minor * i64::from(line.gst_basis_points);
            prop_assert!((exact - 10_000 * (line.cgst.minor + line.sgst.minor + line.igst.minor)).abs() <= 10_000);
        }
    }

    #[test]
    fn one_more_never_costs_less(products in products(), within: bool, method in methods(), which: prop::sample::Index) {
        let mut items: Vec<_> = products.iter().map(|(product, quantity)| (product, *quantity)).collect();
        let buyer = if within { "27" } else { "29" };
        let before = priced(&items, buyer, method).unwrap().totals;
        let chosen = which.index(items.len());
        items[chosen].1 += 1;
        let after = priced(&items, buyer, method).unwrap().totals;
        prop_assert!(after.grand_total.minor >= before.grand_total.minor);
        prop_assert!(after.shipping.minor >= before.shipping.minor);
    }
}
