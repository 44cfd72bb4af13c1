//! The contents page: which message is answered where.

use schemas::{catalog::CatalogMessage, documents::Product};
use shared::{
    engine::{Handler, NoEffect, NoRow, Outbox, Refusal},
    message::Delivery,
};

use crate::put::put;

/// The rules of the catalog.
#[derive(Debug, Clone, Copy, Default)]
pub struct Catalog;

impl Handler for Catalog {
    type State = Product;
    type Message = CatalogMessage;
    type Effect = NoEffect;
    type Row = NoRow;

    fn handle(
        &self,
        state: Option<Product>,
        delivery: &Delivery<CatalogMessage>,
        out: &mut Outbox<'_, NoEffect, NoRow>,
    ) -> Result<Option<Product>, Refusal> {
        match &delivery.message {
            CatalogMessage::PutProduct(command) if delivery.aggregate_id != command.product_id.to_string() => {
                let detail = format!("product {} came under the key {}", command.product_id, delivery.aggregate_id);
                Err(Refusal::new("key_mismatch", detail))
            }
            CatalogMessage::PutProduct(command) => put(state, command, delivery.at, out).map(Some),
        }
    }
}
