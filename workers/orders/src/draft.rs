//! One step in the making: the order as it changes, and what the change sets in motion.

use schemas::{
    coupons::{CouponCode, CouponsMessage},
    disputes::OrderDispute,
    documents::{Move, Order},
    ids::Sku,
    inventory::InventoryMessage,
    invoicing::InvoicingMessage,
    order_events::{OrderDisputed, OrderMoved, OrderRefunded, ReturnMoved},
    payments::PaymentsMessage,
    refunds::RefundedLine,
    returns::{OrderReturn, ReturnState, ReturnStep},
    shipping::ShippingMessage,
    types::{GatewayName, Money, OrderStatus, Timestamp},
};
use shared::engine::Refusal;

use crate::{policy::Policy, table};

/// What one message does to an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The order afterwards.
    pub order: Order,
    /// What other workers are told to do, in this order.
    pub commands: Vec<Command>,
    /// The moves the order made.
    pub events: Vec<OrderMoved>,
    /// What went back while it stood.
    pub refunds: Vec<OrderRefunded>,
    /// What came of disputes about its payment.
    pub disputes: Vec<OrderDisputed>,
    /// The moves that its returns made.
    pub returns: Vec<ReturnMoved>,
}

/// What another worker is told to do. Payments and shipping keep one aggregate per order, so need no key.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Told to the one writer of a coupon.
    Coupons(CouponCode, CouponsMessage),
    /// Told to the one writer of a part's stock.
    Inventory(Sku, InventoryMessage),
    /// Told to the order's payment.
    Payments(PaymentsMessage),
    /// Told to the one writer of a series of documents: [`schemas::invoicing::series_key`].
    Invoicing(String, InvoicingMessage),
    /// Told to the order's shipment.
    Shipping(ShippingMessage),
}

