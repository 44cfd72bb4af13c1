//! `GET /admin/tax-slabs`, `PUT` and `DELETE /admin/tax-slabs/{hsn}`

use std::sync::Arc;

use axum::{Json as Answer, extract::State, http::StatusCode};
use schemas::{
    catalog::GstSlab,
    pricing::rate,
    types::{Money, Timestamp},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::permit,
    extract::{Json, Path},
    problem::{Problem, VALIDATION_FAILED},
    read_models::HsnSlabs,
    views::MoneyDoc,
};

/// A GST rate for goods up to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Slab {
    /// The most that one may be worth, without tax and after discount; null for goods of any value.
    #[serde(default)]
    #[schema(value_type = Option<MoneyDoc>)]
    up_to: Option<Money>,
    /// 0, 500, 1200, 1800, 2800 or 4000: 2800 is 28 %.
    gst_basis_points: i32,
}

/// The slabs of an HSN code, of rising values; the first that fits counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlabsForm {
    /// 1 to 8.
    slabs: Vec<Slab>,
}

/// An HSN code with its slabs.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = HsnSlabs)]
pub struct HsnSlabsView {
    /// The code, or the first digits of all codes of a group.
    hsn: String,
    /// Its slabs.
    slabs: Vec<Slab>,
    /// When they were put so.
    #[serde(serialize_with = "crate::views::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

/// All codes with slabs.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HsnSlabsList {
    /// Ordered by code.
    items: Vec<HsnSlabsView>,
}

/// Lists the HSN codes that have GST slabs.
#[utoipa::path(get, path = "/admin/tax-slabs", tag = "admin", security(("bearer" = ["catalog_read"])), responses(
    (status = 200, body = HsnSlabsList),
))]
pub async fn list(State(app): State<Arc<App>>, _: permit::CatalogRead) -> Result<Answer<HsnSlabsList>, Problem> {
    let items = app.tax_slabs.list().await?.into_iter().map(HsnSlabsView::from).collect();
    Ok(Answer(HsnSlabsList { items }))
}

/// Gives an HSN code its GST slabs; 2, 4 or 6 digits are the group of all codes that begin so. Orders of the next few seconds
/// may still be priced by what was before; orders that are placed keep their price.
#[utoipa::path(put, path = "/admin/tax-slabs/{hsn}", tag = "admin", request_body = SlabsForm,
    params(("hsn" = String, Path, pattern = "^([0-9]{2}){1,4}$")), security(("bearer" = ["catalog_write"])),
    responses(
        (status = 200, body = HsnSlabsView),
    ))]
pub async fn put(
    State(app): State<Arc<App>>,
    permit::CatalogWrite(admin): permit::CatalogWrite,
    Path(hsn): Path<String>,
    Json(form): Json<SlabsForm>,
) -> Result<Answer<HsnSlabsView>, Problem> {
    let hsn = checked(hsn)?;
    let slabs: Vec<GstSlab> = form.slabs.into_iter().map(GstSlab::from).collect();
    let fault = if slabs.is_empty() { Some("at least one slab") } else { rate::fault(&slabs) };
    if let Some(right) = fault {
        return Err(Problem::field(VALIDATION_FAILED, "slabs", format!("must be {right}")));
    }
    let slabs = HsnSlabs { hsn, slabs, changed_by: admin, changed_at: Timestamp::now() };
    app.tax_slabs.put(&slabs).await?;
    Ok(Answer(slabs.into()))
}

/// Takes an HSN code its GST slabs: then those of its group count, or the products' own rates.
#[utoipa::path(delete, path = "/admin/tax-slabs/{hsn}", tag = "admin", params(("hsn" = String, Path, pattern = "^([0-9]{2}){1,4}$")),
    security(("bearer" = ["catalog_write"])),
    responses(
        (status = 204),
    ))]
pub async fn remove(
    State(app): State<Arc<App>>,
    _: permit::CatalogWrite,
    Path(hsn): Path<String>,
) -> Result<StatusCode, Problem> {
    app.tax_slabs.remove(&checked(hsn)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn checked(hsn: String) -> Result<String, Problem> {
    let is_code = matches!(hsn.len(), 2 | 4 | 6 | 8) && hsn.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { Ok(hsn) } else { Err(Problem::field(VALIDATION_FAILED, "hsn", "must have 2, 4, 6 or 8 digits")) }
}

impl From<Slab> for GstSlab {
    fn from(slab: Slab) -> Self {
        Self { up_to: slab.up_to, gst_basis_points: slab.gst_basis_points }
    }
}

impl From<HsnSlabs> for HsnSlabsView {
    fn from(of: HsnSlabs) -> Self {
        let slab = |slab: GstSlab| Slab { up_to: slab.up_to, gst_basis_points: slab.gst_basis_points };
        Self { hsn: of.hsn, slabs: of.slabs.into_iter().map(slab).collect(), changed_at: of.changed_at }
    }
}
