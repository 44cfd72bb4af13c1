//! `reconcile`: the same comparison by an operator's hand, with settlement files.

use std::{path::PathBuf, time::Duration};

use clap::Parser;
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use schemas::{
    reconciliation::{Finding, Sheet, decimal},
    types::Timestamp,
};
use shared::daemon::{Context, StartError};
use shared::id::MessageId;

use super::{
    books::Period,
    schedule::Maker,
    store::{Findings, Report},
};
use crate::Settings;

/// Compares our payments with the gateways' books and with what they settled. May be repeated: nothing counts twice.
#[derive(Debug, Parser)]
#[command(name = "reconcile", version)]
pub struct Arguments {
    /// The first day of the payments to compare (India, `2026-04-01`) or a moment (`2026-04-01T12:00:00Z`).
    #[arg(long, value_parser = first_moment)]
    pub from: Option<Timestamp>,
    /// The last day, included, or the moment before which it ends.
    #[arg(long, value_parser = last_moment)]
    pub to: Option<Timestamp>,
    /// Razorpay's report "Settlement Recon" as CSV. Give all that settle the payments of the period: what is in none of them
    /// is reported as missing.
    #[arg(long = "settlement", value_name = "FILE")]
    pub settlements: Vec<PathBuf>,
    /// Prints a sheet for a spreadsheet instead of a table.
    #[arg(long)]
    pub csv: bool,
}

/// Compares, and prints what was found.
///
/// # Errors
/// [`StartError`] when a file cannot be read, a store does not answer, or a gateway was not to be
/// asked: then what was found stands, but is not all.
pub async fn reconcile(context: Context<Settings>, arguments: Arguments) -> Result<(), StartError> {
    let maker = Maker::new(&context)?;
    let period = period(&arguments, maker.parts.period(Timestamp::now()))?;
    eprintln!("comparing {} to {}", period.from, period.to);
    let claim = maker.claim(&format!("manual/{}", MessageId::generate()), Duration::from_secs(600));
    let failed = |why: String| StartError::Other(format!("reconcile: {why}"));
    let run = maker.make(&claim, Some(period), &arguments.settlements).await.map_err(failed)?;
    let Some(run) = run else { return Err(failed("another process has taken this run over".to_owned())) };
    let ids: Vec<_> = run.seen.iter().copied().collect();
    let mut findings = Findings::new(&context.mongo).of(&ids).await?;
    findings
        .sort_by(|a, b| (a.difference.kind, &a.difference.subject).cmp(&(b.difference.kind, &b.difference.subject)));
    print(&findings, arguments.csv);
    eprintln!("{}", summary(&run.report));
    match run.report.not_asked.first() {
        None => Ok(()),
        Some(gap) => Err(failed(format!("{} was not to be asked: {}", gap.gateway.as_str(), gap.why))),
    }
}

fn period(arguments: &Arguments, usual: Period) -> Result<Period, StartError> {
    let period =
        Period { from: arguments.from.unwrap_or(usual.from), to: arguments.to.map_or(usual.to, |to| to.min(usual.to)) };
    if period.from < period.to {
        return Ok(period);
    }
    let why = format!("nothing to compare between {} and {}: what is younger may be under way", period.from, period.to);
    Err(StartError::Other(format!("reconcile: {why}")))
}

fn summary(report: &Report) -> String {
    let found: u64 = report.found.values().sum();
    format!(
        "{} payments and {} settlement lines compared: {found} differences, {} messages to the payments worker, {} lines booked, {} healed",
        report.payments, report.lines, report.told, report.booked, report.healed
    )
}

#[allow(clippy::print_stdout, reason = "a tool for people")]
fn print(findings: &[Finding], csv: bool) {
    if csv {
        print!("{}{}", Sheet::head(), findings.iter().map(Sheet::row).collect::<String>());
        return;
    }
    for finding in findings {
        println!("{}", described(finding));
    }
}

fn described(finding: &Finding) -> String {
    let seen = &finding.difference;
    let amount = |amount: &Option<_>| {
        amount.as_ref().map_or_else(String::new, |amount: &schemas::reconciliation::StatedAmount| {
            format!("{} {}", amount.currency, decimal(amount.minor))
        })
    };
    let order = seen.order_id.map(|id| format!(" order {id}")).unwrap_or_default();
    format!(
        "{:<24} {:<8} {:<36} expected {:>16} found {:>16}{order}\n    {}. {}",
        seen.kind.as_str(),
        finding.state.as_str(),
        seen.subject,
        amount(&seen.expected),
        amount(&seen.found),
        seen.detail,
        seen.action.sentence(),
    )
}

fn first_moment(text: &str) -> Result<Timestamp, String> {
    moment(text, 0)
}

fn last_moment(text: &str) -> Result<Timestamp, String> {
    moment(text, 1)
}

/// A moment, or the beginning of the day in India that is so many days after the one given.
fn moment(text: &str, days_later: i64) -> Result<Timestamp, String> {
    let whole = |at: jiff::Timestamp| Timestamp::from_millis(at.as_second() * 1_000);
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(whole(at));
    }
    let day: Date = text.parse().map_err(|_| "expected a day (2026-04-01) or a moment (2026-04-01T12:00:00Z)")?;
    let india = TimeZone::get("Asia/Kolkata").map_err(|error| error.to_string())?;
    let start = day.checked_add(days_later.days()).and_then(|day| day.to_zoned(india));
    start.map(|start| whole(start.timestamp())).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_in_india_and_the_last_is_included() {
        assert_eq!(first_moment("2026-04-01").unwrap().to_string(), "2026-03-31T18:30:00.000Z");
        assert_eq!(last_moment("2026-04-01").unwrap().to_string(), "2026-04-01T18:30:00.000Z");
        assert_eq!(first_moment("2026-04-01T12:00:00Z").unwrap().to_string(), "2026-04-01T12:00:00.000Z");
        assert!(first_moment("yesterday").is_err());
    }

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
