//! The customer's bank and the carrier's vans, at the simulators.

use serde_json::{Value, json};

use crate::{client::expect_success, wait::eventually};

/// The simulated gateways and the carrier of a shop.
#[derive(Debug, Clone)]
pub struct Gateways {
    pub(crate) http: reqwest::Client,
    pub(crate) stripe: String,
    pub(crate) razorpay: String,
    pub(crate) carrier: String,
}

/// What the customer's bank says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bank {
    /// Yes.
    Approves,
    /// No.
    Declines,
}

impl Gateways {
    /// The customer goes through the gateway's payment form; `prompt` is what the shop's status shows under `payment`.
    ///
    /// # Panics
    /// When the gateway does not let them.
    pub async fn pay(&self, prompt: &Value, bank: Bank) {
        let text = |field: &str| prompt[field].as_str().unwrap_or_default().to_owned();
        match prompt["gateway"].as_str() {
            Some("stripe") => self.confirm_intent(&text("gateway_ref"), &text("client_secret"), bank).await,
            Some("razorpay") => self.go_through_checkout(&text("gateway_ref"), bank).await,
            _ => panic!("nothing to pay with in {prompt}"),
        }
    }

    async fn confirm_intent(&self, intent: &str, client_secret: &str, bank: Bank) {
        let card = if bank == Bank::Approves { "pm_card_visa" } else { "pm_card_chargeDeclined" };
        let form = [("payment_method", card), ("client_secret", client_secret)];
        let request = self.http.post(format!("{}/v1/payment_intents/{intent}/confirm", self.stripe));
        let answer = request.bearer_auth("pk_test_demo").form(&form).send().await.expect("Stripe answers");
        let expected = if bank == Bank::Approves { 200 } else { 402 };
        let (status, body) = (answer.status(), answer.text().await.unwrap_or_default());
        assert_eq!(status, expected, "{body}");
    }

    async fn go_through_checkout(&self, order: &str, bank: Bank) {
        let outcome = if bank == Bank::Approves { "authorized" } else { "failed" };
        let request = self.http.post(format!("{}/_sim/orders/{order}/pay", self.razorpay));
        expect_success(request.json(&json!({ "method": "card", "outcome": outcome }))).await;
    }

    /// Somebody gives money of a payment back in the gateway's dashboard.
    ///
    /// # Panics
    /// When the gateway does not let them.
    pub async fn give_back(&self, gateway: &str, payment: &str, paise: i64) {
        let request = if gateway == "stripe" {
            let form = [("payment_intent", payment.to_owned()), ("amount", paise.to_string())];
            self.http.post(format!("{}/v1/refunds", self.stripe)).bearer_auth("sk_test_demo").form(&form)
        } else {
            let request = self.http.post(format!("{}/v1/payments/{payment}/refund", self.razorpay));
            request.basic_auth("rzp_test_demo", Some("rzp_demo_secret")).json(&json!({ "amount": paise }))
        };
        expect_success(request).await;
    }

    /// Whatever the gateways know of an order's payments.
    ///
    /// # Panics
    /// When one does not answer.
    pub async fn payments_of(&self, order: &str) -> Vec<Value> {
        let mut payments = self.ledger("stripe").await;
        payments.append(&mut self.ledger("razorpay").await);
        payments.retain(|payment| payment["order_id"] == order);
        payments
    }

