//! One journey: the customer's steps, and looking how the order goes.

use std::{path::PathBuf, time::Duration};

use serde::Serialize;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{
    gateways::Gateways,
    invoice::{self, Saved},
    judge::judge,
    plan::{Bank, Line, Method, Plan},
    trouble::Trouble,
};
use crate::api::{Address, Api, ApiError, OrderView, PUNE, Status, StatusView, Token};

/// How long one read waits at most.
const WAIT: Duration = Duration::from_secs(20);
/// The pause after a read that brought nothing new.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// What all journeys share.
pub struct Shop {
    /// The shop's API.
    pub api: Api,
    /// The customer.
    pub token: Token,
    /// Where the customer pays.
    pub gateways: Gateways,
    /// How long a journey may take.
    pub limit: Duration,
    /// Where invoices go.
    pub invoices: PathBuf,
}

/// How a journey went.
pub struct Journey {
    /// What was planned.
    pub plan: &'static Plan,
    /// The order, once accepted.
    pub order_id: Option<Uuid>,
    /// The order as it was at the end.
    pub order: Option<OrderView>,
    /// How long it took the customer, from placing to the end.
    pub took: Duration,
    /// The invoice where there is one; or what went wrong.
    pub outcome: Result<Option<Saved>, Trouble>,
}

#[derive(Serialize)]
struct NewOrder<'a> {
    items: &'a [Line],
    address: Address,
    payment_method: Method,
}

/// Makes the journey.
pub async fn travel(shop: &Shop, plan: &'static Plan, lines: &[Line]) -> Journey {
    let start = Instant::now();
    let mut journey = Journey { plan, order_id: None, order: None, took: Duration::ZERO, outcome: Ok(None) };
    let order_id = match place(shop, plan, lines).await {
        Ok(order_id) => order_id,
        Err(trouble) => return Journey { outcome: Err(trouble), took: start.elapsed(), ..journey },
    };
    journey.order_id = Some(order_id);
    let passage = Passage { shop, plan, order_id, until: start + shop.limit };
    let ended = passage.go().await;
    journey.took = start.elapsed();
    // Shown even when the journey broke off: that is when the history is needed most.
    journey.order = shop.api.order(&shop.token, order_id).await.ok();
    journey.outcome = match ended {
        Ok(()) => passage.arrive(journey.order.as_ref()).await,
        Err(trouble) => Err(trouble),
    };
    journey
}

async fn place(shop: &Shop, plan: &Plan, lines: &[Line]) -> Result<Uuid, Trouble> {
    let order = NewOrder { items: lines, address: PUNE, payment_method: plan.method };
    let body = serde_json::to_vec(&order)
        .map_err(|error| Trouble::Astray(format!("the order cannot be written as JSON: {error}")))?;
    let key = Uuid::now_v7().to_string();
    let placed = shop.api.place(&shop.token, &key, body).await.map_err(Trouble::call("place the order"))?;
    Ok(placed.order_id)
}

/// A journey under way.
struct Passage<'a> {
    shop: &'a Shop,
    plan: &'static Plan,
    order_id: Uuid,
    until: Instant,
}

impl Passage<'_> {
    async fn go(&self) -> Result<(), Trouble> {
        if self.plan.bank != Bank::NotAsked {
            self.pay().await?;
        }
        if self.plan.cancels {
            self.cancel().await?;
        }
        self.reach(self.plan.end()).await.map(drop)
    }

    async fn pay(&self) -> Result<(), Trouble> {
        let view = self.reach(Status::AwaitingPayment).await?;
        if view.status != Status::AwaitingPayment {
            return Err(Trouble::NoChance { status: view.status, what: "pay" });
        }
        let payment = view.payment.ok_or(Trouble::NoPayment)?;
        for approves in self.plan.bank.answers() {
            let paid = self.shop.gateways.pay(self.plan.method, &payment, *approves).await;
            paid.map_err(Trouble::call("pay at the gateway"))?;
        }
        Ok(())
    }

    async fn cancel(&self) -> Result<(), Trouble> {
        let view = self.reach(Status::Paid).await?;
        if view.status.is_terminal() {
            return Err(Trouble::NoChance { status: view.status, what: "cancel" });
        }
        let key = Uuid::now_v7().to_string();
        let cancelled = self.shop.api.cancel(&self.shop.token, self.order_id, &key).await;
        cancelled.map_err(Trouble::call("cancel the order"))
    }

    /// Waits until the order is at `milestone`, beyond it, or at its end.
    async fn reach(&self, milestone: Status) -> Result<StatusView, Trouble> {
        let Shop { api, token, limit, .. } = self.shop;
        let (mut last, mut error) = (None, None);
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Trouble::TimeUp { limit: *limit, awaited: milestone, last, error });
            }
            match api.status(token, self.order_id, Some((milestone, left.min(WAIT)))).await {
                Ok(view) if view.status.is_past(milestone) => return Ok(view),
                Ok(view) => (last, error) = (Some(view.status), None),
                Err(passing) if may_pass(&passing) => error = Some(passing),
                Err(lasting) => return Err(Trouble::Call { what: "read the status", source: lasting }),
            }
            sleep(ASK_AGAIN.min(left)).await;
        }
    }

    /// Judges the order at its end and fetches the invoice of a sale.
    async fn arrive(&self, order: Option<&OrderView>) -> Result<Option<Saved>, Trouble> {
        let Some(order) = order else { return Err(Trouble::Astray("the order cannot be read".to_owned())) };
        let seen: Vec<Status> = order.history.iter().map(|step| step.status).collect();
        judge(self.plan.milestones, &seen).map_err(Trouble::Astray)?;
        if self.plan.end() != Status::Delivered {
            return Ok(None);
        }
        let bytes = self.shop.api.invoice(&self.shop.token, self.order_id).await;
        let bytes = bytes.map_err(Trouble::call("fetch the invoice"))?;
        invoice::save(&self.shop.invoices, self.order_id, order, &bytes).await.map(Some)
    }
}

/// Whether the same question may be answered later: the journey goes on while a part of the shop restarts.
fn may_pass(error: &ApiError) -> bool {
    matches!(error, ApiError::Transport(_)) || error.is_overload()
}
