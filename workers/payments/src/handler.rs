//! The contents page: which message is answered where.

use metrics::counter;
use schemas::{
    ids::OrderId,
    orders::OrdersMessage,
    payments::{PaymentDeadlineReached, PaymentsMessage},
    types::Timestamp,
};
use shared::{
    engine::{Handler, Outbox, Refusal},
    message::Delivery,
};

use crate::{
    advance::advance,
    answer::answer,
    cash,
    deadline::{Patience, deadline},
    dispute::{dispute, set_aside, tell_of_disputes},
    effect::GatewayEffect,
    ledger,
    payment::Payment,
    refund::refund,
    report::report,
    request::{cancel, request},
    rows::PaymentsRow,
    settlement::settled,
};

/// What a step may set in motion.
pub type Out<'a> = Outbox<'a, GatewayEffect, PaymentsRow>;

/// The rules of payments.
#[derive(Debug, Clone, Copy)]
pub struct Payments {
    /// How long each state waits before the gateway is asked again.
    pub patience: Patience,
}

impl Handler for Payments {
    type State = Payment;
    type Message = PaymentsMessage;
    type Effect = GatewayEffect;
    type Row = PaymentsRow;

    fn handle(
        &self,
        state: Option<Payment>,
        delivery: &Delivery<PaymentsMessage>,
        out: &mut Out<'_>,
    ) -> Result<Option<Payment>, Refusal> {
        check_key(delivery)?;
        let state = state.map(Payment::with_gateways);
        let before = state.clone();
        let after = match &delivery.message {
            PaymentsMessage::RequestPayment(command) => request(state, command)?,
            PaymentsMessage::CancelPayment(command) => cancel(state, command, out),
            PaymentsMessage::RefundPayment(command) => refund(known(state)?, command, out),
            PaymentsMessage::BookCash(command) => cash::book(state, command)?,
            PaymentsMessage::GatewayReported(event) => report(known(state)?, event, delivery.at, out)?,
            PaymentsMessage::GatewayAnswered(outcome) => {
                answer(known(state)?, outcome, (delivery.causation, delivery.at), out)?
            }
            PaymentsMessage::PaymentDeadlineReached(reached) => {
                deadline(known(state)?, reached.due_at, delivery.at, self.patience, out)
            }
            PaymentsMessage::DisputeReported(event) => dispute(known(state)?, event)?,
            PaymentsMessage::SettlementReported(line) => settled(known(state)?, line, delivery.at)?,
        };
        let after = set_aside(after);
        tell_of_disputes(before.as_ref(), &after, out);
        let after = advance(before.as_ref(), after, delivery.at, self.patience, out);
        show_failover(before.as_ref(), &after);
        ledger::book(before.as_ref(), &after, delivery, out);
        Ok(Some(after))
    }

    fn deadline_reached(&self, aggregate_id: &str, due_at: Timestamp) -> Option<PaymentsMessage> {
        let order_id = aggregate_id.parse().ok()?;
        Some(PaymentDeadlineReached { order_id, due_at }.into())
    }
}

/// Operators see when an attempt goes to another gateway than it was to be made at.
fn show_failover(before: Option<&Payment>, after: &Payment) {
    let Some(before) = before.filter(|before| before.main.attempt == after.main.attempt) else { return };
    if let (Some(from), Some(to)) = (before.main.gateway, after.main.gateway)
        && from != to
    {
        let (from, to) = (from.as_str(), to.as_str());
        counter!("payments_failovers_total", "from" => from, "to" => to).increment(1);
        tracing::warn!(order_id = %after.order_id, attempt = after.main.attempt, from, to, "the attempt goes to another gateway");
    }
}

/// Sends the process manager a message about its order.
pub fn tell(out: &mut Out<'_>, message: impl Into<OrdersMessage>, order_id: OrderId) {
    out.send::<OrdersMessage>(&order_id.to_string(), message);
}

fn known(state: Option<Payment>) -> Result<Payment, Refusal> {
    state.ok_or_else(|| Refusal::new("unknown_payment", "no payment was ever asked for under this order"))
}

/// A message that names its order must have come under that order's key. A webhook names none.
fn check_key(delivery: &Delivery<PaymentsMessage>) -> Result<(), Refusal> {
    let order_id = match &delivery.message {
        PaymentsMessage::RequestPayment(command) => command.order_id,
        PaymentsMessage::CancelPayment(command) => command.order_id,
        PaymentsMessage::RefundPayment(command) => command.order_id,
        PaymentsMessage::BookCash(command) => command.order_id,
        PaymentsMessage::GatewayAnswered(outcome) => outcome.order_id,
        PaymentsMessage::PaymentDeadlineReached(reached) => reached.order_id,
        PaymentsMessage::SettlementReported(line) => line.order_id,
        PaymentsMessage::GatewayReported(_) | PaymentsMessage::DisputeReported(_) => return Ok(()),
    };
    if order_id.to_string() == delivery.aggregate_id {
        return Ok(());
    }
    let detail = format!("a message about {order_id} came under the key {}", delivery.aggregate_id);
    Err(Refusal::new("key_mismatch", detail))
}
