//! `POST /admin/products`, `PUT` and `PATCH /admin/products/{id}`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use schemas::{
    catalog::{CatalogMessage, ChangeProduct, PutProduct, rules},
    documents::Product,
    ids::{ProductId, UserId},
    types::Timestamp,
};
use serde_json::Value;
use shared::id::MessageId;

use super::{form::ProductForm, of_id, patch::ProductPatch, view::ChangeView};
use crate::{
    app::App,
    auth::permit,
    extract::{Json, Path, RequiredKey},
    inbox,
    problem::{PRODUCT_CHANGED, Problem, SKU_TAKEN, SLUG_TAKEN, VALIDATION_FAILED},
    read_models::{ChangeAsked, Leads, Taken},
};

/// Makes a product. The same `Idempotency-Key`, which must be given, is the same product.
#[utoipa::path(post, path = "/admin/products", tag = "admin", request_body = ProductForm,
    params(("Idempotency-Key" = String, Header)), security(("bearer" = ["catalog_write"])),
    responses(
        (status = 202, body = ChangeView),
        (status = 409, description = "product_changed, slug_taken, sku_taken"),
    ))]
pub async fn create(
    State(app): State<Arc<App>>,
    permit::CatalogWrite(admin): permit::CatalogWrite,
    RequiredKey(key): RequiredKey,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Answer<ChangeView>), Problem> {
    let id = MessageId::of_fact(&format!("product/{admin}/{key}"));
    let wish = Wish { app: &app, admin, id: ProductId::from_uuid(id.as_uuid()), key: &key, headers: &headers };
    wish.carry_out(&body, ProductForm::read).await
}

/// Makes a product what the body says, all of it. The same `Idempotency-Key`, which must be given, is the same change. Of two
/// changes of one revision the first counts; the other is refused, here or in the product's history.
#[utoipa::path(put, path = "/admin/products/{id}", tag = "admin", request_body = ProductForm,
    params(("id" = String, Path), ("Idempotency-Key" = String, Header)), security(("bearer" = ["catalog_write"])),
    responses(
        (status = 202, body = ChangeView),
        (status = 404, description = "product_not_found"),
        (status = 409, description = "product_changed, slug_taken, sku_taken"),
    ))]
pub async fn replace(
    State(app): State<Arc<App>>,
    permit::CatalogWrite(admin): permit::CatalogWrite,
    Path(id): Path<String>,
    RequiredKey(key): RequiredKey,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Answer<ChangeView>), Problem> {
    let id = of_id(&app, &id).await?.state.product_id;
    Wish { app: &app, admin, id, key: &key, headers: &headers }.carry_out(&body, ProductForm::read).await
}

/// Changes of a product what the body says (RFC 7396), which names the revision that was looked at. Else as `PUT`.
#[utoipa::path(patch, path = "/admin/products/{id}", tag = "admin", request_body = ProductPatch,
    params(("id" = String, Path), ("Idempotency-Key" = String, Header)), security(("bearer" = ["catalog_write"])),
    responses(
        (status = 202, body = ChangeView),
        (status = 404, description = "product_not_found"),
        (status = 409, description = "product_changed, slug_taken, sku_taken"),
    ))]
pub async fn change(
    State(app): State<Arc<App>>,
    permit::CatalogWrite(admin): permit::CatalogWrite,
    Path(id): Path<String>,
    RequiredKey(key): RequiredKey,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Answer<ChangeView>), Problem> {
    let now = &of_id(&app, &id).await?.state;
    let wish = Wish { app: &app, admin, id: now.product_id, key: &key, headers: &headers };
    wish.carry_out(&body, |patch| ProductForm::patched(now, patch)).await
}

/// Somebody wishes to change a product.
struct Wish<'a> {
    app: &'a App,
    admin: UserId,
    id: ProductId,
    key: &'a str,
    headers: &'a HeaderMap,
}

