//! What carriage and cash cost, and the tax on it.
//!
//! Whoever sells goods with their carriage makes one composite supply, taxed like the goods (CGST Act, sections 2(30) and
//! 8(a)); [`ChargesTax::AsGoods`] says so. The shop's accountant decides; the shop that this one replaces taxed neither.

use serde::Deserialize;

use super::{
    Item, Policy, Sale, Unpriceable, paise,
    tax::{self, Rates},
};
use crate::types::{Address, ChargeTax, Money, OrderLine, PaymentMethod};

/// A parcel of this many cubic millimetres weighs at least a gram: 5,000 cubic centimetres to the kilogram.
const CUBIC_MM_PER_GRAM: i128 = 5_000;

/// What carriage and cash cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tariff {
    /// Carriage of any parcel, in paise.
    pub base_paise: u32,
    /// Carriage of each kilogram begun, in paise.
    pub per_kg_paise: u32,
    /// The fee for paying in cash, in paise.
    pub cod_fee_paise: u32,
    /// What a heavy parcel costs besides, in paise.
    pub heavy_paise: u32,
    /// A parcel of more than this many grams is heavy.
    pub heavy_above_grams: u32,
    /// What a parcel with something fragile in it costs besides, in paise.
    pub fragile_paise: u32,
    /// Carriage is free if the goods come to this many paise or more by the list, less discounts.
    pub free_from_paise: Option<u64>,
}

impl Default for Tariff {
    /// Rs 50, Rs 10 a kilogram, Rs 30 for cash.
    fn default() -> Self {
        Self {
            base_paise: 5_000,
            per_kg_paise: 1_000,
            cod_fee_paise: 3_000,
            heavy_paise: 0,
            heavy_above_grams: 20_000,
            fragile_paise: 0,
            free_from_paise: None,
        }
    }
}

/// Other prices for some parcels. What is empty or absent fits every parcel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShippingRule {
    /// Parcels to these states, by GST code.
    pub states: Vec<String>,
    /// Parcels to these cities, in any case.
    pub cities: Vec<String>,
    /// Parcels to this postal index number or a later one.
    pub first_pincode: Option<String>,
    /// Parcels to this postal index number or an earlier one.
    pub last_pincode: Option<String>,
    /// Parcels of at least so many grams.
    pub from_grams: u32,
    /// Parcels of at most so many grams.
    pub up_to_grams: Option<u32>,
    /// What they cost.
    pub tariff: Tariff,
}

/// The tax on carriage and on the fee for cash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargesTax {
    /// None.
    #[default]
    Untaxed,
    /// That of the goods; of several rates the highest.
    AsGoods,
    /// One of their own.
    Own {
        /// The GST rate in basis points.
        gst_basis_points: i32,
        /// The service accounting code, for example `996812` for a courier.
        sac: String,
    },
}

/// The charges of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charges {
    /// Carriage.
    pub shipping: Money,
    /// The tax on it.
    pub shipping_tax: Option<Box<ChargeTax>>,
    /// The fee for cash.
    pub cod_fee: Money,
    /// The tax on it.
    pub cod_fee_tax: Option<Box<ChargeTax>>,
}

impl Charges {
    pub(super) fn total(&self) -> Result<Money, shared::money::MoneyError> {
        Money::sum([
            self.shipping,
            taxes(self.shipping_tax.as_deref())?,
            self.cod_fee,
            taxes(self.cod_fee_tax.as_deref())?,
        ])
    }
}

/// All taxes on a charge.
///
/// # Errors
/// [`shared::money::MoneyError`].
pub fn taxes(tax: Option<&ChargeTax>) -> Result<Money, shared::money::MoneyError> {
    Money::sum(tax.into_iter().flat_map(|tax| [tax.cgst, tax.sgst, tax.igst]))
}

