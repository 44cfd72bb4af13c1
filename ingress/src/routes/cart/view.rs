//! A cart as clients see it: at today's prices, with what they should know before they order.

use std::collections::HashMap;

use schemas::{
    documents::Product,
    ids::{ProductId, Sku},
    pricing::{Item, list::listed},
    types::{Money, PriceList},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::Visitor,
    cart::{Cart, CartItem},
    problem::Problem,
    read_models::ById,
    views::MoneyDoc,
};

/// From so few units on a customer is told how many there are.
const FEW: i64 = 5;

/// A cart. Nothing in it is held, and no price is promised.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cart)]
pub struct CartView {
    /// Counts its changes; an order and a quote of it name the one that was seen. 0 if nothing was ever put in.
    version: i64,
    /// In the order in which they were put in.
    items: Vec<ItemView>,
    /// The code of the coupon to use.
    coupon: Option<String>,
    /// What the items cost by the list: before coupon, tax, carriage. `POST /checkout/quote` says what an order comes to.
    #[schema(value_type = MoneyDoc)]
    subtotal: Money,
}

/// One position.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CartItem)]
pub struct ItemView {
    /// The product; also the item's name for requests.
    #[schema(value_type = String, format = Uuid)]
    product_id: ProductId,
    /// How many.
    quantity: u32,
    /// What is sold now; null for a product that is not sold any more: it must be taken out before the cart is ordered.
    offer: Option<OfferView>,
}

/// What a product of the cart is and costs now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CartOffer)]
struct OfferView {
    /// Its SKU.
    #[schema(value_type = String)]
    sku: Sku,
    /// Its name in addresses.
    slug: String,
    /// Its name.
    name: String,
    /// The price of one, at this quantity and for this customer.
    #[schema(value_type = MoneyDoc)]
    unit_price: Money,
    /// Whether it includes tax.
    tax_inclusive: bool,
    /// What all of them cost.
    #[schema(value_type = MoneyDoc)]
    amount: Money,
    /// What one cost when the customer said how many, if that was something else.
    #[schema(value_type = Option<MoneyDoc>)]
    price_was: Option<Money>,
    /// Whether there is enough.
    stock: Hint,
    /// How many there are, if they are few or too few.
    available: Option<i64>,
}

/// What to say of the stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StockHint)]
enum Hint {
    /// There is enough.
    InStock,
    /// There is enough, and not many are left.
    Few,
    /// There are some, and fewer than are wanted.
    TooFew,
    /// There are none.
    OutOfStock,
}

impl Hint {
    fn of(available: i64, quantity: u32) -> Self {
        match available {
            ..=0 => Self::OutOfStock,
            _ if available < i64::from(quantity) => Self::TooFew,
            1..=FEW => Self::Few,
            _ => Self::InStock,
        }
    }
}

/// Shows a cart.
///
/// # Errors
/// A problem when a store does not answer.
pub async fn show(app: &App, visitor: Visitor, cart: &Cart) -> Result<CartView, Problem> {
    let ids: Vec<ProductId> = cart.items.iter().map(|item| item.product_id).collect();
    if ids.is_empty() {
        return Ok(view(cart, &ById::new(), &HashMap::new(), PriceList::Retail));
    }
    let products = app.counter.by_ids(&ids).await?;
    let skus: Vec<&Sku> = products.values().map(|product| &product.state.sku).collect();
    let (stock, list) = tokio::try_join!(app.stock.available(&skus), visitor.price_list(&app.accounts))?;
    Ok(view(cart, &products, &stock, list))
}

/// The price of one that a customer of this list is shown for so many.
pub fn unit_price(product: &Product, quantity: u32, list: PriceList) -> Money {
    listed(&Item { product, quantity }, list).map_or(product.price, |listed| listed.unit_price)
}

fn view(cart: &Cart, products: &ById, stock: &HashMap<Sku, i64>, list: PriceList) -> CartView {
    let offer = |item: &CartItem| {
        let product = products.get(&item.product_id).map(|found| &found.state).filter(|product| product.active)?;
        offer(item, product, stock.get(&product.sku).copied().unwrap_or_default(), list)
    };
    let item = |item: &CartItem| ItemView { product_id: item.product_id, quantity: item.quantity, offer: offer(item) };
    let items: Vec<ItemView> = cart.items.iter().map(item).collect();
    let amounts = items.iter().filter_map(|item| item.offer.as_ref()).map(|offer| offer.amount);
    CartView {
        version: cart.version,
        subtotal: Money::sum(amounts).unwrap_or(Money::inr(0)),
        coupon: cart.coupon.as_ref().map(ToString::to_string),
        items,
    }
}

/// None for a product whose price makes no sense: it cannot be ordered either.
fn offer(item: &CartItem, product: &Product, available: i64, list: PriceList) -> Option<OfferView> {
    let listed = listed(&Item { product, quantity: item.quantity }, list).ok()?;
    let stock = Hint::of(available, item.quantity);
    Some(OfferView {
        sku: product.sku.clone(),
        slug: product.slug.clone(),
        name: product.name.clone(),
        unit_price: listed.unit_price,
        tax_inclusive: product.terms.tax_inclusive,
        amount: listed.amount,
        price_was: Some(item.seen_price).filter(|seen| *seen != listed.unit_price),
        stock,
        available: Some(available).filter(|_| matches!(stock, Hint::Few | Hint::TooFew)),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_hint_never_promises_what_there_is_not(available in -5i64..2_000, quantity in 1u32..=1_000) {
            let enough = available >= i64::from(quantity);
            prop_assert_eq!(matches!(Hint::of(available, quantity), Hint::InStock | Hint::Few), enough);
        }
    }

    #[test]
    fn few_are_told_and_many_are_not_counted() {
        let hints = [0, 1, FEW, FEW + 1].map(|available| Hint::of(available, 1));
        assert_eq!(hints, [Hint::OutOfStock, Hint::Few, Hint::Few, Hint::InStock]);
        assert_eq!(Hint::of(2, 3), Hint::TooFew);
    }
}
