//! Placing orders on schedule.

use std::sync::Arc;

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};
use uuid::Uuid;

use super::{
    baskets::Baskets, confirm, customers::Customer, reads::Shelves, recent::Recent, schedule::Schedule, tally::Tally,
};
use crate::api::{Api, ApiError, Placed};

use std::time::Duration;

/// What placing orders takes.
#[derive(Debug)]
pub struct Shoppers {
    /// The shop.
    pub api: Api,
    /// The customers, who take turns.
    pub customers: Vec<Arc<Customer>>,
    /// What they order.
    pub baskets: Baskets,
    /// What they look at.
    pub shelves: Shelves,
    /// What becomes of it.
    pub tally: Arc<Tally>,
    /// What they ordered last.
    pub recent: Arc<Recent>,
    /// Names this run's requests.
    pub run: Uuid,
    /// How long a confirmation may take.
    pub confirm_timeout: Duration,
}

/// Places `orders` orders on schedule and returns when each has come to an end. No more than `in_flight` are under way at
/// once: an order that must wait for another's end is late, and its latency says so.
pub async fn all(shoppers: Arc<Shoppers>, schedule: Schedule, orders: u64, in_flight: u32) {
    let seats = Arc::new(Semaphore::new(in_flight as usize));
    for n in 0..orders {
        let intended = schedule.at(n);
        sleep_until(intended).await;
        // Only a closed semaphore fails, and nobody closes this one.
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        tokio::spawn(one(Arc::clone(&shoppers), n, intended, seat));
    }
    let _all_back = seats.acquire_many(in_flight).await;
}

async fn one(shoppers: Arc<Shoppers>, n: u64, intended: Instant, seat: OwnedSemaphorePermit) {
    let Some(customer) = shoppers.customer(n) else { return };
    let tally = &shoppers.tally;
    tally.placed(intended, Instant::now());
    match shoppers.place(n, customer).await {
        Err(error) => tally.not_accepted(intended, Instant::now(), &error),
        Ok(Placed { order_id }) => {
            let accepted = Instant::now();
            tally.accepted(intended, accepted);
            shoppers.recent.remember(n, order_id, customer);
            let until = accepted + shoppers.confirm_timeout;
            confirm::watch(&shoppers.api, customer, tally, order_id, until).await.count(tally, order_id, intended);
        }
    }
    drop(seat);
}

impl Shoppers {
    fn customer(&self, n: u64) -> Option<&Arc<Customer>> {
        let turn = n.checked_rem(self.customers.len() as u64)?;
        self.customers.get(usize::try_from(turn).ok()?)
    }

    async fn place(&self, n: u64, customer: &Customer) -> Result<Placed, ApiError> {
        let body = self.baskets.body(n).map_err(|error| ApiError::Unreadable(error.to_string()))?;
        let key = format!("{}-{n}", self.run);
        self.api.place(&customer.token(), &key, body).await
    }
}
