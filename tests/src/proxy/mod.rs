//! A TCP proxy on one link between two processes, which can be made slow, cut, silent or deaf while connections are open.
//!
//! ```no_run
//! # async fn example() {
//! use std::time::Duration;
//! use e2e::proxy::{Mode, Proxy};
//!
//! let proxy = Proxy::start("127.0.0.1:27017").await;
//! // … give `proxy.address()` to a daemon in place of the upstream's …
//! proxy.set(Mode::LoseReplies(Duration::from_millis(200)));
//! proxy.set(Mode::Pass);
//! # }
//! ```

mod connection;
mod pipe;
#[cfg(test)]
mod tests;

use std::{net::Ipv4Addr, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// What a link does. A change reaches open connections at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Carries everything.
    #[default]
    Pass,
    /// Carries everything so much later, in each direction; what follows does not wait for what is under way.
    Latency(Duration),
    /// Resets all connections, and every new one.
    Reset,
    /// Accepts and swallows everything. What was swallowed never comes: such a connection is reset when the mode ends.
    BlackHole,
    /// Carries requests and swallows the replies: the upstream does as it was asked and nobody is told. A connection is
    /// reset so long after its first lost reply, or when the mode ends.
    LoseReplies(Duration),
}

/// A listener in front of an upstream. Dropping it closes the link.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    mode: watch::Sender<Mode>,
    listening: JoinHandle<()>,
}

impl Proxy {
    /// A proxy on a free port of the loopback in front of `upstream`, a `host:port`. The upstream need not be there yet.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start(upstream: impl Into<String>) -> Self {
        Self::start_on(0, upstream).await
    }

    /// A proxy on a port that its clients know already: for a broker that advertises it.
    ///
    /// # Panics
    /// When the port is taken.
    pub async fn start_on(port: u16, upstream: impl Into<String>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.expect("a free port for a proxy");
        let port = listener.local_addr().expect("its address").port();
        let (mode, watched) = watch::channel(Mode::Pass);
        let listening = tokio::spawn(listen(listener, upstream.into(), watched));
        Self { port, mode, listening }
    }

    /// Where clients connect, `host:port`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Changes what the link does, for open connections as for new ones.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// What the link does now.
    #[must_use]
    pub fn mode(&self) -> Mode {
        *self.mode.borrow()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// The connections end with this task, and so with the proxy.
async fn listen(listener: TcpListener, upstream: String, mode: watch::Receiver<Mode>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                connections.spawn(connect(client, upstream.clone(), mode.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connect(client: TcpStream, upstream: String, mode: watch::Receiver<Mode>) {
    if *mode.borrow() == Mode::Reset {
        return connection::reset(&client);
    }
    match TcpStream::connect(&upstream).await {
        Ok(server) => connection::carry(client, server, mode).await,
        Err(_) => connection::reset(&client),
    }
}
