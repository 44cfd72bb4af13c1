//! Random sets of books that agree, and each difference planted into them.

mod sound;

use proptest::prelude::*;
use schemas::{payments::GatewayState, reconciliation::FindingKind, types::OrderStatus};

use self::sound::{Books, Fate, Sale, books};
use super::{
    books::{Line, LineKind, Theirs},
    gather::Picture,
    tell,
};

/// A sale that is paid and stays paid.
fn paid(books: &Books, pick: usize) -> Option<usize> {
    let paid: Vec<usize> = (0..books.sales.len()).filter(|sale| books.sales[*sale].fate == Fate::Paid).collect();
    (!paid.is_empty()).then(|| paid[pick % paid.len()])
}

/// What was planted at the gateway beside the sale: as if somebody else had made it.
fn another(theirs: &Theirs, order_ref: &str) -> Theirs {
    let mut other = theirs.clone();
    for name in [&mut other.seen.gateway_ref, &mut other.seen.payment_ref, &mut other.charge] {
        name.push('X');
    }
    other.seen.order_ref = order_ref.to_owned();
    other
}

fn line_of(theirs: &Theirs) -> Line {
    sound::line(theirs.gateway, &theirs.charge, theirs.seen.captured_minor, "another line")
}

/// Plants a difference about one paid sale and says what its finding must be.
fn plant(kind: FindingKind, books: &mut Books, at: usize, by: i64) -> String {
    let Sale { ours, theirs, lines, .. } = &mut books.sales[at];
    let known = theirs[0].clone();
    let charge = format!("{}/{}", known.gateway.as_str(), known.charge);
    match kind {
        FindingKind::LostWebhook => {
            ours.payment.main.known = Some(GatewayState::AwaitingCustomer);
            ours.payment.main.captured_minor = 0;
            ours.payment.main.payment_ref.clear();
            ours.payment.paid = false;
            ours.order = Some(OrderStatus::AwaitingPayment);
            known.subject()
        }
        FindingKind::CapturedForEndedOrder => {
            ours.order = Some(OrderStatus::Expired);
            known.subject()
        }
        FindingKind::AmountMismatch => {
            theirs[0].seen.amount_minor += by;
            theirs[0].seen.captured_minor += by;
            lines[0] = line_of(&theirs[0]);
            known.subject()
        }
        FindingKind::CurrencyMismatch => {
            theirs[0].seen.currency = "usd".to_owned();
            lines[0].currency = "USD".to_owned();
            known.subject()
        }
        FindingKind::DuplicateCapture => {
            let twin = another(&known, &known.seen.order_ref);
            let subject = twin.subject();
            lines.push(line_of(&twin));
            theirs.push(twin);
            subject
        }
        FindingKind::UnknownToGateway => {
            theirs.clear();
            lines.clear();
            known.subject()
        }
        FindingKind::Orphan => {
            let orphan = another(&known, "");
            let subject = orphan.subject();
            lines.push(line_of(&orphan));
            theirs.push(orphan);
            subject
        }
        FindingKind::SettlementMissing => {
            lines.clear();
            charge
        }
        FindingKind::SettlementDuplicate => {
            lines.push(line_of(&known));
            charge
        }
        FindingKind::SettlementAmount => {
            lines[0].gross_minor += by;
            lines[0].net_minor += by;
            charge
        }
        FindingKind::SettlementUnknown => {
            lines.push(sound::line(known.gateway, "ch_nobody", by, "a line"));
            format!("{}/ch_nobody", known.gateway.as_str())
        }
        FindingKind::SettlementUnreadable => unreachable!("found where the file is read"),
    }
}

fn plantable() -> impl Strategy<Value = FindingKind> {
    let kinds: Vec<_> =
        FindingKind::ALL.into_iter().filter(|kind| *kind != FindingKind::SettlementUnreadable).collect();
    proptest::sample::select(kinds)
}

