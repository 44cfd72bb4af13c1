//! What handlers share.

use std::sync::Arc;

use mongodb::Database;
use schemas::pricing::Policy;
use shared::{config::Environment, engine::DeadLetters, rate_limit::RateLimiter};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    admission::Admission,
    audit::AuditLog,
    auth::{
        Accounts, Codes, Google, LoginAttempts, Passwords, Profiles, Revocations, Sessions, Staff, Tokens, WeakSecret,
        Wishlists,
    },
    cart::Carts,
    directory::Directory,
    inbox::{Append, Inbox},
    messages::{Messenger, Outbox},
    problem::Problem,
    read_models::{
        Categories, Counter, Coupons, CreditNotes, Disputes, Findings, Imports, Invoices, Ledger, OrderRequests,
        Orders, ProductChanges, Products, References, Refunds, Returns, Reviews, SharedCache, Statuses, StockLevels,
        Stuck, TaxSlabs,
    },
    search::Search,
    settings::Settings,
    watchers::Watchers,
};

/// Everything a handler may use; one per process.
pub struct App {
    /// The section `[ingress]`.
    pub settings: Settings,
    /// Where the system runs.
    pub environment: Environment,
    /// Access tokens.
    pub tokens: Tokens,
    /// Password hashes.
    pub passwords: Passwords,
    /// The customers' accounts.
    pub accounts: Accounts,
    /// Who operates the shop.
    pub staff: Staff,
    /// Who did what.
    pub audit: AuditLog,
    /// What customers see and change of their accounts.
    pub profiles: Profiles,
    /// Failed logins.
    pub attempts: LoginAttempts,
    /// How often who may do what.
    pub rates: RateLimiter,
    /// One-time codes.
    pub codes: Codes,
    /// Who somebody is at Google, where that opens accounts.
    pub google: Option<Google>,
    /// Messages on their way to people.
    pub outbox: Outbox,
    /// Who is logged in, on which device.
    pub sessions: Sessions,
    /// Access tokens that are refused though they are good yet.
    pub revocations: Revocations,
    /// The catalog in the record.
    pub products: Products,
    /// How it is divided.
    pub categories: Categories,
    /// What it comes to: categories, brands, vehicles.
    pub directory: Arc<Directory>,
    /// Who changed what of it.
    pub product_changes: ProductChanges,
    /// What customers say of what they bought.
    pub reviews: Reviews,
    /// What they wish for.
    pub wishlists: Wishlists,
    /// What finds products.
    pub search: Arc<Search>,
    /// The products as they are shown and sold.
    pub counter: Arc<Counter>,
    /// What people mean to order.
    pub carts: Carts,
    /// How many of a part can be had.
    pub stock: StockLevels,
    /// The coupons.
    pub coupons: Coupons,
    /// By which GST rates.
    pub tax_slabs: TaxSlabs,
    /// How else they are priced.
    pub policy: Policy,
    /// Files that operators brought in.
    pub imports: Imports,
    /// Places for those who listen to how a file stands.
    pub import_listeners: Arc<Semaphore>,
    /// The orders as the orders worker wrote them.
    pub orders: Orders,
    /// The orders as clients asked for them.
    pub requests: OrderRequests,
    /// The invoices.
    pub invoices: Invoices,
    /// The credit notes.
    pub credit_notes: CreditNotes,
    /// The refunds.
    pub refunds: Refunds,
    /// The returns of goods.
    pub returns: Returns,
    /// What was booked.
    pub ledger: Ledger,
    /// What customers dispute at their banks.
    pub disputes: Disputes,
    /// Which order a gateway's or carrier's name belongs to.
    pub references: References,
    /// What reconciliation found.
    pub findings: Findings,
    /// Where orders stand.
    pub statuses: Statuses,
    /// Clients waiting for an order to move.
    pub watchers: Watchers,
    /// What is taken when there is too much to do.
    pub admission: Arc<Admission>,
    /// The workers' inboxes.
    pub inbox: Inbox,
    /// What the workers put aside.
    pub dead_letters: DeadLetters,
    /// What waits for longer than it should.
    pub stuck: Stuck,
    /// Places for printing invoices.
    pub printing: Arc<Semaphore>,
    /// Cancelled when the process is to stop: waiting clients are answered then.
    pub shutdown: CancellationToken,
}

