//! The orders accepted last, for the status reads: what customers look at is what they just bought.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::customers::Customer;

const KEPT: usize = 1_024;

/// A ring of orders with their customers.
#[derive(Debug, Default)]
pub struct Recent {
    ring: Mutex<Vec<(Uuid, Arc<Customer>)>>,
}

impl Recent {
    /// Remembers order number `n` in the place of an older one.
    pub fn remember(&self, n: u64, order_id: Uuid, customer: &Arc<Customer>) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let place = slot(n, KEPT);
        match ring.get_mut(place) {
            Some(older) => *older = (order_id, Arc::clone(customer)),
            None => ring.push((order_id, Arc::clone(customer))),
        }
    }

    /// One of them, for a number that is anything.
    #[must_use]
    pub fn choose(&self, n: u64) -> Option<(Uuid, Arc<Customer>)> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        // A step that shares no factor with the ring's size visits every place.
        ring.get(slot(n.wrapping_mul(389), ring.len())).cloned()
    }
}

fn slot(n: u64, size: usize) -> usize {
    n.checked_rem(size as u64).and_then(|place| usize::try_from(place).ok()).unwrap_or_default()
}
