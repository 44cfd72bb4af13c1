//! The report as text.

use std::fmt::{self, Display, Formatter};

use super::{
    by_phase::PhaseReport,
    latency::Summary,
    overload::OverloadReport,
    processes::ProcessReport,
    read_counts::ReadReport,
    report::{Quiet, Report},
    tally::Stray,
};

/// How many orders are named; the rest are counted, and all are in the JSON report.
const NAMED: usize = 20;

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.head(f)?;
        self.orders(f)?;
        self.latencies(f)?;
        self.costs(f)?;
        self.overload.iter().try_for_each(|overload| phases(f, overload))?;
        for (error, count) in &self.errors {
            writeln!(f, "error    {count:>8} x {error}")?;
        }
        strays(f, "lost", &self.lost)?;
        strays(f, "ended otherwise", &self.ended_otherwise)?;
        self.verdict(f)
    }
}

impl Report {
    fn head(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (machine, settings) = (&self.machine, &self.settings);
        writeln!(
            f,
            "\nmachine  {}, {} cores, {} MiB, Linux {}",
            machine.cpu, machine.cores, machine.memory_mib, machine.kernel
        )?;
        writeln!(
            f,
            "load     {} orders at {}/s by {} customers ({}), seed {}",
            settings.orders, settings.rate, settings.users, settings.mix, settings.seed
        )?;
        let when =
            if settings.quiet > 0.0 { format!("for {} s after them", settings.quiet) } else { "beside them".into() };
        writeln!(
            f,
            "reads    {}/s of statuses, {}/s of products, {}/s of lists, {}/s of carts, {when}",
            settings.status_rate, settings.product_rate, settings.list_rate, settings.cart_rate
        )?;
        writeln!(
            f,
            "window   {:.1} s of {:.1} s: rates and latencies are without the warm-up and the run-out",
            self.window_seconds, self.took_seconds
        )
    }

    fn orders(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{:<24}{:>10}{:>12}", "orders", "count", "per second")?;
        writeln!(f, "{:<24}{:>10}", "placed", self.placed)?;
        writeln!(f, "{:<24}{:>10}{:>12.1}", "accepted", self.accepted, self.accepted_per_second)?;
        writeln!(f, "{:<24}{:>10}{:>12.1}", "confirmed", self.confirmed, self.confirmed_per_second)?;
        let rest = [
            ("turned away (429, 503)", self.turned_away),
            ("failed", self.failed),
            ("ended otherwise", self.ended_otherwise.len() as u64),
            ("lost", self.lost.len() as u64),
        ];
        rest.into_iter().try_for_each(|(name, count)| writeln!(f, "{name:<24}{count:>10}"))
    }

    fn latencies(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<24}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
            "latency (ms)", "count", "p50", "p95", "p99", "p999", "max"
        )?;
        let orders = [
            ("POST /orders", self.post),
            ("place to confirmed", self.place_to_confirmed),
            ("(generator late)", self.lateness),
        ];
        let reads = self.reads.iter().flat_map(|of| [(of.kind.name(), of.answered), ("(generator late)", of.late)]);
        for (name, Summary { count, p50_ms, p95_ms, p99_ms, p999_ms, max_ms }) in orders.into_iter().chain(reads) {
            write!(f, "{name:<24}{count:>10}{p50_ms:>10.2}{p95_ms:>10.2}{p99_ms:>10.2}")?;
            writeln!(f, "{p999_ms:>10.2}{max_ms:>10.2}")?;
        }
        for ReadReport { kind, refused, failed, .. } in self.reads.iter().filter(|of| of.refused + of.failed > 0) {
            writeln!(f, "{:<24}{refused:>10} refused (429, 503), {failed} failed", kind.name())?;
        }
        Ok(())
    }

    fn costs(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{:<24}{:>10}{:>12}{:>10}{:>14}", "process", "CPU s", "ms/order", "% core", "peak RSS MiB")?;
        for process in &self.processes {
            let ProcessReport { name, cpu_seconds, cpu_ms_per_order, core_percent, peak_rss_mib, .. } = process;
            let gone = if process.alive { "" } else { "  gone" };
            writeln!(
                f,
                "{name:<24}{cpu_seconds:>10.2}{cpu_ms_per_order:>12.3}{core_percent:>10.1}{peak_rss_mib:>14.1}{gone}"
            )?;
        }
        let sum = |of: fn(&ProcessReport) -> f64| self.processes.iter().map(of).sum::<f64>();
        let (seconds, per_order) = (sum(|process| process.cpu_seconds), sum(|process| process.cpu_ms_per_order));
        write!(f, "{:<24}{seconds:>10.2}{per_order:>12.3}{:>10.1}", "all", sum(|process| process.core_percent))?;
        let busy = self.machine_busy_percent.map(|busy| format!("   the machine was {busy:.0} % busy"));
        writeln!(f, "{}\n", busy.unwrap_or_default())?;
        self.quiet.iter().try_for_each(|quiet| quiet_time(f, quiet))
    }

    fn verdict(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.has_passed() {
            return write!(f, "PASSED: nothing lost, {:.1} confirmed orders/s", self.confirmed_per_second);
        }
        write!(f, "FAILED: {}", self.faults.join("; "))
    }
}

