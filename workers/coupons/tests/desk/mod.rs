//! The coupons' handler with its documents in memory, as the engine would keep them.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::{borrow::Cow, collections::HashMap};

use coupons::{
    handler::Coupons,
    rows::{CouponRow, Redemption, RedemptionState},
};
use schemas::{
    coupons::{Coupon, CouponCode, CouponsMessage, PercentOff, PutCoupon, RedeemCoupon, ReleaseCoupon},
    ids::{OrderId, UserId},
    orders::OrdersMessage,
    types::{Money, Timestamp},
};
use shared::{
    engine::{Handler, Outbox, Row, RowKey},
    id::{CorrelationId, MessageId, Uuid},
    message::{Delivery, Outgoing, Position},
    trace::TraceContext,
};

/// What an order was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Redeemed(OrderId),
    Refused(OrderId, String),
}

/// The coupons, their rows, and how many messages came.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    coupons: HashMap<CouponCode, Coupon>,
    rows: HashMap<RowKey, CouponRow>,
    offset: i64,
}

pub fn code(text: &str) -> CouponCode {
    text.parse().expect("a code")
}

pub fn order(n: u128) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(n))
}

pub fn user(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(1_000 + n))
}

/// Ten per cent of anything, from the first second until the second.
pub fn ten_percent(text: &str, total_limit: Option<i64>, user_limit: Option<i64>) -> PutCoupon {
    PutCoupon {
        code: code(text),
        revision: 1,
        percent: Some(PercentOff { basis_points: 1_000, at_most: None }),
        flat: None,
        minimum: Money::inr(0),
        valid_from: Timestamp::from_millis(1_000),
        valid_until: Timestamp::from_millis(2_000),
        price_list: None,
        total_limit,
        user_limit,
        active: true,
        admin_id: user(0),
        changed_at: Timestamp::from_millis(1),
    }
}

/// Order `n` of a customer, placed in the first second.
pub fn redeem(text: &str, n: u128, of: u128) -> CouponsMessage {
    let placed_at = Timestamp::from_millis(1_500);
    RedeemCoupon { code: code(text), order_id: order(n), user_id: user(of), placed_at }.into()
}

pub fn release(text: &str, n: u128, of: u128) -> CouponsMessage {
    ReleaseCoupon { code: code(text), order_id: order(n), user_id: user(of) }.into()
}

impl Desk {
    /// Handles one message and keeps what it changed; answers what orders were told, or the refusal's code.
    pub fn deliver(&mut self, message: impl Into<CouponsMessage>) -> Result<Vec<Answer>, Cow<'static, str>> {
        let message = message.into();
        let code = code_of(&message).clone();
        let delivery = self.delivery(&code, message);
        let wanted = Coupons.rows(&delivery);
        let known = wanted.into_iter().filter_map(|key| Some((key.clone(), self.rows.get(&key)?.clone()))).collect();
        let mut out = Outbox::new(&delivery, &known);
        let state = Coupons
            .handle(self.coupons.get(&code).cloned(), &delivery, &mut out)
            .map_err(|refusal| refusal.code)?
            .expect("a coupon that was heard of has a counter");
        let (messages, _, rows) = out.contents();
        self.coupons.insert(code, state);
        for row in rows {
            let before = self.rows.insert(row.key(), row.clone());
            assert!(!matches!(before, Some(CouponRow::Revision(_))), "a revision is never rewritten");
        }
        Ok(messages.iter().map(answer).collect())
    }

    fn delivery(&mut self, code: &CouponCode, message: CouponsMessage) -> Delivery<CouponsMessage> {
        self.offset += 1;
        let id = MessageId::generate();
        Delivery {
            id,
            causation: id,
            correlation: CorrelationId::from_uuid(Uuid::nil()),
            aggregate_id: code.to_string(),
            at: Timestamp::from_millis(self.offset),
            position: Position { partition: 0, offset: self.offset },
            trace: TraceContext::start(),
            message,
        }
    }

    /// How many orders use a coupon, by its counter.
    pub fn used(&self, text: &str) -> i64 {
        self.coupons.get(&code(text)).map_or(0, |coupon| coupon.used)
    }

    /// A coupon's revision; 0 for one that nobody has put.
    pub fn revision(&self, text: &str) -> i64 {
        let terms = self.coupons.get(&code(text)).and_then(|coupon| coupon.terms.as_ref());
        terms.map_or(0, |terms| terms.revision)
    }

    /// Whether an order uses a coupon.
    pub fn redemption(&self, text: &str, n: u128) -> Option<RedemptionState> {
        match self.rows.get(&Redemption::row_key(&code(text), order(n))) {
            Some(CouponRow::Redemption(row)) => Some(row.state),
            _ => None,
        }
    }

    /// The orders that use a coupon, by the rows; of one customer or of all.
    pub fn live(&self, text: &str, of: Option<u128>) -> i64 {
        let counts = |row: &&CouponRow| match row {
            CouponRow::Redemption(row) => {
                let is_of = of.is_none_or(|of| row.user_id == user(of));
                row.code == code(text) && row.state == RedemptionState::Used && is_of
            }
            _ => false,
        };
        i64::try_from(self.rows.values().filter(counts).count()).expect("a small number")
    }

    /// The counters, that of the coupon and those of its customers, equal the sums over the rows.
    pub fn assert_counters_are_the_rows(&self) {
        for coupon in self.coupons.values() {
            assert_eq!(coupon.used, self.live(coupon.code.as_str(), None), "{coupon:?}");
        }
        for row in self.rows.values() {
            let CouponRow::User(count) = row else { continue };
            let live = self.live(count.code.as_str(), Some(count.user_id.as_uuid().as_u128() - 1_000));
            assert_eq!(count.used, live, "{count:?}");
        }
    }
}

fn code_of(message: &CouponsMessage) -> &CouponCode {
    match message {
        CouponsMessage::PutCoupon(message) => &message.code,
        CouponsMessage::DeactivateCoupon(message) => &message.code,
        CouponsMessage::RedeemCoupon(message) => &message.code,
        CouponsMessage::ReleaseCoupon(message) => &message.code,
    }
}

fn answer(sent: &Outgoing) -> Answer {
    let nowhere = Position { partition: 0, offset: 0 };
    let decoded = Delivery::<OrdersMessage>::decode(&sent.payload, nowhere, Timestamp::from_millis(0), None)
        .expect("what a handler sends can be read");
    let (order, answer) = match decoded.message {
        OrdersMessage::CouponRedeemed(told) => (told.order_id, Answer::Redeemed(told.order_id)),
        OrdersMessage::CouponRefused(told) => (told.order_id, Answer::Refused(told.order_id, told.code)),
        other => panic!("the coupons worker does not send {other:?}"),
    };
    assert_eq!(sent.key, order.to_string(), "an answer goes to the order's queue");
    answer
}
