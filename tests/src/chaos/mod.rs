//! The fault runner: a shop on parts of its own, customers who order at a steady rate, faults that strike by seed, and the
//! judgement once everything is healed and at rest. `cargo xtask chaos` runs it.
//!
//! One seed is one run in one process ([`run`]); several are a [`series`]. A new fault is a file in `faults/` and a line in
//! its list.

pub mod args;
pub mod faults;
mod ground;
mod parts;
mod recovery;
mod report;
pub mod run;
mod schedule;
pub mod series;
mod world;
