//! The customers: what they order, whether they pay, and when they change their minds.

use schemas::{
    attempts::attempt_id,
    cash::{RecordCash, RecordPayout},
    coupons::{CouponsMessage, PercentOff, PutCoupon},
    documents::Order,
    ids::{OrderId, ProductId, Sku, UserId},
    inventory::{InventoryMessage, ReceiveStock},
    orders::{AppliedCoupon, CancelOrder, CorrectInvoice, OrdersMessage, PayOrder, PlaceOrder, RefundOrder},
    payments::GatewayState,
    returns::{
        DecideReturn, OrderReturn, ReceiveReturn, ReceivedUnits, RequestReturn, ReturnDecision, ReturnReason,
        ReturnState, ReturnedUnits, WithdrawReturn,
    },
    types::{Address, Money, OrderLine, PaymentMethod, PriceList, Timestamp, Totals},
};
use shared::{
    id::{CorrelationId, MessageId, Uuid},
    message::{Origin, Outgoing, Topic},
};

use crate::{
    chance::Chance,
    outside::gateway::{Entry, Gateway},
    world::a_trace,
};

/// The parts, with how many there are: some are plenty, some sell out.
pub const PARTS: [(&str, i64); 6] =
    [("BELT", 1_000), ("CLUTCH", 6), ("FILTER", 1_000), ("LAMP", 1_000), ("PAD", 12), ("WIPER", 30)];

/// The order number `n` of this world.
#[must_use]
pub fn order_id(n: u64) -> OrderId {
    OrderId::from_uuid(Uuid::from_u64_pair(0x0192_c1de_7a4c_7b6e, 0x8000_0000_0000_0000 | n))
}

/// The deliveries that fill the shelves.
pub fn deliveries(now: Timestamp) -> impl Iterator<Item = Outgoing> {
    PARTS.into_iter().map(move |(name, quantity)| {
        let sku: Sku = name.parse().expect("a SKU");
        let message: InventoryMessage =
            ReceiveStock { sku, quantity, receipt: "first".to_owned(), answer_to: None }.into();
        first(&format!("receive/{name}"), name, &message, now)
    })
}

/// The coupons, with how many orders may use each and how many of one customer: few may be used once by each, others often.
pub const COUPONS: [(&str, Option<i64>, Option<i64>); 2] = [("FEW", Some(2), None), ("OURS", Some(5), Some(1))];
/// So many customers share the orders.
const CUSTOMERS: u128 = 3;

/// The coupons that the shop offers.
pub fn coupons(now: Timestamp) -> impl Iterator<Item = Outgoing> {
    COUPONS.into_iter().map(move |(code, total_limit, user_limit)| {
        let put = PutCoupon {
            code: code.parse().expect("a code"),
            revision: 1,
            percent: Some(PercentOff { basis_points: 1_000, at_most: None }),
            flat: None,
            minimum: Money::inr(0),
            valid_from: now,
            valid_until: Timestamp::from_millis(i64::MAX),
            price_list: None,
            total_limit,
            user_limit,
            active: true,
            admin_id: UserId::from_uuid(Uuid::from_u128(1)),
            changed_at: now,
        };
        first(&format!("coupon/{code}"), code, &CouponsMessage::from(put), now)
    })
}

fn coupon(chance: &mut Chance) -> Option<AppliedCoupon> {
    let (code, _, _) = COUPONS.get(chance.pick(2 * COUPONS.len()).checked_sub(1)?)?;
    Some(AppliedCoupon { code: code.parse().expect("a code"), discount: Money::inr(0) })
}

/// Order number `n`: one to three neighbouring parts.
pub fn place(n: u64, chance: &mut Chance, now: Timestamp) -> Outgoing {
    let first_part = chance.pick(PARTS.len());
    let lines: Vec<OrderLine> = (0..=chance.pick(3))
        .map(|next| line(PARTS[(first_part + next) % PARTS.len()].0, 1 + chance.pick(2) as i32))
        .collect();
    let payment_method = METHODS[chance.pick(METHODS.len())];
    let place = PlaceOrder {
        order_id: order_id(n),
        user_id: UserId::from_uuid(Uuid::from_u128(42 + u128::from(n) % CUSTOMERS)),
        totals: totals(&lines),
        lines,
        address: address(),
        payment_method,
        placed_at: now,
        buyer_gstin: String::new(),
        coupon: coupon(chance),
        any_gateway: payment_method != PaymentMethod::Cod && chance.one_in(2),
    };
    let key = order_id(n).to_string();
    first(&format!("place/{key}"), &key, &OrdersMessage::from(place), now)
}

/// How a customer may pay.
const METHODS: [PaymentMethod; 3] = [PaymentMethod::Stripe, PaymentMethod::Razorpay, PaymentMethod::Cod];

