//! The customers: order at a steady rate whatever happens, repeat with the same key what got no answer, and write
//! everything down.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use reqwest::Method;
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep},
};

use super::{
    later::Aftermath,
    plan::{Moment, Plan, Wish},
};
use crate::{Customer, Stack, checker::Answered, gateways::Gateways, log::ClientLog, sampling::Followed};

const CUSTOMERS: usize = 20;
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The first pause before a customer asks again; each is twice as long as the one before, up to the longest.
pub(super) const ASK_AGAIN: Duration = Duration::from_millis(400);
const ASK_AGAIN_LATEST: Duration = Duration::from_secs(3);
/// How long a customer tries: longer than any daemon is away.
pub(super) const PERSISTENCE: Duration = Duration::from_secs(120);

/// Customers, registered while all is well.
pub(super) async fn customers(shop: &Stack) -> Vec<Customer> {
    join_all((0..CUSTOMERS).map(|_| shop.customer())).await
}

/// Who orders what, and who looks on.
pub(super) struct Crowd {
    pub(super) customers: Vec<Customer>,
    pub(super) admin: Customer,
    pub(super) gateways: Gateways,
    pub(super) plan: Arc<Plan>,
    pub(super) log: Arc<ClientLog>,
    /// Every order that was accepted is watched from then on.
    pub(super) followed: Followed,
}

impl Crowd {
    /// Places an order every so often for as long as `more`, asked with the number of the next one, says so; tells how many
    /// when the last customer has an answer or has given up.
    pub(super) async fn order_while(self, every: Duration, more: impl Fn(u32) -> bool) -> u32 {
        let crowd = Arc::new(self);
        let mut clock = interval(every);
        // An open loop: what could not be ordered in time is ordered as soon as it can be.
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut under_way = JoinSet::new();
        let mut number = 0;
        while more(number) {
            clock.tick().await;
            let crowd = Arc::clone(&crowd);
            under_way.spawn(async move { crowd.order(number).await });
            while let Some(done) = under_way.try_join_next() {
                done.expect("a customer");
            }
            number += 1;
        }
        while let Some(done) = under_way.join_next().await {
            done.expect("a customer");
        }
        number
    }

    async fn order(&self, number: u32) {
        let (customer, wish) = (&self.customers[number as usize % CUSTOMERS], self.plan.wish(number));
        let Some(id) = place(customer, &wish, &self.log).await else { return };
        self.followed.follow(customer.order(&id));
        match wish.cancelled {
            None => {
                let (admin, gateways) = (&self.admin, &self.gateways);
                return Aftermath { customer, admin, gateways, order: &id, wish: &wish }.happen().await;
            }
            Some(Moment::After(time)) => sleep(time).await,
            Some(Moment::OnceSold) => wait_until_sold(customer, &id).await,
        }
        cancel(customer, &id, &wish.reference).await;
    }
}

/// The order's id, unless the customer was refused or gave up.
async fn place(customer: &Customer, wish: &Wish, log: &ClientLog) -> Option<String> {
    let until = Instant::now() + PERSISTENCE;
    let key = wish.reference.replace(' ', "-");
    let mut pause = ASK_AGAIN;
    loop {
        let request = || customer.request(Method::POST, "/orders").header("idempotency-key", &key);
        let answer = customer.ask(|| request().json(&wish.basket.body()).timeout(ANSWER_WITHIN)).await;
        let answer = Answered::of(&answer);
        log.note(&wish.reference, &wish.lines, answer.clone());
        match answer {
            Answered::Accepted(id) => return Some(id),
            Answered::Refused(_) => return None,
            Answered::Unknown(_) if wish.gives_up || Instant::now() > until => return None,
            Answered::Unknown(_) => sleep(pause).await,
        }
        pause = (pause * 2).min(ASK_AGAIN_LATEST);
    }
}

/// Waits until the order is paid for, or confirmed for cash, or at an end; or for as long as customers do.
async fn wait_until_sold(customer: &Customer, id: &str) {
    let until = Instant::now() + PERSISTENCE;
    let path = customer.order(id).path("/status?wait_for=paid&timeout=5");
    while Instant::now() < until {
        let answer = customer.ask(|| customer.request(Method::GET, &path).timeout(ANSWER_WITHIN)).await;
        let status = answer.map(|answer| answer.json()["status"].clone()).unwrap_or_default();
        if !["accepted", "reserving", "awaiting_payment"].iter().any(|early| status == *early) && status.is_string() {
            return;
        }
        sleep(ASK_AGAIN / 4).await;
    }
}

/// Asks until there is an answer; that it is too late is one, too.
async fn cancel(customer: &Customer, id: &str, reference: &str) {
    let until = Instant::now() + PERSISTENCE;
    let key = format!("{}-cancel", reference.replace(' ', "-"));
    let path = customer.order(id).path("/cancel");
    while Instant::now() < until {
        let request = || customer.request(Method::POST, &path).header("idempotency-key", &key).timeout(ANSWER_WITHIN);
        match customer.ask(request).await {
            Ok(answer) if matches!(answer.status, 202 | 409) => return,
            _ => sleep(ASK_AGAIN).await,
        }
    }
    panic!("{reference} could not be cancelled in {PERSISTENCE:?}");
}
