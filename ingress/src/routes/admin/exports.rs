//! `GET /admin/exports/{products,prices,stock,fitments,customers}`

use std::sync::Arc;

use axum::{extract::State, response::Response};
use schemas::imports::rows::{FileFormat, ImportKind};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    app::App,
    auth::permit,
    exports::file,
    extract::Query,
    problem::{Problem, VALIDATION_FAILED},
    views::FileFormatDoc,
};

/// How the file is written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// `csv` if not given.
    #[param(value_type = Option<FileFormatDoc>)]
    format: Option<String>,
}

impl Wanted {
    fn format(&self) -> Result<FileFormat, Problem> {
        let format = self.format.as_deref().map_or(Some(FileFormat::Csv), FileFormat::parse);
        format.ok_or_else(|| Problem::field(VALIDATION_FAILED, "format", "must be csv or xlsx"))
    }
}

/// All products, one a row, with everything that an operator can set of them. The file can be imported again.
#[utoipa::path(get, path = "/admin/exports/products", tag = "admin", params(Wanted),
    security(("bearer" = ["catalog_read"])), responses(
    (status = 200, description = "The file, as a download; broken off where it cannot be completed", content(
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    (status = 422, description = "report_too_long"),
))]
pub async fn products(
    State(app): State<Arc<App>>,
    _: permit::CatalogRead,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    file(&app, ImportKind::Products, wanted.format()?).await
}

/// How all products are priced, one a row. The file can be imported again.
#[utoipa::path(get, path = "/admin/exports/prices", tag = "admin", params(Wanted),
    security(("bearer" = ["catalog_read"])), responses(
    (status = 200, description = "The file, as a download; broken off where it cannot be completed", content(
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    (status = 422, description = "report_too_long"),
))]
pub async fn prices(
    State(app): State<Arc<App>>,
    _: permit::CatalogRead,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    file(&app, ImportKind::Prices, wanted.format()?).await
}

/// How many of each product can be had. With quantities and delivery notes filled in, the file imports what came in; as it
/// is, it imports nothing.
#[utoipa::path(get, path = "/admin/exports/stock", tag = "admin", params(Wanted),
    security(("bearer" = ["stock_read"])), responses(
    (status = 200, description = "The file, as a download; broken off where it cannot be completed", content(
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    (status = 422, description = "report_too_long"),
))]
pub async fn stock(
    State(app): State<Arc<App>>,
    _: permit::StockRead,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    file(&app, ImportKind::Stock, wanted.format()?).await
}

/// The vehicles that products fit, one a row. The file can be imported again.
#[utoipa::path(get, path = "/admin/exports/fitments", tag = "admin", params(Wanted),
    security(("bearer" = ["catalog_read"])), responses(
    (status = 200, description = "The file, as a download; broken off where it cannot be completed", content(
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    (status = 422, description = "report_too_long"),
))]
pub async fn fitments(
    State(app): State<Arc<App>>,
    _: permit::CatalogRead,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    file(&app, ImportKind::Fitments, wanted.format()?).await
}

/// The customers, one a row, nobody who operates the shop among them. The file can be imported again.
#[utoipa::path(get, path = "/admin/exports/customers", tag = "admin", params(Wanted),
    security(("bearer" = ["customers_read"])), responses(
    (status = 200, description = "The file, as a download; broken off where it cannot be completed", content(
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    (status = 422, description = "report_too_long"),
))]
pub async fn customers(
    State(app): State<Arc<App>>,
    _: permit::CustomersRead,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    file(&app, ImportKind::Customers, wanted.format()?).await
}
