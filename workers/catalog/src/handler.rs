//! The contents page: which message is answered where.

use schemas::{catalog::CatalogMessage, documents::Product, ids::ProductId};
use shared::{
    engine::{Handler, NoEffect, Outbox, Refusal, RowKey},
    message::Delivery,
};

use crate::{
    categories,
    change::change,
    fit::fit,
    history,
    put::put,
    replacement::trace,
    review::{self, moderate, review, withdraw},
    rows::CatalogRow,
};

/// The rules of the catalog.
#[derive(Debug, Clone, Copy, Default)]
pub struct Catalog;

/// What a step sets in motion.
pub type Out<'a> = Outbox<'a, NoEffect, CatalogRow>;

impl Handler for Catalog {
    type State = Product;
    type Message = CatalogMessage;
    type Effect = NoEffect;
    type Row = CatalogRow;

    fn rows(&self, delivery: &Delivery<CatalogMessage>) -> Vec<RowKey> {
        match &delivery.message {
            CatalogMessage::ChangeProduct(command) => {
                vec![history::key(command.product.product_id, &command.change_id), categories::key()]
            }
            CatalogMessage::FitProduct(command) => vec![history::key(command.product_id, &command.change_id)],
            CatalogMessage::ReviewProduct(command) => vec![review::key(command.product_id, command.user_id)],
            CatalogMessage::WithdrawReview(command) => vec![review::key(command.product_id, command.user_id)],
            CatalogMessage::ModerateReview(command) => vec![review::key(command.product_id, command.user_id)],
            CatalogMessage::PutProduct(_) => vec![categories::key()],
            CatalogMessage::TraceReplacement(_) => Vec::new(),
        }
    }

    fn handle(
        &self,
        state: Option<Product>,
        delivery: &Delivery<CatalogMessage>,
        out: &mut Out<'_>,
    ) -> Result<Option<Product>, Refusal> {
        let product_id = product_of(&delivery.message);
        if delivery.aggregate_id != product_id.to_string() {
            let detail = format!("product {product_id} came under the key {}", delivery.aggregate_id);
            return Err(Refusal::new("key_mismatch", detail));
        }
        match &delivery.message {
            CatalogMessage::PutProduct(command) => put(state, command, delivery.at, out).map(Some),
            CatalogMessage::ChangeProduct(command) => change(state, command, delivery.at, out),
            CatalogMessage::FitProduct(command) => fit(state, command, delivery.at, out),
            CatalogMessage::TraceReplacement(command) => Ok(trace(state, command, delivery.at, out)),
            CatalogMessage::ReviewProduct(command) => review(state, command, out).map(Some),
            CatalogMessage::WithdrawReview(command) => Ok(withdraw(state, command, out)),
            CatalogMessage::ModerateReview(command) => moderate(state, command, out).map(Some),
        }
    }
}

const fn product_of(message: &CatalogMessage) -> ProductId {
    match message {
        CatalogMessage::PutProduct(command) => command.product_id,
        CatalogMessage::ChangeProduct(command) => command.product.product_id,
        CatalogMessage::FitProduct(command) => command.product_id,
        CatalogMessage::TraceReplacement(command) => command.product_id,
        CatalogMessage::ReviewProduct(command) => command.product_id,
        CatalogMessage::WithdrawReview(command) => command.product_id,
        CatalogMessage::ModerateReview(command) => command.product_id,
    }
}
