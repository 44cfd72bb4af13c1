//! Goods that a customer sends back.

pub mod list;
pub mod request;
pub mod withdraw;

use schemas::{
    documents::Order,
    ids::OrderId,
    returns::{OrderReturn, Unreturnable},
};

use super::own::{Claimed, not_found};
use crate::{
    app::App,
    auth::User,
    problem::{NON_RETURNABLE, NOT_RETURNABLE, Problem, RETURN_NOT_FOUND, RETURN_WINDOW_OVER, VALIDATION_FAILED},
    views::ReturnAccepted,
};

/// The customer's order as the record has it; `None` while the orders worker has not seen it.
async fn order_of(app: &App, claimed: Claimed) -> Result<Option<Order>, Problem> {
    if let Some(found) = app.orders.by_id(claimed.order).await? {
        return if found.state.user_id == claimed.user { Ok(Some(found.state)) } else { Err(not_found()) };
    }
    claimed.status(app, 0).await.map(|_| None)
}

/// The order and the return that a path of two ids names, if both are the customer's.
async fn return_of(app: &App, User(user): User, order: &str, id: &str) -> Result<(Order, OrderReturn), Problem> {
    let claimed = Claimed::by(user, order)?;
    let order = order_of(app, claimed).await?.ok_or_else(|| Problem::new(RETURN_NOT_FOUND))?;
    let found = named(&order, id)?;
    Ok((order, found))
}

/// An order's return of this id.
///
/// # Errors
/// A problem if there is none.
pub fn named(order: &Order, id: &str) -> Result<OrderReturn, Problem> {
    let found = order.returns.iter().find(|of| of.return_id == id);
    found.cloned().ok_or_else(|| Problem::new(RETURN_NOT_FOUND))
}

/// The answer to a wish that was taken.
fn accepted(order_id: OrderId, return_id: String) -> ReturnAccepted {
    let status_url = format!("/api/v1/orders/{order_id}/returns/{return_id}");
    ReturnAccepted { order_id, return_id, status_url }
}

/// Why goods cannot be returned, said of the `items` of a request, of which those of the parts `skus` stand in this order.
#[must_use]
pub fn problem(why: &Unreturnable, skus: &[&str]) -> Problem {
    let item = |sku: &str| skus.iter().position(|known| *known == sku).map_or(0, |place| place);
    let text = why.to_string();
    match why {
        Unreturnable::NotDelivered | Unreturnable::TooMany => Problem::new(NOT_RETURNABLE).detail(text),
        Unreturnable::WindowOver { .. } => Problem::new(RETURN_WINDOW_OVER).detail(text),
        Unreturnable::NonReturnable(sku) => {
            Problem::field(NON_RETURNABLE, format!("items[{}]", item(sku.as_str())), text)
        }
        Unreturnable::UnknownPart(sku) => {
            Problem::field(VALIDATION_FAILED, format!("items[{}].sku", item(sku.as_str())), text)
        }
        Unreturnable::UnitsOutOfRange { sku, .. } => {
            Problem::field(VALIDATION_FAILED, format!("items[{}].quantity", item(sku.as_str())), text)
        }
        Unreturnable::Unclear => Problem::field(VALIDATION_FAILED, "items", text),
    }
}