/// The charges of goods that come to this much less discounts.
pub(super) fn charges(
    items: &[Item<'_>],
    lines: &[OrderLine],
    goods: Money,
    sale: &Sale<'_>,
    policy: &Policy,
) -> Result<Charges, Unpriceable> {
    let grams = chargeable_grams(items)?;
    let tariff = tariff(sale.destination, grams, policy);
    let fragile = items.iter().any(|item| item.product.terms.fragile);
    let shipping = carriage(tariff, grams, fragile, goods)?;
    let cod_fee = Money::inr(if sale.method == PaymentMethod::Cod { tariff.cod_fee_paise.into() } else { 0 });
    let within_state = policy.seller_state == sale.destination.state_code;
    let taxed = |charge| policy.charges_tax.on(charge, lines, within_state);
    Ok(Charges { shipping, shipping_tax: taxed(shipping)?, cod_fee, cod_fee_tax: taxed(cod_fee)? })
}

/// What the carrier counts: the weight of the parts, or what parts of their size would weigh, whichever is more.
fn chargeable_grams(items: &[Item<'_>]) -> Result<u32, Unpriceable> {
    let sum = |of: fn(&Item<'_>) -> i128| items.iter().map(|item| of(item) * i128::from(item.quantity)).sum::<i128>();
    let weight = sum(|item| i128::from(item.product.weight_grams));
    let volume = sum(|item| item.product.terms.size.map_or(0, |size| size.cubic_millimetres()));
    let by_volume = (volume + CUBIC_MM_PER_GRAM - 1) / CUBIC_MM_PER_GRAM;
    u32::try_from(weight.max(by_volume)).map_err(|_| Unpriceable::TooLarge)
}

fn tariff<'a>(destination: &Address, grams: u32, policy: &'a Policy) -> &'a Tariff {
    let rule = policy.shipping_rules.iter().find(|rule| rule.fits(destination, grams));
    rule.map_or(&policy.shipping, |rule| &rule.tariff)
}

impl Policy {
    /// Whether paying in cash costs a fee anywhere.
    #[must_use]
    pub fn charges_for_cash(&self) -> bool {
        let rules = self.shipping_rules.iter().map(|rule| &rule.tariff);
        rules.chain([&self.shipping]).any(|tariff| tariff.cod_fee_paise > 0)
    }
}

impl ShippingRule {
    fn fits(&self, to: &Address, grams: u32) -> bool {
        let city = || self.cities.iter().any(|city| city.to_lowercase() == to.city.to_lowercase());
        (self.states.is_empty() || self.states.contains(&to.state_code))
            && (self.cities.is_empty() || city())
            && self.first_pincode.as_ref().is_none_or(|first| to.pincode >= *first)
            && self.last_pincode.as_ref().is_none_or(|last| to.pincode <= *last)
            && grams >= self.from_grams
            && self.up_to_grams.is_none_or(|most| grams <= most)
    }
}

fn carriage(tariff: &Tariff, grams: u32, fragile: bool, goods: Money) -> Result<Money, Unpriceable> {
    if tariff.free_from_paise.is_some_and(|from| i128::from(goods.minor) >= i128::from(from)) {
        return Ok(goods.zero());
    }
    let heavy = if grams > tariff.heavy_above_grams { tariff.heavy_paise } else { 0 };
    let fragile = if fragile { tariff.fragile_paise } else { 0 };
    let fixed = i128::from(tariff.base_paise) + i128::from(heavy) + i128::from(fragile);
    Ok(paise(fixed + i128::from(tariff.per_kg_paise) * i128::from(grams.div_ceil(1_000)))?)
}

impl ChargesTax {
    fn on(
        &self,
        charge: Money,
        lines: &[OrderLine],
        within_state: bool,
    ) -> Result<Option<Box<ChargeTax>>, Unpriceable> {
        let highest = || lines.iter().max_by_key(|line| line.gst_basis_points);
        let (gst, code) = match self {
            Self::Untaxed => return Ok(None),
            Self::Own { gst_basis_points, sac } => (*gst_basis_points, sac.as_str()),
            Self::AsGoods => highest().map_or((0, ""), |line| (line.gst_basis_points, line.hsn.as_str())),
        };
        let taxed = tax::tax(charge, false, Rates { gst, cess: 0 }, within_state)?;
        let tax = ChargeTax {
            code: code.to_owned(),
            gst_basis_points: gst,
            cgst: taxed.cgst,
            sgst: taxed.sgst,
            igst: taxed.igst,
        };
        Ok((charge.minor > 0).then(|| Box::new(tax)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::Size,
        documents::Product,
        pricing::testing::{address, part, policy, price_of},
    };

    fn shipping(product: &Product, quantity: u32, policy: &Policy) -> i64 {
        price_of(&[(product, quantity)], "27", PaymentMethod::Stripe, policy).totals.shipping.minor
    }

    fn weighing(grams: i32) -> Product {
        Product { weight_grams: grams, ..part("PAD", 10_000) }
    }

    #[test]
    fn each_kilogram_begun_is_paid_for() {
        for (grams, paise) in [(0, 5_000), (1, 6_000), (1_000, 6_000), (1_001, 7_000)] {
            assert_eq!(shipping(&weighing(grams), 1, &policy()), paise, "{grams} g");
        }
    }

    #[test]
    fn a_bulky_part_weighs_what_its_size_does() {
        let mut bumper = weighing(1_000);
        bumper.terms.size = Some(Size { length_mm: 500, width_mm: 200, height_mm: 100 });
        assert_eq!(shipping(&bumper, 1, &policy()), 7_000, "ten million cubic millimetres are 2 kg");
        assert_eq!(shipping(&weighing(1_000), 1, &policy()), 6_000);
    }

    #[test]
    fn heavy_and_fragile_parcels_cost_more_and_dear_goods_travel_free() {
        let mut policy = policy();
        policy.shipping = Tariff { heavy_paise: 700, heavy_above_grams: 2_000, fragile_paise: 90, ..policy.shipping };
        let mut lamp = weighing(1_000);
        assert_eq!(shipping(&lamp, 2, &policy), 7_000);
        assert_eq!(shipping(&lamp, 3, &policy), 8_700);
        lamp.terms.fragile = true;
        assert_eq!(shipping(&lamp, 3, &policy), 8_790);
        policy.shipping.free_from_paise = Some(30_000);
        assert_eq!((shipping(&lamp, 2, &policy), shipping(&lamp, 3, &policy)), (7_090, 0));
    }

    #[test]
    fn the_first_rule_that_fits_counts() {
        let tariff = |base_paise| Tariff { base_paise, per_kg_paise: 0, ..Tariff::default() };
        let islands = ShippingRule { states: vec!["35".to_owned()], tariff: tariff(1), ..ShippingRule::default() };
        let pune = ShippingRule {
            cities: vec!["pune".to_owned()],
            first_pincode: Some("411000".to_owned()),
            last_pincode: Some("411099".to_owned()),
            up_to_grams: Some(2_000),
            tariff: tariff(2),
            ..ShippingRule::default()
        };
        let heavy = ShippingRule { from_grams: 5_000, tariff: tariff(3), ..ShippingRule::default() };
        let policy = Policy { shipping_rules: vec![islands, pune, heavy], ..policy() };
        let base = |state: &str, grams| super::tariff(&address(state), grams, &policy).base_paise;
        assert_eq!((base("35", 1_000), base("27", 1_000), base("27", 2_001), base("27", 5_000)), (1, 2, 5_000, 3));
        let elsewhere = Address { pincode: "411100".to_owned(), ..address("27") };
        assert_eq!(super::tariff(&elsewhere, 1_000, &policy).base_paise, 5_000);
    }

    #[test]
    fn charges_are_taxed_as_the_shop_says() {
        let pads = weighing(1_000);
        let bulb = Product { gst_basis_points: Some(1_200), ..part("BULB", 1_000) };
        let taxes = |charges_tax: ChargesTax, state: &str| {
            let policy = Policy { charges_tax, ..policy() };
            let totals = price_of(&[(&pads, 1), (&bulb, 1)], state, PaymentMethod::Cod, &policy).totals;
            (totals.shipping_tax, totals.cod_fee_tax, totals.grand_total.minor)
        };
        assert_eq!(taxes(ChargesTax::Untaxed, "27"), (None, None, 22_900));
        let own = ChargesTax::Own { gst_basis_points: 1_800, sac: "996812".to_owned() };
        let (shipping, cod_fee, total) = taxes(own, "27");
        let (shipping, cod_fee) = (shipping.unwrap(), cod_fee.unwrap());
        assert_eq!((shipping.cgst, shipping.sgst, cod_fee.cgst), (Money::inr(540), Money::inr(540), Money::inr(270)));
        assert_eq!((shipping.code.as_str(), total), ("996812", 24_500));
        let as_goods = taxes(ChargesTax::AsGoods, "29").0.unwrap();
        assert_eq!((as_goods.igst, as_goods.code.as_str()), (Money::inr(1_680), "87083000"));
    }
}
