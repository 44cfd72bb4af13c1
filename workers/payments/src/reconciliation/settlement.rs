//! What moved at a gateway against what it settled: each capture and each refund is in exactly one line, of its amount.

use std::collections::{HashMap, HashSet};

use schemas::{
    reconciliation::{Difference, FindingKind, decimal},
    types::{Currency, GatewayName, Timestamp},
};

use super::{
    books::{Line, Period, Rules, Theirs, subject},
    compare::{Index, Outcome, about, about_line, stated},
};

/// Money that moved.
struct Movement<'a> {
    theirs: &'a Theirs,
    /// The gateway's name for it.
    entity: &'a str,
    /// Minor units; what went back is negative.
    amount_minor: i64,
    at: Timestamp,
    /// Whether it must be settled, or only may be.
    counts: bool,
}

/// Says what is wrong between what moved and what was settled.
pub(super) fn compare(
    ours: &Index<'_>,
    theirs: &[Theirs],
    lines: &[Line],
    period: Period,
    rules: &Rules,
    outcome: &mut Outcome,
) {
    let mut by_entity: HashMap<(GatewayName, &str), Vec<&Line>> = HashMap::new();
    for line in lines.iter().filter(|line| line.kind.is_of_movement()) {
        by_entity.entry((line.gateway, line.entity.as_str())).or_default().push(line);
    }
    let mut matched = HashSet::new();
    for movement in theirs.iter().flat_map(movements) {
        let key = (movement.theirs.gateway, movement.entity);
        let settled = by_entity.get(&key).map(Vec::as_slice).unwrap_or_default();
        matched.insert(key);
        let missed = movement.counts && period.contains(movement.at) && rules.is_settled(movement.at);
        if settled.is_empty() && !missed {
            continue;
        }
        outcome.judged_lines.insert(subject(key.0, key.1));
        let difference = judge(&movement, settled);
        outcome.differences.extend(difference.map(|found| named(ours, &movement, found)));
    }
    let mut unknown: Vec<_> = by_entity.into_iter().filter(|(key, _)| !matched.contains(key)).collect();
    unknown.sort_by_key(|(key, _)| key.1);
    for ((gateway, entity), lines) in unknown {
        outcome.judged_lines.insert(subject(gateway, entity));
        outcome.differences.extend(lines.first().map(|line| nobodys(line)));
    }
}

/// The capture and the refunds of a payment.
fn movements(theirs: &Theirs) -> impl Iterator<Item = Movement<'_>> {
    let seen = &theirs.seen;
    let captured = (seen.captured_minor > 0 && !theirs.charge.is_empty()).then_some(Movement {
        theirs,
        entity: theirs.charge.as_str(),
        amount_minor: seen.captured_minor,
        at: theirs.at,
        counts: true,
    });
    let refunds = theirs.refunds.iter().map(move |refund| Movement {
        theirs,
        entity: refund.id.as_str(),
        amount_minor: -refund.amount_minor,
        at: refund.at,
        counts: !refund.failed,
    });
    captured.into_iter().chain(refunds)
}

fn judge(movement: &Movement<'_>, settled: &[&Line]) -> Option<Difference> {
    let currency = movement.theirs.seen.currency.as_str();
    let what = if movement.amount_minor < 0 { "refund" } else { "capture" };
    let finding = |kind, found: Option<i64>, found_in: &str, detail: String| {
        let mut difference = about(movement.theirs, None, kind, detail);
        difference.subject = subject(movement.theirs.gateway, movement.entity);
        difference.expected = stated(movement.amount_minor, currency);
        difference.found = found.and_then(|minor| stated(minor, found_in));
        Some(difference)
    };
    let line = match settled {
        [] => {
            let detail = format!("no settlement has the {what} {}", movement.entity);
            return finding(FindingKind::SettlementMissing, None, currency, detail);
        }
        [line] => line,
        [first, ..] => {
            let sources: Vec<&str> = settled.iter().map(|line| line.source.as_str()).collect();
            let sum = settled.iter().fold(0i64, |sum, line| sum.saturating_add(line.gross_minor));
            let detail = format!("the {what} {} is settled by {}", movement.entity, sources.join(" and "));
            return finding(FindingKind::SettlementDuplicate, Some(sum), &first.currency, detail);
        }
    };
    Currency::parse(currency)?; // else the payment itself is reported, and is settled at some rate of exchange
    if !line.currency.eq_ignore_ascii_case(currency) {
        let detail = format!("{} is settled in another currency by {}", movement.entity, line.source);
        return finding(FindingKind::SettlementAmount, Some(line.gross_minor), &line.currency, detail);
    }
    if line.gross_minor != movement.amount_minor {
        let detail = format!("the {what} {} is settled with another amount by {}", movement.entity, line.source);
        return finding(FindingKind::SettlementAmount, Some(line.gross_minor), &line.currency, detail);
    }
    unbalanced(line).then(|| {
        let mut difference =
            finding(FindingKind::SettlementAmount, Some(line.net_minor), &line.currency, String::new())?;
        difference.expected = stated(line.gross_minor.saturating_sub(line.fee_minor), &line.currency);
        let (gross, fee) = (decimal(line.gross_minor), decimal(line.fee_minor));
        difference.detail = format!("{}: {gross} less the fee of {fee} is not what was settled", line.source);
        Some(difference)
    })?
}

const fn unbalanced(line: &Line) -> bool {
    line.gross_minor.saturating_sub(line.fee_minor) != line.net_minor
}

/// A line for something that neither book knows.
fn nobodys(line: &Line) -> Difference {
    let detail = format!("{} settles {}, which nobody knows", line.source, line.entity);
    let mut difference = about_line(line.gateway, &line.entity, FindingKind::SettlementUnknown, detail);
    difference.gateway_ref.clone_from(&line.gateway_ref);
    difference.payment_ref.clone_from(&line.payment_ref);
    difference.found = stated(line.gross_minor, &line.currency);
    difference
}

fn named(ours: &Index<'_>, movement: &Movement<'_>, difference: Difference) -> Difference {
    let order_id = ours.of(movement.theirs).map(|ours| ours.payment.order_id);
    Difference { order_id, ..difference }
}
