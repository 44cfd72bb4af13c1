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
    progress,
    reads::{self, Read, Shelves},
    report::{Measured, Quiet, Report},
    schedule::{Schedule, Window},
    tally::Tally,
};
use crate::api::{Api, ApiError, Product, http_client};

/// Between the preparations and the first order.
const TAKE_A_BREATH: Duration = Duration::from_millis(100);
/// Between the last order's end and the reads that are alone: its parcel is booked meanwhile.
const SETTLE: Duration = Duration::from_secs(2);

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
        shelves: Shelves::of(&products),
        baskets: Baskets::new(
            products.iter().map(|product| product.product_id).collect(),
            arguments.mix.clone(),
            arguments.seed,
        ),
        tally: Arc::new(Tally::new(window)?.in_phases(&phases, warm_up)),
        recent: Arc::default(),
        run: Uuid::now_v7(),
        confirm_timeout: arguments.confirm_timeout(),
    });

    let watched = with_this_process(&arguments.pids);
    let (before, busy_before) = (Look::at(&watched), Busy::now());
    let (memory, took) = place_and_read(&shoppers, arguments, phases.schedule, &watched).await;
    let busy = busy_before.zip(Busy::now()).map(|(before, now)| now.percent_since(before));

    let counts = shoppers.tally.snapshot();
    let processes = Look::at(&watched).since(&before, took, counts.confirmed);
    let quiet = read_alone(&shoppers, arguments, &watched).await;
    let counts = shoppers.tally.snapshot();
    let measured = Measured { took, window: window.length(), processes, memory, quiet, machine_busy_percent: busy };
    let report = Report::new(arguments, Machine::this(), counts, measured);
    keep(&report, arguments)?;
    Ok(report)
}

async fn prepare(arguments: &Arguments) -> Result<(Api, Vec<Product>, Vec<Arc<Customer>>), RunError> {
    let call = |what| move |source| RunError::Call { what, source, api: arguments.api.clone() };
    let api = Api::new(http_client().map_err(call("set up HTTP"))?, &arguments.api);
    let mut products = api.products().await.map_err(call("list the products"))?;
    products.retain(|product| !arguments.skip_skus.contains(&product.sku));
    if products.is_empty() {
        return Err(RunError::NoProducts);
    }
    eprintln!("registering {} customers, who may order {} products", arguments.users, products.len());
    let customers = customers::register(&api, arguments.users).await.map_err(call("register customers"))?;
    if arguments.cart_rate > 0.0 {
        reads::fill_carts(&api, &customers, &products).await.map_err(call("fill carts"))?;
    }
    Ok((api, products, customers))
}

/// Places all orders, with reads beside them if they are to be there, and waits for their ends. Tells the memory of the
/// processes meanwhile, and how long it took.
async fn place_and_read(
    shoppers: &Arc<Shoppers>,
    arguments: &Arguments,
    schedule: Schedule,
    watched: &[Watched],
) -> (Vec<Memory>, Duration) {
    let Shoppers { api, customers, tally, .. } = &**shoppers;
    let (start, end) = (schedule.at(0), schedule.at(arguments.orders()));
    let helpers = [
        tokio::spawn(progress::tell(Arc::clone(tally), start)),
        tokio::spawn(customers::keep_logged_in(api.clone(), customers.clone(), Arc::clone(tally))),
    ];
    let placing = place::all(Arc::clone(shoppers), schedule, arguments.orders(), arguments.in_flight);
    let reading = async {
        if arguments.quiet == 0.0 {
            let window = Window::new(start, end - start, Duration::from_secs_f64(arguments.warm_up));
            reads::all(shoppers, rates(arguments), start, end, window).await;
        }
    };
    let all = async {
        tokio::join!(placing, reading);
    };
    let memory = memory::watch(watched.to_vec(), start, all).await;
    helpers.iter().for_each(tokio::task::JoinHandle::abort);
    (memory, start.elapsed())
}

/// Reads once all orders have ended, if that is asked for.
async fn read_alone(shoppers: &Arc<Shoppers>, arguments: &Arguments, watched: &[Watched]) -> Option<Quiet> {
    if arguments.quiet == 0.0 {
        return None;
    }
    eprintln!("nothing but reads for {} s", arguments.quiet);
    let Shoppers { api, customers, tally, .. } = &**shoppers;
    let logging_in = tokio::spawn(customers::keep_logged_in(api.clone(), customers.clone(), Arc::clone(tally)));
    tokio::time::sleep(SETTLE).await;
    let (before, busy_before) = (Look::at(watched), Busy::now());
    let (start, length) = (Instant::now(), Duration::from_secs_f64(arguments.quiet));
    let window = Window::new(start, length, Duration::from_secs_f64(arguments.warm_up));
    reads::all(shoppers, rates(arguments), start, start + length, window).await;
    logging_in.abort();
    let machine_busy_percent = busy_before.zip(Busy::now()).map(|(before, now)| now.percent_since(before));
    let seconds = start.elapsed().as_secs();
    Some(Quiet { processes: Look::at(watched).since(&before, start.elapsed(), seconds), machine_busy_percent })
}

fn rates(arguments: &Arguments) -> [f64; Read::ALL.len()] {
    Read::ALL.map(|read| arguments.read_rate(read))
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
