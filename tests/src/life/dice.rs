//! Chance that follows from a seed.

use std::time::Duration;

/// SplitMix64: small, and the same everywhere.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice that fall the same way for the same seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of their own for the part `number` of a run.
    #[must_use]
    pub const fn of_part(seed: u64, number: u64) -> Self {
        Self(seed.wrapping_add(number).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number below `sides`.
    pub fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap_or_default()
    }

    /// One of these.
    ///
    /// # Panics
    /// When there are none.
    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A time between these two, in steps of a millisecond.
    pub fn between(&mut self, shortest: Duration, longest: Duration) -> Duration {
        let steps = usize::try_from(longest.saturating_sub(shortest).as_millis()).unwrap_or(usize::MAX - 1);
        shortest + Duration::from_millis(self.below(steps + 1) as u64)
    }

    /// These in another order.
    pub fn shuffled<T: Clone>(&mut self, things: &[T]) -> Vec<T> {
        let mut left = things.to_vec();
        (0..things.len()).map(|_| left.remove(self.below(left.len()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_falls_the_same_way_and_stays_between_its_bounds() {
        let (mut one, mut other) = (Dice::new(7), Dice::new(7));
        let (short, long) = (Duration::from_millis(500), Duration::from_secs(5));
        for _ in 0..1_000 {
            let time = one.between(short, long);
            assert_eq!(time, other.between(short, long));
            assert!((short..=long).contains(&time));
        }
        assert_eq!(one.between(short, short), short);
        let mut shuffled = one.shuffled(&[1, 2, 3, 4]);
        shuffled.sort_unstable();
        assert_eq!(shuffled, [1, 2, 3, 4]);
    }
}
