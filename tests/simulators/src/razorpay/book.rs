//! All orders, payments and refunds of the run.

use super::payment::{Order, OrderTerms, Payment, PaymentStatus, Refusal};
use crate::dispute::Dispute;
use crate::ledger::Labels;
use crate::plant::Planted;
use std::collections::HashMap;
use std::sync::Arc;

/// One order with its payments.
#[derive(Clone, Debug)]
pub(super) struct OrderRecord {
    pub(super) order: Order,
    pub(super) created_ms: i64,
    /// Positions in [`Book::payments`].
    pub(super) payments: Vec<usize>,
}

/// One payment with what happened to it.
#[derive(Clone, Debug)]
pub(super) struct PaymentRecord {
    pub(super) payment: Payment,
    pub(super) created_ms: i64,
    pub(super) captured_ms: Option<i64>,
    /// Position in [`Book::orders`].
    pub(super) order: usize,
    /// Positions in [`Book::refunds`].
    pub(super) refunds: Vec<usize>,
}

/// One refund; it never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refund {
    pub(super) id: String,
    pub(super) amount: i64,
    pub(super) payment: Payment,
    pub(super) notes: Labels,
    pub(super) receipt: Option<String>,
    pub(super) key: Option<String>,
    pub(super) at_ms: i64,
}

/// Everything the account holds, in the order it came.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) orders: Vec<OrderRecord>,
    by_order: HashMap<String, usize>,
    by_receipt: HashMap<String, Vec<usize>>,
    pub(super) payments: Vec<PaymentRecord>,
    by_payment: HashMap<String, usize>,
    pub(super) refunds: Vec<Arc<Refund>>,
    by_refund: HashMap<String, usize>,
    pub(super) disputes: Vec<Dispute>,
    pub(super) planted: Planted,
}

impl Book {
    /// Adds a fresh order.
    pub(super) fn open(&mut self, order: Order, created_ms: i64) {
        let position = self.orders.len();
        self.by_order.insert(order.terms.id.clone(), position);
        if let Some(receipt) = &order.terms.receipt {
            self.by_receipt.entry(receipt.clone()).or_default().push(position);
        }
        self.orders.push(OrderRecord { order, created_ms, payments: Vec::new() });
    }

    /// A snapshot of an order.
    pub(super) fn order(&self, id: &str) -> Option<Order> {
        self.by_order.get(id).map(|position| self.orders[*position].order.clone())
    }

    /// The orders with this receipt, oldest first.
    pub(super) fn with_receipt(&self, receipt: &str) -> Vec<Order> {
        let positions = self.by_receipt.get(receipt).into_iter().flatten();
        positions.map(|position| self.orders[*position].order.clone()).collect()
    }

    /// At most `count` orders, newest first.
    pub(super) fn latest(&self, count: usize) -> Vec<Order> {
        self.orders.iter().rev().take(count).map(|record| record.order.clone()).collect()
    }

    /// A snapshot of a payment.
    pub(super) fn payment(&self, id: &str) -> Option<Payment> {
        self.by_payment.get(id).map(|position| self.payments[*position].payment.clone())
    }

    /// Snapshots of an order's payments.
    pub(super) fn payments_of(&self, order: &str) -> Option<Vec<Payment>> {
        let record = &self.orders[*self.by_order.get(order)?];
        Some(record.payments.iter().map(|position| self.payments[*position].payment.clone()).collect())
    }

    /// The customer tries to pay an order; `make` builds the payment from the order's terms.
    pub(super) fn attempt(
        &mut self,
        order: &str,
        created_ms: i64,
        make: impl FnOnce(&Arc<OrderTerms>) -> Payment,
    ) -> Option<Result<Payment, Refusal>> {
        let position = *self.by_order.get(order)?;
        let record = &mut self.orders[position];
        let earlier: Vec<PaymentStatus> =
            record.payments.iter().map(|earlier| self.payments[*earlier].payment.status).collect();
        if let Err(refusal) = record.order.attempt(&earlier) {
            return Some(Err(refusal));
        }
        let payment = make(&record.order.terms);
        record.payments.push(self.payments.len());
        self.by_payment.insert(payment.terms.id.clone(), self.payments.len());
        self.payments.push(PaymentRecord {
            payment: payment.clone(),
            created_ms,
            captured_ms: None,
            order: position,
            refunds: Vec::new(),
        });
        Some(Ok(payment))
    }

    /// A payment's record and its order.
    pub(super) fn payment_and_order(&mut self, id: &str) -> Option<(&mut PaymentRecord, &mut Order)> {
        let record = self.payments.get_mut(*self.by_payment.get(id)?)?;
        let order = &mut self.orders.get_mut(record.order)?.order;
        Some((record, order))
    }

    /// Adds a refund that its payment has already agreed to.
    pub(super) fn add_refund(&mut self, refund: Refund) -> Arc<Refund> {
        let (position, refund) = (self.refunds.len(), Arc::new(refund));
        self.by_refund.insert(refund.id.clone(), position);
        if let Some((record, _)) = self.payment_and_order(&refund.payment.terms.id) {
            record.refunds.push(position);
        }
        self.refunds.push(Arc::clone(&refund));
        refund
    }

    /// A refund.
    pub(super) fn refund(&self, id: &str) -> Option<Arc<Refund>> {
        self.by_refund.get(id).map(|position| Arc::clone(&self.refunds[*position]))
    }

    /// A payment's refunds.
    pub(super) fn refunds_of(&self, payment: &str) -> Option<Vec<Arc<Refund>>> {
        let record = &self.payments[*self.by_payment.get(payment)?];
        Some(record.refunds.iter().map(|position| Arc::clone(&self.refunds[*position])).collect())
    }
}
