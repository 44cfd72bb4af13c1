//! What must hold once everything is at rest: the promises I1 to I5, I9 and I11, on the stores, the gateway's books and the
//! carrier's.

use std::collections::{BTreeMap, BTreeSet};

use coupons::rows::{CouponRow, Redemption, RedemptionState};
use inventory::{
    rows::{InventoryRow, LedgerEntry, Reservation, ReservationState},
    stock::Stock,
};
use invoicing::document::Document as Paper;
use orders::table;
use schemas::{
    attempts::AttemptState,
    coupons::{Coupon, CouponCode, Unredeemable},
    documents::{CouponState, CreditNote, DocumentRef, Invoice, Order},
    ids::OrderId,
    ledger::{Account, Occasion, Turnover, balances},
    payments::GatewayState,
    refunds::RefundState,
    replacements::ReplacementState,
    returns::{ReturnLine, ReturnState},
    shipping::ParcelState,
    types::{OrderStatus as S, PaymentMethod},
};

use crate::{customers::order_id, outside::gateway::Entry, world::World};

type Verdict = Result<(), String>;

/// Checks all of them.
///
/// # Errors
/// The first that does not hold, with what is wrong.
pub fn check(world: &World) -> Verdict {
    everything_is_done(world)?;
    no_order_is_lost_and_none_is_made_up(world)?;
    for document in world.orders.store.documents.values() {
        let order = &document.state;
        let story = |broken: String| format!("{broken}; {} {}", order.order_id, path(order));
        one_terminal_state(order).map_err(story)?;
        money_adds_up(world, order).map_err(story)?;
        cash_adds_up(world, order).map_err(story)?;
        returns_are_settled(order).map_err(story)?;
        papers_match(world, order).map_err(story)?;
        the_parcel_is_where_it_should(world, order).map_err(story)?;
    }
    stock_adds_up(world)?;
    coupons_are_used_by_who_may(world)?;
    numbers_have_no_holes(world)
}

/// What must hold at any time, I3 and I11: no counter is below zero, the units add up, and no limit is passed.
///
/// # Errors
/// What does not hold.
pub fn sample(world: &World) -> Verdict {
    let mut parts = world.inventory.store.documents.values().map(|document| &document.state);
    let wrong = |stock: &&Stock| {
        let Stock { available, reserved, sold, .. } = **stock;
        !stock.balances() || available < 0 || reserved < 0 || sold < 0
    };
    parts.find(wrong).map_or(Ok(()), |stock| Err(format!("I3 seen on the way: {stock:?}")))?;
    let mut coupons = world.coupons.store.documents.values().map(|document| &document.state);
    let wrong = |coupon: &&Coupon| coupon.used < 0 || !is_within(total_limit(coupon), coupon.used);
    coupons.find(wrong).map_or(Ok(()), |coupon| Err(format!("I11 seen on the way: {coupon:?}")))
}

