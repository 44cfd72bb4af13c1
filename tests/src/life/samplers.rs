//! Looks at the shop while it lives: what is wrong for a moment only is wrong, too.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinHandle, time::timeout};

use crate::{Stack, checker::Lowest, facts::sample_stock};

const EVERY: Duration = Duration::from_millis(200);

/// The samplers of a run; all of them are started here.
pub(super) struct Samplers {
    end: watch::Sender<bool>,
    stock: JoinHandle<(BTreeMap<String, i64>, usize)>,
}

impl Samplers {
    pub(super) fn start(shop: &Arc<Stack>) -> Self {
        let (end, ended) = watch::channel(false);
        Self { end, stock: tokio::spawn(watch_stock(Arc::clone(shop), ended)) }
    }

    /// The lowest counters of each part, and how often they were looked at.
    pub(super) async fn finish(self) -> (Vec<Lowest>, usize) {
        let _ = self.end.send(true);
        let (lowest, samples) = self.stock.await.expect("a sampler");
        (lowest.into_iter().map(|(sku, units)| Lowest { sku, units }).collect(), samples)
    }
}

/// A database that is away shows nothing, and is looked at again.
async fn watch_stock(shop: Arc<Stack>, mut ended: watch::Receiver<bool>) -> (BTreeMap<String, i64>, usize) {
    let (store, mut lowest, mut samples) = (shop.store(), BTreeMap::new(), 0);
    while !*ended.borrow_and_update() {
        samples += usize::from(sample_stock(&store, &mut lowest).await.is_ok());
        let _ = timeout(EVERY, ended.changed()).await;
    }
    (lowest, samples)
}
