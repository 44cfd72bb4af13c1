//! Products.

pub mod change;
mod form;
pub mod list;
mod patch;
mod view;

use std::sync::Arc;

use crate::{
    app::App,
    problem::{PRODUCT_NOT_FOUND, Problem},
    read_models::ProductDocument,
};

/// The product of this id as the record has it, whether it is sold or not. Nobody is shown an older one from then on.
async fn of_id(app: &App, id: &str) -> Result<Arc<ProductDocument>, Problem> {
    let not_found = || Problem::new(PRODUCT_NOT_FOUND);
    let id = id.parse().map_err(|_| not_found())?;
    app.counter.recorded(&[id]).await?.pop().ok_or_else(not_found)
}
