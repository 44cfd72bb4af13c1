//! Writes sample documents to look at: `cargo run -p invoice-pdf --example sample -- DIRECTORY`.

#![allow(
    clippy::inconsistent_digit_grouping,
    reason = "amounts read as rupees_paise with lakh grouping: 1_23_456_78 is ₹1,23,456.78"
)]

use std::{env, error::Error, fs, path::PathBuf, time::Instant};

use invoice_pdf::{Buyer, Date, Delivery, DocumentKind, Invoice, Line, Payment, Seller, State, Totals, render};

#[path = "../src/samples.rs"]
mod samples;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args_os().nth(1).ok_or("give the directory to write to")?;
    let directory = PathBuf::from(directory);
    fs::create_dir_all(&directory)?;
    for (name, invoice) in [
        ("intra-state", samples::intra_state()),
        ("inter-state", samples::inter_state(34)),
        ("cash-on-delivery", samples::worked_example()),
        ("credit-note", samples::credit_note()),
        ("cancelled", samples::cancelled()),
        ("awkward", samples::awkward()),
        ("two-hundred-lines", samples::inter_state(200)),
    ] {
        let path = directory.join(format!("{name}.pdf"));
        fs::write(&path, render(&invoice)?)?;
        eprintln!("{}: {:.1} ms a document", path.display(), milliseconds(&invoice)?);
    }
    Ok(())
}

/// The mean time of a render, over as many as show it steadily.
fn milliseconds(invoice: &Invoice) -> Result<f64, Box<dyn Error>> {
    let times = 20;
    let start = Instant::now();
    for _ in 0..times {
        render(invoice)?;
    }
    Ok(start.elapsed().as_secs_f64() * 1000.0 / f64::from(times))
}