/// Somebody wants to pay an order again, or otherwise.
pub fn pay_otherwise(n: u64, time: usize, chance: &mut Chance, now: Timestamp) -> Outgoing {
    let key = order_id(n).to_string();
    let attempt_id = attempt_id(order_id(n), &format!("again-{time}"));
    let method = METHODS[chance.pick(METHODS.len())];
    let any_gateway = method != PaymentMethod::Cod && chance.one_in(2);
    let wish = PayOrder { order_id: order_id(n), attempt_id, method, any_gateway };
    first(&format!("pay/{key}/{time}"), &key, &OrdersMessage::from(wish), now)
}

/// Somebody cancels an order; it may be the second time.
pub fn cancel(n: u64, time: usize, now: Timestamp) -> Outgoing {
    let key = order_id(n).to_string();
    let cancel = CancelOrder { order_id: order_id(n), reason: "changed my mind".to_owned() };
    first(&format!("cancel/{key}/{time}"), &key, &OrdersMessage::from(cancel), now)
}

/// Somebody of the shop gives some of an order's money back: less than it costs, but several times it may be more.
pub fn give_back(n: u64, time: usize, chance: &mut Chance, now: Timestamp) -> Outgoing {
    let key = order_id(n).to_string();
    let refund = RefundOrder {
        order_id: order_id(n),
        refund_id: format!("refund {time}"),
        amount: Some(Money::inr(1 + 4_000 * chance.pick(4) as i64)),
        lines: Vec::new(),
        reason: "a scratch".to_owned(),
        admin_id: UserId::from_uuid(Uuid::from_u128(1)),
    };
    first(&format!("refund/{key}/{time}"), &key, &OrdersMessage::from(refund), now)
}

/// Somebody of the shop corrects the buyer of an order's invoice: of the one in force, or of one that was when they last looked.
/// `None` if there is no invoice yet.
pub fn correct_invoice(order: &Order, time: usize, chance: &mut Chance, now: Timestamp) -> Option<Outgoing> {
    let earlier = order.replacements.iter().rev().map(|of| &of.invoice_number);
    let known: Vec<&String> = order.invoice.iter().map(|invoice| &invoice.number).chain(earlier).collect();
    let seen = if chance.one_in(4) { chance.pick(known.len()) } else { 0 };
    let key = order.order_id.to_string();
    let wish = CorrectInvoice {
        order_id: order.order_id,
        replacement_id: format!("replacement {time}"),
        invoice_number: (*known.get(seen)?).clone(),
        address: Address { name: format!("Rao Motors {time}"), ..address() },
        buyer_gstin: if chance.one_in(2) { "27AAPFU0939F1ZV".to_owned() } else { String::new() },
        reason: "bought for the company".to_owned(),
        admin_id: UserId::from_uuid(Uuid::from_u128(1)),
    };
    Some(first(&format!("correct/{key}/{time}"), &key, &OrdersMessage::from(wish), now))
}

/// Somebody of the shop writes down cash that was taken for an order: all that is outstanding, about half of it, or a paisa
/// too much; of late, or at once. Now and then it is the instalment that was told before.
pub fn take_cash(order: &Order, time: usize, chance: &mut Chance, now: Timestamp) -> Outgoing {
    let (key, outstanding) = (order.order_id.to_string(), order.cash_outstanding().minor);
    let again = order.cash.last().filter(|_| chance.one_in(6)).map(|last| last.instalment_id.clone());
    let taken = RecordCash {
        order_id: order.order_id,
        instalment_id: again.unwrap_or_else(|| format!("cash {time}")),
        amount: Money::inr([outstanding, outstanding / 2 + 1, outstanding + 1][chance.pick(3)]),
        received_at: if chance.one_in(3) { order.placed_at } else { now },
        received_by: "the carrier".to_owned(),
        reference: format!("remittance {time}"),
        note: String::new(),
        admin_id: UserId::from_uuid(Uuid::from_u128(1)),
    };
    first(&format!("cash/{key}/{time}"), &key, &OrdersMessage::from(taken), now)
}

/// Somebody of the shop writes down that a refund of cash was paid out, owed or not.
pub fn pay_out(order: &Order, refund_id: &str, time: usize, now: Timestamp) -> Outgoing {
    let (key, order_id, reference) = (order.order_id.to_string(), order.order_id, format!("UTR {time}"));
    let admin_id = UserId::from_uuid(Uuid::from_u128(1));
    let paid = RecordPayout { order_id, refund_id: refund_id.to_owned(), reference, paid_at: now, admin_id };
    first(&format!("payout/{key}/{refund_id}/{time}"), &key, &OrdersMessage::from(paid), now)
}

/// A customer wants one unit of the first part of an order back.
pub fn ask_to_return(order: &Order, time: usize, now: Timestamp) -> Outgoing {
    let key = order.order_id.to_string();
    let return_id = format!("return {time} of {key}");
    let wish = RequestReturn {
        order_id: order.order_id,
        return_id: return_id.clone(),
        lines: vec![ReturnedUnits { sku: order.lines[0].sku.clone(), quantity: 1 }],
        reason: ReturnReason::DoesNotFit,
        comment: String::new(),
        asked_at: now,
    };
    first(&format!("return/{return_id}"), &key, &OrdersMessage::from(wish), now)
}

