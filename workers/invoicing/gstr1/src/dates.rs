//! What the law lets depend on a document's date.

use jiff::{
    civil::{Date, date},
    tz::{Offset, TimeZone},
};
use schemas::types::Timestamp;

/// Sales to consumers in other states are listed one by one above this value in paise: one lakh rupees for invoices from
/// 1 August 2024 on (notification 12/2024 - Central Tax, which changed rule 59(4) of the CGST Rules), two and a half before.
#[must_use]
pub fn large(invoice_issued_at: Timestamp) -> i64 {
    let since = midnight(date(2024, 8, 1));
    if invoice_issued_at < since { 25_000_000 } else { 10_000_000 }
}

/// From when on a credit note over an invoice of this date lowers no tax any more: it has to be declared not later than
/// 30 November after the financial year of the supply (CGST Act, section 34(2)), or the annual return if that is earlier,
/// which this report does not know.
#[must_use]
pub fn last_credit(invoice_issued_at: Timestamp) -> Timestamp {
    let day = invoice_issued_at.date_in_india();
    let year_ends = if day.month() >= 4 { day.year().saturating_add(1) } else { day.year() };
    midnight(Date::new(year_ends, 12, 1).unwrap_or(Date::MAX))
}

/// The beginning of a day in India, UTC+05:30.
pub(crate) fn midnight(day: Date) -> Timestamp {
    let india = Offset::from_seconds(330 * 60).unwrap_or(Offset::UTC);
    let moment = day.to_zoned(TimeZone::fixed(india)).map(|moment| moment.timestamp().as_millisecond());
    Timestamp::from_millis(moment.unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(day: Date) -> Timestamp {
        Timestamp::from_millis(midnight(day).as_millis() - 1)
    }

    #[test]
    fn what_is_large_changed_with_the_first_of_august_2024_in_india() {
        let day = date(2024, 8, 1);
        assert_eq!([large(before(day)), large(midnight(day))], [25_000_000, 10_000_000]);
    }

    #[test]
    fn a_sale_may_be_credited_until_the_end_of_november_after_its_financial_year() {
        for (sold, last) in [
            (date(2026, 4, 1), date(2027, 12, 1)),
            (date(2027, 3, 31), date(2027, 12, 1)),
            (date(2027, 4, 1), date(2028, 12, 1)),
        ] {
            assert_eq!(last_credit(midnight(sold)), midnight(last), "{sold}");
        }
    }
}