/// The parts that come from outside this crate.
pub struct Parts {
    /// The database.
    pub mongo: Database,
    /// The status cache.
    pub cache: Arc<dyn SharedCache>,
    /// The cache of products' versions.
    pub product_versions: Arc<dyn SharedCache>,
    /// The cache of carts.
    pub carts: Arc<dyn SharedCache>,
    /// The broker.
    pub broker: Arc<dyn Append>,
    /// How often who may do what.
    pub rates: RateLimiter,
    /// Who takes messages to people.
    pub messenger: Arc<dyn Messenger>,
    /// Cancelled when the process is to stop.
    pub shutdown: CancellationToken,
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// A problem when the settings' secret is too weak, what they say of Google is not valid, or the machine has no random numbers.
    pub fn new(settings: Settings, environment: Environment, parts: Parts) -> Result<Arc<Self>, Problem> {
        let weak = |error| Problem::new(crate::problem::INTERNAL).because(error);
        let invalid = |error| Problem::new(crate::problem::INTERNAL).because(error);
        let (orders, requests) = (Orders::new(&parts.mongo), OrderRequests::new(&parts.mongo));
        let (products, limits) = (Products::new(&parts.mongo), settings.limits);
        let admission = Arc::new(Admission::new(&settings.admission));
        Ok(Arc::new(Self {
            tokens: tokens(&settings).map_err(weak)?,
            passwords: Passwords::new(limits.hashes, limits.hashes_waiting)?,
            accounts: Accounts::new(&parts.mongo),
            staff: Staff::new(&parts.mongo),
            audit: AuditLog::new(&parts.mongo),
            profiles: Profiles::new(&parts.mongo),
            attempts: LoginAttempts::new(&parts.mongo),
            rates: parts.rates,
            codes: Codes::new(&parts.mongo, &settings.jwt_secret),
            google: settings.google.as_ref().map(Google::new).transpose().map_err(invalid)?,
            outbox: Outbox::new(parts.messenger),
            sessions: Sessions::new(&parts.mongo),
            revocations: Revocations::new(&parts.mongo),
            search: Arc::new(Search::new(limits.searches, limits.searches_waiting)),
            counter: Arc::new(Counter::new(products.clone(), parts.product_versions)),
            carts: Carts::new(&parts.mongo, parts.carts, requests.clone(), orders.clone()),
            stock: StockLevels::new(&parts.mongo),
            coupons: Coupons::new(&parts.mongo),
            tax_slabs: TaxSlabs::new(&parts.mongo),
            imports: Imports::new(&parts.mongo),
            import_listeners: Arc::new(Semaphore::new(limits.import_listeners)),
            categories: Categories::new(&parts.mongo),
            directory: Arc::default(),
            product_changes: ProductChanges::new(&parts.mongo),
            reviews: Reviews::new(&parts.mongo),
            wishlists: Wishlists::new(&parts.mongo),
            policy: settings.policy(),
            products,
            invoices: Invoices::new(&parts.mongo),
            credit_notes: CreditNotes::new(&parts.mongo),
            refunds: Refunds::new(&parts.mongo),
            returns: Returns::new(&parts.mongo),
            ledger: Ledger::new(&parts.mongo),
            disputes: Disputes::new(&parts.mongo),
            references: References::new(&parts.mongo),
            findings: Findings::new(&parts.mongo),
            statuses: Statuses::new(parts.cache, orders.clone(), requests.clone(), limits.status_reads),
            watchers: Watchers::new(limits.waiters),
            dead_letters: DeadLetters::new(&parts.mongo, parts.broker.clone()),
            stuck: Stuck::new(&parts.mongo),
            inbox: Inbox::new(parts.broker, admission.appends().clone()),
            printing: Arc::new(Semaphore::new(limits.prints)),
            shutdown: parts.shutdown,
            admission,
            orders,
            requests,
            settings,
            environment,
        }))
    }

    /// Creates the indexes of the collections that the ingress owns.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create_indexes(&self) -> Result<(), mongodb::error::Error> {
        self.accounts.create_indexes().await?;
        self.staff.create_indexes().await?;
        self.audit.create_indexes().await?;
        self.attempts.create_indexes().await?;
        self.codes.create_indexes().await?;
        self.sessions.create_indexes().await?;
        self.revocations.create_indexes().await?;
        self.carts.create_indexes().await?;
        self.imports.create_indexes().await?;
        self.requests.create_indexes().await
    }
}

fn tokens(settings: &Settings) -> Result<Tokens, WeakSecret> {
    let tokens = Tokens::new(&settings.jwt_secret)?;
    match (&settings.jwt_previous_secret, settings.jwt_previous_valid_until) {
        (Some(previous), Some(until)) => tokens.with_previous(previous, until),
        _ => Ok(tokens),
    }
}
