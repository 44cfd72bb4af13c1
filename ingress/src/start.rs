//! Putting the process together.

use std::{sync::Arc, time::Duration};

use schemas::documents::Product;
use shared::{
    daemon::{Context, StartError},
    ops::Health,
    rate_limit::RateLimiter,
    retry::Patience,
    versioned_cache::VersionedCache,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    admission,
    app::{App, Parts},
    broker, rates,
    router::router,
    search::{Feed, Record, Shelf},
    serve,
    settings::Settings,
    watchers::Watchers,
};

/// How often the database is asked what was revoked, and so whether it answers.
const LOOK_AFTER_STORES: Duration = Duration::from_secs(1);

/// Runs the ingress until shutdown. Neither the database nor Redis need to be there yet: `/readyz` says when they are.
///
/// # Errors
/// [`StartError`] for an address that is taken, or a listener that fails.
pub async fn start(context: Context<Settings>) -> Result<(), StartError> {
    let settings = context.settings.clone();
    let publisher = context.publisher()?;
    let prefix = &context.kafka.topic_prefix;
    let connect = |name: &str| {
        VersionedCache::connect(&context.redis.url, name)
            .map_err(|error| StartError::Other(format!("redis.url: {error}")))
    };
    let cache = connect(&format!("{prefix}status"))?;
    let rates = RateLimiter::connect(&context.redis.url, &format!("{}rate", context.kafka.topic_prefix))
        .map_err(|error| StartError::Other(format!("redis.url: {error}")))?;
    let parts = Parts {
        mongo: context.mongo.clone(),
        cache: Arc::new(cache.clone()),
        product_versions: Arc::new(connect(&Product::cache(prefix))?),
        carts: Arc::new(connect(&format!("{prefix}carts"))?),
        broker: Arc::new(broker::Reporting::new(publisher.clone(), context.health.clone())),
        rates,
        messenger: settings.messenger()?,
        shutdown: context.shutdown.clone(),
    };
    let shelf = Shelf(settings.search_directory.clone());
    let (listen, drain) = (settings.listen.clone(), Duration::from_secs(settings.limits.drain_seconds));
    let app = App::new(settings, context.environment, parts)
        .map_err(|problem| StartError::Other(format!("cannot start: {problem:?}")))?;
    tokio::spawn(follow(cache, app.watchers.clone(), context.shutdown.clone()));
    for store in [broker::PART, "mongo"] {
        context.health.report(store, Err("not asked yet".to_owned()));
    }
    admission::begin_numbers();
    rates::begin_numbers();
    let admission = Arc::clone(&app.admission);
    tokio::spawn(broker::look_after(
        context.kafka.clone(),
        admission,
        context.health.clone(),
        context.shutdown.clone(),
    ));
    let feed = Feed {
        search: Arc::clone(&app.search),
        directory: Arc::clone(&app.directory),
        counter: Arc::clone(&app.counter),
        kafka: context.kafka.clone(),
        record: Record::new(&context.mongo),
        shelf,
        name: uuid::Uuid::now_v7().to_string(),
        health: context.health.clone(),
    };
    let feeding = tokio::spawn(feed.keep(context.shutdown.clone()));
    tokio::spawn(look_after_stores(Arc::clone(&app), context.health.clone()));
    tokio::spawn(tell_of_the_end(context.health.clone(), context.shutdown.clone()));
    let router = router(&app)?;
    let listener = TcpListener::bind(&listen).await.map_err(|error| {
        StartError::Other(format!("cannot listen on {listen}: {error}; set SPAREPARTS_INGRESS__LISTEN"))
    })?;
    context.health.started();
    tracing::info!(listen, "serving the public API");
    let served = serve::run(listener, router, context.shutdown.clone(), drain).await;
    publisher.flush().await;
    let _ = feeding.await;
    served.map_err(|error| StartError::Other(format!("the listener failed: {error}")))
}

/// Passes the cache's news on to waiting clients.
async fn follow(cache: VersionedCache, watchers: Watchers, shutdown: CancellationToken) {
    cache.follow(shutdown, |news| watchers.hear(news)).await;
}

/// From the signal on no new requests should be sent here, though those that were taken are still being answered.
async fn tell_of_the_end(health: Health, shutdown: CancellationToken) {
    shutdown.cancelled().await;
    health.report("daemon", Err("stopping".to_owned()));
}

/// Creates the indexes as soon as the database answers, then keeps an eye on it. Nobody is sent here before it was read which
/// access tokens are revoked. Redis is not looked after: without it
/// reads are slower, not wrong.
async fn look_after_stores(app: Arc<App>, health: Health) {
    let shutdown = app.shutdown.clone();
    let work = async {
        create_indexes(&app, &health).await;
        loop {
            let answer = app.revocations.look().await;
            health.report("mongo", answer.map_err(|error| error.to_string()));
            tokio::time::sleep(LOOK_AFTER_STORES).await;
        }
    };
    shutdown.run_until_cancelled(work).await;
}

async fn create_indexes(app: &App, health: &Health) {
    for wait in Patience::STORES.waits() {
        match app.create_indexes().await {
            Ok(()) => return,
            Err(error) => {
                health.report("mongo", Err(format!("indexes: {error}")));
                tokio::time::sleep(wait).await;
            }
        }
    }
}
