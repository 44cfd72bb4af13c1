//! What an order comes to now: the same for a quote and for the order itself.

use std::sync::Arc;

use schemas::{
    ids::ProductId,
    orders::AppliedCoupon,
    pricing::{self, Item, Priced, Sale, Unpriceable},
    types::{GatewayName, Timestamp},
};

use super::{coupon, form::Wish};
use crate::{
    app::App,
    auth::Visitor,
    problem::{INTERNAL, Problem, UNKNOWN_PRODUCT, UNPRICEABLE},
    read_models::ProductDocument,
};

/// What an order by card counts as where nobody knows of the choice; the orders worker decides. The price is the same.
pub const FALLBACK: GatewayName = GatewayName::Stripe;

/// Prices what somebody wants, at their prices.
///
/// # Errors
/// A problem for a product that is not sold, a coupon that is not good, an order that has no price, or a store that does not
/// answer.
pub async fn price(
    app: &App,
    visitor: Visitor,
    wish: &Wish,
    at: Timestamp,
) -> Result<(Priced, Option<AppliedCoupon>), Problem> {
    let ids: Vec<ProductId> = wish.items.iter().map(|(id, _)| *id).collect();
    let products = app.counter.lately(&ids).await?;
    let items = positions(wish, &products)?;
    let list = visitor.price_list(&app.accounts).await?;
    let rates = app.tax_slabs.rates().await?;
    let wanted = coupon::wanted(app, visitor, (coupon::FIELD, wish.coupon.as_ref()), at).await?;
    let offer = wanted.as_deref().and_then(coupon::offer);
    let sale =
        Sale { destination: &wish.address, method: wish.payment_method.method(FALLBACK), list, coupon: offer, at };
    let priced = pricing::price(&items, &sale, &rates, &app.policy).map_err(unpriceable)?;
    let applied = coupon::applied(wanted.as_deref(), &priced)?;
    Ok((priced, applied))
}

fn positions<'a>(wish: &Wish, products: &'a [Arc<ProductDocument>]) -> Result<Vec<Item<'a>>, Problem> {
    let position = |(index, (id, quantity)): (usize, &(ProductId, u32))| {
        let product = products.iter().find(|product| product.state.product_id == *id).ok_or_else(|| {
            let field = format!("items[{index}].product_id");
            Problem::field(UNKNOWN_PRODUCT, field, format!("{id} is not sold; leave it out"))
        })?;
        Ok(Item { product: &product.state, quantity: *quantity })
    };
    wish.items.iter().enumerate().map(position).collect()
}

fn unpriceable(error: Unpriceable) -> Problem {
    match error {
        Unpriceable::TooLarge => Problem::new(UNPRICEABLE).detail("order fewer at once"),
        Unpriceable::Coupon(why) => coupon::not_good(&why),
        Unpriceable::Catalog(_) => Problem::new(INTERNAL).because(error),
    }
}
