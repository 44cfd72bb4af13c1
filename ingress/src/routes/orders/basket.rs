//! What an order is made of: the positions of the request, or those in the customer's cart.

use schemas::types::{Money, Timestamp};

use super::{form::Wish, price::price, quote::Quote};
use crate::{
    app::App,
    auth::Visitor,
    cart::{CartId, Spending},
    problem::{CART_CHANGED, Problem, TOTAL_CHANGED},
};

/// A wish with its positions, and the content of the cart that it spends.
pub struct Basket {
    /// What is wanted.
    pub wish: Wish,
    /// From which cart.
    pub spending: Option<Spending>,
}

/// Fetches what is wanted from the cart, if it is in one.
///
/// # Errors
/// A problem, with a quote of what the cart holds now, when that is not what the customer saw.
pub async fn fill(app: &App, visitor: Visitor, cart: Option<CartId>, mut wish: Wish) -> Result<Basket, Problem> {
    let Some(version) = wish.cart_version else { return Ok(Basket { wish, spending: None }) };
    let cart = match cart {
        Some(id) => app.carts.get(&id).await?,
        None => None,
    };
    let Some(cart) = cart.filter(|cart| !cart.items.is_empty() && cart.owner.is_none()) else {
        return Err(Problem::new(CART_CHANGED).detail("the cart is empty"));
    };
    wish.items = cart.items.iter().map(|item| (item.product_id, item.quantity)).collect();
    wish.coupon = wish.coupon.or_else(|| cart.coupon.clone());
    if cart.version == version {
        return Ok(Basket { spending: Some(cart.spending()), wish });
    }
    let detail = format!("the cart is at version {}; show it again and order that", cart.version);
    let problem = Problem::new(CART_CHANGED).detail(detail).with("cart_version", cart.version);
    // A cart that cannot be priced is told of when it is ordered.
    match price(app, visitor, &wish, Timestamp::now()).await {
        Ok((priced, coupon)) => Err(problem.with("quote", Quote::new(priced, coupon, Some(cart.version)))),
        Err(_) => Err(problem),
    }
}

/// Refuses what comes to something else than its customer expects, if they said so.
///
/// # Errors
/// A problem with the quote.
pub fn must_come_to(wish: &Wish, total: Money, quote: impl FnOnce() -> Quote) -> Result<(), Problem> {
    match wish.expected_total_minor {
        Some(expected) if expected != total.minor => {
            let detail = format!("it comes to {} paise and not to {expected}; ask the customer again", total.minor);
            Err(Problem::new(TOTAL_CHANGED).detail(detail).with("quote", quote()))
        }
        _ => Ok(()),
    }
}
