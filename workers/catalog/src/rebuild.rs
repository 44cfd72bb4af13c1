//! `rebuild-search`: compares what products are found by with what it should be, and makes it anew.
//!
//! That is the database's indexes over the products, and the search index of each ingress: every ingress keeps one of its
//! own, reports which products it holds, and makes it anew, beside the one that answers, when an order with a higher number
//! stands in the record.

mod database;
mod search;

use std::time::Duration;

use clap::Parser;
use mongodb::error::Error;
use schemas::{documents::Product, search::SearchReport};
use shared::{
    daemon::{Context, StartError},
    engine::State,
};

use crate::Settings;

/// Compares the indexes that products are found by with the products. Without --apply nothing is changed, and the exit code
/// is 1 if any differs; with it every search index is made anew, whether it differs or not.
#[derive(Debug, Clone, Copy, Parser)]
#[command(name = "rebuild-search", version)]
pub struct Arguments {
    /// Make the search indexes anew, and of the database's those that differ.
    #[arg(long)]
    pub apply: bool,
    /// How many lines of differences are printed.
    #[arg(long, default_value_t = 50, value_name = "LINES")]
    pub show: usize,
    /// How long to wait until every ingress has made its index anew.
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub timeout: u64,
}

/// Why the indexes could not be compared or made.
#[derive(Debug, thiserror::Error)]
enum RebuildError {
    #[error("MongoDB: {0}")]
    Mongo(#[from] Error),
    #[error("{0} indexes differ; --apply makes them anew")]
    Different(u64),
    #[error("after {} s not every ingress has made its index anew: {waiting}", .patience.as_secs())]
    NotMade { waiting: String, patience: Duration },
}

impl From<RebuildError> for StartError {
    fn from(error: RebuildError) -> Self {
        Self::Other(format!("rebuild-search: {error}"))
    }
}

/// Runs the tool.
///
/// # Errors
/// [`StartError`] when the database does not answer, when indexes differ and were not to be made anew, or when an ingress
/// does not make its index anew in time.
pub async fn search(context: Context<Settings>, arguments: Arguments) -> Result<(), StartError> {
    let products = context.mongo.collection(Product::COLLECTION);
    let book = search::Book { products: products.clone(), reports: context.mongo.collection(SearchReport::COLLECTION) };
    Ok(run(&products, &book, arguments).await?)
}

async fn run(
    products: &mongodb::Collection<mongodb::bson::Document>,
    book: &search::Book,
    arguments: Arguments,
) -> Result<(), RebuildError> {
    let mut differ = database::indexes(products, arguments).await?;
    if arguments.apply {
        let patience = Duration::from_secs(arguments.timeout);
        let waiting = book.make_anew(patience).await?;
        if !waiting.is_empty() {
            return Err(RebuildError::NotMade { waiting: waiting.join(", "), patience });
        }
    }
    differ += book.compare(arguments.show).await?;
    if arguments.apply || differ == 0 { Ok(()) } else { Err(RebuildError::Different(differ)) }
}
