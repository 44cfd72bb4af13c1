//! What reconciliation asks of a gateway: its own books, page by page.

use std::future::Future;

use schemas::types::GatewayName;

use super::GatewayError;
use crate::{
    effect::Target,
    reconciliation::books::{Line, Period, Theirs},
};

/// As many as one page may hold, at both gateways.
pub(super) const PAGE: usize = 100;

/// A part of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// What it holds.
    pub items: Vec<T>,
    /// What to ask for to see more; `None` at the end.
    pub next: Option<String>,
}

/// A gateway's own books. Nothing here changes anything.
pub trait Listing: Send + Sync {
    /// Which gateway it is.
    const NAME: GatewayName;
    /// Whether [`Listing::settled`] tells what was settled; otherwise only its settlement files do.
    const TELLS_SETTLEMENTS: bool;

    /// The payments made within a period. Of one that was refunded also its refunds.
    fn payments(
        &self,
        period: Period,
        after: Option<&str>,
    ) -> impl Future<Output = Result<Page<Theirs>, GatewayError>> + Send;

    /// One payment with all its refunds, those that failed included; `None` if the gateway knows no such payment.
    fn payment(&self, target: &Target) -> impl Future<Output = Result<Option<Theirs>, GatewayError>> + Send;

    /// What was settled within a period.
    fn settled(
        &self,
        period: Period,
        after: Option<&str>,
    ) -> impl Future<Output = Result<Page<Line>, GatewayError>> + Send;

    /// What was settled for this capture or refund, whenever that was.
    fn settled_for(&self, entity: &str) -> impl Future<Output = Result<Vec<Line>, GatewayError>> + Send;
}
