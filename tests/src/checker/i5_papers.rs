//! I5: invoices are numbered without holes and twins in each financial year, one in force for each sale; a credit note takes
//! back the invoice that it cites. A cancelled document keeps its number: an invoice is void only together with the one that
//! stands for it, and each cites the other. So every hole is a mistake.

use std::collections::{BTreeMap, BTreeSet};

use schemas::types::{OrderStatus, Timestamp};

use super::{CreditNote, Facts, Invoice, Report};

/// Rule 46(b) of the CGST Rules, 2017.
const LONGEST: usize = 16;

pub(super) fn check(facts: &Facts, report: &mut Report) {
    report.looked_at("invoices", facts.invoices.len());
    report.looked_at("credit notes", facts.credit_notes.len());
    check_dates(facts, report);
    let invoices: Vec<&str> = facts.invoices.iter().map(|invoice| invoice.number.as_str()).collect();
    let notes: Vec<&str> = facts.credit_notes.iter().map(|note| note.number.as_str()).collect();
    check_numbers(&invoices, report);
    check_numbers(&notes, report);
    for number in invoices.iter().filter(|number| notes.contains(number)) {
        report.add(*number, "an invoice and a credit note have it");
    }
    check_void(facts, report);
    check_orders(facts, report);
}

/// Void invoices and those that stand for them come in pairs, of one sale, amount and month.
fn check_void(facts: &Facts, report: &mut Report) {
    let by_number: BTreeMap<&str, &Invoice> =
        facts.invoices.iter().map(|invoice| (invoice.number.as_str(), invoice)).collect();
    for invoice in &facts.invoices {
        let Invoice { number, replaces, replaced_by, .. } = invoice;
        if let Some(other) = replaced_by {
            let valid = by_number.get(other.as_str()).filter(|valid| valid.replaces == *number);
            let fits = valid.is_some_and(|valid| stands_for(valid, invoice));
            report.require(fits, number, || format!("void, and {other} does not stand for it: {valid:?}"));
        }
        if !replaces.is_empty() {
            let void = by_number.get(replaces.as_str()).and_then(|void| void.replaced_by.as_ref());
            report.require(void == Some(number), number, || format!("stands for {replaces}, which is not void for it"));
        }
    }
}

fn stands_for(valid: &Invoice, void: &Invoice) -> bool {
    let month = |invoice: &Invoice| date(invoice.issued_at)[..7].to_owned();
    (&valid.order_id, valid.grand_total, month(valid)) == (&void.order_id, void.grand_total, month(void))
        && valid.number > void.number
}

/// A number belongs to the financial year of its document's date.
fn check_dates(facts: &Facts, report: &mut Report) {
    let invoices = facts.invoices.iter().map(|invoice| ("INV", &invoice.number, invoice.issued_at));
    let notes = facts.credit_notes.iter().map(|note| ("CRN", &note.number, note.issued_at));
    for (series, number, issued_at) in invoices.chain(notes) {
        let expected = format!("{series}{}", financial_year(issued_at));
        let fits = split(number).is_some_and(|(series, _)| series == expected);
        report.require(fits, number, || format!("of {}, so it belongs to {expected}", date(issued_at)));
    }
}

/// `2627` for a day of the year that began on 1 April 2026, India time.
fn financial_year(at_ms: i64) -> String {
    let day = Timestamp::from_millis(at_ms).date_in_india();
    let first = i32::from(day.year()) - i32::from(day.month() < 4);
    format!("{:02}{:02}", first % 100, (first + 1) % 100)
}

fn date(at_ms: i64) -> String {
    Timestamp::from_millis(at_ms).date_in_india().to_string()
}

fn check_numbers(numbers: &[&str], report: &mut Report) {
    let mut series: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for number in numbers {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/');
        let lawful = (1..=LONGEST).contains(&number.len()) && number.bytes().all(legal);
        report.require(lawful, number, || "not a lawful number".to_owned());
        let Some((name, count)) = split(number) else {
            report.add(*number, "no series and count in it");
            continue;
        };
        let fresh = series.entry(name).or_default().insert(count);
        report.require(fresh, number, || "given twice".to_owned());
    }
    for (name, counts) in series {
        let highest = counts.last().copied().unwrap_or_default();
        let missing: Vec<u64> = (1..=highest).filter(|count| !counts.contains(count)).take(10).collect();
        report.require(missing.is_empty(), name, || format!("holes below {highest}: {missing:?}"));
    }
}

/// `INV2627-00000012` is number 12 of the series `INV2627`.
fn split(number: &str) -> Option<(&str, u64)> {
    let (series, count) = number.rsplit_once(['-', '/'])?;
    Some((series, count.parse().ok()?))
}

