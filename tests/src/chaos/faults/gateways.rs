//! F11: gateways and carrier do what they are asked and do not say so, or say it late, twice and in any order.

use std::{fmt, time::Duration};

use futures::future::LocalBoxFuture;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::Fault;
use crate::{
    chaos::world::{PAYMENT_WINDOW, World},
    life::Dice,
};

struct Whim {
    what: &'static str,
    switches: Value,
    lasts: Duration,
}

pub(super) fn draw(dice: &mut Dice) -> Box<dyn Fault> {
    let late = u64::try_from((PAYMENT_WINDOW + Duration::from_secs(2)).as_millis()).unwrap_or(u64::MAX);
    let whims = [
        ("500 after the effect", json!({ "error_500_after_success_rate": 0.3 })),
        ("no answer after the effect", json!({ "timeout_after_success_rate": 0.3, "timeout_hold_ms": 2_000 })),
        ("webhooks twice and shuffled", json!({ "webhook_duplicate_rate": 0.5, "webhook_reorder_ms": 3_000 })),
        ("webhooks late", json!({ "webhook_delay_ms": 4_000 })),
        ("authorizations after the order has expired", json!({ "late_authorization_ms": late })),
        (
            "lost answers, and webhooks twice and shuffled",
            json!({
                "error_500_after_success_rate": 0.1, "timeout_after_success_rate": 0.1, "timeout_hold_ms": 1_000,
                "webhook_duplicate_rate": 0.3, "webhook_reorder_ms": 1_500
            }),
        ),
    ];
    let (what, switches) = whims[dice.below(whims.len())].clone();
    Box::new(Whim { what, switches, lasts: dice.between(Duration::from_secs(4), Duration::from_secs(10)) })
}

impl Fault for Whim {
    fn lasts(&self) -> Duration {
        self.lasts
    }

    fn strike<'a>(&'a self, world: &'a World) -> LocalBoxFuture<'a, ()> {
        Box::pin(async {
            world.switch(&self.switches).await;
            sleep(self.lasts).await;
            world.switch(&json!({})).await;
        })
    }
}

impl fmt::Display for Whim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {:.1?}", self.what, self.lasts)
    }
}