    /// All payments that a gateway, `stripe` or `razorpay`, knows.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn ledger(&self, gateway: &str) -> Vec<Value> {
        self.list(self.url_of(gateway), "payments").await
    }

    /// Replaces the fault switches of a gateway, `stripe` or `razorpay`.
    ///
    /// # Panics
    /// When it does not take them.
    pub async fn set_faults(&self, gateway: &str, faults: &Value) {
        let url = format!("{}/_sim/faults", self.url_of(gateway));
        expect_success(self.http.put(url).json(faults)).await;
    }

    /// Plants a difference into a gateway's books; the payment that it is about.
    ///
    /// # Panics
    /// When the gateway does not know the payment.
    pub async fn plant(&self, gateway: &str, what: &str, payment: &str) -> String {
        let url = format!("{}/_sim/plant", self.url_of(gateway));
        let wish = json!({ "what": what, "payment": payment });
        let planted = expect_success(self.http.post(url).json(&wish)).await;
        planted["payment"].as_str().unwrap_or_default().to_owned()
    }

    /// The customer disputes a payment at their bank; the gateway's name for the dispute.
    ///
    /// # Panics
    /// When the gateway does not know the payment.
    pub async fn dispute(&self, gateway: &str, payment: &str) -> String {
        let url = format!("{}/_sim/disputes", self.url_of(gateway));
        let opened = expect_success(self.http.post(url).json(&json!({ "payment": payment }))).await;
        opened["dispute"].as_str().unwrap_or_default().to_owned()
    }

    /// Something comes of a dispute: `review`, `win` or `lose`.
    ///
    /// # Panics
    /// When that cannot be.
    pub async fn decide(&self, gateway: &str, dispute: &str, verdict: &str) {
        let url = format!("{}/_sim/disputes/{dispute}/{verdict}", self.url_of(gateway));
        expect_success(self.http.post(url)).await;
    }

    /// What Razorpay's dashboard gives as the settlement report.
    ///
    /// # Panics
    /// When it gives none.
    pub async fn settlement_report(&self) -> String {
        let answer = self.http.get(format!("{}/_sim/settlement.csv", self.razorpay)).send().await.expect("a report");
        answer.text().await.expect("a report")
    }

    fn url_of(&self, gateway: &str) -> &str {
        if gateway == "stripe" { &self.stripe } else { &self.razorpay }
    }

    /// The parcels that the carrier knows of an order.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn parcels_of(&self, order: &str) -> Vec<Value> {
        let mut parcels = self.parcels().await;
        parcels.retain(|parcel| parcel["reference"] == order);
        parcels
    }

    /// All parcels that the carrier knows.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn parcels(&self) -> Vec<Value> {
        self.list(&self.carrier, "shipments").await
    }

    /// Every webhook that each of them posted, by sender: `stripe`, `razorpay` and `carrier`.
    ///
    /// # Panics
    /// When one does not answer.
    pub async fn webhooks(&self) -> Vec<(&'static str, Vec<Value>)> {
        let mut webhooks = Vec::new();
        for (source, url) in [("stripe", &self.stripe), ("razorpay", &self.razorpay), ("carrier", &self.carrier)] {
            let answer = self.http.get(format!("{url}/_sim/webhooks")).send().await.expect("a list of webhooks");
            webhooks.push((source, answer.json().await.expect("a list of webhooks in JSON")));
        }
        webhooks
    }

    async fn list(&self, simulator: &str, name: &str) -> Vec<Value> {
        let answer = self.http.get(format!("{simulator}/_sim/ledger")).send().await.expect("a ledger");
        let ledger: Value = answer.json().await.expect("a ledger in JSON");
        ledger[name].as_array().cloned().unwrap_or_default()
    }

    /// The carrier brings an order's parcel to the customer's door.
    ///
    /// # Panics
    /// When it has no parcel of that order, or does not move it.
    pub async fn deliver(&self, order: &str) {
        let parcel = eventually("the carrier has the parcel", async || {
            self.parcels_of(order).await.first().cloned().ok_or_else(|| "no parcel".to_owned())
        })
        .await;
        let id = parcel["shipment_id"].as_str().unwrap_or_default();
        const STEPS: [&str; 4] = ["picked_up", "in_transit", "out_for_delivery", "delivered"];
        for step in STEPS {
            let moved = expect_success(self.http.post(format!("{}/_sim/shipments/{id}/advance", self.carrier))).await;
            assert_eq!(moved["status"], step);
        }
    }
}
