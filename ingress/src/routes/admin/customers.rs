//! `PUT /admin/customers/{email}/price-list`

use std::sync::Arc;

use axum::{Extension, Json as Answer, extract::State};
use schemas::types::PriceList;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{Role, permit},
    extract::{Json, Path},
    middleware::audited::Subject,
    problem::{CUSTOMER_NOT_FOUND, Problem},
    validate,
    views::PriceListDoc,
};

/// At which prices a customer buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The list.
    #[schema(value_type = PriceListDoc)]
    price_list: PriceList,
}

/// Approves a wholesale customer, or takes it back. Wholesale prices count from the next login on, retail at once.
#[utoipa::path(put, path = "/admin/customers/{email}/price-list", tag = "admin", request_body = Approval,
    params(("email" = String, Path)), security(("bearer" = ["customers_write"])),
    responses(
        (status = 200, body = Approval),
        (status = 404, description = "customer_not_found"),
    ))]
pub async fn price_list(
    State(app): State<Arc<App>>,
    _: permit::CustomersWrite,
    Path(email): Path<String>,
    Json(approval): Json<Approval>,
) -> Result<(Extension<Subject>, Answer<Approval>), Problem> {
    let email = validate::email(&email).map_err(|_| Problem::new(CUSTOMER_NOT_FOUND))?;
    let customer = app.accounts.set_customers_role(&email, Role::of_customer(approval.price_list)).await?;
    let customer = customer.ok_or_else(|| Problem::new(CUSTOMER_NOT_FOUND))?;
    Ok((Extension(Subject(customer)), Answer(approval)))
}
