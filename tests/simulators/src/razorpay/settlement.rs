//! What the account settles, as the dashboard's report, and what is planted into its books.

use super::Razorpay;
use super::book::{Book, Refund};
use super::payment::{Order, OrderTerms, Payment, PaymentTerms};
use crate::clock::unix_millis;
use crate::dispute::{Dispute, Move};
use crate::ids::fresh;
use crate::ledger::Labels;
use crate::plant::{OTHER_CURRENCY, What, Wish, fee_on};
use crate::web::json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The columns of <https://razorpay.com/docs/api/settlements/fetch-recon>.
const HEAD: &str = "entity_id,type,debit,credit,amount,currency,fee,tax,on_hold,settled,created_at,settled_at,\
                    settlement_id,description,payment_id,settlement_utr,order_id,order_receipt,method,dispute_id\n";

/// `GET /_sim/settlement.csv`: everything that moved so far, in one settlement. The dashboard's report, which has no API.
pub(super) async fn report(State(razorpay): State<Arc<Razorpay>>) -> Response {
    let book = razorpay.book();
    let captures = book.payments.iter().filter(|record| record.payment.is_captured()).flat_map(|record| {
        let payment = &record.payment;
        let settled = book.planted.settled(&payment.terms.id, payment.captured());
        settled.into_iter().map(|amount| capture(payment, amount))
    });
    let refunds = book.refunds.iter().flat_map(|made| {
        let settled = book.planted.settled(&made.id, made.amount);
        settled.into_iter().map(|amount| refund(made, amount))
    });
    let disputes = book.disputes.iter().flat_map(|dispute| for_dispute(&book, dispute));
    let rows: String = captures.chain(refunds).chain(disputes).collect();
    ([(header::CONTENT_TYPE, "text/csv")], format!("{HEAD}{rows}")).into_response()
}

fn capture(payment: &Payment, amount: i64) -> String {
    let (terms, charge) = (&payment.terms, fee_on(amount));
    format!(
        "{},payment,0,{},{},{},{},{},0,1,{},{},setl_1,,,utr_1,{},{},{},\n",
        terms.id,
        rupees(amount - charge.fee),
        rupees(amount),
        terms.order.currency,
        rupees(charge.fee),
        rupees(charge.tax),
        terms.created_at,
        terms.created_at,
        terms.order.id,
        terms.order.receipt.as_deref().unwrap_or_default(),
        terms.method,
    )
}

fn refund(made: &Refund, amount: i64) -> String {
    let (terms, amount, at) = (&made.payment.terms, rupees(amount), made.at_ms / 1_000);
    let (id, currency, order) = (&made.id, &terms.order.currency, &terms.order.id);
    format!("{id},refund,{amount},0,{amount},{currency},0,0,0,1,{at},{at},setl_1,,{},utr_1,{order},,,\n", terms.id)
}

/// What moved for a dispute, each in a row of its own.
fn for_dispute(book: &Book, dispute: &Dispute) -> Vec<String> {
    let Some(payment) = book.payment(&dispute.payment) else { return Vec::new() };
    let (terms, order) = (&payment.terms, &payment.terms.order);
    let row = |(nth, moved): (usize, &Move)| {
        let (debit, credit) = (rupees((-moved.amount).max(0)), rupees(moved.amount.max(0)));
        let (amount, at, currency) = (rupees(moved.amount.abs()), moved.at_ms / 1_000, &order.currency);
        let (id, payment, order, dispute) = (format!("adj_{}_{nth}", dispute.id), &terms.id, &order.id, &dispute.id);
        format!(
            "{id},adjustment,{debit},{credit},{amount},{currency},0,0,0,1,{at},{at},setl_1,dispute,{payment},utr_1,{order},,,{dispute}\n"
        )
    };
    dispute.moves.iter().enumerate().map(row).collect()
}

fn rupees(paise: i64) -> String {
    format!("{}.{:02}", paise / 100, paise % 100)
}

/// `POST /_sim/plant`
pub(super) async fn plant(State(razorpay): State<Arc<Razorpay>>, body: Bytes) -> Response {
    let planted = serde_json::from_slice::<Wish>(&body).map_err(|error| error.to_string());
    match planted.and_then(|wish| razorpay.plant(&wish)) {
        Ok(payment) => json(StatusCode::OK, &serde_json::json!({ "payment": payment })),
        Err(error) => json(StatusCode::UNPROCESSABLE_ENTITY, &serde_json::json!({ "error": error })),
    }
}

impl Razorpay {
    /// Plants a difference; the payment that it is about.
    fn plant(&self, wish: &Wish) -> Result<String, String> {
        let mut book = self.book();
        let known = book.payment(&wish.payment);
        let missing = || format!("no payment {:?}", wish.payment);
        match wish.what {
            What::Orphan => take(&mut book, Labels::new(), 12_345),
            What::DuplicateCapture => {
                let known = known.ok_or_else(missing)?;
                take(&mut book, (*known.terms.order.notes).clone(), known.terms.amount)
            }
            What::OtherAmount | What::OtherCurrency => {
                let found = book.payment_and_order(&wish.payment).filter(|(record, _)| record.payment.is_captured());
                let (record, _) = found.ok_or_else(missing)?;
                record.payment.terms = Arc::new(other_terms(&record.payment.terms, wish.what));
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
fn other_terms(terms: &PaymentTerms, what: What) -> PaymentTerms {
    match what {
        What::OtherAmount => PaymentTerms { amount: terms.amount - 1, ..terms.clone() },
        _ => {
            let order = OrderTerms { currency: OTHER_CURRENCY.to_owned(), ..(*terms.order).clone() };
            PaymentTerms { order: Arc::new(order), ..terms.clone() }
        }
    }
}

/// An order and a payment of it, captured without anybody being told.
fn take(book: &mut Book, notes: Labels, amount: i64) -> Result<String, String> {
    let now = unix_millis();
    let created_at = now / 1_000;
    let (order, payment) = (fresh("order_", 14), fresh("pay_", 14));
    let currency = "INR".to_owned();
    let terms = OrderTerms {
        id: order.clone(),
        amount,
        currency: currency.clone(),
        receipt: None,
        notes: Arc::new(notes),
        captures_at_once: false,
        created_at,
    };
    book.open(Order::new(terms), now);
    let make = |terms: &Arc<OrderTerms>| {
        let (id, order, method) = (payment.clone(), Arc::clone(terms), "card".to_owned());
        Payment::new(PaymentTerms { id, order, amount, method, created_at })
    };
    let refused = "a fresh order can be paid";
    book.attempt(&order, now, make).ok_or(refused)?.map_err(|refusal| format!("{refusal:?}"))?;
    let (record, order) = book.payment_and_order(&payment).ok_or(refused)?;
    record.payment.settle(true);
    record.payment.capture(order, amount, &currency).map_err(|refusal| format!("{refusal:?}"))?;
    record.captured_ms = Some(now);
    Ok(payment)
}
