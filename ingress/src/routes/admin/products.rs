//! Products.

pub mod change;
mod form;
pub mod list;
mod view;

use crate::{
    app::App,
    problem::{PRODUCT_NOT_FOUND, Problem},
    read_models::ProductDocument,
};

/// The product of this id, whether it is sold or not.
async fn of_id(app: &App, id: &str) -> Result<ProductDocument, Problem> {
    let not_found = || Problem::new(PRODUCT_NOT_FOUND);
    let id = id.parse().map_err(|_| not_found())?;
    app.products.by_id(id).await?.ok_or_else(not_found)
}
