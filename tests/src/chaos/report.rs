//! What is told of a run.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::recovery::Recovery;
use crate::{checker::Outcome, life::Row};

/// More violations of one promise than this are in the report's file alone.
const SHOWN: usize = 10;

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What made it.
    pub seed: u64,
    /// Orders per second.
    pub rate: f64,
    /// How long customers ordered, in seconds.
    pub ordered_for: f64,
    /// How many orders are in the record.
    pub orders: usize,
    /// What became of them.
    pub summary: String,
    /// How many were confirmed in each second.
    pub confirmed: Vec<u32>,
    /// Every fault that struck.
    pub recoveries: Vec<Recovery>,
    /// Every promise.
    pub rows: Vec<Row>,
    /// Faults that are not possible here.
    pub skipped: Vec<String>,
}

impl Report {
    /// Whether every promise held.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.rows.iter().all(|row| row.outcome != Outcome::Broken)
    }

    /// Writes it into the run's folder.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(file(folder), serde_json::to_vec_pretty(self)?)
    }

    /// Reads it from the run's folder.
    ///
    /// # Errors
    /// The run broke off before it had one.
    pub fn read(folder: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(file(folder))?)?)
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("report.json")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nseed {}: {} orders at {}/s for {:.0} s", self.seed, self.orders, self.rate, self.ordered_for)?;
        writeln!(f, "{}", self.summary)?;
        writeln!(f, "confirmed in each second: {}\n", bars(&self.confirmed))?;
        writeln!(f, "  {:<6}{:>8}{:>9}{:>11}", "fault", "at", "lasted", "recovery")?;
        for fault in &self.recoveries {
            let took = fault.took.map_or_else(|| "not seen".to_owned(), seconds);
            let disturbed = if fault.disturbed { "*" } else { " " };
            let (at, lasted) = (seconds(fault.at), seconds(fault.lasted));
            writeln!(f, "  {:<6}{at:>8}{lasted:>9}{took:>11}{disturbed}  {}", fault.id, fault.what)?;
        }
        if self.recoveries.iter().any(|fault| fault.disturbed) {
            writeln!(f, "  * another fault struck meanwhile")?;
        }
        for line in &self.skipped {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "\n  {:<6}{:<15}{:<60}looked at", "", "", "promise")?;
        for row in &self.rows {
            writeln!(f, "  {row}")?;
        }
        self.rows.iter().try_for_each(|row| show_violations(row, f))
    }
}

fn show_violations(row: &Row, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if row.violations.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{} {}: {} violations", row.invariant, row.promise, row.violations.len())?;
    for found in row.violations.iter().take(SHOWN) {
        writeln!(f, "  {found}")?;
    }
    if row.violations.len() > SHOWN { writeln!(f, "  .. the others are in report.json") } else { Ok(()) }
}

/// One character for each number, as high as the number is.
fn bars(numbers: &[u32]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = numbers.iter().copied().max().unwrap_or_default().max(1);
    let bar = |number: u32| if number == 0 { '·' } else { BARS[(number * 7 / most) as usize] };
    numbers.iter().copied().map(bar).collect()
}

/// Milliseconds as seconds.
pub(super) fn seconds(milliseconds: i64) -> String {
    format!("{:.1} s", milliseconds as f64 / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_is_the_most_and_nothing_is_a_dot() {
        assert_eq!(bars(&[0, 1, 7, 14]), "·▁▄█");
        assert_eq!(bars(&[]), "");
    }
}
