//! Customers who send goods back, and the shop's people who decide about it and unpack them.

use schemas::{
    documents::Order,
    ids::OrderId,
    orders::OrdersMessage,
    returns::{
        DecideReturn, OrderReturn, ReceiveReturn, ReceivedUnits, RequestReturn, ReturnDecision, ReturnLine,
        ReturnReason, ReturnState, ReturnedUnits, WithdrawReturn,
    },
    types::OrderStatus,
};

use super::World;

impl World {
    /// The next thing that may happen to the goods of a delivered order, or once more what happened before; false if none is.
    pub(super) fn goods_come_back(&mut self) -> bool {
        let arrived = |order: &&Order| order.status == OrderStatus::Delivered;
        let delivered: Vec<OrderId> = self.orders.values().filter(arrived).map(|order| order.order_id).collect();
        if delivered.is_empty() {
            return false;
        }
        let order_id = delivered[self.chance.pick(delivered.len())];
        let returns = self.orders[&order_id].returns.clone();
        let message = match returns.get(self.chance.pick(returns.len() + 1)) {
            Some(of) => self.goes_on(order_id, of),
            None => self.asks_for_a_return(order_id, returns.len()),
        };
        self.tell(message);
        true
    }

    /// One or two units of some part: soon more than were bought.
    fn asks_for_a_return(&mut self, order_id: OrderId, number: usize) -> OrdersMessage {
        let lines = self.orders[&order_id].lines.clone();
        let sku = lines[self.chance.pick(lines.len())].sku.clone();
        let quantity = 1 + i32::from(self.chance.one_in(2));
        let wish = RequestReturn {
            order_id,
            return_id: format!("return {number} of {order_id}"),
            lines: vec![ReturnedUnits { sku, quantity }],
            reason: ReturnReason::NotNeeded,
            comment: String::new(),
            asked_at: self.now,
        };
        wish.into()
    }

    fn goes_on(&mut self, order_id: OrderId, of: &OrderReturn) -> OrdersMessage {
        let (return_id, admin_id) = (of.return_id.clone(), self.orders[&order_id].user_id);
        if self.chance.one_in(8) {
            return WithdrawReturn { order_id, return_id }.into();
        }
        if of.state == ReturnState::Requested {
            let decision = if self.chance.one_in(4) { ReturnDecision::Refuse } else { ReturnDecision::Approve };
            return DecideReturn { order_id, return_id, decision, reason: String::new(), admin_id }.into();
        }
        let broken = i32::from(self.chance.one_in(2));
        let came = |line: &ReturnLine| ReceivedUnits {
            sku: line.sku.clone(),
            restock: line.quantity - broken,
            write_off: broken,
        };
        let lines = of.lines.iter().map(came).collect();
        ReceiveReturn { order_id, return_id, lines, note: String::new(), admin_id }.into()
    }
}
