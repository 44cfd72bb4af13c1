//! What the account settles, and what is planted into its books.

use super::Stripe;
use super::api::page_limit;
use super::book::{Book, Cause};
use super::dispute::{DisputeObject, category, transaction_id};
use super::error::StripeError;
use super::form::Params;
use super::intent::{CaptureMethod, Intent, Terms, Verdict};
use super::render::{ChargeObject, ListObject, RefundObject};
use crate::dispute::Dispute;
use crate::ids::fresh;
use crate::ledger::Labels;
use crate::plant::{Fee, OTHER_CURRENCY, What, Wish, fee_on};
use crate::web::json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;

/// <https://docs.stripe.com/api/balance_transactions/object>
#[derive(Serialize)]
struct Transaction<'a> {
    /// What it is for, for the filter.
    #[serde(skip)]
    entity: &'a str,
    id: String,
    object: &'static str,
    amount: i64,
    available_on: i64,
    created: i64,
    currency: &'a str,
    description: Option<&'a str>,
    exchange_rate: Option<f64>,
    fee: i64,
    fee_details: Vec<FeeDetail<'a>>,
    net: i64,
    reporting_category: &'static str,
    source: Source<'a>,
    status: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// A part of a fee.
#[derive(Serialize)]
struct FeeDetail<'a> {
    amount: i64,
    application: Option<&'static str>,
    currency: &'a str,
    description: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// What a transaction is for: its id, or all of it where it was asked to be expanded.
