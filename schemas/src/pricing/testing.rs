//! What the tests of pricing share: parts, price lists, a shop's policy, and orders of every kind.

use proptest::prelude::*;
use shared::id::Uuid;

use super::{
    GstRates, Item, Policy, Priced, RoundOff, Sale, Unpriceable,
    carriage::{ChargesTax, Tariff},
    coupon::{Offer, Worth},
    price,
};
use crate::{
    catalog::{GstSlab, PriceTier, PutProduct, SaleTerms},
    documents::Product,
    ids::ProductId,
    types::{Address, Money, PaymentMethod, PriceList, Timestamp},
};

/// A part of 28 % that weighs nothing.
pub fn part(sku: &str, paise: i64) -> Product {
    let put = PutProduct {
        slug: sku.to_lowercase(),
        name: sku.to_owned(),
        category: "Brakes".to_owned(),
        brand: "Brembo".to_owned(),
        hsn: "87083000".to_owned(),
        gst_basis_points: Some(2_800),
        price: Money::inr(paise),
        active: true,
        ..PutProduct::blank(ProductId::from_uuid(Uuid::nil()), sku.parse().unwrap())
    };
    Product::new(put, Timestamp::from_millis(0))
}

pub fn tiers(of: &[(i32, i64)]) -> Vec<PriceTier> {
    of.iter()
        .map(|(from_quantity, paise)| PriceTier { from_quantity: *from_quantity, price: Money::inr(*paise) })
        .collect()
}

pub fn slabs(of: &[(Option<i64>, i32)]) -> Vec<GstSlab> {
    of.iter().map(|(up_to, rate)| GstSlab { up_to: up_to.map(Money::inr), gst_basis_points: *rate }).collect()
}

/// A coupon of the second second.
pub fn coupon(worth: Worth) -> Offer {
    Offer {
        worth,
        minimum: Money::inr(0),
        valid_from: Timestamp::from_millis(1_000),
        valid_until: Timestamp::from_millis(2_000),
        price_list: None,
    }
}

pub fn address(state_code: &str) -> Address {
    Address {
        name: "Asha Rao".to_owned(),
        phone: "+919800000001".to_owned(),
        line1: "12 MG Road".to_owned(),
        line2: String::new(),
        city: "Pune".to_owned(),
        state_code: state_code.to_owned(),
        pincode: "411001".to_owned(),
    }
}

/// A shop in Maharashtra that charges what V4 did.
pub fn policy() -> Policy {
    Policy {
        seller_state: "27".to_owned(),
        default_gst_basis_points: 1_800,
        shipping: Tariff::default(),
        shipping_rules: Vec::new(),
        charges_tax: ChargesTax::Untaxed,
        round_off: RoundOff::Rupee,
    }
}

/// An order's price or why it has none.
pub fn try_price(
    positions: &[(&Product, u32)],
    (state, method, list, coupon): (&str, PaymentMethod, PriceList, Option<&Offer>),
    policy: &Policy,
) -> Result<Priced, Unpriceable> {
    let items: Vec<_> = positions.iter().map(|(product, quantity)| Item { product, quantity: *quantity }).collect();
    let destination = address(state);
    let sale = Sale { destination: &destination, method, list, coupon, at: Timestamp::from_millis(1_500) };
    price(&items, &sale, &GstRates::default(), policy)
}

/// The price of a retail customer's order without coupon.
pub fn price_of(positions: &[(&Product, u32)], state: &str, method: PaymentMethod, policy: &Policy) -> Priced {
    try_price(positions, (state, method, PriceList::Retail, None), policy).unwrap()
}

type Prices = Vec<(i32, i64)>;
/// Price, tiers of both lists, rates, whether they are included, weight, quantity.
type Position = (i64, Prices, Prices, (i32, i32), bool, i32, u32);

/// Prices with and without tax, tiers of any kind, cess: at least so many paise each.
pub fn products(least: i64) -> impl Strategy<Value = Vec<(Product, u32)>> {
    let price = move || least..10_000_000;
    let prices = move || proptest::collection::vec((2i32..400, price()), 0..3);
    let rates = (prop_oneof![Just(1_800), Just(2_800), 0i32..=4_000], prop_oneof![3 => Just(0), 1 => 0i32..=20_400]);
    let one = (price(), prices(), prices(), rates, any::<bool>(), 0i32..50_000, 1u32..=1_000);
    proptest::collection::vec(one, 1..6).prop_map(|many| {
        let numbered = many.into_iter().enumerate();
        let product =
            |(n, (paise, retail, wholesale, (gst, cess), tax_inclusive, weight_grams, quantity)): (usize, Position)| {
                let terms = SaleTerms {
                    tax_inclusive,
                    retail_tiers: tiers(&retail),
                    wholesale: tiers(&wholesale),
                    cess_basis_points: cess,
                    ..SaleTerms::default()
                };
                (
                    Product { gst_basis_points: Some(gst), weight_grams, terms, ..part(&format!("S{n}"), paise) },
                    quantity,
                )
            };
        numbered.map(product).collect()
    })
}

/// A coupon or none, of at most ninety per cent.
pub fn coupons() -> impl Strategy<Value = Option<Offer>> {
    let cap = prop_oneof![Just(None), (0i64..100_000).prop_map(|most| Some(Money::inr(most)))];
    let percent = (0u32..=9_000, cap).prop_map(|(basis_points, at_most)| Worth::Percent { basis_points, at_most });
    prop_oneof![Just(None), percent.prop_map(|worth| Some(coupon(worth)))]
}

pub fn policies() -> impl Strategy<Value = Policy> {
    let own = ChargesTax::Own { gst_basis_points: 1_800, sac: "996812".to_owned() };
    let charges_tax = prop_oneof![Just(ChargesTax::Untaxed), Just(ChargesTax::AsGoods), Just(own)];
    let round_off = prop_oneof![Just(RoundOff::None), Just(RoundOff::Rupee)];
    (charges_tax, round_off).prop_map(|(charges_tax, round_off)| Policy { charges_tax, round_off, ..policy() })
}

pub fn customers() -> impl Strategy<Value = (&'static str, PaymentMethod, PriceList)> {
    let methods = prop_oneof![Just(PaymentMethod::Stripe), Just(PaymentMethod::Razorpay), Just(PaymentMethod::Cod)];
    let lists = prop_oneof![Just(PriceList::Retail), Just(PriceList::Wholesale)];
    (prop_oneof![Just("27"), Just("29")], methods, lists)
}

/// Orders of parts whose prices are at least so many paise.
pub fn priced_orders(least: i64) -> impl Strategy<Value = Priced> {
    (products(least), customers(), coupons(), policies()).prop_map(
        |(products, (state, method, list), coupon, policy)| {
            let positions: Vec<_> = products.iter().map(|(product, quantity)| (product, *quantity)).collect();
            try_price(&positions, (state, method, list, coupon.as_ref()), &policy).unwrap()
        },
    )
}
