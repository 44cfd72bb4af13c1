//! What must come of money that arrives for an order that has ended.

use e2e::{PlacedOrder, Stack, eventually};
use mongodb::bson::{Document, doc};

/// Waits until the shop knows of the late payment and has nothing left to do about it; then none of it may be kept: it is
/// refunded, or was never captured and falls back to the customer when the authorisation lapses.
pub async fn assert_goes_back(shop: &Stack, order: &PlacedOrder) {
    eventually("the shop deals with the late payment", async || {
        let known = doc! { "_id": &order.id, "state.payment_ref": { "$regex": "^pay_" } };
        let found: Vec<Document> = shop.store().find("payments", known).await;
        let Some(payment) = found.first() else { return Err("it does not know of it".to_owned()) };
        let idle = !payment.contains_key("pending") && !payment.contains_key("due_at");
        if idle { Ok(()) } else { Err(format!("{payment}")) }
    })
    .await;
    let payments = shop.gateways().payments_of(&order.id).await;
    assert_eq!(payments.len(), 1, "{payments:?}");
    assert_eq!(payments[0]["captured"], payments[0]["refunded"], "{payments:?}");
    assert!(shop.gateways().parcels_of(&order.id).await.is_empty());
    assert!(shop.store().order(&order.id).await.invoice.is_none());
}
