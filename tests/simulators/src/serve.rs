//! Starting and stopping a simulator process.

use axum::Router;
use axum::serve::ListenerExt;
use std::future::Future;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Why a simulator could not start or go on; the text is for the person at the terminal.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;

/// Logs to standard error, `info` and above unless `RUST_LOG` says otherwise.
pub fn init_logging() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
}

/// Logs the error, if any, and turns the outcome into the process's exit code.
pub fn exit_code(outcome: Result<(), StartError>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Binds the address.
///
/// # Errors
/// When it is taken or not an address of this machine.
pub async fn bind(listen: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}; choose another address with --listen").into())
}

/// Serves until `shutdown` resolves, then for at most a moment more so that calls in flight are answered.
///
/// # Errors
/// When the listener fails.
pub async fn run(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    /// Calls hung up on purpose would otherwise hold the process for as long as they hang.
    const GRACE: Duration = Duration::from_secs(1);
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let announce = async move {
        shutdown.await;
        let _ = stopping.send(());
    };
    // Without this a small answer waits for the client's delayed acknowledgement.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    tokio::select! {
        served = axum::serve(listener, router).with_graceful_shutdown(announce) => Ok(served?),
        () = async { let _ = stopped.await; tokio::time::sleep(GRACE).await } => Ok(()),
    }
}

/// Resolves on SIGTERM or SIGINT.
///
/// # Errors
/// When the signal handlers cannot be installed.
pub fn termination() -> Result<impl Future<Output = ()> + Send + 'static, StartError> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    })
}
