//! Customers who look where their orders stand.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Semaphore,
    time::{Instant, sleep_until, timeout},
};
use uuid::Uuid;

use super::{customers::Customer, place::Shoppers, schedule::Schedule};

/// How many reads may be under way at once; the next ones wait, and are late.
const IN_FLIGHT: u32 = 1_000;
/// How long the last reads may take after the run.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads on schedule, one of the orders accepted last each time, until `until`.
pub async fn all(shoppers: Arc<Shoppers>, schedule: Schedule, until: Instant) {
    let seats = Arc::new(Semaphore::new(IN_FLIGHT as usize));
    for n in 0.. {
        let intended = schedule.at(n);
        if intended >= until {
            break;
        }
        sleep_until(intended).await;
        let Some((order_id, customer)) = shoppers.recent.choose(n) else { continue };
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        let shoppers = Arc::clone(&shoppers);
        tokio::spawn(async move {
            one(&shoppers, order_id, &customer, intended).await;
            drop(seat);
        });
    }
    let _ = timeout(PATIENCE, seats.acquire_many(IN_FLIGHT)).await;
}

async fn one(shoppers: &Shoppers, order_id: Uuid, customer: &Customer, intended: Instant) {
    match shoppers.api.status(&customer.token(), order_id, None).await {
        Ok(_) => shoppers.tally.read(intended, Instant::now()),
        Err(error) => shoppers.tally.error("status read", &error),
    }
}
