//! Who acts next, what goes wrong, and when everything is at rest.

use std::time::Duration;

use coupons::handler::Coupons;
use inventory::handler::Inventory;
use invoicing::handler::Invoicing;
use orders::{Policy, handler::OrdersHandler};
use payments::{Patience, Payments};
use schemas::{
    documents::{Order, Seller},
    ids::OrderId,
    payments::PaymentsMessage,
    refunds::RefundState,
    types::{GatewayName, OrderStatus, Timestamp},
};
use shared::{message::Topic, trace::TraceContext};
use shipping::{carrier::swift::Swift, handler::Shipping, limits::Limits, step::Rules};

use crate::{
    broker::Broker,
    chance::{Chance, Tape},
    customers, invariants,
    outside::{NoCalls, Outside, carrier::CarrierCalls, gateway::GatewayCalls},
    pool::{Actor, Pool, Trouble},
    process::Planted,
};

/// What a history is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Decides everything.
    pub seed: u64,
    /// How many orders are placed.
    pub orders: u64,
    /// How much goes wrong; 0 for nothing, 1 for a crash, a rebalance or a silence in some 16 turns, and lost answers besides.
    pub trouble: u32,
    /// A mistake in the engine that the invariants have to find.
    pub planted: Option<Planted>,
}

/// Something that must hold does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "seed {}: {broken}\nagain: cargo run --release -p simulation -- --seed {} --orders {} --trouble {}",
    .settings.seed, .settings.seed, .settings.orders, .settings.trouble
)]
pub struct Failure {
    /// How to get here again.
    pub settings: Settings,
    /// What does not hold.
    pub broken: String,
}

impl Failure {
    /// What broke, and where.
    #[must_use]
    pub const fn new(settings: Settings, broken: String) -> Self {
        Self { settings, broken }
    }
}

/// Everything that is not a worker.
#[derive(Debug)]
pub struct Surroundings {
    /// The topics.
    pub broker: Broker,
    /// The gateway and the carrier.
    pub outside: Outside,
    /// What is left to chance.
    pub chance: Chance,
    /// The time.
    pub now: Timestamp,
    /// The dead letters, as a person would read them.
    pub dead: Vec<String>,
    /// The mistake that was planted.
    pub planted: Option<Planted>,
    /// What happened, if somebody wants to know.
    pub story: Option<Vec<String>>,
}

impl Surroundings {
    /// Notes what happens.
    pub fn tell(&mut self, event: impl FnOnce() -> String) {
        let at = self.now.since(START);
        if let Some(story) = &mut self.story {
            story.push(format!("{:>9.3} s  {}", at.as_secs_f64(), event()));
        }
    }
}

/// The shop and everything around it.
pub struct World {
    /// What it is made from.
    pub settings: Settings,
    /// The process manager's pool.
    pub orders: Pool<OrdersHandler, NoCalls>,
    /// The pool of the coupons.
    pub coupons: Pool<Coupons, NoCalls>,
    /// The stock's pool.
    pub inventory: Pool<Inventory, NoCalls>,
    /// The money's pool.
    pub payments: Pool<Payments, GatewayCalls>,
    /// The papers' pool.
    pub invoicing: Pool<Invoicing, NoCalls>,
    /// The parcels' pool.
    pub shipping: Pool<Shipping, CarrierCalls>,
    /// The rest.
    pub around: Surroundings,
    /// How many orders were placed.
    pub placed: u64,
    cancels: usize,
    refunds: usize,
    returns: usize,
    corrections: usize,
    /// How often somebody went on with a return.
    return_steps: usize,
    changes: usize,
    instalments: usize,
    payouts: usize,
}

/// 30 June 2026, five minutes to midnight in India: whatever waits for a deadline goes on in another month.
const START: Timestamp = Timestamp::from_millis(1_782_843_900_000);
const POOLS: usize = 6;
/// Turns that an order may take before the world counts as restless.
const MOST_TURNS: u64 = 3_000;

/// The trace that everything here belongs to.
#[must_use]
pub fn a_trace() -> TraceContext {
    TraceContext::parse("00-00000000000000000000000000000001-0000000000000001-01").expect("a well-formed header")
}

