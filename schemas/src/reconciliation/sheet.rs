//! Findings as an accountant's sheet: CSV (RFC 4180) with a head.

use super::{Finding, StatedAmount};

/// A sheet, written line by line.
#[derive(Debug, Clone, Copy)]
pub struct Sheet;

/// The sheet's columns.
const COLUMNS: [&str; 18] = [
    "id",
    "kind",
    "state",
    "gateway",
    "subject",
    "order_id",
    "gateway_ref",
    "payment_ref",
    "expected",
    "expected_currency",
    "found",
    "found_currency",
    "detail",
    "proposed_action",
    "first_seen",
    "last_seen",
    "closed_by",
    "note",
];

impl Sheet {
    /// The first line.
    #[must_use]
    pub fn head() -> String {
        line(COLUMNS.map(ToOwned::to_owned))
    }

    /// The line of one finding.
    #[must_use]
    pub fn row(finding: &Finding) -> String {
        let seen = &finding.difference;
        let (expected, expected_currency) = columns(seen.expected.as_ref());
        let (found, found_currency) = columns(seen.found.as_ref());
        let closing = finding.closing.as_ref();
        line([
            finding.id.to_string(),
            seen.kind.as_str().to_owned(),
            finding.state.as_str().to_owned(),
            seen.gateway.as_str().to_owned(),
            text(&seen.subject),
            seen.order_id.map(|id| id.to_string()).unwrap_or_default(),
            text(&seen.gateway_ref),
            text(&seen.payment_ref),
            expected,
            expected_currency,
            found,
            found_currency,
            text(&seen.detail),
            seen.action.sentence().to_owned(),
            finding.first_seen.to_string(),
            finding.last_seen.to_string(),
            text(closing.map_or("", |closing| &closing.by)),
            text(closing.map_or("", |closing| &closing.note)),
        ])
    }
}

/// Minor units as a decimal number with two places, exactly.
#[must_use]
pub fn decimal(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let minor = minor.unsigned_abs();
    format!("{sign}{}.{:02}", minor / 100, minor % 100)
}

fn columns(amount: Option<&StatedAmount>) -> (String, String) {
    amount.map_or_else(Default::default, |amount| (decimal(amount.minor), text(&amount.currency)))
}

/// Words that came from outside never become a formula in a spreadsheet.
fn text(words: &str) -> String {
    if words.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{words}") } else { words.to_owned() }
}

fn line<const N: usize>(fields: [String; N]) -> String {
    let mut line = fields.map(|field| quoted(&field)).join(",");
    line.push_str("\r\n");
    line
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        reconciliation::{Difference, FindingKind, FindingState},
        types::{GatewayName, Timestamp},
    };

    #[test]
    fn a_row_has_the_columns_of_the_head_and_no_formula() {
        let kind = FindingKind::Orphan;
        let difference = Difference {
            kind,
            subject: "stripe/pi_1".to_owned(),
            gateway: GatewayName::Stripe,
            order_id: None,
            gateway_ref: "=1+1".to_owned(),
            payment_ref: String::new(),
            expected: None,
            found: Some(StatedAmount { minor: -318_205, currency: "INR".to_owned() }),
            action: kind.action(),
            detail: "it says \"none\", twice".to_owned(),
        };
        let at = Timestamp::from_millis(0);
        let (id, state) = (difference.id(), FindingState::Open);
        let row = Sheet::row(&Finding { id, difference, state, first_seen: at, last_seen: at, closing: None });
        assert!(row.contains(",'=1+1,,,,-3182.05,INR,\"it says \"\"none\"\", twice\","), "{row}");
        let commas_in_quotes = 1;
        assert_eq!(row.matches(',').count() - commas_in_quotes, Sheet::head().matches(',').count());
    }

    #[test]
    fn an_amount_is_written_exactly() {
        let cases = [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (100, "1.00"), (i64::MIN, "-92233720368547758.08")];
        for (minor, written) in cases {
            assert_eq!(decimal(minor), written);
        }
    }
}
