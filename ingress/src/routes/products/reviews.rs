//! `GET /products/{id}/reviews`, `GET`, `PUT` and `DELETE /products/{id}/reviews/mine`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use schemas::{
    catalog::{CatalogMessage, Review, ReviewProduct, WithdrawReview},
    ids::{OrderId, ProductId, UserId},
    types::Timestamp,
};
use serde::{Deserialize, Serialize};
use shared::{id::MessageId, message::Topic};
use utoipa::ToSchema;

use super::related::{product_id, sold};
use crate::{
    app::App,
    auth::User,
    extract::{Json, Path, Query},
    inbox,
    paging::{self, WantedPage},
    problem::{NOT_BOUGHT, PRODUCT_NOT_FOUND, Problem, REVIEW_NOT_FOUND},
    validate::{self, Faults},
    views::{RatingView, rfc3339},
};

const LONGEST_TITLE: usize = 120;
const LONGEST_TEXT: usize = 2_000;

/// What a customer says of a product.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewForm {
    /// One to five.
    #[schema(minimum = 1, maximum = 5)]
    stars: i32,
    /// In 1 to 120 characters.
    title: String,
    /// In up to 2,000 characters, on several lines if need be.
    #[serde(default)]
    text: String,
}

/// What a customer says of a product that was delivered to them.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Review)]
pub struct ReviewView {
    /// One to five.
    stars: i32,
    /// In a few words.
    title: String,
    /// In more words, on several lines if need be; may be empty.
    text: String,
    /// When they said so last.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Whether it is shown to others.
    shown: bool,
}

/// One page of a product's reviews.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewList {
    /// What all of them come to.
    rating: RatingView,
    /// The newest first.
    items: Vec<ReviewView>,
    /// Give it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Lists what customers say of a product that was delivered to them.
#[utoipa::path(get, path = "/products/{id}/reviews", tag = "catalog", params(("id" = String, Path), WantedPage), responses(
    (status = 200, body = ReviewList),
    (status = 404, description = "product_not_found"),
))]
pub async fn list(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(wanted): Query<WantedPage>,
) -> Result<Answer<ReviewList>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let behind = paging::after_time(wanted.cursor.as_deref())?;
    let product = &sold(&app, &id).await?.state;
    let found = app.reviews.page(Some(product.product_id), true, behind.as_ref(), limit + 1).await?;
    let place = |review: &Review| (review.at, Review::document_id(review.product_id, review.user_id));
    let (items, next_cursor) = paging::cut_by_time(found, limit, place);
    let items = items.into_iter().map(ReviewView::from).collect();
    Ok(Answer(ReviewList { rating: product.rating.into(), items, next_cursor }))
}

/// Shows what the customer says of a product.
#[utoipa::path(get, path = "/products/{id}/reviews/mine", tag = "catalog", params(("id" = String, Path)),
    security(("bearer" = [])), responses(
        (status = 200, body = ReviewView),
        (status = 404, description = "review_not_found"),
    ))]
pub async fn mine(
    State(app): State<Arc<App>>,
    User(user): User,
    Path(id): Path<String>,
) -> Result<Answer<ReviewView>, Problem> {
    let id = product_id(&id)?;
    let found = app.reviews.by(user, id).await?.ok_or_else(|| Problem::new(REVIEW_NOT_FOUND))?;
    Ok(Answer(found.into()))
}

/// Says what the customer thinks of a product that was delivered to them, instead of what they said before. It is shown and
/// counts from a moment later on, unless the shop has hidden what they said before: then once somebody has looked at it.
#[utoipa::path(put, path = "/products/{id}/reviews/mine", tag = "catalog", request_body = ReviewForm,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses(
        (status = 202, body = ReviewView),
        (status = 403, description = "not_bought"),
        (status = 404, description = "product_not_found"),
    ))]
pub async fn put(
    State(app): State<Arc<App>>,
    User(user): User,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(form): Json<ReviewForm>,
) -> Result<(StatusCode, Answer<ReviewView>), Problem> {
    let id = product_id(&id)?;
    app.products.by_id(id).await?.ok_or_else(|| Problem::new(PRODUCT_NOT_FOUND))?;
    let order = app.orders.delivered_with(user, id).await?.ok_or_else(|| Problem::new(NOT_BOUGHT))?;
    let before = app.reviews.last_by(user, id).await?;
    let at = before.as_ref().map_or_else(Timestamp::now, behind);
    let command = form.read((id, user, order), at)?;
    let shown = before.is_none_or(|before| before.shown);
    let ReviewProduct { stars, title, text, .. } = command.clone();
    send(&app, (id, user), command, at, &headers).await?;
    Ok((StatusCode::ACCEPTED, Answer(ReviewView { stars, title, text, at, shown })))
}

