//! What comes of orders that were taken: customers whose bank said no pay otherwise, goods that arrived come back, payments
//! are disputed. Whatever breaks meanwhile, each wish is asked for again under the same key until there is an answer.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    crowd::{ANSWER_WITHIN, ASK_AGAIN, PERSISTENCE},
    plan::{Later, Wish},
};
use crate::{Answer, Customer, gateways::Gateways};

/// Until an order is sold or has ended.
const UNSOLD: [&str; 3] = ["accepted", "reserving", "awaiting_payment"];
/// Where an order may rest.
const ENDS: [&str; 6] = ["delivered", "rejected", "expired", "payment_failed", "cancelled", "refunded"];

/// Who does what about an order that was taken.
pub(super) struct Aftermath<'a> {
    pub(super) customer: &'a Customer,
    /// Somebody of the shop, who decides about returns and receives them.
    pub(super) admin: &'a Customer,
    pub(super) gateways: &'a Gateways,
    pub(super) order: &'a str,
    pub(super) wish: &'a Wish,
}

impl Aftermath<'_> {
    /// Lives through it.
    pub(super) async fn happen(&self) {
        if let Some(method) = self.wish.pays_again {
            self.pay_again(method).await;
        }
        let Some(later) = self.wish.later else { return };
        if !self.is_delivered().await {
            return;
        }
        match later {
            Later::ComesBack { refused } => self.send_back(refused).await,
            Later::Disputed { lost } => self.dispute(lost).await,
        }
    }

    /// Once the bank has said no, asks to pay otherwise: at the other gateway, or by card.
    async fn pay_again(&self, method: &str) {
        let declined = |status: &Value| {
            if !UNSOLD.iter().any(|state| status["status"] == *state) {
                return Some(None);
            }
            let payment = status["payment"].clone();
            payment["last_decline"].is_object().then_some(Some(payment))
        };
        let Some(payment) = self.watch("/status", declined).await.flatten() else { return };
        let other = if payment["gateway"] == "stripe" { "razorpay" } else { "stripe" };
        let method = if method == "card" { method } else { other };
        let path = format!("/orders/{}/payments", self.order);
        self.insist(self.customer, &path, "pay", &json!({ "payment_method": method }), &[]).await;
    }

    /// Whether it arrives.
    async fn is_delivered(&self) -> bool {
        let ended = |status: &Value| {
            let end = ENDS.iter().find(|end| status["status"] == **end)?;
            Some(*end == "delivered")
        };
        self.watch("/status?wait_for=delivered&timeout=5", ended).await.unwrap_or_default()
    }

    /// One unit of the first part comes back, and is sold again or not; or the shop refuses.
    async fn send_back(&self, refused: bool) {
        let sku = self.wish.lines[0].sku.as_str();
        let asked = json!({ "items": [{ "sku": sku, "quantity": 1 }], "reason": "does_not_fit" });
        let path = format!("/orders/{}/returns", self.order);
        let Some(taken) = self.insist(self.customer, &path, "return", &asked, &[]).await else { return };
        let id = taken["return_id"].as_str().unwrap_or_default().to_owned();
        let restock = i64::from(self.order.as_bytes().last().is_some_and(|last| last % 2 == 0));
        let came = json!({ "items": [{ "sku": sku, "restock": restock, "write_off": 1 - restock }] });
        let decision = match refused {
            true => json!({ "decision": "refuse", "reason": "it was worn" }),
            false => json!({ "decision": "approve" }),
        };
        let desk = format!("/admin/orders/{}/returns/{id}", self.order);
        // It may not be known yet, or not be decided yet.
        self.insist(self.admin, &format!("{desk}/decision"), "decide", &decision, &[404]).await;
        if !refused {
            self.insist(self.admin, &format!("{desk}/receive"), "receive", &came, &[404, 409]).await;
        }
    }

    /// The customer goes to the bank, which decides.
    async fn dispute(&self, lost: bool) {
        let known = |order: &Value| {
            let payment = &order["payment"];
            let text = |field: &str| payment[field].as_str().map(str::to_owned);
            Some(Some((text("gateway")?, text("gateway_ref")?)).filter(|_| order["payment_method"] != "cod"))
        };
        let Some((gateway, payment)) = self.watch("", known).await.flatten() else { return };
        let dispute = self.gateways.dispute(&gateway, &payment).await;
        sleep(ASK_AGAIN).await;
        self.gateways.decide(&gateway, &dispute, if lost { "lose" } else { "win" }).await;
    }

    /// Reads something of the order until it tells; `None` if it does not in time.
    async fn watch<T>(&self, part: &str, told: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let until = Instant::now() + PERSISTENCE;
        let path = format!("/orders/{}{part}", self.order);
        while Instant::now() < until {
            let request = || self.customer.request(Method::GET, &path).timeout(ANSWER_WITHIN);
            if let Ok(answer) = self.customer.ask(request).await
                && answer.status == 200
                && let Some(told) = told(&answer.json())
            {
                return Some(told);
            }
            sleep(ASK_AGAIN).await;
        }
        None
    }

    /// Asks until there is an answer that is none of those which may pass; what was taken, if it was.
    async fn insist(&self, who: &Customer, path: &str, what: &str, body: &Value, passing: &[u16]) -> Option<Value> {
        let until = Instant::now() + PERSISTENCE;
        let key = format!("{}-{what}", self.wish.reference.replace(' ', "-"));
        let mut last = String::new();
        while Instant::now() < until {
            let request = || who.request(Method::POST, path).header("idempotency-key", &key).json(body);
            match who.ask(|| request().timeout(ANSWER_WITHIN)).await {
                Ok(answer) if is_final(&answer, passing) => {
                    return (answer.status == 202 || answer.status == 200).then(|| answer.json());
                }
                Ok(answer) => last = format!("{} {}", answer.status, answer.text()),
                Err(error) => last = error.to_string(),
            }
            sleep(ASK_AGAIN).await;
        }
        panic!("{} could not {what} in {PERSISTENCE:?}: {last}", self.wish.reference);
    }
}

fn is_final(answer: &Answer, passing: &[u16]) -> bool {
    (200..500).contains(&answer.status) && !passing.contains(&answer.status) && !matches!(answer.status, 401 | 429)
}
