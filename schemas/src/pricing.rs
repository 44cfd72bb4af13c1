//! What goods come to: one pure function for the quote, the order and, through [`sums`], the invoice.
//!
//! Money is counted in paise, rates in basis points. What the law asks for, and where it is done:
//!
//! - **Value** ([`list`], [`coupon`]): the price less the discounts that the invoice shows (CGST Act, 2017, section 15(3)(a)),
//!   without the tax where the price includes it.
//! - **Rate** ([`rate`]): the product's own slabs, else those of its HSN code, else the product's rate, else the shop's.
//! - **Tax** ([`tax`]): within the seller's state CGST and SGST, half the rate each, else IGST (IGST Act, 2017, sections 7
//!   and 8), by where the goods are delivered (section 10(1)(a)); the compensation cess besides.
//! - **Charges** ([`carriage`]): carriage and the fee for cash, untaxed unless the configuration says otherwise.
//! - **Rounding**: each tax of each line to the paisa, half a paisa up; the total to the rupee, fifty paise up, in a line of
//!   its own ([`RoundOff`]).

pub mod carriage;
pub mod coupon;
pub mod list;
pub mod rate;
mod spread;
pub mod sums;
pub mod tax;

use serde::Deserialize;
use shared::money::MoneyError;

use crate::{
    documents::Product,
    types::{Address, Money, OrderLine, PaymentMethod, PriceList, Timestamp, Totals},
};

use self::{
    carriage::{Charges, ChargesTax, ShippingRule, Tariff},
    coupon::{CouponRefusal, Offer},
    list::Listed,
    rate::GstRates,
    tax::{Rates, Taxed},
};

/// One position of an order: a product of the catalog, and how many.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// The product.
    pub product: &'a Product,
    /// How many; at least 1.
    pub quantity: u32,
}

/// To whom, where and when something is sold.
#[derive(Debug, Clone, Copy)]
pub struct Sale<'a> {
    /// Where the goods go: the place of supply.
    pub destination: &'a Address,
    /// How they are paid.
    pub method: PaymentMethod,
    /// The prices that the customer buys at, where there are enough units for them.
    pub list: PriceList,
    /// What the coupon offers, if there is one.
    pub coupon: Option<&'a Offer>,
    /// When.
    pub at: Timestamp,
}

/// How the shop sells, as its configuration says.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The two-digit GST code of the state where the seller is registered.
    pub seller_state: String,
    /// The GST rate in basis points where nobody says another.
    pub default_gst_basis_points: i32,
    /// What carriage and cash cost where no rule says otherwise.
    pub shipping: Tariff,
    /// What they cost elsewhere: the first rule that fits counts.
    pub shipping_rules: Vec<ShippingRule>,
    /// The tax on carriage and on the fee for cash.
    pub charges_tax: ChargesTax,
    /// How the total is rounded.
    pub round_off: RoundOff,
}

/// How a total is rounded. No rule of GST asks for it (section 170 of the CGST Act rounds what is paid to the government),
/// but no customer pays paise in cash, and the e-invoice has a field for it (`RndOffAmt`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundOff {
    /// Not at all.
    None,
    /// To the nearest rupee, fifty paise up.
    #[default]
    Rupee,
}

/// A priced order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// The lines, ordered by SKU.
    pub lines: Vec<OrderLine>,
    /// Their sums, the charges, and what the customer pays.
    pub totals: Totals,
    /// What the coupon took off; the rest of the discounts is that of larger quantities.
    pub coupon_discount: Money,
}

/// Why an order has no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unpriceable {
    /// It comes to more than can be counted.
    #[error("the order comes to more than can be counted")]
    TooLarge,
    /// The catalog's own data make no sense.
    #[error("the catalog's price, tax rate or weight of {0} makes no sense")]
    Catalog(String),
    /// The coupon is not good for it.
    #[error(transparent)]
    Coupon(#[from] CouponRefusal),
}

impl From<MoneyError> for Unpriceable {
    fn from(_: MoneyError) -> Self {
        Self::TooLarge
    }
}

