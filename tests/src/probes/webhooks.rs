//! Webhooks that nobody should believe (I8): forged, stale and from the future, about orders that are really there.

use std::{sync::Arc, time::Duration};

use reqwest::RequestBuilder;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    background::{Background, End},
    checker::Forgery,
    client::Answer,
    stack::Stack,
    store::Store,
    webhook::{Sender, event},
};

/// Ten years, in seconds: further than any shop's clock is put wrong.
const FAR: u64 = 315_360_000;
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Posts forgeries until it is stopped.
pub struct WebhookProbe(Background<Vec<Forgery>>);

/// What is wrong with a forgery.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Unsigned,
    OtherSecret,
    OtherBody,
    Stale,
    Future,
}

const FAULTS: [Fault; 5] = [Fault::Unsigned, Fault::OtherSecret, Fault::OtherBody, Fault::Stale, Fault::Future];

impl WebhookProbe {
    /// Posts one forgery after the other, `every` so long.
    #[must_use]
    pub fn start(shop: &Arc<Stack>, every: Duration) -> Self {
        let shop = Arc::clone(shop);
        Self(Background::start(move |end| probe(shop, every, end)))
    }

    /// What was posted and how it was answered.
    pub async fn stop(self) -> Vec<Forgery> {
        self.0.stop().await
    }
}

async fn probe(shop: Arc<Stack>, every: Duration, mut end: End) -> Vec<Forgery> {
    let senders = Sender::ALL.into_iter();
    let kinds: Vec<(Sender, Fault)> = senders.flat_map(|sender| FAULTS.map(|fault| (sender, fault))).collect();
    let tried = kinds.iter().cycle().filter(|(sender, fault)| can_have(*sender, *fault));
    let mut forgeries = Vec::new();
    for (sender, fault) in tried {
        if end.has_come() {
            break;
        }
        if let Some(order) = any_order(&shop.store()).await {
            forgeries.push(post(&shop, *sender, *fault, &order).await);
        }
        end.or_after(every).await;
    }
    forgeries
}

/// Razorpay signs no time.
fn can_have(sender: Sender, fault: Fault) -> bool {
    sender != Sender::Razorpay || !matches!(fault, Fault::Stale | Fault::Future)
}

/// An order that is under way. A database that does not answer knows none.
async fn any_order(store: &Store) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Named {
        #[serde(rename = "_id")]
        id: String,
    }
    let open = mongodb::bson::doc! { "due_at": { "$exists": true } };
    let orders = store.database.collection::<Named>("orders");
    orders.find_one(open).await.ok().flatten().map(|order| order.id)
}

async fn post(shop: &Stack, sender: Sender, fault: Fault, order: &str) -> Forgery {
    let id = Uuid::now_v7().simple().to_string();
    let request = forged(shop, sender, fault, &event(sender, &id, order));
    // Where Razorpay names its event.
    let request = request.header("x-razorpay-event-id", &id);
    let answer = Answer::try_of(request.timeout(ANSWER_WITHIN)).await;
    Forgery {
        source: sender.name().to_owned(),
        id: sender.event_id(&id),
        fault: fault.name(),
        status: answer.ok().map(|answer| answer.status).filter(|status| *status < 500 && *status != 429),
        recorded: 0,
    }
}

fn forged(shop: &Stack, sender: Sender, fault: Fault, event: &Value) -> RequestBuilder {
    let (body, secret, now) = (event.to_string(), sender.secret(), shop.now_seconds());
    let (header, signature) = match fault {
        Fault::Unsigned => return sender.unsigned(shop, &body),
        Fault::OtherSecret => sender.signature(&body, "whsec_other", now),
        Fault::OtherBody => sender.signature("{}", secret, now),
        Fault::Stale => sender.signature(&body, secret, now - FAR),
        Fault::Future => sender.signature(&body, secret, now + FAR),
    };
    sender.unsigned(shop, &body).header(header, signature)
}

impl Fault {
    const fn name(self) -> &'static str {
        match self {
            Self::Unsigned => "no signature",
            Self::OtherSecret => "another secret",
            Self::OtherBody => "a signature of another body",
            Self::Stale => "a stale signature",
            Self::Future => "a signature from the future",
        }
    }
}
