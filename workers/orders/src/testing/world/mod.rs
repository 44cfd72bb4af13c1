//! Many orders and all the other workers, each simulated in a few lines: commands and reports are delivered in any
//! order that their queues allow, some of them twice, until nothing is left to say. Then goods, money and papers must
//! add up.

mod carrier;
mod cash;
mod checks;
mod desk;
mod gateway;
mod papers;
mod returns;
mod stock;
mod tests;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use carrier::Carrier;
use desk::Desk;
use gateway::Gateway;
use papers::Papers;
use schemas::{
    documents::Order,
    ids::OrderId,
    inventory::InventoryMessage,
    orders::{
        CancelOrder, CorrectInvoice, OrderDeadlineReached, OrdersMessage, PlaceOrder, RefundOrder, RefundedUnits,
    },
    types::{Money, Timestamp},
};
use shared::engine::State;
use stock::{Stock, Told};

use super::START;
use crate::{Command, Policy, step};

/// Decides everything that is left to chance: a list of choices, and always the first one when the list is used up, so
/// that a failure shrinks to a short story.
pub(super) struct Chance {
    choices: VecDeque<u16>,
}

impl Chance {
    pub(super) fn new(choices: Vec<u16>) -> Self {
        Self { choices: choices.into() }
    }

    /// One of `n` possibilities; the first if there is no choice left.
    pub(super) fn pick(&mut self, n: usize) -> usize {
        self.choices.pop_front().map_or(0, |choice| usize::from(choice) % n.max(1))
    }

    /// Happens one time in `n`, and never when there is no choice left.
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.pick(n) == n - 1
    }
}

/// What waits together: everything told to one aggregate of one worker, which keeps its order, or by one worker to one
/// order, where in troubled times the last may overtake the first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Queue {
    Coupon(String),
    Stock(String),
    Gateway(OrderId),
    Papers(String),
    Carrier(OrderId),
    Report(&'static str, OrderId),
}

#[derive(Debug, Clone)]
enum Letter {
    Command(Command),
    Report(OrdersMessage),
}

pub(super) struct World {
    pub(super) orders: BTreeMap<OrderId, Order>,
    pub(super) desk: Desk,
    pub(super) stock: Stock,
    pub(super) gateway: Gateway,
    pub(super) papers: Papers,
    pub(super) carrier: Carrier,
    queues: BTreeMap<Queue, VecDeque<Letter>>,
    chance: Chance,
    now: Timestamp,
    /// Whether customers cancel and pay late, gateways and carriers refuse, reports come twice.
    troubled: bool,
}

impl World {
    pub(super) fn new(stock: Stock, chance: Chance, troubled: bool) -> Self {
        Self {
            orders: BTreeMap::new(),
            desk: Desk::default(),
            stock,
            gateway: Gateway::default(),
            papers: Papers::default(),
            carrier: Carrier::default(),
            queues: BTreeMap::new(),
            chance,
            now: START,
            troubled,
        }
    }

    pub(super) fn place(&mut self, place: PlaceOrder) {
        let step = step(None, &place.into(), self.now, &Policy::default()).unwrap();
        self.apply(step);
    }

    /// Lets everything happen that can: messages as long as there are any, then the customers and the carrier's van,
    /// then the deadlines.
    pub(super) fn run(&mut self) {
        for _ in 0..5_000 {
            let acted = self.troubled && self.chance.one_in(4) && self.somebody_acts();
            if !acted
                && !self.deliver()
                && !self.somebody_acts()
                && !self.pays_out_what_cancellations_wait_for()
                && !self.time_runs_out()
            {
                return;
            }
            self.now = self.now.plus(Duration::from_millis(200));
        }
        panic!("the world does not come to rest: {:?}", self.orders.values().map(|order| order.status));
    }