/// Takes back what the customer said of a product, also what was said a moment ago and is not to be seen yet: a moment later it is
/// gone from all lists and counts no more. Asked for again it is the same wish; who was never delivered the product has none. They
/// may say something else of the product at any time; what the shop had hidden is then hidden until somebody has looked at it.
#[utoipa::path(delete, path = "/products/{id}/reviews/mine", tag = "catalog", params(("id" = String, Path)),
    security(("bearer" = [])), responses(
        (status = 202, description = "It is gone from a moment later on"),
        (status = 404, description = "product_not_found, review_not_found"),
    ))]
pub async fn withdraw(
    State(app): State<Arc<App>>,
    User(user): User,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let id = product_id(&id)?;
    let before = app.reviews.last_by(user, id).await?;
    if before.is_none() {
        app.orders.delivered_with(user, id).await?.ok_or_else(|| Problem::new(REVIEW_NOT_FOUND))?;
    }
    // What is in the record may be behind what the worker has still to do: only that knows whether there is anything.
    let withdrawn_at = before.as_ref().map_or_else(Timestamp::now, behind);
    let command = WithdrawReview { product_id: id, user_id: user, withdrawn_at };
    send(&app, (id, user), command, withdrawn_at, &headers).await?;
    Ok(StatusCode::ACCEPTED)
}

/// A moment that counts after what the customer did before, whichever process noted that by its own clock.
fn behind(before: &Review) -> Timestamp {
    Timestamp::now().max(Timestamp::from_millis(before.at.as_millis() + 1))
}

async fn send(
    app: &App,
    (product, user): (ProductId, UserId),
    command: impl Into<CatalogMessage>,
    at: Timestamp,
    headers: &HeaderMap,
) -> Result<(), Problem> {
    let command = command.into();
    let fact = format!("{}/{product}/{user}/{}", command.name(), at.as_millis());
    let from = inbox::From::concerning(product.as_uuid(), MessageId::of_fact(&fact), at, headers);
    app.inbox.send_to(&product.to_string(), command, from).await
}

impl ReviewForm {
    /// The checked message.
    fn read(
        &self,
        (product_id, user_id, order_id): (ProductId, UserId, OrderId),
        reviewed_at: Timestamp,
    ) -> Result<ReviewProduct, Problem> {
        let mut faults = Faults::default();
        if !ReviewProduct::STARS.contains(&self.stars) {
            faults.add("stars", "must be 1 to 5");
        }
        let title = faults.check("title", validate::line(&self.title, 1, LONGEST_TITLE));
        let text = faults.check("text", validate::lines(&self.text, 0, LONGEST_TEXT));
        let stars = self.stars;
        let command = ReviewProduct { product_id, user_id, order_id, stars, title, text, reviewed_at };
        faults.none_in(command).map_err(Problem::invalid)
    }
}

impl From<Review> for ReviewView {
    fn from(Review { stars, title, text, at, shown, .. }: Review) -> Self {
        Self { stars, title, text, at, shown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(stars: i32, title: &str, text: &str) -> String {
        let form = ReviewForm { stars, title: title.to_owned(), text: text.to_owned() };
        let of = (ProductId::generate(), UserId::generate(), OrderId::generate());
        let read = form.read(of, Timestamp::from_millis(0));
        read.map_or_else(|problem| format!("{problem:?}"), |_| "nothing".to_owned())
    }

    #[test]
    fn a_review_has_stars_and_a_title_and_no_card_number() {
        assert_eq!(fault(5, "Fits", ""), "nothing");
        assert_eq!(fault(5, "Fits", "First line.\nSecond line.\r\n\r\nThird."), "nothing");
        for (stars, title, text, field) in [
            (0, "Fits", "", "stars"),
            (6, "Fits", "", "stars"),
            (5, " ", "", "title"),
            (5, "Fits\nwell", "", "title"),
            (5, "Fits", "4242 4242 4242 4242", "text"),
        ] {
            assert!(fault(stars, title, text).contains(&format!("\"{field}\"")), "{field}");
        }
    }
}
