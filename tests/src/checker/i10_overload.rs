//! I10: above capacity a shop goes on doing what it can; the rest is turned away at once and told when to come back.

use super::{Facts, Memory, Overload, Report, Window};

/// What "three times capacity" must come to at least, for an open loop never offers exactly what was asked of it.
const TIMES_CAPACITY: f64 = 2.7;
/// How much of the peak must still come through.
const GOODPUT: f64 = 0.9;
/// How many times longer than at the peak an accepted request may take.
const SLOWER: f64 = 3.0;
/// A latency that is no trouble to anybody, in milliseconds: a peak of 20 ms does not forbid 100.
const HARMLESS_MS: f64 = 500.0;
/// How much more memory a process may take than at the peak: as much again, or this many bytes.
const MORE_MEMORY: u64 = 256 * 1024 * 1024;

pub(super) fn check(facts: &Facts, report: &mut Report) {
    let offered = |window: fn(&Overload) -> &Window| {
        let offered = facts.overload.as_ref().map_or(0, |overload| window(overload).offered);
        usize::try_from(offered).unwrap_or(usize::MAX)
    };
    report.looked_at("requests at capacity", offered(|overload| &overload.peak));
    report.looked_at("requests above", offered(|overload| &overload.above));
    let Some(Overload { peak, above, memory }) = &facts.overload else { return };
    report.looked_at("processes", memory.len());
    check_load(peak, above, report);
    check_goodput(peak, above, report);
    check_latency("p50", peak.accepted_p50_ms, above.accepted_p50_ms, report);
    check_latency("p99", peak.accepted_p99_ms, above.accepted_p99_ms, report);
    check_turned_away(above, report);
    memory.iter().for_each(|memory| check_memory(memory, report));
}

/// A run that offered less shows nothing.
fn check_load(peak: &Window, above: &Window, report: &mut Report) {
    let times = above.offered_rate() / peak.goodput().max(f64::MIN_POSITIVE);
    report.require(times >= TIMES_CAPACITY, "load", || format!("only {times:.1} times capacity was offered"));
    report.require(above.turned_away() > 0, "load", || "nothing was turned away".to_owned());
}

fn check_goodput(peak: &Window, above: &Window, report: &mut Report) {
    let (least, found) = (GOODPUT * peak.goodput(), above.goodput());
    report.require(found >= least, "goodput", || format!("{found:.1} a second, {least:.1} at least expected"));
}

fn check_latency(which: &'static str, peak: f64, above: f64, report: &mut Report) {
    let most = (SLOWER * peak).max(HARMLESS_MS);
    report.require(above <= most, which, || format!("{above:.0} ms for accepted requests, {peak:.0} ms at the peak"));
}

/// Everything that was not accepted was told to come back.
fn check_turned_away(above: &Window, report: &mut Report) {
    for shed in &above.shed {
        let told = matches!(shed.status, 429 | 503) && shed.has_retry_after;
        report.require(told, "turned away", || {
            let without = if shed.has_retry_after { "with" } else { "without" };
            format!("{} requests by {} {without} Retry-After", shed.count, shed.status)
        });
    }
    report.require(above.failed == 0, "turned away", || format!("{} requests met another end", above.failed));
    let ends = above.accepted + above.turned_away() + above.failed;
    report.require(ends == above.offered, "turned away", || format!("{ends} ends of {} requests", above.offered));
}

fn check_memory(memory: &Memory, report: &mut Report) {
    let Memory { process, peak, above } = memory;
    let most = peak.saturating_mul(2).max(peak.saturating_add(MORE_MEMORY));
    report.require(*above <= most, process, || format!("{above} bytes of memory, {peak} at the peak"));
}

#[cfg(test)]
mod tests {
    use super::super::{Shed, sample::assert_caught};
    use super::*;

    fn above(facts: &mut Facts) -> &mut Window {
        &mut facts.overload.as_mut().unwrap().above
    }

    #[test]
    fn goodput_that_collapses_is_caught() {
        assert_caught("I10", "200.0 a second, 270.0 at least expected", |facts| above(facts).completed = 2_000);
    }

    #[test]
    fn accepted_requests_that_wait_in_a_queue_are_caught() {
        assert_caught("I10", "9000 ms for accepted requests", |facts| above(facts).accepted_p99_ms = 9_000.0);
        assert_caught("I10", "900 ms for accepted requests", |facts| above(facts).accepted_p50_ms = 900.0);
    }

    #[test]
    fn requests_turned_away_without_a_word_when_to_come_back_are_caught() {
        assert_caught("I10", "by 503 without Retry-After", |facts| above(facts).shed[0].has_retry_after = false);
        assert_caught("I10", "by 500 with Retry-After", |facts| above(facts).shed[0].status = 500);
    }

    #[test]
    fn requests_that_fail_or_vanish_are_caught() {
        assert_caught("I10", "12 requests met another end", |facts| {
            above(facts).failed = 12;
            above(facts).shed[0].count -= 12;
        });
        assert_caught("I10", "ends of 9000 requests", |facts| above(facts).shed[0].count -= 1);
    }

    #[test]
    fn memory_without_a_bound_is_caught() {
        assert_caught("I10", "bytes of memory", |facts| facts.overload.as_mut().unwrap().memory[0].above *= 40);
    }

    #[test]
    fn a_run_that_is_no_overload_is_caught() {
        assert_caught("I10", "only 2.0 times capacity was offered", |facts| {
            above(facts).offered = 6_000;
            above(facts).shed = vec![Shed { status: 503, has_retry_after: true, count: 3_000 }];
        });
    }

    #[test]
    fn a_shop_that_turns_nobody_away_is_caught() {
        assert_caught("I10", "nothing was turned away", |facts| {
            above(facts).accepted = above(facts).offered;
            above(facts).shed.clear();
        });
    }
}
