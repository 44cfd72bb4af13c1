//! What people see.

use std::io::{self, IsTerminal, Write};

use clap::builder::styling::{AnsiColor, Style};
use jiff::Timestamp;

use super::drive::Journey;
use crate::api::{History, Price, Product, Status};

/// How many products are shown.
const SHOWN: usize = 5;

/// Where the journeys are shown, in colour on a terminal (unless `NO_COLOR` is set, see <https://no-color.org>).
pub struct Screen<W> {
    out: W,
    coloured: bool,
}

impl Screen<io::Stdout> {
    /// Standard output.
    #[must_use]
    pub fn stdout() -> Self {
        let out = io::stdout();
        let coloured = out.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { out, coloured }
    }
}

impl<W: Write> Screen<W> {
    /// Anywhere else, without colour.
    pub const fn plain(out: W) -> Self {
        Self { out, coloured: false }
    }

    /// The first products of the list.
    ///
    /// # Errors
    /// The output is closed.
    pub fn products(&mut self, products: &[Product]) -> io::Result<()> {
        writeln!(self.out, "\nthe shop sells, among {} parts:", products.len())?;
        for product in products.iter().take(SHOWN) {
            writeln!(self.out, "  {:<22} {:<48} {:>12}", product.sku, product.name, amount(&product.price))?;
        }
        Ok(())
    }

    /// One journey, state by state, with the time since it was accepted.
    ///
    /// # Errors
    /// The output is closed.
    pub fn journey(&mut self, journey: &Journey) -> io::Result<()> {
        let order = journey.order_id.map(|id| format!("  order {id}")).unwrap_or_default();
        let title = self.paint(Style::new().bold(), journey.plan.title);
        let mut text = format!("\n{title}{}\n", self.paint(Style::new().dimmed(), &order));
        let history = journey.order.as_ref().map(|order| order.history.as_slice()).unwrap_or_default();
        for (step, after) in timeline(history) {
            let reason = self.paint(Style::new().dimmed(), &step.reason);
            let status = format!("{:<17}", step.status.as_str());
            let status = self.paint(style(step.status), &status);
            text += format!("  {after:>7} ms  {status}{reason}").trim_end();
            text.push('\n');
        }
        text += &self.outcome(journey);
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    fn outcome(&self, journey: &Journey) -> String {
        let seconds = journey.took.as_secs_f64();
        match &journey.outcome {
            Ok(saved) => {
                let ok = self.paint(AnsiColor::Green.on_default().bold(), "OK");
                let end = journey.plan.end().as_str();
                let invoice = saved
                    .as_ref()
                    .map(|saved| format!("\n  invoice {} ({} kB)", saved.file.display(), saved.size.div_ceil(1_000)));
                format!("  {ok}  {end} as expected, {seconds:.1} s after placing{}\n", invoice.unwrap_or_default())
            }
            Err(trouble) => {
                let failed = self.paint(AnsiColor::Red.on_default().bold(), "FAILED");
                format!("  {failed}  {trouble} (expected {}; {seconds:.1} s)\n", journey.plan.end().as_str())
            }
        }
    }

    /// The last line.
    ///
    /// # Errors
    /// The output is closed.
    pub fn summary(&mut self, journeys: usize, failed: usize) -> io::Result<()> {
        let line = if failed == 0 {
            self.paint(AnsiColor::Green.on_default().bold(), &format!("all {journeys} journeys ended as expected"))
        } else {
            let red = AnsiColor::Red.on_default().bold();
            self.paint(red, &format!("{failed} of {journeys} journeys did not end as expected"))
        };
        writeln!(self.out, "\n{line}")?;
        self.out.flush()
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.coloured && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

fn style(status: Status) -> Style {
    match status {
        Status::Delivered => AnsiColor::Green.on_default(),
        Status::Cancelling | Status::Refunded | Status::Cancelled => AnsiColor::Yellow.on_default(),
        status if status.is_a_failure() => AnsiColor::Red.on_default(),
        _ => AnsiColor::Cyan.on_default(),
    }
}

/// Each step with the milliseconds since the first.
fn timeline(history: &[History]) -> impl Iterator<Item = (&History, i64)> {
    let millis = |at: Timestamp| at.as_millisecond();
    let start = history.first().map(|step| millis(step.at)).unwrap_or_default();
    history.iter().map(move |step| (step, millis(step.at) - start))
}

/// An amount of a currency with a hundred minor units.
fn amount(price: &Price) -> String {
    format!("{} {}.{:02}", price.currency, price.minor / 100, price.minor % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_from_the_first_step() {
        let step = |status, millis| History {
            status,
            at: Timestamp::from_millisecond(millis).unwrap(),
            reason: String::new(),
        };
        let history = [step(Status::Accepted, 1_700_000_000_000), step(Status::Reserving, 1_700_000_000_042)];
        let times: Vec<i64> = timeline(&history).map(|(_, after)| after).collect();
        assert_eq!(times, [0, 42]);
    }

    #[test]
    fn paise_are_shown_as_rupees() {
        assert_eq!(amount(&Price { minor: 120_005, currency: "INR".to_owned() }), "INR 1200.05");
    }
}
