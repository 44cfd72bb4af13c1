//! Which entries may be believed: pure.
//!
//! An era is the time in which Redis forgets nothing: it begins when a server is started or flushed. Whoever keeps an
//! entry must have read it from the record in the same era, and not long ago: else others may have been shown newer, and
//! what kept this entry from being older than that may be forgotten.

use std::time::{Duration, Instant};

/// A young era lets nobody keep anything yet: readers whom Redis did not answer before it began show what the record says
/// without telling Redis, and must have found out first that it is back. They do within half of this.
const SETTLES_IN: Duration = Duration::from_secs(5);
/// How long an entry may be under way. Well below how long it lives: whatever is older finds one that is newer.
const GOOD_FOR: Duration = Duration::from_secs(30);

/// What Redis said of its era, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Era {
    /// As Redis keeps it: `<run of the server> <id> <second it began>`.
    text: String,
    began: u64,
    told: u64,
    at: Instant,
}

/// The leave to keep what is read after it was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ticket {
    era: String,
    until: u64,
}

impl Era {
    /// From what Redis answered: its era and the second it is by its clock. `None` if it makes no sense.
    pub(super) fn of(text: String, told: u64, at: Instant) -> Option<Self> {
        let began = text.rsplit(' ').next()?.parse().ok()?;
        Some(Self { text, began, told, at })
    }

    /// The leave to keep what is read from `now` on, if the era is old enough.
    pub(super) fn ticket(&self, now: Instant) -> Option<Ticket> {
        // The answer was under way, so this is no later than the clock of Redis.
        let second = self.told + now.saturating_duration_since(self.at).as_secs();
        let settled = second >= self.began + SETTLES_IN.as_secs();
        settled.then(|| Ticket { era: self.text.clone(), until: second + GOOD_FOR.as_secs() })
    }
}

impl Ticket {
    /// The era it was taken in; none if it lets nothing be kept.
    pub(super) fn era(&self) -> &str {
        &self.era
    }

    /// The last second in which it counts, by the clock of Redis.
    pub(super) const fn until(&self) -> u64 {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_ticket_is_given_in_a_settled_era_and_counts_for_half_the_life_of_an_entry(
            began in 0_u64..1_000, age in 0_u64..100, passed in 0_u64..200,
        ) {
            let at = Instant::now();
            let era = Era::of(format!("run id {began}"), began + age, at).unwrap();
            match era.ticket(at + Duration::from_secs(passed)) {
                None => prop_assert!(age + passed < 5),
                Some(ticket) => {
                    prop_assert!(age + passed >= 5);
                    prop_assert_eq!(ticket.era(), format!("run id {began}"));
                    prop_assert_eq!(ticket.until(), began + age + passed + 30);
                    prop_assert!(GOOD_FOR.as_secs() * 2 <= u64::from(super::super::LIFE_SECONDS));
                }
            }
        }
    }

    #[test]
    fn an_era_names_the_second_it_began() {
        assert!(Era::of("run id 12".to_owned(), 12, Instant::now()).is_some());
        for nonsense in ["", "run id", "run id x"] {
            assert_eq!(Era::of(nonsense.to_owned(), 12, Instant::now()), None, "{nonsense}");
        }
    }
}