    /// Delivers the first letter of some queue; false if there is none.
    fn deliver(&mut self) -> bool {
        let waiting: Vec<Queue> =
            self.queues.iter().filter(|(_, letters)| !letters.is_empty()).map(|(queue, _)| queue.clone()).collect();
        if waiting.is_empty() {
            return false;
        }
        let queue = &waiting[self.chance.pick(waiting.len())];
        let letters = self.queues.get_mut(queue).unwrap();
        let overtaken = self.troubled && matches!(queue, Queue::Report(..)) && self.chance.one_in(6);
        let letter = letters.remove(if overtaken { letters.len() - 1 } else { 0 }).unwrap();
        if self.troubled && self.chance.one_in(8) {
            let place = self.chance.pick(letters.len() + 1);
            letters.insert(place, letter.clone());
        }
        match letter {
            Letter::Command(command) => self.obey(command),
            Letter::Report(message) => self.tell(message),
        }
        true
    }

    /// Another worker does what it is told, and reports.
    fn obey(&mut self, command: Command) {
        let (who, reports) = match command {
            Command::Coupons(_, message) => ("desk", self.desk.obey(&message)),
            Command::Inventory(_, message) => return self.stock_tells(&message),
            Command::Payments(message) => ("gateway", self.gateway.obey(&message, &mut self.chance, self.troubled)),
            Command::Invoicing(series, message) => ("papers", self.papers.obey(&series, &message)),
            Command::Shipping(message) => ("carrier", self.carrier.obey(&message, &mut self.chance, self.troubled)),
        };
        self.report(who, reports);
    }

    fn stock_tells(&mut self, message: &InventoryMessage) {
        for told in self.stock.obey(message) {
            match told {
                Told::Order(order_id, report) => self.report("stock", vec![(order_id, report)]),
                Told::NextPart(order_id, command) => self.send(order_id, command),
            }
        }
    }

    fn report(&mut self, who: &'static str, reports: Vec<(OrderId, OrdersMessage)>) {
        for (order_id, report) in reports {
            self.queues.entry(Queue::Report(who, order_id)).or_default().push_back(Letter::Report(report));
        }
    }

    /// A customer pays, is declined or cancels, or the carrier moves a parcel; false if nobody has anything to do.
    fn somebody_acts(&mut self) -> bool {
        if self.troubled && self.chance.one_in(12) {
            return self.time_runs_out();
        }
        if self.troubled && self.chance.one_in(6) {
            self.somebody_cancels();
            return true;
        }
        if self.troubled && self.chance.one_in(6) {
            self.somebody_gives_back();
            return true;
        }
        if self.troubled && self.chance.one_in(6) {
            self.somebody_corrects();
            return true;
        }
        if self.troubled && self.chance.one_in(4) {
            return self.cash_moves();
        }
        if self.troubled && self.chance.one_in(4) {
            return self.goods_come_back();
        }
        let paid = self.gateway.customer_acts(&mut self.chance, self.troubled);
        let moved = self.carrier.van_moves(&mut self.chance);
        let acted = !paid.is_empty() || !moved.is_empty();
        self.report("gateway", paid);
        self.report("carrier", moved);
        acted
    }

    fn somebody_cancels(&mut self) {
        let all: Vec<_> = self.orders.keys().copied().collect();
        let order_id = all[self.chance.pick(all.len())];
        self.tell(CancelOrder { order_id, reason: String::new() }.into());
    }

    /// Half of what an order costs, or one unit of its first part: together easily more than was paid.
    fn somebody_gives_back(&mut self) {
        let all: Vec<_> = self.orders.keys().copied().collect();
        let order = &self.orders[&all[self.chance.pick(all.len())]];
        let total = order.totals.grand_total;
        let unit = RefundedUnits { sku: order.lines[0].sku.clone(), quantity: 1 };
        let (amount, lines) = match self.chance.pick(2) {
            0 => (Some(Money { minor: total.minor / 2, ..total }), Vec::new()),
            _ => (None, vec![unit]),
        };
        let (order_id, admin_id) = (order.order_id, order.user_id);
        let refund_id = format!("refund {}", order.refunds.len());
        self.tell(RefundOrder { order_id, refund_id, amount, lines, reason: String::new(), admin_id }.into());
    }

