//! `load-catalog`: sends the products and the stock of a file to the workers and waits until they are there.

mod arrival;
pub mod file;
mod messages;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Parser;
use schemas::{
    catalog::{CatalogMessage, PutProduct},
    inventory::{InventoryMessage, ReceiveStock},
    types::Timestamp,
};
use shared::{
    avro::AvroError,
    daemon::{Context, StartError},
    id::CorrelationId,
    kafka::{KafkaSetupError, PublishError, ensure_topics},
    message::Topic,
    trace::TraceContext,
};

use self::{arrival::Expected, file::CatalogFile, messages::Occasion};
use crate::Settings;

/// Loads a catalog of spare parts and their stock. The same file twice counts nothing twice.
#[derive(Debug, Parser)]
#[command(name = "load-catalog", version)]
pub struct Arguments {
    /// The catalog's file.
    #[arg(long, default_value = "config/demo-catalog.json")]
    pub file: PathBuf,
    /// Give every product this many units, under the delivery note `load-<N>`, instead of what the file says.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub stock: Option<u32>,
    /// How long to wait until everything is readable, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub timeout: u64,
}

/// Why a catalog was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A value does not fit its schema.
    #[error("a message cannot be encoded: {0}")]
    Encoding(#[from] AvroError),
    /// The broker refused what the tool needs.
    #[error(transparent)]
    Setup(#[from] KafkaSetupError),
    /// The broker did not take everything.
    #[error("{0}; load the same file again, nothing counts twice")]
    Unpublished(#[from] PublishError),
    /// The database does not answer.
    #[error("MongoDB: {0}")]
    Mongo(#[from] mongodb::error::Error),
    /// A delivery note of this name was counted before, with another quantity.
    #[error(
        "{sku}: delivery note {receipt} was counted with {counted} units, now it says {wanted}; a new delivery needs \
             a new receipt"
    )]
    ReceiptTaken {
        /// The part.
        sku: String,
        /// The delivery note.
        receipt: String,
        /// The units that were counted.
        counted: i64,
        /// The units that it says now.
        wanted: i64,
    },
    /// Not everything became readable in time.
    #[error("after {} s still missing: {missing}. Are the daemons catalog and inventory running? What they refused is in \
             catalog.inbox.dead and inventory.inbox.dead", .patience.as_secs())]
    NotArrived {
        /// What is missing.
        missing: String,
        /// How long it was waited for.
        patience: Duration,
    },
}

impl From<LoadError> for StartError {
    fn from(error: LoadError) -> Self {
        Self::Other(format!("load-catalog: {error}"))
    }
}

impl LoadError {
    fn receipt_taken(delivery: &ReceiveStock, counted: i64) -> Self {
        Self::ReceiptTaken {
            sku: delivery.sku.to_string(),
            receipt: delivery.receipt.clone(),
            counted,
            wanted: delivery.quantity,
        }
    }
}

/// How many messages are handed to the producer together: a large file does not fit its queue.
const AT_ONCE: usize = 1_000;

/// Loads an understood file: sends, waits, and reports in one line.
///
/// # Errors
/// [`LoadError`], as text in [`StartError::Other`].
pub async fn load(context: Context<Settings>, file: CatalogFile, arguments: Arguments) -> Result<(), StartError> {
    let start = Instant::now();
    let deliveries = messages::deliveries(&file, arguments.stock.map(i64::from));
    let products: Vec<PutProduct> = file.products.into_iter().map(|(product, _)| product).collect();
    let expected = Expected { products: &products, deliveries: &deliveries };
    send(&context, expected).await?;
    let patience = Duration::from_secs(arguments.timeout);
    arrival::wait(&context.mongo, expected, patience, |line| eprintln!("{line}")).await?;
    let summary = summary(expected, &arguments, start.elapsed());
    #[allow(clippy::print_stdout, reason = "a tool for people")]
    {
        println!("{summary}");
    }
    Ok(())
}

async fn send(context: &Context<Settings>, expected: Expected<'_>) -> Result<(), LoadError> {
    let occasion =
        Occasion { correlation: CorrelationId::generate(), at: Timestamp::now(), trace: TraceContext::start() };
    let messages = messages::messages(expected.products, expected.deliveries, occasion)?;
    // The tool may come before the daemons that own the inboxes.
    ensure_topics(&context.kafka, &[CatalogMessage::TOPIC, InventoryMessage::TOPIC]).await?;
    let publisher = context.publisher()?;
    for some in messages.chunks(AT_ONCE) {
        publisher.publish(some).await?;
    }
    Ok(())
}

fn summary(expected: Expected<'_>, arguments: &Arguments, took: Duration) -> String {
    let units: i64 = expected.deliveries.iter().map(|delivery| delivery.quantity).sum();
    format!(
        "loaded {}: {} products readable, {units} units of {} parts counted, in {:.1} s",
        arguments.file.display(),
        expected.products.len(),
        expected.deliveries.len(),
        took.as_secs_f64()
    )
}