fn require(holds: bool, otherwise: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn path(order: &Order) -> String {
    order.history.iter().map(|step| step.status.as_str()).collect::<Vec<_>>().join(" ")
}

/// I9: consumed is done. Nothing in this world makes no sense, so nothing may end as a dead letter.
fn everything_is_done(world: &World) -> Verdict {
    let lag = world.around.broker.lag();
    require(lag.is_empty(), || format!("I9 left in the inboxes: {lag:?}"))?;
    let unfinished = world.unfinished();
    require(unfinished.is_empty(), || format!("I9 unfinished: {unfinished:?}"))?;
    require(world.around.dead.is_empty(), || format!("I9 dead letters: {:?}", world.around.dead))
}

/// I1.
fn no_order_is_lost_and_none_is_made_up(world: &World) -> Verdict {
    let placed: BTreeSet<String> = (0..world.placed).map(|n| order_id(n).to_string()).collect();
    let kept: BTreeSet<String> = world.orders.store.documents.keys().cloned().collect();
    require(placed == kept, || format!("I1 lost or made up: {:?}", placed.symmetric_difference(&kept)))
}

/// I2.
fn one_terminal_state(order: &Order) -> Verdict {
    require(order.status.is_terminal(), || "I2 no terminal state".to_owned())?;
    let legal = order.history.windows(2).all(|pair| table::is_legal(pair[0].status, pair[1].status));
    require(legal, || "I2 illegal path".to_owned())
}

fn was(order: &Order, status: S) -> bool {
    order.history.iter().any(|step| step.status == status)
}

/// I4: the gateway's books decide.
fn money_adds_up(world: &World, order: &Order) -> Verdict {
    let books = &world.around.outside.gateway.books;
    let entries: Vec<&Entry> = books.values().filter(|entry| entry.order_id == order.order_id).collect();
    let taken: i64 = entries.iter().map(|entry| entry.captured).sum();
    let given: i64 = entries.iter().map(|entry| entry.refunded).sum();
    let known = order.payment.as_ref().map_or((0, 0), |payment| (payment.captured.minor, payment.refunded.minor));
    require(taken - given == known.0 - known.1, || format!("I4 gateway {taken}-{given}, order {known:?}"))?;
    let open = order.refunds.iter().find(|refund| refund.state == RefundState::Asked);
    require(open.is_none(), || format!("I4 a refund that nobody made or refused: {open:?}"))?;
    let twice = entries.iter().find(|entry| entry.captures > 1);
    require(twice.is_none(), || format!("I4 captured twice: {twice:?}"))?;
    let kept = entries.iter().filter(|entry| entry.captured > entry.refunded).count();
    require(kept <= 1, || format!("I4 the money of {kept} attempts is kept"))?;
    one_attempt_counts(order)?;
    let held = entries.iter().any(|entry| entry.state == GatewayState::Authorized);
    require(!held, || "I4 money is still held".to_owned())?;
    the_ledger_agrees(world, order, taken, given)?;
    let owed = match order.status {
        S::Delivered if order.payment_method != PaymentMethod::Cod => {
            order.totals.grand_total.minor - given_back(order)
        }
        _ => 0,
    };
    require(taken - given == owed, || format!("I4 the gateway holds {} and should hold {owed}", taken - given))
}

/// Of an order's attempts at payment at most one is paid, and it is by that one that the order was.
fn one_attempt_counts(order: &Order) -> Verdict {
    let paid: Vec<_> = order.attempts.iter().filter(|attempt| attempt.state == AttemptState::Paid).collect();
    let fits = if was(order, S::Paid) { paid.len() == 1 } else { paid.is_empty() };
    require(fits, || format!("I4 paid attempts: {paid:?}"))?;
    let method = paid.first().map_or(order.payment_method, |paid| paid.method);
    require(method == order.payment_method, || format!("I4 paid by {method:?}, not {:?}", order.payment_method))
}

/// What the shop gave back of an order that stands.
fn given_back(order: &Order) -> i64 {
    let made = order.refunds.iter().filter(|refund| refund.state == RefundState::Made);
    made.map(|refund| refund.amount.minor).sum()
}

/// What is credited of an order for cash, whether it was paid for or not.
fn credited_of_cash(order: &Order) -> i64 {
    let refunds = order.refunds.iter().filter(|refund| order.is_cash() && refund.state != RefundState::Refused);
    refunds.map(|refund| refund.amount.minor).sum()
}

/// No return waits for anything, and each has gone a legal way.
fn returns_are_settled(order: &Order) -> Verdict {
    for of in &order.returns {
        let refund = order.refunds.iter().find(|refund| refund.refund_id == of.return_id).map(|refund| refund.state);
        let settled = match of.state {
            ReturnState::Requested | ReturnState::Approved | ReturnState::Received => false,
            ReturnState::Refunded => refund == Some(RefundState::Made),
            ReturnState::NotRefunded => matches!(refund, None | Some(RefundState::Refused | RefundState::SetOff)),
            ReturnState::Refused | ReturnState::Withdrawn | ReturnState::Lapsed => refund.is_none(),
        };
        require(settled, || format!("I4 {of:?} {refund:?}"))?;
        let legal = of.history.windows(2).all(|pair| ReturnState::MOVES.contains(&(pair[0].state, pair[1].state)));
        require(legal, || format!("I2 {of:?}"))?;
    }
    Ok(())
}

/// I4, cash: what is booked is what the order says; no more was received than was due, and no more paid out than was
/// received: all of it where the goods stayed here, and none to who has still to pay.
fn cash_adds_up(world: &World, order: &Order) -> Verdict {
    let rows = world.payments.store.rows.values().filter_map(|(_, row)| row.entry());
    let of = |occasion| -> i64 {
        let entries = rows.clone().filter(|entry| entry.order_id == order.order_id && entry.occasion == occasion);
        entries.map(|entry| entry.amount.minor).sum()
    };
    let counted = order.cash.iter().filter(|instalment| instalment.counts());
    let received: i64 = counted.map(|instalment| instalment.amount.minor).sum();
    let paid_out = order.cash_paid_out().minor;
    let booked = (of(Occasion::CashReceived), of(Occasion::CashPaidOut));
    require(booked == (received, paid_out), || format!("I4 cash {received}-{paid_out}, booked {booked:?}"))?;
    require(order.is_cash() || received == 0, || "I4 cash for an order that a gateway is paid for".to_owned())?;
    let set_off: i64 = order.refunds.iter().filter_map(|refund| refund.set_off).map(|set_off| set_off.minor).sum();
    let total = order.totals.grand_total.minor;
    require(received + set_off <= total, || format!("I4 {received} received in cash, {set_off} set off of {total}"))?;
    require(paid_out <= received, || format!("I4 {paid_out} paid out of {received}"))?;
    require(order.cash_owed().minor == 0, || format!("I4 still owed: {:?}", order.refunds))?;
    if order.status == S::Delivered {
        let may_be_kept = if order.is_cash() { total - credited_of_cash(order) } else { 0 };
        return require(received - paid_out <= may_be_kept, || format!("I4 {received}-{paid_out} of {may_be_kept}"));
    }
    require(received == paid_out, || format!("I4 {received}-{paid_out} in cash kept of an order without goods"))
}

/// I4: what the ledger has of an order is what the gateway has, and as much on one side as on the other.
fn the_ledger_agrees(world: &World, order: &Order, taken: i64, given: i64) -> Verdict {
    let rows = world.payments.store.rows.values().filter_map(|(_, row)| row.entry());
    let entries: Vec<_> = rows.filter(|entry| entry.order_id == order.order_id).collect();
    let of = |occasion| -> i64 {
        entries.iter().filter(|entry| entry.occasion == occasion).map(|entry| entry.amount.minor).sum()
    };
    let booked = (of(Occasion::Captured), of(Occasion::Refunded) - of(Occasion::RefundFailed));
    require(booked == (taken, given), || format!("I4 booked {booked:?}, the gateway {taken}-{given}"))?;
    let balances = balances(entries.iter().map(|entry| Turnover::from(*entry)));
    let customers = balances.get(&(Account::Customers, "INR")).map_or(0, |sides| sides.balance_minor());
    let cash = of(Occasion::CashPaidOut) - of(Occasion::CashReceived);
    require(customers == given - taken + cash, || format!("I4 the customer's account is at {customers}"))
}

/// I5: an order's invoices, the one in force last: each before it is void, and is cited by the one that stands for it.
fn invoices_of<'a>(world: &'a World, order: &Order) -> Result<Vec<&'a Invoice>, String> {
    let papers = world.invoicing.store.rows.values().filter_map(|(_, paper)| paper.as_invoice());
    let mut invoices: Vec<&Invoice> = papers.filter(|invoice| invoice.order_id == order.order_id).collect();
    invoices.sort_by_key(|invoice| &invoice.number);
    for pair in invoices.windows(2) {
        let replaced_by = pair[0].void.as_ref().map(|void| &void.replaced_by);
        let cite = replaced_by == Some(&pair[1].number) && pair[1].replaces == pair[0].number;
        let alike = pair[0].totals == pair[1].totals && pair[0].issued_at <= pair[1].issued_at;
        require(cite && alike, || format!("I5 void {:?}, then {:?}", pair[0], pair[1]))?;
    }
    let ends = invoices.last().is_none_or(|last| last.void.is_none());
    let begins = invoices.first().is_none_or(|first| first.replaces.is_empty());
    require(begins && ends, || format!("I5 not one invoice in force: {invoices:?}"))?;
    Ok(invoices)
}

