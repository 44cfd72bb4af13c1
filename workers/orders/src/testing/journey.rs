//! One order going through `step`, message by message.

use std::time::Duration;

use schemas::{
    documents::Order,
    order_events::{OrderDisputed, OrderMoved, OrderRefunded, ReturnMoved},
    orders::{OrdersMessage, PlaceOrder},
    types::{PaymentMethod, Timestamp},
};
use shared::engine::{Refusal, State};

use super::{
    START, TOTAL, applied, deadline_reached, delivered, invoice_issued, payment_captured, payment_ready, place,
    reserved, shipment_booked,
};
use crate::{Command, Policy, step};

pub(crate) struct Journey {
    pub(crate) order: Order,
    pub(crate) now: Timestamp,
    /// Everything told to other workers so far.
    pub(crate) commands: Vec<String>,
    pub(crate) events: Vec<OrderMoved>,
    /// Everything that went back while the order stood.
    pub(crate) refunds: Vec<OrderRefunded>,
    /// Everything that came of disputes.
    pub(crate) disputes: Vec<OrderDisputed>,
    /// Every move that its returns made.
    pub(crate) returns: Vec<ReturnMoved>,
    /// The commands of the last message, whole.
    pub(crate) last: Vec<Command>,
}

impl Journey {
    pub(crate) fn placed(method: PaymentMethod) -> Self {
        Self::of(place(method))
    }

    /// An order of which the gateway is left to the shop.
    pub(crate) fn by_card() -> Self {
        Self::of(PlaceOrder { any_gateway: true, ..place(PaymentMethod::Stripe) })
    }

    /// An order whose coupon is asked for.
    pub(crate) fn with_coupon(method: PaymentMethod) -> Self {
        Self::of(PlaceOrder { coupon: Some(applied("MONSOON")), ..place(method) })
    }

    fn of(place: PlaceOrder) -> Self {
        let step = step(None, &place.into(), START, &Policy::default()).unwrap();
        let commands = step.commands.iter().map(ToString::to_string).collect();
        Self {
            order: step.order,
            now: START,
            commands,
            events: step.events,
            refunds: step.refunds,
            disputes: step.disputes,
            returns: step.returns,
            last: step.commands,
        }
    }

    /// A second later, tells the order something that it must not refuse; the commands that follow.
    pub(crate) fn tell(&mut self, message: impl Into<OrdersMessage>) -> Vec<String> {
        self.try_tell(message).unwrap()
    }

    pub(crate) fn try_tell(&mut self, message: impl Into<OrdersMessage>) -> Result<Vec<String>, Refusal> {
        self.now = self.now.plus(Duration::from_secs(1));
        let step = step(Some(self.order.clone()), &message.into(), self.now, &Policy::default())?;
        let told: Vec<String> = step.commands.iter().map(ToString::to_string).collect();
        self.order = step.order;
        self.commands.extend(told.clone());
        self.events.extend(step.events);
        self.refunds.extend(step.refunds);
        self.disputes.extend(step.disputes);
        self.returns.extend(step.returns);
        self.last = step.commands;
        Ok(told)
    }

    /// Lets the order's time run out.
    pub(crate) fn run_out(&mut self) -> Vec<String> {
        let due_at = State::deadline(&self.order).expect("the order has a deadline");
        self.now = due_at;
        self.tell(deadline_reached(due_at))
    }

    pub(crate) fn reserve_all(&mut self) {
        self.tell(reserved("OIL-FILTER"));
    }

    /// A paid order, its invoice not issued yet.
    pub(crate) fn paid() -> Self {
        let mut journey = Self::placed(PaymentMethod::Stripe);
        journey.reserve_all();
        journey.tell(payment_ready());
        journey.tell(payment_captured(TOTAL));
        journey
    }

    /// An order whose parcel waits for the carrier.
    pub(crate) fn packed(method: PaymentMethod) -> Self {
        let mut journey = Self::placed(method);
        journey.reserve_all();
        if method != PaymentMethod::Cod {
            journey.tell(payment_captured(TOTAL));
        }
        journey.tell(invoice_issued());
        journey.tell(shipment_booked());
        journey
    }

    /// An order that has arrived.
    pub(crate) fn delivered(method: PaymentMethod) -> Self {
        let mut journey = Self::packed(method);
        journey.tell(delivered());
        journey
    }

    /// The states the order was in, with the reasons.
    pub(crate) fn path(&self) -> String {
        let step = |step: &schemas::documents::Move| match step.reason.as_str() {
            "" => step.status.as_str().to_owned(),
            reason => format!("{}({reason})", step.status.as_str()),
        };
        self.order.history.iter().map(step).collect::<Vec<_>>().join(" ")
    }

    /// The part of [`Self::path`] behind the first `states` of them.
    pub(crate) fn path_after(&self, states: usize) -> String {
        self.path().split(' ').skip(states).collect::<Vec<_>>().join(" ")
    }
}