/// What the shop's people or the customer do next about a return, for the `time`th time; `None` if nobody has anything to do.
/// The goods of some returns never come.
pub fn go_on_with_return(
    order: &Order,
    of: &OrderReturn,
    time: usize,
    chance: &mut Chance,
    now: Timestamp,
) -> Option<Outgoing> {
    let (order_id, return_id) = (order.order_id, of.return_id.clone());
    let admin_id = UserId::from_uuid(Uuid::from_u128(1));
    let message: OrdersMessage = match of.state {
        ReturnState::Requested | ReturnState::Approved if chance.one_in(10) => {
            WithdrawReturn { order_id, return_id }.into()
        }
        ReturnState::Requested => {
            let decision = if chance.one_in(6) { ReturnDecision::Refuse } else { ReturnDecision::Approve };
            DecideReturn { order_id, return_id, decision, reason: String::new(), admin_id }.into()
        }
        ReturnState::Approved if return_id.as_bytes().get(7).is_none_or(|digit| digit % 4 != 3) => {
            let broken = i32::from(chance.one_in(2));
            let came = ReceivedUnits { sku: of.lines[0].sku.clone(), restock: 1 - broken, write_off: broken };
            ReceiveReturn { order_id, return_id, lines: vec![came], note: String::new(), admin_id }.into()
        }
        _ => return None,
    };
    let key = order_id.to_string();
    Some(first(&format!("{}/{}/{time}", of.return_id, of.state.as_str()), &key, &message, now))
}

/// Some customer whose payment waits, and who was told of it, does something about it, mostly pays. What, for a
/// person; `None` if none waits.
pub fn pay(
    gateway: &mut Gateway,
    was_told: impl Fn(&str, OrderId) -> bool,
    chance: &mut Chance,
    now: Timestamp,
) -> Option<String> {
    let waits = |name: &str, entry: &Entry| may_pay(name, entry) && was_told(name, entry.order_id);
    let open: Vec<&String> =
        gateway.books.iter().filter(|(name, entry)| waits(name, entry)).map(|(name, _)| name).collect();
    let chosen = (*open.get(chance.pick(open.len()))?).clone();
    let pays = !chance.one_in(8);
    gateway.customer_acts(&chosen, pays, now);
    Some(format!("the customer {} {chosen}", if pays { "pays" } else { "is declined at" }))
}

/// Of those who are declined some try again, the others go away.
fn may_pay(name: &str, entry: &Entry) -> bool {
    let is_persistent = name.bytes().last().is_some_and(|digit| digit % 4 != 0);
    match entry.state {
        GatewayState::AwaitingCustomer => true,
        GatewayState::Declined => is_persistent,
        _ => false,
    }
}

fn first<M: Topic>(fact: &str, key: &str, message: &M, now: Timestamp) -> Outgoing {
    let id = MessageId::of_fact(fact);
    let origin = Origin::first(id, CorrelationId::from_uuid(id.as_uuid()), now, a_trace());
    Outgoing::new(key, message, origin).expect("a request fits its schema")
}

fn line(sku: &str, quantity: i32) -> OrderLine {
    let taxable = 10_000 * i64::from(quantity);
    let half = taxable * 9 / 100;
    OrderLine {
        product_id: ProductId::from_uuid(Uuid::nil()),
        sku: sku.parse().expect("a SKU"),
        name: sku.to_owned(),
        hsn: "87083000".to_owned(),
        quantity,
        unit_price: Money::inr(10_000),
        gst_basis_points: 1_800,
        weight_grams: 900,
        taxable: Money::inr(taxable),
        cgst: Money::inr(half),
        sgst: Money::inr(half),
        igst: Money::inr(0),
        total: Money::inr(taxable + 2 * half),
        discount: Money::inr(0),
        cess_basis_points: 0,
        cess: Money::inr(0),
        price_list: PriceList::Retail,
        tax_inclusive: false,
        non_returnable: false,
    }
}

fn totals(lines: &[OrderLine]) -> Totals {
    let sum = |amount: fn(&OrderLine) -> Money| Money::inr(lines.iter().map(|line| amount(line).minor).sum());
    let (shipping, cod_fee) = (Money::inr(5_000), Money::inr(0));
    Totals {
        taxable: sum(|line| line.taxable),
        cgst: sum(|line| line.cgst),
        sgst: sum(|line| line.sgst),
        igst: sum(|line| line.igst),
        shipping,
        cod_fee,
        grand_total: Money::inr(sum(|line| line.total).minor + shipping.minor),
        discount: Money::inr(0),
        cess: Money::inr(0),
        shipping_tax: None,
        cod_fee_tax: None,
        round_off: Money::inr(0),
    }
}

fn address() -> Address {
    Address {
        name: "Asha Rao".to_owned(),
        phone: "+919812345678".to_owned(),
        line1: "14 MG Road".to_owned(),
        line2: String::new(),
        city: "Pune".to_owned(),
        state_code: "27".to_owned(),
        pincode: "411001".to_owned(),
    }
}