fn quiet_time(f: &mut Formatter<'_>, quiet: &Quiet) -> fmt::Result {
    let busy = quiet.machine_busy_percent.map(|busy| format!(" (the machine was {busy:.0} % busy)"));
    writeln!(f, "{:<24}{:>10}{}", "while there were reads", "% core", busy.unwrap_or_default())?;
    for process in &quiet.processes {
        writeln!(f, "{:<24}{:>10.1}", process.name, process.core_percent)?;
    }
    writeln!(f)
}

fn phases(f: &mut Formatter<'_>, overload: &OverloadReport) -> fmt::Result {
    let OverloadReport { phases, memory } = overload;
    writeln!(
        f,
        "{:<10}{:>9}{:>9}{:>9}{:>9}{:>8}{:>10}{:>22}{:>20}{:>14}",
        "phase",
        "offered/s",
        "offered",
        "accepted",
        "refused",
        "of it",
        "goodput/s",
        "POST ms p50/p95/p99",
        "confirmed s p50/p99",
        "refusal p99"
    )?;
    for phase in phases {
        let PhaseReport { name, rate, offered, accepted, refused, goodput, post, refusal, place_to_confirmed, .. } =
            phase;
        let share = *refused as f64 * 100.0 / (*offered).max(1) as f64;
        let post = format!("{:.0}/{:.0}/{:.0}", post.p50_ms, post.p95_ms, post.p99_ms);
        let confirmed = format!("{:.1}/{:.1}", place_to_confirmed.p50_ms / 1e3, place_to_confirmed.p99_ms / 1e3);
        writeln!(
            f,
            "{name:<10}{rate:>9.0}{offered:>9}{accepted:>9}{refused:>9}{share:>6.0} %{goodput:>10.1}{post:>22}{confirmed:>20}{:>11.0} ms",
            refusal.p99_ms
        )?;
    }
    writeln!(f, "\n{:<24}{:>10}{:>10}{:>10}", "most memory (MiB)", "peak", "overload", "after")?;
    for process in memory {
        let most = phases.iter().map(|phase| format!("{:>10.1}", process.most(phase.from_seconds, phase.to_seconds)));
        writeln!(f, "{:<24}{}", process.name, most.collect::<String>())?;
    }
    writeln!(f)
}

fn strays(f: &mut Formatter<'_>, name: &str, strays: &[Stray]) -> fmt::Result {
    for Stray { order_id, status } in strays.iter().take(NAMED) {
        writeln!(f, "{name}: order {order_id}, seen last {}", status.map_or("never", |status| status.as_str()))?;
    }
    match strays.len().saturating_sub(NAMED) {
        0 => Ok(()),
        more => writeln!(f, "{name}: and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use clap::Parser;
    use tokio::time::Instant;
    use uuid::Uuid;

    use super::*;
    use crate::{
        api::Status,
        generator::{
            args::Arguments,
            machine::Machine,
            report::Measured,
            schedule::Window,
            tally::{Counts, Tally},
        },
    };

    fn report(counts: Counts) -> Report {
        let arguments = Arguments::parse_from(["load", "--orders", "2", "--rate", "2"]);
        let machine = Machine { cpu: "Abacus".to_owned(), cores: 2, memory_mib: 8, kernel: "6.1".to_owned() };
        let measured = Measured {
            took: Duration::from_secs(3),
            window: Duration::from_secs(2),
            processes: Vec::new(),
            memory: Vec::new(),
            quiet: None,
            machine_busy_percent: Some(50.0),
        };
        Report::new(&arguments, machine, counts, measured)
    }

    fn counted(happen: impl FnOnce(&Tally, Instant)) -> Counts {
        let now = Instant::now();
        let tally = Tally::new(Window::new(now, Duration::from_secs(10), Duration::ZERO)).unwrap();
        tally.placed(now, now);
        tally.placed(now, now);
        happen(&tally, now);
        tally.snapshot()
    }

    #[test]
    fn rates_are_those_of_the_window() {
        let report = report(counted(|tally, now| {
            tally.confirmed(now, now + Duration::from_millis(20));
            tally.confirmed(now, now + Duration::from_millis(30));
        }));
        assert!(report.has_passed());
        assert_eq!(report.confirmed_per_second, 1.0);
        assert!(report.to_string().contains("PASSED: nothing lost, 1.0 confirmed orders/s"), "{report}");
    }

    #[test]
    fn every_lost_order_is_named_up_to_a_bound() {
        let counts = counted(|tally, _| {
            (0..30).for_each(|n| tally.lost(Stray { order_id: Uuid::from_u128(n), status: Some(Status::Paid) }));
        });
        let text = report(counts).to_string();
        assert!(text.contains("lost: order 00000000-0000-0000-0000-000000000000, seen last paid"), "{text}");
        assert!(text.contains("lost: and 10 more") && text.contains("FAILED: 30 orders"), "{text}");
    }

    #[test]
    fn the_report_is_json_too() {
        let value = serde_json::to_value(report(counted(|_, _| {}))).unwrap();
        assert_eq!(value["machine"]["cores"], 2);
        assert_eq!(value["errors"], serde_json::to_value(BTreeMap::<String, u64>::new()).unwrap());
        assert_eq!(value["place_to_confirmed"]["count"], 0);
    }
}
