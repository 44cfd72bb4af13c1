//! The coupons: who uses which, and never more of them than may.
//!
//! One coupon has one writer, so a limit is exact without a lock, and a batch of redemptions of a hot coupon is one
//! conditional write. Which orders use it, and how many of each customer, are rows beside its counter: they move together
//! or not at all, and every message may come twice.

pub mod handler;
pub mod put;
pub mod redeem;
pub mod rows;

use schemas::{coupons::CouponRevision, orders::OrdersMessage};
use serde::Deserialize;
use shared::{
    config::Section,
    daemon::{Context, StartError},
    engine::{Index, Worker},
    message::Topic,
};

/// `[coupons]`: nothing to set beyond what all daemons share.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

impl Section for Settings {}

/// A coupon's revisions, newest first.
const REVISIONS_OF_A_COUPON: Index = Index {
    collection: CouponRevision::COLLECTION,
    keys: &[("row.code", 1), ("row.terms.revision", -1)],
    unique: false,
};

/// Works on `coupons.inbox` until told to stop.
///
/// # Errors
/// [`StartError`] when the broker or the database refuses what the worker needs.
pub async fn start(context: Context<Settings>) -> Result<(), StartError> {
    Worker::new(&context, handler::Coupons)
        .indexes(&[REVISIONS_OF_A_COUPON])
        .sends_to(&[OrdersMessage::TOPIC])
        .run()
        .await
}
