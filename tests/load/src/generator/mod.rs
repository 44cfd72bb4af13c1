//! `load`: orders at a fixed rate, and how the shop bears it.
//!
//! The generator is an open loop. Every order has its intended start on a fixed schedule, and every latency is counted
//! from there: an order that could not be sent in time, because the shop or the generator was slow, is late and says so.
//! (A closed loop would wait with it, and never see what its customers see: "coordinated omission".)
//!
//! Reads of statuses, products, lists and carts have schedules of their own (`reads`), beside the orders or, with `--quiet`, after
//! them.
//!
//! With `--overload` the rate is first what the shop can do, then several times that, then as before (`phases`), and the run
//! is judged by how the shop bears it (`overload`).

mod args;
mod baskets;
mod by_phase;
mod confirm;
mod customers;
mod latency;
mod machine;
mod memory;
mod mix;
mod overload;
mod pace;
mod phases;
mod place;
mod processes;
mod progress;
mod read_counts;
mod reads;
mod recent;
mod report;
mod run;
mod schedule;
mod table;
mod tally;
mod verdict;

pub use args::Arguments;
pub use by_phase::PhaseReport;
pub use latency::Summary;
pub use memory::Memory;
pub use overload::OverloadReport;
pub use read_counts::ReadReport;
pub use reads::Read;
pub use report::{Quiet, Report};
pub use run::{RunError, run};
