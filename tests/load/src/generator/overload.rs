//! Whether the shop bears being asked for too much: it goes on doing what it can, what it takes is as quick as ever, the rest
//! is told when to come again, and memory stays bounded (promise I10). That nothing accepted is lost is judged in every run.

use serde::Serialize;

use super::{by_phase::PhaseReport, memory::Memory};

/// What "three times capacity" must come to at least, for an open loop never offers exactly what was asked of it.
const TIMES_CAPACITY: f64 = 2.7;
/// The goodput under overload, as a part of that at the peak.
const GOODPUT: f64 = 0.9;
/// How much slower an accepted order may be than at the peak, in the slowest of a hundred.
const SLOWER: f64 = 2.0;
/// No order this quick is slow, in milliseconds.
const QUICK_MS: f64 = 500.0;
/// How much more memory a process of the shop may have than at the peak, and how many MiB are always allowed.
const MORE_MEMORY: f64 = 1.5;
const ALLOWED_MIB: f64 = 64.0;
/// The processes of the shop, by how their names begin.
const SHOP: [&str; 9] =
    ["ingress", "orders", "inventory", "payments", "invoicing", "shipping", "catalog", "coupons", "imports"];

/// A run that asks for too much.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OverloadReport {
    /// What happened in each phase.
    pub phases: Vec<PhaseReport>,
    /// The memory of every process.
    pub memory: Vec<Memory>,
}

impl OverloadReport {
    /// What is wrong, for people; empty if nothing is.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let [peak, overload, after] = self.phases.as_slice() else { return Vec::new() };
        let mut faults = Vec::new();
        let mut require = |holds: bool, what: &dyn Fn() -> String| {
            if !holds {
                faults.push(what());
            }
        };
        require(overload.refused > 0, &|| "nothing was turned away: that was no overload".to_owned());
        let times = overload.offered_rate() / peak.goodput.max(f64::MIN_POSITIVE);
        require(times >= TIMES_CAPACITY, &|| format!("only {times:.1} times the goodput at the peak was offered"));
        for phase in [overload, after] {
            require(phase.goodput >= GOODPUT * peak.goodput, &|| {
                format!("goodput {:.1}/s in phase {}, {:.1}/s at the peak", phase.goodput, phase.name, peak.goodput)
            });
        }
        for (which, at_peak, then) in
            [("p50", peak.post.p50_ms, overload.post.p50_ms), ("p99", peak.post.p99_ms, overload.post.p99_ms)]
        {
            require(then <= QUICK_MS.max(SLOWER * at_peak), &|| {
                format!("{which} of accepted orders {then:.0} ms, {at_peak:.0} ms at the peak")
            });
        }
        for phase in &self.phases {
            require(phase.refused_without_retry_after == 0, &|| {
                format!("{} refusals without Retry-After in phase {}", phase.refused_without_retry_after, phase.name)
            });
            require(phase.failed == 0, &|| format!("{} orders met another end in phase {}", phase.failed, phase.name));
            let ends = phase.accepted + phase.refused + phase.failed;
            require(ends == phase.offered, &|| {
                format!("{ends} ends of {} orders in phase {}", phase.offered, phase.name)
            });
        }
        for memory in self.memory.iter().filter(|memory| SHOP.iter().any(|name| memory.name.starts_with(name))) {
            let most = |phase: &PhaseReport| memory.most(phase.from_seconds, phase.to_seconds);
            let (before, then) = (most(peak), most(overload));
            require(then <= MORE_MEMORY * before + ALLOWED_MIB, &|| {
                format!("{} had {then:.0} MiB, {before:.0} MiB at the peak", memory.name)
            });
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::latency::Summary;

    fn phase(name: &'static str, from: f64, rate: f64, goodput: f64, p99_ms: f64) -> PhaseReport {
        let offered = (rate * 10.0) as u64;
        let summary = Summary { count: 1, p50_ms: p99_ms, p95_ms: p99_ms, p99_ms, p999_ms: p99_ms, max_ms: p99_ms };
        PhaseReport {
            name,
            rate,
            from_seconds: from,
            to_seconds: from + 10.0,
            offered,
            accepted: offered / 2,
            refused: offered / 2,
            refused_without_retry_after: 0,
            failed: 0,
            goodput,
            post: summary,
            refusal: summary,
            place_to_confirmed: summary,
        }
    }

    fn good() -> OverloadReport {
        let phases = vec![
            phase("peak", 0.0, 100.0, 100.0, 300.0),
            phase("overload", 10.0, 300.0, 91.0, 590.0),
            phase("after", 20.0, 100.0, 95.0, 300.0),
        ];
        let memory =
            |name: &str, then| Memory { name: name.to_owned(), rss_mib: [vec![100.0; 10], vec![then; 20]].concat() };
        OverloadReport { phases, memory: vec![memory("ingress", 150.0), memory("kafka", 900.0)] }
    }

    #[test]
    fn a_shop_that_bears_it_has_no_fault() {
        assert_eq!(good().faults(), Vec::<String>::new());
    }

    #[test]
    fn each_fault_is_caught() {
        type Change = fn(&mut OverloadReport);
        let changes: [(Change, &str); 10] = [
            (|report| report.phases[1].goodput = 89.0, "goodput 89.0/s in phase overload"),
            (|report| report.phases[2].goodput = 10.0, "phase after"),
            (|report| report.phases[1].post.p99_ms = 601.0, "p99"),
            (|report| report.phases[1].post.p50_ms = 601.0, "p50"),
            (
                |report| {
                    let phase = &mut report.phases[1];
                    (phase.accepted, phase.refused) = (phase.offered, 0);
                },
                "no overload",
            ),
            (
                |report| {
                    let phase = &mut report.phases[1];
                    (phase.offered, phase.accepted, phase.refused) = (2_000, 1_000, 1_000);
                },
                "only 2.0 times",
            ),
            (
                |report| {
                    report.phases[1].refused -= 12;
                    report.phases[1].failed = 12;
                },
                "12 orders met another end",
            ),
            (|report| report.phases[1].accepted -= 1, "2999 ends of 3000 orders"),
            (|report| report.phases[1].refused_without_retry_after = 3, "3 refusals without Retry-After"),
            (|report| report.memory[0].rss_mib[15] = 300.0, "ingress had 300 MiB"),
        ];
        for (change, expected) in changes {
            let mut report = good();
            change(&mut report);
            let faults = report.faults();
            assert!(faults.len() == 1 && faults[0].contains(expected), "{faults:?}");
        }
    }
}
