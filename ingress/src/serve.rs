//! Serving until told to stop, and an orderly end.

use std::{future::IntoFuture, io, net::SocketAddr, time::Duration};

use axum::{Router, serve::ListenerExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Serves until shutdown, then lets requests finish for as long as `drain`.
///
/// # Errors
/// When the listener fails.
pub async fn run(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
    drain: Duration,
) -> io::Result<()> {
    let listener = listener.tap_io(answer_at_once);
    // A bare router would be copied, route by route, for every connection.
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, router).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let too_long = async {
        shutdown.cancelled().await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        outcome = serving.into_future() => outcome,
        () = too_long => {
            tracing::warn!("requests were left unfinished at the end");
            Ok(())
        }
    }
}

/// Without this the kernel holds an event of a stream back until the client has acknowledged the one before.
fn answer_at_once(connection: &mut TcpStream) {
    if let Err(error) = connection.set_nodelay(true) {
        tracing::debug!(%error, "a connection stays with small answers held back");
    }
}
