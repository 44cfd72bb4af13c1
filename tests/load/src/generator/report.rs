//! The run in figures.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::{
    args::Arguments,
    latency::Summary,
    machine::Machine,
    memory::Memory,
    overload::OverloadReport,
    processes::ProcessReport,
    read_counts::ReadReport,
    tally::{Counts, Stray},
    verdict::{Demands, faults},
};

/// Everything a run has to tell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What it was measured on.
    pub machine: Machine,
    /// What was asked for.
    pub settings: Settings,
    /// From the first order's start to the last order's end, in seconds.
    pub took_seconds: f64,
    /// The part of it that rates and latencies are of, in seconds.
    pub window_seconds: f64,
    /// Orders sent.
    pub placed: u64,
    /// Orders accepted.
    pub accepted: u64,
    /// Orders confirmed.
    pub confirmed: u64,
    /// Orders turned away with 429 or 503.
    pub turned_away: u64,
    /// Orders not accepted for another reason.
    pub failed: u64,
    /// Orders accepted that ended without a sale.
    pub ended_otherwise: Vec<Stray>,
    /// Orders accepted and not confirmed in time.
    pub lost: Vec<Stray>,
    /// Orders accepted per second, within the window.
    pub accepted_per_second: f64,
    /// Orders confirmed per second, within the window.
    pub confirmed_per_second: f64,
    /// From the intended start of an order to the shop's 202.
    pub post: Summary,
    /// From the intended start of an order to its customer knowing that it is confirmed.
    pub place_to_confirmed: Summary,
    /// What came of the reads, by kind.
    pub reads: Vec<ReadReport>,
    /// What each process took while there was nothing but reads, if that was asked for.
    pub quiet: Option<Quiet>,
    /// How much later than intended orders were sent: the generator's own part in the latencies.
    pub lateness: Summary,
    /// How often what went wrong.
    pub errors: BTreeMap<String, u64>,
    /// What each process cost.
    pub processes: Vec<ProcessReport>,
    /// How busy the whole machine was, in percent of all its cores.
    pub machine_busy_percent: Option<f64>,
    /// How the shop bore an overload, if that was asked for.
    pub overload: Option<OverloadReport>,
    /// What is wrong with the run; empty if it has passed.
    pub faults: Vec<String>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settings {
    /// Orders per second.
    pub rate: f64,
    /// Orders.
    pub orders: u64,
    /// Customers.
    pub users: u32,
    /// Status reads per second.
    pub status_rate: f64,
    /// Reads of product pages per second.
    pub product_rate: f64,
    /// Reads of product lists per second.
    pub list_rate: f64,
    /// Reads of carts per second.
    pub cart_rate: f64,
    /// Seconds of nothing but reads; 0 if they were beside the orders.
    pub quiet: f64,
    /// Shares of the payment methods.
    pub mix: String,
    /// The seed of all choices.
    pub seed: u64,
}

/// The time in which there was nothing but reads.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quiet {
    /// What each process cost in it; per order means per second of it.
    pub processes: Vec<ProcessReport>,
    /// How busy the machine was, in percent of all its cores.
    pub machine_busy_percent: Option<f64>,
}

/// What was measured beside the counts.
#[derive(Debug)]
pub struct Measured {
    /// From the first order's start to the last order's end.
    pub took: Duration,
    /// The part that counts.
    pub window: Duration,
    /// What each process cost.
    pub processes: Vec<ProcessReport>,
    /// The memory of each process over time.
    pub memory: Vec<Memory>,
    /// What there was besides while there was nothing but reads.
    pub quiet: Option<Quiet>,
    /// How busy the machine was.
    pub machine_busy_percent: Option<f64>,
}

impl Report {
    /// Draws it up.
    #[must_use]
    pub fn new(arguments: &Arguments, machine: Machine, counts: Counts, measured: Measured) -> Self {
        let per_second = |count: u64| count as f64 / measured.window.as_secs_f64().max(0.001);
        let confirmed_per_second = per_second(counts.confirmed_in_window);
        let orders = arguments.orders();
        let demands = Demands { orders, overload: arguments.overload, at_least: arguments.at_least };
        let overload = OverloadReport { phases: counts.phases.report(), memory: measured.memory };
        let overload = arguments.overload.then_some(overload);
        let mut faults = faults(demands, &counts, confirmed_per_second);
        faults.extend(overload.iter().flat_map(OverloadReport::faults));
        Self {
            machine,
            settings: Settings::of(arguments),
            took_seconds: measured.took.as_secs_f64(),
            window_seconds: measured.window.as_secs_f64(),
            placed: counts.placed,
            accepted: counts.accepted,
            confirmed: counts.confirmed,
            turned_away: counts.turned_away,
            failed: counts.failed,
            accepted_per_second: per_second(counts.accepted_in_window),
            confirmed_per_second,
            post: counts.post.summary(),
            place_to_confirmed: counts.confirm.summary(),
            reads: counts.reads.report(),
            quiet: measured.quiet,
            lateness: counts.lateness.summary(),
            processes: measured.processes,
            machine_busy_percent: measured.machine_busy_percent,
            overload,
            faults,
            ended_otherwise: counts.ended_otherwise,
            lost: counts.lost,
            errors: counts.errors,
        }
    }

    /// Whether the shop has borne it.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.faults.is_empty()
    }
}

impl Settings {
    fn of(arguments: &Arguments) -> Self {
        Self {
            rate: arguments.rate,
            orders: arguments.orders(),
            users: arguments.users,
            status_rate: arguments.status_rate,
            product_rate: arguments.product_rate,
            list_rate: arguments.list_rate,
            cart_rate: arguments.cart_rate,
            quiet: arguments.quiet,
            mix: arguments.mix.to_string(),
            seed: arguments.seed,
        }
    }
}
