//! When a gateway is called and when it is left alone: a circuit breaker, as a pure state machine.
//!
//! Calls that go unanswered one after another open the circuit: nothing is sent for a while. Then single calls try whether
//! it answers again; so many answers in a row close the circuit, and one that is missing opens it anew. What comes of calls
//! that were let through in an earlier state says nothing about the present one.

use std::time::{Duration, Instant};

/// How patient a breaker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// So many calls in a row without an answer open the circuit.
    pub failures: u32,
    /// How long it stays open before one call may try.
    pub open: Duration,
    /// So many answers in a row close it again.
    pub probes: u32,
}

/// The state of the circuit to one gateway.
#[derive(Debug, Clone)]
pub struct Breaker {
    limits: Limits,
    state: State,
    /// How often the state has changed.
    era: u64,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failed: u32 },
    Open { until: Instant },
    HalfOpen { answered: u32, trying_since: Option<Instant> },
}

/// What others see of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Circuit {
    /// Calls are made.
    Closed,
    /// One call at a time tries whether the gateway answers again.
    HalfOpen,
    /// No calls are made.
    Open,
}

impl Circuit {
    /// The name as logs spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half open",
            Self::Open => "open",
        }
    }
}

/// The permission to make one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    era: u64,
}

impl Breaker {
    /// A closed one.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self { limits, state: State::Closed { failed: 0 }, era: 0 }
    }

    /// Where it stands.
    #[must_use]
    pub const fn circuit(&self) -> Circuit {
        match self.state {
            State::Closed { .. } => Circuit::Closed,
            State::HalfOpen { .. } => Circuit::HalfOpen,
            State::Open { .. } => Circuit::Open,
        }
    }

    /// Whether a call may be made now.
    pub fn admit(&mut self, now: Instant) -> Option<Permit> {
        if matches!(self.state, State::Open { until } if until <= now) {
            self.turn(State::HalfOpen { answered: 0, trying_since: None });
        }
        match &mut self.state {
            State::Closed { .. } => {}
            State::Open { .. } => return None,
            // A call that tried and was never heard of again holds its place for a while only.
            State::HalfOpen { trying_since: Some(since), .. } if now < *since + self.limits.open => return None,
            State::HalfOpen { trying_since, .. } => *trying_since = Some(now),
        }
        Some(Permit { era: self.era })
    }

    /// What came of a call: whether the gateway answered, be it with a refusal.
    pub fn note(&mut self, permit: Permit, answered: bool, now: Instant) {
        if permit.era != self.era {
            return;
        }
        match (self.state, answered) {
            (State::Closed { .. }, true) => self.state = State::Closed { failed: 0 },
            (State::Closed { failed }, false) if failed + 1 < self.limits.failures => {
                self.state = State::Closed { failed: failed + 1 };
            }
            (State::HalfOpen { answered, .. }, true) if answered + 1 < self.limits.probes => {
                self.state = State::HalfOpen { answered: answered + 1, trying_since: None };
            }
            (State::HalfOpen { .. }, true) => self.turn(State::Closed { failed: 0 }),
            (State::Closed { .. } | State::HalfOpen { .. }, false) => {
                self.turn(State::Open { until: now + self.limits.open });
            }
            (State::Open { .. }, _) => {}
        }
    }

    fn turn(&mut self, state: State) {
        self.state = state;
        self.era += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits { failures: 3, open: Duration::from_secs(10), probes: 2 };

    fn fail(breaker: &mut Breaker, times: u32, now: Instant) {
        for _ in 0..times {
            let permit = breaker.admit(now).expect("a call is made");
            breaker.note(permit, false, now);
        }
    }

    fn answer(breaker: &mut Breaker, now: Instant) {
        let permit = breaker.admit(now).expect("a call is made");
        breaker.note(permit, true, now);
    }

    /// One that opened at `now`.
    fn open(now: Instant) -> Breaker {
        let mut breaker = Breaker::new(LIMITS);
        fail(&mut breaker, LIMITS.failures, now);
        breaker
    }

    #[test]
    fn so_many_calls_in_a_row_without_an_answer_open_the_circuit() {
        let now = Instant::now();
        let mut breaker = Breaker::new(LIMITS);
        fail(&mut breaker, 2, now);
        answer(&mut breaker, now);
        fail(&mut breaker, 2, now);
        assert_eq!(breaker.circuit(), Circuit::Closed, "an answer between them starts anew");
        fail(&mut breaker, 1, now);
        assert_eq!((breaker.circuit(), breaker.admit(now)), (Circuit::Open, None));
    }

    #[test]
    fn after_a_while_one_call_at_a_time_tries_and_answers_in_a_row_close_it() {
        let now = Instant::now();
        let mut breaker = open(now);
        assert_eq!(breaker.admit(now + LIMITS.open - Duration::from_millis(1)), None);
        let later = now + LIMITS.open;
        let first = breaker.admit(later).expect("one may try");
        assert_eq!((breaker.admit(later), breaker.circuit()), (None, Circuit::HalfOpen));
        breaker.note(first, true, later);
        answer(&mut breaker, later);
        assert_eq!(breaker.circuit(), Circuit::Closed);
    }

    #[test]
    fn a_try_that_is_not_answered_opens_it_anew_for_the_full_time() {
        let now = Instant::now();
        let mut breaker = open(now);
        let later = now + LIMITS.open * 2;
        fail(&mut breaker, 1, later);
        assert_eq!(breaker.admit(later + LIMITS.open - Duration::from_millis(1)), None);
        assert!(breaker.admit(later + LIMITS.open).is_some());
    }

    #[test]
    fn a_try_that_is_never_heard_of_again_does_not_keep_it_half_open_for_ever() {
        let now = Instant::now();
        let mut breaker = open(now);
        let later = now + LIMITS.open;
        assert!(breaker.admit(later).is_some());
        assert_eq!(breaker.admit(later + LIMITS.open / 2), None);
        assert!(breaker.admit(later + LIMITS.open).is_some());
    }

    #[test]
    fn what_comes_late_of_calls_from_before_it_opened_says_nothing() {
        let now = Instant::now();
        let mut breaker = Breaker::new(LIMITS);
        let slow = breaker.admit(now).expect("a call is made");
        fail(&mut breaker, LIMITS.failures, now);
        breaker.note(slow, true, now);
        assert_eq!(breaker.circuit(), Circuit::Open);
        assert!(breaker.admit(now + LIMITS.open).is_some());
        breaker.note(slow, false, now);
        assert_eq!(breaker.circuit(), Circuit::HalfOpen);
    }

    proptest! {
        /// Whatever comes of calls, in whatever order: while it is open nothing is sent, and a gateway that answers again is
        /// called again.
        #[test]
        fn it_never_stays_shut_for_a_gateway_that_answers(
            steps in proptest::collection::vec((any::<bool>(), any::<bool>(), 0..4_000_u64), 0..200),
        ) {
            let mut now = Instant::now();
            let mut breaker = Breaker::new(LIMITS);
            let mut under_way: Vec<Permit> = Vec::new();
            for (starts, answers, pause) in steps {
                now += Duration::from_millis(pause);
                if starts {
                    let was_open = matches!(breaker.state, State::Open { until } if now < until);
                    let permit = breaker.admit(now);
                    prop_assert!(!(was_open && permit.is_some()));
                    under_way.extend(permit);
                } else if let Some(permit) = under_way.pop() {
                    breaker.note(permit, answers, now);
                }
            }
            now += LIMITS.open;
            for _ in 0..LIMITS.probes {
                let permit = breaker.admit(now);
                prop_assert!(permit.is_some());
                breaker.note(permit.unwrap(), true, now);
            }
            prop_assert_eq!(breaker.circuit(), Circuit::Closed);
        }
    }
}
