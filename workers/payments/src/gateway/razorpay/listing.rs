//! Razorpay's lists: <https://razorpay.com/docs/api/payments/fetch-all-payments>. What was settled is in files
//! (`crate::reconciliation::statement`).

use schemas::types::GatewayName;

use super::{
    Razorpay,
    objects::{Collection, Payment, Refund},
};
use crate::{
    effect::Target,
    gateway::{
        GatewayError,
        listing::{Listing, PAGE, Page},
    },
    reconciliation::books::{Line, Period, Theirs},
};

/// How Razorpay says that it knows no such thing: it has no code of its own for it.
const UNKNOWN_ID: &str = "does not exist";

impl Listing for Razorpay {
    const NAME: GatewayName = GatewayName::Razorpay;
    const TELLS_SETTLEMENTS: bool = false;

    /// Newest first, and the period has ended, so that nothing moves between two pages.
    async fn payments(&self, period: Period, after: Option<&str>) -> Result<Page<Theirs>, GatewayError> {
        let skip: usize = after.and_then(|after| after.parse().ok()).unwrap_or(0);
        let query = [
            ("from", period.from.as_millis().div_euclid(1_000).to_string()),
            ("to", (period.to.as_millis().div_euclid(1_000) - 1).to_string()), // both ends are included
            ("count", PAGE.to_string()),
            ("skip", skip.to_string()),
        ];
        let request = self.request(reqwest::Method::GET, "payments").query(&query);
        let list: Collection<Payment> = self.send(request).await?;
        let next = (list.items.len() == PAGE).then(|| (skip + PAGE).to_string());
        let mut items = Vec::with_capacity(list.items.len());
        for payment in list.items {
            let was_refunded = payment.describe().refunded_minor > 0;
            items.push(self.described(&payment, was_refunded).await?);
        }
        Ok(Page { items, next })
    }

    async fn payment(&self, target: &Target) -> Result<Option<Theirs>, GatewayError> {
        let found = async {
            match self.find_payment(target).await? {
                Some(payment) => self.described(&payment, true).await,
                None => {
                    let order: super::objects::Order = self.get(&format!("orders/{}", target.gateway_ref)).await?;
                    let (seen, at) = (order.describe(), order.at());
                    Ok(Theirs { gateway: Self::NAME, seen, charge: String::new(), at, refunds: Vec::new() })
                }
            }
        };
        match found.await {
            Ok(theirs) => Ok(Some(theirs)),
            Err(GatewayError::Refused { detail, .. }) if detail.contains(UNKNOWN_ID) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn settled(&self, _period: Period, _after: Option<&str>) -> Result<Page<Line>, GatewayError> {
        Ok(Page { items: Vec::new(), next: None })
    }

    async fn settled_for(&self, _entity: &str) -> Result<Vec<Line>, GatewayError> {
        Ok(Vec::new())
    }
}

impl Razorpay {
    async fn described(&self, payment: &Payment, with_refunds: bool) -> Result<Theirs, GatewayError> {
        let mut seen = payment.describe();
        let mut refunds = Vec::new();
        if with_refunds && seen.captured_minor > 0 {
            let made: Collection<Refund> = self.get(&format!("payments/{}/refunds?count={PAGE}", payment.id)).await?;
            if !made.items.is_empty() {
                seen = payment.describe_with(&made.items);
            }
            refunds = made.items.iter().map(Refund::as_moved).collect();
        }
        let charge = if seen.captured_minor > 0 { payment.id.clone() } else { String::new() };
        Ok(Theirs { gateway: Self::NAME, seen, charge, at: payment.at(), refunds })
    }
}
