//! The PaymentIntents endpoints.

use super::Stripe;
use super::auth::Caller;
use super::balance;
use super::book::Cause;
use super::error::StripeError;
use super::event::{Kind, StripeEvent};
use super::form::Params;
use super::intent::{CaptureMethod, Change, Intent, Refusal, Terms};
use super::mutate::{Answer, Call, perform};
use super::render::{IntentObject, ListObject};
use crate::ids::fresh;
use crate::web::json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use std::sync::Arc;

/// Documented parameters of creation; those without a meaning here are accepted and ignored.
const CREATE_PARAMS: &[&str] = &[
    "amount",
    "automatic_payment_methods",
    "capture_method",
    "confirm",
    "confirmation_method",
    "currency",
    "customer",
    "description",
    "expand",
    "metadata",
    "off_session",
    "payment_method",
    "payment_method_options",
    "payment_method_types",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
];
const CONFIRM_PARAMS: &[&str] = &[
    "client_secret",
    "expand",
    "off_session",
    "payment_method",
    "payment_method_types",
    "receipt_email",
    "return_url",
];
const CAPTURE_PARAMS: &[&str] = &[
    "amount_to_capture",
    "expand",
    "final_capture",
    "metadata",
    "statement_descriptor",
    "statement_descriptor_suffix",
];
const CANCEL_PARAMS: &[&str] = &["cancellation_reason", "expand"];

type Shared = State<Arc<Stripe>>;

/// `POST /v1/payment_intents`
pub(super) async fn create(State(stripe): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let read = stripe.server_only(&headers).and_then(|()| {
        let call = Call::read("/v1/payment_intents".into(), &headers, &body, CREATE_PARAMS)?;
        let terms = terms(&call.params)?;
        Ok((call, terms))
    });
    let (call, terms) = match read {
        Ok(read) => read,
        Err(error) => return error.response(),
    };
    let card: Option<Arc<str>> = call.params.get("payment_method").map(Arc::from);
    let confirm = call.params.flag("confirm");
    perform(stripe, call, move |stripe, cause| open(stripe, cause, terms, card, confirm)).await
}

fn open(
    stripe: &Arc<Stripe>,
    cause: &Cause,
    terms: Terms,
    card: Option<Arc<str>>,
    confirm: bool,
) -> Result<Answer, StripeError> {
    let intent = Intent::new(Terms { created: cause.at_seconds(), ..terms }, card.clone());
    let id = intent.terms.id.clone();
    {
        let mut book = stripe.book();
        book.open(intent.clone(), cause.clone());
        stripe.outbox.post(StripeEvent::new(Kind::Created, intent.clone(), cause));
    }
    if confirm {
        let card = card.ok_or_else(|| StripeError::missing_parameter("payment_method"))?;
        return concluded(stripe.pay(&id, &card, cause), "confirmed", &id);
    }
    stripe.expect_payment(id);
    Ok(Answer::Intent(intent))
}

/// What was agreed, but for the time.
fn terms(params: &Params) -> Result<Terms, StripeError> {
    let amount = params.integer("amount")?.ok_or_else(|| StripeError::missing_parameter("amount"))?;
    let currency = params.get("currency").ok_or_else(|| StripeError::missing_parameter("currency"))?;
    if amount < 1 {
        return Err(StripeError::invalid_value("amount", "This value must be greater than or equal to 1."));
    }
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(StripeError::invalid_value("currency", format!("Invalid currency: {currency}.")));
    }
    let mut payment_method_types = params.list("payment_method_types");
    if payment_method_types.is_empty() {
        payment_method_types.push("card".to_owned());
    }
    let id = fresh("pi_3", 21);
    Ok(Terms {
        client_secret: fresh(&format!("{id}_secret_"), 21),
        id,
        amount,
        currency: currency.to_ascii_lowercase(),
        capture_method: capture_method(params)?,
        metadata: params.map("metadata"),
        description: params.get("description").map(str::to_owned),
        payment_method_types,
        created: 0,
    })
}

fn capture_method(params: &Params) -> Result<CaptureMethod, StripeError> {
    match params.get("capture_method") {
        None | Some("automatic_async") => Ok(CaptureMethod::AutomaticAsync),
        Some("automatic") => Ok(CaptureMethod::Automatic),
        Some("manual") => Ok(CaptureMethod::Manual),
        Some(other) => Err(StripeError::invalid_value(
            "capture_method",
            format!("Invalid capture_method: must be one of automatic, automatic_async, or manual, not {other}"),
        )),
    }
}

/// `GET /v1/payment_intents/{id}`, for the server, or for a browser with the client secret.
pub(super) async fn retrieve(
    State(stripe): Shared,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::decode(query.unwrap_or_default().as_bytes());
    let found = stripe.caller(&headers).and_then(|caller| visible(&stripe, caller, &id, params.get("client_secret")));
    match found {
        Ok(intent) => {
            let object = IntentObject::of(&intent).expanded(balance::expands_charge(&params), &intent);
            json(StatusCode::OK, &object)
        }
        Err(error) => error.response(),
    }
}

