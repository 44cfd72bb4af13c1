//! The counters of all parts, over and over (I3).

use std::time::Duration;

use futures::TryStreamExt;
use mongodb::bson::doc;

use crate::{
    background::{Background, End},
    checker::{Stock, StockSamples},
    store::{Store, Stored},
};

const PAUSE: Duration = Duration::from_millis(200);

/// Looks at the counters until it is stopped. A database that does not answer is asked again.
pub struct StockSampler(Background<StockSamples>);

impl StockSampler {
    /// Starts looking.
    #[must_use]
    pub fn start(store: Store) -> Self {
        Self(Background::start(|end| sample(store, end)))
    }

    /// What was seen.
    pub async fn stop(self) -> StockSamples {
        self.0.stop().await
    }
}

async fn sample(store: Store, mut end: End) -> StockSamples {
    let mut samples = StockSamples::default();
    while !end.has_come() {
        for stock in look(&store).await.unwrap_or_default() {
            samples.note(&stock);
        }
        end.or_after(PAUSE).await;
    }
    samples
}

async fn look(store: &Store) -> Result<Vec<Stock>, mongodb::error::Error> {
    let stored: Vec<Stored<Stock>> = store.database.collection("stock").find(doc! {}).await?.try_collect().await?;
    Ok(stored.into_iter().map(|stored| stored.state).collect())
}