fn check_orders(facts: &Facts, report: &mut Report) {
    let mut invoices: BTreeMap<&str, Vec<&Invoice>> = BTreeMap::new();
    for invoice in facts.invoices.iter().filter(|invoice| invoice.replaced_by.is_none()) {
        invoices.entry(&invoice.order_id).or_default().push(invoice);
    }
    let mut notes: BTreeMap<&str, Vec<&CreditNote>> = BTreeMap::new();
    facts.credit_notes.iter().for_each(|note| notes.entry(&note.order_id).or_default().push(note));
    for order in &facts.orders {
        let (invoices, notes) = (
            invoices.remove(order.id.as_str()).unwrap_or_default(),
            notes.remove(order.id.as_str()).unwrap_or_default(),
        );
        let sold = usize::from(order.was_sold());
        report.require(invoices.len() == sold, &order.id, || format!("{} invoices for {sold} sales", invoices.len()));
        check_invoice(order, &invoices, report);
        check_credit(order, notes, report);
    }
    let strangers = invoices.into_values().flatten().map(|invoice| &invoice.number);
    for number in strangers.chain(notes.into_values().flatten().map(|note| &note.number)) {
        report.add(number, "a document of no order");
    }
}

fn check_invoice(order: &super::Order, invoices: &[&Invoice], report: &mut Report) {
    let id = &order.id;
    if let Some(invoice) = invoices.first() {
        let known = order.invoice.as_ref() == Some(&invoice.number);
        report.require(known, id, || format!("its invoice is {}, it says {:?}", invoice.number, order.invoice));
        report
            .require(invoice.grand_total == order.grand_total, id, || format!("{invoice:?} for {}", order.grand_total));
    }
}

