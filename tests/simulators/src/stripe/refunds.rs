//! The Refunds endpoints.

use super::Stripe;
use super::api::page_limit;
use super::book::{Cause, Refund};
use super::error::StripeError;
use super::event::{Kind, StripeEvent};
use super::form::Params;
use super::intent::Change;
use super::mutate::{Answer, Call, perform};
use super::render::ListObject;
use crate::ids::fresh;
use crate::ledger::Labels;
use crate::web::json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

const CREATE_PARAMS: &[&str] = &["amount", "expand", "metadata", "payment_intent", "reason"];

type Shared = State<Arc<Stripe>>;

/// A refund as it is asked for.
struct Wish {
    intent: String,
    amount: Option<i64>,
    metadata: Labels,
    reason: Option<String>,
}

impl Wish {
    fn of(params: &Params) -> Result<Self, StripeError> {
        let intent =
            params.get("payment_intent").ok_or_else(|| StripeError::missing_parameter("payment_intent"))?.to_owned();
        let reason = params.get("reason").map(str::to_owned);
        if let Some(reason) = reason.as_deref().filter(|reason| !REASONS.contains(reason)) {
            return Err(StripeError::invalid_value("reason", format!("Invalid reason: {reason}")));
        }
        Ok(Self { intent, amount: params.integer("amount")?, metadata: params.map("metadata"), reason })
    }
}

const REASONS: &[&str] = &["duplicate", "fraudulent", "requested_by_customer"];

/// `POST /v1/refunds`
pub(super) async fn create(State(stripe): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let read = stripe.server_only(&headers).and_then(|()| {
        let call = Call::read("/v1/refunds".into(), &headers, &body, CREATE_PARAMS)?;
        let wish = Wish::of(&call.params)?;
        Ok((call, wish))
    });
    match read {
        Err(error) => error.response(),
        Ok((call, wish)) => perform(stripe, call, move |stripe, cause| give_back(stripe, cause, wish)).await,
    }
}

fn give_back(stripe: &Stripe, cause: &Cause, wish: Wish) -> Result<Answer, StripeError> {
    let mut book = stripe.book();
    let missing = || StripeError::missing("payment_intent", &wish.intent, "payment_intent");
    if book.disputes.iter().any(|dispute| dispute.payment == wish.intent && dispute.holds_money()) {
        return Err(StripeError::charge_disputed(&wish.intent));
    }
    let record = book.record(&wish.intent).ok_or_else(missing)?;
    let outcome = record.intent.refund(wish.amount);
    let intent = record.intent.clone();
    let change = outcome.map_err(|refusal| StripeError::refused(refusal, "refunded", &intent))?;
    let Change::Refunded(amount) = change else { return Err(StripeError::internal()) };
    stripe.outbox.post(StripeEvent::new(Kind::of(change, &intent), intent.clone(), cause));
    let refund = Refund {
        id: fresh("re_3", 21),
        amount,
        intent,
        metadata: wish.metadata,
        reason: wish.reason,
        cause: cause.clone(),
    };
    Ok(Answer::Refund(book.add_refund(refund)))
}

/// `GET /v1/refunds/{id}`
pub(super) async fn retrieve(State(stripe): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let found = stripe
        .server_only(&headers)
        .and_then(|()| stripe.book().refund(&id).ok_or_else(|| StripeError::missing("refund", &id, "id")));
    match found {
        Ok(refund) => json(StatusCode::OK, &refund.object()),
        Err(error) => error.response(),
    }
}

/// `GET /v1/refunds`, of one intent with `payment_intent=`.
pub(super) async fn list(State(stripe): Shared, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let params = Params::decode(query.unwrap_or_default().as_bytes());
    match stripe.server_only(&headers).and_then(|()| page_limit(&params)) {
        Err(error) => error.response(),
        Ok(limit) => {
            let (page, has_more) = stripe.book().refund_page(params.get("payment_intent"), limit);
            let data = page.iter().map(|refund| refund.object()).collect();
            json(StatusCode::OK, &ListObject { object: "list", url: "/v1/refunds", has_more, data })
        }
    }
}