proptest! {
    #[test]
    fn sound_books_have_no_difference(books in books()) {
        prop_assert_eq!(books.found(), []);
    }

    #[test]
    fn each_planted_difference_is_found_and_nothing_else(
        mut books in books(), kind in plantable(), pick in any::<usize>(), by in 1i64..1_000,
    ) {
        let Some(at) = paid(&books, pick) else { return Ok(()) };
        let subject = plant(kind, &mut books, at, by);
        prop_assert_eq!(books.found(), [(kind, subject)]);
    }

    #[test]
    fn what_is_under_way_is_no_difference(mut books in books(), kind in plantable(), pick in any::<usize>()) {
        let Some(at) = paid(&books, pick) else { return Ok(()) };
        if matches!(kind, FindingKind::SettlementDuplicate | FindingKind::SettlementAmount | FindingKind::SettlementUnknown)
            || matches!(kind, FindingKind::CurrencyMismatch | FindingKind::AmountMismatch)
        {
            return Ok(()); // a line that stands there is wrong however young it is
        }
        plant(kind, &mut books, at, 1);
        books.rejuvenate();
        prop_assert_eq!(books.found(), []);
    }

    #[test]
    fn each_line_is_told_to_the_order_whose_money_it_is_and_one_that_was_told_is_not(
        books in books(), told in any::<usize>(),
    ) {
        let mut picture = Picture::default();
        let mut expected = Vec::new();
        for sale in &books.sales {
            picture.ours.push(sale.ours.clone());
            picture.theirs.extend(sale.theirs.clone());
            picture.lines.extend(sale.lines.clone());
            let key = sale.ours.payment.order_id.to_string();
            expected.extend(sale.lines.iter().map(|line| (line.id.clone(), key.clone())));
        }
        if !picture.lines.is_empty() {
            let known = told % picture.lines.len();
            picture.lines[known].told = true;
            expected.remove(known);
        }
        let pay_out = Line { kind: LineKind::Other, ..sound::line(schemas::types::GatewayName::Stripe, "po_1", 5, "a pay-out") };
        picture.lines.extend([pay_out, sound::line(schemas::types::GatewayName::Stripe, "ch_nobody", 5, "nobody's")]);
        let found = tell::settlements(&picture, books.rules.as_of).unwrap();
        let found: Vec<_> = found.into_iter().map(|(line, message)| (line, message.key)).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn nothing_is_missed_where_it_is_not_known_what_was_settled(mut books in books(), pick in any::<usize>()) {
        let Some(at) = paid(&books, pick) else { return Ok(()) };
        plant(FindingKind::SettlementMissing, &mut books, at, 1);
        books.rules.settled_within = None;
        prop_assert_eq!(books.found(), []);
    }
}

fn one(fate: Fate) -> Books {
    Books::of(vec![Sale::new(schemas::types::GatewayName::Razorpay, fate, 318_200, 1)])
}

#[test]
fn a_refund_that_failed_at_the_gateway_is_a_lost_webhook() {
    let mut books = one(Fate::Refunded);
    let theirs = &mut books.sales[0].theirs[0];
    theirs.seen.state = GatewayState::Captured;
    theirs.seen.refunded_minor = 0;
    theirs.refunds[0].failed = true;
    books.sales[0].ours.order = Some(OrderStatus::Cancelling);
    assert_eq!(books.kinds(), [FindingKind::LostWebhook]);
}

#[test]
fn a_refund_without_its_line_is_missing_and_one_with_another_amount_is_wrong() {
    let mut books = one(Fate::Refunded);
    let refund = books.sales[0].lines.pop().unwrap();
    assert_eq!(books.kinds(), [FindingKind::SettlementMissing]);
    books.sales[0].lines.push(Line { gross_minor: refund.gross_minor + 1, net_minor: refund.net_minor + 1, ..refund });
    assert_eq!(books.kinds(), [FindingKind::SettlementAmount]);
}

#[test]
fn a_line_that_does_not_add_up_is_wrong() {
    let mut books = one(Fate::Paid);
    books.sales[0].lines[0].net_minor -= 1;
    assert_eq!(books.kinds(), [FindingKind::SettlementAmount]);
    let found = books.reconcile().differences;
    assert!(found[0].detail.contains("less the fee of"), "{}", found[0].detail);
}

#[test]
fn a_declined_attempt_beside_a_paid_one_is_no_difference() {
    let mut books = one(Fate::Paid);
    let mut declined = books.sales[0].theirs[0].clone();
    declined.seen.state = GatewayState::Declined;
    declined.seen.captured_minor = 0;
    declined.seen.payment_ref.push('0');
    declined.charge.clear();
    books.sales[0].theirs.insert(0, declined);
    assert_eq!(books.kinds(), []);
}

#[test]
fn an_authorisation_that_was_left_to_lapse_is_no_difference() {
    let mut books = one(Fate::Voided);
    let sale = &mut books.sales[0];
    sale.ours.payment.main.payment_ref = "pay_1".to_owned();
    sale.theirs[0].seen.state = GatewayState::Authorized;
    sale.theirs[0].seen.payment_ref = "pay_1".to_owned();
    assert_eq!(books.kinds(), []);
}