    /// The buyer of the invoice in force, or of one that was.
    fn somebody_corrects(&mut self) {
        let all: Vec<_> = self.orders.keys().copied().collect();
        let order = &self.orders[&all[self.chance.pick(all.len())]];
        let known = order.invoice.iter().map(|invoice| invoice.number.clone());
        let known: Vec<_> = known.chain(order.replacements.iter().map(|of| of.invoice_number.clone())).collect();
        let Some(invoice_number) = known.get(self.chance.pick(known.len())).cloned() else { return };
        let (order_id, address, admin_id) = (order.order_id, order.address.clone(), order.user_id);
        let replacement_id = format!("replacement {}", order.replacements.len());
        let (buyer_gstin, reason) = (String::new(), String::new());
        let wish = CorrectInvoice { order_id, replacement_id, invoice_number, address, buyer_gstin, reason, admin_id };
        self.tell(wish.into());
    }

    /// The next deadline of an order; false if none has one. An order that is sold waits for something that will never
    /// come, which `run` finds out.
    fn time_runs_out(&mut self) -> bool {
        let due = self.orders.values().filter_map(|order| Some((order.deadline()?, order.order_id))).min();
        let Some((due_at, order_id)) = due else { return false };
        self.now = self.now.max(due_at);
        self.tell(OrderDeadlineReached { order_id, due_at }.into());
        true
    }

    fn tell(&mut self, message: OrdersMessage) {
        let order = self.orders[&order_of(&message)].clone();
        let step = step(Some(order), &message, self.now, &Policy::default()).unwrap();
        self.apply(step);
    }

    fn apply(&mut self, step: crate::Step) {
        let order_id = step.order.order_id;
        self.orders.insert(order_id, step.order);
        step.commands.into_iter().for_each(|command| self.send(order_id, command));
    }

    fn send(&mut self, order_id: OrderId, command: Command) {
        let queue = match &command {
            Command::Coupons(code, _) => Queue::Coupon(code.to_string()),
            Command::Inventory(sku, _) => Queue::Stock(sku.to_string()),
            Command::Payments(_) => Queue::Gateway(order_id),
            Command::Invoicing(series, _) => Queue::Papers(series.clone()),
            Command::Shipping(_) => Queue::Carrier(order_id),
        };
        self.queues.entry(queue).or_default().push_back(Letter::Command(command));
    }
}

fn order_of(message: &OrdersMessage) -> OrderId {
    use OrdersMessage as M;
    match message {
        M::PlaceOrder(m) => m.order_id,
        M::CancelOrder(m) => m.order_id,
        M::CouponRedeemed(m) => m.order_id,
        M::CouponRefused(m) => m.order_id,
        M::StockReserved(m) => m.order_id,
        M::StockRefused(m) => m.order_id,
        M::PaymentReady(m) => m.order_id,
        M::PaymentDelayed(m) => m.order_id,
        M::PaymentCaptured(m) => m.order_id,
        M::PaymentDeclined(m) => m.order_id,
        M::PaymentFailed(m) => m.order_id,
        M::PaymentRefunded(m) => m.order_id,
        M::PaymentPartlyRefunded(m) => m.order_id,
        M::RefundRefused(m) => m.order_id,
        M::PaymentDisputed(m) => m.order_id,
        M::PayOrder(m) => m.order_id,
        M::RefundOrder(m) => m.order_id,
        M::RecordCash(m) => m.order_id,
        M::RecordPayout(m) => m.order_id,
        M::RequestReturn(m) => m.order_id,
        M::WithdrawReturn(m) => m.order_id,
        M::DecideReturn(m) => m.order_id,
        M::ReceiveReturn(m) => m.order_id,
        M::InvoiceIssued(m) => m.order_id,
        M::CreditNoteIssued(m) => m.order_id,
        M::InvoiceCredited(m) => m.order_id,
        M::CorrectInvoice(m) => m.order_id,
        M::InvoiceReplaced(m) => m.order_id,
        M::ReplacementRefused(m) => m.order_id,
        M::ShipmentBooked(m) => m.order_id,
        M::ShipmentRefused(m) => m.order_id,
        M::ShipmentPickedUp(m) => m.order_id,
        M::ShipmentDelivered(m) => m.order_id,
        M::ShipmentCancelled(m) => m.order_id,
        M::ShipmentCancelRefused(m) => m.order_id,
        M::OrderDeadlineReached(m) => m.order_id,
    }
}
