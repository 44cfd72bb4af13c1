//! What goes on beside the orders: looking at what must hold at every moment, and trying what must not harm.

use std::{sync::Arc, time::Duration};

use crate::{
    Stack,
    facts::Observed,
    log::ClientLog,
    probes::{IdempotencyProbe, WebhookProbe},
    sampling::{Followed, StatusSampler, StockSampler},
};

const READERS: usize = 3;
/// Between two bursts of equal requests.
const BURST_EVERY: Duration = Duration::from_secs(2);
/// Between two forged webhooks.
const FORGE_EVERY: Duration = Duration::from_millis(500);

/// The samplers and probes of a run; all of them are started here.
pub(super) struct Beside {
    stock: StockSampler,
    statuses: StatusSampler,
    bursts: IdempotencyProbe,
    webhooks: WebhookProbe,
}

/// The samplers alone, and what the probes did.
pub(super) struct Watching {
    stock: StockSampler,
    statuses: StatusSampler,
    observed: Observed,
}

impl Beside {
    /// Starts all of them, while all is well.
    pub(super) async fn start(shop: &Arc<Stack>, log: &Arc<ClientLog>) -> Self {
        Self {
            stock: StockSampler::start(shop.store()),
            statuses: StatusSampler::start(READERS),
            bursts: IdempotencyProbe::start(shop, log, BURST_EVERY).await,
            webhooks: WebhookProbe::start(shop, FORGE_EVERY),
        }
    }

    /// The list of orders whose status is read.
    pub(super) fn followed(&self) -> Followed {
        self.statuses.followed()
    }

    /// Ends the probes: nobody orders any more. The samplers go on until the shop is at rest.
    pub(super) async fn stop_probing(self) -> Watching {
        let Self { stock, statuses, bursts, webhooks } = self;
        let (bursts, forgeries) = tokio::join!(bursts.stop(), webhooks.stop());
        Watching { stock, statuses, observed: Observed { bursts, forgeries, ..Observed::default() } }
    }
}

impl Watching {
    /// Ends the samplers.
    pub(super) async fn stop(self) -> Observed {
        let Self { stock, statuses, observed } = self;
        Observed { samples: stock.stop().await, reads: statuses.stop().await, ..observed }
    }
}
