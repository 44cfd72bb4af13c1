//! Access tokens that were found good, so that checking one again takes no arithmetic. Whether one was revoked is asked at each
//! request all the same: that is not a matter of the token.

use std::{
    collections::HashMap,
    ops::RangeInclusive,
    sync::{Mutex, PoisonError},
};

use shared::time::Timestamp;

use super::Bearer;

/// A few megabytes.
const GENERATION: usize = 8_192;

/// Whose a token is, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Good {
    pub(super) bearer: Bearer,
    /// The seconds in which it is good.
    pub(super) seconds: RangeInclusive<i64>,
    /// For a token under a secret that was exchanged: from when on it is not.
    pub(super) until: Option<Timestamp>,
}

/// The good tokens used last: two generations, the older dropped when the younger is full.
#[derive(Default)]
pub(super) struct Verified(Mutex<[HashMap<Box<str>, Good>; 2]>);

impl Good {
    /// Whose it is at this moment.
    pub(super) fn at(&self, now: Timestamp) -> Option<Bearer> {
        let in_time = self.seconds.contains(&now.as_millis().div_euclid(1_000));
        (in_time && self.until.is_none_or(|until| now < until)).then_some(self.bearer)
    }
}

impl Verified {
    /// Whose token this is, if it was found good and still is.
    pub(super) fn get(&self, token: &str, now: Timestamp) -> Option<Bearer> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [young, old] = &mut *generations;
        if let Some(good) = young.get(token) {
            return good.at(now);
        }
        let (token, good) = old.remove_entry(token)?;
        let bearer = good.at(now)?;
        keep(&mut generations, token, good);
        Some(bearer)
    }

    /// Remembers that a token was found good.
    pub(super) fn put(&self, token: &str, good: Good) {
        keep(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), token.into(), good);
    }
}

fn keep([young, old]: &mut [HashMap<Box<str>, Good>; 2], token: Box<str>, good: Good) {
    if young.len() >= GENERATION {
        *old = std::mem::take(young);
    }
    young.insert(token, good);
}

#[cfg(test)]
mod tests {
    use schemas::ids::UserId;

    use super::*;
    use crate::auth::{Role, SessionId};

    fn good(seconds: RangeInclusive<i64>) -> Good {
        let bearer =
            Bearer { user: UserId::generate(), role: Role::Customer, session: SessionId::generate(), epoch: 0 };
        Good { bearer, seconds, until: None }
    }

    #[test]
    fn a_token_is_good_in_its_time_alone_and_only_to_the_letter() {
        let (verified, known) = (Verified::default(), good(10..=20));
        verified.put("a.b.c", known.clone());
        let at = |token, millis| verified.get(token, Timestamp::from_millis(millis));
        assert_eq!([at("a.b.c", 9_999), at("a.b.c", 21_000), at("a.b.C", 15_000)], [None; 3]);
        assert_eq!([at("a.b.c", 10_000), at("a.b.c", 20_999)], [Some(known.bearer); 2]);
        verified.put("d", Good { until: Some(Timestamp::from_millis(15_000)), ..known.clone() });
        assert_eq!([at("d", 14_999), at("d", 15_000)], [Some(known.bearer), None]);
    }

    #[test]
    fn memory_is_bounded_and_who_asks_often_is_remembered() {
        let (verified, now) = (Verified::default(), Timestamp::from_millis(1_000));
        verified.put("often", good(1..=1));
        for number in 0..4 * GENERATION {
            verified.put(&number.to_string(), good(1..=1));
            assert!(verified.get("often", now).is_some());
        }
        assert!(verified.get("0", now).is_none());
        assert!(verified.0.lock().unwrap().iter().all(|generation| generation.len() <= GENERATION));
    }
}
