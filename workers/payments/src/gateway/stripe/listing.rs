//! Stripe's lists: <https://docs.stripe.com/api/payment_intents/list>, <https://docs.stripe.com/api/balance_transactions/list>.

use schemas::types::GatewayName;
use serde::Deserialize;

use super::{
    Stripe,
    objects::{Intent, moment},
};
use crate::{
    effect::Target,
    gateway::{
        GatewayError,
        listing::{Listing, PAGE, Page},
    },
    reconciliation::books::{Line, LineKind, Period, Refund, Theirs},
};

/// <https://docs.stripe.com/api/pagination>
#[derive(Deserialize)]
struct List<T> {
    data: Vec<T>,
    has_more: bool,
}

/// An intent with its latest charge expanded (<https://docs.stripe.com/api/expanding_objects>).
#[derive(Deserialize)]
struct Listed {
    #[serde(flatten)]
    intent: Intent,
    created: i64,
    #[serde(default)]
    latest_charge: Option<Charge>,
}

/// <https://docs.stripe.com/api/charges/object>
#[derive(Deserialize)]
struct Charge {
    id: String,
    created: i64,
    #[serde(default)]
    amount_refunded: i64,
}

/// <https://docs.stripe.com/api/balance_transactions/object>
#[derive(Deserialize)]
struct BalanceTransaction {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    amount: i64,
    fee: i64,
    #[serde(default)]
    fee_details: Vec<FeeDetail>,
    net: i64,
    currency: String,
    #[serde(default)]
    reporting_category: String,
    #[serde(default)]
    source: Option<Source>,
}

/// A part of a fee.
#[derive(Deserialize)]
struct FeeDetail {
    amount: i64,
    #[serde(rename = "type")]
    kind: String,
}

/// What a transaction is for, expanded where it could be.
#[derive(Deserialize)]
#[serde(untagged)]
enum Source {
    Object {
        id: String,
        #[serde(default)]
        payment_intent: Option<String>,
    },
    Name(String),
}

impl Listing for Stripe {
    const NAME: GatewayName = GatewayName::Stripe;
    const TELLS_SETTLEMENTS: bool = true;

    async fn payments(&self, period: Period, after: Option<&str>) -> Result<Page<Theirs>, GatewayError> {
        let query = within(period, after, "data.latest_charge");
        let list: List<Listed> = self.transport.get("/payment_intents", &query).await?;
        let next = list.has_more.then(|| list.data.last().map(|last| last.intent.id().to_owned())).flatten();
        let mut items = Vec::with_capacity(list.data.len());
        for listed in list.data {
            let was_refunded = listed.latest_charge.as_ref().is_some_and(|charge| charge.amount_refunded > 0);
            items.push(self.described(listed, was_refunded).await?);
        }
        Ok(Page { items, next })
    }

    async fn payment(&self, target: &Target) -> Result<Option<Theirs>, GatewayError> {
        let path = format!("/payment_intents/{}", target.gateway_ref);
        match self.transport.get::<Listed>(&path, &[("expand[]", "latest_charge".to_owned())]).await {
            Ok(listed) => {
                let was_captured = listed.intent.received() > 0;
                self.described(listed, was_captured).await.map(Some)
            }
            Err(GatewayError::Refused { code, .. }) if code == "resource_missing" => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn settled(&self, period: Period, after: Option<&str>) -> Result<Page<Line>, GatewayError> {
        let query = within(period, after, "data.source");
        let list: List<BalanceTransaction> = self.transport.get("/balance_transactions", &query).await?;
        let next = list.has_more.then(|| list.data.last().map(|last| last.id.clone())).flatten();
        Ok(Page { items: list.data.into_iter().map(BalanceTransaction::into_line).collect(), next })
    }

    async fn settled_for(&self, entity: &str) -> Result<Vec<Line>, GatewayError> {
        let query =
            [("source", entity.to_owned()), ("limit", PAGE.to_string()), ("expand[]", "data.source".to_owned())];
        let list: List<BalanceTransaction> = self.transport.get("/balance_transactions", &query).await?;
        Ok(list.data.into_iter().map(BalanceTransaction::into_line).collect())
    }
}

impl Stripe {
    async fn described(&self, listed: Listed, with_refunds: bool) -> Result<Theirs, GatewayError> {
        let (refunded, refunds) =
            if with_refunds { self.refunds_of(listed.intent.id()).await? } else { (0, Vec::<Refund>::new()) };
        let seen = listed.intent.describe(refunded);
        let at = listed.latest_charge.as_ref().map_or(listed.created, |charge| charge.created);
        let charge = listed.latest_charge.filter(|_| seen.captured_minor > 0).map(|charge| charge.id);
        Ok(Theirs { gateway: Self::NAME, seen, charge: charge.unwrap_or_default(), at: moment(at), refunds })
    }
}

fn within(period: Period, after: Option<&str>, expand: &str) -> Vec<(&'static str, String)> {
    let mut query = vec![
        ("created[gte]", seconds(period.from.as_millis())),
        ("created[lt]", seconds(period.to.as_millis())),
        ("limit", PAGE.to_string()),
        ("expand[]", expand.to_owned()),
    ];
    query.extend(after.map(|after| ("starting_after", after.to_owned())));
    query
}

fn seconds(millis: i64) -> String {
    millis.div_euclid(1_000).to_string()
}

impl BalanceTransaction {
    /// <https://docs.stripe.com/reports/balance-transaction-types>
    fn into_line(self) -> Line {
        let kind = match self.kind.as_str() {
            "charge" | "payment" => LineKind::Capture,
            "refund" | "payment_refund" => LineKind::Refund,
            _ if matches!(self.reporting_category.as_str(), "dispute" | "dispute_reversal") => LineKind::Dispute,
            _ => LineKind::Other,
        };
        let tax = self.fee_details.iter().filter(|detail| detail.kind == "tax");
        let tax_minor: i64 = tax.map(|detail| detail.amount).sum();
        let (entity, intent) = match self.source {
            Some(Source::Object { id, payment_intent }) => (id, payment_intent.unwrap_or_default()),
            Some(Source::Name(id)) => (id, String::new()),
            None => (String::new(), String::new()),
        };
        Line {
            id: format!("stripe/{}", self.id),
            gateway: GatewayName::Stripe,
            kind,
            entity,
            gateway_ref: intent.clone(),
            payment_ref: intent,
            gross_minor: self.amount,
            fee_minor: self.fee,
            tax_minor,
            net_minor: self.net,
            currency: self.currency.to_uppercase(),
            source: self.id,
            told: false,
        }
    }
}
