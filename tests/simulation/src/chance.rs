//! Everything that is left to chance, from one seed.

use fastrand::Rng;

/// A stream of decisions.
#[derive(Debug)]
pub struct Chance {
    rng: Rng,
    /// How much goes wrong: a fault that happens one time in `n` happens `trouble` times as often, or never at 0.
    trouble: u32,
}

impl Chance {
    /// The stream of a seed.
    #[must_use]
    pub fn new(seed: u64, trouble: u32) -> Self {
        Self { rng: Rng::with_seed(seed), trouble }
    }

    /// From now on nothing goes wrong any more.
    pub fn heal(&mut self) {
        self.trouble = 0;
    }

    /// Whether things still go wrong.
    #[must_use]
    pub const fn is_troubled(&self) -> bool {
        self.trouble > 0
    }

    /// One of `n` possibilities, of which there is at least one.
    pub fn pick(&mut self, n: usize) -> usize {
        self.rng.usize(0..n.max(1))
    }

    /// Happens one time in `n`.
    pub fn one_in(&mut self, n: u32) -> bool {
        self.rng.u32(0..n.max(1)) == 0
    }

    /// Goes wrong one time in `n`, as long as anything goes wrong.
    pub fn fault(&mut self, n: u32) -> bool {
        self.trouble > 0 && self.rng.u32(0..n.max(1)) < self.trouble
    }
}