impl Wish<'_> {
    /// A repetition is answered with what came of the change; what certainly cannot be is refused; anything else is the
    /// catalog worker's to decide.
    async fn carry_out(
        &self,
        body: &Value,
        read: impl FnOnce(&Value) -> Result<ProductForm, Problem>,
    ) -> Result<(StatusCode, Answer<ChangeView>), Problem> {
        let asked = ChangeAsked::new(self.id, self.admin, self.key, body);
        if let Some(known) = self.app.product_changes.one(self.id, &asked).await? {
            // Who has read that it is made is shown it everywhere.
            self.app.counter.recorded(&[self.id]).await?;
            return Ok((StatusCode::ACCEPTED, Answer(known.into())));
        }
        let form = read(body)?;
        let revision = form.revision;
        let product = form.product(self.id)?;
        let now = self.app.products.by_id(self.id).await?;
        fits(now.as_ref().map(|now| &now.state), revision, &product)?;
        let now = now.as_ref().map(|now| &now.state);
        self.check_category(now, &product).await?;
        self.check_others(now, &product).await?;
        let (change_id, at) = (asked.change_id(), Timestamp::now());
        let (admin_id, answer_to) = (self.admin, None);
        let command = ChangeProduct { change_id: change_id.clone(), admin_id, revision, product, answer_to };
        let id = MessageId::of_fact(&change_id);
        let from = inbox::From::concerning(self.id.as_uuid(), id, at, self.headers);
        self.app.inbox.send_to(&self.id.to_string(), CatalogMessage::from(command), from).await?;
        Ok((StatusCode::ACCEPTED, Answer(ChangeView::asked(self.id, change_id, self.admin, at, revision))))
    }

    /// What its category has to say.
    async fn check_category(&self, now: Option<&Product>, product: &PutProduct) -> Result<(), Problem> {
        let tree = self.app.categories.tree().await?;
        rules::attributes(&tree.definitions(&product.category), now.map(Product::as_put).as_ref(), product)
            .map_err(|misfit| Problem::field(VALIDATION_FAILED, misfit.field, misfit.problem))
    }

    /// What other products have to say: their names are theirs, and none may be led back to itself.
    async fn check_others(&self, now: Option<&Product>, product: &PutProduct) -> Result<(), Problem> {
        match self.app.products.taken(self.id, &product.slug, &product.sku).await? {
            Some(Taken::Slug) => return Err(Problem::new(SLUG_TAKEN)),
            Some(Taken::Sku) => return Err(Problem::new(SKU_TAKEN)),
            None => {}
        }
        let replaced_by = product.relations.replaced_by;
        let Some(by) = replaced_by.filter(|_| now.and_then(|now| now.relations.replaced_by) != replaced_by) else {
            return Ok(());
        };
        let fault = match self.app.products.leads(self.id, by).await? {
            Leads::Somewhere => return Ok(()),
            Leads::Nowhere => "must be a product",
            Leads::Back => "must be a product that this one does not replace",
            Leads::TooFar => "must be the end of a chain of at most twenty products",
        };
        Err(Problem::field(VALIDATION_FAILED, "replaced_by", fault))
    }
}

/// Whether a product can become this, as far as it can be known here.
fn fits(now: Option<&Product>, revision: i64, product: &PutProduct) -> Result<(), Problem> {
    match now {
        None if revision == 0 => Ok(()),
        None => Err(Problem::field(VALIDATION_FAILED, "revision", "must be 0 for a new product")),
        Some(now) if now.revision != revision => {
            let detail = format!("its revision is {} by now; look at it again, and replace that one", now.revision);
            Err(Problem::new(PRODUCT_CHANGED).detail(detail))
        }
        Some(now) if now.sku != product.sku => {
            Err(Problem::field(VALIDATION_FAILED, "sku", format!("must be {}, for ever", now.sku)))
        }
        Some(_) => Ok(()),
    }
}