impl World {
    /// A shop with full shelves and no orders.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self::with_chance(settings, Chance::new(settings.seed, settings.trouble))
    }

    /// A shop in which everything is decided as on this tape.
    #[must_use]
    pub fn replay(settings: Settings, tape: Tape) -> Self {
        Self::with_chance(settings, Chance::replay(tape, settings.trouble))
    }

    fn with_chance(settings: Settings, chance: Chance) -> Self {
        let mut broker = Broker::default();
        customers::coupons(START).for_each(|coupon| broker.append(coupon, START));
        customers::deliveries(START).for_each(|delivery| broker.append(delivery, START));
        let outside = Outside::default();
        Self {
            settings,
            orders: Pool::new("orders", OrdersHandler::new(Policy::default()), NoCalls),
            coupons: Pool::new("coupons", Coupons, NoCalls),
            inventory: Pool::new("inventory", Inventory, NoCalls),
            payments: Pool::new("payments", Payments { patience: PATIENCE }, GatewayCalls),
            invoicing: Pool::new("invoicing", Invoicing { seller: seller() }, NoCalls),
            shipping: Pool::new("shipping", Shipping::new(RULES), CarrierCalls),
            around: Surroundings {
                broker,
                outside,
                chance,
                now: START,
                dead: Vec::new(),
                planted: settings.planted,
                story: None,
            },
            placed: 0,
            cancels: 0,
            refunds: 0,
            returns: 0,
            corrections: 0,
            return_steps: 0,
            changes: 0,
            instalments: 0,
            payouts: 0,
        }
    }

    /// Lets everything happen until nothing is left to happen.
    ///
    /// # Errors
    /// [`Failure`] when that takes too long, or when something is seen that must never be.
    pub fn run(&mut self) -> Result<(), Failure> {
        for _ in 0..(self.settings.orders + 1) * MOST_TURNS {
            let goes_on = self.turn();
            invariants::sample(self).map_err(|broken| Failure::new(self.settings, broken))?;
            if !goes_on {
                return Ok(());
            }
        }
        let restless = format!("no rest: lag {:?}, {:?}", self.around.broker.lag(), self.unfinished());
        Err(Failure::new(self.settings, restless))
    }

    /// What is still under way.
    #[must_use]
    pub fn unfinished(&self) -> Vec<String> {
        let pools: [&dyn Actor; POOLS] =
            [&self.orders, &self.inventory, &self.payments, &self.invoicing, &self.shipping, &self.coupons];
        pools.iter().flat_map(|pool| pool.unfinished()).collect()
    }

    /// Somebody acts; false when nobody can any more.
    fn turn(&mut self) -> bool {
        let pause = Duration::from_millis(1 + self.around.chance.pick(20) as u64);
        self.around.now = self.around.now.plus(pause);
        self.something_breaks();
        let acted = match self.around.chance.pick(14) {
            0 => self.a_customer_acts(),
            1 => self.a_webhook_comes(),
            2 => self.around.chance.one_in(8) && self.the_van_comes(),
            3 => self.goods_come_back(),
            4 => self.around.chance.one_in(3) && self.somebody_corrects_an_invoice(),
            5 => self.cash_moves(),
            _ => {
                let chosen = self.around.chance.pick(POOLS);
                self.with_pool(chosen, |pool, around| pool.act(around))
            }
        };
        acted || self.anybody_acts()
    }

    /// In the order in which a quiet world goes on.
    fn anybody_acts(&mut self) -> bool {
        let worked = (0..POOLS).any(|pool| self.with_pool(pool, |pool, around| pool.act(around)));
        worked || self.a_webhook_comes() || self.a_customer_acts() || self.goes_on_when_quiet()
    }

    fn goes_on_when_quiet(&mut self) -> bool {
        if self.around.chance.is_troubled() && self.placed == self.settings.orders {
            self.around.chance.heal();
            self.around.outside.gateway.set_down(None);
            self.around.tell(|| "from here on nothing goes wrong any more".to_owned());
            return true;
        }
        self.the_van_comes()
            || self.goods_come_back()
            || self.somebody_corrects_an_invoice()
            || self.what_is_owed_is_paid_out()
            || self.time_runs_out()
    }

    fn with_pool<T>(&mut self, number: usize, act: impl FnOnce(&mut dyn Actor, &mut Surroundings) -> T) -> T {
        let pool: &mut dyn Actor = match number {
            0 => &mut self.orders,
            1 => &mut self.inventory,
            2 => &mut self.payments,
            3 => &mut self.invoicing,
            4 => &mut self.shipping,
            _ => &mut self.coupons,
        };
        act(pool, &mut self.around)
    }

    fn something_breaks(&mut self) {
        let chosen = self.around.chance.pick(POOLS);
        if self.around.chance.fault(16) {
            let trouble = [Trouble::Crash, Trouble::Move, Trouble::Stall][self.around.chance.pick(3)];
            self.with_pool(chosen, |pool, around| pool.suffer(trouble, around));
        }
        if self.around.chance.one_in(20) {
            self.with_pool(chosen, |pool, around| pool.suffer(Trouble::EndOfStall, around));
        }
        if self.around.chance.fault(200) {
            let down = [None, Some(GatewayName::Stripe), Some(GatewayName::Razorpay)][self.around.chance.pick(3)];
            self.around.outside.gateway.set_down(down);
            self.around.tell(|| format!("from now on this gateway is down: {down:?}"));
        }
        if self.around.chance.fault(3_000) {
            self.around.now = self.around.now.plus(Duration::from_secs(1_500));
            self.around.tell(|| "the clock jumps by 25 minutes".to_owned());
            self.sweep();
        }
    }

    fn a_customer_acts(&mut self) -> bool {
        let around = &mut self.around;
        let may_cancel = self.placed > 0 && self.cancels < self.settings.orders as usize / 3;
        if may_cancel && around.chance.one_in(12) {
            self.cancels += 1;
            let chosen = around.chance.pick(self.placed as usize) as u64;
            around.tell(|| format!("order {chosen} is cancelled"));
            around.broker.append(customers::cancel(chosen, self.cancels, around.now), around.now);
            return true;
        }
        if self.placed > 0 && self.changes < self.settings.orders as usize && around.chance.one_in(8) {
            self.changes += 1;
            // Mostly the newest order, which may still wait for its payment.
            let back = around.chance.pick(3.min(self.placed as usize)) as u64;
            let chosen = self.placed - 1 - back;
            around.tell(|| format!("order {chosen} is to be paid again, or otherwise"));
            let wish = customers::pay_otherwise(chosen, self.changes, &mut around.chance, around.now);
            around.broker.append(wish, around.now);
            return true;
        }
        if self.placed > 0 && self.refunds < self.settings.orders as usize && around.chance.one_in(12) {
            self.refunds += 1;
            let chosen = around.chance.pick(self.placed as usize) as u64;
            around.tell(|| format!("some money of order {chosen} is to go back"));
            let refund = customers::give_back(chosen, self.refunds, &mut around.chance, around.now);
            around.broker.append(refund, around.now);
            return true;
        }
        if self.placed < self.settings.orders && around.chance.pick(3) == 0 {
            let order = customers::place(self.placed, &mut around.chance, around.now);
            around.tell(|| format!("order {} is placed", self.placed));
            self.placed += 1;
            // A client that got no answer asks again: the ingress appends the same message.
            if around.chance.fault(10) {
                around.tell(|| "and sent twice".to_owned());
                around.broker.append(order.clone(), around.now);
            }
            around.broker.append(order, around.now);
            return true;
        }
        // Nobody can pay what nobody was told of. Who was told once may pay at any time, too late as well.
        let orders = &self.orders.store.documents;
        let was_told = |gateway_ref: &str, order_id: OrderId| {
            let order = orders.get(&order_id.to_string());
            let mut attempts = order.into_iter().flat_map(|document| &document.state.attempts);
            attempts.any(|attempt| attempt.gateway_ref == gateway_ref)
        };
        let acted = customers::pay(&mut around.outside.gateway, was_told, &mut around.chance, around.now);
        if let Some(what) = &acted {
            around.tell(|| what.clone());
        }
        acted.is_some() || self.placed < self.settings.orders
    }

    /// A customer asks to send back something that arrived, or somebody goes on with such a return; false if nobody does.
    fn goods_come_back(&mut self) -> bool {
        let orders: Vec<&Order> = self.orders.store.documents.values().map(|document| &document.state).collect();
        let arrived: Vec<&Order> = orders.into_iter().filter(|order| order.status == OrderStatus::Delivered).collect();
        let around = &mut self.around;
        if !arrived.is_empty() && self.returns < self.settings.orders as usize && around.chance.one_in(3) {
            let order = arrived[around.chance.pick(arrived.len())];
            self.returns += 1;
            around.tell(|| format!("something of order {} is to come back", order.order_id));
            around.broker.append(customers::ask_to_return(order, self.returns, around.now), around.now);
            return true;
        }
        let open = arrived.iter().flat_map(|order| order.returns.iter().map(move |of| (*order, of)));
        let mut next = open.filter_map(|(order, of)| {
            customers::go_on_with_return(order, of, self.return_steps, &mut around.chance, around.now)
        });
        let Some(message) = next.next() else { return false };
        self.return_steps += 1;
        around.tell(|| "somebody goes on with a return".to_owned());
        around.broker.append(message, around.now);
        true
    }

    /// An operator has the invoice of an order replaced; false if there is none, or they have done enough.
    fn somebody_corrects_an_invoice(&mut self) -> bool {
        let orders = self.orders.store.documents.values().map(|document| &document.state);
        let orders: Vec<&Order> = orders.filter(|order| order.invoice.is_some()).collect();
        if orders.is_empty() || self.corrections >= self.settings.orders as usize {
            return false;
        }
        let around = &mut self.around;
        let order = orders[around.chance.pick(orders.len())];
        self.corrections += 1;
        let Some(wish) = customers::correct_invoice(order, self.corrections, &mut around.chance, around.now) else {
            return false;
        };
        around.tell(|| format!("the invoice of order {} is to name another buyer", order.order_id));
        if around.chance.fault(6) {
            around.broker.append(wish.clone(), around.now);
        }
        around.broker.append(wish, around.now);
        true
    }

    /// Cash is taken for some order, mostly one that is to be paid so, or a refund of it is paid out; false if neither is.
    fn cash_moves(&mut self) -> bool {
        let around = &mut self.around;
        let anybody = around.chance.one_in(8);
        let orders = self.orders.store.documents.values().map(|document| &document.state);
        let orders: Vec<&Order> = orders.filter(|order| anybody || order.is_cash()).collect();
        let Some(order) = orders.get(around.chance.pick(orders.len())) else { return false };
        let refund = order.refunds.get(around.chance.pick(order.refunds.len() + 1));
        let message = match refund.filter(|_| self.payouts < 2 * self.settings.orders as usize) {
            Some(refund) => {
                self.payouts += 1;
                around.tell(|| format!("refund {} of order {} is paid out", refund.refund_id, order.order_id));
                customers::pay_out(order, &refund.refund_id, self.payouts, around.now)
            }
            None if self.instalments < 2 * self.settings.orders as usize => {
                self.instalments += 1;
                around.tell(|| format!("cash is taken for order {}", order.order_id));
                customers::take_cash(order, self.instalments, &mut around.chance, around.now)
            }
            None => return false,
        };
        if around.chance.fault(10) {
            around.tell(|| "and told twice".to_owned());
            around.broker.append(message.clone(), around.now);
        }
        around.broker.append(message, around.now);
        true
    }

    /// Whatever is still owed in cash is paid out in the end; false if nothing is.
    fn what_is_owed_is_paid_out(&mut self) -> bool {
        let orders = self.orders.store.documents.values().map(|document| &document.state);
        let owed = orders.flat_map(|order| order.refunds.iter().map(move |refund| (order, refund)));
        let next = owed
            .filter(|(_, refund)| refund.state == RefundState::Owed)
            .map(|(order, refund)| customers::pay_out(order, &refund.refund_id, self.payouts + 1, self.around.now));
        let Some(message) = next.take(1).next() else { return false };
        self.payouts += 1;
        self.around.tell(|| "what is owed is paid out".to_owned());
        self.around.broker.append(message, self.around.now);
        true
    }

    /// A webhook is delivered: not always the first, sometimes twice, and a gateway's sometimes never.
    fn a_webhook_comes(&mut self) -> bool {
        let around = &mut self.around;
        let webhooks = around.outside.webhooks();
        if webhooks.is_empty() {
            return false;
        }
        let chosen = if around.chance.fault(3) { around.chance.pick(webhooks.len()) } else { 0 };
        let webhook = webhooks[chosen].clone();
        let is_last_time = !around.chance.fault(10);
        if is_last_time {
            webhooks.remove(chosen);
        }
        let is_lost = webhook.topic == PaymentsMessage::TOPIC && around.chance.fault(10);
        around.tell(|| {
            let fate = if is_lost { "lost" } else { "delivered" };
            let once = if is_last_time { "" } else { ", and will be once more" };
            format!("a webhook for {} of {} is {fate}{once}", webhook.topic, webhook.key)
        });
        if !is_lost {
            around.broker.append(webhook, around.now);
        }
        true
    }

    fn the_van_comes(&mut self) -> bool {
        self.around.outside.carrier.van_moves(&mut self.around.chance, self.around.now)
    }

    /// Nothing else happens, so the next deadline comes; false if there is none, or nobody listens to it.
    fn time_runs_out(&mut self) -> bool {
        let next = (0..POOLS).filter_map(|pool| self.with_pool(pool, |pool, _| pool.next_due())).min();
        let Some(due_at) = next else { return false };
        self.around.now = self.around.now.max(due_at);
        self.sweep()
    }

    fn sweep(&mut self) -> bool {
        // All of them, whichever found something.
        (0..POOLS).filter(|pool| self.with_pool(*pool, |pool, around| pool.sweep(around))).count() > 0
    }
}

const PATIENCE: Patience = Patience {
    customer: Duration::from_secs(300),
    call: Duration::from_secs(120),
    retry: Duration::from_secs(60),
    longest: Duration::from_secs(3_600),
};

const RULES: Rules = Rules {
    carrier: Swift::NAME,
    limits: Limits {
        answer: Duration::from_secs(900),
        ask_again: Duration::from_secs(30),
        pickup: Duration::from_secs(72 * 3_600),
        report: Duration::from_secs(7 * 86_400),
    },
};

fn seller() -> Seller {
    Seller {
        legal_name: "SpareParts Demo Private Limited".to_owned(),
        gstin: "27AABCS1234F1ZR".to_owned(),
        address_lines: vec!["Pune".to_owned()],
        state_code: "27".to_owned(),
        email: None,
        phone: None,
    }
}
