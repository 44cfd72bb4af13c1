//! The search index of each ingress, by what it reports of it.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures::TryStreamExt;
use mongodb::{
    Collection,
    bson::{Document, doc},
    error::Error,
    options::ReturnDocument,
};
use schemas::search::{Fingerprint, SearchOrder, SearchReport};
use serde::Deserialize;
use shared::{diff::Diff, time::Timestamp};

/// What was changed just now is reported by then.
const SETTLES_WITHIN: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The products, and where the processes report.
pub struct Book {
    pub products: Collection<Document>,
    pub reports: Collection<Document>,
}

/// A product's revision, without the product.
#[derive(Deserialize)]
struct Revised {
    state: State,
}

#[derive(Deserialize)]
struct State {
    product_id: schemas::ids::ProductId,
    revision: i64,
}

#[derive(Deserialize)]
struct Reported {
    #[serde(rename = "_id")]
    id: String,
    #[serde(flatten)]
    report: SearchReport,
}

/// Reports by the process.
type Reports = BTreeMap<String, SearchReport>;

impl Book {
    /// Compares what the indexes hold with the products, and again while changes may be under way; how many differ.
    pub async fn compare(&self, show: usize) -> Result<u64, Error> {
        let begun = Instant::now();
        let (products, reports) = loop {
            let products = self.fingerprint().await?.to_string();
            let reports = self.reports().await?;
            let same = reports.values().all(|report| report.products == products);
            if same || begun.elapsed() >= SETTLES_WITHIN {
                break (products, reports);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        };
        let mut diff = Diff::new("search indexes", show);
        diff.looked_at(reports.len());
        for (process, report) in reports.iter().filter(|(_, report)| report.products != products) {
            diff.differs(process, &[("products", products.clone(), report.products.clone())]);
        }
        diff.end();
        Ok(diff.count())
    }

    /// Orders all indexes made anew and waits until they are; the processes that have not done so in time.
    pub async fn make_anew(&self, patience: Duration) -> Result<Vec<String>, Error> {
        let (begun, generation) = (Instant::now(), self.order().await?);
        loop {
            let waiting = waiting(&self.reports().await?, generation);
            if waiting.is_empty() || begun.elapsed() >= patience {
                return Ok(waiting);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn order(&self) -> Result<i64, Error> {
        let orders = self.reports.clone_with_type::<SearchOrder>();
        let raised =
            orders.find_one_and_update(doc! { "_id": SearchOrder::ID }, doc! { "$inc": { "generation": 1_i64 } });
        let order = raised.upsert(true).return_document(ReturnDocument::After).await?;
        Ok(order.map_or(0, |order| order.generation))
    }

    /// The reports of the processes that run.
    async fn reports(&self) -> Result<Reports, Error> {
        let ids = doc! { "_id": { "$gte": SearchReport::PREFIX, "$lt": "of." } };
        let found = self.reports.clone_with_type::<Reported>().find(ids).await?;
        let all: Vec<Reported> = found.try_collect().await?;
        Ok(running(all.into_iter().map(|reported| (reported.id, reported.report)), Timestamp::now()))
    }

    async fn fingerprint(&self) -> Result<Fingerprint, Error> {
        let products = self.products.clone_with_type::<Revised>();
        let revisions = doc! { "state.product_id": 1, "state.revision": 1 };
        let mut found = products.find(doc! { "_id": { "$gt": "" } }).projection(revisions).await?;
        let mut fingerprint = Fingerprint::default();
        while let Some(Revised { state }) = found.try_next().await? {
            fingerprint.add(state.product_id, state.revision);
        }
        Ok(fingerprint)
    }
}

fn running(all: impl Iterator<Item = (String, SearchReport)>, now: Timestamp) -> Reports {
    all.filter(|(_, report)| now.since(report.at) <= SearchReport::GONE_AFTER).collect()
}

fn waiting(reports: &Reports, generation: i64) -> Vec<String> {
    reports.iter().filter(|(_, report)| report.generation < generation).map(|(process, _)| process.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(generation: i64, at: i64) -> SearchReport {
        SearchReport { generation, products: String::new(), at: Timestamp::from_millis(at) }
    }

    #[test]
    fn only_those_that_run_are_waited_for_until_they_have_followed_the_order() {
        let all = [("of-gone", 1, 0), ("of-late", 1, 95_000), ("of-done", 2, 99_000), ("of-ahead", 3, 101_000)];
        let all = all.map(|(name, generation, at)| (name.to_owned(), report(generation, at)));
        let reports = running(all.into_iter(), Timestamp::from_millis(100_000));
        assert_eq!(waiting(&reports, 2), ["of-late"]);
    }
}
