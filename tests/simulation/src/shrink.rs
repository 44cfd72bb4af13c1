//! Makes the history of a failure short: fewer orders and fewer decisions other than the calm ones, as long as the same
//! promise is broken.

use crate::{
    chance::Tape,
    judge, live,
    world::{Failure, Settings, World},
};

/// How many seeds are tried for each number of orders.
const SEEDS_EACH: u64 = 40;

/// The shortest history that was found.
#[derive(Debug, Clone)]
pub struct Shortest {
    /// What does not hold in it.
    pub failure: Failure,
    /// How many decisions in it are not calm.
    pub decisions: usize,
    /// What happens in it.
    pub story: Vec<String>,
}

/// Shortens the history of a failure by trying at most so many others.
///
/// # Panics
/// When the settings of the failure lead to no failure: they must be those that it was found with.
#[must_use]
pub fn shrink(failure: &Failure, tries: usize) -> Shortest {
    let promise = promise(&failure.broken);
    let settings = with_fewer_orders(failure.settings, promise);
    let mut first = World::new(settings);
    judge(&mut first).expect_err("the same settings make the same history");
    let mut search = Search { promise, tries, settings, tape: first.around.chance.tape };
    search.cut_off();
    while search.calmer() {}
    search.tell()
}

/// Another seed makes another history, but few orders break the same promise in a much shorter one, if any do.
fn with_fewer_orders(settings: Settings, promise: &str) -> Settings {
    let breaks = |settings: &Settings| live(*settings).is_err_and(|failure| self::promise(&failure.broken) == promise);
    (1..settings.orders)
        .flat_map(|orders| (0..SEEDS_EACH).map(move |further| (orders, further)))
        .map(|(orders, further)| Settings { orders, seed: settings.seed.wrapping_add(further), ..settings })
        .find(breaks)
        .unwrap_or(settings)
}

/// The first word says which promise is broken.
fn promise(broken: &str) -> &str {
    broken.split_whitespace().next().unwrap_or_default()
}

struct Search<'a> {
    promise: &'a str,
    /// How many more histories may be tried.
    tries: usize,
    settings: Settings,
    tape: Tape,
}

impl Search<'_> {
    /// Keeps what still fails in the same way.
    fn attempt(&mut self, settings: Settings, tape: Tape) -> bool {
        let Some(left) = self.tries.checked_sub(1) else { return false };
        self.tries = left;
        let mut world = World::replay(settings, tape.clone());
        let fails = judge(&mut world).is_err_and(|failure| promise(&failure.broken) == self.promise);
        if fails {
            (self.settings, self.tape) = (settings, tape);
        }
        fails
    }

    /// Cuts off the end, by halves: what follows is calm.
    fn cut_off(&mut self) {
        let mut step = self.tape.len();
        while step > 0 {
            let end = self.tape.len().saturating_sub(step);
            if !self.attempt(self.settings, self.tape[..end].to_vec()) {
                step /= 2;
            }
        }
    }

    /// Leaves out, or else calms, stretches of decisions, long ones first; whether anything was found.
    fn calmer(&mut self) -> bool {
        let before = (self.tape.len(), self.restless());
        let mut length = self.tape.len() / 2;
        while length > 0 {
            let mut from = 0;
            while from < self.tape.len() {
                let to = (from + length).min(self.tape.len());
                let without = [&self.tape[..from], &self.tape[to..]].concat();
                if !self.attempt(self.settings, without) {
                    self.calm(from, to);
                    from = to;
                }
            }
            length /= 2;
        }
        self.tries > 0 && (self.tape.len(), self.restless()) != before
    }

    fn calm(&mut self, from: usize, to: usize) {
        let mut calm = self.tape.clone();
        calm[from..to].fill(0);
        if calm != self.tape {
            self.attempt(self.settings, calm);
        }
    }

    fn restless(&self) -> usize {
        self.tape.iter().filter(|decision| **decision > 0).count()
    }

    fn tell(self) -> Shortest {
        let mut world = World::replay(self.settings, self.tape.clone());
        world.around.story = Some(Vec::new());
        let failure = judge(&mut world).expect_err("only what fails is kept");
        Shortest { failure, decisions: self.restless(), story: world.around.story.unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Planted;

    #[test]
    fn a_failure_is_shortened_to_a_history_that_breaks_the_same_promise() {
        let settings = |seed| Settings { seed, orders: 8, trouble: 2, planted: Some(Planted::TrustedMemory) };
        let failure = (0..300).find_map(|seed| live(settings(seed)).err()).unwrap();
        let shortest = shrink(&failure, 60);
        assert_eq!(promise(&shortest.failure.broken), promise(&failure.broken));
        assert!(shortest.failure.settings.orders <= 8);
        assert!(shortest.story.iter().any(|event| event.contains("order 0 is placed")), "{:?}", shortest.story);
    }
}