/// What was asked for is answered, and what was made is what the papers say.
fn replacements_are_settled(order: &Order, invoices: &[&Invoice]) -> Verdict {
    require(!order.awaits_replacement(), || format!("I5 {:?}", order.replacements))?;
    let made = order.replacements.iter().filter(|of| of.state == ReplacementState::Made);
    let made: Vec<_> = made.map(|of| (of.invoice_number.as_str(), of.number.as_str())).collect();
    let papers = invoices.iter().skip(1).map(|invoice| (invoice.replaces.as_str(), invoice.number.as_str()));
    require(papers.eq(made.iter().copied()), || format!("I5 made {made:?}, papers {invoices:?}"))
}

/// I5: one invoice in force for each confirmed order, credited as far as money went back, and taken back with the order.
fn papers_match(world: &World, order: &Order) -> Verdict {
    let rows = &world.invoicing.store.rows;
    let paper = |key| rows.get(&key).map(|(_, paper): &(i64, Paper)| paper);
    let invoices = invoices_of(world, order)?;
    replacements_are_settled(order, &invoices)?;
    let invoice = invoices.last().map(|invoice| invoice.number.as_str());
    let known = |paper: &Option<DocumentRef>| paper.as_ref().map(|paper| paper.number.clone());
    let agree = invoice == known(&order.invoice).as_deref();
    require(agree, || format!("I5 invoice {invoice:?}, order {:?}", order.invoice))?;
    let sold = was(order, S::Confirmed) || was(order, S::Paid);
    require(invoice.is_some() == sold, || "I5 invoice or none".to_owned())?;
    let notes = (0..).map_while(|earlier| paper(invoicing::document::credit_note_of(order.order_id, earlier)));
    let notes: Vec<&CreditNote> = notes.filter_map(Paper::as_credit_note).collect();
    let cite = notes.iter().all(|note| Some(note.invoice_number.as_str()) == invoice);
    require(cite, || format!("I5 {notes:?} should cite {invoice:?}"))?;
    let credited: i64 = notes.iter().map(|note| note.totals.grand_total.minor).sum();
    if order.status == S::Delivered {
        let online = order.payment.as_ref().filter(|_| order.payment_method != PaymentMethod::Cod);
        let given = online.map_or(0, |payment| payment.refunded.minor) + credited_of_cash(order);
        require(credited == given, || format!("I5 credited {credited}, given back {given}"))?;
        return require(order.credit_note.is_none() && order.to_credit.is_empty(), || "I5 left to credit".to_owned());
    }
    let (last, taken_back) = (notes.last().map(|note| note.number.clone()), known(&order.credit_note));
    require(last == taken_back, || format!("I5 credit note {last:?}, order {taken_back:?}"))?;
    let owed = if sold { order.totals.grand_total.minor } else { 0 };
    require(credited == owed, || format!("I5 credited {credited} of {owed}"))
}

