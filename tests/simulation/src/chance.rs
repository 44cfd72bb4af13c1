//! Everything that is left to chance, from one seed, and written down, so that a history can be made shorter.

use fastrand::Rng;

/// What was decided, in order. What is not in it any more is decided as calmly as can be: 0.
pub type Tape = Vec<u32>;

/// A stream of decisions.
#[derive(Debug)]
pub struct Chance {
    source: Source,
    /// What was decided so far.
    pub tape: Tape,
    /// How much goes wrong: a fault that happens one time in `n` happens `trouble` times as often, or never at 0.
    trouble: u32,
}

#[derive(Debug)]
enum Source {
    Seed(Rng),
    Tape(std::vec::IntoIter<u32>),
}

impl Chance {
    /// The stream of a seed.
    #[must_use]
    pub fn new(seed: u64, trouble: u32) -> Self {
        Self { source: Source::Seed(Rng::with_seed(seed)), tape: Tape::new(), trouble }
    }

    /// The decisions of a tape.
    #[must_use]
    pub fn replay(tape: Tape, trouble: u32) -> Self {
        Self { source: Source::Tape(tape.into_iter()), tape: Tape::new(), trouble }
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

    /// One of `n` possibilities, of which there is at least one; the first is the calm one.
    pub fn pick(&mut self, n: usize) -> usize {
        self.draw(n.max(1) as u32) as usize
    }

    /// Happens one time in `n`.
    pub fn one_in(&mut self, n: u32) -> bool {
        self.draw(n.max(1)) + 1 == n.max(1)
    }

    /// Goes wrong one time in `n`, as long as anything goes wrong.
    pub fn fault(&mut self, n: u32) -> bool {
        self.trouble > 0 && self.draw(n.max(1)) + self.trouble >= n
    }

    /// A number below `n`. 0 is what a calm world decides.
    fn draw(&mut self, n: u32) -> u32 {
        let drawn = match &mut self.source {
            Source::Seed(rng) => rng.u32(0..n),
            Source::Tape(rest) => rest.next().unwrap_or(0).min(n - 1),
        };
        self.tape.push(drawn);
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_decides_what_the_seed_decided_and_what_it_lacks_is_calm() {
        let decide = |mut chance: Chance| [chance.one_in(2), chance.fault(3), chance.pick(9) > 4, chance.one_in(2)];
        for seed in 0..50 {
            let mut first = Chance::new(seed, 1);
            let decided = [first.one_in(2), first.fault(3), first.pick(9) > 4, first.one_in(2)];
            assert_eq!(decide(Chance::replay(first.tape.clone(), 1)), decided);
            assert!(!decide(Chance::replay(first.tape[..3].to_vec(), 1))[3]);
        }
        assert_eq!(decide(Chance::replay(Tape::new(), 1)), [false; 4]);
    }
}
