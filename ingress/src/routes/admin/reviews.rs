//! `GET /admin/reviews` and `PUT /admin/products/{id}/reviews/{user_id}`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use schemas::{
    catalog::{CatalogMessage, ModerateReview, Review},
    ids::{ProductId, UserId},
    types::Timestamp,
};
use serde::{Deserialize, Serialize};
use shared::id::{CorrelationId, MessageId};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    auth::permit,
    extract::{Json, Path, Query},
    inbox, paging,
    problem::{Problem, REVIEW_NOT_FOUND, VALIDATION_FAILED},
    trace, validate,
    views::rfc3339,
};

/// Which reviews, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Those that are shown, or those that are hidden; those that are shown unless given.
    shown: Option<bool>,
    /// 1 to 100; 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// The last page's `next_cursor`.
    cursor: Option<String>,
}

/// Whether a review is shown from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModerationForm {
    /// Whether it is.
    shown: bool,
    /// Why, in up to 500 characters.
    #[serde(default)]
    reason: String,
}

/// A review as operators see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewInFull {
    /// The product.
    #[schema(value_type = String, format = Uuid)]
    product_id: ProductId,
    /// Whose it is.
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    /// The order that the product was delivered with.
    #[schema(value_type = String, format = Uuid)]
    order_id: schemas::ids::OrderId,
    /// One to five.
    stars: i32,
    /// In a few words.
    title: String,
    /// In more words.
    text: String,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Whether it is shown.
    shown: bool,
    /// Who of the shop said so last; null if nobody has.
    #[schema(value_type = Option<String>, format = Uuid)]
    moderated_by: Option<UserId>,
    /// Why; empty if nobody has said.
    reason: String,
}

/// One page of reviews.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewsInFull {
    /// The newest first.
    items: Vec<ReviewInFull>,
    /// Give it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Lists what customers say of products.
#[utoipa::path(get, path = "/admin/reviews", tag = "admin", params(Wanted), security(("bearer" = ["catalog_read"])),
    responses(
        (status = 200, body = ReviewsInFull),
    ))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::CatalogRead,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<ReviewsInFull>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let behind = paging::after_time(wanted.cursor.as_deref())?;
    let found = app.reviews.page(None, wanted.shown.unwrap_or(true), behind.as_ref(), limit + 1).await?;
    let place = |review: &Review| (review.at, Review::document_id(review.product_id, review.user_id));
    let (items, next_cursor) = paging::cut_by_time(found, limit, place);
    Ok(Answer(ReviewsInFull { items: items.into_iter().map(ReviewInFull::from).collect(), next_cursor }))
}

/// Shows or hides a review; it counts only while it is shown. The last of two such decisions counts.
#[utoipa::path(put, path = "/admin/products/{id}/reviews/{user_id}", tag = "admin", request_body = ModerationForm,
    params(("id" = String, Path), ("user_id" = String, Path)), security(("bearer" = ["catalog_write"])),
    responses(
        (status = 202, description = "It is shown or hidden from a moment later on"),
        (status = 404, description = "review_not_found"),
    ))]
pub async fn moderate(
    State(app): State<Arc<App>>,
    permit::CatalogWrite(admin_id): permit::CatalogWrite,
    Path((id, user)): Path<(String, String)>,
    headers: HeaderMap,
    Json(form): Json<ModerationForm>,
) -> Result<StatusCode, Problem> {
    let not_found = || Problem::new(REVIEW_NOT_FOUND);
    let product_id: ProductId = id.parse().map_err(|_| not_found())?;
    let user_id: UserId = user.parse().map_err(|_| not_found())?;
    app.reviews.by(user_id, product_id).await?.ok_or_else(not_found)?;
    let reason = validate::line(&form.reason, 0, 500)
        .map_err(|expected| Problem::field(VALIDATION_FAILED, "reason", expected))?;
    let moderated_at = Timestamp::now();
    let command = ModerateReview { product_id, user_id, shown: form.shown, reason, admin_id, moderated_at };
    let fact = format!("moderation/{product_id}/{user_id}/{admin_id}/{}", moderated_at.as_millis());
    let (id, correlation) = (MessageId::of_fact(&fact), CorrelationId::from_uuid(product_id.as_uuid()));
    let from = inbox::From { id, correlation, at: moderated_at, trace: trace::of(&headers) };
    app.inbox.send_to(&product_id.to_string(), CatalogMessage::from(command), from).await?;
    Ok(StatusCode::ACCEPTED)
}

impl From<Review> for ReviewInFull {
    fn from(review: Review) -> Self {
        let Review { product_id, user_id, order_id, stars, title, text, at, shown, moderation, .. } = review;
        let (moderated_by, reason) = moderation.map(|last| (Some(last.by), last.reason)).unwrap_or_default();
        Self { product_id, user_id, order_id, stars, title, text, at, shown, moderated_by, reason }
    }
}
