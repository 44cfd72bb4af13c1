//! Files of products, prices, stock, vehicles and customers that operators bring in.

pub mod errors;
pub mod events;
pub mod list;
pub mod show;
pub mod start;
pub mod upload;
mod view;

use schemas::{
    ids::{ImportId, UserId},
    imports::rows::ImportKind,
};

use crate::{
    app::App,
    auth::{Permission, Role},
    problem::{FORBIDDEN, IMPORT_NOT_FOUND, Problem},
    read_models::ImportDocument,
};

/// The file of this name.
///
/// # Errors
/// A problem if there is none, or the store does not answer.
async fn of_id(app: &App, id: &str) -> Result<ImportDocument, Problem> {
    let not_found = || Problem::new(IMPORT_NOT_FOUND);
    let id: ImportId = id.parse().map_err(|_| not_found())?;
    app.imports.by_id(id).await?.ok_or_else(not_found)
}

/// Whoever carries a file out changes what it is about, and needs the permission for that, too.
///
/// # Errors
/// A problem if they have not got it, or the store does not answer.
async fn may_change(app: &App, operator: UserId, kind: ImportKind) -> Result<(), Problem> {
    let needed = match kind {
        ImportKind::Products | ImportKind::Prices | ImportKind::Fitments => Permission::CatalogWrite,
        ImportKind::Stock => Permission::StockWrite,
        ImportKind::Customers => Permission::CustomersWrite,
    };
    let rights = app.accounts.rights_of(operator).await?;
    if rights.is_some_and(|rights| rights.role == Role::Admin || rights.permissions.contains(&needed)) {
        return Ok(());
    }
    Err(Problem::new(FORBIDDEN).detail(format!("a file of {} takes the permission to change them, too", kind.as_str())))
}
