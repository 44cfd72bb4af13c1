//! What an order comes to: a pure function of the catalog's prices, the quantities, the destination and the fees.
//!
//! GST by the Integrated Goods and Services Tax Act, 2017, sections 7 and 8: within the seller's state CGST and SGST,
//! half the rate each; otherwise IGST. Carriage and the cash-on-delivery fee are not taxed.

use schemas::{
    documents::Product,
    types::{Money, OrderLine, PaymentMethod, Totals},
};
use serde::Deserialize;
use shared::money::MoneyError;

/// One position of an order: a product of the catalog, and how many.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// The product.
    pub product: &'a Product,
    /// How many; at least 1.
    pub quantity: u32,
}

/// What carriage and cash cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fees {
    /// Carriage of any parcel, in paise.
    pub base_paise: u32,
    /// Carriage of each kilogram begun, in paise.
    pub per_kg_paise: u32,
    /// The fee for paying in cash, in paise.
    pub cod_fee_paise: u32,
}

impl Default for Fees {
    /// Rs 50, Rs 10 a kilogram, Rs 30 for cash.
    fn default() -> Self {
        Self { base_paise: 5_000, per_kg_paise: 1_000, cod_fee_paise: 3_000 }
    }
}

/// A priced order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// The lines, ordered by SKU.
    pub lines: Vec<OrderLine>,
    /// Their sums, the fees, and what the customer pays.
    pub totals: Totals,
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
pub fn price(
    items: &[Item<'_>],
    seller_state: &str,
    buyer_state: &str,
    method: PaymentMethod,
    fees: &Fees,
) -> Result<Priced, Unpriceable> {
    let within_state = seller_state == buyer_state;
    let mut lines = items.iter().map(|item| line(item, within_state)).collect::<Result<Vec<_>, _>>()?;
    lines.sort_by(|a, b| a.sku.cmp(&b.sku));
    let shipping = carriage(&lines, fees)?;
    let cod_fee = if method == PaymentMethod::Cod { fees.cod_fee_paise } else { 0 };
    let totals = totals(&lines, shipping, Money::inr(i64::from(cod_fee)))?;
    Ok(Priced { lines, totals })
}

fn line(item: &Item<'_>, within_state: bool) -> Result<OrderLine, Unpriceable> {
    let product = item.product;
    let plausible = product.price.minor >= 0 && product.weight_grams >= 0;
    if !plausible || !(0..=10_000).contains(&product.gst_basis_points) {
        return Err(Unpriceable::Catalog(product.sku.to_string()));
    }
    let taxable = product.price.times(item.quantity)?;
    let (half, whole) = (share(taxable, product.gst_basis_points, 2)?, share(taxable, product.gst_basis_points, 1)?);
    let none = taxable.zero();
    let (cgst, sgst, igst) = if within_state { (half, half, none) } else { (none, none, whole) };
    Ok(OrderLine {
        product_id: product.product_id,
        sku: product.sku.clone(),
        name: product.name.clone(),
        hsn: product.hsn.clone(),
        quantity: i32::try_from(item.quantity).map_err(|_| Unpriceable::TooLarge)?,
        unit_price: product.price,
        gst_basis_points: product.gst_basis_points,
        weight_grams: product.weight_grams,
        taxable,
        cgst,
        sgst,
        igst,
        total: taxable.plus(cgst)?.plus(sgst)?.plus(igst)?,
    })
}

/// The tax of one of `parts` equal parts of the rate, rounded half up to the paisa: both halves of a line's tax are
/// rounded alike and so stay equal, as the law has them.
fn share(taxable: Money, basis_points: i32, parts: i128) -> Result<Money, Unpriceable> {
    let divisor = 10_000 * parts;
    let paise = (i128::from(taxable.minor) * i128::from(basis_points) + divisor / 2) / divisor;
    Ok(Money { minor: i64::try_from(paise).map_err(|_| Unpriceable::TooLarge)?, ..taxable })
}

fn carriage(lines: &[OrderLine], fees: &Fees) -> Result<Money, Unpriceable> {
    let grams: i128 = lines.iter().map(|line| i128::from(line.weight_grams) * i128::from(line.quantity)).sum();
    let kilograms = u32::try_from((grams + 999) / 1000).map_err(|_| Unpriceable::TooLarge)?;
    let by_weight = Money::inr(i64::from(fees.per_kg_paise)).times(kilograms)?;
    Ok(Money::inr(i64::from(fees.base_paise)).plus(by_weight)?)
}

fn totals(lines: &[OrderLine], shipping: Money, cod_fee: Money) -> Result<Totals, Unpriceable> {
    let sum = |of: fn(&OrderLine) -> Money| Money::sum(lines.iter().map(of));
    Ok(Totals {
        taxable: sum(|line| line.taxable)?,
        cgst: sum(|line| line.cgst)?,
        sgst: sum(|line| line.sgst)?,
        igst: sum(|line| line.igst)?,
        shipping,
        cod_fee,
        grand_total: sum(|line| line.total)?.plus(shipping)?.plus(cod_fee)?,
    })
}

#[cfg(test)]
mod tests;