/// Goods leave only for orders that stand, and once.
fn the_parcel_is_where_it_should(world: &World, order: &Order) -> Verdict {
    let parcels = world.around.outside.carrier.parcels.values();
    let left: Vec<_> = parcels
        .filter(|parcel| parcel.order_id == order.order_id && parcel.state != ParcelState::Cancelled)
        .map(|parcel| parcel.state)
        .collect();
    let should: &[ParcelState] = if order.status == S::Delivered { &[ParcelState::Delivered] } else { &[] };
    require(left == should, || format!("parcels {left:?}, should be {should:?}"))
}

/// I3: counters, reservations and ledger say the same.
fn stock_adds_up(world: &World) -> Verdict {
    let rows = || world.inventory.store.rows.values().map(|(_, row)| row);
    for document in world.inventory.store.documents.values() {
        let stock = &document.state;
        require(stock.balances(), || format!("I3 {stock:?}"))?;
        let reservations: Vec<&Reservation> = rows().filter_map(|row| reservation_of(row, stock)).collect();
        let units =
            |state| -> i64 { reservations.iter().filter(|row| row.state == state).map(|row| row.units()).sum() };
        let counted = (units(ReservationState::Held), units(ReservationState::Sold));
        require(counted == (stock.reserved, stock.sold), || format!("I3 rows {counted:?}, {stock:?}"))?;
        require(stock.reserved == 0, || format!("I3 held for nobody: {stock:?}"))?;
        let ledger: Vec<&LedgerEntry> = rows().filter_map(|row| entry_of(row, stock)).collect();
        let sum = |part: fn(&LedgerEntry) -> i64| -> i64 { ledger.iter().map(|entry| part(entry)).sum() };
        let kept = (sum(|entry| entry.delta.received), sum(|entry| entry.delta.available));
        require(kept == (stock.received, stock.available), || format!("I3 ledger {kept:?}, {stock:?}"))?;
        let broken: i64 = rows().filter_map(|row| written_off_by(row, stock)).sum();
        require(broken == stock.written_off, || format!("I3 {broken} came back broken, {stock:?}"))?;
        let refused = reservations.iter().filter(|row| row.state == ReservationState::Refused);
        for row in refused {
            let fits = row.available_at_refusal.is_some_and(|available| available >= row.quantity);
            require(!fits, || format!("I3 refused though it fitted: {row:?}"))?;
        }
    }
    sold_is_what_was_ordered(world)
}

