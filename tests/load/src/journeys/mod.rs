//! `journeys`: a few orders of every kind, placed as a customer would, each followed to its end.

mod args;
mod drive;
mod gateways;
mod invoice;
mod judge;
mod plan;
mod show;
mod trouble;

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use tokio::task::JoinSet;
use uuid::Uuid;

pub use args::Arguments;
pub use show::Screen;

use crate::api::{Account, Api, ApiError, Product, http_client, unused_name};
use drive::{Journey, Shop};
use gateways::Gateways;
use plan::PLANS;

/// How long a shop that has just started may take to list its first product.
const OPENING: Duration = Duration::from_secs(15);

/// Why no journey could begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The shop does not do what every journey needs.
    #[error("cannot {what}: {source}; is the shop running at {api}?")]
    Call {
        /// What was tried.
        what: &'static str,
        /// What came of it.
        source: ApiError,
        /// Where.
        api: String,
    },
    /// The shop has too little to sell.
    #[error("the shop lists {found} products that can be bought, {needed} are needed; load the demo catalog")]
    TooFewProducts {
        /// How many there are.
        found: usize,
        /// How many there must be.
        needed: usize,
    },
    /// The product that cannot be had is not on the list.
    #[error("the shop does not list {0}, which the demo catalog has without stock; name another by --out-of-stock-sku")]
    NoSuchSku(String),
    /// Standard output is closed.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

/// Runs all journeys at once and shows them; whether each ended as planned.
///
/// # Errors
/// Nothing could begin: see [`StartError`].
pub async fn run(arguments: Arguments, mut screen: Screen<impl Write>) -> Result<bool, StartError> {
    let call = |what| {
        let api = arguments.api.clone();
        move |source| StartError::Call { what, source, api }
    };
    let http = http_client().map_err(call("set up HTTP"))?;
    let api = Api::new(http.clone(), &arguments.api);
    let token = api.register(&new_customer()).await.map_err(call("register a customer"))?;
    let products = opened(&api).await.map_err(call("list the products"))?;
    let (scarce, buyable) = sort_out(products, &arguments)?;

    screen.products(&buyable)?;
    let gateways = Gateways::new(http, &arguments);
    let shop = Shop { api, token, gateways, limit: arguments.limit(), invoices: arguments.invoice_dir };
    let journeys = travel(Arc::new(shop), &scarce, &buyable, &mut screen).await?;
    let failed = journeys.iter().filter(|journey| journey.outcome.is_err()).count();
    screen.summary(journeys.len(), failed)?;
    Ok(failed == 0)
}

/// Places all orders at the same moment and shows each as it ends.
async fn travel(
    shop: Arc<Shop>,
    scarce: &Product,
    buyable: &[Product],
    screen: &mut Screen<impl Write>,
) -> Result<Vec<Journey>, StartError> {
    let mut under_way = JoinSet::new();
    for (plan, shelf) in PLANS.iter().zip(buyable.chunks_exact(plan::LINES)) {
        let lines = plan.lines(shelf, scarce);
        let shop = Arc::clone(&shop);
        under_way.spawn(async move { drive::travel(&shop, plan, &lines).await });
    }
    let mut journeys = Vec::new();
    while let Some(journey) = under_way.join_next().await {
        let journey = journey.map_err(io::Error::other)?;
        screen.journey(&journey)?;
        journeys.push(journey);
    }
    Ok(journeys)
}

async fn opened(api: &Api) -> Result<Vec<Product>, ApiError> {
    let until = tokio::time::Instant::now() + OPENING;
    loop {
        let products = api.products().await?;
        if !products.is_empty() || tokio::time::Instant::now() > until {
            return Ok(products);
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// The product without stock, and those that everybody can have.
fn sort_out(products: Vec<Product>, arguments: &Arguments) -> Result<(Product, Vec<Product>), StartError> {
    let (mut scarce, buyable): (Vec<_>, Vec<_>) =
        products.into_iter().partition(|product| arguments.is_scarce(&product.sku));
    scarce.retain(|product| product.sku == arguments.out_of_stock_sku);
    let needed = PLANS.len() * plan::LINES;
    match scarce.pop() {
        None => Err(StartError::NoSuchSku(arguments.out_of_stock_sku.clone())),
        Some(_) if buyable.len() < needed => Err(StartError::TooFewProducts { found: buyable.len(), needed }),
        Some(scarce) => Ok((scarce, buyable)),
    }
}

fn new_customer() -> Account {
    let name = unused_name();
    Account {
        email: format!("asha.{name}@example.in"),
        password: Uuid::now_v7().to_string(),
        name: "Asha Kulkarni".to_owned(),
    }
}
