//! The process manager as the engine runs it.

use schemas::{
    coupons::CouponsMessage,
    documents::Order,
    inventory::InventoryMessage,
    invoicing::InvoicingMessage,
    order_events::OrderEvent,
    orders::{OrderDeadlineReached, OrdersMessage},
    payments::PaymentsMessage,
    refunds::{ListedRefund, OrderRefund},
    returns::ListedReturn,
    shipping::ShippingMessage,
    types::Timestamp,
};
use shared::{
    engine::{Handler, NoEffect, Outbox, Refusal},
    message::Delivery,
};

use crate::{
    Policy,
    draft::{Command, Step},
    rows::OrdersRow,
    step,
};

/// Moves orders.
#[derive(Debug, Clone)]
pub struct OrdersHandler {
    policy: Policy,
}

impl OrdersHandler {
    /// With the time limits of the configuration.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self { policy }
    }
}

impl Handler for OrdersHandler {
    type State = Order;
    type Message = OrdersMessage;
    type Effect = NoEffect;
    type Row = OrdersRow;

    fn handle(
        &self,
        state: Option<Order>,
        delivery: &Delivery<OrdersMessage>,
        out: &mut Outbox<'_, NoEffect, OrdersRow>,
    ) -> Result<Option<Order>, Refusal> {
        let refunds = state.as_ref().map(|order| order.refunds.clone()).unwrap_or_default();
        let step = step(state, &delivery.message, delivery.at, &self.policy)?;
        if step.order.order_id.to_string() != delivery.aggregate_id {
            let detail = format!("order {} under the key {}", step.order.order_id, delivery.aggregate_id);
            return Err(Refusal::new("wrong_key", detail));
        }
        list_refunds(&refunds, &step, out);
        Ok(Some(send(step, &delivery.aggregate_id, out)))
    }

    fn deadline_reached(&self, aggregate_id: &str, due_at: Timestamp) -> Option<OrdersMessage> {
        let order_id = aggregate_id.parse().ok()?;
        Some(OrderDeadlineReached { order_id, due_at }.into())
    }
}

/// The list of all refunds has each as it stands now.
fn list_refunds(before: &[OrderRefund], step: &Step, out: &mut Outbox<'_, NoEffect, OrdersRow>) {
    for refund in step.order.refunds.iter().filter(|refund| !before.contains(refund)) {
        out.save(OrdersRow::Refund(ListedRefund::of(&step.order, refund)));
    }
}

/// Puts what a step sets in motion into the outbox, and leaves the order.
fn send(step: Step, order_id: &str, out: &mut Outbox<'_, NoEffect, OrdersRow>) -> Order {
    for command in step.commands {
        match command {
            Command::Coupons(code, message) => out.send::<CouponsMessage>(code.as_str(), message),
            Command::Inventory(sku, message) => out.send::<InventoryMessage>(sku.as_str(), message),
            Command::Payments(message) => out.send::<PaymentsMessage>(order_id, message),
            Command::Invoicing(series, message) => out.send::<InvoicingMessage>(&series, message),
            Command::Shipping(message) => out.send::<ShippingMessage>(order_id, message),
        }
    }
    for moved in step.events {
        metrics::counter!("orders_moves_total", "to" => moved.to.as_str()).increment(1);
        out.send::<OrderEvent>(order_id, moved);
    }
    for refunded in step.refunds {
        out.send::<OrderEvent>(order_id, refunded);
    }
    for disputed in step.disputes {
        out.send::<OrderEvent>(order_id, disputed);
    }
    for of in step.order.returns.iter().filter(|of| step.returns.iter().any(|moved| moved.return_id == of.return_id)) {
        out.save(OrdersRow::Return(ListedReturn::of(&step.order, of)));
    }
    for moved in step.returns {
        metrics::counter!("returns_moves_total", "to" => moved.to.as_str()).increment(1);
        out.send::<OrderEvent>(order_id, moved);
    }
    step.order
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use schemas::types::PaymentMethod;
    use shared::{
        id::{CorrelationId, MessageId},
        message::{Outgoing, Position},
        trace::TraceContext,
    };

    use super::*;
    use crate::testing;

    fn delivery(aggregate_id: &str, message: impl Into<OrdersMessage>) -> Delivery<OrdersMessage> {
        let id = MessageId::generate();
        Delivery {
            id,
            causation: id,
            correlation: CorrelationId::generate(),
            aggregate_id: aggregate_id.to_owned(),
            at: testing::START,
            position: Position { partition: 0, offset: 0 },
            trace: TraceContext::start(),
            message: message.into(),
        }
    }

    fn handle(delivery: &Delivery<OrdersMessage>) -> (Result<Option<Order>, Refusal>, Vec<Outgoing>) {
        let rows = HashMap::new();
        let mut out = Outbox::new(delivery, &rows);
        let result = OrdersHandler::new(Policy::default()).handle(None, delivery, &mut out);
        (result, out.contents().0.to_vec())
    }

    #[test]
    fn what_a_step_sets_in_motion_goes_to_the_topics_of_those_it_concerns() {
        let place = testing::place(PaymentMethod::Cod);
        let id = place.order_id.to_string();
        let (order, sent) = handle(&delivery(&id, place));
        assert_eq!(order.unwrap().unwrap().order_id.to_string(), id);
        let addressed: Vec<_> = sent.iter().map(|out| (&*out.topic, out.key.as_str())).collect();
        let event = ("orders.events", id.as_str());
        assert_eq!(addressed, [("inventory.inbox", "BRAKE-PAD"), event, event]);
    }

    #[test]
    fn handling_a_message_again_sends_the_same_bytes() {
        let place = testing::place(PaymentMethod::Stripe);
        let delivery = delivery(&place.order_id.to_string(), place);
        assert_eq!(handle(&delivery).1, handle(&delivery).1);
    }

    #[test]
    fn an_order_under_a_foreign_key_is_refused_and_sends_nothing() {
        let (result, sent) = handle(&delivery("another", testing::place(PaymentMethod::Stripe)));
        assert_eq!(result.unwrap_err().code, "wrong_key");
        assert!(sent.is_empty());
    }

    #[test]
    fn a_due_time_becomes_a_message_to_the_order() {
        let place = testing::place(PaymentMethod::Stripe);
        let message =
            OrdersHandler::new(Policy::default()).deadline_reached(&place.order_id.to_string(), testing::START);
        let expected = OrderDeadlineReached { order_id: place.order_id, due_at: testing::START };
        assert_eq!(message, Some(expected.into()));
    }
}