fn reservation_of<'a>(row: &'a InventoryRow, stock: &Stock) -> Option<&'a Reservation> {
    match row {
        InventoryRow::Reservation(row) if row.sku == stock.sku => Some(row),
        _ => None,
    }
}

fn written_off_by(row: &InventoryRow, stock: &Stock) -> Option<i64> {
    match row {
        InventoryRow::Return(row) if row.sku == stock.sku => Some(row.written_off),
        _ => None,
    }
}

fn entry_of<'a>(row: &'a InventoryRow, stock: &Stock) -> Option<&'a LedgerEntry> {
    match row {
        InventoryRow::LedgerEntry(entry) if entry.sku == stock.sku => Some(entry),
        _ => None,
    }
}

fn sold_is_what_was_ordered(world: &World) -> Verdict {
    let mut ordered: BTreeMap<(OrderId, &str), i64> = BTreeMap::new();
    for document in world.orders.store.documents.values().filter(|document| document.state.status == S::Delivered) {
        for line in &document.state.lines {
            let back = document.state.returns.iter().flat_map(|of| &of.lines).filter(|back| back.sku == line.sku);
            let kept = line.quantity - back.map(ReturnLine::received).sum::<i32>();
            ordered.insert((document.state.order_id, line.sku.as_str()), kept.into());
        }
    }
    let sold: BTreeMap<(OrderId, &str), i64> = world
        .inventory
        .store
        .rows
        .values()
        .filter_map(|(_, row)| match row {
            InventoryRow::Reservation(row) if row.state == ReservationState::Sold => {
                Some(((row.order_id, row.sku.as_str()), row.units()))
            }
            _ => None,
        })
        .collect();
    require(ordered == sold, || "I3 what was sold is not what was delivered".to_owned())
}

fn total_limit(coupon: &Coupon) -> Option<i64> {
    coupon.terms.as_ref().and_then(|terms| terms.total_limit)
}

fn is_within(limit: Option<i64>, used: i64) -> bool {
    limit.is_none_or(|limit| used <= limit)
}

