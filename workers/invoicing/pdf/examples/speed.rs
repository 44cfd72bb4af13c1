//! How many documents one core prints in a second: `cargo run --release -p invoice-pdf --example speed -- 50` prints the
//! median of several runs of each kind and fails where one is slower than that many.

#![allow(
    clippy::inconsistent_digit_grouping,
    reason = "amounts read as rupees_paise with lakh grouping: 1_23_456_78 is ₹1,23,456.78"
)]

use std::{env, error::Error, time::Instant};

use invoice_pdf::{Buyer, Date, Delivery, DocumentKind, Invoice, Line, Payment, Seller, State, Totals, render};

#[path = "../src/samples.rs"]
mod samples;

const RUNS: usize = 7;
const DOCUMENTS: u32 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let at_least: f64 = env::args().nth(1).map_or(Ok(0.0), |wanted| wanted.parse())?;
    let mut slowest = f64::INFINITY;
    for (name, invoice) in [
        ("one line, one page", samples::worked_example()),
        ("three lines, one page", samples::intra_state()),
        ("a credit note", samples::credit_note()),
        ("34 lines, three pages", samples::inter_state(34)),
    ] {
        let mut rates = (0..RUNS).map(|_| rate(&invoice)).collect::<Result<Vec<f64>, _>>()?;
        rates.sort_by(f64::total_cmp);
        let (least, median, most) = (rates[0], rates[RUNS / 2], rates[RUNS - 1]);
        eprintln!("{name}: {median:.0} a second ({least:.0} to {most:.0} in {RUNS} runs of {DOCUMENTS})");
        slowest = slowest.min(median);
    }
    if slowest < at_least {
        return Err(format!("{slowest:.0} a second is less than {at_least:.0}").into());
    }
    Ok(())
}

/// Documents a second, printed one after another by this thread alone.
fn rate(invoice: &Invoice) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    for _ in 0..DOCUMENTS {
        render(invoice)?;
    }
    Ok(f64::from(DOCUMENTS) / start.elapsed().as_secs_f64())
}