/// Prices an order.
///
/// # Errors
/// [`Unpriceable`].
pub fn price(items: &[Item<'_>], sale: &Sale<'_>, rates: &GstRates, policy: &Policy) -> Result<Priced, Unpriceable> {
    let mut items = items.to_vec();
    items.sort_by(|a, b| a.product.sku.cmp(&b.product.sku));
    let listed = items.iter().map(|item| list::listed(item, sale.list)).collect::<Result<Vec<_>, _>>()?;
    let amounts: Vec<Money> = listed.iter().map(|listed| listed.amount).collect();
    let subtotal = Money::sum(amounts.iter().copied())?;
    let coupon_discount =
        sale.coupon.map_or(Ok(subtotal.zero()), |coupon| coupon.discount(subtotal, sale.list, sale.at))?;
    let shares = spread::spread(coupon_discount, &amounts)?;
    let within_state = policy.seller_state == sale.destination.state_code;
    let line = |((item, listed), share): ((&Item<'_>, &Listed), Money)| {
        let net = listed.amount.minus(share)?;
        line(item, listed, net, within_state, rates, policy)
    };
    let lines = items.iter().zip(&listed).zip(shares).map(line).collect::<Result<Vec<_>, _>>()?;
    let goods = subtotal.minus(coupon_discount)?;
    let charges = carriage::charges(&items, &lines, goods, sale, policy)?;
    let totals = totals(&lines, charges, policy.round_off)?;
    Ok(Priced { lines, totals, coupon_discount })
}

fn line(
    item: &Item<'_>,
    listed: &Listed,
    net: Money,
    within_state: bool,
    rates: &GstRates,
    policy: &Policy,
) -> Result<OrderLine, Unpriceable> {
    let Item { product, quantity } = *item;
    let gst = rate::of(product, net, quantity, rates, policy.default_gst_basis_points);
    let taxed =
        tax::tax(net, product.terms.tax_inclusive, Rates { gst, cess: product.terms.cess_basis_points }, within_state)?;
    let Taxed { taxable, cgst, sgst, igst, cess } = taxed;
    Ok(OrderLine {
        product_id: product.product_id,
        sku: product.sku.clone(),
        name: product.name.clone(),
        hsn: product.hsn.clone(),
        quantity: i32::try_from(quantity).map_err(|_| Unpriceable::TooLarge)?,
        unit_price: listed.unit_price,
        gst_basis_points: gst,
        weight_grams: product.weight_grams,
        taxable,
        cgst,
        sgst,
        igst,
        total: Money::sum([taxable, cgst, sgst, igst, cess])?,
        discount: listed.unit_price.times(quantity)?.minus(net)?,
        cess_basis_points: product.terms.cess_basis_points,
        cess,
        price_list: listed.list,
        tax_inclusive: product.terms.tax_inclusive,
        non_returnable: product.terms.non_returnable,
    })
}

fn totals(lines: &[OrderLine], charges: Charges, round_off: RoundOff) -> Result<Totals, Unpriceable> {
    let sum = |of: fn(&OrderLine) -> Money| Money::sum(lines.iter().map(of));
    let exact = sum(|line| line.total)?.plus(charges.total()?)?;
    let grand_total = round_off.round(exact)?;
    let Charges { shipping, shipping_tax, cod_fee, cod_fee_tax } = charges;
    Ok(Totals {
        taxable: sum(|line| line.taxable)?,
        cgst: sum(|line| line.cgst)?,
        sgst: sum(|line| line.sgst)?,
        igst: sum(|line| line.igst)?,
        shipping,
        cod_fee,
        grand_total,
        discount: sum(|line| line.discount)?,
        cess: sum(|line| line.cess)?,
        shipping_tax,
        cod_fee_tax,
        round_off: grand_total.minus(exact)?,
    })
}

impl RoundOff {
    /// The rounded amount.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn round(self, exact: Money) -> Result<Money, MoneyError> {
        match self {
            Self::None => Ok(exact),
            Self::Rupee => {
                let minor = exact.minor.checked_add(50).ok_or(MoneyError::Overflow)?;
                Ok(Money { minor: minor - minor.rem_euclid(100), ..exact })
            }
        }
    }
}

/// A fraction of whole numbers, half up; the divisor is positive.
fn rounded(dividend: i128, divisor: i128) -> i128 {
    (2 * dividend + divisor).div_euclid(2 * divisor)
}

/// So many paise.
fn paise(minor: i128) -> Result<Money, MoneyError> {
    i64::try_from(minor).map(Money::inr).map_err(|_| MoneyError::Overflow)
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