/// I11: counters and rows say the same, no limit is passed, none was refused what it might have had, and exactly those orders
/// use a coupon that stand.
fn coupons_are_used_by_who_may(world: &World) -> Verdict {
    let rows: Vec<&CouponRow> = world.coupons.store.rows.values().map(|(_, row)| row).collect();
    let mut used: BTreeMap<OrderId, &CouponCode> = BTreeMap::new();
    for document in world.coupons.store.documents.values() {
        let coupon = &document.state;
        let live: Vec<&Redemption> = rows.iter().filter_map(|row| redemption_of(row, coupon)).collect();
        used.extend(live.iter().filter(|row| row.state == RedemptionState::Used).map(|row| (row.order_id, &row.code)));
        one_coupon_adds_up(coupon, &live, &rows)?;
    }
    let mut should: BTreeMap<OrderId, &CouponCode> = BTreeMap::new();
    for document in world.orders.store.documents.values() {
        let order = &document.state;
        let Some(coupon) = &order.coupon else { continue };
        // Money of an attempt at a gateway says nothing of a sale for cash.
        let online = order.payment.as_ref().filter(|_| order.payment_method != PaymentMethod::Cod);
        let all_back = online.is_some_and(|money| money.captured == money.refunded);
        let stands = order.status == S::Delivered && !all_back && !order.is_cash_undone();
        let says = (coupon.state == CouponState::Used) == stands && coupon.state != CouponState::Asked;
        require(says, || format!("I11 {} {}: {coupon:?}", order.order_id, path(order)))?;
        if stands {
            should.insert(order.order_id, &coupon.code);
        }
    }
    require(used == should, || format!("I11 used by {used:?}, should be by {should:?}"))
}

fn one_coupon_adds_up(coupon: &Coupon, redemptions: &[&Redemption], rows: &[&CouponRow]) -> Verdict {
    let mut by_user: BTreeMap<String, i64> = BTreeMap::new();
    for row in redemptions.iter().filter(|row| row.state == RedemptionState::Used) {
        *by_user.entry(row.user_id.to_string()).or_default() += 1;
    }
    let sum: i64 = by_user.values().sum();
    require(sum == coupon.used, || format!("I11 {sum} rows, {coupon:?}"))?;
    let user_limit = coupon.terms.as_ref().and_then(|terms| terms.user_limit);
    let within = by_user.values().all(|used| is_within(user_limit, *used)) && is_within(total_limit(coupon), sum);
    require(within, || format!("I11 used too often: {by_user:?}, {coupon:?}"))?;
    for row in rows {
        let CouponRow::User(count) = row else { continue };
        let live = by_user.get(&count.user_id.to_string()).copied().unwrap_or_default();
        require(count.code != coupon.code || count.used == live, || format!("I11 {live} rows, {count:?}"))?;
    }
    let used_up = redemptions.iter().filter(|row| row.refusal == Some(Unredeemable::UsedUp));
    for row in used_up {
        let right = total_limit(coupon).is_some_and(|limit| row.used_before >= limit);
        require(right, || format!("I11 refused though it was free: {row:?}"))?;
    }
    Ok(())
}

fn redemption_of<'a>(row: &'a CouponRow, coupon: &Coupon) -> Option<&'a Redemption> {
    match row {
        CouponRow::Redemption(row) if row.code == coupon.code => Some(row),
        _ => None,
    }
}

/// I5: the numbers of each series are 1, 2, 3 and so on.
fn numbers_have_no_holes(world: &World) -> Verdict {
    let mut series: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    let mut papers = 0;
    for (_, paper) in world.invoicing.store.rows.values() {
        let (name, number) = paper.number().rsplit_once('-').unwrap_or_default();
        series.entry(name).or_default().insert(number.parse().unwrap_or_default());
        papers += 1;
    }
    let distinct: usize = series.values().map(BTreeSet::len).sum();
    require(distinct == papers, || "I5 a number was given twice".to_owned())?;
    let whole = series.values().all(|numbers| numbers.iter().copied().eq(1..=numbers.len() as u64));
    require(whole, || format!("I5 holes: {series:?}"))
}
