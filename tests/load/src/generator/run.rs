//! One run, from the first registration to the report.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use tokio::time::Instant;
use uuid::Uuid;

use super::{
    args::Arguments,
    baskets::Baskets,
    customers::{self, Customer},
    machine::Machine,
    memory::{self, Memory},
    phases::Phases,
    place::{self, Shoppers},
    processes::{Busy, Look, Watched},
    progress, reads,
    report::{Measured, Report},
    schedule::{Schedule, Window},
    tally::Tally,
};
use crate::api::{Api, ApiError, http_client};

/// Between the preparations and the first order.
const TAKE_A_BREATH: Duration = Duration::from_millis(100);

/// Why there is nothing to report.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The shop does not do what every order needs.
    #[error("cannot {what}: {source}; is the shop running at {api}?")]
    Call {
        /// What was tried.
        what: &'static str,
        /// What came of it.
        source: ApiError,
        /// Where.
        api: String,
    },
    /// There is nothing to order.
    #[error("the shop lists no product that may be ordered; load a catalog with enough stock")]
    NoProducts,
    /// The report cannot be kept.
    #[error("cannot write {}: {source}", .file.display())]
    File {
        /// Where.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A bug.
    #[error("histogram: {0}")]
    Histogram(#[from] hdrhistogram::CreationError),
}

/// Runs the load and draws up the report; writes it as JSON where that is wanted.
///
/// # Errors
/// See [`RunError`]; what goes wrong with orders is in the report.
pub async fn run(arguments: &Arguments) -> Result<Report, RunError> {
    let (api, products, customers) = prepare(arguments).await?;
    let start = Instant::now() + TAKE_A_BREATH;
    let phases = Phases::of(arguments, start);
    let end = phases.schedule.at(arguments.orders());
    let warm_up = Duration::from_secs_f64(arguments.warm_up);
    let window = Window::new(start, end - start, warm_up);
    let shoppers = Arc::new(Shoppers {
        api,
        customers,
        baskets: Baskets::new(products, arguments.mix.clone(), arguments.seed),
        tally: Arc::new(Tally::new(window)?.in_phases(&phases, warm_up)),
        recent: Arc::default(),
        run: Uuid::now_v7(),
        confirm_timeout: arguments.confirm_timeout(),
    });

    let watched = with_this_process(&arguments.pids);
    let (before, busy_before) = (Look::at(&watched), Busy::now());
    let memory = place_and_read(&shoppers, arguments, phases.schedule, &watched).await;
    let took = start.elapsed();
    let busy = busy_before.zip(Busy::now()).map(|(before, now)| now.percent_since(before));

    let counts = shoppers.tally.snapshot();
    let processes = Look::at(&watched).since(&before, took, counts.confirmed);
    let measured = Measured { took, window: window.length(), processes, memory, machine_busy_percent: busy };
    let report = Report::new(arguments, Machine::this(), counts, measured);
    keep(&report, arguments)?;
    Ok(report)
}

async fn prepare(arguments: &Arguments) -> Result<(Api, Vec<Uuid>, Vec<Arc<Customer>>), RunError> {
    let call = |what| move |source| RunError::Call { what, source, api: arguments.api.clone() };
    let api = Api::new(http_client().map_err(call("set up HTTP"))?, &arguments.api);
    let mut products = api.products().await.map_err(call("list the products"))?;
    products.retain(|product| !arguments.skip_skus.contains(&product.sku));
    if products.is_empty() {
        return Err(RunError::NoProducts);
    }
    eprintln!("registering {} customers, who may order {} products", arguments.users, products.len());
    let customers = customers::register(&api, arguments.users).await.map_err(call("register customers"))?;
    Ok((api, products.into_iter().map(|product| product.product_id).collect(), customers))
}

/// Places all orders, with status reads beside them, and waits for their ends. Tells the memory of the processes meanwhile.
async fn place_and_read(
    shoppers: &Arc<Shoppers>,
    arguments: &Arguments,
    schedule: Schedule,
    watched: &[Watched],
) -> Vec<Memory> {
    let Shoppers { api, customers, tally, .. } = &**shoppers;
    let (start, end) = (schedule.at(0), schedule.at(arguments.orders()));
    let helpers = [
        tokio::spawn(progress::tell(Arc::clone(tally), start)),
        tokio::spawn(customers::keep_logged_in(api.clone(), customers.clone(), Arc::clone(tally))),
    ];
    let placing = place::all(Arc::clone(shoppers), schedule, arguments.orders(), arguments.in_flight);
    let reading = async {
        if arguments.status_rate > 0.0 {
            reads::all(Arc::clone(shoppers), Schedule::new(start, arguments.status_rate), end).await;
        }
    };
    let all = async {
        tokio::join!(placing, reading);
    };
    let memory = memory::watch(watched.to_vec(), start, all).await;
    helpers.iter().for_each(tokio::task::JoinHandle::abort);
    memory
}

fn with_this_process(pids: &[Watched]) -> Vec<Watched> {
    let this = Watched { name: "load (this generator)".to_owned(), pid: std::process::id() };
    pids.iter().cloned().chain([this]).collect()
}

fn keep(report: &Report, arguments: &Arguments) -> Result<(), RunError> {
    let Some(file) = &arguments.json else { return Ok(()) };
    let written =
        serde_json::to_vec_pretty(report).map_err(io::Error::from).and_then(|json| std::fs::write(file, json));
    written.map_err(|source| RunError::File { file: file.clone(), source })
}
