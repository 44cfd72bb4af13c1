//! The command line of `load`.

use std::{path::PathBuf, time::Duration};

use clap::{Parser, value_parser};

use super::{mix::Mix, processes::Watched, reads::Read};

/// How long a run takes whose number of orders is not given, in seconds.
const USUAL_SECONDS: f64 = 120.0;
/// How long a phase of an overload takes then, in seconds.
const PHASE_SECONDS: f64 = 60.0;

/// Places orders at a fixed rate and reports rates, latencies, losses and the processor time of every process.
///
/// Ends with 0 if every order was accepted and confirmed, else with 1.
#[derive(Debug, Clone, Parser)]
#[command(name = "load", version, args_override_self = true)]
pub struct Arguments {
    /// The shop.
    #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub api: String,
    /// Orders per second.
    #[arg(long, default_value_t = 300.0, value_name = "R", value_parser = a_rate)]
    pub rate: f64,
    /// How many orders; two minutes' worth unless given.
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..))]
    pub orders: Option<u64>,
    /// How many customers place them.
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = value_parser!(u32).range(1..=10_000))]
    pub users: u32,
    /// Status reads per second beside those that wait for a confirmation; 0 for none.
    #[arg(long, default_value_t = 50.0, value_name = "S", value_parser = a_rate_or_none)]
    pub status_rate: f64,
    /// Reads of product pages per second.
    #[arg(long, default_value_t = 0.0, value_name = "S", value_parser = a_rate_or_none)]
    pub product_rate: f64,
    /// Reads of product lists per second, of twenty products of a category each.
    #[arg(long, default_value_t = 0.0, value_name = "S", value_parser = a_rate_or_none)]
    pub list_rate: f64,
    /// Reads of carts per second, of one to three products each.
    #[arg(long, default_value_t = 0.0, value_name = "S", value_parser = a_rate_or_none)]
    pub cart_rate: f64,
    /// Reads not while orders are placed but after they have ended, for so many seconds; 0 for beside them.
    #[arg(long, default_value_t = 0.0, value_name = "SECONDS", value_parser = a_rate_or_none, conflicts_with = "overload")]
    pub quiet: f64,
    /// How customers pay, as shares; unless given, as in a shop whose customers are in India.
    #[arg(long, default_value = "cod=60,razorpay=30,stripe=10", value_name = "METHOD=SHARE,..")]
    pub mix: Mix,
    /// Processes whose processor time is to be told.
    #[arg(long, value_name = "NAME=PID,..", value_delimiter = ',')]
    pub pids: Vec<Watched>,
    /// How long after its acceptance an order may be confirmed before it counts as lost, in seconds.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub confirm_timeout: u64,
    /// How long the shop may warm up before rates and latencies count, in seconds; at most a quarter of the run.
    #[arg(long, default_value_t = 5.0, value_name = "SECONDS", value_parser = a_rate_or_none)]
    pub warm_up: f64,
    /// How many orders may be under way at once; the next ones wait, and are late.
    #[arg(long, default_value_t = 20_000, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub in_flight: u32,
    /// Products that are not ordered.
    #[arg(long, default_value = "RAD-NEXON-OUT,MIR-DOOR-L-XUV700", value_name = "SKU,..", value_delimiter = ',')]
    pub skip_skus: Vec<String>,
    /// Asks for too much: three equally long phases at R, several times R, and R again, where R is what the shop can do.
    /// Fails unless the shop goes on doing 90 % of that, what it takes is as quick, the rest is told when to come again
    /// (429 or 503 with Retry-After), and memory stays bounded.
    #[arg(long)]
    pub overload: bool,
    /// How many times as much is asked for in the middle of an overload.
    #[arg(long, default_value_t = 3.0, value_name = "F", value_parser = a_rate, requires = "overload")]
    pub times: f64,
    /// The confirmed orders per second below which the run has failed.
    #[arg(long, default_value_t = 0.0, value_name = "R", value_parser = a_rate_or_none)]
    pub at_least: f64,
    /// Makes the choice of parts and payment methods; the same seed makes the same orders.
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    pub seed: u64,
    /// The generator's own threads.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = value_parser!(u16).range(1..=64))]
    pub threads: u16,
    /// Where the report goes as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

impl Arguments {
    /// How many orders are placed.
    #[must_use]
    pub fn orders(&self) -> u64 {
        let usual =
            if self.overload { self.rate * PHASE_SECONDS * (2.0 + self.times) } else { self.rate * USUAL_SECONDS };
        // A float this size that loses its fraction is what is meant here.
        self.orders.unwrap_or(usual.ceil() as u64).max(1)
    }

    /// How often per second what is read.
    pub(super) const fn read_rate(&self, read: Read) -> f64 {
        match read {
            Read::Status => self.status_rate,
            Read::Product => self.product_rate,
            Read::List => self.list_rate,
            Read::Cart => self.cart_rate,
        }
    }

    pub(super) fn confirm_timeout(&self) -> Duration {
        Duration::from_secs(self.confirm_timeout)
    }
}

fn a_rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "expected a number")?;
    if (0.001..=1e6).contains(&rate) { Ok(rate) } else { Err("expected 0.001 to 1000000".to_owned()) }
}

fn a_rate_or_none(text: &str) -> Result<f64, String> {
    if text.parse() == Ok(0.0) { Ok(0.0) } else { a_rate(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn a_run_takes_two_minutes_unless_told_otherwise() {
        assert_eq!(parsed("load").unwrap().orders(), 36_000);
        assert_eq!(parsed("load --rate 0.5").unwrap().orders(), 60);
        assert_eq!(parsed("load --orders 7").unwrap().orders(), 7);
        assert_eq!(parsed("load --rate 100 --overload").unwrap().orders(), 30_000);
    }

    #[test]
    fn a_rate_that_cannot_be_kept_is_refused() {
        for bad in ["0", "-1", "NaN", "inf", "many", "1e9"] {
            assert!(parsed(&format!("load --rate={bad}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn processes_and_shares_are_understood() {
        let arguments = parsed("load --pids orders=12,orders-2=13 --mix cod=1 --status-rate 0").unwrap();
        assert_eq!(arguments.pids.len(), 2);
        assert_eq!(arguments.status_rate, 0.0);
        assert!(parsed("load --pids orders").is_err());
        assert!(parsed("load --mix cash=1").is_err());
    }
}