/// A step in the making.
pub(crate) struct Draft<'a> {
    pub(crate) order: Order,
    pub(crate) at: Timestamp,
    pub(crate) policy: &'a Policy,
    commands: Vec<Command>,
    events: Vec<OrderMoved>,
    refunds: Vec<OrderRefunded>,
    disputes: Vec<OrderDisputed>,
    returns: Vec<ReturnMoved>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(order: Order, at: Timestamp, policy: &'a Policy) -> Self {
        Self {
            order,
            at,
            policy,
            commands: Vec::new(),
            events: Vec::new(),
            refunds: Vec::new(),
            disputes: Vec::new(),
            returns: Vec::new(),
        }
    }

    pub(crate) fn finish(self) -> Step {
        let Self { order, commands, events, refunds, disputes, returns, .. } = self;
        Step { order, commands, events, refunds, disputes, returns }
    }

    pub(crate) fn status(&self) -> OrderStatus {
        self.order.status
    }

    /// Records that the order exists: the one state that no other leads to.
    pub(crate) fn begin(&mut self) {
        let at = self.order.placed_at.min(self.at);
        self.record(OrderStatus::Accepted, OrderStatus::Accepted, at, "");
    }

    /// Moves the order. The only place that changes its status, so that its history is legal by construction.
    ///
    /// # Errors
    /// `illegal_move` for a move that is not in the table: a fault of this crate, kept out of the record.
    pub(crate) fn move_to(&mut self, to: OrderStatus, reason: &str) -> Result<(), Refusal> {
        let from = self.status();
        if !table::is_legal(from, to) {
            return Err(Refusal::new("illegal_move", format!("{} to {}", from.as_str(), to.as_str())));
        }
        // The clocks of two brokers may differ; an order's own story never runs backwards.
        let at = self.order.history.last().map_or(self.at, |last| last.at.max(self.at));
        self.record(from, to, at, reason);
        Ok(())
    }

    fn record(&mut self, from: OrderStatus, to: OrderStatus, at: Timestamp, reason: &str) {
        self.order.status = to;
        self.order.stuck = false;
        self.order.history.push(Move { status: to, at, reason: reason.to_owned() });
        self.renew_deadline();
        self.events.push(OrderMoved {
            order_id: self.order.order_id,
            user_id: self.order.user_id,
            sequence: i32::try_from(self.order.history.len()).unwrap_or(i32::MAX),
            from,
            to,
            at,
        });
    }

    /// Records that money went back while the order stands, by one of its refunds or by none.
    pub(crate) fn gave_back(&mut self, refund_id: &str, amount: Money, lines: Vec<RefundedLine>) {
        let order = &self.order;
        self.refunds.push(OrderRefunded {
            order_id: order.order_id,
            user_id: order.user_id,
            refund_id: refund_id.to_owned(),
            amount,
            lines,
            invoice_number: order.invoice.as_ref().map(|invoice| invoice.number.clone()).unwrap_or_default(),
            at: self.at,
        });
    }

    /// Records that its payment is disputed, or what has come of that.
    pub(crate) fn disputed(&mut self, dispute: OrderDispute) {
        let OrderDispute { dispute_id, state, reason, amount, evidence_due, .. } = dispute;
        let (order_id, user_id, at) = (self.order.order_id, self.order.user_id, self.at);
        self.disputes.push(OrderDisputed { order_id, user_id, dispute_id, state, reason, amount, evidence_due, at });
    }

    pub(crate) fn return_of(&self, return_id: &str) -> Option<&OrderReturn> {
        self.order.returns.iter().find(|of| of.return_id == return_id)
    }

    /// Records that a return exists: the only move that no other leads to.
    pub(crate) fn begin_return(&mut self, return_id: &str, state: ReturnState) {
        self.record_return(return_id, state);
    }

    /// Moves a return. The only place that changes its state, so that its history is legal by construction.
    ///
    /// # Errors
    /// `illegal_return_move` for a move that is not in the table: a fault of this crate, kept out of the record.
    pub(crate) fn move_return(&mut self, return_id: &str, to: ReturnState) -> Result<(), Refusal> {
        let from = self.return_of(return_id).map(|of| of.state);
        if !from.is_some_and(|from| ReturnState::MOVES.contains(&(from, to))) {
            return Err(Refusal::new("illegal_return_move", format!("return {return_id}: {from:?} to {to:?}")));
        }
        self.record_return(return_id, to);
        Ok(())
    }

    fn record_return(&mut self, return_id: &str, to: ReturnState) {
        let (order_id, user_id) = (self.order.order_id, self.order.user_id);
        let Some(of) = self.order.returns.iter_mut().find(|of| of.return_id == return_id) else { return };
        // As with orders, a return's own story never runs backwards.
        let at = of.history.last().map_or(self.at, |last| last.at.max(self.at));
        of.state = to;
        of.history.push(ReturnStep { state: to, at });
        self.returns.push(ReturnMoved {
            order_id,
            user_id,
            return_id: return_id.to_owned(),
            sequence: i32::try_from(of.history.len()).unwrap_or(i32::MAX),
            to,
            reason: of.reason,
            lines: of.lines.clone(),
            refund: of.refund,
            at,
        });
    }

    /// Gives the order the full time of its state from now on.
    pub(crate) fn renew_deadline(&mut self) {
        self.order.deadline = self.policy.limit(self.status()).map(|limit| self.at.plus(limit));
    }

    pub(crate) fn tell_coupons(&mut self, code: CouponCode, message: impl Into<CouponsMessage>) {
        self.commands.push(Command::Coupons(code, message.into()));
    }

    pub(crate) fn tell_inventory(&mut self, sku: Sku, message: impl Into<InventoryMessage>) {
        self.commands.push(Command::Inventory(sku, message.into()));
    }

    pub(crate) fn tell_payments(&mut self, message: impl Into<PaymentsMessage>) {
        self.commands.push(Command::Payments(message.into()));
    }

    pub(crate) fn tell_invoicing(&mut self, series: String, message: impl Into<InvoicingMessage>) {
        self.commands.push(Command::Invoicing(series, message.into()));
    }

    pub(crate) fn tell_shipping(&mut self, message: impl Into<ShippingMessage>) {
        self.commands.push(Command::Shipping(message.into()));
    }
}

/// The gateway that takes the order's money; `None` where the carrier does.
pub(crate) fn gateway(order: &Order) -> Option<GatewayName> {
    order.payment_method.gateway()
}

#[cfg(test)]
mod tests {
    use schemas::types::PaymentMethod;

    use super::*;
    use crate::testing::{self, Journey};

    #[test]
    fn a_move_that_is_not_in_the_table_is_refused_and_changes_nothing() {
        let order = Journey::placed(PaymentMethod::Stripe).order;
        let policy = Policy::default();
        let mut draft = Draft::new(order.clone(), testing::START, &policy);
        assert_eq!(draft.move_to(OrderStatus::Shipped, "").unwrap_err().code, "illegal_move");
        let (commands, events, refunds, disputes, returns) = (vec![], vec![], vec![], vec![], vec![]);
        assert_eq!(draft.finish(), Step { order, commands, events, refunds, disputes, returns });
    }

    #[test]
    fn an_orders_story_never_runs_backwards() {
        let mut journey = Journey::placed(PaymentMethod::Cod);
        journey.now = Timestamp::from_millis(testing::START.as_millis() - 5_000);
        journey.reserve_all();
        assert!(journey.order.history.is_sorted_by_key(|step| step.at));
    }

    #[test]
    fn every_move_is_told_with_its_place_in_the_history() {
        let mut journey = Journey::placed(PaymentMethod::Cod);
        journey.reserve_all();
        let told: Vec<_> = journey.events.iter().map(|event| (event.sequence, event.from, event.to)).collect();
        use OrderStatus as S;
        assert_eq!(
            told,
            [(1, S::Accepted, S::Accepted), (2, S::Accepted, S::Reserving), (3, S::Reserving, S::Confirmed)]
        );
    }
}