/// What went back of a sale that stands is credited, and all of one that was taken back: the last credit note does that.
fn check_credit(order: &super::Order, mut notes: Vec<&CreditNote>, report: &mut Report) {
    let id = &order.id;
    notes.sort_by_key(|note| (note.issued_at, &note.number));
    let taken_back = usize::from(order.was_sold() && order.status != OrderStatus::Delivered);
    let found = || format!("{} credit notes for {taken_back} cancelled sales", notes.len());
    report.require(taken_back == 0 || !notes.is_empty(), id, found);
    let owed = match order.status {
        OrderStatus::Delivered if order.is_paid_online() => order.refunded,
        OrderStatus::Delivered => order.credited,
        _ if order.was_sold() => order.grand_total,
        _ => 0,
    };
    let credited: i64 = notes.iter().map(|note| note.grand_total).sum();
    report.require(credited == owed, id, || format!("{owed} to be credited by {notes:?}"));
    let last = notes.last().filter(|_| taken_back > 0).map(|note| &note.number);
    report.require(order.credit_note.as_ref() == last, id, || {
        format!("it was taken back by {last:?}, it says {:?}", order.credit_note)
    });
    for note in notes {
        let cites = order.invoice.as_ref() == Some(&note.invoice_number);
        report.require(cites, id, || format!("{} cites {}", note.number, note.invoice_number));
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{REFUNDED, RETURNED, assert_caught, sound};
    use super::super::{Facts, check as check_all};
    use super::*;

    /// 31 days later.
    const NEXT_MONTH: i64 = 31 * 86_400_000;

    /// Has the first sale's invoice replaced; returns where the replacement is.
    fn replace_first(facts: &mut Facts) -> usize {
        let number = format!("INV2627-{:08}", facts.invoices.len() + 1);
        facts.invoices[0].replaced_by = Some(number.clone());
        let replaces = facts.invoices[0].number.clone();
        let valid = Invoice { number: number.clone(), replaces, replaced_by: None, ..facts.invoices[0].clone() };
        let order = facts.orders.iter_mut().find(|order| order.id == valid.order_id).unwrap();
        order.invoice = Some(number.clone());
        facts.credit_notes.iter_mut().filter(|note| note.order_id == valid.order_id).for_each(|note| {
            note.invoice_number.clone_from(&number);
        });
        facts.invoices.push(valid);
        facts.invoices.len() - 1
    }

    #[test]
    fn a_void_invoice_beside_the_one_that_stands_for_it_is_sound() {
        let mut facts = sound();
        replace_first(&mut facts);
        assert_eq!(check_all(&facts), []);
    }

    #[test]
    fn a_void_invoice_without_its_replacement_is_caught() {
        assert_caught("I5", "does not stand for it: None", |facts| {
            facts.invoices[0].replaced_by = Some("INV2627-00000009".to_owned());
        });
        assert_caught("I5", "0 invoices for 1 sales", |facts| {
            facts.invoices[0].replaced_by = Some(facts.invoices[1].number.clone());
        });
        assert_caught("I5", "holes below", |facts| {
            replace_first(facts);
            facts.invoices.remove(0);
        });
    }

    #[test]
    fn two_invoices_in_force_are_caught() {
        for as_what in ["2 invoices for 1 sales", "which is not void for it"] {
            assert_caught("I5", as_what, |facts| {
                replace_first(facts);
                facts.invoices[0].replaced_by = None;
            });
        }
    }

    #[test]
    fn a_replacement_of_another_sale_amount_or_month_is_caught() {
        let spoilt: [fn(&mut Invoice); 3] = [
            |valid| valid.order_id = "another".to_owned(),
            |valid| valid.grand_total += 1,
            |valid| valid.issued_at += NEXT_MONTH,
        ];
        for spoil in spoilt {
            assert_caught("I5", "does not stand for it: Some", |facts| {
                let place = replace_first(facts);
                spoil(&mut facts.invoices[place]);
            });
        }
    }

    #[test]
    fn a_credit_note_that_cites_a_void_invoice_is_caught() {
        assert_caught("I5", "cites INV2627", |facts| {
            let order = facts.orders[REFUNDED].id.clone();
            let void = facts.invoices.iter_mut().find(|invoice| invoice.order_id == order).unwrap();
            void.replaced_by = Some("INV2627-00000099".to_owned());
            let replaces = void.number.clone();
            let valid = Invoice { number: "INV2627-00000099".to_owned(), replaces, replaced_by: None, ..void.clone() };
            facts.orders[REFUNDED].invoice = Some(valid.number.clone());
            facts.invoices.push(valid);
        });
    }

    #[test]
    fn a_hole_is_caught() {
        assert_caught("I5", "holes below 9", |facts| facts.invoices[1].number = "INV2627-00000009".to_owned());
    }

    #[test]
    fn a_number_of_another_financial_year_is_caught() {
        // Midnight between 31 March and 1 April 2027 in India.
        const NEW_YEAR: i64 = 1_806_517_800_000;
        assert_eq!((financial_year(NEW_YEAR - 1), financial_year(NEW_YEAR)), ("2627".to_owned(), "2728".to_owned()));
        assert_caught("I5", "of 2027-04-01, so it belongs to INV2728", |facts| facts.invoices[1].issued_at = NEW_YEAR);
        assert_caught("I5", "so it belongs to CRN2728", |facts| facts.credit_notes[0].issued_at = NEW_YEAR);
    }

    #[test]
    fn a_document_that_is_both_invoice_and_credit_note_is_caught() {
        assert_caught("I5", "an invoice and a credit note have it", |facts| {
            facts.credit_notes[0].number = facts.invoices[0].number.clone();
        });
    }

    #[test]
    fn a_credit_note_of_another_amount_is_caught() {
        assert_caught("I5", "CreditNote", |facts| facts.credit_notes[0].grand_total -= 1);
    }

    #[test]
    fn a_return_that_is_credited_twice_or_not_at_all_is_caught() {
        assert_caught("I5", "159100 to be credited by []", |facts| {
            let order = facts.orders[RETURNED].id.clone();
            facts.credit_notes.retain(|note| note.order_id != order);
        });
        assert_caught("I5", "159100 to be credited by", |facts| {
            let note = facts.credit_notes.last().unwrap().clone();
            facts.credit_notes.push(CreditNote { number: "CRN2627-00000003".to_owned(), ..note });
        });
    }

    #[test]
    fn a_number_given_twice_is_caught() {
        assert_caught("I5", "given twice", |facts| facts.invoices[1].number = facts.invoices[0].number.clone());
    }

    #[test]
    fn a_number_that_is_too_long_or_has_other_characters_is_caught() {
        for unlawful in ["INV2627-000000001", "INV 2627-0000001"] {
            assert_caught("I5", "not a lawful number", |facts| {
                facts.invoices[0].number = unlawful.to_owned();
                facts.orders[0].invoice = Some(unlawful.to_owned());
            });
        }
    }

    #[test]
    fn a_sale_without_an_invoice_is_caught() {
        assert_caught("I5", "0 invoices for 1 sales", |facts| {
            facts.invoices.pop();
        });
    }

    #[test]
    fn a_second_invoice_of_one_sale_is_caught() {
        assert_caught("I5", "2 invoices for 1 sales", |facts| {
            let twin = Invoice { number: "INV2627-00000004".to_owned(), ..facts.invoices[0].clone() };
            facts.invoices.push(twin);
        });
    }

    #[test]
    fn a_cancelled_sale_without_a_credit_note_is_caught() {
        assert_caught("I5", "0 credit notes for 1 cancelled sales", |facts| facts.credit_notes.clear());
    }

    #[test]
    fn a_credit_note_that_cites_another_invoice_is_caught() {
        assert_caught("I5", "cites INV2627-00000001", |facts| {
            facts.credit_notes[0].invoice_number = "INV2627-00000001".to_owned()
        });
    }

    #[test]
    fn an_order_that_names_another_invoice_is_caught() {
        assert_caught("I5", r#"it says Some("INV2627-00000001")"#, |facts| {
            facts.orders[REFUNDED].invoice = Some("INV2627-00000001".to_owned())
        });
    }

    #[test]
    fn an_invoice_of_no_order_is_caught() {
        assert_caught("I5", "a document of no order", |facts| facts.invoices[0].order_id = "nobody".to_owned());
    }
}