#[derive(Serialize)]
#[serde(untagged)]
enum Source<'a> {
    Name(&'a str),
    Charge(Box<ChargeObject<'a>>),
    Refund(Box<RefundObject<'a>>),
    Dispute(Box<DisputeObject<'a>>),
}

/// A stretch of time in Unix seconds, as `created[gte]` and `created[lt]` give it.
#[derive(Clone, Copy)]
pub(super) struct Created {
    from: i64,
    to: i64,
}

impl Created {
    pub(super) fn of(params: &Params) -> Self {
        let bounds = params.map("created");
        let bound = |name: &str, otherwise| bounds.get(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
        Self { from: bound("gte", i64::MIN), to: bound("lt", i64::MAX) }
    }

    pub(super) fn contains(self, seconds: i64) -> bool {
        self.from <= seconds && seconds < self.to
    }
}

/// `GET /v1/balance_transactions`
pub(super) async fn list(State(stripe): State<Arc<Stripe>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let params = Params::decode(query.unwrap_or_default().as_bytes());
    let limit = match stripe.server_only(&headers).and_then(|()| page_limit(&params)) {
        Ok(limit) => limit,
        Err(error) => return error.response(),
    };
    let created = Created::of(&params);
    let expanded = params.list("expand").iter().any(|field| field == "data.source");
    let book = stripe.book();
    let mut found = transactions(&book, expanded);
    found.retain(|transaction| created.contains(transaction.created));
    if let Some(source) = params.get("source") {
        found.retain(|transaction| transaction.entity == source);
    }
    found.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
    if let Some(after) = params.get("starting_after") {
        let seen = found.iter().position(|transaction| transaction.id == after).map_or(0, |last| last + 1);
        found.drain(..seen);
    }
    let has_more = found.len() > limit;
    found.truncate(limit);
    json(StatusCode::OK, &ListObject { object: "list", url: "/v1/balance_transactions", has_more, data: found })
}

fn transactions(book: &Book, expanded: bool) -> Vec<Transaction<'_>> {
    let mut all = Vec::new();
    for record in &book.records {
        let (Some(cause), Some(charge)) = (&record.captured, record.intent.charge.as_deref()) else { continue };
        let settled = book.planted.settled(&record.intent.terms.id, record.intent.captured);
        for (copy, amount) in settled.into_iter().enumerate() {
            let source = if expanded {
                Source::Charge(Box::new(ChargeObject::of(&record.intent)))
            } else {
                Source::Name(charge)
            };
            let id = format!("txn_{charge}_{copy}");
            let made = transaction(id, amount, &record.intent.terms.currency, cause, source);
            all.push(Transaction { entity: charge, ..made });
        }
    }
    for refund in &book.refunds {
        for (copy, amount) in book.planted.settled(&refund.id, refund.amount).into_iter().enumerate() {
            let source = if expanded { Source::Refund(Box::new(refund.object())) } else { Source::Name(&refund.id) };
            let id = format!("txn_{}_{copy}", refund.id);
            let made = transaction(id, -amount, &refund.intent.terms.currency, &refund.cause, source);
            all.push(Transaction { entity: &refund.id, ..made });
        }
    }
    all.extend(book.disputes.iter().flat_map(|dispute| for_dispute(book, dispute, expanded)));
    all
}

/// What moved for a dispute.
fn for_dispute<'a>(book: &'a Book, dispute: &'a Dispute, expanded: bool) -> impl Iterator<Item = Transaction<'a>> {
    let found = book.records.iter().find(|record| record.intent.terms.id == dispute.payment);
    found.into_iter().flat_map(move |record| {
        dispute.moves.iter().enumerate().map(move |(nth, moved)| {
            let source = if expanded {
                Source::Dispute(Box::new(DisputeObject::of(dispute, &record.intent)))
            } else {
                Source::Name(&dispute.id)
            };
            let cause = Cause { at_ms: moved.at_ms, key: None };
            let currency = &record.intent.terms.currency;
            let made = transaction(transaction_id(dispute, nth), moved.amount, currency, &cause, source);
            let (fee, net) = (moved.fee, moved.amount - moved.fee);
            let (kind, reporting_category) = ("adjustment", category(moved));
            Transaction { entity: &dispute.id, fee, net, kind, reporting_category, ..made }
        })
    })
}

fn transaction<'a>(id: String, amount: i64, currency: &'a str, cause: &Cause, source: Source<'a>) -> Transaction<'a> {
    let Fee { fee, tax } = fee_on(amount.max(0));
    let detail = |(amount, description, kind)| FeeDetail { amount, application: None, currency, description, kind };
    let parts = [(fee - tax, "Stripe processing fees", "stripe_fee"), (tax, "GST", "tax")];
    let fee_details = parts.into_iter().filter(|(amount, ..)| *amount > 0).map(detail).collect();
    let kind = if amount < 0 { "refund" } else { "charge" };
    Transaction {
        entity: "",
        id,
        object: "balance_transaction",
        amount,
        available_on: cause.at_seconds(),
        created: cause.at_seconds(),
        currency,
        description: None,
        exchange_rate: None,
        fee,
        fee_details,
        net: amount - fee,
        reporting_category: kind,
        source,
        status: "available",
        kind,
    }
}

/// `POST /_sim/plant`
pub(super) async fn plant(State(stripe): State<Arc<Stripe>>, body: Bytes) -> Response {
    let planted = serde_json::from_slice::<Wish>(&body).map_err(|error| error.to_string());
    match planted.and_then(|wish| stripe.plant(&wish)) {
        Ok(payment) => json(StatusCode::OK, &serde_json::json!({ "payment": payment })),
        Err(error) => json(StatusCode::UNPROCESSABLE_ENTITY, &serde_json::json!({ "error": error })),
    }
}

impl Stripe {
    /// Plants a difference; the payment that it is about.
    fn plant(&self, wish: &Wish) -> Result<String, String> {
        let mut book = self.book();
        let known = book.intent(&wish.payment);
        let missing = || format!("no payment {:?}", wish.payment);
        match wish.what {
            What::Orphan => Ok(take(&mut book, Labels::new(), 12_345)),
            What::DuplicateCapture => {
                let known = known.ok_or_else(missing)?;
                Ok(take(&mut book, known.terms.metadata.clone(), known.terms.amount))
            }
            What::OtherAmount | What::OtherCurrency => {
                let found = book.record(&wish.payment).filter(|record| record.intent.captured > 0);
                let record = found.ok_or_else(missing)?;
                let terms = other_terms(&record.intent.terms, wish.what);
                record.intent.captured = terms.amount;
                record.intent.terms = Arc::new(terms);
                Ok(wish.payment.clone())
            }
            what if known.is_some() || book.refund(&wish.payment).is_some() => {
                book.planted.add(what, &wish.payment);
                Ok(wish.payment.clone())
            }
            _ => Err(missing()),
        }
    }
}

/// What the customer paid, had it not been what was asked for.
fn other_terms(terms: &Terms, what: What) -> Terms {
    match what {
        What::OtherAmount => Terms { amount: terms.amount - 1, ..terms.clone() },
        _ => Terms { currency: OTHER_CURRENCY.to_ascii_lowercase(), ..terms.clone() },
    }
}

/// A payment that is captured without anybody being told.
fn take(book: &mut Book, metadata: Labels, amount: i64) -> String {
    let cause = Cause::now(None);
    let id = fresh("pi_3", 21);
    let terms = Terms {
        client_secret: fresh(&format!("{id}_secret_"), 21),
        id: id.clone(),
        amount,
        currency: "inr".to_owned(),
        capture_method: CaptureMethod::Automatic,
        metadata,
        description: None,
        payment_method_types: vec!["card".to_owned()],
        created: cause.at_seconds(),
    };
    let mut intent = Intent::new(terms, None);
    // Refused never: the intent is fresh.
    let _ = intent.confirm("pm_card_visa".into(), fresh("ch_3", 21).into(), Verdict::Approved);
    book.open(intent, cause.clone());
    if let Some(record) = book.record(&id) {
        record.captured = Some(cause);
    }
    id
}

/// Which intents an intent list shows with their charge.
pub(super) fn expands_charge(params: &Params) -> bool {
    params.list("expand").iter().any(|field| matches!(field.as_str(), "data.latest_charge" | "latest_charge"))
}

/// The range and the page of a list of intents.
pub(super) fn intents(stripe: &Stripe, params: &Params) -> Result<(Vec<Intent>, bool), StripeError> {
    let limit = page_limit(params)?;
    let created = Created::of(params);
    Ok(stripe.book().page(limit, params.get("starting_after"), |intent| created.contains(intent.terms.created)))
}