/// The intent, if the caller may see it.
fn visible(stripe: &Stripe, caller: Caller, id: &str, secret: Option<&str>) -> Result<Intent, StripeError> {
    let missing = || StripeError::missing("payment_intent", id, "intent");
    let intent = stripe.book().intent(id).ok_or_else(missing)?;
    match caller {
        Caller::Server => Ok(intent),
        Caller::Browser if secret == Some(&intent.terms.client_secret) => Ok(intent),
        Caller::Browser => Err(missing()),
    }
}

/// `GET /v1/payment_intents`
pub(super) async fn list(State(stripe): Shared, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let params = Params::decode(query.unwrap_or_default().as_bytes());
    let (page, has_more) = match stripe.server_only(&headers).and_then(|()| balance::intents(&stripe, &params)) {
        Ok(page) => page,
        Err(error) => return error.response(),
    };
    let expanded = balance::expands_charge(&params);
    let data = page.iter().map(|intent| IntentObject::of(intent).expanded(expanded, intent)).collect();
    json(StatusCode::OK, &ListObject { object: "list", url: "/v1/payment_intents", has_more, data })
}

/// The documented `limit`: 10 unless given, from 1 to 100.
pub(super) fn page_limit(params: &Params) -> Result<usize, StripeError> {
    match params.integer("limit")?.unwrap_or(10) {
        limit @ 1..=100 => Ok(limit as usize),
        _ => Err(StripeError::invalid_value("limit", "This value must be between 1 and 100.")),
    }
}

/// `POST /v1/payment_intents/{id}/confirm`, by the server, or by a browser with the client secret.
pub(super) async fn confirm(
    State(stripe): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let read = stripe.caller(&headers).and_then(|caller| {
        let call = Call::read(format!("/v1/payment_intents/{id}/confirm"), &headers, &body, CONFIRM_PARAMS)?;
        let intent = visible(&stripe, caller, &id, call.params.get("client_secret"))?;
        let card: Option<Arc<str>> = call.params.get("payment_method").map(Arc::from).or(intent.payment_method);
        Ok((call, card))
    });
    match read {
        Err(error) => error.response(),
        Ok((call, Some(card))) => {
            perform(stripe, call, move |stripe, cause| concluded(stripe.pay(&id, &card, cause), "confirmed", &id)).await
        }
        Ok((_, None)) => StripeError::missing_parameter("payment_method").response(),
    }
}

/// `POST /v1/payment_intents/{id}/capture`
pub(super) async fn capture(
    State(stripe): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let read = stripe.server_only(&headers).and_then(|()| {
        let call = Call::read(format!("/v1/payment_intents/{id}/capture"), &headers, &body, CAPTURE_PARAMS)?;
        let amount = call.params.integer("amount_to_capture")?;
        Ok((call, amount))
    });
    match read {
        Err(error) => error.response(),
        Ok((call, amount)) => {
            perform(stripe, call, move |stripe, cause| {
                concluded(stripe.change(&id, cause, |intent| intent.capture(amount)), "captured", &id)
            })
            .await
        }
    }
}

/// `POST /v1/payment_intents/{id}/cancel`
pub(super) async fn cancel(State(stripe): Shared, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let read = stripe
        .server_only(&headers)
        .and_then(|()| Call::read(format!("/v1/payment_intents/{id}/cancel"), &headers, &body, CANCEL_PARAMS));
    match read {
        Err(error) => error.response(),
        Ok(call) => {
            let reason: Option<Arc<str>> = call.params.get("cancellation_reason").map(Arc::from);
            perform(stripe, call, move |stripe, cause| {
                let step = |intent: &mut Intent| intent.cancel(cause.at_seconds(), reason);
                concluded(stripe.change(&id, cause, step), "canceled", &id)
            })
            .await
        }
    }
}

/// The answer to a change of an intent.
fn concluded(
    outcome: Option<Result<(Change, Intent), (Refusal, Intent)>>,
    verb: &str,
    id: &str,
) -> Result<Answer, StripeError> {
    match outcome {
        None => Err(StripeError::missing("payment_intent", id, "intent")),
        Some(Err((refusal, intent))) => Err(StripeError::refused(refusal, verb, &intent)),
        Some(Ok((Change::Declined(decline), intent))) => Err(StripeError::declined(decline, &intent)),
        Some(Ok((_, intent))) => Ok(Answer::Intent(intent)),
    }
}

/// Any other path.
pub(super) async fn unknown_route(method: Method, uri: Uri) -> Response {
    StripeError::unknown_route(method.as_str(), uri.path()).response()
}
