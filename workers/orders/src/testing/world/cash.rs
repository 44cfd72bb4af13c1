//! The shop's people who write down what was taken in cash, and what was paid out of it: twice, too much, and late.

use schemas::{
    cash::{RecordCash, RecordPayout},
    documents::Order,
    ids::OrderId,
    orders::OrdersMessage,
    refunds::{OrderRefund, RefundState},
    types::{Money, OrderStatus},
};

use super::{START, World};

impl World {
    /// Cash is taken for some order, or a refund of it paid out; false if no order is there.
    pub(super) fn cash_moves(&mut self) -> bool {
        let all: Vec<OrderId> = self.orders.keys().copied().collect();
        if all.is_empty() {
            return false;
        }
        let order = self.orders[&all[self.chance.pick(all.len())]].clone();
        let message = match order.refunds.get(self.chance.pick(order.refunds.len() + 1)) {
            Some(refund) => payout(&order, refund),
            None => self.takes_cash(&order),
        };
        self.tell(message);
        true
    }

    /// What is outstanding, about half of it, or a paisa too much; told at once or late, and now and then once more.
    fn takes_cash(&mut self, order: &Order) -> OrdersMessage {
        let outstanding = order.cash_outstanding();
        let minor = [outstanding.minor, outstanding.minor / 2 + 1, outstanding.minor + 1][self.chance.pick(3)];
        let again = self.chance.one_in(6) && !order.cash.is_empty();
        let number = if again { order.cash.len() - 1 } else { order.cash.len() };
        let taken = RecordCash {
            order_id: order.order_id,
            instalment_id: format!("cash {number}"),
            amount: Money { minor, ..outstanding },
            received_at: if self.chance.one_in(2) { START } else { self.now },
            received_by: "the carrier".to_owned(),
            reference: String::new(),
            note: String::new(),
            admin_id: order.user_id,
        };
        taken.into()
    }

    /// A cancelled order is not at its end before its cash is paid out, which nobody but the shop's people can do.
    pub(super) fn pays_out_what_cancellations_wait_for(&mut self) -> bool {
        let waits = self.orders.values().filter(|order| order.status == OrderStatus::Cancelling);
        let owed = |order: &Order| {
            let owed = order.refunds.iter().find(|refund| refund.state == RefundState::Owed)?;
            Some(payout(order, owed))
        };
        let Some(message) = waits.filter_map(owed).next() else { return false };
        self.tell(message);
        true
    }
}

fn payout(order: &Order, refund: &OrderRefund) -> OrdersMessage {
    let (order_id, refund_id, admin_id) = (order.order_id, refund.refund_id.clone(), order.user_id);
    RecordPayout { order_id, refund_id, reference: String::new(), paid_at: START, admin_id }.into()
}
