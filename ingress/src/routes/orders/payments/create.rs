//! `POST /orders/{id}/payments`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use schemas::{
    attempts::{NextAttempt, PaymentAttempt, PaymentChoice, Unpayable, attempt_id},
    documents::Order,
    ids::OrderId,
    orders::{OrdersMessage, PayOrder},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shared::{id::MessageId, time::Timestamp};
use utoipa::ToSchema;

use super::{
    super::{own::Claimed, price::FALLBACK},
    recorded,
    view::AttemptView,
};
use crate::{
    admission::Refusal,
    app::App,
    extract::{IdempotencyKey, Json},
    inbox,
    problem::{CASH_COSTS_MORE, IDEMPOTENCY_KEY_REUSED, NOT_PAYABLE, Problem},
    views::PaymentChoiceDoc,
};

/// How the order is to be paid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentForm {
    /// How the customer pays instead.
    #[schema(value_type = PaymentChoiceDoc)]
    payment_method: PaymentChoice,
}

/// The wish was taken; when the customer can pay is told at `status_url`.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentAccepted {
    /// The order.
    #[schema(value_type = String, format = Uuid)]
    order_id: OrderId,
    /// The attempt, as it stands or will be.
    payment: AttemptView,
    /// Where the order's status is read.
    status_url: String,
}

/// Tries again to pay an order that awaits payment, or to pay it otherwise.
///
/// An attempt that can still be paid by this method is simply the same one. Otherwise there is a new one, which counts from
/// then on; the one before is voided, and money that comes for it all the same goes back. So is one by `card` where the
/// gateway of the one before cannot be reached: it begins at another. An order may have so many attempts; one that is not made
/// after all is shown as `refused`. The same `Idempotency-Key` is the same wish.
#[utoipa::path(post, path = "/orders/{id}/payments", tag = "payments", request_body = PaymentForm,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), security(("bearer" = [])),
    responses(
        (status = 202, body = PaymentAccepted),
        (status = 404, description = "order_not_found"),
        (status = 409, description = "not_payable, cash_costs_more"),
    ))]
pub async fn create(
    State(app): State<Arc<App>>,
    claimed: Claimed,
    IdempotencyKey(key): IdempotencyKey,
    headers: HeaderMap,
    Json(form): Json<PaymentForm>,
) -> Result<(StatusCode, [(header::HeaderName, String); 1], Answer<PaymentAccepted>), Problem> {
    let order = recorded(&app, claimed).await?.ok_or_else(too_early)?;
    let attempt_id = attempt_id(claimed.order, &name(key));
    let known = order.payment_attempts().into_iter().find(|attempt| attempt.answers(&attempt_id));
    let payment = match known {
        Some(known) if is_answer(&known, form.payment_method) => known,
        Some(_) => return Err(Problem::new(IDEMPOTENCY_KEY_REUSED)),
        None => {
            let attempt = expected(&app, &order, form.payment_method, &attempt_id)?;
            app.admission.cancel().map_err(Refusal::answer)?;
            let (method, any_gateway) = (attempt.method, attempt.any_gateway);
            send(&app, PayOrder { order_id: order.order_id, attempt_id, method, any_gateway }, &headers).await?;
            attempt
        }
    };
    let status_url = format!("/api/v1/orders/{}/status", order.order_id);
    let accepted =
        PaymentAccepted { order_id: order.order_id, payment: payment.into(), status_url: status_url.clone() };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, status_url)], Answer(accepted)))
}

/// Whether an attempt that is known under a request's name can be what came of a request for this. One that was made may
/// have been made elsewhere than it was asked for.
fn is_answer(known: &PaymentAttempt, choice: PaymentChoice) -> bool {
    known.choice() == choice || known.fits(choice)
}

/// What the orders worker will make of it, unless something else happens to the order first.
fn expected(app: &App, order: &Order, choice: PaymentChoice, attempt_id: &str) -> Result<PaymentAttempt, Problem> {
    let attempts = order.payment_attempts();
    match order.next_attempt(choice, usize::MAX).map_err(problem)? {
        NextAttempt::Same(number) => {
            let same = attempts.into_iter().find(|attempt| attempt.number == number);
            same.ok_or_else(|| problem(Unpayable::NotAwaitingPayment))
        }
        // The fee is part of the invoice, with its own tax: an order that was priced without it cannot take it on.
        NextAttempt::New if choice == PaymentChoice::Cod && app.policy.charges_for_cash() => {
            let advice = "the shop takes a fee for cash, which is not in the order's total; cancel it and order anew";
            Err(Problem::new(CASH_COSTS_MORE).detail(advice))
        }
        NextAttempt::New => {
            let number = i32::try_from(attempts.len() + 1).unwrap_or(i32::MAX);
            let method = choice.method(order.card_gateway(FALLBACK));
            let attempt = PaymentAttempt::new(attempt_id.to_owned(), number, method, Timestamp::now());
            Ok(PaymentAttempt { any_gateway: choice.is_any_gateway(), ..attempt })
        }
    }
}

fn problem(why: Unpayable) -> Problem {
    match why {
        Unpayable::NotAwaitingPayment | Unpayable::TooManyAttempts => Problem::new(NOT_PAYABLE).detail(why.to_string()),
        Unpayable::HasCashFee => Problem::new(CASH_COSTS_MORE).detail(why.to_string()),
    }
}

fn too_early() -> Problem {
    Problem::new(NOT_PAYABLE).detail("the order is just being taken: ask again in a second").retry_after(1)
}

/// What the client calls the attempt, in a form that names nothing else. Without a key each request is one of its own.
fn name(key: Option<String>) -> String {
    const LENGTH: usize = 16;
    let key = key.unwrap_or_else(|| MessageId::generate().to_string());
    hex::encode(Sha256::digest(key)).chars().take(LENGTH).collect()
}

async fn send(app: &App, wish: PayOrder, headers: &HeaderMap) -> Result<(), Problem> {
    let order_id = wish.order_id;
    let id = MessageId::of_fact(&format!("pay/{}", wish.attempt_id));
    let from = inbox::From::about(order_id, id, Timestamp::now(), headers);
    app.inbox.send::<OrdersMessage>(order_id, wish, from).await
}
