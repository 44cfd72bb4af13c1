//! The shell around every process: configuration, telemetry, health, signals, and an orderly end.

use std::{env, future::Future, process::ExitCode, time::Duration};

use futures::future::BoxFuture;
use mongodb::{Client, Database, options::ClientOptions};
use tokio::{net::TcpListener, signal::unix, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    clock,
    config::{self, Config, ConfigError, EngineSettings, Environment, KafkaSettings, RedisSettings, Section},
    fault_points,
    kafka::{KafkaSetupError, Publisher},
    ops::{self, Health},
    telemetry,
};

/// Why a daemon cannot start, or stopped before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The broker refused what the daemon needs.
    #[error(transparent)]
    Kafka(#[from] KafkaSetupError),
    /// The database refused what the daemon needs.
    #[error("MongoDB: {0}")]
    Mongo(#[from] mongodb::error::Error),
    /// Anything else, in words that say what to do.
    #[error("{0}")]
    Other(String),
}

/// What a daemon starts with.
pub struct Context<S> {
    /// The daemon's name: its section, its consumer group, its label in logs.
    pub name: &'static str,
    /// Where the system runs.
    pub environment: Environment,
    /// The daemon's own section.
    pub settings: S,
    /// The broker.
    pub kafka: KafkaSettings,
    /// The record; connects when first used.
    pub mongo: Database,
    /// The status cache.
    pub redis: RedisSettings,
    /// The engine's patience and sizes.
    pub engine: EngineSettings,
    /// Cancelled when the daemon is to stop.
    pub shutdown: CancellationToken,
    /// What `/readyz` reports. Its part `daemon` is not well until the daemon itself says so with [`Health::started`].
    pub health: Health,
}

impl<S> Context<S> {
    /// A producer for this daemon's single messages.
    ///
    /// # Errors
    /// [`KafkaSetupError`] when the client library refuses the settings.
    pub fn publisher(&self) -> Result<Publisher, KafkaSetupError> {
        Publisher::for_single_messages(&self.kafka)
    }
}

/// How long the operators' server may take to finish after everything else has.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// Runs a daemon: `--print-config` shows its effective configuration; otherwise it works until SIGTERM or SIGINT.
pub async fn run<S, F, Fut>(name: &'static str, start: F) -> ExitCode
where
    S: Section,
    F: FnOnce(Context<S>) -> Fut,
    Fut: Future<Output = Result<(), StartError>>,
{
    if env::args().any(|argument| argument == "--print-config") {
        return print_config(name);
    }
    agree_on_tls();
    match serve(name, start).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure(&format!("{name}: {error}")),
    }
}

/// Runs a command-line tool with a daemon's configuration, but without its servers.
pub async fn run_tool<S, F, Fut>(name: &'static str, start: F) -> ExitCode
where
    S: Section,
    F: FnOnce(Context<S>) -> Fut,
    Fut: Future<Output = Result<(), StartError>>,
{
    agree_on_tls();
    let outcome = async {
        let context = context(name, config::load(name)?).await?;
        start(context).await
    };
    match outcome.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure(&error.to_string()),
    }
}

/// Both TLS users in the tree must agree on a provider, before one of them is asked for; a second call finds the first in
/// place.
fn agree_on_tls() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

fn failure(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}

#[allow(clippy::print_stdout, reason = "this is what the operator asked for")]
fn print_config(name: &str) -> ExitCode {
    match config::describe(name) {
        Ok(lines) => {
            println!("{lines}");
            ExitCode::SUCCESS
        }
        Err(error) => failure(&format!("{name}: {error}")),
    }
}

async fn serve<S, F, Fut>(name: &'static str, start: F) -> Result<(), StartError>
where
    S: Section,
    F: FnOnce(Context<S>) -> Fut,
    Fut: Future<Output = Result<(), StartError>>,
{
    // Nothing is logged before the configuration is believed: a refusal is one line and nothing else.
    let config: Config<S> = config::load(name)?;
    telemetry::start_logging(config.environment);
    fault_points::arm(config.faults.plan()?);
    let address = config.ops.address(name);
    let context = context(name, config).await?;
    context.health.report("daemon", Err("is starting".to_owned()));
    let ops_end = CancellationToken::new();
    let ops = start_ops(&address, context.health.clone(), ops_end.clone()).await?;
    cancel_on_signal(context.shutdown.clone())?;
    tracing::info!(daemon = name, ops = address, "starting");
    let outcome = start(context).await;
    ops_end.cancel();
    let _ = tokio::time::timeout(LAST_ANSWERS, ops).await;
    tracing::info!(daemon = name, "stopped");
    outcome
}

async fn context<S>(name: &'static str, config: Config<S>) -> Result<Context<S>, StartError> {
    if !config.faults.clock_file.is_empty() {
        clock::follow(config.faults.clock_file.into()).map_err(StartError::Other)?;
    }
    Ok(Context {
        name,
        environment: config.environment,
        settings: config.own,
        kafka: config.kafka,
        mongo: connect_mongo(name, &config.mongo.uri).await?.database(&config.mongo.database),
        redis: config.redis,
        engine: config.engine,
        shutdown: CancellationToken::new(),
        health: Health::default(),
    })
}

/// Boxed, like the futures here that Kafka's and MongoDB's drivers are reached through: what is not generic is then compiled
/// with this crate and not again with each daemon.
fn connect_mongo<'a>(name: &'a str, uri: &'a str) -> BoxFuture<'a, Result<Client, mongodb::error::Error>> {
    Box::pin(async move {
        let mut options = ClientOptions::parse(uri).await?;
        options.app_name = Some(name.to_owned());
        options.connect_timeout.get_or_insert(Duration::from_secs(2));
        options.server_selection_timeout.get_or_insert(Duration::from_secs(5));
        options.max_pool_size.get_or_insert(64);
        Client::with_options(options)
    })
}

type OpsServer = JoinHandle<std::io::Result<()>>;

fn start_ops(address: &str, health: Health, end: CancellationToken) -> BoxFuture<'_, Result<OpsServer, StartError>> {
    Box::pin(async move {
        let metrics = telemetry::start_metrics().map_err(|error| StartError::Other(format!("metrics: {error}")))?;
        let listener = TcpListener::bind(address).await.map_err(|error| {
            StartError::Other(format!(
                "cannot listen on {address} for health and metrics: {error}; set SPAREPARTS_OPS__LISTEN"
            ))
        })?;
        Ok(tokio::spawn(ops::serve(listener, health, metrics, end)))
    })
}

fn cancel_on_signal(shutdown: CancellationToken) -> Result<(), StartError> {
    let signal = |kind| unix::signal(kind).map_err(|error| StartError::Other(format!("signals: {error}")));
    let (mut terminate, mut interrupt) =
        (signal(unix::SignalKind::terminate())?, signal(unix::SignalKind::interrupt())?);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to stop");
        shutdown.cancel();
    });
    Ok(())
}
