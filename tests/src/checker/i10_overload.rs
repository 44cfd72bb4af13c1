//! I10: above capacity a shop goes on doing what it can; the rest is turned away at once and told when to come back.
//!
//! The load generator, which makes such a run, knows the rules (`OverloadReport::faults`).

use super::{Facts, Report};

pub(super) fn check(facts: &Facts, report: &mut Report) {
    let offered = |phase: usize| {
        let phase = facts.overload.as_ref().and_then(|overload| overload.phases.get(phase));
        phase.map_or(0, |phase| usize::try_from(phase.offered).unwrap_or(usize::MAX))
    };
    report.looked_at("requests at capacity", offered(0));
    report.looked_at("requests above", offered(1));
    let Some(overload) = &facts.overload else { return };
    report.looked_at("processes", overload.memory.len());
    overload.faults().into_iter().for_each(|fault| report.add("overload", fault));
}

#[cfg(test)]
mod tests {
    use load::generator::PhaseReport;

    use super::{super::sample::assert_caught, *};

    fn above(facts: &mut Facts) -> &mut PhaseReport {
        &mut facts.overload.as_mut().unwrap().phases[1]
    }

    #[test]
    fn goodput_that_collapses_is_caught() {
        assert_caught("I10", "goodput 200.0/s in phase overload", |facts| above(facts).goodput = 200.0);
    }

    #[test]
    fn accepted_requests_that_wait_in_a_queue_are_caught() {
        assert_caught("I10", "p99 of accepted orders 9000 ms", |facts| above(facts).post.p99_ms = 9_000.0);
        assert_caught("I10", "p50 of accepted orders 900 ms", |facts| above(facts).post.p50_ms = 900.0);
    }

    #[test]
    fn requests_turned_away_without_a_word_when_to_come_back_are_caught() {
        assert_caught("I10", "7 refusals without Retry-After", |facts| above(facts).refused_without_retry_after = 7);
    }

    #[test]
    fn requests_that_fail_or_vanish_are_caught() {
        assert_caught("I10", "12 orders met another end", |facts| {
            above(facts).failed = 12;
            above(facts).refused -= 12;
        });
        assert_caught("I10", "ends of 54000 orders", |facts| above(facts).refused -= 1);
    }

    #[test]
    fn memory_without_a_bound_is_caught() {
        assert_caught("I10", "ingress had 2400 MiB", |facts| {
            facts.overload.as_mut().unwrap().memory[0].rss_mib[60..].iter_mut().for_each(|mib| *mib *= 40.0);
        });
    }
}
